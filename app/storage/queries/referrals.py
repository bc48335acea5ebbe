"""Who was referred and waits, who of those known is like somebody new, and what contact there was with one person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from app.clock import day_of
from app.domain.duplicates import Known, Likeness, likely_duplicates
from app.domain.facts import standing
from app.domain.first_contact import SPOKEN_WITH, first_call
from app.domain.identifiers import known_birth_date
from app.domain.same_person import counts_for
from app.models.course import Attendance, Session
from app.models.local import Device
from app.models.organisation import Municipality, Team, User
from app.models.person import ContactAttempt, Membership, Person, Referral
from app.storage.access_log import note_search, note_view
from app.storage.all_rows import all_rows_of_each
from app.storage.engine import Reading
from app.storage.listed import among, chunks, listed
from app.storage.queries.names import shown_name
from app.storage.queries.programmes import behind, programmes, working_days
from app.storage.queries.same_person import of_each, owners, rows_of
from app.storage.queries.task_desk import parts_of, silent_of

MOST_ROWS = 300
MOST_OFFERED = 4
"""People who are offered as who somebody may be."""
MOST_TWINS = 5
"""Rows beyond the number asked for that are looked at, since several may be one person."""


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One referral of the list; `due` is the day of the first call, empty where no programme has a deadline.

    Of one that is open `since` says why nobody waits for that call any more: "joined" a course, "came" to a session,
    was "spoken" with; empty while somebody does.
    """

    referral_id: str
    person_id: str
    name: str
    phone: str
    channel: str
    is_self_referral: bool
    sender: str
    received_on: date
    due: date | None
    state: str
    text: str
    attempts: int
    last_outcome: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a new referral is made from: teams (id, name, municipality) and programmes in force (version id, name)."""

    teams: tuple[tuple[str, str], ...]
    own_team_id: str
    programmes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Somebody known who may be the one asked about, with what agrees and what speaks against it."""

    likeness: Likeness
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact attempt that stands; `corrected` says that it took the place of another, and why."""

    attempt_id: str
    at: datetime
    channel: str
    purpose: str
    outcome: str
    note: str
    topics: tuple[str, ...]
    by: str
    corrected: str


@dataclass(frozen=True, slots=True)
class ContactsOfPerson:
    """What the panel of contacts shows; `merged` are rows that were joined into this person (id, name)."""

    person_id: str
    name: str
    phone: str
    referrals: tuple[ReferralRow, ...]
    contacts: tuple[ContactRow, ...]
    merged: tuple[tuple[str, str], ...]
    duplicates: tuple[Duplicate, ...]


def referrals(reading: Reading, *, today: date, state: str = "open", search: str = "") -> tuple[ReferralRow, ...]:
    """Return referrals of one state (empty: all), those whose call is due first at the top.

    Of those that are open, whose people wait for a call, nobody is named whom nobody may call.
    """
    statement = select(Referral, Person).join(Person, Person.id == Referral.person_id)
    if state:
        statement = statement.where(Referral.state == state)
    silent = silent_of(reading) if state == "open" else frozenset()
    if silent:
        statement = statement.where(~among(Referral.person_id, "silent")).params(silent=listed(sorted(silent)))
    for word in search.split():
        like = f"%{word}%"
        names = (Person.given_name, Person.family_name, Person.nickname, Referral.sender)
        statement = statement.where(or_(*(column.like(like) for column in names)))
    rows = reading.execute(statement.order_by(Referral.received_on.desc()).limit(MOST_ROWS)).all()
    if search.strip():
        note_search(reading, len(rows), what="referrals")
    found = _rows(reading, [(referral, person) for referral, person in rows], today=today)
    note_view(reading, dict.fromkeys(row.person_id for row in found), what="referral")
    return found


def choices(reading: Reading, *, today: date) -> Choices:
    """Return what a new referral may be given."""
    device = reading.scalars(select(Device)).first()
    own = device.team_ids if device is not None else []
    teams = reading.execute(
        select(Team.id, Team.name, Municipality.name.label("municipality"))
        .outerjoin(Municipality, Municipality.id == Team.municipality_id)
        .order_by(Team.name)
    ).all()
    first = next((row.id for row in teams if row.id in own), teams[0].id if teams else "")
    in_force = sorted(
        (programme for programme in programmes(reading).values() if programme.is_in_force(today)),
        key=lambda programme: programme.name.casefold(),
    )
    return Choices(
        teams=tuple((row.id, row.name) for row in teams),
        own_team_id=first,
        programmes=tuple((programme.id, programme.name) for programme in in_force),
    )


def duplicates(reading: Reading, asked: Known, *, today: date) -> tuple[Duplicate, ...]:
    """Return those on this laptop who may be the one asked about, the likeliest first."""
    if not (asked.given_name or asked.nickname or asked.family_name or asked.phone or asked.identifier):
        return ()

    def born(row: Any) -> date | None:
        # Only where there is a day to compare it with: to read it from a number takes longer than everything else.
        return known_birth_date(row.birth_date, row.identifier, today=today) if asked.birth_date else None

    merged: dict[str, str] = {}

    def everybody() -> Iterator[Known]:
        # One after the other: all at once leave holes in the memory, which nothing gives back.
        (rows,) = all_rows_of_each(reading.connection(), (_whoever_may_be_somebody(),))
        for row in rows:
            if row.into:
                merged[row.id] = row.into
            yield Known(
                row.id, row.given_name, row.family_name, row.nickname,
                born(row), row.identifier, row.phone,
            )  # fmt: skip

    found = likely_duplicates(replace(asked, person_id=""), everybody(), most=MOST_OFFERED + MOST_TWINS)
    # A name under which somebody was known before they were joined leads to the one who is kept.
    owner = counts_for(merged)
    kept: dict[str, Likeness] = {}
    for alike in found:
        whom = owner.get(alike.person_id, alike.person_id)
        if whom != asked.person_id:
            kept.setdefault(whom, replace(alike, person_id=whom))
    found = tuple(kept.values())[:MOST_OFFERED]
    teams = _teams(reading, [likeness.person_id for likeness in found])
    people = [(likeness, reading.get_one(Person, likeness.person_id)) for likeness in found]
    return tuple(
        Duplicate(
            likeness,
            shown_name(person),
            " · ".join(part for part in (teams.get(person.id, ""), person.phone) if part),
        )
        for likeness, person in people
    )


@cache
def _whoever_may_be_somebody() -> Select[*tuple[Any, ...]]:
    """Return the question for the rows of everybody who is not anonymous, and `into` whom such a one was joined."""
    kept = aliased(Person)
    return select(
        Person.id,
        Person.given_name,
        Person.family_name,
        Person.nickname,
        Person.birth_date,
        Person.identifier,
        Person.phone,
        select(kept.id)
        .where(kept.id == Person.merged_into_id, kept.anonymised_on.is_(None))
        .scalar_subquery()
        .label("into"),
    ).where(Person.anonymised_on.is_(None))


def contacts_of_person(reading: Reading, person_id: str, *, today: date) -> ContactsOfPerson | None:
    """Return a person's referrals and contacts, with those of rows joined into them; None where they are unknown."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    people = rows_of(reading, person_id)
    rows = reading.execute(
        select(Referral, Person).join(Person, Person.id == Referral.person_id).where(Referral.person_id.in_(people))
    )
    attempts = reading.scalars(
        select(ContactAttempt).where(ContactAttempt.person_id.in_(people)).order_by(ContactAttempt.attempted_at.desc())
    ).all()
    corrected = {attempt.corrects_id for attempt in attempts}
    users = dict(reading.execute(select(User.id, User.name)).all())
    asked = Known(
        person.id, person.given_name, person.family_name, person.nickname,
        known_birth_date(person.birth_date, person.identifier, today=today), person.identifier, person.phone,
    )  # fmt: skip
    return ContactsOfPerson(
        person_id=person_id,
        name=shown_name(person),
        phone=person.phone,
        referrals=_rows(reading, list(rows), today=today),
        contacts=tuple(
            ContactRow(
                attempt_id=attempt.id,
                at=attempt.attempted_at,
                channel=attempt.channel,
                purpose=attempt.purpose,
                outcome=attempt.outcome,
                note=attempt.note,
                topics=tuple(attempt.topics or ()),
                by=users.get(attempt.recorded_by, ""),
                corrected=attempt.reason if attempt.corrects_id else "",
            )
            for attempt in attempts
            if attempt.id not in corrected
        ),
        merged=tuple((row, shown_name(reading.get_one(Person, row))) for row in people[1:] if row != person_id),
        duplicates=() if person.merged_into_id else duplicates(reading, asked, today=today),
    )


