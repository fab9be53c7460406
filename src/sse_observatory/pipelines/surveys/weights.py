"""Weights of a round: adjusted for non-response, calibrated to control totals, adjusted for missing answers.

A survey of units takes every step on one sample, and its variance knows them all. Where units have members, response is
a matter of the unit: its adjustment is made on the sampled units and handed to their members as their starting weight,
which the variance takes as given; calibration and missing answers are known to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa

from sse_observatory.catalogue.surveys import Calibration, Margin, SamplingDesign, Survey, Weighting
from sse_observatory.core import InputError, ObservatoryError
from sse_observatory.engine import Engine
from sse_observatory.pipelines.surveys.reading import Value, known_totals
from sse_observatory.pipelines.surveys.samples import NONRESPONSE, OUT_OF_SCOPE, RESPONDED, UNRESOLVED, Round
from sse_observatory.production import estimation
from sse_observatory.production.estimation import Design, Sample
from sse_observatory.production.estimation.weighting import with_design_weights

ROW, ANSWERS, RESOLVED, SCOPE, USED, START, FRACTION, ITEMS = (
    "survey_row", "survey_answers", "survey_resolved", "survey_scope", "survey_used", "survey_weight",
    "survey_fraction", "survey_items",
)  # fmt: skip
"""Columns of the sample that are not the survey's: the row, whether it answered, whether it is known to be in scope or
not, which of the two, whether estimates use it, …"""
DIGITS = 10
"""Significant digits of a weight in contributions: more than a survey knows, fewer than floating point disputes."""


@dataclass(frozen=True)
class WeightedRound:
    """A round with one set of weights: the sample and design to estimate from, and the weight of each row.

    `used` says which rows estimates use; `steps` how the weights came about, in words for the trace.
    """

    sample: Sample
    design: Design
    weights: list[float]
    used: list[bool]
    steps: Mapping[str, Mapping[str, str]]


def weigh(survey: Survey, made: Round, weighting: Weighting, data: Path, engine: Engine) -> WeightedRound:
    """The round with the weights that `weighting` describes.

    Raises InputError for control totals that are missing or contradict the sample or each other, and where calibration
    does not converge or non-response leaves nobody to stand for a group.
    """
    return _Weigher(survey, made, weighting, data, engine).result()


class _Weigher:
    def __init__(self, survey: Survey, made: Round, weighting: Weighting, data: Path, engine: Engine) -> None:
        self.survey, self.made, self.weighting, self.data, self.engine = survey, made, weighting, data, engine
        self.path = made.units.path
        self.steps: dict[str, dict[str, str]] = {}

    def result(self) -> WeightedRound:
        members = self.survey.said.members is not None
        used = self._used()
        answers = [o not in {NONRESPONSE, UNRESOLVED} for o in self.made.outcome]
        if not members:
            # Whoever misses an answer that these weights need has not answered them.
            answers = [
                a and (u or o != RESPONDED) for a, u, o in zip(answers, used, self.made.outcome, strict=True)
            ]
        adjusted = self._answered_for(*self._designed(answers))
        if members:
            sample, design = self._handed_down(adjusted)
        else:
            sample, design = self._with_variables(adjusted.sample, used), adjusted.design
        if self.weighting.calibration is not None:
            sample, design = self._calibrated(sample, design, self.weighting.calibration, used)
        if self.weighting.items is not None:
            sample, design = self._items(sample, design)
            used = self._answered(used)
        weights = self._weights(sample, design)
        if min(weights) < 0:
            raise InputError(
                f"calibration gives {sum(w < 0 for w in weights)} row(s) a negative weight in {self.weighting.id!r}.",
                file=self.path, todo='Use distance = "raking", or set bounds = [low, high] with low above 0.',
            )  # fmt: skip
        return WeightedRound(sample, design, weights, used, self.steps)

    def _answered_for(self, sample: Sample, design: Design) -> estimation.Weighted:
        """Weights of respondents that carry those of all units: first of those of unknown scope, then of the others.

        Whether a unit is in scope may be unknown: all others of its group stand for it, in proportion those in and out
        of scope. Units known to be in scope that did not answer are stood for by respondents only (the two steps of
        Valliant, Dever and Kreuter 2018, chapter 13).
        """
        groups, outcome = self.weighting.groups, self.made.outcome
        self.steps["nonresponse"] = {"groups": " × ".join(groups) or "all units"}
        if UNRESOLVED in outcome:
            resolved = self._told(lambda: estimation.adjust_for_nonresponse(sample, design, RESOLVED, groups))
            sample, design = resolved.sample, resolved.design
        within = (*groups, SCOPE) if OUT_OF_SCOPE in outcome else groups
        adjusted: estimation.Weighted = self._told(
            lambda: estimation.adjust_for_nonresponse(sample, design, ANSWERS, within)
        )
        return adjusted

    def _used(self) -> list[bool]:
        """The rows that estimates with these weights use: with answers, complete where that is asked for."""
        made = self.made
        return [
            inside and all(made.values[c][row] is not None for c in self.weighting.complete)
            for row, inside in enumerate(made.in_use)
        ]

    def _told(self, step: Any) -> Any:
        """What a step of the library gives, its refusal with the file it is about."""
        try:
            return step()
        except InputError:
            raise
        except ObservatoryError as error:
            raise InputError(
                f"the weights {self.weighting.id!r} cannot be made: {error.what}.", file=self.path, todo=error.todo
            ) from None

    def _table(self, columns: Mapping[str, Sequence[Value]], rows: int, further: Mapping[str, pa.Array]) -> Sample:
        made = {ROW: pa.array(range(rows), pa.int64())}
        made |= {name: _array(values) for name, values in columns.items()}
        made |= dict(further)
        table = self.engine.create(f"survey_{uuid4().hex}", pa.table(made))
        return Sample(table, f"the sample in {self.path.name}", self.engine)

    # -- the design -----------------------------------------------------------------------------------

    def _designed(self, answers: Sequence[bool]) -> tuple[Sample, Design]:
        """The sampled units under their design, with weights and what became of them in the field."""
        said = self.survey.said.design
        outcome = self.made.outcome
        told = {
            ANSWERS: pa.array(answers),
            RESOLVED: pa.array([o != UNRESOLVED for o in outcome]),
            SCOPE: pa.array(["out" if o == OUT_OF_SCOPE else "in" for o in outcome]),
        }
        sample = self._table(self.made.units.columns, len(answers), told)
        design = made_design(said)
        if said.fpc and not said.clusters:
            sample, design = self._told(lambda: with_design_weights(sample, design))
            fraction = self._fractions(said, answers)
            start = {FRACTION: pa.array(fraction), START: pa.array(self._weights(sample, design))}
            sample = self._table(self.made.units.columns, len(answers), told | start)
            return sample, design.with_(weights=START, fpc=(FRACTION,))
        return sample, design

    def _fractions(self, said: SamplingDesign, answers: Sequence[bool]) -> list[float]:
        """The share of each stratum that has answered.

        Non-response is a further stage of selection: a stratum of which all were sampled and some did not answer is
        not known without error, so that its correction takes those who answered.
        """
        units, columns = self.made.units, tuple(said.strata[0].split("+")) if said.strata else ()
        sizes = units.columns[said.fpc[0]]
        counted: dict[tuple[Value, ...], list[float]] = {}
        for row, answered in enumerate(answers):
            size = sizes[row]
            assert isinstance(size, int | float)
            entry = counted.setdefault(units.key(columns, row), [0.0, 0.0, float(size)])
            entry[0] += 1
            entry[1] += answered
        found = []
        for row in range(len(answers)):
            sampled, answered_, size = counted[units.key(columns, row)]
            fraction = size if size <= 1 and sampled > 1 else sampled / size
            found.append(max(fraction * answered_ / sampled, 1e-12))
        return found

    # -- members ----------------------------------------------------------------------------------------

    def _handed_down(self, adjusted: estimation.Weighted) -> tuple[Sample, Design]:
        """The rows of members with the weight of their unit; units without answers in use weigh nothing."""
        of_unit = self._weights(adjusted.sample, adjusted.design)
        start = [of_unit[u] if inside else 0.0 for u, inside in zip(self.made.unit, self.made.in_use, strict=True)]
        sample = self._table(self._filled(), len(self.made), {START: pa.array(start)})
        design = made_design(self.survey.said.design).with_(weights=START, zero_weights="outside")
        return self._with_variables(sample, self.made.in_use), design

    def _filled(self) -> dict[str, list[Value]]:
        """The columns with a code wherever margins need one: a row that weighs nothing may be in any class."""
        columns = dict(self.made.values)
        for margin in self.weighting.calibration.margins if self.weighting.calibration else ():
            for name in margin.columns:
                if name in columns and name not in self.made.codes:
                    any_code = next(v for v, u in zip(columns[name], self.made.in_use, strict=True) if u)
                    columns[name] = [
                        any_code if value is None and not inside else value
                        for value, inside in zip(columns[name], self.made.in_use, strict=True)
                    ]
        return columns

    def _with_variables(self, sample: Sample, used: Sequence[bool]) -> Sample:
        """The sample with the variables and codes of the process; nought and any code on rows not in use.

        A number that is missing becomes nought too: `Estimates.contributions` refuses one that any table would use.
        """
        made = self.made
        further: dict[str, pa.Array] = {ROW: pa.array(range(len(made)), pa.int64()), USED: pa.array(list(used))}
        for name, numbers in made.variables.items():
            further[variable_column(name)] = pa.array([
                x if u and x == x else 0.0 for x, u in zip(numbers, used, strict=True)
            ], pa.float64())  # fmt: skip
        for name, codes in made.codes.items():
            some = next(c for c in codes if c is not None)
            further[dimension_column(name)] = pa.array([c if c is not None else some for c in codes], pa.string())
        if self.weighting.items is not None:
            further[ITEMS] = pa.array(self._item_response())
        extra = self.engine.create(f"survey_{uuid4().hex}", pa.table(further))
        joined = sample.table.inner_join(extra, ROW)
        stored = self.engine.create(f"survey_{uuid4().hex}", joined.order_by(ROW))
        return Sample(stored, sample.name, self.engine)

    # -- calibration --------------------------------------------------------------------------------------

    def _calibrated(
        self, sample: Sample, design: Design, said: Calibration, used: Sequence[bool]
    ) -> tuple[Sample, Design]:
        totals: dict[Any, dict[Any, float]] = {}
        for number, margin in enumerate(said.margins, 1):
            path, known = self._totals(margin)
            present = self._present(margin, used)
            label = ", ".join(margin.columns)
            for codes in sorted(present):
                if known.get(codes, 0.0) <= 0:
                    raise InputError(
                        "there is no control total for a class of the sample.", file=path, column=label,
                        value=", ".join(codes), expected="a row with the total of every class",
                        todo="Add the total, or merge the class with another in the process.",
                    )  # fmt: skip
            for codes, total in sorted(known.items()):
                if total > 0 and codes not in present:
                    raise InputError(
                        f"no respondent is in a class whose control total is {total:,.10g}.", file=path, column=label,
                        value=", ".join(codes), todo="Merge the class with another in the process.",
                    )  # fmt: skip
            columns = tuple(self._column(name) for name in margin.columns)
            totals[columns if len(columns) > 1 else columns[0]] = {
                codes if len(codes) > 1 else codes[0]: total for codes, total in sorted(known.items()) if total > 0
            }
            self.steps[f"margin {number}"] = {
                "margin": margin.label, "classes": str(len(known)), "sum": f"{sum(known.values()):.10g}",
                "from": path.name if margin.file else f"the frame ({margin.frame})",
            }  # fmt: skip
        self.path = path
        result = self._told(
            lambda: estimation.calibrate(
                sample, design, totals, distance=said.distance, bounds=said.bounds, cluster=said.cluster
            )
        )
        bounds = {} if said.bounds is None else {"factors": f"{said.bounds[0]:g} to {said.bounds[1]:g}"}
        cluster = {"one weight for each": " × ".join(said.cluster)} if said.cluster else {}
        self.steps["calibration"] = {
            "distance": said.distance, **bounds, **cluster, "converged in iterations": str(result.report.iterations),
            "totals met within": f"{_power(result.report.misfit)} of each",
        }  # fmt: skip
        return result.sample, result.design

    def _totals(self, margin: Margin) -> tuple[Path, dict[tuple[str, ...], float]]:
        if margin.frame is None:
            return known_totals(self.data, margin, self.made.period)
        units, strata = self.made.units, tuple(self.survey.said.design.strata[0].split("+"))
        seen: dict[tuple[Value, ...], float] = {}
        totals: dict[tuple[str, ...], float] = {}
        for row in range(len(units)):
            stratum = units.key(strata, row)
            size = units.columns[margin.frame][row]
            if not isinstance(size, int | float):
                raise InputError(
                    "this is no number of units in the frame.", file=units.path, line=units.lines[row],
                    column=margin.frame, value=str(size), expected="a number",
                    todo='Give the column type = "integer" in the process.',
                )  # fmt: skip
            if seen.setdefault(stratum, size) != size:
                raise InputError(
                    "the stratum has two population sizes.", file=units.path, line=units.lines[row],
                    column=margin.frame, value=f"{size:g}", todo="Correct one of the rows.",
                )  # fmt: skip
        done: set[tuple[Value, ...]] = set()
        for row in range(len(units)):
            stratum = units.key(strata, row)
            if stratum not in done:
                done.add(stratum)
                codes = tuple(map(str, units.key(margin.columns, row)))
                totals[codes] = totals.get(codes, 0.0) + seen[stratum]
        return units.path, totals

    def _present(self, margin: Margin, used: Sequence[bool]) -> set[tuple[str, ...]]:
        """The classes of the margin that respondents, or units known to be out of scope, are in."""
        made = self.made
        columns = [made.codes.get(name) or made.values[name] for name in margin.columns]
        # Of members, units out of scope have none; of units, they stand for others like them.
        counted = [o == OUT_OF_SCOPE and self.survey.said.members is None for o in made.outcome]
        return {
            tuple(str(c[row]) for c in columns) for row in range(len(made)) if used[row] or counted[made.unit[row]]
        }

    def _column(self, name: str) -> str:
        return dimension_column(name) if name in self.made.codes else name

    # -- missing answers ------------------------------------------------------------------------------------

    def _item_response(self) -> list[bool]:
        """Whether a row gave the answers these weights need; a row not in use has nothing to answer."""
        assert self.weighting.items is not None
        made, said = self.made, self.weighting.items
        missing = set(said.not_answers)
        return [
            not inside or all(("" if made.values[c][row] is None else str(made.values[c][row])) not in missing
                              for c in said.answered)
            for row, inside in enumerate(made.in_use)
        ]  # fmt: skip

    def _items(self, sample: Sample, design: Design) -> tuple[Sample, Design]:
        assert self.weighting.items is not None
        groups = tuple(self._column(name) for name in self.weighting.items.groups)
        result = self._told(lambda: estimation.adjust_for_nonresponse(sample, design, ITEMS, groups))
        self.steps["items"] = {
            "answers": ", ".join(self.weighting.items.answered),
            "groups": " × ".join(self.weighting.items.groups) or "all units",
        }
        return result.sample, result.design

    def _answered(self, used: Sequence[bool]) -> list[bool]:
        return [u and a for u, a in zip(used, self._item_response(), strict=True)]

    def _weights(self, sample: Sample, design: Design) -> list[float]:
        """The weights by row, to the digits that count."""
        table = sample.arrow(sample.table.select(ROW, w=sample.number(str(design.weights))).order_by(ROW))
        return [float(f"{w:.{DIGITS}g}") for w in np.asarray(table["w"]).tolist()]


def made_design(said: SamplingDesign) -> Design:
    """The design of the library that a process describes."""
    return Design(
        said.weights,
        [tuple(stage.split("+")) for stage in said.strata] or None,
        [tuple(stage.split("+")) for stage in said.clusters] or None,
        said.fpc or None,
        nest=said.nest, lonely=said.lonely, lonely_in_domain=said.lonely_in_domain, certainty=said.certainty,
        collapse=said.collapse, pps=said.pps,
    )  # fmt: skip


def variable_column(name: str) -> str:
    """The column of the sample that holds a variable."""
    return f"variable_{name}"


def dimension_column(name: str) -> str:
    """The column of the sample that holds the code of a dimension."""
    return f"dimension_{name}"


def _array(values: Sequence[Value]) -> pa.Array:
    kinds = {type(v) for v in values if v is not None}
    if kinds <= {int}:
        return pa.array(values, pa.int64())
    if kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array([None if v is None else str(v) for v in values], pa.string())


def _power(misfit: float) -> str:
    """The power of ten that a relative misfit stays below."""
    return f"1e{int(np.ceil(np.log10(max(misfit, 1e-12)) - 1e-9)):d}"
