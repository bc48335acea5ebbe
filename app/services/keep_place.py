"""Write down a place where the team meets people, change it, close it and open it again."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.clock import today
from app.domain.place_cycle import PLACE_KINDS
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Course
from app.models.organisation import Municipality, Place, Team
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class KeepPlace:
    """A place as it shall stand; without `place_id` a new one. The team of a place that is there stays what it is.

    Without a municipality it lies in the team's own. With `closed_on` nobody makes courses there any more.
    """

    name: str
    kind: str
    team_id: str = ""
    municipality_id: str = ""
    address: str = ""
    note: str = ""
    closed_on: date | None = None
    place_id: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceKept:
    """What was written."""

    place_id: str
    changed: ChangeSet


def keep_place(command: KeepPlace, *, work: UnitOfWork) -> PlaceKept:
    """Write the place.

    Raises RuleRefusal with the field: "place-needs-name", "name-too-long", "unknown-answer", "no-such-team",
    "no-such-place", "place-exists" (an open place of the team has the name), "future-date", or "place-has-courses".
    """
    name = " ".join(command.name.split())
    if not name:
        raise RuleRefusal("place-needs-name", field="name")
    if len(name) > LONGEST_NAME:
        raise RuleRefusal("name-too-long", field="name", longest=LONGEST_NAME)
    place = work.session.get(Place, command.place_id) if command.place_id else None
    if command.place_id and place is None:
        raise RuleRefusal("no-such-place", field="name")
    if command.kind not in PLACE_KINDS and (place is None or place.kind != command.kind):
        raise RuleRefusal("unknown-answer", field="kind")
    team = work.session.get(Team, place.team_id if place is not None else command.team_id)
    if team is None:
        raise RuleRefusal("no-such-team", field="team_id")
    municipality_id = command.municipality_id or (place.municipality_id if place else team.municipality_id)
    if work.session.get(Municipality, municipality_id) is None:
        raise RuleRefusal("unknown-answer", field="municipality_id")
    _check_name(name, team.id, command.place_id, work=work)
    if command.closed_on is not None:
        _check_closing(command.closed_on, command.place_id, work=work)
    if place is None:
        place = Place(
            id=new_id(work.clock), team_id=team.id, municipality_id=municipality_id, name=name, kind=command.kind
        )
        work.session.add(place)
    place.name = name
    place.kind = command.kind
    place.municipality_id = municipality_id
    place.address = " ".join(command.address.split())
    place.note = command.note.strip()
    place.closed_on = command.closed_on
    return PlaceKept(place.id, work.commit())


def _check_name(name: str, team_id: str, place_id: str | None, *, work: UnitOfWork) -> None:
    others = select(Place).where(Place.team_id == team_id, Place.closed_on.is_(None))
    # Compared here and not in the query: SQLite's own lower() leaves Æ, Ø and Å as they are.
    if any(other.id != place_id and other.name.casefold() == name.casefold() for other in work.session.scalars(others)):
        raise RuleRefusal("place-exists", field="name")


def _check_closing(closed_on: date, place_id: str | None, *, work: UnitOfWork) -> None:
    if closed_on > today(work.clock):
        raise RuleRefusal("future-date", field="closed_on")
    running = select(Course.title).where(Course.place_id == place_id, Course.state == "running").order_by(Course.title)
    titles = work.session.scalars(running).all()
    if titles:
        raise RuleRefusal("place-has-courses", field="closed_on", courses=", ".join(titles))
