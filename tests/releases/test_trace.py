"""Where an observation comes from, and whether what was written about it still holds."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from sse_observatory.core import NotFound
from sse_observatory.releases import Change, Releases
from support.releases import MEMBERS, RECIPE, UNITS, draft_of, observation, publish, sample_draft, sample_store

KEY = {d.id: observation(UNITS, 0)[d.id] for d in UNITS.structure.dimensions}
HIDDEN = {"OBS_STATUS": "Q", "CONF_STATUS": "C"}


def u(value, **codes):
    return observation(UNITS, value, **codes)


def test_a_trace_gives_sources_methods_run_and_release(tmp_path):
    releases = sample_store(tmp_path)
    [ref] = releases.current()

    trace = releases.trace("DF_COOP_UNITS", KEY)

    assert (trace.value, trace.key, trace.recipe, trace.fingerprint) == (45, KEY, RECIPE, "f0")
    assert (trace.process, trace.release, trace.run_id, trace.fictional) == ("sample", ref.id, "run-1", True)
    assert trace.attributes == {"OBS_STATUS": "A", "CONF_STATUS": "F", "UNIT_MEASURE": "UNITS", "UNIT_MULT": "0",
                                "DECIMALS": "0", "DEFINITION_VERSION": "1"}
    assert trace.clearance == {"kind": "audit", "rules": "rules-1", "skipped": ""}
    assert not trace.confidential


def test_of_a_hidden_observation_the_trace_says_only_that_it_is_confidential(tmp_path):
    trace = sample_store(tmp_path).trace("DF_COOP_UNITS", KEY | {"COOP_TYPE": "WORKER"})

    assert trace.confidential
    assert (trace.value, trace.recipe, trace.fingerprint) == (None, None, "")


def test_an_unknown_key_is_answered_with_the_nearest_ones(tmp_path):
    releases = sample_store(tmp_path)

    with pytest.raises(NotFound) as caught:
        releases.trace("DF_COOP_UNITS", KEY | {"TIME_PERIOD": "2021", "COOP_TYPE": "PRODUCER"})
    assert "no observation REF_AREA=XSO" in caught.value.what
    assert re.search(r"same key with TIME_PERIOD=202[23]; or TIME_PERIOD=202[23]", caught.value.todo)


def test_an_incomplete_key_or_an_unknown_dimension_is_told(tmp_path):
    releases = sample_store(tmp_path)

    with pytest.raises(NotFound, match="does not say TIER, TIME_PERIOD"):
        releases.trace("DF_COOP_UNITS", {k: v for k, v in KEY.items() if k not in ("TIER", "TIME_PERIOD")})
    with pytest.raises(NotFound, match="Use REF_AREA"):
        releases.trace("DF_COOP_UNITS", {**KEY, "REF_AERA": "XSO"})
    with pytest.raises(NotFound, match="Its dimensions"):
        releases.trace("DF_COOP_UNITS", {**KEY, "x": "XSO"})


def test_a_key_may_be_written_as_its_codes_with_points_between(tmp_path):
    opened = sample_store(tmp_path).open("DF_COOP_UNITS")

    assert opened.key("XSO.A.REGISTER.COOP-ICLS2018.UNITS_REGISTERED._T._T._T._T._T.2023") == KEY
    with pytest.raises(NotFound, match="2 codes and DF_COOP_UNITS 11 dimensions"):
        opened.key("XSO.2023")


def test_only_the_traces_of_what_changed_change(tmp_path):
    rows = [u(5, COOP_TYPE=t, FINGERPRINT=f"f-{t}") for t in ("PRODUCER", "WORKER", "UNK")]
    releases = sample_store(tmp_path, draft_of([(UNITS, rows)]))
    before = {t: releases.trace("DF_COOP_UNITS", KEY | {"COOP_TYPE": t}) for t in ("PRODUCER", "WORKER", "UNK")}

    publish(releases, draft_of([(UNITS, [*rows[:2], {**rows[2], "FINGERPRINT": "moved"}])], run_id="run-2"))

    after = {t: releases.trace("DF_COOP_UNITS", KEY | {"COOP_TYPE": t}) for t in before}
    same = [t for t in before if (before[t].recipe, before[t].fingerprint) == (after[t].recipe, after[t].fingerprint)]
    assert same == ["PRODUCER", "WORKER"]


# Staleness


def judged(tmp_path, *after, before=None, key=KEY):
    """The state of a reference to 45 cooperatives after the process published `after`."""
    releases = sample_store(tmp_path, draft_of([(UNITS, before or [u(45)])]))
    reference = releases.reference("DF_COOP_UNITS", key)
    publish(releases, draft_of([(UNITS, after)], run_id="run-2"))
    return releases.staleness(reference)


def test_a_new_release_that_says_the_same_makes_nothing_stale(tmp_path):
    found = judged(tmp_path, u("45.000", FINGERPRINT="moved", SOURCE_NOTE="reworded"), u(3, ACTIVITY="A"))

    assert found.state == "current" and not found.stale
    assert found.now.value == 45 and found.now.release != ""


@pytest.mark.parametrize(("after", "change"), [
    (u(46), Change("OBS_VALUE", "45", "46")),
    (u(45, OBS_STATUS="P"), Change("OBS_STATUS", "A", "P")),
    (u(45, DEFINITION_VERSION="2"), Change("DEFINITION_VERSION", "1", "2")),
    (u(45, DEFINITION_VERSION=None), Change("DEFINITION_VERSION", "1", None)),
    (u(45, UNIT_MULT="3"), Change("UNIT_MULT", "0", "3")),
    (u(45, UNIT_MEASURE="PS"), Change("UNIT_MEASURE", "UNITS", "PS")),
])
def test_a_changed_value_status_or_definition_makes_a_reference_stale(tmp_path, after, change):
    found = judged(tmp_path, after)

    assert found.stale and found.state == "changed" and found.changes == (change,)
    assert change.concept in found.reason


def test_a_value_that_was_hidden_since_is_told_with_its_status(tmp_path):
    found = judged(tmp_path, u(None, **HIDDEN))

    assert {c.concept for c in found.changes} == {"OBS_VALUE", "OBS_STATUS", "CONF_STATUS"}


def test_an_observation_that_is_no_longer_published_is_withdrawn(tmp_path):
    assert judged(tmp_path, u(45, ACTIVITY="A")).state == "withdrawn"
    releases = Releases(tmp_path)
    reference = releases.reference("DF_COOP_UNITS", KEY | {"ACTIVITY": "A"})
    publish(releases, draft_of([(MEMBERS, [observation(MEMBERS, 1)])]))
    assert releases.staleness(reference).state == "withdrawn"


def test_a_reference_kept_elsewhere_is_judged_by_what_it_says(tmp_path):
    releases = sample_store(tmp_path, sample_draft())
    kept = releases.reference("DF_COOP_UNITS", KEY)

    assert not releases.staleness(replace(kept, release="a release long gone")).stale
    assert releases.staleness(replace(kept, value=Decimal(44))).changes == (Change("OBS_VALUE", "44", "45"),)
