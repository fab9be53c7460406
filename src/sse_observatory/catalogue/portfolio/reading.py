"""Reading ``portfolio/``: sources, vocabularies, and one file or folder of records per kind.

``portfolio/actors.toml`` holds actors, ``portfolio/provisions/*.toml`` provisions, and so on (`PLACES`); a record is a
table named by its id. Nothing is half loaded: everything wrong is collected with file and line, and loading raises for
the first of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sse_observatory.catalogue.portfolio import forms
from sse_observatory.catalogue.portfolio.holdings import Portfolio, Term, assemble, record_of
from sse_observatory.catalogue.portfolio.model import Record, Source
from sse_observatory.catalogue.problems import Problem, TomlFile, read_toml, text_of
from sse_observatory.core import CatalogueError

FOLDER = "portfolio"
SOURCES, TERMS = f"{FOLDER}/sources.toml", f"{FOLDER}/terms.toml"
PLACES = {
    "actors": "actor", "memberships": "membership", "regions": "region", "government_groups": "government_group",
    "instruments": "instrument", "events": "event", "provisions": "provision", "relations": "relation",
    "plan_objectives": "plan_objective", "plan_outputs": "plan_output", "evidence": "evidence", "due": "due",
    "knowledge_items": "knowledge_item", "service_catalogue": "service_catalogue", "facts": "fact",
    "conflicts": "conflict",
}  # fmt: skip
"""The file (``NAME.toml``) or folder (``NAME/*.toml``) of each kind."""

BORROWED = {"verb": "verbs", "strength": "strengths", "condition": "conditions"}
"""Vocabularies of resolutions, read where `instruments` reads them: ``drafting/NAME.toml``."""
NOTHING_ASKED = "STATE"
"""The strength of acts that ask for nothing."""

_ID = re.compile(r"[a-z][a-z0-9-]*")


@dataclass
class Read:
    """What could be read, where each record stands, and what is wrong."""

    root: Path
    records: dict[str, Record] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    terms: dict[str, dict[str, Term]] = field(default_factory=dict)
    files: dict[str, TomlFile] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, file: TomlFile, path: tuple[str, ...], what: str, todo: str) -> None:
        """Note something to correct at `path` in `file`."""
        self.problems.append(Problem(file.name, line_of(self.root, file, path), ".".join(path), what, todo))

    def wrong_in(self, identifier: str, path: tuple[str, ...], what: str, todo: str) -> None:
        """Note something to correct in the record `identifier`."""
        self.wrong(self.files[identifier], (identifier, *path), what, todo)

    def portfolio(self) -> Portfolio:
        """What was read, assembled."""
        return assemble(self.records.values(), self.sources, self.terms)


def line_of(root: Path, file: TomlFile, path: tuple[str, ...]) -> int | None:
    """The line of the deepest part of `path`; a number in it counts the tables of a list (``[[id.acts]]``)."""
    lists = [n for n, part in enumerate(path) if part.isdigit()]
    for end in reversed(lists):
        header = re.compile(rf"\[\[\s*{re.escape('.'.join(p for p in path[:end] if not p.isdigit()))}\s*\]\]")
        text = (root / file.name).read_text(encoding="utf-8").splitlines()
        starts = [n for n, line in enumerate(text) if header.match(line)]
        if int(path[end]) >= len(starts):
            continue
        start = starts[int(path[end])]
        for n in range(start + 1, len(text)) if end + 1 < len(path) else ():
            if text[n].startswith("["):
                break
            if re.match(rf"{re.escape(path[end + 1])}\s*=", text[n]):
                return n + 1
        return start + 1
    named = [part for part in path if not part.isdigit()]
    for end in range(len(named), 0, -1):
        key = ".".join(named[:end])
        if key in file.lines:
            return file.lines[key]
        below = [n for name, n in file.lines.items() if name.startswith(f"{key}.")]  # title.en = "…"
        if below:
            return min(below)
    return None


def _files(root: Path, name: str) -> list[str]:
    folder = root / FOLDER
    found = [folder / f"{name}.toml", *sorted((folder / name).glob("*.toml"))]
    return [path.relative_to(root).as_posix() for path in found if path.is_file()]


def _toml(read: Read, name: str) -> TomlFile | None:
    try:
        return read_toml(read.root, name)
    except CatalogueError as error:
        read.problems.append(Problem.of(error, read.root, name))
        return None


def _values(read: Read, file: TomlFile, path: tuple[str, ...], cls: type, entry: Any) -> Any:
    try:
        return forms.read(cls, entry, (), read.sources)
    except forms.Misfit as misfit:
        for one in misfit.every:
            read.wrong(file, (*path, *one.path), one.what, one.todo)
        return None


def _read_sources(read: Read) -> None:
    file = _toml(read, SOURCES)
    for identifier, entry in (file.data if file else {}).items():
        assert file is not None  # there are no entries without a file
        if isinstance(entry, dict):
            entry = {"id": identifier, **entry}
        source = _values(read, file, (identifier,), Source, entry)
        if source is not None:
            read.sources[identifier] = source


def _read_terms(read: Read) -> None:
    file = _toml(read, TERMS)
    for vocabulary, terms in (file.data if file else {}).items():
        assert file is not None
        for code, entry in terms.items():
            term = _values(read, file, (vocabulary, code), Term, entry)
            if term is not None:
                read.terms.setdefault(vocabulary, {})[code] = term


def _borrow_terms(read: Read) -> None:
    for vocabulary, name in BORROWED.items():
        file = _toml(read, f"drafting/{name}.toml")
        for code, entry in (file.data if file else {}).items():
            assert file is not None
            label, wrong = text_of(file, (code, "label"), entry.get("label"), "label")
            read.problems += wrong
            # A record says how strong an act is: a person has settled what the reading of a text left open.
            if label is not None and entry.get("ranked") is not False:
                asks = (entry.get("strength") or code) != NOTHING_ASKED
                term = Term(label=label, strength=entry.get("strength"), follow_up=asks)
                read.terms.setdefault(vocabulary, {})[code] = term


def _read_records(read: Read, name: str, kind: str) -> None:
    for place in _files(read.root, name):
        file = _toml(read, place)
        for identifier, entry in (file.data if file else {}).items():
            assert file is not None
            _read_record(read, file, kind, identifier, entry)


def _read_record(read: Read, file: TomlFile, kind: str, identifier: str, entry: Any) -> None:
    here = (identifier,)
    if not _ID.fullmatch(identifier):
        read.wrong(file, here, "an id has small letters, digits and hyphens", "Write it as ins-a-res-77-281.")
        return
    if not isinstance(entry, dict):
        read.wrong(file, here, "this is not a record", f"Write [{identifier}] and its fields below it.")
        return
    for key in ("id", "kind"):
        if key in entry:
            read.wrong(file, (*here, key), f"the {key} is given already: by the table and the file", "Remove it.")
            return
    if identifier in read.records:
        first = read.files[identifier]
        what = f"the id stands in {first.name}, line {first.line(identifier)}, already"
        read.wrong(file, here, what, "Keep one of the two records, or give this one another id.")
        return
    if not entry.get("sources"):
        read.wrong(file, here, "the record has no source", "Write sources = [ … ] with ids of portfolio/sources.toml.")
        return
    try:
        read.records[identifier] = record_of({"id": identifier, "kind": kind, **entry}, read.sources)
        read.files[identifier] = file
    except forms.Misfit as misfit:
        for one in misfit.every:
            read.wrong(file, (*here, *one.path), one.what, one.todo)


def _strangers(root: Path) -> Iterator[Problem]:
    known = {"sources", "terms", *PLACES}
    for path in sorted((root / FOLDER).glob("*")):
        if path.name.startswith("."):
            continue
        if path.stem not in known or (path.is_file() and path.suffix != ".toml"):
            todo = f"Name it after what it holds: {', '.join(PLACES)}."
            yield Problem(f"{FOLDER}/{path.name}", None, path.stem, "this holds no kind of record known here", todo)


def read_all(root: Path) -> Read:
    """Everything below ``portfolio/``, with what is wrong in its form; what refers to what is for the checks."""
    read = Read(root)
    read.problems += _strangers(root)
    _read_sources(read)
    _read_terms(read)
    _borrow_terms(read)
    for name, kind in PLACES.items():
        _read_records(read, name, kind)
    return read
