"""A small office with a survey of its own: 74 cooperatives sampled in three strata, one round, totals in a file.

Every number is small enough to be worked out again by hand; tests change one thing of it and look at what follows.
"""

import csv
import io
import math
from collections import defaultdict
from pathlib import Path

from sse_observatory import catalogue
from sse_observatory.catalogue.surveys import load_survey
from sse_observatory.pipelines import surveys
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.releases import Releases

POPULATION = {"small": 400, "middle": 120, "large": 20}
TOTALS = {"XSO-01": 280, "XSO-02": 260}
SAMPLED = {"small": 30, "middle": 24, "large": 20}
COLUMNS = ("id", "stratum", "population", "region", "outcome", "type", "jobs", "women", "turnover")

PROCESS = """
id = "town-survey"
kind = "survey"
version = "1.0"
area = "XSO"
fictional = true
coverage = "SURVEY_OF_COOPERATIVES"
perimeter = "COOP-ICLS2018"
definition = "Questionnaire 1.0"
currency = "XTS"
disclosure = "survey"
contributor = ["id"]
max_rejected_share = 0.05
title = { en = "Survey of a town", fr = "Enquête d’une ville", es = "Encuesta de una ciudad" }

[source]
id = "town"
title = { en = "Survey of a town", fr = "Enquête d’une ville", es = "Encuesta de una ciudad" }
provider = "Town"
licence = "none: invented for tests"
attribution = "Invented"
statement = { en = "A town", fr = "Une ville", es = "Una ciudad" }

[sample]
file = "survey-{period}.csv"
key = ["id"]
[sample.columns]
id = { required = true }
stratum = { required = true }
population = { type = "integer", at_least = 1, required = true }
region = { required = true }
outcome = { required = true }
type = {}
jobs = { type = "integer", at_least = 0 }
women = { type = "integer", at_least = 0 }
turnover = { type = "integer", at_least = 0 }

[outcome]
column = "outcome"
responded = ["yes"]
nonresponse = ["no"]
out_of_scope = ["closed"]

[design]
strata = ["stratum"]
fpc = ["population"]

[[weighting]]
id = "answers"
groups = ["stratum"]
[weighting.calibration]
margins = [{ columns = ["region"], file = "totals-{period}.csv", codes = ["area"], total = "units" }]

[[weighting]]
id = "accounts"
groups = ["stratum"]
complete = ["turnover"]

[variable.units]
[variable.jobs]
add = ["jobs"]
[variable.turnover]
add = ["turnover"]

[dimension.COOP_TYPE]
column = "type"
[dimension.REGION]
column = "region"

[[edit]]
id = "women-among-jobs"
sum = ["women"]
at_most = ["jobs"]
clear = ["women", "jobs"]

[[table]]
dataflow = "DF_COOP_UNITS"
measure = "UNITS_ACTIVE"
variable = "units"
weighting = "answers"
by = [[], ["COOP_TYPE"], ["REGION"]]

[[table]]
dataflow = "DF_COOP_WORK"
measure = "JOBS_IN"
variable = "jobs"
weighting = "answers"
by = [[], ["COOP_TYPE"], ["REGION"], ["COOP_TYPE", "REGION"]]

[[table]]
dataflow = "DF_COOP_ECONOMY"
measure = "TURNOVER"
variable = "turnover"
weighting = "accounts"
by = [[], ["COOP_TYPE"]]
"""


