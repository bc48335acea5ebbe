"""The rules and the calendar that a course is held under."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Reading

from app.domain.programmes import Programme, programme_from_rules, version_on
from app.domain.working_days import WorkingDays
from app.models.organisation import DayOff, ProgrammeVersion


def programme_of(reading: Reading, version_id: str) -> Programme:
    """Return the version that a course began under; one without rules where this laptop does not hold it."""
    row = reading.get(ProgrammeVersion, version_id)
    return _programme(row) if row is not None else programme_from_rules({})


def programmes_on(reading: Reading, on: date) -> tuple[Programme, ...]:
    """Return the one version of each programme that is in force on a day, in order of name."""
    versions = [_programme(row) for row in reading.scalars(select(ProgrammeVersion))]
    found = [version_on(versions, key, on) for key in {version.key for version in versions}]
    return tuple(sorted((version for version in found if version), key=lambda version: version.name))


def calendar_of(reading: Reading, municipality_id: str | None) -> WorkingDays:
    """Return the working days of a municipality: public holidays, the cooperation's days off, and its own."""
    rows = reading.execute(
        select(DayOff.day, DayOff.every_year).where(
            DayOff.municipality_id.is_(None) | (DayOff.municipality_id == municipality_id)
        )
    )
    return WorkingDays.with_days_off((day, every_year) for day, every_year in rows)


def _programme(row: ProgrammeVersion) -> Programme:
    return programme_from_rules(
        row.rules, key=row.key, name=row.name, valid_from=row.valid_from, valid_to=row.valid_to, id=row.id
    )
