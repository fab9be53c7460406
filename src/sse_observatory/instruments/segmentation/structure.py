"""Judged paragraphs made into elements: depth, parents, names.

Names follow the habit of citation: ``op4 (b) (ii)`` is ``op4(b)(ii)``. Unnumbered paragraphs are counted. A number that
comes back keeps its name free of doubt by the section it stands in (``II.op1``) or, failing that, by ``#2``; both are
reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sse_observatory.core import Text
from sse_observatory.instruments.extracts import Stated
from sse_observatory.instruments.model import Element, Kind, Problem, Span, Zone
from sse_observatory.instruments.segmentation.blocks import Block, compose, place
from sse_observatory.instruments.segmentation.front import PART_MARK
from sse_observatory.instruments.segmentation.judging import Judged
from sse_observatory.instruments.segmentation.labels import Label, Outline, label_of
from sse_observatory.instruments.segmentation.openers import Opening

_SHORT = {
    Kind.SYMBOL: "symbol", Kind.TITLE: "title", Kind.ORGAN: "organ", Kind.SESSION: "session",
    Kind.AGENDA_ITEM: "item", Kind.DATE: "date", Kind.HEADING: "h", Kind.CLOSING: "closing", Kind.FOOTNOTE: "note",
    Kind.TABLE: "table", Kind.STRIPPED: "strip", Kind.OTHER: "line", Kind.ANNEX: "p",
    Kind.PREAMBULAR: "pp", Kind.OPERATIVE: "op",
}  # fmt: skip
_MISREAD = {
    "S": "5",
    "s": "5",
    "l": "1",
    "I": "1",
    "i": "1",
    "Z": "2",
    "z": "2",
    "B": "8",
    "G": "6",
    "b": "6",
    "g": "9",
}
"""Figures that optical reading takes for letters, and the other way round."""


@dataclass(slots=True)
class _Side:
    """The numbering of one side (preamble or operative part) of one part."""

    outline: Outline = field(default_factory=Outline)
    count: int = 0
    numbered: bool = False
    last: str | None = None
    """The last number of the first level."""
    chain: list[str] = field(default_factory=list)
    """Ids of the paragraphs open, by level."""
    offset: int = 0
    section: str = ""
    more: int = 1
    headed: bool = False
    """Whether a heading stands between the last paragraph and this place."""


@dataclass(slots=True)
class Structure:
    """Elements in the making."""

    source: str
    elements: list[Element] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _sides: dict[tuple[str, Kind], _Side] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)
    _ids: set[str] = field(default_factory=set)
    _headings: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    _section: str = ""
    """The section of the last heading: its number, or its id where it has none."""
    _whole: str = ""
    """The section of the last heading that paragraphs are numbered below when numbers run on through its sections."""

    def side(self, judged: Judged) -> _Side:
        return self._sides.setdefault((judged.part, judged.kind), _Side())


def build(source: str, judged: Sequence[Judged]) -> tuple[list[Element], list[Problem]]:
    """The elements of a judged text, and what is doubtful in its numbering."""
    made = Structure(source)
    body = {Kind.PREAMBULAR, Kind.OPERATIVE, Kind.ANNEX}
    numbered = {j.part for j in judged if j.kind is Kind.OPERATIVE and j.label is not None and _is_arabic(j.label)}
    following = _following_labels(judged)
    sections = _sections(judged)
    for i, each in enumerate(judged):
        if each.kind in body:
            _paragraph(made, each, following.get(i), each.part in numbered)
        elif each.kind is Kind.HEADING:
            _heading(made, each)
            made._whole = sections.get(i, made._section)
        else:
            _plain(made, each)
    return made.elements, made.problems


def _is_arabic(label: Label) -> bool:
    return label.scheme in ("1.", "1)", "(1)", "1", "OP", "article", "2.1")


def _following_labels(judged: Sequence[Judged]) -> dict[int, Label]:
    """For each place the label of the next labelled paragraph of its side."""
    found: dict[int, Label] = {}
    last: dict[tuple[str, Kind], int] = {}
    for i, each in enumerate(judged):
        if each.label is None:
            continue
        key = (each.part, each.kind)
        if key in last:
            found[last[key]] = each.label
        last[key] = i
    return found


def _sections(judged: Sequence[Judged]) -> dict[int, str]:
    """For a first section through which the numbers run on, the name of the whole that it begins.

    The conclusions of a conference number their paragraphs from I to IV without beginning anew: paragraph 3 below II is
    not the third of I. They are named after the heading above the sections, the only one without a number.
    """
    found: dict[int, str] = {}
    headings = [i for i, each in enumerate(judged) if each.kind is Kind.HEADING]
    first = {i: _first_number(judged, i) for i in headings}
    for at, i in enumerate(headings):
        label = _heading_label(judged[i])
        if label is None or label.bare not in ("I", "A", "1") or first[i] != 1 or not at:
            continue
        above = headings[at - 1]
        if above != i - 1 or _heading_label(judged[above]) is not None:
            continue
        for then in range(at + 1, len(headings)):
            later = headings[then]
            other = _heading_label(judged[later])
            if other is not None and other.scheme == label.scheme and first[later] is not None:
                if first[later] != 1:
                    found[i] = f"h{sum(1 for h in headings[:at] if judged[h].part == judged[i].part)}"
                break
    return found


def _first_number(judged: Sequence[Judged], heading: int) -> int | None:
    """The first number of a paragraph behind a heading; None where the next heading comes first."""
    for at in range(heading + 1, len(judged)):
        each = judged[at]
        if each.kind is Kind.HEADING:
            return None
        if each.kind is Kind.OPERATIVE and each.label is not None and _is_arabic(each.label):
            return each.label.counted("arabic")
    return None


def _heading_label(judged: Judged) -> Label | None:
    label = judged.label or label_of(judged.block.text)
    return None if label is not None and label.scheme in ("•", "1") else label


def restore(source: str, blocks: Sequence[Block], stated: Mapping[int, Stated]) -> list[Element] | None:
    """The elements that a file states, None where what it states cannot be."""
    made = Structure(source)
    for block in blocks:
        said = stated.get(block.start)
        if said is None or said.id in made._ids or not 1 <= said.level <= len(blocks):
            return None
        if said.parent is not None and said.parent not in made._ids:
            return None
        if said.kind not in _KINDS or said.zone not in _ZONES or not block.text.startswith(said.label):
            return None
        label = None
        if said.label:
            length = min(len(said.label) + 1, len(block.text))
            label = Label(said.label, said.number or "", "", length)
        made._ids.add(said.id)
        judged = Judged(block, Kind(said.kind), Zone(said.zone), said.part, label, Opening(), "")
        _add(made, judged, said.id, label, said.level, said.parent)
    return made.elements


_KINDS = frozenset(Kind)
_ZONES = frozenset(Zone)


# --- paragraphs -----------------------------------------------------------------------------------------------------


def _paragraph(made: Structure, judged: Judged, following: Label | None, numbered: bool) -> None:
    side = made.side(judged)
    label = _read_right(side, judged, following)
    if label is None:
        _unnumbered(made, judged, side, numbered)
        return
    if judged.kind is Kind.PREAMBULAR and label.scheme not in ("PP", "(1)", "1.", "1)", "1") and not side.chain:
        _unnumbered(made, judged, side, numbered)
        return
    if label.scheme in ("PP", "OP", "article") or (_is_arabic(label) and not side.outline.lists):
        side.offset = 0
    if not side.numbered and not _is_arabic(label) and side.chain and side.offset == 0 and not side.outline.lists:
        side.offset = 1
    if label.scheme == "(i)" or label.bare in ("i", "v", "x"):
        _prefer_roman(side.outline, label, following)
    fresh = not side.outline.lists
    level, repeated = side.outline.place(label)
    level = _decimal_level(side, judged.kind, label) if label.scheme == "2.1" else level + side.offset
    if level == 1:
        if repeated or (fresh and side.last is not None and _is_arabic(label)):
            _repetition(made, judged, side, label)
        side.numbered = side.numbered or _is_arabic(label)
        side.last = label.bare
    level = min(level, len(side.chain) + 1)
    parent = side.chain[level - 2] if level > 1 else None
    del side.chain[level - 1 :]
    side.headed = False
    name = _name(judged.kind, label, side, parent, made)
    identifier = _free(made, name if parent else _lead(judged, side) + name)
    side.chain.append(identifier)
    side.more = 1
    _add(made, judged, identifier, label, level, parent)


def _decimal_level(side: _Side, kind: Kind, label: Label) -> int:
    """The depth of ``2.1``: below ``2`` where that is open, else (targets under a heading) of the first level."""
    above = f"{_SHORT[kind]}{label.bare.rpartition('.')[0]}"
    for depth, identifier in enumerate(side.chain):
        if identifier.endswith(above):
            return depth + 2
    return 1


def _read_right(side: _Side, judged: Judged, following: Label | None) -> Label | None:
    """The label, put right where it was misread and the open list expects just what it was misread for."""
    label, lists = judged.label, side.outline.lists
    first = label is not None and label.scheme in ("a.", "A.") and _MISREAD.get(label.bare) == "1" and not lists
    second = following is not None and following.scheme == "1." and following.bare == "2"
    if label is not None and first and second and judged.opening.side:
        return Label(label.printed, "1", "1.", label.length)
    if label is not None and label.scheme == "1" and (not lists or lists[0].counting == "arabic"):
        # A number that lost its point counts like the others.
        label = Label(label.printed, label.bare, lists[0].scheme if lists else "1.", label.length)
    if label is None or judged.kind is not Kind.OPERATIVE or not lists:
        return label
    if label.scheme in ("A.", "a."):
        figure = _MISREAD.get(label.bare)
        if figure and lists[0].scheme == "1." and int(figure) == lists[0].last + 1 and judged.opening.side:
            return Label(label.printed, figure, "1.", label.length)
    elif label.scheme == "(1)" and label.bare == "6" and lists[-1].scheme == "(a)" and lists[-1].last == 1:
        return Label(label.printed, "b", "(a)", label.length)
    return label


def _prefer_roman(outline: Outline, label: Label, following: Label | None) -> None:
    """``(i)`` behind ``(h)`` begins a list of its own where ``(ii)`` follows and not ``(j)``."""
    if label.bare != "i" or following is None or following.bare != "ii" or not outline.lists:
        return
    inner = outline.lists[-1]
    if inner.scheme == label.scheme and inner.counting == "letter" and inner.last == 8:
        inner.scheme += " "


def _unnumbered(made: Structure, judged: Judged, side: _Side, numbered: bool) -> None:
    """A paragraph without number: one of its own where none has numbers, else more of the numbered one before it."""
    lead = _lead(judged, side)
    if judged.kind is Kind.OPERATIVE and numbered:
        if side.chain and side.numbered and side.headed and judged.opening.side is not None:
            # A paragraph with a verb of its own below a new heading goes on none before it.
            side.outline.reset(1)
            identifier = _free(made, f"{made._section}.op0" if made._section else f"{lead}op0")
            side.chain = [identifier]
            side.headed = False
            _add(made, judged, identifier, None, 1, None)
            return
        if side.chain and side.numbered:
            parent = side.chain[0]
            side.more += 1
            identifier = _free(made, f"{parent}:{side.more}")
            # Lists go on below the paragraph that this one continues.
            side.outline.reset(1)
            del side.chain[1:]
            _add(made, judged, identifier, None, 1, parent)
            return
        # What stands before the first number leads in: "Submits the following recommendation:".
        side.outline.reset()
        side.offset = 0
        identifier = _free(made, f"{lead}op0")
        side.chain = [identifier]
        _add(made, judged, identifier, None, 1, None)
        return
    lower = judged.block.text[:1].islower()
    if side.chain and lower:
        side.more += 1
        identifier = _free(made, f"{side.chain[0]}:{side.more}")
        side.outline.reset()
        _add(made, judged, identifier, None, 1, side.chain[0])
        return
    side.count += 1
    side.more = 1
    side.outline.reset()
    side.offset = 1
    identifier = _free(made, f"{lead}{_SHORT[judged.kind]}{side.count}")
    side.chain = [identifier]
    _add(made, judged, identifier, None, 1, None)


def _name(kind: Kind, label: Label, side: _Side, parent: str | None, made: Structure) -> str:
    bare = re.sub(r"\s+", "", label.bare).rstrip(".")
    if parent is not None:
        if label.scheme == "2.1":
            return f"{parent}.{bare.rpartition('.')[2]}"
        if label.scheme == "•":
            made._counts[f"{parent}-"] += 1
            return f"{parent}-{made._counts[f'{parent}-']}"
        return f"{parent}({bare})"
    if kind is Kind.PREAMBULAR:
        side.count += 1
        return f"pp{side.count}"
    if label.scheme == "•":
        side.count += 1
        return f"{_SHORT[kind]}-{side.count}"
    return f"{_SHORT[kind]}{bare}" if bare[:1].isdigit() else f"{_SHORT[kind]}({bare})"


def _lead(judged: Judged, side: _Side) -> str:
    part = f"{judged.part}." if judged.part else ""
    return f"{part}{side.section}." if side.section else part


def _repetition(made: Structure, judged: Judged, side: _Side, label: Label) -> None:
    """A first-level number that was there before: a new section's, or a slip."""
    if label.counted("arabic") == 1 and made._section and made._whole != side.section:
        side.section = made._whole
        return
    if side.section:
        return
    made.problems.append(
        Problem(
            "repeated-number",
            Text(
                en=f"The number {label.printed} comes a second time.",
                fr=f"Le numéro {label.printed} apparaît une seconde fois.",
                es=f"El número {label.printed} aparece por segunda vez.",
            ),
            span=judged.block.pieces[0],
        )
    )


