"""Follow-up records: instruments, provisions, plans, events, evidence, due dates, actors, and where sources differ.

The files below ``portfolio/`` are described in `reading`, the records in `model`. `load_portfolio` gives a `Portfolio`;
what was known of it on a day is asked of `sse_observatory.updates.records`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sse_observatory.catalogue.portfolio.checks import gaps, problems
from sse_observatory.catalogue.portfolio.dates import Foreseen, When
from sse_observatory.catalogue.portfolio.holdings import Portfolio, Term, assemble, entry_of, record_of
from sse_observatory.catalogue.portfolio.model import (
    CLASSES,
    KINDS,
    STANDINGS,
    Act,
    Actor,
    Citation,
    Claim,
    Condition,
    Conflict,
    Correction,
    Deadline,
    Due,
    DueDate,
    Event,
    Evidence,
    Expression,
    Fact,
    File,
    GovernmentGroup,
    Indicator,
    Instrument,
    KnowledgeItem,
    Membership,
    Note,
    ParagraphRef,
    Period,
    Phase,
    PlanObjective,
    PlanOutput,
    Provision,
    Quantity,
    Record,
    Region,
    Relation,
    ServiceCatalogue,
    Source,
    Target,
    Vote,
)
from sse_observatory.catalogue.portfolio.reading import read_all
from sse_observatory.catalogue.problems import Problem, fail_on_error

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FILES = ("portfolio/*.toml", "portfolio/*/*.toml", "drafting/verbs.toml", "drafting/strengths.toml",
         "drafting/conditions.toml")  # fmt: skip
_READ_WITH = (*FILES, "groups/*.toml", "groups/lists/*.toml", "codelists/*")
"""What the portfolio is checked against: it is read again when any of these files has changed."""
_KEPT = 4
_loaded: dict[tuple[object, ...], Portfolio] = {}

__all__ = [
    "CLASSES", "FILES", "KINDS", "STANDINGS", "Act", "Actor", "Citation", "Claim", "Condition", "Conflict",
    "Correction", "Deadline", "Due", "DueDate", "Event", "Evidence", "Expression", "Fact", "File", "Foreseen",
    "GovernmentGroup", "Indicator", "Instrument", "KnowledgeItem", "Membership", "Note", "ParagraphRef", "Period",
    "Phase", "PlanObjective", "PlanOutput", "Portfolio", "Provision", "Quantity", "Record", "Region", "Relation",
    "ServiceCatalogue", "Source", "Target", "Term", "Vote", "When", "assemble", "check_portfolio", "entry_of",
    "load_portfolio", "record_of",
]  # fmt: skip


def load_portfolio(root: Path, catalogue: Catalogue) -> Portfolio:
    """Every record. Raises CatalogueError for the first that cannot be read, refers to nothing or cannot be true.

    A process reads the same files once: records are frozen, and every catalogue over them may share them.
    """
    state = _state(root)
    if state not in _loaded:
        read = read_all(root)
        fail_on_error(root, read.problems)
        fail_on_error(root, list(problems(read, catalogue)))
        while len(_loaded) >= _KEPT:
            _loaded.pop(next(iter(_loaded)), None)
        _loaded[state] = read.portfolio()
    return _loaded[state]


def _state(root: Path) -> tuple[object, ...]:
    found = sorted({path for pattern in _READ_WITH for path in root.glob(pattern) if path.is_file()})
    return (str(root.resolve()), *((path.name, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in found))


def check_portfolio(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: what cannot be read, refers to nothing or cannot be true. Gaps: texts missing in a language."""
    read = read_all(root)
    yield from read.problems
    if not any(problem.severity == "error" for problem in read.problems):
        yield from problems(read, catalogue)
    yield from gaps(read)
