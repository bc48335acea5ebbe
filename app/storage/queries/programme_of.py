"""The programme that a course was begun under, and the enrolment that a person's vouchers and weeks belong to."""

from sqlalchemy import select
from sqlalchemy.orm import Session as Reading

from app.domain.programmes import Programme, programme_from_rules
from app.models.course import Course, Enrolment
from app.models.organisation import ProgrammeVersion
from app.storage.queries.same_person import rows_of


def programme_of(reading: Reading, course_id: str) -> Programme | None:
    """Return the version of the programme that the course keeps, None where this laptop does not hold it."""
    course = reading.get(Course, course_id)
    version = reading.get(ProgrammeVersion, course.programme_version_id) if course else None
    if version is None:
        return None
    return programme_from_rules(
        version.rules,
        key=version.key,
        name=version.name,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        id=version.id,
    )


def newest_enrolment(reading: Reading, person_id: str) -> Enrolment | None:
    """Return the enrolment that the person is on now, or was on last."""
    return reading.scalars(
        select(Enrolment)
        .where(Enrolment.person_id.in_(rows_of(reading, person_id)))
        .order_by(Enrolment.left_on.is_not(None), Enrolment.joined_on.desc(), Enrolment.id.desc())
        .limit(1)
    ).first()
