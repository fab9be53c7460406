"""Comparing numbers with an oracle, and remembering how far apart they were."""

from __future__ import annotations

import math
from collections import defaultdict

worst: dict[str, float] = defaultdict(float)


def close(ours: float | None, theirs: float, what: str, *, relative: float = 1e-8, absolute: float = 0.0) -> None:
    """Assert that two numbers agree; missing on one side only is a disagreement."""
    mine = math.nan if ours is None else ours
    if math.isnan(theirs) or math.isnan(mine):
        assert math.isnan(theirs) and math.isnan(mine), f"{what}: {mine!r} here, {theirs!r} there"
        return
    if math.isinf(theirs) or math.isinf(mine):
        assert mine == theirs, f"{what}: {mine!r} here, {theirs!r} there"
        return
    difference = abs(mine - theirs)
    apart = difference / max(abs(theirs), abs(mine)) if difference else 0.0
    kind = what.split(":")[0]
    if abs(theirs) > 10 * absolute:
        worst[kind] = max(worst[kind], apart)
    if difference <= absolute:
        return
    assert apart <= relative, f"{what}: {mine!r} here, {theirs!r} there, {apart:.2g} apart"
