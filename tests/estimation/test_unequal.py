"""Unequal probabilities without replacement and two-phase samples, held against R survey and pencil examples."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from estimation import r
from estimation.agree import close
from estimation.oracles import holds
from estimation.test_designs import BATCH
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import (
    Design,
    HartleyRao,
    Joint,
    SecondPhase,
    calibrate,
    crosstab,
    estimate,
    mean,
    ratio,
    total,
)

MEASURES = ("t", "ts", "ms", "rs", "df")
CODE = """
des <- {design}
measures <- function(z) {{
  t <- svytotal(~y, z); c(coef(t), SE(t), SE(svymean(~y, z)), SE(svyratio(~y, ~x, z)), degf(z)) }}
named <- function(v, code) setNames(v, paste0(code, ".", c("t", "ts", "ms", "rs", "df")))
found <- named(measures(des), "_T")
for (code in sort(unique(d$g))) found <- c(found, named(measures(subset(des, d$g{subset} == code)), code))
as.list(found)
"""
KINDS = (
    "brewer", "two stages", "hartley-rao", "hartley-rao/yates-grundy", "overton", "overton/yates-grundy",
    "horvitz-thompson", "yates-grundy", "known squares", "known squares/yates-grundy",
)  # fmt: skip


def unequal(seed):
    """A sample with unequal probabilities: data, design here, design in R."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    rows, count = [], 0
    # R's HR(psum, strata) gives no number with strata.
    for h in range(1 if kind.startswith("known") else int(rng.integers(1, 4))):
        for _ in range(int(rng.integers(3, 7))):
            count += 1
            pi = float(rng.uniform(0.05, 0.9)) if rng.random() < 0.9 else 1.0
            taken = int(rng.integers(2, 4)) if kind == "two stages" else 1
            there = taken + int(rng.integers(0, 4)) if kind == "two stages" else 1
            for u in range(taken):
                rows.append({
                    "h": h + 1, "p": count, "u": u, "pi": pi, "f2": taken / there, "w": there / taken / pi,
                    "y": float(rng.normal(50, 10)), "x": float(rng.gamma(3, 3)), "g": str(rng.choice(["a", "b"])),
                })  # fmt: skip
    data = {k: [row[k] for row in rows] for k in rows[0]}
    if kind == "brewer":
        return data, Design(None, "h", "p", "pi", pps="brewer"), (
            "svydesign(id = ~p, strata = ~h, fpc = ~pi, data = d, pps = 'brewer')"
        )
    if kind == "two stages":
        return data, Design(None, "h", ["p", "u"], ["pi", "f2"], pps="brewer"), (
            "svydesign(id = ~p + u, strata = ~h, fpc = ~pi + f2, data = d, pps = 'brewer')"
        )
    if kind in {"horvitz-thompson", "yates-grundy"}:
        p = np.array(data["pi"])
        joint = np.outer(p, p) * (1 - 0.3 * rng.random((len(p), len(p))))
        joint = np.minimum((joint + joint.T) / 2, np.minimum.outer(p, p))
        np.fill_diagonal(joint, p)
        matrix = f"matrix(c({','.join(repr(float(v)) for v in joint.ravel())}), nrow = {len(p)})"
        form = ", variance = 'YG'" if kind == "yates-grundy" else ""
        known = Joint(tuple(str(v) for v in data["p"]), joint, kind)
        return data, Design("w", None, "p", "pi", pps=known), (
            f"svydesign(id = ~1, fpc = ~pi, data = d, pps = ppsmat({matrix}, tolerance = 0){form})"
        )
    if kind.startswith("known"):
        psum = float(rng.uniform(0.1, 0.6))
        form = "yates-grundy" if kind.endswith("grundy") else "horvitz-thompson"
        variance = ", variance = 'YG'" if kind.endswith("grundy") else ""
        return data, Design("w", None, "p", "pi", pps=HartleyRao(psum, form)), (
            f"svydesign(id = ~p, fpc = ~pi, data = d, pps = HR({psum!r}){variance})"
        )
    method = "HR()" if kind.startswith("hartley") else "'overton'"
    form = ", variance = 'YG'" if kind.endswith("grundy") else ""
    return data, Design("w", "h", "p", "pi", pps=kind), (
        f"svydesign(id = ~p, strata = ~h, fpc = ~pi, data = d, pps = {method}{form})"
    )


