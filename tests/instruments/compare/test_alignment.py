"""Two texts lined up: by pencil, on pairs whose outcome is known, and on anything at all."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.compare import written
from sse_observatory.instruments.compare.alignment import Link, align, out_of_order

PAY = "Encourages Member States to publish figures on unpaid care work;"
TAX = "Requests the Secretary-General to review tax rules for small growers;"
SEED = "Invites local authorities to protect the seed banks of Indigenous women;"


def outcome(links):
    return [(link.old, link.new) for link in links]


def test_equal_paragraphs_correspond_whatever_their_marks_and_modifiers():
    links = align([PAY, TAX], ["Also encourages Member States to publish figures on unpaid care work.", TAX])

    assert links == (Link((0,), (0,), 1.0), Link((1,), (1,), 1.0))


def test_a_new_paragraph_shifts_the_others_without_moving_them():
    links = align([PAY, TAX], [PAY, SEED, TAX])

    assert outcome(links) == [((0,), (0,)), ((), (1,)), ((1,), (2,))]
    assert out_of_order(links) == frozenset()


def test_a_dropped_paragraph_stands_after_the_one_it_followed():
    assert outcome(align([PAY, SEED, TAX], [PAY, TAX])) == [((0,), (0,)), ((1,), ()), ((2,), (1,))]


def test_only_the_paragraph_that_changed_places_has_moved():
    links = align([PAY, TAX, SEED], [SEED, PAY, TAX])

    assert outcome(links) == [((2,), (0,)), ((0,), (1,)), ((1,), (2,))]
    assert out_of_order(links) == {0}


def test_two_actions_of_one_paragraph_become_two_paragraphs():
    both = "Encourages Member States to publish figures on unpaid care work and to review tax rules for small growers;"
    care, tax = PAY, "Also encourages Member States to review tax rules for small growers;"

    assert outcome(align([SEED, both], [SEED, care, tax])) == [((0,), (0,)), ((1,), (1, 2))]
    assert outcome(align([SEED, care, tax], [SEED, both])) == [((0,), (0,)), ((1, 2), (1,))]


def test_of_two_like_paragraphs_the_one_at_its_place_is_taken():
    formula = "Takes note of the report of the Secretary-General;"

    assert outcome(align([formula, PAY, formula], [formula, PAY, TAX, formula])) == [
        ((0,), (0,)),
        ((1,), (1,)),
        ((), (2,)),
        ((2,), (3,)),
    ]


@pytest.mark.parametrize(("old", "new"), [([], []), ([], [PAY]), ([PAY], []), ([""], [""]), (["", ""], [PAY])])
def test_texts_of_no_paragraphs_are_lined_up_too(old, new):
    links = align(old, new)

    assert sorted(i for link in links for i in link.old) == list(range(len(old)))
    assert sorted(j for link in links for j in link.new) == list(range(len(new)))


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
@pytest.mark.parametrize("intensity", [0.2, 0.5, 0.9])
def test_drafting_operations_are_recognised(lang, intensity):
    right = given_back = there = 0
    for seed in range(25):
        draw = random.Random(f"{lang} {intensity} {seed}")
        pair = written.edited(draw, lang, draw.choice([3, 6, 12, 25]), intensity)
        got = set(outcome(align(pair.old, pair.new)))
        right += len(got & pair.links)
        given_back += len(got)
        there += len(pair.links)

    assert right / given_back >= 0.98, "precision"
    assert right / there >= 0.98, "recall"


@pytest.mark.parametrize(("rate", "least"), [(0.2, 1.0), (0.5, 0.98), (0.8, 0.75)])
def test_reworded_paragraphs_of_one_subject_are_recognised(rate, least):
    """At 0.8, more than half of the words of every paragraph were taken out, replaced or added."""
    right = there = 0
    for seed in range(20):
        draw = random.Random(seed)
        pair = written.worn(draw, draw.choice([4, 8, 15, 40]), rate)
        right += len(set(outcome(align(pair.old, pair.new))) & pair.links)
        there += len(pair.links)

    assert right / there >= least


def test_paragraphs_of_two_unrelated_texts_do_not_correspond():
    """Few false pairs between texts that share verbs, addressees and formulas but no action."""
    false = there = 0
    for seed in range(30):
        everything = written.paragraphs(random.Random(seed), "en", 12)
        old, new = ([p.text("en") for p in part] for part in (everything[:6], everything[6:]))
        false += sum(1 for link in align(old, new) if link.old and link.new)
        there += 6

    assert false / there <= 0.10


STOCK = ["encourages", "states", "to", "support", "the", "economy", "and", "report", "on", "seed", "tax", "care"]
paragraph = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(STOCK), max_size=12).map(" ".join))


@given(st.lists(paragraph, max_size=12), st.lists(paragraph, max_size=12))
def test_every_paragraph_has_exactly_one_place(old, new):
    links = align(old, new)

    assert Counter(i for link in links for i in link.old) == Counter(range(len(old)))
    assert Counter(j for link in links for j in link.new) == Counter(range(len(new)))
    assert all(len(link.old) == 1 or len(link.new) <= 1 for link in links), "never many to many"
    assert out_of_order(links) <= set(range(len(links)))


@given(st.lists(paragraph, max_size=12))
def test_a_text_corresponds_to_itself(text):
    links = align(text, text)

    assert outcome(links) == [((i,), (i,)) for i in range(len(text))]
    assert not out_of_order(links)
