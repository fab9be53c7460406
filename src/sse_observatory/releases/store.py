"""The waist itself: publish, open, compare, trace.

A release is an immutable set of files named by the hash of their bytes. Each statistical process has
one current release, replaced as a whole; what somebody opened stays as it was. A dataflow is read as
the union of the current releases of all processes that publish it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from sse_observatory.core import Damaged, NotFound, Text
from sse_observatory.releases import checks
from sse_observatory.releases.files import (
    Contents,
    clearance_file,
    contents_of,
    observations_file,
    observations_from,
    release_id,
)
from sse_observatory.releases.model import Clearance, Draft
from sse_observatory.releases.observations import combined_key, decode, encode, positions
from sse_observatory.releases.storage import storage_at
from sse_observatory.structures import Codelist, Dataflow, DataStructure


@dataclass(frozen=True, slots=True)
class ReleaseRef:
    """A release by name: its process, id (hash of all its bytes), title and what it holds."""

    process: str
    id: str
    title: Text
    dataflows: tuple[str, ...]
    fictional: bool
    vintage: str
    run_id: str


class Opened:
    """A dataflow as it was when it was opened: later publications do not touch it."""

    def __init__(self, dataflow: Dataflow, encoded: pa.Table, releases: tuple[ReleaseRef, ...]) -> None:
        self.dataflow = dataflow
        self.encoded = encoded
        """Like `observations`, every text column dictionary-encoded on its sorted values: for writers in bulk."""
        self.releases = releases

    @cached_property
    def observations(self) -> pa.Table:
        """All observations, sorted by key: the columns of `observation_schema`, then PROCESS and RELEASE."""
        return decode(self.encoded)

    @cached_property
    def fictional_areas(self) -> frozenset[str]:
        """The reference areas that come from releases about an invented country."""
        names = {r.process for r in self.releases if r.fictional}
        if not names or "REF_AREA" not in self.encoded.column_names:
            return frozenset()
        rows = positions(self.encoded, {"PROCESS": names}, None, None)
        areas = self.encoded["REF_AREA"] if rows is None else self.encoded["REF_AREA"].take(pa.array(rows))
        return frozenset(areas.unique().to_pylist())

    def select(
        self, filters: Mapping[str, Collection[str]] | None = None, start: str | None = None, end: str | None = None
    ) -> pa.Table:
        """The observations whose codes are among those given for each column, from `start` to `end`.

        `start` and `end` are periods or days: a period is inside when all of it is. A code that does not
        occur selects nothing. Columns as in `observations`. Raises NotFound for an unknown column or limit.
        """
        rows = positions(self.encoded, filters or {}, start, end)
        return self.observations if rows is None else decode(self.encoded.take(pa.array(rows)))


class Releases:
    """The releases kept at a folder's path or file:// URL. Raises ObservatoryError for another scheme.

    Reading creates nothing. Several threads and processes may read while one publishes; a second
    publisher waits up to `wait_seconds`, then gets Busy.
    """

    def __init__(self, url: str | os.PathLike[str], wait_seconds: float = 30.0) -> None:
        self.storage = storage_at(url)
        self.wait_seconds = wait_seconds
        self._guard = threading.RLock()
        self._contents: dict[str, Contents] = {}
        self._tables: dict[tuple[str, str], pa.Table] = {}
        self._opened: dict[str, Opened] = {}

    # Publishing

    def publish(self, draft: Draft, clearance: Clearance) -> ReleaseRef:
        """Publish a draft: it becomes its process's current release, whole or not at all.

        Publishing what is already current changes nothing. Raises Unsafe without a clearance made for
        exactly this draft, ObservatoryError where an observation does not match the structure (see
        `checks`), Busy when another process keeps publishing.
        """
        files = checks.cleared(draft, clearance)
        files["clearance.json"] = clearance_file(clearance)
        release = release_id(files)
        with self.storage.locked(self.wait_seconds):
            pointers = self.storage.pointers()
            for process, other in pointers.items():
                if process != draft.process:
                    self._check_beside(draft, files, process, other)
            self.storage.put(release, files)
            if pointers.get(draft.process) != release:
                self.storage.switch(draft.process, release, {})
        return self.ref(release)

    def _check_beside(self, draft: Draft, files: Mapping[str, bytes], process: str, release: str) -> None:
        theirs = self._read(release).dataflows
        for name, dataflow in draft.dataflows.items():
            if name in theirs:
                mine = observations_from(files[observations_file(name)])
                checks.compatible(dataflow, mine, theirs[name], self._table(release, name), process)

    # Reading

    def current(self) -> tuple[ReleaseRef, ...]:
        """The current release of each process, by name of the process."""
        return tuple(self.ref(release) for release in self.storage.pointers().values())

    def ref(self, release: str) -> ReleaseRef:
        """The release with this id. Raises NotFound."""
        contents = self._read(release)
        return ReleaseRef(contents.process, release, contents.title, tuple(sorted(contents.counts)),
                          contents.fictional, contents.vintage, contents.run_id)

    def dataflows(self) -> tuple[str, ...]:
        """The ids of the dataflows with a current release."""
        return tuple(sorted({name for ref in self.current() for name in ref.dataflows}))

    def open(self, dataflow: str) -> Opened:
        """A dataflow over the current releases of all processes. Raises NotFound when none holds it."""
        refs = tuple(ref for ref in self.current() if dataflow in ref.dataflows)
        if not refs:
            held = ", ".join(self.dataflows())
            raise NotFound(f"no current release holds the dataflow {dataflow}",
                           f"Released are: {held}." if held else "Nothing is released yet: run a process first.")
        with self._guard:
            found = self._opened.get(dataflow)
            if found is None or found.releases != refs:
                found = self._opened[dataflow] = self._union(dataflow, refs)
                self._forget()
        return found

    def _union(self, dataflow: str, refs: tuple[ReleaseRef, ...]) -> Opened:
        flow = merged([self._read(ref.id).dataflows[dataflow] for ref in refs])
        names = [*(d.id for d in flow.structure.dimensions), "OBS_VALUE", *(a.id for a in flow.structure.attributes),
                 "RECIPE", "FINGERPRINT"]
        parts = []
        for ref in refs:
            table = self._table(ref.id, dataflow)
            columns = {n: table[n] if n in table.column_names else _constant(None, table.num_rows) for n in names}
            columns["PROCESS"] = _constant(ref.process, table.num_rows)
            columns["RELEASE"] = _constant(ref.id, table.num_rows)
            parts.append(pa.table(columns))
        if len(parts) == 1:
            return Opened(flow, parts[0], refs)
        whole = encode(pa.concat_tables(parts))
        key = combined_key([whole[d.id].chunk(0) for d in flow.structure.dimensions], whole.num_rows)
        return Opened(flow, whole.take(pa.array(np.argsort(key, kind="stable"))), refs)

    def _read(self, release: str) -> Contents:
        with self._guard:
            found = self._contents.get(release)
            if found is None:
                found = contents_of({n: self.storage.get(release, n) for n in self.storage.names(release)
                                     if n.endswith(".json")})
                self._contents[release] = found
        return found

    def _table(self, release: str, dataflow: str) -> pa.Table:
        with self._guard:
            found = self._tables.get((release, dataflow))
            if found is None:
                found = observations_from(self.storage.get(release, observations_file(dataflow)))
                self._tables[release, dataflow] = found
        return found

    def _forget(self) -> None:
        kept = {(ref.id, name) for name, opened in self._opened.items() for ref in opened.releases}
        self._tables = {k: v for k, v in self._tables.items() if k in kept}

    def quality(self, process: str) -> Mapping[str, Any]:
        """The quality measures of a process's current release. Raises NotFound."""
        pointers = self.storage.pointers()
        if process not in pointers:
            raise NotFound(f"the process {process} has no current release",
                           f"Processes with one: {', '.join(pointers) or 'none'}.")
        return self._read(pointers[process]).quality

    def verify(self) -> tuple[str, ...]:
        """Read every byte of every release kept; the ids verified. Raises Damaged, naming all that is wrong."""
        wrong = []
        ids = self.storage.releases()
        for release in ids:
            files = {name: self.storage.get(release, name) for name in self.storage.names(release)}
            if release_id(files) != release:
                wrong.append(f"release {release[:12]} does not match its hash")
        for process, release in self.storage.pointers().items():
            if release not in ids:
                wrong.append(f"the current release of {process}, {release[:12]}, is missing")
        if wrong:
            raise Damaged("; ".join(wrong), "Restore the folder from a copy, or publish the same drafts again.")
        return ids


