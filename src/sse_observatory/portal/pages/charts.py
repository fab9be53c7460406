"""Charts by address, apart from the pages that show them: drawn once for each set of releases, then remembered."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified

from sse_observatory.core import Language
from sse_observatory.figures import NARROW_WIDTH, WIDE
from sse_observatory.portal.drawing import Picture, drawn
from sse_observatory.portal.pages.countries import lead_picture
from sse_observatory.portal.shelf import Snapshot, shelf

_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def answer(request: HttpRequest, now: Snapshot, find: Callable[[], Picture | None], form: str) -> HttpResponse:
    """The chart `find` gives, as `form`; 304 without looking where the reader has it already."""
    width = NARROW_WIDTH if request.GET.get("width") == "narrow" else WIDE
    tag = f'"{now.token}-{width}"'
    if tag in [t.strip().removeprefix("W/") for t in request.headers.get("If-None-Match", "").split(",")]:
        unchanged = HttpResponseNotModified()
        unchanged.headers["ETag"] = tag
        return unchanged
    found = find()
    if found is None:
        raise Http404
    response = HttpResponse(drawn(now.token, found, width, form), content_type=_TYPES[form])
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "public, max-age=300, must-revalidate"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def country_chart(request: HttpRequest, lang: Language, area: str, form: str) -> HttpResponse:
    """The chart that introduces a country."""
    now = shelf().now()
    if area not in now.areas:
        raise Http404
    return answer(request, now, lambda: lead_picture(now, area, lang), form)