def _rows(reading: Reading, found: list[tuple[Referral, Person]], *, today: date) -> tuple[ReferralRow, ...]:
    known = programmes(reading)
    calendars = {
        key: working_days(reading, key) for key in {referral.municipality_id for referral, _ in found} | {None}
    }
    tried: dict[str, list[ContactAttempt]] = {}
    for some in chunks(referral.id for referral, _ in found):
        about = select(ContactAttempt).where(ContactAttempt.referral_id.in_(some))
        for attempt in standing(reading.scalars(about.order_by(ContactAttempt.attempted_at, ContactAttempt.id)).all()):
            tried.setdefault(attempt.referral_id or "", []).append(attempt)
    whom = owners(reading, {person.id for _, person in found})
    since = _since_then(reading, [referral for referral, _ in found if referral.state == "open"], whom)
    rows = []
    for referral, row in found:
        # Under the name of who is kept: it is they who are called.
        person = reading.get(Person, whom[row.id]) or row
        call = first_call(
            referral.received_on,
            behind(known, referral.programme_version_id, today),
            calendar=calendars[referral.municipality_id],
        )
        made = tried.get(referral.id, [])
        rows.append(
            ReferralRow(
                referral_id=referral.id,
                person_id=whom[row.id],
                name=shown_name(person),
                phone=person.phone,
                channel=referral.channel,
                is_self_referral=referral.is_self_referral,
                sender=referral.sender,
                received_on=referral.received_on,
                due=call.due if call is not None else None,
                state=referral.state,
                text=referral.text,
                attempts=len(made),
                last_outcome=made[-1].outcome if made else "",
                since=since.get(referral.id, ""),
            )
        )
    return tuple(
        sorted(rows, key=lambda row: (row.state != "open", row.since != "", row.due or date.max, row.name.casefold()))
    )


