"""Types of cooperatives: the decision order of the 2018 Guidelines as a rule set that answers with a code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sse_observatory.catalogue.problems import Problem
from sse_observatory.catalogue.rulesets import VARIABLES, RuleSet, check_folder, load_folder

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

KNOWN = VARIABLES - {"life_status"}
"""What a type rule may look at: validation needs the type, and the life status comes from validated dates."""


def _codes(catalogue: Catalogue) -> tuple[str, ...]:
    return tuple(code.id for code in catalogue.codelists["CL_COOP_TYPE"])


def load_types(root: Path, catalogue: Catalogue) -> dict[str, RuleSet]:
    """The type rules by id, from ``types/*.toml``; outcomes are codes of CL_COOP_TYPE."""
    return load_folder(root, "types", _codes(catalogue), KNOWN)


def check_types(root: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in the type rules."""
    yield from check_folder(root, "types", _codes(catalogue), KNOWN)
