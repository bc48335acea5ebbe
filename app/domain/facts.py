"""Facts are only ever added: a correction is a fact of its own that names the one it corrects."""

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar


class Fact(Protocol):
    """A row that is only ever corrected by another."""

    @property
    def id(self) -> str:
        """Return its identifier."""

    @property
    def corrects_id(self) -> str | None:
        """Return the fact that it corrects."""


_FactT = TypeVar("_FactT", bound=Fact)


def standing(facts: Iterable[_FactT]) -> list[_FactT]:
    """Return the facts that count, in their order: no later fact corrects them, and they take nothing back."""
    known = list(facts)
    corrected = {fact.corrects_id for fact in known if fact.corrects_id}
    return [fact for fact in known if fact.id not in corrected and not getattr(fact, "taken_back", False)]


def what_stands_for(fact_id: str, corrected_by: Mapping[str, str]) -> str:
    """Return the fact that stands where this one was recorded; `corrected_by` names what corrects each."""
    seen = {fact_id}
    while (later := corrected_by.get(fact_id)) is not None and later not in seen:
        seen.add(later)
        fact_id = later
    return fact_id
