"""Play one participant's year for each of the five documents, from referral to the call after six months.

Everything goes through the use cases that the screens call, with a clock that is turned from day to day, on an
encrypted store that holds the invented cooperation and nobody else. `python -m tools.year` then opens the real window
on it and leaves a picture of every section of each person's page in `year/`.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from app.clock import DENMARK, TurnedClock, day_of
from app.domain.courses import CourseSaid
from app.domain.nrt import steps_of
from app.domain.outcomes import OutcomeSaid
from app.domain.place_cycle import VisitSaid
from app.domain.products import schedules
from app.domain.reduction import suggest
from app.ids import new_id
from app.models.course import Session
from app.models.organisation import PlaceCycleStep, ProgrammeVersion
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.services.close_enrolment import CloseEnrolment, close_enrolment
from app.services.close_session import close_session
from app.services.count_visit import CountVisit, count_visit
from app.services.hand_out import HandedPortion, HandOut, hand_out
from app.services.issue_diploma import IssueDiploma, issue_diploma
from app.services.issue_voucher import IssueVoucher, RedeemVoucher, issue_voucher, redeem_voucher
from app.services.join_course import JoinCourse, join_course
from app.services.make_course import MakeCourse, make_course
from app.services.move_person import MoveToCourse, move_to_course
from app.services.plan_nrt import MakeNrtPlan, make_nrt_plan
from app.services.plan_reduction import MakePlan, StepWanted, make_plan
from app.services.plan_session import PlanSession, plan_session
from app.services.record_baseline import RecordBaseline, record_baseline
from app.services.record_consent import RecordConsent, record_consent
from app.services.record_contact import RecordContact, record_contact
from app.services.record_follow_up_attempt import RecordFollowUpAttempt, record_follow_up_attempt
from app.services.record_medicine import RecordMedicine, TellPrescriber, record_medicine, tell_prescriber
from app.services.record_outcome import RecordOutcome, record_outcome
from app.services.record_smoking import (
    RecordPause,
    RecordRelapse,
    RecordStopDate,
    record_pause,
    record_relapse,
    record_stop_date,
)
from app.services.register_referral import ReferralRegistered, RegisterReferral, register_referral
from app.services.run_place_cycle import NoteStep, StartCycle, note_step, start_cycle
from app.services.session_draft import Cell, TypeCell, type_cell
from app.services.typing_forms import TickForm, tick_form
from app.services.write_letter import DraftLetter, EditLetter, draft_letter, edit_letter
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from app.storage.engine import Store, open_store
from invented import accounts, organisation
from invented.cooperation import cooperation
from invented.laptop import make_laptop

OUT = Path("year")
PASSPHRASE = "et helt år"  # noqa: S105 - of an invented laptop
LAST_DAY = date(2026, 12, 15)
SECTIONS = ("story", "timeline", "plan", "nrt", "medicine", "contacts", "course", "consents", "documents")
CONSENTS = ("stopbasen", "contact_six_months", "letter_gp", "sms")
_Done = TypeVar("_Done")


@dataclass(slots=True)
class Played:
    """One participant as the year left them."""

    document: str
    person_id: str
    enrolment_id: str


class Year:
    """A counsellor's laptop through a year; `go_to` turns the clock, `do` runs a use case."""

    def __init__(self, folder: Path) -> None:
        from app.security.key_store import unlock  # noqa: PLC0415 - the key is asked for once

        self.clock = TurnedClock(datetime(2026, 1, 5, 8, 0, tzinfo=UTC))
        make_laptop(folder, passphrase=PASSPHRASE, clock=self.clock, told=organisation())
        self.store: Store = open_store(folder / DATABASE_NAME, unlock(folder / KEY_FILE_NAME, PASSPHRASE))
        known = cooperation(1)
        self.actor = accounts().users[0].id
        self.team = known.team_ids["Hvidovre"]
        self.places = known.place_ids
        self.contacts = known.contact_ids

    @property
    def today(self) -> date:
        """Return the day in Denmark."""
        return day_of(self.clock.now())

    def go_to(self, day: date, hour: int = 10) -> None:
        """Turn the clock to an hour of a day."""
        self.clock.at = datetime(day.year, day.month, day.day, hour, tzinfo=DENMARK).astimezone(UTC)

    def do(self, use_case: Callable[..., _Done], *given: Any) -> _Done:
        """Run a use case a second later than the one before."""
        self.clock.at += timedelta(seconds=1)
        with self.store.unit_of_work(actor=self.actor, clock=self.clock) as work:
            return use_case(*given, work=work)

    def sessions(self, course_id: str) -> list[Session]:
        """Return a course's sessions in order."""
        with self.store.session() as reading:
            statement = select(Session).where(Session.course_id == course_id).order_by(Session.held_on, Session.id)
            return list(reading.scalars(statement))

    def version(self, programme: str) -> str:
        """Return the row of a programme's version."""
        with self.store.session() as reading:
            return reading.scalars(select(ProgrammeVersion.id).where(ProgrammeVersion.key == programme)).one()

    def course(
        self, programme: str, place: str, title: str, starts_on: date, planned: int, *, concept: str = "", **more: Any
    ) -> str:
        """Make a course and return it."""
        said = CourseSaid(
            title=title,
            format=more.pop("format", "group"),
            starts_on=starts_on,
            planned_sessions=planned,
            counsellor_id=self.actor,
            **more,
        )
        command = MakeCourse(place_id=self.places[place], programme=programme, said=said, concept=concept)
        return self.do(make_course, command).course_id

    def hold(
        self, session: Session, here: str, companion: str = "", *, cigarettes: int | None = None, **cells: Any
    ) -> None:
        """Hold a session and close it; `here` empty means that only the companion came."""
        self.go_to(session.held_on, hour=15)
        if here:
            self._type(session.id, here, Cell.STATUS, "present")
            if cigarettes is not None:
                self._type(session.id, here, Cell.CIGARETTES_PER_DAY, str(cigarettes))
            for name, value in cells.items():
                self._type(session.id, here, Cell(name), str(value))
        if companion:
            self._type(session.id, companion, Cell.STATUS, "present")
        self.do(close_session, session.id)

    def _type(self, session_id: str, enrolment_id: str, cell: Cell, text: str) -> None:
        self.do(type_cell, TypeCell(session_id, enrolment_id, cell, text))

    def consent(self, person_id: str, *, no: tuple[str, ...] = ()) -> None:
        """Ask the four questions, with the written information handed over."""
        for kind in CONSENTS:
            answer = "declined" if kind in no else "given"
            self.do(record_consent, RecordConsent(person_id, kind, answer, self.today, information_given=True))

    def baseline(self, person_id: str, enrolment_id: str, cigarettes: int) -> None:
        """Fill the base form as far as somebody wants to answer."""
        answers: dict[str, dict[str, Any]] = {
            "education": {"answer": "given", "value": "folkeskole"},
            "occupation": {"answer": "given", "value": "disability_pension"},
            "products": {"answer": "given", "value": {"cigarettes": float(cigarettes)}},
            "years_smoked": {"answer": "given", "value": 28},
            "earlier_attempts": {"answer": "given", "value": "one_to_three"},
            "lives_with_smoker": {"answer": "does_not_want"},
            "readiness": {"answer": "given", "value": 6},
            "confidence": {"answer": "given", "value": 4},
        }
        self.do(
            record_baseline,
            RecordBaseline(person_id=person_id, filled_on=self.today, answers=answers, enrolment_id=enrolment_id),
        )

    def reach(self, came: ReferralRegistered, channel: str = "phone", topics: tuple[str, ...] = ()) -> None:
        """Reach somebody who was referred for the first time."""
        first = RecordContact(
            person_id=came.person_id,
            channel=channel,
            purpose="first_call",
            outcome="reached",
            topics=topics,
            referral_id=came.referral_id,
            referral_state="accepted",
        )
        self.do(record_contact, first)

    def call(self, enrolment_id: str, day: date, hour: int, result: str) -> None:
        """Make the six-month call."""
        self.go_to(day, hour)
        command = RecordFollowUpAttempt(enrolment_id, self.clock.now(), result)
        self.do(record_follow_up_attempt, command)

    def outcome(self, enrolment_id: str, time_point: str, **said: Any) -> None:
        """Record an outcome of today."""
        if said.get("smoke_free") == "yes":
            said.setdefault("self_report_on", self.today)
        self.do(record_outcome, RecordOutcome(enrolment_id, OutcomeSaid(time_point, self.today, **said)))

    def reduce(self, person_id: str, enrolment_id: str, approach: str, cigarettes: int) -> None:
        """Make a plan of small steps from what is suggested."""
        steps = [
            StepWanted(step.due_on, step.target, step.text or (f"{step.hours} t" if step.hours else ""))
            for step in suggest(approach, start=float(cigarettes), starts_on=self.today)
        ]
        goal = next((step.target for step in reversed(steps) if step.target is not None), 0.0)
        command = MakePlan(
            person_id=person_id,
            approach=approach,
            starts_on=self.today,
            start_value=float(cigarettes),
            goal_value=goal or 0.0,
            steps=steps,
            enrolment_id=enrolment_id,
        )
        self.do(make_plan, command)


