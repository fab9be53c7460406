"""Charts for pages, documents and messages, and numbers and dates as each language writes them."""

from sse_observatory.figures.charts import (
    NARROW_WIDTH,
    WIDE,
    Chart,
    Mark,
    bar_chart,
    bar_size,
    legend,
    time_chart,
    time_size,
)
from sse_observatory.figures.formats import day, enumeration, number, period, plural
from sse_observatory.figures.strips import Dot, dot_chart

__all__ = [
    "NARROW_WIDTH", "WIDE", "Chart", "Dot", "Mark", "bar_chart", "bar_size", "day", "dot_chart", "enumeration",
    "legend", "number", "period", "plural", "time_chart", "time_size",
]
