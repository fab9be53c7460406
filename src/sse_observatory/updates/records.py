"""Records as of a day: the protocol that pages, searches and updates ask, and its implementation in memory.

As of a day means what was true on that day as known on that day. A `View` holds nothing that became known later, not
even inside a record: later notes, claims, languages, ends and references are left out of it. What was learned later
about something that a view holds is asked for by its own name, `corrections`.

`CatalogueRecords` answers from the catalogue; `portal.records` answers the same from its database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal, Protocol, TypeVar

from sse_observatory.catalogue.groups import GroupMembers, Groups
from sse_observatory.catalogue.load import Catalogue, load
from sse_observatory.catalogue.portfolio import (
    Conflict,
    Correction,
    Due,
    Event,
    Evidence,
    Foreseen,
    Membership,
    Portfolio,
    Provision,
    Record,
    Relation,
    Term,
    When,
)
from sse_observatory.core import ObservatoryError, Text
from sse_observatory.updates.asof import PortfolioView, Versions, WatchedView
from sse_observatory.updates.status import Status

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class View(Protocol):
    """What was known on `day`, about what was true on that day."""

    @property
    def day(self) -> date:
        """The as-of date."""

    def get(self, identifier: str) -> Record:
        """The record as known on the day. Raises NotFound for one that does not exist, or was not known yet."""

    def reached(self, day: date) -> bool:
        """Whether `day` has come on the day of the view."""

    def past(self, day: date) -> bool:
        """Whether `day` has gone by on the day of the view."""

    def find(self, identifier: str) -> Record | None:
        """The record as known on the day, or None."""

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Every record of a kind known on the day, in the order of the files."""

    def count(self, kind: type[Record]) -> int:
        """How many records of a kind are known on the day."""

    def referring(self, kind: type[R], field: str, identifier: str) -> tuple[R, ...]:
        """The records of a kind whose field (one value or several) holds `identifier`, in the order of the files."""

    def known_on(self, identifier: str) -> date | None:
        """The first day a record could be known; None where its date only says when it was written down."""

    def term(self, vocabulary: str, code: str) -> Term:
        """The word behind a code: ``term("role", "vice-chair").label``."""

    def citation(self, identifier: str) -> Text:
        """How a record is named in a line: “A/RES/77/281, para. 4”."""

    def roles(self, actor: str, body: str) -> tuple[Membership, ...]:
        """The roles that `actor` held in `body` on the day; an exclusive one ended when another was observed."""

    def members(self, body: str, role: str | None = None) -> tuple[Membership, ...]:
        """Who held which role in `body` on the day; only `role` if given."""

    def provisions(self, instrument: str) -> tuple[Provision, ...]:
        """The provisions of an instrument, in its order."""

    def events(self, instrument: str, stage: str | None = None) -> tuple[Event, ...]:
        """What had happened to an instrument by the day, in order of time; only `stage` if given."""

    def adopted(self, instrument: str) -> When | None:
        """When an instrument was adopted: the date of its adoption event, and of no other."""

    def relations(
        self, identifier: str, predicate: str | None = None, *, end: Literal["subject", "object"] | None = None
    ) -> tuple[Relation, ...]:
        """The relations of a record: those of which it is the subject, the object, or (None) either."""

    def evidence(self, identifier: str) -> tuple[Evidence, ...]:
        """What supports a provision or output, each piece once."""

    def conflicts(self, identifier: str | None = None) -> tuple[Conflict, ...]:
        """Where sources known on the day differ: about a record, or all. `status` is that of the day."""

    def dues(self, identifier: str) -> tuple[Due, ...]:
        """What is due of a provision or plan."""

    def due(self, start: date | None = None, end: date | None = None) -> tuple[tuple[Foreseen, Due], ...]:
        """What is due between two days as known on the day, by due date; what recurs stands there each time."""

    def upcoming(self, due: Due) -> Foreseen | None:
        """When something is due: once, or, of what recurs, the time that is not over yet."""

    def status(self, identifier: str) -> Status:
        """Where the follow-up of a provision, plan, output or due stands, by which rule, in a sentence."""

    def corrections(self) -> tuple[tuple[Record, Correction], ...]:
        """What was learned after the day about what the view holds, each with its date; never part of a record."""

    def group(self, identifier: str) -> GroupMembers:
        """Who belonged to a government group or region on the day, and on what that rests."""


class Records(Protocol):
    """Where records are kept."""

    @property
    def first_day(self) -> date:
        """The first day on which anything dated is known."""

    def as_of(self, day: date) -> View:
        """What was known on `day`. Raises ObservatoryError for a day before `first_day`."""


class CatalogueRecords:
    """The records of a catalogue (or of any portfolio in memory), as of a day."""

    def __init__(self, portfolio: Portfolio, groups: Groups) -> None:
        self.portfolio = portfolio
        self._groups = groups
        self._versions = Versions(portfolio)

    @property
    def first_day(self) -> date:
        """The first day on which anything dated is known."""
        return self.portfolio.first_day

    def as_of(self, day: date) -> PortfolioView:
        """What was known on `day`. Raises ObservatoryError for a day before `first_day`."""
        if day < self.first_day:
            raise ObservatoryError(
                f"Nothing is recorded by {day}: the first dated record is known from {self.first_day} on.",
                "Ask for that day or a later one.",
            )
        return PortfolioView(self._versions, self._groups, day)

    def through(
        self, identifier: str, ask: Callable[[PortfolioView], T], last: date
    ) -> Iterator[tuple[date, date, T]]:
        """What `ask` answers about a record from the first day on which it is known to `last`, by stretches of days."""
        day = self.portfolio.known_on(identifier) or self.first_day
        while day <= last:
            view = WatchedView(self._versions, self._groups, day)
            answer = ask(view)
            yield day, view.stretch.until, answer
            if view.stretch.until == date.max:
                return
            day = view.stretch.until + timedelta(days=1)


def catalogue_records(catalogue: Catalogue | None = None) -> CatalogueRecords:
    """The records of `catalogue`, by default the one this process uses."""
    used = catalogue or load()
    return CatalogueRecords(used.portfolio, used.groups)
