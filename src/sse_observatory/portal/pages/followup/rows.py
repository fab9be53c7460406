"""The rows of a list through time: which records a list holds on a day, in which order, under which codes.

A record stands in the same place of a list, under the same codes, over long stretches of days (`updates.asof.Stretch`).
The rows of all stretches are ordered once; the list of a day is those that hold on it, so that a day nobody has asked
for yet costs no more than one that was asked for a moment ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np

Places: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
"""Numbers of rows, in the order of the list."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record from one day to another: by what it is ordered, and its codes for each way to narrow the list down."""

    id: str
    since: date
    until: date
    key: Any
    codes: tuple[Sequence[str], ...]


class Rows:
    """The rows of one list. `names` are the ways to narrow it down, in the order of the codes of a row."""

    def __init__(self, rows: Iterable[Row], names: Sequence[str], *, newest_first: bool = False) -> None:
        ordered = sorted(rows, key=lambda row: row.key, reverse=newest_first)
        self._ids = [row.id for row in ordered]
        self._since = np.fromiter((row.since.toordinal() for row in ordered), dtype=np.int32, count=len(ordered))
        self._until = np.fromiter((row.until.toordinal() for row in ordered), dtype=np.int32, count=len(ordered))
        self._codes = {name: _Codes([row.codes[at] for row in ordered]) for at, name in enumerate(names)}

    def on(self, day: date) -> Places:
        """The rows of a day."""
        number = day.toordinal()
        return np.flatnonzero((self._since <= number) & (number <= self._until))

    def narrowed(self, places: Places, choice: Mapping[str, str]) -> Places:
        """Those of the rows that have each code chosen."""
        for name, code in choice.items():
            places = np.intersect1d(places, self._codes[name].having(code), assume_unique=True)
        return places

    def counts(self, name: str, places: Places) -> dict[str, int]:
        """The codes that occur among the rows, each with how many have it."""
        chosen = np.zeros(len(self._ids), dtype=bool)
        chosen[places] = True
        return self._codes[name].counts(chosen)

    def ids(self, places: Places) -> list[str]:
        """The records of the rows."""
        return [self._ids[place] for place in places]


class _Codes:
    """The codes of all rows for one way to narrow down, as pairs of numbers: row, code."""

    def __init__(self, codes: Sequence[Sequence[str]]) -> None:
        self._number: dict[str, int] = {}
        pairs = [
            (place, self._number.setdefault(code, len(self._number)))
            for place, several in enumerate(codes) for code in dict.fromkeys(several)
        ]
        held = np.array(pairs, dtype=np.int32).reshape(-1, 2)
        self._row, self._code = held[:, 0].copy(), held[:, 1].copy()

    def having(self, code: str) -> Places:
        number = self._number.get(code)
        return np.flatnonzero(np.zeros(0)) if number is None else self._row[self._code == number].astype(np.int64)

    def counts(self, chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> dict[str, int]:
        found = np.bincount(self._code[chosen[self._row]], minlength=len(self._number))
        return {code: int(found[number]) for code, number in self._number.items() if found[number]}
