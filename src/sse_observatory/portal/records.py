"""The follow-up records of the portal: the `Records` of `updates`, answered from its database.

All records are held in memory, as the catalogue's own implementation holds them, so that *as of* means one thing: the
rules about what was known when are written once, in `updates.records`. What is here keeps that copy equal to the
database. Every change carries a number; a request looks at the last number, and when it has moved reads the records
that changed since. A sixth part of the 100 ms a page may take buys that a page never shows what is no longer so.

Without a database the records are the catalogue's.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from django.db import DatabaseError

from sse_observatory import catalogue, updates
from sse_observatory.catalogue.portfolio import CLASSES, Portfolio, checks, exchange, forms, reading, record_of
from sse_observatory.catalogue.portfolio import Record as FollowUpRecord
from sse_observatory.catalogue.portfolio.exchange import SOURCE
from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.catalogue.problems import Problem
from sse_observatory.core import InputError, ObservatoryError
from sse_observatory.portal import database, ledger
from sse_observatory.portal.ledger import Content, Loaded
from sse_observatory.portal.models import Record
from sse_observatory.portal.words import the_catalogue
from sse_observatory.updates.records import View

_VIEWS = 12
T = TypeVar("T")


class NotInOrder(ObservatoryError):
    """A record does not have the form of its kind, or records contradict each other. `faults` lists where and why."""

    exit_status = 3

    def __init__(
        self, faults: Iterable[Fault], file: str = "", line: Callable[[str], int | None] = lambda record: None
    ) -> None:
        self.faults = tuple(faults)
        shown = "\n".join(f"  {_place(file, line(fault.record))}{fault}" for fault in self.faults[:20])
        more = f"\n  … and {len(self.faults) - 20} more" if len(self.faults) > 20 else ""
        super().__init__(
            f"{len(self.faults)} thing(s) are not in order:\n{shown}{more}", "Correct them; nothing was kept."
        )


def _place(file: str, line: int | None) -> str:
    if not file:
        return ""
    return f"{file}: " if line is None else f"{file}, line {line}: "


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: the record, the path to the value in it."""

    record: str
    path: tuple[str, ...]
    what: str
    todo: str

    def __str__(self) -> str:
        where = ".".join((self.record, *self.path))
        stop = "" if self.what.endswith(".") else "."
        return f"{where}: {self.what}{stop} {self.todo}".rstrip()


@dataclass
class Held(reading.Read):
    """Records as read, for the checks of the catalogue: faults are told by record, there are no files."""

    faults: list[Fault] = field(default_factory=list)

    def wrong_in(self, identifier: str, path: tuple[str, ...], what: str, todo: str) -> None:
        self.faults.append(Fault(identifier, path, what, todo))


class Board:
    """The records at one version, and views of them; never changes."""

    def __init__(self, version: int, held: Held) -> None:
        self.version = version
        self.held = held
        self.portfolio: Portfolio = held.portfolio()
        self._records = updates.records.CatalogueRecords(self.portfolio, the_catalogue().groups)
        self._views: OrderedDict[date, Known] = OrderedDict()
        self._remembered: dict[object, Any] = {}
        self._lock = threading.Lock()
        self._making = threading.RLock()

    @property
    def first_day(self) -> date:
        """The first day on which anything dated is known."""
        return self._records.first_day

    def as_of(self, day: date) -> View:
        """What was known on `day`. Raises ObservatoryError for a day before `first_day`."""
        return self._records.as_of(day)

    def through(
        self, identifier: str, ask: Callable[[View], T], last: date
    ) -> Iterator[tuple[date, date, T]]:
        """What `ask` answers about a record from the first day on which it is known to `last`, by stretches of days."""
        return self._records.through(identifier, ask, last)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, worked out once for these records."""
        if key not in self._remembered:
            with self._making:
                if key not in self._remembered:
                    self._remembered[key] = make()
        return self._remembered[key]  # type: ignore[no-any-return]

    def known(self, day: date) -> Known:
        """The view of a day, with what pages have worked out from it; the last ones asked for are kept."""
        with self._lock:
            found = self._views.pop(day, None) or Known(self._records.as_of(day))
            self._views[day] = found
            while len(self._views) > _VIEWS:
                self._views.popitem(last=False)
            return found


@dataclass
class Known:
    """A view, and what pages worked out once for it; it goes when the view goes."""

    view: View
    remembered: dict[object, Any] = field(default_factory=dict)


_board: Board | None = None
_prepared = False
_lock = threading.RLock()


def now() -> Board:
    """The records as they are now. Raises ObservatoryError where the database cannot be used."""
    global _board
    if not database.present():
        with _lock:
            if _board is None:
                _board = Board(0, _of_catalogue())
            return _board
    prepare()
    try:
        version = ledger.version()
        found = _board
        if found is not None and found.version == version:
            return found
        with _lock:
            if _board is None or _board.version != version:
                _board = _read(_board)
            return _board
    except DatabaseError as error:
        raise database.unreachable(error) from error


def forget() -> None:
    """Start anew at the next request, as a new process does."""
    global _board, _prepared
    with _lock:
        _board, _prepared = None, False


def prepare() -> None:
    """Make the database ready: its tables, and the catalogue's records where they are not those loaded last."""
    global _prepared
    if _prepared:
        return
    with _lock:
        if _prepared:
            return
        database.migrate()
        try:
            if ledger.catalogue_loaded() != fingerprint():
                load()
        except DatabaseError as error:
            raise database.unreachable(error) from error
        _prepared = True


def fingerprint() -> str:
    """One hash over the catalogue's files of records."""
    return the_catalogue().fingerprint("portfolio")


