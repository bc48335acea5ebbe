"""What is to be asked, typed, written or printed about somebody's part in a course."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, func, literal, null, or_, select, true, union
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from app.domain.consents import Answer, Use, allows
from app.domain.consents import Kind as Consent
from app.domain.outcomes import ClosingReason
from app.domain.same_person import last_parts
from app.domain.tasks import INFORMATION, Kind, Part, Task, paper_tasks
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.letter import WRITTEN, Letter
from app.models.outcome import FormTyped
from app.models.person import Referral, TaskState
from app.storage.listed import among, listed
from app.storage.queries.task_desk import TaskDesk, has_consent, parts_of, was_informed

PAPER_DAYS = 120
"""After so many days what was not written about a closed course is history."""
PAPERS_OF_PEOPLE = frozenset({Kind.E_KVIT, Kind.FORM, Kind.LETTER_GP, Kind.LETTER_REFERRER, Kind.DIPLOMA})
_AT_ONCE = 300
"""Parts in courses that are read at one time where only the first papers of a kind are wanted."""
_SHOWN = f"{Kind.E_KVIT}:"
"""How the key of the task begins that asks to show E-kvit; the part in a course follows."""
_REFERRER = func.coalesce(func.nullif(Referral.referrer_name, ""), Referral.sender).label("sender")
"""Whom a letter to whoever referred is written to."""
_OF_NOBODY = ("", "", "", None, "", "", "")
"""What stands in a row of the question behind what decides which papers are missing."""


def consents(desk: TaskDesk) -> Iterator[Task]:
    """Ask of everybody who has come to a course that is open which consents nobody has asked for.

    A yes to the national database counts once the written information was handed over: until then that is to be done.
    """
    for row in desk.ask(_unasked(), Enrolment.person_id):
        asked = {
            Consent.STOPBASEN.value: row.stopbasen,
            INFORMATION: row.informed,
            Consent.CONTACT_SIX_MONTHS.value: row.contact,
        }
        stand = desk.consents(row.person_id)
        if stand is not None:
            said = stand[Consent.STOPBASEN]
            asked = {
                kind.value: stand[kind].answer is not Answer.NOT_ASKED
                for kind in (Consent.STOPBASEN, Consent.CONTACT_SIX_MONTHS)
            }
            asked[INFORMATION] = said.answer is not Answer.GIVEN or said.information_given
        # Before anybody has answered there is nothing that the information is missing for.
        asked[INFORMATION] = asked[INFORMATION] or not asked[Consent.STOPBASEN.value]
        part = Part(
            enrolment_id=row.id,
            person_id=row.person_id,
            title=row.title,
            first_on=row.first_on,
            unasked=tuple(kind for kind, was_asked in asked.items() if not was_asked),
        )
        yield from paper_tasks(part, desk.rules(row.programme_version_id))


def papers_of_everybody(desk: TaskDesk) -> Iterator[Task]:
    """Ask of everybody's part that is open, or was closed lately, what is still to be typed, written or printed."""
    since, merged = {"since": desk.today - timedelta(days=PAPER_DAYS)}, desk.merged
    for row in desk.ask(_unwritten(), Enrolment.person_id, since):
        if row.person_id not in merged:
            yield from _papers_of(desk, row)
    yield from _papers_of_merged(desk, merged)


def count_papers(desk: TaskDesk, singly: Collection[str]) -> tuple[Counter[Kind], list[Task]]:
    """Count what :func:`papers_of_everybody` finds: parts in which the same is missing lack the same papers.

    The papers of those who are to be looked at `singly`, because somebody decided about them, come as tasks instead,
    and so do those of people of several rows.
    """
    since = {"since": desk.today - timedelta(days=PAPER_DAYS)}
    merged = desk.merged
    left_out = listed(sorted(desk.with_twins(desk.silent | set(singly)) | merged))
    counted: Counter[Kind] = Counter()
    for number, *missing in desk.ask_all(_unwritten_alike(), {**since, "left_out": left_out}):
        for task in _papers_of(desk, (*missing, *_OF_NOBODY)):
            counted[task.kind] += number
    rows = desk.ask_about(unwritten_of_some(), "people", set(singly) - merged, since)
    return counted, [*(task for row in rows for task in _papers_of(desk, row)), *_papers_of_merged(desk, merged)]


