"""A built document: sections of sentences, each in every language, with the claims they make and the sources they cite.

The document is made once; its languages differ in words only. What renders it adds nothing and leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sse_observatory.core import Language, Text
from sse_observatory.figures import Chart

Role = Literal["words", "value", "said"]


@dataclass(frozen=True, slots=True)
class Run:
    """Words of a sentence. `claim` is the number of the claim they make, from 1; None: they make none.

    `language` is set where the words are in another language than the sentence, because no translation exists.
    """

    text: str
    role: Role = "words"
    claim: int | None = None
    language: Language | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in every language of the document.

    `sources` are numbers of the list of sources, `known` what must be said of how it is known (``reported`` …), `facts`
    the statements of a seed that it makes. `opens` begins a new paragraph.
    """

    template: str
    runs: Mapping[Language, tuple[Run, ...]]
    claims: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    known: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    opens: bool = False

    def text(self, lang: Language) -> str:
        """The words of the sentence in `lang`, without the numbers of its sources."""
        return "".join(run.text for run in self.runs[lang])


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Sentences in paragraphs."""

    paragraphs: tuple[tuple[Sentence, ...], ...]


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    points: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    cells: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the heads of its columns, their widths as shares, its rows. The first cell heads its row.

    Numbers stand at the right in the columns of `numbers`. The caption of a `quiet` table says what the heading above
    it says too: it is there for those who do not see the page.
    """

    name: str
    caption: Text
    heads: tuple[Text, ...]
    widths: tuple[float, ...]
    rows: tuple[Row, ...]
    numbers: tuple[int, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart for the page and for the telephone, in each language, with the sentence that says what it shows."""

    wide: Mapping[Language, Chart]
    narrow: Mapping[Language, Chart]
    caption: Sentence
    key: Text


Block = Paragraphs | Points | Grid | Picture


@dataclass(frozen=True, slots=True)
class Part:
    """A section: heading and blocks. `later` marks what was learned only after the as-of date."""

    id: str
    heading: Text | None
    blocks: tuple[Block, ...]
    later: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """An entry of the list of sources. `standing` says what kind of source it is; `known` how far it was read."""

    number: int
    id: str
    title: Text | None
    publisher: Text
    published: str | None
    url: str
    retrieved: str | None
    standing: str
    locators: tuple[str, ...] = ()
    language: str | None = None
    copy_of: str | None = None
    later: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A claim as the document keeps it: what it takes to ask it again, and what it said."""

    number: int
    claim: str
    value: object
    known: str
    sources: tuple[int, ...]
    later: bool = False
    content: Mapping[str, str] = field(default_factory=dict)
    printed: Mapping[Language, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """A document built from records and releases as of a day."""

    product: str
    group: str
    as_of: date
    languages: tuple[Language, ...]
    title: Text
    subtitle: Text
    notice: Text
    parts: tuple[Part, ...]
    claims: tuple[Kept, ...]
    sources: tuple[Source, ...]
    releases: tuple[str, ...]
    words: Mapping[str, Text]
    later: bool = True

    def sentences(self) -> Iterator[Sentence]:
        """Every sentence, cell and caption, in the order of the document."""
        for part in self.parts:
            for block in part.blocks:
                if isinstance(block, Paragraphs):
                    for paragraph in block.paragraphs:
                        yield from paragraph
                elif isinstance(block, Points):
                    yield from block.points
                elif isinstance(block, Grid):
                    for row in block.rows:
                        yield from row.cells
                else:
                    yield block.caption

    @property
    def facts(self) -> Mapping[str, Sentence]:
        """The sentence that states each fact of a seed, by the fact's id."""
        return {fact: sentence for sentence in self.sentences() for fact in sentence.facts}

    def word(self, key: str, lang: Language) -> str:
        """A word of the page itself, such as the heading of the sources."""
        return self.words[key][lang]

    @property
    def file_name(self) -> str:
        """A name for files of the document, without ending."""
        group = self.group.lower().replace("_", "-")
        return f"{self.product}-{group}-{self.as_of.isoformat()}"
