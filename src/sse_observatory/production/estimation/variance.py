"""The variance of a total under a design: once, for every statistic that is a total or was linearised into one.

For each stage the spread of cluster totals around their stratum mean, times the finite population correction, times
the sampling fractions of the stages above (Särndal, Swensson and Wretman 1992, 4.3; the same recursion as R survey's).
A domain is a zero extension: clusters without units of the domain count as zeros. Two ways lead there. `by_domain`
keeps to the clusters that a domain meets and serves large tables; `covariance` takes any columns on all rows and
serves covariances, calibrated weights and unequal probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.plan import Codes, Floats, Plan, Stage, compact
from sse_observatory.production.estimation.twophase import TwoPhaseVariance
from sse_observatory.production.estimation.unequal import PairVariance


@dataclass(frozen=True, slots=True)
class Spread:
    """How a design turns totals on rows into variances.

    `whole` says that the strata and clusters a domain does not meet still count as met, as they do once weights were
    calibrated or probabilities are unequal (R survey keeps such rows and drops the others).
    """

    design: Design
    plan: Plan
    whole: bool = False
    pairs: PairVariance | None = None
    phases: TwoPhaseVariance | None = None

    @property
    def by_pairs(self) -> bool:
        """Whether the variance is not the stratified one, and needs whole columns."""
        return self.pairs is not None or self.phases is not None

    def by_domain(self, z: Floats, domain: Codes, domains: int, present: np.ndarray) -> Floats:
        """Variance (domains × columns) of each column of `z`, summed within the domain of each row.

        `present` says which rows hold units of their domain; the others must be zero in `z`.
        """
        total = np.zeros((domains, z.shape[1]))
        rows = np.flatnonzero(present)
        for stage in self.plan.stages:
            if stage.factor.any():
                total += self._stage(stage, z[rows], domain[rows], domains, stage.cluster[rows])
        return total

    def _stage(self, stage: Stage, z: Floats, domain: Codes, domains: int, cluster: Codes) -> Floats:
        key, at = _distinct(cluster * domains + domain, stage.clusters * domains)
        cl, d = key // domains, key % domains
        columns = z.shape[1]
        value = np.empty((len(key), columns))
        for j in range(columns):
            value[:, j] = np.bincount(at, weights=z[:, j], minlength=len(key))
        h = stage.stratum[cl]
        hkey, hat = _distinct(h * domains + d, stage.strata * domains)
        hs, hd = hkey // domains, hkey % domains
        met = np.bincount(hat, minlength=len(hkey)).astype(np.float64)
        n = stage.size[hs]
        weight = (1.0 - stage.fraction[cl]) * stage.factor[cl]
        # Within a stratum this is one number, except where probabilities are unequal.
        met_weight = np.bincount(hat, weights=weight, minlength=len(hkey))
        full = np.bincount(stage.stratum, weights=(1.0 - stage.fraction) * stage.factor, minlength=stage.strata)[hs]
        lonely, uncentred, dropped = self._exceptions(stage, hs, met, n)
        spread = np.zeros((len(hkey), columns))
        for j in range(columns):
            mean = np.bincount(hat, weights=value[:, j], minlength=len(hkey)) / n
            mean[uncentred] = 0.0
            deviation = value[:, j] - mean[hat]
            spread[:, j] = np.bincount(hat, weights=weight * deviation**2, minlength=len(hkey))
            spread[:, j] += np.maximum(full - met_weight, 0.0) * mean**2
        scale = np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)
        spread *= scale[:, None]
        spread[stage.exhausted[hs]] = 0.0
        spread[dropped] = 0.0
        out = np.zeros((domains, columns))
        if self.design.lonely == "average" and (lonely | dropped).any():
            self._average(stage, spread, hs, hd, dropped, domains, out)
        else:
            for j in range(columns):
                out[:, j] = np.bincount(hd, weights=spread[:, j], minlength=domains)
        return out

    def _exceptions(self, stage: Stage, h: Codes, met: Floats, n: Floats) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which strata have a lone cluster, which are then not centred, which are then left out."""
        used = (np.bincount(stage.stratum, weights=stage.factor, minlength=stage.strata) > 0)[h]
        lonely = (n == 1) & ~stage.exhausted[h] & used
        mode = self.design.lonely
        if mode == "fail" and lonely.any():
            raise alone(self.plan, stage, np.unique(h[lonely]))
        in_domain = (met == 1) & (n > 1) & used & ~stage.exhausted[h] & self.design.lonely_in_domain
        if self.whole:
            in_domain = np.zeros_like(in_domain)
        uncentred = (lonely | in_domain) if mode == "adjust" else np.zeros_like(lonely)
        if mode == "average":
            dropped = lonely | in_domain
        elif mode in {"remove", "certainty"}:
            dropped = lonely
        else:
            dropped = np.zeros_like(lonely)
        return lonely, uncentred, dropped

    def _average(
        self, stage: Stage, spread: Floats, h: Codes, d: Codes, dropped: np.ndarray, domains: int, out: Floats
    ) -> None:
        """Sums over strata, scaled up for those left out, within each cluster of the stage above."""
        groups = int(stage.group.max()) + 1
        if self.whole:
            everywhere = np.bincount(stage.group, minlength=groups).astype(np.float64)
            lost_strata = np.zeros(stage.strata, dtype=bool)
            lost_strata[h[dropped]] = True
            lost = np.bincount(stage.group, weights=lost_strata, minlength=groups)
        key, at = _distinct(stage.group[h] * domains + d, groups * domains)
        there = np.bincount(at, minlength=len(key)).astype(np.float64)
        kept = np.bincount(at, weights=~dropped, minlength=len(key))
        if self.whole:
            there = everywhere[key // domains]
            kept = there - lost[key // domains]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = there / kept
        for j in range(spread.shape[1]):
            sums = np.bincount(at, weights=spread[:, j], minlength=len(key))
            with np.errstate(invalid="ignore"):
                scaled = sums * scale
            out[:, j] = np.bincount(key % domains, weights=scaled, minlength=domains)

    def covariance(self, z: Floats, present: np.ndarray | None = None, *, diagonal: bool = False) -> Floats:
        """Covariance matrix of the sums of the columns of `z` (only its diagonal, as a vector, if asked).

        `present` says which rows belong to the domain; all of them if not given.
        """
        if self.phases is not None:
            return self.phases.variance(z, diagonal=diagonal)
        if self.pairs is not None:
            stage = self.plan.first
            totals = _cluster_sums(stage.cluster, stage.clusters, z)
            return self.pairs.variance(totals, diagonal=diagonal)
        columns = z.shape[1]
        out = np.zeros(columns) if diagonal else np.zeros((columns, columns))
        for stage in self.plan.stages:
            if stage.factor.any():
                out += self._stage_matrix(stage, z, present, diagonal)
        return out

    def joint(self, parts: Sequence[tuple[Plan, Floats]]) -> Floats:
        """Covariance matrix of sums whose columns are spread over several roll-ups of the same clusters."""
        if len(parts) == 1:
            return self.covariance(parts[0][1])
        if self.phases is not None:
            raise ObservatoryError(
                "In a two-phase design quantiles and other statistics have no common covariance here.",
                "Ask for the covariance of one kind at a time.",
            )
        if self.pairs is not None:
            sums = [_cluster_sums(p.first.cluster, p.first.clusters, z) for p, z in parts]
            return self.pairs.variance(np.sum(sums, axis=0))
        columns = parts[0][1].shape[1]
        out = np.zeros((columns, columns))
        for s, stage in enumerate(self.plan.stages):
            if stage.factor.any():
                stages = [(p.stages[s], z) for p, z in parts]
                value = np.sum([_cluster_sums(x.cluster, x.clusters, z) for x, z in stages], axis=0)
                out += self._stage_values(stage, value, None, False)
        return out

    def _stage_matrix(self, stage: Stage, z: Floats, present: np.ndarray | None, diagonal: bool) -> Floats:
        return self._stage_values(stage, _cluster_sums(stage.cluster, stage.clusters, z), present, diagonal)

    def _stage_values(self, stage: Stage, value: Floats, present: np.ndarray | None, diagonal: bool) -> Floats:
        weight, centred = self.form(stage, present)
        mean = _cluster_sums(stage.stratum, stage.strata, value) / stage.size[:, None]
        mean[~centred] = 0.0
        deviation = value - mean[stage.stratum]
        if diagonal:
            summed: Floats = (weight[:, None] * deviation**2).sum(axis=0)
            return summed
        root = deviation * np.sqrt(weight)[:, None]
        product: Floats = root.T @ root
        return product

    def form(self, stage: Stage, present: np.ndarray | None = None) -> tuple[Floats, np.ndarray]:
        """The weight of each cluster's squared deviation, and whether it is one from the mean of its stratum.

        `present` says which rows belong to the domain; all of them if not given.
        """
        h = stage.stratum
        if present is None or self.whole:
            met = stage.size
        else:
            here = np.zeros(stage.clusters, dtype=bool)
            here[stage.cluster[present]] = True
            met = np.bincount(h, weights=here, minlength=stage.strata)
        every = np.arange(stage.strata)
        lonely, uncentred, dropped = self._exceptions(stage, every[met > 0], met[met > 0], stage.size[met > 0])
        flags = np.zeros((3, stage.strata), dtype=bool)
        flags[:, met > 0] = lonely, uncentred, dropped
        lonely, uncentred, dropped = flags
        n = stage.size
        scale = np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)
        scale[stage.exhausted | dropped] = 0.0
        if self.design.lonely == "average" and (lonely | dropped).any():
            groups = int(stage.group.max()) + 1
            there = np.bincount(stage.group, weights=met > 0, minlength=groups)
            kept = np.bincount(stage.group, weights=(met > 0) & ~dropped, minlength=groups)
            with np.errstate(divide="ignore", invalid="ignore"):
                scale = scale * (there / kept)[stage.group]
        return (1.0 - stage.fraction) * stage.factor * scale[h], ~uncentred

    def degrees_of_freedom(self, domain: Codes, domains: int, present: np.ndarray) -> Floats:
        """Clusters less strata of the first stage that each domain meets (R survey's degf)."""
        if self.phases is not None:
            return self.phases.degrees_of_freedom(domain, domains, present)
        stage = self.plan.first
        rows = np.flatnonzero(present)
        key, _ = _distinct(stage.cluster[rows] * domains + domain[rows], stage.clusters * domains)
        cl, d = key // domains, key % domains
        hkey, _ = _distinct(stage.stratum[cl] * domains + d, stage.strata * domains)
        clusters = np.bincount(d, minlength=domains)
        strata = np.bincount(hkey % domains, minlength=domains)
        difference: Floats = (clusters - strata).astype(np.float64)
        return difference


def alone(plan: Plan, stage: Stage, strata: np.ndarray) -> ObservatoryError:
    """The error for strata with a single cluster, naming the first few."""
    names = "; ".join(plan.name_of(int(stage.first[h])) for h in strata[:5])
    more = f" and {len(strata) - 5} more" if len(strata) > 5 else ""
    level = plan.stages.index(stage) + 1
    have = "A stratum has" if len(strata) == 1 else f"{len(strata)} strata have"
    return ObservatoryError(
        f"{have} a single sampled cluster at stage {level}, so the variance cannot be estimated: {names}{more}.",
        "Collapse strata (collapse=…), say the cluster was certain (certainty=…), or choose what such a stratum "
        "contributes: lonely='adjust', 'average', 'remove' or 'certainty'.",
    )


def _distinct(key: Codes, highest: int) -> tuple[Codes, Codes]:
    """The values that occur, ascending, and the place of each element among them."""
    if highest <= 8 * len(key) + 4096:
        used = np.zeros(highest, dtype=np.int64)
        used[key] = 1
        return np.flatnonzero(used), (np.cumsum(used) - 1)[key]
    values, at = np.unique(key, return_inverse=True)
    return values, at.astype(np.int64)


def _cluster_sums(code: Codes, count: int, z: Floats) -> Floats:
    out = np.empty((count, z.shape[1]))
    for j in range(z.shape[1]):
        out[:, j] = np.bincount(code, weights=z[:, j], minlength=count)
    return out


__all__ = ["Spread", "alone", "compact"]
