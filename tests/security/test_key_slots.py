"""Every way into a laptop, and what each costs who has not got it."""

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from app.errors import KnownProblem
from app.models.local import OutboxEntry
from app.security import key_store
from app.security.key_store import (
    Opened,
    Parameters,
    add_user,
    begin_rekeying,
    change_passphrase,
    create_key_file,
    new_recovery_code,
    open_key_file,
    raise_parameters,
    recover,
    remove_user,
    renew_escrow,
    seal_away,
    slots_of,
    unlock,
)
from app.security.passphrase import judge
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.services.rekey_store import open_after_rekeying, rekey_store
from app.settings import BACKUP_FOLDER, DATABASE_NAME, KEY_FILE_NAME, KEYS_OF_BACKUP
from app.storage import rekey
from app.storage.backup import backups, make_backup
from app.storage.engine import open_store
from server.escrow import help_code_from, new_escrow_pair
from tests.security.counting import count
from tests.trial_laptop import CLOCK, PASSPHRASE, make_laptop, opened

ROOT = Path(__file__).parents[2]
CHEAP = Parameters(memory_kib=64, passes=1)
METTE, JENS = "mette-id", "jens-id"
JENS_PASSPHRASE = "syv gule cykler i regnen"
NEW = "en helt anden lang sætning"


@pytest.fixture(scope="module")
def coordinator():
    return new_escrow_pair("koordinatorens egen sætning")


@pytest.fixture
def key_file(tmp_path, coordinator):
    path = tmp_path / KEY_FILE_NAME
    create_key_file(path, PASSPHRASE, user_id=METTE, escrow_key=coordinator.public, parameters=CHEAP)
    return path


def test_several_people_open_one_laptop_each_with_a_passphrase_of_their_own(key_file):
    add_user(key_file, PASSPHRASE, JENS, JENS_PASSPHRASE, parameters=CHEAP)
    assert open_key_file(key_file, PASSPHRASE).user_id == METTE
    assert open_key_file(key_file, JENS_PASSPHRASE).user_id == JENS
    assert unlock(key_file, PASSPHRASE) == unlock(key_file, JENS_PASSPHRASE)
    change_passphrase(key_file, JENS_PASSPHRASE, NEW, parameters=CHEAP)
    assert open_key_file(key_file, PASSPHRASE).user_id == METTE
    remove_user(key_file, PASSPHRASE, JENS)
    with pytest.raises(KnownProblem, match="wrong-passphrase"):
        unlock(key_file, NEW)
    with pytest.raises(KnownProblem, match="last-passphrase"):
        remove_user(key_file, PASSPHRASE, METTE)


def test_two_people_cannot_have_the_same_passphrase(key_file):
    with pytest.raises(KnownProblem, match="passphrase-taken"):
        add_user(key_file, PASSPHRASE, JENS, PASSPHRASE, parameters=CHEAP)


def test_a_recovery_code_opens_once_and_sets_a_new_passphrase(key_file):
    key = unlock(key_file, PASSPHRASE)
    code = new_recovery_code(key_file, PASSPHRASE, parameters=CHEAP)
    assert len(code) == 29
    assert code.replace("-", "") not in key_file.read_text()
    with pytest.raises(KnownProblem, match="wrong-code"):
        recover(key_file, code[:-1] + ("A" if code[-1] != "A" else "B"), NEW, parameters=CHEAP)
    with pytest.raises(KnownProblem, match="weak-passphrase"):
        recover(key_file, code, "rygestop2026", parameters=CHEAP)
    assert recover(key_file, code.lower().replace("-", " "), NEW, parameters=CHEAP) == Opened(key, METTE)
    assert unlock(key_file, NEW) == key
    for secret in (PASSPHRASE, code):
        with pytest.raises(KnownProblem, match="wrong-passphrase"):
            unlock(key_file, secret)
    with pytest.raises(KnownProblem, match="wrong-code"):
        recover(key_file, code, NEW, parameters=CHEAP)


def test_the_coordinator_lets_in_somebody_who_forgot_with_a_code_that_works_once(key_file, coordinator):
    key = unlock(key_file, PASSPHRASE)
    sealed = key_store.deposited_help(key_file)
    code = help_code_from(sealed, coordinator.private_file, "koordinatorens egen sætning")
    assert recover(key_file, code, NEW, parameters=CHEAP).key == key
    assert not slots_of(key_file).has_escrow
    renewed = renew_escrow(key_file, key, coordinator.public, parameters=CHEAP)
    second = help_code_from(renewed, coordinator.private_file, "koordinatorens egen sætning")
    assert second != code
    with pytest.raises(KnownProblem, match="wrong-code"):
        recover(key_file, code, PASSPHRASE, parameters=CHEAP)
    assert recover(key_file, second, PASSPHRASE, parameters=CHEAP).key == key


