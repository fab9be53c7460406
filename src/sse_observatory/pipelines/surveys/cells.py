"""Estimates of the cells of a survey's tables, and the whole contributions that add up to each published value.

An estimated total is the sum of weighted answers. So that tables add up exactly and the disclosure gate can check every
sum, each respondent's weighted answer becomes a whole number: within a finest cell the running total is rounded, and a
respondent contributes what it grew by. A finest cell is thus within one half of its estimate, and every margin is the
exact sum of its parts.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sse_observatory.catalogue.parameters import PrecisionLimits
from sse_observatory.catalogue.surveys import Survey, SurveyTable
from sse_observatory.core import InputError, ObservatoryError, ObsStatus, Unsafe
from sse_observatory.pipelines.surveys.samples import Round
from sse_observatory.pipelines.surveys.weights import ITEMS, USED, WeightedRound, dimension_column, variable_column
from sse_observatory.production import estimation
from sse_observatory.structures import Codelist

UNIT = "survey_unit"
"""The column that tells which units are in the samples of two rounds."""
_MARK = "\x1f"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one respondent's row adds to a measure, in whole units: its place, its finest codes, a digest of why."""

    row: int
    codes: tuple[str, ...]
    value: int
    digest: int


@dataclass(frozen=True)
class Contributions:
    """Every contribution to a measure in one round; `dimensions` name the codes."""

    measure: str
    dimensions: tuple[str, ...]
    rows: tuple[Contribution, ...]


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
    _results: dict[tuple[str, str | None, tuple[str, ...]], Any] = field(default_factory=dict)
    _changed: dict[tuple[str, str | None, tuple[str, ...]], Any] = field(default_factory=dict)
    effects: dict[str, float] = field(default_factory=dict)

    def contributions(self, measure: str) -> Contributions:
        """What each row adds to a measure, by the finest codes of all its tables."""
        plans = [t for t in self.survey.said.table if t.measure == measure]
        plan, weighted = plans[0], self.weighted[plans[0].weighting]
        part = plan.part_dimension
        dimensions = tuple(dict.fromkeys(n for t in plans for by in t.by for n in by if n != part))
        parts = dict(plan.parts[part]) if part else {"": plan.variable}
        atoms: dict[tuple[str, ...], list[tuple[int, float]]] = defaultdict(list)
        among = self.made.variables[plan.among] if plan.among else None
        for code, variable in parts.items():
            numbers = self.made.variables[variable]
            for row, used in enumerate(weighted.used):
                answer = numbers[row]
                if not used or answer == 0 or (among is not None and among[row] == 0):
                    continue
                if answer != answer:
                    file, line = self.made.record[row]
                    columns = ", ".join(self.survey.said.variable[variable].columns)
                    weights = f"the weights {plan.weighting!r}"
                    raise InputError(
                        f"{plan.measure} needs an answer that is missing.", file=self.made.units.path.with_name(file),
                        line=line, column=columns, expected="an answer of everybody whom these weights count",
                        todo=f"Name the column in `complete` or `items` of {weights}, so that those who answered stand "
                        "for the others, or limit the table with `among`.",
                    )  # fmt: skip
                if answer < 0:
                    raise Unsafe(
                        f"{variable} is negative for a respondent; the disclosure rules do not hold for mixed signs.",
                        "Publish positive and negative parts as two measures, or leave the measure out.",
                    )
                codes = tuple(str(self.made.codes[n][row]) for n in dimensions)
                atoms[codes + ((code,) if part else ())].append((row, answer))
        scale = 10 ** int(plan.unit_mult)
        found: list[Contribution] = []
        for codes, entries in sorted(atoms.items()):
            running, before = 0.0, 0
            for row, answer in sorted(entries, key=lambda entry: self.made.ids[entry[0]]):
                weight = weighted.weights[row]
                running += weight * answer / scale
                after = int(running + 0.5)
                digest = _digest(self.made.ids[row], codes, f"{weight:.10g}", f"{answer:.10g}")
                found.append(Contribution(row, codes, after - before, digest))
                before = after
        return Contributions(measure, dimensions + ((part,) if part else ()), tuple(found))

    def cells(self, plan: SurveyTable, given: Contributions) -> list[Estimated]:
        """The cells of a plan's breakdowns with their precision."""
        part = plan.part_dimension
        found: list[Estimated] = []
        for by in plan.by:
            inner = tuple(n for n in by if n != part)
            variables = dict(plan.parts[part]) if part and part in by else {None: plan.variable}
            sums = _sums(given, by)
            table = self._result(plan, inner).table.to_pylist()
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
            for row in self._changes(plan, inner, before).table.to_pylist():
                for code, variable in variables.items():
                    if row["statistic"] != f"total({variable_column(variable)})" or row["se"] is None:
                        continue
                    codes = {n: str(row[dimension_column(n)]) for n in inner}
                    if part is not None and code is not None:
                        codes[part] = code
                    found[tuple(sorted(codes.items()))] = row["se"] / 10 ** int(plan.unit_mult)
        return found

    def _changes(self, plan: SurveyTable, by: tuple[str, ...], before: Estimates) -> Any:
        key = (plan.weighting, plan.among, by)
        if key not in self._changed:
            rounds = [e.weighted[plan.weighting] for e in (before, self)]
            samples = [w.sample for w in rounds]
            unit = None
            if not self.survey.said.design.clusters:
                unit = UNIT
                names, strata = self.survey.said.sample.key, rounds[0].design.strata
                at = [_places(e.made, names, strata) for e in (before, self)]
                moved = [name for name, stratum in at[1].items() if at[0].get(name, stratum) != stratum]
                samples = [
                    sample.mutate(**{UNIT: _renamed(sample.table, names, moved if later else [])})
                    for later, sample in enumerate(samples)
                ]
            statistics = [estimation.total(variable_column(v)) for v in self._served(plan, by)]
            self._changed[key] = estimation.change(
                (samples[0], rounds[0].design), (samples[1], rounds[1].design), statistics,
                [dimension_column(n) for n in by], unit=unit, domain=self._domain(plan), margins=False,
            )  # fmt: skip
        return self._changed[key]

    def _result(self, plan: SurveyTable, by: tuple[str, ...]) -> Any:
        """The estimates of every variable that this breakdown of these weights serves."""
        key = (plan.weighting, plan.among, by)
        if key not in self._results:
            weighted = self.weighted[plan.weighting]
            statistics = [estimation.total(variable_column(v)) for v in self._served(plan, by)]
            self._results[key] = estimation.estimate(
                weighted.sample, weighted.design, statistics, [dimension_column(n) for n in by],
                domain=self._domain(plan), margins=False, limits=self.limits,
            )  # fmt: skip
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
        inner = [(self.made.codes[n], code) for n, code in codes.items() if n in self.made.codes]
        used = self.weighted[plan.weighting].used
        return any(u and all(column[row] == code for column, code in inner) for row, u in enumerate(used))

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


