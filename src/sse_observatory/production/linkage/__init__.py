"""Records of several registers become statistical units (GSBPM 5.1).

Deterministic linkage: records that carry the same national identifier are one unit; a record without
one stays a unit of its own and is counted as *unlinked*, so that the possible double count is known. A
remembered judgement overrides the identifier: *same* joins two records, *different* takes the second
record out of the unit. Probabilistic linkage is not here yet.
"""

from sse_observatory.production.linkage.deterministic import (
    Judgement,
    Linked,
    identified,
    link,
    unit_table,
)

__all__ = ["Judgement", "Linked", "identified", "link", "unit_table"]
