"""The catalogue that comes with the package: complete, in order, with the codes that other rooms rely on."""

import re
import time
from datetime import date

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.parts import PARTS
from sse_observatory.core import ConfStatus, ObsStatus

OWN = ("codelists", "concepts", "dataflows", "interface", "glossary", "groups")


@pytest.mark.parametrize("part", OWN)
def test_the_part_has_neither_an_error_nor_a_gap(packaged, part):
    assert list(PARTS[part].check(packaged.root, packaged)) == []


def test_areas_are_the_249_of_iso_3166_the_fictional_country_and_aggregates(packaged):
    areas = packaged.codelists["CL_AREA"]
    countries = [a for a in areas if "alpha_2" in a.notes]

    assert len(countries) == 249
    assert all(re.fullmatch("[A-Z]{3}", a.id) and re.fullmatch("[A-Z]{2}", a.notes["alpha_2"]) for a in countries)
    assert all(re.fullmatch(r"\d{3}", a.notes["m49"]) for a in countries)
    assert len({a.notes["alpha_2"] for a in countries}) == len({a.notes["m49"] for a in countries}) == 249
    assert {a.id for a in areas} - {a.id for a in countries} == {
        "XSO", "WORLD", "ILO_AFRICA", "ILO_AMERICAS", "ILO_ARAB_STATES", "ILO_ASIA_PACIFIC",
        "ILO_EUROPE_CENTRAL_ASIA", "EU27_2020",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "en", "fr", "es"),
    [
        ("FRA", "France", "France", "Francia"),
        ("CIV", "Côte d’Ivoire", "Côte d’Ivoire", "Côte d’Ivoire"),
        ("KOR", "Republic of Korea", "République de Corée", "República de Corea"),
        ("TUR", "Türkiye", "Türkiye", "Türkiye"),
        ("BIH", "Bosnia and Herzegovina", "Bosnie-Herzégovine", "Bosnia y Herzegovina"),
        ("CRI", "Costa Rica", "Costa Rica", "Costa Rica"),
    ],
)
def test_areas_carry_the_names_readers_expect(packaged, code, en, fr, es):
    label = packaged.codelists["CL_AREA"][code].label

    assert (label.en, label.fr, label.es) == (en, fr, es)


def test_no_area_is_under_another_because_lists_of_members_are_dated(packaged):
    assert [a.id for a in packaged.codelists["CL_AREA"] if a.parent] == []


def test_the_five_ilo_regions_hold_54_35_11_36_and_51_states_187_in_all(packaged):
    groups = packaged.groups

    assert [len(r.members) for r in groups.regions.values()] == [54, 35, 11, 36, 51]
    assert len({m for r in groups.regions.values() for m in r.members}) == groups.total == 187
    assert {r.status for r in groups.regions.values()} == {"inferred"}


def test_193_united_nations_members_less_seven_and_the_cook_islands_make_187(packaged):
    members = {m for r in packaged.groups.regions.values() for m in r.members}

    assert len(packaged.groups.outside) == 7 and not members & set(packaged.groups.outside)
    assert len((members - {"COK"}) | set(packaged.groups.outside)) == 193


def test_the_fictional_country_is_in_no_region_and_no_group(packaged):
    groups = packaged.groups

    assert groups.region_of("XSO") is None
    for group in (*groups.regions, *groups.government_groups, "EU27_2020"):
        assert "XSO" not in groups.members(group, date(2025, 6, 30)).members


def test_until_lists_are_loaded_every_government_group_says_that_it_is_inferred(packaged):
    groups = packaged.groups

    assert {groups.members(g, date(2025, 6, 30)).basis for g in groups.government_groups} == {"inferred, undated"}


def test_the_european_union_of_27_is_a_dated_list(packaged):
    found = packaged.groups.members("EU27_2020", date(2020, 2, 1))

    assert (len(found.members), found.basis) == (27, "list")
    assert "GBR" not in found.members


