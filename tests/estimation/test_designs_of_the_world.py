"""Designs of well-known surveys, drawn at random in small and declared as their users do in R survey."""

import numpy as np
import pytest

from estimation import r
from estimation.agree import close
from estimation.oracles import holds
from sse_observatory.production.estimation import (
    Brr,
    Design,
    Jackknife,
    ReplicateWeights,
    SuccessiveDifference,
    adjust_for_nonresponse,
    calibrate,
    estimate,
    mean,
    post_stratify,
    rake,
    ratio,
    total,
)
from sse_observatory.production.estimation.replication import hadamard

TYPES = ("total, mean, ratio", "design effect, df")


def persons(seed, strata, psus, units):
    """Rows of strata, first-stage clusters named anew in every stratum, and units, with what surveys ask."""
    rng = np.random.default_rng(seed)
    rows = []
    for h in range(strata):
        for p in range(psus):
            level = rng.normal(0, 2)
            for u in range(units):
                rows.append({
                    "h": h + 1, "p": p + 1, "hh": h * 1000 + p * 100 + u // 2 + 1, "u": u + 1,
                    "w": float(rng.uniform(50, 300)), "y": float(20 + h + level + rng.normal(0, 5)),
                    "x": float(rng.gamma(4, 3) + 1), "sex": str(rng.choice(["f", "m"])),
                    "age": str(rng.choice(["15-29", "30-64", "65+"], p=[0.3, 0.5, 0.2])),
                    "dom": str(rng.choice(["urban", "rural"])),
                })  # fmt: skip
    return {k: [row[k] for row in rows] for k in rows[0]}


def counts(data, column, weights, grown=1.07):
    found = {}
    for code, w in zip(data[column], weights, strict=True):
        found[code] = found.get(code, 0.0) + w * grown
    return dict(sorted(found.items()))


def frame(column, found):
    codes = ", ".join(f'"{k}"' for k in found)
    return f"data.frame({column} = c({codes}), Freq = c({', '.join(repr(v) for v in found.values())}))"


def with_replicates(data, factors):
    """The data with replicate weights, and their names."""
    names = [f"rw{k + 1}" for k in range(factors.shape[1])]
    return {**data, **{n: list(factors[:, k] * data["w"]) for k, n in enumerate(names)}}, names


def nhanes():
    """Masked strata with two pseudo-clusters that are named again in each; a subpopulation is a domain."""
    data = persons(1, 12, 2, 8)
    return data, (data, Design("w", "h", "p", nest=True)), (
        "g <- svydesign(id = ~p, strata = ~h, weights = ~w, nest = TRUE, data = d)"
    )


def acs():
    """Eighty successive difference replicates of the producer, scale 4/80, compared with the estimate itself."""
    data = persons(2, 1, 60, 2)
    h = hadamard(80)
    at = np.repeat(np.arange(60), 2)
    factors = 1 + (h[1 + at % 79] - h[1 + (at + 1) % 79]) / np.sqrt(8)
    data, names = with_replicates(data, factors)
    return data, (data, Design("w", replicates=ReplicateWeights(names, "successive-difference", mse=True))), (
        'g <- svrepdesign(weights = ~w, repweights = "^rw[0-9]+$", type = "successive-difference", data = d, '
        "mse = TRUE)"
    )


def cps():
    """The same eighty replicates as made by the design, the segments in the order of their selection."""
    data = persons(3, 1, 60, 2)
    data["order"] = data["p"]
    design = Design("w", None, "p", replicates=SuccessiveDifference(80, order="order"))
    h = hadamard(80)
    at = np.repeat(np.arange(60), 2)
    given, _ = with_replicates(data, 1 + (h[1 + at % 79] - h[1 + (at + 1) % 79]) / np.sqrt(8))
    return given, (data, design), (
        'g <- svrepdesign(weights = ~w, repweights = "^rw[0-9]+$", type = "other", scale = 4/80, rscales = rep(1, 80), '
        "data = d, mse = TRUE)"
    )


