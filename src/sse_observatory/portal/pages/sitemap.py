"""The sitemap: every page as it is today, each with its address in the other languages (sitemaps.org, hreflang)."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.utils.html import escape

from sse_observatory.core import LANGUAGES, ObservatoryError
from sse_observatory.portal import asof, records
from sse_observatory.portal.pages.followup.listing import LISTINGS
from sse_observatory.portal.pages.followup.scene import PLACES, ROOT
from sse_observatory.portal.shelf import shelf

MOST = 16_000
"""Pages of one sitemap; each stands there once for each language, and the protocol allows 50,000."""


def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page that is worth finding."""
    root = request.build_absolute_uri("/")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">',
    ]
    for at, path in enumerate(_paths()):
        if at == MOST:
            break
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{lang}" href="{escape(f"{root}{lang}/{path}")}"/>'
            for lang in LANGUAGES
        )
        lines += [f"<url><loc>{escape(f'{root}{lang}/{path}')}</loc>{others}</url>" for lang in LANGUAGES]
    lines.append("</urlset>")
    return HttpResponse("\n".join(lines) + "\n", content_type="application/xml; charset=utf-8")


def _paths() -> Iterator[str]:
    yield from ("", "countries/", "tables/", "releases/", "data-service/", "glossary/", "about/")
    now = shelf().now()
    yield from (f"countries/{area}/" for area in sorted(now.areas) if area not in now.fictional_areas)
    yield from (f"tables/{name}/" for name in now.dataflows)
    yield from (f"{ROOT}{path}" for path in ("", "timeline/", "calendar/", "plans/", "groups/"))
    yield from (f"{ROOT}{place}/" for place in LISTINGS)
    try:
        board = records.now()
    except ObservatoryError:
        return
    view = board.known(asof.today()).view
    for record in board.portfolio.records.values():
        if view.find(record.id) is not None:
            yield f"{ROOT}{PLACES[record.kind]}/{record.id}/"
