"""Replicate weights: the same estimate made many times from reweighted samples, and the spread between them.

A replicate multiplies the weights of first-stage clusters by factors, so an estimate from 200 replicates needs the
cluster totals once and not 200 weights on each person. Each method fits some designs only and says so. Methods after
Wolter (2007); the bootstrap after Rao and Wu (1988) with the rescaling of Rao, Wu and Yue (1992), for several stages
with corrections after Preston (2009); successive differences after Fay and Train (1995). Scales agree with R survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.plan import Codes, Floats, Plan, Stage
from sse_observatory.production.estimation.variance import alone

RANK_TOLERANCE = 1e-5
"""Relative size below which a replicate is taken for a combination of others, as in R survey's degrees of freedom."""


class Replication(Protocol):
    """A way to make replicate weights, or the columns that hold them."""

    @property
    def mse(self) -> bool:
        """Whether replicates are compared with the full estimate rather than with their mean."""

    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""

    def describe(self) -> str:
        """The method in a few words."""


class Made(Protocol):
    """Replication that makes its weights from the design."""

    @property
    def mse(self) -> bool: ...

    def factors(self, design: Design, plan: Plan, order: Floats | None) -> Factors:
        """The factors on clusters of the plan."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors on the weights of clusters, replicate by replicate."""

    cluster: Codes
    """Row to cluster."""
    matrix: Floats | None
    """Clusters × replicates, except for the jackknife, whose factors follow from `jackknife`."""
    jackknife: Jackknifed | None
    scale: float
    rscales: Floats
    mse: bool
    smooth_only: str = ""
    """Why statistics that are not smooth are refused, where they are."""

    @property
    def count(self) -> int:
        """How many replicates there are."""
        return len(self.rscales)

    def column(self, r: int) -> Floats:
        """The factors of replicate `r` on clusters."""
        if self.matrix is not None:
            made: Floats = self.matrix[:, r]
            return made
        assert self.jackknife is not None
        return self.jackknife.column(r)

    def totals(self, sums: Floats) -> Floats:
        """Replicated totals (replicates × columns) of totals on clusters (clusters × columns)."""
        if self.matrix is not None:
            made: Floats = self.matrix.T @ sums
            return made
        assert self.jackknife is not None
        return self.jackknife.totals(sums)

    def degrees_of_freedom(self, met: NDArray[np.bool_]) -> float:
        """The rank of the factors of the clusters met, less one (R survey's degf)."""
        if self.matrix is not None:
            return rank(self.matrix[met]) - 1.0
        assert self.jackknife is not None
        return self.jackknife.degrees_of_freedom(met)

    def variance(self, replicates: Floats, value: Floats) -> Floats:
        """Variance of each column of replicated estimates; replicates without a value are left out of its column."""
        known = np.isfinite(replicates)
        used = known & (self.rscales > 0)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            centre = value if self.mse else np.where(used, replicates, 0.0).sum(axis=0) / used.sum(axis=0)
            deviation = np.where(known, replicates - centre, 0.0)
        spread: Floats = self.scale * (deviation**2 * self.rscales[:, None]).sum(axis=0)
        return np.where(known.any(axis=0), spread, np.nan)

    def covariance(self, replicates: Floats, value: Floats) -> Floats:
        """Covariance matrix of the columns of replicated estimates."""
        known = np.isfinite(replicates).all(axis=1)
        kept = replicates[known]
        centre = value if self.mse else kept[self.rscales[known] > 0].mean(axis=0)
        root = (kept - centre) * np.sqrt(self.rscales[known] * self.scale)[:, None]
        made: Floats = root.T @ root
        return made


