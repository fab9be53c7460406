"""Text that a spreadsheet takes for text."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet program takes for the beginning of a formula; East Asian editions know the wide forms too."""


def safe_cell(text: str) -> str:
    """`text` with an apostrophe before what a spreadsheet would execute (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA) else text
