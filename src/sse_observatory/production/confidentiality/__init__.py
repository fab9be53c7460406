"""Disclosure control: `protect` hides, `attack` tries to find out, `audit` says whether a draft may go out.

The protector and the attacker share no code; see docs/explanation/confidentiality.md.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from sse_observatory.production.confidentiality import protection
from sse_observatory.production.confidentiality.attacker import attack, intervals
from sse_observatory.production.confidentiality.audit import audit
from sse_observatory.production.confidentiality.model import Breach, Decision, Facts, Findings, Interval, Report, Rules
from sse_observatory.structures import Codelist

__all__ = [
    "Breach", "Decision", "Facts", "Findings", "Interval", "Report", "Rules", "attack", "audit", "intervals", "protect",
]


def protect(
    tables: Mapping[str, pa.Table],
    facts: Sequence[Facts],
    codelists: Mapping[str, Codelist],
    rules: Rules,
) -> tuple[dict[str, pa.Table], Report]:
    """Hide what the rules ask for and no more than needed.

    `tables`: dataflow id to observations (dimensions, then OBS_VALUE, then attributes). Hidden cells
    come back with OBS_VALUE null, OBS_STATUS ``Q``, CONF_STATUS ``C``. The report is restricted. The
    result has been attacked; Unsafe is raised where it cannot be made safe or the attack does not end.
    """
    return protection.protect(tables, facts, codelists, rules, attack)
