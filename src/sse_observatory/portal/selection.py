"""What a reader asked of a table: one code, or each, for every dimension; and the address that asks it again.

Addresses are plain GET parameters named by the dimensions (``?REF_AREA=KEN&COOP_TYPE=*``); ``*`` means each
value. A dimension that is not mentioned is at its total where it has one, except the first breakdown, so that
a table opens on something that can be read and summed in the head.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from sse_observatory.portal.shelf import Rows, TableIndex
from sse_observatory.structures import TOTAL

EACH = "*"
PAGE_SIZE = 50
LAST_PAGE = 400
"""Pages beyond this one are refused: whoever needs more rows downloads the table."""

_MOST = 100  # characters of a parameter that are looked at


@dataclass(frozen=True)
class Selection:
    """A choice of rows of one table. `ignored` names parameters that are not codes of the table."""

    table: TableIndex
    chosen: Mapping[str, str]
    page: int = 1
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: TableIndex, params: Mapping[str, str]) -> Selection:
        """The selection written as GET parameters. Raises ValueError for a page that is not a number in range."""
        chosen, ignored = default_choice(table), []
        for name in params:
            if name in ("page", "width"):
                continue
            value = params[name][:_MOST]
            if name not in table.codes:
                ignored.append(name[:_MOST])
            elif value in ("", EACH):
                chosen[name] = EACH
            elif value in table.codes[name]:
                chosen[name] = value
            else:
                ignored.append(f"{name[:_MOST]}={value}")
        chosen = _opened_until_something_shows(table, chosen, fixed={name for name in params if name in table.codes})
        page = params.get("page", "1")
        if not (page.isascii() and page.isdigit() and len(page) < 6 and 1 <= int(page) <= LAST_PAGE):
            raise ValueError("the page is not a number in range")
        return cls(table, chosen, int(page), tuple(ignored))

    @cached_property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """The selection as filters of `TableIndex.rows`."""
        return {name: (code,) for name, code in self.chosen.items() if code != EACH}

    @cached_property
    def rows(self) -> Rows:
        """The rows selected, in display order."""
        return self.table.rows(self.filters)

    @property
    def pages(self) -> int:
        return max(1, min(-(-len(self.rows) // PAGE_SIZE), LAST_PAGE))

    @cached_property
    def shown(self) -> Rows:
        """The rows of this page."""
        start = (self.page - 1) * PAGE_SIZE
        return self.rows[start:start + PAGE_SIZE]

    @cached_property
    def constant(self) -> dict[str, str]:
        """Dimensions with one and the same code in every selected row."""
        found = {}
        for name in self.table.dimensions:
            chosen = self.chosen.get(name, EACH)
            code = self.table.same(name, self.rows) if chosen == EACH else chosen
            if code is not None and len(self.rows):
                found[name] = code
        return found

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """Dimensions that need a column."""
        return tuple(name for name in self.table.dimensions if name not in self.constant)

    @property
    def query(self) -> str:
        """The GET parameters that ask for this selection, without the page."""
        return urlencode({name: self.chosen.get(name, EACH) for name in self.table.dimensions
                          if len(self.table.codes[name]) > 1})

    def with_(self, **changes: str) -> str:
        """The GET parameters of this selection with some dimensions changed."""
        return urlencode({name: changes.get(name, self.chosen.get(name, EACH)) for name in self.table.dimensions
                          if len(self.table.codes[name]) > 1})


def default_choice(table: TableIndex) -> dict[str, str]:
    """Totals for every breakdown but the first that has more than a total; each value of everything else.

    A table that holds nothing but a fictional country opens on it: its banner says what it is.
    """
    chosen, opened = {}, False
    for name in table.dimensions:
        codes = table.codes[name]
        if name == "REF_AREA" and codes and not table.real_areas:
            chosen[name] = codes[0]
        elif TOTAL not in codes:
            chosen[name] = EACH
        elif len(codes) > 1 and not opened:
            chosen[name], opened = EACH, True
        else:
            chosen[name] = TOTAL
    return chosen


def _opened_until_something_shows(table: TableIndex, chosen: dict[str, str], fixed: Collection[str]) -> dict[str, str]:
    """Where no row is at all the totals at once, the choice opens from the last dimension to the first.

    What the reader asked for (`fixed`) stays as asked, even if nothing is there.
    """
    opened = chosen
    for name in [None, *reversed(table.dimensions)]:
        if name is not None:
            if opened[name] == EACH or name in fixed:
                continue
            opened = opened | {name: EACH}
        if len(table.rows({n: (c,) for n, c in opened.items() if c != EACH})):
            return opened
    return chosen
