"""Akoma Ntoso for the United Nations (AKN4UN): the text as a `statement` of the class deliberation.

A resolution, its drafts and a decision are `statement` elements (UN-HLCM, AKN4UN guidelines parts 2 and 3) with the
subtypes *resolution*, *resolutionDraft*, *decision*; work, expression and manifestation are identified as in the Akoma
Ntoso naming convention (OASIS LegalDocML 1.0). Preambular paragraphs are containers of the preamble, operative ones
hierarchical paragraphs of the main body, annexes attachments; footnotes stand as notes where their marks stood.
Documents that a paragraph names become references.

What Akoma Ntoso has no element for travels in a namespace of its own: the exact kind, number and order of each element
as attributes, the acts in the proprietary block. A reader that does not know the namespace loses neither text nor
structure. Running headers and page numbers are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from sse_observatory.instruments import symbols
from sse_observatory.instruments.model import Act, Element, Instrument, Kind, Zone
from sse_observatory.instruments.reading.akn import SSE

AKN = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
UNKNOWN_DATE = "0001-01-01"
"""Akoma Ntoso wants a date where the text states none; it stands with the name ``unknown``."""

_NAMESPACES: dict[str | None, str] = {None: AKN, "sse": SSE}
_LANGUAGES = {"en": "eng", "fr": "fra", "es": "spa"}
_COUNTRIES = {"un": "un", "ilo-gb": "ilo", "ilc": "ilo", "icls": "ilo", "ilo-standard": "ilo", "oecd": "oecd"}
_ORGANS = {"A": "unga", "E": "ecosoc", "S": "unsc", "A/HRC": "unhrc"}
_SECTIONS = (Zone.FRONT, Zone.PREAMBLE, Zone.OPERATIVE, Zone.CLOSING, Zone.ANNEX)
_INLINE = {
    Kind.SYMBOL: "docNumber", Kind.TITLE: "docTitle", Kind.ORGAN: "docAuthority", Kind.SESSION: "session",
    Kind.AGENDA_ITEM: "docketNumber",
}  # fmt: skip
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AGENT = "#sse-observatory"


def to_akn(instrument: Instrument) -> bytes:
    """The instrument as an AKN4UN document, UTF-8."""
    return etree.tostring(_Writer(instrument).document(), encoding="UTF-8", xml_declaration=True, pretty_print=False)


@dataclass
class _Writer:
    instrument: Instrument
    _ids: dict[str, str] = field(default_factory=dict)
    _children: dict[str, list[Element]] = field(default_factory=lambda: defaultdict(list))
    _order: dict[str, int] = field(default_factory=dict)
    _notes: dict[str, list[tuple[int, Element]]] = field(default_factory=lambda: defaultdict(list))
    """The footnotes of an element, by the place in its text where their mark stands."""

    def document(self) -> etree._Element:
        root = etree.Element(f"{{{AKN}}}akomaNtoso", nsmap=_NAMESPACES)  # type: ignore[arg-type]
        written = [e for e in self.instrument.elements if e.kind is not Kind.STRIPPED]
        self._number(written)
        paragraphs = {e.id for e in written if _is_paragraph(e)}
        for element in written:
            if element.id in paragraphs and element.parent in paragraphs:
                self._children[str(element.parent)].append(element)
        below = {c.id for children in self._children.values() for c in children}
        self._place_notes(written)
        sections = _sections([e for e in written if e.kind is not Kind.FOOTNOTE and e.id not in below])
        statement = _sub(root, "statement", name="deliberation", contains="originalVersion")
        self._meta(statement, "main")
        for zone, name in ((Zone.FRONT, "preface"), (Zone.PREAMBLE, "preamble")):
            if sections[zone]:
                self._fill(_sub(statement, name), sections[zone])
        body = _sub(statement, "mainBody")
        self._fill(body, sections[Zone.OPERATIVE], hierarchical=True)
        if not len(body):
            _sub(body, "p")
        if sections[Zone.CLOSING]:
            self._fill(_sub(statement, "conclusions"), sections[Zone.CLOSING])
        if sections[Zone.ANNEX]:
            self._annexes(statement, sections[Zone.ANNEX])
        return root

    def _number(self, written: Sequence[Element]) -> None:
        taken: set[str] = set()
        for at, element in enumerate(written):
            plain = eid(element.id)
            name, more = plain, 1
            while name in taken:
                more += 1
                name = f"{plain}_{more}"
            taken.add(name)
            self._ids[element.id], self._order[element.id] = name, at

    def _place_notes(self, written: Sequence[Element]) -> None:
        """Give each footnote to the element with its mark; one without a mark stays beside the note next to it."""
        marks = [
            (mark.of(self.instrument.source.text).strip(" ()[]"), element, _place(element, mark.start))
            for element in written if element.kind is not Kind.FOOTNOTE for mark in element.marks
        ]  # fmt: skip
        notes = [e for e in written if e.kind is Kind.FOOTNOTE]
        places: list[tuple[Element, int] | None] = []
        for note in notes:
            at = next((k for k, mark in enumerate(marks) if mark[0] == _marker(note)), None)
            places.append(None if at is None else marks.pop(at)[1:])
        first = next((place for place in places if place is not None), None)
        texts = [e for e in written if e.kind is not Kind.FOOTNOTE]
        for note, place in zip(notes, places, strict=True):
            before = [e for e in texts if self._order[e.id] < self._order[note.id]] or texts
            first = place or first or ((before[-1], len(before[-1].text)) if before else None)
            if first is not None:
                self._notes[first[0].id].append((first[1], note))

    # The parts of the metadata

    def _iri(self) -> str:
        work = self.instrument.work
        symbol = work.symbol
        author = _ORGANS.get(symbol.issuer, _slug(symbol.issuer)) if symbol else _slug(work.organ or "") or "unknown"
        number = _slug(symbol.text) if symbol else f"sha256-{self.instrument.source.sha256[:16]}"
        when = work.adopted.isoformat() if work.adopted else (work.session and _slug(work.session)) or "undated"
        return f"/akn/{self._country()}/statement/{_slug(_subtype(work.type))}/{author}/{when}/{number}"

    def _country(self) -> str:
        symbol = self.instrument.work.symbol
        return _COUNTRIES.get(symbol.family, "eu") if symbol else "un"

    def _meta(self, parent: etree._Element, component: str) -> None:
        work, expression = self.instrument.work, self.instrument.expression
        meta = _sub(parent, "meta")
        identification = _sub(meta, "identification", source=_AGENT)
        iri, lang = self._iri(), _LANGUAGES[expression.language]
        when = work.adopted.isoformat() if work.adopted else UNKNOWN_DATE
        named = "adoption" if work.adopted else "unknown"
        levels = (("Work", iri, ""), ("Expression", f"{iri}/{lang}@", ""), ("Manifestation", f"{iri}/{lang}@", ".xml"))
        for level, uri, suffix in levels:
            entry = _sub(identification, f"FRBR{level}")
            _sub(entry, "FRBRthis", value=f"{uri}/!{component}{suffix}")
            _sub(entry, "FRBRuri", value=f"{uri}{suffix}")
            if level == "Work" and work.symbol:
                _sub(entry, "FRBRalias", value=work.symbol.text, name="symbol")
                if address := work.symbol.link(expression.language):
                    _sub(entry, "FRBRalias", value=address, name="address")
            _sub(entry, "FRBRdate", date=when, name=named)
            _sub(entry, "FRBRauthor", href="#organ" if level == "Work" else _AGENT)
            if level == "Work":
                _sub(entry, "FRBRcountry", value=self._country())
                _sub(entry, "FRBRsubtype", value=_subtype(work.type))
                if work.symbol:
                    _sub(entry, "FRBRnumber", value=work.symbol.text)
                if expression.title:
                    _sub(entry, "FRBRname", value=_legal(expression.title))
            if level == "Expression":
                _sub(entry, "FRBRlanguage", language=lang)
        if component != "main":
            return
        references = _sub(meta, "references", source=_AGENT)
        organ = _legal(work.organ or (work.symbol.issuer if work.symbol else "unknown"))
        _sub(
            references,
            "TLCOrganization",
            eId="organ",
            href=f"/akn/ontology/organization/{_slug(organ) or 'unknown'}",
            showAs=organ,
        )
        _sub(
            references,
            "TLCOrganization",
            eId="sse-observatory",
            href="/akn/ontology/organization/sse-observatory",
            showAs="SSE Observatory",
        )
        self._proprietary(meta)

    def _proprietary(self, meta: etree._Element) -> None:
        work = self.instrument.work
        block = _sub(meta, "proprietary", source=_AGENT)
        told = {
            "type": work.type, "organ": work.organ, "session": work.session, "meeting": work.meeting,
            "adoptedBasis": work.adopted_basis, "languageBasis": self.instrument.expression.language_basis,
            "sourceFormat": self.instrument.source.format, "sha256": self.instrument.source.sha256,
        }  # fmt: skip
        entry = _own(block, "instrument", **told)
        for item in work.agenda_items:
            _own(entry, "agendaItem").text = _legal(item)
        if work.vote:
            vote = work.vote
            _own(
                entry,
                "vote",
                method=vote.method,
                inFavour=vote.in_favour,
                against=vote.against,
                abstentions=vote.abstentions,
            )
        for element in self.instrument.elements:
            for act in self.instrument.acts.get(element.id, ()):
                _act(entry, act, self._ids[element.id])

    # The text

    def _fill(self, parent: etree._Element, elements: Sequence[Element], *, hierarchical: bool = False) -> None:
        for element in elements:
            if element.kind is Kind.PREAMBULAR or (element.kind is Kind.OPERATIVE and not hierarchical):
                self._container(parent, element)
            elif element.kind is Kind.OPERATIVE:
                self._paragraph(parent, element, "paragraph")
            else:
                self._line(parent, element)

    def _container(self, parent: etree._Element, element: Element) -> None:
        """A paragraph where Akoma Ntoso has no numbered one: its number becomes part of what is read."""
        entry = _sub(parent, "container", name=str(element.kind), **self._attributes(element))
        line = _sub(entry, "p")
        if element.label:
            number = _sub(line, "inline", name="num")
            number.text, number.tail = _legal(element.label), " "
        self._text(line, element)
        for child in self._children[element.id]:
            self._container(entry, child)

    def _paragraph(self, parent: etree._Element, element: Element, name: str) -> None:
        entry = _sub(parent, name, **self._attributes(element))
        if element.label:
            _sub(entry, "num").text = _legal(element.label)
        children = self._children[element.id]
        if children:
            if element.text:
                self._text(_sub(_sub(entry, "intro"), "p"), element)
            for child in children:
                self._paragraph(entry, child, "subparagraph")
        else:
            self._text(_sub(_sub(entry, "content"), "p"), element)

    def _line(self, parent: etree._Element, element: Element) -> None:
        line = _sub(parent, "p", **self._attributes(element))
        line.set("class", str(element.kind))
        inner = _INLINE.get(element.kind)
        if element.label:
            number = _sub(line, "inline", name="num")
            number.text, number.tail = _legal(element.label), " "
        if element.kind is Kind.TITLE and self._title(line, element):
            return
        self._text(_sub(line, inner) if inner else line, element)
        for child in self._children[element.id]:
            self._line(parent, child)

    def _title(self, line: etree._Element, element: Element) -> bool:
        """Write a title whose line bears its number too ("77/281. …"); False where the line is the title."""
        title = self.instrument.expression.title or ""
        if not title or element.text == title or not element.text.endswith(title) or self._notes[element.id]:
            return False
        before = _legal(element.text.removesuffix(title))
        if len(line):
            line[-1].tail = (line[-1].tail or "") + before
        else:
            line.text = before
        _sub(line, "docTitle").text = _legal(title)
        return True

    def _annexes(self, statement: etree._Element, elements: Sequence[Element]) -> None:
        attachments = _sub(statement, "attachments")
        by_part: dict[str, list[Element]] = defaultdict(list)
        for element in elements:
            by_part[element.part].append(element)
        for part, inside in by_part.items():
            attachment = _sub(attachments, "attachment", eId=f"att_{_slug(part) or 'annex'}")
            annex = _sub(attachment, "statement", name="annex", contains="originalVersion")
            self._meta(annex, _slug(part) or "annex")
            self._fill(_sub(annex, "mainBody"), inside, hierarchical=True)

    def _attributes(self, element: Element) -> dict[str, str]:
        given = {
            "eId": self._ids[element.id], f"{{{SSE}}}id": element.id, f"{{{SSE}}}kind": str(element.kind),
            f"{{{SSE}}}order": str(self._order[element.id]), f"{{{SSE}}}level": str(element.level),
            f"{{{SSE}}}zone": str(element.zone), f"{{{SSE}}}part": element.part,
        }  # fmt: skip
        optional = {f"{{{SSE}}}number": element.number, f"{{{SSE}}}parent": element.parent}
        given |= {k: v for k, v in optional.items() if v}
        return {k: _legal(v) for k, v in given.items() if v}

    def _text(self, parent: etree._Element, element: Element) -> None:
        """The text of an element, with the documents it names as references and the notes at their marks."""
        text, at = _legal(element.text), 0
        last = parent[-1] if len(parent) else None

        def put(stretch: str) -> None:
            if last is None:
                parent.text = (parent.text or "") + stretch
            else:
                last.tail = (last.tail or "") + stretch

        inserted: list[tuple[int, int, str | Element]] = [*self._named(element)]
        inserted += [(place, place, note) for place, note in self._notes[element.id]]
        for start, end, what in sorted(inserted, key=lambda entry: entry[:2]):
            # A mark inside the name of a document stands after it.
            put(text[at:start])
            if isinstance(what, str):
                last = _sub(parent, "ref", href=what)
                last.text = text[start:end]
            else:
                last = self._note(parent, what)
            at = max(at, end)
        put(text[at:])

    def _note(self, parent: etree._Element, note: Element) -> etree._Element:
        entry = _sub(parent, "authorialNote", placement="bottom", **self._attributes(note))
        entry.set("marker", _legal(_marker(note)))
        self._text(_sub(entry, "p"), note)
        return entry

    def _named(self, element: Element) -> Iterator[tuple[int, int, str | Element]]:
        symbol = self.instrument.work.symbol
        if element.kind not in (Kind.PREAMBULAR, Kind.OPERATIVE, Kind.ANNEX, Kind.FOOTNOTE, Kind.OTHER):
            return
        for reference in symbols.find(element.text, organ=symbol.issuer if symbol else None):
            if reference.symbol is not None and reference.symbol != symbol:
                address = reference.symbol.link(self.instrument.expression.language)
                if address:
                    yield reference.span.start, reference.span.end, address


def eid(id: str) -> str:
    """An element's id as Akoma Ntoso writes it: ``op1(a)(i)`` is ``para_1__subpara_a__subpara_i``."""
    part, _, rest = id.rpartition(".")
    found = re.fullmatch(r"(pp|op)([^(]+)((?:\([^()]+\))*)", rest)
    if found is None:
        return _slug(id) or "x"
    head = f"part_{_slug(part)}__" if part else ""
    below = "".join(f"__subpara_{_slug(b)}" for b in re.findall(r"\(([^()]+)\)", found[3]))
    return f"{head}{'para' if found[1] == 'op' else 'pp'}_{_slug(found[2])}{below}"


