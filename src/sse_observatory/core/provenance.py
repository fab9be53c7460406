"""Where a value comes from: hashes of content, keyed hashes for what the public may see, edits.

A *content hash* identifies content exactly. A *keyed hash* (HMAC-SHA-256 with the installation's
key) lets the public see that something changed without letting anyone test a guess about what it
was: everything derived from microdata that leaves the office is keyed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return value.name
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value: Any) -> bytes:
    """`value` as JSON with sorted keys and no spaces: the same value always gives the same bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def content_hash(value: Any) -> str:
    """SHA-256, in hex, of a value's canonical form (or of bytes as they are)."""
    return hashlib.sha256(value if isinstance(value, bytes) else canonical(value)).hexdigest()


def keyed_hash(key: bytes, value: Any) -> str:
    """HMAC-SHA-256, in hex, of a value's canonical form: it cannot be tested without the key."""
    return hmac.new(key, value if isinstance(value, bytes) else canonical(value), hashlib.sha256).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256, in hex, of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_hash(paths: Iterable[Path], root: Path) -> str:
    """One hash of several files: their paths relative to `root` and their contents, in a fixed order."""
    return content_hash({str(p.relative_to(root)): file_hash(p) for p in sorted(paths)})


@dataclass(frozen=True, slots=True)
class Edit:
    """A changed value: nothing is corrected in place without saying what stood there before."""

    record_id: str
    variable: str
    before: str | None
    after: str | None
    rule: str
    reason: str
