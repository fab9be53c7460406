"""The examples on the help pages of R survey, on every data set that comes with it, run on both sides.

A page is a set of designs and of lines; each line stands once as R has it and once as it is written here. The data are
read out of R when the tests run, with the column names R gives them. What those pages show of models, of plots and of
other functions that are not offered here is left out; docs/how-to/come-from-r-svy-or-stata.md says which those are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from estimation import r
from estimation.agree import close
from sse_observatory.production import estimation
from sse_observatory.production.estimation import Combination, Result


@dataclass(frozen=True)
class Page:
    """What a page of R begins with, the same here, and its lines on both sides."""

    r: str
    here: str
    lines: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, str], ...] = ()
    """Name here to a data frame in R."""


# How R's results become numbers, in the order in which those here do.
SHOW = """
show <- function(x) {
  if (inherits(x, "numeric") || is.matrix(x) || is.integer(x)) return(as.numeric(x))
  if (inherits(x, "htest")) return(c(unname(x$statistic), unname(x$p.value)))
  if (inherits(x, "svyciprop")) return(c(coef(x), SE(x), confint(x)))
  if (inherits(x, "newsvyquantile")) return(c(coef(x), SE(x), confint(x)[, 1], confint(x)[, 2]))
  if (inherits(x, "svyratio")) return(c(coef(x), as.vector(SE(x))))
  c(as.vector(coef(x)), as.vector(as.matrix(SE(x))))
}
numbers <- function(x) { v <- show(x); setNames(as.list(v), paste0("v", seq_along(v))) }
"""

API = "data(api); apiclus1 <- apiclus1; apistrat <- apistrat; apiclus2 <- apiclus2; "
DCLUS1 = "dclus1 <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1, fpc = ~fpc); "
DSTRAT = "dstrat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, data = apistrat, fpc = ~fpc); "
HERE = """
dclus1 = Design("pw", clusters="dnum", fpc="fpc")
dstrat = Design("pw", "stype", fpc="fpc")
rclus1 = dclus1.with_(replicates=Jackknife())
rstrat = dstrat.with_(replicates=Jackknife())
"""
CLUS1, STRAT, CLUS2 = ("clus1", "apiclus1"), ("strat", "apistrat"), ("clus2", "apiclus2")
TYPES = '{"stype": {"E": 4421, "H": 755, "M": 1018}}'

PAGES = {
    "api": Page(
        API + DCLUS1 + DSTRAT + """
        dclus2 <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)
        dclus2wr <- svydesign(id = ~dnum + snum, weights = ~pw, data = apiclus2)
        dsrs <- svydesign(id = ~1, fpc = ~fpc, weights = ~pw, data = apisrs)
        rclus1 <- as.svrepdesign(dclus1); pop.types <- xtabs(~stype, data = apipop)
        rclus1p <- postStratify(rclus1, ~stype, pop.types); dclus1p <- postStratify(dclus1, ~stype, pop.types)
        """,
        HERE + """
