"""Random numbers that belong to a unit, not to a moment.

The number for unit *i*, variable *v*, seed *s* is a fixed place in a counter-based stream (Philox 4x64; Salmon et al.
2011): it is the same whatever the size of a batch, the order of batches or the number of units asked for. Everything
drawn here goes through one uniform number per unit and variable (inversion), which keeps that promise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri  # type: ignore[import-untyped]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PER_COUNTER = 4  # Philox 4x64 gives four numbers for each value of its counter


class Draws:
    """The random numbers of units `start` … `start + size - 1` under `seed`. `start` is a multiple of four."""

    def __init__(self, seed: int, start: int, size: int) -> None:
        if start % _PER_COUNTER:
            raise ValueError(f"a batch starts at a multiple of {_PER_COUNTER}, not at {start}")
        self.seed, self.start, self.size = seed, start, size

    def uniform(self, variable: str) -> Floats:
        """One number in (0, 1) for each unit."""
        digest = hashlib.sha256(f"{self.seed}/{variable}".encode()).digest()
        stream = np.random.Philox(key=int.from_bytes(digest[:16], "little"), counter=self.start // _PER_COUNTER)
        return np.random.Generator(stream).random(self.size) * (1 - 2**-52) + 2**-53

    def happens(self, variable: str, rate: float | Floats) -> Bools:
        """Whether an event of this rate happens to each unit."""
        return self.uniform(variable) < rate

    def normal(self, variable: str) -> Floats:
        """One standard normal number for each unit."""
        return np.asarray(ndtri(self.uniform(variable)))

    def choice(self, variable: str, weights: Sequence[float] | Floats) -> Ints:
        """The index of one alternative for each unit, with these weights."""
        return pick(self.uniform(variable), weights)

    def whole(self, variable: str, below: int) -> Ints:
        """A whole number from 0 to `below` - 1 for each unit."""
        return (self.uniform(variable) * below).astype(np.int64)


def pick(uniform: Floats, weights: Sequence[float] | Floats) -> Ints:
    """The index of one alternative for each uniform number, with these weights."""
    steps = np.cumsum(np.asarray(weights, dtype=float))
    return np.minimum(np.searchsorted(steps / steps[-1], uniform, side="right"), len(steps) - 1)
