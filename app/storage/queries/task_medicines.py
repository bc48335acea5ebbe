"""Which prescribers have not been told that smoking changes, of those whose medicine the smoke changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from app.domain.medicines import Notice, Taken, alerts, smoking_events, substances
from app.domain.tasks import DAYS_AHEAD, Task, medicine_task
from app.models.course import Enrolment
from app.models.medicine import Medicine, MedicineNotice
from app.models.smoking import Measurement, Relapse, StopDate
from app.storage.listed import listed
from app.storage.queries.task_desk import TaskDesk, among, chunks

NEWS_FOR = {"red": timedelta(days=30), "amber": timedelta(days=14)}
"""How long after a change of smoking telling it is a task; the person's page shows the alert for good."""


def medicine_alerts(desk: TaskDesk) -> Iterator[Task]:
    """Ask for those who take a red or amber medicine, then what changed about their smoking lately and who was told."""
    told = [key for key, substance in substances().items() if substance.level in ("red", "amber")]
    since = {"since": desk.today - max(NEWS_FOR.values())}
    takers: dict[str, list[Taken]] = defaultdict(list)
    for person_id, *taken in desk.ask(_taking(), Medicine.person_id, {"told": listed(told), **since}):
        takers[desk.whom(person_id)].append(Taken(*taken))
    closed = _by_whom(desk, desk.ask(_closed(), Enrolment.person_id, since))
    for some in chunks(takers):
        yield from _alerts_of(desk, {person: takers[person] for person in some}, closed)


def _alerts_of(desk: TaskDesk, takers: Mapping[str, list[Taken]], closed: Mapping[str, list[Any]]) -> Iterator[Task]:
    """Ask of these people: all that everybody ever smoked would be a hundred megabytes of a large store.

    What they smoked and what was told is asked only of those for whom something changed since `NEWS_FOR`: what changed
    before is no task any more.
    """
    since, latest = desk.today - max(NEWS_FOR.values()), desk.today + timedelta(days=DAYS_AHEAD)
    rows = _with_twins(desk, takers)
    stops = _facts(desk, rows, _stops())
    relapses = _facts(desk, rows, _relapses(), {"since": since})
    smoked = _facts(desk, _with_twins(desk, _facts(desk, rows, _measured(), {"since": since})), _cigarettes())
    stopping = {person for person, agreed in stops.items() if any(stop_on >= since for _agreed_on, stop_on in agreed)}
    changed = stopping | relapses.keys() | smoked.keys() | (closed.keys() & takers.keys())
    notices = _facts(desk, _with_twins(desk, changed), _notices())
    for person in sorted(changed):
        events = smoking_events(
            stop_dates=stops.get(person, ()),
            cigarettes=_in_order_of_time(smoked.get(person, ())),
            relapses=[day for (day,) in relapses.get(person, ())],
            closures=[day for (day,) in closed.get(person, ())],
        )
        lately = [event for event in events if since <= event.on <= latest]
        for alert in alerts(takers[person], lately, [Notice(*said) for said in notices.get(person, ())]):
            if alert.asks_for_notice and alert.on >= desk.today - NEWS_FOR.get(alert.level, timedelta()):
                yield medicine_task(
                    person_id=person,
                    medicine_id=alert.medicine_id,
                    medicine=alert.medicine,
                    level=alert.level,
                    trigger=alert.trigger,
                    on=alert.on,
                    source=substances()[alert.substance].source,
                )


def questions_about_takers() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return what is asked about the "people" who take such a medicine."""
    return _stops(), _cigarettes(), _notices()


def questions_of_late() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return what changed for these "people" "since" a day."""
    return _relapses(), _measured()


def _with_twins(desk: TaskDesk, people: Collection[str]) -> set[str]:
    return {row for person in people for row in (person, *desk.twins.get(person, ()))}


def _in_order_of_time(smoked: Iterable[tuple[list[tuple[str, str, float]]]]) -> list[tuple[date, float]]:
    """Return the days and counts of one person, of all their rows."""
    counted = sorted(one for (of_row,) in smoked for one in of_row)
    return [(date.fromisoformat(day), count) for day, _id, count in counted]


def _facts(
    desk: TaskDesk, rows: Collection[str], question: Select[*tuple[Any, ...]], values: Mapping[str, Any] | None = None
) -> dict[str, list[Any]]:
    """Return what is known of each of these people."""
    return _by_whom(desk, desk.ask_about(question, "people", rows, values))


def _by_whom(desk: TaskDesk, rows: Iterable[Any]) -> dict[str, list[Any]]:
    """Return what is known of each person, a tuple a row, without whose row it is."""
    found: dict[str, list[Any]] = defaultdict(list)
    for whose, *known in rows:
        found[desk.whom(whose)].append(tuple(known))
    return found


@cache
def _taking() -> Select[*tuple[Any, ...]]:
    return select(
        Medicine.person_id, Medicine.id, Medicine.name, Medicine.substance, Medicine.started_on, Medicine.stopped_on
    ).where(
        among(Medicine.substance, "told"),
        or_(Medicine.stopped_on.is_(None), Medicine.stopped_on >= bindparam("since")),
    )


def _standing(table: Any) -> Any:
    """Return the condition that a row is one of these "people"'s and was not corrected."""
    # Asked for each row whether a newer one corrects it, all rows of the person would be walked through for each.
    newer = aliased(table)
    corrected = select(newer.corrects_id).where(among(newer.person_id, "people"), newer.corrects_id.is_not(None))
    return among(table.person_id, "people") & table.id.not_in(corrected)


@cache
def _stops() -> Select[*tuple[Any, ...]]:
    return (
        select(StopDate.person_id, StopDate.agreed_on, StopDate.stop_on)
        .where(_standing(StopDate))
        .order_by(StopDate.agreed_on, StopDate.id)
    )


@cache
def _relapses() -> Select[*tuple[Any, ...]]:
    return select(Relapse.person_id, Relapse.happened_on).where(
        _standing(Relapse), Relapse.happened_on >= bindparam("since")
    )


def _counted() -> ColumnElement[bool]:
    """Return the condition that a row says how many cigarettes one of these "people" smoked a day."""
    # In the words of the question: an index of some rows alone is not found by a value that is given along.
    return and_(
        among(Measurement.person_id, "people"),
        Measurement.kind == literal_column("'cigarettes_per_day'"),
        Measurement.value.is_not(None),
    )


@cache
def _measured() -> Select[*tuple[Any, ...]]:
    return select(Measurement.person_id).where(_counted(), Measurement.measured_on >= bindparam("since")).distinct()


@cache
def _cigarettes() -> Select[*tuple[Any, ...]]:
    # All of a person's in one value: a row for each would take longer to be made than to be found.
    newer = aliased(Measurement)
    each = func.json_array(Measurement.measured_on, Measurement.id, Measurement.value)
    return (
        select(Measurement.person_id, type_coerce(func.json_group_array(each), JSON))
        .where(_counted(), ~exists(select(newer.id).where(newer.corrects_id == Measurement.id)))
        .group_by(Measurement.person_id)
    )


@cache
def _closed() -> Select[*tuple[Any, ...]]:
    return select(Enrolment.person_id, Enrolment.left_on).where(Enrolment.left_on >= bindparam("since"))


@cache
def _notices() -> Select[*tuple[Any, ...]]:
    return select(
        MedicineNotice.person_id,
        MedicineNotice.medicine_id,
        MedicineNotice.trigger,
        MedicineNotice.trigger_on,
        MedicineNotice.consent,
    ).where(_standing(MedicineNotice))
