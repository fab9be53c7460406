"""`estimate`: from a sample, its design and a list of statistics to a publication table with its precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Any, Literal

import ibis.expr.types as ir
import numpy as np

from sse_observatory.catalogue.parameters import PrecisionLimits
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import intervals, located, ranked, unequal
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.joint import Joint
from sse_observatory.production.estimation.plan import Codes, Floats, needs_units
from sse_observatory.production.estimation.precision import Influence, Replicated, Taylor
from sse_observatory.production.estimation.replication import Factors, ReplicateWeights
from sse_observatory.production.estimation.result import RESULT_COLUMNS, About, Block, Result, agreed_limits
from sse_observatory.production.estimation.rollup import (
    Missing,
    Rollup,
    Term,
    Variable,
    further_sums,
    refuse_unknown_codes,
    roll_up,
)
from sse_observatory.production.estimation.sample import Sample, SampleLike
from sse_observatory.production.estimation.statistics import Gini, Quantile, Ratio, Share, Statistic, Total
from sse_observatory.production.estimation.steps import Residuals
from sse_observatory.production.estimation.totals import exact_cells, exact_column, exact_margin
from sse_observatory.production.estimation.variance import Spread, alone
from sse_observatory.production.estimation.weighting import with_design_weights

Deff = Literal["without", "replace"]

_GRID = 20_000
"""Combinations of codes up to which those without any unit are listed too."""


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
    limits: PrecisionLimits | None = None,
) -> Result:
    """Estimate `statistics` for every cell of `by` and, with `margins`, for all its margins.

    `sample`: a data frame, Parquet file, engine table or Ibis expression with a row per sampled unit. `design`: how the
    units were selected; with None only totals are given, and asking them for a standard error raises.
    `domain`: a condition on the table; other units count in the design and not in the estimates.
    `missing`: ``refuse`` a variable with missing values, or ``exclude`` those units from the domain of the statistics
    that need it. `df`: degrees of freedom of the intervals, by default those of the design within each domain.
    `deff`: the design effect against simple random sampling ``without`` replacement or with (``replace``).
    `limits`: the limits of precision that give each estimate its status; those of the catalogue by default.

    Raises ObservatoryError, saying what to do, for whatever would otherwise become a wrong number without notice.
    """
    wanted = _statistics(statistics)
    columns = _columns(by)
    _check_statistics(columns, wanted)
    work = request(
        sample, design, columns, domain=domain, margins=margins, missing=missing, level=level, df=df, deff=deff,
        limits=limits,
    )  # fmt: skip
    return work.run(wanted)


def request(
    sample: SampleLike,
    design: Design | None,
    by: tuple[str, ...] = (),
    *,
    domain: Callable[[ir.Table], ir.BooleanValue] | None = None,
    margins: bool = True,
    missing: Missing = "refuse",
    level: float = 0.95,
    df: float | None = None,
    deff: Deff = "without",
    limits: PrecisionLimits | None = None,
) -> Estimation:
    """What was asked for, checked, with the weights of the design."""
    _check_request(by, level, df, deff, missing)
    if design is None:
        raise ObservatoryError(
            "A standard error needs a design, and none was declared.",
            "Declare it (Design(weights=…, strata=…, clusters=…)), or use weighted_totals for totals alone.",
        )
    if not isinstance(design, Design):
        raise ObservatoryError(
            f"A {type(design).__name__} is not a design.",
            "Declare it: Design(weights=…, strata=…, clusters=…, fpc=…), naming columns of the sample.",
        )
    source = Sample.of(sample)
    source, design = with_design_weights(source, design)
    return Estimation(source, design, by, domain, margins, missing, level, df, deff, limits or agreed_limits())


class Estimation:
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
        limits: PrecisionLimits,
    ) -> None:
        self.sample, self.design, self.by, self.domain = sample, design, by, domain
        self.margins, self.missing, self.level, self.df, self.deff = margins, missing, level, df, deff
        self.limits = limits
        self.views: list[View] = []
        self.exact: dict[Total, dict[tuple[str, ...], Decimal] | None] = {}

    def run(self, wanted: Sequence[Statistic]) -> Result:
        ranked = [s for s in wanted if isinstance(s, (Quantile, Gini))]
        self._refuse_unfit(ranked)
        located = self._located(ranked)
        ranked = [s for s in ranked if s not in located]
        smooth = [s for s in wanted if s not in ranked]
        units = isinstance(self.design.replicates, ReplicateWeights)
        blocks: dict[str, list[Block]] = {}
        if ranked and smooth and needs_units(self.design):
            # One reading of the units serves all.
            smooth, ranked, units = list(wanted), [], True
        for statistics, unit_rows in ((smooth, units), (ranked, True)):
            if not statistics:
                continue
            terms = list(dict.fromkeys(t for s in statistics for t in terms_of(s)))
            # What is not a number shows in a sum, and of these quantiles' variables there may be none.
            terms += [t for t in dict.fromkeys(Term(s.known, s.known) for s in located) if t not in terms]
            view = View(self, terms, unit_rows)
            refuse_unknown_codes([(self.sample, view.rollup)])
            self.views.append(view)
            for statistic in statistics:
                blocks[statistic.label] = view.blocks(statistic)
        every = tuple(self._exactly(b) for s in wanted for b in blocks[s.label])
        return Result(
            every, self.by, self.design, self.level, self.sample.name, self._notes(), self.limits,
            self.views[0].rollup.units,
        )  # fmt: skip

    def _located(self, ranked: Sequence[Statistic]) -> list[Quantile]:
        """The quantiles for which the units stay where they are: those of many units in clusters."""
        design = self.design
        steps = design.steps
        trimmed = bool(steps) and steps[-1].after != design.weights
        if trimmed or any(s.needs_units or s.kind == "calibrate" for s in steps):
            return []
        if design.replicates is not None or design.second is not None or needs_units(design):
            return []
        found = [s for s in ranked if isinstance(s, Quantile) and s.rule in located.RULES]
        if not found or self.sample.row(units=self.sample.table.count())["units"] <= located.AT_ONCE:
            return []
        return found

    def inside(self) -> ir.BooleanValue | None:
        """The condition of the domain, where there is one."""
        if self.domain is None:
            return None
        made: ir.BooleanValue = self.sample.expression(self.domain, "The domain").fill_null(False)
        return made

    def _exactly(self, block: Block) -> Block:
        """The block with its totals added up without rounding, where its columns allow that."""
        if not isinstance(block.statistic, Total) or self.design.zero_weights == "outside":
            return block
        if block.statistic not in self.exact:
            column = exact_column(self.sample, block.statistic.variable, str(self.design.weights))
            self.exact[block.statistic] = (
                None if column is None else exact_cells(self.sample, column, self.by, self.inside())
            )
        cells = self.exact[block.statistic]
        if cells is None:
            return block
        sums = exact_margin(cells, block.cells.columns)
        codes = block.cells.codes
        names = [tuple(block.labels[c][k] for c, k in zip(block.cells.columns, row, strict=True)) for row in codes]
        exact = tuple(sums.get(name) if n else None for name, n in zip(names, block.n, strict=True))
        value = np.array([np.nan if x is None else float(x) for x in exact])
        return replace(block, value=value, exact=exact)

    def _notes(self) -> tuple[str, ...]:
        """What a reader of the numbers should know."""
        notes: dict[str, None] = {}
        for view in self.views:
            notes |= dict.fromkeys(view.rollup.plan.notes)
            for variable, count in view.rollup.missing.items():
                notes[f"{variable.label!r} is missing on {count:,} units, which its statistics leave out."] = None
            notes |= dict.fromkeys(view.notes)
        return tuple(notes)

    def _refuse_unfit(self, ranked: Sequence[Statistic]) -> None:
        for s in ranked:
            if isinstance(s, Quantile) and s.method == "quantile" and self.design.replicates is None:
                raise ObservatoryError(
                    f"{s.label}: an interval from replicated quantiles needs replicate weights.",
                    "Give the design replicates (Bootstrap), or choose another interval.",
                )


@dataclass(frozen=True, slots=True)
class Domains:
    """What every statistic needs to know of the domains of a margin."""

    cells: Cells
    present: np.ndarray
    """Row to whether it has units of the statistic."""
    n: Floats
    population: Floats
    df: Floats


@dataclass(frozen=True, slots=True)
class ShareBelow:
    """The share of units at or below a quantile: its standard error and interval per domain."""

    se: Floats
    low: Floats
    high: Floats
    about: About


class View:
    """One roll-up of the sample, the precision of what is computed from it, and the domains of the table."""

    def __init__(self, work: Estimation, terms: Sequence[Term], unit_rows: bool, named: bool = False) -> None:
        self.work = work
        self.notes: list[str] = []
        self.ascending: dict[Variable, Codes] = {}
        self.located: dict[Variable, located.Located] = {}
        design = work.design
        replicated = design.replicates is not None
        first = design.steps[0].before if replicated and design.steps else None
        self.rollup = roll_up(
            work.sample, design, terms, work.by, work.domain, work.missing, weight=first, unit_rows=unit_rows,
            named=named,
        )  # fmt: skip
        rollup = self.rollup
        if not rollup.inside.any():
            raise ObservatoryError(
                f"No unit of {work.sample.name} is in the domain.", "Check the condition, and the codes it mentions."
            )
        self.base = rollup.sums
        final = rollup.weights[str(design.weights)]
        if first is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                self.factor = np.where(rollup.weights[first] != 0, final / rollup.weights[first], 0.0)
            self.sums = {t: s * self.factor for t, s in rollup.sums.items()}
        else:
            self.factor = np.ones(rollup.rows)
            self.sums = rollup.sums
        self.cells = [cells_of(rollup, columns) for columns in _margins(len(work.by), work.margins)]
        self.precision = self._replicated() if replicated else self._taylor()

    def _taylor(self) -> Taylor:
        design, rollup = self.work.design, self.rollup
        residuals = None
        if design.steps:
            residuals = Residuals(design.steps, rollup.keyed, rollup.numbers, rollup.weights, rollup.everyone)
        whole = design.pps is not None or bool(design.steps)
        return Taylor(Spread(design, rollup.plan, whole, self._pairs(), rollup.phases), residuals)

    def _pairs(self) -> unequal.PairVariance | None:
        pps = self.work.design.pps
        if pps is None or pps == "brewer":
            return None
        if isinstance(pps, Joint):
            return unequal.exact(pps, self.rollup.cluster_names())
        plan = self.rollup.plan
        lone = unequal.lone(pps, plan.first)
        if len(lone) and self.work.design.lonely not in {"remove", "certainty"}:
            raise alone(plan, plan.first, lone)
        return unequal.approximate(pps, plan, self.work.design.strata[0] if self.work.design.strata else ())

    def _replicated(self) -> Replicated:
        design, rollup = self.work.design, self.rollup
        replication = design.replicates
        if isinstance(replication, ReplicateWeights):
            assert rollup.supplied is not None
            below = rollup.supplied < 0
            if below.any():
                units, replicates = int(below.any(axis=1).sum()), int(below.any(axis=0).sum())
                self.notes.append(
                    f"{int(below.sum()):,} replicate weights are negative, on {units:,} units and in {replicates:,} of "
                    f"{below.shape[1]:,} replicates: they are used as they are."
                )
            weight = rollup.weights[design.steps[0].before if design.steps else str(design.weights)]
            matrix = rollup.supplied
            if replication.combined:
                with np.errstate(divide="ignore", invalid="ignore"):
                    matrix = np.where(weight[:, None] > 0, matrix / weight[:, None], 0.0)
            rscales = np.array(replication.rscales)
            own = Factors(np.arange(rollup.rows), matrix, None, replication.scale, rscales, replication.mse)
            return Replicated(own, rollup, design.steps, replication.df)
        made: Any = replication
        return Replicated(made.factors(design, rollup.plan, rollup.order), rollup, design.steps)

    # -- a statistic in the domains of one margin ---------------------------------------------------

    def blocks(self, statistic: Statistic) -> list[Block]:
        """The estimates of a statistic, margin by margin."""
        if isinstance(statistic, Quantile) and statistic.variable not in self.rollup.values:
            return self._located_quantile(statistic)
        return [self.block(statistic, cells) for cells in self.cells]

    def _domains(self, statistic: Statistic, cells: Cells) -> Domains:
        known = _known(statistic)
        rollup = self.rollup
        units = rollup.counts.get(known, rollup.counts[()])
        present = rollup.inside & (units > 0)
        n = np.bincount(cells.domain, weights=units, minlength=cells.count)
        population = np.bincount(cells.domain, weights=self.sums[Term((), known)], minlength=cells.count)
        return Domains(cells, present, n, population, self._degrees(cells, present))

    def block(self, statistic: Statistic, cells: Cells) -> Block:
        """The estimates of a statistic in the domains of a margin."""
        rollup = self.rollup
        domains = self._domains(statistic, cells)
        if isinstance(statistic, Quantile):
            return self._quantile(statistic, domains)
        present, n, population, df = domains.present, domains.n, domains.population, domains.df
        if isinstance(statistic, Gini):
            value, var, about = self._gini(statistic, cells, present)
        elif isinstance(statistic, Share):
            value, var, about = self._share(statistic, cells, present)
        else:
            smooth: Any = statistic
            value, var, about = self.smooth(smooth.terms, smooth.value, smooth.gradient, cells, present)
        met = n > 0
        self._note_lost(statistic, about.replicates, met & np.isfinite(value))
        se = np.where(met & np.isfinite(value), root(var, value), np.nan)
        value = np.where(met, value, np.nan)
        effect = self._deff(statistic, cells, value, var, n, population)
        lower, upper = self._interval(statistic, value, se, df, n)
        return Block(statistic, cells, rollup.codes, value, se, lower, upper, df, n, population, effect, about)

    def _note_lost(self, statistic: Statistic, replicates: Floats | None, known: np.ndarray) -> None:
        """Say so where replicates have no value of an estimate: they are left out of its standard error."""
        if replicates is None or not known.any():
            return
        lost = (~np.isfinite(replicates[:, known])).sum(axis=0)
        if lost.any():
            self.notes.append(
                f"{statistic.label}: {int((lost > 0).sum()):,} of {int(known.sum()):,} standard errors leave out "
                f"replicates without a value (up to {int(lost.max()):,} of {len(replicates):,}), in which no unit of "
                "the domain has a weight."
            )

    def smooth(
        self,
        terms: Sequence[Term],
        value_of: Callable[[Sequence[Floats]], Floats],
        gradient_of: Callable[[Sequence[Floats]], tuple[Floats, ...]],
        cells: Cells,
        present: np.ndarray,
    ) -> tuple[Floats, Floats, About]:
        """A smooth function of sums: its value, its variance, and what covariances need."""
        sums = [self.sums[t] for t in terms]
        base = [self.base[t] for t in terms]
        flat = [self.rollup.flat[t] for t in terms] if self.rollup.flat else None
        return self._function(sums, base, flat, value_of, gradient_of, cells, present)

    def _function(
        self,
        sums: Sequence[Floats],
        base: Sequence[Floats],
        flat: Sequence[Floats] | None,
        value_of: Callable[[Sequence[Floats]], Floats],
        gradient_of: Callable[[Sequence[Floats]], tuple[Floats, ...]],
        cells: Cells,
        present: np.ndarray,
    ) -> tuple[Floats, Floats, About]:
        totals = [np.bincount(cells.domain, weights=s, minlength=cells.count) for s in sums]
        value = value_of(totals)
        if isinstance(self.precision, Replicated):
            replicates = value_of(self.precision.totals(base, cells.domain, cells.count))
            return value, self.precision.variance(replicates, value), About(self.precision, present, None, replicates)
        gradient = gradient_of(totals)
        z = linearised(sums, gradient, cells.domain)
        z_flat = linearised(flat, gradient, cells.domain) if flat is not None else None
        influence = Influence(cells.domain, z, z_flat)
        var = self.precision.variance(influence, cells.count, present)
        return value, var, About(self.precision, present, influence, None)

    def _degrees(self, cells: Cells, present: np.ndarray) -> Floats:
        if self.work.df is not None:
            return np.full(cells.count, float(self.work.df))
        return self.precision.degrees_of_freedom(cells.domain, cells.count, present)

    def _deff(
        self, statistic: Statistic, cells: Cells, value: Floats, var: Floats, n: Floats, population: Floats
    ) -> Floats:
        if not isinstance(statistic, (Total, Ratio)) or not statistic.known:
            return np.full(cells.count, np.nan)
        square = moments(self.sums, self.rollup.pilot, statistic, cells, value, population)
        with np.errstate(divide="ignore", invalid="ignore"):
            simple = square / (n - 1)
            if self.work.deff == "without":
                simple = simple * (population - n) / population
                simple = np.where(population > n, simple, np.nan)
            effect = var / simple
        return np.where(simple > 0, effect, np.nan)

    def _interval(
        self, statistic: Statistic, value: Floats, se: Floats, df: Floats, n: Floats
    ) -> tuple[Floats, Floats]:
        if statistic.interval == "t":
            return intervals.student(value, se, df, self.work.level)
        if ((value < 0) | (value > 1)).any():
            raise ObservatoryError(
                f"{statistic.label} is not between 0 and 1, so it has no interval of a proportion.",
                "Use mean(…) for a variable that is not yes or no.",
            )
        return intervals.share(statistic.interval, value, se, df, self.work.level, n)

    def _share(self, statistic: Share, cells: Cells, present: np.ndarray) -> tuple[Floats, Floats, About]:
        """Each cell's part of the total of its margin over the columns the shares add up over, and its variance."""
        by = self.work.by
        over = {by.index(c) for c in (by if statistic.over is None else statistic.over)}
        kept = tuple(c for c in cells.columns if c not in over)
        whole = next((c for c in self.cells if c.columns == kept), None) or cells_of(self.rollup, kept)
        parent = parents(cells, whole, self.rollup)
        term = statistic.terms[0]
        sums = self.sums[term]
        part = np.bincount(cells.domain, weights=sums, minlength=cells.count)
        total = np.bincount(whole.domain, weights=sums, minlength=whole.count)[parent]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = part / total
        if isinstance(self.precision, Replicated):
            above = self.precision.totals([self.base[term]], whole.domain, whole.count)[0][:, parent]
            below = self.precision.totals([self.base[term]], cells.domain, cells.count)[0]
            with np.errstate(divide="ignore", invalid="ignore"):
                replicates = below / above
            return value, self.precision.variance(replicates, value), About(self.precision, present, None, replicates)

        # A share's linearised variable lives on the whole margin: within the cell (1 − share), outside it −share.
        def wide(domains: np.ndarray, flat: bool) -> Floats:
            amount = self.rollup.flat[term] if flat else sums
            there = whole.domain[:, None] == parent[domains][None, :]
            here = cells.domain[:, None] == domains[None, :]
            with np.errstate(divide="ignore", invalid="ignore"):
                z = amount[:, None] * (here - value[domains][None, :]) * there / total[domains][None, :]
            return np.nan_to_num(z)

        influence = Influence(cells.domain, None, sums if self.rollup.flat else None, wide)
        var = self.precision.variance(influence, cells.count, present)
        return value, var, About(self.precision, present, influence, None)

    def _quantile(self, statistic: Quantile, domains: Domains) -> Block:
        rollup, cells, present = self.rollup, domains.cells, domains.present
        variable = statistic.variable
        values = rollup.values[variable]
        weights = self.sums[Term((), (variable,))]
        order = self._sorted(variable, cells, present)
        readers = []
        for d in range(cells.count):
            rows = order.of_domain(d)
            readers.append(ranked.Reader(statistic.rule, values[rows], weights[rows]))
        value = np.array([r.at(statistic.p) for r in readers])
        if statistic.method == "quantile":
            return self._replicated_quantile(
                statistic, cells, present, domains.n, domains.population, domains.df, value, order
            )
        below = np.where(present, values <= np.append(value, np.nan)[cells.domain], False).astype(np.float64)
        term = Term((), (variable,))
        flat = rollup.flat[term] * below if rollup.flat else None
        at = self._share_below(statistic, domains, weights * below, self.base[term] * below, flat)
        lower = np.array([r.at(p) for r, p in zip(readers, at.low, strict=True)])
        upper = np.array([r.at(p) for r, p in zip(readers, at.high, strict=True)])
        return self._turned_back(statistic, domains, value, lower, upper, at)

    def _located_quantile(self, statistic: Quantile) -> list[Block]:
        """A quantile whose units stay in the engine, in the domains of all margins."""
        work, rollup, variable = self.work, self.rollup, statistic.variable
        if variable not in self.located:
            grids = [
                located.Grid(c.columns, c.codes, tuple(len(rollup.codes[k]) for k in c.columns)) for c in self.cells
            ]
            self.located[variable] = located.Located(
                work.sample, variable, str(work.design.weights), work.inside(), work.by, rollup.codes, grids
            )
        units = self.located[variable]
        found = units.read(statistic.rule, [[np.full(cells.count, statistic.p)] for cells in self.cells])
        values = [v for [v] in found]
        sample, marks = units.at_or_below(values)
        below, flat = further_sums(sample, work.design, rollup, marks, work.by, work.domain)
        every = [self._domains(statistic, cells) for cells in self.cells]
        shares = [
            self._share_below(statistic, domains, below[m], below[m], flat[m] if flat else None)
            for m, domains in enumerate(every)
        ]
        limits = units.read(statistic.rule, [[at.low, at.high] for at in shares])
        return [
            self._turned_back(statistic, domains, value, lower, upper, at)
            for domains, value, (lower, upper), at in zip(every, values, limits, shares, strict=True)
        ]

    def _share_below(
        self, statistic: Quantile, domains: Domains, sums: Floats, base: Floats, flat: Floats | None
    ) -> ShareBelow:
        """The share at or below a quantile, and its interval, from sums of weights at or below it."""
        term = Term((), (statistic.variable,))
        ratio = Ratio(statistic.variable, None, statistic.label)
        flats = None if flat is None else [flat, self.rollup.flat[term]]
        share, var, about = self._function(
            [sums, self.sums[term]], [base, self.base[term]], flats, ratio.value, ratio.gradient,
            domains.cells, domains.present,
        )  # fmt: skip
        se = root(var, share)
        low, high = intervals.share(statistic.method, share, se, domains.df, self.work.level, domains.n)
        with np.errstate(invalid="ignore"):
            low, high = np.where(low < 0, np.nan, low), np.where(high > 1, np.nan, high)
        return ShareBelow(se, low, high, about)

    def _turned_back(
        self, statistic: Quantile, domains: Domains, value: Floats, lower: Floats, upper: Floats, at: ShareBelow
    ) -> Block:
        """The estimates, from quantiles at the limits of the share's interval (Woodruff 1952)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            se = (upper - lower) / (2 * intervals.critical(domains.df, self.work.level))
            # In covariances a quantile is linearised with the density that its own interval implies.
            about = at.about.scaled(np.where(at.se > 0, -se / at.se, np.nan))
        nothing = np.full(domains.cells.count, np.nan)
        return Block(
            statistic, domains.cells, self.rollup.codes, value, se, lower, upper, domains.df, domains.n,
            domains.population, nothing, about,
        )  # fmt: skip

    def _sorted(self, variable: Variable, cells: Cells, present: np.ndarray) -> ranked.Sorted:
        """The rows of each domain by ascending value."""
        values = self.rollup.values[variable]
        if variable not in self.ascending:
            self.ascending[variable] = ranked.ascending(values, present)
        return ranked.Sorted.of(values, self.ascending[variable], cells.domain, cells.count)

    def _replicated_quantile(
        self, statistic: Quantile, cells: Cells, present: np.ndarray, n: Floats, population: Floats, df: Floats,
        value: Floats, order: ranked.Sorted,
    ) -> Block:  # fmt: skip
        assert isinstance(self.precision, Replicated)
        factors = self.precision.factors
        if factors.smooth_only:
            raise ObservatoryError(
                f"{statistic.label}: replicated quantiles do not fit this replication. {factors.smooth_only}",
                "Use Bootstrap or Brr, or an interval of the share at or below (interval='mean').",
            )
        base = self.base[Term((), statistic.known)]
        values = self.rollup.values[statistic.variable]
        replicates = np.empty((factors.count, cells.count))
        rows = [order.of_domain(d) for d in range(cells.count)]
        for r, factor in enumerate(self.precision.rows()):
            weights = base * factor
            for d, mine in enumerate(rows):
                replicates[r, d] = ranked.quantile(statistic.rule, values[mine], weights[mine], statistic.p)
        se = np.sqrt(self.precision.variance(replicates, value))
        lower, upper = intervals.student(value, se, df, self.work.level)
        about = About(self.precision, present, None, replicates)
        nothing = np.full(cells.count, np.nan)
        return Block(
            statistic, cells, self.rollup.codes, value, se, lower, upper, df, n, population, nothing, about
        )  # fmt: skip

    def _gini(self, statistic: Gini, cells: Cells, present: np.ndarray) -> tuple[Floats, Floats, About]:
        values = self.rollup.values[statistic.variable]
        if (values[present] < 0).any():
            raise ObservatoryError(
                f"{statistic.variable.label!r} has negative values, for which the Gini coefficient has no meaning.",
                "Set them to zero where that is right, or leave those units out (domain=…).",
            )
        term = Term((), statistic.known)
        weights = self.sums[term]
        order = self._sorted(statistic.variable, cells, present)
        rows = [order.of_domain(d) for d in range(cells.count)]
        value = np.array([ranked.gini(values[r], weights[r]) if len(r) else np.nan for r in rows])
        if isinstance(self.precision, Replicated):
            replicates = np.empty((self.precision.factors.count, cells.count))
            for i, factor in enumerate(self.precision.rows()):
                made = self.base[term] * factor
                replicates[i] = [ranked.gini(values[r], made[r]) if len(r) else np.nan for r in rows]
            return value, self.precision.variance(replicates, value), About(self.precision, present, None, replicates)
        z = np.zeros(self.rollup.rows)
        for d, mine in enumerate(rows):
            if len(mine) and np.isfinite(value[d]):
                z[mine] = weights[mine] * ranked.gini_influence(values[mine], weights[mine], value[d])
        flat = None
        if self.rollup.flat:
            first = self.rollup.weights[self.work.design.steps[0].before]
            flat = np.divide(z, first, out=np.zeros_like(z), where=first != 0)
        influence = Influence(cells.domain, z, flat)
        var = self.precision.variance(influence, cells.count, present)
        return value, var, About(self.precision, present, influence, None)


def _known(statistic: Statistic) -> tuple[Variable, ...]:
    known: tuple[Variable, ...] = statistic.known  # type: ignore[attr-defined]
    return known


def terms_of(statistic: Statistic) -> tuple[Term, ...]:
    """The sums a statistic needs, with those of its design effect."""
    known = _known(statistic)
    found: list[Term] = list(getattr(statistic, "terms", ()))
    found.append(Term((), known))
    if isinstance(statistic, (Total, Ratio)):
        found += spread_terms(known)
    return tuple(found)


def linearised(sums: Sequence[Floats], gradient: Sequence[Floats], domain: Codes) -> Floats:
    """The linearised variable on each row: derivative in the row's domain times the row's sum, over the terms."""
    z = np.zeros(len(domain))
    for s, g in zip(sums, gradient, strict=True):
        z += np.where(s != 0, np.nan_to_num(g)[domain] * s, 0.0)
    return z


def root(var: Floats, value: Floats) -> Floats:
    """Standard errors. Joint probabilities can give a negative variance, which has none."""
    with np.errstate(invalid="ignore"):
        rounding = 1e-14 * np.square(value)
        return np.where(var < -rounding, np.nan, np.sqrt(np.maximum(var, 0.0)))


def spread_terms(known: Sequence[Variable]) -> list[Term]:
    """The sums of products that the spread of the variables among units needs, and those of the variables."""
    found = []
    for i, v in enumerate(known):
        found.append(Term((v,), tuple(known)))
        found += [Term((v, u), tuple(known)) for u in known[i:]]
    return found


def moments(
    sums: Mapping[Term, Floats],
    pilot: Mapping[Variable, float],
    statistic: Total | Ratio,
    cells: Cells,
    value: Floats,
    population: Floats,
) -> Floats:
    """The weighted variance among units of a total's or ratio's linearised variable, in the units of its estimate."""
    known = statistic.known

    def total(term: Term) -> Floats:
        return np.bincount(cells.domain, weights=sums[term], minlength=cells.count)

    with np.errstate(divide="ignore", invalid="ignore"):
        centre = {v: total(Term((v,), known)) / population - pilot.get(v, 0.0) for v in known}

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


def _columns(by: Any) -> tuple[str, ...]:
    names = (by,) if isinstance(by, str) or not isinstance(by, Sequence) else tuple(by)
    for name in names:
        if not isinstance(name, str):
            raise ObservatoryError(f"{name!r} is not the name of a column.", "Give names, as in by=['region', 'sex'].")
    return names


def _check_request(by: tuple[str, ...], level: float, df: float | None, deff: str, missing: str) -> None:
    if len(set(by)) != len(by):
        raise ObservatoryError("A column stands twice in `by`.", "Name each column once.")
    taken = next((name for name in by if name.lower() in RESULT_COLUMNS), None)
    if taken:
        raise ObservatoryError(
            f"The result has a column {taken!r} of its own, so {taken!r} cannot break the table down.",
            "Give the column another name in the sample.",
        )
    if isinstance(level, (str, bool)) or not 0 < level < 1:
        raise ObservatoryError(f"level={level!r} is not a confidence level.", "Give a number such as 0.95.")
    if df is not None and (isinstance(df, (str, bool)) or not df > 0):
        raise ObservatoryError(f"df={df!r} is not a number of degrees of freedom.", "Give a positive number.")
    if deff not in {"without", "replace"}:
        raise ObservatoryError(f"deff={deff!r} is not known.", "Use without or replace.")
    if missing not in {"refuse", "exclude"}:
        raise ObservatoryError(f"missing={missing!r} is not known.", "Use refuse or exclude.")


def _check_statistics(by: tuple[str, ...], wanted: Sequence[Statistic]) -> None:
    for s in wanted:
        over = getattr(s, "over", None)
        for column in over or ():
            if column not in by:
                raise ObservatoryError(
                    f"{s.label} adds up over {column!r}, which the table is not broken down by.",
                    f"Name columns of `by`: {', '.join(by) or 'none here'}.",
                )
