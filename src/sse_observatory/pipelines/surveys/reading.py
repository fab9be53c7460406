"""Read the files of a survey's round as its process describes them: nothing is guessed, nothing dropped silently.

The text is checked record by record as that of a register is (`registers.prepare`); values and what is wrong with them
are expressions, so that a row per unit stays in the engine. What the design rests on (columns that are `required`, the
key) must be right on every row, because a sample with holes in its design is none. An answer that cannot be read sets
its row aside with the reason; its unit counts as not having answered.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

import ibis
import ibis.expr.types as ir

from sse_observatory.catalogue.sources import Delimited, Layout
from sse_observatory.catalogue.surveys import PERIOD, Column, DataFile, Margin, Survey
from sse_observatory.core import InputError, Period, file_hash
from sse_observatory.engine import Engine
from sse_observatory.production import registers

Value = str | float | int | None
ROW, LINE, UNUSABLE = "survey_row", "survey_line", "survey_unusable"
"""Columns of a file as read that are not the file's: the place of the row, the line it begins on, and whether its
answers cannot be used."""
WHOLE = 2**53
"""Whole numbers beyond this are not all told apart as floating-point numbers."""
_TYPES = {"text": "string", "integer": "int64", "number": "float64"}
_SPACE = r"[\s\p{Z}\x{85}]"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row, or an answer of it, set aside: where, which column, what stood there, and why. Restricted."""

    file: str
    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Rows:
    """The rows of a file in the engine: `ROW`, `LINE`, `UNUSABLE` and the columns of its description, with their types.

    `rejected` says why rows cannot be used; `unusable` counts them.
    """

    path: Path
    table: ir.Table
    count: int
    columns: tuple[str, ...]
    rejected: tuple[Rejected, ...] = ()
    unusable: int = 0
    first_fault: InputError | None = None


def periods_of(survey: Survey, data: Path) -> tuple[Period, ...]:
    """The rounds of the survey in the folder `data`: those its process names, else those whose sample is there.

    Raises InputError where there is none.
    """
    if survey.said.periods:
        return tuple(Period.parse(code) for code in survey.said.periods)
    pattern = survey.said.sample.file
    found: dict[str, Period] = {}
    for path in sorted(data.glob(pattern.replace(PERIOD, "*"))):
        before, _, after = Path(pattern).name.partition(PERIOD)
        code = path.name.removeprefix(before).removesuffix(after) if after else path.name.removeprefix(before)
        if data / pattern.replace(PERIOD, code) != path:
            continue
        try:
            found[code] = Period.parse(code)
        except ValueError as error:
            raise InputError(
                str(error), file=path, expected="a period in the name of the file", todo="Rename or remove the file."
            ) from None
    if not found:
        raise InputError(
            f"no round of {survey.said.id} is there.",
            file=data,
            expected=pattern,
            todo="Put the files of the survey into the folder, as its process names them, and pass it with --data.",
        )
    return tuple(found[code] for code in sorted(found))