def across(year: Year) -> Played:
    """S2: referred by the hospital, six sessions, four vouchers, diploma, a letter, and still smoke-free in August."""
    year.go_to(date(2026, 1, 5), 9)
    referral = RegisterReferral(
        channel="hospital",
        received_on=year.today,
        team_id=year.team,
        given_name="Karl",
        family_name="Vang",
        phone="00 11 22 33",
        sender="Hospitalet, lungeambulatoriet",
        wants_feedback=True,
        text="KOL, ønsker rygestop",
        programme_version_id=year.version("roegfri_paa_tvaers"),
    )
    came = year.do(register_referral, referral)
    year.go_to(date(2026, 1, 6), 13)
    year.reach(came, topics=("motivation", "wishes", "options", "subsidy"))
    course = year.course(
        "roegfri_paa_tvaers",
        "kilden",
        "Torsdagsholdet",
        date(2026, 1, 15),
        6,
        starts_at="10:00",
        concept="Små skridt",
        stop_date_policy="individual",
    )
    enrolment = year.do(
        join_course, JoinCourse(came.person_id, course, year.today, goal="stop", referral_id=came.referral_id)
    ).enrolment_id
    companion = year.do(add_walk_in, AddWalkIn(course, "Bordkammeraten")).enrolment_id
    year.do(
        record_contact,
        RecordContact(person_id=came.person_id, channel="phone", purpose="before_first_session", outcome="reached"),
    )
    smoked = [22, 20, 16, 12, 0, 0]
    carbon = [19, 17, 14, 11, 4, 3]
    for number, session in enumerate(year.sessions(course)):
        if number == 2:
            year.hold(session, "", companion)
            year.go_to(session.held_on + timedelta(days=1))
            year.do(
                record_contact,
                RecordContact(
                    person_id=came.person_id,
                    channel="phone",
                    purpose="no_show",
                    outcome="reached",
                    session_id=session.id,
                ),
            )
            continue
        year.hold(session, enrolment, companion, cigarettes=smoked[number], co_ppm=carbon[number])
        if number == 0:
            year.consent(came.person_id)
            year.baseline(came.person_id, enrolment, 22)
        if number == 1:
            stop = RecordStopDate(person_id=came.person_id, stop_on=date(2026, 2, 9), agreed_on=year.today)
            year.do(record_stop_date, stop)
        if number in (0, 1, 3, 4):
            voucher = IssueVoucher(
                person_id=came.person_id, number=f"2026-{number + 101}", issued_on=year.today, session_id=session.id
            )
            issued = year.do(issue_voucher, voucher)
            year.go_to(session.held_on + timedelta(days=1))
            year.do(
                redeem_voucher,
                RedeemVoucher(
                    voucher_id=issued.voucher_id, redeemed_on=year.today, amount=22_500, pharmacy="Apoteket ved Torvet"
                ),
            )
            year.go_to(session.held_on, 16)
    last = year.sessions(course)[-1].held_on
    year.go_to(last, 17)
    year.do(issue_diploma, IssueDiploma(enrolment, "da", new_id(year.clock)))
    year.outcome(
        enrolment, "end", smoke_free="yes", nicotine_free="no", co_ppm=3.0, cigarettes_per_day=0.0, satisfaction=5
    )
    year.do(close_enrolment, CloseEnrolment(enrolment, last, "completed"))
    year.go_to(last + timedelta(days=1))
    for form in ("registration", "base", "completion"):
        year.do(tick_form, TickForm(enrolment, form))
    letter = year.do(draft_letter, DraftLetter(enrolment, "gp", "da"))
    year.do(edit_letter, EditLetter(letter.letter_id, "Lægehuset ved Søen", letter.text, "given"))
    for day, hour, result in ((20, 10, "no_answer"), (22, 17, "no_answer"), (28, 11, "reached")):
        year.call(enrolment, date(2026, 7, day), hour, result)
    year.outcome(enrolment, "six_months", smoke_free="yes", nicotine_free="yes", cigarettes_per_day=0.0, satisfaction=5)
    return Played("S2", came.person_id, enrolment)


