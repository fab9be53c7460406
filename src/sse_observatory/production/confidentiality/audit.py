"""The gate's verdict: the attacker's findings on one draft, as the clearance a release needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sse_observatory.production.confidentiality.attacker import attack
from sse_observatory.production.confidentiality.model import Facts, Rules
from sse_observatory.releases.model import Audit, Draft
from sse_observatory.structures import Codelist


def audit(draft: Draft, facts: Sequence[Facts], codelists: Mapping[str, Codelist], rules: Rules) -> Audit:
    """Attack exactly what `draft` shows and say whether every hidden cell kept its protection.

    The findings of the returned `Audit` name dataflows and how many cells fall, never which: the audit
    travels with the release. With `rules.microdata_public` the attack is left out and `skipped` says so.
    """
    if rules.microdata_public:
        why = "primary rules skipped: the source publishes its microdata"
        return Audit(draft.hash, True, rules.label, skipped=why)
    known: dict[str, Codelist] = dict(codelists)
    for dataflow in draft.dataflows.values():
        for dimension in dataflow.structure.dimensions:
            if dimension.codelist is not None:
                known.setdefault(dimension.id, dimension.codelist)
    found = attack(draft.tables, facts, known, rules)
    counts: dict[tuple[str, str], int] = {}
    for breach in found.breaches:
        side = "unfinished" if breach.unfinished else breach.side
        counts[(breach.dataflow, side)] = counts.get((breach.dataflow, side), 0) + 1
    findings = tuple(f"{dataflow}: {_SAYS[side]} ({n})" for (dataflow, side), n in sorted(counts.items()))
    return Audit(draft.hash, found.safe, rules.label, findings, dict(found.measures))


_SAYS = {
    "value": "cells shown that the primary rules hide",
    "upper": "cells whose upper bound is too close",
    "lower": "cells whose lower bound is too close",
    "sum": "shown values that are not the sum of their facts",
    "facts": "shown values with no facts behind them",
    "unfinished": "attacks that did not end in time",
}
