"""What is said about a passphrase while somebody chooses it."""

from app.i18n import _, ngettext
from app.security.passphrase import SHORTEST_PASSPHRASE, judge
from app.ui.widgets import PassphraseField


def advise_on(field: PassphraseField) -> None:
    """Say under the field how good the passphrase is."""
    written = field.text()
    if not written:
        field.advise()
    else:
        field.advise(complaint_about(written) or _("Good: hard to guess."))


def complaint_about(passphrase: str) -> str:
    """Return what is wrong with it, or nothing."""
    judgement = judge(passphrase)
    if judgement.is_enough:
        return ""
    if judgement.advice == "too-short":
        missing = SHORTEST_PASSPHRASE - len(passphrase)
        left = ngettext("{count} more character is needed.", "{count} more characters are needed.", missing)
        return left.format(count=missing)
    return _("Easy to guess: add another word or two that have nothing to do with each other.")
