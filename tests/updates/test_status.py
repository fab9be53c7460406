"""Each row of the table of status rules, by an example small enough to check by hand."""

import re
from datetime import date

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.portfolio import Due, PlanOutput, Provision, Source, When, assemble, record_of
from sse_observatory.core import LANGUAGES, NotFound
from sse_observatory.updates.records import CatalogueRecords, catalogue_records
from sse_observatory.updates.status import GRAVEST, ordinal

SOURCE = Source(id="s", url="https://example.org", publisher="P", standing="partner", retrieved=When.parse("2026"))


@pytest.fixture(scope="module")
def records():
    return catalogue_records()


def on(day, *entries):
    """The view of a day over the resolution of 18 April 2023, its paragraph and `entries`."""
    found = catalogue.load()
    made = []
    for entry in (RESOLUTION, *entries):
        titled = {} if entry["kind"] == "relation" else {"title": dict.fromkeys(LANGUAGES, entry["id"])}
        made.append(record_of({"status": "verified", "sources": ["s"], **titled, **entry}, {"s": SOURCE}))
    records = CatalogueRecords(assemble(made, {"s": SOURCE}, found.portfolio.terms), found.groups)
    return records.as_of(date.fromisoformat(day))


RESOLUTION = {
    "id": "ins-r", "kind": "instrument", "instrument_type": "ga_resolution", "symbol": "A/RES/1/1",
    "date": "2023-04-18", "date_kind": "adopted",
}  # fmt: skip


def body(identifier):
    return {
        "id": identifier, "kind": "actor", "actor_type": "officer", "date": "2026", "date_kind": "recorded",
    }  # fmt: skip


def paragraph(verb="REQUEST", strength="REQUEST", **fields):
    act = {"id": "prov-p-a", "verb": verb, "strength": strength, "text": {"en": "x", "fr": "x", "es": "x"}, **fields}
    return {
        "id": "prov-p", "kind": "provision", "instrument": "ins-r", "number": "op4", "date": "2023-04-18",
        "date_kind": "adopted", "acts": [act],
    }  # fmt: skip


def due(when="2025-11-27", basis="stated", known="2023-04-18", by="act-sg", **fields):
    return {
        "id": fields.pop("id", "due-d"), "kind": "due", "concerns": "prov-p", "body": by,
        "dates": [{"known": known, "basis": basis, "date": when}], **fields,
    }  # fmt: skip


def evidence(kind, day="2024-01-01", by="act-sg", supports="prov-p", identifier="evi-e", **fields):
    return {
        "id": identifier, "kind": "evidence", "evidence_type": kind, "supports": [supports], "date": day,
        "date_kind": "observed", "body": by, **fields,
    }  # fmt: skip


def report(day="2024-10-15"):
    return (
        {**RESOLUTION, "id": "ins-report", "symbol": "A/79/86", "date": day, "date_kind": "issued"},
        {"id": "rel-d", "kind": "relation", "subject": "ins-report", "predicate": "discharges", "object": "prov-p",
         "date": day, "date_kind": "issued"},
    )  # fmt: skip


def done(predicate):
    made, relation = report()
    return made, {**relation, "predicate": predicate}


DATED = paragraph("CALL_FOR", "CALL", deadline={"basis": "inferred", "due": "2025", "rule": "events_named"})
SG, OTHER = body("act-sg"), body("act-other")
INFERRED = due(basis="inferred")
INFERRED["dates"][0]["rule"] = "months_24_after_adoption"
HERE = due(recorded_here=True)
LATE = evidence("not_delivered", "2025-12-01")
DELAY = evidence("delay", "2024-06-01")
ENCOURAGED = paragraph("ENCOURAGE", "ENCOURAGE")


