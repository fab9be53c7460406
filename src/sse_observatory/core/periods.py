"""Reference periods in the forms SDMX 2.1 allows and the observatory uses: year, half-year, quarter, month."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_FORMS = (
    ("A", re.compile(r"(\d{4})")),
    ("S", re.compile(r"(\d{4})-S([12])")),
    ("Q", re.compile(r"(\d{4})-Q([1-4])")),
    ("M", re.compile(r"(\d{4})-(0[1-9]|1[0-2])")),
)
_MONTHS = {"A": 12, "S": 6, "Q": 3, "M": 1}


@dataclass(frozen=True, slots=True)
class Period:
    """A reference period: its SDMX form (``2023``, ``2023-Q2``), frequency, first and last day."""

    code: str
    frequency: str
    start: date
    end: date

    @classmethod
    def parse(cls, code: str) -> Period:
        """The period written as `code`. Raises ValueError for any other form."""
        for frequency, form in _FORMS:
            found = form.fullmatch(code)
            if found:
                year, part = int(found[1]), int(found[2]) if found.lastindex == 2 else 1
                months = _MONTHS[frequency]
                first = (part - 1) * months + 1
                last = first + months - 1
                end = date(year, last, calendar.monthrange(year, last)[1])
                return cls(code, frequency, date(year, first, 1), end)
        raise ValueError(f"{code!r} is not a period such as 2023, 2023-S1, 2023-Q2 or 2023-06")
