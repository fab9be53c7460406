"""Shares that may be told: never a count in disguise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.pipelines.shares import LEAST, Share


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (1, 12, None), (0, 12, None), (12, 12, None), (0, 0, None), (49, 99, None),
        (1, 100, 0.1), (44, 100, 0.4), (99, 100, 0.9), (0, 100, 0.0), (100, 100, 1.0),
        (1, 240, 0.05), (100, 200, 0.5), (239, 240, 0.95),
        (1, 1000, 0.01), (123, 1000, 0.12), (999_999, 1_000_000, 0.99),
    ],
)  # fmt: skip
def test_a_share_is_told_in_steps_that_stand_for_ten_units(part, whole, told):
    assert Share(part, whole).told() == told


def test_shares_of_public_microdata_are_told_in_whole_per_cent():
    assert (Share(1, 12).told(public=True), Share(0, 0).told(public=True)) == (0.08, None)


@given(st.integers(1, 5_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_what_is_told_is_true_of_many_counts(drawn):
    part, whole = drawn
    told = Share(part, whole).told()
    if told is not None and 0 < part < whole:
        alike = sum(Share(other, whole).told() == told for other in range(whole + 1))
        assert alike >= LEAST - 1 and 0 < told < 1
