"""Write a letter about somebody's course: a first draft from what is known, then the counsellor's own words.

To the person's own doctor only with consent (S2); to who referred, where they want to hear or the programme says so
(S1). The PDF and the electronic letter are made of the finished text elsewhere.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.clock import today
from app.domain.consents import Use, allows
from app.domain.outcomes import Verification, verification
from app.domain.same_person import parts_as_one
from app.errors import RuleRefusal
from app.i18n import _, format_day, format_number, in_language, ngettext
from app.ids import new_id
from app.models.course import Enrolment
from app.models.letter import WRITTEN, Letter
from app.models.organisation import Place
from app.models.person import Person, Referral
from app.models.smoking import Handout
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.enrolment_facts import EnrolmentFacts, enrolment_facts
from app.storage.queries.papers import full_name
from app.storage.queries.same_person import rows_of

KINDS = ("gp", "referrer")
LANGUAGES = ("da", "en")
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class DraftLetter:
    """About which enrolment, to whom (gp or referrer), in which language ("da" or "en")."""

    enrolment_id: str
    kind: str
    language: str = "da"


@dataclass(frozen=True, slots=True)
class LetterDrafted:
    """The new draft, or the one there was; `text` is what it says."""

    letter_id: str
    text: str
    changed: ChangeSet


def draft_letter(command: DraftLetter, *, work: UnitOfWork) -> LetterDrafted:
    """Write a draft, or find the one that is not finished yet.

    Raises RuleRefusal with the field: "no-such-course", "unknown-answer", "letter-not-allowed" (no consent), or
    "nobody-to-write-to" where nobody referred the person.
    """
    facts = enrolment_facts(work.session, [command.enrolment_id]).get(command.enrolment_id)
    if facts is None:
        raise RuleRefusal("no-such-course", field="enrolment_id")
    if command.kind not in KINDS or command.language not in LANGUAGES:
        raise RuleRefusal("unknown-answer", field="kind")
    person = facts.person
    referral = _referral(facts.enrolment, work=work)
    answered_id = referral.id if referral is not None and command.kind == "referrer" else None
    if command.kind == "gp" and not allows(facts.consents, Use.WRITE_TO_GP):
        raise RuleRefusal("letter-not-allowed", field="kind")
    if command.kind == "referrer" and (referral is None or referral.is_self_referral):
        raise RuleRefusal("nobody-to-write-to", field="kind")
    begun = work.session.scalars(
        select(Letter).where(
            Letter.enrolment_id == facts.enrolment.id,
            Letter.kind == command.kind,
            Letter.state == "draft",
            Letter.referral_id.is_not_distinct_from(answered_id),
        )
    ).first()
    if begun is not None:
        return LetterDrafted(begun.id, begun.text, work.changed)
    with in_language(command.language):
        text = _text(facts, work=work)
    letter = Letter(
        id=new_id(work.clock),
        person_id=facts.enrolment.person_id,
        enrolment_id=facts.enrolment.id,
        referral_id=answered_id,
        kind=command.kind,
        recipient=_recipient(command.kind, person, referral),
        recipient_identifier=person.gp_number
        if command.kind == "gp"
        else (referral.sender_identifier if referral else ""),
        language=command.language,
        text=text,
        written_on=today(work.clock),
        written_by=work.actor,
    )
    work.session.add(letter)
    return LetterDrafted(letter.id, text, work.commit())


@dataclass(frozen=True, slots=True)
class EditLetter:
    """A letter as it shall stand; `state`: draft, finished, given or withdrawn."""

    letter_id: str
    recipient: str
    text: str
    state: str = "draft"


def edit_letter(command: EditLetter, *, work: UnitOfWork) -> ChangeSet:
    """Change a letter that has not been given away.

    Raises RuleRefusal "no-such-letter", "letter-given", "unknown-answer", "empty-letter", "text-too-long", or
    "letter-not-allowed" where the consent was withdrawn before it was given.
    """
    letter = work.session.get(Letter, command.letter_id)
    if letter is None:
        raise RuleRefusal("no-such-letter", field="letter_id")
    if letter.state == "given":
        raise RuleRefusal("letter-given", field="text")
    if command.state not in ("draft", *WRITTEN, "withdrawn"):
        raise RuleRefusal("unknown-answer", field="state")
    text = command.text.strip()
    if not text and command.state != "withdrawn":
        raise RuleRefusal("empty-letter", field="text")
    if len(text) > LONGEST_TEXT:
        raise RuleRefusal("text-too-long", field="text", longest=LONGEST_TEXT)
    if letter.kind == "gp" and command.state in WRITTEN and letter.enrolment_id is not None:
        facts = enrolment_facts(work.session, [letter.enrolment_id]).get(letter.enrolment_id)
        if facts is not None and not allows(facts.consents, Use.WRITE_TO_GP):
            raise RuleRefusal("letter-not-allowed", field="state")
    letter.recipient = command.recipient.strip()
    letter.text = text
    letter.state = command.state
    letter.given_on = today(work.clock) if command.state == "given" else None
    return work.commit()


def _referral(enrolment: Enrolment, *, work: UnitOfWork) -> Referral | None:
    """Return by which referral somebody came to a course, of several the first that was not answered.

    There are several where they turned out to have been on it twice, referred to each part by somebody else.
    """
    rows = rows_of(work.session, enrolment.person_id)
    in_course = select(Enrolment).where(Enrolment.person_id.in_(rows), Enrolment.course_id == enrolment.course_id)
    parts = {part.id: part for part in work.session.scalars(in_course)}
    as_one = [parts[key].referral_id for key in parts_as_one(enrolment.id, parts.values())]
    if brought := [key for key in (enrolment.referral_id, *as_one) if key]:
        answered = set(
            work.session.scalars(
                select(Letter.referral_id).where(
                    Letter.person_id.in_(rows),
                    Letter.referral_id.in_(brought),
                    Letter.kind == "referrer",
                    Letter.state.in_(WRITTEN),
                )
            )
        )
        return work.session.get(Referral, next((key for key in brought if key not in answered), brought[0]))
    return work.session.scalars(
        select(Referral)
        .where(
            Referral.person_id.in_(rows),
            Referral.received_on <= enrolment.joined_on,
        )
        .order_by(Referral.received_on.desc())
        .limit(1)
    ).first()


def _recipient(kind: str, person: Person, referral: Referral | None) -> str:
    if kind == "gp":
        return person.gp_name
    return (referral.referrer_name or referral.sender) if referral else ""


def _text(facts: EnrolmentFacts, *, work: UnitOfWork) -> str:
    """Return what is known, in sentences that a doctor reads in half a minute; unknown is left out."""
    place = work.session.get(Place, facts.course.place_id)
    came = facts.participation.attended
    sentences = [
        _("{name} has taken part in help to stop smoking: {course}, {place}, from {day}.").format(
            name=full_name(facts.person),
            course=facts.course.title,
            place=place.name if place else "",
            day=format_day(facts.enrolment.joined_on),
        ),
        ngettext("They came to {n} meeting.", "They came to {n} meetings.", came).format(n=came),
    ]
    if facts.stop_on is not None:
        sentences.append(_("The stop date was {day}.").format(day=format_day(facts.stop_on)))
    # A week with a patch and chewing gum is one week, as two rows in which it stands are.
    weeks = work.session.scalar(
        select(func.count(Handout.week.distinct())).where(
            Handout.person_id.in_(rows_of(work.session, facts.whom)),
            Handout.quantity > 0,
            Handout.handed_on >= (facts.since or date.min),
            Handout.id.not_in(select(Handout.corrects_id).where(Handout.corrects_id.is_not(None))),
        )
    )
    if weeks:
        sentences.append(
            ngettext(
                "Nicotine replacement was handed out for {n} week.",
                "Nicotine replacement was handed out for {n} weeks.",
                weeks,
            ).format(n=weeks)
        )
    sentences += _outcome_sentences(facts)
    sentences.append(_("Stopping or starting to smoke can change the effect of medicine; please review it."))
    return "\n\n".join((" ".join(sentences[:-1]), sentences[-1]))


def _outcome_sentences(facts: EnrolmentFacts) -> list[str]:
    outcome = facts.outcome("six_months") or facts.outcome("end")
    if outcome is None:
        return []
    said = {
        Verification.VERIFIED: _("On {day} they were smoke-free, verified by CO in the breath."),
        Verification.SELF_REPORTED: _("On {day} they said that they were smoke-free."),
        Verification.SMOKES: _("On {day} they smoked."),
        Verification.UNKNOWN: "",
    }[verification(outcome.smoke_free, outcome.co_ppm, below=facts.co_verified_below)]
    found = [said.format(day=format_day(outcome.assessed_on))] if said else []
    if outcome.cigarettes_per_day:
        smoked = ngettext(
            "They smoked {n} cigarette a day.",
            "They smoked {n} cigarettes a day.",
            1 if outcome.cigarettes_per_day == 1 else 2,
        )
        found.append(smoked.format(n=format_number(outcome.cigarettes_per_day)))
    return found
