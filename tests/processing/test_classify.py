"""Classification: the engine gives the answer, rule and evidence that plain Python gives."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory import catalogue
from sse_observatory.engine import connect
from sse_observatory.production import processing
from support.tables import stored

CATALOGUE = catalogue.load()
TESTS = st.sampled_from(["pass", "fail", "unknown", None])
FLAG = st.sampled_from([True, False, None])
SCHEMA = {
    "unit_id": "string",
    "legal_form": "string",
    "form_family": "string",
    "coop_form": "string",
    "in_coop_register": "boolean",
    "sse_flag": "boolean",
    "t1": "string",
    "t2": "string",
    "t3": "string",
    "t4": "string",
    "controlled_by_coop": "boolean",
    "member_interest": "string",
    "member_categories": "int64",
    "board_majority": "string",
    "board_veto": "string",
}
UNITS = st.fixed_dictionaries(
    {
        "legal_form": st.sampled_from(["5710", None]),
        "form_family": st.sampled_from(["COOP", "ASSOC", "MUTUAL", None]),
        "coop_form": st.sampled_from(["yes", "no", "unknown", None]),
        "in_coop_register": FLAG,
        "sse_flag": FLAG,
        "t1": TESTS,
        "t2": TESTS,
        "t3": TESTS,
        "t4": TESTS,
        "controlled_by_coop": FLAG,
        "member_interest": st.sampled_from(["WORKER", "PRODUCER", "USER", "MULTI", None]),
        "member_categories": st.sampled_from([1, 2, 3, None]),
        "board_majority": st.sampled_from(["WORKER", "USER", "NONE", None]),
        "board_veto": st.sampled_from(["NONE", "USER", None]),
    }
)


@pytest.fixture(scope="module")
def engine():
    with connect() as opened:
        yield opened


def units(engine, *rows):
    return stored(engine, "units", SCHEMA, [{"unit_id": f"u{i}"} | row for i, row in enumerate(rows)])


def decide(engine, ruleset, **values):
    table = processing.by_rules(units(engine, values), [ruleset])
    name = processing.column_name(ruleset.id)
    row = engine.arrow(table).to_pylist()[0]
    return row[f"{name}__status"], row[f"{name}__rule"], row[f"{name}__evidence"]


RULESETS = [*CATALOGUE.perimeters.values(), *CATALOGUE.part("types").values()]


@given(st.lists(UNITS, min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_the_engine_decides_every_unit_as_the_plain_reference_does(rows):
    with connect() as engine:
        table = processing.by_rules(units(engine, *rows), RULESETS)
        decided = {row["unit_id"]: row for row in engine.arrow(table).to_pylist()}
    for i, row in enumerate(rows):
        for ruleset in RULESETS:
            name = processing.column_name(ruleset.id)
            got = tuple(decided[f"u{i}"][f"{name}__{part}"] for part in ("status", "rule", "evidence"))
            assert got == ruleset.decide(row)


def test_a_company_with_the_flag_is_in_the_national_perimeter_and_undetermined_as_a_cooperative(engine):
    company = {"legal_form": "5710", "coop_form": "unknown", "sse_flag": True}

    assert decide(engine, CATALOGUE.perimeters["NATIONAL-LEGAL-FR"], **company)[0] == "in"
    assert decide(engine, CATALOGUE.perimeters["COOP-ICLS2018"], **company)[0] == "undetermined"


def test_a_cooperative_form_that_fails_a_test_is_out_and_says_which(engine):
    status, rule, evidence = decide(
        engine, CATALOGUE.perimeters["COOP-ICLS2018"], legal_form="C", coop_form="yes", t1="pass", t2="fail"
    )

    assert (status, rule, evidence) == ("out", "not-controlled-by-members", "t2=fail")


def test_legal_form_alone_is_presumption_and_not_proof(engine):
    assert decide(engine, CATALOGUE.perimeters["COOP-ICLS2018"], legal_form="C", coop_form="yes")[0] == "undetermined"


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({"member_categories": 2, "board_majority": "NONE", "board_veto": "NONE"}, "MULTI"),
        ({"member_categories": 2, "board_majority": "WORKER", "board_veto": "NONE"}, "WORKER"),
        (
            {"member_categories": 2, "board_majority": "NONE", "board_veto": "USER", "member_interest": "USER"},
            "CONSUMER",
        ),
        ({"member_interest": "PRODUCER"}, "PRODUCER"),
        ({}, "UNK"),
    ],
)
def test_the_type_follows_the_decision_order_and_never_defaults_to_consumer(engine, evidence, expected):
    assert decide(engine, CATALOGUE.part("types")["COOP-TYPE"], **evidence)[0] == expected


def life(engine, **dates):
    schema = {"unit_id": "string", "registered_on": "date", "closed_on": "date", "last_evidence_on": "date"}
    table = stored(engine, "life", schema, [{"unit_id": "u"} | dates])
    rule = CATALOGUE.part("parameters").life_status
    return engine.arrow(processing.by_life_status(table, rule, "2024-12-31"))["life_status"][0].as_py()


def test_without_evidence_a_unit_is_registered_and_not_active(engine):
    assert life(engine, registered_on=date(2001, 1, 1)) == "REGISTERED"


def test_evidence_within_the_window_makes_a_unit_active_and_older_evidence_dormant(engine):
    assert life(engine, last_evidence_on=date(2023, 1, 1)) == "ACTIVE"
    assert life(engine, last_evidence_on=date(2022, 12, 31)) == "DORMANT"
    assert life(engine, last_evidence_on=date(2025, 6, 1)) == "REGISTERED"


def test_a_unit_closed_by_the_reference_date_is_closed_and_one_registered_later_does_not_exist_yet(engine):
    assert life(engine, closed_on=date(2024, 12, 31), last_evidence_on=date(2024, 6, 1)) == "CLOSED"
    assert life(engine, registered_on=date(2025, 1, 1)) == "NOT_REGISTERED"


@pytest.mark.parametrize(
    ("employees", "workers", "expected"),
    [(0, 0, "S0"), (0, 9, "S1T9"), (10, 0, "S10T49"), (250, 0, "S250"), (None, 5, "UNK"), (5, None, "UNK")],
)
def test_the_size_class_counts_all_jobs_and_is_unknown_when_a_part_is(engine, employees, workers, expected):
    schema = {"employees_headcount": "int64", "worker_members_headcount": "int64"}
    row = {"employees_headcount": employees, "worker_members_headcount": workers}
    table = stored(engine, "sized", schema, [row])
    classes = CATALOGUE.part("parameters").size_classes

    assert engine.arrow(processing.by_size(table, classes))["size_class"][0].as_py() == expected
    assert classes.of(None if None in (employees, workers) else employees + workers) == expected
