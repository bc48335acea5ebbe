"""A disk on which a store finds no more room."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.storage.engine import Store


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """Let the store have no page more than it has, in every connection that it makes meanwhile."""
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    store.engine.dispose()

    def no_more_pages(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(store.engine, "connect", no_more_pages)
    yield
    event.remove(store.engine, "connect", no_more_pages)
    store.engine.dispose()
