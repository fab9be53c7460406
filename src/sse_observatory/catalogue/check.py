"""`observatory catalogue check`: every part checked, problems in the order of the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sse_observatory.catalogue.load import load
from sse_observatory.catalogue.parts import PARTS
from sse_observatory.catalogue.problems import Problem
from sse_observatory.core import CatalogueError


def _found(root: Path | str | None) -> Iterator[tuple[str, Problem]]:
    catalogue = load(root)
    for part in PARTS.values():
        try:
            for problem in part.check(catalogue.root, catalogue):
                yield part.name, problem
        except CatalogueError as error:
            # A part that uses a broken one cannot be checked; the broken one is reported here as well as by its own
            # part, and `check` shows it once.
            path = Path(error.file)
            name = path.relative_to(catalogue.root).as_posix() if path.is_relative_to(catalogue.root) else str(path)
            what = error.args[0].split(": ", 1)[-1] if error.args else error.what
            yield part.name, Problem(name, error.line, error.value or part.name, what, error.todo)


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
