"""Say why no window can open to whoever started the program, in its terminal: there is no window to say it in."""

import re
import sys
from collections.abc import Iterable

from app.error_text import sentence_for
from app.errors import KnownProblem
from app.i18n import system_region, use_language
from app.settings import DeviceSettings


def missing_library(complaint: str) -> str:
    """Return the shared library that a loader's complaint is about, or "" where it is about something else."""
    found = re.search(r"lib[\w.+-]*?\.so(?:\.\d+)*(?=:)", complaint)
    return found.group() if found else ""


def say_no_window(library: str = "", *, details: Iterable[str] = ()) -> None:
    """Write what happened, what is safe and what to do now to standard error, then Qt's own words for IT support.

    `library` is the shared library that the system lacks, "" where nothing lacks but a screen that answers.
    """
    use_language(DeviceSettings.load().language, region=system_region())
    problem = KnownProblem("no-window-library", library=library) if library else KnownProblem("no-screen")
    sentence = sentence_for(problem)
    lines = [sentence.title, sentence.text, *(f"  ({line})" for said in details for line in said.splitlines() if line)]
    if sys.stderr is not None:
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
