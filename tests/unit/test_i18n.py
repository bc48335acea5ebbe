import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app import i18n
from app.error_text import CHAPTERS, known_codes, sentence_for
from app.errors import KnownProblem, RuleRefusal
from app.settings import DeviceSettings, config_directory, data_directory
from app.sync.wire.notification import KINDS_DA
from tools import translate

APP = Path(i18n.__file__).parent
NO_BREAK = i18n.NO_BREAK


def said(text):
    """Return the text as it is read: what keeps words on one line looks like a space."""
    return text.replace(NO_BREAK, " ")


def test_every_sentence_in_the_code_has_its_danish_and_nothing_is_stale():
    assert list(translate.complaints()) == []


def test_a_page_is_called_in_a_danish_sentence_what_stands_at_its_head():
    with translate.DANISH.open("rb") as file:
        danish = {found.id: found.string for found in read_po(file) if isinstance(found.id, str)}
    pages = ("Close the day", "Follow-up", "Oversight", "Reports", "Vouchers", "Settings", "Referrals")
    assert set(pages) < set(danish)
    otherwise = [
        (said, there)
        for said, there in danish.items()
        for name in pages
        if re.search(rf"(page|under|in) {name}\b", said) and danish[name] not in there
    ]
    assert otherwise == []


def test_a_sentence_within_an_f_string_is_found_with_every_python(tmp_path, monkeypatch):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "page.py").write_text("title = f\"{_('Passphrase')} · {name}\"\n", encoding="utf-8")
    monkeypatch.setattr(translate, "ROOT", tmp_path)
    assert "within an f-string: app/page.py:1" in [told.replace("\\", "/") for told in translate.complaints()]


def test_a_sentence_is_said_in_the_language_in_use():
    i18n.use_language("da")
    assert i18n._("Passphrase") == "Adgangssætning"
    i18n.use_language("en")
    assert i18n._("Passphrase") == "Passphrase"


def test_a_danish_letter_can_be_written_from_an_english_window():
    with i18n.in_language("da"):
        assert i18n._("Passphrase") == "Adgangssætning"
        assert said(i18n.format_day(date(2026, 11, 24))) == "24. nov. 2026"
    assert i18n._("Passphrase") == "Passphrase"


@pytest.mark.parametrize(("system", "spoken"), [("da_DK.UTF-8", "da"), ("en_US.UTF-8", "en"), ("de_DE.UTF-8", "da")])
def test_the_language_follows_the_system_and_is_danish_elsewhere(monkeypatch, system, spoken):
    monkeypatch.setenv("LC_ALL", system)
    assert i18n.use_language("system") == spoken


