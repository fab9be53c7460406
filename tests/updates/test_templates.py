"""The language of the templates, on sentences small enough to read at once."""

import shutil

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.templates import (
    Said,
    Template,
    Test,
    Value,
    check_templates,
    dropped,
    parse,
    typographic_faults,
)
from sse_observatory.core import CatalogueError

Test.__test__ = False  # a statement of the template language, not a test of ours


def test_a_template_is_words_claims_that_are_printed_and_words_that_claim():
    pieces = parse("On {{ ins-a.adopted | day }} it was adopted [by consensus](evt-a.vote.mode = consensus).")

    assert pieces == (
        "On ",
        Value("ins-a.adopted", "day"),
        " it was adopted ",
        Said("by consensus", Test("evt-a.vote.mode", "=", "consensus")),
        ".",
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{{ ins-a.date | roman }}", "'roman' is not a form"),
        ("{{ ins a }}", "is not {{ path }}"),
        ("{{ ins-a.date", "a bracket that opens or closes nothing"),
        ("[words](ins-a is b)", "is not a path"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_words_concerned(written, told):
    with pytest.raises(ValueError, match=told.replace("{", r"\{").replace("}", r"\}")):
        parse(written)


@pytest.mark.parametrize(
    ("lang", "text", "right"),
    [
        ("fr", "Objet\u202f: la suite\u202f; fin", True),
        ("fr", "Objet : la suite", False),
        ("fr", "«\u202fTitre\u202f»", True),
        ("fr", "« Titre »", False),
        ("fr", "l'ESS", False),
        ("es", "«Título»: ¿cuándo?", True),
        ("es", "cuándo?", False),
        ("es", "“Título”", False),
        ("en", "“Title”: and so on", True),
        ("en", "Title : and so on", False),
        ("en", "two  spaces", False),
    ],
)
def test_typography_is_checked_as_an_editor_of_the_language_would(lang, text, right):
    assert (list(typographic_faults(text, lang)) == []) is right


def test_a_sentence_about_a_provision_must_name_each_of_its_conditions(packaged):
    kept = parse("States are helped [upon request](it.conditions has UPON_REQUEST).")
    lost = parse("States are helped.")
    feigned = parse("States are [gladly](it.conditions has UPON_REQUEST) helped.")
    texts = {
        "en": {"other": kept},
        "fr": {"other": parse("Les États sont aidés [à leur demande](it.conditions has UPON_REQUEST).")},
        "es": {"other": parse("Se ayuda a los Estados [cuando lo soliciten](it.conditions has UPON_REQUEST).")},
    }

    def told(english):
        template = Template("t", "s", {**texts, "en": {"other": english}}, about="prov-x")
        return [problem.what for problem in dropped(template, packaged.templates, ["UPON_REQUEST"])]

    assert told(kept) == []
    assert told(lost) == ["en: the sentence about prov-x drops the condition UPON_REQUEST"]
    assert told(feigned) == ["en: 'gladly' is not a known wording of the condition UPON_REQUEST"]


@pytest.fixture
def folder(tmp_path):
    """A copy of the catalogue in which a test spoils one sentence."""
    root = tmp_path / "catalogue"
    shutil.copytree(catalogue.PACKAGED, root)

    def spoil(file, old, new):
        path = root / "templates" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return catalogue.load(root)

    return spoil


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("briefing/decisions.toml", "The ILO has ", "The ILO (since 1919) has ", "a template holds no digits"),
        ("briefing/decisions.toml", "L’OIT compte {{ fact-s1-09.object.0 | number }} États", "L’OIT compte des États",
         "fr (other) and en do not make the same claims: fact-s1-09.object.0"),
        ("briefing/brief.toml", "rel-002)", "rel-999)", "there is no record 'rel-999'"),
        ("briefing/provisions.toml", "[upon request](it.conditions has UPON_REQUEST) and ", "",
         "do not make the same claims: it.conditions has UPON_REQUEST"),
        ("briefing/meeting.toml", 'fact-s1-04 = "fact-s1-04"', 'fact-s1-04 = "fact-s1-05"',
         "fact-s1-04 is to be stated by 'fact-s1-05', which the sentence does not claim"),
        ("briefing/strategy.toml", "needs =", "neds =", "neds is not understood"),
        ("areas.csv", "KEN,Kenya,in Kenya,le Kenya,au Kenya,Kenia,en Kenia\n", "", "the area has no forms"),
        ("areas.csv", "au Kenya", "", "fr_in is empty"),
        ("words.toml", '[title]\nen = "Briefing', '[title]\nen = ""\nxx = "Briefing', "unknown language"),
        ("conditions.toml", '"upon request"', '"on demand"', "is not a known wording of the condition UPON_REQUEST"),
    ],
)  # fmt: skip
def test_the_check_names_what_is_wrong(folder, file, old, new, told):
    spoilt = folder(file, old, new)

    problems = list(check_templates(spoilt.root, spoilt))

    assert any(told in problem.what for problem in problems), [problem.what for problem in problems]
    assert all(problem.file.startswith("templates/") and problem.todo for problem in problems)


def test_a_broken_sentence_does_not_load_and_says_where_it_stands(folder):
    spoilt = folder("briefing/decisions.toml", "[member-states]", "[member-states]\nopen = true")

    told = r"decisions.toml, line \d+, value 'member-states': open is not understood"
    with pytest.raises(CatalogueError, match=told):
        spoilt.templates  # noqa: B018


def test_the_packaged_sentences_are_in_order(packaged):
    assert list(check_templates(packaged.root, packaged)) == []
