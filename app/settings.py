"""What this laptop remembers about its window: language, text size, theme, server. Nothing about people.

The file lies in the platform's own folder, or under `PUSTERUM_HOME` where that is set. A damaged file is put aside and
the defaults are used: nobody is kept out of their work by a setting.
"""

import contextlib
import json
import os
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Self

import platformdirs

from app.errors import KnownProblem, is_full
from app.own_folder import make_own
from app.whole_file import replace_whole

HOME_VARIABLE: Final = "PUSTERUM_HOME"
FILE_NAME: Final = "settings.json"
DATABASE_NAME: Final = "pusterum.db"
KEY_FILE_NAME: Final = "keys.json"
BACKUP_FOLDER: Final = "backups"
"""Beside the store."""
KEYS_OF_BACKUP: Final = ".keys.json"
"""How the name of the key file ends that lies beside each backup."""
UNSENT_NAME: Final = "unsent.envelope"
"""What was not sent when the laptop was locked for good, sealed to the server; gone when the laptop opens again.

Where it is too much for one envelope others lie beside it (:func:`unsent_in`).
"""
LANGUAGES: Final = ("system", "da", "en")
TEXT_SIZES: Final = (100, 125, 150, 200)
IDLE_MINUTES: Final = (2, 5, 10, 20, 30)
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
"""What no path has in it, and halves of letters, which cannot be written."""
THEMES: Final = ("system", "light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettings:
    """The laptop's settings; `text_size` in percent.

    `inbox_folder` is filled and `outbox_folder` emptied by the municipality's message gateway; `sender_…` stands as the
    sender on letters to doctors, `sender_location` is the municipality's location number (EAN).
    """

    language: str = "system"
    text_size: int = 100
    theme: str = "system"
    server_url: str = ""
    idle_minutes: int = 10
    inbox_folder: str = ""
    outbox_folder: str = ""
    sender_location: str = ""
    sender_name: str = ""
    sender_department: str = ""
    sender_phone: str = ""
    tips_seen: str = ""

    @classmethod
    def load(cls) -> Self:
        """Return what was saved; a value that makes no sense counts as its default, a damaged file is put aside."""
        file = config_directory() / FILE_NAME
        try:
            content = json.loads(file.read_bytes())
        except OSError:
            return cls()
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            with contextlib.suppress(OSError):
                file.replace(file.with_suffix(".damaged.json"))
            return cls()
        return cls(**_sensible(content))

    def evolve(self, **changes: Any) -> Self:
        """Return the settings with these changes."""
        return replace(self, **changes)

    def save(self) -> None:
        """Replace the file, whole or not at all. Raises KnownProblem("disk-full" or "read-only")."""
        file = config_directory() / FILE_NAME
        content = json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"
        try:
            make_own(file.parent)
            replace_whole(file, content.encode())
        except OSError as problem:
            raise KnownProblem("disk-full" if is_full(problem) else "read-only") from problem


def data_directory() -> Path:
    """Return the folder of the encrypted store and its key file; it may not exist yet."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "data" if home else platformdirs.user_data_path("Pusterum", appauthor=False)


def config_directory() -> Path:
    """Return the folder of the settings file; it may not exist yet."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "config" if home else platformdirs.user_config_path("Pusterum", appauthor=False)


def cache_directory() -> Path:
    """Return the folder of what can be made anew at any time, such as an unpacked font; it may not exist yet."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "cache" if home else platformdirs.user_cache_path("Pusterum", appauthor=False)


def _sensible(content: dict[str, Any]) -> dict[str, Any]:
    allowed: dict[str, tuple[Any, ...]] = {
        "language": LANGUAGES,
        "text_size": TEXT_SIZES,
        "theme": THEMES,
        "idle_minutes": IDLE_MINUTES,
    }
    kept = {}
    for field in fields(DeviceSettings):
        value = content.get(field.name)
        is_of_kind = type(value) is type(field.default) and value in allowed.get(field.name, (value,))
        if is_of_kind and not (isinstance(value, str) and _NO_TEXT.search(value)):
            kept[field.name] = value
    return kept


def unsent_in(folder: Path) -> list[Path]:
    """Return the envelopes with what was not sent that lie beside a store."""
    name = Path(UNSENT_NAME)
    return sorted(folder.glob(f"{name.stem}*{name.suffix}"))
