"""What was true on a day as known on that day: small examples, then every record on random days."""

import dataclasses
import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory import catalogue
from sse_observatory.catalogue.portfolio import (
    CLASSES,
    Conflict,
    Due,
    Foreseen,
    Source,
    When,
    assemble,
    entry_of,
    record_of,
)
from sse_observatory.catalogue.portfolio.checks import texts
from sse_observatory.catalogue.portfolio.mentions import dates_in
from sse_observatory.catalogue.portfolio.model import COMPUTED_YEARLY, Names, Needs
from sse_observatory.core import LANGUAGES, NotFound, ObservatoryError, Text
from sse_observatory.updates import asof
from sse_observatory.updates.records import CatalogueRecords, catalogue_records

SOURCE = Source(id="s", url="https://example.org", publisher="P", standing="partner", retrieved=When.parse("2026"))
LATER = dataclasses.replace(SOURCE, id="later", published=When.parse("2024-06-01"))
SOURCES = {"s": SOURCE, "later": LATER}


@pytest.fixture(scope="module")
def records():
    return catalogue_records()


def small(*entries):
    """Records as of a day, of a few entries; titles, status and source are filled in."""
    found = catalogue.load()
    read = [record_of({"status": "verified", "sources": ["s"], **_titled(e), **e}, SOURCES) for e in entries]
    return CatalogueRecords(assemble(read, SOURCES, found.portfolio.terms), found.groups)


def _titled(entry):
    return {} if entry["kind"] in ("membership", "relation") else {"title": {"en": entry["id"]}}


def actor(identifier, **fields):
    return {
        "id": identifier,
        "kind": "actor",
        "actor_type": "officer",
        "date": "2026",
        "date_kind": "recorded",
        **fields,
    }


def role(identifier, code, day, member="act-a", **fields):
    return {
        "id": identifier, "kind": "membership", "member": member, "body": "act-b", "role": code, "date": day,
        "date_kind": "observed", **fields,
    }  # fmt: skip


def event(identifier, day, **fields):
    return {"id": identifier, "kind": "event", "date": day, "date_kind": "held", **fields}


def day(code):
    return date.fromisoformat(code)


def test_the_ilo_was_vice_chair_in_may_2023_and_co_chair_in_january_2024(records):
    before = {m.role for m in records.as_of(day("2023-05-19")).roles("act-ilo", "act-untfsse")}
    after = {m.role for m in records.as_of(day("2024-01-30")).roles("act-ilo", "act-untfsse")}

    assert before == {"co-founder", "member", "vice-chair", "secretariat"}
    assert after == {"co-founder", "member", "co-chair", "secretariat"}


def test_an_exclusive_role_ends_at_the_next_observation_of_another():
    found = small(actor("act-a"), actor("act-b"), role("mem-1", "vice-chair", "2023-03-07"),
                  role("mem-2", "secretariat", "2023-03-07"), role("mem-3", "co-chair", "2024-01-30"))  # fmt: skip

    assert [m.id for m in found.as_of(day("2024-01-29")).roles("act-a", "act-b")] == ["mem-1", "mem-2"]
    assert [m.id for m in found.as_of(day("2024-01-30")).roles("act-a", "act-b")] == ["mem-2", "mem-3"]


def test_two_members_may_hold_an_exclusive_role_at_once():
    found = small(actor("act-a"), actor("act-c"), actor("act-b"), role("mem-1", "co-chair", "2023"),
                  role("mem-2", "co-chair", "2023", member="act-c"))  # fmt: skip

    assert [m.member for m in found.as_of(day("2024-01-01")).members("act-b", "co-chair")] == ["act-a", "act-c"]


def test_a_stated_end_is_known_only_when_it_has_come():
    found = small(actor("act-a"), actor("act-b"), role("mem-1", "chair", "2023-01-01", until="2023-12-31"))

    assert found.as_of(day("2023-12-30")).get("mem-1").until is None
    assert [m.id for m in found.as_of(day("2023-12-31")).roles("act-a", "act-b")] == ["mem-1"]
    assert found.as_of(day("2024-01-01")).roles("act-a", "act-b") == ()


def test_a_role_announced_for_later_is_known_but_not_held():
    found = small(
        actor("act-a"), actor("act-b"), event("evt-1", "2022"), role("mem-1", "chair", "2024-01-01", known="2023-06-01")
    )

    view = found.as_of(day("2023-07-01"))

    assert view.roles("act-a", "act-b") == ()
    assert found.as_of(day("2024-01-01")).roles("act-a", "act-b") != ()


