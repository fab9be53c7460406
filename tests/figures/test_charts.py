"""Charts: what is hidden is never drawn as zero, and what is drawn can also be read."""

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sse_observatory.figures import NARROW_WIDTH, WIDE, Mark, bar_chart, bar_size, time_chart, time_size

ROWS = (
    Mark("Worker", Decimal(40)),
    Mark("Consumer or user", Decimal(4374)),
    Mark("Producer", None, "c", "Confidential"),
    Mark("Multi-stakeholder", Decimal(12), "u", "Low reliability"),
    Mark("Type not known", Decimal(0)),
    Mark("Other", None, ":", "Missing"),
)


def drawn(chart):
    return etree.fromstring(chart.svg().encode())


def bars(chart):
    """Width in pixels of each bar of the chart, hidden stubs left out."""
    paths = [p for p in drawn(chart).iter("{*}path") if p.get("aria-roledescription") == "bar"]
    return [p for p in paths if "url(" not in (p.get("fill") or "")]


@pytest.mark.parametrize("width", [WIDE, NARROW_WIDTH])
def test_every_label_and_value_stands_in_the_drawing(width):
    words = " ".join(drawn(bar_chart(ROWS, "Cooperatives by type", "fr", width=width)).itertext())

    for mark in ROWS:
        assert mark.label in words
    assert "4\u202f374" in words


def test_a_confidential_value_is_a_hatched_stub_with_its_letter_and_never_a_bar():
    chart = bar_chart(ROWS, "Cooperatives by type", "en")
    hatched = [p for p in drawn(chart).iter("{*}path") if "url(" in (p.get("fill") or "")]

    assert len(hatched) == 1
    assert len(bars(chart)) == len([m for m in ROWS if m.value is not None])
    assert ("Producer", "c", "Confidential") in chart.table()


def test_a_hidden_stub_has_the_same_length_whatever_the_other_values_are():
    def stub(*others):
        chart = bar_chart([Mark("Hidden", None, "c"), *others], "T", "en")
        [path] = [p for p in drawn(chart).iter("{*}path") if "url(" in (p.get("fill") or "")]
        [width] = re.findall(r"h(-?[\d.]+)", path.get("d"))[:1]
        return abs(float(width))

    assert stub(Mark("A", Decimal(10))) == stub(Mark("A", Decimal(1000000))) == stub()


def test_a_chart_fits_the_width_it_was_asked_for():
    for width in (WIDE, NARROW_WIDTH):
        endless = "A category whose name goes on and on until it needs a second line and a third one"
        long = [*ROWS, Mark(endless, Decimal(9))]
        box = drawn(bar_chart(long, "A title " * 20, "en", width=width)).get("viewBox")
        assert float(box.split()[2]) <= width + 12


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.text("abc ", min_size=1, max_size=80), st.integers(-5, 10**9) | st.none()), min_size=1,
             max_size=6),
    st.integers(1, 150), st.integers(0, 150), st.sampled_from([WIDE, NARROW_WIDTH]),
    st.sampled_from([(bar_chart, bar_size), (time_chart, time_size)]),
)  # fmt: skip
def test_the_size_is_known_without_drawing_and_nothing_drawn_stands_outside_it(rows, title, subtitle, width, kind):
    draw, measure = kind
    marks = [
        Mark(label, None if v is None else Decimal(v), "c" if v is None else "", "", None,
             (Decimal(v - 40), Decimal(v * 2 + 7)) if v is not None and v % 2 else None)
        for label, v in rows
    ]  # fmt: skip
    words = {"title": "word " * title, "subtitle": "word " * subtitle}

    chart = draw(marks, language="en", width=width, **words)

    assert chart.size == measure(marks, language="en", width=width, **words)
    root = drawn(chart)
    assert (int(root.get("width")), int(root.get("height"))) == chart.size
    # The background that Vega draws covers all it has drawn.
    background = next(iter(root.iter("{*}rect")))
    box = [float(n) for n in root.get("viewBox").split()]
    assert box[:2] == [0, 0]
    assert float(background.get("width")) <= box[2] and float(background.get("height")) <= box[3]
    assert 0 <= chart.size[1] - float(background.get("height")) <= 2, "the height announced is not that of the drawing"


def test_a_chart_that_came_out_wider_than_asked_is_scaled_into_its_size():
    title = "W" * 60  # wider than the estimate of a character
    root = drawn(bar_chart(ROWS, title, "en", width=NARROW_WIDTH))

    assert float(root.get("viewBox").split()[2]) > NARROW_WIDTH == int(root.get("width"))
    assert root.get("preserveAspectRatio") == "xMinYMin meet"


def test_the_drawing_carries_its_title_and_its_description_escaped():
    chart = bar_chart(ROWS, "<b>Title</b>", "es", alt="Says & shows")
    root = drawn(chart)

    assert root.get("role") == "img" and root.get("lang") == "es"
    assert root.findtext("{*}title") == "<b>Title</b>"
    assert root.findtext("{*}desc") == "Says & shows"


