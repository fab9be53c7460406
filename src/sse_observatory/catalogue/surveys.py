"""Processes of sample surveys: which files, design, weights and tables make one release.

A file of `surveys/` says everything that is a choice of the survey's methodologist: the columns of its files, what an
outcome of fieldwork means, the sampling design, the groups within which non-response is adjusted, the margins that
weights are calibrated to, the variables, and which cell of which dataflow each estimate becomes. The computation is the
same for every survey (`pipelines.surveys`), so an office describes its own survey without touching Python. See
docs/reference/survey-processes.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sse_observatory.catalogue.problems import Problem, TomlFile, translation_problem
from sse_observatory.catalogue.processes import FIXED, read_described, refuse
from sse_observatory.catalogue.sources import Delimited
from sse_observatory.core import CatalogueError, Period, Text
from sse_observatory.structures import TOTAL

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FILES = ("surveys/**/*",)
PERIOD = "{period}"
"""What stands for the reference period in the name of a file."""
RESERVED = ("survey_", "variable_", "dimension_", "__")
"""How columns begin that the pipeline puts beside those of the files."""
_ADVICE = "See docs/reference/survey-processes.md for what a survey's process file holds."

Kind = Literal["text", "integer", "number"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """A column of a file: its kind, the values that stand for no answer, what a value may be.

    `from` names the file's column where it is called differently; `before` keeps what stands before a mark, so that
    ``centre-S10T49`` yields ``centre``.
    """

    source: str | None = Field(default=None, alias="from")
    before: str | None = Field(default=None, min_length=1)
    type: Kind = "text"
    missing: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    codes: tuple[str, ...] = ()
    required: bool = False


class DataFile(Delimited):
    """A file of the survey, one for each reference period: its name, form and the columns that are read."""

    file: str
    key: tuple[str, ...] = Field(min_length=1)
    columns: Mapping[str, Column] = Field(min_length=1)
    belongs_to: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names(self) -> DataFile:
        if PERIOD not in self.file:
            raise ValueError(f"the name of the file must hold {PERIOD}, which stands for the reference period")
        for name in (*self.key, *self.belongs_to):
            if name not in self.columns:
                raise ValueError(f"the key {name!r} is not among the columns")
        return self


class Outcome(_Strict):
    """What the outcome of fieldwork says of a sampled unit.

    `nonresponse` is of units known to be in scope, `unresolved` of those of which not even that is known. Units out of
    scope are known to be: they have answered.
    """

    column: str
    responded: tuple[str, ...] = Field(min_length=1)
    nonresponse: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Outcome:
        every = self.codes
        doubled = next((code for code in every if every.count(code) > 1), None)
        if doubled is not None:
            raise ValueError(f"the outcome {doubled!r} is listed twice")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """Every outcome that is known."""
        return (*self.responded, *self.nonresponse, *self.unresolved, *self.out_of_scope)


class SamplingDesign(_Strict):
    """The sampling design, in the words of `production.estimation.Design`; crossed columns are joined by ``+``."""

    strata: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    fpc: tuple[str, ...] = ()
    weights: str | None = None
    nest: bool = False
    lonely: Literal["fail", "remove", "adjust", "average", "certainty"] = "fail"
    lonely_in_domain: bool = False
    certainty: str | None = None
    collapse: str | None = None
    pps: Literal["brewer"] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the sample that the design names."""
        named = [n for stage in (*self.strata, *self.clusters) for n in stage.split("+")]
        single = [c for c in (self.weights, self.certainty, self.collapse) if c]
        return tuple(dict.fromkeys([*named, *self.fpc, *single]))


class Margin(Delimited):
    """Known totals: of the classes of some columns, from a file of counts or from the frame itself.

    `codes` names the file's columns where they are called differently, `recode` its codes. With `frame`, the column of
    the sample that gives the number of units in the frame of each stratum, the totals are those of the frame.
    """

    columns: tuple[str, ...] = Field(min_length=1)
    file: str | None = None
    codes: tuple[str, ...] = ()
    recode: Mapping[str, str] = {}
    total: str | None = None
    frame: str | None = None

    @model_validator(mode="after")
    def _source(self) -> Margin:
        if (self.file is None) == (self.frame is None):
            raise ValueError("a margin needs either file (with total) or frame")
        if self.file is not None and self.total is None:
            raise ValueError("a margin from a file needs total, the column of the counts")
        if self.codes and len(self.codes) != len(self.columns):
            raise ValueError("codes must name one column of the file for each of columns")
        return self

    @property
    def label(self) -> str:
        """The margin in a word: its columns crossed."""
        return " × ".join(self.columns)


