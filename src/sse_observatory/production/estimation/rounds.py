"""Changes between two rounds of a survey whose samples overlap.

The variance of a change is the sum of the variances of both rounds less twice their covariance, which comes from the
first-stage clusters (or units) that are in both samples. In a stratum with n₁ and n₂ clusters, n_c of them common, of
N, the covariance of two expanded totals is estimated by n_c (1 − n₁ n₂ / (n_c N)) times the sample covariance of the
expanded cluster totals over the common ones (Tam 1984; Qualité and Tillé 2008). With the same clusters in both rounds
that is the variance of the differences; with no common cluster it is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import intervals
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.estimate import View, request, terms_of
from sse_observatory.production.estimation.plan import Floats
from sse_observatory.production.estimation.precision import Replicated
from sse_observatory.production.estimation.result import Block
from sse_observatory.production.estimation.rollup import Missing
from sse_observatory.production.estimation.sample import SampleLike
from sse_observatory.production.estimation.statistics import Gini, Quantile, Statistic

Round = tuple[SampleLike, Design]


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of statistics between two rounds; `table` has a row for each."""

    table: pa.Table
    """Codes of `by`, ``statistic``, ``before``, ``after``, ``change`` with ``se``, ``lower``, ``upper`` and ``df``,
    ``relative`` change with ``relative_se``, and the ``correlation`` of the two estimates."""
    clusters: tuple[int, int, int]
    """First-stage clusters before, after and in both rounds."""
    notes: tuple[str, ...] = ()
    """What a reader of the numbers should know."""


def change(
    before: Round,
    after: Round,
    statistics: Sequence[Statistic] | Statistic,
    by: str | Sequence[str] = (),
    *,
    unit: str | None = None,
    domain: Callable[[ir.Table], ir.BooleanValue] | None = None,
    margins: bool = True,
    missing: Missing = "refuse",
    level: float = 0.95,
) -> Changes:
    """Changes of `statistics` from the round `before` to the round `after`, each a sample with its design.

    First-stage clusters are recognised by their names, which must be the same in both rounds; `unit` names the column
    that tells units apart where they were sampled directly. A cluster may not have changed its stratum.
    """
    wanted = list(statistics) if isinstance(statistics, (list, tuple)) else [statistics]
    for s in wanted:
        if isinstance(s, (Quantile, Gini)):
            raise ObservatoryError(
                f"{s.label}: changes are of totals, ratios, shares and other smooth statistics.",
                "Stack the rounds with common strata and clusters, estimate by round, and use Result.difference.",
            )
        if not hasattr(s, "label") or not hasattr(s, "known"):
            raise ObservatoryError(f"{s!r} is not a statistic.", "Use total(…), mean(…), ratio(…) or proportion(…).")
    columns = (by,) if isinstance(by, str) else tuple(by)
    for given in (before, after):
        if not isinstance(given, tuple) or len(given) != 2 or not isinstance(given[1], Design):
            raise ObservatoryError(
                "A round is a sample with its design.", "Write change((sample, design), (sample, design), statistics)."
            )
    views = []
    for sample, design in (before, after):
        if design.replicates is not None or design.second is not None:
            raise ObservatoryError(
                "Changes are taken from linearised variables of one-phase designs.",
                "Stack the rounds with replicates made in common, estimate by round, and use Result.difference.",
            )
        if not design.clusters:
            if unit is None:
                raise ObservatoryError(
                    "Units were sampled directly, and nothing tells which of them are in both rounds.",
                    "Name the column that identifies units (unit=…).",
                )
            design = design.with_(clusters=unit)
        work = request(sample, design, columns, domain=domain, margins=margins, missing=missing, level=level)
        views.append(View(work, list(dict.fromkeys(t for s in wanted for t in terms_of(s))), False, named=True))
    link = _Link(*views)
    rows: dict[str, list[object]] = {}
    for statistic in wanted:
        for margin in range(len(views[0].cells)):
            pair = [v.block(statistic, v.cells[margin]) for v in views]
            for row in link.rows(pair[0], pair[1], columns, level):
                for name, value in row.items():
                    rows.setdefault(name, []).append(value)
    notes = dict.fromkeys(note for v in views for note in v.rollup.plan.notes)
    if not link.counts[2]:
        notes["No cluster is in both rounds by its name, so the rounds are taken as independent."] = None
    return Changes(pa.table(rows), link.counts, tuple(notes))


