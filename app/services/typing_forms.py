"""What is to be typed into the national database about one enrolment, form by form, and the tick that it was typed.

There is no way in but its web page, so the answers stand in the order of its forms. Only of those who said
yes to being registered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from app.clock import day_of, today
from app.documents.typing_sheet import Form, FormField
from app.domain.baseline import dependence_scores, pack_years
from app.domain.completion import KOM_OG_KVIT, is_completed, national_completion
from app.domain.consents import Kind, Use, hindrances
from app.domain.dependence import ITEMS, ftnd
from app.domain.facts import standing
from app.domain.identifiers import age, known_birth_date, known_sex, shown
from app.domain.products import product_name
from app.errors import RuleRefusal
from app.i18n import _, format_day, format_number, language, newer_word, ngettext
from app.ids import new_id
from app.models.outcome import FormTyped
from app.models.plan import Baseline
from app.models.smoking import Handout
from app.storage.change_set import ChangeSet
from app.storage.engine import Reading, UnitOfWork
from app.storage.queries.enrolment_facts import EnrolmentFacts, enrolment_facts
from app.storage.queries.papers import course_forms, full_name, typed_forms, used_vouchers
from app.storage.queries.same_person import rows_of

FORMS: Final = ("registration", "base", "completion", "follow_up")
"""In the order in which they are typed."""


@dataclass(frozen=True, slots=True)
class TypingForms:
    """One person's part in a course as the national database asks about it."""

    enrolment_id: str
    person_id: str
    name: str
    course: str
    forms: tuple[Form, ...]


def forms_to_type(reading: Reading, enrolment_id: str) -> TypingForms:
    """Return the four forms with their answers.

    Raises RuleRefusal "no-such-course", or "not-for-national" where the person has not said yes to being registered, or
    was not given the written information.
    """
    facts = enrolment_facts(reading, [enrolment_id]).get(enrolment_id)
    if facts is None:
        raise RuleRefusal("no-such-course", field="enrolment_id")
    if hindrances(facts.consents, Use.REGISTER_NATIONALLY):
        raise RuleRefusal("not-for-national", field="enrolment_id")
    typed = typed_forms(reading, enrolment_id)
    made = {
        "registration": _registration(facts, reading),
        "base": _base(facts, reading),
        "completion": _completion(facts, reading),
        "follow_up": _follow_up(facts),
    }
    return TypingForms(
        enrolment_id=enrolment_id,
        person_id=facts.enrolment.person_id,
        name=full_name(facts.person),
        course=facts.course.title,
        forms=tuple(
            Form(
                key=key,
                title=form_word(key),
                fields=tuple(FormField(*field) for field in made[key]),
                typed=_("typed {day}").format(day=format_day(typed[key])) if key in typed else "",
            )
            for key in FORMS
        ),
    )


@dataclass(frozen=True, slots=True)
class TickForm:
    """Which form of which enrolment was typed."""

    enrolment_id: str
    form: str


def tick_form(command: TickForm, *, work: UnitOfWork) -> ChangeSet:
    """Record that a form was typed; ticking it again changes nothing.

    Raises RuleRefusal "unknown-answer", "no-such-course" or "not-for-national".
    """
    if command.form not in FORMS:
        raise RuleRefusal("unknown-answer", field="form")
    found = forms_to_type(work.session, command.enrolment_id)
    if command.form in typed_forms(work.session, command.enrolment_id):
        return work.changed
    work.session.add(
        FormTyped(
            id=new_id(work.clock),
            person_id=found.person_id,
            enrolment_id=command.enrolment_id,
            form=command.form,
            typed_on=today(work.clock),
            recorded_by=work.actor,
        )
    )
    return work.commit()


def form_word(key: str) -> str:
    """Return what a form is called."""
    return {
        "registration": _("Registration form (the course)"),
        "base": _("Base form"),
        "completion": _("Completion of the course"),
        "follow_up": _("Follow-up form"),
    }.get(key) or newer_word(key)


_Field = tuple[str, str, str]


def _registration(facts: EnrolmentFacts, reading: Reading) -> list[_Field]:
    course = facts.course
    about = course_forms(reading, course)
    unit = facts.programme.value("stopbasen_unit")
    is_group = course.format == "group"
    fields = [
        ("", _("Unit number"), str(unit) if unit else _NOTHING),
        ("", _("Counsellor"), ", ".join(about.counsellors) or _NOTHING),
        ("", _("Place"), ", ".join(part for part in (about.place, about.municipality) if part)),
        ("", _("Start date"), format_day(course.starts_on)),
        ("", _("End date"), format_day(course.ends_on) if course.ends_on else _NOTHING),
        ("", _("Planned stop date"), format_day(course.stop_on) if course.stop_on else _("Each their own, or none")),
        ("8a", _("Type of course"), _("Group course") if is_group else _("Individual course")),
        ("8b", _("Concept"), course.concept or _NOTHING),
    ]
    if course.concept != KOM_OG_KVIT:
        sessions = course.planned_sessions or about.sessions_held
        fields += [
            ("10", _("Number of participants"), str(about.participants)),
            ("11", _("Number of sessions"), str(sessions)),
        ]
    return fields


