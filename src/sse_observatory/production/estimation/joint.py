"""Joint inclusion probabilities, as a design that knows them states them, or what is known of the population's."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class HartleyRao:
    """Hartley and Rao's approximation where the probabilities of the whole population are known.

    `psum` is the sum of squared inclusion probabilities over the population, divided by the number of clusters drawn;
    with strata a number for each, by its name (names of crossed columns in a tuple). Without it
    (``pps="hartley-rao"``) the sample's mean probability stands for it. `form` as in `Joint`.
    """

    psum: float | Mapping[str | int | tuple[str | int, ...], float]
    form: Literal["yates-grundy", "horvitz-thompson"] = "horvitz-thompson"

    def __post_init__(self) -> None:
        found = self.psum.items() if isinstance(self.psum, Mapping) else [("", self.psum)]
        for name, value in found:
            if isinstance(value, (str, bool)) or not 0 < float(value) <= 1:
                raise ObservatoryError(
                    f"psum={value!r}{f' of {name}' if name else ''} is no mean of inclusion probabilities.",
                    "Give the sum of their squares over the population divided by the sample size: above 0, at most 1.",
                )
        if self.form not in {"yates-grundy", "horvitz-thompson"}:
            raise ObservatoryError(f"form={self.form!r} is not known.", "Use yates-grundy or horvitz-thompson.")

    def __hash__(self) -> int:
        return hash((self.form, repr(self.psum)))

    @property
    def method(self) -> str:
        """The approximation by the name it has without known probabilities."""
        return "hartley-rao" + ("/yates-grundy" if self.form == "yates-grundy" else "")

    def of(self, stratum: str, columns: tuple[str, ...]) -> float:
        """The number of a stratum, named as column=code."""
        if not isinstance(self.psum, Mapping):
            if columns:
                raise ObservatoryError(
                    "One psum is given, and the design has strata.", "Give one for each: HartleyRao({stratum: psum})."
                )
            return float(self.psum)
        for name, value in self.psum.items():
            codes = name if isinstance(name, tuple) else (name,)
            written = ", ".join(f"{c}={v}" for c, v in zip(columns, codes, strict=False))
            if len(codes) == len(columns) and written == stratum:
                return float(value)
        raise ObservatoryError(
            f"The stratum {stratum} has no psum.", "Give one for each stratum, named as in its column."
        )
