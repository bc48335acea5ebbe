"""Every paper with invented content, drawn for a name and in a language."""

from collections.abc import Callable
from datetime import date, timedelta

from app.documents.appointment_slip import SlipContent, slip_pdf
from app.documents.attendance_list import AttendanceContent, Expected, attendance_pdf
from app.documents.handout_list import HandoutContent, HandoutLine, handout_pdf
from app.documents.letter_page import LetterContent, letter_pdf
from app.documents.months_sheet import MonthsContent, months_pdf
from app.documents.nrt_card import CardContent, CardProduct, card_pdf
from app.documents.place_poster import PosterContent, poster_pdf
from app.documents.plan_sheet import PlanContent, PlanStep, plan_pdf
from app.documents.report_pdf import ReportContent, report_pdf
from app.documents.typing_sheet import Form, FormField, TypingContent, typing_pdf
from app.documents.voucher_slip import SlipVoucher, VoucherContent, voucher_pdf
from app.domain.reports.table import Cell, Check, Column, Kind, Report, Row, Table
from app.i18n import in_language

TODAY = date(2026, 11, 24)
PHONE = "00 00 00 07"


def plan(name: str, language: str) -> bytes:
    steps = tuple(
        PlanStep(date(2026, 11, 3) + timedelta(days=14 * number), target, "", "reached" if number < 2 else "planned")
        for number, target in enumerate((18.0, 15.0, 12.0, 9.0, 5.0, 0.0))
    )
    return plan_pdf(
        PlanContent(
            name=name,
            language=language,
            start=20,
            started_on=date(2026, 10, 20),
            steps=steps,
            today=TODAY,
            counsellor="Mette Holm",
            counsellor_phone=PHONE,
        )
    )


def card(name: str, language: str) -> bytes:
    return card_pdf(
        CardContent(
            name=name,
            language=language,
            products=(
                CardProduct("Plaster 21 mg", "patch", 1, 4, 1, 1),
                CardProduct("Plaster 14 mg", "patch", 5, 8, 1, 1),
                CardProduct("Gummi 2 mg", "gum", 1, 12, 1, 24),
            ),
            weeks_given=frozenset(range(1, 6)),
            warnings=("Er du gravid, så spørg din læge.",) if language == "da" else ("Pregnant? Ask your doctor.",),
            counsellor="Mette Holm",
            counsellor_phone=PHONE,
        )
    )


def slip(name: str, language: str) -> bytes:
    return slip_pdf(
        SlipContent(
            name=name,
            language=language,
            on=date(2026, 12, 1),
            starts_at="10:00",
            place="Kilden",
            address="Kildeallé 4",
            counsellor="Mette Holm",
            counsellor_phone=PHONE,
        )
    )


def months(name: str, language: str) -> bytes:
    values = (25, 24, 20, 20, 18, 15, 16, 12, 10, 10, 8, 5, 5, 3, 0)
    return months_pdf(
        MonthsContent(
            name=name,
            language=language,
            cigarettes=tuple((date(2026, 8, 4) + timedelta(days=7 * n), float(v)) for n, v in enumerate(values)),
            stop_dates=(date(2026, 11, 3),),
            smoke_free_days=12,
            money_saved=482_300,
            meetings=9,
            counsellor="Mette Holm",
            today=TODAY,
        )
    )


def attendance(name: str, language: str) -> bytes:
    people = (Expected(name, "20", "Plaster 21 mg"), *(Expected(f"Deltager {n}", "15") for n in range(12)))
    return attendance_pdf(
        AttendanceContent(
            language=language,
            title="Små skridt på Kilden",
            place="Kilden",
            on=TODAY,
            starts_at="10:00",
            kind="ordinary",
            number=4,
            people=people,
            counsellor="Mette Holm",
        )
    )


def vouchers(name: str, language: str) -> bytes:
    return voucher_pdf(
        VoucherContent(
            name=name,
            language=language,
            vouchers=tuple(SlipVoucher(f"RPT-{n:04d}", 22_500, TODAY, date(2027, 11, 24)) for n in range(6)),
            cooperation="Røgfri på Tværs",
            issuer="Mette Holm",
            invoice_to="Vallensbæk",
        )
    )


