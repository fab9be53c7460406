"""Claims: what a sentence says that somebody could check, each with the record or observation it rests on.

A claim is named by a path, so that it can be asked for again at any later day:

* ``ins-a-res-77-281.adopted``: a field of a record, or what follows from it (see `_DERIVED`);
* ``roles:act-ilo:act-untfsse``: the roles an actor holds in a body;
* ``all:plan_output:ins-ilo-sap-2023-29``: the records of a kind that belong to another;
* ``group.size``, ``coverage.count``: who belongs to the group, and for how many of its countries a figure is published;
* ``observation:DF_SSE_PUBLISHED:KEY``: a published value.

A claim that cannot be resolved stops the document and names itself; so does an open conflict that touches it. The
value of a claim is kept as plain JSON: what a document said can be compared with what the records say later.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from sse_observatory.catalogue.portfolio import (
    CLASSES,
    Citation,
    Conflict,
    Due,
    Instrument,
    KnowledgeItem,
    Provision,
    Record,
    Source,
    When,
)
from sse_observatory.catalogue.templates import Test
from sse_observatory.core import LANGUAGES, NotFound, ObservatoryError, Text
from sse_observatory.updates.figures import Coverage, Published
from sse_observatory.updates.records import View

GRAVITY = ("verified", "stated", "reported", "inferred", "unverified")
"""How a claim is known, the gravest last."""
MARKED = frozenset({"reported", "inferred", "unverified"})
"""What a document must say of a claim that is known in no better way."""


class Unresolved(ObservatoryError):
    """A claim that no record or observation supports at the as-of date."""

    exit_status = 8


class OpenConflict(ObservatoryError):
    """A claim about which sources contradict each other, and nobody has settled it."""

    exit_status = 8


@dataclass(frozen=True, slots=True)
class Reference:
    """A source as a document lists it; `locator` is the place of this claim in it."""

    id: str
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said: the path that says it, its value, how it is known and where that was read.

    `test` is the claim as it stands in the template (with ``it`` replaced). `records` are the ids it rests on, `field`
    the field of the first of them.
    """

    test: Test
    value: Any
    known: str
    references: tuple[Reference, ...] = ()
    records: tuple[str, ...] = ()
    field: str = ""

    @property
    def id(self) -> str:
        """The claim as text: two claims of one document with the same id say the same."""
        return str(self.test)


@dataclass(frozen=True, slots=True)
class Found:
    """A value with what it rests on, before it is printed."""

    value: Any
    claim: Claim


def plain(value: Any) -> Any:
    """`value` as JSON holds it: days as ISO 8601, numbers exactly, texts by language, records by id."""
    if value is None or isinstance(value, bool | int | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, When):
        return value.code
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Record):
        return value.id
    if isinstance(value, Text):
        return {lang: text for lang in LANGUAGES if (text := value.get(lang)) is not None}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        items = [plain(item) for item in value]
        return sorted(items) if isinstance(value, frozenset | set) else items
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be kept with a document")


@dataclass(frozen=True)
class Group:
    """The group a document is for: `label` from its record or the catalogue, its members and on what that rests."""

    id: str
    label: Text
    size: int
    basis: str
    as_of: str
    record: str | None = None
    known: str = "inferred"


