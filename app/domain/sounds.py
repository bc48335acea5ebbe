"""How a name sounds in Danish, and how far two spellings are apart: "Jonny" is "Johnny", "Sören" is "Søren".

The sound key merges what Danish ears do not tell apart (d and t, c and k, ph and f, doubled and silent letters), and
spellings of one common name ("Poul" and "Paul", "Mohammed" and "Muhammad"); the distance counts slips of the finger.
Both only ever propose: a person decides. Stores keep the keys, so a changed rule asks for a migration (`sounds_anew`).
"""

import re
import unicodedata
from typing import Final

from app.remembered import remembered

_FOREIGN: Final = str.maketrans(
    {"ä": "æ", "ö": "ø", "ş": "s", "ç": "s", "ğ": "g", "ı": "i", "ł": "l", "đ": "d", "ð": "d", "þ": "t",
     "ß": "s", "œ": "ø"}
)  # fmt: skip
_DANISH: Final = "æøå"
# In order; the left side is a pattern over lower-case letters. A rule that names whole syllables holds for one name and
# what is made of it ("Niels", "Nielsen"): for others it would merge names that sound different.
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ae", "æ"),
        ("oe", "ø"),
        ("^chr", "kr"),
        ("sch(?=[lmnrvw])", "s"),
        ("s(?:ch|k)o[uvw]+(?![aeiouyæøå])", "skov"),
        ("qu(?=[ia])", "kv"),
        ("qu(?=e)", "k"),
        ("^x(?=e)", "s"),
        ("^y(?=[aeouæøå])", "j"),
        ("^jean(?=et)", "jan"),
        ("^jue(?=l)", "ju"),
        ("^nie(?=ls)", "ni"),
        ("^p(?:au|[ao]v)(?=l)", "pou"),
        ("^hend(?=ri)", "hen"),
        ("(?<=[kg])(?:j(?=[eæø])|i(?=[eæø].))", ""),
        ("^ch|sch|sh|sj|^tj", "S"),
        ("ch|ck|q|x(?=k)", "k"),
        ("c(?=[eiyæø])", "s"),
        ("c", "k"),
        ("z", "s"),
        ("x", "ks"),
        ("ph", "f"),
        ("^h(?=[jv])", ""),
        ("(?<!^)h", ""),
        ("(?<=.[dtg])[ea](?=r[eiyæ])", ""),
        ("(?<=am)a(?=[dt]$)", "e"),
        ("^m[ou](?=ame)", "mo"),
        ("(?<=..et)e$", ""),
        ("w", "v"),
        ("(?<=[ln])d(?!r)|(?<=r)d(?![aeiouyæøår])", ""),
        ("dt", "t"),
        ("[dt]s", "s"),
        ("e[ijy]|[aæ][ijy]|eg(?=[nl])", "J"),
        ("ø[ijy]", "Ø"),
        ("o[ijy]", "O"),
        ("(?<=.)y|ie?(?=$)|ij", "i"),
        ("(?<=s)on$", "en"),
        ("(?<=[bdfgklmnprstv])j", "i"),
    )
)
_ALIKE: Final = str.maketrans(
    {"d": "t", "b": "p", "g": "k", "v": "f", "å": "o", "u": "o", "æ": "e", "ø": "e", "y": "i"}
)
_REPEATED: Final = re.compile(r"(.)\1+")
_SHORTEST_FOR_ONE_SLIP: Final = 4
_SHORTEST_FOR_TWO_SLIPS: Final = 7


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in small letters, accents off, Danish letters kept; "m." and the like stay words."""
    return tuple(re.findall(r"\w+", _plain(name)))


@remembered(65_536)
def sound_key(word: str) -> str:
    """Return how one word sounds; a word in another script is its own key."""
    sounding = _REPEATED.sub(r"\1", "".join(re.findall(r"\w", _plain(word))).replace("aa", "å"))
    for pattern, sound in _SOUNDS:
        sounding = pattern.sub(sound, sounding)
    return _REPEATED.sub(r"\1", sounding.translate(_ALIKE))


def sound_keys(name: str) -> frozenset[str]:
    """Return the keys of all words of a name."""
    return frozenset(sound_key(word) for word in words_of(name))


def spelled_alike(one: str, other: str) -> bool:
    """Return whether two words are one slip of the finger apart, or two where they are long."""
    first, second = _plain(one), _plain(other)
    shortest = min(len(first), len(second))
    allowed = 2 if shortest >= _SHORTEST_FOR_TWO_SLIPS else 1 if shortest >= _SHORTEST_FOR_ONE_SLIP else 0
    return distance(first, second, most=allowed) <= allowed


def distance(one: str, other: str, *, most: int) -> int:
    """Return how many letters are added, left out, changed or swapped with their neighbour, at most `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    # A letter that stands further away than `most` from its fellow costs more: only what lies between is compared.
    too_far = most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        earlier, before = before, row
        row = [min(number, too_far), *[too_far] * len(other)]
        for place in range(max(1, number - most), min(len(other), number + most) + 1):
            compared = other[place - 1]
            cost = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != compared))
            if number > 1 and place > 1 and letter == other[place - 2] and one[number - 2] == compared:
                cost = min(cost, earlier[place - 2] + 1)
            row[place] = cost
        if min(row) > most:
            return too_far
    return min(row[-1], too_far)


@remembered(65_536)
def _plain(name: str) -> str:
    letters = []
    for letter in unicodedata.normalize("NFC", name).casefold().translate(_FOREIGN):
        if letter in _DANISH:
            letters.append(letter)
            continue
        letters += [part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part)]
    return "".join(letters)
