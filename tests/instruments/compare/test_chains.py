"""Chains over several texts, provisions that travel, relations proposed."""

from datetime import date

import pytest

from instruments.built import instrument
from sse_observatory.core import ObservatoryError
from sse_observatory.instruments.compare import Change
from sse_observatory.instruments.compare.chains import chain
from sse_observatory.instruments.compare.relations import Relation, propose
from sse_observatory.instruments.compare.travelling import travelling

PAY = "Encourages Member States to publish figures on unpaid care work by sex and age;"
TAX = "Invites Governments to review the tax rules that penalise the pooling of harvests by small growers;"
SEED = "Urges local authorities to protect the seed banks kept by Indigenous women in mountain villages;"
REPORT = "Requests the Secretary-General to submit a report on the implementation of the present resolution;"


def text(*paragraphs, **given):
    return instrument([f"{n}. {p}" for n, p in enumerate(paragraphs, 1)], **given)


def table(found):
    return [tuple(cell and (cell.paragraphs, cell.change) for cell in thread.cells) for thread in found.threads]


def test_a_chain_is_a_table_of_provisions_by_resolution():
    found = chain([text(PAY, TAX), text(PAY, SEED, TAX), text(SEED, REPORT)])

    assert table(found) == [
        ((("op1",), None), (("op1",), Change.UNCHANGED), None),
        ((("op2",), None), (("op3",), Change.UNCHANGED), None),
        (None, (("op2",), Change.NEW), (("op1",), Change.UNCHANGED)),
        (None, None, (("op2",), Change.NEW)),
    ]
    assert found.thread(2, "op1").first == 1
    with pytest.raises(KeyError):
        found.thread(0, "op9")


def test_a_provision_left_out_once_stays_one_thread():
    found = chain([text(PAY, TAX), text(PAY), text(PAY, TAX)])

    assert table(found)[1] == ((("op2",), None), None, (("op2",), Change.NEW))
    assert found.thread(2, "op2").cells[2].returned


def test_a_split_puts_two_paragraphs_into_one_cell():
    both = PAY[:-1] + " and to review the tax rules that penalise the pooling of harvests by small growers;"
    tax = "Also encourages Member States to review the tax rules that penalise the pooling of harvests;"
    found = chain([text(SEED, both), text(SEED, PAY, tax)])

    assert found.thread(0, "op2").cells[1].paragraphs == ("op2", "op3")


def test_a_chain_wants_two_texts_in_order():
    with pytest.raises(ObservatoryError, match="at least two"):
        chain([text(PAY)])
    with pytest.raises(ObservatoryError, match="2040-01-01 stands before"):
        chain([text(PAY, adopted=date(2040, 1, 1)), text(PAY, adopted=date(2039, 1, 1))])


STRATEGIES = (
    "Encourages Member States to promote and implement national strategies, policies and programmes for the "
    "social and solidarity economy"
)
ASSEMBLY = f"{STRATEGIES}, by developing legal frameworks and by offering fiscal incentives;"
COUNCIL = f"{STRATEGIES}, so that Indigenous Peoples and smallholder farmers gain access to decent work;"


def test_a_passage_taken_over_by_another_organ_is_found():
    collection = [
        text(TAX, COUNCIL, symbol="E/RES/2040/6", adopted=date(2040, 6, 10)),
        text(ASSEMBLY, REPORT, symbol="A/RES/93/401", adopted=date(2039, 4, 20)),
        text(ASSEMBLY, REPORT, symbol="A/RES/95/402", adopted=date(2040, 12, 18)),
    ]
    takings = travelling(collection)

    [taking] = takings
    assert (taking.source, taking.source_paragraph, taking.target, taking.target_paragraph) == (1, "op1", 0, "op2")
    assert taking.passage == STRATEGIES
    assert collection[0].element("op2").text[taking.start : taking.end] == STRATEGIES
    assert taking.of_target == 18 / 30


def test_formulas_and_texts_of_one_organ_are_not_travels():
    own = [text(ASSEMBLY, symbol="A/RES/93/401"), text(ASSEMBLY, symbol="A/RES/95/402")]
    formulas = [text(REPORT, symbol=f"E/RES/2040/{n}") for n in range(1, 8)]
    formulas += [text(REPORT, symbol=f"A/RES/95/{n}") for n in range(1, 8)]

    assert travelling(own) == ()
    assert travelling(formulas) == ()
    assert travelling([]) == ()


def relations(collection):
    return {(p.relation, p.subject, p.object, p.subject_paragraph, p.object_paragraph): p for p in propose(collection)}


def test_recalling_and_naming_are_told_apart():
    lines = ["Recalling its resolution 70/1 of 25 September 2015,", "Noting resolution 77/281 of 18 April 2023,"]
    found = relations([instrument(lines, "A/RES/93/401")])
    recalls = found[Relation.RECALLS, 0, "A/RES/70/1", None, None]

    assert recalls.score == 1.0
    assert "70/1" in recalls.evidence[0].text
    assert found[Relation.RECALLS, 0, "A/RES/77/281", None, None].score == 0.5


@pytest.mark.parametrize(
    ("lang", "line", "relation"),
    [
        (
            "en",
            "1. Declares, pursuant to General Assembly resolution 78/175, the year 2041 a year of savings;",
            Relation.GIVES_EFFECT_TO,
        ),
        ("en", "The present report is submitted pursuant to General Assembly resolution 77/281.", Relation.REPORTS_ON),
        (
            "fr",
            "Le présent rapport est soumis en application de la résolution 77/281 de l’Assemblée générale.",
            Relation.REPORTS_ON,
        ),
        (
            "es",
            "El presente informe se presenta en cumplimiento de la resolución 77/281 de la Asamblea General.",
            Relation.REPORTS_ON,
        ),
        (
            "fr",
            "1. Proclame, comme suite à la résolution 78/175 de l’Assemblée générale, une année de l’épargne ;",
            Relation.GIVES_EFFECT_TO,
        ),
    ],
)
def test_what_a_text_answers_is_proposed_with_its_evidence(lang, line, relation):
    found = [p for p in propose([instrument([line], lang=lang)]) if p.relation is relation]

    assert [p.score for p in found] == [0.9]
    [evidence] = found[0].evidence
    assert evidence.span.of(line) == evidence.text
    assert "resol" in evidence.text.lower() or "résol" in evidence.text.lower()


def test_a_successor_is_proposed_with_what_it_repeats():
    recall = "Recalling its resolution 93/401 of 20 April 2039,"
    old = instrument(["# Savings clubs", "1. " + PAY, "2. " + TAX], "A/RES/93/401")
    new = instrument(["# Savings clubs", recall, "1. " + PAY, "2. " + SEED, "3. " + TAX], "A/RES/95/402")
    found = relations([old, new])

    assert found[Relation.SUCCEEDS, 1, "A/RES/93/401", None, None].score == 1.0
    assert (Relation.REPEATS, 1, "A/RES/93/401", "op3", "op2") in found
    assert not any(key[0] is Relation.SUCCEEDS and key[1] == 0 for key in found)


def test_texts_of_one_title_that_share_nothing_do_not_succeed_each_other():
    old = instrument(["# Savings clubs", "1. " + PAY, "2. " + TAX], "A/RES/93/401")
    new = instrument(["# Savings clubs", "1. " + SEED], "A/RES/95/402")

    assert not any(p.relation is Relation.SUCCEEDS for p in propose([old, new]))
