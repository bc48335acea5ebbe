"""What medicine cost: a ledger of our own beside the pages, the invoices and the reports that say it."""

import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.domain.reports.medicine import judge, medicine_costs
from app.domain.reports.settlement import settlement
from app.ids import new_id
from app.models.medicine import VoucherRedemption
from app.services.hand_out import HandedPortion, HandOut, TakeBack, hand_out, take_back
from app.services.issue_voucher import CancelVoucher, IssueVoucher, cancel_voucher, issue_voucher
from app.services.record_invoice import LineWanted, RecordInvoice, record_invoice
from app.storage.queries.nrt import nrt_story
from app.storage.queries.reports import facts
from app.storage.queries.vouchers import voucher_overview, voucher_story
from tests.integration.services.courses import TODAY, Office

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
VALUE = 22500
ISSUED = TODAY - timedelta(days=5)
LINE = st.tuples(st.integers(0, 4), st.sampled_from((20000, 22500, 25000)), st.sampled_from((None, -6, -5, -2, 1)))
"""Which voucher, for how much, and on which day from today."""
DONE = st.one_of(
    st.tuples(st.just("issue"), st.sampled_from((None, -3))),
    st.tuples(st.just("cancel"), st.integers(0, 4)),
    st.tuples(st.just("note"), st.integers(0, 4), st.sampled_from((5000, 22500))),
    st.tuples(st.just("invoice"), st.lists(LINE, min_size=1, max_size=3)),
    st.tuples(st.just("hand out"), st.sampled_from((None, 9050)), st.integers(1, 2)),
    st.tuples(st.just("take back")),
)


class Ledger:
    """Vouchers, what was paid for each, and what was handed out, as one would write them in a book."""

    def __init__(self, office):
        self.office = office
        self.valid, self.ids, self.cancelled = [], [], set()
        self.noted, self.paid, self.lines, self.handed = {}, {}, [], []

    def issue(self, days):
        valid_until = None if days is None else TODAY + timedelta(days=days)
        command = IssueVoucher(
            person_id=self.office.person, number=f"A-{len(self.ids)}", issued_on=ISSUED, valid_until=valid_until,
            override_reason="As agreed",
        )  # fmt: skip
        self.ids.append(self.office.do(issue_voucher, command).voucher_id)
        self.valid.append(valid_until or LAST)

    def cancel(self, number):
        if number < len(self.ids) and number not in self.cancelled | self.noted.keys() | self.paid.keys():
            self.office.do(cancel_voucher, CancelVoucher(self.ids[number], "Lost"))
            self.cancelled.add(number)

    def note(self, number, amount):
        """One of two laptops that are apart notes that a pharmacy took it: both may, and one may have cancelled it."""
        if number < len(self.ids):
            self.office.add(
                VoucherRedemption(
                    id=new_id(self.office.clock), person_id=self.office.person, voucher_id=self.ids[number],
                    redeemed_on=TODAY, amount=amount, recorded_by=self.office.actor,
                )
            )  # fmt: skip
            self.noted.setdefault(number, amount)

    def invoice(self, lines):
        wanted = []
        for number, amount, days in lines:
            day = None if days is None else TODAY + timedelta(days=days)
            wanted.append(LineWanted(f"a {number}", amount, day))
            self.lines.append((number, amount, day))
            if self.verdicts()[-1] == "right":
                self.paid[number] = amount
        command = RecordInvoice(
            pharmacy="Apoteket", number=f"F{len(self.lines)}", invoiced_on=TODAY, total=0, lines=wanted
        )
        self.office.do(record_invoice, command)

    def verdicts(self):
        """What is to be said of every line today: a voucher may have come, or been cancelled, after the invoice."""
        found, charged = [], set()
        for number, amount, day in self.lines:
            if number >= len(self.ids):
                verdict = "unknown"
            elif number in charged:
                verdict = "twice"
            elif number in self.cancelled:
                verdict = "cancelled"
            elif amount > VALUE:
                verdict = "too_much"
            elif day is not None and not ISSUED <= day <= min(TODAY, self.valid[number]):
                verdict = "days"
            else:
                verdict = "right"
            charged.add(number)
            found.append(verdict)
        return found

    def hand_out(self, price, quantity):
        portions = (HandedPortion("gum-2", quantity, price=price),)
        command = HandOut(person_id=self.office.person, portions=portions, handed_on=TODAY)
        done = self.office.do(hand_out, command)
        self.handed.append((done.handout_ids[0], price, quantity))

    def take_back(self):
        if self.handed:
            self.office.do(take_back, TakeBack(self.handed.pop()[0], "Came back"))


@settings(derandomize=True, deadline=None, max_examples=20, phases=(Phase.generate,), database=None)
@given(st.lists(DONE, min_size=5, max_size=14))
def test_pages_invoices_and_reports_say_what_the_ledger_says(done):
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder), programme="roegfri_paa_tvaers")
        ledger = Ledger(office)
        for what, *how in done:
            getattr(ledger, what.replace(" ", "_"))(*how)
        known, overview = office.ask(facts), office.ask(voucher_overview)
        verdicts = [verdict for _line, verdict in judge(known.invoice_lines, known.vouchers, known.invoice_lines)]
        assert verdicts == ledger.verdicts()
        page = [matched for invoice in reversed(overview.invoices) for matched in invoice.reconciliation.lines]
        assert [not matched.differences for matched in page] == [verdict == "right" for verdict in ledger.verdicts()]
        used = ledger.noted | ledger.paid
        cost = sum(price * quantity for _id, price, quantity in ledger.handed if price)
        assert overview.redeemed_value == sum(used.values())
        story = office.ask(voucher_story, office.person, today=TODAY, user_id=office.actor)
        assert {row.number: row.redeemed for row in story.vouchers if row.redeemed} == {
            f"A-{number}": amount for number, amount in used.items() if number not in ledger.cancelled
        }
        nicotine = office.ask(nrt_story, office.person)
        unknown = sum(price is None for _id, price, _quantity in ledger.handed)
        assert (nicotine.spent, nicotine.without_price) == (cost, unknown)
        total = medicine_costs(known, FIRST, LAST, names={}).table("by_product")
        assert (total.cell("total", "handed").value, total.cell("total", "redeemed").value) == (
            cost,
            sum(used.values()),
        )
        assert all(check.holds for check in settlement(known, FIRST, LAST).checks)
        office.store.close()
