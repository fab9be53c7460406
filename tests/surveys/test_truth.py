"""The simulated country's two surveys, published, against the truth that the simulation writes beside them."""

import csv
import math

import numpy as np
import pandas as pd
import pytest

from sse_observatory import catalogue, simulation
from sse_observatory.pipelines import surveys
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.releases import Releases
from surveys.town import observations, one

UNITS, AREAS, SEED = 20_000, 1_200, 4
MEASURES = {
    "UNITS_ACTIVE": "UNITS", "JOBS_IN": "JOBS", "GVA": "GROSS_VALUE_ADDED", "PERSONS_WORK_IN": "WORK_IN_COOPERATIVES",
    "PERSONS_WORK_WITHIN_SCOPE": "WORK_WITHIN_SCOPE",
}  # fmt: skip
POPULATIONS = {
    "solidaria-cooperatives-survey": "active cooperatives in the frame",
    "solidaria-household-survey": "persons in households",
}
HERE = ("REF_AREA", "FREQ", "COVERAGE", "PERIMETER", "MEASURE", "TIME_PERIOD")


class Country:
    """A simulated country whose surveys were published from its folder."""

    def __init__(self, folder):
        made = simulation.simulate(folder / "xso", UNITS, SEED, editions=2)
        self.files = simulation.draw_surveys(made, areas=AREAS)
        self.data = folder / "xso"
        self.releases = Releases(folder / "releases")
        self.restricted = Restricted.at(folder / "restricted")
        self.catalogue = catalogue.load()
        self.outcomes = {name: self.run(name) for name in POPULATIONS}
        with self.files.totals.open(encoding="utf-8", newline="") as stream:
            self.truth = {
                (r["edition"], r["population"], r["measure"], r["dimension"], r["code"]): int(r["value"])
                for r in csv.DictReader(stream)
            }

    def run(self, name, publish=True):
        survey = self.catalogue.surveys[name]
        return surveys.run(survey, self.catalogue, self.releases, self.restricted, self.data, publish=publish)

    def compared(self, name):
        """Each published estimate that has a truth: value, interval and truth, in units of one."""
        for (_flow, *_), row in observations(self.outcomes[name]).items():
            if row["CV"] is None:
                continue
            flow = next(f for f in self.outcomes[name].draft.dataflows.values() if f.id == _flow)
            by = [(d.id, row[d.id]) for d in flow.structure.dimensions if d.id not in HERE and row[d.id] != "_T"]
            if len(by) > 1:
                continue
            dimension, code = by[0] if by else ("_T", "_T")
            measure = MEASURES.get(row["MEASURE"], row["MEASURE"])
            if dimension == "WORK_STATUS":
                measure, dimension, code = {"EMP": "EMPLOYEES", "WMEM": "WORKER_MEMBERS"}[code], "_T", "_T"
            key = (row["TIME_PERIOD"], POPULATIONS[name], measure, dimension.replace("STATUS", "ICSE18"), code)
            if key not in self.truth:
                assert code == "_Z"  # the simulation counts statuses of the employed only
                continue
            unit = 10 ** int(row["UNIT_MULT"])
            numbers = [float(row[n]) * unit for n in ("OBS_VALUE", "CI_LOWER", "CI_UPPER")]
            yield row["MEASURE"], dimension, *numbers, self.truth[key]


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    return Country(tmp_path_factory.mktemp("country"))


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say(country):
    """Cells of one survey share its sample and miss together; docs/decisions/survey-releases.md has eight countries.

    Of the cooperatives their number only: amounts are so skewed that intervals are too short whatever the method.
    """
    for name, near_normal in (("solidaria-cooperatives-survey", ["UNITS_ACTIVE"]), ("solidaria-household-survey", [])):
        found = [
            low <= truth <= high
            for measure, dimension, _, low, high, truth in country.compared(name)
            if not near_normal or (measure in near_normal and dimension != "SIZE")
        ]
        assert len(found) > 30
        assert sum(found) / len(found) >= 0.88


@pytest.mark.slow
def test_every_measure_is_near_the_truth(country):
    for name in POPULATIONS:
        by_measure = {}
        for measure, dimension, value, _low, high, truth in country.compared(name):
            if dimension == "_T":
                by_measure.setdefault(measure, []).append((value - truth) / max((high - value) / 1.96, 1))
        for measure, z in by_measure.items():
            assert abs(np.mean(z)) < 3, measure


