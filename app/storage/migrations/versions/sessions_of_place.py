"""An index of sessions by place and day, and the place of each course in the index of their names."""

from alembic import op

revision = "0020"
down_revision = "0019"

_NAMED = (
    "INSERT INTO course_index (rowid, name, place) "
    "SELECT key.number, pusterum_words(course.title || ' ' || place.name), replace(place.id, '-', '') "
    "FROM course JOIN place ON place.id = course.place_id JOIN course_index_key AS key ON key.course_id = course.id"
)


def upgrade() -> None:
    """Make the index of sessions, and the other anew with a column more; it is filled and kept as it was."""
    op.create_index(op.f("ix_session_place_id"), "session", ["place_id", "held_on"], unique=False)
    for trigger in ("course_indexed", "course_renamed", "place_indexed", "place_renamed"):
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE course_index")
    op.execute(
        "CREATE VIRTUAL TABLE course_index USING fts5(name, place, tokenize = 'unicode61 remove_diacritics 0', "
        "prefix = '1 2 3')"
    )
    _keep(
        "course_indexed AFTER INSERT ON course",
        "INSERT OR IGNORE INTO course_index_key (course_id) VALUES (new.id)",
        f"{_NAMED} WHERE course.id = new.id",
    )
    _keep(
        "course_renamed AFTER UPDATE OF title, place_id ON course",
        "DELETE FROM course_index WHERE rowid = (SELECT number FROM course_index_key WHERE course_id = old.id)",
        f"{_NAMED} WHERE course.id = new.id",
    )
    for when in ("place_indexed AFTER INSERT ON place", "place_renamed AFTER UPDATE OF name ON place"):
        _keep(
            when,
            "DELETE FROM course_index WHERE rowid IN (SELECT key.number FROM course "
            "JOIN course_index_key AS key ON key.course_id = course.id WHERE course.place_id = new.id)",
            f"{_NAMED} WHERE course.place_id = new.id",
        )
    op.execute(_NAMED)


def _keep(when: str, *statements: str) -> None:
    op.execute(f"CREATE TRIGGER {when} BEGIN {'; '.join(statements)}; END")
