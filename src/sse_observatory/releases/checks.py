"""What `publish` refuses, and why.

The checks read the bytes that will be published, not the objects they were made from: what is
checked is what is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from sse_observatory.core import ConfStatus, ObservatoryError, ObsStatus, Period, Unsafe
from sse_observatory.releases.files import Contents, contents_of, observations_file, observations_from, release_id
from sse_observatory.releases.model import AlreadyPublic, Audit, Clearance, Draft
from sse_observatory.releases.observations import codes_of, combined_key, described, encode, positions
from sse_observatory.structures import Codelist, Dataflow

FICTIONAL_AREAS = frozenset({"XSO"})
"""User-assigned area codes that stand for invented countries; a code noted `fictional = true` is another."""

_PROCESS = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DATAFLOW = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def cleared(draft: Draft, clearance: Clearance) -> dict[str, bytes]:
    """The files of a draft that may be published under this clearance. Raises Unsafe or ObservatoryError."""
    if not isinstance(clearance, (Audit, AlreadyPublic)):
        raise Unsafe(
            "nothing is published without a clearance",
            "Audit the draft, or name the publications its figures were read in with AlreadyPublic.",
        )
    if not isinstance(draft, Draft):
        raise ObservatoryError(f"a {type(draft).__name__} cannot be published", "Publish a releases.Draft.")
    _check_names(draft)
    files = dict(draft.files)
    _check_audit_or_sources(clearance, files)
    contents = contents_of(files)
    _check_recipes(contents)
    for name, dataflow in contents.dataflows.items():
        check_observations(dataflow, observations_from(files[observations_file(name)]), contents)
    return files


def _check_names(draft: Draft) -> None:
    if not _PROCESS.fullmatch(draft.process):
        raise ObservatoryError(f"{draft.process!r} cannot name a process",
                               "Use lower-case letters, digits and hyphens, such as us-credit-unions.")
    if not draft.dataflows:
        raise ObservatoryError(f"{draft.process}: the draft holds no dataflow", "Draft at least one.")
    for name in draft.dataflows:
        if not _DATAFLOW.fullmatch(name):
            raise ObservatoryError(f"{draft.process}: {name!r} cannot name a dataflow", "Use an SDMX identifier.")
    if len({n.lower() for n in draft.dataflows}) != len(draft.dataflows):
        raise ObservatoryError(f"{draft.process}: two dataflows differ only by case", "Rename one.")
    if not draft.run_id:
        raise ObservatoryError(f"{draft.process}: the draft names no run", "Give Draft.run_id (see releases.run_id).")


def _check_audit_or_sources(clearance: Clearance, files: Mapping[str, bytes]) -> None:
    if isinstance(clearance, Audit):
        if clearance.draft_hash != release_id(files):
            raise Unsafe("the audit was made for another draft", "Audit exactly the draft that is published.")
        if not clearance.safe or clearance.findings:
            raise Unsafe("the audit did not find the draft safe",
                         "Read its findings on the office side, protect the tables and audit them again.")
        return
    contents = contents_of(files)
    used = {source.id for recipe in contents.recipes.values() for source in recipe.sources}
    if not used:
        raise Unsafe("figures cleared as already public name no source", "Give every recipe its published source.")
    if not used <= set(clearance.sources):
        raise Unsafe(f"source(s) {', '.join(sorted(used - set(clearance.sources)))} are not named as already public",
                     "Name each publication in AlreadyPublic, or audit the draft.")


def _check_recipes(contents: Contents) -> None:
    for name, recipe in contents.recipes.items():
        if not recipe.sources:
            raise ObservatoryError(f"recipe {name} names no source", "Every published number has one.")


def check_observations(dataflow: Dataflow, table: pa.Table, contents: Contents) -> None:
    """Raises ObservatoryError or Unsafe for the first rule that an observation of `table` (encoded) breaks."""


def compatible(mine: Dataflow, table: pa.Table, theirs: Dataflow, other: pa.Table, process: str) -> None:
    """Raises ObservatoryError where a dataflow cannot be read together with another process's release of it."""
    dims = [d.id for d in mine.structure.dimensions]
    if dims != [d.id for d in theirs.structure.dimensions]:
        raise ObservatoryError(
            f"{mine.id}: its dimensions are not those under which {process} publishes it",
            "Give the changed structure a new dataflow id, or publish that process again first.",
        )
    for name in dims:
        if not set(codes_of(table[name])[1]) & set(codes_of(other[name])[1]):
            return
    both = encode(pa.concat_tables([table.select(dims), other.select(dims)]))
    key = combined_key([both[name].chunk(0) for name in dims], both.num_rows)
    shared = np.intersect1d(key[: table.num_rows], key[table.num_rows:])
    if len(shared):
        row = int(np.flatnonzero(key == shared[0])[0])
        raise ObservatoryError(
            f"{mine.id}: {len(shared)} observation(s) are already published by {process}, the first "
            f"{described(both, row, dims)}",
            "One process publishes a figure: leave it out here or there.",
        )


__all__ = ["FICTIONAL_AREAS", "Codelist", "ConfStatus", "ObsStatus", "Period", "check_observations", "cleared",
           "compatible", "positions"]
