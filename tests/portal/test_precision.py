"""What the portal says of the precision of an estimate, in each language."""

import re
from urllib.parse import urljoin

import pytest
from lxml import html

NARROW = "\u202f"
SAID = {
    "en": ("679,000 to 1,661,000", "CV 21.4%", "Use with caution", "95% confidence interval"),
    "fr": ("de 679 000 à 1 661 000", "CV 21,4 %", "À utiliser avec prudence", "Intervalle de confiance à 95 %"),
    "es": ("de 679 000 a 1 661 000", "CV 21,4 %", "Usar con precaución", "Intervalo de confianza del 95 %"),
}

CHANGED = {
    "en": "Change since the round before: −21,000 (standard error 180,000)",
    "fr": "Évolution depuis l’édition précédente : −21 000 (erreur type : 180 000)",
    "es": "Variación desde la edición anterior: −21 000 (error estándar: 180 000)",
}


def text(client, url):
    page = html.fromstring(client.get(url).getvalue().decode("utf-8"))
    return page, re.sub(r"\s+", " ", page.text_content().replace(NARROW, " ").replace("\u00a0", " "))


@pytest.mark.parametrize("lang", SAID)
def test_a_table_shows_interval_variation_and_class_of_an_estimate(client, lang):
    page, said = text(client, f"/{lang}/tables/DF_COOP_MEMBERS/?REF_AREA=XSO&SEX=*")
    interval, variation, named, _ = SAID[lang]
    cells = [c.text_content().strip() for c in page.xpath("//td[@class='precision']")]
    assert sum(bool(c) for c in cells) == 1 < len(cells)  # complete counts have none
    assert all(part in said for part in (interval, variation, named))


@pytest.mark.parametrize("lang", SAID)
def test_the_origin_of_an_estimate_says_its_interval_in_a_sentence(client, lang):
    _, said = text(
        client,
        f"/{lang}/tables/DF_COOP_MEMBERS/origin/?REF_AREA=XSO&FREQ=A&COVERAGE=REGISTER&PERIMETER=COOP-ICLS2018"
        "&MEASURE=MEMBERSHIPS&COOP_TYPE=_T&ACTIVITY=_T&SEX=M&REGION=_T&TIME_PERIOD=2024",
    )
    interval, variation, named, sentence = SAID[lang]
    assert sentence in said and interval in said and variation in said and named in said
    assert "CI_LOWER" not in said and "679000" not in said and "CHANGE" not in said
    assert CHANGED[lang] in said


def test_a_table_of_complete_counts_has_no_column_for_precision(client):
    page, _ = text(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO")
    assert page.xpath("//td[@class='number']") and not page.xpath("//td[@class='precision']")


LINES = {
    "en": ("Lines: 95% confidence intervals.", "with the 95% confidence interval",
           "1,170,000 u (679,000 to 1,661,000)"),
    "fr": ("Traits : intervalles de confiance à 95 %.", "avec l’intervalle de confiance à 95 %",
           "1 170 000 u (de 679 000 à 1 661 000)"),
    "es": ("Líneas: intervalos de confianza del 95 %.", "con el intervalo de confianza del 95 %",
           "1 170 000 u (de 679 000 a 1 661 000)"),
}  # fmt: skip


@pytest.mark.parametrize("lang", LINES)
def test_the_chart_of_estimates_has_their_intervals_also_for_those_who_do_not_see_it(client, lang):
    page, _ = text(client, f"/{lang}/tables/DF_COOP_MEMBERS/?REF_AREA=XSO&SEX=*&COOP_TYPE=_T")
    lines, heading, told = LINES[lang]
    [figure] = page.xpath("//figure[contains(@class, 'chart')]")
    [image] = figure.xpath(".//img")
    said = re.sub(r"\s+", " ", figure.text_content().replace(NARROW, " "))

    assert lines in image.get("alt").replace(NARROW, " ")
    assert heading in said and told in said
    drawn = client.get(urljoin(f"/{lang}/tables/DF_COOP_MEMBERS/", image.get("src")))
    assert lines in drawn.getvalue().decode().replace(NARROW, " ")


def test_the_chart_of_complete_counts_speaks_of_no_intervals(client):
    page, said = text(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO")
    assert page.xpath("//figure[contains(@class, 'chart')]") and "confidence interval" not in said
