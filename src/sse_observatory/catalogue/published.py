"""Figures that others have published, re-keyed with source and definition; contradictions kept, checked and explained.

The folder ``published/`` holds the publications (``sources.toml``), what each figure counts (``definitions.toml``), the
figures themselves (``figures/*.csv``, one file a country or table), the arithmetic that must hold between them
(``checks.toml``), the groups of figures that contradict each other (``conflicts.toml``) and the steps of the work
(``methods.toml``).

Every number is keyed twice, as printed and as a value, and the two must agree. A check that fails must stand in a group
of conflicts, and a group must have a check that fails: a contradiction can be neither overlooked nor forgotten.

Left out: any correction. A figure stays as it was printed; what a statistician should use instead is the `preferred`
figure of its group.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from sse_observatory.catalogue import published_checks
from sse_observatory.catalogue.problems import (
    Problem,
    TomlFile,
    fail_on_error,
    read_toml,
    text_of,
    translation_problem,
)
from sse_observatory.catalogue.published_checks import Finding
from sse_observatory.core import LANGUAGES, CatalogueError, Language, ObsStatus, Period, Text, content_hash

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FOLDER = "published"
SOURCES, DEFINITIONS = f"{FOLDER}/sources.toml", f"{FOLDER}/definitions.toml"
CHECKS, CONFLICTS = f"{FOLDER}/checks.toml", f"{FOLDER}/conflicts.toml"
METHODS = f"{FOLDER}/methods.toml"
FILES = (f"{FOLDER}/*.toml", f"{FOLDER}/figures/*.csv")
COLUMNS = (
    "id", "ref_area", "period", "measure", "unit_family", "coop_type", "activity", "life_status", "source", "locator",
    "definition", "printed", "value", "unit", "multiplier", "decimals", "rounded_to", "status", "confidence",
    "note_en", "note_fr", "note_es",
)  # fmt: skip
CODED = {
    "ref_area": "CL_AREA", "measure": "CL_MEASURE", "unit_family": "CL_FAMILY", "coop_type": "CL_COOP_TYPE",
    "activity": "CL_ACTIVITY", "life_status": "CL_LIFE_STATUS", "unit": "CL_UNIT_MEASURE", "multiplier": "CL_UNIT_MULT",
    "decimals": "CL_DECIMALS",
}  # fmt: skip
"""The coded columns of a file of figures and the codelists of their codes."""
KEY = ("ref_area", "measure", "unit_family", "coop_type", "activity", "life_status", "source", "definition", "period")
"""What tells one figure from another: two sources or two definitions may contradict each other, one may not."""

GRADES = {"F": "in full or the relevant part", "P": "abstract, opening or excerpt", "2": "secondary or press",
          "C": "computed by the observatory"}  # fmt: skip
"""How far a publication was read."""
OWN = "C"
KINDS = ("definition", "scale", "base", "tier", "transposition", "denominator", "vintage", "source", "break")
Status = Literal["reported", "derived", "approximate", "missing"]
STATUSES = ("reported", "derived", "approximate", "missing")
CONFIDENCES = ("high", "medium", "low")
FICTIONAL = frozenset({"XSO"})
"""User-assigned area codes of invented countries."""
NEEDED_STEPS = frozenset({"REKEYED", "CODED", "VALIDATED", "DERIVED"})

_ID = re.compile(r"[A-Z0-9][A-Z0-9_\-]*")
_MARK = re.compile(r"\{([A-Z0-9_\-]+)\}")
_PRINTED = re.compile(r"(?P<sign>[-−]?)(?P<digits>\d[\d\u0020\u00a0\u202f]*(?:\.\d+)?)\s*(?P<word>[^\W\d_]*)")
_QUALIFIERS = {"≈": "about", ">": "at least", "≥": "at least"}
_WORDS = {"thousand": 3, "m": 6, "million": 6, "bn": 9, "billion": 9}
_DASH = "–"


@dataclass(frozen=True, slots=True)
class Publication:
    """Where figures were read. `date` is ISO 8601 to the precision known, `grade` one of `GRADES`."""

    id: str
    title: Text
    issuer: str
    date: str
    grade: str
    address: str = ""
    edition: str = ""
    register: str = ""

    @property
    def vintage(self) -> str:
        """The edition of the figures, else the date of publication."""
        return self.edition or self.date

    @property
    def citation(self) -> str:
        """Issuer and date, for a note beside a figure."""
        return ", ".join(part for part in (self.issuer, self.date) if part)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure counts. `tier` where it holds units of one tier only, `base` the figure a share is a share of."""

    id: str
    label: Text
    text: Text
    tier: str = ""
    base: str = ""
    version: str = "1.0"


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure, as printed and as a value in `unit` times ten to the `multiplier`.

    `rounded_to` is the step it was rounded to where that is coarser than its last digit, in the same multiplier;
    `qualifier` is ``about`` or ``at least`` where the print says so; `value` is None where a dash was printed.
    """

    id: str
    ref_area: str
    period: str
    measure: str
    unit_family: str
    coop_type: str
    activity: str
    life_status: str
    source: str
    locator: str
    definition: str
    printed: str
    value: Decimal | None
    unit: str
    multiplier: int
    decimals: int
    rounded_to: Decimal | None
    status: Status
    confidence: str
    note: Text | None = None

    @property
    def qualifier(self) -> str:
        """``about`` or ``at least`` where the figure was printed with such a sign; else empty."""
        return _QUALIFIERS.get(self.printed[:1], "")

    @property
    def frequency(self) -> str:
        """The frequency of the reference period, a code of CL_FREQ."""
        return Period.parse(self.period).frequency

    @property
    def key(self) -> tuple[str, ...]:
        """The values of `KEY`."""
        return tuple(getattr(self, name) for name in KEY)

    @property
    def fingerprint(self) -> str:
        """Hash of everything keyed for this figure."""
        return content_hash(self)


@dataclass(frozen=True, slots=True)
class Check:
    """A statement that must follow from its terms: see `published_checks.RULES`."""

    id: str
    rule: str
    terms: tuple[str, ...]
    result: str = ""

    @property
    def figures(self) -> tuple[str, ...]:
        """The ids of all figures concerned, the result first."""
        return ((self.result,) if self.result else ()) + self.terms


@dataclass(frozen=True, slots=True)
class Conflict:
    """Figures that contradict each other or themselves, or cannot be compared.

    The texts may hold marks ``{FIGURE-ID}``: see `Published.filled`. Without a resolution the conflict is open, and a
    document that meets it must not build.
    """

    id: str
    kind: str
    figures: tuple[str, ...]
    checks: tuple[str, ...]
    title: Text
    explanation: Text
    resolution: Text | None = None
    preferred: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nothing settles the contradiction yet."""
        return self.resolution is None


