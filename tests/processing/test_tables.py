"""Contributions and cells: a pencil-size register, added up by hand."""

from decimal import Decimal

import pytest

from sse_observatory import catalogue
from sse_observatory.core import ObservatoryError
from sse_observatory.engine import connect
from sse_observatory.production import processing
from sse_observatory.production.processing import Level
from support.tables import stored

CATALOGUE = catalogue.load()
SCHEMA = {
    "unit_id": "string",
    "group_id": "string",
    "coop_icls2018__status": "string",
    "form_family": "string",
    "sse_flag": "boolean",
    "tier": "string",
    "region": "string",
    "life_status": "string",
    "coop_type": "string",
    "activity": "string",
    "size_class": "string",
    "members_headcount": "int64",
    "members_women": "int64",
    "members_men": "int64",
    "employees_headcount": "int64",
    "worker_members_headcount": "int64",
    "scope_jobs_headcount": "int64",
    "turnover_lcu": "decimal(38, 2)",
    "assets_lcu": "decimal(38, 2)",
}
BLANK = dict.fromkeys(SCHEMA) | {
    "coop_icls2018__status": "in",
    "tier": "T1",
    "life_status": "REGISTERED",
    "coop_type": "UNK",
    "activity": "UNK",
    "size_class": "UNK",
}


@pytest.fixture
def engine():
    with connect() as opened:
        yield opened


def derived(engine, *rows):
    return processing.derive(
        stored(engine, "units", SCHEMA, [BLANK | {"unit_id": f"u{i}"} | r for i, r in enumerate(rows)])
    )


def table(engine, units, dataflow, measure, by, perimeters=("COOP-ICLS2018",), measures=None):
    flow = CATALOGUE.dataflows[dataflow]
    fixed = {"REF_AREA", "FREQ", "COVERAGE", "PERIMETER", "MEASURE"}
    dimensions = [d for d in flow.structure.key if d not in fixed]
    family = processing.contributions(units, measure, dimensions, perimeters)
    summed = engine.arrow(processing.atoms(family.rows, family.dimensions))
    codelists = {d: flow.structure.dimension(d).codelist for d in dimensions}
    levels = [[Level.parse(name) for name in b] for b in by]
    found = processing.cells(summed, dimensions, measures or family.measures, perimeters, levels, codelists)
    return {
        tuple(
            c.codes[d] for d in (*([] if len(perimeters) == 1 else ["PERIMETER"]), "MEASURE", *c.broken_down)
        ): c.value
        for c in found
    }


def test_registered_and_active_are_two_measures_over_the_same_units(engine):
    units = derived(engine, {"life_status": "ACTIVE"}, {"life_status": "DORMANT"}, {}, {"life_status": "CLOSED"})

    assert table(engine, units, "DF_COOP_UNITS", "UNITS", [[]]) == {
        ("UNITS_REGISTERED",): Decimal(3),
        ("UNITS_ACTIVE",): Decimal(1),
    }


def test_undetermined_units_have_a_code_of_their_own_and_units_that_are_out_have_none(engine):
    units = derived(
        engine,
        {},
        {"coop_icls2018__status": "undetermined"},
        {"coop_icls2018__status": "undetermined"},
        {"coop_icls2018__status": "out"},
    )

    counted = table(
        engine, units, "DF_COOP_UNITS", "UNITS", [[]], ("COOP-ICLS2018", "COOP-ICLS2018-UND"), ["UNITS_REGISTERED"]
    )

    assert counted == {
        ("COOP-ICLS2018", "UNITS_REGISTERED"): Decimal(1),
        ("COOP-ICLS2018-UND", "UNITS_REGISTERED"): Decimal(2),
    }


def test_members_of_higher_tiers_are_never_added_to_those_of_primary_cooperatives(engine):
    units = derived(engine, {"members_headcount": 10}, {"members_headcount": 4, "tier": "T2"})

    assert table(engine, units, "DF_COOP_MEMBERS", "MEMBERSHIPS", [[]]) == {("MEMBERSHIPS",): Decimal(10)}


