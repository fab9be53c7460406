"""The whole process on a simulated country, against a slow program in plain Python that starts from the raw files.

The three registers are told to be public here, so that the gate hides nothing and every cell can be compared.
"""

import csv
import shutil
from collections import Counter
from datetime import date

import pyarrow.parquet as pq
import pytest

from pipelines import reference, solidaria
from pipelines.office import KEY
from sse_observatory import catalogue
from sse_observatory.catalogue.processes import load_process
from sse_observatory.pipelines import cooperatives
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.releases import Releases
from sse_observatory.simulation import simulate

UNITS, YEARS = 1500, (2023, 2024)


class Country:
    """The simulated country, its published figures, and its units as the plain program sees them."""

    def __init__(self, folder):
        self.folder = folder / "country"
        simulate(self.folder, UNITS, 2025, len(YEARS))
        catalogue_ = catalogue.load(catalogue.PACKAGED)
        for source in solidaria.SOURCES:
            shutil.copytree(catalogue.PACKAGED / "sources" / source, folder / source)
            description = folder / source / "source.toml"
            text = description.read_text(encoding="utf-8")
            assert "microdata_public = false" in text
            description.write_text(
                text.replace("microdata_public = false", "microdata_public = true"), encoding="utf-8"
            )
        shutil.copy(catalogue.PACKAGED / "processes" / "solidaria.toml", folder)
        (folder / "restricted").mkdir()
        (folder / "restricted" / "installation.key").write_bytes(KEY)
        self.restricted = Restricted.at(folder / "restricted")
        self.releases = Releases(folder / "releases")
        self.outcome = cooperatives.run(
            load_process(folder / "solidaria.toml", catalogue_), catalogue_, self.releases, self.restricted, self.folder
        )
        self.laws = {y: reference.Law(catalogue_, solidaria.PERIMETERS, date(y, 12, 31)) for y in YEARS}
        self.units = {y: reference.complete(solidaria.linked(self.folder, y), self.laws[y]) for y in YEARS}

    def truth(self, year, life, measure, population="COOP-ICLS2018", tier="_T"):
        """A true total of the simulation."""
        with (self.folder / "truth" / "fictional-totals.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                key = (row["edition"], row["population"], row["life"], row["tier"], row["measure"], row["dimension"])
                if key == (str(year), population, life, tier, measure, "_T"):
                    return int(row["value"])
        raise LookupError(measure)

    def true_units(self, year):
        """The true unit behind each record, by register and record."""
        names = ("registrar", "tax", "social")
        found = {}
        for place, name in enumerate(names):
            table = pq.read_table(self.folder / "truth" / f"fictional-records-{name}-{year}.parquet")
            prefix = "XSO-TAX-" if name == "tax" else ""
            found |= {(place, prefix + row["record_id"]): row["unit_id"] for row in table.to_pylist()}
        return found

    def true_cooperatives(self, year):
        """The units that are cooperatives and registered, in truth."""
        units = pq.read_table(self.folder / "truth" / "fictional-units.parquet").to_pylist()
        states = pq.read_table(self.folder / "truth" / f"fictional-edition-{year}.parquet").to_pylist()
        registered = {row["unit_id"] for row in states if row["registered"]}
        return {row["unit_id"] for row in units if row["statistical_coop"]} & registered

    def value(self, dataflow, year, measure, perimeter="COOP-ICLS2018", **codes):
        """A published total, or the cell with these codes."""
        opened = self.releases.open(dataflow)
        fixed = {"REF_AREA": "XSO", "FREQ": "A", "COVERAGE": "REGISTER", "PERIMETER": perimeter, "MEASURE": measure}
        key = {d.id: "_T" for d in opened.dataflow.structure.dimensions} | fixed | {"TIME_PERIOD": str(year)} | codes
        return opened.find(key)["OBS_VALUE"]


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    return Country(tmp_path_factory.mktemp("solidaria"))


@pytest.mark.parametrize(
    "dataflow", ["DF_COOP_UNITS", "DF_SSE_UNITS", "DF_COOP_MEMBERS", "DF_COOP_WORK", "DF_COOP_ECONOMY"]
)
def test_every_published_cell_is_what_the_plain_program_finds(country, dataflow):
    opened = country.releases.open(dataflow)
    dims = [d.id for d in opened.dataflow.structure.dimensions]
    rows = opened.observations.to_pylist()
    wrong = []
    for row in rows:
        year = int(row["TIME_PERIOD"])
        expected = reference.cell(country.units[year], {d: row[d] for d in dims}, country.laws[year], dataflow)
        if row["OBS_VALUE"] != expected.value:
            wrong.append(([row[d] for d in dims], row["OBS_VALUE"], expected.value))

    assert not wrong
    assert len(rows) > 10
    assert {row["CONF_STATUS"] for row in rows} == {"F"}


def test_no_cell_that_a_unit_stands_in_is_left_out(country):
    opened = country.releases.open("DF_COOP_UNITS")
    published = {
        (r["TIME_PERIOD"], r["MEASURE"], r["COOP_TYPE"], r["ACTIVITY"])
        for r in opened.observations.to_pylist()
        if r["PERIMETER"] == "COOP-ICLS2018" and "_T" == r["TIER"] == r["SIZE"] == r["REGION"]
    }
    section = opened.dataflow.structure.dimension("ACTIVITY").codelist
    for year, units in country.units.items():
        for unit in units:
            if unit["status"]["COOP-ICLS2018"] == "in":
                top = [unit["activity"], *section.ancestors(unit["activity"])][-2 if unit["activity"] != "UNK" else 0]
                for measures, codes, _ in unit["shares"][:1]:
                    assert (str(year), max(measures), codes["COOP_TYPE"], top) in published


def test_edits_and_issues_are_those_of_the_plain_program(country):
    expected = Counter(rule for units in country.units.values() for unit in units for rule in unit["issues"])

    assert country.outcome.issues == dict(expected)


def test_two_employer_accounts_of_one_unit_are_added_up(country):
    shared = [u for u in country.units[2024] if u["accounts"] > 1]

    assert len(shared) > 10
    # Taking the first account would lose the workers of the second one.
    found = {(u["accounts"], u["employees_headcount"] is None) for u in shared}
    assert (2, False) in found


@pytest.mark.parametrize("year", YEARS)
def test_what_separates_the_published_count_of_cooperatives_from_the_truth_is_known_unit_by_unit(country, year):
    """published = true - missed + doubled + taken for one; each term is small, and none is hidden by another.

    With this seed: 750 - 23 + 2 + 0 = 729 in 2023, and 751 - 35 + 3 + 0 = 719 in 2024.
    """
    true_of = country.true_units(year)
    published = [
        {true_of[record] for record in unit["records"]}
        for unit in country.units[year]
        if unit["status"]["COOP-ICLS2018"] == "in" and unit["life_status"] not in ("CLOSED", "NOT_REGISTERED")
    ]
    true = country.true_cooperatives(year)
    times = Counter(unit for found in published for unit in found)
    right = [found for found in published if found & true]

    missed = len(true - times.keys())
    doubled = len(right) - len(true & times.keys())
    taken_for_one = len(published) - len(right)

    count = int(country.value("DF_COOP_UNITS", year, "UNITS_REGISTERED"))
    assert len(true) == country.truth(year, "REGISTERED", "UNITS")
    assert count == len(published) == len(true) - missed + doubled + taken_for_one
    assert missed / len(true) < 0.06  # absent from the register, or their tests undetermined
    assert 0 < doubled / len(true) < 0.01  # entered twice without a common identifier
    assert taken_for_one / len(true) < 0.01  # pseudo-cooperatives, or closed without anybody having noted it
    assert abs(count - len(true)) / len(true) < 0.05
    undetermined = int(country.value("DF_COOP_UNITS", year, "UNITS_REGISTERED", "COOP-ICLS2018-UND"))
    assert missed < undetermined < 0.2 * len(true)  # what is missed is mostly published as undetermined


@pytest.mark.parametrize("year", YEARS)
def test_members_and_jobs_stay_below_the_truth_because_not_every_unit_reports(country, year):
    members = country.value("DF_COOP_MEMBERS", year, "MEMBERSHIPS") / country.truth(
        year, "REGISTERED", "MEMBERSHIPS", tier="T1"
    )
    jobs = country.value("DF_COOP_WORK", year, "JOBS_IN") / country.truth(year, "REGISTERED", "JOBS_IN")

    assert 0.90 < members < 1
    assert 0.90 < jobs < 1
