"""Whether what somebody wrote about an observation still holds.

A sentence keeps a `Reference` to the observation it was written from. It is stale when the
observation's value, status or definition changed or when it is no longer published; a new release
that says the same makes nothing stale. A unit or multiplier is part of what a value means, so it
counts with the definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

DEFINING = ("DEFINITION_VERSION", "UNIT_MEASURE", "UNIT_MULT")
"""The attributes whose change makes a value mean something else."""

State = Literal["current", "changed", "withdrawn"]


@dataclass(frozen=True)
class Reference:
    """An observation as it was when it was written about.

    `key` has every dimension; `status` is (OBS_STATUS, CONF_STATUS); `definition` holds the
    attributes of `DEFINING` that the observation had.
    """

    dataflow: str
    key: Mapping[str, str]
    value: Decimal | None
    status: tuple[str, str]
    definition: Mapping[str, str]
    release: str


@dataclass(frozen=True, slots=True)
class Change:
    """One concept of an observation before and after; None where it was absent."""

    concept: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Staleness:
    """The state of a reference: `changes` names what is different, `now` is the observation as it is.

    `reason` is one English sentence for logs and for people who maintain texts.
    """

    state: State
    reason: str
    changes: tuple[Change, ...] = ()
    now: Reference | None = None

    @property
    def stale(self) -> bool:
        """Whether what was written must be looked at again."""
        return self.state != "current"


def judge(then: Reference, now: Reference | None) -> Staleness:
    """The state of a reference against the observation as it is now; None when it is no longer published."""
    if now is None:
        return Staleness("withdrawn", "The observation is no longer published.")
    changes = []
    if then.value != now.value:
        changes.append(Change("OBS_VALUE", _written(then.value), _written(now.value)))
    for concept, before, after in zip(("OBS_STATUS", "CONF_STATUS"), then.status, now.status, strict=True):
        if before != after:
            changes.append(Change(concept, before, after))
    for concept in DEFINING:
        if then.definition.get(concept) != now.definition.get(concept):
            changes.append(Change(concept, then.definition.get(concept), now.definition.get(concept)))
    if not changes:
        return Staleness("current", "Value, status and definition are as they were.", now=now)
    told = "; ".join(f"{c.concept} was {c.before or 'absent'} and is {c.after or 'absent'}" for c in changes)
    return Staleness("changed", f"{told}.", tuple(changes), now)


def _written(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
