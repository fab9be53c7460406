"""The statistical process written a second time: slow, obvious, plain Python, one unit after the other.

It shares no computation with the pipeline. Rule sets are decided by `RuleSet.decide`, which is itself a plain loop.
"""

from __future__ import annotations

import operator
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sse_observatory.catalogue.load import Catalogue

COMPARE = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt, "==": operator.eq}
Unit = dict
Share = tuple[frozenset, dict, Decimal]
"""What a unit adds to: the measures, the finest codes, the value."""


@dataclass(frozen=True)
class Law:
    """Everything that is agreed and not data: definitions, rules, thresholds, and the day that is described."""

    catalogue: Catalogue
    perimeters: tuple[str, ...]
    day: date
    types: str = "COOP-TYPE"


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def life_status(unit: Unit, law: Law) -> str:
    opens = months_before(law.day, law.catalogue.parameters.life_status.window_months)
    seen = unit["last_evidence_on"]
    if unit["closed_on"] is not None and unit["closed_on"] <= law.day:
        return "CLOSED"
    if unit["registered_on"] is not None and unit["registered_on"] > law.day:
        return "NOT_REGISTERED"
    if seen is not None and opens < seen <= law.day:
        return "ACTIVE"
    return "DORMANT" if seen is not None and seen <= opens else "REGISTERED"


def broken_rules(unit: Unit, law: Law) -> list:
    broken = []
    for rule in law.catalogue.validation.rules:
        left = unit.get(rule.left)
        right = unit.get(rule.right) if isinstance(rule.right, str) else rule.right
        if rule.cooperative_type not in (None, unit["coop_type"]) or left is None or right is None:
            continue
        if not COMPARE[rule.comparison](left, right):
            broken.append(rule)
    return broken


def size_class(unit: Unit, law: Law) -> str:
    if unit.get("size_class_given"):
        return unit["size_class_given"]
    parts = unit["employees_headcount"], unit["worker_members_headcount"]
    if None in parts:
        return "UNK"
    found = "UNK"
    for code, bound in law.catalogue.parameters.size_classes.bounds:
        if sum(parts) >= bound:
            found = code
    return found


def finished(unit: Unit, law: Law) -> Unit:
    """A unit as linked, with everything the process decides about it."""
    unit = dict(unit)
    unit["coop_type"] = law.catalogue.types[law.types].decide(unit)[0]
    broken = broken_rules(unit, law)
    unit["issues"] = [rule.id for rule in broken]
    unit["edits"] = [(v, unit[v]) for rule in broken for v in rule.blanks if unit.get(v) is not None]
    for rule in broken:
        for variable in rule.blanks:
            unit[variable] = None
    unit["life_status"] = life_status(unit, law)
    unit["status"] = {p: law.catalogue.perimeters[p].decide(unit)[0] for p in law.perimeters}
    unit["size"] = size_class(unit, law)
    unit["activity"] = unit.get("activity_division") or "UNK"
    family = unit.get("form_family") or ("SOCENT" if unit.get("sse_flag") else "UNK")
    unit["family"] = "COOP" if unit["status"].get("COOP-ICLS2018") == "in" else family
    return unit


def shares(unit: Unit) -> Iterable[Share]:
    """All that one finished unit adds to any table."""
    if unit["life_status"] in ("CLOSED", "NOT_REGISTERED"):
        return
    codes = {
        "COOP_TYPE": unit["coop_type"],
        "TIER": unit.get("tier") or "UNK",
        "ACTIVITY": unit["activity"],
        "SIZE": unit["size"],
        "REGION": unit.get("region") or "UNK",
        "UNIT_FAMILY": unit["family"],
    }
    counted = {"UNITS_REGISTERED"} | ({"UNITS_ACTIVE"} if unit["life_status"] == "ACTIVE" else set())
    yield frozenset(counted), codes, Decimal(1)
    members, women, men = unit["members_headcount"], unit["members_women"], unit["members_men"]
    if members is not None and codes["TIER"] in ("T1", "UNK"):
        for sex, part in (("F", women), ("M", men), ("_U", members - (women or 0) - (men or 0))):
            if part or sex == "_U":
                yield frozenset({"MEMBERSHIPS"}), codes | {"SEX": sex}, Decimal(part)
    for status, variable in (("EMP", "employees_headcount"), ("WMEM", "worker_members_headcount")):
        if unit[variable] is not None:
            yield frozenset({"JOBS_IN"}), codes | {"WORK_STATUS": status, "SEX": "_U"}, Decimal(unit[variable])
    for measure, variable, further in (
        ("JOBS_WITHIN_SCOPE", "scope_jobs_headcount", {"WORK_STATUS": "_T", "SEX": "_U"}),
        ("TURNOVER", "turnover_lcu", {}),
        ("ASSETS", "assets_lcu", {}),
    ):
        if unit.get(variable) is not None:
            yield frozenset({measure}), codes | further, Decimal(unit[variable])


def stands_in(unit: Unit, perimeter: str) -> bool:
    if perimeter.endswith("-UND"):
        return unit["status"][perimeter.removesuffix("-UND")] == "undetermined"
    return unit["status"][perimeter] == "in"


@dataclass(frozen=True)
class Cell:
    """A cell as it should be: its value, and each unit that adds to it with what it adds."""

    value: Decimal
    made_of: tuple[tuple[str, Decimal], ...]


def cell(units: Iterable[Unit], codes: Mapping[str, str], law: Law, dataflow: str) -> Cell:
    """The cell with these codes, from finished units (each with its `shares` under ``shares``)."""
    structure = law.catalogue.dataflows[dataflow].structure
    dims = {d.id: d.codelist for d in structure.dimensions if d.id not in FIXED and codes[d.id] != "_T"}
    found = []
    for unit in units:
        if not stands_in(unit, codes["PERIMETER"]):
            continue
        for measures, finest, value in unit["shares"]:
            if codes["MEASURE"] in measures and all(
                finest[d] == codes[d] or codes[d] in tuple(codelist.ancestors(finest[d]))
                for d, codelist in dims.items()
            ):
                found.append((unit["unit_id"], value))
    return Cell(sum((v for _, v in found), Decimal(0)), tuple(sorted(found)))


FIXED = frozenset({"REF_AREA", "FREQ", "COVERAGE", "PERIMETER", "MEASURE", "TIME_PERIOD"})


def complete(units: Iterable[Unit], law: Law) -> list[Unit]:
    """All units finished, with their shares."""
    done = [finished(unit, law) for unit in units]
    return [unit | {"shares": list(shares(unit))} for unit in done]
