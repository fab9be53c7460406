"""Whatever stands in a file, a person gets a message they can act on."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sse_observatory import catalogue
from sse_observatory.catalogue.portfolio import exchange
from sse_observatory.core import InputError

IDS = ["act-ilo", "ins-a-res-77-281", "prov-a-res-77-281-op4", "ilo-wcms-882598", "mem-untfsse-ilo-vicechair"]
MORE = ["known", "notes", "acts", "dates", "claims", "sources", "period", "foresees"]
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 3000) | st.floats(allow_nan=False) | st.text(max_size=6)
    | st.sampled_from(["2023-02-30", "2023", *IDS]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["en", "fr", "id", "known", "term", "source", "text"]), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return catalogue.load()


@pytest.fixture(scope="module")
def written(found):
    return exchange.to_json(found.portfolio)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_record_with_anything_in_it_is_read_or_refused_with_a_reason(found, written, tmp_path, data):
    value = json.loads(written)
    records = value["records"]
    # One of each kind and its neighbours; a whole export each time would only take longer.
    entry = data.draw(st.sampled_from(records[::7]), label="entry")
    key = data.draw(st.sampled_from([*sorted(entry), *MORE]), label="key")
    entry[key] = data.draw(anything, label="value")
    file = tmp_path / "records.json"
    file.write_text(json.dumps(value), encoding="utf-8")

    try:
        again = exchange.from_json(file, found)
    except InputError as error:
        assert error.todo
        assert str(file) in str(error)
    else:
        assert exchange.from_json(file, found).records == again.records


@pytest.mark.parametrize(
    "line",
    ["= 3", '"unclosed', "a = [", "[ins-one]\n[ins-one]", "[[x]]\ny=1", "x = 1", "[x]", "[x.y.z]\na = 1", "\x00"],
)
def test_a_file_that_is_no_table_of_records_is_refused_with_its_name(small, line):
    small.write("instruments", line)

    errors = [problem for problem in small.problems() if problem.severity == "error"]

    assert errors
    assert errors[0].file == "portfolio/instruments.toml"
    assert all(error.todo for error in errors)
