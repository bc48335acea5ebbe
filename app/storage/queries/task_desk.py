"""What every question about tasks needs: the store, the day, the programmes, and whom a person's row counts for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Exists, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.domain.consents import Answer, ConsentFact, Kind, Standing
from app.domain.consents import standing as how_they_stand
from app.domain.first_contact import SPOKEN_WITH
from app.domain.programmes import Programme
from app.domain.same_person import counts_for
from app.domain.working_days import WorkingDays
from app.models.course import Enrolment
from app.models.local import Device
from app.models.organisation import Team
from app.models.person import Consent, Person
from app.storage.all_rows import all_rows, all_rows_of_each
from app.storage.engine import Reading
from app.storage.listed import among, listed
from app.storage.queries.programmes import behind, days_off, programmes_in, versions, working_days_in
from app.storage.queries.same_person import of_each, owners, rows_of

TALKED = tuple(sorted(SPOKEN_WITH))
"""What comes of a call in which one spoke with the person."""


@dataclass(slots=True)
class TaskDesk:
    """The programmes of the laptop, its working days, and the people who were merged into others."""

    reading: Reading
    connection: Connection
    today: date
    known: dict[str, Programme]
    calendar: WorkingDays
    owner: dict[str, str]
    twins: dict[str, list[str]]
    silent: frozenset[str]
    """People whom nobody has a task about: dead, restricted or made anonymous, whichever of their rows says so."""
    team_ids: tuple[str, ...]
    is_coordinator: bool
    _days_off: Sequence[Any]
    only: tuple[str, ...] = ()
    """The rows of the one person that is asked about; empty where everybody is."""
    _behind: dict[str | None, tuple[Programme, ...]] = field(default_factory=dict)
    _calendars: dict[str | None, WorkingDays] = field(default_factory=dict)
    _said: dict[str, Mapping[Kind, Standing]] | None = None

    def ask(
        self,
        statement: Select[*tuple[Any, ...]],
        whose: InstrumentedAttribute[str],
        values: Mapping[str, Any] | None = None,
    ) -> Sequence[Any]:
        """Put a question to the store: about everybody, or about the one person, whose rows an index then finds."""
        if self.only:
            return self.connection.execute(statement.where(whose.in_(self.only)), values).all()
        return self.ask_all(statement, values)

    def ask_all(self, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """Put a question that is kept to the store, about nobody, or about whom it names by itself."""
        return all_rows(self.connection, statement, values)

    def ask_each(
        self,
        *questions: tuple[Select[*tuple[Any, ...]], InstrumentedAttribute[str]],
        values: Mapping[str, Any],
    ) -> Iterator[Iterable[Any]]:
        """Put several questions to the store, about everybody in one statement, and read one answer after the other.

        A row is there when it is come to, once. While the store answers, the window has the interpreter to itself;
        between two statements they take turns.
        """
        if self.only:
            return (self.ask(statement, whose, values) for statement, whose in questions)
        return all_rows_of_each(self.connection, tuple(statement for statement, _whose in questions), values)

    def ask_about(
        self,
        statement: Select[*tuple[Any, ...]],
        name: str,
        wanted: Collection[str],
        values: Mapping[str, Any] | None = None,
    ) -> Sequence[Any]:
        """Put a question to the store about these alone, :func:`among` whom it looks under this name."""
        return self.ask_all(statement, {name: listed(sorted(wanted)), **(values or {})}) if wanted else ()

    def known_of_each(
        self, question: Select[*tuple[Any, ...]], rows: Collection[str], values: Mapping[str, Any] | None = None
    ) -> dict[str, list[Any]]:
        """Return what a question about "people" finds in these rows, by the person that each row counts for."""
        return of_each(self.ask_about(question, "people", rows, values), self.owner)

    def rules(self, version_id: str | None) -> tuple[Programme, ...]:
        """Return the programmes that are asked for a course or referral of this version."""
        if version_id not in self._behind:
            self._behind[version_id] = behind(self.known, version_id, self.today)
        return self._behind[version_id]

    def working_days(self, municipality_id: str | None) -> WorkingDays:
        """Return when a municipality's people work; the laptop's own where none is named."""
        if municipality_id is None:
            return self.calendar
        if municipality_id not in self._calendars:
            self._calendars[municipality_id] = working_days_in(self._days_off, municipality_id)
        return self._calendars[municipality_id]

    def next_anywhere(self) -> date:
        """Return the latest of the days on which people work next, of all that have days off of their own."""
        whose = {None, *(whose for whose, *_day in self._days_off)}
        return max(self.working_days(municipality_id).next(self.today) for municipality_id in whose)

    def whom(self, person_id: str) -> str:
        """Return the person that a row of a person counts for."""
        return self.owner.get(person_id, person_id)

    @property
    def merged(self) -> frozenset[str]:
        """The rows of everybody who has more than one."""
        return frozenset(self.owner) | self.twins.keys()

    def consents(self, person_id: str) -> Mapping[Kind, Standing] | None:
        """Return how the consents of somebody of several rows stand, by the answers in all of them.

        Of whoever has one row only it is None: there the question itself has asked what stands in it.
        """
        if not self.twins:
            return None
        if self._said is None:
            said: dict[str, list[ConsentFact]] = {whom: [] for whom in self.twins}
            for person, *fact in self.ask_about(answers_of(), "people", self.merged):
                said[self.whom(person)].append(ConsentFact(*fact))
            self._said = {whom: how_they_stand(facts) for whom, facts in said.items()}
        return self._said.get(self.whom(person_id))

    def may_text(self, person_id: str, *, by_this_row: bool) -> bool:
        """Return whether somebody may be texted, as this row says; of several rows an answer in any of them counts."""
        stand = self.consents(person_id)
        answer = Answer.NOT_ASKED if stand is None else stand[Kind.SMS].answer
        return by_this_row if answer is Answer.NOT_ASKED else answer is Answer.GIVEN

    def with_twins(self, people: Collection[str]) -> set[str]:
        """Return the rows of these people, those that were merged into them included."""
        return {row for person in people for row in (person, *self.twins.get(person, ()))}


def task_desk(reading: Reading, today: date, *, person_id: str = "") -> TaskDesk:
    """Read what the questions need, about everybody or about one person and the rows that were merged into them."""
    connection = reading.connection()
    only: tuple[str, ...] = ()
    if person_id:
        only = rows_of(reading, person_id)
        kept, *merged = only
        owner = dict.fromkeys(merged, kept)
        laptop, municipality, known, days = all_rows_of_each(connection, _of_laptop())
        silent: Iterable[Any] = connection.execute(silent_people().where(Person.id.in_(only))).all()
    else:
        answers = all_rows_of_each(connection, (*_of_laptop(), _merged(), silent_people()))
        laptop, municipality, known, days, into, silent = answers
        owner = counts_for(dict(into))
    twins: dict[str, list[str]] = defaultdict(list)
    for duplicate, kept in owner.items():
        twins[kept].append(duplicate)
    device, first, off = next(laptop, None), next(municipality, None), tuple(days)
    return TaskDesk(
        reading,
        connection,
        today,
        programmes_in(known),
        working_days_in(off, first.municipality_id if first else None),
        owner,
        dict(twins),
        frozenset(owner.get(person.id, person.id) for person in silent),
        tuple(sorted(device.team_ids)) if device else (),
        device is not None and device.role == "coordinator",
        off,
        only,
    )


@cache
def _of_laptop() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return the questions for the laptop, its first municipality, the programmes and the days off."""
    teams = func.json_each(Device.team_ids).table_valued("value")
    theirs = select(teams.c.value).select_from(Device).join(teams, true())
    return (
        select(Device.role, Device.team_ids),
        select(Team.municipality_id).where(Team.id.in_(theirs)).order_by(Team.id).limit(1),
        versions(),
        days_off(),
    )


