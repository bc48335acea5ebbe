"""Where a person began, what they planned, what else they take, and their vouchers: told beside the rest of the story.

Everything is drawn from a chance of its own, so that what is told elsewhere stays as it was.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from app.domain.baseline import measured
from app.domain.dependence import ITEMS, cigarettes_item
from app.domain.medicines import Notice, Taken, alerts, recognise, smoking_events
from app.domain.reduction import PlannedStep, suggest
from app.ids import natural_id
from invented.cooperation import Cooperation, InventedRow
from invented.courses import moment_on, wire_moment
from invented.ids import made_id
from invented.meeting_days import working_day

if TYPE_CHECKING:
    from invented.stories import Enrolled, Story

PRICES = {
    "patch-16h-25": 15500,
    "patch-16h-15": 14900,
    "patch-16h-10": 14500,
    "patch-24h-21": 13900,
    "patch-24h-14": 13500,
    "patch-24h-7": 12900,
    "gum-2": 10900,
    "gum-4": 12500,
    "lozenge-nicorette-4": 13900,
    "lozenge-nicotinell-1": 9900,
    "mouth-spray-1": 22500,
}
"""What a weekly portion costs here, in øre: invented, and about what a pharmacy takes."""
STEPS_DOWN = {
    "patch-16h-25": ((8, "patch-16h-25"), (10, "patch-16h-15"), (12, "patch-16h-10")),
    "patch-16h-15": ((8, "patch-16h-15"), (12, "patch-16h-10")),
    "patch-24h-21": ((4, "patch-24h-21"), (8, "patch-24h-14"), (12, "patch-24h-7")),
    "patch-24h-14": ((6, "patch-24h-14"), (12, "patch-24h-7")),
}
"""The labels' schedules: until which week which strength."""
MEDICINES = (
    "Leponex", "Zyprexa", "olanzapin 10 mg", "Serenase", "Cymbalta", "Metadon", "Truxal", "Seroquel", "Remeron",
    "Insulin", "Marevan", "leponeks", "Saroten", "noget for nerverne", "Circadin", "Panodil",
)  # fmt: skip
PRESCRIBERS = ("Distriktspsykiatrien", "Lægehuset ved Søen", "Rusmiddelcentret", "Psykiatrisk ambulatorium", "")
PAUSES = ("Indlagt", "På ferie hos familien", "Har det svært lige nu", "Flytter bosted")
APPROACHES = {"Røgfri tid": "smoke_free_time", "Preloading": "preloading"}
PHARMACIES = ("Løveapoteket", "Svaneapoteket")
TELLING = 0.6
"""Share of alerts that somebody has told the prescriber about."""


def begin(part: "Enrolled") -> None:
    """Tell the base form, the plan and the other medicines of somebody who has come to a session."""
    if not part.held:
        return
    draw = Random(f"{part.story.person_id}:{part.course.id}:treatment")
    first = part.held[0].held_on
    _baseline(part, first, draw)
    if draw.random() < 0.8 and not part.comes_back:
        _plan(part, first, draw)
    if not part.comes_back and draw.random() < 0.45:
        _medicines(part, first, draw)
    if draw.random() < 0.05 and len(part.held) > 3:
        began = part.held[2].held_on + timedelta(days=1)
        until = began + timedelta(days=draw.randint(10, 25)) if draw.random() < 0.6 else None
        if began < part.story.today:
            _fact(
                part.story, draw, "pause", began,
                began_on=began.isoformat(), until=until.isoformat() if until else None, note=draw.choice(PAUSES),
            )  # fmt: skip


def end(part: "Enrolled") -> None:
    """Tell who was told about medicine, and the vouchers, once everything else is known."""
    if not part.held:
        return
    draw = Random(f"{part.story.person_id}:{part.course.id}:after")
    if not part.comes_again:
        _notices(part.story, draw)
    if part.course.blueprint.programme == "roegfri_paa_tvaers" and part.before > 15:
        _vouchers(part, draw)


def plan_of_weeks(story: "Story", part: "Enrolled", day: date) -> str:
    """Tell the weeks that the person is entitled to, from their first handout on; return the plan's row."""
    draw = Random(f"{story.person_id}:nrt")
    plan_id = made_id(draw, moment_on(day, "11:00"))
    story.rows.append(
        (
            "nrt_plan",
            plan_id,
            {
                "person_id": story.person_id,
                "enrolment_id": part.enrolment_id,
                "weeks": 12,
                "starts_on": day.isoformat(),
                "made_on": day.isoformat(),
                "made_by": story.recorded_by,
            },
        )
    )
    steps = [("main", *step) for step in _weeks_of(story.product)]
    if story.product.startswith("patch") and draw.random() < 0.3:
        story.beside = "mouth-spray-1" if draw.random() < 0.5 else "gum-2"
        steps.append(("short_acting", 1, 12, story.beside))
    for role, first, last, product in steps:
        fields = {
            "person_id": story.person_id,
            "plan_id": plan_id,
            "product": product,
            "role": role,
            "from_week": first,
            "to_week": last,
        }
        story.rows.append(("nrt_step", made_id(draw, moment_on(day, "11:00")), fields))
    return plan_id


