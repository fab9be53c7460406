"""Restricted lineage: from a published cell down to the units and source records behind it.

It is kept beside the microdata, one folder per run, and never leaves it: for each period ``records-…`` (which record
belongs to which unit), ``units-…`` (every unit with what it was classified as and why) and ``contributions-…`` (what
each adds to a family of measures), as Parquet. The public trace stops at sources, methods and rules.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from sse_observatory.core import NotFound
from sse_observatory.engine import Engine
from sse_observatory.structures import Codelist, Dataflow

SETS = ("PERIMETER", "MEASURE")


@contextmanager
def kept_apart(process: Path) -> Iterator[Path]:
    """A folder beside the runs of a process for the lineage of a run that has no id yet; gone unless settled.

    What a run that was killed left there goes as well: the engine's lock lets only one run work at a time.
    """
    for left in process.glob(".*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = process / f".{secrets.token_hex(8)}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(folder: Path, run: str) -> Path:
    """Give the lineage kept in `folder` to a run, whole. The same run again has the same lineage and keeps it."""
    target = folder.with_name(run)
    if not target.exists():
        folder.rename(target)
    return target


def keep(engine: Engine, folder: Path, name: str, table: ir.Table) -> Path:
    """Write one of a run's tables, as ``<folder>/<name>.parquet``. Returns the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    engine.write_parquet(table, path)
    return path


def behind(engine: Engine, folder: Path, dataflow: Dataflow, key: Mapping[str, str]) -> pa.Table:
    """The records behind one published cell of the run kept in `folder`.

    `key` gives the codes of the dataflow's dimensions. Returns unit_id, source_id, record_id, snapshot_id, VALUE
    (string; a unit's contribution, repeated for each of its records), sorted. Raises NotFound for a cell no unit of
    the run stands behind, or a folder without lineage.
    """
    period = key["TIME_PERIOD"]
    start = f"contributions-{period}-"
    # A period's name may begin like another's: 2024 and 2024-Q1. Families have no hyphen.
    kept = [file for file in sorted(folder.glob(f"{start}*.parquet")) if "-" not in file.stem.removeprefix(start)]
    records_file = folder / f"records-{period}.parquet"
    if not kept or not records_file.is_file():
        raise NotFound(f"No lineage is kept for {period} of this run.", "Run the process again on the office side.")
    records = engine.read_parquet(records_file)
    found: list[pa.Table] = []
    for file in kept:
        covered = engine.read_parquet(file)
        for dimension in SETS:
            covered = covered.filter((";" + covered[dimension] + ";").contains(f";{key[dimension]};"))
        for dimension in dataflow.structure.dimensions:
            if dimension.id in covered.columns and dimension.id not in SETS and dimension.codelist is not None:
                covered = covered.filter(covered[dimension.id].isin(_below(dimension.codelist, key[dimension.id])))
        joined = covered.select("unit_id", VALUE=covered.VALUE.cast("string")).join(records, "unit_id")
        found.append(engine.arrow(joined.select("unit_id", "source_id", "record_id", "snapshot_id", "VALUE")))
    rows = pa.concat_tables(found)
    if rows.num_rows == 0:
        raise NotFound("No unit stands behind this cell.", "A published zero has no records.")
    return rows.sort_by([("unit_id", "ascending"), ("source_id", "ascending"), ("record_id", "ascending")])


def _below(codelist: Codelist, code: str) -> list[str]:
    return [c.id for c in codelist if c.id == code or code in codelist.ancestors(c.id)]
