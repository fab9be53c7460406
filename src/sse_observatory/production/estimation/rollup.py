"""One pass over the sample: weighted sums by cluster and cell of the publication table.

This is where a row per unit becomes a row per cluster. Totals, ratios, their linearised variables, replicates with
replacement and calibration residuals are then small linear algebra on the rows of a `Rollup`. Where the variance needs
every unit (units sampled directly, corrections down to the last stage, auxiliary numbers), a roll-up has a row per
unit instead, and everything after it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import reduce
from typing import Any, Literal

import ibis
import ibis.common.exceptions
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.arrays import array, floats, whole_numbers
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.joint import Joint
from sse_observatory.production.estimation.plan import (
    Codes,
    Factor,
    Floats,
    Plan,
    depth,
    make_plan,
    needs_units,
)
from sse_observatory.production.estimation.replication import ReplicateWeights as Supplied
from sse_observatory.production.estimation.sample import Sample, as_number
from sse_observatory.production.estimation.twophase import TwoPhaseVariance, two_phase_variance
from sse_observatory.structures import TOTAL

UNKNOWN = "_U"
"""The code of units whose value of a domain column is missing."""

Missing = Literal["refuse", "exclude"]

_SHOWN = 12
"""Codes that a message lists."""
_LOOKED_AT = 10_000
"""Codes of a column among which the nearest to an unknown one are looked for."""

_CONDITIONS = ("inside", "certain", "selected")
"""What a roll-up tells apart besides codes: the domain, clusters drawn with certainty, the second phase."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A number on each unit: a column, an indicator of one of its codes, or an expression on the sample's table."""

    column: str
    equals: str | int | bool | None = None
    expression: Callable[[ir.Table], ir.Value] | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """How the variable is called in messages and results."""
        return self.column if self.equals is None else f"{self.column}={self.equals}"

    def of(self, sample: Sample) -> ir.Column:
        """The variable as a double-precision column, null where it is not known."""
        if self.expression is not None:
            made: Any = sample.expression(self.expression, f"The variable {self.column!r}")
            return as_number(made, self.column, sample.name)
        column = sample.column(self.column)
        if self.equals is not None:
            kind = column.type()
            if isinstance(kind, dt.String) != isinstance(self.equals, str):
                raise _no_such_value(self.column, kind, self.equals)
            try:
                return (column == self.equals).cast("int8").cast("float64")
            except ibis.common.exceptions.IbisTypeError:
                raise _no_such_value(self.column, kind, self.equals) from None
        return sample.number(self.column)


@dataclass(frozen=True, slots=True)
class Term:
    """A weighted sum over units: of a product of variables (of ones where there is none).

    Only units on which all of `known` have a value count. Products are taken about pilot values close to the
    variables' level (`Rollup.pilot`), so that a spread is not lost beside a large level.
    """

    factors: tuple[Variable, ...] = ()
    known: tuple[Variable, ...] = ()

    @property
    def about_pilot(self) -> bool:
        """Whether the sum is of products about pilot values."""
        return len(self.factors) > 1


@dataclass(slots=True)
class Rollup:
    """Weighted sums on the rows of a plan, and the cells of the publication table."""

    plan: Plan
    by: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    """The codes of each column of `by`, in their natural order."""
    cell: Codes
    """Rows × columns of `by`: the code of each row."""
    inside: np.ndarray
    """Whether the units of a row belong to the domain that is estimated and have a weight."""
    sums: dict[Term, Floats]
    counts: dict[tuple[Variable, ...], Floats]
    """How many units of a row have a value of the variables."""
    pilot: dict[Variable, float]
    missing: dict[Variable, int]
    """Variables with missing values, and how many."""
    units: int
    weights: dict[str, Floats]
    """The sum of each column of weights on a row, inside or not."""
    everyone: Floats
    """How many units a row stands for, inside or not."""
    keyed: dict[str, Factor] = field(default_factory=dict)
    """The columns of codes that adjustments of the weights work on."""
    numbers: dict[str, Floats] = field(default_factory=dict)
    """The numbers they work on, where rows are units."""
    flat: dict[Term, Floats] = field(default_factory=dict)
    """The sums with weights as they were before the first adjustment taken out, where an adjustment needs them."""
    values: dict[Variable, Floats] = field(default_factory=dict)
    """The variables themselves, where rows are units."""
    order: Floats | None = None
    """The order of selection, where replicates need it."""
    supplied: Floats | None = None
    """Replicate weights that came with the sample (rows × replicates), where rows are units."""

    cluster_labels: tuple[str, ...] = ()
    """The name of the first-stage cluster of each row, where unequal probabilities ask for it."""

    stage_labels: tuple[tuple[str, ...], ...] = ()
    """The names of clusters on each row, stage by stage as far as the variance looks, where rounds are compared."""

    phases: TwoPhaseVariance | None = None

    def cluster_names(self) -> list[str]:
        """The names of the first-stage clusters, in the order of their codes."""
        names: dict[int, str] = {}
        for row, code in enumerate(self.plan.first.cluster):
            names.setdefault(int(code), self.cluster_labels[row])
        return [names[c] for c in range(self.plan.first.clusters)]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.inside)


