"""The town's estimates worked out again from its files: weights, calibrated totals, linearised standard errors."""

import math
from collections import defaultdict

import pytest

from surveys.town import POPULATION, SAMPLED, one, rows

TOTALS = {"XSO-01": 280, "XSO-02": 260}


class ByHand:
    """The town's sample with one set of weights, step by step in plain Python.

    Design weights N/n; within a stratum those who answered carry the weight of all; then one factor for each region.
    """

    def __init__(self, needs: str | None, calibrated: bool) -> None:
        self.rows = rows()
        self.first = [POPULATION[r["stratum"]] / SAMPLED[r["stratum"]] for r in self.rows]
        self.answered = [
            r["outcome"] == "closed" or (r["outcome"] == "yes" and (needs is None or r[needs] != "")) for r in self.rows
        ]
        everyone, there = defaultdict(float), defaultdict(float)
        for r, w, a in zip(self.rows, self.first, self.answered, strict=True):
            everyone[r["stratum"]] += w
            there[r["stratum"]] += w * a
        self.response = {s: everyone[s] / there[s] for s in everyone}
        second = [
            w * self.response[r["stratum"]] * a
            for r, w, a in zip(self.rows, self.first, self.answered, strict=True)
        ]
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
        for stratum in POPULATION:
            inside = [i for i, r in enumerate(self.rows) if r["stratum"] == stratum]
            here = [i for i in inside if self.answered[i]]
            mean = sum(residual[i] for i in here) / len(here)
            for i in inside:
                apart = self.response[stratum] * (residual[i] - mean) if self.answered[i] else 0.0
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


CELLS = [
    ("DF_COOP_UNITS", "UNITS_ACTIVE", None, {}, {}),
    ("DF_COOP_UNITS", "UNITS_ACTIVE", None, {"type": "WORKER"}, {"COOP_TYPE": "WORKER"}),
    ("DF_COOP_UNITS", "UNITS_ACTIVE", None, {"region": "XSO-02"}, {"REGION": "XSO-02"}),
    ("DF_COOP_WORK", "JOBS_IN", "jobs", {}, {}),
    ("DF_COOP_WORK", "JOBS_IN", "jobs", {"type": "CONSUMER"}, {"COOP_TYPE": "CONSUMER"}),
    ("DF_COOP_WORK", "JOBS_IN", "jobs", {"type": "WORKER", "region": "XSO-01"},
     {"COOP_TYPE": "WORKER", "REGION": "XSO-01"}),
    ("DF_COOP_ECONOMY", "TURNOVER", "turnover", {}, {}),
    ("DF_COOP_ECONOMY", "TURNOVER", "turnover", {"type": "WORKER"}, {"COOP_TYPE": "WORKER"}),
]  # fmt: skip


@pytest.mark.parametrize(("dataflow", "measure", "column", "inside", "codes"), CELLS)
def test_a_published_cell_is_its_weighted_total_with_its_standard_error(
    first, dataflow, measure, column, inside, codes
):
    accounts = measure == "TURNOVER"
    sample = ByHand("turnover" if accounts else None, calibrated=not accounts)
    y = among(sample, column, **inside)

    seen = one(first.outcome, dataflow, measure, **codes)

    # Contributions are whole numbers within each finest cell; none of these cells has more than four of them.
    assert float(seen["OBS_VALUE"]) == pytest.approx(sample.total(y), abs=2.0)
    assert float(seen["CV"]) == pytest.approx(100 * sample.se(y) / sample.total(y), abs=0.051)
    assert float(seen["CI_LOWER"]) < float(seen["OBS_VALUE"]) < float(seen["CI_UPPER"])


def test_the_control_totals_are_met(first):
    sample = ByHand(None, calibrated=True)
    for region, total in TOTALS.items():
        weights = [w for w, r in zip(sample.weight, sample.rows, strict=True) if r["region"] == region]
        assert sum(weights) == pytest.approx(total)


def test_tables_add_up_exactly(first):
    def value(**codes):
        return one(first.outcome, "DF_COOP_WORK", "JOBS_IN", **codes)["OBS_VALUE"]

    types, regions = ("WORKER", "CONSUMER"), ("XSO-01", "XSO-02")
    assert value() == sum(value(COOP_TYPE=t) for t in types) == sum(value(REGION=r) for r in regions)
    for t in types:
        assert value(COOP_TYPE=t) == sum(value(COOP_TYPE=t, REGION=r) for r in regions)


def test_the_class_of_precision_says_what_the_status_says(first):
    classes = {(row["OBS_STATUS"], row["PUBLICATION_CLASS"]) for row in first.published.values()}
    assert classes == {("A", "RELIABLE"), ("U", "CAUTION")}


def test_the_correction_takes_those_who_answered(first):
    """All large cooperatives were sampled and some did not answer: what is known of them is not known without error."""
    sample = ByHand(None, calibrated=True)
    large = [i for i, r in enumerate(sample.rows) if r["stratum"] == "large"]
    assert SAMPLED["large"] == POPULATION["large"]
    assert 0 < sum(not sample.answered[i] for i in large) < len(large)
    y = [v if i in large else 0.0 for i, v in enumerate(among(sample, "jobs"))]
    assert sample.se(y) > 0
