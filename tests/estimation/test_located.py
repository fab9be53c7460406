"""Quantiles found where the units are give what sorting all units gives, to the same value."""

import math
from fractions import Fraction
from itertools import accumulate, product

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory.core import ObservatoryError
from sse_observatory.engine import connect
from sse_observatory.production.estimation import (
    Design,
    Sample,
    estimate,
    located,
    mean,
    median,
    post_stratify,
    quantile,
    rake,
    total,
)
from sse_observatory.production.estimation.estimate import Estimation, View

BY = ((), ("d",), ("d", "e"))


def table(monkeypatch, at_once, data, design, statistics, **how):
    monkeypatch.setattr(located, "AT_ONCE", at_once)
    return estimate(data, design, statistics, **how).table.to_pylist()


def same(ours, theirs, what):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        for name, value in b.items():
            if isinstance(value, float):
                assert a[name] == pytest.approx(value, rel=1e-9, abs=1e-12), f"{what}: {name} of {b}"
            else:
                assert a[name] == value, f"{what}: {name} of {b}"


def drawn(seed):
    """A sample in clusters: skewed, tied, negative or rounded values; equal, whole or any weights; gaps."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 300))
    values = (
        rng.normal(0, 10, n), rng.gamma(0.3, 100, n), rng.integers(0, 5, n).astype(float),
        np.round(rng.lognormal(3, 2, n)), -rng.gamma(2, 2, n), rng.lognormal(0, 6, n), np.full(n, 3.0),
    )  # fmt: skip
    weights = (rng.uniform(1, 9, n), rng.integers(1, 4, n).astype(float), np.full(n, 7.0))
    y = values[seed % len(values)]
    data = {
        "h": rng.integers(0, 3, n), "p": rng.integers(0, 4, n), "y": y, "w": weights[rng.integers(3)],
        "d": list(rng.choice(["a", "b", "c"], n)), "e": rng.integers(0, 2, n), "f": rng.random(n) < 0.7,
    }  # fmt: skip
    how = {"by": BY[seed % 3]}
    if seed % 5 == 0:
        data["y"] = [None if rng.random() < 0.1 else float(v) for v in y]
        how["missing"] = "exclude"
    if seed % 4 == 0:
        data["d"] = [None if rng.random() < 0.1 else v for v in data["d"]]
    if seed % 7 == 0:
        how["domain"] = lambda t: t.f
    made = {}
    for _ in range(3):
        p = float(rng.choice([0.01, 0.1, 0.5, 0.9, 0.99]))
        rule = str(rng.choice(located.RULES))
        interval = str(rng.choice(["mean", "xlogit", "asin", "beta"]))
        label = f"{p} {rule} {interval}"
        made[label] = quantile("y", p, rule=rule, interval=interval, name=label)
    return data, [total("w", name="of weights"), *made.values()] if seed % 2 else list(made.values()), how


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**8))
def test_quantiles_found_in_the_engine_are_those_of_sorted_units(seed):
    data, statistics, how = drawn(seed)
    design = Design("w", "h", "p", nest=True, lonely="certainty")
    with pytest.MonkeyPatch.context() as patch:
        sorted_ = table(patch, 10**9, data, design, statistics, **how)
        found = table(patch, 0, data, design, statistics, **how)
    same(found, sorted_, f"seed {seed}")


def test_a_share_met_exactly_and_the_first_value_are_read_as_in_memory(monkeypatch):
    # Cumulative shares 1/4, 2/4, 3/4, 1: a quarter, a half and less than a quarter are asked for.
    data = {"p": [1, 2, 3, 4], "w": [3.0] * 4, "y": [10.0, 20.0, 30.0, 40.0]}
    asked = [
        quantile("y", p, rule=rule, name=f"{rule} {p}")
        for rule in ("math", "school", "inverse")
        for p in (0.1, 0.25, 0.5)
    ]

    found = table(monkeypatch, 0, data, Design("w", clusters="p"), asked)

    assert {row["statistic"]: row["estimate"] for row in found} == {
        "math 0.1": 20, "math 0.25": 10, "math 0.5": 20,
        "school 0.1": 20, "school 0.25": 15, "school 0.5": 25,
        "inverse 0.1": 10, "inverse 0.25": 10, "inverse 0.5": 20,
    }  # fmt: skip


@pytest.mark.parametrize("adjust", [post_stratify, rake])
def test_the_variance_knows_of_adjusted_weights(monkeypatch, adjust):
    rng = np.random.default_rng(4)
    n = 200
    data = {
        "p": np.arange(n) // 5, "w": np.full(n, 4.0), "y": rng.gamma(2, 50, n), "s": list(rng.choice(["x", "z"], n)),
    }  # fmt: skip
    done = adjust(data, Design("w", clusters="p"), {"s": {"x": 500.0, "z": 300.0}})
    asked = [quantile("y", 0.3), mean("y")]

    same(
        table(monkeypatch, 0, done.sample, done.design, asked, by="s"),
        table(monkeypatch, 10**9, done.sample, done.design, asked, by="s"),
        "adjusted",
    )


def test_classes_that_share_a_place_and_far_values_change_nothing(monkeypatch):
    # One value is a million times all others together, so nearly all others are in few classes.
    y = np.append(np.linspace(0, 1, 400), 1e9)
    data = {"p": np.arange(401) % 7, "w": np.full(401, 2.0), "y": y}
    asked = [quantile("y", p, name=str(p)) for p in (0.2, 0.5, 0.999)]

    same(
        table(monkeypatch, 0, data, Design("w", clusters="p"), asked),
        table(monkeypatch, 10**9, data, Design("w", clusters="p"), asked),
        "far value",
    )


def test_ranges_cover_what_is_needed_and_are_few():
    needed = [(float(i), i + 0.25) for i in range(0, 200, 2)] + [(3.0, 9.0)]

    ranges = located._ranges(needed)

    assert len(ranges) <= located._RANGES
    assert all(any(low <= a and b <= high for low, high in ranges) for a, b in needed)
    assert located._ranges([(5.0, 6.0), (1.0, 2.0), (1.5, 3.0)]) == [(1.0, 3.0), (5.0, 6.0)]


def test_only_where_it_is_possible_the_units_stay_where_they_are(monkeypatch):
    used = []
    whole = Estimation._located
    monkeypatch.setattr(Estimation, "_located", lambda self, ranked: used.append(whole(self, ranked)) or used[-1])
    data = {"p": [1, 1, 2, 2], "w": [1.0] * 4, "y": [1.0, 2.0, 3.0, 4.0]}
    clusters = Design("w", clusters="p")
    for design, rule in ((clusters, "math"), (clusters, "hf7"), (Design("w"), "math")):
        table(monkeypatch, 0, data, design, quantile("y", 0.5, rule=rule))
    table(monkeypatch, 100, data, clusters, quantile("y", 0.5))

    assert [len(found) for found in used] == [1, 0, 0, 0]


MET = Fraction(1, 10**12)
EDGE = "the tolerance decides"


def read(rule, pairs, p):
    """A quantile of pairs of value and weight as the rules define it, in exact arithmetic."""
    ordered = sorted(pairs)
    through = list(accumulate(Fraction(w) for _, w in ordered))
    apart = [c / through[-1] - Fraction(p) for c in through]
    if any(MET / 100 < abs(a) < MET * 10 for a in apart):
        return EDGE
    at = next((i for i, a in enumerate(apart) if a >= -MET), len(ordered) - 1)
    value, following = ordered[at][0], ordered[min(at + 1, len(ordered) - 1)][0]
    if rule == "inverse":
        return value
    if abs(apart[at]) <= MET:
        return value if rule in {"math", "hf1"} else (value + following) / 2
    return following if at == 0 else value


def awkward(seed):
    """A sample of 1 to 300 units with values and weights that arithmetic finds hard."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 3, 12, 300]))
    values = (
        rng.normal(0, 10, n), rng.lognormal(0, 20, n), np.full(n, 3.0), rng.integers(2**53 - 3, 2**53 + 9, n),
        rng.choice([-0.0, 0.0, 5e-324, 1e-310, -5e-324], n), np.full(n, 5e-324), rng.choice([8e307, -8e307, 0.0], n),
        1e15 + rng.integers(0, 4, n), np.nextafter(1.0, 2) ** rng.integers(0, 9, n), rng.random(n) < 0.5,
        rng.random(n).astype(np.float32), np.round(rng.gamma(0.3, 100, n)),
    )  # fmt: skip
    weights = (rng.uniform(1, 9, n), np.full(n, 0.1), 10.0 ** rng.uniform(-5, 5, n), rng.integers(1, 4, n))
    y = values[seed % len(values)].tolist()
    gap = (None, math.nan)[int(rng.integers(2))] if seed % 5 == 0 and isinstance(y[0], float) else y[0]
    # An array of numbers keeps what is not a number; a list would be read with gaps.
    y = [gap if rng.random() < 0.2 else v for v in y] if gap is None or gap != gap else y
    kind = {bool: pa.bool_(), int: pa.int64()}.get(type(y[0]), pa.float64())
    kind = pa.float32() if seed % len(values) == 10 else kind
    w = weights[int(rng.integers(len(weights)))].astype(float)
    return {
        "h": rng.integers(0, 3, n), "p": rng.integers(0, 4, n), "y": pa.array(y, kind), "w": w,
        "d": rng.choice(["a", "b", "ü"], n).tolist(), "e": rng.integers(0, max(1, n // 3), n),
    }  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**8))
