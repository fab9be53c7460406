"""Quantiles by every rule and interval of R survey; the Gini coefficient of laeken."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from estimation import draws, r, reference
from estimation.agree import close
from estimation.oracles import holds
from estimation.test_designs import BATCH
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import Bootstrap, Brr, Design, estimate, gini, mean, median, quantile
from sse_observatory.production.estimation.ranked import gini as gini_of
from sse_observatory.production.estimation.ranked import gini_influence

RULES = ("math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")
INTERVALS = ("mean", "beta", "xlogit", "asin")
ONE_TO_THREE = "stratified, one to three stages, with replacement or corrected"
CODE = """
{options}
des <- {{ {design} }}
measure <- function(z) tryCatch(suppressWarnings({{ a <- svyquantile(~y, z, {p}, qrule = "{rule}",
  interval.type = "{interval}", df = degf(z)); m <- svymean(~I(1 * (y <= coef(a))), z)
  c(coef(a), confint(a), SE(a), coef(m), SE(m)) }}), error = function(e) rep(NA, 6))
named <- function(v, code) setNames(v, paste0(code, ".", c("q", "l", "u", "s", "p", "e")))
found <- named(measure(des), "_T")
for (code in sort(unique(d$g))) found <- c(found, named(measure(des[d$g == code, ]), code))
as.list(found)
"""


@holds("R survey", [ONE_TO_THREE], ["quantile"])
@BATCH
@given(st.integers(0, 10**8))
@example(3184)
def test_quantiles_of_random_designs_are_those_of_r_by_every_rule(seed):
    rng = np.random.default_rng(seed)
    drawn, cases = [], []
    for i in range(30):
        d = draws.draw(seed + i)
        if i % 2:
            d.data["y"] = [float(int(v / 3)) for v in d.data["y"]]  # ties
        rule, interval = RULES[i % 12], INTERVALS[int(rng.integers(4))]
        p = float(rng.choice([0.5, 0.25, 0.8, 0.13]))
        drawn.append((d, rule, interval, p))
        code = CODE.format(options=d.options, design=d.svydesign, p=p, rule=rule, interval=interval)
        cases.append(r.Case(d.data, code))
    for i, ((d, rule, interval, p), theirs) in enumerate(zip(drawn, r.values(cases), strict=True)):
        what = f"seed {seed + i}, {rule}, {interval}, {p}"
        if isinstance(theirs, r.Refused):
            continue
        found = estimate(d.data, d.design, quantile("y", p, rule=rule, interval=interval), by="g").table.to_pylist()
        for row in found:
            expected = {m: theirs[f"{row['g']}.{m}"] for m in "qluspe"}
            if np.isnan(expected["q"]):
                continue  # R has no reading of a single value by some rules
            close(row["estimate"], expected["q"], f"quantile: {what} {row['g']}", absolute=1e-9)
            if not 1e-9 < expected["p"] < 1 - 1e-9 or expected["e"] < 1e-9:
                continue  # a share of nought or one, or without error, sits on a step, where rounding decides
            if rule == "hf4" and np.isnan(expected["u"]):
                continue  # a limit of one is nought over nought in R
            undefined = np.isnan(expected["e"]) and d.facts["depth"] < d.facts["stages"]
            if d.facts["mode"] == "average" and (row["se"] is None or undefined):
                continue  # below a stage without correction R loses the whole to lone clusters that count for nothing
            for ours, m in (("lower", "l"), ("upper", "u"), ("se", "s")):
                close(row[ours], expected[m], f"quantile interval: {what} {row['g']} {ours}", absolute=1e-9)


@holds("R survey", ["balanced half samples, Fay"], ["quantile"])
def test_replicated_medians_are_those_of_r():
    from sse_observatory.production.estimation.replication import hadamard

    drawn, cases = [], []
    for i in range(6):
        d = draws.draw(50 + i, stages=1, fpc=False, lonely="fail", strata=True, psus=(2, 2))
        h = hadamard(len(set(d.data["h"])) + 1)
        matrix = f"matrix(c({','.join(str(int(v)) for v in h.T.ravel())}), nrow = {len(h)})"
        code = f"""des <- {{ {d.svydesign} }}
        des <- as.svrepdesign(des, type = "Fay", fay.rho = 0.3, hadamard.matrix = {matrix})
        a <- svyquantile(~y, des, 0.5, qrule = "school", interval.type = "quantile", df = degf(des))
        b <- svyquantile(~y, des, 0.5, qrule = "hf5", interval.type = "mean", df = degf(des))
        list(q = coef(a), s = SE(a), l = confint(a)[1], m = SE(b))"""
        drawn.append(d)
        cases.append(r.Case(d.data, code))
    for d, theirs in zip(drawn, r.values(cases), strict=True):
        design = d.design.with_(replicates=Brr(0.3))
        one = estimate(d.data, design, median("y", rule="school", interval="quantile")).table.to_pylist()[0]
        two = estimate(d.data, design, median("y", rule="hf5")).table.to_pylist()[0]
        values = list(theirs.values())
        close(one["estimate"], values[0], "replicated median")
        close(one["se"], values[1], "replicated median")
        close(one["lower"], values[2], "replicated median")
        close(two["se"], values[3], "replicated median")


@holds("plain Python", [ONE_TO_THREE], ["quantile", "Gini"])
@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.25, 0.5, 0.9]))
def test_quantiles_and_gini_are_those_of_the_reference(seed, p):
    d = draws.draw(seed, stages=1, fpc=False, lonely="remove")
    d.data["y"] = [abs(y) for y in d.data["y"]]
    rows = [dict(zip(d.data, values, strict=True)) for values in zip(*d.data.values(), strict=True)]

    found = estimate(d.data, d.design, [quantile("y", p, rule="inverse"), gini("y")]).table.to_pylist()

    assert found[0]["estimate"] == reference.quantile(rows, p)
    assert found[1]["estimate"] == pytest.approx(reference.gini(rows), rel=1e-9)


@holds("laeken", [ONE_TO_THREE], ["Gini"])
def test_gini_is_that_of_laeken():
    r.package_needed("laeken")
    d = draws.draw(4, stages=1, fpc=False, lonely="fail")
    d.data["y"] = [float(int(abs(y))) for y in d.data["y"]]
    code = "list(g = laeken::gini(d$y, d$w)$value / 100)"

    theirs = r.values([r.Case(d.data, code)])[0]

    found = estimate(d.data, d.design, gini("y")).table.to_pylist()[0]["estimate"]
    close(found, theirs["g"], "Gini")


def test_the_influence_on_the_gini_coefficient_is_its_derivative():
    x, w = np.array([0.0, 1, 2, 2, 2, 5, 9]), np.array([1.5, 2, 1, 3, 1, 2, 0.5])
    value = gini_of(x, w)

    for k in range(len(x)):
        step = np.zeros(len(x))
        step[k] = 1e-6
        slope = (gini_of(x, w + step) - gini_of(x, w - step)) / 2e-6
        assert gini_influence(x, w, value)[k] == pytest.approx(slope, abs=1e-8)


@holds("simulation", ["Rao–Wu bootstrap"], ["Gini", "quantile"])
def test_linearised_gini_and_median_agree_with_many_replicates():
    rng = np.random.default_rng(2)
    n = 400
    sample = {"p": np.repeat(np.arange(n // 2), 2), "w": rng.uniform(1, 3, n), "y": rng.gamma(2, 10, n)}
    design = Design("w", clusters="p")

    linear = estimate(sample, design, [gini("y"), median("y")]).table["se"].to_pylist()
    made = estimate(
        sample, design.with_(replicates=Bootstrap(800, seed=1)), [gini("y"), median("y", interval="quantile")]
    ).table["se"].to_pylist()

    assert made[0] == pytest.approx(linear[0], rel=0.1)
    assert made[1] == pytest.approx(linear[1], rel=0.25)


def test_a_median_of_equal_weights_is_met_exactly_in_the_middle():
    sample = {"w": [0.1] * 10, "y": [float(i) for i in range(10)]}

    found = estimate(sample, Design("w"), [median("y"), median("y", rule="school", name="school")]).table["estimate"]

    assert found.to_pylist() == [4.0, 4.5]


@pytest.mark.parametrize(("p", "rule"), [(0, "math"), (1, "math"), (1.5, "math"), (0.5, "hf10")])
def test_quantiles_that_do_not_exist_are_refused(p, rule):
    with pytest.raises(ObservatoryError):
        quantile("y", p, rule=rule)


def test_values_that_share_a_place_in_shah_and_vaish_are_read_as_their_mean():
    # Weights of mean 3: the places are (1/3 + 1/2 − 1/2, 1 + 1/2 − 1, 3 + 1/2 − 3) / 4, the last two of them alike.
    sample = {"w": [1.0, 2, 6], "y": [1.0, 4, 10]}

    found = estimate(sample, Design("w"), [quantile("y", p, rule="shahvaish") for p in (0.1, 0.5)]).table["estimate"]

    assert found.to_pylist() == [1.0, 7.0]


def test_gini_of_negative_values_is_refused():
    with pytest.raises(ObservatoryError, match="negative"):
        estimate({"w": [1.0, 1], "y": [-1.0, 2]}, Design("w"), gini("y"))


def test_quantiles_and_means_of_one_call_have_a_covariance():
    rng = np.random.default_rng(7)
    n = 600
    y = rng.normal(10, 2, n)
    p = np.arange(n) // 3
    sample = {"h": p // 100, "p": p, "w": np.full(n, 2.0), "y": y, "x": y + rng.normal(0, 1, n)}
    found = estimate(sample, Design("w", "h", "p"), [mean("y"), median("y"), mean("x")])

    v = found.covariance()
    correlation = v / np.sqrt(np.outer(np.diag(v), np.diag(v)))

    assert np.sqrt(np.diag(v)) == pytest.approx(found.table["se"].to_pylist(), rel=1e-9)
    # In a normal population mean and median correlate by √(2/π).
    assert correlation[0, 1] == pytest.approx((2 / np.pi) ** 0.5, abs=0.1)
    assert correlation[0, 2] == pytest.approx(2 / 5**0.5, abs=0.05)
