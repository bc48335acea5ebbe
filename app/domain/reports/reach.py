"""How many of a municipality's smokers are reached, against what the municipalities agreed on (S2)."""

from calendar import isleap
from datetime import date
from fractions import Fraction
from math import floor

from app.domain.reports.facts import Facts
from app.domain.reports.participations import Participation, participations
from app.domain.reports.programme import agreement, exact, value
from app.domain.reports.table import TOTAL, Cell, Check, Column, Kind, Report, Row, Table, count, in_danish_order, split
from app.i18n import _


def targets(smokers: int, share: Fraction, municipal_share: Fraction) -> tuple[int, int]:
    """Return how many are to take part a year in municipal and in national offers.

    The municipal part of all smokers is rounded half up; what is left of the whole is national.
    """
    municipal = floor(smokers * municipal_share + Fraction(1, 2))
    whole = floor(smokers * share + Fraction(1, 2))
    return municipal, whole - municipal


def reach(facts: Facts, since: date, until: date, *, everybody: tuple[Participation, ...] | None = None) -> Report:
    """Return participants of the period by where they lived on joining, each person once."""
    known = participations(facts) if everybody is None else everybody
    rules = agreement(facts.programmes, "reach_target", on=until)
    smokers: dict[str, int] = value(rules, "smokers", otherwise={})
    written: dict[str, int] = value(rules, "participants_target_municipal", otherwise={})
    written_national: dict[str, int] = value(rules, "participants_target_national", otherwise={})
    share = exact(value(rules, "reach_target", otherwise=0))
    municipal_share = exact(value(rules, "reach_target_municipal", otherwise=0))
    first: dict[str, str] = {}
    for began in sorted((p.began for p in known), key=lambda row: (row.joined_on, row.id)):
        if since <= began.joined_on <= until:
            first.setdefault(began.person_id, began.residence_id or facts.residences.get(began.person_id, ""))
    people = tuple(first)
    homes = split(list(first.values()))
    all_of_them = (1 << len(people)) - 1
    shown = [key for key in facts.municipalities if facts.municipality_codes.get(key, "") in smokers or homes.get(key)]
    rows = []
    whole = {"smokers": 0, "municipal": 0, "national": 0}
    holds = True
    for key in sorted(shown, key=lambda key: (in_danish_order(facts.municipalities[key]), key)):
        code = facts.municipality_codes.get(key, "")
        there = int(smokers.get(code, 0))
        municipal, national = targets(there, share, municipal_share) if code in written else (0, 0)
        holds = holds and (code not in written or (written[code], written_national.get(code)) == (municipal, national))
        whole["smokers"] += there
        whole["municipal"] += municipal
        whole["national"] += national
        rows.append(Row(key, facts.municipalities[key], _cells(homes.get(key, 0), there, municipal, national)))
    elsewhere = all_of_them
    for key in shown:
        elsewhere &= ~homes.get(key, 0)
    if elsewhere:
        rows.append(Row("elsewhere", _("Elsewhere or not stated"), _cells(elsewhere, 0, 0, 0)))
    rows.append(Row(TOTAL, _("In total"), _cells(all_of_them, **whole), is_total=True))
    table = Table(
        key="reach",
        title=_("Participants and targets"),
        head=_("Municipality"),
        columns=(
            Column("smokers", _("Smokers from 16 years"), Kind.NUMBER),
            Column("municipal_target", _("Municipal target a year"), Kind.NUMBER),
            Column("national_target", _("National target a year"), Kind.NUMBER),
            Column("participants", _("Participants in the period")),
            Column("of_target", _("Of the municipal target"), Kind.SHARE),
        ),
        rows=tuple(rows),
        behind=people,
        chart="of_target",
        target=_part_of_year(since, until),
    )
    return Report(
        key="reach",
        title=_("Reach"),
        since=since,
        until=until,
        notes=(
            _(
                "The target is 5% of the smokers a year: 35% of them in municipal courses and 65% in national "
                "offers. The line in the chart is the part of the year that the period covers."
            ),
            _("Everybody is counted once, in the municipality where they lived when they joined."),
        ),
        tables=(table,),
        checks=(
            Check(_("The targets computed from the smokers are those written in the agreement."), holds),
            Check(
                _("The municipalities make up everybody."),
                sum(row.cells[3].members.bit_count() for row in rows if not row.is_total) == len(people),
            ),
        ),
    )


def _cells(living: int, smokers: int, municipal: int, national: int) -> tuple[Cell, ...]:
    number = living.bit_count()
    return (
        Cell(smokers or None),
        Cell(municipal or None),
        Cell(national or None),
        count(living),
        Cell(number if municipal else None, municipal or None, living),
    )


def _part_of_year(since: date, until: date) -> float:
    return sum(
        ((min(until, date(year, 12, 31)) - max(since, date(year, 1, 1))).days + 1) / (366 if isleap(year) else 365)
        for year in range(since.year, until.year + 1)
    )