_NOTHING: Final = "–"


def _base(facts: EnrolmentFacts, reading: Reading) -> list[_Field]:
    person = facts.person
    on = facts.enrolment.joined_on
    born = known_birth_date(person.birth_date, person.identifier, today=on)
    sex = known_sex(person.sex, person.identifier, today=on)
    answers = _answers(reading, facts)
    contact = facts.consents.get(Kind.CONTACT_SIX_MONTHS)
    fields = [
        ("", _("CPR number"), shown(person.identifier) if person.identifier else _("No number")),
        ("", _("Sex"), {"male": _("Man"), "female": _("Woman")}.get(sex, _NOTHING)),
        ("", _("Age"), str(age(born, on=on)) if born else _NOTHING),
    ]
    fields += [("", _question(key), _answer_words(key, answers.get(key))) for key in _BEFORE_FTND]
    fields += [
        ("", _question(f"ftnd_{item}"), _answer_words(f"ftnd_{item}", answers.get(f"ftnd_{item}"))) for item in ITEMS
    ]
    score = ftnd(dependence_scores(answers))
    fields.append(("", _("Fagerström score"), _NOTHING if score is None else str(score)))
    fields += [("", _question(key), _answer_words(key, answers.get(key))) for key in _AFTER_FTND]
    packs = pack_years(answers)
    fields.append(("", _("Pack-years"), _NOTHING if packs is None else format_number(packs, decimals=1)))
    said = contact.answer.value if contact is not None else "not_asked"
    fields.append(("11", _("May we contact you after 6 months?"), _consent_words(said)))
    return fields


_BEFORE_FTND: Final = ("education", "occupation", "products")
_AFTER_FTND: Final = (
    "years_smoked",
    "earlier_attempts",
    "lives_with_smoker",
    "recommended_by_professional",
    "tried_medicine",
    "setting",
)


def _answers(reading: Reading, facts: EnrolmentFacts) -> dict[str, dict[str, Any]]:
    """Return the base form that stands: the enrolment's own, else the person's latest before it ended."""
    rows = standing(
        reading.scalars(
            select(Baseline)
            .where(Baseline.person_id.in_(rows_of(reading, facts.whom)))
            .order_by(Baseline.filled_on, Baseline.id)
        ).all()
    )
    closed = facts.closed_on
    own = [row for row in rows if row.enrolment_id == facts.enrolment.id] or [
        row for row in rows if closed is None or row.filled_on <= closed
    ]
    return dict(own[-1].answers) if own else {}


def _completion(facts: EnrolmentFacts, reading: Reading) -> list[_Field]:
    outcome = facts.outcome("end")
    people = rows_of(reading, facts.whom)
    handouts = standing(
        reading.scalars(select(Handout).where(Handout.person_id.in_(people)).order_by(Handout.id)).all()
    )
    handed = [row for row in handouts if row.quantity > 0 and _is_within(row.handed_on, facts)]
    medicine = list(dict.fromkeys(product_name(row.product, language()) for row in handed))
    used = sum(_is_within(voucher.issued_on, facts) for voucher in used_vouchers(reading, people))
    if used:
        bought = ngettext("bought with {n} voucher", "bought with {n} vouchers", used)
        medicine.append(bought.format(n=used))
    is_done = is_completed(national_completion(facts.rules, facts.course.concept), facts.participation)
    closed = facts.closed_on
    return [
        ("", _("Sessions attended"), str(facts.participation.attended)),
        ("", _("Completed (STOPbasen's rule)"), _yes_no(is_done)),
        ("", _("Day of closing"), format_day(closed) if closed else _("Not closed yet")),
        ("", _("Stop date"), format_day(facts.stop_on) if facts.stop_on else _NOTHING),
        (
            "",
            _("Smoke-free at the end"),
            _unknown_words(outcome.smoke_free) if outcome else _unknown_words("not_asked"),
        ),
        ("", _("Medicine used"), ", ".join(medicine) or _("None handed out")),
        ("", _("Got medicine free"), _("in part, with vouchers") if used and not handed else _yes_no(bool(handed))),
    ]


def _is_within(day: date, facts: EnrolmentFacts) -> bool:
    return facts.enrolment.joined_on <= day and (facts.closed_on is None or day <= facts.closed_on)


def _follow_up(facts: EnrolmentFacts) -> list[_Field]:
    outcome = facts.outcome("six_months")
    calls = {day_of(attempt.attempted_at) for attempt in facts.attempts}
    fields = [("", _("Days with a call"), str(len(calls)))]
    if outcome is None:
        return [*fields, ("", _("Smoke-free after 6 months"), _NOTHING)]
    if outcome.missing_reason:
        return [*fields, ("", _("Reason for missing follow-up"), missing_word(outcome.missing_reason))]
    satisfaction = outcome.satisfaction
    return [
        *fields,
        ("", _("Day of the call"), format_day(outcome.assessed_on)),
        ("", _("Smoke-free after 6 months"), _unknown_words(outcome.smoke_free)),
        ("", _("Nicotine-free after 6 months"), _unknown_words(outcome.nicotine_free)),
        ("", _("Satisfaction, 1 to 5"), _NOTHING if satisfaction is None else str(satisfaction)),
    ]


