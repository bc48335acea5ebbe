"""The one door: what leaves the program in clear text, on paper, in a file or by the clipboard, is let out here.

The access log knows of it first: where the log cannot be written, nothing leaves. Only this module writes such files,
and only `app/ui/door.py` prints; a test reads the code for any other way. Sealed files (backups, envelopes) are not let
out: they tell nobody anything.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.access_chain import Action
from app.domain.roles import Right
from app.errors import KnownProblem
from app.services.citizens_rights import require
from app.storage.access_log import Access
from app.storage.engine import UnitOfWork
from app.whole_file import replace_whole

_READABLE: Final = 0o666
"""By whomever the system lets read a new file of this user's."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves, as the access log calls it, and about whom; None is what concerns no one person."""

    what: str
    person_ids: tuple[str | None, ...] = (None,)
    right: Right | None = None
    """What whoever lets it out must be allowed to do."""


def note_leaving(leaving: Leaving, action: Action, *, work: UnitOfWork) -> None:
    """Write into the access log that something is about to leave; RuleRefusal "not-your-right" where it may not."""
    if leaving.right is not None:
        require(work, leaving.right)
    for person_id in leaving.person_ids:
        work.log(Access(action, person_id, leaving.what))
    work.commit()


def write_out(path: Path, content: bytes) -> None:
    """Write what was noted to a file that anybody can read: whole, or an older one of that name is as it was.

    Raises KnownProblem "not-written" where it cannot be.
    """
    # Through a link the file is written that it stands for.
    whole = path.resolve()
    try:
        if whole.exists() and not whole.is_file():
            raise IsADirectoryError  # or a device, which would be replaced
        replace_whole(whole, content, mode=_READABLE)
    except OSError as problem:
        raise KnownProblem("not-written", file=path.name) from problem
