"""The records of the package say what the sources say, each in three languages."""

import re
from collections import Counter

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.portfolio import (
    KINDS,
    Actor,
    Conflict,
    Event,
    Fact,
    GovernmentGroup,
    Instrument,
    KnowledgeItem,
    Membership,
    Provision,
    Region,
    Relation,
    check_portfolio,
)
from sse_observatory.catalogue.portfolio.checks import texts


@pytest.fixture(scope="module")
def portfolio():
    return catalogue.load().portfolio


def test_the_packaged_records_are_in_order_and_written_in_three_languages():
    found = catalogue.load()

    assert list(check_portfolio(found.root, found)) == []


def test_every_kind_of_record_is_there(portfolio):
    assert set(Counter(record.kind for record in portfolio.records.values())) == set(KINDS)


def test_78_175_was_adopted_on_the_day_of_its_text_and_approved_in_committee_before(portfolio):
    stages = {e.stage: e.date.code for e in portfolio.of(Event) if e.instrument == "ins-a-res-78-175"}

    assert stages == {"adopted": "2023-12-19", "committee_approved": "2023-11-03"}


def test_paragraph_6_of_79_213_holds_two_acts(portfolio):
    acts = portfolio.get("prov-a-res-79-213-op6").acts

    assert [act.verb for act in acts] == ["REQUEST", "DECIDE"]
    assert [act.deadline.session for act in acts] == [81, 81]
    assert portfolio.acts["prov-a-res-79-213-op6-b"][1] is acts[1]


@pytest.mark.parametrize(
    ("provision", "terms"),
    [
        ("prov-a-res-77-281-op1", ["NATIONAL_CIRCUMSTANCES", "WHERE_APPROPRIATE", "WHEN_FEASIBLE"]),
        ("prov-a-res-77-281-op2", ["UPON_REQUEST", "WITHIN_MANDATES"]),
        ("prov-a-res-77-281-op3", []),
        ("prov-a-res-77-281-op4", ["EXISTING_RESOURCES", "IN_CONSULTATION"]),
        ("prov-a-res-78-175-op14", ["WHERE_APPROPRIATE", "EXISTING_RESOURCES"]),
    ],
)
def test_conditions_are_controlled_terms(portfolio, provision, terms):
    assert [condition.term for condition in portfolio.get(provision).acts[0].conditions] == terms


def test_titles_of_roles_and_relations_are_made_of_labels_not_of_ids(portfolio):
    vice = portfolio.get("mem-untfsse-ilo-vicechair").title

    assert (vice.en, vice.fr, vice.es) == (
        "ILO – Vice-Chair (UNTFSSE)", "OIT – vice-présidence (UNTFSSE)", "OIT – Vicepresidencia (UNTFSSE)"
    )  # fmt: skip
    assert portfolio.get("rel-028").title.fr == "A/79/86 – répond à la demande de – A/RES/77/281, par. 4"
    for record in (*portfolio.of(Membership), *portfolio.of(Relation)):
        assert not re.search(r"\b(act|ins|prov|evt)-", record.title.en)


def test_no_text_tells_ids_or_drops_french_spaces(portfolio):
    for record in portfolio.records.values():
        for path, text in texts(record):
            for lang in ("en", "fr", "es"):
                written = text.get(lang) or ""
                assert not re.search(r"\b(act|ins|prov|evt|kno|mem|out)-[a-z0-9]", written), (record.id, path)
                assert "'" not in written, (record.id, path, lang)
            assert not re.search(r"[^\u202f\d][;:?!»](\s|$)|«[^\u202f]", text.fr or ""), (record.id, path, text.fr)


def test_regions_and_groups_point_to_the_lists_and_repeat_none(portfolio):
    groups = catalogue.load().groups

    assert {record.area for record in portfolio.of(Region) if record.area} == set(groups.regions)
    assert {record.group for record in portfolio.of(GovernmentGroup)} == set(groups.government_groups)


def test_an_adaptation_is_a_work_of_its_own_and_a_language_is_a_file(portfolio):
    adapted = portfolio.get("kno-aquaculture")
    module = portfolio.get("kno-sse-module-1")

    assert adapted.adapted_from == ("kno-think-coop", "kno-start-coop")
    assert [file.language for file in module.files if file.known is None] == ["en", "fr", "es"]
    assert len(module.files) == 8
    assert not [item for item in portfolio.of(KnowledgeItem) if item.translation_of in item.adapted_from]


def test_thirteen_conflicts_keep_every_claim(portfolio):
    conflicts = {conflict.id: conflict for conflict in portfolio.of(Conflict)}

    assert Counter(conflict.status for conflict in conflicts.values()) == {"resolved": 11, "open": 2}
    assert len(conflicts["con-78-175-date"].claims) == 4
    assert [claim.source for claim in conflicts["con-78-175-date"].claims if claim.prevails] == ["a-res-78-175"]


def test_the_facts_are_all_there_in_three_languages(portfolio):
    ids = [fact.id for fact in portfolio.of(Fact)]

    assert ids == [*(f"fact-s1-{n:02}" for n in range(1, 24)), *(f"fact-s2-{n:02}" for n in range(1, 21))]


def test_an_address_on_another_domain_says_of_what_it_is_a_copy(portfolio):
    for host in ("vrolikevinkies.org", "bsky.net", "girlsrightsplatform.org"):
        found = [source for source in portfolio.sources.values() if host in source.url]
        assert found
        assert all(source.copy_of for source in found)


def test_every_source_has_a_title_in_its_language_or_a_description_in_all_three(portfolio):
    for source in portfolio.sources.values():
        assert source.title is not None, source.id
        described = [source.title.get(lang) or "" for lang in ("en", "fr", "es")]
        if any(text.startswith("[") for text in described):
            assert all(text.startswith("[") and text.endswith("]") for text in described), source.id
        elif source.language and source.id != "ripess-79-213":
            assert source.title.get(source.language), source.id


def test_addresses_stand_once(portfolio):
    urls = Counter(source.url for source in portfolio.sources.values())

    assert [url for url, times in urls.items() if times > 1] == []


def test_official_titles_are_marked_language_by_language(portfolio):
    resolution = portfolio.get("ins-a-res-77-281")

    assert [resolution.title_status(lang) for lang in ("en", "fr", "es")] == ["official", "official", "unofficial"]


def test_a_place_in_a_text_is_cited_as_each_language_does(portfolio):
    point = portfolio.citation("prov-ilc110-res2-para16-c")
    several = portfolio.citation("prov-ilc110-res2-para12-13")

    assert [point[lang].rpartition(", ")[2] for lang in ("en", "fr", "es")] == [
        "para. 16 (c)", "par. 16 c)", "párr. 16 c)"
    ]  # fmt: skip
    assert [several[lang].rpartition(", ")[2] for lang in ("en", "fr", "es")] == [
        "paras 12-13", "par. 12-13", "párrs. 12-13"
    ]  # fmt: skip


def test_every_actor_and_instrument_has_a_name_to_be_cited_by(portfolio):
    for record in (*portfolio.of(Actor), *portfolio.of(Instrument), *portfolio.of(Provision)):
        assert not portfolio.citation(record.id).missing, record.id
