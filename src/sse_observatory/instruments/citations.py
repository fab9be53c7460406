"""Which documents cite which resolutions, and which of these have been superseded since.

A document is read block by block. A resolution is cited where running text names it (`symbols.find`), where a range
names it ("resolutions 70/1 to 70/4"), and where a list of mandates does: below a heading such as "General Assembly
resolutions", or beside a cell that names the body, a bare number at the start of a line or cell is a resolution of that
body. Below a heading that names no body the form of the number decides, and the citation carries a doubt. Bare numbers
anywhere else are left alone; "77/281" may be anything.

Entity and year come from the document: the section of a proposed programme budget and the year of its title, else of
its symbol (A/81/6 of the eighty-first session proposes the budget of 2027); the date of a report. A table may state
them instead. A citation is *superseded* where, by the given successions, a later resolution had taken the place of the
one cited before the document was issued.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Literal

from sse_observatory.core import InputError, ObservatoryError
from sse_observatory.core.spreadsheets import safe_cell
from sse_observatory.instruments import symbols
from sse_observatory.instruments.extracts import Extract, Hint
from sse_observatory.instruments.model import Symbol
from sse_observatory.instruments.reading.formats import extract_file
from sse_observatory.instruments.reading.limits import LARGEST_FILE

How = Literal["named", "listed", "range"]
Doubt = Literal["body not stated"]
LONGEST_RANGE = 60
"""A range of more resolutions than this is taken for a misreading; only its ends count."""
CONTEXT = 60
"""Characters of the document shown on each side of a citation."""

ADOPTED = frozenset(
    {"resolution", "decision", "recommendation", "convention", "conclusions", "declaration", "protocol"}
)
"""Types of documents whose citation counts; reports and drafts do not."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that cites: what it says of itself at its beginning, or a table says of it.

    `session` is that of the Assembly to which it was submitted. `year_basis` tells where the year comes from.
    """

    file: str
    symbol: str | None = None
    author: str | None = None
    year: int | None = None
    year_basis: str | None = None
    issued: date | None = None
    session: int | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """One place where a document cites an adopted text.

    `entity` is whose part of the document it stands in; `line` counts lines of the text read from the file. `context`
    is the stretch of the document around it. `superseded_by` is the resolution that had taken its place, if any.
    `paragraph` is the paragraph cited with it, as printed. `doubt` says why the resolution may be another.
    """

    document: Document
    entity: str | None
    year: int | None
    symbol: Symbol
    how: How
    line: int
    text: str
    context: str
    superseded_by: str | None = None
    paragraph: str | None = None
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Succession:
    """That a text took the place of another; `since` is the day of its adoption where known."""

    old: str
    new: str
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What a table says of a document: its entity and year."""

    entity: str | None = None
    year: int | None = None


