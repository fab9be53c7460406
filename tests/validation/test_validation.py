"""Validation: rules as data, issues listed, values set aside as edits, and nothing else touched."""

import operator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory import catalogue
from sse_observatory.catalogue.validation import Validation, check_validation, load_validation
from sse_observatory.core import CatalogueError
from sse_observatory.engine import connect
from sse_observatory.production.processing import validate, variables_of
from support.tables import stored

PACKAGED = catalogue.load(catalogue.PACKAGED)
COUNTS = ("members_headcount", "members_women", "members_men", "employees_headcount", "worker_members_headcount")
SCHEMA = {"unit_id": "string", "coop_type": "string", "registered_on": "date", "closed_on": "date"} | dict.fromkeys(
    COUNTS, "int64"
)
RULE = """
version = "2.0"

[[rule]]
id = "one"
severity = "error"
left = "members_women"
comparison = "<="
right = "members_headcount"
blanks = ["members_women"]
reference = "Parts do not exceed their total"
label = { en = "One", fr = "Un", es = "Uno" }
"""


def write(folder: Path, text: str):
    (folder / "validation.toml").write_text(text, encoding="utf-8")
    return load_validation(folder, PACKAGED)


def validated(rows, rules=PACKAGED.validation):
    with connect() as engine:
        units = stored(engine, "units", SCHEMA, [{"unit_id": f"u{i}"} | row for i, row in enumerate(rows)])
        found = validate(units, rules)
        return tuple(engine.arrow(table).to_pylist() for table in (found.units, found.issues, found.edits))


def test_a_broken_rule_lists_the_unit_and_sets_the_value_aside():
    units, issues, edits = validated([{"members_headcount": 10, "members_women": 12, "members_men": 3}])

    assert (units[0]["members_headcount"], units[0]["members_women"], units[0]["members_men"]) == (10, None, None)
    assert sorted((i["unit_id"], i["rule"], i["severity"], i["value"], i["compared_with"]) for i in issues) == [
        ("u0", "women-and-men-within-members", "error", "15", "10"),
        ("u0", "women-within-members", "error", "12", "10"),
    ]
    assert {(e["variable"], e["before"], e["after"]) for e in edits} == {
        ("members_women", "12", None),
        ("members_men", "3", None),
    }


def test_a_missing_value_breaks_no_rule_and_a_warning_changes_nothing():
    units, issues, edits = validated([{"members_women": 5}, {"members_headcount": 0}])

    assert [u["members_headcount"] for u in units] == [None, 0]
    assert ([i["rule"] for i in issues], edits) == (["a-cooperative-has-members"], [])


def test_a_closure_before_the_registration_is_set_aside():
    units, _, edits = validated([{"registered_on": date(2001, 1, 1), "closed_on": date(2000, 1, 1)}])

    assert units[0]["closed_on"] is None
    assert [(e["variable"], e["before"]) for e in edits] == [("closed_on", "2000-01-01")]


def test_a_rule_for_one_type_of_cooperative_leaves_the_others_alone(tmp_path):
    rules = write(tmp_path, RULE.replace("reference =", 'cooperative_type = "WORKER"\nreference ='))
    row = {"members_headcount": 1, "members_women": 2}

    units, issues, _ = validated([row | {"coop_type": "WORKER"}, row | {"coop_type": "CONSUMER"}, row], rules)

    assert [u["members_women"] for u in units] == [None, 2, 2]
    assert [i["unit_id"] for i in issues] == ["u0"]


NUMBER = st.one_of(st.none(), st.integers(0, 30))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COUNTS, NUMBER)), min_size=1, max_size=12))
def test_values_that_leave_are_exactly_those_recorded_as_edits(rows):
    units, issues, edits = validated(rows)

    compare = {"<=": operator.le, ">=": operator.ge}
    expected = []
    for i, row in enumerate(rows):
        for rule in PACKAGED.validation.rules:
            parts = [row.get(variable) for variable in rule.addends]
            left, right = None if None in parts else sum(parts), row.get(rule.right, rule.right)
            known = left is not None and right is not None and not isinstance(right, str)
            if known and not compare[rule.comparison](left, right):
                expected.append((f"u{i}", rule.id))
    assert sorted((i["unit_id"], i["rule"]) for i in issues) == sorted(expected)
    assert len(units) == len(rows)
    edited = {(e["unit_id"], e["variable"]): e["before"] for e in edits}
    after = {u["unit_id"]: u for u in units}
    for i, row in enumerate(rows):
        for variable in COUNTS:
            was, now = row[variable], after[f"u{i}"][variable]
            assert (was != now) == ((f"u{i}", variable) in edited)
            if was != now:
                assert now is None and edited[(f"u{i}", variable)] == str(was)