def test_every_quantile_and_limit_is_that_of_its_rule_in_exact_arithmetic(seed):
    data, by = awkward(seed), BY[seed // 7 % 3]
    rng = np.random.default_rng(seed)
    asked = {}
    for i in range(6):
        p = float(rng.choice([0.001, 0.1, 0.25, 0.29, 0.5, 0.57, 0.9, 0.999]))
        made = quantile("y", p, rule=str(rng.choice(located.RULES)), name=f"{i}")
        asked[made.label] = made
    shares = {}
    whole = View._turned_back

    def remembered(self, statistic, domains, value, lower, upper, at):
        for d, codes in enumerate(domains.cells.codes):
            key = ["_T"] * len(by)
            for column, code in zip(domains.cells.columns, codes, strict=True):
                key[column] = self.rollup.codes[column][code]
            shares[statistic.label, tuple(key)] = (at.low[d], at.high[d])
        return whole(self, statistic, domains, value, lower, upper, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(View, "_turned_back", remembered)
        design = Design("w", "h", "p", nest=True, lonely="certainty")
        found = table(patch, 0, data, design, list(asked.values()), by=by, missing="exclude")

    domains = {}
    for i, (y, w) in enumerate(zip(data["y"].to_pylist(), data["w"].tolist(), strict=True)):
        if y is None or y != y:
            continue
        for key in product(*((str(data[c][i]), "_T") for c in by)):
            domains.setdefault(key, []).append((float(y), w))
    for row in found:
        key = tuple(row[c] for c in by)
        made, pairs = asked[row["statistic"]], domains.get(key, [])
        assert row["n"] == len(pairs)
        for name, p in zip(("estimate", "lower", "upper"), (made.p, *shares[made.label, key]), strict=True):
            expected = read(made.rule, pairs, p) if pairs and np.isfinite(p) else None
            if expected != EDGE:
                assert row[name] == expected, f"{name} of {made.rule} at {p} in {key}"


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_values_that_are_not_numbers_are_not_passed_over(monkeypatch, odd):
    # Nothing but quantiles is asked for, so that no sum would show them.
    monkeypatch.setattr(located, "AT_ONCE", 0)
    data = {"p": [1, 2, 3, 4], "w": [1.0] * 4, "y": np.array([1.0, 2.0, 3.0, odd])}
    design = Design("w", clusters="p")

    with pytest.raises(ObservatoryError, match="missing on 1 of 4" if odd != odd else "infinite on 1"):
        estimate(data, design, median("y"))
    if odd != odd:
        [row] = estimate(data, design, median("y"), missing="exclude").table.to_pylist()
        assert (row["n"], row["estimate"]) == (3, 2.0)


@pytest.mark.parametrize("by", [(), ("g",)])
def test_a_variable_without_any_value_has_no_quantile(monkeypatch, by):
    data = {"p": [1, 2, 3, 4], "w": [1.0] * 4, "y": pa.nulls(4, pa.float64()), "g": list("aabb")}

    found = table(monkeypatch, 0, data, Design("w", clusters="p"), median("y"), by=by, missing="exclude")

    assert {(row["n"], row["estimate"], row["status"]) for row in found} == {(0, None, "O")}


def test_a_light_domain_is_read_as_closely_as_the_heavy_one_beside_it(monkeypatch):
    # The second domain has 10⁻¹⁶ of the weight of the first, whose total would swallow a tenth of it.
    n = 40
    data = {
        "p": [i % 5 for i in range(2 * n)], "g": ["a"] * n + ["b"] * n, "w": [1e9] * n + [1e-7] * n,
        "y": [float(i % n) for i in range(2 * n)],
    }  # fmt: skip

    found = table(monkeypatch, 0, data, Design("w", clusters="p"), quantile("y", 0.6, rule="school"), by="g")

    assert [row["estimate"] for row in found if row["g"] != "_T"] == [23.5, 23.5]


def test_neither_the_order_of_rows_nor_threads_nor_memory_change_a_quantile(monkeypatch, tmp_path):
    monkeypatch.setattr(located, "AT_ONCE", 0)
    rng = np.random.default_rng(8)
    n = 60_000
    data = pa.table({
        "h": rng.integers(0, 9, n), "p": rng.integers(0, 6, n), "g": rng.integers(0, 40, n), "w": rng.uniform(1, 7, n),
        "y": np.round(rng.lognormal(3, 2, n), 1),
    })  # fmt: skip
    design = Design("w", "h", "p", nest=True)
    asked = [
        quantile("y", p, rule=rule, name=f"{p} {rule}") for p, rule in ((0.1, "hf2"), (0.5, "math"), (0.99, "hf1"))
    ]
    tables = []
    for threads, memory, rows in ((1, "64MB", np.arange(n)), (2, "1GB", rng.permutation(n)), (8, "1GB", np.arange(n))):
        with connect("duckdb://", threads=threads, memory_limit=memory, spill=tmp_path) as engine:
            stored = engine.create("sample", data.take(pa.array(rows)))
            tables.append(estimate(stored, design, asked, by="g").table)

    for name in ("estimate", "lower", "upper"):
        assert tables[0][name].equals(tables[1][name])
        assert tables[0][name].equals(tables[2][name])


def test_a_table_that_is_another_each_time_it_is_read_is_refused(monkeypatch):
    monkeypatch.setattr(located, "AT_ONCE", 0)
    data = Sample.of({"p": list(range(500)), "w": [1.0] * 500, "y": [float(i) for i in range(500)]})
    some = data.on(data.table.filter(ibis.random() < 0.5))

    with pytest.raises(ObservatoryError, match="other rows each time"):
        estimate(some, Design("w", clusters="p"), median("y"))
