"""Provisions that travel between organs: passages that a text takes over from another body's text.

Two paragraphs share a passage where they have a run of words in common that is long enough not to be chance and not one
of the formulas that many texts of the collection use. The run is found through an index of shingles (Broder 1997), the
passage is then measured word by word.
"""

from __future__ import annotations

import difflib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np

from sse_observatory.instruments.compare.notes import Note, Speech, compare_acts
from sse_observatory.instruments.compare.words import Segment, difference, located, words
from sse_observatory.instruments.model import Element, Instrument, Kind

SHINGLE = 8
"""Words in a row that two paragraphs must share to be looked at."""
PASSAGE = 12
"""Least words of the longest common run, unless it is most of the younger paragraph."""
MOST = 0.5
"""A shorter run counts where it is this share of the younger paragraph."""
FORMULA = 12
"""A run of words found in more texts than this is a formula of the trade, taken over from nobody …"""
FORMULA_PARAGRAPHS = 40
"""… and so is one found in more paragraphs than this, whatever the texts."""


@dataclass(frozen=True, slots=True)
class Taking:
    """A paragraph that takes over a passage of another body's text.

    `source` and `target` are places in the collection, with the ids of the paragraphs. `passage` is the longest common
    run, in the words of the target; `of_source` and `of_target` are the shares of the words of each paragraph found in
    the other. `notes` says what changed in the acts: to whom it is addressed now, under which conditions.
    """

    source: int
    source_paragraph: str
    target: int
    target_paragraph: str
    passage: str
    start: int
    end: int
    of_source: float
    of_target: float
    difference: tuple[Segment, ...]
    notes: tuple[Note, ...]


def travelling(collection: Sequence[Instrument]) -> tuple[Taking, ...]:
    """The passages of operative paragraphs that texts of the collection take over from texts of other organs.

    The older text is the source: by date of adoption where both have one, else by the order of the collection. Of
    several sources a paragraph may have, the one with the longest passage is given, the oldest of equals.
    """
    paragraphs = [
        (at, element, words(element.text))
        for at, instrument in enumerate(collection)
        for element in instrument.of_kind(Kind.OPERATIVE)
    ]
    found: dict[int, tuple[tuple[int, date, int], int, list[difflib.Match]]] = {}
    for one, other in _candidates(paragraphs):
        source, target = sorted((one, other), key=lambda k: _age(collection, paragraphs[k][0]))
        blocks = _common(paragraphs[source][2], paragraphs[target][2])
        if blocks:
            adopted = collection[paragraphs[source][0]].work.adopted or date.max
            better = (-max(b.size for b in blocks), adopted, paragraphs[source][0])
            if target not in found or better < found[target][0]:
                found[target] = (better, source, blocks)
    # What a body takes from an earlier text of its own has not travelled, even if another body used it in between.
    takings = [
        _taking(collection, paragraphs[source], paragraphs[target], blocks)
        for target, (_, source, blocks) in found.items()
        if _organ(collection[paragraphs[source][0]]) != _organ(collection[paragraphs[target][0]])
    ]
    return tuple(sorted(takings, key=lambda t: (t.target, t.source)))


_Paragraph = tuple[int, Element, list[str]]


def _candidates(paragraphs: Sequence[_Paragraph]) -> list[tuple[int, int]]:
    """Pairs of paragraphs, of different texts, that share a run of words which is no formula."""
    # Numbers in arrays, not tuples of words in a dictionary: thousands of texts have millions of shingles.
    shingles, holders = array("q"), array("q")
    for k, (_, _, there) in enumerate(paragraphs):
        found = {hash(tuple(there[at : at + SHINGLE])) for at in range(len(there) - SHINGLE + 1)}
        shingles.extend(found)
        holders.extend([k] * len(found))
    if not shingles:
        return []
    keys, owners = np.frombuffer(shingles, np.int64), np.frombuffer(holders, np.int64)
    order = np.argsort(keys, kind="stable")
    bounds = np.flatnonzero(np.diff(keys[order])) + 1
    starts, ends = np.concatenate([[0], bounds]), np.concatenate([bounds, [len(order)]])
    pairs: set[tuple[int, int]] = set()
    for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
        sharing = owners[order[start:end]].tolist()
        if len(sharing) > FORMULA_PARAGRAPHS or len({paragraphs[k][0] for k in sharing}) > FORMULA:
            continue
        pairs |= {(a, b) for a, b in combinations(sharing, 2) if paragraphs[a][0] != paragraphs[b][0]}
    return sorted(pairs)


def _organ(instrument: Instrument) -> str:
    work = instrument.work
    return work.symbol.issuer if work.symbol else work.organ or f"unknown {instrument.source.sha256}"


def _age(collection: Sequence[Instrument], at: int) -> tuple[date, int]:
    return collection[at].work.adopted or date.max, at


def _common(source: list[str], target: list[str]) -> list[difflib.Match]:
    """The runs of words two paragraphs share, if the longest is a passage."""
    least = min(PASSAGE, max(SHINGLE, MOST * len(target)))
    matcher = difflib.SequenceMatcher(None, source, target, autojunk=False)
    if matcher.find_longest_match().size < least:
        return []
    return [b for b in matcher.get_matching_blocks() if b.size >= SHINGLE // 2]


def _taking(
    collection: Sequence[Instrument], source: _Paragraph, target: _Paragraph, blocks: Sequence[difflib.Match]
) -> Taking:
    longest = max(blocks, key=lambda b: b.size)
    shared = sum(b.size for b in blocks)
    places = located(target[1].text)
    start, end = places[longest.b][1], places[longest.b + longest.size - 1][2]
    old, new = collection[source[0]], collection[target[0]]
    return Taking(
        source[0], source[1].id, target[0], target[1].id, target[1].text[start:end], start, end,
        round(shared / len(source[2]), 4), round(shared / len(target[2]), 4),
        difference(source[1].text, target[1].text),
        compare_acts(_speech(old, source[1]), _speech(new, target[1])),
    )  # fmt: skip


def _speech(instrument: Instrument, element: Element) -> Speech:
    return Speech(instrument.acts.get(element.id, ()), instrument.expression.language, instrument.source.text)