def test_a_record_of_reduced_precision_is_known_on_its_last_day_unless_it_says_otherwise():
    found = small(
        event("evt-0", "2020-01-01"), event("evt-month", "2023-05"), event("evt-told", "2023-05", known="2023-05-19")
    )

    assert found.as_of(day("2023-05-30")).find("evt-month") is None
    assert found.as_of(day("2023-05-31")).find("evt-month") is not None
    assert found.as_of(day("2023-05-19")).find("evt-told") is not None
    assert found.as_of(day("2023-05-18")).find("evt-told") is None


def test_a_recorded_date_hides_nothing_and_is_not_shown_before_it():
    found = small(actor("act-a"), event("evt-0", "2020-01-01"))

    assert found.as_of(day("2020-01-01")).get("act-a").date is None
    assert found.as_of(day("2026-12-31")).get("act-a").date is not None


def test_what_only_a_later_source_tells_is_known_from_then_on():
    found = small(event("evt-0", "2020-01-01"), event("evt-seen", "2023", date_kind="observed", sources=["later"]),
                  event("evt-public", "2023", sources=["later"]))  # fmt: skip

    assert found.portfolio.known_on("evt-seen") == day("2024-06-01")
    assert found.portfolio.known_on("evt-public") == day("2023-12-31")
    assert found.as_of(day("2024-01-01")).get("evt-public").sources == ()


INSTRUMENT = {
    "id": "ins-new",
    "kind": "instrument",
    "instrument_type": "ga_resolution",
    "date": "2024-12-19",
    "date_kind": "adopted",
}


def test_what_needs_a_later_record_is_not_known_before_it_and_what_only_names_it_leaves_it_out():
    old = {**INSTRUMENT, "id": "ins-old", "date": "2018-10-01"}
    supports = {
        "id": "rel-1", "kind": "relation", "subject": "ins-old", "predicate": "supports", "object": "ins-new",
        "date": "2018-10-01", "date_kind": "stated",
    }  # fmt: skip
    found = small(INSTRUMENT, old, supports, event("evt-committee", "2024-11-26", instrument="ins-new"))

    before, after = found.as_of(day("2024-12-18")), found.as_of(day("2024-12-19"))

    assert before.find("rel-1") is None
    assert before.relations("ins-old") == ()
    assert before.get("evt-committee").instrument is None
    assert after.get("evt-committee").instrument == "ins-new"
    assert [r.id for r in after.relations("ins-new", "supports", end="object")] == ["rel-1"]
    assert after.relations("ins-new", "supports", end="subject") == ()


def test_parts_of_a_record_are_known_from_their_own_day():
    noted = event("evt-1", "2023-01-01", notes=[{"known": "2024-10-15", "text": {"en": "later"}}])
    found = small(noted)

    assert found.as_of(day("2024-10-14")).get("evt-1").notes == ()
    assert [note.text.en for note in found.as_of(day("2024-10-15")).get("evt-1").notes] == ["later"]


def test_a_planned_end_is_part_of_the_plan_and_any_other_end_is_not_known_before_it_came():
    found = small(
        event("evt-plan", "2023-01-01", period={"start": "2023-01-01", "planned_end": "2029"}),
        event("evt-ended", "2023-01-01", period={"start": "2023-01-01", "end": "2025"}),
    )
    view = found.as_of(day("2024-01-01"))

    assert view.get("evt-plan").period.planned_end == Foreseen.parse("2029")
    assert view.get("evt-ended").period.end is None


def test_corrections_are_apart_and_dated():
    corrected = event(
        "evt-1", "2023-01-01", corrections=[{"known": "2024-10-15", "text": {"en": "not so"}, "corrects": "corrected"}]
    )
    found = small(
        corrected,
        event("evt-2", "2024-12-01", corrections=[{"known": "2025", "text": {"en": "x"}, "corrects": "completed"}]),
    )

    before = found.as_of(day("2023-06-01"))

    assert before.get("evt-1").corrections == ()
    assert [(r.id, c.text.en) for r, c in before.corrections()] == [("evt-1", "not so")]
    assert [r.id for r, _ in found.as_of(day("2024-12-01")).corrections()] == ["evt-2"]


