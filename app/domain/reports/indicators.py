"""The five indicators, in total and cut every way, under each definition of a completed course."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.domain.completion import Completion, Definition, is_completed
from app.domain.completion import Participation as Attended
from app.domain.months import period_before
from app.domain.reports.facts import Facts, ProgrammeRow
from app.domain.reports.participations import Cohort, Participation, in_period, participations, period_day
from app.domain.reports.programme import agreement, exact, value
from app.domain.reports.suppression import SMALLEST
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
    share,
    split,
)
from app.domain.reports.words import definition_words, month_word
from app.i18n import _

SATISFIED_FROM = 4
"""On the scale of 1 to 5 (STOPbasen)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least numbers for publishing (STOPbasen)."""

    base_forms: int
    completers: int
    followed_up: int
    followed_up_share: float


@dataclass(frozen=True, slots=True)
class Population:
    """The period's parts in courses, each question about them as one set."""

    found: tuple[Participation, ...]
    everybody: int
    completed: dict[Definition, int]
    counted_later: int
    kept: int
    ended: int
    due: int
    end_yes: int
    end_answered: int
    followed_up: int
    six_yes: int
    six_answered: int
    satisfied: int
    satisfaction_answered: int


def population(
    everybody: Iterable[Participation], since: date, until: date, *, today: date, cohort: Cohort
) -> Population:
    """Return the parts in courses that belong to the period."""
    found = tuple(p for p in everybody if in_period(p, since, until, cohort))
    completed = _completed(found)
    return Population(
        found=found,
        everybody=(1 << len(found)) - 1,
        completed={known: mask(of[number] for of in completed) for number, known in enumerate(_THRESHOLDS)},
        counted_later=mask(p.is_counted_later for p in found),
        kept=mask(p.is_kept for p in found),
        ended=mask(bool(p.at_end) or (p.ended_on is not None and p.ended_on <= today) for p in found),
        due=mask(p.is_due(today) for p in found),
        end_yes=mask(p.at_end == "yes" for p in found),
        end_answered=mask(bool(p.at_end) for p in found),
        followed_up=mask(p.is_followed_up() for p in found),
        six_yes=mask(p.six_months == "yes" for p in found),
        six_answered=mask(bool(p.six_months) for p in found),
        satisfied=mask(p.satisfaction is not None and p.satisfaction >= SATISFIED_FROM for p in found),
        satisfaction_answered=mask(p.satisfaction is not None for p in found),
    )


_THRESHOLDS: dict[Definition, tuple[str, float]] = {
    Definition.THREE_OR_MORE: ("completed_sessions_least", 3),
    Definition.MORE_THAN_THREE: ("completed_sessions_above", 3),
    Definition.NATIONAL_SHARE: ("national_completed_share_least", 0.75),
    Definition.KOM_OG_KVIT: ("kom_og_kvit_completed_sessions_least", 4),
    Definition.AGREED_COURSE: ("", 0),
}
"""The rule that holds each definition's number, and the number of the document where a programme has no such rule."""


def _completed(found: Sequence[Participation]) -> list[tuple[bool, ...]]:
    """Return whether each part is completed under each definition, with the numbers of its own programme.

    Few differ: as many came as often to a course of the same programme.
    """
    known: dict[tuple[int, Attended], tuple[bool, ...]] = {}
    made = []
    for part in found:
        key = (id(part.rules), part.attended)
        if key not in known:
            known[key] = tuple(
                is_completed(Completion(definition, part.rules.get(rule, usual)), part.attended)
                for definition, (rule, usual) in _THRESHOLDS.items()
            )
        made.append(known[key])
    return made


def indicator_cells(people: Population, among: int, definition: Definition, least: Thresholds) -> tuple[Cell, ...]:
    """Return participants and the five indicators of those in `among`, quit rates twice: answered, and everybody."""
    completed = people.completed[definition] & among
    due = completed & people.due
    data = (due & people.followed_up).bit_count()
    has_follow_up = data >= least.followed_up and data >= least.followed_up_share * due.bit_count()
    has_completers = completed.bit_count() >= least.completers
    # What somebody answered before they died or left the country stays an answer.
    at_end = people.counted_later | people.kept & people.end_answered
    at_six_months = people.counted_later | people.kept & people.six_answered

    def told(cell: Cell, *, is_enough: bool) -> Cell:
        return cell if is_enough else replace(cell, is_too_few=True)

    return (
        count(among),
        told(share(completed, among), is_enough=among.bit_count() >= least.base_forms),
        told(share(people.end_yes, completed & people.end_answered), is_enough=has_completers),
        told(share(people.end_yes, completed & people.ended & at_end), is_enough=has_completers),
        told(share(people.followed_up, due), is_enough=has_follow_up),
        told(share(people.six_yes, due & people.six_answered), is_enough=has_follow_up),
        told(share(people.six_yes, due & at_six_months), is_enough=has_follow_up),
        told(share(people.satisfied, due & people.satisfaction_answered), is_enough=has_follow_up),
    )


