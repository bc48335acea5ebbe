"""Numbered SQL files, applied once each, in one transaction each, by one server at a time."""

from importlib import resources

import psycopg

_LOCK = 0x70757374


class NewerSchema(RuntimeError):
    """The database was written by a newer server than this one; an older one must not touch it."""


class HalfMigrated(RuntimeError):
    """Steps are missing in the middle: nobody can know what this database is, so nothing touches it."""


def known_migrations() -> list[tuple[int, str]]:
    """Return number and SQL of every migration that this server knows, in order."""
    files = [file for file in resources.files("server").joinpath("migrations").iterdir() if file.name.endswith(".sql")]
    return sorted((int(file.name.split("_", 1)[0]), file.read_text(encoding="utf-8")) for file in files)


def migrate(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Bring the schema up to date and return its version; raise :class:`NewerSchema` where it is ahead of us."""
    known = known_migrations()
    connection.autocommit = True
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        # Asked first: a role with the least rights may read the tables and make none.
        if connection.execute("SELECT to_regclass('schema_version')").fetchone() == (None,):
            connection.execute(
                "CREATE TABLE schema_version"
                " (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
        found = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
        version = int(str(found[0])) if found else 0
        if version > known[-1][0]:
            raise NewerSchema(f"the database has schema {version}, this server knows {known[-1][0]}")
        applied = [
            int(str(number)) for (number,) in connection.execute("SELECT version FROM schema_version ORDER BY 1")
        ]
        if applied != list(range(1, version + 1)):
            raise HalfMigrated(f"the database lacks steps between 1 and {version}; restore a backup of it")
        for number, statements in known:
            if number > version:
                with connection.transaction():
                    connection.execute(statements.encode())
                    connection.execute("INSERT INTO schema_version (version) VALUES (%s)", (number,))
                version = number
        return version
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