def test_a_conflict_begins_with_the_second_claim_that_differs_and_is_settled_with_the_one_that_prevails(records):
    def seen(code):
        found = records.as_of(day(code)).find("con-78-175-date")
        return found and (found.status, len(found.claims), found.resolution is not None)

    assert seen("2023-12-18") is None  # one claim, and the text it contradicts did not exist
    assert seen("2023-12-19") == ("resolved", 2, True)
    assert seen("2024-01-30") == ("resolved", 3, True)
    assert seen("2026-11-21") == ("resolved", 4, True)


def test_claims_that_agree_are_no_conflict(records):
    assert records.as_of(day("2023-06-01")).find("con-ilo-role") is None
    assert records.as_of(day("2024-01-30")).get("con-ilo-role").status == "resolved"


def test_a_conflict_whose_prevailing_claim_is_not_known_yet_is_open():
    def claim(known, value, **fields):
        return {"source": "s", "known": known, "value": value, "says": {"en": value}, **fields}

    conflict = {
        "id": "con-1", "kind": "conflict", "concerns": ["evt-1"], "status": "resolved", "rule": "standing",
        "resolution": {"en": "c"},
        "claims": [claim("2023", "a"), claim("2024", "b"), claim("2025", "c", prevails=True)],
    }  # fmt: skip
    found = small(event("evt-1", "2022"), conflict)

    assert found.as_of(day("2023-12-31")).all(Conflict) == ()
    early = found.as_of(day("2024-12-31")).conflicts("evt-1")[0]
    assert (early.status, early.rule, early.resolution, len(early.claims)) == ("open", None, None, 2)
    assert found.as_of(day("2025-12-31")).get("con-1").status == "resolved"


def test_what_is_due_was_expected_when_it_was_thought_to_be(records):
    def expected(code):
        return records.as_of(day(code)).get("due-sg-sse-79").current.session

    assert (expected("2023-05-19"), expected("2024-10-15")) == (78, 79)


def test_the_calendar_holds_what_comes_again_each_year(records):
    view = records.as_of(day("2024-12-31"))

    days = [w.code for w, d in view.due(day("2025-01-01"), day("2027-12-31")) if d.id == "due-idc"]

    assert days == ["2025-07-05", "2026-07-04", "2027-07-03"]
    assert [d.id for _, d in view.due()].count("due-idc") == 1


def test_the_first_saturday_of_july_is_one():
    assert {asof.first_saturday_of_july(y).first.weekday() for y in range(1990, 2060)} == {5}
    assert {asof.first_saturday_of_july(y).first.day for y in range(1990, 2060)} == set(range(1, 8))
    assert set(asof.RULES) == set(COMPUTED_YEARLY)


def test_a_day_before_everything_is_refused_and_an_unknown_record_is_told_from_a_later_one(records):
    with pytest.raises(ObservatoryError, match="1919-10-31"):
        records.as_of(day("1919-10-30"))
    view = records.as_of(day("2023-05-19"))
    with pytest.raises(NotFound, match="was not known on 2023-05-19") as later:
        view.get("ins-a-res-79-213")
    assert "2024-12-19" in later.value.todo
    with pytest.raises(NotFound, match="There is no record"):
        view.get("ins-a-res-99-999")


def test_a_group_is_the_one_of_the_catalogue(records):
    africa = records.as_of(day("2023-05-19")).group("grp-gov-africa")

    assert (len(africa.members), africa.basis) == (54, "inferred, undated")
    with pytest.raises(NotFound, match="no list of countries"):
        records.as_of(day("2023-05-19")).group("act-ilo")


def test_an_adoption_date_is_that_of_the_adopted_text(records):
    assert records.as_of(day("2026-11-21")).adopted("ins-a-res-78-175").code == "2023-12-19"
    assert records.as_of(day("2026-11-21")).adopted("ins-sg-coop-80") is None


# --- every record, on random days ---

FIRST, LAST = date(1919, 10, 31), date(2029, 12, 31)
interesting = st.sampled_from(
    [day(c) for c in ("2022-06-10", "2022-11-15", "2023-05-19", "2023-12-18", "2024-01-30", "2024-10-14")]
)
any_day = st.one_of(interesting, st.integers(0, (LAST - FIRST).days).map(lambda n: FIRST + timedelta(n)))


def walked(value, path=()):
    """Every value below a record, with its path; sources are not entered: when they were read is recorded."""
    for field in dataclasses.fields(value):
        member = getattr(value, field.name)
        for one in member if isinstance(member, tuple) else (member,):
            where = (*path, field.name)
            yield where, one
            if dataclasses.is_dataclass(one) and not isinstance(one, (When, Text, Source)):
                yield from walked(one, where)


