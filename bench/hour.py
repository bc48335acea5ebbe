"""A scripted hour of use in the real window, without a screen: what one stalls in, and what memory it leaves behind.

The tour of all screens is walked as a coordinator, whose screens are the most (`tools/tour.py`): a session is typed and
closed, a diploma and papers are shown as they are printed. Then people are searched for and scrolled through, and the
half-year's reports are built and put on paper.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import update

from app.models.local import Device
from bench.laptop import CLOCK, PASSPHRASE, opened
from tools.demo_day import Day


def begun(folder: Path) -> Day:
    """Start the application on a laptop that may see everything, at its unlock window."""
    from app.settings import DeviceSettings  # noqa: PLC0415 - after the environment is set
    from tools import tour  # noqa: PLC0415

    store = opened(folder)
    with store.session() as session:
        session.execute(update(Device).values(role="coordinator"))
        session.commit()
    store.close()
    DeviceSettings(language="da", theme="light").save()
    return tour.opened(folder, clock=CLOCK)


def put_question_away() -> None:
    """Put away a question that waits for an answer, as a person would with Escape: the tour presses every button."""
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - after the environment is set

    asked = QApplication.activeModalWidget()
    if asked is not None:
        asked.close()


def hour_of_use(day: Day) -> Iterator[str]:
    """Use the application from the passphrase on; yields what comes next, and goes on with it when asked again."""
    from PySide6.QtCore import QTimer  # noqa: PLC0415

    from tools.tour import whole_day  # noqa: PLC0415

    questions = QTimer(day.pusterum)
    questions.timeout.connect(put_question_away)
    questions.start(20)
    yield "start"
    for name in whole_day(day, PASSPHRASE):
        day.settle()
        # What comes next is what takes the time; it is called by where one was.
        yield f"after {name}"
    yield from _search_and_scroll(day)
    yield from _report(day)
    questions.stop()


def _search_and_scroll(day: Day) -> Iterator[str]:
    """Search letter by letter in the list of people and with Ctrl+K, and scroll the list from end to end."""
    from PySide6.QtCore import Qt  # noqa: PLC0415

    day.click("go-people")
    yield "search people"
    day.find("people-search").setFocus()
    for letter in "johansen":
        day.press(letter)
    day.find("people-search").clear()
    day.settle()
    yield "scroll people"
    bar = day.find("people-table").verticalScrollBar()
    for place in range(0, bar.maximum() + 1, max(1, bar.maximum() // 40)):
        bar.setValue(place)
        day.application.processEvents()
    yield "find with Ctrl+K"
    day.press((Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier))
    for letter in "marie kild":
        day.press(letter)
    day.press(Qt.Key.Key_Escape)


def _report(day: Day) -> Iterator[str]:
    """Build the half-year's reports, and put them on paper."""
    day.click("go-reports")
    yield "build the reports"
    day.click("reports-compute")
    day.wait(lambda: not day.find("reports").is_busy, "the reports")
    yield "print the reports"
    day.click("reports-paper")
    day.settle()
