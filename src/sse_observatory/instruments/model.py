"""What is read out of an intergovernmental text: work, expression, elements, acts.

A *work* is the resolution itself, an *expression* one language version of it (the levels of Akoma Ntoso, OASIS
LegalDocML 1.0, and of its UN profile AKN4UN); a translation is another expression of the same work. The text is cut
into *elements* that cover it completely: every character of the source that is not white space belongs to exactly one
span of exactly one element (`Instrument.gaps` says where that fails; the reader refuses to return such a result). An
operative element holds one or more *acts*: verb, addressees, action, conditions, deadline. Everything keeps its place
in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from sse_observatory.core import Language, Text


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of `SourceText.text`: characters from `start` up to, not including, `end`."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The characters themselves."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class SourceText:
    """All the text found in a file, before anything was decided about it.

    `format` is ``text``, ``html``, ``docx``, ``pdf``, ``marc`` or ``akn``; `sha256` is that of the file's bytes, `name`
    its name where known. Numbers that a word processor prints by itself are part of the text. `pages` holds the span of
    each page where the format knows pages.
    """

    text: str
    format: str
    sha256: str
    name: str | None = None
    pages: tuple[Span, ...] = ()


class Kind(StrEnum):
    """What an element is. Subparagraphs have the kind of the paragraph they belong to and a deeper level."""

    SYMBOL = "symbol"
    TITLE = "title"
    ORGAN = "organ"
    SESSION = "session"
    AGENDA_ITEM = "agenda-item"
    DATE = "date"
    HEADING = "heading"
    PREAMBULAR = "preambular"
    OPERATIVE = "operative"
    ANNEX = "annex"
    CLOSING = "closing"
    FOOTNOTE = "footnote"
    TABLE = "table"
    STRIPPED = "stripped"
    OTHER = "other"


class Zone(StrEnum):
    """Where an element stands: headings and organ lines have a place too, whatever their kind.

    To sort every paragraph of a text into preamble and operative part, go by the zone; to list its provisions, by kind.
    """

    FRONT = "front"
    PREAMBLE = "preamble"
    OPERATIVE = "operative"
    CLOSING = "closing"
    ANNEX = "annex"


@dataclass(frozen=True, slots=True)
class Run:
    """`length` characters of an element's text, from `at` on, stand unchanged in the source from `start` on."""

    at: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Element:
    """One paragraph, subparagraph, heading, note or line of the text.

    `id` is unique in the instrument and follows the citation habit: ``pp3``, ``op1``, ``op1(a)``, ``op1(a)(i)``; the
    part leads where there is one (``B.op2``, ``annex.op4``). `label` is the number as printed (``1.``, ``(a)``),
    `number` the bare number (``1``, ``a``; the counted one for unnumbered paragraphs is in `id` only). `level` is 1 for
    a paragraph and one more for each depth of subparagraph; a heading's level is its depth. `parent` is the id of the
    paragraph that a subparagraph continues, or of the heading of a subheading. `part` is empty for the main text, else
    ``A``, ``B`` … for the parts of an omnibus resolution, ``annex``, ``annex.I``, … for annexes; ``annex`` paragraphs
    that are provisions are typed preambular and operative too, all others are `Kind.ANNEX`.

    `text` is the text for reading and analysis: without its label and without the marks of footnotes, with single
    spaces and without the hyphens of line ends. `spans` are its places in the source, label and `marks` included;
    several where a page end or a note cut it. `source` leads from `text` back to the source.
    """

    id: str
    kind: Kind
    text: str
    spans: tuple[Span, ...]
    number: str | None = None
    label: str = ""
    level: int = 1
    parent: str | None = None
    part: str = ""
    zone: Zone = Zone.FRONT
    marks: tuple[Span, ...] = ()
    runs: tuple[Run, ...] = ()

    def source(self, start: int, end: int) -> Span:
        """The stretch of the source from which ``text[start:end]`` was taken.

        It may include what `text` leaves out between its ends: line breaks, running headers, marks of notes.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"{start}:{end} is not a stretch of the {len(self.text)} characters of {self.id}")
        first = last = None
        for run in self.runs:
            if first is None and start < run.at + run.length:
                first = run.start + max(start - run.at, 0)
            if run.at < end:
                last = run.start + min(end - run.at, run.length)
        if first is None or last is None:
            return Span(self.spans[0].start, self.spans[-1].end)
        return Span(first, max(first, last))

    @property
    def printed(self) -> str:
        """Label and text, as a reader sees them."""
        return f"{self.label} {self.text}" if self.label and self.text else self.label or self.text


@dataclass(frozen=True, slots=True)
class Symbol:
    """The normalised identifier of a document; made by `instruments.symbols.parse`, never by hand.

    `text` is the canonical spelling (``A/RES/77/281``, ``A/RES/2152(XXI)``, ``S/RES/1325 (2000)``, ``GB.343/INS/3/2``,
    ``OECD/LEGAL/0472``, ``32023H01344``). `family` names the grammar: ``un``, ``ilo-gb``, ``ilc``, ``icls``,
    ``ilo-standard``, ``oecd``, ``celex``, ``eli``, ``oj``, … `issuer` is the series of the issuing body (``A``,
    ``E/CN.5``, ``A/HRC``, ``ILO``, ``EU``), `type` what the document is (``resolution``, ``decision``, ``draft``,
    ``document``, ``convention``, ``recommendation``, …). `session` is as printed in arabic figures (``77``, ``ES-10``),
    `year` is only what the symbol itself states. `part` is the letter of an omnibus resolution (``A``, ``A-D``);
    `suffixes` are ``Add.1``, ``Rev.2``, ``Corr.1`` in order. `decoded` holds what a coded symbol spells out (CELEX
    sector and type).
    """

    text: str
    family: str
    issuer: str
    type: str
    session: str | None = None
    number: str | None = None
    year: int | None = None
    part: str | None = None
    suffixes: tuple[str, ...] = ()
    decoded: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.text

    def link(self, language: Language = "en") -> str | None:
        """The stable public address of the document in `language`; None where its publisher has none."""
        from sse_observatory.instruments.symbols import link

        return link(self, language)

    @property
    def file_name(self) -> str:
        """The symbol as a file name (``A_RES_77_281``), from which `symbols.parse` reads it back."""
        from sse_observatory.instruments.symbols import file_name

        return file_name(self)


@dataclass(frozen=True, slots=True)
class Reference:
    """A document, or a paragraph of one, named in running text.

    `symbol` is None where the text names a document that no known grammar covers; `paragraph` is as cited (``15``,
    ``16 (c)``); `this` is True for a paragraph of the text itself ("paragraph 4 above", "the present resolution").
    """

    symbol: Symbol | None
    text: str
    span: Span
    paragraph: str | None = None
    this: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    """How a text was adopted, with the figures as stated."""

    method: Literal["recorded", "non-recorded", "unanimous", "without a vote"]
    in_favour: int | None = None
    against: int | None = None
    abstentions: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """The instrument itself, whatever its language.

    `type` is ``resolution``, ``decision``, ``draft resolution``, ``draft decision``, ``recommendation``,
    ``conclusions``, ``declaration``, ``presidential statement`` or ``document`` where the text does not say. `organ` is
    the name as printed. `adopted_basis` says where the day of adoption was read (``closing line``, ``title``,
    ``heading``, ``catalogue record``), and is None with it: the day of approval in a committee is never taken for the
    day of adoption.
    """

    symbol: Symbol | None = None
    type: str = "document"
    organ: str | None = None
    session: str | None = None
    agenda_items: tuple[str, ...] = ()
    adopted: date | None = None
    adopted_basis: str | None = None
    meeting: str | None = None
    vote: Vote | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """One language version; `language_basis`: ``stated`` by caller or file, or ``detected`` from the words."""

    language: Language
    language_basis: Literal["stated", "detected"]
    title: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What limits an act. `term` is a code of the condition list of the catalogue's drafting part (CL_CONDITION).

    `applies_to` is the place of the measure it limits, None where it limits the whole act. `source_element` names the
    paragraph that states it for its subparagraphs, None where it stands in the text of the act itself.
    """

    term: str
    text: str
    span: Span
    applies_to: Span | None = None
    source_element: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One of several things an act asks for in a list ("by developing …, by making …")."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom an act speaks to. `term` is a code of the catalogue's list of addressees; None where none fits."""

    term: str | None
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an act is due.

    ``basis`` is ``stated`` where the text gives the date or the session, ``inferred`` where `rule` computed `due` from
    it (the opening of a session, the end of a number of months): never to be shown as official.
    """

    text: str
    span: Span
    basis: Literal["stated", "inferred"]
    rule: str
    due: date | None = None
    session: int | None = None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What comes again: `rule` is an RRULE (RFC 5545) where one can say it, `interval_years` is for "every n".

    `sessions` are the sessions of the body where the text names several ("at its seventy-eighth and eightieth").
    """

    text: str
    span: Span
    rule: str = ""
    interval_years: int | None = None
    sessions: tuple[int, ...] = ()