class _Link:
    """The clusters that two rounds have in common."""

    def __init__(self, before: View, after: View) -> None:
        self.views = (before, after)
        stages = [v.rollup.plan.first for v in self.views]
        names = [v.rollup.cluster_names() for v in self.views]
        for kind, listed in zip(("before", "after"), names, strict=True):
            if len(set(listed)) != len(listed):
                raise ObservatoryError(
                    f"Cluster names repeat in the round {kind}, so clusters cannot be recognised.",
                    "Give clusters names that are unique over strata.",
                )
        place = {name: i for i, name in enumerate(names[1])}
        self.first = np.array([i for i, name in enumerate(names[0]) if name in place], dtype=np.int64)
        self.second = np.array([place[names[0][i]] for i in self.first], dtype=np.int64)
        self.counts = (len(names[0]), len(names[1]), len(self.first))
        self.h = stages[0].stratum[self.first]
        h_after = stages[1].stratum[self.second]
        self.strata = stages[0].strata
        pairs = np.unique(np.column_stack([self.h, h_after]), axis=0).astype(np.int64).reshape(-1, 2)
        if len(pairs) != len(np.unique(self.h)) or len(pairs) != len(np.unique(h_after)):
            raise ObservatoryError(
                "Some clusters of both rounds changed their stratum, which this covariance does not know.",
                "Give both rounds the strata of the first, or post-stratify to the new ones.",
            )
        common = np.bincount(self.h, minlength=self.strata).astype(np.float64)
        n1 = stages[0].size
        n2 = np.ones(self.strata)
        n2[pairs[:, 0]] = stages[1].size[pairs[:, 1]]
        f1, f2 = np.zeros(self.strata), np.zeros(self.strata)
        f1[stages[0].stratum] = stages[0].fraction
        f2[self.h] = stages[1].fraction[self.second]
        # n₁ n₂ / N is √(n₁ n₂ f₁ f₂) where both rounds sample the same N, and a mean of both after births and deaths.
        with np.errstate(divide="ignore", invalid="ignore"):
            taken = np.sqrt(n1 * n2 * f1 * f2) / common
            self.factor = np.where(common > 1, common * (1.0 - taken) / (common - 1), 0.0)
        self.common = common

    def covariance(self, z1: Floats, z2: Floats) -> Floats:
        """Covariance of the sums of each column of `z1` with the same column of `z2` (clusters × columns)."""
        a, b = z1[self.first], z2[self.second]
        out = np.zeros(z1.shape[1])
        for j in range(z1.shape[1]):
            with np.errstate(divide="ignore", invalid="ignore"):
                mean_a = np.bincount(self.h, weights=a[:, j], minlength=self.strata) / self.common
                mean_b = np.bincount(self.h, weights=b[:, j], minlength=self.strata) / self.common
            product = (a[:, j] - mean_a[self.h]) * (b[:, j] - mean_b[self.h])
            out[j] = float((self.factor * np.bincount(self.h, weights=product, minlength=self.strata)).sum())
        return out

    def rows(self, one: Block, two: Block, by: tuple[str, ...], level: float) -> list[dict[str, object]]:
        keys = [_keys(b) for b in (one, two)]
        every = sorted({*keys[0], *keys[1]})
        found: list[dict[str, object]] = []
        for key in every:
            i, j = keys[0].get(key), keys[1].get(key)
            codes = dict(zip((by[c] for c in one.cells.columns), key, strict=True))
            row: dict[str, object] = {name: codes.get(name, "_T") for name in by}
            row["statistic"] = one.statistic.label
            v1 = one.value[i] if i is not None else np.nan
            v2 = two.value[j] if j is not None else np.nan
            numbers = dict.fromkeys(
                ("change", "se", "lower", "upper", "df", "relative", "relative_se", "correlation"), np.nan
            )
            if i is not None and j is not None and np.isfinite(v1) and np.isfinite(v2):
                numbers = self._compared(one, two, i, j, level)
            row |= {"before": _null(v1), "after": _null(v2)}
            row |= {name: _null(value) for name, value in numbers.items()}
            found.append(row)
        return found

    def _compared(self, one: Block, two: Block, i: int, j: int, level: float) -> dict[str, float]:
        sums = []
        for view, block, d in ((self.views[0], one, i), (self.views[1], two, j)):
            precision = view.precision
            assert not isinstance(precision, Replicated) and block.about.influence is not None
            z = precision.residual(block.about.influence, np.array([d]))
            stage = view.rollup.plan.first
            sums.append(np.bincount(stage.cluster, weights=z[:, 0], minlength=stage.clusters)[:, None])
        s1, s2 = float(one.se[i]), float(two.se[j])
        cov = float(self.covariance(sums[0], sums[1])[0]) if len(self.h) else 0.0
        v1, v2 = float(one.value[i]), float(two.value[j])
        var = s1**2 + s2**2 - 2 * cov
        se = float(np.sqrt(max(var, 0.0)))
        df = float(min(one.df[i], two.df[j]))
        low, high = intervals.student(np.array(v2 - v1), np.array(se), np.array(df), level)
        relative = relative_se = np.nan
        if v1 != 0:
            relative = v2 / v1 - 1
            relative_var = (s2**2 + (v2 / v1) ** 2 * s1**2 - 2 * v2 / v1 * cov) / v1**2
            relative_se = float(np.sqrt(max(relative_var, 0.0)))
        correlation = cov / (s1 * s2) if s1 > 0 and s2 > 0 else np.nan
        return {
            "change": v2 - v1, "se": se, "lower": float(low), "upper": float(high), "df": df, "relative": relative,
            "relative_se": relative_se, "correlation": correlation,
        }  # fmt: skip


def _keys(block: Block) -> dict[tuple[str, ...], int]:
    names = [block.labels[c] for c in block.cells.columns]
    return {tuple(n[k] for n, k in zip(names, row, strict=True)): d for d, row in enumerate(block.cells.codes)}


def _null(value: float) -> float | None:
    return None if not np.isfinite(value) else float(value)
