"""How long protection and audit take, and how much they hide.

    python benchmarks/confidentiality.py                 # linked tables over a million units: counts, then amounts
    python benchmarks/confidentiality.py hierarchical    # 7,733 cells of amounts with two hierarchies: a few minutes
    python benchmarks/confidentiality.py sparse          # 3,000 units in 1,560 cells: nearly half has to be hidden

Prints one line per draft: cells, primary, secondary, seconds of processor time to protect and to audit.
"""

from __future__ import annotations

import itertools
import sys
import time
from decimal import Decimal

import numpy as np
import pyarrow as pa

from sse_observatory.core import Text
from sse_observatory.production.confidentiality import Facts, Rules, attack
from sse_observatory.production.confidentiality.protection import protect
from sse_observatory.structures import Code, Codelist


def codelist(name: str, parents: dict[str, str | None]) -> Codelist:
    """A codelist from code to parent."""
    return Codelist(name, Text(name), tuple(Code(c, Text(c), p) for c, p in parents.items()))


def tree(prefix: str, *counts: int) -> dict[str, str | None]:
    """`_T` with counts[0] children, each with counts[1] children, and so on."""
    found: dict[str, str | None] = {"_T": None}
    level = [("_T", prefix)]
    for n in counts:
        level = [(f"{stem}{i:02d}", f"{stem}{i:02d}", code) for code, stem in level for i in range(1, n + 1)]
        found |= {code: parent for code, _, parent in level}
        level = [(code, stem) for code, stem, _ in level]
    return found


def table(
    rows: dict[str, np.ndarray],
    value: np.ndarray,
    codelists: dict[str, Codelist],
    breakdowns: list[tuple[str, ...]],
    members: list[dict[str, str]],
    scale: int = 0,
) -> pa.Table:
    """Observations for every combination of codes of each breakdown, all levels, zeros included."""
    dims = list(codelists)
    above = {d: {c.id: [c.id, *codelists[d].ancestors(c.id)] for c in codelists[d]} for d in dims}
    chains = {d: [above[d][c] for c in np.unique(rows[d])] for d in dims}
    index = {d: np.unique(rows[d], return_inverse=True)[1] for d in dims}
    columns: dict[str, list[str]] = {d: [] for d in [*members[0], *dims]}
    values: list[Decimal] = []
    for member in members:
        mask = np.ones(value.size, dtype=bool)
        for d, code in member.items():
            words, at = np.unique(rows[d], return_inverse=True)
            mask &= np.array([code in w.split(";") for w in words])[at]
        seen = set()
        for breakdown in breakdowns:
            shape = [len(chains[d]) for d in breakdown]
            at = np.zeros(value.size, dtype=np.int64)
            for d, n in zip(breakdown, shape, strict=True):
                at = at * n + index[d]
            sums = np.zeros(int(np.prod(shape)), dtype=np.int64)
            np.add.at(sums, at[mask], value[mask])
            cells: dict[tuple[str, ...], int] = dict.fromkeys(
                itertools.product(*([c.id for c in codelists[d]] for d in breakdown)), 0
            )
            for where, total in zip(np.ndindex(*shape), sums.tolist(), strict=True):
                if total:
                    for key in itertools.product(*(chains[d][i] for d, i in zip(breakdown, where, strict=True))):
                        cells[key] += total
            for key, total in cells.items():
                full = dict.fromkeys(dims, "_T") | dict(zip(breakdown, key, strict=True))
                if tuple(full.values()) in seen:
                    continue
                seen.add(tuple(full.values()))
                for d, code in (member | full).items():
                    columns[d].append(code)
                values.append(Decimal(total).scaleb(-scale))
    names = list(columns)
    return pa.table(
        {d: pa.array(columns[d]) for d in names}
        | {
            "OBS_VALUE": pa.array(values, pa.decimal128(38, 6)),
            "OBS_STATUS": pa.array(["A"] * len(values)),
            "CONF_STATUS": pa.array(["F"] * len(values)),
        }
    )


