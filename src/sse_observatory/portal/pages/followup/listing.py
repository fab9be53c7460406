"""Lists of records: what each kind shows in a row, how it is narrowed down, in which order it stands.

One description serves the page, the CSV file and the JSON file of a kind, so that the three hold the same records.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from sse_observatory.catalogue.portfolio import (
    Actor,
    Conflict,
    Due,
    Event,
    Evidence,
    Fact,
    Instrument,
    KnowledgeItem,
    Membership,
    PlanObjective,
    PlanOutput,
    Provision,
    Record,
    Relation,
    ServiceCatalogue,
    When,
    entry_of,
)
from sse_observatory.core import LANGUAGES, Language
from sse_observatory.figures import number
from sse_observatory.portal import asof, words
from sse_observatory.portal.asof import AsOf
from sse_observatory.portal.pages.common import sortable
from sse_observatory.portal.pages.followup import values
from sse_observatory.portal.pages.followup.rows import Places, Row, Rows
from sse_observatory.portal.pages.followup.scene import PLACES, ROOT, Scene, page, sources
from sse_observatory.portal.pages.followup.values import Known, Named, Ref, Term, Value
from sse_observatory.portal.records import Known as Worked
from sse_observatory.updates.records import View

PAGE_SIZE = 50
LAST_PAGE = 2_000
_MOST = 120  # characters of a parameter that are looked at
_MOST_IGNORED = 20  # parameters that a page says it did not understand
R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Column:
    """A column: the key of its heading, and what stands in it for a record."""

    name: str
    of: Callable[[Scene, Any], Value]

    @property
    def key(self) -> str:
        """The key of its heading."""
        return f"column.{self.name}"


@dataclass(frozen=True)
class Narrow:
    """A way to narrow a list down: the codes of a record, and how a code is shown."""

    name: str
    codes: Callable[[Scene, Any], Sequence[str]]
    value: Callable[[str], Value]

    @property
    def key(self) -> str:
        """The key of its label."""
        return f"column.{self.name}"


@dataclass(frozen=True)
class Listing:
    """The list of one kind of record."""

    cls: type[Record]
    columns: tuple[Column, ...]
    narrow: tuple[Narrow, ...] = ()
    order: Callable[[Scene, Any], Any] = field(default=lambda scene, record: record.id)
    newest_first: bool = False
    by_words: bool = False
    """Whether the order is that of words, which differs from language to language."""

    @property
    def kind(self) -> str:
        """The kind of record."""
        return self.cls.kind

    @property
    def place(self) -> str:
        """The part of the address."""
        return PLACES[self.kind]

    def rows(self, scene: Scene) -> Rows:
        """The list through time, worked out once for the records as they are."""
        lang = scene.lang if self.by_words else LANGUAGES[0]
        last = date(asof.today().year + 1, 12, 31)
        return cast("Rows", scene.board.once(("rows", self.kind, lang, last), lambda: self._rows(scene, lang, last)))

    def _rows(self, scene: Scene, lang: Language, last: date) -> Rows:
        def ask(view: View, identifier: str) -> tuple[Any, tuple[Sequence[str], ...]]:
            then = Scene(lang, AsOf(date.min), scene.board, Worked(view))
            record = view.find(identifier)
            return self.order(then, record), tuple(narrow.codes(then, record) for narrow in self.narrow)

        return Rows(
            (
                Row(record.id, since, until, *answer)
                for record in scene.board.portfolio.of(self.cls)
                for since, until, answer in scene.board.through(record.id, partial(ask, identifier=record.id), last)
            ),
            [narrow.name for narrow in self.narrow], newest_first=self.newest_first,
        )

    def records(self, scene: Scene) -> Iterator[Any]:
        """Every record known on the date, in order."""
        rows = self.rows(scene)
        return (scene.view.get(identifier) for identifier in rows.ids(rows.on(scene.asof.day)))

    def counts(self, scene: Scene, name: str) -> dict[str, int]:
        """The codes that occur, each with the number of its records."""
        rows = self.rows(scene)
        return rows.counts(name, rows.on(scene.asof.day))


@dataclass
class Chosen:
    """What a reader asked of a list."""

    listing: Listing
    scene: Scene
    choice: dict[str, str]
    ignored: tuple[str, ...]
    page: int

    @classmethod
    def of(cls, listing: Listing, scene: Scene, request: HttpRequest) -> Chosen:
        """The choice in an address; what no record has is ignored and told. Raises Http404 for a page out of range."""
        choice, ignored = {}, []
        known = {narrow.name: narrow for narrow in listing.narrow}
        for name in request.GET:
            code = request.GET[name][:_MOST]
            if name in ("page", asof.NAME) or not code:
                continue
            if name in known and code in listing.counts(scene, name):
                choice[name] = code
            else:
                ignored.append(f"{name[:_MOST]}={code}" if name in known else name[:_MOST])
        asked = request.GET.get("page", "1")
        if not (asked.isascii() and asked.isdigit() and len(asked) < 6 and 1 <= int(asked) <= LAST_PAGE):
            raise Http404
        return cls(listing, scene, choice, tuple(ignored[:_MOST_IGNORED]), int(asked))

    @cached_property
    def places(self) -> Places:
        """The rows chosen, in order."""
        rows = self.listing.rows(self.scene)
        return rows.narrowed(rows.on(self.scene.asof.day), self.choice)

    def counts(self, name: str) -> dict[str, int]:
        """The codes that occur among the records chosen, each with how many have it."""
        return self.listing.rows(self.scene).counts(name, self.places)

    def records(self, first: int = 0, end: int | None = None) -> Iterator[Any]:
        """The records chosen, in order; those from `first` on, before `end`."""
        ids = self.listing.rows(self.scene).ids(self.places[first:end])
        return (self.scene.view.get(identifier) for identifier in ids)

    @property
    def query(self) -> str:
        """The choice as parameters, with the date, without the page."""
        kept = urlencode(self.choice)
        return "&".join(filter(None, (kept, self.scene.asof.query)))


def show(request: HttpRequest, scene: Scene, listing: Listing, **context: Any) -> HttpResponse:
    """The list as a page."""
    chosen = Chosen.of(listing, scene, request)
    total = len(chosen.places)
    pages = max(1, -(-total // PAGE_SIZE))
    if chosen.page > pages:
        raise Http404
    first = (chosen.page - 1) * PAGE_SIZE
    shown = list(chosen.records(first, first + PAGE_SIZE))
    return page(
        request, scene, context.pop("template", "list.html"), scene.say(f"kinds.{listing.kind}"), listing=listing,
        lead=f"kinds_lead.{listing.kind}", ignored=chosen.ignored, fields=fields(scene, chosen),
        columns=[scene.say(column.key) for column in listing.columns], total=total,
        counted=number(total, scene.lang), first_row=number(first + 1, scene.lang),
        last_row=number(first + len(shown), scene.lang), rows=[
            {"record": record, "cells": [
                (scene.say(column.key), values.html(scene, column.of(scene, record))) for column in listing.columns
            ]} for record in shown
        ],
        pages=_pages(chosen, pages), csv=f"list.csv?{chosen.query}" if chosen.query else "list.csv",
        json=f"list.json?{chosen.query}" if chosen.query else "list.json", chosen=chosen, **context,
    )


def fields(scene: Scene, chosen: Chosen) -> list[dict[str, Any]]:
    found = []
    for narrow in chosen.listing.narrow:
        counts = chosen.listing.counts(scene, narrow.name)
        if len(counts) < 2 and narrow.name not in chosen.choice:
            continue
        labels = {code: _label(scene, chosen.listing, narrow, code) for code in counts}
        ordered = sorted(counts, key=lambda code: labels[code][1], reverse=all(code.isdigit() for code in counts))
        found.append({"name": narrow.name, "label": scene.say(narrow.key), "options": [
            {"code": code, "label": labels[code][0], "count": counts[code],
             "selected": chosen.choice.get(narrow.name) == code}
            for code in ordered[:400]
        ]})
    return found


def _label(scene: Scene, listing: Listing, narrow: Narrow, code: str) -> tuple[str, Any]:
    """How a code is shown, and by what it is ordered; the same on every day on which a record has the code."""
    known: dict[str, tuple[str, Any]] = scene.board.once(("labels", listing.kind, narrow.name, scene.lang), dict)
    if code not in known:
        label = values.plain(scene, narrow.value(code)) or code
        known[code] = (label, sortable(label))
    return known[code]


def _pages(chosen: Chosen, last: int) -> list[dict[str, Any]]:
    if last == 1:
        return []
    near = sorted({1, last, *range(max(1, chosen.page - 2), min(last, chosen.page + 2) + 1)})
    found: list[dict[str, Any]] = []
    before = 0
    for at in near:
        if at > before + 1:
            found.append({"gap": True})
        query = "&".join(filter(None, (chosen.query, f"page={at}")))
        found.append({"number": number(at, chosen.scene.lang), "url": f"?{query}", "here": at == chosen.page})
        before = at
    return found


def as_csv(request: HttpRequest, scene: Scene, listing: Listing) -> StreamingHttpResponse:
    """The list as CSV (RFC 4180, UTF-8 with a mark for spreadsheets), each row with the address of its record."""
    chosen = Chosen.of(listing, scene, request)
    root = request.build_absolute_uri("/")[:-1]
    heads = [
        "id", *(scene.say(column.key) for column in listing.columns), scene.say("column.known"),
        scene.say("column.sources"), scene.say("column.address"), scene.say("column.as_of"),
    ]

    def lines() -> Iterator[bytes]:
        yield b"\xef\xbb\xbf" + _line(heads)
        for record in chosen.records():
            cited = "; ".join(citation.url for citation in sources(scene, record.sources))
            yield _line([
                record.id, *(values.written(scene, column.of(scene, record)) for column in listing.columns),
                record.status, values.safe(cited), f"{root}{scene.of(record)}", scene.asof.day.isoformat(),
            ])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    return _attached(response, scene, f"{listing.place}.csv")


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()


def as_json(request: HttpRequest, scene: Scene, listing: Listing) -> StreamingHttpResponse:
    """The list as JSON: every field of the records as known on the date, and the sources they cite."""
    chosen = Chosen.of(listing, scene, request)
    root = request.build_absolute_uri("/")[:-1]

    def parts() -> Iterator[str]:
        head = {"as_of": scene.asof.day.isoformat(), "kind": listing.kind, "language": scene.lang}
        yield json.dumps(head, ensure_ascii=False)[:-1] + ', "records": ['
        for at, record in enumerate(chosen.records()):
            yield (",\n" if at else "\n") + json.dumps(described(scene, record, root), ensure_ascii=False)
        yield "\n]}\n"

    response = StreamingHttpResponse((part.encode() for part in parts()), content_type="application/json")
    return _attached(response, scene, f"{listing.place}.json")


def described(scene: Scene, record: Record, root: str) -> dict[str, Any]:
    """A record for machines."""
    entry = entry_of(record)
    entry["title"] = {lang: text for lang in ("en", "fr", "es") if (text := record.title.get(lang))}  # type: ignore[arg-type]
    if isinstance(record, Fact):
        # Its subject and object are loose values; one that is a record must be known to be told.
        told = {one for one in (record.subject, *record.object) if one not in scene.board.portfolio.records
                or scene.view.find(one) is not None}
        entry["subject"] = record.subject if record.subject in told else None
        entry["object"] = [one for one in record.object if one in told]
    entry["title_status"] = {lang: record.title_status(lang) for lang in ("en", "fr", "es")}  # type: ignore[arg-type]
    entry["sources"] = [
        {key: value for key, value in {
            "id": cited.source.id, "url": cited.url, "locator": cited.locator, "publisher": cited.source.publisher,
            "standing": cited.source.standing,
            "published": cited.source.published.code if cited.source.published else None,
            "retrieved": cited.source.retrieved.code,
        }.items() if value is not None}
        for cited in sources(scene, record.sources)
    ]
    if has_status(record):
        status = scene.view.status(record.id)
        entry["follow_up"] = {
            "state": status.state, "rule": status.rule, "evidence": list(status.evidence),
            "sentence": {lang: status.sentence.get(lang) for lang in ("en", "fr", "es")},  # type: ignore[arg-type]
        }
    entry["address"] = f"{root}{scene.of(record)}"
    return entry


def _attached(response: StreamingHttpResponse, scene: Scene, name: str) -> StreamingHttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{scene.asof.day.isoformat()}-{scene.lang}-{name}"'
    response.headers["Content-Language"] = scene.lang
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def has_status(record: Record) -> bool:
    """Whether the follow-up of a record has a state."""
    return isinstance(record, (Provision, PlanOutput, Due))


def year(when: When | None) -> tuple[str, ...]:
    """The year of a date, as a code."""
    return () if when is None else (when.code[:4],)


def moment_of(scene: Scene, record: Record) -> When | None:
    """When a record happened: its date, else the start of its period; nothing for a date of recording."""
    if record.date is not None and record.date_kind != "recorded":
        return record.date
    return record.period.start if record.period is not None else None


def _body(scene: Scene, record: Any) -> tuple[str, ...]:
    return (record.body,) if record.body else ()


def _day(when: When | None) -> str:
    return "" if when is None else when.last.isoformat()


def chronological(scene: Scene, record: Any) -> tuple[str, str]:
    """How records are ordered in time; those without a date come first."""
    return (_day(moment_of(scene, record)), record.id)


def adopted(scene: Scene, record: Instrument) -> When | None:
    """When an instrument was adopted, or what is known of its date."""
    return scene.view.adopted(record.id) or moment_of(scene, record)


def paragraph(number: str) -> tuple[str | int, ...]:
    """A paragraph number as it is ordered: op2 before op10. Words and numbers alternate, so any two compare."""
    return tuple(int(part) if at % 2 else part for at, part in enumerate(re.split(r"([0-9]+)", number)))


def state_of(scene: Scene, record: Record) -> str:
    """The state of the follow-up."""
    return scene.view.status(record.id).state


def conditions(scene: Scene, record: Provision) -> tuple[str, ...]:
    """The terms of the conditions of a provision's acts, each once."""
    return tuple(dict.fromkeys(condition.term for act in record.acts for condition in act.conditions))


