"""Papers made from a real store: what stands on them, for whom they may be made, and who is told of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.clock import TurnedClock
from app.domain.baseline import FORM
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Course, Enrolment, Session
from app.models.medicine import Voucher, VoucherRedemption
from app.models.organisation import Place
from app.models.outcome import FormTyped
from app.models.oversight import AccessLog
from app.models.person import Consent, Person
from app.models.plan import Baseline, NrtPlan, NrtStep, PlanStep, ReductionPlan
from app.models.smoking import Handout
from app.services.make_document import MakeDocument, Paper, make_document
from app.services.typing_forms import TickForm, forms_to_type, tick_form
from app.services.write_letter import DraftLetter, draft_letter
from tests.paper_text import text_of
from tests.trial_laptop import CLOCK, make_laptop, opened


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laptop") / "data"
    make_laptop(folder)
    store = opened(folder)
    yield store
    store.close()


@pytest.fixture
def work(store):
    with store.session() as reading:
        actor = reading.scalars(select(Course.counsellor_id).where(Course.counsellor_id.is_not(None))).first() or "u"
    with store.unit_of_work(actor=actor, clock=TurnedClock(CLOCK.now())) as work:
        yield work


def a_seat(work) -> tuple[Person, Enrolment, Session]:
    """Return somebody of a course that meets again."""
    found = work.session.execute(
        select(Person, Enrolment, Session)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Session, Session.course_id == Enrolment.course_id)
        .where(
            Session.state == "planned",
            Session.held_on >= date(2026, 11, 24),
            Enrolment.left_on.is_(None),
            Person.given_name != "",
            Person.merged_into_id.is_(None),
        )
        .order_by(Session.held_on, Person.id)
        .limit(1)
    ).one()
    return tuple(found)


def said_yes(work, person: Person, kind: str) -> None:
    work.session.add(
        Consent(
            id=new_id(work.clock),
            person_id=person.id,
            kind=kind,
            answer="given",
            manner="oral",
            answered_on=date(2026, 11, 24),
            information_given=True,
            recorded_by=work.actor,
        )
    )
    work.session.flush()


def said_no(work, person: Person, kind: str) -> None:
    work.session.add(
        Consent(
            id=new_id(work.clock),
            person_id=person.id,
            kind=kind,
            answer="withdrawn",
            answered_on=date(2026, 11, 25),
            recorded_by=work.actor,
        )
    )
    work.session.flush()


def test_the_plan_says_where_it_began_and_what_comes_next(work) -> None:
    person, enrolment, _session = a_seat(work)
    plan = ReductionPlan(
        id=new_id(work.clock),
        person_id=person.id,
        enrolment_id=enrolment.id,
        approach="small_steps",
        starts_on=date(2026, 11, 1),
        start_value=22,
        goal_value=5,
        made_on=date(2026, 11, 23),
        made_by=work.actor,
    )
    work.session.add(plan)
    for rank, (due_on, target) in enumerate(((date(2026, 11, 8), 18.0), (date(2026, 12, 8), 13.0)), start=1):
        work.session.add(
            PlanStep(
                id=new_id(work.clock), person_id=person.id, plan_id=plan.id, rank=rank, due_on=due_on, target=target
            )
        )
    work.session.flush()
    made = make_document(MakeDocument(Paper.PLAN, person.id, "da"), work=work)
    text = text_of(made.pdf)
    for words in ("Min plan", person.given_name, "22", "18", "Fra 8. dec. højst 13 om dagen"):
        assert words in text
    assert person.given_name not in made.file_name


def test_the_card_shows_the_plans_products_and_what_was_given(work) -> None:
    person, _enrolment, _session = a_seat(work)
    plan = NrtPlan(
        id=new_id(work.clock),
        person_id=person.id,
        weeks=12,
        starts_on=date(2026, 11, 1),
        made_on=date(2026, 11, 23),
        made_by=work.actor,
    )
    work.session.add(plan)
    for product, first, last in (("patch-24h-21", 1, 4), ("patch-24h-14", 5, 8)):
        work.session.add(
            NrtStep(
                id=new_id(work.clock),
                person_id=person.id,
                plan_id=plan.id,
                product=product,
                from_week=first,
                to_week=last,
            )
        )
    work.session.flush()
    text = text_of(make_document(MakeDocument(Paper.NRT_CARD, person.id, "da"), work=work).pdf)
    for words in ("21 mg/24 timer", "Uge 1 til 4", "14 mg/24 timer", "Uge 5 til 8", "Højst 1 om dagen"):
        assert words in text


@pytest.mark.parametrize(
    ("patch_weeks", "most"),
    [((1, 8), "Højst 32 om dagen"), ((13, 14), "Højst 64 om dagen"), (None, "Højst 64 om dagen")],
)
def test_the_card_says_how_little_of_a_spray_goes_beside_a_patch(work, patch_weeks, most) -> None:
    """The label of the spray: at most 32 puffs a day beside a patch, 64 without (products.toml, combinations)."""
    person, _enrolment, _session = a_seat(work)
    for earlier in work.session.scalars(select(NrtPlan).where(NrtPlan.person_id == person.id)):
        earlier.state = "stopped"
    plan = NrtPlan(
        id=new_id(work.clock), person_id=person.id, weeks=14, starts_on=date(2026, 11, 1), made_on=date(2026, 11, 23),
        made_by=work.actor,
    )  # fmt: skip
    work.session.add(plan)
    steps = [
        ("mouth-spray-1", 1, 12, "short_acting"),
        *([("patch-16h-25", *patch_weeks, "main")] if patch_weeks else []),
    ]
    for product, first, last, role in steps:
        work.session.add(
            NrtStep(
                id=new_id(work.clock), person_id=person.id, plan_id=plan.id, product=product, from_week=first,
                to_week=last, role=role,
            )
        )  # fmt: skip
    work.session.flush()
    text = text_of(make_document(MakeDocument(Paper.NRT_CARD, person.id, "da"), work=work).pdf)
    assert [f"Højst {n} om dagen" for n in (32, 64) if f"Højst {n} om dagen" in text] == [most]


def test_the_slip_the_months_and_the_lists_speak_of_this_very_person(work) -> None:
    person, _enrolment, session = a_seat(work)
    place = work.session.get(Place, session.place_id)
    assert place.name in text_of(make_document(MakeDocument(Paper.APPOINTMENT, person.id, "en"), work=work).pdf)
    attendance = make_document(MakeDocument(Paper.ATTENDANCE, session.id, "da"), work=work)
    assert person.given_name in text_of(attendance.pdf)
    assert person.id in attendance.person_ids
    assert f"· Mødegang {session.number}" in text_of(attendance.pdf)
    session.kind = "intake"
    first_talk = text_of(make_document(MakeDocument(Paper.ATTENDANCE, session.id, "da"), work=work).pdf)
    assert "· Første samtale" in first_talk
    assert "Mødegang" not in first_talk
    assert place.name in text_of(make_document(MakeDocument(Paper.POSTER, place.id, "da"), work=work).pdf)
    make_document(MakeDocument(Paper.PLACE_HANDOUTS, place.id, "da"), work=work)
    make_document(MakeDocument(Paper.SESSION_HANDOUTS, session.id, "en"), work=work)


def test_only_vouchers_that_stand_are_printed(work) -> None:
    person, _enrolment, _session = a_seat(work)
    rows = []
    for number in ("T-0001", "T-0002"):
        rows.append(
            Voucher(
                id=new_id(work.clock),
                person_id=person.id,
                number=number,
                value=22_500,
                issued_on=date(2026, 11, 24),
                recorded_by=work.actor,
            )
        )
    work.session.add_all(rows)
    work.session.flush()
    work.session.add(
        Voucher(
            id=new_id(work.clock),
            person_id=person.id,
            number="T-0002",
            value=0,
            issued_on=date(2026, 11, 24),
            recorded_by=work.actor,
            corrects_id=rows[1].id,
            reason="lost",
        )
    )
    work.session.flush()
    text = text_of(make_document(MakeDocument(Paper.VOUCHERS, person.id, "da"), work=work).pdf)
    assert "T-0001" in text
    assert "T-0002" not in text


def test_a_letter_to_the_doctor_is_not_drawn_without_consent(work) -> None:
    person, enrolment, _session = a_seat(work)
    said_yes(work, person, "letter_gp")
    drafted = draft_letter(DraftLetter(enrolment.id, "gp", "da"), work=work)
    assert person.given_name in text_of(make_document(MakeDocument(Paper.LETTER, drafted.letter_id), work=work).pdf)
    said_no(work, person, "letter_gp")
    with pytest.raises(RuleRefusal, match="letter-not-allowed"):
        make_document(MakeDocument(Paper.LETTER, drafted.letter_id), work=work)


def test_only_who_said_yes_is_typed_into_the_national_database(work) -> None:
    person, enrolment, _session = a_seat(work)
    said_no(work, person, "stopbasen")
    with pytest.raises(RuleRefusal, match="not-for-national"):
        forms_to_type(work.session, enrolment.id)
    with pytest.raises(RuleRefusal, match="not-for-national"):
        tick_form(TickForm(enrolment.id, "base"), work=work)
    with pytest.raises(RuleRefusal, match="not-for-national"):
        make_document(MakeDocument(Paper.TYPING, enrolment.id), work=work)


def test_the_forms_come_in_their_order_and_a_tick_is_a_fact_made_once(work) -> None:
    person, enrolment, _session = a_seat(work)
    said_yes(work, person, "stopbasen")
    found = forms_to_type(work.session, enrolment.id)
    assert [form.key for form in found.forms] == ["registration", "base", "completion", "follow_up"]
    assert [field.number for field in found.forms[0].fields if field.number][:2] == ["8a", "8b"]
    assert found.forms[1].fields[-1].number == "11"
    tick_form(TickForm(enrolment.id, "base"), work=work)
    tick_form(TickForm(enrolment.id, "base"), work=work)
    rows = work.session.scalars(select(FormTyped).where(FormTyped.enrolment_id == enrolment.id)).all()
    assert [row.form for row in rows if row.form == "base"] == ["base"]
    typed = {form.key: bool(form.typed) for form in forms_to_type(work.session, enrolment.id).forms}
    assert typed["base"]
    text = text_of(make_document(MakeDocument(Paper.TYPING, enrolment.id, "en"), work=work).pdf)
    assert text.index("Registration form") < text.index("Base form") < text.index("Follow-up form")


def test_making_a_paper_is_in_the_access_log_of_everybody_on_it(work) -> None:
    person, _enrolment, session = a_seat(work)
    made = make_document(MakeDocument(Paper.ATTENDANCE, session.id), work=work)
    logged = work.session.scalars(
        select(AccessLog).where(AccessLog.what == "paper: attendance", AccessLog.action == "view")
    ).all()
    assert {entry.subject_id for entry in logged} >= set(made.person_ids)
    assert person.id in {entry.subject_id for entry in logged}


@pytest.mark.parametrize("paper", [Paper.PLAN, Paper.NRT_CARD, Paper.APPOINTMENT, Paper.MONTHS, Paper.VOUCHERS])
def test_where_there_is_nothing_to_print_it_says_so(work, paper: Paper) -> None:
    person = Person(id=(key := new_id(work.clock)), person_id=key, nickname="Ny", registered_at=work.clock.now())
    work.session.add(person)
    work.session.flush()
    with pytest.raises(RuleRefusal, match="nothing-to-print"):
        make_document(MakeDocument(paper, person.id), work=work)


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_forms_hold_what_was_answered_in_either_of_two_rows(work, is_kept) -> None:
    person, enrolment, _session = a_seat(work)
    said_yes(work, person, "stopbasen")
    other = Person(id=new_id(work.clock), given_name="Bo", registered_at=work.clock.now())
    other.person_id = other.id
    work.session.add(other)
    kept, merged = (person, other) if is_kept else (other, person)
    merged.merged_into_id = kept.id
    years = {"years_smoked": {"answer": "given", "value": 41}}
    work.session.add(
        Baseline(
            id=new_id(work.clock), person_id=other.id, enrolment_id=enrolment.id, filled_on=date(2026, 11, 24),
            answers=years, recorded_by=work.actor,
        )
    )  # fmt: skip
    work.session.flush()
    base = forms_to_type(work.session, enrolment.id).forms[1]
    assert "41" in {field.answer for field in base.fields}


JOINED, LEFT = date(2026, 9, 1), date(2026, 11, 10)


def a_new_part(work) -> tuple[Person, Enrolment]:
    """Return somebody who joined a course, of whom nothing else is known but that they may be registered."""
    _person, beside, _session = a_seat(work)
    person = Person(id=(key := new_id(work.clock)), person_id=key, nickname="Ny", registered_at=work.clock.now())
    part = Enrolment(id=new_id(work.clock), person_id=key, course_id=beside.course_id, joined_on=JOINED)
    work.session.add_all([person, part])
    work.session.flush()
    said_yes(work, person, "stopbasen")
    return person, part


def answer(forms, key, question):
    [form] = [form for form in forms.forms if form.key == key]
    return next(field.answer for field in form.fields if field.question == question)


def test_the_forms_of_an_earlier_course_say_nothing_that_was_answered_after_it(work) -> None:
    person, enrolment = a_new_part(work)
    for days, years in ((-1, 40), (1, 41)):
        work.session.add(
            Baseline(
                id=new_id(work.clock), person_id=person.id, filled_on=LEFT + timedelta(days=days),
                answers={"years_smoked": {"answer": "given", "value": years}}, recorded_by=work.actor,
            )
        )  # fmt: skip
    work.session.flush()
    assert answer(forms_to_type(work.session, enrolment.id), "base", "Years smoked") == "41"
    enrolment.left_on, enrolment.closing_reason = LEFT, "dropped_out"
    work.session.flush()
    assert answer(forms_to_type(work.session, enrolment.id), "base", "Years smoked") == "40"


def test_every_answer_of_the_base_form_stands_on_the_typing_sheet_in_words(work) -> None:
    """STOPbasen's forms are typed from this sheet: a code of ours means nothing there (basisskema)."""
    person, enrolment = a_new_part(work)
    choices = [question for question in FORM if question.kind == "choice"]
    seen = set()
    for number in range(max(len(question.options) for question in choices)):
        answers = {q.key: {"answer": "given", "value": q.options[number % len(q.options)]} for q in choices}
        work.session.add(
            Baseline(
                id=new_id(work.clock), person_id=person.id, filled_on=JOINED + timedelta(days=number), answers=answers,
                recorded_by=work.actor,
            )
        )  # fmt: skip
        work.session.flush()
        seen |= {field.answer for field in forms_to_type(work.session, enrolment.id).forms[1].fields}
    assert not [said for said in seen if "unknown" in said]
    assert {"31 or more", "Homemaker"} <= seen