@holds(
    "R survey",
    [
        "unequal probabilities: Brewer, through all stages",
        "unequal probabilities: Hartley–Rao, Overton, joint probabilities",
    ],
    ["total, mean, ratio", "design effect, df"],
)
@BATCH
@given(st.integers(0, 10**8))
def test_unequal_probabilities_have_the_variances_of_r(seed):
    drawn = [unequal(seed + i) for i in range(20)]
    cases = [r.Case(data, CODE.format(design=design, subset="")) for data, _, design in drawn]
    for i, ((data, design, _), theirs) in enumerate(zip(drawn, r.values(cases), strict=True)):
        check(data, design, theirs, f"seed {seed + i}, {design.pps}")


def check(data, design, theirs, what):
    assert not isinstance(theirs, r.Refused), f"{what}: {theirs}"
    found = estimate(data, design, [total("y"), mean("y"), ratio("y", "x")], by="g").table.to_pylist()
    for g in ("_T", *sorted(set(data["g"]))):
        rows = {row["statistic"]: row for row in found if row["g"] == g}
        taken = data.get("sel", [1] * len(data["g"]))
        if not any(s and g in ("_T", code) for s, code in zip(taken, data["g"], strict=True)):
            # No unit of the domain was selected again: R says zero without error, here there is no estimate.
            assert {(row["estimate"], row["se"], row["status"]) for row in rows.values()} == {(None, None, "O")}
            continue
        expected = {m: theirs.get(f"{g}.{m}", float("nan")) for m in MEASURES}
        close(rows["total(y)"]["estimate"], expected["t"], f"value: {what} {g}")
        for label, m in (("total(y)", "ts"), ("mean(y)", "ms"), ("ratio(y, x)", "rs")):
            noise = 1e-9 * abs(rows[label]["estimate"])
            close(rows[label]["se"], expected[m], f"standard error: {what} {g} {label}", absolute=noise)
        close(rows["total(y)"]["df"], expected["df"], f"degrees of freedom: {what} {g}")


def two_phases(seed):
    """A two-phase sample; R survey mixes up sample sizes of first-phase strata, so these are all of one size."""
    rng = np.random.default_rng(seed)
    strata, clustered = 1 + seed % 2, seed % 4 > 1
    rows = []
    for h in range(strata):
        there = int(rng.integers(30, 60))
        for k in range(12):
            for _ in range(2 if clustered else 1):
                rows.append({
                    "h": h + 1, "p": h * 100 + k, "N": there, "y": float(rng.normal(20, 5)), "sel": 0,
                    "x": float(rng.gamma(3, 3)), "g": str(rng.choice(["a", "b"])), "s2": int(rng.integers(1, 3)),
                })  # fmt: skip
    for s in (1, 2):
        mine = [row for row in rows if row["s2"] == s]
        for i in rng.permutation(len(mine))[: max(3, int(len(mine) * 0.6))]:
            mine[i]["sel"] = 1
    data = {k: [row[k] for row in rows] for k in rows[0]}
    design = Design(
        None, "h" if strata > 1 else None, "p" if clustered else None, "N", second=SecondPhase("sel", "s2")
    )
    return data, design, (
        f"twophase(id = list(~{'p' if clustered else '1'}, ~1), strata = list({'~h' if strata > 1 else 'NULL'}, ~s2), "
        "fpc = list(~N, NULL), subset = ~(sel == 1), data = d)"
    )


@holds("R survey", ["two phases"], ["total, mean, ratio", "design effect, df"])
@BATCH
@given(st.integers(0, 10**8))
@example(18034063)
def test_two_phase_samples_have_the_variances_of_r(seed):
    drawn = [two_phases(seed + i) for i in range(8)]
    code = CODE.replace("subset(des, d$g{subset} == code)", "subset(des, g == code)")
    cases = [r.Case(data, code.format(design=design)) for data, _, design in drawn]
    for i, ((data, design, _), theirs) in enumerate(zip(drawn, r.values(cases), strict=True)):
        check(data, design, theirs, f"seed {seed + i}")


