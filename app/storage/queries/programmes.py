"""The cooperation's programmes, every version, and the days on which its people do not work."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, String, cast, select

from app.domain.programmes import Programme, Rule, presets, programme_from_rules, version_on
from app.domain.working_days import WorkingDays
from app.models.course import Course, Enrolment
from app.models.local import Device
from app.models.organisation import DayOff, Municipality, ProgrammeVersion
from app.storage.all_rows import all_rows
from app.storage.engine import Reading

AGREEMENT = "roegfri_paa_tvaers"
"""The agreement between the municipalities holds for every participant where a course's own document is silent."""
NATIONAL_ADVICE = "inspirationsark"


def programmes(reading: Reading) -> dict[str, Programme]:
    """Return every version by its id. Raises KnownProblem("unreadable-rule") where a row cannot be read."""
    return programmes_in(all_rows(reading.connection(), versions()))


def programme_of(reading: Reading, version_id: str) -> Programme:
    """Return the version that a course began under; one without rules where this laptop does not hold it."""
    found = programmes_in(reading.execute(versions().where(ProgrammeVersion.id == version_id)))
    return found[version_id] if found else programme_from_rules({})


def programme_of_enrolment(reading: Reading, enrolment: Enrolment | None) -> Programme | None:
    """Return the version that the course of an enrolment began under, None where this laptop does not hold it."""
    if enrolment is None:
        return None
    of_course = versions().join(Course, Course.programme_version_id == ProgrammeVersion.id)
    found = programmes_in(reading.execute(of_course.where(Course.id == enrolment.course_id)))
    return next(iter(found.values()), None)


def programmes_on(reading: Reading, on: date) -> tuple[Programme, ...]:
    """Return the one version of each programme that is in force on a day, in order of name."""
    known = programmes(reading).values()
    found = [version_on(known, key, on) for key in {version.key for version in known}]
    return tuple(sorted((version for version in found if version), key=lambda version: version.name))


def programmes_in(rows: Iterable[Any]) -> dict[str, Programme]:
    """Return the programmes that stand in the answer to :func:`versions`; raises as :func:`programmes`."""
    return {version_id: _programme(version_id, *said) for version_id, *said in rows}


@cache
def versions() -> Select[*tuple[Any, ...]]:
    """Return the question for every version."""
    return select(
        ProgrammeVersion.id,
        ProgrammeVersion.key,
        ProgrammeVersion.name,
        ProgrammeVersion.valid_from,
        ProgrammeVersion.valid_to,
        cast(ProgrammeVersion.rules, String).label("rules"),
        cast(ProgrammeVersion.removed, String).label("removed"),
    )


@lru_cache(256)
def _programme(
    version_id: str, key: str, name: str, valid_from: date, valid_to: date | None, rules: str, removed: str | None
) -> Programme:
    """Return the programme that these very words of a row say: other words are another programme."""
    return programme_from_rules(
        json.loads(rules),
        key=key,
        name=name,
        valid_from=valid_from,
        valid_to=valid_to,
        id=version_id,
        removed=json.loads(removed) if removed else (),
    )


def behind(known: dict[str, Programme], own_id: str | None, on: date) -> tuple[Programme, ...]:
    """Return the programmes that are asked in turn: one's own, the agreement in force, the national advice."""
    found = [] if own_id is None or own_id not in known else [known[own_id]]
    for key in (AGREEMENT, NATIONAL_ADVICE):
        version = version_on(known.values(), key, on)
        if version is not None and version not in found:
            found.append(version)
    return tuple(found)


def working_days(reading: Reading, municipality_id: str | None) -> WorkingDays:
    """Return when a municipality's people work: the public holidays, the cooperation's days off and its own."""
    return working_days_in(all_rows(reading.connection(), days_off()), municipality_id)


def working_days_in(rows: Iterable[Any], municipality_id: str | None) -> WorkingDays:
    """Return when a municipality's people work by the answer to :func:`days_off`."""
    return WorkingDays.with_days_off(
        (day, every_year) for whose, day, every_year in rows if whose in (None, municipality_id)
    )


