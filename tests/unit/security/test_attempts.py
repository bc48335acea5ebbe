import json
from datetime import UTC, datetime, timedelta

import pytest

from app.clock import TurnedClock
from app.errors import KnownProblem
from app.security.attempts import ATTEMPTS_FILE_NAME, Attempts, unlock_slowly
from app.security.key_store import Parameters, create_key_file

PASSPHRASE = "en rolig morgen på væresteds-trappen"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return TurnedClock(NOON)


@pytest.fixture
def key_file(tmp_path):
    create_key_file(tmp_path / "keys.json", PASSPHRASE, parameters=Parameters(memory_kib=64, passes=1))
    return tmp_path / "keys.json"


def wrong(key_file, clock):
    with pytest.raises(KnownProblem) as refused:
        unlock_slowly(key_file, "gættet", clock=clock)
    return refused.value.code, refused.value.parameters["seconds"]


def test_the_pauses_grow_and_stay_at_the_longest(key_file, clock):
    for seconds in (0, 0, 5, 15, 60, 300, 300, 300):
        assert wrong(key_file, clock) == ("wrong-passphrase", seconds)
        clock.at += timedelta(seconds=seconds)


def test_during_a_pause_not_even_the_right_passphrase_is_looked_at(key_file, clock):
    for _ in range(3):
        wrong(key_file, clock)
    with pytest.raises(KnownProblem) as refused:
        unlock_slowly(key_file, PASSPHRASE, clock=clock)
    assert (refused.value.code, refused.value.parameters) == ("slow-down", {"seconds": 5})
    clock.at += timedelta(seconds=4.2)
    assert wrong(key_file, clock) == ("slow-down", 1)
    clock.at += timedelta(seconds=1)
    assert len(unlock_slowly(key_file, PASSPHRASE, clock=clock).key) == 32


def test_asking_during_a_pause_does_not_make_it_longer(key_file, clock):
    for _ in range(3):
        wrong(key_file, clock)
    for left in (5, 4, 3, 2, 1):
        assert wrong(key_file, clock) == ("slow-down", left)
        clock.at += timedelta(seconds=1)
    assert wrong(key_file, clock) == ("wrong-passphrase", 15)


def test_the_right_passphrase_clears_the_count(key_file, clock):
    wrong(key_file, clock)
    wrong(key_file, clock)
    unlock_slowly(key_file, PASSPHRASE, clock=clock)
    assert wrong(key_file, clock) == ("wrong-passphrase", 0)


def test_a_clock_that_was_set_back_passes_no_time_and_locks_nobody_out_for_longer(key_file, clock):
    for seconds in (0, 0, 5, 15, 60, 300):
        wrong(key_file, clock)
        clock.at += timedelta(seconds=seconds)
    wrong(key_file, clock)
    clock.at -= timedelta(days=365)
    assert wrong(key_file, clock) == ("slow-down", 300)
    clock.at += timedelta(seconds=299)
    assert wrong(key_file, clock) == ("slow-down", 1)
    clock.at += timedelta(seconds=1)
    assert unlock_slowly(key_file, PASSPHRASE, clock=clock)


def test_the_count_is_written_before_the_attempt_so_that_killing_the_program_gains_nothing(key_file, clock):
    key_file.write_bytes(key_file.read_bytes()[:40])
    with pytest.raises(KnownProblem, match="damaged-key-file"):
        unlock_slowly(key_file, PASSPHRASE, clock=clock)
    assert json.loads(key_file.with_name(ATTEMPTS_FILE_NAME).read_text())["wrong"] == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"wrong": "x"}', b'{"wrong": 1, "left": 1e400, "seen_at": null}',
     b'{"wrong": 1, "left": NaN, "seen_at": null}', b'{"wrong": 1, "left": 5, "seen_at": "noon"}', b"[" * 99_999],
)  # fmt: skip
def test_spoiling_the_file_is_no_way_around_the_pause(key_file, clock, content):
    key_file.with_name(ATTEMPTS_FILE_NAME).write_bytes(content)
    assert wrong(key_file, clock) == ("slow-down", 300)
    clock.at += timedelta(seconds=300)
    assert unlock_slowly(key_file, PASSPHRASE, clock=clock)


def test_a_moment_without_its_zone_is_no_way_around_the_pause(key_file, clock):
    said = {"wrong": 5, "left": 60, "seen_at": (NOON + timedelta(days=2)).replace(tzinfo=None).isoformat()}
    key_file.with_name(ATTEMPTS_FILE_NAME).write_text(json.dumps(said))
    assert wrong(key_file, clock) == ("slow-down", 60)


def test_a_wrong_passphrase_leaves_the_key_file_as_it_was(key_file, clock):
    before = key_file.read_bytes()
    wrong(key_file, clock)
    assert key_file.read_bytes() == before


def test_without_a_key_file_nothing_is_written(tmp_path, clock):
    with pytest.raises(KnownProblem, match="missing-key-file"):
        unlock_slowly(tmp_path / "keys.json", PASSPHRASE, clock=clock)
    assert list(tmp_path.iterdir()) == []


def test_the_rule_needs_no_file():
    state = Attempts()
    for _ in range(3):
        state = state.after_wrong(NOON)
    assert state.at(NOON + timedelta(seconds=2)).left == timedelta(seconds=3)
    assert state.at(NOON - timedelta(hours=1)).left == timedelta(seconds=5)
    assert state.at(NOON + timedelta(hours=1)).left == timedelta()