def test_a_system_that_names_no_region_has_days_written_as_in_britain(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setattr("locale.getlocale", lambda: ("en_US", "UTF-8"))
    i18n.use_language("en", region=i18n.system_region())
    assert said(i18n.format_day(date(2026, 11, 24))) == "24 Nov 2026"
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    i18n.use_language("en", region=i18n.system_region())
    assert said(i18n.format_day(date(2026, 11, 24))) == "Nov 24, 2026"


def test_danish_days_numbers_and_money_are_written_as_in_denmark():
    i18n.use_language("da")
    assert said(i18n.format_day(date(2026, 11, 24))) == "24. nov. 2026"
    assert said(i18n.format_day_long(date(2026, 11, 24))) == "tirsdag den 24. november 2026"
    assert i18n.format_time(datetime(2026, 11, 24, 15, 42, tzinfo=UTC)) == "16.42"
    assert i18n.format_clock("10:00") == "10.00"
    assert said(i18n.format_moment(datetime(2026, 11, 24, 15, 42, tzinfo=UTC))) == "24. nov. 2026 16.42"
    assert i18n.format_number(1234.5) == "1.234,5"
    assert i18n.format_number(3, decimals=1) == "3,0"
    assert i18n.format_percent(0.62).replace(NO_BREAK, " ") == "62 %"
    assert i18n.format_money(123_450).replace(NO_BREAK, " ") == "1.234,50 kr."
    assert i18n.format_money(90_000).replace(NO_BREAK, " ") == "900 kr."


def test_words_stand_in_the_quotation_marks_of_the_language_and_so_do_all_danish_sentences():
    assert i18n.quoted("Søren m. hunden") == "“Søren m. hunden”"
    i18n.use_language("da")
    assert i18n.quoted("Søren m. hunden") == "”Søren m. hunden”"
    assert "“" not in "".join(i18n._catalogue("da")._catalog.values())


@pytest.mark.parametrize(
    "otherwise",
    [
        pytest.param(r"[\"„»«]", id="quotation marks"),
        pytest.param(r"\.\.\.|[^ ]…", id="ellipses"),
        pytest.param(r"\d%", id="per cent"),
        pytest.param(r"\d:\d\d", id="times of day"),
        pytest.param(r"  |\bIT\b", id="gaps and it"),
    ],
)
def test_danish_sentences_are_set_in_the_one_danish_way(otherwise):
    danish = i18n._catalogue("da")._catalog.items()
    assert [said for sentence, said in danish if sentence and re.search(otherwise, said)] == []


@pytest.mark.parametrize("guide_language", ["en", "da"])
def test_the_guide_calls_buttons_and_pages_by_their_names(guide_language):
    guide = (translate.ROOT / "docs" / f"guide-{guide_language}.md").read_text(encoding="utf-8")
    catalogue = i18n._catalogue("da")._catalog
    known = {text if guide_language == "da" else key for key, text in catalogue.items() if isinstance(key, str)}
    starts = tuple(said(word).casefold() for word in known if word)
    named = {word for marked in re.findall(r"\*\*(.+?)\*\*|\*(.+?)\*", guide) for word in marked if word}
    keys = re.compile(r"F\d+|Ctrl\+.+")
    # What stands in bold and is no name: whom a line is for, and the question that a counsellor asks.
    asides = {"For IT:", "Locked for good?", "Til it-afdelingen:", "Låst for alvor?"}
    names = {word.removesuffix(" …").casefold() for word in named - asides if not keys.fullmatch(word)}
    assert len(names) > 60
    assert sorted(name for name in names if not any(start.startswith(name) for start in starts)) == []


@pytest.mark.parametrize(
    ("word", "another"),
    [
        ("basisskema", "grundskema"),
        ("basisskema", "skema ved start"),
        ("mødeskema", "mødegangens ark"),
        ("afslut mødegangen", "luk mødegangen"),
        ("adgangslog", "brugslog"),
        ("udskrift", "udtræk"),
        ("indlægsseddel", "etiket"),
        ("sygehus", "hospital"),
        ("opfølgningsmøde", "opfølgende møde"),
        ("introduktionsmøde", "indledende møde"),
        ("løbenummer", "serienummer"),
        ("dækker skærmen", "skærmen blank"),
        ("mundhulespray", "mundspray"),
        ("kaldenavn", "kælenavn"),
        ("bosted", "botilbud"),
        ("værdikupon", "voucher"),
        ("afslut forløbet", "luk forløbet"),
    ],
)
def test_a_thing_has_one_danish_word_everywhere(word, another):
    i18n.use_language("da")
    # What the authority is told of a lost laptop is Danish in every language, and stands outside of the catalogue.
    sentences = [said.casefold() for said in (*i18n._catalogue("da")._catalog.values(), *KINDS_DA.values())]
    assert any(word in said for said in sentences)
    assert [said for said in sentences if another in said] == []


def test_what_one_is_asked_to_do_is_written_with_its_accent_wherever_a_danish_word_has_one():
    """Danish allows both `notér` and `noter`; one of them is in use, the one that cannot be taken for a noun."""
    i18n.use_language("da")
    words = {word for said in i18n._catalogue("da")._catalog.values() for word in re.findall(r"\w+", said.casefold())}
    asked = {word for word in words if word.endswith("ér")} - {"dér"}
    assert {"notér", "installér", "annullér"} <= asked
    assert sorted(word for word in words if f"{word[:-2]}ér" in asked and word.endswith("er")) == []


def test_a_moment_after_midnight_in_denmark_has_the_new_day_whatever_the_day_is_in_utc():
    i18n.use_language("da")
    assert said(i18n.format_moment(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))) == "25. nov. 2026 00.30"
    assert said(i18n.format_day(datetime(2026, 6, 30, 22, 1, tzinfo=UTC))) == "1. jul. 2026"
    assert said(i18n.format_moment(datetime(2026, 11, 24, 23, 30))) == "24. nov. 2026 23.30"


def test_a_line_never_ends_inside_of_a_day():
    for language, region in (("da", None), ("en", None), ("en", "en_US")):
        i18n.use_language(language, region=region)
        day = date(2026, 11, 24)
        assert " " not in i18n.format_day(day)
        assert " " not in i18n.format_month(day)
        assert len(i18n.format_day_long(day).split(" ")[-1]) > len("2026, 24")
        assert i18n.format_moment(datetime(2026, 11, 24, 9, 5)).count(" ") == 1


def test_the_time_of_day_is_of_24_hours_wherever_the_system_comes_from_as_it_is_typed():
    i18n.use_language("en", region="en_US")
    assert i18n.format_time(time(16, 5)) == i18n.format_clock("16:05") == "16:05"


