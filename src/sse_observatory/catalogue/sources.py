"""Source descriptions: how a register is obtained, what it covers, and how its columns become canonical variables.

A source is a folder with a ``source.toml`` and the CSV files it names; nothing about a register is code. It may have
several *layouts* (the publisher's files, an extract, an older form), each tested or marked untested, and *editions*.
A folder of one's own works like a packaged one. `docs/reference/sources.md` lists every key.
"""

from __future__ import annotations

import csv
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sse_observatory.catalogue.problems import Problem, translation_problem
from sse_observatory.core import CatalogueError, NotFound, Period, Text, content_hash, file_hash

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FILES = ("sources/**/*", "concordances/**/*")

Kind = Literal["text", "truth", "day", "count", "amount"]
"""Text; true or false; a date; a whole number that is not negative; an amount of money with two decimals."""

CANONICAL: Mapping[str, Kind] = {
    "unit_id": "text", "ref_area": "text", "region": "text", "name": "text", "national_id": "text", "group_id": "text",
    "legal_form_raw": "text", "legal_form": "text", "form_family": "text", "coop_form": "text",
    "in_coop_register": "truth", "sse_flag": "truth", "ess_family_raw": "text", "ess_family": "text",
    "activity_raw": "text", "activity_division": "text", "member_interest_raw": "text", "member_interest": "text",
    "member_categories": "count", "board_majority": "text", "board_veto": "text", "tier": "text",
    "controlled_by_coop": "truth", "t1": "text", "t2": "text", "t3": "text", "t4": "text",
    "size_class_raw": "text", "size_class_given": "text",
    "registered_on": "day", "closed_on": "day", "last_evidence_on": "day", "evidence_kind": "text",
    "is_registered": "truth",
    "members_headcount": "count", "members_women": "count", "members_men": "count",
    "employees_headcount": "count", "worker_members_headcount": "count", "scope_jobs_headcount": "count",
    "turnover_lcu": "amount", "assets_lcu": "amount",
}  # fmt: skip
"""The variables a source may give for a unit, in the order of the canonical table, and their kinds."""

ADDITIVE = (
    "members_headcount", "members_women", "members_men", "employees_headcount", "worker_members_headcount",
    "scope_jobs_headcount", "turnover_lcu", "assets_lcu",
)  # fmt: skip
"""The variables that several records of one unit may share out among them."""

CODES: Mapping[str, str | tuple[str, ...]] = {
    "ref_area": "CL_AREA", "region": "CL_REGION", "form_family": "CL_FAMILY", "ess_family": "CL_FAMILY",
    "coop_form": ("yes", "no", "unknown"), "t1": ("pass", "fail", "unknown"), "t2": ("pass", "fail", "unknown"),
    "t3": ("pass", "fail", "unknown"), "t4": ("pass", "fail", "unknown"), "tier": "CL_TIER",
    "activity_division": "CL_ACTIVITY", "size_class_given": "CL_SIZE",
    "member_interest": ("USER", "PRODUCER", "WORKER", "MULTI", "INVESTOR"),
    "board_majority": ("USER", "PRODUCER", "WORKER", "INVESTOR", "NONE"),
    "board_veto": ("USER", "PRODUCER", "WORKER", "INVESTOR", "NONE"),
}  # fmt: skip
"""The codes a canonical variable may take: a codelist, or a closed list."""

STEPS: Mapping[str, str] = {
    "upper": r"upper", "lower": r"lower", "digits": r"digits", "drop_decimal_zero": r"drop_decimal_zero",
    "zero_pad": r"zero_pad:\d{1,2}", "prefix": r"prefix:.+", "before": r"before:.+", "after": r"after:.+",
    "slice": r"slice:\d+:\d+",
}  # fmt: skip
"""The steps a text may go through, in the order written, each with its form (see docs/reference/sources.md)."""

