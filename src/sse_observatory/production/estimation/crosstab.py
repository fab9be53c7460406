"""Cross-tables of two columns of codes and tests that they are unrelated.

Pearson's X² is corrected for the design by the eigenvalues of the design-effect matrix Δ: its mean for the first-order
correction, mean and spread (with an F distribution) for the second (Rao and Scott 1984). Wald's test is given with and
without its correction for few degrees of freedom (Koch, Freeman and Freeman 1975; Thomas and Rao 1987).

A test that the table cannot carry (cells too empty, clusters too few) is refused with the reason. R's `svychisq` counts
the degrees of freedom of the whole sample where a domain was taken of calibrated weights or unequal probabilities, and
does not know two-phase designs; here they are those of the domain, as in its `degf`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy import linalg, special

from sse_observatory.catalogue.parameters import PrecisionLimits
from sse_observatory.core import ObservatoryError, ObsStatus
from sse_observatory.production.estimation import intervals
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.estimate import View, cells_of, request, root
from sse_observatory.production.estimation.plan import Codes, Floats
from sse_observatory.production.estimation.precision import Influence, Replicated
from sse_observatory.production.estimation.result import FLAGS, MEANINGS, agreed_limits, nullable
from sse_observatory.production.estimation.rollup import UNKNOWN, Term
from sse_observatory.production.estimation.sample import SampleLike

if TYPE_CHECKING:
    from rich.console import Console

Method = Literal["rao-scott-f", "rao-scott", "wald", "adjusted-wald"]
METHODS: tuple[Method, ...] = ("rao-scott-f", "rao-scott", "wald", "adjusted-wald")

_SINGULAR = 1e-11
"""A covariance matrix whose smallest eigenvalue, in correlations, is below this has lost a dimension."""
_NAMED = 6
"""Cells named one by one in a note."""


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
    """The eigenvalues of Δ; none where empty cells leave the interactions undetermined."""
    covariance: Floats
    """Of the shares, row by row."""
    nu: float
    """Degrees of freedom of the design."""
    totals_covariance: Floats
    clusters: Floats
    """Rows × columns: in how many first-stage clusters the units of a cell lie."""
    units: int
    """Units of the sample, with a code or without."""
    about: str
    """The design in a line."""
    notes: tuple[str, ...] = ()
    """What a reader should know: units without a code, cells that are empty or lie in a single cluster."""
    level: float = 0.95
    limits: PrecisionLimits = field(default_factory=agreed_limits)

    @property
    def table(self) -> pa.Table:
        """A row per cell: codes, ``total`` with ``total_se``, ``share`` with ``se`` and its interval (on the log-odds),
        ``cv``, ``n`` units in so many ``clusters``, and the ``status`` of the share.
        """
        shape = self.shares.shape
        codes = [(self.rows[r], self.columns[c]) for r in range(shape[0]) for c in range(shape[1])]
        share, se, n = (x.reshape(-1) for x in (self.shares, self.se, self.n))
        df = np.full(len(share), self.nu)
        lower, upper = intervals.share("logit", share, se, df, self.level, n)
        cv = self._cv(share, se)
        totals = self.totals.reshape(-1)
        numbers: dict[str, Any] = {
            "total": totals, "total_se": root(np.diag(self.totals_covariance), totals), "share": share, "se": se,
            "lower": lower, "upper": upper, "cv": cv,
        }  # fmt: skip
        columns: dict[str, Any] = {self.names[0]: [r for r, _ in codes], self.names[1]: [c for _, c in codes]}
        columns |= {name: nullable(values) for name, values in numbers.items()}
        columns["n"] = pa.array(n.astype(np.int64))
        columns["clusters"] = pa.array(self.clusters.reshape(-1).astype(np.int64))
        columns["status"] = [str(s) for s in self._statuses(share, cv, n)]
        return pa.table(columns)

    def pandas(self) -> Any:
        """The table as a pandas DataFrame."""
        return self.table.to_pandas()

    def _cv(self, share: Floats, se: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            made: Floats = np.where((share > 0) & (self.nu > 0), se / share, np.nan)
        return made

    def _statuses(self, share: Floats, cv: Floats, n: Floats) -> Iterator[ObsStatus]:
        for s, c, units in zip(share, cv, n, strict=True):
            yield self.limits.classify(float(s), None if np.isnan(c) else float(c), int(units))

    # -- tests ----------------------------------------------------------------------------------------

    def test(self, method: Method = "rao-scott-f") -> Test:
        """A test that the two columns are unrelated.

        ``rao-scott-f``: second-order corrected X² against an F distribution (R survey's ``F``, Stata's default).
        ``rao-scott``: first-order corrected X² against χ² (R's ``Chisq``). ``wald`` and ``adjusted-wald``: Wald's.

        Raises ObservatoryError where the table or the design cannot carry the test.
        """
        if method not in METHODS:
            raise ObservatoryError(f"The test {method!r} is not known.", f"Use one of {', '.join(METHODS)}.")
        if not self.nu > 0:
            raise ObservatoryError(
                "The design leaves no degrees of freedom in this domain, so nothing can be tested.",
                "Take a domain that lies in more clusters.",
            )
        if method in {"wald", "adjusted-wald"}:
            return self._wald(method)
        effects = self.design_effects
        if not len(effects):
            raise ObservatoryError(
                f"Too many cells of {self.names[0]!r} × {self.names[1]!r} are empty to tell rows and columns apart: "
                f"{self._named(self.n == 0)}.",
                "Merge codes of a row or a column.",
            )
        if not effects.sum() > 0:
            raise ObservatoryError(
                "The variances of the table add up to nought or less, so X² has nothing to be measured by.",
                "Merge codes, or choose another variance (pps='brewer', replicates).",
            )
        if method == "rao-scott":
            k = len(effects)
            statistic = self.pearson / effects.mean()
            return Test(method, float(statistic), float(k), float("inf"), float(special.chdtrc(k, statistic)))
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
        df = float(len(used))
        low = self.nu if method == "wald" else self.nu - df + 1
        dimensions = _dimensions(v)
        if dimensions < len(used) or not low > 0:
            raise ObservatoryError(
                f"Wald's test needs {len(used)} interactions that vary apart; in this sample {dimensions} do, with "
                f"{self.nu:g} degrees of freedom.",
                "Use rao-scott-f, or merge codes.",
            )
        y = gap.reshape(-1)[used]
        x2 = float(y @ np.linalg.solve(v, y))
        statistic = x2 / df if method == "wald" else x2 * low / (df * self.nu)
        return Test(method, statistic, df, low, float(special.fdtrc(df, low, statistic)))

    # -- showing --------------------------------------------------------------------------------------

    def _named(self, which: np.ndarray) -> str:
        found = [f"{self.rows[i]} × {self.columns[j]}" for i, j in np.argwhere(which)]
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        return ", ".join(found[:_NAMED]) + more

    def summary(self, console: Console | None = None) -> None:
        """Print the shares in % with their standard errors, the margins, and what a test of independence says."""
        from rich.console import Console as RichConsole
        from rich.table import Table
        from rich.text import Text

        out = console or RichConsole(width=None if sys.stdout.isatty() else 140)
        grid = Table(box=None, pad_edge=False, header_style="bold")
        grid.add_column(self.names[0], no_wrap=True)
        for code in (*self.columns, "total"):
            grid.add_column(code, justify="right", no_wrap=True)
        met: set[str] = set()
        r, c = self.shares.shape
        v = self.covariance.reshape(r, c, r, c)
        for i in range(r + 1):
            cells = []
            for j in range(c + 1):
                a, b = slice(i, i + 1) if i < r else slice(0, r), slice(j, j + 1) if j < c else slice(0, c)
                share, n = self.shares[a, b].sum(), self.n[a, b].sum()
                var = v[a, b, a, b].reshape(self.n[a, b].size, -1).sum()
                whole = i == r and j == c
                se = root(np.array([0.0 if whole else var]), np.array([share]))
                cv = np.zeros(1) if whole else self._cv(np.array([share]), se)
                status = next(self._statuses(np.array([share]), cv, np.array([n])))
                flag = FLAGS.get(status, "")
                met.add(flag)
                style = "bold" if whole else "dim" if flag and flag in "nm:" else ""
                cells.append(Text(_cell(100 * share, 100 * float(se[0]), n, whole, flag), style))
            grid.add_row(Text(self.rows[i] if i < r else "total", "" if i < r else "bold"), *cells)
        out.print(f"[bold]{self.units:,} units[/]; {self.about}", highlight=False)
        out.print(f"{self.names[0]} × {self.names[1]}: % of all units ± standard error", highlight=False)
        out.print()
        out.print(grid, highlight=False)
        out.print()
        try:
            out.print(str(self.test()), highlight=False)
        except ObservatoryError as refused:
            out.print(f"No test: {refused.what}", highlight=False)
        # An empty cell shows a dash, as there is no number for its letter to stand beside.
        meanings = [f"{'–' if f == ':' else f} {m}" for f, m in MEANINGS.items() if f in met]
        if meanings:
            out.print(f"[dim]{', '.join(meanings)} (limits {self.limits.version})[/]", highlight=False)
        for note in self.notes:
            out.print(f"[dim]{note}[/]", highlight=False)


def _cell(share: float, se: float, n: float, whole: bool, flag: str) -> str:
    if whole:
        return f"{share:.1f}        "
    if not n:
        return "–        "
    error = f"{se:4.1f}" if np.isfinite(se) else "   ?"
    return f"{share:.1f} ±{error} {flag or ' '}"


def crosstab(
    sample: SampleLike,
    design: Design,
    row: str,
    column: str,
    *,
    domain: Callable[[ir.Table], ir.BooleanValue] | None = None,
    level: float = 0.95,
    limits: PrecisionLimits | None = None,
) -> CrossTable:
    """The cross-table of two columns. Units without a code in one of them count in the design only.

    A code that no unit of the domain has together with a code of the other column is left out of the table, and said.
    """
    if row == column:
        raise ObservatoryError("A cross-table is of two columns.", "Name two different ones.")
    work = request(sample, design, (row, column), domain=domain, margins=False, level=level, limits=limits)
    view = View(work, [Term()], False)
    rollup = view.rollup
    units = rollup.counts[()]
    weighed = rollup.inside & (units > 0)
    known = weighed.copy()
    for i in (0, 1):
        unknown = [k for k, code in enumerate(rollup.codes[i]) if code == UNKNOWN]
        known &= ~np.isin(rollup.cell[:, i], unknown)
    notes = [*rollup.plan.notes, *view.notes]
    codes, labels = [], []
    for i, name in enumerate((row, column)):
        used = np.unique(rollup.cell[known, i])
        every = [k for k, code in enumerate(rollup.codes[i]) if code != UNKNOWN]
        gone = [rollup.codes[i][k] for k in every if k not in used]
        if gone:
            notes.append(f"{name!r}: no unit of the table has {_listed(gone)}, which is left out.")
        labels.append(tuple(rollup.codes[i][k] for k in used))
        codes.append(np.searchsorted(used, rollup.cell[:, i]))
    r, c = len(labels[0]), len(labels[1])
    if r < 2 or c < 2:
        raise ObservatoryError(
            f"{row!r} has {r} code(s) and {column!r} has {c} among the units that have both.",
            "A test needs two of each at least: take a wider domain, or estimate shares of the one column.",
        )
    lacking = int(units[weighed & ~known].sum())
    if lacking:
        notes.append(f"{lacking:,} units have no code of {row!r} or {column!r} and count in the design only.")
    everyone = cells_of(rollup, ())
    nu = float(view.precision.degrees_of_freedom(everyone.domain, 1, weighed)[0])
    cell = np.where(known, codes[0] * c + codes[1], 0)
    weight = np.where(known, view.sums[Term()], 0.0)
    base = np.where(known, view.base[Term()], 0.0)
    totals: Floats = np.bincount(cell, weights=weight, minlength=r * c)
    whole = totals.sum()
    p = totals / whole
    n: Floats = np.bincount(cell, weights=np.where(known, units, 0.0), minlength=r * c)
    if isinstance(view.precision, Replicated):
        replicated = view.precision.totals([base], cell, r * c)[0]
        factors = view.precision.factors
        v_totals = factors.covariance(replicated, totals)
        with np.errstate(divide="ignore", invalid="ignore"):
            v = factors.covariance(replicated / replicated.sum(axis=1, keepdims=True), p)
    else:
        flat = np.where(known, rollup.flat[Term()], 0.0) if rollup.flat else None
        v_totals = _covariance(view, cell, weight, flat, np.zeros(r * c), 1.0, known)
        v = _covariance(view, cell, weight, flat, p, float(whole), known)
    expected = np.outer(p.reshape(r, c).sum(axis=1), p.reshape(r, c).sum(axis=0)).reshape(-1)
    size = float(n.sum())
    pearson = size * float(((p - expected) ** 2 / expected).sum())
    clusters = _clusters(rollup.plan.first.cluster, cell, known, r * c)
    made = CrossTable(
        labels[0], labels[1], (row, column), totals.reshape(r, c), p.reshape(r, c),
        root(np.diag(v), p).reshape(r, c), n.reshape(r, c), pearson, _effects(p, v, r, c, size), v, nu, v_totals,
        clusters.reshape(r, c), rollup.units, work.design.describe(), (), level, work.limits,
    )  # fmt: skip
    return _noted(made, notes)


def _noted(table: CrossTable, notes: list[str]) -> CrossTable:
    empty, lone = table.n == 0, (table.clusters == 1) & (table.n > 0)
    if empty.any():
        notes.append(f"No unit was sampled in {table._named(empty)}.")
    if lone.any():
        notes.append(f"Units of a single cluster are all there is in {table._named(lone)}.")
    if not np.isfinite(table.se).all():
        notes.append(f"The variance is negative or not defined in {table._named(~np.isfinite(table.se))}.")
    return replace(table, notes=tuple(notes))


def _effects(p: Floats, v: Floats, r: int, c: int, size: float) -> Floats:
    """The eigenvalues of Δ. Any basis of the interactions gives the same."""
    inverse = np.diag(np.divide(1.0, p, out=np.zeros_like(p), where=p > 0))
    contrasts = np.kron(_contrasts(r), _contrasts(c))
    simple = contrasts.T @ inverse @ contrasts / size
    actual = contrasts.T @ inverse @ v @ inverse @ contrasts
    if not np.isfinite(actual).all() or _dimensions(simple) < len(simple):
        return np.zeros(0)
    made: Floats = linalg.eigh((actual + actual.T) / 2, (simple + simple.T) / 2, eigvals_only=True)[::-1]
    return made


def _dimensions(matrix: Floats) -> int:
    """In how many directions a covariance matrix spreads, whatever the units of its columns."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if not np.isfinite(matrix).all() or not scale.any():
        return 0
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    values = linalg.eigvalsh(matrix * np.outer(inverse, inverse))
    return int((values > _SINGULAR * values.max()).sum())


def _clusters(cluster: Codes, cell: Codes, known: np.ndarray, count: int) -> Floats:
    """In how many first-stage clusters each cell has units."""
    met = np.unique(np.column_stack([cell[known], cluster[known]]), axis=0)
    made: Floats = np.bincount(met[:, 0], minlength=count).astype(np.float64)
    return made


def _listed(codes: list[str]) -> str:
    return ", ".join(codes[:_NAMED]) + (f" and {len(codes) - _NAMED} more" if len(codes) > _NAMED else "")


def _covariance(
    view: View, cell: Codes, weight: Floats, flat: Floats | None, centre: Floats, scale: float, present: np.ndarray
) -> Floats:
    """Covariance of the cells' totals about `centre` of the whole, over `scale`; `present` rows are in the table."""
    count = len(centre)

    def wide(domains: np.ndarray, without_weights: bool) -> Floats:
        amount = flat if without_weights and flat is not None else weight
        made: Floats = amount[:, None] * ((cell[:, None] == domains[None, :]) - centre[domains][None, :]) / scale
        return made

    precision = view.precision
    assert not isinstance(precision, Replicated)
    influence = Influence(cell, None, flat, wide)
    return precision.spread.covariance(precision.residual(influence, np.arange(count)), present)


def _contrasts(k: int) -> Floats:
    """A basis of the vectors of `k` numbers that add up to zero."""
    return np.vstack([np.eye(k - 1), -np.ones(k - 1)])
