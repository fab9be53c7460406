"""Random chains of adjustments of weights on random designs, each with the R code that does the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from estimation import r
from estimation.agree import close
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import (
    Bootstrap,
    Brr,
    Design,
    Jackknife,
    MultistageBootstrap,
    ReplicateWeights,
    SuccessiveDifference,
    Weighted,
    calibrate,
    estimate,
    mean,
    post_stratify,
    rake,
    ratio,
    total,
    trim,
)
from sse_observatory.production.estimation.replication import hadamard
from sse_observatory.production.estimation.rollup import Term, roll_up
from sse_observatory.production.estimation.sample import Sample

Columns = dict[str, list[Any]]
CODES = {"a": 3, "b": 2, "c": 4, "e": 2, "f": 3, "q": 2}
TAYLOR = ("units", "clusters", "households", "two stages", "brewer")
REPLICATED = ("jackknife", "half samples", "given: bootstrap", "given: multistage", "given: successive")
STEPS = (
    "post-stratified", "raked", "linear", "linear, variances", "linear, truncated", "raking", "raking, truncated",
    "logit",
)  # fmt: skip

PREAMBLE = r"""
# The smallest tolerance that R's iteration gets to.
closest <- function(made) {
  for (e in 10^-(14:10)) { g <- tryCatch(made(e), error = function(x) x); if (!inherits(g, "error")) return(g) }
  stop(conditionMessage(g))
}
"""
RAKED = r"""
# R looks at the convergence of the weights and not at that of their replicates.
raked <- function(z, formulas, frames) {
  for (k in 1:200) {
    before <- weights(z, "analysis")
    z <- rake(z, formulas, frames, control = list(maxit = 5000, epsilon = 1e-12))
    if (!inherits(z, "svyrep.design") || max(abs(weights(z, "analysis") - before)) < 1e-12 * max(before)) return(z)
  }
  z
}
"""
MEASURES = r"""
# After an iterated calibration R counts the degrees of freedom again for domains only; the whole is a domain too.
# It stops at the design effect of a single unit.
t <- function(z) { t <- svytotal(~y, z); m <- svymean(~y, z)
  e <- tryCatch(deff(svymean(~y, z, deff = TRUE)), error = function(e) NA)
  c(coef(t), SE(t), coef(m), SE(m), SE(svyratio(~y, ~x, z)), e, degf(subset(z, x > 0))) }
named <- function(v, code) setNames(v, paste0(code, ".", c("t", "ts", "m", "ms", "rs", "de", "df")))
found <- named(t(g), "_T")
for (code in sort(unique(d$dom))) found <- c(found, named(t(subset(g, dom == code)), code))
as.list(c(found, lo = min(weights(g, "sampling")), hi = max(weights(g, "sampling"))))
"""


@dataclass(frozen=True)
class Chain:
    """A sample, its design, and adjustments one after the other, here and in R."""

    data: Columns
    design: Design
    adjust: tuple[Callable[[Any, Design], Weighted], ...]
    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    def made(self) -> tuple[Any, Design]:
        """The sample and design after all adjustments."""
        sample, design = self.data, self.design
        for step in self.adjust:
            done = step(sample, design)
            sample, design = done.sample, done.design  # type: ignore[assignment]
        return sample, design

    @property
    def case(self) -> r.Case:
        return r.Case(self.data, PREAMBLE + RAKED + self.code + MEASURES)


def draw(seed: int, kind: str | None = None, steps: Sequence[str] | None = None) -> Chain:
    """A chain; its design and adjustments are drawn where they are not given."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice([*TAYLOR, *TAYLOR, *REPLICATED])) if kind is None else kind
    data, design, r_design, facts = _sampled(rng, kind)
    n = len(data["w"])
    if steps is None:
        steps = [str(s) for s in rng.choice(STEPS, 1 + (rng.random() < 0.4))]
        if rng.random() < 0.15 and kind in TAYLOR:
            steps.insert(int(rng.integers(0, len(steps) + 1)), str(rng.choice(["trimmed", "trimmed strictly"])))
    households = rng.random() < (0.7 if kind == "households" else 0.25 if facts["replicated"] else 0.0)
    adjust, code = [], [r_design]
    w = np.array(data["w"])
    truth = np.ones(n)
    for i, step in enumerate(steps):
        here = rng.uniform(0.85, 1.25, n)
        if households:
            here = rng.uniform(0.85, 1.25, n + 1)[np.array(data["hh"])]
        truth = here if i == 0 else truth * (1 + 0.3 * (here - 1))
        one, text = _step(rng, step, data, w * truth, facts | {"households": households, "first": i == 0})
        adjust.append(one)
        code.append(text)
    facts = facts | {"kind": kind, "steps": list(steps), "households": households}
    return Chain(data, design, tuple(adjust), "\n".join(code), facts)


