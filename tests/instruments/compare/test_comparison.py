"""Two instruments compared: kinds of change, notes and their direction, subparagraphs, languages."""

import dataclasses

import pytest

from instruments.built import act, instrument
from sse_observatory.core import ObservatoryError
from sse_observatory.instruments import read_text
from sse_observatory.instruments.compare import Change, Direction, Field, Op, compare
from sse_observatory.instruments.compare.notes import Speech, commitment, compare_acts, rungs

STATES = "1. Encourages Member States to open procurement to worker-owned enterprises;"
STATES_ACT = act("Encourages", "to open procurement to worker-owned enterprises", to=["Member States"])


def between(old, new):
    return compare_acts(Speech(old, "en", "x"), Speech(new, "en", "x"))


def notes(old, new):
    return [(n.field, n.old, n.new, n.direction) for n in between([old], [new])]


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("Encourages", "Requests", Direction.STRONGER),
        ("Urges", "Invites", Direction.WEAKER),
        ("Welcomes", "Notes", Direction.NEITHER),
        ("Decides", "Takes note of", Direction.WEAKER),
    ],
)
def test_a_verb_moves_along_the_scale(before, after, direction):
    assert notes(act(before, "the report"), act(after, "the report")) == [(Field.VERB, before, after, direction)]


def test_consider_becomes_mainstream():
    old = act("Encourages", "to give due consideration to the social and solidarity economy in planning")
    new = act("Encourages", "to mainstream the social and solidarity economy in planning")

    assert notes(old, new) == [(Field.ACTION, "give due consideration", "mainstream", Direction.STRONGER)]


@pytest.mark.parametrize(
    ("lang", "weak", "strong"),
    [
        ("en", "to continue to consider ways", "to further integrate"),
        ("en", "to actively support training", "to adopt a law"),
        ("fr", "à envisager des mesures", "à intégrer l’économie sociale"),
        ("fr", "de continuer à favoriser l’accès", "de mettre en œuvre la stratégie"),
        ("es", "a que consideren medidas", "a incorporar la economía social"),
        ("es", "que tenga en cuenta a las cooperativas", "que promueva las cooperativas"),
    ],
)
def test_actions_stand_on_rungs_in_three_languages(lang, weak, strong):
    assert commitment(weak, lang)[1].rank > commitment(strong, lang)[1].rank


def test_an_action_without_a_known_word_stands_on_no_rung():
    assert commitment("to whistle", "en") is None
    assert commitment("", "fr") is None


def test_every_rung_has_words_in_three_languages():
    assert [r.rank for r in rungs()] == [3, 2, 1]
    assert all(len(rung.words[lang]) >= 10 for rung in rungs() for lang in ("en", "fr", "es"))


def test_a_condition_added_weakens_and_one_dropped_strengthens():
    plain = act("Requests", "to report")
    limited = act("Requests", "to report", conditions=["within existing resources"])

    assert notes(plain, limited) == [(Field.CONDITION, None, "within existing resources", Direction.WEAKER)]
    assert notes(limited, plain) == [(Field.CONDITION, "within existing resources", None, Direction.STRONGER)]


def test_a_deadline_given_strengthens_one_moved_does_not():
    none, early = act("Requests", "to report"), act("Requests", "to report", deadline="at its session 79")
    late = act("Requests", "to report", deadline="at its session 81")

    assert notes(none, early) == [(Field.DEADLINE, None, "at its session 79", Direction.STRONGER)]
    assert notes(early, none) == [(Field.DEADLINE, "at its session 79", None, Direction.WEAKER)]
    assert notes(early, late) == [(Field.DEADLINE, "at its session 79", "at its session 81", Direction.NEITHER)]


def test_addressees_have_no_direction():
    old, new = act("Invites", "to report", to=["Member States"]), act("Invites", "to report", to=["local authorities"])

    assert notes(old, new) == [
        (Field.ADDRESSEE, "Member States", None, Direction.NEITHER),
        (Field.ADDRESSEE, None, "local authorities", Direction.NEITHER),
    ]


