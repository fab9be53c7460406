"""Session arithmetic against sessions that were held."""

from datetime import date

import pytest

from sse_observatory.instruments.sessions import assembly, assembly_session_on, session

OPENED = {
    75: date(2020, 9, 15), 76: date(2021, 9, 14), 77: date(2022, 9, 13), 78: date(2023, 9, 5), 79: date(2024, 9, 10),
    80: date(2025, 9, 9),
}  # fmt: skip


@pytest.mark.parametrize(("number", "day"), OPENED.items())
def test_sessions_of_the_general_assembly_open_on_the_tuesday_of_the_rule(number, day):
    assert assembly(number).opens == day
    assert assembly(number).year == day.year
    assert assembly_session_on(day) == number
    assert assembly(number - 1).closes == date.fromordinal(day.toordinal() - 1)


def test_before_the_rule_only_the_year_is_told():
    assert (assembly(21).year, assembly(21).opens) == (1966, None)
    assert assembly(1).year == 1946
    assert assembly_session_on(date(1966, 12, 17)) == 21


@pytest.mark.parametrize(
    ("body", "number", "year"),
    [
        ("A/HRC", 50, 2022), ("A/HRC", 52, 2023), ("A/HRC", 58, 2025), ("ILO/GB", 343, 2021), ("ILO/GB", 346, 2022),
        ("ILO/GB", 349, 2023), ("ILO/ILC", 110, 2022), ("ILO/ILC", 108, 2019), ("ILO/ICLS", 20, 2018), ("ILO/ICLS",
        21, 2023),
        ("E/CN.3", 55, 2024), ("E", 2024, 2024),
    ],
)  # fmt: skip
def test_sessions_of_other_bodies(body, number, year):
    assert session(body, number).year == year


@pytest.mark.parametrize(
    ("body", "number"), [("ILO/GB", 309), ("A/HRC", 3), ("ILO/ILC", 80), ("A", 0), ("XX", 5), ("E", 12)]
)
def test_no_rule_no_year(body, number):
    assert session(body, number) is None