def _marker(note: Element) -> str:
    """The number or sign of a footnote; older texts print it as the first word of the note."""
    printed = (note.number or note.label).strip(" ().[]")
    found = re.match(r"(\d{1,3}|\*+|[a-z])(?=[\s./)])", note.text)
    return printed or (found[1] if found else "")


def _place(element: Element, source: int) -> int:
    """The place in the text of an element that stands at `source`."""
    at = 0
    for run in element.runs:
        if run.start < source:
            at = run.at + min(run.length, source - run.start)
    return at


def _is_paragraph(element: Element) -> bool:
    return element.kind not in (Kind.HEADING, Kind.FOOTNOTE)


def _sections(elements: Sequence[Element]) -> dict[Zone, list[Element]]:
    """The elements by the section they are written in.

    Sections follow each other once. Where a text goes back, as the parts of an omnibus resolution do, the rest stays
    in the main body: order is kept before convenience.
    """
    found: dict[Zone, list[Element]] = {zone: [] for zone in _SECTIONS}
    last_main = max((at for at, e in enumerate(elements) if e.zone is Zone.OPERATIVE), default=-1)
    current = 0
    for at, element in enumerate(elements):
        wanted = _SECTIONS.index(element.zone)
        if at < last_main and wanted > _SECTIONS.index(Zone.OPERATIVE):
            wanted = _SECTIONS.index(Zone.OPERATIVE)
        current = max(current, wanted)
        found[_SECTIONS[current]].append(element)
    return found