dclus2 = Design(clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
dclus2wr = Design("pw", clusters=["dnum", "snum"])
dsrs = Design("pw", fpc="fpc")
types = {"stype": counted(pop["stype"])}
rclus1p = post_stratify(clus1, rclus1, types)
dclus1p = post_stratify(clus1, dclus1, types)
""",
        tuple(
            (f"svymean(~api00, {d})", f'estimate({s}, {o}, mean("api00"))')
            for d, s, o in (
                ("dstrat", "strat", "dstrat"), ("dclus1", "clus1", "dclus1"), ("dclus2", "clus2", "dclus2"),
                ("dclus2wr", "clus2", "dclus2wr"), ("rclus1", "clus1", "rclus1"), ("dsrs", "srs", "dsrs"),
                ("dclus1p", "dclus1p.sample", "dclus1p.design"), ("rclus1p", "rclus1p.sample", "rclus1p.design"),
            )
        ) + tuple(
            (f"svytotal(~enroll, {d}, na.rm = TRUE)", f'estimate({s}, {o}, total("enroll"), missing="exclude")')
            for d, s, o in (
                ("dstrat", "strat", "dstrat"), ("dclus1", "clus1", "dclus1"), ("dclus2", "clus2", "dclus2"),
                ("dclus2wr", "clus2", "dclus2wr"), ("rclus1", "clus1", "rclus1"), ("dsrs", "srs", "dsrs"),
                ("dclus1p", "dclus1p.sample", "dclus1p.design"), ("rclus1p", "rclus1p.sample", "rclus1p.design"),
            )
        ),
        (CLUS1, STRAT, CLUS2, ("srs", "apisrs"), ("pop", "apipop[, c('stype', 'enroll')]")),
    ),
    "crowd": Page(
        """data(crowd)
        i1.1 <- as.svrepdesign(svydesign(id = ~cluster, weight = ~weight, data = crowd))
        i1.1 <- update(i1.1, room.ratio = rooms / person, overcrowded = factor(person > rooms))
        i1.2 <- as.svrepdesign(svydesign(id = ~cluster, weight = ~weight, strata = ~stratum, data = crowd))""",
        """
i1 = Design("weight", clusters="cluster", replicates=Jackknife())
i2 = Design("weight", "stratum", "cluster", replicates=Jackknife())
ratios = lambda t: t.rooms / t.person
crowded = lambda t: t.person > t.rooms
means, totals = ([f("rooms"), f("person"), f(ratios, name="room.ratio")] for f in (mean, total))
""",
        (
            ("svymean(~rooms + person + room.ratio, i1.1)", "estimate(crowd, i1, means)"),
            ("svytotal(~rooms + person + room.ratio, i1.1)", "estimate(crowd, i1, totals)"),
            ("svymean(~rooms + person + room.ratio, subset(i1.1, overcrowded == TRUE))",
             "estimate(crowd, i1, means, domain=crowded)"),
            ("svytotal(~rooms + person + room.ratio, subset(i1.1, overcrowded == TRUE))",
             "estimate(crowd, i1, totals, domain=crowded)"),
            ("svymean(~rooms + person, i1.2)", "estimate(crowd, i2, means[:2])"),
            ("svytotal(~rooms + person, i1.2)", "estimate(crowd, i2, totals[:2])"),
        ),
        (("crowd", "data(crowd); crowd"),),
    ),
    "election": Page(
        """data(election)
        dpps_br <- svydesign(id = ~1, fpc = ~p, data = election_pps, pps = "brewer")
        dpps_ov <- svydesign(id = ~1, fpc = ~p, data = election_pps, pps = "overton")
        dpps_hr1 <- svydesign(id = ~1, fpc = ~p, data = election_pps, pps = HR())
        hr <- HR(sum(election$p^2) / 40)
        dpps_hr <- svydesign(id = ~1, fpc = ~p, data = election_pps, pps = hr)
        dpps_hryg <- svydesign(id = ~1, fpc = ~p, data = election_pps, pps = hr, variance = "YG")
        dpps_ht <- svydesign(id = ~1, fpc = ~p, data = election_pps, pps = ppsmat(election_jointprob))
        dpps_yg <- svydesign(id = ~1, fpc = ~p, data = election_pps, pps = ppsmat(election_jointprob), variance = "YG")
        dpps_hryg1 <- svydesign(id = ~1, fpc = ~p, data = election_pps, pps = HR(), variance = "YG")
        dppswr <- svydesign(id = ~1, probs = ~p, data = election_pps)""",
        """
places = range(1, 41)
votes["place"] = list(places)
votes["weight"] = [1 / p for p in votes["p"]]
pairs = np.column_stack(list(joint.values()))
whole = [total("Bush"), total("Kerry"), total("Nader")]
br, ov, ovyg, hr, hryg = (Design(fpc="p", pps=m) for m in
    ("brewer", "overton", "overton/yates-grundy", "hartley-rao", "hartley-rao/yates-grundy"))
ht, yg = (Design(clusters="place", fpc="p", pps=Joint(places, pairs, f)) for f in ("horvitz-thompson", "yates-grundy"))
wr = Design("weight")
squares = sum(p**2 for p in counties["p"]) / 40
hrp, hrpyg = (Design(fpc="p", pps=HartleyRao(squares, f)) for f in ("horvitz-thompson", "yates-grundy"))
""",
        tuple(
            (f"svytotal(~Bush + Kerry + Nader, {d})", f"estimate(votes, {o}, whole)")
            for d, o in (
                ("dpps_ht", "ht"), ("dpps_yg", "yg"), ("dpps_hr1", "hr"), ("dpps_hryg1", "hryg"), ("dpps_br", "br"),
                ("dpps_hr", "hrp"), ("dpps_hryg", "hrpyg"),
                ("dpps_ov", "ov"), ("dppswr", "wr"),
            )
        ),
        (("votes", "data(election); election_pps"), ("counties", "data(election); election[, 'p', drop = FALSE]"),
         ("joint", "data(election); election_jointprob")),
    ),
    "fpc": Page(
        """data(fpc)
        withoutfpc <- svydesign(weights = ~weight, ids = ~psuid, strata = ~stratid, data = fpc, nest = TRUE)
        f1 <- svydesign(weights = ~weight, ids = ~psuid, strata = ~stratid, fpc = ~Nh, data = fpc, nest = TRUE)
        f2 <- svydesign(weights = ~weight, ids = ~psuid, strata = ~stratid, fpc = ~I(nh / Nh), data = fpc, nest = TRUE)
        f3 <- svydesign(weights = ~weight, ids = ~interaction(stratid, psuid), strata = ~stratid, fpc = ~I(nh / Nh),
                        data = fpc)
        f4 <- svydesign(ids = ~psuid, strata = ~stratid, fpc = ~Nh, data = fpc, nest = TRUE)
        f5 <- svydesign(ids = ~psuid, strata = ~stratid, fpc = ~I(nh / Nh), data = fpc, nest = TRUE)
        dsub <- subset(withoutfpc, x > 4)""",
        """
fpc["fraction"] = [n / N for n, N in zip(fpc["nh"], fpc["Nh"])]
without = Design("weight", "stratid", "psuid", nest=True)
f1 = without.with_(fpc=("Nh",))
f2 = without.with_(fpc=("fraction",))
f3 = Design("weight", "stratid", [("stratid", "psuid")], fpc="fraction")
f4 = Design(None, "stratid", "psuid", fpc="Nh", nest=True)
f5 = Design(None, "stratid", "psuid", fpc="fraction", nest=True)
fpc["big"] = [x > 4 for x in fpc["x"]]
""",
        (
            ("svymean(~x, withoutfpc)", 'estimate(fpc, without, mean("x"))'),
            *((f"svymean(~x, f{i})", f'estimate(fpc, f{i}, mean("x"))') for i in range(1, 6)),
            ("svymean(~x, dsub)", 'estimate(fpc, without, mean("x"), domain=lambda t: t.x > 4)'),
            ("svyby(~x, ~I(x > 4), withoutfpc, svymean)",
             'estimate(fpc, without, mean("x"), by="big", margins=False)'),
        ),
        (("fpc", "data(fpc); fpc"),),
    ),
    "hospital": Page(
        """data(hospital)
        hospdes <- svydesign(strata = ~oblevel, id = ~hospno, weights = ~weighta, fpc = ~tothosp, data = hospital)
        hosprep <- as.svrepdesign(hospdes)""",
        """
hospdes = Design("weighta", "oblevel", "hospno", fpc="tothosp")
hosprep = hospdes.with_(replicates=Jackknife())
""",
        (
            ("svytotal(~births, design = hospdes)", 'estimate(hospital, hospdes, total("births"))'),
            ("svytotal(~births, design = hosprep)", 'estimate(hospital, hosprep, total("births"))'),
        ),
        (("hospital", "data(hospital); hospital"),),
    ),
    "mu284": Page(
        """data(mu284); dmu284 <- svydesign(id = ~id1 + id2, fpc = ~n1 + n2, data = mu284)
        ii <- with(mu284, c(1:15, rep(1:5, n2[1:5] - 3))); mu284.1 <- mu284[ii, ]; mu284.1$id <- 1:nrow(mu284.1)
        mu284.1$sub <- rep(c(TRUE, FALSE), c(15, 34 - 15))
        d2mu284 <- twophase(id = list(~id1, ~id), strata = list(NULL, ~id1), fpc = list(~n1, NULL), data = mu284.1,
                            subset = ~sub)""",
        """
dmu284 = Design(clusters=["id1", "id2"], fpc=["n1", "n2"])
first["sub"] = [i <= 15 for i in first["id"]]
d2mu284 = Design(clusters="id1", fpc="n1", second=SecondPhase("sub", "id1", "id"))
""",
        (
            ("svytotal(~y1, dmu284)", 'estimate(mu284, dmu284, total("y1"))'),
            ("vcov(svytotal(~y1, dmu284))", 'estimate(mu284, dmu284, total("y1")).covariance()'),
            ("svymean(~y1, dmu284)", 'estimate(mu284, dmu284, mean("y1"))'),
            ("svytotal(~y1, d2mu284)", 'estimate(first, d2mu284, total("y1"))'),
            ("svymean(~y1, d2mu284)", 'estimate(first, d2mu284, mean("y1"))'),
        ),
        (
            ("mu284", "data(mu284); mu284"),
            ("first", "data(mu284); ii <- with(mu284, c(1:15, rep(1:5, n2[1:5] - 3))); m <- mu284[ii, ]; "
                      "m$id <- 1:nrow(m); m"),
        ),
    ),
    "nhanes": Page(
        """data(nhanes)
        design <- svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes)
        rep <- as.svrepdesign(design)""",
        """
