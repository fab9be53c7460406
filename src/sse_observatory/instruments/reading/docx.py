"""DOCX: paragraphs with the numbers Word prints by itself, footnotes, tables, tracked changes as accepted.

The parts are read with lxml and not with python-docx, which knows neither automatic numbers (ECMA-376, part 1,
section 17.9) nor footnotes, and shows the text of a tracked change or not by accident. Insertions count, deletions do
not; hidden text does not; macros and links are never touched.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from lxml import etree

from sse_observatory.core import InputError
from sse_observatory.instruments.extracts import Extract, Hint
from sse_observatory.instruments.model import Span
from sse_observatory.instruments.reading.assembly import Assembly
from sse_observatory.instruments.reading.limits import LARGEST_ARCHIVE, LARGEST_MEMBER, LARGEST_TEXT, MOST_MEMBERS
from sse_observatory.instruments.reading.xml import local, parse_xml
from sse_observatory.instruments.symbols import to_roman

_HEADING_STYLE = re.compile(
    r"(?:_?\s?H\s?_?\s?(?:\d|Ch|M|L\d)|heading\s?\d|title|titre\s?\d?|título\s?\d?|Überschrift)", re.I
)
_SKIPPED_NAMES = "del moveFrom instrText delText delInstrText pPr rPr Fallback sectPr tblPr tblGrid trPr tcPr"
_SKIPPED = frozenset(_SKIPPED_NAMES.split())


def extract_docx(data: bytes, shown: str) -> Extract:
    """The text of a DOCX."""
    parts = _Parts(data, shown)
    body = parts.xml("word/document.xml")
    if body is None:
        _refuse_archive(parts)
    return _Document(parts, body, shown).extract()


_OTHER_ARCHIVES = (
    ("xl/workbook.xml", "is an Excel workbook.", "Save the sheet with the text as PDF, HTML or plain text."),
    ("xl/workbook.bin", "is an Excel workbook.", "Save the sheet with the text as PDF, HTML or plain text."),
    ("ppt/presentation.xml", "is a PowerPoint presentation.", "Save it as PDF."),
    ("content.xml", "is an OpenDocument file.", "Save it as DOCX or PDF."),
    ("META-INF/container.xml", "is an electronic book.", "Give its text as HTML or plain text."),
)


def _refuse_archive(parts: _Parts) -> NoReturn:
    for name, what, todo in _OTHER_ARCHIVES:
        if name in parts.names:
            raise InputError(what, file=parts.shown, todo=todo)
    raise InputError(
        "is an archive without a Word document.",
        file=parts.shown,
        todo="Give a DOCX, or the document from the archive.",
    )


class _Parts:
    """The parts of the archive, unpacked within bounds."""

    def __init__(self, data: bytes, shown: str) -> None:
        self.shown = shown
        self.unpacked = 0
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            members = self.archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise InputError("is a broken archive.", file=shown, todo="Save the document again and retry.") from error
        if len(members) > MOST_MEMBERS:
            raise InputError(f"has {len(members):,} parts.", file=shown, todo="Do not trust the file.")
        self.names = {member.filename: member for member in members}

    def read(self, name: str) -> bytes | None:
        member = self.names.get(name)
        if member is None:
            return None
        if member.flag_bits & 1:
            raise InputError(
                "is protected by a password.", file=self.shown, todo="Save it without a password and retry."
            )
        try:
            with self.archive.open(member) as file:
                data = file.read(LARGEST_MEMBER + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise InputError(
                f"has a broken part {name}.", file=self.shown, todo="Save the document again and retry."
            ) from error
        self.unpacked += len(data)
        # The sizes an archive states are not believed; what comes out is counted.
        if len(data) > LARGEST_MEMBER or self.unpacked > LARGEST_ARCHIVE:
            raise InputError(
                f"unpacks to more than {LARGEST_MEMBER / 1e6:,.0f} MB.", file=self.shown, todo="Do not trust the file."
            )
        return data

    def xml(self, name: str) -> etree._Element | None:
        data = self.read(name)
        return None if data is None else parse_xml(data, self.shown, name)


def _value(element: etree._Element | None, name: str = "val") -> str | None:
    if element is None:
        return None
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def _child(element: etree._Element | None, *path: str) -> etree._Element | None:
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if local(child) == name), None)
    return element


@dataclass(slots=True)
class _Level:
    """A level of a list: how it counts and what it prints."""

    format: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None


@dataclass(slots=True)
class _Numbering:
    """Lists as numbering.xml defines them, and how far each has counted."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    abstract: dict[str, str] = field(default_factory=dict)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    counters: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    begun: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, root: etree._Element | None) -> _Numbering:
        numbering = cls()
        if root is None:
            return numbering
        for each in root:
            if local(each) == "abstractNum":
                levels = numbering.levels.setdefault(_value(each, "abstractNumId") or "", {})
                for level in each:
                    if local(level) == "lvl":
                        levels[_number(_value(level, "ilvl"), 0)] = _level(level)
            elif local(each) == "num":
                identifier = _value(each, "numId") or ""
                numbering.abstract[identifier] = _value(_child(each, "abstractNumId")) or ""
                for override in each:
                    if local(override) == "lvlOverride":
                        depth = _number(_value(override, "ilvl"), 0)
                        start = _value(_child(override, "startOverride"))
                        if start is not None:
                            numbering.starts[identifier, depth] = _number(start, 1)
        return numbering

    def label(self, identifier: str, depth: int) -> str:
        """The number that Word prints before the next paragraph of this list; empty for none."""
        abstract = self.abstract.get(identifier)
        if abstract is None:
            return ""
        levels = self.levels.get(abstract, {})
        level = levels.get(depth, _Level())
        counters = self.counters[abstract]
        if identifier not in self.begun:
            self.begun.add(identifier)
            for (owner, at), start in self.starts.items():
                if owner == identifier:
                    counters[at] = start - 1
        counters[depth] = counters.get(depth, level.start - 1) + 1
        for deeper in [each for each in counters if each > depth]:
            if levels.get(deeper, _Level()).restart != 0:
                del counters[deeper]
        if level.format in ("none",):
            return ""
        if level.format == "bullet":
            return "•"
        return re.sub(r"%(\d)", lambda found: self._figure(levels, counters, int(found[1]) - 1), level.text).strip()

    def _figure(self, levels: dict[int, _Level], counters: dict[int, int], depth: int) -> str:
        level = levels.get(depth, _Level())
        return _spelt(counters.get(depth, level.start), level.format)


