"""Cross-tables of two columns of codes and tests that they are unrelated.

Pearson's X² is corrected for the design by the eigenvalues of the design-effect matrix Δ: its mean for the first-order
correction, mean and spread (with an F distribution) for the second (Rao and Scott 1984). Wald's test is given with and
without its correction for few degrees of freedom (Koch, Freeman and Freeman 1975; Thomas and Rao 1987).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy import special

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.estimate import View, cells_of, request
from sse_observatory.production.estimation.plan import Floats
from sse_observatory.production.estimation.precision import Influence, Replicated
from sse_observatory.production.estimation.rollup import UNKNOWN, Term
from sse_observatory.production.estimation.sample import SampleLike

Method = Literal["rao-scott-f", "rao-scott", "wald", "adjusted-wald"]


@dataclass(frozen=True, slots=True)
class Test:
    """A test that rows and columns are unrelated."""

    method: str
    statistic: float
    df: float
    df_denominator: float
    p_value: float

    def __str__(self) -> str:
        p = "p < 0.0001" if self.p_value < 1e-4 else f"p = {self.p_value:.4f}"
        below = f" and {self.df_denominator:.4g}" if math.isfinite(self.df_denominator) else ""
        return f"{self.method}: {self.statistic:.4g} on {self.df:.4g}{below} degrees of freedom, {p}"


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Estimated totals and shares of the cells of two columns, and tests of independence."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    names: tuple[str, str]
    totals: Floats
    """Rows × columns: the estimated number of units."""
    shares: Floats
    """Rows × columns: the share of all units."""
    se: Floats
    """Rows × columns: the standard errors of the shares."""
    n: Floats
    pearson: float
    """Pearson's X² of the shares times the number of units."""
    design_effects: Floats
    """The eigenvalues of Δ."""
    covariance: Floats
    nu: float
    """Degrees of freedom of the design."""
    totals_covariance: Floats

    @property
    def table(self) -> pa.Table:
        """A row per cell."""
        cells = [(r, c) for r in range(len(self.rows)) for c in range(len(self.columns))]
        return pa.table({
            self.names[0]: [self.rows[r] for r, _ in cells],
            self.names[1]: [self.columns[c] for _, c in cells],
            "total": [float(self.totals[r, c]) for r, c in cells],
            "share": [float(self.shares[r, c]) for r, c in cells],
            "se": [float(self.se[r, c]) for r, c in cells],
            "n": [int(self.n[r, c]) for r, c in cells],
        })

    def test(self, method: Method = "rao-scott-f") -> Test:
        """A test that the two columns are unrelated.

        ``rao-scott-f``: second-order corrected X² against an F distribution (R survey's ``F``, Stata's default).
        ``rao-scott``: first-order corrected X² against χ² (R's ``Chisq``). ``wald`` and ``adjusted-wald``: Wald's.
        """
        if method in {"wald", "adjusted-wald"}:
            return self._wald(method)
        effects = self.design_effects
        if method == "rao-scott":
            k = len(effects)
            p = special.chdtrc(k, self.pearson / effects.mean())
            return Test(method, float(self.pearson / effects.mean()), float(k), float("inf"), float(p))
        if method != "rao-scott-f":
            raise ObservatoryError(
                f"The test {method!r} is not known.", "Use rao-scott-f, rao-scott, wald or adjusted-wald."
            )
        statistic = self.pearson / effects.sum()
        df = float(effects.sum() ** 2 / (effects**2).sum())
        return Test(method, float(statistic), df, df * self.nu, float(special.fdtrc(df, df * self.nu, statistic)))

    def _wald(self, method: str) -> Test:
        r, c = self.totals.shape
        n = self.totals
        rows, columns, whole = n.sum(axis=1), n.sum(axis=0), n.sum()
        gap = n - np.outer(rows, columns) / whole
        # Derivative of each cell's distance from independence by each cell's total.
        jacobian = np.zeros((r, c, r, c))
        for i in range(r):
            for j in range(c):
                jacobian[i, j, i, j] += 1
                jacobian[i, j, i, :] -= columns[j] / whole
                jacobian[i, j, :, j] -= rows[i] / whole
                jacobian[i, j] += rows[i] * columns[j] / whole**2
        flat = jacobian.reshape(r * c, r * c)
        used = np.array([i * c + j for i in range(1, r) for j in range(1, c)])
        v = (flat @ self.totals_covariance @ flat.T)[np.ix_(used, used)]
        y = gap.reshape(-1)[used]
        x2 = float(y @ np.linalg.solve(v, y))
        df = float(len(used))
        if method == "wald":
            statistic, low = x2 / df, self.nu
        else:
            low = self.nu - df + 1
            statistic = x2 * low / (df * self.nu)
        p = float(special.fdtrc(df, low, statistic)) if low > 0 else float("nan")
        return Test(method, statistic, df, low, p)