def roll_up(
    sample: Sample,
    design: Design,
    terms: Sequence[Term],
    by: Sequence[str] = (),
    domain: Callable[[ir.Table], ir.BooleanValue] | None = None,
    missing: Missing = "refuse",
    *,
    weight: str | None = None,
    unit_rows: bool = False,
    named: bool = False,
) -> Rollup:
    """The roll-up of `terms` over the sample, by cluster and cell of `by`; `named` keeps the names of clusters.

    Sums are weighted by the column `weight`, by default the weights of the design. Raises ObservatoryError for
    weights, clusters or strata that are missing, for numbers that are infinite, and, unless `missing` is ``exclude``,
    for missing values.
    """
    units = unit_rows or needs_units(design) or any(s.needs_units for s in design.steps)
    # After trimming, the factor from first to last weight is no longer the same within a class.
    units = units or bool(design.steps and design.steps[-1].after != design.weights)
    work = _Work(sample, design, tuple(by), domain, weight or str(design.weights), units)
    work.named = named or isinstance(design.pps, Joint)
    variables = tuple(dict.fromkeys(v for t in terms for v in (*t.factors, *t.known)))
    table = work.by_unit(variables) if units else work.by_cluster(variables, terms, masked=False)
    lacking = work.check(table, variables)
    if lacking and missing == "refuse":
        variable, count = next(iter(lacking.items()))
        raise ObservatoryError(
            f"{variable.label!r} is missing on {count:,} of {work.total:,} units of {sample.name}.",
            "Impute it, or say missing='exclude': the estimate is then about the units that have a value.",
        )
    if lacking and not units:
        table = work.by_cluster(variables, terms, masked=True)
    return work.result(table, variables, terms, lacking)


def further_sums(
    sample: Sample,
    design: Design,
    rollup: Rollup,
    marks: Sequence[ir.Value],
    by: Sequence[str],
    domain: Callable[[ir.Table], ir.BooleanValue] | None,
) -> tuple[list[Floats], list[Floats]]:
    """Sums of weights of the units that `marks` mark (1, else 0), on the rows of `rollup`; and `Rollup.flat` of them.

    The sample is that of the roll-up, with further columns.
    """
    return _Work(sample, design, tuple(by), domain, str(design.weights), False).further(rollup, marks)


