"""`estimate`: from a sample, its design and a list of statistics to a publication table with its precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import ibis.expr.types as ir
import numpy as np

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import intervals, unequal
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.joint import Joint
from sse_observatory.production.estimation.plan import Codes, Floats
from sse_observatory.production.estimation.result import Block, Result
from sse_observatory.production.estimation.rollup import Missing, Rollup, Term, Variable, roll_up
from sse_observatory.production.estimation.sample import Sample, SampleLike
from sse_observatory.production.estimation.statistics import Ratio, Share, Statistic, Total
from sse_observatory.production.estimation.variance import Spread

Deff = Literal["without", "replace"]

_GRID = 20_000
"""Combinations of codes up to which those without any unit are listed too."""
_CHUNK = 4_000_000
"""Numbers held at once while residuals of many statistics are taken."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The domains of one margin of the table: those of a subset of the columns of `by`."""

    columns: tuple[int, ...]
    domain: Codes
    """Row to domain."""
    codes: np.ndarray
    """Domains × columns of this margin: the code of each column."""

    @property
    def count(self) -> int:
        """How many domains there are."""
        return len(self.codes)


def estimate(
    sample: SampleLike,
    design: Design | None,
    statistics: Sequence[Statistic] | Statistic,
    by: str | Sequence[str] = (),
    *,
    domain: Callable[[ir.Table], ir.BooleanValue] | None = None,
    margins: bool = True,
    missing: Missing = "refuse",
    level: float = 0.95,
    df: float | None = None,
    deff: Deff = "without",
) -> Result:
    """Estimate `statistics` for every cell of `by` and, with `margins`, for all its margins.

    `sample`: a data frame, Parquet file, engine table or Ibis expression with a row per sampled unit. `design`: how the
    units were selected; with None only totals are given, and asking them for a standard error raises.
    `domain`: a condition on the table; other units count in the design and not in the estimates.
    `missing`: ``refuse`` a variable with missing values, or ``exclude`` those units from the domain of the statistics
    that need it. `df`: degrees of freedom of the intervals, by default those of the design within each domain.
    `deff`: the design effect against simple random sampling ``without`` replacement or with (``replace``).

    Raises ObservatoryError, saying what to do, for whatever would otherwise become a wrong number without notice.
    """
    from sse_observatory.production.estimation.weighting import with_design_weights

    wanted = _statistics(statistics)
    columns = (by,) if isinstance(by, str) else tuple(by)
    _check_request(columns, wanted, level, df, deff)
    source = Sample.of(sample)
    if design is None:
        raise ObservatoryError(
            "A standard error needs a design, and none was declared.",
            "Declare it (Design(weights=…, strata=…, clusters=…)), or use weighted_totals for totals alone.",
        )
    source, design = with_design_weights(source, design)
    work = _Estimation(source, design, columns, domain, margins, missing, level, df, deff)
    return work.run(wanted)


