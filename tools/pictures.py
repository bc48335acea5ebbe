"""Draw every screen in both languages and both themes, at 1280x720 and with text at 200 %, on invented data.

`make pictures` leaves them in `pictures/`; those that the README and the guide show are renewed in `docs/pictures/`.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tools.demo_day import Day

OUT = Path("pictures")
GUIDE = Path("docs/pictures")
SHOWN_IN_GUIDE = {
    "light-100": {
        "today": "today",
        "walk-in": "walk-in",
        "session-sheet": "session-sheet",
        "session-closed": "session-closed",
        "diploma": "diploma",
        "person-story": "person",
        "for-the-person": "for-the-person",
        "find": "find",
        "sync": "close-the-day",
        "welcome": "welcome",
        "places": "places",
        "conflicts": "conflicts",
    },
    "dark-100": {"session-sheet": "session-sheet"},
    "light-200": {"session-sheet": "session-sheet"},
}
"""What each stop of the tour is called in the guide."""


def _save(day: Day, name: str, look: str, language: str) -> None:
    day.settle()
    folder = OUT / f"{language}-{look}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.png"
    day.pusterum.window.grab().save(str(file))
    shown = SHOWN_IN_GUIDE.get(look, {}).get(name)
    if shown is not None:
        GUIDE.mkdir(parents=True, exist_ok=True)
        suffix = "" if look == "light-100" else f"-{look}"
        shutil.copyfile(file, GUIDE / f"{shown}{suffix}-{language}.png")


def _draw(language: str, theme: str, text_size: int, laptop: Path) -> None:
    from app.settings import DeviceSettings  # noqa: PLC0415 - after the environment is set
    from tests.trial_laptop import PASSPHRASE  # noqa: PLC0415
    from tools.tour import before_enrolling, opened, whole_day  # noqa: PLC0415

    look = f"{theme}-{text_size}"
    with tempfile.TemporaryDirectory(prefix="pusterum-pictures-") as home:
        os.environ["PUSTERUM_HOME"] = home
        DeviceSettings(language=language, theme=theme, text_size=text_size).save()
        empty = opened(Path(home) / "empty")
        for name in before_enrolling(empty):
            _save(empty, name, look, language)
        empty.end()
        shutil.copytree(laptop, Path(home) / "data")
        day = opened(Path(home) / "data")
        for name in whole_day(day, PASSPHRASE):
            _save(day, name, look, language)
        day.end()


def main(arguments: list[str] | None = None) -> int:
    """Draw them all."""
    argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__.splitlines()[0]).parse_args(arguments)
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
