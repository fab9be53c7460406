"""Differences between releases."""

import tempfile
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.releases import KINDS, Recipe, Releases
from sse_observatory.releases.differences import compare
from sse_observatory.releases.observations import conform, encode
from support.releases import (
    MEMBERS,
    RECIPE,
    UNITS,
    dataflow,
    draft_of,
    observation,
    publish,
    sample_draft,
    table,
)

DIMS = [d.id for d in UNITS.structure.dimensions]
HIDDEN = {"OBS_STATUS": "Q", "CONF_STATUS": "C"}


def u(value, **codes):
    return observation(UNITS, value, **codes)


def test_each_kind_of_change_is_named_and_counted(tmp_path):
    other = Recipe(RECIPE.sources, RECIPE.methods[:1])
    recipes = {r.id: r for r in (RECIPE, other)}
    kinds = {"PRODUCER": "value", "WORKER": "status", "CONSUMER": "definition", "MULTI": "trace", "UNK": "same"}
    before = [u(5, COOP_TYPE=t) for t in kinds] + [u(1, ACTIVITY="A")]
    after = [u(6, COOP_TYPE="PRODUCER"), u(5, COOP_TYPE="WORKER", OBS_STATUS="P"),
             u(5, COOP_TYPE="CONSUMER", DEFINITION_VERSION="2"), u(5, COOP_TYPE="MULTI", RECIPE=other.id),
             u(5, COOP_TYPE="UNK"), u(1, ACTIVITY="G")]
    releases = Releases(tmp_path)
    old = publish(releases, draft_of([(UNITS, before)], recipes=recipes))
    new = publish(releases, draft_of([(UNITS, after)], recipes=recipes))

    diff = releases.diff(old.id, new.id[:10])

    found = diff.dataflows["DF_COOP_UNITS"]
    assert found.counts == dict.fromkeys((*KINDS, "same"), 1)
    assert found.changed == 3 and not diff.empty
    rows = {(r["COOP_TYPE"], r["ACTIVITY"]): r for r in found.rows.to_pylist()}
    assert {t: rows[t, "_T"]["CHANGE"] for t in kinds if kinds[t] != "same"} == {
        t: k for t, k in kinds.items() if k != "same"}
    assert rows["_T", "A"]["CHANGE"] == "removed" and rows["_T", "G"]["CHANGE"] == "added"
    assert (rows["PRODUCER", "_T"]["OLD_OBS_VALUE"], rows["PRODUCER", "_T"]["NEW_OBS_VALUE"]) == (5, 6)
    assert (rows["_T", "G"]["OLD_OBS_STATUS"], rows["_T", "G"]["NEW_OBS_STATUS"]) == (None, "A")


def test_a_value_that_becomes_hidden_is_a_change_of_value_before_one_of_status(tmp_path):
    releases = Releases(tmp_path)
    old = publish(releases, draft_of([(UNITS, [u(5)])]))
    new = publish(releases, draft_of([(UNITS, [u(None, **HIDDEN)])]))

    [row] = releases.diff(old.id, new.id).dataflows["DF_COOP_UNITS"].rows.to_pylist()

    assert (row["CHANGE"], row["OLD_CONF_STATUS"], row["NEW_CONF_STATUS"]) == ("value", "F", "C")


def test_a_dataflow_that_only_one_of_the_releases_holds_was_added_or_removed_whole(tmp_path):
    releases = Releases(tmp_path)
    old = publish(releases, draft_of([(UNITS, [u(5)])]))
    new = publish(releases, draft_of([(MEMBERS, [observation(MEMBERS, 7, SEX=s) for s in ("F", "M")])]))

    diff = releases.diff(old.id, new.id)

    assert diff.dataflows["DF_COOP_UNITS"].counts["removed"] == 1
    assert diff.dataflows["DF_COOP_MEMBERS"].counts["added"] == 2
    assert diff.dataflows["DF_COOP_MEMBERS"].rows["NEW_OBS_VALUE"].to_pylist() == [Decimal(7)] * 2


def test_under_changed_dimensions_no_observation_has_a_counterpart(tmp_path):
    shorter = dataflow("DF_COOP_UNITS", ("REF_AREA", "FREQ"))
    releases = Releases(tmp_path)
    old = publish(releases, draft_of([(UNITS, [u(5)])]))
    new = publish(releases, draft_of([(shorter, [observation(shorter, 5)])]))

    found = releases.diff(old.id, new.id).dataflows["DF_COOP_UNITS"]

    assert (found.counts["removed"], found.counts["added"], found.changed) == (1, 1, 0)
    assert found.rows["COOP_TYPE"].to_pylist() == ["_T", None]


