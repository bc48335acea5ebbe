"""The questions of the first screen, rehearsed on an empty store while the passphrase is being typed.

Nothing of a store is needed for it, and nothing is kept but the words: see :mod:`app.storage.compiled`.
"""

from datetime import date

from sqlalchemy import select

from app.models.base import Base
from app.models.local import Device
from app.models.organisation import User
from app.storage.all_rows import all_rows
from app.storage.compiled import rehearse
from app.storage.engine import Reading
from app.storage.queries.inbox import count_open
from app.storage.queries.task_follow_ups import questions_about_the_due, questions_about_the_open
from app.storage.queries.task_medicines import questions_about_takers, questions_of_late
from app.storage.queries.task_papers import unwritten_of_some
from app.storage.queries.task_team import contacts_of_places
from app.storage.queries.task_waiting import on_their_own
from app.storage.queries.tasks import due_and_papers, whom_to_reach
from app.storage.queries.today import day
from app.storage.queries.unsent import sync_state

_SOME_DAY = date(2000, 1, 3)
_NOBODY = "[]"


def rehearse_first_screen() -> None:
    """Put into words what is asked when a store is opened and Today is shown."""
    rehearse(Base.metadata.create_all, ask_first_screen)


def ask_first_screen(reading: Reading) -> None:
    """Ask everything that opening and Today ask, those questions too that an empty store gives no reason for."""
    reading.scalars(select(Device)).one_or_none()
    reading.get(User, "")
    day(reading, today=_SOME_DAY)
    count_open(reading)
    list(due_and_papers(reading, today=_SOME_DAY))
    sync_state(reading, named=False)
    connection = reading.connection()
    about_people = (*questions_about_takers(), *questions_about_the_due(), *questions_about_the_open())
    for question in (*about_people, whom_to_reach()):
        all_rows(connection, question, {"people": _NOBODY})
    for question in (*questions_of_late(), unwritten_of_some()):
        all_rows(connection, question, {"people": _NOBODY, "since": _SOME_DAY})
    all_rows(connection, contacts_of_places(), {"places": _NOBODY})
    all_rows(connection, on_their_own(), {"versions": _NOBODY})
