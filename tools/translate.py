"""Keep the Danish catalogue in step with the sentences in the code.

`python -m tools.translate extract | update | compile | check`: write the template, bring the Danish file up to date,
write the compiled file that the program reads, and say what is missing, fuzzy, stale or not compiled.
"""

import argparse
import ast
import io
import string
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parent.parent
TEMPLATE: Final = ROOT / "build" / "pusterum.pot"
DANISH: Final = ROOT / "resources" / "locale" / "da" / "LC_MESSAGES" / "pusterum.po"
COMPILED: Final = DANISH.with_suffix(".mo")
SOURCES: Final = ("app", "server")
KEYWORDS: Final = {"_": None, "mark": None, "ngettext": (1, 2)}
LINE_LENGTH: Final = 120


def collect() -> Catalog:
    """Return every sentence that the code marks."""
    template = Catalog(project="Pusterum", charset="utf-8")
    for folder in SOURCES:
        for _, _, sentence, comments, _ in extract_from_dir(
            ROOT / folder, [("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
        ):
            template.add(sentence, auto_comments=comments)
    return template


def read(path: Path = DANISH) -> Catalog:
    """Return the Danish catalogue, empty where there is none yet."""
    if not path.exists():
        return _empty()
    with path.open("rb") as file:
        return read_po(file, locale="da", domain="pusterum")


def extract() -> int:
    """Write the template that translators start from."""
    TEMPLATE.parent.mkdir(exist_ok=True)
    with TEMPLATE.open("wb") as file:
        write_po(file, collect(), no_location=True, sort_output=True, width=LINE_LENGTH)
    return 0


def update() -> int:
    """Give the Danish file every new sentence, untranslated, and take out those that the code no longer says."""
    known, now = read(), collect()
    fresh = _empty()
    fresh.creation_date = known.creation_date
    for message in now:
        if message.id:
            before = known.get(message.id)
            kept = before.string if before is not None and before.pluralizable == message.pluralizable else ""
            fresh.add(message.id, kept, auto_comments=message.auto_comments)
    DANISH.parent.mkdir(parents=True, exist_ok=True)
    with DANISH.open("wb") as file:
        write_po(file, fresh, no_location=True, sort_output=True, ignore_obsolete=True, width=LINE_LENGTH)
    return 0


def compile_catalogue() -> int:
    """Write the file that the program reads."""
    COMPILED.write_bytes(_compiled(read()))
    return 0


def check() -> int:
    """Say what is wrong with the catalogue; 1 where anything is."""
    problems = list(complaints())
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def complaints() -> Iterator[str]:
    """Yield what is missing, fuzzy, stale, differently filled in, hidden, or not compiled."""
    danish, now = read(), collect()
    for message in now:
        if not message.id:
            continue
        there = danish.get(message.id)
        if there is None or not _texts(there.string) or not all(_texts(there.string)):
            yield f"missing: {message.id}"
        elif there.fuzzy:
            yield f"fuzzy: {message.id}"
        elif _names(there.string) != _names(message.id):
            yield f"placeholders differ: {message.id}"
    for message in danish:
        if message.id and now.get(message.id) is None:
            yield f"stale: {message.id}"
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _hidden(path)
    if not COMPILED.exists() or COMPILED.read_bytes() != _compiled(danish):
        yield f"not compiled: run `python -m tools.translate compile` after editing {DANISH.name}"


def _hidden(path: Path) -> Iterator[str]:
    """Yield the sentences that stand within an f-string, where they are not found before Python 3.12."""
    for quoted in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(quoted, ast.JoinedStr):
            for call in ast.walk(quoted):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS:
                    yield f"within an f-string: {path.relative_to(ROOT)}:{call.lineno}"


def _empty() -> Catalog:
    # No dates and names that change by themselves: a difference in the file is a difference in a sentence.
    header = "# What Pusterum says in Danish; the English sentences stand in the code."
    return Catalog(
        locale="da",
        domain="pusterum",
        header_comment=header,
        project="Pusterum",
        version="1",
        msgid_bugs_address="-",
        revision_date="2026-11-24 00:00+0000",
        last_translator="-",
        language_team="-",
        fuzzy=False,
    )


def _compiled(catalogue: Catalog) -> bytes:
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def _texts(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def _names(text: str | tuple[str, ...] | list[str] | None) -> set[str]:
    """Return the named placeholders of all forms together: a singular may leave out the count."""
    return {name for form in _texts(text) for _, name, _, _ in string.Formatter().parse(form) if name}


ACTS: Final[dict[str, Callable[[], int]]] = {
    "extract": extract,
    "update": update,
    "compile": compile_catalogue,
    "check": check,
}


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for, in the order it is asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.translate", description=__doc__.splitlines()[0])
    parser.add_argument("acts", nargs="+", choices=ACTS)
    worst = 0
    for act in parser.parse_args(arguments).acts:
        worst = max(worst, ACTS[act]())
    return worst


if __name__ == "__main__":
    sys.exit(main())