DATE_MARKS = frozenset({"%Y", "%m", "%d"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


def _text(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError('must be a text in three languages: { en = "…", fr = "…", es = "…" }')
    text = Text.of(value)
    if len(text.missing) == 3:
        raise ValueError("must be written in at least one language")
    return text


class Column(_Strict):
    """How one variable comes from the columns of a file: from one, the first filled, a sum, or a constant.

    Values lose surrounding white space and null markers become missing before anything else. `steps` change text,
    `truth` maps texts to true and false, `concordance` maps an activity code to an ISIC division. `sum_of` is missing
    as soon as one of its parts is. `refused_total` says why the sum over units has no meaning.
    """

    source: str | None = Field(default=None, alias="from")
    first_of: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()
    constant: str | bool | int | date | None = None
    steps: tuple[str, ...] = ()
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    concordance: str | None = None
    date_format: str | None = None
    null_markers: tuple[str, ...] = ()
    required: bool = False
    allow_negative: bool = False
    kind: Kind | None = None
    refused_total: Text | None = None
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"from": value} if isinstance(value, str) else value

    @field_validator("refused_total", mode="before")
    @classmethod
    def _reason(cls, value: object) -> Text | None:
        return None if value is None else _text(value)

    @field_validator("steps")
    @classmethod
    def _known_steps(cls, steps: tuple[str, ...]) -> tuple[str, ...]:
        for step in steps:
            if not any(re.fullmatch(form, step) for form in STEPS.values()):
                raise ValueError(f"{step!r} is not a step; known: {', '.join(STEPS)}")
        return steps

    @field_validator("date_format")
    @classmethod
    def _known_date(cls, value: str | None) -> str | None:
        if value is not None:
            marks = re.findall(r"%.", value)
            if "%Y" not in marks or not set(marks) <= DATE_MARKS or len(marks) != len(set(marks)):
                raise ValueError("a date is written with %Y, %m and %d, each at most once")
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [self.source is not None, bool(self.first_of), bool(self.sum_of), self.constant is not None]
        if sum(origins) != 1:
            raise ValueError("give exactly one of from, first_of, sum_of, constant")
        if bool(self.true) != bool(self.false) and not self.true:
            raise ValueError("false values are given without true ones")
        return self

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns of the file this variable is made of."""
        return ((self.source,) if self.source is not None else ()) + self.first_of + self.sum_of


class Part(_Strict):
    """One file of a layout that has several; its columns are written ``name.COLUMN`` in the column map."""

    name: str = Field(pattern=r"^[A-Za-z0-9_]+$")
    file: str
    expects: tuple[str, ...]


class Delimited(_Strict):
    """How delimited text is written: its delimiter, encoding, quotation marks ("" for none) and decimal mark."""

    delimiter: str = ","
    encoding: str = "utf-8"
    quote: Literal['"', "'", ""] = '"'
    decimal: Literal[".", ","] = "."

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value in "\r\n\"'":
            raise ValueError("the delimiter is one character such as , ; | or a tab (\\t)")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "x".encode(value)
        except LookupError:
            raise ValueError(f"there is no encoding {value!r}; common ones: utf-8, cp1252, iso-8859-1") from None
        return value


class Layout(Delimited):
    """The form of a file: how it is written, and the columns that must be in it.

    `status` is *tested* only if a real file of this form has been read by a test. Columns beyond those expected are
    allowed and reported. `max_rejected_share` is the share of rows that may be set aside without the run failing.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    status: Literal["tested", "untested"]
    note: str = ""
    format: Literal["csv", "tsv", "parquet"] = "csv"
    compression: Literal["none", "gz"] = "none"
    header: bool = True
    thousands: Literal["", ",", ".", " ", "'"] = ""
    date_format: str = "%Y-%m-%d"
    null_markers: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    parts: tuple[Part, ...] = Field(default=(), alias="part")
    join_on: tuple[str, ...] = ()
    columns: dict[str, Column] = {}
    extra: dict[str, Column] = {}
    max_rejected_share: float = Field(default=0.0, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _either_columns_or_parts(self) -> Self:
        if bool(self.expects) == bool(self.parts):
            raise ValueError("give the expected columns (expects), or the several files (part), not both")
        if self.parts and not self.join_on:
            raise ValueError("several files need join_on: the columns, present in each, by which records meet")
        names = self.column_names
        twins = [n for n in names if [m.lower() for m in names].count(n.lower()) > 1]
        if twins:
            raise ValueError(f"the expected column {twins[0]!r} occurs twice (engines ignore case)")
        return self

    @property
    def column_names(self) -> tuple[str, ...]:
        """The expected columns as the column map names them."""
        if not self.parts:
            return self.expects
        return tuple(f"{part.name}.{column}" for part in self.parts for column in part.expects)

    @property
    def separator(self) -> str:
        """The delimiter in force: a tab for ``tsv``."""
        return "\t" if self.format == "tsv" else self.delimiter


class Edition(_Strict):
    """One issue of the source: the period it refers to, the date it describes, and the layout it comes in."""

    id: str
    period: str
    reference_date: date
    layout: str
    file: str = ""
    note: str = ""

    @field_validator("period")
    @classmethod
    def _known_period(cls, value: str) -> str:
        Period.parse(value)
        return value


class Coverage(_Strict):
    """What the source covers, as a code of CL_COVERAGE and a statement; `national_total` is false for extracts."""

    code: str
    national_total: bool
    statement: Text

    @field_validator("statement", mode="before")
    @classmethod
    def _statement(cls, value: object) -> Text:
        return _text(value)


class CodeMapFile(_Strict):
    """Which CSV file translates which variable, and which columns of the file give which canonical variables.

    `gives_if_flagged` names columns that answer where the unit carries the SSE flag and `gives` does not answer.
    """

    file: str
    of: str
    gives: dict[str, str]
    gives_if_flagged: dict[str, str] = {}


class _SourceFile(_Strict):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str
    title: Text
    provider: Text
    url: str
    how_to_get: Text
    licence: str
    licence_url: str = ""
    attribution: str
    area: str
    currency: str = ""
    microdata_public: bool
    several_records: Literal["first", "add"] = "first"
    unit: Text
    reference_period: Text
    cautions: tuple[Text, ...] = ()
    coverage: Coverage
    columns: dict[str, Column] = {}
    extra: dict[str, Column] = {}
    codes: dict[str, CodeMapFile] = {}
    layout: tuple[Layout, ...] = Field(min_length=1)
    edition: tuple[Edition, ...] = ()

    @field_validator("title", "provider", "how_to_get", "unit", "reference_period", mode="before")
    @classmethod
    def _trilingual(cls, value: object) -> Text:
        return _text(value)

    @field_validator("cautions", mode="before")
    @classmethod
    def _several(cls, value: object) -> tuple[Text, ...]:
        return tuple(_text(v) for v in value) if isinstance(value, (list, tuple)) else (_text(value),)


@dataclass(frozen=True, slots=True)
class CodeMap:
    """A code map as read: raw code (as in the source, after its steps) to canonical values, missing ones as None.

    `flagged` holds the values that apply to units with the SSE flag where `rows` has none.
    """

    id: str
    of: str
    gives: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str | None]]
    flagged: Mapping[str, Mapping[str, str | None]]
    labels: Mapping[str, str]
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Concordance:
    """A rule from the codes of one classification to ISIC divisions: the first digits decide.

    `pattern` is the form a code must have to be one of the classification's; any other code is unknown.
    """

    id: str
    title: Text
    version: str
    source: str
    pattern: str
    digits: int
    divisions: Mapping[str, str]

    def division(self, code: str) -> str | None:
        """The ISIC division (``A01``) of a code, None where it is not one of the classification's."""
        return self.divisions.get(code[: self.digits]) if re.fullmatch(self.pattern, code) else None


@dataclass(frozen=True)
class Source:
    """A source description, checked. `folder` holds its files; texts are trilingual `Text` values.

    `fingerprint` is one hash over the description and the files it names, as they were when it was loaded.
    """

    folder: Path
    description: _SourceFile
    maps: Mapping[str, CodeMap]
    concordances: Mapping[str, Concordance]
    files: tuple[Path, ...] = field(repr=False)
    fingerprint: str

    @property
    def id(self) -> str:
        return self.description.id

    @property
    def version(self) -> str:
        return self.description.version

    @property
    def title(self) -> Text:
        return self.description.title

    @property
    def provider(self) -> Text:
        return self.description.provider

    @property
    def area(self) -> str:
        """The area its units are in, a code of CL_AREA."""
        return self.description.area

    @property
    def currency(self) -> str:
        """ISO 4217 code of the amounts in ``_lcu`` variables; empty without amounts."""
        return self.description.currency

    @property
    def microdata_public(self) -> bool:
        """Whether the publisher makes the single records public: then primary confidentiality rules do not apply."""
        return self.description.microdata_public

    @property
    def adds_records(self) -> bool:
        """Whether several records of one unit share its headcounts and amounts, so that they must be added up."""
        return self.description.several_records == "add"

    @property
    def coverage(self) -> Coverage:
        return self.description.coverage

    @property
    def attribution(self) -> str:
        return self.description.attribution

    @property
    def licence(self) -> str:
        return self.description.licence

    @property
    def layouts(self) -> tuple[Layout, ...]:
        return self.description.layout

    @property
    def editions(self) -> tuple[Edition, ...]:
        return self.description.edition

    def layout(self, id: str | None = None) -> Layout:
        """The layout `id`, or the only one. Raises NotFound."""
        known = ", ".join(lay.id for lay in self.layouts)
        if id is None:
            if len(self.layouts) == 1:
                return self.layouts[0]
            raise NotFound(f"The source {self.id} has several layouts.", f"Name one of {known}.")
        for layout in self.layouts:
            if layout.id == id:
                return layout
        raise NotFound(f"The source {self.id} has no layout {id!r}.", f"Name one of {known}.")

    def edition(self, id: str) -> Edition:
        """The edition `id`. Raises NotFound."""
        for edition in self.editions:
            if edition.id == id:
                return edition
        known = ", ".join(e.id for e in self.editions) or "none"
        raise NotFound(f"The source {self.id} has no edition {id!r}.", f"Editions described: {known}.")

    def columns(self, layout: Layout) -> dict[str, Column]:
        """The column map of a layout: canonical variable → column, in canonical order."""
        both = {**self.description.columns, **layout.columns}
        return {name: both[name] for name in CANONICAL if name in both}

    def further(self, layout: Layout) -> dict[str, Column]:
        """Further variables of a layout, outside the canonical ones, which are kept beside them."""
        return {**self.description.extra, **layout.extra}

    @property
    def refused_totals(self) -> dict[str, Text]:
        """The variables that must not be added up over units, with the reason."""
        rules: dict[str, Column] = {}
        for layout in self.layouts:
            rules |= self.columns(layout) | self.further(layout)
        return {name: rule.refused_total for name, rule in rules.items() if rule.refused_total is not None}


def _fingerprint(files: tuple[Path, ...], folder: Path, root: Path) -> str:
    """Files are named within the source's folder or the catalogue, so that neither's place on a machine counts."""
    bases = {file: next((b for b in (folder, root) if file.is_relative_to(b)), file.parent) for file in files}
    return content_hash({file.relative_to(base).as_posix(): file_hash(file) for file, base in bases.items()})


# -- reading ------------------------------------------------------------------------------------


_TABLE = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_\-.\"]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-]+)\s*=")


