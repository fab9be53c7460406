"""Estimation beside svy and R survey: a publication table, bootstrap replicates, raking; and a large file.

    python benchmarks/estimation.py [--rows 1000000] [--without-r] [--only table]
    python benchmarks/estimation.py --only large [--large 100000000]

Everything is timed in one process each, after imports, reading the file included; peaks include imports. The limits:
the table at least 3 times faster than svy and 20 times faster than R, in under half of svy's memory; 200 replicates at
least 10 times faster than svy in under a quarter of its memory; raking at least 5 times faster than R; total, mean and
ratio from a large Parquet file within three times what the engine needs to sum the same columns by the same groups,
within 8 GiB. Quantiles take four more passes: `--only quantiles` times medians of the large file, without a limit. The
parts `large` and `quantiles` run where they are asked for. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STRATA, CLUSTERS, DOMAINS = 200, 20, 20
MARGINS = {"m1": 5, "m2": 4, "m3": 3, "m4": 6, "m5": 2, "m6": 8}

OURS = {
    "table": """
design = Design("w", "h", "p", nest=True)
result = estimate(path, design, [total("y"), mean("y"), ratio("y", "x"), median("y")], by="d").table
""",
    "bootstrap": """
design = Design("w", "h", "p", nest=True, replicates=Bootstrap(200, seed=1))
result = estimate(path, design, [total("y"), mean("y"), ratio("y", "x")], by="d").table
""",
    "rake": """
made = rake(path, Design("w", "h", "p", nest=True), totals)
result = made.weights()
""",
}
SVY = {
    "table": """
s = svy.Sample(pl.read_parquet(path), svy.Design(wgt="w", stratum="h", psu="p"))
for by in (None, "d"):
    s.estimation.total("y", by=by, deff="wor"); s.estimation.mean("y", by=by, deff="wor")
    s.estimation.ratio("y", "x", by=by, deff="wor"); s.estimation.median("y", by=by)
""",
    "bootstrap": """
s = svy.Sample(pl.read_parquet(path), svy.Design(wgt="w", stratum="h", psu="p"))
s = s.weighting.create_bs_wgts(n_reps=200, rep_prefix="r")
for by in (None, "d"):
    s.estimation.total("y", by=by, method="replication", deff="wor")
    s.estimation.mean("y", by=by, method="replication", deff="wor")
    s.estimation.ratio("y", "x", by=by, method="replication", deff="wor")
""",
}
R = {
    "table": """
des <- svydesign(id = ~p, strata = ~h, weights = ~w, data = d, nest = TRUE)
svytotal(~y, des, deff = TRUE); svymean(~y, des, deff = TRUE); svyratio(~y, ~x, des, deff = TRUE)
svyquantile(~y, des, 0.5)
svyby(~y, ~d, des, svytotal, deff = TRUE); svyby(~y, ~d, des, svymean, deff = TRUE)
svyby(~y, denominator = ~x, ~d, des, svyratio, deff = TRUE); svyby(~y, ~d, des, svyquantile, quantiles = 0.5)
""",
    "rake": """
des <- svydesign(id = ~p, strata = ~h, weights = ~w, data = d, nest = TRUE)
margins <- lapply(names(totals), function(n) as.formula(paste0("~", n)))
counts <- lapply(names(totals), function(n) {
  t <- data.frame(names(totals[[n]]), as.numeric(totals[[n]])); names(t) <- c(n, "Freq"); t })
g <- rake(des, margins, counts, control = list(maxit = 200, epsilon = 1e-6))
""",
}

MEASURE = """
import json, time
path, first = {path!r}, {first!r}
totals = {totals!r}
{imports}
started = time.perf_counter()
{body}
seconds = time.perf_counter() - started
# Not getrusage: what it tells begins with the size of the process that started this one.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([seconds, peak / 1024]))
"""
IMPORTS = {
    # A first call on a few rows loads what is loaded late, on both sides.
    "ours": """
from sse_observatory.production.estimation import *
estimate(first, Design("w"), [mean("y"), median("y")]).table
""",
    "svy": """
