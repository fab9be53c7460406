"""Chains of adjustments of weights on random designs, linearised and replicated, against R survey; bounds against
linear programming."""

import numpy as np
import pytest
from scipy import optimize, sparse

from estimation import calibrations, r
from estimation.oracles import holds
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import (
    Bootstrap,
    Design,
    ReplicateWeights,
    adjust_for_nonresponse,
    calibrate,
    estimate,
    post_stratify,
    rake,
    total,
    trim,
)
from sse_observatory.production.estimation.solving import newton


@holds("R survey", ["post-stratified, raked, calibrated"], ["total, mean, ratio", "design effect, df"])
def test_chains_of_adjustments_are_those_of_r():
    compared(calibrations.TAYLOR, range(7000, 7025))


@holds("R survey", ["calibrated, with replicates"], ["total, mean, ratio", "design effect, df"])
def test_chains_of_adjustments_of_replicates_are_those_of_r():
    compared(calibrations.REPLICATED, range(8000, 8020))


def compared(kinds, seeds):
    """Every chain agrees with R, or has replicates that no factors within the bounds adjust, where R goes on."""
    chains = [calibrations.draw(seed, kinds[seed % len(kinds)]) for seed in seeds]
    agreeing = 0
    for seed, chain, theirs in zip(seeds, chains, r.values([c.case for c in chains]), strict=True):
        what = f"seed {seed}, {chain.facts}"
        if isinstance(theirs, r.Refused):
            # R repeats strict trimming without end, stops at replicates in which a variable is redundant, and
            # goes on with what is not a number where a class is empty in a replicate.
            if "NA/NaN" in theirs.message:
                with pytest.raises(ObservatoryError, match=r"Replicate .* (No unit|No factors)"):
                    estimate(*chain.made(), total("y"))
                continue
            assert "stack" in theirs.message or "singular" in theirs.message, f"{what}: {theirs}"
            continue
        try:
            calibrations.compare(chain, theirs, what)
        except ObservatoryError as refused:
            assert "Replicate" in refused.what, what
            reasons = ("meet all totals", "No unit", "No factors meet all margins", "Raking did not meet")
            assert any(reason in refused.what for reason in reasons), what
        else:
            agreeing += 1
    assert agreeing > 0.7 * len(seeds)


@pytest.mark.parametrize("distance", ["linear", "raking", "logit"])
def test_factors_within_bounds_are_found_where_there_are_any(distance):
    found = none = 0
    for seed in range(120):
        rng = np.random.default_rng([seed, 5])
        n, p = int(rng.integers(6, 40)), int(rng.integers(1, 5))
        x = np.column_stack([np.ones(n), *(rng.gamma(2, 3, n) if k % 2 else rng.random(n) < 0.3 for k in range(p))])
        w = rng.uniform(1, 20, n) * (rng.random(n) < 0.9)
        w[:2] = 3.0
        low, high = float(rng.uniform(0.2, 0.9)), float(rng.uniform(1.1, 2.5))
        target = x.T @ (w * rng.uniform(low, high, n))
        if seed % 2:
            # Near the furthest that the bounds can reach in some direction, on either side of it.
            edge = x.T @ (w * np.where(x @ rng.normal(size=p + 1) > 0, high, low))
            target = target + rng.uniform(0.9, 1.1) * (edge - target)
        used = w > 0
        reachable = optimize.linprog(
            np.zeros(used.sum()), A_eq=(x * w[:, None])[used].T, b_eq=target, bounds=[(low, high)] * int(used.sum()),
            method="highs",
        ).success  # fmt: skip
        names = [f"x{k}" for k in range(p + 1)]
        try:
            solved = newton(
                sparse.csr_array(x), w, target, distance, (low, high), None, 1e-8, 200, names
            )
        except ObservatoryError as refused:
            assert not reachable, f"seed {seed}: {refused}"
            none += 1
            continue
        assert reachable, seed
        found += 1
        assert (solved.g >= low - 1e-12).all() and (solved.g <= high + 1e-12).all()
        assert x.T @ (w * solved.g) == pytest.approx(target, rel=1e-7)
    assert found > 50 and none > 10


def test_bounds_that_cannot_be_met_are_called_so():
    sample = {"w": [2.0, 3, 4, 5], "v": [1.0, 2, 1, 1], "y": [1.0, 2, 3, 4]}

    with pytest.raises(ObservatoryError, match=r"no factors from 0\.8 to 1\.2 meet all totals") as refused:
        calibrate(sample, Design("w"), {"v": 1000.0, None: 14}, bounds=(0.8, 1.2))

    assert "Widen the bounds" in refused.value.todo


def test_an_estimate_within_reach_of_its_bounds_meets_the_totals():
    # Both factors of the pairs must stand at a bound: 0.5 and 1.5 make 3 of 1 + 5 and 13 of x.
    sample = {"w": [1.0, 1, 1, 1], "x": [0.0, 2, 4, 6], "y": [1.0, 2, 3, 4]}
    made = calibrate(sample, Design("w"), {None: 4, "x": 15.9}, bounds=(0.5, 1.5))

    found = estimate(made.sample, made.design, [total(), total("x")]).table["estimate"].to_pylist()

    assert found == pytest.approx([4, 15.9], rel=1e-9)


