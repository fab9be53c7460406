"""The search page: records, tables and terms that have the words, as known on the date."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse

from sse_observatory.figures import number
from sse_observatory.portal import finding
from sse_observatory.portal.pages.followup.scene import PLACES, ROOT, Scene, followup, page
from sse_observatory.portal.search import LAST_PAGE, MOST_LETTERS, Found, Hit


@followup
def search(request: HttpRequest, scene: Scene) -> HttpResponse:
    """What was known on the date and has the words asked for."""
    text = request.GET.get("q", "").replace("\x00", " ").strip()[:MOST_LETTERS]
    kind = request.GET.get("kind", "")
    if kind not in (*PLACES, finding.TABLE, finding.TERM):
        kind = ""
    asked = request.GET.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 4 and 1 <= int(asked) <= LAST_PAGE):
        raise Http404
    found = finding.index().find(text, scene.lang, scene.asof.day, [kind] if kind else [], int(asked)) if text else None
    return page(
        request, scene, "search.html", scene.say("search.title"), section="search", text=text, kind=kind, found=found,
        hits=[_shown(scene, hit) for hit in found.hits] if found else [],
        counted=number(found.total, scene.lang) if found else "", kinds=_kinds(scene, text, kind, found),
        pages=_pages(scene, text, kind, found), most=MOST_LETTERS, how=found.how if found else "",
    )


def _shown(scene: Scene, hit: Hit) -> dict[str, Any]:
    if hit.kind == finding.TABLE:
        url = f"/{scene.lang}/tables/{hit.key}/"
    elif hit.kind == finding.TERM:
        url = f"/{scene.lang}/glossary/#{hit.key}"
    else:
        url = scene.url(f"{ROOT}{PLACES[hit.kind]}/{hit.key}/")
    citation = ""
    if hit.kind in ("instrument", "provision"):
        citation = scene.short(hit.key)
    return {
        "hit": hit, "url": url, "kind": scene.say(f"kind.{hit.kind}"),
        "citation": citation if citation != "".join(piece.text for piece in hit.title) else "",
        "title_lang": hit.title_lang if hit.title_lang != scene.lang else "",
        "passage_lang": hit.passage_lang if hit.passage_lang != scene.lang else "",
    }


def _query(scene: Scene, **values: object) -> str:
    kept = urlencode({name: value for name, value in values.items() if value})
    return "?" + "&".join(filter(None, (kept, scene.asof.query)))


def _kinds(scene: Scene, text: str, kind: str, found: Found | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    counts = dict(found.kinds)
    return [
        {"label": scene.say("search.every_kind"), "url": _query(scene, q=text), "here": not kind,
         "count": number(sum(counts.values()), scene.lang)},
        *(
            {"label": scene.say(f"kinds.{name}"), "url": _query(scene, q=text, kind=name), "here": name == kind,
             "count": number(counts[name], scene.lang)}
            for name in (*PLACES, finding.TABLE, finding.TERM) if counts.get(name)
        ),
    ]


def _pages(scene: Scene, text: str, kind: str, found: Found | None) -> list[dict[str, Any]]:
    if found is None or found.pages == 1:
        return []
    near = sorted({1, found.pages, *range(max(1, found.page - 2), min(found.pages, found.page + 2) + 1)})
    listed: list[dict[str, Any]] = []
    before = 0
    for at in near:
        if at > before + 1:
            listed.append({"gap": True})
        url = _query(scene, q=text, kind=kind, page=at)
        listed.append({"number": number(at, scene.lang), "url": url, "here": at == found.page})
        before = at
    return listed
