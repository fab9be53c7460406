"""Ordinal numbers written out, as sessions are named: "Seventy-seventh", "Soixante-dix-septième"."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_EN_UNITS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_FR_UNITS = (
    "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
)
_FR_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
_ES_UNITS = "primer segundo tercer cuarto quinto sexto septimo octavo noveno"
_ES_TENS = (
    "decimo vigesimo trigesimo cuadragesimo quincuagesimo sexagesimo septuagesimo octogesimo nonagesimo centesimo"
)
_LAST = 160


def number_of(text: str) -> int | None:
    """The number that a text spells as an ordinal, in figures ("77th", "77e", "77º") or in words of three languages."""
    figures = re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th|er|ère|e|ème|º|°|ª|o|a)?\.?", text.strip())
    if figures is not None:
        return int(figures[1])
    return _words().get(_plain(text))


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.strip().lower())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[\s‐‑-]+", " ", plain).removesuffix(".")


@cache
def _words() -> dict[str, int]:
    found: dict[str, int] = {}
    for number in range(1, _LAST):
        for spelling in (*_english(number), *_french(number), *_spanish(number)):
            found.setdefault(_plain(spelling), number)
    return found


def _english(number: int) -> list[str]:
    if number >= 100:
        rest = _english(number - 100) if number > 100 else []
        return [f"{lead} {tail}" for lead in ("one hundred and", "one hundred", "hundred and") for tail in rest] or [
            "one hundredth", "hundredth"
        ]  # fmt: skip
    units, tens = _EN_UNITS.split(), _EN_TENS.split()
    if number < 20:
        return [units[number]]
    ten, unit = divmod(number, 10)
    return [f"{tens[ten - 2]}-{units[unit]}" if unit else tens[ten - 2].removesuffix("y") + "ieth"]


def _french_cardinal(number: int) -> str:
    units = _FR_UNITS.split()
    if number >= 100:
        return "cent" + (f" {_french_cardinal(number - 100)}" if number > 100 else "")
    if number < 20:
        return units[number]
    ten = max(t for t in _FR_TENS if t <= number)
    unit = number - ten
    if not unit:
        return _FR_TENS[ten]
    link = " et " if unit in (1, 11) and ten != 80 else "-"
    return f"{_FR_TENS[ten]}{link}{units[unit]}"


def _french(number: int) -> list[str]:
    if number == 1:
        return ["première", "premier", "première"]
    cardinal = _french_cardinal(number)
    stem = cardinal.removesuffix("e")
    stem = {"neuf": "neuv", "cinq": "cinqu"}.get(stem, stem)
    for ending, changed in (("-neuf", "-neuv"), ("-cinq", "-cinqu")):
        stem = stem.removesuffix(ending) + changed if stem.endswith(ending) else stem
    return [stem + "ième", *(["second", "seconde"] if number == 2 else [])]


def _spanish(number: int) -> list[str]:
    units, tens = _ES_UNITS.split(), _ES_TENS.split()
    hundred, rest = divmod(number, 100)
    words = ["centesimo"] if hundred else []
    ten, unit = divmod(rest, 10)
    if ten:
        words.append(tens[ten - 1])
    if unit:
        words.append(units[unit - 1])
    spellings = [" ".join(words), "".join(words)]
    if unit in (1, 3):
        spellings += [f"{spelling}o" for spelling in spellings]
    if rest == 11:
        spellings += ["undecimo"]
    if rest == 12:
        spellings += ["duodecimo"]
    # The same words in the feminine ("vigésima séptima reunión").
    return spellings + [re.sub(r"o\b", "a", spelling) for spelling in spellings]