def _sampled(rng: np.random.Generator, kind: str) -> tuple[Columns, Design, str, dict[str, Any]]:
    pairs = kind == "half samples"
    strata = int(rng.integers(3, 9)) if pairs else int(rng.integers(1, 4))
    fpc = bool(rng.integers(0, 2)) and kind not in {"half samples", "given: successive"}
    fpc = fpc or kind == "given: multistage"
    clustered = kind != "units"
    lonely = "fail"
    if kind == "clusters" and strata > 1 and rng.random() < 0.4:
        lonely = str(rng.choice(["remove", "adjust", "average", "certainty"]))
    rows: list[dict[str, Any]] = []
    count = household = 0
    for h in range(strata):
        psus = 2 if pairs else int(rng.integers(3, 8))
        if not clustered:
            psus = int(rng.integers(15, 40))
        elif lonely != "fail" and h == 0:
            psus = 1
        big = psus + int(rng.integers(1, 30))
        for _ in range(psus):
            count += 1
            pi = float(rng.uniform(0.05, 0.9))
            units = int(rng.integers(4, 9)) if pairs else int(rng.integers(3, 10))
            units = 1 if not clustered else units
            there = units + int(rng.integers(0, 6))
            weight, household = float(rng.uniform(5, 30)), household + 1
            for u in range(units):
                if u == 1 or (u and rng.random() < 0.5):
                    weight, household = float(rng.uniform(5, 30)), household + 1
                rows.append({
                    "h": f"h{h}", "p": count, "u": u, "hh": household, "N1": big, "N2": there, "pi": pi,
                    "f2": units / there, "w": weight,
                })  # fmt: skip
    n = len(rows)
    data: Columns = {k: [row[k] for row in rows] for k in rows[0]}
    if kind == "brewer":
        data["w"] = [1 / p for p in data["pi"]]
    level = float(rng.choice([0.0, 40.0]))
    x = rng.gamma(4, 5, n) + 0.5
    data["x"] = [float(v) for v in x]
    data["z"] = [float(v) for v in rng.normal(10, 3, n)]
    data["v"] = [float(v) for v in rng.uniform(0.5, 2, n)]
    data["y"] = [float(v) for v in level + 2 * x + rng.normal(0, 10, n)]
    for name, classes in CODES.items():
        share = rng.dirichlet(np.full(classes, 3.0))
        data[name] = [f"{name}{v}" for v in rng.choice(classes, n, p=share)]
    data["ab"] = [f"{a}.{b}" for a, b in zip(data["a"], data["b"], strict=True)]
    data["dom"] = [str(v) for v in rng.choice(["r", "s", "t"], n, p=[0.5, 0.35, 0.15])]
    data["row"] = list(range(n))
    stratified = strata > 1
    by, r_by = ("h", "~h") if stratified else (None, "NULL")
    facts: dict[str, Any] = {"replicated": kind not in TAYLOR, "lonely": lonely, "fpc": fpc, "stage": 1}
    set_lonely = f'options(survey.lonely.psu = "{lonely}"); '
    one_fpc = "~N1" if fpc else "NULL"
    if kind == "units":
        return data, Design("w", by, None, "N1" if fpc else None), (
            f"g <- svydesign(id = ~1, strata = {r_by}, weights = ~w, fpc = {one_fpc}, data = d)"
        ), facts
    if kind == "brewer":
        return data, Design(None, by, "p", "pi", pps="brewer"), (
            f"g <- svydesign(id = ~p, strata = {r_by}, fpc = ~pi, pps = 'brewer', data = d)"
        ), facts
    if kind in {"two stages", "given: multistage"}:
        fpc_2 = ["N1", "N2"]
        base = Design("w", by, ["p", "u"], fpc_2)
        text = f"g <- svydesign(id = ~p + u, strata = {r_by}, weights = ~w, fpc = ~N1 + N2, data = d)"
    elif kind == "households":
        facts["stage"] = 2
        base = Design("w", by, ["p", "hh"], "N1" if fpc else None)
        padded = "~N1 + Inf0" if fpc else "NULL"
        text = f"d$Inf0 <- Inf; g <- svydesign(id = ~p + hh, strata = {r_by}, weights = ~w, fpc = {padded}, data = d)"
    else:
        base = Design("w", by, "p", "N1" if fpc else None, lonely=lonely)  # type: ignore[arg-type]
        text = set_lonely + f"g <- svydesign(id = ~p, strata = {r_by}, weights = ~w, fpc = {one_fpc}, data = d)"
    if kind in TAYLOR:
        return data, base, text, facts
    mse = bool(rng.integers(0, 2))
    r_mse = "TRUE" if mse else "FALSE"
    if kind == "jackknife":
        facts["method"] = "jackknife"
        jk = "JKn" if stratified else "JK1"
        return data, base.with_(replicates=Jackknife(mse)), (
            f'{text}; g <- as.svrepdesign(g, type = "{jk}", mse = {r_mse}, compress = FALSE)'
        ), facts
    if pairs:
        fay = float(rng.choice([0.0, 0.3, 0.5]))
        m = hadamard(strata + 1)
        matrix = f"matrix(c({','.join(str(int(v)) for v in m.T.ravel())}), nrow = {len(m)})"
        facts["method"] = f"half samples, Fay {fay}"
        return data, base.with_(replicates=Brr(fay, mse, matrix=m)), (
            f'{text}; g <- as.svrepdesign(g, type = "{"Fay" if fay else "BRR"}", fay.rho = {fay}, mse = {r_mse}, '
            f"hadamard.matrix = {matrix}, compress = FALSE)"
        ), facts
    seed, many = int(rng.integers(1, 10**6)), int(rng.choice([16, 20, 24]))
    method: Any = {
        "given: bootstrap": Bootstrap(many, seed=seed), "given: multistage": MultistageBootstrap(many, seed=seed),
        "given: successive": SuccessiveDifference(16),
    }[kind]  # fmt: skip
    made_for = base.with_(replicates=method)
    factors = _factors(made_for, data)
    combined = bool(rng.integers(0, 2))
    names = [f"rw{k}" for k in range(factors.shape[1])]
    for k, name in enumerate(names):
        data[name] = [float(v) for v in factors[:, k] * (np.array(data["w"]) if combined else 1.0)]
    scale = float(rng.uniform(0.01, 0.3))
    rscales = [round(float(v), 3) for v in rng.uniform(0.2, 2, len(names))]
    if rng.random() < 0.3:
        rscales[int(rng.integers(0, len(names)))] = 0.0
    facts["method"] = f"{kind}, combined {combined}, mse {mse}"
    replicates = ReplicateWeights(names, scale=scale, rscales=rscales, combined=combined, mse=mse)
    return data, Design("w", replicates=replicates), (
        f'g <- svrepdesign(data = d, weights = ~w, repweights = d[, grep("^rw", names(d))], type = "other", '
        f"scale = {scale!r}, rscales = c({', '.join(map(str, rscales))}), mse = {r_mse}, "
        f"combined.weights = {'TRUE' if combined else 'FALSE'})"
    ), facts  # fmt: skip


