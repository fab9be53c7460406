"""Charts: from a few rows to one Altair specification, drawn as SVG or PNG without a browser.

Two forms answer the questions published tables raise: *how large is each?* (`bar_chart`) and *how did
it move?* (`time_chart`). Values are written beside their marks, so a reader never measures against an
axis. A value that is not shown is never drawn as zero: it gets a short hatched stub of fixed length and
the letter of its state. An estimate from a sample has its confidence interval as a line across the end of
its bar, dark with a white edge, and the chart says below its title what the lines are. One hue and
hatching carry everything, so the charts read the same to colour-blind readers and in greyscale. Every
chart also gives itself as a table (`Chart.table`) and as a sentence (`Chart.alt`), which is what the page
shows to those who do not see it.

Left out: interactive charts, maps, more than one series.
"""

from __future__ import annotations

import json
import math
import re
import textwrap
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any, Literal

from sse_observatory.core import Language
from sse_observatory.figures.formats import number

INK, MUTED, RULE, ACCENT, SOFT, PAPER = "#1a2027", "#55606b", "#d5dbe0", "#0b4f71", "#7fa8bd", "#ffffff"
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"

WIDE, NARROW_WIDTH = 680, 328
"""The two widths charts are drawn in: for a page and for a telephone, in pixels at scale 1."""

_TELEPHONE = 480
"""Below this width labels stand above their bars."""
_COLUMN = 220
"""How high the columns of a time chart reach, in pixels."""
_STUB = 26
_HIDDEN, _DOUBTFUL = ("c", "n"), {"u", "≈"}
_drawing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of a chart.

    `value` is None where nothing is shown; `flag` is then the letter of the state (``c``, ``:``, ``n`` …)
    and `meaning` what it stands for. A value with a flag (``u``, ``≈`` or both) is drawn lighter, with the flag beside
    it. `interval` is from where to where the value may lie, at a confidence `level` in per cent; it goes with a value.
    A change is `signed`: above nought it has a plus.
    """

    label: str
    value: Decimal | None
    flag: str = ""
    meaning: str = ""
    decimals: int | None = None
    interval: tuple[Decimal, Decimal] | None = None
    level: Decimal = Decimal(95)
    signed: bool = False

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The ends of the interval that is drawn; none where no value is shown."""
        if self.value is None or self.interval is None:
            return None
        return float(self.interval[0]), float(self.interval[1])

    @property
    def state(self) -> Literal["shown", "doubtful", "hidden", "absent"]:
        """How the mark is drawn: filled, lighter with a dashed edge, as a hatched stub, or not at all."""
        if self.value is None:
            return "hidden" if self.flag in _HIDDEN else "absent"
        return "doubtful" if _DOUBTFUL & set(self.flag.split()) else "shown"

    def written(self, lang: Language) -> str:
        """What stands beside the mark: the number, the flag, or both."""
        if self.value is None:
            return self.flag or ":"
        text = self._number(self.value, lang)
        return f"{text} {self.flag}" if self.flag else text

    def told(self, lang: Language) -> str:
        """What a reader who does not see the mark is told: what stands beside it, and the interval."""
        if self.bounds is None or self.interval is None:
            return self.written(lang)
        low, high = (self._number(end, lang) for end in self.interval)
        return f"{self.written(lang)} ({_FROM_TO[lang].format(low=low, high=high)})"

    def _number(self, value: Decimal, lang: Language) -> str:
        text = number(value, lang, self.decimals)
        return f"+{text}" if self.signed and value > 0 and text != number(0, lang, self.decimals) else text


_FROM_TO = {"en": "{low} to {high}", "fr": "de {low} à {high}", "es": "de {low} a {high}"}
_LINES = {
    "en": "Lines: {level}% confidence intervals.",
    "fr": "Traits\u202f: intervalles de confiance à {level}\u202f%.",
    "es": "Líneas: intervalos de confianza del {level}\u202f%.",
}


