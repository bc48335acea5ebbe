import re
from collections.abc import Mapping
from datetime import date

import pytest

from app import i18n
from app.domain.municipalities import NAMES
from app.domain.programmes import Rule, presets
from app.errors import RuleRefusal
from app.ui.programmes.notes import _WORDED_BEFORE, NOTES, note_word
from app.ui.programmes.values import read, shown, written
from app.ui.programmes.words import rule_word, section_of, section_word


def rule(value, unit):
    return Rule("it", value, unit, "S2", date(2018, 1, 1))


@pytest.mark.parametrize("key", sorted(presets()))
@pytest.mark.parametrize("language", ["da", "en"])
def test_every_value_of_every_preset_is_read_back_as_it_was_written(key, language):
    i18n.use_language(language)
    for known in presets()[key].rules.values():
        assert read(known, written(known)) == known.value, known.key


@pytest.mark.parametrize("oere", [22550, 1_234_567, 62_000_050])
def test_no_oere_is_lost_of_an_amount_that_is_read_back(oere):
    known = rule(oere, "oere")
    assert read(known, written(known)) == oere


@pytest.mark.parametrize("key", sorted(presets()))
def test_every_rule_has_a_name_and_a_section_in_both_languages(key):
    for known in presets()[key].rules:
        names = []
        for language in ("da", "en"):
            i18n.use_language(language)
            names.append(rule_word(known))
            assert section_word(section_of(known))
        assert "_" not in "".join(names)


def test_what_the_presets_note_is_said_in_danish_and_what_people_wrote_as_it_is():
    noted = {known.note for programme in presets().values() for known in programme.rules.values()} - {""}
    assert noted == NOTES
    assert not any("_" in note for note in noted)
    i18n.use_language("da")
    assert [note for note in noted if note_word(note) == note] == []
    assert note_word("Aftalt i Hvidovre") == "Aftalt i Hvidovre"


def test_a_note_of_a_preset_is_said_in_danish_though_it_was_stored_in_other_words():
    i18n.use_language("da")
    said = note_word("Røgfri på Tværs says two working days.")
    assert note_word("S2 says two working days.") == said != "Røgfri på Tværs says two working days."
    assert set(_WORDED_BEFORE.values()) <= NOTES
    assert not NOTES & set(_WORDED_BEFORE)


def test_municipalities_are_called_by_name_where_rules_are_shown_and_changed():
    assert len(NAMES) == 99
    every = presets()["roegfri_paa_tvaers"].rules.values()
    by_municipality = [
        known for known in every if isinstance(known.value, Mapping) or known.unit == "municipality_code"
    ]
    assert len(by_municipality) == 5
    for known in by_municipality:
        assert not re.search(r"\b0[0-9]{3}\b", shown(known) + written(known))
        assert "Vallensbæk" in shown(known)


@pytest.mark.parametrize(
    ("known", "text", "value"),
    [
        (rule(22_500, "oere"), "250", 25_000),
        (rule(22_500, "oere"), "1.230,50", 123_050),
        (rule(22_500, "oere"), "1.200", 120_000),
        (rule(22_500, "oere"), "1,200", 120_000),
        (rule(0.75, "share"), "80", 0.8),
        (rule(2, "working_days"), "3", 3),
        (rule(True, "flag"), "no", False),
        (rule(("a",), "list"), "b , c", ("b", "c")),
        (rule({"0165": 100}, "oere"), "0165: 2, 0153: 3", {"0165": 200, "0153": 300}),
        (rule({"0165": 1}, "count"), "Albertslund: 2, høje-taastrup: 3", {"0165": 2, "0169": 3}),
        (rule("0165", "municipality_code"), "Hvidovre", "0167"),
        (rule("0165", "municipality_code"), "0167", "0167"),
        (rule("17:00", "time"), "16:30", "16:30"),
        (rule("17:00", "time"), "16.30", "16:30"),
    ],
)
def test_a_value_is_read_as_people_write_it(known, text, value):
    assert read(known, text) == value


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (rule(2, "working_days"), "two"),
        (rule(2, "working_days"), "2.5"),
        (rule(2, "working_days"), "inf"),
        (rule(0.75, "share"), "nan"),
        (rule(22_500, "oere"), "1e400"),
        (rule(True, "flag"), "perhaps"),
        (rule({"0165": 1}, "people"), "0165: 1.5"),
        (rule({"0165": 1}, "people"), "Albertslund"),
        (rule(0.75, "share"), "140"),
        (rule("17:00", "time"), "evening"),
    ],
)
def test_what_is_no_value_is_refused_beside_the_rule(known, text):
    with pytest.raises(RuleRefusal) as refusal:
        read(known, text)
    assert refusal.value.parameters["field"] == "it"


@pytest.mark.parametrize(
    ("known", "in_danish", "in_english"),
    [
        (rule(120_050, "oere"), "1.200,5 kroner", "1,200.5 kroner"),
        (rule(0.125, "share"), "12,5 %", "12.5 %"),
        (rule("17:00", "time"), "17.00", "17:00"),
        (
            rule({"0165": 120_000, "0153": 300}, "oere"),
            "Albertslund: 1.200; Brøndby: 3 kroner",
            "Albertslund: 1,200; Brøndby: 3 kroner",
        ),
    ],
)
def test_numbers_and_times_are_said_as_they_are_written_in_the_users_language(known, in_danish, in_english):
    assert shown(known) == in_english
    assert read(known, written(known)) == known.value
    i18n.use_language("da")
    assert shown(known) == in_danish
    assert read(known, written(known)) == known.value


def test_words_and_units_are_said_in_the_users_language():
    deadline, channel = (
        presets()["roegfri_paa_tvaers"].rule(key) for key in ("first_contact_deadline", "no_show_contact")
    )
    assert (shown(deadline), shown(channel)) == ("2 working days", "phone")
    i18n.use_language("da")
    assert (shown(deadline), shown(channel)) == ("2 hverdage", "telefon")
