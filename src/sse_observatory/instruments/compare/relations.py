"""Relations between texts, proposed for a person to confirm; nothing here is ever stored as a fact.

Each proposal carries its evidence, with its place in the text, the rule that found it and a score from 0 to 1 that
orders proposals by how much a reader should expect of them. The relations are those of the follow-up records:

- *recalls*: a paragraph that opens with a verb of recalling names the other text (1.0), or another one does (0.5);
- *gives effect to*, *reports on*: a text names the other after a phrase such as "pursuant to" (0.9) or "in accordance
  with" (0.5); it reports where the paragraph speaks of the present report;
- *succeeds*: a later text of the same organ keeps a good part of the operative paragraphs of an earlier one; the score
  is the share kept, averaged with the likeness of the titles and whether it recalls it;
- *repeats*, *strengthens*: between paragraphs of a text and of the one it succeeds (`comparison`);
- *takes over*: between paragraphs of texts of different organs (`travelling`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sse_observatory.core import Language
from sse_observatory.instruments import symbols
from sse_observatory.instruments.compare.comparison import Change, compare, provisions
from sse_observatory.instruments.compare.travelling import travelling
from sse_observatory.instruments.compare.words import folded, words
from sse_observatory.instruments.model import Element, Instrument, Kind, Span

KEPT = 0.4
"""Least share of the operative paragraphs of an earlier text found again for a later one to succeed it."""
SAME_TITLE = 0.5
"""Least share of words two titles have in common for one text to be compared with another that it does not recall."""
EVIDENCE = 3
"""Paragraphs shown for a succession: those that changed least."""
_REACH = 60
"""A phrase speaks of a document named within so many characters after it."""

RECALLING: Mapping[Language, tuple[str, ...]] = {
    "en": ("recall", "reaffirm", "reiterat"),
    "fr": ("rappel", "reaffirm"),
    "es": ("record", "reafirm", "reiter"),
}
"""How paragraphs begin that recall a text, in normal form."""
GIVING_EFFECT: Mapping[Language, tuple[tuple[str, float], ...]] = {
    "en": (
        (r"pursuant to", 0.9), (r"giv(?:es|ing|e) effect to", 0.9), (r"in (?:the )?implementation of", 0.9),
        (r"in response to", 0.9), (r"in compliance with", 0.9), (r"as (?:called for|requested|decided) (?:in|by)", 0.9),
        (r"in accordance with", 0.5), (r"in line with", 0.5),
    ),
    "fr": (
        (r"en application", 0.9), (r"en execution", 0.9), (r"pour donner effet a", 0.9), (r"comme suite a", 0.9),
        (r"donnant (?:suite|effet) a", 0.9), (r"en reponse a", 0.9), (r"conformement a", 0.5),
    ),
    "es": (
        (r"en cumplimiento", 0.9), (r"en aplicacion", 0.9), (r"para dar efecto a", 0.9), (r"dando efecto a", 0.9),
        (r"en respuesta a", 0.9), (r"atendiendo a", 0.9), (r"de conformidad con", 0.5), (r"con arreglo a", 0.5),
    ),
}  # fmt: skip
"""Phrases before a document to which a text gives effect, in normal form, and how surely they say so."""
REPORTING: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:the|this) (?:present )?report\b"),
    "fr": re.compile(r"\ble present rapport\b"),
    "es": re.compile(r"\b(?:el presente|este) informe\b"),
}
"""How a report speaks of itself, in normal form."""


class Relation(StrEnum):
    """How a text or paragraph stands to another."""

    RECALLS = "recalls"
    SUCCEEDS = "succeeds"
    STRENGTHENS = "strengthens"
    REPEATS = "repeats"
    TAKES_OVER = "takes-over"
    GIVES_EFFECT_TO = "gives-effect-to"
    REPORTS_ON = "reports-on"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of a text that speaks for a proposal: where it stands, in which text, and its words."""

    instrument: int
    element: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Proposal:
    """That one text, or a paragraph of it, stands in a relation to another: for a person to confirm or reject.

    `subject` is the place of a text in the collection; `object` the symbol of the other text, or its place in the
    collection where it has none. `rule` names what found it.
    """

    relation: Relation
    subject: int
    object: str | int
    score: float
    rule: str
    evidence: tuple[Evidence, ...]
    subject_paragraph: str | None = None
    object_paragraph: str | None = None


def propose(collection: Sequence[Instrument]) -> tuple[Proposal, ...]:
    """Every relation that the rules find in the collection, by subject, the most certain first."""
    found: list[Proposal] = []
    for at, instrument in enumerate(collection):
        found += _named(at, instrument)
    found += _successions(collection, found)
    found += _takings(collection)
    best: dict[tuple[object, ...], Proposal] = {}
    for proposal in found:
        key = (
            proposal.relation, proposal.subject, proposal.object, proposal.subject_paragraph, proposal.object_paragraph
        )
        if key not in best or proposal.score > best[key].score:
            best[key] = proposal
    return tuple(sorted(best.values(), key=lambda p: (p.subject, -p.score)))


