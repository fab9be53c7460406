"""What a reader of one format hands over: the text found, and what the format knows about its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sse_observatory.core import Language
from sse_observatory.instruments.model import Span, Work


class Hint:
    """What a format says about a line of its text: bits of an integer, since they are asked for at every line."""

    NONE = 0
    BLOCK = 1
    """The line is a paragraph of its own; nothing joins it to the next but a cut in mid-sentence."""
    FIXED = 2
    """The line is exactly one paragraph, whatever it looks like."""
    HEADING = 4
    HEADER = 8
    """Running header or footer."""
    FOOTNOTE = 16
    TABLE = 32
    PREAMBULAR = 64
    """The format itself says that the paragraph is preambular, as Akoma Ntoso does."""
    OPERATIVE = 128
    STATED = 256
    """The format says everything about the paragraph (see `Stated`)."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a file written by this reader's own export says of a paragraph: nothing is left to judge."""

    id: str
    kind: str
    level: int
    zone: str
    part: str = ""
    label: str = ""
    number: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a file before it is segmented.

    `hints` are by the place where a line starts; `marks` are the places of footnote marks the format knows. `work` and
    `title` hold what the file says about itself outside its text; `language` what it declares.
    """

    text: str
    format: str
    hints: Mapping[int, int] = field(default_factory=dict)
    marks: tuple[Span, ...] = ()
    pages: tuple[Span, ...] = ()
    language: Language | None = None
    work: Work | None = None
    title: str | None = None
    stated: Mapping[int, Stated] = field(default_factory=dict)
    """The structure by the place where each paragraph starts; empty for all formats but this reader's own export."""
