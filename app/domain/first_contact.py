"""From a referral to the first talk: who sent whom, by when the first call is due, what it is about (S2, S1, S4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.programmes import Programme, Rule, rule_among
from app.domain.working_days import WorkingDays, deadline
from app.errors import RuleRefusal

REFERRAL_CHANNELS: Final = ("hospital", "gp", "correspondence", "mail", "staff", "ref01")
"""Somebody else did it for the person; an employee who calls on their behalf counts too (S2)."""
SELF_CHANNELS: Final = ("own_contact", "website", "stoplinien")
"""The person did it themselves; a call or a message to Stoplinien counts as that (S2)."""

CONTACT_CHANNELS: Final = ("phone", "sms", "visit", "mail")
CONTACT_OUTCOMES: Final = ("reached", "not_reached", "message_left", "call_back", "wrong_number", "declined")
CONTACT_PURPOSES: Final = (
    "first_call", "before_first_session", "reminder", "no_show", "follow_up", "medicine", "other",
)  # fmt: skip
SPOKEN_WITH: Final = frozenset({"reached", "declined"})
"""Outcomes after which nobody waits for that call any more."""

CAME_BECAUSE: Final = (
    "gp_said", "hospital_said", "staff_said", "friend_said", "visit_at_place", "pharmacy", "leaflet", "website",
    "social_media", "campaign", "free_medicine", "came_before", "other", "does_not_know", "does_not_want",
)  # fmt: skip
"""What made somebody come by themselves (S2 asks a sample of them); empty is not asked."""

_TOPICS: Final = ("motivation", "wishes", "options", "subsidy")


@dataclass(frozen=True, slots=True)
class FirstCall:
    """The day by which the first call is made, and the rule that says so."""

    due: date
    rule: Rule


def is_self_referral(channel: str, programme: Programme) -> bool:
    """Return whether the channel means that the person came by themselves, as this programme counts it.

    S1 lets staff refer through Stoplinien; S2 counts Stoplinien as coming by oneself.
    """
    if channel in programme.items("referral_channels", REFERRAL_CHANNELS):
        return False
    return channel in programme.items("self_referral_channels", SELF_CHANNELS)


def first_call(received_on: date, programmes: Sequence[Programme], *, calendar: WorkingDays) -> FirstCall | None:
    """Return by when the first call is due; None where none of the programmes has a deadline.

    `programmes` are the referral's own, then those that stand behind it.
    """
    rule = rule_among(programmes, "first_contact_deadline")
    if rule is None or not isinstance(rule.value, int):
        return None
    return FirstCall(deadline(received_on, rule.value, rule.unit, calendar=calendar), rule)


def topics(programmes: Iterable[Programme]) -> tuple[str, ...]:
    """Return what the first call is about, in order; the subsidy is told of where somebody may get it."""
    rule = rule_among(programmes, "first_contact_topics")
    return rule.value if rule is not None and isinstance(rule.value, tuple) else _TOPICS


def check_referral(channel: str, received_on: date, *, today: date) -> None:
    """Refuse a referral that cannot be: RuleRefusal "unknown-channel" or "future-date", with the field."""
    if channel not in (*REFERRAL_CHANNELS, *SELF_CHANNELS):
        raise RuleRefusal("unknown-channel", field="channel")
    if received_on > today:
        raise RuleRefusal("future-date", field="received_on")


def check_attempt(channel: str, outcome: str, purpose: str) -> None:
    """Refuse a contact attempt that the program does not know: RuleRefusal "unknown-answer" with the field."""
    for field, value, known in (
        ("channel", channel, CONTACT_CHANNELS),
        ("outcome", outcome, CONTACT_OUTCOMES),
        ("purpose", purpose, CONTACT_PURPOSES),
    ):
        if value not in known:
            raise RuleRefusal("unknown-answer", field=field)
