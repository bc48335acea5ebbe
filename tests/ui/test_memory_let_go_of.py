import os
import subprocess
import sys
from dataclasses import replace
from functools import partial

from tools.demo_day import open_first_session


def test_a_page_that_one_leaves_lets_go_of_its_picture_and_shows_it_when_one_comes_back(day):
    workspace = day.pusterum.workspace
    open_first_session(day)
    workspace._open_diploma(workspace.session.model.rows[0].enrolment_id)
    day.wait(lambda: workspace.diploma.issued is not None, "the diploma")
    day.settle()
    picture = day.find("diploma-picture")
    shown = picture.pixmap().toImage()
    assert not shown.isNull()
    day.click("go-today")
    assert workspace.diploma._pixmap.isNull()
    assert picture.pixmap().isNull()
    workspace._go_to(workspace.diploma)
    day.settle()
    assert picture.pixmap().toImage() == shown


def test_a_diploma_whose_process_stops_says_so_and_is_drawn_at_the_next_try(day):
    workspace = day.pusterum.workspace
    open_first_session(day)
    enrolment_id = workspace.session.model.rows[0].enrolment_id
    workspace._open_diploma(enrolment_id)
    day.wait(lambda: workspace.diploma.issued is not None, "the diploma")
    first, pdf = workspace.diploma.issued, workspace.diploma.pdf
    workspace.diploma.show_nothing()
    workspace.diploma._have_drawn(enrolment_id, replace(first, drawing=partial(os._exit, 1)))
    day.settle()
    said = workspace.diploma.notice.shown_text
    assert "has stopped" in said
    assert "Nothing is lost" in said
    assert "Do it once more" in said
    workspace._open_diploma(enrolment_id)
    day.settle()
    assert workspace.diploma.pdf == pdf
    assert workspace.diploma.issued.serial == first.serial


def test_importing_the_screens_keeps_no_source_in_memory():
    said = (
        "import linecache, app.bootstrap, app.open_stage\n"
        "print(*(name for name, kept in linecache.cache.items() if name.endswith('.py') and len(kept) > 1), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.splitlines() if "/sqlalchemy/" in name or "/app/ui/" in name] == []
