"""From the files of a round to the sample: every sampled unit with its outcome, edited answers, variables and codes.

A row is a sampled unit, or, where the survey has members, a person of a unit that answered; units that did not answer
stay as rows of their own, because the design knows of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sse_observatory.catalogue.load import Catalogue
from sse_observatory.catalogue.surveys import Breakdown, Survey, Variable
from sse_observatory.core import InputError, Period
from sse_observatory.pipelines.surveys.reading import Rejected, Rows, Value, read

RESPONDED, NONRESPONSE, UNRESOLVED, OUT_OF_SCOPE = "responded", "nonresponse", "unresolved", "out of scope"


@dataclass
class Round:
    """One round of a survey, read and edited.

    `units` are the sampled units, `outcome` what became of each. `rows` are the rows of the sample: `unit[i]` is the
    place of the sampled unit that row i belongs to, `in_use[i]` whether the row has answers. `values` are the columns
    of the files on those rows, `variables` and `codes` what the process derives from them; `ids` name the rows and
    `contributors` those whom disclosure rules protect.
    """

    period: Period
    units: Rows
    outcome: list[str]
    unit: list[int]
    in_use: list[bool]
    values: dict[str, list[Value]]
    record: list[tuple[str, int]]
    variables: dict[str, list[float]] = field(default_factory=dict)
    codes: dict[str, list[str | None]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    edited: dict[str, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    contributors: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.unit)


def read_round(survey: Survey, catalogue: Catalogue, data: Path, period: Period) -> Round:
    """The round of `period` from the files in `data`. Raises InputError with the place of what is wrong."""
    said = survey.said
    units = read(data, said.sample, period)
    outcome = _outcomes(survey, units)
    _check_design(survey, units)
    members = read(data, said.members, period) if said.members is not None else None
    made = _joined(survey, period, units, outcome, members)
    _edit(survey, made, members or units)
    _refuse_too_many(survey, made, units, members)
    for name, variable in said.variable.items():
        made.variables[name] = _variable(made, variable)
    for name, breakdown in said.dimension.items():
        made.codes[name] = _codes(made, catalogue, name, breakdown, members or units)
    names = (*said.sample.key, *(n for n in (said.members.key if said.members else ()) if n not in said.sample.key))
    made.ids = [_name(made, names, row) for row in range(len(made))]
    made.contributors = [_name(made, said.contributor, row) for row in range(len(made))]
    return made


def _name(made: Round, columns: Sequence[str], row: int) -> str:
    return "\x1f".join(str(made.values[c][row]) for c in columns)


def _outcomes(survey: Survey, units: Rows) -> list[str]:
    said = survey.said.outcome
    kinds = dict.fromkeys(said.responded, RESPONDED) | dict.fromkeys(said.nonresponse, NONRESPONSE)
    kinds |= dict.fromkeys(said.unresolved, UNRESOLVED) | dict.fromkeys(said.out_of_scope, OUT_OF_SCOPE)
    found = []
    for row, code in enumerate(units.columns[said.column]):
        if code not in kinds:
            raise InputError(
                "this outcome of fieldwork is not known.", file=units.path, line=units.lines[row], column=said.column,
                value="" if code is None else str(code), expected=", ".join(said.codes),
                todo="Correct the row, or say in [outcome] what the code means.",
            )  # fmt: skip
        kind = kinds[str(code)]
        # Whoever sent answers that nobody can read has not answered.
        found.append(NONRESPONSE if kind == RESPONDED and row in units.unusable else kind)
    if RESPONDED not in found:
        raise InputError(
            "nobody responded.", file=units.path, column=said.column, expected=", ".join(said.responded),
            todo="Correct the file, or say in [outcome] which codes mean that a unit responded.",
        )  # fmt: skip
    return found


def _check_design(survey: Survey, units: Rows) -> None:
    """What would make a wrong sample without notice, with the line it stands on."""
    design = survey.said.design
    if design.weights is not None:
        for row, weight in enumerate(units.columns[design.weights]):
            if not isinstance(weight, int | float) or not weight > 0:
                raise InputError(
                    "a design weight must be above zero.", file=units.path, line=units.lines[row],
                    column=design.weights, value="" if weight is None else str(weight),
                    expected="a number above 0", todo="Correct the weight, or leave the unit out of the sample.",
                )  # fmt: skip
    strata = tuple(design.strata[0].split("+")) if design.strata else ()
    if design.clusters and strata and not design.nest:
        _same_within(units, tuple(design.clusters[0].split("+")), strata, "the cluster stands in two strata",
                     "Correct the row, or write nest = true if names of clusters are used again in other strata.")
    if design.fpc and not design.clusters:
        size = design.fpc[0]
        _same_within(units, strata, (size,), "the stratum has two population sizes", "Correct one of the rows.")
        sampled: dict[tuple[Value, ...], int] = defaultdict(int)
        for row in range(len(units)):
            stratum = units.key(strata, row)
            sampled[stratum] += 1
            population = units.columns[size][row]
            if isinstance(population, int | float) and population > 1 and sampled[stratum] > population:
                raise InputError(
                    "the sample of the stratum is larger than its population.", file=units.path,
                    line=units.lines[row], column=size, value=f"{population:g}",
                    todo="Correct the population of the stratum, or the stratum of the row.",
                )  # fmt: skip


def _same_within(units: Rows, by: Sequence[str], what: Sequence[str], wrong: str, todo: str) -> None:
    """Refuse rows alike in `by` that differ in `what`."""
    first: dict[tuple[Value, ...], int] = {}
    for row in range(len(units)):
        other = first.setdefault(units.key(by, row), row)
        if units.key(what, row) != units.key(what, other):
            raise InputError(
                f"{wrong}: {', '.join(map(str, units.key(what, other)))} on line {units.lines[other]}.",
                file=units.path, line=units.lines[row], column=", ".join(what),
                value=", ".join(map(str, units.key(what, row))), todo=todo,
            )  # fmt: skip


def _joined(survey: Survey, period: Period, units: Rows, outcome: list[str], members: Rows | None) -> Round:
    if members is None:
        every = list(range(len(units)))
        record = [(units.path.name, line) for line in units.lines]
        in_use = [o == RESPONDED for o in outcome]
        return Round(period, units, outcome, every, in_use, dict(units.columns), record, rejected=list(units.rejected))
    said = survey.said
    assert said.members is not None
    place = {units.key(said.sample.key, row): row for row in range(len(units))}
    of_unit: dict[int, list[int]] = defaultdict(list)
    for row in range(len(members)):
        key = members.key(said.members.belongs_to, row)
        if key not in place:
            raise InputError(
                "the row belongs to no sampled unit.", file=members.path, line=members.lines[row],
                column=", ".join(said.members.belongs_to), value=", ".join(map(str, key)),
                expected=f"a key of {units.path.name}", todo="Correct the key, or add the unit to the sample.",
            )  # fmt: skip
        of_unit[place[key]].append(row)
    kinds = list(outcome)
    for at, rows in of_unit.items():
        if any(row in members.unusable for row in rows) and kinds[at] == RESPONDED:
            kinds[at] = NONRESPONSE
        elif kinds[at] != RESPONDED and at not in units.unusable:
            raise InputError(
                f"the row belongs to a unit with the outcome {units.columns[said.outcome.column][at]!r}.",
                file=members.path, line=members.lines[rows[0]], expected="rows of units that responded only",
                todo="Correct the outcome of the unit, or remove the row.",
            )  # fmt: skip
    unit: list[int] = []
    inner: list[int | None] = []
    for at in range(len(units)):
        if kinds[at] == RESPONDED:
            if not of_unit[at]:
                raise InputError(
                    "the unit responded and has no rows of members.", file=units.path, line=units.lines[at],
                    expected=f"at least one row in {members.path.name}",
                    todo="Add its members, or give the unit another outcome.",
                )  # fmt: skip
            unit += [at] * len(of_unit[at])
            inner += of_unit[at]
        else:
            unit.append(at)
            inner.append(None)
    values: dict[str, list[Value]] = {n: [c[at] for at in unit] for n, c in units.columns.items()}
    for name, column in members.columns.items():
        if name not in values:
            values[name] = [None if row is None else column[row] for row in inner]
    record = [
        (units.path.name, units.lines[at]) if row is None else (members.path.name, members.lines[row])
        for at, row in zip(unit, inner, strict=True)
    ]
    in_use = [row is not None for row in inner]
    return Round(period, units, kinds, unit, in_use, values, record, rejected=[*units.rejected, *members.rejected])


def _edit(survey: Survey, made: Round, answers: Rows) -> None:
    """Set aside answers that contradict each other."""
    copied: set[str] = set()
    for edit in survey.said.edit:
        for row in range(len(made)):
            if not made.in_use[row]:
                continue
            parts = [[made.values[c][row] for c in names] for names in (edit.sum, edit.at_most)]
            numbers = [[v for v in part if isinstance(v, int | float)] for part in parts]
            if [len(n) for n in numbers] != [len(p) for p in parts] or sum(numbers[0]) <= sum(numbers[1]):
                continue
            made.edited[edit.id] = made.edited.get(edit.id, 0) + 1
            for column in edit.clear:
                if column not in copied:
                    made.values[column] = list(made.values[column])  # the file's rows stay as they were read
                    copied.add(column)
                file, line = made.record[row]
                written = made.values[column][row]
                made.rejected.append(Rejected(file, line, column, str(written), f"edit rule {edit.id}"))
                made.values[column][row] = None


def _refuse_too_many(survey: Survey, made: Round, units: Rows, members: Rows | None) -> None:
    """More unreadable rows than the process allows are a fault of the file, not of some answers."""
    for rows in (units, members):
        if rows is None or rows.first_fault is None:
            continue
        if len(rows.unusable) > survey.said.max_rejected_share * len(rows):
            raise rows.first_fault


def _variable(made: Round, said: Variable) -> list[float]:
    """The variable on every row; nought where the row has no answers, NaN where one it needs is missing."""
    found: list[float] = []
    for row in range(len(made)):
        if not made.in_use[row]:
            found.append(0.0)
            continue
        holds = all(made.values[c][row] in codes for c, codes in said.where.items())
        for column, bound in said.at_least.items():
            value = made.values[column][row]
            holds = holds and isinstance(value, int | float) and value >= bound
        if not holds:
            found.append(0.0)
            continue
        plus = [made.values[c][row] for c in said.add]
        minus = [made.values[c][row] for c in said.less]
        if any(v is None for v in (*plus, *minus)):
            found.append(float("nan"))
            continue
        total = sum(float(v) for v in plus if v is not None) if said.add else 1.0
        found.append(total - sum(float(v) for v in minus if v is not None))
    return found


def _codes(
    made: Round, catalogue: Catalogue, name: str, said: Breakdown, answers: Rows
) -> list[str | None]:
    """The code of a dimension on every row that has answers."""
    codelist = catalogue.codelists[catalogue.concepts[name].codelist or ""]
    values = made.variables.get(said.column) or made.values[said.column]
    found: list[str | None] = []
    for row, value in enumerate(values):
        if not made.in_use[row]:
            found.append(None)
            continue
        code = _code(value, said)
        if code is None or code not in codelist:
            file, line = made.record[row]
            expected = f"a code of {codelist.id}" if value is not None else "a value, or `other` in the process"
            raise InputError(
                f"the value yields no code of {name}.", file=answers.path.with_name(file), line=line,
                column=said.column, value="" if value is None else str(value), expected=expected,
                todo=f"Correct the value, or recode it in [dimension.{name}].",
            )  # fmt: skip
        found.append(code)
    return found


def _code(value: Value, said: Breakdown) -> str | None:
    if value is None or value != value:
        return said.other
    if said.cut:
        if not isinstance(value, int | float):
            return None
        fits = (
            cut.code for cut in said.cut
            if (cut.low is None or value >= cut.low) and (cut.high is None or value <= cut.high)
        )  # fmt: skip
        return next(fits, None)
    written = str(value)
    return said.codes.get(written) if said.codes else written
