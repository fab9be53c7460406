"""Replicate weights: the same as R survey's, the same variances, and refusals where a method does not fit."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from estimation import draws, r, reference
from estimation.agree import close
from estimation.oracles import holds
from estimation.test_designs import BATCH
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import (
    Bootstrap,
    Brr,
    Design,
    Jackknife,
    MultistageBootstrap,
    ReplicateWeights,
    SuccessiveDifference,
    estimate,
    mean,
    median,
    ratio,
    total,
)
from sse_observatory.production.estimation.replication import hadamard, rank
from sse_observatory.production.estimation.rollup import Term, roll_up
from sse_observatory.production.estimation.sample import Sample

CODE = """
{options}
des <- {{ {design} }}
des <- {conversion}
measures <- function(z) {{ t <- svytotal(~y, z); m <- svymean(~y, z, deff = TRUE)
  c(coef(t), SE(t), SE(m), SE(svyratio(~y, ~x, z)), deff(m), degf(z)) }}
named <- function(v, code) setNames(v, paste0(code, ".", c("t", "ts", "ms", "rs", "de", "df")))
found <- named(measures(des), "_T")
for (code in sort(unique(d$g))) found <- c(found, named(measures(des[d$g == code, ]), code))
as.list(found)
"""


def factors(design, data):
    """The factors of a design's replicates, a row per unit."""
    rolled = roll_up(Sample.of(data), design, [Term()], unit_rows=True)
    made = design.replicates.factors(design, rolled.plan, rolled.order)
    return np.column_stack([made.column(k)[made.cluster] for k in range(made.count)]), made


def check(data, design, theirs, what):
    if isinstance(theirs, r.Refused) and min(Counter(data["g"]).values()) <= 2:
        return  # R stops at the design effect of a domain of one or two units with replicates
    assert not isinstance(theirs, r.Refused), f"{what}: {theirs}"
    found = estimate(data, design, [total("y"), mean("y"), ratio("y", "x")], by="g").table.to_pylist()
    for g in ("_T", *sorted(set(data["g"]))):
        rows = {row["statistic"]: row for row in found if row["g"] == g}
        close(rows["total(y)"]["estimate"], theirs[f"{g}.t"], f"value: {what} {g}")
        for label, m in (("total(y)", "ts"), ("mean(y)", "ms"), ("ratio(y, x)", "rs")):
            noise = 1e-9 * abs(rows[label]["estimate"])
            close(rows[label]["se"], theirs[f"{g}.{m}"], f"standard error: {what} {g} {label}", absolute=noise)
        close(rows["total(y)"]["df"], theirs[f"{g}.df"], f"degrees of freedom: {what} {g}")
        spread = rows["mean(y)"]["se"] > 1e-9 * abs(rows["mean(y)"]["estimate"])
        if rows["mean(y)"]["n"] > 1 and spread and np.isfinite(theirs[f"{g}.de"]):
            # The square of a spread that is small beside the values has lost twice as many digits in R.
            lost = 1e-15 * (rows["mean(y)"]["estimate"] / rows["mean(y)"]["se"]) ** 2
            close(
                rows["mean(y)"]["deff"], theirs[f"{g}.de"], f"design effect: {what} {g}", relative=max(1e-8, lost)
            )


@holds("R survey", ["jackknife (JK1, JKn)"], ["total, mean, ratio", "design effect, df"])
@BATCH
@given(st.integers(0, 10**8))
@example(91536852)
def test_jackknives_of_random_designs_are_those_of_r(seed):
    drawn = [draws.draw(seed + i, stages=1) for i in range(14)]
    cases = []
    for d in drawn:
        kind = "JKn" if d.facts["stratified"] else "JK1"
        conversion = f'as.svrepdesign(des, type = "{kind}")'
        cases.append(r.Case(d.data, CODE.format(options=d.options, design=d.svydesign, conversion=conversion)))
    for i, (d, theirs) in enumerate(zip(drawn, r.values(cases), strict=True)):
        design = d.design.with_(replicates=Jackknife())
        if d.facts["mode"] == "average" and d.facts["depth"]:
            continue  # beside strata sampled whole R counts their clusters as left out too, and scales up for them
        if d.facts["mode"] == "adjust" and d.facts["depth"] and 1.0 in d.data["f1"]:
            continue  # R's replicated totals leave out strata sampled whole, which its replicate weights have
        if isinstance(theirs, r.Refused):
            if "NULL" in theirs.message:
                continue  # R has no design effect beside a stratum sampled whole
            with pytest.raises(ObservatoryError):
                estimate(d.data, design, total("y"))
            continue
        check(d.data, design, theirs, f"seed {seed + i}, {d.facts}")


