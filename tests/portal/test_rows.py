"""A list through time holds, on every day, what a list made for that day alone would hold, in the same order."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.records import generated

KINDS = (
    "instruments", "provisions", "events", "knowledge", "actors", "conflicts", "evidence", "roles", "relations",
    "objectives", "outputs", "due-dates", "statements", "services",
)
FIRST = date(2001, 6, 1)
any_day = st.integers(0, (date(2026, 11, 20) - FIRST).days).map(lambda n: FIRST + timedelta(n))


@pytest.fixture(scope="module")
def boards(django_ready):
    """Made-up records, and those of the catalogue."""
    from sse_observatory.portal import records

    held = records._held({entry["id"]: entry for entry in generated(400, seed=5)})
    return [records.Board(-1, held), records.Board(-2, records._of_catalogue())]


def scene_on(board, day, lang):
    from sse_observatory.portal.asof import AsOf
    from sse_observatory.portal.pages.followup.scene import Scene
    from sse_observatory.portal.records import Known

    return Scene(lang, AsOf(day, True), board, Known(board.as_of(day)))


def test_every_list_is_looked_at(django_ready):
    from sse_observatory.portal.pages.followup.listing import LISTINGS

    assert set(KINDS) == set(LISTINGS)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    day=any_day, lang=st.sampled_from(("en", "fr", "es")), place=st.sampled_from(KINDS), which=st.sampled_from((0, 1))
)
def test_a_list_of_a_day_is_the_one_made_for_that_day_alone(boards, day, lang, place, which):
    from sse_observatory.portal.pages.followup.listing import LISTINGS

    board = boards[which]
    if day < board.first_day:
        return
    scene, listing = scene_on(board, day, lang), LISTINGS[place]

    expected = sorted(
        scene.view.all(listing.cls), key=lambda r: listing.order(scene, r), reverse=listing.newest_first
    )

    assert [r.id for r in listing.records(scene)] == [r.id for r in expected]
    for narrow in listing.narrow:
        counts = {}
        for record in expected:
            for code in dict.fromkeys(narrow.codes(scene, record)):
                counts[code] = counts.get(code, 0) + 1
        assert listing.counts(scene, narrow.name) == counts


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=any_day, data=st.data())
def test_a_choice_leaves_the_records_that_have_each_code_chosen(boards, day, data):
    from sse_observatory.portal.pages.followup.listing import LISTINGS, Chosen

    listing = LISTINGS[data.draw(st.sampled_from(("provisions", "events", "evidence", "knowledge")))]
    scene = scene_on(boards[0], day, "en")
    choice = {}
    for narrow in listing.narrow:
        codes = sorted(listing.counts(scene, narrow.name))
        if codes and data.draw(st.booleans()):
            choice[narrow.name] = data.draw(st.sampled_from(codes))
    chosen = Chosen(listing, scene, choice, (), 1)
    by_name = {narrow.name: narrow for narrow in listing.narrow}

    expected = [
        record.id for record in listing.records(scene)
        if all(code in by_name[name].codes(scene, record) for name, code in choice.items())
    ]

    assert [record.id for record in chosen.records()] == expected
    assert [record.id for record in chosen.records(2, 5)] == expected[2:5]


def test_what_is_held_does_not_grow_with_the_days_that_are_asked(django_ready):
    """A thousand days in a row: no view beyond the last few is kept, and no record in more forms than it had."""
    from django.test import Client

    from sse_observatory.portal import records

    board = records.now()
    reader = Client()
    for number in range(30):
        reader.get(f"/en/follow-up/?as_of={date(2020, 1, 1) + timedelta(days=7 * number)}")
    versions = board._records._versions._of
    for number in range(1000):
        view = board.known(date(2017, 1, 1) + timedelta(days=3 * number)).view
        for identifier in board.portfolio.records:
            view.find(identifier)
    kept = {identifier: len(of) for identifier, of in versions.items()}

    assert len(board._views) == records._VIEWS
    assert max(kept.values()) <= 30
    assert all(
        before.until < after.since
        for of in versions.values()
        for ordered in (sorted(of),) for before, after in pairwise(ordered)
    )
