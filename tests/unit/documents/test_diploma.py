"""Promises about the diploma, on the very PDF that is printed."""

import ctypes
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from app.documents.diploma import (
    FRAME,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    DiplomaContent,
    diploma_pdf,
    diploma_texts,
)
from app.documents.preview import page_picture
from app.errors import KnownProblem, RuleRefusal

WORDS = diploma_texts("da", meetings=6)
CONTENT = DiplomaContent(
    name="Şükrü Łęcki",
    heading=WORDS.heading,
    lead=WORDS.lead,
    sentences=WORDS.sentences,
    course_title="Pusterum, forår 2026",
    place="Varmestuen, Aarhus",
    date_text="12. marts 2026",
    counsellor="Birgitte Holm",
    counsellor_title=WORDS.counsellor_title,
    cooperation="Røgfrit Samarbejde",
    serial="PU-2026-CBV7-Q8TK",
    language="da",
)


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return str(document[0].get_textpage().get_text_range())


def ink_of(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Return the bounds of everything written, in points."""
    with pypdfium2.PdfDocument(pdf) as document:
        kinds = [pdfium.FPDF_PAGEOBJ_TEXT]
        return [written.get_bounds() for written in document[0].get_objects(filter=kinds)]


def test_it_is_one_a4_page_across() -> None:
    with pypdfium2.PdfDocument(diploma_pdf(CONTENT)) as document:
        assert len(document) == 1
        assert document[0].get_size() == pytest.approx((841.89, 595.28), abs=0.01)


def test_the_same_content_gives_the_same_bytes_whatever_was_made_before() -> None:
    first = diploma_pdf(CONTENT)
    diploma_pdf(replace(CONTENT, name="محمد 王 ♥"))
    assert diploma_pdf(CONTENT) == first


def test_the_same_content_gives_the_same_bytes_in_another_process_and_language() -> None:
    program = (
        "import hashlib; from tests.unit.documents.test_diploma import CONTENT, diploma_pdf;"
        "print(hashlib.sha256(diploma_pdf(CONTENT)).hexdigest())"
    )
    root = Path(__file__).resolve().parents[3]
    for seed, language in (("1", "C.UTF-8"), ("2", "tr_TR.UTF-8")):
        surroundings = os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": language, "TZ": "Asia/Tokyo"}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=root, env=surroundings, check=True, capture_output=True, text=True
        )
        assert done.stdout.strip() == hashlib.sha256(diploma_pdf(CONTENT)).hexdigest()


def test_every_font_travels_inside_the_file_with_only_the_glyphs_it_needs() -> None:
    pdf = diploma_pdf(replace(CONTENT, name="Anna ♥ محمد"))
    names = set()
    with pypdfium2.PdfDocument(pdf) as document:
        for written in document[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            font = pdfium.FPDFTextObj_GetFont(written)
            assert pdfium.FPDFFont_GetIsEmbedded(font) == 1
            buffer = ctypes.create_string_buffer(200)
            pdfium.FPDFFont_GetBaseFontName(font, buffer, 200)
            names.add(buffer.value.decode())
    assert all(name[6] == "+" for name in names)
    assert {name[7:].removesuffix("-Identity-H") for name in names} == {
        "FiraGO-Regular",
        "FiraGO-Italic",
        "FiraGO-Bold",
        "NotoSansSymbols2-Regular",
    }
    assert len(pdf) < 60_000
    assert b"Helvetica" not in pdf


@pytest.mark.parametrize(
    "name", ["Şükrü", "Łęcki", "Nguyễn", "محمد", "محمد بن علي", "שלום כהן", "สมชาย ใจดี", "सीता शर्मा", "Юлія", "Anna ♥"]
)
def test_a_name_in_any_script_can_be_read_out_of_the_file(name: str) -> None:
    assert name in text_of(diploma_pdf(replace(CONTENT, name=name))).splitlines()


def test_everything_that_was_given_is_written() -> None:
    written = text_of(diploma_pdf(CONTENT))
    for text in (*CONTENT.sentences, CONTENT.course_title, CONTENT.place, CONTENT.date_text, CONTENT.counsellor):
        assert text in written
    assert "rygestoprådgiver, Røgfrit Samarbejde" in written
    assert CONTENT.serial in written


@pytest.mark.parametrize("name", ["W" * 300, "Anne Marie Ø " * 23, "محمد " * 60, "สมชาย" * 60])
def test_a_name_of_300_characters_stays_inside_the_frame_and_touches_no_other_words(name: str) -> None:
    bounds = ink_of(diploma_pdf(replace(CONTENT, name=name[:300])))
    for left, bottom, right, top in bounds:
        assert FRAME < left < right < PAGE_WIDTH - FRAME
        assert FRAME < bottom < top < PAGE_HEIGHT - FRAME
    between = [bound for bound in bounds if 326 < bound[1] < 430]
    assert between
    assert all(top < 435 for _, _, _, top in between)


def test_long_words_everywhere_stay_inside_the_frame() -> None:
    long = "Samarbejdskommunernes rygestopvejledning " * 5
    content = replace(
        CONTENT,
        heading=long,
        lead=long,
        sentences=(long, long, long, long),
        course_title=long,
        place=long,
        date_text=long,
        counsellor=long,
        cooperation=long,
    )
    for left, bottom, right, top in ink_of(diploma_pdf(content)):
        assert FRAME < left < right < PAGE_WIDTH - FRAME
        assert FRAME < bottom < top < PAGE_HEIGHT - FRAME


def test_a_diploma_with_nothing_but_a_name_is_still_a_diploma() -> None:
    bare = replace(
        CONTENT,
        lead="",
        sentences=(),
        course_title="",
        place="",
        date_text="",
        counsellor="",
        cooperation="",
        serial="",
    )
    assert "Şükrü Łęcki" in text_of(diploma_pdf(bare))


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\u202e\u200f", "\u200b"])
def test_a_diploma_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(RuleRefusal) as refused:
        diploma_pdf(replace(CONTENT, name=name))
    assert refused.value.code == "empty-name"
    assert refused.value.parameters == {"field": "name"}


def test_what_no_font_can_write_is_a_box() -> None:
    content = replace(CONTENT, name="Anna 😀", place="王宫")
    assert "Anna □" in text_of(diploma_pdf(content))


def test_the_file_tells_its_title_and_its_language() -> None:
    with pypdfium2.PdfDocument(diploma_pdf(CONTENT)) as document:
        about = document.get_metadata_dict()
        assert about["Title"] == "Diplom · Şükrü Łęcki"
        assert about["CreationDate"] == about["ModDate"]
        needed = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
        buffer = (ctypes.c_ushort * (needed // 2))()
        pdfium.FPDFCatalog_GetLanguage(document, buffer, needed)
        assert bytes(buffer).decode("utf-16-le").rstrip("\0") == "da"


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("meetings", [0, 1, 6])
def test_the_standard_wording_honours_the_effort_and_promises_no_result(language: str, meetings: int) -> None:
    words = diploma_texts(language, meetings=meetings)
    said = " ".join((words.heading, words.lead, *words.sentences)).lower()
    assert not any(promise in said for promise in ("røgfri", "smoke-free", "smokefree", "stoppet", "quit", "0 m"))
    assert (str(meetings) in said) is (meetings > 0)
    assert ("møder" in said or "meetings" in said) is (meetings > 1)


def test_the_preview_is_the_page_itself() -> None:
    picture = page_picture(diploma_pdf(CONTENT), 0, 1)
    assert (picture.width, picture.height) == (842, 596)
    assert len(picture.rgba) == 842 * 596 * 4
    assert picture.rgba[:4] == b"\xff\xff\xff\xff"
    sun = (596 - 125) * 842 * 4 + 421 * 4
    red, green, blue, alpha = picture.rgba[sun : sun + 4]
    assert red > green > blue
    assert alpha == 255


def test_a_damaged_file_is_a_known_problem() -> None:
    with pytest.raises(KnownProblem) as problem:
        page_picture(b"not a PDF", 0, 1)
    assert problem.value.code == "pdf-unreadable"


def test_a_courses_long_title_stays_larger_than_what_leads_to_it() -> None:
    title = "Rygestop på tværs af kommuner, bosteder og væresteder i hele regionen, efteråret 2026 og foråret 2027"
    with pypdfium2.PdfDocument(diploma_pdf(replace(CONTENT, course_title=title))) as document:
        said, page = {}, document[0]
        for written in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], textpage=page.get_textpage()):
            size = ctypes.c_float()
            assert pdfium.FPDFTextObj_GetFontSize(written, size)
            said[written.extract()] = size.value
    # The lines of the title are those in bold that hold its first and its last words.
    sizes = [size for words, size in said.items() if "Rygestop på" in words or "2027" in words]
    assert len(sizes) == 2
    assert min(sizes) >= 13
