"""Totals without rounding, and totals alone.

Where weights and variable are whole numbers or decimals, their products are added up exactly by the engine. A file
that comes with weights and no design can still be added up; it has no standard errors, and none are made up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from sse_observatory.core import ObservatoryError
from sse_observatory.engine import exact_sum
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.rollup import (
    Missing,
    Variable,
    cell_column,
    factor,
    refuse_unknown_codes,
    roll_up,
)
from sse_observatory.production.estimation.sample import Sample, SampleLike
from sse_observatory.production.estimation.statistics import Statistic, Total
from sse_observatory.structures import TOTAL

_DIGITS = 18
"""Digits of a factor whose products can be added up exactly."""
_SUM_DIGITS = 38
"""Digits of a sum that engines add up exactly."""


def exact_column(sample: Sample, variable: Variable | None, weight: str) -> ir.Value | None:
    """Weight times variable as a decimal column, None where one of them is a binary fraction."""
    factors: list[Any] = [sample.column(weight)]
    if variable is not None:
        if variable.expression is not None or variable.equals is not None:
            return None
        factors.append(sample.column(variable.column))
    if not all(_countable(column.type()) for column in factors) or not _fits(sample, factors):
        return None
    product: Any = None
    for column in factors:
        kind = column.type()
        if isinstance(kind, dt.Boolean):
            column = column.cast("int8")
        scale = (kind.scale or 0) if isinstance(kind, dt.Decimal) else 0
        column = column.cast(dt.Decimal(_DIGITS, scale))
        product = column if product is None else product * column
    made: ir.Value = product
    return made


def _countable(kind: dt.DataType) -> bool:
    """Whether values of this type are whole numbers or decimals."""
    if isinstance(kind, dt.Decimal):
        return kind.scale is not None and kind.precision is not None and kind.precision <= _DIGITS
    return isinstance(kind, (dt.Boolean, dt.Integer))


def _fits(sample: Sample, factors: Sequence[Any]) -> bool:
    """Whether the sum of the products has no more digits than the engine adds up exactly."""
    count: Any = sample.table.count()
    asked: dict[str, ir.Value] = {"rows": count}
    for i, column in enumerate(factors):
        if isinstance(column.type(), dt.Integer):
            asked |= {f"low{i}": column.min(), f"high{i}": column.max()}
    found = sample.row(**asked)
    digits = len(str(found["rows"]))
    for i, column in enumerate(factors):
        kind = column.type()
        if isinstance(kind, dt.Decimal):
            digits += int(kind.precision or 0)
        elif isinstance(kind, dt.Integer):
            width = max(len(str(abs(found[f"{end}{i}"] or 0))) for end in ("low", "high"))
            if width > _DIGITS:
                return False
            digits += width
    return digits <= _SUM_DIGITS


def exact_cells(
    sample: Sample, column: ir.Value, by: Sequence[str], inside: ir.BooleanValue | None
) -> dict[tuple[str, ...], Decimal]:
    """Exact sums by cell of `by`, codes as they stand in a result."""
    keys = {f"b{i}": cell_column(sample, name) for i, name in enumerate(by)}
    table = sample.table if inside is None else sample.table.filter(inside)
    added = exact_sum(column)
    found = sample.arrow(table.group_by(**keys).agg(total=added) if keys else table.aggregate(total=added))
    factors = [factor(found[k], n) for k, n in zip(keys, by, strict=True)]
    totals = found["total"].to_pylist()
    return {
        tuple(f.labels[f.codes[i]] for f in factors): Decimal(0) if total is None else Decimal(total)
        for i, total in enumerate(totals)
    }


def exact_margin(cells: dict[tuple[str, ...], Decimal], kept: Sequence[int]) -> dict[tuple[str, ...], Decimal]:
    """Sums over the cells that agree in some of their codes."""
    sums: dict[tuple[str, ...], Decimal] = {}
    for codes, value in cells.items():
        key = tuple(codes[i] for i in kept)
        sums[key] = sums.get(key, Decimal(0)) + value
    return sums


def weighted_totals(
    sample: SampleLike,
    weights: str,
    statistics: Sequence[Statistic] | Statistic,
    by: str | Sequence[str] = (),
    *,
    domain: Callable[[ir.Table], ir.BooleanValue] | None = None,
    missing: Missing = "refuse",
    margins: bool = True,
) -> pa.Table:
    """Weighted totals of a sample without a declared design: values and numbers of units, no standard errors.

    Only totals: anything whose use depends on its precision needs `estimate` and a design.
    """
    wanted = list(statistics) if isinstance(statistics, (list, tuple)) else [statistics]
    for s in wanted:
        if not isinstance(s, Total):
            raise ObservatoryError(
                f"{getattr(s, 'label', s)} is not a total, and without a design only totals are given.",
                "Declare the design and use estimate.",
            )
    source = Sample.of(sample)
    columns = (by,) if isinstance(by, str) else tuple(by)
    # A design of one cluster is enough to add up by cell; nothing is asked of its variance.
    one = "one_cluster"
    while one in {c.lower() for c in source.columns}:
        one += "_"
    everything = source.mutate(**{one: source.column(weights).notnull()})
    terms = list(dict.fromkeys(t for s in wanted for t in s.terms))
    design = Design(weights, clusters=one)
    rolled = roll_up(everything, design, terms, columns, domain, missing)
    refuse_unknown_codes([(source, rolled)])
    where = None if domain is None else source.expression(domain, "The domain").fill_null(False)
    rows: list[dict[str, object]] = []
    everything_columns = tuple(range(len(columns)))
    sizes = range(len(columns) + 1) if margins else (len(columns),)
    for s in wanted:
        assert isinstance(s, Total)
        column = exact_column(source, s.variable, weights)
        exact = None if column is None else exact_cells(source, column, columns, where)
        for size in sizes:
            for kept in combinations(everything_columns, size):
                sums: dict[tuple[str, ...], list[float]] = {}
                amount = rolled.sums[s.terms[0]]
                units = rolled.counts.get(s.known, rolled.counts[()])
                for i in np.flatnonzero(rolled.inside):
                    key = tuple(rolled.codes[c][rolled.cell[i, c]] for c in kept)
                    entry = sums.setdefault(key, [0.0, 0.0])
                    entry[0] += amount[i]
                    entry[1] += units[i]
                margin = None if exact is None else exact_margin(exact, kept)
                for key in sorted(sums):
                    codes = dict(zip((columns[c] for c in kept), key, strict=True))
                    value = margin[key] if margin is not None else None
                    rows.append({
                        **{name: codes.get(name, TOTAL) for name in columns}, "statistic": s.label,
                        "estimate": float(value) if value is not None else sums[key][0], "n": int(sums[key][1]),
                        "exact": value,
                    })  # fmt: skip
    scale = max((-_exponent(r["exact"]) for r in rows if isinstance(r["exact"], Decimal)), default=0)
    types = [(name, pa.string()) for name in (*columns, "statistic")]
    types += [("estimate", pa.float64()), ("n", pa.int64()), ("exact", pa.decimal128(38, scale))]
    return pa.Table.from_pylist(rows, pa.schema(types))


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
