"""Perimeters: which units belong to cooperatives, or to the SSE, under one definition at a time.

Each is a rule set that answers in, out or undetermined; undetermined units are published under a code
of their own (``COOP-ICLS2018-UND``) and never counted as either.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sse_observatory.catalogue.problems import Problem
from sse_observatory.catalogue.rulesets import RuleSet, check_folder, load_folder

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

OUTCOMES = ("in", "out", "undetermined")


def load_perimeters(root: Path, catalogue: Catalogue) -> dict[str, RuleSet]:
    """The perimeters by id, from ``perimeters/*.toml``."""
    return load_folder(root, "perimeters", OUTCOMES)


def check_perimeters(root: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in the perimeters: unreadable sets, ids that are no code of CL_PERIMETER, missing labels."""
    yield from check_folder(root, "perimeters", OUTCOMES)
    codes = catalogue.codelists["CL_PERIMETER"]
    for file in sorted((root / "perimeters").glob("*.toml")):
        if file.stem not in codes:
            yield Problem(
                file.relative_to(root).as_posix(),
                1,
                file.stem,
                "the perimeter is not a code of CL_PERIMETER",
                "Add the code to codelists/CL_PERIMETER.csv, or rename the file after its id.",
            )
