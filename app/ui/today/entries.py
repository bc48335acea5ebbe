"""What the list of tasks shows of what is due: which entries, in which order, and what is told in one line for many."""

from collections import Counter
from collections.abc import Iterable

from app.domain.tasks import Kind
from app.storage.queries.task_papers import PAPERS_OF_PEOPLE
from app.storage.queries.tasks import PAPERS_OF_TEAMS, Due, TaskRow
from app.ui.contact.words import kind_word, task_words
from app.ui.widgets import fits

OF_A_KIND_AT_FIRST = 3
"""Rows of one kind at first, so that many of one do not hide the others."""
SHOWN_AT_FIRST = 8
"""Rows that are shown before one asks for the rest: what fits beside the day's sessions."""
IN_ONE_LINE = PAPERS_OF_PEOPLE | PAPERS_OF_TEAMS | {Kind.CONSENTS, Kind.WEEKLY_CALL}
"""Kinds of which the number is told, and the names where one wants to see them."""
Entry = list[TaskRow]
"""A call by itself, or the reminders of one session."""


def entries_of(rows: Iterable[TaskRow]) -> list[Entry]:
    """Return each call by itself and the reminders of one session together, in the order of the first of them."""
    entries: list[Entry] = []
    sessions: dict[str, list[TaskRow]] = {}
    for row in rows:
        if row.task.kind in IN_ONE_LINE:
            continue
        if row.task.kind is Kind.REMINDER:
            if row.task.session_id in sessions:
                sessions[row.task.session_id].append(row)
                continue
            sessions[row.task.session_id] = [row]
            entries.append(sessions[row.task.session_id])
        else:
            entries.append([row])
    return entries


def fitting(rows: Iterable[TaskRow], words: str) -> tuple[TaskRow, ...]:
    """Return the tasks whose person, kind or words fit."""
    if not words.strip():
        return tuple(rows)
    return tuple(
        row for row in rows if fits(words, (row.name, row.phone, kind_word(row.task.kind), task_words(row.task)))
    )


def at_first(entries: list[Entry]) -> list[Entry]:
    """Return the first entries in their order, only some of each kind."""
    counted: Counter[Kind] = Counter()
    shown: list[Entry] = []
    for rows in entries:
        kind = rows[0].task.kind
        if counted[kind] < OF_A_KIND_AT_FIRST and len(shown) < SHOWN_AT_FIRST:
            counted[kind] += 1
            shown.append(rows)
    return shown


def in_one_line(found: Iterable[Due], words: str) -> dict[Kind, tuple[int, list[TaskRow]]]:
    """Return how many there are of each kind that is told in one line and fits the words, and for whom."""
    rows: list[TaskRow] = []
    counted: dict[Kind, int] = {}
    for part in found:
        rows += [row for row in part.rows if row.task.kind in IN_ONE_LINE]
        counted.update(part.counted)
    if words.strip():
        rows = list(fitting(rows, words))
        counted = Counter(row.task.kind for row in rows)
    return {
        kind: (counted[kind], [row for row in rows if row.task.kind is kind])
        for kind in Kind
        if kind in IN_ONE_LINE and counted.get(kind)
    }
