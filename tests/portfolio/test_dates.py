"""Days as sources give them, and days that texts mention."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.catalogue.portfolio import Foreseen, When
from sse_observatory.catalogue.portfolio.mentions import dates_in
from sse_observatory.figures import formats


def test_a_year_a_month_and_a_day_have_their_first_and_last_day():
    assert (When.parse("2023").first, When.parse("2023").last) == (date(2023, 1, 1), date(2023, 12, 31))
    assert (When.parse("2024-02").first, When.parse("2024-02").last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert When.parse("2023-04-18").first == When.parse("2023-04-18").last == date(2023, 4, 18)


@pytest.mark.parametrize(
    "wrong", ["2023-02-30", "2023-13", "2023-00-01", "23", "2023-4-18", "18.4.2023", "", "2023-04-"]
)
def test_a_day_that_does_not_exist_or_another_form_is_refused(wrong):
    with pytest.raises(ValueError, match=r"is not a date|there is no day"):
        When.parse(wrong)


def test_what_is_foreseen_is_not_what_happened():
    assert Foreseen.parse("2029") != When.parse("2029")
    assert When.of(date(2023, 4, 18)) == When.parse("2023-04-18")


@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)), lang=st.sampled_from(["en", "fr", "es"]))
def test_a_day_written_as_the_house_writes_it_is_found_in_a_text(day, lang):
    text = f"… {formats.day(day, lang)}, …"

    assert list(dates_in(text, lang)) == [When.of(day)]


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [
        ("en", "Observed in March 2023 and on 1st May 2024.", ["2023-03", "2024-05-01"]),
        ("fr", "Le 1er novembre 2023, puis en août 2024.", ["2023-11-01", "2024-08"]),
        ("es", "El 1 de noviembre de 2023 y en agosto de 2024.", ["2023-11-01", "2024-08"]),
        ("en", "C/2023/1344 and A/RES/2152 hold no date; the plan 2023-2029 holds two.", ["2023", "2029"]),
    ],
)
def test_months_and_years_are_found_and_symbols_are_not(lang, text, found):
    assert [when.code for when in dates_in(text, lang)] == found
