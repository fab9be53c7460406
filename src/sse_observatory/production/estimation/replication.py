"""Replicate weights."""

from __future__ import annotations

from typing import Protocol


class Replication(Protocol):
    """A way to make replicate weights."""

    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""

    def describe(self) -> str:
        """The method in a few words."""
