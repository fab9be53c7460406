"""HTML: blocks become paragraphs, list items get their numbers, raised figures become marks of notes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree
from lxml import html as lxml_html

from sse_observatory.core import LANGUAGES, InputError, Language
from sse_observatory.instruments.extracts import Extract, Hint
from sse_observatory.instruments.model import Span
from sse_observatory.instruments.reading.assembly import Assembly
from sse_observatory.instruments.reading.formats import decoded
from sse_observatory.instruments.reading.limits import DEEPEST_MARKUP, LARGEST_TEXT
from sse_observatory.instruments.reading.xml import local, text_of
from sse_observatory.instruments.symbols import to_roman

_DROPPED_NAMES = (
    "script style nav noscript template iframe object embed svg math button form select input textarea aside head"
)
_DROPPED = frozenset(_DROPPED_NAMES.split())
_BLOCK_NAMES = (
    "p div li ul ol dl dt dd h1 h2 h3 h4 h5 h6 table tr td th tbody thead tfoot caption section article main header "
    "footer "
    "blockquote pre hr address figure figcaption center body html details summary fieldset"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MARK = re.compile(r"\s*[\[(]?(?:\d{1,3}|\*{1,3}|[a-z])[\])]?\s*")


def extract_html(data: bytes, shown: str) -> Extract:
    """The text of an HTML page."""
    text = decoded(data, shown) if not _declared(data) else _by_declaration(data, shown)
    if not text.strip():
        raise InputError("is empty.", file=shown, todo="Give a page with a text.")
    parser = lxml_html.HTMLParser(huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InputError("has no readable HTML.", file=shown, todo="Save the page again, or give its text.") from error
    page = _Page(shown)
    page.walk(root, 0)
    page.flush()
    out = page.out
    if len(out.text) > LARGEST_TEXT:
        raise InputError(f"has {len(out.text):,} characters.", file=shown, todo="Give a part of the page.")
    return Extract(out.text, "html", out.hints, tuple(out.marks), language=_language(root))


def _declared(data: bytes) -> str | None:
    found = re.search(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]{3,20})", data[:4096])
    return found[1].decode("ascii") if found else None


def _by_declaration(data: bytes, shown: str) -> str:
    try:
        return data.decode(_declared(data) or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decoded(data, shown)


def _language(root: etree._Element) -> Language | None:
    code = (root.get("lang") or "").split("-")[0].lower()
    return next((lang for lang in LANGUAGES if lang == code), None)


@dataclass(slots=True)
class _List:
    """An ordered list being read."""

    kind: str
    next: int


class _Page:
    """A page while its text is put together."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.out = Assembly()
        self.pieces: list[str] = []
        self.marks: list[Span] = []
        self.hint = Hint.NONE
        self.pre = 0

    def flush(self) -> None:
        """End the paragraph."""
        text = "".join(self.pieces)
        if text.strip():
            self.out.add(text, Hint.BLOCK | self.hint, tuple(self.marks))
        self.pieces, self.marks = [], []

    def say(self, text: str | None, *, mark: bool = False) -> None:
        if not text:
            return
        if not self.pre:
            text = re.sub(r"[ \t\r\n\f]+", " ", text)
        if mark and text.strip():
            length = sum(map(len, self.pieces))
            lead = len(text) - len(text.lstrip())
            self.marks.append(Span(length + lead, length + len(text.rstrip())))
        self.pieces.append(text)

    def walk(self, element: etree._Element, depth: int) -> None:
        if depth > DEEPEST_MARKUP:
            raise InputError(
                f"nests more than {DEEPEST_MARKUP} elements.", file=self.shown, todo="Do not trust the file."
            )
        name = local(element).lower()
        if not name or name in _DROPPED or (element.get("hidden") is not None and name != "html"):
            return
        if name == "br":
            self.pieces.append("\n")
        elif name == "sup":
            whole = text_of(element)
            self.say(whole, mark=bool(_MARK.fullmatch(whole)))
        elif name == "table" and _is_data(element):
            self.flush()
            for row in element.iter("tr"):
                cells = [" ".join(text_of(cell).split()) for cell in row if local(cell) in ("td", "th")]
                self.out.add(" | ".join(cell for cell in cells if cell), Hint.BLOCK | Hint.TABLE)
        elif name in ("ol", "ul"):
            self._list(element, name, depth)
        elif name in _BLOCKS:
            self._block(element, name, depth)
        else:
            self._inside(element, depth)

    def _inside(self, element: etree._Element, depth: int) -> None:
        self.say(element.text)
        for child in element:
            self.walk(child, depth + 1)
            self.say(child.tail)

    def _block(self, element: etree._Element, name: str, depth: int) -> None:
        self.flush()
        before = self.hint
        if name in _HEADINGS:
            self.hint |= Hint.HEADING
        self.pre += name == "pre"
        self._inside(element, depth)
        self.flush()
        self.pre -= name == "pre"
        self.hint = before

    def _list(self, element: etree._Element, name: str, depth: int) -> None:
        self.flush()
        counting = _List(element.get("type") or "1", _figure(element.get("start")) or 1)
        for item in element:
            if local(item) != "li":
                self.walk(item, depth + 1)
                continue
            counting.next = _figure(item.get("value")) or counting.next
            text = text_of(item).strip()
            if name == "ol" and not _numbered(text):
                self.pieces.append(_label(counting) + " ")
            elif name == "ul" and text and not _numbered(text):
                self.pieces.append("• ")
            counting.next += 1
            self._inside(item, depth + 1)
            self.flush()


def _figure(text: str | None) -> int | None:
    """The number that an attribute holds; None for none, and for one that no list of a resolution reaches."""
    return int(text) if text is not None and text.isdecimal() and len(text) <= 5 else None


def _numbered(text: str) -> bool:
    return bool(re.match(r"(?:\(?[a-zA-Z0-9]{1,4}[.)]|[•–—-])\s", text))


_LETTERS = 26 * 4
"""Items that letters number, up to ``(zzzz)``; figures do beyond."""


def _label(counting: _List) -> str:
    number = counting.next
    if counting.kind in ("a", "A") and 0 < number <= _LETTERS:
        letter = chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return f"({letter if counting.kind == 'a' else letter.upper()})"
    if counting.kind in ("i", "I") and 0 < number < 4000:
        return f"({to_roman(number).lower()})" if counting.kind == "i" else f"{to_roman(number)}."
    return f"{number}."


def _is_data(table: etree._Element) -> bool:
    """Whether a table holds figures or short entries, and does not only arrange text."""
    rows = [[_length(cell) for cell in row if local(cell) in ("td", "th")] for row in table.iter("tr")]
    if any(local(inner) == "table" for inner in table.iterdescendants()):
        return False
    longest = max((max(row, default=0) for row in rows), default=0)
    return len(rows) > 1 and max(map(len, rows), default=0) >= 3 and longest < 200


def _length(cell: etree._Element) -> int:
    return len(text_of(cell).strip())