def _places(text: str) -> dict[tuple[str | int, ...], int]:
    """The line of every table and key, with the number of the table in arrays of tables: ("layout", 1, "delimiter")."""
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _TABLE.match(line)
        if header:
            table = ()
            names = header[2].replace('"', "").split(".")
            for depth, name in enumerate(names):
                table += (name,)
                if header[1] == "[[" and depth == len(names) - 1:
                    counts[table] = counts.get(table, -1) + 1
                    found.setdefault(table, number)
                if table in counts:
                    table += (counts[table],)
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            found.setdefault((*table, key[1]), number)
    return found


def _line(places: Mapping[tuple[str | int, ...], int], *path: str | int) -> int | None:
    for end in range(len(path), 0, -1):
        if path[:end] in places:
            return places[path[:end]]
    return None


def load_source(folder: Path, root: Path | None = None) -> Source:
    """The source described in `folder`, checked against itself (and not yet against the codelists).

    `root` is the catalogue folder in which concordances are found (default: the packaged catalogue). Raises
    CatalogueError with file, line, key and what was expected.
    """
    from sse_observatory.catalogue.load import PACKAGED

    folder = Path(folder)
    path = folder / "source.toml"
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except FileNotFoundError:
        raise CatalogueError(
            "there is no source description here.", file=path,
            todo="Give the folder that holds source.toml; observatory source draft FILE writes a first one.",
        ) from None  # fmt: skip
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"the file is not UTF-8 (byte {error.start}).", file=path, todo="Save it again as UTF-8."
        ) from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        raise CatalogueError(
            f"this is not valid TOML: {error}.", file=path, line=int(place[1]) if place else None,
            todo="Correct the line; texts stand in double quotes, and a key occurs once in a table.",
        ) from None  # fmt: skip
    places = _places(text)
    try:
        described = _SourceFile.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        loc = tuple(first["loc"])
        key = ".".join(str(part) for part in loc)
        wrong = first.get("input")
        raise CatalogueError(
            f"{key}: {str(first['msg']).removeprefix('Value error, ')}.", file=path, line=_line(places, *loc),
            value=None if isinstance(wrong, (dict, list)) else str(wrong)[:80],
            todo="Correct it; docs/reference/sources.md lists every key of a source description.",
        ) from None  # fmt: skip
    _check_references(described, path, places)
    maps = {id: _code_map(id, entry, folder, places) for id, entry in described.codes.items()}
    concordances, used = _concordances(described, root or PACKAGED, path, places)
    files = (path, *(folder / entry.file for entry in described.codes.values()), *used)
    files = tuple(dict.fromkeys(files))
    return Source(folder, described, maps, concordances, files, _fingerprint(files, folder, root or PACKAGED))