def condition_label(code: str) -> Value:
    """The words of a condition."""
    return Term("condition", code)


def due_words(scene: Scene, record: Due) -> Value:
    """When something is due, as known on the date."""
    current = record.current
    if current.session is not None:
        return scene.say("deadline.session", session=scene.ordinal(current.session))
    return current.date or (Term("due_rule", current.rule) if current.rule else None)


def language_name(code: str) -> Value:
    """The name of a language in the reader's."""
    return values.Say(f"languages.{code}") if f"languages.{code}" in words.the_catalogue().interface else code


def languages(scene: Scene, codes: Iterable[str]) -> str:
    """Languages by name, one after the other."""
    return ", ".join(values.plain(scene, language_name(code)) for code in codes)


DATE = Column("date", moment_of)
BODY = Column("body", lambda scene, r: Ref(r.body) if r.body else None)
TITLE = Column("title", lambda scene, r: Named(r.id))
KNOWN = Column("known", lambda scene, r: Known(r.status))
BY_BODY = Narrow("body", _body, Ref)
BY_YEAR = Narrow("year", lambda scene, r: year(moment_of(scene, r)), str)
BY_KNOWN = Narrow("known", lambda scene, r: (r.status,), Known)

LISTINGS = {
    listing.place: listing
    for listing in (
        Listing(
            Instrument,
            (
                Column("instrument", lambda scene, r: Ref(r.id)), Column("title", lambda scene, r: r.title),
                Column("type", lambda scene, r: Term("instrument_type", r.instrument_type)), BODY,
                Column("date", adopted),
                Column("provisions", lambda scene, r: len(scene.view.provisions(r.id)) or None),
            ),
            (Narrow("type", lambda scene, r: (r.instrument_type,), lambda code: Term("instrument_type", code)),
             BY_BODY, Narrow("year", lambda scene, r: year(adopted(scene, r)), str)),
            lambda scene, r: (_day(adopted(scene, r)), r.id), newest_first=True,
        ),
        Listing(
            Provision,
            (
                Column("provision", lambda scene, r: Ref(r.id)),
                Column("acts", lambda scene, r: tuple(act.text for act in r.acts)),
                Column("conditions", lambda scene, r: tuple(condition_label(c) for c in conditions(scene, r))),
                Column("state", lambda scene, r: scene.view.status(r.id)),
            ),
            (Narrow("instrument", lambda scene, r: (r.instrument,), Ref),
             Narrow("state", lambda scene, r: (state_of(scene, r),), lambda code: Term("state", code)),
             Narrow("condition", conditions, condition_label),
             Narrow("strength", lambda scene, r: tuple({a.strength for a in r.acts}), lambda c: Term("strength", c))),
            lambda scene, r: (_latest_first(scene, r), r.instrument, paragraph(r.number)),
        ),
        Listing(
            Event,
            (DATE, TITLE, BODY, Column("stage", lambda scene, r: Term("stage", r.stage)),
             Column("place", lambda scene, r: r.place)),
            (Narrow("stage", lambda scene, r: (r.stage,), lambda code: Term("stage", code)), BY_BODY, BY_YEAR),
            chronological, newest_first=True,
        ),
        Listing(
            KnowledgeItem,
            (TITLE, Column("type", lambda scene, r: Term("item_type", r.item_type)), BODY, DATE,
             Column("languages", lambda scene, r: languages(
                 scene, (f.language for f in r.files if not f.announced)
             ))),
            (Narrow("type", lambda scene, r: (r.item_type,), lambda code: Term("item_type", code)),
             Narrow("language", lambda scene, r: tuple({f.language for f in r.files if not f.announced}),
                    language_name), BY_BODY, BY_YEAR),
            lambda scene, r: (sortable(scene.plain(r.title)), r.id), by_words=True,
        ),
        Listing(
            Actor,
            (TITLE, Column("abbr", lambda scene, r: r.abbr),
             Column("type", lambda scene, r: Term("actor_type", r.actor_type)),
             Column("parent", lambda scene, r: Ref(r.parent) if r.parent else None)),
            (Narrow("type", lambda scene, r: (r.actor_type,), lambda code: Term("actor_type", code)), BY_KNOWN),
            lambda scene, r: (sortable(scene.plain(r.title)), r.id), by_words=True,
        ),
        Listing(
            Conflict,
            (TITLE, Column("concerns", lambda scene, r: tuple(Ref(one) for one in r.concerns)),
             Column("claims", lambda scene, r: len(r.claims)), KNOWN),
            (BY_KNOWN,), lambda scene, r: (r.status != "open", sortable(scene.plain(r.title)), r.id), by_words=True,
        ),
        Listing(
            Evidence,
            (DATE, TITLE, Column("supports", lambda scene, r: tuple(Ref(one) for one in r.supports)),
             Column("evidence_type", lambda scene, r: Term("evidence_type", r.evidence_type)),
             Column("values", lambda scene, r: r.values)),
            (Narrow("evidence_type", lambda scene, r: (r.evidence_type,), lambda code: Term("evidence_type", code)),
             BY_BODY, BY_YEAR),
            chronological, newest_first=True,
        ),
        Listing(
            Membership,
            (Column("member", lambda scene, r: Ref(r.member)), Column("role", lambda scene, r: Term("role", r.role)),
             BODY, Column("from", moment_of), Column("until", lambda scene, r: r.until)),
            (Narrow("role", lambda scene, r: (r.role,), lambda code: Term("role", code)), BY_BODY),
            lambda scene, r: (scene.short(r.body), r.role, scene.short(r.member), r.id), by_words=True,
        ),
        Listing(
            Relation,
            (DATE, Column("subject", lambda scene, r: Ref(r.subject)),
             Column("predicate", lambda scene, r: Term("predicate", r.predicate)),
             Column("object", lambda scene, r: Ref(r.object))),
            (Narrow("predicate", lambda scene, r: (r.predicate,), lambda code: Term("predicate", code)), BY_YEAR),
            chronological, newest_first=True,
        ),
        Listing(
            PlanObjective,
            (Column("plan", lambda scene, r: Ref(r.plan)), Column("number", lambda scene, r: r.number), TITLE),
            (Narrow("plan", lambda scene, r: (r.plan,), Ref),), lambda scene, r: (r.plan, paragraph(r.number)),
        ),
        Listing(
            PlanOutput,
            (Column("plan", lambda scene, r: Ref(r.plan)), Column("number", lambda scene, r: r.number), TITLE,
             Column("state", lambda scene, r: scene.view.status(r.id))),
            (Narrow("plan", lambda scene, r: (r.plan,), Ref),
             Narrow("state", lambda scene, r: (state_of(scene, r),), lambda code: Term("state", code))),
            lambda scene, r: (r.plan, paragraph(r.number)),
        ),
        Listing(
            Due,
            (TITLE, Column("concerns", lambda scene, r: Ref(r.concerns)), BODY,
             Column("due", due_words),
             Column("state", lambda scene, r: scene.view.status(r.id))),
            (BY_BODY,), lambda scene, r: (r.title.within(scene.lang)[0], r.id), by_words=True,
        ),
        Listing(
            Fact,
            (DATE, TITLE, Column("sources", lambda scene, r: tuple(c.source.publisher for c in r.sources)), KNOWN),
            (BY_BODY, BY_YEAR), lambda scene, r: r.id,
        ),
        Listing(
            ServiceCatalogue,
            (TITLE, DATE, Column("service", lambda scene, r: tuple(Term("service_type", t) for t in r.types)),
             Column("channel", lambda scene, r: tuple(Term("channel", c) for c in r.channels))),
        ),
    )
}
"""By the part of the address under which the list stands."""


def _latest_first(scene: Scene, record: Provision) -> int:
    found = scene.view.find(record.instrument)
    when = adopted(scene, found) if isinstance(found, Instrument) else None
    return -when.last.toordinal() if when is not None else 0


__all__ = ["LISTINGS", "ROOT", "Column", "Listing", "Narrow", "as_csv", "as_json", "described", "show"]