@dataclass
class Resolver:
    """Answers paths as of a day. `sources` collects every source a claim was read in, by id."""

    view: View
    group: Group
    coverage: Coverage
    published: Published
    sources: dict[str, Source | Any] = field(default_factory=dict)
    condition_labels: Mapping[str, Text] = field(default_factory=dict)
    latest: Callable[[str], tuple[Citation, ...]] | None = None

    def claim(self, test: Test, it: str | None = None) -> Found:
        """What `test` claims. Raises Unresolved where it does not hold, OpenConflict where sources contradict it.

        `it` is the path that the first word ``it`` stands for.
        """
        test = self.absolute(test, it)
        found = self._resolved(test)
        if found is None:
            raise Unresolved(
                f"The claim “{test}” cannot be resolved as of {self.view.day}.",
                "Correct the template, or add the record or field it needs; nothing was written.",
            )
        for conflict in self.conflicts(found.claim):
            if conflict.status == "open":
                raise OpenConflict(
                    f"The claim “{test}” meets the open conflict {conflict.id} ({conflict.title['en']}).",
                    "Settle the conflict in the records, or leave the claim out of the template; nothing was written.",
                )
        return found

    def holds(self, test: Test, it: str | None = None) -> bool:
        """Whether `test` can be claimed, open conflicts aside."""
        return self._resolved(self.absolute(test, it)) is not None

    def absolute(self, test: Test, it: str | None) -> Test:
        """`test` with the path that ``it`` stands for."""
        head, dot, tail = test.path.partition(".")
        if head != "it":
            return test
        if it is None:
            raise Unresolved(f"“{test}” speaks of a row, and the sentence is written for none.", "Say each = ….")
        return dataclasses.replace(test, path=f"{it}{dot}{tail}")

    def conflicts(self, claim: Claim) -> tuple[Conflict, ...]:
        """The conflicts known on the day that touch a claim: about one of its records and, where said, its field."""
        found: dict[str, Conflict] = {}
        for record in claim.records:
            for conflict in self.view.conflicts(record):
                near = _NEAR.get(claim.field, (claim.field,))
                if conflict.field is None or not claim.field or conflict.field in near:
                    found[conflict.id] = conflict
        return tuple(found.values())

    def _resolved(self, test: Test) -> Found | None:
        try:
            value, basis = self.value(test.path)
        except (NotFound, LookupError, AttributeError, ValueError):
            return None
        if value is None or (isinstance(value, tuple | list) and not value):
            return None
        if test.how == "=" and not _equals(value, test.expected):
            return None
        if test.how == "has" and not _has(value, test.expected):
            return None
        kept = test.expected if test.how == "has" else plain(value if not isinstance(value, Record) else value.id)
        claim = Claim(test, kept, basis.known, tuple(basis.references), tuple(basis.records), basis.field)
        return Found(value, claim)

    # Paths

    def value(self, path: str) -> tuple[Any, Basis]:
        """What `path` leads to, and on what that rests. Raises LookupError or NotFound where it leads nowhere."""
        head, *tail = path.split(".")
        kind, *arguments = head.split(":")
        if kind == "observation":
            return self._observation(":".join(arguments), tail)
        if kind in ("group", "coverage", "document"):
            return self._own(kind, tail)
        if arguments:
            start, basis = self._listed(kind, arguments)
        else:
            record = self.view.find(kind)
            if record is None:
                raise LookupError(path)
            start, basis = record, Basis.of_record(record, self.sources, self.view, self.latest)
            basis.field = tail[0] if tail else ""
        value = start
        for step in tail:
            value = self._step(value, step, basis)
        return value, basis

    def _step(self, value: Any, step: str, basis: Basis) -> Any:
        derived = next((f for kind, f in _DERIVED.get(step, ()) if isinstance(value, kind)), None)
        if derived is not None:
            return derived(self, value, basis)
        if isinstance(value, tuple | list):
            found = [v for v in value if getattr(v, "id", None) == step]
            value = value[int(step)] if step.isdigit() else found[0]
        else:
            value = getattr(value, step)
        if not isinstance(value, Record):
            basis.weaken(getattr(value, "status", None) if dataclasses.is_dataclass(value) else None)
            basis.weaken("inferred" if getattr(value, "basis", None) == "inferred" else None)
        if step == "symbol":
            basis.known = "verified"  # an identifier is known as its own field says
        return value

    def _listed(self, kind: str, arguments: list[str]) -> tuple[Any, Basis]:
        basis = Basis(latest=self.latest)
        if kind == "roles":
            actor, body = arguments
            roles = self.view.roles(actor, body)
            for role in roles:
                basis.add(role, self.sources, self.view)
            return tuple(role.role for role in roles), basis
        if kind == "rolenames":
            actor, body = arguments
            codes, basis = self._listed("roles", arguments)
            return tuple(self.view.term("role", code).label for code in codes), basis
        if kind == "members":
            found = self.view.members(*arguments)
            for membership in found:
                basis.add(membership, self.sources, self.view)
            return tuple(membership.member for membership in found), basis
        if kind == "naming":
            since = self.view.adopted(arguments[0])
            if since is None:
                raise LookupError(arguments[0])
            texts = [i for i in self.view.all(Instrument) if i.names_sse and i.symbol]
            later = [i for i in texts if (when := self.view.adopted(i.id) or i.date) and when.first > since.last]
            for text in later:
                basis.add(text, self.sources, self.view)
            return tuple(text.symbol for text in later), basis
        if kind == "all":
            cls, owner = CLASSES[arguments[0]], arguments[1]
            records = tuple(
                record for record in self.view.all(cls)
                if owner in (getattr(record, "plan", None), getattr(record, "instrument", None))
            )  # fmt: skip
            for record in records:
                basis.add(record, self.sources, self.view)
            return records, basis
        raise LookupError(kind)

    def _own(self, kind: str, tail: list[str]) -> tuple[Any, Basis]:
        basis = Basis(latest=self.latest)
        if kind == "document":
            if tail != ["as_of"]:
                raise LookupError(".".join(tail))
            return self.view.day, basis
        value: Any = self.group if kind == "group" else self.coverage
        if self.group.record is not None:
            record = self.view.find(self.group.record)
            if record is not None:
                basis.add(record, self.sources, self.view)
        basis.known = self.group.known if kind == "group" and tail[:1] != ["label"] else "verified"
        for step in tail:
            value = self._step(value, step, basis) if not isinstance(value, Mapping) else value[step]
        return value, basis

    def _observation(self, name: str, tail: list[str]) -> tuple[Any, Basis]:
        figure = self.published.figure(name)
        basis = Basis(known="reported" if figure.second_hand else "verified")
        self.sources[figure.source.id] = figure.source
        basis.references = [Reference(figure.source.id, figure.locator)]
        value: Any = figure
        for step in tail:
            value = getattr(value, step)
        return value, basis


