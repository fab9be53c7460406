"""Contrasts of domains and statistics, and changes of panels, under random designs of every kind, against R survey."""

import math

import numpy as np
import pytest

from estimation import r
from estimation.agree import close
from estimation.families import (
    BREWER,
    CALIBRATED,
    CALIBRATED_REPLICATES,
    DIFFERENCES,
    FAMILIES,
    HALF_SAMPLES,
    JACKKNIFE,
    LONELY,
    MULTISTAGE,
    ONE_TO_THREE,
    PAIRS,
    RAO_WU,
    SUPPLIED,
    TWO_PHASES,
)
from estimation.oracles import holds
from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.production.estimation import Design, Joint, change, estimate, mean, ratio, total

ASKED = (("total(y)", "y"), ("mean(y)", "y / n"), ("ratio(y, x)", "y / x"))


def expression(formula, code):
    """The formula in R with each variable on one code of `g` alone."""
    return " / ".join(f"{name}_{code}" for name in formula.split(" / "))


def contrasts_in_r(m):
    """Every statistic of every domain with all covariances, and combinations of them in R's own words."""
    codes = m.codes("g")
    columns = " + ".join(f"{v}_{k}" for k in codes for v in "yxn")
    quoted = ", ".join(f"quote({expression(f, k)} + 0)" for _, f in ASKED for k in codes)
    # A row of replicates that has no value of one statistic is lost to all: what is compared has them all.
    replicates = ", return.replicates = TRUE" if m.replicated else ""
    first, last = codes[0], codes[-1]
    return f"""
    {m.code}; options(survey.drop.replicates = FALSE)
    named <- function(letter, v) setNames(as.list(as.vector(v)), paste0(letter, seq_along(as.vector(v)) - 1))
    t <- svytotal(~{columns}, des{replicates}); k <- svycontrast(t, list({quoted}))
    b <- tryCatch({{ b <- svyby(~y, ~g, des, svymean, covmat = TRUE)
      l <- svycontrast(b, c({first} = 1, {last} = -1)); q <- svycontrast(b, quote({first} / {last}))
      s <- svycontrast(b, quote(log({first}^2 / {last}^2)))
      c(coef(l), SE(l), coef(q), SE(q), coef(s), SE(s)) }}, error = function(e) rep(NA, 6))
    c(named("e", coef(k)), named("v", vcov(k)), named("b", b))"""


def compare_contrasts(m, theirs, what):
    codes = m.codes("g")
    asked = [total("y"), mean("y"), ratio("y", "x")]
    found = estimate(m.sample, m.design, asked, by="g", margins=False)
    if m.replicated and any(np.isnan(b.about.replicates).any() for b in found.blocks):
        return False  # a domain without a weight in some replicate: each estimate leaves its own out
    rows = [found.at(label, g=k) for label, _ in ASKED for k in codes]
    v = found.covariance(rows)
    size = len(rows)
    values = [theirs[f"e{i}"] for i in range(size)]
    there = np.array([theirs[f"v{i}"] for i in range(size**2)]).reshape(size, size)
    sd = np.sqrt(np.abs(np.diag(there)))
    for i, row in enumerate(rows):
        close(found.table["estimate"][row].as_py(), values[i], f"contrast: {what}, value {i}")
        for j in range(size):
            # What cancels in a covariance leaves rounding of the size of the estimates, in R's totals most of all.
            noise = 1e-9 * sd[i] * sd[j] + 1e-13 * abs(values[i] * values[j])
            close(v[i, j], there[i, j], f"contrast: {what}, covariance {i}, {j}", absolute=noise)
    if any(math.isnan(theirs[f"b{i}"]) for i in range(6)) or not by_of_r_is_right(m):
        return True
    a, b = found.at("mean(y)", g=codes[0]), found.at("mean(y)", g=codes[-1])
    log = found.combine(lambda a, b: np.log(a**2 / b**2), a, b)
    scale = abs(values[len(codes)]) + abs(values[2 * len(codes) - 1])
    for k, made in enumerate((found.difference(a, b), found.quotient(a, b), log)):
        unit = (scale, abs(theirs["b2"]), 1.0)[k]
        close(made.value, theirs[f"b{2 * k}"], f"contrast: {what}, svyby value {k}", absolute=1e-10 * unit)
        close(made.se, theirs[f"b{2 * k + 1}"], f"contrast: {what}, svyby se {k}", absolute=1e-8 * unit)
    return True


