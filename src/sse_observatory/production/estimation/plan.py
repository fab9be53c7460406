"""A design applied to a sample: which cluster and stratum each row belongs to, stage by stage, and how many there are.

Rows are those of a roll-up (a row per cluster and cell, or a row per unit). Everything the variance needs to know
about the selection is here and nothing about what is estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.joint import Joint

if TYPE_CHECKING:
    from sse_observatory.production.estimation.design import Design

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

_CENSUS = 1e-7
"""A stratum of which less than this is left unsampled has no sampling variance (as in R survey)."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A column of names as codes into its distinct values, in their natural order."""

    codes: Codes
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of sampling."""

    cluster: Codes
    """Row to cluster."""
    stratum: Codes
    """Cluster to stratum; strata of later stages lie within one cluster of the stage before."""
    size: Floats
    """Stratum to the number of clusters sampled in it."""
    fraction: Floats
    """Cluster to the share of its stratum that was sampled (its inclusion probability); 0 with replacement."""
    factor: Floats
    """Cluster to the product of the fractions of the stages above."""
    group: Codes
    """Stratum to the cluster of the stage above that it lies in."""
    first: Codes
    """Stratum to a row of it, to say its name."""

    @property
    def clusters(self) -> int:
        """How many clusters were sampled."""
        return len(self.stratum)

    @property
    def strata(self) -> int:
        """How many strata there are."""
        return len(self.size)

    @property
    def exhausted(self) -> NDArray[np.bool_]:
        """Stratum to whether all of it was sampled."""
        left = np.zeros(self.strata)
        np.maximum.at(left, self.stratum, 1.0 - self.fraction)
        return left < _CENSUS


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of a design over the rows of a roll-up."""

    stages: tuple[Stage, ...]
    name_of: Callable[[int], str]
    """The name of the first-stage stratum of a row."""
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> Stage:
        """The first stage."""
        return self.stages[0]


def crossed(factors: Sequence[Codes], rows: int) -> Codes:
    """One code per row for the combinations that occur, in the order of the factors' codes."""
    code = np.zeros(rows, dtype=np.int64)
    for factor in factors:
        width = int(factor.max()) + 1 if len(factor) else 1
        code = code * width + factor
        if width > 1:
            code = compact(code)
    return code


def compact(code: Codes) -> Codes:
    """The same classes numbered 0, 1, …"""
    highest = int(code.max()) + 1 if len(code) else 0
    if highest <= 4 * len(code) + 1024:
        used = np.zeros(highest, dtype=np.int64)
        used[code] = 1
        return (np.cumsum(used) - 1)[code]
    return np.unique(code, return_inverse=True)[1].astype(np.int64)


def depth(design: Design) -> int:
    """How many stages the variance of the design looks at: one more than have a correction."""
    stages = max(len(design.clusters), 1)
    needed = min(stages, len(design.fpc) + 1)
    return min(stages, needed + 1) if design.certainty else needed


def needs_units(design: Design) -> bool:
    """Whether the last stage the variance looks at is the units themselves."""
    if design.second is not None and not design.second.clusters:
        return True
    return not design.clusters or (design.certainty is not None and len(design.clusters) < 2)


def make_plan(
    design: Design,
    factors: dict[str, Factor],
    corrections: Sequence[tuple[Floats, Floats]],
    certainty: NDArray[np.bool_] | None,
    order: Floats | None,
    rows: int,
) -> Plan:
    """The plan of `design` over `rows` rows.

    `factors` holds the columns of strata and clusters, `corrections` the least and greatest value of the finite
    population correction on each row, stage by stage, `order` the values of the column that orders strata.
    Raises ObservatoryError for a cluster in two strata, and for a population smaller than its sample.
    """
    deep = depth(design)
    units = needs_units(design)
    unit = np.arange(rows, dtype=np.int64)
    strata: list[Codes] = []
    clusters: list[Codes] = []
    above = np.zeros(rows, dtype=np.int64)
    for s in range(deep):
        own = [factors[n].codes for n in design.strata[min(s, len(design.strata) - 1)]] if design.strata else []
        strata.append(crossed([above, *own], rows))
        if s < len(design.clusters):
            names = [factors[n].codes for n in design.clusters[s]]
            nested = own if design.nest else []
            clusters.append(crossed([above, *nested, *names], rows))
        else:
            clusters.append(unit)
        above = clusters[-1]
    limits = list(corrections[:deep])
    if certainty is not None:
        mixed = _mixed(certainty, clusters[0])
        if mixed is not None:
            name = ", ".join(f"{n}={factors[n].labels[factors[n].codes[mixed]]}" for n in (*_names(design),))
            raise ObservatoryError(
                f"{design.certainty!r} is true for some units of a first-stage cluster and not for others: {name}.",
                "A cluster was drawn with certainty as a whole, or was not: say the same on all its units.",
            )
        clusters, strata, limits = _shifted(certainty, clusters, strata, limits, unit, units)

    notes: list[str] = []

    def name_of(row: int) -> str:
        if not design.strata:
            return "the whole sample"
        names = [f"{n}={factors[n].labels[factors[n].codes[row]]}" for n in design.strata[0]]
        if certainty is not None and certainty[row] and design.clusters:
            names += [f"{n}={factors[n].labels[factors[n].codes[row]]}" for n in design.clusters[0]]
        return ", ".join(names)

    stages: list[Stage] = []
    factor = np.ones(rows)
    parent = np.zeros(rows, dtype=np.int64)
    for s, (cluster, stratum) in enumerate(zip(clusters, strata, strict=True)):
        if s == 0 and order is not None:
            stratum = _collapsed(cluster, stratum, order, limits, notes, name_of)
        stage = _stage(s, cluster, stratum, limits[s] if s < len(limits) else None, factor, parent, design, name_of)
        stages.append(stage)
        factor = factor * stage.fraction[cluster]
        parent = cluster
    return Plan(tuple(stages), name_of, tuple(notes))


