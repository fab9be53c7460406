"""How fast the SDMX service answers, and how much memory it takes for a million observations.

    python benchmarks/sdmx.py [--observations 1000000] [--check]

Times are best of five, with the dataflow already opened and no answer kept. `--check` fails when 10,000
observations take 200 ms or more in any format.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import pyarrow as pa

from sse_observatory.sdmx import answer
from support.releases import big_draft, sample_store

CSV = "application/vnd.sdmx.data+csv"
FORMATS = {
    "SDMX-ML series": ("", ""),
    "SDMX-ML time series": ("", "application/vnd.sdmx.structurespecifictimeseriesdata+xml"),
    "SDMX-ML flat": ("dimensionAtObservation=AllDimensions", ""),
    "SDMX-ML by region": ("dimensionAtObservation=REGION", ""),
    "SDMX-CSV ids": ("", CSV),
    "SDMX-CSV labels": ("", f"{CSV};labels=both"),
    "spreadsheet": ("", "text/csv"),
}
LIMIT_MS = 200


def timed(store, path, accept, repeat=5):
    """(milliseconds, bytes) of the quickest of `repeat` answers, read to their end."""
    best, size = float("inf"), 0
    for _ in range(repeat):
        start = time.perf_counter()
        response = answer(path, store, accept, "fr", now=datetime.now(UTC))
        assert response.status == 200, response.read()
        size = sum(map(len, response.body))
        best = min(best, time.perf_counter() - start)
    return best * 1000, size


def memory(field):
    """VmRSS (resident now) or VmHWM (greatest since the last `forget_peak`) of this process, in MiB; Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def forget_peak():
    """Start measuring the greatest resident memory anew."""
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--observations", type=int, default=1_000_000)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        big = sample_store(Path(folder) / "big", big_draft(options.observations))
        total = big.open("DF_COOP_UNITS").encoded.num_rows
        # 2 measures, 2 types, 9 activities, 50 regions and the years of a million observations: about 10,000.
        regions = "+".join(f"XSO-{i:02d}" for i in range(1, 51))
        key = f"XSO.A....PRODUCER+WORKER.T1..S1T9.{regions}"
        print(f"{'10,000 observations, uncached, selected':<42}{'ms':>8}{'MiB':>8}")
        for name, (params, accept) in FORMATS.items():
            path = f"data/DF_COOP_UNITS/{key}?{params}"
            first = answer(path + "&detail=dataonly&format=csv", big).read().count(b"\n") - 1
            ms, size = timed(big, path, accept)
            print(f"  {name} ({first:,})".ljust(42) + f"{ms:8.1f}{size / 2**20:8.1f}")
            if ms >= LIMIT_MS:
                failed.append(name)
        for name in ("dataflow?references=all", "structure/all/all/all", "availableconstraint/DF_COOP_UNITS"):
            ms, size = timed(big, name, "")
            print(f"  {name}".ljust(42) + f"{ms:8.1f}{size / 2**20:8.1f}")
        print(f"{f'{total:,} observations, streamed':<42}{'ms':>8}{'MiB':>8}{'+peak MiB':>10}")
        for name, (params, accept) in FORMATS.items():
            forget_peak()
            before = memory("VmRSS")
            ms, size = timed(big, f"data/DF_COOP_UNITS/all?{params}", accept, repeat=1)
            print(f"  {name}".ljust(42) + f"{ms:8.0f}{size / 2**20:8.0f}{memory('VmHWM') - before:+10.0f}")
    if options.check and failed:
        sys.exit(f"slower than {LIMIT_MS} ms: {', '.join(failed)}")


if __name__ == "__main__":
    main()