def test_a_help_code_for_nobody_by_name_is_the_first_persons_and_their_passphrase_opens_nothing_more(
    key_file, coordinator
):
    key = unlock(key_file, PASSPHRASE)
    add_user(key_file, PASSPHRASE, JENS, JENS_PASSPHRASE, parameters=CHEAP)
    code = help_code_from(key_store.deposited_help(key_file), coordinator.private_file, "koordinatorens egen sætning")
    assert recover(key_file, code, NEW, parameters=CHEAP) == Opened(key, METTE)
    with pytest.raises(KnownProblem, match="wrong-passphrase"):
        unlock(key_file, PASSPHRASE)
    assert open_key_file(key_file, JENS_PASSPHRASE).user_id == JENS


def test_another_cooperations_key_opens_no_help_code(key_file):
    other = new_escrow_pair("en anden lang sætning her")
    with pytest.raises(LookupError):
        help_code_from(key_store.deposited_help(key_file), other.private_file, "en anden lang sætning her")
    with pytest.raises(LookupError):
        help_code_from(key_store.deposited_help(key_file), other.private_file, "forkert sætning")


def test_a_revoked_laptop_opens_with_the_coordinators_help_alone(key_file, coordinator):
    key = unlock(key_file, PASSPHRASE)
    code = new_recovery_code(key_file, PASSPHRASE, parameters=CHEAP)
    assert seal_away(key_file, key)
    with pytest.raises(KnownProblem, match="wrong-passphrase"):
        unlock(key_file, PASSPHRASE)
    with pytest.raises(KnownProblem, match="wrong-code"):
        recover(key_file, code, NEW, parameters=CHEAP)
    sealed = key_store.deposited_help(key_file)
    help_code = help_code_from(sealed, coordinator.private_file, "koordinatorens egen sætning")
    assert recover(key_file, help_code, NEW, user_id=METTE, parameters=CHEAP) == Opened(key, METTE)


CLOSED = {
    "passphrase": lambda path, key: change_passphrase(path, PASSPHRASE, NEW, parameters=CHEAP),
    "colleague": lambda path, key: remove_user(path, PASSPHRASE, JENS),
    "seal": seal_away,
    "seal on a full disk": seal_away,
}


@pytest.mark.parametrize("how", CLOSED)
def test_a_way_in_that_is_closed_opens_no_backup_either(key_file, coordinator, monkeypatch, how):
    """Backups have the store's data key, and a key file each: what opens one of these opens everything."""
    key = unlock(key_file, PASSPHRASE)
    add_user(key_file, PASSPHRASE, JENS, JENS_PASSPHRASE, parameters=CHEAP)
    kept = key_file.parent / BACKUP_FOLDER / f"20261124T090000000000Z{KEYS_OF_BACKUP}"
    kept.parent.mkdir()
    shutil.copyfile(key_file, kept)
    assert unlock(kept, PASSPHRASE) == unlock(kept, JENS_PASSPHRASE) == key
    if how.endswith("full disk"):
        write = key_store.write_whole

        def write_one(path, content):
            if path == kept:
                raise KnownProblem("disk-full")
            write(path, content)

        monkeypatch.setattr(key_store, "write_whole", write_one)
    CLOSED[how](key_file, key)
    closed = {"passphrase": [PASSPHRASE], "colleague": [JENS_PASSPHRASE]}.get(how, [PASSPHRASE, JENS_PASSPHRASE])
    for secret in closed:
        for file in (key_file, kept):
            with pytest.raises(KnownProblem, match=r"wrong-passphrase|missing-key-file"):
                unlock(file, secret)
    if how == "passphrase":
        assert unlock(kept, NEW) == unlock(kept, JENS_PASSPHRASE) == key
    assert kept.exists() is not how.endswith("full disk")


def test_a_new_key_leaves_the_backups_of_a_store_that_was_here_before_their_own_ways_in(key_file):
    key = unlock(key_file, PASSPHRASE)
    kept = key_file.parent / BACKUP_FOLDER / f"20261124T090000000000Z{KEYS_OF_BACKUP}"
    kept.parent.mkdir()
    key_file.replace(kept)
    create_key_file(key_file, NEW, parameters=CHEAP)
    assert unlock(kept, PASSPHRASE) == key


