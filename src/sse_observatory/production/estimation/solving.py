"""The equations of calibration: factors g on weights so that weighted auxiliary totals meet known ones.

Deville and Särndal (1992): g = F(x'λ) for a distance whose inverse derivative is F, found by Newton's method on the
p × p system. Raking to margins by proportional fitting (Deming and Stephan 1940) gives the same g as the multiplicative
distance and never inverts anything. Rows are units, or groups of units with the same auxiliary values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse, special

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.plan import Codes, Floats

Distance = Literal["linear", "raking", "logit"]

_RANK = 1e-11
"""Relative size below which a direction of the auxiliary variables is taken for a combination of the others."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Factors and how they were reached."""

    g: Floats
    multipliers: Floats
    """One per auxiliary variable, where factors are a function of x'λ."""
    iterations: int
    misfit: float
    """Largest distance from a total, relative to one plus the total."""


def symmetric_inverse(matrix: Floats) -> Floats:
    """The inverse of a positive semidefinite matrix, or its generalised inverse where variables are redundant."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 0))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    keep = values > _RANK * max(float(values.max(initial=0.0)), 1e-300)
    inverse: Floats = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T / np.outer(scale, scale)
    return inverse


def gram(x: sparse.csr_array, q: Floats) -> Floats:
    """x' diag(q) x as a dense matrix."""
    return np.asarray((x.T @ x.multiply(q[:, None]).tocsr()).todense())


def newton(
    x: sparse.csr_array,
    w: Floats,
    target: Floats,
    distance: Distance,
    bounds: tuple[float, float],
    spread: Floats | None,
    tolerance: float,
    iterations: int,
    names: Sequence[str],
) -> Solved:
    """Factors by Newton's method. Raises ObservatoryError where no factors within the bounds meet the totals."""
    low, high = bounds
    if distance == "logit" and not (np.isfinite(low) and np.isfinite(high) and low < 1 < high):
        raise ObservatoryError(
            f"The logit distance needs finite bounds around 1, not {low:g} and {high:g}.",
            "Give bounds such as (0.5, 2).",
        )
    if not low < 1 < high:
        raise ObservatoryError(f"The bounds {low:g} and {high:g} leave 1 out.", "Give bounds on both sides of 1.")
    unit = np.ones(x.shape[0]) if spread is None else spread
    scale = 1.0 + np.abs(target)
    free = distance == "linear" and not (np.isfinite(low) or np.isfinite(high))
    lagrange = np.zeros(x.shape[1])
    g, slope = _factor(distance, np.zeros(x.shape[0]), low, high)
    misfit = target - np.asarray(x.T @ (w * g))
    _check_reachable(x, w, misfit, scale, names)
    best = np.inf
    steps = 0
    while steps < iterations:
        steps += 1
        inverse = symmetric_inverse(gram(x, w * slope / unit))
        move = inverse @ misfit
        length = 1.0
        while True:
            tried, tried_slope = _factor(distance, np.asarray(x @ (lagrange + length * move)) / unit, low, high)
            left = target - np.asarray(x.T @ (w * tried))
            size = float(np.max(np.abs(left) / scale)) if np.isfinite(tried).all() else np.inf
            if size < best or length < 1e-4 or (free and np.isfinite(size)):
                break
            length /= 2
        if size >= best:
            break  # at the limit of the arithmetic, or stuck
        lagrange = lagrange + length * move
        g, slope, misfit, best = tried, tried_slope, left, size
        if best < 1e-15:
            break
    if not best <= tolerance:
        worst = int(np.argmax(np.abs(misfit) / scale))
        bounded = np.isfinite(low) or np.isfinite(high)
        raise ObservatoryError(
            f"Calibration did not meet its totals after {steps} iterations: {names[worst]} is off by "
            f"{misfit[worst]:,.6g} of {target[worst]:,.6g} (relative {best:.2g}, allowed {tolerance:.2g}).",
            ("Widen the bounds, or drop" if bounded else "Check the totals, or drop")
            + " auxiliary variables with few units; nothing was calibrated.",
        )
    return Solved(g, lagrange, steps, best)