def poster(name: str, language: str) -> bytes:
    return poster_pdf(
        PosterContent(
            language=language,
            place=name,
            visits=tuple((date(2026, 12, 1) + timedelta(days=7 * n), "13:00") for n in range(3)),
            counsellors=("Mette Holm", "Jakob Friis"),
            cooperation="Røgfri på Tværs",
        )
    )


def handouts(name: str, language: str) -> bytes:
    lines = tuple(
        HandoutLine(date(2026, 9, 1) + timedelta(days=7 * n), name, n + 1, "Plaster 21 mg", 1, "B-17", None, 12_950)
        for n in range(9)
    )
    return handout_pdf(
        HandoutContent(language=language, subject=name, under="", lines=lines, has_names=True, cooperation="Røgfri")
    )


def letter(name: str, language: str) -> bytes:
    return letter_pdf(
        LetterContent(
            kind="gp",
            language=language,
            recipient="Lægehuset",
            name=name,
            identifier="610180-0000",
            birth_date=None,
            text="Første afsnit om forløbet.\n\nAndet afsnit med det, der er aftalt.",
            written_on=TODAY,
            writer="Mette Holm",
            writer_phone=PHONE,
            cooperation="Røgfri på Tværs",
        )
    )


def typing(name: str, language: str) -> bytes:
    forms = tuple(
        Form(key, key, tuple(FormField(str(n), f"Spørgsmål {n}", "Svar") for n in range(1, 12)))
        for key in ("registration", "base", "completion", "follow_up")
    )
    return typing_pdf(TypingContent(language=language, name=name, course="Små skridt", forms=forms))


def invented_report(name: str) -> Report:
    """Return a report with every kind of column, hidden figures and a chart; `name` stands wherever text may."""
    columns = (
        Column("n", "Antal"),
        Column("share", "Andel", Kind.SHARE),
        Column("money", "Beløb", Kind.MONEY),
        Column("number", "Snit", Kind.NUMBER),
        Column("text", "Tekst", Kind.TEXT),
        Column("date", "Senest", Kind.DATE),
    )
    rows = tuple(
        Row(
            f"r{n}",
            name if n == 0 else f"Sted {n}",
            (
                Cell(20 + n),
                Cell(10 + n, 20 + n, is_too_few=n == 1),
                Cell(123_000 * n),
                Cell(12.5),
                Cell(name),
                Cell("2026-11-24"),
            ),
        )
        for n in range(8)
    )
    hidden = Cell(3, 9, is_hidden=True)
    total = Row("total", "I alt", (Cell(None), hidden, Cell(-5), Cell(None), Cell(""), Cell("")), is_total=True)
    table = Table(
        key="t", title=name, head=name, columns=columns, rows=(*rows, total), note=name, chart="share", target=0.8
    )
    return Report(
        key="r",
        title=name,
        since=date(2026, 1, 1),
        until=date(2026, 6, 30),
        notes=(name,),
        tables=(table,),
        checks=(Check("Delene giver det hele.", True), Check("Noget andet.", False)),
    )


def report(name: str, language: str) -> bytes:
    with in_language(language):
        made = invented_report(name)
    whose = "Røgfri på Tværs"
    return report_pdf(ReportContent(language=language, reports=(made, made), cooperation=whose, made="24. nov."))


FOR_THE_PERSON: dict[str, Callable[[str, str], bytes]] = {"plan": plan, "card": card, "slip": slip, "months": months}
PAPERS: dict[str, Callable[[str, str], bytes]] = {
    **FOR_THE_PERSON,
    "attendance": attendance,
    "vouchers": vouchers,
    "poster": poster,
    "handouts": handouts,
    "letter": letter,
    "typing": typing,
    "report": report,
}
PAGES = {
    "plan": 1,
    "card": 1,
    "slip": 1,
    "months": 1,
    "attendance": 2,
    "vouchers": 2,
    "poster": 1,
    "handouts": 1,
    "letter": 1,
    "typing": 2,
    "report": 4,
}
