"""`python main.py verify`: check the access log of this laptop, and name every place that was tampered with."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app.clock import SystemClock
from app.error_text import sentence_for
from app.errors import KnownProblem
from app.i18n import _, ngettext, use_language
from app.security.attempts import unlock_slowly
from app.services.given_passphrase import add_passphrase_options, given_passphrase
from app.services.rekey_store import open_after_rekeying
from app.settings import KEY_FILE_NAME, data_directory
from app.storage.access_log import ChainReport, check


def main(arguments: Sequence[str]) -> int:
    """Return 0 where everything is whole, 1 where something was tampered with, 2 where it could not be looked at."""
    parser = argparse.ArgumentParser(prog="python main.py verify", description=__doc__)
    parser.add_argument("--folder", type=Path, default=None, metavar="DIR", help="the store's folder (default: ours)")
    add_passphrase_options(parser)
    parser.add_argument("--language", choices=("da", "en", "system"), default="system")
    options = parser.parse_args(arguments)
    use_language(options.language)
    folder = options.folder or data_directory()
    try:
        opened = unlock_slowly(folder / KEY_FILE_NAME, given_passphrase(options), clock=SystemClock())
        store = open_after_rekeying(folder, opened)
    except KnownProblem as problem:
        sentence = sentence_for(problem)
        sys.stderr.write(f"{sentence.title} {sentence.text}\n")
        return 2
    try:
        with store.session() as session:
            reports = check(session)
    finally:
        store.close()
    for report in reports:
        sys.stdout.write("\n".join(_lines(report)) + "\n")
    if not reports:
        sys.stdout.write(_("The access log is empty.") + "\n")
    return 0 if all(report.is_whole for report in reports) else 1


def _lines(report: ChainReport) -> list[str]:
    counted = ngettext("{n} entry", "{n} entries", report.entries).format(n=report.entries)
    if report.is_whole:
        return [
            _("Laptop {device}: {entries}, the chain is unbroken.").format(device=report.device_id, entries=counted)
        ]
    lines = [_("Laptop {device}: {entries}, TAMPERED WITH:").format(device=report.device_id, entries=counted)]
    words = {
        "changed": _("entry {number} was changed"),
        "missing": _("entry {number} was removed"),
        "unlinked": _("entry {number} does not follow the one before it"),
        "doubled": _("entry {number} is there twice"),
    }
    lines += ["  " + words[place.fault.value].format(number=place.number) for place in report.broken]
    unlike = _("entry {number} is not what was sent to the server")
    return lines + ["  " + unlike.format(number=number) for number in report.unlike_sent]