def _number(text: str | None, default: int) -> int:
    try:
        return max(0, min(int(text or default), 30_000))
    except ValueError:
        return default


def _level(element: etree._Element) -> _Level:
    restart = _value(_child(element, "lvlRestart"))
    return _Level(
        _value(_child(element, "numFmt")) or "decimal",
        _value(_child(element, "lvlText")) or "",
        _number(_value(_child(element, "start")), 1),
        _number(restart, 0) if restart is not None else None,
    )


def _spelt(number: int, format: str) -> str:
    if format in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if format == "lowerLetter" else letter.upper()
    if format in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        return to_roman(number).lower() if format == "lowerRoman" else to_roman(number)
    if format == "decimalZero":
        return f"{number:02d}"
    if format == "none":
        return ""
    return str(number)


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph style says: its list, and whether it is a heading."""

    heading: bool = False
    list_id: str | None = None
    depth: int = 0
    based_on: str | None = None


class _Document:
    """A document while its text is put together."""

    def __init__(self, parts: _Parts, root: etree._Element, shown: str) -> None:
        self.parts, self.root, self.shown = parts, root, shown
        self.numbering = _Numbering.of(parts.xml("word/numbering.xml"))
        self.styles = _styles(parts.xml("word/styles.xml"))
        self.out = Assembly()
        self.notes: list[tuple[str, str]] = []
        """Footnotes and endnotes in the order of their marks: kind and id."""

    def extract(self) -> Extract:
        self._headers()
        body = _child(self.root, "body")
        for block in body if body is not None else ():
            self._block(block)
        self._footnotes()
        text = self.out.text
        if len(text) > LARGEST_TEXT:
            raise InputError(f"has {len(text):,} characters.", file=self.shown, todo="Give a part of the document.")
        return Extract(text, "docx", self.out.hints, tuple(self.out.marks))

    # The symbol of a UN document stands in the header of its first page.
    def _headers(self) -> None:
        seen: set[str] = set()
        for name in sorted(n for n in self.parts.names if re.fullmatch(r"word/header\d{0,3}\.xml", n)):
            root = self.parts.xml(name)
            for paragraph in root.iter() if root is not None else ():
                if local(paragraph) != "p":
                    continue
                text, _ = self._paragraph_text(paragraph)
                for line in re.split(r"[\n\t]+", text):
                    if line.strip() and line.strip() not in seen:
                        seen.add(line.strip())
                        self.out.add(line, Hint.HEADER | Hint.BLOCK)

    def _block(self, block: etree._Element) -> None:
        name = local(block)
        if name == "p":
            self._paragraph(block)
        elif name == "tbl":
            self._table(block)
        elif name in ("sdt", "ins", "moveTo", "customXml", "smartTag", "sdtContent"):
            for child in block:
                self._block(child)

    def _paragraph(self, paragraph: etree._Element) -> None:
        text, marks = self._paragraph_text(paragraph)
        style = self._style(paragraph)
        label = self._label(paragraph, style)
        if text.strip() or label:
            lead = f"{label}\t" if label else ""
            moved = tuple(Span(m.start + len(lead), m.end + len(lead)) for m in marks)
            hint = Hint.BLOCK | (Hint.HEADING if style.heading and text.strip() else Hint.NONE)
            self.out.add(lead + text, hint, moved)
        for box in _boxes(paragraph):
            for child in box:
                self._block(child)

    def _style(self, paragraph: etree._Element) -> _Style:
        properties = _child(paragraph, "pPr")
        name = _value(_child(properties, "pStyle")) or ""
        own = self.styles.get(name, _Style())
        heading, list_id, depth = own.heading, own.list_id, own.depth
        seen = {name}
        parent = own.based_on
        while parent is not None and parent not in seen:
            seen.add(parent)
            above = self.styles.get(parent, _Style())
            heading = heading or above.heading
            if list_id is None:
                list_id, depth = above.list_id, above.depth
            parent = above.based_on
        numbered = _child(properties, "numPr")
        if numbered is not None:
            list_id = _value(_child(numbered, "numId")) or list_id
            depth = _number(_value(_child(numbered, "ilvl")), depth)
        if _child(properties, "outlineLvl") is not None and _value(_child(properties, "outlineLvl")) != "9":
            heading = True
        return _Style(heading, list_id, depth)

    def _label(self, paragraph: etree._Element, style: _Style) -> str:
        # A list with the id 0 switches the numbers of the style off; a deleted paragraph mark prints none.
        if style.list_id in (None, "0"):
            return ""
        if _child(paragraph, "pPr", "rPr", "del") is not None and not self._paragraph_text(paragraph)[0].strip():
            return ""
        return self.numbering.label(style.list_id or "", style.depth)

    def _paragraph_text(self, paragraph: etree._Element) -> tuple[str, list[Span]]:
        pieces: list[str] = []
        marks: list[Span] = []
        length = 0
        for text, is_mark in self._inline(paragraph):
            if is_mark:
                marks.append(Span(length, length + len(text)))
            pieces.append(text)
            length += len(text)
        return "".join(pieces), marks

    def _inline(self, element: etree._Element) -> Iterator[tuple[str, bool]]:
        """The text of a paragraph or run, and whether a piece of it is the mark of a note."""
        for child in element:
            name = local(child)
            if name in _SKIPPED or name == "txbxContent":
                continue
            if name == "r" and _hidden(child):
                continue
            if name == "r" and (figure := _raised_figure(child)):
                yield figure, True
                continue
            if name == "t":
                yield child.text or "", False
            elif name in ("tab", "ptab"):
                yield "\t", False
            elif name in ("br", "cr"):
                yield ("\n" if _value(child, "type") in (None, "textWrapping") else " "), False
            elif name == "noBreakHyphen":
                yield "-", False
            elif name in ("footnoteReference", "endnoteReference"):
                yield self._mark(child, name), True
            elif name == "AlternateContent":
                choice = _child(child, "Choice")
                if choice is not None:
                    yield from self._inline(choice)
            elif len(child):
                yield from self._inline(child)

    def _mark(self, reference: etree._Element, name: str) -> str:
        self.notes.append(("footnotes" if name.startswith("foot") else "endnotes", _value(reference, "id") or ""))
        return str(len(self.notes))

    def _table(self, table: etree._Element) -> None:
        rows = [
            [cell for cell in row.iter() if local(cell) == "tc" and _owner(cell, "tr") is row]
            for row in table.iter()
            if local(row) == "tr" and _owner(row, "tbl") is table
        ]
        texts = [["\n".join(self._cell_texts(cell)) for cell in row] for row in rows]
        # A table that only arranges text, as a masthead or a list of recitals does, is read cell by cell.
        arranged = any(len(text) > 250 for row in texts for text in row) or max(map(len, texts), default=0) < 3
        first = not any(hint & Hint.BLOCK and not hint & Hint.HEADER for hint in self.out.hints.values())
        if arranged or first:
            for row in rows:
                for cell in row:
                    for child in cell:
                        self._block(child)
            return
        notes_before = len(self.notes)
        for cells in texts:
            self.out.add(" | ".join(" ".join(text.split()) for text in cells if text.strip()), Hint.BLOCK | Hint.TABLE)
        assert len(self.notes) == notes_before

    def _cell_texts(self, cell: etree._Element) -> Iterator[str]:
        kept = list(self.notes)
        for paragraph in cell.iter():
            if local(paragraph) == "p":
                text, _ = self._paragraph_text(paragraph)
                if text.strip():
                    yield text.strip()
        self.notes = kept

    def _footnotes(self) -> None:
        roots = {kind: self.parts.xml(f"word/{kind}.xml") for kind in ("footnotes", "endnotes")}
        notes = {
            (kind, _value(note, "id") or ""): note
            for kind, root in roots.items()
            if root is not None
            for note in root
            if local(note) in ("footnote", "endnote") and _value(note, "type") in (None, "normal")
        }
        for number, key in enumerate(list(self.notes), start=1):
            note = notes.get(key)
            if note is None:
                continue
            kept = list(self.notes)
            text = " ".join(self._paragraph_text(p)[0].strip() for p in note.iter() if local(p) == "p")
            self.notes = kept
            self.out.add(f"{number} {text.strip()}", Hint.BLOCK | Hint.FOOTNOTE)


def _styles(root: etree._Element | None) -> dict[str, _Style]:
    found: dict[str, _Style] = {}
    for style in root if root is not None else ():
        if local(style) != "style" or _value(style, "type") not in (None, "paragraph"):
            continue
        identifier = _value(style, "styleId") or ""
        name = _value(_child(style, "name")) or identifier
        outline = _value(_child(style, "pPr", "outlineLvl"))
        heading = bool(_HEADING_STYLE.fullmatch(name)) or outline not in (None, "9")
        numbered = _child(style, "pPr", "numPr")
        list_id = _value(_child(numbered, "numId"))
        depth = _number(_value(_child(numbered, "ilvl")), 0)
        found[identifier] = _Style(heading, list_id, depth, _value(_child(style, "basedOn")))
    return found


def _hidden(run: etree._Element) -> bool:
    vanish = _child(run, "rPr", "vanish")
    return vanish is not None and _value(vanish) not in ("0", "false", "off")


def _raised_figure(run: etree._Element) -> str | None:
    """The figure of a note typed by hand: a raised run of figures and nothing else."""
    if _value(_child(run, "rPr", "vertAlign")) != "superscript":
        return None
    texts = [child for child in run if local(child) not in ("rPr", "lastRenderedPageBreak")]
    if len(texts) != 1 or local(texts[0]) != "t":
        return None
    text = (texts[0].text or "").strip()
    return text if re.fullmatch(r"\d{1,3}(?:,\s?\d{1,3})*|\*{1,3}", text) else None


def _boxes(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Text boxes anchored in a paragraph, each once although a fallback repeats it."""
    for box in paragraph.iter():
        if local(box) == "txbxContent" and _owner(box, "p") is paragraph and _owner(box, "Fallback") is None:
            yield box


def _owner(element: etree._Element, name: str) -> etree._Element | None:
    """The nearest ancestor of this name."""
    return next((above for above in element.iterancestors() if local(above) == name), None)
