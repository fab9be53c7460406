"""Design-based estimation inside the engine: designs, statistics, calibration and variance.

`estimate(sample, design, statistics, by)` gives a publication table with its precision. After one pass that sums by
stratum, cluster and cell, everything happens on tables with a row per cluster; docs/explanation/variance.md says how,
and what does not fit that.
"""

from sse_observatory.production.estimation.crosstab import CrossTable, crosstab
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.estimate import estimate
from sse_observatory.production.estimation.joint import HartleyRao, Joint
from sse_observatory.production.estimation.replication import (
    Bootstrap,
    Brr,
    Jackknife,
    MultistageBootstrap,
    ReplicateWeights,
    SuccessiveDifference,
)
from sse_observatory.production.estimation.result import Combination, Result
from sse_observatory.production.estimation.rounds import Changes, change
from sse_observatory.production.estimation.sample import Sample
from sse_observatory.production.estimation.statistics import (
    gini,
    mean,
    median,
    proportion,
    quantile,
    ratio,
    share,
    total,
)
from sse_observatory.production.estimation.totals import weighted_totals
from sse_observatory.production.estimation.twophase import SecondPhase
from sse_observatory.production.estimation.weighting import (
    Weighted,
    WeightReport,
    adjust_by_propensity,
    adjust_for_nonresponse,
    calibrate,
    post_stratify,
    rake,
    trim,
)

__all__ = [
    "Bootstrap", "Brr", "Changes", "Combination", "CrossTable", "Design", "HartleyRao", "Jackknife", "Joint",
    "MultistageBootstrap", "ReplicateWeights", "Result", "Sample", "SecondPhase", "SuccessiveDifference",
    "WeightReport", "Weighted", "adjust_by_propensity", "adjust_for_nonresponse", "calibrate", "change", "crosstab",
    "estimate", "gini", "mean", "median", "post_stratify", "proportion", "quantile", "rake", "ratio", "share", "total",
    "trim", "weighted_totals",
]