def _factors(design: Design, data: Columns) -> np.ndarray:
    rolled = roll_up(Sample.of(data), design, [Term()], unit_rows=True)
    made: Any = design.replicates
    found = made.factors(design, rolled.plan, rolled.order)
    return np.column_stack([found.column(k)[found.cluster] for k in range(found.count)])


def _step(
    rng: np.random.Generator, step: str, data: Columns, w: np.ndarray, facts: dict[str, Any]
) -> tuple[Callable[[Any, Design], Weighted], str]:
    """An adjustment to totals that the weights `w` have, here and in R."""

    def counts(name: str) -> dict[Any, float]:
        codes = np.array(data[name])
        return {str(c): float(w[codes == c].sum()) for c in sorted(set(data[name]))}

    def frame(name: str) -> str:
        found = counts(name)
        codes = ", ".join(f'"{k}"' for k in found)
        return f"data.frame({name} = c({codes}), Freq = c({', '.join(repr(v) for v in found.values())}))"

    if step.startswith("trimmed"):
        low, high = (float(np.quantile(data["w"], q)) for q in (0.1, 0.85))
        strict = step.endswith("strictly")
        low, high = low * 0.9, high * 1.2
        return lambda s, d: trim(s, d, lower=low, upper=high, strict=strict), (
            f"g <- trimWeights(g, lower = {low!r}, upper = {high!r}, strict = {'TRUE' if strict else 'FALSE'})"
        )
    names = [str(c) for c in rng.permutation(list(CODES)) if len(set(data[c])) > 1]
    if step == "post-stratified":
        if rng.random() < 0.3:
            cells = {tuple(k.split(".")): v for k, v in counts("ab").items()}
            return lambda s, d: post_stratify(s, d, {("a", "b"): cells}), f"g <- postStratify(g, ~ab, {frame('ab')})"
        one = counts(names[0])
        return (
            lambda s, d: post_stratify(s, d, {names[0]: one}),
            f"g <- postStratify(g, ~{names[0]}, {frame(names[0])})",
        )
    if step == "raked":
        used = names[: int(rng.integers(2, 7))] if rng.random() < 0.8 else ["ab", "c"]
        margins = {c: counts(c) for c in used}
        formulas, frames = ", ".join(f"~{c}" for c in used), ", ".join(frame(c) for c in used)
        return lambda s, d: rake(s, d, margins, tolerance=1e-14, iterations=5000), (
            f"g <- raked(g, list({formulas}), list({frames}))"
        )
    used = names[: int(rng.integers(0, 3))]
    numbers = [str(c) for c in rng.permutation(["x", "z"])[: int(rng.integers(0 if used else 1, 3))]]
    totals: dict[Any, Any] = {c: counts(c) for c in used}
    sums = {c: float((w * np.array(data[c])).sum()) for c in numbers}
    intercept = bool(used) or rng.random() < 0.8
    vector = [repr(float(w.sum()))] if intercept else []
    vector += [repr(v) for c in used for v in list(counts(c).values())[1:]] + [repr(v) for v in sums.values()]
    if not used and intercept:
        totals = {None: float(w.sum())}
    totals |= sums
    terms = "~" + " + ".join([*([] if intercept else ["0"]), *used, *numbers])
    options: dict[str, Any] = {}
    # Left to itself R stops at replicate weights that it has not compressed.
    r_options = "epsilon = e, maxit = 500" + (", compress = FALSE" if facts["replicated"] else "")
    distance = step.split(",")[0]
    options["distance"] = distance
    r_options += f', calfun = "{distance}"'
    if "truncated" in step or distance == "logit":
        low, high = float(rng.uniform(0.3, 0.8)), float(rng.uniform(1.3, 3))
        options["bounds"] = (low, high)
        r_options += f", bounds = c({low!r}, {high!r})"
    if "variances" in step:
        options["spread"] = "v"
        r_options += ", variance = d$v"
    if facts["households"] and facts["first"]:
        options["cluster"] = "hh"
        r_options += ", aggregate.index = ~hh" if facts["replicated"] else f", aggregate.stage = {facts['stage']}"
    tight = {"tolerance": 1e-9}
    return lambda s, d: calibrate(s, d, totals, **options, **tight), (
        f"g <- closest(function(e) calibrate(g, {terms}, c({', '.join(vector)}), {r_options}))"
    )


