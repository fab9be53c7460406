"""Headers every answer carries, compression of pages, and plain words when the releases cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

from sse_observatory.core import ObservatoryError

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)
"""No script of any origin, no inline style, nothing from other servers."""

_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

Answer = Callable[[HttpRequest], HttpResponse]


class SafeHeaders:
    """Content security policy and the headers Django does not set."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


class CompressPages(GZipMiddleware):
    """Compress pages, styles and charts; data messages are left to the server in front, they stream."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.path.startswith("/sdmx/") or response.streaming:
            return response
        compressed: HttpResponse = super().process_response(request, response)
        return compressed


class Unavailable:
    """An error of the releases becomes a page that says so; its words go to the log, not to the reader."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ObservatoryError) or request.path.startswith("/sdmx/"):
            return None
        logging.getLogger(__name__).error("%s", error)
        from sse_observatory.portal.pages.errors import unavailable

        return unavailable(request)
