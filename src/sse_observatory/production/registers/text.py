"""Delimited text as registers really are: checked record by record before the engine sees it.

`prepare` makes a *plain copy*: UTF-8, one line feed per record, without header, and with the physical line on which
each record starts as its first field. Line numbers thus travel with the data and stay true where a name spans two
lines. What breaks the file as a whole stops with an InputError; a record with too few or too many fields is set
aside. Quotation marks follow RFC 4180: they enclose a whole field, and are doubled inside.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from sse_observatory.catalogue.sources import Layout
from sse_observatory.core import InputError

BLOCK = 8 * 1024 * 1024
MAX_RECORD = 1024 * 1024
"""A record longer than this (bytes) is taken for a quotation mark left open."""
MAX_EXPANSION = 200
"""How many times its size a compressed file may grow to, once it is larger than `FREE_EXPANSION` bytes."""
FREE_EXPANSION = 256 * 1024 * 1024
MAX_RAGGED = 10_000
LINE = "__line"
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SIGNATURES = {
    b"PK\x03\x04": "a spreadsheet workbook or another ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "compressed with gzip",
}
_BYTE_ORDER = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class _Reads(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Ragged:
    """A record set aside because its fields cannot be given to columns."""

    line: int
    fields: int
    record: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain copy: where it is, its columns in order (without the line), its records, and what was set aside."""

    path: Path
    columns: tuple[str, ...]
    records: int
    ragged: tuple[Ragged, ...]
    notes: tuple[str, ...]


def prepare(
    path: Path, layout: Layout, expects: Sequence[str], target: Path, name: str | Path | None = None,
    described: str = "layout", only: bool = False,
) -> Plain:  # fmt: skip
    """Check the delimited text `path` and write its plain copy to `target`.

    `expects` are the columns that must be there, `name` the name of the file in messages (default: its own), and
    `described` what readers know the layout as. With `only` nobody reads further columns, whose names then may be
    empty or differ by case alone: they are numbered. Raises InputError with file, line, column and what to do for
    anything that makes the file as a whole unreadable.
    """
    return _Reader(path, layout, expects, name or path.name, described, only).copy(target)


