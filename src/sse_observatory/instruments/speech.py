"""How instruments are spoken of: strings of the catalogue, names of texts, places of paragraphs in three languages."""

from __future__ import annotations

import re
from functools import cache

from sse_observatory import catalogue
from sse_observatory.core import Language, Text
from sse_observatory.instruments.model import Instrument

_PLACE = re.compile(r"(?:(?P<part>.+)\.)?(?P<kind>pp|op)(?P<number>[^(]+)(?P<below>(?:\([^()]+\))*)")
_ANNEX = re.compile(r"annex(?:\.(?P<number>.+))?")


@cache
def _strings() -> dict[str, Text]:
    return dict(catalogue.load().interface)


def say(key: str, lang: Language, **values: object) -> str:
    """The string `key` of the catalogue with its marks filled, as plain text. Raises KeyError for an unknown key."""
    return _strings()[key][lang].format(**values)


def knows(key: str) -> bool:
    """Whether the catalogue has a string `key`."""
    return key in _strings()


def name(instrument: Instrument, lang: Language) -> str:
    """What to call a text: its symbol, else its title, else the name of its file."""
    if instrument.work.symbol is not None:
        return instrument.work.symbol.text
    return instrument.expression.title or instrument.source.name or say("comparison.no_text", lang)


def place(id: str, lang: Language) -> str:
    """Where an element stands, as one cites it: *paragraph 1 (a) (i)*, *alinéa 3 du préambule*, *párrafo 1 a) i)*."""
    found = _PLACE.fullmatch(id)
    if found is None:
        return id
    below = re.findall(r"\(([^()]+)\)", found["below"])
    letters = (f"({b})" if lang == "en" else f"{b})" for b in below)
    there = say(f"place.{found['kind']}", lang, number=" ".join([found["number"], *letters]))
    if not found["part"]:
        return there
    if annex := _ANNEX.fullmatch(found["part"]):
        if annex["number"]:
            return say("place.in_annex_number", lang, part=annex["number"], place=there)
        return say("place.in_annex", lang, place=there)
    return say("place.in_part", lang, part=found["part"], place=there)