@dataclass
class Basis:
    """On what a value rests: how it is known, where it was read, which records it comes from."""

    known: str = "verified"
    references: list[Reference] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    field: str = ""
    latest: Callable[[str], tuple[Citation, ...]] | None = None

    @classmethod
    def of_record(
        cls, record: Record, sources: dict[str, Any], view: View, latest: Callable[[str], tuple[Citation, ...]] | None
    ) -> Basis:
        basis = cls(latest=latest)
        basis.add(record, sources, view)
        return basis

    def add(self, record: Record, sources: dict[str, Any], view: View) -> None:
        """Rest on `record` too; one whose own sources all appeared later rests on what it is about."""
        if record.id in self.records:
            return
        self.records.append(record.id)
        self.weaken(record.status if record.status in GRAVITY else None)
        cited_sources = record.sources
        if not cited_sources:
            for name in ("concerns", "instrument", "plan", "subject"):
                about = view.find(str(getattr(record, name, "")))
                if about is not None:
                    self.add(about, sources, view)
            if self.references:
                return
            # What was known on the day may have been read in a source that appeared later: it is listed as such.
            cited_sources = self.latest(record.id) if self.latest else ()
        vote = getattr(record, "vote", None)
        at_second_hand = "reported" in (record.status, getattr(vote, "status", ""))
        for cited in best(cited_sources, view.day, at_second_hand):
            sources[cited.source.id] = cited.source
            reference = Reference(cited.source.id, cited.locator or "")
            if reference not in self.references:
                self.references.append(reference)

    def weaken(self, known: str | None) -> None:
        """The gravest of how it is known and of `known`."""
        if known in GRAVITY and GRAVITY.index(known) > GRAVITY.index(self.known):
            self.known = known


MOST_SOURCES = 2
"""How many sources of a record a document cites at most: one of the body concerned, else the best two."""
_STANDING = {"official_text": 0, "issuing_body": 1, "partner": 2, "press": 3}


def best(cited_sources: Iterable[Citation], day: date, at_second_hand: bool = False) -> Iterator[Citation]:
    """The citations that a document shows: those of the highest standing, as far as they had appeared by the day.

    What is known `at_second_hand` cites the third party that says it, beside the body concerned.
    """
    every = list(cited_sources)
    known = [cited for cited in every if cited.source.known_by(day)] or every
    known.sort(key=lambda cited: _STANDING.get(cited.source.standing, 9))
    distinct: dict[str, Citation] = {}
    for cited in known:
        distinct.setdefault(cited.source.id, cited)
    shown = list(distinct.values())
    of_body = [cited for cited in shown if _STANDING.get(cited.source.standing, 9) <= 1][:1]
    of_others = [cited for cited in shown if _STANDING.get(cited.source.standing, 9) > 1]
    if not of_body:
        yield from of_others[:MOST_SOURCES]
    else:
        yield from [*of_body, *of_others[: MOST_SOURCES - 1 if at_second_hand else 0]]


def _equals(value: Any, expected: str) -> bool:
    kept = plain(value)
    return expected == (str(kept) if not isinstance(kept, bool) else str(kept).lower())


def _has(value: Any, expected: str) -> bool:
    kept = plain(value)
    if isinstance(kept, str):
        return expected in kept
    return expected in [item if isinstance(item, str) else str(item) for item in kept]


# What follows from a record without standing in it.


def _adopted(resolver: Resolver, record: Record, basis: Basis) -> Any:
    events = resolver.view.events(record.id, "adopted")
    for event in events:
        basis.add(event, resolver.sources, resolver.view)
    when = resolver.view.adopted(record.id)
    if when is None:
        when = record.date
    basis.field = "date"
    return when


def _conditions(resolver: Resolver, record: Provision, basis: Basis) -> Any:
    return tuple(dict.fromkeys(condition.term for act in record.acts for condition in act.conditions))