def by_of_r_is_right(m):
    """R's svyby(covmat=TRUE) takes every design for a stratified one: joint probabilities and phases are lost there."""
    return m.row not in {PAIRS, TWO_PHASES}


SEEDS = {
    "taylor": range(100, 110), "lonely": range(200, 212), "unequal": range(300, 308), "two phases": range(400, 405),
    "jackknife": range(500, 510), "half samples": range(600, 608), "resampled": range(700, 712),
    "calibrated": range(800, 808), "calibrated replicates": range(900, 908),
}  # fmt: skip


@holds(
    "R survey",
    [
        ONE_TO_THREE, LONELY, BREWER, PAIRS, TWO_PHASES, JACKKNIFE, HALF_SAMPLES, RAO_WU, MULTISTAGE, DIFFERENCES,
        SUPPLIED, CALIBRATED, CALIBRATED_REPLICATES,
    ],
    ["contrast, change"],
)  # fmt: skip
@pytest.mark.parametrize("family", SEEDS)
def test_contrasts_of_random_domains_are_those_of_r(family):
    members = [m for m in map(FAMILIES[family], SEEDS[family]) if len(m.codes("g")) > 1]
    compared = 0
    for m, theirs in zip(members, r.values([r.Case(m.data, contrasts_in_r(m)) for m in members]), strict=True):
        what = f"{family}, {m.facts}"
        if isinstance(theirs, r.Refused):
            assert "All replicates contained NAs" in theirs.message, f"{what}: {theirs}"
            continue
        compared += compare_contrasts(m, theirs, what)
    assert compared >= len(members) / 2


def panel_in_r(m):
    """Changes of the units of one sample, asked twice: functions of the totals of both rounds."""
    codes = m.codes("g")
    columns = " + ".join(f"{v}_{k}" for k in codes for v in ("y", "y2", "x", "n"))
    quoted = []
    for cell in ["_T", *codes]:
        y, y2, x, n = (
            f"({' + '.join(f'{v}_{k}' for k in codes)})" if cell == "_T" else f"{v}_{cell}"
            for v in ("y", "y2", "x", "n")
        )
        quoted += [f"{y2} - {y}", f"{y2} / {n} - {y} / {n}", f"{y2} / {x} - {y} / {x}", f"{y2} / {y}"]
    return f"""
    {m.code}
    named <- function(letter, v) setNames(as.list(as.vector(v)), paste0(letter, seq_along(as.vector(v)) - 1))
    k <- svycontrast(svytotal(~{columns}, des), list({", ".join(f"quote({q})" for q in quoted)}))
    c(named("e", coef(k)), named("s", SE(k)))"""


@holds("R survey", [ONE_TO_THREE, LONELY, BREWER, PAIRS, CALIBRATED], ["contrast, change"])
@pytest.mark.parametrize("family", ["taylor", "lonely", "unequal", "calibrated"])
def test_changes_of_a_panel_are_those_of_functions_of_its_totals_in_r(family):
    members = [FAMILIES[family](seed + 50) for seed in SEEDS[family]]
    for m, theirs in zip(members, r.values([r.Case(m.data, panel_in_r(m)) for m in members]), strict=True):
        what = f"{family}, {m.facts}"
        assert not isinstance(theirs, r.Refused), f"{what}: {theirs}"
        after = {**m.data, "y": m.data["y2"]} if isinstance(m.sample, dict) else m.sample.mutate(y=m.sample.table.y2)
        asked = [total("y"), mean("y"), ratio("y", "x")]
        found = change((m.sample, m.design), (after, m.design), asked, by="g", unit="id")
        rows = {(row["g"], row["statistic"]): row for row in found.table.to_pylist()}
        # Where lone clusters are judged domain by domain R's functions of totals know only the whole sample.
        whole = m.facts.get("mode") == "average" or m.design.lonely_in_domain
        for c, cell in enumerate(["_T"] if whole else ["_T", *m.codes("g")]):
            for i, (label, _) in enumerate(ASKED):
                row = rows[cell, label]
                size = abs(row["before"]) + abs(row["after"])
                close(row["change"], theirs[f"e{4 * c + i}"], f"change: {what}, {cell} {label}", absolute=1e-9 * size)
                compare_error(row["se"], theirs[f"s{4 * c + i}"], size, f"change: {what}, {cell} {label}")
            row = rows[cell, "total(y)"]
            compare_error(row["relative_se"], theirs[f"s{4 * c + 3}"], 1.0, f"relative change: {what}, {cell}")


