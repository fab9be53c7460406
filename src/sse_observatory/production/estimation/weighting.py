"""Weights: from the design, for non-response, calibrated to known totals, trimmed."""

from __future__ import annotations

import ibis

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.sample import Sample

DESIGN_WEIGHT = "design_weight"
"""The column of weights computed from population sizes."""


def with_design_weights(sample: Sample, design: Design) -> tuple[Sample, Design]:
    """The sample and design with a column of weights: as it is, or population over sample, multiplied over stages.

    Raises ObservatoryError where a stage has no population size to compute the weights from.
    """
    if design.weights is not None:
        return sample, design
    stages = max(len(design.clusters), 1)
    if len(design.fpc) < stages or design.certainty or design.collapse:
        raise ObservatoryError(
            f"Weights cannot be computed: the design has {stages} stage(s) and population sizes for {len(design.fpc)}.",
            "Name the column of weights, or give the population size (or fraction) of every stage.",
        )
    name = DESIGN_WEIGHT
    while name in sample.table.columns:
        name += "_"
    table = sample.table.mutate(**{name: ibis.literal(1.0)})
    above: list[str] = []
    for s in range(stages):
        stage = design.strata[min(s, len(design.strata) - 1)] if design.strata else ()
        keys = list(dict.fromkeys([*above, *stage]))
        if s < len(design.clusters):
            above = list(dict.fromkeys([*above, *(stage if design.nest else ()), *design.clusters[s]]))
            units = table.select(*dict.fromkeys([*keys, *above])).distinct()
        else:
            units = table
        count = f"{name}_n{s}"
        counted = units.group_by(keys).agg(**{count: ibis._.count()}) if keys else units.agg(**{count: ibis._.count()})
        largest = sample.row(high=sample.number(design.fpc[s]).max())["high"]
        if largest is None:
            raise ObservatoryError(
                f"The finite population correction {design.fpc[s]!r} has no values.", "Give it on every row."
            )
        before = table.columns
        table = table.inner_join(counted, keys) if keys else table.cross_join(counted)
        size = table[design.fpc[s]].cast("float64")
        inverse = size / table[count].cast("float64") if largest > 1 else 1.0 / size
        table = table.mutate(**{name: table[name] * inverse}).select(*before)
    return Sample(table, sample.name, sample.engine), design.with_(weights=name)
