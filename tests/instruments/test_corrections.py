"""Corrections: obeyed when the text is read again, flagged when the words changed, kept as JSON Lines."""

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.built import act, instrument
from sse_observatory.core import InputError
from sse_observatory.instruments import corrections as c
from sse_observatory.instruments.corrections import Correction, Merge, Retype, SetField, Split
from sse_observatory.instruments.model import Kind

LINES = [
    "# Savings clubs",
    "The General Assembly,",
    "1. Encourages Member States, where appropriate, to count savings clubs; 2. Requests the Secretary-General to "
    "report;",
    "Decides to meet again in due course and",
    "to invite the savings clubs of all regions.",
]
ACTS = {"op1": (act("Encourages", "to count savings clubs", to=["Member States"]),)}


def text(lines=LINES, symbol="A/RES/93/401", acts=ACTS):
    return instrument(lines, symbol, acts=acts)


def correction(made, id, deed, minute=0):
    at = datetime(2040, 1, 1, 12, minute, tzinfo=UTC)
    return Correction(c.target(made, id), deed, "A reviewer", at, "read with the printed text beside it")


def codes(made):
    return [p.code for p in made.problems]


def test_a_field_of_an_act_is_set_with_its_place_in_the_text():
    made = text()
    value = [{"term": "WHERE_APPROPRIATE", "text": "where appropriate"}]
    corrected = c.apply(made, [correction(made, "op1", SetField(0, "conditions", value))])
    [condition] = corrected.acts["op1"][0].conditions

    assert (condition.term, condition.span.of(made.source.text)) == ("WHERE_APPROPRIATE", "where appropriate")
    assert corrected.acts["op1"][0].addressees == made.acts["op1"][0].addressees
    assert made.acts["op1"][0].conditions == (), "the reading itself is not changed"


def test_a_correction_is_found_again_under_another_id_and_spacing():
    made = text()
    lines = ["The General Assembly,", "1. Notes the report;", LINES[2].replace("1. Encourages", "2.  Encourages")]
    later = instrument([line.replace("2.  Enc", "2. Enc") for line in lines], "A/RES/93/401", acts={"op2": ACTS["op1"]})
    corrected = c.apply(later, [correction(made, "op1", SetField(0, "strength", "REQUEST"))])

    assert corrected.acts["op2"][0].strength == "REQUEST"
    assert corrected.problems == ()


def test_a_correction_of_changed_words_is_flagged_and_not_applied():
    made = text()
    changed = text([line.replace("count", "register") for line in LINES])
    deed = correction(made, "op1", SetField(0, "strength", "REQUEST"))

    assert codes(c.apply(changed, [deed])) == ["corrected-text-changed"]
    assert c.apply(changed, [deed]).acts == changed.acts
    assert codes(c.apply(text(LINES[:2], acts={}), [deed])) == ["corrected-text-gone"]
    assert c.apply(changed, [deed]).problems[0].message.missing == ()


def test_corrections_of_other_works_and_languages_are_left_aside():
    made = text()
    deed = correction(made, "op1", SetField(0, "strength", "REQUEST"))
    french = dataclasses.replace(made, expression=dataclasses.replace(made.expression, language="fr"))

    assert c.apply(text(symbol="A/RES/95/402"), [deed]) == text(symbol="A/RES/95/402")
    assert c.apply(french, [deed]) == french


def test_two_paragraphs_of_one_line_are_split():
    made = text()
    at = made.element("op1").text.index("2. Requests")
    corrected = c.apply(made, [correction(made, "op1", Split(at, "op2", "2."))])
    first, second = corrected.element("op1"), corrected.element("op2")

    assert first.text == "Encourages Member States, where appropriate, to count savings clubs;"
    assert (second.number, second.label, second.text) == ("2", "2.", "Requests the Secretary-General to report;")
    assert corrected.gaps() == made.gaps() == ()
    assert second.source(0, 8).of(made.source.text) == "Requests"
    assert corrected.acts["op2"][0].strength == "REQUEST", "the acts of both are read anew"
    assert corrected.acts["op1"][0].strength == "ENCOURAGE"


def test_two_halves_of_a_paragraph_are_merged():
    made = text()
    corrected = c.apply(made, [correction(made, "pp2", Merge(c.content_key(made.element("pp3"))))])

    assert corrected.element("pp2").text.endswith("in due course and to invite the savings clubs of all regions.")
    assert [e.id for e in corrected.elements] == ["title", "pp1", "op1", "pp2"]
    assert corrected.gaps() == ()
    place = corrected.element("pp2").text.index("invite")
    assert corrected.element("pp2").source(place, place + 6).of(made.source.text) == "invite"


def test_a_paragraph_taken_for_another_kind_is_put_right_and_read():
    made = text()
    halves = correction(made, "pp2", Merge(c.content_key(made.element("pp3"))))
    whole = c.apply(made, [halves])
    retyped = correction(whole, "pp2", Retype(Kind.OPERATIVE, "op3", "3"), minute=1)
    corrected = c.apply(made, [retyped, halves])

    assert corrected.element("op3").kind is Kind.OPERATIVE
    assert corrected.acts["op3"][0].strength == "DECIDE"
    assert corrected.problems == ()


