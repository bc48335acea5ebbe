"""What the server is told by a file and by the environment; what stands on the command line goes before both.

The file is TOML with names of long options (`KINDS`), dashes as underscores (`database_url = "postgresql://…"`). In the
environment they are in capitals behind ``PUSTERUM_``. A name in the file that nobody knows is refused rather than
ignored; in the environment stand others' names too.
"""

import os
import tomllib
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from server.typed_in import a_log_format, a_port, one_or_more, yes_or_no

FILE_VARIABLE: Final = "PUSTERUM_SERVER_CONFIG"
KINDS: Final[dict[str, Callable[[str], Any]]] = {
    "data": Path,
    "database_url": str,
    "host": str,
    "port": a_port,
    "behind_proxy": yes_or_no,
    "tls_certificate": Path,
    "tls_key": Path,
    "log_format": a_log_format,
    "under_way": one_or_more,
}
"""How each is read, as on the command line; argparse itself takes what stands elsewhere as it is."""
_IN_TOML: Final[dict[str, type]] = {"port": int, "under_way": int, "behind_proxy": bool}
"""Which may stand in the file as what they are, and not as text alone."""


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
    if not isinstance(value, (str, _IN_TOML.get(name, str))):
        raise RuntimeError(f"{name} cannot be {value!r}")
    try:
        return KINDS[name](str(value))
    except ArgumentTypeError:
        raise RuntimeError(f"{name} cannot be {value!r}") from None
