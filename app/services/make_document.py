"""Put a paper together: read what stands on it, and write in the access log whom it shows.

Every paper but the diploma goes through here. It is drawn by whoever wants to have it, outside of any transaction;
printing and saving it are logged by the window that does it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from app.clock import today
from app.documents.appointment_slip import SlipContent, slip_pdf
from app.documents.attendance_list import AttendanceContent, Expected, attendance_pdf
from app.documents.handout_list import HandoutContent, HandoutLine, handout_pdf
from app.documents.letter_page import LetterContent, letter_pdf
from app.documents.months_sheet import MonthsContent, months_pdf
from app.documents.nrt_card import CardContent, CardProduct, card_pdf
from app.documents.place_poster import PosterContent, poster_pdf
from app.documents.plan_sheet import PlanContent, plan_pdf
from app.documents.plan_sheet import PlanStep as StepOnPaper
from app.documents.typing_sheet import TypingContent, typing_pdf
from app.documents.voucher_slip import SlipVoucher, VoucherContent, voucher_pdf
from app.domain.access_chain import Action
from app.domain.consents import Use, allows
from app.domain.identifiers import shown
from app.domain.nrt import Step, from_cell, most_per_day
from app.domain.products import Product, cautions, product_name, products, so_many
from app.domain.reduction import PlannedStep, money_saved, price_of_one, smoke_free, step_states
from app.errors import RuleRefusal
from app.i18n import _, format_day, format_number, in_language
from app.models.course import Session
from app.models.letter import Letter
from app.models.organisation import Place
from app.models.person import Person
from app.services.typing_forms import forms_to_type
from app.storage.access_log import Access
from app.storage.engine import UnitOfWork
from app.storage.queries.appointments import next_appointment
from app.storage.queries.enrolment_facts import enrolment_facts
from app.storage.queries.nrt import nrt_story
from app.storage.queries.papers import (
    GivenOut,
    Writer,
    active_plan,
    full_name,
    handouts_at_place,
    handouts_at_session,
    handouts_of_person,
    open_vouchers,
    paying_municipality,
    planned_visits,
    smoked,
    writer,
)
from app.storage.queries.same_person import whole_person
from app.storage.queries.session_sheet import session_sheet


class Paper(StrEnum):
    """What can be printed; the key that belongs to it stands behind."""

    PLAN = "plan"
    """A person."""
    NRT_CARD = "nrt_card"
    """A person."""
    APPOINTMENT = "appointment"
    """A person."""
    MONTHS = "months"
    """A person."""
    VOUCHERS = "vouchers"
    """A person."""
    HANDOUTS = "handouts"
    """A person."""
    ATTENDANCE = "attendance"
    """A session."""
    SESSION_HANDOUTS = "session_handouts"
    """A session."""
    POSTER = "poster"
    """A place."""
    PLACE_HANDOUTS = "place_handouts"
    """A place."""
    LETTER = "letter"
    """A letter."""
    TYPING = "typing"
    """An enrolment."""


@dataclass(frozen=True, slots=True)
class MakeDocument:
    """Which paper, about what, in which language ("da" or "en")."""

    paper: Paper
    key: str
    language: str = "da"


@dataclass(frozen=True, slots=True)
class DocumentMade:
    """A paper that is yet to be drawn, what it is called, under which name it is saved, and whom it is about."""

    title: str
    subject: str
    file_name: str
    drawing: Callable[[], bytes]
    """Draws the PDF from what stands on it alone, here or in another process."""
    person_ids: tuple[str, ...] = ()

    @property
    def pdf(self) -> bytes:
        """Draw the PDF here and now."""
        return self.drawing()


def make_document(command: MakeDocument, *, work: UnitOfWork) -> DocumentMade:
    """Return the paper, ready to be drawn.

    Raises RuleRefusal: "no-such-person", "no-such-session", "no-such-place", "no-such-course", "no-such-letter";
    "nothing-to-print" where there is no plan, handout, voucher, session to come or measurement to print;
    "letter-not-allowed" and "not-for-national" where the consent is missing.
    """
    with in_language(command.language):
        made = _MAKERS[command.paper](command, work)
    for person_id in made.person_ids:
        work.log(Access(Action.VIEW, person_id, f"paper: {command.paper.value}"))
    if made.person_ids:
        work.commit()
    return made


HANDOUTS_SINCE: Final = timedelta(days=183)
"""How far back a place's list of handouts goes."""


def _person(command: MakeDocument, work: UnitOfWork) -> Person:
    person = whole_person(work.session, command.key)
    if person is None:
        raise RuleRefusal("no-such-person", field="person_id")
    return person


def _nothing(what: str) -> RuleRefusal:
    return RuleRefusal("nothing-to-print", field="paper", what=what)


def _by(work: UnitOfWork) -> Writer:
    return writer(work.session, work.actor)


def _made(title: str, subject: str, drawing: Callable[[], bytes], *person_ids: str) -> DocumentMade:
    """Return the document; its file's name says what it is and no person's name, because files are left lying about."""
    return DocumentMade(title, subject, f"{title}.pdf", drawing, tuple(dict.fromkeys(person_ids)))


