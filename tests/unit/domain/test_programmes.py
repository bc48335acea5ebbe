import tomllib
from dataclasses import replace
from datetime import date

import pytest

from app.domain.programmes import (
    DOCUMENTS,
    PRESETS_FOLDER,
    Programme,
    Rule,
    check_value,
    closed_before,
    first_rule_among,
    presets,
    programme_from_rules,
    rule_among,
    rule_from_row,
    rule_to_row,
    rules_to_add,
    version_on,
)
from app.errors import KnownProblem, RuleRefusal

DAY = date(2026, 11, 25)


def rule(value, unit="text"):
    return Rule("a_rule", value, unit, "S2", date(2018, 1, 1))


def programme(**values):
    return programme_from_rules(
        {
            key: {"value": value, "unit": "x", "source": "S2", "valid_from": "2018-01-01"}
            for key, value in values.items()
        }
    )


def test_there_is_a_preset_for_each_of_the_five_documents():
    assert {preset.document for preset in presets().values()} == {"S0", "S1", "S2", "S3", "S4"}


@pytest.mark.parametrize("key", sorted(presets()))
def test_every_rule_of_a_preset_has_a_value_a_unit_a_known_source_and_a_period_within_its_preset(key):
    preset = presets()[key]
    assert preset.key == key
    assert preset.rules
    for known in preset.rules.values():
        assert known.unit
        assert known.source in DOCUMENTS
        assert known.valid_from >= preset.valid_from
        assert check_value(known, known.value) == known.value


def test_the_presets_follow_their_own_documents_where_the_documents_contradict_each_other():
    heavy, across, guide, sheet = (
        presets()[key]
        for key in ("storrygerindsats", "roegfri_paa_tvaers", "faa_hjaelp_til_rygestop", "inspirationsark")
    )
    assert (across.value("first_contact_deadline"), across.rule("first_contact_deadline").unit) == (2, "working_days")
    assert (heavy.value("first_contact_deadline"), heavy.rule("first_contact_deadline").unit) == (1, "weeks")
    assert (sheet.value("first_contact_deadline"), sheet.rule("first_contact_deadline").unit) == (1, "weeks")
    assert [one.whole("group_sessions_least", 0) for one in (heavy, across, guide)] == [5, 6, 10]
    assert guide.whole("nrt_weeks", 0) == 12
    assert heavy.text("completed_definition") == "agreed_course"


def test_a_programme_answers_with_the_kind_of_value_that_was_asked_for():
    asked = programme(number=3, share=0.75, whole_share=1, flag=True, word="sms", words=["a", "b"], map={"0165": 65})
    assert asked.value("number") == 3
    assert asked.value("missing", 7) == 7
    assert asked.whole("number", 0) == 3
    assert asked.share("share", 0) == 0.75
    assert asked.share("whole_share", 0) == 1.0
    assert asked.flag("flag") is True
    assert asked.flag("missing") is False
    assert asked.text("word") == "sms"
    assert asked.items("words") == ("a", "b")
    assert asked.value("map") == {"0165": 65}
    assert asked.has("flag")
    assert not asked.has("missing")
    assert asked.source("flag") == "S2"
    assert asked.source("missing") == ""
    assert {key: asked.values()[key] for key in ("number", "words")} == {"number": 3, "words": ("a", "b")}


@pytest.mark.parametrize(
    ("ask", "value"),
    [
        (lambda asked: asked.whole("it", 0), 0.5),
        (lambda asked: asked.whole("it", 0), True),
        (lambda asked: asked.share("it", 0), "x"),
        (lambda asked: asked.share("it", 0), True),
        (lambda asked: asked.flag("it"), 1),
        (lambda asked: asked.text("it"), 1),
        (lambda asked: asked.items("it"), "x"),
    ],
)
def test_a_rule_of_another_kind_is_a_known_problem_that_names_it(ask, value):
    with pytest.raises(KnownProblem, match="unreadable-rule") as problem:
        ask(programme(it=value))
    assert problem.value.parameters["rule"] == "it"


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"value": None, "unit": "x", "source": "S2", "valid_from": "2018-01-01"},
        {"value": 1, "unit": "x", "source": "S2", "valid_from": "yesterday"},
        {"value": {"0165": "many"}, "unit": "x", "source": "S2", "valid_from": "2018-01-01"},
        "nonsense",
    ],
)
def test_a_rule_that_cannot_be_read_is_a_known_problem(row):
    with pytest.raises(KnownProblem, match="unreadable-rule"):
        rule_from_row("it", row)


@pytest.mark.parametrize("key", sorted(presets()))
def test_a_preset_survives_being_kept_as_a_row(key):
    preset = presets()[key]
    kept = {name: rule_to_row(known) for name, known in preset.rules.items()}
    assert programme_from_rules(kept).rules == preset.rules


def test_a_rule_keeps_everything_that_is_said_about_it():
    said = Rule("it", ("a",), "list", "S2", date(2018, 1, 1), date(2019, 1, 1), "Økonomi", "A note.")
    assert rule_from_row("it", rule_to_row(said)) == said
    assert rule_to_row(rule(1, "days")) == {
        "value": 1, "unit": "days", "source": "S2", "valid_from": "2018-01-01",
    }  # fmt: skip


def test_the_rows_of_the_invented_cooperation_are_read_as_the_presets_are():
    raw = tomllib.loads((PRESETS_FOLDER / "roegfri_paa_tvaers.toml").read_text(encoding="utf-8"))
    assert programme_from_rules(raw["rules"]).rules == presets()["roegfri_paa_tvaers"].rules


