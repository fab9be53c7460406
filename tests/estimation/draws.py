"""Random samples and designs, small and awkward, each with the R code that declares the same design."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sse_observatory.production.estimation import Design


@dataclass(frozen=True)
class Drawn:
    """A sample with its design, here and in R."""

    data: dict[str, list[object]]
    design: Design
    svydesign: str
    options: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def draw(seed: int, *, stages: int | None = None, fpc: bool | None = None, lonely: str | None = None,
         strata: bool | None = None, psus: tuple[int, int] = (2, 5)) -> Drawn:  # fmt: skip
    """A sample of up to four strata and three stages; what is not given is drawn."""
    rng = np.random.default_rng(seed)
    stages = int(rng.integers(1, 4)) if stages is None else stages
    with_fpc = bool(rng.integers(0, 2)) if fpc is None else fpc
    stratified = bool(rng.integers(0, 4)) if strata is None else strata
    mode = ["fail", "remove", "adjust", "average", "certainty"][int(rng.integers(0, 5))] if lonely is None else lonely
    lone = mode != "fail" and stages == 1
    fractions = bool(rng.integers(0, 2))
    nest = bool(rng.integers(0, 2)) and stratified
    depth = int(rng.integers(1, stages + 1)) if with_fpc else 0
    units_last = stages > 1 and bool(rng.integers(0, 2))
    rows: list[dict[str, object]] = []
    count = 0
    for h in range(int(rng.integers(2, 5)) if stratified else 1):
        n1 = int(rng.integers(*psus, endpoint=True))
        if lone and stratified and rng.random() < 0.4:
            n1 = 1
        if n1 < 2 and not lone:
            n1 = 2
        whole = rng.random() < 0.15
        big1 = n1 if whole else n1 + int(rng.integers(1, 20))
        for p in range(n1):
            psu = p if nest else count
            count += 1
            n2 = int(rng.integers(2, 4)) if stages > 1 else 1
            big2 = n2 if rng.random() < 0.15 else n2 + int(rng.integers(1, 9))
            for s in range(n2):
                n3 = 2 if stages > 2 or not units_last else 1
                big3 = n3 + int(rng.integers(0, 5))
                for u in range(int(rng.integers(1, 4)) if stages < 3 and not units_last else n3):
                    rows.append({
                        "h": f"s{h}", "p": psu, "s": s, "u": u, "N1": big1, "N2": big2, "N3": big3,
                        "f1": n1 / big1, "f2": n2 / big2, "f3": n3 / big3,
                    })  # fmt: skip
    n = len(rows)
    level = float(rng.choice([0.0, 50.0, 1e5]))
    data: dict[str, list[object]] = {k: [r[k] for r in rows] for k in rows[0]}
    weights = rng.choice([1.0, 3.0, 10.5], n) if rng.random() < 0.3 else rng.uniform(1.5, 60, n)
    data["w"] = [float(x) for x in weights]
    data["y"] = [float(x) for x in rng.normal(level, 10, n)]
    data["x"] = [float(x) for x in rng.gamma(3, 4, n) + 0.1]
    data["b"] = [int(x) for x in rng.random(n) < 0.4]
    data["g"] = [str(x) for x in rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])]
    data["k"] = [str(x) for x in rng.choice(["u", "v"], n)]
    names = ["p", "s", "u"][:stages]
    columns = ["f1", "f2", "f3"] if fractions else ["N1", "N2", "N3"]
    corrections = columns[:depth]
    adjust_domain = bool(rng.integers(0, 2)) and mode in {"adjust", "average"}
    design = Design(
        "w", "h" if stratified else None, names, corrections, nest=nest, lonely=mode,  # type: ignore[arg-type]
        lonely_in_domain=adjust_domain,
    )  # fmt: skip
    ids = "~" + "+".join(names)
    # R wants a correction for every stage: a stage without one is drawn from an infinite population.
    padded = [*corrections, *(f"Inf{i}" for i in range(stages - depth))] if depth else []
    endless = "1e-300" if fractions else "Inf"
    extra = f"d$Inf0 <- {endless}; d$Inf1 <- {endless}; "
    code = (
        f"{extra}svydesign(ids={ids}, strata={'~h' if stratified else 'NULL'}, weights=~w, data=d, "
        f"fpc={'~' + '+'.join(padded) if depth else 'NULL'}, nest={'TRUE' if nest else 'FALSE'})"
    )
    adjusted = "TRUE" if adjust_domain else "FALSE"
    options = f'options(survey.lonely.psu="{mode}", survey.adjust.domain.lonely={adjusted})'
    facts = {"stages": stages, "depth": depth, "mode": mode, "stratified": stratified}
    return Drawn(data, design, code, options, facts)
