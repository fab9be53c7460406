"""The briefing of a government group from a form: group, date, language and format make a document.

What a briefing says and when it refuses to be built is decided in `updates.briefing`. Here it is asked for, kept for
the next reader, and held back when too many are asked for at once: setting a document takes seconds of a processor.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse

from sse_observatory.catalogue.portfolio import GovernmentGroup, Region
from sse_observatory.core import LANGUAGES, Language, NotFound, ObservatoryError
from sse_observatory.portal import faults, words
from sse_observatory.portal.pages.common import NAMES, sortable
from sse_observatory.portal.pages.followup.groups import members_of
from sse_observatory.portal.pages.followup.scene import Scene, followup, page
from sse_observatory.portal.shelf import shelf
from sse_observatory.updates import briefing, render

TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_AT_ONCE = threading.BoundedSemaphore(2)
_PATIENCE = 20.0  # seconds a reader waits for others' documents
_KEPT = 24
_made: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Asked:
    """What the form asks for."""

    group: str
    language: Language
    form: str
    later: bool


@followup
def ask(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The form."""
    return _form(request, scene, request.GET.get("group", "")[:80])


def _form(request: HttpRequest, scene: Scene, group: str, problem: str = "", status: int = 200) -> HttpResponse:
    return page(
        request, scene, "briefing.html", scene.say("briefing.title"), status=status, groups=_groups(scene), group=group,
        languages=[{"code": code, "name": NAMES[code], "here": code == scene.lang} for code in LANGUAGES],
        forms=[{"code": code, "name": scene.say(f"briefing.form_{code}")} for code in TYPES], problem=problem,
        kept_parameters=[],
    )


def _groups(scene: Scene) -> list[dict[str, str]]:
    """The groups and regions that had countries on the date."""
    found = []
    for cls in (GovernmentGroup, Region):
        for record in scene.view.all(cls):
            if members_of(scene, record) is not None:
                kind = scene.say(f"kinds.{record.kind}")
                found.append({"id": record.id, "name": scene.plain(record.title), "kind": kind})
    return sorted(found, key=lambda entry: (entry["kind"], sortable(entry["name"])))


@followup
def document(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The document asked for; the form again, with the reason, where it cannot be built."""
    language = request.GET.get("lang", scene.lang)
    form = request.GET.get("format", "html")
    group = request.GET.get("group", "")[:80]
    if form not in TYPES or language not in LANGUAGES or not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", group):
        raise Http404
    asked = Asked(group, language, form, request.GET.get("later", "1") != "0")
    try:
        body = _body(scene, asked)
    except NotFound:
        raise Http404 from None
    except _Busy:
        response = _form(request, scene, group, scene.say("briefing.busy"), 503)
        response.headers["Retry-After"] = "30"
        return response
    except ObservatoryError as error:
        return _form(request, scene, group, faults.problem(error, scene.lang, "no_briefing"), 409)
    response = HttpResponse(body, content_type=TYPES[form])
    name = f"briefing-{group.lower().replace('_', '-')}-{scene.asof.iso}.{language}.{form}"
    response.headers["Content-Disposition"] = f'{"inline" if form == "html" else "attachment"}; filename="{name}"'
    response.headers["Content-Language"] = language
    response.headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.headers["X-Robots-Tag"] = "noindex"
    # A document carries its own style and its pictures inside, and nothing else.
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {_styles(body) if form == 'html' else ''} 'unsafe-hashes'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups allow-same-origin"
    )
    return response


class _Busy(Exception):
    """Others are being served first."""


def _body(scene: Scene, asked: Asked) -> bytes:
    key = (scene.board.version, shelf().now().token, scene.asof.day, asked)
    with _lock:
        if key in _made:
            _made.move_to_end(key)
            return _made[key]
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise _Busy
    try:
        built = briefing.build(
            scene.board, shelf().releases, asked.group, scene.asof.day, (asked.language,), later=asked.later,
            catalogue=words.the_catalogue(),
        )
        body = {"html": render.html, "pdf": render.pdf, "docx": render.docx}[asked.form](built, asked.language)
    finally:
        _AT_ONCE.release()
    with _lock:
        _made[key] = body
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return body


def _styles(body: bytes) -> str:
    """The hashes of the styles in a document, as its policy names them."""
    text = body.decode()
    found = re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL) + re.findall(r'\sstyle="([^"]*)"', text)
    hashes = {base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in found}
    return " ".join(f"'sha256-{one}'" for one in sorted(hashes))
