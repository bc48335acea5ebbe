"""Every visible sentence, in the user's language, and the way that language writes days, times, numbers and money.

English sentences are the messages; the Danish ones are compiled from `resources/locale` by `tools/translate.py`.
Babel is imported when the first number is written, because sentences are needed before it.
"""

import gettext as _gettext
import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale

DOMAIN: Final = "pusterum"
LOCALE_FOLDER: Final = Path(__file__).resolve().parent.parent / "resources" / "locale"
LANGUAGES: Final = ("da", "en")
SYSTEM: Final = "system"
NO_BREAK: Final = "\u00a0"
_DENMARK: Final = ZoneInfo("Europe/Copenhagen")
_WRITTEN_AS: Final = {"da": "da_DK", "en": "en_GB"}

_chosen = "en"
_written_as = "en_GB"
_for_now: ContextVar[str | None] = ContextVar("language_for_now", default=None)


def use_language(code: str, *, region: str | None = None) -> str:
    """Speak `code` ("da", "en" or "system") from now on and return the language that was chosen.

    `region` is the system's own locale ("en_US"); where it is of the same language, days and numbers are written its
    way, and otherwise as in Denmark and Britain.
    """
    global _chosen, _written_as
    _chosen = code if code in LANGUAGES else system_language()
    fits = region is not None and region.split("_")[0] == _chosen
    _written_as = region if fits and region is not None else _WRITTEN_AS[_chosen]
    return _chosen


def language() -> str:
    """Return the language spoken now: "da" or "en"."""
    return _for_now.get() or _chosen


def spoken() -> tuple[str, str]:
    """Return the language spoken now and the region whose way it is written in, as `use_language` takes the two."""
    return language(), _written()


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Speak `code` within the block and on this thread only, as for a Danish letter printed from an English window."""
    before = _for_now.set(code)
    try:
        yield
    finally:
        _for_now.reset(before)


def system_region() -> str | None:
    """Return the locale that the system speaks ("da_DK"), or None where it does not say."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        said = os.environ.get(name, "").split(".")[0]
        if said and said not in ("C", "POSIX"):
            return said
    return None


def system_language() -> str:
    """Return the system's language where the program speaks it, and Danish elsewhere."""
    # Python calls the locale "C" American: that may choose the language, not how its days are written.
    said = (system_region() or locale.getlocale()[0] or "").replace("-", "_").split("_")[0].lower()
    return {"da": "da", "danish": "da", "en": "en", "english": "en"}.get(said, "da")


def _(sentence: str) -> str:
    """Return the sentence in the language spoken now."""
    return _catalogue(language()).gettext(sentence)


def ngettext(one: str, several: str, count: int) -> str:
    """Return the sentence that fits the count."""
    return _catalogue(language()).ngettext(one, several, count)


def newer_word(code: str) -> str:
    """Return what is said of a code that has no word here, such as a newer version may write; nothing of no code."""
    return _("unknown to this version ({code})").format(code=code.replace("_", " ")) if code else ""


def mark(sentence: str) -> str:
    """Return the English sentence as it is: it is translated where it is shown, and found by `tools/translate.py`."""
    return sentence


def format_day(day: date) -> str:
    """Return a day for lists: "24. nov. 2026", "24 Nov 2026"; of an aware moment the day that it is in Denmark.

    A line never ends inside of a day.
    """
    shown = day.astimezone(_DENMARK) if isinstance(day, datetime) and day.tzinfo else day
    return _day_as(shown.toordinal(), _written())


@lru_cache(maxsize=2_048)
def _day_as(ordinal: int, written: str) -> str:
    """Return a day as it is written there; a list names the same few days over and over."""
    from babel.dates import format_date  # noqa: PLC0415 - only when a day is written

    return format_date(date.fromordinal(ordinal), "medium", locale=_locale(written)).replace(" ", NO_BREAK)


def quoted(words: str) -> str:
    """Return words in the quotation marks of the language: ”Søren m. hunden”, “Søren m. hunden”."""
    return f"”{words}”" if language() == "da" else f"“{words}”"


def format_month(day: date) -> str:
    """Return the month of a day: "nov. 2026", "Nov 2026"."""
    from babel.dates import format_skeleton  # noqa: PLC0415 - only when a day is written

    return format_skeleton("yMMM", day, locale=_locale(_written())).replace(" ", NO_BREAK)


def format_day_long(day: date) -> str:
    """Return a day for headings: "tirsdag den 24. november 2026"; a line may end before its number or month alone."""
    from babel.dates import format_date  # noqa: PLC0415 - only when a day is written

    return NO_BREAK.join(format_date(day, "full", locale=_locale(_written())).rsplit(" ", maxsplit=2))


def format_time(at: datetime | time) -> str:
    """Return the time of day: "16.42", "16:42"; an aware moment is shown as Danish clocks do.

    It is of 24 hours wherever the system comes from: so is the time that is kept and typed (:func:`format_clock`).
    """
    shown = at.astimezone(_DENMARK).time() if isinstance(at, datetime) and at.tzinfo else at
    return format_clock(f"{shown:%H:%M}")


def format_clock(clock: str) -> str:
    """Return a time of day that is kept as "10:00" the way it is written and typed: "10.00" in Danish."""
    return clock.replace(":", ".") if language() == "da" else clock


def format_moment(at: datetime) -> str:
    """Return day and time: "24. nov. 2026 16.42", "24 Nov 2026 16:42"; an aware moment as Danish clocks show it."""
    return f"{format_day(at)} {format_time(at)}"


def format_number(number: int | float | Decimal, *, decimals: int | None = None) -> str:
    """Return a number with separators: "1.234,5", "1,234.5"; `decimals` fixes how many follow the comma."""
    from babel.numbers import format_decimal  # noqa: PLC0415 - only when a number is written

    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(number, pattern, locale=_locale(_written()))


def format_percent(share: float) -> str:
    """Return a share of one in whole percent: "62 %", "62%"."""
    from babel.numbers import format_percent as babel_percent  # noqa: PLC0415 - only when a share is written

    return babel_percent(share, locale=_locale(_written()))


def format_money(oere: int) -> str:
    """Return an amount given in øre: "1.234,50 kr.", "DKK 1,234.50"; whole kroner are written without øre."""
    from babel.numbers import format_currency  # noqa: PLC0415 - only when an amount is written

    whole = oere % 100 == 0
    written = _locale(_written())
    pattern = written.currency_formats["standard"].pattern.replace("¤#", "¤\u00a0#")
    pattern = pattern.replace(".00", "") if whole else pattern
    return format_currency(Decimal(oere) / 100, "DKK", pattern, locale=written, currency_digits=not whole)


def _written() -> str:
    borrowed = _for_now.get()
    return _written_as if borrowed is None or borrowed == _chosen else _WRITTEN_AS[borrowed]


def language_name(code: str) -> str:
    """Return what a language is called: "tyrkisk", "Turkish"; a code that nobody knows as it is."""
    return _language_name(code, language())


@lru_cache
def _language_name(code: str, spoken: str) -> str:
    return str(_locale(spoken).languages.get(code, code))


def _locale(name: str) -> "Locale":
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - only when a number is written

    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_WRITTEN_AS.get(name.split("_", maxsplit=1)[0], "da_DK"))


@lru_cache
def _catalogue(code: str) -> _gettext.NullTranslations:
    if code == "en":
        return _gettext.NullTranslations()
    return _gettext.translation(DOMAIN, LOCALE_FOLDER, [code], fallback=True)


use_language(SYSTEM)