def hand_out_beside(story: "Story", day: date, portion: dict[str, Any]) -> None:
    """Tell the second product of a week's combination."""
    _fact(story, Random(f"{story.person_id}:{day}:beside"), "handout", day, **portion, quantity=1)


def _weeks_of(product: str) -> list[tuple[int, int, str]]:
    steps = []
    first = 1
    for last, strength in STEPS_DOWN.get(product, ((12, product),)):
        steps.append((first, last, strength))
        first = last + 1
    return steps


def _fact(story: "Story", draw: Random, entity: str, day: date, **fields: Any) -> str:
    row_id = made_id(draw, moment_on(day, "12:30"))
    own = {"person_id": story.person_id, "recorded_by": story.recorded_by, "corrects_id": None, "reason": ""}
    story.rows.append((entity, row_id, {**own, **fields}))
    return row_id


def _baseline(part: "Enrolled", day: date, draw: Random) -> None:
    """Tell the base form as it was answered, with gaps, and what it measured."""
    rolled = round(part.before * draw.choice((0, 0, 0, 0.5, 1)))
    amounts = {key: float(n) for key, n in (("cigarettes", part.before - rolled), ("rolled", rolled)) if n}
    if draw.random() < 0.12:
        amounts["snus"] = float(draw.randint(2, 12))
    heavy = part.before > 20
    answers: dict[str, dict[str, Any]] = {
        "education": _said(draw, ("folkeskole", "folkeskole", "short_courses", "skilled", "other_vocational")),
        "occupation": _said(draw, ("disability_pension", "cash_benefit", "unemployed", "pensioner", "other")),
        "products": {"answer": "given", "value": amounts},
        "ftnd_1": _said(draw, ("within_5", "within_30") if heavy else ("within_30", "within_60", "later")),
        "ftnd_2": _said(draw, ("yes", "no")),
        "ftnd_3": _said(draw, ("first_in_the_morning", "any_other")),
        "ftnd_4": {"answer": "given", "value": next(a for a, n in ITEMS[4] if n == cigarettes_item(part.before))},
        "ftnd_5": _said(draw, ("yes", "no")),
        "ftnd_6": _said(draw, ("yes", "no")),
        "years_smoked": {"answer": "given", "value": float(draw.randint(5, 45))},
        "earlier_attempts": _said(draw, ("none", "one_to_three", "more")),
        "lives_with_smoker": _said(draw, ("yes", "no")),
        "recommended_by_professional": _said(draw, ("yes", "no")),
        "tried_medicine": _said(draw, ("yes", "no")),
        "readiness": {"answer": "given", "value": float(draw.randint(3, 10))},
        "confidence": {"answer": "given", "value": float(draw.randint(1, 9))},
        "price_per_day": {"answer": "given", "value": float(part.before * draw.randint(150, 320))},
    }
    if draw.random() < 0.3:
        del answers["price_per_day"]
    baseline_id = _fact(
        part.story, draw, "baseline", day,
        enrolment_id=part.enrolment_id, form_version=1, filled_on=day.isoformat(), answers=answers,
    )  # fmt: skip
    for found in measured(answers):
        fields = {
            "person_id": part.story.person_id,
            "kind": found.kind,
            "answer": found.answer,
            "value": found.value,
            "measured_on": day.isoformat(),
            "product": found.product,
            "enrolment_id": part.enrolment_id,
            "recorded_by": part.story.recorded_by,
        }
        row_id = natural_id("measurement", baseline_id, found.kind, found.product)
        part.story.rows.append(("measurement", row_id, fields))


def _said(draw: Random, answers: tuple[str, ...]) -> dict[str, Any]:
    if draw.random() < 0.07:
        return {"answer": draw.choice(("not_asked", "does_not_know", "does_not_want")), "value": None}
    return {"answer": "given", "value": draw.choice(answers)}


