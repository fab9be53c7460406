"""Intervals hold the truth as often as they say, over fewer samples than `benchmarks/coverage.py` draws."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from estimation import r


def _benchmark():
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "coverage.py"
    spec = importlib.util.spec_from_file_location("coverage_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


coverage = _benchmark()


@pytest.mark.slow
@pytest.mark.parametrize(("survey", "method", "draws"), [
    ("households", "linearised", 1000), ("households", "bootstrap", 250), ("villages", "linearised", 500),
])  # fmt: skip
def test_intervals_of_near_normal_populations_cover_what_they_say(survey, method, draws):
    found = coverage.coverage(coverage.SURVEYS[survey](), method, draws, seed=5)

    # Three standard errors of the share of that many samples.
    room = 3 * np.sqrt(0.95 * 0.05 / draws)
    for label, share in found.items():
        assert abs(share - 0.95) < room + 0.01, (label, share)


@pytest.mark.slow
def test_intervals_of_a_skewed_population_cover_as_often_as_those_of_r():
    r.needed()
    survey = coverage.cooperatives()

    theirs = coverage.coverage_in_r(survey, 40, seed=5)

    for part in ("whole", "rural"):
        ours = coverage.coverage(survey, "linearised", 40, 5, None if part == "whole" else part)
        assert ours == theirs[part], part


def test_samples_taken_together_give_the_intervals_of_each_alone():
    survey = coverage.villages()
    drawn = next(coverage.samples(survey, 3, 1))
    together = coverage.estimate(
        drawn, survey.designs["linearised"], coverage.STATISTICS, by="draw", margins=False
    ).table.to_pylist()

    for k in range(3):
        alone = {name: values[drawn["draw"] == k] for name, values in drawn.items()}
        rows = coverage.estimate(alone, survey.designs["linearised"], coverage.STATISTICS).table.to_pylist()
        for row in rows:
            mine = next(x for x in together if x["draw"] == str(k) and x["statistic"] == row["statistic"])
            for name in ("estimate", "se", "lower", "upper", "df"):
                assert mine[name] == pytest.approx(row[name], rel=1e-9), (k, row["statistic"], name)


def test_samples_are_the_same_for_the_same_seed():
    survey = coverage.cooperatives()
    one, two = (list(coverage.samples(survey, 300, 4)) for _ in range(2))

    assert [len(x["draw"]) for x in one] == [250 * 80, 50 * 80]
    for a, b in zip(one, two, strict=True):
        assert all(np.array_equal(a[k], b[k]) for k in a)