@dataclass(frozen=True, slots=True)
class Step:
    """A step that turns a printed figure into an observation: its sub-process of GSBPM 5.2 and its version."""

    id: str
    gsbpm: str
    version: str
    label: Text
    reference: str = ""


@dataclass(frozen=True)
class Published:
    """Everything known about figures published by others, by id, in the order of the files."""

    sources: Mapping[str, Publication]
    definitions: Mapping[str, Definition]
    figures: Mapping[str, Figure]
    checks: Mapping[str, Check]
    conflicts: Mapping[str, Conflict]
    steps: Mapping[str, Step]

    @cached_property
    def conflict_of(self) -> Mapping[str, Conflict]:
        """The group each contradicted figure stands in, by figure id."""
        return {figure: conflict for conflict in self.conflicts.values() for figure in conflict.figures}

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What every check finds, in the order of the checks."""
        explained = {check: conflict.id for conflict in self.conflicts.values() for check in conflict.checks}
        return tuple(
            published_checks.examine(check, self.figures, self.definitions, explained.get(check.id, ""))
            for check in self.checks.values()
        )

    def findings_on(self, figure: str) -> tuple[Finding, ...]:
        """The findings of the checks in which a figure takes part."""
        return self._findings_on.get(figure, ())

    @cached_property
    def _findings_on(self) -> Mapping[str, tuple[Finding, ...]]:
        found: dict[str, list[Finding]] = {}
        for finding in self.findings:
            for figure in dict.fromkeys(finding.figures):
                found.setdefault(figure, []).append(finding)
        return {figure: tuple(findings) for figure, findings in found.items()}

    def terms_of(self, figure: str) -> tuple[str, ...]:
        """The figures a derived figure is computed from, down to those that were printed, without repetition."""
        found: dict[str, None] = {}
        for check in self.checks.values():
            if check.result == figure and self.figures[figure].status == "derived":
                for term in check.terms:
                    found.update(dict.fromkeys(self.terms_of(term) or (term,)))
        return tuple(found)

    def status_of(self, figure: Figure) -> ObsStatus:
        """The observation status of a figure (CL_OBS_STATUS): the gravest thing a reader must know.

        O where a dash was printed; B for the later figures across a break; D where its group holds figures of the
        same measure and period under several definitions; U where confidence in it is low; E for approximate and
        derived figures; else A.
        """
        if figure.value is None:
            return ObsStatus.MISSING
        conflict = self.conflict_of.get(figure.id)
        if conflict is not None:
            group = [self.figures[name] for name in conflict.figures]
            if conflict.kind == "break":
                if figure.period > min(f.period for f in group):
                    return ObsStatus.BREAK
            elif len({f.definition for f in group if (f.measure, f.period) == (figure.measure, figure.period)}) > 1:
                return ObsStatus.DEFINITION_DIFFERS
        if figure.confidence == "low":
            return ObsStatus.LOW_RELIABILITY
        return ObsStatus.NORMAL if figure.status == "reported" else ObsStatus.ESTIMATED

    def filled(self, text: Text, number: Callable[[Decimal, Language, int], str]) -> Text:
        """`text` with each mark ``{FIGURE-ID}`` replaced by the figure's value.

        `number(value, language, decimals)` writes a number as readers of the language do.
        """

        def put(lang: Language, template: str) -> str:
            def value_of(mark: re.Match[str]) -> str:
                figure = self.figures[mark[1]]
                return number(figure.value, lang, figure.decimals) if figure.value is not None else _DASH

            return _MARK.sub(value_of, template)

        written = {lang: text.get(lang) for lang in LANGUAGES}
        return Text.of({lang: put(lang, known) if known else None for lang, known in written.items()})


@dataclass
class _Reader:
    """Reads the folder once, collecting what is wrong and where each thing stands."""

    root: Path
    catalogue: Catalogue

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []
        self.places: dict[str, tuple[str, int]] = {}
        # Ids of rows and checks already reported as wrong: what refers to them is not wrong as well.
        self.rejected: set[str] = set()

    def wrong(self, file: str, line: int | None, key: str, what: str, todo: str) -> None:
        self.problems.append(Problem(file, line, key, what, todo))

    def gap(self, file: str, line: int | None, key: str, what: str, text: Text | None) -> None:
        found = translation_problem(file, line, key, what, text, "gap")
        if found is not None:
            self.problems.append(found)

    def toml(self, name: str) -> TomlFile | None:
        try:
            return read_toml(self.root, name)
        except CatalogueError as error:
            self.wrong(name, error.line, name, error.what.split(": ", 1)[-1], error.todo)
            return None

    def entries(
        self, name: str, known: set[str], needed: set[str]
    ) -> Iterator[tuple[TomlFile, str, int | None, Mapping[str, Any]]]:
        """The tables of a TOML file whose keys are understood; each with its file, id and line."""
        file = self.toml(name)
        if file is None:
            return
        for identifier, entry in file.data.items():
            line = file.line(identifier)
            if not isinstance(entry, dict):
                self.wrong(name, line, identifier, "this is not a table", f"Write [{identifier}] on a line of its own.")
                continue
            if not _ID.fullmatch(identifier):
                todo = "Use capitals, digits, _ and - only: the id is a code in published tables."
                self.wrong(name, line, identifier, "this is not an identifier", todo)
                continue
            unknown, absent = sorted(set(entry) - known), sorted(needed - set(entry))
            for key in unknown:
                what, todo = f"the key {key!r} is not known", f"Use {', '.join(sorted(known))}."
                self.wrong(name, file.line(identifier, key) or line, identifier, what, todo)
            for key in absent:
                self.wrong(name, line, identifier, f"the key {key!r} is missing", f"Add {key} = ….")
            if not unknown and not absent:
                yield file, identifier, line, entry

    def text(self, file: TomlFile, identifier: str, entry: Mapping[str, Any], key: str) -> Text | None:
        text, problems = text_of(file, (identifier, key), entry[key], key)
        self.problems += problems
        self.gap(file.name, file.line(identifier, key) or file.line(identifier), identifier, key, text)
        return text

    def plain(self, file: TomlFile, identifier: str, entry: Mapping[str, Any], key: str) -> str:
        value = entry.get(key, "")
        if isinstance(value, str):
            return value.strip()
        line = file.line(identifier, key)
        self.wrong(file.name, line, identifier, f"{key} is not a text", "Put it in double quotes.")
        return ""

    def names(self, file: TomlFile, identifier: str, entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = entry.get(key, [])
        if isinstance(value, list) and all(isinstance(v, str) for v in value) and len(set(value)) == len(value):
            return tuple(value)
        todo = f'Write {key} = ["…", "…"], each id once.'
        self.wrong(file.name, file.line(identifier, key), identifier, f"{key} is not a list of different ids", todo)
        return ()

    def one_of(self, file: str, line: int | None, key: str, what: str, value: str, allowed: Iterable[str]) -> bool:
        if value in allowed:
            return True
        self.wrong(file, line, key, f"the {what} {value!r} is not known", f"Use one of {', '.join(allowed)}.")
        return False

    def sources(self) -> dict[str, Publication]:
        found: dict[str, Publication] = {}
        known = {"title", "issuer", "date", "edition", "grade", "address", "register"}
        for file, name, line, entry in self.entries(SOURCES, known, {"title", "issuer", "date", "grade"}):
            title = self.text(file, name, entry, "title")
            issuer, day, grade, address, edition, register = (
                self.plain(file, name, entry, key)
                for key in ("issuer", "date", "grade", "address", "edition", "register")
            )
            self.one_of(SOURCES, file.line(name, "grade"), name, "grade", grade, GRADES)
            if day and not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", day):
                todo = "Write it as 2019, 2019-01 or 2019-01-25, or leave it empty."
                self.wrong(SOURCES, file.line(name, "date"), name, f"the date {day!r} is not understood", todo)
            if not issuer:
                self.wrong(SOURCES, line, name, "the issuer is empty", "Say who published the figures.")
            if title is not None:
                found[name] = Publication(name, title, issuer, day, grade, address, edition, register)
        return found

    def definitions(self) -> dict[str, Definition]:
        found: dict[str, Definition] = {}
        known = {"label", "text", "tier", "base", "version"}
        for file, name, _, entry in self.entries(DEFINITIONS, known, {"label", "text"}):
            label, text = self.text(file, name, entry, "label"), self.text(file, name, entry, "text")
            tier, base, version = (self.plain(file, name, entry, key) for key in ("tier", "base", "version"))
            if tier:
                self.one_of(DEFINITIONS, file.line(name, "tier"), name, "tier", tier, ("T1", "T2", "T3"))
            if label is not None and text is not None:
                found[name] = Definition(name, label, text, tier, base, version or "1.0")
                self.places[name] = (DEFINITIONS, file.line(name) or 1)
        return found

    def rows(self, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
        name = path.relative_to(self.root).as_posix()
        header_todo = f"The first line must hold {','.join(COLUMNS)}."
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            what = f"the file is not UTF-8 (byte {error.start})"
            self.wrong(name, None, path.stem, what, "Save it again as CSV in UTF-8.")
            return
        reader = csv.reader(text.splitlines(keepends=True), strict=True)
        header: list[str] | None = None
        try:
            for row in reader:
                if header is None:
                    header = [column.strip() for column in row]
                    if sorted(header) != sorted(COLUMNS):
                        absent = ", ".join(sorted(set(COLUMNS) - set(header))) or "none"
                        other = ", ".join(sorted((Counter(header) - Counter(COLUMNS)).keys())) or "none"
                        what = f"the header is wrong: missing {absent}; unknown or doubled {other}"
                        if len(header) == 1:
                            what += " (is the delimiter a comma?)"
                        self.wrong(name, 1, path.stem, what, header_todo)
                        return
                elif len(row) != len(header):
                    what = f"{len(row)} fields where the header has {len(header)}"
                    todo = "Put a text that contains a comma in double quotes; leave no empty line."
                    self.wrong(name, reader.line_num, row[0] if row else "", what, todo)
                else:
                    yield reader.line_num, {c: v.strip() for c, v in zip(header, row, strict=True)}
        except csv.Error as error:
            self.wrong(name, reader.line_num, path.stem, f"the line is not CSV: {error}", "Check the double quotes.")
        if header is None:
            self.wrong(name, 1, path.stem, "the file is empty", header_todo)

    def figures(
        self, sources: Mapping[str, Publication], definitions: Mapping[str, Definition]
    ) -> dict[str, Figure]:
        found: dict[str, Figure] = {}
        keys: dict[tuple[str, ...], str] = {}
        paths = sorted((self.root / FOLDER / "figures").glob("*.csv"))
        if not paths:
            self.wrong(f"{FOLDER}/figures", None, "figures", "there is no file of figures", "Add one CSV a country.")
        for path in paths:
            name = path.relative_to(self.root).as_posix()
            for line, row in self.rows(path):
                figure = self.figure(name, line, row, sources, definitions)
                if figure is None:
                    self.rejected.add(row["id"])
                    continue
                if figure.id in found:
                    other, where = self.places[figure.id]
                    what = f"the id stands in {other}, line {where} already"
                    self.wrong(name, line, figure.id, what, "Give each figure an id of its own.")
                    continue
                if figure.key in keys:
                    what = f"{keys[figure.key]} has the same source, definition, measure, breakdown and period"
                    todo = "Keep one, or say with another definition what the other one counts."
                    self.wrong(name, line, figure.id, what, todo)
                    continue
                keys[figure.key] = figure.id
                found[figure.id] = figure
                self.places[figure.id] = (name, line)
        return found

    def figure(
        self,
        file: str,
        line: int,
        row: dict[str, str],
        sources: Mapping[str, Publication],
        definitions: Mapping[str, Definition],
    ) -> Figure | None:
        before = len(self.problems)

        def wrong(column: str, what: str, todo: str) -> None:
            self.wrong(file, line, row["id"] or f"line {line}", f"{column} {row[column]!r} {what}", todo)

        if not _ID.fullmatch(row["id"]):
            wrong("id", "is not an identifier", "Use capitals, digits, _ and - only.")
        for column, list_id in CODED.items():
            if row[column] not in self.catalogue.codelists[list_id]:
                wrong(column, f"is not a code of {list_id}", f"Correct it, or add the code to {list_id}.")
        if row["source"] not in sources:
            wrong("source", "is not a publication", f"Describe it in {SOURCES}, or correct the id.")
        if row["definition"] not in definitions:
            wrong("definition", "is not a definition", f"Write it in {DEFINITIONS}, or correct the id.")
        for column, allowed in (("status", STATUSES), ("confidence", CONFIDENCES)):
            if row[column] not in allowed:
                wrong(column, "is not known", f"Use one of {', '.join(allowed)}.")
        try:
            Period.parse(row["period"])
        except ValueError as error:
            wrong("period", str(error).removeprefix(repr(row["period"])).strip(), "Write the reference period so.")
        numbers: dict[str, Decimal | None] = {}
        for column in ("value", "rounded_to"):
            numbers[column] = None
            if row[column]:
                try:
                    numbers[column] = Decimal(row[column])
                except InvalidOperation:
                    wrong(column, "is not a number", "Write digits, with a point before decimals and no spaces.")
        if len(self.problems) > before:
            return None
        note = Text.of({lang: row[f"note_{lang}"] for lang in LANGUAGES})
        figure = Figure(
            **{name: row[name] for name in ("id", "period", "source", "locator", "definition", "printed", "confidence",
                                            "ref_area", "measure", "unit_family", "coop_type", "activity",
                                            "life_status", "unit")},
            value=numbers["value"],
            multiplier=int(row["multiplier"]),
            decimals=int(row["decimals"]),
            rounded_to=numbers["rounded_to"],
            status=cast("Status", row["status"]),
            note=None if len(note.missing) == len(LANGUAGES) else note,
        )  # fmt: skip
        self.gap(file, line, figure.id, "note", figure.note)
        for column, what, todo in _disagreements(figure, sources[figure.source], self.catalogue):
            wrong(column, what, todo)
        return figure if all(problem.severity == "gap" for problem in self.problems[before:]) else None

    def checks(self, figures: Mapping[str, Figure]) -> dict[str, Check]:
        found: dict[str, Check] = {}
        for file, name, line, entry in self.entries(CHECKS, {"rule", "result", "terms"}, {"rule", "terms"}):
            check = Check(
                name,
                self.plain(file, name, entry, "rule"),
                self.names(file, name, entry, "terms"),
                self.plain(file, name, entry, "result"),
            )
            if self.rejected.intersection(check.figures):
                self.rejected.add(f"check {name}")
                continue
            why = published_checks.complaint(check, figures)
            if why:
                self.rejected.add(f"check {name}")
                todo = "Correct the check; the head of the file says what each rule needs."
                self.wrong(CHECKS, line, name, why, todo)
                continue
            found[name] = check
            self.places[f"check {name}"] = (CHECKS, line or 1)
        return found

    def conflicts(self, figures: Mapping[str, Figure], checks: Mapping[str, Check]) -> dict[str, Conflict]:
        found: dict[str, Conflict] = {}
        needed = {"kind", "figures", "checks", "title", "explanation"}
        for file, name, line, entry in self.entries(CONFLICTS, needed | {"resolution", "preferred"}, needed):
            texts = {k: self.text(file, name, entry, k) for k in ("title", "explanation", "resolution") if k in entry}
            title, explanation = texts["title"], texts["explanation"]
            kind, preferred = self.plain(file, name, entry, "kind"), self.plain(file, name, entry, "preferred")
            members, found_by = self.names(file, name, entry, "figures"), self.names(file, name, entry, "checks")
            self.one_of(CONFLICTS, file.line(name, "kind"), name, "kind", kind, KINDS)
            marks = {key: _marks(text) for key, text in texts.items() if text is not None}
            named = [mark for held in marks.values() for found_in in held.values() for mark in sorted(found_in)]
            for figure in dict.fromkeys((*members, *((preferred,) if preferred else ()), *named)):
                if figure not in figures and figure not in self.rejected:
                    todo = "Correct the id; braces in a text hold the id of a figure."
                    self.wrong(CONFLICTS, line, name, f"there is no figure {figure!r}", todo)
            for check in found_by:
                if check not in checks and f"check {check}" not in self.rejected:
                    todo = "Correct the id, or write the check."
                    self.wrong(CONFLICTS, file.line(name, "checks"), name, f"there is no check {check!r}", todo)
            for key, held in marks.items():
                if len(set(held.values())) > 1:
                    what = f"the {key} names other figures in one language than in another"
                    self.wrong(CONFLICTS, file.line(name, key) or line, name, what, "Use the same marks in all three.")
            if title is not None and explanation is not None:
                resolution = texts.get("resolution")
                found[name] = Conflict(name, kind, members, found_by, title, explanation, resolution, preferred)
                self.places[f"conflict {name}"] = (CONFLICTS, line or 1)
        return found

    def steps(self) -> dict[str, Step]:
        found: dict[str, Step] = {}
        known = {"gsbpm", "version", "reference", "label"}
        for file, name, _, entry in self.entries(METHODS, known, {"gsbpm", "version", "label"}):
            label = self.text(file, name, entry, "label")
            gsbpm, version, reference = (self.plain(file, name, entry, k) for k in ("gsbpm", "version", "reference"))
            if not re.fullmatch(r"[1-8]\.\d{1,2}", gsbpm):
                todo = "Write a sub-process of GSBPM 5.2, such as 5.3."
                self.wrong(METHODS, file.line(name, "gsbpm"), name, f"{gsbpm!r} is not a sub-process", todo)
            if label is not None:
                found[name] = Step(name, gsbpm, version, label, reference)
        for name in sorted(NEEDED_STEPS - set(found)):
            self.wrong(METHODS, None, name, "the step is missing", f"Write [{name}].")
        return found

    def read(self) -> Published:
        sources, definitions, steps = self.sources(), self.definitions(), self.steps()
        figures = self.figures(sources, definitions)
        checks = self.checks(figures)
        conflicts = self.conflicts(figures, checks)
        published = Published(sources, definitions, figures, checks, conflicts, steps)
        if not any(problem.severity == "error" for problem in self.problems):
            self.together(published)
        return published

    def together(self, published: Published) -> None:
        """What must hold between the files: bases exist, derived figures are derived, contradictions are explained."""
        for definition in published.definitions.values():
            if definition.base and definition.base not in published.figures:
                file, line = self.places[definition.id]
                what = f"the base {definition.base!r} is not a figure"
                self.wrong(file, line, definition.id, what, "Correct the id.")
        groups = Counter(figure for conflict in published.conflicts.values() for figure in conflict.figures)
        explained = Counter(check for conflict in published.conflicts.values() for check in conflict.checks)
        recomputed = {published.checks[f.check].result for f in published.findings if f.verdict != "flagged"}
        for figure in published.figures.values():
            if figure.status == "derived" and figure.id not in recomputed:
                file, line = self.places[figure.id]
                todo = f"Write the check in {CHECKS} whose result it is, or correct the value."
                self.wrong(file, line, figure.id, "no check derives this derived figure", todo)
            if groups[figure.id] > 1:
                file, line = self.places[figure.id]
                what = "the figure stands in more than one group of conflicts"
                todo = "Keep it in the group that matters most; name it in the text of the other."
                self.wrong(file, line, figure.id, what, todo)
        flagged = {finding.check for finding in published.findings if finding.verdict == "flagged"}
        for finding in published.findings:
            if finding.check in flagged and explained[finding.check] != 1:
                file, line = self.places[f"check {finding.check}"]
                what = _sentence(finding) + (
                    "; no group of conflicts explains it" if not explained[finding.check]
                    else "; more than one group of conflicts claims it"
                )  # fmt: skip
                todo = f"Look the figures up again; if they stand, explain them in one group of {CONFLICTS}."
                self.wrong(file, line, finding.check, what, todo)
        for conflict in published.conflicts.values():
            idle = [check for check in conflict.checks if check not in flagged]
            if idle or not conflict.checks:
                file, line = self.places[f"conflict {conflict.id}"]
                what = f"the check(s) {', '.join(idle)} find nothing" if idle else "no check finds this contradiction"
                todo = "Name the checks that are flagged; drop a group that is settled."
                self.wrong(file, line, conflict.id, what, todo)


def _marks(text: Text) -> dict[Language, frozenset[str]]:
    """The figures that a text names, by language."""
    return {lang: frozenset(_MARK.findall(text.get(lang) or "")) for lang in LANGUAGES if text.get(lang)}


def _sentence(finding: Finding) -> str:
    if finding.stated is None:
        return f"the check {finding.rule} fails"
    return f"stated {finding.stated}, the terms give {finding.recomputed}"


def _disagreements(
    figure: Figure, source: Publication, catalogue: Catalogue
) -> Iterator[tuple[str, str, str]]:
    """What the columns of one figure say against each other: column, what is wrong, what to do."""
    printed = _PRINTED.search(figure.printed)
    if figure.value is None:
        if figure.status != "missing" or figure.printed != _DASH:
            yield "value", "is empty", f"Key the value; for a printed dash write {_DASH} and the status missing."
        return
    if figure.status == "missing":
        yield "status", "stands beside a value", "A dash is not zero: empty the value, or correct the status."
    if printed is None:
        yield "printed", "holds no number", "Key the figure as it is printed."
        return
    digits = re.sub(r"\s", "", printed["digits"])
    if Decimal(digits) * (-1 if printed["sign"] else 1) != figure.value:
        yield "printed", f"is not the value {figure.value}", "Look the figure up again and key both the same."
    if len(digits.partition(".")[2]) != figure.decimals:
        yield "decimals", "is not the number of decimals printed", "Count the digits after the point."
    word = printed["word"].lower()
    if word in _WORDS and _WORDS[word] != figure.multiplier:
        yield "multiplier", f"is not that of {word!r}", f"Write {_WORDS[word]}."
    if bool(figure.qualifier) != (figure.status == "approximate"):
        yield "status", "does not go with the sign printed", "≈, > and ≥ are approximate, and nothing else is."
    if (source.grade == OWN) != (figure.status == "derived"):
        yield "status", "does not go with the source", "Derived figures are those the observatory computes, no others."
    if figure.rounded_to is not None and figure.rounded_to <= 0:
        yield "rounded_to", "is not above zero", "Write the step the figure was rounded to, such as 1000."
    if figure.value < 0 and not figure.measure.startswith("GROWTH_"):
        yield "value", "is negative", "Only a change may be negative."
    if figure.measure.startswith("SHARE_") and figure.value > 100:
        yield "value", "is more than 100 per cent", "Look the share up again."
    unit = catalogue.codelists["CL_MEASURE"][figure.measure].notes.get("unit", "")
    if unit and unit != figure.unit:
        yield "unit", f"is not {unit}, in which {figure.measure} is measured", "Correct the unit or the measure."
    if figure.ref_area in FICTIONAL:
        yield "ref_area", "is an invented country", "Published figures are about real areas."


def load_published(root: Path, catalogue: Catalogue) -> Published:
    """The published figures. Raises CatalogueError, with file and line, for the first thing that is wrong."""
    reader = _Reader(root, catalogue)
    published = reader.read()
    fail_on_error(root, reader.problems)
    return published


def check_published(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Everything wrong or missing in the published figures.

    Labels of sources and definitions are checked as codelists; texts of figures and conflicts missing in a language
    are gaps. An error is, among others, a printed number that differs from its value, a doubled key, a check that
    fails without a group of conflicts to explain it, and a group that no check supports.
    """
    reader = _Reader(root, catalogue)
    reader.read()
    return reader.problems
