"""Unequal probabilities without replacement: the joint inclusion probabilities, known or approximated, in the variance.

With d_ij = (π_ij − π_i π_j) / π_ij the Horvitz–Thompson variance of a total is the sum of d_ij ž_i ž_j over pairs of
clusters of a stratum (Horvitz and Thompson 1952), and Yates and Grundy's (1953) form is −½ Σ d_ij (ž_i − ž_j)². Here
π_ij may be given, or approximated after Hartley and Rao (1962) or Overton (1985). Brewer's approximation needs no
pairs and is taken through all stages in `variance`; Hájek's (1964) and Deville's (1993, in Matei and Tillé 2005) need
none either but centre on a mean weighted by 1 − π.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.joint import HartleyRao, Joint
from sse_observatory.production.estimation.plan import Codes, Floats, Plan, Stage


class PairVariance(Protocol):
    """A variance of totals on first-stage clusters that is not the stratified one."""

    def variance(self, totals: Floats, *, diagonal: bool = False) -> Floats:
        """Covariance matrix (or its diagonal) of the sums of columns of `totals` (clusters × columns)."""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Pairs within strata: clusters of each block and its matrix d."""

    members: tuple[Codes, ...]
    d: tuple[Floats, ...]
    form: Literal["yates-grundy", "horvitz-thompson"]

    def variance(self, totals: Floats, *, diagonal: bool = False) -> Floats:
        columns = totals.shape[1]
        out = np.zeros((columns, columns))
        for member, d in zip(self.members, self.d, strict=True):
            z = totals[member]
            out += z.T @ d @ z
            if self.form == "yates-grundy":
                # −½ Σ d (z_i − z_j)² = z'dz − Σ_i (Σ_j d_ij) z_i², for symmetric d.
                out -= (z * d.sum(axis=0)[:, None]).T @ z
        return np.diag(out).copy() if diagonal else out


@dataclass(frozen=True, slots=True)
class _Centred:
    """Hájek's and Deville's forms: deviations from a mean weighted by c = 1 − π, times a factor per stratum."""

    stratum: Codes
    c: Floats
    scale: Floats

    def variance(self, totals: Floats, *, diagonal: bool = False) -> Floats:
        strata = len(self.scale)
        weight = np.bincount(self.stratum, weights=self.c, minlength=strata)
        mean = np.column_stack([np.bincount(self.stratum, weights=self.c * z, minlength=strata) for z in totals.T])
        mean = np.divide(mean, weight[:, None], out=np.zeros_like(mean), where=weight[:, None] > 0)
        root = (totals - mean[self.stratum]) * np.sqrt(self.c * self.scale[self.stratum])[:, None]
        return (root**2).sum(axis=0) if diagonal else root.T @ root


def lone(method: str | HartleyRao, stage: Stage) -> Codes:
    """Strata in which nothing shows the variance: with a single cluster that was not certain to be drawn.

    Horvitz and Thompson's form takes its square, as in R survey; the others would find no variance at all.
    """
    method = method.method if isinstance(method, HartleyRao) else method
    uncertain = np.bincount(stage.stratum, weights=stage.fraction < 1.0, minlength=stage.strata)
    if method in {"hajek", "deville"}:
        return np.flatnonzero(uncertain == 1)
    return np.flatnonzero((uncertain == 1) & (stage.size == 1)) if method.endswith("/yates-grundy") else uncertain[:0]


def approximate(method: str | HartleyRao, plan: Plan, strata: tuple[str, ...] = ()) -> PairVariance:
    """The variance after `method` for first-stage clusters drawn with the probabilities of the plan.

    `strata` are the columns of the first stage's strata. A stratum found by `lone` contributes nothing.
    """
    stage = plan.first
    known = method if isinstance(method, HartleyRao) else None
    method = known.method if known else str(method)
    pi = stage.fraction
    method, _, form = method.partition("/")
    if method in {"hajek", "deville"}:
        c = 1.0 - pi
        total = np.bincount(stage.stratum, weights=c, minlength=stage.strata)
        if method == "hajek":
            # Clusters drawn with certainty vary in no sample and are none of the n.
            n = np.bincount(stage.stratum, weights=pi < 1.0, minlength=stage.strata)
            scale = np.divide(n, n - 1, out=np.zeros_like(n), where=n > 1)
        else:
            a = np.divide(c, total[stage.stratum], out=np.zeros_like(c), where=total[stage.stratum] > 0)
            rest = 1.0 - np.bincount(stage.stratum, weights=a**2, minlength=stage.strata)
            scale = np.divide(1.0, rest, out=np.zeros_like(rest), where=rest > 1e-12)
        return _Centred(stage.stratum, c, scale)
    members, blocks = [], []
    for h in range(stage.strata):
        member = np.flatnonzero(stage.stratum == h)
        p, n = pi[member], len(member)
        if n == 1:
            d = np.zeros((1, 1))
        elif method == "hartley-rao":
            # π_ij ≈ π_i π_j (n − 1) / (n − π_i − π_j + mean of π), the mean standing for Σ_U π² / n.
            psum = known.of(plan.name_of(int(stage.first[h])), strata) if known else p.mean()
            d = 1.0 - (n - np.add.outer(p, p) + psum) / (n - 1)
            d[np.add.outer(p, p) == 1] = 0.0
        else:
            half = np.add.outer(p, p) / 2
            d = 1.0 - (n - half) / (n - 1)
            d[half == 1] = 0.0
        np.fill_diagonal(d, 1.0 - p)
        members.append(member)
        blocks.append(d)
    return _Blocks(tuple(members), tuple(blocks), "yates-grundy" if form else "horvitz-thompson")


def exact(joint: Joint, labels: Sequence[str]) -> PairVariance:
    """The variance from given joint probabilities for clusters of these names."""
    place = {str(name): i for i, name in enumerate(joint.clusters)}
    unknown = [name for name in labels if name not in place]
    if unknown or len(labels) != len(joint.clusters):
        raise ObservatoryError(
            f"The joint probabilities are about {len(joint.clusters)} clusters, the sample has {len(labels)}"
            + (f"; {len(unknown)} of them have none." if unknown else "."),
            "Give the matrix of exactly the sampled clusters, named as in their column.",
        )
    order = np.array([place[name] for name in labels])
    pi = np.asarray(joint.matrix, dtype=np.float64)[np.ix_(order, order)]
    first = np.diag(pi)
    d = (pi - np.outer(first, first)) / pi
    return _Blocks((np.arange(len(labels)),), (d,), joint.form)


__all__ = ["HartleyRao", "Joint", "PairVariance", "approximate", "exact"]
