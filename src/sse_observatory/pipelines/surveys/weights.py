"""Weights of a round: adjusted for non-response, calibrated to control totals, adjusted for missing answers.

A survey of units takes every step on one sample, and its variance knows them all. Where units have members, response is
a matter of the unit: its adjustment is made on the sampled units and handed to their members as their starting weight,
which the variance takes as given; calibration and missing answers are known to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from sse_observatory.catalogue.surveys import Calibration, Margin, SamplingDesign, Survey, Weighting
from sse_observatory.core import InputError, ObservatoryError
from sse_observatory.pipelines.surveys.reading import LINE, ROW, Value
from sse_observatory.pipelines.surveys.samples import (
    IN_USE,
    NONRESPONSE,
    OUT_OF_SCOPE,
    OUTCOME,
    RESPONDED,
    UNIT,
    UNRESOLVED,
    Round,
    dimension_column,
    refuse_two_sizes,
    variable_column,
)
from sse_observatory.production import estimation
from sse_observatory.production.estimation import Design, Sample
from sse_observatory.production.estimation.weighting import with_design_weights

ANSWERS, RESOLVED, SCOPE, USED, START, FRACTION, ITEMS, WEIGHT = (
    "survey_answers", "survey_resolved", "survey_scope", "survey_used", "survey_weight", "survey_fraction",
    "survey_items", "survey_final_weight",
)  # fmt: skip
"""Columns of the sample that are not the survey's: whether a row answered, whether it is known to be in scope or not,
which of the two, whether estimates use it, …"""
DIGITS = 10
"""Significant digits of a weight in contributions: more than a survey knows, fewer than floating point disputes."""


@dataclass(frozen=True)
class WeightedRound:
    """A round with one set of weights: the sample and design to estimate from, and the rows that estimates use.

    `rows` has the `ROW` and `WEIGHT` of each of those; `steps` says how the weights came about, in words for the trace.
    """

    sample: Sample
    design: Design
    rows: ir.Table
    steps: Mapping[str, Mapping[str, str]]


def weigh(survey: Survey, made: Round, weighting: Weighting) -> WeightedRound:
    """The round with the weights that `weighting` describes.

    Raises InputError for control totals that are missing or contradict the sample or each other, and where calibration
    does not converge or non-response leaves nobody to stand for a group.
    """
    return _Weigher(survey, made, weighting).result()


class _Weigher:
    def __init__(self, survey: Survey, made: Round, weighting: Weighting) -> None:
        self.survey, self.made, self.weighting, self.engine = survey, made, weighting, made.engine
        self.path = made.units.path
        self.steps: dict[str, dict[str, str]] = {}
        self.rows = self.engine.step(made.rows.mutate(**{USED: self._used(), ITEMS: self._item_response()}))

    def result(self) -> WeightedRound:
        members = self.survey.said.members is not None
        adjusted = self._answered_for(*self._designed())
        if members:
            sample, design = self._handed_down(adjusted)
        else:
            sample, design = self._with_variables(adjusted.sample, USED), adjusted.design
        if self.weighting.calibration is not None:
            sample, design = self._calibrated(sample, design, self.weighting.calibration)
        if self.weighting.items is not None:
            sample, design = self._items(sample, design)
        weights = self._weights(sample, design)
        below = self.engine.scalar((weights[WEIGHT] < 0).sum())
        if below:
            raise InputError(
                f"calibration gives {below} row(s) a negative weight in {self.weighting.id!r}.",
                file=self.path, todo='Use distance = "raking", or set bounds = [low, high] with low above 0.',
            )  # fmt: skip
        used = self.rows.filter(self.rows[USED] & self.rows[ITEMS]).select(ROW)
        return WeightedRound(sample, design, self.engine.scratch(weights.semi_join(used, ROW)), self.steps)

    def _answered_for(self, sample: Sample, design: Design) -> estimation.Weighted:
        """Weights of respondents that carry those of all units: first of those of unknown scope, then of the others.

        Whether a unit is in scope may be unknown: all others of its group stand for it, in proportion those in and out
        of scope. Units known to be in scope that did not answer are stood for by respondents only (the two steps of
        Valliant, Dever and Kreuter 2018, chapter 13).
        """
        groups, outcomes = self.weighting.groups, self._outcomes()
        self.steps["nonresponse"] = {"groups": " × ".join(groups) or "all units"}
        if UNRESOLVED in outcomes:
            resolved = self._told(lambda: estimation.adjust_for_nonresponse(sample, design, RESOLVED, groups))
            sample, design = resolved.sample, resolved.design
        within = (*groups, SCOPE) if OUT_OF_SCOPE in outcomes else groups
        adjusted: estimation.Weighted = self._told(
            lambda: estimation.adjust_for_nonresponse(sample, design, ANSWERS, within)
        )
        return adjusted

    def _outcomes(self) -> set[str]:
        table = self.made.units.table
        return set(self.engine.arrow(table.select(OUTCOME).distinct())[OUTCOME].to_pylist())

    def _used(self) -> ir.BooleanValue:
        """The rows that estimates with these weights use: with answers, complete where that is asked for."""
        rows = self.made.rows
        return reduce(and_, (rows[c].notnull() for c in self.weighting.complete), rows[IN_USE])

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

    def _table(self, rows: ir.Table) -> Sample:
        """A sample with the rows in their order, on which the last digits of sums depend."""
        return Sample(self.engine.scratch(rows.order_by(ROW)), f"the sample in {self.path.name}", self.engine)

    # -- the design -----------------------------------------------------------------------------------

    def _designed(self) -> tuple[Sample, Design]:
        """The sampled units under their design, with weights and what became of them in the field."""
        said, units = self.survey.said.design, self.made.units
        table = units.table.select(ROW, OUTCOME, *units.columns)
        answers = ~table[OUTCOME].isin([NONRESPONSE, UNRESOLVED])
        if self.survey.said.members is None:
            # Whoever misses an answer that these weights need has not answered them.
            table = table.inner_join(self.rows.select(ROW, USED), ROW)
            answers = ~table[OUTCOME].isin([NONRESPONSE, UNRESOLVED]) & (table[USED] | (table[OUTCOME] != RESPONDED))
        table = table.select(ROW, *units.columns, **{
            ANSWERS: answers, RESOLVED: table[OUTCOME] != UNRESOLVED,
            SCOPE: ibis.ifelse(table[OUTCOME] == OUT_OF_SCOPE, "out", "in"),
        })  # fmt: skip
        sample = self._table(table)
        design = made_design(said)
        if said.fpc and not said.clusters:
            sample, design = self._told(lambda: with_design_weights(sample, design))
            weights = self._weights(sample, design).rename({START: WEIGHT})
            told = sample.table.select(ROW, *units.columns, ANSWERS, RESOLVED, SCOPE)
            told = told.mutate(**{FRACTION: self._fractions(told, said)}).inner_join(weights, ROW)
            return self._table(told), design.with_(weights=START, fpc=(FRACTION,))
        return sample, design

    def _fractions(self, table: ir.Table, said: SamplingDesign) -> ir.FloatingValue:
        """The share of each row's stratum that has answered.

        Non-response is a further stage of selection: a stratum of which all were sampled and some did not answer is
        not known without error, so that its correction takes those who answered.
        """
        stratum = ibis.window(group_by=[table[c] for c in (said.strata[0].split("+") if said.strata else ())])
        sampled = table.count().over(stratum).cast("float64")
        answered = table[ANSWERS].cast("int64").sum().over(stratum).cast("float64")
        size = table[said.fpc[0]].cast("float64")
        fraction = ibis.ifelse((size <= 1) & (sampled > 1), size, sampled / size)
        return ibis.greatest(fraction * answered / sampled, ibis.literal(1e-12))

    # -- members ----------------------------------------------------------------------------------------

    def _handed_down(self, adjusted: estimation.Weighted) -> tuple[Sample, Design]:
        """The rows of members with the weight of their unit; units without answers in use weigh nothing."""
        weights = self._weights(adjusted.sample, adjusted.design)
        of_unit = weights.select(survey_of_unit=ROW, survey_unit_weight=WEIGHT)
        rows = self._filled()
        rows = rows.inner_join(of_unit, rows[UNIT] == of_unit["survey_of_unit"])
        start = ibis.ifelse(rows[IN_USE], rows["survey_unit_weight"], 0.0)
        sample = self._table(rows.select(ROW, *self._columns, **{START: start}))
        design = made_design(self.survey.said.design).with_(weights=START, zero_weights="outside")
        return self._with_variables(sample, IN_USE), design

    @property
    def _columns(self) -> list[str]:
        """The columns of the files."""
        said = self.survey.said
        return list(dict.fromkeys([*said.sample.columns, *(said.members.columns if said.members else ())]))

    def _filled(self) -> ir.Table:
        """The rows with a code wherever margins need one: a row that weighs nothing may be in any class."""
        rows = self.rows
        margins = self.weighting.calibration.margins if self.weighting.calibration else ()
        names = dict.fromkeys(n for m in margins for n in m.columns if n not in self.survey.said.dimension)
        some = self._some({name: rows[name] for name in names}, rows[IN_USE])
        return rows.mutate(**{
            name: ibis.ifelse(~rows[IN_USE], rows[name].fill_null(value), rows[name])
            for name, value in some.items() if value is not None
        })  # fmt: skip

    def _some(self, columns: Mapping[str, ir.Value], where: ir.BooleanValue) -> dict[str, Value]:
        """The first value of each column among some rows."""
        if not columns:
            return {}
        first = self.rows.filter(where).order_by(ROW).limit(1).select(**columns)
        found: dict[str, Value] = self.engine.arrow(first).to_pylist()[0]
        return found

    def _with_variables(self, sample: Sample, used: str) -> Sample:
        """The sample with the variables and codes of the process; nought and any code on rows not in use.

        A number that is missing becomes nought too: `Estimates.contributions` refuses one that any table would use.
        """
        said, rows = self.survey.said, self.rows
        names = {name: dimension_column(name) for name in said.dimension}
        some = self._some({c: rows[c] for c in names.values()}, rows[IN_USE])
        further: dict[str, ir.Value] = {USED: rows[used]}
        for name in said.variable:
            number = rows[variable_column(name)].fill_null(0.0)
            further[variable_column(name)] = ibis.ifelse(rows[used], number, 0.0)
        for column in names.values():
            further[column] = rows[column].fill_null(some[column])
        if self.weighting.items is not None:
            further[ITEMS] = rows[ITEMS]
        joined = sample.table.inner_join(rows.select(ROW, **further), ROW)
        return sample.on(self.engine.scratch(joined.order_by(ROW)))

    # -- calibration --------------------------------------------------------------------------------------

    def _calibrated(
        self, sample: Sample, design: Design, said: Calibration
    ) -> tuple[Sample, Design]:
        totals: dict[Any, dict[Any, float]] = {}
        for number, margin in enumerate(said.margins, 1):
            path, known = self._totals(margin)
            present = self._present(margin)
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
            return self.made.files.totals(margin)
        units, strata = self.made.units, tuple(self.survey.said.design.strata[0].split("+"))
        table = units.table
        size = table[margin.frame]
        none = size.isnull() if size.type().is_numeric() else ibis.literal(True)
        for row in self.engine.arrow(table.filter(none).order_by(ROW).limit(1)).to_pylist():
            raise InputError(
                "this is no number of units in the frame.", file=units.path, line=row[LINE], column=margin.frame,
                value=str(row[margin.frame]), expected="a number",
                todo='Give the column type = "integer" in the process.',
            )  # fmt: skip
        refuse_two_sizes(self.engine, units, strata, margin.frame)
        first = table[ROW].min().over(group_by=[table[c] for c in strata])
        totals: dict[tuple[str, ...], float] = {}
        for row in self.engine.arrow(table.filter(table[ROW] == first).order_by(ROW)).to_pylist():
            codes = tuple(str(row[c]) for c in margin.columns)
            totals[codes] = totals.get(codes, 0.0) + row[margin.frame]
        return units.path, totals

    def _present(self, margin: Margin) -> set[tuple[str, ...]]:
        """The classes of the margin that respondents, or units known to be out of scope, are in."""
        counted = self.rows[USED]
        if self.survey.said.members is None:
            # Of members, units out of scope have none; of units, they stand for others like them.
            counted = counted | (self.rows[OUTCOME] == OUT_OF_SCOPE)
        columns = [self._column(name) for name in margin.columns]
        found = self.engine.arrow(self.rows.filter(counted).select(*columns).distinct())
        return {tuple(str(row[c]) for c in columns) for row in found.to_pylist()}

    def _column(self, name: str) -> str:
        return dimension_column(name) if name in self.survey.said.dimension else name

    # -- missing answers ------------------------------------------------------------------------------------

    def _item_response(self) -> ir.BooleanValue:
        """Whether a row gave the answers these weights need; a row not in use has nothing to answer."""
        rows, said = self.made.rows, self.weighting.items
        if said is None:
            return ibis.literal(True)
        given = (~rows[c].cast("string").fill_null("").isin(said.not_answers) for c in said.answered)
        return ~rows[IN_USE] | reduce(and_, given)

    def _items(self, sample: Sample, design: Design) -> tuple[Sample, Design]:
        assert self.weighting.items is not None
        groups = tuple(self._column(name) for name in self.weighting.items.groups)
        result = self._told(lambda: estimation.adjust_for_nonresponse(sample, design, ITEMS, groups))
        self.steps["items"] = {
            "answers": ", ".join(self.weighting.items.answered),
            "groups": " × ".join(self.weighting.items.groups) or "all units",
        }
        return result.sample, result.design

    def _weights(self, sample: Sample, design: Design) -> ir.Table:
        """The weights by row, to the digits that count."""
        table = sample.arrow(sample.table.select(ROW, w=sample.number(str(design.weights))).order_by(ROW))
        # Many rows share a weight; the rounding of text to numbers is exact, and slow.
        different, place = np.unique(table["w"].to_numpy(), return_inverse=True)
        rounded = np.array([float(f"{w:.{DIGITS}g}") for w in different])
        weights = pa.table({ROW: table[ROW], WEIGHT: pa.array(rounded[place])})
        return self.engine.create(f"survey_{uuid4().hex}", weights)


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


def _power(misfit: float) -> str:
    """The power of ten that a relative misfit stays below."""
    return f"1e{int(np.ceil(np.log10(max(misfit, 1e-12)) - 1e-9)):d}"
