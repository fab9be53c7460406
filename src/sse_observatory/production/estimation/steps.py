"""Adjustments of weights, as the variance needs to know them.

A step turned one column of weights into the next. The variance of a calibrated estimate is that of residuals: the
linearised variable less what the auxiliary variables explain of it (Deville and Särndal 1992). Replicates instead go
through the same step again with their own weights. Steps work on the rows of a roll-up; where the auxiliary variables
are codes, those are rows of clusters and classes, not of units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy import sparse, special

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.plan import Codes, Factor, Floats, crossed
from sse_observatory.production.estimation.sample import Sample
from sse_observatory.production.estimation.solving import (
    Distance,
    Solved,
    gram,
    logistic,
    newton,
    proportional,
    symmetric_inverse,
)

Kind = Literal["poststratify", "rake", "calibrate", "respond", "propensity", "trim"]

_RAKING_SWEEPS = 10
"""Sweeps over the margins that take the residual of a raked estimate, as R survey has it."""


@dataclass(frozen=True, slots=True)
class Margin:
    """Known totals of one set of auxiliary variables.

    Of codes: `columns` and, for each class, its codes. Of a number: one column and no classes. Of the units
    themselves: no column.
    """

    columns: tuple[str, ...]
    classes: tuple[tuple[str, ...], ...] | None
    totals: tuple[float, ...]
    estimated: bool = False
    """Whether the totals are those of the first phase of the sample, and vary with it."""

    @property
    def label(self) -> str:
        """How the margin is called in messages."""
        return " × ".join(self.columns) or "the number of units"

    def names(self) -> list[str]:
        """The name of each total."""
        if self.classes is None:
            return [self.label]
        return [", ".join(f"{c}={v}" for c, v in zip(self.columns, k, strict=True)) for k in self.classes]


@dataclass(frozen=True, slots=True)
class Step:
    """One adjustment of the weights: from the column `before` to the column `after`."""

    kind: Kind
    before: str
    after: str
    margins: tuple[Margin, ...]
    distance: Distance = "linear"
    bounds: tuple[float, float] = (-np.inf, np.inf)
    spread: str | None = None
    """A column proportional to the variance of the residuals of the working model."""
    cluster: tuple[str, ...] = ()
    """Columns that name the households or clusters whose units share one factor."""
    responded: str | None = None
    tolerance: float = 1e-9
    iterations: int = 1000
    first: str | None = None
    """The column of first-phase weights, where those of a second phase were adjusted."""

    def describe(self) -> str:
        """The adjustment in a few words."""
        names = ", ".join(m.label + (" of the first phase" if m.estimated else "") for m in self.margins)
        if self.kind == "trim":
            return "trimmed"
        if self.kind == "respond":
            return f"adjusted for non-response within {names}"
        if self.kind == "propensity":
            return f"adjusted for non-response by its propensity given {names}"
        if self.kind == "poststratify":
            return f"post-stratified by {names}"
        if self.kind == "rake":
            return f"raked to {names}"
        within = f" within {' × '.join(self.cluster)}" if self.cluster else ""
        limits = f", factors from {self.bounds[0]:g} to {self.bounds[1]:g}" if np.isfinite(self.bounds).any() else ""
        return f"calibrated ({self.distance}{limits}){within} to {names}"

    @property
    def needs_units(self) -> bool:
        """Whether rows must be units: some auxiliary value is a number, or units of a class are treated unlike."""
        numbers = any(m.classes is None and m.columns for m in self.margins)
        return self.kind == "trim" or bool(self.cluster or self.spread) or numbers

    # -- what a roll-up has to carry ----------------------------------------------------------------

    def keys(self, sample: Sample) -> dict[str, ir.Value]:
        """Columns of codes the rows must not mix."""
        if self.cluster:
            return {}
        found: dict[str, ir.Value] = {}
        for c in self.keys_used():
            column: Any = sample.column(c)
            # Frames hold whole numbers with gaps as fractions; 1.0 and 1 are the same code.
            found[c] = column.cast("int64") if column.type().is_floating() else column
        return found

    def numbers(self, sample: Sample) -> dict[str, ir.Value]:
        """Columns of numbers, with rows that are units; averaged over households where those share a factor."""
        found = self._numbers(sample)
        if self.first is None:
            return found
        # Totals that are known ask nothing of units outside the second phase, which may lack the variable.
        chosen: Any = sample.number(self.before) != 0
        return {n: chosen.ifelse(value.cast("float64"), 1.0) for n, value in found.items()}

    def _numbers(self, sample: Sample) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.spread:
            found[f"{self.after}:spread"] = sample.number(self.spread)
        if not self.cluster:
            for m in self.margins:
                if m.classes is None and m.columns:
                    found[f"number:{m.columns[0]}"] = sample.number(m.columns[0])
            return found
        window = ibis.window(group_by=[sample.column(c) for c in self.cluster])
        for i, m in enumerate(self.margins):
            if m.classes is None:
                value: Any = sample.number(m.columns[0]) if m.columns else ibis.literal(1.0)
                found[f"{self.after}:{i}:0"] = value.mean().over(window) if m.columns else value
                continue
            for j, codes in enumerate(m.classes):
                hit: Any = ibis.literal(True)
                for column, code in zip(m.columns, codes, strict=True):
                    hit = hit & (as_code(sample, column) == code)
                found[f"{self.after}:{i}:{j}"] = hit.cast("float64").mean().over(window)
        if self.spread:
            found[f"{self.after}:spread"] = sample.number(self.spread).mean().over(window)
        return found

    def column_of(self, number: str) -> str:
        """The column that one of `numbers` is made from."""
        if number == f"{self.after}:spread":
            return str(self.spread)
        if number.startswith("number:"):
            return number.removeprefix("number:")
        return self.margins[int(number.removeprefix(f"{self.after}:").split(":")[0])].label

    # -- on the rows of a roll-up -----------------------------------------------------------------------

    def matrix(self, codes: Mapping[str, Factor], numbers: Mapping[str, Floats], rows: int) -> sparse.csr_array:
        """Rows × auxiliary variables."""
        blocks = []
        for i, m in enumerate(self.margins):
            if self.cluster:
                width = 1 if m.classes is None else len(m.classes)
                dense = np.column_stack([numbers[f"{self.after}:{i}:{j}"] for j in range(width)])
                blocks.append(sparse.csr_array(dense))
            elif m.classes is None:
                column = numbers[f"number:{m.columns[0]}"] if m.columns else np.ones(rows)
                blocks.append(sparse.csr_array(column[:, None]))
            else:
                at = classes(m, codes, rows)
                ones = (np.ones(rows), (np.arange(rows), at))
                blocks.append(sparse.csr_array(ones, shape=(rows, len(m.classes))))
        return sparse.csr_array(sparse.hstack(blocks))

    def targets(self) -> Floats:
        """The known totals, in the order of the matrix's columns."""
        return np.array([t for m in self.margins for t in m.totals])

    def names(self) -> list[str]:
        """The names of the known totals."""
        return [n for m in self.margins for n in m.names()]

    def solve(self, codes: Mapping[str, Factor], numbers: Mapping[str, Floats], w: Floats) -> Solved:
        """The factors on weights `w`. Raises ObservatoryError where there are none that meet the totals."""
        if self.first is not None and not w.all():
            used = np.flatnonzero(w)
            solved = replace(self, first=None).solve(*_some(codes, numbers, used), w[used])
            g = np.ones(len(w))
            g[used] = solved.g
            return replace(solved, g=g)
        rows = len(w)
        if self.kind == "respond":
            return Solved(self._response(codes, w), np.zeros(0), 1, 0.0)
        if self.kind == "propensity":
            return self._propensity(codes, numbers, w)
        if self.kind in {"poststratify", "rake"}:
            margins = [(classes(m, codes, rows), np.array(m.totals)) for m in self.margins]
            for (at, totals), m in zip(margins, self.margins, strict=True):
                reached = np.bincount(at, weights=w, minlength=len(totals))
                empty = np.flatnonzero((reached <= 0) & (totals > 0))
                if len(empty):
                    raise ObservatoryError(
                        f"No unit of the sample is in {m.names()[empty[0]]}, whose known total is "
                        f"{totals[empty[0]]:,.6g}.",
                        "Merge the class with another, in the sample and in the totals.",
                    )
            return proportional(margins, w, self.tolerance, self.iterations, [m.label for m in self.margins])
        return newton(
            self.matrix(codes, numbers, rows), w, self.targets(), self.distance, self.bounds,
            numbers.get(f"{self.after}:spread"), self.tolerance, min(self.iterations, 200), self.names(),
        )  # fmt: skip

    def factors(
        self, codes: Mapping[str, Factor], numbers: Mapping[str, Floats], w: Floats
    ) -> Floats:
        """The factors on weights `w` of rows: solved once per class where rows of a class share them."""
        if self.needs_units:
            return self.solve(codes, numbers, w).g
        names = list(self.keys_used())
        at = crossed([codes[n].codes for n in names], len(w))
        count = int(at.max()) + 1
        row = np.zeros(count, dtype=np.int64)
        row[at[::-1]] = np.arange(len(at) - 1, -1, -1)
        narrow = {n: Factor(codes[n].codes[row], codes[n].labels) for n in names}
        return self.solve(narrow, {}, np.bincount(at, weights=w, minlength=count)).g[at]

    def keys_used(self) -> tuple[str, ...]:
        """The columns of codes this step looks at."""
        names = [c for m in self.margins if m.classes is not None for c in m.columns]
        return tuple(dict.fromkeys([*names, *((self.responded,) if self.responded else ())]))

    def _response(self, codes: Mapping[str, Factor], w: Floats) -> Floats:
        """Within each group, the weight of all over the weight of those who responded; zero for the others."""
        at = classes(self.margins[0], codes, len(w))
        count = len(self.margins[0].classes or ((),))
        here = self.responds(codes)
        everyone = np.bincount(at, weights=w, minlength=count)
        answered = np.bincount(at, weights=w * here, minlength=count)
        lost = np.flatnonzero((everyone > 0) & (answered <= 0))
        if len(lost):
            raise ObservatoryError(
                f"Nobody responded in the group {self.margins[0].names()[lost[0]]}.",
                "Merge it with a group in which units responded.",
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(answered > 0, everyone / answered, 0.0)
        return ratio[at] * here

    def _propensity(self, codes: Mapping[str, Factor], numbers: Mapping[str, Floats], w: Floats) -> Solved:
        """One over the estimated probability of response; zero for those who did not respond."""
        here = self.responds(codes)
        x = self.matrix(codes, numbers, len(w))
        fitted = logistic(x, w, here, self.names())
        p = special.expit(np.asarray(x @ fitted.multipliers))
        g = np.where(here > 0, 1.0 / p, 0.0)
        return Solved(g, fitted.multipliers, fitted.iterations, fitted.misfit)

    def working_variance(self, numbers: Mapping[str, Floats]) -> Floats | None:
        """The working variances as residuals take them: R survey leaves them out of distances but the linear one."""
        linear = self.distance == "linear" and not np.isfinite(self.bounds).any()
        return numbers.get(f"{self.after}:spread") if linear else None

    def responds(self, codes: Mapping[str, Factor]) -> Floats:
        """1 on the rows of units that responded, 0 on the others."""
        found = codes[str(self.responded)]
        yes = np.array([label in {"true", "1"} for label in found.labels], dtype=np.float64)
        return yes[found.codes]


def _some(
    codes: Mapping[str, Factor], numbers: Mapping[str, Floats], rows: Codes
) -> tuple[dict[str, Factor], dict[str, Floats]]:
    """Codes and numbers of some rows."""
    return {n: Factor(f.codes[rows], f.labels) for n, f in codes.items()}, {n: x[rows] for n, x in numbers.items()}


def classes(margin: Margin, codes: Mapping[str, Factor], rows: int) -> Codes:
    """The class of each row. Raises ObservatoryError for codes without a total."""
    if not margin.columns:
        return np.zeros(rows, dtype=np.int64)
    at = crossed([codes[c].codes for c in margin.columns], rows)
    count = int(at.max()) + 1 if rows else 0
    row = np.zeros(count, dtype=np.int64)
    row[at[::-1]] = np.arange(rows - 1, -1, -1)
    place = {k: i for i, k in enumerate(margin.classes or ())}
    found = np.empty(count, dtype=np.int64)
    for i in range(count):
        key = tuple(codes[c].labels[codes[c].codes[row[i]]] for c in margin.columns)
        if key not in place:
            written = ", ".join(f"{c}={v}" for c, v in zip(margin.columns, key, strict=True))
            raise ObservatoryError(
                f"The sample has units with {written}, for which there is no known total.",
                "Give its total, or merge the class with another. A missing value is written _U.",
            )
        found[i] = place[key]
    return found[at]


def as_code(sample: Sample, column: str) -> ir.Value:
    """A column as the text of its codes."""
    value: Any = sample.column(column)
    kind = value.type()
    if kind.is_boolean():
        return value.ifelse("true", "false")
    if kind.is_floating():
        value = value.cast("int64")
    return value if kind.is_string() else value.cast("string")


@dataclass(frozen=True, slots=True)
class _PhaseResidual:
    """What residuals of a calibrated second phase are made with, on its rows."""

    rows: Codes
    a: sparse.csr_array
    inverse: Floats
    factor: Floats
    """Weights before the step over final weights (and over working variances)."""
    final: Floats
    known: np.ndarray
    """Which totals are known of the population, not estimated from the first phase."""


@dataclass(slots=True)
class Residuals:
    """The residuals of linearised variables after the steps of a design, on the rows of a roll-up.

    `x` are sums over a row's units of weight times variable; `flat` the same divided by the weights before the first
    step. A step's factor is the same for all units of a row. Calibrations are taken in their order, as R survey does;
    adjustments for non-response come last, because what calibration leaves is what non-response adds variance to.
    """

    steps: tuple[Step, ...]
    codes: Mapping[str, Factor]
    numbers: Mapping[str, Floats]
    weights: Mapping[str, Floats]
    """Sums of each column of weights on the rows."""
    counts: Floats
    _first: Floats = field(init=False)
    _operations: list[Callable[[Floats, Floats | None], tuple[Floats, Floats | None]]] = field(init=False)
    _phases: list[_PhaseResidual] = field(init=False)

    def __post_init__(self) -> None:
        self._phases = [self._by_phase(s) for s in reversed(self.steps) if s.first is not None]
        if self._phases:
            return
        response = [s for s in self.steps if s.kind in {"respond", "propensity"}]
        self._first = self.weights[self.steps[0].before]
        # Cuts are taken as given, and explain nothing.
        self._operations = [self._prepare(s) for s in self.steps if s not in response and s.kind != "trim"]
        self._operations += [self._prepare(s) for s in reversed(response)]

    @property
    def needs_flat(self) -> bool:
        """Whether residuals need sums without weights."""
        return any(s.kind == "rake" for s in self.steps)

    def of(self, x: Floats, flat: Floats | None) -> Floats:
        """Residuals of the columns of `x`."""
        for operation in self._operations:
            x, flat = operation(x, flat)
        return x

    def by_phase(self, x: Floats) -> tuple[Floats, Floats]:
        """What each phase of a two-phase sample has to vary: residuals of the columns of `x`.

        Totals estimated from the first phase explain nothing of what varies there. The last step comes first, because
        what it leaves is what the weights before it estimate.
        """
        one = two = x
        for phase in self._phases:
            coefficients = phase.inverse @ (phase.a.T @ (two[phase.rows] * phase.factor[:, None]))
            known = np.where(phase.known[:, None], coefficients, 0.0)
            one, two = one.copy(), two.copy()
            one[phase.rows] -= phase.final[:, None] * (phase.a @ known)
            two[phase.rows] -= phase.final[:, None] * (phase.a @ coefficients)
        return one, two

    def _by_phase(self, step: Step) -> _PhaseResidual:
        before, final = self.weights[step.before], self.weights[self.steps[-1].after]
        rows = np.flatnonzero(before)
        codes, numbers = _some(self.codes, self.numbers, rows)
        a = step.matrix(codes, numbers, len(rows))
        q, final = before[rows], final[rows]
        factor = np.divide(q, final, out=np.zeros_like(q), where=final != 0)
        spread = step.working_variance(numbers)
        if spread is not None:
            q, factor = q / spread, factor / spread
        known = np.array([not m.estimated for m in step.margins for _ in m.totals])
        return _PhaseResidual(rows, a, symmetric_inverse(gram(a, q)), factor, final, known)

    def _prepare(self, step: Step) -> Callable[[Floats, Floats | None], tuple[Floats, Floats | None]]:
        before, after = self.weights[step.before], self.weights[step.after]
        if step.kind == "rake":
            return partial(self._raked, [classes(m, self.codes, len(before)) for m in step.margins], after)
        a = step.matrix(self.codes, self.numbers, len(before))
        if step.kind == "propensity":
            return self._modelled(step, a, before)
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse_factor = np.where(after != 0, before / after, 0.0)
        q, moved = before, after
        spread = step.working_variance(self.numbers)
        if spread is not None:
            q, inverse_factor = before / spread, inverse_factor / spread
        if step.kind == "respond":
            q, inverse_factor, moved = after, (after != 0).astype(np.float64), after - before
        inverse = symmetric_inverse(gram(a, q))
        return partial(self._projected, a, inverse, inverse_factor, moved)

    def _projected(
        self, a: sparse.csr_array, inverse: Floats, factor: Floats, moved: Floats, x: Floats, flat: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """What the auxiliary variables `a` explain of `x`, taken away with the weights `moved`."""
        explained = a @ (inverse @ (a.T @ (x * factor[:, None])))
        return self._less(x, flat, moved, explained)

    def _less(
        self, x: Floats, flat: Floats | None, moved: Floats, explained: Floats
    ) -> tuple[Floats, Floats | None]:
        if flat is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(self._first != 0, moved / self._first, 0.0)
            flat = flat - (self.counts * ratio)[:, None] * explained
        return x - moved[:, None] * explained, flat

    def _modelled(
        self, step: Step, a: sparse.csr_array, before: Floats
    ) -> Callable[[Floats, Floats | None], tuple[Floats, Floats | None]]:
        """Estimated propensities: the score of each unit times what the estimates change (Kim and Kim 2007)."""
        here = step.responds(self.codes)
        p = special.expit(np.asarray(a @ logistic(a, before, here, step.names()).multipliers))
        inverse = symmetric_inverse(gram(a, before * p * (1 - p)))
        return partial(self._projected, a, inverse, 1 - p, before * (here - p))

    def _raked(
        self, margins: list[Codes], after: Floats, x: Floats, flat: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Ten sweeps of taking the plain mean of each class of each margin away, as R survey does."""
        assert flat is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self._first != 0, after / self._first, 0.0)
            inverse = np.where(ratio != 0, 1.0 / ratio, 0.0)
        sizes = [np.bincount(at, weights=self.counts) for at in margins]
        for _ in range(_RAKING_SWEEPS):
            for at, size in zip(margins, sizes, strict=True):
                mean = np.empty((len(size), x.shape[1]))
                for j in range(x.shape[1]):
                    mean[:, j] = np.bincount(at, weights=flat[:, j] * inverse, minlength=len(size)) / size
                taken = mean[at]
                x = x - after[:, None] * taken
                flat = flat - (self.counts * ratio)[:, None] * taken
        return x, flat
