"""Which of the formats a file is in, by its content, and the text in it.

A file is data to be judged: no macro in it is run, no link in it is followed, no entity it declares is expanded, and
what it unpacks to is bounded (see `limits`).
"""

from __future__ import annotations

import re

from sse_observatory.core import InputError
from sse_observatory.instruments.extracts import Extract
from sse_observatory.instruments.reading.limits import LARGEST_TEXT

_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8", b"BM")
_MARC_LEADER = re.compile(rb"\d{5}[acdnps ][a-z ][a-z ][ a]?")
_TAG = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|div|p|table|span|br|h[1-6])\b", re.I)


def extract_file(data: bytes, shown: str) -> Extract:
    """The text of a file. Raises InputError for what holds none that can be read; `shown` names the file in it."""
    head = data[:4096]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data.strip():
        raise InputError("is empty.", file=shown, todo="Give a file with a text.")
    if data.startswith(b"PK\x03\x04"):
        from sse_observatory.instruments.reading.docx import extract_docx

        return extract_docx(data, shown)
    if b"%PDF-" in head[:1024]:
        from sse_observatory.instruments.reading.pdf import extract_pdf

        return extract_pdf(data, shown)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        _refuse_old_office(data, shown)
    if start.startswith(b"{\\rtf"):
        raise InputError("is an RTF document.", file=shown, todo="Save it as DOCX, HTML or plain text.")
    if data.startswith(_IMAGES):
        raise InputError(
            "is an image without text.",
            file=shown,
            todo="Give the text, or a PDF that went through character recognition.",
        )
    if _MARC_LEADER.match(data) and b"\x1e" in data:
        from sse_observatory.instruments.reading.marc import extract_marc

        return extract_marc(data, shown)
    if start.startswith(b"<"):
        return _markup(data, start, shown)
    if len(_TAG.findall(head)) > 2:
        from sse_observatory.instruments.reading.html import extract_html

        return extract_html(data, shown)
    return Extract(decoded(data, shown), "text")


def _markup(data: bytes, start: bytes, shown: str) -> Extract:
    lowered = start.lower()
    if b"akomantoso" in lowered:
        from sse_observatory.instruments.reading.akn import extract_akn

        return extract_akn(data, shown)
    if b"marc21/slim" in lowered or (b"<record" in lowered and b"controlfield" in data.lower()[:20_000]):
        from sse_observatory.instruments.reading.marc import extract_marc

        return extract_marc(data, shown)
    if start.startswith(b"<?xml") and not re.search(rb"<\s*(?:!doctype\s+)?html", lowered):
        raise InputError(
            "is XML of an unknown kind.", file=shown, todo="Give Akoma Ntoso, MARCXML, HTML, DOCX, PDF or plain text."
        )
    from sse_observatory.instruments.reading.html import extract_html

    return extract_html(data, shown)


def _refuse_old_office(data: bytes, shown: str) -> None:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise InputError("is protected by a password.", file=shown, todo="Save it without a password and try again.")
    raise InputError("is a document of the old Word format.", file=shown, todo="Save it as DOCX, PDF or plain text.")


def decoded(data: bytes, shown: str) -> str:
    """The characters of a plain text file: UTF-8, UTF-16 with its mark, else Windows-1252 as older exports use."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    odd = sum(text.count(chr(code)) for code in range(9)) + text.count("\x7f")
    if odd > max(8, len(text) // 100):
        raise InputError(
            "is not a text file.", file=shown, todo="Give plain text, HTML, DOCX, PDF, MARC 21 or Akoma Ntoso."
        )
    if len(text) > LARGEST_TEXT:
        raise too_long(shown, len(text))
    return text


def too_long(shown: str, length: int) -> InputError:
    """What a text beyond the limit is told."""
    return InputError(
        f"has {length:,} characters, more than the {LARGEST_TEXT:,} read at once.",
        file=shown,
        todo="Give the resolution itself, without the collection it was published in.",
    )