def households_of_dhs():
    """DHS and MICS: strata of region by residence, enumeration areas, weights in millionths."""
    data = persons(4, 8, 5, 6)
    data["region"] = [(h - 1) // 2 for h in data["h"]]
    data["residence"] = [h % 2 for h in data["h"]]
    data["ea"] = [h * 100 + p for h, p in zip(data["h"], data["p"], strict=True)]
    data["w"] = [w / 1e6 for w in data["w"]]
    return data, (data, Design("w", [("region", "residence")], "ea")), (
        "g <- svydesign(id = ~ea, strata = ~interaction(region, residence), weights = ~w, data = d)"
    )


def rotating_panel_of_silc():
    """EU-SILC: rotational groups as strata of a two-stage sample, calibrated to age by household."""
    data = persons(5, 8, 5, 6)
    by_household = {}
    for i, hh in enumerate(data["hh"]):
        data["w"][i] = by_household.setdefault(hh, data["w"][i])
    totals = counts(data, "age", data["w"])
    made = calibrate(data, Design("w", "h", ["p", "hh"], nest=True), {"age": totals, "x": 1.05e5}, cluster="hh")
    rest = [repr(v) for v in [sum(totals.values()), *list(totals.values())[1:], 1.05e5]]
    return data, (made.sample, made.design), (
        "g <- svydesign(id = ~p + hh, strata = ~h, weights = ~w, nest = TRUE, data = d); "
        f"g <- calibrate(g, ~age + x, c({', '.join(rest)}), aggregate.stage = 2, epsilon = 1e-13)"
    )


def labour_force():
    """A labour force survey: districts in strata, segments in them, both corrected, raked to two margins."""
    data = persons(6, 5, 4, 8)
    data["N1"], data["N2"] = [40 + h for h in data["h"]], [30.0] * len(data["h"])
    margins = {"sex": counts(data, "sex", data["w"]), "age": counts(data, "age", data["w"])}
    made = rake(data, Design("w", "h", ["p", "hh"], ["N1", "N2"], nest=True), margins, tolerance=1e-14, iterations=5000)
    return data, (made.sample, made.design), (
        "g <- svydesign(id = ~p + hh, strata = ~h, weights = ~w, fpc = ~N1 + N2, nest = TRUE, data = d); "
        f"g <- rake(g, list(~sex, ~age), list({frame('sex', margins['sex'])}, {frame('age', margins['age'])}), "
        "control = list(maxit = 5000, epsilon = 1e-12))"
    )


def recs():
    """Fay's replicates with coefficient 0.5 as the producer gives them, 96 of them."""
    return fay(7, 96, 0.5)


def pisa():
    """PISA: eighty of Fay's replicates, coefficient 0.5, variance about the estimate of all."""
    return fay(8, 80, 0.5)


def fay(seed, count, coefficient):
    data = persons(seed, 30, 2, 2)
    h = hadamard(count)
    assert len(h) == count
    sign = np.where(np.array(data["p"]) == 1, 1.0, -1.0)[:, None]
    data, names = with_replicates(data, 1 + sign * h[np.array(data["h"])] * (1 - coefficient))
    replicates = ReplicateWeights(names, "fay", fay=coefficient, mse=True)
    return data, (data, Design("w", replicates=replicates)), (
        f'g <- svrepdesign(weights = ~w, repweights = "^rw[0-9]+$", type = "Fay", rho = {coefficient}, data = d, '
        "mse = TRUE)"
    )


def youth():
    """YRBS: strata of unequal numbers of schools, a lone one among them, as its users set R: averaged."""
    data = persons(9, 7, 4, 5)
    keep = [not (h == 3 and p > 1) and not (h == 5 and p > 3) for h, p in zip(data["h"], data["p"], strict=True)]
    data = {k: [v for v, kept in zip(values, keep, strict=True) if kept] for k, values in data.items()}
    return data, (data, Design("w", "h", "p", nest=True, lonely="average")), (
        'options(survey.lonely.psu = "average"); '
        "g <- svydesign(id = ~p, strata = ~h, weights = ~w, nest = TRUE, data = d)"
    )


def establishments():
    """An establishment survey: a take-all stratum, births in one of their own, post-stratified by class of size."""
    data = persons(10, 5, 12, 1)
    sizes = {1: 12, 2: 60, 3: 200, 4: 900, 5: 35}
    data["N"] = [sizes[h] for h in data["h"]]
    data["w"] = [sizes[h] / 12 for h in data["h"]]
    data["class"] = ["large" if h == 1 else "small" if h in {4, 5} else "medium" for h in data["h"]]
    totals = counts(data, "class", data["w"], 1.02)
    made = post_stratify(data, Design(None, "h", fpc="N"), {"class": totals})
    return data, (made.sample, made.design), (
        "g <- svydesign(id = ~1, strata = ~h, fpc = ~N, data = d); "
        f"g <- postStratify(g, ~class, {frame('class', totals)})"
    )


def dual_stratification():
    """Strata at both stages: regions of districts, and in each district types of dwellings, corrected at both."""
    data = persons(11, 3, 3, 8)
    data["N1"] = [20 + h for h in data["h"]]
    data["type"] = [1 + (u > 4) for u in data["u"]]
    data["N2"] = [15 + 10 * t for t in data["type"]]
    data["unit"] = list(range(len(data["h"])))
    return data, (data, Design("w", ["h", "type"], ["p", "unit"], ["N1", "N2"], nest=True)), (
        "g <- svydesign(id = ~p + unit, strata = ~h + type, weights = ~w, fpc = ~N1 + N2, nest = TRUE, data = d)"
    )


def jackknife_of_a_producer():
    """A stratified jackknife whose producer gives the columns and a coefficient for each."""
    data = persons(12, 4, 3, 4)
    cluster = np.array([(h - 1) * 3 + p - 1 for h, p in zip(data["h"], data["p"], strict=True)])
    stratum = np.array(data["h"])
    columns = []
    for c in range(12):
        mine = stratum == c // 3 + 1
        columns.append(np.where(cluster == c, 0.0, np.where(mine, 1.5, 1.0)))
    data, names = with_replicates(data, np.column_stack(columns))
    replicates = ReplicateWeights(names, "jkn", rscales=[2 / 3] * 12)
    return data, (data, Design("w", replicates=replicates)), (
        'g <- svrepdesign(weights = ~w, repweights = "^rw[0-9]+$", type = "JKn", scale = 1, rscales = rep(2/3, 12), '
        "data = d)"
    )


WORLD = (
    nhanes, acs, cps, households_of_dhs, rotating_panel_of_silc, labour_force, recs, pisa, youth, establishments,
    dual_stratification, jackknife_of_a_producer,
)  # fmt: skip


@holds("R survey", ["stratified, one to three stages, with replacement or corrected"], TYPES)
@holds("R survey", ["replicate weights of the producer", "post-stratified, raked, calibrated"], TYPES)
def test_designs_of_well_known_surveys_give_the_numbers_of_r():
    made = [design() for design in WORLD]
    theirs = r.values([r.Case(data, code + """
        m <- function(z) { a <- svymean(~y, z, deff = TRUE)
          unname(c(coef(svytotal(~y, z)), SE(svytotal(~y, z)), coef(a), SE(a), SE(svyratio(~y, ~x, z)), deff(a),
          degf(z))) }
        v <- c(m(g), m(subset(g, dom == "rural"))); setNames(as.list(v), paste0("v", seq_along(v)))""")
        for data, _, code in made])  # fmt: skip
    for design, (_, (sample, declared), _), found in zip(WORLD, made, theirs, strict=True):
        assert not isinstance(found, r.Refused), f"{design.__name__}: {found}"
        rows = estimate(sample, declared, [total("y"), mean("y"), ratio("y", "x")], by="dom").table.to_pylist()
        ours = []
        for dom in ("_T", "rural"):
            t, m, q = (row for row in rows if row["dom"] == dom)
            ours += [t["estimate"], t["se"], m["estimate"], m["se"], q["se"], m["deff"], t["df"]]
        for k, (mine, value) in enumerate(zip(ours, found.values(), strict=True)):
            close(mine, value, f"designs of the world: {design.__name__} {k}")


def test_respondents_of_a_segment_carry_those_who_were_not_met():
    data = persons(13, 3, 4, 6)
    data["met"] = [bool(k % 5) for k in range(len(data["h"]))]

    made = adjust_for_nonresponse(data, Design("w", "h", "p", nest=True), "met", ["h", "p"])

    weights = np.asarray(made.weights())
    for h, p in sorted(set(zip(data["h"], data["p"], strict=True))):
        segment = [k for k, pair in enumerate(zip(data["h"], data["p"], strict=True)) if pair == (h, p)]
        assert weights[segment].sum() == pytest.approx(sum(data["w"][k] for k in segment))
    assert (weights[~np.array(data["met"])] == 0).all()


@pytest.mark.parametrize("method", [Jackknife(mse=True), Brr(mse=True)])
def test_half_samples_and_jackknife_of_pairs_agree_for_totals(method):
    """With two clusters a stratum both are Σ (difference)² for a total, as is linearisation."""
    data = persons(14, 12, 2, 4)
    design = Design("w", "h", "p", nest=True)
    linear = estimate(data, design, total("y")).table["se"][0].as_py()

    found = estimate(data, design.with_(replicates=method), total("y")).table["se"][0].as_py()

    assert found == pytest.approx(linear, rel=1e-10)
