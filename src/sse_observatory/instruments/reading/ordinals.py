"""Ordinal numbers written out, as sessions are named: "Seventy-seventh", "Soixante-dix-septième"."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from sse_observatory.core import LANGUAGES
from sse_observatory.instruments.acts.numbers import ordinals


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
    """Ordinals of all three languages, without their accents."""
    return {_plain(spelling): number for lang in LANGUAGES for spelling, number in ordinals(lang).items()}