@dataclass(frozen=True, slots=True)
class Jackknifed:
    """Delete-one factors: 0 on the deleted cluster, n/(n − 1) on the others of its stratum, 1 elsewhere."""

    stratum: Codes
    size: Floats
    deleted: Codes
    """Replicate to the cluster it leaves out."""
    adjusted: Floats | None = None
    """Replicate to the factor of all other strata, where a lone cluster is left out (``adjust``); 0 otherwise."""

    def column(self, r: int) -> Floats:
        cluster = self.deleted[r]
        h = self.stratum[cluster]
        if self.adjusted is not None and self.adjusted[r]:
            return np.where(self.stratum == h, 0.0, self.adjusted[r])
        factor = np.where(self.stratum == h, self.size[h] / (self.size[h] - 1), 1.0)
        factor[cluster] = 0.0
        return factor

    def totals(self, sums: Floats) -> Floats:
        strata = len(self.size)
        h = self.stratum[self.deleted]
        stratum = np.column_stack([np.bincount(self.stratum, weights=s, minlength=strata) for s in sums.T])
        everything = sums.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.size[h] > 1, self.size[h] / (self.size[h] - 1), 0.0)
        made: Floats = everything - stratum[h] + (stratum[h] - sums[self.deleted]) * ratio[:, None]
        if self.adjusted is not None:
            lone = np.flatnonzero(self.adjusted)
            made[lone] = (everything - stratum[h[lone]]) * self.adjusted[lone, None]
        return made

    def degrees_of_freedom(self, met: NDArray[np.bool_]) -> float:
        if self.adjusted is not None:
            # Leaving out a lone cluster changes the factors of all strata, so nothing short of the rank will do.
            return rank(np.column_stack([self.column(r)[met] for r in range(len(self.deleted))])) - 1.0
        replicated = np.zeros(len(self.size), dtype=bool)
        replicated[self.stratum[self.deleted]] = True
        # Strata without replicates have equal rows of ones; a stratum met whole has rows that add up to the same.
        here = np.bincount(self.stratum, weights=met, minlength=len(self.size))
        ones = bool((met & ~replicated[self.stratum]).any())
        whole = replicated & (here == self.size) & (self.size > 1)
        independent = here[replicated].sum() - whole.sum() + float(ones or whole.any())
        return float(independent - 1)


def rank(matrix: Floats, tolerance: float = RANK_TOLERANCE) -> int:
    """The number of columns that are no combination of those before them, up to `tolerance` of their own length."""
    if min(matrix.shape) == 0:
        return 0
    if matrix.shape[0] > matrix.shape[1]:
        matrix = np.linalg.qr(matrix, mode="r")
    kept = np.zeros((matrix.shape[0], min(matrix.shape)))
    found = 0
    for column in matrix.T:
        length = float(np.linalg.norm(column))
        rest = column
        for _ in range(2):
            rest = rest - kept[:, :found] @ (kept[:, :found].T @ rest)
        left = float(np.linalg.norm(rest))
        if length > 0 and left > tolerance * length and found < kept.shape[1]:
            kept[:, found] = rest / left
            found += 1
    return found


def _refuse(method: str, reason: str, todo: str) -> ObservatoryError:
    return ObservatoryError(f"{method} does not fit this design: {reason}", todo)


def _one_stage_of_correction(design: Design, plan: Plan, method: str) -> None:
    """Refuse designs whose later stages add variance that factors on first-stage clusters cannot show."""
    if design.pps is not None:
        raise _refuse(
            method, "its first stage has unequal probabilities without replacement.",
            "Drop pps to take it as sampled with replacement, or use Taylor linearisation.",
        )  # fmt: skip
    if len(plan.stages) > 1 and any(s.factor.any() for s in plan.stages[1:]):
        raise _refuse(
            method,
            "the first stage has a finite population correction and later stages are sampled too, "
            "and factors on first-stage clusters miss what those stages add.",
            "Use MultistageBootstrap, or drop the corrections to take the first stage as with replacement.",
        )


