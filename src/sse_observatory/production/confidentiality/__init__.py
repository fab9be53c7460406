"""Disclosure control: `protect` hides, `attack` tries to find out, `audit` says whether a draft may go out.

The protector and the attacker share no code; see docs/explanation/confidentiality.md.
"""

from sse_observatory.production.confidentiality.attacker import attack, intervals
from sse_observatory.production.confidentiality.audit import audit
from sse_observatory.production.confidentiality.model import Breach, Decision, Facts, Findings, Interval, Report, Rules
from sse_observatory.production.confidentiality.protection import protect

__all__ = [
    "Breach", "Decision", "Facts", "Findings", "Interval", "Report", "Rules", "attack", "audit", "intervals", "protect",
]
