"""Which oracle holds which statistic under which design: said by the tests, printed for the reference page.

    python tests/estimation/oracles.py

prints the table of docs/reference/estimation.md; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

DESIGNS = (
    "stratified, one to three stages, with replacement or corrected",
    "lone clusters: remove, adjust, average, certainty",
    "unequal probabilities: Brewer, through all stages",
    "unequal probabilities: Hartley–Rao, Overton, joint probabilities",
    "unequal probabilities: Hájek, Deville",
    "two phases",
    "clusters drawn with certainty, collapsed strata",
    "jackknife (JK1, JKn)",
    "balanced half samples, Fay",
    "Rao–Wu bootstrap",
    "multistage bootstrap",
    "successive differences",
    "replicate weights of the producer",
    "post-stratified, raked, calibrated",
    "calibrated, with replicates",
    "adjusted for non-response",
)
STATISTICS = (
    "total, mean, ratio", "proportion intervals", "quantile", "share", "Gini", "contrast, change", "cross-table tests",
    "design effect, df",
)  # fmt: skip

CLAIMS: list[tuple[str, str, str, str]] = []
"""Design, statistic, oracle, test."""


def holds(oracle: str, designs: Sequence[str], statistics: Sequence[str]) -> Callable[[F], F]:
    """Say that a test holds these statistics under these designs against `oracle`."""

    def claim(test: F) -> F:
        for design in designs:
            if design not in DESIGNS:
                raise ValueError(f"{design!r} is not a row of the table")
            for statistic in statistics:
                if statistic not in STATISTICS:
                    raise ValueError(f"{statistic!r} is not a column of the table")
                CLAIMS.append((design, statistic, oracle, test.__name__))
        return test

    return claim


def table() -> str:
    """The table of oracles in Markdown: initials in the cells, what they stand for below."""
    letters = {
        "R survey": "R", "svy": "S", "laeken": "L", "plain Python": "P", "pencil example": "E", "simulation": "M",
    }  # fmt: skip
    lines = ["| design | " + " | ".join(STATISTICS) + " |", "|---" * (len(STATISTICS) + 1) + "|"]
    for design in DESIGNS:
        cells = []
        for statistic in STATISTICS:
            found = {o for d, s, o, _ in CLAIMS if d == design and s == statistic}
            cells.append(" ".join(letters[o] for o in letters if o in found) or "–")
        lines.append(f"| {design} | " + " | ".join(cells) + " |")
    used = [o for o in letters if any(o == c[2] for c in CLAIMS)]
    names = {
        "R survey": "R `survey` 4.1.1", "svy": "`svy` 0.35", "laeken": "R `laeken`", "plain Python":
        "the slow reference in `tests/estimation/reference.py`", "pencil example": "an example worked by hand",
        "simulation": "a simulation or many replicates",
    }  # fmt: skip
    lines += ["", "; ".join(f"{letters[o]}: {names[o]}" for o in used) + "; –: no oracle, not tested apart."]
    return "\n".join(lines)


def collect() -> None:
    """Import every test module of this folder, so that all claims are made."""
    import importlib
    from pathlib import Path

    CLAIMS.clear()
    here = Path(__file__).parent
    sys.path[:0] = [str(here.parent)]
    for path in sorted(here.glob("test_*.py")):
        name = f"estimation.{path.stem}"
        sys.modules.pop(name, None)
        importlib.import_module(name)


if __name__ == "__main__":
    sys.path[:0] = [str(__import__("pathlib").Path(__file__).resolve().parents[1])]
    from estimation import oracles

    oracles.collect()
    print(oracles.table())
