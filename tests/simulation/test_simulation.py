"""The fictional country: what is true adds up, registers go back to it, and the same seed gives it again."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from sse_observatory import catalogue, engine, simulation
from sse_observatory.catalogue.sources import load_source
from sse_observatory.core import CatalogueError, InputError, NotFound, ObservatoryError
from sse_observatory.production import registers
from sse_observatory.simulation import country, names, population
from sse_observatory.simulation.draws import Draws
from sse_observatory.simulation.totals import MEASURES
from sse_observatory.simulation.writing import LAYOUTS

UNITS = 20_000
YEARS = (2023, 2024)
CATALOGUE = Path(catalogue.__file__).parent / "data"
SOURCES = {"registrar": "solidaria-cooperatives", "tax": "solidaria-tax", "social": "solidaria-employers"}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> simulation.Simulation:
    return simulation.simulate(tmp_path_factory.mktemp("sim") / "solidaria", UNITS, seed=11, editions=2)


@pytest.fixture(scope="module")
def rates() -> simulation.Parameters:
    return simulation.read_parameters()


def hashes(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def register(made, code, year):
    layout = LAYOUTS[code]
    codes = dict.fromkeys(("legal_form", "isic4_class", "forma_juridica", "actividad_ciiu", "activite_citi", "region",
                           "numero_registro"), pa.string())
    text = pa_csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False, column_types=codes,
                                 decimal_point="," if code == "tax" else ".")
    return pa_csv.read_csv(made.registers[year][code], pa_csv.ReadOptions(encoding=layout.encoding),
                           pa_csv.ParseOptions(delimiter=layout.delimiter, quote_char='"' if layout.quoted else False),
                           text).to_pandas()


def truth(made, year):
    units = pq.read_table(made.truth.units).to_pandas()
    return units.merge(pq.read_table(made.truth.editions[year]).to_pandas(), on="unit_id", validate="1:1")


def records(made, code, year):
    return pq.read_table(made.truth.records[year][code]).to_pandas()


def totals(made):
    with made.truth.totals.open(encoding="utf-8", newline="") as stream:
        return {(int(r["edition"]), r["population"], r["life"], r["tier"], r["measure"], r["dimension"], r["code"]):
                int(r["value"]) for r in csv.DictReader(stream)}


# -- what is true adds up -----------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_the_totals_file_is_the_sum_of_the_true_units(made, year):
    unit, total = truth(made, year), totals(made)
    coops = unit[unit.statistical_coop & unit.registered]
    active = coops[coops.active]

    def at(life, measure, dimension="_T", code="_T", tier="_T", population="COOP-ICLS2018"):
        return total[year, population, life, tier, measure, dimension, code]

    assert at("REGISTERED", "UNITS") == len(coops)
    assert at("ACTIVE", "UNITS") == len(active)
    assert at("ACTIVE", "TURNOVER") == active.turnover_lcu.sum()
    assert at("ACTIVE", "JOBS_IN") == (active.employees_headcount + active.worker_members_headcount).sum()
    assert at("ACTIVE", "UNITS", "REGION", "XSO-03") == (active.region == "XSO-03").sum()
    assert at("ACTIVE", "UNITS", "SIZE", "S1T9") == (
        active.employees_headcount + active.worker_members_headcount).between(1, 9).sum()
    assert at("ACTIVE", "MEMBERSHIPS", tier="T1") == (
        active.members_headcount - active.member_organisations)[active.tier == "T1"].sum()
    sse = unit[unit.in_sse & unit.registered]
    assert at("REGISTERED", "UNITS", population="SSE-ILC2022") == len(sse)
    for family, count in sse.family.value_counts().items():
        assert at("REGISTERED", "UNITS", "UNIT_FAMILY", family, population="SSE-ILC2022") == count


def test_every_breakdown_adds_up_to_its_total(made):
    total = totals(made)
    sums = Counter()
    for (*head, dimension, _), value in total.items():
        if dimension != "_T":
            sums[(*head, dimension)] += value
    assert sums
    for (*head, dimension), value in sums.items():
        assert value == total[(*head, "_T", "_T")], (head, dimension)


@pytest.mark.parametrize("year", YEARS)
def test_active_units_are_registered_and_only_they_have_work_and_turnover(made, year):
    unit = truth(made, year)
    assert not (unit.active & ~unit.registered).any()
    assert set(unit.life_status) <= {"unborn", "active", "dormant", "ceased", "struck_off"}
    idle = unit[~unit.active]
    for value in ("employees_headcount", "worker_members_headcount", "scope_jobs_headcount", "turnover_lcu"):
        assert (idle[value] == 0).all()
    assert (unit[unit.life_status == "dormant"].members_headcount > 0).any()


def test_persons_never_exceed_memberships_and_parts_never_exceed_their_whole(made):
    unit = truth(made, 2024)
    persons = unit.members_headcount - unit.member_organisations
    assert (unit.first_memberships <= persons).all()
    assert unit.first_memberships.sum() < persons.sum()
    assert (unit.members_women + unit.members_men == persons).all()
    assert (unit.worker_members_headcount <= unit.members_headcount).all()
    assert (unit.employees_women <= unit.employees_headcount).all()
    assert (unit.worker_members_women <= unit.worker_members_headcount).all()
    assert (unit.select_dtypes("int64") >= 0).all().all()


def test_the_status_cuts_across_families_and_never_exceeds_them(made):
    total = totals(made)
    for family in population.FAMILIES[:5]:
        key = (2024, "SSE-ILC2022", "REGISTERED", "_T")
        holders = total[(*key, "UNITS_WITH_STATUS", "UNIT_FAMILY", family)]
        assert holders <= total[(*key, "UNITS", "UNIT_FAMILY", family)]
    assert holders == total[(*key, "UNITS", "UNIT_FAMILY", "SOCENT")]


def test_members_of_upper_tiers_are_the_organisations_linked_to_them(made):
    links = pq.read_table(made.truth.links).to_pandas()
    unit = truth(made, 2024).set_index("unit_id")
    joined = links[links.kind == "affiliated to"]
    alive = unit.life_status.isin(["active", "dormant"])
    uppers = unit[unit.tier.isin(["T2", "T3"])]
    assert len(uppers[uppers.tier == "T2"]) > 10 and (uppers.members_women == 0).all()
    counted = joined[alive[joined.from_unit].to_numpy()].groupby("to_unit").size()
    assert (uppers.members_headcount == counted.reindex(uppers.index).fillna(0).where(alive[uppers.index], 0)).all()
    assert set(unit.loc[joined[unit.tier[joined.to_unit].to_numpy() == "T2"].from_unit].tier) == {"T1"}


def test_the_confederation_gathers_unions_and_no_primary(made):
    unit = pq.read_table(made.truth.units).to_pandas()
    top = unit[unit.legal_form == "2230"]
    assert list(top.unit_id) == [f"XSO-U{population.CONFEDERATION:09d}"]
    assert set(top.tier) == {"T3"}


def test_companies_controlled_by_cooperatives_are_not_cooperatives_and_name_their_group(made):
    unit = pq.read_table(made.truth.units).to_pandas().set_index("unit_id")
    controlled = unit[unit.controlled_by.notna()]
    assert len(controlled) > 100 and not controlled.legal_form_coop.any()
    assert unit.loc[controlled.group_head].statistical_coop.all()
    indirect = controlled[controlled.controlled_by != controlled.group_head]
    assert len(indirect) and not unit.loc[indirect.controlled_by].legal_form_coop.any()
    assert (unit.loc[indirect.controlled_by].group_head.to_numpy() == indirect.group_head.to_numpy()).all()


def test_pseudo_cooperatives_have_the_legal_form_and_fail_a_test(made):
    unit = pq.read_table(made.truth.units).to_pandas()
    assert (unit.legal_form_coop == (unit.statistical_coop | unit.pseudo_coop)).all()
    assert not (unit.pseudo_coop & unit.in_sse).any()
    assert not (unit.coop_like & unit.legal_form_coop).any()


# -- registers go back to true units ------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("code", simulation.REGISTERS)
def test_every_record_goes_back_to_a_true_unit_and_has_a_number_of_its_own(made, code, year):
    rows, known = register(made, code, year), records(made, code, year)
    assert rows.iloc[:, 0].tolist() == known.record_id.tolist()
    assert known.record_id.is_unique
    assert set(known.unit_id) <= set(pq.read_table(made.truth.units)["unit_id"].to_pylist())


def test_a_record_keeps_its_number_from_edition_to_edition(made):
    for code in simulation.REGISTERS:
        both = records(made, code, 2023).merge(records(made, code, 2024), on="record_id")
        assert len(both) > 0.9 * len(records(made, code, 2023))
        assert (both.unit_id_x == both.unit_id_y).all()


@pytest.mark.parametrize("code", simulation.REGISTERS)
def test_three_to_five_in_a_hundred_records_have_no_usable_national_id(made, rates, code):
    known = records(made, code, 2023)
    first = known[known["copy"] == 0]
    for state in ("missing", "wrong"):
        rate = rates[f"{code}.id_{state}"]
        assert (first.national_id_is == state).mean() == pytest.approx(rate, abs=4 * (rate / len(first)) ** 0.5)


def test_a_right_national_id_is_the_units_own_and_has_good_check_digits(made):
    unit = pq.read_table(made.truth.units).to_pandas().set_index("unit_id")
    rows, known = register(made, "registrar", 2023), records(made, "registrar", 2023)
    right = known.national_id_is == "right"
    assert (rows.national_id[right].to_numpy() == unit.national_id[known.unit_id[right]].to_numpy()).all()
    assert rows.national_id[known.national_id_is == "missing"].isna().all()
    assert (rows.national_id[known.national_id_is == "wrong"].to_numpy()
            != unit.national_id[known.unit_id[known.national_id_is == "wrong"]].to_numpy()).all()
    assert unit.national_id.is_unique
    assert all(int(i[1:]) % 97 == 98 % 97 for i in unit.national_id)


def test_the_registrar_alone_is_a_fair_base_for_the_counts(made):
    unit, rows = truth(made, 2024), register(made, "registrar", 2024)
    open_rows = rows[rows.struck_off_on.isna()]
    true = (unit.legal_form_coop & unit.registered).sum()
    assert len(open_rows) == pytest.approx(true, rel=0.02)
    recent = rows.last_annual_return_on.astype(str) > "2022-12-31"
    active = (unit.legal_form_coop & unit.active).sum()
    assert (recent & rows.struck_off_on.isna()).sum() == pytest.approx(active, rel=0.10)


def test_deterministic_linkage_by_national_id_finds_most_pairs_of_records(made):
    left, right = records(made, "registrar", 2024), records(made, "tax", 2024)
    true = left.merge(right, on="unit_id")
    ids = {c: dict(zip(records(made, c, 2024).record_id, register(made, c, 2024).iloc[:, 1], strict=True))
           for c in ("registrar", "tax")}
    found = (true.record_id_x.map(ids["registrar"]) == true.record_id_y.map(ids["tax"])).mean()
    assert 0.92 < found < 0.98


def test_rates_of_trouble_in_the_files_are_those_of_the_parameters(made, rates):
    rows, known = register(made, "registrar", 2023), records(made, "registrar", 2023)
    single = known["copy"].to_numpy() == 0
    size = single.sum()

    def near(share, name):
        rate = rates[name]
        assert share == pytest.approx(rate, abs=4 * (rate / size) ** 0.5 + 0.0005), name

    near(known["copy"].sum() / size, "registrar.duplicate")
    near(rows.member_interest[single].isna().mean(), "registrar.interest_missing")
    near(rows.members_total[single].isna().mean(), "registrar.members_missing")
    near(rows.isic4_class[single].isna().mean(), "registrar.activity_missing")
    codes = rows.isic4_class[single].dropna().astype(str)
    classes = set(population.classes(rates))
    near((~codes.isin(classes)).sum() / size, "registrar.activity_invalid")
    near(rows.test_surplus[single].isna().mean(), "registrar.test_unknown")


def test_life_begins_with_the_published_shares(made, rates):
    unit = truth(made, 2023)
    coops = unit[unit.legal_form_coop & unit.registered & (unit.registered_on.astype(str) < "2023-01-01") & ~unit.giant]
    assert coops.active.mean() == pytest.approx(rates["life.active_first"], abs=0.02)
    assert (coops.life_status == "ceased").mean() == pytest.approx(rates["life.ceased_first"], abs=0.015)
    later = truth(made, 2024)
    births = ((later.life_status != "unborn") & (unit.life_status == "unborn")).mean()
    assert births == pytest.approx(rates["life.births"], abs=0.01)
    assert (later.name_version > 0).mean() == pytest.approx(rates["life.name_change"] * unit.active.mean(), abs=0.005)


def test_the_tax_register_learns_late_that_a_unit_was_struck_off(made):
    unit = truth(made, 2024)
    gone = unit[unit.struck_off_year == 2024]
    assert len(gone) > 20
    rows, known = register(made, "registrar", 2024), records(made, "registrar", 2024)
    closed = rows.struck_off_on.notna().to_numpy()
    assert set(known.unit_id[closed]) <= set(gone.unit_id)
    tax, held = register(made, "tax", 2024), records(made, "tax", 2024)
    struck = held.unit_id.isin(set(gone.unit_id)).to_numpy()
    still_open = tax.fecha_baja.isna().to_numpy() & struck
    assert 0.2 < still_open.sum() / struck.sum() < 0.7


def test_two_employer_accounts_share_the_workers_of_their_unit(made, rates):
    unit = truth(made, 2024).set_index("unit_id")
    rows, known = register(made, "social", 2024), records(made, "social", 2024)
    rows["unit_id"] = known.unit_id
    counts = rows.groupby("unit_id").size()
    twice = counts[counts == 2].index
    assert len(twice) > 50
    full = rows[rows.unit_id.isin(twice) & rows.salaries.notna()]
    jobs = full.groupby("unit_id")[["salaries", "associes_travailleurs"]].sum().sum(axis=1)
    true = unit.employees_headcount + unit.worker_members_headcount
    assert (jobs == true[jobs.index]).all()


def test_some_unions_report_the_persons_behind_their_members(made):
    rows = register(made, "registrar", 2024)
    unions = rows[rows.legal_form.astype(str) == "2210"]
    persons = unions.members_total > unions.member_organisations
    assert 0.1 < persons.mean() < 0.6


def test_the_group_of_a_controlled_company_is_the_national_id_of_its_cooperative(made):
    unit = pq.read_table(made.truth.units).to_pandas().set_index("unit_id")
    rows, known = register(made, "tax", 2024), records(made, "tax", 2024)
    controlled = (rows.control_cooperativo == "S").to_numpy()
    heads = unit.group_head[known.unit_id[controlled]]
    assert (rows.cabeza_grupo[controlled].to_numpy() == unit.national_id[heads].to_numpy()).all()
    own = ~controlled & (known.national_id_is == "right").to_numpy()
    assert (rows.cabeza_grupo[own] == rows.identificador_nacional[own]).all()


def test_a_few_giants_dominate_cells(made):
    unit = truth(made, 2024)
    coops = unit[unit.statistical_coop & unit.active]
    by_cell = coops.groupby(["section", "region"]).turnover_lcu.agg(["max", "sum", "size"])
    dominated = by_cell[(by_cell["size"] >= 3) & (by_cell["max"] > 0.8 * by_cell["sum"])]
    assert len(dominated) >= 3


# -- files as the offices write them ------------------------------------------------------------


def test_each_office_has_its_own_delimiter_encoding_dates_and_decimals(made):
    first = {code: made.registers[2024][code].read_bytes() for code in simulation.REGISTERS}
    first["registrar"].decode("utf-8")
    first["social"].decode("utf-8")
    with pytest.raises(UnicodeDecodeError):
        first["tax"].decode("utf-8")
    line = first["tax"].decode("iso-8859-1").splitlines()[1]
    assert line.count(";") == 16
    assert pc.match_substring_regex([line], r"\d\d/\d\d/\d{4}")[0].as_py()
    assert first["social"].decode("utf-8").splitlines()[1].count("\t") == 13
    assert b"\r" not in first["registrar"] and b'"' not in first["social"]


def test_accents_stand_in_the_registrars_names_and_are_lost_in_the_old_entries_of_the_tax_register(made):
    assert register(made, "registrar", 2024).name.str.contains("é").any()
    unit = pq.read_table(made.truth.units).to_pandas().set_index("unit_id")
    rows, known = register(made, "tax", 2024), records(made, "tax", 2024)
    old = unit.registered_on[known.unit_id].astype(str).to_numpy() < "2015"
    single = known["copy"].to_numpy() == 0
    assert not rows.razon_social[old & single].str.contains("[à-ÿ]").any()
    assert rows.razon_social[~old & single].str.contains("[à-ÿ]").any()


@pytest.mark.parametrize("code", simulation.REGISTERS)
def test_the_source_description_fits_the_file(made, code):
    source = load_source(CATALOGUE / "sources" / SOURCES[code], CATALOGUE)
    layout = source.layout()
    for year in YEARS:
        path = made.registers[year][code]
        with path.open(encoding=layout.encoding, newline="") as stream:
            header = next(csv.reader(stream, delimiter=layout.separator))
        assert tuple(header) == layout.expects
        assert (made.folder / source.edition(str(year)).file) == path
    forms = source.maps["legal_form" if code != "social" else "legal_nature"].rows
    used = {str(f) for f in register(made, code, 2024)[
        {"registrar": "legal_form", "tax": "forma_juridica", "social": "nature_juridique"}[code]].dropna()}
    assert used <= set(forms)


def test_production_reads_the_three_registers_without_setting_a_row_aside(tmp_path):
    made = simulation.simulate(tmp_path / "country", 400, 1, 1)
    with engine.connect() as tables:
        for code in simulation.REGISTERS:
            source = load_source(CATALOGUE / "sources" / SOURCES[code], CATALOGUE)
            taken = registers.snapshot(tables, source, None, made.registers[2023][code], tmp_path / "store", "2023")
            result = registers.read(tables, taken)
            known = records(made, code, 2023)
            assert result.records == result.accepted == len(known)
            ids = result.units.unit_id.to_pandas().str.removeprefix("XSO-TAX-")
            assert set(ids) == set(known.record_id)
            noticed = result.issues.to_pandas()
            assert set(noticed.variable) <= {"activity_division"}
            if code == "tax":
                money = result.units.to_pandas().turnover_lcu.dropna().astype(float).sum()
                total = truth(made, 2023).turnover_lcu.sum()
                assert 0.5 * total < money < 1.1 * total


def test_every_file_says_that_it_is_fictional(made):
    for path in made.folder.rglob("*"):
        if path.is_file() and path.name not in ("README.txt", "simulation.json"):
            assert "fictional" in path.name
            if path.suffix == ".parquet":
                assert pq.read_schema(path).metadata[b"fictional"] == b"true"
    assert "FICTIONAL" in (made.folder / "README.txt").read_text(encoding="utf-8")
    assert json.loads((made.folder / "simulation.json").read_text())["fictional"] is True
    assert set(register(made, "registrar", 2023).remark) == {"fictional"}
    assert set(register(made, "tax", 2023).observacion) == {"registro ficticio"}
    assert set(register(made, "social", 2023).mention) == {"fictif"}


@pytest.mark.realdata
def test_no_simulated_name_is_a_real_organisation(made, shared_data):
    real = set()
    for path in (shared_data / "coops-uk").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            real |= {row["Name"].casefold() for row in csv.DictReader(stream)}
    assert len(real) > 500
    ours = {n.casefold() for n in pq.read_table(made.truth.units)["first_name"].to_pylist()}
    assert not ours & real


# -- the same again -----------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    one, two = (simulation.simulate(tmp_path / n, 3000, 5, 2).folder for n in ("one", "two"))
    assert hashes(one) == hashes(two)


def test_another_seed_gives_another_country(tmp_path):
    one, two = (hashes(simulation.simulate(tmp_path / str(s), 300, s, 1).folder) for s in (1, 2))
    assert one["registers/2023/fictional-register-of-cooperatives-2023.csv"] != two[
        "registers/2023/fictional-register-of-cooperatives-2023.csv"]


def test_the_size_of_a_batch_does_not_matter(tmp_path, monkeypatch):
    wide = simulation.simulate(tmp_path / "wide", 3 * population.BLOCK + 7, 5, 2)
    monkeypatch.setattr(country, "BATCH", population.BLOCK)
    narrow = simulation.simulate(tmp_path / "narrow", 3 * population.BLOCK + 7, 5, 2)
    for year in wide.years:
        for code in simulation.REGISTERS:
            assert wide.registers[year][code].read_bytes() == narrow.registers[year][code].read_bytes()
    assert wide.truth.totals.read_bytes() == narrow.truth.totals.read_bytes()


def test_more_units_extend_the_registers_and_change_nothing_before(tmp_path):
    few, many = (simulation.simulate(tmp_path / str(n), n, 5, 2) for n in (900, 5000))
    for year in few.years:
        for code in simulation.REGISTERS:
            assert many.registers[year][code].read_bytes().startswith(few.registers[year][code].read_bytes())


@pytest.mark.parametrize("units", [1, 2, 10])
def test_tiny_countries_are_whole(tmp_path, units):
    made = simulation.simulate(tmp_path / "tiny", units, seed=3, editions=3)
    assert pq.read_table(made.truth.units).num_rows == units
    assert made.years == (2023, 2024, 2025)
    for year in made.years:
        for code in simulation.REGISTERS:
            assert len(made.registers[year][code].read_bytes()) > 50
            assert pq.read_table(made.truth.records[year][code]).num_rows <= 2 * units


def test_random_numbers_belong_to_the_unit_and_not_to_the_batch():
    whole = Draws(9, 0, 40).uniform("x")
    assert (Draws(9, 12, 8).uniform("x") == whole[12:20]).all()
    assert (Draws(9, 0, 40).uniform("y") != whole).any()
    assert whole.min() > 0 and whole.max() < 1


def test_numbers_are_spread_one_to_one():
    numbers = np.arange(5000)
    assert len(set(population.spread(numbers, 4, "x").tolist())) == 5000


def test_a_slip_of_the_pen_changes_a_name_a_little():
    assert names.slip("Valazor", 0.1, 0.5) == "Valzaor"
    assert names.slip("Valazor", 0.3, 0.5) == "Valzor"
    assert names.slip("Valazor", 0.6, 0.5) == "Valaazor"
    assert names.slip("Valazor", 0.9, 0.5) == "Valszor"
    assert names.slip("A", 0.9, 0.9) != "A"
    assert names.shorter("Société coopérative agricole Thalerizor") == "Sté coop. agricole Thalerizor"


# -- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("units", "seed", "editions"), [(0, 1, 1), (-5, 1, 1), (10, 1, 0), (10, -1, 1), (True, 1, 1),
                                                         (2.5, 1, 1), (10, 1, 51), (10**9, 1, 1)])
def test_impossible_arguments_are_refused_and_nothing_is_written(tmp_path, units, seed, editions):
    with pytest.raises(ObservatoryError, match="What to do: give a whole number from"):
        simulation.simulate(tmp_path / "out", units, seed, editions)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_never_overwritten(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    for replace in (False, True):
        with pytest.raises(InputError, match="not a former simulation"):
            simulation.simulate(tmp_path / "out", 5, 1, 1, replace=replace)
    assert [p.name for p in tmp_path.rglob("*")] == ["out", "thesis.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="a folder of its own"):
        simulation.simulate(tmp_path / "out", 5, 1, 1, replace=True)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ObservatoryError, match="could not be written"):
        simulation.simulate(tmp_path / "file" / "out", 5, 1, 1)


def test_a_former_simulation_is_replaced_only_on_request(tmp_path):
    simulation.simulate(tmp_path / "out", 5, 1, 1)
    with pytest.raises(InputError, match="holds a former simulation"):
        simulation.simulate(tmp_path / "out", 6, 1, 1)
    assert simulation.describe(tmp_path / "out").units == 5
    assert simulation.simulate(tmp_path / "out", 6, 1, 1, replace=True).units == 6
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_interruption_leaves_the_former_simulation(tmp_path):
    before = hashes(simulation.simulate(tmp_path / "out", 50, 1, 1).folder)

    def interrupt(done, units):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulation.simulate(tmp_path / "out", 60, 1, 1, interrupt, replace=True)
    assert hashes(tmp_path / "out") == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_progress_counts_the_units_written(tmp_path, monkeypatch):
    monkeypatch.setattr(country, "BATCH", population.BLOCK)
    seen = []
    simulation.simulate(tmp_path / "out", population.BLOCK + 1, 1, 1, lambda done, units: seen.append((done, units)))
    assert seen == [(population.BLOCK, population.BLOCK + 1), (population.BLOCK + 1, population.BLOCK + 1)]


def test_describing_what_is_not_a_simulation_says_so(tmp_path):
    with pytest.raises(NotFound, match="observatory simulate"):
        simulation.describe(tmp_path)


def test_describing_a_simulation_with_a_missing_file_names_the_file(tmp_path):
    made = simulation.simulate(tmp_path / "out", 5, 1, 1)
    made.truth.links.unlink()
    with pytest.raises(InputError, match=r"fictional-links\.parquet"):
        simulation.describe(tmp_path / "out")
    (tmp_path / "out" / "simulation.json").write_text('{"kind": "sse-observatory/simulation"}')
    with pytest.raises(InputError, match="damaged"):
        simulation.describe(tmp_path / "out")


# -- parameters ---------------------------------------------------------------------------------


def test_every_rate_says_what_it_is_modelled_on(rates):
    assert all(rate.evidence for rate in rates.rates.values())
    assert rates["life.active_first"] == 0.62
    assert "48 %" in rates.rates["life.active_first"].evidence


def test_regions_of_the_parameters_are_codes_of_the_catalogue(rates):
    with (CATALOGUE / "codelists" / "CL_REGION.csv").open(encoding="utf-8", newline="") as stream:
        known = {row["code"] for row in csv.DictReader(stream)}
    assert set(rates.regions) <= known


@pytest.mark.parametrize(("old", "new", "says"), [
    ("births = { value = 0.05", "births = { value = 1.5", "life.births"),
    ("births = { value", "birth = { value", "life.birth"),
    ("XSO-01 = 0.270", "XSO-01 = 0.5", "regions"),
    ("coop = { value = 0.54", "coop = { value = 0.60", "kind.coop"),
    ('"0111" = 16', '"0011" = 16', "activity.producer"),
    ("first_edition = 2023", "first_edition = \"2023\"", "first_edition"),
    ("members = [85, 1.3]", "members = [85]", "profile.producer.members"),
    ("[people]", "[persons]", "people"),
    ("version =", "version", "not a TOML file"),
])
def test_wrong_parameters_are_named_with_file_key_and_what_was_expected(tmp_path, old, new, says):
    text = (CATALOGUE / "simulation.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "simulation.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        simulation.read_parameters(path)
    assert says in str(refused.value) and "simulation.toml" in str(refused.value)


def test_a_catalogue_without_parameters_says_where_they_should_be(tmp_path, monkeypatch):
    monkeypatch.setenv("SSE_CATALOGUE", str(tmp_path))
    with pytest.raises(CatalogueError, match="no parameters of the simulation"):
        simulation.read_parameters()


def test_changed_rates_change_the_country(tmp_path):
    text = (CATALOGUE / "simulation.toml").read_text(encoding="utf-8")
    path = tmp_path / "simulation.toml"
    path.write_text(text.replace("duplicate = { value = 0.012", "duplicate = { value = 1.0"), encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))["registrar"]["duplicate"]["value"] == 1.0
    made = simulation.simulate(tmp_path / "out", 200, 1, 1, parameters=simulation.read_parameters(path))
    rows = records(made, "registrar", 2023)
    assert len(rows) == 2 * rows.unit_id.nunique()
    assert made.parameters != simulation.read_parameters().hash


def test_the_reference_page_names_every_column(made):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "simulation.md").read_text(encoding="utf-8")
    columns = {c for code in simulation.REGISTERS for c in register(made, code, 2023).columns}
    for path in (made.truth.units, made.truth.links, made.truth.editions[2023], made.truth.records[2023]["tax"]):
        columns |= set(pq.read_schema(path).names)
    assert not {c for c in columns if f"`{c}`" not in page}
    assert not {m for m in MEASURES if m not in page}


def test_scale_errors_multiply_jobs_and_divide_amounts(tmp_path):
    text = (CATALOGUE / "simulation.toml").read_text(encoding="utf-8")
    path = tmp_path / "simulation.toml"
    path.write_text(text.replace("scale_error = { value = 0.0", "scale_error = { value = 1.0")
                    .replace("money_in_thousands = { value = 0.003", "money_in_thousands = { value = 1.0"),
                    encoding="utf-8")
    right, wrong = (register(simulation.simulate(tmp_path / name, 300, 1, 1, parameters=chosen), "registrar", 2023)
                    for name, chosen in (("right", None), ("wrong", simulation.read_parameters(path))))
    jobs = right.employees.notna()
    assert jobs.sum() > 50
    assert (wrong.employees[jobs] == 1000 * right.employees[jobs]).all()
    given = right.turnover.notna() & (right.turnover == right.turnover.round()) & (right.turnover > 1e4)
    assert ((wrong.turnover[given] == right.turnover[given] // 1000).mean()) > 0.98
