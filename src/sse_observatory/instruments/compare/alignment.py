"""Which paragraph became which: two sequences of paragraphs lined up.

Paragraphs are compared by the words and pairs of neighbouring words they share, rare ones counting more than the
formulas every paragraph of the two texts repeats (tf-idf weights, Spärck Jones 1972, within each text). Equal
paragraphs are matched first; the rest by the assignment that makes the sum of similarities greatest (Kuhn 1955; solved
exactly, component by component), where a paragraph that stands at its expected place among its neighbours is preferred
to an equally similar one elsewhere. What is then left over and lies within a paragraph already matched was split off
from it, or merged into it. Nothing here knows what a paragraph asks for; that is for `notes`.

The thresholds were set on pairs of texts in three languages made by editing operations whose outcome is known; the
tests make such pairs anew and hold the alignment to them.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]
from scipy.sparse import coo_matrix, csr_matrix  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from sse_observatory.instruments.compare.words import words

SAME_PARAGRAPH = 0.35
"""Least similarity of two paragraphs for one to be the other reworded, where the neighbourhood says nothing."""
NEIGHBOURHOOD = 0.10
"""What standing at the expected place adds to a similarity: less than any real difference, enough to break ties."""
TAKEN_IN = 0.50
"""Least share of a left-over paragraph found in another one, for a split or a merge …"""
TO_SPARE = 0.30
"""… and least share of it found there in words that the other one's match leaves free."""
SHORT_WORD = 0.25
"""Weight of a word of up to three letters against a longer one: in short texts, articles are rare by chance."""
SURE = 0.65
"""A pair of at least this similarity is never given up for a split or a merge."""
LEAST_WORDS = 4
"""Shorter fragments are too likely to lie within any paragraph to speak of a split."""
_ROWS = 512
"""Similarities are computed so many paragraphs at a time: memory stays bounded however long the texts are."""

Feature = str | tuple[str, str]
_Numbers = np.ndarray[Any, np.dtype[np.float64]]
_Places = np.ndarray[Any, np.dtype[np.int32]]
_Shared = tuple[_Places, _Places, _Numbers]


@dataclass(frozen=True, slots=True)
class Link:
    """Positions in the old and in the new text that correspond, and how similar they are (0 to 1).

    One position on each side: the same paragraph. Several on one side: split or merged. None: new or dropped.
    """

    old: tuple[int, ...]
    new: tuple[int, ...]
    similarity: float


def align(old: Sequence[str], new: Sequence[str]) -> tuple[Link, ...]:
    """The correspondence of two texts given as paragraphs, in the order of the new text.

    Every position appears in exactly one link. Dropped paragraphs follow the link of the paragraph before them.
    """
    left, right = [words(t) for t in old], [words(t) for t in new]
    pairs = _equal(left, right)
    free_old = [i for i in range(len(left)) if i not in pairs]
    taken = set(pairs.values())
    free_new = [j for j in range(len(right)) if j not in taken]
    if free_old and free_new:
        vectors = _Vectors(left, right)
        similar = vectors.similarities(free_old, free_new)
        sure = set(pairs)
        pairs |= _assign(similar, _anchors(pairs, similar, len(left), len(right)))
        sure |= {pair[0] for pair in pairs.items() if similar.get(pair, 1.0) >= SURE}
        groups = _splits_and_merges(vectors, pairs, frozenset(sure))
    else:
        groups = [((i,), (j,)) for i, j in pairs.items()]
    return _ordered(groups, left, right)


def out_of_order(links: Sequence[Link]) -> frozenset[int]:
    """The places in `links` whose paragraphs moved: the fewest without which the rest keeps its order."""
    there = [(at, link.old[0], link.new[0]) for at, link in enumerate(links) if link.old and link.new]
    there.sort(key=lambda entry: entry[2])
    keep = _longest_rising([entry[1] for entry in there])
    return frozenset(entry[0] for k, entry in enumerate(there) if k not in keep)


