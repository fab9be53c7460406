"""How fast the fictional country is written, and whether memory stays flat: one process for each number of units.

    python benchmarks/simulation.py 100000 1000000

prints units, seconds, units per second and the peak memory (resident set) of the process, for three registers and two
editions. Targets: 100,000 units in under 8 s; the peak of 1,000,000 units within 1.25 times that of 200,000.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DEFAULT = (100_000, 200_000, 500_000, 1_000_000)


def measure(units: int) -> dict[str, float]:
    """Simulate `units` units in this process; seconds, peak MiB and MiB written."""
    from sse_observatory import simulation

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        made = simulation.simulate(Path(folder) / "solidaria", units, seed=1, editions=2)
        seconds = time.perf_counter() - start
        written = sum(p.stat().st_size for p in made.folder.rglob("*") if p.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"units": units, "seconds": seconds, "peak_mib": peak, "written_mib": written / 2**20}


def main() -> int:
    """Measure each number of units in a process of its own; 1 where a target is missed."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return 0
    results = []
    print(f"{'units':>12} {'seconds':>9} {'units/s':>10} {'peak MiB':>9} {'written MiB':>12}")
    for units in [int(a) for a in sys.argv[1:]] or DEFAULT:
        command = [sys.executable, __file__, "--one", str(units)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        result = json.loads(run.stdout)
        results.append(result)
        print(f"{units:>12,} {result['seconds']:>9.2f} {units / result['seconds']:>10,.0f} "
              f"{result['peak_mib']:>9.0f} {result['written_mib']:>12.0f}", flush=True)
    by_units = {r["units"]: r for r in results}
    failed = []
    if 100_000 in by_units and by_units[100_000]["seconds"] > 8:
        failed.append("100,000 units took more than 8 s")
    if {200_000, 1_000_000} <= set(by_units) and (
        by_units[1_000_000]["peak_mib"] > 1.25 * by_units[200_000]["peak_mib"]
    ):
        failed.append("memory grows with the number of units")
    for failure in failed:
        print("missed:", failure)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
