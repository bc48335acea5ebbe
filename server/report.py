"""`python -m server report`: the coordinator's figures from the server's own rows, by the same pure computations."""

from datetime import date, datetime
from typing import Any

from app.domain.reports.as_of import CHANGED, Earlier, earlier_values
from app.domain.reports.everything import NAMES, Question, report
from app.domain.reports.facts import Facts
from app.domain.reports.from_rows import ENTITIES, facts_from_rows
from app.domain.reports.participations import Cohort
from app.domain.reports.suppression import for_outside
from app.domain.reports.table import Report
from server.database import Connection

ALL = "all"


def reported(
    connection: Connection,
    name: str,
    *,
    since: date,
    until: date,
    today: date,
    cohort: str = Cohort.JOINED.value,
    as_of: datetime | None = None,
    cooperation_id: str | None = None,
) -> tuple[str, tuple[Report, ...]]:
    """Return the cooperation's name and its reports, small numbers hidden; LookupError where there is none such."""
    if since > until:
        raise LookupError(f"the days from {since} to {until} are none: the first is after the last")
    cooperations = connection.execute(
        "SELECT id, name FROM cooperation WHERE %(id)s::text IS NULL OR id::text = %(id)s LIMIT 2",
        {"id": cooperation_id},
    ).fetchall()
    if not cooperations:
        raise LookupError("no such cooperation")
    if len(cooperations) > 1:
        raise LookupError("this server has several cooperations: say which with --cooperation (`cooperation list`)")
    [found] = cooperations
    question = Question(since=since, until=until, today=today, cohort=Cohort(cohort))
    facts = _facts(connection, found[0], as_of)
    names = NAMES if name == ALL else (name,)
    return str(found[1]), tuple(for_outside(report(one, facts, question)) for one in names)


def _facts(connection: Connection, cooperation_id: Any, as_of: datetime | None) -> Facts:
    rows = connection.execute(
        "SELECT entity, row_id::text, fields FROM row WHERE cooperation_id = %s AND entity = ANY(%s) AND NOT deleted",
        (cooperation_id, list(ENTITIES)),
    )
    plain = ((row[0], row[1], row[2]) for row in rows)
    return facts_from_rows(plain, as_of=as_of, earlier=_earlier(connection, cooperation_id, as_of))


def _earlier(connection: Connection, cooperation_id: Any, as_of: datetime | None) -> Earlier:
    """Return what fields were that were changed after the moment, by the clock of the laptop that changed them."""
    if as_of is None:
        return {}
    changes = connection.execute(
        "SELECT entity, row_id::text, device_time, before FROM change"
        " WHERE cooperation_id = %s AND entity = ANY(%s) AND before IS NOT NULL ORDER BY device_time, position",
        (cooperation_id, list(CHANGED)),
    )
    return earlier_values(((row[0], row[1], row[2], row[3]) for row in changes), as_of=as_of)
