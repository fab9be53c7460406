"""From the files of a round to the sample: every sampled unit with its outcome, edited answers, variables and codes.

A row is a sampled unit, or, where the survey has members, a person of a unit that answered; units that did not answer
stay as rows of their own, because the design knows of them. All of it is expressions: Python sees the rows at fault,
and none but those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add, and_, or_
from pathlib import Path

import ibis
import ibis.expr.types as ir

from sse_observatory.catalogue.load import Catalogue
from sse_observatory.catalogue.surveys import Breakdown, Edit, Survey, Variable
from sse_observatory.core import InputError, Period
from sse_observatory.engine import Engine
from sse_observatory.pipelines.surveys.reading import LINE, ROW, UNUSABLE, Files, Rejected, Rows

RESPONDED, NONRESPONSE, UNRESOLVED, OUT_OF_SCOPE = "responded", "nonresponse", "unresolved", "out of scope"
OUTCOME, UNIT, IN_USE, OF_MEMBER = "survey_outcome", "survey_unit", "survey_in_use", "survey_of_member"
ID, CONTRIBUTOR = "survey_id", "survey_contributor"
MARK = "\x1f"
"""What stands between the parts of a name made of several columns."""


@dataclass(frozen=True)
class Round:
    """One round of a survey, read and edited.

    `units` are the sampled units with `OUTCOME`, what became of each. `rows` are the rows of the sample, by `ROW`:
    `UNIT` is the place of the sampled unit that a row belongs to, `IN_USE` whether the row has answers, `OF_MEMBER`
    whether it stands in the file of members, `LINE` where. Beside the columns of the files it has the variables and
    codes the process derives from them (`variable_column`, `dimension_column`; null where an answer they need is
    missing), `ID`, the name of the row, and `CONTRIBUTOR`, of whom disclosure rules protect.
    """

    files: Files
    units: Rows
    rows: ir.Table
    count: int
    members: Path | None
    rejected: tuple[Rejected, ...]

    @property
    def period(self) -> Period:
        return self.files.period

    @property
    def engine(self) -> Engine:
        return self.files.engine

    def __len__(self) -> int:
        return self.count

    def file(self, of_member: bool) -> Path:
        """The file a row stands in."""
        return self.members if of_member and self.members is not None else self.units.path


def variable_column(name: str) -> str:
    """The column of the sample that holds a variable."""
    return f"variable_{name}"


def dimension_column(name: str) -> str:
    """The column of the sample that holds the code of a dimension."""
    return f"dimension_{name}"


def named(table: ir.Table, columns: Sequence[str]) -> ir.StringValue:
    """The values of some columns as one name."""
    parts = [table[c].cast("string").fill_null("") for c in columns]
    return reduce(lambda left, right: left + MARK + right, parts)


def read_round(survey: Survey, catalogue: Catalogue, files: Files) -> Round:
    """The round whose `files` are given. Raises InputError with the place of what is wrong."""
    return _Reader(survey, catalogue, files).round()


class _Reader:
    def __init__(self, survey: Survey, catalogue: Catalogue, files: Files) -> None:
        self.survey, self.said, self.catalogue, self.files = survey, survey.said, catalogue, files
        self.engine = files.engine

    def round(self) -> Round:
        units = self._with_outcomes(self.files.read(self.said.sample))
        self._check_design(units)
        members = self.files.read(self.said.members) if self.said.members is not None else None
        rejected = [*units.rejected, *(members.rejected if members else ())]
        if members is None:
            rows = self._unjoined(units)
        else:
            units, rows = self._joined(units, members)
        for edit in self.said.edit:
            rows = self._edited(rows, edit, units.path if members is None else members.path, rejected)
        for file in (units, members):
            self._refuse_too_many(file)
        answers = (members or units).path
        rows = self.engine.scratch(self._derived(rows, units, members).order_by(ROW))
        for name, breakdown in self.said.dimension.items():
            self._refuse_other_codes(rows, name, breakdown, answers)
        count = int(str(self.engine.scalar(rows.count())))
        return Round(self.files, units, rows, count, members.path if members else None, tuple(rejected))

    def _first(self, table: ir.Table, order: str = ROW) -> dict[str, object] | None:
        """The first row of what should be empty."""
        return _first(self.engine, table, order)

    # -- the sampled units --------------------------------------------------------------------------------

    def _with_outcomes(self, units: Rows) -> Rows:
        said, table = self.said.outcome, units.table
        written = table[said.column].cast("string")
        kinds = (
            (said.responded, RESPONDED), (said.nonresponse, NONRESPONSE), (said.unresolved, UNRESOLVED),
            (said.out_of_scope, OUT_OF_SCOPE),
        )  # fmt: skip
        kind = ibis.cases(*((written.isin(codes), kind) for codes, kind in kinds if codes), else_=ibis.null("string"))
        # Whoever sent answers that nobody can read has not answered.
        kind = ibis.ifelse((kind == RESPONDED) & table[UNUSABLE], NONRESPONSE, kind)
        table = self.engine.scratch(table.mutate(**{OUTCOME: kind}).order_by(ROW))
        wrong = self._first(table.filter(table[OUTCOME].isnull()))
        if wrong is not None:
            raise InputError(
                "this outcome of fieldwork is not known.", file=units.path, line=_line(wrong), column=said.column,
                value=_shown(wrong[said.column]), expected=", ".join(said.codes),
                todo="Correct the row, or say in [outcome] what the code means.",
            )  # fmt: skip
        if self._first(table.filter(table[OUTCOME] == RESPONDED)) is None:
            raise InputError(
                "nobody responded.", file=units.path, column=said.column, expected=", ".join(said.responded),
                todo="Correct the file, or say in [outcome] which codes mean that a unit responded.",
            )  # fmt: skip
        return replace(units, table=table)

    def _check_design(self, units: Rows) -> None:
        """What would make a wrong sample without notice, with the line it stands on."""
        design, table = self.said.design, units.table
        if design.weights is not None:
            weight = table[design.weights]
            usable = weight > 0 if weight.type().is_numeric() else ibis.literal(False)
            wrong = self._first(table.filter(~usable.fill_null(False)))
            if wrong is not None:
                raise InputError(
                    "a design weight must be above zero.", file=units.path, line=_line(wrong), column=design.weights,
                    value=_shown(wrong[design.weights]), expected="a number above 0",
                    todo="Correct the weight, or leave the unit out of the sample.",
                )  # fmt: skip
        strata = tuple(design.strata[0].split("+")) if design.strata else ()
        if design.clusters and strata and not design.nest:
            _same_within(
                self.engine, units, tuple(design.clusters[0].split("+")), strata, "the cluster stands in two strata",
                "Correct the row, or write nest = true if names of clusters are used again in other strata.",
            )  # fmt: skip
        if design.fpc and not design.clusters:
            size = design.fpc[0]
            refuse_two_sizes(self.engine, units, strata, size)
            if not table[size].type().is_numeric():
                return
            place = ibis.row_number().over(group_by=[table[c] for c in strata], order_by=ROW)
            numbered = table.mutate(survey_place=place + 1)
            over = (numbered[size] > 1) & (numbered["survey_place"] > numbered[size])
            wrong = self._first(numbered.filter(over))
            if wrong is not None:
                raise InputError(
                    "the sample of the stratum is larger than its population.", file=units.path, line=_line(wrong),
                    column=size, value=f"{wrong[size]:g}",
                    todo="Correct the population of the stratum, or the stratum of the row.",
                )  # fmt: skip

    # -- the rows of the sample -----------------------------------------------------------------------------

    def _unjoined(self, units: Rows) -> ir.Table:
        table = units.table
        return table.mutate(**{UNIT: table[ROW], IN_USE: table[OUTCOME] == RESPONDED, OF_MEMBER: False})

    def _joined(self, units: Rows, members: Rows) -> tuple[Rows, ir.Table]:
        """The units, and a row for each member of one that answered or for a unit that did not.

        A unit of which some member's answers cannot be read has not answered.
        """
        said = self.said.members
        assert said is not None
        placed = self._placed(units, members)
        of_unit = placed.group_by(UNIT).agg(
            survey_unreadable=placed[UNUSABLE].any(), survey_first_line=placed[LINE].min()
        )
        told = units.table.left_join(of_unit, units.table[ROW] == of_unit[UNIT])
        unanswered = (told[OUTCOME] == RESPONDED) & told["survey_unreadable"].fill_null(False)
        told = told.mutate(
            survey_unanswered=unanswered, **{OUTCOME: ibis.ifelse(unanswered, NONRESPONSE, told[OUTCOME])}
        )
        told = self.engine.scratch(told.drop(UNIT))
        self._refuse_members_without_answer(units, members, told)
        answered = ibis.ifelse(told[OUTCOME] == RESPONDED, told[ROW], ibis.null("int64"))
        table = told.select(*units.table.columns, survey_answered=answered)
        inner = placed.select(
            survey_member_unit=UNIT, survey_member_row=ROW, survey_member_line=LINE,
            **{c: placed[c] for c in members.columns if c not in units.columns},
        )  # fmt: skip
        joined = table.left_join(inner, table["survey_answered"] == inner["survey_member_unit"])
        of_member = joined["survey_member_row"].notnull()
        columns = {
            ROW: ibis.row_number().over(order_by=[joined[ROW], joined["survey_member_row"]]),
            LINE: ibis.coalesce(joined["survey_member_line"], joined[LINE]),
            UNIT: joined[ROW], OUTCOME: joined[OUTCOME], IN_USE: of_member, OF_MEMBER: of_member,
        }  # fmt: skip
        kept = [*units.columns, *(c for c in members.columns if c not in units.columns)]
        rows = self.engine.scratch(joined.select(*kept, **columns))
        return replace(units, table=told.select(*units.table.columns)), rows

    def _placed(self, units: Rows, members: Rows) -> ir.Table:
        """The members with the place of their unit."""
        said = self.said.members
        assert said is not None
        keys = units.table.select(
            **{UNIT: units.table[ROW]}, **{f"survey_key{i}": units.table[c] for i, c in enumerate(self.said.sample.key)}
        )
        same = []
        for i, column in enumerate(said.belongs_to):
            left, right = members.table[column], keys[f"survey_key{i}"]
            if left.type() != right.type():
                left, right = left.cast("string"), right.cast("string")
            same.append(left.identical_to(right))
        placed = self.engine.scratch(members.table.left_join(keys, same))
        lost = self._first(placed.filter(placed[UNIT].isnull()))
        if lost is not None:
            raise InputError(
                "the row belongs to no sampled unit.", file=members.path, line=_line(lost),
                column=", ".join(said.belongs_to), value=", ".join(str(lost[c]) for c in said.belongs_to),
                expected=f"a key of {units.path.name}", todo="Correct the key, or add the unit to the sample.",
            )  # fmt: skip
        return placed

    def _refuse_members_without_answer(self, units: Rows, members: Rows, told: ir.Table) -> None:
        """Members of units that did not respond, and units that responded without any."""
        answered = (told[OUTCOME] == RESPONDED) | told["survey_unanswered"] | told[UNUSABLE]
        line = "survey_first_line"
        too_many = self._first(told.filter(told[line].notnull() & ~answered), line)
        if too_many is not None:
            raise InputError(
                f"the row belongs to a unit with the outcome {too_many[self.said.outcome.column]!r}.",
                file=members.path, line=int(str(too_many[line])),
                expected="rows of units that responded only",
                todo="Correct the outcome of the unit, or remove the row.",
            )  # fmt: skip
        alone = self._first(told.filter((told[OUTCOME] == RESPONDED) & told[line].isnull()))
        if alone is not None:
            raise InputError(
                "the unit responded and has no rows of members.", file=units.path, line=_line(alone),
                expected=f"at least one row in {members.path.name}",
                todo="Add its members, or give the unit another outcome.",
            )  # fmt: skip

    # -- answers --------------------------------------------------------------------------------------------

    def _edited(self, rows: ir.Table, edit: Edit, answers: Path, rejected: list[Rejected]) -> ir.Table:
        """The rows without answers that contradict each other, which are noted in `rejected`."""
        known = reduce(and_, (rows[c].notnull() for c in (*edit.sum, *edit.at_most)))
        larger, smaller = (reduce(add, (rows[c] for c in names)) for names in (edit.sum, edit.at_most))
        apart = rows[IN_USE] & known & (larger > smaller).fill_null(False)
        clear = tuple(dict.fromkeys(edit.clear))
        found = rows.filter(apart).order_by(ROW).select(LINE, *clear)
        for row in self.engine.arrow(found).to_pylist():
            rejected += (Rejected(answers.name, row[LINE], c, str(row[c]), f"edit rule {edit.id}") for c in clear)
        return rows.mutate(**{c: ibis.ifelse(apart, ibis.null(rows[c].type()), rows[c]) for c in clear})

    def _refuse_too_many(self, file: Rows | None) -> None:
        """More unreadable rows than the process allows are a fault of the file, not of some answers."""
        if file is None or file.first_fault is None:
            return
        if file.unusable > self.said.max_rejected_share * file.count:
            raise file.first_fault

    def _derived(self, rows: ir.Table, units: Rows, members: Rows | None) -> ir.Table:
        rows = self.engine.step(rows)
        rows = self.engine.step(rows.mutate(**{
            variable_column(name): _variable(rows, variable) for name, variable in self.said.variable.items()
        }))  # fmt: skip
        inner = self.said.members.key if self.said.members else ()
        names = (*self.said.sample.key, *(n for n in inner if n not in self.said.sample.key))
        none = ibis.null("string")
        codes = {
            dimension_column(name): ibis.ifelse(rows[IN_USE], _code(self._source(rows, said), said), none)
            for name, said in self.said.dimension.items()
        }
        return rows.mutate(**{ID: named(rows, names), CONTRIBUTOR: named(rows, self.said.contributor)}, **codes)

    def _source(self, rows: ir.Table, said: Breakdown) -> ir.Value:
        """What a dimension's code comes from: a variable, or a column of a file."""
        return rows[variable_column(said.column) if said.column in self.said.variable else said.column]

    def _refuse_other_codes(self, rows: ir.Table, name: str, said: Breakdown, answers: Path) -> None:
        codelist = self.catalogue.codelists[self.catalogue.concepts[name].codelist or ""]
        code = rows[dimension_column(name)]
        wrong = self._first(rows.filter(rows[IN_USE] & ~code.isin([c.id for c in codelist]).fill_null(False)))
        if wrong is None:
            return
        value = wrong[self._source(rows, said).get_name()]
        expected = f"a code of {codelist.id}" if value is not None else "a value, or `other` in the process"
        raise InputError(
            f"the value yields no code of {name}.", file=answers, line=_line(wrong), column=said.column,
            value=_shown(value), expected=expected, todo=f"Correct the value, or recode it in [dimension.{name}].",
        )  # fmt: skip


