"""Provisions that travel between organs: passages that a text takes over from another body's text.

Two paragraphs share a passage where they have a run of words in common that is long enough not to be chance and not one
of the formulas that many texts of the collection use. The run is found through an index of shingles (Broder 1997), the
passage is then measured word by word.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

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
"""A run of words found in more texts than this is a formula of the trade, taken over from nobody."""


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
    found: dict[tuple[int, str], tuple[tuple[int, date, int], Taking]] = {}
    for one, other in _candidates(paragraphs):
        source, target = sorted((one, other), key=lambda k: _age(collection, paragraphs[k][0]))
        taking = _taking(collection, paragraphs[source], paragraphs[target])
        if taking is None:
            continue
        adopted = collection[taking.source].work.adopted or date.max
        better = (-len(words(taking.passage)), adopted, taking.source)
        key = (taking.target, taking.target_paragraph)
        if key not in found or better < found[key][0]:
            found[key] = (better, taking)
    # What a body takes from an earlier text of its own has not travelled, even if another body used it in between.
    takings = (t for _, t in found.values() if _organ(collection[t.source]) != _organ(collection[t.target]))
    return tuple(sorted(takings, key=lambda t: (t.target, t.source)))


_Paragraph = tuple[int, Element, list[str]]


def _candidates(paragraphs: Sequence[_Paragraph]) -> Iterator[tuple[int, int]]:
    """Pairs of paragraphs, of different texts, that share a run of words which is no formula."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for k, (_, _, there) in enumerate(paragraphs):
        for shingle in {tuple(there[at : at + SHINGLE]) for at in range(len(there) - SHINGLE + 1)}:
            holders[shingle].append(k)
    pairs: dict[tuple[int, int], None] = {}
    for sharing in holders.values():
        if len(sharing) < 2 or len({paragraphs[k][0] for k in sharing}) > FORMULA:
            continue
        for a, one in enumerate(sharing):
            for other in sharing[a + 1 :]:
                if paragraphs[one][0] != paragraphs[other][0]:
                    pairs[one, other] = None
    yield from sorted(pairs)


def _organ(instrument: Instrument) -> str:
    work = instrument.work
    return work.symbol.issuer if work.symbol else work.organ or f"unknown {instrument.source.sha256}"


def _age(collection: Sequence[Instrument], at: int) -> tuple[date, int]:
    return collection[at].work.adopted or date.max, at


def _taking(collection: Sequence[Instrument], source: _Paragraph, target: _Paragraph) -> Taking | None:
    matcher = difflib.SequenceMatcher(None, source[2], target[2], autojunk=False)
    blocks = [b for b in matcher.get_matching_blocks() if b.size >= SHINGLE // 2]
    longest = max(blocks, key=lambda b: b.size, default=None)
    if longest is None or longest.size < min(PASSAGE, max(SHINGLE, MOST * len(target[2]))):
        return None
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
