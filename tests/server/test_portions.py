"""A batch is written in parts while the rest of it is decided: what comes of it is as if it had been done at once."""

import random
import re
from itertools import pairwise
from typing import Any

import pytest

from app.sync.wire.messages import Answer, Change, Operation, answers_of
from server import push as pushing
from server.accounts import meet
from server.database import open_pool
from server.push import push
from tests.server.laptops import Cooperation, Laptop, new_id

FIELDS = ("name", "note", "address")


def _batch(laptop: Laptop, places: list[str], team_id: str, *, base: int, seed: int) -> list[Change]:
    """Rows made, edited, deleted and made again, many of them several times, some of them long before."""
    chance = random.Random(seed)
    changes = []
    for number in range(24):
        row_id, said = chance.choice(places), f"{seed} {number}"
        operation = chance.choice([Operation.INSERT, Operation.UPDATE, Operation.UPDATE, Operation.DELETE])
        fields = {"team_id": team_id, **dict.fromkeys(FIELDS, said)} if operation is Operation.INSERT else {}
        if operation is Operation.UPDATE:
            fields = dict.fromkeys(chance.sample(FIELDS, chance.randint(1, 2)), said)
        changes.append(laptop.change("place", row_id, fields, operation=operation, base=base))
    return changes


def _told(cooperation: Cooperation, size: int | None, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Push the same batches in parts of this size, or whole, and return answers, rows, changes and tallies."""
    if size is not None:
        monkeypatch.setattr(pushing, "FIRST_PORTION", size)
        monkeypatch.setattr(pushing, "LARGEST_PORTION", size)
    laptops = [cooperation.laptop(user) for user in ("mette", "jens")]
    places = [new_id() for _ in range(9)]
    told: list[Any] = []
    with open_pool(cooperation.server.about["database_url"]) as pool, pool.connection() as connection:
        for seed in range(12):
            laptop = laptops[seed % 2]
            asker, identity = meet(connection, laptop.account.token)
            # Each has seen a part of what the other one did.
            batch = _batch(laptop, places, cooperation.north, base=max(0, 20 * seed - 15), seed=seed)
            answers = answers_of(push(connection, asker, identity, batch))
            told.append([(one.outcome, one.position, one.code) for one in answers])
            _holds_together(answers)
        rows = connection.execute(
            "SELECT position, row_id, fields, versions, deleted, entity FROM row WHERE cooperation_id = %s"
            " ORDER BY position",
            (cooperation.id,),
        ).fetchall()
        changes = connection.execute(
            "SELECT sequence, position, row_id, fields, before, outcome, code FROM change WHERE cooperation_id = %s"
            " ORDER BY device_id = %s, sequence",
            (cooperation.id, laptops[0].account.device_id),
        ).fetchall()
        tallies = connection.execute(
            "SELECT entity, rows FROM tally WHERE cooperation_id = %s ORDER BY entity, rows", (cooperation.id,)
        ).fetchall()
    return [*told, *_numbered(rows, changes, tallies)]


def _holds_together(answers: list[Answer]) -> None:
    taken = sorted(one.position for one in answers if one.position)
    assert all(first < second for first, second in pairwise(taken))


def _numbered(*found: Any) -> list[str]:
    """Return what was found with a number for each identifier: they are others each time."""
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"#{len(numbers)}")

    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", number, "\n".join(map(repr, found))).split("\n")


def test_a_batch_that_is_written_in_parts_comes_out_as_one_that_is_written_whole(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for size in (None, 1, 5):
        with server.connect() as connection:
            cooperation = Cooperation.make(connection, server)
        told.append(_told(cooperation, size, monkeypatch))
    whole, *parts = told
    assert "conflict" in repr(whole)
    assert "merged" in repr(whole)
    for part in parts:
        assert part == whole