def _all_layouts(described: _SourceFile) -> Iterator[tuple[int, Layout, dict[str, Column], dict[str, Column]]]:
    for number, layout in enumerate(described.layout):
        yield number, layout, {**described.columns, **layout.columns}, {**described.extra, **layout.extra}


def _check_references(described: _SourceFile, path: Path, places: Mapping[tuple[str | int, ...], int]) -> None:
    def wrong(what: str, value: str, todo: str, *at: str | int, expected: str = "") -> CatalogueError:
        return CatalogueError(what, file=path, line=_line(places, *at), value=value, expected=expected, todo=todo)

    ids = [layout.id for layout in described.layout]
    for number, id in enumerate(ids):
        if id in ids[:number]:
            raise wrong("two layouts have one id.", id, "Give each layout its own id.", "layout", number, "id")
    for number, edition in enumerate(described.edition):
        if edition.layout not in ids:
            raise wrong(
                f"the edition {edition.id!r} names a layout that is not described.", edition.layout,
                "Correct the name, or describe the layout.", "edition", number, "layout", expected=", ".join(ids),
            )  # fmt: skip
    for number, layout, columns, extra in _all_layouts(described):
        if "unit_id" not in columns:
            raise wrong(
                f"the layout {layout.id!r} does not say which column identifies a unit.", layout.id,
                "Add unit_id to [columns] or to the layout's columns.", "layout", number,
            )  # fmt: skip
        for name, column in (columns | extra).items():
            own = name in layout.columns or name in layout.extra
            group = "extra" if name in extra else "columns"
            at = ("layout", number, group, name) if own else (group, name)
            if name in columns and name not in CANONICAL:
                near = difflib.get_close_matches(name, CANONICAL, 1)
                raise wrong(
                    "this is not a canonical variable.", name,
                    (f"Did you mean {near[0]!r}? " if near else "") + "Variables of your own go under [extra].", *at,
                )  # fmt: skip
            if name in extra and (name in CANONICAL or column.kind is None):
                raise wrong(
                    "an extra variable needs a kind and a name that no canonical variable has.", name,
                    "Add kind = \"text\", \"truth\", \"day\", \"count\" or \"amount\", or rename it.", *at,
                )  # fmt: skip
            for needed in column.inputs:
                if needed not in layout.column_names:
                    raise wrong(
                        f"{name} comes from a column that the layout {layout.id!r} does not expect.", needed,
                        "Correct the name (upper and lower case count), or add it to the layout's columns.", *at,
                        expected=", ".join(layout.column_names),
                    )  # fmt: skip
        for code_map in described.codes.values():
            for given in (*code_map.gives, *code_map.gives_if_flagged):
                if given not in CANONICAL:
                    raise wrong("a code map gives a variable that is not canonical.", given,
                                "Correct the name.", "codes")  # fmt: skip
            if code_map.of not in CANONICAL:
                raise wrong("a code map reads a variable that is not canonical.", code_map.of,
                            "Correct the name.", "codes")  # fmt: skip


