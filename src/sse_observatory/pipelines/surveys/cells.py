"""Estimates of the cells of a survey's tables, and the whole contributions that add up to each published value.

An estimated total is the sum of weighted answers. So that tables add up exactly and the disclosure gate can check every
sum, each respondent's weighted answer becomes a whole number: within a finest cell the running total is rounded, and a
respondent contributes what it grew by. A finest cell is thus within one half of its estimate, and every margin is the
exact sum of its parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from sse_observatory.catalogue.parameters import PrecisionLimits
from sse_observatory.catalogue.surveys import Survey, SurveyTable
from sse_observatory.core import InputError, ObservatoryError, ObsStatus, Unsafe
from sse_observatory.pipelines.surveys.reading import LINE, ROW
from sse_observatory.pipelines.surveys.samples import (
    CONTRIBUTOR,
    ID,
    MARK,
    OF_MEMBER,
    Round,
    dimension_column,
    named,
    variable_column,
)
from sse_observatory.pipelines.surveys.weights import ITEMS, USED, WEIGHT, WeightedRound
from sse_observatory.production import estimation
from sse_observatory.structures import Codelist

UNIT = "survey_unit"
"""The column that tells which units are in the samples of two rounds."""


@dataclass(frozen=True)
class Contributions:
    """Every contribution to a measure in one round: what a respondent's row adds to a finest cell, in whole units.

    `rows` has the respondent's `ID` and `CONTRIBUTOR`, the codes of `dimensions`, and ``VALUE``. `cells` has of each
    finest cell, by its codes, the sum and a digest of what it is made of.
    """

    measure: str
    dimensions: tuple[str, ...]
    rows: pa.Table
    cells: Mapping[tuple[str, ...], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Estimated:
    """A cell of a table: its codes, its value in whole units, its precision and the status that follows from it."""

    measure: str
    codes: Mapping[str, str]
    broken_down: tuple[str, ...]
    value: int
    status: ObsStatus
    se: float | None
    lower: float | None
    upper: float | None
    cv: float | None
    digest: int


@dataclass
class Estimates:
    """The estimates of one round, made once for each set of weights and breakdown."""

    survey: Survey
    made: Round
    weighted: Mapping[str, WeightedRound]
    codelists: Mapping[str, Codelist]
    limits: PrecisionLimits
    _results: dict[tuple[str, str | None, tuple[str, ...]], list[dict[str, Any]]] = field(default_factory=dict)
    _changed: dict[tuple[str, str | None, tuple[str, ...]], list[dict[str, Any]]] = field(default_factory=dict)
    _used: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    effects: dict[str, float] = field(default_factory=dict)

    def contributions(self, measure: str) -> Contributions:
        """What each row adds to a measure, by the finest codes of all its tables."""
        plans = [t for t in self.survey.said.table if t.measure == measure]
        plan, weighted = plans[0], self.weighted[plans[0].weighting]
        part = plan.part_dimension
        dimensions = tuple(dict.fromkeys(n for t in plans for by in t.by for n in by if n != part))
        parts = dict(plan.parts[part]) if part else {"": plan.variable}
        atoms: dict[tuple[str, ...], pa.Table] = {}
        for code, variable in parts.items():
            found = self._answers(plan, variable, weighted, dimensions)
            keys = list(zip(*(found[dimension_column(n)].to_pylist() for n in dimensions), strict=True))
            keys = keys or [()] * len(found)
            # Rows come sorted by their codes: a finest cell is a run of them.
            starts = [i for i, key in enumerate(keys) if i == 0 or key != keys[i - 1]]
            for start, end in zip(starts, [*starts[1:], len(keys)], strict=True):
                atoms[keys[start] + ((code,) if part else ())] = found.slice(start, end - start)
        scale = 10 ** int(plan.unit_mult)
        names = dimensions + ((part,) if part else ())
        pieces, cells = [], {}
        for codes, answers in sorted(atoms.items()):
            answer, weight = answers["answer"].to_numpy(), answers[WEIGHT].to_numpy()
            totals = np.floor(np.cumsum(weight * answer / scale) + 0.5).astype("int64")
            values = np.diff(totals, prepend=0)
            who = zip(answers[ID].to_pylist(), weight.tolist(), answer.tolist(), strict=True)
            digest = sum(_digest(one, codes, f"{w:.10g}", f"{a:.10g}") for one, w, a in who)
            cells[codes] = (int(totals[-1]), digest % 2**64)
            columns = {n: pa.array([code] * len(answers), pa.string()) for n, code in zip(names, codes, strict=True)}
            pieces.append(answers.select([ID, CONTRIBUTOR]).append_column("VALUE", pa.array(values)))
            for name, column in columns.items():
                pieces[-1] = pieces[-1].append_column(name, column)
        schema = pa.schema([(n, pa.string()) for n in (ID, CONTRIBUTOR)] + [("VALUE", pa.int64())]
                           + [(n, pa.string()) for n in names])  # fmt: skip
        return Contributions(plan.measure, names, pa.concat_tables([schema.empty_table(), *pieces]), cells)

    def _answers(
        self, plan: SurveyTable, variable: str, weighted: WeightedRound, dimensions: Sequence[str]
    ) -> pa.Table:
        """The answers other than nought that these weights use, with their weight, by their codes and names."""
        rows = self.made.rows.inner_join(weighted.rows, ROW)
        answer = rows[variable_column(variable)]
        concerned = (answer != 0).fill_null(True)
        if plan.among is not None:
            concerned &= (rows[variable_column(plan.among)] != 0).fill_null(True)
        rows = rows.filter(concerned)
        answer = rows[variable_column(variable)]
        unfit = rows.filter(answer.isnull() | (answer < 0)).order_by(ROW).limit(1)
        for row in self.made.engine.arrow(unfit).to_pylist():
            if row[variable_column(variable)] is not None:
                raise Unsafe(
                    f"{variable} is negative for a respondent; the disclosure rules do not hold for mixed signs.",
                    "Publish positive and negative parts as two measures, or leave the measure out.",
                )
            weights = f"the weights {plan.weighting!r}"
            raise InputError(
                f"{plan.measure} needs an answer that is missing.", file=self.made.file(row[OF_MEMBER]),
                line=row[LINE], column=", ".join(self.survey.said.variable[variable].columns),
                expected="an answer of everybody whom these weights count",
                todo=f"Name the column in `complete` or `items` of {weights}, so that those who answered stand "
                "for the others, or limit the table with `among`.",
            )  # fmt: skip
        codes = [dimension_column(n) for n in dimensions]
        found: pa.Table = self.made.engine.arrow(
            rows.order_by(*codes, ID).select(ID, CONTRIBUTOR, WEIGHT, *codes, answer=answer)
        )
        return found

    def cells(self, plan: SurveyTable, given: Contributions) -> list[Estimated]:
        """The cells of a plan's breakdowns with their precision."""
        part = plan.part_dimension
        found: list[Estimated] = []
        for by in plan.by:
            inner = tuple(n for n in by if n != part)
            variables = dict(plan.parts[part]) if part and part in by else {None: plan.variable}
            sums = _sums(given, by)
            table = self._result(plan, inner)
            for code, variable in variables.items():
                label = f"total({variable_column(variable)})"
                for row in (r for r in table if r["statistic"] == label):
                    codes = {n: str(row[dimension_column(n)]) for n in inner}
                    if part is not None and code is not None:
                        codes[part] = code
                    value, digest, atoms = sums.get(tuple(codes[n] for n in by), (0, 0, 0))
                    self._refuse_apart(plan, row["estimate"], value, atoms)
                    found.append(self._estimated(plan, by, codes, value, digest, row))
        return found

    def change_errors(self, plan: SurveyTable, before: Estimates) -> dict[tuple[tuple[str, str], ...], float]:
        """The standard error of the change of each cell of a plan since the round `before`, by its codes.

        Units in both samples make both rounds vary together. One that has changed its stratum is taken as another unit:
        what it would add to the covariance is left out.
        """
        part = plan.part_dimension
        found: dict[tuple[tuple[str, str], ...], float] = {}
        for by in plan.by:
            inner = tuple(n for n in by if n != part)
            variables = dict(plan.parts[part]) if part and part in by else {None: plan.variable}
            for row in self._changes(plan, inner, before):
                for code, variable in variables.items():
                    if row["statistic"] != f"total({variable_column(variable)})" or row["se"] is None:
                        continue
                    codes = {n: str(row[dimension_column(n)]) for n in inner}
                    if part is not None and code is not None:
                        codes[part] = code
                    found[tuple(sorted(codes.items()))] = row["se"] / 10 ** int(plan.unit_mult)
        return found

    def _changes(self, plan: SurveyTable, by: tuple[str, ...], before: Estimates) -> list[dict[str, Any]]:
        key = (plan.weighting, plan.among, by)
        if key not in self._changed:
            rounds = [e.weighted[plan.weighting] for e in (before, self)]
            samples = [w.sample for w in rounds]
            unit = None
            if not self.survey.said.design.clusters:
                unit = UNIT
                names, strata = self.survey.said.sample.key, rounds[0].design.strata
                moved = _moved(before.made, self.made, names, strata)
                samples = [
                    sample.mutate(**{UNIT: _renamed(sample.table, names, moved if later else [])})
                    for later, sample in enumerate(samples)
                ]
            statistics = [estimation.total(variable_column(v)) for v in self._served(plan, by)]
            with self.made.engine.workspace():
                result = estimation.change(
                    (samples[0], rounds[0].design), (samples[1], rounds[1].design), statistics,
                    [dimension_column(n) for n in by], unit=unit, domain=self._domain(plan), margins=False,
                )  # fmt: skip
                self._changed[key] = result.table.to_pylist()
        return self._changed[key]

    def _result(self, plan: SurveyTable, by: tuple[str, ...]) -> list[dict[str, Any]]:
        """The estimates of every variable that this breakdown of these weights serves."""
        key = (plan.weighting, plan.among, by)
        if key not in self._results:
            weighted = self.weighted[plan.weighting]
            statistics = [estimation.total(variable_column(v)) for v in self._served(plan, by)]
            with self.made.engine.workspace():
                result = estimation.estimate(
                    weighted.sample, weighted.design, statistics, [dimension_column(n) for n in by],
                    domain=self._domain(plan), margins=False, limits=self.limits,
                )  # fmt: skip
                # No more of it than its rows: a result holds on to a row per unit.
                self._results[key] = result.table.to_pylist()
        return self._results[key]

    def _served(self, plan: SurveyTable, by: tuple[str, ...]) -> list[str]:
        """The variables of every table that has this breakdown, these weights and this domain."""
        wanted: dict[str, None] = {}
        for t in self.survey.said.table:
            if (t.weighting, t.among) != (plan.weighting, plan.among):
                continue
            for one in t.by:
                if tuple(n for n in one if n != t.part_dimension) == by:
                    wanted[t.variable] = None
                    wanted |= {v: None for part in t.parts.values() for v in part.values()}
        return list(wanted)

    def _domain(self, plan: SurveyTable) -> Any:
        """Whom an estimate is about: rows with answers, of those whom the measure can concern."""
        among = variable_column(plan.among) if plan.among else None
        items = self.survey.weights(plan.weighting).items is not None

        def domain(table: Any) -> Any:
            inside = table[USED] & table[ITEMS] if items else table[USED]
            return inside if among is None else inside & (table[among] != 0)

        return domain

    def _met(self, plan: SurveyTable, codes: Mapping[str, str]) -> bool:
        """Whether some row that these weights use has these codes."""
        if plan.weighting not in self._used:
            weighted = self.weighted[plan.weighting]
            among = {n: dimension_column(n) for n in self.survey.said.dimension}
            used = self.made.rows.inner_join(weighted.rows, ROW).select(**among).distinct() if among else None
            self._used[plan.weighting] = [] if used is None else self.made.engine.arrow(used).to_pylist()
        inner = {n: code for n, code in codes.items() if n in self.survey.said.dimension}
        return any(all(row[n] == code for n, code in inner.items()) for row in self._used[plan.weighting])

    def _refuse_apart(self, plan: SurveyTable, estimate: float | None, value: int, atoms: int) -> None:
        """The whole contributions must add up to the estimate, up to the rounding of their finest cells."""
        if estimate is None:
            return
        scale = 10 ** int(plan.unit_mult)
        if abs(estimate / scale - value) > 0.5 * atoms + 1e-6 * abs(value) + 1e-6:
            raise ObservatoryError(
                f"The contributions to {plan.measure} add up to {value:,} and the estimate is {estimate / scale:,.1f}.",
                "Report this: the published value would not be the estimate.",
            )

    def _estimated(
        self, plan: SurveyTable, by: Sequence[str], codes: Mapping[str, str], value: int, digest: int,
        row: Mapping[str, Any],
    ) -> Estimated:  # fmt: skip
        scale = 10 ** int(plan.unit_mult)
        status = ObsStatus(row["status"])
        if status == ObsStatus.MISSING and plan.among is not None and self._met(plan, codes):
            status = ObsStatus.NOT_APPLICABLE  # there are respondents, and the measure cannot concern any of them
        se, lower, upper = (None if row[n] is None else row[n] / scale for n in ("se", "lower", "upper"))
        if not by and row["deff"] is not None:
            self.effects[plan.measure] = row["deff"]
        return Estimated(plan.measure, codes, tuple(by), value, status, se, lower, upper, row["cv"], digest)