def test_a_rule_has_its_own_version_or_that_of_the_file(tmp_path):
    own = RULE.replace('id = "one"', 'id = "two"\nversion = "2.1"').replace('version = "2.0"', "")
    rules = write(tmp_path, RULE + own)

    assert [(r.id, r.version) for r in rules.rules] == [("one", "2.0"), ("two", "2.1")]


def test_a_rule_bears_on_what_it_may_set_aside_only():
    def bearing(measure, *by):
        return {r.id for r in PACKAGED.validation.bearing_on(variables_of(measure, by))}

    dates = {"closed-after-registered"}
    sexes = {"women-within-members", "men-within-members", "women-and-men-within-members"}
    workers = {"worker-members-are-members"}
    assert bearing("UNITS_REGISTERED") == bearing("TURNOVER") == bearing("MEMBERSHIPS") == dates
    assert bearing("MEMBERSHIPS", "SEX") == bearing("MEMBERSHIPS", "SEX", "COOP_TYPE") == dates | sexes
    assert bearing("JOBS_IN") == bearing("UNITS_ACTIVE", "SIZE") == dates | workers


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('comparison = "<="', 'comparison = "<>"', "comparison"),
        ('left = "members_women"', 'left = "members_womn"', "members_womn"),
        ('right = "members_headcount"', 'right = "registered_on"', "compares a date with a number"),
        ('blanks = ["members_women"]', 'blanks = ["name"]', "name"),
        ('severity = "error"', 'severity = "fatal"', "severity"),
        ("reference =", 'cooperative_type = "WORKERS"\nreference =', "not a code of CL_COOP_TYPE"),
        ('version = "2.0"', "", "version"),
        ("[[rule]]", "[[rule]", "TOML"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_with_file_and_what_to_do(tmp_path, old, new, says):
    assert old in RULE
    with pytest.raises(CatalogueError, match=says) as refused:
        write(tmp_path, RULE.replace(old, new, 1))

    assert str(refused.value.file).endswith("validation.toml") and refused.value.todo
    assert [p.severity for p in check_validation(tmp_path, PACKAGED)] == ["error"]


def test_two_rules_of_one_id_are_refused(tmp_path):
    with pytest.raises(CatalogueError, match="two rules have one id"):
        write(tmp_path, RULE + RULE.replace('version = "2.0"', ""))


def test_a_rule_says_what_it_compares():
    says = {rule.id: rule.says for rule in PACKAGED.validation.rules}

    assert says["women-within-members"] == "members_women <= members_headcount"
    assert says["members-in-plausible-range"] == "members_headcount <= 20000000"


def test_a_rule_may_compare_a_sum_with_its_total():
    rules = {rule.id: rule for rule in catalogue.load().validation.rules}
    rule = rules["women-and-men-within-members"]
    schema = {"unit_id": "string", "members_headcount": "int64", "members_women": "int64", "members_men": "int64"}
    rows = [
        {"unit_id": "too many", "members_headcount": 10, "members_women": 7, "members_men": 6},
        {"unit_id": "fits", "members_headcount": 10, "members_women": 4, "members_men": 6},
        {"unit_id": "one missing", "members_headcount": 10, "members_women": 9},
    ]
    with connect() as engine:
        found = validate(stored(engine, "units", schema, rows), Validation("1", (rule,)))

        assert rule.addends == ("members_women", "members_men")
        assert engine.arrow(found.issues).to_pylist() == [
            {"unit_id": "too many", "rule": rule.id, "severity": "error", "variable": rule.left, "value": "13",
             "compared_with": "10"}
        ]
        edited = sorted(row["variable"] for row in engine.arrow(found.edits).to_pylist())
        assert edited == ["members_men", "members_women"]
