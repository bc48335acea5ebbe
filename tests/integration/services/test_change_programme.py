from datetime import date, timedelta

import pytest

from app.domain.programmes import presets, programme_from_rules
from app.errors import RuleRefusal
from app.models.course import Course
from app.models.local import Device
from app.models.organisation import DayOff, ProgrammeVersion
from app.services.change_programme import (
    AddDayOff,
    ChangedRule,
    ChangeProgramme,
    RemovedRule,
    add_day_off,
    change_programme,
    remove_day_off,
    take_presets,
)
from app.storage.queries.programmes import programmes_page
from tests.integration.services.courses import TODAY, Office

FROM = date(2027, 1, 1)


def laptop_of(role):
    return Device(
        id="d", database_id="b", server_url="", server_id="s", epoch="e", token="t", receipt_key="k", user_id="u",
        user_name="Bente", role=role, cooperation_id="c", cooperation_name="C", team_ids=[],
    )  # fmt: skip


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    office.add(laptop_of("coordinator"))
    yield office
    office.store.close()


def versions(office, key="faa_hjaelp_til_rygestop"):
    return sorted(office.rows(ProgrammeVersion, ProgrammeVersion.key == key), key=lambda row: row.valid_from)


def change(office, valid_from=FROM, version=-1, removed=None, **changed):
    command = ChangeProgramme(versions(office)[version].id, valid_from, changed, removed or {})
    return office.do(change_programme, command)


def refused(office, use_case, *given, **named):
    with office.work() as work, pytest.raises(RuleRefusal) as refusal:
        use_case(*given, work=work, **named)
    return refusal.value.code


def test_a_new_cooperation_takes_the_presets_once(office):
    with office.work() as work:
        take_presets(tuple(presets()), work=work)
    with office.work() as work:
        take_presets(tuple(presets()), work=work)
    rows = office.rows(ProgrammeVersion)
    assert sorted(row.key for row in rows) == sorted(presets())
    (taken,) = versions(office, "roegfri_paa_tvaers")
    assert programme_from_rules(taken.rules).rules == presets()["roegfri_paa_tvaers"].rules
    assert taken.valid_from == presets()["roegfri_paa_tvaers"].valid_from


def test_two_coordinators_who_take_the_same_preset_make_the_same_row(office, tmp_path):
    other = Office(tmp_path / "other")
    other.add(laptop_of("coordinator"))
    for laptop in (office, other):
        with laptop.work() as work:
            take_presets(("inspirationsark",), work=work)
    assert versions(office, "inspirationsark")[0].id == versions(other, "inspirationsark")[0].id
    other.store.close()


def test_a_changed_rule_holds_from_a_date_and_old_courses_keep_theirs(office):
    new = change(office, group_sessions_planned=ChangedRule(11, source="Lungeforeningen, runde 2", note="Elleve"))
    old, now = versions(office)
    assert (old.valid_to, now.valid_from, now.valid_to) == (date(2026, 12, 31), FROM, None)
    rules = programme_from_rules(now.rules)
    rule = rules.rule("group_sessions_planned")
    assert (rule.value, rule.unit, rule.source, rule.valid_from) == (11, "sessions", "Lungeforeningen, runde 2", FROM)
    assert rules.rule("nrt_weeks") == programme_from_rules(old.rules).rule("nrt_weeks")
    assert programme_from_rules(old.rules).value("group_sessions_planned") == 10
    assert now.id == new
    assert office.rows(Course)[0].programme_version_id == old.id


def test_the_limit_for_co_that_no_document_has_is_decided_by_the_cooperation(office):
    change(office, co_verified_below=ChangedRule(5.5, source="Styregruppen"))
    rule = programme_from_rules(versions(office)[-1].rules).rule("co_verified_below")
    assert (rule.value, rule.unit, rule.source) == (5.5, "ppm", "Styregruppen")


@pytest.mark.parametrize("key", ["consent_age_least", "follow_up_population"])
def test_what_consents_decide_is_neither_changed_nor_left_out(office, key):
    there = versions(office)[0].id
    said = ChangedRule(programme_from_rules(versions(office)[0].rules).value(key))
    assert refused(office, change_programme, ChangeProgramme(there, FROM, {key: said})) == "rule-fixed"
    leave = ChangeProgramme(there, FROM, {}, {key: RemovedRule("Vi vil selv")})
    assert refused(office, change_programme, leave) == "rule-fixed"
    assert len(versions(office)) == 1


def test_a_rule_that_the_document_lacks_is_taken_from_another_or_left_out(office):
    removed = {
        "cafe_visits": RemovedRule(" Stedet vil  ikke ", source="Styregruppen"), "no_rule": RemovedRule("Findes ikke")
    }  # fmt: skip
    change(office, reminder_before_session=ChangedRule("sms"), removed=removed)
    rules = programme_from_rules(versions(office)[-1].rules)
    assert versions(office)[-1].removed == {"cafe_visits": {"source": "Styregruppen", "reason": "Stedet vil ikke"}}
    newest = office.ask(programmes_page, today=TODAY).versions
    assert [row.removed for row in newest if row.removed] == [(("cafe_visits", "Styregruppen", "Stedet vil ikke"),)]
    assert (rules.value("reminder_before_session"), rules.source("reminder_before_session")) == ("sms", "own")
    assert not rules.has("cafe_visits")
    change(office, FROM + timedelta(days=31), nrt_weeks=ChangedRule(13))
    assert list(versions(office)[-1].removed) == ["cafe_visits"]
    change(office, FROM + timedelta(days=60), cafe_visits=ChangedRule(2))
    assert versions(office)[-1].removed == {}