def heavy_smokers(year: Year) -> Played:
    """S1, in its own time: an agreed course beside olanzapine, word back to the hospital, a relapse, a new course."""
    year.go_to(date(2016, 1, 7), 9)
    referral = RegisterReferral(
        channel="hospital",
        received_on=year.today,
        team_id=year.team,
        given_name="Inger",
        family_name="Høst",
        phone="00 21 22 23",
        sender="Psykiatrisk Center",
        referrer_name="Overlæge B. Lund",
        wants_feedback=True,
        programme_version_id=year.version("storrygerindsats"),
    )
    came = year.do(register_referral, referral)
    year.go_to(date(2016, 1, 12), 10)
    year.reach(came)
    course = year.course(
        "storrygerindsats",
        "lindehuset",
        "Samtaler på Lindehuset",
        date(2016, 1, 19),
        5,
        format="individual",
        setting="home",
        starts_at="11:00",
        concept="Individuel rådgivning",
    )
    joining = JoinCourse(
        came.person_id, course, year.today, goal="stop", agreed_sessions=5, referral_id=came.referral_id
    )
    enrolment = year.do(join_course, joining).enrolment_id
    medicine = ""
    for number, session in enumerate(year.sessions(course)):
        year.hold(session, enrolment, cigarettes=(30, 26, 18, 0, 0)[number], co_ppm=(28, 24, 17, 5, 4)[number])
        if number == 0:
            year.consent(came.person_id, no=("sms",))
            year.baseline(came.person_id, enrolment, 30)
            recorded = RecordMedicine(person_id=came.person_id, name="Zyprexa", prescriber="Psykiatrisk Center")
            medicine = year.do(record_medicine, recorded).medicine_id
        if number == 1:
            stop_on = date(2016, 2, 5)
            year.do(record_stop_date, RecordStopDate(person_id=came.person_id, stop_on=stop_on, agreed_on=year.today))
            told = TellPrescriber(
                medicine_id=medicine,
                trigger="stop_date",
                trigger_on=stop_on,
                told_on=year.today,
                consent="given",
                told_whom="Overlæge B. Lund",
            )
            year.do(tell_prescriber, told)
    last = year.sessions(course)[-1].held_on
    year.go_to(last, 16)
    year.outcome(enrolment, "end", smoke_free="yes", nicotine_free="no", co_ppm=4.0, satisfaction=4)
    year.do(close_enrolment, CloseEnrolment(enrolment, last, "completed"))
    letter = year.do(draft_letter, DraftLetter(enrolment, "referrer", "da"))
    year.do(edit_letter, EditLetter(letter.letter_id, "Psykiatrisk Center", letter.text, "given"))
    year.go_to(date(2016, 6, 1))
    year.do(
        record_relapse,
        RecordRelapse(person_id=came.person_id, happened_on=date(2016, 5, 25), note="Flytning, meget stress"),
    )
    told = TellPrescriber(
        medicine_id=medicine,
        trigger="relapse",
        trigger_on=date(2016, 5, 25),
        told_on=year.today,
        consent="given",
        told_whom="Overlæge B. Lund",
    )
    year.do(tell_prescriber, told)
    year.call(enrolment, date(2016, 8, 4), 18, "reached")
    year.outcome(enrolment, "six_months", smoke_free="no", nicotine_free="no", cigarettes_per_day=12.0, satisfaction=4)
    again = year.course(
        "storrygerindsats",
        "lindehuset",
        "Nyt forsøg på Lindehuset",
        date(2016, 9, 7),
        5,
        format="individual",
        setting="home",
        starts_at="11:00",
    )
    year.go_to(date(2016, 9, 1))
    year.do(join_course, JoinCourse(came.person_id, again, year.today, goal="stop"))
    return Played("S1", came.person_id, enrolment)