def _same_within(
    engine: Engine, units: Rows, by: Sequence[str], what: Sequence[str], wrong: str, todo: str
) -> None:
    """Refuse rows alike in `by` that differ in `what`."""
    table = units.table
    firsts = table.filter(table[ROW] == table[ROW].min().over(group_by=[table[c] for c in by]))
    firsts = firsts.select(
        survey_first_line=LINE, **{f"survey_by{i}": table[c] for i, c in enumerate(by)},
        **{f"survey_first{i}": table[c] for i, c in enumerate(what)},
    )  # fmt: skip
    alike = [table[c].identical_to(firsts[f"survey_by{i}"]) for i, c in enumerate(by)]
    both = table.inner_join(firsts, alike) if alike else table.cross_join(firsts)
    apart = reduce(or_, (~both[c].identical_to(both[f"survey_first{i}"]) for i, c in enumerate(what)))
    found = _first(engine, both.filter(apart))
    if found is not None:
        before = ", ".join(str(found[f"survey_first{i}"]) for i in range(len(what)))
        raise InputError(
            f"{wrong}: {before} on line {found['survey_first_line']}.", file=units.path, line=_line(found),
            column=", ".join(what), value=", ".join(str(found[c]) for c in what), todo=todo,
        )  # fmt: skip


def refuse_two_sizes(engine: Engine, units: Rows, strata: Sequence[str], size: str) -> None:
    """Raise InputError where two rows of a stratum do not agree on its population."""
    _same_within(engine, units, strata, (size,), "the stratum has two population sizes", "Correct one of the rows.")


