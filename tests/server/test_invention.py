"""An invented cooperation is loaded once, as rows that the server itself made."""

from dataclasses import dataclass, field

from app.sync.wire.messages import Outcome
from server.invention import load_cooperation
from tests.server.laptops import Cooperation, ServerProcess, new_id


@dataclass
class Somebody:
    name: str
    role: str
    team_ids: list[str]
    id: str = field(default_factory=new_id)


@dataclass
class Accounts:
    users: list[Somebody]
    cooperation_id: str = field(default_factory=new_id)
    cooperation_name: str = "Opfundet"


def test_what_was_invented_is_pulled_and_changed_like_any_row(server: ServerProcess, cooperation: Cooperation) -> None:
    team_id, person_id = new_id(), new_id()
    accounts = Accounts([Somebody("Ali", "counsellor", []), Somebody("Mette Holm", "counsellor", [team_id])])
    rows = [
        ("team", team_id, {"name": "Nord"}),
        ("person", person_id, {"person_id": person_id, "note": ""}),
        ("membership", new_id(), {"person_id": person_id, "team_id": team_id, "left_on": None}),
    ]
    with server.connect() as connection:
        for _ in range(2):
            chosen = load_cooperation(connection, accounts, lambda: rows)
    assert chosen == accounts.users[1].id
    cooperation.users["invented"] = chosen
    laptop = cooperation.laptop("invented")
    assert [(row.entity, row.position) for row in laptop.pull()] == [("team", 1), ("person", 2), ("membership", 3)]
    answers = laptop.push(laptop.update("person", person_id, {"note": "seen"}))
    assert (answers[0].outcome, answers[0].position) == (Outcome.APPLIED, 4)