@dataclass(frozen=True)
class Citations:
    """The citations found, document by document; `problems` are files that could not be read, with the reason."""

    documents: tuple[Document, ...]
    citations: tuple[Citation, ...]
    problems: tuple[tuple[str, str], ...] = ()
    _found: dict[str, list[Citation]] = field(default_factory=dict, repr=False, compare=False)

    def of(self, symbol: str) -> tuple[Citation, ...]:
        """The citations of one resolution."""
        if not self._found and self.citations:
            found = defaultdict(list)
            for citation in self.citations:
                found[citation.symbol.text].append(citation)
            self._found.update(found)
        return tuple(self._found.get(symbol, ()))

    def by_resolution(self) -> Mapping[str, Counter[str]]:
        """For each resolution, how often each document cites it; most cited first."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for citation in self.citations:
            found[citation.symbol.text][citation.document.file] += 1
        return dict(sorted(found.items(), key=lambda entry: (-len(entry[1]), -entry[1].total(), entry[0])))

    def by_entity_and_year(self) -> Mapping[tuple[str | None, int | None], tuple[int, int]]:
        """For each entity and year, how many different resolutions are cited and how many of these are superseded."""
        cited: dict[tuple[str | None, int | None], dict[str, bool]] = defaultdict(dict)
        for citation in self.citations:
            cited[citation.entity, citation.year][citation.symbol.text] = citation.superseded_by is not None
        ordered = sorted(cited.items(), key=lambda e: (e[0][0] or "\uffff", e[0][1] or 0))
        return {key: (len(found), sum(found.values())) for key, found in ordered}


def cite(
    files: Iterable[Path | str],
    *,
    successions: Iterable[Succession] = (),
    stated: Mapping[str, Stated] | None = None,
) -> Citations:
    """The citations in some files, in their order; a file that cannot be read becomes a problem.

    `stated` gives entity and year by name of file, where the document does not or should not.
    """
    chains = _Chains(successions)
    documents: list[Document] = []
    found: list[Citation] = []
    problems: list[tuple[str, str]] = []
    for file in map(Path, files):
        try:
            document, citations = _in_file(file, (stated or {}).get(file.name, Stated()), chains)
        except ObservatoryError as error:
            problems.append((str(file), str(error)))
            continue
        documents.append(document)
        found += citations
    return Citations(tuple(documents), tuple(found), tuple(problems))


def cite_text(
    text: str, *, name: str = "(text)", successions: Iterable[Succession] = (), stated: Stated | None = None
) -> tuple[Document, tuple[Citation, ...]]:
    """The citations in a text, with blank lines between its blocks and `` | `` between the cells of a table."""
    document, found = _in_text(text, name, stated or Stated(), _Chains(successions))
    return document, tuple(found)


def _in_file(file: Path, stated: Stated, chains: _Chains) -> tuple[Document, list[Citation]]:
    try:
        size = file.stat().st_size
        data = file.read_bytes() if size <= LARGEST_FILE else b""
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}.", file=file, todo="Give the path of a file.") from error
    if size > LARGEST_FILE:
        raise InputError(
            f"has {size / 1e6:,.0f} MB, more than the {LARGEST_FILE / 1e6:,.0f} MB read at once.", file=file,
            todo="Give the document in parts.",
        )
    extract = extract_file(data, str(file))
    headings = {at for at, hint in extract.hints.items() if hint & Hint.HEADING}
    return _in_text(_without_marks(extract), file.name, stated, chains, headings)


def _without_marks(extract: Extract) -> str:
    """The text with blanks for the marks of notes: the note of "resolution 77/281¹" is no figure of its number."""
    pieces, at = [], 0
    for mark in sorted(extract.marks):
        pieces += [extract.text[at : mark.start], " " * (mark.end - mark.start)]
        at = mark.end
    return "".join([*pieces, extract.text[at:]])


# Blocks of a document and the lists of mandates in it

_BODIES = (
    (re.compile(r"General Assembly|Assemblée générale|Asamblea General", re.I), "A"),
    (re.compile(r"Security Council|Conseil de sécurité|Consejo de Seguridad", re.I), "S"),
    (re.compile(r"Economic and Social Council|Conseil économique et social|Consejo Económico y Social", re.I), "E"),
    (re.compile(r"Human Rights Council|Conseil des droits de l[’']homme|Consejo de Derechos Humanos", re.I), "A/HRC"),
)
_KIND = re.compile(
    r"\b(?P<res>resolutions?|résolutions?|resolución|resoluciones)\b|\b(?P<dec>decisions?|décisions?|decisión|decisiones)\b",
    re.I,
)
_OTHER_BODY = re.compile(
    r"\b(?:Commission|Committee|Conference|Council|Board|Forum|Authority|Assembly|Comité|Conférence|Conseil|Assemblée|"
    r"Comisión|Conferencia|Consejo|Junta|Asamblea|Foro)\b"
)
_MANDATES = re.compile(
    r"^(?:list of |liste des |lista de )?(?:legislative mandates|mandates(?: and background)?|mandats|"
    r"textes portant autorisation(?: des (?:travaux|activités)(?: du programme)?)?|mandatos(?: legislativos)?|"
    r"textos por los que se autorizan(?: las actividades)?|(?:relevant )?resolutions(?: and decisions)?|"
    r"résolutions(?: et décisions)?|resoluciones(?: y decisiones)?)\W*$",
    re.I,
)
_ITEM = re.compile(
    r"(?P<special>(?:ES|S)-\d{1,2}/\d{1,3})(?![\d/])|(?P<old>\d{1,4}(?:\s?[A-Z])?\s?\((?:E?S-)?[IVXLC]+\))"
    r"|(?P<council>\d{1,4}\s?\((?:19|20)\d\d\))"
    r"|(?P<plain>\d{1,4}/\d{1,4})(?![\d/]|\s?\([IVXLC]+\))(?P<letter>\s?[A-L](?:\s?(?:-|and|et|y)\s?[A-L])?(?![\w'’]))?"
)
_LIST_END = re.compile(
    r"^(?:(?:[A-Z]|\d{1,2}(?:\.\d+)?)\.?\s+)?(?:(?:Table|Tableau|Cuadro|Figure|Gráfico|Result|Résultat|Resultado)\s"
    r"[\dIVXA-Z][\w.]*\b.*|(?:Deliverables|Produits|Productos|Objectives?|Objectifs?|Objetivos?|Strategy|Stratégie|"
    r"Estrategia|Evaluation activities|Activités d[’']évaluation|Actividades de evaluación|External factors|"
    r"Facteurs externes|Factores externos|(?:Programme|Program) performance(?: in \d{4})?)\b\W*)$"
)
"""Headings of what follows a list of mandates in a programme budget."""
_STEP = re.compile(r"\s*(?:[,;]|and|et|y)\s*")
_CELL = re.compile(r"\s\|\s|\t+|\s{2,}")
_NEXT_COLUMN = re.compile(
    r"(?<=\s)(?=(?:\d{2,4}/\d{1,3}(?:\s[A-Z])?|E?S-\d{1,2}/\d{1,3}|\d{1,4}(?:\s[A-Z])?\s?\((?:[IVXLC]+|(?:19|20)\d\d)\))"
    r"\s+[A-ZÀ-Ý“\"])"
)
"""Where a PDF has lost the columns of a table, a number before a capital letter begins the next cell."""
_RATIO = re.compile(r"\d{1,4}(?:/\d{1,4})?|[–—-]?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_QUALIFIED = re.compile(
    r"^(?:relevant|other|autres|otras)\s|\s?\((?:continued|cont[’']d|suite|continuación)\)|\s(?:relating|relatives?|"
    r"relativas?)\s(?:to|au|al?)\s(?:sub-?programme|sous-programme|subprograma)\s\d{1,2}$|\s(?:pertinentes?|relevantes)$",
    re.I,
)
"""What a heading of a list may add without becoming a sentence."""
_HEADING_WORDS = 14
_PROSE = 200


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a block where a text is cited."""

    symbol: Symbol
    how: How
    start: int
    end: int
    paragraph: str | None = None
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class _List:
    """An open list of mandates: whose resolutions or decisions bare numbers are, None for a body without a series."""

    issuer: str | None
    kind: Literal["RES", "DEC", "RES or DEC"]
    stated: bool = True
    """Whether the heading names the body."""


