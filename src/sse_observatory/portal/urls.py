"""Addresses: a language first, then the page; the data service and the language-less root beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.http import require_http_methods, require_safe

from sse_observatory.core import LANGUAGES, Language
from sse_observatory.portal.pages import (
    charts,
    data_service,
    desk,
    errors,
    home,
    publications,
    reference,
    sitemap,
    tables,
    texts,
)
from sse_observatory.portal.pages import countries as places
from sse_observatory.portal.pages.followup import addresses as followup


class Identifier(StringConverter):
    """An SDMX identifier."""

    regex = r"[A-Za-z0-9_@$\-]{1,64}"


class Form(StringConverter):
    """A format charts are drawn in."""

    regex = "svg|png"


class RecordId(StringConverter):
    """The id of a follow-up record."""

    regex = r"[a-z][a-z0-9\-]{0,159}"


register_converter(Identifier, "id")
class Number(StringConverter):
    """A number as the database counts."""

    regex = r"[1-9][0-9]{0,9}"


register_converter(RecordId, "record")
register_converter(Number, "number")
register_converter(Form, "form")

Page = Callable[..., HttpResponse]


def _pages(lang: Language) -> list[URLPattern]:
    def page(address: str, view: Page) -> URLPattern:
        return path(f"{lang}/{address}", require_safe(view), {"lang": lang})

    def form(address: str, view: Page) -> URLPattern:
        return path(f"{lang}/{address}", require_http_methods(["GET", "HEAD", "POST"])(view), {"lang": lang})

    return [
        page("", home.home),
        page("countries/", places.countries),
        page("countries/<id:area>/", places.country),
        page("countries/<id:area>/chart.<form:form>", charts.country_chart),
        page("tables/", tables.tables),
        page("tables/<id:dataflow>/", tables.table),
        page("tables/<id:dataflow>/data.csv", tables.download),
        page("tables/<id:dataflow>/chart.<form:form>", tables.chart),
        page("tables/<id:dataflow>/origin/", tables.origin),
        page("releases/", publications.releases),
        page("releases/<id:release>/", publications.release),
        page("releases/<id:old>/<id:new>/", publications.difference),
        page("data-service/", reference.service),
        page("glossary/", reference.glossary),
        page("about/", reference.about),
        *(page(address, view) for address, view in followup.PAGES),
        form("desk/", desk.front),
        form("desk/sign-in/", desk.sign_in),
        form("desk/sign-out/", desk.sign_out),
        form("desk/password/", desk.password),
        form("desk/people/", desk.people),
        form("desk/differences/", desk.differences),
        form("desk/new/<id:kind>/", desk.new),
        form("desk/records/<record:identifier>/", desk.record),
        form("desk/records/<record:identifier>/edit/", desk.edit),
        form("desk/proposals/<number:number_>/", desk.proposal),
        form("desk/texts/", texts.texts),
        page("desk/texts/compare/", texts.compare),
        form("desk/texts/<number:number_>/", texts.text),
        form("desk/texts/<number:number_>/join/", texts.join),
        page("desk/texts/<number:number_>/corrections.jsonl", texts.history),
    ]


def _robots(request: HttpRequest) -> HttpResponse:
    lines = "User-agent: *\nDisallow: /sdmx/\n" + "".join(
        f"Disallow: /{lang}/tables/*/origin/\n" for lang in LANGUAGES
    )
    lines += "".join(
        f"Disallow: /{lang}/{path}\n" for lang in LANGUAGES for path in ("desk/", "search/?", "briefing/?", "*as_of=")
    )
    lines += f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}\n"
    return HttpResponse(lines, content_type="text/plain; charset=utf-8")


urlpatterns: list[Any] = [
    path("", require_safe(home.root)),
    path("robots.txt", require_safe(_robots)),
    path("comparison.css", require_safe(texts.style)),
    path("sitemap.xml", require_safe(sitemap.sitemap)),
    re_path(r"^sdmx/2\.1/(?P<path>.*)$", data_service.sdmx),
    *(pattern for lang in LANGUAGES for pattern in _pages(lang)),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
