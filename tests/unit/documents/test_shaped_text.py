"""Promises about text in every script."""

from datetime import date

import pytest

from app.documents.fonts import Face, harfbuzz_font
from app.documents.shaped_text import fit, shape, wrap
from app.i18n import format_day, in_language

SCRIPTS = ("Şükrü Łęcki", "Nguyễn Thị Ánh", "محمد بن علي", "שלום כהן", "สมชาย ใจดี", "सीता शर्मा", "Юлія", "გიორგი")


def glyphs_of(text: str) -> list[int]:
    return [glyph.number for run in shape(text).runs for glyph in run.glyphs]


@pytest.mark.parametrize("text", SCRIPTS)
@pytest.mark.parametrize("face", [Face.REGULAR, Face.BOLD, Face.ITALIC])
def test_every_script_has_its_glyphs_in_the_one_family(text: str, face: Face) -> None:
    line = shape(text, face)
    assert line.missing == ()
    assert {run.face for run in line.runs} == {face}
    assert all(glyph.number != 0 for run in line.runs for glyph in run.glyphs)


NOT_ON_PAPER = (
    "Արամ", "ສົມພອນ", "ⵜⵉⴼⵉ", "ߒߞߏ", "ᐃᓄᒃ", "রহিম", "ਗੁਰਪ੍ਰੀਤ", "પ્રિયા", "ଓଡ଼ିଆ", "முருகன்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം",
    "සිංහල", "အောင်", "សុខា", "བསྟན", "አበበ", "ᠮᠣᠩᠭᠣᠯ", "ܐܒܪܗܡ", "ᏣᎳᎩ", "王小明", "さくら", "김민수", "އަލީ",
)  # fmt: skip


@pytest.mark.parametrize("text", [*SCRIPTS, "Γιώργος", "Åse Đặng", "ژیان ڕۆژ", "ٹیپو"])
def test_a_script_that_the_guide_calls_drawn_on_paper_has_no_box(text: str) -> None:
    assert shape(text).missing == ()


@pytest.mark.parametrize("text", NOT_ON_PAPER)
def test_a_script_that_the_guide_calls_a_box_on_paper_is_one(text: str) -> None:
    assert shape(text).missing != ()


def test_arabic_letters_join_instead_of_standing_alone() -> None:
    alone = [glyphs_of(letter)[0] for letter in "محمد"]
    joined = glyphs_of("محمد")
    assert len(joined) == 4
    assert not set(joined) & set(alone[:3])


def test_hebrew_and_arabic_run_from_right_to_left() -> None:
    for text in ("כהן", "دور"):
        drawn = [glyph.text for run in shape(text).runs for glyph in run.glyphs]
        assert drawn == list(reversed(text))


def test_latin_within_arabic_keeps_its_own_direction_and_its_place() -> None:
    runs = ["".join(glyph.text for glyph in run.glyphs).strip() for run in shape("محمد Ali 12").runs]
    assert runs[-1] == "دمحم"
    assert "".join(runs[:-1]).replace(" ", "") == "Ali12"


def test_the_devanagari_vowel_sign_i_stands_before_its_consonant() -> None:
    assert glyphs_of("कि")[-1] == glyphs_of("क")[0]
    assert shape("कि").runs[0].spoken == "कि"


@pytest.mark.parametrize("text", ["Anna 😀", "王伟", "👨‍👩‍👧", "\ud800", "\U000e0041", "\u0378"])
def test_a_character_without_a_glyph_becomes_a_box_and_is_named(text: str) -> None:
    line = shape(text)
    assert "□" in line.text
    assert line.missing != ()
    assert "".join(line.missing) in text


def test_a_symbol_comes_from_another_face() -> None:
    assert {run.face for run in shape("Anna ♥").runs} == {Face.REGULAR, Face.SYMBOLS}


def test_control_characters_and_direction_overrides_leave_no_trace() -> None:
    assert shape("  An\u202ena\x00 \n\tBo ").text == "Anna Bo"


def test_letters_of_a_joining_script_are_never_pulled_apart() -> None:
    assert shape("محمد", tracking=300).width == shape("محمد").width
    assert shape("Diplom", tracking=300).width == shape("Diplom").width + 5 * 300


@pytest.mark.parametrize("text", ["Bo", "W" * 300, "Anne Marie " * 27, "محمد " * 60, "ﷺ" * 300, "ẑ̵̢̛̝͔̩͝" * 40, "王" * 300])
def test_text_of_any_length_is_whole_and_inside_its_frame(text: str) -> None:
    fitted = fit(text, width=640, height=84, size=50, smallest=15, most_lines=3)
    assert len(fitted.lines) <= 3
    assert fitted.width <= 640
    assert fitted.height <= 84
    written = "".join(line.text for line in fitted.lines).replace(" ", "")
    assert written == shape(text).text.replace(" ", "")


def test_a_short_name_stands_on_one_line_in_full_size() -> None:
    fitted = fit("Lene Marie Østergaard", width=640, height=84, size=50, smallest=15, most_lines=3)
    assert (len(fitted.lines), fitted.size) == (1, 50)


def test_lines_are_about_equally_long() -> None:
    fitted = fit("Anna-Katrine Elisabeth Frederiksen-Sørensen Holm", width=640, height=84, size=50, smallest=15)
    first, second = (line.width for line in fitted.lines)
    assert 0.6 < first / second < 1.7


def test_kerning_is_part_of_the_width() -> None:
    font = harfbuzz_font(Face.REGULAR)
    assert shape("AVAVA").width < sum(font.get_glyph_h_advance(number) for number in glyphs_of("AVAVA"))


def test_a_name_too_long_for_its_column_is_broken_behind_its_hyphen():
    lines = [line.text for line in wrap("Oudekerk-Østergaard", width=55, size=9).lines]
    assert lines == ["Oudekerk-", "Østergaard"]


def test_a_day_is_never_parted_at_the_end_of_a_line_where_it_fits_on_one() -> None:
    with in_language("da"):
        day = format_day(date(2026, 11, 24))
    lines = [line.text for line in wrap(f"Først opkaldt {day} af Mette", width=90, size=11).lines]
    assert "24. nov. 2026" in " | ".join(lines)
    narrow = [line.text for line in wrap(day, width=50, size=11).lines]
    assert narrow == ["24. nov.", "2026"]
