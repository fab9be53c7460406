"""The words of the waist: a draft, the clearance that lets it out, a trace, a release.

`publish` takes a draft and a clearance. A clearance is either an `Audit` made by the attacker for
exactly this draft, or `AlreadyPublic`, for figures somebody else has published.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sse_observatory.core import Text, Unsafe, content_hash
from sse_observatory.structures import Dataflow

VALUE_TYPE = pa.decimal128(38, 6)
INTERNAL_COLUMNS = ("RECIPE", "FINGERPRINT")
"""Columns of an observation that lead to its trace and are not part of the data structure."""


def observation_schema(dataflow: Dataflow) -> pa.Schema:
    """The schema of a dataflow's observations.

    Dimensions in order (string, never null), OBS_VALUE (decimal128(38, 6), null where the status has
    no value), attributes in order (string, null where absent), then RECIPE and FINGERPRINT (string).
    """
    structure = dataflow.structure
    return pa.schema(
        [pa.field(d.id, pa.string(), nullable=False) for d in structure.dimensions]
        + [pa.field("OBS_VALUE", VALUE_TYPE)]
        + [pa.field(a.id, pa.string()) for a in structure.attributes]
        + [pa.field(c, pa.string(), nullable=False) for c in INTERNAL_COLUMNS]
    )


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A source as the public may know it: never a record, never a contributor count."""

    id: str
    title: Text
    edition: str
    provider: str
    licence: str
    attribution: str
    url: str
    snapshot: str
    coverage: Text | None = None


@dataclass(frozen=True, slots=True)
class MethodRef:
    """A step that made the observation: GSBPM 5.2 sub-process, name, version and agreed parameters.

    `status` is ``confirmed`` or ``unconfirmed``: an unconfirmed rule has not been read in the document it follows.
    """

    gsbpm: str
    id: str
    version: str
    label: Text
    parameters: Mapping[str, str] = field(default_factory=dict)
    status: str = "confirmed"
    reference: str = ""


@dataclass(frozen=True)
class Recipe:
    """How a set of observations was made: sources and methods, shared by all observations made alike."""

    sources: tuple[SourceRef, ...]
    methods: tuple[MethodRef, ...]
    notes: tuple[Text, ...] = ()

    @cached_property
    def id(self) -> str:
        """Hash of the content: two equal recipes are one."""
        return content_hash(self)[:20]


@dataclass(frozen=True)
class Draft:
    """Observations that somebody wants to publish, with everything the release will say about them.

    `process` names the statistical process (``us-credit-unions``); a release of a process replaces its
    former one. `tables` maps a dataflow id to observations in `observation_schema`. `recipes` holds
    every recipe the observations name. `quality` holds quality measures as plain JSON values.
    `fictional` marks an invented country on every page and export. Tables, dataflows and recipes cannot
    be exchanged once the draft is made: what was audited is what is published.
    """

    process: str
    title: Text
    dataflows: Mapping[str, Dataflow]
    tables: Mapping[str, pa.Table]
    recipes: Mapping[str, Recipe]
    quality: Mapping[str, Any]
    run_id: str
    fictional: bool = False
    vintage: str = ""

    def __post_init__(self) -> None:
        for name in ("dataflows", "tables", "recipes"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @cached_property
    def hash(self) -> str:
        """Hash of everything the draft would publish: what an `Audit` is bound to.

        The release id covers one file more, which says what cleared the draft.
        """
        return content_hash({name: content_hash(data) for name, data in self.files.items()})

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The release's files, byte for byte: the same draft always gives the same bytes."""
        from sse_observatory.releases.files import files_of

        return files_of(self)


@dataclass(frozen=True, slots=True)
class Audit:
    """The attacker's verdict on one draft: bound to it by `draft_hash`.

    `safe` is True only where every hidden cell kept its required protection against everything the
    draft shows. `measures` counts what was attacked, by name, for the restricted log. An audit of a
    source whose microdata are public says so in `skipped`.
    """

    draft_hash: str
    safe: bool
    rules: str
    findings: tuple[str, ...] = ()
    measures: Mapping[str, int] = field(default_factory=dict)
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class AlreadyPublic:
    """Clearance for figures that somebody else published: names the sources, by id."""

    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.sources:
            raise Unsafe("AlreadyPublic names no source", "Name the publication each figure was read in.")


Clearance = Audit | AlreadyPublic


@dataclass(frozen=True, slots=True)
class Trace:
    """Where one published observation comes from, as the public may know it.

    Of a hidden observation (CONF_STATUS C) it says that it is confidential and nothing else: no value,
    no recipe, an empty fingerprint. `fingerprint` is a keyed hash of what the observation was made
    from; it changes when that does. `clearance` is what let the release out.
    """

    dataflow: str
    key: Mapping[str, str]
    value: Decimal | None
    attributes: Mapping[str, str]
    recipe: Recipe | None
    fingerprint: str
    process: str
    release: str
    run_id: str
    fictional: bool
    clearance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def confidential(self) -> bool:
        """Whether the observation is hidden."""
        return self.attributes.get("CONF_STATUS") == "C"


def parquet_bytes(table: pa.Table) -> bytes:
    """`table` as Parquet, without anything that varies between two identical runs.

    Row groups are small enough for a reader of one area to skip the others. Fingerprints hardly
    repeat, so a dictionary of them would only add to the file.
    """
    sink = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata(None),
        sink,
        compression="zstd",
        row_group_size=131_072,
        use_dictionary=[name for name in table.column_names if name not in ("OBS_VALUE", "FINGERPRINT")],
        store_schema=True,
    )
    return sink.getvalue()

