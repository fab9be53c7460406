"""Tables of observations as the waist handles them: conforming, sorted, dictionary-encoded, selectable.

A published table is read far more often than written. It is kept sorted by its key with every text
column dictionary-encoded on a sorted dictionary, so that a selection compares a few codes instead of
a million strings.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.core import NotFound, ObservatoryError, Period, Unsafe
from sse_observatory.releases.model import VALUE_TYPE, observation_schema
from sse_observatory.structures import Dataflow

UNENCODED = frozenset({"OBS_VALUE", "FINGERPRINT"})
"""Columns kept as they are: their values hardly repeat, so a dictionary of them would only cost."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_RADIX_LIMIT = 2**62


def conform(table: pa.Table, dataflow: Dataflow) -> pa.Table:
    """`table` in exactly `observation_schema(dataflow)`, sorted by its key; absent attributes are null.

    Columns may come in any order, dictionary-encoded or as large strings, values as integers or
    decimals. Raises Unsafe for a column the structure does not have (it could carry anything out),
    ObservatoryError for a missing column, a null dimension, a type that is not exact.
    """
    schema = observation_schema(dataflow)
    optional = {a.id for a in dataflow.structure.attributes}
    extra = sorted(set(table.column_names) - set(schema.names))
    if extra:
        raise Unsafe(
            f"{dataflow.id}: column(s) {', '.join(extra)} are not in the data structure",
            "Remove them, or add them to the data structure: nothing else is published.",
        )
    if len(set(table.column_names)) != len(table.column_names):
        raise ObservatoryError(f"{dataflow.id}: a column occurs twice", "Give every column its own name.")
    missing = [n for n in schema.names if n not in table.column_names and n not in optional]
    if missing:
        raise ObservatoryError(f"{dataflow.id}: column(s) {', '.join(missing)} are missing",
                               "Build the table in observation_schema(dataflow).")
    columns = {}
    for field in schema:
        if field.name not in table.column_names:
            columns[field.name] = pa.nulls(table.num_rows, pa.string())
        elif field.name == "OBS_VALUE":
            columns[field.name] = _exact(table[field.name], dataflow.id)
        else:
            columns[field.name] = _text(table[field.name], field.name, dataflow.id, field.name in optional)
        if not field.nullable and columns[field.name].null_count:
            raise ObservatoryError(
                f"{dataflow.id}: {field.name} is null in {columns[field.name].null_count} observation(s)",
                f"Give every observation its {field.name}: totals have a code of their own, `_T`.",
            )
    dims = [d.id for d in dataflow.structure.dimensions]
    encoded = {name: sorted_dictionary(columns[name]) for name in dims}
    order = np.argsort(combined_key([encoded[name] for name in dims], table.num_rows), kind="stable")
    return pa.table(columns, schema=schema).take(pa.array(order))


def _exact(column: pa.ChunkedArray, where: str) -> pa.Array:
    if not (pa.types.is_integer(column.type) or pa.types.is_decimal(column.type) or pa.types.is_null(column.type)):
        raise ObservatoryError(f"{where}: OBS_VALUE has type {column.type}, whose sums are not exact",
                               "Give decimals or integers.")
    try:
        return single(column.cast(VALUE_TYPE))
    except pa.ArrowInvalid as error:
        raise ObservatoryError(f"{where}: a value does not fit {VALUE_TYPE}: {error}",
                               "Round to six decimals before publishing.") from error


def _text(column: pa.ChunkedArray, name: str, where: str, attribute: bool) -> pa.Array:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise ObservatoryError(f"{where}: {name} has type {kind}, not text", "Give codes and texts as strings.")
    text = single(column.cast(pa.string()))
    # An empty attribute says the same as an absent one; keeping both would make two releases of one content.
    return pc.if_else(pc.equal(text, ""), None, text) if attribute else text