def drop_in_centre(year: Year) -> Played:
    """S3: café visits, ten sessions and twelve handouts, half as many cigarettes, and never reached again."""
    year.go_to(date(2026, 1, 6), 10)
    started = year.do(start_cycle, StartCycle(year.places["varmen"], year.today))
    with year.store.session() as reading:
        steps = list(
            reading.scalars(
                select(PlaceCycleStep)
                .where(PlaceCycleStep.cycle_id == started.cycle_id)
                .order_by(PlaceCycleStep.planned_on)
            )
        )
    before = [step for step in steps if step.step not in ("course", "supervision", "follow_up_meeting")]
    for step in before:
        assert step.planned_on is not None  # noqa: S101 - every step of a new round has a day
        year.go_to(step.planned_on, 15)
        if step.step in ("house_meeting", "cafe_visits"):
            kind = "house_meeting" if step.step == "house_meeting" else "cafe_visit"
            said = VisitSaid(kind, year.today, 11 + step.number, 5, 6, 4, step.number, 60)
            year.do(count_visit, CountVisit(year.places["varmen"], said, cycle_step_id=step.id))
        else:
            done = NoteStep(step.id, "done", step.planned_on, year.today, contact_id=year.contacts["varmen"][0])
            year.do(note_step, done)
    begins = next(step.planned_on for step in steps if step.step == "course")
    assert begins is not None  # noqa: S101 - as above
    course = year.course(
        "faa_hjaelp_til_rygestop",
        "varmen",
        "Små skridt i varmestuen",
        begins,
        10,
        starts_at="13:00",
        concept="Små skridt",
    )
    companion = year.do(add_walk_in, AddWalkIn(course, "Bordkammeraten")).enrolment_id
    walked_in = year.do(add_walk_in, AddWalkIn(course, "Kaptajnen"))
    person, enrolment = walked_in.person_id, walked_in.enrolment_id
    sessions = year.sessions(course)
    for number, session in enumerate(sessions):
        if number == 5:
            year.hold(session, "", companion)
            continue
        cigarettes = (30, 28, 25, 24, 20, 0, 18, 15, 15, 14)[number]
        handout = {"handout": "gum-4"} if number else {}
        year.hold(session, enrolment, companion, cigarettes=cigarettes, co_ppm=cigarettes - 4, **handout)
        if number == 0:
            year.consent(person, no=("stopbasen", "letter_gp"))
            year.reduce(person, enrolment, "small_steps", 30)
            steps_down = steps_of(schedules()["gum-4"], weeks=12)
            year.do(
                make_nrt_plan,
                MakeNrtPlan(person_id=person, weeks=12, steps=steps_down, starts_on=year.today, enrolment_id=enrolment),
            )
            year.do(
                hand_out,
                HandOut(
                    person_id=person,
                    portions=(HandedPortion("gum-4", price=18_000),),
                    handed_on=year.today,
                    enrolment_id=enrolment,
                ),
            )
    last = sessions[-1].held_on
    for week in (1, 2, 3):
        year.go_to(last + timedelta(weeks=week), 13)
        handing = HandOut(
            person_id=person,
            portions=(HandedPortion("gum-4", price=18_000),),
            handed_on=year.today,
            enrolment_id=enrolment,
            place_id=year.places["varmen"],
        )
        year.do(hand_out, handing)
    year.outcome(enrolment, "end", smoke_free="no", nicotine_free="no", cigarettes_per_day=13.0, satisfaction=5)
    year.do(close_enrolment, CloseEnrolment(enrolment, year.today, "completed"))
    closed = year.today
    for days, hour in ((160, 10), (165, 14), (170, 18), (178, 11)):
        day = closed + timedelta(days=days)
        year.call(enrolment, day, hour, "no_answer")
    year.outcome(enrolment, "six_months", missing_reason="not_reached")
    return Played("S3", person, enrolment)


