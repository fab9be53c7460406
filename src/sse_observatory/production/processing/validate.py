"""Validate units and set wrong values aside (GSBPM 5.3 and 5.4), with nothing dropped or corrected in silence."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import reduce

import ibis
import ibis.expr.types as ir

from sse_observatory.catalogue.validation import Validation, ValidationRule

_COMPARE = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt, "==": operator.eq}


def _left(units: ir.Table, rule: ValidationRule) -> ir.Value:
    return reduce(operator.add, [units[variable] for variable in rule.addends])


def _broken(units: ir.Table, rule: ValidationRule) -> ir.BooleanValue:
    left = _left(units, rule)
    right = units[rule.right] if isinstance(rule.right, str) else ibis.literal(rule.right)
    holds = _COMPARE[rule.comparison](left, right)
    broken = ~holds.fill_null(True)
    if rule.cooperative_type is not None:
        broken &= units.coop_type == rule.cooperative_type
    return broken


@dataclass(frozen=True, slots=True)
class Validated:
    """Units after editing, the issues found and the edits made.

    `issues`: unit_id, rule, severity, variable, value, compared_with (strings).
    `edits`: unit_id, variable, before, after (null), rule: one row per value set aside.
    """

    units: ir.Table
    issues: ir.Table
    edits: ir.Table


_ISSUES = {
    "unit_id": "string",
    "rule": "string",
    "severity": "string",
    "variable": "string",
    "value": "string",
    "compared_with": "string",
}
_EDITS = {"unit_id": "string", "variable": "string", "before": "string", "after": "string", "rule": "string"}


def validate(units: ir.Table, validation: Validation) -> Validated:
    """Check every unit against every rule; blank the values a broken rule sets aside.

    Rules whose variables the units do not carry do not apply. A value blanked by several rules is edited once per
    rule in the record, and stays blank.
    """
    rules = [
        r
        for r in validation.rules
        if set(r.addends) <= set(units.columns) and (not isinstance(r.right, str) or r.right in units.columns)
    ]
    issues: list[ir.Table] = []
    edits: list[ir.Table] = []
    blanked: dict[str, ir.BooleanValue] = {}
    for rule in rules:
        broken = _broken(units, rule)
        against = units[rule.right] if isinstance(rule.right, str) else ibis.literal(rule.right)
        found = units.filter(broken)
        issues.append(
            found.select(
                unit_id=found.unit_id,
                rule=ibis.literal(rule.id),
                severity=ibis.literal(rule.severity),
                variable=ibis.literal(rule.left),
                value=_left(found, rule).cast("string"),
                compared_with=(found[rule.right] if isinstance(rule.right, str) else against).cast("string"),
            )
        )
        for variable in rule.blanks:
            if variable not in units.columns:
                continue
            hit = units.filter(broken & units[variable].notnull())
            edits.append(
                hit.select(
                    unit_id=hit.unit_id,
                    variable=ibis.literal(variable),
                    before=hit[variable].cast("string"),
                    after=ibis.null("string"),
                    rule=ibis.literal(rule.id),
                )
            )
            blanked[variable] = blanked[variable] | broken if variable in blanked else broken
    edited = units.mutate(**{v: broken.ifelse(ibis.null(units[v].type()), units[v]) for v, broken in blanked.items()})
    return Validated(edited, _union(issues, _ISSUES), _union(edits, _EDITS))


def _union(parts: list[ir.Table], schema: dict[str, str]) -> ir.Table:
    if not parts:
        return ibis.memtable(ibis.schema(schema).to_pyarrow().empty_table())
    return ibis.union(*parts) if len(parts) > 1 else parts[0]
