"""An index of names and of how they sound, kept by triggers; and what every value was before."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the index, fill it, and let triggers keep it."""
    op.execute("CREATE TABLE person_index_key (number INTEGER PRIMARY KEY, person_id VARCHAR(36) NOT NULL UNIQUE)")
    op.execute(
        "CREATE VIRTUAL TABLE person_index USING fts5(name, sound, tokenize = 'unicode61 remove_diacritics 0', "
        "prefix = '1 2 3')"
    )
    op.execute(
        """
        CREATE TRIGGER person_indexed AFTER INSERT ON person BEGIN
          INSERT OR IGNORE INTO person_index_key (person_id) VALUES (new.id);
          INSERT INTO person_index (rowid, name, sound) VALUES (
            (SELECT number FROM person_index_key WHERE person_id = new.id),
            pusterum_words(new.given_name || ' ' || new.family_name || ' ' || new.nickname || ' ' || new.phone),
            pusterum_sounds(new.given_name || ' ' || new.family_name || ' ' || new.nickname));
        END
        """
    )
    op.execute(
        """
        CREATE TRIGGER person_renamed AFTER UPDATE OF given_name, family_name, nickname, phone ON person BEGIN
          DELETE FROM person_index WHERE rowid = (SELECT number FROM person_index_key WHERE person_id = old.id);
          INSERT INTO person_index (rowid, name, sound) VALUES (
            (SELECT number FROM person_index_key WHERE person_id = new.id),
            pusterum_words(new.given_name || ' ' || new.family_name || ' ' || new.nickname || ' ' || new.phone),
            pusterum_sounds(new.given_name || ' ' || new.family_name || ' ' || new.nickname));
        END
        """
    )
    op.execute(
        """
        CREATE TRIGGER person_forgotten BEFORE DELETE ON person BEGIN
          DELETE FROM person_index WHERE rowid = (SELECT number FROM person_index_key WHERE person_id = old.id);
          DELETE FROM person_index_key WHERE person_id = old.id;
        END
        """
    )
    op.execute("INSERT INTO person_index_key (person_id) SELECT id FROM person")
    op.execute(
        """
        INSERT INTO person_index (rowid, name, sound)
        SELECT key.number,
          pusterum_words(given_name || ' ' || family_name || ' ' || nickname || ' ' || phone),
          pusterum_sounds(given_name || ' ' || family_name || ' ' || nickname)
        FROM person JOIN person_index_key AS key ON key.person_id = person.id
        """
    )
    op.create_table(
        "value_history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("actor", sa.String(length=36), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_history")),
    )
    op.create_index(op.f("ix_value_history_row_id"), "value_history", ["row_id"], unique=False)
