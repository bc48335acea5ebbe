"""What happens to a person: referred, called, enrolled, measured, handed nicotine, stopped, relapsed, thanked.

Everything is told before today; what is planned for today has not happened yet.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from app.domain.first_contact import CAME_BECAUSE
from app.ids import natural_id
from invented import treatment
from invented.closings import close, extra_session, look_back, unusual_reason
from invented.cooperation import MUNICIPALITIES, Cooperation, InventedRow
from invented.courses import Course, Meeting, moment_on, wire_moment
from invented.ids import made_id
from invented.meeting_days import working_day, working_day_before
from invented.names import NOTES, REFERRAL_TEXTS, RELAPSE_NOTES, SMALL_STEPS
from invented.people import Character, character, person_fields

MOST_CIGARETTES = 80
MOST_HANDOUTS = 12
"""Weekly portions that S3 gives a person."""
AFTER_A_COURSE = timedelta(weeks=4)
"""Before anybody asks for another course, the handouts of the first are over."""
SELF_REFERRED = ("website", "own_contact", "stoplinien")
REFERRED = ("hospital", "correspondence", "mail", "staff", "gp")
SENDERS = {
    "hospital": "Hospitalet, lungeambulatoriet",
    "correspondence": "Socialpsykiatrien",
    "mail": "Jobcenteret",
    "staff": "Kontaktpersonen på stedet",
    "gp": "Lægehuset",
}
GP_NAMES = ("Lægehuset ved Søen", "Lægerne i Gågaden", "Praksis Nord")
AGREEMENT = "roegfri_paa_tvaers"
"""Whose rules hold for somebody who is on no course yet."""
ASKED_WHY = 0.5
"""Share of those who came by themselves that somebody asked why: the agreement wants a sample."""
WAITING = ("new", "new", "unanswered", "ready", "declined")


@dataclass(slots=True)
class Story:
    """One person's rows as they come: who tells it, and what must be counted on the way."""

    random: Random
    today: date
    person_id: str
    who: Character
    recorded_by: str
    handouts: int = 0
    handed_on: date | None = None
    cigarettes: int = 0
    is_smoke_free: bool = False
    product: str = ""
    beside: str = ""
    nrt_plan_id: str | None = None
    rows: list[InventedRow] = field(default_factory=list)
    more: Random = field(default_factory=Random)
    """What is told of consents, outcomes and letters is drawn from here, so that the rest stays as it was."""
    home_id: str | None = None
    referral_id: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    """Consents as they stand, by kind."""
    place_ids: dict[str, str] = field(default_factory=dict)

    def place_id(self, key: str) -> str:
        """Return the row of a place."""
        return self.place_ids[key]

    def fact(self, entity: str, day: date, at: str = "12:00", **fields: Any) -> str:
        """Add a fact about the person and return its identifier."""
        row_id = made_id(self.random, moment_on(day, at))
        own = {"recorded_by": self.recorded_by, "corrects_id": None, "reason": ""}
        self.rows.append((entity, row_id, {"person_id": self.person_id, **own, **fields}))
        return row_id

    def chance(self, share: float) -> bool:
        """Return whether something happens that happens to this share."""
        return self.random.random() < share


