"""The engines against a slow reference in plain Python, to 1e-9."""

import importlib.util
import os
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimation import reference
from estimation.oracles import holds
from sse_observatory.engine import connect
from sse_observatory.production.estimation import Design, estimate, mean, ratio, total

STAGES = "stratified, one to three stages, with replacement or corrected"


def sample(seed, stages):
    """A sample with clusters within clusters, at least two everywhere."""
    rng = np.random.default_rng(seed)
    rows = []
    for h in range(3):
        n = int(rng.integers(2, 4))
        for p in range(n):
            taken = int(rng.integers(2, 4))
            for s in range(taken):
                for u in range(2):
                    rows.append({
                        "h": f"h{h}", "p": f"{h}-{p}", "s": f"{h}-{p}-{s}", "u": f"{h}-{p}-{s}-{u}", "N1": n + 3 * h,
                        "N2": taken + 4, "N3": 7, "w": float(rng.uniform(1, 30)), "y": float(rng.normal(100, 20)),
                        "x": float(rng.gamma(3, 4) + 1), "g": str(rng.choice(["a", "b", "c"])),
                    })  # fmt: skip
    return rows


def columns(rows):
    return {k: [row[k] for row in rows] for k in rows[0]}


@holds("plain Python", [STAGES], ["total, mean, ratio"])
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(0, 3), st.booleans())
def test_the_engine_agrees_with_the_reference(seed, stages, corrected, stratified):
    rows = sample(seed, stages)
    compare(rows, columns(rows), stages, min(corrected, stages), stratified)


def compare(rows, data, stages, corrected, stratified):
    clusters, populations = ["p", "s", "u"][:stages], ["N1", "N2", "N3"][:corrected]
    if not stratified and populations:
        populations = []  # population sizes are those of strata
    design = Design("w", "h" if stratified else None, clusters, populations)

    found = estimate(data, design, [total("y"), mean("y"), ratio("y", "x")], by="g").table.to_pylist()

    strata = ["h", None, None] if stratified else [None] * 3
    for g in ("_T", *sorted({row["g"] for row in rows})):
        expected = reference.estimates(
            rows, strata, clusters, populations, lambda row, g=g: g == "_T" or row["g"] == g
        )
        mine = {row["statistic"]: (row["estimate"], row["se"]) for row in found if row["g"] == g}
        for label, (value, error) in expected.items():
            assert mine[label][0] == pytest.approx(value, rel=1e-9), (g, label)
            assert mine[label][1] == pytest.approx(error, rel=1e-9, abs=1e-9 * abs(value)), (g, label)


def test_the_engine_gives_the_same_table_from_a_file_of_its_own(tmp_path):
    rows = sample(3, 2)
    design = Design("w", "h", ["p", "s"], ["N1", "N2"])
    asked = [total("y"), mean("y"), ratio("y", "x")]

    with connect(f"duckdb://{tmp_path}/sample.duckdb", threads=2) as engine:
        import pyarrow as pa

        stored = engine.create("sample", pa.table(columns(rows)))
        one = estimate(stored, design, asked, by="g").table
    two = estimate(columns(rows), design, asked, by="g").table

    assert one.column_names == two.column_names
    for name in ("estimate", "se", "deff"):
        assert one[name].to_pylist() == pytest.approx(two[name].to_pylist(), rel=1e-9)


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """One Spark session for all tests, where Java and PySpark are there; on CI they must be."""
    missing = ""
    if shutil.which("java") is None:
        missing = "Java is missing; to get it: apt-get install default-jre-headless"
    elif importlib.util.find_spec("pyspark") is None:
        missing = "PySpark is missing; to get it: pip install -r requirements/spark.txt"
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    import ibis
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .config("spark.sql.shuffle.partitions", "2").config("spark.driver.host", "127.0.0.1").getOrCreate()
    )  # fmt: skip
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.mark.slow
def test_spark_agrees_with_the_reference(spark):
    import pyarrow as pa

    rows = sample(17, 3)
    table = spark.create_table("survey_sample", pa.table(columns(rows)), overwrite=True)

    for stages, corrected in ((1, 0), (1, 1), (2, 2), (3, 3)):
        compare(rows, table, stages, corrected, True)


@pytest.mark.slow
def test_spark_calibrates_and_ranks_as_the_embedded_engine_does(spark):
    import pyarrow as pa

    from sse_observatory.production.estimation import calibrate, gini, median, rake

    rows = sample(18, 1)
    data = columns(rows)
    table = spark.create_table("survey_weights", pa.table(data), overwrite=True)
    counts = {g: 100.0 + 10 * i for i, g in enumerate(sorted(set(data["g"])))}
    design = Design("w", "h", "p")
    for adjust in (
        lambda s: rake(s, design, {"g": counts}),
        lambda s: calibrate(s, design, {"g": counts, "x": 5000.0}),
    ):
        here, there = adjust(data), adjust(table)
        one = estimate(here.sample, here.design, [total("y"), median("y"), gini("x")], by="g").table
        two = estimate(there.sample, there.design, [total("y"), median("y"), gini("x")], by="g").table
        for name in ("estimate", "se"):
            for ours, theirs in zip(two[name].to_pylist(), one[name].to_pylist(), strict=True):
                assert (ours is None) == (theirs is None)
                assert ours is None or ours == pytest.approx(theirs, rel=1e-9)