def _code_map(id: str, entry: CodeMapFile, folder: Path, places: Mapping[tuple[str | int, ...], int]) -> CodeMap:
    path = folder / entry.file
    if not path.is_file():
        raise CatalogueError(
            "the code map does not exist.", file=folder / "source.toml", line=_line(places, "codes", id),
            value=entry.file, todo="Write the file beside source.toml, or correct its name.",
        )  # fmt: skip
    rows: dict[str, Mapping[str, str | None]] = {}
    flagged: dict[str, Mapping[str, str | None]] = {}
    labels: dict[str, str] = {}
    sources: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        header = reader.fieldnames or []
        for column in ("code", "label", "source", *entry.gives.values(), *entry.gives_if_flagged.values()):
            if column not in header:
                raise CatalogueError(
                    "the code map lacks a column.", file=path, line=1, column=column, expected=", ".join(header),
                    todo="Add the column; code, label and source are always needed.",
                )  # fmt: skip
        for row in reader:
            if None in row or None in row.values():
                raise CatalogueError(
                    "the row does not have as many fields as the header.", file=path, line=reader.line_num,
                    todo="Put texts with commas in quotation marks.",
                )  # fmt: skip
            code = row["code"].strip()
            if not code or code in rows:
                raise CatalogueError(
                    "the code is empty or occurs twice.", file=path, line=reader.line_num, column="code", value=code,
                    todo="Keep one row per code.",
                )  # fmt: skip
            for variable, column in (*entry.gives.items(), *entry.gives_if_flagged.items()):
                closed, value = CODES.get(variable), row[column].strip()
                if value and isinstance(closed, tuple) and value not in closed:
                    raise CatalogueError(
                        f"this is not a value of {variable}.", file=path, line=reader.line_num, column=column,
                        value=value, expected=", ".join(closed),
                        todo="Correct the value, or leave it empty where nothing is known.",
                    )  # fmt: skip
            rows[code] = {variable: row[column].strip() or None for variable, column in entry.gives.items()}
            flagged[code] = {v: row[column].strip() or None for v, column in entry.gives_if_flagged.items()}
            labels[code], sources[code] = row["label"].strip(), row["source"].strip()
    return CodeMap(id, entry.of, tuple(entry.gives), rows, flagged, labels, sources)


