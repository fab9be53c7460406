"""The document as PDF by typst: tagged for PDF/UA-1 and archived as PDF/A-3a, fonts embedded, claims attached.

`paper.typ` sets what stands in the data given to it, and holds no words of its own.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sse_observatory.core import Language, ObservatoryError
from sse_observatory.updates.document import Block, Document, Grid, Paragraphs, Picture, Points, Sentence
from sse_observatory.updates.render import setting, sidecar

STANDARDS = ("ua-1", "a-3a")
SIZES = (10.0, 9.8, 9.6, 9.4)
"""The size of the text in points: the usual one, and those tried to save a page."""
FONT = "Libertinus Serif"
_TEMPLATE = Path(__file__).with_name("paper.typ")
_REGIONS: dict[Language, str] = {"en": "gb", "fr": "fr", "es": "es"}


def render(document: Document, lang: Language) -> bytes:
    """The PDF. Equal documents give equal bytes. Raises ObservatoryError where typst refuses the document.

    Where the text runs over onto a page for a few lines, it is set a little smaller and that page is saved.
    """
    data = _data(document, lang)
    usual, *smaller = (_set(document, data, size) for size in SIZES)
    pages = _pages(usual())
    return next((made for size in smaller if _pages(made := size()) < pages), usual())


def _set(document: Document, data: dict[str, Any], size: float) -> Callable[[], bytes]:
    @cache
    def made() -> bytes:
        import typst

        moment = datetime(document.as_of.year, document.as_of.month, document.as_of.day, tzinfo=UTC)
        standards: Any = list(STANDARDS)
        try:
            return bytes(
                typst.compile(
                    _TEMPLATE,
                    format="pdf",
                    ignore_system_fonts=True,
                    pdf_standards=standards,
                    sys_inputs={"data": json.dumps({**data, "size": size}, ensure_ascii=False)},
                    timestamp=int(moment.timestamp()) if document.as_of.year >= 1970 else 0,
                )
            )
        except typst.TypstError as error:
            todo = "Report it with the group and the date."
            raise ObservatoryError(f"The PDF cannot be set: {error}.", todo) from error

    return made


def _pages(paper: bytes) -> int:
    import pypdf

    return len(pypdf.PdfReader(io.BytesIO(paper)).pages)


def _data(document: Document, lang: Language) -> dict[str, Any]:
    return {
        "title": document.title[lang],
        "title-lines": setting.title_lines(document, lang),
        "subtitle": document.subtitle[lang],
        "notice": document.notice[lang],
        "author": document.word("page.footer", lang),
        "keywords": [document.product, document.group, document.as_of.isoformat()],
        "footer": f"{document.word('page.footer', lang)} – {document.subtitle[lang]}",
        "page": document.word("page.of", lang),
        "language": lang,
        "region": _REGIONS[lang],
        "date": [document.as_of.year, document.as_of.month, document.as_of.day],
        "parts": [
            {
                "id": part.id,
                "heading": part.heading[lang] if part.heading else "",
                "note": document.word("later.note", lang) if part.later else "",
                "blocks": [_block(document, block, lang) for block in part.blocks],
            }
            for part in document.parts
        ],
        "sources-heading": document.word("sources", lang),
        "sources-note": setting.sources_note(document, lang),
        "sources": [_source(document, number, lang) for number in range(len(document.sources))],
        "attachment": {
            "name": sidecar.FILE_NAME,
            "content": sidecar.dumped(document, lang),
            "description": document.word("attachment", lang),
        },
    }


def _block(document: Document, block: Block, lang: Language) -> dict[str, Any]:
    def bits(sentence: Sentence) -> list[dict[str, Any]]:
        return [
            {
                "text": bit.text,
                "kind": bit.kind,
                **({"source": bit.source} if bit.source is not None else {}),
                **({"language": bit.language} if bit.language else {}),
                **({"url": bit.url} if bit.url else {}),
            }
            for bit in setting.bits(document, sentence, lang)
        ]

    if isinstance(block, Paragraphs):
        return {"form": "paragraphs", "paragraphs": [[bits(s) for s in p] for p in block.paragraphs]}
    if isinstance(block, Points):
        return {"form": "points", "points": [bits(sentence) for sentence in block.points]}
    if isinstance(block, Grid):
        return {
            "form": "grid",
            "caption": "" if block.quiet else block.caption[lang],
            "heads": [head[lang] for head in block.heads],
            "widths": list(block.widths),
            "numbers": list(block.numbers),
            "rows": [[bits(cell) for cell in row.cells] for row in block.rows],
        }
    return {
        "form": "picture",
        "caption": bits(block.caption),
        "svg": _drawn(block, lang),
        "alt": block.wide[lang].alt,
        "key": block.key[lang],
    }


def _drawn(block: Picture, lang: Language) -> str:
    """The chart with the font of the document in place of its own, which typst does not have."""
    return re.sub(r'font-family="[^"]*"', f'font-family="{FONT}"', block.wide[lang].svg())


def _source(document: Document, at: int, lang: Language) -> dict[str, Any]:
    entry = setting.entry(document, document.sources[at], lang)
    return {
        "number": entry.number,
        "title": entry.title,
        "language": entry.language or lang,
        "mark": entry.mark,
        "details": entry.details,
        "url": entry.url,
        "shown": entry.shown_url,
    }
