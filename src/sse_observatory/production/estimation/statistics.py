"""Statistics: each is a number computed from weighted sums, and its linearised variable.

A smooth statistic names the weighted sums it needs, its value, and its derivatives by them (Woodruff 1971, Deville
1999); the sum of derivative times term, unit by unit, is the linearised variable, and the design does the rest. The
same value, computed from replicated sums, serves replicate weights. Quantiles and the Gini coefficient are not smooth
in sums and live in `ranked`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import ibis.expr.types as ir
import numpy as np

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.plan import Floats
from sse_observatory.production.estimation.rollup import Term, Variable

What = str | Callable[[ir.Table], ir.Value]
Interval = Literal["t", "logit", "xlogit", "asin", "beta", "korn-graubard", "wilson"]
QuantileRule = Literal[
    "math", "inverse", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"
]  # fmt: skip
QuantileInterval = Literal["mean", "xlogit", "asin", "beta", "quantile"]


class Statistic(Protocol):
    """What `estimate` can be asked for."""

    @property
    def label(self) -> str:
        """The name of the statistic in the result."""

    @property
    def interval(self) -> Interval:
        """How its confidence interval is made."""


class Smooth(Statistic, Protocol):
    """A smooth function of weighted sums."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """The weighted sums it is a function of."""

    def value(self, sums: Sequence[Floats]) -> Floats:
        """The statistic from the sums, in the order of `terms`; arrays of any shape."""

    def gradient(self, sums: Sequence[Floats]) -> tuple[Floats, ...]:
        """Its derivatives by each of the sums."""


@dataclass(frozen=True, slots=True)
class Total:
    """The total of a variable; the number of units where there is none."""

    variable: Variable | None
    label: str
    interval: Interval = "t"

    @property
    def known(self) -> tuple[Variable, ...]:
        return () if self.variable is None else (self.variable,)

    @property
    def terms(self) -> tuple[Term, ...]:
        return (Term(self.known, self.known),)

    def value(self, sums: Sequence[Floats]) -> Floats:
        return sums[0]

    def gradient(self, sums: Sequence[Floats]) -> tuple[Floats, ...]:
        return (np.ones_like(sums[0]),)


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of two totals; a mean is the ratio to the number of units."""

    numerator: Variable
    denominator: Variable | None
    label: str
    interval: Interval = "t"

    @property
    def known(self) -> tuple[Variable, ...]:
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    @property
    def terms(self) -> tuple[Term, ...]:
        below = () if self.denominator is None else (self.denominator,)
        return (Term((self.numerator,), self.known), Term(below, self.known))

    def value(self, sums: Sequence[Floats]) -> Floats:
        top, bottom = sums
        return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom != 0)

    def gradient(self, sums: Sequence[Floats]) -> tuple[Floats, ...]:
        _, bottom = sums
        inverse = np.divide(1.0, bottom, out=np.full(np.shape(bottom), np.nan), where=bottom != 0)
        return (inverse, -self.value(sums) * inverse)


@dataclass(frozen=True, slots=True)
class Share:
    """The total of a cell as a share of the total over the codes of some columns of the table.

    `over` names the columns whose codes the shares add up over; None for all of them.
    """

    variable: Variable | None
    over: tuple[str, ...] | None
    label: str
    interval: Interval = "t"

    @property
    def known(self) -> tuple[Variable, ...]:
        return () if self.variable is None else (self.variable,)

    @property
    def terms(self) -> tuple[Term, ...]:
        return (Term(self.known, self.known),)


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile, with Woodruff's (1952) interval or one from replicated quantiles."""

    variable: Variable
    p: float
    rule: QuantileRule
    method: QuantileInterval
    label: str
    interval: Interval = "t"

    @property
    def known(self) -> tuple[Variable, ...]:
        return (self.variable,)


@dataclass(frozen=True, slots=True)
class Gini:
    """The Gini coefficient, from 0 (all equal) to 1."""

    variable: Variable
    label: str
    interval: Interval = "t"

    @property
    def known(self) -> tuple[Variable, ...]:
        return (self.variable,)


def _variable(what: What, name: str | None) -> Variable:
    if isinstance(what, str):
        return Variable(what)
    if not callable(what):
        raise ObservatoryError(f"{what!r} is not a variable.", "Give a column's name, or a function of the table.")
    if name is None:
        raise ObservatoryError("A computed variable needs a name.", "Say name='…'.")
    return Variable(name, expression=what)


def _with_code(variable: Variable, equals: str | int | bool | None) -> Variable:
    if equals is None:
        return variable
    if variable.expression is not None:
        raise ObservatoryError("A computed variable is compared in its own function.", "Leave `equals` out.")
    return Variable(variable.column, equals)