def _equal(left: Sequence[list[str]], right: Sequence[list[str]]) -> dict[int, int]:
    """Paragraphs with the same words: those found once in each text, their neighbours, then what is left in order."""
    ours, theirs = [tuple(t) for t in left], [tuple(t) for t in right]
    once_old, once_new = Counter(ours), Counter(theirs)
    there = {words: j for j, words in enumerate(theirs) if once_new[words] == 1}
    found = {i: there[words] for i, words in enumerate(ours) if once_old[words] == 1 and words in there}
    taken = set(found.values())
    for step in (1, -1):
        ends = [(-1, -1)] if step == 1 else [(len(ours), len(theirs))]
        for i, j in sorted([*ends, *found.items()], reverse=step == -1):
            i, j = i + step, j + step
            while 0 <= i < len(ours) and 0 <= j < len(theirs) and ours[i] == theirs[j]:
                if i in found or j in taken:
                    break
                found[i] = j
                taken.add(j)
                i, j = i + step, j + step
    elsewhere: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for j in reversed(range(len(theirs))):
        if j not in taken:
            elsewhere[theirs[j]].append(j)
    for i, words_there in enumerate(ours):
        if i not in found and elsewhere.get(words_there):
            found[i] = elsewhere[words_there].pop()
    return found


class _Vectors:
    """The paragraphs of both texts as weighted sets of words and word pairs."""

    def __init__(self, left: Sequence[list[str]], right: Sequence[list[str]]) -> None:
        self.left = [_features(t) for t in left]
        self.right = [_features(t) for t in right]
        self.short_left = [len(t) < LEAST_WORDS for t in left]
        self.short_right = [len(t) < LEAST_WORDS for t in right]
        ours, theirs = Counter(f for p in self.left for f in p), Counter(f for p in self.right for f in p)
        # Rare within its text is what counts: over both texts together, the words of a paragraph that both have would
        # weigh less than those of one that only one has.
        self.weight = {
            f: _content(f) * math.log(min((len(left) + 1) / max(ours[f], 1), (len(right) + 1) / max(theirs[f], 1)))
            for f in ours | theirs
        }
        self.column = {f: k for k, f in enumerate(self.weight)}

    def total(self, features: Iterable[Feature]) -> float:
        return math.fsum(self.weight[f] for f in features)

    def similarities(self, rows: Sequence[int], columns: Sequence[int]) -> dict[tuple[int, int], float]:
        """How much is shared, of both and of the shorter one (mean of Dice and overlap coefficient).

        Dice alone is hard on a paragraph that kept all it had and gained as much again.
        """
        ours, theirs = [self.left[i] for i in rows], [self.right[j] for j in columns]
        totals_ours, totals_theirs = self._totals(ours), self._totals(theirs)
        found: dict[tuple[int, int], float] = {}
        for at, to, common in self.shared(ours, theirs):
            one, other = totals_ours[at], totals_theirs[to]
            values = (2 * common / (one + other) + common / np.minimum(one, other)) / 2
            keep = values >= SAME_PARAGRAPH - NEIGHBOURHOOD
            for row, col, value in zip(at[keep], to[keep], values[keep], strict=True):
                found[rows[int(row)], columns[int(col)]] = float(value)
        return found

    def within(
        self, fragments: Sequence[frozenset[Feature]], hosts: Sequence[frozenset[Feature]]
    ) -> dict[int, list[int]]:
        """For each fragment, the hosts that hold enough of it to have taken it in."""
        totals = self._totals(fragments)
        found: dict[int, list[int]] = defaultdict(list)
        for at, to, common in self.shared(fragments, hosts):
            keep = common >= TAKEN_IN * totals[at]
            for row, col in zip(at[keep], to[keep], strict=True):
                found[int(row)].append(int(col))
        return found

    def shared(self, ours: Sequence[frozenset[Feature]], theirs: Sequence[frozenset[Feature]]) -> Iterator[_Shared]:
        """Positions in `ours` and in `theirs`, and the weight of what they share, some rows at a time."""
        weights = np.array(list(self.weight.values()))
        other = self._matrix(theirs).multiply(weights).T.tocsc()
        rows = self._matrix(ours)
        for start in range(0, len(ours), _ROWS):
            common = (rows[start : start + _ROWS] @ other).tocoo()
            yield start + common.row, common.col, common.data

    def _totals(self, paragraphs: Sequence[frozenset[Feature]]) -> _Numbers:
        return np.array([self.total(p) for p in paragraphs])

    def _matrix(self, paragraphs: Sequence[frozenset[Feature]]) -> Any:
        ends = np.cumsum([0, *(len(p) for p in paragraphs)])
        columns = np.fromiter((self.column[f] for p in paragraphs for f in p), dtype=np.int64, count=int(ends[-1]))
        return csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(paragraphs), len(self.column)))


