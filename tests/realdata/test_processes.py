"""The three processes on real files: what the release says, and what it never may."""

import csv
import gzip
from collections import Counter
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from sse_observatory import catalogue
from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.pipelines import cooperatives
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.production import registers
from sse_observatory.releases import Releases

pytestmark = pytest.mark.realdata
FOLDERS = {"us-credit-unions": "us-credit-unions", "coops-uk": "coops-uk", "fr-sirene-ess": "france-ess-digital"}


class Published:
    """The releases of the three processes, in one folder, as a reader meets them."""

    def __init__(self, folder, shared_data):
        self.catalogue = catalogue.load(catalogue.PACKAGED)
        self.releases = Releases(folder / "releases")
        self.restricted = Restricted.at(folder / "restricted")
        self.outcomes = {
            name: cooperatives.run(
                self.catalogue.processes[name], self.catalogue, self.releases, self.restricted, shared_data / data
            )
            for name, data in FOLDERS.items()
        }

    def rows(self, dataflow, **codes):
        """Observations; the dimensions not named are totals."""
        opened = self.releases.open(dataflow)
        skipped = {"REF_AREA", "FREQ", "COVERAGE", "TIME_PERIOD", "PERIMETER", "MEASURE"}
        total = {d.id: {"_T"} for d in opened.dataflow.structure.dimensions if d.id not in skipped}
        return opened.select(total | {name: {code} for name, code in codes.items()}).to_pylist()

    def value(self, dataflow, **codes):
        [row] = self.rows(dataflow, **codes)
        return row["OBS_VALUE"]

    def units(self, process, period):
        """The classified units of a process, on the office side."""
        return pq.read_table(self.outcomes[process].folder / f"units-{period}.parquet").to_pylist()


@pytest.fixture(scope="module")
def published(shared_data, tmp_path_factory):
    return Published(tmp_path_factory.mktemp("real"), shared_data)


USA = {"REF_AREA": "USA", "PERIMETER": "COOP-ICLS2018", "TIME_PERIOD": "2025-Q4"}


def test_the_credit_unions_of_the_united_states_are_all_there_and_add_up_exactly(published):
    # 2,686 federal, 1,601 state insured and 87 privately insured institutions.
    assert published.value("DF_COOP_UNITS", MEASURE="UNITS_REGISTERED", **USA) == 2_686 + 1_601 + 87 == 4_374
    assert published.value("DF_COOP_MEMBERS", MEASURE="MEMBERSHIPS", **USA) == 145_981_741
    assert published.value("DF_COOP_WORK", MEASURE="JOBS_IN", **USA) == 352_682 + 18_155
    assert published.value("DF_COOP_ECONOMY", MEASURE="ASSETS", **USA) == Decimal(2_456_465_059_531)


def test_the_published_totals_are_those_of_the_raw_file(published, shared_data):
    with gzip.open(shared_data / "us-credit-unions/ncua_credit_unions_2025q4.csv.gz", "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    sums = {
        ("DF_COOP_MEMBERS", "MEMBERSHIPS"): sum(int(r["members"]) for r in rows),
        ("DF_COOP_WORK", "JOBS_IN"): sum(int(r["employees_full_time"]) + int(r["employees_part_time"]) for r in rows),
        ("DF_COOP_ECONOMY", "ASSETS"): sum(int(r["total_assets"]) for r in rows),
        ("DF_COOP_UNITS", "UNITS_REGISTERED"): len(rows),
    }

    assert {k: published.value(k[0], MEASURE=k[1], **USA) for k in sums} == sums


def test_credit_unions_are_consumer_cooperatives_and_their_sizes_add_up(published):
    one = {"MEASURE": "UNITS_REGISTERED"} | USA
    assert published.value("DF_COOP_UNITS", COOP_TYPE="CONSUMER", **one) == 4_374
    opened = published.releases.open("DF_COOP_UNITS")
    sizes = [r for r in opened.select({k: {v} for k, v in one.items()}).to_pylist() if r["SIZE"] != "_T"]
    assert sum(r["OBS_VALUE"] for r in sizes) == 4_374


def test_potential_members_never_become_a_figure_and_their_sum_is_refused(published, shared_data):
    for name in published.releases.dataflows():
        measures = published.releases.open(name).observations["MEASURE"].unique().to_pylist()
        assert not [m for m in measures if "POTENTIAL" in m]
    described = published.catalogue.sources["us-credit-unions"]
    edition = described.edition("2025Q4")
    with published.restricted.engine() as engine:
        taken = registers.snapshot(
            engine, described, edition.layout, shared_data / "us-credit-unions" / edition.file,
            published.restricted.folder, edition.id,
        )  # fmt: skip
        with pytest.raises(ObservatoryError, match="exceeds the population"):
            registers.total(engine, registers.read(engine, taken), "potential_members")


def test_french_companies_of_other_forms_are_no_cooperatives(published):
    units = published.units("fr-sirene-ess", "2026")
    forms = {"7470", "9970", "7349"}  # a public group, a group of private law, an administration
    found = [u for u in units if u["legal_form_raw"] in forms]

    assert {u["coop_icls2018__status"] for u in found} <= {"out"}
    assert {u["legal_form_raw"] for u in found} <= forms


