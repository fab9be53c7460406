"""An attack from outside, by plain enumeration, on random small tables (see `oracle`)."""

import random

import pytest

from confidentiality.oracle import TooMany, failures, needs, random_case, worlds
from sse_observatory.production.confidentiality import Rules, attack, intervals, protect

RULES = Rules()
TABLES = 1000
BATCH = 100


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, TABLES, BATCH))
def test_nobody_who_lists_every_possible_table_finds_anything_and_no_secondary_cell_could_be_shown(first):
    """Hierarchies, linked tables, cycles of crossings, overlapping perimeters, registered and active."""
    skipped = hidden = 0
    for seed in range(first, first + BATCH):
        case = random_case(seed)
        tables, report = protect(case.tables(set()), [case.facts], case.codelists, RULES)
        rows = {d.row for d in report.decisions}
        assert all((tables["DF"]["OBS_VALUE"][n].as_py() is None) == (n in rows) for n in range(len(case.keys)))
        assert {need.n for need in needs(case)} <= rows
        assert attack(tables, [case.facts], case.codelists, RULES).safe, seed
        for decision in report.secondary:
            shown = case.tables(rows - {decision.row})
            assert not attack(shown, [case.facts], case.codelists, RULES).safe, (seed, decision.key)
        try:
            assert failures(case, rows) == [], seed
        except TooMany:
            skipped += 1
        hidden += len(report.secondary)
    assert skipped <= BATCH // 4, "the tables are too large for the reference"
    assert hidden > BATCH


@pytest.mark.slow
def test_the_attacker_agrees_with_enumeration_on_patterns_that_nobody_protected():
    """Random cells hidden: the attack finds a breach exactly where the list of possible tables shows one."""
    safe = unsafe = 0
    for seed in range(3000, 3250):
        case = random_case(seed)
        draw = random.Random(seed)
        primary = {need.n for need in needs(case)}
        hidden = primary | {n for n in range(len(case.keys)) if draw.random() < 0.45}
        rules = Rules(differences=False)
        try:
            bad = failures(case, hidden, limit=20_000)
        except TooMany:
            continue
        found = attack(case.tables(hidden), [case.facts], case.codelists, rules)
        rows = {b.row for b in found.breaches}
        assert {n for n, _ in bad} <= rows, seed
        if rows - {None}:
            unsafe += 1
        elif found.safe:
            safe += 1
    assert safe > 10 and unsafe > 10


@pytest.mark.slow
def test_the_bounds_are_the_smallest_and_largest_value_of_all_possible_tables():
    compared = 0
    for seed in range(5000, 5200):
        case = random_case(seed)
        if case.pruned:  # the attacker also reads what is missing; the reference does not
            continue
        draw = random.Random(seed)
        hidden = {n for n in range(1, len(case.keys)) if draw.random() < 0.5}
        try:
            cells, found = worlds(case, hidden, limit=20_000)
        except TooMany:
            continue
        # Where the reference stopped adding there are more tables than it lists.
        bounded = max(sum(w) for w in found) < sum(v for _, v, _ in case.records) + 6
        for interval in intervals(case.tables(hidden), [case.facts], case.codelists, RULES):
            inside = [i for i, a in enumerate(cells) if case.covers(case.keys[interval.row], a)]
            sums = [sum(w[i] for i in inside) for w in found]
            if bounded:
                assert (interval.lower, interval.upper) == (min(sums), max(sums)), (seed, interval)
                compared += 1
            else:
                assert interval.lower <= min(sums), (seed, interval)
                assert interval.upper is None or interval.upper >= max(sums), (seed, interval)
    assert compared > 200


def test_showing_more_never_makes_a_bound_wider():
    for seed in range(7000, 7040):
        case = random_case(seed)
        draw = random.Random(seed)
        hidden = {n for n in range(len(case.keys)) if draw.random() < 0.6}
        less = hidden - {n for n in hidden if draw.random() < 0.3}
        wide = {i.row: i for i in intervals(case.tables(hidden), [case.facts], case.codelists, RULES)}
        tight = {i.row: i for i in intervals(case.tables(less), [case.facts], case.codelists, RULES)}
        for n, interval in tight.items():
            assert interval.lower >= wide[n].lower
            assert wide[n].upper is None or (interval.upper is not None and interval.upper <= wide[n].upper)
            assert interval.lower <= case.value(case.keys[n])
            assert interval.upper is None or interval.upper >= case.value(case.keys[n])