def _in_text(
    text: str, name: str, stated: Stated, chains: _Chains, headings: Container[int] = ()
) -> tuple[Document, list[Citation]]:
    """`headings` are the places where a line starts that the format itself calls a heading."""
    document = _document(text, name, stated)
    found: list[Citation] = []
    entity = stated.entity
    open_list: _List | None = None
    untitled: str | None = None
    # Running headers repeat the symbol, and a PDF glues them to whatever stood last on the page.
    text = _BUDGET_SYMBOL.sub(lambda found: " " * len(found[0]), text)
    for line, at, block in _blocks(text):
        block = _INVISIBLE.sub("", block)
        heading = _section(block)
        if untitled and not heading and len(block.split()) <= 2 * _HEADING_WORDS and not block.endswith((".", ";")):
            heading = f"{untitled} {' '.join(block.split())}"
        untitled = heading if heading and " " not in heading else None
        if heading and not stated.entity:
            entity, open_list = heading, None
        opened = _list_heading(block)
        if opened is not None:
            open_list = opened
            continue
        flowed = _flowed(block)
        if _LIST_END.match(flowed):
            open_list = None
        places = list(_named(flowed))
        listed = list(_listed(block, open_list))
        taken = {named.symbol for named in places}
        places += [place for place in listed if place.symbol not in taken]
        if not listed and (at in headings or len(flowed) > _PROSE):
            open_list = None
        for place in places:
            symbol = place.symbol
            if symbol.type not in ADOPTED or symbol.text == document.symbol:
                continue
            found.append(
                Citation(
                    document, entity or document.author, document.year, symbol, place.how, line,
                    flowed[place.start : place.end], _around(flowed, place.start, place.end),
                    chains.after(symbol, document), place.paragraph, place.doubt,
                )
            )  # fmt: skip
    return document, found


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """The blocks of a text, each with the line and the character it starts at.

    Blocks stand between blank lines. Where a format knows none, as PDF does not, headings of sections and lists stand
    for themselves.
    """
    line, at = 1, 0
    for piece in re.split(r"(\n[ \t]*\n)", text):
        if piece.strip():
            for first, start, block in _around_headings(piece):
                yield line + first, at + start, block
        line, at = line + piece.count("\n"), at + len(piece)


