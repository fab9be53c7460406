"""Document symbols: parsed, normalised, linked; unknown forms are refused, never guessed."""

from __future__ import annotations

from sse_observatory.core import Language
from sse_observatory.instruments.model import Symbol


def link(symbol: Symbol, language: Language = "en") -> str | None:
    """The stable public address of the document in `language`; None where its publisher has none."""
    raise NotImplementedError


def file_name(symbol: Symbol) -> str:
    """The symbol as a file name."""
    raise NotImplementedError