def test_acts_are_added_and_dropped():
    made = text()
    added = c.AddAct(1, {"verb": "requests", "verb_text": "Requests", "strength": "REQUEST", "action": "to report"})
    corrected = c.apply(made, [correction(made, "op1", added), correction(made, "op1", c.DropAct(0), 1)])

    assert [a.strength for a in corrected.acts["op1"]] == ["REQUEST"]
    assert corrected.acts["op1"][0].span.of(made.source.text) == "Requests"
    gone = c.apply(corrected, [correction(corrected, "op1", c.DropAct(0), 2)])
    assert "op1" not in gone.acts


def test_a_later_correction_overrides_an_earlier_one():
    made = text()
    first = correction(made, "op1", SetField(0, "strength", "REQUEST"))
    second = correction(made, "op1", SetField(0, "strength", "CALL"), minute=5)

    assert c.apply(made, [second, first]).acts["op1"][0].strength == "CALL"


def test_what_was_accepted_is_known_until_it_is_read_differently():
    made = text()
    record = correction(made, "op1", c.accept(made, "op1"))
    otherwise = text(acts={"op1": (act("Urges", "to count savings clubs"),)})

    assert c.confirmed(made, [record]) == {"op1"}
    assert c.apply(made, [record]) == made
    assert c.confirmed(otherwise, [record]) == frozenset()
    assert codes(c.apply(otherwise, [record])) == ["confirmed-acts-changed"]


def test_paragraphs_with_the_same_words_are_not_guessed_between():
    made = instrument(["1. Notes it;", "2. Notes it;"], "A/RES/93/401")
    one = correction(made, "op1", Retype(Kind.OTHER, "line1"))
    stray = dataclasses.replace(one, target=dataclasses.replace(one.target, element="op9"))

    assert c.apply(made, [one]).elements[0].id == "line1"
    assert codes(c.apply(made, [stray])) == ["correction-ambiguous"]


@pytest.mark.parametrize(
    "deed",
    [
        SetField(3, "strength", "CALL"),
        SetField(0, "conditions", [{"term": "X", "text": "nowhere"}]),
        SetField(0, "strength", 7),
        SetField(0, "deadline", {"text": "to count", "due": "soon"}),
        SetField(0, "modifier", "again"),
        c.AddAct(0, {"verb": "x"}),
        c.AddAct(9, {}),
        c.DropAct(4),
        Split(0, "op2"),
        Split(500, "op2"),
        Split(5, "pp1"),
        Split(5, "op2", "9."),
        Merge("0" * 64),
        Retype(Kind.OTHER, "pp1"),
        SetField(0, "references", [{"symbol": "no symbol", "text": "count"}]),
    ],
)
def test_what_cannot_be_done_becomes_a_problem(deed):
    made = text()
    corrected = c.apply(made, [correction(made, "op1", deed)])

    assert codes(corrected) == ["correction-impossible"]
    assert (corrected.elements, corrected.acts) == (made.elements, made.acts)


EVERY = [
    c.Accept("0" * 64),
    SetField(0, "deadline", {"text": "x", "due": "2040-01-01"}),
    SetField(0, "recurrence", None),
    c.AddAct(0, {"verb": "requests"}),
    c.DropAct(0),
    Split(3, "op2", "2."),
    Merge("0" * 64),
    Retype(Kind.OPERATIVE, "op3", "3", 2, "op1"),
]


def test_corrections_survive_a_file():
    made = text()
    records = tuple(correction(made, "op1", deed, minute) for minute, deed in enumerate(EVERY))

    assert c.loads(c.dumps(reversed(records))) == records


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('"do": "accept"', "'agree' is not one of accept, set"),
        ('"language": "en"', "language 'agree'"),
        ('"by": "A reviewer"', "by whom and why"),
        ('+00:00"', "no time zone"),
    ],
)
def test_a_broken_line_is_named(change, said):
    record = c.dumps([correction(text(), "op1", EVERY[0])])
    to = {'"by": "A reviewer"': '"by": " "', '+00:00"': '"'}.get(change, change.rpartition(" ")[0] + ' "agree"')
    assert change in record

    with pytest.raises(InputError, match="line 2") as refused:
        c.loads(record + record.replace(change, to), file="corrections.jsonl")
    assert said in str(refused.value)


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"target": 3}', "null", '"x"'])
def test_a_line_that_is_no_correction_is_refused(line):
    with pytest.raises(InputError, match="line 1"):
        c.loads(line)


def test_a_correction_has_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        Correction(c.target(text(), "op1"), EVERY[0], "A reviewer", datetime(2040, 1, 1), "why")


def test_texts_without_a_symbol_are_known_by_title_or_words():
    assert c.work_key(instrument(["# The  Title"])) == "title:the title"
    assert c.work_key(instrument(["1. Notes;"])).startswith("text:")


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_split_and_merge_undo_each_other(data):
    made = text()
    whole = made.element("op1").text
    at = data.draw(st.sampled_from([k for k, letter in enumerate(whole) if letter == " "])) + 1
    halves = c.apply(made, [correction(made, "op1", Split(at, "op9"))])
    again = c.apply(halves, [correction(halves, "op1", Merge(c.content_key(halves.element("op9"))), minute=1)])

    assert halves.gaps() == again.gaps() == ()
    assert again.element("op1").text == whole
    assert [e.id for e in again.elements] == [e.id for e in made.elements]
