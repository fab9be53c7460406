"""The document for a word processor (DOCX): real styles, heading rows that repeat, language, alternative texts.

The claims travel as a custom XML part, which word processors keep and do not show.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from docx import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part as PackagePart
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt, RGBColor

from sse_observatory.core import Language
from sse_observatory.updates.document import Block, Document, Grid, Paragraphs, Part, Picture, Points, Sentence
from sse_observatory.updates.render import reading, setting, sidecar

FONT = "Arial"
ACCENT, MUTED, INK = RGBColor(0x0B, 0x4F, 0x71), RGBColor(0x55, 0x60, 0x6B), RGBColor(0x1A, 0x20, 0x27)
_LOCALES: dict[Language, str] = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES"}
_CUSTOM_XML = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
_WIDTH = Mm(170)


def render(document: Document, lang: Language) -> bytes:
    """The file. Equal documents give equal bytes."""
    return _Writer(document, lang).file()


class _Writer:
    def __init__(self, document: Document, lang: Language) -> None:
        self.document, self.lang = document, lang
        self.word: Any = WordDocument()
        self.bookmarks = 0

    def file(self) -> bytes:
        self._page()
        self._styles()
        self._properties()
        document, lang = self.document, self.lang
        title = self.word.add_paragraph(style="Title")
        for at, line in enumerate(setting.title_lines(document, lang)):
            if at:
                title.add_run().add_break()
            title.add_run(line)
        self.word.add_paragraph(document.subtitle[lang], style="Subtitle")
        self.word.add_paragraph(document.notice[lang], style="Notice")
        for part in document.parts:
            self._part(part)
        self._sources()
        self._claims()
        raw = io.BytesIO()
        self.word.save(raw)
        return _without_clock(raw.getvalue())

    # The page, its styles and what the file says of itself

    def _page(self) -> None:
        section = self.word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(20)
        section.top_margin = section.bottom_margin = Mm(20)
        section.footer_distance = Mm(10)
        footer = section.footer.paragraphs[0]
        footer.style = self.word.styles["Footer"]
        tabs = self.word.styles["Footer"].paragraph_format.tab_stops
        tabs.clear_all()
        tabs.add_tab_stop(_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
        footer.add_run(f"{self.document.word('page.footer', self.lang)} – {self.document.subtitle[self.lang]}\t")
        before, _, rest = self.document.word("page.of", self.lang).partition("{page}")
        between, _, after = rest.partition("{pages}")
        footer.add_run(before)
        _field(footer, "PAGE")
        footer.add_run(between)
        _field(footer, "NUMPAGES")
        if after:
            footer.add_run(after)

    def _styles(self) -> None:
        styles = self.word.styles
        defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        for old in defaults.findall(qn("w:lang")):
            defaults.remove(old)
        language = OxmlElement("w:lang")
        for name in ("w:val", "w:eastAsia"):
            language.set(qn(name), _LOCALES[self.lang])
        language.set(qn("w:bidi"), "ar-SA")
        defaults.append(language)
        normal = styles["Normal"]
        _font(normal, 9.5, INK)
        normal.paragraph_format.space_after = Pt(5)
        normal.paragraph_format.line_spacing = 1.04
        normal.paragraph_format.widow_control = True
        for name, size, before, after in (("Title", 19.0, 0, 5), ("Heading 1", 12.0, 10, 3)):
            style = styles[name]
            _font(style, size, ACCENT, bold=True)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
            style.paragraph_format.keep_with_next = True
            borders = style.element.pPr.find(qn("w:pBdr")) if style.element.pPr is not None else None
            if borders is not None:
                style.element.pPr.remove(borders)
        _font(styles["Subtitle"], 12, INK, italic=False)
        styles["Subtitle"].paragraph_format.space_after = Pt(6)
        _font(styles["List Bullet"], 9.5, INK)
        bullets = styles["List Bullet"].paragraph_format
        bullets.space_after, bullets.left_indent, bullets.first_line_indent = Pt(3), Mm(5), Mm(-5)
        for close in styles["List Bullet"].element.pPr.findall(qn("w:contextualSpacing")):
            styles["List Bullet"].element.pPr.remove(close)
        _font(styles["Caption"], 9.5, INK, bold=True)
        styles["Caption"].paragraph_format.space_before = Pt(8)
        styles["Caption"].paragraph_format.space_after = Pt(4)
        styles["Caption"].paragraph_format.keep_with_next = True
        _font(styles["Footer"], 8, MUTED)
        for name, size, colour in (
            ("Notice", 8, MUTED), ("Key", 8, MUTED), ("Later", 8.5, MUTED), ("Cell", 8.5, INK), ("Source", 8, INK),
        ):
            style = styles.add_style(name, 1)
            style.base_style = normal
            _font(style, size, colour, italic=name == "Later")
            style.paragraph_format.space_after = Pt(2 if name in ("Cell", "Source") else 6)
        styles["Cell"].paragraph_format.space_after = Pt(0)
        styles["Cell"].paragraph_format.line_spacing = 1.05
        source = styles["Source"].paragraph_format
        source.left_indent, source.first_line_indent = Mm(8), Mm(-8)
        source.keep_together = True
        source.tab_stops.add_tab_stop(Mm(8))
        styles["Notice"].element.get_or_add_pPr().insert_element_before(
            _border("top", "0B4F71", 12, 6), "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc"
        )
        for name, colour in (("Reference", MUTED), ("Language Note", MUTED)):
            style = styles.add_style(name, 2)
            style.font.color.rgb = colour
            style.font.size = Pt(8)
            style.font.italic = name == "Language Note"

    def _properties(self) -> None:
        document, lang = self.document, self.lang
        properties = self.word.core_properties
        moment = datetime(document.as_of.year, document.as_of.month, document.as_of.day)
        properties.title, properties.subject = document.title[lang], document.subtitle[lang]
        properties.author = properties.last_modified_by = document.word("page.footer", lang)
        properties.language, properties.keywords = _LOCALES[lang], f"{document.group}, {document.as_of.isoformat()}"
        properties.created = properties.modified = moment
        properties.comments, properties.revision, properties.category = "", 1, document.product

    def _claims(self) -> None:
        words = reading.digest(reading.of_word(self.word.element))
        content = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<claims xmlns="{sidecar.NAMESPACE}">'
            f"{escape(sidecar.dumped(self.document, self.lang, words))}</claims>"
        ).encode()
        package = self.word.part.package
        part = PackagePart(PackURI("/customXml/claims.xml"), "application/xml", content, package)
        self.word.part.relate_to(part, _CUSTOM_XML)

    # Blocks

    def _part(self, part: Part) -> None:
        if part.heading:
            self.word.add_paragraph(part.heading[self.lang], style="Heading 1")
        if part.later:
            self.word.add_paragraph(self.document.word("later.note", self.lang), style="Later")
        for block in part.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        if isinstance(block, Paragraphs):
            for paragraph in block.paragraphs:
                made = self.word.add_paragraph()
                for index, sentence in enumerate(paragraph):
                    if index:
                        made.add_run(" ")
                    self._sentence(made, sentence)
        elif isinstance(block, Points):
            for sentence in block.points:
                self._sentence(self.word.add_paragraph(style="List Bullet"), sentence)
        elif isinstance(block, Grid):
            self._grid(block)
        else:
            self._picture(block)

    def _sentence(self, paragraph: Any, sentence: Sentence, bold: bool = False) -> None:
        for bit in setting.bits(self.document, sentence, self.lang):
            if bit.kind == "number":
                paragraph._p.append(_internal_link(f"source_{bit.source}", bit.text))
            elif bit.url:
                paragraph._p.append(self._link(paragraph, bit.url, bit.text))
            else:
                run = paragraph.add_run(bit.text)
                if bit.kind == "mark":
                    run.style = self.word.styles["Reference"]
                elif bit.kind == "note":
                    run.style = self.word.styles["Language Note"]
                elif bold:
                    run.bold = True
                if bit.language and bit.kind != "note":
                    language = OxmlElement("w:lang")
                    language.set(qn("w:val"), _LOCALES[bit.language])
                    run._r.get_or_add_rPr().append(language)

    def _link(self, paragraph: Any, url: str, text: str) -> Any:
        relation = paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), relation)
        link.append(_run(text, "0B4F71"))
        return link

    def _grid(self, grid: Grid) -> None:
        if not grid.quiet:
            self.word.add_paragraph(grid.caption[self.lang], style="Caption")
        table = self.word.add_table(rows=1, cols=len(grid.heads))
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        table.autofit = False
        _table_look(table, grid.caption[self.lang])
        widths = [Emu(int(_WIDTH * width / sum(grid.widths))) for width in grid.widths]
        for at, head in enumerate(grid.heads):
            paragraph = table.rows[0].cells[at].paragraphs[0]
            paragraph.style = self.word.styles["Cell"]
            paragraph.add_run(head[self.lang]).bold = True
            paragraph.paragraph_format.keep_with_next = True
            if at in grid.numbers:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _repeat(table.rows[0])
        for row in grid.rows:
            cells = table.add_row().cells
            for at, sentence in enumerate(row.cells):
                paragraph = cells[at].paragraphs[0]
                paragraph.style = self.word.styles["Cell"]
                self._sentence(paragraph, sentence)
                if at in grid.numbers:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for row in table.rows:
            _unbroken(row)
            for at, width in enumerate(widths):
                row.cells[at].width = width
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        # The paragraph that must follow a table also keeps the distance to what comes next.
        after = self.word.add_paragraph()
        after.paragraph_format.space_after = Pt(0)
        after.paragraph_format.line_spacing = Pt(6)

    def _picture(self, picture: Picture) -> None:
        caption = self.word.add_paragraph(style="Caption")
        self._sentence(caption, picture.caption)
        chart = picture.wide[self.lang]
        paragraph = self.word.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(chart.png(3.0)), width=int(_WIDTH * 0.9))
        properties = shape._inline.docPr
        properties.set("descr", chart.alt)
        properties.set("title", self.document.word("table.coverage", self.lang))
        properties.set("name", "coverage")
        self.word.add_paragraph(picture.key[self.lang], style="Key")

    def _sources(self) -> None:
        self.word.add_paragraph(self.document.word("sources", self.lang), style="Heading 1")
        self.word.add_paragraph(setting.sources_note(self.document, self.lang), style="Key")
        for source in self.document.sources:
            entry = setting.entry(self.document, source, self.lang)
            paragraph = self.word.add_paragraph(style="Source")
            self._bookmark(paragraph, f"source_{entry.number}", f"{entry.number}\t")
            title = paragraph.add_run(entry.title)
            if entry.language:
                language = OxmlElement("w:lang")
                language.set(qn("w:val"), _LOCALES[entry.language])
                title._r.get_or_add_rPr().append(language)
            paragraph.add_run(f"{entry.mark}. {entry.details}.{' ' if entry.url else ''}")
            if entry.url:
                paragraph._p.append(self._link(paragraph, entry.url, entry.shown_url))

    def _bookmark(self, paragraph: Any, name: str, text: str) -> None:
        self.bookmarks += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for mark in (start, end):
            mark.set(qn("w:id"), str(self.bookmarks))
        start.set(qn("w:name"), name)
        paragraph._p.append(start)
        paragraph.add_run(text)
        paragraph._p.append(end)


def _font(
    style: Any, size: float, colour: RGBColor, *, bold: bool | None = None, italic: bool | None = None
) -> None:
    style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), colour
    if bold is not None:
        style.font.bold = bold
    if italic is not None:
        style.font.italic = italic
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        if fonts.get(qn(name)) is not None:
            del fonts.attrib[qn(name)]
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), FONT)
    # The default template spaces the letters of titles and subtitles.
    for spacing in style.element.rPr.findall(qn("w:spacing")):
        style.element.rPr.remove(spacing)


def _field(paragraph: Any, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("shown", "1"), ("end", "")):
        run = paragraph.add_run()
        if kind == "":
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {text} "
            run._r.append(instruction)
        elif kind == "shown":
            run.text = text
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _border(side: str, colour: str, size: int, space: int) -> Any:
    borders, line = OxmlElement("w:pBdr"), OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", size), ("space", space), ("color", colour)):
        line.set(qn(f"w:{name}"), str(value))
    borders.append(line)
    return borders


def _run(text: str, colour: str, size: int | None = None) -> Any:
    run, properties = OxmlElement("w:r"), OxmlElement("w:rPr")
    tint = OxmlElement("w:color")
    tint.set(qn("w:val"), colour)
    properties.append(tint)
    if size is not None:
        points = OxmlElement("w:sz")
        points.set(qn("w:val"), str(size))
        properties.append(points)
    run.append(properties)
    words = OxmlElement("w:t")
    words.set(qn("xml:space"), "preserve")
    words.text = text
    run.append(words)
    return run


def _internal_link(anchor: str, text: str) -> Any:
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), anchor)
    link.set(qn("w:history"), "1")
    link.append(_run(text, "55606B", 16))
    return link


def _table_look(table: Any, description: str) -> None:
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side, size, colour in (("top", 0, "auto"), ("bottom", 4, "C3CCD3"), ("insideH", 4, "C3CCD3")):
        line = OxmlElement(f"w:{side}")
        line.set(qn("w:val"), "single" if size else "nil")
        line.set(qn("w:sz"), str(size))
        line.set(qn("w:color"), colour)
        borders.append(line)
    properties.append(borders)
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", 60), ("left", 0), ("bottom", 60), ("right", 120)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(width))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.append(margins)
    for old in properties.findall(qn("w:tblLook")):
        properties.remove(old)
    look = OxmlElement("w:tblLook")
    for name, value in (("val", "0620"), ("firstRow", "1"), ("firstColumn", "0"), ("noHBand", "1"), ("noVBand", "1")):
        look.set(qn(f"w:{name}"), value)
    properties.append(look)
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), description)
    properties.append(caption)


def _repeat(row: Any) -> None:
    """Mark a row as the heading row, which repeats on every page of the table."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _unbroken(row: Any) -> None:
    """Keep a row on one page."""
    mark = OxmlElement("w:cantSplit")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().insert(0, mark)


def _without_clock(data: bytes) -> bytes:
    """The same package with the same date on each file, so that equal documents are equal files."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, old.read(name))
    return made.getvalue()