def _progress(resolver: Resolver, record: Record, basis: Basis) -> Any:
    status = resolver.view.status(record.id)
    for identifier in status.evidence:
        evidence = resolver.view.find(identifier)
        if evidence is not None:
            basis.add(evidence, resolver.sources, resolver.view)
    basis.field = "progress"
    return status


def _citation(resolver: Resolver, record: Record, basis: Basis) -> Any:
    basis.known, basis.references = "verified", []  # a name of the record, which the cell beside it cites
    return resolver.view.citation(record.id)


def _evidence(resolver: Resolver, record: Provision, basis: Basis) -> Any:
    """The titles of what supports a provision."""
    found = resolver.view.evidence(record.id)
    for evidence in found:
        basis.add(evidence, resolver.sources, resolver.view)
    basis.field = "progress"
    return tuple(evidence.title for evidence in found)


def _session(resolver: Resolver, record: Due, basis: Basis) -> Any:
    last = record.dates[-1]
    basis.weaken("inferred" if last.basis == "inferred" else None)
    basis.field = "when"
    return last.session


def _languages(resolver: Resolver, record: KnowledgeItem, basis: Basis) -> Any:
    return tuple(file.language for file in record.files if not file.announced)


def _when(resolver: Resolver, record: Due, basis: Basis) -> Any:
    day = resolver.view.day
    for when, due in resolver.view.due(day, date(min(day.year + 12, date.max.year), 12, 31)):
        if due.id == record.id:
            if record.dates[-1].basis == "inferred":
                basis.weaken("inferred")
            return when
    last = record.dates[-1]
    basis.weaken("inferred" if last.basis == "inferred" else None)
    return last.date


def _summary(resolver: Resolver, record: Provision, basis: Basis) -> Any:
    """What a provision asks, for which nobody has written a sentence yet: its acts, each with its conditions."""
    conditions = resolver.condition_labels
    written: dict[str, str | None] = {}
    for lang in LANGUAGES:
        acts = []
        for act in record.acts:
            labels = [conditions[c.term].get(lang) or c.term for c in act.conditions if c.term in conditions]
            text = act.text.get(lang)
            if text is None:
                break
            acts.append(f"{text.rstrip('.')} ({'; '.join(labels)})." if labels else text)
        else:
            written[lang] = " ".join(acts)
    return Text.of(written or {"en": record.title["en"]})


def _years(resolver: Resolver, record: Record, basis: Basis) -> Any:
    assert record.period is not None
    end = record.period.planned_end or record.period.end
    return end.last.year - record.period.start.first.year + 1 if end else None


def _ended(resolver: Resolver, record: Record, basis: Basis) -> Any:
    end = record.period.planned_end or record.period.end if record.period else None
    return end if end is not None and end.last < resolver.view.day else None


def _running(resolver: Resolver, record: Record, basis: Basis) -> Any:
    if record.period is None or record.period.start.first > resolver.view.day:
        return None
    return None if _ended(resolver, record, basis) is not None else record.period.start


def _responsible(resolver: Resolver, record: Record, basis: Basis) -> Any:
    actor = resolver.view.find(record.body) if record.body else None
    if actor is None:
        return None
    basis.records.append(actor.id)  # its name, for which a line of a table cites nothing
    return actor.title


def _recent(days: int) -> Callable[[Resolver, Record, Basis], Any]:
    def within(resolver: Resolver, record: Record, basis: Basis) -> Any:
        known = resolver.view.known_on(record.id)
        when = record.date.last if record.date else known
        ends = max(d for d in (known, when) if d is not None) if known or when else None
        return True if ends is not None and (resolver.view.day - ends).days <= days else None

    return within


_DERIVED: Mapping[str, tuple[tuple[type, Callable[[Resolver, Any, Basis], Any]], ...]] = {
    "adopted": ((Instrument, _adopted),),
    "conditions": ((Provision, _conditions),),
    "progress": ((Record, _progress),),
    "citation": ((Record, _citation),),
    "languages": ((KnowledgeItem, _languages),),
    "summary": ((Provision, _summary),),
    "evidence": ((Provision, _evidence),),
    "session": ((Due, _session),),
    "when": ((Due, _when),),
    "years": ((Record, _years),),
    "ended": ((Record, _ended),),
    "running": ((Record, _running),),
    "responsible": ((Record, _responsible),),
    "recent": ((Record, _recent(31)),),
}
"""Fields that a path may name though no record has them: what follows from it and from the day."""
_NEAR: Mapping[str, tuple[str, ...]] = {
    "adopted": ("adopted", "date"), "date": ("adopted", "date"), "due": ("due", "dates", "deadline"),
    "when": ("due", "dates", "deadline", "date"), "languages": ("languages", "files"),
    "phases": ("phases", "countries"),
}  # fmt: skip
"""Names under which a conflict may speak of a field."""
