"""What a synchronisation says while it runs and at its end, and who reports in along with it."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session

from app.storage.change_set import ChangeSet
from app.sync.apply import UnreadableRow
from app.sync.wire.messages import Receipt, StandingReply


class SyncStep(StrEnum):
    """Where a synchronisation is."""

    HELLO = "hello"
    PUSH = "push"
    PULL = "pull"
    REPAIR = "repair"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """A step and how many changes or rows it has come to, of how many where that is known (else 0)."""

    step: SyncStep
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one synchronisation did, and what it left.

    `sent` changes were taken by the server now (`conflicts` of them beside somebody else's), `received` rows changed
    here. `refused` changes lie in quarantine, also from before; `remaining` still wait. `clock_ahead` is how far this
    laptop's clock runs ahead of the server's. `receipt` is None where the server's count does not add up. `removed`
    rows left this laptop's scope and disk, `repaired` rows differed and were put right, `differing` tables still do.
    `handed_in` envelopes of colleagues were delivered.
    """

    sent: int
    received: int
    refused: int
    conflicts: int
    remaining: int
    receipt: Receipt | None
    unreadable: tuple[UnreadableRow, ...] = ()
    changed: ChangeSet = field(default_factory=ChangeSet)
    clock_ahead: timedelta = timedelta()
    removed: int = 0
    repaired: int = 0
    differing: tuple[str, ...] = ()
    handed_in: int = 0

    @property
    def is_safe(self) -> bool:
        """Whether nothing is left only on this laptop: what green means."""
        return self.receipt is not None and self.remaining == 0 and self.refused == 0


class Reporting(Protocol):
    """Reports in on the way: what goes along with the question, and where the server's word is written down."""

    sealed_help: str

    def take(self, session: Session, reply: StandingReply) -> None:
        """Write down what the server said; the caller commits."""
        ...
