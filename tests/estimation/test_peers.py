"""Oracles other than R survey: svy for successive differences and Wilson's interval, R for the other intervals."""

import numpy as np
import pytest

from estimation import draws, r
from estimation.agree import close
from estimation.oracles import holds
from sse_observatory.production.estimation import (
    Design,
    Jackknife,
    SuccessiveDifference,
    crosstab,
    estimate,
    proportion,
    total,
)

pl = pytest.importorskip("polars")
svy = pytest.importorskip("svy")
ONE_TO_THREE = "stratified, one to three stages, with replacement or corrected"


@holds("svy", ["successive differences"], ["total, mean, ratio"])
@pytest.mark.parametrize("replicates", [8, 16, 80])
def test_successive_differences_are_those_of_svy(replicates):
    rng = np.random.default_rng(replicates)
    n = 37
    frame = pl.DataFrame({"w": rng.uniform(1, 5, n), "y": rng.normal(20, 4, n), "order": np.arange(n)})

    ready = svy.Sample(frame, svy.Design(wgt="w")).weighting.create_sdr_wgts(
        n_reps=replicates, order_col="order", rep_prefix="r"
    )
    theirs = ready.estimation.total("y", method="replication").to_polars()["se"][0]

    ours = estimate(frame, Design("w", replicates=SuccessiveDifference(replicates, order="order")), total("y"))
    close(ours.table["se"][0].as_py(), theirs, "successive differences")


def test_successive_differences_follow_the_order_and_not_the_rows():
    frame = {"w": [2.0] * 6, "y": [1.0, 2, 3, 4, 5, 6], "order": [1, 2, 3, 4, 5, 6]}
    shuffled = {k: [v[i] for i in (3, 0, 5, 1, 4, 2)] for k, v in frame.items()}
    design = Design("w", replicates=SuccessiveDifference(8, order="order"))

    one, two = (estimate(f, design, total("y")).table["se"][0].as_py() for f in (frame, shuffled))

    assert one == pytest.approx(two, rel=1e-12)
    # ½ of the squares of the first value, of the five differences, and of the last: 2² (1 + 5 + 36) / 2.
    assert one**2 == pytest.approx(84)


@holds("svy", [ONE_TO_THREE], ["proportion intervals"])
@pytest.mark.parametrize("method", ["logit", "beta", "korn-graubard", "wilson"])
def test_intervals_of_proportions_are_those_of_svy(method):
    rng = np.random.default_rng(5)
    n = 240
    frame = pl.DataFrame({
        "h": np.repeat(np.arange(8), 30), "p": np.arange(n) // 5, "w": rng.uniform(1, 5, n),
        "b": (rng.random(n) < 0.07).astype(int),
    })  # fmt: skip

    theirs = svy.Sample(frame, svy.Design(wgt="w", stratum="h", psu="p")).estimation.prop("b", ci_method=method)
    row = next(x for x in theirs.to_polars().to_dicts() if str(x.get("b_level", x.get("level", x.get("b")))) == "1")

    ours = estimate(frame, Design("w", "h", "p"), proportion("b", 1, interval=method)).table.to_pylist()[0]
    close(ours["lower"], row["lci"], f"interval: {method}")
    close(ours["upper"], row["uci"], f"interval: {method}")


@holds("R survey", [ONE_TO_THREE], ["proportion intervals"])
def test_intervals_of_proportions_are_those_of_r():
    cases, asked = [], []
    for i, (mine, theirs) in enumerate(
        [("logit", "logit"), ("xlogit", "xlogit"), ("beta", "beta"), ("asin", "asin"), ("t", "mean")] * 2
    ):
        d = draws.draw(300 + i, stages=2, lonely="fail")
        d.data["g"] = ["a"] * len(d.data["g"])
        code = f"des <- {{ {d.svydesign} }}; p <- svyciprop(~b, des, method = '{theirs}'); " \
               "list(p = coef(p), l = confint(p)[1], u = confint(p)[2])"  # fmt: skip
        cases.append(r.Case(d.data, code))
        asked.append((d, mine))
    for (d, method), theirs in zip(asked, r.values(cases), strict=True):
        found = estimate(d.data, d.design, proportion("b", interval=method)).table.to_pylist()[0]
        values = list(theirs.values())
        # R's logit interval comes from an iterated fit, which stops at about eight digits.
        loose = 1e-6 if method == "logit" else 1e-8
        for ours, value, name in zip((found["estimate"], found["lower"], found["upper"]), values, "plu", strict=True):
            close(ours, value, f"interval{' from a fit' if loose > 1e-8 else ''}: {method} {name}", relative=loose)


