"""The observatory's SDMX 2.1 web service without a web framework: a request in, a status, headers and a body out."""

from sse_observatory.sdmx.errors import SdmxError
from sse_observatory.sdmx.queries import (
    AvailabilityQuery,
    DataQuery,
    FlowRef,
    Limits,
    Query,
    Request,
    SchemaQuery,
    StructureQuery,
    parse,
)
from sse_observatory.sdmx.service import Response, answer

__all__ = [
    "AvailabilityQuery", "DataQuery", "FlowRef", "Limits", "Query", "Request", "Response", "SchemaQuery", "SdmxError",
    "StructureQuery", "answer", "parse",
]
