"""What else somebody takes, and what their prescribers have not been told about their smoking."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.domain.facts import standing
from app.domain.medicines import Alert, Notice, SmokingEvent, Taken, alerts, recognise, smoking_events
from app.domain.outcomes import ClosingReason
from app.models.course import Enrolment
from app.models.medicine import Medicine, MedicineNotice
from app.models.organisation import User
from app.storage.engine import Reading
from app.storage.queries.same_person import rows_of
from app.storage.queries.smoking import SmokingStory, smoking_story


@dataclass(frozen=True, slots=True)
class MedicineRow:
    """A medicine as it was said, with what it was recognised as; `guess` is a name that it resembles."""

    medicine_id: str
    name: str
    substance: str
    guess: str
    prescriber: str
    started_on: date | None
    stopped_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice that stands: who was told what, when and by whom, or that the person declined."""

    notice_id: str
    medicine: str
    trigger: str
    trigger_on: date
    told_whom: str
    told_on: date
    told_by: str
    consent: str
    note: str


@dataclass(frozen=True, slots=True)
class MedicineStory:
    """Everything the panel of medicines shows."""

    person_id: str
    medicines: tuple[MedicineRow, ...]
    alerts: tuple[Alert, ...]
    notices: tuple[NoticeRow, ...]


def medicine_story(reading: Reading, person_id: str, *, today: date) -> MedicineStory:
    """Return a person's medicines with the alerts that stand today."""
    people = rows_of(reading, person_id)
    medicines = reading.scalars(
        select(Medicine).where(Medicine.person_id.in_(people)).order_by(Medicine.stopped_on, Medicine.name, Medicine.id)
    ).all()
    notices = standing(
        reading.scalars(
            select(MedicineNotice)
            .where(MedicineNotice.person_id.in_(people))
            .order_by(MedicineNotice.told_on.desc(), MedicineNotice.id.desc())
        ).all()
    )
    events = events_of(reading, smoking_story(reading, person_id, today=today))
    names = {row.id: row.name for row in medicines}
    return MedicineStory(
        person_id=person_id,
        medicines=tuple(_medicine(row) for row in medicines),
        alerts=alerts(
            [Taken(row.id, row.name, row.substance, row.started_on, row.stopped_on) for row in medicines],
            events,
            [Notice(row.medicine_id, row.trigger, row.trigger_on, row.consent) for row in notices],
        ),
        notices=tuple(
            NoticeRow(
                notice_id=row.id,
                medicine=names.get(row.medicine_id, ""),
                trigger=row.trigger,
                trigger_on=row.trigger_on,
                told_whom=row.told_whom,
                told_on=row.told_on,
                told_by=user.name if (user := reading.get(User, row.recorded_by)) else "",
                consent=row.consent,
                note=row.note,
            )
            for row in notices
        ),
    )


def events_of(reading: Reading, story: SmokingStory) -> tuple[SmokingEvent, ...]:
    """Return the changes of smoking that matter to a medicine; who moves to another course ends none."""
    closed = reading.scalars(
        select(Enrolment.left_on).where(
            Enrolment.person_id.in_(rows_of(reading, story.person_id)),
            Enrolment.left_on.is_not(None),
            Enrolment.closing_reason != ClosingReason.MOVED_COURSE,
        )
    )
    return smoking_events(
        stop_dates=[(row.agreed_on, row.stop_on) for row in story.stop_dates],
        cigarettes=story.cigarettes,
        relapses=[row.on for row in story.relapses],
        closures=[day for day in closed if day is not None],
        start=story.start,
    )


def _medicine(row: Medicine) -> MedicineRow:
    found = recognise(row.name)
    is_sure = found is not None and found.is_exact
    return MedicineRow(
        medicine_id=row.id,
        name=row.name,
        substance=row.substance,
        guess="" if found is None or is_sure else found.name,
        prescriber=row.prescriber,
        started_on=row.started_on,
        stopped_on=row.stopped_on,
        note=row.note,
    )
