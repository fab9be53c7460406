"""A text in a terminal: what it is, then paragraph by paragraph what it asks, of whom, on which conditions, by when."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from rich.text import Text

from sse_observatory import catalogue
from sse_observatory.catalogue.drafting import Drafting
from sse_observatory.core import Language
from sse_observatory.figures import day
from sse_observatory.instruments.model import UNCLASSIFIED, Act, Element, Instrument, Kind
from sse_observatory.instruments.speech import knows, name, say

_STYLES = {
    "DECIDE": "bold magenta", "REQUEST": "bold magenta", "CALL": "bold blue", "INVITE": "blue",
    UNCLASSIFIED: "bold yellow",
}  # fmt: skip
OPENING = 16
"""Words shown of a preambular paragraph, and of what a mere statement says."""


@cache
def _drafting() -> Drafting:
    return catalogue.load().drafting


def lines(instrument: Instrument, lang: Language, *, full: bool = False) -> Iterator[Text]:
    """The lines of the view, each to be wrapped by whoever prints it; preamble and long texts whole if `full`."""
    yield Text(name(instrument, lang), "bold")
    if instrument.work.symbol and instrument.expression.title:
        yield Text(instrument.expression.title)
    yield from _about(instrument, lang)
    for problem in instrument.problems:
        where = f"{problem.element}: " if problem.element else ""
        yield Text(say("instrument.doubt", lang, what=where + problem.message[lang]), "yellow")
    yield Text("")
    for element in instrument.elements:
        if element.kind is Kind.HEADING:
            yield Text(element.printed, "bold")
        elif element.kind is Kind.PREAMBULAR:
            yield Text.assemble((element.id, "dim"), "  ", element.text if full else _opening(element.text))
        elif element.kind is Kind.OPERATIVE:
            if element.level == 1:
                yield Text("")
            yield from _operative(instrument, element, lang, full)


def _about(instrument: Instrument, lang: Language) -> Iterator[Text]:
    work, expression = instrument.work, instrument.expression
    adopted = (
        say("instrument.adopted", lang, day=day(work.adopted, lang))
        if work.adopted else say("instrument.adopted_unknown", lang)
    )  # fmt: skip
    told = [work.organ, _type(work.type, lang), adopted, work.meeting]
    yield Text("; ".join(t for t in told if t))
    key = "instrument.language" if expression.language_basis == "stated" else "instrument.language_detected"
    spoken = say(key, lang, name=say(f"instrument.name.{expression.language}", lang))
    counts = say(
        "instrument.paragraphs", lang,
        preambular=sum(e.level == 1 for e in instrument.of_kind(Kind.PREAMBULAR)),
        operative=sum(e.parent is None or e.level == 1 for e in instrument.of_kind(Kind.OPERATIVE)),
        acts=sum(map(len, instrument.acts.values())),
    )  # fmt: skip
    yield Text(f"{spoken}; {counts}", "dim")
    if work.symbol and (address := work.symbol.link(expression.language)):
        yield Text(address, "dim")


def _type(type: str, lang: Language) -> str:
    key = f"instrument.type.{type.replace(' ', '-')}"
    return say(key, lang) if knows(key) else type


def _operative(instrument: Instrument, element: Element, lang: Language, full: bool) -> Iterator[Text]:
    indent = "  " * (element.level - 1)
    acts = instrument.acts.get(element.id, ())
    if not acts:
        yield Text.assemble(indent, (element.id, "bold"), "  ", element.text)
        if element.level == 1 and element.parent is None:
            yield Text(f"{indent}    {say('instrument.no_acts', lang)}", "yellow")
        return
    for at, act in enumerate(acts):
        strength = _drafting().strengths.get(act.strength)
        label = strength.label[lang] if strength else act.strength
        verb = (act.verb_text, _STYLES.get(act.strength, "bold"))
        yield Text.assemble(indent, (element.id if at == 0 else "   +", "bold"), "  ", verb, f" [{label}]")
        for detail in _details(act, lang, full):
            yield Text(f"{indent}    {detail}")


def _details(act: Act, lang: Language, full: bool) -> Iterator[str]:
    if act.addressees:
        yield say("instrument.to", lang, whom="; ".join(a.text for a in act.addressees))
    if act.action:
        yield act.action if full or act.strength != "STATE" else _opening(act.action)
    for condition in act.conditions:
        yield say("instrument.condition", lang, words=condition.text)
    if deadline := act.deadline:
        if deadline.basis == "inferred" and deadline.due:
            yield say("instrument.due_inferred", lang, words=deadline.text, day=day(deadline.due, lang))
        else:
            yield say("instrument.due_stated", lang, words=deadline.text)
    if act.recurrence:
        yield say("instrument.recurs", lang, words=act.recurrence.text)
    cited = [str(r.symbol) for r in act.references if r.symbol]
    if cited:
        yield say("instrument.cites", lang, words=", ".join(cited))


def _opening(text: str) -> str:
    there = text.split()
    return " ".join(there[:OPENING]) + (" …" if len(there) > OPENING else "")