def indicator_columns() -> tuple[Column, ...]:
    """Return the columns of `indicator_cells`."""
    return (
        Column("participants", _("Participants")),
        Column("completed", _("1 Completed"), Kind.SHARE),
        Column("end_answered", _("2 Smoke-free at the end, of answers"), Kind.SHARE),
        Column("end_all", _("2 Smoke-free at the end, of all"), Kind.SHARE),
        Column("followed_up", _("3 Followed up"), Kind.SHARE),
        Column("six_answered", _("4 Smoke-free after 6 months, of answers"), Kind.SHARE),
        Column("six_all", _("4 Smoke-free after 6 months, of all"), Kind.SHARE),
        Column("satisfied", _("5 Satisfied"), Kind.SHARE),
    )


TARGETS = {
    "completed": "quality_target_completed",
    "end_answered": "quality_target_smoke_free_at_end",
    "end_all": "quality_target_smoke_free_at_end",
    "followed_up": "quality_target_followed_up",
    "six_answered": "quality_target_smoke_free_at_six_months",
    "six_all": "quality_target_smoke_free_at_six_months",
    "satisfied": "quality_target_satisfied",
}
"""The rule that names the target of each indicator."""


def indicators(
    facts: Facts,
    since: date,
    until: date,
    *,
    today: date,
    cohort: Cohort = Cohort.JOINED,
    everybody: tuple[Participation, ...] | None = None,
) -> Report:
    """Return the five indicators in total and per municipality, place, counsellor, concept and month."""
    people = population(
        participations(facts) if everybody is None else everybody, since, until, today=today, cohort=cohort
    )
    rules = agreement(facts.programmes, "quality_target_completed", on=until)
    least = Thresholds(
        base_forms=int(value(rules, "publish_base_forms_least", otherwise=20)),
        completers=int(value(rules, "publish_completers_least", otherwise=20)),
        followed_up=20,
        followed_up_share=float(value(rules, "publish_follow_up_least", otherwise=0.5)),
    )
    targets = {key: value(rules, rule, on=until) for key, rule in TARGETS.items()}
    behind = tuple(p.enrolment.person_id for p in people.found)
    dimensions = _dimensions(facts, people.found, cohort)
    tables = [_side_by_side(people, least, targets, behind)]
    beside = _beside_documents(facts, people, behind, since, until)
    tables += [beside] if beside.rows else []
    checks = []
    for key, title, head, names, parts in dimensions:
        tables.append(
            _cut(key, title=title, head=head, names=names, parts=parts, people=people, least=least, behind=behind)
        )
        checks.append(
            Check(
                _("{table}: the parts make up the whole, and nobody is counted twice.").format(table=title),
                are_parts_of(parts.values(), people.everybody),
            )
        )
    checks.append(
        Check(
            _("Nobody counts as smoke-free without an answer, and more than three sessions are always three or more."),
            not people.end_yes & ~people.end_answered
            and not people.six_yes & ~people.six_answered
            and not people.completed[Definition.MORE_THAN_THREE] & ~people.completed[Definition.THREE_OR_MORE],
        )
    )
    return Report(
        key="indicators",
        title=_("The five indicators"),
        since=since,
        until=until,
        notes=(*_notes(cohort), *(definition_words(known).long for known in Definition)),
        tables=tuple(tables),
        checks=tuple(checks),
    )


def _notes(cohort: Cohort) -> tuple[str, ...]:
    return (
        _("Counted are those who joined a course in the period; whoever moved to another one joined the first.")
        if cohort is Cohort.JOINED
        else _("Counted are those whose course ended in the period."),
        _(
            "Quit rates stand twice: of those who answered, and of all who completed with everybody unknown counted "
            "as smoking. Those who died or moved abroad before they answered, or withdrew the consent, are left out of "
            "the second."
        ),
        _(
            "Indicator 2 counts those who completed and whose course is over: whoever is still on it is neither "
            "smoke-free nor smoking at the end."
        ),
        _(
            "Indicators 3 to 5 count those who completed and whose time to be called (5 to 7 months after the stop "
            "date) is over. An answer from outside that time is not valid."
        ),
    )


_Dimension = tuple[str, str, str, dict[str, str], dict[str, int]]


def _dimensions(facts: Facts, found: Sequence[Participation], cohort: Cohort) -> list[_Dimension]:
    places = {place.id: place.name for place in facts.places}
    nowhere = _("Not stated")

    def cut(key: str, title: str, head: str, names: dict[str, str], of: Callable[[Participation], str]) -> _Dimension:
        keys = [of(p) for p in found]
        named = {known: names.get(known, known) or nowhere for known in dict.fromkeys(keys)}
        return key, title, head, named, split(keys)

    return [
        cut(
            "by_municipality",
            _("Per municipality that held the course"),
            _("Municipality"),
            facts.municipalities,
            lambda p: p.course.delivering_id,
        ),
        cut("by_place", _("Per place"), _("Place"), places, lambda p: p.course.place_id),
        cut(
            "by_counsellor",
            _("Per counsellor"),
            _("Counsellor"),
            facts.counsellors,
            lambda p: p.course.counsellor_id,
        ),
        cut("by_concept", _("Per concept"), _("Concept"), {}, lambda p: p.course.concept),
        cut("by_month", _("Per month"), _("Month"), {}, lambda p: f"{period_day(p, cohort):%Y-%m}"),
    ]


