"""The local store's schema, step by step and forward only (going back is restoring a backup)."""

from pathlib import Path

from sqlalchemy import Engine

from app.errors import KnownProblem

NEWEST = "0030"
"""The newest step, known without importing Alembic: an up-to-date store opens a quarter of a second sooner."""


def upgrade(engine: Engine, current: str | None = None) -> None:
    """Bring the store from the step that it is at to the newest, in one transaction; with None Alembic looks itself.

    Raises KnownProblem("newer-store") where it is ahead of us.
    """
    if current == NEWEST:
        return
    if current is not None and current > NEWEST:
        raise KnownProblem("newer-store")
    from alembic import command  # noqa: PLC0415 - only where there is something to do
    from alembic.config import Config  # noqa: PLC0415

    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, NEWEST)
