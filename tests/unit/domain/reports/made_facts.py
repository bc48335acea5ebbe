"""Facts drawn at random, small enough to be counted by hand, and the slow way of counting them."""

import inspect
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache, wraps
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.clock import DENMARK
from app.domain.programmes import presets, rule_to_row
from app.domain.reports.facts import (
    AttemptRow,
    CourseRow,
    EnrolmentRow,
    Facts,
    InvoiceLineRow,
    MoneyRow,
    OutcomeRow,
    PlaceRow,
    ProgrammeRow,
    RedemptionRow,
    ReferralRow,
    SessionRow,
    VisitRow,
    VoucherRow,
)

SINCE, UNTIL, TODAY = date(2026, 1, 1), date(2026, 6, 30), date(2026, 11, 24)
CODES = ("0153", "0161", "0167", "0187")
NAMES = ("Brøndby", "Glostrup", "Hvidovre", "Vallensbæk")
MUNICIPALITIES = {f"m{number}": name for number, name in enumerate(NAMES)}
PEOPLE = tuple(f"p{number}" for number in range(14))


_ASKED = (
    "completed_",
    "national_completed",
    "kom_og_kvit",
    "follow_up_",
    "quality_target",
    "publish_",
    "reach_",
    "participants_target",
    "smokers",
    "yearly_fee",
    "settlement_rate",
    "voucher_invoice",
    "stopped_target",
    "referrals_growth",
    "smoke_free_at_",
)
"""The rules that reports ask for."""


def programme_row(key: str, row_id: str, **changed: Any) -> ProgrammeRow:
    """Return a preset as the store holds it; `changed` replaces values of rules."""
    preset = presets()[key]
    rules = {name: rule_to_row(rule) for name, rule in preset.rules.items() if name.startswith(_ASKED)}
    for name, value in changed.items():
        rules[name] = {**rules[name], "value": value}
    return ProgrammeRow(row_id, key, preset.name, preset.valid_from, preset.valid_to, rules)


AGREEMENT = programme_row("roegfri_paa_tvaers", "s2")
OUTREACH = programme_row("faa_hjaelp_til_rygestop", "s3")

days = st.dates(date(2025, 11, 1), date(2026, 8, 31))
answers = st.sampled_from(["yes", "no", "not_asked", "does_not_know", "does_not_want"])


@st.composite
def made_facts(draw: st.DrawFn) -> Facts:
    """Return a small cooperation in which everything may happen."""
    places = tuple(PlaceRow(f"place{n}", f"Sted {n}", draw(st.sampled_from(sorted(MUNICIPALITIES)))) for n in range(4))
    courses = tuple(draw(_course(f"c{number}", places)) for number in range(draw(st.integers(1, 5))))
    sessions = tuple(
        SessionRow(f"{course.id}-{number}", course.id, course.place_id, draw(days), 60, draw(st.booleans()), None)
        for course in courses
        for number in range(draw(st.integers(0, 6)))
    )
    enrolments: list[EnrolmentRow] = []
    for person_id in PEOPLE[: draw(st.integers(0, len(PEOPLE)))]:
        for course in draw(st.lists(st.sampled_from(courses), max_size=2, unique=True)):
            before = [e.id for e in enrolments if e.person_id == person_id]
            enrolments.append(draw(_enrolment(f"e{len(enrolments)}", person_id, course.id, before)))
    ids = [e.id for e in enrolments]
    own = st.sampled_from(ids) if ids else st.nothing()
    return Facts(
        municipalities=MUNICIPALITIES,
        municipality_codes=dict(zip(MUNICIPALITIES, CODES, strict=True)),
        counsellors={"u0": "Mette Holm", "u1": "Jakob Friis"},
        places=places,
        programmes=(AGREEMENT, OUTREACH),
        courses=courses,
        enrolments=tuple(enrolments),
        sessions=sessions,
        meetings={key: draw(st.integers(0, 12)) for key in ids},
        present={session.id: draw(st.integers(0, 12)) for session in sessions},
        outcomes=tuple(
            OutcomeRow(f"o{n:03d}", *draw(_outcome(own))) for n in range(draw(st.integers(0, 15)) if ids else 0)
        ),
        attempts=tuple(draw(st.lists(_attempt(own), max_size=12))) if ids else (),
        stop_dates=tuple(draw(st.lists(st.tuples(st.sampled_from(PEOPLE), days, days), max_size=10))),
        cigarettes=tuple(
            draw(st.lists(st.tuples(st.sampled_from(PEOPLE), days, st.integers(0, 40).map(float)), max_size=30))
        ),
        referrals=tuple(draw(_referral(f"r{n}")) for n in range(draw(st.integers(0, 12)))),
        handouts=tuple(draw(_handout(f"h{n}", places)) for n in range(draw(st.integers(0, 12)))),
        **draw(_vouchers(ids)),
        visits=tuple(
            VisitRow(
                draw(st.sampled_from(places)).id, draw(st.sampled_from(["cafe", "workshop"])), draw(days), 9, 4, 2, 1, 3
            )
            for _ in range(draw(st.integers(0, 6)))
        ),
        deceased=frozenset(draw(st.sets(st.sampled_from(PEOPLE), max_size=2))),
        contact_consents=draw(
            st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(["given", "declined", "withdrawn"]))
        ),
        residences=draw(st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(sorted(MUNICIPALITIES)))),
    )


