"""Numbers that fit their session or year, and numbers of another series."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.instruments.symbols.sequence import fits_session, fits_year


@pytest.mark.parametrize(
    ("body", "number", "session"),
    [
        ("A", 1, 1), ("A", 112, 2), ("A", 194, 3), ("A", 303, 4), ("A", 377, 5), ("A", 429, 5), ("A", 505, 6),
        ("A", 1514, 15), ("A", 1653, 16), ("A", 2106, 20), ("A", 2625, 25), ("A", 3048, 27), ("A", 3201, 28),
        ("A", 3541, 30), ("E", 9, 2), ("E", 663, 24), ("E", 1235, 42), ("E", 1503, 48), ("E", 1979, 59),
        ("E", 2131, 63), ("T", 2200, 61),
    ],
)  # fmt: skip
def test_resolutions_that_were_adopted_fit(body, number, session):
    assert fits_session(body, number, session)


@pytest.mark.parametrize(
    ("body", "number", "session"), [("A", 322, 29), ("A", 732, 24), ("A", 5, 31), ("E", 684, 35), ("E", 950, 49)]
)
def test_numbers_of_other_bodies_do_not_fit(body, number, session):
    assert not fits_session(body, number, session)


@pytest.mark.parametrize(
    ("number", "year"),
    [(1, 1946), (83, 1950), (242, 1967), (338, 1973), (435, 1978), (661, 1990), (1325, 2000), (2250, 2015)],
)
def test_resolutions_of_the_security_council_fit_their_year(number, year):
    assert fits_year(number, year)


@pytest.mark.parametrize(("number", "year"), [(1735, 2010), (1325, 2003), (2250, 2018), (1, 1945), (1000, 2026)])
def test_numbers_of_others_do_not_fit_the_year(number, year):
    assert not fits_year(number, year)


@given(st.sampled_from("AE"), st.integers(1, 4000), st.integers(1, 63))
def test_what_fits_an_early_session_does_not_fit_a_much_later_one(body, number, session):
    if fits_session(body, number, session):
        assert not fits_session(body, number, session + 12)