def single(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column as one array."""
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column


def sorted_dictionary(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    """A text column as int32 codes into its sorted distinct values; nulls stay null."""
    array = single(column)
    if not pa.types.is_dictionary(array.type):
        array = pc.dictionary_encode(array)
    values = array.dictionary
    order = pc.sort_indices(values).to_numpy(zero_copy_only=False)
    rank = np.empty(len(values), dtype=np.int32)
    rank[order] = np.arange(len(values), dtype=np.int32)
    indices = array.indices
    if indices.null_count:
        mask = indices.is_null().to_numpy(zero_copy_only=False)
        filled = indices.fill_null(0).to_numpy(zero_copy_only=False)
        codes = pa.array(rank[filled] if len(values) else filled.astype(np.int32), mask=mask)
    else:
        codes = pa.array(rank[indices.to_numpy(zero_copy_only=False)])
    return pa.DictionaryArray.from_arrays(codes.cast(pa.int32()), values.take(pa.array(order)))


def encode(table: pa.Table) -> pa.Table:
    """`table` in one chunk with every text column in `sorted_dictionary` form."""
    table = table.unify_dictionaries()
    return pa.table({
        name: single(table[name]) if name in UNENCODED else sorted_dictionary(table[name])
        for name in table.column_names
    })


def decode(table: pa.Table) -> pa.Table:
    """`table` with its dictionary-encoded columns as plain strings."""
    return pa.table({
        name: table[name].cast(pa.string()) if pa.types.is_dictionary(table[name].type) else table[name]
        for name in table.column_names
    })


def codes_of(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray[Any, Any], list[str]]:
    """The codes (−1 for null) and the values of an encoded column."""
    array = single(column)
    return array.indices.fill_null(-1).to_numpy(zero_copy_only=False), array.dictionary.to_pylist()


def combined_key(columns: Sequence[pa.DictionaryArray], rows: int) -> np.ndarray[Any, Any]:
    """One integer for each row that orders and identifies rows as the encoded `columns` together do."""
    key = np.zeros(rows, dtype=np.int64)
    size = 1
    for column in columns:
        width = max(len(single(column).dictionary), 1)
        if size * width >= _RADIX_LIMIT:
            distinct, key = np.unique(key, return_inverse=True)
            size = max(len(distinct), 1)
        codes, _ = codes_of(column)
        key = key * width + codes
        size *= width
    return key


def described(table: pa.Table, row: int, dims: Iterable[str]) -> str:
    """The key of one row, as a reader writes it: ``REF_AREA=KEN FREQ=A …``."""
    return " ".join(f"{name}={table[name][row].as_py()}" for name in dims)


def positions(
    encoded: pa.Table, filters: Mapping[str, Collection[str]], start: str | None, end: str | None
) -> np.ndarray[Any, Any] | None:
    """The rows of an encoded table that pass all filters; None for all rows. Raises NotFound for an unknown column."""
    keep: np.ndarray[Any, Any] | None = None
    wanted: list[tuple[str, set[str]]] = []
    for name, codes in filters.items():
        if name not in encoded.column_names or name in UNENCODED:
            near = difflib.get_close_matches(name, encoded.column_names, 1)
            raise NotFound(f"there is no column {name!r} to select by",
                           f"Use {near[0]!r}." if near else f"Columns: {', '.join(encoded.column_names)}.")
        wanted.append((name, {codes} if isinstance(codes, str) else set(codes)))
    if start is not None or end is not None:
        first, last = day_from(start, first=True), day_from(end, first=False)
        _, values = codes_of(encoded["TIME_PERIOD"])
        within = {v for v in values if _inside(Period.parse(v), first, last)}
        wanted.append(("TIME_PERIOD", within))
    for name, chosen in wanted:
        indices, values = codes_of(encoded[name])
        # The last place answers for code −1, a null, which no filter chooses.
        accepted = np.array([*(v in chosen for v in values), False], dtype=bool)
        keep = np.flatnonzero(accepted[indices]) if keep is None else keep[accepted[indices[keep]]]
    return keep


def day_from(limit: str | None, first: bool) -> date | None:
    """The first or last day of a limit given as a period (``2020``, ``2020-Q1`` …) or as a day. Raises NotFound."""
    if limit is None:
        return None
    try:
        if _DAY.fullmatch(limit):
            return date.fromisoformat(limit)
        period = Period.parse(limit)
    except ValueError as error:
        raise NotFound(f"{limit!r} is neither a period nor a day",
                       "Write 2020, 2020-S1, 2020-Q1, 2020-06 or 2020-06-30.") from error
    return period.start if first else period.end


def _inside(period: Period, first: date | None, last: date | None) -> bool:
    return (first is None or period.start >= first) and (last is None or period.end <= last)