def papers_of_kind(desk: TaskDesk, kind: Kind, *, most: int) -> Iterator[Task]:
    """Ask for papers of one kind in the order in which they are shown, until there are `most`, and a few more."""
    merged = desk.merged
    since, left_out = desk.today - timedelta(days=PAPER_DAYS), listed(sorted(desk.with_twins(desk.silent) | merged))
    # There are few, and where they stand among the others is found when all are put in order.
    yield from (task for task in _papers_of_merged(desk, merged) if task.kind is kind)
    found = number = 0
    while found < most:
        rows = desk.ask_all(_unwritten_in_order(kind), {"since": since, "left_out": left_out, "skipped": number})
        for row in rows:
            for task in _papers_of(desk, row):
                if task.kind is kind:
                    found += 1
                    yield task
        if len(rows) < _AT_ONCE:
            return
        number += len(rows)


def _papers_of_merged(desk: TaskDesk, people: Collection[str]) -> Iterator[Task]:
    """Ask for the papers of people of several rows: what was said in any of these counts for the part in each.

    Of a part that they turned out to have twice in a course it counts, too, that they came and what was made of either.
    Whoever referred them to the part that goes on in another hears of that one.
    """
    since = {"since": desk.today - timedelta(days=PAPER_DAYS)}
    rows = desk.ask_about(_unwritten_of_merged(), "people", people, since)
    goes_on = last_parts(desk.ask_about(parts_of(), "people", people)) if rows else {}
    made: dict[str, dict[str, date]] = defaultdict(dict)
    referrers = _Referrers(desk, people, goes_on)
    if goes_on:
        for part_id, what, on in desk.ask_about(_made_of(), "people", people):
            of_part = made[goes_on.get(part_id, part_id)]
            of_part[what] = max(on or date.min, of_part.get(what, date.min))
    for row in rows:
        stand, of_part = desk.consents(row.person_id) or {}, made[row.id]
        said = {
            "came": row.came or "came" in of_part,
            "stopbasen": allows(stand, Use.REGISTER_NATIONALLY),
            "base": row.base and "base" not in of_part,
            # What was typed before the course was over in both tells how one of them stood.
            "completion": row.completion and of_part.get("completion", date.min) < row.closed_on,
            "referrer": referrers.miss_a_letter(row),
            "gp": row.gp and allows(stand, Use.WRITE_TO_GP) and "gp" not in of_part,
            "diploma": row.diploma and "diploma" not in of_part,
        }
        papers = _papers_of(desk, tuple({**row._mapping, **said}.values()))
        yield from (task for task in papers if task.kind is not Kind.E_KVIT or Kind.E_KVIT not in of_part)
        yield from referrers.of_other_parts(row)


class _Referrers:
    """Who referred people of several rows to parts in courses that go on in others, and to whom was written."""

    def __init__(self, desk: TaskDesk, people: Collection[str], goes_on: Mapping[str, str]) -> None:
        self._desk = desk
        self._others: dict[str, list[Any]] = defaultdict(list)
        for part in desk.ask_about(_brought(), "people", people) if goes_on else ():
            self._others[goes_on.get(part.id, "")].append(part)
        self._letters = desk.ask_about(_letters_to_referrers(), "people", people) if self._others else ()

    def miss_a_letter(self, row: Any) -> bool:
        """Return whether whoever referred them to this part itself has not heard of it."""
        others = {part.referral_id for part in self._others[row.id]} - {row.referral_id}
        if not others:
            return bool(row.referrer)
        return (
            bool(row.referral_id)
            and not row.is_open
            and not any(
                letter.referral_id == row.referral_id
                or (letter.enrolment_id == row.id and letter.referral_id not in others)
                for letter in self._letters
            )
        )

    def of_other_parts(self, row: Any) -> Iterator[Task]:
        """Ask for the letters to others, each under the part that they referred to and about the one that goes on."""
        heard = {row.referral_id, *(letter.referral_id for letter in self._letters)}
        for other in () if row.is_open else self._others[row.id]:
            if other.referral_id in heard:
                continue
            heard.add(other.referral_id)
            own = self._desk.rules(row.programme_version_id)
            part = Part(
                enrolment_id=other.id,
                person_id=row.person_id,
                title=row.title,
                closed_on=row.closed_on,
                needs_referrer_letter=other.wants_feedback or (bool(own) and own[0].flag("feedback_to_referrer")),
                referral_id=other.referral_id,
                channel=other.channel,
                sender=other.sender,
            )
            yield from (replace(task, enrolment_id=row.id) for task in paper_tasks(part, own))


