"""Quantiles and the Gini coefficient: statistics of the order of values, which need every unit.

A quantile's interval turns back that of the share of units at or below it (Woodruff 1952; the forms and the rules of
reading a quantile between values are those of R survey's svyquantile, after Hyndman and Fan 1996, Shah and Vaish 2006).
The Gini coefficient is a smooth function of the weights; its linearised variable is its derivative by each weight
(Deville 1999; Langel and Tillé 2013), ties included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sse_observatory.production.estimation.plan import Codes, Floats
from sse_observatory.production.estimation.statistics import QuantileRule


@dataclass(frozen=True, slots=True)
class Sorted:
    """The units of each domain in ascending order of a variable; ties keep the order of the sample."""

    rows: Codes
    start: Codes
    """Domain to its place in `rows`; one more at the end."""
    values: Floats

    @classmethod
    def of(cls, values: Floats, ascending: Codes, domain: Codes, count: int) -> Sorted:
        """From the rows with a value in ascending order, found once for all margins of a table."""
        if count == 1:
            return cls(ascending, np.array([0, len(ascending)]), values)
        # Sixteen bits are sorted digit by digit, several times faster than by comparison.
        within = domain[ascending].astype(np.int16 if count < 2**15 else np.int64)
        order = np.argsort(within, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(within, minlength=count))])
        return cls(ascending[order], start, values)

    def of_domain(self, d: int) -> Codes:
        """The rows of a domain, in order."""
        return self.rows[self.start[d] : self.start[d + 1]]


def ascending(values: Floats, present: np.ndarray) -> Codes:
    """The rows that are present by ascending value; ties keep the order of the sample."""
    rows = np.flatnonzero(present)
    return rows[np.argsort(values if len(rows) == len(values) else values[rows], kind="stable")]


def quantile(rule: QuantileRule, x: Floats, w: Floats, p: float) -> float:
    """The `p` quantile of ascending values `x` with weights `w`, read by `rule`; not a number where there are none."""
    if not (w > 0).all():
        x, w = x[w != 0], w[w != 0]
    if not len(x) or np.isnan(p):
        return float("nan")
    return float(_RULES[rule](x, w, p))


class Reader:
    """Quantiles of one domain: sorted values and weights, added up once."""

    def __init__(self, rule: QuantileRule, x: Floats, w: Floats) -> None:
        positive = w != 0
        self.x, self.w = (x, w) if positive.all() else (x[positive], w[positive])
        self.rule = rule
        self.cumulated = cumulated(self.w) if len(self.w) else self.w

    def at(self, p: float) -> float:
        """The `p` quantile."""
        if not len(self.x) or np.isnan(p):
            return float("nan")
        if self.rule in _STEP:
            return float(_step(self.rule, self.x, self.cumulated, p))
        return float(_RULES[self.rule](self.x, self.w, p))


def cumulated(w: Floats) -> Floats:
    """Cumulative weights, added up in extended precision so that shares met exactly are seen to be."""
    return np.cumsum(w, dtype=np.longdouble).astype(np.float64)


def _bracket(cumulative: Floats, p: float) -> tuple[int, int, float, float]:
    """The last value whose cumulative share is at most p, the next, and the distances of p from their shares."""
    total = cumulative[-1]
    low = int(np.searchsorted(cumulative, p * total, side="right")) - 1
    low = max(low, 0)
    up = min(low + 1, len(cumulative) - 1)
    return low, up, p - cumulative[low] / total, cumulative[up] / total - p


_STEP = ("math", "inverse", "hf1", "school", "hf2", "hf4")


def _step(rule: str, x: Floats, cumulative: Floats, p: float) -> float:
    if rule == "inverse":
        at = int(np.searchsorted(cumulative, p * cumulative[-1] * (1 - 1e-12), side="left"))
        return float(x[min(at, len(x) - 1)])
    low, up, below, above = _bracket(cumulative, p)
    if rule == "hf4":
        gamma = below / (above + below) if above + below else 0.0
        return float(x[low] * (1 - gamma) + x[up] * gamma)
    if below == 0:
        return float(x[low]) if rule in {"math", "hf1"} else float((x[low] + x[up]) / 2)
    return float(x[up])


def _even(x: Floats, w: Floats, p: float) -> float:
    """Hyndman and Fan's third rule: nearest even order statistic, ties added up."""
    values, at = np.unique(x, return_inverse=True)
    low, up, below, _ = _bracket(cumulated(np.bincount(at, weights=w)), p)
    return float(values[low] if below == 0 and (low + 1) % 2 == 0 else values[up])