@settings(max_examples=60, deadline=None)
@given(of=any_day)
def test_nothing_in_a_view_happened_after_its_day(records, of):
    view = records.as_of(of)
    for cls in CLASSES.values():
        for record in view.all(cls):
            for path, value in walked(record):
                if isinstance(value, When) and not isinstance(value, Foreseen):
                    assert value.first <= of, (of, record.id, path, value.code)
                if isinstance(value, Source):
                    assert value.since is None or value.since <= of, (of, record.id, value.id)


@settings(max_examples=25, deadline=None)
@given(of=any_day)
def test_no_text_in_a_view_mentions_a_day_after_it_except_what_is_set_ahead(records, of):
    view = records.as_of(of)
    for cls in CLASSES.values():
        for record in view.all(cls):
            ahead = {*record.foresees, *(year for note in record.notes for year in note.foresees)}
            for path, text in texts(record):
                if path == ("title",) and record.kind in ("membership", "relation"):
                    continue  # made of labels and of the names of records that are known
                for lang in LANGUAGES:
                    for when in dates_in(text.get(lang) or "", lang):
                        assert when.first <= of or when.code[:4] in ahead, (of, record.id, path, when.code)


@settings(max_examples=40, deadline=None)
@given(of=any_day)
def test_what_is_not_known_is_absent_from_every_answer(records, of):
    portfolio = records.portfolio
    view = records.as_of(of)
    known = {r.id for cls in CLASSES.values() for r in view.all(cls)}
    unknown = {i for i in portfolio.records if (d := portfolio.known_on(i)) is not None and d > of}

    assert known | unknown == set(portfolio.records)
    assert not known & unknown
    for identifier in known:
        record = view.get(identifier)
        named = {r.value for r in asof.forms.references(record) if isinstance(r.mark, (Names, Needs))}
        assert not named & unknown, (of, identifier)
        answers = [*view.relations(identifier), *view.conflicts(identifier), *view.dues(identifier)]
        answers += [*view.evidence(identifier), *view.events(identifier), *view.provisions(identifier)]
        answers += [*view.members(identifier)]
        assert not {answer.id for answer in answers} & unknown
    assert not {due.id for _, due in view.due()} & unknown
    assert not {record.id for record, _ in view.corrections()} & unknown
    for identifier in unknown:
        assert view.find(identifier) is None


@settings(max_examples=40, deadline=None)
@given(of=any_day)
def test_a_record_cut_to_a_day_still_has_the_form_of_its_kind(records, of):
    view = records.as_of(of)
    for cls in CLASSES.values():
        for record in view.all(cls):
            again = record_of(entry_of(record), records.portfolio.sources)
            assert entry_of(again) == entry_of(record)


def test_a_period_that_has_not_begun_is_foreseen(records):
    before, begun = records.as_of(day("2022-11-15")), records.as_of(day("2024-01-30"))

    assert before.get("ins-ilo-sap-2023-29").period.start == Foreseen.parse("2023-01")
    assert begun.get("ins-ilo-sap-2023-29").period.start == When.parse("2023-01")
    assert begun.get("ins-untfsse-ap-2024-26").period.start == When.parse("2024")


@settings(max_examples=30, deadline=None)
@given(of=any_day, later=st.integers(0, 2000))
def test_nothing_that_was_known_is_forgotten(records, of, later):
    early, late = records.as_of(of), records.as_of(of + timedelta(later))

    for cls in CLASSES.values():
        assert {r.id for r in early.all(cls)} <= {r.id for r in late.all(cls)}


def test_ids_do_not_stand_in_what_a_view_says_of_unknown_records(records):
    view = records.as_of(day("2023-05-19"))
    told = " ".join(
        text[lang] for cls in CLASSES.values() for r in view.all(cls) for _, text in texts(r) for lang in LANGUAGES
    )

    assert not re.search(r"79/213|A/79/86|78/175|2024-10|octobre 2024", told)


def test_a_due_date_learned_later_leaves_no_trace_before(records):
    due = records.as_of(day("2023-05-19")).get("due-sg-sse-79")

    assert isinstance(due, Due)
    assert [d.session for d in due.dates] == [78]


# What was worked out for one day and serves others


def cut_anew(records, identifier, of):
    """A record as of a day, from nothing that was worked out for another day."""
    return CatalogueRecords(records.portfolio, records._groups).as_of(of).find(identifier)