def _papers_of(desk: TaskDesk, row: Any) -> tuple[Task, ...]:
    # Taken apart in the order of the question's columns: by their names it would take four times as long.
    version_id, is_open, came, stopbasen, base, completion, is_wished, referrer, gp, diploma, *said = row
    own = desk.rules(version_id)
    person_id, enrolment_id, title, closed_on, referral_id, channel, sender = said
    forms = (("base", base), ("completion", completion)) if came and stopbasen else ()
    part = Part(
        enrolment_id=enrolment_id,
        person_id=person_id,
        title=title,
        closed_on=closed_on,
        needs_e_kvit=came and is_open,
        untyped=tuple([form for form, is_missing in forms if is_missing]),
        needs_gp_letter=gp,
        needs_referrer_letter=referrer and (is_wished or (bool(own) and own[0].flag("feedback_to_referrer"))),
        referral_id=referral_id,
        channel=channel,
        sender=sender,
        needs_diploma=diploma,
    )
    return paper_tasks(part, own)


def _came() -> Select[*tuple[Any, ...]]:
    return select(Attendance.id).where(
        Attendance.enrolment_id == Enrolment.id,
        Attendance.status == "present",
    )


@cache
def _unasked() -> Select[*tuple[Any, ...]]:
    first_on = (
        select(func.min(Session.held_on))
        .join(Attendance, Attendance.session_id == Session.id)
        .where(Attendance.enrolment_id == Enrolment.id, Attendance.status == "present")
        .correlate(Enrolment)
        .scalar_subquery()
    )
    stopbasen = has_consent(Enrolment.person_id, "stopbasen")
    # Whoever was informed was asked.
    informed = or_(
        was_informed(Enrolment.person_id, "stopbasen"),
        has_consent(Enrolment.person_id, "stopbasen", "declined", "withdrawn"),
    )
    contact = has_consent(Enrolment.person_id, "contact_six_months")
    return (
        select(
            Enrolment.id,
            Enrolment.person_id,
            Course.title,
            Course.programme_version_id,
            first_on.label("first_on"),
            stopbasen.label("stopbasen"),
            informed.label("informed"),
            contact.label("contact"),
        )
        .select_from(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.left_on.is_(None), ~and_(contact, informed), exists(_came()))
    )


def _typed(form: str) -> ColumnElement[bool]:
    return exists(
        select(FormTyped.id).where(
            FormTyped.person_id == Enrolment.person_id, FormTyped.enrolment_id == Enrolment.id, FormTyped.form == form
        )
    )


def _written(kind: str, whose: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(Letter.id).where(
            whose,
            or_(Letter.enrolment_id == Enrolment.id, Letter.referral_id == Enrolment.referral_id),
            Letter.kind == kind,
            Letter.state.in_(WRITTEN),
        )
    )


@cache
def _unwritten() -> Select[*tuple[Any, ...]]:
    return _lacking(
        Letter.person_id == Enrolment.person_id,
        stopbasen=has_consent(Enrolment.person_id, "stopbasen", "given", is_informed=True),
        to_gp=has_consent(Enrolment.person_id, "letter_gp", "given"),
    )


@cache
def _unwritten_of_merged() -> Select[*tuple[Any, ...]]:
    """Return the question what would be missing in the parts of these "people", had they said yes to everything."""
    lacking = _lacking(among(Letter.person_id, "people"), stopbasen=true(), to_gp=true())
    return lacking.where(among(Enrolment.person_id, "people"))


@cache
def _brought() -> Select[*tuple[Any, ...]]:
    """Return who referred these "people" to parts in courses that go on in others."""
    return (
        select(Enrolment.id, Enrolment.referral_id, Referral.wants_feedback, Referral.channel, _REFERRER)
        .join(Referral, Referral.id == Enrolment.referral_id)
        .where(among(Enrolment.person_id, "people"), Enrolment.closing_reason == ClosingReason.MOVED_COURSE)
        .order_by(Enrolment.id)
    )


@cache
def _letters_to_referrers() -> Select[*tuple[Any, ...]]:
    return select(Letter.enrolment_id, Letter.referral_id).where(
        among(Letter.person_id, "people"), Letter.kind == "referrer", Letter.state.in_(WRITTEN)
    )


