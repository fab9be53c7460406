"""What the briefing says: against the text it was asked to regenerate, and against what was not known yet."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.updates import briefing
from sse_observatory.updates.document import Grid

BODY = [f"fact-s1-{number:02}" for number in range(5, 19)]
MEETING = [f"fact-s1-{number:02}" for number in (1, 2, 3, 4, 19, 20, 21, 22, 23)]


def part_of(document, sentence):
    return next(part.id for part in document.parts if any(s is sentence for s in sentences_of(part)))


def sentences_of(part):
    for block in part.blocks:
        if hasattr(block, "paragraphs"):
            for paragraph in block.paragraphs:
                yield from paragraph
        elif hasattr(block, "points"):
            yield from block.points
        elif hasattr(block, "rows"):
            for row in block.rows:
                yield from row.cells
        else:
            yield block.caption


def words(document, part, lang="en"):
    found = next((p for p in document.parts if p.id == part), None)
    return " ".join(s.text(lang) for s in sentences_of(found)) if found else ""


@pytest.mark.parametrize("group", ["AFRICA_GROUP", "ASPAG"])
def test_the_briefing_of_may_2023_states_every_fact_of_the_note_it_regenerates(build, records, group):
    document = build(group, "2023-05-19")
    stated = document.facts

    in_body = {fact for fact in BODY if fact in stated and part_of(document, stated[fact]) != "meeting"}
    about_meeting = {fact for fact in MEETING if fact in stated and part_of(document, stated[fact]) == "meeting"}

    assert in_body == set(BODY)
    assert about_meeting == set(MEETING)
    for fact in (*BODY, *MEETING):
        assert records.as_of(date(2023, 5, 19)).find(fact) is not None, fact


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("fact-s1-05", "18 April 2023"),
        ("fact-s1-07", "110th Session"),
        ("fact-s1-09", "187 member States"),
        ("fact-s1-13", "within existing resources"),
        ("fact-s1-15", "2023–2029"),
        ("fact-s1-17", "2013"),
        ("fact-s1-18", "Vice-Chair"),
    ],
)
def test_the_sentence_of_a_fact_says_what_the_fact_says(build, fact, said):
    assert said in build("AFRICA_GROUP", "2023-05-19").facts[fact].text("en").replace("\u00a0", " ")


def test_a_fact_of_the_note_that_is_not_right_is_corrected_with_a_reason(build):
    """The note has the task force prepare the report and expects it at the next session; both need a word."""
    document = build("AFRICA_GROUP", "2023-05-19")

    by_whom = document.facts["fact-s1-16"].text("en")
    assert "requested of the Secretary-General" in by_whom
    assert "says in short" in by_whom
    assert "presented at the 79th session" in words(document, "later")


def test_provisions_keep_their_conditions_in_every_language(build):
    asked = {lang: words(build("AFRICA_GROUP", "2023-05-19"), "provisions", lang) for lang in ("en", "fr", "es")}

    for lang, kept in {
        "en": ["upon request", "in accordance with their mandates", "within existing resources", "as appropriate",
               "when feasible", "national circumstances", "in collaboration with"],
        "fr": ["à leur demande", "conformément à leurs mandats", "dans la limite des ressources existantes",
               "selon qu’il convient", "lorsque c’est possible", "situation de chaque pays", "en collaboration avec"],
        "es": ["cuando lo soliciten", "de conformidad con sus mandatos", "con los recursos existentes",
               "según proceda", "cuando sea posible", "circunstancias de cada país", "en colaboración con"],
    }.items():  # fmt: skip
        assert [condition for condition in kept if condition not in asked[lang]] == []


@pytest.mark.parametrize(
    ("day", "role"),
    [
        ("2023-05-19", "is currently its Vice-Chair and provides its secretariat"),
        ("2024-01-30", "is its Co-Chair and provides its secretariat"),
        ("2024-03-14", "is its Co-Chair, together with the United Nations Conference on Trade and Development"),
        ("2022-09-01", "is a member of the United Nations Inter-Agency Task Force"),
    ],
)
def test_the_role_of_the_ilo_is_that_of_the_day(build, day, role):
    assert role in words(build("AFRICA_GROUP", day), "taskforce")


def test_a_meeting_is_recorded_only_for_its_group_and_around_its_day(build):
    assert words(build("AFRICA_GROUP", "2023-05-19"), "meeting")
    assert words(build("ASPAG", "2023-05-19"), "meeting")
    assert not words(build("GRULAC", "2023-05-19"), "meeting")
    assert not words(build("AFRICA_GROUP", "2024-01-30"), "meeting")
    assert not words(build("AFRICA_GROUP", "2023-05-10"), "meeting")


def test_what_was_learned_later_stands_apart_and_can_be_left_out(packaged, records, releases):
    day = date(2023, 5, 19)
    without = briefing.build(records, releases, "africa", day, ["en"], later=False, catalogue=packaged)

    assert "later" not in {part.id for part in without.parts}
    for document in (without, briefing.build(records, releases, "africa", day, ["en"], catalogue=packaged)):
        for part in document.parts:
            if not part.later:
                for sentence in sentences_of(part):
                    assert "2024" not in sentence.text("en") or "2022–2024" in sentence.text("en"), sentence.template


@settings(max_examples=25, deadline=None)
@given(day=st.dates(date(2022, 1, 1), date(2026, 11, 21)))
def test_nothing_that_was_not_known_on_the_day_is_claimed(packaged, records, releases, day):
    document = briefing.build(records, releases, "GRULAC", day, ["en"], later=False, catalogue=packaged)

    named = {name for kept in document.claims for name in re.findall(r"\b(?:[a-z]+-[a-z0-9][a-z0-9-]*)", kept.claim)}
    for name in named & set(packaged.portfolio.records):
        known = packaged.portfolio.known_on(name)
        assert known is None or known <= day, name
    for source in document.sources:
        assert source.later or source.published is None or source.published <= day.isoformat(), source.id


def test_every_sentence_carries_a_claim_and_every_claim_about_records_a_source(build):
    asked = (("AFRICA_GROUP", "2023-05-19"), ("EUROPE_GROUP", "2026-11-21"), ("ILO_ARAB_STATES", "2022-03-01"))
    for document in (build(group, day) for group, day in asked):
        kept = {claim.number: claim for claim in document.claims}
        for sentence in document.sentences():
            assert sentence.claims, sentence.template
            for number in sentence.claims:
                claim = kept[number]
                own = claim.claim.startswith(("coverage.", "document.", "group.")) or claim.claim.endswith(".citation")
                assert own or claim.sources, claim.claim


def test_a_claim_known_from_third_parties_only_is_marked(build):
    document = build("AFRICA_GROUP", "2026-11-21")
    vote = next(s for s in document.sentences() if s.template == "second-resolution-vote")

    assert vote.known == ("reported",)
    assert "175 votes to none, with 1 abstention" in vote.text("en")


def figures(document):
    grids = [b for p in document.parts for b in p.blocks if isinstance(b, Grid) and b.name == "figures"]
    return [[cell.text("en") for cell in row.cells] for grid in grids for row in grid.rows]


def test_the_figures_are_those_published_by_the_day(build):
    survey = "Cooperatives of the national survey, Republic of Korea"

    assert figures(build("ASPAG", "2018-05-28")) == []
    assert ["Republic of Korea", "Active units", survey, "2016", "5,100"] in figures(build("ASPAG", "2018-05-29"))
    assert ["Republic of Korea", "Registered units", survey, "2018", "14,526"] in figures(build("ASPAG", "2023-03-01"))
    assert ["Republic of Korea", "Registered units", survey, "2022", "23,939"] in figures(build("ASPAG", "2023-03-02"))


def test_a_figure_that_sources_contradict_openly_is_not_printed(build):
    """Two surveys give the staff of the end of 2016, and nobody has settled which is right."""
    assert not {"20,409", "17,707"} & {row[4] for row in figures(build("ASPAG", "2026-11-21"))}


@pytest.mark.parametrize(
    "name",
    ["africa", "AFRICA_GROUP", "africa-group", "grp-gov-africa", "Groupe de l’Afrique", "grupo de áfrica"],
)
def test_a_group_may_be_called_as_people_call_it(packaged, records, name):
    view = records.as_of(date(2023, 5, 19))

    assert briefing.group_called(packaged, view, name) == "AFRICA_GROUP"


@pytest.mark.parametrize(
    ("name", "identifier"),
    [("eu27", "EU27_2020"), ("eu", "EU27_2020"), ("arab-states", "ILO_ARAB_STATES"), ("americas", "ILO_AMERICAS"),
     ("GASPAC", "ASPAG"), ("europe", "EUROPE_GROUP"), ("europe-central-asia", "ILO_EUROPE_CENTRAL_ASIA")],
)  # fmt: skip
def test_other_groups_by_the_names_people_use(packaged, records, name, identifier):
    assert briefing.group_called(packaged, records.as_of(date(2023, 5, 19)), name) == identifier


@pytest.mark.parametrize(
    ("group", "day", "todo"),
    [
        ("africa", "1995-06-01", "Ask for 2002-06-20 or a later day."),
        ("eu27", "2015-01-01", "Ask for a day from 2020-02-01 on"),
    ],
)
def test_a_day_that_is_too_early_names_the_first_that_is_not(packaged, records, releases, group, day, todo):
    with pytest.raises(ObservatoryError) as raised:
        briefing.build(records, releases, group, date.fromisoformat(day), ["en"], catalogue=packaged)

    assert raised.value.todo.startswith(todo)
    first = re.search(r"\d{4}-\d{2}-\d{2}", todo)[0]
    assert briefing.build(records, releases, group, date.fromisoformat(first), ["en"], catalogue=packaged).parts


@pytest.mark.parametrize("day", [date.today() + timedelta(days=3), date.max])
def test_a_briefing_of_a_day_that_has_not_come_says_so(packaged, records, releases, day):
    document = briefing.build(records, releases, "africa", day, catalogue=packaged)

    assert "ahead of its date" in document.notice["en"]
    assert "avant sa date" in document.notice["fr"]
    assert "antes de su fecha" in document.notice["es"]


def test_what_has_run_its_course_is_told_in_the_past(packaged, records, releases):
    document = briefing.build(records, releases, "africa", date(2030, 6, 1), catalogue=packaged)

    assert "have run their course" in words(document, "strategy")
    assert "has run its course" in words(document, "taskforce")
    assert "that session is over" in words(document, "brief")
    assert "thematic priorities" not in words(document, "strategy")
    assert "est arrivé à son terme" in words(document, "taskforce", "fr")
    assert "ha concluido" in words(document, "taskforce", "es")


def test_countries_of_the_region_that_are_not_in_the_group_are_not_in_its_briefing(build):
    document = build("GRULAC", "2024-01-30")

    assert "Canada" not in {row[0] for row in figures(document)}
    assert "of the 33 countries" in words(document, "figures")
    assert "Canada and the United States" in words(document, "figures")


@pytest.mark.parametrize(
    ("group", "day", "error", "told"),
    [
        ("atlantis", "2023-05-19", NotFound, "There is no group 'atlantis'"),
        ("africa", "1900-01-01", ObservatoryError, "the first dated record is known from"),
        ("africa", "1995-06-01", ObservatoryError, "no decision on the subject by 1995-06-01"),
        ("eu27", "2015-01-01", NotFound, "does not say who belonged to 'EU27_2020' on 2015-01-01"),
    ],
)
def test_what_cannot_be_briefed_says_why(packaged, records, releases, group, day, error, told):
    with pytest.raises(error, match=re.escape(told)) as raised:
        briefing.build(records, releases, group, date.fromisoformat(day), ["en"], catalogue=packaged)

    assert raised.value.todo


def test_a_group_without_countries_is_refused(packaged, records, releases, monkeypatch):
    groups = packaged.groups
    nobody = groups.members("AFRICA_GROUP", date(2023, 5, 19)).__class__("AFRICA_GROUP", (), "list")
    monkeypatch.setattr(type(groups), "members", lambda self, group, day: nobody)

    with pytest.raises(ObservatoryError, match="has no countries on 2023-05-19"):
        briefing.build(records, releases, "africa", date(2023, 5, 19), ["en"], catalogue=packaged)


def test_without_published_figures_it_says_how_to_publish_them(packaged, records, tmp_path):
    from sse_observatory.releases import Releases

    with pytest.raises(ObservatoryError, match="No release holds the figures") as raised:
        briefing.build(records, Releases(tmp_path), "africa", date(2023, 5, 19), ["en"], catalogue=packaged)

    assert "observatory run published-figures" in raised.value.todo


@pytest.mark.parametrize(("group", "day"), [("AFRICA_GROUP", "2023-05-19"), ("EUROPE_GROUP", "2026-11-21")])
def test_what_is_known_through_a_third_party_cites_it(packaged, build, group, day):
    """A mark beside the number of an official source alone would puzzle a reader where another source is known."""
    document = build(group, day)
    standing = {source.number: source.standing for source in document.sources}
    seen = 0
    for claim in document.claims:
        record = packaged.portfolio.records.get(claim.claim.split(".")[0].split(" ")[0])
        if record is None or record.status != "reported" or claim.claim.endswith(".citation"):
            continue
        others = [c for c in record.sources if c.source.standing in ("partner", "press")]
        if any(c.source.known_by(date.fromisoformat(day)) for c in others):
            assert {standing[number] for number in claim.sources} & {"partner", "press"}, claim.claim
            seen += 1
    assert seen > 5
