"""The server's signed receipt in words."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from app.documents.receipt import ReceiptContent
from app.i18n import _, format_day, format_number, format_time, language, ngettext
from app.sync.wire.messages import Receipt
from app.ui.words import entity_word, has_word


def receipt_content(signed: str) -> ReceiptContent:
    """Return the signed receipt in words, in the language spoken now."""
    receipt = msgspec.json.decode(signed, type=Receipt)
    at = datetime.fromisoformat(receipt.received_at)
    return ReceiptContent(
        heading=_("Receipt"),
        sentence=ngettext(
            "{n} change received {time}: all that this laptop has sent, its access log too",
            "{n} changes received {time}: all that this laptop has sent, its access log too",
            receipt.held,
        ).format(n=format_number(receipt.held), time=format_time(at)),
        facts=(
            (_("Day"), format_day(at)),
            (_("Received"), format_number(receipt.held)),
            (_("Refused"), format_number(receipt.refused)),
            (_("Sent through number"), str(receipt.through_sequence)),
            (_("Laptop"), receipt.device_id),
            (_("Server"), receipt.server_id),
            (_("Receipt number"), receipt.receipt_id),
        ),
        how_to_verify=_(
            "Whoever runs the server can verify it: save the text below, or this file, and run"
            " python -m server receipt verify FILE."
        ),
        signed=signed,
        language=language(),
        held_by_server=_("Held by the server"),
        holds=_in_words(receipt.rows),
    )


def _in_words(rows: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Return the counts of what there is a word for, in the order of the words; the signed text has them all."""
    words = {entity_word(entity): format_number(count) for entity, count in rows.items() if has_word(entity)}
    return tuple(sorted(words.items(), key=lambda counted: counted[0].casefold()))
