"""How long each kind of record is kept and what anonymising leaves of it, read from `resources/retention.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

RETENTION_FILE: Final = Path(__file__).resolve().parents[2] / "resources" / "retention.toml"


@dataclass(frozen=True, slots=True)
class RecordRule:
    """One kind of record: months after the last contact, and what is left of it.

    `keep` names the fields that stay when somebody is anonymised (None: all but `blank`); an empty one means that the
    whole record goes. `on_erasure` is delete, anonymise or keep. `year_only` fields lose month and day.
    """

    months: int
    on_erasure: str
    keep: frozenset[str] | None
    blank: frozenset[str]
    year_only: frozenset[str]

    @property
    def goes_when_anonymised(self) -> bool:
        """Whether nothing of the record is needed for the statistics."""
        return self.keep is not None and not self.keep

    def anonymised(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields with whatever could tell who it was taken out; the type of each field stays."""
        return {name: self._left(name, value) for name, value in fields.items()}

    def _left(self, name: str, value: Any) -> Any:
        if name in self.year_only:
            return f"{value[:4]}-01-01" if isinstance(value, str) and len(value) >= 4 else value
        stays = name not in self.blank if self.keep is None else name in self.keep
        return value if stays else _emptied(value)


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """Months until a person is reviewed, and the rule of each kind of record."""

    review_months: int
    ground: str
    source: str
    records: Mapping[str, RecordRule]

    def rule(self, entity: str) -> RecordRule:
        """Return an entity's rule; a kind that nobody thought of goes whole."""
        return self.records.get(entity, RecordRule(self.review_months, "delete", frozenset(), frozenset(), frozenset()))


@cache
def retention_rules() -> RetentionRules:
    """Return the rules of the file."""
    content = tomllib.loads(RETENTION_FILE.read_text(encoding="utf-8"))
    return RetentionRules(
        review_months=content["review"]["months"],
        ground=content["review"]["ground"],
        source=content["source"],
        records={
            entity: RecordRule(
                months=rule["months"],
                on_erasure=rule["on_erasure"],
                keep=None if rule["keep"] == "*" else frozenset(rule["keep"]),
                blank=frozenset(rule.get("blank", ())),
                year_only=frozenset(rule.get("year_only", ())),
            )
            for entity, rule in content["records"].items()
        },
    )


def due_on(last_contact: date, months: int) -> date:
    """Return the day on which a record's time is up: the same day so many months later, or the month's last."""
    year, month = divmod(last_contact.year * 12 + last_contact.month - 1 + months, 12)
    for day in range(last_contact.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(last_contact.day, 28))


def _emptied(value: Any) -> Any:
    """Return what says nothing, of the same kind, so that every table still takes it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return ""
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {}
    return value
