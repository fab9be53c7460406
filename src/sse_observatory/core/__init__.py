"""Words and values that everything else is written in; standard library only."""

from sse_observatory.core.errors import (
    Busy,
    CatalogueError,
    Damaged,
    InputError,
    NotFound,
    ObservatoryError,
    Unsafe,
)
from sse_observatory.core.periods import Period
from sse_observatory.core.provenance import Edit, canonical, content_hash, file_hash, keyed_hash, tree_hash
from sse_observatory.core.status import ConfStatus, ObsStatus
from sse_observatory.core.text import LANGUAGES, Language, Text, language

__all__ = [
    "LANGUAGES", "Busy", "CatalogueError", "ConfStatus", "Damaged", "Edit", "InputError", "Language", "NotFound",
    "ObsStatus", "ObservatoryError", "Period", "Text", "Unsafe", "canonical", "content_hash", "file_hash",
    "keyed_hash", "language", "tree_hash",
]
