"""How hard a passphrase is to guess, judged by zxcvbn and by the words that Danes think of first.

The library knows English words, names, dates, keyboards and leaked passwords. Danish words, in the order of how often
they are used, come from `resources/common_words_da.txt`: an attacker has such a list too.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

SHORTEST_PASSPHRASE: Final = 10
ENOUGH: Final = 9.0
"""Guesses, as a power of ten, that a passphrase must stand: behind Argon2id at 64 MiB, many years of a whole farm."""
LONGEST_LOOKED_AT: Final = 100
_WORDS: Final = Path(__file__).resolve().parents[2] / "resources" / "common_words_da.txt"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`strength` in powers of ten of guesses; `advice`: too-short, easy, or empty where it is good enough."""

    strength: float
    advice: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether it may hold a key."""
        return not self.advice


def judge(passphrase: str, *, about: tuple[str, ...] = ()) -> Judgement:
    """Return how good a passphrase is; `about` are words known of whoever chose it (name, cooperation)."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        return Judgement(0.0, "too-short")
    from zxcvbn_rs_py import zxcvbn  # noqa: PLC0415 - only where a passphrase is chosen

    known = [word.lower() for entry in about for word in entry.split() if len(word) > 2]
    text = passphrase[:LONGEST_LOOKED_AT].encode("utf-8", "replace").decode()
    strength = float(zxcvbn(text, [*known, *_danish_words()]).guesses_log10)
    return Judgement(strength, "" if strength >= ENOUGH else "easy")


@cache
def _danish_words() -> tuple[str, ...]:
    words = _WORDS.read_text(encoding="utf-8").split("\n")
    return tuple(word for word in words if word and not word.startswith("#"))