def load_concordance(id: str, root: Path) -> Concordance:
    """The concordance ``concordances/ID.toml`` with its divisions in ``ID.csv``. Raises CatalogueError."""
    path = root / "concordances" / f"{id}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.toml"))) or "none"
        raise CatalogueError("there is no such concordance.", file=path, value=id, expected=known,
                             todo="Correct the name, or write the concordance.")  # fmt: skip
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        title, version, source = _text(raw["title"]), str(raw["version"]), str(raw["source"])
        pattern, digits = str(raw["pattern"]), int(raw["digits"])
        re.compile(pattern)
    except (tomllib.TOMLDecodeError, KeyError, ValueError, re.error) as error:
        raise CatalogueError(
            f"the concordance cannot be read: {error}.", file=path,
            todo="It needs title (three languages), version, source, pattern and digits.",
        ) from None  # fmt: skip
    table = path.with_suffix(".csv")
    divisions: dict[str, str] = {}
    with table.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), 2):
            code, target = (row.get("code") or "").strip(), (row.get("isic4") or "").strip()
            if len(code) != digits or code in divisions or not re.fullmatch(r"[A-U]\d\d", target):
                raise CatalogueError(
                    "the row is not a code and an ISIC division, or the code occurs twice.", file=table, line=number,
                    value=f"{code} → {target}", expected=f"{digits} digits and a division such as A01",
                    todo="Correct the row.",
                )  # fmt: skip
            divisions[code] = target
    return Concordance(id, title, version, source, pattern, digits, divisions)