def test_activities_are_21_sections_and_88_divisions_under_the_total(packaged):
    activity = packaged.codelists["CL_ACTIVITY"]
    sections = activity.children("_T")

    assert "".join(s for s in sections if s != "UNK") == "ABCDEFGHIJKLMNOPQRSTU"
    divisions = [d for s in sections for d in activity.children(s)]
    assert len(divisions) == 88
    assert all(d[0] == activity[d].parent for d in divisions)
    assert activity["A01"].label["es"].startswith("Agricultura, ganadería, caza")


@pytest.mark.parametrize(
    "name",
    ["CL_SEX", "CL_AGE", "CL_FAMILY", "CL_COOP_TYPE", "CL_TIER", "CL_ACTIVITY", "CL_SIZE", "CL_REGION",
     "CL_MEMBER_CATEGORY", "CL_WORK_STATUS", "CL_LIFE_STATUS", "CL_ICSE18", "CL_ICSE18A", "CL_ICSE18R"],
)  # fmt: skip
def test_every_breakdown_has_one_total(packaged, name):
    codelist = packaged.codelists[name]

    assert codelist["_T"].parent is None
    assert codelist.children("_T")
    if "UNK" in codelist:
        assert codelist["UNK"].parent == "_T"


@pytest.mark.parametrize(("name", "separate"), [("CL_COOP_TYPE", {"_Z"}), ("CL_SIZE", set()), ("CL_FAMILY", set())])
def test_what_is_not_part_of_the_total_stands_beside_it(packaged, name, separate):
    codelist = packaged.codelists[name]

    assert {c.id for c in codelist if c.parent is None and c.id != "_T"} == separate


def test_icse_18_has_ten_categories_under_both_hierarchies(packaged):
    detailed = set(packaged.codelists["CL_ICSE18"].children("_T")) - {"UNK", "_Z"}
    by_authority, by_risk = packaged.codelists["CL_ICSE18A"], packaged.codelists["CL_ICSE18R"]

    assert len(detailed) == 10
    assert {c for c in by_authority.by_id if not by_authority.children(c)} - {"UNK"} == detailed
    assert {c for c in by_risk.by_id if not by_risk.children(c)} - {"UNK"} == detailed
    for code in detailed:
        for hierarchy in (by_authority, by_risk):
            assert hierarchy[code].label == packaged.codelists["CL_ICSE18"][code].label


def test_owner_operators_of_corporations_are_independent_and_work_for_pay(packaged):
    assert packaged.codelists["CL_ICSE18A"].ancestors("21") == ("IW", "I", "_T")
    assert packaged.codelists["CL_ICSE18R"].ancestors("21") == ("PO", "P", "_T")


def test_letters_a_and_m_mean_other_things_to_sdmx_and_ilostat(packaged):
    sdmx, ilostat = packaged.codelists["CL_OBS_STATUS"], packaged.codelists["CL_OBS_STATUS_ILOSTAT"]

    assert (sdmx.agency, ilostat.agency) == ("SDMX", "ILO")
    assert sdmx["A"].label != ilostat["A"].label
    assert sdmx["M"].label != ilostat["M"].label


def test_every_status_the_observatory_publishes_is_a_code(packaged):
    assert all(status.value in packaged.codelists["CL_OBS_STATUS"] for status in ObsStatus)
    published = {c.id for c in packaged.codelists["CL_CONF_STATUS"] if c.notes["published"] == "yes"}
    assert published == {status.value for status in ConfStatus}


def test_the_dataflows_start_and_end_alike_and_have_the_same_attributes(packaged):
    for flow in packaged.dataflows.values():
        key = flow.structure.key
        assert flow.structure.id == flow.id.removeprefix("DF_")
        if flow.id != "DF_SSE_PUBLISHED":
            assert key[:5] == ("REF_AREA", "FREQ", "COVERAGE", "PERIMETER", "MEASURE")
        assert [a.id for a in flow.structure.attributes if a.mandatory] == [
            "OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS",
        ]  # fmt: skip