def legend(rows: Sequence[Mark], language: Language) -> str:
    """What the lines of intervals are, in a sentence; empty where there are none. Raises ValueError for two levels."""
    levels = {mark.level for mark in rows if mark.bounds is not None}
    if len(levels) > 1:
        raise ValueError("a chart shows intervals of one confidence level")
    return _LINES[language].format(level=number(levels.pop(), language)) if levels else ""


@dataclass(frozen=True)
class Chart:
    """A themed chart: `spec` is Vega-Lite; `alt` says in a sentence what it shows."""

    title: str
    subtitle: str
    language: Language
    marks: tuple[Mark, ...]
    spec: dict[str, Any] = field(repr=False)
    headers: tuple[str, str] = ("", "")
    alt: str = ""
    size: tuple[int, int] | None = None
    """Width and height of the SVG in pixels; None where only drawing tells them."""

    @cached_property
    def _json(self) -> str:
        return json.dumps(self.spec, ensure_ascii=False)

    def svg(self) -> str:
        """The chart as a standalone SVG document with a title and a description."""
        import vl_convert

        with _drawing:
            drawn = vl_convert.vegalite_to_svg(self._json, allowed_base_urls=[])
        words = f"<title>{escape(self.title)}</title>"
        if self.alt:
            words += f"<desc>{escape(self.alt)}</desc>"
        return re.sub(
            r"<svg\b([^>]*)>",
            lambda found: f'<svg{self._sized(found[1])} role="img" lang="{self.language}">{words}',
            drawn,
            count=1,
        )

    def _sized(self, attributes: str) -> str:
        """The attributes of the drawing with the size announced; a drawing that came out larger is scaled into it."""
        if self.size is None:
            return attributes
        found = {name: float(value) for name, value in re.findall(r'\b(width|height)="([\d.]+)"', attributes)}
        width, height = self.size
        box = f"0 0 {max(found['width'], width):g} {max(found['height'], height):g}"
        kept = re.sub(r'\s(width|height|viewBox|preserveAspectRatio)="[^"]*"', "", attributes)
        return f'{kept} width="{width}" height="{height}" viewBox="{box}" preserveAspectRatio="xMinYMin meet"'

    def png(self, scale: float = 2.0) -> bytes:
        """The chart as PNG, `scale` times its size in pixels."""
        import vl_convert

        with _drawing:
            return bytes(vl_convert.vegalite_to_png(self._json, scale=scale, allowed_base_urls=[]))

    def table(self) -> list[tuple[str, str, str]]:
        """The chart's rows as (label, what is written beside the mark and its interval, meaning of the flag)."""
        return [(mark.label, mark.told(self.language), mark.meaning) for mark in self.marks]


