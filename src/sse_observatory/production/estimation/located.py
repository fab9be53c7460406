"""Quantiles of many units, found where the units are.

A quantile needs its values in order, and a table larger than memory cannot be sorted in it. Nothing but the values next
to the quantile matters, though. One pass counts the weights of the units in classes of the variable, a second brings
those in the class of the quantile, and the rest is as in memory: the weights below the class are a number. A third
pass adds up by cluster the weights at or below the quantile, for Woodruff's interval (1952), and a fourth brings the
units in the classes of its limits. The classes decide what is read, never what is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from sse_observatory.production.estimation.arrays import array, floats, nullable, whole_numbers
from sse_observatory.production.estimation.plan import Codes, Floats
from sse_observatory.production.estimation.rollup import Variable, cell_column, factor
from sse_observatory.production.estimation.sample import Sample
from sse_observatory.production.estimation.statistics import QuantileRule

RULES: tuple[QuantileRule, ...] = ("math", "inverse", "hf1", "school", "hf2")
"""The rules that read a quantile off the values next to it."""

AT_ONCE = 250_000
"""Units up to which quantiles are read from all of them, sorted in memory."""

_CLASSES = 2048
_PIECE = 100_000
_RANGES = 48
"""So many ranges of values are asked for at the most; of more, those that are closest are read as one."""
_SMALLEST, _LARGEST = float(np.finfo(np.float64).tiny), float(np.finfo(np.float64).max) / 64
"""Between these, values can be divided by the width of the first class; the mean of values may lie beyond."""
_MET = 1e-12
"""The part of the total weight within which a share counts as met exactly; sums of the engine come in any order."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The domains of one margin of a table: the columns of `by` it has, and the codes of each domain."""

    columns: tuple[int, ...]
    codes: Codes
    sizes: tuple[int, ...]
    """How many codes each of those columns has."""

    def of(self, cell: Codes) -> Codes:
        """The domain of cells, given as rows × columns of `by`."""
        wanted, listed = np.zeros(len(cell), dtype=np.int64), np.zeros(len(self.codes), dtype=np.int64)
        for i, (column, size) in enumerate(zip(self.columns, self.sizes, strict=True)):
            wanted = wanted * size + cell[:, column]
            listed = listed * size + self.codes[:, i]
        return np.searchsorted(listed, wanted)


@dataclass(frozen=True, slots=True)
class _Classes:
    """The classes that occur in the domains of a margin, in the order of domain and value."""

    start: Codes
    """Domain to its first class; one more at the end."""
    low: Floats
    high: Floats
    below: Floats
    """The weight of the classes before, in the same domain."""
    weight: Floats
    units: Floats

    def total(self, d: int) -> float:
        """The weight of a domain."""
        last = self.start[d + 1] - 1
        return float(self.below[last] + self.weight[last])

    def around(self, d: int, p: float) -> tuple[int, int]:
        """The first and last class that matter for the `p` quantile of a domain."""
        first, end = int(self.start[d]), int(self.start[d + 1])
        total = self.total(d)
        through = self.below[first:end] + self.weight[first:end]
        at = min(first + int(np.searchsorted(through, (p - _MET) * total)), end - 1)
        last = at
        met = through[at - first] <= (p + _MET) * total
        # The next value is read where the share is met exactly, and the second where the first one exceeds it.
        if last + 1 < end and (met or (at == first and self.units[at] < 2)):
            last += 1
        return at, last