def test_a_share_of_nought_has_only_the_interval_that_knows_the_number_of_units():
    sample = {"w": [1.0] * 60, "b": [0] * 60}

    rows = estimate(
        sample, Design("w"), [proportion("b", interval=m, name=m) for m in ("logit", "beta", "wilson", "korn-graubard")]
    ).table.to_pylist()

    assert [row["lower"] for row in rows] == [None, None, None, 0.0]
    assert rows[3]["upper"] == pytest.approx(1 - 0.025 ** (1 / 60))


@holds("R survey", [ONE_TO_THREE], ["cross-table tests"])
@holds("R survey", ["jackknife (JK1, JKn)"], ["cross-table tests"])
def test_tests_of_independence_are_those_of_r():
    cases, asked = [], []
    for i in range(8):
        d = draws.draw(700 + i, stages=1 + i % 2, lonely="fail", psus=(4, 6))
        rows = [a + b for a, b in zip(d.data["g"], d.data["k"], strict=True)]
        if len(set(d.data["g"])) < 2 or len(set(d.data["k"])) < 2 or len(set(rows)) < 4:
            continue
        replicated = i % 4 == 3 and d.facts["stages"] == 1
        again = "des <- as.svrepdesign(des); " if replicated else ""
        cases.append(r.Case(d.data, f"""
            des <- {{ {d.svydesign} }}; {again}
            f <- function(s) {{ t <- svychisq(~g + k, des, statistic = s); unname(c(t$statistic, t$p.value)) }}
            a <- f("F"); b <- f("Chisq"); e <- f("Wald"); h <- f("adjWald")
            t <- svychisq(~g + k, des)$parameter
            list(f = a[1], fp = a[2], n1 = t[[1]], n2 = t[[2]], cp = b[2], w = e[1], wp = e[2], aw = h[1], ap = h[2])
        """))
        asked.append((d, replicated))
    assert len(asked) >= 4
    for (d, replicated), theirs in zip(asked, r.values(cases), strict=True):
        assert not isinstance(theirs, r.Refused), theirs
        design = d.design.with_(replicates=Jackknife()) if replicated else d.design
        found = crosstab(d.data, design, "g", "k")
        second, wald, adjusted = (found.test(m) for m in ("rao-scott-f", "wald", "adjusted-wald"))
        first = found.test("rao-scott")
        ours = {
            "f": second.statistic, "fp": second.p_value, "n1": second.df, "n2": second.df_denominator,
            "cp": first.p_value, "w": wald.statistic, "wp": wald.p_value, "aw": adjusted.statistic,
            "ap": adjusted.p_value,
        }  # fmt: skip
        for name, mine in ours.items():
            close(mine, theirs[name], f"cross-table: {name}, {d.facts}")


@holds("pencil example", [ONE_TO_THREE], ["cross-table tests"])
def test_with_equal_weights_and_no_clusters_the_test_is_pearsons():
    from scipy import stats

    cells = [("a", "u", 20), ("a", "v", 30), ("b", "u", 35), ("b", "v", 15)]
    sample = {"r": [], "c": [], "w": []}
    for row, column, n in cells:
        sample["r"] += [row] * n
        sample["c"] += [column] * n
        sample["w"] += [3.0] * n

    found = crosstab(sample, Design("w"), "r", "c")
    chi2, p, _, _ = stats.chi2_contingency([[20, 30], [35, 15]], correction=False)

    assert found.pearson == pytest.approx(chi2)
    # Without replacement n − 1 stands where Pearson has n.
    assert found.test("rao-scott").statistic == pytest.approx(chi2 * 99 / 100)
    assert found.test("rao-scott").p_value == pytest.approx(p, rel=0.1)
    assert found.table["total"].to_pylist() == [60, 90, 105, 45]