@holds("R survey", ["balanced half samples, Fay"], ["total, mean, ratio", "design effect, df"])
@BATCH
@given(st.integers(0, 10**8))
def test_half_samples_of_random_designs_are_those_of_r(seed):
    drawn, cases = [], []
    for i in range(10):
        d = draws.draw(seed + i, stages=1 + i % 2, fpc=False, lonely="fail", strata=True, psus=(2, 2))
        fay = (0.0, 0.3, 0.5)[i % 3]
        h = hadamard(len(set(d.data["h"])) + 1)
        matrix = f"matrix(c({','.join(str(int(v)) for v in h.T.ravel())}), nrow = {len(h)})"
        kind = "Fay" if fay else "BRR"
        conversion = f'as.svrepdesign(des, type = "{kind}", fay.rho = {fay}, hadamard.matrix = {matrix})'
        drawn.append((d, fay))
        cases.append(r.Case(d.data, CODE.format(options=d.options, design=d.svydesign, conversion=conversion)))
    for i, ((d, fay), theirs) in enumerate(zip(drawn, r.values(cases), strict=True)):
        if isinstance(theirs, r.Refused):
            assert "missing value" in theirs.message  # a domain in one half sample only
            continue
        check(d.data, d.design.with_(replicates=Brr(fay)), theirs, f"seed {seed + i}, Fay {fay}")


def half_samples(seed):
    """A design of two clusters a stratum in R's order of rows, and R's code for half samples by R's own matrix."""
    d = draws.draw(seed, stages=1 + seed % 2, fpc=False, lonely="fail", strata=True, psus=(2, 2))
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(d.data["h"]))
    data = {k: [v[i] for i in order] for k, v in d.data.items()}
    names = rng.permutation([9, 10, 2, 33])
    data["h"] = [int(names[int(h[1:])]) for h in data["h"]]
    data["row"] = list(range(len(order)))
    # R's strata are in the order of their names as text.
    strata = sorted({str(h) for h in data["h"]})
    return d, data, strata


@holds("R survey", ["balanced half samples, Fay"], ["total, mean, ratio", "design effect, df"])
@BATCH
@given(st.integers(0, 10**8))
def test_half_samples_that_r_chose_give_the_numbers_of_r(seed):
    drawn, cases = [], []
    for i in range(10):
        d, data, strata = half_samples(seed + i)
        fay = (0.0, 0.3, 0.5)[i % 3]
        kind = f'type = "{"Fay" if fay else "BRR"}", fay.rho = {fay}'
        # The matrix that R takes by itself, and one that is handed to it.
        given_matrix = f"survey::hadamard({len(strata) + 2})"
        exported = r.Case({"x": [1]}, f"""m <- survey::hadamard({len(strata)}); h <- {given_matrix}
            v <- c(nrow(m), m, nrow(h), h); setNames(as.list(v), paste0("v", seq_along(v)))""")  # fmt: skip
        conversions = (
            f"as.svrepdesign(des, {kind})", f"as.svrepdesign(des, {kind}, hadamard.matrix = {given_matrix})"
        )  # fmt: skip
        drawn.append((d, data, strata, fay))
        cases.append(exported)
        cases += [
            r.Case(data, CODE.format(options=d.options, design=d.svydesign, conversion=c)) for c in conversions
        ]
    found = r.values(cases)
    for i, (d, data, strata, fay) in enumerate(drawn):
        exported, alone, handed = found[3 * i : 3 * i + 3]
        values = list(exported.values())
        n = int(values[0])
        own = np.array(values[1 : 1 + n * n]).reshape(n, n).T
        m = int(values[1 + n * n])
        other = np.array(values[2 + n * n :]).reshape(m, m).T
        # Left to itself R puts the first cluster of a stratum where the matrix has a one.
        for matrix, theirs in ((1 - own, alone), (other, handed)):
            if isinstance(theirs, r.Refused):
                assert "missing value" in theirs.message  # a domain in one half sample only
                continue
            method = Brr(fay, matrix=matrix, strata=strata, order="row")
            check(data, d.design.with_(replicates=method), theirs, f"seed {seed + i}, Fay {fay}, {m}")


