"""The surveys of the fictional country: samples with known probabilities from a population with known totals."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sse_observatory import simulation
from sse_observatory.core import CatalogueError, ObservatoryError
from sse_observatory.simulation import surveys
from sse_observatory.simulation.draws import Draws

UNITS, AREAS, YEARS = 20_000, 1_200, (2023, 2024)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[simulation.Simulation, simulation.Surveys]:
    country = simulation.simulate(tmp_path_factory.mktemp("sim") / "solidaria", UNITS, seed=11, editions=2)
    return country, simulation.draw_surveys(country, areas=AREAS)


def truth(files) -> dict[tuple[str, int, str, str, str, str], int]:
    with files.totals.open(encoding="utf-8", newline="") as stream:
        return {
            (r["survey"], int(r["edition"]), r["population"], r["measure"], r["dimension"], r["code"]): int(r["value"])
            for r in csv.DictReader(stream)
        }


def z(estimate: float, true: float, se: float) -> float:
    return abs(estimate - true) / se


# -- the survey of cooperatives -----------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_every_stratum_has_the_sample_it_states(made, year):
    answers = pd.read_csv(made[1].cooperatives[year])
    for _, stratum in answers.groupby("stratum"):
        assert stratum.stratum_sample.nunique() == stratum.stratum_population.nunique() == 1
        assert len(stratum) == stratum.stratum_sample.iloc[0] <= stratum.stratum_population.iloc[0]
    large = answers[answers.frame_size == "S250"]
    assert (large.stratum_sample == large.stratum_population).all()
    assert not answers.file_no.duplicated().any()


def test_the_samples_of_two_rounds_overlap_by_the_share_that_is_kept(made):
    first, second = (pd.read_csv(made[1].cooperatives[year]) for year in YEARS)
    both = second.file_no.isin(first.file_no)
    assert (second[both].rotation == "retained").all()
    assert (second[~both].rotation == "new").all()
    assert (first.rotation == "new").all()
    sampled = second[second.frame_size.isin(("S0", "S1T9"))]
    assert 0.5 < (sampled.rotation == "retained").mean() < 0.85  # some of the kept 70 % have moved or are struck off


def test_only_those_who_answer_have_answers(made):
    answers = pd.read_csv(made[1].cooperatives[2023])
    questions = ["employees", "worker_members", "women", "hours_year", "compensation", "coop_type"]
    silent = answers[answers.outcome != "responded"]
    assert len(silent)
    assert silent[[*questions, "turnover"]].isna().all(axis=None)
    assert answers[answers.outcome == "responded"][questions].notna().all(axis=None)
    assert 0.02 < answers[answers.outcome == "responded"].turnover.isna().mean() < 0.15


def test_the_outcome_of_fieldwork_is_true(made):
    country, files = made
    answers = pd.read_csv(files.cooperatives[2024])
    entries = pq.read_table(country.truth.records[2024]["registrar"]).to_pandas()
    units = pq.read_table(country.truth.units).to_pandas().merge(
        pq.read_table(country.truth.editions[2024]).to_pandas(), on="unit_id", validate="1:1")  # fmt: skip
    known = answers.merge(entries, left_on="file_no", right_on="record_id", validate="1:1").merge(units, on="unit_id")
    assert len(known) == len(answers)
    by_outcome = dict(iter(known.groupby("outcome")))
    assert set(by_outcome) == set(surveys.OUTCOMES)
    assert (by_outcome["responded"].life_status == "active").all()
    assert by_outcome["responded"].statistical_coop.all()
    assert (by_outcome["responded"].employees == by_outcome["responded"].employees_headcount).all()
    assert (by_outcome["entered twice"]["copy"] == 1).all()
    assert (by_outcome["dormant"].life_status == "dormant").all()
    assert not by_outcome["not a cooperative"].statistical_coop.any()


def test_with_full_answers_the_design_weights_estimate_the_frame(made):
    """Nobody refuses, nothing is withheld: the expansion estimator must be right up to sampling error."""
    country, _ = made
    sure = {"value": 0.0, "evidence": "test"}
    plain = surveys.read_survey_parameters()
    told = plain.cooperatives.model_dump() | {"refuses": sure, "not_found": sure, "turnover_withheld": sure}
    honest = plain.model_copy(update={"cooperatives": type(plain.cooperatives).model_validate(told)})
    files = surveys.draw_surveys(country, areas=200, survey_parameters=honest)
    try:
        answers = pd.read_csv(files.cooperatives[2023])
        jobs = (answers.employees + answers.worker_members).fillna(0)
        weight = answers.stratum_population / answers.stratum_sample
        total = truth(files)["cooperatives", 2023, "active cooperatives in the frame", "JOBS", "_T", "_T"]
        variance = sum(
            n * n * (1 - len(s) / n) * jobs[s.index].var(ddof=1) / len(s)
            for _, s in answers.groupby("stratum") if (n := s.stratum_population.iloc[0]) and len(s) > 1)  # fmt: skip
        assert z((jobs * weight).sum(), total, np.sqrt(variance)) < 3.5
    finally:
        surveys.draw_surveys(country, areas=AREAS)


def test_truth_distinguishes_what_the_frame_misses(made):
    total = truth(made[1])
    for measure in ("UNITS", "JOBS", "GROSS_VALUE_ADDED"):
        everything = total["cooperatives", 2023, "active cooperatives", measure, "_T", "_T"]
        covered = total["cooperatives", 2023, "active cooperatives in the frame", measure, "_T", "_T"]
        assert 0.9 * everything < covered < everything


def test_truth_agrees_with_the_truth_of_the_registers(made):
    country, files = made
    with country.truth.totals.open(encoding="utf-8", newline="") as stream:
        registers = {r["measure"]: int(r["value"]) for r in csv.DictReader(stream)
                     if (r["edition"], r["population"], r["life"], r["tier"], r["dimension"])
                     == ("2023", "COOP-ICLS2018", "ACTIVE", "_T", "_T")}  # fmt: skip
    total = truth(files)
    for ours, theirs in {"UNITS": "UNITS", "JOBS": "JOBS_IN", "TURNOVER": "TURNOVER"}.items():
        assert total["cooperatives", 2023, "active cooperatives", ours, "_T", "_T"] == registers[theirs]


# -- the household survey -----------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_the_breakdowns_of_the_truth_add_up(made, year):
    total = truth(made[1])
    for measure in ("PERSONS", "EMPLOYED", "MEMBERSHIPS", "EARNINGS_MONTH"):
        key = ("households", year, "persons in households", measure)
        for dimension in ("SEX", "AGE", "URBAN", "REGION"):
            assert sum(v for k, v in total.items() if k[:5] == (*key, dimension)) == total[*key, "_T", "_T"]


@pytest.mark.parametrize("year", YEARS)
def test_the_population_file_is_the_truth_by_cell(made, year):
    population = pd.read_csv(made[1].population[year])
    total = truth(made[1])
    assert population.persons.sum() == total["households", year, "persons in households", "PERSONS", "_T", "_T"]
    women = population[population.sex == "F"].persons.sum()
    assert women == total["households", year, "persons in households", "PERSONS", "SEX", "F"]


def test_inclusion_probabilities_add_up_to_the_sample_of_areas(made):
    addresses = pd.read_csv(made[1].addresses[2023])
    sampled = addresses.drop_duplicates("area")
    assert (sampled.groupby("stratum").size() == sampled.groupby("stratum").areas_in_sample.first()).all()
    assert (addresses.groupby("area").size() == addresses.dwellings_in_sample.iloc[0]).all()
    # Horvitz-Thompson estimates of the number of areas and, exactly, of dwellings: they are the measure of size.
    parameters = surveys.read_survey_parameters().households
    areas = surveys._areas(11, simulation.read_parameters(), parameters, AREAS)
    dwellings = (sampled.dwellings_in_area / sampled.area_probability).sum()
    assert dwellings == pytest.approx(areas.dwellings.sum(), rel=1e-9)
    assert (1 / sampled.area_probability).sum() == pytest.approx(AREAS, rel=0.1)


def test_systematic_sampling_meets_its_probabilities():
    """Over many seeds each area comes into the sample as often as its probability says."""
    parameters = surveys.read_survey_parameters().households
    dwellings = np.array([60, 60, 120, 180, 100, 80])
    areas = surveys._Areas(np.zeros(6, dtype=np.int64), np.zeros(6, dtype=bool), dwellings, np.zeros(6))
    few = parameters.model_copy(update={"fewest_areas": 3})
    times, rounds = np.zeros(6), 4_000
    for seed in range(rounds):
        chosen, probability, in_stratum = surveys._sampled_areas(seed, few, areas)
        times[chosen] += 1
        assert len(chosen) == 3
        assert (in_stratum == 3).all()
    expected = 3 * dwellings / dwellings.sum()
    assert np.abs(times / rounds - expected).max() < 4 * np.sqrt(0.25 / rounds)
    assert probability == pytest.approx(expected[chosen])


def test_an_area_larger_than_the_interval_is_taken_with_certainty():
    parameters = surveys.read_survey_parameters().households.model_copy(update={"fewest_areas": 2})
    dwellings = np.array([180, 10, 10, 10])
    areas = surveys._Areas(np.zeros(4, dtype=np.int64), np.zeros(4, dtype=bool), dwellings, np.zeros(4))
    for seed in range(50):
        chosen, probability, _ = surveys._sampled_areas(seed, parameters, areas)
        assert chosen[0] == 0
        assert len(chosen) == 2
        assert probability == pytest.approx([1, 1 / 3])


def test_weighted_answers_come_near_the_truth(made):
    """Weights adjusted for non-response by stratum; a rough check that the fieldwork has not gone wrong."""
    total = truth(made[1])
    for year in YEARS:
        addresses, persons = pd.read_csv(made[1].addresses[year]), pd.read_csv(made[1].persons[year])
        eligible = addresses[addresses.outcome != "vacant"]
        by = eligible.groupby("stratum").design_weight.sum()
        responding = eligible[eligible.outcome == "responded"].groupby("stratum").design_weight.sum()
        weight = persons.design_weight * persons.stratum.map(by / responding)
        for values, measure in (
            (weight, "PERSONS"),
            (weight * (persons.status == "employed"), "EMPLOYED"),
            (weight * persons.memberships.fillna(0), "MEMBERSHIPS"),
        ):
            true = total["households", year, "persons in households", measure, "_T", "_T"]
            areas = values.groupby([persons.stratum, persons.area]).sum()
            variance = sum(len(s) * s.var(ddof=1) for _, s in areas.groupby(level="stratum") if len(s) > 1)
            assert z(values.sum(), true, np.sqrt(variance)) < 4, (year, measure)


def test_half_of_the_dwellings_return_and_their_people_are_a_year_older(made):
    first, second = (pd.read_csv(made[1].persons[year]) for year in YEARS)
    addresses = [set(pd.read_csv(made[1].addresses[year]).address) for year in YEARS]
    assert len(addresses[0] & addresses[1]) == len(addresses[0]) / 2
    both = first.merge(second, on=["address", "line"], suffixes=("", "_later"))
    assert len(both) > 500
    assert (both.age_later == both.age + 1).all()
    assert (both.sex_later == both.sex).all()
    same = (both.status == both.status_later)[both.age >= 15].mean()
    assert 0.85 < same < 0.99


def test_answers_are_asked_only_of_those_concerned(made):
    persons = pd.read_csv(made[1].persons[2023], dtype={"icse18": str})
    children = persons[persons.age < 15]
    assert children[["status", "icse18", "memberships", "volunteer", "hours_week"]].isna().all(axis=None)
    assert (persons.icse18.notna() == (persons.status == "employed")).all()
    assert (persons.employer.notna() == persons.icse18.isin(["30", "41", "42", "43", "44"])).all()
    assert (persons.worker_member.notna() == (persons.employer == "cooperative")).all()
    assert set(persons.employer.dropna()) == {"cooperative", "other", "does not know"}
    earners = persons[persons.earnings_month.notna()]
    assert earners.icse18.isin(["41", "42", "43", "44"]).all()
    assert 0.05 < (earners.earnings_month == -9).mean() < 0.2


def test_neighbours_resemble_each_other(made):
    """Membership varies more between areas than chance allows: the design effect is above one."""
    persons = pd.read_csv(made[1].persons[2023]).dropna(subset=["memberships"])
    member = persons.memberships > 0
    by_area = member.groupby(persons.area).agg(["mean", "size"])
    p = member.mean()
    chance = (p * (1 - p) / by_area["size"]).mean()
    assert by_area["mean"].var() > 1.2 * chance


# -- files --------------------------------------------------------------------------------------


def hashes(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_arguments_give_the_same_bytes_and_blocks_do_not_matter(made, monkeypatch):
    country, _ = made
    before = hashes(country.folder)
    monkeypatch.setattr(surveys, "_AREAS_AT_ONCE", 64)
    surveys.draw_surveys(country, areas=AREAS)
    assert hashes(country.folder) == before


def test_every_row_says_that_it_is_fictional(made):
    files = made[1]
    for path in (path for kind in (files.cooperatives, files.addresses, files.persons, files.population)
                 for path in kind.values()):  # fmt: skip
        assert path.name.startswith("fictional-")
        assert (pd.read_csv(path)["remark"] == "fictional").all()


def test_people_do_not_depend_on_how_many_areas_there_are():
    parameters, country = surveys.read_survey_parameters().households, simulation.read_parameters()
    few, many = (surveys._areas(5, country, parameters, n) for n in (200, 400))
    ours, theirs = (surveys._people(5, parameters, areas, 64, 128, 1)[0] for areas in (few, many))
    assert (ours.here == theirs.here).all()
    assert (ours.memberships == theirs.memberships).all()
    assert Draws(5, 0, 4).uniform("area region") == pytest.approx(Draws(5, 0, 8).uniform("area region")[:4])


@pytest.mark.parametrize("areas", [0, 199, 2.5, True, 10**7])
def test_an_impossible_number_of_areas_is_refused(made, areas):
    before = hashes(made[0].folder)
    with pytest.raises(ObservatoryError, match="areas"):
        surveys.draw_surveys(made[0], areas=areas)
    assert hashes(made[0].folder) == before


@pytest.mark.parametrize(("old", "new", "says"), [
    ("S0 = 0.02", "S0 = 0", "cooperatives.fraction.S0"),
    ("S250 = 1.0\n", "", "cooperatives.fraction"),
    ("smallest = 5", "smallest = 0", "cooperatives.smallest"),
    ("dwellings = 12", 'dwellings = "twelve"', "households.dwellings"),
    ("area_smallest = 60", "area_smallest = 190", "households.area_smallest"),
    ("area_effect = 0.6", "area_effect = 0.6\nextra = 1", "households.extra"),
])  # fmt: skip
def test_wrong_parameters_are_named(tmp_path, old, new, says):
    text = surveys.parameters_file().with_name("simulation-surveys.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "simulation-surveys.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=says):
        surveys.read_survey_parameters(path)


def test_the_reference_page_names_every_column(made):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "simulation.md").read_text(encoding="utf-8")
    files = made[1]
    for path in (files.cooperatives[2023], files.addresses[2023], files.persons[2023], files.population[2023],
                 files.totals):  # fmt: skip
        for column in pd.read_csv(path, nrows=1).columns.drop("remark", errors="ignore"):
            assert f"`{column}`" in page, (path.name, column)
