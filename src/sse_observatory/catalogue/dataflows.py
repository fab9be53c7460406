"""Dataflows and their data structures: ``dataflows.toml``.

``[attributes]`` lists the attributes that every structure has (``mandatory`` or ``conditional``); each ``[DF_X]`` has a
label, a description, the table of the tabulation plan it realises, and its dimensions in order. The structure of
``DF_X`` is ``X``; TIME_PERIOD comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sse_observatory.catalogue.problems import (
    Problem,
    TomlFile,
    fail_on_error,
    read_toml,
    text_of,
    translation_problem,
)
from sse_observatory.core import CatalogueError, Text
from sse_observatory.structures import Attribute, Concept, Dataflow, DataStructure, Dimension

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

NAME = "dataflows.toml"
FILES = (NAME,)
_KEYS = {"label", "description", "table", "version", "dimensions"}
_USES = {"mandatory": True, "conditional": False}


class _Reader:
    """Reads dataflows.toml once, collecting what is wrong."""

    def __init__(self, file: TomlFile, catalogue: Catalogue) -> None:
        self.file, self.catalogue = file, catalogue
        self.problems: list[Problem] = []

    def wrong(self, path: tuple[str, ...], what: str, todo: str) -> None:
        self.problems.append(Problem(NAME, self.file.line(*path), path[0], what, todo))

    def text(self, path: tuple[str, ...], value: Any, what: str) -> Text | None:
        text, wrong = text_of(self.file, path, value, what)
        self.problems += wrong
        return text

    def concept(self, path: tuple[str, ...], identifier: str) -> Concept | None:
        concept = self.catalogue.concepts.get(identifier)
        if concept is None:
            self.wrong(path, f"there is no concept {identifier!r}", "Correct the id, or add it to concepts.toml.")
        return concept

    def attributes(self) -> tuple[Attribute, ...]:
        found: list[Attribute] = []
        for identifier, use in self.file.data.get("attributes", {}).items():
            path = ("attributes", identifier)
            if use not in _USES:
                self.wrong(path, f"{use!r} is not a use of an attribute", "Write mandatory or conditional.")
                continue
            concept = self.concept(path, identifier)
            if concept is not None:
                codelist = self.catalogue.codelists[concept.codelist] if concept.codelist else None
                found.append(Attribute(concept, codelist, _USES[use]))
        return tuple(found)

    def dimensions(self, identifier: str, written: Any) -> tuple[Dimension, ...] | None:
        path = (identifier, "dimensions")
        if not isinstance(written, list) or not all(isinstance(d, str) for d in written):
            self.wrong(path, "the dimensions are not a list of concepts", 'Write dimensions = ["REF_AREA", …].')
            return None
        found: list[Dimension] = []
        for name in written:
            concept = self.concept(path, name)
            if concept is None:
                return None
            if concept.codelist is None and name != "TIME_PERIOD":
                self.wrong(path, f"the dimension {name} has no codelist", "Give the concept a codelist.")
                return None
            found.append(Dimension(concept, self.catalogue.codelists[concept.codelist] if concept.codelist else None))
        return tuple(found)

    def dataflow(self, identifier: str, entry: Any, attributes: tuple[Attribute, ...]) -> Dataflow | None:
        if not identifier.startswith("DF_") or not isinstance(entry, dict):
            self.wrong((identifier,), "this is not a dataflow", "Dataflows are tables named [DF_…].")
            return None
        for key in sorted(set(entry) - _KEYS):
            self.wrong((identifier, key), f"unknown key {key!r}", f"Use {', '.join(sorted(_KEYS))}.")
        label = self.text((identifier, "label"), entry.get("label"), "label")
        description = None
        if "description" in entry:
            description = self.text((identifier, "description"), entry["description"], "description")
        dimensions = self.dimensions(identifier, entry.get("dimensions"))
        if label is None or dimensions is None:
            return None
        version = str(entry.get("version", "1.0"))
        try:
            structure = DataStructure(
                identifier.removeprefix("DF_"), label, dimensions, attributes, version=version
            )
        except ValueError as error:
            self.wrong((identifier, "dimensions"), str(error), "Correct the list of dimensions.")
            return None
        return Dataflow(identifier, label, structure, description, str(entry.get("table", "")), version=version)


def _read(root: Path, catalogue: Catalogue) -> tuple[dict[str, Dataflow], list[Problem], TomlFile | None]:
    try:
        file = read_toml(root, NAME)
    except CatalogueError as error:
        return {}, [Problem.of(error, root, NAME)], None
    reader = _Reader(file, catalogue)
    attributes = reader.attributes()
    flows = {
        identifier: flow
        for identifier, entry in file.data.items()
        if identifier != "attributes" and (flow := reader.dataflow(identifier, entry, attributes)) is not None
    }
    return flows, reader.problems, file


def load_dataflows(root: Path, catalogue: Catalogue) -> Mapping[str, Dataflow]:
    """Every dataflow by id. Raises CatalogueError for the first that cannot be read."""
    flows, problems, _ = _read(root, catalogue)
    fail_on_error(root, problems)
    return flows


def check_dataflows(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: whatever cannot be read, an unknown concept, a label or description missing in a language."""
    flows, problems, file = _read(root, catalogue)
    yield from problems
    for identifier, flow in flows.items():
        for what, text in (("label", flow.label), ("description", flow.description)):
            missing = translation_problem(
                NAME, file.line(identifier, what) if file else None, identifier, what, text, "error"
            )
            if missing:
                yield missing