design = Design("WTMEC2YR", "SDMVSTRA", "SDMVPSU", nest=True)
rep = design.with_(replicates=Jackknife())
""",
        (
            ("c(degf(design), degf(rep))", 'column(estimate(nhanes, design, total()), "df") * 2'),
            ("svymean(~HI_CHOL, design, na.rm = TRUE)",
             'estimate(nhanes, design, mean("HI_CHOL"), missing="exclude")'),
            ("svymean(~HI_CHOL, rep, na.rm = TRUE)", 'estimate(nhanes, rep, mean("HI_CHOL"), missing="exclude")'),
            ("svyby(~HI_CHOL, ~race + RIAGENDR, design, svymean, na.rm = TRUE)",
             'estimate(nhanes, design, mean("HI_CHOL"), by=["RIAGENDR", "race"], margins=False, missing="exclude")'),
            ("svyby(~HI_CHOL, ~agecat, subset(design, RIAGENDR == 2), svymean, na.rm = TRUE)",
             'estimate(nhanes, design, mean("HI_CHOL"), by="agecat", margins=False, missing="exclude", '
             "domain=lambda t: t.RIAGENDR == 2)"),
            ("svytotal(~factor(race), design)", 'estimate(nhanes, design, total(), by="race", margins=False)'),
            ("svychisq(~HI_CHOL + race, design)", 'crosstab(nhanes, design, "HI_CHOL", "race").test()'),
            ('svychisq(~HI_CHOL + race, design, statistic = "Wald")',
             'crosstab(nhanes, design, "HI_CHOL", "race").test("wald")'),
        ),
        (("nhanes", "data(nhanes); nhanes"),),
    ),
    "scd": Page(
        """data(scd)
        scddes <- svydesign(data = scd, prob = ~1, id = ~ambulance, strata = ~ESA, nest = TRUE, fpc = rep(5, 6))
        scdnofpc <- svydesign(data = scd, prob = ~1, id = ~ambulance, strata = ~ESA, nest = TRUE)
        scd2brr <- as.svrepdesign(scdnofpc, type = "BRR")
        scd2fay <- as.svrepdesign(scdnofpc, type = "Fay", fay.rho = 0.3)
        scd2brr1 <- as.svrepdesign(scdnofpc, type = "BRR", hadamard.matrix = paley(11))
        scd2jkn <- as.svrepdesign(scdnofpc, type = "JKn"); scd2jknf <- as.svrepdesign(scddes, type = "JKn")
        repweights <- 2 * cbind(c(1, 0, 1, 0, 1, 0), c(1, 0, 0, 1, 0, 1), c(0, 1, 1, 0, 0, 1), c(0, 1, 0, 1, 1, 0))
        scdrep <- svrepdesign(data = scd, type = "BRR", repweights = repweights, combined.weights = FALSE,
                              weights = ~I(alive * 0 + 1))""",
        """
scd |= {"w": [1.0] * 6, "N": [5] * 6}
for i, half in enumerate(["101010", "100101", "011001", "010110"]):
    scd[f"r{i}"] = [2 * int(x) for x in half]
scdnofpc = Design("w", "ESA", "ambulance", nest=True)
scddes = scdnofpc.with_(fpc=("N",))
scd["row"] = list(range(6))
strata = sorted({str(h) for h in scd["ESA"]})
brr, fay = (
    scdnofpc.with_(replicates=Brr(f, matrix=1 - matrix("hadamard(3)"), strata=strata, order="row")) for f in (0.0, 0.3))
