"""A slow, plain reference for disclosure control: it lists every whole-number table a reader could believe in.

Written from the rules alone, without looking at how the protector or the attacker work. A *world* gives
the amount in each atom; an atom is one combination of finest codes and memberships.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa

from sse_observatory.core import Text
from sse_observatory.production.confidentiality import Facts
from sse_observatory.structures import Code, Codelist

TYPE = pa.decimal128(38, 6)


@dataclass
class Case:
    """A small table with its facts: `records` are (contributor, value, codes by dimension; sets joined by ;)."""

    dims: tuple[str, ...]
    parents: dict[str, dict[str, str | None]]
    records: list[tuple[str, int, dict[str, str]]]
    keys: list[dict[str, str]]
    kind: str
    sets: tuple[str, ...] = ()
    hidden: set[int] = field(default_factory=set)
    pruned: bool = False

    @property
    def codelists(self) -> dict[str, Codelist]:
        return {
            d: Codelist(f"CL_{d}", Text("x"), tuple(Code(c, Text(c), p) for c, p in tree.items()))
            for d, tree in self.parents.items()
        }

    @property
    def facts(self) -> Facts:
        columns = {"CONTRIBUTOR": [r[0] for r in self.records], "VALUE": [r[1] for r in self.records]}
        for d in self.dims:
            columns[d] = [r[2][d] for r in self.records]
        words = [("CONTRIBUTOR", pa.string()), ("VALUE", pa.int64()), *((d, pa.string()) for d in self.dims)]
        schema = pa.schema(words)
        measures = frozenset(k["MEASURE"] for k in self.keys)
        return Facts("DF", measures, self.kind, True, pa.table(columns, schema=schema), frozenset(self.sets))

    def covers(self, key: dict[str, str], codes: dict[str, str]) -> bool:
        for d in self.dims:
            asked, has = key[d], codes[d]
            if d in self.sets:
                if asked not in has.split(";"):
                    return False
            elif asked != "_T":
                chain = [has]
                while d in self.parents and self.parents[d].get(chain[-1]):
                    chain.append(self.parents[d][chain[-1]])
                if asked not in chain:
                    return False
        return True

    def value(self, key: dict[str, str]) -> int:
        return sum(v for _, v, codes in self.records if self.covers(key, codes))

    def tables(self, hidden: set[int] | None = None) -> dict[str, pa.Table]:
        hidden = self.hidden if hidden is None else hidden
        names = list(self.keys[0])
        columns = {d: pa.array([k[d] for k in self.keys], pa.string()) for d in names}
        columns["OBS_VALUE"] = pa.array(
            [None if n in hidden else Decimal(self.value(k)) for n, k in enumerate(self.keys)], TYPE
        )
        columns["OBS_STATUS"] = pa.array(["Q" if n in hidden else "A" for n in range(len(self.keys))])
        columns["CONF_STATUS"] = pa.array(["C" if n in hidden else "F" for n in range(len(self.keys))])
        return {"DF": pa.table(columns)}


@dataclass
class Need:
    """What the rules ask of one cell: at most `lower` and at least `upper` must stay possible."""

    n: int
    lower: Fraction | None
    upper: Fraction
    contributions: dict[str, int]


def needs(case: Case, minimum: int = 3, p: int = 10, safety: int = 30) -> list[Need]:
    """The cells the primary rules hide, with the protection they require (issue item 6)."""
    found = []
    for n, key in enumerate(case.keys):
        by: dict[str, int] = {}
        for who, v, codes in case.records:
            if case.covers(key, codes):
                by[who] = by.get(who, 0) + v
        x = sorted(by.values(), reverse=True)
        total = sum(x)
        positive = sum(v > 0 for v in x)
        if not x:
            continue
        width = max(Fraction(1), Fraction(safety * total, 100))
        if case.kind == "count":
            if 0 < total < minimum:
                found.append(Need(n, None, Fraction(minimum), by))
            elif 0 < len(x) < minimum:
                found.append(Need(n, max(Fraction(0), total - width), total + width, by))
            continue
        few = len(x) < minimum or 0 < positive < minimum
        short = Fraction(p * x[0], 100) - sum(x[2:])
        if few:
            found.append(Need(n, max(Fraction(0), total - width), total + max(width, short), by))
        elif short > 0:
            found.append(Need(n, None, total + short, by))
    return found


class TooMany(Exception):
    """More worlds than this reference wants to list."""


def atoms(case: Case) -> list[dict[str, str]]:
    """Every combination of finest codes with every combination of memberships that occurs."""
    leaves = {}
    for d in case.dims:
        if d in case.sets:
            continue
        tree = case.parents.get(d)
        named = {r[2][d] for r in case.records} | {k[d] for k in case.keys} - {"_T"}
        if tree is not None:
            named = {c for c in tree if c != "_T" and c not in tree.values()} | {r[2][d] for r in case.records}
        leaves[d] = sorted(named)
    members = sorted({tuple(r[2][d] for d in case.sets) for r in case.records})
    plain = [d for d in case.dims if d not in case.sets]
    return [
        dict(zip(plain, combination, strict=True)) | dict(zip(case.sets, member, strict=True))
        for combination in itertools.product(*(leaves[d] for d in plain))
        for member in members
    ]


def worlds(case: Case, hidden: set[int], slack: int = 6, limit: int = 30_000):
    """The atoms, and every table consistent with what is shown, up to `slack` above the true total."""
    cells = atoms(case)
    rules = []
    for n, key in enumerate(case.keys):
        if n not in hidden:
            rules.append(({i for i, a in enumerate(cells) if case.covers(key, a)}, case.value(key)))
    total = sum(v for _, v, _ in case.records)
    rules.append((set(range(len(cells))), total + slack))
    soft = len(rules) - 1
    inside = [[r for r, (s, _) in enumerate(rules) if i in s] for i in range(len(cells))]
    last = {r: max(s) for r, (s, _) in enumerate(rules) if s}
    if any(not s and v for s, v in rules):
        return cells, []
    found = np.zeros((1, 0), dtype=np.int64)
    left = np.array([[v for _, v in rules]], dtype=np.int64)
    for i, mine in enumerate(inside):
        top = left[:, mine].min(axis=1)
        ending = [r for r in mine if last[r] == i and r != soft]
        low = left[:, ending].max(axis=1) if ending else np.zeros_like(top)
        many = np.maximum(top - low + 1, 0)
        if many.sum() > 20 * limit:
            raise TooMany
        kept = np.repeat(np.arange(many.size), many)
        value = np.arange(kept.size) - np.repeat(np.cumsum(many) - many, many) + low[kept]
        left = left[kept]
        left[:, mine] -= value[:, None]
        possible = (left[:, ending] == 0).all(axis=1)
        found, left = np.c_[found[kept], value][possible], left[possible]
    if found.shape[0] > limit:
        raise TooMany
    return cells, [tuple(world) for world in found.tolist()]


def failures(case: Case, hidden: set[int], limit: int = 30_000, slack: int = 6) -> list[tuple[int, str]]:
    """What a reader, or any one contributor, can find out against the rules: (cell, by whom)."""
    asked = needs(case)
    cells, found = worlds(case, hidden, slack, limit)
    everything = np.array(found, dtype=np.int64)
    bad: list[tuple[int, str]] = []
    contributors = sorted({r[0] for r in case.records})
    inside = {need.n: [i for i, a in enumerate(cells) if case.covers(case.keys[need.n], a)] for need in asked}
    own = {
        who: [sum(v for w, v, codes in case.records if w == who and codes == a) for a in cells] for who in contributors
    }
    for who in ["", *contributors]:
        knows: list[tuple[list[int], int]] = []
        if who:
            knows = [(inside[need.n], need.contributions[who]) for need in asked if set(need.contributions) == {who}]
        believed = everything
        if who:
            believed = believed[(believed >= np.array(own[who])).all(axis=1)]
            for where, value in knows:
                believed = believed[believed[:, where].sum(axis=1) == value]
        for need in asked:
            if need.n not in hidden:
                bad.append((need.n, "shown"))
                continue
            if who and set(need.contributions) == {who}:
                continue
            sums = believed[:, inside[need.n]].sum(axis=1)
            floor = need.contributions.get(who, 0) if who else 0
            if sums.max() < need.upper or (need.lower is not None and sums.min() > max(need.lower, floor)):
                bad.append((need.n, who))
    return bad


# --- random cases ---------------------------------------------------------------------------------------------------


def random_case(seed: int) -> Case:
    """A small random table: plain, hierarchical, linked, or with overlapping perimeters; counts or magnitudes."""
    draw = random.Random(seed)
    shape = draw.choice(["plain", "plain", "tree", "star", "cycle", "perimeters", "active"])
    kind = draw.choice(["count", "magnitude"])
    flat = {"_T": None}
    a = flat | dict.fromkeys(("A1", "A2", "A3")[: draw.choice([2, 3])], "_T")
    b = flat | dict.fromkeys(("B1", "B2"), "_T")
    dims: tuple[str, ...] = ("A", "B")
    sets: tuple[str, ...] = ()
    parents = {"A": a, "B": b}
    if shape == "tree":
        parents["A"] = {"_T": None, "A1": "_T", "A11": "A1", "A12": "A1", "A2": "_T"}
        if draw.random() < 0.5:
            parents["A"]["A13"] = "A1"
    if shape in ("star", "cycle"):
        dims = ("A", "B", "C")
        parents["A"] = flat | {"A1": "_T", "A2": "_T"}
        parents["C"] = flat | {"C1": "_T", "C2": "_T"}
    memberships: list[dict[str, str]] = [{}]
    members: list[dict[str, str]] = [{"MEASURE": "M"}]
    if shape == "perimeters":
        sets = ("PERIMETER",)
        memberships = [{"PERIMETER": s} for s in draw.choice([["P", "P;Q"], ["P", "P;Q", "Q"]])]
        members = [{"PERIMETER": "P", "MEASURE": "M"}, {"PERIMETER": "Q", "MEASURE": "M"}]
        parents["A"] = flat | {"A1": "_T", "A2": "_T"}
    if shape == "active":
        kind, sets = "count", ("MEASURE",)
        memberships = [{"MEASURE": "REG"}, {"MEASURE": "ACT;REG"}]
        members = [{"MEASURE": "REG"}, {"MEASURE": "ACT"}]
        parents["A"] = flat | {"A1": "_T", "A2": "_T"}
    plain = [d for d in dims if d not in sets]
    leaves = {d: [c for c in parents[d] if c != "_T" and c not in parents[d].values()] for d in plain}
    places = [dict(zip(plain, c, strict=True)) for c in itertools.product(*(leaves[d] for d in plain))]
    groups = draw.choice([3, 6, 12])
    top = draw.choice([2, 3, 4])
    records = []
    number = 0
    for place in places:
        for member in memberships:
            for _ in range(draw.choice([0, 1, 1, 2, 3, 4] if len(places) * len(memberships) < 8 else [0, 1, 2])):
                number += 1
                who = f"g{draw.randrange(groups)}" if draw.random() < 0.3 else f"u{number}"
                value = 1 if kind == "count" else draw.randint(0, top)
                records.append((who, value, place | member))
    if not records:
        records.append(("u0", 1, places[0] | memberships[0]))
    dims = (*plain, *sets)
    keys: list[dict[str, str]] = []
    linked = {"star": [("A", "B"), ("A", "C")], "cycle": [("A", "B"), ("B", "C"), ("A", "C")]}
    crossings = linked.get(shape, [("A", "B")])
    for member in members:
        seen = set()
        for crossing in crossings:
            for codes in itertools.product(*(parents[d] for d in crossing)):
                key = dict.fromkeys(plain, "_T") | dict(zip(crossing, codes, strict=True))
                if tuple(key.values()) not in seen:
                    seen.add(tuple(key.values()))
                    keys.append(member | key)
    pruned = draw.random() < 0.15
    if pruned:  # a table without one of its rows
        keys.pop(draw.randrange(len(keys)))
    occurring = {tuple(m[d] for d in sets) for m in (r[2] for r in records)}
    keys = [k for k in keys if not sets or any(k[sets[0]] in o[0].split(";") for o in occurring)]
    return Case(dims, parents, records, keys, kind, sets, pruned=pruned)
