"""Processing: classify, validate, derive contributions, aggregate (GSBPM 5.2 to 5.7), all inside the engine."""

from sse_observatory.production.processing.aggregate import SETS, Cell, Level, atoms, cells
from sse_observatory.production.processing.classify import (
    ACTIVE,
    NOT_REGISTERED,
    by_activity,
    by_life_status,
    by_rules,
    by_size,
    column_name,
)
from sse_observatory.production.processing.contributions import (
    Contributions,
    contributions,
    derive,
    stands_in,
    variables_of,
)
from sse_observatory.production.processing.validate import Validated, validate

__all__ = [
    "ACTIVE",
    "NOT_REGISTERED",
    "SETS",
    "Cell",
    "Contributions",
    "Level",
    "Validated",
    "atoms",
    "by_activity",
    "by_life_status",
    "by_rules",
    "by_size",
    "cells",
    "column_name",
    "contributions",
    "derive",
    "stands_in",
    "validate",
    "variables_of",
]
