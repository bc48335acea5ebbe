"""One glance at a person: smoking against the plan, the weeks handed out, vouchers, money, and what comes next."""

from dataclasses import dataclass
from datetime import date

from app.models.person import Person
from app.storage.engine import Reading
from app.storage.queries.appointments import next_appointment
from app.storage.queries.names import shown_name
from app.storage.queries.nrt import NrtStory, nrt_story
from app.storage.queries.smoking import SmokingStory, smoking_story
from app.storage.queries.vouchers import VouchersInShort, vouchers_in_short

MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something that comes; `kind` is session, plan_step, stop_date or handout; `on` is empty where no day is set."""

    kind: str
    on: date | None
    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class PersonStory:
    """What the story panel and the view for the person show."""

    person_id: str
    called: str
    smoking: SmokingStory
    nrt: NrtStory
    vouchers: VouchersInShort
    next_steps: tuple[NextStep, ...]


def person_story(reading: Reading, person_id: str, *, today: date) -> PersonStory | None:
    """Return the story, or None where this laptop does not hold the person."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    smoking = smoking_story(reading, person_id, today=today)
    nrt = nrt_story(reading, person_id)
    return PersonStory(
        person_id=person_id,
        called=person.given_name or person.nickname or shown_name(person),
        smoking=smoking,
        nrt=nrt,
        vouchers=vouchers_in_short(reading, person_id, today=today),
        next_steps=_next_steps(reading, person_id, smoking, nrt, today=today),
    )


def _next_steps(
    reading: Reading, person_id: str, smoking: SmokingStory, nrt: NrtStory, *, today: date
) -> tuple[NextStep, ...]:
    steps = []
    coming = next_appointment(reading, person_id, today=today)
    if coming is not None:
        steps.append(NextStep("session", coming.on, coming.place))
    if smoking.stop_on is not None and smoking.stop_on >= today:
        steps.append(NextStep("stop_date", smoking.stop_on, ""))
    if smoking.plan is not None:
        planned = next((step for step in smoking.plan.steps if step.state == "planned" and step.due_on >= today), None)
        if planned is not None:
            steps.append(NextStep("plan_step", planned.due_on, planned.text, planned.target))
    if nrt.due is not None and nrt.given:
        steps.append(NextStep("handout", None, nrt.due.cell, nrt.due.week))
    return tuple(sorted(steps, key=lambda step: step.on or date.max)[:MOST_STEPS])
