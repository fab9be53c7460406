"""The document as one HTML page that needs nothing else: printable, accessible, readable on a telephone.

Words that make a claim carry its number (``data-claim``); the claims themselves stand in the page as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from sse_observatory.core import Language
from sse_observatory.figures import Chart
from sse_observatory.updates.document import Block, Document, Grid, Paragraphs, Part, Picture, Points, Sentence
from sse_observatory.updates.render import setting, sidecar

STYLE = """
:root { --ink: #1a2027; --muted: #55606b; --rule: #d5dbe0; --accent: #0b4f71; --tint: #f1f5f7; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: #fff; font: 1.0625rem/1.55 Georgia, "Libertinus Serif", "Times New Roman", serif; }
main, header, footer { max-width: 45rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .4rem; color: var(--accent); text-wrap: balance; }
.as-of { font-size: 1.15rem; margin: 0 0 1rem; }
.notice { color: var(--muted); font-size: .9rem; border-top: 2px solid var(--accent); padding-top: .7rem; margin: 0; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2rem 0 .5rem; color: var(--accent); break-after: avoid; }
p { margin: 0 0 .7rem; }
ul.points { padding-left: 1.2rem; margin: .3rem 0; }
ul.points li { margin-bottom: .45rem; }
section.brief { background: var(--tint); border-left: 4px solid var(--accent); padding: .2rem 1.2rem .8rem; margin-top: 1.5rem; }
section.brief h2 { margin-top: .9rem; }
section.later { border: 1px dashed var(--muted); padding: 0 1.2rem .8rem; margin-top: 2rem; }
caption.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.ref { white-space: nowrap; }
.symbol { white-space: nowrap; }
.ref, .ref a { color: var(--muted); font-size: .82em; text-decoration: none; }
.ref a:hover, .ref a:focus { text-decoration: underline; color: var(--accent); }
.note { color: var(--muted); font-style: italic; font-size: .88em; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; line-height: 1.45; }
caption { text-align: left; font-weight: bold; padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0; border-top: 1px solid var(--rule); font-weight: normal; }
thead th { font-weight: bold; border-top: 0; border-bottom: 2px solid var(--accent); vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 1px solid var(--rule); }
td.number, th.number { text-align: right; padding-right: 0; }
tbody td.number { white-space: nowrap; }
figure { margin: 1.2rem 0; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { font-weight: bold; margin-bottom: .5rem; }
.key { color: var(--muted); font-size: .88rem; margin: .4rem 0 0; }
.narrow { display: none; }
details { margin-top: .5rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--accent); }
ol.sources { padding-left: 2.2rem; font-size: .88rem; line-height: 1.45; }
ol.sources li { margin-bottom: .5rem; overflow-wrap: anywhere; }
ol.sources li:target { background: var(--tint); }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
footer { color: var(--muted); font-size: .85rem; border-top: 1px solid var(--rule); margin-top: 2.5rem; padding-top: .8rem; padding-bottom: 2rem; }
@media (max-width: 34rem) {
  body { font-size: 1rem; }
  h1 { font-size: 1.4rem; }
  main, header, footer { padding-left: 1rem; padding-right: 1rem; }
  .wide { display: none; } .narrow { display: block; }
  table.stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  table.stacked, table.stacked tbody, table.stacked tr, table.stacked th, table.stacked td, table.stacked caption { display: block; width: 100%; text-align: left; }
  table.stacked tr { border-top: 1px solid var(--rule); padding: .5rem 0; }
  table.stacked tr > * { border: 0 !important; padding: .1rem 0; }
  table.stacked tr > th { font-weight: bold; }
  table.stacked td[data-head]::before { content: attr(data-head); display: block; color: var(--muted); font-size: .82rem; margin-top: .3rem; }
  td.number { text-align: left; }
}
@media print {
  @page { size: A4; margin: 22mm 20mm; }
  body { font-size: 10.5pt; } main, header, footer { max-width: none; padding: 0; }
  header { padding-top: 0; }
  section.brief { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  tr, figure, li { break-inside: avoid; } p { orphans: 3; widows: 3; } details { display: none; } .ref a { color: inherit; }
}
"""


_SYMBOL = re.compile(r"[A-Z]+(/[A-Z0-9.]+)+(, \w+\.[ \u00a0]\S+)?")


def render(document: Document, lang: Language) -> str:
    """The page."""
    body = "".join(_part(document, part, lang) for part in document.parts)
    title = escape(f"{document.title[lang]} – {document.subtitle[lang]}")
    claims = sidecar.dumped(document, lang).replace("<", "\\u003c")
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f'<meta name="generator" content="SSE Observatory">\n<style>{STYLE}</style>\n</head>\n<body>\n'
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
        f'<div class="scroll"><table class="{grid.name} stacked">\n<caption{quiet}>{escape(grid.caption[lang])}</caption>\n'
        f"<colgroup>{widths}</colgroup>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table></div>\n"
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
        items.append(f'<li id="source-{entry.number}">{title}. {escape(entry.details)}.{address}</li>\n')
    return (
        f'<section id="sources">\n<h2>{escape(document.word("sources", lang))}</h2>\n'
        f'<ol class="sources">\n{"".join(items)}</ol>\n</section>\n'
    )
