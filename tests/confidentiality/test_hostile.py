"""Shapes the gate was not built on, attacked by listing every table a reader could believe in.

Three-way tables with hierarchies, two kinds of membership at once, two periods, pruned tables; few groups that stand
in many cells, and many contributions of zero. Beside the rules themselves (`oracle.failures`) a blunter question is
asked: is there any set of atoms in which only one contributor stands, or only the attacker and one other, whose sum
can have one value only? Then the other one's amount is known to the unit, whatever the rules say about cells.
"""

import itertools
import random
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from confidentiality.oracle import TYPE, Case, TooMany, failures, needs, worlds
from confidentiality.test_vectors import FLAT, hidden_keys, line
from sse_observatory.production.confidentiality import Facts, Rules, attack, protect

RULES = Rules()
SHAPES = ("three", "memberships", "periods", "deep", "spread")


def strange_case(seed: int) -> Case:
    """A random table of one of the shapes, with few groups in many cells."""
    draw = random.Random(f"strange {seed}")
    shape = SHAPES[seed % len(SHAPES)]
    kind = draw.choice(["count", "magnitude"])
    parents: dict[str, dict[str, str | None]] = {
        "A": FLAT | {"A1": "_T", "A2": "_T"}, "B": FLAT | {"B1": "_T", "B2": "_T"},
    }  # fmt: skip
    plain, sets, memberships, members = ["A", "B"], (), [{}], [{"MEASURE": "M"}]
    if shape == "three":
        plain, parents["C"] = ["A", "B", "C"], FLAT | {"C1": "_T", "C2": "_T"}
        if draw.random() < 0.5:
            parents["A"] = FLAT | {"A1": "_T", "A11": "A1", "A12": "A1", "A2": "_T"}
    elif shape == "memberships":
        plain, sets = ["A"], ("PERIMETER", "MEASURE")
        perimeters = draw.choice([["P", "P;Q"], ["P", "P;Q", "Q"], ["P", "P;Q", "P;Q;R"]])
        memberships = [{"PERIMETER": p, "MEASURE": m} for p in perimeters for m in ("REG", "ACT;REG")]
        members = [{"PERIMETER": p, "MEASURE": m} for p in ("P", "Q", "R") for m in ("REG", "ACT")]
    elif shape == "periods":
        plain = draw.choice([["A", "B"], ["A"]])
        memberships = [{"TIME_PERIOD": "2023"}, {"TIME_PERIOD": "2024"}]
        members = [{"TIME_PERIOD": year, "MEASURE": "M"} for year in ("2023", "2024")]
    elif shape == "deep":
        plain = draw.choice([["A", "B"], ["A"]])
        parents["A"] = FLAT | {"A1": "_T", "A11": "A1", "A12": "A1", "A2": "_T", "A21": "A2", "A22": "A2"}
    else:
        plain = draw.choice([["A", "B"], ["A"]])
        parents["A"] = FLAT | {f"A{i}": "_T" for i in range(1, 4 if "B" in plain else 6)}
    leaves = {d: [c for c in parents[d] if c != "_T" and c not in parents[d].values()] for d in plain}
    places = [dict(zip(plain, c, strict=True)) for c in itertools.product(*(leaves[d] for d in plain))]
    groups, often, top = draw.choice([2, 3, 4]), draw.choice([0.3, 0.6, 0.9]), draw.choice([1, 2, 4, 9])
    many = [0, 1, 1, 2, 3, 4] if len(places) * len(memberships) < 8 else [0, 0, 1, 2, 3]
    records: list[tuple[str, int, dict[str, str]]] = []
    for place, member in itertools.product(places, memberships):
        for _ in range(draw.choice(many)):
            who = f"g{draw.randrange(groups)}" if draw.random() < often else f"u{len(records)}"
            value = 1 if kind == "count" else draw.choice([0, draw.randint(0, top)])
            records.append((who, value, place | member))
    records = records or [("u0", 1, places[0] | memberships[0])]
    crossings = itertools.product(members, itertools.product(*(parents[d] for d in plain)))
    keys = [member | dict(zip(plain, codes, strict=True)) for member, codes in crossings]
    if draw.random() < 0.2:
        for _ in range(draw.randint(1, 3)):
            keys.pop(draw.randrange(len(keys)))
    occurs = [{d: set(codes[d].split(";")) for d in sets} for _, _, codes in records]
    keys = [k for k in keys if any(all(k[d] in codes[d] for d in sets) for codes in occurs)]
    dims = (*plain, *sets, *(["TIME_PERIOD"] if shape == "periods" else []))
    return Case(dims, parents, records, keys, kind, sets)