class Calibration(_Strict):
    """How weights are calibrated: the distance, the limits of factors, and whether clusters share one weight."""

    margins: tuple[Margin, ...] = Field(min_length=1)
    distance: Literal["linear", "raking", "logit"] = "linear"
    bounds: tuple[float, float] | None = None
    cluster: tuple[str, ...] = ()


class ItemResponse(_Strict):
    """Answers that must be there for some variables, and the groups within which those who gave them stand for all.

    `not_answers` are the values that are none; an empty text stands for a value that is missing.
    """

    answered: tuple[str, ...] = Field(min_length=1)
    not_answers: tuple[str, ...] = ("",)
    groups: tuple[str, ...] = ()


class Weighting(_Strict):
    """A set of weights: adjusted for non-response within groups, calibrated, adjusted for missing answers."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    groups: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    calibration: Calibration | None = None
    items: ItemResponse | None = None


class Variable(_Strict):
    """A number on each unit: columns added and taken off (1 without any), where conditions hold, else nought."""

    add: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = {}
    at_least: Mapping[str, float] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the variable is made of."""
        return tuple(dict.fromkeys((*self.add, *self.less, *self.where, *self.at_least)))


class Cut(_Strict):
    """A class of numbers from `from` to `to`, both included; an open end is left out."""

    code: str
    low: float | None = Field(default=None, alias="from")
    high: float | None = Field(default=None, alias="to")


class Breakdown(_Strict):
    """How a dimension's code comes from a column or variable: as it is, recoded, or cut.

    `other` is the code where there is no answer; without it an answer must be there.
    """

    column: str
    codes: Mapping[str, str] = {}
    cut: tuple[Cut, ...] = ()
    other: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Breakdown:
        if self.codes and self.cut:
            raise ValueError("give codes or cut, not both")
        return self


class Edit(_Strict):
    """A rule between answers: the columns of `sum` may not exceed those of `at_most`; else `clear` is set aside."""

    id: str
    sum: tuple[str, ...] = Field(min_length=1)
    at_most: tuple[str, ...] = Field(min_length=1)
    clear: tuple[str, ...] = Field(min_length=1)


class SurveyTable(_Strict):
    """Tables of one measure: the dataflow, the variable, its weights, the breakdowns, and parts that add up to it.

    `among` names a variable that is not nought for those whom the measure can concern at all; a cell of others is empty
    and not zero.
    """

    dataflow: str
    measure: str
    variable: str
    weighting: str
    by: tuple[tuple[str, ...], ...] = Field(min_length=1)
    among: str | None = None
    parts: Mapping[str, Mapping[str, str]] = {}
    unit_mult: Literal["0", "3", "6"] = "0"

    @model_validator(mode="after")
    def _parts(self) -> SurveyTable:
        if len(self.parts) > 1:
            raise ValueError("parts are of one dimension")
        return self

    @property
    def part_dimension(self) -> str | None:
        """The dimension whose codes are variables of their own."""
        return next(iter(self.parts), None)


class SourceNote(_Strict):
    """What the public trace says of the survey as a source."""

    id: str
    title: Mapping[str, str]
    provider: str
    licence: str
    attribution: str
    url: str = ""
    statement: Mapping[str, str]


