"""A sample: a table with a row per sampled unit, wherever that table lives.

A data frame (pandas, polars, Arrow), a Parquet file, a table of `engine.connect(url)` or an Ibis expression on any
engine become one thing here: an expression whose work with a row per unit is done by the engine it belongs to. Data
frames go to an engine of their own, in memory.

Engines ignore case in the names of columns and frames do not. Where the columns of a frame or file differ by nothing
else (R's ``fpc`` has ``nh`` and ``Nh``), all but the first are stored under another name, and every function here goes
on taking the names of the frame.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis
import ibis.common.exceptions
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.engine import Engine, connect
from sse_observatory.engine.engine import parquet_files

_TEXT = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".dta", ".sav", ".rds")

SampleLike = Any
"""What stands for a sample: `Sample`, Ibis table, Arrow, pandas or polars frame, mapping of columns, or the path of a
Parquet file or of a folder of them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A table with a row per sampled unit. Make one with `Sample.of`."""

    table: ir.Table
    name: str = "the sample"
    engine: Engine | None = field(default=None, repr=False, compare=False)
    """The engine made for a data frame or file; it closes when nobody holds the sample any more."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Columns that `table` has under another name than the data came with, since engines ignore case."""

    @classmethod
    def of(cls, data: SampleLike, name: str = "the sample") -> Sample:
        """The sample in `data`. Raises ObservatoryError where `data` is not a table."""
        if isinstance(data, Sample):
            return data
        if isinstance(data, ir.Table):
            twins = [c for c, stored in _stored_names(data.columns).items() if c != stored]
            if twins:
                first = next(c for c in data.columns if c.lower() == twins[0].lower())
                raise ObservatoryError(
                    f"The columns {first!r} and {twins[0]!r} of {name} are one to an engine, which ignores case.",
                    "Give the data frame or file itself, where both can be told apart, or rename one of them.",
                )
            return cls(data, name)
        own = connect("duckdb://")
        if isinstance(data, (str, Path)):
            if Path(data).suffix.lower() in _TEXT:
                raise ObservatoryError(
                    f"{data} is no Parquet file.",
                    "Read it first (pandas.read_csv, polars.read_csv) with the types of its columns; give the frame.",
                )
            table = own.read_parquet(Path(data))
            names = _names_in_file(parquet_files(Path(data))[0], table.columns)
            _refuse_twice(names)
            renamed = {c: stored for c, stored in zip(names, table.columns, strict=True) if c != stored}
            # A row group is read by one thread; further ones would only hold memory.
            own.limit_threads(max(1, min(own.row_groups(Path(data)), os.cpu_count() or 1)))
            return cls(table, str(data), own, renamed)
        arrow = _arrow(data)
        _refuse_twice(arrow.column_names)
        stored_names = _stored_names(arrow.column_names)
        table = own.create("sample", arrow.rename_columns(list(stored_names.values())))
        return cls(table, name, own, {c: stored for c, stored in stored_names.items() if c != stored})

    def __repr__(self) -> str:
        return f"Sample({self.name!r}, columns {', '.join(self.columns)})"

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, as the data came with them."""
        if not self.renamed:
            return tuple(self.table.columns)
        given = {stored: name for name, stored in self.renamed.items()}
        return tuple(given.get(c, c) for c in self.table.columns)

    def stored(self, *names: str) -> list[str]:
        """What columns are called in `table`."""
        return [self.renamed.get(n, n) for n in names]

    def column(self, name: str) -> ir.Column:
        """The column `name`. Raises NotFound with the nearest names."""
        if name not in self.columns:
            alike = [c for c in self.columns if c.lower() == name.lower()] or get_close_matches(name, self.columns, 1)
            hint = f"Did you mean {alike[0]!r}? " if alike else ""
            raise NotFound(
                f"There is no column {name!r} in {self.name}.",
                f"{hint}Columns: {', '.join(self.columns)}.",
            )
        return self.table[self.renamed.get(name, name)]

    def codes(self, name: str) -> ir.Column:
        """The column `name` as codes. Raises ObservatoryError for lists, intervals and the like."""
        column = self.column(name)
        kind = column.type()
        if kind.is_nested() or kind.is_binary() or kind.is_interval() or kind.is_json():
            raise ObservatoryError(
                f"The column {name!r} of {self.name} holds {_kind(kind)}, which cannot tell groups apart.",
                "Give codes: text, whole numbers, dates or yes and no.",
            )
        return column

    def number(self, name: str) -> ir.Column:
        """The column `name` as double-precision numbers. Raises ObservatoryError for text, dates and the like."""
        return as_number(self.column(name), name, self.name)

    def expression(self, make: Callable[[ir.Table], Any], what: str) -> Any:
        """What a function of the table gives. Raises NotFound where it asks for a column that is not there."""
        if not callable(make):
            raise ObservatoryError(
                f"{what} is a {type(make).__name__}, and a function of the table is needed.",
                "Write, for example, lambda t: t.age <= 24.",
            )
        try:
            return make(_Named(self) if self.renamed else self.table)  # type: ignore[arg-type]
        except (AttributeError, ibis.common.exceptions.IbisError, TypeError, ValueError) as error:
            said = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
            if isinstance(error, AttributeError) or "is not found in table" in said:
                raise NotFound(
                    f"{what} asks {self.name} for something it does not have: {said}.",
                    f"Columns: {', '.join(self.columns)}.",
                ) from None
            raise ObservatoryError(
                f"{what} cannot be computed: {said}.",
                "Conditions are joined by &, |, ~ and not by and, or, not, each in parentheses; one that is to count "
                "as a number is (…).cast('int8').",
            ) from None

    def mutate(self, **columns: ir.Value) -> Sample:
        """The sample with further columns."""
        return self.on(self.table.mutate(**columns))

    def on(self, table: ir.Table) -> Sample:
        """The sample with another table that has the same columns, or more."""
        return replace(self, table=table)

    def beside(self, rows: pa.Table) -> ir.Table:
        """A small table that expressions over the sample can be joined with."""
        if self.engine is not None:
            return self.engine.create(f"beside_{uuid4().hex}", rows)
        return ibis.memtable(rows)

    def arrow(self, expression: ir.Expr) -> pa.Table:
        """The result of an expression over the sample, as an Arrow table, from the engine the sample lives in."""
        table = expression.as_table()
        if self.engine is not None:
            return self.engine.arrow(table)
        return ibis.get_backend(table).to_pyarrow(table)

    def units(self, expression: ir.Table, codes: Sequence[str]) -> pa.Table:
        """The result of an expression with a row per unit, read piece by piece; `codes` become dictionaries.

        Text and identifiers repeat, so as dictionaries they take a few bytes a unit instead of many.
        """
        pieces = self._batches(expression, 250_000)
        schema = expression.schema().to_pyarrow()
        found = []
        for piece in pieces:
            columns = [
                column.dictionary_encode() if name in codes else column
                for name, column in zip(piece.schema.names, piece.columns, strict=True)
            ]
            found.append(pa.table(columns, names=piece.schema.names))
        if not found:
            return schema.empty_table()
        return pa.concat_tables(found, promote_options="permissive").unify_dictionaries().combine_chunks()

    def pieces(self, expression: ir.Table, rows: int) -> Iterator[pa.Table]:
        """The result of an expression in pieces of about `rows` rows, for what need not be held at once."""
        for batch in self._batches(expression, rows):
            yield pa.Table.from_batches([batch])

    def _batches(self, expression: ir.Table, rows: int) -> Iterator[pa.RecordBatch]:
        if self.engine is not None:
            return self.engine.batches(expression, rows)
        return iter(ibis.get_backend(expression).to_pyarrow_batches(expression, chunk_size=rows))

    def row(self, **values: ir.Value) -> dict[str, Any]:
        """One row of aggregates as Python values."""
        return self.arrow(self.table.aggregate(**values)).to_pylist()[0]


class _Named:
    """The table of a sample by the names the data came with, for functions of the table."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self.columns = sample.columns

    def __getattr__(self, name: str) -> Any:
        return self[name] if name in self._sample.renamed else getattr(self._sample.table, name)

    def __getitem__(self, name: Any) -> Any:
        renamed = self._sample.renamed
        return self._sample.table[renamed.get(name, name) if isinstance(name, str) else name]


