"""Days as sources give them: a year, a month or a day (ISO 8601, reduced precision)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from sse_observatory.catalogue.portfolio.wrong import Wrong

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class When:
    """A date of reduced precision: ``2023``, ``2023-04`` or ``2023-04-18``, with its first and last day."""

    code: str
    first: date
    last: date

    @classmethod
    def parse(cls, code: str) -> Self:
        """The date written as `code`. Raises ValueError for any other form and for a day that does not exist."""
        found = _FORM.fullmatch(code)
        if not found:
            told = "{value!r} is not a date: write 2023, 2023-04 or 2023-04-18"
            raise ValueError(Wrong("date_form", told, value=code))
        year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
        try:
            if found[3]:
                only = date(year, month, day)
                return cls(code, only, only)
            if found[2]:
                return cls(code, date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
            return cls(code, date(year, 1, 1), date(year, 12, 31))
        except (ValueError, calendar.IllegalMonthError):
            told = "there is no day {value}: look at the calendar"
            raise ValueError(Wrong("no_such_day", told, value=code)) from None

    @classmethod
    def of(cls, written: Any) -> Self:
        """The date in a file: text as for `parse`, or a day that the format of the file already knows."""
        if isinstance(written, When):
            return cls(written.code, written.first, written.last)
        if type(written) is date:
            return cls(written.isoformat(), written, written)
        if not isinstance(written, str):
            told = "{value!r} is not a date: write 2023, 2023-04 or 2023-04-18, in quotes"
            raise ValueError(Wrong("date_form", told, value=written))
        return cls.parse(written)

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Foreseen(When):
    """A date that a text sets for later: a due date, the planned end of a plan. It may lie after the as-of date."""
