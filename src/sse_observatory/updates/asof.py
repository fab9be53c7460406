"""What was true on a day as known on that day: records without what became known later, and questions about them.

Dates of kind *recorded* never hide a record; they are left out of a view of an earlier day. A record that needs
another is not known before it; a reference that only names one is left out until that one is known. Sources that
appeared later are left out too. A record whose date only says when it was written down may thus stand in a view
without a source: it exists, but nothing said about it can be supported on that day.

A record reads the same over long stretches of days. Every comparison with the day goes through a `Stretch`, which
notes how far the day may move before a comparison comes out otherwise; so the cut made for one day serves all days of
its stretch, and what is held in memory grows with the records and not with the days that were asked for.
"""

from __future__ import annotations

import calendar
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple, TypeVar

from sse_observatory.catalogue.groups import GroupMembers, Groups
from sse_observatory.catalogue.portfolio import (
    Citation,
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
    Source,
    Term,
    When,
    forms,
)
from sse_observatory.catalogue.portfolio.model import In, Names
from sse_observatory.core import NotFound, Text
from sse_observatory.updates.status import Status, status_of

R = TypeVar("R", bound=Record)
_NEXT = timedelta(days=1)


class Stretch:
    """The days, from `since` to `until`, on which every comparison made so far comes out as on `day`."""

    __slots__ = ("day", "since", "until")

    def __init__(self, day: date) -> None:
        self.day, self.since, self.until = day, date.min, date.max

    def reached(self, other: date) -> bool:
        """Whether `other` has come."""
        if other <= self.day:
            self.since = max(self.since, other)
            return True
        self.until = min(self.until, other - _NEXT)
        return False

    def past(self, other: date) -> bool:
        """Whether `other` has gone by."""
        if other < self.day:
            self.since = max(self.since, other + _NEXT)
            return True
        self.until = min(self.until, other)
        return False

    def within(self, since: date, until: date) -> None:
        """What was found out holds from `since` to `until`, which enclose the day."""
        self.since, self.until = max(self.since, since), min(self.until, until)


class Version(NamedTuple):
    """How a record reads from one day to another; None while it is not known."""

    since: date
    until: date
    record: Record | None


class Versions:
    """The records of a portfolio through time. Each is cut when first asked for, once for each of its stretches."""

    def __init__(self, portfolio: Portfolio) -> None:
        self.portfolio = portfolio
        self._of: dict[str, tuple[Version, ...]] = {}
        self._days: dict[str, list[date]] = {}

    def at(self, identifier: str, day: date) -> Version:
        """How the record reads on `day`."""
        for version in self._of.get(identifier, ()):
            if version.since <= day <= version.until:
                return version
        return self._cut(identifier, day)

    def count(self, kind: type[Record], day: date) -> int:
        """How many records of a kind are known on `day`."""
        if kind.kind not in self._days:
            self._days[kind.kind] = sorted(self.portfolio.known_on(r) or date.min for r in self.portfolio.of(kind))
        return bisect_right(self._days[kind.kind], day)

    def _cut(self, identifier: str, day: date) -> Version:
        record = self.portfolio.records.get(identifier)
        if record is None:
            return Version(date.min, date.max, None)
        cutting = _Cutting(self.portfolio, day)
        cut: Record | None = cutting.as_known(record) if cutting.known(identifier) else None
        if isinstance(cut, Conflict):
            cut = _settled(record, cut)
        made = Version(cutting.since, cutting.until, cut)
        self._of[identifier] = (*self._of.get(identifier, ()), made)
        return made


