"""Arithmetic on published figures: what a publication states must follow from what it prints (GSBPM 5.2, 5.3).

A printed figure stands for every value that rounds to it. A check recomputes a statement from its terms and asks
whether the printed result can be true under that rounding: *ok* where the recomputed value rounds to the printed one,
*rounding* where only the rounding of the terms reconciles them, *flagged* where nothing does. Whole numbers of units,
persons, memberships or jobs printed in full are exact, so their totals must agree to the last digit.

No rule says that compensation stays below value added: where subsidies pay for the difference it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sse_observatory.catalogue.published import Check, Definition, Figure

Verdict = Literal["ok", "rounding", "flagged"]
COUNTS = frozenset({"UNITS", "PERSONS", "MEMBERSHIPS", "JOBS"})
"""Units of measure of which there are only whole ones."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values a printed figure can stand for, with the printed one; `high` is None where there is no upper bound."""

    low: Fraction
    point: Fraction
    high: Fraction | None

    def holds(self, value: Fraction) -> bool:
        """Whether `value` lies in the range."""
        return self.low <= value and (self.high is None or value <= self.high)

    def meets(self, other: Range) -> bool:
        """Whether the two ranges have a value in common."""
        return (other.high is None or self.low <= other.high) and (self.high is None or other.low <= self.high)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `stated` as printed and `recomputed`, both in the unit and multiplier of the result.

    `low` and `high` bound what the terms allow under their rounding; all four are None where a rule compares words
    rather than numbers. `conflict` names the group that explains a flagged check.
    """

    check: str
    rule: str
    verdict: Verdict
    figures: tuple[str, ...]
    stated: Decimal | None = None
    recomputed: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    conflict: str = ""


def printed_range(figure: Figure) -> Range:
    """The values a figure can stand for, in whole units of its unit of measure.

    ``>`` and ``≥`` leave the upper end open, ``≈`` doubles the width of rounding. Raises ValueError for a figure
    without a value.
    """
    if figure.value is None:
        raise ValueError(f"{figure.id} has no value")
    scale = Fraction(10) ** figure.multiplier
    point = Fraction(figure.value) * scale
    exact = figure.unit in COUNTS and figure.multiplier == 0 and figure.rounded_to is None
    if exact and not figure.qualifier:
        return Range(point, point, point)
    step = Fraction(figure.rounded_to) if figure.rounded_to is not None else Fraction(1, 10**figure.decimals)
    half = step * scale * (1 if figure.qualifier == "about" else Fraction(1, 2))
    return Range(point - half, point, None if figure.qualifier == "at least" else point + half)


def compared(stated: Range, allowed: Range) -> Verdict:
    """The verdict on a stated value against the range its terms allow."""
    if stated.holds(allowed.point):
        return "ok"
    return "rounding" if stated.meets(allowed) else "flagged"


def _sum(terms: list[Range]) -> Range:
    highs = [t.high for t in terms if t.high is not None]
    high = sum(highs, Fraction(0)) if len(highs) == len(terms) else None
    return Range(sum((t.low for t in terms), Fraction(0)), sum((t.point for t in terms), Fraction(0)), high)


def _over(numerator: Range, denominator: Range) -> Range:
    """The quotient of two positive ranges."""
    low = Fraction(0) if denominator.high is None else numerator.low / denominator.high
    high = None if numerator.high is None else numerator.high / denominator.low
    return Range(low, numerator.point / denominator.point, high)


def _times(left: Range, right: Range) -> Range:
    high = None if left.high is None or right.high is None else left.high * right.high
    return Range(left.low * right.low, left.point * right.point, high)


def _scaled(value: Range, factor: int, shift: int = 0) -> Range:
    high = None if value.high is None else value.high * factor + shift
    return Range(value.low * factor + shift, value.point * factor + shift, high)


_COMPUTED: Mapping[str, tuple[int | None, Callable[[list[Range]], Range]]] = {
    "sum": (None, _sum),
    "share": (2, lambda t: _scaled(_over(t[0], t[1]), 100)),
    "ratio": (2, lambda t: _over(t[0], t[1])),
    "relative": (4, lambda t: _scaled(_over(_over(t[0], t[1]), _over(t[2], t[3])), 100)),
    "growth": (2, lambda t: _scaled(_over(t[0], t[1]), 100, -100)),
    "product": (2, lambda t: _times(t[0], t[1])),
}
"""Rules whose result is computed from the terms, with the number of terms (None: two or more)."""
_DIVIDING = {"share": (1,), "ratio": (1,), "relative": (1, 2, 3), "growth": (1,)}
_NEEDS_RESULT = frozenset({*_COMPUTED, "parts", "tiers", "persons"})
_TERMS: Mapping[str, int] = {"at_most": 2, "same": 2, "comparable": 2, "persons": 1}
_IN_WORDS = frozenset({"comparable", "persons"})
"""Rules that compare what figures count, not how much."""
RULES = (*_COMPUTED, "parts", "at_most", "same", "comparable", "tiers", "persons")


def complaint(check: Check, figures: Mapping[str, Figure]) -> str:
    """Why a check cannot be made, as the end of a sentence; empty where it can."""
    if check.rule not in RULES:
        return f"the rule {check.rule!r} is not one of {', '.join(RULES)}"
    if check.rule in _NEEDS_RESULT and not check.result:
        return f"the rule {check.rule} needs a result"
    if check.rule not in _NEEDS_RESULT and check.result:
        return f"the rule {check.rule} has terms only, no result"
    wanted = _COMPUTED[check.rule][0] if check.rule in _COMPUTED else _TERMS.get(check.rule)
    if wanted is not None and len(check.terms) != wanted:
        return f"the rule {check.rule} needs {wanted} term(s), not {len(check.terms)}"
    if wanted is None and len(check.terms) < 2:
        return f"the rule {check.rule} needs two or more terms"
    for name in check.figures:
        if name not in figures:
            return f"there is no figure {name!r}"
        if check.rule not in _IN_WORDS and figures[name].value is None:
            return f"the figure {name} has no value"
    for position in _DIVIDING.get(check.rule, ()):
        if printed_range(figures[check.terms[position]]).low <= 0:
            return f"the figure {check.terms[position]} may be zero and cannot divide"
    return _incommensurable(check, figures)


def _incommensurable(check: Check, figures: Mapping[str, Figure]) -> str:
    """Figures that are added or compared although they are in different units."""
    together = {"sum": check.figures, "parts": check.figures, "tiers": check.figures, "same": check.terms,
                "share": check.terms, "growth": check.terms}  # fmt: skip
    units = {figures[name].unit for name in together.get(check.rule, ())}
    # Employees and worker-members are persons, the jobs they hold are jobs: a source adds one to the other.
    if len(units) > 1 and not units <= {"PERSONS", "JOBS"}:
        return f"its figures are in different units ({', '.join(sorted(units))})"
    if check.rule in ("share", "growth", "relative") and figures[check.result].unit != "PERCENT":
        return f"the result {check.result} is not in PERCENT"
    return ""


def _in_unit_of(figure: Figure, value: Fraction | None) -> Decimal | None:
    """`value` in the unit multiplier of `figure`, with two decimals more than it prints."""
    if value is None:
        return None
    shown = value / Fraction(10) ** figure.multiplier
    exact = Decimal(shown.numerator) / Decimal(shown.denominator)
    return exact.quantize(Decimal(1).scaleb(-(figure.decimals + 2)), rounding=ROUND_HALF_UP)


def examine(
    check: Check, figures: Mapping[str, Figure], definitions: Mapping[str, Definition], conflict: str = ""
) -> Finding:
    """The finding of one check. Raises ValueError for a check that `complaint` complains of."""
    why = complaint(check, figures)
    if why:
        raise ValueError(f"{check.id}: {why}")
    terms = [figures[name] for name in check.terms]
    if check.rule == "comparable":
        same = len({t.definition for t in terms}) == 1
        return Finding(check.id, check.rule, "ok" if same else "flagged", check.figures, conflict=conflict)
    if check.rule == "persons":
        mixed = any(t.measure == "MEMBERSHIPS" for t in terms)
        return Finding(check.id, check.rule, "flagged" if mixed else "ok", check.figures, conflict=conflict)
    ranges = [printed_range(t) for t in terms]
    if check.rule in ("same", "at_most"):
        shown, stated, allowed = terms[0], ranges[0], ranges[1]
    else:
        shown = figures[check.result]
        stated = printed_range(shown)
        allowed = _COMPUTED[check.rule][1](ranges) if check.rule in _COMPUTED else _sum(ranges)
    return Finding(
        check.id,
        check.rule,
        _verdict(check, stated, allowed, shown, terms, definitions),
        check.figures,
        shown.value,
        _in_unit_of(shown, allowed.point),
        _in_unit_of(shown, allowed.low),
        _in_unit_of(shown, allowed.high),
        conflict,
    )


def _verdict(
    check: Check,
    stated: Range,
    allowed: Range,
    shown: Figure,
    terms: list[Figure],
    definitions: Mapping[str, Definition],
) -> Verdict:
    if check.rule == "same":
        if stated.holds(allowed.point) and allowed.holds(stated.point):
            return "ok"
        return "rounding" if stated.meets(allowed) else "flagged"
    if check.rule == "at_most":
        return _not_above(stated, allowed)
    if check.rule == "parts":
        return _not_above(allowed, stated)
    if check.rule == "tiers":
        claimed = definitions[shown.definition].tier
        held = {definitions[t.definition].tier for t in terms}
        return "flagged" if claimed and held != {claimed} and stated.meets(allowed) else "ok"
    return compared(stated, allowed)


def _not_above(smaller: Range, larger: Range) -> Verdict:
    if larger.high is None or smaller.point <= larger.point:
        return "ok"
    return "rounding" if smaller.low <= larger.high else "flagged"
