"""The audit as a clearance, and the rules as data."""

import dataclasses
import random
from fractions import Fraction

import pyarrow as pa
import pytest

from confidentiality.oracle import random_case
from sse_observatory.catalogue.disclosure import FILE, check_disclosure, load_disclosure
from sse_observatory.core import CatalogueError
from sse_observatory.production.confidentiality import Facts, Rules, audit, protect
from support.releases import UNITS, draft_of, observation

RULES = Rules()
TYPES = {"PRODUCER": 40, "WORKER": 2, "CONSUMER": 30}


def facts() -> Facts:
    columns = {"CONTRIBUTOR": [], "VALUE": [], "COOP_TYPE": [], "PERIMETER": [], "MEASURE": []}
    for kind, n in TYPES.items():
        for i in range(n):
            for name, value in zip(columns, (f"{kind}{i}", 1, kind, "COOP-ICLS2018", "UNITS_REGISTERED"), strict=True):
                columns[name].append(value)
    sets = frozenset({"PERIMETER", "MEASURE"})
    measures = frozenset({"UNITS_REGISTERED", "UNITS_ACTIVE"})
    return Facts("DF_COOP_UNITS", measures, "count", True, pa.table(columns), sets)


def draft():
    rows = [observation(UNITS, sum(TYPES.values()))]
    rows += [observation(UNITS, n, COOP_TYPE=kind) for kind, n in TYPES.items()]
    return draft_of([(UNITS, rows)])


def test_an_unprotected_draft_is_not_cleared_and_the_audit_names_no_cell():
    verdict = audit(draft(), [facts()], {}, RULES)
    assert not verdict.safe
    assert verdict.findings == ("DF_COOP_UNITS: cells shown that the primary rules hide (1)",)
    assert "WORKER" not in " ".join(verdict.findings)
    assert "unconfirmed" in verdict.rules


def test_a_protected_draft_is_cleared_for_exactly_its_hash():
    before = draft()
    tables, report = protect(before.tables, [facts()], {}, RULES)
    after = dataclasses.replace(before, tables=tables)
    verdict = audit(after, [facts()], {}, RULES)
    assert (verdict.safe, verdict.draft_hash) == (True, after.hash)
    assert after.hash != before.hash
    assert tables["DF_COOP_UNITS"].schema == before.tables["DF_COOP_UNITS"].schema
    assert (len(report.primary), len(report.secondary)) == (1, 1)


def test_a_source_with_public_microdata_is_cleared_and_the_audit_says_why():
    verdict = audit(draft(), [facts()], {}, dataclasses.replace(RULES, microdata_public=True))
    assert verdict.safe
    assert "skipped" in verdict.skipped


def test_a_second_edition_of_the_same_tables_is_told_apart_by_its_period():
    rows = [observation(UNITS, n, COOP_TYPE=kind, TIME_PERIOD=year)
            for year in ("2022", "2023") for kind, n in {"_T": sum(TYPES.values()), **TYPES}.items()]  # fmt: skip
    made = draft_of([(UNITS, rows)])
    years = [dataclasses.replace(facts(), where={"TIME_PERIOD": year}) for year in ("2022", "2023")]
    tables, report = protect(made.tables, years, {}, RULES)
    assert len(report.primary) == 2
    assert audit(dataclasses.replace(made, tables=tables), years, {}, RULES).safe


def test_the_packaged_rules_are_the_defaults_and_unconfirmed():
    rules = load_disclosure()["default"]
    assert (rules.min_contributors, rules.p_percent, rules.safety_range_percent) == (3, 10, 30)
    assert rules.status == "unconfirmed"
    assert rules.source
    assert not rules.microdata_public


GOOD = """[default]
version = "2"
status = "confirmed"
source = "here"
min_contributors = 4
p_percent = "12.5"
safety_range_percent = "20"
differences = false
seconds_per_problem = 5
"""


def test_rules_are_read_exactly(tmp_path):
    (tmp_path / FILE).write_text(GOOD)
    rules = load_disclosure(tmp_path)["default"]
    assert rules.p_percent == Fraction(25, 2)
    assert "p = 12.5 %" in rules.label


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("min_contributors = 4", "min_contributors = 1", 5),
        ('"12.5"', "12.5", 6),
        ('"12.5"', '"100"', 6),
        ("differences = false", 'differences = "no"', 8),
        ('"confirmed"', '"agreed"', 3),
        ("seconds_per_problem = 5", "seconds_per_problem = 0", 9),
        ("seconds_per_problem = 5", "seconds = 5", None),
        ("[default]", "[other]", None),
    ],
)
def test_a_wrong_rule_is_named_with_its_line(tmp_path, old, new, line):
    (tmp_path / FILE).write_text(GOOD.replace(old, new))
    problems = list(check_disclosure(tmp_path))
    assert problems
    assert line is None or problems[0].line == line
    with pytest.raises(CatalogueError):
        load_disclosure(tmp_path)


def test_a_missing_file_of_rules_is_an_error(tmp_path):
    with pytest.raises(CatalogueError):
        load_disclosure(tmp_path)


def test_the_order_of_the_records_and_the_names_of_contributors_decide_nothing():
    for seed in (3, 11, 17, 23, 42, 51):
        case = random_case(seed)
        first = protect(case.tables(set()), [case.facts], case.codelists, RULES)
        draw = random.Random(seed)
        names = sorted({r[0] for r in case.records})
        draw.shuffle(names)
        other = dict(zip(sorted({r[0] for r in case.records}), names, strict=True))
        mixed = draw.sample(case.records, len(case.records))
        case.records = [(other[who], value, codes) for who, value, codes in mixed]
        second = protect(case.tables(set()), [case.facts], case.codelists, RULES)
        assert first[0]["DF"].equals(second[0]["DF"])
        assert first[1] == second[1]
