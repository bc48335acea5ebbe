"""Who a person is: names in many scripts, an identifier that can hit nobody, and where they live."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from invented.names import BYNAMES, ELSEWHERE, FAMILY, GIVEN_MEN, GIVEN_WOMEN, NICKNAMES


@dataclass(frozen=True, slots=True)
class Character:
    """What somebody is called and numbered; empty is unknown."""

    given_name: str = ""
    family_name: str = ""
    nickname: str = ""
    identifier_kind: str = "none"
    identifier: str = ""
    birth_date: date | None = None
    sex: str = ""
    language: str = ""
    phone: str = ""

    @property
    def shown_name(self) -> str:
        """What a diploma says."""
        return f"{self.given_name} {self.family_name}".strip() or self.nickname


def character(index: int, *, random: Random, today: date) -> Character:
    """Return an invented somebody; the first names from elsewhere come in turn, so that every script is met."""
    phone = (
        f"00 {random.randint(10, 99)} {random.randint(10, 99)} {random.randint(10, 99)}"
        if random.random() < 0.6
        else ""
    )
    if index % 7 == 2:
        return Character(nickname=_nickname(index // 7, random=random), phone=phone if random.random() < 0.3 else "")
    given, family, sex, language = _name(index, random=random)
    shown_nickname = f"{given} {random.choice(BYNAMES)}" if random.random() < 0.15 else ""
    if random.random() < 0.1:
        return Character(given, "", shown_nickname, sex=sex, language=language, phone=phone)
    kind = random.choices(("replacement", "ecpr", "none"), (42, 5, 53))[0]
    born = date(today.year - random.randint(21, 79), 1, 1) + timedelta(days=random.randrange(365))
    known_birth = kind != "none" or random.random() < 0.4
    return Character(
        given,
        family,
        shown_nickname,
        kind,
        _identifier(kind, born, sex, random=random),
        born if known_birth else None,
        sex,
        language,
        phone,
    )


def person_fields(person_id: str, who: Character, *, municipality_id: str | None, registered_at: str) -> dict[str, Any]:
    """Return the fields of the person's row."""
    return {
        "person_id": person_id,
        "given_name": who.given_name,
        "family_name": who.family_name,
        "nickname": who.nickname,
        "identifier_kind": who.identifier_kind,
        "identifier": who.identifier,
        "birth_date": None if who.birth_date is None else who.birth_date.isoformat(),
        "sex": who.sex,
        "phone": who.phone,
        "language": who.language,
        "residence_municipality_id": municipality_id,
        "note": "",
        "registered_at": registered_at,
    }


def _nickname(turn: int, *, random: Random) -> str:
    """Return the nicknames in turn; when they are used up, with a number, as a place tells two of them apart."""
    again, first = divmod(turn, len(NICKNAMES))
    return f"{NICKNAMES[first]} {random.randint(2, 9)}" if again else NICKNAMES[first]


def _name(index: int, *, random: Random) -> tuple[str, str, str, str]:
    if index % 3 == 1:
        return ELSEWHERE[index // 3 % len(ELSEWHERE)]
    if random.random() < 0.4:
        return random.choice(GIVEN_WOMEN), random.choice(FAMILY), "female", "da"
    return random.choice(GIVEN_MEN), random.choice(FAMILY), "male", "da"


def _identifier(kind: str, born: date, sex: str, *, random: Random) -> str:
    """Return ten characters: a replacement number (day of birth + 60) or a national eCPR, never a personal number."""
    parity = random.randrange(5) * 2 + (sex == "male")
    if kind == "replacement":
        century = random.choice("0123" if born.year < 2000 else "49")
        return f"{born.day + 60:02d}{born:%m%y}{century}{random.randint(0, 99):02d}{parity}"
    if kind == "ecpr":
        letters = "".join(random.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=2))
        return f"{born:%d%m%y}{1 if born.year < 2000 else 7}{letters}{parity}"
    return ""
