"""Columns whose names differ only by case: engines take them for one, frames and R do not."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from estimation import r
from estimation.agree import close
from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.production.estimation import (
    Bootstrap,
    Design,
    Jackknife,
    ReplicateWeights,
    Sample,
    SecondPhase,
    adjust_by_propensity,
    adjust_for_nonresponse,
    calibrate,
    change,
    crosstab,
    estimate,
    gini,
    mean,
    median,
    post_stratify,
    proportion,
    rake,
    ratio,
    share,
    total,
    trim,
    weighted_totals,
)


def columns(seed=3, strata=4, units=12):
    """A sample in which every column has a twin with other values."""
    rng = np.random.default_rng(seed)
    n = strata * units
    h, c = np.repeat(np.arange(strata), units), np.arange(n) // 3
    made = {
        "h": h, "c": c, "w": rng.uniform(2, 5, n), "size": np.full(n, 40.0), "y": rng.gamma(3, 2, n),
        "g": rng.choice(["a", "b"], n), "k": rng.choice(["u", "v"], n), "in_": rng.random(n) < 0.7,
        "r1": rng.uniform(1, 6, n), "r2": rng.uniform(1, 6, n), "number": np.arange(n),
    }  # fmt: skip
    made["in_"][::3] = True
    return made


def twins(data):
    """The same columns under capitals, each beside a small-letter twin that would give other numbers."""
    rng = np.random.default_rng(9)
    both = {}
    for name, values in data.items():
        both[name] = rng.permutation(values)
        both[name.upper()] = values
    return both


def plainly(data):
    return {name.upper(): values for name, values in data.items()}


def entrances(data, folder):
    """The sample by every way in that keeps case."""
    pq.write_table(pa.table(data), folder / "sample.parquet")
    return {
        "mapping": data, "pandas": pd.DataFrame(data), "polars": pl.DataFrame(data), "lazy": pl.LazyFrame(data),
        "arrow": pa.table(data), "file": folder / "sample.parquet", "ready": Sample.of(pd.DataFrame(data)),
        "ready file": Sample.of(str(folder / "sample.parquet")),
    }  # fmt: skip


D = Design("W", "H", "C", fpc="SIZE")
STATISTICS = [
    total("Y"), mean("Y"), ratio("Y", "SIZE"), proportion("G", "a"), share("Y"), median("Y"), gini("Y"),
    total(lambda t: t.Y * (t["G"] == "a").cast("int8"), name="Y of a"),
]  # fmt: skip


def told(result):
    return result.table.drop_columns(["exact"]).to_pylist()


def same(one, two):
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        assert list(a) == list(b)
        for name in a:
            assert a[name] == (pytest.approx(b[name], rel=1e-12) if isinstance(b[name], float) else b[name])


@pytest.mark.parametrize(
    "entrance", ["mapping", "pandas", "polars", "lazy", "arrow", "file", "ready", "ready file"]
)
def test_every_way_in_tells_twins_apart(tmp_path, entrance):
    data = columns()
    sample = entrances(twins(data), tmp_path)[entrance]

    found = estimate(sample, D, STATISTICS, by=["G", "K"], domain=lambda t: t.Y > 2)

    same(told(found), told(estimate(plainly(data), D, STATISTICS, by=["G", "K"], domain=lambda t: t.Y > 2)))


@pytest.mark.parametrize(
    "design",
    [
        Design(None, "H", fpc="SIZE"),
        Design(None, "H", ["C", "NUMBER"], fpc=["SIZE", "SIZE"]),
        D.with_(replicates=Jackknife()),
        D.with_(fpc=None, replicates=Bootstrap(20, seed=1)),
        Design("W", replicates=ReplicateWeights(["R1", "R2"], "bootstrap")),
        Design("W", "H", second=SecondPhase("IN_", "G")),
        Design("W", "H", "C", certainty="IN_"),
        Design("W", "H", collapse="NUMBER"),
    ],
    ids=["srs", "stages", "jackknife", "bootstrap", "replicates", "two-phase", "certainty", "collapse"],
)
def test_every_design_tells_twins_apart(design):
    data = columns()
    if design.certainty:
        data["in_"] = data["c"] % 4 == 0
    wanted = [total("Y"), mean("Y")]

    same(told(estimate(twins(data), design, wanted)), told(estimate(plainly(data), design, wanted)))


COUNTS = {"G": {"a": 100, "b": 80}}
ADJUSTED = {
    "post_stratify": lambda s: post_stratify(s, D, COUNTS),
    "rake": lambda s: rake(s, D, {**COUNTS, "K": {"u": 90, "v": 90}}),
    "greg": lambda s: calibrate(s, D, {**COUNTS, "Y": 1100}),
    "households": lambda s: calibrate(s, D.with_(weights="SIZE"), {None: 180, "Y": 1100}, cluster="C", spread="SIZE"),
    "logit": lambda s: calibrate(s, D, COUNTS, distance="logit", bounds=(0.3, 3)),
    "respond": lambda s: adjust_for_nonresponse(s, D, "IN_", ["G", "K"]),
    "propensity": lambda s: adjust_by_propensity(s, D, "IN_", ["G", "Y"]),
    "trim": lambda s: trim(s, D, upper=4.5, lower=2.5),
    "named": lambda s: trim(s, D, upper=4.5, lower=2.5, name="final"),
    "twice": lambda s: rake(*(lambda w: (w.sample, w.design))(adjust_for_nonresponse(s, D, "IN_", "G")), COUNTS),
}


@pytest.mark.parametrize("step", ADJUSTED)
def test_every_weighting_step_tells_twins_apart(tmp_path, step):
    data = columns()
    theirs = ADJUSTED[step](plainly(data))
    wanted = [total("Y"), mean("Y"), median("Y")]

    for sample in (twins(data), entrances(twins(data), tmp_path)["file"]):
        ours = ADJUSTED[step](sample)
        assert ours.weights().to_pylist() == pytest.approx(theirs.weights().to_pylist(), rel=1e-12)
        # Threads of the engine add up in any order.
        same([asdict(ours.report)], [asdict(theirs.report)])
        same(
            told(estimate(ours.sample, ours.design, wanted, by="G")),
            told(estimate(theirs.sample, theirs.design, wanted, by="G")),
        )


def test_cross_tables_changes_and_bare_totals_tell_twins_apart():
    before, after = columns(3), columns(4)
    design = D.with_(fpc=None)

    assert crosstab(twins(before), D, "G", "K").table == crosstab(plainly(before), D, "G", "K").table
    ours = change((twins(before), design), (twins(after), design), mean("Y"), by="G")
    theirs = change((plainly(before), design), (plainly(after), design), mean("Y"), by="G")
    same(ours.table.to_pylist(), theirs.table.to_pylist())
    ours, theirs = (
        weighted_totals(s, "SIZE", total("NUMBER"), by="G", domain=lambda t: t.K == "u")
        for s in (twins(before), plainly(before))
    )
    assert ours == theirs


def test_medians_of_many_units_tell_twins_apart(monkeypatch):
    from sse_observatory.production.estimation import located

    monkeypatch.setattr(located, "AT_ONCE", 10)
    data = columns()
    design = D.with_(fpc=None)
    ask = {"statistics": [median("Y"), median(lambda t: t.Y + t.W, name="sum")], "by": "G"}

    same(told(estimate(twins(data), design, **ask)), told(estimate(plainly(data), design, **ask)))


def test_twins_are_both_usable_and_a_stored_name_that_is_taken_is_passed_over():
    sample = Sample.of({"w": [1.0, 1, 1], "y": [1.0, 2, 3], "Y": [10.0, 20, 60], "Y_2": [0.0, 0, 0], "y_3": [5.0] * 3})

    found = estimate(sample, Design("w"), [total("y"), total("Y"), total("Y_2"), total(lambda t: t.Y - t.y, name="d")])

    assert found.table["estimate"].to_pylist() == [6, 90, 0, 84]
    assert sample.columns == ("w", "y", "Y", "Y_2", "y_3")
    assert repr(sample) == "Sample('the sample', columns w, y, Y, Y_2, y_3)"


def test_messages_keep_the_names_of_the_data():
    sample = {"w": [1.0, 2], "name": ["a", "b"], "Name": ["c", "d"]}

    with pytest.raises(ObservatoryError, match="The column 'Name' of the sample holds text"):
        estimate(sample, Design("w"), total("Name"))
    with pytest.raises(NotFound) as error:
        estimate(sample, Design("w"), total("NAME"))
    assert error.value.todo == "Did you mean 'name'? Columns: w, name, Name."
    with pytest.raises(NotFound) as error:
        estimate(sample, Design("w"), total(lambda t: t.names, name="x"))
    assert error.value.todo == "Columns: w, name, Name."


def test_a_table_of_an_engine_that_lost_its_twins_is_refused():
    import ibis

    table = ibis.memtable(pa.table({"w": [1.0, 2], "y": [1, 2], "Y": [3, 4]}))

    with pytest.raises(ObservatoryError, match="'y' and 'Y' of the sample are one to an engine"):
        estimate(table, Design("w"), total("Y"))


def test_a_column_that_comes_twice_is_refused(tmp_path):
    table = pa.table([[1.0, 2], [1, 2], [3, 4]], names=["w", "y", "y"])
    pq.write_table(table, tmp_path / "twice.parquet")

    for sample in (table, tmp_path / "twice.parquet"):
        with pytest.raises(ObservatoryError, match="two columns 'y'"):
            estimate(sample, Design("w"), total("y"))


@pytest.mark.parametrize("step", ["named", "post"])
def test_new_weights_may_not_be_a_twin_of_a_column(step):
    sample = {"w": [1.0, 2, 9], "g": ["a", "a", "a"]}
    make = {
        "named": lambda: trim(sample, Design("w"), upper=5, name="W"),
        "post": lambda: post_stratify(sample, Design("w"), {"g": {"a": 9}}, name="W"),
    }

    with pytest.raises(ObservatoryError, match="has a column 'w' already, and engines ignore case"):
        make[step]()


def test_svy_is_given_the_names_of_the_data():
    pytest.importorskip("svy")
    data = twins(columns())

    ready = D.with_(fpc=None).to_svy(data)

    ours = estimate(data, D.with_(fpc=None), mean("Y")).table.to_pylist()[0]
    theirs = ready.estimation.mean("Y").to_polars()
    assert (theirs["est"][0], theirs["se"][0]) == pytest.approx((ours["estimate"], ours["se"]), rel=1e-10)


def test_the_example_of_r_gives_the_numbers_of_r():
    fpc = r.table("data(fpc); fpc")
    assert {"nh", "Nh"} <= set(fpc)
    cases = [
        "svydesign(id = ~psuid, strat = ~stratid, weight = ~weight, data = fpc, nest = TRUE)",
        "svydesign(id = ~psuid, strat = ~stratid, weight = ~weight, fpc = ~Nh, data = fpc, nest = TRUE)",
        "svydesign(id = ~psuid, strat = ~stratid, fpc = ~Nh, data = fpc, nest = TRUE)",
    ]
    ours = [
        Design("weight", "stratid", "psuid", nest=True),
        Design("weight", "stratid", "psuid", fpc="Nh", nest=True),
        Design(None, "stratid", "psuid", fpc="Nh", nest=True),
    ]
    theirs = r.values([
        r.Case({"x": [1]}, f"""data(fpc); d <- {code}
            t <- svytotal(~x, d); m <- svymean(~x, d); q <- svyratio(~x, ~Nh, d); u <- svytotal(~nh, d)
            list(t = coef(t), ts = SE(t), m = coef(m), ms = SE(m), q = coef(q), qs = SE(q), u = coef(u), us = SE(u))""")
        for code in cases
    ])  # fmt: skip
    for design, there in zip(ours, theirs, strict=True):
        assert not isinstance(there, r.Refused), there
        rows = estimate(fpc, design, [total("x"), mean("x"), ratio("x", "Nh"), total("nh")]).table.to_pylist()
        mine = [row[c] for row in rows for c in ("estimate", "se")]
        for value, other in zip(mine, there.values(), strict=True):
            close(value, other, "fpc", absolute=1e-9)
