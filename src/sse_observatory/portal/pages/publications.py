"""Releases: what is current, what a release holds, what changed between two."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from sse_observatory.core import Language, NotFound, ObservatoryError
from sse_observatory.figures import number
from sse_observatory.portal import words
from sse_observatory.portal.cells import code_label, code_text
from sse_observatory.portal.pages.common import render
from sse_observatory.portal.shelf import Snapshot, shelf
from sse_observatory.releases import Publication, ReleaseRef

_ID = re.compile(r"[0-9a-f]{8,64}")
SHOWN = 200
"""Differences listed on a page; the counts are always complete."""


def releases(request: HttpRequest, lang: Language) -> HttpResponse:
    """Every process with its current release and the ones before."""
    now = shelf().now()
    processes = []
    for ref in now.refs:
        former = history(ref.process)
        processes.append({
            "ref": ref, "published": datetime.fromisoformat(former[-1].at) if former else None,
            "flows": [now.table(name).dataflow for name in ref.dataflows],
            "compare": _pairs(former),
        })
    return render(
        request, "releases.html", lang, section="releases", title=words.say("releases.title", lang),
        processes=processes, fictional=any(ref.fictional for ref in now.refs),
    )


def history(process: str) -> tuple[Publication, ...]:
    """What was current when in a process, oldest first."""
    return shelf().releases.history(process)


def _pairs(publications: tuple[Publication, ...]) -> list[dict[str, Any]]:
    return [
        {"old": old.release, "new": new.release, "at": datetime.fromisoformat(new.at)}
        for old, new in pairwise(publications)
        if old.release.id != new.release.id
    ][::-1]


def _ref(release: str) -> ReleaseRef:
    if not _ID.fullmatch(release):
        raise Http404
    try:
        return shelf().releases.ref(release)
    except (NotFound, FileNotFoundError):
        raise Http404 from None


def release(request: HttpRequest, lang: Language, release: str) -> HttpResponse:
    """One release: what it holds, how it was made, what it replaced."""
    now = shelf().now()
    ref = _ref(release)
    past = history(ref.process)
    places = [i for i, publication in enumerate(past) if publication.release.id == ref.id]
    before = past[places[-1] - 1].release if places and places[-1] > 0 else None
    current = any(r.id == ref.id for r in now.refs)
    return render(
        request, "release.html", lang, section="releases", title=words.plain_of(ref.title, lang), ref=ref,
        current=current, before=before, flows=[
            {"id": name, "label": now.table(name).dataflow.label if name in now.dataflows else None}
            for name in ref.dataflows
        ],
        published=[datetime.fromisoformat(past[i].at) for i in places],
        quality=_quality(ref) if current else [], fictional=ref.fictional,
    )


def _quality(ref: ReleaseRef) -> list[tuple[str, str]]:
    try:
        measures = shelf().releases.quality(ref.process)
    except ObservatoryError:
        return []
    found = []
    for name, value in islice(sorted(measures.items()), 60):
        if isinstance(value, dict) and any(isinstance(v, (dict, list)) for v in value.values()):
            value = len(value)  # a list of cases: the page says how many, the release itself says which
        if isinstance(value, dict):
            value = ", ".join(f"{k} = {v}" for k, v in sorted(value.items()))
        elif isinstance(value, list):
            value = ", ".join(str(v) for v in value[:12])
        found.append((str(name), str(value)))
    return found


def difference(request: HttpRequest, lang: Language, old: str, new: str) -> HttpResponse:
    """What changed between two releases of one process."""
    now = shelf().now()
    before, after = _ref(old), _ref(new)
    if before.process != after.process:
        raise Http404
    diff = shelf().releases.diff(before.id, after.id)
    parts = [_part(now, name, flow, lang) for name, flow in diff.dataflows.items()]
    return render(
        request, "difference.html", lang, section="releases", title=words.say("difference.title", lang),
        before=before, after=after, parts=parts, empty=diff.empty, fictional=before.fictional or after.fictional,
        shown=SHOWN,
    )


def _part(now: Snapshot, name: str, flow: Any, lang: Language) -> dict[str, Any]:
    dataflow = now.table(name).dataflow if name in now.dataflows else None
    dims = [n for n in flow.rows.column_names if not n.startswith(("OLD_", "NEW_")) and n != "CHANGE"]
    table = flow.rows.slice(0, SHOWN)
    rows = []
    for row in table.to_pylist():
        key = [
            code_label(dataflow, d, row[d], lang) if dataflow is not None else row[d]
            for d in dims if row[d] not in ("_T", "_Z") and d != "FREQ"
        ]
        rows.append({
            "key": " · ".join(key),
            "kind": row["CHANGE"],
            "change": words.say(f"difference.kind_{row['CHANGE']}", lang),
            "old": _shown(row, "OLD", lang), "new": _shown(row, "NEW", lang),
        })
    counts = [
        {"kind": words.say(f"difference.kind_{kind}", lang), "count": number(count, lang)}
        for kind, count in flow.counts.items() if count
    ]
    return {"id": name, "label": dataflow.label if dataflow is not None else None, "counts": counts, "rows": rows,
            "more": max(flow.rows.num_rows - SHOWN, 0)}


def _shown(row: dict[str, Any], side: str, lang: Language) -> str:
    if row.get(f"{side}_OBS_STATUS") is None:
        return ""
    if row.get(f"{side}_CONF_STATUS") == "C":
        return "c"
    value = row.get(f"{side}_OBS_VALUE")
    status = row[f"{side}_OBS_STATUS"]
    flags = {"O": ":", "M": "z", "N": "n", "Q": "c"}
    if value is None:
        return flags.get(status, ":")
    return number(value, lang)


__all__ = ["code_text", "difference", "history", "release", "releases"]
