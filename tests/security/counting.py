"""Figures of the attack: each test says what it tried, and `make attack` adds them up."""

import json
import os
from pathlib import Path

COUNTS_VARIABLE = "PUSTERUM_ATTACK_COUNTS"


def count(**numbers: int) -> None:
    """Add to the figures: bad_inputs, faults, planted, found, tampered, tampered_found, lost."""
    file = os.environ.get(COUNTS_VARIABLE)
    if file:
        with Path(file).open("a", encoding="utf-8") as counts:
            counts.write(json.dumps(numbers) + "\n")
