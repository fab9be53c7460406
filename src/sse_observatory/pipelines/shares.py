"""Shares of units that may be told beside a release, where the count itself may not.

A share of a few units is a count: of twelve, 0.08 is one. So a share is told in steps that stand for at least
`LEAST` units each: whole per cent of a thousand units and more, coarser of fewer, and not at all where a tenth of the
units is less than that. A share that is neither nothing nor everything is never told as 0 or 1 by rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 10
"""Units that one step of a share must stand for."""
STEPS = (1, 5, 10)
"""Steps in per cent, the finest first."""


@dataclass(frozen=True, slots=True)
class Share:
    """Some units out of all of a kind."""

    part: int
    whole: int

    @property
    def exact(self) -> float:
        """The share itself; 0 of nothing is 0."""
        return self.part / self.whole if self.whole else 0.0

    def told(self, public: bool = False) -> float | None:
        """The share as it may be published, None where it may not be; whole per cent where microdata are `public`."""
        step = 1 if public else next((s for s in STEPS if self.whole * s >= LEAST * 100), None)
        if step is None or not self.whole:
            return None
        steps = round(self.part * 100 / self.whole / step)
        if 0 < self.part < self.whole:
            steps = min(max(steps, 1), 100 // step - 1)
        return steps * step / 100
