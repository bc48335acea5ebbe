"""Two municipalities with a team and a place each, every programme, and a clock that is turned."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.clock import DENMARK, TurnedClock
from app.domain.courses import CourseSaid
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Session
from app.models.local import OutboxEntry
from app.models.organisation import Municipality, Place, ProgrammeVersion, Team
from app.models.person import Person
from app.services.close_session import close_session
from app.services.join_course import JoinCourse, join_course
from app.services.make_course import MakeCourse, make_course
from app.services.session_draft import Cell, TypeCell, type_cell
from app.storage.queries.enrolment_facts import enrolment_facts
from invented.cooperation import PROGRAMMES, preset
from tests.empty_store import empty_store

FIRST_DAY = date(2026, 1, 8)
KEY = bytes(range(32))


class Towns:
    """An open store; days are turned by `go_to`, and nothing happens without a use case but people and places."""

    def __init__(self, folder):
        self.clock = TurnedClock(datetime(2026, 1, 8, 9, 0, tzinfo=UTC))
        self.actor = new_id(self.clock)
        self.colleague = new_id(self.clock)
        self.store = empty_store(folder / "pusterum.db", KEY)
        self.municipality, self.other_municipality = new_id(self.clock), new_id(self.clock)
        self.team, self.other_team = new_id(self.clock), new_id(self.clock)
        self.place, self.other_place = new_id(self.clock), new_id(self.clock)
        rows = []
        for municipality, team, place, code, name in (
            (self.municipality, self.team, self.place, "0167", "Hvidovre"),
            (self.other_municipality, self.other_team, self.other_place, "0153", "Brøndby"),
        ):
            rows += [
                Municipality(id=municipality, code=code, name=name),
                Team(id=team, municipality_id=municipality, name=f"Rygestopteam {name}"),
                Place(
                    id=place, team_id=team, municipality_id=municipality, name=f"Værestedet i {name}", kind="vaerested"
                ),
            ]
        for path in sorted(PROGRAMMES.glob("*.toml")):
            fields = preset(path.stem)
            rows.append(
                ProgrammeVersion(
                    id=new_id(self.clock), key=fields["key"], name=fields["name"],
                    valid_from=date.fromisoformat(fields["valid_from"]), rules=fields["rules"],
                )
            )  # fmt: skip
        self.add(*rows)

    @property
    def today(self):
        return self.clock.now().astimezone(DENMARK).date()

    def go_to(self, day, hour=10):
        self.clock.at = datetime(day.year, day.month, day.day, hour, tzinfo=DENMARK).astimezone(UTC)

    def do(self, use_case, *given):
        # A second passes, so that what is done later has a later key.
        self.clock.at += timedelta(seconds=1)
        with self.store.unit_of_work(actor=self.actor, clock=self.clock) as work:
            return use_case(*given, work=work)

    def ask(self, question, *given, **named):
        with self.store.session() as reading:
            return question(reading, *given, **named)

    def rows(self, table, *where):
        with self.store.session() as reading:
            return list(reading.scalars(select(table).where(*where).order_by(*table.__table__.primary_key)))

    def get(self, table, key):
        with self.store.session() as reading:
            return reading.get(table, key)

    def add(self, *rows):
        with self.store.unit_of_work(actor=self.actor, clock=self.clock) as work:
            work.session.add_all(rows)
            work.commit()

    def person(self, name="Kaptajnen", **more):
        self.clock.at += timedelta(seconds=1)
        person_id = new_id(self.clock)
        self.add(
            Person(
                id=person_id, person_id=person_id, nickname=name, registered_at=self.clock.now(),
                **{"residence_municipality_id": self.municipality, **more},
            )
        )  # fmt: skip
        return person_id

    def course(self, *, programme="roegfri_paa_tvaers", planned=6, place=None, starts_on=FIRST_DAY, **more):
        beside = {name: more.pop(name) for name in ("concept", "note", "with_sessions") if name in more}
        said = CourseSaid(
            title=more.pop("title", "Torsdagsholdet"),
            format=more.pop("format", "group"),
            starts_on=starts_on,
            planned_sessions=planned,
            **more,
        )
        command = MakeCourse(place_id=place or self.place, programme=programme, said=said, **beside)
        return self.do(make_course, command)

    def join(self, person_id, course_id, joined_on=None, **more):
        joined = self.do(join_course, JoinCourse(person_id, course_id, joined_on or self.today, **more))
        return joined.enrolment_id

    def sessions(self, course_id):
        with self.store.session() as reading:
            return list(
                reading.scalars(
                    select(Session).where(Session.course_id == course_id).order_by(Session.held_on, Session.id)
                )
            )

    def hold(self, session, *present, absent=()):
        """Go to the session's day and close it with these enrolments there."""
        self.go_to(session.held_on, hour=15)
        for enrolment in present:
            self.do(type_cell, TypeCell(session.id, enrolment, Cell.STATUS, "present"))
        for enrolment in absent:
            self.do(type_cell, TypeCell(session.id, enrolment, Cell.STATUS, "absent"))
        return self.do(close_session, session.id)

    def facts(self, enrolment_id):
        return self.ask(enrolment_facts, [enrolment_id])[enrolment_id]


def refused(towns, use_case, *given):
    """What a use case is refused with, when it has left nothing to be sent."""
    before = len(towns.rows(OutboxEntry))
    with pytest.raises(RuleRefusal) as refusal:
        towns.do(use_case, *given)
    assert len(towns.rows(OutboxEntry)) == before
    return refusal.value