@dataclass(frozen=True)
class Files:
    """The files of one round of a survey, in the folder `data`, and the engine they are read into.

    Copies made on the way lie in `beside`, which must be as restricted as the files.
    """

    survey: Survey
    data: Path
    period: Period
    engine: Engine
    beside: Path

    def path(self, name: str) -> Path:
        """A file of the round. Raises InputError where it is not there or cannot be opened."""
        path = self.data / name.replace(PERIOD, self.period.code)
        if path.is_dir():
            raise InputError("this is a folder.", file=path, expected="a file", todo="Put the file in its place.")
        if not path.is_file():
            raise InputError(
                "the file is not there.", file=path,
                todo="Put it into the folder, or leave the round out with `periods`.",
            )  # fmt: skip
        if not os.access(path, os.R_OK):
            raise InputError("you may not read the file.", file=path, todo="Ask whoever owns it for the right to.")
        return path

    def names(self) -> tuple[str, ...]:
        """Every file of the round, by its name in the folder."""
        return tuple(name.replace(PERIOD, self.period.code) for name in self.survey.files)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file of the round, by its name in the folder."""
        return {name: file_hash(self.path(name)) for name in self.names()}

    def read(self, described: DataFile) -> Rows:
        """The rows of a file. Raises InputError for what cannot be a row of the sample."""
        path = self.path(described.file)
        with self._typed(path, described, described.columns) as typed:
            rejected, first = self._faults(path, described.columns, typed)
        lines = {r.line for r in rejected}
        rows = Rows(path, typed.rows, typed.count, tuple(described.columns), tuple(rejected), len(lines), first)
        self._refuse_doubles(rows, described)
        return rows

    def totals(self, margin: Margin) -> tuple[Path, dict[tuple[str, ...], float]]:
        """The totals of a margin from its file, added up over everything the margin does not tell apart."""
        assert margin.file is not None and margin.total is not None
        path = self.path(margin.file)
        names = dict.fromkeys(margin.codes or margin.columns)
        columns = {f"code {name}": Column.model_validate({"from": name}) for name in names}
        columns["total"] = Column.model_validate(
            {"from": margin.total, "type": "number", "at_least": 0, "required": True}
        )
        with self._typed(path, margin, columns) as typed:
            self._faults(path, columns, typed, "this is no control total.", "Correct the file of control totals.")
        totals: dict[tuple[str, ...], float] = {}
        for row in self.engine.arrow(typed.rows.order_by(ROW)).to_pylist():
            written = [row[f"code {name}"] or "" for name in margin.codes or margin.columns]
            codes = tuple(margin.recode.get(code, code) for code in written)
            totals[codes] = totals.get(codes, 0.0) + row["total"]
        return path, totals

    # -- from text to values ----------------------------------------------------------------------------

    @contextmanager
    def _typed(self, path: Path, described: Delimited, columns: Mapping[str, Column]) -> Iterator[_Typed]:
        """The columns of a file with their types. Its text is there as long as the context is open."""
        names = tuple(dict.fromkeys(column.source or name for name, column in columns.items()))
        with tempfile.TemporaryDirectory(prefix="sse-read-", dir=self.beside) as folder:
            texts, records = self._texts(path, described, names, Path(folder) / "plain.txt")
            layers = _layers(texts, columns, described.decimal, self.engine)
            wrong = reduce(or_, (layers[_wrong(i)].notnull() for i in range(len(columns))))
            rows = layers.select(
                **{ROW: ibis.row_number().over(order_by=registers.LINE), LINE: layers[registers.LINE], UNUSABLE: wrong},
                **{name: layers[_value(i)] for i, name in enumerate(columns)},
            )
            found = self.engine.scratch(rows)
            if self.engine.scalar(found.count()) != records:
                raise InputError(
                    f"the engine did not find the {records} records of the check.", file=path,
                    todo="This file is written in an unusual way; please report it.",
                )  # fmt: skip
            yield _Typed(found, records, layers.filter(wrong))

    def _texts(self, path: Path, described: Delimited, names: Sequence[str], target: Path) -> tuple[ir.Table, int]:
        with path.open("rb") as stream:
            compression = "gz" if stream.read(len(_GZIP)) == _GZIP else "none"
        layout = Layout(
            id=self.survey.said.id, status="untested", compression=compression, delimiter=described.delimiter,
            encoding=described.encoding, quote=described.quote, expects=names,
        )  # fmt: skip
        plain = registers.prepare(path, layout, names, target, path, described="process", only=True)
        for row in plain.ragged:
            raise InputError(
                f"the row has {row.fields} fields and the header {len(plain.columns)}.", file=path, line=row.line,
                todo="Correct the row; a text that holds the delimiter stands in quotes.",
            )  # fmt: skip
        table = self.engine.read_text(
            target, [registers.LINE, *plain.columns], delimiter=described.delimiter, quote=described.quote,
            header=False, types={registers.LINE: "int64"},
        )  # fmt: skip
        return table, plain.records

    def _faults(
        self, path: Path, columns: Mapping[str, Column], typed: _Typed, wrong: str = "this value cannot be used.",
        todo: str = "Correct the file, or the description of the column in the process.",
    ) -> tuple[list[Rejected], InputError | None]:  # fmt: skip
        """What is wrong, in the order of the file. Raises InputError for the first required value that is."""
        if not self.engine.scalar(typed.rows.filter(typed.rows[UNUSABLE]).count()):
            return [], None
        required = [typed.bad[_wrong(i)].notnull() for i, c in enumerate(columns.values()) if c.required]
        bad = typed.bad.order_by(registers.LINE)
        stops = self.engine.arrow(bad.filter(reduce(or_, required)).limit(1)).to_pylist() if required else []
        rejected: list[Rejected] = []
        first: InputError | None = None
        for row in stops or self.engine.arrow(bad).to_pylist():
            for i, (name, column) in enumerate(columns.items()):
                expected = row[_wrong(i)]
                if expected is None or (stops and not column.required):
                    continue
                written = row[_written(i)] or ""
                fault = InputError(
                    wrong, file=path, line=row[registers.LINE], column=column.source or name, value=written,
                    expected=expected, todo=todo,
                )  # fmt: skip
                if stops:
                    raise fault
                first = first or fault
                rejected.append(Rejected(path.name, row[registers.LINE], name, written, f"expected {expected}"))
        return rejected, first

    def _refuse_doubles(self, rows: Rows, described: DataFile) -> None:
        table = rows.table
        marked = table.mutate(survey_first=table[LINE].min().over(group_by=[table[n] for n in described.key]))
        doubled = marked.filter(marked[LINE] > marked["survey_first"]).order_by(LINE).limit(1)
        for row in self.engine.arrow(doubled).to_pylist():
            raise InputError(
                f"the same key stands on line {row['survey_first']}.", file=rows.path, line=row[LINE],
                column=", ".join(described.key), value=", ".join(str(row[k]) for k in described.key),
                todo="Every row needs a key of its own: remove the second entry, or name more columns in `key`.",
            )  # fmt: skip


@dataclass(frozen=True)
class _Typed:
    """A file's rows with their types, how many there are, and those with something wrong, which has its text beside."""

    rows: ir.Table
    count: int
    bad: ir.Table


