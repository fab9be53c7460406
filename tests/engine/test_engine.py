"""The engine behind its narrow face: tables that are replaced whole, exact sums, errors a person can act on."""

import subprocess
import sys
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory.core import Busy, Damaged, InputError, NotFound, ObservatoryError
from sse_observatory.engine import connect, exact_sum

UNITS = pa.table({"unit_id": ["a", "b", "c"], "members_headcount": [3, None, 4]})


@pytest.fixture
def engine():
    with connect("duckdb://") as opened:
        yield opened


def test_a_table_is_stored_under_its_name_and_read_back(engine):
    stored = engine.create("units", UNITS)

    assert engine.arrow(stored).equals(UNITS)
    assert engine.arrow(engine.table("units")).equals(UNITS)
    assert engine.tables() == ("units",)


def test_a_table_may_be_replaced_by_an_expression_over_itself(engine):
    units = engine.create("units", UNITS)

    units = engine.create("units", units.filter(units.members_headcount.notnull()))

    assert engine.arrow(units)["unit_id"].to_pylist() == ["a", "c"]


def test_a_replacement_that_fails_leaves_the_old_table(engine):
    units = engine.create("units", UNITS)

    with pytest.raises(ObservatoryError):
        engine.create("units", units.mutate(members_headcount=units.unit_id.cast("int64")))

    assert engine.arrow(engine.table("units")).equals(UNITS)


def test_an_error_of_the_engine_does_not_show_the_value_it_stumbled_on(engine):
    units = engine.create("units", pa.table({"name": ["Confidential Co-operative"]}))

    with pytest.raises(ObservatoryError) as refusal:
        engine.arrow(units.mutate(n=units.name.cast("int64")))

    assert "Confidential" not in str(refusal.value)


def test_an_existing_table_is_kept_when_overwriting_is_not_allowed(engine):
    engine.create("units", UNITS)

    with pytest.raises(ObservatoryError, match="exists already"):
        engine.create("units", UNITS, overwrite=False)


def test_columns_that_differ_only_by_case_are_refused(engine):
    with pytest.raises(ObservatoryError, match="ignores case"):
        engine.create("units", pa.table({"n": [1], "N": [2]}))


def test_a_column_without_any_value_is_kept_as_empty_text(engine):
    stored = engine.create("units", pa.table({"a": [1], "nothing": pa.nulls(1)}))
    again = engine.create("again", stored.mutate(more=ibis.null()))

    assert engine.arrow(again).to_pylist() == [{"a": 1, "nothing": None, "more": None}]


_ROWS = st.lists(
    st.tuples(
        st.none() | st.text(), st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.integers(0, 2**64 - 1),
        st.none() | st.floats(), st.none() | st.floats(width=32), st.none() | st.booleans(), st.none() | st.dates(),
    ),
    min_size=1, max_size=8,
)  # fmt: skip
_KINDS = (pa.string(), pa.int64(), pa.uint64(), pa.float64(), pa.float32(), pa.bool_(), pa.date32())


@settings(deadline=None, max_examples=60)
@given(_ROWS)
def test_a_few_rows_are_stored_as_many_are(rows):
    columns = [pa.array(c, kind) for c, kind in zip(zip(*rows, strict=True), _KINDS, strict=True)]
    few = pa.table(columns, names=list("abcdefg"))
    with connect() as engine:
        stored = engine.arrow(engine.create("few", few))
        many = engine.arrow(engine.create("many", pa.concat_tables([few] * 1001)).limit(len(rows)))
    assert stored.schema.equals(many.schema)
    # As text: what is no number is unequal to itself, and minus nought equal to nought.
    assert [repr(row) for row in stored.to_pylist()] == [repr(row) for row in few.to_pylist()]
    assert [repr(row) for row in many.to_pylist()] == [repr(row) for row in few.to_pylist()]


