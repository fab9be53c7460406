"""Where variances come from: linearised variables under a design, or replicates.

Both give a variance to whatever a statistic computes from sums on the rows of a roll-up, and can say afterwards how
two estimates vary together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.plan import Codes, Floats
from sse_observatory.production.estimation.replication import Factors, rank
from sse_observatory.production.estimation.rollup import Rollup
from sse_observatory.production.estimation.steps import Residuals, Step
from sse_observatory.production.estimation.variance import Spread

_CHUNK = 4_000_000
"""Numbers held at once while many domains are taken together."""
_KEPT = 20_000_000
"""Numbers of replicated factors kept rather than made again."""


@dataclass(frozen=True, slots=True)
class Influence:
    """A linearised variable in every domain of a margin, as sums on the rows of a roll-up.

    `own` holds the value of each row in its own domain, where the variable is zero elsewhere; `columns` gives chosen
    domains as columns, and beside them the same without weights where adjustments need it.
    """

    domain: Codes
    own: Floats | None
    own_flat: Floats | None = None
    wide: Callable[[np.ndarray, bool], Floats] | None = None

    def columns(self, domains: np.ndarray) -> tuple[Floats, Floats | None]:
        if self.wide is not None:
            flat = self.wide(domains, True) if self.own_flat is not None else None
            return self.wide(domains, False), flat
        assert self.own is not None
        here = self.domain[:, None] == domains[None, :]
        z = np.where(here, self.own[:, None], 0.0)
        return z, None if self.own_flat is None else np.where(here, self.own_flat[:, None], 0.0)


def chunks(count: int, rows: int) -> list[np.ndarray]:
    """The numbers below `count` in pieces that hold few enough columns of `rows` rows."""
    width = max(1, _CHUNK // max(rows, 1))
    return [np.arange(i, min(i + width, count)) for i in range(0, count, width)]


@dataclass(frozen=True, slots=True)
class Taylor:
    """Variances of linearised variables."""

    spread: Spread
    residuals: Residuals | None

    def __post_init__(self) -> None:
        if self.spread.phases is None or self.residuals is None:
            return
        # Each phase has a residual of its own, so they are taken where the variance is.
        object.__setattr__(self, "spread", replace(self.spread, phases=self.spread.phases.after(self.residuals)))
        object.__setattr__(self, "residuals", None)

    def variance(self, influence: Influence, count: int, present: np.ndarray) -> Floats:
        """The variance in each of `count` domains; `present` says which rows hold units that matter."""
        if influence.own is not None and self.residuals is None and not self.spread.by_pairs:
            return self.spread.by_domain(influence.own[:, None], influence.domain, count, present)[:, 0]
        out = np.zeros(count)
        for some in chunks(count, len(present)):
            z = self.residual(influence, some)
            out[some] = self.spread.covariance(z, present, diagonal=True)
        return out

    def residual(self, influence: Influence, domains: np.ndarray) -> Floats:
        """The linearised variable of some domains as columns, after what calibration explains of it."""
        z, flat = influence.columns(domains)
        return z if self.residuals is None else self.residuals.of(z, flat)

    def degrees_of_freedom(self, domain: Codes, count: int, present: np.ndarray) -> Floats:
        return self.spread.degrees_of_freedom(domain, count, present)


@dataclass(slots=True)
class Replicated:
    """Variances between replicates; each repeats the adjustments of the weights."""

    factors: Factors
    rollup: Rollup
    steps: tuple[Step, ...]
    df: float | None = None
    _kept: Floats | None = field(default=None, init=False)
    _ranks: dict[bytes, float] = field(default_factory=dict, init=False)

    def rows(self) -> Iterator[Floats]:
        """The factors of each replicate on the rows."""
        if self._kept is not None:
            yield from self._kept.T
            return
        keep = self.rollup.rows * self.factors.count <= _KEPT
        kept = np.empty((self.rollup.rows, self.factors.count)) if keep else None
        for r in range(self.factors.count):
            factor = self._row_factor(r)
            if kept is not None:
                kept[:, r] = factor
            yield factor
        self._kept = kept

    def _row_factor(self, r: int) -> Floats:
        factor = self.factors.column(r)[self.factors.cluster]
        if not self.steps:
            return factor
        w = self.rollup.weights[self.steps[0].before] * factor
        for step in self.steps:
            if step.kind == "trim":
                before, after = self.rollup.weights[step.before], self.rollup.weights[step.after]
                cut = np.divide(after, before, out=np.ones_like(after), where=before != 0)
                w, factor = w * cut, factor * cut
                continue
            try:
                g = step.factors(self.rollup.keyed, self.rollup.numbers, w)
            except ObservatoryError as error:
                raise ObservatoryError(
                    f"Replicate {r + 1} of {self.factors.count} cannot be adjusted as the weights were: {error.what}",
                    error.todo or "Merge small classes, or use a milder replication (Fay's).",
                ) from None
            w = w * g
            factor = factor * g
        return factor

    def totals(self, sums: Sequence[Floats], domain: Codes, count: int) -> list[Floats]:
        """Replicated totals (replicates × domains) of sums on rows, taken with the weights before any adjustment."""
        if self.steps:
            out = [np.empty((self.factors.count, count)) for _ in sums]
            for r, factor in enumerate(self.rows()):
                for made, s in zip(out, sums, strict=True):
                    made[r] = np.bincount(domain, weights=s * factor, minlength=count)
            return out
        clusters = int(self.factors.cluster.max()) + 1
        out = []
        for s in sums:
            if self.factors.matrix is not None:
                entries = (s, (self.factors.cluster, domain))
                table = sparse.coo_array(entries, shape=(clusters, count)).tocsr()
                out.append(np.asarray(table.T @ self.factors.matrix).T)
                continue
            made = np.empty((self.factors.count, count))
            for some in chunks(count, clusters):
                dense = np.zeros((clusters, len(some)))
                here = (domain >= some[0]) & (domain <= some[-1])
                np.add.at(dense, (self.factors.cluster[here], domain[here] - some[0]), s[here])
                made[:, some] = self.factors.totals(dense)
            out.append(made)
        return out

    def variance(self, replicates: Floats, value: Floats) -> Floats:
        return self.factors.variance(replicates, value)

    def degrees_of_freedom(self, domain: Codes, count: int, present: np.ndarray) -> Floats:
        if self.df is not None:
            return np.full(count, float(self.df))
        out = np.zeros(count)
        calibrated = bool(self.steps) and self.rollup.rows * self.factors.count <= _KEPT
        rows = np.flatnonzero(present)
        by_domain = np.argsort(domain[rows], kind="stable")
        edges = np.searchsorted(domain[rows][by_domain], np.arange(count + 1))
        clusters = int(self.factors.cluster.max()) + 1
        for d in range(count):
            mine = rows[by_domain[edges[d] : edges[d + 1]]]
            if not len(mine):
                continue
            if calibrated:
                if self._kept is None:
                    for _ in self.rows():
                        pass
                assert self._kept is not None
                weight = self.rollup.weights[self.steps[0].before][mine]
                out[d] = rank(self._kept[mine] * weight[:, None]) - 1.0
                continue
            met = np.zeros(clusters, dtype=bool)
            met[self.factors.cluster[mine]] = True
            key = np.packbits(met).tobytes()
            if key not in self._ranks:
                self._ranks[key] = self.factors.degrees_of_freedom(met)
            out[d] = self._ranks[key]
        return out


Precision = Taylor | Replicated