def _free(made: Structure, identifier: str) -> str:
    """The id, or the id with a count where it is taken."""
    free = identifier
    while free in made._ids:
        # The count goes on where it stopped: a number that comes a thousand times is not tried a million times.
        made._counts[f"#{identifier}"] += 1
        free = f"{identifier}#{made._counts[f'#{identifier}'] + 1}"
    made._ids.add(free)
    return free


# --- headings and lines ---------------------------------------------------------------------------------------------

_DEPTHS = {"I.": 1, "I-": 1, "A.": 2, "A-": 2, "1.": 3, "1)": 3, "article": 2, "2.1": 3, "i.": 4, "a.": 4}


def _heading(made: Structure, judged: Judged) -> None:
    label = _heading_label(judged)
    mark = PART_MARK.fullmatch(judged.block.text) if label is None else None
    open_headings = made._headings.setdefault(judged.part, [])
    depth = _DEPTHS.get(label.scheme, 2) if label is not None else (len(open_headings) and open_headings[-1][0]) or 1
    while open_headings and open_headings[-1][0] >= depth:
        open_headings.pop()
    parent = open_headings[-1][1] if open_headings else None
    level = len(open_headings) + 1
    part = f"{judged.part}." if judged.part else ""
    made._counts[f"{part}h"] += 1
    identifier = _free(made, f"{part}h{made._counts[f'{part}h']}")
    open_headings.append((depth, identifier))
    if mark is not None:
        made._section = mark["letter"]
    elif label is not None and label.bare:
        made._section = re.sub(r"\s+", "", label.bare)
    elif not _below_mark(made, judged):
        made._section = identifier.removeprefix(part)
    for (owner, _), side in made._sides.items():
        if owner == judged.part:
            # Paragraph numbers run on through headings, letters below them do not.
            side.outline.reset(1 if side.numbered else 0)
            del side.chain[1 if side.numbered else 0 :]
            side.headed = True
    _add(made, judged, identifier, label, level, parent)


