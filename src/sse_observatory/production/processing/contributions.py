"""What each unit contributes to each measure: the derived variables behind the published tables (GSBPM 5.5).

One row per unit and finest cell. A unit stands in several perimeters at once, and a registered unit may
also be active: such dimensions hold a *set* of codes, joined by ``;``, so that nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Literal

import ibis
import ibis.expr.types as ir

from sse_observatory.core import ObservatoryError
from sse_observatory.engine.functions import digest
from sse_observatory.production.processing.classify import ACTIVE, NOT_REGISTERED, column_name

UNDETERMINED = "-UND"
Kind = Literal["count", "magnitude"]


@dataclass(frozen=True, slots=True)
class Contributions:
    """The contributions behind one family of measures, which several dataflows may show.

    `rows`: CONTRIBUTOR (the holding group, or the unit itself), unit_id, VALUE (integer or decimal), DIGEST (int64),
    one column per dimension in `dimensions` with the finest code, and PERIMETER and MEASURE as sets (``;``-joined).
    """

    measures: tuple[str, ...]
    kind: Kind
    integer: bool
    dimensions: tuple[str, ...]
    rows: ir.Table


_VARIABLES = {
    "COOP_TYPE": "coop_type",
    "TIER": "tier_code",
    "ACTIVITY": "activity",
    "SIZE": "size_class",
    "REGION": "region_code",
    "UNIT_FAMILY": "family",
}


_MADE_OF = {
    "MEMBERSHIPS": ("members_headcount",),
    "JOBS_IN": ("employees_headcount", "worker_members_headcount"),
    "JOBS_WITHIN_SCOPE": ("scope_jobs_headcount",),
    "TURNOVER": ("turnover_lcu",),
    "ASSETS": ("assets_lcu",),
    "UNITS_ACTIVE": ("last_evidence_on",),
}
_BROKEN_DOWN_BY = {
    "SEX": {"MEMBERSHIPS": ("members_women", "members_men")},
    "SIZE": dict.fromkeys(("UNITS_REGISTERED", "UNITS_ACTIVE"), ("employees_headcount", "worker_members_headcount")),
}


def variables_of(measure: str, broken_down: Sequence[str] = ()) -> tuple[str, ...]:
    """The variables of a unit that an observation of `measure`, broken down so, is made of.

    Dates of registration and closure stand behind every measure, because only units registered at the reference date
    contribute. What places a unit in a breakdown by activity, region or tier cannot be set aside by validation.
    """
    parts = [_BROKEN_DOWN_BY.get(dimension, {}).get(measure, ()) for dimension in broken_down]
    return ("registered_on", "closed_on", *_MADE_OF.get(measure, ()), *(v for part in parts for v in part))


def derive(units: ir.Table) -> ir.Table:
    """`units` with the codes the tables need: ``tier_code``, ``region_code``, ``family`` and ``contributor``.

    The contributor is the enterprise group where the unit belongs to one, because disclosure rules hold for groups.
    """
    family = ibis.coalesce(
        (units.coop_icls2018__status == "in").ifelse("COOP", ibis.null("string"))
        if "coop_icls2018__status" in units.columns
        else ibis.null("string"),
        units.form_family,
        units.sse_flag.ifelse("SOCENT", ibis.null("string")),
        ibis.literal("UNK"),
    )
    return units.mutate(
        tier_code=units.tier.fill_null("UNK"),
        region_code=units.region.fill_null("UNK"),
        family=family,
        contributor=ibis.coalesce(units.group_id, units.unit_id),
    )


def _set(parts: Sequence[tuple[ir.BooleanValue, str]]) -> ir.StringValue:
    """The codes whose condition holds, sorted and joined by ``;``; empty where none does."""
    text: ir.StringValue = ibis.literal("")
    for holds, code in sorted(parts, key=lambda p: p[1]):
        text = text + holds.fill_null(False).ifelse(code + ";", "")
    return text.re_replace(";$", "")


def stands_in(units: ir.Table, code: str) -> ir.BooleanValue:
    """Whether a unit is counted under a code of CL_PERIMETER: in the perimeter, or undetermined for ``…-UND``."""
    undetermined = code.endswith(UNDETERMINED)
    status = units[f"{column_name(code.removesuffix(UNDETERMINED))}__status"]
    return status == ("undetermined" if undetermined else "in")


def _perimeters(units: ir.Table, codes: Sequence[str]) -> ir.StringValue:
    return _set([(stands_in(units, code), code) for code in codes])


def _rows(
    units: ir.Table,
    value: ir.Value,
    dimensions: Sequence[str],
    perimeters: Sequence[str],
    measures: ir.StringValue,
    constants: Mapping[str, str],
) -> ir.Table:
    breakdown = {d: ibis.literal(constants[d]) if d in constants else units[_VARIABLES[d]] for d in dimensions}
    rows = units.select(
        CONTRIBUTOR=units.contributor,
        unit_id=units.unit_id,
        VALUE=value,
        PERIMETER=_perimeters(units, perimeters),
        MEASURE=measures,
        DIGEST=digest(units.unit_id, value),
        **breakdown,
    )
    return rows.filter(rows.VALUE.notnull(), rows.PERIMETER != "", rows.MEASURE != "")


def contributions(units: ir.Table, measure: str, dimensions: Sequence[str], perimeters: Sequence[str]) -> Contributions:
    """The contributions of `units` (classified and derived) to one family of measures.

    `measure` is UNITS (registered and active at once), MEMBERSHIPS, JOBS_IN, JOBS_WITHIN_SCOPE, TURNOVER or ASSETS;
    `dimensions` are the breakdown dimensions of the dataflows that show it, `perimeters` codes of CL_PERIMETER. Only
    units registered at the reference date contribute; memberships come from primary units only, because members of
    higher tiers are organizations and would be added twice. Raises ObservatoryError for a measure nothing is known of.
    """
    registered = units.filter(~units.life_status.isin(NOT_REGISTERED))
    if measure == "UNITS":
        active = (registered.life_status == ACTIVE).ifelse("UNITS_ACTIVE;", "")
        sets = active + "UNITS_REGISTERED"
        rows = _rows(registered, ibis.literal(1).cast("int64"), dimensions, perimeters, sets, {})
        return Contributions(("UNITS_REGISTERED", "UNITS_ACTIVE"), "count", True, tuple(dimensions), rows)
    if measure == "MEMBERSHIPS":
        primary = registered.filter(registered.tier_code.isin(["T1", "UNK"]))
        rows = _by_part(
            primary,
            dimensions,
            perimeters,
            measure,
            "SEX",
            {"F": primary.members_women, "M": primary.members_men},
            primary.members_headcount,
            "_U",
        )
        return Contributions((measure,), "magnitude", True, tuple(dimensions), rows)
    if measure == "JOBS_IN":
        parts = {"EMP": registered.employees_headcount, "WMEM": registered.worker_members_headcount}
        pieces = [
            _rows(
                registered, value, dimensions, perimeters, ibis.literal(measure), {"WORK_STATUS": status, "SEX": "_U"}
            )
            for status, value in parts.items()
        ]
        return Contributions((measure,), "magnitude", True, tuple(dimensions), ibis.union(*pieces))
    plain = {
        "JOBS_WITHIN_SCOPE": ("scope_jobs_headcount", {"WORK_STATUS": "_T", "SEX": "_U"}, True),
        "TURNOVER": ("turnover_lcu", {}, False),
        "ASSETS": ("assets_lcu", {}, False),
    }
    if measure not in plain:
        raise ObservatoryError(
            f"No variable of a unit yields the measure {measure}.",
            "Use UNITS, MEMBERSHIPS, JOBS_IN, JOBS_WITHIN_SCOPE, TURNOVER or ASSETS.",
        )
    variable, constants, integer = plain[measure]
    rows = _rows(registered, registered[variable], dimensions, perimeters, ibis.literal(measure), constants)
    return Contributions((measure,), "magnitude", integer, tuple(dimensions), rows)


def _by_part(
    units: ir.Table,
    dimensions: Sequence[str],
    perimeters: Sequence[str],
    measure: str,
    dimension: str,
    parts: Mapping[str, ir.Value],
    total: ir.Value,
    rest: str,
) -> ir.Table:
    """Rows for each part of a total and for what no part explains; without parts, all of it is the rest.

    Parts count only within a total that is known and that they do not exceed: otherwise they would add up to another
    one. Validation sets such parts aside and lists them; this holds where a national set of rules does not.
    """
    if dimension not in dimensions:
        return _rows(units, total, dimensions, perimeters, ibis.literal(measure), {})
    known = reduce(add, [value.fill_null(0) for value in parts.values()])
    fits = (known <= total).fill_null(False)
    pieces = [
        _rows(units, fits.ifelse(value, None), dimensions, perimeters, ibis.literal(measure), {dimension: code})
        for code, value in parts.items()
    ]
    remainder = fits.ifelse(total - known, total)
    pieces.append(_rows(units, remainder, dimensions, perimeters, ibis.literal(measure), {dimension: rest}))
    rows = ibis.union(*pieces)
    return rows.filter((rows.VALUE != 0) | (rows[dimension] == rest))
