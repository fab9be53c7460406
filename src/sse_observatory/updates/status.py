"""Where the follow-up of a provision stands: a state computed from due dates, deliveries and evidence, by a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sse_observatory.core import Text

State = Literal[
    "delivered", "on_track", "at_risk", "late", "not_due", "unknown", "no_deadline", "not_measurable", "not_applicable"
]


@dataclass(frozen=True, slots=True)
class Status:
    """A state, the id of the rule that gave it, a sentence that explains it, and the ids of what it rests on.

    `values` are what the sentence says that is not fixed text, by the name of its place: claims for a document.
    """

    state: State
    rule: str
    label: Text
    sentence: Text
    evidence: tuple[str, ...] = ()
    values: Mapping[str, object] | None = None