def strengthened(year: Year) -> Played:
    """S0: an open-ended course, smoke-free times first, a break, a move to Brøndby and back, a stop date in the end."""
    year.go_to(date(2026, 1, 8), 9)
    course = year.course(
        "styrket_rygestoptilbud",
        "kilden",
        "Åbent hold på Kilden",
        date(2026, 1, 13),
        0,
        starts_at="12:00",
        concept="Røgfri tid",
    )
    away = year.course(
        "styrket_rygestoptilbud",
        "perronen",
        "Åbent hold på Perronen",
        date(2026, 1, 14),
        0,
        starts_at="12:00",
        concept="Røgfri tid",
    )
    companion = year.do(add_walk_in, AddWalkIn(course, "Bordkammeraten")).enrolment_id
    over_there = year.do(add_walk_in, AddWalkIn(away, "Perronens stamgæst")).enrolment_id
    referral = RegisterReferral(
        channel="staff",
        received_on=year.today,
        team_id=year.team,
        given_name="Rita",
        nickname="Rita fra Kilden",
        phone="00 31 32 33",
        sender="Værestedet Kilden",
        programme_version_id=year.version("styrket_rygestoptilbud"),
    )
    came = year.do(register_referral, referral)
    person = came.person_id
    year.reach(came, channel="visit")
    enrolment = year.do(
        join_course, JoinCourse(person, course, year.today, goal="reduce", referral_id=came.referral_id)
    ).enrolment_id
    here, there = year.sessions(course), year.sessions(away)
    for number, session in enumerate(here[:2]):
        year.hold(session, enrolment, companion, cigarettes=(35, 30)[number], co_ppm=(30, 27)[number])
        if number == 0:
            year.consent(person)
            year.baseline(person, enrolment, 35)
            year.reduce(person, enrolment, "smoke_free_time", 35)
    at_home = PlanSession(course, date(2026, 1, 22), setting="home", starts_at="10:00", enrolment_id=enrolment)
    extra = year.do(plan_session, at_home).session_id
    with year.store.session() as reading:
        planned = reading.get(Session, extra)
    assert planned is not None  # noqa: S101 - it was just planned
    year.hold(planned, enrolment, cigarettes=26)
    moved = year.do(move_to_course, MoveToCourse(enrolment, away, date(2026, 1, 22))).enrolment_id
    for number, session in enumerate(there[2:4]):
        year.hold(session, moved, over_there, cigarettes=(24, 20)[number], co_ppm=(20, 18)[number])
    year.do(
        record_pause, RecordPause(person_id=person, began_on=year.today, until=date(2026, 2, 16), note="Indlagt en uge")
    )
    year.go_to(date(2026, 2, 9))
    enrolment = year.do(move_to_course, MoveToCourse(moved, course, year.today)).enrolment_id
    year.hold(here[5], enrolment, companion, cigarettes=12, co_ppm=10)
    year.do(record_stop_date, RecordStopDate(person_id=person, stop_on=date(2026, 2, 24), agreed_on=year.today))
    year.go_to(date(2026, 3, 10))
    year.do(
        record_relapse, RecordRelapse(person_id=person, happened_on=date(2026, 3, 8), note="En aften med gamle venner")
    )
    year.do(record_stop_date, RecordStopDate(person_id=person, stop_on=date(2026, 3, 17), agreed_on=year.today))
    year.go_to(date(2026, 4, 14))
    year.outcome(
        enrolment, "end", smoke_free="yes", nicotine_free="no", co_ppm=5.0, cigarettes_per_day=0.0, satisfaction=5
    )
    year.do(close_enrolment, CloseEnrolment(enrolment, year.today, "completed"))
    year.call(enrolment, date(2026, 9, 15), 17, "reached")
    year.outcome(enrolment, "six_months", smoke_free="yes", nicotine_free="no", cigarettes_per_day=0.0, satisfaction=5)
    return Played("S0", person, enrolment)