def test_a_few_rows_are_stored_without_a_library_of_data_frames():
    script = (
        "import sys, pyarrow as pa; from sse_observatory.engine import connect; engine = connect(); "
        "few = pa.Table.from_arrays([pa.nulls(2, pa.string())], names=['a']); "  # lists would load it by themselves
        "engine.arrow(engine.create('few', few)); print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_batches_of_a_reader_are_stored_one_by_one(engine):
    schema = pa.schema({"n": pa.int64()})
    reader = pa.RecordBatchReader.from_batches(
        schema, (pa.record_batch([pa.array([i])], schema=schema) for i in range(5))
    )

    stored = engine.create("numbers", reader)

    assert [n for batch in engine.batches(stored, rows=2) for n in batch["n"].to_pylist()] == [0, 1, 2, 3, 4]


def test_a_transaction_that_fails_leaves_nothing_behind(engine):
    with pytest.raises(KeyError), engine.transaction():
        engine.create("one", UNITS)
        with engine.transaction():
            engine.create("two", UNITS)
        raise KeyError("a mistake")

    assert engine.tables() == ()


def test_dropping_a_table_that_does_not_exist_is_no_error(engine):
    engine.create("units", UNITS)

    engine.drop("units")
    engine.drop("units")

    assert engine.tables() == ()


def test_asking_for_an_unknown_table_names_those_there_are(engine):
    engine.create("units", UNITS)

    with pytest.raises(NotFound, match="Tables here: units"):
        engine.table("unit")


def test_the_scratch_tables_of_the_expression_library_are_not_listed(engine):
    engine.arrow(engine.create("units", UNITS).join(ibis.memtable({"unit_id": ["a"]}), "unit_id"))

    assert engine.tables() == ("units",)


def test_text_is_read_as_it_is_written(engine, tmp_path):
    path = tmp_path / "register.csv"
    path.write_text('id;name\n007;"a;b\nc"\n8;\n')

    read = engine.read_text(path, ["id", "name"], delimiter=";")

    assert engine.arrow(read).to_pylist() == [{"id": "007", "name": "a;b\nc"}, {"id": "8", "name": None}]
    assert engine.tables() == ()


def test_a_ragged_text_file_is_refused_with_its_line(engine, tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("id,name\n1,a\n2\n")

    with pytest.raises(InputError, match=r"register\.csv, line 3"):
        engine.arrow(engine.read_text(path, ["id", "name"]))


def test_a_missing_file_is_an_input_error(engine, tmp_path):
    for read in (lambda p: engine.read_text(p, ["a"]), engine.read_parquet):
        with pytest.raises(InputError, match="does not exist"):
            read(tmp_path / "absent")


def test_parquet_goes_out_and_comes_back(engine, tmp_path):
    path = engine.write_parquet(engine.create("units", UNITS), tmp_path / "deep" / "units.parquet")

    assert engine.arrow(engine.read_parquet(path)).equals(UNITS)
    assert [p.name for p in path.parent.iterdir()] == ["units.parquet"]


def test_a_file_that_is_not_parquet_is_an_input_error(engine, tmp_path):
    path = tmp_path / "units.parquet"
    path.write_text("no")

    with pytest.raises(InputError):
        engine.read_parquet(path)


def test_tables_in_a_file_outlive_the_engine(tmp_path):
    url = f"duckdb://{tmp_path}/office/units.duckdb"
    with connect(url) as engine:
        engine.create("units", UNITS)
    with connect(url, memory_limit="1GB", threads=1) as engine:
        assert engine.arrow(engine.table("units")).equals(UNITS)


def test_three_or_four_slashes_mean_the_same_absolute_path(tmp_path):
    with connect(f"duckdb:///{tmp_path}/units.duckdb") as engine:
        engine.create("units", UNITS)
    with connect(f"duckdb://{tmp_path}/units.duckdb") as engine:
        assert engine.tables() == ("units",)


def test_a_file_that_is_no_database_is_damaged(tmp_path):
    path = tmp_path / "units.duckdb"
    path.write_text("identifier,name\n")

    with pytest.raises(Damaged):
        connect(f"duckdb://{path}")


def test_a_database_in_use_is_busy_and_may_be_tried_again(tmp_path):
    import subprocess
    import sys

    url = f"duckdb://{tmp_path}/units.duckdb"
    code = "import sys; from sse_observatory.engine import connect; connect(sys.argv[1])"
    with connect(url) as engine:
        engine.create("units", UNITS)
        other = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=False)

    assert Busy.__name__ in other.stderr


@pytest.mark.parametrize("url", ["spark://local", "postgresql://host/db"])
def test_other_engines_are_named_as_a_later_extra(url):
    with pytest.raises(ObservatoryError, match=r"extra sse-observatory\["):
        connect(url)


@pytest.mark.parametrize("url", ["", "units.duckdb", "mysql://host/db"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ObservatoryError, match=r"duckdb:///path"):
        connect(url)


@given(st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62)), min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_a_sum_of_integers_is_exact_even_beyond_64_bits(values):
    with connect("duckdb://") as engine:
        table = engine.create("t", pa.table({"v": pa.array(values, pa.int64())}))
        known = [v for v in values if v is not None]

        assert engine.scalar(exact_sum(table.v)) == (Decimal(sum(known)) if known else None)


def test_a_sum_of_decimals_keeps_every_cent(engine):
    table = engine.create("t", pa.table({"v": pa.array([Decimal("0.10")] * 3, pa.decimal128(18, 2))}))

    assert engine.scalar(exact_sum(table.v)) == Decimal("0.30")


def test_a_sum_of_floats_is_refused(engine):
    table = engine.create("t", pa.table({"v": [0.1, 0.2]}))

    with pytest.raises(TypeError, match="not exact"):
        exact_sum(table.v)


def test_a_sum_of_truths_counts_them(engine):
    table = engine.create("t", pa.table({"v": [True, False, None, True]}))

    assert engine.scalar(exact_sum(table.v)) == 2


def test_a_step_is_a_view_that_is_not_listed_and_reads_the_same(engine):
    units = engine.create("units", UNITS)

    step = engine.step(units.mutate(double=units.members_headcount * 2))

    assert engine.arrow(step.filter(step.double > 6))["double"].to_pylist() == [8]
    assert engine.tables() == ("units",)


def test_what_is_made_in_a_workspace_is_gone_after_it_and_what_was_there_before_stays(engine):
    units = engine.create("units", UNITS)
    outer = engine.scratch(units)

    with engine.workspace():
        known = engine.step(outer.filter(outer.members_headcount.notnull()))
        inner = engine.scratch(known.mutate(twice=known.members_headcount * 2))
        assert engine.arrow(inner)["twice"].to_pylist() == [6, 8]
        assert engine.tables() == ("units",)

    assert engine.arrow(outer).num_rows == 3
    for gone in (known, inner):
        with pytest.raises(ObservatoryError):
            engine.arrow(gone)


def test_a_scratch_table_is_computed_once_and_does_not_follow_what_it_was_made_from(engine):
    scratch = engine.scratch(engine.create("units", UNITS))

    engine.create("units", UNITS.slice(0, 1))

    assert engine.arrow(scratch).num_rows == 3


def test_a_workspace_is_cleared_when_something_in_it_fails(engine):
    with pytest.raises(ZeroDivisionError), engine.workspace():
        made = engine.scratch(engine.create("units", UNITS))
        raise ZeroDivisionError

    with pytest.raises(ObservatoryError):
        engine.arrow(made)