def test_members_whose_sex_is_not_known_stay_in_the_total(engine):
    units = derived(
        engine,
        {"members_headcount": 10, "members_women": 6, "members_men": 3},
        {"members_headcount": 5},
    )

    assert table(engine, units, "DF_COOP_MEMBERS", "MEMBERSHIPS", [[], ["SEX"]]) == {
        ("MEMBERSHIPS",): Decimal(15),
        ("MEMBERSHIPS", "F"): Decimal(6),
        ("MEMBERSHIPS", "M"): Decimal(3),
        ("MEMBERSHIPS", "_U"): Decimal(6),
    }


def test_parts_that_exceed_their_total_or_lack_it_are_not_counted(engine):
    units = derived(
        engine,
        {"members_headcount": 10, "members_women": 7, "members_men": 6},
        {"members_women": 4, "members_men": 4},
        {"members_headcount": 3, "members_women": 3},
    )

    assert table(engine, units, "DF_COOP_MEMBERS", "MEMBERSHIPS", [[], ["SEX"]]) == {
        ("MEMBERSHIPS",): Decimal(13),
        ("MEMBERSHIPS", "F"): Decimal(3),
        ("MEMBERSHIPS", "_U"): Decimal(10),
    }


def test_worker_members_and_employees_add_up_to_the_jobs_in_cooperatives(engine):
    units = derived(engine, {"employees_headcount": 4, "worker_members_headcount": 7}, {"employees_headcount": 1})

    assert table(engine, units, "DF_COOP_WORK", "JOBS_IN", [[], ["WORK_STATUS"]]) == {
        ("JOBS_IN",): Decimal(12),
        ("JOBS_IN", "EMP"): Decimal(5),
        ("JOBS_IN", "WMEM"): Decimal(7),
    }


def test_work_in_cooperatives_and_work_within_their_scope_never_share_a_cell(engine):
    units = derived(engine, {"employees_headcount": 4, "worker_members_headcount": 0, "scope_jobs_headcount": 90})
    inside = table(engine, units, "DF_COOP_WORK", "JOBS_IN", [[]])
    scope = table(engine, units, "DF_COOP_WORK", "JOBS_WITHIN_SCOPE", [[]])

    assert (inside, scope) == ({("JOBS_IN",): Decimal(4)}, {("JOBS_WITHIN_SCOPE",): Decimal(90)})


def test_a_breakdown_is_published_as_a_full_grid_with_its_zeros(engine):
    units = derived(engine, {"coop_type": "WORKER", "activity": "A01"}, {"coop_type": "PRODUCER", "activity": "C10"})

    grid = table(engine, units, "DF_COOP_UNITS", "UNITS", [["COOP_TYPE", "ACTIVITY"]], measures=["UNITS_REGISTERED"])

    assert grid == {
        ("UNITS_REGISTERED", "PRODUCER", "A"): Decimal(0),
        ("UNITS_REGISTERED", "PRODUCER", "C"): Decimal(1),
        ("UNITS_REGISTERED", "WORKER", "A"): Decimal(1),
        ("UNITS_REGISTERED", "WORKER", "C"): Decimal(0),
    }


def test_a_unit_known_only_by_section_is_in_no_division(engine):
    units = derived(engine, {"activity": "A01"}, {"activity": "A"})

    by = [["ACTIVITY"], ["ACTIVITY:2"]]
    assert table(engine, units, "DF_COOP_UNITS", "UNITS", by, measures=["UNITS_REGISTERED"]) == {
        ("UNITS_REGISTERED", "A"): Decimal(2),
        ("UNITS_REGISTERED", "A01"): Decimal(1),
    }


def test_amounts_are_added_to_the_cent(engine):
    units = derived(engine, *({"turnover_lcu": Decimal("0.10")} for _ in range(3)))

    assert table(engine, units, "DF_COOP_ECONOMY", "TURNOVER", [[]]) == {("TURNOVER",): Decimal("0.30")}


def test_a_measure_no_register_knows_is_refused(engine):
    with pytest.raises(ObservatoryError, match="No variable of a unit yields the measure GVA"):
        processing.contributions(derived(engine, {}), "GVA", ["COOP_TYPE"], ["COOP-ICLS2018"])


def test_a_breakdown_by_a_dimension_the_table_lacks_is_refused(engine):
    with pytest.raises(ObservatoryError, match="has no dimension SEX"):
        table(engine, derived(engine, {}), "DF_COOP_UNITS", "UNITS", [["SEX"]])
