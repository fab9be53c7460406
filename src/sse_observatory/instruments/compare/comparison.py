"""Two instruments compared: what became of each paragraph, and what it asks now.

Preambular and operative paragraphs are lined up among themselves (`alignment`), each with its subparagraphs; within
corresponding paragraphs the subparagraphs are lined up in turn. A paragraph that went from the preamble to the
operative part, or back, is found last. What changed in the acts (`notes`) then decides what a changed paragraph is:

- *strengthened* or *weakened*: its notes have that direction only; *mixed*: some are stronger and some weaker;
- *unknown*: a verb that no list knows came, went or changed, so that nobody can say whether more or less is asked;
- *reworded*: the words changed and no note has a direction;
- *unchanged*: at most marks, numbers of notes, spelling and the modifiers *Also* and *Further* differ;
- *moved*: unchanged, but elsewhere among its neighbours (a number that changes because of a paragraph inserted above is
  no move);
- *split*, *merged*, *new*, *dropped*: as the words say; the notes of a split tell whether it was also strengthened.

Two language versions have no words in common. They are compared paragraph by paragraph where their structure and the
strength of their verbs run parallel, which shows conditions or deadlines lost in translation, and refused otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from sse_observatory.core import ObservatoryError
from sse_observatory.instruments.compare.alignment import SURE, Link, align, out_of_order
from sse_observatory.instruments.compare.notes import Direction, Note, Speech, compare_acts, direction_of
from sse_observatory.instruments.compare.words import Segment, difference, same
from sse_observatory.instruments.model import Act, Element, Instrument, Kind

PARALLEL_STRENGTHS = 0.75
"""Least share of operative paragraphs whose verbs have the same strength for two language versions to run parallel."""


class Change(StrEnum):
    """What became of a paragraph."""

    UNCHANGED = "unchanged"
    MOVED = "moved"
    REWORDED = "reworded"
    STRENGTHENED = "strengthened"
    WEAKENED = "weakened"
    MIXED = "mixed"
    UNKNOWN = "unknown"
    SPLIT = "split"
    MERGED = "merged"
    NEW = "new"
    DROPPED = "dropped"
    PARALLEL = "parallel"


@dataclass(frozen=True, slots=True)
class Match:
    """Paragraphs that correspond, by their ids, and what changed between them.

    `difference` covers the text of the paragraphs themselves; where both sides have subparagraphs, `parts` holds the
    matches of these, else `difference` includes them. `moved` is True for a paragraph that changed its place among the
    others, whatever else changed. `similarity` is the share of words in common, 0 to 1. `spelling` is True for an
    unchanged paragraph whose words are spelt, hyphenated or misread in another way.
    """

    change: Change
    old: tuple[str, ...]
    new: tuple[str, ...]
    similarity: float
    moved: bool = False
    difference: tuple[Segment, ...] = ()
    notes: tuple[Note, ...] = ()
    parts: tuple[Match, ...] = ()
    spelling: bool = False

    def every_note(self) -> Iterator[Note]:
        """The notes of the paragraph and of its parts at any depth."""
        yield from self.notes
        for part in self.parts:
            yield from part.every_note()

    @property
    def stronger(self) -> bool:
        """Whether anything in it asks for more than before."""
        return direction_of(self.every_note())[0]

    @property
    def weaker(self) -> bool:
        """Whether anything in it asks for less than before."""
        return direction_of(self.every_note())[1]

    @property
    def unknown(self) -> bool:
        """Whether a verb that no list knows leaves open if it asks for more or for less."""
        return any(note.direction is Direction.UNKNOWN for note in self.every_note())


Side = Literal["old", "new"]


@dataclass(frozen=True)
class Comparison:
    """Two instruments and what became of each paragraph of the old one in the new one.

    `matches` follows the new text; dropped paragraphs stand where they stood. `basis` is ``words`` within a language,
    ``structure`` between two.
    """

    old: Instrument
    new: Instrument
    matches: tuple[Match, ...]
    basis: Literal["words", "structure"]
    _by_id: dict[tuple[str, str], Match] = field(default_factory=dict, repr=False, compare=False)
    _texts: dict[str, _Text] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for match in _all(self.matches):
            self._by_id.update({("old", i): match for i in match.old} | {("new", j): match for j in match.new})
        self._texts.update(old=_Text(self.old), new=_Text(self.new))

    def printed(self, side: Side, ids: Sequence[str]) -> list[str]:
        """The printed lines of paragraphs with all their subparagraphs."""
        return [line for id in ids for line in self._texts[side].lines(id)]

    def element(self, side: Side, id: str) -> Element:
        """An element of the old or of the new text. Raises KeyError."""
        return self._texts[side].by_id[id]

    def of(self, *changes: Change) -> tuple[Match, ...]:
        """The matches of paragraphs with one of these changes, in order."""
        return tuple(m for m in self.matches if m.change in changes)

    def became(self, id: str) -> Match:
        """What became of a paragraph or subparagraph of the old text. Raises KeyError."""
        return self._by_id["old", id]

    def origin(self, id: str) -> Match:
        """Where a paragraph or subparagraph of the new text comes from. Raises KeyError."""
        return self._by_id["new", id]

    @property
    def counts(self) -> Mapping[Change, int]:
        """How many paragraphs (of the first level) met each change."""
        there = Counter(m.change for m in self.matches)
        return {change: there[change] for change in Change if there[change]}


def compare(old: Instrument, new: Instrument) -> Comparison:
    """What became of each paragraph of `old` in `new`.

    Raises ObservatoryError for two languages whose paragraphs do not run parallel.
    """
    before, after = _Text(old), _Text(new)
    if old.expression.language != new.expression.language:
        return Comparison(old, new, _parallel(before, after), "structure")
    matches: list[Match] = []
    for kinds in _sections(before, after):
        matches += _lined_up(before, after, before.top(kinds), after.top(kinds))
    return Comparison(old, new, tuple(_across_sections(before, after, matches)), "words")


def provisions(instrument: Instrument) -> list[str]:
    """The ids of the operative paragraphs that continue no other."""
    return _Text(instrument).top((Kind.OPERATIVE,))


class _Text:
    """An instrument with what comparing asks of it again and again."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.language = instrument.expression.language
        self.by_id = {e.id: e for e in instrument.elements}
        self.children: dict[str, list[str]] = defaultdict(list)
        for element in instrument.elements:
            if element.parent is not None and element.kind is not Kind.HEADING:
                self.children[element.parent].append(element.id)
        self.whole: dict[str, str] = {}
        for element in reversed(instrument.elements):
            below = (self.whole.get(c, self.by_id[c].text) for c in self.children[element.id])
            self.whole[element.id] = "\n".join([element.text, *below])

    def top(self, kinds: Iterable[Kind]) -> list[str]:
        """The paragraphs of these kinds that are no subparagraphs."""
        wanted = frozenset(kinds)
        return [
            e.id
            for e in self.instrument.elements
            if e.kind in wanted
            and (e.parent is None or e.parent not in self.by_id or self.by_id[e.parent].kind is Kind.HEADING)
        ]

    def lines(self, id: str) -> Iterator[str]:
        """The printed lines of an element and of all below it."""
        yield self.by_id[id].printed
        for child in self.children[id]:
            yield from self.lines(child)

    def printed(self, ids: Sequence[str], *, deep: bool) -> str:
        return "\n".join(self._printed(self.by_id[i], deep) for i in ids)

    def _printed(self, element: Element, deep: bool) -> str:
        if not deep:
            return element.text
        below = [self.by_id[c] for c in self.children[element.id]]
        return "\n".join([element.text, *(f"{c.label} {self._printed(c, True)}".strip() for c in below)])

    def speech(self, ids: Sequence[str], *, deep: bool) -> Speech:
        return Speech(self.acts(ids, deep=deep), self.language, self.instrument.source.text)

    def acts(self, ids: Sequence[str], *, deep: bool) -> list[Act]:
        found: list[Act] = []
        for i in ids:
            found += self.instrument.acts.get(i, ())
            if deep:
                found += self.acts(self.children[i], deep=True)
        return found


