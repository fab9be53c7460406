"""Handing a sample and its design to `svy`, for regression and whatever else fits in memory and is not ours."""

from __future__ import annotations

from typing import Any

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.sample import Sample, SampleLike
from sse_observatory.production.estimation.weighting import with_design_weights

_LONELY = {"adjust": "center", "average": "scale", "remove": "skip", "certainty": "skip"}


def to_svy(sample: SampleLike, design: Design) -> Any:
    """The sample as a `svy.Sample` with the same design, in memory.

    Raises ObservatoryError where svy is not installed, and for what its designs cannot say: corrections by fraction or
    beyond two stages, unequal probabilities without replacement, second phases, calibration.
    """
    try:
        import polars as pl
        import svy
    except ImportError:
        raise ObservatoryError(
            "Regression and other models are left to svy, which is not installed.",
            "Install it: pip install 'sse-observatory[svy]'.",
        ) from None
    source, design = with_design_weights(Sample.of(sample), design)
    reasons = {
        "weights that were adjusted (its variances would not know)": bool(design.steps),
        "replicates made here": design.replicates is not None,
        "unequal probabilities without replacement": design.pps is not None,
        "a second phase": design.second is not None,
        "clusters drawn with certainty or collapsed strata": bool(design.certainty or design.collapse),
        "corrections beyond two stages": len(design.fpc) > 2,
        "strata of later stages": len(design.strata) > 1,
        "clusters that are nested in strata only by name": bool(design.clusters) and not design.strata and design.nest,
    }
    refused = [reason for reason, there in reasons.items() if there]
    for column in design.fpc:
        number: Any = source.number(column)
        if (source.row(high=number.max())["high"] or 0) <= 1:
            refused.append("corrections given as fractions")
    if refused:
        raise ObservatoryError(
            f"svy's design cannot say: {'; '.join(dict.fromkeys(refused))}.",
            "Simplify the design for the model, for example to its first stage with replacement.",
        )
    pop_size: Any = None
    if len(design.fpc) == 1:
        pop_size = design.fpc[0]
    elif design.fpc:
        pop_size = svy.PopSize(psu=design.fpc[0], ssu=design.fpc[1])
    options: dict[str, Any] = {"wgt": design.weights, "pop_size": pop_size}
    for name, stage in zip(("psu", "ssu"), design.clusters, strict=False):
        options[name] = stage[0] if len(stage) == 1 else stage
    if design.strata:
        stage = design.strata[0]
        options["stratum"] = stage[0] if len(stage) == 1 else stage
    if design.lonely in _LONELY:
        options["singleton"] = _LONELY[design.lonely]
    frame = pl.from_arrow(source.arrow(source.table).rename_columns(list(source.columns)))
    return svy.Sample(frame, svy.Design(**options))
