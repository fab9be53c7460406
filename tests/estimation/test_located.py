"""Quantiles found where the units are give what sorting all units gives, to the same value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory.production.estimation import Design, estimate, located, mean, post_stratify, quantile, rake, total
from sse_observatory.production.estimation.estimate import Estimation

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
