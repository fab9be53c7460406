"""What a published table may contain: concepts, codelists, data structures, dataflows."""

from sse_observatory.structures.model import (
    AGENCY,
    TOTAL,
    Attribute,
    Code,
    Codelist,
    Concept,
    Dataflow,
    DataStructure,
    Dimension,
)

__all__ = [
    "AGENCY", "TOTAL", "Attribute", "Code", "Codelist", "Concept", "DataStructure", "Dataflow", "Dimension",
]