def _named(at: int, instrument: Instrument) -> Iterator[Proposal]:
    """What a text says of the documents it names."""
    own = instrument.work.symbol
    lang = instrument.expression.language
    for element in instrument.elements:
        if element.kind in (Kind.SYMBOL, Kind.TITLE, Kind.STRIPPED, Kind.ORGAN, Kind.SESSION, Kind.FOOTNOTE):
            continue
        plain = folded(element.text) if len(folded(element.text)) == len(element.text) else element.text.lower()
        for reference in symbols.find(element.text, organ=own.issuer if own else None):
            if reference.symbol is None or reference.this or reference.symbol == own:
                continue
            target = reference.symbol.text
            opening = words(element.text)[:1]
            if element.kind in (Kind.PREAMBULAR, Kind.OPERATIVE):
                recalling = bool(opening) and opening[0].startswith(RECALLING[lang])
                yield Proposal(
                    Relation.RECALLS, at, target, 1.0 if recalling else 0.5,
                    "names it in a recalling paragraph" if recalling else "names it",
                    (_evidence(at, element, reference.span.start, reference.span.end),),
                )  # fmt: skip
            before = plain[max(reference.span.start - _REACH, 0) : reference.span.start]
            for phrase, score in GIVING_EFFECT[lang]:
                cue = list(re.finditer(phrase, before))
                if not cue:
                    continue
                reports = REPORTING[lang].search(plain) is not None
                start = max(reference.span.start - _REACH, 0) + cue[-1].start()
                yield Proposal(
                    Relation.REPORTS_ON if reports else Relation.GIVES_EFFECT_TO, at, target, score,
                    "names it as what it answers",
                    (_evidence(at, element, start, reference.span.end),),
                    object_paragraph=reference.paragraph,
                )  # fmt: skip
                break


def _evidence(at: int, element: Element, start: int, end: int) -> Evidence:
    return Evidence(at, element.id, element.text[start:end], element.source(start, end))


def _successions(collection: Sequence[Instrument], named: Sequence[Proposal]) -> Iterator[Proposal]:
    recalled = {(p.subject, p.object) for p in named if p.relation is Relation.RECALLS}
    for at, new in enumerate(collection):
        for k, old in enumerate(collection):
            object: str | int = old.work.symbol.text if old.work.symbol else k
            titles = _likeness(old.expression.title, new.expression.title)
            if not _may_succeed(old, k, new, at) or not ((at, object) in recalled or titles >= SAME_TITLE):
                continue
            comparison = compare(old, new)
            there = provisions(old)
            kept = sum(1 for id in there if comparison.became(id).new) / len(there) if there else 0.0
            if kept < KEPT:
                continue
            score = (kept + titles + ((at, object) in recalled)) / 3
            elements = {e.id: e for e in new.of_kind(Kind.OPERATIVE) if e.text}
            carried = [m for m in comparison.matches if m.old and m.new and m.new[0] in elements]
            carried.sort(key=lambda m: -m.similarity)
            best = [elements[m.new[0]] for m in carried[:EVIDENCE]]
            evidence = tuple(_evidence(at, element, 0, len(element.text)) for element in best)
            yield Proposal(Relation.SUCCEEDS, at, object, round(score, 2), "keeps its provisions", evidence)
            for match in comparison.matches:
                relation = {
                    Change.UNCHANGED: Relation.REPEATS, Change.MOVED: Relation.REPEATS,
                    Change.STRENGTHENED: Relation.STRENGTHENS,
                }.get(match.change)
                if relation is None or match.new[0] not in elements:
                    continue
                element = elements[match.new[0]]
                yield Proposal(
                    relation, at, object, round(match.similarity, 2), f"compared: {match.change}",
                    (_evidence(at, element, 0, len(element.text)),), match.new[0], match.old[0],
                )  # fmt: skip


def _may_succeed(old: Instrument, k: int, new: Instrument, at: int) -> bool:
    """A different work of the same organ and language, and earlier: by date where both have one, else by order."""
    one, other = old.work, new.work
    if k == at or old.expression.language != new.expression.language or (one.symbol and one.symbol == other.symbol):
        return False
    if one.symbol and other.symbol and one.symbol.issuer != other.symbol.issuer:
        return False
    return (one.adopted or date.min, k) < (other.adopted or date.min, at) if one.adopted and other.adopted else k < at


def _likeness(one: str | None, other: str | None) -> float:
    ours, theirs = set(words(one or "")), set(words(other or ""))
    return 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours or theirs else 0.0


def _takings(collection: Sequence[Instrument]) -> Iterator[Proposal]:
    for taking in travelling(collection):
        source = collection[taking.source].work.symbol
        element = collection[taking.target].element(taking.target_paragraph)
        yield Proposal(
            Relation.TAKES_OVER, taking.target, source.text if source else taking.source, taking.of_target,
            "shares a passage", (_evidence(taking.target, element, taking.start, taking.end),),
            taking.target_paragraph, taking.source_paragraph,
        )  # fmt: skip
