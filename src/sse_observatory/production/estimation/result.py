"""The result of an estimation: a publication table with its precision, to read, to draw and to combine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.plan import Floats
from sse_observatory.production.estimation.precision import Influence, Precision
from sse_observatory.production.estimation.statistics import Statistic
from sse_observatory.structures import TOTAL

if TYPE_CHECKING:
    from sse_observatory.production.estimation.estimate import Cells


@dataclass(frozen=True, slots=True)
class About:
    """What covariances of the estimates of a block are computed from: linearised variables, or replicates."""

    precision: Precision
    present: np.ndarray
    influence: Influence | None
    replicates: Floats | None
    scale: Floats | None = None
    """A factor per domain."""

    def scaled(self, factor: Floats) -> About:
        """The same for estimates multiplied by a factor per domain."""
        return About(self.precision, self.present, self.influence, self.replicates, factor)


@dataclass(frozen=True, slots=True)
class Block:
    """One statistic in the domains of one margin of the table."""

    statistic: Statistic
    cells: Cells
    labels: tuple[tuple[str, ...], ...]
    """The codes of each column of `by`."""
    value: Floats
    se: Floats
    lower: Floats
    upper: Floats
    df: Floats
    n: Floats
    population: Floats
    deff: Floats
    about: About


@dataclass(frozen=True, slots=True)
class Result:
    """Estimates with their precision; `table` has a row for each."""

    blocks: tuple[Block, ...]
    by: tuple[str, ...]
    design: Design
    level: float
    sample: str = "the sample"

    @property
    def table(self) -> pa.Table:
        """The estimates: columns of `by` (totals are ``_T``), statistic, estimate, se, interval, cv, deff, n, df."""
        parts = [self._rows(b) for b in self.blocks]
        return pa.concat_tables(parts)

    def _rows(self, block: Block) -> pa.Table:
        count = block.cells.count
        columns: dict[str, Any] = {}
        for i, name in enumerate(self.by):
            if i in block.cells.columns:
                at = block.cells.codes[:, block.cells.columns.index(i)]
                columns[name] = pa.array([block.labels[i][c] for c in at], pa.string())
            else:
                columns[name] = pa.array([TOTAL] * count, pa.string())
        columns["statistic"] = pa.array([block.statistic.label] * count, pa.string())
        with np.errstate(divide="ignore", invalid="ignore"):
            cv = np.where(block.value != 0, block.se / np.abs(block.value), np.nan)
            effective = block.n / block.deff
        numbers = {
            "estimate": block.value, "se": block.se, "lower": block.lower, "upper": block.upper, "cv": cv,
            "deff": block.deff, "n": block.n, "n_effective": effective, "df": block.df,
        }  # fmt: skip
        for name, values in numbers.items():
            if name == "n":
                columns[name] = pa.array(values.astype(np.int64))
            else:
                columns[name] = pa.array(values, from_pandas=True)
        return pa.table(columns)

    def pandas(self) -> Any:
        """The table as a pandas DataFrame."""
        return self.table.to_pandas()
