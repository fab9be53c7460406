"""From texts to acts: seconds for 3,000 documents on two cores, and for one comparison.

    python benchmarks/instruments.py [--documents 3000] [--limit 60] [--cores 2]

Writes resolutions in three languages as they are printed (lines broken, pages, running headers, notes), of some three
thousand words each (not counted), and reads every one into elements and acts. The limit is stated for two cores and
3,000 documents. Exit status 1 above it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))


def text_of(seed: int) -> str:
    """A document of the usual length: two or three resolutions of the test writer, one after the other."""
    from support import resolutions

    setting = resolutions.SETTINGS[seed % len(resolutions.SETTINGS)]
    return "\n\n".join(resolutions.printed(resolutions.write(seed * 3 + part), setting, seed) for part in range(3))


def read(text: str) -> tuple[int, int]:
    """Elements and acts of a text."""
    from sse_observatory import instruments

    instrument = instruments.read_text(text)
    return len(instrument.elements), sum(map(len, instrument.acts.values()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=3_000)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds allowed per 3,000 documents on two cores")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(arguments.cores) as pool:
        texts = pool.map(text_of, range(arguments.documents), chunksize=50)
        pool.map(read, texts[: arguments.cores * 4])  # the lexicon is read once per process
        started = time.perf_counter()
        counts = pool.map(read, texts, chunksize=20)
        seconds = time.perf_counter() - started
    elements, acts = (sum(column) for column in zip(*counts, strict=True))
    characters = sum(map(len, texts))
    allowed = arguments.limit * arguments.documents / 3_000 * 2 / arguments.cores
    print(
        f"{arguments.documents:,} documents, {characters / 1e6:.1f} M characters: {seconds:.1f} s on "
        f"{arguments.cores} cores "
        f"(limit {allowed:.0f} s); {elements:,} elements, {acts:,} acts; {seconds / arguments.documents * 1000:.1f} "
        f"ms a document"
    )
    return int(seconds > allowed)


if __name__ == "__main__":
    sys.exit(main())