import polars as pl, svy, warnings; warnings.simplefilter("ignore")
svy.Sample(pl.read_parquet(first), svy.Design(wgt="w")).estimation.mean("y")
""",
}


def write_sample(folder: Path, rows: int) -> dict[str, dict[str, float]]:
    """The sample as Parquet (and as CSV for R), and margins it can be raked to."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    rng = np.random.default_rng(20)
    h = rng.integers(0, STRATA, rows)
    columns = {
        "h": h, "p": rng.integers(0, CLUSTERS, rows), "d": rng.integers(0, DOMAINS, rows),
        "w": rng.uniform(5, 50, rows), "y": rng.gamma(2, 100, rows), "x": rng.gamma(3, 10, rows),
    }  # fmt: skip
    totals = {}
    for name, classes in MARGINS.items():
        codes = rng.integers(0, classes, rows)
        counts = np.bincount(codes, weights=columns["w"]) * rng.uniform(0.9, 1.1, classes)
        totals[name] = counts / counts.sum() * columns["w"].sum()
        columns[name] = np.array([f"c{i}" for i in range(classes)])[codes]
    columns["d"] = np.array([f"D{i:02d}" for i in range(DOMAINS)])[columns["d"]]
    table = pa.table(columns)
    pq.write_table(table, folder / "sample.parquet")
    csv.write_csv(table, folder / "sample.csv")
    return {n: {f"c{i}": float(v) for i, v in enumerate(t)} for n, t in totals.items()}


def write_first(folder: Path) -> None:
    """A few rows, from which both sides load what they load late."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"w": [1.0, 2.0], "y": [1.0, 2.0]}), folder / "first.parquet")


def in_python(peer: str, body: str, path: Path, totals: dict[str, dict[str, float]]) -> tuple[float, float]:
    """Seconds and peak MiB of a piece of work in a process of its own."""
    first = path.with_name("first.parquet")
    code = MEASURE.format(imports=IMPORTS[peer], path=str(path), first=str(first), totals=totals, body=body)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{peer} failed:\n{done.stderr[-2000:]}")
    seconds, peak = json.loads(done.stdout.strip().splitlines()[-1])
    return seconds, peak


def in_r(body: str, folder: Path, totals: dict[str, dict[str, float]]) -> tuple[float, float]:
    """The same in R, from the file R reads fastest."""
    store = folder / "sample.rds"
    if not store.exists():
        keep = f'saveRDS(read.csv("{folder}/sample.csv"), "{store}", compress = FALSE)'
        subprocess.run(["Rscript", "-e", keep], check=True)
    counts = ", ".join(f"{n} = c({', '.join(f'{k} = {v!r}' for k, v in t.items())})" for n, t in totals.items())
    code = f"""suppressMessages(library(survey)); totals <- list({counts}); t0 <- proc.time()[["elapsed"]]
    d <- readRDS("{store}"); invisible({{ {body} }}); cat(proc.time()[["elapsed"]] - t0, "\\n")
    s <- readLines("/proc/self/status"); cat(gsub("[^0-9]", "", s[grepl("VmHWM", s)]), "\\n")"""
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"R failed:\n{done.stderr[-2000:]}")
    seconds, kilobytes = done.stdout.split()[-2:]
    return float(seconds), float(kilobytes) / 1024


def line(task: str, who: str, found: tuple[float, float], ours: tuple[float, float] | None = None) -> None:
    ratio = "" if ours is None else f"  {found[0] / ours[0]:6.1f} × our time, {found[1] / ours[1]:5.1f} × our peak"
    print(f"{task:10} {who:6} {found[0]:8.2f} s {found[1]:8,.0f} MiB{ratio}", flush=True)


def limit(what: str, found: float, bound: float, *, at_most: bool = False) -> bool:
    """Print a limit with what was found, and say whether it is kept."""
    kept = found <= bound if at_most else found >= bound
    print(
        f"  {'pass' if kept else 'MISS'}  {what}: {found:.1f}, {'at most' if at_most else 'at least'} {bound}",
        flush=True,
    )
    return kept


LARGE = """
from pathlib import Path
from sse_observatory.engine import connect
engine = connect("duckdb://", threads=2, memory_limit="6GB")
t = engine.read_parquet(Path(path))
design = Design("w", "h", "p", nest=True)
"""


def large(folder: Path, rows: int, quantiles: bool = False) -> list[bool]:
    """A file larger than memory may be: total, mean and ratio against a plain sum of the same columns."""
    path = folder / "large.parquet"
    make = f"""