def inspiration(year: Year) -> Played:
    """S4: came by Stoplinien, walks and weekly calls, and takes back the consent to be called before anybody calls."""
    year.go_to(date(2026, 1, 9), 9)
    referral = RegisterReferral(
        channel="stoplinien",
        received_on=year.today,
        team_id=year.team,
        given_name="Omar",
        family_name="Saleh",
        phone="00 41 42 43",
        came_because="friend_said",
        programme_version_id=year.version("inspirationsark"),
    )
    came = year.do(register_referral, referral)
    person = came.person_id
    year.go_to(date(2026, 1, 14), 10)
    year.reach(came)
    course = year.course(
        "inspirationsark",
        "kilden",
        "Gåture med Omar",
        date(2026, 1, 21),
        6,
        format="individual",
        setting="walk",
        starts_at="09:00",
    )
    enrolment = year.do(
        join_course, JoinCourse(person, course, year.today, goal="stop", referral_id=came.referral_id)
    ).enrolment_id
    for number, session in enumerate(year.sessions(course)):
        year.go_to(session.held_on, 8)
        year.do(
            record_contact,
            RecordContact(
                person_id=person, channel="sms", purpose="reminder", outcome="message_left", session_id=session.id
            ),
        )
        year.hold(session, enrolment, cigarettes=(14, 12, 9, 6, 0, 0)[number], co_ppm=(12, 10, 9, 7, 3, 2)[number])
        if number == 0:
            year.consent(person, no=("letter_gp",))
            year.baseline(person, enrolment, 14)
            year.reduce(person, enrolment, "cut_down_to_stop", 14)
        if number == 2:
            year.do(record_stop_date, RecordStopDate(person_id=person, stop_on=date(2026, 2, 16), agreed_on=year.today))
    last = year.sessions(course)[-1].held_on
    year.go_to(last, 17)
    year.do(issue_diploma, IssueDiploma(enrolment, "da", new_id(year.clock)))
    year.outcome(
        enrolment, "end", smoke_free="yes", nicotine_free="yes", co_ppm=2.0, cigarettes_per_day=0.0, satisfaction=4
    )
    year.do(close_enrolment, CloseEnrolment(enrolment, last, "completed"))
    year.go_to(date(2026, 6, 22))
    withdrawn = RecordConsent(person, "contact_six_months", "withdrawn", year.today, note="Vil videre i livet")
    year.do(record_consent, withdrawn)
    return Played("S4", person, enrolment)


