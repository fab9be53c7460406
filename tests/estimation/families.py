"""Random samples under every kind of design, each with R's declaration of it: what contrasts and tables are drawn from.

A member of a family is a sample with codes to cross (`r`, `c`, some of them missing), a domain (`z`) and columns that
hold each variable on one code of `g` alone, from which R takes any function of domains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from estimation import draws
from estimation.test_replicates import factors
from estimation.test_unequal import two_phases, unequal
from estimation.test_weighting import drawn as to_weight
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import (
    Bootstrap,
    Brr,
    Design,
    Jackknife,
    MultistageBootstrap,
    ReplicateWeights,
    SuccessiveDifference,
    calibrate,
    post_stratify,
    rake,
)
from sse_observatory.production.estimation.replication import hadamard

ONE_TO_THREE = "stratified, one to three stages, with replacement or corrected"
LONELY = "lone clusters: remove, adjust, average, certainty"
BREWER = "unequal probabilities: Brewer, through all stages"
PAIRS = "unequal probabilities: Hartley–Rao, Overton, joint probabilities"
TWO_PHASES = "two phases"
JACKKNIFE = "jackknife (JK1, JKn)"
HALF_SAMPLES = "balanced half samples, Fay"
RAO_WU = "Rao–Wu bootstrap"
MULTISTAGE = "multistage bootstrap"
DIFFERENCES = "successive differences"
SUPPLIED = "replicate weights of the producer"
CALIBRATED = "post-stratified, raked, calibrated"
CALIBRATED_REPLICATES = "calibrated, with replicates"
CODES = ("a", "b", "e", "u", "v")


@dataclass(frozen=True)
class Member:
    """A sample and its design, here and in R, where it is called `des`."""

    row: str
    """Its row in the table of oracles."""
    data: dict[str, list[Any]]
    """What R reads."""
    sample: Any
    design: Design
    code: str
    """R code that makes `des` from `d`."""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def replicated(self) -> bool:
        """Whether its variances come from replicates."""
        return self.design.replicates is not None

    @property
    def kept(self) -> list[bool]:
        """Which rows of the data are in the sample that is estimated from."""
        return [bool(s) for s in self.data.get("sel", [1] * len(self.data["g"]))]

    def codes(self, column: str) -> list[str]:
        """The codes of a column among the rows that count, in order."""
        found = {v for v, k in zip(self.data[column], self.kept, strict=True) if k and v is not None}
        return sorted(found)


def decorated(data: dict[str, list[Any]], seed: int) -> dict[str, list[Any]]:
    """The data with codes to cross, a domain, and each variable on one code of `g` alone."""
    rng = np.random.default_rng([seed, 77])
    n = len(data["g"])
    out = dict(data)
    # A cell called c cannot stand in a formula of svycontrast, which takes it for R's function of that name.
    out["g"] = ["e" if v == "c" else v for v in data["g"]]
    if max(abs(v) for v in data["y"]) > 1e4:
        out["y"] = [v - 1e5 for v in data["y"]]  # the delta method on R's totals would lose the digits compared
    rows, columns = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    absent = (int(rng.integers(rows)), int(rng.integers(columns))) if rng.random() < 0.3 else (-1, -1)
    unknown = float(rng.choice([0.0, 0.0, 0.1]))
    r, c = rng.integers(rows, size=n), rng.integers(columns, size=n)
    again = (r == absent[0]) & (c == absent[1])
    c[again] = (c[again] + 1) % columns
    out["r"] = [None if rng.random() < unknown else f"r{v}" for v in r]
    out["c"] = [None if rng.random() < unknown else f"c{v}" for v in c]
    out["z"] = [int(v) for v in rng.random(n) < 0.7]
    out["n"] = [1.0] * n
    out["y2"] = [float(v) for v in 0.8 * np.array(out["y"]) + rng.normal(3, 5, n)]
    for code in CODES:
        here = [v == code for v in out["g"]]
        for name, values in (("y", out["y"]), ("y2", out["y2"]), ("x", out["x"]), ("n", out["n"])):
            out[f"{name}_{code}"] = [float(v) if h else 0.0 for v, h in zip(values, here, strict=True)]
    return out


def taylor(seed: int) -> Member:
    """Strata, one to three stages, with replacement (also with unequal probabilities) or corrected."""
    d = draws.draw(seed, lonely="fail", psus=(2, 6))
    return Member(ONE_TO_THREE, data := decorated(d.data, seed), data, d.design, f"des <- {{ {d.svydesign} }}", d.facts)


def lonely(seed: int) -> Member:
    """Lone clusters, in the ways that give a number."""
    mode = ("remove", "adjust", "average", "certainty")[seed % 4]
    d = draws.draw(seed, lonely=mode, psus=(2, 6))
    data = decorated(d.data, seed)
    return Member(LONELY, data, data, d.design, f"{d.options}; des <- {{ {d.svydesign} }}", d.facts)


def unequal_(seed: int) -> Member:
    """Unequal probabilities without replacement."""
    data, design, code = unequal(seed)
    row = BREWER if design.pps == "brewer" else PAIRS
    data = decorated(data, seed)
    return Member(row, data, data, design, f"des <- {code}", {"pps": str(design.pps)[:20]})


def two_phase(seed: int) -> Member:
    """A second phase within strata of its own."""
    data, design, code = two_phases(seed)
    data = decorated(data, seed)
    return Member(TWO_PHASES, data, data, design, f"des <- {code}")


def jackknife(seed: int) -> Member:
    """Delete-one jackknives, over strata or not."""
    d = draws.draw(seed, stages=1, lonely="fail", psus=(2, 6))
    data = decorated(d.data, seed)
    kind = "JKn" if d.facts["stratified"] else "JK1"
    code = f"des <- {{ {d.svydesign} }}; des <- as.svrepdesign(des, type = '{kind}')"
    return Member(JACKKNIFE, data, data, d.design.with_(replicates=Jackknife()), code, d.facts)


def half_samples(seed: int) -> Member:
    """Balanced half samples, Fay's for two of three."""
    d = draws.draw(seed, stages=1 + seed % 2, fpc=False, lonely="fail", strata=True, psus=(2, 2))
    data = decorated(d.data, seed)
    fay = (0.0, 0.3, 0.5)[seed % 3]
    h = hadamard(len(set(d.data["h"])) + 1)
    matrix = f"matrix(c({','.join(str(int(v)) for v in h.T.ravel())}), nrow = {len(h)})"
    code = (
        f"des <- {{ {d.svydesign} }}; "
        f'des <- as.svrepdesign(des, type = "{"Fay" if fay else "BRR"}", fay.rho = {fay}, hadamard.matrix = {matrix})'
    )
    return Member(HALF_SAMPLES, data, data, d.design.with_(replicates=Brr(fay)), code, {**d.facts, "fay": fay})