def _around_headings(piece: str) -> Iterator[tuple[int, int, str]]:
    lines = piece.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    cuts = {0, len(lines)}
    for k, line in enumerate(lines):
        if not line.strip() or len(line) > _PROSE:
            continue
        section = _section(line.strip())
        if section or _list_heading(line) is not None or _LIST_END.match(line.strip()):
            # A section without a title keeps the line below it, which may be one.
            cuts |= {k, min(k + (2 if section and " " not in section else 1), len(lines))}
    ends = sorted(cuts)
    for first, last in pairwise(ends):
        block = "\n".join(lines[first:last])
        if block.strip():
            lead = block[: len(block) - len(block.lstrip())]
            yield first + lead.count("\n"), starts[first] + len(lead), block.strip()


def _flowed(block: str) -> str:
    """A block as running text; a number that a line end cut after its stroke is whole again."""
    return " ".join(re.sub(r"(?<=\d/)\s*\n\s*(?=\d)", "", block).split())


def _list_heading(block: str) -> _List | None:
    """Whether a block announces a list of resolutions, and whose."""
    plain = " ".join(block.split())
    if _MANDATES.match(plain):
        return _List("A", "RES", stated=False)
    plain = _QUALIFIED.sub(" ", plain)
    if len(plain.split()) > _HEADING_WORDS or any(c.isdigit() for c in plain) or plain.endswith((".", ";")):
        return None
    kinds = {"DEC" if kind["dec"] else "RES" for kind in _KIND.finditer(plain)}
    if not kinds:
        return None
    issuer = _body(plain)
    if issuer is None:
        # The numbers of another body must not be taken for those of the body before it.
        return _List(None, "RES") if _OTHER_BODY.search(plain) else None
    rest = _KIND.sub("", plain)
    for body, _ in _BODIES:
        rest = body.sub("", rest)
    # Nothing but the body, the word and small words: "Resolutions of the General Assembly", never a sentence.
    if any(len(word) > 4 for word in re.findall(r"\w+", rest)):
        return None
    return _List(issuer, "RES or DEC" if len(kinds) == 2 else "DEC" if "DEC" in kinds else "RES")


def _body(text: str) -> str | None:
    return next((series for body, series in _BODIES if body.search(text)), None)


def _listed(block: str, inside: _List | None) -> Iterator[_Place]:
    """Bare numbers at the beginning of lines and cells, of an open list or beside a cell that names the body."""
    flowed = _flowed(block)
    searched = 0
    for line in block.split("\n"):
        row = list(_cells(line))
        if len(row) > 2 and not _ITEM.match(row[0]) and all(map(_RATIO.fullmatch, row[1:])):
            continue  # a row of figures: "Posts | 12/14 | 12/15"
        named = next((issuer for cell in row if (issuer := _named_body(cell))), None) if len(row) > 1 else None
        of = _List(named, "RES or DEC") if named else inside
        if of is None:
            continue
        for cell in row:
            at = 0
            while (item := _ITEM.match(cell, at)) is not None:
                texts = _of_list(item, of)
                if not texts:
                    break
                found = flowed.find(item[0].split()[0], searched)
                start = searched = max(found, 0)
                for symbol in texts:
                    doubt: Doubt | None = None if of.stated or item["council"] else "body not stated"
                    yield _Place(symbol, "listed", start, start + len(item[0]), doubt=doubt)
                step = _STEP.match(cell, item.end())
                if step is None:
                    break
                at = step.end()