@cache
def silent_people() -> Select[*tuple[Any, ...]]:
    """Return the question for the rows of whom nobody has a task: dead, restricted or made anonymous."""
    return select(Person.id).where(
        or_(Person.deceased_on.is_not(None), Person.restricted_on.is_not(None), Person.anonymised_on.is_not(None))
    )


def silent_of(reading: Reading) -> frozenset[str]:
    """Return every row of the people of whom nobody has a task, whichever of their rows says so."""
    rows = reading.scalars(silent_people()).all()
    return frozenset(owners(reading, rows)) if rows else frozenset()


@cache
def _merged() -> Select[*tuple[Any, ...]]:
    # "Not null" alone would make SQLite walk through everybody.
    return select(Person.id, Person.merged_into_id).where(Person.merged_into_id > "")


@cache
def answers_of() -> Select[*tuple[Any, ...]]:
    """Return the question what these "people" have said to any question of consent."""
    return select(
        Consent.person_id,
        Consent.id,
        Consent.kind,
        Consent.answer,
        Consent.answered_on,
        Consent.manner,
        Consent.information_given,
        Consent.corrects_id,
    ).where(among(Consent.person_id, "people"))


@cache
def parts_of() -> Select[*tuple[Any, ...]]:
    """Return the question in which courses these "people" have or had a part."""
    return select(
        Enrolment.person_id,
        Enrolment.id,
        Enrolment.course_id,
        Enrolment.joined_on,
        Enrolment.left_on,
        Enrolment.closing_reason,
        Enrolment.moved_from_id,
    ).where(among(Enrolment.person_id, "people"))


