"""Examples one can check with a pencil; where they come from is said beside each (statistics.md 5.2, tau-Argus 4.1)."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality.oracle import TYPE, Case
from sse_observatory.core import Unsafe
from sse_observatory.production.confidentiality import (
    Facts,
    Rules,
    attack,
    attacker,
    cells,
    intervals,
    protect,
)

RULES = Rules()
FLAT = {"_T": None}


def square(values: dict[tuple[str, str], list[tuple[str, int]]], kind: str = "count") -> Case:
    """A table A x B with its margins, from the contributions in each inner cell."""
    a = FLAT | dict.fromkeys(sorted({k[0] for k in values}), "_T")
    b = FLAT | dict.fromkeys(sorted({k[1] for k in values}), "_T")
    records = [(w, v, {"A": x, "B": y}) for (x, y), own in values.items() for w, v in own]
    keys = [{"MEASURE": "M", "A": x, "B": y} for x in a for y in b]
    return Case(("A", "B"), {"A": a, "B": b}, records, keys, kind)


def line(values: dict[str, list[tuple[str, int]]], kind: str = "magnitude") -> Case:
    """A table of one dimension with its total."""
    a = FLAT | dict.fromkeys(values, "_T")
    records = [(w, v, {"A": x}) for x, own in values.items() for w, v in own]
    return Case(("A",), {"A": a}, records, [{"MEASURE": "M", "A": x} for x in a], kind)


def units(n: int, name: str) -> list[tuple[str, int]]:
    return [(f"{name}{i}", 1) for i in range(n)]


def hidden_keys(case: Case, rules: Rules = RULES) -> set[tuple[str, ...]]:
    _, report = protect(case.tables(set()), [case.facts], case.codelists, rules)
    return {tuple(v for d, v in x.key.items() if d != "MEASURE") for x in report.decisions}


def test_a_count_of_two_is_hidden_and_so_is_its_partner():
    case = line({"north": units(2, "n"), "south": units(40, "s")}, "count")
    tables, report = protect(case.tables(set()), [case.facts], case.codelists, RULES)
    assert [d.key["A"] for d in report.primary] == ["north"]
    assert [d.key["A"] for d in report.secondary] == ["south"]
    assert tables["DF"]["OBS_VALUE"].to_pylist() == [Decimal(42), None, None]
    assert tables["DF"]["OBS_STATUS"].to_pylist() == ["A", "Q", "Q"]
    assert tables["DF"]["CONF_STATUS"].to_pylist() == ["F", "C", "C"]


def test_the_audit_vector_with_row_sums_7_and_3_and_column_sums_6_and_4():
    case = square(
        {("1", "1"): units(5, "a"), ("1", "2"): units(2, "b"), ("2", "1"): units(1, "c"), ("2", "2"): units(2, "d")}
    )
    hidden = {n for n, k in enumerate(case.keys) if "_T" not in k.values()}
    found = {
        tuple(case.keys[i.row].values())[1:]: (i.lower, i.upper)
        for i in intervals(case.tables(hidden), [case.facts], case.codelists, RULES)
    }
    assert found == {("1", "1"): (3, 6), ("1", "2"): (1, 4), ("2", "1"): (0, 3), ("2", "2"): (0, 3)}


def test_p_percent_counts_a_holding_as_one_contributor():
    """700, 200, 60, 40, 10 is safe by unit (110 >= 70), unsafe by group (900, 60, 40, 10: 50 < 90)."""
    by_unit = line(
        {"x": [("a", 700), ("b", 200), ("c", 60), ("d", 40), ("e", 10)], "y": [(f"o{i}", 300) for i in range(9)]}
    )
    by_group = line(
        {"x": [("g", 700), ("g", 200), ("c", 60), ("d", 40), ("e", 10)], "y": [(f"o{i}", 300) for i in range(9)]}
    )
    assert hidden_keys(by_unit) == set()
    assert hidden_keys(by_group) == {("x",), ("y",)}


def test_p_percent_asks_for_exactly_what_keeps_the_largest_safe_from_the_second():
    """x1 = 900, x2 = 60, the rest 50: the upper bound must reach 1010 + 90 - 50 = 1050.

    The partner can give 10 for each of its contributors, and to one of them 10 less.
    """
    rows = [("g", 900), ("c", 60), ("d", 40), ("e", 10)]
    for partners, by_contributor in ((3, False), (4, True), (5, None)):
        case = line({"x": rows, "y": [(f"o{i}", 10) for i in range(partners)]})
        found = attack(case.tables({1, 2}), [case.facts], case.codelists, RULES)
        breaches = [b.by_contributor for b in found.breaches if b.key["A"] == "x"]
        assert breaches == ([] if by_contributor is None else [by_contributor])


def test_a_cell_with_few_contributors_needs_room_on_both_sides():
    """10 from two contributors: 7 to 13 must stay possible; the partner can give 1 for each of its contributors."""
    two = [("a", 5), ("b", 5)]
    for partners, expected in ((2, [("upper", False)]), (3, [("upper", True)]), (4, [])):
        case = line({"x": two, "y": [(f"o{i}", 1) for i in range(partners)], "z": [(f"z{i}", 50) for i in range(9)]})
        found = attack(case.tables({1, 2}), [case.facts], case.codelists, RULES)
        assert [(b.side, b.by_contributor) for b in found.breaches if b.key["A"] == "x"] == expected


def test_two_singletons_in_a_row_need_a_third_cell_because_each_knows_its_own():
    case = line({"a": [("g1", 52)], "b": [("g2", 24)], "c": [(f"o{i}", 100) for i in range(5)]})
    two = attack(case.tables({1, 2}), [case.facts], case.codelists, RULES)
    assert two.breaches
    assert all(b.by_contributor for b in two.breaches)
    assert hidden_keys(case) == {("a",), ("b",), ("c",)}
    assert attack(case.tables({1, 2, 3}), [case.facts], case.codelists, RULES).safe


def test_a_count_of_zero_is_shown_and_a_zero_amount_of_one_contributor_is_not():
    counts = line({"a": [], "b": units(5, "b"), "c": units(7, "c")}, "count")
    assert hidden_keys(counts) == set()
    amounts = line({"a": [("g", 0)], "b": [(f"b{i}", 5) for i in range(5)], "c": [(f"c{i}", 5) for i in range(5)]})
    assert ("a",) in hidden_keys(amounts)
    empty = line({"a": [], "b": [(f"b{i}", 5) for i in range(5)], "c": [(f"c{i}", 5) for i in range(5)]})
    assert hidden_keys(empty) == set()


def test_a_zero_of_many_contributors_is_shown():
    case = line({"a": [(f"a{i}", 0) for i in range(4)], "b": [(f"b{i}", 5) for i in range(5)]})
    assert hidden_keys(case) == set()


def test_registered_minus_active_is_a_cell_too():
    """Ten registered, nine active: the one inactive unit could be told apart."""
    records = [(f"u{i}", 1, {"A": "x", "MEASURE": "ACT;REG"}) for i in range(9)] + [
        ("u9", 1, {"A": "x", "MEASURE": "REG"})
    ]
    records += [(f"v{i}", 1, {"A": "y", "MEASURE": "ACT;REG" if i < 12 else "REG"}) for i in range(20)]
    keys = [{"MEASURE": m, "A": a} for m in ("REG", "ACT") for a in ("_T", "x", "y")]
    case = Case(("A", "MEASURE"), {"A": FLAT | {"x": "_T", "y": "_T"}}, records, keys, "count", ("MEASURE",))
    assert not attack(case.tables(set()), [case.facts], case.codelists, RULES).safe
    assert attack(case.tables(set()), [case.facts], case.codelists, Rules(differences=False)).safe
    _, report = protect(case.tables(set()), [case.facts], case.codelists, RULES)
    assert not report.primary
    assert report.secondary


def test_two_dataflows_about_the_same_units_are_attacked_together():
    """All units by activity in one table, cooperatives by activity in another: the difference is one mutual."""
    rows = {
        "CONTRIBUTOR": [f"u{i}" for i in range(21)],
        "VALUE": [1] * 21,
        "MEASURE": ["M"] * 21,
        "FAMILY": ["COOP"] * 10 + ["MUTUAL"] + ["COOP"] * 5 + ["MUTUAL"] * 5,
        "ACTIVITY": ["A"] * 11 + ["B"] * 10,
    }

    def observations(cells: dict[tuple[str, ...], int | None], dims: tuple[str, ...]) -> pa.Table:
        return pa.table(
            {"MEASURE": ["M"] * len(cells)}
            | {d: [k[i] for k in cells] for i, d in enumerate(dims)}
            | {"OBS_VALUE": pa.array([None if v is None else Decimal(v) for v in cells.values()], TYPE)}
        )

    everybody = observations({("_T",): 21, ("A",): 11, ("B",): 10}, ("ACTIVITY",))
    coops = observations({("COOP", "_T"): 15, ("COOP", "A"): 10, ("COOP", "B"): 5}, ("FAMILY", "ACTIVITY"))
    facts = Facts("DF_ALL", frozenset({"M"}), "count", True, pa.table(rows), also=frozenset({"DF_COOP"}))
    both = {"DF_ALL": everybody, "DF_COOP": coops}
    assert not attack(both, [facts], {}, RULES).safe
    tables, report = protect(both, [facts], {}, RULES)
    assert attack(tables, [facts], {}, RULES).safe
    assert len(report.secondary) >= 2


def test_decimals_are_protected_in_exact_arithmetic():
    value = pa.array(
        [Decimal("700.10"), Decimal("200.20"), Decimal("10.05"), *[Decimal("250.25")] * 5], pa.decimal128(18, 2)
    )
    rows = pa.table({"CONTRIBUTOR": list("abcdefgh"), "VALUE": value, "A": ["x"] * 3 + ["y"] * 5})
    table = pa.table(
        {
            "MEASURE": ["M"] * 3,
            "A": ["_T", "x", "y"],
            "OBS_VALUE": pa.array([Decimal("2161.60"), Decimal("910.35"), Decimal("1251.25")], TYPE),
        }
    )
    facts = Facts("DF", frozenset({"M"}), "magnitude", False, rows)
    tables, report = protect({"DF": table}, [facts], {}, RULES)
    assert tables["DF"]["OBS_VALUE"].to_pylist()[1:] == [None, None]
    assert len(report.primary) == 1
    bounds = intervals(tables, [facts], {}, RULES)
    assert [(i.lower, i.upper) for i in bounds] == [(0, Decimal("2161.60")), (0, Decimal("2161.60"))]


def test_sums_beyond_the_range_of_floating_point_are_still_exact():
    big = 10**16
    case = line(
        {
            "a": [("g", big + 1)],
            "b": [(f"b{i}", big + i) for i in range(5)],
            "c": [(f"c{i}", 3 * big) for i in range(5)],
        }
    )
    tables, report = protect(case.tables(set()), [case.facts], case.codelists, RULES)
    assert len(report.primary) == 1
    assert attack(tables, [case.facts], case.codelists, RULES).safe


def test_a_source_with_public_microdata_skips_the_rules_visibly():
    case = line({"north": units(1, "n"), "south": units(40, "s")}, "count")
    tables, report = protect(case.tables(set()), [case.facts], case.codelists, Rules(microdata_public=True))
    assert tables["DF"].equals(case.tables(set())["DF"])
    assert "publishes its microdata" in report.skipped


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.set_column(1, "VALUE", pa.array([5, -1, 2, 2, 2])), "negative"),
        (lambda t: t.set_column(1, "VALUE", pa.array([5.0, 1.5, 2.0, 2.0, 2.0])), "exact|added up"),
        (lambda t: t.set_column(0, "CONTRIBUTOR", pa.array(["a", None, "c", "d", "e"])), "CONTRIBUTOR|contributor"),
        (lambda t: t.set_column(2, "A", pa.array(["x", None, "x", "y", "y"])), "no A|no code"),
        (lambda t: t.drop_columns(["A"]), "vary by A"),
        (lambda t: t.drop_columns(["VALUE"]), "VALUE"),
    ],
)
@pytest.mark.parametrize("who", [protect, attack])
def test_facts_the_rules_do_not_hold_for_are_refused(change, says, who):
    rows = pa.table({"CONTRIBUTOR": list("abcde"), "VALUE": [5, 1, 2, 2, 2], "A": ["x", "x", "x", "y", "y"]})
    table = pa.table(
        {
            "MEASURE": ["M"] * 3,
            "A": ["_T", "x", "y"],
            "OBS_VALUE": pa.array([Decimal(12), Decimal(8), Decimal(4)], TYPE),
        }
    )
    with pytest.raises(Unsafe, match=says):
        who({"DF": table}, [Facts("DF", frozenset({"M"}), "magnitude", True, change(rows))], {}, RULES)


def test_a_shown_value_that_is_not_the_sum_of_its_facts_stops_the_release():
    case = line({"a": units(5, "a"), "b": units(5, "b")}, "count")
    table = case.tables(set())["DF"]
    wrong = table.set_column(2, "OBS_VALUE", pa.array([Decimal(10), Decimal(6), Decimal(4)], TYPE))
    assert {b.side for b in attack({"DF": wrong}, [case.facts], case.codelists, RULES).breaches} == {"sum"}
    tables, _ = protect({"DF": wrong}, [case.facts], case.codelists, RULES)
    assert not attack(tables, [case.facts], case.codelists, RULES).safe


def test_a_shown_value_nothing_stands_behind_stops_the_release():
    case = line({"a": units(5, "a"), "b": units(5, "b")}, "count")
    other = case.tables(set())["DF"].set_column(0, "MEASURE", pa.array(["M", "M", "N"]))
    assert "facts" in {b.side for b in attack({"DF": other}, [case.facts], case.codelists, RULES).breaches}


def test_leaving_a_row_out_hides_nothing():
    """South = all - north follows although no row shows it."""
    case = line({"north": units(40, "n"), "south": units(2, "s")}, "count")
    case.keys = [k for k in case.keys if k["A"] != "south"]
    assert not attack(case.tables(set()), [case.facts], case.codelists, RULES).safe
    tables, _ = protect(case.tables(set()), [case.facts], case.codelists, RULES)
    assert attack(tables, [case.facts], case.codelists, RULES).safe


def test_ibis_tables_and_arrow_tables_give_the_same_result():
    import ibis

    case = square(
        {("1", "1"): units(5, "a"), ("1", "2"): units(2, "b"), ("2", "1"): units(1, "c"), ("2", "2"): units(9, "d")}
    )
    facts = case.facts
    lazy = Facts("DF", facts.measures, facts.kind, facts.integer, ibis.memtable(facts.rows))
    one, _ = protect(case.tables(set()), [facts], case.codelists, RULES)
    two, _ = protect(case.tables(set()), [lazy], case.codelists, RULES)
    assert one["DF"].equals(two["DF"])


def read_by_both(column, integer=False):
    """Values in smallest units as the attacker and the protector read them, each with code of its own."""
    facts = Facts("DF", frozenset({"M"}), "magnitude", integer, None)
    return [
        (numbers.tolist(), scale)
        for numbers, scale in (attacker._whole(column, facts), cells._in_smallest_units(column, facts))
    ]


@given(
    st.lists(st.decimals(-(10**12), 10**12, places=3, allow_nan=False), max_size=6),
    st.lists(st.decimals(0, 9, places=3), max_size=3),
)
def test_decimals_are_read_exactly_in_chunks_and_slices_too(first, second):
    kind = pa.decimal128(20, 3)
    column = pa.chunked_array([pa.array([Decimal(7), *first], kind).slice(1), pa.array(second, kind)])

    expected = [int(v * 1000) for v in [*first, *second]]

    assert read_by_both(column) == [(expected, 3)] * 2


@pytest.mark.parametrize(
    "kind", [pa.decimal128(38, 6), pa.decimal256(60, 6), pa.int16(), pa.uint64(), pa.decimal128(38, 0)]
)
def test_every_exact_type_is_read_and_whole_measures_lose_their_zeros(kind):
    column = pa.chunked_array([pa.array([Decimal(3), Decimal(200)], pa.decimal128(38, 6)).cast(kind)])

    assert read_by_both(column, integer=True) == [([3, 200], 0)] * 2


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([Decimal(2**61), Decimal(2**61)], pa.decimal128(38, 0)),
        ([Decimal(10**22)], pa.decimal128(38, 6)),
        ([Decimal(10) ** 40], pa.decimal256(60, 6)),
        ([2**63], pa.uint64()),
        ([2**61, 2**61, 2**61], pa.int64()),
    ],
)
def test_sums_that_would_not_fit_are_refused_and_never_wrap_around(values, kind):
    column = pa.chunked_array([pa.array(values, kind)])
    facts = Facts("DF", frozenset({"M"}), "magnitude", False, None)

    for read in (attacker._whole, cells._in_smallest_units):
        with pytest.raises(Unsafe, match="too large"):
            read(column, facts)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_of_those_who_stand_in_the_same_unknowns_only_those_nobody_surpasses_are_minds(known):
    rows = np.array(known)

    kept = {tuple(row) for row in attacker._undominated(rows).tolist()}

    surpassed = {a for a in known for b in known if a != b and all(x <= y for x, y in zip(a, b, strict=True))}
    assert kept == set(known) - surpassed
