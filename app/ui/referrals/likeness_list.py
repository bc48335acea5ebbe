"""People who may be the same: what agrees, what speaks against it, and one button each."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, newer_word
from app.storage.queries.referrals import Duplicate
from app.ui.theme import current_metrics
from app.ui.widgets import Badge, across_or_down, button, fill_anew, label

_AGAINST = frozenset({"other_family_name", "other_birth_date", "other_identifier"})


def reason_word(reason: str) -> str:
    """Return why two may be, or may not be, one person."""
    return {
        "identifier": _("Same number"),
        "phone": _("Same phone"),
        "birth_date": _("Same date of birth"),
        "same_name": _("Same name"),
        "sounds_alike": _("Name sounds the same"),
        "spelled_alike": _("Name is spelt almost the same"),
        "short_form": _("Short form of the name"),
        "family_name": _("Family name fits"),
        "other_family_name": _("Another family name"),
        "other_birth_date": _("Another date of birth"),
        "other_identifier": _("Another number"),
    }.get(reason) or newer_word(reason)


class LikenessList(QWidget):
    """Hidden while nobody is like the one asked about; placed before it shows anybody, as a notice is."""

    def __init__(
        self, title: str, action: str, *, choose: Callable[[str], object], look: Callable[[str], object]
    ) -> None:
        super().__init__()
        self.setObjectName("likeness-list")
        self._title, self._action, self._choose, self._look = title, action, choose, look
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_2)
        self.hide()

    def show_people(self, found: tuple[Duplicate, ...]) -> None:
        """Show who may be the same."""
        fill_anew(self._column)
        self.setVisible(bool(found))
        if not found:
            return
        self._column.addWidget(label(self._title, type="strong"))
        for duplicate in found:
            self._column.addLayout(self._row(duplicate))

    def _row(self, duplicate: Duplicate) -> QVBoxLayout:
        person_id = duplicate.likeness.person_id
        across = across_or_down()
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        words.addWidget(label(" · ".join(part for part in (duplicate.name, duplicate.detail) if part)))
        reasons = QHBoxLayout()
        reasons.setSpacing(current_metrics().space_1)
        for reason in duplicate.likeness.reasons:
            reasons.addWidget(Badge(reason_word(reason), tone="problem" if reason in _AGAINST else "info"))
        reasons.addStretch(1)
        words.addLayout(reasons)
        across.addLayout(words, 1)
        looking = button(_("Look"), name=f"look-{person_id}", kind="quiet", on_click=partial(self._look, person_id))
        looking.setAccessibleName(_("Open {name}").format(name=duplicate.name))
        across.addWidget(looking)
        choosing = button(self._action, name=f"same-{person_id}", on_click=partial(self._choose, person_id))
        choosing.setAccessibleName(f"{self._action}: {duplicate.name}")
        across.addWidget(choosing)
        whole = QVBoxLayout()
        whole.addLayout(across)
        return whole