def test_periods_stay_in_the_order_given_even_when_one_is_hidden():
    rows = [Mark("2010", Decimal(5)), Mark("2013", None, "c"), Mark("2016", Decimal(7)), Mark("2019", Decimal(3))]
    texts = [t.text for t in drawn(time_chart(rows, "Entities", "en")).iter("{*}text") if t.text]

    assert [t for t in texts if t.startswith("20")] == ["2010", "2013", "2016", "2019"]


def test_a_png_is_a_png():
    assert bar_chart(ROWS, "Cooperatives by type", "en").png().startswith(b"\x89PNG")


def test_a_chart_without_rows_is_refused():
    with pytest.raises(ValueError, match="at least one row"):
        bar_chart([], "Nothing", "en")


ESTIMATES = (
    Mark("Worker", Decimal(1000), "", "", 0, (Decimal(900), Decimal(1100))),
    Mark("Mutual", Decimal(300), "u", "Low reliability", 0, (Decimal(-50), Decimal(650))),
    Mark("Too few", None, "n", "Not precise enough", 0, (Decimal(1), Decimal(99))),
    Mark("Register", Decimal(500)),
)
LINES = {
    "en": "Lines: 95% confidence intervals.",
    "fr": "Traits\u202f: intervalles de confiance à 95\u202f%.",
    "es": "Líneas: intervalos de confianza del 95\u202f%.",
}


def whiskers(chart, colour):
    """Where the lines of intervals begin and end, in pixels along the bars."""
    found = []
    for line in drawn(chart).iter("{*}line"):
        if line.get("aria-roledescription") == "rule mark" and line.get("stroke") == colour:
            x, y = (float(v) for v in re.findall(r"-?[\d.]+", line.get("transform")))
            found.append((x, x + float(line.get("x2") or 0), y))
    return sorted(found, key=lambda w: w[2])


def test_an_interval_is_a_line_from_its_lower_to_its_upper_end_with_a_white_edge():
    chart = bar_chart(ESTIMATES, "Members", "en")
    first, second = whiskers(chart, "#1a2027")
    pixels = (first[1] - first[0]) / 200

    assert second[1] - second[0] == pytest.approx(700 * pixels)
    # Both lines lie on one scale: 900 is 950 above −50.
    assert first[0] - second[0] == pytest.approx(950 * pixels)
    assert [w[:2] for w in whiskers(chart, "#ffffff")] == [first[:2], second[:2]]


@pytest.mark.parametrize("lang", LINES)
@pytest.mark.parametrize("make", [bar_chart, time_chart])
def test_a_chart_with_intervals_says_what_its_lines_are_and_its_table_gives_them(lang, make):
    chart = make(ESTIMATES, "Members", lang, subtitle="Persons")
    words = " ".join(drawn(chart).itertext())
    rows = {label: told for label, told, _ in chart.table()}

    assert LINES[lang] in words and "Persons" in words
    assert rows["Mutual"] == {
        "en": "300 u (−50 to 650)", "fr": "300 u (de −50 à 650)", "es": "300 u (de −50 a 650)"
    }[lang]  # fmt: skip
    assert rows["Too few"] == "n" and rows["Register"] == "500"


@pytest.mark.parametrize("make", [bar_chart, time_chart])
def test_without_intervals_no_line_is_drawn_and_nothing_is_said_of_them(make):
    hidden = Mark("Hidden", None, "n", "", 0, (Decimal(1), Decimal(9)))
    chart = make([*ROWS, hidden], "Members", "en")

    assert "confidence" not in " ".join(drawn(chart).itertext())
    assert whiskers(chart, "#1a2027") == []


def test_a_value_is_written_beyond_its_interval():
    chart = bar_chart(ESTIMATES, "Members", "en")
    [(_, end, _), _] = whiskers(chart, "#1a2027")
    texts = {t.text: t.get("transform") for t in drawn(chart).iter("{*}text")}
    at = float(re.findall(r"-?[\d.]+", texts["1,000"])[0])

    assert at == pytest.approx(end + 6)


def test_intervals_of_two_levels_in_one_chart_are_refused():
    other = Mark("B", Decimal(1), "", "", 0, (Decimal(0), Decimal(2)), Decimal(90))
    with pytest.raises(ValueError, match="one confidence level"):
        bar_chart([ESTIMATES[0], other], "Members", "en")
    assert "90% confidence" in " ".join(drawn(bar_chart([other], "Members", "en")).itertext())


def test_changes_have_their_sign_and_nought_has_none():
    def mark(value, **more):
        return Mark("a", Decimal(value), decimals=1, signed=True, **more)

    assert [mark(v).written("fr") for v in ("2.5", "-2.5", "0", "0.04", "-0.04")] == [
        "+2,5", "\u22122,5", "0,0", "0,0", "0,0",
    ]  # fmt: skip
    assert mark("1", interval=(Decimal("-1"), Decimal("3"))).told("es") == "+1,0 (de \u22121,0 a +3,0)"
    assert [mark("1", flag=f).state for f in ("", "≈", "u ≈", "u")] == ["shown", "doubtful", "doubtful", "doubtful"]