def _places(made: Round, names: Sequence[str], strata: Sequence[Sequence[str]]) -> dict[str, tuple[Any, ...]]:
    """The first-stage stratum of each sampled unit, by its name."""
    units, columns = made.units, [c for stage in strata[:1] for c in stage]
    return {_joined(units.key(names, row)): units.key(columns, row) for row in range(len(units))}


def _joined(key: Sequence[Any]) -> str:
    return _MARK.join(map(str, key))


def _renamed(table: Any, names: Sequence[str], moved: Sequence[str]) -> Any:
    """The name of each unit, with a mark where it has moved to another stratum."""
    parts = [table[n].cast("string") for n in names]
    name = parts[0]
    for part in parts[1:]:
        name = name + _MARK + part
    return name.isin(moved).ifelse(name + _MARK, name) if moved else name


def _sums(given: Contributions, by: Sequence[str]) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """Sum, digest and number of finest cells of each cell of a breakdown."""
    places = [given.dimensions.index(n) for n in by]
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    atoms: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for one in given.rows:
        key = tuple(one.codes[p] for p in places)
        value, digest = found.get(key, (0, 0))
        found[key] = (value + one.value, (digest + one.digest) % 2**64)
        atoms[key].add(one.codes)
    return {key: (value, digest, len(atoms[key])) for key, (value, digest) in found.items()}


def _digest(unit: str, codes: Sequence[str], weight: str, answer: str) -> int:
    """64 bits of what a contribution is made of; the order of the file is no part of it."""
    text = "\x1f".join([unit, *codes, weight, answer])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")

