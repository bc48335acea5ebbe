"""Which prescribers have not heard that somebody's smoking changes: asked of the whole store at once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from app.domain.facts import standing
from app.domain.medicines import Notice, Taken, alerts, smoking_events, substances
from app.domain.tasks import Task, medicine_task
from app.models.course import Enrolment
from app.models.medicine import Medicine, MedicineNotice
from app.models.smoking import Measurement, Relapse, StopDate
from app.storage.queries.task_desk import TaskDesk, chunks

ASKED_FOR = timedelta(days=90)
"""How long after a change the list asks; the person's own page goes on saying it."""
_Row = TypeVar("_Row", Medicine, MedicineNotice, StopDate, Relapse, Measurement)


def medicine_alerts(desk: TaskDesk) -> Iterator[Task]:
    """Ask for every red and amber alert of late that nobody has answered."""
    known = [key for key, substance in substances().items() if substance.level in ("red", "amber")]
    taking = desk.reading.scalars(
        select(Medicine).where(Medicine.substance.in_(known), Medicine.stopped_on.is_(None)).order_by(Medicine.id)
    ).all()
    medicines: dict[str, list[Medicine]] = defaultdict(list)
    for row in taking:
        medicines[desk.whom(row.person_id)].append(row)
    people = [row_id for person in medicines for row_id in (person, *desk.twins.get(person, ()))]
    for some in chunks(people):
        yield from _of(desk, some, medicines)


def _of(desk: TaskDesk, people: Sequence[str], medicines: dict[str, list[Medicine]]) -> Iterator[Task]:
    stops = _by_person(desk, StopDate, people)
    again = _by_person(desk, Relapse, people)
    told = _by_person(desk, MedicineNotice, people)
    smoked = _by_person(desk, Measurement, people, Measurement.kind == "cigarettes_per_day")
    left: dict[str, list[date]] = defaultdict(list)
    for person_id, day in desk.reading.execute(
        select(Enrolment.person_id, Enrolment.left_on).where(
            Enrolment.person_id.in_(people), Enrolment.left_on.is_not(None)
        )
    ):
        if day is not None:
            left[desk.whom(person_id)].append(day)
    for person in dict.fromkeys(desk.whom(row_id) for row_id in people):
        measured = sorted(smoked[person], key=lambda row: (row.measured_on, row.session_id is not None, row.id))
        events = smoking_events(
            stop_dates=[(row.agreed_on, row.stop_on) for row in stops[person]],
            cigarettes=tuple({row.measured_on: row.value for row in measured if row.value is not None}.items()),
            relapses=[row.happened_on for row in again[person]],
            closures=left[person],
        )
        taken = [Taken(row.id, row.name, row.substance, row.started_on, row.stopped_on) for row in medicines[person]]
        notices = [Notice(row.medicine_id, row.trigger, row.trigger_on, row.consent) for row in told[person]]
        for alert in alerts(taken, events, notices):
            if alert.asks_for_notice and alert.on >= desk.today - ASKED_FOR:
                yield medicine_task(
                    person_id=person,
                    medicine_id=alert.medicine_id,
                    medicine=alert.medicine,
                    level=alert.level,
                    trigger=alert.trigger,
                    on=alert.on,
                    source=substances()[alert.substance].source,
                )


def _by_person(desk: TaskDesk, table: type[_Row], people: Sequence[str], *where: Any) -> dict[str, list[_Row]]:
    rows = desk.reading.scalars(select(table).where(table.person_id.in_(people), *where).order_by(table.id)).all()
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in standing(rows):  # type: ignore[type-var]
        found[desk.whom(row.person_id)].append(row)
    return found
