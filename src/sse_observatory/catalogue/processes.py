"""Statistical processes: which sources, definitions and tables make one release.

A process file says everything that is a choice: the sources in the order in which they are believed,
the perimeters, the type rules, the tables with their breakdowns, the disclosure rules. The computation
is the same for every process, so a national office writes its own process without touching Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sse_observatory.catalogue.problems import Problem, TomlFile, first_fault, read_toml, translation_problem
from sse_observatory.core import CatalogueError, NotFound, Period, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FILES = ("processes/**/*",)
MEASURES = ("UNITS_REGISTERED", "UNITS_ACTIVE", "MEMBERSHIPS", "JOBS_IN", "JOBS_WITHIN_SCOPE", "TURNOVER", "ASSETS")
"""The measures a register-based process can compute, codes of CL_MEASURE."""
M = TypeVar("M", bound=BaseModel)
UNDETERMINED = "-UND"
FIXED = ("REF_AREA", "FREQ", "COVERAGE", "PERIMETER", "MEASURE", "TIME_PERIOD")
"""The dimensions that the process, a table's measures and its perimeters fill."""
_BREAKDOWN = re.compile(r"[A-Z_]+(:[1-9]\d?)?")


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table to publish: its dataflow, measures, perimeters and the breakdowns (``("COOP_TYPE", "ACTIVITY:2")``)."""

    dataflow: str
    measures: tuple[str, ...]
    perimeters: tuple[str, ...]
    by: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One reference period of a process: its date, and which edition of each source it reads."""

    period: Period
    reference_date: date
    editions: tuple[tuple[str, str], ...]

    @property
    def vintage(self) -> str:
        """The editions read, for the VINTAGE attribute."""
        return ", ".join(dict.fromkeys(edition for _, edition in self.editions))


@dataclass(frozen=True, slots=True)
class Process:
    """A statistical process as described in its file; `file` is where, for messages.

    `rounds` is empty where the editions found with the data decide: one round per edition of the first source, named
    by the year in which the edition's reference date falls.
    """

    id: str
    version: str
    title: Text
    area: str
    coverage: str
    fictional: bool
    sources: tuple[str, ...]
    perimeters: tuple[str, ...]
    type_rules: str
    currency: str | None
    disclosure: str
    tables: tuple[TablePlan, ...]
    rounds: tuple[Round, ...]
    file: Path
    minimum_reporting: float = 0.8


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    dataflow: str
    measures: list[str] = Field(min_length=1)
    perimeters: list[str] = Field(min_length=1)
    by: list[list[str]] = Field(min_length=1)


class _Round(BaseModel):
    model_config = ConfigDict(extra="forbid")
    period: str
    reference_date: date
    editions: dict[str, str]


