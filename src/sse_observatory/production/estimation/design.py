"""Sampling designs: how the units came into the sample, declared once and independent of what is estimated.

A design names columns. Strata, clusters and finite population corrections are given stage by stage (Cochran 1977,
chapters 5, 10 and 11; Särndal, Swensson and Wretman 1992, chapter 4); what each option means agrees with R `survey`
(Lumley 2010), whose numbers this package is held against. A design without clusters samples its units directly. A
stage without correction is taken as sampled with replacement, and what happens below it needs no further description.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.joint import HartleyRao, Joint
from sse_observatory.production.estimation.twophase import SecondPhase

if TYPE_CHECKING:
    from sse_observatory.production.estimation.replication import Replication
    from sse_observatory.production.estimation.sample import SampleLike
    from sse_observatory.production.estimation.steps import Step

Lonely = Literal["fail", "remove", "adjust", "average", "certainty"]
Pps = Literal[
    "brewer", "hajek", "deville", "hartley-rao", "hartley-rao/yates-grundy", "overton", "overton/yates-grundy"
]
Names = str | Sequence[str | Sequence[str]]

_LONELY = ("fail", "remove", "adjust", "average", "certainty")
_PPS = get_args(Pps)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Design:
    """How the units of a sample were selected.

    `weights`: the column of weights; where it is missing, weights are computed from `fpc`.
    `strata`, `clusters`, `fpc`: one column per stage, first stage first. Several columns that together name a stratum
    or cluster stand in a tuple: ``strata=[("regency", "stratum")]``.
    `fpc`: population counts, or sampling fractions (all at most 1), of each stage.
    `nest`: cluster names are reused from stratum to stratum. Otherwise a first-stage cluster met in two strata is an
    error.
    `lonely`: what a stratum with a single cluster contributes: ``fail`` (an error), ``remove`` or ``certainty``
    (nothing), ``adjust`` (its squared distance from the mean of all), ``average`` (the mean of the other strata).
    `lonely_in_domain`: ``adjust`` and ``average`` also where a domain meets only one cluster of a stratum.
    `certainty`: a column that is true for units of first-stage clusters drawn with certainty: each is a stratum of its
    own, and the next stage is where its sampling begins.
    `collapse`: a column whose order tells neighbouring strata. Each stratum with a single cluster joins the next one.
    `pps`: clusters of the first stage drawn without replacement with unequal probabilities, given as fractions in
    `fpc`: ``brewer``, ``hajek``, ``deville``, ``hartley-rao`` or ``overton`` (these two after Horvitz and Thompson,
    or with ``/yates-grundy``) for approximations, `HartleyRao` where the population's probabilities are known, or a
    `Joint` of known joint probabilities.
    `replicates`: how replicate weights are made, or the columns that hold them; None for Taylor linearisation.
    `second`: a second phase, drawn from the units of this design; see `SecondPhase`.
    `zero_weights`: ``refuse``, or ``outside``: a unit of weight zero is part of the sample and of no estimate.
    """

    weights: str | None
    strata: tuple[tuple[str, ...], ...]
    clusters: tuple[tuple[str, ...], ...]
    fpc: tuple[str, ...]
    nest: bool
    lonely: Lonely
    lonely_in_domain: bool
    certainty: str | None
    collapse: str | None
    pps: Pps | Joint | HartleyRao | None
    replicates: Replication | None
    second: SecondPhase | None
    zero_weights: Literal["refuse", "outside"]
    steps: tuple[Step, ...]
    """How the weights were adjusted, in order; filled by the functions of `weighting`."""

    def __init__(
        self,
        weights: str | None = None,
        strata: Names | None = None,
        clusters: Names | None = None,
        fpc: str | Sequence[str] | None = None,
        *,
        nest: bool = False,
        lonely: Lonely = "fail",
        lonely_in_domain: bool = False,
        certainty: str | None = None,
        collapse: str | None = None,
        pps: Pps | Joint | HartleyRao | None = None,
        replicates: Replication | None = None,
        second: SecondPhase | None = None,
        zero_weights: Literal["refuse", "outside"] = "refuse",
        steps: Sequence[Step] = (),
    ) -> None:
        for what, given in (("weights", weights), ("certainty", certainty), ("collapse", collapse)):
            if given is not None and not isinstance(given, str):
                raise _no_names(what, given)
        values = {
            "weights": weights,
            "strata": _stages("strata", strata),
            "clusters": _stages("clusters", clusters),
            "fpc": tuple(name for stage in _stages("fpc", fpc) for name in stage),
            "nest": nest,
            "lonely": lonely,
            "lonely_in_domain": lonely_in_domain,
            "certainty": certainty,
            "collapse": collapse,
            "pps": pps,
            "replicates": replicates,
            "second": second,
            "zero_weights": zero_weights,
            "steps": tuple(steps),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        stages = max(len(self.clusters), 1)
        if len(self.strata) > stages:
            columns = ", ".join(repr(n) for stage in self.strata for n in stage)
            raise ObservatoryError(
                f"The design has strata for {len(self.strata)} stages and {stages} stage(s) of sampling.",
                f"Strata are given stage by stage. To cross columns in one stage write strata=[({columns})].",
            )
        if len(self.fpc) > stages:
            raise ObservatoryError(
                f"The design has finite population corrections for {len(self.fpc)} stages and {stages} stage(s).",
                "Name the clusters of each stage, the units themselves included where they were subsampled.",
            )
        if self.lonely not in _LONELY:
            raise ObservatoryError(f"lonely={self.lonely!r} is not known.", f"Use one of {', '.join(_LONELY)}.")
        if self.pps is not None and not isinstance(self.pps, (Joint, HartleyRao)) and self.pps not in _PPS:
            raise ObservatoryError(f"pps={self.pps!r} is not known.", f"Use one of {', '.join(_PPS)}.")
        if self.pps is not None and not self.fpc:
            raise ObservatoryError(
                "A design with unequal probabilities without replacement needs those probabilities.",
                "Give the column of first-stage inclusion probabilities as fpc.",
            )
        if self.pps not in {None, "brewer"} and stages > 1:
            name = repr(self.pps) if isinstance(self.pps, str) else f"a {type(self.pps).__name__}"
            raise ObservatoryError(
                f"pps={name} is for one stage; this design has {stages}.",
                "Use pps='brewer', which goes through all stages, or name only the first stage.",
            )
        if self.second is not None and (self.replicates or self.pps or self.certainty or self.collapse):
            raise ObservatoryError(
                "A two-phase design goes with Taylor linearisation and simple stages.",
                "Leave out replicates, pps, certainty and collapse.",
            )
        if self.replicates is not None and not hasattr(self.replicates, "describe"):
            raise ObservatoryError(
                f"replicates={self.replicates!r} is no way to make replicate weights.",
                "Use Jackknife(), Bootstrap(…), Brr(), SuccessiveDifference(…), or ReplicateWeights(…) for columns.",
            )
        if self.zero_weights not in {"refuse", "outside"}:
            raise ObservatoryError(f"zero_weights={self.zero_weights!r} is not known.", "Use refuse or outside.")
        if self.weights is None and not self.fpc and self.replicates is None:
            raise ObservatoryError(
                "The design has neither weights nor population sizes.",
                "Name the column of weights. For a sample of equal weights, add a column that says so.",
            )

    def __repr__(self) -> str:
        """What was said of the design, without what was left as it is."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        usual = {"nest": False, "lonely": "fail", "lonely_in_domain": False, "zero_weights": "refuse"}
        told = (f"{n}={v!r}" for n, v in said.items() if v != usual.get(n) and v is not None and v != ())
        return f"Design({', '.join(told)})"

    def with_(self, **changes: object) -> Design:
        """The design with other values for some of its fields."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def to_svy(self, sample: SampleLike) -> Any:
        """The sample with this design for `svy`, which has regression and tests of means; see `handover.to_svy`."""
        from sse_observatory.production.estimation.handover import to_svy

        return to_svy(sample, self)

    def columns(self) -> tuple[str, ...]:
        """Every column the design names."""
        found = [n for part in (self.strata, self.clusters) for stage in part for n in stage]
        found += [*self.fpc, *(c for c in (self.weights, self.certainty, self.collapse) if c)]
        if self.replicates is not None:
            found += self.replicates.columns()
        if self.second is not None:
            found += self.second.columns()
        return tuple(dict.fromkeys(found))

    def describe(self) -> str:
        """The design in a line, for a trace or a heading."""
        parts = []
        if self.strata:
            parts.append("stratified by " + ", then ".join(" × ".join(stage) for stage in self.strata))
        if self.clusters:
            count = len(self.clusters)
            names = ", then ".join(" × ".join(stage) for stage in self.clusters)
            parts.append(f"{count} stage{'s' if count > 1 else ''} of clusters: {names}")
        else:
            parts.append("units sampled directly")
        if self.pps:
            method = "joint probabilities" if isinstance(self.pps, Joint) else getattr(self.pps, "method", self.pps)
            parts.append(f"unequal probabilities without replacement ({method})")
        else:
            parts.append("corrected by " + ", ".join(self.fpc) if self.fpc else "with replacement")
        parts.append(f"weights {self.weights}" if self.weights else "weights from the population sizes")
        if self.second is not None:
            parts.append(self.second.describe())
        parts += [step.describe() for step in self.steps]
        if self.replicates is not None:
            parts.append(self.replicates.describe())
        return "; ".join(parts)


def _stages(what: str, names: Names | None) -> tuple[tuple[str, ...], ...]:
    if names is None:
        return ()
    if isinstance(names, str):
        return ((names,),)
    if _is_column(names):
        raise _no_names(what, names)
    try:
        stages = tuple((stage,) if isinstance(stage, str) else tuple(stage) for stage in names)
    except TypeError:
        raise _no_names(what, names) from None
    if any(not isinstance(n, str) for stage in stages for n in stage):
        raise _no_names(what, names)
    return stages


def _is_column(given: object) -> bool:
    """Whether values were given where names of columns belong."""
    return hasattr(given, "dtype") or hasattr(given, "to_pylist") or hasattr(given, "type")


def _no_names(what: str, given: object) -> ObservatoryError:
    kind = f"a {type(given).__name__}" if _is_column(given) or len(repr(given)) > 60 else repr(given)
    return ObservatoryError(
        f"A design names columns, and {what} is {kind}.",
        f"Give the name: Design(…, {what}='the column').",
    )
