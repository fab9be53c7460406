"""Normal forms, and the difference of two paragraphs word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.instruments.compare.words import Op, difference, normal, same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Requests the Secretary-General to report;", "Also requests the Secretary-General to report."),
        ("Prie le Secrétaire général de faire rapport ;", "Prie également le Secretaire general de faire rapport."),
        ("Prie le Secrétaire général", "Prie en outre le Secrétaire général"),
        ("Invite les États Membres", "Invite de nouveau les États Membres"),
        ("Alienta a los Estados Miembros", "Alienta también a los Estados Miembros"),
        ("Solicita al Secretario General", "Solicita además al Secretario General"),
        ("l’économie “sociale”", "l'économie «sociale»"),
        ("Calls upon all to co-operate and re-establish order", "Calls upon all to cooperate and reestablish order"),
        ("their internationally recognized boundaries", "their inter-nationally recognized boundaries"),
    ],
)
def test_what_does_not_change_the_sense_does_not_change_the_normal_form(one, other):
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Requests all programmes to organise labour surveys", "Requests all programs to organize labor surveys"),
        ("Recognising the behaviour of neighbouring centres", "Recognizing the behavior of neighboring centers"),
        ("Urges travelling experts to fulfil their licences", "Urges traveling experts to fulfill their licenses"),
        ("Encourages policymakers to plan", "Encourages policy-makers to plan"),
        ("the well-being of 5 per cent of all", "the wellbeing of 5 percent of all"),
        ("long\u2010term decision\u2011making", "long-term decision making"),
        ("the “social” economy — a  goal", "the 'social' economy - a goal"),
        ("the United Nations Organization", "the United Nations 0rganizat1on"),
        ("the social economy and its rules", "the social economy12 and its rules"),
        ("support to all States", "support to 2/3 23-06503 all States"),
        ("support to all States", "support to A/RES/93/401 2/3 23-06503 A/RES/93/401 all States"),
        ("à partir de septembre, sœur", "à partir de septembre, soeur"),
        ("en setiembre", "en septiembre"),
    ],
)
def test_one_text_in_two_spellings(one, other):
    assert same(one, other) and same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("open to four States", "open to for States"),
        ("a modern economy", "a modem economy"),
        ("within 5 years", "within 51 years"),
        ("in 2030", "in 2031"),
        ("resolution 77/281", "resolution 77/28"),
        ("requests the Council", "requests the Counsel"),
        ("may be useful", "maybe useful"),
        ("organize programmes", "organize a programme"),
        ("each State", "each Statute"),
        ("shall consider", "should consider"),
        ("the labour party", "the labourer party"),
        ("all workers", "all co-workers"),
        ("CO2 levels", "CO levels"),
        ("co-operate", "co-opt"),
        ("in part", "in"),
        ("in", "in part"),
    ],
)
def test_a_real_change_of_one_word_is_a_change(one, other):
    assert same(one, other) is None and same(other, one) is None


@given(st.text(max_size=120))
def test_a_text_is_the_same_as_itself(text):
    assert same(text, text) == "as printed"

def test_modifiers_count_only_at_the_opening():
    assert normal("Encourages States to act and also to report") != normal("Encourages States to act and to report")


def shown(old, new):
    marks = {Op.EQUAL: "{}", Op.DELETE: "[-{}-]", Op.INSERT: "{{+{}+}}"}
    return "".join(marks[s.op].format(s.text) for s in difference(old, new))


def test_a_difference_shows_what_a_person_would_underline():
    assert shown("to consider the economy in its plans", "to mainstream the economy in all its plans") == (
        "to[- consider-]{+ mainstream+} the economy in{+ all+} its plans"
    )


def test_a_phrase_is_replaced_as_a_whole():
    assert shown("by means of a fund", "through use of the bank") == "[-by means of a fund-]{+through use of the bank+}"


def squeezed(text):
    return "".join(text.split())


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_difference_holds_both_texts(old, new):
    there = difference(old, new)

    assert squeezed("".join(s.text for s in there if s.op is not Op.INSERT)) == squeezed(old)
    assert squeezed("".join(s.text for s in there if s.op is not Op.DELETE)) == squeezed(new)
    assert all(s.text for s in there)


@given(st.text(max_size=200))
def test_a_text_does_not_differ_from_itself(text):
    assert all(s.op is Op.EQUAL for s in difference(text, text))


def test_very_long_paragraphs_are_compared_clause_by_clause():
    old = "; ".join(f"clause {k} about matter {k % 7}" for k in range(2000))
    new = old.replace("clause 900 about", "clause 900 on")
    there = difference(old, new)

    assert [s.text.strip() for s in there if s.op is Op.INSERT] == ["on"]
    assert squeezed("".join(s.text for s in there if s.op is not Op.INSERT)) == squeezed(old)
