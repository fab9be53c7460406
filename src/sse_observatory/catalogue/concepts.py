"""Concepts: ``concepts.toml``, one table per SDMX concept with label, description, codelist and text format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from sse_observatory.catalogue.problems import Problem, fail_on_error, read_toml, text_of, translation_problem
from sse_observatory.core import LANGUAGES, CatalogueError
from sse_observatory.structures import Concept
from sse_observatory.structures.model import TextFormat

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

NAME = "concepts.toml"
FILES = (NAME,)
_KEYS = {"label", "description", "codelist", "format"}


def _read(root: Path, catalogue: Catalogue) -> tuple[dict[str, Concept], list[Problem]]:
    try:
        file = read_toml(root, NAME)
    except CatalogueError as error:
        return {}, [Problem.of(error, root, NAME)]
    concepts: dict[str, Concept] = {}
    problems: list[Problem] = []
    for identifier, entry in file.data.items():
        line = file.line(identifier)
        if not isinstance(entry, dict):
            problems.append(Problem(NAME, line, identifier, "this is not a table", f"Write [{identifier}]."))
            continue
        for key in sorted(set(entry) - _KEYS):
            todo = f"Use {', '.join(sorted(_KEYS))}."
            problems.append(Problem(NAME, file.line(identifier, key), identifier, f"unknown key {key!r}", todo))
        label, wrong = text_of(file, (identifier, "label"), entry.get("label"), "label")
        problems += wrong
        description = None
        if "description" in entry:
            description, wrong = text_of(file, (identifier, "description"), entry["description"], "description")
            problems += wrong
        codelist = entry.get("codelist")
        if codelist is not None and codelist not in catalogue.codelists:
            line, what = file.line(identifier, "codelist"), f"there is no codelist {codelist!r}"
            todo = "Correct the id, or add the list to codelists/index.toml."
            problems.append(Problem(NAME, line, identifier, what, todo))
        text_format = entry.get("format", "String")
        if text_format not in get_args(TextFormat):
            line, what = file.line(identifier, "format"), f"unknown format {text_format!r}"
            problems.append(Problem(NAME, line, identifier, what, f"Use one of {', '.join(get_args(TextFormat))}."))
        if label is not None:
            concepts[identifier] = Concept(identifier, label, description, codelist, cast("TextFormat", text_format))
    return concepts, problems


def load_concepts(root: Path, catalogue: Catalogue) -> Mapping[str, Concept]:
    """Every concept by id. Raises CatalogueError for the first that cannot be read."""
    concepts, problems = _read(root, catalogue)
    fail_on_error(root, problems)
    return concepts


def check_concepts(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: whatever cannot be read, an unknown codelist, a label missing in a language. Gaps: definitions."""
    concepts, problems = _read(root, catalogue)
    yield from problems
    file = read_toml(root, NAME) if concepts else None
    for identifier, concept in concepts.items():
        line = file.line(identifier) if file else None
        for what, text in (("label", concept.label), ("description", concept.description)):
            missing = translation_problem(NAME, line, identifier, what, text, "error" if what == "label" else "gap")
            if missing:
                yield missing
        if concept.description is None:
            what = "the concept has no definition"
            yield Problem(NAME, line, identifier, what, "Write description.", "gap", LANGUAGES)