def _interpolated(shares: Callable[[Floats, Floats], Floats]) -> Callable[[Floats, Floats, float], float]:
    def read(x: Floats, w: Floats, p: float) -> float:
        at = shares(cumulated(w), w)
        if len(x) == 1 or np.isnan(at).any():
            return float(x[0]) if len(x) == 1 else float("nan")
        # Where several values have the same share the reading is their mean, as R's approx makes it.
        if (np.diff(at) <= 0).any():
            at, index = np.unique(at, return_inverse=True)
            x = np.bincount(index, weights=x) / np.bincount(index)
        return float(np.interp(p, at, x))

    return read


def _shah_vaish(x: Floats, w: Floats, p: float) -> float:
    scaled = w / w.mean()
    at = (cumulated(scaled) + 0.5 - w / 2) / (len(x) + 1)
    # Unequal weights can give several values the same place; the reading is their mean, as R's approx makes it.
    at, index = np.unique(at, return_inverse=True)
    x = np.bincount(index, weights=x) / np.bincount(index)
    place = int(np.searchsorted(at, p, side="right")) - 1
    return float(x[max(place, 0)])


def _previous(cumulative: Floats) -> Floats:
    return np.concatenate([[0.0], cumulative[:-1]])


_RULES: dict[str, Callable[[Floats, Floats, float], float]] = {
    "math": lambda x, w, p: _step("math", x, cumulated(w), p),
    "inverse": lambda x, w, p: _step("inverse", x, cumulated(w), p),
    "hf1": lambda x, w, p: _step("hf1", x, cumulated(w), p),
    "school": lambda x, w, p: _step("school", x, cumulated(w), p),
    "hf2": lambda x, w, p: _step("hf2", x, cumulated(w), p),
    "hf3": _even,
    "hf4": lambda x, w, p: _step("hf4", x, cumulated(w), p),
    "hf5": _interpolated(lambda c, w: (c - w / 2) / c[-1]),
    "hf6": _interpolated(lambda c, w: c / (c[-1] + w[-1])),
    "hf7": _interpolated(lambda c, w: _previous(c) / c[-2] if len(c) > 1 else c * 0),
    "hf8": _interpolated(lambda c, w: (_previous(c) / 3 + c * 2 / 3) / (c[-1] + w[-1] / 3)),
    "hf9": _interpolated(lambda c, w: (_previous(c) * 3 / 8 + c * 5 / 8) / (c[-1] + w[-1] / 4)),
    "shahvaish": _shah_vaish,
}


def gini(x: Floats, w: Floats) -> float:
    """The Gini coefficient of ascending values `x` with weights `w`."""
    below = np.cumsum(w)
    total, amount = float(w.sum()), float((w * x).sum())
    if total <= 0 or amount <= 0:
        return float("nan")
    return (2 * float((w * x * below).sum()) - float((w**2 * x).sum())) / (total * amount) - 1


def gini_influence(x: Floats, w: Floats, value: float) -> Floats:
    """The derivative of the Gini coefficient by each weight, for ascending values."""
    total, amount = float(w.sum()), float((w * x).sum())
    first = np.searchsorted(x, x, side="left")
    last = np.searchsorted(x, x, side="right")
    people = np.concatenate([[0.0], np.cumsum(w)])
    money = np.concatenate([[0.0], np.cumsum(w * x)])
    below = (people[first] + people[last]) / 2
    above = amount - (money[first] + money[last]) / 2
    change: Floats = 2 * (x * below + above) / (total * amount)
    return change - (value + 1) / total - (value + 1) * x / amount
