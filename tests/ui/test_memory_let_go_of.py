import platform
import subprocess
import sys

import pytest
from sqlalchemy import select

from app.models.plan import ReductionPlan
from tools.demo_day import open_first_session


def open_a_diploma(day):
    workspace = day.pusterum.workspace
    open_first_session(day)
    workspace._open_diplomas((workspace.session.model.rows[0].enrolment_id,))
    day.wait(lambda: workspace.diploma.issued, "the diploma")
    day.settle()
    return workspace


def test_a_page_that_one_leaves_lets_go_of_its_picture_and_shows_it_when_one_comes_back(day):
    workspace = open_a_diploma(day)
    picture = day.find("diploma-picture")
    shown = picture.pixmap().toImage()
    assert not shown.isNull()
    day.click("go-today")
    assert workspace.diploma._pixmap.isNull()
    assert picture.pixmap().isNull()
    workspace._go_to(workspace.diploma)
    day.settle()
    assert picture.pixmap().toImage() == shown


def test_a_picture_that_comes_when_its_page_was_left_is_not_kept(day):
    workspace = open_a_diploma(day)
    workspace.diploma._draw()
    workspace.diploma._resized.start()
    workspace._desk.open("today")
    assert not workspace.diploma.isVisible()
    assert not workspace.diploma._resized.isActive()
    day.settle()
    assert workspace.diploma._pixmap.isNull()


def test_screens_that_one_left_are_let_go_of_and_made_anew_unless_something_is_typed_in_them(day):
    workspace = day.pusterum.workspace

    def stand_by_now():
        day.settle()
        return {screen.objectName() for screen in workspace._screens}

    def go_to(*names):
        for name in names:
            workspace._desk.open(name)
            day.settle()

    go_to("referrals", "follow-ups", "bag")
    workspace.screen_called("referrals").search.setText("Kilden")
    go_to("courses", "inbox", "programmes", "today")
    assert "referrals" in stand_by_now()
    assert workspace.screen_called("referrals").search.text() == "Kilden"
    assert not {"follow-ups", "bag"} & stand_by_now()
    assert {"courses", "inbox", "programmes"} <= stand_by_now()
    # What was typed is cleared: now it may go too, and is made anew when one comes back.
    workspace.screen_called("referrals").search.clear()
    go_to("bag", "follow-ups", "today")
    assert "referrals" not in stand_by_now()
    assert "courses" not in stand_by_now()
    day.click("go-referrals")
    day.settle()
    assert workspace.shown.objectName() == "referrals"
    assert workspace._nav.button_of(workspace.shown).isChecked()


def test_a_tick_and_a_choice_keep_a_screen_as_what_is_typed_does(day):
    workspace = day.pusterum.workspace

    def go_to(*names):
        for name in names:
            workspace._desk.open(name)
            day.settle()

    go_to("courses", "referrals")
    workspace.screen_called("courses").with_closed.click()
    day.click("referrals-state-accepted")
    go_to("bag", "inbox", "programmes", "follow-ups", "today")
    assert workspace.screen_called("courses").with_closed.isChecked()
    assert workspace.screen_called("referrals")._state.value() == "accepted"
    # As they were: now both may go.
    workspace.screen_called("courses").with_closed.click()
    workspace.screen_called("referrals")._state.choose("open")
    go_to("bag", "inbox", "programmes", "follow-ups", "today")
    assert not {"courses", "referrals"} & {screen.objectName() for screen in workspace._screens}


def test_a_plan_that_is_being_put_together_keeps_its_section(day):
    with day.pusterum.store.session() as session:
        planned = select(ReductionPlan.person_id).where(ReductionPlan.state == "active").limit(1)
        person_id = session.scalars(planned).one()
    day.pusterum.workspace._open_person(person_id, "plan")
    day.click("plan-word-step")
    day.find("plan-words").setText("Not in the car")
    day.click("plan-words-form-submit")
    for section in ("timeline", "story", "contacts", "details", "consents"):
        day.pusterum.workspace.person.show_section(section)
        day.settle()
    day.pusterum.workspace.person.show_section("plan")
    day.settle()
    assert "Not in the car" in day._said()
    assert day.find("plan-save").isVisible()


def test_the_way_back_keeps_a_screen_however_long_it_is(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("courses")
    day.settle()
    courses = workspace.shown
    for name in ("bag", "follow-ups", "inbox", "programmes", "referrals"):
        workspace.show_screen(workspace.screen_called(name), remember=True)
        day.settle()
    for _ in range(5):
        workspace._desk.open("back")
        day.settle()
    assert workspace.shown is courses
    assert courses.isVisible()


def test_importing_the_screens_keeps_no_source_in_memory():
    said = (
        "import linecache, app.bootstrap, app.open_stage\n"
        "print(*(name for name, kept in linecache.cache.items() if name.endswith('.py') and len(kept) > 1), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.splitlines() if "/sqlalchemy/" in name or "/app/ui/" in name] == []


def test_a_window_at_rest_lets_go_of_pages_and_answers_as_before(day):
    def people():
        day.click("go-people")
        day.settle()
        return [row.name for row in day.pusterum.workspace.people.model.rows]

    before = people()
    day.pusterum.upkeep.rest()
    assert day.pusterum.tasks.is_busy
    day.settle()
    assert before
    assert people() == before


A_LARGE_BLOCK_AFTER_OTHERS = """
import ctypes, sys
from app.ui.rubbish import keep_large_apart
if sys.argv[1] == "apart":
    keep_large_apart()
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]
for _ in range(3):
    library.free(library.malloc(8 << 20))
block = library.malloc(1 << 20)
first, last = next(line for line in open("/proc/self/maps") if "[heap]" in line).split()[0].split("-")
print(int(first, 16) <= block < int(last, 16))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that mixes large blocks with small ones")
def test_a_large_block_does_not_lie_among_the_small_ones():
    def lies_among_them(how):
        said = subprocess.run([sys.executable, "-c", A_LARGE_BLOCK_AFTER_OTHERS, how], capture_output=True, check=True)
        return said.stdout.strip() == b"True"

    assert lies_among_them("as ever")
    assert not lies_among_them("apart")
