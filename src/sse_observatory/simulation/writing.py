"""How the three offices write their files: delimiter, encoding, quoting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.csv as pa_csv


@dataclass(frozen=True, slots=True)
class Layout:
    """The file of an office: stem of its name, ending, delimiter, encoding, and whether texts are quoted."""

    stem: str
    ending: str
    delimiter: str
    encoding: str
    quoted: bool

    def file_name(self, year: int) -> str:
        """The name of the file of one edition; it says that the register is fictional."""
        return f"fictional-{self.stem}-{year}.{self.ending}"


LAYOUTS = {
    "registrar": Layout("register-of-cooperatives", "csv", ",", "utf-8", True),
    "tax": Layout("registro-fiscal", "csv", ";", "iso-8859-1", True),
    "social": Layout("fichier-employeurs", "tsv", "\t", "utf-8", False),
}


class TableWriter:
    """Writes the batches of one register and edition to one file, header first."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._stream = path.open("wb")
        self._layout = layout
        self._header = True

    def write(self, table: pa.Table) -> None:
        """Append one batch."""
        buffer = pa.BufferOutputStream()
        if self._header:
            quote = '"' if self._layout.quoted else ""
            header = self._layout.delimiter.join(f"{quote}{name}{quote}" for name in table.column_names)
            self._stream.write(f"{header}\n".encode(self._layout.encoding))
        options = pa_csv.WriteOptions(
            include_header=False,
            delimiter=self._layout.delimiter,
            quoting_style="needed" if self._layout.quoted else "none",
        )
        pa_csv.write_csv(table, buffer, options)
        self._header = False
        content = buffer.getvalue()
        if self._layout.encoding == "utf-8":
            self._stream.write(content)
        else:
            self._stream.write(content.to_pybytes().decode("utf-8").encode(self._layout.encoding))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
