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
from sse_observatory.core import ObservatoryError
from sse_observatory.engine import connect
from sse_observatory.production.estimation import (
    Bootstrap,
    Brr,
    Design,
    Jackknife,
    MultistageBootstrap,
    ReplicateWeights,
    SecondPhase,
    SuccessiveDifference,
    change,
    crosstab,
    estimate,
    gini,
    located,
    mean,
    median,
    proportion,
    quantile,
    ratio,
    share,
    total,
    weighted_totals,
)

SMOOTH = [total("y"), mean("y"), ratio("y", "x"), proportion("b"), share("y")]
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
                        "b": int(rng.random() < 0.4), "pi": n / (n + 3 * h + 1), "sel": int(u % 2 == 0 or s > 0),
                        "sure": p == 0 and h == 1,
                    })  # fmt: skip
    return rows


def columns(rows):
    return {k: [row[k] for row in rows] for k in rows[0]}


@holds("plain Python", [STAGES], ["total, mean, ratio", "share"])
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

    found = estimate(data, design, SMOOTH, by="g").table.to_pylist()

    strata = ["h", None, None] if stratified else [None] * 3
    for g in ("_T", *sorted({row["g"] for row in rows})):
        expected = reference.estimates(rows, strata, clusters, populations, lambda row, g=g: g == "_T" or row["g"] == g)
        mine = {row["statistic"]: (row["estimate"], row["se"]) for row in found if row["g"] == g}
        for label, (value, error) in expected.items():
            assert mine[label][0] == pytest.approx(value, rel=1e-9), (g, label)
            # The linearised variable of a share of all, and of a proportion of nought or one, is zero but for rounding.
            room = 1e-7 if value in {0.0, 1.0} else 1e-9 * abs(value)
            assert mine[label][1] == pytest.approx(error, rel=1e-9, abs=room), (g, label)


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
@pytest.mark.parametrize("design", [
    Design("w", "h", ["p", "s"], certainty="sure", lonely="remove"),
    Design("w", "h", "p", collapse="N1", lonely="average"),
    Design("w", "h", "p", "pi", pps="brewer"),
    Design(None, "h", ["p", "s"], ["N1", "N2"]),
    Design("w", "h", "p", second=SecondPhase("sel", "h")),
    Design("w", "h", "p", replicates=Jackknife()),
    Design("w", [("h", "b")], [("p", "s")], nest=True, lonely="remove", replicates=Bootstrap(20)),
    Design("w", clusters="p", replicates=SuccessiveDifference(16, order="w")),
], ids=lambda d: d.describe()[:60])  # fmt: skip
def test_spark_gives_the_table_of_the_embedded_engine(spark, design):
    import pyarrow as pa

    rows = sample(21, 3)
    for i in (3, 11):
        rows[i]["x"] = None
    data = columns(rows)
    table = spark.create_table("survey_designs", pa.table(data), overwrite=True)
    asked = [*SMOOTH, median("y")]

    options = {"by": "g", "missing": "exclude", "domain": lambda t: t.x.isnull() | (t.x > 4)}
    here, there = (estimate(s, design, asked, **options).table for s in (data, table))

    assert here.column_names == there.column_names
    assert here.select(["g", "statistic", "n", "status"]).equals(there.select(["g", "statistic", "n", "status"]))
    for name in ("estimate", "se", "lower", "upper", "deff", "df"):
        for ours, theirs in zip(here[name].to_pylist(), there[name].to_pylist(), strict=True):
            assert (ours is None) == (theirs is None), name
            assert ours is None or theirs == pytest.approx(ours, rel=1e-9, abs=1e-9), name


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


def apart(here, there):
    """Assert that two tables of the same estimates agree to 1e-9."""
    assert here.column_names == there.column_names
    for name in here.column_names:
        for ours, theirs in zip(here[name].to_pylist(), there[name].to_pylist(), strict=True):
            if isinstance(ours, float) and isinstance(theirs, float):
                assert theirs == pytest.approx(ours, rel=1e-9, abs=1e-9), name
            else:
                assert ours == theirs, name


@pytest.mark.slow
@pytest.mark.parametrize("design", [
    Design("w", "h", "p", "pi", pps="hajek"),
    Design("w", "h", "p", "pi", pps="overton"),
    Design("w", "h", "p", replicates=Brr(0.3)),
    Design("w", replicates=ReplicateWeights(["w1", "w2", "w3"], "bootstrap")),
    Design("w", "h", ["p", "s"], ["N1", "N2"], replicates=MultistageBootstrap(8)),
    Design("w", "h", zero_weights="outside"),
], ids=lambda d: d.describe()[:60])  # fmt: skip
def test_spark_gives_further_designs_and_statistics_as_the_embedded_engine_does(spark, design):
    import pyarrow as pa

    rows = [row for row in sample(33, 3) if row["p"][-1] in "01"]
    for i, row in enumerate(rows):
        row.update({f"w{r}": row["w"] * ((i * r) % 4) for r in (1, 2, 3)}, day=f"2024-01-0{1 + i % 2}")
    if design.zero_weights == "outside":
        rows[4]["w"] = 0.0
    data = columns(rows)
    table = spark.create_table("survey_further", pa.table(data), overwrite=True)
    asked = [
        *SMOOTH, total(), gini("x"), median("y"), quantile("x", 0.2, rule="hf7", interval="beta"),
        proportion("g", "a", interval="korn-graubard"), mean(lambda t: t.y / t.x, name="of a quotient"),
    ]  # fmt: skip

    here, there = (estimate(s, design, asked, by=["g", "day"]) for s in (data, table))

    apart(here.table, there.table)
    assert here.covariance() == pytest.approx(there.covariance(), rel=1e-9, abs=1e-6, nan_ok=True)


@pytest.mark.slow
def test_spark_finds_quantiles_tests_tables_and_changes_as_the_embedded_engine_does(spark, monkeypatch):
    import pyarrow as pa

    rows = sample(34, 3)
    rows[5]["y"] = None
    rows[7]["g"] = "missing"
    data = columns(rows)
    table = spark.create_table("survey_located", pa.table(data), overwrite=True)
    table = table.mutate(g=table.g.nullif("missing"))
    data["g"][7] = None
    design = Design("w", "h", "p")
    monkeypatch.setattr(located, "AT_ONCE", 0)
    asked = [quantile("y", p, rule=rule, name=f"{p} {rule}") for p in (0.1, 0.5, 0.9) for rule in ("math", "hf2")]
    for by in ((), ("g",), ("g", "sure")):
        here, there = (estimate(s, design, asked, by=by, missing="exclude").table for s in (data, table))
        apart(here, there)

    here, there = (crosstab(s, design, "g", "sure") for s in (data, table))
    apart(here.table, there.table)
    here, there = (change((s, design), (s, design), [total("x"), ratio("x", "b")], by="h").table for s in (data, table))
    apart(here, there)
    here, there = (weighted_totals(s, "w", [total("x"), total()], by="h") for s in (data, table))
    apart(here, there)
    for s in (data, table):
        with pytest.raises(ObservatoryError, match="Did you mean 'a'"):
            estimate(s, design, proportion("g", "A"), missing="exclude")