def _features(there: Sequence[str]) -> frozenset[Feature]:
    return frozenset((*there, *pairwise(there)))


def _content(feature: Feature) -> float:
    there = (feature,) if isinstance(feature, str) else feature
    return sum(SHORT_WORD if len(w) <= 3 else 1.0 for w in there) / len(there)


def _anchors(
    equal: dict[int, int], similar: dict[tuple[int, int], float], lines_old: int, lines_new: int
) -> list[tuple[int, int]]:
    """Pairs that cannot be mistaken, in rising order on both sides: they say where the others are to be expected.

    Equal paragraphs, and pairs of which each is by far the other's best.
    """
    best_old: dict[int, float] = defaultdict(float)
    best_new: dict[int, float] = defaultdict(float)
    for (i, j), value in similar.items():
        best_old[i], best_new[j] = max(best_old[i], value), max(best_new[j], value)
    certain = dict(equal)
    for (i, j), value in similar.items():
        if value == best_old[i] == best_new[j] and value >= 2 * SAME_PARAGRAPH:
            certain.setdefault(i, j)
    pairs = sorted(certain.items())
    keep = _longest_rising([j for _, j in pairs])
    inside = [pair for k, pair in enumerate(pairs) if k in keep]
    return [(-1, -1), *inside, (lines_old, lines_new)]


def _assign(similar: dict[tuple[int, int], float], anchors: list[tuple[int, int]]) -> dict[int, int]:
    """The assignment with the greatest sum of similarity and neighbourhood, each connected group by itself."""
    gain: dict[tuple[int, int], float] = {}
    starts = [i for i, _ in anchors]
    for (i, j), value in similar.items():
        k = bisect_left(starts, i)
        (i0, j0), (i1, j1) = anchors[k - 1], anchors[k]
        expected = j0 + (i - i0) / (i1 - i0) * (j1 - j0)
        inside = j == j1 if i == i1 else j0 < j < j1
        bonus = NEIGHBOURHOOD / (1 + abs(j - expected) / 2) if inside else 0.0
        if value + bonus >= SAME_PARAGRAPH:
            gain[i, j] = value + bonus
    if not gain:
        return {}
    rows, cols = sorted({i for i, _ in gain}), sorted({j for _, j in gain})
    row_of, col_of = {i: k for k, i in enumerate(rows)}, {j: k for k, j in enumerate(cols)}
    edges = np.array([(row_of[i], len(rows) + col_of[j]) for i, j in gain])
    size = len(rows) + len(cols)
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size))
    _, group = connected_components(graph, directed=False)
    members: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for k, label in enumerate(group):
        if k < len(rows):
            members[int(label)][0].append(rows[k])
        else:
            members[int(label)][1].append(cols[k - len(rows)])
    found: dict[int, int] = {}
    for ours, theirs in members.values():
        table = np.array([[gain.get((i, j), 0.0) for j in theirs] for i in ours])
        for r, c in zip(*linear_sum_assignment(table, maximize=True), strict=True):
            if table[r, c] > 0:
                found[ours[r]] = theirs[c]
    return found