def test_without_escrow_a_laptop_is_never_sealed_for_good(tmp_path):
    key = create_key_file(tmp_path / "keys.json", PASSPHRASE, parameters=CHEAP)
    assert not seal_away(tmp_path / "keys.json", key)
    assert unlock(tmp_path / "keys.json", PASSPHRASE) == key


def test_a_key_costs_a_thief_64_mib_and_three_passes_where_nobody_asks_for_less(tmp_path):
    path = tmp_path / "keys.json"
    # In a process of its own: the tests' own keys are cheap.
    make = "from app.security.key_store import create_key_file; import pathlib, sys; "
    make += "create_key_file(pathlib.Path(sys.argv[1]), sys.argv[2])"
    subprocess.run([sys.executable, "-c", make, str(path), PASSPHRASE], cwd=ROOT, check=True)
    [slot] = json.loads(path.read_text())["slots"]
    assert slot["parameters"] == {"memory_kib": 64 * 1024, "passes": 3, "lanes": 1}
    assert len(unlock(path, PASSPHRASE)) == 32


def test_cheaper_parameters_are_raised_at_the_next_unlock(key_file):
    dearer = Parameters(memory_kib=128, passes=2)
    assert raise_parameters(key_file, PASSPHRASE, parameters=dearer)
    slot = json.loads(key_file.read_text())["slots"][0]
    assert slot["parameters"] == {"memory_kib": 128, "passes": 2, "lanes": 1}
    assert not raise_parameters(key_file, PASSPHRASE, parameters=dearer)
    assert open_key_file(key_file, PASSPHRASE).user_id == METTE


def test_a_slot_that_somebody_slipped_into_the_file_is_refused(key_file, tmp_path):
    intruder = tmp_path / "other.json"
    create_key_file(intruder, JENS_PASSPHRASE, parameters=CHEAP)
    content = json.loads(key_file.read_text())
    content["slots"].append(json.loads(intruder.read_text())["slots"][0])
    content["checksum"] = key_store._checksum(content["slots"])
    key_file.write_text(json.dumps(content))
    # A re-keying would else have sealed the new key to the intruder.
    with pytest.raises(KnownProblem, match="damaged-key-file"):
        unlock(key_file, PASSPHRASE)


@pytest.mark.parametrize(
    "easy", ["kort", "rygestop2026", "kodeord12345", "Sommer2026!", "københavn1234", "aaaaaaaaaaaa", "1234567890"]
)
def test_a_passphrase_that_a_dane_would_guess_is_refused(tmp_path, easy):
    with pytest.raises(KnownProblem, match="weak-passphrase"):
        create_key_file(tmp_path / "keys.json", easy, parameters=CHEAP)


@pytest.mark.parametrize("good", [PASSPHRASE, JENS_PASSPHRASE, NEW, "kaffe cykel regn tirsdag"])
def test_a_few_ordinary_danish_words_are_enough(good):
    assert judge(good).is_enough


def test_words_known_of_somebody_make_a_passphrase_easier():
    assert (
        judge("Valdemar Kjærsgaard 7", about=("Valdemar Kjærsgaard",)).strength
        < judge("Valdemar Kjærsgaard 7").strength
    )


@pytest.fixture
def laptop(tmp_path):
    folder = tmp_path / "laptop"
    make_laptop(folder)
    store = opened(folder)
    with store.session() as session:
        from app.models.course import Course

        course_id = session.scalars(select(Course.id)).first()
    for name in ("Jonny", "Kaptajnen"):
        with store.unit_of_work(actor=CLOCK.now().isoformat()[:10], clock=CLOCK) as work:
            add_walk_in(AddWalkIn(course_id, name), work=work)
    make_backup(store, folder / KEY_FILE_NAME, clock=CLOCK)
    store.close()
    return folder


def unsent(store):
    with store.session() as session:
        return [entry.change_id for entry in session.scalars(select(OutboxEntry).order_by(OutboxEntry.sequence))]


