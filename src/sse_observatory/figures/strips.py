"""Dots with names: for which members of a set something exists, and for which it does not.

A coverage of one in fifty-four is a bar that nobody can see. Here every member has its dot and its name, in the order
of the alphabet, so that readers find their own country and the empty places are as visible as the full ones. A full
dot is drawn larger and its name in bold: the chart reads without colour.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sse_observatory.core import Language
from sse_observatory.figures.charts import ACCENT, FONT, INK, MUTED, PAPER, Chart, Mark

State = Literal["full", "half", "empty"]
_STATES = {"full": (Decimal(1), ""), "half": (None, "?"), "empty": (None, ":")}


@dataclass(frozen=True, slots=True)
class Dot:
    """A member by its name: `full` (it has one), `half` (perhaps), `empty` (it has none); `meaning` in words."""

    label: str
    state: State
    meaning: str


def dot_chart(
    dots: Sequence[Dot], title: str, language: Language, *, alt: str, headers: tuple[str, str],
    width: int, columns: int, font: str = FONT,
) -> Chart:
    """Dots with their names in `columns`, down each column in the order given. Raises ValueError without dots."""
    if not dots:
        raise ValueError("a chart needs at least one dot")
    column = width / columns
    size, line = (11.5, 14.5) if width > 480 else (12.5, 16.0)
    room = int((column - 22) / (size * 0.53))
    wrapped = [textwrap.wrap(dot.label, room) or [""] for dot in dots]
    tall = [len(lines) * line + 4 for lines in wrapped]
    height = _height(tall, columns)
    data, at, top = [], 0, 0.0
    for index, dot in enumerate(dots):
        if top + tall[index] > height:
            at, top = at + 1, 0.0
        data.append({
            "x": at * column + 7, "y": top + line / 2, "text_x": at * column + 18,
            "name": "\n".join(wrapped[index]), "state": dot.state,
        })  # fmt: skip
        top += tall[index]
    layers = [_layer(state, "x", width, height, mark) for state, mark in _POINTS.items()]
    for state, (colour, weight) in _NAMES.items():
        mark = {"type": "text", "align": "left", "baseline": "middle", "lineBreak": "\n", "lineHeight": line,
                "color": colour, "fontWeight": weight, "fontSize": size}  # fmt: skip
        layers.append(_layer(state, "text_x", width, height, mark, {"field": "name", "type": "nominal"}))
    # Written out rather than through Altair, which takes a second to load and check what never varies here.
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": data}, "width": width - 8, "height": height, "background": PAPER,
        "autosize": {"type": "none"}, "padding": 4, "layer": layers,
        "config": {"font": font, "view": {"stroke": None}},
    }  # fmt: skip
    marks = tuple(Mark(dot.label, *_STATES[dot.state], dot.meaning) for dot in dots)
    return Chart(title, "", language, marks, spec, headers, alt)


def _height(tall: Sequence[float], columns: int) -> float:
    """The least height at which items as tall as `tall` fill no more than `columns` columns, in their order."""
    runs = {sum(tall[start:end]) for start in range(len(tall)) for end in range(start + 1, len(tall) + 1)}
    return next(height for height in sorted(runs) if _filled(tall, height) <= columns)


def _filled(tall: Sequence[float], height: float) -> float:
    columns, top = 1, 0.0
    for one in tall:
        if one > height:
            return math.inf
        columns, top = (columns + 1, one) if top + one > height else (columns, top + one)
    return columns


_POINTS: Mapping[State, Mapping[str, Any]] = {
    "empty": {"type": "point", "shape": "circle", "size": 38, "filled": False, "stroke": MUTED, "strokeWidth": 1},
    "half": {"type": "point", "shape": "circle", "size": 60, "filled": False, "stroke": ACCENT, "strokeWidth": 1.6,
             "strokeDash": [2, 2]},
    "full": {"type": "point", "shape": "circle", "size": 86, "filled": True, "color": ACCENT, "opacity": 1},
}  # fmt: skip
_NAMES: Mapping[State, tuple[str, int]] = {"empty": (MUTED, 400), "half": (INK, 400), "full": (INK, 700)}


def _layer(
    state: State, x: str, width: float, height: float, mark: Mapping[str, Any], text: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    def along(name: str, length: float) -> dict[str, Any]:
        scale = {"domain": [0, length], "range": [0, length], "nice": False, "zero": False}
        return {"field": name, "type": "quantitative", "axis": None, "scale": scale}

    encoding = {"x": along(x, width), "y": along("y", height), **({"text": text} if text else {})}
    return {"mark": dict(mark), "transform": [{"filter": f"datum.state === '{state}'"}], "encoding": encoding}