def _sections(old: _Text, new: _Text) -> list[tuple[Kind, ...]]:
    """The kinds of paragraphs that are lined up among themselves, in the order of a text."""
    sections: list[tuple[Kind, ...]] = [(Kind.PREAMBULAR,), (Kind.OPERATIVE,), (Kind.ANNEX, Kind.TABLE)]
    provisions = (Kind.PREAMBULAR, Kind.OPERATIVE)
    if not (old.top(provisions) and new.top(provisions)):
        # A text in which no paragraphs were told apart is compared by its lines rather than not at all.
        return [(*provisions, Kind.OTHER), (Kind.ANNEX, Kind.TABLE)]
    return sections


def _lined_up(old: _Text, new: _Text, ours: Sequence[str], theirs: Sequence[str]) -> list[Match]:
    links = align([old.whole[i] for i in ours], [new.whole[j] for j in theirs])
    moved = out_of_order(links)
    return [
        _match(old, new, tuple(ours[i] for i in link.old), tuple(theirs[j] for j in link.new), link, at in moved)
        for at, link in enumerate(links)
    ]


def _match(
    old: _Text, new: _Text, ours: tuple[str, ...], theirs: tuple[str, ...], link: Link, moved: bool
) -> Match:
    if not ours or not theirs:
        text = new.printed(theirs, deep=True) or old.printed(ours, deep=True)
        there = difference("" if theirs else text, text if theirs else "")
        return Match(Change.NEW if theirs else Change.DROPPED, ours, theirs, 0.0, False, there)
    below_old = [c for i in ours for c in old.children[i]]
    below_new = [c for j in theirs for c in new.children[j]]
    in_parts = bool(below_old and below_new)
    parts = tuple(_lined_up(old, new, below_old, below_new)) if in_parts else ()
    there = difference(old.printed(ours, deep=not in_parts), new.printed(theirs, deep=not in_parts))
    alike = same(old.whole[ours[0]], new.whole[theirs[0]]) if len(ours) == len(theirs) == 1 else None
    notes = () if alike else compare_acts(old.speech(ours, deep=not in_parts), new.speech(theirs, deep=not in_parts))
    likeness = 1.0 if alike else round(link.similarity, 4)
    spelling = alike == "but for spelling"
    match = Match(Change.REWORDED, ours, theirs, likeness, moved, there, notes, parts, spelling)
    return replace(match, change=_change(match, alike is not None))


