from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.clock import TurnedClock
from app.domain.checks import Block
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import RuleOverride
from app.services.override_rule import override_blocks
from tests.empty_store import empty_store

CLOCK = TurnedClock(datetime(2026, 11, 25, 13, 0, tzinfo=UTC))
ACTOR, PERSON, VOUCHER = (new_id(CLOCK) for _ in range(3))
BLOCK = Block("too-many-vouchers", "voucher_number", "S2", "number", {"given": 5})


@pytest.fixture
def store(tmp_path):
    store = empty_store(tmp_path / "pusterum.db", bytes(range(32)))
    yield store
    store.close()


def overridden(store):
    with store.session() as reading:
        return list(reading.scalars(select(RuleOverride)))


def blocked(store, reason, found=(BLOCK,)):
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        override_blocks(found, reason=reason, person_id=PERSON, subject_entity="voucher", subject_id=VOUCHER, work=work)
        work.commit()


def test_an_override_is_a_fact_with_its_reason_and_who_gave_it(store):
    blocked(store, "  Moved here   in June. ")
    (fact,) = overridden(store)
    assert (fact.reason, fact.rule, fact.subject_id) == ("Moved here in June.", "voucher_number", VOUCHER)
    assert (fact.recorded_by, fact.overridden_on) == (ACTOR, date(2026, 11, 25))


@pytest.mark.parametrize(("reason", "code"), [("  \n", "too-many-vouchers"), ("x" * 501, "reason-too-long")])
def test_an_override_without_a_reason_or_with_a_novel_is_refused(store, reason, code):
    with pytest.raises(RuleRefusal, match=code):
        blocked(store, reason)
    assert overridden(store) == []


def test_a_block_refuses_with_its_own_sentence_and_says_that_it_can_be_overridden(store):
    with pytest.raises(RuleRefusal, match="too-many-vouchers") as refusal:
        blocked(store, "")
    assert refusal.value.parameters == {
        "field": "number", "rule": "voucher_number", "source": "S2", "overridable": True, "given": 5,
    }  # fmt: skip
    assert overridden(store) == []


def test_a_reason_lets_every_block_pass_and_each_is_in_the_history(store):
    other = Block("too-few", "voucher_cigarettes_above", "S2")
    blocked(store, "The doctor asked for it.", (BLOCK, other))
    assert {fact.rule for fact in overridden(store)} == {"voucher_number", "voucher_cigarettes_above"}


def test_without_blocks_nothing_is_recorded(store):
    blocked(store, "", ())
    assert overridden(store) == []