brr1 = scdnofpc.with_(replicates=Brr(matrix=matrix("paley(11)"), strata=strata, order="row"))
jkn, jknf = (d.with_(replicates=Jackknife()) for d in (scdnofpc, scddes))
scdrep = Design("w", replicates=ReplicateWeights(["r0", "r1", "r2", "r3"], "brr", combined=False))
""",
        (
            *((f"svyratio(~alive, ~arrests, design = {d})", f'estimate(scd, {o}, ratio("alive", "arrests"))')
              for d, o in (
                  ("scddes", "scddes"), ("scdnofpc", "scdnofpc"), ("scd2brr", "brr"), ("scd2brr1", "brr1"),
                  ("scd2fay", "fay"), ("scd2jkn", "jkn"), ("scd2jknf", "jknf"), ("scdrep", "scdrep"))),
            ("svymean(~alive, scd2brr)", 'estimate(scd, brr, mean("alive"))'),
            ("svymean(~alive, scd2brr1)", 'estimate(scd, brr1, mean("alive"))'),
            ('deff(svymean(~alive + arrests, scddes, deff = "replace"))',
             'column(estimate(scd, scddes, [mean("alive"), mean("arrests")], deff="replace"), "deff")'),
            ("withReplicates(scdrep, quote(sum(.weights * alive) / sum(.weights * arrests)))",
             'estimate(scd, scdrep, ratio("alive", "arrests"))'),
        ),
        (("scd", "data(scd); scd"),),
    ),
    "yrbs": Page(
        """data(yrbs)
        yrbs_design <- svydesign(id = ~psu, weight = ~weight, strata = ~stratum, data = yrbs)
        yrbs_design <- update(yrbs_design, qn8yes = 2 - qn8)""",
        """
design = Design("weight", "stratum", "psu")
""",
        (
            ('svyciprop(~qn8yes, yrbs_design, na.rm = TRUE, method = "xlogit")',
             'interval(estimate(yrbs, design, proportion("qn8", 1, interval="xlogit"), missing="exclude", df=41))'),
        ),
        (("yrbs", "data(yrbs); yrbs"),),
    ),
    # Not the quarters of the help page: with weights that are multiples of each other a quarter of their sum is met
    # exactly in some replicates, and what R reads there depends on how its sums are rounded.
    "bootstrap": Page(
        API + DCLUS1 + """set.seed(20); bclus1 <- as.svrepdesign(dclus1, type = "bootstrap", replicates = 40)
        dclus2 <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)
        set.seed(21); mrbclus2 <- as.svrepdesign(dclus2, type = "mrb", replicates = 40)""",
        """
def supplied(sample, theirs, **options):
    names = [n for n in theirs if n not in {"scale", "rscales"}]
    sample |= {n: theirs[n] for n in names}
    return Design("weight", replicates=ReplicateWeights(names, **options))
clus1["weight"], clus2["weight"] = clus1["pw"], boot2.pop("w")
b1, b2 = supplied(clus1, boot1, scale=one["scale"][0], rscales=one["rscales"]), supplied(
    clus2, boot2, scale=two["scale"][0], rscales=two["rscales"])
""",
        (
            ("svymean(~api00, bclus1)", 'estimate(clus1, b1, mean("api00"))'),
            ("svytotal(~enroll, bclus1)", 'estimate(clus1, b1, total("enroll"))'),
            ("svytotal(~api00, mrbclus2)", 'estimate(clus2, b2, total("api00"))'),
            ("svytotal(~stype, mrbclus2)", 'estimate(clus2, b2, total(), by="stype", margins=False)'),
            ('svyquantile(~api00, bclus1, c(.26, .51, .77), interval.type = "quantile", df = degf(bclus1))',
             'interval(estimate(clus1, b1, [quantile("api00", p, interval="quantile") for p in (.26, .51, .77)]))'),
        ),
        (
            CLUS1, CLUS2,
            *((name, API + DCLUS1 + f"""dclus2 <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)
              set.seed({seed}); b <- as.svrepdesign({d}, type = "{kind}", replicates = 40); {made}""")
              for name, seed, d, kind, made in (
                  ("boot1", 20, "dclus1", "bootstrap", 'as.data.frame(weights(b, "analysis"))'),
                  ("boot2", 21, "dclus2", "mrb",
                   'cbind(as.data.frame(weights(b, "analysis")), w = weights(b, "sampling"))'),
                  ("one", 20, "dclus1", "bootstrap", "data.frame(scale = b$scale, rscales = b$rscales)"),
                  ("two", 21, "dclus2", "mrb", "data.frame(scale = b$scale, rscales = b$rscales)"))),
        ),
    ),
    "calibrate": Page(
        API + DCLUS1 + DSTRAT + """
        pop.totals <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018); rclus1 <- as.svrepdesign(dclus1)
        g <- calibrate(dclus1, ~stype, pop.totals); agg <- calibrate(dclus1, ~stype, pop.totals, aggregate = 1)
        g2 <- calibrate(dclus1, ~stype + sch.wide, c(pop.totals, sch.wideYes = 5122))
        both <- c(pop.totals, api99 = 3914069); tight <- 1e-13
        g3 <- calibrate(dclus1, ~stype + api99, both); r3 <- calibrate(rclus1, ~stype + api99, both)
        g3b <- calibrate(dclus1, ~stype + api99, both, bounds = c(0.6, 1.6), epsilon = tight)
        g3c <- calibrate(dclus1, ~stype + api99, both, calfun = "raking", epsilon = tight)
        g3d <- calibrate(dclus1, ~stype + api99, both, calfun = cal.logit, bounds = c(0.5, 2.5), epsilon = tight)
        s1 <- calibrate(dstrat, ~enroll - 1, 3811472, variance = 1)
        sh <- calibrate(dstrat, ~enroll - 1, 3811472, variance = apistrat$enroll)""",
        HERE + f"""
