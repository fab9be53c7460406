"""Tables of a few rows, typed exactly."""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import pyarrow as pa

from sse_observatory.engine import Engine


def stored(engine: Engine, name: str, schema: Mapping[str, str], rows: Sequence[Mapping[str, Any]]):
    """`rows` stored as the table `name`; variables a row does not mention are missing."""
    arrow = ibis.schema(dict(schema)).to_pyarrow()
    complete = [dict.fromkeys(schema) | dict(row) for row in rows]
    return engine.create(name, pa.Table.from_pylist(complete, schema=arrow))
