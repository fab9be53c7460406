"""What the three forms have in common: where the numbers of the sources stand, and how a source is written.

The number of a source stands in square brackets before the full stop of the sentence, in every language; how a
statement is known, where it was not read in an official text or with the body concerned, stands beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from babel import Locale

from sse_observatory.core import Language, Text
from sse_observatory.figures import formats
from sse_observatory.updates.document import Document, Run, Sentence, Source
from sse_observatory.updates.forms import NARROW, WIDE, polished, printed_date

Kind = Literal["words", "value", "said", "number", "mark", "note"]


@dataclass(frozen=True, slots=True)
class Bit:
    """A piece of a sentence as it is set: words, a claim, the number of a source, how a statement is known.

    `source` is the number that a bit of kind ``number`` links to; `note` words name a language.
    """

    text: str
    kind: Kind = "words"
    claim: int | None = None
    language: Language | None = None
    url: str = ""
    source: int | None = None


def bits(document: Document, sentence: Sentence, lang: Language) -> list[Bit]:
    """A sentence with the numbers of its sources before its full stop."""
    runs = list(sentence.runs[lang])
    ending = ""
    if runs and (found := re.search(r"[.…]$", runs[-1].text)) and runs[-1].claim is None:
        ending = found[0]
        runs[-1] = replace(runs[-1], text=runs[-1].text[: -len(ending)])
    elif runs and runs[-1].claim is not None and runs[-1].text.endswith("."):
        ending = "."
        runs[-1] = replace(runs[-1], text=runs[-1].text[:-1])
    made = [bit for run in runs for bit in _of_run(document, run, lang)]
    made += _references(document, sentence, lang)
    return [bit for bit in [*made, Bit(ending)] if bit.text]


def _of_run(document: Document, run: Run, lang: Language) -> Iterator[Bit]:
    yield Bit(run.text, run.role, run.claim, run.language, run.url)
    if run.language is not None and run.language != lang:
        note = document.word("language.note", lang).format(language=language_name(run.language, lang))
        yield Bit(f" ({note})", "note")


def language_name(code: str, lang: Language) -> str:
    """The name of a language in another: *English*, *anglais*, *inglés*."""
    return str(Locale.parse(lang).languages.get(code, code))


def _references(document: Document, sentence: Sentence, lang: Language) -> Iterator[Bit]:
    marks = [document.word(f"known.{known}", lang) for known in sentence.known]
    if not sentence.sources and not marks:
        return
    # A long bracket may begin a line; a short one stays with its word.
    yield Bit(" [" if marks else f"{WIDE}[", "mark")
    for index, number in enumerate(sentence.sources):
        if index:
            yield Bit(f",{WIDE}", "mark")
        yield Bit(str(number), "number", source=number)
    if marks:
        between = (f"{NARROW};{WIDE}" if lang == "fr" else f";{WIDE}") if sentence.sources else ""
        yield Bit(f"{between}{', '.join(marks)}".replace(" ", WIDE), "mark")
    yield Bit("]", "mark")


def title_lines(document: Document, lang: Language) -> list[str]:
    """The title over two lines: for whom, and about what."""
    before, colon, after = document.title[lang].partition(": ")
    return [f"{before}:", after] if colon else [before]


def plain(document: Document, sentence: Sentence, lang: Language) -> str:
    """A sentence as text, with the numbers of its sources."""
    return "".join(bit.text for bit in bits(document, sentence, lang))


@dataclass(frozen=True, slots=True)
class Entry:
    """A source as it is listed: who and what, when, how far it can be relied on, and its address.

    `mark` follows a title in another language and names that language by its code, which the note above the list
    explains.
    """

    number: int
    title: str
    language: Language | None
    mark: str
    details: str
    url: str
    shown_url: str


def entry(document: Document, source: Source, lang: Language) -> Entry:
    """How a source is listed in `lang`. A title that exists in another language stays in it and is marked."""
    title, other = _title(source, lang)
    publisher = source.publisher[lang]
    details = [] if publisher in title or _is_host(publisher, source.url) else [publisher]
    details += _places(source.locators, lang)
    if source.published or source.standing != "official_text":
        details.append(_dated(document, "source.published", source.published, lang))
    # Where a thing was read on the web matters by its day; a dated publication without an address can be ordered.
    read_on = source.retrieved if source.url or not source.published else None
    if read_on and read_on != commonly_retrieved(document):
        details.append(_dated(document, "source.retrieved", read_on, lang))
    if source.standing != "issuing_body":  # the rule, as the publisher shows
        details.append(document.word(f"standing.{source.standing}", lang))
    if source.copy_of:
        details.append(document.word("source.copy", lang))
    if source.later:
        details.append(document.word("source.later", lang))
    separator = f"{NARROW}; " if lang == "fr" else "; "
    written = separator.join(details)
    if not _HOST.match(written):
        written = written[:1].upper() + written[1:]
    mark = f"{WIDE}({other})" if other else ""
    return Entry(source.number, title, other, mark, written, source.url, shown(source.url))


_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}\b")


def _is_host(publisher: str, url: str) -> bool:
    """Whether a publisher is known by nothing but the address, which is printed anyway."""
    return _HOST.fullmatch(publisher) is not None and publisher in url


_PARAGRAPH: dict[Language, tuple[str, str]] = {
    "en": ("para.", "paras"), "fr": ("par.", "par."), "es": ("párr.", "párrs."),
}  # fmt: skip


def _places(locators: Iterable[str], lang: Language) -> list[str]:
    """The paragraphs of a source that are cited; other remarks on where something was read stay in the record."""
    found = [m for text in locators if (m := re.fullmatch(r"(?:op\. )?para(s|graphs?)?\.? (\d+[\w(), -]*)", text))]
    if not found:
        return []
    numbers = dict.fromkeys(m[2].strip() for m in found)
    places = sorted(numbers, key=lambda place: (int(re.split(r"\D", place)[0]), place))
    one, several = _PARAGRAPH[lang]
    many = len(places) > 1 or any(m[1] for m in found) or bool(re.search(r"[-,]", places[0]))
    return [f"{several if many else one}{WIDE}{formats.enumeration(places, lang)}"]


def commonly_retrieved(document: Document) -> str | None:
    """The day on which most sources were read, said once above the list."""
    days = Counter(s.retrieved for s in document.sources if s.retrieved and len(s.retrieved) == 10)
    return days.most_common(1)[0][0] if days else None


def sources_note(document: Document, lang: Language) -> str:
    """What stands above the list of sources: when they were read, and what their marks mean."""
    day = commonly_retrieved(document)
    said = [document.word("sources.retrieved", lang).replace("{date}", printed_date(day, lang))] if day else []
    entries = [entry(document, source, lang) for source in document.sources]
    if any(listed.title.startswith("[") for listed in entries):
        said.append(document.word("sources.supplied", lang))
    codes = sorted({listed.language for listed in entries if listed.language})
    if codes:
        meant = formats.enumeration([f"({code}) {language_name(code, lang)}" for code in codes], lang)
        said.append(document.word("sources.languages", lang).replace("{languages}", meant))
    return " ".join(said)


def _title(source: Source, lang: Language) -> tuple[str, Language | None]:
    """The title; of a page whose title was not read, who published it and the number of the page or the symbol."""
    if isinstance(source.title, Text):
        text, found = source.title.within(lang)
        return polished(text, found), None if found == lang else found
    symbol = re.search(r"docs\.un\.org/\w+/(.+)$", source.url)
    page = re.search(r"WCMS_\d+", source.url)
    if symbol:
        return symbol[1], None
    return f"{source.publisher[lang]}, {page[0]}" if page else source.publisher[lang], None


def shown(url: str) -> str:
    """An address as it is printed."""
    text = re.sub(r"^https?://(www\.)?", "", url).rstrip("/")
    if len(text) <= _ADDRESS:
        return text
    # Of a long address its host and the part that tells one page from another; the link itself is whole.
    host, *path = text.partition("?")[0].split("/")
    telling = next((part for part in path if re.match(r"WCMS_\d", part)), max(reversed(path), key=len, default=""))
    room = _ADDRESS - len(host) - 3
    return f"{host}/…/{telling if len(telling) <= room else telling[: room - 1] + '…'}"


_ADDRESS = 48
"""The longest address that is printed whole."""


def _dated(document: Document, key: str, code: str | None, lang: Language) -> str:
    """A date with the words around it, which differ with how precisely it is known."""
    if code is None:
        return document.word("source.undated", lang)
    precise = f"{key}.day" if len(code) == 10 else key
    return document.word(precise, lang).replace("{date}", printed_date(code, lang))
