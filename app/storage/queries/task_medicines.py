"""Which prescribers have not been told that smoking changes, of those whose medicine the smoke changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    union,
)
from sqlalchemy.orm import aliased

from app.domain.medicines import Notice, Taken, alerts, smoking_events, substances
from app.domain.outcomes import ClosingReason
from app.domain.tasks import DAYS_AHEAD, Task, medicine_task
from app.models.course import Enrolment
from app.models.medicine import Medicine, MedicineNotice
from app.models.smoking import Measurement, Relapse, StopDate
from app.storage.listed import among, chunks, listed
from app.storage.queries.same_person import of_each
from app.storage.queries.task_desk import TaskDesk, standing_of_people

NEWS_FOR = {"red": timedelta(days=30), "amber": timedelta(days=14)}
"""How long after a change of smoking telling it is a task; the person's page shows the alert for good."""


def medicine_alerts(desk: TaskDesk) -> Iterator[Task]:
    """Ask who takes a red or amber medicine, then what changed about their smoking lately and who was told."""
    told = [key for key, substance in substances().items() if substance.level in ("red", "amber")]
    asked = {"told": listed(told), "since": _since(desk)}
    takers = {desk.whom(person_id) for (person_id,) in desk.ask(_takers(), Medicine.person_id, asked)}
    closed = of_each(desk.ask(_closed(), Enrolment.person_id, {"since": _since(desk)}), desk.owner)
    for some in chunks(takers):
        yield from _alerts_of(desk, some, closed)


def _alerts_of(desk: TaskDesk, takers: Sequence[str], closed: Mapping[str, list[Any]]) -> Iterator[Task]:
    """Ask of these people: all that everybody ever smoked would be a hundred megabytes of a large store.

    What they smoke, take and were told is asked only of those for whom something changed since `NEWS_FOR`: what changed
    before is no task any more.
    """
    since = {"since": _since(desk)}
    # The prescriber is told on a working day: nobody learns of it only when the last one has passed.
    latest = max(desk.today + timedelta(days=DAYS_AHEAD), desk.calendar.next(desk.today))
    said = desk.ask_about(_changed(), "people", desk.with_twins(takers), since)
    changed = {desk.whom(person_id) for (person_id,) in said} | (closed.keys() & set(takers))
    rows = desk.with_twins(changed)
    stops = desk.known_of_each(_stops(), rows)
    relapses = desk.known_of_each(_relapses(), rows)
    smoked = desk.known_of_each(_cigarettes(), rows, since)
    lately = {}
    for person in changed:
        counted = _in_order_of_time(smoked.get(person, ()))
        events = smoking_events(
            stop_dates=[(stop.agreed_on, stop.stop_on) for stop in stops.get(person, ())],
            # Of one day what was measured last counts, as on the person's page.
            cigarettes=list(dict(counted).items()),
            start=counted[0][1] if counted else None,
            relapses=[relapse.happened_on for relapse in relapses.get(person, ())],
            closures=[part.left_on for part in closed.get(person, ())],
        )
        if of_late := [event for event in events if since["since"] <= event.on <= latest]:
            lately[person] = of_late
    rows = desk.with_twins(lately)
    taken = desk.known_of_each(_taken(), rows)
    notices = desk.known_of_each(_notices(), rows, since)
    for person in sorted(lately):
        takes = [Taken(row.id, row.name, row.substance, row.started_on, row.stopped_on) for row in taken[person]]
        told = notices.get(person, ())
        heard = [Notice(row.medicine_id, row.trigger, row.trigger_on, row.consent) for row in told]
        for alert in alerts(takes, lately[person], heard):
            if alert.asks_for_notice and alert.on >= desk.today - NEWS_FOR.get(alert.level, timedelta()):
                yield medicine_task(
                    person_id=person,
                    medicine_id=alert.medicine_id,
                    medicine=alert.medicine,
                    level=alert.level,
                    trigger=alert.trigger,
                    on=alert.on,
                    source=substances()[alert.substance].source,
                    calendar=desk.calendar,
                )


def _since(desk: TaskDesk) -> date:
    return desk.today - max(NEWS_FOR.values())


def questions_about_takers() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return what is asked about the "people" who take such a medicine."""
    return _stops(), _relapses(), _taken()


def questions_of_late() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return what changed for these "people" "since" a day, and who was told of it."""
    return _changed(), _cigarettes(), _notices()