class _Estimation:
    """The steps of one call of `estimate`."""

    def __init__(
        self,
        sample: Sample,
        design: Design,
        by: tuple[str, ...],
        domain: Callable[[ir.Table], ir.BooleanValue] | None,
        margins: bool,
        missing: Missing,
        level: float,
        df: float | None,
        deff: Deff,
    ) -> None:
        self.sample, self.design, self.by, self.domain = sample, design, by, domain
        self.margins, self.missing, self.level, self.df, self.deff = margins, missing, level, df, deff

    def run(self, wanted: Sequence[Statistic]) -> Result:
        terms = list(dict.fromkeys(t for s in wanted for t in self._terms(s)))
        self.rollup = roll_up(self.sample, self.design, terms, self.by, self.domain, self.missing)
        if not self.rollup.inside.any():
            raise ObservatoryError(
                f"No unit of {self.sample.name} is in the domain.", "Check the condition, and the codes it mentions."
            )
        self.spread = Spread(self.design, self.rollup.plan, pairs=self._pairs(), whole=self.design.pps is not None)
        blocks: list[Block] = []
        cells = [cells_of(self.rollup, columns) for columns in _margins(len(self.by), self.margins)]
        for statistic in wanted:
            for margin in cells:
                blocks.append(self._block(statistic, margin, cells))
        return Result(tuple(blocks), self.by, self.design, self.level, self.spread, self.rollup, self.sample.name)

    # -- what to add up -------------------------------------------------------------------------

    def _terms(self, statistic: Statistic) -> tuple[Term, ...]:
        known = statistic.known  # type: ignore[attr-defined]
        found: list[Term] = list(getattr(statistic, "terms", ()))
        found.append(Term((), known))
        if isinstance(statistic, (Total, Ratio)):
            found += spread_terms(known)
        return tuple(found)

    def _pairs(self) -> unequal.PairVariance | None:
        pps = self.design.pps
        if pps is None or pps == "brewer":
            return None
        if isinstance(pps, Joint):
            return unequal.exact(pps, self.rollup.cluster_names())
        return unequal.approximate(pps, self.rollup.plan.first)

    # -- a statistic in the domains of one margin ---------------------------------------------------

    def _block(self, statistic: Statistic, cells: Cells, all_cells: Sequence[Cells]) -> Block:
        rollup, known = self.rollup, statistic.known  # type: ignore[attr-defined]
        units = rollup.counts.get(known, rollup.counts[()])
        present = rollup.inside & (units > 0)
        n = np.bincount(cells.domain, weights=units, minlength=cells.count)
        population = np.bincount(cells.domain, weights=rollup.sums[Term((), known)], minlength=cells.count)
        if isinstance(statistic, Share):
            value, var = self._share(statistic, cells, all_cells)
        else:
            sums = [rollup.sums[t] for t in statistic.terms]  # type: ignore[attr-defined]
            totals = [np.bincount(cells.domain, weights=s, minlength=cells.count) for s in sums]
            value = statistic.value(totals)  # type: ignore[attr-defined]
            gradient = statistic.gradient(totals)  # type: ignore[attr-defined]
            z = linearised(sums, gradient, cells.domain)
            var = self._variance(z, cells, present)
        df = self._degrees(cells, present)
        met = n > 0
        se = np.where(met, np.sqrt(np.maximum(var, 0.0)), np.nan)
        value = np.where(met, value, np.nan)
        effect = self._deff(statistic, cells, value, var, n, population)
        lower, upper = self._interval(statistic, value, se, df, n)
        return Block(statistic, cells, value, se, lower, upper, df, n, population, effect)

    def _variance(self, z: Floats, cells: Cells, present: np.ndarray) -> Floats:
        if self.spread.pairs is None:
            return self.spread.by_domain(z[:, None], cells.domain, cells.count, present)[:, 0]
        out = np.zeros(cells.count)
        for some in _chunks(cells.count, len(z)):
            columns = np.where(cells.domain[:, None] == some[None, :], z[:, None], 0.0)
            out[some] = self.spread.covariance(columns, present, diagonal=True)
        return out

    def _degrees(self, cells: Cells, present: np.ndarray) -> Floats:
        if self.df is not None:
            return np.full(cells.count, float(self.df))
        return self.spread.degrees_of_freedom(cells.domain, cells.count, present)

    def _deff(
        self, statistic: Statistic, cells: Cells, value: Floats, var: Floats, n: Floats, population: Floats
    ) -> Floats:
        if not isinstance(statistic, (Total, Ratio)) or not statistic.known:
            return np.full(cells.count, np.nan)
        square = moments(self.rollup, statistic, cells, value, population)
        with np.errstate(divide="ignore", invalid="ignore"):
            simple = square * n / (n - 1) / n
            if self.deff == "without":
                simple = simple * (population - n) / population
                simple = np.where(population > n, simple, np.nan)
            effect = var / simple
        return np.where(simple > 0, effect, np.nan)

    def _interval(
        self, statistic: Statistic, value: Floats, se: Floats, df: Floats, n: Floats
    ) -> tuple[Floats, Floats]:
        if statistic.interval == "t":
            return intervals.student(value, se, df, self.level)
        if ((value < 0) | (value > 1)).any():
            raise ObservatoryError(
                f"{statistic.label} is not between 0 and 1, so it has no interval of a proportion.",
                "Use mean(…) for a variable that is not yes or no.",
            )
        return intervals.share(statistic.interval, value, se, df, self.level, n)

    def _share(self, statistic: Share, cells: Cells, all_cells: Sequence[Cells]) -> tuple[Floats, Floats]:
        """Each cell's part of the total of its margin over the columns the shares add up over, and its variance."""
        over = {self.by.index(c) for c in (self.by if statistic.over is None else statistic.over)}
        kept = tuple(c for c in cells.columns if c not in over)
        whole = next((c for c in all_cells if c.columns == kept), None) or cells_of(self.rollup, kept)
        sums = self.rollup.sums[statistic.terms[0]]
        part = np.bincount(cells.domain, weights=sums, minlength=cells.count)
        total = np.bincount(whole.domain, weights=sums, minlength=whole.count)
        parent = parents(cells, whole, self.rollup)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = part / total[parent]
        present = self.rollup.inside & (self.rollup.counts.get(statistic.known, self.rollup.counts[()]) > 0)
        var = np.full(cells.count, np.nan)
        # A share's linearised variable lives on the whole margin: within the cell (1 − share), outside it −share.
        for some in _chunks(cells.count, self.rollup.rows):
            there = whole.domain[:, None] == parent[some][None, :]
            here = cells.domain[:, None] == some[None, :]
            z = sums[:, None] * (here - np.nan_to_num(value[some])[None, :]) * there
            with np.errstate(divide="ignore", invalid="ignore"):
                z = z / total[parent[some]][None, :]
            var[some] = self.spread.covariance(np.nan_to_num(z), present, diagonal=True)
        return value, var


