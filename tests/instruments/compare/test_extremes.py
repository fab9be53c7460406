"""Texts nobody would write: nothing breaks, and what is long stays bounded."""

import json
import random

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instruments.built import instrument
from instruments.compare import written
from sse_observatory import instruments
from sse_observatory.core import InputError
from sse_observatory.instruments.compare import Change, compare, page, terminal
from sse_observatory.instruments.compare.chains import chain
from sse_observatory.instruments.compare.relations import propose
from sse_observatory.instruments.compare.travelling import travelling
from sse_observatory.instruments.export import comparison_to_json, schema, to_akn, to_csv, to_json, to_json_ld

COMPARISON = jsonschema.Draft202012Validator(schema("comparison"))


def everything(old, new):
    """Every view and export of two texts and their comparison."""
    comparison = compare(old, new)
    value = json.loads(json.dumps(comparison_to_json(comparison)))
    COMPARISON.validate(value)
    for lang in ("en", "fr", "es"):
        page.document(comparison, lang)
        list(terminal.wrapped(terminal.lines(comparison, lang, full=True), 40))
    chain([old, new, old])
    propose([old, new])
    travelling([old, new])
    for text in (old, new):
        to_akn(text), to_csv([text]), to_json(text), to_json_ld(text)
    return comparison


WORDS = [
    "The General Assembly,",
    "Recalling",
    "resolution 77/281",
    "1.",
    "2.",
    "(a)",
    "i)",
    "Encourages",
    "to consider",
    "Décide",
    "Solicita",
    "where appropriate",
    "Annex",
    "\n",
    "\n\n",
    " ",
    "\u200f",
    "\ud7ff",
    "е́",
    "½",
    "\x00",
    "<b>",
]
odd = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), min_size=1, max_size=30).map(" ".join)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd, odd)
def test_no_text_that_can_be_read_breaks_what_follows(one, other):
    try:
        old, new = (instruments.read_text(t, language="en") for t in (one, other))
    except InputError:
        return
    everything(old, new)


@pytest.mark.parametrize("lines", [[], [""], ["1."], ["1. x"], ["(a)"], ["# t"], ["1. a", "1. a"]])
def test_texts_of_hardly_anything(lines):
    text = instrument(lines[:1])
    comparison = everything(text, text)

    assert set(comparison.counts) <= {Change.UNCHANGED}


@pytest.mark.slow
def test_two_thousand_paragraphs():
    pair = written.edited(random.Random(7), "en", 2000, 0.3)
    old, new = (instrument([f"{n}. {p}" for n, p in enumerate(t, 1)]) for t in (pair.old, pair.new))
    comparison = compare(old, new)

    assert len(page.fragment(comparison, "en")) > 1_000_000
    got = {
        (tuple(int(i[2:]) - 1 for i in m.old), tuple(int(j[2:]) - 1 for j in m.new)) for m in comparison.matches
    }
    assert len(got & pair.links) / len(pair.links) >= 0.98


@pytest.mark.slow
def test_two_thousand_paragraphs_through_the_reader():
    text = "The General Assembly,\n\n" + "\n\n".join(f"{n}. Urges group {n} to act;" for n in range(1, 2001))
    text += "\n"
    read = instruments.read_text(text, language="en")

    assert len(read.operative) == 2000
    assert set(compare(read, read).counts) == {Change.UNCHANGED}
    assert len(to_akn(read)) > 100_000


def test_identical_texts_of_many_equal_paragraphs():
    text = instrument([f"{n}. Notes the report;" for n in range(1, 800)])

    assert compare(text, text).counts == {Change.UNCHANGED: 799}


def test_a_paragraph_as_long_as_a_book():
    words = " ".join(f"word{n % 997}" for n in range(30_000))
    [match] = compare(instrument([f"1. Urges {words};"]), instrument([f"1. Urges {words} and more;"])).matches

    assert match.change is Change.REWORDED
    assert "more" in "".join(s.text for s in match.difference if s.op == "insert")
