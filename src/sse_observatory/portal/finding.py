"""What can be found: the records of the follow-up, the published tables, the terms of the glossary, in one index."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from django.conf import settings

from sse_observatory.catalogue.portfolio import Provision, Record, When, forms
from sse_observatory.core import LANGUAGES, NotFound, Text, content_hash
from sse_observatory.portal import records, words
from sse_observatory.portal.records import Board
from sse_observatory.portal.search import Entry, Index
from sse_observatory.portal.shelf import Snapshot, shelf
from sse_observatory.updates.records import View

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
    views: dict[date, View] = {}
    for record in board.portfolio.records.values():
        yield from of_record(board, record, views)
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


def of_record(board: Board, record: Record, views: dict[date, View] | None = None) -> Iterator[Entry]:
    """A record as it reads from day to day: each time a part of it becomes known, another entry follows.

    What it says on a day is what a view of that day holds, so that the search knows no other rule about what was known.
    """
    views = {} if views is None else views
    first = board.portfolio.known_on(record)
    days = sorted({first or board.first_day, *(day for day in _later_days(record) if first is None or day > first)})
    also = " ".join([record.id, *_symbols(record), *_cited(board, record)])
    for at, day in enumerate(days):
        if day not in views:
            views[day] = board.as_of(max(day, board.first_day))
        known = views[day].find(record.id)
        if known is not None:
            since = first if at == 0 else day
            yield Entry(
                record.id, record.kind, known.title, _joined(_texts(known)), also, since,
                days[at + 1] if at + 1 < len(days) else None,
            )


def _joined(texts: Iterable[Text]) -> Text:
    pieces = list(texts)
    return Text.of({lang: " ".join(filter(None, (text.get(lang) for text in pieces))) for lang in LANGUAGES})


def _texts(value: object, top: bool = True) -> Iterator[Text]:
    """The texts of a record besides its title."""
    for name in forms.fields(type(value)):
        if top and name == "title":
            continue
        member = getattr(value, name)
        for one in member if isinstance(member, tuple) else (member,):
            if isinstance(one, Text):
                yield one
            elif forms.is_part(one):
                yield from _texts(one, top=False)


def _later_days(value: object) -> Iterator[date]:
    """The days on which parts of a record become known."""
    for name in forms.fields(type(value)):
        member = getattr(value, name)
        for one in member if isinstance(member, tuple) else (member,):
            if forms.is_part(one) and name != "corrections":
                known = getattr(one, "known", None)
                if isinstance(known, When):
                    yield known.last
                yield from _later_days(one)


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
