"""From registers to a release: seconds and peak memory for a country of a million units.

    python benchmarks/pipeline.py [--units 1000000] [--limit 60]

Simulates three registers of one edition (not counted), then runs the process `solidaria` on them: snapshot, canonical
units, classification, validation, tables, protection, attack and publication. Exit status 1 above the limit.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(units: int) -> tuple[float, float, str]:
    """Seconds and peak MiB of the run, and what it published."""
    with tempfile.TemporaryDirectory(prefix="sse-bench-") as scratch:
        folder = Path(scratch)
        simulate = (
            "from pathlib import Path; from sse_observatory import simulation; "
            f"simulation.simulate(Path({str(folder / 'country')!r}), {units}, 2025, 1)"
        )
        subprocess.run([sys.executable, "-c", simulate], check=True)

        from sse_observatory import catalogue
        from sse_observatory.pipelines import cooperatives
        from sse_observatory.pipelines.restricted import Restricted
        from sse_observatory.releases import Releases

        started = time.perf_counter()

        def say(message: str) -> None:
            print(f"  {time.perf_counter() - started:6.1f} s  {message}", flush=True)

        loaded = catalogue.load()
        outcome = cooperatives.run(
            loaded.processes["solidaria"],
            loaded,
            Releases(folder / "releases"),
            Restricted.at(folder / "restricted"),
            folder / "country",
            say,
        )
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return seconds, peak, f"{outcome.shown} observations shown, {outcome.hidden} confidential"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds allowed per million units")
    arguments = parser.parse_args()
    seconds, peak, published = run(arguments.units)
    allowed = arguments.limit * arguments.units / 1_000_000
    print(f"{arguments.units:,} units: {seconds:.1f} s (limit {allowed:.0f} s), peak {peak:,.0f} MiB; {published}")
    return int(seconds > allowed)


if __name__ == "__main__":
    sys.exit(main())