@holds("pencil example", ["unequal probabilities: Hájek, Deville"], ["total, mean, ratio"])
def test_hajek_and_deville_centre_on_a_mean_weighted_by_what_is_left_out():
    sample = {"pi": [0.5, 0.25, 0.2], "y": [1.0, 1, 2]}
    # Expanded values 2, 4, 10; c = 0.5, 0.75, 0.8; mean (1 + 3 + 8) / 2.05.
    centre = 12 / 2.05
    spread = 0.5 * (2 - centre) ** 2 + 0.75 * (4 - centre) ** 2 + 0.8 * (10 - centre) ** 2
    deville = 1 / (1 - (0.5**2 + 0.75**2 + 0.8**2) / 2.05**2)

    def se(method):
        return estimate(sample, Design(fpc="pi", pps=method), total("y")).table.to_pylist()[0]["se"]

    assert se("hajek") ** 2 == pytest.approx(1.5 * spread, rel=1e-12)
    assert se("deville") ** 2 == pytest.approx(deville * spread, rel=1e-12)


def test_clusters_drawn_with_certainty_do_not_count_in_hajeks_n():
    sample = {"pi": [0.5, 0.5, 1.0, 1.0], "y": [1.0, 3, 9, 5]}

    found = estimate(sample, Design(fpc="pi", pps="hajek"), total("y")).table.to_pylist()[0]

    # Expanded values 2 and 6 with c = 0.5 about their mean 4, times 2 / (2 − 1).
    assert found["se"] ** 2 == pytest.approx(2 * 0.5 * (4 + 4))


@pytest.mark.parametrize("method", ["brewer", "hajek", "deville", "hartley-rao/yates-grundy"])
def test_with_equal_probabilities_every_approximation_is_the_simple_one(method):
    sample = {"pi": [0.25] * 5, "N": [20] * 5, "y": [1.0, 4, 2, 8, 3]}

    simple = estimate(sample, Design(fpc="N"), total("y")).table.to_pylist()[0]["se"]
    found = estimate(sample, Design(fpc="pi", pps=method), total("y")).table.to_pylist()[0]["se"]

    # Hartley and Rao keep a term of the order of the sampling fraction over n.
    assert found == pytest.approx(simple, rel=0.05 if method.startswith("hartley") else 1e-12)


def test_exact_joint_probabilities_of_simple_random_sampling_give_its_variance():
    n, size = 4, 10
    joint = np.full((n, n), n * (n - 1) / (size * (size - 1)))
    np.fill_diagonal(joint, n / size)
    sample = {"id": ["a", "b", "c", "d"], "pi": [n / size] * n, "N": [size] * n, "y": [1.0, 4, 2, 8]}
    simple = estimate(sample, Design(fpc="N"), total("y")).table.to_pylist()[0]["se"]

    for form in ("yates-grundy", "horvitz-thompson"):
        design = Design(None, clusters="id", fpc="pi", pps=Joint(("d", "c", "b", "a"), joint, form))
        assert estimate(sample, design, total("y")).table.to_pylist()[0]["se"] == pytest.approx(simple, rel=1e-12)


def test_clusters_named_by_numbers_are_found_by_them():
    joint = np.array([[0.5, 0.2], [0.2, 0.5]])
    sample = {"id": [7, 3], "pi": [0.5, 0.5], "y": [1.0, 2.0]}
    by_number = Design(None, clusters="id", fpc="pi", pps=Joint((7, 3), joint))
    by_text = Design(None, clusters="id", fpc="pi", pps=Joint(("7", "3"), joint))

    assert estimate(sample, by_number, total("y")).table == estimate(sample, by_text, total("y")).table


def test_a_negative_variance_is_no_standard_error():
    p = np.array([0.5, 0.5])
    joint = np.array([[0.5, 0.05], [0.05, 0.5]])
    sample = {"id": ["a", "b"], "pi": p, "w": 1 / p, "y": [1.0, 1.0]}

    found = estimate(
        sample, Design("w", clusters="id", fpc="pi", pps=Joint(("a", "b"), joint, "horvitz-thompson")), total("y")
    ).table.to_pylist()[0]

    assert found["se"] is None
    assert found["status"] == "N"


def test_known_squares_of_probabilities_stand_stratum_by_stratum():
    sample = {"h": [1, 1, 2, 2], "k": ["a"] * 4, "pi": [0.5, 0.25, 0.4, 0.2], "y": [2.0, 3, 4, 6]}
    by_stratum = Design(None, "h", None, "pi", pps=HartleyRao({1: 0.3, "2": 0.25}, "yates-grundy"))
    crossed = Design(None, [("h", "k")], None, "pi", pps=HartleyRao({(1, "a"): 0.3, (2, "a"): 0.25}, "yates-grundy"))

    # Yates and Grundy with d = 1 − (2 − π₁ − π₂ + psum): (y₁/π₁ − y₂/π₂)² (1 − π₁ − π₂ + psum) in each stratum.
    expected = (4 - 12) ** 2 * (1 - 0.75 + 0.3) + (10 - 30) ** 2 * (1 - 0.6 + 0.25)
    for design in (by_stratum, crossed):
        assert estimate(sample, design, total("y")).table["se"][0].as_py() ** 2 == pytest.approx(expected)


