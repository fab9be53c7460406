"""What may be wrong in the catalogue, and the small protocol its parts follow.

A *part* is a module beside this one, named like the part, with two functions and, if it needs them, file patterns:

    def load_sources(root: Path, catalogue: Catalogue) -> ...:                 # raises CatalogueError
    def check_sources(root: Path, catalogue: Catalogue) -> Iterable[Problem]:  # reports everything there is
    FILES = ("sources/**/*",)  # what it reads; default: NAME.toml, NAME.csv, NAME/**/*

`root` is the catalogue folder; `catalogue` gives the other parts, loaded when first asked for. To add a part: write
the module and add its name to `parts.NAMES`; `Catalogue.part`, `check`, `gaps` and `fingerprint` then know it. A part
without a `check_` function is checked by loading it; a loader that needs the folder alone may leave out `catalogue`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from sse_observatory.core import LANGUAGES, CatalogueError, InputError, Language, Text

Severity = Literal["error", "gap"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to correct in the catalogue.

    `file` is relative to the catalogue folder, `line` counts from 1 (None: the whole file), `key` is the code, term or
    table concerned. An *error* stops `observatory catalogue check`; a *gap* is counted and shown. `missing` names the
    languages in which a text does not exist.
    """

    file: str
    line: int | None
    key: str
    what: str
    todo: str
    severity: Severity = "error"
    missing: tuple[Language, ...] = ()

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{self.severity}: {place}: {self.key}: {self.what}\n  What to do: {self.todo}"

    @classmethod
    def of(cls, error: InputError, root: Path, key: str) -> Problem:
        """The problem that an exception raised by a loader tells, its file relative to `root` where it is below it."""
        path = Path(error.file)
        file = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        # The sentence of an InputError starts with its place, which a Problem has in fields of its own.
        place = str(InputError("", file=error.file, line=error.line, column=error.column, value=error.value))
        what = error.what.removeprefix(place).strip().rstrip(".")
        return cls(file, error.line, error.value or error.column or key, what, error.todo)

    def error(self, root: Path) -> CatalogueError:
        """The problem as the exception a loader raises."""
        return CatalogueError(f"{self.what}.", file=root / self.file, line=self.line, value=self.key, todo=self.todo)


def fail_on_error(root: Path, problems: list[Problem]) -> None:
    """Raise CatalogueError for the first error among `problems`; gaps pass."""
    for problem in problems:
        if problem.severity == "error":
            raise problem.error(root)


def translation_problem(
    file: str, line: int | None, key: str, what: str, text: Text | None, severity: Severity
) -> Problem | None:
    """A Problem if `text` (named `what`) lacks a language; a text that exists nowhere is left to its reader."""
    if text is None or not text.missing:
        return None
    names = ", ".join(text.missing)
    return Problem(
        file, line, key, f"the {what} is missing in {names}", f"Write the {what} in {names}.", severity, text.missing
    )


@dataclass(frozen=True)
class TomlFile:
    """A TOML file with the line on which each table and key stands."""

    name: str
    data: Mapping[str, Any]
    lines: Mapping[str, int]

    def line(self, *path: str) -> int | None:
        """The line of the deepest part of a dotted path that can be found, e.g. ``line("REF_AREA", "label")``."""
        for end in range(len(path), 0, -1):
            found = self.lines.get(".".join(path[:end]))
            if found is not None:
                return found
        return None


_HEADER = re.compile(r"\s*\[\[?\s*(.+?)\s*\]\]?\s*(#.*)?$")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z0-9_\-.\"]+)\s*=")


def _toml_lines(text: str) -> Iterator[tuple[str, int]]:
    table = ""
    quotes = ""  # the delimiter of the multi-line string we are inside of
    for number, line in enumerate(text.splitlines(), start=1):
        if quotes:
            if quotes in line:
                quotes = ""
            continue
        header = _HEADER.match(line)
        if header and "=" not in header[1]:
            table = header[1].replace('"', "").replace(" ", "")
            yield table, number
            continue
        assignment = _ASSIGNMENT.match(line)
        if assignment:
            key = assignment[1].replace('"', "")
            yield (f"{table}.{key}" if table else key), number
        for delimiter in ('"""', "'''"):
            if line.count(delimiter) == 1:
                quotes = delimiter


def read_toml(root: Path, name: str) -> TomlFile:
    """Read `root/name`. Raises CatalogueError when it is missing, not UTF-8 or not TOML (with the line)."""
    path = root / name
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except FileNotFoundError:
        raise CatalogueError(
            "the file is missing.", file=path, todo="Restore it from the package, or point SSE_CATALOGUE elsewhere."
        ) from None
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"the file is not UTF-8 (byte {error.start}).", file=path, todo="Save it again as UTF-8."
        ) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise CatalogueError(
            f"this is not valid TOML: {error}.",
            file=path,
            line=int(found[1]) if found else None,
            todo="Correct the line; texts stand in double quotes, and a key occurs once in a table.",
        ) from None
    lines: dict[str, int] = {}
    for key, number in _toml_lines(text):
        lines.setdefault(key, number)
    return TomlFile(name, data, lines)


def text_of(file: TomlFile, path: tuple[str, ...], value: Any, what: str) -> tuple[Text | None, list[Problem]]:
    """The text in three languages written as `value` at `path`, and what is wrong with how it is written."""
    key, line = ".".join(path), file.line(*path)
    form = 'Write it as { en = "…", fr = "…", es = "…" }.'
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        return None, [Problem(file.name, line, key, f"the {what} is not a text in en, fr and es", form)]
    unknown = sorted(set(value) - set(LANGUAGES))
    if unknown:
        return None, [
            Problem(file.name, line, key, f"the {what} has the unknown language(s) {', '.join(unknown)}", form)
        ]
    text = Text.of(value)
    if len(text.missing) == len(LANGUAGES):
        return None, [Problem(file.name, line, key, f"the {what} is empty in every language", form)]
    return text, []


def first_fault(error: ValidationError) -> Any:
    """The fault of a file to name first: a misspelt key before the key that is missing because of it."""
    return min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
