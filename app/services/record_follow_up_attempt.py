"""Record a call six months after the stop date: by telephone, on a day and at an hour, and whether it reached them."""

from dataclasses import dataclass
from datetime import datetime

from app.clock import day_of, today
from app.domain.consents import Use, allows
from app.domain.follow_up import PHONE, RESULTS, FollowUp
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.outcome import FollowUpAttempt
from app.services.correction import reason_given
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.enrolment_facts import enrolment_facts


@dataclass(frozen=True, slots=True)
class RecordFollowUpAttempt:
    """One call; `attempted_at` is aware. With `corrects_id` it takes the place of an earlier one."""

    enrolment_id: str
    attempted_at: datetime
    result: str
    channel: str = PHONE
    note: str = ""
    corrects_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpAttemptRecorded:
    """The new fact, and where the follow-up stands with it."""

    attempt_id: str
    follow_up: FollowUp
    changed: ChangeSet


def record_follow_up_attempt(command: RecordFollowUpAttempt, *, work: UnitOfWork) -> FollowUpAttemptRecorded:
    """Write the call as a fact.

    Raises RuleRefusal with the field: "no-such-course", "unknown-answer", "phone-only", "no-contact-consent",
    "future-date", "follow-up-before-stop-date", and for a correction "no-such-fact" or "reason-missing".
    """
    facts = enrolment_facts(work.session, [command.enrolment_id]).get(command.enrolment_id)
    if facts is None:
        raise RuleRefusal("no-such-course", field="enrolment_id")
    if command.result not in RESULTS:
        raise RuleRefusal("unknown-answer", field="result")
    if command.channel != facts.rules.get("follow_up_channel", PHONE):
        raise RuleRefusal("phone-only", field="channel")
    if not allows(facts.consents, Use.CALL_AFTER_SIX_MONTHS):
        raise RuleRefusal("no-contact-consent", field="enrolment_id")
    if command.attempted_at > work.clock.now():
        raise RuleRefusal("future-date", field="attempted_at")
    counted = facts.counted_from
    if counted is None:
        raise RuleRefusal("nothing-to-follow", field="enrolment_id")
    if day_of(command.attempted_at) < counted[0]:
        raise RuleRefusal("follow-up-before-stop-date", field="attempted_at", day=counted[0])
    # What is corrected may have been noted under their other name: it is corrected there.
    about = next((made for made in facts.attempts if made.id == command.corrects_id), None)
    if command.corrects_id is not None:
        if about is None:
            raise RuleRefusal("no-such-fact", field="corrects_id")
        reason_given(command.reason)
    attempt = FollowUpAttempt(
        id=new_id(work.clock),
        person_id=facts.enrolment.person_id if about is None else about.person_id,
        enrolment_id=facts.enrolment.id if about is None else about.enrolment_id,
        attempted_at=command.attempted_at,
        channel=command.channel,
        result=command.result,
        note=command.note.strip(),
        recorded_by=work.actor,
        corrects_id=command.corrects_id,
        reason=command.reason.strip(),
    )
    work.session.add(attempt)
    changed = work.commit()
    after = enrolment_facts(work.session, [facts.enrolment.id])[facts.enrolment.id]
    return FollowUpAttemptRecorded(attempt.id, after.follow_up(today(work.clock)), changed)
