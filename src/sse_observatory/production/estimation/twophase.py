"""Two-phase samples: a first sample observed cheaply, and a second drawn from it.

The sample table has a row per first-phase unit and says which were selected again. The estimator is the double
expansion one; its variance uses the joint probabilities of both phases together (Särndal, Swensson and Wretman 1992,
9.3), as R survey's `twophase(method="full")`. With d₁ and d₂ the matrices (π_kl − π_k π_l)/π_kl of the two phases the
variance is the quadratic form of d₁ + d₂ − d₁∘d₂ in the expanded values. Within strata those matrices have two values,
one inside a cluster and one between clusters, so the form is a sum of squares of group sums and no matrix is made.

Calibrated weights have a residual for each phase (the same, 9.7): d₂ goes with what all auxiliary variables leave, and
d₁ − d₁∘d₂ with what those of known population totals leave, for totals estimated from the first phase vary with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.plan import Codes, Factor, Floats, Plan, crossed

if TYPE_CHECKING:
    from sse_observatory.production.estimation.steps import Residuals


@dataclass(frozen=True, slots=True, init=False)
class SecondPhase:
    """The second phase of a sample.

    `selected` is a yes-or-no column of the first-phase units. `strata` name the columns whose classes crossed are the
    strata of the second phase, `clusters` the columns that name what was selected there (units if none is given). Its
    sampling fractions are counted from the table.
    """

    selected: str
    strata: tuple[str, ...]
    clusters: tuple[str, ...]

    def __init__(self, selected: str, strata: str | Sequence[str] = (), clusters: str | Sequence[str] = ()) -> None:
        object.__setattr__(self, "selected", selected)
        object.__setattr__(self, "strata", (strata,) if isinstance(strata, str) else tuple(strata))
        object.__setattr__(self, "clusters", (clusters,) if isinstance(clusters, str) else tuple(clusters))

    def columns(self) -> tuple[str, ...]:
        """Every column it names."""
        return (self.selected, *self.strata, *self.clusters)

    def describe(self) -> str:
        """The second phase in a few words."""
        within = f" within {' × '.join(self.strata)}" if self.strata else ""
        return f"second phase: those with {self.selected}{within}"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase over the rows of a roll-up: cluster and stratum of each row, and d inside and between clusters."""

    cluster: Codes
    stratum: Codes
    inside: Floats
    """Stratum to d within a cluster."""
    between: Floats
    """Stratum to d between clusters."""


@dataclass(frozen=True, slots=True)
class TwoPhaseVariance:
    """The variance of sums of expanded values over second-phase units."""

    rows: Codes
    """The rows of second-phase units."""
    first: tuple[tuple[Codes, Floats], ...]
    """What the first phase adds: a group of each of those rows, and the coefficient of each group's squared sum."""
    second: tuple[tuple[Codes, Floats], ...]
    """The same of the second phase."""
    cluster: Codes
    stratum: Codes
    """Second-phase cluster and stratum of each of those rows."""
    residuals: Residuals | None = None
    """What calibration leaves of the expanded values."""

    def after(self, residuals: Residuals) -> TwoPhaseVariance:
        """The variance once weights were calibrated."""
        return replace(self, residuals=residuals)

    def variance(self, z: Floats, *, diagonal: bool = False) -> Floats:
        """Covariance matrix (or its diagonal) of the sums of the columns of `z` (rows of the roll-up)."""
        one, two = (z, z) if self.residuals is None else self.residuals.by_phase(z)
        one, two = one[self.rows], two[self.rows]
        columns = z.shape[1]
        out = np.zeros(columns) if diagonal else np.zeros((columns, columns))
        for code, coefficient, mine in (*((*g, one) for g in self.first), *((*g, two) for g in self.second)):
            sums = np.column_stack([np.bincount(code, weights=x, minlength=len(coefficient)) for x in mine.T])
            if diagonal:
                out += (coefficient[:, None] * sums**2).sum(axis=0)
            else:
                out += sums.T @ (coefficient[:, None] * sums)
        return out

    def degrees_of_freedom(self, domain: Codes, domains: int, present: np.ndarray) -> Floats:
        """Clusters less strata of the second phase that each domain meets."""
        here = present[self.rows]
        d = domain[self.rows][here]
        clusters = np.unique(np.column_stack([self.cluster[here], d]), axis=0)
        strata = np.unique(np.column_stack([self.stratum[here], d]), axis=0)
        counted = np.bincount(clusters[:, 1], minlength=domains) - np.bincount(strata[:, 1], minlength=domains)
        return counted.astype(np.float64)


