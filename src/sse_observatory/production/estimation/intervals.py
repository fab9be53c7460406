"""Confidence intervals: Student's t on the estimate, or a form made for shares."""

from __future__ import annotations

import numpy as np
from scipy import special

from sse_observatory.production.estimation.plan import Floats


def critical(df: Floats, level: float) -> Floats:
    """Student's t for a two-sided interval; the normal one where `df` is infinite, not a number where it is not > 0."""
    df = np.asarray(df, dtype=np.float64)
    p = (1 + level) / 2
    with np.errstate(invalid="ignore"):
        t = special.stdtrit(np.where(np.isfinite(df) & (df > 0), df, 1.0), p)
    t = np.where(np.isinf(df), special.ndtri(p), t)
    made: Floats = np.where(df > 0, t, np.nan)
    return made


def student(value: Floats, se: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    """The estimate, less and plus t standard errors."""
    half = critical(df, level) * se
    return value - half, value + half


def share(
    method: str,
    p: Floats,
    se: Floats,
    df: Floats,
    level: float,
    n: Floats,
    design_df: Floats | None = None,
    n_rows: Floats | None = None,
) -> tuple[Floats, Floats]:
    """An interval for a share `p` estimated from `n` units.

    ``beta`` and ``wilson`` use the effective number of units p(1 − p)/se², times the squared ratio of Student's t at
    n − 1 to that at the degrees of freedom of the design (Korn and Graubard 1998); `n_rows` and `design_df` are given
    where those differ from `n` and `df`. At 0 and 1 the design measures no variance: ``korn-graubard`` then uses
    the number of units, the others give no interval.
    """
    n_rows = n if n_rows is None else n_rows
    design_df = df if design_df is None else design_df
    p = np.asarray(p, dtype=np.float64)
    if method in {"t", "mean"}:
        return student(p, se, df, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method in {"logit", "xlogit"}:
            odds = np.log(p / (1 - p))
            half = critical(df, level) * se / (p * (1 - p))
            return special.expit(odds - half), special.expit(odds + half)
        if method == "asin":
            angle = np.arcsin(np.sqrt(p))
            half = critical(df, level) * se / (2 * np.sqrt(p * (1 - p)))
            return np.sin(angle - half) ** 2, np.sin(angle + half) ** 2
        effective = p * (1 - p) / se**2
        effective = effective * (critical(n_rows - 1, level) / critical(design_df, level)) ** 2
        if method == "korn-graubard":
            effective = np.minimum(effective, n)
            edge = (p <= 0) | (p >= 1)
            effective = np.where(edge, n, effective)
        if method == "wilson":
            z2 = critical(df, level) ** 2
            centre = p + z2 / (2 * effective)
            half = np.sqrt(z2) * np.sqrt(p * (1 - p) / effective + z2 / (4 * effective**2))
            return (centre - half) / (1 + z2 / effective), (centre + half) / (1 + z2 / effective)
        tail = (1 - level) / 2
        x = effective * p
        low = np.where(x <= 0, 0.0, special.betaincinv(np.where(x > 0, x, 1.0), effective - x + 1, tail))
        rest = effective - x
        high = np.where(rest <= 0, 1.0, special.betaincinv(x + 1, np.where(rest > 0, rest, 1.0), 1 - tail))
        known = np.isfinite(effective)
        return np.where(known, low, np.nan), np.where(known, high, np.nan)