def bar_chart(
    rows: Sequence[Mark],
    title: str,
    language: Language,
    *,
    subtitle: str = "",
    alt: str = "",
    headers: tuple[str, str] = ("", ""),
    width: int = WIDE,
) -> Chart:
    """Horizontal bars in the order given, each with its value; `width` in pixels. Raises ValueError without rows."""
    import altair as alt_

    data, height = _bars(rows, language, width)
    narrow = width < _TELEPHONE
    gutter = max(len(m.written(language)) for m in rows) * 7.6 + 14
    left = 0.0 if narrow else min(max(len(line) for d in data for line in d["wrapped"].split("\n")) * 6.9 + 16, 270.0)
    low, high = _span(rows)
    right = max(width - gutter, left + 100)

    base = alt_.Chart(alt_.Data(values=data)).properties(width=width - 8, height=height)
    across = alt_.Scale(domain=[low, high], range=[left, right], nice=False, zero=False)
    x, tip, from_, to = (alt_.X(f"{name}:Q", axis=None, scale=across) for name in ("value", "tip", "low", "high"))
    zero = alt_.X2Datum(0)
    down = alt_.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    y, beside = (alt_.Y(f"{name}:Q", axis=None, scale=down) for name in ("bar_y", "label_y"))
    start = left + (right - left) * (0 - low) / (high - low)
    layers = [
        base.transform_filter("datum.state === 'shown'").mark_bar(
            orient="horizontal", color=ACCENT, size=14
        ).encode(x=x, x2=zero, y=y),
        base.transform_filter("datum.state === 'doubtful'").mark_bar(
            orient="horizontal", color=SOFT, size=14, stroke=ACCENT, strokeWidth=1, strokeDash=[3, 2]
        ).encode(x=x, x2=zero, y=y),
        base.transform_filter("datum.state === 'hidden'").mark_bar(
            orient="horizontal", color=_hatching(alt_), size=14, stroke=MUTED, strokeWidth=0.8
        ).encode(x=alt_.XValue(start), x2=alt_.X2Value(start + _STUB), y=y),
        *_whiskers(
            rows, base, "vertical", {"x": from_, "x2": alt_.X2("high:Q"), "y": y}, {"x": from_, "y": y},
            {"x": to, "y": y},
        ),
        base.transform_filter("datum.value !== null").mark_text(
            align="left", dx=6, color=INK, fontWeight=600
        ).encode(x=tip, y=y, text="written:N"),
        base.transform_filter("datum.state === 'hidden'").mark_text(
            align="left", dx=6, color=MUTED, fontWeight=600, fontStyle="italic"
        ).encode(x=alt_.XValue(start + _STUB), y=y, text="written:N"),
        base.transform_filter("datum.state === 'absent'").mark_text(
            align="left", dx=6, color=MUTED, fontWeight=600, fontStyle="italic"
        ).encode(x=alt_.XValue(start), y=y, text="written:N"),
        base.mark_text(align="left", lineHeight=16, lineBreak="\n", color=INK, baseline="middle").encode(
            x=alt_.XValue(0), y=beside, text="wrapped:N"
        ),
        base.mark_rule(color=RULE).encode(
            x=alt_.XValue(start), y=alt_.YValue(-4), y2=alt_.Y2Value(height + 2)
        ) if not narrow else base.mark_rule(opacity=0).encode(x=alt_.XValue(0)),
    ]
    size = bar_size(rows, title, language, subtitle=subtitle, width=width)
    return _finish(alt_, alt_.layer(*layers), rows, title, subtitle, language, headers, alt, width, size)


def time_chart(
    rows: Sequence[Mark],
    title: str,
    language: Language,
    *,
    subtitle: str = "",
    alt: str = "",
    headers: tuple[str, str] = ("", ""),
    width: int = WIDE,
) -> Chart:
    """One value per period as columns with their values above, oldest first. Raises ValueError without rows."""
    import altair as alt_

    data = _columns(rows, language)
    labels = json.dumps([d["wrapped"] for d in data], ensure_ascii=False)
    low, high = _span(rows)
    domain = [low, high + 0.08 * (high - low)]
    plot = min(width - 20, 96 * len(rows))
    base = alt_.Chart(alt_.Data(values=data)).properties(width=plot, height=_COLUMN)
    x = alt_.X(
        "row:O", title=None,
        scale=alt_.Scale(domain=list(range(len(rows))), paddingInner=0.45, paddingOuter=0.2),
        axis=alt_.Axis(labelExpr=f"split({labels}[datum.value], '\\n')", labelAngle=0, ticks=False, domainColor=MUTED),
    )
    y = alt_.Y("value:Q", title=None, axis=None, scale=alt_.Scale(domain=domain, nice=False))
    size = max(12, min(44, int(plot / len(rows) * 0.5)))
    shown = base.transform_filter("datum.state === 'shown'").mark_bar(color=ACCENT, size=size).encode(x=x, y=y)
    doubtful = base.transform_filter("datum.state === 'doubtful'").mark_bar(
        color=SOFT, size=size, stroke=ACCENT, strokeWidth=1, strokeDash=[3, 2]
    ).encode(x=x, y=y)
    hidden = base.transform_filter("datum.state === 'hidden'").mark_bar(
        color=_hatching(alt_), size=size, stroke=MUTED, strokeWidth=0.8
    ).encode(x=x, y=alt_.value(_COLUMN), y2=alt_.value(_COLUMN - _STUB))
    tip, from_, to = (
        alt_.Y(f"{name}:Q", title=None, axis=None, scale=alt_.Scale(domain=domain, nice=False))
        for name in ("tip", "low", "high")
    )
    whiskers = _whiskers(
        rows, base, "horizontal", {"x": x, "y": from_, "y2": alt_.Y2("high:Q")}, {"x": x, "y": from_}, {"x": x, "y": to}
    )
    written = base.transform_filter("datum.value !== null").mark_text(
        baseline="bottom", dy=-4, color=INK, fontWeight=600
    ).encode(x=x, y=tip, text="written:N")
    letters = base.transform_filter("datum.state === 'hidden'").mark_text(
        baseline="bottom", dy=-4, color=MUTED, fontWeight=600, fontStyle="italic"
    ).encode(x=x, y=alt_.value(_COLUMN - _STUB), text="written:N")
    absent = base.transform_filter("datum.state === 'absent'").mark_text(
        baseline="bottom", dy=-4, color=MUTED, fontWeight=600, fontStyle="italic"
    ).encode(x=x, y=alt_.value(_COLUMN), text="written:N")
    layered = alt_.layer(shown, doubtful, hidden, *whiskers, written, letters, absent)
    size = time_size(rows, title, language, subtitle=subtitle, width=width)
    return _finish(alt_, layered, rows, title, subtitle, language, headers, alt, width, size)