def test_the_dataflows_realise_the_tabulation_plan(packaged):
    assert {flow.id: flow.structure.key[5:] for flow in packaged.dataflows.values()} == {
        "DF_COOP_UNITS": ("COOP_TYPE", "TIER", "ACTIVITY", "SIZE", "REGION"),
        "DF_COOP_MEMBERS": ("COOP_TYPE", "ACTIVITY", "SEX", "REGION"),
        "DF_COOP_WORK": ("COOP_TYPE", "WORK_STATUS", "ACTIVITY", "SEX", "REGION"),
        "DF_COOP_PERSONS": ("STATUS", "SEX", "AGE", "REGION"),
        "DF_COOP_ECONOMY": ("COOP_TYPE", "ACTIVITY"),
        "DF_SSE_UNITS": ("UNIT_FAMILY", "ACTIVITY", "SIZE", "REGION"),
        "DF_SSE_PUBLISHED": ("ACTIVITY", "LIFE_STATUS", "SOURCE", "DEFINITION"),
    }


def test_memberships_and_persons_are_different_measures_in_different_units(packaged):
    measures = packaged.codelists["CL_MEASURE"]

    assert measures["MEMBERSHIPS"].notes["unit"] == "MEMBERSHIPS"
    assert measures["PERSONS_MEMBERS"].notes["unit"] == "PERSONS"
    assert measures["JOBS_IN"].notes["unit"] == measures["JOBS_WITHIN_SCOPE"].notes["unit"] == "JOBS"
    assert all(m.parent is None for m in measures), "no measure is a part of another, so none is ever added up"


def test_the_unit_named_beside_a_measure_is_a_unit_of_measure(packaged):
    units = packaged.codelists["CL_UNIT_MEASURE"]

    assert {m.notes["unit"] for m in packaged.codelists["CL_MEASURE"] if "unit" in m.notes} <= set(units.by_id)


def test_the_glossary_settles_the_words_that_are_near_each_other(packaged):
    glossary = packaged.glossary

    assert len(glossary) >= 40
    assert {
        "member", "membership", "worker_member", "employee", "work_in_cooperatives", "work_within_scope", "perimeter",
        "undetermined", "suppressed", "registered", "active",
    } <= set(glossary)  # fmt: skip
    assert "work_within_scope" in glossary["work_in_cooperatives"].see


def test_what_was_not_read_in_its_document_is_marked_unconfirmed(packaged):
    lists = packaged.codelists

    assert all(lists["CL_ICSE18"][c].notes["status"] == "unconfirmed" for c in ("11", "30", "51"))
    assert all(lists["CL_COOP_TYPE"][c].notes["status"] == "unconfirmed" for c in ("PRODUCER", "WORKER", "MULTI"))
    assert packaged.glossary["cooperative_like_unit"].status == "unconfirmed"


def _texts(packaged):
    for codelist in packaged.codelists.values():
        for code in codelist:
            yield f"{codelist.id}:{code.id}", code.label
            if code.description:
                yield f"{codelist.id}:{code.id}", code.description
    for concept in packaged.concepts.values():
        yield concept.id, concept.label
        yield concept.id, concept.description
    for term in packaged.glossary.values():
        yield term.id, term.term
        yield term.id, term.definition
    for group in packaged.groups.government_groups.values():
        yield group.id, group.label
        if group.note:
            yield group.id, group.note


def test_texts_use_typographic_apostrophes_and_french_spacing(packaged):
    straight = [key for key, text in _texts(packaged) for lang in ("en", "fr", "es") if "'" in (text.get(lang) or "")]
    loose = [key for key, text in _texts(packaged) if re.search(r"[^\u00a0\u202f][;:?!»]|«[^\u00a0]", text.fr or "")]

    own = [key for key in loose if not key.startswith(("CL_SOURCE:", "CL_DEFINITION:"))]
    assert (straight, own) == ([], [])


def test_everything_loads_in_half_a_second():
    def seconds() -> float:
        start = time.process_time()
        loaded = catalogue.load(catalogue.PACKAGED)
        for part in OWN:
            getattr(loaded, part)
        return time.process_time() - start

    assert min(seconds() for _ in range(3)) < 0.5
