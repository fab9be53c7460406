"""A slow, obvious estimator in plain Python: loops, dictionaries and exactly rounded sums, nothing clever.

What it shares with the package is the definition of the numbers and not a line of code. Rows are dictionaries. Designs
are written out: the columns of strata and clusters of each stage, and its population sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum, sqrt

Row = dict[str, object]


def total(rows: Sequence[Row], y: Callable[[Row], float]) -> float:
    return fsum(row["w"] * y(row) for row in rows)


def variance(
    rows: Sequence[Row],
    z: Callable[[Row], float],
    strata: Sequence[str | None],
    clusters: Sequence[str],
    populations: Sequence[str],
) -> float:
    """The variance of the weighted total of `z`: within strata, between clusters, then within each cluster."""
    if not clusters:
        return 0.0
    stratum, cluster = strata[0], clusters[0]
    groups: dict[object, dict[object, list[Row]]] = {}
    for row in rows:
        h = row[stratum] if stratum else "all"
        groups.setdefault(h, {}).setdefault(row[cluster], []).append(row)
    parts = []
    for members in groups.values():
        n = len(members)
        fraction = 0.0
        if populations:
            fraction = n / next(iter(members.values()))[0][populations[0]]
        totals = [total(rows_of, z) for rows_of in members.values()]
        mean = fsum(totals) / n
        if fraction < 1:
            assert n > 1, "the reference does not know lone clusters"
            parts.append((1 - fraction) * n / (n - 1) * fsum((t - mean) ** 2 for t in totals))
        if populations and len(clusters) > 1:
            for rows_of in members.values():
                parts.append(fraction * variance(rows_of, z, strata[1:], clusters[1:], populations[1:]))
    return fsum(parts)


def estimates(
    rows: Sequence[Row],
    strata: Sequence[str | None],
    clusters: Sequence[str],
    populations: Sequence[str],
    inside: Callable[[Row], bool],
) -> dict[str, tuple[float, float]]:
    """Total, mean and share of y, its ratio to x and the proportion of b, with standard errors, in a domain."""
    here = [row for row in rows if inside(row)]
    size = total(here, lambda r: 1.0)
    amount = total(here, lambda r: r["y"])
    below = total(here, lambda r: r["x"])
    mean, ratio, part = amount / size, amount / below, total(here, lambda r: r["b"]) / size
    everything = total(rows, lambda r: r["y"])
    share = amount / everything

    def error(z: Callable[[Row], float]) -> float:
        return sqrt(variance(rows, lambda r: z(r) if inside(r) else 0.0, strata, clusters, populations))

    def share_error() -> float:
        z = {True: lambda r: (1 - share) * r["y"] / everything, False: lambda r: -share * r["y"] / everything}
        return sqrt(variance(rows, lambda r: z[inside(r)](r), strata, clusters, populations))

    return {
        "proportion(b)": (part, error(lambda r: (r["b"] - part) / size)),
        "share(y)": (share, share_error()),
        "total(y)": (amount, error(lambda r: r["y"])),
        "mean(y)": (mean, error(lambda r: (r["y"] - mean) / size)),
        "ratio(y, x)": (ratio, error(lambda r: (r["y"] - ratio * r["x"]) / below)),
    }


def quantile(rows: Sequence[Row], p: float) -> float:
    """The least value with at least the share `p` of weight at or below it."""
    ordered = sorted(rows, key=lambda r: r["y"])
    whole = fsum(r["w"] for r in ordered)
    for i in range(len(ordered)):
        if fsum(r["w"] for r in ordered[: i + 1]) >= p * whole * (1 - 1e-12):
            return float(ordered[i]["y"])
    raise AssertionError("no rows")


def gini(rows: Sequence[Row]) -> float:
    """Half the mean absolute difference over the mean."""
    whole = fsum(r["w"] for r in rows)
    amount = fsum(r["w"] * r["y"] for r in rows)
    spread = fsum(a["w"] * b["w"] * abs(a["y"] - b["y"]) for a in rows for b in rows)
    return spread / (2 * whole * amount)


def jackknife(rows: Sequence[Row], statistic: Callable[[Sequence[Row]], float], stratum: str, cluster: str) -> float:
    """The standard error by leaving out one cluster at a time, the others of its stratum standing for it."""
    strata: dict[object, set[object]] = {}
    for row in rows:
        strata.setdefault(row[stratum], set()).add(row[cluster])
    replicates, scales = [], []
    for h, members in strata.items():
        n = len(members)
        for out in sorted(members, key=str):
            again = [
                {**row, "w": row["w"] * (n / (n - 1) if row[stratum] == h else 1.0)}
                for row in rows
                if row[cluster] != out
            ]
            replicates.append(statistic(again))
            scales.append((n - 1) / n)
    centre = fsum(replicates) / len(replicates)
    return sqrt(fsum(s * (r - centre) ** 2 for r, s in zip(replicates, scales, strict=True)))
