"""One million records of 25 columns: from a text file to canonical units, with the memory it took.

    python benchmarks/registers.py [--rows 1000000] [--quoted]

Prints seconds for the snapshot and for reading, the peak of resident memory and the size of the file.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from pathlib import Path

from sse_observatory.catalogue.load import PACKAGED
from sse_observatory.catalogue.sources import load_source
from sse_observatory.engine import connect
from sse_observatory.production import registers

SOURCE = "us-credit-unions"


def write(path: Path, rows: int, quoted: bool) -> None:
    """A made-up file in the layout of the extract; every tenth name spans two lines when `quoted`."""
    names = load_source(PACKAGED / "sources" / SOURCE).layout("extract").expects
    draw = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(",".join(names) + "\n")
        for n in range(1, rows + 1):
            name = f'"CREDIT UNION, NO {n}{chr(10) if n % 10 == 0 else " "}OF THE TOWN"' if quoted else f"UNION {n}"
            people = draw.randint(10, 90_000)
            out.write(
                f"{n},12/31/2025 0:00:00,{n},{1 + n % 3},{name},TOWN {n % 977},TX,75501,37,{1930 + n % 90},36  ,1,3,"
                f"False,{people * 13_007},{people * 11_003},{people * 9_001},{people},{people * 3},{people // 250},"
                f"{people // 900},{people * 101},{people * 11},{people * 17},{people * 1301}\n"
            )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--quoted", action="store_true", help="names in quotation marks, some over two lines")
    given = options.parse_args()
    source = load_source(PACKAGED / "sources" / SOURCE)
    layout = source.layout("extract").model_copy(update={"compression": "none"})
    with tempfile.TemporaryDirectory() as folder:
        file, store = Path(folder) / "register.csv", Path(folder) / "store"
        write(file, given.rows, given.quoted)
        with connect(f"duckdb://{folder}/units.duckdb") as engine:
            start = time.perf_counter()
            taken = registers.snapshot(engine, source, layout, file, store)
            kept = time.perf_counter()
            result = registers.read(engine, taken).require()
            done = time.perf_counter()
            members = registers.total(engine, result, "members_headcount")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"file {file.stat().st_size / 1e6:.0f} MB, {result.accepted:,} units, {members:,} memberships")
        print(f"snapshot {kept - start:.2f} s, read {done - kept:.2f} s, peak {peak:,.0f} MB")


if __name__ == "__main__":
    main()
