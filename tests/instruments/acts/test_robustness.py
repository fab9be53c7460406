"""Whatever the text, reading ends, in time in proportion to its length, and its places are in the text."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.acts.writing import acts, element
from sse_observatory.instruments.acts import Context, acts_of

LANGUAGES = ("en", "fr", "es")
WORDS = {
    "en": "requests the Secretary-General Member States to report , and ; : . ( ) “ ” decides that which within "
    "existing resources by 2030 at its eighty-first session every year in consultation with also further strongly "
    "expresses its concern notes calls upon for takes should is invited we as appropriate where",
    "fr": "prie le Secrétaire général les États Membres de faire rapport , et ; : . ( ) « » décide que qui dans les "
    "limites des ressources existantes d’ici à 2030 à sa quatre-vingtième session chaque année en consultation avec "
    "également en outre instamment exprime sa préoccupation note demande devrait sont invités nous",
    "es": "pide al Secretario General a los Estados Miembros que presente , y ; : . ( ) « » decide que cual dentro de "
    "los límites de los recursos existentes para 2030 en su octogésimo período de sesiones cada año en consulta con "
    "también además encarecidamente expresa su preocupación toma nota debería se invita nos",
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LANGUAGES), st.data())
def test_any_jumble_of_drafting_words_gives_acts_whose_places_lie_in_the_text(language, data):
    words = data.draw(st.lists(st.sampled_from(WORDS[language].split()), min_size=1, max_size=60))
    text = " ".join(words)

    found = acts(language, text)

    assert len({act.id for act in found}) == len(found)
    for before, after in pairwise(found):
        assert before.span.end <= after.span.start
    for act in found:
        for part in (*act.addressees, *act.conditions, *act.measures, *act.references):
            assert act.span.start <= part.span.start < part.span.end <= act.span.end
            assert part.text == part.span.of(text)
        assert act.verb_text in text
        assert act.action in text


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LANGUAGES), st.text(max_size=300))
def test_any_text_is_read_without_an_error(language, text):
    for act in acts(language, text):
        assert 0 <= act.span.start < act.span.end <= len(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_decomposed_accents_unusual_hyphens_and_apostrophes_change_nothing(language):
    text = {"en": "Requests the Secretary-General to act, where appropriate;",
            "fr": "Demande à l’Assemblée générale d’étudier la question, s’il y a lieu ;",
            "es": "Exhorta al Secretario General a que actúe, según proceda, en su septuagésimo período de sesiones;"}[
        language]  # fmt: skip
    plain = acts(language, text)
    odd = unicodedata.normalize("NFD", text).replace("-", "\u2011").replace("’", "'")

    [found] = acts(language, odd)

    assert [(a.verb, [x.term for x in a.addressees], [c.term for c in a.conditions]) for a in plain] == [
        (found.verb, [x.term for x in found.addressees], [c.term for c in found.conditions])
    ]
    assert plain[0].deadline is None or found.deadline is not None


LONG = {
    "commas": "Requests the Office to act" + ", and" * 20_000,
    "verbs": "Requests " * 20_000,
    "and requests": "Requests the Office to act" + ", and requests the Office to act" * 4_000,
    "gaps": "Expresses its " + "very " * 40_000 + "concern;",
    "parentheses": "Requests the Office " + "(" * 40_000,
    "quotation marks": "Requests the Office “" * 10_000,
    "conditions": "Requests the Office, in consultation with States, " * 4_000,
    "run-ons": "Requests the Office, taking into account" + " the needs of members" * 10_000,
    "addressees": "Invites " + "Member States, " * 10_000 + "to act;",
    "clauses": "Notes that " + "which that who " * 15_000 + "and requests States to act;",
    "dates": "Requests the Office to report by the end of " * 4_000,
    "sessions": "Requests the Office to report at its eighty-first " * 4_000,
    "adjuncts": "In this regard, also further strongly " * 5_000 + "requests the Office to act;",
    "one word": "a" * 200_000,
    "digits": "1" * 200_000,
    "apostrophes": "l'" * 60_000,
    "we": "We, " + "the Ministers, " * 10_000 + "reaffirm our commitment.",
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_pathological_paragraphs_are_read_to_their_end(name):
    # Long enough that reading in more than linear time would not end while one waits.
    text = LONG[name]

    found = acts_of(element("op1", text), Context("en"))

    assert len(found) <= text.count(" ") + 1
    assert all(act.span.end <= len(text) for act in found)
