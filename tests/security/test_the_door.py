"""What leaves the program readable goes through one door, and stands in the access log before it does."""

import ast
from pathlib import Path

import pytest

from app.errors import KnownProblem
from app.services.let_out import write_out

APP = Path(__file__).parents[2] / "app"
WAYS_OUT = {
    "write_bytes", "write_text", "QPrinter", "QPrintDialog", "QPrintPreviewDialog", "getSaveFileName", "setText",
    "setMimeData", "open", "fdopen", "open_file", "NamedTemporaryFile", "mkstemp", "QPdfWriter", "save",
    "replace_whole", "write_whole", "openUrl",
}  # fmt: skip
DOORS = {
    "services/let_out.py": {"replace_whole"},
    "ui/door.py": {"QPrinter", "QPrintDialog", "getSaveFileName", "setText"},
    # What was copied is marked as nothing to be kept.
    "ui/shell/clipboard.py": {"setMimeData"},
    # A number, for the system's telephone.
    "ui/contact/task_row.py": {"openUrl"},
}
NOT_READABLE = {
    "apart/far_end.py": "the pipe to our own window",
    "whole_file.py": "what the others write with, whole or not at all",
    "security/whole_file.py": "likewise",
    "security/key_store.py": "sealed keys",
    "security/attempts.py": "how often a passphrase was wrong",
    "sync/standing.py": "whether this laptop may be opened",
    "entrance.py": "the sealed envelope of a laptop that was locked for good",
    "storage/journal.py": "sealed under a key of its own",
    "storage/backup.py": "encrypted as the store is",
    "settings.py": "nothing about people",
    "companion_server.py": "the invented cooperation's server: its port",
    "exchange/outbox_folder.py": "the gateway's folder: a letter is logged when it is sent",
    "ui/theme/appearance.py": "marks of the theme",
    "ui/sync_status/envelopes.py": "an envelope and the answers to it, which are sealed",
}


def ways_out(file):
    """Every call in a file that writes a file, prints, fills the clipboard or opens what is outside."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name not in WAYS_OUT:
            continue
        if name in ("setText", "setMimeData") and "clipboard" not in ast.unparse(called):
            continue
        if name == "save" and (not node.args or ast.unparse(called).endswith("door.save")):
            continue
        if name == "open" and not is_written(node):
            continue
        yield name


def is_written(call):
    """Whether a call of open asks to write."""
    given = call.args[1:] if isinstance(call.func, ast.Name) else call.args[:1]
    modes = [argument.value for argument in given if isinstance(argument, ast.Constant)]
    modes += [keyword.value.value for keyword in call.keywords if isinstance(keyword.value, ast.Constant)]
    return any(isinstance(mode, str) and set(mode) <= set("rwxab+t") and set(mode) & set("wxa+") for mode in modes)


def test_there_is_no_other_way_out_than_the_door():
    found = {str(file.relative_to(APP).as_posix()): set(ways_out(file)) for file in APP.rglob("*.py")}
    found = {file: ways for file, ways in found.items() if ways}
    assert {file: ways for file, ways in found.items() if file in DOORS} == DOORS
    assert set(found) - set(DOORS) <= set(NOT_READABLE)
    assert set(NOT_READABLE) <= set(found)


def test_a_way_out_that_somebody_adds_is_found(tmp_path):
    (tmp_path / "sly.py").write_text(
        "Path('x').write_bytes(b'')\nQApplication.clipboard().setText('x')\nself._clipboard.setText('x')\n"
        "open('x', 'w')\npath.open(mode='ab')\n"
        "label.setText('x')\nopen('x')\nself._desk.open('person', 'wax')\n"
    )
    assert list(ways_out(tmp_path / "sly.py")) == ["write_bytes", "setText", "setText", "open", "open"]


def test_a_stick_that_cannot_be_written_says_which_file(tmp_path):
    with pytest.raises(KnownProblem) as refused:
        write_out(tmp_path / "nowhere" / "plan.pdf", b"")
    assert refused.value.code == "not-written"


def test_neither_a_folder_nor_a_device_is_replaced_by_a_file(tmp_path):
    for taken in (tmp_path, Path("/dev/null")):
        with pytest.raises(KnownProblem, match="not-written"):
            write_out(taken, b"plan")
