"""Changes between two rounds: what both show, with a standard error that knows which units are in both samples."""

import math

import pytest

from surveys.town import ByHand, among, one, rows


def changed(town, dataflow="DF_COOP_WORK", measure="JOBS_IN", **codes):
    return one(town.run(), dataflow, measure, TIME_PERIOD="2025", **codes)


def test_the_same_answers_of_the_same_units_have_not_changed_for_sure(town):
    town.later = rows()
    row = changed(town)
    assert (row["CHANGE"], row["CHANGE_SE"]) == ("0", "0")


def test_other_units_vary_on_their_own(town):
    town.later = [row | {"id": f"new-{row['id']}"} for row in rows()]
    row = changed(town)
    sample = ByHand(None, calibrated=True)
    assert row["CHANGE"] == "0"
    assert float(row["CHANGE_SE"]) == pytest.approx(math.sqrt(2) * sample.se(among(sample, "jobs")), abs=0.51)


def test_units_that_stayed_make_the_change_surer(town):
    town.later = [row | {"id": row["id"] if i % 3 else f"new-{row['id']}"} for i, row in enumerate(rows())]
    sample = ByHand(None, calibrated=True)
    alone = math.sqrt(2) * sample.se(among(sample, "jobs"))
    assert 0 < float(changed(town)["CHANGE_SE"]) < 0.8 * alone


def test_a_unit_that_changed_its_stratum_is_taken_as_another(town):
    town.later = rows()
    moved = next(r for r in town.later if r["id"] == "s02")
    moved |= {"stratum": "middle", "population": "120"}
    row = changed(town)
    assert row["CHANGE"] != "0"
    assert float(row["CHANGE_SE"]) > 0


def test_the_change_is_the_difference_of_the_values_shown(town):
    town.later = rows()
    for row in town.later:
        row["jobs"] = str(int(row["jobs"]) + 1) if row["jobs"] else ""
    outcome = town.run()
    for dataflow, measure in (("DF_COOP_WORK", "JOBS_IN"), ("DF_COOP_UNITS", "UNITS_ACTIVE")):
        before, after = (one(outcome, dataflow, measure, TIME_PERIOD=y) for y in ("2024", "2025"))
        assert before["CHANGE"] is None
        assert int(after["CHANGE"]) == after["OBS_VALUE"] - before["OBS_VALUE"]


def test_no_change_is_told_since_a_hidden_value(town):
    """Of the first round one region is hidden; its change would give it away."""
    town.later = rows()
    few = [r for r in town.sample if r["outcome"] == "yes"][:4]
    for row in town.sample:
        row["region"] = "XSO-02" if row in few else "XSO-01"
    outcome = town.run()
    hidden = [r for r in outcome.draft.tables["DF_COOP_WORK"].to_pylist() if r["OBS_VALUE"] is None]
    assert hidden
    for row in hidden:
        codes = {n: row[n] for n in ("COOP_TYPE", "REGION")}
        for year in ("2024", "2025"):
            seen = one(outcome, "DF_COOP_WORK", "JOBS_IN", TIME_PERIOD=year, **codes)
            assert seen["CHANGE"] is None and seen["CHANGE_SE"] is None
    assert "2025" in {r["TIME_PERIOD"] for r in outcome.draft.tables["DF_COOP_WORK"].to_pylist() if r["CHANGE"]}
