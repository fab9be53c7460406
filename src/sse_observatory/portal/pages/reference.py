"""Pages of reference: the glossary, the data service, about, accessibility, legal notice."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from sse_observatory.core import Language, NotFound
from sse_observatory.portal import words
from sse_observatory.portal.pages.common import render, sortable
from sse_observatory.portal.shelf import shelf
from sse_observatory.structures import AGENCY


def glossary(request: HttpRequest, lang: Language) -> HttpResponse:
    """The terms of the field with their definitions and sources."""
    try:
        found = words.the_catalogue().glossary
    except NotFound:
        found = {}
    terms = [
        {"entry": term, "see": [found[other] for other in term.see if other in found]}
        for term in sorted(found.values(), key=lambda term: sortable(term.term[lang]))
    ]
    return render(
        request, "glossary.html", lang, section="glossary", title=words.say("glossary.title", lang), terms=terms,
    )


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