@settings(max_examples=60, deadline=None)
@given(days=st.lists(any_day, min_size=2, max_size=6), seed=st.randoms(use_true_random=False))
def test_whatever_days_were_asked_before_a_record_reads_the_same(records, days, seed):
    shared = CatalogueRecords(records.portfolio, records._groups)
    identifiers = seed.sample(sorted(records.portfolio.records), 40)
    for of in days:
        for identifier in identifiers:
            assert shared.as_of(of).find(identifier) == cut_anew(records, identifier, of), (identifier, days)


def test_a_stretch_ends_where_a_comparison_would_come_out_otherwise():
    stretch = asof.Stretch(day("2020-06-15"))

    assert stretch.reached(day("2020-06-01"))
    assert not stretch.reached(day("2020-07-01"))
    assert stretch.past(day("2020-06-09"))
    assert not stretch.past(day("2020-06-20"))
    assert not stretch.past(date.max)
    assert (stretch.since, stretch.until) == (day("2020-06-10"), day("2020-06-20"))


def test_versions_of_a_record_are_kept_by_stretch_and_not_by_day():
    noted = event("evt-1", "2023-01-01", notes=[{"known": "2024-10-15", "text": {"en": "later"}}])
    found = small(event("evt-0", "2022-01-01"), noted)

    for number in range(1500):
        found.as_of(day("2022-01-01") + timedelta(number)).find("evt-1")

    versions = found._versions._of["evt-1"]
    assert [(v.since.isoformat(), v.record is not None) for v in sorted(versions, key=lambda v: v.since)] == [
        ("0001-01-01", False), ("2023-01-01", True), ("2024-10-15", True),
    ]


QUESTIONS = {
    "status": lambda i: lambda view: view.status(i).state,
    "title": lambda i: lambda view: view.get(i).title.en,
    "related": lambda i: lambda view: [r.id for r in view.relations(i)],
    "supported": lambda i: lambda view: [(e.id, len(e.sources)) for e in view.evidence(i)],
    "members": lambda i: lambda view: [m.id for m in view.members(i)],
    "corrected": lambda i: lambda view: [c.text.en for r, c in view.corrections() if r.id == i],
    "adopted": lambda i: lambda view: view.adopted(i),
    "ahead": lambda i: lambda view: [(w.code, d.id) for w, d in view.due()],
}


@settings(max_examples=60, deadline=None)
@given(days=st.lists(any_day, min_size=3, max_size=8), seed=st.randoms(use_true_random=False))
def test_an_answer_through_time_is_on_every_day_the_answer_of_that_day(records, days, seed):
    by_kind = {"status": ("provision", "due", "plan_output"), "members": ("actor",), "adopted": ("instrument",)}
    name = seed.choice(sorted(set(QUESTIONS) - {"ahead"}))
    identifier = seed.choice(
        [r.id for r in records.portfolio.records.values() if r.kind in by_kind.get(name, (r.kind,))]
    )
    ask = QUESTIONS[name](identifier)

    told = list(records.through(identifier, ask, LAST))

    first = records.portfolio.known_on(identifier) or records.first_day
    assert [since for since, _, _ in told] == [first, *(until + timedelta(1) for _, until, _ in told[:-1])]
    assert told[-1][1] >= LAST
    edges = [edge for since, until, _ in told for edge in (since, until) if edge <= LAST]
    for of in {*days, *edges}:
        answers = [answer for since, until, answer in told if since <= of <= until]
        assert answers == ([ask(records.as_of(of))] if of >= first else []), (name, identifier, of)


def test_an_answer_that_looks_at_the_day_itself_holds_for_that_day_alone(records):
    told = list(records.through("due-idc", QUESTIONS["ahead"]("due-idc"), records.portfolio.known_on("due-idc")))

    assert [(since, until) for since, until, _ in told] == [(told[0][0], told[0][0])]


def test_what_recurs_is_due_next_when_it_is_not_over_yet(records):
    due = records.portfolio.get("due-idc")

    assert records.as_of(day("2025-07-05")).upcoming(due).code == "2025-07-05"
    assert records.as_of(day("2025-07-06")).upcoming(due).code == "2026-07-04"


def test_as_many_are_counted_as_there_are(records):
    for of in ("1950-01-01", "2023-05-19", "2026-11-21"):
        view = records.as_of(day(of))
        assert {cls: view.count(cls) for cls in CLASSES.values()} == {
            cls: len(view.all(cls)) for cls in CLASSES.values()
        }
