"""Which provision became which over several resolutions of one series.

Each text is compared with the one before it. What was dropped is looked for again in every later text where something
has no origin, so that a provision left out once and taken up again stays one thread. A thread is a row of the table
*provision × resolution*; splits and merges put several paragraphs into one cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sse_observatory.core import ObservatoryError
from sse_observatory.instruments.compare.alignment import SURE, align
from sse_observatory.instruments.compare.comparison import Change, Comparison, compare, provisions
from sse_observatory.instruments.model import Instrument

Node = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """A provision in one text: its paragraphs, and what happened to it since the text before.

    `change` is None in the first text. `returned` is True where the provision was absent from the text before and
    present in an earlier one.
    """

    paragraphs: tuple[str, ...]
    change: Change | None
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """One provision through the series: a cell for each text, None where the text does not have it."""

    cells: tuple[Cell | None, ...]

    @property
    def first(self) -> int:
        """The place in the series of the text that has it first."""
        return next(at for at, cell in enumerate(self.cells) if cell is not None)


@dataclass(frozen=True)
class Chain:
    """A series of texts and the threads of its provisions, in the order in which they first appear."""

    instruments: tuple[Instrument, ...]
    threads: tuple[Thread, ...]
    comparisons: tuple[Comparison, ...]

    def thread(self, at: int, paragraph: str) -> Thread:
        """The thread that a paragraph of the text at place `at` belongs to. Raises KeyError."""
        for thread in self.threads:
            cell = thread.cells[at]
            if cell is not None and paragraph in cell.paragraphs:
                return thread
        raise KeyError(paragraph)


def chain(instruments: Sequence[Instrument]) -> Chain:
    """The threads of the operative paragraphs of a series, given from the first text to the last.

    Raises ObservatoryError for fewer than two texts, and for texts that are in order of neither time nor language.
    """
    if len(instruments) < 2:
        raise ObservatoryError("A chain needs at least two texts.", "Name the texts from the first to the last.")
    for before, after in pairwise(instruments):
        if before.work.adopted and after.work.adopted and before.work.adopted > after.work.adopted:
            raise ObservatoryError(
                f"{before.work.symbol or 'A text'} of {before.work.adopted} stands before "
                f"{after.work.symbol or 'one'} of {after.work.adopted}.",
                "Name the texts from the first to the last.",
            )
    comparisons = tuple(compare(a, b) for a, b in pairwise(instruments))
    same = _Same()
    order: list[Node] = []
    changes: dict[Node, Change] = {}
    for at, instrument in enumerate(instruments):
        order += [(at, id) for id in provisions(instrument)]
    known = set(order)
    for at, comparison in enumerate(comparisons):
        for match in comparison.matches:
            nodes = [n for n in [*((at, i) for i in match.old), *((at + 1, j) for j in match.new)] if n in known]
            for node in nodes[1:]:
                same.join(nodes[0], node)
            changes |= {(at + 1, j): match.change for j in match.new}
    returned = _returns(comparisons, known)
    for early, late in returned.items():
        same.join(early, late)
    rows: dict[Node, list[Node]] = defaultdict(list)
    for node in order:
        rows[same.root(node)].append(node)
    back = set(returned.values())
    threads = [
        Thread(tuple(_cell([n for n in nodes if n[0] == at], changes, back) for at in range(len(instruments))))
        for nodes in rows.values()
    ]
    return Chain(tuple(instruments), tuple(threads), comparisons)


def _cell(nodes: Sequence[Node], changes: dict[Node, Change], back: set[Node]) -> Cell | None:
    if not nodes:
        return None
    return Cell(tuple(id for _, id in nodes), changes.get(nodes[0]), any(n in back for n in nodes))


def _returns(comparisons: Sequence[Comparison], known: set[Node]) -> dict[Node, Node]:
    """Paragraphs dropped from one text and surely found again in a later one, first return first."""
    gone: list[Node] = []
    found: dict[Node, Node] = {}
    for at, comparison in enumerate(comparisons):
        come = [(at + 1, m.new[0]) for m in comparison.of(Change.NEW) if (at + 1, m.new[0]) in known]
        if gone and come:
            texts = [[_saying(comparisons, node) for node in nodes] for nodes in (gone, come)]
            for link in align(*texts):
                if len(link.old) == len(link.new) == 1 and link.similarity >= SURE:
                    found[gone[link.old[0]]] = come[link.new[0]]
            gone = [node for node in gone if node not in found]
        gone += [(at, m.old[0]) for m in comparison.of(Change.DROPPED) if (at, m.old[0]) in known]
    return found


def _saying(comparisons: Sequence[Comparison], node: Node) -> str:
    at, id = node
    lines = comparisons[at].printed("old", [id]) if at < len(comparisons) else comparisons[-1].printed("new", [id])
    return "\n".join(lines)


class _Same:
    """Sets of nodes that are one provision (union–find)."""

    def __init__(self) -> None:
        self._above: dict[Node, Node] = {}

    def root(self, node: Node) -> Node:
        while (above := self._above.get(node, node)) != node:
            node = above
        return node

    def join(self, one: Node, other: Node) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        if first != second:
            self._above[second] = first
