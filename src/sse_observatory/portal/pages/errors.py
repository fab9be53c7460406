"""Pages for what is not there and what went wrong, in the language of the address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from sse_observatory.core import LANGUAGES, Language
from sse_observatory.portal import words
from sse_observatory.portal.pages.common import render


def language_of(request: HttpRequest) -> Language:
    """The language of the address; without one, that of the reader's browser."""
    first = request.path.split("/")[1] if "/" in request.path else ""
    for lang in LANGUAGES:
        if first == lang:
            return lang
    from sse_observatory.sdmx.negotiation import choose_language

    return choose_language(request.headers.get("Accept-Language", ""))


def _page(request: HttpRequest, key: str, status: int) -> HttpResponse:
    lang = language_of(request)
    return render(
        request, "error.html", lang, section="", title=words.say(f"{key}.title", lang), status=status,
        what=words.say(f"{key}.what", lang), todo=words.say(f"{key}.todo", lang), path="",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing stands at this address."""
    return _page(request, "error.not_found", 404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(request, "error.bad_request", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """403, also for a form sent from elsewhere."""
    return _page(request, "error.forbidden", 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: the page says nothing about the inside."""
    return _page(request, "error.server", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the releases cannot be read at the moment."""
    return _page(request, "error.unavailable", 503)
