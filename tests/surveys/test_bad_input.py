"""What a survey's files and process may get wrong: a sentence with the place, an exit status, the old release kept."""

import os
import subprocess
import sys

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.surveys import load_survey
from sse_observatory.core import CatalogueError, InputError, Unsafe
from surveys.town import one


def refused(town, *, line=None, column=None, value=None, kind=InputError) -> str:
    """The message of the run's refusal; what was published before is still what readers see."""
    before = [r.id for r in town.releases.current()]
    with pytest.raises(kind) as caught:
        town.run()
    assert [r.id for r in town.releases.current()] == before != []
    error = caught.value
    assert error.exit_status != 0
    assert error.todo
    for name, expected in (("line", line), ("column", column), ("value", value)):
        if expected is not None:
            assert getattr(error, name) == expected
    return str(error)


def drop(town, column):
    for row in town.sample:
        del row[column]


NARROW = 'distance = "logit"\nbounds = [0.99, 1.01]'
BROKEN = {
    "a column is missing": (lambda t: drop(t, "jobs"), {"line": 1, "column": "jobs"}, "column(s) missing: jobs"),
    "an outcome nobody knows": (
        lambda t: t.row("s03", outcome="moved"), {"line": 5, "column": "outcome", "value": "moved"}, "not known",
    ),
    "text where the design needs a number": (
        lambda t: t.row("s03", population="many"), {"line": 5, "column": "population", "value": "many"},
        "whole number",
    ),
    "a stratum with two populations": (
        lambda t: t.row("s03", population="401"), {"line": 5, "column": "population"}, "two population sizes",
    ),
    "a stratum larger in the sample than in the frame": (
        lambda t: [r.update(population="19") for r in t.sample if r["stratum"] == "large"], {}, "larger than",
    ),
    "the same unit twice": (lambda t: t.row("s03", id="s02"), {"line": 5, "value": "s02"}, "line 4"),
    "no key": (lambda t: t.row("s03", id=""), {"line": 5, "column": "id"}, "cannot be used"),
    "a code that is none": (
        lambda t: t.row("s02", type="GUILD"), {"line": 4, "column": "type", "value": "GUILD"}, "CL_COOP_TYPE",
    ),
    "an answer that weights need": (lambda t: t.row("s02", jobs=""), {"line": 4, "column": "jobs"}, "missing"),
    "nobody responded": (lambda t: [r.update(outcome="no") for r in t.sample], {"column": "outcome"}, "nobody"),
    "a group without answers": (
        lambda t: [r.update(outcome="no") for r in t.sample if r["stratum"] == "large"], {}, "stratum=large",
    ),
    "a class without control total": (
        lambda t: setattr(t, "totals", "area,units\nXSO-01,540\n"), {"column": "region", "value": "XSO-02"},
        "no control total",
    ),
    "a control total without respondents": (
        lambda t: setattr(t, "totals", t.totals + "XSO-03,7\n"), {"value": "XSO-03"}, "no respondent",
    ),
    "a control total that is text": (
        lambda t: setattr(t, "totals", "area,units\nXSO-01,280\nXSO-02,lots\n"),
        {"line": 3, "column": "units", "value": "lots"}, "no control total",
    ),
    "a negative control total": (
        lambda t: setattr(t, "totals", "area,units\nXSO-01,-280\nXSO-02,260\n"), {"line": 2}, "from 0 on",
    ),
    "margins that contradict each other": (
        lambda t: t.say('total = "units" }]', 'total = "units" },\n{ columns = ["stratum"], frame = "population" }]')
        or setattr(t, "totals", "area,units\nXSO-01,280\nXSO-02,290\n"),
        {}, "contradict",
    ),
    "calibration that cannot converge": (
        lambda t: t.say("[weighting.calibration]\n", f"[weighting.calibration]\n{NARROW}\n")
        or setattr(t, "totals", "area,units\nXSO-01,80\nXSO-02,460\n"),
        {}, "weights 'answers' cannot be made",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_run_stops_with_a_sentence_and_keeps_the_release(published, name):
    change, place, says = BROKEN[name]
    change(published)
    assert says in refused(published, **place)


def test_a_file_that_is_not_there_is_named(published):
    published.write()
    (published.data / "totals-2024.csv").unlink()
    published.write = lambda: published.folder / "town.toml"
    assert "totals-2024.csv" in refused(published)


def test_a_folder_without_the_survey_says_what_it_looks_for(town, tmp_path):
    town.data = tmp_path / "empty"
    town.data.mkdir()
    with pytest.raises(InputError, match="survey-"):
        town.say('file = "survey-{period}.csv"', 'file = "other/survey-{period}.csv"') or town.run()


def test_negative_amounts_are_refused(published):
    published.say('turnover = { type = "integer", at_least = 0 }', 'turnover = { type = "integer" }')
    published.row("s02", turnover="-5")
    assert "mixed signs" in refused(published, kind=Unsafe)


def test_negative_calibrated_weights_are_refused(published):
    published.say(
        'codes = ["area"], total = "units" }',
        'codes = ["area"], total = "units" },\n'
        '{ columns = ["stratum"], file = "strata-{period}.csv", total = "units" }',
    )
    (published.data / "strata-2024.csv").write_text("stratum,units\nsmall,1\nmiddle,1\nlarge,538\n", encoding="utf-8")
    assert "negative weight" in refused(published)


def test_a_text_may_hold_line_separators_of_other_kinds(first, published):
    """U+2028 ends a line for some programs and none for CSV."""
    for row in published.sample:
        row["remark"] = "one\u2028two\x0bthree"
    assert published.run().draft.tables == first.outcome.draft.tables


def test_a_weight_of_nought_is_refused(published):
    published.say('fpc = ["population"]', 'weights = "weight"')
    published.say("jobs = {", 'weight = { type = "number", required = true }\njobs = {')
    for row in published.sample:
        row["weight"] = "7.5"
    published.row("s01", weight="0")
    assert "above zero" in refused(published, line=3, column="weight", value="0.0")


def test_a_cluster_in_two_strata_is_refused(published):
    published.say('strata = ["stratum"]', 'strata = ["stratum"]\nclusters = ["village"]\nweights = "weight"')
    published.say('\nfpc = ["population"]', "")
    published.say("jobs = {", 'weight = { type = "number" }\nvillage = { required = true }\njobs = {')
    for i, row in enumerate(published.sample):
        row |= {"weight": "7.5", "village": f"{row['stratum']}{i % 5}"}
    published.row("m01", village="small1")
    assert "two strata" in refused(published, column="stratum", value="middle")


def test_an_unreadable_answer_sets_its_row_aside_with_the_reason(first, published):
    published.row("s02", turnover="a lot")
    outcome = published.run()
    assert outcome.rejected == {"2024": 1}
    text = outcome.rejected_files["2024"].read_text(encoding="utf-8").splitlines()
    assert text[0] == "file,line,column,value,reason"
    assert text[1] == "survey-2024.csv,4,turnover,a lot,expected a whole number"
    assert (outcome.rejected_files["2024"].stat().st_mode & 0o077) == 0 or (
        published.restricted.folder.stat().st_mode & 0o077
    ) == 0
    # Its unit has not answered; the others stand for it, so that the control totals are still met.
    regions = [one(outcome, "DF_COOP_UNITS", "UNITS_ACTIVE", REGION=r)["OBS_VALUE"] for r in ("XSO-01", "XSO-02")]
    assert abs(sum(regions) - one(first.outcome, "DF_COOP_UNITS", "UNITS_ACTIVE")["OBS_VALUE"]) < 30


def test_more_unreadable_answers_than_allowed_stop_the_run_at_the_first(published):
    for unit in ("s02", "s03", "m00", "m01", "l00"):
        published.row(unit, turnover="a lot")
    refused(published, line=4, column="turnover", value="a lot")


def test_answers_that_contradict_each_other_are_set_aside(published):
    published.say('id = "answers"\ngroups = ["stratum"]', 'id = "answers"\ngroups = ["stratum"]\ncomplete = ["jobs"]')
    published.row("s02", women="1000")
    outcome = published.run()
    reasons = outcome.rejected_files["2024"].read_text(encoding="utf-8")
    assert reasons.count("edit rule women-among-jobs") == 2  # women and jobs


PROCESS = {
    "a column that is not there": ('strata = ["stratum"]', 'strata = ["layer"]', "layer", "no column"),
    "a dataflow that is not there": ('"DF_COOP_UNITS"', '"DF_COOP_UNTIS"', "DF_COOP_UNTIS", "dataflow"),
    "a measure that is not there": ('measure = "JOBS_IN"', 'measure = "JOBS"', "JOBS", "CL_MEASURE"),
    "a breakdown the dataflow lacks": ('by = [[], ["COOP_TYPE"], ["REGION"]]', 'by = [["SEX"]]', "SEX", "break down"),
    "weights that are not there": ('weighting = "accounts"', 'weighting = "books"', "books", "weights"),
    "a variable that is not there": ('variable = "jobs"', 'variable = "posts"', "posts", "variable"),
    "a key that is not known": ('groups = ["stratum"]', 'group = ["stratum"]', None, "group"),
    "an outcome twice": ('nonresponse = ["no"]', 'nonresponse = ["no", "yes"]', None, "listed twice"),
    "real and fictional": ("fictional = true", "fictional = false", None, "fictional"),
    "text added up": ('add = ["jobs"]', 'add = ["type"]', "type", "text"),
    "a margin from nowhere": (', total = "units"', "", None, "total"),
    "no period in a file's name": ('"survey-{period}.csv"', '"survey.csv"', None, "{period}"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROCESS)
def test_a_process_file_that_says_what_cannot_be_is_refused_with_its_line(town, name):
    old, new, value, says = PROCESS[name]
    town.say(old, new)
    with pytest.raises(CatalogueError) as caught:
        load_survey(town.write(), catalogue.load())
    assert caught.value.exit_status == 3
    assert says in str(caught.value)
    if value is not None:
        assert caught.value.value == value
        assert value in town.process.splitlines()[caught.value.line - 1]
    else:
        assert caught.value.line is not None


def test_too_few_respondents_hide_a_cell(town):
    """Four respondents of the second region are fewer than the rules ask for; nothing else tells their sum."""
    few = iter(r for r in town.sample if r["outcome"] == "yes")
    for row in town.sample:
        row["region"] = "XSO-01"
    for _ in range(4):
        next(few)["region"] = "XSO-02"
    town.totals = "area,units\nXSO-01,500\nXSO-02,40\n"
    outcome = town.run()
    rows = outcome.draft.tables["DF_COOP_WORK"].to_pylist()
    small = [r for r in rows if r["REGION"] == "XSO-02"]
    assert small and all(r["OBS_VALUE"] is None and r["CV"] is None and r["CI_UPPER"] is None for r in small)
    rest = one(outcome, "DF_COOP_WORK", "JOBS_IN", REGION="XSO-01")
    total = one(outcome, "DF_COOP_WORK", "JOBS_IN")
    assert rest["OBS_VALUE"] is None or total["OBS_VALUE"] is None
    assert "Q" in {r["OBS_STATUS"] for r in rows}
    for row in rows:
        if row["OBS_STATUS"] == "Q":
            assert {row[n] for n in ("OBS_VALUE", "CV", "CI_LOWER", "CI_UPPER", "PUBLICATION_CLASS")} == {None}


def test_an_error_of_a_survey_ends_the_command_with_its_status(published):
    published.row("s03", outcome="moved")
    process = published.write()
    environment = os.environ | {"SSE_RESTRICTED_URL": str(published.restricted.folder)}
    done = subprocess.run(
        [sys.executable, "-m", "sse_observatory.cli", "run", str(process), "--data", str(published.data),
         "--releases", str(published.folder / "releases")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "moved" in done.stderr and "Traceback" not in done.stderr

