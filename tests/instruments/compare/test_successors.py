"""Resolutions and their successors, read from text: what became of each paragraph, in three languages."""

import dataclasses
from pathlib import Path

import pytest

from sse_observatory import instruments
from sse_observatory.instruments.compare import Change, Direction, Field, compare
from sse_observatory.instruments.compare.chains import chain
from sse_observatory.instruments.compare.relations import Relation, propose
from sse_observatory.instruments.compare.travelling import travelling
from sse_observatory.instruments.model import Kind

TEXTS = Path(__file__).resolve().parents[1] / "texts"


def text(name):
    return instruments.read(TEXTS / f"{name}.txt")


def operative(comparison):
    """Old and new number and change of each operative paragraph."""

    def is_operative(match):
        side, ids = (comparison.new, match.new) if match.new else (comparison.old, match.old)
        return side.element(ids[0]).kind is Kind.OPERATIVE

    return [(",".join(m.old), ",".join(m.new), m.change) for m in comparison.matches if is_operative(m)]


def test_fourteen_paragraphs_become_fifteen():
    """op1-2 unchanged, op3 and op5 new, op4 from 3, op6 to op15 from 5 to 14, old op4 dropped."""
    comparison = compare(text("cooperatives-92.en"), text("cooperatives-94.en"))
    found = {(old, new) for old, new, _ in operative(comparison)}

    assert found == {
        ("op1", "op1"),
        ("op2", "op2"),
        ("", "op3"),
        ("op3", "op4"),
        ("op4", ""),
        ("", "op5"),
        *((f"op{n - 1}", f"op{n}") for n in range(6, 16)),
    }
    assert [m.change for m in (comparison.became("op1"), comparison.became("op2"))] == [Change.UNCHANGED] * 2
    assert comparison.became("op4").change is Change.DROPPED
    assert [m.new for m in comparison.of(Change.NEW)] == [("op3",), ("op5",)]
    assert not any(m.moved for m in comparison.matches)


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_four_provisions_become_six(lang):
    comparison = compare(text(f"solidarity-93.{lang}"), text(f"solidarity-95.{lang}"))

    assert operative(comparison) == [
        ("op1", "op1", Change.REWORDED),
        ("", "op2", Change.NEW),
        ("", "op3", Change.NEW),
        ("op2", "op4", Change.STRENGTHENED),
        ("op3", "op5", Change.UNCHANGED),
        ("op4", "op6", Change.STRENGTHENED),
    ]


@pytest.mark.parametrize(
    ("lang", "weak", "strong"),
    [
        ("en", "give due consideration", "mainstream"),
        ("fr", "prendre dûment en considération", "intégrer"),
        ("es", "tengan debidamente en cuenta", "incorporen"),
    ],
)
def test_considering_becomes_mainstreaming_and_the_report_gains_a_decision(lang, weak, strong):
    comparison = compare(text(f"solidarity-93.{lang}"), text(f"solidarity-95.{lang}"))
    action = [n for n in comparison.became("op2").notes if n.field is Field.ACTION]
    report = {(n.field, n.direction) for n in comparison.became("op4").notes}

    assert [(n.old, n.new, n.direction) for n in action] == [(weak, strong, Direction.STRONGER)]
    assert (Field.ACT, Direction.STRONGER) in report
    assert not any(n.field is Field.CONDITION for n in comparison.became("op2").notes), "both conditions are kept"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_report_is_due_later(lang):
    comparison = compare(text(f"solidarity-93.{lang}"), text(f"solidarity-95.{lang}"))
    [note] = [n for n in comparison.became("op4").notes if n.field is Field.DEADLINE]

    assert note.direction is Direction.NEITHER
    assert comparison.new.acts["op6"][0].deadline.session == 97


@pytest.mark.parametrize("lang", ["fr", "es"])
def test_language_versions_run_parallel(lang):
    comparison = compare(text("solidarity-95.en"), text(f"solidarity-95.{lang}"))

    assert comparison.basis == "structure"
    assert {m.change for m in comparison.matches} == {Change.PARALLEL}


def test_a_chain_of_three_shows_what_each_provision_became():
    texts = [text("solidarity-93.en"), text("solidarity-95.en"), text("solidarity-95.en")]
    later = dataclasses.replace(
        texts[2], elements=tuple(e for e in texts[2].elements if not e.id.startswith(("op2", "op3")))
    )
    found = chain([texts[0], texts[1], later])
    report = found.thread(0, "op4")

    assert [cell.paragraphs if cell else None for cell in report.cells] == [("op4",), ("op6",), ("op6",)]
    assert found.thread(1, "op2").cells[2] is None
    assert len(found.threads) == 6


def test_another_organ_takes_over_the_opening_of_the_first_provision():
    [taking] = travelling([text("solidarity-95.en"), text("poverty-94.en"), text("solidarity-93.en")])

    assert (taking.source, taking.source_paragraph, taking.target, taking.target_paragraph) == (2, "op1", 1, "op3")
    assert taking.passage.startswith("Encourages Member States to promote and implement national strategies")
    assert taking.passage.endswith("for the social and solidarity economy")


def test_relations_are_proposed_with_evidence():
    texts = [
        text(n)
        for n in ("solidarity-93.en", "solidarity-95.en", "poverty-94.en", "cooperatives-92.en", "cooperatives-94.en")
    ]
    found = {(p.relation, p.subject, p.object, p.subject_paragraph, p.object_paragraph): p for p in propose(texts)}

    assert found[Relation.SUCCEEDS, 1, "A/RES/93/401", None, None].score > 0.9
    assert found[Relation.SUCCEEDS, 4, "A/RES/92/135", None, None].score > 0.8
    assert (Relation.STRENGTHENS, 1, "A/RES/93/401", "op4", "op2") in found
    assert (Relation.REPEATS, 1, "A/RES/93/401", "op5", "op3") in found
    assert (Relation.TAKES_OVER, 2, "A/RES/93/401", "op3", "op1") in found
    assert {key[2] for key in found if key[:2] == (Relation.RECALLS, 4)} == {
        "A/RES/47/90",
        "A/RES/49/155",
        "A/RES/90/128",
        "A/RES/92/135",
    }
    assert [key[:3] for key in found if key[0] is Relation.SUCCEEDS] == [
        (Relation.SUCCEEDS, 1, "A/RES/93/401"),
        (Relation.SUCCEEDS, 4, "A/RES/92/135"),
    ]
    for proposal in found.values():
        assert 0 < proposal.score <= 1
        for evidence in proposal.evidence:
            place = evidence.span.of(texts[evidence.instrument].source.text)
            assert " ".join(place.split()) == evidence.text
