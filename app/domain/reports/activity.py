"""What happened at the places: visits without named people, and sessions."""

from datetime import date

from app.domain.reports.facts import Facts
from app.domain.reports.table import TOTAL, Cell, Check, Column, Report, Row, Table, in_danish_order
from app.domain.reports.words import month_word
from app.i18n import _

_COUNTED = ("visits", "visitors", "talks", "leaflets", "brief_advice", "interested", "sessions", "came")


def activity(facts: Facts, since: date, until: date) -> Report:
    """Return visits and sessions of the period per place and per month."""
    visits = [v for v in facts.visits if since <= v.visited_on <= until]
    sessions = [s for s in facts.sessions if since <= s.held_on <= until]
    places = {place.id: place for place in facts.places}
    cuts: dict[str, dict[str, list[int]]] = {"place": {}, "month": {}, "kind": {}}
    whole = [0] * len(_COUNTED)
    for visit in visits:
        counted = [1, visit.visitors, visit.talks, visit.leaflets, visit.brief_advice, visit.interested, 0, 0]
        for cut, key in (("place", visit.place_id), ("month", f"{visit.visited_on:%Y-%m}"), ("kind", visit.kind)):
            _add(cuts[cut].setdefault(key, [0] * len(_COUNTED)), counted)
        _add(whole, counted)
    for session in sessions:
        counted = [0, 0, 0, 0, 0, 0, 1, facts.present.get(session.id, 0)]
        for cut, key in (("place", session.place_id), ("month", f"{session.held_on:%Y-%m}"), ("kind", "session")):
            _add(cuts[cut].setdefault(key, [0] * len(_COUNTED)), counted)
        _add(whole, counted)
    columns = (
        Column("visits", _("Visits")),
        Column("visitors", _("People there")),
        Column("talks", _("Talks")),
        Column("leaflets", _("Leaflets")),
        Column("brief_advice", _("Brief advice")),
        Column("interested", _("Interested")),
        Column("sessions", _("Sessions")),
        Column("came", _("Came to sessions")),
    )
    kinds = {
        "house_meeting": _("House meeting"),
        "cafe": _("Café visit"),
        "cafe_visit": _("Café visit"),
        "workshop": _("Workshop"),
        "session": _("Session"),
    }

    def table(key: str, title: str, head: str, names: dict[str, str]) -> Table:
        found = cuts[key]
        ordered = sorted(found, key=lambda known: (in_danish_order(str(names.get(known, known))), known))
        rows = [Row(known, month_word(names.get(known, known)), tuple(map(Cell, found[known]))) for known in ordered]
        rows.append(Row(TOTAL, _("In total"), tuple(map(Cell, whole)), is_total=True))
        return Table(
            key=f"by_{key}",
            title=title,
            head=head,
            columns=columns,
            rows=tuple(rows),
            is_account=True,
            chart="came" if key == "month" else "",
        )

    times = _times(facts, since, until)
    return Report(
        key="activity",
        title=_("Activity at the places"),
        since=since,
        until=until,
        notes=(_("Visits count people without naming them, so the same person may be counted more than once."),),
        tables=(
            table("place", _("Per place"), _("Place"), {key: place.name for key, place in places.items()}),
            table("kind", _("Per kind"), _("Kind"), kinds),
            table("month", _("Per month"), _("Month"), {}),
            times,
        ),
        checks=(
            Check(
                _("Places, kinds and months each add up to the whole."),
                all(
                    [sum(column) for column in zip(*cut.values(), strict=True)] == whole for cut in cuts.values() if cut
                ),
            ),
            Check(
                _("Days and times count every session once."),
                sum(cell.value for cell in times.rows[-1].cells[:7] if isinstance(cell.value, int)) == len(sessions),
            ),
        ),
    )


def _times(facts: Facts, since: date, until: date) -> Table:
    """Return on which days and at what times each municipality met people, and how many times it offered (S2)."""
    municipality_of = {place.id: place.municipality_id for place in facts.places}
    counted: dict[str, list[int]] = {}
    offered: dict[str, set[tuple[int, str]]] = {}
    for session in facts.sessions:
        if since <= session.held_on <= until:
            key = municipality_of.get(session.place_id, "")
            row = counted.setdefault(key, [0] * 10)
            row[session.held_on.weekday()] += 1
            if session.starts_at:
                row[_part_of_day(session.starts_at)] += 1
            offered.setdefault(key, set()).add((session.held_on.weekday(), session.starts_at))
    names = {key: facts.municipalities.get(key, key) or _("Not stated") for key in counted}
    rows = [
        Row(key, names[key], (*map(Cell, counted[key]), Cell(len(offered[key]))))
        for key in sorted(counted, key=lambda known: (in_danish_order(names[known]), known))
    ]
    whole = [sum(column) for column in zip(*counted.values(), strict=True)] or [0] * 10
    different = len(set().union(*offered.values()))
    rows.append(Row(TOTAL, _("In total"), (*map(Cell, whole), Cell(different)), is_total=True))
    return Table(
        key="by_time",
        title=_("Days and times"),
        head=_("Municipality"),
        columns=(
            Column("monday", _("Mon")),
            Column("tuesday", _("Tue")),
            Column("wednesday", _("Wed")),
            Column("thursday", _("Thu")),
            Column("friday", _("Fri")),
            Column("saturday", _("Sat")),
            Column("sunday", _("Sun")),
            Column("morning", _("Before 12")),
            Column("afternoon", _("12 to 16")),
            Column("evening", _("After 16")),
            Column("different", _("Different times")),
        ),
        rows=tuple(rows),
        note=_(
            "The agreement wants different days and times across the municipalities. A session whose time nobody "
            "wrote down is counted on its day alone."
        ),
        is_account=True,
    )


def _part_of_day(starts_at: str) -> int:
    """Return the column of a time of day."""
    return 7 if starts_at < "12" else 8 if starts_at < "16" else 9


def _add(to: list[int], counted: list[int]) -> None:
    for place, number in enumerate(counted):
        to[place] += number
