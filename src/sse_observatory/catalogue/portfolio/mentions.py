"""Dates that a text mentions, in three languages: what a record must not say before it was known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sse_observatory.catalogue.portfolio.dates import When
from sse_observatory.core import Language

_MONTHS: Mapping[Language, tuple[str, ...]] = {
    "en": (
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ),
}  # fmt: skip

_YEAR = re.compile(r"(?:19|20)\d\d")

# A year that is part of a symbol (C/2023/1344) or of a longer number is no date.
_DATE = {
    lang: re.compile(
        rf"(?:(?:\b(\d{{1,2}})(?:er|\.º|st|nd|rd|th)?\s+(?:de\s+)?)?\b({'|'.join(months)})\s+(?:de\s+)?)?"
        r"(?<![\d/])((?:19|20)\d\d)(?![\d/])",
        re.IGNORECASE,
    )
    for lang, months in _MONTHS.items()
}


def dates_in(text: str, lang: Language) -> Iterator[When]:
    """Every date that `text` mentions, as exactly as it says: a day, a month, a year."""
    if not _YEAR.search(text):
        return
    for day, month, year in _DATE[lang].findall(text):
        code = year
        if month:
            code += f"-{_MONTHS[lang].index(month.lower()) + 1:02}"
            if day:
                code += f"-{int(day):02}"
        try:
            yield When.parse(code)
        except ValueError:  # 31 June: a slip of the text, which the reader of the text will see
            yield When.parse(year)
