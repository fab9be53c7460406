"""The same inputs give the same release; one change moves the traces of what it bears on, and of nothing else."""

import shutil
import subprocess
import sys

from surveys.town import Town, observations

TRACE = ("OBS_VALUE", "RECIPE", "FINGERPRINT")


def changed(first, town) -> set[tuple[str, ...]]:
    """The keys whose traces another run changes."""
    after = observations(town.run())
    assert after.keys() == first.published.keys()
    return {k for k, row in after.items() if any(row[n] != first.published[k][n] for n in TRACE)}


def keys(first, *measures: str, **codes: str) -> set[tuple[str, ...]]:
    """The keys of some measures that a unit with these codes is part of."""
    found = set()
    for key, row in first.published.items():
        if row["MEASURE"] in measures and all(row.get(d, "_T") in ("_T", code) for d, code in codes.items()):
            found.add(key)
    return found


def test_identical_inputs_give_the_identical_release(first, published):
    assert published.run().release == first.outcome.release


def test_the_order_of_rows_does_not_matter(first, published):
    published.sample.reverse()
    assert changed(first, published) == set()


def test_a_changed_answer_moves_the_cells_its_unit_is_part_of(first, published):
    unit = next(r for r in published.sample if r["id"] == "m00")
    assert (unit["outcome"], unit["type"], unit["region"]) == ("yes", "CONSUMER", "XSO-02")
    published.row("m00", jobs=str(int(unit["jobs"]) + 9))
    assert changed(first, published) == keys(first, "JOBS_IN", COOP_TYPE="CONSUMER", REGION="XSO-02")


def test_a_changed_amount_moves_the_amounts_only(first, published):
    published.row("s02", turnover="123456")
    assert changed(first, published) == keys(first, "TURNOVER", COOP_TYPE="WORKER")


def test_a_changed_control_total_moves_what_is_calibrated_to_it(first, published):
    published.totals = published.totals.replace("280", "281")
    assert changed(first, published) == keys(first, "UNITS_ACTIVE", "JOBS_IN")


def test_a_changed_outcome_moves_every_weight(first, published):
    published.row("s02", outcome="no", type="", jobs="", women="", turnover="")
    # Of the accounts only the small stratum's weights change, and every cell holds some of them.
    assert changed(first, published) == set(first.published)


def test_changed_response_groups_move_the_weights_they_make(first, published):
    published.say('groups = ["stratum"]\ncomplete', 'groups = ["region"]\ncomplete')
    assert changed(first, published) == keys(first, "TURNOVER")


def test_changed_classes_move_the_cells_broken_down_by_them(first, published):
    published.say('column = "type"', 'column = "type"\ncodes = { WORKER = "WORKER", CONSUMER = "CONSUMER" }')
    broken_down = {k for k, row in first.published.items() if row.get("COOP_TYPE", "_T") != "_T"}
    assert changed(first, published) == broken_down


def test_an_edit_rule_is_named_by_what_it_can_change(first, published):
    published.say('id = "women-among-jobs"', 'id = "women-within-jobs"')
    assert changed(first, published) == keys(first, "JOBS_IN")


def test_the_trace_names_design_weights_margins_variance_library_and_limits(first):
    store = first.releases
    key = next(k for k in first.published if k[0] == "DF_COOP_WORK")
    trace = store.trace("DF_COOP_WORK", store.open("DF_COOP_WORK").key(".".join(key[1:])))
    told = {m.id: m for m in trace.recipe.methods}
    assert trace.fictional
    assert "stratified by stratum" in told["survey-sample"].parameters["design"]
    assert told["nonresponse-groups"].parameters == {"groups": "stratum"}
    margin = told["calibration"].parameters["margin 1"]
    assert "region" in margin and "540" in margin and "totals-2024.csv" in margin
    assert told["calibration"].parameters["converged in iterations"] == "1"
    assert "production.estimation" in told["linearised-variance"].parameters["library"]
    assert told["precision"].parameters.keys() == {"doubtful from", "withheld from"}
    assert told["disclosure-control"].version == "survey 1.0"


def test_the_release_names_its_files_by_a_hash_nobody_outside_can_test(first, published):
    before = first.outcome.draft.quality["inputs"]
    assert before.keys() == {"survey-2024.csv", "totals-2024.csv"}
    published.totals += "\n"
    after = published.run().draft.quality["inputs"]
    assert after["survey-2024.csv"] == before["survey-2024.csv"]
    assert after["totals-2024.csv"] != before["totals-2024.csv"]


def test_the_command_shows_what_was_read_and_how_it_was_weighed(first):
    key = next(k for k in first.published if k[0] == "DF_COOP_UNITS")
    command = [sys.executable, "-m", "sse_observatory.cli", "trace", f"DF_COOP_UNITS/{'.'.join(key[1:])}"]
    done = subprocess.run(
        [*command, "--releases", str(first.folder / "releases")], capture_output=True, text=True, check=True
    )
    inputs = first.outcome.draft.quality["inputs"]
    told = " ".join(done.stdout.split())
    for name in ("survey-2024.csv", "totals-2024.csv"):
        assert f"input: {name}, hash {inputs[name]}" in told
    for part in ("stratified by stratum", "groups stratum", "margin 1 region, 2 classes adding up to 540", "FICTIONAL"):
        assert part in told


def test_another_installation_gives_the_same_figures_and_other_fingerprints(first, tmp_path):
    shutil.copytree(first.data, tmp_path / "elsewhere" / "data")
    other = observations(Town(tmp_path / "elsewhere").run())
    for key, row in first.published.items():
        assert other[key]["OBS_VALUE"] == row["OBS_VALUE"]
        assert other[key]["FINGERPRINT"] != row["FINGERPRINT"]


def test_the_lineage_leads_to_the_rows_of_the_file(first):
    from sse_observatory import catalogue
    from sse_observatory.production import lineage

    key = next(k for k in first.published if k[0] == "DF_COOP_WORK")
    flow = catalogue.load().dataflows["DF_COOP_WORK"]
    dims = [d.id for d in flow.structure.dimensions]
    folder = first.restricted.folder / "lineage" / "town-survey" / first.outcome.draft.run_id
    with first.restricted.engine() as engine:
        behind = lineage.behind(engine, folder, flow, dict(zip(dims, key[1:], strict=True)))
    total = first.published[key]["OBS_VALUE"]
    assert sum(int(v) for v in behind["VALUE"].to_pylist()) == total
    assert all(r.startswith("survey-2024.csv, line ") for r in behind["record_id"].to_pylist())


def test_a_sample_of_so_few_tells_neither_its_size_nor_its_response(first):
    """A share of 74 units is a count of them."""
    assert first.outcome.draft.quality["rounds"] == {"2024": {}}
