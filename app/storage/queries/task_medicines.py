"""Which prescribers have not been told that smoking changes, of those whose medicine the smoke changes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import aliased

from app.domain.medicines import Notice, Taken, alerts, smoking_events, substances
from app.domain.tasks import DAYS_AHEAD, Task, medicine_task
from app.models.course import Enrolment
from app.models.medicine import Medicine, MedicineNotice
from app.models.smoking import Measurement, Relapse, StopDate
from app.storage.queries.task_desk import TaskDesk, chunks

NEWS_FOR = {"red": 30, "amber": 14}
"""Days after a change of smoking for which telling it is a task; the person's page shows the alert for good."""


def medicine_alerts(desk: TaskDesk) -> Iterator[Task]:
    """Ask for those who take a red or amber medicine, then what changed about their smoking and who was told."""
    told = [key for key, substance in substances().items() if substance.level in ("red", "amber")]
    takers: dict[str, list[Taken]] = defaultdict(list)
    taking = select(
        Medicine.id, Medicine.person_id, Medicine.name, Medicine.substance, Medicine.started_on, Medicine.stopped_on
    ).where(Medicine.substance.in_(told))
    for row in desk.ask(taking, Medicine.person_id):
        taken = Taken(row.id, row.name, row.substance, row.started_on, row.stopped_on)
        takers[desk.whom(row.person_id)].append(taken)
    rows = {row for person in takers for row in (person, *desk.twins.get(person, ()))}
    stops = _facts(desk, rows, _stops)
    relapses = _facts(desk, rows, _relapses)
    smoked = _facts(desk, rows, _cigarettes)
    closed = _facts(desk, rows, _closed)
    notices = _facts(desk, rows, _notices)
    latest = desk.today + timedelta(days=DAYS_AHEAD)
    for person, taken_by in takers.items():
        events = smoking_events(
            stop_dates=[(agreed_on, stop_on) for agreed_on, stop_on in stops[person]],
            cigarettes=[(day, value) for day, value in smoked[person]],
            relapses=[day for (day,) in relapses[person]],
            closures=[day for (day,) in closed[person]],
        )
        for alert in alerts(taken_by, events, [Notice(*said) for said in notices[person]]):
            earliest = desk.today - timedelta(days=NEWS_FOR.get(alert.level, 0))
            if alert.asks_for_notice and earliest <= alert.on <= latest:
                yield medicine_task(
                    person_id=person,
                    medicine_id=alert.medicine_id,
                    medicine=alert.medicine,
                    level=alert.level,
                    trigger=alert.trigger,
                    on=alert.on,
                    source=substances()[alert.substance].source,
                )


def _facts(desk: TaskDesk, rows: set[str], question: Any) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for chunk in chunks(rows):
        for person_id, *rest in desk.reading.execute(question(chunk)):
            found[desk.whom(person_id)].append(tuple(rest))
    return found


def _standing(table: Any, chunk: Sequence[str]) -> Any:
    newer = aliased(table)
    return table.person_id.in_(chunk) & ~exists(
        select(newer.id).where(newer.person_id == table.person_id, newer.corrects_id == table.id)
    )


def _stops(chunk: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(StopDate.person_id, StopDate.agreed_on, StopDate.stop_on)
        .where(_standing(StopDate, chunk))
        .order_by(StopDate.agreed_on, StopDate.id)
    )


def _relapses(chunk: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return select(Relapse.person_id, Relapse.happened_on).where(_standing(Relapse, chunk))


def _cigarettes(chunk: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(Measurement.person_id, Measurement.measured_on, Measurement.value)
        .where(
            _standing(Measurement, chunk),
            Measurement.kind == "cigarettes_per_day",
            Measurement.value.is_not(None),
        )
        .order_by(Measurement.measured_on, Measurement.id)
    )


def _closed(chunk: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return select(Enrolment.person_id, Enrolment.left_on).where(
        Enrolment.person_id.in_(chunk), Enrolment.left_on.is_not(None)
    )


def _notices(chunk: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return select(
        MedicineNotice.person_id,
        MedicineNotice.medicine_id,
        MedicineNotice.trigger,
        MedicineNotice.trigger_on,
        MedicineNotice.consent,
    ).where(_standing(MedicineNotice, chunk))
