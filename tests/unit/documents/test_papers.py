"""Promises that every paper keeps, whatever stands on it."""

import ctypes
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from app.documents.diploma import diploma_pdf
from app.documents.handout_list import HandoutContent, HandoutLine, handout_pdf
from app.documents.letter_page import LetterContent, letter_pdf
from app.documents.months_sheet import MonthsContent, months_pdf
from app.documents.nrt_card import CardContent, CardProduct, card_pdf
from app.documents.place_poster import PosterContent, poster_pdf
from app.documents.plan_sheet import PlanContent, PlanStep, plan_pdf
from app.documents.preview import page_picture, page_sizes
from app.documents.record_pages import RecordDocument, Section, record_pdf
from app.documents.report_pdf import ReportContent, report_pdf
from app.documents.sheet import Column, Sheet, TableRow
from app.domain.products import products
from app.i18n import NO_BREAK, format_day_long, in_language
from tests.unit.documents.lix import lix
from tests.unit.documents.papers import FOR_THE_PERSON, PAGES, PAPERS, TODAY, invented_report
from tests.unit.documents.test_diploma import CONTENT

EDGE = 12.0
"""Points from the paper's edge that no word comes nearer to: what an office printer leaves white."""
BACKGROUND_SHARE = 0.999


def pages_of(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [str(page.get_textpage().get_text_range()) for page in document]


def words_of(pdf: bytes) -> list[tuple[tuple[float, float], list[tuple[float, float, float, float]]]]:
    """Return for each page its size and the bounds of everything written on it."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            written = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])
            found.append((page.get_size(), [one.get_bounds() for one in written]))
    return found


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("paper", PAPERS)
def test_it_has_as_many_pages_as_it_should_and_none_is_empty(paper: str, language: str) -> None:
    pdf = PAPERS[paper]("Bjarne Ågesen", language)
    pictures = [page_picture(pdf, number, 0.3) for number in range(len(page_sizes(pdf).pages))]
    assert len(pictures) == PAGES[paper]
    for picture in pictures:
        white = picture.rgba.count(b"\xff\xff\xff\xff")
        assert white < picture.width * picture.height * BACKGROUND_SHARE


@pytest.mark.parametrize("paper", PAPERS)
def test_the_same_content_gives_the_same_bytes_whatever_was_made_before(paper: str) -> None:
    first = PAPERS[paper]("Bjarne Ågesen", "da")
    PAPERS[paper]("محمد 王 ♥", "en")
    assert PAPERS[paper]("Bjarne Ågesen", "da") == first


def test_the_same_content_gives_the_same_bytes_in_another_process_and_language() -> None:
    program = (
        "import hashlib; from tests.unit.documents.papers import PAPERS;"
        "print(hashlib.sha256(b''.join(make('Anna Ø', 'da') for make in PAPERS.values())).hexdigest())"
    )
    here = hashlib.sha256(b"".join(make("Anna Ø", "da") for make in PAPERS.values())).hexdigest()
    root = Path(__file__).resolve().parents[3]
    surroundings = os.environ | {"PYTHONHASHSEED": "7", "LC_ALL": "tr_TR.UTF-8", "LANG": "en_US", "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, env=surroundings, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == here


@pytest.mark.parametrize("paper", PAPERS)
def test_every_font_travels_inside_the_file(paper: str) -> None:
    pdf = PAPERS[paper]("Anna ♥ محمد", "da")
    assert b"Helvetica" not in pdf
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            for written in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
                font = pdfium.FPDFTextObj_GetFont(written)
                assert pdfium.FPDFFont_GetIsEmbedded(font) == 1
                buffer = ctypes.create_string_buffer(200)
                pdfium.FPDFFont_GetBaseFontName(font, buffer, 200)
                assert buffer.value.decode()[6] == "+"


@pytest.mark.parametrize("name", ["Şükrü Łęcki", "محمد بن علي", "שלום כהן", "สมชาย ใจดี", "सीता शर्मा", "Юлія"])
@pytest.mark.parametrize("paper", PAPERS)
def test_a_name_in_any_script_can_be_read_out_of_the_file(paper: str, name: str) -> None:
    text = "\n".join(pages_of(PAPERS[paper](name, "da"))).replace("\r", "")
    for word in name.split():
        assert word in text


@pytest.mark.parametrize("name", ["W" * 300, ("Anne Marie Ø " * 23)[:300], ("محمد " * 60)[:300]])
@pytest.mark.parametrize("paper", PAPERS)
def test_300_characters_stay_on_the_paper(paper: str, name: str) -> None:
    for (width, height), bounds in words_of(PAPERS[paper](name, "da")):
        for left, bottom, right, top in bounds:
            assert left >= EDGE
            assert bottom >= EDGE
            assert right <= width - EDGE
            assert top <= height - EDGE


@pytest.mark.parametrize("paper", FOR_THE_PERSON)
def test_a_long_name_keeps_a_paper_for_the_person_on_one_page(paper: str) -> None:
    assert len(pages_of(FOR_THE_PERSON[paper]("W" * 300, "da"))) == 1


@pytest.mark.parametrize("paper", FOR_THE_PERSON)
def test_what_the_person_takes_home_is_written_in_plain_danish(paper: str) -> None:
    text = "\n".join(pages_of(FOR_THE_PERSON[paper]("Bo", "da"))).replace("\r", "")
    assert lix(text) < 30, text


def test_lix_is_counted_as_its_inventor_did() -> None:
    assert lix("Jeg ser en kat. Den er sort.") == pytest.approx(3.5)
    assert lix("Kommunalbestyrelsen behandlede dagsordenen.") == pytest.approx(103)


def test_the_text_comes_in_the_order_in_which_one_reads_it() -> None:
    (text,) = pages_of(PAPERS["plan"]("Bjarne", "da"))
    wanted = ("Min plan", "Bjarne", "Mit næste skridt", "Når jeg får lyst", "Stoplinien")
    places = [text.index(words) for words in wanted]
    assert places == sorted(places)
    (text,) = pages_of(PAPERS["letter"]("Bjarne", "da"))
    places = [text.index(words) for words in ("Lægehuset", "Bjarne", "Første afsnit", "Andet afsnit", "Mette Holm")]
    assert places == sorted(places)


def lines_of(pdf: bytes) -> list[list[tuple[float, float, float, float]]]:
    """Where each piece of text stands (left, bottom, right, top), page by page, in the order of the file."""
    pages = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            pages.append([text.get_rect(number) for number in range(text.count_rects())])
    return pages


def goes_up(before: tuple[float, float, float, float], after: tuple[float, float, float, float]) -> bool:
    """Whether reading on means to go up in the same column, which nobody does."""
    are_beneath_each_other = min(before[2], after[2]) - max(before[0], after[0]) > 1
    return are_beneath_each_other and after[1] > before[3] - 1


def sizes_of(pdf: bytes) -> list[float]:
    """Return how large each piece of text is set, in points."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            for written in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
                size = ctypes.c_float()
                assert pdfium.FPDFTextObj_GetFontSize(written, size)
                found.append(size.value)
    return found


def on_each_other(pdf: bytes) -> list[tuple[str, str]]:
    """Return the words that are written over others, page by page."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            placed = [(text.get_text_bounded(*where), where) for where in _rects(text)]
            found += [
                (one, other)
                for number, (one, at) in enumerate(placed)
                for other, there in placed[:number]
                if _overlap(at, there)
            ]
    return found


def _rects(text) -> list[tuple[float, float, float, float]]:
    return [text.get_rect(number) for number in range(text.count_rects())]


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and down > 1


def a_diploma(name: str, language: str) -> bytes:
    return diploma_pdf(replace(CONTENT, name=name, language=language))


def an_extract(name: str, language: str) -> bytes:
    sections = [Section("Måling", [(f"Dag {number}", "9 cigaretter om dagen") for number in range(60)])]
    return record_pdf(RecordDocument(title="Udskrift", lead=f"Alt om {name}", sections=sections, language=language))


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("paper", [*PAPERS, "diploma", "extract"])
def test_the_text_of_every_paper_comes_from_top_to_bottom(paper: str, language: str) -> None:
    make = PAPERS.get(paper) or {"diploma": a_diploma, "extract": an_extract}[paper]
    for page in lines_of(make("Anne Marie Østergaard", language)):
        assert page
        assert [(one, other) for one, other in pairwise(page) if goes_up(one, other)] == []


def test_text_that_jumps_back_up_is_noticed() -> None:
    title, below, beside = (40, 700, 200, 720), (40, 600, 200, 612), (300, 700, 400, 720)
    assert not goes_up(title, below)
    assert not goes_up(below, beside)
    assert goes_up(below, title)


def test_a_number_beside_a_name_that_runs_to_the_left_keeps_its_order() -> None:
    (text,) = pages_of(PAPERS["letter"]("محمد بن علي", "da"))
    assert "610180-0000" in text


def test_a_long_list_repeats_its_head_and_counts_its_pages() -> None:
    first, second = pages_of(PAPERS["attendance"]("Bjarne", "da"))
    for page, words in ((first, "Side 1 af 2"), (second, "Side 2 af 2")):
        assert words in page
        assert "Cigaretter om dagen" in " ".join(page.split())


def test_pages_of_records_are_numbered_where_there_are_several() -> None:
    alone = record_pdf(RecordDocument(title="Genåbningskode", lead="Opbevar arket låst inde.", code="ABCD-EFGH"))
    assert [page.split()[-1] for page in pages_of(alone)] == ["ABCD-EFGH"]
    assert [page.split()[-1] for page in pages_of(an_extract("Bjarne", "da"))] == ["2", "2"]
    assert "Side 1 af 2" in pages_of(an_extract("Bjarne", "da"))[0]


def test_a_report_says_which_check_does_not_hold_and_hides_what_is_hidden() -> None:
    text = "\n".join(pages_of(PAPERS["report"]("Rapport", "da")))
    assert "PASSER IKKE: Noget andet." in text.replace("\r\n", " ")
    assert "3/9" not in text
    assert "*" in text


def test_what_was_checked_never_stands_without_how_it_was_counted_and_a_group_is_named_on_every_page() -> None:
    one = invented_report("Rapport")
    (table,) = one.tables
    row = table.rows[0]
    reports = tuple(
        replace(
            one,
            tables=(
                replace(
                    table, rows=tuple(replace(row, group="g") for _ in range(most)), groups={"g": "Gruppe"}, chart=""
                ),
            ),
        )
        for most in range(18, 32)
    )
    content = ReportContent(language="da", reports=reports, cooperation="Røgfri på Tværs", made="24. nov.")
    pages = pages_of(report_pdf(content))
    endings = [page for page in pages if "Efterprøvet" in page]
    assert len(endings) == len(reports)
    assert all("Sådan er der talt" in page for page in endings)
    assert any("Snit" not in page for page in endings), "some ending had to go to a page of its own"
    assert all("Gruppe" in page for page in pages if "Snit" in page)


LETTER = LetterContent(
    kind="gp",
    language="da",
    recipient="Lægehuset",
    name="Bo",
    identifier="",
    birth_date=None,
    text="",
    written_on=TODAY,
    writer="Mette Holm",
)
LONG_NAME = "Anne-Margrethe Charlotte Wilhelmine Kirstine af Østergaard-Møller"


def on_one_line(words: str) -> str:
    return " ".join(words.split())


def test_a_long_name_to_call_stands_clear_of_the_number() -> None:
    content = PlanContent(
        name="Bo",
        language="da",
        start=20,
        started_on=TODAY,
        steps=(PlanStep(TODAY, 0.0),),
        today=TODAY,
        counsellor=LONG_NAME,
        counsellor_phone="00 00 00 07",
    )
    assert on_each_other(plan_pdf(content)) == []


def test_words_on_a_stair_are_large_enough_to_be_read_and_whole() -> None:
    said = "Ingen cigaretter i stuen eller på værelset før klokken tolv om formiddagen"
    steps = tuple(PlanStep(TODAY + timedelta(days=7 * n), None, said) for n in range(8))
    content = PlanContent(name="Bo", language="da", start=20, started_on=TODAY, steps=steps, today=TODAY)
    assert min(sizes_of(plan_pdf(content))) >= 6
    (text,) = pages_of(plan_pdf(content))
    assert text.count("cigaretter") == len(steps) + 1


def test_stop_dates_near_each_other_are_not_written_over_each_other() -> None:
    content = MonthsContent(
        name="Bo",
        language="da",
        cigarettes=tuple((date(2026, 8, 4) + timedelta(days=7 * n), float(100 - n)) for n in range(16)),
        stop_dates=(date(2026, 8, 4), date(2026, 8, 10), date(2026, 8, 14), TODAY),
        today=TODAY,
    )
    assert on_each_other(months_pdf(content)) == []


@pytest.mark.parametrize(
    ("days", "said"), [(1, "1 dag uden røg"), (2, "2 dage uden røg"), (1234, "1.234 dage uden røg")]
)
def test_days_without_smoke_are_counted_in_words_of_their_number(days: int, said: str) -> None:
    first = (date(2026, 8, 4), 10.0)
    content = MonthsContent(
        name="Bo", language="da", cigarettes=(first,), smoke_free_days=days, meetings=1040, today=TODAY
    )
    (text,) = pages_of(months_pdf(content))
    assert said in on_one_line(text)
    assert "1.040 mødegange" in text


def test_nothing_saved_and_no_day_without_smoke_are_not_held_up_to_anybody() -> None:
    first = (date(2026, 8, 4), 10.0)
    (text,) = pages_of(months_pdf(MonthsContent(name="Bo", language="da", cigarettes=(first,), today=TODAY)))
    assert "uden røg" not in text
    assert "kr." not in text


@pytest.mark.parametrize("place", ["Kilden", "Det Socialpsykiatriske Bocenter og Værested ved Kildemosegaard"])
def test_the_days_of_a_poster_leave_room_for_who_comes(place: str) -> None:
    content = PosterContent(
        language="da",
        place=place,
        visits=tuple((TODAY + timedelta(days=7 * n), "13:00") for n in range(9)),
        counsellors=(LONG_NAME, "Jakob Friis", LONG_NAME),
        cooperation="Røgfri på Tværs",
    )
    pdf = poster_pdf(content)
    assert on_each_other(pdf) == []
    (text,) = pages_of(pdf)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert any("Jakob Friis" in line for line in lines)
    with in_language("da"):
        last = format_day_long(TODAY + timedelta(days=28)).replace(NO_BREAK, " ")
    last_day = text.index(last[1:])
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0].get_textpage()
        beneath = page.get_charbox(last_day)[1] - page.get_charbox(text.index("Jakob"))[3]
    assert beneath > 14


def test_the_signature_of_a_letter_is_never_alone_on_its_page() -> None:
    for lines in range(20, 36):
        words = "\n".join(f"linje {number}" for number in range(lines))
        pages = pages_of(letter_pdf(replace(LETTER, text=words)))
        assert f"linje {lines - 1}" in pages[-1], lines


def test_no_line_of_a_paragraph_stands_alone_on_a_page() -> None:
    for before in range(12):
        paragraphs = ["x"] * before + [
            " ".join(f"afsnit{part}{'o' * 45}{line}" for line in "abcde") for part in range(9)
        ]
        pages = pages_of(letter_pdf(replace(LETTER, text="\n".join(paragraphs))))
        assert len(pages) > 1
        for page in pages:
            for part in range(9):
                assert page.count(f"afsnit{part}") != 1, (before, part)


def test_many_warnings_go_to_the_cards_other_side_and_whom_to_ask_stays_in_front() -> None:
    products = tuple(CardProduct(f"Plaster {n} mg", "patch", n, n) for n in range(1, 4))
    warnings = tuple(f"En sygdom nummer {n}, som skal nævnes for lægen, og som har et langt navn" for n in range(12))
    content = CardContent(
        name="Bo", language="da", products=products, weeks_given=frozenset(), warnings=warnings, counsellor="Mette Holm"
    )
    pdf = card_pdf(content)
    front, back = pages_of(pdf)
    assert "Spørg: Mette Holm" in front
    assert "Læs sedlen i æsken." in front
    assert all(f"nummer {n}," in back for n in range(12))
    assert min(sizes_of(pdf)) >= 8.5


def test_the_cards_warnings_are_for_those_whom_they_are_about() -> None:
    text = on_one_line("\n".join(pages_of(PAPERS["card"]("Bo", "da"))))
    assert text.index("Gælder det dig?") < text.index("Er du gravid")
    assert text.index("Læs sedlen i æsken.") < text.index("Gælder det dig?")


def test_what_was_handed_out_is_summed_in_the_languages_numbers_and_only_where_there_is_a_price() -> None:
    line = HandoutLine(TODAY, "Bo", 1, "Plaster 21 mg", 1560, price=None)
    content = HandoutContent(language="da", subject="Bo", under="", lines=(line,))
    (text,) = pages_of(handout_pdf(content))
    assert "1.560" in text
    assert "kr." not in text
    priced = replace(content, lines=(line, replace(line, quantity=2, price=12_950)))
    assert "1.562" in pages_of(handout_pdf(priced))[0]
    assert pages_of(handout_pdf(priced))[0].count("259 kr.") == 2


def test_a_list_with_names_lies_across_so_that_a_product_stands_on_one_line() -> None:
    lines = (HandoutLine(TODAY, LONG_NAME, 1, "Nicorette Invisi depotplaster 25 mg/16 timer", 1),)
    content = HandoutContent(language="da", subject="Kilden", under="", lines=lines, has_names=True)
    pdf = handout_pdf(content)
    ((width, height),) = page_sizes(pdf).pages
    assert width > height
    assert page_sizes(handout_pdf(replace(content, has_names=False))).pages == ((height, width),)
    (text,) = pages_of(pdf)
    assert "Nicorette Invisi depotplaster 25 mg/16 timer" in text


def test_every_product_day_and_heading_stands_on_one_line_of_what_somebody_was_handed_out() -> None:
    longest = date(2026, 9, 28)
    for language, said, heads in (
        ("da", "28. sep. 2026", ("Dag", "Uge", "Produkt", "Portioner", "Batch", "Udløber", "Pris")),
        ("en", "28 Sept 2026", ("Day", "Week", "Product", "Portions", "Batch", "Expires", "Price")),
    ):
        names = [product.name(language) for product in products().values()]
        lines = tuple(HandoutLine(longest, "Bo", 12, name, 1, "L12345678", longest, 12_345_50) for name in names)
        content = HandoutContent(language=language, subject="Bo", under="", lines=lines)
        (text,) = pages_of(handout_pdf(content))
        assert not [name for name in names if name not in text]
        assert text.count(said) == 2 * len(lines)
        assert text.count("L12345678") == len(lines)
        assert not [head for head in heads if head not in text]
        across = "".join(pages_of(handout_pdf(replace(content, has_names=True))))
        assert across.count(said) == 2 * len(lines)
        assert not [head for head in heads if head not in across]


def test_no_row_is_alone_on_the_last_page_and_no_heading_at_the_foot_of_one() -> None:
    for lines in range(25, 60):
        handouts = tuple(HandoutLine(TODAY, "Bo", n, f"Plaster nr. {n:03}", 1) for n in range(lines))
        pages = pages_of(handout_pdf(HandoutContent(language="da", subject="Bo", under="", lines=handouts)))
        assert all(page.count("Plaster nr.") >= 2 for page in pages), lines
        assert "".join(pages).count("Plaster nr.") == lines
    columns = (Column("Spørgsmål"), Column("Svar"))
    for above in range(10, 45):
        sheet = Sheet(title="", language="da")
        sheet.bullets(["linje"] * above)
        sheet.heading("Overskrift", keep=0)
        rows = [TableRow(("Gruppe",), is_heading=True), TableRow(("spurgt", "svar " * 60)), TableRow(("sidst", "ja"))]
        sheet.table(columns, rows, size=10)
        pages = pages_of(sheet.finish())
        (with_heading,) = [page for page in pages if "Overskrift" in page]
        assert all(word in with_heading for word in ("Spørgsmål", "Gruppe", "spurgt", "sidst")), above
        assert "".join(pages).count("linje") == above


def test_a_list_of_nothing_handed_out_says_just_that() -> None:
    (text,) = pages_of(handout_pdf(HandoutContent(language="da", subject="Bo", under="", lines=())))
    assert "Der er ikke udleveret noget." in text
    assert "I alt" not in text


def test_a_long_text_in_an_extract_is_set_as_large_as_the_rest_in_its_paragraphs() -> None:
    words = "\n\n".join(f"Afsnit {number}: " + "Det går bedre om morgenen nu. " * 9 for number in range(60))
    document = RecordDocument(
        title="Udskrift", lead="Alt", sections=[Section("Brev", [("Tekst", words), ("Dag", "1")])]
    )
    pdf = record_pdf(document)
    assert min(sizes_of(pdf)) >= 8
    text = "\n".join(pages_of(pdf))
    lines = [line.strip() for line in text.splitlines()]
    for number in range(1, 60):
        assert any(line.startswith(f"Afsnit {number}:") for line in lines), number
    assert text.count("morgenen") == 540


def test_a_record_of_an_extract_is_not_torn_between_two_pages() -> None:
    record = [("Dag", "24. nov. 2026"), ("Forløb", "Åbent hold"), ("Fremmøde", "Mødt"), ("", "")]
    pages = pages_of(
        record_pdf(RecordDocument(title="Udskrift", lead="Alt", sections=[Section("Fremmøde", record * 60)]))
    )
    assert len(pages) > 2
    for page in pages:
        assert page.count("Dag") == page.count("Forløb") == page.count("Mødt")


@pytest.mark.parametrize("paper", ["plan", "months", "slip"])
@pytest.mark.parametrize("name", ["Ånn", "Ann"])
def test_a_name_stands_on_the_line_of_the_heading(paper: str, name: str) -> None:
    heading, beside = baselines(PAPERS[paper](name, "da"))[:2]
    assert heading == pytest.approx(beside, abs=0.1)


def baselines(pdf: bytes) -> list[float]:
    with pypdfium2.PdfDocument(pdf) as document:
        written = list(document[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]))
        return [one.get_matrix().f for one in written]