def _stage(
    s: int,
    cluster: Codes,
    stratum: Codes,
    limits: tuple[Floats, Floats] | None,
    factor: Floats,
    parent: Codes,
    design: Design,
    name_of: Callable[[int], str],
) -> Stage:
    row_of = _first_row(cluster)
    stratum_of = stratum[row_of]
    mixed = np.flatnonzero(stratum_of[cluster] != stratum)
    if len(mixed):
        row = int(mixed[0])
        raise ObservatoryError(
            f"A cluster of stage {s + 1} lies in more than one stratum: one in {name_of(row_of[cluster[row]])} "
            f"and in {name_of(row)}.",
            "If cluster names start again in every stratum, say nest=True; otherwise correct the strata.",
        )
    size = np.bincount(stratum_of).astype(np.float64)
    first = _first_row(stratum)
    fraction = np.zeros(len(row_of))
    if limits is not None:
        least, greatest = limits
        fraction = _fractions(s, least, greatest, cluster, stratum_of, size, design, name_of, first)
    return Stage(cluster, stratum_of, size, fraction, factor[row_of], parent[first], first)


def _fractions(
    s: int,
    least: Floats,
    greatest: Floats,
    cluster: Codes,
    stratum_of: Codes,
    size: Floats,
    design: Design,
    name_of: Callable[[int], str],
    first: Codes,
) -> Floats:
    column = design.fpc[s]
    if not np.all(least > 0) or np.isnan(greatest).any():
        raise ObservatoryError(
            f"The finite population correction {column!r} has values that are missing, zero or negative.",
            "Give a count of the population, or a fraction above 0 and at most 1, on every row.",
        )
    sizes = bool((greatest > 1).any())
    if sizes and design.pps is not None:
        method = "joint probabilities" if isinstance(design.pps, Joint) else repr(design.pps)
        raise ObservatoryError(
            f"pps={method} needs inclusion probabilities in {column!r}, and it has values above 1 "
            f"(greatest {greatest.max():g}).",
            "Give the inclusion probability of each cluster, at most 1; later stages as fractions too.",
        )
    if sizes and (least < 1).any():
        raise ObservatoryError(
            f"The finite population correction {column!r} mixes fractions and population counts.",
            "Give counts on all rows (1 or more), or fractions on all rows (at most 1).",
        )
    low = np.full(len(stratum_of), np.inf)
    high = np.full(len(stratum_of), -np.inf)
    np.minimum.at(low, cluster, least)
    np.maximum.at(high, cluster, greatest)
    if (low != high).any():
        raise ObservatoryError(
            f"The finite population correction {column!r} differs within a cluster of stage {s + 1}.",
            "It describes the stratum (or, with unequal probabilities, the cluster): give one value there.",
        )
    if design.pps is None:
        top, bottom = np.full(len(size), -np.inf), np.full(len(size), np.inf)
        np.maximum.at(top, stratum_of, high)
        np.minimum.at(bottom, stratum_of, high)
        differing = np.flatnonzero(top != bottom)
        if len(differing):
            raise ObservatoryError(
                f"The finite population correction {column!r} differs within a stratum of stage {s + 1}: "
                f"{name_of(int(first[differing[0]]))}.",
                "Give one population size per stratum; for unequal probabilities say how they are used (pps=…).",
            )
    if not sizes:
        return high
    small = np.flatnonzero(high < size[stratum_of])
    if len(small):
        stratum = int(stratum_of[small[0]])
        raise ObservatoryError(
            f"The population is smaller than its sample at stage {s + 1}, {name_of(int(first[stratum]))}: "
            f"{column!r} is {high[small[0]]:g} and {size[stratum]:.0f} were sampled.",
            "Correct the population size, or drop the correction if sampling was with replacement.",
        )
    return np.where(np.isinf(high), 0.0, size[stratum_of] / high)


