"""Close the day: what is only on this laptop, by name; sending it; and the server's receipt."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QVBoxLayout, QWidget

from app.clock import today
from app.error_text import Sentence, sentence_for
from app.errors import AppError
from app.i18n import _, format_day, format_time, ngettext
from app.storage.queries.today import day
from app.storage.queries.unsent import SyncState, UnsentRow, sync_state
from app.sync.engine import SyncReport
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    BusyIndicator,
    Card,
    NoticeBar,
    PageHeader,
    ScrollPage,
    across_or_down,
    button,
    label,
    tile,
)
from app.ui.words import entity_word


class SyncView(QWidget):
    """`send` asks for a synchronisation; green is shown from a receipt and from nothing else."""

    send = Signal()
    open_session = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sync")
        self._desk = desk
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._page: ScrollPage | None = None
        self._problem: Sentence | None = None
        self._is_sending = False
        self.receipt_text = ""

    def refresh(self) -> None:
        """Read anew what is unsent."""
        on = today(self._desk.clock)

        self._desk.ask(
            lambda reading: (
                sync_state(reading),
                tuple(row.place for row in day(reading, today=on).today if row.drafts),
            ),
            on_done=lambda found: self._show(*found),
        )

    def set_sending(self) -> None:
        """Say that sending is under way."""
        self._is_sending = True
        self._problem = None
        self.refresh()

    def sent(self, report: SyncReport) -> None:
        """Show how it went."""
        self._is_sending = False
        if report.receipt is None:
            self._problem = Sentence(
                _("The server's count does not add up yet."),
                _("Everything is still saved on this laptop."),
                _("Send again. If it happens again, tell your coordinator."),
            )
        self.refresh()

    def failed(self, problem: Exception) -> None:
        """Say why it could not be sent; nothing is lost."""
        self._is_sending = False
        if isinstance(problem, AppError):
            self._problem = sentence_for(problem)
        self.refresh()

    def _show(self, state: SyncState, unfinished: tuple[str, ...]) -> None:
        metrics = current_metrics()
        page = ScrollPage(self, name="sync-page", widest=metrics.body * 58)
        page.body.addWidget(
            PageHeader(_("Close the day"), _("Everything is saved on this laptop. Send it, and get a receipt."))
        )
        notice = NoticeBar(name="sync-notice")
        page.body.addWidget(notice)
        if self._problem is not None:
            notice.show_notice("problem", self._problem)
        elif unfinished:
            notice.show_notice(
                "warning",
                _(
                    "Not closed yet: {places}. What is typed there is safe and is sent when the session is closed."
                ).format(places=", ".join(unfinished)),
            )
        page.body.addWidget(self._answer(state))
        if state.unsent:
            page.body.addWidget(_unsent(state.unsent))
        page.body.addStretch(1)
        if self._page is not None:
            self._whole.removeWidget(self._page)
            self._page.deleteLater()
        self._page = page
        self._whole.addWidget(page)

    def _answer(self, state: SyncState) -> Card:
        card = Card(name="sync-answer")
        across = across_or_down()
        is_green = state.received_at is not None and not state.pending and not state.refused
        waiting = state.pending + state.refused
        across.addWidget(
            tile("circle-wavy-check" if is_green else "paper-plane-tilt", tone="success" if is_green else "amber"),
            0,
            Qt.AlignmentFlag.AlignTop,
        )
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        if is_green and state.received_at is not None:
            title = ngettext("{n} change received {time}", "{n} changes received {time}", state.received).format(
                n=state.received, time=format_time(state.received_at)
            )
            if not state.received:
                title = _("Everything received {time}").format(time=format_time(state.received_at))
            words.addWidget(label(title, type="title", name="sync-title"))
            words.addWidget(label(_("Nothing is left only on this laptop."), type="lead", name="sync-text"))
            words.addWidget(
                label(
                    _("Receipt of {day}, signed by {server}").format(
                        day=format_day(state.received_at.date()), server=state.server_url
                    ),
                    type="caption",
                )
            )
        else:
            words.addWidget(
                label(
                    ngettext("{n} change only on this laptop", "{n} changes only on this laptop", waiting).format(
                        n=waiting
                    ),
                    type="title",
                    name="sync-title",
                )
            )
            words.addWidget(label(_("They are safe here until the server has them."), type="lead", name="sync-text"))
        across.addLayout(words, 1)
        card.body.addLayout(across)
        self._busy = BusyIndicator(name="sync-busy")
        if self._is_sending:
            self._busy.start(_("Sending and waiting for the receipt …"))
        actions = across_or_down()
        self.send_button = button(
            _("Close the day and send"),
            name="send",
            kind="primary",
            shows="paper-plane-tilt",
            on_click=self.send.emit,
        )
        self.send_button.setEnabled(not self._is_sending)
        actions.addWidget(self.send_button)
        self.receipt_text = state.receipt
        if state.receipt:
            actions.addWidget(
                button(_("Save the receipt"), name="save-receipt", shows="download-simple", on_click=self._save_receipt)
            )
        actions.addStretch(1)
        card.body.addLayout(actions)
        card.body.addWidget(self._busy)
        return card

    def _save_receipt(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, _("Save the receipt"), "receipt.json", "JSON (*.json)")
        if path:
            self.write_receipt(Path(path))

    def write_receipt(self, path: Path) -> None:
        """Write the receipt as the server signed it."""
        path.write_text(self.receipt_text, encoding="utf-8")


def _unsent(rows: tuple[UnsentRow, ...]) -> Card:
    card = Card(name="unsent-card")
    card.body.addWidget(label(_("Waiting to be received"), type="heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(current_metrics().space_5)
    grid.setVerticalSpacing(current_metrics().space_2)
    by_subject: dict[str, list[UnsentRow]] = {}
    for row in rows:
        by_subject.setdefault(row.subject, []).append(row)
    for number, (subject, changes) in enumerate(by_subject.items()):
        what = ", ".join(
            f"{entity_word(change.entity)} × {change.count}" if change.count > 1 else entity_word(change.entity)
            for change in changes
        )
        grid.addWidget(label(subject or _("This laptop"), type="strong"), number, 0)
        grid.addWidget(label(what), number, 1)
        if any(change.state == "refused" for change in changes):
            grid.addWidget(Badge(_("Refused by the server"), tone="problem"), number, 2)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 2)
    card.body.addLayout(grid)
    return card
