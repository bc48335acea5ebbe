"""The cooperation as the laptop knows it: municipalities, teams, colleagues, programmes and places."""

from datetime import date
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


class ProgrammeVersion(Synced, Base):
    """One version of a programme's rules; a course keeps the version it began under (design §3)."""

    __tablename__ = "programme_version"
    entity = "programme_version"

    key: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)


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


class PlaceContact(Synced, Base):
    """A contact person at a place, such as the tovholder that S3 asks every place to appoint."""

    __tablename__ = "place_contact"
    entity = "place_contact"

    team_id: Mapped[str] = mapped_column(String(36))
    place_id: Mapped[str] = mapped_column(String(36), index=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(60), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")


class OutreachVisit(Synced, Base):
    """A visit without named people: house meeting, café visit or workshop, counted and nothing more."""

    __tablename__ = "outreach_visit"
    entity = "outreach_visit"

    team_id: Mapped[str] = mapped_column(String(36))
    place_id: Mapped[str] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    visited_on: Mapped[date]
    visitors: Mapped[int] = mapped_column(default=0)
    talks: Mapped[int] = mapped_column(default=0)
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