def has_consent(person_id: InstrumentedAttribute[str], kind: str, *answers: str, is_informed: bool = False) -> Exists:
    """Return the question whether somebody's latest answer is one of these; with none, whether there is any answer.

    `is_informed` asks besides whether the written information was handed over, with this answer or another.

    As in :func:`app.domain.consents.standing` an answer that was corrected supersedes none, whatever its day.
    """
    said, newer, other = aliased(Consent), aliased(Consent), aliased(Consent)
    any_answer = select(said.id).where(said.person_id == person_id, said.kind == kind)
    if not answers:
        return exists(any_answer)
    is_corrected = exists(
        select(other.id).where(
            other.person_id == newer.person_id, other.kind == newer.kind, other.corrects_id == newer.id
        )
    )
    is_later = or_(
        newer.answered_on > said.answered_on, and_(newer.answered_on == said.answered_on, newer.id > said.id)
    )
    is_superseded = exists(
        select(newer.id).where(
            newer.person_id == said.person_id,
            newer.kind == said.kind,
            or_(newer.corrects_id == said.id, and_(is_later, ~is_corrected)),
        )
    )
    found = any_answer.where(said.answer.in_(answers), ~is_superseded)
    if is_informed:
        found = found.where(or_(said.information_given.is_(True), was_informed(said.person_id, kind)))
    return exists(found)


def was_informed(person_id: InstrumentedAttribute[str], kind: str) -> Exists:
    """Return the question whether somebody was given the written information with any answer that stands."""
    said, other = aliased(Consent), aliased(Consent)
    is_corrected = exists(
        select(other.id).where(other.person_id == said.person_id, other.kind == said.kind, other.corrects_id == said.id)
    )
    return exists(
        select(said.id).where(
            said.person_id == person_id, said.kind == kind, said.information_given.is_(True), ~is_corrected
        )
    )


def stands(fact: Any) -> ColumnElement[bool]:
    """Return the condition that no other fact of the same person corrects this one."""
    newer = aliased(fact)
    return ~exists(select(newer.id).where(newer.person_id == fact.person_id, newer.corrects_id == fact.id))


def standing_of_people(table: Any) -> ColumnElement[bool]:
    """Return the condition that a fact is one of these "people"'s and stands: not corrected, taking nothing back."""
    # Asked for each row whether a newer one corrects it, all rows of the person would be walked through for each.
    newer = aliased(table)
    corrected = select(newer.corrects_id).where(among(newer.person_id, "people"), newer.corrects_id.is_not(None))
    return and_(among(table.person_id, "people"), table.id.not_in(corrected), table.taken_back.is_(False))
