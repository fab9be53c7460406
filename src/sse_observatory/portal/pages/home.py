"""The front page: what this is, what is published, where to go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from sse_observatory import figures
from sse_observatory.core import Language
from sse_observatory.portal import words
from sse_observatory.portal.asof import NoSuchDate
from sse_observatory.portal.pages.common import render
from sse_observatory.portal.pages.countries import AGGREGATES, PUBLISHED, lead_picture
from sse_observatory.portal.pages.errors import language_of
from sse_observatory.portal.pages.followup import overview
from sse_observatory.portal.pages.followup.scene import Scene, beside, dated, refused
from sse_observatory.portal.shelf import shelf


def root(request: HttpRequest) -> HttpResponse:
    """The address without a language goes to the reader's."""
    response = HttpResponseRedirect(f"/{language_of(request)}/")
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def home(request: HttpRequest, lang: Language) -> HttpResponse:
    """The front page: the figures, and what was agreed as of a date.

    Its chart shows a real country; the fictional one is mentioned, not shown.
    """
    try:
        scene = beside(request, lang)
    except NoSuchDate as error:
        return refused(request, lang, error)
    now = shelf().now()
    countries = [area for area in now.areas if area not in now.fictional_areas and area not in AGGREGATES]
    featured = None
    own = {area for table in now.tables if table.dataflow.id != PUBLISHED for area in table.real_areas}
    for area in sorted(countries, key=lambda a: (a not in own, -now.areas[a], a))[:6]:
        picture = lead_picture(now, area, lang)
        if picture is not None:
            featured = {"area": area, "picture": picture}
            break
    return render(
        request, "home.html", lang, section="home", title=words.say("site.name", lang),
        counts=[
            {"number": figures.number(len(countries), lang), "key": "home.count_areas", "count": len(countries)},
            {"number": figures.number(len(now.dataflows), lang), "key": "home.count_tables",
             "count": len(now.dataflows)},
            {"number": figures.number(now.observations, lang), "key": "home.count_observations",
             "count": now.observations},
        ],
        releases=[ref for ref in now.refs if not ref.fictional],
        demonstration=[ref for ref in now.refs if ref.fictional],
        featured=featured,
        fictional_areas=sorted(now.fictional_areas),
        token=now.token,
        something=bool(now.refs), agreed=_agreed(scene) if scene else None, **(dated(request, scene) if scene else {}),
    )


def _agreed(scene: Scene) -> dict[str, Any]:
    return {
        "states": overview.states(scene), "coming": overview.coming(scene, 3), "latest": overview.latest(scene, 4),
    }