def _change(match: Match, unchanged: bool) -> Change:
    if len(match.new) > 1:
        return Change.SPLIT
    if len(match.old) > 1:
        return Change.MERGED
    if unchanged:
        return Change.MOVED if match.moved else Change.UNCHANGED
    if match.unknown:
        return Change.UNKNOWN
    match match.stronger, match.weaker:
        case True, True:
            return Change.MIXED
        case True, False:
            return Change.STRENGTHENED
        case False, True:
            return Change.WEAKENED
        case _:
            return Change.REWORDED


def _across_sections(old: _Text, new: _Text, matches: list[Match]) -> list[Match]:
    """Paragraphs dropped from one section that are new in another: the same if they surely are."""
    gone = [m.old[0] for m in matches if m.change is Change.DROPPED]
    come = [m.new[0] for m in matches if m.change is Change.NEW]
    links = align([old.whole[i] for i in gone], [new.whole[j] for j in come]) if gone and come else ()
    found: dict[str, Match] = {}
    for link in links:
        if len(link.old) == len(link.new) == 1 and link.similarity >= SURE:
            ours, theirs = (gone[link.old[0]],), (come[link.new[0]],)
            found[theirs[0]] = _match(old, new, ours, theirs, link, True)
    taken = {m.old[0] for m in found.values()}
    kept = [m for m in matches if not (m.change is Change.DROPPED and m.old[0] in taken)]
    return [found.get(m.new[0], m) if m.change is Change.NEW else m for m in kept]


def _parallel(old: _Text, new: _Text) -> tuple[Match, ...]:
    """Two language versions matched number by number."""
    ours, theirs = (_skeleton(text) for text in (old, new))
    operative = [i for i in ours if old.by_id[i].kind is Kind.OPERATIVE and i in theirs]
    alike = sum(_strengths(old, i) == _strengths(new, i) for i in operative)
    if ours != theirs or not operative or alike < PARALLEL_STRENGTHS * len(operative):
        names = {"en": "English", "fr": "French", "es": "Spanish"}
        raise ObservatoryError(
            f"One text is in {names[old.language]} and the other in {names[new.language]}, and their paragraphs do not "
            f"run parallel ({_apart(ours, theirs, alike, len(operative))}).",
            "Compare two texts in the same language, or two language versions of one text.",
        )
    found = []
    for i in ours:
        if old.by_id[i].parent in old.by_id and old.by_id[i].level > 1:
            continue
        notes = compare_acts(old.speech([i], deep=True), new.speech([i], deep=True))
        found.append(Match(Change.PARALLEL, (i,), (i,), 1.0, False, (), notes))
    return tuple(found)


def _skeleton(text: _Text) -> list[str]:
    return [e.id for e in text.instrument.elements if e.kind in (Kind.PREAMBULAR, Kind.OPERATIVE)]


def _strengths(text: _Text, id: str) -> list[str]:
    return [act.strength for act in text.instrument.acts.get(id, ())]


def _apart(ours: Sequence[str], theirs: Sequence[str], alike: int, operative: int) -> str:
    if len(ours) != len(theirs):
        return f"{len(ours)} paragraphs and subparagraphs against {len(theirs)}"
    if list(ours) != list(theirs):
        first = next((a, b) for a, b in zip(ours, theirs, strict=True) if a != b)
        return f"{first[0]} stands where the other has {first[1]}"
    if not operative:
        return "no operative paragraphs were found"
    return f"only {alike} of {operative} operative paragraphs have verbs of the same strength"


def _all(matches: Iterable[Match]) -> Iterator[Match]:
    for match in matches:
        yield match
        yield from _all(match.parts)