PROVISIONS = [
    # delivered
    ("2024-10-15", [paragraph(), due(), SG, *report()], "delivered", "delivered-by-record"),
    ("2026-01-01", [paragraph(), due(), SG, *report("2025-12-24")], "delivered", "delivered-by-record"),
    ("2024-10-14", [paragraph(), due(), SG, *report()], "not_due", "before-due"),
    ("2024-01-01", [paragraph(), due(), SG, evidence("delivery")], "delivered", "delivered-by-evidence"),
    # nothing to follow up
    ("2024-01-01", [paragraph("TAKE_NOTE", "STATE")], "not_applicable", "nothing-asked"),
    ("2024-01-01", [paragraph("DECIDE", "DECIDE")], "not_applicable", "decision-takes-effect"),
    # a due date ahead
    ("2025-11-26", [paragraph(), due(), SG], "not_due", "before-due"),
    ("2025-11-26", [paragraph(), due(), SG, evidence("progress")], "on_track", "evidence-before-due"),
    ("2023-12-31", [paragraph(), due(), SG, evidence("progress")], "not_due", "before-due"),
    ("2024-06-01", [paragraph(), due(), SG, DELAY], "at_risk", "delay-reported"),
    ("2024-06-01", [paragraph(), INFERRED, SG, DELAY], "not_due", "before-due"),
    ("2024-06-01", [paragraph(), due(), SG, OTHER, evidence("delay", by="act-other")], "not_due", "before-due"),
    # while it runs
    ("2025-06-01", [paragraph(), due("2025"), SG], "unknown", "due-now-no-trace"),
    ("2025-06-01", [paragraph(), due("2025"), SG, DELAY], "at_risk", "delay-reported"),
    # past it
    ("2025-11-28", [paragraph(), due(), SG], "unknown", "past-due-no-trace"),
    ("2025-11-28", [paragraph(), due(), SG, evidence("progress")], "unknown", "past-due-no-trace"),
    ("2025-12-01", [paragraph(), due(), SG, LATE], "late", "not-delivered-reported"),
    ("2025-11-30", [paragraph(), due(), SG, LATE], "unknown", "past-due-no-trace"),
    ("2025-12-01", [paragraph(), due(), SG, DELAY], "late", "not-delivered-reported"),
    ("2025-12-01", [paragraph(), INFERRED, SG, LATE], "unknown", "past-due-no-trace"),
    ("2025-12-01", [paragraph(), due(), SG, OTHER, {**LATE, "body": "act-other"}], "unknown", "past-due-no-trace"),
    ("2025-11-28", [paragraph(), HERE, SG], "late", "nothing-recorded-here"),
    ("2025-11-27", [paragraph(), HERE, SG], "unknown", "due-now-no-trace"),
    # an encouragement with a date is followed up, one without is never late
    ("2025-12-01", [ENCOURAGED, due(), SG, LATE], "late", "not-delivered-reported"),
    ("2099-01-01", [ENCOURAGED], "no_deadline", "no-deadline"),
    ("2099-01-01", [ENCOURAGED, SG, LATE], "no_deadline", "no-deadline"),
    ("2099-01-01", [paragraph(recurrence="continuing")], "no_deadline", "continuing"),
    ("2099-01-01", [paragraph()], "unknown", "due-date-unknown"),
    ("2023-04-30", [paragraph(), due(known="2023-05-19"), SG], "unknown", "due-date-unknown"),
    # the deadline of an act, where no record says what is due
    ("2024-06-01", [DATED], "not_due", "before-due"),
    ("2025-06-01", [DATED], "unknown", "due-now-no-trace"),
    ("2026-01-01", [DATED], "unknown", "past-due-no-trace"),
    ("2024-06-01", [DATED, due("2024-01-01"), SG], "unknown", "past-due-no-trace"),
    ("2024-10-15", [DATED, *done("gives_effect_to")], "delivered", "delivered-by-record"),
    ("2024-10-15", [DATED, *done("supports")], "not_due", "before-due"),
    # the gravest of several
    ("2025-12-01", [paragraph(), due("2030", id="due-later"), due(), SG, LATE], "late", "not-delivered-reported"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "entries", "state", "rule"), PROVISIONS)
