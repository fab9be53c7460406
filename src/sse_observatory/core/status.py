"""The six states of a figure, and the codes that say so (CL_OBS_STATUS 2.2, CL_CONF_STATUS).

Missing, zero, not applicable, suppressed, below precision and undetermined stay different from end
to end. *Undetermined* is not here: it is a code of its dimension, never a status of an observation.
"""

from __future__ import annotations

from enum import StrEnum


class ObsStatus(StrEnum):
    """SDMX cross-domain codelist CL_OBS_STATUS: the codes the observatory publishes."""

    NORMAL = "A"
    BREAK = "B"
    DEFINITION_DIFFERS = "D"
    ESTIMATED = "E"
    MISSING = "O"
    NOT_APPLICABLE = "M"
    NOT_SIGNIFICANT = "N"
    PROVISIONAL = "P"
    SUPPRESSED = "Q"
    LOW_RELIABILITY = "U"
    UNVALIDATED = "V"

    @property
    def has_value(self) -> bool:
        """Whether an observation with this status shows a value."""
        return self not in {
            ObsStatus.MISSING,
            ObsStatus.NOT_APPLICABLE,
            ObsStatus.NOT_SIGNIFICANT,
            ObsStatus.SUPPRESSED,
        }


class ConfStatus(StrEnum):
    """SDMX cross-domain codelist CL_CONF_STATUS as published: free or confidential, no finer.

    Whether a hidden cell is primary, secondary or dominated stays inside the office.
    """

    FREE = "F"
    CONFIDENTIAL = "C"
