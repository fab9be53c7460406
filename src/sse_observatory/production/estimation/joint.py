"""Joint inclusion probabilities, as a design that knows them states them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sse_observatory.core import ObservatoryError


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Joint inclusion probabilities of the first-stage clusters of a sample.

    `clusters` names the clusters in the order of the matrix, as their column does; `matrix` has the joint
    probabilities, first-order ones on the diagonal. `form` is ``yates-grundy`` (for samples of fixed size) or
    ``horvitz-thompson``.
    """

    clusters: tuple[str | int, ...]
    matrix: NDArray[np.float64]
    form: Literal["yates-grundy", "horvitz-thompson"] = "yates-grundy"

    def __post_init__(self) -> None:
        matrix = np.asarray(self.matrix, dtype=np.float64)
        n = len(self.clusters)
        if matrix.shape != (n, n):
            raise ObservatoryError(
                f"The joint probabilities are {matrix.shape}, and there are {n} clusters.",
                "Give a square matrix with a row and a column per sampled cluster.",
            )
        if not np.isfinite(matrix).all() or (matrix <= 0).any() or (matrix > 1).any():
            raise ObservatoryError(
                "The joint probabilities are not all above 0 and at most 1.",
                "A pair that cannot be drawn together leaves the variance without an unbiased estimator.",
            )
        if not np.allclose(matrix, matrix.T, rtol=1e-9, atol=0):
            raise ObservatoryError("The joint probabilities are not symmetric.", "Correct the matrix.")
        if (matrix > np.minimum.outer(np.diag(matrix), np.diag(matrix)) * (1 + 1e-9)).any():
            raise ObservatoryError(
                "A joint probability is larger than the probability of one of its clusters.",
                "The diagonal holds the first-order probabilities; correct the matrix.",
            )
