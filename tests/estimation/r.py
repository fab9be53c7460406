"""R as an oracle: many small computations in one process, and what to do where R is missing.

A case is data and an R expression that gives a named list of numbers; `values` runs all cases in one `Rscript`.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOW = "R with the package survey is missing; to get it: apt-get install r-cran-survey"

_RUN = r"""
suppressMessages(library(survey))
# Neighbours of R's own generalised inverse and of calibration are compared at full precision.
options(digits = 17, warn = -1, survey.lonely.psu = "fail")
out <- file("values.tsv", "w")
for (i in seq_len(%d)) {
  d <- read.csv(sprintf("data%%d.csv", i), stringsAsFactors = FALSE, na.strings = "NA")
  options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE, survey.replicates.mse = FALSE,
          contrasts = c("contr.treatment", "contr.poly"))
  r <- tryCatch(source(sprintf("case%%d.R", i), local = TRUE)$value, error = function(e) conditionMessage(e))
  if (is.character(r)) writeLines(sprintf("%%d\t!\t%%s", i, gsub("[\n\t]", " ", r[1])), out) else {
    r <- unlist(r)
    writeLines(sprintf("%%d\t%%s\t%%.17g", i, names(r), as.numeric(r)), out)
  }
}
close(out)
"""


@dataclass(frozen=True)
class Case:
    """Data as columns, and R code that ends in a named list of numbers; `d` is the data in it."""

    data: Mapping[str, Sequence[object]]
    code: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """R's message where a case ends in an error."""

    message: str


def available() -> bool:
    """Whether R and survey are there."""
    if shutil.which("Rscript") is None:
        return False
    asked = subprocess.run(
        ["Rscript", "-e", 'cat(requireNamespace("survey", quietly = TRUE))'], capture_output=True, text=True
    )
    return asked.stdout.strip() == "TRUE"


_present: bool | None = None


def needed() -> None:
    """Skip the calling test where R is missing, except on CI, where that is a failure."""
    global _present
    if _present is None:
        _present = available()
    if not _present:
        if os.environ.get("CI"):
            pytest.fail(HOW)
        pytest.skip(HOW)


def package_needed(name: str) -> None:
    """Skip the calling test where R lacks the package `name`."""
    needed()
    asked = subprocess.run(
        ["Rscript", "-e", f'cat(requireNamespace("{name}", quietly = TRUE))'], capture_output=True, text=True
    )
    if asked.stdout.strip() != "TRUE":
        pytest.skip(f"R's package {name} is missing; to get it: apt-get install r-cran-{name}")


def values(cases: Sequence[Case]) -> list[dict[str, float] | Refused]:
    """What R makes of each case."""
    needed()
    with tempfile.TemporaryDirectory(prefix="sse-r-") as folder:
        here = Path(folder)
        for i, case in enumerate(cases, 1):
            _write(here / f"data{i}.csv", case.data)
            (here / f"case{i}.R").write_text("{" + case.code + "\n}", encoding="utf-8")
            for name, text in case.files.items():
                (here / name).write_text(text, encoding="utf-8")
        (here / "run.R").write_text(_RUN % len(cases), encoding="utf-8")
        done = subprocess.run(["Rscript", "run.R"], cwd=here, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"R ended with {done.returncode}:\n{done.stderr[-2000:]}")
        found: list[dict[str, float] | Refused] = [{} for _ in cases]
        for line in (here / "values.tsv").read_text(encoding="utf-8").splitlines():
            number, name, value = line.split("\t")
            at = int(number) - 1
            if name == "!":
                found[at] = Refused(value)
            else:
                into = found[at]
                assert isinstance(into, dict)
                into[name] = float("nan") if value in {"NA", "NaN"} else float(value)
        return found


def table(code: str) -> dict[str, list[object]]:
    """A data frame that the R code gives, as columns; numbers where all values are numbers."""
    return tables([code])[0]


def tables(codes: Sequence[str]) -> list[dict[str, list[object]]]:
    """The data frames that pieces of R code give, from one process."""
    needed()
    with tempfile.TemporaryDirectory(prefix="sse-r-") as folder:
        lines = ["suppressMessages(library(survey)); options(digits = 17)"]
        lines += [
            f'local({{ t <- {{ {code} }}; write.csv(t, "table{i}.csv", row.names = FALSE) }})'
            for i, code in enumerate(codes)
        ]
        (Path(folder) / "run.R").write_text("\n".join(lines), encoding="utf-8")
        done = subprocess.run(["Rscript", "run.R"], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr)
        found = []
        for i in range(len(codes)):
            with (Path(folder) / f"table{i}.csv").open(newline="", encoding="utf-8") as stream:
                rows = list(csv.DictReader(stream))
            found.append({name: _typed([r[name] for r in rows]) for name in rows[0]})
    return found


def _typed(values: list[str]) -> list[object]:
    try:
        return [None if v in {"NA", ""} else int(v) for v in values]
    except ValueError:
        pass
    try:
        return [None if v in {"NA", ""} else float(v) for v in values]
    except ValueError:
        return [None if v == "NA" else v for v in values]


def _write(path: Path, data: Mapping[str, Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(data)
        for row in zip(*data.values(), strict=True):
            writer.writerow([_cell(v) for v in row])


class _Raw(float):
    """A number written so that reading it gives it back."""

    def __repr__(self) -> str:
        return "NA" if self != self else float.__repr__(self)

    __str__ = __repr__


def _cell(value: object) -> object:
    if value is None:
        return _Raw("nan")
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return value
    if hasattr(value, "item"):
        return _cell(value.item())
    return _Raw(value) if isinstance(value, float) else value
