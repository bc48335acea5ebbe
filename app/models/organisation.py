"""The cooperation as the laptop knows it: municipalities, teams, colleagues, programmes and places."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class Municipality(Synced, Base):
    """A municipality of the cooperation; `code` is its four digits with the leading zero, as text."""

    __tablename__ = "municipality"
    entity = "municipality"

    code: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(120))


class Team(Synced, Base):
    """Counsellors of one municipality who share places and people."""

    __tablename__ = "team"
    entity = "team"

    municipality_id: Mapped[str] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(120))


class User(Synced, Base):
    """A colleague: counsellor, coordinator or auditor."""

    __tablename__ = "user"
    entity = "user"

    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    phone: Mapped[str] = mapped_column(String(40), default="")
    education: Mapped[str] = mapped_column(String(60), default="")


class DayOff(Synced, Base):
    """A day on which a municipality's own staff do not work, beside the public holidays.

    Either `day` for one year, or `every_year` as "MM-DD"; without a municipality it holds for the whole cooperation.
    """

    __tablename__ = "day_off"
    entity = "day_off"

    municipality_id: Mapped[str | None] = mapped_column(String(36))
    day: Mapped[date | None]
    every_year: Mapped[str] = mapped_column(String(5), default="")
    name: Mapped[str] = mapped_column(String(120), default="")


class ProgrammeVersion(Synced, Base):
    """One version of a programme's rules; a course keeps the version it began under.

    `removed` are the rules that a version before had and this one has not, each with `source` (who decided it) and
    `reason`.
    """

    __tablename__ = "programme_version"
    entity = "programme_version"

    key: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    removed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Place(Synced, Base):
    """Where people already are: drop-in centre, housing facility, addiction centre, shelter and more."""

    __tablename__ = "place"
    entity = "place"

    team_id: Mapped[str] = mapped_column(String(36), index=True)
    municipality_id: Mapped[str] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(default="")
    closed_on: Mapped[date | None]


class PlaceContact(Synced, Base):
    """A contact person at a place, such as the tovholder that S3 asks every place to appoint."""

    __tablename__ = "place_contact"
    entity = "place_contact"

    team_id: Mapped[str] = mapped_column(String(36))
    place_id: Mapped[str] = mapped_column(String(36), index=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(60), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(200), default="")


class PlaceCycle(Synced, Base):
    """One run of S3's steps at a place, from mapping to follow-up meeting; `number` counts the rounds from 1.

    `state`: running, finished or stopped.
    """

    __tablename__ = "place_cycle"
    entity = "place_cycle"

    team_id: Mapped[str] = mapped_column(String(36), index=True)
    place_id: Mapped[str] = mapped_column(String(36), index=True)
    programme_version_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int] = mapped_column(default=1)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20), default="running")
    note: Mapped[str] = mapped_column(default="")


class PlaceCycleStep(Synced, Base):
    """One step of a place's cycle. Natural key: cycle, step, number (three café visits are numbers 1 to 3).

    `state`: planned, done or skipped; `course_id` names the course that the step became.
    """

    __tablename__ = "place_cycle_step"
    entity = "place_cycle_step"

    team_id: Mapped[str] = mapped_column(String(36))
    cycle_id: Mapped[str] = mapped_column(String(36), index=True)
    step: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(default=1)
    planned_on: Mapped[date | None]
    done_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20), default="planned")
    contact_id: Mapped[str | None] = mapped_column(String(36))
    course_id: Mapped[str | None] = mapped_column(String(36))
    note: Mapped[str] = mapped_column(default="")


class OutreachVisit(Synced, Base):
    """A visit without named people: house meeting, café visit or workshop, counted and nothing more.

    Every count is of people or things; `brief_advice` counts talks with ask, advise, refer.
    """

    __tablename__ = "outreach_visit"
    entity = "outreach_visit"

    team_id: Mapped[str] = mapped_column(String(36))
    place_id: Mapped[str] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    visited_on: Mapped[date]
    visitors: Mapped[int] = mapped_column(default=0)
    talks: Mapped[int] = mapped_column(default=0)
    leaflets: Mapped[int] = mapped_column(default=0)
    brief_advice: Mapped[int] = mapped_column(default=0)
    interested: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int | None]
    cycle_step_id: Mapped[str | None] = mapped_column(String(36))
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class TeamTaskState(Synced, Base):
    """What somebody decided about a computed task of a team: done, dismissed with a reason, or put off.

    Natural key: team, key. The task itself is never stored; `task_key` is the key that it is computed under.
    """

    __tablename__ = "team_task_state"
    entity = "team_task_state"

    team_id: Mapped[str] = mapped_column(String(36), index=True)
    task_key: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))
    until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(36))