class Located:
    """The units of a sample in classes of a variable, from which quantiles in the domains of a table are read."""

    def __init__(
        self, sample: Sample, variable: Variable, weight: str, inside: ir.BooleanValue | None,
        by: Sequence[str], labels: Sequence[Sequence[str]], grids: Sequence[Grid],
    ) -> None:  # fmt: skip
        self.sample, self.variable, self.by, self.grids = sample, variable, by, grids
        self.places = [{label: k for k, label in enumerate(codes)} for codes in labels]
        columns: dict[str, Any] = {f"b{i}": cell_column(sample, n) for i, n in enumerate(by)}
        columns |= {"y": variable.of(sample), "w": sample.number(weight)}
        if inside is not None:
            columns["inside"] = inside
        units: Any = sample.table.select(**columns)
        keep = units.y.notnull() & ~units.y.isnan() & (units.w != 0)
        self.units = units.filter(keep if inside is None else keep & units.inside)
        self._classify()

    def _classify(self) -> None:
        y = self.units.y
        extent = self.sample.arrow(
            self.units.aggregate(low=y.min(), high=y.max(), size=y.abs().mean())
        ).to_pylist()[0]  # fmt: skip
        # Classes are narrow where values are small beside their mean and grow with the value, so that a long tail
        # leaves no class with most of the units.
        size = min(max((extent["size"] or 0.0) / 64, _SMALLEST), _LARGEST)

        def spread(value: float) -> float:
            return float(np.sign(value) * np.log1p(abs(value) / size))

        low, high = spread(extent["low"] or 0.0), spread(extent["high"] or 0.0)
        self.scale: tuple[float, float, float] = (size, low, _CLASSES / (high - low) if high > low else 0.0)
        of_class = self._class()
        keys = {f"b{i}": self.units[f"b{i}"] for i in range(len(self.by))}
        w = self.units.w
        table = self.sample.arrow(
            self.units.group_by(**keys, of_class=of_class).agg(
                low=y.min(), high=y.max(), weight=w.sum(), units=w.count()
            )
        )
        self.cells = table.select([f"b{i}" for i in range(len(self.by))])
        cell = self._cell(table)
        number = array(table["of_class"])
        least, greatest = floats(table["low"]), floats(table["high"])
        # A logarithm may misplace a value by its last digit; classes that overlap for this are one.
        names, at = np.unique(number, return_inverse=True)
        bottom, top = np.full(len(names), np.inf), np.full(len(names), -np.inf)
        np.minimum.at(bottom, at, least)
        np.maximum.at(top, at, greatest)
        so_far = np.maximum.accumulate(np.append(-np.inf, top))[:-1]
        from_here = np.minimum.accumulate(bottom[::-1])[::-1]
        apart = np.cumsum(from_here > so_far)[at]
        weight, count = floats(table["weight"]), floats(table["units"])
        self.classes = [
            _classes(grid.of(cell), len(grid.codes), apart, least, greatest, weight, count) for grid in self.grids
        ]

    def _class(self) -> ir.IntegerValue:
        size, low, per_class = self.scale
        y: Any = self.units.y
        made: ir.IntegerValue = ((y.sign() * (1 + y.abs() / size).ln() - low) * per_class).floor().cast("int64")
        return made

    def _cell(self, table: pa.Table) -> Codes:
        """The codes of the columns of `by`, numbered as in the table of estimates."""
        cell = np.zeros((table.num_rows, len(self.by)), dtype=np.int64)
        for i, name in enumerate(self.by):
            found = factor(table[f"b{i}"], name)
            cell[:, i] = np.array([self.places[i][label] for label in found.labels], dtype=np.int64)[found.codes]
        return cell

    def read(self, rule: QuantileRule, shares: Sequence[Sequence[Floats]]) -> list[list[Floats]]:
        """Quantiles by `rule`: for every margin a list of shares per domain gives a list of values per domain."""
        wanted: list[dict[tuple[int, int], list[tuple[int, int]]]] = []
        for classes, lists in zip(self.classes, shares, strict=True):
            asked: dict[tuple[int, int], list[tuple[int, int]]] = {}
            for k, of_domain in enumerate(lists):
                for d, p in enumerate(of_domain):
                    if np.isfinite(p) and classes.start[d] < classes.start[d + 1]:
                        asked.setdefault(classes.around(d, float(p)), []).append((k, d))
            wanted.append(asked)
        units = self._units([list(asked) for asked in wanted])
        results = []
        for m, (classes, lists) in enumerate(zip(self.classes, shares, strict=True)):
            values = [np.full(len(of_domain), np.nan) for of_domain in lists]
            for bracket, places in wanted[m].items():
                x, w = units[m][bracket]
                cumulative = np.cumsum(w, dtype=np.longdouble).astype(np.float64) + classes.below[bracket[0]]
                for k, d in places:
                    p, total = float(lists[k][d]), classes.total(d)
                    values[k][d] = _read(rule, x, cumulative, p, total, bracket[0] == classes.start[d])
            results.append(values)
        return results

    def _units(
        self, brackets: Sequence[Sequence[tuple[int, int]]]
    ) -> list[dict[tuple[int, int], tuple[Floats, Floats]]]:
        """Values and weights of the units in runs of classes, in ascending order."""
        found: list[dict[tuple[int, int], tuple[Floats, Floats]]] = []
        open_runs: list[list[tuple[int, int]]] = []
        needed: list[tuple[float, float]] = []
        for classes, runs in zip(self.classes, brackets, strict=True):
            known = {}
            for first, last in runs:
                span = slice(first, last + 1)
                if (classes.low[span] == classes.high[span]).all():
                    # Classes of one value each: two units of half the weight stand for all of theirs.
                    several = np.where(classes.units[span] > 1, 2, 1)
                    known[first, last] = (
                        np.repeat(classes.low[span], several), np.repeat(classes.weight[span] / several, several)
                    )  # fmt: skip
                else:
                    needed.append((float(classes.low[first]), float(classes.high[last])))
            found.append(known)
            open_runs.append([run for run in runs if run not in known])
        if not needed:
            return found
        y: Any = self.units.y
        near = reduce(or_, (y.between(_number(low), _number(high)) for low, high in _ranges(needed)))
        kept: list[list[tuple[Codes, Floats, Floats]]] = [[] for _ in brackets]
        limits = [self._limits(m, runs) for m, runs in enumerate(open_runs)]
        for piece in self.sample.pieces(self.units.filter(near), _PIECE):
            cell, x, w = self._cell(piece), floats(piece["y"]), floats(piece["w"])
            for m, grid in enumerate(self.grids):
                domain = grid.of(cell)
                low, high = limits[m]
                inside = (x >= low[domain]) & (x <= high[domain])
                kept[m].append((domain[inside], x[inside], w[inside]))
        for m, runs in enumerate(open_runs):
            if not runs:
                continue
            domain, x, w = (np.concatenate(parts) for parts in zip(*kept[m], strict=True))
            order = np.lexsort((w, x, domain))
            domain, x, w = domain[order], x[order], w[order]
            start = np.searchsorted(domain, np.arange(len(self.grids[m].codes) + 1))
            classes = self.classes[m]
            for first, last in runs:
                d = int(np.searchsorted(classes.start, first, side="right")) - 1
                mine = slice(int(start[d]), int(start[d + 1]))
                inside = (x[mine] >= classes.low[first]) & (x[mine] <= classes.high[last])
                found[m][first, last] = (x[mine][inside], w[mine][inside])
        return found

    def _limits(self, margin: int, runs: Sequence[tuple[int, int]]) -> tuple[Floats, Floats]:
        """Least and greatest value that any of the runs needs, per domain."""
        classes, count = self.classes[margin], len(self.grids[margin].codes)
        low, high = np.full(count, np.inf), np.full(count, -np.inf)
        for first, last in runs:
            d = int(np.searchsorted(classes.start, first, side="right")) - 1
            low[d] = min(low[d], classes.low[first])
            high[d] = max(high[d], classes.high[last])
        return low, high

    def at_or_below(self, values: Sequence[Floats]) -> tuple[Sample, list[ir.Value]]:
        """For every margin, whether a unit's value is at or below the one `values` gives to its domain (1, else 0).

        The sample comes back with the columns those are about.
        """
        table: Any = self.sample.table
        stem = "value_"
        while any(c.lower().startswith(stem) for c in table.columns):
            stem = f"_{stem}"
        names = [f"{stem}{m}" for m in range(len(self.grids))]
        if not self.by:
            table = table.mutate(**{n: _number(v[0]) for n, v in zip(names, values, strict=True)})
        else:
            cell, first = np.unique(self._cell(self.cells), axis=0, return_index=True)
            limits = [v[grid.of(cell)] for v, grid in zip(values, self.grids, strict=True)]
            rows = self.cells.take(whole_numbers(first))
            own: dict[str, Any] = {}
            known: dict[str, Any] = {}
            for i, name in enumerate(self.by):
                column, key = cell_column(self.sample, name), rows.column(i)
                if key.null_count:
                    # Not every engine is handed a missing key as one; a mark beside another value says it to all.
                    own[f"{stem}gone_{i}u"], known[f"{stem}gone_{i}"] = column.isnull(), key.is_null()
                    values_there = key.drop_null()
                    if not len(values_there):
                        continue
                    column, key = column.fill_null(values_there[0].as_py()), key.fill_null(values_there[0])
                own[f"{stem}key_{i}u"], known[f"{stem}key_{i}"] = column, key
            told: Any = self.sample.beside(
                pa.Table.from_arrays([*known.values(), *(nullable(v) for v in limits)], names=[*known, *names])
            )
            table = table.mutate(**own)
            table = table.left_join(told, [table[f"{k}u"] == told[k] for k in known])
        sample = self.sample.on(table)
        y: Any = self.variable.of(sample)
        return sample, [(y <= table[n]).fill_null(False).cast("int8").cast("float64") for n in names]