import duckdb
con = duckdb.connect(config={{"temp_directory": {str(folder)!r}}})
con.execute("select setseed(0.5)")
con.execute('''copy (select cast(random() * {STRATA} as integer) as h, cast(random() * {CLUSTERS} as integer) as p,
  cast(random() * {DOMAINS} as integer) as d, 5 + random() * 45 as w, random() * 100 as y, random() * 10 as x
  from range({rows})) to '{path}' (format parquet)''')
"""
    subprocess.run([sys.executable, "-c", make], check=True)
    if quantiles:
        line(
            f"{rows:,}",
            "medians",
            in_python("ours", f"{LARGE}\nresult = estimate(t, design, median('y'), by='d').table", path, {}),
        )
        return []
    plain = """
from pathlib import Path
from sse_observatory.engine import connect
engine = connect("duckdb://", threads=2)
t = engine.read_parquet(Path(path))
result = engine.arrow(t.group_by("h", "p", "d").agg(w=t.w.sum(), y=(t.w * t.y).sum(), x=(t.w * t.x).sum()))
"""
    ours = f"{LARGE}\nresult = estimate(t, design, [total('y'), mean('y'), ratio('y', 'x')], by='d').table"
    floor = in_python("ours", plain, path, {})
    found = in_python("ours", ours, path, {})
    line(f"{rows:,}", "sums", floor)
    line(f"{rows:,}", "ours", found)
    return [
        limit("large: time over that of the sums", found[0] / floor[0], 3, at_most=True),
        limit("large: peak in GiB", found[1] / 1024, 8, at_most=True),
    ]


PARTS = {"table": {"svy": (3, 2), "R": (20, 0)}, "bootstrap": {"svy": (10, 4)}, "rake": {"R": (5, 0)}}
"""Each part's peers: how many times faster we are to be, and how many times lighter (0 for no limit)."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=100_000_000, help="rows of the large file")
    parser.add_argument("--without-r", action="store_true")
    parser.add_argument("--only", choices=[*PARTS, "large", "quantiles"])
    arguments = parser.parse_args()
    with_r = not arguments.without_r and shutil.which("Rscript") is not None
    kept: list[bool] = []
    with tempfile.TemporaryDirectory(prefix="sse-bench-") as scratch:
        folder = Path(scratch)
        write_first(folder)
        if arguments.only == "large":
            return int(not all(large(folder, arguments.large)))
        if arguments.only == "quantiles":
            return int(not all(large(folder, arguments.large, quantiles=True)))
        totals = write_sample(folder, arguments.rows)
        path = folder / "sample.parquet"
        for task, peers in PARTS.items():
            if arguments.only not in (None, task):
                continue
            ours = min(in_python("ours", OURS[task], path, totals) for _ in range(2))
            line(task, "ours", ours)
            for peer, (faster, lighter) in peers.items():
                if peer == "R" and not with_r:
                    print(f"{task:10} R      not here; to get it: apt-get install r-cran-survey")
                    continue
                if peer == "svy":
                    theirs = min(in_python("svy", SVY[task], path, {}) for _ in range(2))
                else:
                    theirs = in_r(R[task], folder, totals)
                line(task, peer, theirs, ours)
                kept.append(limit(f"{task}: time of {peer} over ours", theirs[0] / ours[0], faster))
                if lighter:
                    kept.append(limit(f"{task}: peak of {peer} over ours", theirs[1] / ours[1], lighter))
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