def two_phase_variance(
    second: SecondPhase, plan: Plan, factors: dict[str, Factor], selected: np.ndarray, rows: int
) -> TwoPhaseVariance:
    """The variance of a two-phase sample whose first phase has the plan given. Raises ObservatoryError."""
    if any(s.factor.any() for s in plan.stages[1:]):
        raise ObservatoryError(
            "The first phase has several stages with corrections, which two-phase variances do not cover.",
            "Take its first stage as sampled with replacement (no fpc), or use replicate weights.",
        )
    chosen = np.flatnonzero(selected)
    if not len(chosen):
        raise ObservatoryError(f"No unit has {second.selected!r}.", "Check the column of the second phase.")
    stage = plan.first
    alone = (stage.size == 1) & ~stage.exhausted
    met = np.unique(stage.stratum[stage.cluster[chosen]])
    lone = [h for h in met if alone[h]]
    if lone:
        raise ObservatoryError(
            f"The first-phase stratum {plan.name_of(int(stage.first[lone[0]]))} has a single cluster.",
            "Join it with another stratum.",
        )
    fraction = np.zeros(stage.strata)
    fraction[stage.stratum] = stage.fraction
    one = _phase(stage.cluster[chosen], stage.stratum[stage.cluster[chosen]], fraction, stage.size)

    everywhere = crossed([factors[c].codes for c in second.strata], rows)
    units = np.arange(rows) if not second.clusters else crossed([factors[c].codes for c in second.clusters], rows)
    strata = int(everywhere.max()) + 1
    pairs = np.unique(np.column_stack([everywhere, units]), axis=0)
    taken = np.unique(np.column_stack([everywhere[chosen], units[chosen]]), axis=0)
    if len(np.unique(pairs[:, 1])) != len(pairs):
        raise ObservatoryError(
            "A second-phase cluster lies in two second-phase strata.", "Correct the columns of the second phase."
        )
    available = np.bincount(pairs[:, 0], minlength=strata).astype(np.float64)
    size = np.bincount(taken[:, 0], minlength=strata).astype(np.float64)
    empty = np.flatnonzero((available > 0) & (size == 0))
    if len(empty):
        row = int(np.flatnonzero(everywhere == empty[0])[0])
        raise ObservatoryError(
            f"No unit was selected in the second-phase stratum {_name(second, factors, row)}.",
            "Join it with another stratum.",
        )
    single = np.flatnonzero((size == 1) & (available > 1))
    if len(single):
        row = int(np.flatnonzero(everywhere == single[0])[0])
        raise ObservatoryError(
            f"A single unit was selected in the second-phase stratum {_name(second, factors, row)}, so its variance "
            "cannot be estimated.",
            "Join it with another stratum.",
        )
    share = np.divide(size, available, out=np.zeros(strata), where=available > 0)
    two = _phase(units[chosen], everywhere[chosen], share, size)
    n = len(chosen)

    def group(*codes: Codes) -> tuple[Codes, Codes]:
        code = crossed([c.astype(np.int64) for c in codes], n)
        row = np.zeros(int(code.max()) + 1, dtype=np.int64)
        row[code] = np.arange(n)
        return code, row

    h, c, g, e = one.stratum, one.cluster, two.stratum, two.cluster
    a1, b1 = one.inside - one.between, one.between
    a2, b2 = two.inside - two.between, two.between

    def forms(*parts: tuple[tuple[Codes, ...], Callable[[Codes], Floats]]) -> tuple[tuple[Codes, Floats], ...]:
        made = []
        for codes, coefficient in parts:
            code, row = group(*codes)
            made.append((code, coefficient(row)))
        return tuple(made)

    first = forms(
        ((c,), lambda r: a1[h[r]]),
        ((h,), lambda r: b1[h[r]]),
        ((c, e), lambda r: -a1[h[r]] * a2[g[r]]),
        ((c, g), lambda r: -a1[h[r]] * b2[g[r]]),
        ((h, e), lambda r: -b1[h[r]] * a2[g[r]]),
        ((h, g), lambda r: -b1[h[r]] * b2[g[r]]),
    )
    drawn_again = forms(((e,), lambda r: a2[g[r]]), ((g,), lambda r: b2[g[r]]))
    return TwoPhaseVariance(chosen, first, drawn_again, e, g)


def _phase(cluster: Codes, stratum: Codes, fraction: Floats, size: Floats) -> Phase:
    rest = 1.0 - fraction
    between = np.where(size > 1, -rest / np.maximum(size - 1, 1), 0.0)
    return Phase(cluster, stratum, rest, between)


def _name(second: SecondPhase, factors: dict[str, Factor], row: int) -> str:
    return ", ".join(f"{c}={factors[c].labels[factors[c].codes[row]]}" for c in second.strata) or "(all units)"