class _Work:
    """The expressions of one roll-up and the reading of their result."""

    def __init__(
        self,
        sample: Sample,
        design: Design,
        by: tuple[str, ...],
        domain: Callable[[ir.Table], ir.BooleanValue] | None,
        weight: str,
        units: bool,
    ) -> None:
        self.sample, self.design, self.by, self.units = sample, design, by, units
        self.total = 0
        self.named = False
        self.weighted, self.weight = weight, sample.number(weight)
        deep = depth(design)
        columns = [n for part in (design.strata, design.clusters[:deep]) for stage in part for n in stage]
        if design.second is not None:
            columns += [*design.second.strata, *design.second.clusters]
        self.names = tuple(dict.fromkeys(columns))
        self.keys: dict[str, ir.Value] = {}
        self.numbers: dict[str, ir.Value] = {}
        weights = [str(design.weights), weight]
        for step in design.steps:
            self.keys |= step.keys(sample)
            self.numbers |= step.numbers(sample)
            weights += [step.before, step.after]
        self.weights = {n: sample.number(n) for n in dict.fromkeys(weights)}
        self.flat = any(s.kind == "rake" for s in design.steps) and not units
        self.fpc = design.fpc[:deep]
        for name in (*self.names, *self.keys, *by):
            sample.codes(name)
        for name in self.fpc:
            sample.column(name)
        self.order = design.collapse or getattr(design.replicates, "order", None)
        self.supplied = design.replicates.names if isinstance(design.replicates, Supplied) else ()
        inside: Any = None
        if domain is not None:
            inside = sample.expression(domain, "The domain")
            if not isinstance(inside, ir.BooleanValue):
                raise ObservatoryError(
                    "The domain is not a condition.", "Give a condition, such as domain=lambda t: t.age <= 24."
                )
            inside = inside.fill_null(False)
        if design.zero_weights == "outside":
            weighted = self.weights[str(design.weights)] != 0
            inside = weighted if inside is None else inside & weighted
        self.inside = inside
        self.pilot: dict[Variable, float] = {}

    # -- expressions ----------------------------------------------------------------------------

    def _keys(self) -> dict[str, ir.Value]:
        found: dict[str, ir.Value] = {f"d{i}": self.sample.column(n) for i, n in enumerate(self.names)}
        found |= {f"b{i}": cell_column(self.sample, n) for i, n in enumerate(self.by)}
        found |= {f"k{i}": value for i, value in enumerate(self.keys.values())}
        if self.inside is not None:
            found["inside"] = self.inside
        if self.design.certainty:
            found["certain"] = yes_or_no(self.sample, self.design.certainty)
        if self.design.second is not None:
            found["selected"] = yes_or_no(self.sample, self.design.second.selected)
        return found

    def by_unit(self, variables: Sequence[Variable]) -> pa.Table:
        """The columns needed of every unit."""
        columns = self._keys() | {"w": self.weight}
        columns |= {f"u{i}": value for i, (n, value) in enumerate(self.weights.items()) if n != self.weighted}
        columns |= {f"lo{i}": self.sample.number(n) for i, n in enumerate(self.fpc)}
        columns |= {f"y{i}": v.of(self.sample) for i, v in enumerate(variables)}
        columns |= {f"x{i}": value.cast("float64") for i, value in enumerate(self.numbers.values())}
        columns |= {f"r{i}": self.sample.number(n) for i, n in enumerate(self.supplied)}
        if self.order:
            columns["order"] = self.sample.number(self.order)
        codes = [c for c in columns if c[0] in "dbk" and c[1:].isdigit()]
        return self.sample.units(self.sample.table.select(**columns), codes)

    def by_cluster(self, variables: Sequence[Variable], terms: Sequence[Term], masked: bool) -> pa.Table:
        """The sums by cluster and cell; `masked` leaves out units without a value term by term."""
        if any(t.about_pilot for t in terms) and not self.pilot:
            self._set_pilot(variables)
        values = {v: _finite(v.of(self.sample)) if masked else v.of(self.sample) for v in variables}
        count: Any = ibis._.count()
        columns: dict[str, ir.Value] = {
            "n": count, "w": self.weight.sum(), "wc": self.weight.count(), "w0": self.weight.min(),
        }  # fmt: skip
        columns |= {f"u{i}": value.sum() for i, (n, value) in enumerate(self.weights.items()) if n != self.weighted}
        for i, n in enumerate(self.fpc):
            number = self.sample.number(n)
            columns |= {f"lo{i}": number.min(), f"hi{i}": number.max(), f"nf{i}": number.count()}
        columns |= {f"c{i}": values[v].count() for i, v in enumerate(variables)}
        each = {i: t for t, i in reversed(_columns(terms, masked).items())}
        for i, term in each.items():
            columns[f"s{i}"] = self._sum(term, values, masked, self.weight)
        if self.flat:
            first: Any = self.weights[self.design.steps[0].before]
            ratio = (first != 0).ifelse(self.weight / first, 0.0)
            columns |= {f"f{i}": self._sum(term, values, masked, ratio) for i, term in each.items()}
        if masked:
            for i, known in enumerate(_known(terms)):
                columns[f"m{i}"] = _all_known([values[v] for v in known]).cast("int64").sum()
        if self.order:
            columns["order"] = self.sample.number(self.order).min()
        keys = self._keys()
        table = self.sample.table
        if not keys:
            return self.sample.arrow(table.aggregate(**columns))
        return self.sample.arrow(table.group_by(**keys).agg(**columns))

    def _sum(self, term: Term, values: Mapping[Variable, ir.Column], masked: bool, weight: ir.Value) -> ir.Value:
        product: Any = weight
        for v in term.factors:
            shifted = values[v] - self.pilot[v] if term.about_pilot and self.pilot[v] else values[v]
            product = product * shifted
        if masked and term.known:
            product = _all_known([values[v] for v in term.known]).ifelse(product, 0.0)
        made: ir.Value = product.sum()
        return made

    def _set_pilot(self, variables: Sequence[Variable]) -> None:
        """A value near the level of each variable, from the first units met."""
        columns = {f"y{i}": v.of(self.sample) for i, v in enumerate(variables)}
        first = self.sample.arrow(self.sample.table.select(**columns).limit(64)).to_pydict()
        for i, v in enumerate(variables):
            found = [x for x in first[f"y{i}"] if x is not None and np.isfinite(x)]
            self.pilot[v] = float(np.median(found)) if found else 0.0

    # -- checks ---------------------------------------------------------------------------------

    def check(self, table: pa.Table, variables: Sequence[Variable]) -> dict[Variable, int]:
        """What is wrong with weights and design; which variables have missing values, and how many."""
        n = np.ones(table.num_rows) if self.units else floats(table["n"])
        self.total = int(n.sum())
        if not self.total:
            raise ObservatoryError(f"{self.sample.name.capitalize()} has no rows.", "Give a sample with units.")
        self._check_weights(table, n)
        for i, name in enumerate(self.names):
            empty = pc.is_null(table[f"d{i}"], nan_is_null=True)
            lost = int(n[array(empty)].sum())
            if lost:
                raise ObservatoryError(
                    f"The column {name!r} of the design is missing on {lost:,} of {self.total:,} units.",
                    "Every unit needs its stratum and cluster: complete the column, or correct the design.",
                )
        for i, name in enumerate(self.fpc):
            lost = table[f"lo{i}"].null_count if self.units else int(n.sum() - floats(table[f"nf{i}"]).sum())
            if lost:
                raise ObservatoryError(
                    f"The finite population correction {name!r} is missing on {lost:,} of {self.total:,} units.",
                    "Give it on every row of the sample.",
                )
        second = self.design.second
        for key, asked in (("certain", self.design.certainty), ("selected", second.selected if second else None)):
            if asked and (lost := int(n[array(pc.is_null(table[key]))].sum())):
                raise ObservatoryError(
                    f"The column {asked!r} of the design is missing on {lost:,} of {self.total:,} units.",
                    "Say yes or no on every row.",
                )
        self._check_supplied(table)
        for i, name in enumerate(self.numbers):
            if not np.isfinite(floats(table[f"x{i}"])).all():
                column = name.split(":")[1] if name.startswith("number:") else name
                raise ObservatoryError(
                    f"The auxiliary variable {column!r} is missing or infinite on some units.",
                    "Calibration needs it on every unit: impute it, or leave it out.",
                )
        return self._missing(table, variables, n)

    def _check_supplied(self, table: pa.Table) -> None:
        """Replicate weights that came with the sample: complete, finite, of the size that was declared."""
        given = self.design.replicates
        if not isinstance(given, Supplied):
            return
        sums = []
        for i, name in enumerate(self.supplied):
            r = floats(table[f"r{i}"])
            if not np.isfinite(r).all():
                raise ObservatoryError(
                    f"The replicate weights {name!r} are missing or infinite on some units.",
                    "Every unit needs a weight in every replicate, zero included.",
                )
            sums.append(float(r.sum()))
            if not (r != 0).any():
                raise ObservatoryError(
                    f"The replicate weights {name!r} are zero on every unit.", "Leave the column out, or correct it."
                )
        # Replicates estimate what the sample does, so their weights add up to about the same.
        whole = float(floats(table["w"]).sum()) if given.combined else float(table.num_rows)
        typical = float(np.median(sums))
        if not 0.5 <= typical / whole <= 2:
            what = "weights" if given.combined else "factors"
            than = f"the weights to {whole:,.6g}" if given.combined else f"there are {table.num_rows:,} units"
            raise ObservatoryError(
                f"The replicate {what} add up to {typical:,.6g} in a typical replicate, and {than}.",
                "Say combined=False where the columns are factors still to be multiplied by the weights."
                if given.combined
                else "Leave out combined=False where the columns are weights complete in themselves.",
            )

    def _check_weights(self, table: pa.Table, n: np.ndarray) -> None:
        w = floats(table["w"])
        name = str(self.design.weights)
        fault = ""
        lost = int(np.isnan(w).sum()) if self.units else int(n.sum() - floats(table["wc"]).sum())
        low = w if self.units else floats(table["w0"])
        if lost:
            fault = f"are missing on {lost:,} of {self.total:,} units"
        elif not np.isfinite(w).all():
            fault = "are infinite or not numbers on some units"
        elif (low < 0).any():
            if any(s.kind == "calibrate" and s.distance == "linear" for s in self.design.steps):
                return  # linear calibration may give negative weights, which its report counts
            fault = f"are negative (least {low.min():g})"
        elif (low == 0).any() and self.design.zero_weights == "refuse":
            fault = "are zero on some units"
        if fault:
            todo = (
                "Leave out units that are not in the sample, or say zero_weights='outside' for units that count in "
                "the design but not in the estimates."
                if "zero" in fault
                else "Every unit of the sample needs a finite positive weight: complete or correct the column."
            )
            raise ObservatoryError(f"The weights {name!r} {fault}.", todo)

    def _missing(self, table: pa.Table, variables: Sequence[Variable], n: np.ndarray) -> dict[Variable, int]:
        if self.units:
            values = {v: floats(table[f"y{i}"]) for i, v in enumerate(variables)}
            for v, y in values.items():
                if np.isinf(y).any():
                    raise _infinite(v, int(np.isinf(y).sum()))
            return {v: k for v, y in values.items() if (k := int(np.isnan(y).sum()))}
        lacking = {v: int(n.sum() - floats(table[f"c{i}"]).sum()) for i, v in enumerate(variables)}
        sums = [c for c in table.column_names if c[0] == "s" and c[1:].isdigit()]
        if any(not np.isfinite(floats(table[c])).all() for c in sums):
            # Not-a-number counts as missing, infinity as a mistake; a count tells them apart. Some engines hand over a
            # sum that is not a number as null, so nulls are looked into as well.
            counts: dict[str, ir.Value] = {}
            for i, v in enumerate(variables):
                y: Any = v.of(self.sample)
                counts |= {f"nan{i}": y.isnan().cast("int64").sum(), f"inf{i}": y.isinf().cast("int64").sum()}
            found = self.sample.row(**counts)
            for i, v in enumerate(variables):
                if found[f"inf{i}"]:
                    raise _infinite(v, int(found[f"inf{i}"]))
                lacking[v] += int(found[f"nan{i}"] or 0)
        return {v: k for v, k in lacking.items() if k}

    # -- result ---------------------------------------------------------------------------------

    def result(
        self, table: pa.Table, variables: Sequence[Variable], terms: Sequence[Term], lacking: dict[Variable, int]
    ) -> Rollup:
        """The roll-up from what the engine gave."""
        factors, cells, keyed, place = self._told_apart(table)

        def number(name: str) -> Floats:
            return floats(table[name])[place]

        def truth(name: str) -> np.ndarray:
            return array(table[name]).astype(bool)[place]

        rows = table.num_rows
        limits = []
        for i in range(len(self.fpc)):
            low = number(f"lo{i}")
            limits.append((low, low if self.units else number(f"hi{i}")))
        certain = truth("certain") if self.design.certainty else None
        order = number("order") if self.order else None
        if order is not None and np.isnan(order).any():
            raise ObservatoryError(f"The column {self.order!r} has missing values.", "Give an order on every row.")
        plan = make_plan(self.design, factors, limits, certain, order if self.design.collapse else None, rows)
        phases = None
        if self.design.second is not None:
            phases = two_phase_variance(self.design.second, plan, factors, truth("selected"), rows)
        inside = truth("inside") if self.inside is not None else np.ones(rows, dtype=bool)
        w = number("w")
        values: dict[Variable, Floats] = {}
        flat: dict[Term, Floats] = {}
        everyone = np.ones(rows) if self.units else number("n")
        if self.units:
            values = {v: floats(table[f"y{i}"]) for i, v in enumerate(variables)}
            sums, counts = self._unit_sums(values, terms, w, inside)
        else:

            def inner(name: str) -> Floats:
                return np.where(inside, np.nan_to_num(number(name)), 0.0)

            column = _columns(terms, bool(lacking))
            made = {i: inner(f"s{i}") for i in dict.fromkeys(column.values())}
            sums = {t: made[i] for t, i in column.items()}
            if self.flat:
                made = {i: inner(f"f{i}") for i in dict.fromkeys(column.values())}
                flat = {t: made[i] for t, i in column.items()}
            n = np.where(inside, everyone, 0.0)
            counts = {(): n}
            for i, known in enumerate(_known(terms)):
                counts[known] = np.where(inside, number(f"m{i}"), 0.0) if lacking else n
        weights = {n: w if n == self.weighted else number(f"u{i}") for i, n in enumerate(self.weights)}
        if self.units and any(s.kind == "rake" for s in self.design.steps):
            first = weights[self.design.steps[0].before]
            with np.errstate(divide="ignore", invalid="ignore"):
                inverse = np.where(first != 0, 1.0 / first, 0.0)
            flat = {t: s * inverse for t, s in sums.items()}
        codes = np.column_stack([f.codes for f in cells]) if cells else np.zeros((rows, 0), dtype=np.int64)
        named = tuple(design_names(self.design, factors, rows)) if self.named else ()
        staged = tuple(stage_names(self.design, factors, rows)) if self.named else ()
        replicates = [floats(table[f"r{i}"]) for i in range(len(self.supplied))]
        supplied = np.column_stack(replicates) if replicates else None
        return Rollup(
            plan, self.by, tuple(f.labels for f in cells), codes, inside, sums, counts, dict(self.pilot), lacking,
            self.total, weights, everyone, keyed, {n: floats(table[f"x{i}"]) for i, n in enumerate(self.numbers)}, flat,
            values, order, supplied, named, staged, phases,
        )  # fmt: skip

    def _told_apart(self, table: pa.Table) -> tuple[dict[str, Factor], list[Factor], dict[str, Factor], Any]:
        """The codes of design, cells and adjustments, row by row, and the place in `table` of each row."""
        factors = {n: factor(table[f"d{i}"]) for i, n in enumerate(self.names)}
        cells = [factor(table[f"b{i}"], n) for i, n in enumerate(self.by)]
        keyed = {n: factor(table[f"k{i}"]) for i, n in enumerate(self.keys)}
        if self.units:
            return factors, cells, keyed, slice(None)
        # The engine gives groups in any order; a fixed one keeps sums the same from run to run.
        conditions = [array(table[n]).astype(np.int64) for n in _CONDITIONS if n in table.column_names]
        columns = [*conditions, *(f.codes for f in (*keyed.values(), *cells, *factors.values()))]
        place: Any = np.lexsort(columns) if columns else slice(None)
        return (
            {n: Factor(f.codes[place], f.labels) for n, f in factors.items()},
            [Factor(f.codes[place], f.labels) for f in cells],
            {n: Factor(f.codes[place], f.labels) for n, f in keyed.items()},
            place,
        )

    def further(self, rollup: Rollup, marks: Sequence[Any]) -> tuple[list[Floats], list[Floats]]:
        """Weighted counts of marked units on the rows of an earlier roll-up, and those with weights taken out."""
        columns = {f"s{i}": (self.weight * v).sum() for i, v in enumerate(marks)}
        if self.flat:
            first: Any = self.weights[self.design.steps[0].before]
            ratio = (first != 0).ifelse(self.weight / first, 0.0)
            columns |= {f"f{i}": (ratio * v).sum() for i, v in enumerate(marks)}
        keys = self._keys()
        table = self.sample.arrow(self.sample.table.group_by(**keys).agg(**columns))
        _, cells, _, place = self._told_apart(table)
        again = table.num_rows == rollup.rows
        if not again or any(not np.array_equal(f.codes, rollup.cell[:, i]) for i, f in enumerate(cells)):
            raise ObservatoryError(
                f"{self.sample.name.capitalize()} has other rows each time it is read.",
                "Store it first (engine.create): a random or unordered choice of rows must be made once.",
            )

        def inner(name: str) -> Floats:
            return np.where(rollup.inside, np.nan_to_num(floats(table[name])[place]), 0.0)

        return [inner(f"s{i}") for i in range(len(marks))], [inner(f"f{i}") for i in range(len(marks)) if self.flat]

    def _unit_sums(
        self, values: Mapping[Variable, Floats], terms: Sequence[Term], w: Floats, inside: np.ndarray
    ) -> tuple[dict[Term, Floats], dict[tuple[Variable, ...], Floats]]:
        known = {v: ~np.isnan(y) for v, y in values.items()}
        for v, y in values.items():
            present = y[:256][known[v][:256]]
            self.pilot[v] = float(np.median(present)) if len(present) else 0.0
        everyone = inside.astype(np.float64)
        counts: dict[tuple[Variable, ...], Floats] = {(): everyone}
        for names in _known(terms):
            if all(known[v].all() for v in names):
                counts[names] = everyone
            else:
                counts[names] = reduce(lambda a, v: a * known[v], names, everyone)
        filled = {v: y if known[v].all() else np.where(known[v], y, 0.0) for v, y in values.items()}
        sums = {}
        for term in terms:
            product = w * counts[term.known]
            for v in term.factors:
                product = product * (filled[v] - self.pilot[v] if term.about_pilot else filled[v])
            sums[term] = product
        return sums, counts