def rows() -> list[dict[str, str]]:
    """The sample, made by a rule that anyone can repeat."""
    found = []
    for s, (stratum, population) in enumerate(POPULATION.items()):
        for i in range(SAMPLED[stratum]):
            n = 7 * i + 3 * s
            outcome = "no" if n % 9 == 4 else "closed" if n % 11 == 5 else "yes"
            answered = outcome == "yes"
            jobs = (2, 15, 60)[s] + n % (3, 20, 90)[s]
            found.append({
                "id": f"{stratum[0]}{i:02d}", "stratum": stratum, "population": str(population),
                "region": f"XSO-0{1 + n % 2}", "outcome": outcome,
                "type": ("WORKER", "CONSUMER")[n % 3 == 0] if answered else "",
                "jobs": str(jobs) if answered else "", "women": str(jobs // 2) if answered else "",
                "turnover": "" if not answered or n % 13 == 7 else str(1_000 * jobs + 37 * n),
            })  # fmt: skip
    return found


class Town:
    """An office with its survey in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.restricted = Restricted.at(folder / "restricted")
        self.releases = Releases(folder / "releases")
        self.process = PROCESS
        self.sample = rows()
        self.later: list[dict[str, str]] | None = None
        self.totals = "area,units\nXSO-01,280\nXSO-02,260\n"

    def row(self, unit: str, **values: str) -> None:
        """Change one row of the sample."""
        next(r for r in self.sample if r["id"] == unit).update(values)

    def say(self, old: str, new: str) -> None:
        """Change the process file."""
        assert old in self.process
        self.process = self.process.replace(old, new)

    def write(self) -> Path:
        """The files as they are now; returns the process file."""
        for year, sample in (("2024", self.sample), ("2025", self.later)):
            if sample is not None:
                out = io.StringIO()
                writer = csv.DictWriter(out, list(sample[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(sample)
                (self.data / f"survey-{year}.csv").write_text(out.getvalue(), encoding="utf-8")
                (self.data / f"totals-{year}.csv").write_text(self.totals, encoding="utf-8")
        file = self.folder / "town.toml"
        file.write_text(self.process, encoding="utf-8")
        return file

    def run(self, publish: bool = True) -> surveys.SurveyOutcome:
        """Run the process as it is now."""
        known = catalogue.load()
        survey = load_survey(self.write(), known)
        return surveys.run(survey, known, self.releases, self.restricted, self.data, publish=publish)


def observations(outcome: surveys.SurveyOutcome) -> dict[tuple[str, ...], dict[str, object]]:
    """What a draft publishes, by dataflow and key."""
    found = {}
    for name, table in outcome.draft.tables.items():
        dims = [d.id for d in outcome.draft.dataflows[name].structure.dimensions]
        for row in table.to_pylist():
            found[(name, *(row[d] for d in dims))] = row
    return found


def one(outcome: surveys.SurveyOutcome, dataflow: str, measure: str, **codes: str) -> dict[str, object]:
    """The observation of a measure at some codes, other dimensions at their total."""
    known = {"MEASURE": measure, **codes}
    skipped = ("REF_AREA", "FREQ", "COVERAGE", "PERIMETER", "TIME_PERIOD")
    dims = [d.id for d in outcome.draft.dataflows[dataflow].structure.dimensions if d.id not in skipped]
    for row in outcome.draft.tables[dataflow].to_pylist():
        year = codes.get("TIME_PERIOD", row["TIME_PERIOD"])
        if all(row[d] == known.get(d, "_T") for d in dims) and row["TIME_PERIOD"] == year:
            return row
    raise KeyError((dataflow, measure, codes))


class ByHand:
    """The town's sample with one set of weights, step by step in plain Python.

    Design weights N/n; within a stratum those in scope who answered carry the weight of all in scope, and those that
    have closed their own; then one factor for each region.
    """

    def __init__(self, needs: str | None, calibrated: bool) -> None:
        self.rows = rows()
        self.first = [POPULATION[r["stratum"]] / SAMPLED[r["stratum"]] for r in self.rows]
        self.answered = [
            r["outcome"] == "closed" or (r["outcome"] == "yes" and (needs is None or r[needs] != "")) for r in self.rows
        ]
        self.group = [(r["stratum"], r["outcome"] == "closed") for r in self.rows]
        everyone, there = defaultdict(float), defaultdict(float)
        for g, w, a in zip(self.group, self.first, self.answered, strict=True):
            everyone[g] += w
            there[g] += w * a
        self.response = {g: everyone[g] / there[g] for g in everyone}
        second = [w * self.response[g] * a for g, w, a in zip(self.group, self.first, self.answered, strict=True)]
        reached = defaultdict(float)
        for r, w in zip(self.rows, second, strict=True):
            reached[r["region"]] += w
        self.factor = {g: TOTALS[g] / reached[g] if calibrated else 1.0 for g in reached}
        self.second, self.calibrated = second, calibrated
        self.weight = [w * self.factor[r["region"]] for r, w in zip(self.rows, second, strict=True)]

    def total(self, y: list[float]) -> float:
        return sum(w * v for w, v in zip(self.weight, y, strict=True))

    def se(self, y: list[float]) -> float:
        """The standard error of the total of `y`, after what calibration and response groups explain of it."""
        residual = list(y)
        if self.calibrated:
            for region in TOTALS:
                inside = [i for i, r in enumerate(self.rows) if r["region"] == region]
                mean = sum(self.second[i] * y[i] for i in inside) / sum(self.second[i] for i in inside)
                for i in inside:
                    residual[i] = self.factor[region] * (y[i] - mean)
        score = [0.0] * len(self.rows)
        for group, response in self.response.items():
            inside = [i for i, g in enumerate(self.group) if g == group]
            here = [i for i in inside if self.answered[i]]
            mean = sum(residual[i] for i in here) / len(here)
            for i in inside:
                apart = response * (residual[i] - mean) if self.answered[i] else 0.0
                score[i] = self.first[i] * (mean + apart)
        variance = 0.0
        for stratum, size in POPULATION.items():
            inside = [i for i, r in enumerate(self.rows) if r["stratum"] == stratum]
            mean = sum(score[i] for i in inside) / len(inside)
            known = sum(self.answered[i] for i in inside) / size
            spread = sum((score[i] - mean) ** 2 for i in inside)
            variance += (1 - known) * len(inside) / (len(inside) - 1) * spread
        return math.sqrt(variance)


def among(sample: ByHand, column: str | None, **codes: str) -> list[float]:
    """A variable on every row: a column, or 1, of respondents with these codes."""
    return [
        (float(r[column]) if column else 1.0)
        if r["outcome"] == "yes" and a and all(r[k] == v for k, v in codes.items())
        else 0.0
        for r, a in zip(sample.rows, sample.answered, strict=True)
    ]
