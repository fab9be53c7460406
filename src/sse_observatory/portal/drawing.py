"""Which part of a selection makes an honest chart, and its words.

A chart compares values that differ in one dimension only: same measure, perimeter, coverage, source and unit.
The total is left out (it would dwarf its parts), and so is the level below the one shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sse_observatory import figures
from sse_observatory.core import Language
from sse_observatory.figures import Chart, Mark
from sse_observatory.portal import words
from sse_observatory.portal.cells import cell, code_label, codelist_of, concept_label, mark, undetermined
from sse_observatory.portal.shelf import Observation, Rows, TableIndex
from sse_observatory.structures import TOTAL

MOST_BARS = 15
_LOOKED_AT = 1500
_NEVER_AN_AXIS = {"FREQ", "COVERAGE", "PERIMETER", "MEASURE", "SOURCE", "DEFINITION"}
_ORDERED = {"SIZE", "AGE", "TIER", "TIME_PERIOD"}


@dataclass(frozen=True)
class Picture:
    """A chart before it is drawn: what it compares, in which words. `note` says what was left out."""

    kind: str
    title: str
    subtitle: str
    alt: str
    note: str
    marks: tuple[Mark, ...]
    headers: tuple[str, str]
    fictional: bool
    language: Language

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """The chart as a table: label, what is written beside the mark and its interval, meaning of its letter."""
        return [(m.label, m.told(self.language), m.meaning) for m in self.marks]

    def size(self, width: int) -> tuple[int, int]:
        """How wide and high the chart will be, so that the page keeps its room before it has come."""
        measure = figures.time_size if self.kind == "time" else figures.bar_size
        return measure(self.marks, self.title, self.language, subtitle=self.subtitle, width=width)

    def draw(self, width: int) -> Chart:
        """The chart at a width in pixels."""
        make = figures.time_chart if self.kind == "time" else figures.bar_chart
        return make(
            self.marks, self.title, self.language, subtitle=self.subtitle, alt=self.alt, headers=self.headers,
            width=width,
        )


def picture(table: TableIndex, rows: Rows, lang: Language) -> Picture | None:
    """The most telling chart that `rows` allow, or None where no two values are comparable."""
    rows = rows[:_LOOKED_AT]
    best: tuple[float, str, Rows] | None = None
    for rank, name in enumerate(table.dimensions):
        if name in _NEVER_AN_AXIS or len(table.codes[name]) < 2:
            continue
        group = _largest_group(table, rows, name)
        if group is None:
            continue
        observations = _comparable(table.observations(group), name)
        visible = sum(1 for o in observations if o.value)
        least = 3 if name == "TIME_PERIOD" else 2
        if len(observations) < least or visible < 1:  # zeros alone are read better in the table
            continue
        score = min(visible, 8) - rank * 0.01 - (2 if name in ("TIME_PERIOD", "REF_AREA") else 0)
        if best is None or score > best[0]:
            best = (score, name, group)
    if best is None:
        return None
    return _worded(table, _comparable(table.observations(best[2]), best[1]), best[1], lang)


def _largest_group(table: TableIndex, rows: Rows, axis: str) -> Rows | None:
    """The set of rows alike in everything but `axis` that shows most; the first of several that show as much."""
    key = np.zeros(len(rows), dtype=np.int64)
    for name, (at, codes) in table.columns(rows).items():
        if name == axis:
            continue
        _, key = np.unique(key * max(len(codes), 1) + at, return_inverse=True)
    if not len(key):
        return None
    shown = np.bincount(key, weights=table.something[rows] + 0.001)
    if np.bincount(key).max() < 2:
        return None
    return rows[key == int(shown.argmax())]


def _comparable(observations: Sequence[Observation], axis: str) -> list[Observation]:
    """One level of the axis, without its total, in one unit."""
    kept = [o for o in observations if o.key[axis] != TOTAL]
    codelist = codelist_of(kept[0].dataflow, axis) if kept else None
    if codelist is not None and axis != "REF_AREA":
        present = {o.key[axis] for o in kept}
        top = [o for o in kept if o.key[axis] in codelist and not present & set(codelist.ancestors(o.key[axis]))]
        kept = top or kept
    if kept:
        unit = [kept[0].attributes.get(a) for a in ("UNIT_MEASURE", "UNIT_MULT")]
        kept = [o for o in kept if [o.attributes.get(a) for a in ("UNIT_MEASURE", "UNIT_MULT")] == unit]
    return kept


def _worded(table: TableIndex, observations: list[Observation], axis: str, lang: Language) -> Picture:
    first = observations[0]
    flow = table.dataflow
    if axis == "TIME_PERIOD":
        observations = sorted(observations, key=lambda o: o.key[axis])[-12:]
    elif axis in _ORDERED:
        pass
    else:
        observations = sorted(
            observations, key=lambda o: (undetermined(axis, o.key[axis]), o.value is None, -(o.value or 0))
        )
    total = len(observations)
    observations = observations[:MOST_BARS]
    marks = tuple(mark(o, code_label(flow, axis, o.key[axis], lang), lang) for o in observations)

    def named(concept: str) -> str:
        return code_label(flow, concept, first.key[concept], lang)

    about = [named("MEASURE")] if "MEASURE" in first.key else [words.plain_of(flow.label, lang)]
    if "REF_AREA" in first.key and axis != "REF_AREA":
        about.insert(0, named("REF_AREA"))
    title = words.say("chart.title", lang, place=about[0], what=about[1]) if len(about) > 1 else about[0]
    fixed = [concept_label(flow, axis, lang)]
    fixed += [
        named(d) for d in table.dimensions
        if d not in (axis, "REF_AREA", "MEASURE", "FREQ") and first.key[d] not in (TOTAL, "_Z")
    ]
    unit = cell(first, lang).unit
    if unit and unit.lower() not in title.lower():
        fixed.append(unit)
    if first.fictional:
        fixed.insert(0, words.say("fictional.mark", lang))
    shown = [m for m in marks if m.value is not None]
    alt = words.say_count("chart.alt", len(marks), lang, title=title)
    if shown:
        largest = max(shown, key=lambda m: m.value or 0)
        alt += " " + words.say("chart.alt_largest", lang, label=largest.label, value=largest.told(lang))
    hidden = len(marks) - len(shown)
    if hidden:
        alt += " " + words.say_count("chart.alt_hidden", hidden, lang)
    lines = figures.legend(marks, lang)
    alt += f" {lines}" if lines else ""
    note = words.say("chart.first_of", lang, shown=len(marks), total=figures.number(total, lang)) if total > len(
        marks
    ) else ""
    what = unit or words.say("table.value", lang)
    return Picture(
        "time" if axis == "TIME_PERIOD" else "bars", title, " · ".join(fixed), alt, note, marks,
        (concept_label(flow, axis, lang), words.say("chart.with_interval", lang, what=what) if lines else what),
        first.fictional, lang,
    )


@lru_cache(maxsize=512)
def _drawn(key: str, picture_: Picture, width: int, form: str) -> bytes:
    chart = picture_.draw(width)
    return chart.png() if form == "png" else chart.svg().encode()


def drawn(token: str, picture_: Picture, width: int, form: str) -> bytes:
    """The chart's bytes, drawn once for each set of releases; `form` is ``svg`` or ``png``."""
    return _drawn(token, picture_, width, form)