types = {TYPES}
w = {{
    "g": calibrate(clus1, dclus1, types), "agg": calibrate(clus1, dclus1, types, cluster="dnum"),
    "g2": calibrate(clus1, dclus1, {{**types, "sch.wide": {{"No": 1072, "Yes": 5122}}}}),
    "g3": calibrate(clus1, dclus1, {{**types, "api99": 3914069}}),
    "r3": calibrate(clus1, rclus1, {{**types, "api99": 3914069}}),
    "g3b": calibrate(clus1, dclus1, {{**types, "api99": 3914069}}, bounds=(0.6, 1.6)),
    "g3c": calibrate(clus1, dclus1, {{**types, "api99": 3914069}}, distance="raking", tolerance=1e-13),
    "g3d": calibrate(
        clus1, dclus1, {{**types, "api99": 3914069}}, distance="logit", bounds=(0.5, 2.5), tolerance=1e-13),
    "sh": calibrate(strat, dstrat, {{"enroll": 3811472}}, spread="enroll"),
}}
""",
        (
            *((f"{what}, {d})", f'estimate(w["{d}"].sample, w["{d}"].design, {mine})')
              for d in ("g", "agg", "g2", "g3", "r3", "g3b", "g3c", "g3d")
              for what, mine in (
                  ("svymean(~api00", 'mean("api00")'), ("svytotal(~enroll", 'total("enroll")'))),
            *((f"range(weights({d}) / weights(dclus1))",
               f'[w["{d}"].report.least, w["{d}"].report.greatest]') for d in ("g3", "g3b", "g3c", "g3d")),
            ("svytotal(~api.stu, dstrat)", 'estimate(strat, dstrat, total("api.stu"))'),
            ("svytotal(~api.stu, sh)", 'estimate(w["sh"].sample, w["sh"].design, total("api.stu"))'),
        ),
        (CLUS1, STRAT),
    ),
    "rake": Page(
        API + DCLUS1 + """rclus1 <- as.svrepdesign(dclus1); tight <- list(maxit = 5000, epsilon = 1e-12)
        pop.types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
        pop.schwide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
        rr <- rake(rclus1, list(~stype, ~sch.wide), list(pop.types, pop.schwide), control = tight)
        dr <- rake(dclus1, list(~stype, ~sch.wide), list(pop.types, pop.schwide), control = tight)
        gr <- calibrate(dclus1, ~stype + sch.wide, pop = c(6194, 755, 1018, 5122), calfun = "raking", epsilon = 1e-13)
        pop.table <- xtabs(~stype + sch.wide, apipop)
        pop.imp <- data.frame(comp.imp = c("No", "Yes"), Freq = c(1712, 4482))
        ps <- postStratify(rclus1, ~stype + sch.wide, pop.table)
        part <- rake(dclus1, list(~stype + sch.wide, ~comp.imp), list(pop.table, pop.imp), control = tight)""",
        HERE + f"""
types, wide = {TYPES}, {{"sch.wide": {{"No": 1072, "Yes": 5122}}}}
table = {{("stype", "sch.wide"): counted(zip(pop["stype"], pop["sch.wide"]))}}
w = {{
    "rr": rake(clus1, rclus1, types | wide), "dr": rake(clus1, dclus1, types | wide),
    "gr": calibrate(clus1, dclus1, types | wide, distance="raking", tolerance=1e-13),
    "ps": post_stratify(clus1, rclus1, table),
    "part": rake(clus1, dclus1, table | {{"comp.imp": {{"No": 1712, "Yes": 4482}}}}),
}}
""",
        (
            *((f"{what}, {d})", f'estimate(w["{d}"].sample, w["{d}"].design, {mine})')
              for d in ("rr", "dr", "gr", "ps", "part")
              for what, mine in (
                  ("svymean(~api00", 'mean("api00")'), ("svytotal(~enroll", 'total("enroll")'))),
            ("as.vector(t(svytable(~stype + sch.wide, rr)))",
             'column(estimate(w["rr"].sample, w["rr"].design, total(), by=["stype", "sch.wide"], margins=False), '
             '"estimate")'),
        ),
        (CLUS1, ("pop", "apipop[, c('stype', 'sch.wide')]")),
    ),
    "trimWeights": Page(
        API + DCLUS1 + """
        pop.totals <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
        dclus1g <- calibrate(dclus1, ~stype + api99, pop.totals)
        t1 <- trimWeights(dclus1g, lower = 20, upper = 45)
        t2 <- trimWeights(dclus1g, lower = 20, upper = 45, strict = TRUE)""",
        HERE + f"""
