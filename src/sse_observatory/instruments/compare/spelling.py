"""Spelling: when two paragraphs are printed differently and say the same.

The Editorial Manual spells *programme* and *organization*, many drafts do not; a text that went through character
recognition has figures in its words, and a PDF leaves the number of a note or the foot of a page in a sentence. None of
this is a change of the text. What is one word in either text and another word in the other always is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any


@lru_cache(maxsize=65_536)
def spelt(word: str) -> str:
    """A word in normal form, spelt in one way: *organise* as *organize*, *labour* as *labor*."""
    rules = _rules()
    found = rules.words.get(word)
    if found is not None:
        return found
    word = _WITH_S.sub(r"\1z", word)
    word = rules.our.sub(lambda our: our[0].replace("our", "or"), word)
    word = rules.doubled.sub(r"\1", word)
    beginning = rules.beginnings.match(word)
    return rules.read_as[beginning[0]] + word[beginning.end() :] if beginning else word


def without_remains(text: str) -> str:
    """`text` without what the foot and the head of a page leave in a sentence: job number, page, symbol beside them."""
    return _REMAINS.sub(" ", text)


def misread(one: str, other: str) -> bool:
    """Whether two words in normal form differ by a figure that is no figure: of character recognition, or of a note."""
    if one == other:
        return True
    figures, plain = (one, other) if _FIGURE.search(one) else (other, one)
    if plain.isdigit() or figures.isdigit() or _FIGURE.search(plain) or len(plain) < _LEAST:
        return False
    return re.fullmatch(rf"{re.escape(plain)}\d{{1,2}}", figures) is not None or _seen(figures) == _seen(plain)


def _seen(word: str) -> str:
    return word.translate(_LOOKALIKES)


_LEAST = 4
"""Shorter words with a figure are codes: CO2, G20."""
_FIGURE = re.compile(r"\d")
_LOOKALIKES = str.maketrans("01i5", "olls")
_WITH_S = re.compile(r"(?<=\w{3})([iy])s(?=(?:e[ds]?|ers?|ing|able|ations?|ational|ationally)$)")
_REMAINS = re.compile(
    r"\s(?:(?:[AES](?:/[\w.-]+)+(?:\s\(\d{4}\))?\s)?\d{1,3}/\d{1,3}\s\d{2}-\d{5}(?:\s\([EFS]\))?"
    r"|\d{2}-\d{5}(?:\s\([EFS]\))?(?:\s\d{1,3}/\d{1,3})?)(?:\s[AES](?:/[\w.-]+)+(?:\s\(\d{4}\))?)?(?=\s)"
)
"""The foot of a page of the United Nations, "2/3 23-06503", with the symbol at the head of the next."""


class _Rules:
    """`spelling.toml` ready for use."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.words: Mapping[str, str] = given["words"]
        self.read_as: Mapping[str, str] = given["beginnings"]
        self.beginnings = _one_of(given["beginnings"])
        self.our = _one_of(given["our"])
        self.doubled = re.compile(rf"({'|'.join(given['single'])})l(?=(?:ed|ing|ers?)$)")


def _one_of(words: Any) -> re.Pattern[str]:
    return re.compile("|".join(sorted(words, key=len, reverse=True)))


@cache
def _rules() -> _Rules:
    return _Rules(tomllib.loads(resources.files(__package__).joinpath("spelling.toml").read_text(encoding="utf-8")))
