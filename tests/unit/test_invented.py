import itertools
import json
import tomllib
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import app.models  # noqa: F401 - maps the tables
import invented
from app.clock import DENMARK
from app.domain.outcomes import ClosingReason
from app.ids import natural_id
from app.models.base import from_wire, synced_tables
from app.sync.wire.entities import ENTITIES

TODAY = date(2026, 11, 24)
RESOURCES = Path(__file__).parents[2] / "resources"
PARENTS = {
    "municipality_id": "municipality",
    "residence_municipality_id": "municipality",
    "delivering_municipality_id": "municipality",
    "programme_version_id": "programme_version",
    "team_id": "team",
    "place_id": "place",
    "course_id": "course",
    "session_id": "session",
    "enrolment_id": "enrolment",
    "person_id": "person",
    "recorded_by": "user",
    "closed_by": "user",
    "made_by": "user",
    "medicine_id": "medicine",
    "voucher_id": "voucher",
    "invoice_id": "pharmacy_invoice",
}
FACT_DAYS = (
    "measured_on",
    "handed_on",
    "agreed_on",
    "happened_on",
    "answered_on",
    "issued_on",
    "visited_on",
    "attempted_at",
    "closed_at",
    "registered_at",
    "received_on",
    "joined_on",
    "filled_on",
    "made_on",
    "recorded_on",
    "told_on",
    "redeemed_on",
    "began_on",
    "left_on",
)


@pytest.fixture(scope="module")
def rows() -> list[invented.InventedRow]:
    return list(invented.rows(today=TODAY))


@pytest.fixture(scope="module")
def by_entity(rows: list[invented.InventedRow]) -> dict[str, dict[str, dict[str, Any]]]:
    sorted_rows: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for entity, row_id, fields in rows:
        sorted_rows[entity][row_id] = fields
    return sorted_rows


def as_bytes(rows: Iterator[invented.InventedRow]) -> bytes:
    return json.dumps(list(rows), ensure_ascii=False).encode()


def days_of_facts(fields: dict[str, Any]) -> Iterator[date]:
    for name in FACT_DAYS:
        value = fields.get(name)
        if value is not None:
            yield (
                datetime.fromisoformat(value).astimezone(DENMARK).date() if "T" in value else date.fromisoformat(value)
            )


def session_today(by_entity: dict[str, dict[str, dict[str, Any]]], *, number: int) -> dict[str, Any]:
    [found] = [
        session
        for session in by_entity["session"].values()
        if session["held_on"] == TODAY.isoformat()
        and session["number"] == number
        and session["team_id"] in invented.accounts().users[0].team_ids
    ]
    return found


def people_of(by_entity: dict[str, dict[str, dict[str, Any]]], course_id: str) -> set[str]:
    return {e["person_id"] for e in by_entity["enrolment"].values() if e["course_id"] == course_id}


def test_the_same_number_and_day_give_the_same_rows_byte_for_byte() -> None:
    assert as_bytes(invented.rows(today=TODAY)) == as_bytes(invented.rows(1, 1, today=TODAY))


def test_another_number_gives_other_people() -> None:
    assert as_bytes(invented.rows(2, today=TODAY)) != as_bytes(invented.rows(1, today=TODAY))


