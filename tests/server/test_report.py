"""The server prints the same figures as a laptop that holds the same rows."""

import json
from datetime import date

from app.domain.reports.as_of import end_of
from app.domain.reports.everything import NAMES, Question, report
from app.domain.reports.from_rows import facts_from_rows
from app.domain.reports.plain import as_csv, as_document, as_json, from_json
from app.domain.reports.suppression import for_outside
from app.i18n import in_language
from invented import accounts, rows
from server.invention import load_invented
from server.report import reported
from tests.server.laptops import ServerProcess

TODAY = date(2026, 11, 24)
SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


def test_the_servers_figures_are_those_of_the_rows_it_holds(server: ServerProcess) -> None:
    with server.connect() as connection:
        load_invented(connection, 7, 1, today=TODAY)
        with in_language("en"):
            name, made = reported(
                connection,
                "all",
                since=SINCE,
                until=UNTIL,
                today=TODAY,
                cooperation_id=accounts(7).cooperation_id,
            )
    assert name == accounts(7).cooperation_name
    facts = facts_from_rows(rows(7, today=TODAY))
    question = Question(since=SINCE, until=UNTIL, today=TODAY)
    with in_language("en"):
        wanted = [for_outside(report(one, facts, question)) for one in NAMES]
    assert [as_json(one) for one in made] == [as_json(one) for one in wanted]
    assert all(check.holds for one in made for check in one.checks)
    content = json.loads(json.dumps(as_document(name, made)))
    assert [as_json(from_json(one)) for one in content["reports"]] == content["reports"]
    assert as_csv(*made).startswith(b"\xef\xbb\xbf")


def test_a_row_that_was_changed_later_is_reported_as_it_was_on_the_day(server: ServerProcess) -> None:
    known = accounts(7)

    def told(connection, as_of):
        with in_language("en"):
            question = {"since": SINCE, "until": UNTIL, "today": TODAY, "cooperation_id": known.cooperation_id}
            return [as_json(one) for one in reported(connection, "indicators", as_of=as_of, **question)[1]]

    with server.connect() as connection:
        load_invented(connection, 7, 1, today=TODAY)
        then = told(connection, end_of(TODAY))
        changed = connection.execute(
            'UPDATE row SET fields = (fields::jsonb || \'{"concept": "Another"}\')::json WHERE cooperation_id = %s'
            " AND entity = 'course' RETURNING row_id",
            (known.cooperation_id,),
        ).fetchall()
        concepts = {key: fields["concept"] for entity, key, fields in rows(7, today=TODAY) if entity == "course"}
        for number, (row_id,) in enumerate(changed, start=1):
            connection.execute(
                "INSERT INTO change (change_id, cooperation_id, position, device_id, sequence, entity, row_id,"
                " operation, base, actor, device_time, received_at, outcome, code, before)"
                " VALUES (gen_random_uuid(), %(coop)s, %(n)s, %(row)s, %(n)s, 'course', %(row)s, 'update', 0, %(row)s,"
                " '2026-11-26T09:00:00Z', now(), 'applied', '', %(before)s)",
                {
                    "coop": known.cooperation_id,
                    "n": number,
                    "row": row_id,
                    "before": json.dumps({"concept": concepts[str(row_id)]}),
                },
            )
        assert told(connection, end_of(TODAY)) == then
        assert told(connection, None) != then
        connection.rollback()
