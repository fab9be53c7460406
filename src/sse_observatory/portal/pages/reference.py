"""Pages of reference: the glossary, the data service, about, accessibility, legal notice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from sse_observatory.core import Language, NotFound, Text
from sse_observatory.portal import words
from sse_observatory.portal.pages.common import render
from sse_observatory.portal.shelf import shelf
from sse_observatory.structures import AGENCY


def glossary(request: HttpRequest, lang: Language) -> HttpResponse:
    """The terms of the field with their definitions and sources."""
    terms = sorted(glossary_terms(), key=lambda term: _sortable(term["term"], lang))
    return render(
        request, "glossary.html", lang, section="glossary", title=words.say("glossary.title", lang), terms=terms,
    )


def _sortable(text: Text, lang: Language) -> str:
    from sse_observatory.portal.pages.countries import _sortable as folded

    return folded(text[lang])


def glossary_terms() -> list[dict[str, Any]]:
    """The glossary of the catalogue as plain entries; empty where there is none."""
    try:
        found: Any = words.the_catalogue().glossary
    except NotFound:
        return []
    return [
        {"id": term.id, "term": term.term, "definition": term.definition, "source": term.source,
         "status": getattr(term, "status", "")}
        for term in found.terms
    ]


def service(request: HttpRequest, lang: Language) -> HttpResponse:
    """How machines read the data: SDMX."""
    now = shelf().now()
    flows = [now.table(name).dataflow for name in now.dataflows]
    root = request.build_absolute_uri("/sdmx/2.1/")
    return render(
        request, "service.html", lang, section="sdmx", title=words.say("service.title", lang), flows=flows, root=root,
        agency=AGENCY, example=flows[0] if flows else None,
    )


def about(request: HttpRequest, lang: Language) -> HttpResponse:
    """What the observatory is and how it works; accessibility and legal notice on the same page."""
    return render(request, "about.html", lang, section="about", title=words.say("about.title", lang))
