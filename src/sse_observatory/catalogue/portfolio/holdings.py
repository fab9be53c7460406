"""The portfolio in memory: records by id and kind, what refers to what, and the first day each could be known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from sse_observatory.catalogue.portfolio import forms
from sse_observatory.catalogue.portfolio.model import (
    CLASSES,
    Act,
    Conflict,
    Due,
    Evidence,
    Instrument,
    Membership,
    Needs,
    Provision,
    Record,
    Relation,
    Source,
)
from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.core import LANGUAGES, NotFound, Text

R = TypeVar("R", bound=Record)
TITLED_BY_PARTS = (Membership, Relation)
"""The kinds whose title is made of the names of what they join; a file does not give it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of a vocabulary of ``portfolio/terms.toml``.

    `exclusive` names the set of roles of which an actor holds one at a time; `inverse` is the label of a predicate read
    from its object; `state` is what a rule of status gives, whose label is the sentence that explains it; `strength` is
    that of a verb; `follow_up` is False for a strength that asks for nothing.
    """

    label: Text
    inverse: Text | None = None
    exclusive: str | None = None
    state: str | None = None
    strength: str | None = None
    follow_up: bool = True


Terms = Mapping[str, Mapping[str, Term]]


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Every record, in the order of the files; sources and vocabularies beside them."""

    records: Mapping[str, Record]
    sources: Mapping[str, Source]
    terms: Terms
    _known: dict[str, date | None] = field(default_factory=dict, repr=False)
    _indexes: dict[tuple[str, str], dict[str, list[Record]]] = field(default_factory=dict, repr=False)

    def get(self, identifier: str) -> Record:
        """The record `identifier`. Raises NotFound."""
        found = self.records.get(identifier)
        if found is None:
            raise NotFound(
                f"There is no record {identifier!r}.", "List the records of a kind with: observatory records list KIND"
            )
        return found

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """Every record of a kind (a class of `model`)."""
        return tuple(self._by_kind.get(kind.kind, ()))  # type: ignore[arg-type]  # grouped by its class

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Record]]:
        grouped: dict[str, list[Record]] = {}
        for record in self.records.values():
            grouped.setdefault(record.kind, []).append(record)
        return grouped

    def referring(self, kind: type[R], field_name: str, identifier: str) -> tuple[R, ...]:
        """The records of a kind whose field (one value or several) holds `identifier`, in the order of the files."""
        key = (kind.kind, field_name)
        if key not in self._indexes:
            index: dict[str, list[Record]] = {}
            for record in self.of(kind):
                value = getattr(record, field_name)
                for one in dict.fromkeys(value) if isinstance(value, tuple) else (value,):
                    index.setdefault(one, []).append(record)
            self._indexes[key] = index
        return tuple(self._indexes[key].get(identifier, ()))  # type: ignore[arg-type]  # indexed by its class

    @cached_property
    def acts(self) -> Mapping[str, tuple[Provision, Act]]:
        """Each act by its id, with the provision it stands in."""
        return {act.id: (provision, act) for provision in self.of(Provision) for act in provision.acts}

    @cached_property
    def referred_by(self) -> Mapping[str, tuple[str, ...]]:
        """For each record, the ids of those that refer to it."""
        found: dict[str, list[str]] = {}
        for record in self.records.values():
            for target in {r.value for r in forms.references(record) if r.value in self.records}:
                found.setdefault(target, []).append(record.id)
        return {target: tuple(ids) for target, ids in found.items()}

    def known_on(self, record: Record | str) -> date | None:
        """The first day a record could be known; None for one whose date only says when it was written down.

        The last day of its date where that is of reduced precision, unless the record says otherwise; for evidence and
        for what was only observed, not before the first of its sources appeared, where each of them is dated; and not
        before any record without which it says nothing.
        """
        identifier = record if isinstance(record, str) else record.id
        if identifier not in self._known:
            self._known[identifier] = None  # a circle of references ends here; the checks report it
            self._known[identifier] = self._first_day(self.get(identifier))
        return self._known[identifier]

    def _first_day(self, record: Record) -> date | None:
        days = [own_first_day(record)]
        days += [
            self.known_on(reference.value)
            for reference in forms.references(record)
            if isinstance(reference.mark, Needs) and reference.value in self.records
        ]
        return max((day for day in days if day is not None), default=None)

    @cached_property
    def first_day(self) -> date:
        """The first day on which anything dated is known. Raises NotFound for a portfolio without a dated record."""
        days = [day for record in self.records.values() if (day := self.known_on(record)) is not None]
        if not days:
            raise NotFound("No record has a date.", "Add records to portfolio/, or correct SSE_CATALOGUE.")
        return min(days)

    def citation(self, identifier: str) -> Text:
        """How a record is named in a line: a symbol with its paragraph, an abbreviation, else the title."""
        record = self.get(identifier)
        if isinstance(record, Instrument):
            symbol = record.symbol
            return record.short or (Text(symbol, symbol, symbol) if symbol else record.title)
        if isinstance(record, Provision):
            return _paragraph(self.citation(record.instrument), record.number)
        abbreviation: Text | None = getattr(record, "abbr", None)
        return abbreviation or record.title

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every record as plain values, with its kind: what is exported, and what `from_entries` reads."""
        for record in self.records.values():
            yield entry_of(record)


_PARAGRAPH = {"en": ("para.", "paras"), "fr": ("par.", "par."), "es": ("párr.", "párrs.")}
_POINT = {"en": "{} ({})", "fr": "{} {})", "es": "{} {})"}


def _paragraph(instrument: Text, number: str) -> Text:
    """A place in a text as each language cites it: *para. 16 (c)*, *par. 16 c)*, *párrs. 12-13*."""
    found = re.fullmatch(r"(?:op|para)(\d.*)", number)
    if found is None:
        return instrument
    number = found[1]
    several = bool(re.fullmatch(r"\d+-\d+", number))
    point = re.fullmatch(r"(\d+)-([a-z])", number)
    written = {lang: _POINT[lang].format(*point.groups()) if point else number for lang in LANGUAGES}
    return Text(**{lang: f"{instrument[lang]}, {_PARAGRAPH[lang][several]} {written[lang]}" for lang in LANGUAGES})


def own_first_day(record: Record) -> date | None:
    """The first day a record could be known, whatever it refers to."""
    if isinstance(record, Due):
        return min((due.known.last for due in record.dates), default=None)
    if isinstance(record, Conflict):
        return record.first_day()
    if record.known is not None:
        return record.known.last
    if record.date_kind == "recorded":
        return None
    if record.date is not None:
        day = record.date.last
    elif record.period is not None and record.period.end is not None:
        day = record.period.end.last
    else:
        return None
    if not isinstance(record, Evidence) and record.date_kind != "observed":
        return day
    # What was done is known through those who tell it; what was decided in public is known on its day.
    appeared = [since for cited in record.sources if (since := cited.source.since) is not None]
    return max(day, min(appeared)) if len(appeared) == len(record.sources) else day


def entry_of(record: Record) -> dict[str, Any]:
    """A record as plain values (JSON): kind, id and every field that differs from its default."""
    entry = forms.write(record)
    if isinstance(record, TITLED_BY_PARTS):
        del entry["title"]
    return {"id": entry.pop("id"), "kind": record.kind, **entry}


def record_of(entry: Mapping[str, Any], sources: Mapping[str, Source]) -> Record:
    """The record that plain values describe. Raises forms.Misfit."""
    values = dict(entry)
    kind = values.pop("kind", None)
    cls = CLASSES.get(kind) if isinstance(kind, str) else None
    if cls is None:
        told = Wrong("no_kind", "there is no kind of record {value!r}", value=kind)
        raise forms.Misfit(("kind",), told, f"Write one of {', '.join(CLASSES)}.")
    if issubclass(cls, TITLED_BY_PARTS):
        if "title" in values:
            told = Wrong("no_title", "a {kind} has no title of its own", kind=kind)
            raise forms.Misfit(("title",), told, "Remove it: it is made of its parts.")
        values["title"] = {"en": str(values.get("id"))}
    return forms.read(cls, values, (), sources)


def assemble(records: Iterable[Record], sources: Mapping[str, Source], terms: Terms) -> Portfolio:
    """The portfolio of `records`, those titled by their parts with their titles."""
    portfolio = Portfolio({record.id: record for record in records}, sources, terms)
    titled = {record.id: _titled(record, portfolio) for record in portfolio.records.values()}
    return Portfolio(titled, sources, terms)


def _titled(record: Record, portfolio: Portfolio) -> Record:
    if isinstance(record, Membership):
        if record.member not in portfolio.records or record.body not in portfolio.records:
            return record
        member, body = portfolio.citation(record.member), portfolio.citation(record.body)
        role = portfolio.terms["role"][record.role].label
        title = Text(**{lang: f"{member[lang]} – {role[lang]} ({body[lang]})" for lang in LANGUAGES})
        return replace(record, title=title)
    if isinstance(record, Relation):
        if record.subject not in portfolio.records or record.object not in portfolio.records:
            return record
        subject, object_ = portfolio.citation(record.subject), portfolio.citation(record.object)
        predicate = portfolio.terms["predicate"][record.predicate].label
        title = Text(**{lang: f"{subject[lang]} – {predicate[lang]} – {object_[lang]}" for lang in LANGUAGES})
        return replace(record, title=title)
    return record
