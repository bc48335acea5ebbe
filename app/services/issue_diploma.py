"""Celebrate: make a diploma of somebody's course, once, and the same one on every reprint.

It is drawn before it is issued: whoever has one in the records has had one that could be printed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select

from app.clock import today
from app.documents.diploma import DiplomaContent, diploma_pdf, diploma_texts, diplomas_pdf, refuse_nameless
from app.documents.serial import serial_number
from app.domain.access_chain import Action
from app.domain.same_person import parts_as_one
from app.errors import RuleRefusal
from app.i18n import format_day_long, in_language
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.local import Device
from app.models.organisation import Place, User
from app.storage.access_log import Access
from app.storage.engine import UnitOfWork
from app.storage.queries.papers import full_name
from app.storage.queries.same_person import rows_of, whole_person


@dataclass(frozen=True, slots=True)
class IssueDiploma:
    """Whose course is celebrated, and the language ("da" or "en") and the key of the diploma where it is made now."""

    enrolment_id: str
    language: str
    diploma_id: str


@dataclass(frozen=True, slots=True)
class DiplomaMade:
    """What stands on a diploma that is issued or about to be; two that are equal are drawn the same."""

    content: DiplomaContent
    person_id: str

    @property
    def serial(self) -> str:
        """Return its number."""
        return self.content.serial

    @property
    def name(self) -> str:
        """Return whom it names."""
        return self.content.name

    @property
    def pdf(self) -> bytes:
        """Draw the PDF here and now."""
        return diploma_pdf(self.content)


def drawing_of(diplomas: Sequence[DiplomaMade]) -> Callable[[], bytes]:
    """Return what draws one PDF (an A4 page each) from what stands on them alone, here or in another process."""
    return partial(diplomas_pdf, tuple(made.content for made in diplomas))


def draft_diplomas(commands: Sequence[IssueDiploma], *, work: UnitOfWork) -> tuple[DiplomaMade, ...]:
    """Return the diplomas that were issued, or those that would be; nothing is written.

    Raises RuleRefusal "no-such-course" where an enrolment is not on this laptop, "empty-name" where nobody is named.
    """
    return tuple(_diploma(command, work=work)[1] for command in commands)


def issue_diplomas(commands: Sequence[IssueDiploma], *, work: UnitOfWork) -> tuple[DiplomaMade, ...]:
    """Issue diplomas, all or none, or find those that were issued; raises what :func:`draft_diplomas` raises."""
    issued = []
    for command in commands:
        diploma, made = _diploma(command, work=work)
        work.session.add(diploma)
        work.log(Access(Action.VIEW, made.person_id, "paper: diploma"))
        issued.append(made)
    work.commit()
    return tuple(issued)


def issue_diploma(command: IssueDiploma, *, work: UnitOfWork) -> DiplomaMade:
    """Issue one diploma, likewise."""
    return issue_diplomas((command,), work=work)[0]


def _diploma(command: IssueDiploma, *, work: UnitOfWork) -> tuple[Diploma, DiplomaMade]:
    """Return the row, new where none was issued, and what stands on the diploma."""
    enrolment = work.session.get(Enrolment, command.enrolment_id)
    course = work.session.get(Course, enrolment.course_id) if enrolment else None
    person = whole_person(work.session, enrolment.person_id) if enrolment else None
    if enrolment is None or course is None or person is None:
        raise RuleRefusal("no-such-course", field="enrolment_id")
    # The corrected one is left out: its correction carries the serial that counts.
    corrected = select(Diploma.corrects_id).where(Diploma.corrects_id.is_not(None))
    # Who turned out to be two has one diploma of a course, whichever part in it that was made of.
    rows = rows_of(work.session, enrolment.person_id)
    parts = work.session.scalars(
        select(Enrolment).where(Enrolment.person_id.in_(rows), Enrolment.course_id == course.id)
    ).all()
    issued = work.session.scalars(
        select(Diploma)
        .where(Diploma.enrolment_id.in_([part.id for part in parts]), Diploma.id.not_in(corrected))
        .order_by(Diploma.id)
        .limit(1)
    ).first()
    diploma = issued or _new_diploma(command, enrolment.person_id, full_name(person), work=work)
    content = _content(diploma, course, parts, work=work)
    refuse_nameless(content)
    return diploma, DiplomaMade(content, diploma.person_id)


def _new_diploma(command: IssueDiploma, person_id: str, name: str, *, work: UnitOfWork) -> Diploma:
    on = today(work.clock)
    return Diploma(
        id=command.diploma_id,
        person_id=person_id,
        enrolment_id=command.enrolment_id,
        name=name,
        serial=serial_number(command.diploma_id, on.year),
        issued_on=on,
        language=command.language,
        recorded_by=work.actor,
    )


def _counted(made: Diploma, parts: Sequence[Enrolment]) -> list[str]:
    """Return the part that a diploma was made of, and those that went on in it when it was made."""
    last, *others = parts_as_one(made.enrolment_id, parts)
    if last != made.enrolment_id:
        return [made.enrolment_id]
    ended = {part.id for part in parts if part.closed_on is not None and part.closed_on <= made.issued_on}
    return [last, *(part_id for part_id in others if part_id in ended)]


def _content(made: Diploma, course: Course, parts: Sequence[Enrolment], *, work: UnitOfWork) -> DiplomaContent:
    meetings = work.session.scalar(
        select(func.count(Attendance.session_id.distinct())).where(
            Attendance.enrolment_id.in_(_counted(made, parts)),
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