def linearised(sums: Sequence[Floats], gradient: Sequence[Floats], domain: Codes) -> Floats:
    """The linearised variable on each row: derivative in the row's domain times the row's sum, over the terms."""
    z = np.zeros(len(domain))
    for s, g in zip(sums, gradient, strict=True):
        z += np.where(s != 0, np.nan_to_num(g)[domain] * s, 0.0)
    return z


def spread_terms(known: Sequence[Variable]) -> list[Term]:
    """The sums of products that the spread of the variables among units needs, and those of the variables."""
    found = []
    for i, v in enumerate(known):
        found.append(Term((v,), tuple(known)))
        found += [Term((v, u), tuple(known)) for u in known[i:]]
    return found


def moments(rollup: Rollup, statistic: Total | Ratio, cells: Cells, value: Floats, population: Floats) -> Floats:
    """The weighted variance among units of a total's or ratio's linearised variable, in the units of its estimate."""
    known = statistic.known

    def total(term: Term) -> Floats:
        return np.bincount(cells.domain, weights=rollup.sums[term], minlength=cells.count)

    with np.errstate(divide="ignore", invalid="ignore"):
        centre = {v: total(Term((v,), known)) / population - rollup.pilot.get(v, 0.0) for v in known}

        def product(a: Variable, b: Variable) -> Floats:
            return total(Term((a, b), known)) / population - centre[a] * centre[b]

        top = known[0]
        square = product(top, top)
        if isinstance(statistic, Total):
            return square * population**2
        if statistic.denominator is None:
            return square
        low = statistic.denominator
        if low == top:
            return np.zeros_like(square)
        below = total(Term((low,), known)) / population
        square = square - 2 * value * product(top, low) + value**2 * product(low, low)
        return square / below**2


