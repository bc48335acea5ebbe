"""Celebrate: make a diploma of somebody's course, once, and the same one on every reprint."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select

from app.clock import today
from app.documents.diploma import DiplomaContent, diploma_pdf, diploma_texts, refuse_nameless
from app.documents.serial import serial_number
from app.domain.access_chain import Action
from app.errors import RuleRefusal
from app.i18n import format_day_long, in_language
from app.ids import new_id
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.local import Device
from app.models.organisation import Place, User
from app.models.person import Person
from app.storage.access_log import Access
from app.storage.engine import UnitOfWork


@dataclass(frozen=True, slots=True)
class IssueDiploma:
    """Whose course is celebrated, and the language of the diploma ("da" or "en") where it is made now."""

    enrolment_id: str
    language: str


@dataclass(frozen=True, slots=True)
class DiplomaIssued:
    """The diploma, yet to be drawn, and what it is called; `is_reprint` where it had been made before."""

    serial: str
    name: str
    drawing: Callable[[], bytes]
    """Draws the PDF (one A4 page) from what stands on it alone, here or in another process."""
    is_reprint: bool
    person_id: str = ""

    @property
    def pdf(self) -> bytes:
        """Draw the PDF here and now."""
        return self.drawing()


def issue_diploma(command: IssueDiploma, *, work: UnitOfWork) -> DiplomaIssued:
    """Make the diploma or find the one that was made, ready to be drawn.

    Raises RuleRefusal "no-such-course" where the enrolment is not on this laptop, "empty-name" where nobody is named.
    """
    enrolment = work.session.get(Enrolment, command.enrolment_id)
    course = work.session.get(Course, enrolment.course_id) if enrolment else None
    person = work.session.get(Person, enrolment.person_id) if enrolment else None
    if enrolment is None or course is None or person is None:
        raise RuleRefusal("no-such-course", field="enrolment_id")
    # The corrected one is left out: its correction carries the serial that counts.
    corrected = select(Diploma.corrects_id).where(Diploma.corrects_id.is_not(None))
    made = work.session.scalars(
        select(Diploma)
        .where(Diploma.enrolment_id == enrolment.id, Diploma.id.not_in(corrected))
        .order_by(Diploma.id)
        .limit(1)
    ).first()
    is_reprint = made is not None
    if made is None:
        made = _new_diploma(person, enrolment, command.language, work=work)
        work.session.add(made)
    content = _content(made, course, work=work)
    refuse_nameless(content)
    work.log(Access(Action.VIEW, made.person_id, "paper: diploma"))
    work.commit()
    return DiplomaIssued(made.serial, made.name, partial(diploma_pdf, content), is_reprint, made.person_id)


def _new_diploma(person: Person, enrolment: Enrolment, language: str, *, work: UnitOfWork) -> Diploma:
    diploma_id = new_id(work.clock)
    on = today(work.clock)
    return Diploma(
        id=diploma_id,
        person_id=person.id,
        enrolment_id=enrolment.id,
        name=f"{person.given_name} {person.family_name}".strip() or person.nickname,
        serial=serial_number(diploma_id, on.year),
        issued_on=on,
        language=language,
        recorded_by=work.actor,
    )


def _content(made: Diploma, course: Course, *, work: UnitOfWork) -> DiplomaContent:
    meetings = work.session.scalar(
        select(func.count()).where(
            Attendance.enrolment_id == made.enrolment_id,
            Attendance.status == "present",
            # Counted to the diploma's own day, so that a reprint says what the original said.
            Attendance.session_id.in_(select(Session.id).where(Session.held_on <= made.issued_on)),
        )
    )
    place = work.session.get(Place, course.place_id)
    counsellor = work.session.get(User, made.recorded_by)
    device = work.session.scalars(select(Device)).first()
    texts = diploma_texts(made.language, meetings=meetings or 0)
    with in_language(made.language):
        date_text = format_day_long(made.issued_on)
    return DiplomaContent(
        name=made.name,
        heading=texts.heading,
        lead=texts.lead,
        sentences=texts.sentences,
        course_title=course.title,
        place=place.name if place else "",
        date_text=date_text,
        counsellor=counsellor.name if counsellor else "",
        counsellor_title=texts.counsellor_title,
        cooperation=device.cooperation_name if device else "",
        serial=made.serial,
        language=made.language,
    )
