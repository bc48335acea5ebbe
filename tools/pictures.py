"""Draw every screen in both languages and both themes, at 1280x720 and with text at 200 %, on invented data.

`make pictures` leaves them in `pictures/`; those that the README and the guide show are renewed in `docs/pictures/`.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.demo_day import Day, open_first_session

OUT = Path("pictures")
GUIDE = Path("docs/pictures")
SHOWN_IN_GUIDE = {
    "light-100": (
        "today",
        "session-sheet",
        "session-closed",
        "diploma",
        "person",
        "close-the-day",
        "welcome",
        "places",
    ),
    "dark-100": ("session-sheet", "today"),
    "light-200": ("session-sheet",),
}


def _save(day: Day, name: str, look: str, language: str) -> None:
    day.settle()
    folder = OUT / f"{language}-{look}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.png"
    day.pusterum.window.grab().save(str(file))
    if name in SHOWN_IN_GUIDE.get(look, ()):
        GUIDE.mkdir(parents=True, exist_ok=True)
        suffix = "" if look == "light-100" else f"-{look}"
        shutil.copyfile(file, GUIDE / f"{name}{suffix}-{language}.png")


def _draw(language: str, theme: str, text_size: int, laptop: Path) -> None:
    from PySide6.QtCore import Qt  # noqa: PLC0415 - after the environment is set

    from app.clock import TurnedClock  # noqa: PLC0415
    from app.settings import DeviceSettings  # noqa: PLC0415
    from tests.trial_laptop import PASSPHRASE  # noqa: PLC0415

    look = f"{theme}-{text_size}"
    clock = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    with tempfile.TemporaryDirectory(prefix="pusterum-pictures-") as home:
        os.environ["PUSTERUM_HOME"] = home
        DeviceSettings(language=language, theme=theme, text_size=text_size).save()
        empty = _opened(Path(home) / "empty", clock)
        _save(empty, "welcome", look, language)
        empty.click("choose-enrol")
        _save(empty, "enrol", look, language)
        empty.pusterum.window.close()
        shutil.copytree(laptop, Path(home) / "data")
        day = _opened(Path(home) / "data", clock)
        day.find("unlock-passphrase")
        _save(day, "unlock", look, language)
        day.press(PASSPHRASE, Qt.Key.Key_Return)
        day.wait(lambda: day.pusterum.workspace is not None, "the store to open")
        _walk(day, lambda name: _save(day, name, look, language), Qt.Key)
        day.pusterum.window.close()


def _opened(folder: Path, clock: Any) -> Day:
    from app.settings import DeviceSettings  # noqa: PLC0415

    settings = DeviceSettings.load()
    day = Day(settings.language, folder=folder, clock=clock, settings=settings)
    day.pusterum.window.resize(1280, 720)
    day.pusterum.start()
    day.settle()
    return day


def _walk(day: Day, save: Callable[[str], None], key: Any) -> None:
    from PySide6.QtCore import Qt  # noqa: PLC0415

    from app.ui.session_sheet.sheet_model import Column  # noqa: PLC0415

    save("today")
    table = open_first_session(day)
    day.press(key.Key_F6)
    save("walk-in")
    day.press(key.Key_Escape, key.Key_F5)
    table.begin(0, Column.CIGARETTES)
    for number in ("12", "20", "8", "15", "10", "0"):
        day.press(number, key.Key_Return)
    table.begin(0, Column.HANDOUT)
    for _ in range(5):
        day.press(key.Key_Space, key.Key_Return)
    save("session-sheet")
    table.begin(0, Column.CO)
    day.press("mange", key.Key_Return)
    save("refused")
    day.press((key.Key_Return, Qt.KeyboardModifier.ControlModifier))
    workspace = day.pusterum.workspace
    assert workspace is not None  # noqa: S101 - the store is open
    day.wait(lambda: workspace.session.model.is_closed, "the session to close")
    save("session-closed")
    first = workspace.session.model.rows[0]
    day.click(f"diploma-{first.person_id}")
    day.wait(lambda: workspace.diploma.issued is not None, "the diploma")
    save("diploma")
    workspace._open_person(first.person_id)
    save("person")
    day.click("go-people")
    save("people")
    day.click("go-places")
    save("places")
    day.click("go-sync")
    save("close-the-day")
    day.click("send")
    day.wait(lambda: not day.pusterum.tasks.is_busy, "the answer")
    save("cannot-send")
    day.click("go-settings")
    save("settings")


def main() -> int:
    """Draw them all."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from tests.trial_laptop import make_laptop  # noqa: PLC0415 - after the environment is set

    shutil.rmtree(OUT, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="pusterum-laptop-") as made:
        make_laptop(Path(made) / "data")
        for language in ("da", "en"):
            for theme in ("light", "dark"):
                for text_size in (100, 200):
                    _draw(language, theme, text_size, Path(made) / "data")
    print(f"{len(list(OUT.rglob('*.png')))} pictures in {OUT}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