def design_names(design: Design, factors: Mapping[str, Factor], rows: int) -> list[str]:
    """The name of the first-stage cluster on each row; a unit sampled directly is named by its place, from 1."""
    if not design.clusters:
        return [str(i + 1) for i in range(rows)]
    return [" × ".join(factors[n].labels[factors[n].codes[i]] for n in design.clusters[0]) for i in range(rows)]


def stage_names(design: Design, factors: Mapping[str, Factor], rows: int) -> list[tuple[str, ...]]:
    """The names of the clusters of each stage that the roll-up tells apart, on each row."""
    found = []
    for columns in design.clusters:
        if any(n not in factors for n in columns):
            break
        labels = [[factors[n].labels[k] for k in factors[n].codes] for n in columns]
        found.append(tuple(" × ".join(parts) for parts in zip(*labels, strict=True)))
    return found


def _columns(terms: Sequence[Term], masked: bool) -> dict[Term, int]:
    """Which column of sums holds a term; without missing values, terms of the same product are one."""
    first: dict[object, int] = {}
    return {t: first.setdefault(t if masked else t.factors, i) for i, t in enumerate(terms)}


def _known(terms: Sequence[Term]) -> tuple[tuple[Variable, ...], ...]:
    return tuple(dict.fromkeys(t.known for t in terms if t.known))


