"""The glossary: ``glossary/*.toml``, one table per term, with definition and source in three languages.

The glossary decides where words are near each other: *member*, *worker* and *employee* are different things. A term
whose wording was not read in the document it follows has status ``unconfirmed``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sse_observatory.catalogue.problems import (
    Problem,
    TomlFile,
    fail_on_error,
    read_toml,
    text_of,
    translation_problem,
)
from sse_observatory.core import CatalogueError, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FILES = ("glossary/*.toml",)
Status = Literal["confirmed", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the field: the term itself, what it means, where that comes from, and the terms beside it.

    `codes` names the codes that the term stands for, as ``CL_WORK_STATUS:WMEM``.
    """

    id: str
    term: Text
    definition: Text
    source: str
    status: Status = "confirmed"
    see: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


Glossary = Mapping[str, Term]
"""Terms by id, in the order of the files."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    term: dict[str, str]
    definition: dict[str, str]
    source: str
    status: Status = "confirmed"
    see: list[str] = []
    codes: list[str] = []


@dataclass
class _Read:
    terms: dict[str, Term] = field(default_factory=dict)
    places: dict[str, TomlFile] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, file: TomlFile, path: tuple[str, ...], what: str, todo: str) -> None:
        self.problems.append(Problem(file.name, file.line(*path), path[0], what, todo))


def _read(root: Path, catalogue: Catalogue) -> _Read:
    read = _Read()
    for path in sorted((root / "glossary").glob("*.toml")):
        name = path.relative_to(root).as_posix()
        try:
            file = read_toml(root, name)
        except CatalogueError as error:
            read.problems.append(Problem.of(error, root, name))
            continue
        for identifier, value in file.data.items():
            _read_term(read, file, identifier, value)
    for term in read.terms.values():
        file = read.places[term.id]
        for other in term.see:
            if other not in read.terms or other == term.id:
                read.wrong(file, (term.id, "see"), f"there is no other term {other!r}", "Correct or remove it.")
        for code in term.codes:
            listed, _, member = code.partition(":")
            if listed not in catalogue.codelists or member not in catalogue.codelists[listed]:
                todo = "Write CODELIST:CODE, for example CL_SEX:F."
                read.wrong(file, (term.id, "codes"), f"there is no code {code!r}", todo)
    return read


def _read_term(read: _Read, file: TomlFile, identifier: str, value: object) -> None:
    try:
        entry = _Entry.model_validate(value)
    except ValidationError as error:
        for fault in error.errors():
            where = (identifier, *(str(part) for part in fault["loc"]))
            what = f"{'.'.join(where[1:]) or identifier}: {fault['msg']}"
            todo = "A term has term, definition and source, and may have status, see and codes."
            read.wrong(file, where, what, todo)
        return
    if identifier in read.terms:
        first = read.places[identifier]
        what = f"the term stands in {first.name}, line {first.line(identifier)}, already"
        read.wrong(file, (identifier,), what, "Keep one of the two, or give this one another id.")
        return
    term, wrong = text_of(file, (identifier, "term"), entry.term, "term")
    definition, wrong_too = text_of(file, (identifier, "definition"), entry.definition, "definition")
    read.problems += [*wrong, *wrong_too]
    if not entry.source.strip():
        read.wrong(file, (identifier, "source"), "the term has no source", "Name the document, or Observatory.")
    if term is not None and definition is not None:
        read.terms[identifier] = Term(
            identifier, term, definition, entry.source, entry.status, tuple(entry.see), tuple(entry.codes)
        )
        read.places[identifier] = file


def load_glossary(root: Path, catalogue: Catalogue) -> Glossary:
    """Every term by id. Raises CatalogueError for the first that cannot be read or refers to nothing."""
    read = _read(root, catalogue)
    fail_on_error(root, read.problems)
    return read.terms


def check_glossary(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: whatever cannot be read, a doubled term, a reference to nothing, no source. Gaps: translations."""
    read = _read(root, catalogue)
    yield from read.problems
    for term in read.terms.values():
        file = read.places[term.id]
        for what, text in (("term", term.term), ("definition", term.definition)):
            missing = translation_problem(file.name, file.line(term.id, what), term.id, what, text, "gap")
            if missing:
                yield missing