def test_a_second_act_of_a_paragraph_is_found_whatever_its_place():
    report = act("Requests", "to submit a report on implementation", id="op6.1")
    item = act("Decides", "to include a sub-item in the provisional agenda", id="op6.2")

    added = between([report], [item, report])
    dropped = between([item, report], [report])
    stated = between([report], [report, act("Notes", "the work of the task force")])

    assert [(n.field, n.direction, n.new_act) for n in added] == [(Field.ACT, Direction.STRONGER, "op6.2")]
    assert [(n.field, n.direction, n.old_act) for n in dropped] == [(Field.ACT, Direction.WEAKER, "op6.2")]
    assert [(n.field, n.direction) for n in stated] == [(Field.ACT, Direction.NEITHER)]


def one(old_act, new_act, old=STATES, new="1. Urges Member States to open procurement to worker-owned enterprises;"):
    [match] = compare(instrument([old], acts={"op1": (old_act,)}), instrument([new], acts={"op1": (new_act,)})).matches
    return match


def test_the_change_of_a_paragraph_follows_its_notes():
    urges = dataclasses.replace(STATES_ACT, verb="urges", verb_text="Urges", strength="CALL")
    notes_only = dataclasses.replace(STATES_ACT, verb="notes", verb_text="Notes", strength="STATE")
    limited = act("Urges", STATES_ACT.action, to=["Member States"], conditions=["where appropriate"])

    assert one(STATES_ACT, urges).change is Change.STRENGTHENED
    assert one(STATES_ACT, notes_only).change is Change.WEAKENED
    assert one(STATES_ACT, limited).change is Change.MIXED
    assert one(STATES_ACT, STATES_ACT).change is Change.REWORDED


def test_a_repeated_verb_changes_nothing():
    match = one(
        STATES_ACT, STATES_ACT, new="1. Also encourages Member States to open procurement to worker-owned enterprises."
    )

    assert match.change is Change.UNCHANGED
    assert [s.text.strip() for s in match.difference if s.op is Op.INSERT] == ["Also encourages", "."]


PARTS = [
    "1. Encourages Member States:",
    "(a) To open procurement to worker-owned enterprises;",
    "(b) To publish figures on unpaid care work by sex and age;",
    "(c) To train labour inspectors in the governance of mutual societies;",
]


def test_subparagraphs_are_compared_within_their_paragraphs():
    new = [
        PARTS[0],
        PARTS[3].replace("(c)", "(a)"),
        "(b) To exempt seed banks from registration fees;",
        PARTS[1].replace("(a)", "(c)"),
        PARTS[2].replace("(b)", "(d)"),
    ]
    [match] = compare(instrument([*PARTS, "(d) To lower the cost of remittances;"]), instrument(new)).matches

    assert match.change is Change.REWORDED
    assert {(p.change, p.old, p.new) for p in match.parts} == {
        (Change.MOVED, ("op1(c)",), ("op1(a)",)),
        (Change.NEW, (), ("op1(b)",)),
        (Change.UNCHANGED, ("op1(a)",), ("op1(c)",)),
        (Change.UNCHANGED, ("op1(b)",), ("op1(d)",)),
        (Change.DROPPED, ("op1(d)",), ()),
    }


def test_a_paragraph_is_strengthened_where_one_of_its_parts_is():
    new = [*PARTS[:3], "(c) To train labour inspectors in the governance of mutual societies by the eightieth session;"]
    acts = {"op1(c)": (act("Encourages", "to train labour inspectors"),)}
    later = {"op1(c)": (act("Encourages", "to train labour inspectors", deadline="by the session 80"),)}
    comparison = compare(instrument(PARTS, acts=acts), instrument(new, acts=later))

    assert comparison.matches[0].change is Change.STRENGTHENED
    assert comparison.became("op1(c)").change is Change.STRENGTHENED
    assert comparison.became("op1(a)").change is Change.UNCHANGED


def test_a_list_that_became_a_sentence_is_still_the_same_paragraph():
    sentence = (
        "1. Encourages Member States to open procurement to worker-owned enterprises, to publish figures on "
        "unpaid care work by sex and age and to train labour inspectors in the governance of mutual societies;"
    )
    [match] = compare(instrument(PARTS), instrument([sentence])).matches

    assert (match.change, match.parts) == (Change.REWORDED, ())
    assert "(b)" in "".join(s.text for s in match.difference if s.op is Op.DELETE)


