"""Play a counsellor's day through the real windows with key presses and clicks; what it shows is left in `demo-day/`.

Everything is real: the store on disk, the server as a process of its own, HTTP between them, PostgreSQL behind it. It
ends with a comparison of every record on both sides, the server's read from its own database, and fails where one
differs.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

OUT = Path("demo-day")
PATIENCE_SECONDS = 60


class DayFailedError(Exception):
    """The day did not go as it should."""


class Day:
    """The window, and the hands at its keyboard and mouse."""

    def __init__(self, language: str, *, folder: Path | None = None, clock: Any = None, settings: Any = None) -> None:
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - after the environment is set

        from app.bootstrap import Pusterum  # noqa: PLC0415
        from app.settings import DeviceSettings  # noqa: PLC0415

        (settings or DeviceSettings(language=language, theme="light")).save()
        existing = QApplication.instance()
        self.application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
        self.pusterum = Pusterum(self.application, folder=folder, clock=clock)
        self.pictures = 0

    def unlock(self, passphrase: str) -> None:
        """Type the passphrase and wait until the store is open and Today is read."""
        from PySide6.QtCore import Qt  # noqa: PLC0415

        self.find("unlock-passphrase")
        self.press(passphrase, Qt.Key.Key_Return)
        self.wait(lambda: self.pusterum.workspace is not None, "the store to open")
        self.settle()

    def end(self) -> None:
        """Close the window for good."""
        self.pusterum.window.close()
        self.pusterum.window.deleteLater()
        self.application.processEvents()

    def picture(self, name: str) -> None:
        """Save what the window shows."""
        self.settle()
        self.pictures += 1
        self.pusterum.window.grab().save(str(OUT / f"{self.pictures:02d}-{name}.png"))

    def wait(self, until: Callable[[], Any], what: str) -> None:
        """Let the window work until something is so."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not until():
            if time.monotonic() > give_up:
                raise DayFailedError(f"waited in vain for {what}; the window says: {self._said()}")
            self.application.processEvents()
            time.sleep(0.002)

    def _said(self) -> str:
        """Return the words in the window."""
        from PySide6.QtWidgets import QLabel  # noqa: PLC0415

        words = (shown.text() for shown in self.pusterum.window.findChildren(QLabel) if shown.isVisible())
        return " | ".join(filter(None, words))[:1_000]

    def settle(self) -> None:
        """Let every answer arrive and be drawn."""
        self.application.processEvents()
        self.wait(lambda: not self.pusterum.tasks.is_busy, "the store")
        for _ in range(3):
            self.application.processEvents()

    def find(self, name: str, kind: Any = None) -> Any:
        """Return the visible widget of a name."""
        from PySide6.QtWidgets import QWidget  # noqa: PLC0415

        found: list[Any] = []

        def look() -> bool:
            found[:] = [w for w in self.pusterum.window.findChildren(kind or QWidget, name) if w.isVisible()]
            return bool(found)

        self.wait(look, name)
        return found[0]

    def show_top_of(self, name: str) -> None:
        """Scroll a page so that the widget of a name stands at the top of what is seen."""
        from PySide6.QtCore import QPoint  # noqa: PLC0415
        from PySide6.QtWidgets import QScrollArea  # noqa: PLC0415

        shown = self.find(name)
        area = shown.parentWidget()
        while not isinstance(area, QScrollArea):
            area = area.parentWidget()
        area.verticalScrollBar().setValue(shown.mapTo(area.widget(), QPoint(0, 0)).y())
        self.settle()

    def click(self, name: str) -> None:
        """Click a widget with the mouse."""
        from PySide6.QtCore import Qt  # noqa: PLC0415
        from PySide6.QtTest import QTest  # noqa: PLC0415

        widget = self.find(name)
        self.wait(widget.isEnabled, f"{name} to be enabled")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.settle()

    def press(self, *keys: Any) -> None:
        """Press keys where the focus is; text is typed letter by letter."""
        from PySide6.QtCore import Qt  # noqa: PLC0415
        from PySide6.QtTest import QTest  # noqa: PLC0415

        for key in keys:
            target = self._focused()
            if isinstance(key, str):
                for letter in key:
                    self._type(letter)
            elif isinstance(key, tuple):
                QTest.keyClick(target, key[0], key[1])
            else:
                QTest.keyClick(target, Qt.Key(key))
            self.application.processEvents()
        self.settle()

    def _focused(self) -> Any:
        """Return the widget that a key goes to, in a window that may not be the active one of the system."""
        window = self.pusterum.window
        focused = self.application.focusWidget()
        above = focused
        while above is not None and above is not window:
            above = above.parentWidget()
        return focused if above is window else window.focusWidget() or window

    def _type(self, letter: str) -> None:
        """Type one letter, of any alphabet, where the focus is now."""
        from PySide6.QtCore import QEvent, Qt  # noqa: PLC0415
        from PySide6.QtGui import QKeyEvent  # noqa: PLC0415

        target = self._focused()
        key = ord(letter.upper()) if letter.isascii() else 0
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self.application.sendEvent(target, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, letter))


