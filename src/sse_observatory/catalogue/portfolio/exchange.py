"""Records as one file (JSON) and back: the same sources and records, checked like those of the catalogue.

`form` names the form; `records` holds sources (kind ``source``) and records, each with its id and kind; `withdrawn`
lists records that a portal has taken back, and is empty for a catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sse_observatory.catalogue.portfolio import forms
from sse_observatory.catalogue.portfolio.checks import problems
from sse_observatory.catalogue.portfolio.holdings import Portfolio, Terms, entry_of, record_of
from sse_observatory.catalogue.portfolio.model import Record, Source
from sse_observatory.catalogue.portfolio.reading import Read
from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.core import InputError

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FORM = "sse-observatory follow-up records 1"
SOURCE = "source"
"""The kind under which the documents that records cite stand beside them."""
Entry: TypeAlias = Mapping[str, Any]
T = TypeVar("T")


def to_json(portfolio: Portfolio) -> str:
    """Every source and record as one text, which `from_json` and ``observatory records load --from`` read."""
    return text_of(entries_of(portfolio.sources.values(), portfolio.records.values()))


def entries_of(sources: Iterable[Source], records: Iterable[Record]) -> list[Entry]:
    """Sources and records as plain values, with id and kind."""
    return [*({"id": source.id, "kind": SOURCE, **forms.write(source)} for source in sources), *map(entry_of, records)]


def text_of(entries: Iterable[Entry], withdrawn: Iterable[Entry] = ()) -> str:
    """Plain values of sources and records as one text; `withdrawn` has the id and kind of those taken back."""
    value = {"form": FORM, "records": list(entries), "withdrawn": list(withdrawn)}
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def hold(read: Read, contents: Mapping[str, Entry]) -> None:
    """Put into `read` what the contents say, sources first; faults of form are noted there by id."""
    for identifier, entry in contents.items():
        if entry.get("kind") == SOURCE:
            _hold(read, identifier, entry, _source_of, read.sources)
    for identifier, entry in contents.items():
        if entry.get("kind") != SOURCE:
            _hold(read, identifier, entry, _record_of, read.records)


def _hold(read: Read, identifier: str, entry: Entry, make: Callable[[Read, Entry], T], kept: dict[str, T]) -> None:
    try:
        if entry.get("id") != identifier:
            told = Wrong("other_id", "the id is not the one the record is kept under", value=identifier)
            raise forms.Misfit(("id",), told, f"Write {identifier}.")
        kept[identifier] = make(read, entry)
    except forms.Misfit as misfit:
        for one in misfit.every:
            read.wrong_in(identifier, one.path, one.what, one.todo)


def _source_of(read: Read, entry: Entry) -> Source:
    return forms.read(Source, {key: value for key, value in entry.items() if key != "kind"})


def _record_of(read: Read, entry: Entry) -> Record:
    if entry.get("sources"):
        return record_of(entry, read.sources)
    found = [forms.Misfit(("sources",), Wrong("without_source", "the record has no source"), "Name at least one.")]
    try:
        record_of(entry, read.sources)
    except forms.Misfit as misfit:
        found += (one for one in misfit.every if one.path != ("sources",))
    forms.refuse(found)
    raise AssertionError("a record without sources was not refused")


@dataclass
class _Told(Read):
    """Records of a file that has no tables: a fault is told by the line on which the record's id stands."""

    file: Path = Path()
    text: str = ""
    faults: list[InputError] = field(default_factory=list)

    def wrong_in(self, identifier: str, path: tuple[str, ...], what: str, todo: str) -> None:
        place = ".".join((identifier, *path))
        line = line_of(self.text, identifier)
        self.faults.append(InputError(f"{what}.", file=self.file, line=line, value=place, todo=todo))


def line_of(text: str, identifier: str) -> int | None:
    """The line of a file of records on which the id of one stands."""
    found = re.search(rf'"id"\s*:\s*{re.escape(json.dumps(identifier))}', text)
    return None if found is None else text.count("\n", 0, found.start()) + 1


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file of records holds, and its text; each entry has an id and a kind, nothing more is certain."""

    text: str
    records: list[dict[str, Any]]
    withdrawn: list[dict[str, Any]]


def read_file(file: Path) -> Exported:
    """The entries of a file. Raises InputError for what is no export of records."""
    try:
        text = file.read_text(encoding="utf-8")
        value = json.loads(text)
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}.", file=file, todo="Correct the path.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"the file is not UTF-8 (byte {error.start}).", file=file, todo="Export it again.") from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"this is not JSON: {error.msg}.", file=file, line=error.lineno, todo="Correct the line or export again."
        ) from None
    except RecursionError:
        raise InputError("this is nested too deeply.", file=file, todo="Export the records again.") from None
    listed: list[Any] = [value.get(name) for name in ("records", "withdrawn")] if isinstance(value, dict) else []
    if not listed or value.get("form") != FORM or not all(isinstance(entries, list) for entries in listed):
        raise InputError(
            "this is not an export of records.", file=file,
            expected=f'"form": "{FORM}", "records": [ … ] and "withdrawn": [ … ]',
            todo="Write one with: observatory records export FILE",
        )  # fmt: skip
    for entries in listed:
        for n, entry in enumerate(entries, start=1):
            if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("id", "kind")):
                what = f"number {n} of the records has no id or no kind."
                raise InputError(what, file=file, todo='Each has "id" and "kind", both in quotes.')
    return Exported(text, *listed)


def from_json(file: Path, catalogue: Catalogue) -> Portfolio:
    """The portfolio in `file`, with the vocabularies of `catalogue`. Raises InputError for the first thing wrong."""
    given = read_file(file)
    read = _Told(file.parent, terms=_copied(catalogue.portfolio.terms), file=file, text=given.text)
    return _portfolio(read, given, catalogue)


def _copied(terms: Terms) -> dict[str, Any]:
    return {name: dict(vocabulary) for name, vocabulary in terms.items()}


def _portfolio(read: _Told, given: Exported, catalogue: Catalogue) -> Portfolio:
    hold(read, dict(_entries(read, given.records)))
    if not read.faults:
        list(problems(read, catalogue))
    if read.faults:
        raise read.faults[0]
    return read.portfolio()


def _entries(read: _Told, found: Iterable[Entry]) -> Iterator[tuple[str, Entry]]:
    seen: set[str] = set()
    for entry in found:
        if entry["id"] in seen:
            read.wrong_in(entry["id"], (), "the id stands twice", "Keep one of the two records.")
        seen.add(entry["id"])
        yield entry["id"], entry