def _named_body(cell: str) -> str | None:
    """The body that a cell names and nothing else: "General Assembly", "Security Council resolution"."""
    bare = _KIND.sub("", cell).strip(" :")
    return next((series for body, series in _BODIES if body.fullmatch(bare)), None)


def _cells(line: str) -> Iterator[str]:
    for cell in map(str.strip, _CELL.split(line)):
        if _ITEM.match(cell):
            yield from map(str.strip, _NEXT_COLUMN.split(cell))
        else:
            yield cell


_FIRST_DECISION = {"A": 400, "E": 200, "A/HRC": 100}
"""Decisions are numbered from here on, which no resolution of a session reaches."""


def _of_list(item: re.Match[str], inside: _List) -> tuple[Symbol, ...]:
    """The texts of one number of a list, one for each part; none where the body does not number in this way."""
    issuer, kind, number = inside.issuer, inside.kind, item[0]
    if issuer is None:
        return ()
    if item["council"]:
        issuer = "S"
    if item["plain"]:
        # The Economic and Social Council numbers by year, the Assembly by session; "2024/25" is also a school year.
        session, count = map(int, item["plain"].split("/"))
        if not inside.stated and 1946 <= session <= 2100:
            issuer = "E"
        if issuer == "S" or (issuer == "E") != (session >= 1946) or (issuer == "A" and session < 31):
            return ()
        if kind == "RES or DEC":
            kind = "DEC" if count > _FIRST_DECISION[issuer] else "RES"
    if kind == "RES or DEC":
        kind = "RES"
    try:
        return _parts(symbols.parse(f"{issuer}/{kind}/{number}"))
    except symbols.UnknownSymbol:
        return ()


def _parts(symbol: Symbol) -> tuple[Symbol, ...]:
    """Each part of a resolution cited as "72/266 A and B"."""
    first, dash, last = (symbol.part or "").partition("-")
    if not dash:
        return (symbol,)
    letters = map(chr, range(ord(first), ord(last) + 1))
    return tuple(symbols.parse(symbol.text.replace(f" {symbol.part}", f" {letter}")) for letter in letters)


_RANGE = re.compile(
    r"\s*(?:to|through|à|au|a|al|[-–—])\s*(?:(?P<head>[A-Z]+(?:/[A-Z]+)?/(?:RES|DEC)/)?(?P<session>\d{1,4})/)(?P<last>\d{1,4})(?![\d/])"
)


def _named(flowed: str) -> Iterator[_Place]:
    """Texts named in running text, and those between the ends of a range."""
    references = [r for r in symbols.find(flowed) if r.symbol is not None]
    starts = {r.span.start for r in references}
    for reference in references:
        symbol = reference.symbol
        assert symbol is not None
        for part in _parts(symbol):
            yield _Place(part, "named", reference.span.start, reference.span.end, reference.paragraph)
        until = _RANGE.match(flowed, reference.span.end)
        if until is None or symbol.number is None or symbol.session is None or until["session"] != symbol.session:
            continue
        first, last = _count(symbol.number), _count(until["last"])
        if first is None or last is None or not first < last <= first + LONGEST_RANGE:
            continue
        head = symbol.text.rpartition("/")[0]
        named_too = any(until.start() < start < until.end() for start in starts)
        for number in range(first + 1, last + (0 if named_too else 1)):
            try:
                yield _Place(symbols.parse(f"{head}/{number}"), "range", reference.span.start, until.end())
            except symbols.UnknownSymbol:
                break


def _count(number: str) -> int | None:
    return int(number) if number.isdecimal() else None


def _around(flowed: str, start: int, end: int) -> str:
    before, after = flowed[max(start - CONTEXT, 0) : start], flowed[end : end + CONTEXT]
    if start > CONTEXT:
        before = "… " + before.partition(" ")[2]
    if end + CONTEXT < len(flowed):
        after = after.rpartition(" ")[0] + " …"
    return before + flowed[start:end] + after


# What a document says of itself

