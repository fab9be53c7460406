"""Read the files of a survey's round as its process describes them: nothing is guessed, nothing dropped silently.

What the design rests on (columns that are `required`, the key) must be right on every row, because a sample with holes
in its design is none. An answer that cannot be read sets its row aside with the reason; its unit counts as not having
answered.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sse_observatory.catalogue.surveys import PERIOD, Column, DataFile, Margin, Survey
from sse_observatory.core import InputError, Period, file_hash

Value = str | float | int | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row, or an answer of it, set aside: where, which column, what stood there, and why. Restricted."""

    file: str
    line: int
    column: str
    value: str
    reason: str


@dataclass
class Rows:
    """The rows of a file: values by column, the line each stands on, and the rows whose answers cannot be used."""

    path: Path
    columns: dict[str, list[Value]]
    lines: list[int]
    unusable: set[int] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)
    first_fault: InputError | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def key(self, names: Sequence[str], row: int) -> tuple[Value, ...]:
        """The values of some columns on one row."""
        return tuple(self.columns[name][row] for name in names)

    def set_aside(self, row: int, column: str, value: str, reason: str) -> None:
        """Note a row whose answers cannot be used."""
        self.unusable.add(row)
        self.rejected.append(Rejected(self.path.name, self.lines[row], column, value, reason))


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


def file_of(data: Path, name: str, period: Period) -> Path:
    """A file of the round of `period`. Raises InputError where it is not there."""
    path = data / name.replace(PERIOD, period.code)
    if not path.is_file():
        raise InputError(
            "the file is not there.", file=path, todo="Put it into the folder, or leave the round out with `periods`."
        )
    return path


def hashes(survey: Survey, data: Path, period: Period) -> dict[str, str]:
    """SHA-256 of every file of a round, by its name in the folder."""
    return {
        name.replace(PERIOD, period.code): file_hash(file_of(data, name, period)) for name in survey.files
    }


def read(data: Path, described: DataFile, period: Period) -> Rows:
    """The rows of a file of the round of `period`. Raises InputError for what cannot be a row of the sample."""
    path = file_of(data, described.file, period)
    rows = Rows(path, {name: [] for name in described.columns}, [])
    places = {name: column.source or name for name, column in described.columns.items()}
    names = tuple(dict.fromkeys(places.values()))
    for line, raw in _records(path, names, described.delimiter, described.encoding):
        row = len(rows.lines)
        rows.lines.append(line)
        for name, column in described.columns.items():
            written = raw[places[name]].strip()
            value, wrong = _value(written.split(column.before)[0] if column.before else written, column)
            rows.columns[name].append(value)
            if wrong is None and value is None and column.required:
                wrong = "a value"
            if wrong is None:
                continue
            fault = InputError(
                "this value cannot be used.", file=path, line=line, column=places[name], value=written,
                expected=wrong,
                todo="Correct the file, or the description of the column in the process.",
            )  # fmt: skip
            if column.required:
                raise fault
            rows.first_fault = rows.first_fault or fault
            rows.set_aside(row, name, written, f"expected {wrong}")
    if not rows.lines:
        raise InputError("the file has no rows.", file=path, todo="Give the file with its rows.")
    _refuse_doubles(rows, described)
    return rows


def _records(
    path: Path, names: Sequence[str], delimiter: str, encoding: str
) -> list[tuple[int, Mapping[str, str]]]:
    """The records of a delimited file with the line each begins on, as text by column."""
    try:
        text = path.read_text(encoding="utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"the file is not {encoding} (byte {error.start}).", file=path,
            todo="Save it in that encoding, or state its encoding in the process.",
        ) from None  # fmt: skip
    except LookupError:
        raise InputError(
            f"there is no encoding {encoding!r}.", file=path, todo="Write utf-8, cp1252 or another that Python knows."
        ) from None
    found: list[tuple[int, Mapping[str, str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        header = [name.strip() for name in next(reader, [])]
        doubled = next((n for n in header if n and header.count(n) > 1), None)
        if doubled is not None:
            todo = "Remove one of them."
            raise InputError("the column is there twice.", file=path, line=1, column=doubled, todo=todo)
        for name in names:
            if name not in header:
                raise InputError(
                    "the column is missing.", file=path, line=1, column=name, expected=", ".join(names),
                    todo="Correct the file, its delimiter, or the columns the process names.",
                )  # fmt: skip
        before = reader.line_num
        for fields in reader:
            line, before = before + 1, reader.line_num
            if not fields:
                continue
            if len(fields) != len(header):
                raise InputError(
                    f"the row has {len(fields)} fields and the header {len(header)}.", file=path, line=line,
                    todo="Correct the row; a text that holds the delimiter stands in quotes.",
                )  # fmt: skip
            found.append((line, dict(zip(header, fields, strict=True))))
    except csv.Error as error:
        raise InputError(str(error), file=path, line=before + 1, todo="Correct the quotes of the row.") from None
    return found


def _value(written: str, column: Column) -> tuple[Value, str | None]:
    """The value of a field, and what was expected where it is not one."""
    if written == "" or written in column.missing:
        return None, None
    if column.type == "text":
        if column.codes and written not in column.codes:
            return None, f"one of {', '.join(column.codes)}"
        return written, None
    expected = "a whole number" if column.type == "integer" else "a number"
    try:
        number = float(written)
    except ValueError:
        return None, expected
    if not math.isfinite(number) or (column.type == "integer" and number != int(number)):
        return None, expected
    if column.at_least is not None and number < column.at_least:
        return None, f"{expected} from {column.at_least:g} on"
    if column.at_most is not None and number > column.at_most:
        return None, f"{expected} up to {column.at_most:g}"
    return (int(number) if column.type == "integer" else number), None


def _refuse_doubles(rows: Rows, described: DataFile) -> None:
    seen: dict[tuple[Value, ...], int] = {}
    for row in range(len(rows)):
        key = rows.key(described.key, row)
        if key in seen:
            raise InputError(
                f"the same key stands on line {seen[key]}.", file=rows.path, line=rows.lines[row],
                column=", ".join(described.key), value=", ".join(str(k) for k in key),
                todo="Every row needs a key of its own: remove the second entry, or name more columns in `key`.",
            )  # fmt: skip
        seen[key] = rows.lines[row]


def known_totals(
    data: Path, margin: Margin, period: Period
) -> tuple[Path, dict[tuple[str, ...], float]]:
    """The totals of a margin from its file, added up over everything the margin does not tell apart."""
    assert margin.file is not None and margin.total is not None
    path = file_of(data, margin.file, period)
    columns = margin.codes or margin.columns
    totals: dict[tuple[str, ...], float] = {}
    count = Column(type="number", at_least=0)
    for line, raw in _records(path, (*columns, margin.total), margin.delimiter, margin.encoding):
        written = raw[margin.total].strip()
        value, wrong = _value(written, count)
        if value is None:
            raise InputError(
                "this is no control total.", file=path, line=line, column=margin.total, value=written,
                expected=wrong or "a number", todo="Correct the file of control totals.",
            )  # fmt: skip
        codes = tuple(margin.recode.get(raw[c].strip(), raw[c].strip()) for c in columns)
        totals[codes] = totals.get(codes, 0.0) + float(value)
    if not totals:
        raise InputError("the file has no control totals.", file=path, todo="Give a row for each class.")
    return path, totals
