"""How numbers, dates and periods are written in each language."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory import figures

NARROW = "\u202f"


@pytest.mark.parametrize(
    ("value", "decimals", "en", "fr", "es"),
    [
        ("4374", None, "4,374", f"4{NARROW}374", "4374"),
        ("145981741", None, "145,981,741", f"145{NARROW}981{NARROW}741", f"145{NARROW}981{NARROW}741"),
        ("10000", None, "10,000", f"10{NARROW}000", f"10{NARROW}000"),
        ("2.8", 1, "2.8", "2,8", "2,8"),
        ("1234.5", 2, "1,234.50", f"1{NARROW}234,50", "1234,50"),
        ("-12", None, "−12", "−12", "−12"),
        ("0", None, "0", "0", "0"),
        ("5.500000", None, "5.5", "5,5", "5,5"),
    ],
)
def test_each_language_writes_a_number_its_own_way(value, decimals, en, fr, es):
    written = [figures.number(Decimal(value), lang, decimals) for lang in ("en", "fr", "es")]

    assert written == [en, fr, es]


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3), st.sampled_from(["en", "fr", "es"]))
def test_a_written_number_reads_back_as_the_same_number(value, lang):
    text = figures.number(value, lang, 3).replace(NARROW, "").replace("\u2212", "-")
    text = text.replace(",", "") if lang == "en" else text.replace(",", ".")

    assert Decimal(text) == value


def test_the_first_day_of_a_month_is_an_ordinal_in_french_only():
    first, eleventh = date(2026, 11, 1), date(2026, 11, 11)

    assert [figures.day(first, lang) for lang in ("en", "fr", "es")] == [
        "1 November 2026", "1er novembre 2026", "1 de noviembre de 2026",
    ]
    assert figures.day(eleventh, "fr") == "11 novembre 2026"


def test_a_quarter_is_written_in_words_and_an_unknown_form_stays_as_it_is():
    assert figures.period("2023-Q2", "fr") == "2023, trimestre 2"
    assert figures.period("2023-06", "es") == "junio de 2023"
    assert figures.period("2023", "en") == "2023"
    assert figures.period("soon", "en") == "soon"


def test_zero_is_singular_in_french_and_plural_in_english_and_spanish():
    assert [figures.plural(0, lang) for lang in ("en", "fr", "es")] == ["other", "one", "other"]
    assert figures.plural(1_000_000, "fr") == "other"
