"""Everything that keeps this laptop closed to others and open to oneself."""

from functools import partial
from typing import Any

from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from app.error_text import Sentence, sentence_for
from app.errors import AppError, StoppedError
from app.i18n import _, format_moment, format_number, ngettext
from app.security import key_store
from app.services.look_after_laptop import LaptopCare, laptop_care, log_is_whole
from app.settings import KEY_FILE_NAME
from app.storage.backup import Backup, make_backup
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.unlock.passphrase_advice import advise_on, complaint_about
from app.ui.unlock.recovery_code_view import RecoveryCodeView
from app.ui.widgets import (
    Badge,
    BusyIndicator,
    Card,
    ChoiceBox,
    FilteredList,
    PageHeader,
    PassphraseField,
    Progress,
    ResultBar,
    ScrollPage,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
    short_row,
)

MANY_BACKUPS = 6
"""Backups from which on there is a line to find one of them."""


class SafetyView(QWidget):
    """Passphrase, colleagues, recovery code, backups, access log and key, on one page."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("safety")
        self._desk = desk
        self._folder = desk.store.path.parent
        self._layers = QStackedLayout(self)
        page = ScrollPage(self, name="safety-page", widest=820)
        self._layers.addWidget(page)
        body = page.body
        body.addWidget(
            PageHeader(
                _("Passphrases, backups and key"),
                _("What keeps this laptop closed to others and open to you."),
            )
        )
        self.notice = ResultBar(name="safety-notice")
        body.addWidget(self.notice)
        self.own = PassphraseField(
            _("Your passphrase now"),
            name="safety-own",
            advice=_("Asked once for everything on this page, so that nobody does it behind your back."),
        )
        first = Card(name="own-card")
        first.body.addWidget(self.own)
        body.addWidget(first)
        body.addWidget(self._passphrase_card())
        body.addWidget(self._people_card())
        body.addWidget(self._backup_card())
        body.addWidget(self._key_card())
        body.addStretch(1)

    def refresh(self) -> None:
        """Read anew who can open the laptop and which backups there are."""
        folder = self._folder
        self._desk.ask(lambda reading: laptop_care(reading, folder), on_done=self._show)

    def _passphrase_card(self) -> Card:
        card = Card(name="passphrase-card")
        card.body.addWidget(label(_("Passphrase and recovery code"), type="heading"))
        self.new = PassphraseField(_("New passphrase"), name="safety-new")
        self.again = PassphraseField(_("The same once more"), name="safety-again")
        self.new.changed.connect(lambda: advise_on(self.new))
        row = across_or_down()
        row.addWidget(self.new, 1)
        row.addWidget(self.again, 1)
        card.body.addLayout(row)
        across = across_or_down()
        across.addWidget(
            button(_("Change my passphrase"), name="safety-change", kind="primary", on_click=self.change_passphrase)
        )
        across.addWidget(
            button(_("Make a new recovery code"), name="safety-recovery", shows="key", on_click=self.make_recovery_code)
        )
        across.addStretch(1)
        card.body.addLayout(across)
        return card

    def _people_card(self) -> Card:
        card = Card(name="people-card")
        card.body.addWidget(label(_("Who can open this laptop"), type="heading"))
        self._people = QVBoxLayout()
        card.body.addLayout(self._people)
        card.body.addWidget(
            label(
                _("Let a colleague in with a passphrase of their own; what they do stands in their name."), type="soft"
            )
        )
        row = across_or_down()
        self.colleague = ChoiceBox()
        self.colleague.setObjectName("safety-colleague")
        self.colleague.setAccessibleName(_("Colleague"))
        self.their = PassphraseField(_("Their passphrase"), name="safety-their")
        self.their.changed.connect(lambda: advise_on(self.their))
        whom = QVBoxLayout()
        whom.setSpacing(current_metrics().space_1)
        whom.addWidget(label(_("Colleague"), type="strong", wrap=False))
        whom.addWidget(self.colleague)
        whom.addStretch(1)
        row.addLayout(whom, 1)
        row.addWidget(self.their, 1)
        card.body.addLayout(row)
        across = across_or_down()
        across.addWidget(button(_("Let in"), name="safety-let-in", shows="user-plus", on_click=self.let_in))
        across.addStretch(1)
        card.body.addLayout(across)
        return card

    def _backup_card(self) -> Card:
        card = Card(name="backup-card")
        card.body.addWidget(label(_("Backups on this laptop"), type="heading"))
        card.body.addWidget(
            label(
                _(
                    "They are made by themselves, encrypted, and each is opened and checked before it counts. If the"
                    " records are damaged, the newest good one is brought back with everything you did since."
                ),
                type="soft",
            )
        )
        self._backups = FilteredList(
            _("Search for a day"), name="backups-list", at_least=MANY_BACKUPS, spacing=current_metrics().space_2
        )
        card.body.addWidget(self._backups)
        self._no_backup = label(_("None yet."), type="soft")
        card.body.addWidget(self._no_backup)
        across = across_or_down()
        across.addWidget(button(_("Make a backup now"), name="safety-backup", shows="copy", on_click=self.back_up))
        self.busy = BusyIndicator(name="safety-busy")
        across.addWidget(self.busy, 1)
        card.body.addLayout(across)
        return card

    def _key_card(self) -> Card:
        card = Card(name="key-card")
        card.body.addWidget(label(_("Key and access log"), type="heading"))
        card.body.addWidget(
            label(
                _(
                    "Change the key if somebody who could open this laptop no longer may. Nothing unsent is lost, and"
                    " every passphrase stays the same; backups are made anew."
                ),
                type="soft",
            )
        )
        across = across_or_down()
        across.addWidget(button(_("Change the key"), name="safety-rekey", shows="key", on_click=self.rekey))
        across.addWidget(
            button(_("Check the access log"), name="safety-verify", shows="shield-check", on_click=self.verify)
        )
        self.checking = BusyIndicator(name="safety-checking")
        across.addWidget(self.checking, 1)
        card.body.addLayout(across)
        return card

    def change_passphrase(self) -> None:
        """Change the passphrase; the data and everybody else's passphrase stay as they are."""
        complaint = complaint_about(self.new.text())
        if complaint:
            self.new.complain(complaint)
            return
        if self.again.text() != self.new.text():
            self.again.complain(_("They are not the same yet."))
            return
        own, new, file = self.own.text(), self.new.text(), self._folder / KEY_FILE_NAME
        self._work(
            lambda: key_store.change_passphrase(file, own, new),
            lambda _done: self._say(_("Your passphrase has been changed. From now on the new one opens this laptop.")),
        )

    def make_recovery_code(self) -> None:
        """Make a recovery code and show it once."""
        own, file = self.own.text(), self._folder / KEY_FILE_NAME
        self._work(lambda: key_store.new_recovery_code(file, own), self._show_code)

    def let_in(self) -> None:
        """Give the chosen colleague a passphrase."""
        user_id = self.colleague.currentData()
        complaint = complaint_about(self.their.text())
        if complaint or not user_id:
            self.their.complain(complaint or _("Choose a colleague."))
            return
        own, their, file = self.own.text(), self.their.text(), self._folder / KEY_FILE_NAME
        name = self.colleague.currentText()
        self._work(
            lambda: key_store.add_user(file, own, user_id, their),
            lambda _done: self._say(_("{name} can open this laptop now.").format(name=name)),
        )

    def take_out(self, user_id: str, name: str) -> None:
        """Take a colleague's passphrase away."""
        own, file = self.own.text(), self._folder / KEY_FILE_NAME
        self._work(
            lambda: key_store.remove_user(file, own, user_id),
            lambda _done: self._say(_("{name} can no longer open this laptop. Change the key too.").format(name=name)),
        )

    def back_up(self) -> None:
        """Make a backup now."""
        store, clock, file = self._desk.store, self._desk.clock, self._folder / KEY_FILE_NAME
        progress = Progress(self)
        self.busy.follow(_("Making a backup …"), progress)
        self._work(
            lambda: make_backup(store, file, clock=clock, tell=progress.tell),
            lambda _made: self._say(_("The backup is made and can be opened.")),
        )

    def verify(self) -> None:
        """Check the chain of the access log, beside everything else."""
        store, progress = self._desk.store, Progress(self)
        self.checking.follow(_("Checking the access log …"), progress)
        self._work(lambda: log_is_whole(store, tell=progress.tell), self._show_verdict)

    def rekey(self) -> None:
        """Have the key changed while the store is closed."""
        own, file = self.own.text(), self._folder / KEY_FILE_NAME
        self._work(lambda: key_store.unlock(file, own), lambda _key: self._desk.ask_to_close("rekey", own))

    def _work(self, job: Any, done: Any) -> None:
        self.notice.hide()

        def ended(answer: Any) -> None:
            self._stop_waiting()
            done(answer)

        self._desk.beside(job, on_done=ended, on_error=self._could_not)

    def _stop_waiting(self) -> None:
        self.busy.stop()
        self.checking.stop()

    def _could_not(self, problem: Exception) -> None:
        self._stop_waiting()
        if isinstance(problem, StoppedError):
            self._answer(_("Stopped. What was there before is still there."), kind="info")
        elif isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)

    def _say(self, text: str) -> None:
        for field in (self.own, self.new, self.again, self.their):
            field.input.clear()
            field.advise()
        self._answer(text)
        self.refresh()

    def _answer(self, text: str, *, kind: str = "success") -> None:
        self.notice.show_notice(kind, text)

    def _show_code(self, code: str) -> None:
        view = RecoveryCodeView(self._desk, code)
        self._layers.addWidget(view)
        self._layers.setCurrentWidget(view)
        view.setFocus()

        def back() -> None:
            self._layers.setCurrentIndex(0)
            self._layers.removeWidget(view)
            view.deleteLater()
            self._say(_("The recovery code is changed; the one before opens nothing any more."))

        view.confirmed.connect(back)

    def _show_verdict(self, verdict: tuple[int, int]) -> None:
        entries, broken = verdict
        if broken:
            self.notice.show_notice(
                "problem",
                Sentence(
                    _("The access log was tampered with."),
                    ngettext(
                        "{n} entry is not as it was written.", "{n} entries are not as they were written.", broken
                    ).format(n=broken),
                    _("Tell your coordinator. Nothing was changed by checking."),
                ),
            )
        else:
            self._answer(
                ngettext("{n} entry, the chain is unbroken.", "{n} entries, the chain is unbroken.", entries).format(
                    n=format_number(entries)
                )
            )

    def _show(self, care: LaptopCare) -> None:
        fill_anew(self._people)
        for person in care.people:
            row = across_or_down()
            row.addWidget(label(person.name or _("Somebody from before"), type="strong"), 1)
            if person.user_id == self._desk.user_id:
                row.addWidget(Badge(_("You"), tone="accent"))
            else:
                row.addWidget(
                    button(
                        _("Take out"),
                        name=f"take-out-{person.user_id}",
                        kind="quiet",
                        on_click=partial(self.take_out, person.user_id, person.name),
                    )
                )
            self._people.addLayout(row)
        ways = [
            _("A recovery code has been made.") if care.has_recovery else _("There is no recovery code."),
            _("The coordinator can help.") if care.has_escrow else _("The coordinator cannot help yet."),
        ]
        self._people.addWidget(label(" ".join(ways), type="caption", name="safety-ways"))
        self.colleague.clear()
        for user_id, name in care.colleagues:
            self.colleague.addItem(name, user_id)
        self._show_backups(care.backups)

    def _show_backups(self, backups: tuple[Backup, ...]) -> None:
        with focus_kept(self):
            self._backups.begin()
            for number, backup in enumerate(backups):
                when = format_moment(backup.made_at)
                self._backups.add((when,), partial(self._backup_line, number, backup, when))
            self._backups.end()
        self._no_backup.setVisible(not backups)

    def _backup_line(self, number: int, backup: Backup, when: str) -> QWidget:
        line = QWidget()
        row = short_row()
        line.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(when, type="strong" if number == 0 else "body"), 1)
        row.addWidget(label(_("{n} MB").format(n=format_number(round(backup.size / 1_000_000, 1))), wrap=False))
        row.addWidget(
            button(
                _("Go back to it"),
                name=f"restore-{number}",
                kind="quiet",
                on_click=partial(self._desk.ask_to_close, "restore", backup),
            )
        )
        return line
