"""Which verb a paragraph opens with, and which further verbs it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from instruments.acts.writing import act, acts
from sse_observatory.catalogue.drafting import GAP, expand, spelt
from sse_observatory.instruments.acts.heads import heads
from sse_observatory.instruments.acts.lexicon import MODALS, lexicon
from sse_observatory.instruments.acts.tokens import Tokens

HERE = Path(__file__).parent


def lines(name: str) -> Iterator[tuple[str, str, str]]:
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            language, text, lemmas = line.split(" | ")
            yield language.strip(), text, lemmas


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_paragraph_is_read_with_the_verb_it_opens_with(language):
    cases = [(text, lemma) for lang, text, lemma in lines("openings.txt") if lang == language]
    wrong = [(text, lemma, found) for text, lemma in cases if (found := acts(language, text)[0].verb) != lemma]

    assert len(cases) > 90
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_further_verbs_are_found_and_nouns_clauses_and_quotations_are_not_taken_for_them(language):
    cases = [(text, lemmas) for lang, text, lemmas in lines("second_verbs.txt") if lang == language]
    wrong = []
    for text, lemmas in cases:
        found = ", ".join(act.verb for act in acts(language, text))
        if found != lemmas:
            wrong.append((text, lemmas, found))

    assert len(cases) > 10
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_lemma_of_the_catalogue_opens_a_paragraph_as_itself(language):
    known = lexicon(language)
    wrong = []
    for verb in known.drafting.verbs.values():
        if verb.id in MODALS:  # their subject stands before them
            continue
        for pattern in verb.lemmas[language]:
            for phrase, name in expand(pattern):
                text = f"{spelt(tuple(word for word in phrase if word != GAP)).capitalize()} …"
                found = [(head.verb.lemma, head.verb.code) for head in heads(Tokens(text), known)]
                if found[:1] != [(spelt(name), verb.id)]:
                    wrong.append((text, spelt(name), found))

    assert wrong == []


def test_the_modifier_is_told_from_the_words_that_grade():
    found = act("en", "Further strongly urges, once again, all States to publish their registers;")

    assert (found.verb, found.modifier, found.strength) == ("urges", "further", "CALL")
    assert found.degree == ("strongly", "once again")
    assert found.verb_text == "strongly urges"


@pytest.mark.parametrize(
    ("language", "text", "modifier"),
    [
        ("en", "Also requests the Office to act;", "also"),
        ("en", "Requests also the Office to act;", "also"),
        ("en", "Further requests the Office to act;", "further"),
        ("en", "Further also requests the Office to act;", "further"),
        ("en", "Requests the Office also to act;", None),
        ("fr", "Prie également le Bureau d’agir ;", "also"),
        ("fr", "Prie en outre le Bureau d’agir ;", "further"),
        ("fr", "Prie de plus le Bureau d’agir ;", "further"),
        ("es", "Pide también a la Oficina que actúe;", "also"),
        ("es", "Pide asimismo a la Oficina que actúe;", "also"),
        ("es", "Pide además a la Oficina que actúe;", "further"),
    ],
)
def test_also_and_further_are_known_in_three_languages(language, text, modifier):
    assert act(language, text).modifier == modifier


def test_a_verb_that_no_list_knows_is_given_as_printed_without_a_code():
    found = act("en", "Cherishes the memory of the founders;")

    assert (found.verb, found.code, found.strength) == ("cherishes", "", "UNCLASSIFIED")


@pytest.mark.parametrize(
    "text",
    [
        "Lessons from the past show the way.",
        "Efforts to combat poverty start at home.",
        "Elections to the Board.",
        "Towns and cities grow.",
        "Deserts cover a third of the land.",
        "Farmers, in particular smallholders, feed the world.",
        "In this regard, partnerships with the private sector help.",
    ],
)
def test_the_plural_of_a_noun_is_not_taken_for_a_verb_that_no_list_knows(text):
    assert acts("en", text) == ()


def test_the_name_of_states_is_no_verb_in_a_sentence_that_has_another():
    assert [a.verb for a in acts("en", "Would welcome pledges of Member States to the fund;")] == ["welcomes"]


def test_a_paragraph_without_a_verb_has_no_act():
    assert acts("en", "The Committee of Good Offices, now a commission of inquiry;") == ()


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("performative", "Requests the Office to act;"),
        ("declaration", "We request the Office to act."),
        ("report", "The Governing Body requested the Office to act."),
        ("passive", "The Office is requested to act."),
        ("modal", "The Office should act."),
    ],
)
def test_the_form_of_an_act_says_how_it_is_put(form, text):
    assert act("en", text).form == form


@pytest.mark.parametrize(
    ("language", "text", "lemmas"),
    [
        ("fr", "Toute la population bénéficie des ateliers.", []),
        ("fr", "Lire la carte est utile.", []),
        ("fr", "Ouverte à tous, l’école doit être gratuite.", ["doit"]),
        ("fr", "Ne pas oublier les filles est un devoir.", []),
        ("fr", "Partout où les moyens le permettent, des bourses seront créées.", ["sera"]),
        ("es", "Toda la población se beneficia.", []),
        ("es", "Parte de los fondos se destina a becas.", []),
        ("es", "Siempre que sea posible, la enseñanza será gratuita.", ["será"]),
    ],
)
def test_a_sentence_that_opens_like_an_unlisted_verb_has_none(language, text, lemmas):
    assert [head.verb.lemma for head in heads(Tokens(text), lexicon(language))] == lemmas
