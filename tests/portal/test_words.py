"""Interface strings: complete, used, and set as an editor of each language would."""

import re
from pathlib import Path

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.interface import check_interface

PORTAL = Path(catalogue.__file__).parent.parent / "portal"


@pytest.fixture(scope="module")
def strings():
    return catalogue.load().interface


def used_keys():
    """Keys as they stand in templates and code; an f-string's mark stands for any word."""
    templates = "\n".join(p.read_text() for p in PORTAL.rglob("*.html"))
    code = "\n".join(p.read_text() for p in PORTAL.parent.rglob("*.py"))
    found = set(re.findall(r'\{% tn? "([a-z0-9_.]+)"', templates))
    found |= {f"{group}.{{code}}" for group in re.findall(r'\{% tk "([a-z_]+)"', templates)}
    found |= set(re.findall(r'[sS]ay(?:_count)?\(\s*f?["\']([a-z0-9_.{}\'\[\]]+?)["\']', code))
    found |= {"error.{kind}.title", "error.{kind}.what", "error.{kind}.todo"}
    return {key for key in found if not key.startswith("{")}


def named_keys():
    """Keys that stand in code by themselves or as an f-string: passed on, and said elsewhere."""
    code = "\n".join(p.read_text() for p in PORTAL.parent.rglob("*.py"))
    yields = {f"field.{name}" for name in re.findall(r'yield (?:f?)"([a-z_{}.]+)"', code)}
    looped = {f"field.{name}" for names in re.findall(r"for name in \(([^)]+)\)", code)
              for name in re.findall(r'"([a-z_]+)"', names)}
    columns = {f"column.{name}" for name in re.findall(r'(?:Column|Narrow)\(\s*"([a-z_]+)"', code)}
    heads = {f"column.{name}" for names in re.findall(r"heads = \(([^)]+)\)", code)
             for name in re.findall(r'"([a-z_]+)"', names)}
    told = {f"field.{name}" for name in ("adopted", "committee_approved")}
    schema = {f"edit_field.{name}" for name in schema_fields()}
    return {
        *re.findall(r'"([a-z_]+\.(?:[a-z0-9_.-]|\{[^{}"\n]*\})+)"', code), *yields, *looped, *columns, *heads, *told,
        *schema,
    }


def schema_fields():
    """The names of all fields of records and their parts: the form of the desk labels them."""
    from sse_observatory.catalogue.portfolio import model

    return {name for cls in vars(model).values() for name in getattr(cls, "__dataclass_fields__", {})}


def test_the_strings_are_complete_in_three_languages_with_the_same_marks():
    loaded = catalogue.load()

    assert list(check_interface(loaded.root, loaded)) == []


def test_every_string_a_page_asks_for_exists(strings):
    missing = [
        key for key in used_keys()
        if "{" not in key and key not in strings and not {f"{key}.one", f"{key}.other"} <= set(strings)
    ]

    assert missing == []


def test_every_string_is_used(strings):
    patterns = [re.compile(re.sub(r"\\\{.*?\\\}", r"[a-z_0-9-]+", re.escape(key)) + r"(\.one|\.other)?")
                for key in used_keys() | named_keys()]
    own = {key for key in strings if not key.startswith("method.")}  # those stand in traces: pipelines use them
    unused = [key for key in own if not any(p.fullmatch(key) for p in patterns)]

    assert unused == []


def test_a_string_with_one_form_has_the_other(strings):
    for key in strings:
        stem, _, form = key.rpartition(".")
        if form == "one" or (form == "other" and "{count}" in strings[key].en):
            assert {f"{stem}.one", f"{stem}.other"} <= set(strings)


def test_french_has_typographic_apostrophes_and_narrow_spaces_at_its_punctuation(strings):
    for key, text in strings.items():
        assert "'" not in text.fr, key
        assert not re.search("[^\u202f/0-9\\]]:(?!//)|[^\u202f][;?!»]", text.fr), f"{key}: {text.fr}"
        assert not re.search("«[^\u202f]", text.fr), key


def test_spanish_questions_and_exclamations_open_as_well_as_close(strings):
    for key, text in strings.items():
        assert text.es.count("?") == text.es.count("¿"), key
        assert text.es.count("!") == text.es.count("¡"), key


def test_english_has_typographic_apostrophes_and_no_space_before_punctuation(strings):
    for key, text in strings.items():
        assert "'" not in text.en, key
        assert not re.search(r"\s[;:?!]", text.en), key


def test_strings_that_are_sentences_end_alike_in_three_languages(strings):
    for key, text in strings.items():
        ends = {text.en[-1] in ".:?", text.fr[-1] in ".:?", text.es[-1] in ".:?"}
        assert len(ends) == 1, key


@pytest.mark.parametrize(
    ("before", "after"),
    [("Qui : quoi ?", "Qui\u202f: quoi\u202f?"), ("« oui »", "«\u202foui\u202f»"), ("10:30", "10:30")],
)
def test_french_punctuation_of_other_texts_is_set_at_the_edge(django_ready, before, after):
    from sse_observatory.portal.words import typeset

    assert typeset(before, "fr") == after
    assert typeset(before, "en") == before
