"""What is published now, indexed for pages: which rows a selection has, in the order a reader expects.

A `Snapshot` belongs to one set of current releases and never changes; pages answer from it in milliseconds
even with a million observations, because each dimension is held as small integers in display order. When a
process publishes, the next request gets a new snapshot; tables that did not change keep their index.

The fictional country stays outside every listing that does not name it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.core import NotFound, content_hash
from sse_observatory.portal.words import the_catalogue
from sse_observatory.releases import Opened, ReleaseRef, Releases
from sse_observatory.structures import TOTAL, Codelist, Dataflow

Rows = np.ndarray[Any, np.dtype[np.int64]]

_LOOK_AGAIN = 1.0  # seconds between two looks at which releases are current


@dataclass(frozen=True, slots=True)
class Observation:
    """One published observation as pages use it: codes by dimension, value, attributes."""

    dataflow: Dataflow
    key: Mapping[str, str]
    value: Decimal | None
    attributes: Mapping[str, str]
    release: str
    process: str
    fictional: bool

    @property
    def area(self) -> str:
        return self.key.get("REF_AREA", "")

    def code(self, concept: str) -> str:
        """The code of a dimension or attribute; empty where there is none."""
        return self.key.get(concept) or self.attributes.get(concept) or ""


class TableIndex:
    """One dataflow in display order: by the order of each codelist, most recent period first."""

    def __init__(self, opened: Opened) -> None:
        self.dataflow = opened.dataflow
        self.releases = opened.releases
        self.fictional_areas = opened.fictional_areas
        encoded = opened.encoded
        self.size = encoded.num_rows
        self.dimensions = tuple(d.id for d in self.dataflow.structure.dimensions)
        self.codes: dict[str, list[str]] = {}
        ranked: dict[str, np.ndarray[Any, Any]] = {}
        for dimension in self.dataflow.structure.dimensions:
            column = _array(encoded[dimension.id])
            found = column.dictionary.to_pylist()
            order = _display_order(found, dimension.codelist, newest_first=dimension.is_time)
            rank = np.empty(max(len(found), 1), dtype=np.int32)
            rank[order] = np.arange(len(found), dtype=np.int32)
            self.codes[dimension.id] = [found[i] for i in order]
            ranked[dimension.id] = rank[column.indices.to_numpy(zero_copy_only=False)]
        order = self._order(ranked)
        self._at = {name: _small(values[order], len(self.codes[name])) for name, values in ranked.items()}
        attributes = [a.id for a in self.dataflow.structure.attributes]
        names = ["OBS_VALUE", *attributes, "PROCESS", "RELEASE"]
        self._rest = encoded.select([n for n in names if n in encoded.column_names]).take(pa.array(order))
        value = self._rest["OBS_VALUE"]
        something = pc.fill_null(pc.not_equal(value, pa.scalar(0, value.type)), False)
        self.something = something.to_numpy()
        """For each row, whether it shows a value other than zero."""
        self._attributes = tuple(a for a in attributes if a in encoded.column_names)

    def _order(self, ranked: Mapping[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
        key = np.zeros(self.size, dtype=np.int64)
        span = 1
        for name, values in ranked.items():
            width = max(len(self.codes[name]), 1)
            if span * width >= 2**62:
                distinct, key = np.unique(key, return_inverse=True)
                span = max(len(distinct), 1)
            key = key * width + values
            span *= width
        return np.argsort(key, kind="stable")

    @cached_property
    def totals(self) -> frozenset[str]:
        """The dimensions that have a total code among their values."""
        return frozenset(name for name, codes in self.codes.items() if TOTAL in codes)

    @cached_property
    def real_areas(self) -> tuple[str, ...]:
        """Reference areas that exist, in the order of the codelist."""
        return tuple(code for code in self.codes.get("REF_AREA", ()) if code not in self.fictional_areas)

    def rows(self, filters: Mapping[str, Collection[str]]) -> Rows:
        """Row numbers with the codes given for each dimension; the fictional country only where it is named.

        A code that does not occur selects nothing. Raises NotFound for a dimension the table does not have.
        """
        keep: Rows | None = None
        wanted = dict(filters)
        if self.fictional_areas and "REF_AREA" not in wanted:
            wanted["REF_AREA"] = self.real_areas
        for name, chosen in wanted.items():
            if name not in self.codes:
                raise NotFound(f"{self.dataflow.id} has no dimension {name!r}", f"Use {', '.join(self.dimensions)}.")
            accepted = np.fromiter((c in chosen for c in self.codes[name]), dtype=bool, count=len(self.codes[name]))
            if accepted.all():
                continue
            at = self._at[name]
            only = np.flatnonzero(accepted)
            if keep is not None:
                keep = keep[accepted[at[keep]]]
            elif len(only) == 1:
                keep = np.flatnonzero(at == only[0])
            else:
                keep = np.flatnonzero(accepted[at])
        return np.arange(self.size) if keep is None else keep

    def broadest(self, filters: Mapping[str, Collection[str]]) -> Rows:
        """The rows of a selection with the fewest dimensions away from their total."""
        rows = self.rows(filters)
        if not len(rows):
            return rows
        away = np.zeros(len(rows), dtype=np.int8)
        for name in self.totals:
            away += self._at[name][rows] != self.place(name, TOTAL)
        return rows[away == away.min()]

    def same(self, name: str, rows: Rows) -> str | None:
        """The one code of a dimension that all `rows` have, or None where they differ."""
        if not len(rows):
            return None
        at = self._at[name]
        first = at[rows[0]]
        # Rows that differ usually do so early; only where they do not is every one looked at.
        if at[rows[-1]] != first or (at[rows[:1000]] != first).any() or (at[rows] != first).any():
            return None
        return self.codes[name][first]

    def values_in(self, name: str, rows: Rows) -> list[str]:
        """The codes of a dimension that occur in `rows`, in display order."""
        codes = self.codes[name]
        if not len(codes):
            return []
        present = np.bincount(self._at[name][rows], minlength=len(codes)) > 0
        return [code for code, there in zip(codes, present, strict=True) if there]

    def observations(self, rows: Rows) -> list[Observation]:
        """The observations at `rows`, in that order."""
        if not len(rows):
            return []
        part = self._rest.take(pa.array(rows)).to_pylist()
        keys = {name: self._at[name][rows] for name in self.dimensions}
        found = []
        for i, rest in enumerate(part):
            key = {name: self.codes[name][keys[name][i]] for name in self.dimensions}
            attributes = {name: rest[name] for name in self._attributes if rest[name] is not None}
            found.append(
                Observation(
                    self.dataflow, key, rest["OBS_VALUE"], attributes, rest["RELEASE"], rest["PROCESS"],
                    key.get("REF_AREA", "") in self.fictional_areas,
                )
            )
        return found

    def one(self, key: Mapping[str, str]) -> Observation | None:
        """The observation with exactly this key, or None."""
        if set(key) != set(self.dimensions):
            return None
        rows = self.rows({name: (code,) for name, code in key.items()})
        found = self.observations(rows[:1])
        return found[0] if found else None

    def place(self, name: str, code: str) -> int:
        """The position of a code among those of a dimension."""
        return self._places[name][code]

    @cached_property
    def _places(self) -> dict[str, dict[str, int]]:
        return {name: {code: i for i, code in enumerate(codes)} for name, codes in self.codes.items()}

    def columns(self, rows: Rows) -> dict[str, tuple[np.ndarray[Any, Any], list[str]]]:
        """Dimensions of `rows` as (positions, codes), for writing in bulk."""
        return {name: (self._at[name][rows], self.codes[name]) for name in self.dimensions}

    def rest(self, rows: Rows) -> pa.Table:
        """OBS_VALUE, attributes, PROCESS and RELEASE of `rows`, dictionary-encoded."""
        return self._rest.take(pa.array(rows))


def _array(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _small(values: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    return values.astype(np.uint8 if count <= 256 else np.uint16 if count <= 65_536 else np.int32)


def _display_order(codes: list[str], codelist: Codelist | None, newest_first: bool) -> list[int]:
    if newest_first:
        return sorted(range(len(codes)), key=lambda i: codes[i], reverse=True)
    place = {code.id: i for i, code in enumerate(codelist)} if codelist is not None else {}
    return sorted(range(len(codes)), key=lambda i: (place.get(codes[i], len(place)), codes[i]))


def _place(dataflow: str) -> tuple[int, str]:
    """Tables stand in the order of the catalogue, those it does not know after them."""
    known = list(the_catalogue().dataflows)
    return (known.index(dataflow) if dataflow in known else len(known), dataflow)


class Snapshot:
    """Everything published at one moment."""

    def __init__(self, releases: Releases, refs: tuple[ReleaseRef, ...], former: Snapshot | None) -> None:
        self.refs = refs
        self.token = content_hash([ref.id for ref in refs])[:16]
        """Changes whenever any current release does: the basis of every ETag."""
        held = {name for ref in refs for name in ref.dataflows}
        self.dataflows = tuple(sorted(held, key=_place))
        self.remembered: dict[object, Any] = {}
        """What pages worked out once for this snapshot; it goes when the snapshot goes."""
        self._releases = releases
        self._tables: dict[str, TableIndex] = {}
        self._lock = threading.Lock()
        if former is not None:
            for name, index in former._tables.items():
                if index.releases == self.releases_of(name):
                    self._tables[name] = index

    def releases_of(self, dataflow: str) -> tuple[ReleaseRef, ...]:
        """The current releases that hold a dataflow."""
        return tuple(ref for ref in self.refs if dataflow in ref.dataflows)

    def table(self, dataflow: str) -> TableIndex:
        """The index of a dataflow, built when first asked for. Raises NotFound."""
        found = self._tables.get(dataflow)
        if found is None:
            if dataflow not in self.dataflows:
                raise NotFound(f"no current release holds {dataflow}", "See the list of tables.")
            with self._lock:
                found = self._tables.get(dataflow)
                if found is None:
                    found = self._tables[dataflow] = TableIndex(self._releases.open(dataflow))
        return found

    @property
    def tables(self) -> tuple[TableIndex, ...]:
        """Every published table."""
        return tuple(self.table(name) for name in self.dataflows)

    @cached_property
    def fictional_areas(self) -> frozenset[str]:
        """Invented countries among the reference areas."""
        return frozenset().union(*(table.fictional_areas for table in self.tables))

    @cached_property
    def area_codes(self) -> Codelist | None:
        """A codelist of areas that names every area published."""
        for table in self.tables:
            for dimension in table.dataflow.structure.dimensions:
                if dimension.id == "REF_AREA" and dimension.codelist is not None:
                    return dimension.codelist
        return None

    @cached_property
    def areas(self) -> dict[str, int]:
        """Number of observations published for each reference area."""
        counts: dict[str, int] = {}
        for table in self.tables:
            at = table._at.get("REF_AREA")
            if at is None:
                continue
            for code, count in zip(table.codes["REF_AREA"], np.bincount(at, minlength=1), strict=False):
                counts[code] = counts.get(code, 0) + int(count)
        return counts

    @cached_property
    def observations(self) -> int:
        """How many observations are published about real countries."""
        return sum(n for area, n in self.areas.items() if area not in self.fictional_areas)


class Shelf:
    """The snapshot of what is current, looked at again at most once a second."""

    def __init__(self, releases: Releases) -> None:
        self.releases = releases
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._looked = 0.0

    def now(self) -> Snapshot:
        """The snapshot of the current releases."""
        found = self._snapshot
        if found is not None and time.monotonic() - self._looked < _LOOK_AGAIN:
            return found
        with self._lock:
            refs = self.releases.current()
            if self._snapshot is None or self._snapshot.refs != refs:
                self._snapshot = Snapshot(self.releases, refs, self._snapshot)
            self._looked = time.monotonic()
            return self._snapshot

    def forget(self) -> None:
        """Look again at the next request."""
        self._looked = 0.0

    def warm(self) -> None:
        """Build every index now."""
        snapshot = self.now()
        for name in snapshot.dataflows:
            snapshot.table(name)
        _ = snapshot.areas, snapshot.fictional_areas


@lru_cache(maxsize=4)
def _shelf(url: str) -> Shelf:
    return Shelf(Releases(url))


def shelf() -> Shelf:
    """The shelf of this installation (setting SSE_RELEASES_URL)."""
    from django.conf import settings

    return _shelf(str(settings.SSE_RELEASES_URL))
