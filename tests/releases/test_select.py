"""Selecting observations, against a slow plain-Python reference."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory.core import NotFound, Period
from sse_observatory.releases.observations import combined_key, sorted_dictionary
from support.releases import CODELISTS, UNITS, big_draft, draft_of, observation, sample_store


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    frequencies = {"A": "2023", "S": "2023-S1", "Q": "2023-Q2", "M": "2023-06"}
    rows = [observation(UNITS, 1, FREQ=f, TIME_PERIOD=t) for f, t in frequencies.items()]
    rows += [observation(UNITS, i, REF_AREA="XSO", ACTIVITY=a, TIME_PERIOD=str(2019 + i), COMMENT=c)
             for i in range(3) for a, c in (("_T", None), ("A", "note"))]
    return sample_store(tmp_path_factory.mktemp("store"), draft_of([(UNITS, rows)])).open("DF_COOP_UNITS")


def reference(opened, filters, start, end):
    def inside(row):
        p = Period.parse(row["TIME_PERIOD"])
        return (start is None or p.start >= Period.parse(start).start) and (
            end is None or p.end <= Period.parse(end).end)

    return [r for r in opened.observations.to_pylist() if inside(r) and all(r[n] in c for n, c in filters.items())]


limits = st.none() | st.sampled_from(["2018", "2019", "2020", "2021", "2023", "2023-S1", "2023-Q2", "2023-04", "2024"])


@settings(max_examples=100, deadline=None)
@given(
    filters=st.dictionaries(st.sampled_from(["FREQ", "ACTIVITY", "COMMENT", "PROCESS", "TIME_PERIOD"]),
                            st.sets(st.sampled_from(["A", "Q", "_T", "note", "sample", "2020", "2023"]))),
    start=limits, end=limits)
def test_a_selection_is_what_a_plain_loop_would_find(opened, filters, start, end):
    assert opened.select(filters, start, end).to_pylist() == reference(opened, filters, start, end)


def test_no_filter_selects_everything(opened):
    assert opened.select().equals(opened.observations)


def test_one_code_may_be_given_without_a_list_and_days_as_limits(opened):
    assert opened.select({"ACTIVITY": "A"}).num_rows == 3
    assert opened.select(start="2023-04-01", end="2023-06-30")["TIME_PERIOD"].to_pylist() == ["2023-06", "2023-Q2"]


@pytest.mark.parametrize("limit", ["2023-13", "2023-02-30", "yesterday", ""])
def test_a_limit_that_is_no_period_is_told(opened, limit):
    with pytest.raises(NotFound, match="neither a period nor a day"):
        opened.select(start=limit)


def test_an_unknown_column_is_answered_with_its_neighbour(opened):
    with pytest.raises(NotFound, match="'ACTIVITY'"):
        opened.select({"ACTIVTY": ["A"]})
    for name in ("OBS_VALUE", "FINGERPRINT", "zzz"):
        with pytest.raises(NotFound, match="there is no column"):
            opened.select({name: ["A"]})


def test_a_large_table_is_selected_exactly(tmp_path):
    draft = big_draft(30_000)
    opened = sample_store(tmp_path, draft).open("DF_COOP_UNITS")

    chosen = opened.select({"ACTIVITY": ["A01", "K64"], "SIZE": ["UNK"]})

    table = draft.tables["DF_COOP_UNITS"].to_pandas()
    expected = table[table["ACTIVITY"].isin(["A01", "K64"]) & (table["SIZE"] == "UNK")]
    assert chosen.num_rows == len(expected) > 1000
    assert sum(chosen["OBS_VALUE"].to_pylist()) == sum(expected["OBS_VALUE"])
    assert opened.observations.num_rows == 30_000
    assert opened.encoded["REGION"].type == pa.dictionary(pa.int32(), pa.string())
    assert isinstance(chosen["OBS_VALUE"][0].as_py(), Decimal)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", "", "Z", "é"])] * 3), max_size=8), st.booleans())
def test_the_combined_key_orders_and_identifies_rows_as_the_columns_do(rows, wide):
    columns = [sorted_dictionary(pa.array([r[i] for r in rows], pa.string())) for i in range(3)]
    # Repeating a column changes neither order nor identity; many of them overflow the number and are folded.
    key = combined_key(columns * (30 if wide else 1), len(rows))

    order = np.argsort(key, kind="stable")
    assert [rows[i] for i in order] == sorted(rows, key=lambda r: [v.encode() for v in r])
    assert [key[i] == key[j] for i in range(len(rows)) for j in range(len(rows))] == [
        a == b for a in rows for b in rows]


def test_the_sample_codelists_have_the_ids_of_the_dimensions_they_code():
    assert {d.id for d in UNITS.structure.dimensions} - {"TIME_PERIOD"} <= set(CODELISTS)
