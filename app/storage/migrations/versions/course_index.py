"""An index of the names of courses and of the places where they meet, kept by triggers."""

from alembic import op

revision = "0018"
down_revision = "0017"

_NAMED = (
    "INSERT INTO course_index (rowid, name) SELECT key.number, pusterum_words(course.title || ' ' || place.name) "
    "FROM course JOIN place ON place.id = course.place_id JOIN course_index_key AS key ON key.course_id = course.id"
)
_FORGOTTEN = "DELETE FROM course_index WHERE rowid"


def upgrade() -> None:
    """Make the index, fill it, and let triggers keep it, in whichever order a course and its place arrive."""
    op.execute("CREATE TABLE course_index_key (number INTEGER PRIMARY KEY, course_id VARCHAR(36) NOT NULL UNIQUE)")
    op.execute(
        "CREATE VIRTUAL TABLE course_index USING fts5(name, tokenize = 'unicode61 remove_diacritics 0', "
        "prefix = '1 2 3')"
    )
    _keep(
        "course_indexed AFTER INSERT ON course",
        "INSERT OR IGNORE INTO course_index_key (course_id) VALUES (new.id)",
        f"{_NAMED} WHERE course.id = new.id",
    )
    this = "= (SELECT number FROM course_index_key WHERE course_id = old.id)"
    _keep(
        "course_renamed AFTER UPDATE OF title, place_id ON course",
        f"{_FORGOTTEN} {this}",
        f"{_NAMED} WHERE course.id = new.id",
    )
    _keep(
        "course_forgotten BEFORE DELETE ON course",
        f"{_FORGOTTEN} {this}",
        "DELETE FROM course_index_key WHERE course_id = old.id",
    )
    of_place = (
        "IN (SELECT key.number FROM course JOIN course_index_key AS key ON key.course_id = course.id "
        "WHERE course.place_id = new.id)"
    )
    for when in ("place_indexed AFTER INSERT ON place", "place_renamed AFTER UPDATE OF name ON place"):
        _keep(when, f"{_FORGOTTEN} {of_place}", f"{_NAMED} WHERE course.place_id = new.id")
    op.execute("INSERT INTO course_index_key (course_id) SELECT id FROM course")
    op.execute(_NAMED)


def _keep(when: str, *statements: str) -> None:
    op.execute(f"CREATE TRIGGER {when} BEGIN {'; '.join(statements)}; END")