def _stored_names(names: Sequence[str]) -> dict[str, str]:
    """Columns to names that differ by more than case: of those that do not, the first keeps its own."""
    taken = {n.lower() for n in names}
    met: set[str] = set()
    found = {}
    for name in names:
        stored, number = name, 1
        if name.lower() in met:
            while stored.lower() in taken:
                number += 1
                stored = f"{name}_{number}"
            taken.add(stored.lower())
        met.add(name.lower())
        found[name] = stored
    return found


def _names_in_file(path: Path, read: Sequence[str]) -> Sequence[str]:
    """The columns of a Parquet file; the engine reads twins, in the order of the file, as ``name`` and ``name_1``."""
    there = {c.lower() for c in read}
    if not any((found := re.fullmatch(r"(.*)_\d+", c, re.DOTALL)) and found[1].lower() in there for c in read):
        return read
    import pyarrow.parquet as pq  # several megabytes that few samples need

    names: Sequence[str] = pq.read_schema(path).names
    return [*names, *read[len(names) :]]  # parts of the path of a file in a folder are columns too


def _refuse_twice(names: Sequence[str]) -> None:
    twice = [n for i, n in enumerate(names) if n in names[:i]]
    if twice:
        raise ObservatoryError(f"The sample has two columns {twice[0]!r}.", "Drop or rename one of them.")


