"""The observations a data query selects, kept as codes until they are written.

The releases hold every text column as codes on a dictionary. A selection keeps the codes of the chosen rows and
only the dictionary values they use; a writer renders each distinct value once and copies it by code. Rows stay in
the order of the key with time last, so the observations of a series are neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.releases import Opened
from sse_observatory.sdmx import words
from sse_observatory.sdmx.artefacts import Constraint, constraint_id
from sse_observatory.sdmx.errors import SdmxError
from sse_observatory.sdmx.queries import AvailabilityQuery, DataQuery, FlowRef, Key, Limits, bounds
from sse_observatory.structures import AGENCY, Dataflow

ALL_DIMENSIONS = "AllDimensions"
TIME = "TIME_PERIOD"
Rows = np.ndarray[Any, np.dtype[np.int64]]
Codes = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Column:
    """One component over the selected rows: `codes` point into `values`; None is an absent attribute."""

    codes: Codes
    values: tuple[str | None, ...]


@dataclass(frozen=True)
class Selection:
    """Observations in the order they are written.

    `columns` holds dimensions and attributes by id; `measures` the values (decimal, null where the status has
    none); `starts` is True where a new series begins; `fictional` names the invented areas that occur.
    """

    flow: Dataflow
    columns: dict[str, Column]
    measures: pa.Array
    starts: np.ndarray[Any, np.dtype[np.bool_]]
    fictional: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.measures)

    def blocks(self, size: int) -> Iterator[slice]:
        """Slices of at most `size` rows that cover the selection."""
        for first in range(0, len(self), size):
            yield slice(first, min(first + size, len(self)))

    def measure_text(self, block: slice) -> pa.Array:
        """The values of a block as text with the digits DECIMALS asks for; never rounded, null where absent."""
        values = self.measures.slice(block.start, block.stop - block.start)
        decimals = self.columns.get("DECIMALS")
        if decimals is None:
            return format_values(values, None)
        digits = [_digits(v) for v in decimals.values]
        if len(digits) == 1:
            return format_values(values, digits[0])
        codes = decimals.codes[block]
        result = pa.nulls(len(values), pa.string())
        for code, wanted in enumerate(digits):
            mask = codes == code
            if mask.any():
                result = pc.if_else(pa.array(mask), format_values(values, wanted), result)
        return result


def _digits(decimals: str | None) -> int | None:
    return int(decimals) if decimals is not None and decimals.isascii() and decimals.isdigit() else None


def format_values(values: pa.Array, digits: int | None) -> pa.Array:
    """Decimals as text with exactly `digits` digits after the point, more where a value has more: nothing is rounded.

    None writes as few digits as the value needs.
    """
    scale = values.type.scale
    shortest = pc.replace_substring_regex(pc.cast(values, pa.string()), r"\.?0+$", "") if scale else None
    if digits is None:
        return shortest if shortest is not None else pc.cast(values, pa.string())
    rescaled = pa.decimal128(38, min(digits, scale))
    try:
        written = pc.cast(pc.cast(values, rescaled), pa.string())
    except pa.ArrowInvalid:
        # Towards zero, because rounding up the greatest values would not fit their type.
        cut = pc.round(values, ndigits=min(digits, scale), round_mode="towards_zero")
        exact = pc.equal(cut, values)
        fitting = pc.if_else(exact, values, pa.scalar(None, values.type))
        written = pc.if_else(exact, pc.cast(pc.cast(fitting, rescaled), pa.string()), shortest)
    padding = "0" * (digits - scale)
    return pc.binary_join_element_wise(written, padding, "") if padding else written


def _encoded(opened: Opened, name: str) -> pa.DictionaryArray:
    """A text column of the release as one dictionary-encoded array."""
    column = opened.encoded[name]
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _column(opened: Opened, name: str, rows: Rows | None) -> Column:
    """A column over `rows` (None: all), with only the values that occur there; null is a value of its own."""
    array = _encoded(opened, name)
    absent = len(array.dictionary)
    codes = array.indices.cast(pa.int32()).fill_null(absent).to_numpy(zero_copy_only=False)
    if rows is not None:
        codes = codes[rows]
    used = np.zeros(absent + 1, dtype=bool)
    used[codes] = True
    values = array.dictionary.take(pa.array(np.flatnonzero(used[:absent]))).to_pylist()
    if not used[:absent].all():
        codes = (np.cumsum(used, dtype=np.int32) - 1)[codes]
    return Column(codes, (*values, None) if used[absent] else tuple(values))


def series_dimensions(flow: Dataflow, at: str) -> tuple[str, ...]:
    """The dimensions of the series key when `at` is the dimension at the observation."""
    return tuple(d.id for d in flow.structure.dimensions if d.id != at)


def dimension_at(flow: Dataflow, at: str) -> str:
    """The dimension at the observation, TIME_PERIOD where none is named. Raises SdmxError 150 for no dimension."""
    dimensions = [d.id for d in flow.structure.dimensions]
    if at and at != ALL_DIMENSIONS and at not in dimensions:
        raise SdmxError(150, "dimension", what=at, flow=flow.id, dimensions=", ".join(dimensions))
    return at or TIME


def select(opened: Opened, query: DataQuery, limits: Limits) -> Selection:
    """The observations `query` asks for.

    Raises SdmxError 100 if there are none, 130 if there are too many, 150 if the key does not fit the dataflow.
    """
    flow = opened.dataflow
    at = dimension_at(flow, query.at)
    if query.detail in ("serieskeysonly", "nodata") and at == ALL_DIMENSIONS:
        raise SdmxError(150, "keys_are_series", detail=query.detail)
    rows = _rows(opened, query.key, query.providers, query.start, query.end)
    if query.first is not None or query.last is not None:
        rows = _ends(opened, rows, query.first, query.last)
    if query.detail in ("serieskeysonly", "nodata"):
        names = series_dimensions(flow, at)
        rows = rows[np.sort(np.unique(_combined(opened, names, rows), return_index=True)[1])]
    if len(rows) == 0:
        raise SdmxError(100, "no_results")
    if len(rows) > limits.observations:
        raise SdmxError(130, "too_large", count=len(rows), limit=limits.observations)
    if at not in (TIME, ALL_DIMENSIONS):
        rows = rows[np.argsort(_combined(opened, (*series_dimensions(flow, at), at), rows), kind="stable")]
    whole = len(rows) == opened.encoded.num_rows and at in (TIME, ALL_DIMENSIONS)
    taken = None if whole else rows
    columns = {
        name: _column(opened, name, taken)
        for name in (*(d.id for d in flow.structure.dimensions), *(a.id for a in flow.structure.attributes))
    }
    measures = opened.encoded["OBS_VALUE"] if whole else opened.encoded["OBS_VALUE"].take(pa.array(rows))
    measures = measures.combine_chunks()
    if isinstance(measures, pa.ChunkedArray):
        measures = measures.chunk(0)
    area = columns.get("REF_AREA")
    fictional = tuple(v for v in area.values if v in opened.fictional_areas) if area else ()
    if fictional and area is not None and "COMMENT" in columns:
        columns["COMMENT"] = _marked(columns["COMMENT"], area, fictional)
    starts = np.zeros(len(rows), dtype=bool)
    starts[0] = True
    if at != ALL_DIMENSIONS:
        for name in series_dimensions(flow, at):
            codes = columns[name].codes
            starts[1:] |= codes[1:] != codes[:-1]
    return Selection(flow, columns, measures, starts, tuple(f for f in fictional if f is not None))


def _marked(comment: Column, area: Column, fictional: Sequence[str | None]) -> Column:
    """COMMENT with the mark of an invented country at its head wherever the area is one."""
    invented = np.array([v in fictional for v in area.values], dtype=bool)[area.codes]
    marked = tuple(
        words.FICTIONAL_COMMENT if not v else v if v.startswith(words.FICTIONAL_COMMENT)
        else f"{words.FICTIONAL_COMMENT}. {v}"
        for v in comment.values
    )
    codes = (comment.codes + invented * len(comment.values)).astype(np.int32)
    return Column(codes, comment.values + marked)


def _rows(opened: Opened, key: Key | None, providers: Sequence[str], start: str, end: str) -> Rows:
    """The rows that pass the key, the provider and the period, in the order of the release."""
    flow = opened.dataflow
    dimensions = flow.structure.key
    encoded = opened.encoded
    if key is not None and len(key) != len(dimensions):
        raise SdmxError(
            150, "key_parts", found=len(key), expected=len(dimensions), flow=flow.id, dimensions=".".join(dimensions)
        )
    if "all" not in providers and not {p.split(",")[-1] for p in providers} & {AGENCY, flow.agency}:
        return np.zeros(0, dtype=np.int64)
    wanted: list[tuple[str, set[str]]] = [
        (name, set(codes)) for name, codes in zip(dimensions, key or (), strict=False) if codes
    ]
    if start or end:
        first = bounds(start)[0] if start else None
        last = bounds(end)[1] if end else None
        periods = {v: bounds(v) for v in encoded[TIME].unique().to_pylist()}
        inside = {
            v for v, (begin, finish) in periods.items()
            if (first is None or begin >= first) and (last is None or finish <= last)
        }
        wanted.append((TIME, inside))
    rows: Rows | None = None
    for name, chosen in wanted:
        column = _encoded(opened, name)
        accepted = np.array([v in chosen for v in column.dictionary.to_pylist()], dtype=bool)
        if accepted.all():
            continue
        codes = column.indices.to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(accepted[codes]) if rows is None else rows[accepted[codes[rows]]]
    return np.arange(encoded.num_rows, dtype=np.int64) if rows is None else rows


def _combined(opened: Opened, names: Sequence[str], rows: Rows) -> Rows:
    """One integer for each row that orders and identifies rows as the columns `names` together do."""
    key = np.zeros(len(rows), dtype=np.int64)
    size = 1
    for name in names:
        column = _column(opened, name, rows)
        width = max(len(column.values), 1)
        if size * width >= 2**62:
            distinct, key = np.unique(key, return_inverse=True)
            size = max(len(distinct), 1)
        key = key * width + column.codes
        size *= width
    return key


def _ends(opened: Opened, rows: Rows, first: int | None, last: int | None) -> Rows:
    """The `first` and the `last` observations of each series over time."""
    if len(rows) == 0:
        return rows
    key = _combined(opened, opened.dataflow.structure.key, rows)
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    lengths = np.diff(np.append(begins, len(rows)))
    place = np.arange(len(rows)) - np.repeat(begins, lengths)
    keep = np.zeros(len(rows), dtype=bool)
    if first is not None:
        keep |= place < first
    if last is not None:
        keep |= place >= np.repeat(lengths, lengths) - last
    return rows[keep]


def actual_content(opened: Opened, query: AvailabilityQuery | None = None) -> Constraint:
    """Which codes of each dimension occur in a dataflow, or in the part of it a query selects.

    With ``mode=available`` a dimension lists the codes that occur when its own part of the key is left open.
    Raises SdmxError 100 if nothing is selected, 150 if the query does not fit the dataflow.
    """
    flow = opened.dataflow
    query = query or AvailabilityQuery(FlowRef(flow.id, flow.agency, flow.version))
    dimensions = [d.id for d in flow.structure.dimensions]
    if query.component != "all" and query.component not in dimensions:
        raise SdmxError(150, "dimension", what=query.component, flow=flow.id, dimensions=", ".join(dimensions))
    rows = _rows(opened, query.key, query.providers, query.start, query.end)
    if len(rows) == 0:
        raise SdmxError(100, "no_results")
    values: dict[str, tuple[str, ...]] = {}
    days: tuple[str, str] | None = None
    for at, dimension in enumerate(flow.structure.dimensions):
        if query.component not in ("all", dimension.id):
            continue
        seen = rows
        if query.mode == "available" and query.key is not None and not dimension.is_time:
            opened_key = (*query.key[:at], (), *query.key[at + 1:])
            seen = _rows(opened, opened_key, query.providers, query.start, query.end)
        found = [v for v in _column(opened, dimension.id, seen).values if v is not None]
        if dimension.is_time:
            spans = [bounds(v) for v in found]
            days = (min(s[0] for s in spans).isoformat(), max(s[1] for s in spans).isoformat())
        else:
            values[dimension.id] = tuple(found)
    return Constraint(flow, values, days, len(rows), constraint_id(flow))
