"""Adjustments of weights, as the variance needs to know them."""

from __future__ import annotations

from typing import Protocol


class Step(Protocol):
    """One adjustment of the weights."""

    def describe(self) -> str:
        """The adjustment in a few words."""
