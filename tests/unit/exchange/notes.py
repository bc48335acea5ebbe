"""A closing note about somebody who does not exist, for the tests to change."""

from datetime import UTC, datetime
from typing import Any

from app.exchange.medcom.outgoing import Correspondent, Note

MUNICIPALITY = Correspondent(
    name="Hvidovre Kommune",
    department="Forebyggelsen",
    location_number="5790000201389",
    id="167",
    id_type="kommunenummer",
    street="Hvidovrevej 278",
    post_code="2650",
    district="Hvidovre",
    phone="00000000",
)
DOCTOR = Correspondent(name="Lægerne Åboulevarden", location_number="5790000121526", id="079741", id_type="ydernummer")


def note(**changes: Any) -> Note:
    """Return a note that every receiver could take, with these changes."""
    said: dict[str, Any] = {
        "envelope_id": "KUV00000000001",
        "letter_id": "BREV0000000001",
        "written_at": datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
        "sender": MUNICIPALITY,
        "receiver": DOCTOR,
        "given_name": "Bodil",
        "family_name": "Ærø Sørensen",
        "identifier": "6112559996",
        "identifier_kind": "replacement",
        "care_id": "Forloeb1",
        "subject": "Afslutning af rygestopforløb",
        "text": "Kære læge\n\nBodil har gennemført forløbet.\nHun er røgfri.",
        "signed_by": "Mette Holm",
        "job_title": "Rygestoprådgiver",
    }
    return Note(**{**said, **changes})
