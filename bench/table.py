"""A list of 100,000 people: show, sort and filter it, beside resetting a plain list model of as many rows.

What Pusterum shows is sorted and filtered in a list or in SQL, never in a proxy model, and then set anew.
"""

import time
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

from app.storage.queries.lists import PersonRow
from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn
from invented.names import FAMILY, GIVEN_MEN, GIVEN_WOMEN

GOALS = (Goal("bare list model", 2.0),)
NAME = "table"
ROWS = 100_000


def run(rounds: int) -> list[Result]:
    """Show the rows in the application's own table and in a bare one, and wait for the frame each time."""
    from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication, QTableView  # noqa: PLC0415

    from app.ui.people.view import people_model  # noqa: PLC0415
    from app.ui.theme import apply_theme  # noqa: PLC0415
    from app.ui.widgets import RowTable, dress_table  # noqa: PLC0415

    class Bare(QAbstractListModel):
        def __init__(self) -> None:
            super().__init__()
            self.rows: Sequence[str] = ()

        def rowCount(self, _parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
            return len(self.rows)

        def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
            return self.rows[index.row()] if role == Qt.ItemDataRole.DisplayRole else None

        def show_rows(self, rows: Sequence[str]) -> None:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    apply_theme(application, "light", 100)
    draw = Random(1)
    people = [
        PersonRow(f"p{n}", f"{draw.choice(GIVEN_MEN + GIVEN_WOMEN)} {draw.choice(FAMILY)}", "Kilden", "00000000")
        for n in range(ROWS)
    ]
    names = [row.name for row in people]
    model = people_model()
    table = RowTable(model, (4, 5, 2), name="people-table", words="People", open_row=lambda _row: None)
    bare_model, bare_table = Bare(), QTableView()
    dress_table(table)
    for one, shown in ((table, model), (bare_table, bare_model)):
        one.setModel(shown)
        one.resize(1000, 640)
        one.show()
    application.processEvents()

    def framed(view: Any, shown: Any, rows: Any) -> None:
        shown.show_rows(rows)
        view.viewport().repaint()
        application.processEvents()

    def timed(work: Any) -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    jobs = {
        "table: show": (lambda: framed(table, model, tuple(people)), lambda: framed(bare_table, bare_model, names)),
        "table: sort": (
            lambda: framed(table, model, tuple(sorted(people, key=lambda row: row.name))),
            lambda: framed(bare_table, bare_model, sorted(names)),
        ),
        "table: filter": (
            lambda: framed(table, model, tuple(row for row in people if "Kj" in row.name)),
            lambda: framed(bare_table, bare_model, [name for name in names if "Kj" in name]),
        ),
    }
    return [
        Result(
            name,
            "s",
            in_turn(
                max(rounds, OF_SHORT_ONES),
                partial(timed, ours),
                bare_list_model=partial(timed, theirs),
            ),
            GOALS,
        )
        for name, (ours, theirs) in jobs.items()
    ]