def _constant(value: str | None, rows: int) -> pa.ChunkedArray:
    codes = pa.nulls(rows, pa.int32()) if value is None else pa.array(np.zeros(rows, dtype=np.int32))
    values = pa.array([] if value is None else [value], pa.string())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, values)])


def merged(dataflows: list[Dataflow]) -> Dataflow:
    """One dataflow for several releases of it: the first one's words, with the codes and attributes of all."""
    first, *others = dataflows
    for other in others:
        if other.structure == first.structure:
            continue
        lists = {c.id: c for c in _codelists(other.structure)}
        mine = {a.id for a in first.structure.attributes}
        structure = DataStructure(
            id=first.structure.id,
            label=first.structure.label,
            dimensions=tuple(replace(d, codelist=_joined(d.codelist, lists)) for d in first.structure.dimensions),
            attributes=tuple(replace(a, codelist=_joined(a.codelist, lists)) for a in first.structure.attributes)
            + tuple(replace(a, mandatory=False) for a in other.structure.attributes if a.id not in mine),
            agency=first.structure.agency,
            version=first.structure.version,
        )
        first = replace(first, structure=structure)
    return first


def _codelists(structure: DataStructure) -> Iterator[Codelist]:
    for component in (*structure.dimensions, *structure.attributes):
        if component.codelist is not None:
            yield component.codelist


def _joined(codelist: Codelist | None, others: Mapping[str, Codelist]) -> Codelist | None:
    if codelist is None or codelist.id not in others:
        return codelist
    more = tuple(code for code in others[codelist.id] if code.id not in codelist)
    return replace(codelist, codes=codelist.codes + more) if more else codelist


__all__ = ["Opened", "ReleaseRef", "Releases", "contextmanager", "merged"]
