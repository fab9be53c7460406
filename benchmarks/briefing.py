"""A briefing in every format: seconds from a cold start, against ten.

    python benchmarks/briefing.py [--group africa] [--as-of 2023-05-19] [--limit 10]

Publishes the figures of others (not counted), then runs the command in a process of its own, once for each language, as
a programme officer does: HTML, PDF and DOCX. Prints the slowest and its share of the limit, and the seconds of a later
check of the PDF. Exit status 1 above the limit.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LANGUAGES = ("en", "fr", "es")


def timed(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds of one run of the command; its output is shown only where it fails."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "sse_observatory.cli", *arguments], env=environment,
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--group", default="africa")
    parser.add_argument("--as-of", default="2023-05-19")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds allowed for all formats and one language")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sse-bench-") as scratch:
        environment = {**os.environ, "SSE_RELEASES_URL": str(Path(scratch) / "releases"), "SSE_VAR": scratch}
        timed(["run", "published-figures"], environment)
        ask = ["brief", "--group", arguments.group, "--as-of", arguments.as_of, "--out", scratch]
        seconds = {lang: timed([*ask, "--lang", lang], environment) for lang in LANGUAGES}
        [paper] = Path(scratch).glob("*.fr.pdf")
        checked = timed(["brief", "--check", str(paper)], environment)
    slowest = max(seconds, key=lambda lang: seconds[lang])
    told = ", ".join(f"{lang} {spent:.1f} s" for lang, spent in seconds.items())
    print(
        f"briefing in html, pdf and docx: {told}; slowest {seconds[slowest] / arguments.limit:.0%} of the limit of "
        f"{arguments.limit:.0f} s; check of a pdf {checked:.1f} s"
    )
    return int(seconds[slowest] > arguments.limit)


if __name__ == "__main__":
    sys.exit(main())