def cells_of(rollup: Rollup, columns: tuple[int, ...]) -> Cells:
    """The domains of a margin: every combination of codes where that is a grid of moderate size."""
    sizes = [len(rollup.codes[c]) for c in columns]
    grid = int(np.prod(sizes, dtype=object)) if sizes else 1
    domain = np.zeros(rollup.rows, dtype=np.int64)
    if grid <= 2**62:
        for c, size in zip(columns, sizes, strict=True):
            domain = domain * size + rollup.cell[:, c]
        occurring = np.unique(domain[rollup.inside])
        if grid > _GRID:
            place = np.searchsorted(occurring, domain)
            # Rows outside the domain add zeros wherever they are put.
            domain = np.where(rollup.inside, np.minimum(place, len(occurring) - 1), 0)
            listed = occurring
        else:
            listed = np.arange(grid)
    else:
        raise ObservatoryError("The table has too many columns with too many codes.", "Leave out a column of `by`.")
    codes = np.empty((len(listed), len(columns)), dtype=np.int64)
    rest = listed.copy()
    for i in range(len(columns) - 1, -1, -1):
        codes[:, i] = rest % sizes[i]
        rest //= sizes[i]
    return Cells(columns, domain, codes)


def parents(cells: Cells, whole: Cells, rollup: Rollup) -> Codes:
    """Each domain's domain in a margin of fewer columns."""
    code = np.zeros(cells.count, dtype=np.int64)
    listed = np.zeros(whole.count, dtype=np.int64)
    for i, c in enumerate(whole.columns):
        size = len(rollup.codes[c])
        code = code * size + cells.codes[:, cells.columns.index(c)]
        listed = listed * size + whole.codes[:, i]
    return np.searchsorted(listed, code)


def _margins(columns: int, margins: bool) -> list[tuple[int, ...]]:
    everything = tuple(range(columns))
    if not margins:
        return [everything]
    return [c for size in range(columns + 1) for c in combinations(everything, size)]


def _chunks(count: int, rows: int) -> list[np.ndarray]:
    width = max(1, _CHUNK // max(rows, 1))
    return [np.arange(i, min(i + width, count)) for i in range(0, count, width)]


def _statistics(statistics: Sequence[Statistic] | Statistic) -> list[Statistic]:
    wanted = list(statistics) if isinstance(statistics, (list, tuple)) else [statistics]
    for s in wanted:
        if not hasattr(s, "label") or not hasattr(s, "known"):
            raise ObservatoryError(
                f"{s!r} is not a statistic.", "Use total(…), mean(…), ratio(…), proportion(…), quantile(…) or another."
            )
    if not wanted:
        raise ObservatoryError("No statistic was asked for.", "Give at least one, such as total('jobs').")
    labels = [s.label for s in wanted]
    twice = next((x for x in labels if labels.count(x) > 1), None)
    if twice:
        raise ObservatoryError(f"Two statistics are called {twice!r}.", "Give one of them another name (name=…).")
    return wanted


def _check_request(
    by: tuple[str, ...], wanted: Sequence[Statistic], level: float, df: float | None, deff: str
) -> None:
    if len(set(by)) != len(by):
        raise ObservatoryError("A column stands twice in `by`.", "Name each column once.")
    if not 0 < level < 1:
        raise ObservatoryError(f"level={level!r} is not a confidence level.", "Give a number such as 0.95.")
    if df is not None and not df > 0:
        raise ObservatoryError(f"df={df!r} is not a number of degrees of freedom.", "Give a positive number.")
    if deff not in {"without", "replace"}:
        raise ObservatoryError(f"deff={deff!r} is not known.", "Use without or replace.")
    for s in wanted:
        over = getattr(s, "over", None)
        for column in over or ():
            if column not in by:
                raise ObservatoryError(
                    f"{s.label} adds up over {column!r}, which the table is not broken down by.",
                    f"Name columns of `by`: {', '.join(by) or 'none here'}.",
                )
