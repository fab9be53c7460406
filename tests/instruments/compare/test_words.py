"""Normal forms, and the difference of two paragraphs word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.instruments.compare.words import Op, difference, normal


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
