"""Registers: keep a source as it arrived, and read it into canonical units.

`snapshot` stores the bytes, `read` gives units, rejected rows and issues, `total` adds up what may be added,
`draft_description` writes a first source description for a file nobody has described yet. `prepare` checks delimited
text record by record for whoever reads it (the files of surveys are such text too). Left out: downloading, and
deciding which units are the same (linkage) or what they are (processing).
"""

from sse_observatory.production.registers.draft import draft_description
from sse_observatory.production.registers.read import ISSUES, REJECTED, ReadResult, read, total, with_every_variable
from sse_observatory.production.registers.snapshots import Snapshot, StoredFile, installation_key, snapshot, verify
from sse_observatory.production.registers.text import LINE, Plain, prepare

__all__ = [
    "ISSUES", "LINE", "REJECTED", "Plain", "ReadResult", "Snapshot", "StoredFile", "draft_description",
    "installation_key", "prepare", "read", "snapshot", "total", "verify", "with_every_variable",
]  # fmt: skip
