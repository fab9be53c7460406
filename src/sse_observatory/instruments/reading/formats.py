"""Which of the formats a file is in, by its content, and the text in it.

A file is data to be judged: no macro in it is run, no link in it is followed, no entity it declares is expanded, and
what it unpacks to is bounded (see `limits`).
"""

from __future__ import annotations

import codecs
import re

from sse_observatory.core import InputError
from sse_observatory.instruments.extracts import Extract
from sse_observatory.instruments.reading.limits import LARGEST_TEXT, MOST_LINES

_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8", b"BM")
_MARC_LEADER = re.compile(rb"\d{5}[acdnps ][a-z ][a-z ][ a]?")
_TAG = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|div|p|table|span|br|h[1-6])\b", re.I)


def extract_file(data: bytes, shown: str) -> Extract:
    """The text of a file. Raises InputError for what holds none that can be read; `shown` names the file in it."""
    return bounded(_extract(data, shown), shown)


def _extract(data: bytes, shown: str) -> Extract:
    head = data[:4096]
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
    data = _single_bytes(data)
    head = data[:4096]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
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


def _single_bytes(data: bytes) -> bytes:
    """`data` as UTF-8 where it is text in 16 or 32 bits, told by its mark or by the zero bytes between letters."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _without_mark(data[:4096])
    if encoding is None:
        return data
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    # The declaration of an XML file would contradict what its bytes are now.
    return re.sub(r"""^(<\?xml[^>]*?)\sencoding=["'][^"']*["']""", r"\1", text).encode("utf-8", "replace")


_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


def _without_mark(start: bytes) -> str | None:
    """The order of 16-bit characters: in the Latin script, nearly all of one half of the bytes are zero."""
    half = len(start) // 2
    if half < 8:
        return None
    first, second = start[0::2].count(0), start[1::2].count(0)
    if second > half * 0.6 and first < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if first > half * 0.6 and second < half * 0.05 else None


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
    """The characters of a plain text file: UTF-8, else Windows-1252 as older exports use."""
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


def bounded(extract: Extract, shown: str) -> Extract:
    """The extract itself. Raises InputError for one of more lines than are read at once."""
    if extract.text.count("\n") <= MOST_LINES:
        return extract
    lines = sum(1 for line in extract.text.split("\n") if line.strip())
    if lines <= MOST_LINES:
        return extract
    raise InputError(
        f"has {lines:,} lines or paragraphs, more than the {MOST_LINES:,} read at once.",
        file=shown,
        todo="Give the document in parts.",
    )


def too_long(shown: str, length: int) -> InputError:
    """What a text beyond the limit is told."""
    return InputError(
        f"has {length:,} characters, more than the {LARGEST_TEXT:,} read at once.",
        file=shown,
        todo="Give the resolution itself, without the collection it was published in.",
    )
