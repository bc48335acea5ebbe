"""Smoking less is a result of its own, which the five indicators do not see."""

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from operator import itemgetter
from typing import Final

from app.domain.reports.facts import Facts
from app.domain.reports.participations import Cohort, Participation, in_period, participations
from app.domain.reports.table import (
    TOTAL,
    Cell,
    Check,
    Column,
    Kind,
    Report,
    Row,
    Table,
    are_parts_of,
    count,
    in_danish_order,
    mask,
    members_of,
    share,
    split,
)
from app.i18n import _

BEFORE_JOINING = timedelta(days=30)
"""How old the first measurement may be when somebody joins."""

_Measured = tuple[float, float] | None


def reduction(
    facts: Facts,
    since: date,
    until: date,
    *,
    cohort: Cohort = Cohort.JOINED,
    everybody: tuple[Participation, ...] | None = None,
) -> Report:
    """Return how cigarettes a day changed from the first to the last measurement within the course."""
    known = participations(facts) if everybody is None else everybody
    found = tuple(p for p in known if in_period(p, since, until, cohort))
    measured = first_and_last(facts, found)
    all_of_them = (1 << len(found)) - 1
    both = mask(m is not None for m in measured)
    fewer = mask(m is not None and m[1] < m[0] for m in measured)
    half = mask(m is not None and m[0] > 0 and m[1] <= m[0] / 2 for m in measured)
    none = mask(m is not None and m[1] == 0 for m in measured)
    behind = tuple(p.enrolment.person_id for p in found)
    places = {place.id: place.name for place in facts.places}

    def cells(among: int, chosen: list[_Measured]) -> tuple[Cell, ...]:
        known = [m for m in chosen if m is not None]
        first = sum(m[0] for m in known) / len(known) if known else None
        last = sum(m[1] for m in known) / len(known) if known else None
        of = among & both
        return (
            count(among),
            count(of),
            Cell(None if first is None else round(first, 1), members=of),
            Cell(None if last is None else round(last, 1), members=of),
            share(fewer, of),
            share(half, of),
            share(none, of),
        )

    tables, checks = [], []
    for key, title, head, names, keys in (
        (
            "by_municipality",
            _("Per municipality that held the course"),
            _("Municipality"),
            facts.municipalities,
            [p.course.delivering_id for p in found],
        ),
        ("by_place", _("Per place"), _("Place"), places, [p.course.place_id for p in found]),
    ):
        parts = split(keys)
        rows = [
            Row(
                known,
                names.get(known) or _("Not stated"),
                cells(parts[known], [measured[place] for place in members_of(parts[known])]),
            )
            for known in sorted(parts, key=lambda known: (in_danish_order(names.get(known, "")), known))
        ]
        rows.append(Row(TOTAL, _("In total"), cells(all_of_them, measured), is_total=True))
        tables.append(
            Table(
                key=key,
                title=title,
                head=head,
                columns=_columns(),
                rows=tuple(rows),
                behind=behind,
                chart="half",
            )
        )
        checks.append(
            Check(
                _("{table}: the parts make up the whole, and nobody is counted twice.").format(table=title),
                are_parts_of(parts.values(), all_of_them),
            )
        )
    checks.append(Check(_("Whoever smokes half as much also smokes less."), not half & ~fewer))
    return Report(
        key="reduction",
        title=_("Smoking less"),
        since=since,
        until=until,
        notes=(
            _(
                "Compared are the first measurement (at most 30 days before joining) and the last one before the end "
                "of the course. Those measured less than twice are not counted."
            ),
        ),
        tables=tuple(tables),
        checks=tuple(checks),
    )


def first_and_last(facts: Facts, found: tuple[Participation, ...]) -> list[_Measured]:
    """Return for each part in a course the first and the last number of cigarettes a day, where there are two."""
    known: dict[str, list[tuple[str, date, float]]] = {p.enrolment.person_id: [] for p in found}
    for row in sorted(facts.cigarettes, key=_DAY):
        if row[0] in known:
            known[row[0]].append(row)
    measured: list[_Measured] = []
    for p in found:
        own = known[p.enrolment.person_id]
        low = bisect_left(own, p.joined_on - BEFORE_JOINING, key=_DAY)
        high = len(own) if p.ended_on is None else bisect_right(own, p.ended_on, key=_DAY)
        measured.append((own[low][2], own[high - 1][2]) if high - low > 1 else None)
    return measured


_DAY: Final = itemgetter(1)
"""Of a measurement."""


def _columns() -> tuple[Column, ...]:
    return (
        Column("participants", _("Participants")),
        Column("measured", _("Measured twice")),
        Column("first", _("Cigarettes a day at first"), Kind.NUMBER),
        Column("last", _("Cigarettes a day at last"), Kind.NUMBER),
        Column("fewer", _("Smoke less"), Kind.SHARE),
        Column("half", _("At most half"), Kind.SHARE),
        Column("none", _("Do not smoke"), Kind.SHARE),
    )
