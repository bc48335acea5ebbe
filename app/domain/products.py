"""Nicotine replacement as it is handed out: dated, sourced reference data read from `resources/products.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

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

    def name(self, language: str) -> str:
        """Return what the product is called in Danish ("da") or English."""
        return self.name_da if language == "da" else self.name_en


@cache
def products() -> dict[str, Product]:
    """Return every product by its key, in the order of the file."""
    content = tomllib.loads(PRODUCTS_FILE.read_text(encoding="utf-8"))["products"]
    return {
        key: Product(
            key=key,
            name_da=entry["name_da"],
            name_en=entry["name_en"],
            form=entry["form"],
            strength=entry["strength"],
            pieces_per_week=entry["pieces_per_week"],
            max_per_day=entry.get("max_per_day"),
        )
        for key, entry in content.items()
    }


def product_name(key: str, language: str) -> str:
    """Return the product's name, or the key itself where it is unknown: nothing handed out is hidden."""
    product = products().get(key)
    return key if product is None else product.name(language)


def usual_first_product() -> str:
    """Return the key that is offered where nothing was handed out before: an offer, never a dose."""
    return _USUAL_FIRST if _USUAL_FIRST in products() else next(iter(products()))
