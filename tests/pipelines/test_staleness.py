"""Change one row, one threshold or one rule: exactly the affected observations' traces change.

*Affected* is decided here in plain Python, from the definition of each cell. An observation is affected when the units
that add to it, or what they add, change; or when a rule that bears on it gets another version or another content, even
if no value moves. A rule bears on an observation when it can change which units add to it, or what they add.
"""

import re
import shutil

import pytest

from pipelines import village
from pipelines.office import Office, published
from sse_observatory.releases import Releases

TRACE = ("OBS_VALUE", "RECIPE", "FINGERPRINT")


class Before:
    """The office's first release, and the cells behind it."""

    def __init__(self, office: Office) -> None:
        self.observations = published(office)
        self.cells = village.cells(office, self.observations)


@pytest.fixture(scope="module")
def before(first_release) -> Before:
    return Before(first_release)


@pytest.fixture
def office(first_release, tmp_path) -> Office:
    made = Office(tmp_path / "office")
    shutil.copytree(first_release.releases, made.releases)
    return made


def changed(before: Before, office: Office) -> tuple[set, set, set]:
    """After another run: the keys whose traces changed, those whose cells changed, and those hidden before or now."""
    office.run()
    after = published(office)
    keys = before.observations.keys() | after.keys()
    hidden = {k for k in keys for rows in (before.observations, after) if k in rows and rows[k]["CONF_STATUS"] == "C"}
    for key in hidden & after.keys():
        if after[key]["CONF_STATUS"] == "C":
            assert {name: after[key][name] for name in (*TRACE, "COMMENT", "CV")} == {
                "OBS_VALUE": None, "RECIPE": "", "FINGERPRINT": "", "COMMENT": None, "CV": None,
            }  # fmt: skip
    trace_of = [
        {k: tuple(row[name] for name in TRACE) if row else None for k in keys for row in [rows.get(k)]}
        for rows in (before.observations, after)
    ]
    traces = {k for k in keys if trace_of[0][k] != trace_of[1][k]}
    now = village.cells(office, keys)
    return traces - hidden, {k for k in keys if before.cells.get(k) != now[k]} - hidden, hidden


def shown(before: Before, hidden: set, *, dataflow="", measure="", broken_down=None, perimeter="") -> set:
    """The keys, shown before and now, of one dataflow, measure, perimeter or breakdown."""
    found = set()
    for key, row in before.observations.items():
        by = broken_down is None or row.get(broken_down, "_T") != "_T"
        of = measure in ("", row["MEASURE"]) and perimeter in ("", row["PERIMETER"])
        if key not in hidden and by and of and dataflow in ("", key[0]):
            found.add(key)
    return found


def test_nothing_changes_where_nothing_changed(before, office):
    assert changed(before, office)[:2] == (set(), set())


def test_one_changed_row_changes_the_traces_of_the_cells_it_adds_to_and_of_no_other(before, office):
    office.row("V16", members="100", women="40", men="60")

    traces, affected, hidden = changed(before, office)

    assert traces == affected
    assert {key[0] for key in traces} == {"DF_COOP_MEMBERS"}
    assert len(traces) < len(shown(before, hidden, dataflow="DF_COOP_MEMBERS"))


def test_a_unit_that_moves_changes_the_cells_it_leaves_and_enters_and_no_total(before, office):
    office.row("V16", activity="4711")  # from A to G

    traces, affected, hidden = changed(before, office)

    assert traces == affected
    assert {before.observations[k]["ACTIVITY"] for k in traces} <= {"A", "G"}
    assert {before.observations[k]["ACTIVITY"] for k in traces | hidden} >= {"A", "G"}


def test_two_units_that_exchange_their_values_change_the_trace_though_no_value_moves(before, office):
    rows = {row["id"]: dict(row) for row in village.rows_of(office)}
    rows["V16"]["turnover"], rows["V31"]["turnover"] = rows["V31"]["turnover"], rows["V16"]["turnover"]
    office.arrives(list(rows.values()))

    traces, affected, _ = changed(before, office)

    after = published(office)
    assert traces == affected != set()
    assert all(after[k]["OBS_VALUE"] == before.observations[k]["OBS_VALUE"] for k in traces)


def test_the_order_of_the_rows_and_a_row_of_no_cell_change_no_trace(before, office):
    rows = village.rows_of(office)
    closed = rows[25] | {"id": "V99", "closed": "2016-01-01"}
    office.arrives([*reversed(rows), closed])

    assert changed(before, office)[:2] == (set(), set())


def test_another_bound_of_a_size_class_changes_the_breakdown_by_size_and_nothing_else(before, office):
    def bound(text):
        text = text.replace('code = "S10T49", at_least = 10', 'code = "S10T49", at_least = 13')
        return text.replace('version = "1.0"', 'version = "1.1"', 1)

    office.decree("parameters.toml", bound)

    traces, affected, hidden = changed(before, office)

    assert traces == affected | shown(before, hidden, broken_down="SIZE")
    assert affected and traces > affected


def test_another_window_of_evidence_changes_active_units_and_not_registered_ones(before, office):
    def window(text):
        return text.replace("window_months = 24", "window_months = 3").replace(
            '[life_status]\nversion = "1.0"', '[life_status]\nversion = "1.1"'
        )

    office.decree("parameters.toml", window)

    traces, affected, hidden = changed(before, office)

    assert traces == affected | shown(before, hidden, measure="UNITS_ACTIVE")
    assert {before.observations[k]["MEASURE"] for k in traces} == {"UNITS_ACTIVE"}