def test_a_paragraph_that_left_the_preamble_is_recognised():
    pp, op = (
        "Recalling with appreciation the work of the task force on statistics of mutual societies,",
        "1. Recalls with appreciation the work of the task force on statistics of mutual societies;",
    )
    comparison = compare(instrument([pp, STATES]), instrument([op, STATES.replace("1.", "2.")]))

    assert comparison.became("pp1").new == ("op1",)
    assert comparison.became("pp1").moved
    assert comparison.counts == {Change.UNCHANGED: 1, Change.REWORDED: 1}


def test_headings_do_not_hide_paragraphs():
    with_heading = instrument(["## Measures", STATES])

    assert compare(instrument([STATES]), with_heading).became("op1").change is Change.UNCHANGED


def test_texts_without_provisions_are_compared_line_by_line():
    plain = instrument(["# Note", "A first remark on savings clubs.", "Another on insurance."])
    empty = instrument([])

    assert compare(plain, plain).counts == {Change.UNCHANGED: 2}
    assert compare(plain, empty).counts == {Change.DROPPED: 2}
    assert compare(empty, plain).counts == {Change.NEW: 2}
    assert compare(empty, empty).matches == ()


EN = ["The General Assembly,", "1. Encourages Member States to act, where appropriate;", "2. Requests a report;"]
FR = ["L’Assemblée générale,", "1. Encourage les États Membres à agir ;", "2. Prie qu’un rapport lui soit présenté ;"]
EN_ACTS = {
    "op1": (act("Encourages", "to act", conditions=["where appropriate"]),),
    "op2": (act("Requests", "a report"),),
}
FR_ACTS = {"op1": (act("Encourage", "à agir"),), "op2": (act("Prie", "un rapport"),)}


def test_a_translation_that_lost_a_condition_is_noticed():
    comparison = compare(instrument(EN, acts=EN_ACTS), instrument(FR, lang="fr", acts=FR_ACTS))

    assert comparison.basis == "structure"
    assert [m.change for m in comparison.matches] == [Change.PARALLEL] * 3
    [note] = comparison.became("op1").notes
    assert (note.field, note.old, note.direction) == (Field.CONDITION, "where appropriate", Direction.STRONGER)


def test_texts_of_two_languages_that_do_not_run_parallel_are_refused():
    with pytest.raises(ObservatoryError, match="3 paragraphs and subparagraphs against 2"):
        compare(instrument(EN, acts=EN_ACTS), instrument(FR[:2], lang="fr", acts=FR_ACTS))
    other = {"op1": (act("Prie", "x"),), "op2": (act("Encourage", "x"),)}
    with pytest.raises(ObservatoryError, match="only 0 of 2"):
        compare(instrument(EN, acts=EN_ACTS), instrument(FR, lang="fr", acts=other))


BRITISH = """The General Assembly,

Recognising the behaviour of labour markets,

1. Requests the Secretary-General to organise a programme for policy-makers;

2. Invites Member States to honour their programmes of work:

(a) By analysing the labour market;

(b) By favouring co-operatives.
"""
AMERICAN = """The General Assembly,

Recognizing the behavior of labor markets,

1. Requests the Secretary-General to organize a program for policymakers;

2. Invites Member States to honor their programs of work:

(a) By analyzing the labor market;

(b) By favoring cooperatives.
"""


def test_a_text_in_another_spelling_is_unchanged_and_says_so():
    there = compare(read_text(BRITISH), read_text(AMERICAN))

    assert there.counts == {Change.UNCHANGED: 3}
    assert all(m.spelling and m.similarity == 1 and not list(m.every_note()) for m in there.matches)
    assert not any(m.spelling for m in compare(read_text(BRITISH), read_text(BRITISH)).matches)


def test_one_changed_word_shows_among_other_spellings():
    there = compare(read_text(BRITISH), read_text(AMERICAN.replace("cooperatives", "companies")))

    assert there.became("op1").change is Change.UNCHANGED
    assert there.became("op2").change is Change.REWORDED
    assert not there.became("op2").spelling
    assert [part.change for part in there.became("op2").parts] == [Change.UNCHANGED, Change.REWORDED]
