"""The waist itself: publish, open, compare, trace.

A release is an immutable set of files named by the hash of their bytes. Each statistical process has
one current release, replaced as a whole; what somebody opened stays as it was. A dataflow is read as
the union of the current releases of all processes that publish it.
"""

from __future__ import annotations

import copy
import difflib
import os
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from sse_observatory.core import Damaged, NotFound, ObservatoryError, Text, content_hash
from sse_observatory.releases import checks
from sse_observatory.releases.differences import Diff, compare
from sse_observatory.releases.files import Contents, clearance_file, observations_file, observations_from, release_id
from sse_observatory.releases.model import INTERNAL_COLUMNS, Clearance, Draft, Trace
from sse_observatory.releases.observations import codes_of, combined_key, decode, encode, positions
from sse_observatory.releases.staleness import DEFINING, Reference, Staleness, judge
from sse_observatory.releases.storage import Pinned, Storage, storage_at
from sse_observatory.structures import Attribute, Codelist, Dataflow, DataStructure, Dimension

_SHORTEST_PREFIX = 6


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


@dataclass(frozen=True, slots=True)
class Publication:
    """A moment at which a release became the current one of its process.

    `at` is UTC, ISO 8601. `interrupted` marks one whose publisher was stopped just after the switch: the
    next publisher wrote it down, so `at` is later than the switch was.
    """

    release: ReleaseRef
    at: str
    interrupted: bool = False


class Opened:
    """A dataflow as it was when it was opened: later publications do not touch it."""

    def __init__(self, dataflow: Dataflow, encoded: pa.Table, releases: tuple[ReleaseRef, ...]) -> None:
        self.dataflow = dataflow
        self.encoded = encoded
        """Like `observations`, but its texts (FINGERPRINT apart) are dictionary-encoded: for whoever writes in bulk."""
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
        """The observations whose codes are among those given for each column, from `start` to `end`, sorted by key.

        `start` and `end` are periods or days: an observation is inside when all of its period is. A code that
        does not occur selects nothing. Columns as in `observations`. Raises NotFound for an unknown column or limit.
        """
        rows = positions(self.encoded, filters or {}, start, end)
        return self.observations if rows is None else decode(self.encoded.take(pa.array(rows)))

    def find(self, key: Mapping[str, str]) -> dict[str, Any]:
        """One observation, column by column. Raises NotFound: the key is incomplete, or no observation has it."""
        dims = [d.id for d in self.dataflow.structure.dimensions]
        for name in key:
            if name not in dims:
                near = difflib.get_close_matches(name, dims, 1)
                raise NotFound(f"{self.dataflow.id} has no dimension {name!r}",
                               f"Use {near[0]}." if near else f"Its dimensions: {', '.join(dims)}.")
        absent = [name for name in dims if name not in key]
        if absent:
            raise NotFound(f"the key does not say {', '.join(absent)}",
                           f"Give every dimension of {self.dataflow.id}: {', '.join(dims)}.")
        found = positions(self.encoded, {name: {key[name]} for name in dims}, None, None)
        if found is None or not len(found):
            raise NotFound(f"{self.dataflow.id} has no observation {' '.join(f'{n}={key[n]}' for n in dims)}",
                           self._nearest(key, dims))
        row: dict[str, Any] = decode(self.encoded.slice(int(found[0]), 1)).to_pylist()[0]
        return row

    def key(self, text: str) -> dict[str, str]:
        """The key written as its codes in the order of the dimensions, with points between: ``KEN.A.….2023``.

        Raises NotFound when there are more or fewer codes than dimensions.
        """
        dims = [d.id for d in self.dataflow.structure.dimensions]
        codes = text.split(".")
        if len(codes) != len(dims):
            raise NotFound(f"{text!r} has {len(codes)} codes and {self.dataflow.id} {len(dims)} dimensions",
                           f"Write {'.'.join(dims)}.")
        return dict(zip(dims, codes, strict=True))

    def _nearest(self, key: Mapping[str, str], dims: list[str]) -> str:
        equal = np.zeros(self.encoded.num_rows, dtype=np.int16)
        for name in dims:
            codes, values = codes_of(self.encoded[name])
            equal += np.array([*(v == key[name] for v in values), False], dtype=np.int16)[codes]
        nearest = np.argsort(-equal, kind="stable")[:3]
        # Only what differs is written out: the keys are long.
        told = []
        for row in nearest:
            theirs = {name: self.encoded[name][int(row)].as_py() for name in dims}
            told.append(" ".join(f"{n}={v}" for n, v in theirs.items() if v != key[n]))
        return f"Nearest are the same key with {'; or '.join(told)}."


