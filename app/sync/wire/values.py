"""Values of fields as text: what a card about two of them keeps, whoever writes it."""

from typing import Any

import msgspec


def as_text(value: Any) -> str | None:
    """Return a field's value as a card keeps it: text as it is, everything else as JSON; None stays None."""
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()
