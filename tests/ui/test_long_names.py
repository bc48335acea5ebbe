"""Names of three hundred letters without a blank: no window is made as wide, and the whole name can be had."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel
from sqlalchemy import select

from app.models.course import Course, Enrolment
from app.models.organisation import Place
from app.models.person import Person
from app.ui.widgets import LongBadge, PageHeader, ScrollPage, button, label
from tests.trial_laptop import PASSPHRASE, opened, window_on
from tests.ui.screens_seen import cut, seen, where
from tools.demo_day import open_first_session

LONG = "Wmø" * 100


@pytest.fixture
def day(laptop, qapp):
    """The window, open on a laptop on which every sixth person, and every place and course, has a long name."""
    store = opened(laptop)
    with store.session() as session:
        for person in list(session.scalars(select(Person).order_by(Person.id)))[::6]:
            person.given_name, person.nickname = LONG, LONG
        for place in session.scalars(select(Place)):
            place.name = LONG[:200]
        for course in session.scalars(select(Course)):
            course.title = LONG[:200]
        session.commit()
    store.close()
    with window_on(laptop) as day:
        day.unlock(PASSPHRASE)
        yield day


def test_no_screen_is_made_wider_or_cut_by_a_long_name(day):
    window, workspace = day.pusterum.window, day.pusterum.workspace
    with day.pusterum.store.session() as session:
        part = session.scalars(
            select(Enrolment).join(Person, Person.id == Enrolment.person_id).where(Person.nickname == LONG)
        ).first()
        place = session.get(Course, part.course_id).place_id
    faults = []

    def look(name):
        day.settle()
        if (window.width(), window.height()) != (1280, 720):
            faults.append(f"{name}: the window is {window.width()}x{window.height()}")
            window.resize(1280, 720)
            day.settle()
        for widget in seen(window):
            if isinstance(widget, ScrollPage) and widget.horizontalScrollBar().maximum() > 0:
                faults.append(f"{name}: {where(widget)} is read by scrolling sideways")
            if not _is_told_in_its_tip(widget) and (said := cut(widget)):
                faults.append(f"{name}: {where(widget)}: {widget.accessibleName()[:30]!r} {said}")

    look("today")
    for screen in ("people", "places", "courses", "follow-ups", "referrals", "sync", "inbox"):
        workspace._desk.open(screen)
        look(screen)
    workspace._desk.open("course", part.course_id)
    look("course")
    workspace._desk.open("place", place)
    look("place")
    for section in ("story", "details", "contacts", "course", "consents", "rights"):
        workspace._open_person(part.person_id, section)
        look(section)
    workspace._show_to_person()
    look("show")
    workspace._desk.open("today")
    day.settle()
    open_first_session(day)
    look("sheet")
    assert not faults, "\n".join(sorted(set(faults)))


def _is_told_in_its_tip(widget):
    """Whether it ends with an ellipsis, and all of it is in the tool tip and read out."""
    if isinstance(widget, LongBadge):
        return bool(widget.toolTip())
    is_whole_in_tip = bool(widget.toolTip()) and widget.toolTip() == getattr(widget, "text", str)()
    return isinstance(widget, QAbstractButton) and is_whole_in_tip and widget.toolTip() in widget.accessibleName()


@pytest.mark.usefixtures("dressed")
def test_a_button_with_a_name_gives_way_and_its_tip_has_the_whole_name(qtbot):
    made = button(f"Ib & {LONG}", name="person", kind="link")
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    made.show()
    assert made.toolTip() == ""
    whole = made.grab().toImage()
    made.resize(200, made.height())
    assert made.toolTip() == f"Ib & {LONG}"
    assert made.minimumSizeHint().width() < 400
    assert made.grab().toImage() != whole.copy(0, 0, 200, made.height()), "it ends with an ellipsis"
    assert made.accessibleName() == f"Ib & {LONG}"
    made.setText("Grzegorz Brzęczyszczykiewicz")
    assert made.minimumSizeHint().width() == made.sizeHint().width(), "a name of usual length is not cut"
    made.setText("Ib")
    made.resize(made.sizeHint())
    assert made.toolTip() == ""


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize("name", [LONG, "e\u0301" * 100, "👩🏽\u200d🌾" * 60, f"Ole {LONG} Hansen"])
def test_words_without_a_blank_break_anywhere_and_are_read_out_as_they_are_written(qtbot, name):
    made = label(name)
    qtbot.addWidget(made)
    assert made.minimumSizeHint().width() < 150
    assert made.heightForWidth(300) > made.fontMetrics().height() * 3
    assert made.text() == made.accessibleName() == name
    pieces = QLabel.text(made).split("\u200b")
    assert "".join(pieces) == name
    assert not any(piece[:1] in "\u0301\u200d🏽" for piece in pieces)
    made.setText("Ole Hansen")
    assert (made.text(), QLabel.text(made), made.accessibleName()) == ("Ole Hansen", "Ole Hansen", "")


@pytest.mark.usefixtures("dressed")
def test_a_title_leaves_room_for_its_page(qtbot):
    made = PageHeader(LONG)
    qtbot.addWidget(made)
    title = made.findChild(QLabel, "page-title")
    assert title.text().endswith("…")
    assert (title.toolTip(), title.accessibleName(), made.accessibleName()) == (LONG, LONG, LONG)
    made.show_text("Ole Hansen")
    assert (title.text(), title.toolTip(), title.accessibleName()) == ("Ole Hansen", "", "")
