"""The hand-labelled paragraphs: what is found in them, at least, and that the documentation shows today's figures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from instruments.labelled import scoring
from sse_observatory import catalogue

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "acts.md"
AT_LEAST = {
    "type": 0.97, "verb": 0.97, "modifier": 0.9, "addressee": 0.88, "condition": 0.93, "deadline": 0.75,
    "recurrence": 0.93, "reference": 0.9, "number of acts": 0.95,
}  # fmt: skip


def test_there_are_three_hundred_paragraphs_and_sixty_or_more_in_each_language():
    paragraphs = scoring.paragraphs()

    assert len({paragraph.id for paragraph in paragraphs}) == len(paragraphs) == 300
    assert min(Counter(paragraph.language for paragraph in paragraphs).values()) >= 60
    assert abs(len(scoring.part("development")) - len(scoring.part("held-out"))) <= 2


def test_labels_use_lemmas_and_terms_of_the_catalogue():
    drafting = catalogue.load(catalogue.PACKAGED).drafting
    for paragraph in scoring.paragraphs():
        assert bool(paragraph.acts) == (paragraph.role == "op"), paragraph.id
        for act in paragraph.acts:
            for term in act.values.get("addressee", ()):
                assert term in drafting.addressees or term.startswith("?"), paragraph.id
            for term in act.values.get("condition", ()):
                assert term in drafting.conditions, paragraph.id


@pytest.mark.parametrize("part", ["development", "held-out"])
def test_precision_and_recall_are_not_below_what_was_reached(part):
    scores, differences = scoring.score(scoring.part(part))

    reached = {name: min(score.precision, score.recall) for name, score in scores.items()}
    below = {name: value for name, value in reached.items() if value < AT_LEAST[name]}
    assert below == {}, differences


def test_alignment_pairs_acts_of_the_same_verb_in_order():
    assert scoring.aligned(["notes", "requests"], ["requests"]) == [(0, None), (1, 0)]
    assert scoring.aligned(["requests"], ["notes", "requests"]) == [(None, 0), (0, 1)]
    assert scoring.aligned(["urges"], ["requests"]) == [(0, None), (None, 0)]


@pytest.mark.parametrize("part", ["development", "held-out"])
def test_the_reference_page_shows_the_figures_of_today(part):
    assert scoring.table(part) in PAGE.read_text(encoding="utf-8")
