"""Add contributions up into the cells of published tables (GSBPM 5.7), exactly.

The engine reduces the rows to *atoms*, one per combination of finest codes that occurs; every published
cell is a sum of atoms. Cells without a unit are published as zero wherever a breakdown is published, so
that an absent row never has to be guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import product

import ibis.expr.types as ir
import pyarrow as pa

from sse_observatory.core import ObservatoryError
from sse_observatory.engine.sums import exact_sum
from sse_observatory.structures import TOTAL, Codelist

SETS = ("PERIMETER", "MEASURE")


@dataclass(frozen=True, slots=True)
class Level:
    """A dimension broken down at a depth of its codelist: 1 for the codes right below the total."""

    dimension: str
    depth: int = 1

    @classmethod
    def parse(cls, written: str) -> Level:
        """``ACTIVITY`` or ``ACTIVITY:2``. Raises ObservatoryError for another form."""
        name, _, depth = written.partition(":")
        if depth and not (depth.isdigit() and int(depth) >= 1):
            raise ObservatoryError(
                f"{written!r} is not a breakdown.", "Write DIMENSION or DIMENSION:DEPTH, depth from 1."
            )
        return cls(name, int(depth or 1))

    def code(self, finest: str, codelist: Codelist) -> str | None:
        """The code at this depth above (or equal to) `finest`; None where `finest` is not that fine."""
        chain = [finest, *(a for a in codelist.ancestors(finest))]
        path = [c for c in reversed(chain) if c != TOTAL]
        return path[self.depth - 1] if len(path) >= self.depth else None


@cache
def _members(joined: str) -> frozenset[str]:
    return frozenset(joined.split(";"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its codes by dimension (PERIMETER and MEASURE included), its sum, the digest of its rows."""

    codes: Mapping[str, str]
    broken_down: tuple[str, ...]
    value: Decimal
    digest: int


def atoms(rows: ir.Table, dimensions: Sequence[str]) -> ir.Table:
    """`rows` added up over the finest codes: dimensions, PERIMETER, MEASURE, VALUE and DIGEST (exact decimals)."""
    return rows.group_by([*dimensions, *SETS]).agg(VALUE=exact_sum(rows.VALUE), DIGEST=exact_sum(rows.DIGEST))


def cells(
    summed: pa.Table,
    dimensions: Sequence[str],
    measures: Sequence[str],
    perimeters: Sequence[str],
    breakdowns: Sequence[Sequence[Level]],
    codelists: Mapping[str, Codelist],
) -> list[Cell]:
    """The cells of the breakdowns asked for, from atoms as an Arrow table.

    `breakdowns` lists the dimensions broken down together; an empty one is the total. Each breakdown is published as a
    full grid of the codes that occur, zeros included. `dimensions` are those of the dataflow, `codelists` maps each to
    its codelist. A cell reached by two breakdowns is given once.
    Raises ObservatoryError for a dimension not among them.
    """
    for breakdown in breakdowns:
        for level in breakdown:
            if level.dimension not in dimensions:
                raise ObservatoryError(
                    f"The table has no dimension {level.dimension} to break down.",
                    f"Use one of {', '.join(dimensions)} in `by`.",
                )
    columns = {name: summed[name].to_pylist() for name in summed.column_names if name != "DIGEST"}
    digests = [int(d) for d in summed["DIGEST"].to_pylist()]
    inside = {
        (perimeter, measure): [
            i
            for i, (standing, counting) in enumerate(zip(*(columns[name] for name in SETS), strict=True))
            if perimeter in _members(standing) and measure in _members(counting)
        ]
        for perimeter, measure in product(perimeters, measures)
    }
    found: dict[tuple[str, ...], Cell] = {}
    for breakdown in breakdowns:
        coded: dict[str, list[str | None]] = {}
        for level in breakdown:
            finest, codelist = columns[level.dimension], codelists[level.dimension]
            above = {code: level.code(code, codelist) for code in set(finest)}
            coded[level.dimension] = [above[code] for code in finest]
        names = tuple(coded)
        occurring = {name: set(coded[name]) for name in names}
        order = {name: [c.id for c in codelists[name] if c.id in occurring[name]] for name in names}
        keys = list(zip(*coded.values(), strict=True)) if coded else [()] * summed.num_rows
        for (perimeter, measure), rows in inside.items():
            sums: dict[tuple[str | None, ...], list[Decimal | int]] = {
                key: [Decimal(0), 0] for key in product(*(order[name] for name in names))
            }
            for i in rows:
                if None not in keys[i]:  # where a finest code is not that fine
                    entry = sums[keys[i]]
                    entry[0] += columns["VALUE"][i]
                    entry[1] += digests[i]
            for key, (value, digest) in sums.items():
                codes = dict.fromkeys(dimensions, TOTAL) | dict(zip(names, key, strict=True))
                codes |= {"PERIMETER": perimeter, "MEASURE": measure}
                identity = tuple(codes.values())
                if identity not in found:
                    found[identity] = Cell(codes, names, Decimal(value), int(digest))
    return list(found.values())
