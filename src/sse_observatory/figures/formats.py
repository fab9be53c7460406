"""Numbers and dates as a reader of each language writes them.

The forms are those of CLDR, through Babel, with three house rules that CLDR or Babel do not give:

* Spanish: groups are separated by a narrow no-break space and four-digit numbers are not grouped
  (Real Academia Española, *Ortografía de la lengua española*, 2010, VIII, 2.2.2).
* French: the first day of a month is an ordinal (*1er novembre*).
* English: day before month (*1 November 2026*), as the United Nations Editorial Manual writes dates.

Formatting happens at the edge only: nothing is computed from a formatted number.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from sse_observatory.core import Language, Period

NARROW = "\u202f"
"""Narrow no-break space."""

_LARGEST_DECIMALS = 6


@lru_cache(maxsize=8)
def _locale(lang: Language) -> Locale:
    return Locale.parse(lang)


@lru_cache(maxsize=16)
def _pattern(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")


@lru_cache(maxsize=16_384)
def number(value: Decimal | int, lang: Language, decimals: int | None = None) -> str:
    """`value` in figures, grouped by thousands.

    `decimals` is the number of decimals to show (the DECIMALS attribute); None shows those the value
    has, without trailing zeros. A minus sign is U+2212.
    """
    exact = Decimal(value)
    if decimals is None:
        exponent = exact.normalize().as_tuple().exponent
        decimals = min(max(-exponent, 0), _LARGEST_DECIMALS) if isinstance(exponent, int) else 0
    exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    text = format_decimal(abs(exact), format=_pattern(decimals), locale=_locale(lang), decimal_quantization=False)
    if lang == "es":
        text = text.replace(".", "" if abs(exact) < 10_000 else NARROW)
    return f"\u2212{text}" if exact < 0 else text


def day(when: date | datetime, lang: Language) -> str:
    """A date in words: *1 November 2026*, *1er novembre 2026*, *1 de noviembre de 2026*."""
    text = format_date(when, "d MMMM y" if lang == "en" else "long", locale=_locale(lang))
    return text.replace("1", "1er", 1) if lang == "fr" and when.day == 1 else text


_PERIODS = {
    "S": {"en": "{year}, half-year {part}", "fr": "{year}, semestre {part}", "es": "{year}, semestre {part}"},
    "Q": {"en": "{year}, quarter {part}", "fr": "{year}, trimestre {part}", "es": "{year}, trimestre {part}"},
}


def period(code: str, lang: Language) -> str:
    """A reference period in words: *2023*, *2023, quarter 2*, *June 2023*; unknown forms stay as they are."""
    try:
        found = Period.parse(code)
    except ValueError:
        return code
    if found.frequency == "M":
        return format_date(found.start, "MMMM 'de' y" if lang == "es" else "MMMM y", locale=_locale(lang))
    if found.frequency in _PERIODS:
        return _PERIODS[found.frequency][lang].format(year=code[:4], part=code[-1])
    return code


def plural(count: int, lang: Language) -> str:
    """``"one"`` or ``"other"``: which form of a noun goes with `count` (French counts zero as singular)."""
    return "one" if _locale(lang).plural_form(count) == "one" else "other"


def enumeration(items: list[str], lang: Language) -> str:
    """Items as a list in a sentence: *a, b and c*."""
    return format_list(items, locale=_locale(lang)) if items else ""