class _Survey(_Strict):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    kind: Literal["survey"]
    version: str
    title: Mapping[str, str]
    area: str
    fictional: bool = False
    coverage: str
    perimeter: str
    definition: str
    currency: str | None = None
    disclosure: str = "survey"
    contributor: tuple[str, ...] = Field(min_length=1)
    periods: tuple[str, ...] = ()
    max_rejected_share: float = Field(default=0.01, ge=0, le=1)
    source: SourceNote
    sample: DataFile
    members: DataFile | None = None
    outcome: Outcome
    design: SamplingDesign
    weighting: tuple[Weighting, ...] = Field(min_length=1)
    variable: Mapping[str, Variable] = Field(min_length=1)
    dimension: Mapping[str, Breakdown] = {}
    edit: tuple[Edit, ...] = ()
    table: tuple[SurveyTable, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Survey:
    """A survey's process as described in its file; `file` is where, for messages."""

    said: _Survey
    file: Path

    @cached_property
    def title(self) -> Text:
        """The title in three languages."""
        return Text.of(dict(self.said.title))

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of a round, with ``{period}`` in the name."""
        named = [self.said.sample.file, *([self.said.members.file] if self.said.members else [])]
        margins = [m for w in self.said.weighting if w.calibration for m in w.calibration.margins]
        return tuple(dict.fromkeys([*named, *(m.file for m in margins if m.file)]))

    def weights(self, name: str) -> Weighting:
        """The set of weights of this name."""
        return next(w for w in self.said.weighting if w.id == name)


def is_survey(file: Path) -> bool:
    """Whether a process file describes a survey (``kind = "survey"``); one that cannot be read does not."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")).get("kind") == "survey"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def load_survey(file: Path, catalogue: Catalogue) -> Survey:
    """The survey described in `file`. Raises CatalogueError naming the file, the place and what was expected."""
    toml, said = read_described(file, _Survey, _ADVICE)
    survey = Survey(said, file)
    refuse(_references(survey, toml, catalogue), file)
    return survey


