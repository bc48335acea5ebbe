"""Typing into STOPbasen: a tick leaves one where one was, and somebody else's forms are never shown in between."""

import pytest
from sqlalchemy import select

from app.errors import RuleRefusal
from app.models.course import Enrolment
from app.services.typing_forms import FORMS, forms_to_type


@pytest.fixture
def two(day):
    """Two people's parts that may be typed."""
    found = []
    with day.pusterum.store.session() as session:
        for part in session.scalars(select(Enrolment).order_by(Enrolment.id)):
            try:
                found.append(forms_to_type(session, part.id))
            except RuleRefusal:
                continue
            if len({one.person_id for one in found}) == 2:
                return found[0], found[-1]
    raise AssertionError("nobody may be typed")


def _open(day, part):
    day.pusterum.workspace._desk.open("typing", part.enrolment_id)
    day.settle()
    return day.pusterum.workspace.shown


def test_whoever_ticks_a_form_stays_where_they_have_scrolled_to_and_in_the_order_of_the_keyboard(day, two):
    page = _open(day, two[0])
    scrolled = page._page.verticalScrollBar()
    scrolled.setValue(scrolled.maximum())
    where = scrolled.value()
    assert where > 0
    last = [key for key in FORMS if page.findChild(object, f"typed-{key}")][-1]
    page.findChild(object, f"typed-{last}").setFocus()
    page.findChild(object, f"typed-{last}").click()
    day.settle()
    assert page.findChild(object, f"typed-{last}") is None
    bar = page._page.verticalScrollBar()
    assert bar.value() == min(where, bar.maximum()) > 0
    assert page.isAncestorOf(day.pusterum.window.focusWidget()) or page is day.pusterum.window.focusWidget()


def test_before_somebody_elses_forms_are_read_nothing_of_the_one_before_is_shown(day, two):
    page = _open(day, two[0])
    assert two[0].name in _said(page)
    page.open(two[1].enrolment_id)
    assert two[0].name not in _said(page)
    assert not [made for made in page.findChildren(object) if made.objectName().startswith("form-")
                if made.isVisible()]  # fmt: skip
    page.refresh()
    day.settle()
    assert two[1].name in _said(page)


def _said(page):
    return " ".join(made.text() for made in page.findChildren(object) if hasattr(made, "text") and made.isVisible())