def slack(case: Case) -> int:
    """How far above the true total worlds are listed: beyond every bound the rules ask for."""
    wanted = [need.upper - sum(need.contributions.values()) for need in needs(case)]
    return 3 + int(max(wanted, default=Fraction(0)))


def known_exactly(case: Case, hidden: set[int], limit: int) -> list[tuple[str, str, list[dict[str, str]]]]:
    """Who learns whose amount to the unit, and in which atoms; the reader is ``''``."""
    cells, listed = worlds(case, hidden, slack(case), limit)
    found = np.array(listed)
    own = {r[0]: np.zeros(len(cells), dtype=np.int64) for r in case.records}
    stands = {name: np.zeros(len(cells), dtype=bool) for name in own}
    for who, value, codes in case.records:
        own[who][cells.index(codes)] += value
        stands[who][cells.index(codes)] = True
    alone = [
        (next(iter(need.contributions)), [i for i, a in enumerate(cells) if case.covers(case.keys[need.n], a)])
        for need in needs(case)
        if len(need.contributions) == 1
    ]
    learned = []
    for attacker in ["", *own]:
        believed = found
        if attacker:
            believed = believed[(believed >= own[attacker]).all(axis=1)]
            for who, inside in alone:
                if who == attacker:
                    believed = believed[believed[:, inside].sum(axis=1) == own[who][inside].sum()]
        change = believed - sum(own.values())
        for victim in own.keys() - {attacker}:
            others = [stands[name] for name in own if name not in (attacker, victim)]
            both = stands[victim] | (stands[attacker] if attacker else False)
            usable = np.flatnonzero(both & ~np.any(others, axis=0) if others else both)
            if not 0 < usable.size <= 12:
                continue
            chosen = np.array(list(itertools.product((0, 1), repeat=usable.size))).T
            exact = (change[:, usable] @ chosen == 0).all(axis=0) & (own[victim][usable] @ chosen > 0)
            learned += [(attacker, victim, [cells[i] for i in usable[chosen[:, n] > 0]]) for n in np.flatnonzero(exact)]
    return learned


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 120, 40))
def test_on_shapes_it_has_not_seen_nobody_finds_anything_and_nothing_is_hidden_in_vain(first):
    looked_at = 0
    for seed in range(first, first + 40):
        case = strange_case(seed)
        tables, report = protect(case.tables(set()), [case.facts], case.codelists, RULES)
        rows = {d.row for d in report.decisions}
        assert attack(tables, [case.facts], case.codelists, RULES).safe, seed
        for decision in report.secondary if seed % 6 == 0 else ():
            shown = case.tables(rows - {decision.row})
            assert not attack(shown, [case.facts], case.codelists, RULES).safe, (seed, decision.key)
        try:
            assert failures(case, rows, 6_000, slack(case)) == [], seed
            assert known_exactly(case, rows, 6_000) == [], seed
            looked_at += 1
        except TooMany:
            continue
    assert looked_at >= 20


# --- what this found, with a pencil ---------------------------------------------------------------------------------


def crowd(name: str, value: int = 100) -> list[tuple[str, int]]:
    return [(f"{name}{i}", value) for i in range(5)]


def test_two_hidden_cells_of_one_contributor_need_a_third_because_their_sum_is_its_amount():
    """52 and 24 of one group: each could be 30 % more or less, but the rest of the column leaves 76 for both."""
    case = line({"a": [("g", 52)], "b": [("g", 24)], "c": crowd("c"), "d": crowd("d")})
    found = attack(case.tables({1, 2}), [case.facts], case.codelists, RULES)
    assert {(b.row, b.side, b.by_contributor) for b in found.breaches} == {
        (None, "upper", False), (None, "lower", False),
    }  # fmt: skip
    assert hidden_keys(case) == {("a",), ("b",), ("c",)}


