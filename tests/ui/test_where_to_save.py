"""What is saved is of the kind that was chosen, whatever the system's dialog does about endings."""

from collections import deque

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from app.ui.door import ask_where

KINDS = "PDF (*.pdf);;JSON (*.json)"


@pytest.fixture
def asked(qtbot, monkeypatch):
    """Ask where to save; each answer is a path and the chosen kind, and what the dialog suggests is kept."""
    window = QWidget()
    qtbot.addWidget(window)
    suggestions = []

    def ask(*answers, suggested="receipt.pdf", kinds=KINDS):
        waiting = deque((str(path), kind) for path, kind in answers)

        def dialog(_window, _title, suggested, _kinds):
            suggestions.append(suggested)
            return waiting.popleft()

        monkeypatch.setattr(QFileDialog, "getSaveFileName", dialog)
        chosen = ask_where(window, "Save", suggested, kinds)
        assert not waiting
        return chosen

    ask.suggestions = suggestions
    return ask


@pytest.mark.parametrize(
    ("name", "kind", "saved"),
    [
        ("receipt", "PDF (*.pdf)", "receipt.pdf"),
        ("receipt", "JSON (*.json)", "receipt.json"),
        ("receipt", "", "receipt.pdf"),
        ("receipt.JSON", "PDF (*.pdf)", "receipt.JSON"),
        ("receipt of 24.11", "JSON (*.json)", "receipt of 24.11.json"),
    ],
)
def test_a_name_without_one_of_the_endings_gets_that_of_the_chosen_kind(asked, tmp_path, name, kind, saved):
    assert asked((tmp_path / name, kind)) == tmp_path / saved


def test_where_every_kind_may_be_saved_the_name_stays_as_it_was_written(asked, tmp_path):
    assert asked((tmp_path / "letter", ""), kinds="") == tmp_path / "letter"


def test_nobody_who_leaves_the_dialog_saves_anything(asked):
    assert asked(("", "")) is None


def test_a_file_that_is_there_is_replaced_only_when_the_dialog_was_asked_by_its_whole_name(asked, tmp_path):
    taken = tmp_path / "receipt.pdf"
    taken.write_bytes(b"an older one")
    assert asked((tmp_path / "receipt", "PDF (*.pdf)"), (taken, "PDF (*.pdf)")) == taken
    assert asked.suggestions == ["receipt.pdf", str(taken)]