def _first(engine: Engine, table: ir.Table, order: str = ROW) -> dict[str, object] | None:
    """The first row of what should be empty."""
    return next(iter(engine.arrow(table.order_by(order).limit(1)).to_pylist()), None)


def _line(row: dict[str, object]) -> int:
    return int(str(row[LINE]))


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _variable(rows: ir.Table, said: Variable) -> ir.FloatingValue:
    """The variable on every row; nought where the row has no answers, null where one it needs is missing."""
    holds = [rows[IN_USE]]
    holds += [rows[c].cast("string").isin(codes) for c, codes in said.where.items()]
    holds += [rows[c] >= bound for c, bound in said.at_least.items()]
    plus, minus = ([rows[c].cast("float64") for c in names] for names in (said.add, said.less))
    nought, one = (ibis.literal(n).cast("float64") for n in (0, 1))  # a literal 1.0 is a decimal to some engines
    total = reduce(add, plus) if plus else one
    total = total - reduce(add, minus) if minus else total
    return ibis.ifelse(reduce(and_, holds).fill_null(False), total, nought)


def _code(value: ir.Value, said: Breakdown) -> ir.StringValue:
    nothing = ibis.null("string")
    if said.cut:
        code = nothing
        if value.type().is_numeric():
            cuts = []
            for cut in said.cut:
                low = ibis.literal(True) if cut.low is None else value >= cut.low
                cuts.append((low if cut.high is None else low & (value <= cut.high), cut.code))
            code = ibis.cases(*cuts, else_=nothing)
    elif said.codes:
        written = value.cast("string")
        code = ibis.cases(*((written == old, new) for old, new in said.codes.items()), else_=nothing)
    else:
        code = value.cast("string")
    return ibis.ifelse(value.isnull(), ibis.literal(said.other, "string"), code)
