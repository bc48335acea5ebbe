"""Who sends people to us, by quarter, and what made those come who came by themselves (S2)."""

from collections.abc import Sequence
from datetime import date

from app.domain.reports.facts import Facts, ReferralRow
from app.domain.reports.table import (
    TOTAL,
    Check,
    Column,
    Report,
    Row,
    Table,
    are_parts_of,
    count,
    in_danish_order,
    mask,
    split,
)
from app.domain.reports.words import because_word, channel_word, quarter_word
from app.i18n import _


def referrals(facts: Facts, since: date, until: date) -> Report:
    """Return the referrals received in the period."""
    found = tuple(r for r in facts.referrals if since <= r.received_on <= until)
    everything = (1 << len(found)) - 1
    by_self = mask(r.is_self for r in found)
    behind = tuple(r.person_id for r in found)
    quarters = split([quarter(r.received_on) for r in found])
    for known in quarters_of(since, until):
        quarters.setdefault(known, 0)
    ordered = sorted(quarters)
    channels = split([r.channel for r in found])
    senders = split([_sender(r) for r in found])
    reasons = split([r.came_because for r in found])
    municipalities = split([r.municipality_id or facts.residences.get(r.person_id, "") for r in found])
    columns = (*(Column(known, quarter_word(known)) for known in ordered), Column("all", _("In total")))
    sums = (("all", tuple(ordered)),)

    def table(key: str, title: str, head: str, parts: dict[str, int], names: dict[str, str], among: int) -> Table:
        present = {known: part & among for known, part in parts.items() if part & among}
        rows = [
            Row(
                known,
                names[known],
                (*(count(present[known] & quarters[q]) for q in ordered), count(present[known])),
            )
            for known in sorted(present, key=lambda known: (in_danish_order(names[known]), known))
        ]
        total = (*(count(among & quarters[q]) for q in ordered), count(among))
        rows.append(Row(TOTAL, _("In total"), total, is_total=True))
        return Table(
            key=key, title=title, head=head, columns=columns, rows=tuple(rows), behind=behind, sums=sums, chart="all"
        )

    ways = {"referred": everything & ~by_self, "self": by_self}
    nobody = _("Not stated")
    tables = (
        table(
            "ways",
            _("Referred, and by themselves"),
            _("How"),
            ways,
            {"referred": _("Referred"), "self": _("By themselves")},
            everything,
        ),
        table(
            "senders",
            _("Referrals by sender"),
            _("Sender"),
            senders,
            {known: known or nobody for known in senders},
            everything & ~by_self,
        ),
        table(
            "channels",
            _("Per way in"),
            _("Way in"),
            channels,
            {known: channel_word(known) for known in channels},
            everything,
        ),
        table(
            "municipalities",
            _("Per municipality"),
            _("Municipality"),
            municipalities,
            {known: facts.municipalities.get(known) or nobody for known in municipalities},
            everything,
        ),
        table(
            "reasons",
            _("What made those come who came by themselves"),
            _("Reason"),
            reasons,
            {known: because_word(known) for known in reasons},
            by_self,
        ),
    )
    return Report(
        key="referrals",
        title=_("Referrals"),
        since=since,
        until=until,
        notes=(
            _(
                "A referral came from a hospital, a doctor, by letter or e-mail, or through an employee on the "
                "citizen's behalf. Those who came through the website, by their own contact or by Stoplinien came by "
                "themselves."
            ),
        ),
        tables=tables,
        checks=(
            Check(
                _("The quarters make up the period, and so do the ways in, the senders and the municipalities."),
                all(
                    are_parts_of(parts.values(), everything)
                    for parts in (quarters, channels, senders, municipalities, ways)
                ),
            ),
        ),
    )


def quarter(day: date) -> str:
    """Return the quarter of a day: "2026 Q3"."""
    return f"{day.year} Q{(day.month + 2) // 3}"


def quarters_of(since: date, until: date) -> Sequence[str]:
    """Return every quarter that the period touches."""
    first, last = since.year * 4 + (since.month - 1) // 3, until.year * 4 + (until.month - 1) // 3
    return [f"{number // 4} Q{number % 4 + 1}" for number in range(first, last + 1)]


def _sender(referral: ReferralRow) -> str:
    return "" if referral.is_self else referral.sender.strip()