_BUDGET = re.compile(r"\b(?P<symbol>A/\d{2,3}/6(?:/Rev\.\d)?)\s*\((?:Sect|Chap|Secc|Introduction)", re.I)
_BUDGET_SYMBOL = re.compile(r"A/\d{2,3}/6(?:/Rev\.\d)?\s?\((?:Sect|Chap|Secc)\.?\s?\d{1,2}[A-Z]?\)", re.I)
_BUDGET_YEAR = re.compile(
    r"(?:programme budget|budget-programme|presupuesto por programas)[^.\n]{0,60}?\b(?P<year>20\d\d)\b", re.I
)
_SECTION = re.compile(
    r"^(?:Section|Sect\.|Chapitre|Chap\.|Sección|Secc\.)\s+(?P<number>\d{1,2}[A-Z]?)\b[.:–—-]?\s*(?P<title>.*)$"
)
_DATE = re.compile(
    r"\b(?P<day>\d{1,2})(?:er|º)?\s+(?:de\s+)?(?P<month>[A-Za-zéûñíóá]+)\s+(?:de\s+)?(?P<year>(?:19|20)\d\d)\b"
)
_MONTHS = {
    name: month
    for names in (
        "january february march april may june july august september october november december",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for month, name in enumerate(names.split(), 1)
}
_HEAD = 4000
"""A document says what it is within so many characters."""
_AUTHORS = re.compile(
    r"(?:Report of|Rapport d[ue]|Informe d(?:el|e la)) (?:the |la )?(?P<author>Secretary-General|Secrétaire général|"
    r"Secretario General|Director-General|Directeur général|Director General|High Commissioner|Haut-Commissaire)"
)


def _document(text: str, name: str, stated: Stated) -> Document:
    head = text[:_HEAD]
    budget = _BUDGET.search(head)
    own = budget["symbol"] if budget else None
    if own is None:
        first = next((r.symbol for r in symbols.find(head[:600]) if r.symbol and r.symbol.type == "document"), None)
        own = first.text if first else None
        try:
            own = own or symbols.parse(Path(name).stem).text
        except symbols.UnknownSymbol:
            own = None
    parsed = symbols.parse(own) if own else None
    session = _session(parsed) if parsed else None
    issued = _issued(head)
    year, basis = stated.year, "stated"
    if year is None and (title := _BUDGET_YEAR.search(head)):
        year, basis = int(title["year"]), "title of the budget"
    if year is None and budget and session:
        # The budget proposed at the session that opens in year y is that of y + 1.
        year, basis = 1945 + session + 1, "session of the budget"
    if year is None and issued:
        year, basis = issued.year, "date of the document"
    if year is None and session:
        year, basis = 1945 + session, "session of the document"
    author = _AUTHORS.search(head)
    return Document(name, own, author["author"] if author else None, year, basis if year else None, issued, session)


def _issued(head: str) -> date | None:
    for found in _DATE.finditer(head):
        month = _MONTHS.get(found["month"].lower())
        # A date inside a sentence belongs to something else: that of a document stands on a line of its own.
        line = head[head.rfind("\n", 0, found.start()) + 1 : (head.find("\n", found.end()) + 1 or len(head) + 1) - 1]
        if month is not None and len(line.split()) <= 6:
            try:
                return date(int(found["year"]), month, int(found["day"]))
            except ValueError:
                continue
    return None


def _section(block: str) -> str | None:
    """The title of a section of a programme budget, if the block is its heading."""
    lines = [line.strip() for line in block.split("\n") if line.strip()]
    found = _SECTION.match(lines[0])
    if found is None:
        return None
    title = found["title"].strip() or (lines[1] if len(lines) > 1 else "")
    if len(title.split()) > 2 * _HEADING_WORDS or title.endswith((".", ";", ",")) or title[:1].islower():
        return None
    return f"{found['number']} {title}".strip()


# What took the place of what


class _Chains:
    """Successions followed to their end."""

    def __init__(self, successions: Iterable[Succession]) -> None:
        self.after_of: dict[str, Succession] = {}
        for succession in successions:
            old, new = _symbol(succession.old), _symbol(succession.new)
            if old in self.after_of and self.after_of[old].new != new:
                raise ObservatoryError(
                    f"{old} is said to be followed by both {self.after_of[old].new} and {new}.",
                    "Keep one of the two successions.",
                )
            self.after_of[old] = Succession(old, new, succession.since)
        for start in self.after_of:
            seen, at = {start}, self.after_of[start].new
            while at in self.after_of:
                if at in seen:
                    raise ObservatoryError(
                        f"The successions lead from {start} back to {at}.", "Take one of them out."
                    )
                seen.add(at)
                at = self.after_of[at].new

    def after(self, cited: Symbol, document: Document) -> str | None:
        """The last text that had taken the place of `cited` when `document` was issued."""
        found = None
        at = cited.text
        while (step := self.after_of.get(at)) is not None and _adopted_before(step, document):
            found = at = step.new
        return found


def _symbol(text: str) -> str:
    return symbols.parse(text).text


def _session(symbol: Symbol) -> int | None:
    """The session of the Assembly that a symbol states."""
    return int(symbol.session) if symbol.issuer == "A" and symbol.session and symbol.session.isdecimal() else None


def _adopted_before(step: Succession, document: Document) -> bool:
    """Whether a successor was there when a document was issued; where nothing tells, it is taken to have been."""
    if step.since is not None and document.issued is not None:
        return step.since < document.issued
    new = symbols.parse(step.new)
    session = _session(new)
    if session is not None and document.session is not None:
        return session < document.session
    opened = step.since.year if step.since else 1945 + session if session is not None else new.year
    year = document.issued.year if document.issued else document.year
    return opened is None or year is None or opened < year


# Tables read and written


def read_successions(file: Path) -> tuple[Succession, ...]:
    """Successions from a CSV with the columns ``old``, ``new`` and, if known, ``since``."""
    found = []
    for line, row in _rows(file, ("old", "new")):
        for column in ("old", "new"):
            try:
                symbols.parse(row[column])
            except symbols.UnknownSymbol as error:
                raise InputError(
                    "this is no symbol.", file=file, line=line, column=column, value=row[column], todo=error.todo
                ) from error
        found.append(Succession(row["old"], row["new"], _day(file, line, row.get("since", ""))))
    return tuple(found)


def read_stated(file: Path) -> Mapping[str, Stated]:
    """Entity and year of documents from a CSV with the columns ``file``, ``entity``, ``year``; blanks say nothing."""
    found = {}
    for line, row in _rows(file, ("file", "entity", "year")):
        year = row["year"]
        if year and not re.fullmatch(r"(?:19|20)\d\d", year):
            raise InputError(
                "this is no year.", file=file, line=line, column="year", value=year, expected="four figures",
                todo="Correct the table.",
            )
        found[row["file"]] = Stated(row["entity"] or None, int(year) if year else None)
    return found


def _rows(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}.", file=file, todo="Give a CSV in UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text))
    missing = [c for c in columns if c not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"the column {missing[0]!r} is missing.", file=file, line=1, expected=", ".join(columns),
            todo="Name the columns in the first line.",
        )
    for row in reader:
        yield reader.line_num, {k: (v or "").strip() for k, v in row.items() if isinstance(k, str)}


