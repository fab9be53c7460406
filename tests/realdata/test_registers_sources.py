"""The three sources on real files: control totals of the publishers, and what must not be made of the data."""

from collections import Counter
from decimal import Decimal

import pytest

from sse_observatory.catalogue.load import PACKAGED
from sse_observatory.catalogue.sources import load_source
from sse_observatory.core import ObservatoryError
from sse_observatory.engine import connect
from sse_observatory.production import registers

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def engine():
    with connect("duckdb://") as opened:
        yield opened


@pytest.fixture(scope="module")
def reading(engine, shared_data, tmp_path_factory):
    store = tmp_path_factory.mktemp("store")

    def read(source, folder, edition):
        described = load_source(PACKAGED / "sources" / source)
        chosen = described.edition(edition)
        path = shared_data / folder / chosen.file
        taken = registers.snapshot(engine, described, chosen.layout, path, store, edition=edition)
        return registers.read(engine, taken).require()

    return read


@pytest.fixture(scope="module")
def credit_unions(reading):
    return reading("us-credit-unions", "us-credit-unions", "2025Q4")


def counts(engine, result, column):
    return Counter(engine.arrow(result.units[column])[column].to_pylist())


def test_united_states_credit_unions_match_the_published_control_totals(engine, credit_unions):
    assert counts(engine, credit_unions, "legal_form_raw") == {"1": 2686, "2": 1601, "3": 87}
    assert credit_unions.accepted == credit_unions.records == 4374
    totals = {
        "members_headcount": 145_981_741,
        "employees_full_time": 352_682,
        "employees_part_time": 18_155,
        "employees_headcount": 352_682 + 18_155,
        "assets_lcu": 2_456_465_059_531,
    }
    assert {n: registers.total(engine, credit_unions, n) for n in totals} == {n: Decimal(v) for n, v in totals.items()}


def test_potential_members_are_kept_and_their_sum_is_refused(engine, credit_unions):
    assert counts(engine, credit_unions, "potential_members")[None] == 0
    with pytest.raises(ObservatoryError, match="exceeds the population"):
        registers.total(engine, credit_unions, "potential_members")


def test_credit_unions_are_consumer_cooperatives_in_financial_services(engine, credit_unions):
    expected = {"member_interest": "USER", "activity_division": "K64", "coop_form": "yes", "t2": "pass"}
    for column, value in expected.items():
        assert counts(engine, credit_unions, column) == {value: 4374}
    assert credit_unions.snapshot.source.microdata_public


def test_a_year_of_opening_that_is_zero_is_missing(engine, credit_unions):
    assert counts(engine, credit_unions, "registered_on")[None] == 30


@pytest.mark.parametrize(("edition", "records"), [("2022Q2", 1236), ("2023Q2", 1248)])
def test_co_operatives_uk_keeps_organisations_over_several_lines(engine, reading, shared_data, edition, records):
    result = reading("coops-uk", "coops-uk", edition)

    assert result.accepted == result.records == records
    assert result.rejected_file is None
    assert engine.arrow(result.issues).num_rows == 0
    path = shared_data / "coops-uk" / result.snapshot.source.edition(edition).file
    lines = path.read_text(encoding="utf-8").split("\n")
    units = engine.arrow(result.units.select("unit_id", "record_id")).to_pylist()
    for unit in units:
        line = lines[int(unit["record_id"].split(":")[1]) - 1]
        assert line.startswith(unit["unit_id"].removeprefix("GB-COOPUK-") + ",")


def test_co_operatives_uk_names_differ_by_edition_and_no_work_is_invented(engine, reading):
    names = []
    for edition in ("2022Q2", "2023Q2"):
        units = reading("coops-uk", "coops-uk", edition).units
        rows = engine.arrow(units.select("unit_id", "name", "employees_headcount", "members_headcount")).to_pylist()
        names.append({row["unit_id"]: row["name"] for row in rows})
        assert {(row["employees_headcount"], row["members_headcount"]) for row in rows} == {(None, None)}
    both = names[0].keys() & names[1].keys()
    assert sum(names[0][u] != names[1][u] for u in both) > 400


def test_co_operatives_uk_ownership_gives_the_interest_of_members_without_assuming_any(engine, reading):
    units = reading("coops-uk", "coops-uk", "2023Q2").units
    rows = engine.arrow(units.select("member_interest_raw", "member_interest", "tier")).to_pylist()
    seen = {(r["member_interest_raw"], r["member_interest"], r["tier"]) for r in rows}

    assert ("Tenants", "USER", "T1") in seen
    assert ("Community of Interest", None, "T1") in seen
    assert ("Co-operatives", None, "T2") in seen
    assert (None, None, None) in seen


@pytest.mark.parametrize(("edition", "records"), [("2026-flag", 3375), ("2026-digital", 3667)])
def test_french_staff_class_nn_is_unknown_and_no_class_becomes_a_headcount(engine, reading, edition, records):
    result = reading("fr-sirene-ess", "france-ess-digital", edition)

    assert result.accepted == records
    rows = engine.arrow(
        result.units.select("size_class_raw", "size_class_given", "employees_headcount").distinct()
    ).to_pylist()
    given = {row["size_class_raw"]: row["size_class_given"] for row in rows}
    assert given["NN"] is None
    assert (given["00"], given["03"], given["12"], given["22"], given["32"]) == (
        "S0", "S1T9", "S10T49", "S50T249", "S250",
    )  # fmt: skip
    assert {row["employees_headcount"] for row in rows} == {None}


def test_french_legal_categories_are_read_alike_in_both_files(engine, reading):
    for edition, companies in (("2026-flag", 632), ("2026-digital", 703)):
        result = reading("fr-sirene-ess", "france-ess-digital", edition)
        units = result.units.filter(result.units.legal_form_raw == "5710")
        rows = engine.arrow(units.select("sse_flag", "form_family", "coop_form")).to_pylist()
        assert len(rows) == companies
        assert {(r["form_family"], r["coop_form"]) for r in rows if r["sse_flag"]} == {("SOCENT", "unknown")}
        assert {r["form_family"] for r in rows if not r["sse_flag"]} <= {None}
        assert not [i for i in engine.arrow(result.issues).to_pylist() if i["variable"] == "legal_form_raw"]


def test_french_activity_codes_of_the_old_classification_stay_unknown_and_are_counted(engine, reading):
    result = reading("fr-sirene-ess", "france-ess-digital", "2026-digital")
    issues = {i["value"]: i["records"] for i in engine.arrow(result.issues).to_pylist() if i["rule"] == "unknown-code"}

    assert issues == {"45.2R": 1, "74.8B": 1, "64.2B": 1}
    assert counts(engine, result, "activity_division")[None] == 3
