"""The document as one HTML page that needs nothing else: printable, accessible, readable on a telephone.

Words that make a claim carry its number (``data-claim``); the claims themselves stand in the page as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from sse_observatory.core import Language
from sse_observatory.figures import Chart
from sse_observatory.updates.document import Block, Document, Grid, Paragraphs, Part, Picture, Points, Sentence
from sse_observatory.updates.render import reading, setting, sidecar

_STYLE = Path(__file__).with_name("page.css")


_SYMBOL = re.compile(r"[A-Z]+(/[A-Z0-9.]+)+(, \w+\.[ \u00a0]\S+)?")


def render(document: Document, lang: Language) -> str:
    """The page."""
    words = reading.digest(reading.of_html(_page(document, lang, "")))
    return _page(document, lang, sidecar.dumped(document, lang, words).replace("<", "\\u003c"))


def _page(document: Document, lang: Language, claims: str) -> str:
    body = "".join(_part(document, part, lang) for part in document.parts)
    title = escape(f"{document.title[lang]} – {document.subtitle[lang]}")
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f'<meta name="generator" content="SSE Observatory">\n'
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{escape(document.title[lang])}</h1>\n"
        f'<p class="as-of">{escape(document.subtitle[lang])}</p>\n'
        f'<p class="notice">{escape(document.notice[lang])}</p>\n</header>\n<main>\n{body}'
        f"{_sources(document, lang)}</main>\n"
        f'<footer>{escape(document.word("page.footer", lang))} – {escape(document.subtitle[lang])}</footer>\n'
        f'<script type="application/json" id="{sidecar.FILE_NAME}">{claims}</script>\n</body>\n</html>\n'
    )


def _part(document: Document, part: Part, lang: Language) -> str:
    blocks = "".join(_block(document, block, lang) for block in part.blocks)
    heading = f"<h2>{escape(part.heading[lang])}</h2>\n" if part.heading else ""
    note = f'<p class="note">{escape(document.word("later.note", lang))}</p>\n' if part.later else ""
    return f'<section class="{part.id}" id="{part.id}">\n{heading}{note}{blocks}</section>\n'


def _block(document: Document, block: Block, lang: Language) -> str:
    if isinstance(block, Paragraphs):
        return "".join(
            f"<p>{' '.join(_sentence(document, sentence, lang) for sentence in paragraph)}</p>\n"
            for paragraph in block.paragraphs
        )
    if isinstance(block, Points):
        items = "".join(f"<li>{_sentence(document, sentence, lang)}</li>\n" for sentence in block.points)
        return f'<ul class="points">\n{items}</ul>\n'
    return _grid(document, block, lang) if isinstance(block, Grid) else _picture(document, block, lang)


def _sentence(document: Document, sentence: Sentence, lang: Language) -> str:
    return "".join(_bits(document, sentence, lang))


def _bits(document: Document, sentence: Sentence, lang: Language) -> Iterator[str]:
    inside = False
    for bit in setting.bits(document, sentence, lang):
        reference = bit.kind in ("number", "mark")
        if reference and not inside:
            yield '<span class="ref">'
        if inside and not reference:
            yield "</span>"
        inside = reference
        text = escape(bit.text, quote=False)
        if bit.kind == "number":
            yield f'<a href="#source-{bit.source}">{text}</a>'
        elif bit.kind == "note":
            yield f'<span class="note">{text}</span>'
        elif bit.claim is not None:
            language = f' lang="{bit.language}"' if bit.language else ""
            inner = f'<a href="{escape(bit.url)}">{text}</a>' if bit.url else text
            symbol = ' class="symbol"' if _SYMBOL.fullmatch(bit.text) else ""
            yield f'<span data-claim="{bit.claim}"{symbol}{language}>{inner}</span>'
        else:
            yield text
    if inside:
        yield "</span>"


def _grid(document: Document, grid: Grid, lang: Language) -> str:
    heads = "".join(
        f'<th scope="col"{_number(grid, at)}>{escape(head[lang])}</th>' for at, head in enumerate(grid.heads)
    )
    rows = []
    for row in grid.rows:
        cells = [f'<th scope="row">{_sentence(document, row.cells[0], lang)}</th>']
        for at, cell in enumerate(row.cells[1:], start=1):
            head = escape(grid.heads[at][lang])
            cells.append(f'<td data-head="{head}"{_number(grid, at)}>{_sentence(document, cell, lang)}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>\n")
    quiet = ' class="quiet"' if grid.quiet else ""
    widths = "".join(f'<col style="width: {width:.0%}">' for width in grid.widths)
    return (
        f'<div class="scroll"><table class="{grid.name} stacked">\n'
        f"<caption{quiet}>{escape(grid.caption[lang])}</caption>\n"
        f"<colgroup>{widths}</colgroup>\n<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n</table></div>\n"
    )


def _number(grid: Grid, at: int) -> str:
    return ' class="number"' if at in grid.numbers else ""


def _picture(document: Document, picture: Picture, lang: Language) -> str:
    charts = "".join(
        f'<div class="{name}">{_drawing(chart)}</div>\n'
        for name, chart in (("wide", picture.wide[lang]), ("narrow", picture.narrow[lang]))
    )
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in picture.wide[lang].headers)
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{escape(meaning)}</td></tr>\n'
        for label, _, meaning in picture.wide[lang].table()
    )
    return (
        f"<figure>\n<figcaption>{_sentence(document, picture.caption, lang)}</figcaption>\n{charts}"
        f'<p class="key">{escape(picture.key[lang])}</p>\n'
        f"<details><summary>{escape(document.word('figure.list', lang))}</summary>\n"
        f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></details>\n</figure>\n"
    )


def _drawing(chart: Chart) -> str:
    drawn = chart.svg()
    return drawn[drawn.index("<svg") :]


def _sources(document: Document, lang: Language) -> str:
    items = []
    for source in document.sources:
        entry = setting.entry(document, source, lang)
        title = f'<span lang="{entry.language}">{escape(entry.title)}</span>' if entry.language else escape(entry.title)
        address = f' <a href="{escape(entry.url)}">{escape(entry.shown_url)}</a>' if entry.url else ""
        items.append(
            f'<li id="source-{entry.number}">{title}{entry.mark}. {escape(entry.details)}.{address}</li>\n'
        )
    return (
        f'<section id="sources">\n<h2>{escape(document.word("sources", lang))}</h2>\n'
        f'<p class="key">{escape(setting.sources_note(document, lang))}</p>\n'
        f'<ol class="sources">\n{"".join(items)}</ol>\n</section>\n'
    )
