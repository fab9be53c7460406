"""Strings of pages and exports: ``interface/*.toml``, one table per key with en, fr and es.

``[home.title]`` gives the key ``home.title``. Sentences are written whole in each language and never joined from words;
``{name}`` marks what the page fills in, and the three languages must have the same marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sse_observatory.catalogue.problems import Problem, TomlFile, fail_on_error, read_toml, text_of, translation_problem
from sse_observatory.core import LANGUAGES, CatalogueError, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

_MARK = re.compile(r"\{([a-z_][a-z0-9_]*)[^}]*\}")


def _files(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in sorted((root / "interface").glob("*.toml"))]


def _tables(data: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in data.items():
        path = (*above, name)
        if isinstance(value, dict) and value and all(isinstance(v, dict) for v in value.values()):
            yield from _tables(value, path)
        else:
            yield path, value


def _read(root: Path) -> tuple[dict[str, Text], dict[str, tuple[TomlFile, int | None]], list[Problem]]:
    texts: dict[str, Text] = {}
    places: dict[str, tuple[TomlFile, int | None]] = {}
    problems: list[Problem] = []
    for name in _files(root):
        try:
            file = read_toml(root, name)
        except CatalogueError as error:
            problems.append(Problem.of(error, root, name))
            continue
        for path, value in _tables(file.data):
            key = ".".join(path)
            text, wrong = text_of(file, path, value, "interface text")
            problems += wrong
            if text is None:
                continue
            if key in texts:
                first, line = places[key]
                what = f"the key stands in {first.name}, line {line}, already"
                todo = "Keep one of the two, or give this one another key."
                problems.append(Problem(name, file.line(*path), key, what, todo))
                continue
            texts[key], places[key] = text, (file, file.line(*path))
    return texts, places, problems


def load_interface(root: Path, catalogue: Catalogue) -> Mapping[str, Text]:
    """Every interface string by key. Raises CatalogueError for a file or key that cannot be read."""
    texts, _, problems = _read(root)
    fail_on_error(root, problems)
    return texts


def check_interface(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: unreadable file, doubled key, a language missing, marks that differ between languages."""
    texts, places, problems = _read(root)
    yield from problems
    for key, text in texts.items():
        file, line = places[key]
        missing = translation_problem(file.name, line, key, "interface text", text, "error")
        if missing:
            yield missing
        marks = {lang: frozenset(_MARK.findall(text.get(lang) or "")) for lang in LANGUAGES if text.get(lang)}
        if len(set(marks.values())) > 1:
            shown = "; ".join(f"{lang}: {', '.join(sorted(found)) or 'none'}" for lang, found in marks.items())
            what = f"the marks in braces differ between languages ({shown})"
            yield Problem(file.name, line, key, what, "Use the same marks in all three texts.")
