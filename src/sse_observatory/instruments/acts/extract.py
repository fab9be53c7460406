"""An operative paragraph into its acts.

The verbs cut a paragraph into stretches, one for each act; in each are found addressees, conditions, measures, a
deadline, a recurrence and references. A subparagraph without a verb of its own continues the last act of its chapeau
and takes over its addressees, conditions and deadline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from string import ascii_lowercase
from typing import Literal, TypeVar

from sse_observatory.core import Language
from sse_observatory.instruments import sessions, symbols
from sse_observatory.instruments.acts.addressees import Body, addressees
from sse_observatory.instruments.acts.conditions import Found, conditions
from sse_observatory.instruments.acts.heads import FRENCH_INFINITIVE, Head, heads, is_bare
from sse_observatory.instruments.acts.lexicon import Lexicon, lexicon
from sse_observatory.instruments.acts.measures import measures
from sse_observatory.instruments.acts.numbers import ordinal
from sse_observatory.instruments.acts.times import Again, When, deadlines, has_time, recurrences
from sse_observatory.instruments.acts.tokens import Tokens, composed, is_word, listed
from sse_observatory.instruments.model import (
    Act,
    Addressee,
    Condition,
    Deadline,
    Element,
    Instrument,
    Kind,
    Measure,
    Recurrence,
    Reference,
    Span,
    Work,
)

STATEMENT = "STATE"
"""The strength of verbs that ask for nothing: dates beside them are no deadlines."""

_FORMS: Mapping[str, Literal["performative", "declaration", "report", "passive", "modal"]] = {
    "present": "performative", "we": "declaration", "plural": "declaration", "past": "report", "passive": "passive",
    "modal": "modal", "future": "modal", "gerund": "performative", "infinitive": "performative",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """What acts depend on besides their paragraph: the language, the work, and the paragraphs above by their id."""

    language: Language
    work: Work = field(default_factory=Work)
    elements: Mapping[str, Element] = field(default_factory=dict)
    _known: dict[str, tuple[Act, ...]] = field(default_factory=dict, repr=False, compare=False)
    _leads: dict[str, Element | None] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, instrument: Instrument) -> Context:
        """The context of the paragraphs of an instrument."""
        return cls(instrument.expression.language, instrument.work, {e.id: e for e in instrument.elements})

    def lead(self, element: Element) -> Element | None:
        """The last unnumbered operative line before `element` in the same part."""
        if not self._leads:
            last: dict[str, Element] = {}
            for other in self.elements.values():
                self._leads[other.id] = last.get(other.part)
                if other.kind is Kind.OPERATIVE and other.level == 1 and not other.label:
                    last[other.part] = other
        return self._leads.get(element.id)


def acts_of(element: Element, context: Context) -> tuple[Act, ...]:
    """The acts of an operative paragraph or subparagraph, in the order of the text; none for any other element.

    A paragraph without a verb has no act, unless it is a subparagraph of one that has.
    """
    if element.kind is not Kind.OPERATIVE or not element.text.strip():
        return ()
    if element.id not in context._known:
        context._known[element.id] = tuple(_acts(element, context))
    return context._known[element.id]


def _acts(element: Element, context: Context) -> Iterator[Act]:
    lex = lexicon(context.language)
    tokens = Tokens(element.text)
    if not len(tokens):
        return
    chapeau = _chapeau(element, context)
    bare = chapeau is not None and chapeau.action.lower() in _NOTHING_MORE and chapeau.code in _LISTING
    resolved = (chapeau.code, chapeau.strength) if chapeau is not None and bare else None
    found = heads(tokens, lex, governed=chapeau is not None, resolved=resolved)
    paragraph = _Paragraph(element, context, lex, tokens)
    bounds = [head.first for head in found]
    stretches = list(zip(bounds, [*bounds[1:], len(tokens)], strict=False))
    number = 0
    if chapeau is not None and (not bounds or bounds[0] > 0):
        yield paragraph.continued(chapeau, bounds[0] if bounds else len(tokens))
        number = 1
    for head, (first, end) in zip(found, stretches, strict=True):
        yield paragraph.act(head, first, end, number)
        number += 1


def _chapeau(element: Element, context: Context) -> Act | None:
    """The act that a subparagraph continues: the last one of the paragraph above.

    Numbered paragraphs that open with "that" or "to" behind "Recommends to the ministries:" continue that line.
    """
    above = context.elements.get(element.parent or "") or _lead(element, context)
    if above is None or above.kind is not Kind.OPERATIVE:
        return None
    acts = acts_of(above, context)
    return acts[-1] if acts else None


_LISTING = frozenset({"RESOLVE", "DECIDE", "AGREE"})
"""Kinds of act that may stand alone above a list of acts: "RESUELVE:", "RESOLVES:"."""
_NOTHING_MORE = frozenset({"", "ce qui suit", "lo siguiente", "as follows", "the following", "on the following"})
"""What such a verb governs where the list says it all."""
_CONTINUES = re.compile(
    r"(?:[Tt]hat|[Tt]o|[Qq]ue|de|du|des|à)\b|[Qq]u['’]|d['’]"
    r"|(?:D['’]|(?:De|À|A)\s)(?:(?:n['e’]\s?|ne pas |l['’]|les? |la |s['’]|se |en |y )?)"
    rf"{FRENCH_INFINITIVE}"
)
"""How a paragraph goes on the line above; "À titre exceptionnel, …" and "Des bourses seront …" are sentences."""
_CONCEDES = re.compile(
    r"Qu(?:e |['’]).{0,80}\b(?:soi(?:t|ent)|ait|aient)\b.{0,60}\bou\b[^,;]{0,60},\s"
    r"(?:l['’]|(?:la|les?|ils?|elles?|on|une?)\s)"
)
"""A sentence that opens with a concession: "Que l'école soit publique ou privée, l'inspection en sera assurée"."""


def _lead(element: Element, context: Context) -> Element | None:
    """The unnumbered line with a colon before the numbered paragraphs of which `element` is one."""
    if element.level != 1 or not element.label:
        return None
    found = context.lead(element)
    if found is None or not found.text.rstrip().endswith(":"):
        return None
    if _CONTINUES.match(element.text) and not _CONCEDES.match(element.text):
        return found
    # "RECOMMENDS that Member States:" leaves the act open for "1. Adopt …"; "adopts the following text:" does not.
    acts = acts_of(found, context)
    open_ended = acts and acts[-1].action.lower() in _NOTHING_MORE
    sentences = bool(acts) and acts[-1].code in _LISTING | {"DECLARE", "PROCLAIM"}
    return found if open_ended and is_bare(element.text, context.language, sentences=sentences) else None


def _id(element: Element, number: int) -> str:
    """``op6`` for the first act, ``op6-b`` for the second, as follow-up records number provisions."""
    if not number:
        return element.id
    return f"{element.id}-{ascii_lowercase[number] if number < 26 else number + 1}"


class _Paragraph:
    """One element while its acts are made."""

    def __init__(self, element: Element, context: Context, lex: Lexicon, tokens: Tokens) -> None:
        self.element, self.context, self.lex, self.tokens = element, context, lex, tokens
        self.words: Sequence[str] = tokens.words
        text, places = composed(element.text)
        timed = has_time(text, context.language)
        self.deadlines = [_placed(w, places) for w in deadlines(text, context.language)] if timed else []
        self.recurrences = [_placed(a, places) for a in recurrences(text, context.language)] if timed else []
        self.references = [
            replace(reference, span=Span(places[reference.span.start], places[reference.span.end]))
            for reference in _references(text, context.work)
        ]

    def span(self, first: int, end: int) -> Span:
        """The place in the source of tokens `first` to `end`."""
        return self.element.source(self.tokens.starts[first], self.tokens.ends[end - 1])

    def chars(self, start: int, end: int) -> Span:
        return self.element.source(start, end)

    def act(self, head: Head, first: int, end: int, number: int) -> Act:
        """The act of a verb in its stretch of the paragraph."""
        end = self.trimmed(first, end)
        limits = conditions(self.tokens, self.words, first, end, self.lex)
        bodies, action = addressees(self.tokens, self.words, head, end, limits, self.lex)
        listed = measures(self.tokens, self.words, head.after, end, limits, self.lex)
        start, stop = self.tokens.starts[first], self.tokens.ends[end - 1]
        asks = head.verb.strength != STATEMENT
        return Act(
            id=_id(self.element, number),
            verb=head.verb.lemma,
            verb_text=self.tokens.printed(head.printed_from, head.verb_end),
            strength=head.verb.strength,
            span=self.span(first, end),
            modifier=head.modifier,
            addressees=tuple(self.addressee(body) for body in bodies),
            action=self.action(action, end),
            conditions=tuple(self.condition(limit, listed) for limit in limits),
            deadline=self.deadline(start, stop) if asks else None,
            recurrence=self.recurrence(start, stop) if asks else None,
            references=tuple(self.referred(start, stop)),
            code=head.verb.code,
            degree=head.degree,
            form=_FORMS[head.verb.form],
            measures=tuple(Measure(self.tokens.printed(a, b), self.span(a, b)) for a, b in listed),
        )

    def continued(self, chapeau: Act, end: int) -> Act:
        """The act of a subparagraph that continues `chapeau`."""
        end = self.trimmed(0, end)
        limits = conditions(self.tokens, self.words, 0, end, self.lex)
        listed = measures(self.tokens, self.words, 0, end, limits, self.lex)
        start, stop = self.tokens.starts[0], self.tokens.ends[end - 1]
        asks = chapeau.strength != STATEMENT
        above = self.element.parent
        taken_over = tuple(
            replace(limit, source_element=limit.source_element or above, applies_to=None)
            for limit in chapeau.conditions
            if limit.applies_to is None
        )
        return replace(
            chapeau,
            id=_id(self.element, 0),
            span=self.span(0, end),
            action=self.action(0, end),
            conditions=(*(self.condition(limit, listed) for limit in limits), *taken_over),
            deadline=(self.deadline(start, stop) if asks else None) or chapeau.deadline,
            recurrence=(self.recurrence(start, stop) if asks else None) or chapeau.recurrence,
            references=tuple(self.referred(start, stop)),
            measures=tuple(Measure(self.tokens.printed(a, b), self.span(a, b)) for a, b in listed),
            chapeau=above,
        )

    def trimmed(self, first: int, end: int) -> int:
        """The end of a stretch without the comma and the "and" that join it to the next."""
        joining = (",", ";", ":", "and", "et", "y", "e", "–", "—")
        while end > first + 1 and self.words[end - 1] in joining and end < len(self.words):
            end -= 1
        while end > first + 1 and self.words[end - 1] in (";", ".", ",", ":"):
            end -= 1
        return end

    def action(self, first: int, end: int) -> str:
        """What is asked, without the word that leads to it ("to", "de", "que", "a que")."""
        words = self.words
        while first < end and (not is_word(words[first]) and words[first] not in '(“«"'):
            first += 1
        if first < end and words[first] in _LEADS[self.context.language]:
            first += 1
            if self.context.language == "es" and first < end and words[first - 1] == "a" and words[first] == "que":
                first += 1
        while first < end and words[first] in (",", ":"):
            first += 1
        return self.tokens.printed(first, end) if first < end else ""

    def addressee(self, body: Body) -> Addressee:
        term, text = body.term, self.tokens.printed(body.first, body.end)
        symbol = self.context.work.symbol
        if (
            term == "COMMISSION"
            and symbol is not None
            and symbol.family in _UNION
            and text in ("Commission", "Comisión")
        ):
            term = "EUROPEAN_COMMISSION"
        return Addressee(term, text, self.span(body.first, body.end))

    def condition(self, limit: Found, listed: Sequence[tuple[int, int]]) -> Condition:
        measure = next(((a, b) for a, b in listed if a <= limit.first < b), None)
        if measure is None:
            # ", where appropriate," at the end of a measure is cut off with its commas.
            measure = next(((a, b) for a, b in listed if b <= limit.first <= b + 1), None)
        return Condition(
            limit.code,
            self.tokens.printed(limit.first, limit.end),
            self.span(limit.first, limit.end),
            self.span(*measure) if measure is not None else None,
        )

    def referred(self, start: int, stop: int) -> Iterator[Reference]:
        for reference in self.references:
            if start <= reference.span.start < stop:
                written = self.element.text[reference.span.start : reference.span.end]
                yield replace(reference, text=written, span=self.chars(reference.span.start, reference.span.end))

    def recurrence(self, start: int, stop: int) -> Recurrence | None:
        for again in self.recurrences:
            if start <= again.start < stop:
                text = self.element.text[again.start : again.end]
                place = self.chars(again.start, again.end)
                return Recurrence(text, place, again.rule, again.interval_years, again.sessions)
        return None

    def deadline(self, start: int, stop: int) -> Deadline | None:
        """The first phrase that states by when; one that only dates something else is passed over."""
        named = [when for when in self.deadlines if start <= when.start < stop and not self.is_past(when)]
        for again in self.recurrences:
            if start <= again.start < stop and again.sessions:
                named.append(When(again.start, again.end, "SESSION_NAMED", session=again.sessions[0]))
        if not named:
            return None
        when = min(named, key=lambda when: (self.is_weak(when), when.start))
        due, rule, inferred = self.due(when)
        text, place = self.element.text[when.start : when.end], self.chars(when.start, when.end)
        return Deadline(text, place, "inferred" if inferred else "stated", rule, due, when.session)

    def is_weak(self, when: When) -> bool:
        """Whether a phrase may as well date something that the act speaks of ("the Conference in 2025")."""
        return self.element.text[when.start : when.end].lower().startswith(("in 20", "en 20", "during ", "durante "))

    def is_past(self, when: When) -> bool:
        """Whether a phrase dates what was done already: a word of the past before it, or a day not after adoption."""
        before = self.element.text[max(0, when.start - 40) : when.start].lower().split()
        if before and before[-1] in ("on", "le", "el"):
            before.pop()
        if before and before[-1] in _DONE and before[-2:-1] not in _TO_BE:
            return True
        adopted = self.context.work.adopted
        if adopted is not None and when.due is not None and when.due <= adopted:
            return True
        body, present = self.body(when), _present_session(self.context.work)
        if when.session is None:
            # A bare year dates an act only where the day of adoption shows that it is still to come.
            return self.is_weak(when) and adopted is None
        return body == _own_body(self.context.work) and present is not None and when.session <= present

    def body(self, when: When) -> str | None:
        """The body whose session is meant: the one named just before, else the one that speaks."""
        before = self.element.text[max(0, when.start - 90) : when.start]
        place, body = -1, _own_body(self.context.work)
        for name, series in _SESSION_BODIES[self.context.language]:
            at = before.rfind(name)
            if at > place:
                place, body = at, series
        return body

    def due(self, when: When) -> tuple[date | None, str, bool]:
        """The day something is due, by which rule, and whether it was computed."""
        work = self.context.work
        if when.rule == "PERIOD_AFTER_ADOPTION":
            if work.adopted is None:
                return None, when.rule, True
            if when.months is not None:
                return _months_after(work.adopted, when.months), when.rule, True
            due = work.adopted + timedelta(days=when.days) if when.days else None
            return due, when.rule, True
        if when.rule == "NEXT_SESSION":
            present = _present_session(work)
            if present is None or self.body(when) != _own_body(work):
                return None, when.rule, False
            opened = _opening(self.body(when), present + 1)
            return (opened[0], when.rule, True) if opened else (None, when.rule, False)
        if when.session is not None:
            opened = _opening(self.body(when), when.session)
            if opened and work.adopted is not None and opened[0].year > work.adopted.year + _FAR:
                opened = None  # the number is that of another body: "the 113th Session of the Conference"
            return (opened[0], opened[1], True) if opened else (None, when.rule, False)
        return when.due, when.rule, when.inferred


Timed = TypeVar("Timed", When, Again)


def _placed(found: Timed, places: Sequence[int]) -> Timed:
    """What was found in a composed text, at its place in the text itself."""
    return replace(found, start=places[found.start], end=places[found.end])


_LEADS: Mapping[Language, frozenset[str]] = {
    "en": frozenset({"to", "that"}),
    "fr": frozenset({"de", "d'", "à", "que", "qu'"}),
    "es": frozenset({"a", "que", "de"}),
}
_DONE = listed(
    "adopted held made decided approved agreed concluded submitted established convened considered taken issued "
    "starting beginning commencing partir dès endorsed presented launched opened signed proclaimed reached "
    "reaffirmed dated adoptée adopté adoptées adoptés tenue tenu prise prises approuvé approuvée présenté examiné "
    "aprobada aprobado aprobadas aprobados celebrada celebrado adoptada adoptado adoptadas presentado examinado "
    "since depuis desde celebrarán celebrará celebrarse"
)
_TO_BE = (["sera"], ["seront"], ["soit"], ["soient"], ["être"], ["será"], ["serán"], ["sea"], ["sean"], ["ser"])
"""Words before a participle that put it into the future: "qui lui sera présenté à sa quatre-vingtième session"."""
_SESSION_BODIES: Mapping[Language, tuple[tuple[str, str], ...]] = {
    "en": (("General Assembly", "A"), ("Economic and Social Council", "E"), ("Human Rights Council", "A/HRC"),
           ("Governing Body", "ILO/GB"), ("International Labour Conference", "ILO/ILC"),
           ("Conference of Labour Statisticians", "ILO/ICLS"), ("Statistical Commission", "E/CN.3"),
           ("Assembly", "A")),
    "fr": (("Assemblée générale", "A"), ("Conseil économique et social", "E"),
           ("Conseil des droits de l’homme", "A/HRC"), ("Conseil des droits de l'homme", "A/HRC"),
           ("Conseil d’administration", "ILO/GB"), ("Conseil d'administration", "ILO/GB"),
           ("Conférence internationale du Travail", "ILO/ILC"), ("statisticiens du travail", "ILO/ICLS"),
           ("Commission de statistique", "E/CN.3"), ("Assemblée", "A")),
    "es": (("Asamblea General", "A"), ("Consejo Económico y Social", "E"), ("Consejo de Derechos Humanos", "A/HRC"),
           ("Consejo de Administración", "ILO/GB"), ("Conferencia Internacional del Trabajo", "ILO/ILC"),
           ("Estadísticos del Trabajo", "ILO/ICLS"), ("Comisión de Estadística", "E/CN.3"), ("Asamblea", "A")),
}  # fmt: skip
_UNION = frozenset({"celex", "eli", "oj"})
"""Families of symbols of the European Union, in whose acts the Commission is the European Commission."""
_FAMILY_BODIES = {"ilo-gb": "ILO/GB", "ilc": "ILO/ILC", "icls": "ILO/ICLS"}


_FAR = 30
"""Years beyond which no text sets a deadline by a session."""


def _own_body(work: Work) -> str | None:
    """The series of the body that speaks."""
    if work.symbol is None:
        return None
    return _FAMILY_BODIES.get(work.symbol.family) or work.symbol.issuer


def _present_session(work: Work) -> int | None:
    """The number of the session at which the text was made, where it is known."""
    for written in (work.symbol.session if work.symbol else None, work.session):
        if written:
            number = ordinal(written.strip(), "en") if written.strip()[:1].isdigit() else None
            if number is not None:
                return number
    return None


def _opening(body: str | None, number: int) -> tuple[date, str] | None:
    """The day on which a session opens, or the last day of its year, with the rule."""
    found = sessions.session(body, number) if body else None
    if found is None:
        return None
    if found.opens is not None:
        return found.opens, "SESSION_OPENING"
    return date(found.year, 12, 31), "SESSION_YEAR"


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _references(text: str, work: Work) -> tuple[Reference, ...]:
    """The documents and paragraphs that the text names; the patterns are run only where a figure or "this" is."""
    if not any(map(str.isdigit, text)) and not _names_itself(text):
        return ()
    return symbols.find(text, organ=work.symbol.issuer if work.symbol else None)


def _names_itself(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in ("present", "présent", "this ", "annex"))
