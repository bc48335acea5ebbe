import hashlib
import hmac
import json

import pytest

from app.errors import KnownProblem
from app.security.key_store import Parameters, change_passphrase, create_key_file, unlock

CHEAP = Parameters(memory_kib=64, passes=1)
PASSPHRASE = "en rolig morgen på væresteds-trappen"


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys.json"
    path.with_name("expected").write_bytes(create_key_file(path, PASSPHRASE, parameters=CHEAP))
    return path


def expected(path):
    return path.with_name("expected").read_bytes()


def test_the_passphrase_gives_the_very_key_back(key_file):
    assert unlock(key_file, PASSPHRASE) == expected(key_file)
    assert len(expected(key_file)) == 32


@pytest.mark.parametrize("wrong", ["", "en rolig morgen", PASSPHRASE + " ", "x" * 10_000])
def test_a_wrong_passphrase_is_refused_and_changes_nothing(key_file, wrong):
    before = key_file.read_bytes()
    with pytest.raises(KnownProblem, match="wrong-passphrase"):
        unlock(key_file, wrong)
    assert key_file.read_bytes() == before


def test_a_missing_key_file_is_said_and_none_is_made(tmp_path):
    with pytest.raises(KnownProblem, match="missing-key-file"):
        unlock(tmp_path / "keys.json", PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": 1, "slots": [{}]}', b'{"format": 9}'])
def test_a_damaged_key_file_is_refused_and_left_as_it_was(key_file, content):
    key_file.write_bytes(content)
    with pytest.raises(KnownProblem, match="damaged-key-file"):
        unlock(key_file, PASSPHRASE)
    assert key_file.read_bytes() == content


def test_a_key_file_is_never_written_over(key_file):
    before = key_file.read_bytes()
    with pytest.raises(KnownProblem, match="key-file-exists"):
        create_key_file(key_file, PASSPHRASE, parameters=CHEAP)
    assert key_file.read_bytes() == before


def test_a_new_passphrase_opens_the_same_data_and_the_old_one_no_more(key_file):
    change_passphrase(key_file, PASSPHRASE, "en ny og lang sætning", parameters=CHEAP)
    assert unlock(key_file, "en ny og lang sætning") == expected(key_file)
    with pytest.raises(KnownProblem, match="wrong-passphrase"):
        unlock(key_file, PASSPHRASE)


def test_a_short_passphrase_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(KnownProblem, match="weak-passphrase"):
        create_key_file(tmp_path / "keys.json", "kort", parameters=CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_parameters_changed_by_somebody_who_mends_the_checksum_do_not_open(key_file):
    content = json.loads(key_file.read_text())
    content["slots"][0]["parameters"]["passes"] = 2
    content["checksum"] = hashlib.sha256(json.dumps(content["slots"], sort_keys=True).encode()).hexdigest()
    key_file.write_text(json.dumps(content))
    with pytest.raises(KnownProblem, match="wrong-passphrase"):
        unlock(key_file, PASSPHRASE)


def test_every_cut_of_the_file_is_refused_as_damaged_and_left_as_it_was(key_file):
    whole = key_file.read_bytes()
    for length in range(len(whole) - 1):
        key_file.write_bytes(whole[:length])
        with pytest.raises(KnownProblem, match="damaged-key-file"):
            unlock(key_file, PASSPHRASE)
        assert key_file.read_bytes() == whole[:length]


def opened(key_file):
    try:
        return unlock(key_file, PASSPHRASE)
    except KnownProblem as problem:
        return problem.code


def test_a_flipped_bit_is_never_taken_for_a_wrong_passphrase(key_file):
    whole = key_file.read_bytes()
    for place in range(len(whole)):
        key_file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        # Where only a space between two marks is lost, the file still says the same.
        assert opened(key_file) in (expected(key_file), "damaged-key-file")


def test_a_refused_change_of_the_passphrase_changes_nothing(key_file):
    before = key_file.read_bytes()
    for old, new, code in (
        (PASSPHRASE, "kort", "weak-passphrase"),
        ("gættet gættet", "en ny sætning", "wrong-passphrase"),
    ):
        with pytest.raises(KnownProblem, match=code):
            change_passphrase(key_file, old, new, parameters=CHEAP)
    assert key_file.read_bytes() == before
    assert {path.name for path in key_file.parent.iterdir()} == {"keys.json", "expected"}


def test_a_disk_that_refuses_leaves_the_old_passphrase_in_force(key_file):
    before = key_file.read_bytes()
    key_file.with_name(".keys.json.part").mkdir()
    with pytest.raises(KnownProblem, match="not-written"):
        change_passphrase(key_file, PASSPHRASE, "en ny og lang sætning", parameters=CHEAP)
    assert key_file.read_bytes() == before


def rewritten(key_file, slots):
    """Write other slots, as somebody does who has the data key."""
    plain = json.dumps(slots, sort_keys=True).encode()
    mac = hmac.new(expected(key_file), b"pusterum slots" + plain, hashlib.sha256).hexdigest()
    content = {"format": 2, "slots": slots, "checksum": hashlib.sha256(plain).hexdigest(), "mac": mac}
    key_file.write_text(json.dumps(content))


def test_slots_of_other_kinds_are_passed_over_and_kept(key_file):
    slots = json.loads(key_file.read_text())["slots"]
    rewritten(key_file, [{"kind": "of-tomorrow", "sealed": "x"}, *slots])
    assert unlock(key_file, PASSPHRASE) == expected(key_file)
    change_passphrase(key_file, PASSPHRASE, "en ny og lang sætning", parameters=CHEAP)
    assert json.loads(key_file.read_text())["slots"][0] == {"kind": "of-tomorrow", "sealed": "x"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"memory_kib": 2**40},
        {"passes": 10**9},
        {"lanes": 1000},
        {"passes": 0},
        {"passes": 1.5},
        {"lanes": "1"},
        {"x": 1},
    ],
)
def test_parameters_beyond_reason_are_refused_at_once(key_file, parameters):
    slots = json.loads(key_file.read_text())["slots"]
    slots[0]["parameters"] |= parameters
    rewritten(key_file, slots)
    with pytest.raises(KnownProblem, match="damaged-key-file"):
        unlock(key_file, PASSPHRASE)


@pytest.mark.parametrize("odd", ["\ud800 a lone surrogate", "\x00\x07 and a bell rang", "🚭 ingen røg uden 🔥"])
def test_any_text_can_be_a_passphrase(tmp_path, odd):
    key = create_key_file(tmp_path / "keys.json", odd, parameters=CHEAP)
    assert unlock(tmp_path / "keys.json", odd) == key


def test_a_passphrase_is_the_same_however_the_keyboard_composes_its_letters(tmp_path):
    key = create_key_file(tmp_path / "keys.json", "blåbærgrød til alle", parameters=CHEAP)
    assert unlock(tmp_path / "keys.json", "bla\u030abærgrød til alle") == key
