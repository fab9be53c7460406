"""PDF: the text of each page by pypdf, in a process of its own with bounded time and memory.

A PDF may be made to loop or to fill the memory of whoever reads it; the process that reads it is limited by the system
and ended when it takes too long. Lines are put together as in any text; what is printed on every page is stripped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sse_observatory.core import InputError
from sse_observatory.instruments.extracts import Extract
from sse_observatory.instruments.model import Span
from sse_observatory.instruments.reading import limits

_WORKER = Path(__file__).parent / "pdf_worker.py"


def extract_pdf(data: bytes, shown: str) -> Extract:
    """The text of a PDF."""
    answer = _ask(data, shown)
    if "error" in answer:
        raise InputError(answer["error"], file=shown, todo=answer["todo"])
    pages = [str(page).replace("\f", "\n") for page in answer["pages"]]
    text = "\f".join(pages)
    if not any(character.isalnum() for character in text):
        raise InputError(
            f"has {len(pages)} page(s) and no text that can be read: most likely it is a scan.",
            file=shown,
            todo="Send it through optical character recognition first, or find the document at docs.un.org.",
        )
    if len(text) > limits.LARGEST_TEXT:
        raise InputError(f"has {len(text):,} characters.", file=shown, todo="Give a part of the document.")
    spans, at = [], 0
    for page in pages:
        spans.append(Span(at, at + len(page)))
        at += len(page) + 1
    return Extract(text, "pdf", pages=tuple(spans))


def _ask(data: bytes, shown: str) -> dict[str, Any]:
    bounds = json.dumps([limits.PDF_SECONDS, limits.PDF_MEMORY, limits.MOST_PAGES, limits.LARGEST_TEXT])
    try:
        # -I: the process sees neither the environment's Python settings nor the current folder.
        done = subprocess.run(
            [sys.executable, "-I", str(_WORKER), bounds],
            input=data,
            capture_output=True,
            timeout=limits.PDF_SECONDS * 2,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _gave_up(shown) from error
    if done.returncode != 0:
        raise _gave_up(shown)
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise _gave_up(shown) from error
    return dict(answer)


def _gave_up(shown: str) -> InputError:
    return InputError(
        "took more time or memory than a PDF may; it is broken or made to harm.",
        file=shown,
        todo="Open it in a viewer, print it to a new PDF and retry, or give the text.",
    )