def test_both_ends_of_a_period_belong_to_it():
    dated = Rule("it", 1, "x", "S2", date(2018, 1, 1), date(2019, 12, 31))
    assert dated.is_in_force(date(2018, 1, 1))
    assert dated.is_in_force(date(2019, 12, 31))
    assert not dated.is_in_force(date(2017, 12, 31))
    assert not dated.is_in_force(date(2020, 1, 1))
    assert rule(1).is_in_force(DAY)


def test_the_version_in_force_on_a_day_is_found_and_the_newest_wins_an_overlap():
    old = Programme("k", "Old", date(2018, 1, 1), date(2026, 6, 30), id="1")
    new = Programme("k", "New", date(2026, 7, 1), None, id="2")
    overlapping = Programme("k", "Newer", date(2026, 9, 1), None, id="3")
    other = Programme("other", "Other", date(2018, 1, 1), None, id="4")
    known = [old, new, overlapping, other]
    assert version_on(known, "k", date(2026, 6, 30)) is old
    assert version_on(known, "k", date(2026, 7, 1)) is new
    assert version_on(known, "k", DAY) is overlapping
    assert version_on(known, "k", date(2017, 12, 31)) is None
    assert closed_before(new.valid_from) == old.valid_to


@pytest.mark.parametrize(
    ("known", "value"),
    [
        (rule(True, "flag"), False),
        (rule(("a",), "list"), ("b", "c")),
        (rule(3, "sessions"), 4),
        (rule(0.75, "share"), 1),
        (rule({"0165": 1}, "people"), {"0165": 2, "0153": 0}),
        (rule("17:00", "time"), "16:30"),
        (rule("0187", "municipality_code"), "0165"),
        (rule("616", "code"), "617"),
    ],
)
def test_a_value_that_fits_the_rule_is_taken(known, value):
    assert check_value(known, value) == value


@pytest.mark.parametrize(
    ("known", "value", "code"),
    [
        (rule(True, "flag"), 1, "rule-value-kind"),
        (rule(("a",), "list"), "a", "rule-value-kind"),
        (rule(("a",), "list"), (" ",), "rule-value-kind"),
        (rule(3, "sessions"), "3", "rule-value-kind"),
        (rule(3, "sessions"), True, "rule-value-kind"),
        (rule(3, "sessions"), 3.5, "rule-value-kind"),
        (rule(3, "sessions"), -1, "rule-value-range"),
        (rule(0.75, "share"), 1.5, "rule-value-range"),
        (rule({"0165": 1}, "people"), 1, "rule-value-kind"),
        (rule({"0165": 1}, "people"), {"165": 1}, "rule-value-kind"),
        (rule({"0165": 1}, "people"), {"0165": True}, "rule-value-kind"),
        (rule({"0165": 1}, "people"), {"0165": "1"}, "rule-value-kind"),
        (rule({"0165": 1}, "people"), {"0165": -1}, "rule-value-range"),
        (rule("sms", "channel"), " ", "rule-value-kind"),
        (rule("sms", "channel"), 1, "rule-value-kind"),
        (rule("17:00", "time"), "25:00", "rule-value-range"),
        (rule("0187", "municipality_code"), "187", "rule-value-range"),
    ],
)
def test_a_value_that_does_not_fit_the_rule_is_refused_beside_it(known, value, code):
    with pytest.raises(RuleRefusal, match=code) as refusal:
        check_value(known, value)
    assert refusal.value.parameters["field"] == "a_rule"


@pytest.mark.parametrize("key", sorted(presets()))
def test_every_rule_of_a_preset_says_where_in_its_document_it_stands(key):
    assert [known.key for known in presets()[key].rules.values() if not known.paragraph] == []


def test_the_numbers_of_the_agreement_are_those_of_its_tables():
    across = presets()["roegfri_paa_tvaers"]
    assert across.whole("voucher_value", 0) * across.whole("voucher_number", 0) == across.whole("voucher_total", 0)
    assert across.whole("settlement_rate", 0) == 123_000
    assert sum(across.value("yearly_fee").values()) == 62_000_000
    smokers = across.value("smokers")
    assert sum(smokers.values()) == 37_000
    assert sum(smokers.values()) - smokers["0185"] == 31_700
    municipal, national = (across.value(f"participants_target_{by}") for by in ("municipal", "national"))
    for code, target in municipal.items():
        reached = smokers[code] * across.share("reach_target", 0)
        assert target == int(reached * across.share("reach_share_municipal", 0) + 0.5)
        assert target + national[code] == reached
    assert across.share("reach_target", 0) * across.share("reach_share_municipal", 0) == pytest.approx(
        across.share("reach_target_municipal", 0)
    )


def test_a_programme_that_left_a_rule_out_has_said_so_and_the_one_behind_it_is_not_asked():
    silent, behind = programme(b=1), programme(a=2)
    without = replace(silent, removed=frozenset({"a"}))
    assert rule_among([silent, behind], "a").value == 2
    assert rule_among([without, behind], "a") is None
    assert first_rule_among([silent, behind], "a", "c").value == 2
    assert first_rule_among([without, behind], "a", "c") is None
    assert rule_among([silent, behind], "c") is first_rule_among([silent, behind], "c", "d") is None


def test_every_rule_of_a_preset_can_be_given_to_a_version_and_the_co_limit_that_no_document_has():
    of_presets = {key for preset in presets().values() for key in preset.rules}
    assert rules_to_add().keys() - of_presets == {"co_verified_below"}
    for key in of_presets:
        first = next(preset for preset in presets().values() if key in preset.rules)
        assert rules_to_add()[key] is first.rule(key)
