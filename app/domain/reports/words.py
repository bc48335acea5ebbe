"""What the keys of the records are called in reports."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.completion import Definition
from app.i18n import _, format_month, newer_word


@dataclass(frozen=True, slots=True)
class DefinitionWords:
    """What a definition of a completed course is called, and what it says with its source."""

    short: str
    long: str


def definition_words(definition: Definition) -> DefinitionWords:
    """Return what a definition is called in the language spoken now."""
    return {
        Definition.THREE_OR_MORE: DefinitionWords(
            _("3 or more"), _("3 or more: came to three sessions or more (Røgfri på Tværs, its text).")
        ),
        Definition.MORE_THAN_THREE: DefinitionWords(
            _("More than 3"), _("More than 3: came to more than three sessions (Røgfri på Tværs, its footnote 5).")
        ),
        Definition.NATIONAL_SHARE: DefinitionWords(
            _("75%"),
            _(
                "75%: came to at least 75% of the sessions (STOPbasen); in an open-ended course, of those held while "
                "the person took part."
            ),
        ),
        Definition.KOM_OG_KVIT: DefinitionWords(
            _("4 sessions"), _("4 sessions: came to four sessions (STOPbasen's rule for Kom & Kvit).")
        ),
        Definition.AGREED_COURSE: DefinitionWords(
            _("As agreed"),
            _("As agreed: came to every session that was agreed (Stærkt koordineret storrygerindsats)."),
        ),
    }[definition]


def channel_word(key: str) -> str:
    """Return what a way in is called."""
    return {
        "hospital": _("Hospital"),
        "correspondence": _("Electronic letter"),
        "ref01": _("Electronic referral"),
        "xref15": _("Electronic referral"),
        "mail": _("E-mail"),
        "staff": _("Employee on the citizen's behalf"),
        "gp": _("Own doctor"),
        "website": _("Website"),
        "own_contact": _("Own contact"),
        "stoplinien": _("Stoplinien"),
        "walk_in": _("Came by"),
        "outreach": _("Visit at the place"),
        "": _("Not stated"),
    }.get(key) or newer_word(key)


def because_word(key: str) -> str:
    """Return what made somebody come."""
    return {
        "poster": _("A poster"),
        "friend": _("A friend or relative"),
        "staff": _("Somebody who works at the place"),
        "health": _("Health"),
        "money": _("Money"),
        "cafe_visit": _("A café visit"),
        "doctor": _("The doctor said so"),
        "web": _("The internet"),
        "gp_said": _("The GP said so"),
        "hospital_said": _("The hospital said so"),
        "staff_said": _("Staff at the place said so"),
        "friend_said": _("A friend or relative"),
        "visit_at_place": _("Our visit at the place"),
        "pharmacy": _("The pharmacy"),
        "leaflet": _("Leaflet or poster"),
        "website": _("The website"),
        "social_media": _("Social media"),
        "campaign": _("A campaign"),
        "free_medicine": _("Free medicine"),
        "came_before": _("Has been here before"),
        "other": _("Something else"),
        "does_not_know": _("Does not know"),
        "does_not_want": _("Does not want to answer"),
        "": _("Not asked"),
    }.get(key) or newer_word(key)


_MONTH_LENGTH: Final = len("2026-11")


def month_word(key: str) -> str:
    """Return what a month is called, "2026-11"; anything else as it is."""
    try:
        return format_month(date.fromisoformat(f"{key}-01")) if len(key) == _MONTH_LENGTH else key
    except ValueError:
        return key


def quarter_word(key: str) -> str:
    """Return what a quarter is called, "2026 Q3": "3. kvartal 2026"."""
    year, _space, number = key.partition(" Q")
    return _("Q{number} {year}").format(number=number, year=year)
