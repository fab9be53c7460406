"""Akoma Ntoso (OASIS LegalDocML 1.0) and its UN profile: structure is taken as the file states it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lxml import etree

from sse_observatory.core import InputError, Language
from sse_observatory.instruments import symbols
from sse_observatory.instruments.extracts import Extract, Hint, Stated
from sse_observatory.instruments.model import Span, Symbol, Work
from sse_observatory.instruments.reading.assembly import Assembly
from sse_observatory.instruments.reading.xml import local, parse_xml, text_of

_LANGUAGES: dict[str, Language] = {
    "eng": "en", "en": "en", "fra": "fr", "fre": "fr", "fr": "fr", "spa": "es", "es": "es",
}  # fmt: skip
_NUMBERED_NAMES = (
    "paragraph subparagraph point indent alinea article section clause list subpoint item rule recital citation "
    "subsection subclause tblock hcontainer container part chapter title book division level blockList"
)
_NUMBERED = frozenset(_NUMBERED_NAMES.split())
_HOLDERS = frozenset(
    {"attachments", "components", "attachment", "component", "doc", "statement", "documentCollection", "collectionBody"}
)
SSE = "urn:sse-observatory:ns:instruments:1"
"""The namespace in which the export states what Akoma Ntoso cannot."""
_CONTENT = frozenset({"content", "intro", "wrapUp", "wrap"})
_TYPES = {
    "resolution": "resolution", "resolutiondraft": "draft resolution", "decision": "decision",
    "decisiondraft": "draft decision", "recommendation": "recommendation", "declaration": "declaration",
    "conclusions": "conclusions",
}  # fmt: skip


def extract_akn(data: bytes, shown: str) -> Extract:
    """The text of an Akoma Ntoso document."""
    root = parse_xml(data, shown)
    document = next((child for child in root if local(child)), None)
    if local(root) != "akomaNtoso" or document is None:
        raise InputError("has no Akoma Ntoso document.", file=shown, todo="Give a file whose root is akomaNtoso.")
    out = _own(document)
    if out is None:
        reading = _Reading()
        for part in document:
            reading.part(part)
        for note in reading.notes:
            reading.out.add(note, Hint.BLOCK | Hint.FOOTNOTE)
        out = reading.out
    meta = next((child for child in document if local(child) == "meta"), None)
    return Extract(
        out.text, "akn", out.hints, tuple(out.marks), language=_language(meta), work=_work(meta, document),
        title=_title(document), stated=out.stated,
    )  # fmt: skip


def _own(document: etree._Element) -> Assembly | None:
    """The text of a document that bears the attributes of this package's export at every paragraph.

    They hold what Akoma Ntoso cannot say: the zone of a heading, the order of the parts of an omnibus resolution. None
    for a document without them, or one to which a paragraph was added without them.
    """
    blocks = [each for each in document.iter() if each.get(f"{{{SSE}}}id")]
    if not blocks:
        return None
    reading = _Reading()
    written: list[tuple[int, str, tuple[Span, ...], Stated]] = []
    claimed: set[etree._Element] = set()
    for block in blocks:
        number, content = _pieces(block)
        order, level = block.get(f"{{{SSE}}}order", ""), block.get(f"{{{SSE}}}level", "")
        if not (order.isdecimal() and level.isdecimal() and len(order) < 9 and len(level) < 9):
            return None
        label = " ".join(text_of(number).split()) if number is not None else ""
        stated = Stated(
            block.get(f"{{{SSE}}}id", ""), block.get(f"{{{SSE}}}kind", ""), int(level), block.get(f"{{{SSE}}}zone", ""),
            block.get(f"{{{SSE}}}part", ""), label, block.get(f"{{{SSE}}}number"), block.get(f"{{{SSE}}}parent"),
        )  # fmt: skip
        text, marks = reading.own(content, label)
        claimed |= {each for each in (number, content) if each is not None}
        written.append((int(order), text, marks, stated))
    if not _all_claimed(document, claimed):
        return None
    for _, text, marks, stated in sorted(written, key=lambda each: each[0]):
        note = Hint.FOOTNOTE if stated.kind == "footnote" else Hint.NONE
        reading.out.add(text, Hint.FIXED | Hint.BLOCK | Hint.STATED | note, marks, stated)
    return reading.out


def _pieces(block: etree._Element) -> tuple[etree._Element | None, etree._Element | None]:
    """The number and the text of a paragraph as the export writes them, either of which may be missing."""
    number = content = None
    for child in block:
        if local(child) == "num":
            number = child
        elif local(child) in ("intro", "content"):
            content = next((each for each in child if local(each) == "p"), None)
            break
        elif local(child) == "p":
            content = child
            break
    if local(block) == "p":
        content = block
    if number is None and content is not None and len(content) and _is_number(content[0]):
        number = content[0]
    return number, content


def _is_number(element: etree._Element) -> bool:
    return local(element) == "inline" and element.get("name") == "num"


def _all_claimed(document: etree._Element, claimed: set[etree._Element]) -> bool:
    """Whether all text of a document stands inside the elements `claimed`; its metadata aside."""
    open_elements: list[tuple[etree._Element, bool]] = [(document, False)]
    while open_elements:
        element, inside = open_elements.pop()
        inside = inside or element in claimed
        if not inside and (element.text or "").strip() and local(element):
            return False
        for child in element:
            if not inside and (child.tail or "").strip():
                return False
            if local(child) != "meta":
                open_elements.append((child, inside))
    return True


class _Reading:
    """A document while its text is put together."""

    def __init__(self) -> None:
        self.out = Assembly()
        self.notes: list[str] = []

    def own(self, content: etree._Element | None, label: str) -> tuple[str, tuple[Span, ...]]:
        """A paragraph of this package's export, its label first, and the places of the marks of its notes."""
        pieces = [f"{label} "] if label else []
        marks: list[Span] = []
        for text, marker in self._inline(content, own=True) if content is not None else ():
            if marker:
                at = sum(map(len, pieces))
                marks.append(Span(at, at + len(marker)))
            pieces.append(text if marker is None else marker)
        return "".join(pieces), tuple(marks)

    def part(self, part: etree._Element) -> None:
        name = local(part)
        if name in ("preface", "coverPage", "conclusions", "header"):
            self._lines(part, Hint.NONE)
        elif name == "preamble":
            self._preamble(part)
        elif name in ("mainBody", "body", "debateBody", "judgmentBody", "fragmentBody", "amendmentBody"):
            self._body(part, Hint.OPERATIVE)
        elif name in _HOLDERS:
            for inner in part:
                self.part(inner)
        elif name == "heading":
            self._say(part, Hint.HEADING)

    def _preamble(self, part: etree._Element) -> None:
        for block in part:
            name = local(block)
            if name in ("recitals", "citations", "container"):
                self._preamble(block)
            elif name in ("recital", "citation"):
                self._body_one(block, Hint.PREAMBULAR, "")
            elif name in ("heading", "intro") or name:
                self._say(block, Hint.NONE)

    def _body(self, part: etree._Element, hint: int) -> None:
        for block in part:
            self._body_one(block, hint, "")

    def _body_one(self, block: etree._Element, hint: int, lead: str) -> None:
        """A numbered provision: its number is printed before its first paragraph, provisions inside it follow."""
        name = local(block)
        if name in ("num", ""):
            return
        if name == "heading":
            self._say(block, Hint.HEADING)
            return
        if name not in _NUMBERED and name not in _CONTENT:
            self._say(block, hint, lead)
            return
        if name == "container" and block.get("name") == "preambular":
            hint = Hint.PREAMBULAR
        number = next((" ".join(text_of(child).split()) for child in block if local(child) == "num"), "")
        heading = next((child for child in block if local(child) in ("heading", "subheading")), None)
        if heading is not None:
            self._say(heading, Hint.HEADING, number)
            number = ""
        first = number or lead
        for child in block:
            if local(child) in ("num", "heading", "subheading"):
                continue
            before = self.out.length
            self._body_one(child, hint, first)
            if self.out.length > before:
                first = ""
        if first and number:
            self.out.add(number, Hint.BLOCK | hint)

    def _lines(self, part: etree._Element, hint: int) -> None:
        blocks = [block for block in part if local(block)]
        if not blocks:
            self._say(part, hint)
        for block in blocks:
            holds = any(local(child) == "p" for child in block)
            if holds and local(block) in ("container", "longTitle", "blockContainer", "div", "formula"):
                self._lines(block, hint)
            else:
                self._say(block, hint)

    def _say(self, block: etree._Element, hint: int, lead: str = "") -> None:
        pieces: list[str] = [f"{lead} "] if lead else []
        marks: list[Span] = []
        for text, marker in self._inline(block):
            if marker is not None:
                mark = marker.strip()
                printed = not mark or re.match(rf"{re.escape(mark)}\W", text)
                self.notes.append(text if printed else f"{mark} {text}")
                if not mark:
                    continue
                at = sum(map(len, pieces))
                marks.append(Span(at, at + len(mark)))
                pieces.append(mark)
            else:
                pieces.append(text)
        if block.get("class") == "heading":
            hint = Hint.HEADING
        elif block.get("class") in ("annex", "closing", "table", "other"):
            hint = Hint.NONE
        self.out.add("".join(pieces), Hint.FIXED | Hint.BLOCK | hint, tuple(marks))

    def _inline(self, element: etree._Element, *, own: bool = False) -> Iterator[tuple[str, str | None]]:
        """The text of a block in pieces; with a note comes its marker, counted where the file says nothing of one.

        In this package's export (`own`) the number of a paragraph is no part of its text.
        """
        if element.text:
            yield _blanks(element.text), None
        for child in element:
            name = local(child)
            if name == "authorialNote":
                yield " ".join(text_of(child).split()), child.get("marker", str(len(self.notes) + 1))
            elif name in ("eol", "br"):
                yield "\n", None
            elif name == "noteRef" or (own and _is_number(child)):
                pass
            elif name:
                yield from self._inline(child, own=own)
                if name in ("p", "block", "num"):
                    yield " ", None
            if child.tail:
                yield _blanks(child.tail), None


