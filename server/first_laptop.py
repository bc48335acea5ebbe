"""What was written down for a user before they had a laptop becomes that of the first one: the bag they begin with.

Stock belongs to the laptop that recorded it. What the server has from nobody's laptop, such as the stock of an
invented counsellor, names only who recorded it.
"""

from server.database import Connection
from server.rows import STORED, read_row
from server.tally import Tallies, standing_of

_BAG = "stock_movement"


def give_what_waited(connection: Connection, *, cooperation_id: str, user_id: str, device_id: str) -> None:
    """Give a new laptop the rows that waited for it, and count them as its own; within the transaction under way."""
    found = connection.execute(
        f"SELECT {STORED} FROM row WHERE cooperation_id = %s AND entity = %s AND device_id IS NULL"  # noqa: S608 - names of ours
        " AND fields ->> 'recorded_by' = %s AND NOT deleted FOR UPDATE",
        (cooperation_id, _BAG, user_id),
    ).fetchall()
    if not found:
        return
    tallies = Tallies()
    for values in found:
        row = read_row(values)
        tallies.take(standing_of(row))
        row.device_id = device_id
        tallies.add(standing_of(row))
    tallies.write(connection, cooperation_id)
    connection.execute(
        "UPDATE row SET device_id = %s WHERE cooperation_id = %s AND entity = %s AND device_id IS NULL"
        " AND fields ->> 'recorded_by' = %s AND NOT deleted",
        (device_id, cooperation_id, _BAG, user_id),
    )