def _below_mark(made: Structure, judged: Judged) -> bool:
    """Whether a heading is the title below a letter that stands alone: the letter names the section."""
    last = next((e for e in reversed(made.elements) if e.kind not in (Kind.STRIPPED, Kind.FOOTNOTE)), None)
    return last is not None and last.kind is Kind.HEADING and PART_MARK.fullmatch(last.printed) is not None


def _plain(made: Structure, judged: Judged) -> None:
    short = _SHORT[judged.kind]
    made._counts[short] += 1
    _add(made, judged, _free(made, f"{short}{made._counts[short]}"), None, 1, None)


def _add(made: Structure, judged: Judged, identifier: str, label: Label | None, level: int, parent: str | None) -> None:
    block = judged.block
    text, runs = block.text, block.runs
    if label is not None and label.length:
        start = place(runs, label.length) if label.length < len(text) else block.pieces[-1].end
        pieces = [Span(max(p.start, start), p.end) for p in block.pieces if p.end > start]
        text, runs = compose(made.source, pieces, block.marks) if pieces else ("", ())
    made.elements.append(
        Element(
            identifier,
            judged.kind,
            text,
            tuple(block.pieces),
            number=label.bare or None if label is not None else None,
            label=label.printed if label is not None else "",
            level=level,
            parent=parent,
            part=judged.part,
            zone=Zone.ANNEX if "annex" in judged.part.split(".") else judged.zone,
            marks=block.marks,
            runs=runs,
        )
    )
