"""Verbs that no list knows: their strength is not known, and everybody who reads the act is told so."""

import io
import json
from datetime import UTC, datetime

import jsonschema
import pytest
from rich.console import Console

from sse_observatory import catalogue, instruments
from sse_observatory.core import LANGUAGES
from sse_observatory.instruments import compare
from sse_observatory.instruments import corrections as c
from sse_observatory.instruments.compare import Change, Direction, page, terminal
from sse_observatory.instruments.compare.notes import Speech, compare_acts
from sse_observatory.instruments.export import comparison_to_json, schema, to_csv, to_json, to_json_ld
from sse_observatory.instruments.model import UNCLASSIFIED
from sse_observatory.instruments.view import lines

TEXT = """The General Assembly,

Recalling its resolution 77/281,

1. {verb} the small harbours of the region;

2. Requests the Secretary-General to report to it.
"""


def read(verb="Cherishes"):
    return instruments.read_text(TEXT.format(verb=verb))


def test_an_unknown_verb_is_read_and_its_strength_is_not():
    found = read()
    [act], [request] = found.acts["op1"], found.acts["op2"]

    assert (act.verb, act.code, act.strength) == ("cherishes", "", UNCLASSIFIED)
    assert request.strength == "REQUEST"
    assert catalogue.load().drafting.strengths[act.strength].rank is None


def test_the_doubt_names_the_verb_and_its_place():
    [doubt] = [p for p in read().problems if p.code == "strength-unknown"]

    assert doubt.element == "op1"
    assert all("Cherishes" in doubt.message[lang] for lang in LANGUAGES)
    assert not [p for p in read("Welcomes").problems if p.code == "strength-unknown"]


@pytest.mark.parametrize(("verb", "changed"), [("Urges", "Cherishes"), ("Cherishes", "Urges"), ("Prizes", "Cherishes")])
def test_a_change_from_or_to_it_is_neither_stronger_nor_weaker(verb, changed):
    comparison = compare.compare(read(verb), read(changed))
    match = comparison.became("op1")

    assert match.change is Change.UNKNOWN
    assert (match.stronger, match.weaker, match.unknown) == (False, False, True)
    assert Direction.UNKNOWN in {note.direction for note in match.notes}
    assert comparison.became("op2").change is Change.UNCHANGED
    jsonschema.validate(comparison_to_json(comparison), schema("comparison"))


def test_a_paragraph_whose_verb_is_unknown_is_not_said_to_be_weakened_by_a_condition():
    limited = read("Cherishes, where appropriate,")
    match = compare.compare(read("Urges"), limited).became("op1")

    assert match.change is Change.UNKNOWN


def test_an_act_that_came_or_went_with_such_a_verb_has_no_direction():
    [act] = read().acts["op1"]
    text = TEXT.format(verb="Cherishes")
    for old, new in ([act], []), ([], [act]):
        assert [n.direction for n in compare_acts(Speech(old, "en", text), Speech(new, "en", text))] == [
            Direction.UNKNOWN
        ]


def test_the_views_say_it_in_every_language():
    said = {"en": "Strength not known", "fr": "Force non déterminée", "es": "Fuerza por determinar"}
    comparison = compare.compare(read("Urges"), read())
    for lang in LANGUAGES:
        shown = "\n".join(line.plain for line in lines(read(), lang))
        assert said[lang] in shown and "op1: " in shown
        out = io.StringIO()
        console = Console(file=out, width=200)
        for line in terminal.lines(comparison, lang):
            console.print(line)
        assert said[lang] in out.getvalue()
        assert said[lang] in page.fragment(comparison, lang) and "cmp-unknown" in page.fragment(comparison, lang)


def test_the_exports_carry_it():
    made = to_json(read())

    jsonschema.validate(made, schema())
    assert made["acts"]["op1"][0]["strength"] == UNCLASSIFIED
    assert UNCLASSIFIED in to_csv([read()]) and UNCLASSIFIED in json.dumps(to_json_ld(read()))


def test_a_person_who_sets_the_strength_settles_the_doubt():
    found = read()
    at = datetime(2040, 1, 1, tzinfo=UTC)
    deed = c.Correction(c.target(found, "op1"), c.SetField(0, "strength", "STATE"), "A reviewer", at, "read in print")
    settled = c.apply(found, [deed])

    assert settled.acts["op1"][0].strength == "STATE"
    assert not [p for p in settled.problems if p.code == "strength-unknown"]
    assert [p for p in c.apply(found, []).problems if p.code == "strength-unknown"]


def test_a_record_cannot_leave_it_open():
    assert UNCLASSIFIED not in catalogue.load().portfolio.terms["strength"]