@pytest.mark.parametrize(
    ("used", "handed", "medicine", "is_free"),
    [
        (1, False, "bought with 1 voucher", "in part, with vouchers"),
        (2, True, "Nicotine gum 2 mg, bought with 2 vouchers", "yes"),
        (0, True, "Nicotine gum 2 mg", "yes"),
        (0, False, "None handed out", "no"),
    ],
)
def test_medicine_bought_with_vouchers_is_medicine_used(work, used, handed, medicine, is_free) -> None:
    person, enrolment = a_new_part(work)
    on = enrolment.joined_on
    for number in range(3):
        voucher = Voucher(
            id=new_id(work.clock), person_id=person.id, enrolment_id=enrolment.id, number=f"N{number}", value=22500,
            issued_on=on, recorded_by=work.actor,
        )  # fmt: skip
        redemption = VoucherRedemption(
            id=new_id(work.clock), person_id=person.id, voucher_id=voucher.id, redeemed_on=on, amount=20000,
            recorded_by=work.actor,
        )  # fmt: skip
        work.session.add_all([voucher, redemption] if number < used else [voucher])
    if handed:
        work.session.add(
            Handout(
                id=new_id(work.clock), person_id=person.id, enrolment_id=enrolment.id, week=1, product="gum-2",
                quantity=1, handed_on=on, recorded_by=work.actor,
            )
        )  # fmt: skip
    work.session.flush()
    forms = forms_to_type(work.session, enrolment.id)
    assert answer(forms, "completion", "Medicine used") == medicine
    assert answer(forms, "completion", "Got medicine free") == is_free