def resampled(seed: int) -> Member:
    """Our bootstrap and successive-difference replicates, handed to R; every other one read from columns here too."""
    if seed % 3 == 0:
        row, d, method = RAO_WU, draws.draw(seed, stages=1, lonely="fail", psus=(3, 6)), Bootstrap(40, seed=seed)
    elif seed % 3 == 1:
        row, d = MULTISTAGE, draws.draw(seed, stages=2, fpc=True, lonely="fail", psus=(3, 6))
        method = MultistageBootstrap(40, seed=seed)
    else:
        row = DIFFERENCES
        d = draws.draw(seed, stages=1, fpc=False, strata=False, lonely="fail", psus=(6, 12))
        method = SuccessiveDifference(16)
    design = d.design.with_(replicates=method)
    try:
        matrix, made = factors(design, d.data)
    except ObservatoryError:
        return resampled(seed + 1000)  # a lone cluster at a later stage
    data = decorated(d.data, seed)
    for k in range(made.count):
        data[f"rw{k}"] = [float(f * w) for f, w in zip(matrix[:, k], data["w"], strict=True)]
    code = (
        f'des <- svrepdesign(data = d, weights = ~w, repweights = d[, grep("^rw", names(d))], type = "other", '
        f"scale = {made.scale!r}, rscales = rep(1, {made.count}), mse = {'TRUE' if made.mse else 'FALSE'})"
    )
    if seed % 2:
        names = [f"rw{k}" for k in range(made.count)]
        row, design = SUPPLIED, Design("w", replicates=ReplicateWeights(names, scale=made.scale, mse=made.mse))
    return Member(row, data, data, design, code, d.facts)


def calibrated(seed: int, replicated: bool = False) -> Member:
    """Post-stratified, raked, by regression, or multiplicatively, without or with a jackknife."""
    data, totals, size, x = to_weight(seed)
    kind = seed % 4
    data = decorated(data, seed)
    if min(len(m) for m in totals.values()) < 2:
        return calibrated(seed + 1000, replicated)
    frames = "; ".join(
        f"m{c} <- data.frame({c} = c({', '.join(repr(k) for k in m)}), "
        f"Freq = c({', '.join(repr(v) for v in m.values())}))"
        for c, m in totals.items()
    )
    rest = [repr(v) for m in totals.values() for v in list(m.values())[1:]]
    vector = f"c({', '.join([repr(size), *rest])})"
    scheme: Callable[[Any, Design], Any]
    if kind == 0:
        scheme = lambda s, d: post_stratify(s, d, {"a": totals["a"]})  # noqa: E731
        code = "postStratify(des, ~a, ma)"
    elif kind == 1:
        scheme = lambda s, d: rake(s, d, totals, tolerance=1e-14, iterations=5000)  # noqa: E731
        # R watches the weights converge, not their replicates: those need iterations that it would not make.
        control = "maxit = 80, epsilon = 1e-300" if replicated else "maxit = 5000, epsilon = 1e-12"
        code = f"rake(des, list(~a, ~b), list(ma, mb), control = list({control}))"
    elif kind == 2:
        scheme = lambda s, d: calibrate(s, d, totals | {"x": x})  # noqa: E731
        code = f"calibrate(des, ~a + b + x, c({vector}, {x!r}))"
    else:
        scheme = lambda s, d: calibrate(s, d, totals, distance="raking")  # noqa: E731
        code = f"calibrate(des, ~a + b, {vector}, calfun = 'raking', epsilon = 1e-13, maxit = 500)"
    design = Design("w", "h", "p", replicates=Jackknife()) if replicated else Design("w", "h", "p")
    again = "des <- as.svrepdesign(des, type = 'JKn'); " if replicated else ""
    try:
        made = scheme(data, design)
    except ObservatoryError:
        return calibrated(seed + 1000, replicated)
    return Member(
        CALIBRATED_REPLICATES if replicated else CALIBRATED, data, made.sample, made.design,
        f"{frames}; des <- svydesign(id = ~p, strata = ~h, weights = ~w, data = d); {again}des <- {code}",
        {"scheme": kind},
    )  # fmt: skip


def calibrated_replicates(seed: int) -> Member:
    """Replicates that repeat the adjustment."""
    return calibrated(seed, replicated=True)


FAMILIES: dict[str, Callable[[int], Member]] = {
    "taylor": taylor, "lonely": lonely, "unequal": unequal_, "two phases": two_phase, "jackknife": jackknife,
    "half samples": half_samples, "resampled": resampled, "calibrated": calibrated,
    "calibrated replicates": calibrated_replicates,
}  # fmt: skip
