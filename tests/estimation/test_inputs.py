"""The same survey in every form a user may bring it in gives the same numbers."""

import datetime
import decimal

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sse_observatory.core import ObservatoryError
from sse_observatory.engine import connect
from sse_observatory.production.estimation import (
    Bootstrap,
    Design,
    adjust_for_nonresponse,
    change,
    crosstab,
    estimate,
    gini,
    located,
    mean,
    median,
    post_stratify,
    proportion,
    rake,
    ratio,
    share,
    total,
    weighted_totals,
)

_RNG = np.random.default_rng(1)
_N = 120
ROWS = {
    "h": [f"{i:02d}" for i in _RNG.integers(1, 4, _N)], "p": _RNG.integers(0, 5, _N).tolist(),
    # Eighths, so that single precision and decimals hold them exactly.
    "w": (_RNG.integers(16, 72, _N) / 8).tolist(), "y": (_RNG.integers(0, 4000, _N) / 8).tolist(),
    "x": (_RNG.integers(8, 80, _N) / 8).tolist(), "g": _RNG.choice(["a", "b", "c"], _N).tolist(),
    "s": _RNG.choice(["f", "m"], _N).tolist(), "b": (_RNG.random(_N) < 0.4).tolist(),
    "r": (_RNG.random(_N) < 0.8).tolist(),
}  # fmt: skip
PLAIN = {name: name for name in ROWS}


