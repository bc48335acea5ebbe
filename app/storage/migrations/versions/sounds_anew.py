"""How names sound is written anew in the search index: "Kær" finds "Kjær", "Nilsen" finds "Nielsen"."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Write the sounds of those names alone that sound otherwise than before."""
    op.execute(
        """
        UPDATE person_index SET sound = heard.sound FROM (
          SELECT key.number, pusterum_sounds(given_name || ' ' || family_name || ' ' || nickname) AS sound
          FROM person JOIN person_index_key AS key ON key.person_id = person.id
        ) AS heard WHERE person_index.rowid = heard.number AND person_index.sound != heard.sound
        """
    )