def person_rows(
    known: Cooperation, seated: tuple[Course, ...], *, seed: int, copy: int, index: int, today: date
) -> list[InventedRow]:
    """Return every row of one person, parents first; `seated` are their courses, earliest first."""
    random = Random(f"{seed}:{copy}:{index}:person")
    who = character(index, random=random, today=today)
    joined: list[Meeting] = []
    for turn, course in enumerate(seated):
        since = seated[turn - 1].meetings[-1].held_on + AFTER_A_COURSE if turn else date.min
        joined.append(_joined_at(course, since=since, random=random))
    municipality = seated[0].municipality if seated else MUNICIPALITIES[index % len(MUNICIPALITIES)][1]
    if not seated and index % 5 == 0:
        municipality = "Hvidovre"
    waiting = "" if seated else WAITING[index // 3 % len(WAITING)]
    received = _received_on(joined[0].held_on if joined else None, waiting, random=random, today=today)
    registered = moment_on(received, f"{random.randint(8, 14):02d}:{random.randrange(60):02d}")
    person_id = made_id(random, registered)
    colleagues = known.counsellors(municipality)
    teller = seated[0].counsellor_id if seated else colleagues[index % len(colleagues)].id
    story = Story(random, today, person_id, who, teller, more=Random(f"{seed}:{copy}:{index}:more"))
    story.place_ids = known.place_ids
    home = random.choices((municipality, random.choice(MUNICIPALITIES)[1], ""), (86, 10, 4))[0]
    home_id = known.municipality_ids[home] if home else None
    story.home_id = home_id
    fields = person_fields(person_id, who, municipality_id=home_id, registered_at=wire_moment(registered))
    if who.given_name and story.more.random() < 0.5:
        fields["gp_name"] = story.more.choice(GP_NAMES)
    story.rows.append(("person", person_id, fields))
    team_days = {known.team_ids[municipality]: received}
    for course, meeting in zip(seated, joined, strict=True):
        team_days.setdefault(course.team_id, min(meeting.held_on, today - timedelta(days=1)))
    for team_id, day in team_days.items():
        membership = {"person_id": person_id, "team_id": team_id, "joined_on": day.isoformat(), "left_on": None}
        story.rows.append(("membership", natural_id("membership", person_id, team_id), membership))
    programme = seated[0].blueprint.programme if seated else AGREEMENT
    _referral(story, received, waiting, programme_id=known.programme_ids[programme])
    for turn, (course, meeting) in enumerate(zip(seated, joined, strict=True), start=1):
        story.recorded_by = course.counsellor_id
        if turn > 1 and seated[turn - 2].blueprint.is_long_ago:
            _years_later(story, meeting, programme_id=known.programme_ids[course.blueprint.programme])
        Enrolled(story, course, meeting, comes_again=turn < len(seated)).tell()
    return story.rows


def _joined_at(course: Course, *, since: date, random: Random) -> Meeting:
    """Return the first session somebody comes to: in an open-ended course almost any, else one of the first two."""
    if not course.blueprint.planned:
        held = course.meetings[: course.blueprint.number - 1]
        return random.choice([meeting for meeting in held if meeting.held_on >= since])
    late = random.random() < 0.12 and not course.is_met_today and course.meetings[1].state == "closed"
    return course.meetings[1 if late else 0]


def _received_on(joined: date | None, waiting: str, *, random: Random, today: date) -> date:
    if waiting == "new":
        return working_day_before(today, count=random.randint(1, 2))
    if joined is None:
        return working_day_before(today, count=random.randint(6, 30))
    return working_day_before(min(joined, today), count=random.randint(4, 18))


def _came_because(story: Story) -> str:
    """Return what made somebody come by themselves; a sample was asked (S2), drawn apart so that the rest stays."""
    drawn = Random(f"{story.person_id}:came_because")
    return drawn.choice(CAME_BECAUSE) if drawn.random() < ASKED_WHY else ""


def _referral(story: Story, received: date, waiting: str, *, programme_id: str) -> None:
    random = story.random
    is_self = story.chance(0.4) or not story.who.given_name
    channel = random.choice(SELF_REFERRED if is_self else REFERRED)
    state = {"": "accepted", "new": "open", "unanswered": "open", "ready": "accepted", "declined": "declined"}[waiting]
    fields = {
        "person_id": story.person_id,
        "channel": channel,
        "is_self_referral": is_self,
        "sender": SENDERS.get(channel, ""),
        "received_on": received.isoformat(),
        "text": "" if is_self else random.choice(REFERRAL_TEXTS),
        "state": state,
        "came_because": _came_because(story) if is_self and waiting not in ("new", "unanswered") else "",
        "programme_version_id": programme_id,
    }
    story.referral_id = made_id(random, moment_on(received, "09:00"))
    story.rows.append(("referral", story.referral_id, fields))
    if waiting == "new":
        return
    day = received
    for attempt in range(3 if waiting == "unanswered" else random.choice((1, 1, 1, 2))):
        day = working_day(day + timedelta(days=1 + attempt))
        if day >= story.today:
            return
        last = waiting != "unanswered" and (attempt == 1 or story.chance(0.8))
        outcome = ("declined" if waiting == "declined" else "reached") if last else "not_reached"
        _attempt(story, day, "first_call", outcome)
        if last:
            return


def _years_later(story: Story, joined: Meeting, *, programme_id: str) -> None:
    """Refer somebody anew, who is then asked, measured and planned for as if for the first time."""
    story.cigarettes, story.is_smoke_free = 0, False
    received = _received_on(joined.held_on, "", random=story.random, today=story.today)
    _referral(story, received, "", programme_id=programme_id)


def _attempt(story: Story, day: date, purpose: str, outcome: str, *, at: str = "") -> None:
    at = at or f"{story.random.randint(9, 14):02d}:{story.random.randrange(0, 60, 5):02d}"
    channel = "phone" if story.chance(0.85) or outcome == "declined" else "sms"
    story.fact(
        "contact_attempt",
        day,
        at,
        attempted_at=wire_moment(moment_on(day, at)),
        channel=channel,
        purpose=purpose,
        outcome=outcome,
        note="",
    )


class Enrolled:
    """One person's way through one course."""

    def __init__(self, story: Story, course: Course, joined: Meeting, *, comes_again: bool = False) -> None:
        self.story = story
        self.comes_again = comes_again
        self.course = course
        self.joined = joined
        self.enrolment_id = natural_id("enrolment", story.person_id, course.id)
        self.held = [m for m in course.meetings if m.state == "closed" and m.number >= joined.number]
        random = story.random
        self.outcome = random.choices(("stops", "reduces", "same", "leaves"), (34, 40, 14, 12))[0]
        if self.outcome == "leaves" and (course.is_met_today or course.blueprint.format == "individual"):
            self.outcome = "reduces"
        self.comes_back = bool(story.cigarettes)
        if not story.cigarettes:
            story.cigarettes = min(MOST_CIGARETTES, max(8, round(random.lognormvariate(3.1, 0.42))))
        self.before = (
            max(5, round(story.cigarettes * random.uniform(0.6, 0.9))) if self.comes_back else story.cigarettes
        )
        self.missing = self._missing()
        self.stops_at = random.randint(4, 7) if self.outcome == "stops" else 0
        relapses = self.outcome == "stops" and story.chance(0.35)
        self.relapses_at = self.stops_at + random.randint(1, 3) if relapses else 0
        self.leaves_at = random.randint(2, 6) if self.outcome == "leaves" else 0
        self.without_handout = self._without_handout()
        self.present = 0
        self.stops: list[tuple[date, date]] = []
        """Stop dates of this course, with the day each was agreed on."""

    def tell(self) -> None:
        """Add the enrolment and everything that has happened in it."""
        if self.comes_back:
            self.come_back()
        else:
            self.consents()
        left_on, reason = self.left()
        joined_on = min(self.joined.held_on, self.story.today - timedelta(days=1))
        enrolment = {
            "person_id": self.story.person_id,
            "course_id": self.course.id,
            "joined_on": joined_on.isoformat(),
            "left_on": None if left_on is None else left_on.isoformat(),
            "closing_reason": reason,
            "goal": {"stops": "stop", "reduces": "reduce"}.get(self.outcome, ""),
            "referral_id": None if self.comes_back else self.story.referral_id,
            "residence_municipality_id": self.story.home_id,
            "closed_on": None if left_on is None else left_on.isoformat(),
            "closed_by": None if left_on is None else self.course.counsellor_id,
        }
        self.story.rows.append(("enrolment", self.enrolment_id, enrolment))
        treatment.begin(self)
        for turn, meeting in enumerate(self.held, start=1):
            if left_on is None or meeting.held_on <= left_on:
                self.attend(meeting, turn)
        extra_session(self)
        self.stop_dates()
        close(self, left_on, reason)
        if self.course.is_finished:
            self.finish()
            look_back(self, left_on)
        treatment.end(self)

    def left(self) -> tuple[date | None, str]:
        """Return when and why the person left, if they did."""
        if 0 < self.leaves_at < len(self.held):
            reason = self.story.random.choices(("dropped_out", "moved_away", "consent_withdrawn"), (80, 14, 6))[0]
            reason = unusual_reason(self, reason)
            return self.held[self.leaves_at].held_on, reason
        if self.course.is_finished and self.held:
            return self.course.meetings[-1].held_on, "completed" if self.may_complete() else "dropped_out"
        return None, ""

    def may_complete(self) -> bool:
        """Whether at least three sessions are attended, as S2's main text has it."""
        return len(self.held) - len(self.missing) >= 3

    def come_back(self) -> None:
        """Say that who had stopped smoked again before they asked for another course."""
        day = self.joined.held_on - timedelta(days=self.story.random.randint(8, 20))
        if self.story.is_smoke_free and day < self.story.today:
            self.relapse(day)

    def relapse(self, day: date) -> None:
        """Record that the person smoked again."""
        note = self.story.random.choice(RELAPSE_NOTES)
        self.story.fact("relapse", day, happened_on=day.isoformat(), note=note)

    def consents(self) -> None:
        """Ask the four questions at the first session that was held."""
        if not self.held:
            return
        day = self.held[0].held_on
        shares = {"stopbasen": 0.85, "contact_six_months": 0.78, "letter_gp": 0.5, "sms": 0.7}
        for kind, share in shares.items():
            if not self.story.chance(0.93):
                continue
            answer = "given" if self.story.chance(share) else "declined"
            manner = "written" if self.story.chance(0.3) else "oral"
            asked: dict[str, Any] = {
                "kind": kind,
                "manner": manner,
                "information_given": self.story.more.random() < 0.9,
            }
            self.story.answers[kind] = answer
            self.story.fact("consent", day, **asked, answer=answer, answered_on=day.isoformat())
            later = day + timedelta(days=self.story.random.randint(10, 60))
            if answer == "given" and self.story.chance(0.03) and later < self.story.today:
                self.story.fact("consent", later, **asked, answer="withdrawn", answered_on=later.isoformat())
                self.story.answers[kind] = "withdrawn"

    def attend(self, meeting: Meeting, turn: int) -> None:
        """Record whether the person came, and what was measured and handed out if they did."""
        story = self.story
        status = "present"
        if turn in self.missing:
            status = "excused" if story.chance(0.45) else "absent"
        is_present = status == "present"
        attendance = {
            "person_id": story.person_id,
            "enrolment_id": self.enrolment_id,
            "session_id": meeting.id,
            "status": status,
            "small_step": story.random.choice(SMALL_STEPS) if is_present and story.chance(0.6) else "",
            "note": story.random.choice(NOTES) if is_present and story.chance(0.2) else "",
        }
        story.rows.append(("attendance", natural_id("attendance", self.enrolment_id, meeting.id), attendance))
        if status == "absent":
            self.call_after(meeting)
        if is_present:
            self.present += 1
            self.measure(meeting, turn)
            if turn not in self.without_handout:
                self.hand_out(meeting.held_on, session_id=meeting.id)

    def call_after(self, meeting: Meeting) -> None:
        """Call who did not come, before the next session (S2)."""
        day = working_day(meeting.held_on + timedelta(days=self.story.random.randint(1, 2)))
        if day < self.story.today and self.story.chance(0.85):
            _attempt(self.story, day, "no_show", "reached" if self.story.chance(0.55) else "not_reached")

    def measure(self, meeting: Meeting, turn: int) -> None:
        """Record cigarettes a day and CO: with gaps, and now and then a slip that is corrected."""
        story = self.story
        cigarettes = self.cigarettes_at(turn)
        story.is_smoke_free = cigarettes == 0
        given: dict[str, Any] = {"session_id": meeting.id, "measured_on": meeting.held_on.isoformat()}
        if story.chance(0.96):
            said = {**given, "kind": "cigarettes_per_day", "answer": "given"}
            if cigarettes >= 20 and story.chance(0.02):
                wrong = story.fact("measurement", meeting.held_on, **said, value=float(cigarettes // 10))
                said |= {"corrects_id": wrong, "reason": "Tastefejl"}
            story.fact("measurement", meeting.held_on, **said, value=float(cigarettes))
        else:
            answer = story.random.choice(("does_not_want", "does_not_know", "not_asked"))
            story.fact("measurement", meeting.held_on, **given, kind="cigarettes_per_day", answer=answer, value=None)
        if story.chance(0.86):
            story.fact(
                "measurement", meeting.held_on, **given, kind="co_ppm", answer="given", value=float(self.co(cigarettes))
            )
        elif story.chance(0.4):
            story.fact("measurement", meeting.held_on, **given, kind="co_ppm", answer="does_not_want", value=None)

    def cigarettes_at(self, turn: int) -> int:
        """Return cigarettes a day as the person says it: a falling curve with noise, round numbers when many."""
        random = self.story.random
        if self.stops_at and turn >= self.stops_at:
            if self.relapses_at and self.relapses_at <= turn <= self.relapses_at + 1:
                return max(2, round(self.before * random.uniform(0.2, 0.5)))
            return 0
        fall = {"stops": 0.11, "reduces": 0.065, "same": 0.0, "leaves": 0.03}[self.outcome]
        level = self.before * max(0.3, 1 - fall * (turn - 1)) * random.gauss(1, 0.09)
        said = round(level / 5) * 5 if level > 18 and random.random() < 0.6 else round(level)
        return min(MOST_CIGARETTES, max(1, said))

    def co(self, cigarettes: int) -> int:
        """Return ppm of exhaled CO that goes with so many cigarettes a day, roughly."""
        random = self.story.random
        if not cigarettes:
            return random.randint(1, 4)
        return min(60, max(3, round(2 + 0.75 * cigarettes + random.gauss(0, 2.5))))

    def hand_out(self, day: date, *, session_id: str | None) -> None:
        """Hand out a week's portion; twelve in all, counted in handouts."""
        story = self.story
        # Who takes part in two courses at once is still given one portion a week.
        if story.handouts >= MOST_HANDOUTS or (story.handed_on is not None and day <= story.handed_on):
            return
        story.handed_on = day
        portion: dict[str, Any] = {
            "session_id": session_id,
            "week": story.handouts + 1,
            "product": self.product_now(),
            "handed_on": day.isoformat(),
            "batch": f"L{story.random.randint(1000, 9999)}" if story.chance(0.7) else "",
            "expires_on": date(day.year + 1, story.random.randint(1, 12), 28).isoformat()
            if story.chance(0.7)
            else None,
            "price": None,
            "enrolment_id": self.enrolment_id,
        }
        if story.nrt_plan_id is None:
            story.nrt_plan_id = treatment.plan_of_weeks(story, self, day)
        portion |= {"plan_id": story.nrt_plan_id, "price": treatment.PRICES[portion["product"]]}
        handed = story.fact("handout", day, **portion, quantity=1)
        if story.chance(0.01) and not self.course.is_met_today:
            story.fact("handout", day, **portion, quantity=0, corrects_id=handed, reason="Blev ikke taget med hjem")
            return
        if story.beside:
            price = treatment.PRICES[story.beside]
            beside = portion | {"product": story.beside, "batch": "", "expires_on": None, "price": price}
            treatment.hand_out_beside(story, day, beside)
        story.handouts += 1

    def product_now(self) -> str:
        """Return the product of this week: the first choice, and for patches the steps down of the label."""
        story = self.story
        if not story.product:
            many = self.before > 20
            choices = (
                ("patch-16h-25", "patch-24h-21", "gum-4", "mouth-spray-1", "lozenge-nicorette-4")
                if many
                else ("patch-16h-15", "patch-24h-14", "gum-2", "mouth-spray-1", "lozenge-nicotinell-1")
            )
            story.product = story.random.choices(choices, (40, 15, 20, 15, 10))[0]
        steps = treatment.STEPS_DOWN.get(story.product, ((MOST_HANDOUTS, story.product),))
        return next(product for until, product in steps if story.handouts < until)

    def stop_dates(self) -> None:
        """Agree on stopping a week or two before; some move the date, and a relapse changes neither."""
        if not self.stops_at or len(self.held) < 3:
            return
        story = self.story
        agreed = self.held[min(self.stops_at, len(self.held)) - 2].held_on
        stop_on = agreed + timedelta(days=story.random.randint(5, 7))
        story.fact("stop_date", agreed, stop_on=stop_on.isoformat(), agreed_on=agreed.isoformat())
        self.stops.append((stop_on, agreed))
        if not self.relapses_at or len(self.held) < self.relapses_at:
            return
        happened = self.held[self.relapses_at - 1].held_on - timedelta(days=story.random.randint(1, 3))
        self.relapse(happened)
        if len(self.held) > self.relapses_at:
            again = self.held[self.relapses_at].held_on
            new = again + timedelta(days=5)
            story.fact("stop_date", again, stop_on=new.isoformat(), agreed_on=again.isoformat())
            self.stops.append((new, again))

    def finish(self) -> None:
        """Hand out what is left of the twelve weeks, and make the diploma."""
        story = self.story
        last = self.course.meetings[-1].held_on
        if self.outcome == "leaves" or not self.may_complete():
            return
        if story.handouts >= 8:
            for week in (1, 2):
                day = working_day(last + timedelta(weeks=week))
                if day < story.today:
                    self.hand_out(day, session_id=None)
        if self.present >= 0.75 * len(self.held):
            self.diploma(last)

    def diploma(self, day: date) -> None:
        """Make the diploma at the last session."""
        story = self.story
        row_id = story.fact(
            "diploma",
            day,
            enrolment_id=self.enrolment_id,
            name=story.who.shown_name,
            serial="",
            issued_on=day.isoformat(),
            language="da" if story.who.language in ("", "da", "kl", "fo", "is") or story.chance(0.5) else "en",
        )
        story.rows[-1][2]["serial"] = f"{day.year}-{row_id[-8:].upper()}"

    def _missing(self) -> frozenset[int]:
        """Return the turns at which the person did not come; the first they always did."""
        turns = len(self.held)
        if self.course.is_met_today and turns == 9:
            return frozenset(self.story.random.sample(range(2, 10), self.story.random.choice((0, 1, 1, 2, 2, 3))))
        share = {"same": 0.3, "leaves": 0.4}.get(self.outcome, 0.17)
        return frozenset(turn for turn in range(2, turns + 1) if self.story.chance(share))

    def _without_handout(self) -> frozenset[int]:
        """Return the turns at which nothing was handed out; who is at the last session today has had six to nine."""
        turns = range(1, len(self.held) + 1)
        if self.course.blueprint.is_long_ago:
            return frozenset(turns)
        if self.course.is_met_today:
            spare = len(self.held) - len(self.missing) - 6
            return frozenset({1}) if spare > 0 and self.story.chance(0.4) else frozenset()
        if self.story.chance(0.2):
            return frozenset(turns)
        return frozenset(turn for turn in turns if self.story.chance(0.08))