@pytest.mark.slow
def test_work_in_and_work_within_the_scope_are_never_one_figure(country):
    measures = {row["MEASURE"] for row in observations(country.outcomes["solidaria-household-survey"]).values()}
    assert {"PERSONS_WORK_IN", "PERSONS_WORK_WITHIN_SCOPE"} < measures
    assert not measures & {"JOBS_IN_AND_WITHIN", "JOBS_IN", "JOBS_WITHIN_SCOPE"}


@pytest.mark.slow
def test_the_household_estimate_is_worked_out_again(country):
    """Members of cooperatives in 2024: response weights, households raked to both margins, ultimate clusters."""
    year = 2024
    homes = pd.read_csv(country.files.addresses[year], dtype={"area": str})
    persons = pd.read_csv(country.files.persons[year], dtype={"area": str, "icse18": str})
    population = pd.read_csv(country.files.population[year])
    lived_in = homes[homes.outcome != "vacant"]
    everyone = lived_in.groupby("stratum").design_weight.sum()
    there = lived_in[lived_in.outcome == "responded"].groupby("stratum").design_weight.sum()
    homes["start"] = homes.design_weight * homes.stratum.map(everyone / there)
    persons = persons.merge(homes[["address", "start"]], on="address", validate="m:1")

    band = pd.cut(persons.age, [-1, 14, 24, 44, 64, 200], labels=["Y0T14", "Y15T24", "Y25T44", "Y45T64", "Y_GE65"])
    left, right = persons.sex + band.astype(str), persons.region
    totals = pd.concat([
        population.groupby(population.sex + population.age).persons.sum(),
        population.groupby(population.region).persons.sum(),
    ])  # fmt: skip
    classes = pd.concat([pd.get_dummies(left), pd.get_dummies(right)], axis=1).astype(float)[totals.index]
    # All persons of a household get one weight: auxiliaries are the household's means.
    x = classes.groupby(persons.address).transform("mean").to_numpy()
    start = persons.start.to_numpy()
    solution = np.zeros(x.shape[1])
    for _ in range(50):
        weight = start * np.exp(x @ solution)
        gap = totals.to_numpy() - x.T @ weight
        solution += np.linalg.lstsq((x * weight[:, None]).T @ x, gap, rcond=None)[0]
    assert abs(gap).max() < 1e-4

    y = (persons.memberships.fillna(0) > 0).astype(float).to_numpy()
    estimate = float(weight @ y)
    slope = np.linalg.lstsq((x * start[:, None]).T @ x, (x * start[:, None]).T @ y, rcond=None)[0]
    score = pd.Series(weight * (y - x @ slope)).groupby(persons.area).sum()
    areas = homes.drop_duplicates("area").set_index("area").stratum
    score = score.reindex(areas.index).fillna(0.0)
    variance = 0.0
    centre = score.mean()
    for _, z in score.groupby(areas):
        variance += len(z) / (len(z) - 1) * ((z - z.mean()) ** 2).sum() if len(z) > 1 else float((z - centre) ** 2)

    seen = one(country.outcomes["solidaria-household-survey"], "DF_COOP_PERSONS", "PERSONS_MEMBERS", TIME_PERIOD="2024")
    assert float(seen["OBS_VALUE"]) == pytest.approx(estimate, rel=1e-3)
    assert float(seen["CV"]) == pytest.approx(100 * math.sqrt(variance) / estimate, rel=0.05)


@pytest.mark.slow
def test_the_same_country_gives_the_same_figures_and_traces(country):
    name = "solidaria-cooperatives-survey"
    again = country.run(name, publish=False).draft
    assert again.tables == country.outcomes[name].draft.tables
    assert again.recipes == country.outcomes[name].draft.recipes


@pytest.mark.slow
def test_a_large_sample_tells_its_size_in_tens_and_its_response_in_per_cent(country):
    told = country.outcomes["solidaria-household-survey"].draft.quality["rounds"]["2024"]
    assert told["sampled units, in tens"] % 10 == 0
    assert 0.7 < told["response rate"] < 1 and round(told["response rate"] * 100) / 100 == told["response rate"]
    assert told["design effects of totals"].keys() == {
        "PERSONS_MEMBERS", "MEMBERSHIPS", "PERSONS_WORK_IN", "PERSONS_WORK_WITHIN_SCOPE",
    }  # fmt: skip