def test_the_state_and_the_rule_of_a_provision(day, entries, state, rule):
    status = on(day, *entries).status("prov-p")

    assert (status.state, status.rule) == (state, rule)


def output(*targets):
    measured = {"id": "i", "title": {"en": "Countries"}, "unit": "countries"}
    indicator = {**measured, "targets": [{"value": v, "by": by} for v, by in targets]}
    plan = {
        **RESOLUTION,
        "id": "ins-plan",
        "instrument_type": "action_plan",
        "period": {"start": "2023", "planned_end": "2029"},
    }
    made = {"id": "out-o", "kind": "plan_output", "plan": "ins-plan", "number": "1", "body": "act-sg"}
    return [plan, {**made, "indicators": [indicator]} if targets else made, SG]


def counted(value, day="2024-01-01", identifier="evi-e", unit="countries", **fields):
    return evidence(
        "progress", day, supports="out-o", identifier=identifier, values=[{"value": value, "unit": unit}], **fields
    )


OUTPUTS = [
    ("2024-06-01", output(), "not_measurable", "no-indicator"),
    ("2024-06-01", [*output(), counted(5)], "not_measurable", "no-indicator"),
    ("2024-06-01", output((10, "2025")), "not_due", "target-ahead"),
    ("2024-06-01", [*output((10, "2025")), counted(5)], "on_track", "towards-target"),
    ("2024-06-01", [*output((10, "2025")), counted(5, unit="modules")], "not_due", "target-ahead"),
    (
        "2024-06-01",
        [*output((10, "2025")), counted(5), counted(5, identifier="evi-f")],
        "delivered",
        "target-reached",
    ),
    ("2026-01-01", [*output((10, "2025")), counted(5)], "late", "target-missed"),
    ("2026-01-01", [*output((10, "2025")), OTHER, counted(5, by="act-other")], "unknown", "target-not-measured"),
    ("2026-01-01", output((10, "2025")), "unknown", "target-not-measured"),
    ("2026-01-01", [*output((5, "2025"), (20, "2029")), counted(5)], "on_track", "towards-target"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "entries", "state", "rule"), OUTPUTS)
def test_an_output_is_measured_by_its_targets(day, entries, state, rule):
    status = on(day, *entries).status("out-o")

    assert (status.state, status.rule) == (state, rule)


def test_evidence_is_counted_once_whatever_it_supports():
    shared = counted(6)
    shared["supports"] = ["out-o", "out-o"]

    status = on("2024-06-01", *output((10, "2025")), shared).status("out-o")

    assert (status.rule, status.values["actual"], status.values["count"]) == ("towards-target", 6, 1)


def test_every_rule_of_the_catalogue_has_an_example_and_is_said_in_three_languages(records):
    rules = records.portfolio.terms["status_rule"]

    assert set(rules) == {rule for *_, rule in (*PROVISIONS, *OUTPUTS)}
    for name, rule in rules.items():
        assert not rule.label.missing
        assert rule.state in GRAVEST
        marks = [sorted(re.findall(r"\{(\w+)\}", rule.label[lang])) for lang in LANGUAGES]
        assert marks[0] == marks[1] == marks[2], name


def test_a_status_says_what_it_rests_on():
    status = on("2024-10-15", paragraph(), due(), SG, *report()).status("prov-p")

    assert status.evidence == ("ins-report", "rel-d")
    assert status.sentence.en == "Delivered: A/79/86, known since 15 October 2024, answers what was asked."
    assert (
        status.sentence.fr
        == "Exécuté\u202f: A/79/86, document connu depuis le 15 octobre 2024, répond à ce qui était demandé."
    )
    assert status.label.es == "cumplido"


