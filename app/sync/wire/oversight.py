"""Messages about laptops rather than about people: how one stands, what one held, and taking its access away."""

from typing import Annotated

import msgspec
from msgspec import Meta

from app.sync.wire.messages import Identifier, Position


class StandingRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Here I am; `sealed_help` deposits a help code sealed to the cooperation's key (base64), empty keeps the old."""

    database_id: Identifier
    cursor: Position = 0
    sealed_help: Annotated[str, Meta(max_length=400)] = ""


class LaptopsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for every laptop of the cooperation."""

    database_id: Identifier


class Laptop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One laptop in a line; moments are ISO 8601 in UTC, empty where it never was.

    `log_broken` is the first entry at which the laptop's access log does not hold, 0 where it is whole.
    """

    device_id: Identifier
    name: str
    user_name: str
    enrolled_at: str
    last_seen_at: str = ""
    lease_ends_at: str = ""
    revoked_at: str = ""
    log_broken: Annotated[int, Meta(ge=0)] = 0


class LaptopsReply(msgspec.Struct, frozen=True, kw_only=True):
    """Every laptop, the newest first."""

    laptops: list[Laptop]


class LaptopReportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask what a laptop held."""

    database_id: Identifier
    device_id: Identifier


class HeldPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose data lay on the laptop; `identifier_kind` says what kind of number, never the number."""

    person_id: Identifier
    name: str
    identifier_kind: str


class LaptopReport(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what a laptop held, as far as it confirmed: whose data, which kinds, and how it is locked.

    `confirmed_at` is when it last said how far it had come. `kinds` counts rows by entity. `in_other_names` counts the
    changes that name another author than whom the laptop belongs to, by name: several may share it.
    """

    laptop: Laptop
    cooperation: str
    teams: list[str]
    confirmed_at: str
    people: list[HeldPerson]
    with_identifier: int
    kinds: dict[str, int]
    waiting: int
    in_other_names: dict[str, int] = {}


class RevokeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Take a laptop's access away, or let it in again; answered with every laptop."""

    database_id: Identifier
    device_id: Identifier
    is_revoked: bool = True