def test_accounts_stay_the_same_whatever_day_it_is_and_are_the_users_in_the_rows(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    accounts = invented.accounts()
    assert accounts.cooperation_name == "Røgfri på Tværs (opdigtet)"
    assert accounts.users[0].name == "Mette Holm"
    assert Counter(user.role for user in accounts.users) == {"counsellor": 10, "coordinator": 1, "auditor": 1}
    told = {row_id: (fields["name"], fields["role"]) for row_id, fields in by_entity["user"].items()}
    assert {user.id: (user.name, user.role) for user in accounts.users} == told
    assert {team for user in accounts.users for team in user.team_ids} == set(by_entity["team"])


def test_every_parent_comes_before_its_children(rows: list[invented.InventedRow]) -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for entity, row_id, fields in rows:
        if entity == "person":
            seen[entity].add(row_id)
        for field, parent in PARENTS.items():
            if fields.get(field) is not None:
                assert fields[field] in seen[parent], (entity, field)
        if fields.get("corrects_id") is not None:
            assert fields["corrects_id"] in seen[entity]
        assert row_id not in seen[entity] or entity == "person"
        seen[entity].add(row_id)


def test_every_row_has_the_fields_of_its_table_and_their_values_fit(rows: list[invented.InventedRow]) -> None:
    tables = synced_tables()
    for entity, row_id, fields in rows:
        assert entity in ENTITIES
        columns = tables[entity].__table__.columns
        assert set(fields) == set(columns.keys()) - {"id", "server_position"}, entity
        assert {name for name, value in fields.items() if value is None} <= {c.name for c in columns if c.nullable}
        from_wire(tables[entity], fields)
        assert str(uuid.UUID(row_id)) == row_id


def test_rows_with_a_natural_key_derive_theirs_from_it(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    keys = {
        "membership": ("person_id", "team_id"),
        "enrolment": ("person_id", "course_id"),
        "attendance": ("enrolment_id", "session_id"),
    }
    for entity, parts in keys.items():
        for row_id, fields in by_entity[entity].items():
            assert row_id == natural_id(entity, *(fields[part] for part in parts))


def test_it_has_the_size_of_the_cooperation(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    counted = {entity: len(by_entity[entity]) for entity in ("municipality", "team", "place", "person")}
    assert counted == {"municipality": 8, "team": 8, "place": 13, "person": 240}
    assert {place["kind"] for place in by_entity["place"].values()} == {
        "vaerested",
        "bosted",
        "rusmiddelcenter",
        "herberg",
        "varmestue",
        "krisecenter",
        "socialpsykiatri",
    }


def test_scale_two_doubles_the_people_and_keeps_mettes_day() -> None:
    doubled = list(invented.rows(1, 2, today=TODAY))
    counted = Counter(entity for entity, _, _ in doubled)
    assert (counted["person"], counted["municipality"], counted["place"]) == (480, 8, 13)
    assert len({row_id for _, row_id, _ in doubled}) == len(doubled)
    team_id = invented.accounts().users[0].team_ids[0]
    sessions = [fields for entity, _, fields in doubled if entity == "session" and fields["team_id"] == team_id]
    assert sum(session["held_on"] == TODAY.isoformat() for session in sessions) == 2


def test_a_large_scale_comes_as_a_stream() -> None:
    assert len(list(itertools.islice(invented.rows(1, 1_000_000, today=TODAY), 500))) == 500


def test_an_identifier_can_hit_nobody(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    kinds = Counter(person["identifier_kind"] for person in by_entity["person"].values())
    assert 60 <= kinds["replacement"] <= 100
    assert 0 < kinds["ecpr"] <= 20
    assert kinds["cpr"] == 0
    for person in by_entity["person"].values():
        number = person["identifier"]
        if person["identifier_kind"] == "replacement":
            assert 61 <= int(number[:2]) <= 91
            assert len(number) == 10
            assert f"{int(number[:2]) - 60:02d}{number[2:6]}" == date.fromisoformat(person["birth_date"]).strftime(
                "%d%m%y"
            )
        elif person["identifier_kind"] == "ecpr":
            assert number[7:9].isalpha()
        else:
            assert number == ""


def test_names_come_in_many_scripts_and_some_people_have_a_nickname_alone(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    people = by_entity["person"].values()
    names = {f"{person['given_name']} {person['family_name']} {person['nickname']}" for person in people}
    for part in ("Şükrü", "Łęcki", "Nguyễn", "محمد", "Шевченко", "O'Neill", "Søren m. hunden", "Kaptajnen", "Aviaja"):
        assert any(part in name for name in names), part
    assert sum(not person["given_name"] for person in people) >= 20
    assert all(person["given_name"] or person["nickname"] for person in people)


def test_ten_people_are_at_their_last_session_today(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    session = session_today(by_entity, number=10)
    course = by_entity["course"][session["course_id"]]
    assert (session["state"], course["planned_sessions"]) == ("planned", 10)
    assert by_entity["place"][session["place_id"]]["kind"] == "vaerested"
    people = people_of(by_entity, session["course_id"])
    assert len(people) == 10
    assert all(
        enrolment["left_on"] is None
        for enrolment in by_entity["enrolment"].values()
        if enrolment["course_id"] == session["course_id"]
    )
    weeks = {(h["person_id"], h["week"]) for h in by_entity["handout"].values() if h["person_id"] in people}
    handed = Counter(person_id for person_id, _week in weeks)
    assert set(handed) == people
    assert all(6 <= count <= 9 for count in handed.values())
    measured = Counter(m["person_id"] for m in by_entity["measurement"].values() if m["value"] is not None)
    assert all(measured[person] >= 6 for person in people)


def test_eight_people_meet_later_today_at_another_place(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    first, second = session_today(by_entity, number=10), session_today(by_entity, number=3)
    assert second["starts_at"] > first["starts_at"]
    assert second["place_id"] != first["place_id"]
    assert len(people_of(by_entity, second["course_id"])) == 8


@pytest.mark.parametrize("day", [TODAY, date(2026, 4, 2), date(2026, 12, 28), date(2027, 1, 3), date(2028, 2, 29)])
def test_no_fact_is_later_than_yesterday(day: date) -> None:
    for entity, _, fields in invented.rows(today=day):
        for happened in days_of_facts(fields):
            assert happened < day, (entity, fields)
        if entity == "session":
            assert (fields["state"] == "planned") == (date.fromisoformat(fields["held_on"]) >= day)


@pytest.mark.parametrize("day", [TODAY + timedelta(days=days) for days in range(0, 360, 17)])
def test_whatever_day_it_is_mette_meets_ten_people_and_then_eight(day: date) -> None:
    team_id = invented.accounts().users[0].team_ids[0]
    sessions = {}
    enrolled: Counter[str] = Counter()
    for entity, _, fields in invented.rows(today=day):
        if entity == "session" and fields["team_id"] == team_id and fields["held_on"] == day.isoformat():
            sessions[fields["number"]] = fields["course_id"]
        if entity == "enrolment":
            enrolled[fields["course_id"]] += 1
    assert {enrolled[sessions[10]], enrolled[sessions[3]]} == {10, 8}


def test_attendance_is_of_closed_sessions_of_the_persons_own_course(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    for attendance in by_entity["attendance"].values():
        session = by_entity["session"][attendance["session_id"]]
        enrolment = by_entity["enrolment"][attendance["enrolment_id"]]
        assert session["state"] == "closed"
        assert session["course_id"] == enrolment["course_id"]
        assert attendance["person_id"] == enrolment["person_id"]
        assert session["held_on"] >= enrolment["joined_on"]


def test_nobody_smokes_more_than_eighty_and_an_unknown_has_no_value(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    for measurement in by_entity["measurement"].values():
        assert (measurement["value"] is None) == (measurement["answer"] != "given")
        assert measurement["value"] is None or 0 <= measurement["value"] <= 80 or measurement["kind"] == "price_per_day"


def test_handouts_are_counted_to_twelve_and_a_taken_back_week_is_counted_again(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    handed = by_entity["handout"]
    taken_back = {handout["corrects_id"] for handout in handed.values() if handout["quantity"] == 0}
    weeks = defaultdict(list)
    for row_id, handout in handed.items():
        if handout["quantity"] and row_id not in taken_back:
            weeks[handout["person_id"]].append(handout["week"])
    # A combination is two products of one week.
    weeks = {person_id: sorted(set(counted)) for person_id, counted in weeks.items()}
    assert all(counted == list(range(1, len(counted) + 1)) and len(counted) <= 12 for counted in weeks.values())
    assert any(len(counted) == 12 for counted in weeks.values())
    for person_id in weeks:
        days = [(h["handed_on"], h["week"]) for h in handed.values() if h["person_id"] == person_id]
        assert days == sorted(days)
    with (RESOURCES / "products.toml").open("rb") as file:
        assert {handout["product"] for handout in handed.values()} <= set(tomllib.load(file)["products"])


def test_every_person_belongs_to_the_teams_of_their_courses(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    teams = defaultdict(set)
    for membership in by_entity["membership"].values():
        teams[membership["person_id"]].add(membership["team_id"])
    for enrolment in by_entity["enrolment"].values():
        assert by_entity["course"][enrolment["course_id"]]["team_id"] in teams[enrolment["person_id"]]
    assert set(teams) == set(by_entity["person"])
    assert any(len(found) > 1 for found in teams.values())


def test_every_preset_rule_says_its_value_unit_source_and_first_day() -> None:
    paths = sorted((RESOURCES / "programmes").glob("*.toml"))
    assert len(paths) == 5
    for path in paths:
        with path.open("rb") as file:
            preset = tomllib.load(file)
        assert preset["key"] == path.stem
        for key, rule in preset["rules"].items():
            assert (
                {"value", "unit", "source", "paragraph", "valid_from"}
                <= set(rule)
                <= {"value", "unit", "source", "paragraph", "valid_from", "note"}
            ), key
            assert rule["source"] in {preset["document"], "W"}, key


def test_every_product_says_where_and_when_it_was_checked() -> None:
    with (RESOURCES / "products.toml").open("rb") as file:
        products = tomllib.load(file)["products"]
    for key, product in products.items():
        assert product["source"], key
        assert isinstance(product["checked"], date)
        assert product["form"] == "mouth_spray" or product["pieces_per_week"] <= 7 * product["max_per_day"]


def test_outcomes_follow_from_what_was_agreed_and_nobody_is_called_without_consent(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    outcomes = by_entity["outcome"].values()
    assert {outcome["time_point"] for outcome in outcomes} == {"end", "six_months"}
    for outcome in outcomes:
        assert (outcome["smoke_free"] == "yes") <= (outcome["self_report_on"] is not None)
        assert outcome["smoke_free"] != "yes" or not outcome["cigarettes_per_day"]
    yes = {
        consent["person_id"]
        for consent in by_entity["consent"].values()
        if consent["kind"] == "contact_six_months" and consent["answer"] == "given"
    }
    called = {attempt["person_id"] for attempt in by_entity["follow_up_attempt"].values()}
    assert called
    assert called <= yes
    assert {"not_reached", ""} <= {outcome["missing_reason"] for outcome in outcomes}


def test_reasons_for_closing_are_those_that_reports_count_by(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    reasons = Counter(enrolment["closing_reason"] for enrolment in by_entity["enrolment"].values())
    assert {"", "completed", "dropped_out", "moved_away"} <= set(reasons)
    assert set(reasons) <= {"", *ClosingReason}
    for enrolment in by_entity["enrolment"].values():
        assert (enrolment["left_on"] is None) == (enrolment["closing_reason"] == "")


def test_places_have_rounds_whose_visits_are_counted_without_names(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    running = Counter(cycle["place_id"] for cycle in by_entity["place_cycle"].values() if cycle["state"] == "running")
    assert running
    assert set(running.values()) == {1}
    for row_id, step in by_entity["place_cycle_step"].items():
        assert row_id == natural_id("place_cycle_step", step["cycle_id"], step["step"], str(step["number"]))
        assert (step["state"] == "done") == (step["done_on"] is not None)
        assert step["done_on"] is None or date.fromisoformat(step["done_on"]) < TODAY
    for visit in by_entity["outreach_visit"].values():
        assert visit["interested"] <= visit["visitors"]
        assert visit["brief_advice"] <= visit["talks"]
    assert any(visit["corrects_id"] for visit in by_entity["outreach_visit"].values())


def test_a_letter_to_the_doctor_was_said_yes_to(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    yes = {
        consent["person_id"]
        for consent in by_entity["consent"].values()
        if consent["kind"] == "letter_gp" and consent["answer"] == "given"
    }
    letters = by_entity["letter"].values()
    assert {letter["state"] for letter in letters} == {"draft", "finished", "given"}
    assert {letter["person_id"] for letter in letters} <= yes


def test_every_handout_is_what_the_persons_plan_puts_in_its_week(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    steps = defaultdict(list)
    for step in by_entity["nrt_step"].values():
        steps[step["plan_id"]].append((step["from_week"], step["to_week"], step["product"]))
    for handout in by_entity["handout"].values():
        fitting = [product for first, last, product in steps[handout["plan_id"]] if first <= handout["week"] <= last]
        assert handout["product"] in fitting
        assert handout["price"] > 0
    assert any(step["role"] == "short_acting" for step in by_entity["nrt_step"].values())


def test_plans_go_down_and_a_new_one_names_the_one_before(by_entity: dict[str, dict[str, dict[str, Any]]]) -> None:
    plans = by_entity["reduction_plan"]
    assert {plan["approach"] for plan in plans.values()} >= {"small_steps", "smoke_free_time", "cut_down_to_stop"}
    for plan in plans.values():
        assert (plan["previous_id"] is None) or plans[plan["previous_id"]]["state"] == "replaced"
    targets = defaultdict(list)
    for step in by_entity["plan_step"].values():
        targets[step["plan_id"]].append((step["rank"], step["due_on"], step["target"]))
    for steps in targets.values():
        falling = [target for _rank, _on, target in sorted(steps) if target is not None]
        assert falling == sorted(falling, reverse=True)
    assert any(plan["previous_id"] for plan in plans.values())


def test_medicines_notices_vouchers_and_an_invoice_are_there_to_be_shown(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    assert {medicine["substance"] for medicine in by_entity["medicine"].values()} >= {
        "",
        "clozapine",
        "chlorprothixene",
    }
    assert {notice["consent"] for notice in by_entity["medicine_notice"].values()} == {"given", "declined"}
    numbers = [voucher["number"] for voucher in by_entity["voucher"].values()]
    assert len(numbers) == len(set(numbers)) > 50
    issued = Counter(voucher["person_id"] for voucher in by_entity["voucher"].values())
    assert max(issued.values()) > 4
    [invoice] = by_entity["pharmacy_invoice"].values()
    lines = list(by_entity["invoice_line"].values())
    assert invoice["total"] == sum(line["amount"] for line in lines)
    assert sum(line["voucher_number"] not in numbers for line in lines) == 1
    assert {movement["kind"] for movement in by_entity["stock_movement"].values()} == {"packed", "explained"}


def test_referrals_keep_their_programme_and_a_sample_of_self_referrers_was_asked_why(
    by_entity: dict[str, dict[str, dict[str, Any]]],
) -> None:
    referrals = by_entity["referral"].values()
    assert {referral["programme_version_id"] for referral in referrals} <= set(by_entity["programme_version"])
    asked = [referral for referral in referrals if referral["came_because"]]
    assert all(referral["is_self_referral"] for referral in asked)
    assert 0 < len(asked) < sum(referral["is_self_referral"] for referral in referrals)


@pytest.fixture(scope="module")
def further() -> list[invented.InventedRow]:
    """What the second step of scale adds where people have long histories."""
    both = list(invented.rows(scale=2, today=TODAY, long_histories=True))
    first = list(invented.rows(today=TODAY))
    assert both[: len(first)] == first
    return both[len(first) :]


def test_a_hundred_steps_with_long_histories_are_two_million_facts_of_24_000_people(
    rows: list[invented.InventedRow], further: list[invented.InventedRow]
) -> None:
    told_of_somebody = [sum("person_id" in fields for _, _, fields in step) for step in (rows, further)]
    assert sum(entity == "person" for entity, _, _ in further) == 240
    assert told_of_somebody[0] + 99 * told_of_somebody[1] >= 2_000_000


def test_people_with_a_long_history_were_on_a_course_years_before_and_are_asked_anew(
    further: list[invented.InventedRow],
) -> None:
    ends: dict[str, date] = defaultdict(lambda: date.min)
    known: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for entity, row_id, fields in further:
        known[entity][row_id] = fields
        assert all(happened < TODAY for happened in days_of_facts(fields)), (entity, fields)
        if entity == "session":
            ends[fields["course_id"]] = max(ends[fields["course_id"]], date.fromisoformat(fields["held_on"]))
    courses = defaultdict(list)
    for enrolment in known["enrolment"].values():
        courses[enrolment["person_id"]].append(ends[enrolment["course_id"]])
    assert len(courses) > 180
    years = timedelta(days=700)
    assert all(min(ended) < TODAY - years < max(ended) for ended in courses.values())
    assert {len(ended) for ended in courses.values()} == {2, 3}
    referred = Counter(referral["person_id"] for referral in known["referral"].values())
    assert {referred[person_id] for person_id in courses} == {2}
    assert {handout["enrolment_id"] for handout in known["handout"].values()}.isdisjoint(
        row_id for row_id, enrolment in known["enrolment"].items() if ends[enrolment["course_id"]] < TODAY - years
    )