@cache
def _made_of() -> Select[*tuple[Any, ...]]:
    """Return which parts in courses these "people" came to, what was made of which, and of forms when."""
    # The first says of which kind each column is.
    of_part = (
        select(FormTyped.enrolment_id, FormTyped.form, FormTyped.typed_on).where(among(FormTyped.person_id, "people")),
        select(Attendance.enrolment_id, literal("came"), null()).where(
            among(Attendance.person_id, "people"), Attendance.status == "present"
        ),
        select(Diploma.enrolment_id, literal("diploma"), null()).where(among(Diploma.person_id, "people")),
        select(Letter.enrolment_id, Letter.kind, null()).where(
            among(Letter.person_id, "people"), Letter.kind == "gp", Letter.state.in_(WRITTEN)
        ),
        select(func.substr(TaskState.task_key, len(_SHOWN) + 1), literal(Kind.E_KVIT.value), null()).where(
            among(TaskState.person_id, "people"),
            TaskState.task_key.startswith(_SHOWN),
            TaskState.state.in_(("done", "dismissed")),
        ),
    )
    found = union(*of_part).subquery()
    return select(*found.c)


def _of_referral(said: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """Return what is said of whoever hears how a part went that is over, and nothing of any other."""
    found = select(said).where(Referral.id == Enrolment.referral_id).correlate(Enrolment).scalar_subquery()
    is_asked = and_(Enrolment.left_on.is_not(None), Enrolment.referral_id > "")
    return func.coalesce(case((is_asked, found)), "")


def _lacking(
    whose: ColumnElement[bool], *, stopbasen: ColumnElement[bool], to_gp: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    # What costs nothing comes first in each condition: where it does not hold, no other table is looked into.
    # What several papers ask for is a column of its own, for SQLite would find it out for each of them.
    is_closed = Enrolment.left_on.is_not(None)
    has_diploma = exists(
        select(Diploma.id).where(Diploma.person_id == Enrolment.person_id, Diploma.enrolment_id == Enrolment.id)
    )
    wants_feedback = exists(
        select(Referral.id).where(Referral.id == Enrolment.referral_id, Referral.wants_feedback.is_(True))
    )
    return (
        select(
            Course.programme_version_id,
            Enrolment.left_on.is_(None).label("is_open"),
            exists(_came()).label("came"),
            stopbasen.label("stopbasen"),
            (~_typed("base")).label("base"),
            and_(is_closed, ~_typed("completion")).label("completion"),
            and_(is_closed, wants_feedback).label("is_wished"),
            and_(is_closed, Enrolment.referral_id > "", ~_written("referrer", whose)).label("referrer"),
            and_(is_closed, to_gp, ~_written("gp", whose)).label("gp"),
            and_(Enrolment.closing_reason == "completed", ~has_diploma).label("diploma"),
            Enrolment.person_id,
            Enrolment.id,
            Course.title,
            func.coalesce(Enrolment.closed_on, Enrolment.left_on).label("closed_on"),
            func.coalesce(Enrolment.referral_id, "").label("referral_id"),
            _of_referral(Referral.channel).label("channel"),
            _of_referral(_REFERRER).label("sender"),
        )
        .select_from(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        # Whoever moved to another course goes on there: nothing has ended that one writes about.
        .where(
            Enrolment.left_on.is_(None)
            | and_(Enrolment.left_on >= bindparam("since"), Enrolment.closing_reason != ClosingReason.MOVED_COURSE)
        )
    )


@cache
def _unwritten_alike() -> Select[*tuple[Any, ...]]:
    """Return how many parts lack the same, of all but those who are "left_out"."""
    whole = _unwritten()
    missing = list(whole.selected_columns)[: -len(_OF_NOBODY)]
    parts = whole.with_only_columns(*missing).where(~among(Enrolment.person_id, "left_out")).subquery()
    return select(func.count(), *parts.c).group_by(*parts.c)


@cache
def unwritten_of_some() -> Select[*tuple[Any, ...]]:
    """Return the question what is missing in the parts of these "people"."""
    return _unwritten().where(among(Enrolment.person_id, "people"))


@cache
def _unwritten_in_order(kind: Kind) -> Select[*tuple[Any, ...]]:
    """Return the question which parts may lack a paper of this kind, those first whose paper is due first."""
    whole = _unwritten()
    part = whole.selected_columns
    may_be_typed = and_(part.came, part.stopbasen)
    lacks, order = {
        Kind.E_KVIT: (and_(part.is_open, part.came), ()),
        Kind.FORM: (and_(may_be_typed, or_(part.base, part.completion)), (part.base.desc(),)),
        Kind.LETTER_GP: (part.gp, (part.closed_on,)),
        Kind.LETTER_REFERRER: (part.referrer, (part.closed_on,)),
        Kind.DIPLOMA: (part.diploma, (part.closed_on.is_(None), part.closed_on)),
    }[kind]
    heard = whole.where(lacks, ~among(Enrolment.person_id, "left_out"))
    return heard.order_by(*order, Enrolment.id).limit(_AT_ONCE).offset(bindparam("skipped"))
