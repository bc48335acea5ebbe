"""Two rows turn out to be one person: the duplicate points at the one that is kept, and nothing is rewritten.

Facts stay where they were recorded, and queries read both as one. Both get the teams of both, so that every laptop
concerned holds the whole story. Who is on one course with both is on it once, see :mod:`app.services.join_parts`, and
whoever referred one of them hears how it goes with the other. What the kept one took, which teams were added, which
part goes on, by which referral, and why one that was over had been closed is remembered, so that undoing takes back
exactly that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from app.clock import today
from app.domain.checks import Block
from app.errors import RuleRefusal
from app.ids import natural_id
from app.models.person import Membership, Person
from app.services.join_parts import join_parts, part_again
from app.services.override_rule import override_blocks
from app.services.settle_referral import bring_to_courses, part_from_referrals
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.same_person import rows_of

MERGE_RULE: Final = "merge_same_identifier"
"""What is overridden where two people of different numbers are joined."""
MAY_TAKE = (
    "given_name", "family_name", "nickname", "identifier", "birth_date", "sex", "phone", "email", "address", "language",
    "residence_municipality_id", "preferred_contact", "may_text", "gp_name", "gp_number",
)  # fmt: skip
"""Details that the kept person takes over where they have none; an identifier brings its kind."""


@dataclass(frozen=True, slots=True)
class MergePeople:
    """Who is kept and who turned out to be the same; a reason is needed where their numbers differ."""

    kept_id: str
    duplicate_id: str
    reason: str = ""


def merge_people(command: MergePeople, *, work: UnitOfWork) -> ChangeSet:
    """Point the duplicate at the one that is kept.

    Raises RuleRefusal "no-such-person", "same-person", "already-merged", or "merge-other-identifier" (a block that a
    reason overrides).
    """
    kept, duplicate = (work.session.get(Person, key) for key in (command.kept_id, command.duplicate_id))
    if kept is None or duplicate is None:
        raise RuleRefusal("no-such-person")
    if kept.id == duplicate.id:
        raise RuleRefusal("same-person")
    if kept.merged_into_id or duplicate.merged_into_id:
        raise RuleRefusal("already-merged")
    found = []
    if kept.identifier and duplicate.identifier and kept.identifier != duplicate.identifier:
        found.append(Block("merge-other-identifier", MERGE_RULE, "", "reason"))
    override_blocks(
        found,
        reason=command.reason,
        person_id=kept.id,
        subject_entity="person",
        subject_id=duplicate.id,
        work=work,
    )
    took = [name for name in MAY_TAKE if getattr(duplicate, name) and not getattr(kept, name)]
    for name in took:
        setattr(kept, name, getattr(duplicate, name))
    if "identifier" in took:
        kept.identifier_kind = duplicate.identifier_kind
    own, theirs = _rows(kept, work=work), _rows(duplicate, work=work)
    _join_teams([*own, *theirs], work=work)
    took += join_parts(kept, duplicate, by=work.actor, work=work)
    took += bring_to_courses(own, theirs, work=work)
    # In one change, last: what another laptop made of the two is decided about both together.
    duplicate.merged_into_id, duplicate.merge_took = kept.id, took
    return work.commit()


def unmerge_people(duplicate_id: str, *, work: UnitOfWork) -> ChangeSet:
    """Take the merging back: the two are two again, with what each had.

    A detail that was changed since stays as it is. Raises RuleRefusal "no-such-person" or "not-merged".
    """
    duplicate = work.session.get(Person, duplicate_id)
    if duplicate is None:
        raise RuleRefusal("no-such-person")
    kept = work.session.get(Person, duplicate.merged_into_id) if duplicate.merged_into_id else None
    if kept is None:
        raise RuleRefusal("not-merged")
    took = duplicate.merge_took or ()
    _give_back(kept, duplicate, took)
    duplicate.merged_into_id = None
    duplicate.merge_took = None
    work.session.flush()
    own, theirs = _rows(kept, work=work), _rows(duplicate, work=work)
    part_again(own, theirs, took, work=work)
    part_from_referrals(took, work=work)
    _leave_teams(own, of=theirs, work=work)
    _leave_teams(theirs, of=own, work=work)
    # A team that both sides had still has all rows of its own side.
    _join_teams(own, work=work)
    _join_teams(theirs, work=work)
    return work.commit()


def _give_back(kept: Person, duplicate: Person, took: Collection[str]) -> None:
    for name in took:
        if name not in MAY_TAKE or getattr(kept, name) != getattr(duplicate, name):
            continue
        empty = None if name in ("birth_date", "residence_municipality_id") else ""
        setattr(kept, name, empty)
        if name == "identifier":
            kept.identifier_kind = "none"


def _memberships(person_id: str, *, work: UnitOfWork) -> list[Membership]:
    return list(work.session.scalars(select(Membership).where(Membership.person_id == person_id)))


def _rows(person: Person, *, work: UnitOfWork) -> list[str]:
    """Return every row of the person that this laptop has: who was two before may now turn out to be three."""
    return [row_id for row_id in rows_of(work.session, person.id) if work.session.get(Person, row_id) is not None]


def _join_teams(row_ids: Sequence[str], *, work: UnitOfWork) -> None:
    """Give every row the teams that any of them is in by itself; `merged_with_id` says by which."""
    memberships = {row_id: _memberships(row_id, work=work) for row_id in row_ids}
    reasons = {
        theirs.team_id: row_id
        for row_id in row_ids
        for theirs in memberships[row_id]
        if theirs.left_on is None and theirs.merged_with_id is None
    }
    for row_id in row_ids:
        own = {membership.team_id: membership for membership in memberships[row_id]}
        for team_id, reason in reasons.items():
            mine = own.get(team_id)
            if mine is not None and mine.left_on is None:
                continue
            if mine is None:
                mine = Membership(
                    id=natural_id("membership", row_id, team_id),
                    person_id=row_id,
                    team_id=team_id,
                    joined_on=today(work.clock),
                )
                work.session.add(mine)
            mine.left_on = None
            mine.merged_with_id = reason


def _leave_teams(row_ids: Collection[str], *, of: Collection[str], work: UnitOfWork) -> None:
    for row_id in row_ids:
        for membership in _memberships(row_id, work=work):
            if membership.merged_with_id in of:
                membership.left_on = today(work.clock)
                membership.merged_with_id = None
