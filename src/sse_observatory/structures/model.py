"""What a published table may contain, in the SDMX 2.1 information model (section 5.3), frozen and trilingual.

Left out: groups, hierarchical codelists outside a codelist's own parents, metadata structures. Every
attribute is attached to the observation, so that a message can be cut anywhere without losing one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from sse_observatory.core import Text

AGENCY = "SSE_OBS"
TOTAL = "_T"
_ID = re.compile(r"[A-Za-z0-9_@$\-]+")

TextFormat = Literal["String", "Decimal", "Integer", "ObservationalTimePeriod"]


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a codelist.

    `parent` is the code whose total this one is a part of; `valid_from`/`valid_to` bound the time in
    which the code may be used; `inferred` marks content compiled by the observatory rather than read
    in the classification itself; `source` says where it was read.
    """

    id: str
    label: Text
    parent: str | None = None
    description: Text | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def valid_on(self, day: date) -> bool:
        """Whether the code may be used for `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Codelist:
    """A closed list of codes: SDMX `Codelist`. Raises ValueError when two codes collide or a parent is absent."""

    id: str
    label: Text
    codes: tuple[Code, ...]
    agency: str = AGENCY
    version: str = "1.0"
    source: str = ""

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for code in self.codes:
            if not _ID.fullmatch(code.id):
                raise ValueError(f"{self.id}: code {code.id!r} is not an SDMX identifier")
            if code.id.lower() in seen:
                raise ValueError(f"{self.id}: code {code.id!r} occurs twice (engines ignore case)")
            seen.add(code.id.lower())
        for code in self.codes:
            if code.parent is not None and code.parent not in self.by_id:
                raise ValueError(f"{self.id}: parent {code.parent!r} of {code.id!r} is not a code of the list")
        for code in self.codes:
            self.ancestors(code.id)

    @cached_property
    def by_id(self) -> dict[str, Code]:
        """The codes by identifier."""
        return {code.id: code for code in self.codes}

    def __getitem__(self, code: str) -> Code:
        return self.by_id[code]

    def __contains__(self, code: object) -> bool:
        return code in self.by_id

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The codes above `code`, nearest first. Raises ValueError where parents form a circle."""
        found: list[str] = []
        parent = self.by_id[code].parent
        while parent is not None:
            if parent in found or parent == code:
                raise ValueError(f"{self.id}: the parents of {code!r} form a circle")
            found.append(parent)
            parent = self.by_id[parent].parent
        return tuple(found)

    def children(self, code: str) -> tuple[str, ...]:
        """The codes directly below `code`, in the order of the list."""
        return tuple(c.id for c in self.codes if c.parent == code)


@dataclass(frozen=True, slots=True)
class Concept:
    """A characteristic observed or described: SDMX `Concept`, with the codelist it is usually coded by."""

    id: str
    label: Text
    description: Text | None = None
    codelist: str | None = None
    format: TextFormat = "String"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension: the concept that identifies an observation, and its codelist (None for the time dimension)."""

    concept: Concept
    codelist: Codelist | None

    @property
    def id(self) -> str:
        return self.concept.id

    @property
    def is_time(self) -> bool:
        return self.concept.id == "TIME_PERIOD"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an observation; `mandatory` ones are present on every observation."""

    concept: Concept
    codelist: Codelist | None = None
    mandatory: bool = False

    @property
    def id(self) -> str:
        return self.concept.id


@dataclass(frozen=True)
class DataStructure:
    """SDMX `DataStructureDefinition`: ordered dimensions (TIME_PERIOD last), attributes, OBS_VALUE."""

    id: str
    label: Text
    dimensions: tuple[Dimension, ...]
    attributes: tuple[Attribute, ...]
    agency: str = AGENCY
    version: str = "1.0"

    def __post_init__(self) -> None:
        ids = [d.id for d in self.dimensions] + [a.id for a in self.attributes]
        if len({i.lower() for i in ids}) != len(ids):
            raise ValueError(f"{self.id}: a concept is used twice")
        if not self.dimensions or not self.dimensions[-1].is_time:
            raise ValueError(f"{self.id}: the last dimension must be TIME_PERIOD")

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The ids of the dimensions other than time, in order: the series key."""
        return tuple(d.id for d in self.dimensions if not d.is_time)

    def dimension(self, concept: str) -> Dimension:
        """The dimension with this concept. Raises KeyError."""
        for d in self.dimensions:
            if d.id == concept:
                return d
        raise KeyError(concept)


@dataclass(frozen=True, slots=True)
class Dataflow:
    """SDMX `Dataflow`: a table published under a data structure, with the table-plan id it realises (C1, M1 …)."""

    id: str
    label: Text
    structure: DataStructure
    description: Text | None = None
    table: str = ""
    agency: str = AGENCY
    version: str = "1.0"