def play(language: str = "da") -> dict[str, Any]:
    """Play the day and return what both sides hold."""
    from PySide6.QtCore import Qt  # noqa: PLC0415

    key = Qt.Key
    day = Day(language)
    app = day.pusterum
    app.window.resize(1280, 720)
    app.start()
    day.picture("welcome")
    day.click("try-invented")
    day.wait(lambda: app.workspace is not None, "the invented cooperation")
    day.settle()
    day.press((key.Key_L, Qt.KeyboardModifier.ControlModifier))
    day.find("unlock-passphrase")
    day.picture("locked")
    day.press("pusterum-demo", key.Key_Return)
    day.wait(lambda: app.workspace is not None, "the store to open")
    day.picture("today")

    workspace = app.workspace
    assert workspace is not None  # noqa: S101 - waited for
    table = open_first_session(day)
    day.wait(lambda: table.model().rowCount() == 10, "ten people")
    day.picture("session-sheet")

    day.press(key.Key_F6)
    day.press("Jonny fra bænken", key.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.settle()
    day.picture("walk-in")
    day.press(key.Key_F5)
    table.begin()
    day.press(key.Key_Down, key.Key_Down, "u" if language == "da" else "d")
    _record(day, table, key)
    day.picture("recorded")
    day.press((key.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: workspace.session.model.is_closed, "the session to close")
    day.picture("session-closed")

    diploma = next(
        button.objectName()
        for button in workspace.session.findChildren(type(day.find("lock")))
        if button.objectName().startswith("diploma-") and button.isVisible()
    )
    day.click(diploma)
    day.wait(lambda: workspace.diploma.issued, "the diploma")
    day.picture("diploma")
    (issued,) = workspace.diploma.issued
    workspace.diploma.write(OUT / f"diploma-{issued.serial}.pdf")
    day.settle()
    day.click("diploma-back")

    day.click("go-people")
    day.find("people-search").setFocus()
    day.press("an")
    day.picture("people")
    day.press(key.Key_Return)
    day.wait(lambda: workspace.shown is workspace.person, "the person's page")
    day.picture("person")
    day.click("go-places")
    day.picture("places")
    day.click("go-sync")
    day.picture("close-the-day")
    day.click("send")
    day.wait(lambda: '"through_sequence":0' not in workspace.sync.receipt_text, "a receipt of this day")
    day.settle()
    day.picture("receipt")
    workspace.sync.write_receipt(OUT / "receipt.json")
    day.settle()
    day.click("go-settings")
    day.picture("settings")
    held = _compare(app)
    app.window.close()
    return held


def open_first_session(day: Day) -> Any:
    """Open the first session of Today and return its table."""
    # Today may have been shown this moment, and not been read yet.
    day.settle()
    workspace = day.pusterum.workspace
    assert workspace is not None  # noqa: S101 - the store is open
    kind = type(day.find("lock"))
    opening = next(
        button.objectName()
        for button in workspace.today.findChildren(kind)
        if button.objectName().startswith("open-") and button.isVisible()
    )
    day.click(opening)
    table = day.find("sheet-table")
    day.wait(lambda: table.model().rowCount() > 0, "the people of the session")
    day.settle()
    return table


def _record(day: Day, table: Any, key: Any) -> None:
    """Type cigarettes, CO and handouts down the columns, as one does at the table."""
    from app.ui.session_sheet.sheet_model import Column  # noqa: PLC0415

    cigarettes = ["12", "20", "", "8", "15", "10", "0", "25", "6", "18", "30"]
    table.begin(0, Column.CIGARETTES)
    for number in cigarettes:
        day.press(*([number] if number else []), key.Key_Return)
    table.begin(0, Column.CO)
    for number in ["9", "14", "", "6", "11"]:
        day.press(*([number] if number else []), key.Key_Return)
    table.begin(0, Column.HANDOUT)
    for row in range(11):
        day.press(*([key.Key_Space] if row != 2 else []), key.Key_Return)
    table.begin(0, Column.STEP)
    day.press("Ingen smøger i sengen", key.Key_Return)
    table.begin(1, Column.NOTE)
    day.press("Stolt i dag", key.Key_Return)


def _compare(app: Any) -> dict[str, Any]:
    """Return the counts of both sides; raise where one record differs. The server's come from its own database."""
    import psycopg  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    from app.models.base import LOCAL_COLUMNS, synced_tables, to_wire, wire_defaults  # noqa: PLC0415
    from app.models.local import OutboxEntry  # noqa: PLC0415

    here: dict[tuple[str, str], dict[str, Any]] = {}
    with app.store.session() as session:
        for entity, table in synced_tables().items():
            columns = [column.name for column in table.__table__.columns if column.name not in LOCAL_COLUMNS]
            for row in session.execute(select(table.__table__)).mappings():
                here[(entity, row["id"])] = {name: to_wire(row[name]) for name in columns}
        outbox = list(session.scalars(select(OutboxEntry)))
    # What was looked at after the day was sent, such as its receipt, is told with the next sending.
    told = max(here["access_log", entry.row_id]["number"] for entry in outbox if entry.entity == "access_log")
    here = {name: fields for name, fields in here.items() if name[0] != "access_log" or fields["number"] <= told}
    with psycopg.connect(app.companion.database_url) as connection:
        there = {
            (entity, str(row_id)): wire_defaults(synced_tables()[entity]) | fields
            for entity, row_id, fields in connection.execute("SELECT entity, row_id, fields FROM row WHERE NOT deleted")
        }
        changes = {
            str(change_id): outcome
            for change_id, outcome in connection.execute("SELECT change_id, outcome FROM change")
        }
    different = [name for name, fields in here.items() if there.get(name) != fields]
    unsent = [entry.change_id for entry in outbox if changes.get(entry.change_id) not in ("applied", "merged")]
    counts: dict[str, dict[str, int]] = {}
    for entity in sorted({entity for entity, _ in here}):
        counts[entity] = {
            "laptop": sum(name[0] == entity for name in here),
            "server": sum(name[0] == entity for name in there),
        }
    held = {
        "changes_of_the_day": len(outbox),
        "changes_the_server_holds": len(outbox) - len(unsent),
        "records_compared": len(here),
        "records_that_differ": len(different),
        "counts": counts,
    }
    (OUT / "server-holds.json").write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    if different or unsent or not outbox:
        raise DayFailedError(f"the two sides differ: {different[:5]} {unsent[:5]}")
    return held


def main(arguments: list[str] | None = None) -> int:
    """Play the day in a folder of its own and say what came of it."""
    argparse.ArgumentParser(prog="python -m tools.demo_day", description=__doc__.splitlines()[0]).parse_args(arguments)
    if sys.platform == "linux" and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    with tempfile.TemporaryDirectory(prefix="pusterum-day-") as folder:
        os.environ["PUSTERUM_HOME"] = folder
        try:
            held = play()
        except DayFailedError as problem:
            print(f"The day failed: {problem}")
            return 1
    print(
        f"The day is in {OUT}/: {held['changes_of_the_day']} changes, all held by the server; "
        f"{held['records_compared']} records compared, {held['records_that_differ']} differ."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