class _References:
    """Names in a survey's process that nothing answers to."""

    def __init__(self, survey: Survey, toml: TomlFile, catalogue: Catalogue) -> None:
        self.survey, self.said, self.toml, self.catalogue = survey, survey.said, toml, catalogue
        self.text = survey.file.read_text(encoding="utf-8").splitlines()
        self.own = set(self.said.sample.columns)
        self.inner = set(self.said.members.columns) if self.said.members else set()
        self.all = self.own | self.inner

    def problem(self, key: str, what: str, todo: str, *path: str) -> Problem:
        line = self.toml.line(*path)
        written = (n for n, text in enumerate(self.text, 1) if n >= (line or 1) and f'"{key}"' in text)
        return Problem(self.toml.name, next(written, line), key, what, todo)

    def columns(self, names: tuple[str, ...], known: set[str], *path: str) -> Iterator[Problem]:
        for name in names:
            if name not in known:
                yield self.problem(name, "this is no column of the survey's files", f"Use {_list(known)}.", *path)

    def head(self) -> Iterator[Problem]:
        said, codelists = self.said, self.catalogue.codelists
        for value, name, codelist in (
            (said.area, "area", "CL_AREA"), (said.coverage, "coverage", "CL_COVERAGE"),
            (said.perimeter, "perimeter", "CL_PERIMETER"),
        ):  # fmt: skip
            if value not in codelists[codelist]:
                what = f"this is not a code of {codelist}"
                yield self.problem(value, what, "Use a code of the list, or add one.", name)
        if said.fictional != (said.area == "XSO"):
            what = "only the fictional country XSO is fictional, and it always is"
            yield self.problem(said.area, what, "Set `fictional = true` for XSO and nothing else.", "fictional")
        if said.disclosure not in self.catalogue.disclosure:
            todo = f"Use one of {', '.join(self.catalogue.disclosure)}."
            yield self.problem(said.disclosure, "there are no such disclosure rules", todo, "disclosure")
        if said.currency is not None and said.currency not in codelists["CL_UNIT_MEASURE"]:
            what = "this is not a unit of CL_UNIT_MEASURE"
            yield self.problem(said.currency, what, "Use an ISO 4217 code of the list, or add one.", "currency")
        for code in said.periods:
            try:
                Period.parse(code)
            except ValueError as error:
                yield self.problem(code, str(error), "Correct the period.", "periods")

    def sampling(self) -> Iterator[Problem]:
        said = self.said
        yield from self.columns((said.outcome.column,), self.own, "outcome", "column")
        yield from self.columns(said.design.columns, self.own, "design")
        yield from self.columns(said.contributor, self.all, "contributor")
        if said.members is not None:
            if len(said.members.belongs_to) != len(said.sample.key):
                what = "belongs_to does not name the key of the sampled unit"
                todo = f"Name the columns of the file that hold {_list(said.sample.key)}."
                yield self.problem("belongs_to", what, todo, "members")
            shared = (self.own & self.inner) - set(said.members.belongs_to) - set(said.members.key)
            for name in sorted(shared):
                what = "the column is read from both files of the survey"
                yield self.problem(name, what, "Read it from one of them.", "members", "columns", name)
        yield from self.names()

    def names(self) -> Iterator[Problem]:
        """Names that would be one, or another's, in the engine, which ignores case."""
        places: dict[str, tuple[str, ...]] = {name: ("members", "columns", name) for name in self.inner}
        places |= {name: ("sample", "columns", name) for name in self.own}
        variables: dict[str, tuple[str, ...]] = {name: ("variable", name) for name in self.said.variable}
        for name, place in sorted(places.items()):
            if name.lower().startswith(RESERVED):
                what = f"columns that begin with {', '.join(RESERVED)} are made by the pipeline"
                yield self.problem(name, what, f'Call it otherwise, with from = "{name}".', *place)
        for said in (places, variables):  # dimensions are those of the catalogue, which tells them apart
            seen: dict[str, str] = {}
            for name in sorted(said):
                twin = seen.setdefault(name.lower(), name)
                if twin != name:
                    what = f"{name} and {twin} differ by nothing but capital letters"
                    yield self.problem(name, what, "Rename one; `from` says what the file calls it.", *said[name])

    def weights(self) -> Iterator[Problem]:
        said = self.said
        if len({w.id for w in said.weighting}) != len(said.weighting):
            yield self.problem("weighting", "two sets of weights have the same id", "Rename one.", "weighting")
        for w in said.weighting:
            yield from self.columns(w.groups, self.own, "weighting")
            yield from self.columns(w.complete, self.own, "weighting")
            if w.items is not None:
                yield from self.columns((*w.items.answered, *w.items.groups), self.all, "weighting")
            if w.calibration is not None:
                yield from self.columns(w.calibration.cluster, self.all, "weighting")
                for margin in w.calibration.margins:
                    # A margin may be of a dimension, so that classes are cut and recoded as in the tables.
                    yield from self.columns(margin.columns, self.all | set(said.dimension), "weighting")
                    if margin.frame is not None:
                        yield from self.columns((margin.frame, *margin.columns), self.own, "weighting")

    def derived(self) -> Iterator[Problem]:
        said = self.said
        known = dict(said.sample.columns) | dict(said.members.columns if said.members else {})
        for name, variable in said.variable.items():
            yield from self.columns(variable.columns, self.all, "variable", name)
            for column in (*variable.add, *variable.less, *variable.at_least):
                if column in known and known[column].type == "text":
                    what = f"{column} is text and cannot be added up"
                    todo = 'Give the column type = "number", or use it in `where`.'
                    yield self.problem(column, what, todo, "variable", name)
        for name, made in said.dimension.items():
            yield from self.columns((made.column,), self.all | set(said.variable), "dimension", name)
            if name not in self.catalogue.concepts:
                todo = "Name a dimension of a dataflow."
                yield self.problem(name, "there is no such concept", todo, "dimension", name)
                continue
            codelist = self.catalogue.concepts[name].codelist
            codes = (*made.codes.values(), *(cut.code for cut in made.cut), *((made.other,) if made.other else ()))
            for code in codes:
                if codelist is not None and code not in self.catalogue.codelists[codelist]:
                    what = f"this is not a code of {codelist}"
                    yield self.problem(code, what, "Use a code of the list, or add one.", "dimension", name)
        for edit in said.edit:
            yield from self.columns((*edit.sum, *edit.at_most, *edit.clear), self.all, "edit")
            for column in (*edit.sum, *edit.at_most):
                if column in known and known[column].type == "text":
                    what = f"{column} is text and cannot be compared with numbers"
                    yield self.problem(column, what, 'Give the column type = "number".', "edit")

    def tables(self) -> Iterator[Problem]:
        said = self.said
        made_of: dict[str, tuple[object, ...]] = {}
        for table in said.table:
            flow = self.catalogue.dataflows.get(table.dataflow)
            if flow is None:
                known = ", ".join(self.catalogue.dataflows)
                yield self.problem(table.dataflow, "there is no such dataflow", f"Use one of {known}.", "table")
                continue
            if "CV" not in {a.id for a in flow.structure.attributes}:
                todo = "Use another, or add the attribute."
                yield self.problem(table.dataflow, "the dataflow has no CV", todo, "table")
            if table.measure not in self.catalogue.codelists["CL_MEASURE"]:
                todo = "Use a code of the list, or add one."
                yield self.problem(table.measure, "this is not a code of CL_MEASURE", todo, "table")
            elif not (self.catalogue.codelists["CL_MEASURE"][table.measure].notes.get("unit") or said.currency):
                todo = 'Write `currency = "…"` (ISO 4217).'
                what = "the measure is an amount of money, and the process names no currency"
                yield self.problem(table.measure, what, todo, "table")
            among = (table.among,) if table.among else ()
            used = (table.variable, *among, *(v for part in table.parts.values() for v in part.values()))
            for name in used:
                if name not in said.variable:
                    yield self.problem(name, "there is no such variable", f"Use {_list(said.variable)}.", "table")
            if table.weighting not in {w.id for w in said.weighting}:
                known = ", ".join(w.id for w in said.weighting)
                yield self.problem(table.weighting, "there are no such weights", f"Use {known}.", "table")
            same = (table.variable, table.weighting, table.among, tuple(table.parts), table.unit_mult)
            if made_of.setdefault(table.measure, same) != same:
                what = "the measure is estimated in two ways"
                todo = "Give all tables of a measure the same variable, weights, among, parts and multiplier."
                yield self.problem(table.measure, what, todo, "table")
            yield from self._breakdowns(table, [n for n in flow.structure.key if n not in FIXED])

    def _breakdowns(self, table: SurveyTable, allowed: list[str]) -> Iterator[Problem]:
        said = self.said
        for name in dict.fromkeys([*(n for by in table.by for n in by), *table.parts]):
            if name not in allowed:
                what = f"{table.dataflow} has no such dimension to break down by"
                yield self.problem(name, what, f"Break down by some of {', '.join(allowed)}.", "table")
            elif name not in said.dimension and name not in table.parts:
                todo = f"Say in [dimension.{name}] how the code comes about."
                yield self.problem(name, "nothing says how a unit gets its code of this dimension", todo, "table")
        for name, parts in table.parts.items():
            codelist = self.catalogue.codelists[self.catalogue.concepts[name].codelist or ""]
            for code in parts:
                if code not in codelist or code == TOTAL:
                    yield self.problem(code, f"this is not a code of {codelist.id}", "Use a code of the list.", "table")

    def every(self) -> Iterator[Problem]:
        for part in (self.head, self.sampling, self.weights, self.derived, self.tables):
            yield from part()