@dataclass(frozen=True, slots=True)
class Jackknife:
    """Delete one first-stage cluster at a time: JK1 without strata, JKn with them."""

    mse: bool = False

    def columns(self) -> tuple[str, ...]:
        return ()

    def describe(self) -> str:
        return "delete-one jackknife"

    def factors(self, design: Design, plan: Plan, order: Floats | None) -> Factors:
        _one_stage_of_correction(design, plan, "The jackknife")
        stage = plan.first
        lone = (stage.size == 1) & ~stage.exhausted
        if lone.any() and design.lonely == "fail":
            raise alone(plan, stage, np.flatnonzero(lone))
        adjust = lone if design.lonely == "adjust" else np.zeros_like(lone)
        whole = stage.exhausted | (lone & ~adjust)
        deleted = np.flatnonzero(~whole[stage.stratum])
        if not len(deleted):
            raise _refuse("The jackknife", "no cluster can be left out.", "The sample is the whole population.")
        if len(deleted) < 2:
            raise _refuse(
                "The jackknife", "a single cluster can be left out, and one replicate shows no spread.",
                "Join strata (collapse=…), or use Taylor linearisation.",
            )  # fmt: skip
        h = stage.stratum[deleted]
        rest = 1.0 - stage.fraction[deleted]
        strata = stage.strata
        with np.errstate(divide="ignore", invalid="ignore"):
            rscales = rest * (stage.size[h] - 1) / stage.size[h]
        adjusted = None
        if adjust.any():
            if strata < 2:
                raise alone(plan, stage, np.flatnonzero(lone))
            adjusted = np.where(adjust[h], strata / (strata - 1), 0.0)
            rscales = np.where(adjust[h], (strata - 1) / strata, rscales)
        scale = 1.0
        if design.lonely == "average" and lone.any():
            scale = (len(deleted) + int(lone.sum())) / len(deleted)
        made = Jackknifed(stage.stratum, stage.size, deleted, adjusted)
        return Factors(
            stage.cluster, None, made, scale, rscales, self.mse,
            "Deleting one cluster at a time does not estimate the variance of a quantile, however large the sample.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Brr:
    """Balanced repeated replication: half samples of two clusters a stratum, or Fay's milder form with `fay` > 0.

    `matrix` gives the half samples where others are wanted than are made here: a Hadamard matrix of ones and minus ones
    (or ones and zeros), a row per stratum and a column per replicate; a first row of equal signs is passed over, as it
    balances nothing. The first cluster of a stratum is in the half samples of minus one (or zero), the second in those
    of one, as R survey's ``hadamard.matrix`` has it. `strata` names the strata row by row (their natural order if not
    given; names of crossed columns in a tuple); `order` is a column in whose order clusters are first and second (the
    order of their names if not given).
    """

    fay: float = 0.0
    mse: bool = False
    matrix: Sequence[Sequence[float]] | NDArray[Any] | None = None
    strata: Sequence[Any] | None = None
    order: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.fay < 1:
            raise ObservatoryError(f"fay={self.fay!r} is not a coefficient.", "Give a number from 0 to less than 1.")
        if self.matrix is not None:
            object.__setattr__(self, "matrix", _signs(self.matrix))
        if self.strata is not None:
            names = tuple(tuple(map(str, n)) if isinstance(n, (tuple, list)) else (str(n),) for n in self.strata)
            twice = next((n for n in names if names.count(n) > 1), None)
            if twice is not None:
                raise ObservatoryError(f"The stratum {', '.join(twice)} has two rows.", "Name each stratum once.")
            if self.matrix is None or len(names) > len(self.matrix):
                count = 0 if self.matrix is None else len(self.matrix)
                raise ObservatoryError(
                    f"{len(names)} strata are named, and the matrix of half samples has {count} rows for them.",
                    "Name the strata in the order of the matrix's rows, its first row of ones left out.",
                )
            object.__setattr__(self, "strata", names)

    def columns(self) -> tuple[str, ...]:
        return (self.order,) if self.order else ()

    def describe(self) -> str:
        given = f", {len(self.matrix[0])} half samples given" if self.matrix is not None else ""
        return f"balanced repeated replication{f', Fay coefficient {self.fay:g}' if self.fay else ''}{given}"

    def factors(self, design: Design, plan: Plan, order: Floats | None) -> Factors:
        stage = plan.first
        name = "Balanced repeated replication"
        if (stage.fraction > 0).any() or design.pps is not None:
            raise _refuse(
                name, "it has finite population corrections, which half samples do not know.",
                "Use Jackknife or Bootstrap, or drop the corrections.",
            )  # fmt: skip
        odd = np.flatnonzero(stage.size != 2)
        if len(odd):
            raise _refuse(
                name,
                f"not all strata have exactly two clusters ({len(odd)} differ), among them "
                f"{plan.name_of(int(stage.first[odd[0]]))} with {stage.size[odd[0]]:.0f}.",
                "Use Jackknife or Bootstrap, or form strata of two clusters.",
            )
        place = np.arange(stage.clusters, dtype=np.float64)
        if order is not None and design.collapse is None:
            place = np.full(stage.clusters, np.inf)
            np.minimum.at(place, stage.cluster, order)
        elif order is not None and self.order:
            raise _refuse(name, "an order of clusters does not go with collapsed strata.", "Leave `order` out.")
        sequence = np.lexsort((place, stage.stratum))
        tied = np.flatnonzero(place[sequence[::2]] == place[sequence[1::2]])
        if len(tied):
            where = plan.name_of(int(stage.first[tied[0]]))
            raise ObservatoryError(f"{self.order!r} does not tell which cluster of {where} is first.", "Correct it.")
        first = np.zeros(stage.clusters, dtype=bool)
        first[sequence[::2]] = True
        sign = self._rows(design, plan, stage)
        matrix = 1.0 + np.where(first[:, None], -1.0, 1.0) * sign[stage.stratum] * (1.0 - self.fay)
        count = sign.shape[1]
        return Factors(
            stage.cluster, matrix, None, 1.0 / (count * (1.0 - self.fay) ** 2), np.ones(count), self.mse,
        )  # fmt: skip

    def _rows(self, design: Design, plan: Plan, stage: Stage) -> Floats:
        """The signs of each stratum, replicate by replicate."""
        if self.matrix is None:
            return hadamard(stage.strata + 1)[1 : stage.strata + 1]
        rows = np.array(self.matrix, dtype=np.float64)
        if stage.strata > len(rows):
            raise ObservatoryError(
                f"The matrix of half samples has {len(rows)} balanced rows, and the design has {stage.strata} strata.",
                f"Give a Hadamard matrix of order {4 * (stage.strata // 4 + 1)} or more.",
            )
        if self.strata is None:
            return rows[: stage.strata]
        columns = design.strata[0] if design.strata else ()
        # As the plan writes the name of a stratum.
        place = {", ".join(f"{c}={v}" for c, v in zip(columns, n, strict=False)): i for i, n in enumerate(self.strata)}
        made = np.empty((stage.strata, rows.shape[1]))
        for h in range(stage.strata):
            written = plan.name_of(int(stage.first[h]))
            if written not in place:
                raise ObservatoryError(
                    f"The stratum {written} has no row in the matrix of half samples.",
                    "Name all strata of the sample in `strata`, as their column does.",
                )
            made[h] = rows[place[written]]
        return made


def _signs(matrix: Any) -> tuple[tuple[float, ...], ...]:
    """The balanced rows of a matrix of half samples, in ones and minus ones. Raises ObservatoryError."""
    try:
        made = np.array(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        made = np.zeros(0)
    if made.ndim != 2 or min(made.shape, default=0) < 1:
        raise ObservatoryError(
            "The half samples are no matrix of numbers.", "Give a row per stratum and a column per replicate."
        )
    if set(np.unique(made)) <= {0.0, 1.0}:
        made = 2 * made - 1
    if not np.isin(made, (-1.0, 1.0)).all():
        odd = made[~np.isin(made, (-1.0, 1.0))][0]
        raise ObservatoryError(
            f"The matrix of half samples holds {odd:g}.", "Its entries are 1 and -1 (or 1 and 0) and nothing else."
        )
    count = made.shape[1]
    first_row = 1
    if abs(made[0].sum()) == count:
        made, first_row = made[1:], 2
    uneven = np.flatnonzero(made.sum(axis=1))
    if len(uneven):
        taken = int((made[uneven[0]] > 0).sum())
        raise ObservatoryError(
            f"Row {uneven[0] + first_row} of the matrix of half samples is not balanced: it takes one cluster in "
            f"{taken} of {count} replicates and the other in {count - taken}.",
            "Give rows of a Hadamard matrix, turned so that strata are rows.",
        )
    product = made @ made.T
    np.fill_diagonal(product, 0.0)
    if product.any():
        i, j = (int(k) for k in np.argwhere(product)[0])
        raise ObservatoryError(
            f"Rows {i + first_row} and {j + first_row} of the matrix of half samples are not orthogonal, so the "
            "variance would not add up over their strata.",
            "Give rows of a Hadamard matrix, turned so that strata are rows.",
        )
    if not len(made):
        raise ObservatoryError(
            "The matrix of half samples has no balanced row.", "Give a row per stratum and a column per replicate."
        )
    return tuple(tuple(float(x) for x in row) for row in made)


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The Rao–Wu bootstrap: in each stratum, `resample` of n clusters drawn with replacement (n − 1 by default).

    The seed is part of the design, so the same design gives the same replicates wherever and whenever it runs.
    """

    replicates: int = 500
    seed: int = 1
    resample: int | None = None
    mse: bool = False

    def __post_init__(self) -> None:
        if self.replicates < 2:
            raise ObservatoryError("A bootstrap needs at least two replicates.", "Give some hundreds.")
        if self.resample is not None and self.resample < 1:
            raise ObservatoryError("A bootstrap draws at least one cluster a stratum.", "Leave `resample` out.")

    def columns(self) -> tuple[str, ...]:
        return ()

    def describe(self) -> str:
        return f"Rao–Wu bootstrap, {self.replicates} replicates, seed {self.seed}"

    def factors(self, design: Design, plan: Plan, order: Floats | None) -> Factors:
        _one_stage_of_correction(design, plan, "The bootstrap of first-stage clusters")
        stage = plan.first
        lone = (stage.size == 1) & ~stage.exhausted
        if lone.any() and design.lonely not in {"remove", "certainty"}:
            if design.lonely == "fail":
                raise alone(plan, stage, np.flatnonzero(lone))
            raise _refuse(
                "The bootstrap", f"a stratum with one cluster cannot be resampled (lonely={design.lonely!r}).",
                "Collapse strata, or use lonely='remove'.",
            )  # fmt: skip
        matrix = np.ones((stage.clusters, self.replicates))
        members = np.argsort(stage.stratum, kind="stable")
        start = np.concatenate([[0], np.cumsum(stage.size).astype(np.int64)])
        for h in range(stage.strata):
            n = int(stage.size[h])
            if n == 1 or stage.exhausted[h]:
                continue
            m = n - 1 if self.resample is None else self.resample
            member = members[start[h] : start[h + 1]]
            # One stream of random numbers per stratum: adding a stratum does not change the draws in the others.
            stream = np.random.default_rng([self.seed, h])
            drawn = stream.multinomial(m, np.full(n, 1.0 / n), size=self.replicates).T
            shrink = np.sqrt(m * (1.0 - stage.fraction[member[0]]) / (n - 1))
            if shrink > 1 + 1e-12:
                reason = f"drawing {m} of {n} clusters makes negative weights."
                raise _refuse("The bootstrap", reason, "Give a smaller `resample`.")
            matrix[member] = 1.0 - shrink + shrink * (n / m) * drawn
        scale = 1.0 / (self.replicates - 1)
        return Factors(stage.cluster, matrix, None, scale, np.ones(self.replicates), self.mse)


@dataclass(frozen=True, slots=True)
class MultistageBootstrap:
    """Preston's bootstrap: half samples without replacement at every stage, rescaled for each stage's correction.

    Its factors differ within first-stage clusters, so it costs a pass over the last-stage clusters per replicate.
    """

    replicates: int = 500
    seed: int = 1
    mse: bool = False

    def __post_init__(self) -> None:
        if self.replicates < 2:
            raise ObservatoryError("A bootstrap needs at least two replicates.", "Give some hundreds.")

    def columns(self) -> tuple[str, ...]:
        return ()

    def describe(self) -> str:
        return f"multistage bootstrap, {self.replicates} replicates, seed {self.seed}"

    def factors(self, design: Design, plan: Plan, order: Floats | None) -> Factors:
        if design.pps is not None:
            raise _refuse(
                "The multistage bootstrap", "its first stage has unequal probabilities.", "Use Taylor linearisation."
            )
        if not (plan.first.fraction > 0).any():
            raise _refuse(
                "The multistage bootstrap", "its first stage is with replacement, so later stages add nothing.",
                "Use Bootstrap.",
            )  # fmt: skip
        for stage in plan.stages:
            used = np.bincount(stage.stratum, weights=stage.factor, minlength=stage.strata) > 0
            lone = np.flatnonzero((stage.size == 1) & ~stage.exhausted & used)
            if len(lone):
                raise alone(plan, stage, lone)
        last = plan.stages[-1]
        row = np.zeros(last.clusters, dtype=np.int64)
        row[last.cluster[::-1]] = np.arange(len(last.cluster) - 1, -1, -1)
        matrix = np.empty((last.clusters, self.replicates))
        for r in range(self.replicates):
            matrix[:, r] = self._replicate(plan, row, np.random.default_rng([self.seed, r]))
        scale = 1.0 / (self.replicates - 1)
        return Factors(last.cluster, matrix, None, scale, np.ones(self.replicates), self.mse)

    def _replicate(self, plan: Plan, row: Codes, stream: np.random.Generator) -> Floats:
        """One replicate's factors on last-stage clusters; `row` is a row of each of them."""
        factor = np.ones(len(row))
        through = np.ones(len(row))
        for stage in plan.stages:
            half = np.floor(stage.size / 2)
            # A random order within each stratum; its first half is kept.
            order = np.lexsort((stream.random(stage.clusters), stage.stratum))
            start = np.concatenate([[0], np.cumsum(stage.size)])[:-1]
            place = np.empty(stage.clusters)
            place[order] = np.arange(stage.clusters) - start[stage.stratum[order]]
            n, n_half = stage.size[stage.stratum], half[stage.stratum]
            kept = (place < n_half).astype(np.float64)
            # A stratum sampled whole has no variance of its own and hands all its clusters on.
            whole = stage.exhausted[stage.stratum]
            with np.errstate(divide="ignore", invalid="ignore"):
                shrink = np.sqrt(stage.factor * n_half * (1.0 - stage.fraction) / (n - n_half))
                term = np.where(whole | (n_half == 0), 0.0, shrink * (n / n_half * kept - 1.0))
                onward = np.where(whole, 1.0, np.where(n_half > 0, np.sqrt(n / n_half) * kept, 0.0))
            at = stage.cluster[row]
            factor += through * term[at]
            through = through * onward[at]
        return factor


@dataclass(frozen=True, slots=True)
class SuccessiveDifference:
    """Successive difference replication for systematic samples: neighbours in `order` are contrasted.

    `order` names the column that holds the order of selection; without it the clusters stand in the order of their
    names. Strata follow each other.
    """

    replicates: int = 80
    order: str | None = None
    mse: bool = True

    def __post_init__(self) -> None:
        if self.replicates < 4 or self.replicates % 4:
            raise ObservatoryError(
                f"{self.replicates} successive difference replicates cannot be made.", "Give a multiple of four."
            )

    def columns(self) -> tuple[str, ...]:
        return (self.order,) if self.order else ()

    def describe(self) -> str:
        return f"successive difference replication, {self.replicates} replicates"

    def factors(self, design: Design, plan: Plan, order: Floats | None) -> Factors:
        _one_stage_of_correction(design, plan, "Successive difference replication")
        stage = plan.first
        place = np.arange(stage.clusters, dtype=np.float64)
        if order is not None:
            place = np.full(stage.clusters, np.inf)
            np.minimum.at(place, stage.cluster, order)
        sequence = np.lexsort((place, stage.stratum))
        # Strata follow each other in one list: were each to begin at the first row of the matrix, the differences of
        # one stratum would be multiplied by those of another.
        h = hadamard(self.replicates)
        if len(h) != self.replicates:
            raise ObservatoryError(
                f"There is no balanced matrix of order {self.replicates} here.", f"Ask for {len(h)} replicates."
            )
        rows = h[1:]
        at = np.arange(stage.clusters)
        contrast = rows[at % len(rows)] - rows[(at + 1) % len(rows)]
        matrix = np.empty((stage.clusters, self.replicates))
        matrix[sequence] = contrast
        matrix = 1.0 + np.sqrt(1.0 - stage.fraction)[:, None] * matrix / np.sqrt(8.0)
        scale = 4.0 / self.replicates
        return Factors(
            stage.cluster, matrix, None, scale, np.ones(self.replicates), self.mse,
            "Replicates of successive differences hardly move a quantile.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReplicateWeights:
    """Replicate weights that came with the sample, in columns of their own.

    `scale` and `rscales` multiply the squared differences: variance = scale × Σ rscales × (replicate − centre)².
    `kind` gives the usual ones where they follow from the number of replicates: ``bootstrap`` (1/(R − 1)), ``brr``
    (1/R), ``fay`` (1/(R (1 − fay)²)), ``successive-difference`` (4/R), ``jk2`` (1). For ``jk1``, ``jkn`` and ``other``
    the scale must be given, because it does not follow from the columns. `combined` is False where the columns hold
    factors still to be multiplied by the weights. `df` are the degrees of freedom where the producer states them.
    """

    names: tuple[str, ...]
    scale: float
    rscales: tuple[float, ...]
    kind: str
    combined: bool
    mse: bool
    df: float | None

    def __init__(
        self,
        names: Sequence[str],
        kind: Literal["bootstrap", "brr", "fay", "jk1", "jk2", "jkn", "successive-difference", "other"] = "other",
        *,
        scale: float | None = None,
        rscales: Sequence[float] | None = None,
        fay: float | None = None,
        combined: bool = True,
        mse: bool = False,
        df: float | None = None,
    ) -> None:
        count = len(names)
        if isinstance(names, str) or count < 2:
            raise ObservatoryError("Replicate weights come in several columns.", "Name all of them, at least two.")
        twice = next((n for n in names if list(names).count(n) > 1), None)
        if twice is not None:
            raise ObservatoryError(f"The replicate weights {twice!r} are named twice.", "Name each column once.")
        usual = {
            "bootstrap": 1.0 / (count - 1), "brr": 1.0 / count, "successive-difference": 4.0 / count, "jk2": 1.0,
        }  # fmt: skip
        if kind == "fay":
            if fay is None or not 0 <= fay < 1:
                raise ObservatoryError("Fay's replicates need their coefficient.", "Give fay, at least 0 and below 1.")
            usual["fay"] = 1.0 / (count * (1.0 - fay) ** 2)
        if kind not in {*usual, "fay", "jk1", "jkn", "other"}:
            raise ObservatoryError(
                f"kind={kind!r} is not known.",
                "Use bootstrap, brr, fay, jk1, jk2, jkn, successive-difference or other.",
            )
        if kind == "jkn" and rscales is None:
            raise ObservatoryError(
                "The scale of each replicate is missing: a stratified jackknife weights the replicates of a stratum "
                "of n clusters by (n − 1)/n.",
                "Give rscales, one number per replicate; the survey's documentation states them.",
            )
        if kind == "jkn" and scale is None:
            scale = 1.0
        if scale is None and kind not in usual:
            raise ObservatoryError(
                "The scale of the replicate weights is missing, and it does not follow from their number.",
                "Give scale (for a jackknife without strata of n clusters (n − 1)/n), and rscales where they differ.",
            )
        try:
            factor = usual[kind] if scale is None else float(scale)
            each = [1.0] * count if rscales is None else [float(x) for x in rscales]
        except (TypeError, ValueError):
            raise ObservatoryError(
                f"scale={scale!r} and rscales={rscales!r} are not numbers.", "Give a number, and one per replicate."
            ) from None
        if len(each) != count:
            raise ObservatoryError(f"There are {count} replicates and {len(each)} rscales.", "Give one for each.")
        positive = 0 < factor < np.inf and all(0 <= x < np.inf for x in each) and any(each)
        if not positive:
            raise ObservatoryError(
                "A scale of replicates is not a positive number, or all rscales are nought.",
                "Correct scale and rscales.",
            )
        values = {
            "names": tuple(names), "scale": factor, "rscales": tuple(each), "kind": kind, "combined": combined,
            "mse": mse, "df": df,
        }  # fmt: skip
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def columns(self) -> tuple[str, ...]:
        return self.names

    def describe(self) -> str:
        return f"{len(self.names)} replicate weights of the sample ({self.kind}), scale {self.scale:g}"


def hadamard(least: int) -> Floats:
    """A Hadamard matrix of at least this order, from Sylvester's doubling and Paley's matrices."""
    order = max(4, least + (-least) % 4)
    while True:
        made = _hadamard(order)
        if made is not None:
            return made
        order += 4


def _hadamard(order: int) -> Floats | None:
    if order in {1, 2}:
        return np.ones((1, 1)) if order == 1 else np.array([[1.0, 1.0], [1.0, -1.0]])
    if order % 4:
        return None
    if _prime(order - 1):
        return _paley(order - 1)
    half = _hadamard(order // 2)
    if half is not None:
        return np.block([[half, half], [half, -half]])
    if order // 2 - 1 > 2 and _prime(order // 2 - 1) and (order // 2 - 1) % 4 == 1:
        return _paley_two(order // 2 - 1)
    return None


def _prime(q: int) -> bool:
    return q > 2 and q % 2 == 1 and all(q % d for d in range(3, int(q**0.5) + 1, 2))


def _residues(q: int) -> Floats:
    squares = {(x * x) % q for x in range(1, q)}
    sign = np.array([0.0] + [1.0 if x in squares else -1.0 for x in range(1, q)])
    made: Floats = sign[(np.arange(q)[None, :] - np.arange(q)[:, None]) % q]
    return made


def _paley(q: int) -> Floats | None:
    """Paley's first construction, of order q + 1, for primes q that leave 3 when divided by 4."""
    if q % 4 != 3:
        return None
    jacobsthal = _residues(q)
    made = np.ones((q + 1, q + 1))
    made[1:, 1:] = jacobsthal + np.eye(q)
    made[1:, 0] = -1.0
    made[1:] *= made[1:, :1]  # the first column of ones, so that every other is balanced
    made[:, 0] = 1.0
    return made if np.array_equal(made @ made.T, (q + 1) * np.eye(q + 1)) else None


def _paley_two(q: int) -> Floats | None:
    """Paley's second construction, of order 2(q + 1), for primes q that leave 1 when divided by 4."""
    core = np.zeros((q + 1, q + 1))
    core[0, 1:] = core[1:, 0] = 1.0
    core[1:, 1:] = _residues(q)
    a, b = np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([[1.0, -1.0], [-1.0, -1.0]])
    made = np.kron(core, a) + np.kron(np.eye(q + 1), b)
    made = made * made[:1] * 1.0
    made = made * made[:, :1]
    size = 2 * (q + 1)
    return made if np.array_equal(made @ made.T, size * np.eye(size)) else None


__all__ = [
    "Bootstrap", "Brr", "Factors", "Jackknife", "MultistageBootstrap", "ReplicateWeights", "Replication", "Stage",
    "SuccessiveDifference", "hadamard", "rank",
]