def test_trimming_leaves_those_who_did_not_respond_at_zero():
    sample = {"w": [1.0, 1, 1, 9, 4], "answered": [True, False, True, True, True], "y": [1.0, None, 2, 3, 4]}
    made = adjust_for_nonresponse(sample, Design("w"), "answered")

    cut = trim(made.sample, made.design, lower=2, upper=8)

    # 16/15 of 1, 1, 9 and 4; two are raised to 2 and one is cut to 8, which leaves 9.6 − 8 − 2 (2 − 16/15) to the last.
    last = 64 / 15 + (9.6 - 8) - 2 * (2 - 16 / 15)
    assert cut.weights().to_pylist() == pytest.approx([2, 0, 2, 8, last])
    assert cut.report.changed == 3
    assert cut.report.sum_after == pytest.approx(16)


def test_replicates_that_came_with_the_sample_are_trimmed_as_those_made_from_the_design():
    chain = calibrations.draw(3, "jackknife", ["linear"])
    bootstrap = Bootstrap(40, seed=2)
    made_here = chain.design.with_(replicates=bootstrap)
    factors = calibrations._factors(made_here, chain.data)
    columns = {f"r{k}": factors[:, k] * chain.data["w"] for k in range(40)}
    given = Design("w", replicates=ReplicateWeights(list(columns), "bootstrap"))
    sample = {**chain.data, **columns}
    quantiles = np.quantile(chain.data["w"], [0.1, 0.8])

    def cut(design, before):
        source, used = sample, design
        for step in chain.adjust if before else ():
            done = step(source, used)
            source, used = done.sample, done.design
        done = trim(source, used, lower=float(quantiles[0]), upper=float(quantiles[1]))
        if not before:
            for step in chain.adjust:
                done = step(done.sample, done.design)
        return estimate(done.sample, done.design, [total("y"), total("z")]).table.to_pylist()

    for before in (False, True):
        one, two = cut(made_here, before), cut(given, before)
        assert [row["estimate"] for row in one] == pytest.approx([row["estimate"] for row in two], rel=1e-11)
        assert [row["se"] for row in one] == pytest.approx([row["se"] for row in two], rel=1e-9)
    # By hand: every replicate of the total is that of the weights as cut.
    done = trim(sample, given, lower=float(quantiles[0]), upper=float(quantiles[1]))
    replicated = (factors * (np.asarray(done.weights()) * chain.data["y"])[:, None]).sum(axis=0)
    row = estimate(done.sample, done.design, total("y")).table.to_pylist()[0]
    assert row["se"] == pytest.approx(np.std(replicated, ddof=1), rel=1e-9)


LACKING = {"w": [2.0, 3, 4, 5], "k": ["a", "a", "b", "b"], "x": [1.0, 2, 5, 3], "v": [1.0, None, 1, 1], "y": [1.0] * 4,
           "a": ["1", "2", "2", "2"], "b": ["1", "2", "1", "2"], "r1": [2.0, 3, 4, 5], "r2": [0.0] * 4}  # fmt: skip


@pytest.mark.parametrize(
    ("adjusted", "words"),
    [
        (lambda s, d: post_stratify(s, d, {"k": {"a": 0, "b": 10}}), "would follow from the total of k=a"),
        (lambda s, d: rake(s, d, {"k": {"a": 0, "b": 10}}), "would follow from the total of k=a"),
        (lambda s, d: calibrate(s, d, {None: 0}), "The number of units is 0"),
        (lambda s, d: calibrate(s, d, {None: -5, "x": 3.0}), "The number of units is -5"),
        (lambda s, d: calibrate(s, d, {"x": -5}, distance="raking"), "no factors from 0 to inf meet all totals"),
        (lambda s, d: calibrate(s, d, {"x": 40}, spread="v"), "'v' is missing or infinite on 1 units"),
        (
            lambda s, d: rake(s, d, {"a": {"1": 5, "2": 5}, "b": {"1": 3, "2": 7}}),
            "Raking did not meet its margins",
        ),
        (
            lambda s, d: calibrate(
                s, d.with_(replicates=ReplicateWeights(["r1", "r2"], "bootstrap")), {"x": 40.0}
            ),
            "The replicate weights 'r2' are zero on every unit",
        ),
    ],
)  # fmt: skip
def test_totals_that_leave_no_weights_are_refused_with_the_reason(adjusted, words):
    with pytest.raises(ObservatoryError) as refused:
        made = adjusted(LACKING, Design("w"))
        estimate(made.sample, made.design, total("y"))

    assert words in str(refused.value)
    assert refused.value.todo


def test_units_that_may_stand_outside_can_be_given_no_weight():
    made = post_stratify(LACKING, Design("w", zero_weights="outside"), {"k": {"a": 0, "b": 10}})

    assert estimate(made.sample, made.design, total("y")).table["estimate"][0].as_py() == pytest.approx(10)


@pytest.mark.parametrize("options", [{"scale": 1, "rscales": [0, 0]}, {"scale": "one"}, {"scale": float("nan")}])
def test_scales_that_give_no_variance_are_refused(options):
    with pytest.raises(ObservatoryError, match="scale"):
        ReplicateWeights(["r1", "r2"], **options)