def _concordances(
    described: _SourceFile, root: Path, path: Path, places: Mapping[tuple[str | int, ...], int]
) -> tuple[dict[str, Concordance], list[Path]]:
    found: dict[str, Concordance] = {}
    files: list[Path] = []
    for number, _, columns, extra in _all_layouts(described):
        for name, column in (columns | extra).items():
            id = column.concordance
            if id is None or id in found:
                continue
            try:
                found[id] = load_concordance(id, root)
            except CatalogueError as error:
                if error.value != id:
                    raise
                line = _line(places, "layout", number, "columns", name) or _line(places, "columns", name)
                raise CatalogueError(
                    "there is no such concordance.", file=path, line=line, value=id, expected=error.expected,
                    todo=error.todo,
                ) from None  # fmt: skip
            files += [root / "concordances" / f"{id}{ending}" for ending in (".toml", ".csv")]
    return found, files


def load_sources(root: Path, catalogue: Catalogue) -> dict[str, Source]:
    """The sources of the catalogue by id, from ``sources/*/source.toml``. Raises CatalogueError."""
    found: dict[str, Source] = {}
    for path in sorted((root / "sources").glob("*/source.toml")):
        source = load_source(path.parent, root)
        if source.id != path.parent.name:
            raise CatalogueError("the id is not the name of the folder.", file=path, value=source.id,
                                 expected=path.parent.name, todo="Rename one of them.")  # fmt: skip
        found[source.id] = source
    return found


def find_source(name: str | Path, catalogue: Catalogue) -> Source:
    """The source with the id `name`, or the one described in the folder `name`. Raises NotFound, CatalogueError."""
    if str(name) in catalogue.sources:
        found: Source = catalogue.sources[str(name)]
        return found
    folder = Path(name)
    if folder.name == "source.toml":
        folder = folder.parent
    if folder.is_dir():
        source = load_source(folder, catalogue.root)
        for problem in check_source(source, catalogue):
            if problem.severity == "error":
                raise problem.error(folder)
        return source
    known = ", ".join(sorted(catalogue.sources))
    raise NotFound(
        f"There is no source {str(name)!r}.", f"Sources here: {known}; or give the folder of a description of your own."
    )


# -- checking -----------------------------------------------------------------------------------


