"""The driver below SQLAlchemy, for statements that take less time than what SQLAlchemy does around them.

What it raises is its own: :func:`app.storage.engine.known_disk_problems` says it in our words.
"""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session


def driver_of(session: Session) -> Any:
    """Return the driver's connection in the transaction of a session."""
    bound = session.bind
    if isinstance(bound, Connection) and bound.in_transaction():
        return driver_on(bound)
    return driver_on(session.connection())


def driver_on(connection: Connection) -> Any:
    """Return the driver's connection on which this one is."""
    return connection.connection.driver_connection
