"""Who may see and do what: the one table, enforced by the services and by the server, printed in `docs/security.md`."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is in the cooperation."""

    COUNSELLOR = "counsellor"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"


class Right(StrEnum):
    """One thing that somebody may see or do."""

    SEE_OWN_TEAMS = "see-own-teams"
    SEE_COOPERATION = "see-cooperation"
    WRITE_RECORDS = "write-records"
    WRITE_PROGRAMMES = "write-programmes"
    EXPORT_PERSON = "export-person"
    SEE_OWN_LOG = "see-own-log"
    SEE_WHOLE_LOG = "see-whole-log"
    RESTRICT = "restrict"
    ERASE = "erase"
    REVIEW_RETENTION = "review-retention"
    OVERSEE_LAPTOPS = "oversee-laptops"


MEANING: Final = {
    Right.SEE_OWN_TEAMS: "see people and places of the own teams",
    Right.SEE_COOPERATION: "see people and places of the whole cooperation, invoices and reports",
    Right.WRITE_RECORDS: "register and record",
    Right.WRITE_PROGRAMMES: "change programmes, days off and invoices",
    Right.EXPORT_PERSON: "give a citizen the extract of their data",
    Right.SEE_OWN_LOG: "see what was looked at on this laptop",
    Right.SEE_WHOLE_LOG: "see what was looked at on every laptop",
    Right.RESTRICT: "restrict the use of a citizen's data, and lift it",
    Right.ERASE: "erase or anonymise a citizen",
    Right.REVIEW_RETENTION: "decide about records whose time is up",
    Right.OVERSEE_LAPTOPS: "see every laptop, and what it holds",
}

RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.COUNSELLOR: frozenset(
        {Right.SEE_OWN_TEAMS, Right.WRITE_RECORDS, Right.EXPORT_PERSON, Right.SEE_OWN_LOG, Right.RESTRICT}
    ),
    Role.COORDINATOR: frozenset(Right),
    Role.AUDITOR: frozenset({Right.SEE_OWN_LOG, Right.SEE_WHOLE_LOG, Right.OVERSEE_LAPTOPS}),
}

MAY_REVOKE: Final = frozenset({Role.COORDINATOR})
"""An auditor sees every laptop; taking one's access away is the coordinator's."""


def may(role: str, right: Right) -> bool:
    """Return whether the role has the right; a role that nobody knows has none."""
    try:
        return right in RIGHTS[Role(role)]
    except ValueError:
        return False


def who_may(right: Right) -> tuple[str, ...]:
    """Return the roles that have the right."""
    return tuple(role.value for role in Role if right in RIGHTS[role])


def rights_table() -> str:
    """Return the table as Markdown, as the documentation shows it."""
    head = "| may | " + " | ".join(role.value for role in Role) + " |\n|---|" + "---|" * len(Role)
    rows = [
        f"| {MEANING[right]} | " + " | ".join("yes" if right in RIGHTS[role] else "–" for role in Role) + " |"
        for right in Right
    ]
    return "\n".join([head, *rows, "| revoke a laptop | " + " | ".join(_revokes(role) for role in Role) + " |"])


def _revokes(role: Role) -> str:
    return "yes" if role in MAY_REVOKE else "–"