@pytest.mark.parametrize(
    ("changed", "valid_from", "code"),
    [
        ({}, FROM, "nothing-changed"),
        ({"nrt_weeks": ChangedRule(13)}, date(2018, 1, 1), "version-not-after"),
        ({"nrt_weeks": ChangedRule("many")}, FROM, "rule-value-kind"),
        ({"nrt_weeks": ChangedRule(-1)}, FROM, "rule-value-range"),
        ({"co_verified_below": ChangedRule(251)}, FROM, "rule-value-range"),
        ({"no_rule": ChangedRule(1)}, FROM, "no-such-rule"),
    ],
)
def test_a_version_that_cannot_be_is_refused_and_the_old_one_stays(office, changed, valid_from, code):
    command = ChangeProgramme(versions(office)[0].id, valid_from, changed)
    assert refused(office, change_programme, command) == code
    (kept,) = versions(office)
    assert kept.valid_to is None


def test_a_rule_is_left_out_only_with_a_reason(office):
    command = ChangeProgramme(versions(office)[0].id, FROM, {}, {"cafe_visits": RemovedRule(" ")})
    assert refused(office, change_programme, command) == "reason-missing"
    assert len(versions(office)) == 1


def test_only_the_newest_version_is_followed_by_another(office):
    change(office, nrt_weeks=ChangedRule(13))
    with pytest.raises(RuleRefusal, match="version-superseded"):
        change(office, date(2028, 1, 1), version=0, nrt_weeks=ChangedRule(14))
    change(office, date(2028, 1, 1), nrt_weeks=ChangedRule(14))
    assert [row.valid_to for row in versions(office)] == [date(2026, 12, 31), date(2027, 12, 31), None]


def test_a_version_that_had_ended_is_not_made_longer(office):
    with office.work() as work:
        work.session.get(ProgrammeVersion, versions(office)[0].id).valid_to = date(2026, 6, 30)
        work.commit()
    change(office, nrt_weeks=ChangedRule(13))
    assert versions(office)[0].valid_to == date(2026, 6, 30)


def test_what_is_not_there_is_refused(office):
    assert refused(office, take_presets, ("nothing",)) == "no-such-programme"
    command = ChangeProgramme("nothing", FROM, {"nrt_weeks": ChangedRule(13)})
    assert refused(office, change_programme, command) == "no-such-programme"


def test_days_off_are_added_once_and_taken_away_again(office):
    for command in (
        AddDayOff("Grundlovsdag", every_year="06-05"),
        AddDayOff("Grundlovsdag", every_year="06-05"),
        AddDayOff("Personaledag", day=TODAY, municipality_id="m"),
    ):
        office.do(add_day_off, command)
    yearly, once = sorted(office.rows(DayOff), key=lambda row: row.name)
    assert (yearly.every_year, yearly.day, yearly.municipality_id) == ("06-05", None, None)
    assert (once.day, once.every_year, once.municipality_id) == (TODAY, "", "m")
    for key in (once.id, "nothing"):
        with office.work() as work:
            remove_day_off(key, work=work)
    assert [row.id for row in office.rows(DayOff)] == [yearly.id]


@pytest.mark.parametrize(
    ("name", "code"), [(" \n", "day-off-needs-name"), ("x" * 121, "name-too-long"), ("Lukket", "day-off-there")]
)
def test_a_day_off_without_a_name_of_its_own_is_refused_and_the_one_that_is_there_stays(office, name, code):
    office.do(add_day_off, AddDayOff("Şükrüs  dag", every_year="06-05"))
    assert refused(office, add_day_off, AddDayOff(name, every_year="06-05")) == code
    assert [row.name for row in office.rows(DayOff)] == ["Şükrüs dag"]


@pytest.mark.parametrize("said", ["", "13-01", "06-31", "June"])
def test_a_day_off_that_is_no_day_is_refused(office, said):
    assert refused(office, add_day_off, AddDayOff("x", every_year=said)) == "day-off-needs-day"


def test_only_a_coordinator_changes_rules(tmp_path):
    office = Office(tmp_path)
    command = ChangeProgramme("x", FROM, {"nrt_weeks": ChangedRule(13)})
    for device in (None, laptop_of("counsellor")):
        if device is not None:
            office.add(device)
        assert refused(office, take_presets, ("inspirationsark",)) == "coordinator-only"
        assert refused(office, change_programme, command) == "coordinator-only"
        assert refused(office, add_day_off, AddDayOff("x", day=TODAY)) == "coordinator-only"
        assert refused(office, remove_day_off, "x") == "coordinator-only"
    office.store.close()
