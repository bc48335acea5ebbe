"""What goes wrong between laptops and server, put on an invented laptop so that its screens can be seen.

Cards and refusals come from a server alone; no use case of the laptop makes them.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, update

from app.models.course import Attendance, Course
from app.models.local import Device, OutboxEntry
from app.models.organisation import Place, User
from app.models.person import Person
from app.models.smoking import Conflict
from app.storage.engine import Store

REFUSED = (("attendance", "no-such-row"), ("measurement", "person-erased"), ("handout", "unstorable"))
"""The first unsent change of each of these kinds, and why the server refused it."""


def let_two_differ(store: Store, person_id: str, *, at: str) -> None:
    """Let a colleague have written other values about somebody, and about the place where the person comes.

    `at` is when, as the server says it: "2026-11-24T09:00:00Z".
    """
    with store.session() as session:
        person = session.get(Person, person_id)
        came = session.scalars(select(Attendance).where(Attendance.person_id == person_id)).first()
        place = session.scalars(select(Place).order_by(Place.name)).first()
        course = session.scalars(select(Course).where(Course.state == "running").order_by(Course.title)).first()
        here = session.scalars(select(Device.user_id)).one()
        colleague = session.scalars(select(User.id).where(User.id != here).order_by(User.name)).first()
        assert person and came and place and course  # noqa: PT018, S101 - the invented cooperation has them
        cards: tuple[tuple[Any, str, str | None, str | None], ...] = (
            (person, "phone", "00 62 21 84", "00 62 21 48"),
            (came, "status", "present", "excused"),
            (
                person,
                "note",
                "Bor midlertidigt hos sin søster i Rødovre; ring først efter klokken ti, og læg ingen besked.",
                "Er flyttet tilbage på bostedet og træffes bedst i køkkenet om formiddagen.",
            ),
            (came, "deleted", "false", "true"),
            (place, "kind", place.kind, "herberg"),
            (course, "starts_on", "2026-10-20", "2026-10-27"),
        )
        for number, (row, field, standing, contender) in enumerate(cards, start=1):
            key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"card {number}"))
            session.add(
                Conflict(
                    id=key, person_id=getattr(row, "person_id", None), team_id=None, subject_entity=row.entity,
                    row_id=row.id, field=field, standing_value=standing, standing_actor=here,
                    contender_value=contender, contender_actor=colleague, contender_at=at, change_id=key,
                    server_position=number,
                )
            )  # fmt: skip
        session.commit()


def let_server_refuse(store: Store) -> None:
    """Let the server have refused one unsent change of each of :data:`REFUSED`."""
    with store.session() as session:
        for sequence, code in _first_of_each(session):
            session.execute(
                update(OutboxEntry).where(OutboxEntry.sequence == sequence).values(state="refused", code=code)
            )
        session.commit()


def _first_of_each(session: Any) -> Iterator[tuple[int, str]]:
    for entity, code in REFUSED:
        unsent = select(OutboxEntry.sequence).where(OutboxEntry.entity == entity, OutboxEntry.state == "pending")
        sequence = session.scalars(unsent.order_by(OutboxEntry.sequence)).first()
        if sequence is not None:
            yield sequence, code
