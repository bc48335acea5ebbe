"""A diploma that cannot be drawn, kept or saved: nothing is issued that nobody saw, no number is used twice."""

import os
from functools import partial

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrinter
from sqlalchemy import event, select

from app.documents.diploma import diplomas_pdf
from app.models.course import Diploma
from app.services.issue_diploma import IssueDiploma, issue_diploma
from tools.demo_day import open_first_session


@pytest.fixture
def enrolment_id(day):
    open_first_session(day)
    return day.pusterum.workspace.session.model.rows[0].enrolment_id


def issued(day, enrolment_id):
    with day.pusterum.store.session() as session:
        return list(session.scalars(select(Diploma.serial).where(Diploma.enrolment_id == enrolment_id)))


def end_the_next_drawing(day, monkeypatch):
    """Let the process that draws end in the midst of the next diploma."""
    papers = day.pusterum.workspace.desk.papers
    do = papers.do

    def end(job, **told):
        if getattr(job, "func", None) is not diplomas_pdf:
            return do(job, **told)
        monkeypatch.setattr(papers, "do", do)
        return do(partial(os._exit, 1), **told)

    monkeypatch.setattr(papers, "do", end)


def test_a_diploma_that_could_not_be_drawn_is_not_issued_and_is_at_the_next_try(day, enrolment_id, monkeypatch):
    view = day.pusterum.workspace.diploma
    end_the_next_drawing(day, monkeypatch)
    day.pusterum.workspace._open_diplomas((enrolment_id,))
    day.settle()
    assert "there is no diploma to show" in view.notice.shown_text
    assert "No new diploma was issued" in view.notice.shown_text
    assert issued(day, enrolment_id) == []
    day.click("diploma-notice-action")
    day.wait(lambda: view.issued, "the diploma")
    assert view.notice.shown_text == ""
    assert issued(day, enrolment_id) == [view.issued[0].serial]
    with pypdfium2.PdfDocument(view.pdf) as drawn:
        assert view.issued[0].serial in drawn[0].get_textpage().get_text_bounded()


def test_a_diploma_that_was_issued_keeps_its_number_when_drawing_it_again_fails(day, enrolment_id, monkeypatch):
    view = day.pusterum.workspace.diploma
    day.pusterum.workspace._open_diplomas((enrolment_id,))
    day.wait(lambda: view.issued, "the diploma")
    day.settle()
    (first,), pdf = view.issued, view.pdf
    end_the_next_drawing(day, monkeypatch)
    day.pusterum.workspace._open_diplomas((enrolment_id,))
    day.settle()
    assert "keeps its number" in view.notice.shown_text
    assert first.name not in view.header.accessibleName() + day._said()
    day.click("diploma-notice-action")
    day.wait(lambda: view.issued, "the diploma")
    assert (view.issued, view.pdf) == ((first,), pdf)
    assert issued(day, enrolment_id) == [first.serial]


def test_a_diploma_that_the_disk_has_no_room_for_is_not_issued_and_says_so(day, enrolment_id):
    view, store = day.pusterum.workspace.diploma, day.pusterum.store

    def is_full(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO diploma"):
            raise OSError(28, "No space left on device")

    event.listen(store.engine, "before_cursor_execute", is_full)
    day.pusterum.workspace._open_diplomas((enrolment_id,))
    day.settle()
    event.remove(store.engine, "before_cursor_execute", is_full)
    assert "disk is full" in view.notice.shown_text
    assert (issued(day, enrolment_id), view.pdf) == ([], b"")
    day.click("diploma-notice-action")
    day.wait(lambda: view.issued, "the diploma")
    assert issued(day, enrolment_id) == [view.issued[0].serial]


def test_a_diploma_that_could_not_be_saved_says_so_and_is_saved_elsewhere(day, enrolment_id, tmp_path):
    view = day.pusterum.workspace.diploma
    day.pusterum.workspace._open_diplomas((enrolment_id,))
    day.wait(lambda: view.issued, "the diploma")
    view.write(tmp_path / "a stick that was pulled out" / "diploma.pdf")
    day.settle()
    assert "could not be saved there" in view.notice.shown_text
    view.write(tmp_path / "diploma.pdf")
    day.settle()
    assert (tmp_path / "diploma.pdf").read_bytes() == view.pdf


@pytest.mark.qt_log_ignore("QPainter::begin", extend=True)
def test_a_printer_that_takes_nothing_is_said_and_not_taken_for_one_that_printed(day, enrolment_id, tmp_path):
    view = day.pusterum.workspace.diploma
    day.pusterum.workspace._open_diplomas((enrolment_id,))
    day.wait(lambda: view.issued, "the diploma")
    day.settle()
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFileName(str(tmp_path / "a folder that is gone" / "printed.pdf"))
    view.print_on(printer)
    day.wait(lambda: not view.door.is_printing, "the printer")
    day.settle()
    assert "printer did not take it" in view.notice.shown_text


def test_a_diploma_that_another_window_issued_meanwhile_is_the_one_that_is_shown(day, enrolment_id, monkeypatch):
    view, desk, store = day.pusterum.workspace.diploma, day.pusterum.workspace.desk, day.pusterum.store
    draw = desk.draw

    def issue_first(*given, **answers):
        monkeypatch.setattr(desk, "draw", draw)
        with store.unit_of_work(actor=desk.user_id, clock=desk.clock) as work:
            issue_diploma(IssueDiploma(enrolment_id, "en", "0195b7c0-0000-7000-8000-000000000001"), work=work)
        draw(*given, **answers)

    monkeypatch.setattr(desk, "draw", issue_first)
    day.pusterum.workspace._open_diplomas((enrolment_id,))
    day.wait(lambda: view.issued, "the diploma")
    assert issued(day, enrolment_id) == [view.issued[0].serial]
    with pypdfium2.PdfDocument(view.pdf) as drawn:
        assert view.issued[0].serial in drawn[0].get_textpage().get_text_bounded()
