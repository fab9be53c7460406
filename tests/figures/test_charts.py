"""Charts: what is hidden is never drawn as zero, and what is drawn can also be read."""

import re
from decimal import Decimal

import pytest
from lxml import etree

from sse_observatory.figures import NARROW_WIDTH, WIDE, Mark, bar_chart, time_chart

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
        assert float(drawn(bar_chart(long, "A title " * 20, "en", width=width)).get("width")) <= width + 12


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
