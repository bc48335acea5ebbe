"""What is said about sending is true, tells every state apart, and names counts and days."""

from datetime import UTC, date, datetime

import pytest

from app.errors import KnownProblem
from app.i18n import format_day, use_language
from app.storage.queries.unsent import SyncState
from app.sync.report import SyncProgress, SyncStep
from app.sync.retry import LONGEST_SECONDS, BackOff
from app.ui.sync_status.standing import reason, standing

TODAY = date(2026, 11, 25)
AT = datetime(2026, 11, 25, 15, 42, tzinfo=UTC)


def state(**changes) -> SyncState:
    fields = {
        "pending": 0,
        "refused": 0,
        "unsent": (),
        "received_at": AT,
        "received": 31,
        "receipt": "{}",
        "server_url": "",
    }
    return SyncState(**{**fields, **changes})


FAILURES = frozenset(
    {
        "no-network", "server-down", "captive-portal", "certificate", "wrong-server", "not-our-server", "timed-out",
        "token-refused", "copied-store", "busy", "server-fault", "other-protocol", "count-differs", "wrong-database",
    }
)  # fmt: skip


def test_every_failure_is_told_apart_and_none_is_green():
    said = {code: standing(state(), today=TODAY, problem=KnownProblem(code)) for code in FAILURES}
    assert len({now.title for now in said.values()}) == len(FAILURES)
    assert len({now.line for now in said.values()}) == len(FAILURES)
    assert all(now.tone != "success" for now in said.values())
    assert all(now.text for now in said.values())


@pytest.mark.parametrize("spoken", ["da", "en"])
def test_the_status_line_is_a_few_words_and_the_page_has_the_sentence(spoken):
    use_language(spoken)
    for code in FAILURES | {"server-restored", "no-network"}:
        now = standing(state(), today=TODAY, problem=KnownProblem(code))
        assert len(now.line) <= 45, now.line
        assert now.title.endswith(".")


def test_green_comes_from_a_receipt_with_nothing_left_and_from_nothing_else():
    assert standing(state(), today=TODAY).tone == "success"
    for changes in ({"pending": 1}, {"refused": 1}, {"received_at": None}, {"conflicts": 1}):
        assert standing(state(**changes), today=TODAY).tone != "success", changes
    assert standing(state(), today=TODAY, progress=SyncProgress(SyncStep.HELLO)).tone != "success"
    assert standing(state(), today=TODAY, problem=ValueError("bug")).tone != "success"


def test_the_sentences_count_and_name():
    assert standing(state(), today=TODAY).title == "31 changes received 16:42"
    assert standing(state(received=0), today=TODAY).title == "Everything received 16:42"
    waiting = state(pending=7, visits=3, since=date(2026, 11, 24))
    assert (
        standing(waiting, today=TODAY).title
        == f"3 visits from {format_day(date(2026, 11, 24))} on have not been received"
    )
    assert standing(state(pending=1, since=TODAY), today=TODAY).title == "1 change only on this laptop"
    sending = standing(state(pending=31), today=TODAY, progress=SyncProgress(SyncStep.PUSH, 12, 31))
    assert sending.line == "Sending 12 of 31 …"
    down = standing(waiting, today=TODAY, problem=KnownProblem("server-down"))
    assert "3 visits" in down.text
    assert "7 changes only on this laptop" in down.line


def test_every_reason_of_the_server_has_plain_words():
    from server.refusals import CHANGE_SENTENCES

    said = {reason(code) for code in CHANGE_SENTENCES if code not in ("taken-change-id",)}
    assert len(said) == len(CHANGE_SENTENCES) - 1


def test_the_back_off_is_never_sooner_than_asked_and_spreads_over_its_whole_bound():
    back_off = BackOff()
    busy = KnownProblem("busy", retry_after=7)
    assert 7 <= back_off.pause_after(busy) <= 9
    for _ in range(30):
        pause = back_off.pause_after(KnownProblem("server-down"))
        assert 0 <= pause <= LONGEST_SECONDS
    assert back_off.pause_after(KnownProblem("token-refused")) is None
    assert back_off.pause_after(ValueError()) is None
    pauses = []
    for _ in range(200):
        one = BackOff(failures=6)
        pauses.append(one.pause_after(KnownProblem("server-down")))
    assert min(pauses) < 40
    assert max(pauses) > 90
    back_off.succeeded()
    assert back_off.pause_after(KnownProblem("server-down")) <= 2