def _plan(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    person, by = _person(command, work), _by(work)
    found = active_plan(work.session, person.id)
    if found is None:
        raise _nothing("plan")
    plan, steps = found
    planned = [PlannedStep(step.due_on, step.target, text=step.text, state=step.state) for step in steps]
    states = step_states(planned, smoked(work.session, person.id).cigarettes, today=today(work.clock))
    content = PlanContent(
        name=full_name(person),
        language=command.language,
        start=plan.start_value,
        started_on=plan.starts_on,
        steps=tuple(
            StepOnPaper(step.due_on, step.target, step.text, state) for step, state in zip(steps, states, strict=True)
        ),
        today=today(work.clock),
        counsellor=by.name,
        counsellor_phone=by.phone,
        cooperation=by.cooperation,
    )
    return _made(_("My plan"), content.name, partial(plan_pdf, content), person.id)


def _nrt_card(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    person, by = _person(command, work), _by(work)
    story = nrt_story(work.session, person.id)
    if story.plan is not None:
        steps = story.plan.steps
    else:
        steps = tuple(Step(row.product, row.week, row.week, quantity=row.quantity) for row in story.given[-1:])
    if not steps:
        raise _nothing("nrt_card")
    known: dict[str, Product] = dict(products())
    forms = {known[step.product].form for step in steps if step.product in known}
    content = CardContent(
        name=full_name(person),
        language=command.language,
        products=tuple(
            CardProduct(
                name=product_name(step.product, command.language),
                form=known[step.product].form if step.product in known else "",
                from_week=step.from_week,
                to_week=step.to_week,
                portions=step.quantity,
                most_per_day=most_per_day(step, steps),
            )
            for step in steps
        ),
        weeks_given=story.weeks,
        weeks=story.plan.weeks if story.plan is not None else 12,
        warnings=tuple(
            found.text(command.language)
            for found in cautions()
            if (not found.forms or forms & set(found.forms)) and found.key != "children"
        ),
        counsellor=by.name,
        counsellor_phone=by.phone,
    )
    return _made(_("My nicotine medicine"), content.name, partial(card_pdf, content), person.id)


def _appointment(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    person, by = _person(command, work), _by(work)
    found = next_appointment(work.session, person.id, today=today(work.clock))
    if found is None:
        raise _nothing("appointment")
    content = SlipContent(
        name=full_name(person),
        language=command.language,
        on=found.on,
        starts_at=found.starts_at,
        place=found.place,
        address=found.address,
        counsellor=by.name,
        counsellor_phone=by.phone,
    )
    return _made(_("Appointment"), content.name, partial(slip_pdf, content), person.id)


def _months(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    person, by = _person(command, work), _by(work)
    found = smoked(work.session, person.id)
    if not found.cigarettes:
        raise _nothing("months")
    start, day = found.cigarettes[0][1], today(work.clock)
    content = MonthsContent(
        name=full_name(person),
        language=command.language,
        cigarettes=found.cigarettes,
        stop_dates=found.stop_dates,
        smoke_free_days=smoke_free(
            found.cigarettes, today=day, relapses=found.relapses, stop_dates=found.stop_dates
        ).in_all,
        money_saved=money_saved(
            price_of_one(found.price_per_day, start), start, found.cigarettes, today=day, relapses=found.relapses
        ),
        meetings=found.meetings,
        counsellor=by.name,
        today=day,
    )
    return _made(_("Your months"), content.name, partial(months_pdf, content), person.id)


def _vouchers(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    person, by = _person(command, work), _by(work)
    found = open_vouchers(work.session, person.id, today=today(work.clock))
    if not found:
        raise _nothing("vouchers")
    content = VoucherContent(
        name=full_name(person),
        language=command.language,
        vouchers=tuple(SlipVoucher(v.number, v.value, v.issued_on, v.valid_until) for v in found),
        cooperation=by.cooperation,
        issuer=by.name,
        invoice_to=_invoice_to(work, [v.enrolment_id for v in found if v.enrolment_id]),
    )
    return _made(_("Vouchers"), content.name, partial(voucher_pdf, content), person.id)


def _invoice_to(work: UnitOfWork, enrolment_ids: list[str]) -> str:
    for facts in enrolment_facts(work.session, enrolment_ids).values():
        code = facts.programme.value("voucher_invoice_municipality")
        if isinstance(code, str):
            return paying_municipality(work.session, code)
    return ""


def _handouts(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    person = _person(command, work)
    found = handouts_of_person(work.session, person.id)
    drawing = _handout_list(found, full_name(person), "", command, work, has_names=False)
    return _made(_("Handed out"), full_name(person), drawing, person.id)


def _session_handouts(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    sheet = session_sheet(work.session, command.key)
    if sheet is None:
        raise RuleRefusal("no-such-session", field="session_id")
    found = handouts_at_session(work.session, command.key)
    under = f"{sheet.place} · {format_day(sheet.held_on)}"
    drawing = _handout_list(found, sheet.title, under, command, work, has_names=True)
    return _made(_("Handed out"), sheet.title, drawing, *(given.handout.person_id for given in found))


def _place_handouts(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    place = work.session.get(Place, command.key)
    if place is None:
        raise RuleRefusal("no-such-place", field="place_id")
    since = today(work.clock) - HANDOUTS_SINCE
    found = handouts_at_place(work.session, command.key, since=since)
    under = _("From {day}").format(day=format_day(since))
    drawing = _handout_list(found, place.name, under, command, work, has_names=True)
    return _made(_("Handed out"), place.name, drawing, *(given.handout.person_id for given in found))


def _handout_list(
    found: tuple[GivenOut, ...], subject: str, under: str, command: MakeDocument, work: UnitOfWork, *, has_names: bool
) -> Callable[[], bytes]:
    return partial(
        handout_pdf,
        HandoutContent(
            language=command.language,
            subject=subject,
            under=under,
            lines=tuple(
                HandoutLine(
                    on=given.handout.handed_on,
                    who=given.name,
                    week=given.handout.week,
                    product=product_name(given.handout.product, command.language),
                    quantity=given.handout.quantity,
                    batch=given.handout.batch,
                    expires_on=given.handout.expires_on,
                    price=given.handout.price,
                )
                for given in found
            ),
            has_names=has_names,
            cooperation=_by(work).cooperation,
        ),
    )


def _attendance(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    sheet = session_sheet(work.session, command.key)
    session = work.session.get(Session, command.key)
    if sheet is None or session is None:
        raise RuleRefusal("no-such-session", field="session_id")
    content = AttendanceContent(
        language=command.language,
        title=sheet.title,
        place=sheet.place,
        on=sheet.held_on,
        starts_at=sheet.starts_at,
        kind=sheet.kind,
        number=sheet.number,
        people=tuple(
            Expected(
                name=row.name,
                cigarettes="" if row.last_cigarettes is None else format_number(row.last_cigarettes),
                next_handout=" + ".join(
                    so_many(product_name(key, command.language), quantity) for key, quantity in from_cell(row.offered)
                ),
            )
            for row in sheet.rows
        ),
        counsellor=_by(work).name,
    )
    return _made(
        _("Attendance list"), sheet.title, partial(attendance_pdf, content), *(row.person_id for row in sheet.rows)
    )


def _poster(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    by = _by(work)
    found = planned_visits(work.session, command.key, today=today(work.clock), counsellor=by.name)
    if found is None:
        raise RuleRefusal("no-such-place", field="place_id")
    content = PosterContent(
        language=command.language,
        place=found.place.name,
        visits=tuple((day, "") for day in found.days),
        counsellors=found.counsellors,
        cooperation=by.cooperation,
    )
    return _made(_("Poster"), found.place.name, partial(poster_pdf, content))


def _letter(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    letter = work.session.get(Letter, command.key)
    person = whole_person(work.session, letter.person_id) if letter is not None else None
    if letter is None or person is None:
        raise RuleRefusal("no-such-letter", field="letter_id")
    if letter.kind == "gp" and letter.enrolment_id is not None:
        facts = enrolment_facts(work.session, [letter.enrolment_id]).get(letter.enrolment_id)
        if facts is None or not allows(facts.consents, Use.WRITE_TO_GP):
            raise RuleRefusal("letter-not-allowed", field="kind")
    by = writer(work.session, letter.written_by)
    content = LetterContent(
        kind=letter.kind,
        language=letter.language,
        recipient=letter.recipient,
        name=full_name(person),
        identifier=shown(person.identifier) if person.identifier else "",
        birth_date=person.birth_date,
        text=letter.text,
        written_on=letter.written_on,
        writer=by.name,
        writer_phone=by.phone,
        cooperation=by.cooperation,
        is_draft=letter.state == "draft",
    )
    title = _("Letter to the doctor") if letter.kind == "gp" else _("Feedback to the referrer")
    return _made(title, content.name, partial(letter_pdf, content), person.id)


def _typing(command: MakeDocument, work: UnitOfWork) -> DocumentMade:
    found = forms_to_type(work.session, command.key)
    content = TypingContent(
        language=command.language,
        name=found.name,
        course=found.course,
        forms=found.forms,
        cooperation=_by(work).cooperation,
    )
    return _made(_("To be typed into STOPbasen"), found.name, partial(typing_pdf, content), found.person_id)


_MAKERS: Final[dict[Paper, Callable[[MakeDocument, UnitOfWork], DocumentMade]]] = {
    Paper.PLAN: _plan,
    Paper.NRT_CARD: _nrt_card,
    Paper.APPOINTMENT: _appointment,
    Paper.MONTHS: _months,
    Paper.VOUCHERS: _vouchers,
    Paper.HANDOUTS: _handouts,
    Paper.ATTENDANCE: _attendance,
    Paper.SESSION_HANDOUTS: _session_handouts,
    Paper.POSTER: _poster,
    Paper.PLACE_HANDOUTS: _place_handouts,
    Paper.LETTER: _letter,
    Paper.TYPING: _typing,
}
