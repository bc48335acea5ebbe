"""Who is to be called six months after the stop date, and how many were reached in time (STOPbasen)."""

from datetime import date

from app.domain.follow_up import FollowUp, Stage
from app.domain.reports.facts import Facts
from app.domain.reports.participations import Participation, participations
from app.domain.reports.programme import agreement, value
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
    mask,
    share,
    split,
)
from app.domain.reports.words import month_word
from app.i18n import _


def follow_up(
    facts: Facts,
    since: date,
    until: date,
    *,
    today: date,
    names: dict[str, str] | None = None,
    everybody: tuple[Participation, ...] | None = None,
) -> Report:
    """Return those whose time to be called begins in the period; `names` gives the work list."""
    known = participations(facts) if everybody is None else everybody
    found = tuple(p for p in known if p.window is not None and since <= p.window.opens_on <= until)
    all_of_them = (1 << len(found)) - 1
    stands = [p.stage(today) for p in found]
    states = split([_column(stage.stage) for stage in stands])
    months = split([f"{stage.window.opens_on:%Y-%m}" if stage.window else "" for stage in stands])
    behind = tuple(p.enrolment.person_id for p in found)
    reached, given_up = states.get("reached", 0), states.get("given_up", 0)
    due = all_of_them & ~states.get("later", 0) & ~states.get("to_call", 0) & ~states.get("not_asked", 0)
    columns = (
        Column("all", _("Time begins")),
        Column("reached", _("Reached")),
        Column("given_up", _("Given up, with a reason")),
        Column("to_call", _("To be called now")),
        Column("later", _("Later")),
        Column("missed", _("Too late")),
        Column("not_asked", _("Not to be called")),
        Column("rate", _("Followed up, of those due"), Kind.SHARE),
    )

    def row(key: str, title: str, among: int, *, is_total: bool = False) -> Row:
        cells = [count(among)]
        cells += [count(among & states.get(column.key, 0)) for column in columns[1:-1]]
        return Row(key, title, (*cells, share(reached | given_up, among & due)), is_total=is_total)

    rows = [row(month, month_word(month), months[month]) for month in sorted(months)]
    rows.append(row(TOTAL, _("In total"), all_of_them, is_total=True))
    target = value(agreement(facts.programmes, "quality_target_followed_up", on=until), "quality_target_followed_up")
    tables = [
        Table(
            key="by_month",
            title=_("Per month in which the time begins"),
            head=_("Month"),
            columns=columns,
            rows=tuple(rows),
            behind=behind,
            sums=(("all", ("reached", "given_up", "to_call", "later", "missed", "not_asked")),),
            chart="rate",
            target=None if target is None else float(target),
        )
    ]
    if names is not None:
        tables.append(_work_list(found, stands, names, behind))
    return Report(
        key="follow_up",
        title=_("Follow-up after six months"),
        since=since,
        until=until,
        notes=(
            _(
                "Everybody who said yes to being called is called by telephone 5 to 7 months after the stop date, "
                "on at least four different days and once after 17:00 before they may be given up."
            ),
            _("Those who were not asked, who said no or who died are not called."),
        ),
        tables=tuple(tables),
        checks=(
            Check(
                _("Everybody stands in exactly one state and in one month."),
                are_parts_of(states.values(), all_of_them) and are_parts_of(months.values(), all_of_them),
            ),
            Check(
                _("Whoever is to be called now said yes to it, and the time is not over."),
                not states.get("to_call", 0) & ~mask(p.may_contact and not p.is_due(today) for p in found),
            ),
        ),
    )


def _column(stage: Stage) -> str:
    return {
        Stage.ANSWERED: "reached",
        Stage.GIVEN_UP: "given_up",
        Stage.WAITING: "later",
        Stage.TOO_LATE: "missed",
        Stage.DUE: "to_call",
        Stage.MAY_GIVE_UP: "to_call",
    }.get(stage, "not_asked")


def _work_list(
    found: tuple[Participation, ...], stands: list[FollowUp], names: dict[str, str], behind: tuple[str, ...]
) -> Table:
    waiting = [
        (place, p, stage)
        for place, (p, stage) in enumerate(zip(found, stands, strict=True))
        if stage.stage in (Stage.DUE, Stage.MAY_GIVE_UP)
    ]
    waiting.sort(key=lambda item: (item[1].window.closes_on if item[1].window else date.max, item[1].enrolment.id))
    return Table(
        key="work_list",
        title=_("Work list: to be called now"),
        head=_("Person"),
        columns=(
            Column("until", _("At the latest"), Kind.DATE),
            Column("days", _("Days with a call"), Kind.NUMBER),
            Column("evening", _("In the evening"), Kind.TEXT),
            Column("course", _("Course"), Kind.TEXT),
        ),
        rows=tuple(
            Row(
                p.enrolment.id,
                names.get(p.enrolment.person_id, p.enrolment.person_id),
                (
                    Cell(stage.window.closes_on.isoformat() if stage.window else "", members=1 << place),
                    Cell(stage.effort.days if stage.effort else 0, members=1 << place),
                    Cell(_("yes") if stage.effort and stage.effort.evenings else _("not yet"), members=1 << place),
                    Cell(p.course.title, members=1 << place),
                ),
            )
            for place, p, stage in waiting
        ),
        behind=behind,
        is_inside_only=True,
    )