@pytest.mark.parametrize(
    ("psum", "strata", "words"),
    [
        (0.0, None, "no mean of inclusion probabilities"),
        (1.5, None, "no mean of inclusion probabilities"),
        ("many", None, "no mean of inclusion probabilities"),
        ({1: float("nan")}, "h", "psum=nan of 1"),
        (0.3, "h", "the design has strata"),
        ({1: 0.3}, "h", "The stratum h=2 has no psum"),
    ],
)
def test_squares_of_probabilities_that_do_not_fit_are_refused(psum, strata, words):
    sample = {"h": [1, 1, 2, 2], "pi": [0.5, 0.25, 0.4, 0.2], "y": [2.0, 3, 4, 6]}

    with pytest.raises(ObservatoryError) as refused:
        estimate(sample, Design(None, strata, None, "pi", pps=HartleyRao(psum)), total("y"))

    assert words in str(refused.value)


@holds("R survey", ["unequal probabilities: Hartley–Rao, Overton, joint probabilities"], ["total, mean, ratio"])
def test_calibrated_unequal_probabilities_have_the_variances_of_r():
    # Under joint probabilities R's calibrated variances forget the calibration, so it is given the residuals.
    drawn, cases = [], []
    for seed in range(40):
        data, design, text = unequal(seed)
        w = np.array(data["w"]) * np.random.default_rng(seed).uniform(0.8, 1.3, len(data["w"]))
        totals = [float(w.sum()), float((w * np.array(data["x"])).sum())]
        drawn.append((data, design, totals))
        cases.append(r.Case(data, f"""des <- {text}; g <- calibrate(des, ~x, c({totals[0]!r}, {totals[1]!r}))
            x <- model.matrix(~x, d); expanded <- weights(g) / weights(des)
            d$e <- drop(d$y - x %*% lm.wfit(x, d$y, weights(des))$coefficients) * expanded
            again <- {text}; t <- svytotal(~y, g)
            list(t = unname(coef(t)), s = unname(c(SE(svytotal(~e, again)))), own = unname(c(SE(t))))"""))
    for seed, ((data, design, totals), theirs) in enumerate(zip(drawn, r.values(cases), strict=True)):
        assert not isinstance(theirs, r.Refused), f"seed {seed}, {design.pps}: {theirs}"
        made = calibrate(data, design, {None: totals[0], "x": totals[1]})
        found = estimate(made.sample, made.design, total("y")).table.to_pylist()[0]
        close(found["estimate"], theirs["t"], f"calibrated, unequal: seed {seed}, {design.pps}")
        # A form of pairs can come out negative, and then has no standard error.
        close(found["se"], theirs["s"], f"calibrated, unequal: seed {seed}, {design.pps} se")
        if design.pps == "brewer":
            close(found["se"], theirs["own"], f"calibrated, unequal: seed {seed} own")


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[0.5, 0.1, 0.1], [0.1, 0.5, 0.1]], "matrix"),
        ([[0.5, 0.1], [0.2, 0.5]], "symmetric"),
        ([[0.5, 0.0], [0.0, 0.5]], "above 0"),
        ([[0.5, 0.6], [0.6, 0.5]], "larger"),
    ],
)
def test_impossible_joint_probabilities_are_refused(matrix, words):
    with pytest.raises(ObservatoryError) as refused:
        Joint(("a", "b"), np.array(matrix))

    assert words in str(refused.value)


def test_probabilities_are_needed_where_they_are_used():
    sample = {"p": [1, 2, 3], "N": [10, 20, 30], "w": [1.0, 2, 3], "y": [1.0, 2, 3]}

    with pytest.raises(ObservatoryError, match="needs inclusion probabilities"):
        estimate(sample, Design("w", None, "p", "N", pps="brewer"), total("y"))