def test_releases_that_do_not_exist_or_belong_to_two_processes_are_not_compared(tmp_path):
    releases = Releases(tmp_path)
    one, other = publish(releases, sample_draft()), publish(releases, sample_draft("kenya", "KEN"))

    with pytest.raises(NotFound, match="no release"):
        releases.diff(one.id, "f" * 64)
    with pytest.raises(ObservatoryError, match="of kenya"):
        releases.diff(one.id, other.id)


keys = st.fixed_dictionaries({
    "COOP_TYPE": st.sampled_from(["_T", "WORKER", "UNK"]), "ACTIVITY": st.sampled_from(["_T", "A", "G"]),
    "TIME_PERIOD": st.sampled_from(["2022", "2023"])})
contents = st.one_of(
    st.fixed_dictionaries({"value": st.integers(-2, 2), "OBS_STATUS": st.sampled_from(["A", "P"]),
                           "FINGERPRINT": st.sampled_from(["a", "b"]), "COMMENT": st.sampled_from([None, "note"])}),
    st.just({"value": None, "OBS_STATUS": "O"}), st.just({"value": None, **HIDDEN}))


@st.composite
def tables(draw):
    rows = {tuple(sorted(k.items())): draw(contents) for k in draw(st.lists(keys, max_size=6))}
    return conform(table(UNITS, [u(c["value"], **dict(k), **{n: v for n, v in c.items() if n != "value"})
                                 for k, c in rows.items()]), UNITS)


def difference(old, new):
    return compare("DF_COOP_UNITS", encode(old), encode(new), DIMS, DIMS)


def rows_by_key(made):
    return {tuple(row[d] for d in DIMS): row for row in made.to_pylist()}


@settings(max_examples=60, deadline=None)
@given(tables())
def test_nothing_differs_from_itself(a):
    found = difference(a, a)

    assert found.rows.num_rows == 0
    assert found.counts == dict.fromkeys(KINDS, 0) | {"same": a.num_rows}


@settings(max_examples=150, deadline=None)
@given(tables(), tables())
def test_the_differences_applied_to_the_old_table_give_the_new_one(a, b):
    found = difference(a, b)

    result = rows_by_key(a)
    for row in found.rows.to_pylist():
        key = tuple(row[d] for d in DIMS)
        if row["CHANGE"] == "removed":
            del result[key]
        else:
            result[key] = dict(zip(DIMS, key, strict=True)) | {
                n: row[f"NEW_{n}"] for n in UNITS_COLUMNS}
    assert result == rows_by_key(b)
    assert sum(found.counts.values()) == len(set(rows_by_key(a)) | set(rows_by_key(b)))
    places = [tuple(r[d] for d in DIMS) for r in found.rows.to_pylist()]
    assert places == sorted(places)


@settings(max_examples=60, deadline=None)
@given(tables(), tables())
def test_the_differences_the_other_way_round_are_the_same_with_sides_exchanged(a, b):
    there, back = difference(a, b), difference(b, a)

    swapped = {"added": "removed", "removed": "added"}
    assert {swapped.get(k, k): n for k, n in there.counts.items()} == back.counts
    assert there.rows["OLD_OBS_VALUE"].to_pylist() == back.rows["NEW_OBS_VALUE"].to_pylist()


UNITS_COLUMNS = [n for n in conform(table(UNITS, [u(1)]), UNITS).column_names if n not in DIMS]


@settings(max_examples=15, deadline=None)
@given(tables().filter(lambda t: t.num_rows), tables().filter(lambda t: t.num_rows))
def test_two_releases_differ_exactly_when_their_observations_do(a, b):
    with tempfile.TemporaryDirectory() as folder:
        releases = Releases(folder)
        old, new = (publish(releases, draft_of([(UNITS, t)])) for t in (a, b))
        diff = releases.diff(old.id, new.id)
        seen = [releases.open_release("DF_COOP_UNITS", r.id).observations.drop_columns(["RELEASE"]) for r in (old, new)]
        assert diff.empty == seen[0].equals(seen[1])
        assert isinstance(diff.dataflows["DF_COOP_UNITS"].rows, pa.Table)
