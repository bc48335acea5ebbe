from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.medicines import (
    LEVELS,
    TRIGGERS,
    Notice,
    SmokingEvent,
    Taken,
    action_text,
    alerts,
    candidates,
    recognise,
    signs_text,
    smoking_events,
    substances,
)

DAY = date(2026, 11, 1)
LEPONEX = Taken("m1", "Leponex", "clozapine")


def on(days):
    return DAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Leponex", "clozapine"),
        ("leponeks 100 mg", "clozapine"),
        ("CLOZAPIN", "clozapine"),
        ("klosapin", "clozapine"),
        ("Clozapin Hexal 25 mg", "clozapine"),
        ("zyprexia", "olanzapine"),
        ("olanzapin", "olanzapine"),
        ("Theo Dur", "theophylline"),
        ("teofylin", "theophylline"),
        ("Serenase", "haloperidol"),
        ("klorpromazin", "chlorpromazine"),
        ("truxal", "chlorprothixene"),
        ("Truxsal", "chlorprothixene"),
        ("klorprotiksen", "chlorprothixene"),
        ("Metadon DAK", "methadone"),
        ("insulin", "insulin"),
        ("novorapid", "insulin"),
        ("kaffe", "caffeine"),
        ("Decigatan", "cytisine"),
        ("cymbata", "duloxetine"),
    ],
)
def test_a_medicine_is_recognised_as_people_say_it(said, meant):
    found = recognise(said)
    assert found is not None
    assert found.substance == meant


def test_truxal_is_chlorprothixene_and_gives_no_alert_while_chlorpromazine_does():
    assert substances()[recognise("Truxal").substance].level == "none"
    assert substances()[recognise("Chlorpromazin").substance].level == "amber"
    events = [SmokingEvent("stop_date", DAY)]
    assert alerts([Taken("t", "Truxal", "chlorprothixene")], events, []) == ()


@pytest.mark.parametrize("said", ["", "12", "the blue one", "hjertepiller", "mg"])
def test_what_nobody_knows_is_not_guessed(said):
    assert recognise(said) is None


def test_a_misspelling_says_how_far_off_it_was():
    assert recognise("Leponex").is_exact
    assert not recognise("Leponxe").is_exact
    assert candidates("Leponxe")[0].name == "Leponex"


@given(st.sampled_from([(key, name) for key, s in substances().items() for name in s.names]))
def test_every_known_name_is_recognised_as_itself(entry):
    key, name = entry
    assert recognise(name).substance == key
    assert recognise(f"{name.upper()} 50 mg").substance == key


@given(st.sampled_from([(k, n) for k, s in substances().items() for n in s.names if len(n) > 7]), st.data())
def test_one_letter_too_few_still_finds_the_medicine(entry, data):
    key, name = entry
    gone = data.draw(st.integers(1, len(name) - 1))
    assert key in {guess.substance for guess in candidates(name[:gone] + name[gone + 1 :])}


def test_red_comes_before_amber_and_a_tip_asks_for_no_notice():
    medicines = [Taken("k", "kaffe", "caffeine"), Taken("s", "Serenase", "haloperidol"), LEPONEX]
    found = alerts(medicines, [SmokingEvent("stop_date", DAY)], [])
    assert [(alert.level, alert.asks_for_notice) for alert in found] == [
        ("red", True),
        ("amber", True),
        ("info", False),
    ]


def test_of_two_stop_dates_agreed_on_one_day_the_last_that_was_recorded_is_told():
    [event] = smoking_events(stop_dates=[(DAY, on(20)), (DAY, on(5))])
    assert event == SmokingEvent("stop_date", on(5))


def test_a_notice_answers_its_own_change_and_no_other_whether_agreed_to_or_declined():
    events = [SmokingEvent("stop_date", DAY), SmokingEvent("relapse", on(9))]
    for consent in ("given", "declined"):
        [left] = alerts([LEPONEX], events, [Notice("m1", "stop_date", DAY, consent)])
        assert (left.trigger, left.on) == ("relapse", on(9))


