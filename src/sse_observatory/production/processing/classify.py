"""Classify units (GSBPM 5.2) by versioned rule sets, inside the engine.

A rule set becomes one expression: the first rule that holds decides. Each unit keeps the outcome, the
rule that decided and the values the rule looked at, so that "undetermined" can be explained and is
never coerced into an answer. The plain-Python reference is `RuleSet.decide`; both give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from sse_observatory.catalogue.parameters import LifeStatusRule, SizeClasses
from sse_observatory.catalogue.rulesets import Condition, Rule, RuleSet

ACTIVE, DORMANT, CLOSED, REGISTERED, UNREGISTERED = "ACTIVE", "DORMANT", "CLOSED", "REGISTERED", "NOT_REGISTERED"
NOT_REGISTERED = (CLOSED, UNREGISTERED)
"""The life statuses of units that are in no count at the reference date."""


def column_name(ruleset: str) -> str:
    """The prefix of the columns a rule set adds: ``COOP-ICLS2018`` gives ``coop_icls2018``."""
    return ruleset.lower().replace("-", "_")


def _written(table: ir.Table, variable: str) -> ir.StringValue:
    column = table[variable]
    if column.type().is_boolean():
        return ibis.cases((column, "true"), (~column, "false"))  # a missing truth value stays missing
    return column.cast("string")


def _holds(table: ir.Table, condition: Condition) -> ir.BooleanValue:
    column = table[condition.variable]
    if condition.operator == "missing":
        return column.isnull()
    if condition.operator == "present":
        return column.notnull()
    if condition.operator == "at_least":
        return (column.cast("float64") >= float(condition.values[0])).fill_null(False)
    inside = _written(table, condition.variable).isin(condition.values)
    if condition.operator == "not_in":
        return (~inside).fill_null(False)
    return inside.fill_null(False)


def _rule_holds(table: ir.Table, rule: Rule) -> ir.BooleanValue:
    every = [_holds(table, c) for c in rule.every]
    some = [_holds(table, c) for c in rule.some]
    parts = every + ([reduce(or_, some)] if some else [])
    return reduce(and_, parts)


def _evidence(table: ir.Table, rule: Rule) -> ir.StringValue:
    if not rule.evidence:
        return ibis.literal("")
    pieces: list[ir.StringValue] = []
    for number, variable in enumerate(rule.evidence):
        pieces.append(ibis.literal(("; " if number else "") + f"{variable}="))
        pieces.append(_written(table, variable).fill_null("?"))
    return reduce(lambda left, right: left + right, pieces)


def by_rules(units: ir.Table, rulesets: Sequence[RuleSet]) -> ir.Table:
    """`units` with, per rule set, ``<name>__status``, ``<name>__rule`` and ``<name>__evidence`` (strings).

    Variables of a rule that the units do not carry count as missing.
    """
    absent = {v for r in rulesets for rule in r.rules for v in rule.evidence if v not in units.columns}
    units = units.mutate(**{v: ibis.null("string") for v in sorted(absent)})
    for ruleset in rulesets:
        name = column_name(ruleset.id)
        last = ruleset.rules[-1]
        cases = [(_rule_holds(units, rule), rule.id) for rule in ruleset.rules[:-1]]
        units = units.mutate(**{f"{name}__rule": ibis.cases(*cases, else_=last.id) if cases else ibis.literal(last.id)})
        decided = units[f"{name}__rule"]
        units = units.mutate(
            **{
                f"{name}__status": ibis.cases(*[(decided == r.id, r.outcome) for r in ruleset.rules]),
                f"{name}__evidence": ibis.cases(*[(decided == r.id, _evidence(units, r)) for r in ruleset.rules]),
            }
        )
    return units.drop(*sorted(absent)) if absent else units


def by_size(units: ir.Table, classes: SizeClasses) -> ir.Table:
    """`units` with ``size_class``: the source's own class where it gave one, else by jobs, else ``UNK``.

    Jobs are employees plus worker-members; one of them missing makes the sum missing, because a count of
    employees alone would put a worker cooperative in too small a class.
    """
    jobs = units.employees_headcount + units.worker_members_headcount
    by_jobs = ibis.cases(
        (jobs.isnull(), classes.unknown),
        *[(jobs >= bound, code) for code, bound in reversed(classes.bounds)],
        else_=classes.unknown,
    )
    given = units.size_class_given if "size_class_given" in units.columns else ibis.null("string")
    return units.mutate(size_class=ibis.coalesce(given, by_jobs))


def by_activity(units: ir.Table) -> ir.Table:
    """`units` with ``activity``: the ISIC division, else the section, else ``UNK``."""
    section = units.activity_section if "activity_section" in units.columns else ibis.null("string")
    return units.mutate(activity=ibis.coalesce(units.activity_division, section, ibis.literal("UNK")))


def by_life_status(units: ir.Table, rule: LifeStatusRule, reference: str) -> ir.Table:
    """`units` with ``life_status`` at the reference date (ISO ``YYYY-MM-DD``).

    Closed on or before it: CLOSED. Registered after it: NOT_REGISTERED. Otherwise ACTIVE where dated evidence of
    activity falls in the window of `rule.window_months` up to the date, DORMANT where dated evidence exists but
    only before the window, and REGISTERED where there is no evidence either way: registered is not active.
    """
    day = ibis.literal(reference).cast("date")
    opens = day - ibis.interval(months=rule.window_months)
    closed = (units.closed_on <= day).fill_null(False)
    later = (units.registered_on > day).fill_null(False)
    evidence = units.last_evidence_on
    return units.mutate(
        life_status=ibis.cases(
            (closed, CLOSED),
            (later, UNREGISTERED),
            (((evidence > opens) & (evidence <= day)).fill_null(False), ACTIVE),
            ((evidence <= opens).fill_null(False), DORMANT),
            else_=REGISTERED,
        )
    )
