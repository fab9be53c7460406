"""Several records of one unit in one source: believed one by one, or added up where the source says so."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory import catalogue
from sse_observatory.core import CatalogueError
from sse_observatory.engine import connect
from sse_observatory.production.linkage import identified, link, unit_table
from support.tables import stored

SCHEMA = {
    "source_id": "string",
    "snapshot_id": "string",
    "record_id": "string",
    "register_id": "string",
    "national_id": "string",
    "name": "string",
    "employees_headcount": "int64",
    "worker_members_headcount": "int64",
    "turnover_lcu": "decimal(18, 2)",
    "registered_on": "date",
    "last_evidence_on": "date",
    "in_coop_register": "boolean",
}
PRECEDENCE = ("register", "employers")


def record(source, number, national="X", **values):
    return {
        "source_id": source, "snapshot_id": "s", "record_id": f"s:{number}", "register_id": number,
        "national_id": national, **values,
    }  # fmt: skip


def units(*rows, added=("employers",)):
    with connect() as engine:
        records = stored(engine, "records", SCHEMA, rows)
        by_source = {source: records.filter(records.source_id == source) for source in PRECEDENCE}
        found = engine.arrow(unit_table(link(by_source, ()), added)).to_pylist()
        return {row["unit_id"]: row for row in found}


def test_the_accounts_of_one_employer_are_added_up():
    found = units(
        record("employers", "E1", employees_headcount=14, worker_members_headcount=60),
        record("employers", "E2", employees_headcount=3, worker_members_headcount=7),
    )["N:X"]

    assert (found["employees_headcount"], found["worker_members_headcount"]) == (17, 67)
    assert found["n_records"] == 2


def test_a_source_that_does_not_say_so_is_believed_record_by_record():
    rows = [record("employers", "E1", employees_headcount=14), record("employers", "E2", employees_headcount=3)]

    assert units(*rows, added=())["N:X"]["employees_headcount"] == 14


def test_what_one_account_does_not_tell_makes_the_sum_missing_and_another_source_answers():
    accounts = [record("employers", "E1", employees_headcount=14), record("employers", "E2")]

    assert units(*accounts)["N:X"]["employees_headcount"] is None
    answered = units(*accounts, record("register", "R1", employees_headcount=20))
    assert answered["N:X"]["employees_headcount"] == 20


def test_accounts_are_added_before_sources_are_compared_and_never_across_them():
    found = units(
        record("register", "R1", employees_headcount=16),
        record("employers", "E1", employees_headcount=14, turnover_lcu=Decimal("0.10")),
        record("employers", "E2", employees_headcount=3, turnover_lcu=Decimal("0.20")),
    )["N:X"]

    assert found["employees_headcount"] == 16  # the register is believed first
    assert found["turnover_lcu"] == Decimal("0.30")


def test_accounts_of_two_units_are_not_mixed_and_names_and_dates_are_not_added():
    found = units(
        record("employers", "E1", "X", name="Alpha", employees_headcount=1, registered_on=date(2001, 1, 1)),
        record("employers", "E2", "X", name="Alpha bis", employees_headcount=2, registered_on=date(2000, 1, 1)),
        record("employers", "E3", "Y", name="Beta", employees_headcount=4),
        record("employers", "E4", "", name="Gamma", employees_headcount=8),
    )

    assert {k: (v["name"], v["employees_headcount"]) for k, v in found.items()} == {
        "N:X": ("Alpha", 3),
        "N:Y": ("Beta", 4),
        "R:employers:E4": ("Gamma", 8),
    }


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["register", "employers"]),
            st.sampled_from(["X", "Y"]),
            st.one_of(st.none(), st.integers(0, 10**15)),
            st.one_of(st.none(), st.decimals(0, 10**13, places=2)),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_sums_are_exact_and_do_not_depend_on_the_order_of_the_records(drawn):
    rows = [
        record(source, f"{i:02d}", national, employees_headcount=jobs, turnover_lcu=money)
        for i, (source, national, jobs, money) in enumerate(drawn)
    ]

    found = units(*rows)

    assert found == units(*reversed(rows))
    for unit in {"X", "Y"} & {row["national_id"] for row in rows}:
        for variable in ("employees_headcount", "turnover_lcu"):
            register = [r[variable] for r in rows if (r["source_id"], r["national_id"]) == ("register", unit)]
            accounts = [r[variable] for r in rows if (r["source_id"], r["national_id"]) == ("employers", unit)]
            together = None if None in accounts or not accounts else sum(accounts)
            expected = next((v for v in register if v is not None), together)
            assert found[f"N:{unit}"][variable] == expected


def test_which_record_is_believed_first_depends_on_the_register_and_not_on_the_place_in_its_file():
    nine, ten = record("register", "A", name="first") | {"record_id": "s:10"}, record("register", "B", name="second")

    assert units(nine, ten | {"record_id": "s:9"})["N:X"]["name"] == "first"


def test_records_without_any_identifier_are_known_by_what_they_say():
    def anonymous(line, **values):
        return record("register", None, None, **values) | {"record_id": f"s:{line}"}

    def names(*rows):
        with connect() as engine:
            records = identified(stored(engine, "records", SCHEMA, rows))
            found = engine.arrow(unit_table(link({"register": records}, ()))).to_pylist()
            return sorted((row["name"], row["unit_id"]) for row in found)

    first = names(anonymous(2, name="Alpha"), anonymous(3, name="Beta"), anonymous(4, name="Beta"))
    moved = names(anonymous(9, name="Beta"), anonymous(3, name="Alpha"), anonymous(7, name="Beta"))

    assert first == moved
    assert len({unit for _, unit in first}) == 3


def test_the_employers_file_of_the_fictional_country_shares_workers_among_accounts():
    loaded = catalogue.load(catalogue.PACKAGED).sources

    assert {id for id, source in loaded.items() if source.adds_records} == {"solidaria-employers"}


def test_another_word_for_several_records_is_refused_with_its_line(tmp_path):
    from pipelines.office import Office
    from sse_observatory.catalogue.sources import load_source

    office = Office(tmp_path)
    office.describe("microdata_public = false", 'microdata_public = false\nseveral_records = "sum"')

    with pytest.raises(CatalogueError, match=r"several_records.*'first' or 'add'") as refused:
        load_source(office.source)
    assert refused.value.line == 10
