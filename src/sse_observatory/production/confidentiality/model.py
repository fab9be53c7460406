"""The words of disclosure control: what stands behind a table, what an attack finds, what was hidden.

Words only. The protector and the attacker both speak them and share nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sse_observatory.catalogue.disclosure import DisclosureRules as Rules

__all__ = [
    "CODELIST_OF", "LARGEST_CROSSING", "LARGEST_GRID", "LARGEST_TABLE", "Breach",
    "Decision", "Facts", "Findings", "Interval", "Report", "Rules",
]

CODELIST_OF: Mapping[str, str] = {"UNIT_FAMILY": "CL_FAMILY", "REF_AREA": "CL_AREA"}
"""Codelists of dimensions that are not named CL_ and the dimension."""

LARGEST_GRID = 1_000_000
"""Possible combinations of a crossing some table shows; beyond it only those that occur are unknowns."""

LARGEST_CROSSING = 20_000
"""The same for a crossing that no table shows but that several tables determine together."""

LARGEST_TABLE = 2**40
"""Sums beyond this many smallest units are examined in steps of a power of two."""


@dataclass(frozen=True)
class Facts:
    """What stands behind the observations of one additive family.

    An observation of `dataflow` (or of a dataflow in `also`) whose MEASURE is in `measures` is the sum
    of VALUE over the rows it covers. `rows` is an Ibis table or a pyarrow table with the columns
    CONTRIBUTOR (the holding group), VALUE (integer or decimal; 1 for each unit where `kind` is
    ``count``) and, for each dimension the observations break down by, the finest code. Dimensions in
    `set_valued` hold codes joined by ``;``: the row counts for each of them. Columns the dataflow does
    not have are ignored; dimensions of the dataflow without a column must not vary between the
    observations. `where` narrows the observations these rows stand behind to one code of a dimension
    (``{"TIME_PERIOD": "2023"}``) where each has facts of its own.

    Tables of two dataflows that add up the same units must come as one `Facts` with `also`: what each
    of them hides alone may follow from both together.
    """

    dataflow: str
    measures: frozenset[str]
    kind: Literal["count", "magnitude"]
    integer: bool
    rows: Any
    set_valued: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def dataflows(self) -> tuple[str, ...]:
        """Every dataflow that shows sums of these rows."""
        return (self.dataflow, *sorted(self.also - {self.dataflow}))


@dataclass(frozen=True, slots=True)
class Breach:
    """A cell that keeps less than its required protection.

    `dataflow` and `row` give the observation; `row` is None for a cell that no observation shows (what
    remains between two overlapping perimeters, or a combination left out), described by `key`.
    `side` is ``value`` where the cell itself is shown, ``upper`` or ``lower`` for a bound, ``sum`` where
    a shown value is not the sum of its facts, ``facts`` where nothing stands behind it. `unfinished`
    says that the attack did not end in time. `by_contributor` says that it takes a contributor's own
    knowledge. Restricted: never shown outside the office.
    """

    dataflow: str
    row: int | None
    key: Mapping[str, str]
    side: Literal["value", "upper", "lower", "sum", "facts"]
    by_contributor: bool = False
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """What an attack found, and how much it attacked (by name, for the restricted log)."""

    breaches: tuple[Breach, ...]
    measures: Mapping[str, int] = field(default_factory=dict)

    @property
    def safe(self) -> bool:
        """Whether every cell kept its protection."""
        return not self.breaches


@dataclass(frozen=True, slots=True)
class Interval:
    """What can be deduced of a hidden cell from everything published: the tightest bounds.

    In units of the measure; `upper` is None where nothing bounds the cell from above. For integer
    measures both ends are whole numbers that really are possible.
    """

    dataflow: str
    row: int
    lower: Any
    upper: Any


@dataclass(frozen=True, slots=True)
class Decision:
    """Why an observation is hidden: ``primary`` (with the rule) or ``secondary``. Restricted."""

    dataflow: str
    row: int
    key: Mapping[str, str]
    kind: Literal["primary", "secondary"]
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was hidden and why. Restricted: it stays beside the microdata."""

    decisions: tuple[Decision, ...]
    measures: Mapping[str, int] = field(default_factory=dict)
    skipped: str = ""

    @property
    def primary(self) -> tuple[Decision, ...]:
        return tuple(d for d in self.decisions if d.kind == "primary")

    @property
    def secondary(self) -> tuple[Decision, ...]:
        return tuple(d for d in self.decisions if d.kind == "secondary")
