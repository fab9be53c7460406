"""Registers: keep a source as it arrived, and read it into canonical units.

`snapshot` stores the bytes, `read` gives units, rejected rows and issues, `total` adds up what may be added,
`draft_description` writes a first source description for a file nobody has described yet. Left out: downloading, and
deciding which units are the same (linkage) or what they are (processing).
"""

from sse_observatory.production.registers.draft import draft_description
from sse_observatory.production.registers.read import ISSUES, REJECTED, ReadResult, read, total, with_every_variable
from sse_observatory.production.registers.snapshots import Snapshot, StoredFile, installation_key, snapshot, verify

__all__ = [
    "ISSUES", "REJECTED", "ReadResult", "Snapshot", "StoredFile", "draft_description", "installation_key", "read",
    "snapshot", "total", "verify", "with_every_variable",
]  # fmt: skip
