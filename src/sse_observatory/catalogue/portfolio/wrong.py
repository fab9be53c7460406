"""What is wrong with a record, as a sentence that can be said again in another language.

Files and the command line speak English. The desk speaks the editor's language, and of fields in a form instead of
lines in a file, so a sentence keeps the key of what it says and the values that stand in it (``fault.KEY`` among the
interface's strings).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self


class Wrong(str):
    """A sentence in English, made of a pattern and the values in it; `key` names what it says."""

    __slots__ = ("key", "values")
    key: str
    values: Mapping[str, Any]

    def __new__(cls, key: str, pattern: str, **values: Any) -> Self:
        """The sentence that `pattern` makes of the values."""
        made = super().__new__(cls, pattern.format(**values))
        made.key, made.values = key, values
        return made