def answers(data, names=PLAIN):
    """Estimates, adjusted weights, a cross-table and a change, without the names of the columns."""
    n = names
    design = Design(n["w"], n["h"], n["p"], nest=True)
    asked = [
        total(n["y"], name="1"), mean(n["y"], name="2"), ratio(n["y"], n["x"], name="3"),
        proportion(n["b"], name="4"), median(n["y"], name="5"), gini(n["y"], name="6"), share(n["y"], name="7"),
    ]  # fmt: skip
    raked = rake(data, design, {n["s"]: {"f": 700, "m": 720}, n["g"]: {"a": 400, "b": 500, "c": 520}})
    fitted = post_stratify(data, design, {n["g"]: {"a": 400, "b": 500, "c": 520}})
    answered = adjust_for_nonresponse(data, design, n["r"], n["g"])
    tables = [
        estimate(data, design, asked, by=[n["g"], n["s"]]).table,
        estimate(data, design.with_(replicates=Bootstrap(5, seed=1)), asked[:2], by=n["g"]).table,
        *(estimate(made.sample, made.design, asked[:3]).table for made in (raked, fitted, answered)),
        change((data, design), (data, design), asked[1]).table,
        weighted_totals(data, n["w"], asked[:1], by=n["g"]),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(located, "AT_ONCE", 0)
        tables.append(estimate(data, design, asked[4], by=n["g"]).table)
    assert crosstab(data, design, n["g"], n["s"]).table.num_rows
    # Whether a total can be added up without rounding depends on the types of the columns.
    return [[tuple(v for k, v in row.items() if k != "exact") for row in table.to_pylist()] for table in tables]


@pytest.fixture(scope="module")
def expected():
    return answers(ROWS)


def agree(found, expected):
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        assert len(mine) == len(theirs)
        for one, two in zip(mine, theirs, strict=True):
            for a, b in zip(one, two, strict=True):
                assert a == (pytest.approx(b, rel=1e-9, abs=1e-12) if isinstance(b, float) else b), (one, two)


NAMES = {
    "spaces and accents": (
        "Straße Nr", "PSU größe", "Gewicht (kg)", "Wert in €", "año", "région d'été", 'se"x', "ja/nein", "r é"
    ),
    "words of SQL": ("select", "group", "order", "api.stu", "from", "where", "null", "case", "true"),
    "digits and length": ("1h", "2", "w" * 200, "3.14", "-1", "g" * 200, "0", "%b%", "{r}"),
    "names used inside": ("d0", "b0", "weight", "n_", "w", "inside", "stratum", "certain", "y0"),
    "names of helper columns": ("_w", "psu", "s0", "total_", "one_cluster_", "value_key_0", "value_0", "index", "k0"),
    "punctuation": ("a\\b", "50%", "`w`", "[y]", "x;--", "g\tt", "s\nn", "'b'", "r?"),
}  # fmt: skip


@pytest.mark.parametrize("given", NAMES.values(), ids=NAMES)
def test_columns_of_any_name(given, expected):
    names = dict(zip(ROWS, given, strict=True))

    agree(answers({names[k]: v for k, v in ROWS.items()}, names), expected)


def _replaced(name, values):
    table = pa.table(ROWS)
    return table.set_column(table.column_names.index(name), name, values)


def _categorical(frame):
    return frame.assign(
        g=pd.Categorical(frame.g, categories=["c", "z", "b", "a"]), h=pd.Categorical(frame.h, ["99", "03", "02", "01"])
    )


G = pa.chunked_array([ROWS["g"]])
FORMS = {
    "polars": lambda: pl.DataFrame(ROWS),
    "lazy polars": lambda: pl.DataFrame(ROWS).lazy(),
    "polars categories": lambda: pl.DataFrame(ROWS).with_columns(
        pl.col("g").cast(pl.Categorical), pl.col("s").cast(pl.Enum(["x", "m", "f"]))
    ),
    "nullable pandas": lambda: pd.DataFrame(ROWS).convert_dtypes(),
    "pandas over Arrow": lambda: pd.DataFrame(ROWS).convert_dtypes(dtype_backend="pyarrow"),
    "categories that never occur": lambda: _categorical(pd.DataFrame(ROWS)),
    "an index with names": lambda: pd.DataFrame(ROWS).set_index(["h", "p"]),
    "long text": lambda: _replaced("g", G.cast(pa.large_string())),
    "text views": lambda: _replaced("g", G.cast(pa.string_view())),
    "a dictionary": lambda: _replaced("g", G.dictionary_encode()),
    "runs": lambda: _replaced("g", pa.chunked_array([pc.run_end_encode(G.chunk(0))])),
    "decimals of weights": lambda: _replaced(
        "w", pa.array([decimal.Decimal(str(w)) for w in ROWS["w"]], pa.decimal128(9, 3))
    ),
    "decimals of 76 digits": lambda: _replaced(
        "y", pa.array([decimal.Decimal(str(y)) for y in ROWS["y"]], pa.decimal256(60, 20))
    ),
    "half precision": lambda: _replaced("x", pa.array(np.array(ROWS["x"], np.float16))),
    "small batches": lambda: pa.Table.from_batches(pa.table(ROWS).to_batches(max_chunksize=7)),
    "arrays": lambda: {k: np.array(v) for k, v in ROWS.items()},
    "clusters that are fractions of one": lambda: {**ROWS, "p": [float(p) for p in ROWS["p"]]},
    "a table of the engine": lambda: connect("duckdb://").create("a sample", pa.table(ROWS)),
    "a table in memory": lambda: ibis.memtable(pa.table(ROWS)),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_frames_of_any_kind(form, expected):
    agree(answers(form()), expected)


def test_files_folders_and_tables_of_a_database(tmp_path, expected):
    table = pa.table(ROWS)
    file = tmp_path / "sample [1]*.parquet"
    pq.write_table(table, file, row_group_size=17)
    folder = tmp_path / "parts"
    for i in range(3):
        (folder / f"part={i}").mkdir(parents=True)
        pq.write_table(table.slice(i * 40, 40), folder / f"part={i}" / "rows.parquet")
    own = duckdb.connect(str(tmp_path / "office.duckdb"))
    own.register("rows", table)
    # An enumeration brings all its values along, those of no unit too.
    own.execute("CREATE TYPE code AS ENUM ('c', 'zz', 'b', 'a')")
    own.execute("CREATE TABLE t AS SELECT * REPLACE (g::code AS g, y::FLOAT AS y, p::UTINYINT AS p) FROM rows")
    own.close()
    stored = ibis.duckdb.connect(tmp_path / "office.duckdb").table("t")
    labels = ibis.memtable({"g": ["a", "b", "c", "d"], "label": ["A", "B", "C", "D"]})

    for data in (str(file), folder, stored, stored.mutate(g=stored.g.cast("string")).join(labels, "g")):
        agree(answers(data), expected)


def test_folders_without_a_parquet_file_are_said(tmp_path):
    with pytest.raises(ObservatoryError, match="no Parquet file"):
        estimate(tmp_path, Design("w"), total())


CODES = {
    "whole numbers": [2, 1, 2, 1],
    "yes and no": [True, False, True, False],
    "days": [datetime.date(2024, 2, 1), datetime.date(2024, 1, 31)] * 2,
    "mixed case": ["a", "A", "a", "A"],
    "nothing between quotes": ["x", "", "x", ""],
    "white space": ["x ", "x", "x ", "x"],
    "leading zeros": ["010", "01", "010", "01"],
    "moments": [datetime.datetime(2024, 1, 1, 13), datetime.datetime(2024, 1, 1, 12)] * 2,
}


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
@pytest.mark.parametrize("at_once", [0, 10**9])
def test_codes_of_any_type_tell_domains_strata_and_clusters_apart(codes, at_once, monkeypatch):
    monkeypatch.setattr(located, "AT_ONCE", at_once)
    data = {"k": codes * 2, "p": [1, 2, 3, 4, 5, 6, 7, 8], "w": [2.0] * 8, "y": [1.0, 2, 3, 4, 5, 6, 7, 8]}

    by = estimate(data, Design("w", clusters="p"), [total("y"), median("y")], by="k").table.to_pylist()
    strata = estimate(data, Design("w", "k", "p"), mean("y")).table.to_pylist()[0]
    clusters = estimate(data, Design("w", clusters="k"), mean("y")).table.to_pylist()[0]

    totals = [row["estimate"] for row in by if row["statistic"] == "total(y)"]
    medians = [row["estimate"] for row in by if row["statistic"] == "median(y)"]
    assert totals == [72, 40, 32]
    assert medians == [4, 4, 3]
    assert len({row["k"] for row in by}) == 3
    # Two strata of four units with variance 20/3, each a half: √(2 · (1/2)² · 20/3 / 4); two clusters of means 4 and 5.
    assert strata["se"] == pytest.approx((2 / 4 * 20 / 3 / 4) ** 0.5)
    assert clusters["df"] == 1


def test_corrections_as_counts_and_as_fractions_are_one():
    strata = ["01", "01", "02", "02", "02"]
    data = {
        "h": strata, "p": [1, 2, 1, 2, 3], "w": [2.0, 2, 3, 3, 3], "y": [1.0, 5, 2, 2, 9],
        "N": [4, 4, 9, 9, 9], "f": [0.5, 0.5, *[3 / 9] * 3], "D": [decimal.Decimal(n) for n in (4, 4, 9, 9, 9)],
    }  # fmt: skip

    errors = [estimate(data, Design("w", "h", "p", fpc, nest=True), total("y")).table["se"][0].as_py() for fpc in "NfD"]

    # By hand: 4² · (1 − 1/2) · 8 / 2 + 9² · (1 − 1/3) · (49/3) / 3.
    assert errors == [pytest.approx((16 * 0.5 * 8 / 2 + 81 * 2 / 3 * 49 / 3 / 3) ** 0.5)] * 3


def test_samples_of_one_row_and_of_one_column():
    lone, asked = {"w": [2.0], "y": [3.0]}, [total("y"), median("y"), gini("y")]
    with pytest.raises(ObservatoryError, match="single sampled cluster"):
        estimate(lone, Design("w"), asked)
    one = estimate(lone, Design("w", lonely="remove"), asked, by="y").table.to_pylist()
    assert [row["estimate"] for row in one] == [6, 6, 3, 3, 0, 0]
    assert {row["status"] for row in one} == {"N"}, "one unit has no precision"
    alone = estimate({"w": [2.0, 3.0]}, Design("w"), [total(), total("w")]).table
    assert alone["estimate"].to_pylist() == [5, 13]