g = calibrate(clus1, dclus1, {{**{TYPES}, "api99": 3914069}})
w1, w2 = (trim(g.sample, g.design, lower=20, upper=45, strict=s) for s in (False, True))
""",
        tuple(
            (f"coef({what}, {d}))", f'column(estimate({o}.sample, {o}.design, {mine}), "estimate")')
            for d, o in (("dclus1g", "g"), ("t1", "w1"), ("t2", "w2"))
            for what, mine in (
                ("svymean(~api99 + api00", '[mean("api99"), mean("api00")]'),
                ("svymean(~stype", 'share(), by="stype", margins=False'))
        ),
        (CLUS1,),
    ),
    "surveysummary": Page(
        API + DCLUS1 + DSTRAT + "jkstrat <- as.svrepdesign(dstrat)",
        HERE,
        (
            ("{m <- svymean(~api00, dclus1, deff = TRUE); c(coef(m), SE(m), deff(m))}",
             'figures(estimate(clus1, dclus1, mean("api00")), "estimate", "se", "deff")'),
            ("svymean(~factor(stype), dclus1)", 'estimate(clus1, dclus1, share(), by="stype", margins=False)'),
            ("svymean(~interaction(stype, comp.imp), dclus1)",
             'estimate(clus1, dclus1, share(), by=["comp.imp", "stype"], margins=False)'),
            ("svyquantile(~api00, dclus1, c(.25, .5, .75), df = degf(dclus1))",
             'interval(estimate(clus1, dclus1, [quantile("api00", p) for p in (.25, .5, .75)]))'),
            ("{m <- svytotal(~enroll, dclus1, deff = TRUE); c(coef(m), SE(m), deff(m))}",
             'figures(estimate(clus1, dclus1, total("enroll")), "estimate", "se", "deff")'),
            ("svyratio(~api.stu, ~enroll, dclus1)", 'estimate(clus1, dclus1, ratio("api.stu", "enroll"))'),
            ("svymean(~api00, jkstrat)", 'estimate(strat, rstrat, mean("api00"))'),
            ("svymean(~factor(stype), jkstrat)", 'estimate(strat, rstrat, share(), by="stype", margins=False)'),
            ("svytotal(~enroll, jkstrat)", 'estimate(strat, rstrat, total("enroll"))'),
            ("svyratio(~api.stu, ~enroll, jkstrat)", 'estimate(strat, rstrat, ratio("api.stu", "enroll"))'),
            ("as.numeric(cv(svytotal(~enroll, dstrat)))", 'column(estimate(strat, dstrat, total("enroll")), "cv")'),
            ("as.numeric(cv(svyratio(~api.stu, ~enroll, jkstrat)))",
             'column(estimate(strat, rstrat, ratio("api.stu", "enroll")), "cv")'),
            ("vcov(svymean(~api00 + api99, jkstrat))",
             'estimate(strat, rstrat, [mean("api00"), mean("api99")]).covariance()'),
            ("as.numeric(confint(svymean(~api00, dclus1)))",
             'figures(estimate(clus1, dclus1, mean("api00"), df=float("inf")), "lower", "upper")'),
            ("as.numeric(confint(svymean(~api00, dclus1), df = degf(dclus1)))",
             'figures(estimate(clus1, dclus1, mean("api00")), "lower", "upper")'),
            ("deff(svymean(~api00, dstrat, deff = TRUE))", 'column(estimate(strat, dstrat, mean("api00")), "deff")'),
            ('deff(svymean(~api00, dstrat, deff = "replace"))',
             'column(estimate(strat, dstrat, mean("api00"), deff="replace"), "deff")'),
            ("deff(svymean(~api00, jkstrat, deff = TRUE))", 'column(estimate(strat, rstrat, mean("api00")), "deff")'),
            ('deff(svymean(~api00, jkstrat, deff = "replace"))',
             'column(estimate(strat, rstrat, mean("api00"), deff="replace"), "deff")'),
        ),
        (CLUS1, STRAT),
    ),
    "svyby": Page(
        API + DCLUS1 + "rclus1 <- as.svrepdesign(dclus1)",
        HERE + 'apart = {"by": "stype", "margins": False}\nboth = {"by": ["sch.wide", "stype"], "margins": False}\n',
        (
            ("svyby(~api99, ~stype, dclus1, svymean)", 'estimate(clus1, dclus1, mean("api99"), **apart)'),
            ("coef(svyby(~api99, ~stype, dclus1, svyquantile, quantiles = 0.5, ci = TRUE, vartype = 'ci'))",
             'column(estimate(clus1, dclus1, median("api99"), **apart), "estimate")'),
            ("{b <- svyby(~api99 + api00, ~stype, dclus1, svymean, deff = TRUE); c(coef(b), unlist(deff(b)))}",
             'figures(estimate(clus1, dclus1, [mean("api99"), mean("api00")], **apart), "estimate", "deff")'),
            ("svyby(~api99 + api00, ~stype + sch.wide, dclus1, svymean)",
             'estimate(clus1, dclus1, [mean("api99"), mean("api00")], **both)'),
            ("svyby(~api99, ~stype + sch.wide, dclus1, unwtd.count, keep.var = FALSE)$statistic",
             'column(estimate(clus1, dclus1, mean("api99"), **both), "n")'),
            ("svyby(~api99, ~stype, rclus1, svymean)", 'estimate(clus1, rclus1, mean("api99"), **apart)'),
            ("as.numeric(cv(svyby(~api99, ~stype, rclus1, svymean)))",
             'column(estimate(clus1, rclus1, mean("api99"), **apart), "cv")'),
            ("{b <- svyby(~enroll, ~stype, rclus1, svytotal, deff = TRUE); c(coef(b), SE(b), deff(b))}",
             'figures(estimate(clus1, rclus1, total("enroll"), **apart), "estimate", "se", "deff")'),
            ("vcov(svyby(~api99, ~stype, rclus1, svymean, covmat = TRUE))",
             'estimate(clus1, rclus1, mean("api99"), **apart).covariance()'),
            ("vcov(svyby(~enroll, ~stype, dclus1, svytotal, covmat = TRUE))",
             'estimate(clus1, dclus1, total("enroll"), **apart).covariance()'),
            ("svycontrast(svyby(~api99, ~stype, rclus1, svymean, covmat = TRUE), c(E = 1, M = -1))",
             'estimate(clus1, rclus1, mean("api99"), **apart).difference(0, 2)'),
            ("svycontrast(svyby(~enroll, ~stype, dclus1, svytotal, covmat = TRUE), quote(E / H))",
             'estimate(clus1, dclus1, total("enroll"), **apart).quotient(0, 1)'),
            ("svyby(~api.stu, by = ~stype, denominator = ~enroll, design = dclus1, svyratio)",
             'estimate(clus1, dclus1, ratio("api.stu", "enroll"), **apart)'),
            ("vcov(svyby(~api.stu, by = ~stype, denominator = ~enroll, design = dclus1, svyratio, covmat = TRUE))",
             'estimate(clus1, dclus1, ratio("api.stu", "enroll"), **apart).covariance()'),
            ("svybys(~api00, ~comp.imp + sch.wide, design = dclus1, svymean)[[1]]",
             'estimate(clus1, dclus1, mean("api00"), by="comp.imp", margins=False)'),
        ),
        (CLUS1,),
    ),
    "svychisq": Page(
        API + DCLUS1 + "rclus1 <- as.svrepdesign(dclus1)",
        HERE + 'one, two = (crosstab(clus1, d, "sch.wide", "stype") for d in (dclus1, rclus1))\n',
        (
            ("as.vector(t(svytable(~sch.wide + stype, dclus1)))", "one.totals.reshape(-1)"),
            ("svychisq(~sch.wide + stype, dclus1)", "one.test()"),
            ('summary(svytable(~sch.wide + stype, dclus1), statistic = "Chisq")$statistic$p.value',
             '[one.test("rao-scott").p_value]'),
            ('svychisq(~sch.wide + stype, dclus1, statistic = "adjWald")', 'one.test("adjusted-wald")'),
            ("svychisq(~sch.wide + stype, rclus1)", "two.test()"),
            ('svychisq(~sch.wide + stype, rclus1, statistic = "adjWald")', 'two.test("adjusted-wald")'),
            ("degf(dclus1)", 'column(estimate(clus1, dclus1, total()), "df")'),
        ),
        (CLUS1,),
    ),
    "svyciprop": Page(
        API + "dclus1 <- svydesign(id = ~dnum, fpc = ~fpc, data = apiclus1); rclus1 <- as.svrepdesign(dclus1)",
        """
