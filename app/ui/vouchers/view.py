"""Pharmacies' invoices against the vouchers that were issued, and what laptops that were apart issued too much of."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.clock import today
from app.domain.rules import SHOWN
from app.domain.vouchers import WrittenLine, amount_typed, read_lines
from app.error_text import sentence_for
from app.errors import RuleRefusal
from app.i18n import _, format_day, format_money, ngettext
from app.services.record_invoice import InvoiceRecorded, LineWanted, RecordInvoice, record_invoice
from app.storage.queries.vouchers import InvoiceRow, VoucherOverview, voucher_overview
from app.ui.desk import Desk
from app.ui.nicotine_words import invoice_difference_word
from app.ui.person.rows import Rows
from app.ui.programmes.said import DocumentsSay
from app.ui.tasks import Pieces
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    DayField,
    EmptyState,
    Field,
    FilteredList,
    PageHeader,
    ResultBar,
    ScrollPage,
    across_or_down,
    button,
    fill_anew,
    label,
)

INVOICES_AT_ONCE, REPORTED_AT_ONCE = 5, 12
"""So many are drawn before somebody asks for more: an invoice has up to some dozen lines."""


class VouchersView(QWidget):
    """What was issued, what the pharmacies charge, and what does not fit; invoices are the coordinator's."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("vouchers")
        self._desk = desk
        self._filling = Pieces(iter(()))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        page = ScrollPage(self, name="vouchers-page")
        whole.addWidget(page)
        page.body.addWidget(PageHeader(_("Vouchers"), _("What was issued, and what the pharmacies charge for.")))
        self.notice = ResultBar(name="vouchers-notice")
        page.body.addWidget(self.notice)
        self._sums = QVBoxLayout()
        page.body.addLayout(self._sums)
        self._reported = QVBoxLayout()
        self._reported.setSpacing(current_metrics().space_3)
        page.body.addLayout(self._reported)
        self.entry = InvoiceEntry(desk)
        self.entry.recorded.connect(self._recorded)
        page.body.addWidget(self.entry)
        self._invoices = FilteredList(
            _("Search for a pharmacy, a number or a name"), name="invoices", at_once=INVOICES_AT_ONCE
        )
        page.body.addWidget(self._invoices)
        self._none = EmptyState(
            "receipt", _("No invoice yet"), _("Paste or write the lines of a pharmacy's invoice above.")
        )
        page.body.addWidget(self._none)
        page.body.addWidget(DocumentsSay(desk, SHOWN["vouchers"], name="vouchers-documents"))
        page.body.addStretch(1)

    def refresh(self) -> None:
        """Read vouchers and invoices anew; an invoice that is being written stays."""
        self._desk.ask(voucher_overview, on_done=self._show)

    def _show(self, overview: VoucherOverview) -> None:
        self._filling.drop()
        self._filling = self._desk.tasks.in_pieces(self._filled(overview))

    def _filled(self, overview: VoucherOverview) -> Iterator[None]:
        fill_anew(self._sums)
        across = across_or_down()
        for number, words in (
            (str(overview.issued), _("vouchers issued")),
            (format_money(overview.issued_value), _("issued in all")),
            (format_money(overview.redeemed_value), _("used at pharmacies")),
        ):
            card = Card(name="voucher-sum")
            card.body.addWidget(label(number, type="title", wrap=False))
            card.body.addWidget(label(words, type="soft"))
            across.addWidget(card, 1)
        self._sums.addLayout(across)
        self._show_reported(overview, most=REPORTED_AT_ONCE)
        yield
        self._invoices.begin()
        for invoice in overview.invoices:
            told = [invoice.pharmacy, invoice.number, format_day(invoice.invoiced_on)]
            for matched in invoice.reconciliation.lines:
                told.append(matched.line.number)
                told.append(overview.names.get(matched.voucher.person_id, "") if matched.voucher else "")
            self._invoices.add(told, partial(self._invoice_card, invoice, overview))
        yield from self._invoices.end_in_pieces()
        self._none.setVisible(not overview.invoices)

    def _show_reported(self, overview: VoucherOverview, *, most: int) -> None:
        fill_anew(self._reported)
        if not overview.over and not overview.twice:
            return
        card = Card(name="voucher-reported")
        card.body.addWidget(label(_("Too many vouchers, because laptops did not know of each other's"), type="heading"))
        card.body.addWidget(
            label(_("Nothing is deleted. Settle it with the counsellors and the pharmacy."), type="soft")
        )
        rows = Rows(stretch={1: 1, 2: 1}, name="voucher-reported-rows")
        for found in overview.over[:most]:
            over = found.over
            link = button(
                found.name or _("Somebody"),
                name=f"over-{found.person_id}",
                kind="link",
                on_click=partial(self._desk.open, "person", found.person_id, section="nrt"),
            )
            said = _("{n} vouchers from {first} to {last}, {of} are allowed").format(
                n=len(over.vouchers),
                first=format_day(over.vouchers[0].issued_on),
                last=format_day(over.vouchers[-1].issued_on),
                of=over.allowed,
            )
            rows.add((link, label(said), ", ".join(voucher.number for voucher in over.vouchers)))
        for twice in overview.twice:
            said = _("The same number on: {who}").format(
                who=", ".join(f"{name} ({format_day(on)})" for _person, name, on in twice.vouchers)
            )
            rows.add((Badge(twice.number, tone="amber"), label(said), ""))
        card.body.addWidget(rows)
        hidden = len(overview.over) - most
        if hidden > 0:
            more = ngettext("Show {n} more", "Show {n} more", hidden).format(n=hidden)
            show = partial(self._show_reported, overview, most=most + REPORTED_AT_ONCE)
            card.body.addWidget(button(more, name="voucher-reported-more", kind="quiet", on_click=show))
        self._reported.addWidget(card)

    def _invoice_card(self, invoice: InvoiceRow, overview: VoucherOverview) -> Card:
        against = invoice.reconciliation
        card = Card(name="invoice-card")
        across = QHBoxLayout()
        across.addWidget(label(f"{invoice.pharmacy} · {invoice.number}", type="heading"), 1)
        count = len(against.differing)
        if count or against.sum_differs:
            said = ngettext("{n} line to ask about", "{n} lines to ask about", count).format(n=count)
            across.addWidget(Badge(said, tone="amber"))
        else:
            across.addWidget(Badge(_("Everything fits"), tone="success"))
        card.body.addLayout(across)
        facts = [
            format_day(invoice.invoiced_on),
            _("asks for {money}").format(money=format_money(against.total)),
            _("accepted {money}").format(money=format_money(against.accepted)),
        ]
        if against.sum_differs:
            facts.append(
                _("the total differs from its lines by {money}").format(money=format_money(against.sum_differs))
            )
        card.body.addWidget(label(" · ".join(facts), type="soft"))
        rows = Rows(stretch={2: 1}, name="invoice-rows")
        for matched in (*against.differing, *(line for line in against.lines if not line.differences)):
            who = overview.names.get(matched.voucher.person_id, "") if matched.voucher else ""
            if matched.differences:
                words = ", ".join(invoice_difference_word(code) for code in matched.differences)
                badge = Badge(words, tone="amber")
            else:
                badge = Badge(_("Fits"), tone="success")
            money = label(format_money(matched.line.amount), wrap=False)
            rows.add((f"*{matched.line.number}", money, label(who), badge))
        card.body.addWidget(rows)
        return card

    def _recorded(self, outcome: InvoiceRecorded) -> None:
        used = ngettext("{n} voucher is used now", "{n} vouchers are used now", outcome.redeemed).format(
            n=outcome.redeemed
        )
        asked = ngettext("{n} line to ask about", "{n} lines to ask about", outcome.differing).format(
            n=outcome.differing
        )
        self.notice.show_notice("success" if not outcome.differing else "info", f"{used}; {asked}.")
        self.refresh()