def _in_order_of_time(smoked: Iterable[Any]) -> list[tuple[date, float]]:
    """Return the days and counts of one person, of all their rows: where they began, and how it went lately."""
    counted = sorted(one for row in smoked if row.began for one in (row.began, *row.lately))
    return [(date.fromisoformat(day), count) for day, _id, count in counted]


@cache
def _takers() -> Select[*tuple[Any, ...]]:
    return (
        select(Medicine.person_id)
        .where(
            among(Medicine.substance, "told"),
            or_(Medicine.stopped_on.is_(None), Medicine.stopped_on >= bindparam("since")),
        )
        .distinct()
    )


@cache
def _taken() -> Select[*tuple[Any, ...]]:
    return select(
        Medicine.person_id, Medicine.id, Medicine.name, Medicine.substance, Medicine.started_on, Medicine.stopped_on
    ).where(among(Medicine.person_id, "people"))


@cache
def _changed() -> Select[*tuple[Any, ...]]:
    """Return those of the "people" who were to stop, or smoked again, or were asked how much, "since" a day."""
    since: ColumnElement[date] = bindparam("since")
    asked = (
        select(StopDate.person_id).where(among(StopDate.person_id, "people"), StopDate.stop_on >= since),
        select(Relapse.person_id).where(among(Relapse.person_id, "people"), Relapse.happened_on >= since),
        select(Measurement.person_id).where(
            among(Measurement.person_id, "people"), _counted(Measurement), Measurement.measured_on >= since
        ),
    )
    found = union(*asked).subquery()
    return select(found.c.person_id)


@cache
def _stops() -> Select[*tuple[Any, ...]]:
    return (
        select(StopDate.person_id, StopDate.agreed_on, StopDate.stop_on)
        .where(standing_of_people(StopDate))
        .order_by(StopDate.agreed_on, StopDate.id)
    )


@cache
def _relapses() -> Select[*tuple[Any, ...]]:
    # All of them: one from before a count of late says since when somebody smokes again.
    return select(Relapse.person_id, Relapse.happened_on).where(standing_of_people(Relapse))


def _counted(table: type[Measurement]) -> ColumnElement[bool]:
    """Return the condition that a row says how many cigarettes somebody smoked a day."""
    # In the words of the question: an index of some rows alone is not found by a value that is given along.
    return and_(table.kind == literal_column("'cigarettes_per_day'"), table.value.is_not(None))


@cache
def _cigarettes() -> Select[*tuple[Any, ...]]:
    """Return the first count of each, and all from the last one before "since" on: what was between changes nothing."""
    # All of a person's in one value: a row for each would take longer to be made than to be found.
    people = func.json_each(bindparam("people")).table_valued("value")
    first, before, lately = aliased(Measurement), aliased(Measurement), aliased(Measurement)

    def of_person(table: type[Measurement]) -> ColumnElement[bool]:
        newer = aliased(Measurement)
        is_corrected = exists(select(newer.id).where(newer.corrects_id == table.id))
        return and_(table.person_id == people.c.value, _counted(table), ~is_corrected)

    began = select(_said(first)).where(of_person(first)).order_by(first.measured_on, first.id).limit(1)
    last = select(func.max(before.measured_on)).where(of_person(before), before.measured_on < bindparam("since"))
    last_one = last.correlate(people).scalar_subquery()
    since_then = lately.measured_on >= func.coalesce(last_one, bindparam("since"))
    all_since = select(func.json_group_array(_said(lately))).where(of_person(lately), since_then)
    return select(
        people.c.value.label("person_id"),
        type_coerce(began.scalar_subquery(), JSON).label("began"),
        type_coerce(all_since.scalar_subquery(), JSON).label("lately"),
    ).select_from(people)


def _said(table: type[Measurement]) -> ColumnElement[Any]:
    return func.json_array(table.measured_on, table.id, table.value)


@cache
def _closed() -> Select[*tuple[Any, ...]]:
    return select(Enrolment.person_id, Enrolment.left_on).where(
        Enrolment.left_on >= bindparam("since"), Enrolment.closing_reason != ClosingReason.MOVED_COURSE
    )


@cache
def _notices() -> Select[*tuple[Any, ...]]:
    return select(
        MedicineNotice.person_id,
        MedicineNotice.medicine_id,
        MedicineNotice.trigger,
        MedicineNotice.trigger_on,
        MedicineNotice.consent,
    ).where(standing_of_people(MedicineNotice), MedicineNotice.trigger_on >= bindparam("since"))
