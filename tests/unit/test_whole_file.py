"""A file is replaced whole or not at all, whatever happens while it is written."""

import contextlib
import errno
import os
import signal
import stat
import subprocess
import sys

import pytest

from app.whole_file import replace_whole

WRITE = """
import os, resource, signal, sys
from pathlib import Path
from app.whole_file import replace_whole
def end(*_given): os.kill(os.getpid(), signal.SIGKILL)
{happens}
replace_whole(Path(sys.argv[1]), b"new" * 2_000)
"""


def written_while(happens, path):
    """Replace the file in a process of its own to which something happens, and return how it ended."""
    done = subprocess.run([sys.executable, "-c", WRITE.format(happens=happens), path], capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "keys.json"
    replace_whole(made, b"as it was")
    return made


def test_a_full_disk_leaves_the_older_file_and_no_half_of_the_new_one(path):
    code, said = written_while("resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))", path)
    assert code == 1
    assert "OSError" in said
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == {"keys.json": b"as it was"}


@pytest.mark.parametrize(
    ("ended_at", "left"),
    [("os.fsync = end", b"as it was"), ("Path.replace = end", b"as it was"), ("os.close = end", b"new" * 2_000)],
    ids=["while it is written", "before it takes the other's place", "after it has"],
)
def test_a_process_that_is_killed_in_between_leaves_the_older_file_or_the_new_one(path, ended_at, left):
    code, _said = written_while(ended_at, path)
    assert code == -signal.SIGKILL
    assert path.read_bytes() == left
    # What lies beside is in nobody's way.
    replace_whole(path, b"and again")
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == {"keys.json": b"and again"}


def test_only_the_owner_may_read_it_unless_it_is_said_otherwise(path):
    path.chmod(0o644)
    replace_whole(path, b"sealed")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    replace_whole(path, b"a letter", mode=0o666)
    ordinary = path.with_name("ordinary")
    ordinary.touch()
    assert path.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.parametrize(("code", "is_told"), [(errno.EIO, True), (errno.EINVAL, False), (errno.ENOTSUP, False)])
def test_a_folder_that_could_not_be_flushed_is_told_unless_the_file_system_knows_no_such_thing(
    path, monkeypatch, code, is_told
):
    flush = os.fsync

    def flush_files_alone(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", flush_files_alone)
    with pytest.raises(OSError, match=os.strerror(code)) if is_told else contextlib.nullcontext():
        replace_whole(path, b"new")
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == {"keys.json": b"new"}


def test_where_folders_cannot_be_opened_files_are_replaced_all_the_same(path, monkeypatch):
    monkeypatch.delattr(os, "O_DIRECTORY")
    replace_whole(path, b"new")
    assert path.read_bytes() == b"new"