YEARS: dict[str, Callable[[Year], Played]] = {
    "S0": strengthened,
    "S1": heavy_smokers,
    "S2": across,
    "S3": drop_in_centre,
    "S4": inspiration,
}
"""The year of each document, by the document's code."""


def play(folder: Path) -> dict[str, Played]:
    """Play all five years on one laptop in `folder` and return who was played."""
    year = Year(folder)
    try:
        return {document: told(year) for document, told in YEARS.items()}
    finally:
        year.store.close()


def draw(folder: Path, played: dict[str, Played], *, language: str = "da") -> int:
    """Open the window on the laptop after the year and save every section of each person's page."""
    from app.settings import DeviceSettings  # noqa: PLC0415
    from tools.demo_day import Day  # noqa: PLC0415

    DeviceSettings(language=language, theme="light", text_size=100).save()
    clock = TurnedClock(datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 9, 0, tzinfo=UTC))
    day = Day(language, folder=folder, clock=clock)
    day.pusterum.window.resize(1280, 720)
    day.pusterum.start()
    day.unlock(PASSPHRASE)
    workspace = day.pusterum.workspace
    assert workspace is not None  # noqa: S101 - waited for
    drawn = 0
    for document, somebody in played.items():
        for section in SECTIONS:
            workspace.person.show_person(somebody.person_id, section=section)
            workspace._go_to(workspace.person)
            day.settle()
            if section not in workspace.person.section_keys:
                continue
            file = OUT / f"{document}-{section}.png"
            day.pusterum.window.grab().save(str(file))
            drawn += 1
    day.pusterum.window.close()
    return drawn


def main(arguments: list[str] | None = None) -> int:
    """Play the five years and draw them."""
    argparse.ArgumentParser(prog="python -m tools.year", description=__doc__.splitlines()[0]).parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    with tempfile.TemporaryDirectory(prefix="pusterum-year-") as home:
        os.environ["PUSTERUM_HOME"] = home
        folder = Path(home) / "data"
        played = play(folder)
        drawn = draw(folder, played)
    print(f"Five years of five documents: {drawn} pictures in {OUT}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