def _first_row(code: Codes) -> Codes:
    row = np.zeros(int(code.max()) + 1 if len(code) else 0, dtype=np.int64)
    row[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    return row


def _names(design: Design) -> tuple[str, ...]:
    return (*(design.strata[0] if design.strata else ()), *(design.clusters[0] if design.clusters else ()))


def _mixed(certain: NDArray[np.bool_], cluster: Codes) -> int | None:
    """A row of a cluster of which only some rows are certain."""
    some = np.zeros(int(cluster.max()) + 1, dtype=bool)
    some[cluster[certain]] = True
    odd = np.flatnonzero(some[cluster] & ~certain)
    return int(odd[0]) if len(odd) else None


def _shifted(
    certain: NDArray[np.bool_],
    clusters: list[Codes],
    strata: list[Codes],
    limits: list[tuple[Floats, Floats]],
    unit: Codes,
    units: bool,
) -> tuple[list[Codes], list[Codes], list[tuple[Floats, Floats]]]:
    """For clusters drawn with certainty the second stage is the first: each of them is a stratum."""
    rows = len(unit)
    chosen = certain.astype(np.int64)
    if units and len(clusters) == 1:
        clusters, strata = [*clusters, unit], [*strata, clusters[0]]
    depth = len(clusters)
    new_clusters, new_strata, new_limits = [], [], []
    below = [*clusters[1:], clusters[-1]]
    below_strata = [*strata[1:], clusters[-1]]
    for s in range(depth):
        pick = np.where(certain, below[s], clusters[s])
        new_clusters.append(crossed([chosen, pick], rows))
        new_strata.append(crossed([chosen, np.where(certain, below_strata[s], strata[s])], rows))
    for s in range(len(limits)):
        low, high = limits[s]
        # Below the last stage of such a cluster nothing is sampled: each unit stands for itself.
        ended = np.full(rows, 1.0 if s + 1 == depth else np.inf)
        after = limits[s + 1] if s + 1 < len(limits) else (ended, ended)
        new_limits.append((np.where(certain, after[0], low), np.where(certain, after[1], high)))
    return new_clusters, new_strata, new_limits


def _collapsed(
    cluster: Codes,
    stratum: Codes,
    order: Floats,
    limits: list[tuple[Floats, Floats]],
    notes: list[str],
    name_of: Callable[[int], str],
) -> Codes:
    """Strata of a single cluster joined with the next in order (Cochran 1977, 5A.12), their populations added."""
    row_of = _first_row(cluster)
    stratum_of = stratum[row_of]
    size = np.bincount(stratum_of)
    count = len(size)
    place = np.full(count, np.inf)
    np.minimum.at(place, stratum, order)
    sequence = np.lexsort((np.arange(count), place))
    target = np.arange(count)
    alone = size == 1
    if limits:
        row = row_of[_first_row(stratum_of)]
        alone &= ~((limits[0][1][row] <= 1) & (limits[0][0][row] > 1 - _CENSUS))  # whole strata have no variance
    i = 0
    while i < count:
        here = sequence[i]
        if alone[here]:
            # The partner is the next stratum, or the one before at the end of the order.
            partner = sequence[i + 1] if i + 1 < count else sequence[i - 1] if i else here
            target[target == here] = target[partner]
            if i + 1 < count and alone[partner]:
                i += 1
        i += 1
    joined = [int(h) for h in range(count) if target[h] != h]
    if not joined:
        return stratum
    first = _first_row(stratum)
    if limits:
        low, high = limits[0]
        fractions = not (high > 1).any()
        population = np.zeros(count)
        population[stratum_of] = size[stratum_of] / high[row_of] if fractions else high[row_of]
        merged = np.bincount(target, weights=population, minlength=count)
        changed = np.isin(target, target[joined])
        here = target[stratum]
        taken = np.bincount(target, weights=size.astype(float), minlength=count)
        value = taken[here] / merged[here] if fractions else merged[here]
        limits[0] = (np.where(changed[stratum], value, low), np.where(changed[stratum], value, high))
    names = "; ".join(f"{name_of(int(first[h]))} with {name_of(int(first[target[h]]))}" for h in joined[:5])
    more = f" and {len(joined) - 5} more" if len(joined) > 5 else ""
    notes.append(f"Strata with a single cluster were collapsed: {names}{more}.")
    return compact(target[stratum])
