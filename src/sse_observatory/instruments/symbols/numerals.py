"""Roman numerals, as old resolutions and the parts of a text are numbered."""

from __future__ import annotations

import re


def roman(text: str) -> int | None:
    """The value of a roman numeral written the standard way, else None."""
    if not text or not _ROMAN.fullmatch(text.upper()):
        return None
    total = 0
    for here, after in zip(text.upper(), [*text.upper()[1:], ""], strict=True):
        value = _ROMAN_VALUES[here]
        total += -value if after and _ROMAN_VALUES[after] > value else value
    return total


def to_roman(number: int) -> str:
    """`number` (1 to 3999) as a roman numeral."""
    out = ""
    for value, sign in _ROMAN_SIGNS:
        out += sign * (number // value)
        number %= value
    return out


_ROMAN = re.compile(r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN_SIGNS = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