def check_source(source: Source, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in one source besides what stops it loading: unknown codes, missing translations.

    Paths in the problems are relative to the source's folder.
    """
    file = "source.toml"
    text = (source.folder / file).read_text(encoding="utf-8")
    places = _places(text)
    lists = catalogue.codelists

    def unknown(value: str, codelist: str, *at: str | int) -> Iterator[Problem]:
        if codelist in lists and value not in lists[codelist]:
            yield Problem(file, _line(places, *at), value, f"is not a code of {codelist}",
                          f"Correct the code, or add it to codelists/{codelist}.csv.")  # fmt: skip

    yield from unknown(source.area, "CL_AREA", "area")
    yield from unknown(source.coverage.code, "CL_COVERAGE", "coverage")
    described = source.description
    texts: list[tuple[str, Text]] = [
        ("title", described.title), ("provider", described.provider), ("how_to_get", described.how_to_get),
        ("unit", described.unit), ("reference_period", described.reference_period),
        ("coverage", described.coverage.statement), *(("cautions", c) for c in described.cautions),
        *source.refused_totals.items(),
    ]  # fmt: skip
    for key, statement in texts:
        problem = translation_problem(file, _line(places, key), key, "text", statement, "gap")
        if problem:
            yield problem
    if not source.coverage.national_total and source.coverage.code == "NATIONAL":
        yield Problem(file, _line(places, "coverage"), "NATIONAL", "an extract cannot have the coverage NATIONAL",
                      "Give the code of the extract, or set national_total = true.")  # fmt: skip
    for number, layout in enumerate(source.layouts):
        for name, column in (source.columns(layout) | source.further(layout)).items():
            codes = CODES.get(name)
            value = column.constant
            if isinstance(value, str) and isinstance(codes, str):
                yield from unknown(value, codes, "layout", number, "columns", name)
            elif isinstance(value, str) and isinstance(codes, tuple) and value not in codes:
                yield Problem(file, _line(places, "columns", name), value, f"is not a value of {name}",
                              f"Use one of {', '.join(codes)}.")  # fmt: skip
    for id, code_map in source.maps.items():
        name = described.codes[id].file
        for number, (code, values) in enumerate(code_map.rows.items(), 2):
            for variable, given in (*values.items(), *code_map.flagged[code].items()):
                codes = CODES.get(variable)
                if given is not None and isinstance(codes, str) and codes in lists and given not in lists[codes]:
                    yield Problem(name, number, code, f"{given!r} is not a code of {codes}", "Correct the code.")
            if not code_map.sources[code]:
                yield Problem(name, number, code, "the source of this judgement is missing",
                              "Name the text it was read in.")  # fmt: skip
    for concordance in source.concordances.values():
        yield from check_concordance(concordance, catalogue)


def check_concordance(concordance: Concordance, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in a concordance: targets outside CL_ACTIVITY, divisions that differ from the rule it states."""
    name = f"concordances/{concordance.id}.csv"
    codes = catalogue.codelists["CL_ACTIVITY"]
    for number, (code, target) in enumerate(concordance.divisions.items(), 2):
        if target not in codes:
            yield Problem(name, number, code, f"{target!r} is not a code of CL_ACTIVITY", "Correct the division.")
        if target[1:] != code:
            yield Problem(name, number, code, f"{target!r} is not the division with the same two digits",
                          "The rule of this concordance is identity of divisions; correct the row.")  # fmt: skip
    divisions = {c.id for c in codes if re.fullmatch(r"[A-U]\d\d", c.id)}
    for absent in sorted(divisions - set(concordance.divisions.values())):
        yield Problem(name, None, absent, "the division is missing in the concordance", "Add a row for it.")


def check_sources(root: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in the sources of the catalogue; every source is visited even when one cannot be read."""
    for path in sorted((root / "sources").glob("*/source.toml")):
        folder = path.parent.relative_to(root).as_posix()
        try:
            source = load_source(path.parent, root)
        except CatalogueError as error:
            file = Path(error.file)
            name = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
            what = str(error.args[0]).split(": ", 1)[-1]
            yield Problem(name, error.line, error.value or path.parent.name, what, error.todo)
            continue
        if source.id != path.parent.name:
            yield Problem(f"{folder}/source.toml", 1, source.id, "the id is not the name of the folder",
                          "Rename one of them.")  # fmt: skip
        for problem in check_source(source, catalogue):
            inside = problem.file.startswith("concordances/")
            yield problem if inside else Problem(
                f"{folder}/{problem.file}", problem.line, problem.key, problem.what, problem.todo,
                problem.severity, problem.missing,
            )  # fmt: skip