def _all_known(columns: Sequence[ir.Column]) -> ir.BooleanValue:
    conditions: list[Any] = [c.notnull() for c in columns]
    return reduce(lambda a, b: a & b, conditions)


def _finite(column: Any) -> ir.Column:
    made: ir.Column = column.isnan().ifelse(ibis.null(column.type()), column)
    return made


def _no_such_value(column: str, kind: dt.DataType, value: object) -> ObservatoryError:
    return ObservatoryError(
        f"The column {column!r} holds {kind}, and {value!r} is not such a value.",
        "Give the code as it stands in the column.",
    )


def refuse_unknown_codes(rounds: Sequence[tuple[Sample, Rollup]]) -> None:
    """Raise ObservatoryError for indicators of a code that no unit has in any of these samples.

    A code in none of the estimates is looked for in the samples, since a share of nought is what a typing error gives.
    """
    sums = [(t, s) for _, rollup in rounds for t, s in rollup.sums.items() if len(t.factors) == 1]
    asked = dict.fromkeys(t.factors[0] for t, _ in sums if t.factors[0].equals is not None)
    doubtful = [v for v in asked if not any(s.any() for t, s in sums if t.factors == (v,))]
    # Yes and no are the codes of such a column, whether both occur or not.
    doubtful = [v for v in doubtful if not isinstance(rounds[0][0].column(v.column).type(), dt.Boolean)]
    for sample, _ in rounds:
        if doubtful:
            found = sample.row(**{f"v{i}": v.of(sample).max() for i, v in enumerate(doubtful)})
            doubtful = [v for i, v in enumerate(doubtful) if not found[f"v{i}"]]
    if doubtful:
        raise _unknown_code(doubtful[0], [sample for sample, _ in rounds])


