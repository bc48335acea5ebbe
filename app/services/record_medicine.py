"""Write down other medicines as they were said, and that a prescriber was told that smoking changes."""

from dataclasses import dataclass
from datetime import date

from app.clock import today
from app.domain.medicines import TRIGGERS, recognise, substances
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.medicine import Medicine, MedicineNotice
from app.models.person import Person
from app.services.correction import correction_of, fact_to_correct, reason_given
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMedicine:
    """A medicine as the person said it; `substance` is what the two agreed that it is, where they looked it up."""

    person_id: str
    name: str
    substance: str = ""
    started_on: date | None = None
    prescriber: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MedicineRecorded:
    """The row, and the generic name that it was recognised as (empty where nobody knows it)."""

    medicine_id: str
    substance: str
    changed: ChangeSet


def record_medicine(command: RecordMedicine, *, work: UnitOfWork) -> MedicineRecorded:
    """Write a medicine; never a dose.

    Raises RuleRefusal "no-such-person", "medicine-needs-name", "name-too-long", "future-date" or "unknown-substance".
    """
    if work.session.get(Person, command.person_id) is None:
        raise RuleRefusal("no-such-person", field="person_id")
    name = " ".join(command.name.split())
    if not name:
        raise RuleRefusal("medicine-needs-name", field="name")
    if len(name) > LONGEST_NAME:
        raise RuleRefusal("name-too-long", field="name", longest=LONGEST_NAME)
    if command.started_on is not None and command.started_on > today(work.clock):
        raise RuleRefusal("future-date", field="started_on")
    if command.substance and command.substance not in substances():
        raise RuleRefusal("unknown-substance", field="name")
    guess = recognise(name)
    substance = command.substance or (guess.substance if guess else "")
    row = Medicine(
        id=new_id(work.clock),
        person_id=command.person_id,
        name=name,
        substance=substance,
        started_on=command.started_on,
        prescriber=command.prescriber.strip(),
        note=command.note.strip(),
        recorded_on=today(work.clock),
        recorded_by=work.actor,
    )
    work.session.add(row)
    return MedicineRecorded(row.id, substance, work.commit())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMedicine:
    """What is now known about a medicine; what is None stays as it was."""

    medicine_id: str
    stopped_on: date | None = None
    substance: str | None = None
    prescriber: str | None = None


def change_medicine(command: ChangeMedicine, *, work: UnitOfWork) -> ChangeSet:
    """Write that a medicine was stopped, what it was recognised as, or who prescribes it.

    Raises RuleRefusal "no-such-medicine", "future-date", "medicine-ends-before-it-begins" or "unknown-substance".
    """
    row = work.session.get(Medicine, command.medicine_id)
    if row is None:
        raise RuleRefusal("no-such-medicine", field="medicine_id")
    if command.stopped_on is not None:
        if command.stopped_on > today(work.clock):
            raise RuleRefusal("future-date", field="stopped_on")
        if row.started_on is not None and command.stopped_on < row.started_on:
            raise RuleRefusal("medicine-ends-before-it-begins", field="stopped_on", earliest=row.started_on)
        row.stopped_on = command.stopped_on
    if command.substance is not None:
        if command.substance and command.substance not in (*substances(), row.substance):
            raise RuleRefusal("unknown-substance", field="name")
        row.substance = command.substance
    if command.prescriber is not None:
        row.prescriber = command.prescriber.strip()
    return work.commit()


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPrescriber:
    """That somebody was told about a change of smoking, or the person did not want it. `consent`: given, declined."""

    medicine_id: str
    trigger: str
    trigger_on: date
    told_on: date
    consent: str
    told_whom: str = ""
    note: str = ""
    also: tuple[tuple[str, date], ...] = ()
    """Further changes (trigger, day) of the same medicine that were told in the same talk."""


@dataclass(frozen=True, slots=True)
class PrescriberTold:
    """The facts that were written, the first one first."""

    notice_id: str
    changed: ChangeSet


def tell_prescriber(command: TellPrescriber, *, work: UnitOfWork) -> PrescriberTold:
    """Write the notice, which answers the alert.

    Raises RuleRefusal "no-such-medicine", "unknown-answer", "future-date", or, where the person agreed,
    "told-whom-missing".
    """
    medicine = work.session.get(Medicine, command.medicine_id)
    if medicine is None:
        raise RuleRefusal("no-such-medicine", field="medicine_id")
    changes = ((command.trigger, command.trigger_on), *command.also)
    if command.consent not in ("given", "declined") or any(trigger not in TRIGGERS for trigger, _on in changes):
        raise RuleRefusal("unknown-answer", field="consent")
    if command.told_on > today(work.clock):
        raise RuleRefusal("future-date", field="told_on")
    if command.consent == "given" and not command.told_whom.strip():
        raise RuleRefusal("told-whom-missing", field="told_whom")
    rows = [
        MedicineNotice(
            id=new_id(work.clock),
            person_id=medicine.person_id,
            medicine_id=medicine.id,
            trigger=trigger,
            trigger_on=on,
            told_whom=command.told_whom.strip() if command.consent == "given" else "",
            told_on=command.told_on,
            consent=command.consent,
            note=command.note.strip(),
            recorded_by=work.actor,
        )
        for trigger, on in changes
    ]
    work.session.add_all(rows)
    return PrescriberTold(rows[0].id, work.commit())


@dataclass(frozen=True, slots=True)
class TakeBackNotice:
    """A notice that was never given, and why it was written."""

    notice_id: str
    reason: str


def take_back_notice(command: TakeBackNotice, *, work: UnitOfWork) -> ChangeSet:
    """Say that nobody was told after all: the alert stands again.

    Raises RuleRefusal "no-such-fact", "corrected-already" or "reason-missing".
    """
    before = fact_to_correct(MedicineNotice, command.notice_id, field="notice_id", work=work)
    work.session.add(correction_of(before, reason_given(command.reason), work=work, taken_back=True, note=""))
    return work.commit()
