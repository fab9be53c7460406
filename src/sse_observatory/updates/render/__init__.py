"""A built document as HTML, PDF and DOCX: the same words, claims and sources, set as each form is read.

Each form carries the claims of the document inside (see `sidecar`), so that `check` can ask later whether they hold.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sse_observatory.core import Language, ObservatoryError
from sse_observatory.updates.document import Document

FORMATS: tuple[str, ...] = ("html", "pdf", "docx")


def html(document: Document, language: Language | None = None) -> bytes:
    """The document in one language as a page that needs nothing else: printable, and readable on a telephone."""
    from sse_observatory.updates.render import page

    return page.render(document, _one(document, language)).encode()


def pdf(document: Document, language: Language | None = None) -> bytes:
    """The document in one language as PDF: tagged (PDF/UA-1 and PDF/A-3a), fonts embedded, claims attached."""
    from sse_observatory.updates.render import paper

    return paper.render(document, _one(document, language))


def docx(document: Document, language: Language | None = None) -> bytes:
    """The document in one language for a word processor: styles, heading rows, language, alternative texts."""
    from sse_observatory.updates.render import word

    return word.render(document, _one(document, language))


_RENDERERS: Mapping[str, Callable[[Document, Language | None], bytes]] = {"html": html, "pdf": pdf, "docx": docx}


def _one(document: Document, language: Language | None) -> Language:
    chosen = language or document.languages[0]
    if chosen not in document.languages:
        raise ObservatoryError(
            f"The document was not built in {chosen!r}, only in {', '.join(document.languages)}.",
            "Build it in that language too.",
        )
    return chosen


def formats(written: str | Iterable[str]) -> tuple[str, ...]:
    """The formats named, such as ``html,pdf``. Raises ObservatoryError for one that does not exist, or none."""
    names = written.split(",") if isinstance(written, str) else list(written)
    wanted = tuple(dict.fromkeys(name.strip().lower().removeprefix(".") for name in names if name.strip()))
    unknown = [name for name in wanted if name not in _RENDERERS]
    if unknown or not wanted:
        what = f"There is no format {unknown[0]!r}." if unknown else "No format is named."
        raise ObservatoryError(what, f"Write --to {','.join(FORMATS)}, or some of them.")
    return wanted


def write(document: Document, folder: Path, wanted: Iterable[str], languages: Iterable[Language]) -> list[Path]:
    """Write the document into `folder`, one file for each format and language: all of them, or none.

    Raises ObservatoryError where the folder cannot be written to.
    """
    made = {
        folder / f"{document.file_name}.{lang}.{form}": _RENDERERS[form](document, lang)
        for form in wanted
        for lang in languages
    }
    waiting: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in made.items():
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
            waiting.append((Path(name), path))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
        for _, path in waiting:
            if path.is_dir():
                raise IsADirectoryError(f"{path.name} is a folder")
        for hidden, path in waiting:
            hidden.replace(path)
    except OSError as error:
        raise ObservatoryError(
            f"The briefing cannot be written into {folder}: {error.strerror or error}.",
            "Name a folder that you may write to, with --out; nothing was written.",
        ) from error
    finally:
        for hidden, _ in waiting:
            hidden.unlink(missing_ok=True)
    return list(made)