def compare_error(mine, there, size, what):
    """Compare standard errors; one that is nought up to rounding may be no number in R, the root of a minus."""
    nought = mine is not None and mine < 1e-6 * size and (math.isnan(there) or there < 1e-6 * size)
    if not nought:
        close(mine, there, what)


SAMPLE = {
    "h": ["n"] * 6 + ["s"] * 6, "p": [i // 2 for i in range(12)], "w": [10.0] * 12,
    "g": list("aabbabaababc"), "y": [3.0, 5, 2, 4, 6, 7, 1, 9, 4, 3, 8, 2], "x": [1.0] * 12,
}  # fmt: skip
DESIGN = Design("w", "h", "p")


@pytest.fixture(scope="module")
def result():
    return estimate(SAMPLE, DESIGN, [mean("y"), total("y")], by="g")


@pytest.mark.parametrize("row", [-1, 99, 1.0, True, "0", None])
def test_a_row_that_is_not_in_the_table_is_refused(result, row):
    for combination in (lambda: result.difference(row, 0), lambda: result.contrast({row: 1.0})):
        with pytest.raises(NotFound, match="no row"):
            combination()


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), "1", True])
def test_a_weight_that_is_no_number_is_refused(result, weight):
    with pytest.raises(ObservatoryError, match="weight of row 0"):
        result.contrast({0: weight, 1: -1})


def test_a_contrast_of_nothing_is_refused(result):
    with pytest.raises(ObservatoryError, match="no estimates"):
        result.contrast({})


def test_a_cell_that_does_not_exist_or_is_empty_is_named():
    found = estimate(SAMPLE, DESIGN, mean("y"), by=["h", "g"])

    with pytest.raises(NotFound, match="g=z"):
        found.at(g="z")
    with pytest.raises(ObservatoryError, match=r"mean\(y\) at h=n, g=c has no value: no sample"):
        found.difference(found.at(h="n", g="c"), found.at(h="s", g="a"))


def test_a_quotient_by_nought_is_refused_and_says_what_is_nought():
    sample = {**SAMPLE, "y": [0.0 if g == "c" else y for g, y in zip(SAMPLE["g"], SAMPLE["y"], strict=True)]}
    found = estimate(sample, DESIGN, mean("y"), by="g")

    with pytest.raises(ObservatoryError, match=r"mean\(y\) at g=c is zero"):
        found.quotient(found.at(g="a"), found.at(g="c"))


def test_doubtful_estimates_are_named_by_what_rests_on_them(result):
    gap = result.difference(result.at("mean(y)", g="a"), result.at("mean(y)", g="c"))

    assert any("mean(y) at g=c is below precision" in note for note in gap.notes)
    assert "mean(y) at g=c is below precision" in str(gap)


def test_a_negative_variance_is_no_standard_error_of_a_contrast():
    joint = np.array([[0.5, 0.05], [0.05, 0.5]])
    sample = {"id": ["a", "b"], "pi": [0.5, 0.5], "w": [2.0, 2.0], "y": [1.0, 1.0], "x": [2.0, 2.5]}
    design = Design("w", clusters="id", fpc="pi", pps=Joint(("a", "b"), joint, "horvitz-thompson"))
    found = estimate(sample, design, [total("y"), total("x")])

    assert math.isnan(found.contrast({0: 1, 1: 1}).se)
    assert "standard error ?" in str(found.contrast({0: 1, 1: 1}))


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: abs(a - b), lambda a: a, lambda a, b: 1 / (a - a), lambda a, b: np.log(-a), lambda a, b: max(a, b),
        lambda a, b: "far",
    ],
)  # fmt: skip
def test_functions_without_a_derivative_are_refused(result, function):
    # abs() of a complex number is real, so its derivative would be lost without a word.
    with pytest.raises(ObservatoryError):
        result.combine(function, 1, 2)