def _blanks(text: str) -> str:
    return re.sub(r"\s+", " ", text)


# --- what the metadata say ------------------------------------------------------------------------------------------


def _find(root: etree._Element | None, *names: str) -> etree._Element | None:
    for name in names:
        if root is None:
            return None
        root = next((each for each in root.iter() if local(each) == name), None)
    return root


def _language(meta: etree._Element | None) -> Language | None:
    stated = _find(meta, "FRBRExpression", "FRBRlanguage")
    return _LANGUAGES.get(stated.get("language", "").lower()) if stated is not None else None


def _title(document: etree._Element) -> str | None:
    found = _find(document, "docTitle")
    text = " ".join(text_of(found).split()) if found is not None else ""
    return text or None


def _work(meta: etree._Element | None, document: etree._Element) -> Work | None:
    symbol = _symbol(meta, document)
    work = _find(meta, "FRBRWork")
    stated = _find(work, "FRBRsubtype")
    named = (stated.get("value") if stated is not None else document.get("name")) or ""
    type_ = _TYPES.get(named.lower().replace(" ", ""))
    if type_ is None and symbol is not None and symbol.type != "document":
        type_ = {"draft": "draft resolution"}.get(symbol.type, symbol.type)
    adopted = _adopted(work)
    if symbol is None and type_ is None and adopted is None:
        return None
    return Work(symbol=symbol, type=type_ or "document", adopted=adopted, adopted_basis="metadata" if adopted else None)


def _symbol(meta: etree._Element | None, document: etree._Element) -> Symbol | None:
    candidates: list[str] = []
    for name in ("FRBRnumber", "FRBRalias"):
        found = _find(meta, "FRBRWork", name)
        if found is not None:
            candidates.append(found.get("value") or "")
    number = _find(document, "docNumber")
    if number is not None:
        candidates.append(text_of(number))
    for candidate in candidates:
        try:
            return symbols.parse(candidate)
        except symbols.UnknownSymbol:
            continue
    return None


def _adopted(work: etree._Element | None) -> date | None:
    for each in work.iter() if work is not None else ():
        if local(each) == "FRBRdate" and (each.get("name") or "").lower() in ("adoption", "adopted", "enacted"):
            try:
                return date.fromisoformat((each.get("date") or "")[:10])
            except ValueError:
                return None
    return None
