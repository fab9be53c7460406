"""What was true on a day as known on that day: records without what became known later, and questions about them.

Dates of kind *recorded* never hide a record; they are left out of a view of an earlier day. A record that needs
another is not known before it; a reference that only names one is left out until that one is known. Sources that
appeared later are left out too. A record whose date only says when it was written down may thus stand in a view
without a source: it exists, but nothing said about it can be supported on that day.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal, TypeVar

from sse_observatory.catalogue.groups import GroupMembers, Groups
from sse_observatory.catalogue.portfolio import (
    Conflict,
    Correction,
    Due,
    DueDate,
    Event,
    Evidence,
    Foreseen,
    GovernmentGroup,
    Membership,
    Portfolio,
    Provision,
    Record,
    Region,
    Relation,
    Term,
    When,
    forms,
)
from sse_observatory.catalogue.portfolio.model import In, Names
from sse_observatory.core import NotFound, Text
from sse_observatory.updates.status import Status, status_of

R = TypeVar("R", bound=Record)


class PortfolioView:
    """A view of a portfolio in memory (see `records.View`). Records are cut to the day when first asked for."""

    def __init__(self, portfolio: Portfolio, groups: Groups, day: date) -> None:
        self._portfolio = portfolio
        self._groups = groups
        self._cut: dict[str, Record] = {}
        self.day = day

    def get(self, identifier: str) -> Record:
        """The record as known on the day. Raises NotFound for one that does not exist, or was not known yet."""
        found = self.find(identifier)
        if found is None:
            self._portfolio.get(identifier)  # raises for one that does not exist at all
            raise NotFound(
                f"The record {identifier!r} was not known on {self.day}.",
                f"It is known from {self._portfolio.known_on(identifier)} on: ask for that day or a later one.",
            )
        return found

    def find(self, identifier: str) -> Record | None:
        """The record as known on the day, or None."""
        if identifier not in self._cut:
            if not self._known(identifier):
                return None
            self._cut[identifier] = self._as_known(self._portfolio.records[identifier])
        return self._cut[identifier]

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Every record of a kind known on the day, in the order of the files."""
        return tuple(self._found(kind))

    def _found(self, kind: type[R]) -> Iterator[R]:
        return self._cut_of(kind, self._portfolio.of(kind))

    def _referring(self, kind: type[R], field: str, identifier: str) -> Iterator[R]:
        return self._cut_of(kind, self._portfolio.referring(kind, field, identifier))

    def _cut_of(self, kind: type[R], records: Iterable[R]) -> Iterator[R]:
        for record in records:
            found = self.find(record.id)
            if isinstance(found, kind):
                yield found

    def known_on(self, identifier: str) -> date | None:
        """The first day a record could be known; None where its date only says when it was written down."""
        return self._portfolio.known_on(identifier)

    def term(self, vocabulary: str, code: str) -> Term:
        """The word behind a code. Raises NotFound."""
        found = self._portfolio.terms.get(vocabulary, {}).get(code)
        if found is None:
            raise NotFound(f"There is no {vocabulary} {code!r}.", "See portfolio/terms.toml for the words there are.")
        return found

    def citation(self, identifier: str) -> Text:
        """How a record is named in a line: “A/RES/77/281, para. 4”."""
        return self._portfolio.citation(self.get(identifier).id)

    def roles(self, actor: str, body: str) -> tuple[Membership, ...]:
        """The roles that `actor` held in `body` on the day; an exclusive one ended when another was observed."""
        held = [m for m in self._in_body(body) if m.member == actor]
        return tuple(m for m in held if self._holds(m, held))

    def members(self, body: str, role: str | None = None) -> tuple[Membership, ...]:
        """Who held which role in `body` on the day; only `role` if given."""
        held = self._in_body(body)
        by_member: dict[str, list[Membership]] = {}
        for membership in held:
            by_member.setdefault(membership.member, []).append(membership)
        return tuple(m for m in held if (role is None or m.role == role) and self._holds(m, by_member[m.member]))

    def _in_body(self, body: str) -> list[Membership]:
        # A role announced for later is known, but not yet held; a view leaves its date out.
        return [
            membership
            for membership in self._referring(Membership, "body", body)
            if (start := self._portfolio.records[membership.id].date) is None or start.first <= self.day
        ]

    def _holds(self, membership: Membership, of_the_same: Iterable[Membership]) -> bool:
        if membership.until is not None and membership.until.last < self.day:
            return False
        exclusive = self.term("role", membership.role).exclusive
        if exclusive is None:
            return True
        rivals = [m for m in of_the_same if self.term("role", m.role).exclusive == exclusive]
        return membership == max(rivals, key=_start)

    def provisions(self, instrument: str) -> tuple[Provision, ...]:
        """The provisions of an instrument, in its order."""
        return tuple(self._referring(Provision, "instrument", instrument))

    def events(self, instrument: str, stage: str | None = None) -> tuple[Event, ...]:
        """What had happened to an instrument by the day, in order of time; only `stage` if given."""
        found = [e for e in self._referring(Event, "instrument", instrument) if stage in (None, e.stage)]
        return tuple(sorted(found, key=lambda e: e.date.first if e.date else date.min))

    def adopted(self, instrument: str) -> When | None:
        """When an instrument was adopted: the date of its adoption event, and of no other."""
        return next((event.date for event in self.events(instrument, "adopted")), None)

    def relations(
        self, identifier: str, predicate: str | None = None, *, end: Literal["subject", "object"] | None = None
    ) -> tuple[Relation, ...]:
        """The relations of a record: those of which it is the subject, the object, or (None) either."""
        ends = ("subject", "object") if end is None else (end,)
        found = {r.id: r for field in ends for r in self._referring(Relation, field, identifier)}
        return tuple(r for r in found.values() if predicate in (None, r.predicate))

    def evidence(self, identifier: str) -> tuple[Evidence, ...]:
        """What supports a provision or output, each piece once."""
        return tuple(self._referring(Evidence, "supports", identifier))

    def conflicts(self, identifier: str | None = None) -> tuple[Conflict, ...]:
        """Where sources known on the day differ: about a record, or all. `status` is that of the day."""
        if identifier is None:
            return self.all(Conflict)
        return tuple(self._referring(Conflict, "concerns", identifier))

    def dues(self, identifier: str) -> tuple[Due, ...]:
        """What is due of a provision or plan."""
        return tuple(self._referring(Due, "concerns", identifier))

    def due(self, start: date | None = None, end: date | None = None) -> tuple[tuple[Foreseen, Due], ...]:
        """What is due between two days as known on the day, by due date; what recurs stands there each time.

        Without an `end`, what recurs stands there once: the first time from `start` (or the day) on.
        """
        found = [
            (when, due)
            for due in self._found(Due)
            for when in occurrences(due, start or self.day, end)
            if (start is None or when.last >= start) and (end is None or when.first <= end)
        ]
        return tuple(sorted(found, key=lambda pair: (pair[0].first, pair[1].id)))

    def status(self, identifier: str) -> Status:
        """Where the follow-up of a provision, plan, output or due stands, by which rule, in a sentence."""
        return status_of(self, self.get(identifier))

    def corrections(self) -> tuple[tuple[Record, Correction], ...]:
        """What was learned after the day about what the view holds, each with its date; never part of a record."""
        return tuple(
            (found, correction)
            for record in self._portfolio.records.values()
            if record.corrections and (found := self.find(record.id)) is not None
            for correction in record.corrections
            if correction.known.last > self.day
        )

    def group(self, identifier: str) -> GroupMembers:
        """Who belonged to a government group or region on the day, and on what that rests."""
        record = self.get(identifier)
        name = getattr(record, "group", None) if isinstance(record, GovernmentGroup) else getattr(record, "area", None)
        if not isinstance(record, (GovernmentGroup, Region)) or name is None:
            raise NotFound(f"The record {identifier!r} has no list of countries.", "Name a government group or region.")
        return self._groups.members(name, self.day)

    def _known(self, identifier: str) -> bool:
        if identifier not in self._portfolio.records:
            return False
        known = self._portfolio.known_on(identifier)
        return known is None or known <= self.day

    def _as_known(self, record: Record) -> Record:
        cut: Record = as_known(record, self.day, self._known, self._source_known)
        if isinstance(cut, Conflict):
            return _settled(record, cut)
        return cut

    def _source_known(self, identifier: str) -> bool:
        source = self._portfolio.sources.get(identifier)
        return source is not None and source.known_by(self.day)


