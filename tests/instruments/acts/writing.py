"""Elements and contexts written by hand for the tests of acts."""

from __future__ import annotations

from datetime import date

from sse_observatory.core import Language
from sse_observatory.instruments import symbols
from sse_observatory.instruments.acts import Context, acts_of
from sse_observatory.instruments.model import Act, Element, Kind, Run, Span, Work


def element(id: str, text: str, parent: str | None = None, level: int = 1) -> Element:
    """An operative element whose source is its own text."""
    whole = Span(0, len(text))
    return Element(id, Kind.OPERATIVE, text, (whole,), parent=parent, level=level, runs=(Run(0, 0, len(text)),))


def work(symbol: str | None, adopted: date | None) -> Work:
    return Work(symbol=symbols.parse(symbol) if symbol else None, adopted=adopted)


def acts(
    language: Language, text: str, *subparagraphs: str, symbol: str | None = None, adopted: date | None = None
) -> tuple[Act, ...]:
    """The acts of one paragraph, and of its subparagraphs (a), (b), …, in order."""
    elements = [element("op1", text)]
    elements += [
        element(f"op1({letter})", sub, "op1", 2) for letter, sub in zip("abcdefgh", subparagraphs, strict=False)
    ]
    context = Context(language, work(symbol, adopted), {e.id: e for e in elements})
    return tuple(act for e in elements for act in acts_of(e, context))


def act(language: Language, text: str, *, symbol: str | None = None, adopted: date | None = None) -> Act:
    """The only act of a paragraph."""
    [found] = acts(language, text, symbol=symbol, adopted=adopted)
    return found
