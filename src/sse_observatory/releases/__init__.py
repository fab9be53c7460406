"""The waist: immutable, traced, public sets of observations. Everything a reader meets starts by opening one."""

from sse_observatory.releases.model import (
    INTERNAL_COLUMNS,
    VALUE_TYPE,
    AlreadyPublic,
    Audit,
    Clearance,
    Draft,
    MethodRef,
    Recipe,
    SourceRef,
    Trace,
    observation_schema,
)
from sse_observatory.releases.store import Opened, ReleaseRef, Releases

__all__ = [
    "INTERNAL_COLUMNS", "VALUE_TYPE", "AlreadyPublic", "Audit", "Clearance", "Draft", "MethodRef", "Opened", "Recipe",
    "ReleaseRef", "Releases", "SourceRef", "Trace", "observation_schema",
]
