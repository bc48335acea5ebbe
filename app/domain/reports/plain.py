"""A report as JSON and as the CSV that a Danish Excel opens with a double click; read back from JSON too."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from app.domain.reports.table import Cell, Check, Column, Kind, Report, Row, Table, people_behind
from app.i18n import _

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the start of a formula."""
HIDDEN_MARK: Final = "*"
TOO_FEW: Final = "†"
"""Beside a figure of too few people to publish it; a line below says so."""


def as_json(report: Report, *, with_people: bool = False) -> dict[str, Any]:
    """Return the report as values that JSON knows; a hidden figure is null with `hidden` beside it."""
    return {
        "report": report.key,
        "title": report.title,
        "from": report.since.isoformat(),
        "to": report.until.isoformat(),
        "notes": list(report.notes),
        "checks": [{"sentence": check.sentence, "holds": check.holds} for check in report.checks],
        "tables": [_table_as_json(table, with_people=with_people) for table in report.tables],
    }


def _table_as_json(table: Table, *, with_people: bool) -> dict[str, Any]:
    return {
        "table": table.key,
        "title": table.title,
        "head": table.head,
        "note": table.note,
        "groups": table.groups,
        "chart": table.chart,
        "target": table.target,
        "columns": [{"key": column.key, "title": column.title, "kind": column.kind.value} for column in table.columns],
        "rows": [
            {
                "key": row.key,
                "title": row.title,
                "group": row.group,
                "total": row.is_total,
                "cells": [_cell_as_json(cell, table, with_people=with_people) for cell in row.cells],
            }
            for row in table.rows
        ],
    }


def _cell_as_json(cell: Cell, table: Table, *, with_people: bool) -> dict[str, Any]:
    if cell.is_hidden:
        return {"value": None, "hidden": True}
    made: dict[str, Any] = {"value": cell.value}
    if cell.of is not None:
        made["of"] = cell.of
        made["share"] = cell.share
    if cell.is_too_few:
        made["too_few"] = True
    if with_people and table.behind:
        made["people"] = list(people_behind(table, cell))
    return made


def from_json(content: dict[str, Any]) -> Report:
    """Return a report that `as_json` wrote, without the people behind it.

    Raises ValueError where the content is something else.
    """
    try:
        return Report(
            key=content["report"],
            title=content["title"],
            since=date.fromisoformat(content["from"]),
            until=date.fromisoformat(content["to"]),
            notes=tuple(content["notes"]),
            checks=tuple(Check(check["sentence"], check["holds"]) for check in content["checks"]),
            tables=tuple(_table_from_json(table) for table in content["tables"]),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError("not a report") from problem


def _table_from_json(content: dict[str, Any]) -> Table:
    return Table(
        key=content["table"],
        title=content["title"],
        head=content["head"],
        note=content["note"],
        groups=content["groups"],
        chart=content["chart"],
        target=content["target"],
        columns=tuple(Column(column["key"], column["title"], Kind(column["kind"])) for column in content["columns"]),
        rows=tuple(
            Row(
                row["key"],
                row["title"],
                tuple(
                    Cell(
                        cell["value"],
                        cell.get("of"),
                        is_hidden=cell.get("hidden", False),
                        is_too_few=cell.get("too_few", False),
                    )
                    for cell in row["cells"]
                ),
                row["group"],
                row["total"],
            )
            for row in content["rows"]
        ),
    )


def hidden_note(report: Report) -> tuple[str, ...]:
    """Return the sentence that explains hidden figures, where there are any."""
    if not any(cell.is_hidden for table in report.tables for row in table.rows for cell in row.cells):
        return ()
    return (_("* Fewer than five people, or a figure that would reveal such a number."),)


def too_few_note(report: Report) -> tuple[str, ...]:
    """Return the sentence that explains the mark of figures that must not be published, where there are any."""
    if not any(cell.is_too_few for table in report.tables for row in table.rows for cell in row.cells):
        return ()
    return (_("{mark} Too few people to publish, by the rule of STOPbasen.").format(mark=TOO_FEW),)


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_document(cooperation: str, reports: Iterable[Report], *, with_people: bool = False) -> dict[str, Any]:
    """Return reports with the name of whose they are, as `python main.py report --figures` reads them."""
    return {"cooperation": cooperation, "reports": [as_json(report, with_people=with_people) for report in reports]}


def as_csv(*reports: Report) -> bytes:
    """Return every table under the other: UTF-8 with its mark, semicolons, a comma before decimals, CRLF.

    A share is three columns (number, of, percent, marked where there are too few people to publish it), money is
    kroner; a hidden figure is written as "*".
    """
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    for report in reports:
        _write_csv(report, writer)
    return ("\ufeff" + target.getvalue()).encode("utf-8")


def _write_csv(report: Report, writer: Any) -> None:
    writer.writerow([harmless(report.title), report.since.isoformat(), report.until.isoformat()])
    for table in report.tables:
        writer.writerow([])
        writer.writerow([harmless(table.title)])
        heads = [harmless(table.head)]
        if table.groups:
            heads.insert(0, _("Definition"))
        for column in table.columns:
            title = harmless(column.title)
            heads += [title, _("of"), "%"] if column.kind is Kind.SHARE else [title]
        writer.writerow(heads)
        for row in table.rows:
            written = [harmless(row.title)]
            if table.groups:
                written.insert(0, harmless(table.groups.get(row.group, row.group)))
            for cell, column in zip(row.cells, table.columns, strict=True):
                written += _csv_cells(cell, column.kind)
            writer.writerow(written)
    writer.writerow([])
    for note in (*report.notes, *hidden_note(report), *too_few_note(report)):
        writer.writerow([harmless(note)])
    for check in report.checks:
        writer.writerow([harmless(check.sentence), _("holds") if check.holds else _("DOES NOT HOLD")])


def _csv_cells(cell: Cell, kind: Kind) -> list[str]:
    if cell.is_hidden:
        return [HIDDEN_MARK, "", ""] if kind is Kind.SHARE else [HIDDEN_MARK]
    value = cell.value
    if kind is Kind.MONEY and isinstance(value, (int, float)):
        written = _decimal(value / 100)
    elif isinstance(value, float):
        written = _decimal(value)
    else:
        written = "" if value is None else harmless(value) if isinstance(value, str) else str(value)
    if kind is not Kind.SHARE:
        return [written]
    percent = "" if cell.share is None else _decimal(round(cell.share * 100, 1))
    if percent and cell.is_too_few:
        percent += f" {TOO_FEW}"
    return [written, "" if cell.of is None else str(cell.of), percent]


def _decimal(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".").replace(".", ",")
