"""The claims of a document as JSON, to travel inside each of its forms.

Kept is what it takes to ask each claim again: its path, what it said, how that was known; never more than the document
itself shows.
"""

from __future__ import annotations

import json
from typing import Any

from sse_observatory.core import Language
from sse_observatory.updates.document import Document

FORMAT = "sse-observatory-claims/1"
FILE_NAME = "claims.json"
NAMESPACE = "urn:sse-observatory:claims:1"


def of(document: Document, lang: Language, words: str = "") -> dict[str, Any]:
    """What is kept with the document in `lang`; `words` is the digest of all it says (see `reading`), where known."""
    return {
        **({"words": words} if words else {}),
        "format": FORMAT,
        "product": document.product,
        "group": document.group,
        "as_of": document.as_of.isoformat(),
        "language": lang,
        "title": document.title[lang],
        "corrections": document.later,
        "releases": list(document.releases),
        "claims": [
            {
                "number": kept.number,
                "claim": kept.claim,
                "value": kept.value,
                "known": kept.known,
                **({"content": dict(kept.content)} if kept.content else {}),
                **({"later": True} if kept.later else {}),
                "printed": kept.printed.get(lang, ""),
            }
            for kept in document.claims
        ],
        "sentences": [
            {"template": sentence.template, "claims": list(sentence.claims), "text": sentence.text(lang)}
            for sentence in document.sentences()
        ],
    }


def dumped(document: Document, lang: Language, words: str = "") -> str:
    """The same as text; equal documents give equal text."""
    return json.dumps(of(document, lang, words), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
