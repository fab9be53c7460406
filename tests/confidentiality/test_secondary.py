"""How the secondary cells are found: shortcuts change nothing, and nobody is left out who could find out more."""

import random
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.oracle import Case, random_case
from sse_observatory.core import Unsafe
from sse_observatory.production.confidentiality import Facts, Rules, attacker, cells, protect, secondary

RULES = Rules()


def sparse(seed: int) -> Case:
    """Nine by seven cells of few units, so that much has to be hidden and much is tried to be shown again."""
    draw = random.Random(seed)
    a = {"_T": None} | {f"A{i}": "_T" for i in range(9)}
    b = {"_T": None} | {f"B{i}": "_T" for i in range(7)}
    inner = [{"A": x, "B": y} for x in list(a)[1:] for y in list(b)[1:]]
    records = [
        (f"u{n}" if draw.random() < 0.8 else f"g{draw.randrange(9)}", 1, draw.choice(inner)) for n in range(170)
    ]
    keys = [{"MEASURE": "M", "A": x, "B": y} for x in a for y in b]
    return Case(("A", "B"), {"A": a, "B": b}, records, keys, "count")


@pytest.mark.parametrize("case", [*map(sparse, range(3)), *map(random_case, range(40))])
def test_moves_led_around_the_cell_on_trial_only_save_time(monkeypatch, case):
    """Whether a cell may be shown again is a question of what is possible, not of which proof was found."""
    led = secondary._Patch._led_around

    def watched(self, n, need, amount):
        found = led(self, n, need, amount)
        for move in found:
            cell, _ = self.trial
            assert not (self.parts @ move)[cell] and not (self.equal @ move).any()
            assert (move >= self.room).all()
            assert (self.sums @ move)[need // 2] * (1 - 2 * (need % 2)) >= amount
        return found

    monkeypatch.setattr(secondary._Patch, "_led_around", watched)
    with_them = protect(case.tables(set()), [case.facts], case.codelists, RULES)
    monkeypatch.setattr(secondary._Patch, "_led_around", lambda self, n, need, amount: self.moves[:0])
    without = protect(case.tables(set()), [case.facts], case.codelists, RULES)

    assert with_them[1] == without[1]


def test_moves_are_led_around_the_cell_on_trial(monkeypatch):
    found = []
    led = secondary._Patch._led_around

    def watched(self, *arguments):
        moves = led(self, *arguments)
        found.append(moves.shape[0])
        return moves

    monkeypatch.setattr(secondary._Patch, "_led_around", watched)
    case = sparse(0)
    protect(case.tables(set()), [case.facts], case.codelists, RULES)

    assert sum(found) > 0


# --- who has to be tried as an attacker -----------------------------------------------------------------------------


ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 3), min_size=width, max_size=width), min_size=1, max_size=12)
)


@given(ROWS)
def test_the_attacker_tries_exactly_those_who_know_more_of_something_than_every_other_one(rows):
    kept = [tuple(row) for row in attacker._undominated(np.array(rows)).tolist()]

    largest = {tuple(r) for r in rows if not any(r != o and all(np.greater_equal(o, r)) for o in rows)}
    assert len(kept) == len(set(kept))
    assert set(kept) == largest


@given(ROWS)
def test_the_protector_protects_against_the_same(rows):
    """Twelve contributors who all stand in the same cells; nobody is set apart."""
    minds = secondary._Minds.__new__(secondary._Minds)
    width = len(rows[0])
    minds.who = np.repeat(np.arange(len(rows)), width)
    minds.at, minds.amount = np.tile(np.arange(width), len(rows)), np.array(rows).reshape(-1)

    [(at, kept, names)] = minds.others(np.arange(width), ())

    assert at.tolist() == list(range(width))
    assert [rows[name] for name in names] == kept.tolist()
    assert {tuple(row) for row in kept.tolist()} == set(map(tuple, attacker._undominated(np.array(rows)).tolist()))
    assert len(names) == len({tuple(row) for row in kept.tolist()})


def test_who_stands_in_other_cells_is_never_left_out_for_knowing_less():
    minds = secondary._Minds.__new__(secondary._Minds)
    minds.who, minds.at = np.array([0, 0, 1, 2]), np.array([0, 1, 0, 1])
    minds.amount = np.array([9, 9, 1, 1])

    found = {tuple(names): (at.tolist(), amount.tolist()) for at, amount, names in minds.others(np.arange(2), ())}

    assert found == {(0,): ([0, 1], [[9, 9]]), (1,): ([0], [[1]]), (2,): ([1], [[1]])}


# --- values in whole smallest units ---------------------------------------------------------------------------------


AMOUNTS = st.integers(0, 6).flatmap(
    lambda scale: st.tuples(
        st.just(scale), st.lists(st.integers(0, 10**12), min_size=1, max_size=20), st.integers(0, 3)
    )
)


@given(AMOUNTS)
def test_decimals_reach_both_sides_of_the_gate_as_the_same_whole_numbers(made):
    """In chunks and slices, as an engine delivers them, and negative ones as far as the attacker reads them."""
    scale, numbers, cut = made
    values = pa.array([Decimal(n).scaleb(-scale) for n in numbers], pa.decimal128(20, scale))
    column = pa.chunked_array([values[:cut], values[cut:], values[cut : cut + 1]])
    facts = Facts("DF", frozenset({"M"}), "magnitude", False, None)

    whole, places = cells._in_smallest_units(column, facts)
    again, same = attacker._whole(column, facts)

    assert whole.tolist() == again.tolist() == [*numbers, *numbers[cut : cut + 1]]
    assert (places, same) == (scale, scale)


@pytest.mark.parametrize("convert", [cells._in_smallest_units, attacker._whole])
@pytest.mark.parametrize(
    ("values", "kind", "integer", "says"),
    [
        ([Decimal(2**63)], pa.decimal128(38, 0), True, "too large"),
        ([Decimal(2**61)] * 2, pa.decimal128(38, 0), True, "too large"),
        ([2**62, 1], pa.int64(), True, "too large"),
        ([Decimal("0.5")], pa.decimal128(5, 1), True, "has a fraction"),
        ([0.5], pa.float64(), False, "double"),
    ],
)
def test_what_cannot_be_added_up_exactly_is_refused_on_both_sides(convert, values, kind, integer, says):
    facts = Facts("DF", frozenset({"M"}), "magnitude", integer, None)

    with pytest.raises(Unsafe, match=says):
        convert(pa.chunked_array([pa.array(values, kind)]), facts)


@pytest.mark.parametrize("convert", [cells._in_smallest_units, attacker._whole])
def test_whole_measures_given_with_decimals_lose_their_zeros_only(convert):
    facts = Facts("DF", frozenset({"M"}), "count", True, None)
    column = pa.chunked_array([pa.array([Decimal("3.00"), Decimal("12.00")], pa.decimal128(9, 2))])

    whole, places = convert(column, facts)

    assert (whole.tolist(), places) == ([3, 12], 0)