def _start(membership: Membership) -> date:
    return membership.date.first if membership.date else date.min


def _settled(conflict: Record, cut: Conflict) -> Conflict:
    """A conflict with the status of the day: resolved once every claim that prevails was known."""
    assert isinstance(conflict, Conflict)
    prevailing = [claim for claim in conflict.claims if claim.prevails]
    if prevailing and all(claim in cut.claims for claim in prevailing):
        return cut
    return replace(cut, status="open", rule=None, resolution=None)


def as_known(value: Any, day: date, known: Callable[[str], bool], source: Callable[[str], bool]) -> Any:
    """A record or part of one without what became known after `day`; `known` and `source` answer for ids."""
    changes: dict[str, Any] = {}
    for name, field in forms.fields(type(value)).items():
        member = getattr(value, name)
        if member is None or member == ():
            continue
        kept: Any
        if name == "corrections":
            kept = ()
        elif name == "sources":
            kept = tuple(cited for cited in member if cited.source.known_by(day))
        elif field.many:
            pairs = [(one, _kept(one, field, name, day, known, source)) for one in member]
            if all(one is kept_one for one, kept_one in pairs):
                continue
            kept = tuple(kept_one for _, kept_one in pairs if kept_one is not None)
        else:
            kept = _kept(member, field, name, day, known, source)
        if kept is not member:
            changes[name] = kept
    return replace(value, **changes) if changes else value