def total(of: What | None = None, equals: str | int | bool | None = None, *, name: str | None = None) -> Total:
    """The total of a variable, or the number of units: of all, or of those on which a column has the code `equals`."""
    if of is None:
        if equals is not None:
            raise ObservatoryError(f"No column is named that has the code {equals!r}.", "Give it: total(column, code).")
        return Total(None, name or "total")
    variable = _with_code(_variable(of, name), equals)
    return Total(variable, name or f"total({variable.label})")


def mean(of: What, *, name: str | None = None) -> Ratio:
    """The mean of a variable."""
    variable = _variable(of, name)
    return Ratio(variable, None, name or f"mean({variable.label})")


def ratio(numerator: What, denominator: What, *, name: str | None = None) -> Ratio:
    """The ratio of the totals of two variables."""
    top = _variable(numerator, f"{name}: numerator" if name else None)
    bottom = _variable(denominator, f"{name}: denominator" if name else None)
    return Ratio(top, bottom, name or f"ratio({top.label}, {bottom.label})")


def proportion(
    of: What, equals: str | int | bool | None = None, *, interval: Interval = "logit", name: str | None = None
) -> Ratio:
    """The share of units for which a yes-or-no variable is true, or on which a column has the code `equals`.

    `interval`: ``logit`` (on the log-odds; ``xlogit`` is the same), ``asin``, ``beta`` (Clopper and Pearson with the
    effective number of units, as R survey), ``korn-graubard`` (that number at most the real one), ``wilson``, or ``t``.
    """
    if interval not in _INTERVALS:
        raise ObservatoryError(f"interval={interval!r} is not known.", f"Use one of {', '.join(_INTERVALS)}.")
    variable = _with_code(_variable(of, name), equals)
    return Ratio(variable, None, name or f"proportion({variable.label})", interval)


def share(of: What | None = None, *, over: str | Sequence[str] | None = None, name: str | None = None) -> Share:
    """Each cell's share of the total of a variable, or of the units, over the codes of the columns `over`."""
    columns = None if over is None else (over,) if isinstance(over, str) else tuple(over)
    variable = None if of is None else _variable(of, name)
    label = "share" if variable is None else f"share({variable.label})"
    return Share(variable, columns, name or label)


def quantile(
    of: What,
    p: float,
    *,
    rule: QuantileRule = "math",
    interval: QuantileInterval = "mean",
    name: str | None = None,
) -> Quantile:
    """The `p` quantile of a variable.

    `rule` is how a quantile is read between values, as R survey names it: ``math`` (the smallest value with at least
    the share `p` at or below), ``school`` (the midpoint where that share is met exactly), ``shahvaish``, and ``hf1`` to
    ``hf9`` (Hyndman and Fan 1996). Where the smallest value alone has more than the share `p`, R reads the second one
    by the rules that do not interpolate, and so do these; ``inverse`` is ``math`` without that.
    `interval` is how the share at or below gets its interval before it is turned back: ``mean``, ``xlogit``, ``asin``,
    ``beta``; ``quantile`` replicates the quantile itself and needs replicate weights.
    """
    if not 0 < p < 1:
        raise ObservatoryError(f"A quantile at {p!r} does not exist.", "Give a share between 0 and 1.")
    if rule not in _RULES:
        raise ObservatoryError(f"rule={rule!r} is not known.", f"Use one of {', '.join(_RULES)}.")
    if interval not in _QUANTILE_INTERVALS:
        raise ObservatoryError(f"interval={interval!r} is not known.", f"Use one of {', '.join(_QUANTILE_INTERVALS)}.")
    variable = _variable(of, name)
    return Quantile(variable, float(p), rule, interval, name or f"quantile({variable.label}, {p:g})")


def median(
    of: What, *, rule: QuantileRule = "math", interval: QuantileInterval = "mean", name: str | None = None
) -> Quantile:
    """The median of a variable; options as in `quantile`."""
    made = quantile(of, 0.5, rule=rule, interval=interval, name=name)
    label = name or f"median({made.variable.label})"
    return Quantile(made.variable, 0.5, rule, interval, label)


def gini(of: What, *, name: str | None = None) -> Gini:
    """The Gini coefficient of a variable that is not negative."""
    variable = _variable(of, name)
    return Gini(variable, name or f"gini({variable.label})")


def _choices(literal: Any) -> tuple[str, ...]:
    return tuple(literal.__args__)


_INTERVALS = _choices(Interval)
_RULES = _choices(QuantileRule)
_QUANTILE_INTERVALS = _choices(QuantileInterval)
