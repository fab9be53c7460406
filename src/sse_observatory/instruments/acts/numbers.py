"""Ordinal and cardinal numbers in words, as sessions and periods are written: "eighty-first", "quatre-vingt-unième"."""

from __future__ import annotations

import re
from functools import cache

from sse_observatory.core import Language

_HIGHEST = 160

_EN_UNITS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
             "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_ORDINAL = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
               "twelve": "twelfth"}  # fmt: skip

_FR_UNITS = ("", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
             "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf")  # fmt: skip
_FR_TENS = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt")

_ES_UNITS = ("", "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno")
_ES_TENS = ("", "décimo", "vigésimo", "trigésimo", "cuadragésimo", "quincuagésimo", "sexagésimo", "septuagésimo",
            "octogésimo", "nonagésimo")  # fmt: skip
_ES_CARDINALS = ("", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
                 "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve")  # fmt: skip


def _english(number: int) -> str:
    if number < 20:
        return _EN_UNITS[number]
    if number < 100:
        return "-".join(part for part in (_EN_TENS[number // 10], _EN_UNITS[number % 10]) if part)
    return " and ".join(part for part in ("one hundred", _english(number % 100)) if part)


def _english_ordinal(number: int) -> str:
    words = _english(number)
    stem, mark, last = words.rpartition("-") if "-" in words else words.rpartition(" ")
    if last in _EN_ORDINAL:
        last = _EN_ORDINAL[last]
    elif last.endswith("y"):
        last = f"{last[:-1]}ieth"
    else:
        last = f"{last}th"
    return stem + mark + last


def _french(number: int) -> str:
    if number < 20:
        return _FR_UNITS[number]
    if number < 100:
        tens, units = divmod(number, 10)
        if tens in (7, 9):
            units += 10
        joined = " et " if units in (1, 11) and tens != 8 and tens != 9 else "-"
        return joined.join(part for part in (_FR_TENS[tens], _FR_UNITS[units]) if part)
    return " ".join(part for part in ("cent", _french(number % 100)) if part)


def _french_ordinal(number: int) -> str:
    if number == 1:
        return "premier"
    words = _french(number)
    if words.endswith("e"):
        words = words[:-1]
    if words.endswith("cinq"):
        words += "u"
    elif words.endswith("neuf"):
        words = words[:-1] + "v"
    return words + "ième"


def _spanish_ordinals(number: int) -> list[str]:
    if number >= 100:
        rest = _spanish_ordinals(number - 100) if number > 100 else [""]
        return [f"centésimo {word}".strip() for word in rest]
    tens, units = divmod(number, 10)
    if tens == 1 and units == 1:
        return ["undécimo", "decimoprimero", "décimo primero"]
    if tens == 1 and units == 2:
        return ["duodécimo", "decimosegundo", "décimo segundo"]
    if not units:
        return [_ES_TENS[tens]]
    if not tens:
        return [_ES_UNITS[units]]
    joined = _ES_TENS[tens].replace("é", "e").replace("á", "a") + _ES_UNITS[units]
    return [f"{_ES_TENS[tens]} {_ES_UNITS[units]}", joined]


@cache
def ordinals(language: Language) -> dict[str, int]:
    """Ordinals in words to their number, masculine and feminine."""
    found: dict[str, int] = {"première": 1, "second": 2, "seconde": 2} if language == "fr" else {}
    for number in range(1, _HIGHEST + 1):
        if language == "en":
            found[_english_ordinal(number)] = number
            found[_english_ordinal(number).replace("-", " ")] = number
            found[_english_ordinal(number).removeprefix("one ").replace("hundred and ", "hundred ")] = number
        elif language == "fr":
            words = _french_ordinal(number)
            found[words] = number
            found[words.replace(" ", "-")] = number
        else:
            for words in _spanish_ordinals(number):
                found[words] = number
                found[" ".join(f"{w[:-1]}a" if w.endswith("o") else w for w in words.split())] = number
                for long, short in (("primero", "primer"), ("tercero", "tercer")):
                    if words.endswith(long):
                        found[words.removesuffix(long) + short] = number
    return found


@cache
def cardinals(language: Language) -> dict[str, int]:
    """Numbers in words up to a hundred, and the words for twelve months and a decade are not among them."""
    if language == "en":
        return {_english(number): number for number in range(1, 100)}
    if language == "fr":
        return {**{_french(number): number for number in range(1, 100)}, "une": 1}
    spoken = {word: number for number, word in enumerate(_ES_CARDINALS) if word}
    tens = {"veinte": 20, "veinticuatro": 24, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60}
    return {**spoken, **tens, "una": 1, "noventa": 90, "cien": 100}


@cache
def ordinal_pattern(language: Language) -> str:
    """A pattern for one ordinal, in words or in figures ("81st", "81e", "81.º")."""
    words = "|".join(re.escape(word).replace(r"\ ", r"\s").replace(" ", r"\s") for word in
                     sorted(ordinals(language), key=len, reverse=True))  # fmt: skip
    figures = {
        "en": r"\d{1,3}(?:st|nd|rd|th)",
        "fr": r"\d{1,3}\s?(?:e|ᵉ|ème|ère|re|er)",
        "es": r"\d{1,3}(?:\.\s?[ºª°]|[ºª°]|er)",
    }
    return rf"(?:{words}|{figures[language]})"


def ordinal(text: str, language: Language) -> int | None:
    """The number of an ordinal in words or in figures; None for anything else."""
    found = re.match(r"\d{1,3}", text)
    if found:
        return int(found[0])
    return ordinals(language).get(re.sub(r"[\s\u2010\u2011]+", lambda m: " " if m[0].isspace() else "-", text.lower()))


def cardinal(text: str, language: Language) -> int | None:
    """The number of a cardinal in words or in figures; None for anything else."""
    return int(text) if text.isdigit() else cardinals(language).get(text.lower())
