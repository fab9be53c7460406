"""What the check of the catalogue says about a lexicon in which something is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.drafting import DUE_RULES, check_drafting, expand, load_drafting, words
from sse_observatory.core import LANGUAGES, CatalogueError
from sse_observatory.instruments.acts import lexicon


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue with the packaged lexicon, to be broken by a test."""
    shutil.copytree(catalogue.PACKAGED / "drafting", tmp_path / "drafting")
    return tmp_path


def edited(folder: Path, name: str, change: Callable[[str], str]) -> list[str]:
    """What the check says after one file was changed."""
    path = folder / "drafting" / name
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")
    return [str(problem) for problem in check_drafting(folder, catalogue.load(folder))]


def test_the_packaged_lexicon_is_in_order(folder):
    assert list(check_drafting(folder, catalogue.load(folder))) == []


def test_a_lemma_in_two_places_is_reported_with_both(folder):
    [problem] = edited(folder, "verbs.toml", lambda t: t.replace('en = ["adopts"]', 'en = ["adopts", "decides"]'))

    assert "ADOPT.en" in problem
    assert "'decides' (en) stands in DECIDE already" in problem
    assert "verbs.toml, line" in problem


def test_a_verb_without_strength_is_reported_and_cannot_be_loaded(folder):
    def weaken(text: str) -> str:
        return text.replace('[ADOPT]\nlabel = { en = "adopts", fr = "adopte", es = "adopta" }\nstrength = "DECIDE"\n',
                            '[ADOPT]\nlabel = { en = "adopts", fr = "adopte", es = "adopta" }\n')  # fmt: skip

    [problem] = edited(folder, "verbs.toml", weaken)

    assert "ADOPT.strength: the verb has no strength" in problem
    with pytest.raises(CatalogueError, match="no strength"):
        load_drafting(folder, catalogue.load(folder))


def test_a_verb_of_the_list_has_a_place_on_the_scale(folder):
    problems = edited(folder, "verbs.toml", lambda t: t.replace('strength = "INVITE"', 'strength = "UNCLASSIFIED"'))

    assert any("there is no strength 'UNCLASSIFIED'" in problem for problem in problems)


def test_a_strength_that_is_not_on_the_scale_is_reported(folder):
    problems = edited(folder, "verbs.toml", lambda t: t.replace('strength = "INVITE"', 'strength = "INVITES"'))

    assert any("there is no strength 'INVITES'" in problem for problem in problems)


def test_a_missing_language_is_reported(folder):
    [problem] = edited(folder, "verbs.toml", lambda t: t.replace('es = ["adopta"]\n', ""))

    assert "ADOPT.es: es has no list of phrases" in problem


def test_a_condition_without_a_label_is_reported(folder):
    def unlabel(text: str) -> str:
        first = text.index("label = ", text.index("[UPON_REQUEST]"))
        return text[:first] + text[text.index("\n", first) + 1 :]

    [problem] = edited(folder, "conditions.toml", unlabel)

    assert "UPON_REQUEST.label" in problem


def test_a_label_that_lacks_a_language_is_an_error(folder):
    [problem] = edited(folder, "addressees.toml", lambda t: t.replace(', es = "Gobiernos" }', " }"))

    assert problem.startswith("error:")
    assert "the label is missing in es" in problem


def test_an_unknown_key_notation_and_form_are_reported(folder):
    [key] = edited(folder, "verbs.toml", lambda t: t.replace("[ADOPT]\n", "[ADOPT]\nforce = 3\n"))
    assert "unknown key 'force'" in key
    [_, notation] = edited(folder, "verbs.toml", lambda t: t.replace('en = ["adopts"]', 'en = ["adopts (the"]'))
    assert "the notation of 'adopts (the' is not understood" in notation
    [_, _, form] = edited(
        folder, "forms.toml", lambda t: t.replace('decides = ["decide", "decided"', 'decides = ["decide"')
    )
    assert "the forms of 'decides' are not complete" in form
    assert "plural, past, participle, gerund" in form