def _since_then(reading: Reading, waiting: Sequence[Referral], whom: Mapping[str, str]) -> dict[str, str]:
    """Return of open referrals what happened since that nobody waits for the first call any more."""
    mine = {whom[referral.person_id] for referral in waiting}
    people = {"people": listed(sorted(row_id for row_id, kept in whom.items() if kept in mine))}
    answers = all_rows_of_each(reading.connection(), _what_happened(), people)
    joined, came, talks = (of_each(rows, whom) for rows in answers)
    found = {}
    for referral in waiting:
        own, on = whom[referral.person_id], referral.received_on
        if any(part.left_on is None or part.joined_on >= on for part in joined[own]):
            found[referral.id] = "joined"
        elif any(row.held_on >= on for row in came[own]):
            found[referral.id] = "came"
        elif any(
            talk.outcome in SPOKEN_WITH
            and (talk.referral_id == referral.id or (talk.referral_id is None and day_of(talk.attempted_at) >= on))
            for talk in standing(talks[own])
        ):
            found[referral.id] = "spoken"
    return found


@cache
def _what_happened() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return the questions which courses these "people" joined, when they came, and which first calls there were."""
    return (
        parts_of(),
        select(Attendance.person_id, Session.held_on)
        .join(Session, Session.id == Attendance.session_id)
        .where(among(Attendance.person_id, "people"), Attendance.status == "present"),
        select(
            ContactAttempt.id,
            ContactAttempt.corrects_id,
            ContactAttempt.person_id,
            ContactAttempt.referral_id,
            ContactAttempt.outcome,
            ContactAttempt.attempted_at,
        ).where(among(ContactAttempt.person_id, "people"), ContactAttempt.purpose == "first_call"),
    )


def _teams(reading: Reading, person_ids: list[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for person_id, team in reading.execute(
        select(Membership.person_id, Team.name)
        .join(Team, Team.id == Membership.team_id)
        .where(Membership.person_id.in_(person_ids), Membership.left_on.is_(None))
        .order_by(Team.name)
    ):
        found.setdefault(person_id, []).append(team)
    return {person_id: ", ".join(teams) for person_id, teams in found.items()}
