"""Vouchers of one person: how many are left this year, issuing one at a contact, and what came of each."""

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.clock import today
from app.domain.vouchers import amount_typed, amount_written
from app.i18n import _, format_day, format_money
from app.services.issue_voucher import (
    CancelVoucher,
    IssueVoucher,
    RedeemVoucher,
    cancel_voucher,
    issue_voucher,
    redeem_voucher,
)
from app.storage.queries.vouchers import VoucherRow, VoucherStory, voucher_story
from app.ui.desk import Desk
from app.ui.person.asking import AskingPanel
from app.ui.person.rows import Rows
from app.ui.theme import current_metrics, current_tokens
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    DayField,
    Field,
    Form,
    IconButton,
    NoticeBar,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
)


class VoucherPanel(AskingPanel):
    """Shows itself where the programme of the person's course has vouchers, or where there are any."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.setObjectName("voucher-panel")
        self._story: VoucherStory | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._card = Card(name="voucher-card")
        self._card.hide()
        column.addWidget(self._card)
        self._top = QVBoxLayout()
        self._list = QVBoxLayout()
        for part in (self._top, self._forms, self._list):
            part.setSpacing(current_metrics().space_3)
            self._card.body.addLayout(part)

    def show_person(self, person_id: str) -> None:
        """Read the person anew; a form that is open stays."""
        if person_id != self._person_id:
            fill_anew(self._forms)
        self._person_id = person_id
        day, user_id = today(self._desk.clock), self._desk.user_id
        self._desk.ask(
            lambda reading: voucher_story(reading, person_id, today=day, user_id=user_id), on_done=self._read
        )

    def _read(self, story: VoucherStory) -> None:
        if story.person_id != self._person_id:
            return
        self._story = story
        self._card.setVisible(story.terms is not None or bool(story.vouchers))
        with focus_kept(self):
            fill_anew(self._top)
            fill_anew(self._list)
            self._show_top(story)
            self._show_list(story)

    def _show_top(self, story: VoucherStory) -> None:
        across = QHBoxLayout()
        across.addWidget(label(_("Vouchers for medicine"), type="heading"), 1)
        if story.terms is not None:
            said = _("{n} of {of} left this year").format(n=story.left, of=story.terms.number)
            across.addWidget(Badge(said, tone="accent" if story.left else "amber", name="vouchers-left"))
        self._top.addLayout(across)
        if story.terms is not None:
            self._top.addWidget(TicketRow(story.this_year, story.terms.number, story.terms.value))
        for over in story.over:
            notice = NoticeBar(name="voucher-over")
            self._top.addWidget(notice)
            notice.show_notice(
                "warning",
                _("{n} vouchers within a year, and the programme gives {of}.").format(
                    n=len(over.vouchers), of=over.allowed
                )
                + " "
                + _("They were issued on laptops that were apart. Nothing is deleted; tell your coordinator."),
                dismissible=False,
            )
        for number in story.twice:
            notice = NoticeBar(name="voucher-twice")
            self._top.addWidget(notice)
            notice.show_notice(
                "warning",
                _("The number {number} is on two vouchers. Tell your coordinator which one is right.").format(
                    number=number
                ),
                dismissible=False,
            )
        if story.terms is not None:
            buttons = across_or_down()
            buttons.addWidget(
                button(
                    _("Issue a voucher"),
                    name="voucher-issue",
                    kind="primary" if story.left else "",
                    shows="ticket",
                    on_click=self._begin_issue,
                )
            )
            buttons.addStretch(1)
            self._top.addLayout(buttons)

    def _show_list(self, story: VoucherStory) -> None:
        rows = Rows(stretch={4: 1}, name="voucher-list")
        tools: tuple[QWidget, ...]
        for row, voucher in enumerate(reversed(story.vouchers)):
            if voucher.redeemed is None:
                used = IconButton(
                    "storefront", _("Used at a pharmacy: {n}").format(n=voucher.number), name=f"voucher-used-{row}"
                )
                used.clicked.connect(partial(self._begin_redeem, voucher))
                gone = IconButton("x", _("Cancel: {n}").format(n=voucher.number), name=f"voucher-cancel-{row}")
                gone.clicked.connect(partial(self._begin_cancel, voucher))
                state, tools = Badge(_("Not used yet")), (used, gone)
            else:
                money = format_money(voucher.redeemed)
                state, tools = Badge(_("Used: {money}").format(money=money), tone="success"), ()
            valid = ""
            if voucher.redeemed is None and voucher.valid_until is not None:
                valid = _("valid until {day}").format(day=format_day(voucher.valid_until))
            about = " · ".join(part for part in (valid, voucher.pharmacy, voucher.override_reason) if part)
            day, value = f"~{format_day(voucher.issued_on)}", label(format_money(voucher.value), wrap=False)
            rows.add((f"*{voucher.number}", day, value, state, about), tools)
        for voucher in reversed(story.cancelled):
            day = f"~{format_day(voucher.issued_on)}"
            rows.add((f"~{voucher.number}", day, "", Badge(_("Cancelled")), voucher.override_reason))
        self._list.addWidget(rows)

    def _begin_issue(self) -> None:
        story = self._story
        if story is None or story.terms is None:
            return
        day = today(self._desk.clock)
        number = Field(_("Number on the voucher"), name="voucher-number")
        number.input.setText(story.next_number)
        issued = DayField(_("The day"), name="voucher-day", today=day, day=day)
        words = {"session": _("Session {day}"), "contact_attempt": _("Call {day}")}
        offers = [
            (f"{contact.kind}:{contact.contact_id}", words[contact.kind].format(day=format_day(contact.on)))
            for contact in story.contacts
        ]
        contact = ChoiceField(
            _("At which contact"), name="voucher-contact", offers=[*offers, ("", _("Without a contact"))], as_box=True
        )
        value = Field(_("Value in kroner"), name="voucher-value")
        value.input.setText(amount_written(story.terms.value))
        valid = DayField(_("Valid until"), name="voucher-valid", today=day, advice=_("Empty where it says no day"))

        def submit() -> None:
            kind, _colon, contact_id = contact.value().partition(":")
            command = IssueVoucher(
                person_id=self._person_id,
                number=number.text(),
                issued_on=issued.day(),
                value=amount_typed(value.text(), field="value"),
                valid_until=valid.day_if_any(),
                session_id=contact_id if kind == "session" else None,
                contact_attempt_id=contact_id if kind == "contact_attempt" else None,
                override_reason=form.override_reason,
            )
            self._do(lambda work: issue_voucher(command, work=work), form)

        form = Form(
            _("A voucher, at a contact"), name="voucher-form", submit_text=_("Issue the voucher"), submit=submit
        )
        form.add_row(number=number, issued_on=issued)
        form.add_row(contact=contact, value=value, valid_until=valid)
        self._open(form, number)

    def _begin_redeem(self, voucher: VoucherRow) -> None:
        day = today(self._desk.clock)
        used = DayField(_("The day"), name="redeem-day", today=day, day=day)
        amount = Field(_("Amount in kroner"), name="redeem-amount")
        amount.input.setText(amount_written(voucher.value))
        pharmacy = Field(_("Pharmacy"), name="redeem-pharmacy")

        def submit() -> None:
            command = RedeemVoucher(
                voucher_id=voucher.voucher_id,
                redeemed_on=used.day(),
                amount=amount_typed(amount.text(), field="amount"),
                pharmacy=pharmacy.text(),
            )
            self._do(lambda work: redeem_voucher(command, work=work), form)

        title = _("Used at a pharmacy: {n}").format(n=voucher.number)
        form = Form(title, name="redeem-form", submit_text=_("Save"), submit=submit)
        form.add_row(redeemed_on=used, amount=amount, pharmacy=pharmacy)
        self._open(form, pharmacy)

    def _begin_cancel(self, voucher: VoucherRow) -> None:
        self._ask_why(
            _("Cancel: {n}").format(n=voucher.number),
            Field(_("Why"), name="voucher-cancel-reason", advice=_("The number stays in the history.")),
            lambda reason, work: cancel_voucher(CancelVoucher(voucher.voucher_id, reason), work=work),
            name="voucher-cancel-form",
            submit_text=_("Cancel the voucher"),
        )


class TicketRow(QWidget):
    """A ticket for each voucher of the year: full where it was issued, dashed where it is still to come."""

    def __init__(self, issued: int, number: int, value: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tickets")
        self._issued, self._number, self._value = issued, number, value
        metrics = current_metrics()
        self._wide, self._tall, self._gap = round(metrics.body * 6.4), round(metrics.body * 2.8), metrics.space_3
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("{n} of {of} vouchers issued this year").format(n=issued, of=number))

    def sizeHint(self) -> QSize:
        """Return room for all of them in a row."""
        shown = max(self._number, self._issued)
        return QSize(shown * self._wide + (shown - 1) * self._gap + 2, self._tall + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the tickets."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, metrics = current_tokens(), current_metrics()
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        for place in range(max(self._number, self._issued)):
            box = QRectF(1 + place * (self._wide + self._gap), 1, self._wide, self._tall)
            is_issued, is_over = place < self._issued, place >= self._number
            ground = tokens.amber_soft if is_over else tokens.accent_soft if is_issued else tokens.surface
            frame = tokens.amber if is_over else tokens.accent if is_issued else tokens.line_strong
            style = Qt.PenStyle.SolidLine if is_issued else Qt.PenStyle.DashLine
            painter.setPen(QPen(QColor(frame), 1.5, style))
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(box, metrics.radius, metrics.radius)
            painter.setPen(QColor(tokens.ink if is_issued else tokens.ink_soft))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, format_money(self._value))
