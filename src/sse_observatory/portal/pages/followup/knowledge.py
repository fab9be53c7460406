"""The library: tools, courses, studies and pages, and in which languages each exists."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from sse_observatory.catalogue.portfolio import KnowledgeItem
from sse_observatory.core import LANGUAGES
from sse_observatory.portal.pages.followup import listing, values
from sse_observatory.portal.pages.followup.listing import LISTINGS
from sse_observatory.portal.pages.followup.scene import Scene

MOST_ROWS = 60


def items(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The list of items, with the matrix of languages for those of this choice whose languages are known."""
    chosen = listing.Chosen.of(LISTINGS["knowledge"], scene, request)
    held = matrix(scene, tuple(chosen.records()))
    return listing.show(request, scene, LISTINGS["knowledge"], template="knowledge.html", matrix=held)


def matrix(scene: Scene, records: tuple[KnowledgeItem, ...]) -> dict[str, Any]:
    """Item by language: there, announced or missing. An item about whose languages nothing is known is only counted."""
    known = [record for record in records if record.files][:MOST_ROWS]
    codes = sorted(
        {file.language for record in known for file in record.files} | set(LANGUAGES),
        key=lambda code: (LANGUAGES.index(code) if code in LANGUAGES else len(LANGUAGES), code),  # type: ignore[arg-type]
    )
    return {
        "languages": [{"code": code, "name": values.plain(scene, listing.language_name(code))} for code in codes],
        "rows": [{"record": record, "cells": [_cell(record, code) for code in codes]} for record in known],
        "unknown": len([record for record in records if not record.files]),
    }


def _cell(record: KnowledgeItem, code: str) -> str:
    for file in record.files:
        if file.language == code:
            return "announced" if file.announced else "there"
    return "missing"
