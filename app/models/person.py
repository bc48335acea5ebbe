"""A person, the teams they belong to, and what they said yes to."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class Person(Synced, Base):
    """Somebody who smokes; a first name or a nickname is enough, an identifier never needed.

    `identifier_kind` is cpr, replacement, ecpr or none; unknown is empty, which is not "no".
    """

    __tablename__ = "person"
    entity = "person"

    person_id: Mapped[str] = mapped_column(String(36))
    given_name: Mapped[str] = mapped_column(String(300), default="")
    family_name: Mapped[str] = mapped_column(String(300), default="")
    nickname: Mapped[str] = mapped_column(String(300), default="")
    identifier_kind: Mapped[str] = mapped_column(String(20), default="none")
    identifier: Mapped[str] = mapped_column(String(20), default="")
    birth_date: Mapped[date | None]
    sex: Mapped[str] = mapped_column(String(20), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    residence_municipality_id: Mapped[str | None] = mapped_column(String(36))
    note: Mapped[str] = mapped_column(default="")
    registered_at: Mapped[datetime]


class Membership(Synced, Base):
    """That a person belongs to a team, which is what lets the team's laptops hold them. Natural key: person, team."""

    __tablename__ = "membership"
    entity = "membership"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    team_id: Mapped[str] = mapped_column(String(36), index=True)
    joined_on: Mapped[date]
    left_on: Mapped[date | None]


class Consent(Synced, Base):
    """A fact: what somebody said to one question of consent, how and when.

    `kind`: stopbasen, contact_six_months, letter_gp, sms. `answer`: given, declined, withdrawn.
    """

    __tablename__ = "consent"
    entity = "consent"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(20))
    manner: Mapped[str] = mapped_column(String(20), default="oral")
    answered_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class Referral(Synced, Base):
    """How somebody came to us, from whom, and when; the first call's deadline is computed from it."""

    __tablename__ = "referral"
    entity = "referral"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    is_self_referral: Mapped[bool] = mapped_column(default=False)
    sender: Mapped[str] = mapped_column(String(200), default="")
    received_on: Mapped[date]
    text: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(20), default="open")


class ContactAttempt(Synced, Base):
    """A fact: a call or message to somebody, and whether it reached them."""

    __tablename__ = "contact_attempt"
    entity = "contact_attempt"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    attempted_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
