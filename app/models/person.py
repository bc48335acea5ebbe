"""A person, the teams they belong to, how they came to us, and what they said yes to."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class Person(Synced, Base):
    """Somebody who smokes; a first name or a nickname is enough, an identifier never needed.

    `identifier_kind` is cpr, replacement, ecpr or none; unknown is empty, which is not "no". `birth_date` and `sex` are
    what a counsellor corrected; where empty they follow from the identifier. `may_text`: yes, no or empty.
    `merged_into_id` names the person this one turned out to be; clearing it takes the merging back, and `merge_took`
    names the details that the other took from this one, and why parts in courses had been closed that go on in another,
    each as "closing_reason:enrolment:reason".
    """

    __tablename__ = "person"
    __table_args__ = (
        # Those whom nobody has a task about, who are few.
        Index(
            "ix_person_silent",
            "id",
            "deceased_on",
            "restricted_on",
            "anonymised_on",
            sqlite_where=text("deceased_on IS NOT NULL OR restricted_on IS NOT NULL OR anonymised_on IS NOT NULL"),
        ),
    )
    entity = "person"

    person_id: Mapped[str] = mapped_column(String(36))
    given_name: Mapped[str] = mapped_column(String(300), default="")
    family_name: Mapped[str] = mapped_column(String(300), default="")
    nickname: Mapped[str] = mapped_column(String(300), default="")
    identifier_kind: Mapped[str] = mapped_column(String(20), default="none")
    identifier: Mapped[str] = mapped_column(String(20), default="", index=True)
    birth_date: Mapped[date | None]
    sex: Mapped[str] = mapped_column(String(20), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    residence_municipality_id: Mapped[str | None] = mapped_column(String(36))
    note: Mapped[str] = mapped_column(default="")
    registered_at: Mapped[datetime]
    email: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    preferred_contact: Mapped[str] = mapped_column(String(20), default="")
    may_text: Mapped[str] = mapped_column(String(10), default="")
    gp_name: Mapped[str] = mapped_column(String(200), default="")
    gp_number: Mapped[str] = mapped_column(String(20), default="")
    deceased_on: Mapped[date | None]
    merged_into_id: Mapped[str | None] = mapped_column(String(36), index=True)
    restricted_on: Mapped[date | None]
    anonymised_on: Mapped[date | None]
    merge_took: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))


class Membership(Synced, Base):
    """That a person belongs to a team, which is what lets the team's laptops hold them. Natural key: person, team.

    `merged_with_id` names the other half of a merged person, where that is the only reason for this membership.
    """

    __tablename__ = "membership"
    entity = "membership"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    team_id: Mapped[str] = mapped_column(String(36), index=True)
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    merged_with_id: Mapped[str | None] = mapped_column(String(36))


class Consent(Synced, Base):
    """A fact: what somebody said to one question of consent, how and when.

    `kind`: stopbasen, contact_six_months, letter_gp, sms. `answer`: given, declined, withdrawn. `given_by`: self,
    self_judged_mature (15 to 17) or guardian.
    """

    __tablename__ = "consent"
    __table_args__ = (
        # With all that is asked of them for what is due: the rows themselves lie scattered.
        Index(
            "ix_consent_person_id",
            "person_id",
            "kind",
            "answered_on",
            "answer",
            "id",
            "corrects_id",
            "information_given",
        ),
    )
    entity = "consent"

    person_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(20))
    manner: Mapped[str] = mapped_column(String(20), default="oral")
    answered_on: Mapped[date]
    information_given: Mapped[bool] = mapped_column(default=False)
    given_by: Mapped[str] = mapped_column(String(20), default="self")
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class Referral(Synced, Base):
    """How somebody came to us, from whom, and when; the first call's deadline is computed from it.

    `state`: open, accepted, declined, not_reached or withdrawn. `came_because` is what made a self-referrer come (S2).
    """

    __tablename__ = "referral"
    entity = "referral"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    is_self_referral: Mapped[bool] = mapped_column(default=False)
    sender: Mapped[str] = mapped_column(String(200), default="")
    received_on: Mapped[date]
    text: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(20), default="open")
    received_at: Mapped[datetime | None]
    programme_version_id: Mapped[str | None] = mapped_column(String(36))
    municipality_id: Mapped[str | None] = mapped_column(String(36))
    sender_identifier: Mapped[str] = mapped_column(String(40), default="")
    sender_identifier_kind: Mapped[str] = mapped_column(String(40), default="")
    referrer_name: Mapped[str] = mapped_column(String(200), default="")
    came_because: Mapped[str] = mapped_column(String(60), default="")
    message_id: Mapped[str | None] = mapped_column(String(36))
    wants_feedback: Mapped[bool] = mapped_column(default=False)
    closed_on: Mapped[date | None]
    closing_reason: Mapped[str] = mapped_column(String(40), default="")


class ContactAttempt(Synced, Base):
    """A fact: a call or message to somebody, and whether it reached them.

    `purpose`: first_call, before_first_session, reminder, no_show, follow_up, medicine, other. `topics` are the points
    of the checklist that were talked about.
    """

    __tablename__ = "contact_attempt"
    entity = "contact_attempt"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    attempted_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(default="")
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    referral_id: Mapped[str | None] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str | None] = mapped_column(String(36))
    session_id: Mapped[str | None] = mapped_column(String(36))
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class TaskState(Synced, Base):
    """What somebody decided about a computed task: done, dismissed with a reason, or put off. Natural key: person, key.

    The task itself is never stored; `task_key` is the key that it is computed under.
    """

    __tablename__ = "task_state"
    entity = "task_state"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    task_key: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))
    until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(36))


class RuleOverride(Synced, Base):
    """A fact: a rule that blocks was overridden, by whom and why; `rule` is its key in the programme."""

    __tablename__ = "rule_override"
    entity = "rule_override"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    rule: Mapped[str] = mapped_column(String(80))
    subject_entity: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(36))
    overridden_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
