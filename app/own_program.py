"""How the program starts itself once more, for something that wants a process of its own.

Where it is run from its source that is the interpreter with `main.py`; a packaged program is its own interpreter.
"""

import sys
from pathlib import Path
from typing import Final

_MAIN: Final = Path(__file__).resolve().parent.parent / "main.py"


def own_program(command: str, *arguments: str) -> list[str]:
    """Return what starts one of the program's commands (`main.py`), from whichever folder it is started."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(_MAIN)]
    return [*program, command, *arguments]
