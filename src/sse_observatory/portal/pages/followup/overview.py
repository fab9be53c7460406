"""The front page of the follow-up, the half of the site's front page about it, and the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import groupby, islice
from typing import Any

from django.http import HttpRequest, HttpResponse

from sse_observatory.catalogue.portfolio import Conflict, Evidence, Instrument, KnowledgeItem, Provision
from sse_observatory.core import LANGUAGES
from sse_observatory.figures import number
from sse_observatory.portal.pages.followup import listing
from sse_observatory.portal.pages.followup.calendar import in_words
from sse_observatory.portal.pages.followup.scene import Scene, followup, page
from sse_observatory.portal.pages.followup.values import Ref, plain

STATES = (
    "late", "at_risk", "on_track", "not_due", "delivered", "unknown", "no_deadline", "not_measurable",
    "not_applicable",
)  # fmt: skip
SOON = timedelta(days=730)
DOORS = (
    ("instruments", "instruments/"), ("provisions", "provisions/"), ("plans", "plans/"), ("timeline", "timeline/"),
    ("calendar", "calendar/"), ("knowledge", "knowledge/"), ("actors", "actors/"), ("conflicts", "conflicts/"),
    ("groups", "groups/"),
)  # fmt: skip


def states(scene: Scene) -> list[dict[str, Any]]:
    """How many provisions stand where."""
    counts = listing.LISTINGS["provisions"].counts(scene, "state")
    narrow = next(n for n in listing.LISTINGS["provisions"].narrow if n.name == "state")
    return [
        {"state": state, "label": plain(scene, narrow.value(state)), "count": number(counts[state], scene.lang),
         "url": scene.url(f"follow-up/provisions/?state={state}")}
        for state in STATES if state in counts
    ]


def warm(scene: Scene) -> None:
    """Work out what the first readers would have to wait for."""
    for listed in listing.LISTINGS.values():
        for lang in LANGUAGES:
            listed.rows(replace(scene, lang=lang))


def latest(scene: Scene, count: int) -> list[dict[str, Any]]:
    """The last things that had happened by the date."""
    events = islice(listing.LISTINGS["events"].records(scene), count)  # those without a date come last
    return [{"record": e, "when": when} for e in events if (when := listing.moment_of(scene, e)) is not None]


def coming(scene: Scene, count: int) -> list[dict[str, Any]]:
    """What is due next, as known on the date."""
    found = scene.once(
        "coming", lambda: scene.view.due(scene.asof.day, scene.asof.day + SOON)
    )
    return [
        {"words": in_words(scene, due, when), "due": due, "inferred": due.current.basis == "inferred"}
        for when, due in found[:count]
    ]


@followup
def overview(request: HttpRequest, scene: Scene) -> HttpResponse:
    """What was agreed, and what became of it."""
    view = scene.view
    counts = [
        {"key": f"followup.count_{name}", "count": view.count(cls), "number": number(view.count(cls), scene.lang)}
        for name, cls in (("instruments", Instrument), ("provisions", Provision), ("evidence", Evidence))
    ]
    return page(
        request, scene, "overview.html", scene.say("followup.title"), counts=counts, states=states(scene),
        latest=latest(scene, 6), coming=coming(scene, 6),
        open_conflicts=[c for c in view.all(Conflict) if c.status == "open"][:10],
        items=number(view.count(KnowledgeItem), scene.lang),
        doors=[{"title": scene.say(f"door.{name}"), "text": scene.say(f"door_text.{name}"),
                "url": scene.url(f"follow-up/{path}")} for name, path in DOORS],
    )


MOST_EVENTS = 150


@followup
def timeline(request: HttpRequest, scene: Scene) -> HttpResponse:
    """Everything that had happened by the date, the latest first, by year; of one instrument or body if chosen."""
    listed = listing.LISTINGS["events"]
    chosen = listing.Chosen.of(listed, scene, request)
    by_year = {int(year): count for year, count in chosen.counts("year").items()}
    dated = sum(by_year.values())
    shown = [(listing.moment_of(scene, e), e) for e in chosen.records(0, min(dated, MOST_EVENTS))]
    years = [
        {"year": year, "events": [{"when": when, "record": event} for when, event in members]}
        for year, members in groupby(shown, key=lambda pair: pair[0].code[:4] if pair[0] else "")
    ]
    return page(
        request, scene, "timeline.html", scene.say("timeline.title"), years=years, more=dated - len(shown),
        fields=listing.fields(scene, chosen), ignored=chosen.ignored, total=dated,
        counted=number(dated, scene.lang), spread=spread(by_year),
    )


def spread(counts: Mapping[int, int]) -> list[dict[str, Any]]:
    """How many events each year had, for a row of bars that can be read as a table."""
    if len(counts) < 3:
        return []
    years = range(max(min(counts), max(counts) - 19), max(counts) + 1)
    most = max(counts.values())
    return [
        {"year": year, "count": counts.get(year, 0), "share": round(100 * counts.get(year, 0) / most)}
        for year in years
    ]


__all__ = ["Ref", "coming", "latest", "overview", "states", "timeline"]