HALVES = [[1, 1, 1, 1], [1, 0, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]]
"""A Hadamard matrix in ones and zeros."""
FOUR = {"h": ["a", "a", "b", "b"], "p": [1, 2, 3, 4], "row": [2, 1, 3, 4], "w": [1.0] * 4, "y": [1.0, 2, 4, 8]}


def test_given_half_samples_take_the_second_cluster_where_the_matrix_has_a_one():
    design = Design("w", "h", "p")
    ones = np.array(HALVES)

    matrix, made = factors(design.with_(replicates=Brr(matrix=ones)), FOUR)
    assert matrix.T.tolist() == [[0, 2, 0, 2], [2, 0, 0, 2], [0, 2, 2, 0], [2, 0, 2, 0]]
    assert (made.scale, made.count) == (1 / 4, 4)
    fay, made = factors(design.with_(replicates=Brr(0.5, matrix=2 * ones - 1)), FOUR)
    assert (fay == 0.5 + matrix / 2).all()
    assert made.scale == 1
    turned, _ = factors(design.with_(replicates=Brr(matrix=ones, strata=["b", "a"], order="row")), FOUR)
    assert turned.T.tolist() == [[2, 0, 0, 2], [2, 0, 2, 0], [0, 2, 0, 2], [0, 2, 2, 0]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"matrix": "half"}, "no matrix of numbers"),
        ({"matrix": [1, -1]}, "no matrix of numbers"),
        ({"matrix": [[1, 1], [1, 2]]}, "holds 2"),
        ({"matrix": [[1, float("nan")]]}, "holds nan"),
        ({"matrix": [[1, 1, 1, 1], [1, -1, 1, 1]]}, "Row 2 of the matrix of half samples is not balanced"),
        ({"matrix": [[1, -1, 1, -1], [-1, 1, -1, 1]]}, "Rows 1 and 2 of the matrix of half samples are not orthogonal"),
        ({"matrix": [[1, 1, 1, 1]]}, "no balanced row"),
        ({"matrix": HALVES, "strata": ["a", "b", "c", "d"]}, "4 strata are named"),
        ({"matrix": HALVES, "strata": ["a", "a"]}, "has two rows"),
        ({"strata": ["a", "b"]}, "2 strata are named"),
        ({"matrix": [[1, -1]]}, "1 balanced rows, and the design has 2 strata"),
        ({"matrix": HALVES, "strata": ["a", "c"]}, "The stratum h=b has no row"),
        ({"matrix": HALVES, "order": "w"}, "does not tell which cluster of h=a is first"),
    ],
)
def test_half_samples_that_are_not_balanced_are_refused(options, words):
    with pytest.raises(ObservatoryError) as refused:
        estimate(FOUR, Design("w", "h", "p", replicates=Brr(**options)), total("y"))

    assert words in str(refused.value)
    assert refused.value.todo


@holds(
    "R survey",
    [
        "Rao–Wu bootstrap", "multistage bootstrap", "successive differences", "replicate weights of the producer",
    ],
    ["total, mean, ratio", "design effect, df"],
)  # fmt: skip
@BATCH
@given(st.integers(0, 10**8))
def test_replicate_weights_handed_to_r_give_the_same_variances(seed):
    drawn, cases = [], []
    for i in range(12):
        if i % 3 == 0:
            d, method = draws.draw(seed + i, stages=1, lonely="fail"), Bootstrap(24, seed=seed + i)
        elif i % 3 == 1:
            d, method = draws.draw(seed + i, fpc=True, lonely="fail"), MultistageBootstrap(24, seed=seed + i)
        else:
            d = draws.draw(seed + i, stages=1, fpc=False, strata=False, lonely="fail", psus=(5, 9))
            method = SuccessiveDifference(16)
        design = d.design.with_(replicates=method)
        try:
            matrix, made = factors(design, d.data)
        except ObservatoryError as refused:
            assert "single" in refused.what  # a lone cluster at a later stage
            continue
        data = dict(d.data)
        for k in range(made.count):
            data[f"rw{k}"] = [float(f * w) for f, w in zip(matrix[:, k], data["w"], strict=True)]
        conversion = (
            f'svrepdesign(data = d, weights = ~w, repweights = d[, grep("^rw", names(d))], type = "other", '
            f'scale = {made.scale!r}, rscales = rep(1, {made.count}), mse = {"TRUE" if made.mse else "FALSE"})'
        )
        given_ = ReplicateWeights([f"rw{k}" for k in range(made.count)], scale=made.scale, mse=made.mse)
        drawn.append((d, design, data, given_))
        cases.append(r.Case(data, CODE.format(options=d.options, design=d.svydesign, conversion=conversion)))
    for (d, design, data, given_), theirs in zip(drawn, r.values(cases), strict=True):
        check(d.data, design, theirs, f"seed {seed}, {design.replicates}")
        check(data, Design("w", replicates=given_), theirs, f"seed {seed}, given {design.replicates}")