def _unknown_code(variable: Variable, samples: Sequence[Sample]) -> ObservatoryError:
    codes: dict[Any, None] = {}
    for sample in samples:
        column: Any = sample.column(variable.column)
        listed = sample.table.select(code=column).filter(column.notnull()).distinct().limit(_LOOKED_AT)
        codes |= dict.fromkeys(sample.arrow(listed)["code"].to_pylist())
    asked: Any = variable.equals
    hint, near = "", sorted(codes)
    if isinstance(asked, str):
        folded = {code.strip().casefold(): code for code in codes}
        alike = [folded[name] for name in get_close_matches(asked.strip().casefold(), list(folded), 3, 0.5)]
        hint = f"Did you mean {' or '.join(map(repr, alike))}? " if alike else ""
    elif len(codes) > _SHOWN:
        near = sorted(codes, key=lambda code: abs(float(code) - asked))[:_SHOWN]
    shown = ", ".join(map(repr, near[:_SHOWN])) + (", …" if len(codes) > _SHOWN else "")
    where = " or ".join(dict.fromkeys(sample.name for sample in samples))
    return ObservatoryError(
        f"No unit of {where} has the code {asked!r} in the column {variable.column!r}.",
        f"{hint}Codes: {shown}. Where a code may rightly be absent, give a condition and a name: "
        f"lambda t: t[{variable.column!r}] == {asked!r}, name='…'.",
    )


