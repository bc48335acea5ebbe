"""Which rows a unit of work changed, so that screens redraw only what concerns them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The entities and row keys that one transaction wrote."""

    rows: frozenset[tuple[str, str]] = frozenset()

    @property
    def entities(self) -> frozenset[str]:
        """Return the names of the entities concerned."""
        return frozenset(entity for entity, _ in self.rows)

    def __len__(self) -> int:
        return len(self.rows)