def test_a_combination_is_the_delta_method():
    found = estimate(SAMPLE, DESIGN, [mean("y"), total("y")], by="g")
    i, j = found.at("mean(y)", g="a"), found.at("mean(y)", g="b")
    a, b = (found.table["estimate"][k].as_py() for k in (i, j))
    v = found.covariance([i, j])

    made = found.combine(lambda a, b: np.sqrt(a * b), i, j, label="geometric mean")

    gradient = np.array([0.5 * math.sqrt(b / a), 0.5 * math.sqrt(a / b)])
    assert made.label == "geometric mean"
    assert made.se == pytest.approx(math.sqrt(gradient @ v @ gradient), rel=1e-12)
    assert found.combine(lambda a, b: a / b, i, j).se == pytest.approx(found.quotient(i, j).se, rel=1e-12)


@holds("R survey", ["clusters drawn with certainty, collapsed strata"], ["contrast, change"])
@pytest.mark.parametrize("seed", range(4))
def test_contrasts_over_collapsed_strata_are_rs_with_strata_joined_by_hand(seed):
    rng = np.random.default_rng([seed, 57])
    rows = [(h, f"{h}{c}", f"{h}{c}{u}") for h, n in enumerate([1, 1, 3, 1, 1]) for c in range(n) for u in range(3)]
    n = len(rows)
    data = {
        "h": [row[0] for row in rows], "p": [row[1] for row in rows], "w": rng.uniform(1, 9, n).tolist(),
        "y": rng.normal(20, 5, n).tolist(), "g": [("a", "b")[i % 2] for i in range(n)],
        "j": [{0: 1, 1: 1, 2: 2, 3: 3, 4: 3}[row[0]] for row in rows],
    }  # fmt: skip
    [theirs] = r.values([r.Case(data, """
        b <- svyby(~y, ~g, svydesign(id = ~p, strata = ~j, weights = ~w, data = d), svymean, covmat = TRUE)
        k <- svycontrast(b, c(a = 1, b = -1)); list(a = SE(b)[1], b = SE(b)[2], d = coef(k), s = SE(k))
        """)])  # fmt: skip

    found = estimate(data, Design("w", "h", "p", collapse="h"), mean("y"), by="g", margins=False)
    gap = found.difference(found.at(g="a"), found.at(g="b"))

    ours = [*found.table["se"].to_pylist(), gap.value, gap.se]
    for mine, there in zip(ours, theirs.values(), strict=True):
        close(mine, there, f"collapsed, seed {seed}")


@holds("R survey", ["clusters drawn with certainty, collapsed strata"], ["contrast, change"])
@pytest.mark.parametrize("seed", range(4))
def test_contrasts_with_clusters_of_certainty_are_rs_with_them_as_strata(seed):
    rng = np.random.default_rng([seed, 58])
    rows = [(h, f"p{h}{c}", f"u{h}{c}{u}") for h in range(2) for c in range(5) for u in range(4)]
    n = len(rows)
    data = {
        "h": [row[0] for row in rows], "p": [row[1] for row in rows], "u": [row[2] for row in rows],
        "sure": [int(row[1][-1] == "0") for row in rows], "w": rng.uniform(1, 9, n).tolist(),
        "y": rng.normal(20, 5, n).tolist(), "g": [("a", "b")[i % 2] for i in range(n)],
    }  # fmt: skip
    data["s"] = [p if sure else f"h{h}" for h, p, sure in zip(data["h"], data["p"], data["sure"], strict=True)]
    data["c"] = [u if sure else p for u, p, sure in zip(data["u"], data["p"], data["sure"], strict=True)]
    [theirs] = r.values([r.Case(data, """
        b <- svyby(~y, ~g, svydesign(id = ~c, strata = ~s, weights = ~w, data = d), svymean, covmat = TRUE)
        k <- svycontrast(b, c(a = 1, b = -1)); list(a = SE(b)[1], b = SE(b)[2], d = coef(k), s = SE(k))
        """)])  # fmt: skip

    found = estimate(data, Design("w", "h", ["p", "u"], certainty="sure"), mean("y"), by="g", margins=False)
    gap = found.difference(found.at(g="a"), found.at(g="b"))

    for mine, there in zip([*found.table["se"].to_pylist(), gap.value, gap.se], theirs.values(), strict=True):
        close(mine, there, f"certainty, seed {seed}")
