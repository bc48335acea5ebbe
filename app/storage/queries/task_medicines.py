"""Which prescribers have not been told that smoking changes, of those whose medicine the smoke changes."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.domain.medicines import Notice, Taken, alerts, smoking_events, substances
from app.domain.tasks import DAYS_AHEAD, Task, medicine_task
from app.models.course import Enrolment
from app.models.medicine import Medicine, MedicineNotice
from app.models.smoking import Measurement, Relapse, StopDate
from app.storage.queries.task_desk import TaskDesk, among, chunks

NEWS_FOR = {"red": 30, "amber": 14}
"""Days after a change of smoking for which telling it is a task; the person's page shows the alert for good."""


def medicine_alerts(desk: TaskDesk) -> Iterator[Task]:
    """Ask for those who take a red or amber medicine, then what changed about their smoking and who was told."""
    told = [key for key, substance in substances().items() if substance.level in ("red", "amber")]
    takers: dict[str, list[Taken]] = defaultdict(list)
    for person_id, *taken in desk.ask(_taking(), Medicine.person_id, {"told": json.dumps(told)}):
        takers[desk.whom(person_id)].append(Taken(*taken))
    for some in chunks(takers):
        yield from _alerts_of(desk, {person: takers[person] for person in some})


def _alerts_of(desk: TaskDesk, takers: Mapping[str, list[Taken]]) -> Iterator[Task]:
    """Ask of these people: all that everybody ever smoked would be a hundred megabytes of a large store."""
    rows = {row for person in takers for row in (person, *desk.twins.get(person, ()))}
    stops = _facts(desk, rows, _stops())
    relapses = _facts(desk, rows, _relapses())
    smoked = _facts(desk, rows, _cigarettes())
    closed = _facts(desk, rows, _closed())
    notices = _facts(desk, rows, _notices())
    latest = desk.today + timedelta(days=DAYS_AHEAD)
    for person, taken_by in takers.items():
        events = smoking_events(
            stop_dates=stops[person],
            cigarettes=smoked[person],
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


def questions_about_takers() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return what is asked about the "people" who take such a medicine."""
    return _stops(), _relapses(), _cigarettes(), _closed(), _notices()


def _facts(desk: TaskDesk, rows: set[str], question: Select[*tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Return what is known of each person, a tuple a row, without whose row it is."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in desk.ask_about(question, "people", rows):
        found[desk.whom(row[0])].append(row[1:])
    return found


@cache
def _taking() -> Select[*tuple[Any, ...]]:
    return select(
        Medicine.person_id, Medicine.id, Medicine.name, Medicine.substance, Medicine.started_on, Medicine.stopped_on
    ).where(among(Medicine.substance, "told"))


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
    return select(Relapse.person_id, Relapse.happened_on).where(_standing(Relapse))


@cache
def _cigarettes() -> Select[*tuple[Any, ...]]:
    return (
        select(Measurement.person_id, Measurement.measured_on, Measurement.value)
        .where(
            _standing(Measurement),
            Measurement.kind == "cigarettes_per_day",
            Measurement.value.is_not(None),
        )
        .order_by(Measurement.measured_on, Measurement.id)
    )


@cache
def _closed() -> Select[*tuple[Any, ...]]:
    return select(Enrolment.person_id, Enrolment.left_on).where(
        among(Enrolment.person_id, "people"), Enrolment.left_on.is_not(None)
    )


@cache
def _notices() -> Select[*tuple[Any, ...]]:
    return select(
        MedicineNotice.person_id,
        MedicineNotice.medicine_id,
        MedicineNotice.trigger,
        MedicineNotice.trigger_on,
        MedicineNotice.consent,
    ).where(_standing(MedicineNotice))
