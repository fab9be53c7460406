"""Dots with names: for which members of a set something exists, and for which it does not.

A coverage of one in fifty-four is a bar that nobody can see. Here every member has its dot and its name, in the order
of the alphabet, so that readers find their own country and the empty places are as visible as the full ones. A full
dot is drawn larger and its name in bold: the chart reads without colour.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
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
    import altair as alt_

    if not dots:
        raise ValueError("a chart needs at least one dot")
    rows = math.ceil(len(dots) / columns)
    column = width / columns
    size, line = (11.5, 14.5) if width > 480 else (12.5, 16.0)
    room = int((column - 22) / (size * 0.53))
    wrapped = [textwrap.wrap(dot.label, room) or [""] for dot in dots]
    data, height, top = [], 0.0, 0.0
    for index, dot in enumerate(dots):
        at, row = divmod(index, rows)
        top = 0.0 if row == 0 else top
        data.append({
            "x": at * column + 7, "y": top + line / 2, "text_x": at * column + 18,
            "name": "\n".join(wrapped[index]), "state": dot.state,
        })  # fmt: skip
        top += len(wrapped[index]) * line + 4
        height = max(height, top)
    base = alt_.Chart(alt_.Data(values=data)).properties(width=width - 8, height=height)
    across = alt_.Scale(domain=[0, width], range=[0, width], nice=False, zero=False)
    down = alt_.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    x, text_x = (alt_.X(f"{name}:Q", axis=None, scale=across) for name in ("x", "text_x"))
    y = alt_.Y("y:Q", axis=None, scale=down)

    def only(state: str) -> Any:
        return base.transform_filter(f"datum.state === '{state}'")

    def names(state: str, colour: str, weight: int) -> Any:
        return only(state).mark_text(
            align="left", baseline="middle", lineBreak="\n", lineHeight=line, color=colour, fontWeight=weight,
            fontSize=size,
        ).encode(x=text_x, y=y, text="name:N")  # fmt: skip

    layers = [
        only("empty").mark_point(shape="circle", size=38, filled=False, stroke=MUTED, strokeWidth=1).encode(x=x, y=y),
        only("half").mark_point(
            shape="circle", size=60, filled=False, stroke=ACCENT, strokeWidth=1.6, strokeDash=[2, 2]
        ).encode(x=x, y=y),
        only("full").mark_point(shape="circle", size=86, filled=True, color=ACCENT, opacity=1).encode(x=x, y=y),
        names("empty", MUTED, 400), names("half", INK, 400), names("full", INK, 700),
    ]  # fmt: skip
    layered = alt_.layer(*layers).properties(background=PAPER).configure(font=font).configure_view(stroke=None)
    spec = layered.to_dict()
    spec["autosize"], spec["padding"] = {"type": "none"}, 4
    marks = tuple(Mark(dot.label, *_STATES[dot.state], dot.meaning) for dot in dots)
    return Chart(title, "", language, marks, spec, headers, alt)