def crosstab(
    sample: SampleLike,
    design: Design,
    row: str,
    column: str,
    *,
    domain: Callable[[ir.Table], ir.BooleanValue] | None = None,
) -> CrossTable:
    """The cross-table of two columns. Units without a code in one of them count in the design only."""
    if row == column:
        raise ObservatoryError("A cross-table is of two columns.", "Name two different ones.")
    work = request(sample, design, (row, column), domain=domain, margins=False)
    view = View(work, [Term()], False)
    rollup = view.rollup
    labels = [tuple(x for x in codes if x != UNKNOWN) for codes in rollup.codes]
    r, c = len(labels[0]), len(labels[1])
    known = rollup.inside & (rollup.cell[:, 0] < r) & (rollup.cell[:, 1] < c)
    if r < 2 or c < 2:
        raise ObservatoryError(
            f"{row!r} has {r} code(s) and {column!r} has {c} in this domain.", "A test needs two of each at least."
        )
    everyone = cells_of(rollup, ())
    nu = float(view.precision.degrees_of_freedom(everyone.domain, 1, rollup.inside)[0])
    cell = np.where(known, rollup.cell[:, 0] * c + rollup.cell[:, 1], 0)
    weight = np.where(known, view.sums[Term()], 0.0)
    base = np.where(known, view.base[Term()], 0.0)
    totals = np.bincount(cell, weights=weight, minlength=r * c)
    whole = totals.sum()
    p = totals / whole
    n = np.bincount(cell, weights=np.where(known, rollup.counts[()], 0.0), minlength=r * c)
    if isinstance(view.precision, Replicated):
        replicated = view.precision.totals([base], cell, r * c)[0]
        factors = view.precision.factors
        v_totals = factors.covariance(replicated, totals)
        v = factors.covariance(replicated / replicated.sum(axis=1, keepdims=True), p)
    else:
        flat = np.where(known, rollup.flat[Term()], 0.0) if rollup.flat else None
        v_totals = _covariance(view, cell, weight, flat, np.zeros(r * c), 1.0)
        v = _covariance(view, cell, weight, flat, p, float(whole))
    # X² times N over N is what the design corrects; any basis of the interactions gives the same eigenvalues.
    inverse = np.diag(np.divide(1.0, p, out=np.zeros_like(p), where=p > 0))
    contrasts = np.kron(_contrasts(r), _contrasts(c))
    size = float(n.sum())
    simple = contrasts.T @ inverse @ contrasts / size
    actual = contrasts.T @ inverse @ v @ inverse @ contrasts
    effects = np.real(np.linalg.eigvals(np.linalg.solve(simple, actual)))
    expected = np.outer(p.reshape(r, c).sum(axis=1), p.reshape(r, c).sum(axis=0)).reshape(-1)
    pearson = size * float(((p - expected) ** 2 / expected).sum())
    return CrossTable(
        labels[0], labels[1], (row, column), totals.reshape(r, c), p.reshape(r, c),
        np.sqrt(np.maximum(np.diag(v), 0)).reshape(r, c), n.reshape(r, c), pearson, np.sort(effects)[::-1], v, nu,
        v_totals,
    )  # fmt: skip


def _covariance(
    view: View, cell: np.ndarray, weight: Floats, flat: Floats | None, centre: Floats, scale: float
) -> Floats:
    """Covariance of the cells' totals about `centre` of the whole, over `scale`."""
    count = len(centre)

    def wide(domains: np.ndarray, without_weights: bool) -> Floats:
        amount = flat if without_weights and flat is not None else weight
        made: Floats = amount[:, None] * ((cell[:, None] == domains[None, :]) - centre[domains][None, :]) / scale
        return made

    precision = view.precision
    assert not isinstance(precision, Replicated)
    influence = Influence(cell, None, flat, wide)
    return precision.spread.covariance(precision.residual(influence, np.arange(count)))


def _contrasts(k: int) -> Floats:
    """A basis of the vectors of `k` numbers that add up to zero."""
    return np.vstack([np.eye(k - 1), -np.ones(k - 1)])
