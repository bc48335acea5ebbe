"""Nicotine replacement as it is handed out: dated, sourced reference data read from `resources/products.toml`.

Beside the products stand the labels' step-down schedules, what goes together, when to talk to the doctor or the
pharmacy, and the prescription medicines that are warned about. Pusterum documents and warns; it never doses.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

PRODUCTS_FILE: Final = Path(__file__).resolve().parent.parent.parent / "resources" / "products.toml"
_USUAL_FIRST: Final = "patch-24h-21"


@dataclass(frozen=True, slots=True)
class Product:
    """One product and strength; `pieces_per_week` is one weekly portion."""

    key: str
    name_da: str
    name_en: str
    form: str
    strength: float
    pieces_per_week: int
    max_per_day: int | None
    source: str = ""
    checked: date = date.min

    def name(self, language: str) -> str:
        """Return what the product is called in Danish ("da") or English."""
        return self.name_da if language == "da" else self.name_en


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """One strength of a schedule, from one weekly handout to another."""

    product: str
    from_week: int
    to_week: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A label's way down. `meant_for`: above_20, below_20 (cigarettes a day) or anyone."""

    key: str
    name_da: str
    name_en: str
    meant_for: str
    steps: tuple[ScheduleStep, ...]
    source: str
    checked: date
    note_da: str
    note_en: str

    @property
    def weeks(self) -> int:
        """Return how many weekly handouts it takes."""
        return max(step.to_week for step in self.steps)

    def name(self, language: str) -> str:
        """Return what the schedule is called in Danish ("da") or English."""
        return self.name_da if language == "da" else self.name_en

    def note(self, language: str) -> str:
        """Return what the label adds, in Danish ("da") or English; often nothing."""
        return self.note_da if language == "da" else self.note_en


@dataclass(frozen=True, slots=True)
class Combination:
    """Two forms that a label allows together; `max_per_day_beside` limits the second one beside the first."""

    forms: tuple[str, str]
    max_per_day_beside: int | None
    source: str
    checked: date


@dataclass(frozen=True, slots=True)
class Caution:
    """When the label says: talk to the doctor or the pharmacy. Without `forms` it concerns every form."""

    key: str
    text_da: str
    text_en: str
    forms: tuple[str, ...]
    source: str
    checked: date

    def text(self, language: str) -> str:
        """Return the sentence in Danish ("da") or English."""
        return self.text_da if language == "da" else self.text_en


@dataclass(frozen=True, slots=True)
class Prescription:
    """A medicine to stop smoking that only a doctor prescribes; `schedule` is (from day, to day, most a day)."""

    key: str
    name_da: str
    name_en: str
    available: bool
    not_with_nicotine: bool
    text_da: str
    text_en: str
    schedule: tuple[tuple[int, int, int], ...]
    source: str
    checked: date

    def name(self, language: str) -> str:
        """Return what the medicine is called in Danish ("da") or English."""
        return self.name_da if language == "da" else self.name_en

    def text(self, language: str) -> str:
        """Return what is known, in Danish ("da") or English."""
        return self.text_da if language == "da" else self.text_en


@cache
def _content() -> dict[str, dict[str, Any]]:
    return tomllib.loads(PRODUCTS_FILE.read_text(encoding="utf-8"))


@cache
def products() -> dict[str, Product]:
    """Return every product by its key, in the order of the file."""
    return {
        key: Product(
            key=key,
            name_da=entry["name_da"],
            name_en=entry["name_en"],
            form=entry["form"],
            strength=entry["strength"],
            pieces_per_week=entry["pieces_per_week"],
            max_per_day=entry.get("max_per_day"),
            source=entry["source"],
            checked=entry["checked"],
        )
        for key, entry in _content()["products"].items()
    }


@cache
def schedules() -> dict[str, Schedule]:
    """Return every step-down schedule by its key, in the order of the file."""
    return {
        key: Schedule(
            key=key,
            name_da=entry["name_da"],
            name_en=entry["name_en"],
            meant_for=entry["for"],
            steps=tuple(ScheduleStep(step["product"], step["from_week"], step["to_week"]) for step in entry["steps"]),
            source=entry["source"],
            checked=entry["checked"],
            note_da=entry.get("note_da", ""),
            note_en=entry.get("note_en", ""),
        )
        for key, entry in _content()["schedules"].items()
    }


@cache
def combinations() -> tuple[Combination, ...]:
    """Return what goes together."""
    return tuple(
        Combination(
            forms=(entry["forms"][0], entry["forms"][1]),
            max_per_day_beside=entry.get("max_per_day_beside"),
            source=entry["source"],
            checked=entry["checked"],
        )
        for entry in _content()["combinations"].values()
    )


@cache
def cautions() -> tuple[Caution, ...]:
    """Return every "talk to the doctor or the pharmacy"."""
    return tuple(
        Caution(key, entry["text_da"], entry["text_en"], tuple(entry["forms"]), entry["source"], entry["checked"])
        for key, entry in _content()["cautions"].items()
    )


def cautions_for(form: str) -> tuple[Caution, ...]:
    """Return the cautions that concern a form, such as patch or gum."""
    return tuple(caution for caution in cautions() if not caution.forms or form in caution.forms)


@cache
def prescriptions() -> dict[str, Prescription]:
    """Return the prescription medicines that help people to stop, by their key."""
    return {
        key: Prescription(
            key=key,
            name_da=entry["name_da"],
            name_en=entry["name_en"],
            available=entry["available"],
            not_with_nicotine=entry["not_with_nicotine"],
            text_da=entry["text_da"],
            text_en=entry["text_en"],
            schedule=tuple((part["from_day"], part["to_day"], part["max_per_day"]) for part in entry["schedule"]),
            source=entry["source"],
            checked=entry["checked"],
        )
        for key, entry in _content()["prescription"].items()
    }


def combination_of(form: str, other: str) -> Combination | None:
    """Return the rule that lets two forms be used together, or None where no source says so."""
    return next((rule for rule in combinations() if set(rule.forms) == {form, other}), None)


def product_name(key: str, language: str) -> str:
    """Return the product's name, or the key itself where it is unknown: nothing handed out is hidden."""
    product = products().get(key)
    return key if product is None else product.name(language)


def so_many(name: str, portions: int) -> str:
    """Return a product's name with how many weekly portions of it are meant, where they are several."""
    return name if portions == 1 else f"{name} × {portions}"


def usual_first_product() -> str:
    """Return the key that is offered where nothing was handed out before: an offer, never a dose."""
    return _USUAL_FIRST if _USUAL_FIRST in products() else next(iter(products()))
