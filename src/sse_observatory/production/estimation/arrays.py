"""From Arrow to arrays and back, without data frames.

Arrow's own conversions load pandas wherever it is installed, which takes 30 MiB that no sample in a file or an engine
needs: as much as the work on a million units. These do it for the few types estimation has.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sse_observatory.production.estimation.plan import Codes, Floats


def array(column: pa.Array | pa.ChunkedArray, missing: float = 0) -> np.ndarray:
    """Numbers, or yes-or-no values, of a column; `missing` where there is none."""
    if pa.types.is_boolean(column.type):
        return array(column.cast(pa.int8()), missing).astype(bool)
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [_values(chunk, missing) for chunk in chunks if len(chunk)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=column.type.to_pandas_dtype())


def _values(chunk: pa.Array, missing: float) -> np.ndarray:
    if not chunk.null_count:
        return np.from_dlpack(chunk)
    bare = pa.Array.from_buffers(chunk.type, len(chunk), [None, chunk.buffers()[1]], offset=chunk.offset)
    values = np.from_dlpack(bare).copy()
    values[array(chunk.is_null())] = missing
    return values


def floats(column: pa.Array | pa.ChunkedArray) -> Floats:
    """A numeric column as doubles, missing as not-a-number."""
    if not pa.types.is_float64(column.type):
        column = column.cast(pa.float64(), safe=False)
    return array(column, np.nan)


def whole_numbers(values: Codes) -> pa.Array:
    """Whole numbers as an Arrow column."""
    values = np.ascontiguousarray(values, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def nullable(values: Floats) -> pa.Array:
    """Doubles as an Arrow column, not-a-number as null."""
    values = np.ascontiguousarray(values, dtype=np.float64)
    known = np.packbits(~np.isnan(values), bitorder="little")
    return pa.Array.from_buffers(pa.float64(), len(values), [pa.py_buffer(known), pa.py_buffer(values)])


def texts(values: Sequence[str]) -> pa.Array:
    """Texts as an Arrow column."""
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(encoded), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))])
