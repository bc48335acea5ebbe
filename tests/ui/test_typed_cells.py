"""Cells on their way into the store, with a disk that answers when the test says so."""

from dataclasses import replace
from datetime import date

import pytest

from app.errors import KnownProblem, RuleRefusal
from app.services.session_draft import Cell, TypeCell
from app.storage.queries.session_sheet import Sheet, SheetRow
from app.ui.session_sheet import typed_cells
from app.ui.session_sheet.sheet_model import SheetModel
from app.ui.session_sheet.typed_cells import TypedCells

FULL = KnownProblem("disk-full")


class SlowDisk:
    """A desk whose store has room, or has not, for what was asked first and is still unanswered."""

    def __init__(self):
        self._asked = []
        self.held = []

    def do(self, use_case, *, on_done, on_error):
        self._asked.append((use_case(None), on_done, on_error))

    def has_room(self):
        command, on_done, _on_error = self._asked.pop(0)
        self.held.append(command.text)
        on_done(command.text)

    def is_full(self, problem=FULL):
        _command, _on_done, on_error = self._asked.pop(0)
        on_error(problem)

    @property
    def is_idle(self):
        return not self._asked


@pytest.fixture
def disk(monkeypatch):
    monkeypatch.setattr(typed_cells, "type_cell", lambda command, *, work: command)
    return SlowDisk()


@pytest.fixture
def cells(disk):
    return TypedCells(disk)


def typed(text, whose="anna", cell=Cell.NOTE):
    return TypeCell("session", whose, cell, text)


def test_what_could_not_be_saved_is_tried_again_with_the_next_cell(cells, disk):
    said = []
    cells.saved.connect(lambda: said.append("saved"))
    cells.not_saved.connect(said.append)
    cells.keep(typed("of Anna"))
    disk.is_full()
    assert (said, cells.are_waiting) == ([FULL], True)
    cells.keep(typed("of Bo", "bo"))
    disk.has_room()
    assert said == [FULL]
    disk.has_room()
    assert (said, disk.held, cells.are_waiting) == ([FULL, "saved"], ["of Bo", "of Anna"], False)


def test_what_a_cell_held_before_it_was_typed_over_is_not_tried_again(cells, disk):
    cells.keep(typed("long"))
    disk.is_full()
    cells.keep(typed("short"))
    disk.has_room()
    assert (disk.held, disk.is_idle) == (["short"], True)


def test_what_a_rule_refuses_is_not_tried_again(cells, disk):
    cells.keep(typed("too late"))
    disk.is_full(RuleRefusal("session-closed", field="note"))
    cells.keep(typed("of Bo", "bo"))
    disk.has_room()
    assert (disk.held, disk.is_idle) == (["of Bo"], True)


def test_a_disk_that_stays_full_is_not_asked_without_end(cells, disk):
    for whose in ("anna", "bo"):
        cells.keep(typed(f"of {whose}", whose))
        disk.is_full()
    cells.save_waiting()
    disk.is_full()
    disk.is_full()
    assert disk.is_idle
    assert cells.are_waiting


def test_what_waits_for_saving_is_done_once_everything_is_saved_and_else_never(cells, disk):
    done = []
    for whose in ("anna", "bo"):
        cells.keep(typed(f"of {whose}", whose))
        disk.is_full()
    cells.save_waiting(then=lambda: done.append("closed"))
    disk.is_full()
    disk.has_room()
    disk.has_room()
    assert (disk.held, done) == (["of bo", "of anna"], [])
    cells.keep(typed("of Carl", "carl"))
    disk.is_full()
    cells.save_waiting(then=lambda: done.append("closed"))
    disk.has_room()
    assert done == ["closed"]
    cells.keep(typed("of Dan", "dan"))
    disk.has_room()
    assert done == ["closed"]


def test_what_was_typed_over_on_a_slow_disk_does_not_come_back_over_what_is_right(cells, disk):
    cells.keep(typed("long"))
    cells.keep(typed("short"))
    disk.is_full()
    disk.has_room()
    assert (disk.held, disk.is_idle, cells.are_saved) == (["short"], True, True)


def test_the_same_persons_cell_at_another_session_is_another_cell(cells, disk):
    cells.keep(TypeCell("last week's", "anna", Cell.NOTE, "then"))
    disk.is_full()
    cells.keep(TypeCell("today's", "anna", Cell.NOTE, "now"))
    disk.has_room()
    disk.has_room()
    assert disk.held == ["now", "then"]


def test_closing_waits_for_a_cell_that_is_on_its_way_and_is_off_where_it_does_not_arrive(cells, disk):
    done = []
    cells.keep(typed("of Anna"))
    assert not cells.are_saved
    cells.save_waiting(then=lambda: done.append("closed"))
    assert done == []
    disk.is_full()
    assert done == []
    cells.save_waiting(then=lambda: done.append("closed"))
    cells.keep(typed("of Bo", "bo"))
    disk.has_room()
    assert done == []
    disk.has_room()
    assert done == ["closed"]


def test_a_sheet_that_is_read_anew_shows_what_is_not_saved_yet(cells, disk):
    cells.keep(typed("14,5", "first", Cell.CIGARETTES_PER_DAY))
    disk.is_full()
    cells.keep(typed("", "third", Cell.STATUS))
    cells.keep(TypeCell("another", "second", Cell.NOTE, "elsewhere"))
    cells.keep(typed("of somebody who left", "fourth"))
    read = sheet(row("anna", "present", "first"), row("bo", "", "second"), row("carl", "absent", "third"))
    shown = [seat.cells for seat in cells.over(read).rows]
    assert shown == [{"status": "present", "cigarettes_per_day": 14.5}, {}, {}]
    closed = replace(read, state="closed")
    assert cells.over(closed) == closed


def row(person, status, enrolment):
    cells = {"status": status} if status else {}
    return SheetRow(enrolment, person, person, cells, None, None, "", False, date(2026, 9, 1))


def sheet(*rows):
    day, columns = date(2026, 11, 24), ("status",)
    return Sheet("session", "course", "", "", day, "", "ordinary", 1, 10, "planned", "place", columns, None, rows)


@pytest.mark.parametrize(
    ("own", "came"),
    [
        (("", "present"), [("second", "present")]),
        (("absent", "present"), [("second", "present")]),
        (("excused", ""), [("first", "excused")]),
        (("", ""), [("first", "")]),
    ],
)
def test_somebody_in_two_rows_is_one_person_at_the_table(qapp, own, came):
    model = SheetModel(save=lambda *_: None, refuse=lambda: None)
    model.show_sheet(sheet(row("anna", own[0], "first"), row("anna", own[1], "second"), row("bo", "absent", "third")))
    assert [(seat.enrolment_id, status) for seat, status in model.people()] == [*came, ("third", "absent")]
