"""The protector: which cells to hide so that no contributor can be told apart.

Primary rules at the level of the holding group, then secondary suppression until nothing can be
deduced, then as much as possible shown again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from sse_observatory.core import Unsafe
from sse_observatory.production.confidentiality.model import Decision, Facts, Findings, Report, Rules
from sse_observatory.structures import TOTAL, Codelist

Attack = Callable[[Mapping[str, pa.Table], Sequence[Facts], Mapping[str, Codelist], Rules], Findings]


def protect(
    tables: Mapping[str, pa.Table],
    facts: Sequence[Facts],
    codelists: Mapping[str, Codelist],
    rules: Rules,
    attack: Attack,
) -> tuple[dict[str, pa.Table], Report]:
    """`tables` with OBS_VALUE null, OBS_STATUS Q and CONF_STATUS C on every hidden cell, and why."""
    if rules.microdata_public:
        return dict(tables), Report((), skipped="microdata are public: primary rules do not apply")
    hidden: dict[tuple[str, int], str] = {}

    def masked() -> dict[str, pa.Table]:
        return {name: hide(table, {r for d, r in hidden if d == name}) for name, table in tables.items()}

    while True:
        found = attack(masked(), facts, codelists, rules)
        if found.safe:
            break
        changed = False
        for breach in found.breaches:
            if breach.side in ("sum", "facts"):
                raise Unsafe(f"An observation of {breach.dataflow} does not agree with its facts.", str(breach.key))
            if breach.side == "value":
                hidden[(breach.dataflow, breach.row or 0)] = "primary"
                changed = True
                continue
            if changed:
                continue
            best = None
            for name, table in tables.items():
                columns = table.column_names[: table.column_names.index("OBS_VALUE")]
                for n, row in enumerate(table.to_pylist()):
                    if (name, n) in hidden or row["OBS_VALUE"] is None:
                        continue
                    apart = sum(breach.key.get(c, TOTAL) != row[c] for c in columns)
                    rank = (apart, row["OBS_VALUE"] == 0, row["OBS_VALUE"])
                    if best is None or rank < best[0]:
                        best = (rank, (name, n))
            if best is None:
                raise Unsafe("Nothing is left to hide and a cell is still unprotected.", "Leave the table out.")
            hidden[best[1]] = "secondary"
            changed = True
        if not changed:
            raise Unsafe("The protection could not be settled.", "Leave the table out.")
    for cell, kind in list(hidden.items()):
        if kind == "secondary":
            del hidden[cell]
            if not attack(masked(), facts, codelists, rules).safe:
                hidden[cell] = kind
    decisions = tuple(
        Decision(name, n, {c: tables[name][c][n].as_py() for c in tables[name].column_names[:5]}, kind, kind)  # type: ignore[arg-type]
        for (name, n), kind in sorted(hidden.items())
    )
    return masked(), Report(decisions)


def hide(table: pa.Table, rows: set[int]) -> pa.Table:
    """`table` with the given rows hidden."""
    marks: dict[str, Any] = {"OBS_VALUE": None, "OBS_STATUS": "Q", "CONF_STATUS": "C"}
    for column, mark in marks.items():
        if column in table.column_names:
            field = table.schema.field(column)
            values = [mark if n in rows else v for n, v in enumerate(table[column].to_pylist())]
            table = table.set_column(table.column_names.index(column), field, pa.array(values, field.type))
    return table