def as_number(column: ir.Column, name: str, sample: str) -> ir.Column:
    """`column` as double precision; booleans count 1 and 0. Raises ObservatoryError for anything that is no number."""
    kind = column.type()
    if isinstance(kind, dt.Boolean):
        return column.cast("int8").cast("float64")
    if not isinstance(kind, dt.Numeric):
        raise ObservatoryError(
            f"The column {name!r} of {sample} holds {_kind(kind)}, and a number is needed.",
            f"Convert it, for example cast it to float64; for the share of a code use proportion({name!r}, code).",
        )
    return column if isinstance(kind, dt.Float64) else column.cast("float64")


def _kind(kind: dt.DataType) -> str:
    return "text" if isinstance(kind, dt.String) else f"values of type {kind}"


def _arrow(data: Any) -> pa.Table:
    if isinstance(data, pa.Table):
        return _plain(data)
    if isinstance(data, (pa.RecordBatch, pa.RecordBatchReader)):
        return _plain(pa.table(data) if isinstance(data, pa.RecordBatch) else data.read_all())
    if type(data).__module__.split(".")[0] == "pandas":
        if not hasattr(data, "columns"):
            raise ObservatoryError("A sample is a table, not a single column.", "Give a DataFrame.")
        try:
            # An index with names of its own is columns that were set aside.
            named = not {None, *data.columns} & set(data.index.names)
            return _plain(pa.Table.from_pandas(data, preserve_index=named))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError) as error:
            raise _unreadable(error) from None
    if hasattr(data, "collect") and not hasattr(data, "__arrow_c_stream__"):
        data = data.collect()  # a lazy frame
    if hasattr(data, "__arrow_c_stream__"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _plain(pa.table(data))
    if isinstance(data, Mapping):
        try:
            return _plain(pa.table({name: _values(values) for name, values in data.items()}))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError) as error:
            raise _unreadable(error) from None
    raise ObservatoryError(
        f"A {type(data).__name__} is not a table.",
        "Give a DataFrame (pandas, polars, Arrow), an engine table, an Ibis expression or the path of a Parquet file.",
    )


def _unreadable(error: Exception) -> ObservatoryError:
    said = "; ".join(str(a) for a in error.args) or type(error).__name__
    return ObservatoryError(
        f"The columns of the sample cannot be read as one table: {said}.",
        "Give columns of different names and equal length, with one kind of value each.",
    )


def _values(values: Any) -> Any:
    return values if isinstance(values, (pa.Array, pa.ChunkedArray)) or hasattr(values, "__array__") else list(values)


_NUMBERS_OF_NO_ENGINE = (pa.types.is_null, pa.types.is_float16, pa.types.is_decimal256)


def _plain(table: pa.Table) -> pa.Table:
    """Dictionary columns as their values: engines differ in what they do with categories that never occur.

    A column without any value is one of numbers, all missing; numbers of a size that engines do not know are doubles.
    """
    for i, column in enumerate(table.schema):
        if any(no_engine(column.type) for no_engine in _NUMBERS_OF_NO_ENGINE):
            table = table.set_column(i, column.name, table.column(i).cast(pa.float64()))
        if pa.types.is_dictionary(column.type):
            kind = column.type.value_type
            kind = pa.string() if pa.types.is_string_view(kind) else kind
            pieces = [c.dictionary.cast(kind).take(c.indices) for c in table.column(i).chunks]
            table = table.set_column(i, column.name, pa.chunked_array(pieces, kind))
    return table


def listed(names: Sequence[str] | str | None) -> tuple[str, ...]:
    """One name or several, as a tuple."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)