def test_a_new_version_of_a_perimeter_changes_what_it_decides_and_no_other_perimeter(before, office):
    office.decree("perimeters/SSE-ILC2022.toml", lambda t: t.replace('version = "1.0"', 'version = "1.1"', 1))

    traces, affected, hidden = changed(before, office)

    assert affected == set()
    assert traces == shown(before, hidden, perimeter="SSE-ILC2022")


def test_the_definition_of_cooperatives_also_decides_families_in_another_perimeter(before, office):
    def stricter(text):
        text = text.replace('version = "1.0"', 'version = "1.1"', 1)
        # Cooperatives of production are out.
        head, rule, tail = text.partition("[[rule]]")
        more = (
            '[[rule]]\nid = "no-schools"\noutcome = "out"\nevery = [{ variable = "activity_division", in = ["G47"] }]\n'
            '[rule.label]\nen = "Trade"\nfr = "Commerce"\nes = "Comercio"\n\n'
        )
        return head + more + rule + tail

    office.decree("perimeters/COOP-ICLS2018.toml", stricter)

    traces, affected, hidden = changed(before, office)

    bearing = shown(before, hidden, perimeter="COOP-ICLS2018") | shown(before, hidden, broken_down="UNIT_FAMILY")
    assert traces == affected | bearing
    total = next(k for k in before.observations if k[0] == "DF_SSE_UNITS" and k[6] == "_T")
    assert total not in traces | hidden


def test_new_type_rules_change_the_breakdown_by_type_only(before, office):
    office.decree("types/COOP-TYPE.toml", lambda t: t.replace('version = "1.0"', 'version = "1.1"', 1))

    traces, affected, hidden = changed(before, office)

    assert (affected, traces) == (set(), shown(before, hidden, broken_down="COOP_TYPE"))


def rule(text: str, id: str, **changes: str) -> str:
    """The text of validation.toml with one rule changed."""
    head, entry, tail = re.split(rf'(\[\[rule\]\]\nid = "{id}"\n(?:(?!\[\[rule\]\]).*\n?)*)', text, maxsplit=1)
    for name, value in changes.items():
        entry = re.sub(rf"^{name} = .*\n", "", entry, flags=re.M).rstrip() + f"\n{name} = {value}\n\n"
    return head + entry + tail


def test_a_changed_validation_rule_changes_what_is_made_of_the_values_it_may_set_aside(before, office):
    # From now on half of the members at most may be women, or the division by sex is set aside.
    office.decree(
        "validation.toml",
        lambda t: rule(t, "women-within-members", right='"members_men"', version='"1.1"'),
    )

    traces, affected, hidden = changed(before, office)

    assert traces == affected | shown(before, hidden, dataflow="DF_COOP_MEMBERS", broken_down="SEX")
    assert {k[0] for k in affected} == {"DF_COOP_MEMBERS"}


def test_a_rule_that_only_lists_issues_changes_no_trace(before, office):
    office.decree("validation.toml", lambda t: rule(t, "a-cooperative-has-members", right="50", version='"1.1"'))

    assert changed(before, office)[:2] == (set(), set())


def test_a_rule_on_dates_bears_on_every_measure_because_it_decides_who_is_registered(before, office):
    office.decree("validation.toml", lambda t: rule(t, "closed-after-registered", comparison='">"', version='"1.1"'))

    traces, affected, hidden = changed(before, office)

    assert (affected, traces) == (set(), shown(before, hidden))


def test_other_disclosure_rules_change_every_trace_because_they_decide_what_is_shown(before, office):
    office.decree(
        "disclosure.toml", lambda t: t.replace('p_percent = "10"', 'p_percent = "11"').replace('"1.0"', '"1.1"', 1)
    )

    traces, affected, hidden = changed(before, office)

    assert (affected, traces) == (set(), shown(before, hidden))


def test_a_changed_record_without_identifier_is_another_unit_and_the_others_keep_their_traces(before, tmp_path):
    office = Office(tmp_path / "anonymous")
    office.describe('unit_id = { from = "id", required = true }', 'unit_id = "id"')
    rows = [row | {"id": ""} for row in village.rows_of(office)]
    office.arrives(rows)
    office.run()
    first = published(office)
    office.arrives([rows[0], rows[16] | {"turnover": "1600.00"}, *rows[1:16], *rows[17:]])
    office.run()
    second = published(office)

    shown = {k for k in first if first[k]["CONF_STATUS"] == second[k]["CONF_STATUS"] == "F"}
    moved = {k for k in shown if first[k]["FINGERPRINT"] != second[k]["FINGERPRINT"]}
    assert moved == {k for k in shown if "R:village:V16" in dict(before.cells[k].made_of)} != shown


def test_a_trace_names_the_versions_it_used_and_never_a_record_or_a_snapshot(first_release):
    store = Releases(first_release.releases)
    opened = store.open("DF_COOP_UNITS")
    row = next(r for r in opened.observations.to_pylist() if r["SIZE"] == "S10T49" and r["MEASURE"] == "UNITS_ACTIVE")

    found = store.trace("DF_COOP_UNITS", {d.id: row[d.id] for d in opened.dataflow.structure.dimensions})

    methods = {m.id: m for m in found.recipe.methods}
    assert set(methods) == {
        "read", "COOP-ICLS2018", "size-classes", "validation", "registered", "life-status", "exact-sum",
        "disclosure-control",
    }  # fmt: skip
    assert methods["read"].parameters == {"village": "description 1.0"}
    assert methods["registered"].parameters == {"reference_date": "2024-12-31"}
    assert set(methods["validation"].parameters) == {"worker-members-are-members", "closed-after-registered"}
    assert [s.snapshot for s in found.recipe.sources] == [""]
    assert "V16" not in str(found)
