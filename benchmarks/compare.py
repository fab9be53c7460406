"""How fast two texts are compared, and how a chain and a collection grow.

    python benchmarks/compare.py [--check]

Texts are drawn by the generator of the tests, read by the reader and edited by drafting operations. Times are best of
five and count everything after reading. `--check` fails when two texts of 60 paragraphs take a second or more. The peer
is `difflib.SequenceMatcher` over the words of every pair of paragraphs: what one would write first.
"""

import argparse
import difflib
import random
import sys
import time
from pathlib import Path

# In the place of this folder, whose own `instruments` would hide the tests of that name.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from instruments.compare import written
from sse_observatory import instruments
from sse_observatory.instruments.compare import compare
from sse_observatory.instruments.compare.chains import chain
from sse_observatory.instruments.compare.page import fragment
from sse_observatory.instruments.compare.travelling import travelling

LIMIT_SECONDS = 1.0
HEAD = "A/RES/{}/17\n\nThe General Assembly,\n\n"


def best(call, repeat=5):
    """Seconds of the quickest of `repeat` calls, and what it gave."""
    found, quickest = None, float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        found = call()
        quickest = min(quickest, time.perf_counter() - start)
    return quickest, found


def read(paragraphs, session):
    """A resolution of these paragraphs."""
    body = "\n\n".join(f"{n}. {text}" for n, text in enumerate(paragraphs, 1))
    return instruments.read_text(HEAD.format(session) + body + "\n", language="en")


def all_pairs(old, new):
    """The peer: every old paragraph with its most similar new one."""
    return [max(new, key=lambda n: difflib.SequenceMatcher(None, o.split(), n.split()).ratio()) for o in old]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    failed = False
    print(f"{'paragraphs':>12}{'compare s':>12}{'page s':>10}{'peer s':>10}{'ratio':>8}")
    for count in (15, 60, 240, 1000):
        pair = written.edited(random.Random(count), "en", count)
        old, new = read(pair.old, 90), read(pair.new, 92)
        seconds, comparison = best(lambda old=old, new=new: compare(old, new))
        paged, _ = best(lambda c=comparison: fragment(c, "en"), 3)
        peer = best(lambda pair=pair: all_pairs(pair.old, pair.new), 1)[0] if count <= 240 else None
        beside = f"{peer:10.2f}{peer / seconds:8.1f}" if peer else f"{'–':>10}{'–':>8}"
        print(f"{count:>12}{seconds:12.3f}{paged:10.3f}{beside}")
        failed = failed or (count == 60 and seconds >= LIMIT_SECONDS)
    texts = [read(written.edited(random.Random(n // 4), "en", 25).new, 60 + n) for n in range(200)]
    print(f"chain of 8 texts: {best(lambda: chain(texts[:8]), 2)[0]:.3f} s")
    print(f"travelling provisions among 200 texts: {best(lambda: travelling(texts), 1)[0]:.3f} s")
    if options.check and failed:
        print(f"two texts of 60 paragraphs took {LIMIT_SECONDS:.0f} s or more", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