class _Reader:
    def __init__(
        self, path: Path, layout: Layout, expects: Sequence[str], name: str | Path, described: str, only: bool
    ) -> None:
        self.path, self.layout, self.expects, self.name = path, layout, tuple(expects), name
        self.described, self.only = described, only
        self.delimiter = layout.separator.encode()
        self.quote = layout.quote.encode()
        self.notes: list[str] = []
        self.line = 1  # the physical line on which the next record starts
        self.first = True

    def wrong(self, what: str, line: int | None = None, expected: str = "", todo: str = "", **at: str) -> InputError:
        return InputError(what, file=self.name, line=line, expected=expected, todo=todo, **at)

    # -- bytes ----------------------------------------------------------------------------------

    def _blocks(self) -> Iterator[bytes]:
        """The file as UTF-8, in blocks of any length, decoded strictly."""
        size = self.path.stat().st_size
        if size == 0:
            raise self.wrong("the file is empty.", expected="a header and records", todo="Get the file again.")
        with self.path.open("rb") as stream:
            head = stream.read(8)
            stream.seek(0)
            compressed = self.layout.compression == "gz"
            if compressed and not head.startswith(b"\x1f\x8b"):
                raise self.wrong(
                    "the file is not compressed with gzip.", expected=f"gzip, by the {self.described}",
                    todo=f'Set compression = "none" in the {self.described}, or give the compressed file.',
                )  # fmt: skip
            if not compressed:
                self._refuse_other_formats(head)
            source: _Reads = gzip.GzipFile(fileobj=stream) if compressed else stream
            yield from self._decoded(self._bounded(source, size) if compressed else _pieces(source))

    def _refuse_other_formats(self, head: bytes) -> None:
        for signature, what in _SIGNATURES.items():
            if head.startswith(signature):
                hint = (
                    f'Set compression = "gz" in the {self.described}.' if signature == b"\x1f\x8b"
                    else "Save the table as CSV (UTF-8) and give that file."
                )  # fmt: skip
                raise self.wrong(f"this is {what}, not delimited text.", expected=self.layout.format, todo=hint)

    def _bounded(self, source: _Reads, size: int) -> Iterator[bytes]:
        total = 0
        try:
            for piece in _pieces(source):
                total += len(piece)
                if total > FREE_EXPANSION and total > MAX_EXPANSION * size:
                    raise self.wrong(
                        f"the compressed file grows to more than {MAX_EXPANSION} times its size.",
                        expected="a compressed table",
                        todo="If the file is genuine, decompress it yourself and describe it without compression.",
                    )  # fmt: skip
                yield piece
        except (OSError, EOFError, zlib.error) as error:
            raise self.wrong(
                f"the compressed file is damaged after {total} bytes of content ({error}).",
                todo="Get the file again; it may have been cut off.",
            ) from None  # fmt: skip
        if total == 0:
            raise self.wrong("the file is empty.", expected="a header and records", todo="Get the file again.")

    def _decoded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        encoding = codecs.lookup(self.layout.encoding).name
        utf8 = encoding in {"utf-8", "utf-8-sig", "ascii"}
        decoder = codecs.getincrementaldecoder("utf-8" if encoding == "utf-8-sig" else encoding)("strict")
        offset = lines = 0
        first = True
        wide = encoding.startswith(("utf-16", "utf-32"))
        unproved = not utf8 and not wide
        for piece in pieces:
            if first:
                for mark, found in _BYTE_ORDER.items():
                    if piece.startswith(mark) and not wide:
                        raise self.wrong(
                            f"the file is written in {found}.", line=1, expected=encoding,
                            todo=f'Set encoding = "utf-16" in the {self.described}, or save the file as UTF-8.',
                        )  # fmt: skip
                if utf8 and piece.startswith(codecs.BOM_UTF8):
                    self.notes.append("a byte order mark at the start was ignored")
                    piece, offset = piece[3:], 3
                first = False
            if unproved and not piece.isascii():
                # Text in a one-byte encoding is next to never valid UTF-8 by chance.
                unproved = False
                if _is_utf8(piece):
                    raise self.wrong(
                        "the file is UTF-8.", line=1 + lines + piece[: _first_beyond_ascii(piece)].count(b"\n"),
                        expected=encoding, todo=f'Set encoding = "utf-8" in the {self.described}.',
                    )  # fmt: skip
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError as error:
                # The decoder may hold back the first bytes of a character cut by the block: they come before `piece`.
                start = error.start - (len(error.object) - len(piece))
                line = 1 + lines + error.object[: error.start].count(b"\n")
                guess = " It looks like cp1252 (Western European)." if utf8 else ""
                raise self.wrong(
                    f"byte {offset + start} is not {encoding}.{guess}", line=line,
                    value=f"0x{error.object[error.start]:02X}", expected=encoding,
                    todo=f"Correct the encoding in the {self.described}, or save the file as UTF-8.",
                ) from None  # fmt: skip
            block = text.encode() if not utf8 else piece
            if b"\0" in block:
                line = 1 + lines + block[: block.index(b"\0")].count(b"\n")
                raise self.wrong(
                    "the file holds NUL bytes: it is damaged, or its encoding is UTF-16 or UTF-32.", line=line,
                    expected=encoding, todo=f"Correct the encoding in the {self.described}, or get the file again.",
                )  # fmt: skip
            offset += len(piece)
            lines += block.count(b"\n")
            if block:
                yield block
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise self.wrong(
                "the file ends in the middle of a character.", line=1 + lines, expected=encoding,
                todo="Get the file again; it may have been cut off.",
            ) from None  # fmt: skip

    # -- records --------------------------------------------------------------------------------

    def _records(self) -> Iterator[tuple[Sequence[bytes], Sequence[int], Sequence[int]]]:
        """Groups of whole records: their bytes without the line end, starting lines and numbers of fields."""
        rest = b""
        for block in self._blocks():
            data = rest + block
            records, lines, fields, used = self._split(data)
            if records:
                yield records, lines, fields
            rest = data[used:]
            if len(rest) > MAX_RECORD:
                raise self._open_quote(rest)
        if rest:
            records, lines, fields, used = self._split(rest + b"\n")
            if used < len(rest):
                raise self._open_quote(rest)
            if records:
                yield records, lines, fields

    def _open_quote(self, rest: bytes) -> InputError:
        if b"\n" not in rest[:MAX_RECORD] and b"\r" in rest[:MAX_RECORD]:
            return self._bare_return(self.line)
        if not self.quote or self.quote not in rest:
            return self.wrong(
                f"the line is longer than {MAX_RECORD:,} bytes.", line=self.line, expected="one record per line",
                todo="Check that this is a delimited text file.",
            )  # fmt: skip
        return self.wrong(
            "a quotation mark is opened in the record that starts here and not closed.", line=self.line,
            expected="quotation marks in pairs",
            todo=f'Close it, or set quote = "" in the {self.described} if they are ordinary characters here.',
        )  # fmt: skip

    def _bare_return(self, line: int) -> InputError:
        return self.wrong(
            "a carriage return stands without a line feed.", line=line, expected="lines ending with LF or CR LF",
            todo="Save the file with line feeds (“Unix” or “Windows” line ends).",
        )  # fmt: skip

    def _split(self, data: bytes) -> tuple[list[bytes], list[int], list[int], int]:
        """Whole records in `data`, which starts with a record; and how many bytes they take."""
        if not self.quote or self.quote not in data:
            return self._split_plain(data)
        return self._split_quoted(data)

    def _split_plain(self, data: bytes) -> tuple[list[bytes], list[int], list[int], int]:
        used = data.rfind(b"\n") + 1
        if not used:
            return [], [], [], 0
        records = data[:used].split(b"\n")
        records.pop()
        start, self.line = self.line, self.line + len(records)
        if b"\r" in data:
            records = [r[:-1] if r.endswith(b"\r") else r for r in records]
            for number, record in enumerate(records):
                if b"\r" in record:
                    raise self._bare_return(start + number)
        delimiter = self.delimiter
        return records, list(range(start, self.line)), [r.count(delimiter) + 1 for r in records], used

    def _split_quoted(self, data: bytes) -> tuple[list[bytes], list[int], list[int], int]:
        bytes_ = np.frombuffer(data, dtype=np.uint8)
        is_quote = bytes_ == self.quote[0]
        inside = np.bitwise_xor.accumulate(is_quote)
        feeds = np.flatnonzero(bytes_ == 10)
        ends = feeds[~inside[feeds]]
        if not len(ends):
            return [], [], [], 0
        used = int(ends[-1]) + 1
        self._refuse_stray_quotes(data, bytes_[:used], is_quote[:used], inside[:used])
        starts = np.concatenate(([0], ends[:-1] + 1))
        delimiters = np.flatnonzero((bytes_[:used] == self.delimiter[0]) & ~inside[:used])
        fields = np.searchsorted(delimiters, ends) - np.searchsorted(delimiters, starts) + 1
        lines = self.line + np.searchsorted(feeds, starts)
        if b"\r" in data:
            returns = np.flatnonzero((bytes_[:used] == 13) & ~inside[:used])
            bare = returns[bytes_[returns + 1] != 10]
            if len(bare):
                raise self._bare_return(self.line + int(np.searchsorted(feeds, bare[0])))
        bounds = zip(starts.tolist(), ends.tolist(), strict=True)
        records = [data[a : b - 1] if data[b - 1 : b] == b"\r" and b > a else data[a:b] for a, b in bounds]
        self.line += int(np.searchsorted(feeds, used))
        return records, lines.tolist(), fields.tolist(), used

    def _refuse_stray_quotes(self, data: bytes, bytes_: np.ndarray, is_quote: np.ndarray, inside: np.ndarray) -> None:
        """A quotation mark opens only at the start of a field and closes only at its end."""
        marks = np.flatnonzero(is_quote)
        opening = marks[inside[marks]]
        closing = marks[~inside[marks]]
        before = bytes_[opening - 1]
        may_open = (opening == 0) | (before == self.delimiter[0]) | (before == 10) | (before == self.quote[0])
        after = bytes_[np.minimum(closing + 1, len(bytes_) - 1)]
        may_close = (after == self.delimiter[0]) | (after == 10) | (after == 13) | (after == self.quote[0])
        stray = np.concatenate((opening[~may_open], closing[~may_close]))
        if len(stray):
            line = self.line + data[: int(stray.min())].count(b"\n")
            raise self.wrong(
                "a quotation mark stands inside a field.", line=line,
                expected="quotation marks around a whole field, doubled inside it",
                todo=f'Double it, or set quote = "" in the {self.described} if they are ordinary characters here.',
            )  # fmt: skip

    # -- the whole ------------------------------------------------------------------------------

    def copy(self, target: Path) -> Plain:
        columns: tuple[str, ...] = () if self.layout.header else self.expects
        ragged: list[Ragged] = []
        written = 0
        with target.open("wb") as out:
            for group in self._records():
                if not columns:
                    columns, group = self._take_header(group)
                written += self._write(out, columns, group, ragged)
                self._refuse_mostly_ragged(len(columns), ragged, written)
        if not columns:
            raise self.wrong("the file holds only empty lines.", expected="a header and records",
                             todo="Get the file again.")  # fmt: skip
        if not written and not ragged:
            raise self.wrong("the file holds a header and no record.", line=1, expected="at least one record",
                             todo="Get the file again; an empty file is not read as zero units.")  # fmt: skip
        if not written:
            self._refuse_mostly_ragged(len(columns), ragged, written, last=True)
        return Plain(target, columns, written, tuple(ragged), tuple(self.notes))

    def _take_header(
        self, group: tuple[Sequence[bytes], Sequence[int], Sequence[int]]
    ) -> tuple[tuple[str, ...], tuple[Sequence[bytes], Sequence[int], Sequence[int]]]:
        records, lines, fields = group
        for number, record in enumerate(records):
            if record.strip():
                columns = self._header(record.decode(), lines[number])
                return columns, (records[number + 1 :], lines[number + 1 :], fields[number + 1 :])
        return (), ([], [], [])

    def _header(self, text: str, line: int) -> tuple[str, ...]:
        separator = self.layout.separator
        if self.layout.quote:
            names = next(csv.reader(io.StringIO(text), delimiter=separator, quotechar=self.layout.quote))
        else:
            names = text.split(separator)
        names = [name.strip() for name in names]
        missing = [e for e in self.expects if e not in names]
        if len(missing) == len(self.expects) and len(self.expects) > 1:
            # Nothing matches: either the delimiter is another one, or there is no header.
            counts = {d: text.count(d) for d in _DELIMITERS if d != separator}
            best = max(counts, key=lambda d: counts[d])
            if counts[best] > text.count(separator):
                said = _DELIMITERS.get(separator, repr(separator))
                raise self.wrong(
                    f"the fields seem to be separated by {_DELIMITERS[best]}.", line=line,
                    expected=f"{said}, by the {self.described} {self.layout.id!r}",
                    todo=f"Correct delimiter in the {self.described}.",
                )  # fmt: skip
        seen: dict[str, str] = {}
        given = names
        if self.only:
            # A name that occurs twice is still refused: such a file was put together by mistake.
            kept = {n for n in names if n and (n in self.expects or names.count(n) > 1)}
            given = [n if n in kept else f"__column{position}" for position, n in enumerate(names, 1)]
        for position, name in enumerate(given, 1):
            if not name:
                raise self.wrong(f"column {position} has no name.", line=line, expected="a name for every column",
                                 todo="Name it in the file, or remove the column.")  # fmt: skip
            twin = seen.get(name.lower())
            if twin is not None:
                how = "occurs twice" if twin == name else f"differs from {twin!r} only by case"
                raise self.wrong(f"the column {how}.", line=line, column=name, expected="every column once",
                                 todo="Rename or remove one of the two; engines ignore case in names.")  # fmt: skip
            seen[name.lower()] = name
        if missing:
            near = difflib.get_close_matches(missing[0], names, 1, 0.6)
            todo = f"Give the file this {self.described} describes, or correct the {self.described}."
            if near:
                todo = f"The file has {near[0]!r}: if it is the same, correct the {self.described}."
            raise self.wrong(
                f"{len(missing)} expected column(s) missing: {', '.join(missing[:8])}.", line=line, column=missing[0],
                expected=f"the columns of the {self.described} {self.layout.id!r}", todo=todo,
            )  # fmt: skip
        further = [n for n in names if n not in self.expects]
        if further:
            self.notes.append(f"{len(further)} column(s) beyond those described: {', '.join(further[:20])}")
        return tuple(given)

    def _write(
        self, out: BinaryIO, columns: tuple[str, ...],
        group: tuple[Sequence[bytes], Sequence[int], Sequence[int]], ragged: list[Ragged],
    ) -> int:  # fmt: skip
        records, lines, fields = group
        width = len(columns)
        delimiter = self.delimiter
        if width == 1 or any(n != width for n in fields):
            good: list[bytes] = []
            for record, line, number in zip(records, lines, fields, strict=True):
                if not record:
                    continue  # a blank line is no record
                if number == width:
                    good.append(b"%d%b%b\n" % (line, delimiter, record))
                elif len(ragged) < MAX_RAGGED:
                    ragged.append(Ragged(line, number, record.decode()))
                else:
                    raise self.wrong(
                        f"more than {MAX_RAGGED:,} records do not have {width} fields.", line=line,
                        expected=f"{width} fields",
                        todo=f"Check delimiter and quotation marks in the {self.described}.",
                    )  # fmt: skip
        else:
            good = [b"%d%b%b\n" % (n, delimiter, r) for n, r in zip(lines, records, strict=True)]
        out.write(b"".join(good))
        return len(good)

    def _refuse_mostly_ragged(self, width: int, ragged: list[Ragged], written: int, last: bool = False) -> None:
        if ragged and (last or len(ragged) > max(100, written)):
            first = ragged[0]
            raise self.wrong(
                f"most records do not have the {width} fields of the header; this one has {first.fields}.",
                line=first.line, expected=f"{width} fields",
                todo=f"Check delimiter and quotation marks in the {self.described}.",
            )  # fmt: skip


def _is_utf8(piece: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(piece)
    except UnicodeDecodeError:
        return False
    return True


def _first_beyond_ascii(piece: bytes) -> int:
    return int(np.argmax(np.frombuffer(piece, dtype=np.uint8) > 127))


def _pieces(source: _Reads) -> Iterator[bytes]:
    while piece := source.read(BLOCK):
        yield piece