def _moved(before: Round, now: Round, names: Sequence[str], strata: Sequence[Sequence[str]]) -> list[str]:
    """The names of units in both rounds that are in another first-stage stratum than before."""
    columns = [c for stage in strata[:1] for c in stage]
    tables = [
        made.units.table.select(unit=named(made.units.table, names), stratum=named(made.units.table, columns))
        for made in (before, now) if columns
    ]  # fmt: skip
    if not columns:
        return []
    both = tables[0].inner_join(tables[1], "unit")
    moved = both.filter(both["stratum"] != both["stratum_right"]).select("unit").order_by("unit")
    found: list[str] = now.engine.arrow(moved)["unit"].to_pylist()
    return found


def _renamed(table: ir.Table, names: Sequence[str], moved: Sequence[str]) -> ir.StringValue:
    """The name of each unit, with a mark where it has moved to another stratum."""
    name = named(table, names)
    return name.isin(moved).ifelse(name + MARK, name) if moved else name


def _sums(given: Contributions, by: Sequence[str]) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """Sum, digest and number of finest cells of each cell of a breakdown."""
    places = [given.dimensions.index(n) for n in by]
    found: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for codes, (value, digest) in given.cells.items():
        key = tuple(codes[p] for p in places)
        before = found.get(key, (0, 0, 0))
        found[key] = (before[0] + value, (before[1] + digest) % 2**64, before[2] + 1)
    return found


def _digest(unit: str, codes: Sequence[str], weight: str, answer: str) -> int:
    """64 bits of what a contribution is made of; the order of the file is no part of it."""
    text = "\x1f".join([unit, *codes, weight, answer])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")

