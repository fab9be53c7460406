"""Addresses: a language first, then the page; the data service and the language-less root beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.http import require_safe

from sse_observatory.core import LANGUAGES, Language
from sse_observatory.portal.pages import charts, data_service, errors, home, publications, reference, tables
from sse_observatory.portal.pages import countries as places


class Identifier(StringConverter):
    """An SDMX identifier."""

    regex = r"[A-Za-z0-9_@$\-]{1,64}"


class Form(StringConverter):
    """A format charts are drawn in."""

    regex = "svg|png"


register_converter(Identifier, "id")
register_converter(Form, "form")

Page = Callable[..., HttpResponse]


def _pages(lang: Language) -> list[URLPattern]:
    def page(address: str, view: Page) -> URLPattern:
        return path(f"{lang}/{address}", require_safe(view), {"lang": lang})

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
    ]


def _robots(request: HttpRequest) -> HttpResponse:
    lines = "User-agent: *\nDisallow: /sdmx/\n" + "".join(
        f"Disallow: /{lang}/tables/*/origin/\n" for lang in LANGUAGES
    )
    return HttpResponse(lines, content_type="text/plain; charset=utf-8")


urlpatterns: list[Any] = [
    path("", require_safe(home.root)),
    path("robots.txt", require_safe(_robots)),
    re_path(r"^sdmx/2\.1/(?P<path>.*)$", data_service.sdmx),
    *(pattern for lang in LANGUAGES for pattern in _pages(lang)),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
