"""The rules of the arithmetic, on examples that a pencil can check."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.catalogue.published import Check, Definition, Figure
from sse_observatory.catalogue.published_checks import complaint, examine, printed_range
from sse_observatory.core import Text

ANY = Text(en="any", fr="tout", es="todo")
PRIMARY, UNIONS = Definition("PRIMARY", ANY, ANY, tier="T1"), Definition("UNIONS", ANY, ANY, tier="T2")
DEFINITIONS = {"ANY": Definition("ANY", ANY, ANY), "PRIMARY": PRIMARY, "UNIONS": UNIONS}


def figure(name, printed, unit="UNITS", *, multiplier=0, rounded_to=None, definition="ANY", measure="UNITS"):
    digits = printed.lstrip("≈≥>")
    decimals = len(digits.partition(".")[2])
    return Figure(
        name, "XXX", "2020", measure, "COOP", "_T", "_T", "_T", "S", "", definition, printed, Decimal(digits), unit,
        multiplier, decimals, None if rounded_to is None else Decimal(rounded_to), "reported", "high",
    )  # fmt: skip


def verdict(rule, terms, result=None):
    figures = {f.id: f for f in (*terms, *((result,) if result else ()))}
    check = Check("C", rule, tuple(t.id for t in terms), result.id if result else "")
    assert complaint(check, figures) == ""
    return examine(check, figures, DEFINITIONS).verdict


def percent(name, printed):
    return figure(name, printed, "PERCENT")


def test_whole_units_must_add_up_to_the_last_one():
    parts = [figure("A", "2"), figure("B", "40")]

    assert verdict("sum", parts, figure("T", "42")) == "ok"
    assert verdict("sum", parts, figure("T", "43")) == "flagged"


def test_rounded_parts_may_miss_the_total_by_their_rounding():
    parts = [figure("A", "16.0", multiplier=6), figure("B", "11.1", multiplier=6)]

    assert verdict("sum", parts, figure("T", "27.1", multiplier=6)) == "ok"
    assert verdict("sum", parts, figure("T", "27.2", multiplier=6)) == "rounding"
    assert verdict("sum", parts, figure("T", "27.3", multiplier=6)) == "flagged"


def test_a_share_is_recomputed_from_numerator_and_denominator():
    part, whole = figure("A", "1739620", "PERSONS"), figure("B", "3972883", "PERSONS")

    assert verdict("share", [part, whole], percent("S", "43.8")) == "ok"
    assert verdict("share", [part, whole], percent("S", "43.9")) == "flagged"


def test_growth_is_held_to_half_of_its_last_digit():
    new, old = figure("N", "73851"), figure("O", "73574")

    assert verdict("growth", [new, old], percent("G", "0.4")) == "ok"
    assert verdict("growth", [new, old], percent("G", "0.5")) == "flagged"
    assert verdict("growth", [old, new], percent("G", "0.4")) == "flagged"


def test_a_ratio_counts_with_the_multipliers():
    value_added, fte = figure("V", "747162", "EUR", multiplier=3), figure("F", "31783", "FTE")

    assert verdict("ratio", [value_added, fte], figure("R", "23.5", "EUR", multiplier=3)) == "ok"
    assert verdict("ratio", [value_added, fte], figure("R", "23.5", "EUR", multiplier=0)) == "flagged"


def test_an_approximate_figure_is_twice_as_wide():
    sharp, about = figure("A", "50", rounded_to="10"), figure("B", "≈50", rounded_to="10")

    assert (printed_range(sharp).low, printed_range(sharp).high) == (45, 55)
    assert (printed_range(about).low, printed_range(about).high) == (40, 60)


def test_a_lower_bound_never_contradicts_a_larger_value():
    at_least = figure("A", "≥11.5", multiplier=6)

    assert printed_range(at_least).high is None
    assert verdict("at_most", [figure("B", "20000000"), at_least]) == "ok"
    assert verdict("same", [figure("B", "9000000"), at_least]) == "flagged"


def test_parts_may_be_fewer_than_the_whole_and_never_more():
    parts = [figure("A", "60"), figure("B", "30")]

    assert verdict("parts", parts, figure("T", "100")) == "ok"
    assert verdict("parts", parts, figure("T", "89")) == "flagged"


def test_two_sources_agree_where_each_lies_within_the_rounding_of_the_other():
    assert verdict("same", [figure("A", "28.6", "EUR"), figure("B", "28.8", "EUR")]) == "flagged"
    assert verdict("same", [figure("A", "28.6", "EUR"), figure("B", "29", "EUR")]) == "rounding"
    assert verdict("same", [figure("A", "28.6", "EUR"), figure("B", "28.60", "EUR")]) == "ok"


def test_tiers_are_not_added_under_the_name_of_one():
    terms = [figure("A", "8551", definition="PRIMARY"), figure("B", "44", definition="UNIONS")]

    assert verdict("tiers", terms, figure("T", "8595", definition="PRIMARY")) == "flagged"
    assert verdict("tiers", terms, figure("T", "8595")) == "ok"
    assert verdict("tiers", terms, figure("T", "8551", definition="PRIMARY")) == "ok"


def test_memberships_do_not_make_a_share_of_persons():
    memberships = figure("A", "777713", "MEMBERSHIPS", measure="MEMBERSHIPS")
    persons = figure("P", "777713", "PERSONS", measure="PERSONS_MEMBERS")

    assert verdict("persons", [memberships], percent("S", "18")) == "flagged"
    assert verdict("persons", [persons], percent("S", "18")) == "ok"


def test_figures_under_two_definitions_are_not_comparable():
    primary, unions = figure("A", "1", definition="PRIMARY"), figure("B", "2", definition="UNIONS")

    assert verdict("comparable", [primary, unions]) == "flagged"
    assert verdict("comparable", [figure("A", "1"), figure("B", "2")]) == "ok"


@pytest.mark.parametrize(
    ("rule", "terms", "result", "why"),
    [
        ("mean", ["A", "B"], "T", "the rule 'mean' is not one of"),
        ("sum", ["A", "B"], "", "needs a result"),
        ("same", ["A", "B"], "T", "has terms only"),
        ("share", ["A"], "P", "needs 2 term(s), not 1"),
        ("sum", ["A"], "T", "needs two or more terms"),
        ("sum", ["A", "X"], "T", "there is no figure 'X'"),
        ("sum", ["A", "E"], "T", "different units"),
        ("share", ["A", "B"], "T", "not in PERCENT"),
        ("ratio", ["A", "Z"], "T", "may be zero"),
        ("same", ["A", "N"], "", "has no value"),
    ],
)
def test_a_check_that_cannot_be_made_says_why(rule, terms, result, why):
    units = [figure("A", "1"), figure("B", "2"), figure("T", "3"), figure("Z", "0")]
    others = [figure("E", "3", "EUR"), percent("P", "1"), replace(figure("N", "1"), value=None)]
    figures = {f.id: f for f in (*units, *others)}
    check = Check("C", rule, tuple(terms), result)

    assert why in complaint(check, figures)
    with pytest.raises(ValueError, match="C: "):
        examine(check, figures, DEFINITIONS)


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=6), st.integers(1, 5))
def test_rounding_alone_is_never_flagged(amounts, step):
    size = 10**step

    def rounded(name, amount):
        return figure(name, str((amount + size // 2) // size * size), "EUR", rounded_to=str(size))

    parts = [rounded(f"P{i}", amount) for i, amount in enumerate(amounts)]

    assert verdict("sum", parts, rounded("T", sum(amounts))) != "flagged"
    assert verdict("parts", parts, rounded("T", sum(amounts))) != "flagged"


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_share_computed_and_rounded_is_always_ok(part, rest):
    share = (Decimal(100) * part / (part + rest)).quantize(Decimal("0.1"))

    assert verdict("share", [figure("A", str(part)), figure("B", str(part + rest))], percent("S", str(share))) == "ok"


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=6), st.integers(-50, 50).filter(bool))
def test_a_total_of_whole_units_that_is_off_by_any_number_is_flagged(parts, off):
    total = sum(parts) + off
    if total >= 0:
        shown = [figure(f"P{i}", str(part)) for i, part in enumerate(parts)]
        assert verdict("sum", shown, figure("T", str(total))) == "flagged"
