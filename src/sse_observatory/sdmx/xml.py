"""Writing XML text: escaping, characters XML 1.0 forbids, names in three languages, the head of a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sse_observatory.core import LANGUAGES, Text
from sse_observatory.sdmx import words

_ROOT = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
MESSAGE, COMMON, STRUCTURE = f"{_ROOT}/message", f"{_ROOT}/common", f"{_ROOT}/structure"
STRUCTURE_SPECIFIC = f"{_ROOT}/data/structurespecific"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
SENDER = "SSE_OBS"

FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]"
"""What no XML 1.0 document may contain, not even as a reference (XML 1.0 section 2.2)."""

_FORBIDDEN = re.compile(FORBIDDEN)
ESCAPES = (
    ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\t", "&#9;"), ("\n", "&#10;"), ("\r", "&#13;"),
)
"""In this order. Line ends and tabs in an attribute would be read as spaces if they were not references."""


def escape(text: str) -> str:
    """`text` for an element or a quoted attribute; forbidden characters become U+FFFD."""
    for plain, escaped in ESCAPES:
        text = text.replace(plain, escaped)
    return _FORBIDDEN.sub("\ufffd", text)


def localised(element: str, text: Text | None) -> str:
    """One element for each language `text` exists in, none for a language in which it is missing."""
    if text is None:
        return ""
    return "".join(
        f'<{element} xml:lang="{lang}">{escape(found)}</{element}>'
        for lang in LANGUAGES
        if (found := text.get(lang)) is not None
    )


def header(message_id: str, prepared: datetime, structure: str = "", source: Text | None = None) -> str:
    """The mes:Header. `structure` is its mes:Structure element, `source` what stands behind the message."""
    return (
        f"<mes:Header><mes:ID>{escape(message_id)}</mes:ID><mes:Test>false</mes:Test>"
        f"<mes:Prepared>{prepared.strftime('%Y-%m-%dT%H:%M:%SZ')}</mes:Prepared>"
        f'<mes:Sender id="{SENDER}">{localised("com:Name", words.AGENCIES[SENDER])}</mes:Sender>'
        f"{structure}{localised('mes:Source', source)}</mes:Header>"
    )


def error_message(code: int, text: Text) -> bytes:
    """An SDMX-ML 2.1 mes:Error message with the text in three languages."""
    return (
        f'{DECLARATION}<mes:Error xmlns:mes="{MESSAGE}" xmlns:com="{COMMON}">'
        f'<mes:ErrorMessage code="{code}">{localised("com:Text", text)}</mes:ErrorMessage></mes:Error>\n'
    ).encode()


def chunks(pieces: Iterable[str], size: int = 65_536) -> Iterable[bytes]:
    """`pieces` as UTF-8 in chunks of about `size` characters."""
    held: list[str] = []
    length = 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length >= size:
            yield "".join(held).encode()
            held, length = [], 0
    if held:
        yield "".join(held).encode()
