"""The addresses of the follow-up, after the language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from sse_observatory.portal.pages.followup import (
    brief,
    calendar,
    details,
    finding,
    groups,
    knowledge,
    listing,
    overview,
)
from sse_observatory.portal.pages.followup.listing import LISTINGS, Listing
from sse_observatory.portal.pages.followup.scene import PLACES, ROOT, Scene, followup

Page = Callable[..., HttpResponseBase]


def _lists(listed: Listing) -> list[tuple[str, Page]]:
    """The list of a kind, its downloads, and the page of each of its records."""
    place = listed.place

    @followup
    def shown(request: HttpRequest, scene: Scene) -> HttpResponseBase:
        return knowledge.items(request, scene) if place == "knowledge" else listing.show(request, scene, listed)

    @followup
    def as_csv(request: HttpRequest, scene: Scene) -> HttpResponseBase:
        return listing.as_csv(request, scene, listed)

    @followup
    def as_json(request: HttpRequest, scene: Scene) -> HttpResponseBase:
        return listing.as_json(request, scene, listed)

    return [
        (f"{ROOT}{place}/", shown), (f"{ROOT}{place}/list.csv", as_csv), (f"{ROOT}{place}/list.json", as_json),
    ]


def _record(place: str) -> Page:
    def shown(request: HttpRequest, lang: Any, identifier: str) -> HttpResponseBase:
        return details.record(request, lang, place=place, identifier=identifier)

    return shown


PAGES: list[tuple[str, Page]] = [
    (ROOT, overview.overview),
    (f"{ROOT}timeline/", overview.timeline),
    (f"{ROOT}calendar/", calendar.calendar),
    (f"{ROOT}calendar/calendar.ics", calendar.as_ics),
    (f"{ROOT}calendar/list.csv", calendar.as_csv),
    (f"{ROOT}plans/", details.plans),
    (f"{ROOT}plans/<record:identifier>/", details.plan),
    (f"{ROOT}groups/", groups.groups),
    (f"{ROOT}groups/<record:identifier>/", groups.group),
    (f"{ROOT}records/<record:identifier>/", details.any_record),
    *(entry for listed in LISTINGS.values() for entry in _lists(listed)),
    *((f"{ROOT}{place}/<record:identifier>/", _record(place)) for place in sorted(set(PLACES.values()) - {"groups"})),
    ("search/", finding.search),
    ("briefing/", brief.ask),
    ("briefing/document", brief.document),
]
"""Each address with its page."""