def bar_size(
    rows: Sequence[Mark], title: str, language: Language, *, subtitle: str = "", width: int = WIDE
) -> tuple[int, int]:
    """Width and height of `bar_chart` in pixels, without drawing it: what a page keeps free for the image."""
    _, height = _bars(rows, language, width)
    below = _subtitled(subtitle, rows, language)
    return width, math.ceil(height + _heading(title, below, width)[2] + (0 if width < _TELEPHONE else 8))


def time_size(
    rows: Sequence[Mark], title: str, language: Language, *, subtitle: str = "", width: int = WIDE
) -> tuple[int, int]:
    """Width and height of `time_chart` in pixels, without drawing it."""
    lines = max(d["lines"] for d in _columns(rows, language))
    return width, _COLUMN + _heading(title, _subtitled(subtitle, rows, language), width)[2] + 1 + 15 * lines


def _bars(rows: Sequence[Mark], language: Language, width: int) -> tuple[list[dict[str, Any]], float]:
    """The rows of a bar chart with their places, and the height they take."""
    if not rows:
        raise ValueError("a chart needs at least one row")
    narrow = width < _TELEPHONE
    data = [_datum(i, mark, language, 44 if narrow else 36) for i, mark in enumerate(rows)]
    # Rows get the height their own label needs: beside the bar on a page, above it on a telephone.
    top = 0.0
    for datum in data:
        words = datum["lines"] * 16
        datum["label_y"] = top + 8 + (0 if narrow else max(20 - words, 0) / 2)  # the middle of the first line
        datum["bar_y"] = top + words + 11 if narrow else top + max(words, 20) / 2
        top += words + 32 if narrow else max(words, 20) + 10
    return data, top - 10


def _columns(rows: Sequence[Mark], language: Language) -> list[dict[str, Any]]:
    if not rows:
        raise ValueError("a chart needs at least one row")
    return [_datum(i, mark, language, 14) for i, mark in enumerate(rows)]


def _span(rows: Sequence[Mark]) -> tuple[float, float]:
    """From the lowest value or zero to the largest size, 1 where all are zero or absent."""
    values = [float(m.value) for m in rows if m.value is not None]
    ends = [end for m in rows for end in m.bounds or ()]
    return min([*values, *ends, 0.0]), max([*map(abs, values), *ends], default=0.0) or 1.0


