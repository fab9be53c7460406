"""The protector: which cells to hide so that no contributor can be told apart.

Primary rules at the level of the holding group (`cells`), then secondary suppression that is sound and
inclusion-minimal (`secondary`). This module proves nothing: the last word has the attacker, whose code it
does not know, and which `audit` sends against what a draft really shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.core import ConfStatus, ObsStatus
from sse_observatory.production.confidentiality.cells import system
from sse_observatory.production.confidentiality.model import Decision, Facts, Report, Rules
from sse_observatory.production.confidentiality.secondary import choose
from sse_observatory.structures import Codelist

_REASONS = {
    "contributors": "fewer contributors than the minimum",
    "count": "fewer units than the minimum",
    "p percent": "the largest contributor could be estimated too closely",
}


def protect(
    tables: Mapping[str, pa.Table],
    facts: Sequence[Facts],
    codelists: Mapping[str, Codelist],
    rules: Rules,
) -> tuple[dict[str, pa.Table], Report]:
    """Hide what the rules ask for and no more than needed, and say why.

    `tables`: dataflow id to observations (dimensions, then OBS_VALUE, then attributes). Hidden cells come back with
    OBS_VALUE null, OBS_STATUS ``Q``, CONF_STATUS ``C``. The report is restricted. The result may go out only after
    `audit`. Raises Unsafe for facts the rules do not apply to, where nothing protects a cell, and where a search for a
    protection does not end in time.
    """
    if rules.microdata_public:
        return dict(tables), Report((), skipped="primary rules skipped: the source publishes its microdata")
    hidden: dict[str, set[int]] = {name: set() for name in tables}
    decisions: list[Decision] = []
    for one in facts:
        cells = system(one, tables, codelists, rules)
        chosen = choose(cells, rules.seconds_per_problem)
        for o in np.flatnonzero(chosen).tolist():
            observed = cells.observed[o]
            if not observed.shown:
                continue  # it was hidden before and keeps the status it came with
            hidden[observed.dataflow].add(observed.row)
            kind, why = ("primary", _REASONS[observed.rule]) if observed.rule else ("secondary", "protects other cells")
            decisions.append(Decision(observed.dataflow, observed.row, observed.key, kind, why))  # type: ignore[arg-type]
    result = {name: hide(table, hidden[name]) for name, table in tables.items()}
    measures = {
        "observations": sum(t.num_rows for t in tables.values()),
        "primary": sum(d.kind == "primary" for d in decisions),
        "secondary": sum(d.kind == "secondary" for d in decisions),
    }
    return result, Report(tuple(sorted(decisions, key=lambda d: (d.dataflow, d.row))), measures)


def hide(table: pa.Table, rows: set[int]) -> pa.Table:
    """`table` with the given rows hidden."""
    marks: dict[str, Any] = {
        "OBS_VALUE": None, "OBS_STATUS": ObsStatus.SUPPRESSED.value, "CONF_STATUS": ConfStatus.CONFIDENTIAL.value,
    }  # fmt: skip
    chosen = np.zeros(table.num_rows, dtype=bool)
    chosen[sorted(rows)] = True
    mask = pa.array(chosen)
    for column, mark in marks.items():
        if column in table.column_names and rows:
            field = table.schema.field(column)
            values = table[column].combine_chunks()
            values = values.chunk(0) if isinstance(values, pa.ChunkedArray) else values
            new = pc.if_else(mask, pa.scalar(mark, field.type), values)
            table = table.set_column(table.column_names.index(column), field, new)
    return table