def test_a_second_phase_without_a_selection_in_a_stratum_is_refused():
    sample = {"sel": [1, 1, 0, 0], "s": ["a", "a", "b", "b"], "N": [40] * 4, "y": [1.0, 2, None, None]}

    with pytest.raises(ObservatoryError, match="s=b"):
        estimate(sample, Design(fpc="N", second=SecondPhase("sel", "s")), total("y"), missing="exclude")


def spread_by_hand(method, strata, clusters, pi, columns):
    """The covariance of sums over clusters by Hájek's or Deville's approximation, stratum by stratum."""
    cov = [[0.0] * len(columns) for _ in columns]
    for h in sorted(set(strata)):
        mine = sorted({c for c, s in zip(clusters, strata, strict=True) if s == h})
        left = {c: 1 - p for c, s, p in zip(clusters, strata, pi, strict=True) if s == h}
        sums = [{c: sum(z for z, d in zip(col, clusters, strict=True) if d == c) for c in mine} for col in columns]
        whole = sum(left.values())
        scale = {"hajek": len(mine) / (len(mine) - 1),
                 "deville": 1 / (1 - sum((left[c] / whole) ** 2 for c in mine))}[method]  # fmt: skip
        means = [sum(left[c] * s[c] for c in mine) / whole for s in sums]
        for i, a in enumerate(sums):
            for j, b in enumerate(sums):
                cov[i][j] += scale * sum(left[c] * (a[c] - means[i]) * (b[c] - means[j]) for c in mine)
    return cov


@holds("plain Python", ["unequal probabilities: Hájek, Deville"], ["contrast, change"])
@pytest.mark.parametrize("method", ["hajek", "deville"])
@pytest.mark.parametrize("seed", range(6))
def test_contrasts_and_tables_of_hajek_and_deville_are_those_written_out(method, seed):
    rng = np.random.default_rng([seed, 31])
    strata, clusters, pi, y = [], [], [], []
    for h in range(int(rng.integers(1, 4))):
        for c in range(int(rng.integers(3, 7))):
            units, p = int(rng.integers(2, 6)), float(rng.uniform(0.1, 0.9))
            strata += [f"s{h}"] * units
            clusters += [f"s{h}c{c}"] * units
            pi += [p] * units
    n = len(pi)
    y = rng.gamma(3, 4, n).tolist()
    g = ["a", "b", *rng.choice(["a", "b"], n - 2).tolist()]
    k = ["u", "u", "v", "v", *rng.choice(["u", "v"], n - 4).tolist()]
    data = {"h": strata, "p": clusters, "pi": pi, "y": y, "g": g, "k": k}
    design = Design(strata="h", clusters="p", fpc="pi", pps=method)
    w = [1 / p for p in pi]

    found = estimate(data, design, mean("y"), by="g", margins=False)
    here = [[x == code for x in g] for code in "ab"]
    sizes = [sum(v for v, i in zip(w, inside, strict=True) if i) for inside in here]
    means = [sum(v * x for v, x, i in zip(w, y, inside, strict=True) if i) / s
             for inside, s in zip(here, sizes, strict=True)]  # fmt: skip
    z = [[v * (x - m) / s if i else 0.0 for v, x, i in zip(w, y, inside, strict=True)]
         for inside, m, s in zip(here, means, sizes, strict=True)]  # fmt: skip
    cov = spread_by_hand(method, strata, clusters, pi, z)
    rows = [found.at(g=code) for code in "ab"]
    assert found.covariance(rows) == pytest.approx(np.array(cov), rel=1e-9, abs=1e-12)
    gap = found.difference(*rows)
    assert gap.value == pytest.approx(means[0] - means[1])
    assert gap.se**2 == pytest.approx(cov[0][0] + cov[1][1] - 2 * cov[0][1], rel=1e-9)

    whole = sum(w)
    for row in crosstab(data, design, "g", "k").table.to_pylist():
        if "_T" in {row["g"], row["k"]}:
            continue
        cell = [a == row["g"] and b == row["k"] for a, b in zip(g, k, strict=True)]
        share = sum(v for v, i in zip(w, cell, strict=True) if i) / whole
        deviation = [v * (i - share) / whole for v, i in zip(w, cell, strict=True)]
        [[variance]] = spread_by_hand(method, strata, clusters, pi, [deviation])
        assert row["share"] == pytest.approx(share, rel=1e-12)
        assert row["se"] ** 2 == pytest.approx(variance, rel=1e-9, abs=1e-18)