def _day(file: Path, line: int, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(
            "this is no day.", file=file, line=line, column="since", value=text, expected="2024-12-19",
            todo="Correct the table.",
        ) from error


COLUMNS = (
    "file", "document", "entity", "year", "year_basis", "resolution", "paragraph", "superseded_by", "how", "doubt",
    "line", "text", "context",
)


def to_csv(found: Citations) -> str:
    """One row for each citation; no cell is a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for value in to_json(found)["citations"]:
        writer.writerow([safe_cell("" if value[c] is None else str(value[c])) for c in COLUMNS])
    return written.getvalue()


def to_json(found: Citations) -> dict[str, Any]:
    """The citations, the counts by entity and year, and the files that could not be read, as JSON values."""
    return {
        "citations": [
            {
                "file": c.document.file, "document": c.document.symbol, "entity": c.entity, "year": c.year,
                "year_basis": c.document.year_basis, "resolution": c.symbol.text, "paragraph": c.paragraph,
                "superseded_by": c.superseded_by, "how": c.how, "doubt": c.doubt, "line": c.line, "text": c.text,
                "context": c.context,
            }
            for c in found.citations
        ],
        "counts": [
            {"entity": entity, "year": year, "resolutions": cited, "superseded": superseded}
            for (entity, year), (cited, superseded) in found.by_entity_and_year().items()
        ],
        "unreadable": [{"file": file, "reason": reason} for file, reason in found.problems],
    }  # fmt: skip