def _plan(part: "Enrolled", first: date, draw: Random) -> None:
    """Tell the plan made at the first session, and for some a new one from where they were later."""
    approach = APPROACHES.get(part.course.blueprint.concept, "")
    if part.outcome == "stops":
        approach = approach or "cut_down_to_stop"
    elif approach != "smoke_free_time":
        approach = "small_steps"
    steps = suggest(approach, start=float(part.before), starts_on=first)
    again = part.held[4].held_on if len(part.held) > 5 and draw.random() < 0.3 else None
    earlier = _plan_rows(part, draw, approach, first, float(part.before), steps, replaced=again is not None)
    if again is not None and approach != "smoke_free_time":
        now = float(max(2, round(part.before * 0.75)))
        goal = steps[-1].target or 0.0
        anew = suggest(
            "cut_down_to_stop" if goal == 0 else "small_steps", start=now, starts_on=again, goal=min(goal, now)
        )
        _plan_rows(part, draw, approach, again, now, anew, previous_id=earlier)


def _plan_rows(
    part: "Enrolled", draw: Random, approach: str, day: date, start: float, steps: tuple[PlannedStep, ...],
    *, previous_id: str | None = None, replaced: bool = False,
) -> str:  # fmt: skip
    plan_id = made_id(draw, moment_on(day, "11:30"))
    targets = [step.target for step in steps if step.target is not None]
    plan = {
        "person_id": part.story.person_id,
        "enrolment_id": part.enrolment_id,
        "approach": approach,
        "starts_on": day.isoformat(),
        "start_value": start,
        "goal_value": targets[-1] if targets else 0.0,
        "goal_on": steps[-1].due_on.isoformat(),
        "state": "replaced" if replaced and approach != "smoke_free_time" else "active",
        "previous_id": previous_id,
        "made_on": day.isoformat(),
        "made_by": part.story.recorded_by,
    }
    part.story.rows.append(("reduction_plan", plan_id, plan))
    hours = {1: "1 time uden røg", 24: "Et helt døgn uden røg"}
    for rank, step in enumerate(steps, start=1):
        fields = {
            "person_id": part.story.person_id,
            "plan_id": plan_id,
            "rank": rank,
            "due_on": step.due_on.isoformat(),
            "target": step.target,
            "text": hours.get(step.hours, f"{step.hours} timer uden røg") if step.hours else "",
        }
        part.story.rows.append(("plan_step", made_id(draw, moment_on(day, "11:30")), fields))
    return plan_id


def _medicines(part: "Enrolled", day: date, draw: Random) -> None:
    """Tell what else the person takes, as they said it."""
    for name in draw.sample(MEDICINES, draw.choice((1, 1, 2, 3))):
        found = recognise(name)
        fields = {
            "person_id": part.story.person_id,
            "name": name,
            "substance": found.substance if found else "",
            "prescriber": draw.choice(PRESCRIBERS),
            "recorded_on": day.isoformat(),
            "recorded_by": part.story.recorded_by,
        }
        part.story.rows.append(("medicine", made_id(draw, moment_on(day, "12:00")), fields))


def _notices(story: "Story", draw: Random) -> None:
    """Tell the prescribers of most changes, the day before or after; some people did not want it told."""
    rows: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for entity, row_id, fields in story.rows:
        rows.setdefault(entity, []).append((row_id, fields))
    taken = [Taken(row_id, fields["name"], fields["substance"]) for row_id, fields in rows.get("medicine", ())]
    if not taken:
        return
    corrected = {fields.get("corrects_id") for _, fields in rows.get("measurement", ())}
    smoked = [
        (date.fromisoformat(fields["measured_on"]), fields["value"])
        for row_id, fields in rows.get("measurement", ())
        if fields["kind"] == "cigarettes_per_day" and fields["value"] is not None and row_id not in corrected
    ]
    events = smoking_events(
        stop_dates=[
            (date.fromisoformat(fields["agreed_on"]), date.fromisoformat(fields["stop_on"]))
            for _, fields in rows.get("stop_date", ())
        ],
        cigarettes=tuple(dict(sorted(smoked)).items()),
        relapses=[date.fromisoformat(fields["happened_on"]) for _, fields in rows.get("relapse", ())],
        closures=[date.fromisoformat(f["left_on"]) for _, f in rows.get("enrolment", ()) if f["left_on"]],
    )
    told: list[Notice] = []
    for alert in alerts(taken, events, told):
        day = min(alert.on + timedelta(days=draw.randint(-1, 2)), story.today - timedelta(days=1))
        if not alert.asks_for_notice or draw.random() >= TELLING:
            continue
        consent = "declined" if draw.random() < 0.1 else "given"
        _fact(
            story, draw, "medicine_notice", day,
            medicine_id=alert.medicine_id, trigger=alert.trigger, trigger_on=alert.on.isoformat(),
            told_whom=draw.choice(PRESCRIBERS[:-1]) if consent == "given" else "", told_on=day.isoformat(),
            consent=consent,
        )  # fmt: skip