def test_a_medicine_gives_alerts_only_for_what_happened_while_it_was_taken():
    event = [SmokingEvent("stop_date", DAY)]
    assert alerts([Taken("a", "x", "clozapine", started_on=on(1))], event, []) == ()
    assert alerts([Taken("a", "x", "clozapine", stopped_on=on(-1))], event, []) == ()
    assert len(alerts([Taken("a", "x", "clozapine", on(0), on(0))], event, [])) == 1
    assert alerts([Taken("a", "x", ""), Taken("b", "y", "unheard of")], event, []) == ()


@given(st.lists(st.tuples(st.sampled_from(TRIGGERS), st.integers(0, 90)), unique=True, max_size=8), st.data())
def test_every_change_is_either_told_or_alerted(changes, data):
    events = [SmokingEvent(trigger, on(days)) for trigger, days in changes]
    told = data.draw(st.sets(st.sampled_from(events))) if events else set()
    found = alerts([LEPONEX], events, [Notice("m1", event.trigger, event.on) for event in told])
    assert {(alert.trigger, alert.on) for alert in found} == {(e.trigger, e.on) for e in events if e not in told}


def test_the_latest_agreed_stop_date_takes_the_place_of_the_earlier_one():
    assert smoking_events(stop_dates=[(DAY, on(20)), (on(5), on(12))]) == (SmokingEvent("stop_date", on(12)),)


def test_half_as_many_and_none_at_all_are_changes_and_a_second_week_of_the_same_is_not():
    measured = [(DAY, 20.0), (on(7), 15.0), (on(14), 10.0), (on(21), 9.0), (on(28), 0.0), (on(35), 0.0)]
    assert smoking_events(cigarettes=measured) == (
        SmokingEvent("reduction", on(14)),
        SmokingEvent("smoke_free", on(28)),
    )
    again = [*measured, (on(42), 20.0), (on(49), 8.0)]
    assert SmokingEvent("reduction", on(49)) in smoking_events(cigarettes=again)


def test_where_the_person_began_may_be_known_from_the_baseline():
    assert smoking_events(cigarettes=[(DAY, 12.0)], start=25) == (SmokingEvent("reduction", DAY),)
    assert smoking_events(cigarettes=[(DAY, 0.0)]) == ()
    assert smoking_events() == ()


def test_relapse_and_closure_are_changes_and_the_latest_counts():
    found = smoking_events(relapses=[DAY, on(4)], closures=[on(9)])
    assert found == (SmokingEvent("relapse", on(4)), SmokingEvent("closure", on(9)))


def test_who_smokes_at_the_table_after_a_week_without_has_smoked_again_though_nobody_wrote_that_down():
    measured = [(DAY, 20.0), (on(7), 0.0), (on(14), 0.0), (on(21), 15.0), (on(28), 18.0)]
    assert smoking_events(cigarettes=measured) == (SmokingEvent("smoke_free", on(7)), SmokingEvent("relapse", on(21)))
    written_down = smoking_events(cigarettes=measured, relapses=[on(3), on(17)])
    assert SmokingEvent("relapse", on(17)) in written_down
    earlier_alone = smoking_events(cigarettes=measured, relapses=[on(14)])
    assert SmokingEvent("relapse", on(21)) in earlier_alone


def test_every_medicine_names_its_source_and_says_no_dose():
    for substance in substances().values():
        assert substance.source
        assert substance.checked > date(2026, 1, 1)
        assert substance.level in LEVELS
        for language in ("da", "en"):
            assert substance.name(language)
            assert " mg" not in substance.known(language)
            assert "%" not in substance.known(language)


def test_what_to_do_is_said_in_both_languages():
    assert "før stopdato" in action_text("red", "da")
    assert "Tell the doctor" in action_text("amber", "en")
    assert "112" in signs_text("da")
    assert "112" in signs_text("en")
