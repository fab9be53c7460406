"""An attacker that forgets one thing calls unsafe tables safe; for each forgotten thing something here notices."""

import random
from functools import cache

import numpy as np
import pytest

from confidentiality.oracle import Case, TooMany, failures, needs, random_case
from confidentiality.test_vectors import FLAT, line, square, units
from sse_observatory.production.confidentiality import Rules, attack, attacker, intervals

PLAIN = Rules(differences=False)


@cache
def unsafe_patterns() -> list[tuple[Case, set[int], set[tuple[int, str]]]]:
    """Random tables with random cells hidden, and what enumeration finds out about them, by whom."""
    found = []
    for seed in range(3000, 3160):
        case = random_case(seed)
        draw = random.Random(seed)
        hidden = {n.n for n in needs(case)} | {n for n in range(len(case.keys)) if draw.random() < 0.6}
        try:
            bad = {(n, "contributor" if who else "reader") for n, who in failures(case, hidden, limit=5_000)}
        except TooMany:
            continue
        found.append((case, hidden, bad))
    return found


def missed() -> int:
    """How many cells enumeration finds out about and the attacker does not."""
    count = 0
    for case, hidden, bad in unsafe_patterns():
        rows = {b.row for b in attack(case.tables(hidden), [case.facts], case.codelists, PLAIN).breaches}
        count += len({n for n, _ in bad} - rows)
    return count


@pytest.mark.slow
def test_the_whole_attacker_misses_nothing():
    assert sum(bool(bad) for _, _, bad in unsafe_patterns()) > 30
    assert missed() == 0


def no_contributors(monkeypatch):
    monkeypatch.setattr(attacker._Siege, "learn", lambda self, known, cells: None)


def no_singletons(monkeypatch):
    before = attacker._View._cell

    def cell(self, *arguments):
        found = before(self, *arguments)
        found.alone, found.sole = frozenset(), None
        return found

    monkeypatch.setattr(attacker._View, "_cell", cell)


def no_equations(monkeypatch):
    before = attacker._View._see_cells

    def see(self):
        before(self)
        self.equations.clear()

    monkeypatch.setattr(attacker._View, "_see_cells", see)


def no_fixed_cells(monkeypatch):
    before = attacker._View._parts

    def parts(self, cells):
        found = before(self, cells)
        self.fixed_cells = []
        return found

    monkeypatch.setattr(attacker._View, "_parts", parts)


def no_links(monkeypatch):
    monkeypatch.setattr(attacker._View, "_links", lambda self: iter(()))


def no_lower_end(monkeypatch):
    before = attacker._View._need

    def need(self, statistics, place):
        found = before(self, statistics, place)
        return found and (found[0], 0 * found[1], found[2])

    monkeypatch.setattr(attacker._View, "_need", need)


def no_floor(monkeypatch):
    """Amounts below zero would do as well."""
    before = attacker._Siege._limits

    def limits(self, minds):
        floor, frozen = before(self, minds)
        return np.full_like(floor, -(10**6)), frozen

    monkeypatch.setattr(attacker._Siege, "_limits", limits)


@pytest.mark.slow
@pytest.mark.parametrize(
    "forget", [no_contributors, no_singletons, no_equations, no_fixed_cells, no_links, no_lower_end, no_floor]
)
def test_an_attacker_that_forgets_one_thing_is_noticed(monkeypatch, forget):
    forget(monkeypatch)
    assert missed() > 0


def test_without_the_contributors_two_singletons_look_safe(monkeypatch):
    case = line({"a": [("g1", 52)], "b": [("g2", 24)], "c": [(f"o{i}", 100) for i in range(5)]})
    assert not attack(case.tables({1, 2}), [case.facts], case.codelists, PLAIN).safe
    no_contributors(monkeypatch)
    assert attack(case.tables({1, 2}), [case.facts], case.codelists, PLAIN).safe


def test_a_row_that_is_missing_where_its_like_is_shown_is_read_as_empty(monkeypatch):
    """Row 1 holds one unit in column 1; nobody has to be told that column 2 of it is empty."""
    case = square({("1", "1"): units(1, "a"), ("1", "2"): [], ("2", "1"): units(9, "c"), ("2", "2"): units(9, "d")})
    case.keys = [k for k in case.keys if (k["A"], k["B"]) != ("1", "2")]
    inner = {n: k for n, k in enumerate(case.keys) if "_T" not in k.values()}
    bounds = [(i.lower, i.upper) for i in intervals(case.tables(set(inner)), [case.facts], case.codelists, PLAIN)]
    assert bounds == [(1, 1), (9, 9), (9, 9)]
    before = attacker._View._see_cells

    def see(self):
        before(self)
        self.empty = [np.zeros_like(e) for e in self.empty]

    monkeypatch.setattr(attacker._View, "_see_cells", see)
    bounds = [(i.lower, i.upper) for i in intervals(case.tables(set(inner)), [case.facts], case.codelists, PLAIN)]
    assert bounds == [(0, 1), (9, 10), (8, 9)]


def halves() -> Case:
    """Six overlapping groups, shown, leave e = 2 + 2x and f = 1 - 2x: e reaches 3 only with half a unit elsewhere."""
    classes = {
        "P1;P3": 5, "P1;P2;P4;P5": 5, "P2;P3": 5, "E;P2": 2, "P4;P6": 5, "P5;P6": 5, "P6": 1,
    }  # fmt: skip
    records = [(f"{s}-{i}", 1, {"PERIMETER": s}) for s, n in classes.items() for i in range(n)]
    keys = [{"MEASURE": "M", "PERIMETER": p} for p in ("E", "P1", "P2", "P3", "P4", "P5", "P6")]
    return Case(("PERIMETER",), {"PERIMETER": FLAT}, records, keys, "count", ("PERIMETER",))


def test_a_cell_that_is_safe_only_in_halves_is_settled_by_the_integer_program(monkeypatch):
    case = halves()
    [bounds] = intervals(case.tables({0}), [case.facts], case.codelists, PLAIN)
    assert (bounds.lower, bounds.upper) == (0, 2)
    [breach] = attack(case.tables({0}), [case.facts], case.codelists, PLAIN).breaches
    assert (breach.side, breach.by_contributor, breach.unfinished) == ("upper", False, False)
    # Taken at its word, the linear program would let outsiders believe in 3.
    monkeypatch.setattr(attacker._Solver, "_whole", lambda self, *_: (np.zeros(self.count, np.int64), True))
    assert all(b.by_contributor for b in attack(case.tables({0}), [case.facts], case.codelists, PLAIN).breaches)


def test_an_attack_that_does_not_end_counts_as_a_breach(monkeypatch):
    monkeypatch.setattr(attacker._Solver, "_whole", lambda self, *_: (None, False))
    case = halves()
    breaches = attack(case.tables({0}), [case.facts], case.codelists, PLAIN).breaches
    assert any(b.unfinished for b in breaches)
