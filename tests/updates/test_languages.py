"""The three languages of a briefing make the same claims, each as its editor would print it."""

import re

import pytest

from sse_observatory.catalogue.templates import typographic_faults
from sse_observatory.updates.render import setting

GROUPS = ["AFRICA_GROUP", "ASPAG", "GRULAC", "EUROPE_GROUP", "ILO_AMERICAS", "ILO_ARAB_STATES", "EU27_2020"]
ELISION = re.compile(r"\b(de|que|ne|le|la) (?=[aeiouéèêàâîôûAEIOUÉÈÀÎ])(?!onz|oui|un[ ,]|une )")
DAYS = ["2022-02-01", "2022-12-01", "2023-05-19", "2024-01-30", "2024-10-20", "2025-03-01", "2026-11-21"]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("group", GROUPS)
def test_the_same_claims_in_each_language(build, group, day):
    document = build(group, day)

    for sentence in document.sentences():
        made = {lang: {run.claim for run in sentence.runs[lang]} - {None} for lang in document.languages}
        assert made["en"] == made["fr"] == made["es"] == set(sentence.claims), sentence.template


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("group", ["AFRICA_GROUP", "EUROPE_GROUP"])
def test_every_sentence_is_printed_as_its_language_prints(build, group, day):
    document = build(group, day)

    for sentence in document.sentences():
        for lang in document.languages:
            text = setting.plain(document, sentence, lang)
            assert list(typographic_faults(text, lang)) == [], (sentence.template, lang, text)
            assert not re.search(r"[{}]|\b(None|True|False)\b", text), text
            assert not re.search(r"\s[.,]|\.\.|,,", text), text
            if lang == "fr":
                assert not ELISION.search(text), text


@pytest.mark.parametrize("day", DAYS)
def test_no_translation_is_missing(build, day):
    document = build("AFRICA_GROUP", day)

    missing = {
        (sentence.template, lang, run.text)
        for sentence in document.sentences() for lang in document.languages for run in sentence.runs[lang]
        if run.language is not None
    }  # fmt: skip

    assert missing == set()


def test_numbers_and_dates_are_those_of_the_language(build):
    document = build("EUROPE_GROUP", "2026-11-21")
    texts = {lang: " ".join(s.text(lang) for s in document.sentences()) for lang in document.languages}

    assert "19\u00a0December 2024" in texts["en"]
    assert "19\u00a0décembre 2024" in texts["fr"]
    assert "19\u00a0de diciembre de 2024" in texts["es"]
    assert "59,027" in texts["en"]
    assert "59\u202f027" in texts["fr"]
    assert "59\u202f027" in texts["es"]
    assert "6.6\u00a0million" in texts["en"]
    assert "6,6\u00a0millions" in texts["fr"]
    assert "6,6\u00a0millones" in texts["es"]


ENGLISH = re.compile(
    r"\b(the|of|and|with|from|which|their|this|by|was|were|have|published|undated|retrieved|party|inferred|report|"
    r"countries|country|cooperatives|survey|register)\b",
    re.I,
)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("group", GROUPS)
def test_no_english_is_left_in_french_and_spanish(build, group, day):
    """Names of newspapers and universities aside, what stays in English is marked with its language."""
    document = build(group, day)

    for lang in ("fr", "es"):
        for sentence in document.sentences():
            for run in sentence.runs[lang]:
                assert run.language or not ENGLISH.search(run.text), (sentence.template, run.text)
        for source in document.sources:
            entry = setting.entry(document, source, lang)
            assert (entry.language is not None) == bool(entry.mark), entry.title
            assert not ENGLISH.search(entry.details.replace(source.publisher[lang], "")), entry.details
            assert entry.language or len(ENGLISH.findall(entry.title)) <= 2, entry.title
        note = setting.sources_note(document, lang)
        assert "(en)" in note
        assert not ENGLISH.search(note)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("group", GROUPS)
def test_an_abbreviation_is_spelled_out_where_it_is_first_used(build, group, day):
    document = build(group, day)

    for lang, short in (("en", ("ILO", "SSE")), ("fr", ("OIT", "ESS")), ("es", ("OIT", "ESS"))):
        text = " ".join(s.text(lang) for s in document.sentences())
        for abbreviation in short:
            first = re.search(rf"\b{abbreviation}\b", text)
            assert text[first.start() - 1] == "(", (lang, text[max(first.start() - 60, 0) : first.end() + 5])


@pytest.mark.parametrize("group", GROUPS)
def test_no_sentence_stands_twice_outside_tables(build, group):
    for day in DAYS:
        document = build(group, day)
        for lang in document.languages:
            told = [s.text(lang) for s in document.sentences() if not s.template.startswith(("row-", "due-"))]
            assert len(told) == len(set(told))