@cache
def days_off() -> Select[*tuple[Any, ...]]:
    """Return the question for the days off of the cooperation and of each municipality: some dozen at most."""
    return select(DayOff.municipality_id, DayOff.day, DayOff.every_year)


def rules_said(reading: Reading, keys: Iterable[str], *, today: date, course_id: str = "") -> tuple[Rule, ...]:
    """Return these rules in the order of the keys, each as every programme has it; what is the same is said once.

    A course's are those of the version it began under and of the agreement behind it. Elsewhere they are those of every
    programme that has begun, in its newest version: what a project that is over aimed at is still read.
    """
    known = programmes(reading)
    course = reading.get(Course, course_id) if course_id else None
    asked = behind(known, course.programme_version_id, today) if course is not None else _newest_of_each(known, today)
    found: dict[tuple[str, str, str], Rule] = {}
    for key in keys:
        for programme in asked:
            rule = programme.rule(key)
            if rule is not None:
                found.setdefault((key, rule.source, str(rule.value)), rule)
    return tuple(found.values())


def _newest_of_each(known: dict[str, Programme], today: date) -> tuple[Programme, ...]:
    """Return the newest version of each programme that has begun, those in force before those that are over."""
    newest: dict[str, Programme] = {}
    for version in sorted(known.values(), key=lambda version: (version.valid_from, version.id)):
        if version.valid_from <= today:
            newest[version.key] = version
    return tuple(sorted(newest.values(), key=lambda found: (not found.is_in_force(today), found.name.casefold())))


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a programme, how many courses began under it, and its rules."""

    programme: Programme
    courses: int
    is_in_force: bool
    is_newest: bool
    removed: tuple[tuple[str, str, str], ...] = ()
    """(rule, who decided it, why) of the rules that this version left out."""


@dataclass(frozen=True, slots=True)
class DayOffRow:
    """One day off; `municipality` is empty where it holds for the whole cooperation."""

    day_off_id: str
    name: str
    day: date | None
    every_year: str
    municipality: str


@dataclass(frozen=True, slots=True)
class ProgrammesPage:
    """What the coordinator sees: versions, presets not taken yet, days off, municipalities (id, name)."""

    may_change: bool
    versions: tuple[VersionRow, ...]
    untaken: tuple[str, ...]
    days_off: tuple[DayOffRow, ...]
    municipalities: tuple[tuple[str, str], ...]


def programmes_page(reading: Reading, *, today: date) -> ProgrammesPage:
    """Return everything on the screen of programmes, versions newest first within each programme."""
    known = programmes(reading)
    counted: dict[str, int] = {}
    for version_id in reading.scalars(select(Course.programme_version_id)):
        counted[version_id] = counted.get(version_id, 0) + 1
    newest = {key: max(p.valid_from for p in known.values() if p.key == key) for key in {p.key for p in known.values()}}
    versions = sorted(known.values(), key=lambda p: (p.name.casefold(), -p.valid_from.toordinal()))
    municipalities = reading.execute(select(Municipality.id, Municipality.name).order_by(Municipality.name)).all()
    names = {row.id: row.name for row in municipalities}
    device = reading.scalars(select(Device)).first()
    removed = {
        row.id: tuple((key, said.get("source", ""), said.get("reason", "")) for key, said in row.removed.items())
        for row in reading.execute(select(ProgrammeVersion.id, ProgrammeVersion.removed))
        if row.removed
    }
    return ProgrammesPage(
        may_change=device is not None and device.role == "coordinator",
        versions=tuple(
            VersionRow(
                programme=programme,
                courses=counted.get(programme.id, 0),
                is_in_force=version_on(known.values(), programme.key, today) is programme,
                is_newest=programme.valid_from == newest[programme.key],
                removed=removed.get(programme.id, ()),
            )
            for programme in versions
        ),
        untaken=tuple(key for key in presets() if key not in newest),
        days_off=tuple(
            DayOffRow(row.id, row.name, row.day, row.every_year, names.get(row.municipality_id or "", ""))
            for row in reading.scalars(select(DayOff).order_by(DayOff.every_year, DayOff.day))
        ),
        municipalities=tuple((row.id, row.name) for row in municipalities),
    )