def _splits_and_merges(
    vectors: _Vectors, pairs: dict[int, int], sure: frozenset[int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The pairs, with what was split off an old paragraph or merged into a new one added to them.

    A pair that is not sure is given up where one of its paragraphs lies within a third one.
    """
    back = {j: i for i, j in pairs.items()}
    doubtful = {j: i for j, i in back.items() if i not in sure}
    split = _taken_in(vectors, vectors.right, vectors.left, vectors.short_right, back, doubtful)
    for j in split:
        if j in doubtful:
            del pairs[doubtful[j]]
    hosts = set(split.values())
    doubtful = {i: j for i, j in pairs.items() if i not in sure and i not in hosts}
    free = {i: j for i, j in pairs.items() if i not in hosts}
    merged = _taken_in(vectors, vectors.left, vectors.right, vectors.short_left, free, doubtful, hosts, set(split))
    for i in merged:
        pairs.pop(i, None)
    parts: dict[int, list[int]] = {i: [j] for i, j in pairs.items()}
    for j, i in split.items():
        parts.setdefault(i, []).append(j)
    sources: dict[int, list[int]] = defaultdict(list)
    for i, js in parts.items():
        if len(js) == 1:
            sources[js[0]].append(i)
    for i, j in merged.items():
        sources[j].append(i)
    found = [((i,), tuple(sorted(js))) for i, js in parts.items() if len(js) > 1]
    return found + [(tuple(sorted(there)), (j,)) for j, there in sources.items()]


def _taken_in(
    vectors: _Vectors,
    fragments: Sequence[frozenset[Feature]],
    hosts: Sequence[frozenset[Feature]],
    short: Sequence[bool],
    partner: dict[int, int],
    doubtful: dict[int, int],
    settled: Container[int] = (),
    closed: Container[int] = (),
) -> dict[int, int]:
    """For each fragment without a sure partner, the host it lies within, if any.

    `settled` fragments are left alone; `closed` hosts take nothing in.
    """
    spare = dict(enumerate(hosts))
    for at, host in partner.items():
        spare[host] = hosts[host] - fragments[at]
    loose = [at for at in range(len(fragments)) if at not in partner] + sorted(doubtful)
    loose = [at for at in loose if not short[at] and at not in settled]
    near = vectors.within([fragments[at] for at in loose], hosts)
    found: dict[int, int] = {}
    for k, at in enumerate(loose):
        total = vectors.total(fragments[at])
        free = [
            (vectors.total(fragments[at] & spare[host]), -host)
            for host in near.get(k, ())
            if host not in closed and host != doubtful.get(at)
        ]
        weight, host = max(free, default=(0.0, 0))
        if weight > 0 and weight >= TO_SPARE * total:
            found[at] = -host
            spare[-host] -= fragments[at]
    return found


def _ordered(
    groups: Iterable[tuple[tuple[int, ...], tuple[int, ...]]], left: Sequence[list[str]], right: Sequence[list[str]]
) -> tuple[Link, ...]:
    links = [Link(old, new, _likeness(old, new, left, right)) for old, new in groups]
    there_old = {i for link in links for i in link.old}
    there_new = {j for link in links for j in link.new}
    links += [Link((), (j,), 0.0) for j in range(len(right)) if j not in there_new]
    links.sort(key=lambda link: link.new[0])
    after: dict[int, list[Link]] = defaultdict(list)
    where = {i: k for k, link in enumerate(links) for i in link.old}
    before = -1
    for i in range(len(left)):
        if i in there_old:
            before = where[i]
        else:
            after[before].append(Link((i,), (), 0.0))
    found = list(after[-1])
    for k, link in enumerate(links):
        found += [link, *after[k]]
    return tuple(found)


def _likeness(
    old: tuple[int, ...], new: tuple[int, ...], left: Sequence[list[str]], right: Sequence[list[str]]
) -> float:
    """Share of words in common, counting repetitions: what a person would call similar, whatever the weights."""
    ours = Counter(w for i in old for w in left[i])
    theirs = Counter(w for j in new for w in right[j])
    size = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / size if size else 1.0


def _longest_rising(values: Sequence[int]) -> frozenset[int]:
    """Positions of a longest strictly rising subsequence (Schensted 1961)."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, value in enumerate(values):
        k = bisect_left(tails, value)
        if k == len(tails):
            tails.append(value)
            at.append(position)
        else:
            tails[k], at[k] = value, position
        before.append(at[k - 1] if k else -1)
    found = []
    k = at[-1] if at else -1
    while k >= 0:
        found.append(k)
        k = before[k]
    return frozenset(found)
