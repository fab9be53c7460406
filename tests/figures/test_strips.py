"""Dots with names: all of them, none over another, readable without colour and without sight."""

import re

import pytest

from sse_observatory.figures import Dot, dot_chart

NAMES = ["Angola", "Bénin", "République démocratique du Congo", "Kenya", "Sao Tomé-et-Principe", "Togo", "Zambie"]
STATES = ["empty", "full", "half", "empty", "empty", "full", "empty"]


@pytest.fixture
def chart():
    dots = [Dot(name, state, f"meaning of {state}") for name, state in zip(NAMES, STATES, strict=True)]
    return lambda width=680, columns=4: dot_chart(
        dots, "Couverture", "fr", alt="deux sur sept", headers=("Pays", "Chiffre"), width=width, columns=columns
    )


def places(chart, state=None):
    return [(d["x"], d["y"]) for d in chart.spec["data"]["values"] if state in (None, d["state"])]


@pytest.mark.parametrize(("width", "columns"), [(680, 4), (328, 2), (680, 1)])
def test_every_name_is_drawn_and_no_two_in_one_place(chart, width, columns):
    drawn = chart(width, columns)
    svg = drawn.svg()

    assert len(set(places(drawn))) == len(NAMES)
    for name in NAMES:
        for word in name.split():
            assert word in svg
    assert all(0 <= x <= width and 0 <= y <= drawn.spec["height"] for x, y in places(drawn))


def test_a_long_name_takes_two_lines_and_the_next_one_keeps_its_distance(chart):
    drawn = chart(170, 1)
    rows = {d["name"].replace("\n", " "): d["y"] for d in drawn.spec["data"]["values"]}

    assert rows["Kenya"] - rows["République démocratique du Congo"] >= 32


def test_columns_are_about_as_tall_as_each_other_whatever_long_names_stand_in_one():
    names = ["Kenya"] * 8 + ["République démocratique du Congo"] * 2
    dots = [Dot(name, "empty", "none") for name in names]

    drawn = dot_chart(dots, "Title", "fr", alt="none", headers=("Pays", "Chiffre"), width=328, columns=2)

    first = [d["name"] for d in drawn.spec["data"]["values"] if d["x"] == 7]
    assert (len(first), drawn.spec["height"]) == (6, 6 * 20)


def test_states_differ_in_size_and_weight_and_not_in_colour_alone(chart):
    svg = chart().svg()

    assert len(re.findall(r'font-weight="700"', svg)) == 2
    points = [layer["mark"] for layer in chart().spec["layer"] if layer["mark"]["type"] == "point"]
    assert len({mark["size"] for mark in points}) == len(points) == 3


def test_it_gives_itself_as_a_sentence_and_as_a_table(chart):
    drawn = chart()

    assert "<title>Couverture</title><desc>deux sur sept</desc>" in drawn.svg()
    assert [(name, meaning) for name, _, meaning in drawn.table()] == [
        (name, f"meaning of {state}") for name, state in zip(NAMES, STATES, strict=True)
    ]
    assert drawn.png()[:4] == b"\x89PNG"


def test_without_dots_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="at least one dot"):
        dot_chart([], "t", "en", alt="", headers=("", ""), width=680, columns=4)
