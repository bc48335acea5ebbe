"""Other medicines: recognised as people say them, and when the prescriber should hear that smoking changes.

What changes the medicine is the smoke, not the nicotine, so nothing here asks whether nicotine replacement is used. An
alert says whom to tell; it never says a dose. Reference data: `resources/medicines.toml`, dated and sourced.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from app.domain.reduction import HALVED
from app.remembered import remembered

MEDICINES_FILE: Final = Path(__file__).resolve().parent.parent.parent / "resources" / "medicines.toml"
LEVELS: Final = ("red", "amber", "info", "none")
"""From most to least urgent."""
TRIGGERS: Final = ("stop_date", "reduction", "smoke_free", "relapse", "closure")
_SHORTEST_GUESS: Final = 5
"""Letters that a word must have before a misspelling of it is believed."""


@dataclass(frozen=True, slots=True)
class Substance:
    """One medicine that is known by its generic and trade names. `level`: red, amber, info or none."""

    key: str
    name_da: str
    name_en: str
    level: str
    names: tuple[str, ...]
    known_da: str
    known_en: str
    tell: str
    source: str
    checked: date

    def name(self, language: str) -> str:
        """Return the generic name in Danish ("da") or English."""
        return self.name_da if language == "da" else self.name_en

    def known(self, language: str) -> str:
        """Return what is known about it and smoking, in Danish ("da") or English."""
        return self.known_da if language == "da" else self.known_en


@dataclass(frozen=True, slots=True)
class Recognised:
    """The substance that a word was taken for, the name that it resembled, and how many letters were off."""

    substance: str
    name: str
    letters_off: int

    @property
    def is_exact(self) -> bool:
        """Return whether the name was spelt as we know it."""
        return self.letters_off == 0


@dataclass(frozen=True, slots=True)
class Taken:
    """A medicine that somebody takes, or took until a day."""

    medicine_id: str
    name: str
    substance: str
    started_on: date | None = None
    stopped_on: date | None = None


@dataclass(frozen=True, slots=True)
class SmokingEvent:
    """A change of smoking on a day. `trigger`: stop_date, reduction, smoke_free, relapse or closure."""

    trigger: str
    on: date


@dataclass(frozen=True, slots=True)
class Notice:
    """That the prescriber was told about one medicine and one event, or that the person did not want it."""

    medicine_id: str
    trigger: str
    trigger_on: date
    consent: str = "given"


@dataclass(frozen=True, slots=True)
class Alert:
    """A medicine and a change of smoking that the prescriber has not been told about. `level`: red, amber or info."""

    medicine_id: str
    medicine: str
    substance: str
    level: str
    tell: str
    trigger: str
    on: date

    @property
    def asks_for_notice(self) -> bool:
        """Return whether somebody must be told; a tip for the talk asks for nothing."""
        return self.level != "info"


@cache
def _content() -> dict[str, dict[str, Any]]:
    return tomllib.loads(MEDICINES_FILE.read_text(encoding="utf-8"))


@cache
def substances() -> dict[str, Substance]:
    """Return every medicine that is known, by its generic name in English."""
    return {
        key: Substance(
            key=key,
            name_da=entry["name_da"],
            name_en=entry["name_en"],
            level=entry["level"],
            names=tuple(entry["names"]),
            known_da=entry["known_da"],
            known_en=entry["known_en"],
            tell=entry["tell"],
            source=entry["source"],
            checked=entry["checked"],
        )
        for key, entry in _content()["medicines"].items()
    }


def action_text(level: str, language: str) -> str:
    """Return what to do about an alert of a level, in Danish ("da") or English."""
    text: str = _content()["levels"][level]["action_da" if language == "da" else "action_en"]
    return text


def signs_text(language: str) -> str:
    """Return which signs are passed on the same day, in Danish ("da") or English."""
    text: str = _content()["signs"]["text_da" if language == "da" else "text_en"]
    return text


def recognise(name: str) -> Recognised | None:
    """Return the medicine that a name means, tolerating strengths beside it and misspellings; None where unknown.

    The closest name wins; between two that are equally close the more urgent one.
    """
    guesses = candidates(name)
    return guesses[0] if guesses else None


@remembered(1024)
def candidates(name: str) -> tuple[Recognised, ...]:
    """Return every medicine that a name may mean, the closest first, one for each substance."""
    words = [_plain(word) for word in _words(name)]
    # A name of two words, such as Theo-Dur, beside a strength.
    pairs = [first + second for first, second in pairwise(words)]
    heard = [*dict.fromkeys([_plain(name), *words, *pairs])]
    best: dict[str, Recognised] = {}
    for known, substance, plain in _known_names():
        tolerated = _tolerated(plain)
        # A name that is longer or shorter by more than may be off need not be compared letter by letter.
        near = [word for word in heard if word and abs(len(word) - len(plain)) <= tolerated]
        off = min((_letters_off(word, plain) for word in near), default=None)
        if off is None or off > tolerated:
            continue
        if substance not in best or off < best[substance].letters_off:
            best[substance] = Recognised(substance, known, off)
    found = sorted(
        best.values(),
        key=lambda guess: (guess.letters_off, LEVELS.index(substances()[guess.substance].level), guess.substance),
    )
    exact = [guess for guess in found if guess.is_exact]
    return tuple(exact or found)


def smoking_events(
    *,
    stop_dates: Sequence[tuple[date, date]] = (),
    cigarettes: Sequence[tuple[date, float]] = (),
    relapses: Iterable[date] = (),
    closures: Iterable[date] = (),
    start: float | None = None,
) -> tuple[SmokingEvent, ...]:
    """Return the changes of smoking that matter to a medicine, one of each kind: the latest.

    `stop_dates` are (agreed on, stop on) in the order in which they were agreed, and of one day in which they were
    recorded: the last one takes the place of the others. `cigarettes`
    are (day, a day) in order of time; `start` is where the person began, the first measuring where it is not said.
    Who smokes at the next measuring after one of none has smoked again, though nobody wrote down since when.
    """
    found: list[SmokingEvent] = []
    if stop_dates:
        found.append(SmokingEvent("stop_date", stop_dates[-1][1]))
    began = start if start is not None else (cigarettes[0][1] if cigarettes else None)
    again = list(relapses)
    halved = free = None
    was_half = was_free = False
    before = date.min
    for day, count in cigarettes:
        is_free = count == 0
        is_half = began is not None and began > 0 and not is_free and count <= began * (1 - HALVED)
        if is_half and not (was_half or was_free):
            halved = day
        if is_free and not was_free:
            free = day
        if was_free and not is_free and not any(before < relapse <= day for relapse in again):
            again.append(day)
        was_half, was_free, before = is_half, is_free, day
    if halved is not None:
        found.append(SmokingEvent("reduction", halved))
    if free is not None and began:
        found.append(SmokingEvent("smoke_free", free))
    found += [SmokingEvent("relapse", max(again))] if again else []
    found += [SmokingEvent("closure", max(days)) for days in [list(closures)] if days]
    return tuple(sorted(found, key=lambda event: (event.on, TRIGGERS.index(event.trigger))))


def alerts(medicines: Iterable[Taken], events: Iterable[SmokingEvent], notices: Iterable[Notice]) -> tuple[Alert, ...]:
    """Return what prescribers have not been told, red before amber before tips, earliest change first.

    A medicine that was stopped before the change, or begun after it, gives no alert for it. A notice answers exactly
    its medicine and change, whether the person agreed to it or declined.
    """
    answered = {(notice.medicine_id, notice.trigger, notice.trigger_on) for notice in notices}
    changes = list(events)
    found = []
    for taken in medicines:
        substance = substances().get(taken.substance)
        if substance is None or substance.level == "none":
            continue
        for event in changes:
            if taken.started_on is not None and taken.started_on > event.on:
                continue
            if taken.stopped_on is not None and taken.stopped_on < event.on:
                continue
            if (taken.medicine_id, event.trigger, event.on) not in answered:
                found.append(
                    Alert(
                        medicine_id=taken.medicine_id,
                        medicine=taken.name,
                        substance=substance.key,
                        level=substance.level,
                        tell=substance.tell,
                        trigger=event.trigger,
                        on=event.on,
                    )
                )
    return tuple(sorted(found, key=lambda alert: (LEVELS.index(alert.level), alert.on, alert.medicine)))


@cache
def _known_names() -> tuple[tuple[str, str, str], ...]:
    return tuple((name, substance.key, _plain(name)) for substance in substances().values() for name in substance.names)


def _words(name: str) -> list[str]:
    return "".join(letter if letter.isalpha() else " " for letter in name).split()


def _plain(name: str) -> str:
    """Return the letters as they sound: Danish, Latin and English spellings of one medicine come out alike."""
    letters = "".join(letter for letter in name.casefold() if letter.isalpha())
    letters = "".join(c for c in unicodedata.normalize("NFD", letters) if not unicodedata.combining(c))
    for written, heard in (("ph", "f"), ("th", "t"), ("ch", "k"), ("c", "k"), ("z", "s"), ("y", "i"), ("x", "ks")):
        letters = letters.replace(written, heard)
    return letters.removesuffix("e")


def _tolerated(plain: str) -> int:
    if len(plain) < _SHORTEST_GUESS:
        return 0
    return 1 if len(plain) < 8 else 2


def _letters_off(word: str, other: str) -> int:
    """Return how many letters are missing, too many, wrong or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for number, letter in enumerate(word, start=1):
        last, before, row = before, row, [number]
        for column, known in enumerate(other, start=1):
            cost = min(before[column] + 1, row[column - 1] + 1, before[column - 1] + (letter != known))
            if number > 1 and column > 1 and letter == other[column - 2] and word[number - 2] == known:
                cost = min(cost, last[column - 2] + 1)
            row.append(cost)
    return row[-1]
