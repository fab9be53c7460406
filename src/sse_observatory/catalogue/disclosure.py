"""Disclosure rules as data: `disclosure.toml`, one table per rule set.

The rules follow the tau-Argus 4.1 user's manual (sections 2.2 to 2.15) in what they mean; which
numbers an office uses is its own decision, so they are read from a file that carries a version, a
status (``confirmed`` once somebody has signed them off, ``unconfirmed`` before) and a source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from sse_observatory.catalogue.problems import Problem, fail_on_error, read_toml
from sse_observatory.core import CatalogueError

FILE = "disclosure.toml"
FILES = (FILE,)
_PACKAGED = Path(__file__).parent / "data"
_ADVICE = "Correct the line; docs/explanation/confidentiality.md says what each rule means."


@dataclass(frozen=True, slots=True)
class DisclosureRules:
    """The agreed parameters of disclosure control.

    `min_contributors`: fewest holding groups behind a shown cell, and fewest units in a shown count.
    `p_percent`: p of the p % rule. `safety_range_percent`: what must stay possible on either side of a
    cell with too few contributors, in per cent of its value. `differences`: protect what follows from
    overlapping perimeters or measures as if it were a cell. `seconds_per_problem`: time limit of one
    integer problem. `microdata_public`: a property of a source, not of the catalogue: the records
    themselves are published, so the primary rules do not apply.
    """

    min_contributors: int = 3
    p_percent: Fraction = Fraction(10)
    safety_range_percent: Fraction = Fraction(30)
    version: str = "1.0"
    status: str = "unconfirmed"
    source: str = ""
    differences: bool = True
    seconds_per_problem: float = 60.0
    microdata_public: bool = False

    @property
    def label(self) -> str:
        """The rules in one line, for an audit and for a release's checklist."""
        return (
            f"disclosure rules {self.version} ({self.status}): at least {self.min_contributors} contributors, "
            f"p = {_plain(self.p_percent)} %, safety range {_plain(self.safety_range_percent)} %"
            + (", differences protected" if self.differences else ", differences not protected")
        )


def load_disclosure(root: Path | None = None, catalogue: object = None) -> Mapping[str, DisclosureRules]:
    """The rule sets in `root`/disclosure.toml by name (default: the packaged data); ``default`` always exists.

    Raises CatalogueError with the file, the line and the key for anything missing, unknown or out of range.
    """
    folder = root or _PACKAGED
    problems = list(check_disclosure(folder, catalogue))
    fail_on_error(folder, problems)
    return {name: _rules(name, table) for name, table in read_toml(folder, FILE).data.items()}


def check_disclosure(root: Path, catalogue: object = None) -> Iterable[Problem]:
    """Everything wrong in the file: unknown or missing keys, values out of range, no set called ``default``."""
    try:
        file = read_toml(root, FILE)
    except CatalogueError as error:
        yield Problem(FILE, error.line, FILE, error.what, error.todo)
        return
    if not isinstance(file.data.get("default"), dict):
        yield Problem(FILE, None, "default", "there is no rule set called default", "Write a table [default].")
    for name, table in file.data.items():
        if not isinstance(table, dict):
            yield Problem(FILE, file.line(name), name, "this is not a rule set", "Move the key into a table [default].")
            continue
        for key in table:
            if key not in _KEYS:
                yield Problem(FILE, file.line(name, key), f"{name}.{key}", "unknown rule", f"Use {', '.join(_KEYS)}.")
        for key, (expected, holds) in _KEYS.items():
            if key not in table:
                todo = f"Write {key} = {expected}."
                yield Problem(FILE, file.line(name), f"{name}.{key}", "the rule is missing", todo)
            elif not holds(table[key]):
                yield Problem(
                    FILE, file.line(name, key), f"{name}.{key}", f"{table[key]!r} is not {expected}", _ADVICE
                )


def _rules(name: str, table: Mapping[str, Any]) -> DisclosureRules:
    version = table["version"] if name == "default" else f"{name} {table['version']}"
    return DisclosureRules(
        min_contributors=table["min_contributors"],
        p_percent=Fraction(table["p_percent"]),
        safety_range_percent=Fraction(table["safety_range_percent"]),
        version=version,
        status=table["status"],
        source=table["source"],
        differences=table["differences"],
        seconds_per_problem=float(table["seconds_per_problem"]),
    )


def _fraction(value: Any, low: int, high: int) -> bool:
    """An exact number, as a text or a whole number, within bounds; a float would not be exact."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    try:
        return low <= Fraction(value) <= high
    except (ValueError, ZeroDivisionError):
        return False


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


_KEYS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "version": ("a text", _text),
    "status": ('"confirmed" or "unconfirmed"', lambda v: v in ("confirmed", "unconfirmed")),
    "source": ("a text", _text),
    "min_contributors": (
        "a whole number from 2 on", lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 2,
    ),
    "p_percent": ("a number from 1 to 99, in quotes", lambda v: _fraction(v, 1, 99)),
    "safety_range_percent": ("a number from 1 to 100, in quotes", lambda v: _fraction(v, 1, 100)),
    "differences": ("true or false", lambda v: isinstance(v, bool)),
    "seconds_per_problem": (
        "a number of seconds above 0", lambda v: isinstance(v, int | float) and not isinstance(v, bool) and v > 0,
    ),
}  # fmt: skip


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