def test_two_groups_that_share_two_hidden_cells_know_each_other_by_their_sum():
    case = line({"a": [("g", 20), ("h", 20)], "b": [("g", 20), ("h", 20)], "c": crowd("c"), "d": crowd("d")})
    assert not attack(case.tables({1, 2}), [case.facts], case.codelists, RULES).safe
    assert len(hidden_keys(case)) == 3


def test_two_cells_with_the_same_largest_contributor_are_one_under_the_p_percent_rule():
    """Each cell lacks 10 for its own p % rule and can take them from the other: together they lack 20."""
    rows = {"a": [("g", 200), *((f"a{i}", 5) for i in range(3))], "b": [("g", 200), *((f"b{i}", 5) for i in range(3))]}
    case = line(rows | {"c": crowd("c"), "d": crowd("d")})
    found = attack(case.tables({1, 2}), [case.facts], case.codelists, RULES)
    assert [(b.row, b.side) for b in found.breaches] == [(None, "upper")]
    assert len(hidden_keys(case)) == 3


def test_registered_minus_active_of_the_wider_perimeter_is_a_cell_although_the_narrower_one_divides_it():
    """Two groups hold 10 inactive cooperatives and 10 other inactive units: 50 registered less 30 active are theirs."""
    records = [
        (who, 1, {"A": "x", "PERIMETER": perimeter, "MEASURE": "REG"})
        for who in ("g", "h")
        for perimeter in ("SSE", "COOP;SSE")
        for _ in range(5)
    ]
    records += [
        (f"u{n}", 1, {"A": "xy"[n % 2], "PERIMETER": ("SSE", "COOP;SSE")[n // 2 % 2], "MEASURE": "ACT;REG"})
        for n in range(60)
    ]
    shown = itertools.product(("SSE", "COOP"), ("REG", "ACT"), ("_T", "x", "y"))
    keys = [{"MEASURE": m, "PERIMETER": p, "A": a} for p, m, a in shown]
    parents = {"A": FLAT | {"x": "_T", "y": "_T"}}
    case = Case(("A", "PERIMETER", "MEASURE"), parents, records, keys, "count", ("PERIMETER", "MEASURE"))
    narrow = {n for n, k in enumerate(keys) if k["PERIMETER"] == "COOP" and k["MEASURE"] == "ACT" and k["A"] != "y"}
    assert not attack(case.tables(narrow), [case.facts], case.codelists, RULES).safe
    hidden = hidden_keys(case)
    assert {("SSE", "x"), ("SSE", "_T")} & hidden
    tables, _ = protect(case.tables(set()), [case.facts], case.codelists, RULES)
    assert attack(tables, [case.facts], case.codelists, RULES).safe


def test_a_ratio_beside_the_amounts_is_refused_because_no_facts_stand_behind_it():
    """Members per cooperative, shown beside hidden members and shown cooperatives, would give the members away."""
    keys = [(m, a) for m in ("MEMBERS", "UNITS", "MEMBERS_PER_UNIT") for a in ("_T", "x", "y")]
    values = dict(zip(keys, (105, 5, 100, 21, 1, 20, 5, 5, 5), strict=True))
    rows = pa.table({"CONTRIBUTOR": [f"u{n}" for n in range(21)], "VALUE": [5] * 21, "A": ["x"] + ["y"] * 20})
    members = Facts("DF", frozenset({"MEMBERS"}), "magnitude", True, rows)
    ones = rows.set_column(1, "VALUE", pa.array([1] * 21))
    units = Facts("DF", frozenset({"UNITS"}), "count", True, ones)
    table = pa.table(
        {
            "MEASURE": [m for m, _ in keys],
            "A": [a for _, a in keys],
            "OBS_VALUE": pa.array([values[k] for k in keys], pa.int64()).cast(TYPE),
        }
    )
    tables, _ = protect({"DF": table}, [members, units], {}, RULES)
    found = attack(tables, [members, units], {}, RULES)
    assert {(b.row, b.side) for b in found.breaches} == {(6, "facts"), (7, "facts"), (8, "facts")}
