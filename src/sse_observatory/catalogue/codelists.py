"""Codelists: ``codelists/index.toml`` describes each list, ``codelists/CL_X.csv`` holds its codes.

A CSV (UTF-8, comma) starts with the columns `COLUMNS`; any further column is kept as a note of the code. Dates are
ISO 8601. `parent` is the code whose total the code adds up to. Labels left empty are gaps, except in CL_AREA, where
they come from CLDR through the note ``alpha_2``.

A list whose entry says ``codes_from = { file = "published/sources.toml", label = "title" }`` has the tables of that
file as its codes: what is described there is not repeated here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sse_observatory.catalogue.areas import completed
from sse_observatory.catalogue.problems import (
    Problem,
    Severity,
    TomlFile,
    fail_on_error,
    read_toml,
    text_of,
    translation_problem,
)
from sse_observatory.core import LANGUAGES, CatalogueError, Text
from sse_observatory.structures import AGENCY, Code, Codelist

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

INDEX = "codelists/index.toml"
FILES = (INDEX, "codelists/*.csv", "published/sources.toml", "published/definitions.toml", *(
    f"drafting/{name}.toml" for name in ("verbs", "strengths", "conditions", "addressees", "rules")
))  # fmt: skip
COLUMNS = (
    "code", "parent", "label_en", "label_fr", "label_es", "valid_from", "valid_to", "source",
    "description_en", "description_fr", "description_es",
)  # fmt: skip
_INDEX_KEYS = {"label", "agency", "version", "source", "codes_from"}
_CODES_FROM_KEYS = {"file", "label", "description"}


@dataclass
class _Read:
    """A codelist as read: what could be built, where each code stands, what is wrong."""

    name: str
    codelist: Codelist | None = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int | None, key: str, what: str, todo: str) -> None:
        self.problems.append(Problem(self.name, line, key, what, todo))


def _day(read: _Read, line: int, code: str, column: str, written: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        read.wrong(line, code, f"{column} {written!r} is not a date", "Write dates as 2024-12-31.")
        return None


def _code(read: _Read, line: int, row: Mapping[str, str]) -> Code | None:
    code = row["code"]
    label = Text.of({lang: row[f"label_{lang}"] for lang in LANGUAGES})
    label = completed(label, row.get("alpha_2", ""))
    if len(label.missing) == len(LANGUAGES):
        read.wrong(line, code, "the code has no label in any language", "Write label_en, label_fr and label_es.")
        return None
    description = Text.of({lang: row[f"description_{lang}"] for lang in LANGUAGES})
    start = _day(read, line, code, "valid_from", row["valid_from"])
    end = _day(read, line, code, "valid_to", row["valid_to"])
    if start and end and end < start:
        read.wrong(line, code, f"valid_to {end} comes before valid_from {start}", "Correct one of the two dates.")
    return Code(
        code,
        label,
        row["parent"] or None,
        None if len(description.missing) == len(LANGUAGES) else description,
        start,
        end,
        row["source"],
        {column: value for column, value in row.items() if column not in COLUMNS and value},
    )


def _rows(read: _Read, path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        read.wrong(None, path.stem, "the file is missing", f"Write it, or take {path.stem} out of {INDEX}.")
        return
    except UnicodeDecodeError as error:
        read.wrong(None, path.stem, f"the file is not UTF-8 (byte {error.start})", "Save it again as UTF-8.")
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    try:
        for row in reader:
            if header is None:
                header = row
                absent = [c for c in COLUMNS if c not in header]
                doubled = sorted({c for c in header if header.count(c) > 1})
                if absent or doubled:
                    kind, columns = ("missing", absent) if absent else ("twice", doubled)
                    what = f"column(s) {kind}: {', '.join(columns)}"
                    read.wrong(1, path.stem, what, f"The first line must hold {','.join(COLUMNS)}.")
                    return
            elif len(row) != len(header):
                what = f"{len(row)} fields where the header has {len(header)}"
                todo = "Put a text that contains a comma in double quotes; leave no empty line."
                read.wrong(reader.line_num, row[0] if row else "", what, todo)
            else:
                yield reader.line_num, {column: value.strip() for column, value in zip(header, row, strict=True)}
    except csv.Error as error:
        read.wrong(reader.line_num, path.stem, f"the line is not CSV: {error}", "Check the double quotes.")
    if header is None:
        read.wrong(1, path.stem, "the file is empty", f"The first line must hold {','.join(COLUMNS)}.")


def _report_broken_parents(read: _Read, codes: dict[str, Code]) -> None:
    """Report codes whose parent is absent or that stand below themselves."""
    for code in codes.values():
        if code.parent is not None and code.parent not in codes:
            what = f"the parent {code.parent!r} is not a code of the list"
            read.wrong(read.lines[code.id], code.id, what, "Correct the parent, or add it as a code.")
    if read.problems:
        return
    for code in codes.values():
        seen, above = {code.id}, code.parent
        while above is not None and above not in seen:
            seen.add(above)
            above = codes[above].parent
        if above == code.id:
            read.wrong(read.lines[code.id], code.id, "the code stands below itself", "Correct the parents.")


def _codes_of_csv(read: _Read, root: Path) -> dict[str, Code]:
    codes: dict[str, Code] = {}
    folded: dict[str, int] = {}
    for line, row in _rows(read, root / read.name):
        code = _code(read, line, row)
        if row["code"].lower() in folded:
            first = folded[row["code"].lower()]
            what = f"the code stands in line {first} already (upper and lower case are one to the engines)"
            read.wrong(line, row["code"], what, "Keep one of the two lines.")
        elif code is not None:
            folded[code.id.lower()] = line
            read.lines[code.id] = line
            codes[code.id] = code
    return codes


def _codes_of_toml(read: _Read, root: Path, label: str, description: str) -> dict[str, Code]:
    try:
        file = read_toml(root, read.name)
    except CatalogueError as error:
        read.problems.append(Problem.of(error, root, read.name))
        return {}
    codes: dict[str, Code] = {}
    for identifier, entry in file.data.items():
        texts: dict[str, Text | None] = {}
        for key in (label, description):
            if key and isinstance(entry, dict) and (key in entry or key == label):
                texts[key], wrong = text_of(file, (identifier, key), entry.get(key), key)
                read.problems += wrong
        name = texts.get(label)
        if name is not None:
            read.lines[identifier] = file.line(identifier) or 1
            codes[identifier] = Code(identifier, name, description=texts.get(description), source=read.name)
    return codes


def _read(root: Path, identifier: str, label: Text, entry: Mapping[str, Any]) -> _Read:
    origin = entry.get("codes_from")
    if origin is None:
        read = _Read(f"codelists/{identifier}.csv")
        codes = _codes_of_csv(read, root)
    else:
        read = _Read(str(origin["file"]))
        codes = _codes_of_toml(read, root, str(origin["label"]), str(origin.get("description", "")))
    _report_broken_parents(read, codes)
    if not codes and not read.problems:
        read.wrong(None, identifier, "the list has no codes", "Add at least one code.")
    if not read.problems:
        agency, version = str(entry.get("agency", AGENCY)), str(entry.get("version", "1.0"))
        try:
            read.codelist = Codelist(
                identifier, label, tuple(codes.values()), agency, version, str(entry.get("source", ""))
            )
        except ValueError as error:
            read.wrong(None, identifier, str(error), "Codes hold letters, digits, _ @ $ - only.")
    return read


def _index(root: Path) -> tuple[TomlFile | None, dict[str, Text], list[Problem]]:
    """The index, the label of each list that has one, and what is wrong with the index."""
    try:
        index = read_toml(root, INDEX)
    except CatalogueError as error:
        return None, {}, [Problem.of(error, root, INDEX)]
    labels: dict[str, Text] = {}
    problems: list[Problem] = []
    for identifier, entry in index.data.items():
        line = index.line(identifier)
        if not isinstance(entry, dict):
            problems.append(Problem(INDEX, line, identifier, "this is not a table", f"Write [{identifier}]."))
            continue
        for key in sorted(set(entry) - _INDEX_KEYS):
            todo = f"Use {', '.join(sorted(_INDEX_KEYS))}."
            problems.append(Problem(INDEX, index.line(identifier, key), identifier, f"unknown key {key!r}", todo))
        origin = entry.get("codes_from")
        if origin is not None and not (
            isinstance(origin, dict) and {"file", "label"} <= set(origin) <= _CODES_FROM_KEYS
        ):
            line = index.line(identifier, "codes_from")
            todo = 'Write codes_from = { file = "…", label = "…" }, and description = "…" if there is one.'
            problems.append(Problem(INDEX, line, identifier, "codes_from is not understood", todo))
            continue
        label, wrong = text_of(index, (identifier, "label"), entry.get("label"), "label of the codelist")
        problems += wrong
        if label is not None:
            labels[identifier] = label
    return index, labels, problems


def _read_all(root: Path) -> tuple[list[_Read], list[Problem]]:
    index, labels, problems = _index(root)
    reads: list[_Read] = []
    if index is None:
        return reads, problems
    for identifier, label in labels.items():
        read = _read(root, identifier, label, index.data[identifier])
        reads.append(read)
        problems += read.problems
    for path in sorted((root / "codelists").glob("*.csv")):
        if path.stem not in index.data:
            what = f"the list is not described in {INDEX}"
            todo = f"Add [{path.stem}] with a label in three languages, agency, version and source."
            problems.append(Problem(f"codelists/{path.name}", None, path.stem, what, todo))
    return reads, problems


class Codelists(dict[str, Codelist]):
    """Codelists by id; asking for one that the catalogue lacks raises CatalogueError, which names the index."""

    def __init__(self, root: Path, lists: Mapping[str, Codelist]) -> None:
        super().__init__(lists)
        self._root = root

    def __missing__(self, identifier: str) -> Codelist:
        todo = f"Add [{identifier}] to {INDEX} and write codelists/{identifier}.csv; other parts refer to it."
        raise CatalogueError("there is no such codelist.", file=self._root / INDEX, value=identifier, todo=todo)


def load_codelists(root: Path, catalogue: Catalogue) -> Mapping[str, Codelist]:
    """Every codelist by id. Raises CatalogueError for the first list that cannot be read."""
    reads, problems = _read_all(root)
    fail_on_error(root, problems)
    return Codelists(root, {read.codelist.id: read.codelist for read in reads if read.codelist is not None})


def check_codelists(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: whatever cannot be read; a label missing in a list that a dataflow uses. Gaps: other missing texts."""
    reads, problems = _read_all(root)
    yield from problems
    used = _used_by_dataflows(catalogue)
    index = read_toml(root, INDEX) if reads else None
    for read in reads:
        if read.codelist is None:
            continue
        name = read.codelist.id
        line = index.line(name, "label") if index else None
        severity: Severity = "error" if used is None or name in used else "gap"
        found = [translation_problem(INDEX, line, name, "label of the codelist", read.codelist.label, "error")]
        for code in read.codelist:
            line = read.lines[code.id]
            found.append(translation_problem(read.name, line, code.id, "label", code.label, severity))
            found.append(translation_problem(read.name, line, code.id, "description", code.description, "gap"))
        yield from (problem for problem in found if problem is not None)


def _used_by_dataflows(catalogue: Catalogue) -> set[str] | None:
    """The codelists that dataflows use; None (any may be used) where the dataflows cannot be read."""
    try:
        structures = catalogue.structures.values()
    except CatalogueError:
        return None
    components = [dimension.codelist for structure in structures for dimension in structure.dimensions]
    components += [attribute.codelist for structure in structures for attribute in structure.attributes]
    return {codelist.id for codelist in components if codelist is not None}
