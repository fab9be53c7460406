"""From a file, a text or a list of paragraphs to an instrument."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from sse_observatory.core import InputError, Language
from sse_observatory.instruments import acts
from sse_observatory.instruments.corrections import Correction, apply
from sse_observatory.instruments.extracts import Extract, Hint
from sse_observatory.instruments.language import detect
from sse_observatory.instruments.model import Element, Expression, Instrument, Kind, Problem, SourceText, Span
from sse_observatory.instruments.reading import doubts
from sse_observatory.instruments.reading.formats import bounded, too_long
from sse_observatory.instruments.reading.limits import LARGEST_FILE, LARGEST_TEXT
from sse_observatory.instruments.reading.metadata import metadata_of
from sse_observatory.instruments.segmentation import segment


def read(
    file: Path | str | bytes,
    *,
    language: Language | None = None,
    name: str | None = None,
    corrections: Iterable[Correction] = (),
) -> Instrument:
    """The instrument in a file, given by its path or its bytes; `name` helps to tell format and symbol of bytes.

    Reads plain text, HTML, DOCX, PDF, MARC 21 and Akoma Ntoso, told apart by content. `language` overrides detection.
    `corrections` are what people put right before; they are obeyed, and reported where the text has changed.
    Raises InputError for what cannot be read: an empty file, a scan without text, a broken or encrypted file, one
    beyond the limits of `reading.limits`, a text in none of the three languages.
    """
    from sse_observatory.instruments.reading.formats import extract_file

    data, shown, name = _bytes_of(file, name)
    extract = extract_file(data, shown)
    return apply(_instrument(extract, hashlib.sha256(data).hexdigest(), language, name, shown), corrections)


def read_text(
    text: str, *, language: Language | None = None, name: str | None = None, corrections: Iterable[Correction] = ()
) -> Instrument:
    """The instrument in a text: with or without line breaks, running headers and notes; options as for `read`."""
    shown = name or "(text)"
    if len(text) > LARGEST_TEXT:
        raise too_long(shown, len(text))
    text = _whole_characters(text)
    extract = bounded(Extract(text, "text"), shown)
    return apply(_instrument(extract, _digest(text), language, name, shown), corrections)


def read_paragraphs(
    paragraphs: Sequence[str], *, language: Language | None = None, name: str | None = None
) -> Instrument:
    """The instrument whose paragraphs are known: one element for each that is not blank, in the order given."""
    hints: dict[int, int] = {}
    pieces: list[str] = []
    at = 0
    for paragraph in paragraphs:
        if not paragraph.strip():
            continue
        # A line break inside a paragraph would make two of it.
        line = " ".join(paragraph.splitlines())
        hints[at + len(line) - len(line.lstrip())] = Hint.FIXED
        pieces.append(line)
        at += len(line) + 2
    text = _whole_characters("\n\n".join(pieces))
    shown = name or "(paragraphs)"
    if len(text) > LARGEST_TEXT:
        raise too_long(shown, len(text))
    return _instrument(Extract(text, "text", hints), _digest(text), language, name, shown)


def read_records(file: Path | str | bytes, *, name: str | None = None) -> tuple[Instrument, ...]:
    """The works that the catalogue records of a MARC 21 file describe, without paragraphs."""
    from sse_observatory.instruments.reading.marc import extracts_of

    data, shown, name = _bytes_of(file, name)
    digest = hashlib.sha256(data).hexdigest()
    return tuple(_instrument(extract, digest, None, name, shown) for extract in extracts_of(data, shown))


def _bytes_of(file: Path | str | bytes, name: str | None) -> tuple[bytes, str, str | None]:
    """The bytes of a file, how messages name it, and its name; a file beyond the limit is not even read."""
    if isinstance(file, bytes):
        if len(file) > LARGEST_FILE:
            raise _too_large(name or "(bytes)", len(file))
        return file, name or "(bytes)", name
    path = Path(file)
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise _too_large(str(path), size)
        return path.read_bytes(), str(path), name or path.name
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}.", file=path, todo="Give the path of a file.") from error


def _whole_characters(text: str) -> str:
    """`text` with halves of characters, which no file can hold, replaced one by one by U+FFFD."""
    return _HALVES.sub("\ufffd", text)


_HALVES = re.compile(r"[\ud800-\udfff]")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _too_large(shown: str, size: int) -> InputError:
    return InputError(
        f"has {size / 1e6:,.0f} MB, more than the {LARGEST_FILE / 1e6:,.0f} MB read at once.",
        file=shown,
        todo="Give the resolution itself, without the collection it was published in.",
    )


def _instrument(extract: Extract, digest: str, language: Language | None, name: str | None, shown: str) -> Instrument:
    text = extract.text
    if not _has_text(text):
        raise InputError(
            "has no text.",
            file=shown,
            todo="Give a file with text; a scanned document must go through optical character recognition first.",
        )
    spoken, basis, problems = _language(extract, language, shown)
    elements, numbering = segment(extract, spoken)
    metadata = metadata_of(extract, elements, name)
    lost = len(_LOST.findall(text))
    broken = (doubts.broken_characters(lost),) if lost else ()
    blank = [number for number, page in enumerate(extract.pages, 1) if not _has_text(text[page.start : page.end])]
    scanned = (doubts.pages_without_text(blank),) if blank else ()
    source = SourceText(text, extract.format, digest, name, extract.pages)
    instrument = Instrument(
        metadata.work,
        Expression(spoken, basis, metadata.title),
        metadata.elements,
        source,
        problems=(*problems, *broken, *scanned, *numbering, *metadata.problems, *doubts.missing(metadata.elements)),
    )
    if instrument.gaps():
        # A defect of the reader, not of the text: better one whole piece than a result that lost or doubled words.
        whole = Element("text", Kind.OTHER, " ".join(text.split()), (Span(0, len(text)),))
        instrument = replace(instrument, elements=(whole,), problems=(*problems, doubts.not_cut()))
    context = acts.Context.of(instrument)
    found = {}
    for element in instrument.of_kind(Kind.OPERATIVE):
        made = acts.acts_of(element, context)
        if made:
            found[element.id] = made
    return replace(instrument, acts=found, problems=(*instrument.problems, *doubts.unclassified(found)))


_LOST = re.compile("[\ufffd\x00-\x08\x0b\x0e-\x1f\x7f]")
"""What stands where a character was lost: its replacement, or a control character that no text holds."""


def _has_text(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _language(
    extract: Extract, stated: Language | None, shown: str
) -> tuple[Language, Literal["stated", "detected"], tuple[Problem, ...]]:
    detected = detect(extract.text)
    if stated is not None or extract.language is not None:
        chosen = stated or extract.language
        assert chosen is not None
        if detected.sure and detected.language is not None and detected.language != chosen:
            return chosen, "stated", (doubts.language_contradicts(chosen, detected.language),)
        return chosen, "stated", ()
    if detected.language is None:
        seems = f" but in the {detected.script} script" if detected.script != "Latin" else ""
        if detected.script != "Latin" or detected.evidence or len(extract.text.split()) >= 40:
            raise InputError(
                f"is not in English, French or Spanish{seems}.",
                file=shown,
                todo="Give the document in one of the three languages, or name the language if this is a mistake.",
            )
        return "en", "detected", (doubts.language_doubtful("en"),)
    second = sorted(detected.shares.values())[-2]
    if second > 0.25:
        return detected.language, "detected", (doubts.language_mixed(),)
    return detected.language, "detected", () if detected.sure else (doubts.language_doubtful(detected.language),)