class _Process(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str
    title: dict[str, str]
    area: str
    coverage: str
    fictional: bool = False
    sources: list[str] = Field(min_length=1)
    perimeters: list[str] = Field(min_length=1)
    type_rules: str = "COOP-TYPE"
    currency: str | None = None
    disclosure: str = "default"
    minimum_reporting: float = Field(default=0.8, ge=0, le=1)
    table: list[_Table] = Field(min_length=1)
    round: list[_Round] = []


def read_described(file: Path, model: type[M], todo: str) -> tuple[TomlFile, M]:
    """A process file and what it says, in the form of `model`. Raises CatalogueError for what does not fit."""
    if not file.is_file():
        raise CatalogueError("the file is missing", file=file, todo="Give the path of a process file (TOML).")
    toml = read_toml(file.parent, file.name)
    try:
        return toml, model.model_validate(toml.data)
    except ValidationError as error:
        first = first_fault(error)
        path = tuple(str(part) for part in first["loc"])
        line = toml.line(*path)
        if len(path) > 1 and path[1].isdigit():  # in the right table of an array of tables
            line = place_in_array(file, path[0], int(path[1])) or toml.line(path[0])
        given = first.get("input")
        raise CatalogueError(
            f"{'.'.join(path)}: {first['msg']}",
            file=file,
            line=line,
            value=None if isinstance(given, dict | list) else str(given)[:80],
            todo=todo,
        ) from None


def refuse(problems: Iterable[Problem], file: Path) -> None:
    """Raise CatalogueError for the first of the problems of a process file, if there is one."""
    for problem in problems:
        raise CatalogueError(problem.what, file=file, line=problem.line, value=problem.key, todo=problem.todo)


def load_process(file: Path, catalogue: Catalogue) -> Process:
    """The process described in `file`. Raises CatalogueError naming the file, the place and what was expected."""
    toml, raw = read_described(file, _Process, "See docs/reference/processes.md for what a process file holds.")
    process = Process(
        raw.id,
        raw.version,
        Text.of(raw.title),
        raw.area,
        raw.coverage,
        raw.fictional,
        tuple(raw.sources),
        tuple(raw.perimeters),
        raw.type_rules,
        raw.currency,
        raw.disclosure,
        tuple(
            TablePlan(t.dataflow, tuple(t.measures), tuple(t.perimeters), tuple(tuple(b) for b in t.by))
            for t in raw.table
        ),
        tuple(_round(r, file, toml) for r in raw.round),
        file,
        raw.minimum_reporting,
    )
    refuse(_references(process, toml, catalogue), file)
    return process


def _round(raw: _Round, file: Path, toml: TomlFile) -> Round:
    try:
        period = Period.parse(raw.period)
    except ValueError as error:
        raise CatalogueError(str(error), file=file, line=toml.line("round"), todo="Correct the period.") from None
    return Round(period, raw.reference_date, tuple(raw.editions.items()))


def _references(process: Process, toml: TomlFile, catalogue: Catalogue) -> Iterator[Problem]:
    """Names in the process that nothing in the catalogue answers to."""
    codelists = catalogue.codelists

    def problem(key: str, what: str, todo: str, *path: str) -> Problem:
        return Problem(toml.name, toml.line(*path), key, what, todo)

    if process.area not in codelists["CL_AREA"]:
        yield problem(process.area, "the area is not a code of CL_AREA", "Use the ISO 3166 alpha-3 code.", "area")
    if process.coverage not in codelists["CL_COVERAGE"]:
        yield problem(
            process.coverage,
            "the coverage is not a code of CL_COVERAGE",
            "Use a code of the list, or add one that says what the sources hold.",
            "coverage",
        )
    if process.fictional != (process.area == "XSO"):
        yield problem(
            process.area,
            "only the fictional country XSO is fictional, and it always is",
            "Set `fictional = true` for XSO and nothing else.",
            "fictional",
        )
    for name in process.perimeters:
        if name not in catalogue.perimeters:
            yield problem(
                name, "there is no such perimeter", f"Use one of {', '.join(catalogue.perimeters)}.", "perimeters"
            )
    if process.type_rules not in catalogue.types:
        yield problem(process.type_rules, "there are no such type rules", "Name a file of types/.", "type_rules")
    if process.disclosure not in catalogue.disclosure:
        yield problem(
            process.disclosure,
            "there are no such disclosure rules",
            f"Use one of {', '.join(catalogue.disclosure)}, or write a table of that name in disclosure.toml.",
            "disclosure",
        )
    for number, table in enumerate(process.tables):

        def of_table(value: str, what: str, todo: str, number: int = number) -> Problem:
            return Problem(toml.name, place_in_array(process.file, "table", number, value), value, what, todo)

        flow = catalogue.dataflows.get(table.dataflow)
        if flow is None:
            yield of_table(table.dataflow, "there is no such dataflow", f"Use one of {', '.join(catalogue.dataflows)}.")
            continue
        for measure in table.measures:
            if measure not in MEASURES:
                yield of_table(measure, "registers do not yield this measure", f"Use {', '.join(MEASURES)}.")
        for perimeter in table.perimeters:
            if perimeter.removesuffix(UNDETERMINED) not in process.perimeters:
                yield of_table(
                    perimeter,
                    "the table shows a perimeter that the process does not classify by",
                    "Add it to `perimeters` of the process.",
                )
        breakdowns = [name for name in flow.structure.key if name not in FIXED]
        for written in dict.fromkeys(name for by in table.by for name in by):
            dimension, _, depth = written.partition(":")
            if dimension not in breakdowns:
                yield of_table(
                    written,
                    f"{table.dataflow} has no such dimension to break down by",
                    f"Break down by some of {', '.join(breakdowns)}.",
                )
            elif not _BREAKDOWN.fullmatch(written):
                yield of_table(
                    written, f"{depth!r} is not a depth", "Write DIMENSION or DIMENSION:DEPTH, the depth from 1."
                )


def place_in_array(file: Path, table: str, number: int, value: str | None = None) -> int | None:
    """The line of the table `number` (from 0) of an array of tables, or the line in it on which `value` is written."""
    header: int | None = None
    count = -1
    for line, content in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if content.strip().startswith("["):
            if count == number:
                break
            if content.replace(" ", "").startswith(f"[[{table}]]"):
                count += 1
                header = line if count == number else None
        elif count == number and value is not None and f'"{value}"' in content:
            return line
    return header


def load_processes(root: Path, catalogue: Catalogue) -> dict[str, Process]:
    """The processes that come with the catalogue, by id."""
    loaded = (load_process(file, catalogue) for file in sorted((root / "processes").glob("*.toml")))
    return {process.id: process for process in loaded}


def find_process(name: str, catalogue: Catalogue) -> Process:
    """The process with this id, or the one in the file at this path. Raises NotFound, CatalogueError."""
    if name.endswith(".toml") or "/" in name:
        return load_process(Path(name), catalogue)
    found = catalogue.processes.get(name)
    if found is None:
        known = ", ".join(["published-figures", *catalogue.processes, *catalogue.surveys])
        raise NotFound(f"There is no process {name!r}.", f"Name one of {known}, or the path of a process file.")
    return found


def check_processes(root: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in the processes: every reference to nothing, and titles missing in a language."""
    for file in sorted((root / "processes").glob("*.toml")):
        name = file.relative_to(root).as_posix()
        try:
            process = load_process(file, catalogue)
        except CatalogueError as error:
            yield Problem.of(error, root, file.stem)
            continue
        missing = translation_problem(name, 1, process.id, "title", process.title, "error")
        if missing:
            yield missing
        for source in process.sources:
            if source not in catalogue.sources:
                yield Problem(
                    name, 1, source, "there is no such source", f"Describe it in sources/{source}/source.toml."
                )
