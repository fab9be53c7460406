"""The equations of calibration: factors g on weights so that weighted auxiliary totals meet known ones.

Deville and Särndal (1992): g = F(x'λ) for a distance whose inverse derivative is F, found by Newton's method on the
p × p system. The λ sought minimises Σ w ∫F − λ'totals, which is convex: whatever the bounds, steps that go down come to
the solution where there is one, and where there is none λ runs off in a direction that proves it. Raking to margins by
proportional fitting (Deming and Stephan 1940) gives the same g as the multiplicative distance and never inverts
anything. Rows are units, or groups of units with the same auxiliary values.
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
    g, slope, level = _factor(distance, np.zeros(x.shape[0]), low, high)
    misfit = target - np.asarray(x.T @ (w * g))
    _check_reachable(x, w, misfit, scale, names)
    whole = gram(x, w / unit)
    best = (np.inf, g, lagrange, misfit)
    height = 0.0
    steps = 0
    reachable = True
    while steps < iterations:
        steps += 1
        hessian = whole if free else gram(x, w * slope / unit)
        found = None
        # Where factors rest on a bound the system has lost directions; a share of the unbounded one gives them back.
        # Near the solution a step that does not help is one at the limit of the arithmetic.
        near = free or best[0] <= 1e-12
        for damping in (0.0,) if near else (0.0, 1e-6, 1e-3, 1.0):
            move = symmetric_inverse(hessian + damping * whole) @ misfit
            gain = float(misfit @ move)
            length = 1.0
            while length > (0.9 if near else 1e-5):
                tried = lagrange + length * move
                u = np.asarray(x @ tried) / unit
                made, made_slope, level = _factor(distance, u, low, high)
                if np.isfinite(made).all():
                    left = target - np.asarray(x.T @ (w * made))
                    size = float(np.max(np.abs(left) / scale, initial=0.0))
                    depth = float(np.sum(w * unit * level) - tried @ target)
                    falls = depth <= height - 1e-4 * length * gain and length * gain > 1e-13 * (1 + abs(height))
                    if size < best[0] or falls or free:
                        found = (tried, made, made_slope, left, size, depth, u)
                        break
                length /= 2
            if found is not None:
                break
        if found is None:
            break  # at the limit of the arithmetic, or stuck
        lagrange, g, slope, misfit, size, height, u = found
        if size >= best[0] and (free or best[0] <= 1e-13):
            break
        if size < best[0]:
            best = (size, g, lagrange, misfit)
        if size < 1e-14:
            break
        if not free and _beyond(w, u * unit, low, high, float(lagrange @ target)):
            reachable = False
            break
    size, g, lagrange, misfit = best
    if not size <= tolerance:
        worst = int(np.argmax(np.abs(misfit) / scale))
        bounded = np.isfinite(high) or (np.isfinite(low) and not (distance == "raking" and low == 0))
        limits = f"no factors from {low:g} to {high:g} meet all totals" if not reachable else ""
        raise ObservatoryError(
            f"Calibration did not meet its totals after {steps} iterations: {names[worst]} is off by "
            f"{misfit[worst]:,.6g} of {target[worst]:,.6g} (relative {size:.2g}, allowed {tolerance:.2g})"
            + (f"; {limits}." if limits else "."),
            ("Widen the bounds, or drop" if bounded else "Check the totals, or drop")
            + " auxiliary variables with few units; nothing was calibrated.",
        )
    return Solved(g, lagrange, steps, size)


def _beyond(w: Floats, u: Floats, low: float, high: float, wanted: float) -> bool:
    """Whether the combination `u` of the auxiliary variables cannot reach its total with any factors in the bounds."""
    some = w > 0
    with np.errstate(invalid="ignore", over="ignore"):
        most = np.where(u[some] > 0, u[some] * high, np.where(u[some] < 0, u[some] * low, 0.0))
    furthest = float(np.sum(w[some] * most))
    return wanted > furthest + 1e-7 * (abs(furthest) + float(np.sum(w[some] * np.abs(u[some]))))


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


def _factor(distance: Distance, u: Floats, low: float, high: float) -> tuple[Floats, Floats, Floats]:
    """g = F(u), its derivative, and its integral from nought, whose sum Newton's method minimises."""
    if distance == "logit":
        a = (high - low) / ((high - 1) * (1 - low))
        # With s the logistic of a·u shifted so that F(0) = 1, F moves from the lower bound to the upper one.
        shift = np.log((1 - low) / (high - 1))
        s = special.expit(a * u + shift)
        level = low * u + (high - low) / a * (np.logaddexp(0.0, a * u + shift) - np.logaddexp(0.0, shift))
        return low + (high - low) * s, (high - low) * a * s * (1 - s), level
    if distance == "linear":
        least, most = low - 1.0, high - 1.0
    else:
        least, most = (float(np.log(low)) if low > 0 else -np.inf), float(np.log(high))
    within = np.clip(u, least, most)
    with np.errstate(over="ignore", invalid="ignore"):
        g = np.clip(1.0 + within if distance == "linear" else np.exp(within), low, high)
        slope = np.where((u > least) & (u < most), 1.0 if distance == "linear" else g, 0.0)
        level = within + within**2 / 2 if distance == "linear" else g - 1.0
        # Beyond a bound the factor stays what it is there.
        level = level + np.where(u == within, 0.0, (u - within) * g)
    return g, slope, level


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
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                ratio = np.where(totals > 0, totals / reached, 0.0)
                g = g * np.nan_to_num(ratio, nan=1.0, posinf=1.0)[codes]
        apart = [
            np.abs(np.bincount(codes, weights=w * g, minlength=len(totals)) - totals) / (1.0 + np.abs(totals))
            for codes, totals in margins
        ]
        misfit = max(float(a.max()) for a in apart)
        if not np.isfinite(misfit):
            break  # factors ran off to nought and beyond all limits
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = float(np.max(np.abs(g - before) / np.where(before > 0, before, 1.0), initial=0.0))
        if moved <= 1e-15 or (misfit <= tolerance and moved <= tolerance):
            break
    if not misfit <= tolerance:
        which = int(np.argmax([float(a.max()) for a in apart]))
        if not np.isfinite(misfit):
            raise ObservatoryError(
                f"No factors meet all margins: after {steps} iterations of raking those of {names[which]} are beyond "
                "all limits, because some classes of the margins occur together in no unit.",
                "Merge classes that are rare, in the sample and in the totals.",
            )
        raise ObservatoryError(
            f"Raking did not meet its margins after {steps} iterations: {names[which]} is off by {misfit:.2g} of its "
            f"total, {tolerance:.2g} is allowed.",
            "The margins may contradict each other where classes are empty; merge classes, or allow more iterations.",
        )
    return Solved(g, np.zeros(0), steps, misfit)