def run(name: str, draft: pa.Table, facts: Facts, codelists: dict[str, Codelist]) -> None:
    """Protect, audit, print."""
    rules = Rules()
    start = time.process_time()
    tables, report = protect({"DF": draft}, [facts], codelists, rules)
    protected = time.process_time()
    findings = attack(tables, [facts], codelists, rules)
    audited = time.process_time()
    print(
        f"{name}: {draft.num_rows} cells, {len(report.primary)} primary, {len(report.secondary)} secondary, "
        f"protect {protected - start:.1f} s, audit {audited - protected:.1f} s, "
        f"{'safe' if findings.safe else f'{len(findings.breaches)} BREACHES'} {dict(findings.measures)}"
    )


def units(n: int, seed: int, lists: dict[str, Codelist]) -> dict[str, np.ndarray]:
    """Units with skewed codes: contributor groups now and then, sizes as in business registers."""
    draw = np.random.default_rng(seed)
    rows: dict[str, np.ndarray] = {}
    for d, codes in lists.items():
        parents = {c.parent for c in codes}
        leaves = np.array([c.id for c in codes if c.id not in parents])
        weight = draw.pareto(0.8, leaves.size) + 0.01
        rows[d] = leaves[draw.choice(leaves.size, n, p=weight / weight.sum())]
    who = np.arange(n)
    grouped = draw.random(n) < 0.03
    who[grouped] = draw.integers(0, max(1, n // 50), grouped.sum())
    rows["CONTRIBUTOR"] = np.char.add("u", who.astype(str))
    return rows


def hierarchical(n: int = 60_000) -> None:
    """37 x 209 codes with two levels each, amounts: 7,733 cells."""
    lists = {"REGION": codelist("R", tree("R", 4, 8)), "ACTIVITY": codelist("A", tree("A", 16, 12))}
    rows = units(n, 7, lists)
    value = np.maximum(1, np.random.default_rng(8).lognormal(4, 1.6, n)).astype(np.int64)
    draft = table(rows | {"MEASURE": np.array(["M"] * n)}, value, lists, [("REGION", "ACTIVITY")], [{"MEASURE": "M"}])
    facts = pa.table({k: pa.array(v) for k, v in rows.items()} | {"VALUE": pa.array(value)})
    run(f"hierarchical, {n} units", draft, Facts("DF", frozenset({"M"}), "magnitude", True, facts), lists)


def linked(n: int = 1_000_000, kind: str = "count") -> None:
    """Type by section, by size and by region (two levels), for two perimeters, registered and active."""
    lists = {
        "COOP_TYPE": codelist("T", tree("T", 5)),
        "ACTIVITY": codelist("A", tree("A", 22)),
        "SIZE": codelist("S", tree("S", 6)),
        "REGION": codelist("R", tree("R", 4, 8)),
    }
    rows = units(n, 3, lists)
    draw = np.random.default_rng(4)
    rows["PERIMETER"] = np.array(["SSE", "COOP;SSE"])[draw.integers(0, 2, n)]
    rows["MEASURE"] = np.array(["REG", "ACT;REG"])[(draw.random(n) < 0.9).astype(int)]
    if kind == "count":
        value, measures = np.ones(n, dtype=np.int64), ["REG", "ACT"]
    else:
        value = np.maximum(1, draw.lognormal(4, 1.6, n)).astype(np.int64)
        rows["MEASURE"], measures = np.array(["JOBS"] * n), ["JOBS"]
    members = [{"PERIMETER": p, "MEASURE": m} for p in ("SSE", "COOP") for m in measures]
    by = [("COOP_TYPE", "ACTIVITY"), ("COOP_TYPE", "SIZE"), ("COOP_TYPE", "REGION")]
    draft = table(rows, value, lists, by, members)
    facts = pa.table({k: pa.array(v) for k, v in rows.items()} | {"VALUE": pa.array(value)})
    sets = frozenset({"PERIMETER", "MEASURE"})
    run(f"linked {kind}, {n} units", draft, Facts("DF", frozenset(measures), kind, True, facts, sets), lists)


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["linked", "magnitude"]
    if "sparse" in wanted:
        linked(3_000)
    if "linked" in wanted:
        linked()
    if "magnitude" in wanted:
        linked(kind="magnitude")
    if "hierarchical" in wanted:
        hierarchical()