class Releases:
    """The releases kept at a folder's path or file:// URL. Raises ObservatoryError for another scheme.

    Reading creates nothing. Several threads and processes may read while one publishes; a second
    publisher waits up to `wait_seconds`, then gets Busy.
    """

    def __init__(self, url: str | os.PathLike[str], wait_seconds: float = 30.0) -> None:
        self.storage: Storage = storage_at(url)
        self.wait_seconds = wait_seconds
        self._guard = threading.RLock()
        self._refs: dict[str, ReleaseRef] = {}
        self._contents: dict[str, Contents] = {}
        self._opened: dict[str, Opened] = {}

    # Publishing

    def publish(self, draft: Draft, clearance: Clearance) -> ReleaseRef:
        """Publish a draft: it becomes its process's current release, whole or not at all.

        Publishing what is already current changes nothing. Raises Unsafe without a clearance made for
        exactly this draft and for what would tell too much, ObservatoryError where an observation does not
        match the structure or another process publishes it, Busy when another publisher does not finish.
        """
        files = checks.cleared(draft, clearance)
        files["clearance.json"] = clearance_file(clearance)
        release = release_id(files)
        try:
            with self.storage.locked(self.wait_seconds):
                pointers = self.storage.pointers()
                for process, other in pointers.items():
                    if process != draft.process:
                        self._check_beside(draft, files, process, other)
                self.storage.put(release, files)
                if pointers.get(draft.process) != release:
                    self.storage.switch(draft.process, release)
        except OSError as error:
            raise ObservatoryError(f"the release could not be written: {error.strerror or error}",
                                   "See to the folder's rights and space and publish again; readers see a whole "
                                   "release meanwhile.") from error
        with self._guard:
            # Damaged files of this release may just have been mended.
            self._contents.pop(release, None)
        return self.ref(release)

    def _check_beside(self, draft: Draft, files: Mapping[str, bytes], process: str, release: str) -> None:
        for name, dataflow in draft.dataflows.items():
            if name in self.ref(release).dataflows:
                mine = observations_from(files[observations_file(name)])
                theirs = self._read(release).dataflows[name]
                checks.compatible(dataflow, mine, theirs, self._table(release, name), process)
                try:
                    merged([theirs, dataflow])
                except ValueError as error:
                    raise ObservatoryError(f"{name}: its codelists do not agree with those of {process}: {error}",
                                           "Publish both processes from one catalogue.") from error

    # Reading

    def pinned(self) -> Releases:
        """The same releases as they are now, for a document or a page that must not straddle a publication."""
        same = copy.copy(self)
        same.storage = Pinned(self.storage)
        same._opened = dict(self._opened)
        return same

    def current(self) -> tuple[ReleaseRef, ...]:
        """The current release of each process, by name of the process. Raises Damaged."""
        return tuple(self.ref(release) for release in self.storage.pointers().values())

    def history(self, process: str | None = None) -> tuple[Publication, ...]:
        """What was current when, oldest first, of one process or of all. Raises NotFound for an unknown process."""
        log = self.storage.log()
        if process is not None and process not in {entry["process"] for entry in log}:
            known = sorted({entry["process"] for entry in log})
            raise NotFound(f"the process {process} has never published",
                           f"Processes that have: {', '.join(known) or 'none'}.")
        return tuple(
            Publication(self.ref(entry["release"]), entry["at"], entry.get("interrupted", False))
            for entry in log if process in (None, entry["process"])
        )

    def ref(self, release: str) -> ReleaseRef:
        """The release with this id, or with the only id that begins so (6 digits or more). Raises NotFound, Damaged."""
        with self._guard:
            found = self._refs.get(release)
            if found is None:
                release = self._full_id(release)
                contents = self._verified(release)
                found = self._refs[release] = ReleaseRef(
                    contents.process, release, contents.title, tuple(sorted(contents.counts)),
                    contents.fictional, contents.vintage, contents.run_id)
        return found

    def _full_id(self, start: str) -> str:
        kept = self.storage.releases()
        if start in kept:
            return start
        found = [release for release in kept if release.startswith(start)]
        if len(start) < _SHORTEST_PREFIX or not found:
            raise NotFound(f"there is no release {start!r}",
                           f"Give its id, or at least its first {_SHORTEST_PREFIX} digits; the history lists them.")
        if len(found) > 1:
            raise NotFound(f"{len(found)} releases begin with {start!r}", "Give more digits.")
        return found[0]

    def _verified(self, release: str) -> Contents:
        """The small files of a release, which together must give its id."""
        names = [n for n in self.storage.names(release) if n.endswith(".json")]
        files = {name: self.storage.get(release, name) for name in names}
        contents = Contents(files)
        intact = all(name in files and content_hash(files[name]) == digest
                     for name, digest in contents.hashes.items() if name.endswith(".json"))
        if not intact or contents.id() != release:
            raise _damaged(release)
        return contents

    def _read(self, release: str) -> Contents:
        with self._guard:
            found = self._contents.get(release)
            if found is None:
                found = self._contents[release] = self._verified(release)
        return found

    def _table(self, release: str, dataflow: str) -> pa.Table:
        """A release's observations of a dataflow, encoded; their bytes are checked against the manifest."""
        name = observations_file(dataflow)
        data = self.storage.get(release, name)
        if content_hash(data) != self._read(release).hashes.get(name):
            raise _damaged(release)
        return observations_from(data)

    def dataflows(self) -> tuple[str, ...]:
        """The ids of the dataflows with a current release."""
        return tuple(sorted({name for ref in self.current() for name in ref.dataflows}))

    def open(self, dataflow: str) -> Opened:
        """A dataflow over the current releases of all processes. Raises NotFound when none holds it, Damaged."""
        current = self.current()
        refs = tuple(ref for ref in current if dataflow in ref.dataflows)
        if not refs:
            held = sorted({name for ref in current for name in ref.dataflows})
            raise NotFound(f"no current release holds the dataflow {dataflow!r}",
                           f"Released are: {', '.join(held)}." if held else "Nothing is released yet: run a process.")
        with self._guard:
            found = self._opened.get(dataflow)
            if found is None or found.releases != refs:
                found = self._opened[dataflow] = self._union(dataflow, refs)
                self._forget({ref.id for ref in current})
        return found

    def open_release(self, dataflow: str, release: str) -> Opened:
        """A dataflow as one release has it, current or not. Raises NotFound, Damaged."""
        ref = self.ref(release)
        if dataflow not in ref.dataflows:
            raise NotFound(f"release {ref.id[:12]} does not hold the dataflow {dataflow!r}",
                           f"It holds {', '.join(ref.dataflows)}.")
        return self._union(dataflow, (ref,))

    def _union(self, dataflow: str, refs: tuple[ReleaseRef, ...]) -> Opened:
        flow = merged([self._read(ref.id).dataflows[dataflow] for ref in refs])
        names = [*(d.id for d in flow.structure.dimensions), "OBS_VALUE", *(a.id for a in flow.structure.attributes),
                 *INTERNAL_COLUMNS]
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

    def _forget(self, current: set[str]) -> None:
        """Keep in memory only what is current; whoever holds an older `Opened` keeps it alive."""
        self._contents = {release: c for release, c in self._contents.items() if release in current}

    # What a release says of its observations

    def quality(self, process: str) -> Mapping[str, Any]:
        """The quality measures of a process's current release. Raises NotFound."""
        pointers = self.storage.pointers()
        if process not in pointers:
            raise NotFound(f"the process {process!r} has no current release",
                           f"Processes with one: {', '.join(pointers) or 'none'}.")
        return self._read(pointers[process]).quality

    def trace(self, dataflow: str, key: Mapping[str, str]) -> Trace:
        """Where an observation comes from: `key` gives a code for every dimension and the period.

        Raises NotFound with the nearest keys when no observation has this one.
        """
        opened = self.open(dataflow)
        row = opened.find(key)
        contents = self._read(row["RELEASE"])
        ref = self.ref(row["RELEASE"])
        return Trace(
            dataflow=dataflow,
            key={d.id: row[d.id] for d in opened.dataflow.structure.dimensions},
            value=row["OBS_VALUE"],
            attributes={a.id: row[a.id] for a in opened.dataflow.structure.attributes if row[a.id] is not None},
            recipe=contents.recipes[row["RECIPE"]] if row["RECIPE"] else None,
            fingerprint=row["FINGERPRINT"],
            process=ref.process,
            release=ref.id,
            run_id=ref.run_id,
            fictional=ref.fictional,
            clearance=contents.clearance,
        )

    def reference(self, dataflow: str, key: Mapping[str, str]) -> Reference:
        """An observation as it is now, to be kept beside a sentence about it. Raises NotFound."""
        row = self.open(dataflow).find(key)
        value: Decimal | None = row["OBS_VALUE"]
        return Reference(
            dataflow=dataflow,
            key=dict(key),
            value=value,
            status=(row.get("OBS_STATUS") or "", row.get("CONF_STATUS") or ""),
            definition={name: row[name] for name in DEFINING if row.get(name) is not None},
            release=row["RELEASE"],
        )

    def staleness(self, reference: Reference) -> Staleness:
        """Whether an observation is still what it was when it was written about (see `staleness`)."""
        try:
            now = self.reference(reference.dataflow, reference.key)
        except NotFound:
            return judge(reference, None)
        return judge(reference, now)

    def diff(self, old: str, new: str) -> Diff:
        """What changed from one release of a process to another, given by id or by its first digits.

        Raises NotFound for an unknown id, ObservatoryError for releases of two processes, Damaged.
        """
        before, after = self.ref(old), self.ref(new)
        if before.process != after.process:
            raise ObservatoryError(f"{before.id[:12]} is a release of {before.process}, {after.id[:12]} of "
                                   f"{after.process}", "Compare two releases of one process.")
        differences = {}
        for name in sorted({*before.dataflows, *after.dataflows}):
            sides = [self._side(ref.id, name) if name in ref.dataflows else (None, []) for ref in (before, after)]
            (table_old, dims_old), (table_new, dims_new) = sides
            differences[name] = compare(name, table_old, table_new, dims_old, dims_new)
        return Diff(before.process, before.id, after.id, differences)

    def _side(self, release: str, dataflow: str) -> tuple[pa.Table, list[str]]:
        dims = self._read(release).dataflows[dataflow].structure.dimensions
        return self._table(release, dataflow), [d.id for d in dims]

    def verify(self) -> tuple[ReleaseRef, ...]:
        """Read every byte of every release kept and say which they are. Raises Damaged, naming all that is wrong."""
        wrong: list[str] = []
        kept = self.storage.releases()
        for release in kept:
            files = {name: self.storage.get(release, name) for name in self.storage.names(release)}
            if release_id(files) != release:
                wrong.append(f"release {release[:12]} does not match its hash")
        for entry in self.storage.log():
            if entry["release"] not in kept:
                wrong.append(f"release {entry['release'][:12]} of {entry['process']} is missing")
        for process, release in self.storage.pointers().items():
            if release not in kept:
                wrong.append(f"the current release of {process}, {release[:12]}, is missing")
        if wrong:
            raise Damaged("; ".join(dict.fromkeys(wrong)),
                          "Restore the folder from a copy, or publish the same drafts again.")
        return tuple(self.ref(release) for release in kept)


def _damaged(release: str) -> Damaged:
    return Damaged(f"release {release[:12]} does not match its hash",
                   "Restore it from a copy, or publish the same draft again.")


def _constant(value: str | None, rows: int) -> pa.ChunkedArray:
    """A column that says one thing, dictionary-encoded."""
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
        structure = replace(
            first.structure,
            dimensions=tuple(replace(d, codelist=_joined(d.codelist, lists)) for d in first.structure.dimensions),
            attributes=tuple(replace(a, codelist=_joined(a.codelist, lists)) for a in first.structure.attributes)
            + tuple(replace(a, mandatory=False) for a in other.structure.attributes if a.id not in mine),
        )
        first = replace(first, structure=structure)
    return first


def _codelists(structure: DataStructure) -> Iterator[Codelist]:
    components: list[Dimension | Attribute] = [*structure.dimensions, *structure.attributes]
    for component in components:
        if component.codelist is not None:
            yield component.codelist


def _joined(codelist: Codelist | None, others: Mapping[str, Codelist]) -> Codelist | None:
    if codelist is None or codelist.id not in others:
        return codelist
    more = tuple(code for code in others[codelist.id] if code.id not in codelist)
    return replace(codelist, codes=codelist.codes + more) if more else codelist