def missing_word(reason: str) -> str:
    """Return why there is no follow-up."""
    return {
        "not_reached": _("Not reached after four calls"),
        "declined": _("Did not want to"),
        "wrong_number": _("Wrong number"),
        "deceased": _("Deceased"),
        "moved": _("Moved"),
        "language": _("Language"),
        "ill": _("Illness"),
        "other": _("Another reason"),
    }.get(reason) or newer_word(reason)


def _yes_no(answer: bool) -> str:
    return _("yes") if answer else _("no")


def _unknown_words(answer: str) -> str:
    return {
        "yes": _("yes"),
        "no": _("no"),
        "not_asked": _("Not asked"),
        "does_not_know": _("Does not know"),
        "does_not_want": _("Does not want to answer"),
    }.get(answer) or newer_word(answer)


def _consent_words(answer: str) -> str:
    return {
        "given": _("yes"),
        "declined": _("no"),
        "withdrawn": _("no, withdrawn"),
        "not_asked": _("Not asked"),
    }.get(answer) or newer_word(answer)


def _answer_words(key: str, said: Mapping[str, Any] | None) -> str:
    if said is None:
        return _unknown_words("not_asked")
    if said.get("answer") != "given":
        return _unknown_words(str(said.get("answer")))
    value = said.get("value")
    if isinstance(value, Mapping):
        return ", ".join(f"{_option(key, name)}: {format_number(amount)}" for name, amount in value.items() if amount)
    if isinstance(value, int | float):
        return format_number(value)
    return _option(key, str(value))


def _question(key: str) -> str:
    return {
        "education": _("Highest completed education"),
        "occupation": _("Occupation"),
        "products": _("What do you smoke or use, and how many a day?"),
        "ftnd_1": _("How soon after waking is the first cigarette?"),
        "ftnd_2": _("Is it hard not to smoke where it is forbidden?"),
        "ftnd_3": _("Which cigarette would be hardest to give up?"),
        "ftnd_4": _("How many cigarettes a day?"),
        "ftnd_5": _("More in the first hours after waking?"),
        "ftnd_6": _("Do you smoke when ill in bed?"),
        "years_smoked": _("Years smoked"),
        "earlier_attempts": _("Earlier attempts to stop"),
        "lives_with_smoker": _("Lives with somebody who smokes"),
        "recommended_by_professional": _("Recommended by a health professional"),
        "tried_medicine": _("Has tried medicine to stop smoking"),
        "setting": _("Setting"),
    }[key]


def _option(key: str, option: str) -> str:
    """Return what an answer is called on the form; what nobody knows stands as it is stored."""
    words = {
        "folkeskole": _("Primary school"),
        "gymnasium": _("Upper secondary school"),
        "short_courses": _("One or more short courses"),
        "skilled": _("Skilled worker"),
        "other_vocational": _("Other vocational education"),
        "short_higher": _("Short higher education"),
        "medium_higher": _("Medium higher education"),
        "long_higher": _("Long higher education"),
        "working": _("At work"),
        "homemaker": _("Homemaker"),
        "disability_pension": _("Disability pension"),
        "early_retirement": _("Early retirement"),
        "unemployed": _("Unemployed or in activation"),
        "cash_benefit": _("Cash benefit"),
        "student": _("Student or pupil"),
        "on_leave": _("On leave"),
        "pensioner": _("Pensioner"),
        "cigarettes": _("cigarettes"),
        "rolled": _("rolled"),
        "cheroots": _("cheroots"),
        "cigars": _("cigars"),
        "pipe": _("pipe"),
        "e_cigarette": _("e-cigarette"),
        "heated": _("heated tobacco"),
        "snus": _("snus"),
        "pouches": _("nicotine pouches"),
        "none": _("None"),
        "one_to_three": _("One to three"),
        "more": _("More"),
        "municipal_clinic": _("Municipal clinic"),
        "pharmacy": _("Pharmacy"),
        "hospital": _("Hospital"),
        "midwife": _("Midwife"),
        "primary_care": _("General practice"),
        "yes": _("yes"),
        "no": _("no"),
        "other": _("Another"),
    }
    if key.startswith("ftnd_"):
        words |= {
            "within_5": _("within 5 minutes"),
            "within_30": _("6 to 30 minutes"),
            "within_60": _("31 to 60 minutes"),
            "later": _("after an hour"),
            "first_in_the_morning": _("the first in the morning"),
            "any_other": _("any other"),
            "up_to_10": _("up to 10"),
            "up_to_20": "11–20",
            "up_to_30": "21–30",
            "above_30": _("31 or more"),
        }
    return words.get(option) or newer_word(option)
