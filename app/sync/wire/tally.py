"""Counts and a sum for each table, so that two stores find out in a few bytes whether they hold the same rows.

The sum is made of one mark for each row, so it can be kept up to date by adding and taking away, on both sides and in
SQL. It finds accidents, not forgeries: rows reach a laptop over TLS from a server that it knows.
"""

_POSITIONS = 2_147_483_647
_MARKS = 4_294_967_291


def mark_of(row_id: str, position: int) -> int:
    """Return a row's mark: the last four bytes of its id times its position, within 32 bits."""
    return int(row_id[-8:], 16) * (position % _POSITIONS) % _MARKS


MARK_IN_SQL = f"mod(('x' || right(row_id::text, 8))::bit(32)::bigint * mod(position, {_POSITIONS}), {_MARKS})"
"""The same as a PostgreSQL expression on columns `row_id` and `position`."""
