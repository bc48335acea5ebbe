"""Lives as nobody would invent them: all that may be known of people, corrected and taken back too."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.letter import Letter
from app.models.local import Device
from app.models.medicine import Medicine, MedicineNotice
from app.models.organisation import DayOff, ProgrammeVersion, Team
from app.models.outcome import FollowUpAttempt, FormTyped, Outcome
from app.models.person import Consent, ContactAttempt, Person, Referral
from app.models.plan import NrtPlan
from app.models.smoking import Handout, Measurement, Relapse, StopDate
from invented.cooperation import preset

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EDGES = (0, 0, -7, -14, -30, -60, -90, -120, -152, -180, -183, -213)
"""Days from today about which windows and deadlines of the documents begin or end."""
PROGRAMMES = (
    "roegfri_paa_tvaers", "storrygerindsats", "faa_hjaelp_til_rygestop", "styrket_rygestoptilbud", "inspirationsark",
)  # fmt: skip
OTHER_VALUES = {
    "follow_up_margin": (1, 2),
    "follow_up_after": (5, 6),
    "follow_up_attempts_least": (2, 4),
    "open_course_closed_within": (2, 3),
}
LEFT_OUT = ("nrt_interval", "letter_to_gp", "diploma_at", "reminder_before_session", "no_show_talk")


class Lives:
    """Makes the same lives of a seed each time; `rows` are what is known of them, `people` who they are."""

    def __init__(self, seed: int, *, people: int) -> None:
        self.random = Random(seed)
        self.rows: list[Any] = []
        self._made = 0
        self._make_cooperation()
        self.people = [self._person() for _ in range(people)]
        for person in self.people:
            self._live(person)

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def key(self) -> str:
        self._made += 1
        return f"{self.random.randrange(10**6):06}-{self._made:06}"

    def moment(self) -> datetime:
        on = self._day(most=0)
        return datetime(on.year, on.month, on.day, self.random.choice((0, 5, 9, 15, 18, 22, 23)), 30, tzinfo=UTC)

    def _day(self, least: int = -420, most: int = 30) -> date:
        """Return a day, near an edge more often than elsewhere."""
        days = self.random.choice(EDGES) + self.random.randint(-3, 3)
        if self.maybe(0.5):
            days = self.random.randint(least, most)
        return TODAY + timedelta(days=max(least, min(most, days)))

    def _add(self, table: type[Any], **fields: Any) -> Any:
        row = table(**{"id": self.key(), **fields})
        self.rows.append(row)
        return row

    def _fact(self, table: type[Any], person: str, **fields: Any) -> None:
        """Add a fact, which is corrected or taken back at times."""
        fields |= {"person_id": person, "recorded_by": "somebody"}
        fact = self._add(table, **fields)
        if not self.maybe(0.2):
            return
        if "taken_back" in table.__table__.columns and self.maybe(0.6):
            fields["taken_back"] = True
        else:
            moved = timedelta(days=self.random.randint(-5, 5))
            days = [name for name, value in fields.items() if type(value) is date]
            fields |= {name: fields[name] + moved for name in days}
        self._add(table, **fields, corrects_id=fact.id, reason="x")

    def _some(self, *numbers: int) -> range:
        return range(self.random.choice(numbers))

    # -- what is there for all of them

    def _make_cooperation(self) -> None:
        self.municipalities = ("m1", "m2")
        self._add(Team, id="team", municipality_id="m1", name="Nord")
        names = ("database_id", "server_url", "server_id", "epoch", "token", "receipt_key")
        self._add(
            Device, id="device", user_id="u", user_name="Mette", role="counsellor", cooperation_id="k",
            cooperation_name="RpT", team_ids=["team"], **dict.fromkeys(names, ""),
        )  # fmt: skip
        self.versions = [version for name in PROGRAMMES for version in self._versions(preset(name))]
        for days in range(-10, 12, 3):
            whose = self.random.choice((None, *self.municipalities))
            self._add(DayOff, municipality_id=whose, day=TODAY + timedelta(days=days))
        self.courses = [self._course() for _ in range(14)]

    def _versions(self, said: dict[str, Any]) -> Sequence[str]:
        """Return a programme as its document has it, and as somebody changed it in June."""
        changed = {key: dict(rule) for key, rule in said["rules"].items() if key not in LEFT_OUT or self.maybe(0.7)}
        for key in OTHER_VALUES.keys() & changed.keys():
            changed[key]["value"] = self.random.choice(OTHER_VALUES[key])
        versions = ((date.fromisoformat(said["valid_from"]), said["rules"]), (date(2026, 6, 1), changed))
        return [
            self._add(ProgrammeVersion, key=said["key"], name=said["name"], valid_from=since, rules=rules).id
            for since, rules in versions
        ]

    def _course(self) -> tuple[Course, list[Session]]:
        choose = self.random.choice
        course = self._add(
            Course, team_id="team", place_id="place", delivering_municipality_id=choose(self.municipalities),
            programme_version_id=choose(self.versions), title="Hold", format=choose(("group", "individual")),
            concept=choose(("", "Kom & Kvit", "Kom & Kvit")), starts_on=self._day(most=0),
            state=choose(("running", "running", "finished")), stop_on=choose((None, None, self._day())),
        )  # fmt: skip
        sessions = [
            self._add(
                Session, team_id="team", course_id=course.id, place_id="place", number=number, held_on=self._day(),
                starts_at="10:00", state=choose(("planned", "planned", "closed", "cancelled")),
            )
            for number in range(self.random.randint(0, 7))
        ]  # fmt: skip
        return course, sessions

    # -- one of them

    def _person(self) -> str:
        key = self.key()
        flags = {name: TODAY for name in ("deceased_on", "restricted_on", "anonymised_on") if self.maybe(0.03)}
        may_text = self.random.choice(("", "yes", "no"))
        self._add(Person, id=key, person_id=key, nickname=key, registered_at=NOW, may_text=may_text, **flags)
        return key

    def _live(self, person: str) -> None:
        referrals = [self._referral(person) for _ in self._some(0, 1, 1, 2)]
        joined = self.random.sample(self.courses, self.random.choice((0, 1, 1, 2, 3)))
        parts = [self._part(person, course, sessions, referrals) for course, sessions in joined]
        sessions = [session.id for _course, held in joined for session in held]
        self._consent(person)
        self._call(person, referrals, [part.id for part in parts], sessions)
        self._smoke(person)
        self._take_medicine(person)
        for _ in self._some(0, 0, 1, 2):
            self._plan(person, parts)
        for earlier in [row for row in self.rows if isinstance(row, NrtPlan) and row.person_id == person][:-1]:
            earlier.state = "replaced"

    def _referral(self, person: str) -> str:
        choose = self.random.choice
        referral = self._add(
            Referral, person_id=person, channel="gp", received_on=self._day(most=0), state=choose(("open", "accepted")),
            wants_feedback=choose((None, True)), programme_version_id=choose((None, *self.versions)),
            municipality_id=choose((None, *self.municipalities)),
        )  # fmt: skip
        return str(referral.id)

    def _part(self, person: str, course: Course, sessions: list[Session], referrals: list[str]) -> Enrolment:
        choose, joined = self.random.choice, self._day(most=0)
        left = closed = None
        if self.maybe(0.5):
            left = min(TODAY, joined + timedelta(days=self.random.randint(0, 120)))
            closed = choose((None, left, left, min(TODAY, left + timedelta(days=20))))
        reasons = ("completed", "dropped_out", "moved_course", "deceased") if left else ("",)
        part: Enrolment = self._add(
            Enrolment, person_id=person, course_id=course.id, joined_on=joined, left_on=left, closed_on=closed,
            closing_reason=choose(reasons), referral_id=choose((None, *referrals)),
        )  # fmt: skip
        of_part = {"person_id": person, "enrolment_id": part.id}
        for session in sessions:
            status = choose(("", "present", "present", "absent", "excused"))
            if status:
                self._add(Attendance, **of_part, session_id=session.id, status=status)
        self._write_about(person, part)
        if self.maybe(0.25):
            self._fact(
                Outcome, person, enrolment_id=part.id, time_point=choose(("six_months", "end")),
                assessed_on=self._day(most=0), smoke_free=choose(("no", "yes")), missing_reason=choose(("", "moved")),
            )  # fmt: skip
        for _ in self._some(0, 0, 1, 4):
            at, channel = self.moment(), choose(("phone", "sms"))
            self._fact(
                FollowUpAttempt, person, enrolment_id=part.id, attempted_at=at, result="no_answer", channel=channel
            )
        return part

    def _write_about(self, person: str, part: Enrolment) -> None:
        of_part = {"person_id": person, "enrolment_id": part.id}
        if self.maybe(0.2):
            self._add(Diploma, **of_part, name="x", serial="x", issued_on=TODAY, language="da", recorded_by="x")
        for form in ("base", "completion"):
            if self.maybe(0.3):
                self._fact(FormTyped, person, enrolment_id=part.id, form=form, typed_on=TODAY)
        for kind in ("gp", "referrer"):
            if self.maybe(0.3):
                state, about = self.random.choice(("draft", "finished", "given")), self.random.choice((part.id, None))
                self._add(
                    Letter, person_id=person, enrolment_id=about, referral_id=part.referral_id, kind=kind, state=state,
                    written_on=TODAY, written_by="x",
                )  # fmt: skip

    def _consent(self, person: str) -> None:
        for kind in ("stopbasen", "contact_six_months", "contact_six_months", "letter_gp", "sms"):
            for _ in self._some(0, 1, 1, 2):
                answer = self.random.choice(("given", "given", "declined", "withdrawn"))
                informed = self.maybe(0.8)
                self._fact(
                    Consent, person, kind=kind, answer=answer, answered_on=self._day(most=0), information_given=informed
                )

    def _call(self, person: str, referrals: list[str], parts: list[str], sessions: list[str]) -> None:
        choose = self.random.choice
        for _ in self._some(0, 1, 3):
            self._fact(
                ContactAttempt, person, attempted_at=self.moment(), channel="phone", topics=[],
                purpose=choose(("first_call", "other", "no_show", "reminder", "before_first_session")),
                outcome=choose(("reached", "not_reached", "texted")), referral_id=choose((None, *referrals)),
                session_id=choose((None, *sessions)), enrolment_id=choose((None, *parts)),
            )  # fmt: skip

    def _smoke(self, person: str) -> None:
        for _ in self._some(0, 1, 2, 3):
            stop = self._day()
            agreed = min(TODAY, stop - timedelta(days=self.random.choice((0, 0, 7, 30))))
            self._fact(StopDate, person, stop_on=stop, agreed_on=agreed)
        for _ in self._some(0, 0, 1):
            self._fact(Relapse, person, happened_on=self._day(most=0))
        for _ in self._some(0, 2, 5):
            value = float(self.random.choice((0, 5, 10, 20)))
            self._fact(Measurement, person, kind="cigarettes_per_day", value=value, measured_on=self._day(most=0))

    def _take_medicine(self, person: str) -> None:
        choose = self.random.choice
        for _ in self._some(0, 0, 1):
            medicine = self._add(
                Medicine, person_id=person, name="x", substance=choose(("clozapine", "olanzapine", "")),
                started_on=choose((None, self._day(most=0))), stopped_on=choose((None, None, self._day(most=0))),
                recorded_on=TODAY, recorded_by="x",
            )  # fmt: skip
            for _ in self._some(0, 1):
                trigger = choose(("stop_date", "relapse", "reduction"))
                told = {"medicine_id": medicine.id, "trigger": trigger, "trigger_on": self._day(), "consent": "given"}
                self._fact(MedicineNotice, person, told_on=TODAY, **told)

    def _plan(self, person: str, parts: list[Enrolment]) -> None:
        plan = self._add(
            NrtPlan, person_id=person, enrolment_id=self.random.choice((None, *(part.id for part in parts))),
            weeks=self.random.randint(1, 6), starts_on=self._day(-60, 5), made_on=self._day(-60, 0), made_by="x",
            state=self.random.choice(("active", "active", "ended")),
        )  # fmt: skip
        for week in self._some(0, 1, 2, 3, 4):
            given = {"plan_id": self.random.choice((plan.id, plan.id, None)), "handed_on": self._day(-60, 0)}
            self._fact(Handout, person, week=week + 1, product="x", quantity=self.random.choice((1, 1, 0)), **given)
