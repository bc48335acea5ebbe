"""A store with one course and somebody on it, for tests of what is done for a person."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from app.clock import TurnedClock
from app.ids import natural_id, new_id
from app.models.course import Course, Enrolment, Session
from app.models.organisation import ProgrammeVersion
from app.models.person import Membership, Person
from app.settings import DATABASE_NAME
from invented.cooperation import preset
from tests.empty_store import empty_store

NOON = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
KEY = bytes(range(32))


class Office:
    """An open store, a clock that is turned, and one person who joined a course on 1 September 2026."""

    def __init__(self, folder, *, programme="faa_hjaelp_til_rygestop", joined_on=date(2026, 9, 1)):
        self.clock = TurnedClock(NOON)
        self.actor, self.team, self.place = (new_id(self.clock) for _ in range(3))
        folder.mkdir(parents=True, exist_ok=True)
        self.store = empty_store(folder / DATABASE_NAME, KEY)
        self.person = new_id(self.clock)
        self.course = new_id(self.clock)
        self.session = new_id(self.clock)
        version = new_id(self.clock)
        self.enrolment = natural_id("enrolment", self.person, self.course)
        with self.work() as work:
            fields = preset(programme)
            work.session.add_all(
                [
                    ProgrammeVersion(
                        id=version, key=fields["key"], name=fields["name"],
                        valid_from=date.fromisoformat(fields["valid_from"]), rules=fields["rules"],
                    ),
                    Course(
                        id=self.course, team_id=self.team, place_id=self.place, delivering_municipality_id=self.team,
                        programme_version_id=version, title="Café", format="group", starts_on=joined_on,
                    ),
                    Session(
                        id=self.session, team_id=self.team, course_id=self.course, place_id=self.place, number=1,
                        held_on=TODAY,
                    ),
                    Person(
                        id=self.person, person_id=self.person, nickname="Kaptajnen", registered_at=self.clock.now()
                    ),
                    Membership(
                        id=natural_id("membership", self.person, self.team), person_id=self.person, team_id=self.team,
                        joined_on=joined_on,
                    ),
                    Enrolment(
                        id=self.enrolment, person_id=self.person, course_id=self.course, joined_on=joined_on
                    ),
                ]
            )  # fmt: skip
            work.commit()

    def work(self, actor=None):
        # A second passes, so that what is done later has a later key.
        self.clock.at += timedelta(seconds=1)
        return self.store.unit_of_work(actor=actor or self.actor, clock=self.clock)

    def do(self, use_case, command, actor=None):
        with self.work(actor) as work:
            return use_case(command, work=work)

    def ask(self, question, *given, **named):
        with self.store.session() as reading:
            return question(reading, *given, **named)

    def rows(self, table, *where):
        with self.store.session() as reading:
            return list(reading.scalars(select(table).where(*where).order_by(table.id)))

    def add(self, *rows):
        with self.work() as work:
            work.session.add_all(rows)
            work.commit()

    def merge(self, duplicate_id):
        with self.work() as work:
            work.session.add(
                Person(
                    id=duplicate_id,
                    person_id=duplicate_id,
                    nickname="Kaptajn",
                    registered_at=self.clock.now(),
                    merged_into_id=self.person,
                )
            )
            work.commit()