def _check_reachable(x: sparse.csr_array, w: Floats, misfit: Floats, scale: Floats, names: Sequence[str]) -> None:
    """Totals of redundant variables must be redundant in the same way."""
    matrix = gram(x, w)
    root = np.sqrt(np.maximum(np.diag(matrix), 0))
    empty = (root == 0) & (np.abs(misfit) > 1e-9 * scale)
    if empty.any():
        raise ObservatoryError(
            f"No unit of the sample contributes to {names[int(np.flatnonzero(empty)[0])]}, which has a known total.",
            "Merge it with another class, or leave it out of the totals.",
        )
    reached = matrix @ (symmetric_inverse(matrix) @ misfit)
    apart = np.abs(misfit - reached) / scale
    worst = int(np.argmax(apart)) if len(apart) else 0
    if len(apart) and apart[worst] > 1e-8:
        raise ObservatoryError(
            f"The totals contradict each other: {names[worst]} is a combination of other auxiliary variables in the "
            f"sample, and its total differs from that combination of theirs by {abs(misfit - reached)[worst]:,.6g}.",
            "Correct the totals (margins must add up to the same number), or drop the redundant variable.",
        )


def _factor(distance: Distance, u: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    """g = F(u) and its derivative."""
    if distance == "logit":
        a = (high - low) / ((high - 1) * (1 - low))
        # With s the logistic of a·u shifted so that F(0) = 1, F moves from the lower bound to the upper one.
        s = special.expit(a * u + np.log((1 - low) / (high - 1)))
        return low + (high - low) * s, (high - low) * a * s * (1 - s)
    with np.errstate(over="ignore"):
        raw = 1.0 + u if distance == "linear" else np.exp(u)
        slope = np.ones_like(u) if distance == "linear" else raw
    inside = (raw > low) & (raw < high)
    return np.clip(raw, low, high), np.where(inside, slope, 0.0)


def logistic(x: sparse.csr_array, w: Floats, response: Floats, names: Sequence[str]) -> Solved:
    """Coefficients of a weighted logistic regression of 0-or-1 `response` on `x`, by Newton's method.

    Raises ObservatoryError where the fit runs away because some combination of `x` tells response from non-response.
    """
    beta = np.zeros(x.shape[1])

    def loglikelihood(b: Floats) -> float:
        u = np.asarray(x @ b)
        return float(np.sum(w * (response * u - np.logaddexp(0, u))))

    best = loglikelihood(beta)
    size = float(w.sum())
    steps = 0
    score = np.zeros(x.shape[1])
    while steps < 100:
        steps += 1
        p = special.expit(np.asarray(x @ beta))
        score = np.asarray(x.T @ (w * (response - p)))
        move = symmetric_inverse(gram(x, w * p * (1 - p))) @ score
        length = 1.0
        while loglikelihood(beta + length * move) < best - 1e-12 * size and length > 1e-6:
            length /= 2
        beta = beta + length * move
        best = loglikelihood(beta)
        if float(np.max(np.abs(length * move), initial=0.0)) < 1e-13 * (1 + float(np.max(np.abs(beta), initial=0.0))):
            break
    scale = np.asarray(abs(x).T @ w) + 1e-300
    misfit = float(np.max(np.abs(score) / scale))
    reached = np.abs(np.asarray(x @ beta))
    if misfit > 1e-8 or float(reached.max(initial=0.0)) > 30:
        raise ObservatoryError(
            "The propensity of response could not be estimated: some auxiliary variables tell respondents from "
            f"non-respondents without error ({', '.join(names[:5])}).",
            "Leave out or merge classes in which all units, or none, responded.",
        )
    return Solved(response, beta, steps, misfit)


def proportional(
    margins: Sequence[tuple[Codes, Floats]],
    w: Floats,
    tolerance: float,
    iterations: int,
    names: Sequence[str],
) -> Solved:
    """Factors by fitting margin after margin; each margin is (row to class, totals of classes)."""
    g = np.ones(len(w))
    misfit = np.inf
    steps = 0
    while steps < iterations:
        steps += 1
        before = g.copy()
        for codes, totals in margins:
            reached = np.bincount(codes, weights=w * g, minlength=len(totals))
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(totals > 0, totals / reached, 0.0)
            g = g * np.nan_to_num(ratio, nan=1.0, posinf=1.0)[codes]
        apart = [
            np.abs(np.bincount(codes, weights=w * g, minlength=len(totals)) - totals) / (1.0 + np.abs(totals))
            for codes, totals in margins
        ]
        misfit = max(float(a.max()) for a in apart)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = float(np.max(np.abs(g - before) / np.where(before > 0, before, 1.0), initial=0.0))
        if moved <= 1e-15 or (misfit <= tolerance and moved <= tolerance):
            break
    if not misfit <= tolerance:
        which = int(np.argmax([float(a.max()) for a in apart]))
        raise ObservatoryError(
            f"Raking did not meet its margins after {steps} iterations: {names[which]} is off by {misfit:.2g} of its "
            f"total, {tolerance:.2g} is allowed.",
            "The margins may contradict each other where classes are empty; merge classes, or allow more iterations.",
        )
    return Solved(g, np.zeros(0), steps, misfit)
