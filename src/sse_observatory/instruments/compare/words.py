"""Words: what two paragraphs have in common, and what differs between them word by word.

Matching looks at a *normal form* (no capitals, accents, typographic variants or closing marks, one spelling of each
word, and without the *Also* and *Further* that only say where a paragraph stands); a difference shown to a reader is
always taken from the text as it is.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Literal

from sse_observatory.instruments.compare.spelling import misread, spelt, without_remains

_WORD = re.compile(
    r"(?:(?:co|re|inter|pre|sub|non|anti|multi|socio|under)[-\u2010\u2011])?[\w\u0300-\u036f]+", re.IGNORECASE
)
"""A word; one with a prefix set off by a hyphen is the same as without it: co-operate, inter-agency."""
# White space belongs to the word after it: what is inserted between a word and its comma then leaves both as they are.
_TOKEN = re.compile(r"\s*(?:\w+(?:[-’']\w+)*[’']?|[^\w\s])|\s+")
_CLAUSE = re.compile(r"[^.;:,]*[.;:,]+|[^.;:,]+")

MODIFIERS = frozenset({
    "also", "further", "furthermore",
    "egalement", "aussi", "outre", "nouveau",
    "tambien", "ademas", "asimismo",
})
"""Words that mark the second and third use of a verb (UN Editorial Manual: *Also*, then *Further*), in normal form."""
_OPENING = 4
"""Modifiers are looked for among the first words only: later, “further” and “aussi” are ordinary words."""
_LONGEST = 1_000_000
"""Above this product of lengths, in words, two texts are first lined up clause by clause."""
_ISLAND = 2
"""Common stretches of at most this many short words between two changes are shown as changed: they read better so."""


class Op(StrEnum):
    """What a stretch of text is in a word-level difference."""

    EQUAL = "equal"
    DELETE = "delete"
    INSERT = "insert"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch that both texts have, or only the old one (delete), or only the new one (insert)."""

    op: Op
    text: str


def words(text: str) -> list[str]:
    """The words of `text` in normal form: no capitals, accents or punctuation; modifiers of the opening left out."""
    return [word for word, _, _ in located(text)]


def located(text: str) -> list[tuple[str, int, int]]:
    """The words of `text` in normal form, each with the place in `text` where it begins and ends."""
    return [(spelt(word), start, end) for word, start, end in _as_printed(text)]


def _as_printed(text: str) -> list[tuple[str, int, int]]:
    there = ((folded(m[0]), m.start(), m.end()) for m in _WORD.finditer(text))
    found = [entry for entry in there if entry[0]]
    opening = [entry[0] for entry in found[: _OPENING + 1]]
    if MODIFIERS.isdisjoint(opening[:_OPENING]):
        return found
    kept = [entry for entry in found[:_OPENING] if entry[0] not in MODIFIERS]
    # “en outre” and “de nouveau” leave their first word behind.
    if len(kept) > 1 and kept[1][0] in ("en", "de") and opening[2:3] and opening[2] in MODIFIERS:
        kept.pop(1)
    return kept + found[_OPENING:]


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """`text` without capitals, accents and hyphens."""
    if text.isascii():
        return text.lower().replace("-", "")
    apart = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(c for c in apart if c not in "-\u2010\u2011" and not unicodedata.combining(c))


def normal(text: str) -> str:
    """`text` as its words in normal form: two paragraphs with one normal form say the same."""
    return " ".join(words(text))


def same(old: str, new: str) -> Literal["as printed", "but for spelling"] | None:
    """Whether two paragraphs say the same: word by word as printed, or but for how words are spelt, set or misread."""
    ours, theirs = _as_printed(old), _as_printed(new)
    if [entry[0] for entry in ours] == [entry[0] for entry in theirs]:
        return "as printed"
    if normal(old) == normal(new) or _alike(without_remains(old), without_remains(new)):
        return "but for spelling"
    return None


