"""Who is asking, and which rows they may see: the rule of :mod:`app.sync.wire.entities` as SQL.

Reading: a counsellor's laptop sees what belongs to its teams now. A membership is also shown to the team that it names
after somebody has left, because that is how a laptop learns that a person has left its scope.
Coordinators see the whole cooperation.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from app.domain.roles import RIGHTS, Right, Role, may
from app.sync.wire.entities import ENTITIES, Scope

COORDINATOR = Role.COORDINATOR.value
WRITING_ROLES = frozenset(role.value for role in Role if Right.WRITE_RECORDS in RIGHTS[role])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """An enrolled device and the user it belongs to, as the token says."""

    device_id: str
    database_id: str
    user_id: str
    cooperation_id: str
    role: str
    team_ids: frozenset[str]
    role_before: str = ""
    """The role that the user had until lately: what was recorded in it is still taken, nothing is handed out."""
    teams_before: frozenset[str] = frozenset()
    """Teams that the user saw until lately, left since or shown by `role_before` alone: likewise."""
    turn: str = ""
    turn_before: str = ""
    is_turn_used: bool = False
    position: int = 0
    """How far the cooperation's order had come when the device asked."""
    whole_through: int = 0
    """Through which number the server remembers that it has all of the device's changes."""
    is_late: bool = False
    """Whether the device itself no longer has access, and its changes came by somebody else."""

    @property
    def scope(self) -> str:
        """A short name for what may be seen; it changes with teams and role."""
        return hashlib.sha256("\x1f".join((self.role, *sorted(self.team_ids))).encode()).hexdigest()[:16]

    @property
    def sees_everything(self) -> bool:
        """Whether the whole cooperation is in scope."""
        return may(self.role, Right.SEE_COOPERATION)

    @property
    def saw_everything(self) -> bool:
        """Whether the whole cooperation is in scope, or was until lately."""
        return self.sees_everything or may(self.role_before, Right.SEE_COOPERATION)

    @property
    def teams_ever(self) -> frozenset[str]:
        """The teams whose people and places are in scope, or were until lately."""
        return self.team_ids | self.teams_before

    @property
    def sees_whole_log(self) -> bool:
        """Whether the access log of every laptop is in scope."""
        return may(self.role, Right.SEE_WHOLE_LOG)


def teams_seen(role: str, teams: list[str]) -> list[str]:
    """Return those of a user's teams whose people and places the role may see: all, or none."""
    return teams if may(role, Right.SEE_OWN_TEAMS) else []


def names(scope: Scope) -> str:
    """Return the entities of a scope as a list in SQL; the names are ours."""
    return ", ".join(f"'{entity.name}'" for entity in ENTITIES.values() if entity.scope is scope)


ACTIVE_PEOPLE = """
SELECT person_id FROM member
WHERE cooperation_id = %(cooperation)s AND team_id = ANY(%(teams)s::uuid[]) AND is_active
"""

EVERYTHING = "TRUE"


def _of_the_teams(is_of_theirs: str) -> str:
    return f"""(
    entity IN ({names(Scope.COOPERATION)})
    OR (entity IN ({names(Scope.TEAM)}) AND team_id = ANY(%(teams)s::uuid[]))
    OR (entity IN ({names(Scope.PERSON)}) AND {is_of_theirs})
    OR (entity = 'membership' AND team_id = ANY(%(teams)s::uuid[]))
    OR (entity = 'conflict' AND person_id IS NULL AND team_id = ANY(%(teams)s::uuid[]))
    OR (entity IN ({names(Scope.DEVICE)}) AND device_id = %(device)s)
)"""


_OF_THE_TEAMS = _of_the_teams(f"person_id IN ({ACTIVE_PEOPLE})")


def condition(asker: Asker, *, among: str = "") -> str:
    """Return the SQL condition on `row` that holds for the rows the asker may see.

    Its parameters come from :func:`parameters`. Where it is asked `among` a few rows, named so, each one's person is
    looked up, instead of reading first who all the people are.
    """
    if asker.sees_everything:
        return EVERYTHING
    of_the_teams = _of_the_teams(_IS_ACTIVE.format(rows=among)) if among else _OF_THE_TEAMS
    return f"({of_the_teams} OR entity = 'access_log')" if asker.sees_whole_log else of_the_teams


_IS_ACTIVE = """(
    SELECT true FROM member WHERE member.cooperation_id = %(cooperation)s AND member.person_id = {rows}.person_id
    AND member.team_id = ANY(%(teams)s::uuid[]) AND is_active LIMIT 1
)"""


def parameters(asker: Asker) -> dict[str, Any]:
    """Return the parameters of :func:`condition`."""
    return {"cooperation": asker.cooperation_id, "device": asker.device_id, "teams": sorted(asker.team_ids)}
