"""Register that somebody was referred or came by themselves: from then on the first call's deadline is counted."""

from dataclasses import dataclass
from datetime import date, datetime

from app.clock import today
from app.domain.first_contact import CAME_BECAUSE, check_referral, is_self_referral
from app.domain.identifiers import check_birth_date, read_identifier
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.organisation import Team
from app.models.person import Person, Referral
from app.services.join_course import belong_to_team
from app.services.settle_referral import settle_referral
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.programmes import programme_of

LONGEST_NAME = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReferral:
    """Who, from whom, how and when.

    `person_id` names somebody known already; otherwise the names make a new person, of whom one name is enough.
    `came_because` is asked of those who came by themselves, empty where nobody asked.
    """

    channel: str
    received_on: date
    team_id: str
    person_id: str = ""
    given_name: str = ""
    family_name: str = ""
    nickname: str = ""
    phone: str = ""
    identifier: str = ""
    birth_date: date | None = None
    sender: str = ""
    referrer_name: str = ""
    sender_identifier: str = ""
    sender_identifier_kind: str = ""
    text: str = ""
    came_because: str = ""
    wants_feedback: bool = False
    programme_version_id: str = ""
    message_id: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReferralRegistered:
    """The person (new or known) and the referral."""

    person_id: str
    referral_id: str
    is_new_person: bool
    changed: ChangeSet


def register_referral(command: RegisterReferral, *, work: UnitOfWork) -> ReferralRegistered:
    """Make the referral, the person where they are new, and their membership of the team, in one transaction.

    Raises RuleRefusal with the field: "empty-name", "name-too-long", "identifier-…", "birth-date-…",
    "unknown-channel", "future-date", "unknown-answer", "no-such-person", "no-such-team". Nothing is then written.
    """
    on = today(work.clock)
    check_referral(command.channel, command.received_on, today=on)
    if command.came_because and command.came_because not in CAME_BECAUSE:
        raise RuleRefusal("unknown-answer", field="came_because")
    team = work.session.get(Team, command.team_id)
    if team is None:
        raise RuleRefusal("no-such-team", field="team_id")
    person = _known(command.person_id, work=work) if command.person_id else _new_person(command, on=on, work=work)
    belong_to_team(person.id, team.id, command.received_on, work=work)
    programme = programme_of(work.session, command.programme_version_id)
    referral = Referral(
        id=new_id(work.clock),
        person_id=person.id,
        channel=command.channel,
        is_self_referral=is_self_referral(command.channel, programme),
        sender=command.sender.strip(),
        received_on=command.received_on,
        received_at=command.received_at or (work.clock.now() if command.received_on == on else None),
        text=command.text.strip(),
        programme_version_id=command.programme_version_id or None,
        municipality_id=team.municipality_id,
        sender_identifier=command.sender_identifier,
        sender_identifier_kind=command.sender_identifier_kind,
        referrer_name=command.referrer_name.strip(),
        came_because=command.came_because,
        message_id=command.message_id,
        wants_feedback=command.wants_feedback,
    )
    work.session.add(referral)
    return ReferralRegistered(person.id, referral.id, not command.person_id, work.commit())


@dataclass(frozen=True, slots=True)
class CloseReferral:
    """How a referral ended: accepted, declined, not_reached or withdrawn; open takes it up again."""

    referral_id: str
    state: str
    reason: str = ""


def close_referral(command: CloseReferral, *, work: UnitOfWork) -> ChangeSet:
    """Say how the referral ended. Raises RuleRefusal "no-such-referral" or "unknown-answer"."""
    referral = work.session.get(Referral, command.referral_id)
    if referral is None:
        raise RuleRefusal("no-such-referral")
    settle_referral(referral, command.state, reason=command.reason, on=today(work.clock))
    return work.commit()


def _known(person_id: str, *, work: UnitOfWork) -> Person:
    person = work.session.get(Person, person_id)
    if person is None:
        raise RuleRefusal("no-such-person", field="person_id")
    return person


def _new_person(command: RegisterReferral, *, on: date, work: UnitOfWork) -> Person:
    given, family, nickname = (
        " ".join(name.split()) for name in (command.given_name, command.family_name, command.nickname)
    )
    if not (given or family or nickname):
        raise RuleRefusal("empty-name", field="given_name")
    for field, name in (("given_name", given), ("family_name", family), ("nickname", nickname)):
        if len(name) > LONGEST_NAME:
            raise RuleRefusal("name-too-long", field=field, longest=LONGEST_NAME)
    identifier = read_identifier(command.identifier, today=on)
    if command.birth_date is not None:
        check_birth_date(command.birth_date, today=on)
    person_id = new_id(work.clock)
    person = Person(
        id=person_id,
        person_id=person_id,
        given_name=given,
        family_name=family,
        nickname=nickname,
        phone=command.phone.strip(),
        identifier_kind=identifier.kind,
        identifier=identifier.number,
        birth_date=command.birth_date,
        registered_at=work.clock.now(),
    )
    work.session.add(person)
    return person
