"""How fast the waist is: publish, open, select, trace and compare a million observations.

    python benchmarks/releases.py [--observations 1000000]

Prints one line for each task: seconds (the median of the repetitions where there are several), the
target where the project has one, and the peak memory of the process so far. Exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from sse_observatory.releases import Releases
from support.releases import UNITS, big_draft, cleared


def measured(work: Callable[[], Any], repeat: int = 1) -> tuple[float, Any]:
    """The median of the seconds `work` takes, and what it returned last."""
    seconds, result = [], None
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--observations", type=int, default=1_000_000)
    count = parser.parse_args().observations
    missed = 0

    def report(task: str, seconds: float, target: float | None = None) -> None:
        nonlocal missed
        late = target is not None and seconds > target
        missed += late
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        goal = f"target {target:.3f}" if target is not None else ""
        print(f"{task:58} {seconds:9.4f} s  {goal:14} peak {peak:6.0f} MiB{'  MISSED' if late else ''}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        draft, after = big_draft(count), big_draft(count)
        table = after.tables["DF_COOP_UNITS"]
        at = table.schema.get_field_index("OBS_VALUE")
        one_more = pc.add(table["OBS_VALUE"].cast("int64"), pc.equal(table["SIZE"], "S1T9").cast("int64"))
        moved = table.set_column(at, table.schema.field(at), one_more.cast(table.schema.field(at).type))
        after = replace(after, tables={"DF_COOP_UNITS": moved})

        seconds, _ = measured(lambda: draft.hash)
        report(f"write and hash {count:,} observations", seconds)
        size = sum(map(len, draft.files.values()))
        print(f"  the release is {size / 2**20:.1f} MiB, {size / count:.1f} bytes an observation")
        audit = cleared(draft)
        releases = Releases(folder)
        seconds, old = measured(lambda: releases.publish(draft, audit))
        report("check and publish", seconds)
        seconds, new = measured(lambda: releases.publish(after, cleared(after)))
        report("write, check and publish the next release", seconds)

        seconds, _ = measured(lambda: Releases(folder).open("DF_COOP_UNITS"), 3)
        report("open, nothing in memory", seconds)
        opened = releases.open("DF_COOP_UNITS")
        seconds, _ = measured(lambda: releases.open("DF_COOP_UNITS"), 51)
        report("open again", seconds)

        regions = [f"XSO-{i:02d}" for i in range(1, 71)]
        years = sorted(set(opened.encoded["TIME_PERIOD"].unique().to_pylist()))
        seconds, chosen = measured(lambda: opened.select({
            "REGION": regions, "ACTIVITY": ["A01", "G47"], "COOP_TYPE": ["_T", "WORKER", "UNK"],
            "TIER": ["_T", "T1"], "SIZE": ["_T", "S1T9"]}, years[0], years[-1]), 11)
        report(f"select {chosen.num_rows:,} observations scattered over all", seconds, 0.05)
        seconds, chosen = measured(lambda: opened.select({"COOP_TYPE": ["WORKER"], "ACTIVITY": ["A01"]}), 11)
        report(f"select {chosen.num_rows:,} neighbouring observations", seconds, 0.05)

        def cold() -> Any:
            return Releases(folder).open("DF_COOP_UNITS").select({"COOP_TYPE": ["WORKER"], "ACTIVITY": ["A01"]})

        seconds, _ = measured(cold, 3)
        report("open and select, nothing in memory", seconds)
        row = opened.encoded.slice(count // 2, 1).to_pylist()[0]
        key = {d.id: row[d.id] for d in UNITS.structure.dimensions}
        seconds, _ = measured(lambda: releases.trace("DF_COOP_UNITS", key), 11)
        report("trace one observation", seconds)
        seconds, diff = measured(lambda: releases.diff(old.id, new.id))
        report(f"compare two releases, {diff.dataflows['DF_COOP_UNITS'].changed:,} changed", seconds)
        seconds, _ = measured(releases.verify)
        report("verify both releases", seconds)
        seconds, table = measured(lambda: opened.observations)
        report(f"all {table.num_rows:,} observations as plain text columns", seconds)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
