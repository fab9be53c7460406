"""The town's estimates worked out again from its files: weights, calibrated totals, linearised standard errors."""

import pytest

from surveys.town import POPULATION, SAMPLED, TOTALS, ByHand, Town, among, one

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


def test_units_of_unknown_scope_are_stood_for_by_all_and_refusals_by_those_in_scope(tmp_path):
    """In the middle stratum 24 of 120: outcomes by hand, two steps of weights."""
    town = Town(tmp_path)
    middle = [r for r in town.sample if r["stratum"] == "middle"]
    away = [r for r in middle if r["outcome"] == "no"][:1]
    for row in away:
        row["outcome"] = "away"
    town.say('nonresponse = ["no"]', 'nonresponse = ["no"]\nunresolved = ["away"]')
    start, end = town.process.index("[weighting.calibration]"), town.process.index('[[weighting]]\nid = "accounts"')
    town.say(town.process[start:end], "")
    count = {o: sum(r["outcome"] == o for r in middle) for o in ("yes", "no", "closed", "away")}
    assert count["away"] == 1 and count["no"] and count["closed"]

    seen = one(town.run(publish=False), "DF_COOP_UNITS", "UNITS_ACTIVE")

    expected = 0.0
    for stratum, population in POPULATION.items():
        rows = [r["outcome"] for r in town.sample if r["stratum"] == stratum]
        known = len(rows) - rows.count("away")
        in_scope = rows.count("yes") + rows.count("no")
        # The weight of each known unit, times units in scope, whoever answered.
        expected += population / known * in_scope
    assert float(seen["OBS_VALUE"]) == pytest.approx(expected, abs=1.5)


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
