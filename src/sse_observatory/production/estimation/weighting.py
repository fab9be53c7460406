"""Weights: from the design, for non-response, calibrated to known totals, trimmed.

Each function takes a sample with its design and returns a `Weighted`: the sample with a further column of weights and
the design that uses it and remembers how it came about, so that variances know. Weights before are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.plan import Factor, Floats
from sse_observatory.production.estimation.replication import ReplicateWeights
from sse_observatory.production.estimation.rollup import condition, factor, floats
from sse_observatory.production.estimation.sample import Sample, SampleLike, listed
from sse_observatory.production.estimation.solving import Distance, Solved
from sse_observatory.production.estimation.steps import Kind, Margin, Step, as_code

DESIGN_WEIGHT = "design_weight"
"""The column of weights computed from population sizes."""

_SECOND = "two_phase_weight"
_FACTOR = "observatory_weight_factor"
"""The name of the factor while it is joined to the sample."""

Totals = Mapping[Any, Any]
"""Known totals: a column of codes to a count for each code, several columns to a count for each tuple of codes, a
column of numbers to its total, and None to the number of units. In a two-phase design None in the place of totals asks
for those of the first phase."""

_APART = 1e-9
"""Relative difference up to which two margins are taken to add up to the same population."""


@dataclass(frozen=True, slots=True)
class WeightReport:
    """What an adjustment did to the weights."""

    step: str
    units: int
    iterations: int
    misfit: float
    """Largest distance from a known total, relative to one plus the total."""
    least: float
    greatest: float
    """The least and greatest factor on a weight."""
    negative: int
    """How many weights are negative."""
    sum_before: float
    sum_after: float
    changed: int = 0
    """How many weights were cut, where weights were trimmed."""

    def __str__(self) -> str:
        parts = [
            f"{self.step}: {self.units:,} units, factors from {self.least:.4f} to {self.greatest:.4f}",
            f"weights add up to {self.sum_after:,.6g} (before {self.sum_before:,.6g})",
        ]
        if self.iterations > 1:
            parts.append(f"{self.iterations} iterations, totals met to {self.misfit:.1g}")
        if self.changed:
            parts.append(f"{self.changed:,} weights cut")
        if self.negative:
            parts.append(f"{self.negative:,} weights are negative")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Weighted:
    """A sample with adjusted weights, the design that uses them, and what the adjustment did."""

    sample: Sample
    design: Design
    report: WeightReport

    def weights(self) -> pa.ChunkedArray:
        """The adjusted weights, a value per unit."""
        return self.sample.arrow(self.sample.table.select(w=self.sample.column(str(self.design.weights))))["w"]


def with_design_weights(sample: Sample, design: Design) -> tuple[Sample, Design]:
    """The sample and design with a column of weights: as it is, or population over sample, multiplied over stages.

    Raises ObservatoryError where a stage has no population size to compute the weights from.
    """
    if design.second is not None:
        return _second_phase_weights(sample, design)
    if design.weights is not None:
        return sample, design
    stages = max(len(design.clusters), 1)
    if len(design.fpc) < stages or design.certainty or design.collapse:
        raise ObservatoryError(
            f"Weights cannot be computed: the design has {stages} stage(s) and population sizes for {len(design.fpc)}.",
            "Name the column of weights, or give the population size (or fraction) of every stage.",
        )
    name = _free(sample, DESIGN_WEIGHT)
    table = sample.table.mutate(**{name: ibis.literal(1.0)})
    above: list[str] = []
    for s in range(stages):
        stage = design.strata[min(s, len(design.strata) - 1)] if design.strata else ()
        for column in (*stage, *(design.clusters[s] if s < len(design.clusters) else ())):
            sample.column(column)
        stage = tuple(sample.stored(*stage))
        keys = list(dict.fromkeys([*above, *stage]))
        if s < len(design.clusters):
            clusters = sample.stored(*design.clusters[s])
            above = list(dict.fromkeys([*above, *(stage if design.nest else ()), *clusters]))
            units = table.select(*dict.fromkeys([*keys, *above])).distinct()
        else:
            units = table
        count = f"{name}_n{s}"
        many: Any = ibis._.count()
        counted = units.group_by(keys).agg(**{count: many}) if keys else units.agg(**{count: many})
        number: Any = sample.number(design.fpc[s])
        largest = sample.row(high=number.max())["high"]
        if largest is None:
            raise ObservatoryError(
                f"The finite population correction {design.fpc[s]!r} has no values.", "Give it on every row."
            )
        before = table.columns
        table = table.inner_join(counted, keys) if keys else table.cross_join(counted)
        size = table[sample.stored(design.fpc[s])[0]].cast("float64")
        inverse = size / table[count].cast("float64") if largest > 1 else 1.0 / size
        table = table.mutate(**{name: table[name] * inverse}).select(*before)
    return _stored(sample.on(table)), design.with_(weights=name)


def _second_phase_weights(sample: Sample, design: Design) -> tuple[Sample, Design]:
    """First-phase weights over the share of the second-phase stratum that was selected; zero for those who were not."""
    second = design.second
    assert second is not None
    if design.steps and all(s.first is not None for s in design.steps):
        return sample, design
    if design.weights is not None and design.weights.startswith(_SECOND):
        return sample, design
    if design.steps:
        raise ObservatoryError(
            "The weights of the first phase of a two-phase design were adjusted, which its variance does not know.",
            "Declare the second phase on unadjusted weights and calibrate those, to the totals of the population or of "
            "the first phase; or take replicate weights that carry both phases.",
        )
    source, first = with_design_weights(sample, design.with_(second=None))
    name = _free(source, _SECOND)
    selected: Any = condition(source, second.selected)
    keys, clusters = source.stored(*second.strata), source.stored(*second.clusters)
    table = source.table.mutate(observatory_selected=selected)
    units = table
    there: Any = ibis._.count()
    taken: Any = ibis._.observatory_selected.cast("float64").sum()
    if second.clusters:
        # A cluster is selected as a whole.
        any_selected: Any = ibis._.observatory_selected.max()
        units = table.group_by([*keys, *clusters]).agg(observatory_selected=any_selected)
    counts = {"observatory_there": there, "observatory_taken": taken}
    counted = units.group_by(keys).agg(**counts) if keys else units.agg(**counts)
    columns = table.columns
    table = table.inner_join(counted, keys) if keys else table.cross_join(counted)
    before: Any = table[source.stored(str(first.weights))[0]]
    expanded = (table["observatory_selected"] & (table["observatory_taken"] > 0)).ifelse(
        before.cast("float64") * table["observatory_there"] / table["observatory_taken"], 0.0
    )
    table = table.mutate(**{name: expanded}).select(*(c for c in columns if c != "observatory_selected"), name)
    made = _stored(source.on(table))
    return made, first.with_(weights=name, second=second, zero_weights="outside")


def post_stratify(
    sample: SampleLike, design: Design, totals: Totals | str | Sequence[Any], *, name: str | None = None
) -> Weighted:
    """Weights that meet known counts of the classes of one column, or of several crossed.

    In a two-phase design ``{column: None}``, or the column alone, stands for the counts of the first phase.
    """
    sample, design, first, margins = _prepared(sample, design, totals, codes=True)
    if len(margins) != 1 or margins[0].classes is None:
        raise ObservatoryError(
            "Post-stratification is to the classes of one margin.",
            "Give {column: {code: count}}; use rake or calibrate for several margins or for numbers.",
        )
    return _adjusted(sample, design, "poststratify", margins, name, first=first)


def rake(
    sample: SampleLike,
    design: Design,
    totals: Totals | str | Sequence[Any],
    *,
    tolerance: float = 1e-11,
    iterations: int = 1000,
    name: str | None = None,
) -> Weighted:
    """Weights that meet known counts of several margins, by proportional fitting.

    Variances are those of R survey's `rake` (residuals from plain class means in ten sweeps); `calibrate` with
    ``distance="raking"`` gives the same weights, and variances from weighted residuals. So does this in a two-phase
    design, where `None` for the counts of a margin, or a list of columns alone, stands for those of the first phase.
    """
    _check_iteration(tolerance, iterations)
    sample, design, first, margins = _prepared(sample, design, totals, codes=True)
    if any(m.classes is None for m in margins):
        raise ObservatoryError("Raking is to counts of classes.", "Use calibrate for totals of numbers.")
    _check_same_population(margins)
    return _adjusted(sample, design, "rake", margins, name, tolerance=tolerance, iterations=iterations, first=first)


def calibrate(
    sample: SampleLike,
    design: Design,
    totals: Totals | str | Sequence[Any],
    *,
    distance: Distance = "linear",
    bounds: tuple[float, float] | None = None,
    spread: str | None = None,
    cluster: str | Sequence[str] = (),
    tolerance: float = 1e-9,
    iterations: int = 200,
    name: str | None = None,
) -> Weighted:
    """Weights close to the design's that meet known totals (generalised regression, Deville and Särndal 1992).

    `distance`: ``linear``, ``raking`` (multiplicative) or ``logit`` (within `bounds`). `bounds` limit the factors; with
    linear or raking they truncate. `spread` names a column proportional to the residual variance of the working model.
    `cluster` names households or other clusters whose units get one weight, which they must share beforehand.
    In a two-phase design the weights of the second phase are calibrated. Totals that are not known of the population
    are estimated from the first phase: ``{"turnover": None, "region": None, None: 5000}``, or a list of columns,
    ``[None, "turnover", "region"]``, of which text is taken as codes, numbers as numbers, tuples as codes crossed.
    Raises ObservatoryError where totals contradict each other or no factors within the bounds meet them.
    """
    if distance not in {"linear", "raking", "logit"}:
        raise ObservatoryError(f"distance={distance!r} is not known.", "Use linear, raking or logit.")
    _check_iteration(tolerance, iterations)
    sample, design, first, margins = _prepared(sample, design, totals, codes=False)
    _check_same_population(margins)
    limits = (-np.inf, np.inf) if bounds is None else _two_limits(bounds)
    if distance == "raking" and bounds is None:
        limits = (0.0, np.inf)
    options = {
        "distance": distance, "bounds": limits, "spread": spread, "cluster": listed(cluster), "tolerance": tolerance,
        "iterations": iterations, "first": first,
    }  # fmt: skip
    return _adjusted(sample, design, "calibrate", margins, name, **options)


def adjust_for_nonresponse(
    sample: SampleLike,
    design: Design,
    responded: str,
    groups: str | Sequence[str] = (),
    *,
    name: str | None = None,
) -> Weighted:
    """Weights of respondents that carry the weight of all units of their response homogeneity group.

    `responded` is a yes-or-no column; `groups` are columns whose classes crossed are the groups. Units that did not
    respond stay in the sample with weight zero, so that variances know about them. Units out of scope are respondents:
    they answer for others like them, and drop out of estimates by their values or by `domain`.
    """
    _refuse_two_phases(design)
    source, design = with_design_weights(Sample.of(sample), design)
    condition(source, responded)
    columns = listed(groups)
    margin = _classes_in_sample(source, columns)
    return _adjusted(source, design, "respond", (margin,), name, responded=responded)


def adjust_by_propensity(
    sample: SampleLike, design: Design, responded: str, given: str | Sequence[str], *, name: str | None = None
) -> Weighted:
    """Weights of respondents divided by their probability of response, from a weighted logistic regression.

    `given` names the auxiliary variables known of respondents and non-respondents: text is taken as codes, numbers as
    numbers.
    """
    _refuse_two_phases(design)
    source, design = with_design_weights(Sample.of(sample), design)
    condition(source, responded)
    margins = [Margin((), None, (0.0,))]
    for column in listed(given):
        kind = source.column(column).type()
        if kind.is_numeric() and not kind.is_boolean():
            margins.append(Margin((column,), None, (0.0,)))
        else:
            margins.append(_classes_in_sample(source, (column,)))
    return _adjusted(source, design, "propensity", tuple(margins), name, responded=responded)


def trim(
    sample: SampleLike,
    design: Design,
    *,
    lower: float = -np.inf,
    upper: float = np.inf,
    strict: bool = False,
    name: str | None = None,
) -> Weighted:
    """Weights cut to `lower` and `upper`, what was cut being spread evenly over the others.

    Spreading may push other weights over a limit; `strict` repeats until none is. Variances take the cuts as given:
    each replicate is multiplied by what the weight was. Units of weight zero, such as non-respondents, stay at zero.
    """
    lower, upper = _limit(lower), _limit(upper)
    if not lower < upper:
        raise ObservatoryError(f"The limits {lower:g} and {upper:g} leave no room.", "Give lower below upper.")
    _refuse_two_phases(design)
    source, design = with_design_weights(Sample.of(sample), design)
    before = str(design.weights)
    first: Any = source.number(before)
    begun = source.row(n=(first != 0).cast("int64").sum(), s=first.sum(), lost=first.isnull().cast("int64").sum())
    if not begun["n"] and not begun["lost"]:
        raise ObservatoryError(f"{source.name.capitalize()} has no weights.", "Give a sample with units.")
    if begun["lost"] or not np.isfinite(begun["s"]):
        raise ObservatoryError(f"The weights {before!r} are missing or infinite on some units.", "Complete them.")
    if begun["s"] < lower * begun["n"] or begun["s"] > upper * begun["n"]:
        raise ObservatoryError(
            f"The mean weight {begun['s'] / begun['n']:g} lies outside the limits.", "Give wider limits."
        )
    after = _new(source, name, f"{before}_trimmed")
    weight: Any = first
    changed = 0
    used = first != 0
    for _ in range(100 if strict else 1):
        outside = used & ((weight < lower) | (weight > upper))
        cut = used.ifelse(_clipped(weight, lower, upper), weight)
        found = source.row(
            n=outside.cast("int64").sum(), cut=(weight - cut).sum(), rest=(used & ~outside).cast("int64").sum()
        )
        if not found["n"]:
            break
        changed += int(found["n"])
        if not found["rest"]:
            raise ObservatoryError("Every weight lies outside the limits.", "Give wider limits.")
        weight = (outside | ~used).ifelse(cut, cut + found["cut"] / found["rest"])
        source = _stored(source.mutate(**{after: weight}))
        weight, used = source.number(after), source.number(before) != 0
    else:
        if strict:
            raise ObservatoryError("Trimming did not come to an end.", "Give wider limits.")
    if after not in source.columns:
        source = source.mutate(**{after: weight})
    old: Any = source.number(before)
    new: Any = source.number(after)
    ratio = (old != 0).ifelse(new / old, 1.0)
    end = source.row(s=new.sum(), low=ratio.min(), high=ratio.max(), neg=(new < 0).cast("int64").sum())
    report = WeightReport(
        f"trimmed to {lower:g}–{upper:g}", int(begun["n"]), 1, 0.0, end["low"], end["high"], int(end["neg"]),
        begun["s"], end["s"], changed,
    )  # fmt: skip
    changed_design = design.with_(weights=after)
    if design.steps or isinstance(design.replicates, ReplicateWeights):
        # Factors made from the design go on the trimmed weights; replicates on their own way need to know of the cut.
        changed_design = changed_design.with_(steps=(*design.steps, Step("trim", before, after, ())))
    return Weighted(source, changed_design, report)


def known_totals(totals: Totals) -> tuple[Margin, ...]:
    """The margins that known totals describe. Raises ObservatoryError for totals that are no numbers, or negative."""
    if not isinstance(totals, Mapping):
        raise ObservatoryError(
            f"Known totals are a mapping, not a {type(totals).__name__}.",
            'Write {"region": {"north": 1200, "south": 800}} for counts, {"turnover": 5000000} for a number. Columns '
            "alone do in a two-phase design, whose first phase totals are estimated from.",
        )
    margins = []
    for key, value in totals.items():
        if hasattr(value, "to_dict"):
            value = value.to_dict()  # a series: codes are its index
        columns = () if key is None else (key,) if isinstance(key, str) else tuple(key)
        if not isinstance(value, Mapping):
            if len(columns) > 1:
                raise ObservatoryError(
                    f"{' × '.join(columns)} has one total.", "Give a count for each tuple of codes of crossed columns."
                )
            known = _number(value, " × ".join(columns) or "the number of units")
            if not columns and known <= 0:
                raise ObservatoryError(f"The number of units is {known:g}.", "A population has more than none.")
            margins.append(Margin(columns, None, (known,)))
            continue
        if not columns or not value:
            raise ObservatoryError("A margin without columns or classes.", "Give {column: {code: count}}.")
        classes = []
        for code in value:
            codes = code if isinstance(code, tuple) else (code,)
            if len(codes) != len(columns):
                raise ObservatoryError(
                    f"The class {code!r} of {' × '.join(columns)} has {len(codes)} code(s).",
                    f"Give {len(columns)}, in the order of the columns.",
                )
            classes.append(tuple(str(c).lower() if isinstance(c, bool) else str(c) for c in codes))
        counts = tuple(_number(v, f"{' × '.join(columns)}={k}") for k, v in value.items())
        low = next((k for k, c in zip(value, counts, strict=True) if c < 0), None)
        if low is not None:
            raise ObservatoryError(f"The count of {' × '.join(columns)}={low} is negative.", "Correct it.")
        margins.append(Margin(columns, tuple(classes), counts))
    if not margins:
        raise ObservatoryError("There are no known totals.", "Give at least one.")
    return tuple(margins)


def _two_limits(bounds: Any) -> tuple[float, float]:
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        raise ObservatoryError(f"bounds={bounds!r} are not two limits.", "Give bounds such as (0.5, 2).")
    return _limit(bounds[0]), _limit(bounds[1])


def _limit(value: Any) -> float:
    if isinstance(value, (str, bool)):
        raise ObservatoryError(f"The limit {value!r} is no number.", "Give a number.")
    return float(value)


def _check_iteration(tolerance: float, iterations: int) -> None:
    if iterations < 1:
        raise ObservatoryError(f"iterations={iterations!r} leave the weights as they are.", "Allow at least one.")
    if not tolerance >= 0:
        raise ObservatoryError(f"tolerance={tolerance!r} cannot be met.", "Give a small number such as 1e-9.")


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool):
        raise ObservatoryError(f"The total of {what} is {value!r}, which is no number.", "Give a number.")
    try:
        made = float(value)
    except (TypeError, ValueError):
        raise ObservatoryError(f"The total of {what} is {value!r}, which is no number.", "Give a number.") from None
    if not np.isfinite(made):
        raise ObservatoryError(f"The total of {what} is {made}.", "Give a finite number.")
    return made


def _check_same_population(margins: Sequence[Margin]) -> None:
    """Margins of codes, and the number of units, must add up to the same number."""
    whole = [(m, sum(m.totals)) for m in margins if m.classes is not None or not m.columns]
    for (a, left), (b, right) in combinations(whole, 2):
        if abs(left - right) > _APART * max(abs(left), abs(right)):
            raise ObservatoryError(
                f"The margins contradict each other: {a.label} adds up to {left:,.10g} and {b.label} to {right:,.10g}.",
                "Correct one of them; margins of the same population have the same sum.",
            )


def _classes_in_sample(sample: Sample, columns: tuple[str, ...]) -> Margin:
    if not columns:
        return Margin((), None, (0.0,))
    named = {f"k{i}": sample.column(c) for i, c in enumerate(columns)}
    table = sample.arrow(sample.table.select(**named).distinct())
    factors = [factor(table[k]) for k in named]
    rows = sorted({tuple(f.labels[f.codes[i]] for f in factors) for i in range(table.num_rows)})
    return Margin(columns, tuple(rows), (0.0,) * len(rows))


def _refuse_two_phases(design: Design) -> None:
    if design.second is not None:
        raise ObservatoryError(
            "The weights of a two-phase design are calibrated, post-stratified or raked, and neither trimmed nor "
            "adjusted for non-response: their variance would not know.",
            "Calibrate with bounds instead of trimming, and let `selected` of the second phase be those who responded; "
            "or adjust replicate weights that carry both phases (ReplicateWeights), without `second`.",
        )


def _prepared(
    sample: SampleLike, design: Design, totals: Totals | str | Sequence[Any], *, codes: bool
) -> tuple[SampleLike, Design, str | None, tuple[Margin, ...]]:
    """What an adjustment to totals begins with; in a two-phase design with weights, and totals of the first phase.

    The third is the column of first-phase weights. `codes` says that numbers too are codes.
    """
    if design.second is None:
        return sample, design, None, known_totals(totals)
    source, design, first = _both_phases(Sample.of(sample), design)
    if isinstance(totals, Mapping):
        asked: Iterable[tuple[Any, Any]] = totals.items()
    elif isinstance(totals, str) or (isinstance(totals, tuple) and all(isinstance(c, str) for c in totals)):
        asked = [(totals, None)]
    elif isinstance(totals, Sequence):
        asked = [(key, None) for key in totals]
    else:
        known_totals(totals)  # says what totals look like
        raise AssertionError
    margins: list[Margin] = []
    for key, value in asked:
        if value is None:
            margins.append(_of_first_phase(source, design, first, key, codes))
        else:
            margins.extend(known_totals({key: value}))
    if not margins:
        raise ObservatoryError("There are no totals.", "Give at least one, or name a column.")
    return source, design, first, tuple(margins)


def _both_phases(source: Sample, design: Design) -> tuple[Sample, Design, str]:
    """The sample and design with the weights of both phases, and the column of those of the first."""
    if design.steps and design.steps[-1].first is not None:
        return source, design, design.steps[-1].first
    second = design.second
    if design.weights is not None and design.weights.startswith(_SECOND):
        raise ObservatoryError(
            f"The weights {design.weights!r} are those of both phases, and those of the first are not known.",
            "Start from the design as it was declared, with the weights (or population sizes) of the first phase.",
        )
    source, one = with_design_weights(source, design.with_(second=None))
    made, both = with_design_weights(source, one.with_(second=second))
    return made, both, str(one.weights)


def _of_first_phase(source: Sample, design: Design, first: str, key: Any, codes: bool) -> Margin:
    """The totals of one set of auxiliary variables, estimated from the first phase."""
    if key is not None and not isinstance(key, str) and not (isinstance(key, tuple) and key):
        raise ObservatoryError(
            f"{key!r} names no column.", "Name a column, a tuple of columns whose codes are crossed, or None for units."
        )
    columns = () if key is None else (key,) if isinstance(key, str) else key
    weight: Any = source.number(first)
    infinite: Any = weight.isinf() | weight.isnan()
    odd = (weight.isnull() | infinite | (weight < 0)).fill_null(True).cast("int64").sum()
    if lost := int(source.row(n=odd)["n"] or 0):
        raise ObservatoryError(
            f"The first-phase weights {first!r} are missing, infinite or negative on {lost:,} units.", "Complete them."
        )
    for c in columns:
        source.column(c)
    kinds = [source.column(c).type() for c in columns]
    if not columns:
        return Margin((), None, (float(source.row(total=weight.sum())["total"]),), estimated=True)
    if isinstance(key, str) and not codes and kinds[0].is_numeric() and not kinds[0].is_boolean():
        x: Any = source.number(key)
        absent: Any = x.isnull() | x.isnan() | x.isinf()
        found = source.row(total=(weight * x).sum(), lost=absent.fill_null(True).cast("int64").sum())
        if found["lost"]:
            raise ObservatoryError(
                f"{key!r} is missing or infinite on {int(found['lost']):,} units of the first phase.",
                "Its total is estimated from all of them: impute it, leave it out, or give its known total.",
            )
        return Margin(columns, None, (float(found["total"]),), estimated=True)
    named: dict[str, Any] = {}
    for i, c in enumerate(columns):
        _check_codes(source, c)
        column: Any = source.codes(c)
        named[f"k{i}"] = column.cast("int64") if column.type().is_floating() else column
    selected: Any = source.number(str(design.weights)) != 0
    sums = {"total": weight.sum(), "taken": selected.cast("int64").sum()}
    table = source.arrow(source.table.group_by(**named).agg(**sums))
    factors = [factor(table[k]) for k in named]
    counts: dict[tuple[str, ...], tuple[float, int]] = {}
    for i, (whole, taken) in enumerate(zip(floats(table["total"]), floats(table["taken"]), strict=True)):
        code = tuple(f.labels[f.codes[i]] for f in factors)
        before = counts.get(code, (0.0, 0))
        counts[code] = (before[0] + float(whole), before[1] + int(taken))
    for code, (whole, taken) in counts.items():
        if whole and not taken:
            written = ", ".join(f"{c}={v}" for c, v in zip(columns, code, strict=True))
            raise ObservatoryError(
                f"No unit of the second phase has {written}, which the first phase has.",
                "Merge the class with another. A missing value is written _U.",
            )
    kept = sorted(code for code, (whole, _) in counts.items() if whole)
    return Margin(columns, tuple(kept), tuple(counts[code][0] for code in kept), estimated=True)


def _adjusted(
    sample: SampleLike, design: Design, kind: Kind, margins: tuple[Margin, ...], name: str | None, **options: Any
) -> Weighted:
    source, design = with_design_weights(Sample.of(sample), design)
    before = str(design.weights)
    suffix = {"respond": "responded", "propensity": "responded", "rake": "raked"}.get(kind, "calibrated")
    after = _new(source, name, f"{before}_{suffix}")
    step = Step(kind, before, after, margins, **options)
    _check_auxiliaries(source, step)
    if step.first is not None and step.cluster:
        _check_selected_whole(source, step)
    codes, numbers, w, keys = _read(source, step, design)
    solved = step.solve(codes, numbers, w)
    if kind not in {"respond", "propensity"}:
        _check_nobody_lost(step, solved, w, design)
    made = _factors(source, step, solved, keys)
    weight: Any = source.number(before)
    if isinstance(made, ir.Table):
        first: Any = made[source.stored(before)[0]]
        table = made.mutate(**{after: first.cast("float64") * made[_FACTOR]}).drop(_FACTOR)
        source = source.on(table)
    elif step.first is not None:
        # The factors of units outside the second phase are of no use, and may be beyond all numbers.
        source = _stored(source.mutate(**{after: (weight == 0).ifelse(0.0, weight * made)}))
    else:
        source = source.mutate(**{after: weight * made})
        # Averages over households are worth keeping; a factor of codes or numbers is quick to multiply again.
        source = _stored(source) if step.cluster else source
    used = solved.g[w > 0] if (w > 0).any() else solved.g
    answered = used[used != 0] if kind in {"respond", "propensity"} else used
    negative = int(source.row(n=(source.number(after) < 0).cast("int64").sum())["n"])
    chosen: Any = source.number(before) != 0
    count: Any = source.table.count() if step.first is None else chosen.cast("int64").sum()
    report = WeightReport(
        step.describe(), int(source.row(n=count)["n"]), solved.iterations, solved.misfit, float(answered.min()),
        float(answered.max()), negative, float(w.sum()), float((w * solved.g).sum()),
    )  # fmt: skip
    changed = design.with_(weights=after, steps=(*design.steps, step))
    if kind in {"respond", "propensity"}:
        changed = changed.with_(zero_weights="outside")
    return Weighted(source, changed, report)


def _check_nobody_lost(step: Step, solved: Solved, w: Floats, design: Design) -> None:
    """Known counts of nought would give the units of their class no weight."""
    lost = int(((solved.g == 0) & (w > 0)).sum())
    if not lost or (design.zero_weights == "outside" and step.first is None):
        return
    nought = [n for n, t in zip(step.names(), step.targets(), strict=True) if t == 0]
    raise ObservatoryError(
        f"Weights of zero would follow{f' from the total of {nought[0]}, which is 0' if nought else ''}, for units "
        "that the sample has.",
        "Correct the total or the codes, leave those units out, or say zero_weights='outside' in the design.",
    )


def _check_auxiliaries(sample: Sample, step: Step) -> None:
    for m in step.margins:
        for c in m.columns:
            column = sample.column(c)
            if m.classes is None:
                sample.number(c)
            elif column.type().is_floating():
                _check_codes(sample, c)
    for c in (*step.cluster, *(x for x in (step.responded, step.spread) if x)):
        sample.column(c)
    for c in step.cluster:
        name: Any = sample.codes(c)
        lost = int(sample.row(n=name.isnull().cast("int64").sum())["n"] or 0)
        if lost:
            raise ObservatoryError(
                f"The column {c!r} is missing on {lost:,} units, and they would be taken for one cluster.",
                "Every unit needs its household or cluster, also one that lives alone.",
            )


def _check_codes(sample: Sample, column: str) -> None:
    """Raise ObservatoryError for a column of fractions where codes are asked for."""
    odd: Any = sample.column(column)
    if not odd.type().is_floating():
        return
    if sample.row(n=((odd != odd.floor()) & odd.notnull()).cast("int64").sum())["n"]:
        raise ObservatoryError(
            f"The column {column!r} holds fractions and cannot be a margin of counts.", "Cut it into classes."
        )


def _check_selected_whole(sample: Sample, step: Step) -> None:
    """Raise ObservatoryError for clusters that are to share a factor and were selected in part."""
    chosen: Any = (sample.number(step.before) != 0).cast("int64")
    keys = {f"k{i}": sample.codes(c) for i, c in enumerate(step.cluster)}
    there: Any = ibis._.count()
    taken: Any = ibis._.observatory_chosen.sum()
    clusters = sample.table.mutate(observatory_chosen=chosen).group_by(**keys).agg(chosen=taken, there=there)
    partly: Any = (clusters["chosen"] > 0) & (clusters["chosen"] < clusters["there"])
    table = sample.arrow(clusters.aggregate(n=partly.cast("int64").sum()))
    if lost := int(table["n"][0].as_py() or 0):
        raise ObservatoryError(
            f"{lost:,} of the clusters {' × '.join(step.cluster)} have units in the second phase and units outside it, "
            "so that their totals are not known.",
            "Units can share a factor where the second phase took their clusters whole; calibrate without `cluster`.",
        )


def _read(
    sample: Sample, step: Step, design: Design
) -> tuple[dict[str, Factor], dict[str, Floats], Floats, pa.Table | None]:
    """The auxiliary variables: a row per unit where they are numbers, else a row per class of all codes crossed."""
    weight = sample.number(step.before)
    keys = step.keys(sample)
    if step.needs_units:
        numbers = step.numbers(sample)
        columns = {f"k{i}": v for i, v in enumerate(keys.values())}
        columns |= {f"x{i}": v.cast("float64") for i, v in enumerate(numbers.values())} | {"w": weight}
        if step.cluster:
            window = ibis.window(group_by=[sample.column(c) for c in step.cluster])
            known: Any = weight
            columns |= {"low": known.min().over(window), "high": known.max().over(window)}
        table = sample.arrow(sample.table.select(**columns))
        w = floats(table["w"])
        _check_before(w, step.before, design)
        if step.cluster and (floats(table["low"]) != floats(table["high"])).any():
            raise ObservatoryError(
                f"Weights differ within {' × '.join(step.cluster)}, whose units are to share one factor.",
                "Calibrate before weights are changed unit by unit, or without `cluster`.",
            )
        found = {n: floats(table[f"x{i}"]) for i, n in enumerate(numbers)}
        for n, x in found.items():
            if not np.isfinite(x).all():
                raise ObservatoryError(
                    f"{step.column_of(n)!r} is missing or infinite on {int((~np.isfinite(x)).sum()):,} units.",
                    "Calibration needs it on every unit: impute it, or leave it out.",
                )
        if step.spread and (found[f"{step.after}:spread"] <= 0).any():
            raise ObservatoryError(f"{step.spread!r} is not positive everywhere.", "A variance is above zero.")
        return {n: factor(table[f"k{i}"]) for i, n in enumerate(keys)}, found, w, None
    some: Any = weight
    columns = {"w": some.sum(), "low": some.min(), "lost": some.isnull().cast("int64").sum()}
    named = {f"k{i}": value for i, value in enumerate(keys.values())}
    table = sample.arrow(sample.table.group_by(**named).agg(**columns) if keys else sample.table.aggregate(**columns))
    w = floats(table["w"])
    low = np.where(floats(table["lost"]) > 0, np.nan, floats(table["low"]))
    _check_before(np.where(np.isfinite(w), low, w), step.before, design)
    return {n: factor(table[k]) for n, k in zip(keys, named, strict=True)}, {}, w, table.select(list(named))


def _check_before(w: Floats, name: str, design: Design) -> None:
    if not np.isfinite(w).all():
        raise ObservatoryError(f"The weights {name!r} are missing or infinite on some units.", "Complete them.")
    if (w < 0).any():
        raise ObservatoryError(f"The weights {name!r} are negative on some units.", "Calibrate from positive weights.")
    if (w == 0).any() and design.zero_weights == "refuse":
        raise ObservatoryError(
            f"The weights {name!r} are zero on some units.", "Leave those units out, or say zero_weights='outside'."
        )


def _factors(sample: Sample, step: Step, solved: Solved, keys: pa.Table | None) -> ir.Value | ir.Table:
    """The factor on each unit's weight: an expression, or the sample joined with the factors of its classes."""
    if keys is not None:
        if not keys.num_columns:
            return ibis.literal(float(solved.g[0]))
        columns = list(step.keys(sample))
        names = [_free(sample, f"key{i}") for i in range(len(columns))]
        small = keys.rename_columns(names).append_column(_FACTOR, pa.array(solved.g))
        # Null codes were refused or are a class of their own; they must meet each other in the join.
        table = sample.table
        lookup = sample.beside(small)
        stored = zip(sample.stored(*columns), names, strict=True)
        pairs: Any = [table[c].identical_to(lookup[n]) for c, n in stored]
        joined = table.inner_join(lookup, pairs)
        return joined.select(*table.columns, lookup[_FACTOR])
    u: Any = ibis.literal(0.0)
    at = 0
    values = step.numbers(sample)
    for i, m in enumerate(step.margins):
        width = 1 if m.classes is None else len(m.classes)
        mine = solved.multipliers[at : at + width]
        at += width
        if step.cluster:
            for j, coefficient in enumerate(mine):
                u = u + values[f"{step.after}:{i}:{j}"] * float(coefficient)
        elif m.classes is None:
            x: Any = sample.number(m.columns[0]) if m.columns else ibis.literal(1.0)
            u = u + x * float(mine[0])
        else:
            branches = []
            for codes, coefficient in zip(m.classes, mine, strict=True):
                hit: Any = ibis.literal(True)
                for c, code in zip(m.columns, codes, strict=True):
                    hit = hit & (as_code(sample, c) == code)
                branches.append((hit, ibis.literal(float(coefficient))))
            u = u + ibis.cases(*branches, else_=0.0)
    if step.kind == "propensity":
        answered: Any = sample.column(str(step.responded))
        return answered.cast("boolean").ifelse(1.0 + (-u).exp(), 0.0)
    if step.spread:
        u = u / values[f"{step.after}:spread"]
    low, high = step.bounds
    if step.distance == "logit":
        a = (high - low) / ((high - 1) * (1 - low))
        s = 1.0 / (1.0 + (-(u * a + float(np.log((1 - low) / (high - 1))))).exp())
        return s * (high - low) + low
    return _clipped(1.0 + u if step.distance == "linear" else u.exp(), low, high)


def _clipped(value: Any, low: float, high: float) -> Any:
    if np.isfinite(low):
        value = (value < low).ifelse(low, value)
    if np.isfinite(high):
        value = (value > high).ifelse(high, value)
    return value


def _new(sample: Sample, name: str | None, usual: str) -> str:
    """The name of a further column. Raises ObservatoryError where the sample has one that an engine takes for it."""
    if name is None:
        return _free(sample, usual)
    there = [c for c in sample.columns if c.lower() == name.lower()]
    if there:
        raise ObservatoryError(
            f"The sample has a column {there[0]!r} already{'' if there[0] == name else ', and engines ignore case'}.",
            "Give the new weights another name.",
        )
    return name


def _free(sample: Sample, name: str) -> str:
    taken = {c.lower() for c in (*sample.columns, *sample.table.columns)}
    while name.lower() in taken:
        name += "_"
    return name


def _stored(sample: Sample) -> Sample:
    """The sample computed once, where it lives in an engine of its own; elsewhere the expression as it is."""
    if sample.engine is None:
        return sample
    return sample.on(sample.engine.create(f"sample_{uuid4().hex}", sample.table))
