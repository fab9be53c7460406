"""The mount of the SDMX service: Django's request in, the service's response out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from sse_observatory.portal.shelf import shelf
from sse_observatory.sdmx import answer

_READ = ("GET", "HEAD")


@csrf_exempt  # nothing can be sent to it: anything but reading is refused
def sdmx(request: HttpRequest, path: str) -> HttpResponse | StreamingHttpResponse:
    """Everything under /sdmx/2.1/, from the current releases; the service words its own refusals."""
    if request.method not in _READ:
        refused = HttpResponse(status=405, content_type="text/plain; charset=utf-8")
        refused.headers["Allow"] = ", ".join(_READ)
        return refused
    # A parameter given twice is refused by the service, so it must see both.
    params = [(name, value) for name in request.GET for value in request.GET.getlist(name)]
    found = answer(
        path, shelf().releases, request.headers.get("Accept", ""), request.headers.get("Accept-Language", ""),
        params=params, if_none_match=request.headers.get("If-None-Match", ""),
    )
    response = StreamingHttpResponse(found.body, status=found.status, headers=found.headers)
    # Data are for programs of any site; pages are not.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
