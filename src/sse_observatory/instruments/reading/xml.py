"""XML parsed without trust: no entities, no network, bounded depth."""

from __future__ import annotations

import re

from lxml import etree

from sse_observatory.core import InputError
from sse_observatory.instruments.reading.limits import DEEPEST_MARKUP

_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)\b", re.I)


def parse_xml(data: bytes, shown: str, part: str = "") -> etree._Element:
    """The root of an XML file. Raises InputError for a document type declaration, broken markup or endless nesting."""
    where = f" in its part {part}" if part else ""
    if _DECLARES.search(data[:100_000]) or _DECLARES.search(_as_ascii(data[:100_000])):
        raise InputError(
            f"declares a document type or entities{where}, which documents of this kind never need.",
            file=shown,
            todo="Do not trust the file; ask its publisher for a clean copy.",
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error.msg).lower():
            raise _too_deep(shown, where) from error
        if "too long" in str(error.msg).lower():
            raise InputError(
                f"holds one stretch of more than ten million characters{where}.",
                file=shown,
                todo="Do not trust the file.",
            ) from error
        raise InputError(
            f"has broken XML{where}: {error.msg}",
            file=shown,
            line=error.lineno,
            todo="Save the document again and retry.",
        ) from error
    if _depth(root) > DEEPEST_MARKUP:
        raise _too_deep(shown, where)
    return root


def _too_deep(shown: str, where: str) -> InputError:
    return InputError(f"nests more than {DEEPEST_MARKUP} elements{where}.", file=shown, todo="Do not trust the file.")


def _as_ascii(data: bytes) -> bytes:
    """`data` without the zero bytes of a 16-bit encoding, in which a declaration could hide."""
    return data.replace(b"\x00", b"")


def _depth(root: etree._Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for comments and instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_of(element: etree._Element) -> str:
    """All the text inside an element."""
    return "".join(str(piece) for piece in element.itertext())