def _kept(
    member: Any, field: forms.Field, name: str, day: date, known: Callable[[str], bool], source: Callable[[str], bool]
) -> Any:
    """`member` as known on `day`, None where it was not."""
    if isinstance(member, When):
        if isinstance(member, Foreseen):
            return member
        if name == "start" and member.first > day:
            return Foreseen.of(member)
        # A date may be of reduced precision, and what has it known before its last day.
        later = member.first if name in ("date", "start") else member.last
        return member if later <= day else None
    if forms.is_part(member):
        since = getattr(member, "known", None)
        if since is not None and since.last > day:
            return None
        return as_known(member, day, known, source)
    for mark in field.marks:
        if isinstance(mark, Names) and not known(member):
            return None
        if isinstance(mark, In) and mark.name == "source" and not source(member):
            return None
    return member


@cache
def session(number: int) -> Foreseen:
    """When a session of the General Assembly runs (computed, not stated; see `instruments.sessions`)."""
    from sse_observatory.instruments.sessions import assembly

    found = assembly(number)
    opens = found.opens or date(found.year, 9, 1)
    return Foreseen(f"{opens:%Y-%m}", opens, found.closes or date(found.year + 1, 8, 31))


def first_saturday_of_july(year: int) -> Foreseen:
    """The International Day of Cooperatives."""
    first = date(year, 7, 1)
    return Foreseen.of(first + timedelta(days=(calendar.SATURDAY - first.weekday()) % 7))


RULES: dict[str, Callable[[int], Foreseen]] = {"first_saturday_of_july": first_saturday_of_july}
"""How what comes again each year finds its day."""


def window(due: DueDate) -> Foreseen | None:
    """From when to when something is due, where it is due once."""
    if due.session is not None:
        return session(due.session)
    return due.date


def occurrences(due: Due, start: date, end: date | None) -> Iterator[Foreseen]:
    """When something is due: once; or each year between two days by its rule, without `end` the next time only."""
    current = due.current
    if current.rule in RULES:
        years = range(start.year, (end or start).year + (1 if end else 2))
        times = [when for when in map(RULES[current.rule], years) if when.last >= start]
        yield from times if end else times[:1]
        return
    once = window(current)
    if once is not None:
        yield once