UNCLASSIFIED = "UNCLASSIFIED"
"""The strength of an act whose verb is in no list (CL_VERB_STRENGTH): beside the scale, for a person to settle."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing an operative paragraph does.

    `verb` is the lemma from the closed list of the text's language, `verb_text` what the text says ("Strongly urges"),
    `strength` its grade in the catalogue's scale (`UNCLASSIFIED` for a verb outside the list, until a person says),
    `modifier` the drafting word for a repeated verb. `action` is what is asked, in the words of the text. `code` is the
    kind of act whatever the language (CL_ACT_VERB), empty for a verb outside the list. `degree` holds the words that
    grade the verb ("strongly", "instamment"). `form` is ``performative`` ("Requests"), ``declaration`` ("We request"),
    ``report`` ("decided"), ``passive`` ("is requested") or ``modal`` ("should"). `chapeau` names the paragraph whose
    verb governs this subparagraph, None where it has its own.
    """

    id: str
    verb: str
    verb_text: str
    strength: str
    span: Span
    modifier: Literal["also", "further"] | None = None
    addressees: tuple[Addressee, ...] = ()
    action: str = ""
    conditions: tuple[Condition, ...] = ()
    deadline: Deadline | None = None
    recurrence: Recurrence | None = None
    references: tuple[Reference, ...] = ()
    code: str = ""
    degree: tuple[str, ...] = ()
    form: Literal["performative", "declaration", "report", "passive", "modal"] = "performative"
    measures: tuple[Measure, ...] = ()
    chapeau: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person should look at: the reading went on, but something in the text is doubtful.

    `code` is stable (``no-operative-numbers``, ``repeated-number``, ``language-doubtful``, …); `message` says it in the
    three languages.
    """

    code: str
    message: Text
    element: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """A text as read: `elements` in the order of the source, `acts` by the id of their element."""

    work: Work
    expression: Expression
    elements: tuple[Element, ...]
    source: SourceText
    acts: Mapping[str, tuple[Act, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def of_kind(self, *kinds: Kind, part: str | None = None) -> tuple[Element, ...]:
        """The elements of these kinds, of one part if `part` is given (the main text is ``""``)."""
        return tuple(e for e in self.elements if e.kind in kinds and (part is None or e.part == part))

    @property
    def preamble(self) -> tuple[Element, ...]:
        """The preambular paragraphs and their subparagraphs, annexes left out."""
        return tuple(e for e in self.of_kind(Kind.PREAMBULAR) if not e.part.startswith("annex"))

    @property
    def operative(self) -> tuple[Element, ...]:
        """The operative paragraphs and their subparagraphs, annexes left out."""
        return tuple(e for e in self.of_kind(Kind.OPERATIVE) if not e.part.startswith("annex"))

    def element(self, id: str) -> Element:
        """The element with this id. Raises KeyError."""
        for element in self.elements:
            if element.id == id:
                return element
        raise KeyError(id)

    def children(self, id: str) -> tuple[Element, ...]:
        """The subparagraphs directly below an element."""
        return tuple(e for e in self.elements if e.parent == id)

    def whole(self, id: str) -> str:
        """The printed text of a paragraph with all its subparagraphs, one a line."""
        return "\n".join(e.printed for e in self._with_descendants(id))

    def _with_descendants(self, id: str) -> Iterator[Element]:
        yield self.element(id)
        for child in self.children(id):
            yield from self._with_descendants(child.id)

    def gaps(self) -> tuple[Span, ...]:
        """Stretches of the source, white space aside, that not exactly one element covers; empty if sound."""
        text = self.source.text
        places = sorted(span for element in self.elements for span in element.spans)
        wrong: list[Span] = []
        at = 0
        for span in [*places, Span(len(text), len(text))]:
            if span.start < at:
                wrong.append(Span(span.start, min(at, span.end)))
            elif text[at : span.start].strip():
                wrong.append(Span(at, span.start))
            at = max(at, span.end)
        return tuple(wrong)

    def reassembled(self, *, stripped: bool = True) -> str:
        """The source put together again from the spans of the elements; without running headers if `stripped`."""
        left_out = {Kind.STRIPPED} if stripped else set()
        places = sorted(span for e in self.elements if e.kind not in left_out for span in e.spans)
        return "\n".join(span.of(self.source.text) for span in places)