def _number(value: float) -> ir.Value:
    """A number as the engine must take it: to the last digit, which a number in the text of a query need not be."""
    return ibis.null("float64") if np.isnan(value) else ibis.literal(repr(float(value))).cast("float64")


def _ranges(needed: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ranges that cover all of `needed`, in ascending order."""
    joined: list[tuple[float, float]] = []
    for low, high in sorted(needed):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    gaps = sorted(joined[i + 1][0] - joined[i][1] for i in range(len(joined) - 1))
    least = gaps[-_RANGES] if len(gaps) >= _RANGES else -1.0
    wide: list[tuple[float, float]] = []
    for low, high in joined:
        if wide and low - wide[-1][1] <= least:
            wide[-1] = (wide[-1][0], high)
        else:
            wide.append((low, high))
    return wide


def _classes(
    domain: Codes, count: int, name: Codes, low: Floats, high: Floats, weight: Floats, units: Floats
) -> _Classes:
    order = np.lexsort((name, domain))
    domain, name = domain[order], name[order]
    new = np.flatnonzero(np.diff(domain, prepend=-1) | np.diff(name, prepend=-1))
    domain, name = domain[new], name[new]
    weight = np.add.reduceat(weight[order].astype(np.longdouble), new) if len(new) else np.zeros(0, np.longdouble)
    start = np.searchsorted(domain, np.arange(count + 1))
    # Domain by domain: beside the weight of all of them that of a small one would be lost.
    below = np.zeros_like(weight)
    for first, end in pairwise(start):
        below[first + 1 : end] = np.cumsum(weight[first:end])[:-1]
    return _Classes(
        start,
        np.minimum.reduceat(low[order], new) if len(new) else low,
        np.maximum.reduceat(high[order], new) if len(new) else high,
        below.astype(np.float64), weight.astype(np.float64),
        np.add.reduceat(units[order], new) if len(new) else units,
    )  # fmt: skip


def _read(rule: QuantileRule, x: Floats, cumulative: Floats, p: float, total: float, whole: bool) -> float:
    """The `p` quantile of values next to it; `whole` where they begin with the least value of the domain."""
    target, slack = p * total, _MET * total
    at = int(np.searchsorted(cumulative, target - slack))
    if at >= len(x):
        return float(x[-1])
    if rule == "inverse":
        return float(x[at])
    if cumulative[at] <= target + slack:
        following = x[min(at + 1, len(x) - 1)]
        return float(x[at]) if rule in {"math", "hf1"} else float((x[at] + following) / 2)
    # Where the least value alone has more than the share, R reads the second.
    return float(x[min(at + 1, len(x) - 1)] if at == 0 and whole else x[at])
