"""What the processes put into the tables of a release in the same way, whatever their figures come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from sse_observatory.core import keyed_hash
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.releases import observation_schema
from sse_observatory.structures import Dataflow


def table_of(dataflow: Dataflow, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """The observations of a dataflow as the table a release holds; what a row does not say is missing."""
    schema = observation_schema(dataflow)
    return pa.table({field.name: [row.get(field.name) for row in rows] for field in schema}, schema=schema)


def fingerprint(restricted: Restricted, content: Sequence[object]) -> str:
    """What changes with anything an observation is made of, and tells nobody outside what that is."""
    return keyed_hash(restricted.key, content)[:32]