def compare(chain: Chain, theirs: dict[str, float], what: str) -> None:
    """Everything that is measured, in the whole and in domains."""
    sample, design = chain.made()
    found = estimate(sample, design, [total("y"), mean("y"), ratio("y", "x")], by="dom").table.to_pylist()
    weights = np.array(sample.arrow(sample.table.select(w=sample.column(str(design.weights))))["w"])
    for g in ("_T", *sorted(set(chain.data["dom"]))):
        rows = {row["statistic"]: row for row in found if row["dom"] == g}
        t, m, q = rows["total(y)"], rows["mean(y)"], rows["ratio(y, x)"]
        close(t["estimate"], theirs[f"{g}.t"], f"calibrated value: {what} {g}", absolute=1e-8)
        close(m["estimate"], theirs[f"{g}.m"], f"calibrated value: {what} {g} mean", absolute=1e-9)
        for row, key in ((t, "ts"), (m, "ms"), (q, "rs")):
            noise = 1e-9 * abs(row["estimate"]) + 1e-9
            close(row["se"], theirs[f"{g}.{key}"], f"calibrated standard error: {what} {g}.{key}", absolute=noise)
        close(t["df"], theirs[f"{g}.df"], f"calibrated degrees of freedom: {what} {g}")
        if m["n"] > 2 and np.isfinite(theirs[f"{g}.de"]) and m["se"] > 1e-6 * abs(m["estimate"]):
            close(m["deff"], theirs[f"{g}.de"], f"calibrated design effect: {what} {g}")
    close(weights.min(), theirs["lo"], f"calibrated weights: {what} least", absolute=1e-9)
    close(weights.max(), theirs["hi"], f"calibrated weights: {what} greatest", absolute=1e-9)


__all__ = ["Chain", "ObservatoryError", "compare", "draw"]
