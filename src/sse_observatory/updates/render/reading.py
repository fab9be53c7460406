"""The words of a built document, read back out of each of its forms.

What is read is compared with what was written, so nothing counts here that setting, saving or opening a file may
change: spaces, hyphens at line ends, invisible marks, the numbers of sources, the foot of a page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from html import unescape
from typing import Any

_WORDS = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"


def of_html(page: str) -> str:
    """The words of a page without its scripts, its style and the numbers of its sources."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.S)
    body = re.sub(r'<span class="(?:ref|note)">.*?</span>', "", body, flags=re.S)
    return unescape(re.sub(r"<[^>]+>", "", body))


def of_word(body: Any) -> str:
    """The words of the main part of a word processor's file, as lxml reads it."""
    return _without_references("".join(node.text or "" for node in body.iter(_WORDS)))


def of_paper(pages: Iterable[str]) -> str:
    """The words of pages as a PDF gives them, without the lines at their foot, which interrupt what runs over."""
    lines = [page.rstrip().split("\n") for page in pages]
    while len(lines) > 1 and all(lines) and len({re.sub(r"\d+", "", page[-1]) for page in lines}) == 1:
        for page in lines:
            page.pop()
    return _without_references("\n".join("\n".join(page) for page in lines))


def _without_references(text: str) -> str:
    return re.sub(r"\s*\[[^\[\]]*\]", "", text)


def squeezed(text: str) -> str:
    """`text` without spaces, hyphens and invisible marks."""
    return re.sub(r"[\s\u00ad\u2010\u2011\u2060\u00a0\u202f-]+", "", text)


def digest(text: str) -> str:
    """What tells whether a document holds the words it was written with, and no others."""
    return hashlib.sha256(squeezed(text).encode()).hexdigest()