def _written(number: int) -> str:
    return f"__written{number}"


def _value(number: int) -> str:
    return f"__value{number}"


def _wrong(number: int) -> str:
    return f"__wrong{number}"


def _layers(texts: ir.Table, columns: Mapping[str, Column], decimal: str, engine: Engine) -> ir.Table:
    """For each column, by its number: the text as written, its value, and what was expected where it is not one.

    Each layer is a step of the engine, since the next mentions it several times.
    """
    numbered = list(enumerate(columns.items()))
    table = engine.step(texts.select(
        registers.LINE, **{_written(i): _trimmed(texts[column.source or name]) for i, (name, column) in numbered}
    ))  # fmt: skip
    table = engine.step(table.mutate(**{_value(i): _given(table[_written(i)], c) for i, (_, c) in numbered}))
    table = engine.step(table.mutate(
        **{f"__number{i}": _number(table[_value(i)], decimal) for i, (_, c) in numbered if c.type != "text"}
    ))  # fmt: skip
    values: dict[str, ir.Value] = {}
    for i, (_, column) in numbered:
        text = table[_value(i)]
        if column.type == "text":
            wrong = _no_code(text, column)
            values[_value(i)] = ibis.ifelse(wrong.isnull(), text, ibis.null("string"))
        else:
            number = table[f"__number{i}"]
            wrong = _no_number(text, number, column, decimal)
            values[_value(i)] = ibis.ifelse(wrong.isnull(), number, ibis.null("float64")).cast(_TYPES[column.type])
        if column.required:
            wrong = ibis.ifelse(text.isnull(), "a value", wrong)
        values[_wrong(i)] = wrong
    return table.mutate(**values)


def _trimmed(text: ir.StringValue) -> ir.StringValue:
    """A field without white space around it, of any script."""
    text = text.strip()
    beyond_ascii = (text.ascii_str() > 127) | (text.right(1).ascii_str() > 127)
    return ibis.ifelse(beyond_ascii, text.re_replace(f"^{_SPACE}+|{_SPACE}+$", ""), text)


def _given(written: ir.StringValue, column: Column) -> ir.StringValue:
    """What a field says, null where it says nothing."""
    text = written
    if column.before:
        at = written.find(column.before)
        text = ibis.ifelse(at < 0, written, written.substr(0, at))
    for nothing in ("", *column.missing):
        text = text.nullif(nothing)
    return text


def _number(text: ir.StringValue, decimal: str) -> ir.FloatingValue:
    if decimal == ",":
        text = ibis.ifelse(text.contains("."), ibis.null("string"), text.replace(",", "."))
    return ibis.ifelse(text.re_search(_NUMBER), text, ibis.null("string")).try_cast("float64")


def _no_code(text: ir.StringValue, column: Column) -> ir.StringValue:
    nothing = ibis.null("string")
    if not column.codes:
        return nothing
    known = text.isnull() | text.isin(column.codes)
    return ibis.ifelse(known, nothing, f"one of {', '.join(column.codes)}")


def _no_number(text: ir.StringValue, number: ir.FloatingValue, column: Column, decimal: str) -> ir.StringValue:
    expected = "a whole number" if column.type == "integer" else "a number"
    other = "," if decimal == "." else "."
    hint = f'{expected}; in this file the decimal mark is "{decimal}" (`decimal` in the process)'
    cases: list[tuple[ir.BooleanValue, str]] = [
        (text.notnull() & number.isnull() & text.re_search(rf"^[+-]?\d+[{other}]\d+$"), hint),
        (text.notnull() & (number.isnull() | number.isinf()), expected),
    ]
    if column.type == "integer":
        cases.append(((number % 1 != 0) | (number.abs() > WHOLE), expected))
    if column.at_least is not None:
        cases.append((number < column.at_least, f"{expected} from {column.at_least:g} on"))
    if column.at_most is not None:
        cases.append((number > column.at_most, f"{expected} up to {column.at_most:g}"))
    return ibis.cases(*cases, else_=ibis.null("string"))
