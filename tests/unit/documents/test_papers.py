"""Promises that every paper keeps, whatever stands on it."""

import ctypes
import hashlib
import os
import subprocess
import sys
from itertools import pairwise
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from app.documents.diploma import diploma_pdf
from app.documents.preview import page_picture, page_sizes
from app.documents.report_pdf import ReportContent, report_pdf
from app.documents.record_pages import RecordDocument, Section, record_pdf
from tests.unit.documents.lix import lix
from tests.unit.documents.papers import FOR_THE_PERSON, PAGES, PAPERS, invented_report
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
    assert [page.split()[-1] for page in pages_of(an_extract("Bjarne", "da"))] == ["1", "2"]


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
                replace(table, rows=tuple(replace(row, group="g") for _ in range(most)), groups={"g": "Gruppe"}, chart=""),
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
