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


def test_the_stock_that_waited_for_a_counsellor_is_in_the_bag_of_the_first_laptop_and_no_other(
    server: ServerProcess, cooperation: Cooperation
) -> None:
    team_id = new_id()
    mette = Somebody("Mette Holm", "counsellor", [team_id])
    accounts = Accounts([mette, Somebody("Ali", "counsellor", [team_id])])
    stock = {"product": "gum-2", "quantity": 9, "kind": "packed", "recorded_by": mette.id}
    rows = [("team", team_id, {"name": "Nord"}), ("stock_movement", new_id(), stock)]
    with server.connect() as connection:
        load_cooperation(connection, accounts, lambda: rows)
    cooperation.users |= {"mette-bag": mette.id, "ali-bag": accounts.users[1].id}
    held = [
        [row.fields["quantity"] for row in cooperation.laptop(name).pull() if row.entity == "stock_movement"]
        for name in ("ali-bag", "mette-bag", "mette-bag")
    ]
    assert held == [[], [9], []]