@holds("plain Python", ["jackknife (JK1, JKn)"], ["total, mean, ratio", "Gini"])
def test_the_jackknife_is_leaving_out_and_estimating_again():
    from sse_observatory.production.estimation import gini

    d = draws.draw(5, stages=1, fpc=False, strata=True, lonely="fail")
    rows = [dict(zip(d.data, values, strict=True)) for values in zip(*d.data.values(), strict=True)]
    for row in rows:
        row["p"] = f"{row['h']}/{row['p']}"
        row["y"] = abs(row["y"])
    sample = {k: [row[k] for row in rows] for k in rows[0]}
    design = Design("w", "h", "p", replicates=Jackknife())

    found = estimate(sample, design, [ratio("y", "x"), gini("y")]).table.to_pylist()

    def again(sum_of):
        return reference.total(sum_of, lambda x: x["y"]) / reference.total(sum_of, lambda x: x["x"])

    assert found[0]["se"] == pytest.approx(reference.jackknife(rows, again, "h", "p"), rel=1e-9)
    assert found[1]["se"] == pytest.approx(reference.jackknife(rows, reference.gini, "h", "p"), rel=1e-9)


@holds("simulation", ["Rao–Wu bootstrap", "multistage bootstrap"], ["total, mean, ratio"])
@pytest.mark.parametrize(
    ("fpc", "method"),
    [
        ((), Bootstrap(4000, seed=3)),
        (("N1",), Bootstrap(4000, seed=3)),
        (("N1", "N2"), MultistageBootstrap(4000, seed=3)),
        (("N1", "N2", "N3"), MultistageBootstrap(4000, seed=3)),
    ],
)
def test_many_bootstrap_replicates_agree_with_linearisation(fpc, method):
    rng = np.random.default_rng(8)
    rows = []
    for h in range(3):
        for p in range(6):
            for s in range(4):
                level = rng.normal()
                for u in range(2):
                    rows.append({"h": h, "p": h * 10 + p, "s": s, "u": u, "N1": 10, "N2": 9, "N3": 5,
                                 "y": 20 + h + 3 * (p % 3) + 2 * s + level + rng.normal()})  # fmt: skip
    sample = {k: [row[k] for row in rows] for k in rows[0]} | {"w": [10 / 6 * 9 / 4 * 5 / 2] * len(rows)}
    clusters = ["p", "s", "u"][: max(len(fpc), 1)]
    design = Design("w", "h", clusters, fpc)

    linear = estimate(sample, design, mean("y")).table.to_pylist()[0]["se"]
    replicated = estimate(sample, design.with_(replicates=method), mean("y")).table.to_pylist()[0]["se"]

    # 4000 replicates give a standard error to about 1/√8000.
    assert replicated == pytest.approx(linear, rel=0.05)


def test_a_seed_gives_the_same_replicates_whatever_the_order_of_rows():
    d = draws.draw(11, stages=1, fpc=False, strata=True, lonely="fail")
    design = d.design.with_(replicates=Bootstrap(50, seed=9))
    backwards = {k: v[::-1] for k, v in d.data.items()}

    one = estimate(d.data, design, [total("y"), mean("y")], by="g").table
    two = estimate(backwards, design, [total("y"), mean("y")], by="g").table
    other = estimate(d.data, d.design.with_(replicates=Bootstrap(50, seed=10)), mean("y")).table

    assert one["se"].to_pylist() == pytest.approx(two["se"].to_pylist(), rel=1e-12)
    assert other["se"][0].as_py() != one.filter(np.array(one["statistic"]) == "mean(y)")["se"][0].as_py()