def _side_by_side(
    people: Population, least: Thresholds, targets: dict[str, float | None], behind: tuple[str, ...]
) -> Table:
    columns = indicator_columns()
    per_definition = [indicator_cells(people, people.everybody, known, least) for known in Definition]
    rows = [Row("participants", columns[0].title, (*(cells[0] for cells in per_definition), Cell(None)))]
    for number, column in enumerate(columns[1:], start=1):
        target = targets[column.key]
        hundredth = None if target is None else int(exact(target) * 100)
        rows.append(
            Row(
                column.key,
                column.title,
                (*(cells[number] for cells in per_definition), Cell(hundredth, None if hundredth is None else 100)),
            )
        )
    return Table(
        key="total",
        title=_("In total, each definition beside the others"),
        head=_("Indicator"),
        columns=(
            *(Column(known.value, definition_words(known).short, Kind.SHARE) for known in Definition),
            Column("target", _("Target"), Kind.SHARE),
        ),
        rows=tuple(rows),
        note=_("The columns are five ways to say when a course is completed; see the notes."),
        behind=behind,
        chart=Definition.THREE_OR_MORE.value,
    )


def _beside_documents(facts: Facts, people: Population, behind: tuple[str, ...], since: date, until: date) -> Table:
    """Return our figures beside what an earlier project aimed at (S1) and what others reached (S0)."""
    ended = people.end_yes & people.due
    agreed = people.completed[Definition.AGREED_COURSE]
    at_end = share(people.end_yes, people.ended)
    before, now = _referred(facts, *period_before(since, until)), _referred(facts, since, until)
    # Nobody stands behind a growth, and so nothing would hide the number under five that it tells.
    is_told = before >= SMALLEST and not 0 < now < SMALLEST
    grown = Cell(now - before, before) if is_told else Cell(None)
    lines = (
        (_("Completed the agreed course"), share(agreed, people.everybody), "completed_target", ""),
        (_("Smoke-free at the end"), at_end, "stopped_target", ""),
        (_("Of these still after six months"), share(people.six_yes, ended), "smoke_free_at_six_months_target", ""),
        (_("More referrals than in the period before"), grown, "referrals_growth_target", ""),
        (
            _("Smoke-free at the end, among the pool's projects"),
            at_end,
            "smoke_free_at_end_observed_least",
            "smoke_free_at_end_observed_most",
        ),
        (
            _("Smoke-free at the end, the projects' average"),
            at_end,
            "smoke_free_at_end_usual_least",
            "smoke_free_at_end_usual_most",
        ),
    )
    rows = []
    for title, ours, lowest, highest in lines:
        version = _newest_saying(facts, lowest)
        if version is not None:
            said = (_hundredth(value(version, lowest)), _hundredth(value(version, highest)))
            rows.append(Row(lowest, title, (ours, *said, Cell(version.name))))
    return Table(
        key="beside",
        title=_("Beside what the documents aimed at and reached"),
        head=_("Figure"),
        columns=(
            Column("ours", _("Here"), Kind.SHARE),
            Column("least", _("At least"), Kind.SHARE),
            Column("most", _("At most"), Kind.SHARE),
            Column("document", _("Document"), Kind.TEXT),
        ),
        rows=tuple(rows),
        note=_("Other people, other courses: to look at, not to be judged by."),
        behind=behind,
    )


def _newest_saying(facts: Facts, rule: str) -> ProgrammeRow | None:
    """Return the newest version that has a rule, also of a programme that has ended: it is looked at, not held to."""
    saying = [found for found in facts.programmes if value(found, rule) is not None]
    return max(saying, key=lambda found: (found.valid_from, found.id), default=None)


def _referred(facts: Facts, since: date, until: date) -> int:
    return sum(since <= found.received_on <= until for found in facts.referrals)


def _hundredth(said: float | None) -> Cell:
    return Cell(None) if said is None else Cell(int(exact(said) * 100), 100)


def _cut(
    key: str,
    *,
    title: str,
    head: str,
    names: dict[str, str],
    parts: dict[str, int],
    people: Population,
    least: Thresholds,
    behind: tuple[str, ...],
) -> Table:
    rows = []
    ordered = sorted(parts, key=lambda known: (in_danish_order(names[known]), known))
    for definition in Definition:
        rows += [
            Row(
                known,
                month_word(names[known]),
                indicator_cells(people, parts[known], definition, least),
                definition.value,
            )
            for known in ordered
        ]
        rows.append(
            Row(
                TOTAL,
                _("In total"),
                indicator_cells(people, people.everybody, definition, least),
                definition.value,
                is_total=True,
            )
        )
    return Table(
        key=key,
        title=title,
        head=head,
        columns=indicator_columns(),
        rows=tuple(rows),
        groups={
            known.value: _("Completed means: {definition}").format(definition=definition_words(known).short)
            for known in Definition
        },
        behind=behind,
        chart="completed" if len(ordered) > 1 else "",
    )
