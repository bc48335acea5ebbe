"""What came in: the list, a letter's file, the letters it belongs to, and who it may be about."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, func, or_, select, text

from app.domain.first_contact import first_call
from app.domain.identifiers import birth_date, known_birth_date
from app.domain.incoming import IncomingLetter, Known, Match, Relation, candidates, relations
from app.domain.sounds import sound_key, words_of
from app.models.letter import IncomingMessage
from app.models.organisation import Team
from app.models.person import Person
from app.storage.all_rows import all_rows
from app.storage.engine import Reading
from app.storage.queries.names import shown_name
from app.storage.queries.programmes import behind, programmes, working_days
from app.storage.queries.same_person import owners

MOST_SHOWN: Final = 500
MOST_CANDIDATES: Final = 10
MOST_COMPARED: Final = 200
"""Names compared with a letter's, the likeliest first; more than these share no rare word with it."""
OPEN: Final = ("new", "unreadable")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One letter of the list; `reason` is why it could not be read."""

    message_id: str
    state: str
    type: str
    sender: str
    person: str
    subject: str
    received_at: datetime
    reason: str
    file_name: str


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """Somebody whom a letter may be about, and how sure that is."""

    person_id: str
    name: str
    identifier: str
    birth_date: date | None
    match: Match
    is_dead: bool


@dataclass(frozen=True, slots=True)
class ShownRelation:
    """What a letter is to another one, which came at `received_at`."""

    relation: Relation
    message_id: str
    received_at: datetime
    file_name: str
    state: str


def inbox(reading: Reading, *, only_open: bool = True) -> tuple[InboxRow, ...]:
    """Return the letters, newest first, at most `MOST_SHOWN`."""
    columns = (
        IncomingMessage.id, IncomingMessage.state, IncomingMessage.type, IncomingMessage.sender,
        IncomingMessage.person_name, IncomingMessage.subject, IncomingMessage.received_at, IncomingMessage.reason,
        IncomingMessage.file_name,
    )  # fmt: skip
    newest_first = (IncomingMessage.received_at.desc(), IncomingMessage.file_hash, IncomingMessage.letter_number)
    statement = select(*columns).order_by(*newest_first)
    if only_open:
        statement = statement.where(IncomingMessage.state.in_(OPEN))
    return tuple(InboxRow(*row) for row in reading.execute(statement.limit(MOST_SHOWN)))


def count_open(reading: Reading) -> int:
    """Return how many letters wait for somebody."""
    ((waiting,),) = all_rows(reading.connection(), _waiting())
    return int(waiting)


@cache
def _waiting() -> Select[*tuple[Any, ...]]:
    return select(func.count()).select_from(IncomingMessage).where(IncomingMessage.state.in_(OPEN))


def content_of(reading: Reading, message: IncomingMessage) -> bytes:
    """Return the file's bytes as they came; the first letter of a file carries them for all."""
    content = message.content or reading.scalar(
        select(IncomingMessage.content).where(
            IncomingMessage.file_hash == message.file_hash,
            IncomingMessage.team_id == message.team_id,
            IncomingMessage.letter_number == 0,
        )
    )
    return base64.b64decode(content or "")


def original(reading: Reading, message_id: str) -> tuple[str, bytes]:
    """Return a letter's file: its name and its bytes as they came; empty where the letter is gone."""
    message = reading.get(IncomingMessage, message_id)
    return (message.file_name, content_of(reading, message)) if message else ("", b"")


def first_contact_due(reading: Reading, received: date, *, team_id: str) -> date | None:
    """Return the last day for the first call, as the list of what is due will have it; None where no rule sets one."""
    team = reading.get(Team, team_id)
    calendar = working_days(reading, team.municipality_id if team else None)
    call = first_call(received, behind(programmes(reading), None, received), calendar=calendar)
    return call.due if call else None


def who_it_may_be(
    reading: Reading, *, given_name: str, family_name: str, identifier: str, today: date
) -> tuple[ShownCandidate, ...]:
    """Return the people of this laptop whom a letter with this name and number may be about, surest first."""
    terms = " OR ".join(
        f'name : "{word}"* OR sound : "{sound_key(word)}"' if sound_key(word) else f'name : "{word}"*'
        for word in words_of(f"{given_name} {family_name}")
    )
    named = (
        reading.scalars(
            text(
                "SELECT key.person_id FROM person_index JOIN person_index_key AS key "
                "ON key.number = person_index.rowid WHERE person_index MATCH :terms ORDER BY rank LIMIT :most"
            ),
            {"terms": terms, "most": MOST_COMPARED},
        ).all()
        if terms
        else []
    )
    numbered = reading.scalars(select(Person.id).where(Person.identifier == identifier)).all() if identifier else []
    # A name or a number under which somebody was known before two rows were joined leads to the one who is kept.
    whom = owners(reading, {*named, *numbered})
    people = {person.id: person for person in reading.scalars(select(Person).where(Person.id.in_(sorted(whom))))}
    born = {row_id: known_birth_date(row.birth_date, row.identifier, today=today) for row_id, row in people.items()}
    matches = candidates(
        (
            Known(row_id, row.given_name, row.family_name, row.identifier, born[row_id])
            for row_id, row in people.items()
        ),
        given_name=given_name,
        family_name=family_name,
        identifier=identifier,
        birth_date=birth_date(identifier),
    )
    surest: dict[str, ShownCandidate] = {}
    for match in matches:
        kept = whom[match.person_id] if whom[match.person_id] in people else match.person_id
        shown = ShownCandidate(
            person_id=kept,
            name=shown_name(people[kept]),
            identifier=people[kept].identifier,
            birth_date=born[kept],
            match=match.match,
            is_dead=people[kept].deceased_on is not None,
        )
        surest.setdefault(kept, shown)
    return tuple(surest.values())[:MOST_CANDIDATES]


def related_messages(reading: Reading, message: IncomingMessage) -> tuple[ShownRelation, ...]:
    """Return what a letter is to others: sent twice, correcting, corrected."""
    same = [IncomingMessage.letter_id == message.letter_id] if message.letter_id else []
    if message.envelope_id:
        same.append(IncomingMessage.envelope_id == message.envelope_id)
    if message.care_id and message.person_identifier:
        same.append(
            (IncomingMessage.care_id == message.care_id)
            & (IncomingMessage.person_identifier == message.person_identifier)
        )
    if not same:
        return ()
    others: Sequence[IncomingMessage] = reading.scalars(
        select(IncomingMessage)
        .where(or_(*same), IncomingMessage.id != message.id, IncomingMessage.team_id == message.team_id)
        .order_by(IncomingMessage.received_at)
        .limit(50)
    ).all()
    by_id = {other.id: other for other in others}
    return tuple(
        ShownRelation(
            relation=found.relation,
            message_id=found.other_id,
            received_at=by_id[found.other_id].received_at,
            file_name=by_id[found.other_id].file_name,
            state=by_id[found.other_id].state,
        )
        for found in relations(facts_of(message), [facts_of(other) for other in others])
    )


def facts_of(message: IncomingMessage) -> IncomingLetter:
    """Return what of a letter decides how it belongs to others."""
    return IncomingLetter(
        id=message.id,
        file_hash=message.file_hash,
        sender=message.sender_identifier,
        envelope_id=message.envelope_id,
        letter_id=message.letter_id,
        status=message.status,
        care_id=message.care_id,
        person=message.person_identifier,
        text_hash=message.text_hash,
        written=message.written,
        is_in_thread=message.standard == "FHIR",
    )