def _alike(old: str, new: str) -> bool:
    """Whether two texts are equal but for hyphens inside words, figures within words and the spelling of words."""
    ours, theirs = located(old), located(new)
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if misread(ours[i][0], theirs[j][0]):
            i, j = i + 1, j + 1
        elif _together(old, ours, i) == theirs[j][0]:
            i, j = i + 2, j + 1
        elif ours[i][0] == _together(new, theirs, j):
            i, j = i + 1, j + 2
        else:
            return False
    return i == len(ours) and j == len(theirs)


def _together(text: str, there: Sequence[tuple[str, int, int]], at: int) -> str | None:
    """A word and the next as one, if a hyphen holds them together (policy-making) or they are "per cent"."""
    if at + 1 >= len(there):
        return None
    (first, _, end), (second, start, _) = there[at], there[at + 1]
    between = text[end:start]
    if between.strip() in ("-", "\u2010", "\u2011") or (first, second) == ("per", "cent"):
        return first + second
    return None


def difference(old: str, new: str) -> tuple[Segment, ...]:
    """What was deleted from `old` and inserted into `new`, word by word.

    The equal and deleted stretches together are `old`, the equal and inserted ones `new`, up to white space.
    """
    return tuple(_joined(_read_well(_segments(_tokens(old), _tokens(new)))))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(" ".join(text.split()))


def _segments(old: Sequence[str], new: Sequence[str]) -> list[Segment]:
    if len(old) * len(new) > _LONGEST:
        return _coarse(old, new)
    return _matched(old, new)


def _matched(old: Sequence[str], new: Sequence[str]) -> list[Segment]:
    matcher = difflib.SequenceMatcher(None, [t.strip() for t in old], [t.strip() for t in new], autojunk=False)
    found = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            both = zip(old[i1:i2], new[j1:j2], strict=True)
            found.append(Segment(Op.EQUAL, "".join(max(pair, key=len) for pair in both)))
            continue
        if i2 > i1:
            found.append(Segment(Op.DELETE, "".join(old[i1:i2])))
        if j2 > j1:
            found.append(Segment(Op.INSERT, "".join(new[j1:j2])))
    return found


def _coarse(old: Sequence[str], new: Sequence[str]) -> list[Segment]:
    """Line up long texts clause by clause, then word by word where clauses differ and are short enough for it."""
    left, right = _CLAUSE.findall("".join(old)), _CLAUSE.findall("".join(new))
    matcher = difflib.SequenceMatcher(None, [c.strip() for c in left], [c.strip() for c in right], autojunk=False)
    found: list[Segment] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        gone, come = _TOKEN.findall("".join(left[i1:i2])), _TOKEN.findall("".join(right[j1:j2]))
        if tag == "equal":
            found.append(Segment(Op.EQUAL, "".join(come)))
        elif len(gone) * len(come) <= _LONGEST:
            found += _matched(gone, come)
        else:
            found += [Segment(Op.DELETE, "".join(gone)), Segment(Op.INSERT, "".join(come))]
    return found


def _read_well(segments: list[Segment]) -> list[Segment]:
    """Islands of a few short words between changes made part of them, so that phrases are replaced, not letters."""
    found: list[Segment] = []
    for at, segment in enumerate(segments):
        inside = segment.op is Op.EQUAL and 0 < at < len(segments) - 1
        if inside and _is_island(segment.text):
            found += [Segment(Op.DELETE, segment.text), Segment(Op.INSERT, segment.text)]
        else:
            found.append(segment)
    return found


def _is_island(text: str) -> bool:
    there = _WORD.findall(text)
    return len(there) <= _ISLAND and all(len(w) <= 3 for w in there)


def _joined(segments: list[Segment]) -> list[Segment]:
    """Neighbouring changes as one deletion and one insertion."""
    found: list[Segment] = []
    for equal, group in groupby(segments, key=lambda s: s.op is Op.EQUAL):
        run = list(group)
        for op in (Op.EQUAL,) if equal else (Op.DELETE, Op.INSERT):
            text = "".join(s.text for s in run if s.op is op)
            if text:
                found.append(Segment(op, text))
    return found