def _references(survey: Survey, toml: TomlFile, catalogue: Catalogue) -> Iterator[Problem]:
    return _References(survey, toml, catalogue).every()


def _list(names: Any) -> str:
    return ", ".join(sorted(names))


def find_survey(name: str, catalogue: Catalogue) -> Survey | None:
    """The survey with this id, or the one in the file at this path; None where the name is of no survey."""
    if name.endswith(".toml") or "/" in name:
        return load_survey(Path(name), catalogue) if is_survey(Path(name)) else None
    return catalogue.surveys.get(name)


def load_surveys(root: Path, catalogue: Catalogue) -> dict[str, Survey]:
    """The surveys that come with the catalogue, by id."""
    loaded = (load_survey(file, catalogue) for file in sorted((root / "surveys").glob("*.toml")))
    return {survey.said.id: survey for survey in loaded}


def check_surveys(root: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in the surveys: every reference to nothing, and texts missing in a language."""
    for file in sorted((root / "surveys").glob("*.toml")):
        name = file.relative_to(root).as_posix()
        try:
            survey = load_survey(file, catalogue)
        except CatalogueError as error:
            yield Problem.of(error, root, file.stem)
            continue
        texts = {"title": survey.title, "source title": Text.of(dict(survey.said.source.title)),
                 "statement": Text.of(dict(survey.said.source.statement))}  # fmt: skip
        for what, text in texts.items():
            missing = translation_problem(name, 1, survey.said.id, what, text, "error")
            if missing:
                yield missing
        if survey.said.id in catalogue.processes:
            todo = "A release belongs to one process: rename the survey."
            yield Problem(name, 1, survey.said.id, "a process of registers has the same id", todo)