class PortfolioView:
    """A view of a portfolio in memory (see `records.View`)."""

    def __init__(self, versions: Versions, groups: Groups, day: date) -> None:
        self._versions = versions
        self._portfolio = versions.portfolio
        self._groups = groups
        self._day = day

    @property
    def day(self) -> date:
        """The as-of date."""
        return self._day

    def reached(self, day: date) -> bool:
        """Whether `day` has come on the day of the view."""
        return day <= self._day

    def past(self, day: date) -> bool:
        """Whether `day` has gone by on the day of the view."""
        return day < self._day

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
        return self._versions.at(identifier, self._day).record

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Every record of a kind known on the day, in the order of the files."""
        return tuple(self._found(self._portfolio.of(kind)))

    def count(self, kind: type[Record]) -> int:
        """How many records of a kind are known on the day."""
        return self._versions.count(kind, self.day)

    def referring(self, kind: type[R], field: str, identifier: str) -> tuple[R, ...]:
        """The records of a kind whose field (one value or several) holds `identifier`, in the order of the files."""
        # A field that names what is not known yet is empty in the view; nobody asks for what he cannot know.
        return tuple(self._found(self._portfolio.referring(kind, field, identifier)))

    def _found(self, records: Iterable[R]) -> Iterator[R]:
        for record in records:
            found = self.find(record.id)
            if found is not None:
                yield found  # type: ignore[misc]  # a cut has the class of its record

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
            for membership in self.referring(Membership, "body", body)
            if (start := self._portfolio.records[membership.id].date) is None or self.reached(start.first)
        ]

    def _holds(self, membership: Membership, of_the_same: Iterable[Membership]) -> bool:
        if membership.until is not None and self.past(membership.until.last):
            return False
        exclusive = self.term("role", membership.role).exclusive
        if exclusive is None:
            return True
        rivals = [m for m in of_the_same if self.term("role", m.role).exclusive == exclusive]
        return membership == max(rivals, key=_start)

    def provisions(self, instrument: str) -> tuple[Provision, ...]:
        """The provisions of an instrument, in its order."""
        return tuple(self.referring(Provision, "instrument", instrument))

    def events(self, instrument: str, stage: str | None = None) -> tuple[Event, ...]:
        """What had happened to an instrument by the day, in order of time; only `stage` if given."""
        found = [e for e in self.referring(Event, "instrument", instrument) if stage in (None, e.stage)]
        return tuple(sorted(found, key=lambda e: e.date.first if e.date else date.min))

    def adopted(self, instrument: str) -> When | None:
        """When an instrument was adopted: the date of its adoption event, and of no other."""
        return next((event.date for event in self.events(instrument, "adopted")), None)

    def relations(
        self, identifier: str, predicate: str | None = None, *, end: Literal["subject", "object"] | None = None
    ) -> tuple[Relation, ...]:
        """The relations of a record: those of which it is the subject, the object, or (None) either."""
        ends = ("subject", "object") if end is None else (end,)
        found = {r.id: r for field in ends for r in self.referring(Relation, field, identifier)}
        return tuple(r for r in found.values() if predicate in (None, r.predicate))

    def evidence(self, identifier: str) -> tuple[Evidence, ...]:
        """What supports a provision or output, each piece once."""
        return tuple(self.referring(Evidence, "supports", identifier))

    def conflicts(self, identifier: str | None = None) -> tuple[Conflict, ...]:
        """Where sources known on the day differ: about a record, or all. `status` is that of the day."""
        if identifier is None:
            return self.all(Conflict)
        return tuple(self.referring(Conflict, "concerns", identifier))

    def dues(self, identifier: str) -> tuple[Due, ...]:
        """What is due of a provision or plan."""
        return tuple(self.referring(Due, "concerns", identifier))

    def due(self, start: date | None = None, end: date | None = None) -> tuple[tuple[Foreseen, Due], ...]:
        """What is due between two days as known on the day, by due date; what recurs stands there each time.

        Without an `end`, what recurs stands there once: the first time from `start` (or the day) on.
        """
        found = [
            (when, due)
            for due in self.all(Due)
            for when in occurrences(due, start or self.day, end)
            if (start is None or when.last >= start) and (end is None or when.first <= end)
        ]
        return tuple(sorted(found, key=lambda pair: (pair[0].first, pair[1].id)))

    def upcoming(self, due: Due) -> Foreseen | None:
        """When something is due: once, or, of what recurs, the time that is not over yet."""
        rule = RULES.get(due.current.rule or "")
        if rule is None:
            return window(due.current)
        year = self._day.year
        return next(when for when in map(rule, (year - 1, year, year + 1)) if not self.past(when.last))

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
            if not self.reached(correction.known.last)
        )

    def group(self, identifier: str) -> GroupMembers:
        """Who belonged to a government group or region on the day, and on what that rests."""
        record = self.get(identifier)
        name = getattr(record, "group", None) if isinstance(record, GovernmentGroup) else getattr(record, "area", None)
        if not isinstance(record, (GovernmentGroup, Region)) or name is None:
            raise NotFound(f"The record {identifier!r} has no list of countries.", "Name a government group or region.")
        return self._groups.members(name, self.day)


class WatchedView(PortfolioView):
    """A view for one question. Once it is answered, `stretch` tells on which days the answer is the same."""

    def __init__(self, versions: Versions, groups: Groups, day: date) -> None:
        super().__init__(versions, groups, day)
        self.stretch = Stretch(day)

    @property
    def day(self) -> date:
        """The as-of date. Who reads it may do anything with it: the answer holds for this day alone."""
        self.stretch.within(self._day, self._day)
        return self._day

    def reached(self, day: date) -> bool:
        """Whether `day` has come on the day of the view."""
        return self.stretch.reached(day)

    def past(self, day: date) -> bool:
        """Whether `day` has gone by on the day of the view."""
        return self.stretch.past(day)

    def find(self, identifier: str) -> Record | None:
        """The record as known on the day, or None."""
        version = self._versions.at(identifier, self._day)
        self.stretch.within(version.since, version.until)
        return version.record


def _start(membership: Membership) -> date:
    return membership.date.first if membership.date else date.min


def _settled(conflict: Record, cut: Conflict) -> Conflict:
    """A conflict with the status of the day: resolved once every claim that prevails was known."""
    assert isinstance(conflict, Conflict)
    prevailing = [claim for claim in conflict.claims if claim.prevails]
    if prevailing and all(claim in cut.claims for claim in prevailing):
        return cut
    return replace(cut, status="open", rule=None, resolution=None)


class _Cutting(Stretch):
    """Cuts a record to a day: what became known later is left out."""

    __slots__ = ("_portfolio",)

    def __init__(self, portfolio: Portfolio, day: date) -> None:
        super().__init__(day)
        self._portfolio = portfolio

    def known(self, identifier: str) -> bool:
        """Whether there is such a record, and it is known."""
        if identifier not in self._portfolio.records:
            return False
        known = self._portfolio.known_on(identifier)
        return known is None or self.reached(known)

    def as_known(self, value: Any) -> Any:
        """A record or part of one without what became known later."""
        changes: dict[str, Any] = {}
        for name, field in forms.fields(type(value)).items():
            member = getattr(value, name)
            if member is None or member == ():
                continue
            kept: Any
            if name == "corrections":
                kept = ()
            elif field.many:
                pairs = [(one, self._kept(one, field, name)) for one in member]
                if all(one is kept_one for one, kept_one in pairs):
                    continue
                kept = tuple(kept_one for _, kept_one in pairs if kept_one is not None)
            else:
                kept = self._kept(member, field, name)
            if kept is not member:
                changes[name] = kept
        return replace(value, **changes) if changes else value

    def _kept(self, member: Any, field: forms.Field, name: str) -> Any:
        """`member` as known on the day, None where it was not."""
        if isinstance(member, Citation):
            return member if self._appeared(member.source) else None
        if isinstance(member, When):
            if isinstance(member, Foreseen):
                return member
            if name == "start" and not self.reached(member.first):
                return Foreseen.of(member)
            # A date may be of reduced precision, and what has it known before its last day.
            later = member.first if name in ("date", "start") else member.last
            return member if self.reached(later) else None
        if forms.is_part(member):
            since = getattr(member, "known", None)
            if since is not None and not self.reached(since.last):
                return None
            return self.as_known(member)
        for mark in field.marks:
            if isinstance(mark, Names) and not self.known(member):
                return None
            if isinstance(mark, In) and mark.name == "source":
                source = self._portfolio.sources.get(member)
                if source is None or not self._appeared(source):
                    return None
        return member

    def _appeared(self, source: Source) -> bool:
        return source.since is None or self.reached(source.since)


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
