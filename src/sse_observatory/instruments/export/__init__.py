"""Instruments for others: JSON with a published schema, Akoma Ntoso for the United Nations, JSON-LD, CSV."""

from sse_observatory.instruments.export.akn import to_akn
from sse_observatory.instruments.export.as_csv import to_csv
from sse_observatory.instruments.export.as_json import comparison_to_json, from_json, schema, to_json
from sse_observatory.instruments.export.json_ld import to_json_ld

__all__ = ["comparison_to_json", "from_json", "schema", "to_akn", "to_csv", "to_json", "to_json_ld"]