def _infinite(variable: Variable, count: int) -> ObservatoryError:
    return ObservatoryError(
        f"{variable.label!r} is infinite on {count:,} units.", "Correct the values; a missing value is null."
    )


def yes_or_no(sample: Sample, name: str) -> ir.Value:
    """The yes-or-no column `name` as booleans."""
    column: Any = sample.column(name)
    if not isinstance(column.type(), (dt.Boolean, dt.Integer)):
        raise ObservatoryError(f"The column {name!r} is not a yes-or-no column.", "Give booleans, or 0 and 1.")
    made: ir.Value = column.cast("boolean")
    return made


def condition(sample: Sample, name: str) -> ir.Value:
    """The yes-or-no column `name` as booleans without gaps. Raises ObservatoryError where it is missing."""
    column: Any = yes_or_no(sample, name)
    lost = int(sample.row(n=column.isnull().cast("int64").sum())["n"] or 0)
    if lost:
        raise ObservatoryError(f"The column {name!r} is missing on {lost:,} units.", "Say yes or no on every row.")
    made: ir.Value = column
    return made


def cell_column(sample: Sample, name: str) -> ir.Value:
    """The column `name` as what tells domains apart. Raises ObservatoryError for fractions."""
    column: Any = sample.codes(name)
    kind = column.type()
    if isinstance(kind, (dt.Floating, dt.Decimal)):
        parts = sample.row(odd=((column != column.floor()) & column.notnull()).cast("int64").sum())
        if parts["odd"]:
            raise ObservatoryError(
                f"The column {name!r} holds fractions and cannot tell domains apart.",
                "Cut it into classes first.",
            )
        return _finite(column.cast("float64")).cast("int64")
    return column


