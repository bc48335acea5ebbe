"""The cooperation itself: eight municipalities with a team each, their colleagues, programmes and thirteen places."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from invented.ids import made_id
from invented.names import CONTACT_NAMES

InventedRow = tuple[str, str, dict[str, Any]]
PROGRAMMES = Path(__file__).parents[1] / "resources" / "programmes"

MUNICIPALITIES = (
    ("0165", "Albertslund"),
    ("0153", "Brøndby"),
    ("0155", "Dragør"),
    ("0161", "Glostrup"),
    ("0167", "Hvidovre"),
    ("0169", "Høje-Taastrup"),
    ("0183", "Ishøj"),
    ("0187", "Vallensbæk"),
)
COUNSELLORS = (
    ("Mette Holm", "Hvidovre"),
    ("Jakob Friis", "Hvidovre"),
    ("Ayşe Demir", "Høje-Taastrup"),
    ("Lars Bundgaard", "Høje-Taastrup"),
    ("Karin Storm", "Albertslund"),
    ("Niels Peter Ravn", "Brøndby"),
    ("Sofie Krag", "Dragør"),
    ("Thomas Juul", "Glostrup"),
    ("Ingrid Bøgh", "Ishøj"),
    ("Maja Lind", "Vallensbæk"),
)
UNKNOWN_EDUCATION = ("Niels Peter Ravn",)
"""Whose education the coordinator still has to ask for."""
PLACES = (
    ("kilden", "Hvidovre", "Værestedet Kilden", "vaerested", "Kildeallé 4"),
    ("lindehuset", "Hvidovre", "Bostedet Lindehuset", "bosted", "Lindegangen 12"),
    ("varmen", "Hvidovre", "Varmestuen Under Broen", "varmestue", "Brogade 1"),
    ("pejlingen", "Høje-Taastrup", "Rusmiddelcenter Pejlingen", "rusmiddelcenter", "Stationsstrøget 20"),
    ("solgaarden", "Høje-Taastrup", "Bostedet Solgården", "bosted", "Solmarken 7"),
    ("perronen", "Brøndby", "Værestedet Perronen", "vaerested", "Perronvej 3"),
    ("aahuset", "Brøndby", "Socialpsykiatrien Åhuset", "socialpsykiatri", "Åstien 15"),
    ("kanalen", "Albertslund", "Værestedet Kanalen", "vaerested", "Kanalgaden 9"),
    ("birken", "Albertslund", "Krisecenter Birken", "krisecenter", ""),
    ("havnen", "Dragør", "Socialpsykiatrien Havnehuset", "socialpsykiatri", "Havnepladsen 2"),
    ("nattelyset", "Glostrup", "Herberget Nattelyset", "herberg", "Nordre Vej 31"),
    ("strandhuset", "Ishøj", "Rusmiddelcenter Strandhuset", "rusmiddelcenter", "Strandstien 6"),
    ("engen", "Vallensbæk", "Værestedet Engen", "vaerested", "Engdraget 18"),
)
"""Key, municipality, name, kind and address; every one is invented, and a crisis centre's address is nobody's."""


@dataclass(frozen=True, slots=True)
class Account:
    """A colleague who can sign in; `role` is counsellor, coordinator or auditor."""

    id: str
    name: str
    role: str
    team_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """The cooperation and its colleagues; the first is the counsellor whose team meets today."""

    cooperation_id: str
    cooperation_name: str
    users: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Cooperation:
    """Who and where, by municipality name, place key and programme key, with the identifiers of their rows."""

    accounts: Accounts
    municipality_ids: dict[str, str]
    team_ids: dict[str, str]
    place_ids: dict[str, str]
    contact_ids: dict[str, tuple[str, ...]]
    programme_ids: dict[str, str]

    def counsellors(self, municipality: str) -> tuple[Account, ...]:
        """Return the counsellors of a municipality's team."""
        team_id = self.team_ids[municipality]
        return tuple(u for u in self.accounts.users if u.role == "counsellor" and team_id in u.team_ids)


def cooperation(seed: int) -> Cooperation:
    """Return the same cooperation for the same number, whatever day it is."""
    random = Random(f"{seed}:cooperation")
    cooperation_id = made_id(random)
    municipality_ids = {name: made_id(random) for _, name in MUNICIPALITIES}
    team_ids = {name: made_id(random) for _, name in MUNICIPALITIES}
    users = [
        *(Account(made_id(random), name, "counsellor", (team_ids[where],)) for name, where in COUNSELLORS),
        Account(made_id(random), "Bente Overgaard", "coordinator", tuple(team_ids.values())),
        Account(made_id(random), "Ib Krarup", "auditor", ()),
    ]
    return Cooperation(
        accounts=Accounts(cooperation_id, "Røgfri på Tværs (opdigtet)", tuple(users)),
        municipality_ids=municipality_ids,
        team_ids=team_ids,
        place_ids={key: made_id(random) for key, *_ in PLACES},
        contact_ids={key: (made_id(random), made_id(random)) for key, *_ in PLACES},
        programme_ids={path.stem: made_id(random) for path in sorted(PROGRAMMES.glob("*.toml"))},
    )


def organisation_rows(known: Cooperation) -> Iterator[InventedRow]:
    """Yield municipalities, teams, colleagues, programme versions and places with their contact persons."""
    for code, name in MUNICIPALITIES:
        yield "municipality", known.municipality_ids[name], {"code": code, "name": name}
    for name, team_id in known.team_ids.items():
        yield (
            "team",
            team_id,
            {"municipality_id": known.municipality_ids[name], "name": f"Rygestopteam {name}"},
        )
    for user in known.accounts.users:
        education = "" if user.name in UNKNOWN_EDUCATION or user.role != "counsellor" else "Kræftens Bekæmpelse"
        yield "user", user.id, {"name": user.name, "role": user.role, "education": education}
    for key, version_id in known.programme_ids.items():
        yield "programme_version", version_id, preset(key)
    yield from _place_rows(known)


def preset(key: str) -> dict[str, Any]:
    """Return the fields of a programme version as its preset in `resources/programmes` has them."""
    with (PROGRAMMES / f"{key}.toml").open("rb") as file:
        read = tomllib.load(file)
    return {
        "key": read["key"],
        "name": read["name"],
        "valid_from": read["valid_from"].isoformat(),
        "valid_to": read["valid_to"].isoformat() if "valid_to" in read else None,
        "rules": {
            name: {part: value.isoformat() if isinstance(value, date) else value for part, value in rule.items()}
            for name, rule in read["rules"].items()
        },
    }


def _place_rows(known: Cooperation) -> Iterator[InventedRow]:
    names = iter(CONTACT_NAMES * 2)
    for number, (key, municipality, name, kind, address) in enumerate(PLACES):
        team_id = known.team_ids[municipality]
        yield (
            "place",
            known.place_ids[key],
            {
                "team_id": team_id,
                "municipality_id": known.municipality_ids[municipality],
                "name": name,
                "kind": kind,
                "address": f"{address}, {municipality}" if address else "",
                "note": "" if address else "Adressen er hemmelig. Ring fra parkeringspladsen.",
            },
        )
        roles = ("tovholder", "leder") if number % 3 == 0 else ("tovholder",)
        for role, contact_id in zip(roles, known.contact_ids[key], strict=False):
            yield (
                "place_contact",
                contact_id,
                {
                    "team_id": team_id,
                    "place_id": known.place_ids[key],
                    "name": next(names),
                    "role": role,
                    "phone": f"00 00 00 {number:02d}",
                },
            )