SIX = {
    "h": [1, 1, 1, 2, 2, 2], "p": [1, 2, 3, 4, 5, 6], "N": [9] * 6, "s": [1] * 6, "w": [3.0] * 6,
    "y": [1.0, 2, 4, 3, 5, 9],
}  # fmt: skip


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (Design("w", "h", "p", replicates=Brr()), "not all strata have exactly two clusters"),
        (Design("w", "h", "p", "N", replicates=Brr()), "finite population corrections"),
        (Design("w", "h", ["p", "s"], "N", replicates=Jackknife()), "MultistageBootstrap"),
        (Design("w", "h", ["p", "s"], ["N", "N"], replicates=Bootstrap(10)), "MultistageBootstrap"),
        (Design("w", "h", "p", replicates=MultistageBootstrap(10)), "Use Bootstrap"),
        (Design("w", "h", "p", replicates=Bootstrap(10, resample=5)), "negative weights"),
        (Design(None, "h", "p", "w", pps="brewer", replicates=Jackknife()), "unequal probabilities"),
    ],
)
def test_methods_that_do_not_fit_the_design_are_refused_with_the_reason(design, words):
    sample = {**SIX, "w": [0.3] * 6} if design.weights is None else SIX

    with pytest.raises(ObservatoryError) as refused:
        estimate(sample, design, total("y"))

    assert words in str(refused.value)


@pytest.mark.parametrize("method", [Jackknife(), SuccessiveDifference(8)])
def test_replicated_quantiles_are_refused_where_the_method_does_not_know_them(method):
    with pytest.raises(ObservatoryError, match="quantile"):
        estimate(SIX, Design("w", "h", "p", replicates=method), median("y", interval="quantile"))


def test_the_degrees_of_freedom_beside_lone_clusters_are_the_rank_of_the_weights():
    # Three lone clusters and a stratum sampled whole: three replicates, so no more than two degrees of freedom.
    sample = {"h": [1, 2, 3, 4], "p": [1, 2, 3, 4], "N": [9, 8, 7, 1], "w": [9.0, 8, 7, 1], "y": [1.0, 5, 2, 4]}
    design = Design("w", "h", "p", "N", lonely="adjust", replicates=Jackknife())

    assert estimate(sample, design, total("y")).table["df"].to_pylist() == [2.0]


def test_a_jackknife_of_one_replicate_is_refused():
    sample = {"h": [1, 2], "p": [1, 2], "N": [9, 1], "w": [9.0, 1], "y": [1.0, 5]}

    with pytest.raises(ObservatoryError, match="one replicate shows no spread"):
        estimate(sample, Design("w", "h", "p", "N", lonely="adjust", replicates=Jackknife()), total("y"))


def test_replicated_quantiles_without_replicates_are_refused():
    with pytest.raises(ObservatoryError, match="needs replicate weights"):
        estimate(SIX, Design("w", "h", "p"), median("y", interval="quantile"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "other"}, "scale of the replicate weights is missing"),
        ({"kind": "jk1"}, "scale of the replicate weights is missing"),
        ({"kind": "jkn"}, "rscales"),
        ({"kind": "fay"}, "coefficient"),
        ({"kind": "brrr"}, "not known"),
        ({"scale": -1.0}, "positive"),
        ({"scale": 1.0, "rscales": [1.0]}, "one for each"),
    ],
)
def test_replicate_weights_without_their_scale_are_refused(options, words):
    with pytest.raises(ObservatoryError) as refused:
        ReplicateWeights(["r1", "r2"], **options)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "extra", "scale"),
    [
        ("bootstrap", {}, 1 / 3), ("brr", {}, 1 / 4), ("fay", {"fay": 0.5}, 1), ("successive-difference", {}, 1),
        ("jk2", {}, 1),
    ],
)  # fmt: skip
def test_the_usual_scales_follow_from_the_number_of_replicates(kind, extra, scale):
    assert ReplicateWeights(["a", "b", "c", "d"], kind, **extra).scale == pytest.approx(scale)


def test_missing_replicate_weights_are_refused():
    sample = {**SIX, "r1": [1.0, 2, 3, 4, 5, None], "r2": [1.0] * 6}

    with pytest.raises(ObservatoryError, match="'r1' are missing"):
        estimate(sample, Design("w", replicates=ReplicateWeights(["r1", "r2"], scale=1.0)), total("y"))


@pytest.mark.parametrize("order", range(1, 140))
def test_hadamard_matrices_are_balanced(order):
    h = hadamard(order)

    assert len(h) >= order
    assert np.array_equal(h @ h.T, len(h) * np.eye(len(h)))
    assert (h[1:].sum(axis=1) == 0).all()


def test_rank_counts_what_is_no_combination():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(50, 4))

    assert rank(np.column_stack([a, a @ rng.normal(size=(4, 3))])) == 4
    assert rank(a[:2]) == 2
    assert rank(np.zeros((3, 0))) == 0
