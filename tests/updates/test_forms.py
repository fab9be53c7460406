"""How a claim is printed, by examples that an editor of each language would accept."""

from datetime import date
from decimal import Decimal

import pytest

from sse_observatory.catalogue.portfolio import When
from sse_observatory.core import Text
from sse_observatory.updates.forms import Unprintable, magnitude, polished, printed, sorted_names

WIDE, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("value", "form", "en", "fr", "es"),
    [
        (date(2023, 5, 1), "day", f"1{WIDE}May 2023", f"1er{WIDE}mai 2023", f"1{WIDE}de mayo de 2023"),
        (When.parse("2023-05-19"), "date", f"19{WIDE}May 2023", f"19{WIDE}mai 2023", f"19{WIDE}de mayo de 2023"),
        (When.parse("2023-05"), "date", "May 2023", "mai 2023", "mayo de 2023"),
        (When.parse("2023-05"), "Date", "May 2023", "Mai 2023", "Mayo de 2023"),
        (When.parse("2023-05-19"), "year", "2023", "2023", "2023"),
        (7, "words", "seven", "sept", "siete"),
        (10, "words", "10", "10", "10"),
        (0, "tally", "none", "zéro", "ninguno"),
        (175, "tally", "175", "175", "175"),
        (110, "ordinal", "110th", "110e", "110.ª"),
        (21, "ordinal", "21st", "21e", "21.ª"),
        (112, "ordinal", "112th", "112e", "112.ª"),
        (81, "ordinalm", "81st", "81e", "81.er"),
        (79, "ordinalm", "79th", "79e", "79.º"),
        (8551, "number", "8,551", f"8{NARROW}551", "8551"),
        (Text("Title", "Titre", "Título"), "quoted", "“Title”", f"«{NARROW}Titre{NARROW}»", "«Título»"),
        (("fr", "en"), "labels", "French and English", "français et anglais", "francés e inglés"),
        (("KEN", "TZA"), "name", "Kenya and the United Republic of Tanzania",
         "le Kenya et la République-Unie de Tanzanie", "Kenia y la República Unida de Tanzanía"),
        ("AFRICA_GROUP", "of", "of the Africa group", "du groupe de l’Afrique", "del grupo de África"),
    ],
)  # fmt: skip
def test_forms(packaged, value, form, en, fr, es):
    assert tuple(printed(value, form, lang, packaged.templates).text for lang in ("en", "fr", "es")) == (en, fr, es)


def test_a_title_without_translation_is_printed_in_the_language_it_has_and_marked(packaged):
    found = printed(Text("Title"), "quoted", "fr", packaged.templates)

    assert (found.text, found.language) == (f"«{NARROW}Title{NARROW}»", "en")


@pytest.mark.parametrize(
    ("value", "form"),
    [(When.parse("2023-05"), "day"), ("no date", "year"), ((), "list"), ("XSO", "in"), (True, "number")],
)
def test_a_value_that_does_not_fit_its_form_says_so(packaged, value, form):
    with pytest.raises(Unprintable, match=f"cannot be printed as {form}"):
        printed(value, form, "en", packaged.templates)


def test_titles_of_records_get_the_spaces_of_french():
    assert polished("L'ESS : « suite »", "fr") == f"L’ESS{NARROW}: «{NARROW}suite{NARROW}»"


@pytest.mark.parametrize(
    ("value", "multiplier", "decimals", "en", "fr", "es"),
    [
        ("4.3", 6, 1, "4.3 million", "4,3 millions", "4,3 millones"),
        ("1", 6, 0, "1 million", "1 million", "1 millón"),
        ("1.5", 6, 1, "1.5 million", "1,5 million", "1,5 millones"),
        ("12868", 0, 0, "12,868", "12 868", "12 868"),
        ("60", 3, 0, "60,000", "60 000", "60 000"),
    ],
)
def test_magnitudes(value, multiplier, decimals, en, fr, es):
    made = [magnitude(Decimal(value), multiplier, decimals, lang) for lang in ("en", "fr", "es")]

    assert [text.replace(WIDE, " ").replace(NARROW, " ") for text in made] == [en, fr, es]


def test_names_are_sorted_with_accents_aside():
    assert sorted_names({"a": "Égypte", "b": "Eswatini", "c": "Djibouti"}, "fr") == ["c", "a", "b"]
