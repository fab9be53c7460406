"""The published test vectors of docs/explanation/variance.md, small enough to check by hand."""

import math

import pyarrow as pa
import pytest

from sse_observatory.production.estimation import Design, estimate, mean, ratio, total

FPC = {
    "stratum": [1] * 5 + [2] * 3,
    "weight": [3.0] * 5 + [4.0] * 3,
    "population": [15] * 5 + [12] * 3,
    "x": [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2],
}
FIRMS = [15, 143, 21, 51, 337, 50, 274, 145, 15, 86]


def one(result, label):
    rows = [r for r in result.table.to_pylist() if r["statistic"] == label]
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(("fpc", "se_mean", "se_total"), [(None, 0.7413, 20.014), ("population", 0.6160, 16.633)])
def test_stratified_sample_with_and_without_finite_correction(fpc, se_mean, se_total):
    found = estimate(FPC, Design("weight", "stratum", fpc=fpc), [mean("x"), total("x")])

    assert one(found, "mean(x)")["estimate"] == pytest.approx(5.4481, abs=5e-5)
    assert one(found, "mean(x)")["se"] == pytest.approx(se_mean, abs=5e-5)
    assert one(found, "total(x)")["estimate"] == pytest.approx(147.1, abs=1e-9)
    assert one(found, "total(x)")["se"] == pytest.approx(se_total, abs=5e-4)


@pytest.mark.parametrize(("fpc", "se"), [(None, 0.7555), ("population", 0.6301)])
def test_a_domain_keeps_the_strata_of_the_whole_sample(fpc, se):
    found = estimate(FPC, Design("weight", "stratum", fpc=fpc), mean("x"), domain=lambda t: t.x > 4)

    assert one(found, "mean(x)")["estimate"] == pytest.approx(6.1950, abs=5e-5)
    assert one(found, "mean(x)")["se"] == pytest.approx(se, abs=5e-5)


def test_weights_of_an_equal_probability_sample_are_its_population_over_its_size():
    table = {k: v for k, v in FPC.items() if k != "weight"}

    found = estimate(table, Design(strata="stratum", fpc="population"), mean("x"))

    assert one(found, "mean(x)")["se"] == pytest.approx(0.6160, abs=5e-5)


def test_a_stratified_mean_without_weights():
    found = estimate({**FPC, "one": [1.0] * 8}, Design("one", "stratum"), mean("x"))

    assert one(found, "mean(x)")["estimate"] == pytest.approx(5.525, abs=1e-12)
    assert one(found, "mean(x)")["se"] == pytest.approx(0.7796, abs=5e-5)


def test_ten_firms_of_equal_weight():
    found = estimate({"sales": FIRMS, "w": [100.0] * 10}, Design("w"), [mean("sales"), total("sales")])

    assert one(found, "mean(sales)")["estimate"] == pytest.approx(113.7, abs=1e-9)
    assert one(found, "mean(sales)")["se"] == pytest.approx(35.626, abs=5e-4)
    assert one(found, "total(sales)")["estimate"] == 113_700


def test_ten_firms_one_of_which_dominates_by_its_weight():
    table = {"sales": FIRMS, "w": [20.0, 200, 11, 25, 550, 30, 250, 100, 10, 55]}

    found = estimate(table, Design("w"), [mean("sales"), total("sales")], deff="replace")

    assert one(found, "mean(sales)")["estimate"] == pytest.approx(243.914, abs=5e-4)
    assert one(found, "mean(sales)")["se"] == pytest.approx(48.752, abs=5e-4)
    assert one(found, "mean(sales)")["deff"] == pytest.approx(1.974, abs=5e-4)
    assert one(found, "total(sales)")["estimate"] == 305_136
    assert one(found, "total(sales)")["se"] == pytest.approx(184_965, abs=0.5)


def test_a_ratio_of_a_variable_to_itself_is_one_without_error():
    found = one(estimate(FPC, Design("weight", "stratum"), ratio("x", "x")), "ratio(x, x)")

    assert found["estimate"] == 1
    assert found["se"] == pytest.approx(0, abs=1e-15)


def test_frames_of_every_kind_give_the_same_table(tmp_path):
    import ibis
    import pandas as pd
    import polars as pl
    import pyarrow.parquet as pq

    from sse_observatory.engine import connect

    design = Design("weight", "stratum", fpc="population")
    arrow = pa.table(FPC)
    pq.write_table(arrow, tmp_path / "sample.parquet")
    with connect("duckdb://") as engine:
        kinds = [
            FPC, arrow, arrow.to_reader(), pd.DataFrame(FPC), pl.DataFrame(FPC), pl.LazyFrame(FPC),
            tmp_path / "sample.parquet", str(tmp_path / "sample.parquet"), ibis.memtable(arrow),
            engine.create("sample", arrow), engine.create("twice", arrow).filter(lambda t: t.x > 0),
        ]  # fmt: skip
        tables = [estimate(kind, design, [mean("x"), total("x")], by="stratum").table for kind in kinds]

    assert all(t.equals(tables[0]) for t in tables)
    assert tables[0].num_rows == 6
    assert not any(math.isnan(x) for x in tables[0]["se"].to_pylist())