def _act(parent: etree._Element, act: Act, element: str) -> None:
    entry = _own(
        parent, "act", id=act.id, element=element, verb=act.verb, code=act.code or None, strength=act.strength,
        modifier=act.modifier, form=act.form,
    )  # fmt: skip
    _own(entry, "verb").text = _legal(act.verb_text)
    for addressee in act.addressees:
        _own(entry, "addressee", term=addressee.term).text = _legal(addressee.text)
    _own(entry, "action").text = _legal(act.action)
    for condition in act.conditions:
        _own(entry, "condition", term=condition.term, of=condition.source_element).text = _legal(condition.text)
    if act.deadline:
        due = act.deadline.due.isoformat() if act.deadline.due else None
        _own(
            entry, "deadline", due=due, session=act.deadline.session, basis=act.deadline.basis, rule=act.deadline.rule
        ).text = _legal(act.deadline.text)
    if act.recurrence:
        _own(
            entry, "recurrence", rule=act.recurrence.rule or None, intervalYears=act.recurrence.interval_years
        ).text = _legal(act.recurrence.text)
    for reference in act.references:
        symbol = reference.symbol.text if reference.symbol else None
        _own(entry, "reference", symbol=symbol, paragraph=reference.paragraph).text = _legal(reference.text)


def _subtype(type: str) -> str:
    return {"draft resolution": "resolutionDraft", "draft decision": "decisionDraft"}.get(type, _camel(type))


def _camel(text: str) -> str:
    first, *rest = text.split() or ["document"]
    return first + "".join(w.capitalize() for w in rest)


def _sub(parent: etree._Element, tag: str, /, **given: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{AKN}}}{tag}", dict(given))


def _own(parent: etree._Element, tag: str, /, **given: object) -> etree._Element:
    told = {k: _legal(str(v)) for k, v in given.items() if v is not None}
    return etree.SubElement(parent, f"{{{SSE}}}{tag}", told)


def _legal(text: str) -> str:
    """`text` without the characters that XML 1.0 cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")
