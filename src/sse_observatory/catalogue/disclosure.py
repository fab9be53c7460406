"""Disclosure rules as data: `data/disclosure.toml`.

The rules follow the tau-Argus 4.1 user's manual (sections 2.2 to 2.15) in what they mean; which
numbers an office uses is its own decision, so they are read from a file that carries a version, a
status (``confirmed`` once somebody has signed them off, ``unconfirmed`` before) and a source.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from sse_observatory.core import CatalogueError

FILE = "disclosure.toml"
_DATA = Path(__file__).parent / "data"
_TODO = "Correct the line; docs/explanation/confidentiality.md says what each rule means."


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


def load_disclosure(root: Path | None = None) -> DisclosureRules:
    """The rules in `root`/disclosure.toml (default: the packaged data).

    Raises CatalogueError with the file and the key for anything missing, unknown or out of range:
    min_contributors from 2 on, p_percent from 1 to 99, safety_range_percent above 0 and up to 100.
    """
    file = (root or _DATA) / FILE
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as reason:
        raise CatalogueError("the disclosure rules cannot be read", file=file, todo="Restore the file.") from reason
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise CatalogueError(f"not valid TOML ({reason})", file=file, todo=_TODO) from reason
    known = {
        "version", "status", "source", "min_contributors", "p_percent", "safety_range_percent", "differences",
        "seconds_per_problem",
    }

    def wrong(key: str, expected: str) -> CatalogueError:
        line = next((n for n, row in enumerate(text.splitlines(), 1) if row.split("=")[0].strip() == key), None)
        value = str(found[key]) if key in found else None
        return CatalogueError("wrong rule", file=file, line=line, column=key, value=value, expected=expected, todo=_TODO)

    for key in sorted(set(found) ^ known):
        raise wrong(key, "one of " + ", ".join(sorted(known)) if key in found else "this key to be present")
    for key in ("version", "source"):
        if not isinstance(found[key], str) or not found[key].strip():
            raise wrong(key, "a text")
    if found["status"] not in {"confirmed", "unconfirmed"}:
        raise wrong("status", "confirmed or unconfirmed")
    if not isinstance(found["differences"], bool):
        raise wrong("differences", "true or false")
    minimum, seconds = found["min_contributors"], found["seconds_per_problem"]
    if not isinstance(minimum, int) or isinstance(minimum, bool) or minimum < 2:
        raise wrong("min_contributors", "a whole number, at least 2")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds <= 0:
        raise wrong("seconds_per_problem", "a number of seconds above 0")
    p = _fraction(found["p_percent"])
    if p is None or not 1 <= p <= 99:
        raise wrong("p_percent", "a number from 1 to 99, in quotes")
    safety = _fraction(found["safety_range_percent"])
    if safety is None or not 0 < safety <= 100:
        raise wrong("safety_range_percent", "a number above 0 and up to 100, in quotes")
    return DisclosureRules(
        min_contributors=minimum,
        p_percent=p,
        safety_range_percent=safety,
        version=found["version"],
        status=found["status"],
        source=found["source"],
        differences=found["differences"],
        seconds_per_problem=float(seconds),
    )


def _fraction(value: Any) -> Fraction | None:
    """An exact number from a text or a whole number; None for anything else (a float would not be exact)."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError):
        return None


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