def test_an_inferred_date_is_said_to_be_inferred():
    status = on("2025-01-01", paragraph(), INFERRED, SG).status("prov-p")

    assert status.sentence.en == "Due: 27 November 2025 (inferred: 24 months after adoption). That time has not come."
    assert "déduction" in status.sentence.fr
    assert "inferido" in status.sentence.es


def test_what_has_no_status_says_so(records):
    with pytest.raises(NotFound, match="no status of its own"):
        records.as_of(date(2026, 11, 21)).status("act-ilo")
    with pytest.raises(NotFound, match="no status of its own"):
        records.as_of(date(2026, 11, 21)).status("ins-a-res-77-281")


@pytest.mark.parametrize(
    ("day", "provision", "state"),
    [
        ("2023-05-19", "prov-a-res-77-281-op4", "not_due"),
        ("2026-11-21", "prov-a-res-77-281-op4", "delivered"),
        ("2026-11-21", "prov-a-res-77-281-op1", "no_deadline"),
        ("2026-11-21", "prov-a-res-77-281-op2", "no_deadline"),
        ("2026-11-21", "prov-a-res-77-281-op3", "no_deadline"),
        ("2026-09-07", "prov-a-res-79-213-op6", "not_due"),
        ("2026-09-08", "prov-a-res-79-213-op6", "unknown"),
        ("2026-11-21", "prov-a-res-79-213-op6", "unknown"),
        ("2026-11-21", "prov-a-res-78-175-op15", "delivered"),
        ("2026-11-21", "prov-a-res-76-135-op14", "delivered"),
        ("2026-11-21", "prov-a-res-78-175-op3", "delivered"),
        ("2024-06-18", "prov-a-res-78-175-op3", "not_due"),
        ("2026-11-21", "prov-a-res-79-213-op3", "unknown"),
        ("2026-11-21", "prov-eu-c-2023-1344-strategy", "unknown"),
        ("2026-11-21", "prov-eu-c-2023-1344-report", "not_due"),
        ("2026-11-21", "prov-a-res-78-175-op1", "not_applicable"),
        ("2026-11-21", "due-icls22", "on_track"),
        ("2026-11-21", "due-untfsse-plan-end", "not_due"),
        ("2026-11-21", "out-ilo-sap-1-1", "not_measurable"),
    ],
)
def test_the_packaged_records(records, day, provision, state):
    assert records.as_of(date.fromisoformat(day)).status(provision).state == state


@pytest.mark.parametrize(
    "day", ["2023-05-19", "2024-01-30", "2024-10-15", "2025-12-31", "2026-11-21", "2028-06-01", "2036-01-01"]
)
def test_everything_that_has_a_status_gets_one_and_nobody_is_late_by_inference(records, day):
    view = records.as_of(date.fromisoformat(day))

    for cls in (Provision, Due, PlanOutput):
        for record in view.all(cls):
            status = view.status(record.id)
            assert status.state != "late"
            assert not status.sentence.missing
            for lang in LANGUAGES:
                assert "{" not in status.sentence[lang]
            assert all(view.find(identifier) is not None for identifier in status.evidence)


def test_encouragements_without_a_deadline_are_never_late(records):
    view = records.as_of(date(2099, 12, 31))

    for provision in view.all(Provision):
        dated = view.dues(provision.id) or any(act.deadline for act in provision.acts)
        if not dated and all(act.strength != "REQUEST" for act in provision.acts):
            assert view.status(provision.id).state in ("no_deadline", "not_applicable")


def test_ordinals():
    assert [ordinal(n, "en") for n in (1, 2, 3, 4, 11, 12, 13, 21, 79, 81, 82, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "79th", "81st", "82nd", "111th"
    ]  # fmt: skip
    assert (ordinal(1, "fr"), ordinal(81, "fr")) == ("1re", "81e")
    assert [ordinal(n, "es") for n in (79, 81, 83, 111, 113)] == ["79.º", "81.er", "83.er", "111.º", "113.º"]
