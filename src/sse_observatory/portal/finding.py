"""What can be found: the records of the follow-up, the published tables, the terms of the glossary, in one index."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.conf import settings

from sse_observatory.catalogue.portfolio import Provision, Record, When
from sse_observatory.core import LANGUAGES, NotFound, Text, content_hash
from sse_observatory.portal import records, words
from sse_observatory.portal.records import Board
from sse_observatory.portal.search import Entry, Index
from sse_observatory.portal.shelf import Snapshot, shelf

TABLE, TERM = "table", "term"
_SYMBOLS = ("symbol", "celex", "eli", "isbn", "number", "committee_report", "series", "drafts")

_index: tuple[str, Index] | None = None
_lock = threading.Lock()


def index() -> Index:
    """The index of what is published and recorded now; built when it is first asked for."""
    global _index
    board, now = records.now(), shelf().now()
    key = f"{board.version}-{now.token}"
    found = _index
    if found is not None and found[0] == key:
        return found[1]
    with _lock:
        if _index is None or _index[0] != key:
            _index = (key, Index.built(lambda: entries(board, now), _folder(), _fingerprint(board, now)))
        return _index[1]


def warm() -> None:
    """Build the index now, and say in the log where that fails."""
    try:
        index()
    except Exception as error:  # the search page will say so; the rest of the site works without
        logging.getLogger(__name__).error("the search index could not be built: %s", error)


def forget() -> None:
    """Start anew at the next search."""
    global _index
    _index = None


def _folder() -> Path | None:
    return Path(settings.SSE_SEARCH_FOLDER) if settings.SSE_SEARCH_FOLDER else None


def _fingerprint(board: Board, now: Snapshot) -> str:
    said = [(r.id, r.kind, content_hash(r)) for r in board.portfolio.records.values()]
    return content_hash([said, now.token, words.the_catalogue().fingerprint("glossary", "portfolio")])[:32]


def entries(board: Board, now: Snapshot) -> Iterator[Entry]:
    """Everything that can be found."""
    for record in board.portfolio.records.values():
        yield from of_record(board, record)
    for name in now.dataflows:
        flow = now.table(name).dataflow
        if now.table(name).real_areas:
            yield Entry(flow.id, TABLE, flow.label, flow.description or Text(), flow.id)
    try:
        glossary = words.the_catalogue().glossary
    except NotFound:
        return
    for term in glossary.values():
        yield Entry(term.id, TERM, term.term, term.definition)


def of_record(board: Board, record: Record) -> Iterator[Entry]:
    """A record as it reads from day to day: each time a part of it becomes known, another entry follows."""
    portfolio = board.portfolio
    first = portfolio.known_on(record)
    pieces = list(_pieces(record, first))
    days: list[date | None] = [first]
    days += sorted({day for day, _ in pieces if day is not None and (first is None or day > first)})
    also = " ".join([record.id, *_symbols(record), *_cited(board, record)])
    for at, day in enumerate(days):
        texts = [text for known, text in pieces if known is None or (day is not None and known <= day)]
        until = days[at + 1] if at + 1 < len(days) else None
        yield Entry(record.id, record.kind, record.title, _joined(texts), also, day, until)


def _joined(texts: list[Text]) -> Text:
    return Text.of({lang: " ".join(filter(None, (text.get(lang) for text in texts))) for lang in LANGUAGES})


def _pieces(value: object, known: date | None, top: bool = True) -> Iterator[tuple[date | None, Text]]:
    """The texts of a record with the day from which each is known; what was learned later is no part of it."""
    for field in dataclasses.fields(value):  # type: ignore[arg-type]
        if top and field.name in ("title", "corrections", "sources"):
            continue
        member = getattr(value, field.name)
        for one in member if isinstance(member, tuple) else (member,):
            if isinstance(one, Text):
                yield known, one
            elif dataclasses.is_dataclass(one) and not isinstance(one, (When, type)):
                yield from _pieces(one, _later(known, getattr(one, "known", None)), top=False)


def _later(day: date | None, known: When | None) -> date | None:
    if not isinstance(known, When):
        return day
    return known.last if day is None else max(day, known.last)


def _symbols(record: Record) -> Iterator[str]:
    for name in _SYMBOLS:
        value = getattr(record, name, None)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (one for one in value if isinstance(one, str))
    abbreviation = getattr(record, "abbr", None)
    if isinstance(abbreviation, Text):
        yield from filter(None, (abbreviation.get(lang) for lang in LANGUAGES))


def _cited(board: Board, record: Record) -> Iterator[str]:
    """A provision is found by the symbol of its instrument, which it needs and is therefore never known before."""
    if isinstance(record, Provision) and record.instrument in board.portfolio.records:
        symbol = getattr(board.portfolio.get(record.instrument), "symbol", None)
        if symbol:
            yield symbol
