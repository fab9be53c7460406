"""The date a page speaks from: what was true on it, as known on it.

``?as_of=2023-05-19`` in the address of a page, search, export or calendar; without it the page speaks as of today and
its address stays the same tomorrow. The date is in every link from one such page to another, in sight at the top of
the page, and changed by a form. A day that has not come yet cannot be known and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from sse_observatory.core import ObservatoryError

NAME = "as_of"
EARLIEST = date(1800, 1, 1)


class NoSuchDate(ObservatoryError):
    """The date in the address is none that a page can speak from. `key` names the words for the reader."""

    def __init__(self, key: str, given: str) -> None:
        super().__init__(f"as_of={given!r} is not a date to look from.", "Write a day that has come, as 2023-05-19.")
        self.key = key


@dataclass(frozen=True, slots=True)
class AsOf:
    """A date, and whether the reader chose it."""

    day: date
    chosen: bool = False

    @property
    def iso(self) -> str:
        """The date as addresses write it."""
        return self.day.isoformat()

    @property
    def query(self) -> str:
        """What an address needs to keep the date; empty where it is today's."""
        return urlencode({NAME: self.day.isoformat()}) if self.chosen else ""

    def keep(self, url: str) -> str:
        """`url` with the date."""
        if not self.chosen:
            return url
        address, mark, place = url.partition("#")
        return f"{address}{'&' if '?' in address else '?'}{self.query}{mark}{place}"


def today() -> date:
    """The day it is here."""
    return timezone.localdate()


def as_of(request: HttpRequest) -> AsOf:
    """The date a request asks for. Raises NoSuchDate."""
    given = request.GET.get(NAME, "").strip()
    if not given:
        return AsOf(today())
    try:
        # Only the one form: what `fromisoformat` also takes (weeks, no hyphens) would give one page many addresses.
        day = date.fromisoformat(given) if len(given) == 10 and given[4] == "-" and given[5] != "W" else None
    except ValueError:
        day = None
    if day is None or day < EARLIEST:
        raise NoSuchDate("not_a_date", given[:40])
    if day > today():
        raise NoSuchDate("not_come", given)
    return AsOf(day, True)