def load() -> Loaded:
    """Bring the records of the catalogue into the database. Raises NotInOrder; then nothing is loaded."""
    offered = {str(entry["id"]): entry for entry in written(the_catalogue().portfolio)}
    return ledger.load(offered, fingerprint())


def restore(entries: Iterable[Content], withdrawn: Iterable[Content]) -> Loaded:
    """Bring in the records of an export (see `exported`), then the catalogue's. Raises NotInOrder."""
    contents: dict[str, Content] = {}
    for entry in entries:
        if entry["id"] in contents:
            raise NotInOrder([Fault(entry["id"], (), "the id stands twice.", "Keep one of the two records.")])
        contents[entry["id"]] = entry
    done = ledger.restore(contents, {entry["id"]: entry["kind"] for entry in withdrawn})
    load()
    return done


def written(portfolio: Portfolio) -> list[dict[str, Any]]:
    """Every source and record as plain values."""
    return list(map(dict, exchange.entries_of(portfolio.sources.values(), portfolio.records.values())))


def exported() -> str:
    """The records as the portal has them, as a text that `restore` takes: the same records, the same text."""
    contents, withdrawn = ledger.exported()
    contents.sort(key=lambda content: (content["kind"] != SOURCE, content["kind"], content["id"]))
    return exchange.text_of(
        [_ordered(content) for content in contents],
        [{"id": identifier, "kind": withdrawn[identifier]} for identifier in sorted(withdrawn)],
    )


def _ordered(value: Any) -> Any:
    """`value` with its keys in one order: a database may keep them in another."""
    if isinstance(value, dict):
        first = [key for key in ("id", "kind") if key in value]
        return {key: _ordered(value[key]) for key in (*first, *sorted(k for k in value if k not in first))}
    return [_ordered(member) for member in value] if isinstance(value, list) else value


def _of_catalogue() -> Held:
    portfolio = the_catalogue().portfolio
    held = _empty()
    held.sources.update(portfolio.sources)
    held.records.update(portfolio.records)
    return held


def _empty() -> Held:
    return Held(Path(), terms={name: dict(terms) for name, terms in the_catalogue().portfolio.terms.items()})


def _read(former: Board | None) -> Board:
    """The board of the database as it is now; records that have not changed since `former` are taken from it."""
    since = former.version if former is not None else 0
    version = ledger.version()
    rows = list(Record.objects.filter(version__gt=since).order_by("pk").values_list("pk", "kind", "content"))
    if former is None or any(kind == SOURCE for _, kind, _ in rows):
        rows = list(Record.objects.order_by("pk").values_list("pk", "kind", "content"))
        held = _held({pk: content for pk, _, content in rows if content is not None})
    else:
        held = _empty()
        held.sources.update(former.held.sources)
        held.records.update(former.held.records)
        for pk, _, content in rows:
            held.records.pop(pk, None)
            if content is not None:
                held.records[pk] = record_of(content, held.sources)
        gone = set(held.records) - set(Record.objects.filter(content__isnull=False).values_list("pk", flat=True))
        for pk in gone:
            del held.records[pk]
    if held.faults:
        raise NotInOrder(held.faults)
    return Board(version, held)


def _held(contents: Mapping[str, Content]) -> Held:
    """What the contents say, sources first; faults of form are collected."""
    held = _empty()
    exchange.hold(held, contents)
    return held


def check_database() -> None:
    """Raise NotInOrder unless every record in the database has its form and refers to what is there."""
    rows = Record.objects.filter(content__isnull=False).order_by("pk").values_list("pk", "content")
    _check(_held(dict(rows.iterator(chunk_size=ledger.BATCH))))


def check_change(identifier: str, content: Content | None, before: Iterable[Fault] = ()) -> Content | None:
    """`content` in the form records are kept in. Raises NotInOrder where the records would not be in order with it.

    None: the record is withdrawn. What was found wrong with a change `before` is told together with what is found here.
    """
    board = now()
    held = _empty()
    held.sources.update(board.held.sources)
    held.records.update(board.held.records)
    held.records.pop(identifier, None)
    cited = held.sources.pop(identifier, None)
    touched = {identifier, *board.portfolio.referred_by.get(identifier, ())}
    touched |= {r.id for r in held.records.values() if any(c.source.id == identifier for c in r.sources)}
    kept = content
    if content is not None:
        exchange.hold(held, {identifier: content})
        if not held.faults:
            is_source = content.get("kind") == SOURCE
            kept = exchange.entries_of(
                [held.sources[identifier]] if is_source else (), () if is_source else [held.records[identifier]]
            )[0]
        elif (cls := CLASSES.get(str(content.get("kind")))) is not None:
            # A value that does not fit its field does not keep the others from being looked at.
            told = {fault.path for fault in held.faults}
            astray = (r for r in forms.references_in(cls, content) if r.path not in told)
            checks.note_astray(held, the_catalogue(), identifier, astray)
    elif cited is not None:
        held.faults += [
            Fault(record.id, ("sources",), Wrong("cited", "the record cites {value}.", value=identifier),
                  "Withdraw the source after it.")
            for record in held.records.values() if record.id in touched
        ]
    _check(held, touched, before)
    return kept


def _check(held: Held, only: Collection[str] | None = None, before: Iterable[Fault] = ()) -> None:
    if not held.faults:
        list(checks.problems(held, the_catalogue(), only))  # noted as faults
    if faults := [*before, *held.faults]:
        raise NotInOrder(faults)


__all__ = [
    "Board", "Fault", "FollowUpRecord", "InputError", "Known", "NotInOrder", "Problem", "catalogue", "check_change",
    "check_database", "exported", "fingerprint", "forget", "load", "now", "prepare", "written",
]  # fmt: skip