dclus1 = Design(clusters="dnum", fpc="fpc")
rclus1 = dclus1.with_(replicates=Jackknife())
def shown(design, name, method, **options):
    condition = lambda t: t[name] == 0
    return interval(estimate(clus1, design, proportion(condition, interval=method, name="p"), **options))
""",
        tuple(
            (f'svyciprop(~I({name} == 0), {d}, method = "{theirs}"{extra})',
             f'shown({d}, "{name}", "{mine}"{own})')
            for d, name, methods in (
                ("dclus1", "ell", (("as", "asin", "", ""), ("be", "beta", "", ""), ("xl", "xlogit", "", ""),
                                   ("me", "t", ", df = degf(dclus1)", ""),
                                   ("me", "t", ", df = Inf", ', df=float("inf")'))),
                ("rclus1", "emer", (("as", "asin", "", ""), ("be", "beta", "", ""),
                                    ("me", "t", ", df = degf(rclus1)", ""))),
            )
            for theirs, mine, extra, own in methods
        ),
        (CLUS1,),
    ),
    "svycontrast": Page(
        API + DCLUS1 + "a <- svytotal(~api00 + enroll + api99, dclus1); totals <- "
        "svyby(~enroll, ~stype, design = dclus1, svytotal, covmat = TRUE)",
        HERE + """
a = estimate(clus1, dclus1, [total("api00"), total("enroll"), total("api99")])
""",
        (
            ("svycontrast(a, c(0.5, 0, 0.5))", "a.contrast({0: 0.5, 2: 0.5})"),
            ("svycontrast(a, c(1, 0, -1))", "a.difference(0, 2)"),
            ("svycontrast(a, quote(api00 / api99))", "a.quotient(0, 2)"),
            ("svyratio(~api00, ~api99, dclus1)", 'estimate(clus1, dclus1, ratio("api00", "api99"))'),
            ("svycontrast(totals, c(E = 1, H = 1, M = 1))", 'estimate(clus1, dclus1, total("enroll"))'),
            ("svycontrast(svycontrast(totals, list(total = c(1, 1, 1)), add = TRUE), quote(E / total))",
             'estimate(clus1, dclus1, share("enroll"), by="stype", margins=False, domain=None).table.slice(0, 1)'),
        ),
        (CLUS1,),
    ),
    "svyquantile": Page(
        API + DCLUS1 + "rclus1 <- as.svrepdesign(dclus1)",
        HERE + """
def quarters(design, names=("api00",), **options):
    return estimate(clus1, design, [quantile(n, p, **options) for n in names for p in (.25, .5, .75)])
