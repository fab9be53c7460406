"""What every page has: language, navigation, the same page in the other languages, the fictional banner."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from sse_observatory.core import LANGUAGES, Language
from sse_observatory.portal import cells, words

NAMES: dict[Language, str] = {"en": "English", "fr": "Français", "es": "Español"}
DATED = ("home", "countries", "followup", "search")
"""Sections whose pages keep the date they speak from."""
SECTIONS = (
    ("home", ""),
    ("countries", "countries/"),
    ("tables", "tables/"),
    ("followup", "follow-up/"),
    ("search", "search/"),
    ("releases", "releases/"),
    ("sdmx", "data-service/"),
    ("glossary", "glossary/"),
    ("about", "about/"),
)


def render(
    request: HttpRequest,
    template: str,
    lang: Language,
    *,
    section: str,
    title: str,
    status: int = 200,
    fictional: bool = False,
    path: str | None = None,
    **context: Any,
) -> HttpResponse:
    """The page `template` with what every page has. `path` is its address after the language."""
    if path is None:
        path = request.path.removeprefix(f"/{lang}/")
    query = request.META.get("QUERY_STRING", "")
    after = f"{path}?{query}" if query else path
    alternates = [
        {
            "lang": other, "name": NAMES[other], "here": other == lang, "url": f"/{other}/{after}",
            "absolute": request.build_absolute_uri(f"/{other}/{after}") if status == 200 else "",
        }
        for other in LANGUAGES
    ]
    body = render_to_string(
        f"portal/{template}",
        {
            "lang": lang,
            "section": section,
            "title": title,
            "home": section == "home",
            "fictional": fictional,
            "alternates": alternates if status == 200 else [a | {"url": f"/{a['lang']}/"} for a in alternates],
            "indexed": status == 200,
            "canonical": request.build_absolute_uri(f"/{lang}/{after}") if status == 200 else "",
            "nav": [
                {"key": f"nav.{name}", "url": _kept(f"/{lang}/{url}", name, context.get("scene")),
                 "here": name == section}
                for name, url in SECTIONS
            ],
            "base": f"/{lang}/",
            **context,
        },
        request=request,
    )
    response = HttpResponse(body, status=status)
    response.headers["Content-Language"] = lang
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate" if status == 200 else "no-store"
    return response


def _kept(url: str, section: str, scene: Any) -> str:
    return str(scene.asof.keep(url)) if scene is not None and section in DATED else url


def sortable(name: str) -> str:
    """A name as it is sorted: without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def legend(states: set[str], lang: Language) -> list[dict[str, str]]:
    """The legend of states: the six that must never be mixed up, and the flags that occur."""
    names = [*cells.LEGEND, *(name for name in cells.FURTHER if name in states)]
    sign = {"zero": "0", "undetermined": "?"} | cells.LETTERS
    return [{"state": name, "sign": sign[name], "words": words.say(f"legend.{name}", lang)} for name in names]
