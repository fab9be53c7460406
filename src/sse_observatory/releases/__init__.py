"""The waist: immutable, traced, public sets of observations. Everything a reader meets starts by opening one."""

from sse_observatory.releases.checks import FICTIONAL_AREAS, is_fictional
from sse_observatory.releases.differences import KINDS, DataflowDiff, Diff
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
from sse_observatory.releases.runs import code_fingerprint, run_id
from sse_observatory.releases.staleness import Change, Reference, Staleness
from sse_observatory.releases.store import Opened, Publication, ReleaseRef, Releases

__all__ = [
    "FICTIONAL_AREAS", "INTERNAL_COLUMNS", "KINDS", "VALUE_TYPE", "AlreadyPublic", "Audit", "Change", "Clearance",
    "DataflowDiff", "Diff", "Draft", "MethodRef", "Opened", "Publication", "Recipe", "Reference", "ReleaseRef",
    "Releases", "SourceRef", "Staleness", "Trace", "code_fingerprint", "is_fictional", "observation_schema", "run_id",
]