""",
        (
            ("svyquantile(~api00, dclus1, c(.25, .5, .75), df = degf(dclus1))", "interval(quarters(dclus1))"),
            ('svyquantile(~api00, dclus1, c(.25, .5, .75), interval.type = "beta", df = degf(dclus1))',
             'interval(quarters(dclus1, interval="beta"))'),
            *((f'coef(svyquantile(~api00 + ell, dclus1, c(.25, .5, .75), qrule = "{rule}"))',
               f'column(quarters(dclus1, ("api00", "ell"), rule="{rule}"), "estimate")')
              for rule in ("math", "school", "hf8")),
        ),
        (CLUS1,),
    ),
    "svyratio": Page(
        API + DSTRAT,
        HERE,
        (
            ("svyratio(~I(api.stu * (comp.imp == 'Yes')), ~as.numeric(comp.imp == 'Yes'), dstrat)",
             'estimate(strat, dstrat, ratio(lambda t: (t["comp.imp"] == "Yes").ifelse(t["api.stu"], 0), '
             'lambda t: t["comp.imp"] == "Yes", name="r"))'),
            ("svymean(~api.stu, subset(dstrat, comp.imp == 'Yes'))",
             'estimate(strat, dstrat, mean("api.stu"), domain=lambda t: t["comp.imp"] == "Yes")'),
            ("svyratio(~api.stu, ~enroll, dstrat)", 'estimate(strat, dstrat, ratio("api.stu", "enroll"))'),
            ("sapply(svyratio(~api.stu, ~enroll, dstrat, separate = TRUE)$ratios, coef)",
             'column(estimate(strat, dstrat, ratio("api.stu", "enroll"), by="stype", margins=False), "estimate")'),
            ("as.numeric(confint(svyratio(~api.stu, ~enroll, dstrat), df = degf(dstrat)))",
             'figures(estimate(strat, dstrat, ratio("api.stu", "enroll")), "lower", "upper")'),
        ),
        (STRAT,),
    ),
    "update": Page(
        API + DSTRAT + DCLUS1 + "dstrat <- update(dstrat, apidiff = api00 - api99); rclus1 <- as.svrepdesign(dclus1)",
        HERE + 'yes = lambda t: (t["sch.wide"] == "Yes") & (t["comp.imp"] == "Yes")\n',
        (
            ("svymean(~api99 + api00 + apidiff, dstrat)",
             'estimate(strat, dstrat, [mean("api99"), mean("api00"), mean(lambda t: t.api00 - t.api99, name="d")])'),
            ("svymean(~enroll, subset(dclus1, sch.wide == 'Yes' & comp.imp == 'Yes'))",
             'estimate(clus1, dclus1, mean("enroll"), domain=yes)'),
            ("svymean(~enroll, subset(rclus1, sch.wide == 'Yes' & comp.imp == 'Yes'))",
             'estimate(clus1, rclus1, mean("enroll"), domain=yes)'),
        ),
        (STRAT, CLUS1),
    ),
}  # fmt: skip


OTHERS = (
    "as.data.frame(hadamard(3))", "as.data.frame(paley(11))",
    "as.data.frame(data(package = 'survey')$results[, 'Item', drop = FALSE])",
    'data(pbc, package = "survival"); p <- pbc[, c("trt", "bili")]; p$id <- seq_len(nrow(p)); p',
)  # fmt: skip


@cache
def tables():
    """Every data frame that is asked of R, by the code that gives it, from one process."""
    codes = [*dict.fromkeys(code for page in PAGES.values() for _, code in page.data), *OTHERS]
    return dict(zip(codes, r.tables([f"data(api); {code}" for code in codes]), strict=True))


@cache
def theirs():
    """What R gives for every line, from one process."""
    cases = []
    for page in PAGES.values():
        lines = ", ".join(f"function() {line}" for line, _ in page.lines)
        cases.append(r.Case({"x": [1]}, f"""{SHOW} {page.r}
            lines <- list({lines}); found <- list()
            for (k in seq_along(lines)) {{
              failed <- function(e) stop(deparse(body(lines[[k]])), conditionMessage(e))
              v <- numbers(tryCatch(lines[[k]](), error = failed))
              found <- c(found, setNames(v, paste(k - 1, seq_along(v))))
            }}
            found"""))  # fmt: skip
    return dict(zip(PAGES, r.values(cases), strict=True))


def column(result, name):
    return result.table[name].to_pylist()


def figures(result, *names):
    return [x for name in names for x in column(result, name)]


def interval(result):
    return figures(result, "estimate", "se", "lower", "upper")


def counted(codes):
    found = {}
    for code in codes:
        found[code] = found.get(code, 0) + 1
    return found


def matrix(code):
    """A matrix of R, such as those its half samples follow."""
    return np.column_stack(list(tables()[f"as.data.frame({code})"].values()))


def numbers(value):
    if isinstance(value, Result):
        return figures(value, "estimate", "se")
    if isinstance(value, Combination):
        return [value.value, value.se]
    if hasattr(value, "p_value"):
        return [value.statistic, value.p_value]
    if hasattr(value, "column_names"):
        return [*value["estimate"].to_pylist(), *value["se"].to_pylist()]
    return np.asarray(value, dtype=float).reshape(-1).tolist()


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_page_give_the_numbers_of_r(name):
    r.needed()
    page = PAGES[name]
    here = {n: getattr(estimation, n) for n in estimation.__all__}
    here |= {f.__name__: f for f in (column, figures, interval, counted, matrix)} | {"np": np}
    here |= {n: {c: list(v) for c, v in tables()[code].items()} for n, code in page.data}
    exec(page.here, here)
    found = theirs()[name]
    assert not isinstance(found, r.Refused), found
    for i, (line, code) in enumerate(page.lines):
        there = [value for key, value in found.items() if int(key.split()[0]) == i]
        ours = numbers(eval(code, here))
        assert ours and len(ours) == len(there), f"{line}: {ours} here, {there} there"
        for mine, value in zip(ours, there, strict=True):
            scale = max((abs(v) for v in there if not math.isnan(v)), default=1.0)
            close(mine, value, f"help pages of R: {line}", absolute=1e-13 * scale)


def test_two_phases_of_simple_random_sampling_have_the_variance_of_the_sample_they_are():
    """R's page of `twophase`: with all phases simple and no population size, the mean of 312 has the variance s²/312.

    R's own methods come within one in n of it and of each other, since they take the first phase without n/(n − 1).
    """
    pbc = {**tables()[OTHERS[3]], "w": [1.0] * 418}
    pbc["randomized"] = [t is not None and t > 0 for t in pbc["trt"]]
    there = r.values([r.Case({"x": [1]}, """data(pbc, package = "survival")
        pbc$randomized <- with(pbc, !is.na(trt) & trt > 0); pbc$id <- 1:nrow(pbc)
        d <- function(m) svymean(~bili, twophase(id = list(~id, ~id), data = pbc, subset = ~randomized, method = m))
        list(mean = coef(d("full")), full = SE(d("full")), approx = SE(d("approx")))""")])[0]  # fmt: skip
    mean, full, approx = there.values()

    row = estimation.estimate(
        pbc, estimation.Design("w", second=estimation.SecondPhase("randomized")), estimation.mean("bili")
    ).table.to_pylist()[0]

    chosen = np.array([b for b, yes in zip(pbc["bili"], pbc["randomized"], strict=True) if yes])
    close(row["estimate"], mean, "help pages of R: two phases")
    close(row["se"], chosen.std(ddof=1) / math.sqrt(312), "two simple phases")
    assert full < approx < row["se"] < full * 418 / 417


def test_every_data_set_of_r_survey_is_on_a_page():
    listed = tables()[OTHERS[2]]["Item"]
    sets = {str(item).rstrip(")").split("(")[-1].strip() for item in listed}

    assert sets <= set(PAGES), sorted(sets - set(PAGES))
