"""Charts for pages, documents and messages, and numbers and dates as each language writes them."""

from sse_observatory.figures.charts import NARROW_WIDTH, WIDE, Chart, Mark, bar_chart, time_chart
from sse_observatory.figures.formats import day, enumeration, number, period, plural

__all__ = [
    "NARROW_WIDTH", "WIDE", "Chart", "Mark", "bar_chart", "day", "enumeration", "number", "period", "plural",
    "time_chart",
]