class InvoiceEntry(Card):
    """An invoice to type or paste: number and amount on each line, read while it is written."""

    recorded = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent, name="invoice-entry")
        self._desk = desk
        self.body.addWidget(label(_("Enter an invoice"), type="heading"))
        across = across_or_down()
        day = today(desk.clock)
        self.pharmacy = Field(_("Pharmacy"), name="invoice-pharmacy")
        self.number = Field(_("Number of the invoice"), name="invoice-number")
        self.invoiced = DayField(_("Date of the invoice"), name="invoice-day", today=day, day=day)
        self.total = Field(_("Total in kroner"), name="invoice-total", advice=_("Empty: the sum of its lines."))
        for field in (self.pharmacy, self.number, self.invoiced, self.total):
            across.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(across)
        self.body.addWidget(
            label(
                _("Lines: number; amount in kroner; day. Paste them from a spreadsheet or write one to a line."),
                type="soft",
            )
        )
        self.lines = QPlainTextEdit()
        self.lines.setObjectName("invoice-lines")
        self.lines.setAccessibleName(_("Lines of the invoice"))
        self.lines.setPlaceholderText("HV-0001; 225,00; 24-11-2026")
        self.lines.setTabChangesFocus(True)
        self.lines.setFixedHeight(current_metrics().body * 8)
        self.lines.textChanged.connect(self._read)
        self.body.addWidget(self.lines)
        self._said = label(" ", type="caption", name="invoice-said")
        self.body.addWidget(self._said)
        buttons = across_or_down()
        buttons.addWidget(
            button(_("Match the invoice"), name="invoice-save", kind="primary", shows="check", on_click=self._save)
        )
        buttons.addWidget(
            button(_("Open a file"), name="invoice-open", kind="quiet", shows="folder-open", on_click=self._choose_file)
        )
        buttons.addStretch(1)
        self.body.addLayout(buttons)

    def _choose_file(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self, _("Lines of an invoice"), "", "CSV (*.csv *.txt)")
        if chosen:
            self.read_file(Path(chosen))

    def read_file(self, path: Path) -> None:
        """Read the lines of a file as a spreadsheet or a pharmacy writes it; nothing is saved before it is matched."""
        try:
            content = path.read_bytes()
        except OSError:
            self._said.setText(_("The file cannot be read."))
            return
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
        self.lines.setPlainText(text)

    def _written(self) -> tuple[WrittenLine, ...]:
        return read_lines(self.lines.toPlainText())

    def _read(self) -> None:
        """Say how many lines can be read, and which one cannot."""
        written = self._written()
        wrong = [line for line in written if line.problem]
        if wrong:
            problems = {
                "not-an-amount": _("Line {n}: the amount cannot be read."),
                "not-a-day": _("Line {n}: the day cannot be read."),
            }
            self._said.setText(" ".join(problems[line.problem].format(n=line.row) for line in wrong))
            return
        total = sum(line.amount for line in written)
        said = ngettext("{n} line, {money} in all", "{n} lines, {money} in all", len(written))
        self._said.setText(said.format(n=len(written), money=format_money(total)) if written else " ")

    def _save(self) -> None:
        for field in (self.pharmacy, self.number, self.invoiced, self.total):
            field.advise()
        written = self._written()
        if any(line.problem for line in written):
            self._read()
            return
        try:
            invoiced_on = self.invoiced.day()
        except RuleRefusal as refusal:
            self.invoiced.complain(sentence_for(refusal).title)
            return
        try:
            total = (
                amount_typed(self.total.text(), field="total")
                if self.total.text()
                else sum(line.amount for line in written)
            )
        except RuleRefusal as refusal:
            self.total.complain(sentence_for(refusal).title)
            return
        command = RecordInvoice(
            pharmacy=self.pharmacy.text(),
            number=self.number.text(),
            invoiced_on=invoiced_on,
            total=total,
            lines=tuple(LineWanted(line.number, line.amount, line.redeemed_on) for line in written),
        )
        self._desk.do(lambda work: record_invoice(command, work=work), on_done=self._saved, on_error=self._refused)

    def _saved(self, outcome: InvoiceRecorded) -> None:
        self.number.input.clear()
        self.total.input.clear()
        self.lines.clear()
        self.recorded.emit(outcome)

    def _refused(self, problem: Exception) -> None:
        if not isinstance(problem, RuleRefusal):
            self._desk.failed.emit(problem)
            return
        sentence = sentence_for(problem)
        said = f"{sentence.title} {sentence.advice}"
        field = {"pharmacy": self.pharmacy, "number": self.number, "invoiced_on": self.invoiced}.get(
            str(problem.parameters.get("field", ""))
        )
        if field is None:
            self._said.setText(said)
        else:
            field.complain(said)
