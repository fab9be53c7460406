"""One class over the database inside the process (DuckDB), reached through Ibis.

What this file hides: the driver's errors, views left over by the expression library, where the
engine spills when memory runs out, how a table is replaced in one step. Nobody else asks which
engine it is. Left out for now: Apache Spark and PostgreSQL, which come behind the same face.
"""

from __future__ import annotations

import glob
import re
import uuid
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
from ibis.formats.pyarrow import PyArrowData

from sse_observatory.core import Busy, Damaged, InputError, NotFound, ObservatoryError
from sse_observatory.engine.spill import Spill

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

SCHEME = "duckdb://"
_LATER = {"spark": "spark", "pyspark": "spark", "postgres": "postgres", "postgresql": "postgres"}
_SCRATCH = ("ibis_", "engine_scratch_")
_MAX_RECORD_BYTES = 16 * 1024 * 1024
_FEW_ROWS = 1000
_PLAIN = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_boolean, pa.types.is_integer, pa.types.is_float32,
    pa.types.is_float64, pa.types.is_date32,
)  # fmt: skip
"""Types whose values are told from their text without loss."""


def connect(
    url: str = SCHEME,
    memory_limit: str | None = None,
    threads: int | None = None,
    spill: Path | None = None,
) -> Engine:
    """Open the engine at `url`.

    `duckdb:///srv/obs/file.duckdb` (an absolute path; `duckdb://obs/file.duckdb` is relative to the
    working folder) keeps its tables in that file; `duckdb://` keeps them in memory. `memory_limit` is
    a size such as ``"4GB"`` above which the engine spills to disk, `threads` the number of processor
    threads, `spill` where it makes a folder for that (by default among the temporary files), which goes
    with the engine.

    Raises ObservatoryError for any other scheme, Busy when another process holds the file, Damaged
    when the file is not a database.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme != "duckdb":
        extra = _LATER.get(scheme.split("+")[0].lower())
        if extra:
            raise ObservatoryError(
                f"The engine {scheme!r} is not available in this version.",
                f"It needs the extra sse-observatory[{extra}], which is not published yet; "
                "use duckdb:///path/to/file.duckdb meanwhile.",
            )
        raise ObservatoryError(
            f"{url!r} is not the address of an engine.",
            "Write duckdb:///path/to/file.duckdb, or duckdb:// to work in memory.",
        )
    path = _path(rest)
    return Engine(url, path, memory_limit, threads, spill)


def _path(rest: str) -> Path | None:
    if rest in {"", "/", "/:memory:", ":memory:"}:
        return None
    # Four slashes, as some tools write an absolute path, mean the same as three.
    path = Path(rest[1:] if rest.startswith("//") else rest).expanduser()
    if path.is_dir():
        raise ObservatoryError(f"{path} is a folder, not a database file.", "Give the path of a file in it.")
    if path.exists() and path.stat().st_size:
        with path.open("rb") as stream:
            # The driver would quietly open a CSV or Parquet file as a view and keep nothing.
            if stream.read(12)[8:] != b"DUCK":
                raise Damaged(f"{path}: this file is not a database of the engine.", "Give another path.")
    return path


class Engine:
    """Tables by name, and what can be done with them. Use as a context manager, or call `close`.

    One engine is one connection, for one thread at a time.
    """

    def __init__(
        self, url: str, path: Path | None, memory_limit: str | None, threads: int | None, spill: Path | None
    ) -> None:
        self.url = url
        self._depth = 0
        self._made: list[tuple[str, str, ir.Table]] = []
        folder = Spill.under(spill)
        settings: dict[str, object] = {
            "temp_directory": str(folder.path),
            # Everything works offline: the engine never fetches a piece of itself.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # What a file holds is kept by the system already; the engine would keep a second copy in its memory.
            "enable_external_file_cache": False,
            # Memory that a step has used goes back at its end, and not only when it was half a gigabyte.
            "allocator_bulk_deallocation_flush_threshold": "1MiB",
        }
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        if threads is not None:
            settings["threads"] = threads
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._backend: Backend = ibis.duckdb.connect(":memory:" if path is None else path, **settings)
            # Standard output belongs to what a command answers; the engine would draw its progress there.
            self._backend.con.execute("SET enable_progress_bar = false")
        except duckdb.Error as error:
            folder.remove()
            raise _explain(error, path) from error
        except OSError as error:
            folder.remove()
            raise ObservatoryError(
                f"{path}: the folder cannot be made: {error.strerror}.", "Choose a place you can write to."
            ) from error
        except BaseException:
            folder.remove()
            raise
        # Tables keep the backend, not this object: nothing is closed while an expression can still be computed.
        self._end = weakref.finalize(self._backend, _end, self._backend.con, folder)

    @property
    def backend(self) -> Backend:
        """The Ibis backend, for what this class does not offer. Prefer the methods."""
        return self._backend

    # -- tables ---------------------------------------------------------------------------------

    def tables(self) -> tuple[str, ...]:
        """The names of the tables and views, sorted, without what the expression library leaves behind."""
        return tuple(sorted(n for n in self._backend.list_tables() if not n.startswith(_SCRATCH)))

    def table(self, name: str) -> ir.Table:
        """The table `name` as an expression. Raises NotFound."""
        if name not in self._backend.list_tables():
            known = ", ".join(self.tables()) or "none"
            raise NotFound(f"There is no table {name!r} in the engine.", f"Tables here: {known}.")
        return self._backend.table(name)

    def create(self, name: str, data: ir.Table | pa.Table | pa.RecordBatchReader, overwrite: bool = True) -> ir.Table:
        """Store `data` as the table `name` and return it.

        `data` is an expression over this engine's tables, an Arrow table or a reader of Arrow batches
        (which is consumed without being held in memory). An existing table is replaced in one step:
        when this fails or the process dies, the old table is still there. An expression may read the
        table it replaces. Raises ObservatoryError when the table exists and `overwrite` is False, or
        when two column names differ only by case.
        """
        columns = data.columns if isinstance(data, ir.Table) else data.schema.names
        _refuse_case_twins(name, columns)
        if not overwrite and name in self._backend.list_tables():
            raise ObservatoryError(
                f"The table {name!r} exists already.", "Give another name, or allow it to be overwritten."
            )
        with self._explained(), self.transaction():
            if isinstance(data, ir.Table):
                unknown = [c for c, t in data.schema().items() if isinstance(t, dt.Null)]
                if unknown:
                    data = data.mutate(**{c: data[c].cast("string") for c in unknown})
                self._backend.create_table(name, data, overwrite=overwrite)
            else:
                self._store_arrow(name, data)
        return self._backend.table(name)

    def _store_arrow(self, name: str, data: pa.Table | pa.RecordBatchReader) -> None:
        if isinstance(data, pa.Table):
            nulls = [i for i, field in enumerate(data.schema) if pa.types.is_null(field.type)]
            for i in nulls:
                data = data.set_column(i, data.schema.field(i).name, data.column(i).cast(pa.string()))
        connection = self._backend.con
        if isinstance(data, pa.Table) and data.num_rows <= _FEW_ROWS:
            written = self._written(data)
            if written is not None:
                connection.execute(f"CREATE OR REPLACE TABLE {_quoted(name)} AS {written}")
                return
        scratch = f"engine_scratch_{uuid.uuid4().hex}"
        connection.register(scratch, data)
        try:
            connection.execute(f"CREATE OR REPLACE TABLE {_quoted(name)} AS FROM {_quoted(scratch)}")
        finally:
            connection.unregister(scratch)

    def _written(self, data: pa.Table) -> str | None:
        """A few rows as a query, or None where a type has no plain way of being written.

        To take an Arrow table the driver loads a library of data frames, which is tens of megabytes.
        """
        plain = all(any(is_kind(field.type) for is_kind in _PLAIN) for field in data.schema)
        if not plain or not data.num_rows or not data.num_columns:
            return None
        kinds = [self._backend.compiler.type_mapper.to_string(t) for t in ibis.Schema.from_pyarrow(data.schema).types]
        rows = []
        for row in zip(*(column.to_pylist() for column in data.columns), strict=True):
            if any(isinstance(value, str) and "\0" in value for value in row):
                return None
            texts = ("NULL" if v is None else _text(repr(v) if isinstance(v, float) else str(v)) for v in row)
            rows.append(f"({', '.join(f'CAST({t} AS {k})' for t, k in zip(texts, kinds, strict=True))})")
        names = ", ".join(_quoted(n) for n in data.column_names)
        return f"FROM (VALUES {', '.join(rows)}) AS written({names})"

    def drop(self, name: str) -> None:
        """Remove the table or view `name`; nothing happens when there is none."""
        with self._explained():
            found = self._backend.con.execute(
                "SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]
            ).fetchone()
            if found is not None:
                kind = "VIEW" if found[0] == "VIEW" else "TABLE"
                self._backend.con.execute(f"DROP {kind} IF EXISTS {_quoted(name)}")

    def step(self, expression: ir.Table) -> ir.Table:
        """`expression` as a step the engine computes once, instead of writing it out again wherever it is used.

        Nothing is stored: it is a view that lasts as long as the engine, or the `workspace` it is made in. Use it
        between layers of an expression in which later ones mention earlier ones several times.
        """
        return self._temporary("VIEW", expression)

    def scratch(self, expression: ir.Table) -> ir.Table:
        """`expression` computed now and held, in memory or the spill folder, as long as a `step` lasts.

        For what several later steps read and nobody asks for afterwards. A table that stays takes twice as long to
        write, because it is compressed.
        """
        return self._temporary("TABLE", expression)

    def _temporary(self, kind: str, expression: ir.Table) -> ir.Table:
        name = f"engine_scratch_{uuid.uuid4().hex}"
        with self._explained():
            query = self._sql(expression)
            self._backend.con.execute(f"CREATE TEMP {kind} {_quoted(name)} AS {query}")
        # Rows given as literals are forgotten with the expression that mentions them.
        self._made.append((kind, name, expression))
        return self._backend.table(name)

    @contextmanager
    def workspace(self) -> Iterator[None]:
        """What `step` and `scratch` make inside is forgotten at its end, and its room freed."""
        before = len(self._made)
        try:
            yield
        finally:
            while len(self._made) > before:
                kind, name, _ = self._made.pop()
                with suppress(duckdb.Error):  # the engine has failed or is closed
                    self._backend.con.execute(f"DROP {kind} IF EXISTS {_quoted(name)}")

    # -- files ----------------------------------------------------------------------------------

    def read_text(
        self,
        path: Path,
        columns: Sequence[str],
        delimiter: str = ",",
        encoding: str = "utf-8",
        quote: str = '"',
        header: bool = True,
        types: Mapping[str, str] | None = None,
    ) -> ir.Table:
        """A delimited text file as a table of strings, read strictly and lazily: every value stays as it is written.

        `columns` names the columns in the file's order; `types` gives Ibis types to those that are not
        text. An empty field is null. The file must be UTF-8 or Latin-1, its lines end with a line
        feed or CR LF, and every record must have all columns: anything else raises InputError when
        the table is used by one of this class's methods. For files that may be damaged use
        `production.registers`, which says where.
        """
        _refuse_case_twins(str(path), columns)
        if not Path(path).is_file():
            raise InputError("the file does not exist.", file=path, todo="Check the path and its spelling.")
        kinds = dict.fromkeys(columns, "VARCHAR")
        for name, kind in (types or {}).items():
            kinds[name] = self._backend.compiler.type_mapper.to_string(dt.dtype(kind))
        options: dict[str, object] = {
            "delim": delimiter, "quote": quote, "escape": quote, "header": header, "encoding": encoding,
            "strict_mode": True, "null_padding": False, "ignore_errors": False,
            "max_line_size": _MAX_RECORD_BYTES,
        }  # fmt: skip
        literal = ", ".join(f"{_text(n)}: {_text(k)}" for n, k in kinds.items())
        listed = ", ".join(f"{k} = {_literal(v)}" for k, v in options.items())
        view = f"engine_scratch_{uuid.uuid4().hex}"
        with self._explained(path):
            self._backend.con.execute(
                f"CREATE TEMP VIEW {_quoted(view)} AS FROM "
                f"read_csv({_text(str(path))}, columns = {{{literal}}}, auto_detect = false, {listed})"
            )
        return self._backend.table(view)

    def read_parquet(self, path: Path) -> ir.Table:
        """A Parquet file, or all those in a folder, as a table, read lazily.

        Raises InputError when there is none, or when one is not Parquet.
        """
        files = ", ".join(_text(glob.escape(str(f))) for f in parquet_files(path))
        view = f"engine_scratch_{uuid.uuid4().hex}"
        with self._explained(path):
            self._backend.con.execute(f"CREATE TEMP VIEW {_quoted(view)} AS FROM read_parquet([{files}])")
        return self._backend.table(view)

    def row_groups(self, path: Path) -> int:
        """How many row groups a Parquet file or folder has: so many threads can read it at once."""
        files = ", ".join(_text(glob.escape(str(f))) for f in parquet_files(path))
        with self._explained(path):
            # Not as a parameter: the driver loads a library of data frames to convert those.
            query = f"FROM parquet_file_metadata([{files}]) SELECT sum(num_row_groups)"
            found = self._backend.con.execute(query).fetchone()
        return int(found[0]) if found else 0

    def limit_threads(self, threads: int) -> None:
        """Use at most so many processor threads from now on."""
        self._backend.con.execute(f"SET threads TO {int(threads)}")

    def write_parquet(self, expression: ir.Table, path: Path) -> Path:
        """Write the rows of `expression`, in its order, to a Parquet file that appears whole or not at all."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            with self._explained(path):
                query = self._sql(expression)
                self._backend.con.execute(f"COPY ({query}) TO {_text(str(scratch))} (FORMAT parquet, COMPRESSION zstd)")
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
        return path

    # -- results --------------------------------------------------------------------------------

    def arrow(self, expression: ir.Expr) -> pa.Table:
        """The result of an expression as an Arrow table (a scalar or column becomes a table of one column)."""
        table = expression.as_table()
        with self._explained():
            found = self._backend.con.sql(self._sql(table)).to_arrow_table()
            # As the backend's own to_pyarrow, without the data frames that loads.
            return PyArrowData.convert_table(found, table.schema())

    def scalar(self, expression: ir.Scalar) -> object:
        """The result of an expression with one value, as a Python value."""
        table = self.arrow(expression)
        return table.column(0)[0].as_py()

    def batches(self, expression: ir.Table, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """The result in Arrow batches of about `rows` rows, without holding it in memory.

        Finish one reading before the next use of the engine.
        """
        with self._explained():
            reader = self._backend.to_pyarrow_batches(expression, chunk_size=rows)
        yield from reader

    # -- order ----------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing. A transaction inside another joins it."""
        outermost = self._depth == 0
        if outermost:
            self._backend.con.begin()
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if outermost:
                with suppress(duckdb.Error):  # the engine has already rolled back, or is closed
                    self._backend.con.rollback()
            raise
        self._depth -= 1
        if outermost:
            self._backend.con.commit()

    def close(self) -> None:
        """Close the connection and remove the spill folder. An engine nobody holds any more does the same by itself."""
        self._end()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- inside ---------------------------------------------------------------------------------

    def _sql(self, expression: ir.Expr) -> str:
        # Rows given as literals inside an expression must be registered before their names can be used.
        self._backend._run_pre_execute_hooks(expression)
        return str(self._backend.compile(expression))

    @contextmanager
    def _explained(self, path: Path | None = None) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise _explain(error, path) from error


def parquet_files(path: Path) -> list[Path]:
    """The Parquet files `path` stands for: itself, or those in the folder. Raises InputError when there is none."""
    path = Path(path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError("the file does not exist.", file=path, todo="Check the path and its spelling.")
    found = sorted(f for f in path.rglob("*.parquet") if f.is_file())
    if not found:
        raise InputError("this folder has no Parquet file.", file=path, todo="Give a file, or a folder of *.parquet.")
    return found


def _end(connection: duckdb.DuckDBPyConnection, folder: Spill) -> None:
    with suppress(duckdb.Error):  # a transaction that cannot be finished must not keep the folder
        connection.close()
    folder.remove()


def _refuse_case_twins(where: str, columns: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        twin = seen.setdefault(column.lower(), column)
        if twin is not column:
            raise ObservatoryError(
                f"{where}: the columns {twin!r} and {column!r} are one to the engine, which ignores case.",
                "Rename one of them.",
            )


def _explain(error: duckdb.Error, path: Path | None) -> ObservatoryError:
    """The driver's error as one of ours. The text of a value is never repeated: it may be confidential."""
    message = str(error)
    if isinstance(error, duckdb.IOException) and "lock" in message.lower():
        return Busy(f"{path}: another process is using this database.", "Wait until it has finished, then try again.")
    if isinstance(error, duckdb.IOException) and "not a valid DuckDB" in message:
        return Damaged(f"{path}: this file is not a database of the engine.", "Give the path of another file.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return ObservatoryError(
            "The engine ran out of memory or of room for spilling.",
            "Give it more memory (memory_limit), fewer threads, or a larger disk for the temporary folder.",
        )
    place = re.search(r"CSV Error on Line: (\d+)", message)
    if place:
        file = re.search(r"^\s*file ?= ?(.+)$", message, re.MULTILINE)
        return InputError(
            "this record does not have the columns, quotation marks or encoding that were announced.",
            file=file[1] if file else path or "the file", line=int(place[1]),
            todo="Check delimiter, quotation marks and encoding; observatory source draft FILE shows what it finds.",
        )  # fmt: skip
    if path is not None and isinstance(error, (duckdb.InvalidInputException, duckdb.IOException)):
        return InputError(
            "the engine cannot read or write this file.",
            file=path,
            todo="Check its format, and that the disk has room.",
        )
    kind = type(error).__name__
    first = message.splitlines()[0] if message else kind
    if isinstance(error, (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.ConstraintException)):
        first = kind
    return ObservatoryError(
        f"The engine refused: {first}", "This is likely a mistake in the observatory; please report it."
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _text(str(value))
