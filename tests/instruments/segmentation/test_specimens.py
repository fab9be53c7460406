"""Invented resolutions of every body and time: each paragraph is what its mark says, however the text is set."""

import textwrap
from collections import Counter

import pytest

from sse_observatory import instruments
from support import specimens


def letters(text):
    return "".join(character for character in text if character.isalnum())


def plain(specimen):
    return "\n".join(text for _, text in specimen.paragraphs)


def wrapped(specimen):
    paragraphs = (text for _, text in specimen.paragraphs)
    return "\n\n".join(textwrap.fill(text, 72, break_long_words=False, break_on_hyphens=False) for text in paragraphs)


SETTINGS = {"blank lines": lambda s: s.text, "one line each": plain, "broken lines": wrapped}
EVERY = pytest.mark.parametrize("specimen", specimens.ALL, ids=lambda s: s.name)


@EVERY
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_paragraph_is_what_its_mark_says(specimen, setting):
    read = instruments.read_text(SETTINGS[setting](specimen))

    found = Counter((e.kind.value, letters(e.label + e.text)) for e in read.elements)
    expected = Counter((kind, letters(text)) for kind, text in specimen.paragraphs)
    assert found == expected
    assert read.expression.language == specimen.language
    assert (read.work.symbol.text if read.work.symbol else None) == specimen.symbol


@EVERY
def test_paragraphs_given_one_by_one_stay_one_by_one(specimen):
    read = instruments.read_paragraphs([text for _, text in specimen.paragraphs])

    assert [letters(e.label + e.text) for e in read.elements] == [letters(text) for _, text in specimen.paragraphs]
    kinds = [e.kind.value for e in read.elements]
    body = {"preambular", "operative"}
    for found, (kind, text) in zip(kinds, specimen.paragraphs, strict=True):
        if kind in body or found in body:
            assert found == kind, text


@EVERY
def test_ids_are_unique_and_parents_exist(specimen):
    elements = instruments.read_text(specimen.text).elements
    known = [e.id for e in elements]

    assert len(known) == len(set(known))
    assert {e.parent for e in elements if e.parent} <= set(known)


def test_ids_follow_the_habit_of_citation():
    read = instruments.read_text(specimens.ASSEMBLY_2023.text)
    assert [e.id for e in read.operative] == [
        "op1", "op2", "op2(a)", "op2(a)(i)", "op2(a)(ii)", "op2(b)", "op3", "op4", "op5",
    ]  # fmt: skip
    assert [e.id for e in read.preamble] == ["pp1", "pp2", "pp3", "pp4", "pp5", "pp5(a)", "pp5(b)", "pp6"]

    parts = instruments.read_text(specimens.OMNIBUS.text)
    assert [e.id for e in parts.operative] == ["A.op1", "A.op2", "B.op1", "B.op2"]

    annexed = instruments.read_text(specimens.POLITICAL_DECLARATION.text)
    assert [e.id for e in annexed.operative] == ["op1"]
    assert [e.id for e in annexed.of_kind(instruments.Kind.OPERATIVE) if e.part] == [
        "annex.op1", "annex.op2", "annex.op2(a)", "annex.op2(b)", "annex.op3", "annex.op4",
    ]  # fmt: skip


def test_what_the_heading_and_the_closing_lines_say():
    work = instruments.read_text(specimens.ASSEMBLY_2023.text).work
    assert (work.session, work.agenda_items, work.meeting) == ("78", ("18 (b)",), "50th plenary meeting")
    assert (work.adopted.isoformat(), work.adopted_basis, work.type) == ("2023-12-19", "closing line", "resolution")

    french = instruments.read_text(specimens.ASSEMBLY_FRENCH.text).work
    assert (french.session, french.agenda_items, french.meeting) == ("77", ("18",), "66e séance plénière")
    spanish = instruments.read_text(specimens.ASSEMBLY_SPANISH.text).work
    assert (spanish.session, spanish.agenda_items, spanish.adopted.isoformat()) == ("77", ("18",), "2023-04-18")

    council = instruments.read_text(specimens.HUMAN_RIGHTS_COUNCIL.text).work
    assert (council.vote.method, council.vote.in_favour, council.vote.against, council.vote.abstentions) == (
        "recorded", 29, 14, 4,
    )  # fmt: skip


def test_the_day_of_approval_in_a_committee_is_not_the_day_of_adoption():
    work = instruments.read_text(specimens.DRAFT_THIRD_COMMITTEE.text).work

    assert work.type == "draft resolution"
    assert work.adopted is None and work.adopted_basis is None
