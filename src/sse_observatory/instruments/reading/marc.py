"""MARC 21: catalogue records of the Dag Hammarskjöld Library, binary (ISO 2709) or MARCXML.

Fields as the library uses them: 191 symbol, 245 title, 269 date, 710 body, 991 agenda item, 993 related documents, 996
meeting and vote. A record says what a resolution is, not what it asks: it gives a work without paragraphs.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator
from datetime import date

import pymarc

from sse_observatory.core import InputError, Language
from sse_observatory.instruments import symbols
from sse_observatory.instruments.extracts import Extract, Hint
from sse_observatory.instruments.model import Symbol, Vote, Work
from sse_observatory.instruments.reading.assembly import Assembly
from sse_observatory.instruments.reading.xml import parse_xml
from sse_observatory.instruments.segmentation import front

_LANGUAGES: dict[str, Language] = {"eng": "en", "fre": "fr", "fra": "fr", "spa": "es"}


def extract_marc(data: bytes, shown: str) -> Extract:
    """The one record of a file. Raises InputError where there is none or more than one."""
    found = list(extracts_of(data, shown))
    if len(found) != 1:
        raise InputError(
            f"holds {len(found)} catalogue records.", file=shown, expected="one", todo="Use `instruments.read_records`."
        )
    return found[0]


def extracts_of(data: bytes, shown: str) -> Iterator[Extract]:
    """Every record of a file."""
    for record in _records(data, shown):
        yield _extract(record)


# pymarc logs what it finds in a broken record; the reader says it once, in words that help.
logging.getLogger("pymarc").addHandler(logging.NullHandler())


def _records(data: bytes, shown: str) -> Iterator[pymarc.Record]:
    broken = InputError("is not valid MARC 21.", file=shown, todo="Export the record again, as MARC 21 or MARCXML.")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        # pymarc's own XML parser expands entities; a file that declares any is refused first.
        parse_xml(data, shown)
        try:
            found = pymarc.parse_xml_to_array(io.BytesIO(data))  # type: ignore[no-untyped-call]
        except Exception as error:
            raise broken from error
        yield from (record for record in found if record is not None)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            utf8 = data[9:10] == b"a"
            records = list(pymarc.MARCReader(data, to_unicode=True, force_utf8=utf8, utf8_handling="replace"))
        except Exception as error:
            raise broken from error
    if not records or any(record is None for record in records):
        raise broken
    yield from (record for record in records if record is not None)


def _extract(record: pymarc.Record) -> Extract:
    out = Assembly()
    for each in record.get_fields():
        text = each.data if each.is_control_field() else " ".join(f"${s.code} {s.value}" for s in each.subfields)
        out.add(f"{each.tag} {text or ''}", Hint.BLOCK | Hint.TABLE)
    title = _first(record, "245", "a")
    rest = _first(record, "245", "b")
    whole = " ".join(part for part in (title, rest) if part).strip(" /:")
    return Extract(out.text, "marc", out.hints, language=_language(record), work=_work(record), title=whole or None)


def _work(record: pymarc.Record) -> Work:
    symbol = _symbol(record)
    # A report or a draft is dated by its publication; only what a body adopts has a day of adoption.
    adopted = None
    if symbol is not None and symbol.type in ("resolution", "decision"):
        adopted = _date(_first(record, "269", "a"))
    notes = " ".join(_all(record, "996", "a"))
    meeting = front.MEETING.search(notes)
    return Work(
        symbol=symbol,
        type=symbol.type if symbol is not None else "document",
        organ=_first(record, "710", "a") or _first(record, "710", "b"),
        session=symbol.session if symbol is not None else None,
        agenda_items=tuple(dict.fromkeys(_items(record))),
        adopted=adopted,
        adopted_basis="catalogue record" if adopted else None,
        meeting=" ".join(meeting[0].split()) if meeting is not None else None,
        vote=_vote(record, notes),
    )


def related(extract: Extract) -> tuple[Symbol, ...]:
    """The documents that field 993 of a record names."""
    found = []
    for line in extract.text.splitlines():
        if line.startswith("993 "):
            found += [reference.symbol for reference in symbols.find(line) if reference.symbol is not None]
    return tuple(dict.fromkeys(found))


def _symbol(record: pymarc.Record) -> Symbol | None:
    for text in (*_all(record, "191", "a"), *_all(record, "791", "a")):
        try:
            return symbols.parse(text)
        except symbols.UnknownSymbol:
            continue
    return None


def _items(record: pymarc.Record) -> Iterator[str]:
    """Agenda items: subfield b of 991, "18" or "18(b)."."""
    for text in _all(record, "991", "b"):
        found = re.match(r"(\d{1,3})\s?(?:\(?([a-z]{1,2})\)?)?", text.strip())
        if found is not None:
            yield f"{found[1]} ({found[2]})" if found[2] else found[1]


def _vote(record: pymarc.Record, notes: str) -> Vote | None:
    figures = [_first(record, "996", code) or "" for code in ("b", "c", "d")]
    if all(figure.strip().isdecimal() and len(figure) <= 5 for figure in figures):
        return Vote("recorded", *(int(figure) for figure in figures))
    found = re.search(r"\b(\d{1,3})-(\d{1,3})-(\d{1,3})\b", notes)
    if found is not None:
        return Vote("recorded", int(found[1]), int(found[2]), int(found[3]))
    return front.vote_in(notes) if notes else None


def _date(text: str | None) -> date | None:
    found = re.fullmatch(r"\[?((?:18|19|20)\d\d)-?(\d\d)-?(\d\d)\]?\.?", (text or "").strip())
    if found is None:
        days = front.dates_in(text or "")
        return days[0] if days else None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _language(record: pymarc.Record) -> Language | None:
    for each in record.get_fields("041"):
        found = [code for text in each.get_subfields("a") for code in re.findall("...", text)]
        codes = [_LANGUAGES[code] for code in found if code in _LANGUAGES]
        if len(set(codes)) == 1:
            return codes[0]
    # A record of a document in six languages is catalogued in English.
    return "en"


def _all(record: pymarc.Record, tag: str, code: str) -> list[str]:
    return [value for each in record.get_fields(tag) for value in each.get_subfields(code) if value]


def _first(record: pymarc.Record, tag: str, code: str) -> str | None:
    found = _all(record, tag, code)
    return found[0].strip(" .,:/") or None if found else None