def test_english_days_numbers_and_money_are_written_as_the_system_does():
    assert said(i18n.format_day(date(2026, 11, 24))) == "24 Nov 2026"
    assert i18n.format_money(123_450).replace(NO_BREAK, " ") == "DKK 1,234.50"
    i18n.use_language("en", region="en_US")
    assert said(i18n.format_day(date(2026, 11, 24))) == "Nov 24, 2026"
    i18n.use_language("en", region="da_DK")
    assert said(i18n.format_day(date(2026, 11, 24))) == "24 Nov 2026"


def test_every_code_that_the_program_raises_has_a_sentence():
    raised = re.compile(r'(?:RuleRefusal|KnownProblem)\(\s*"([a-z0-9-]+)"')
    codes = {code for file in APP.rglob("*.py") for code in raised.findall(file.read_text(encoding="utf-8"))}
    assert codes - known_codes() == set()


def test_no_code_has_two_sentences():
    codes = [code for chapter in CHAPTERS for code in chapter]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("code", sorted(known_codes()))
def test_every_sentence_says_what_happened_what_is_safe_and_what_to_do(code, language):
    i18n.use_language(language)
    said = sentence_for(KnownProblem(code))
    for part in (said.title, said.safe, said.advice):
        assert part
        assert part.endswith(".")
        assert "{" not in part


def test_sentences_carry_their_numbers():
    assert "12 characters" in sentence_for(KnownProblem("weak-passphrase", shortest=12)).advice
    assert sentence_for(KnownProblem("slow-down", seconds=1)).advice == "Wait 1 second and try again."
    assert sentence_for(KnownProblem("slow-down", seconds=600)).advice == "Wait 10 minutes and try again."


def test_numbers_in_a_sentence_are_written_in_its_language():
    problem = RuleRefusal("outside-target-group", cigarettes=12.5)
    assert "12.5 a day" in sentence_for(problem).title
    with i18n.in_language("da"):
        assert "12,5 om dagen" in sentence_for(problem).title
        assert "9.990" in sentence_for(KnownProblem("too-many-files", most=9_990)).title


MANY = re.compile(r"\{n\} (?:\w+ )?[a-z]+s\b")
NEVER_ONE = {
    "Called on {n} days, one of them in the evening: may be given up.",
    "Called on {n} days. Call once more or note why there is no answer",
    "Kom & Kvit: {n} sessions",
    "{n} vouchers from {first} to {last}, {of} are allowed",
    "{n} vouchers within a year, and the programme gives {of}.",
}
"""What is said of several only, or of what a document asks for."""


def test_what_is_counted_is_said_of_one_as_well_as_of_several():
    said = {message.id for message in translate.read() if isinstance(message.id, str)}
    assert {sentence for sentence in said if MANY.search(sentence)} == NEVER_ONE


def test_an_unknown_code_gets_an_honest_sentence():
    assert "sunspots" in sentence_for(RuleRefusal("sunspots")).title


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    return tmp_path


def test_settings_come_back_as_they_were_saved(home):
    settings = DeviceSettings().evolve(language="da", text_size=150, theme="dark", server_url="https://pusterum.dk")
    settings.save()
    assert DeviceSettings.load() == settings
    assert data_directory() == home / "data"


@pytest.mark.parametrize("content", [b"\x00\xff{", b"[" * 200_000], ids=["garbage", "deep"])
def test_a_damaged_settings_file_gives_the_defaults_and_is_kept(home, content):
    DeviceSettings().save()
    file = config_directory() / "settings.json"
    file.write_bytes(content)
    assert DeviceSettings.load() == DeviceSettings()
    assert (config_directory() / "settings.damaged.json").read_bytes() == content


def test_a_setting_that_is_no_text_counts_as_its_default_and_the_others_can_be_saved(home):
    DeviceSettings(theme="dark").save()
    file = config_directory() / "settings.json"
    file.write_text('{"theme": "dark", "server_url": "\\ud800", "inbox_folder": "in\\u0000box"}')
    assert DeviceSettings.load() == DeviceSettings(theme="dark")
    DeviceSettings.load().save()


def test_a_setting_that_makes_no_sense_counts_as_its_default_and_the_others_stay(home):
    DeviceSettings(theme="dark").save()
    file = config_directory() / "settings.json"
    file.write_text(file.read_text().replace("100", "17"))
    assert DeviceSettings.load() == DeviceSettings(theme="dark")


def test_settings_that_cannot_be_saved_say_so(home):
    (home / "config").write_text("a file where the folder should be")
    with pytest.raises(KnownProblem, match="read-only"):
        DeviceSettings().save()
