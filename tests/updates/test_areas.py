"""Names with their articles and prepositions: they are data, and the grammars of French and Spanish check them."""

import re

import pytest

VOWEL = re.compile(r"[aàâeéèêiîoôuûhyAÀÂEÉÈÊIÎOÔUÛHY]")


@pytest.fixture(scope="module")
def areas(packaged):
    return {code: (forms.name, forms.form("in")) for code, forms in packaged.templates.areas.items()}


@pytest.mark.parametrize(
    ("code", "en", "fr", "es"),
    [
        ("KEN", "in Kenya", "au Kenya", "en Kenia"),
        ("TZA", "in the United Republic of Tanzania", "en République-Unie de Tanzanie",
         "en la República Unida de Tanzanía"),
        ("MDG", "in Madagascar", "à Madagascar", "en Madagascar"),
        ("COM", "in the Comoros", "aux Comores", "en las Comoras"),
        ("CIV", "in Côte d’Ivoire", "en Côte d’Ivoire", "en Côte d’Ivoire"),
        ("IRN", "in the Islamic Republic of Iran", "en République islamique d’Iran",
         "en la República Islámica del Irán"),
        ("PHL", "in the Philippines", "aux Philippines", "en Filipinas"),
        ("NLD", "in the Netherlands", "aux Pays-Bas", "en los Países Bajos"),
        ("SLV", "in El Salvador", "au Salvador", "en El Salvador"),
        ("CUB", "in Cuba", "à Cuba", "en Cuba"),
        ("HTI", "in Haiti", "en Haïti", "en Haití"),
        ("ISR", "in Israel", "en Israël", "en Israel"),
    ],
)  # fmt: skip
def test_in_a_country(areas, code, en, fr, es):
    place = areas[code][1]

    assert (place.en, place.fr, place.es) == (en, fr, es)


def test_every_area_but_the_invented_one_has_its_forms(areas, packaged):
    assert set(packaged.codelists["CL_AREA"].by_id) - set(areas) == {"XSO"}


def test_french_prepositions_follow_from_the_article(areas):
    """le → au, la → en (à for some islands), l’ → en, les → aux; no article → à, or en before a vowel."""
    for code, (name, place) in areas.items():
        article, _, bare = name.fr.partition(" ")
        if re.match(r"(dans|sur) ", place.fr):
            assert place.fr.split(" ", 1)[1] == name.fr, code
        elif article == "le":
            assert place.fr.startswith(f"au {bare.split(' et ')[0]}"), code
        elif article == "les":
            assert place.fr == f"aux {bare}", code
        elif article == "la":
            assert place.fr.startswith((f"en {bare.split('-et-')[0]}", f"à la {bare}")), code
        elif name.fr.startswith("l’"):
            assert place.fr.startswith(f"en {name.fr[2:].split(' et ')[0]}"), code
        else:
            assert place.fr == f"à {name.fr}" or (place.fr == f"en {name.fr}" and VOWEL.match(name.fr)), code


def test_a_french_article_elides_before_a_vowel(areas):
    for code, (name, _) in areas.items():
        assert not re.match(rf"(le|la) (?={VOWEL.pattern})", name.fr) or re.match(r"(le|la) [HY]", name.fr), code


def test_spanish_place_is_en_with_the_article_kept(areas):
    for code, (name, place) in areas.items():
        assert place.es == f"en {name.es}", code


def test_plural_names_take_plural_articles_in_spanish(areas):
    for code, (name, _) in areas.items():
        if name.es.startswith(("Islas ", "las ")):
            assert name.es.startswith("las "), code
        if re.search(r"^(Estados|Emiratos|Países) ", name.es):
            raise AssertionError(f"{code}: {name.es} lacks its article")


def test_typography_of_the_names(areas):
    for code, (name, place) in areas.items():
        for lang in ("en", "fr", "es"):
            assert "'" not in (name.get(lang) + place.get(lang)), code