def test_forms_that_are_not_cooperatives_are_out_whether_or_not_the_file_holds_them(published):
    forms = published.catalogue.sources["fr-sirene-ess"].maps
    rows = next(m for m in forms.values() if m.of == "legal_form_raw").rows
    ruleset = published.catalogue.perimeters["COOP-ICLS2018"]
    for form in ("7470", "9970", "7349"):
        assert ruleset.decide(dict(rows[form]) | {"sse_flag": True})[0] != "in"
        assert rows[form]["coop_form"] == "no" or rows[form]["form_family"] != "COOP"


def test_a_company_with_the_flag_is_in_the_national_perimeter_and_undetermined_as_a_cooperative(published):
    units = [u for u in published.units("fr-sirene-ess", "2026") if u["legal_form_raw"] == "5710" and u["sse_flag"]]

    assert len(units) > 600
    assert Counter(u["national_legal_fr__status"] for u in units) == {"in": len(units)}
    assert Counter(u["coop_icls2018__status"] for u in units) == {"undetermined": len(units)}


def test_the_french_national_perimeter_and_its_families_add_up(published):
    one = {"REF_AREA": "FRA", "MEASURE": "UNITS_REGISTERED", "PERIMETER": "NATIONAL-LEGAL-FR", "TIME_PERIOD": "2026"}
    total = published.value("DF_SSE_UNITS", **one)
    families = published.releases.open("DF_SSE_UNITS").select({k: {v} for k, v in one.items()}).to_pylist()

    assert total > 3_000
    assert sum(r["OBS_VALUE"] for r in families if r["UNIT_FAMILY"] != "_T") == total


def test_the_french_staff_class_nn_is_unknown_and_not_zero(published):
    units = published.units("fr-sirene-ess", "2026")
    by_class = {u["size_class_raw"]: u["size_class"] for u in units}
    assert by_class["NN"] == "UNK"
    one = {"REF_AREA": "FRA", "MEASURE": "UNITS_REGISTERED", "PERIMETER": "NATIONAL-LEGAL-FR"}
    rows = published.releases.open("DF_SSE_UNITS").select({k: {v} for k, v in one.items()}).to_pylist()
    sizes = {r["SIZE"]: r["OBS_VALUE"] for r in rows if r["SIZE"] != "_T"}
    registered = [u for u in units if u["life_status"] not in ("CLOSED", "NOT_REGISTERED")]
    inside = [u for u in registered if u["national_legal_fr__status"] == "in"]
    assert sizes["UNK"] == sum(u["size_class_raw"] in (None, "NN") for u in inside) > 0
    assert sizes["S0"] == sum(u["size_class_raw"] == "00" for u in inside)


def test_the_two_editions_of_the_united_kingdom_are_two_periods(published, shared_data):
    total = {
        period: sum(
            published.value(
                "DF_COOP_UNITS", REF_AREA="GBR", MEASURE="UNITS_REGISTERED", PERIMETER=perimeter, TIME_PERIOD=period
            )
            for perimeter in ("COOP-ICLS2018", "COOP-ICLS2018-UND")
        )
        for period in ("2022-Q2", "2023-Q2")
    }
    assert {r["TIME_PERIOD"] for r in published.rows("DF_COOP_UNITS", REF_AREA="GBR")} == set(total)
    assert 0 < total["2022-Q2"] <= 1236 and 0 < total["2023-Q2"] <= 1248


def test_extracts_carry_their_own_coverage_and_nothing_here_is_a_national_total(published):
    expected = {"USA": "US_CREDIT_UNIONS", "GBR": "UK_SAMPLE_1_IN_6", "FRA": "FR_INFO_COMM_SSE_FLAG"}
    seen = set()
    for name in published.releases.dataflows():
        table = published.releases.open(name).observations
        seen |= set(zip(table["REF_AREA"].to_pylist(), table["COVERAGE"].to_pylist(), strict=True))

    assert dict(seen) == expected
    with pytest.raises(NotFound):
        published.releases.open("DF_COOP_UNITS").find(
            {d.id: "_T" for d in published.releases.open("DF_COOP_UNITS").dataflow.structure.dimensions}
            | USA
            | {"FREQ": "Q", "COVERAGE": "NATIONAL", "MEASURE": "UNITS_REGISTERED"}
        )


@pytest.mark.parametrize("process", sorted(FOLDERS))
def test_public_microdata_are_said_to_be_public_in_every_trace(published, process):
    outcome = published.outcomes[process]

    assert outcome.hidden == 0
    assert "the source publishes its microdata" in outcome.audit.skipped
    for recipe in outcome.draft.recipes.values():
        assert "microdata-public" in {method.id for method in recipe.methods}
        assert recipe.sources[0].attribution
    assert outcome.rejected == {}


def test_codes_nobody_has_mapped_are_kept_counted_and_told_to_the_office(published):
    noticed = [i for seen in published.outcomes["fr-sirene-ess"].noticed.values() for i in seen]

    assert all(i["rule"] in ("file", "unknown-code") for i in noticed)
    assert sum(i["records"] for i in noticed if i["rule"] == "unknown-code") < 10