def test_a_rule_of_due_dates_without_a_label_is_reported(folder):
    [problem] = edited(folder, "rules.toml", lambda t: t.replace("[DAY_STATED]", "[STATED]"))

    assert "the rule DAY_STATED has no label" in problem


@pytest.mark.parametrize("name", ["verbs.toml", "forms.toml", "openers.toml", "conditions.toml", "rules.toml"])
def test_a_missing_file_is_reported_as_missing(folder, name):
    (folder / "drafting" / name).unlink()

    problems = [str(problem) for problem in check_drafting(folder, catalogue.load(folder))]

    assert any(name in problem and "the file is missing" in problem for problem in problems)


@pytest.mark.parametrize(
    ("pattern", "phrases"),
    [
        ("takes note", {"takes note"}),
        ("where/as appropriate", {"where appropriate", "as appropriate"}),
        ("within (their) mandates", {"within mandates", "within their mandates"}),
        ("demande (de nouveau/très) instamment",
         {"demande instamment", "demande de nouveau instamment", "demande très instamment"}),
        ("expresses ~ concern", {"expresses ~ concern"}),
        ("s'engage", {"s' engage"}),
    ],
)  # fmt: skip
def test_the_notation_of_phrases(pattern, phrases):
    assert {" ".join(phrase) for phrase, _ in expand(pattern)} == phrases


def test_a_phrase_is_named_without_what_may_be_absent_unless_a_name_is_given():
    assert {name for _, name in expand("prie (très) instamment")} == {("prie", "instamment")}
    assert {name for _, name in expand("exprime ~ crainte/souci = exprime sa préoccupation")} == {
        words("exprime sa préoccupation")
    }


def test_every_term_has_a_code_in_its_codelist():
    loaded = catalogue.load(catalogue.PACKAGED)

    assert {code.id for code in loaded.codelists["CL_ACT_VERB"]} == set(loaded.drafting.verbs)
    assert {code.id for code in loaded.codelists["CL_VERB_STRENGTH"]} == set(loaded.drafting.strengths)
    assert {code.id for code in loaded.codelists["CL_CONDITION"]} == set(loaded.drafting.conditions)
    assert {code.id for code in loaded.codelists["CL_ADDRESSEE"]} == set(loaded.drafting.addressees)
    assert {code.id for code in loaded.codelists["CL_DUE_RULE"]} == set(loaded.drafting.rules) == set(DUE_RULES)


def test_the_scale_runs_from_decisions_to_statements():
    drafting = catalogue.load(catalogue.PACKAGED).drafting

    assert list(drafting.strengths) == [
        "DECIDE", "REQUEST", "CALL", "INVITE", "ENCOURAGE", "RECOMMEND", "STATE", "UNCLASSIFIED",
    ]  # fmt: skip
    assert [drafting.rank(strength) for strength in drafting.strengths] == [*range(1, 8), None]


def test_the_forms_of_every_verb_are_written_in_its_language():
    drafting = catalogue.load(catalogue.PACKAGED).drafting

    for language in LANGUAGES:
        first_words = {
            phrase[1] if phrase[0] in ("se", "s'") and len(phrase) > 1 else phrase[0]
            for verb in drafting.verbs.values()
            for pattern in verb.lemmas[language]
            for phrase, _ in expand(pattern)
        }
        unused = set(drafting.forms[language]) - first_words
        assert unused == set(), language


def test_a_translator_may_add_a_verb_and_it_is_read(folder):
    path = folder / "drafting" / "verbs.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('en = ["adopts"]', 'en = ["adopts", "christens"]'), encoding="utf-8")

    compiled = lexicon.compiled(load_drafting(folder, catalogue.load(folder)), "en")
    found = compiled.verbs.longest(["christens", "the", "fund"], 0)

    assert found is not None
    assert (found.value.code, found.value.lemma) == ("ADOPT", "christens")
