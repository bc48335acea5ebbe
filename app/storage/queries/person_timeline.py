"""What happened to one person, in the order of time: whatever was recorded of them, under whichever row it stands.

One statement asks every table. A dozen small ones through the object mapper took five times as long, and this is what
somebody waits for who opens a person's page.
"""

from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Final

from sqlalchemy import text

from app.clock import day_of
from app.storage.engine import Reading
from app.storage.one_person import ROWS_OF_ONE

# Every line: kind, id, what it corrects, whether it takes something back, when, text, two notes, two codes, an amount.
_MINE: Final = "person_id IN (SELECT id FROM own)"
_ALL: Final = text(f"""
{ROWS_OF_ONE}
SELECT 0 AS part, 'person' AS kind, id, NULL AS corrects_id, 0 AS taken_back, '' AS at, '' AS text, '' AS note,
       '' AS more, '' AS code, '' AS other, 0 AS amount FROM person WHERE id = :person
UNION ALL
SELECT 1, 'attendance', attendance.id, NULL, 0, session.held_on, status, small_step, attendance.note,
       CASE WHEN session.kind <> 'intake' THEN '' WHEN holds_counselling THEN 'counselling' ELSE 'none' END, '', 0
  FROM attendance JOIN session ON session.id = session_id WHERE attendance.{_MINE}
UNION ALL
SELECT 2, 'diploma', id, NULL, 0, issued_on, serial, '', '', '', '', 0 FROM diploma WHERE {_MINE}
UNION ALL
SELECT 3, 'handout', id, corrects_id, 0, handed_on, product, '', '', '', '', quantity FROM handout WHERE {_MINE}
UNION ALL
SELECT 4, 'stop_date', id, corrects_id, taken_back, stop_on, '', '', '', '', '', 1 FROM stop_date WHERE {_MINE}
UNION ALL
SELECT 5, 'relapse', id, corrects_id, taken_back, happened_on, '', note, '', '', '', 1 FROM relapse WHERE {_MINE}
UNION ALL
SELECT 6, 'contact', id, corrects_id, 0, attempted_at, purpose, note, '', channel, outcome, 0
  FROM contact_attempt WHERE {_MINE}
UNION ALL
SELECT 7, 'follow_up', id, corrects_id, 0, attempted_at, channel, note, '', result, '', 0
  FROM follow_up_attempt WHERE {_MINE}
UNION ALL
SELECT 8, 'consent', id, corrects_id, 0, answered_on, kind, note, '', answer, '', 0 FROM consent WHERE {_MINE}
UNION ALL
SELECT 9, 'voucher', id, corrects_id, 0, issued_on, number, '', '', '', '', value FROM voucher WHERE {_MINE}
UNION ALL
SELECT 10, 'voucher_used', id, corrects_id, 0, redeemed_on, voucher_id, pharmacy, '', '', '', amount
  FROM voucher_redemption WHERE {_MINE}
UNION ALL
SELECT 11, 'medicine_notice', id, corrects_id, taken_back, told_on,
       coalesce((SELECT name FROM medicine WHERE medicine.id = medicine_id), ''), told_whom, note, consent, "trigger", 0
  FROM medicine_notice WHERE {_MINE}
UNION ALL
SELECT 12, 'outcome', id, corrects_id, 0, assessed_on, time_point, note, '', smoke_free, missing_reason, 0
  FROM outcome WHERE {_MINE}
ORDER BY part, id
""")  # noqa: S608 - made of constants
_DAY: Final = len("2026-11-24")
_OF_AN_AMOUNT: Final = frozenset({"handout", "voucher", "voucher_used"})
_CODES: Final = {"attendance": 1, "contact": 2, "follow_up": 1, "consent": 1, "medicine_notice": 2, "outcome": 2}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline.

    `kind`: attendance, handout, stop_date, relapse, diploma, contact, follow_up, consent, voucher, voucher_used,
    medicine_notice or outcome. `text` says what of it: a product, a number, a code; `codes` how it went, of
    coming to an intake whether it held counselling ("counselling" or "none"); `amount` is money in øre.
    """

    on: date
    kind: str
    text: str
    note: str = ""
    codes: tuple[str, ...] = ()
    amount: int = 0


def person_timeline(reading: Reading, person_id: str) -> tuple[Event, ...] | None:
    """Return what happened, the newest first, or None where this laptop does not hold the person.

    What was corrected or taken back did not happen. Rows that were merged into the person are read with theirs.
    """
    rows = reading.connection().execute(_ALL, {"person": person_id}).all()
    if not rows or rows[0][1] != "person":
        return None
    corrected = {corrects_id for _part, _kind, _id, corrects_id, *_rest in rows if corrects_id}
    vouchers = {}
    events = []
    for _part, kind, key, _corrects, taken_back, at, said, note, more, code, other, amount in rows[1:]:
        if key in corrected or taken_back or (amount <= 0 and kind in _OF_AN_AMOUNT):
            continue
        if kind == "voucher":
            vouchers[key] = said
        events.append(
            Event(
                date.fromisoformat(at) if len(at) == _DAY else day_of(datetime.fromisoformat(at)),
                kind,
                vouchers.get(said, "") if kind == "voucher_used" else said,
                f"{note} · {more}" if note and more else note or more,
                (code, other)[: _CODES.get(kind, 0)],
                amount if kind in ("voucher", "voucher_used") else 0,
            )
        )
    events.sort(key=attrgetter("on"), reverse=True)
    return tuple(events)