def test_rekeying_keeps_every_unsent_change_and_every_way_in(laptop):
    key_file = laptop / KEY_FILE_NAME
    add_user(key_file, PASSPHRASE, JENS, JENS_PASSPHRASE, parameters=CHEAP)
    code = new_recovery_code(key_file, PASSPHRASE, parameters=CHEAP)
    old = unlock(key_file, PASSPHRASE)
    store = open_store(laptop / DATABASE_NAME, old)
    before = unsent(store)
    store.close()
    new = rekey_store(laptop, PASSPHRASE)
    assert new != old
    with pytest.raises(KnownProblem, match="damaged-store"):
        open_store(laptop / DATABASE_NAME, old)
    assert unlock(key_file, JENS_PASSPHRASE) == new
    assert recover(key_file, code, NEW, parameters=CHEAP).key == new
    assert backups(laptop) == ()
    store = open_store(laptop / DATABASE_NAME, new)
    assert unsent(store) == before
    store.close()


@pytest.mark.parametrize("step", ["before-copy", "before-rename", "before-finish", "before-forgetting"])
def test_rekeying_cut_off_at_any_step_leaves_a_laptop_that_opens_with_everything(laptop, monkeypatch, step):
    class PowerCut(BaseException):
        pass

    def cut(*_, **__):
        raise PowerCut

    store = opened(laptop)
    before = unsent(store)
    make_backup(store, laptop / KEY_FILE_NAME, clock=CLOCK)
    store.close()
    # A power cut runs no clean-up: play it on a copy taken at the moment of the cut.
    frozen = laptop.with_name("frozen")

    def freeze(*_, **__):
        shutil.copytree(laptop, frozen)
        (frozen / f"{DATABASE_NAME}.rekeyed-journal").write_bytes(b"half a page")
        raise PowerCut

    targets = {
        "before-copy": ("app.services.rekey_store", "copy_under_new_key"),
        "before-rename": ("app.storage.rekey", "check_store"),
        "before-finish": ("app.services.rekey_store", "finish_rekeying"),
        "before-forgetting": ("app.services.rekey_store", "discard_all"),
    }
    module, name = targets[step]
    monkeypatch.setattr(f"{module}.{name}", freeze)
    with pytest.raises(PowerCut):
        rekey_store(laptop, PASSPHRASE)
    monkeypatch.undo()
    assert rekey.check_store is not freeze
    store = open_after_rekeying(frozen, open_key_file(frozen / KEY_FILE_NAME, PASSPHRASE))
    count(faults=1, lost=len(set(before) - set(unsent(store))))
    assert unsent(store) == before
    store.close()
    assert open_key_file(frozen / KEY_FILE_NAME, PASSPHRASE).next_key is None
    # What the old key opens does not outlive it.
    assert bool(backups(frozen)) == (step in ("before-copy", "before-rename"))
    if step in ("before-copy", "before-rename"):
        assert not list(frozen.glob("*.rekeyed*"))
    store = open_after_rekeying(frozen, open_key_file(frozen / KEY_FILE_NAME, PASSPHRASE))
    assert unsent(store) == before
    store.close()


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_disk_that_may_lose_a_step_of_a_rekeying_ends_it_where_the_laptop_still_opens(laptop, monkeypatch, failing):
    store = opened(laptop)
    before = unsent(store)
    store.close()
    flush, flushed = os.fsync, []

    def flush_unless_it_is_that_folder(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            flushed.append(descriptor)
            if len(flushed) == failing:
                raise OSError(errno.EIO, "a disk that fails")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", flush_unless_it_is_that_folder)
    with pytest.raises(KnownProblem, match="not-written"):
        rekey_store(laptop, PASSPHRASE)
    monkeypatch.undo()
    # Until the disk has the store's new name for sure, the key file keeps both keys.
    found = open_key_file(laptop / KEY_FILE_NAME, PASSPHRASE)
    assert (found.next_key is not None) == (failing < 3)
    store = open_after_rekeying(laptop, found)
    assert unsent(store) == before
    store.close()
    assert open_key_file(laptop / KEY_FILE_NAME, PASSPHRASE).next_key is None


def test_a_rekeying_that_is_gone_on_with_makes_sure_of_the_key_file_first(laptop, monkeypatch):
    key_file = laptop / KEY_FILE_NAME
    keys = begin_rekeying(key_file, PASSPHRASE)

    def fails(_path):
        raise OSError(errno.EIO, "a disk that fails")

    monkeypatch.setattr("app.whole_file.flush_folder", fails)
    with pytest.raises(KnownProblem, match="not-written"):
        begin_rekeying(key_file, PASSPHRASE)
    monkeypatch.undo()
    assert begin_rekeying(key_file, PASSPHRASE) == keys
