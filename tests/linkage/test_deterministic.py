"""Linkage by exact identifiers and remembered judgements."""

from datetime import date, datetime

import pytest

from sse_observatory.core import InputError
from sse_observatory.engine import connect
from sse_observatory.production.linkage import Judgement, link, unit_table
from support.tables import stored

SCHEMA = {
    "source_id": "string",
    "record_id": "string",
    "register_id": "string",
    "national_id": "string",
    "name": "string",
    "employees": "int64",
    "registered_on": "date",
    "last_evidence_on": "date",
    "in_coop_register": "boolean",
}


def units(*rows, judgements=(), precedence=("register", "tax")):
    with connect() as engine:
        records = stored(engine, "records", SCHEMA, rows)
        by_source = {source: records.filter(records.source_id == source) for source in precedence}
        table = engine.arrow(unit_table(link(by_source, judgements)))
        return {row["unit_id"]: row for row in table.to_pylist()}


def record(source, number, national=None, **values):
    return {
        "source_id": source,
        "record_id": f"snapshot:{number}",
        "register_id": number,
        "national_id": national,
        **values,
    }


def judgement(left, right, same):
    return Judgement(left, right, same, "reviewer", datetime(2025, 1, 1), "seen both files")


def test_records_with_one_national_identifier_are_one_unit_however_it_is_written():
    found = units(record("register", "1", "ab 1"), record("tax", "9", " AB 1"))

    assert list(found) == ["N:AB 1"]
    assert (found["N:AB 1"]["n_records"], found["N:AB 1"]["n_sources"]) == (2, 2)


def test_a_record_without_identifier_stays_a_unit_of_its_own():
    assert set(units(record("register", "1", ""), record("tax", "1"))) == {"R:register:1", "R:tax:1"}


def test_each_variable_comes_from_the_source_believed_first_among_those_that_have_it():
    found = units(
        record("tax", "9", "X", name="Tax name", employees=3),
        record("register", "1", "X", name="Register name"),
    )["N:X"]

    assert (found["name"], found["employees"]) == ("Register name", 3)


def test_the_latest_evidence_the_earliest_registration_and_any_membership_count():
    found = units(
        record(
            "register",
            "1",
            "X",
            registered_on=date(2010, 1, 1),
            last_evidence_on=date(2019, 1, 1),
            in_coop_register=True,
        ),
        record("tax", "9", "X", registered_on=date(2005, 1, 1), last_evidence_on=date(2024, 1, 1)),
    )["N:X"]

    assert found["registered_on"] == date(2005, 1, 1)
    assert found["last_evidence_on"] == date(2024, 1, 1)
    assert found["in_coop_register"] is True


def test_a_judgement_joins_records_that_share_no_identifier():
    same = judgement(("register", "1"), ("tax", "9"), True)

    assert list(units(record("register", "1"), record("tax", "9", "X"), judgements=[same])) == ["J:register:1"]


def test_a_judgement_takes_a_record_out_of_a_unit():
    different = judgement(("register", "1"), ("tax", "9"), False)

    found = units(record("register", "1", "X"), record("tax", "9", "X"), judgements=[different])

    assert set(found) == {"N:X", "R:tax:9"}


def test_judgements_that_contradict_each_other_are_refused():
    pair = ("register", "1"), ("tax", "9")
    with pytest.raises(InputError, match="contradict"):
        units(record("register", "1"), judgements=[judgement(*pair, True), judgement(*pair, False)])


def test_the_order_of_the_records_does_not_matter():
    rows = [record("tax", str(i), "X", name=f"n{i}") for i in range(5)] + [record("register", "1", "X", employees=2)]

    assert units(*rows) == units(*reversed(rows))


def test_three_sources_meet_in_one_unit_each_giving_what_those_before_lack():
    found = units(
        record("third", "7", "X", name="Third", employees=9, last_evidence_on=date(2024, 6, 1)),
        record("tax", "9", "X", employees=3),
        record("register", "1", "X", in_coop_register=True),
        record("third", "8", "Y", name="Alone"),
        precedence=("register", "tax", "third"),
    )

    assert (found["N:X"]["name"], found["N:X"]["employees"]) == ("Third", 3)
    assert (found["N:X"]["n_records"], found["N:X"]["n_sources"]) == (3, 3)
    assert found["N:X"]["source_id"] == "register"
    assert found["N:X"]["in_coop_register"] is True
    assert found["N:X"]["last_evidence_on"] == date(2024, 6, 1)
    assert (found["N:Y"]["name"], found["N:Y"]["in_coop_register"]) == ("Alone", None)
