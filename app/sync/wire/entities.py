"""The entities that travel, who may see a row of each, and which of them are facts.

The server knows no clinical rule: it stores, orders and authorises. For that it needs to know one thing of each entity,
the field by which a row belongs to somebody:

- ``COOPERATION``: everybody in the cooperation has it (municipalities, teams, programme versions).
- ``TEAM``: laptops of the team in ``fields["team_id"]``.
- ``PERSON``: laptops of every team that the person in ``fields["person_id"]`` is a member of (the person's own row
  carries its own id there).
- ``DEVICE``: only the laptop that wrote it, and the coordinator (what was in the bag).
- ``COORDINATOR``: nobody but the coordinator (a pharmacy's invoice).

A *fact* is only ever inserted; a correction is a new fact whose ``corrects_id`` names the old.
"""

from dataclasses import dataclass
from enum import StrEnum

SCHEMA_VERSION = 2
"""Version of the fields below; a laptop says which one it writes, the server which ones it takes."""


class Scope(StrEnum):
    """Who may hold a row."""

    COOPERATION = "cooperation"
    TEAM = "team"
    PERSON = "person"
    DEVICE = "device"
    COORDINATOR = "coordinator"


class Writer(StrEnum):
    """Who may write a row of an entity."""

    SERVER = "server"
    COORDINATOR = "coordinator"
    COUNSELLOR = "counsellor"


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of row: its name on the wire, who sees it, who writes it, and whether it can ever change."""

    name: str
    scope: Scope
    writer: Writer = Writer.COUNSELLOR
    is_fact: bool = False


ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity("municipality", Scope.COOPERATION, Writer.SERVER),
        Entity("team", Scope.COOPERATION, Writer.SERVER),
        Entity("user", Scope.COOPERATION, Writer.SERVER),
        Entity("programme_version", Scope.COOPERATION, Writer.COORDINATOR),
        Entity("day_off", Scope.COOPERATION, Writer.COORDINATOR),
        Entity("place", Scope.TEAM),
        Entity("place_contact", Scope.TEAM),
        Entity("place_cycle", Scope.TEAM),
        Entity("place_cycle_step", Scope.TEAM),
        Entity("course", Scope.TEAM),
        Entity("session", Scope.TEAM),
        Entity("outreach_visit", Scope.TEAM, is_fact=True),
        Entity("team_task_state", Scope.TEAM),
        Entity("incoming_message", Scope.TEAM),
        Entity("person", Scope.PERSON),
        Entity("membership", Scope.PERSON),
        Entity("consent", Scope.PERSON, is_fact=True),
        Entity("referral", Scope.PERSON),
        Entity("contact_attempt", Scope.PERSON, is_fact=True),
        Entity("enrolment", Scope.PERSON),
        Entity("attendance", Scope.PERSON),
        Entity("task_state", Scope.PERSON),
        Entity("rule_override", Scope.PERSON, is_fact=True),
        Entity("baseline", Scope.PERSON, is_fact=True),
        Entity("measurement", Scope.PERSON, is_fact=True),
        Entity("stop_date", Scope.PERSON, is_fact=True),
        Entity("relapse", Scope.PERSON, is_fact=True),
        Entity("pause", Scope.PERSON, is_fact=True),
        Entity("reduction_plan", Scope.PERSON),
        Entity("plan_step", Scope.PERSON),
        Entity("nrt_plan", Scope.PERSON),
        Entity("nrt_step", Scope.PERSON),
        Entity("handout", Scope.PERSON, is_fact=True),
        Entity("medicine", Scope.PERSON),
        Entity("medicine_notice", Scope.PERSON, is_fact=True),
        Entity("voucher", Scope.PERSON, is_fact=True),
        Entity("voucher_redemption", Scope.PERSON, is_fact=True),
        Entity("pharmacy_invoice", Scope.COORDINATOR, Writer.COORDINATOR),
        Entity("invoice_line", Scope.COORDINATOR, Writer.COORDINATOR),
        Entity("outcome", Scope.PERSON, is_fact=True),
        Entity("follow_up_attempt", Scope.PERSON, is_fact=True),
        Entity("form_typed", Scope.PERSON, is_fact=True),
        Entity("letter", Scope.PERSON),
        Entity("outgoing_message", Scope.PERSON),
        Entity("diploma", Scope.PERSON, is_fact=True),
        Entity("stock_movement", Scope.DEVICE, is_fact=True),
        Entity("conflict", Scope.PERSON, Writer.SERVER),
        Entity("correction", Scope.PERSON, is_fact=True),
        Entity("erasure", Scope.PERSON, Writer.COORDINATOR, is_fact=True),
        Entity("access_log", Scope.DEVICE, is_fact=True),
    )
}
"""Every entity by name, in an order in which a row's parents come before it."""
