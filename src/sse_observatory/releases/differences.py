"""What changed between two releases of a process, observation by observation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.releases.model import INTERNAL_COLUMNS
from sse_observatory.releases.observations import UNENCODED, combined_key, decode, single, sorted_dictionary

KINDS = ("added", "removed", "value", "status", "definition", "trace")
"""How an observation differs, the first that holds: it is new; it is gone; its value changed; its OBS_STATUS
or CONF_STATUS; another attribute (definition version, unit, note …); only its recipe or fingerprint."""

_STATUS = ("OBS_STATUS", "CONF_STATUS")


@dataclass(frozen=True)
class DataflowDiff:
    """The differences in one dataflow.

    `counts` has every one of `KINDS`, and ``same``. `rows` has one row for each observation that
    differs, sorted by key: the dimensions, CHANGE (one of `KINDS`), then for OBS_VALUE, each attribute,
    RECIPE and FINGERPRINT the columns ``OLD_…`` and ``NEW_…``.
    """

    dataflow: str
    counts: Mapping[str, int]
    rows: pa.Table

    @property
    def changed(self) -> int:
        """Observations whose value, status or attributes changed."""
        return self.counts["value"] + self.counts["status"] + self.counts["definition"]


@dataclass(frozen=True)
class Diff:
    """The differences between two releases, `old` and `new` by id, of one process, by dataflow."""

    process: str
    old: str
    new: str
    dataflows: Mapping[str, DataflowDiff] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether no observation differs, not even in its trace."""
        return not any(d.rows.num_rows for d in self.dataflows.values())


def compare(
    dataflow: str, old: pa.Table | None, new: pa.Table | None, dims_old: Sequence[str], dims_new: Sequence[str]
) -> DataflowDiff:
    """The differences between two encoded tables of observations, each sorted by key.

    None stands for a dataflow that a release does not hold. Where the dimensions differ no observation has a
    counterpart: all old ones are removed, all new ones added.
    """
    if old is None or new is None or list(dims_old) != list(dims_new):
        parts = [_one_sided(t, dims, side) for t, dims, side in ((old, dims_old, "removed"), (new, dims_new, "added"))
                 if t is not None]
        rows = pa.concat_tables(parts, promote_options="default")
        return DataflowDiff(dataflow, _counted(rows, 0), rows)
    dims = list(dims_old)
    names = [n for n in dict.fromkeys([*old.column_names, *new.column_names]) if n not in dims]
    codes = {name: _codes(name, old, new) for name in [*dims, *names]}
    key = combined_key([codes[name] for name in dims], old.num_rows + new.num_rows)
    # Both tables are sorted by key and hold each key once.
    stays = np.isin(key[: old.num_rows], key[old.num_rows :], assume_unique=True)
    at_old, gone = np.flatnonzero(stays), np.flatnonzero(~stays)
    at_new = np.searchsorted(key[old.num_rows :], key[: old.num_rows][at_old])
    known = np.zeros(new.num_rows, dtype=bool)
    known[at_new] = True
    come = np.flatnonzero(~known)
    kind = np.full(len(at_old), len(KINDS), dtype=np.int8)
    for name in names:
        numbers = _numbers(codes[name])
        differs = numbers[: old.num_rows][at_old] != numbers[old.num_rows :][at_new]
        kind = np.where(differs, np.minimum(kind, KINDS.index(_kind(name))), kind).astype(np.int8)
    moved = np.flatnonzero(kind < len(KINDS))
    left = np.concatenate([gone, at_old[moved], np.full(len(come), -1)])
    right = np.concatenate([np.full(len(gone), -1), at_new[moved], come])
    change = np.concatenate([
        np.full(len(gone), KINDS.index("removed")), kind[moved], np.full(len(come), KINDS.index("added"))])
    place = np.where(left >= 0, left, right + old.num_rows).astype(np.int64)
    order = np.argsort(key[place], kind="stable")
    left, right, change = left[order], right[order], change[order]
    columns: dict[str, Any] = {n: pc.coalesce(_taken(old, n, left), _taken(new, n, right)) for n in dims}
    columns["CHANGE"] = pa.DictionaryArray.from_arrays(pa.array(change, pa.int8()), list(KINDS)).cast(pa.string())
    for name in names:
        columns[f"OLD_{name}"] = _taken(old, name, left)
        columns[f"NEW_{name}"] = _taken(new, name, right)
    rows = pa.table(columns)
    return DataflowDiff(dataflow, _counted(rows, len(at_old) - len(moved)), rows)


def _kind(name: str) -> str:
    if name == "OBS_VALUE":
        return "value"
    if name in _STATUS:
        return "status"
    return "trace" if name in INTERNAL_COLUMNS else "definition"


def _codes(name: str, old: pa.Table, new: pa.Table) -> Any:
    """The column of both tables, one after the other, as codes into one dictionary."""
    parts = []
    for table in (old, new):
        if name in table.column_names:
            parts.append(single(table[name]))
        else:
            parts.append(pa.nulls(table.num_rows, pa.string()).dictionary_encode())
    if name == "OBS_VALUE" or name in UNENCODED:
        return pc.dictionary_encode(pa.concat_arrays(parts))
    return sorted_dictionary(pa.chunked_array(parts).unify_dictionaries())


def _numbers(column: Any) -> np.ndarray[Any, Any]:
    return np.asarray(column.indices.fill_null(-1).to_numpy(zero_copy_only=False))


def _taken(table: pa.Table, name: str, rows: np.ndarray[Any, Any]) -> pa.Array:
    """The column's values at `rows`; null where a row is −1."""
    if name not in table.column_names:
        return pa.nulls(len(rows), pa.string())
    taken = table[name].take(pa.array(rows, mask=rows < 0))
    return single(taken.cast(pa.string()) if pa.types.is_dictionary(taken.type) else taken)


def _one_sided(table: pa.Table, dims: Sequence[str], change: str) -> pa.Table:
    plain = decode(table)
    side = "OLD_" if change == "removed" else "NEW_"
    columns = {n: plain[n] for n in dims} | {"CHANGE": pa.array([change] * plain.num_rows, pa.string())}
    for name in plain.column_names:
        if name not in dims:
            for prefix in ("OLD_", "NEW_"):
                columns[prefix + name] = plain[name] if prefix == side else pa.nulls(plain.num_rows, plain[name].type)
    return pa.table(columns)


def _counted(rows: pa.Table, same: int) -> dict[str, int]:
    counts = dict.fromkeys(KINDS, 0)
    for pair in rows["CHANGE"].value_counts().to_pylist():
        counts[pair["values"]] = pair["counts"]
    return counts | {"same": same}