def factor(column: pa.ChunkedArray, domain: str | None = None) -> Factor:
    """A column as codes in the natural order of its values. A missing value is the code `UNKNOWN`, last."""
    encoded = column.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.nulls(0, column.type)
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    values, indices = encoded.dictionary, encoded.indices
    codes = array(indices.cast(pa.int64()), len(values))
    # A dictionary may list codes that no row has, such as the values of an engine's enumeration.
    occurring = np.zeros(len(values) + 1, dtype=bool)
    occurring[codes] = True
    order = array(pc.sort_indices(values))
    order = order[occurring[order]]
    rank = np.full(len(values), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    labels = [_label(v) for v in values.take(whole_numbers(order)).to_pylist()]
    if indices.null_count:
        if UNKNOWN in labels:
            raise ObservatoryError(
                f"{'A column' if domain is None else f'The column {domain!r}'} has the code {UNKNOWN} and is missing "
                f"on other units, which would get that code here.",
                "Give all of them the code, or give the code another name.",
            )
        labels.append(UNKNOWN)
        rank = np.append(rank, len(order))
    if domain is not None and TOTAL in labels:
        raise ObservatoryError(
            f"The column {domain!r} has the code {TOTAL}, which stands for the total here.",
            "Leave the rows that are totals out of the sample, or give the code another name.",
        )
    return Factor(rank[codes] if len(rank) else codes, tuple(labels))


def _label(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # Frames hold whole numbers with gaps as fractions; 1.0 and 1 are the same code.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