@st.composite
def _course(draw: st.DrawFn, course_id: str, places: tuple[PlaceRow, ...]) -> CourseRow:
    starts = draw(days)
    return CourseRow(
        id=course_id,
        title="Hold",
        place_id=draw(st.sampled_from(places)).id,
        delivering_id=draw(st.sampled_from(sorted(MUNICIPALITIES))),
        programme_id=draw(st.sampled_from(["s2", "s3", "gone"])),
        format="group",
        concept=draw(st.sampled_from(["Kom & Kvit", "Små skridt", ""])),
        planned_sessions=draw(st.sampled_from([0, 4, 6, 10])),
        starts_on=starts,
        ends_on=draw(st.none() | st.just(starts + timedelta(days=70))),
        counsellor_id=draw(st.sampled_from(["u0", "u1", ""])),
        state=draw(st.sampled_from(["running", "closed"])),
        stop_on=None,
    )


@st.composite
def _enrolment(draw: st.DrawFn, row_id: str, person_id: str, course_id: str, before: list[str]) -> EnrolmentRow:
    joined = draw(days)
    return EnrolmentRow(
        id=row_id,
        person_id=person_id,
        course_id=course_id,
        joined_on=joined,
        left_on=draw(st.none() | st.just(joined + timedelta(days=40))),
        closed_on=draw(st.none() | st.just(joined + timedelta(days=60))),
        closing_reason=draw(
            st.sampled_from(["", "completed", "dropped_out", "moved_course", "deceased", "moved_abroad"])
        ),
        goal="",
        agreed_sessions=draw(st.sampled_from([0, 3, 8])),
        residence_id=draw(st.none() | st.sampled_from([*sorted(MUNICIPALITIES), "elsewhere"])),
        moved_from_id=draw(st.none() | st.sampled_from(before)) if before else None,
    )


@st.composite
def _outcome(draw: st.DrawFn, own: Any) -> tuple[Any, ...]:
    day = draw(st.dates(date(2026, 1, 1), date(2026, 11, 20)))
    return (
        draw(own),
        draw(st.sampled_from(["end", "six_months", "four_weeks"])),
        day,
        draw(answers),
        draw(st.none() | st.integers(1, 5)),
        draw(st.sampled_from(["", "", "", "not_reached", "declined"])),
    )


@st.composite
def _attempt(draw: st.DrawFn, own: Any) -> AttemptRow:
    day = draw(st.dates(date(2026, 5, 1), date(2026, 11, 20)))
    at = datetime(day.year, day.month, day.day, draw(st.sampled_from([10, 17, 19])), tzinfo=DENMARK)
    return AttemptRow(draw(own), at, draw(st.sampled_from(["no_answer", "reached"])))


@st.composite
def _referral(draw: st.DrawFn, row_id: str) -> ReferralRow:
    return ReferralRow(
        id=row_id,
        person_id=draw(st.sampled_from(PEOPLE)),
        channel=draw(st.sampled_from(["hospital", "website", "stoplinien"])),
        sender=draw(st.sampled_from(["Hospitalet", "Lægehuset", ""])),
        received_on=draw(days),
        is_self=draw(st.booleans()),
        came_because=draw(st.sampled_from(["", "poster", "friend"])),
        municipality_id=draw(st.none() | st.sampled_from(sorted(MUNICIPALITIES))),
    )


@st.composite
def _handout(draw: st.DrawFn, row_id: str, places: tuple[PlaceRow, ...]) -> MoneyRow:
    return MoneyRow(
        id=row_id,
        person_id=draw(st.sampled_from(PEOPLE)),
        on=draw(days),
        product=draw(st.sampled_from(["patch-24h-21", "gum-2"])),
        quantity=draw(st.integers(1, 3)),
        amount=draw(st.none() | st.integers(0, 40_000)),
        place_id=draw(st.sampled_from([*(place.id for place in places), ""])),
        enrolment_id="",
    )


@st.composite
def _vouchers(draw: st.DrawFn, enrolments: list[str]) -> dict[str, Any]:
    vouchers = tuple(
        VoucherRow(
            f"v{n}",
            draw(st.sampled_from(PEOPLE)),
            draw(st.sampled_from([*enrolments, ""])),
            f"{1000 + n}",
            draw(st.sampled_from([22500, 22500, 0])),
            draw(days),
        )
        for n in range(draw(st.integers(0, 8)))
    )
    redeemed = tuple(
        RedemptionRow(voucher.id, draw(days), draw(st.integers(1, 22500)), "")
        for voucher in vouchers
        if draw(st.booleans())
    )
    numbers = [voucher.number for voucher in vouchers]
    lines = tuple(
        InvoiceLineRow(
            f"l{n}",
            draw(st.sampled_from(["Apoteket ved Åen", "Stationsapoteket"])),
            "F-1",
            draw(days),
            draw(st.sampled_from([*numbers, "10 00", "9999"])),
            draw(st.integers(1, 30_000)),
        )
        for n in range(draw(st.integers(0, 8)))
    )
    return {"vouchers": vouchers, "redemptions": redeemed, "invoice_lines": lines}


def of_all_made_facts(test: Callable[..., None]) -> Callable[..., None]:
    """Let a test look at many small cooperations, the smallest first.

    To draw one takes far longer than to count in it, so all tests look at the same.
    """

    @wraps(test)
    def look_at_all(**others: Any) -> None:
        for facts in _all_made_facts():
            test(**others, facts=facts)

    signature = inspect.signature(test)
    rest = [parameter for name, parameter in signature.parameters.items() if name != "facts"]
    look_at_all.__signature__ = signature.replace(parameters=rest)
    return look_at_all


@cache
def _all_made_facts() -> list[Facts]:
    found = []

    @settings(max_examples=80, deadline=None, phases=(Phase.generate,))
    @given(made_facts())
    def draw(facts: Facts) -> None:
        found.append(facts)

    draw()
    return sorted(found, key=lambda facts: len(repr(facts)))
