"""What laptops ask goes by indexes: no plan that the server keeps may read a whole table that grows."""

import re

from app.sync.wire.messages import LookRequest, Operation, PullRequest
from server.accounts import meet
from server.database import open_pool
from server.log_chain import stored_log
from server.look import page_and_receipt
from server.pull import pull
from server.push import push
from tests.server.laptops import AT, Cooperation, new_id

GROWING = re.compile(r'Seq Scan on ("row"|change|tally|departure|member|team_tally)\b')


def test_no_plan_that_is_kept_reads_a_whole_table(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    with open_pool(cooperation.server.about["database_url"]) as pool, pool.connection() as connection:
        asker, identity = meet(connection, mette.account.token)
        person_id, changes = mette.person()
        push(connection, asker, identity, changes)
        note = mette.change("person", person_id, {"note": "x"}, operation=Operation.UPDATE, base=2)
        consent = {"person_id": person_id, "corrects_id": new_id()}
        correction = mette.change("consent", new_id(), consent)
        for _ in range(2):
            push(connection, asker, identity, [note])
            push(connection, asker, identity, [correction])
        reader, _ = meet(connection, jens.account.token)
        request = LookRequest(
            database_id=jens.database_id, server_id=identity.server_id, epoch=identity.epoch, schema=2, time=AT,
            cursor=1, through_sequence=0,
        )  # fmt: skip
        assert page_and_receipt(connection, reader, identity, request, newest=4)[1] is not None
        assert pull(connection, reader, identity, PullRequest(database_id=jens.database_id, cursor=1)).rows
        kept = connection.execute("SELECT statement FROM pg_prepared_statements").fetchall()
        assert len(kept) > 10
        for (statement,) in kept:
            if "pg_prepared_statements" not in statement:
                plan = connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement}", prepare=False)
                assert not [line for (line,) in plan if GROWING.search(line)], statement


def test_a_laptops_log_is_found_among_the_logs_of_all_laptops(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    with open_pool(cooperation.server.about["database_url"]) as pool, pool.connection() as connection:
        asker, _ = meet(connection, mette.account.token)
        assert stored_log(connection, asker) == []
        kept = connection.execute("SELECT statement FROM pg_prepared_statements").fetchall()
        (statement,) = [one for (one,) in kept if "'access_log'" in one]
        plan = connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement}", prepare=False).fetchall()
    assert any("log_of_a_laptop" in line for (line,) in plan)


def test_no_plan_is_translated_into_the_machines_language(cooperation: Cooperation) -> None:
    with open_pool(cooperation.server.about["database_url"]) as pool, pool.connection() as connection:
        assert connection.execute("SHOW jit").fetchone() == ("off",)