def _heading(title: str, subtitle: str, width: int) -> tuple[list[str], list[str], int]:
    """Title and subtitle in lines, and the height of both with the white around the drawing."""
    lines = textwrap.wrap(title, int(width / 7.6)) or [""]
    below = [line for part in subtitle.splitlines() for line in textwrap.wrap(part, int(width / 6.4))]
    return lines, below, 55 + 19 * (len(lines) - 1) + 17 * max(len(below) - 1, 0)


def _subtitled(subtitle: str, rows: Sequence[Mark], language: Language) -> str:
    """The subtitle with, on a line of its own, what the lines of intervals are."""
    return "\n".join(part for part in (subtitle, legend(rows, language)) if part)


def _whiskers(
    rows: Sequence[Mark], base: Any, ends: str, along: dict[str, Any], first: dict[str, Any], last: dict[str, Any]
) -> list[Any]:
    """The lines of intervals with a stroke at each end, above a wider white copy that sets them off from their bars."""
    if not any(mark.bounds for mark in rows):
        return []
    there = base.transform_filter("isValid(datum.low)")
    layers = []
    for colour, wider in ((PAPER, 2.8), (INK, 0.0)):
        layers.append(there.mark_rule(color=colour, strokeWidth=1.4 + wider).encode(**along))
        for at in (first, last):
            end = there.mark_tick(orient=ends, color=colour, size=9 + wider, thickness=1.4 + wider, opacity=1)
            layers.append(end.encode(**at))
    return layers


def _datum(row: int, mark: Mark, lang: Language, wrap: int) -> dict[str, Any]:
    wrapped = textwrap.wrap(mark.label, wrap, break_long_words=True) or [""]
    if len(wrapped) > 3:
        wrapped = [*wrapped[:2], textwrap.shorten(" ".join(wrapped[2:]), wrap, placeholder="…")]
    value, bounds = None if mark.value is None else float(mark.value), mark.bounds
    return {
        "row": row,
        "wrapped": "\n".join(wrapped),
        "lines": len(wrapped),
        "value": value,
        "low": bounds[0] if bounds else None,
        "high": bounds[1] if bounds else None,
        # The number stands at the end of the bar and its interval, or at zero when the bar points the other way.
        "tip": None if value is None else max(value, 0.0, *(bounds or ())),
        "written": mark.written(lang),
        "state": mark.state,
    }


def _hatching(alt_: Any) -> Any:
    """Vega has no pattern fill; a gradient with hard stops draws the same diagonal stripes in SVG and PNG."""
    stripes, stops = 7, []
    for i in range(stripes):
        ink = MUTED if i % 2 else PAPER
        stops += [
            alt_.GradientStop(offset=round(i / stripes, 4), color=ink),
            alt_.GradientStop(offset=round((i + 1) / stripes, 4), color=ink),
        ]
    return alt_.Gradient(gradient="linear", stops=stops, x1=0, y1=0, x2=1, y2=1)


def _finish(
    alt_: Any, layered: Any, rows: Sequence[Mark], title: str, subtitle: str, lang: Language,
    headers: tuple[str, str], sentence: str, width: int, size: tuple[int, int],
) -> Chart:
    lines, below, _ = _heading(title, _subtitled(subtitle, rows, lang), width)
    layered = layered.properties(
        title=alt_.TitleParams(text=lines, subtitle=below),
        background=PAPER,
    ).configure(font=FONT).configure_view(stroke=None).configure_axis(
        labelFont=FONT, labelFontSize=13, labelColor=INK, grid=False
    ).configure_text(font=FONT, fontSize=13).configure_title(
        font=FONT, fontSize=15, fontWeight=700, color=INK, anchor="start", frame="group", offset=14, lineHeight=19,
        subtitleFont=FONT, subtitleFontSize=12.5, subtitleColor=MUTED, subtitleLineHeight=17, subtitlePadding=5,
    )
    spec = layered.to_dict()
    spec.setdefault("usermeta", {})["embedOptions"] = {"renderer": "svg"}
    spec["autosize"] = {"type": "pad"}
    spec["padding"] = 4
    return Chart(title, subtitle, lang, tuple(rows), spec, headers, sentence, size)
