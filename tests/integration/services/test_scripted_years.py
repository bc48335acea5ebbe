"""One participant's year for each of the five documents, played through the use cases of the screens."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.domain.completion import Definition
from app.domain.follow_up import Stage
from app.domain.outcomes import Verification, verification
from app.models.course import Diploma, Enrolment
from app.models.letter import Letter
from app.models.local import OutboxEntry
from app.models.medicine import MedicineNotice, Voucher
from app.models.organisation import OutreachVisit, PlaceCycleStep
from app.models.person import RuleOverride
from app.models.plan import PlanStep, ReductionPlan
from app.models.smoking import Handout, Pause, Relapse, StopDate
from app.storage.queries.enrolment_facts import enrolment_facts
from app.storage.queries.tasks import due_of_person
from tools.year import LAST_DAY, YEARS, Year


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    year = Year(tmp_path_factory.mktemp("year") / "data")
    yield year
    year.store.close()


@pytest.fixture(scope="module")
def played(year):
    return {document: told(year) for document, told in YEARS.items()}


@pytest.fixture
def asking(year, played):
    """Ask about somebody of the year: rows of a table, and what is known of their enrolment."""
    return Asking(year, played)


class Asking:
    def __init__(self, year, played):
        self.year, self.played = year, played

    def rows(self, document, table):
        with self.year.store.session() as reading:
            return list(
                reading.scalars(
                    select(table).where(table.person_id == self.played[document].person_id).order_by(table.id)
                )
            )

    def facts(self, document):
        enrolment_id = self.played[document].enrolment_id
        with self.year.store.session() as reading:
            return enrolment_facts(reading, [enrolment_id])[enrolment_id]

    def tasks(self, document, on):
        with self.year.store.session() as reading:
            rows = due_of_person(reading, self.played[document].person_id, today=on).rows
            return {row.task.kind.value for row in rows}


def test_every_document_has_its_year(played):
    assert set(played) == {"S0", "S1", "S2", "S3", "S4"}


def test_everything_that_happened_is_in_the_outbox_and_nothing_was_overridden(year, played):
    with year.store.session() as reading:
        assert reading.scalar(select(func.count()).select_from(OutboxEntry)) > 300
        assert list(reading.scalars(select(RuleOverride))) == []


def test_smoke_free_across_five_of_six_sessions_complete_four_vouchers_and_still_smoke_free(asking):
    facts = asking.facts("S2")
    assert (facts.participation.attended, facts.is_completed) == (5, True)
    assert [completion.definition for completion, so in facts.completions if so] == [
        Definition.THREE_OR_MORE,
        Definition.MORE_THAN_THREE,
        Definition.KOM_OG_KVIT,
        Definition.NATIONAL_SHARE,
    ]
    assert [voucher.value for voucher in asking.rows("S2", Voucher)] == [22_500] * 4
    assert len(asking.rows("S2", Diploma)) == 1
    assert [(letter.kind, letter.state) for letter in asking.rows("S2", Letter)] == [("gp", "given")]
    at_end = facts.outcome("end")
    assert verification(at_end.smoke_free, at_end.co_ppm) is Verification.VERIFIED
    assert (facts.outcome("six_months").smoke_free, facts.outcome("six_months").nicotine_free) == ("yes", "yes")
    follow_up = facts.follow_up(LAST_DAY)
    assert (follow_up.stage, follow_up.effort.days, follow_up.effort.evenings) == (Stage.ANSWERED, 3, 1)


def test_heavy_smokers_the_agreed_course_word_back_to_the_hospital_and_a_new_course_after_relapse(asking):
    facts = asking.facts("S1")
    assert (facts.own_completion.definition, facts.is_completed) == (Definition.AGREED_COURSE, True)
    assert [notice.trigger for notice in asking.rows("S1", MedicineNotice)] == ["stop_date", "relapse"]
    assert [(letter.kind, letter.state) for letter in asking.rows("S1", Letter)] == [("referrer", "given")]
    assert len(asking.rows("S1", Relapse)) == 1
    assert facts.outcome("six_months").smoke_free == "no"
    assert [row.left_on is None for row in asking.rows("S1", Enrolment)].count(True) == 1


def test_at_the_drop_in_centre_ten_sessions_twelve_handouts_and_half_as_many_cigarettes(asking, year):
    facts = asking.facts("S3")
    assert (facts.participation.attended, facts.participation.planned, facts.is_completed) == (9, 10, True)
    assert sorted(handout.week for handout in asking.rows("S3", Handout)) == list(range(1, 13))
    (plan,) = asking.rows("S3", ReductionPlan)
    assert plan.approach == "small_steps"
    assert asking.rows("S3", PlanStep)
    assert facts.outcome("end").cigarettes_per_day <= plan.start_value / 2
    follow_up = facts.follow_up(LAST_DAY)
    assert (follow_up.stage, follow_up.effort.days, follow_up.effort.evenings) == (Stage.GIVEN_UP, 4, 1)
    with year.store.session() as reading:
        done = set(reading.scalars(select(PlaceCycleStep.step).where(PlaceCycleStep.state == "done")))
        visitors = [visit.visitors for visit in reading.scalars(select(OutreachVisit).order_by(OutreachVisit.id))]
    assert {"map", "counsellor_training", "house_meeting", "cafe_visits"} <= done
    assert len(visitors) == 4


def test_a_strengthened_offer_moves_somebody_to_another_town_and_back_and_ends_smoke_free(asking):
    facts = asking.facts("S0")
    assert facts.participation.attended == 6
    assert [row.closing_reason for row in asking.rows("S0", Enrolment)].count("moved_course") == 1
    assert [len(asking.rows("S0", table)) for table in (StopDate, Relapse, Pause)] == [2, 1, 1]
    assert facts.counted_from == (date(2026, 3, 17), "stop_date")
    assert facts.outcome("six_months").smoke_free == "yes"


def test_who_takes_the_consent_back_is_not_called(asking):
    facts = asking.facts("S4")
    assert facts.outcome("end").nicotine_free == "yes"
    assert facts.follow_up(date(2026, 8, 16)).stage is Stage.NOT_ALLOWED
    assert "follow_up" not in asking.tasks("S4", date(2026, 8, 16))
    assert facts.attempts == ()
