"""`observatory catalogue check`: every part checked, problems in the order of the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sse_observatory.catalogue.load import load
from sse_observatory.catalogue.parts import PARTS
from sse_observatory.catalogue.problems import Problem


def _found(root: Path | str | None) -> Iterator[tuple[str, Problem]]:
    catalogue = load(root)
    for part in PARTS.values():
        for problem in part.check(catalogue.root, catalogue):
            yield part.name, problem


def check(root: Path | str | None = None) -> list[Problem]:
    """Everything wrong with the catalogue, each place once, by file and line; empty when it is in order.

    Raises CatalogueError only when there is no catalogue folder.
    """
    places: dict[tuple[str, int | None, str, tuple[str, ...]], Problem] = {}
    for _, problem in _found(root):
        places.setdefault((problem.file, problem.line, problem.key, problem.missing), problem)
    return sorted(places.values(), key=lambda p: (p.file, p.line or 0, p.key, p.what))


def gaps(root: Path | str | None = None) -> dict[str, int]:
    """How many texts are still to be written, by part: each language in which a text is missing counts as one."""
    counts = dict.fromkeys(PARTS, 0)
    for part, problem in _found(root):
        counts[part] += len(problem.missing)
    return counts