def _vouchers(part: "Enrolled", draw: Random) -> None:
    """Tell up to four vouchers, each at a session, and what the pharmacy took; rarely two laptops gave a fifth."""
    story = part.story
    came = {
        fields["session_id"]
        for entity, _, fields in story.rows
        if entity == "attendance" and fields["enrolment_id"] == part.enrolment_id and fields["status"] == "present"
    }
    meetings = [meeting for meeting in part.held if meeting.id in came]
    before = sum(entity == "voucher" for entity, _, _ in story.rows)
    most = 0 if before else 5 if draw.random() < 0.08 else 4
    stem = int(story.person_id.replace("-", "")[-8:], 16)
    number = 0
    for meeting in meetings[:most]:
        if draw.random() >= 0.8 and most == 4:
            continue
        number += 1
        voucher_id = _fact(
            story, draw, "voucher", meeting.held_on,
            enrolment_id=part.enrolment_id, number=f"RT-{stem:010d}-{number}", value=22500,
            issued_on=meeting.held_on.isoformat(), session_id=meeting.id,
        )  # fmt: skip
        used = working_day(meeting.held_on + timedelta(days=draw.randint(1, 9)))
        if used < story.today and draw.random() < 0.75:
            _fact(
                story, draw, "voucher_redemption", used,
                voucher_id=voucher_id, redeemed_on=used.isoformat(), pharmacy=draw.choice(PHARMACIES),
                amount=draw.choice((22500, 22500, 19950, 17500)),
            )  # fmt: skip


def bag_rows(known: Cooperation, *, seed: int, today: date) -> Iterator[InventedRow]:
    """Yield what every counsellor packed yesterday, and what got wet on the way."""
    day = today - timedelta(days=1)
    for user in known.accounts.users:
        if user.role != "counsellor":
            continue
        draw = Random(f"{seed}:{user.id}:bag")
        for product in ("patch-16h-25", "patch-16h-15", "patch-24h-21", "gum-2", "gum-4", "mouth-spray-1"):
            at = moment_on(day, f"07:{draw.randint(10, 50):02d}")
            yield (
                "stock_movement",
                made_id(draw, at),
                {
                    "product": product,
                    "quantity": draw.randint(6, 14),
                    "kind": "packed",
                    "moved_at": wire_moment(at),
                    "batch": f"L{draw.randint(1000, 9999)}",
                    "expires_on": date(today.year + 1, draw.randint(1, 12), 28).isoformat(),
                    "price": PRICES[product],
                    "recorded_by": user.id,
                },
            )
        at = moment_on(day, "16:20")
        yield (
            "stock_movement",
            made_id(draw, at),
            {
                "product": "gum-2",
                "quantity": -1,
                "kind": "explained",
                "moved_at": wire_moment(at),
                "recorded_by": user.id,
                "reason": "broken: Våd emballage",
            },
        )


def invoice_rows(
    known: Cooperation, redeemed: list[tuple[str, date, int]], *, seed: int, today: date
) -> Iterator[InventedRow]:
    """Yield a pharmacy's invoice for vouchers (number, day, øre) used some time ago; two lines do not fit."""
    draw = Random(f"{seed}:invoice")
    settled = sorted((number, on, amount) for number, on, amount in redeemed if on < today - timedelta(days=30))[:24]
    if not settled:
        return
    coordinator = next(user.id for user in known.accounts.users if user.role == "coordinator")
    day = max(on for _, on, _ in settled) + timedelta(days=5)
    lines = [*settled, ("RT-0000000000-9", day - timedelta(days=9), 22500)]
    lines[0] = (lines[0][0], lines[0][1], 24500)
    invoice_id = made_id(draw, moment_on(day, "10:00"))
    yield (
        "pharmacy_invoice",
        invoice_id,
        {
            "pharmacy": PHARMACIES[0],
            "number": f"{day.year}-0417",
            "invoiced_on": day.isoformat(),
            "total": sum(amount for _, _, amount in lines),
            "recorded_by": coordinator,
        },
    )
    for row, (number, on, amount) in enumerate(lines, start=1):
        yield (
            "invoice_line",
            made_id(draw, moment_on(day, "10:00")),
            {
                "invoice_id": invoice_id,
                "row": row,
                "voucher_number": number,
                "amount": amount,
                "redeemed_on": on.isoformat(),
            },
        )


def redeemed_in(told: list[InventedRow]) -> Iterator[tuple[str, date, int]]:
    """Yield number, day and amount of the vouchers that one person used."""
    numbers = {row_id: fields["number"] for entity, row_id, fields in told if entity == "voucher"}
    for entity, _, fields in told:
        if entity == "voucher_redemption":
            yield numbers[fields["voucher_id"]], date.fromisoformat(fields["redeemed_on"]), fields["amount"]
