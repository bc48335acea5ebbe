"""What the server is told by a file and by the environment; what stands on the command line goes before both.

The file is TOML with the names of the long options, dashes as underscores (`database_url = "postgresql://…"`). In the
environment they are in capitals behind ``PUSTERUM_``. A name in the file that nobody knows is refused rather than
ignored; in the environment stand others' names too.
"""

import os
import tomllib
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, Final

FILE_VARIABLE: Final = "PUSTERUM_SERVER_CONFIG"
KINDS: Final[dict[str, type[Any]]] = {
    "data": Path,
    "database_url": str,
    "host": str,
    "port": int,
    "tls_certificate": Path,
    "tls_key": Path,
    "log_format": str,
    "under_way": int,
}
_ALLOWED: Final[dict[str, Container[Any]]] = {
    "log_format": ("text", "json"),
    "port": range(65_536),
    "under_way": range(1, 1_000_000),
}
"""What argparse would check on the command line, and takes as it is where it stands elsewhere."""


def configured(file: Path | None, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return what file and environment say, by option; RuntimeError where something of it cannot be meant."""
    if file is None and environment.get(FILE_VARIABLE):
        file = Path(environment[FILE_VARIABLE])
    said: dict[str, Any] = {}
    if file is not None:
        try:
            said = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise RuntimeError(f"the configuration {file} cannot be read: {problem}") from None
        unknown = sorted(set(said) - set(KINDS))
        if unknown:
            raise RuntimeError(f"the configuration {file} names what is no option: {', '.join(unknown)}")
    for name in KINDS:
        if value := environment.get(f"PUSTERUM_{name.upper()}"):
            said[name] = value
    return {name: _as_kind(name, value) for name, value in said.items()}


def _as_kind(name: str, value: Any) -> Any:
    try:
        meant = KINDS[name](value)
    except (TypeError, ValueError):
        raise RuntimeError(f"{name} cannot be {value!r}") from None
    if name in _ALLOWED and meant not in _ALLOWED[name]:
        raise RuntimeError(f"{name} cannot be {value!r}")
    return meant
