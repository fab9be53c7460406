"""Linkage by exact identifiers, source precedence, and remembered judgements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from sse_observatory.catalogue.sources import ADDITIVE
from sse_observatory.core import InputError
from sse_observatory.engine import exact_sum
from sse_observatory.engine.functions import digest, first_present

RecordId = tuple[str, str]
"""A source and the register's own identifier of the unit in it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's decision that two records are, or are not, the same unit."""

    left: RecordId
    right: RecordId
    same: bool
    by: str
    at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Linked:
    """Records with the unit they belong to: by source, the one believed first first, as given plus ``unit_id``."""

    by_source: Mapping[str, ir.Table]

    @property
    def records(self) -> ir.Table:
        """The records of all sources with their unit: unit_id, source_id, record_id, snapshot_id."""
        columns = ("unit_id", "source_id", "record_id", "snapshot_id")
        parts = [records.select(*columns) for records in self.by_source.values()]
        return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _overrides(judgements: Sequence[Judgement]) -> list[dict[str, str]]:
    """Unit ids that judgements impose: the components of the *same* pairs, and singled-out records."""
    parent: dict[RecordId, RecordId] = {}

    def root(record: RecordId) -> RecordId:
        parent.setdefault(record, record)
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for judgement in judgements:
        if judgement.same:
            first, second = sorted((root(judgement.left), root(judgement.right)))
            parent[second] = first
    joined = set(parent)
    for judgement in judgements:
        both = {judgement.left, judgement.right} <= joined
        if not judgement.same and both and root(judgement.left) == root(judgement.right):
            raise InputError(
                "judgements contradict each other: the two records are joined by others and told apart by this one",
                file="judgements",
                value=f"{judgement.left} / {judgement.right}",
                todo="Withdraw one of the judgements.",
            )
    rows = [{"source_id": r[0], "register_id": r[1], "judged_id": "J:" + ":".join(root(r))} for r in sorted(joined)]
    apart = {j.right for j in judgements if not j.same} - joined
    rows += [{"source_id": r[0], "register_id": r[1], "judged_id": "R:" + ":".join(r)} for r in sorted(apart)]
    return rows


def link(records: Mapping[str, ir.Table], judgements: Sequence[Judgement]) -> Linked:
    """Give each record its ``unit_id``: ``N:<national id>``, ``R:<source>:<register id>``, or ``J:…`` where judged.

    `records` gives the canonical units of each source (columns source_id, record_id, register_id, snapshot_id,
    national_id where the source has one, …), the source believed first first. A record without the register's own
    identifier is known by its record_id. A judgement moves its own records only: others that share the identifier
    stay together.
    """
    overrides = _overrides(judgements)
    judged = ibis.memtable(pa.Table.from_pylist(overrides)) if overrides else None
    return Linked({source: _identity(table, judged) for source, table in records.items()})


def _identity(records: ir.Table, judged: ir.Table | None) -> ir.Table:
    own = ibis.coalesce(records.register_id, records.record_id)
    unit_id = ibis.literal("R:") + records.source_id + ":" + own
    if "national_id" in records.columns:
        by_identifier = ibis.literal("N:") + records.national_id.strip().upper()
        unit_id = (records.national_id.strip() != "").fill_null(False).ifelse(by_identifier, unit_id)
    linked = records.mutate(unit_id=unit_id)
    if judged is None:
        return linked
    joined = linked.left_join(judged, ["source_id", "register_id"])
    joined = joined.drop(*[c for c in joined.columns if c.endswith("_right")])
    return joined.mutate(unit_id=ibis.coalesce(joined.judged_id, joined.unit_id)).drop("judged_id")


def identified(records: ir.Table) -> ir.Table:
    """`records` with a ``register_id`` for those whose register gives none: a digest of what the record says.

    A record without an identifier is known by its content, not by its place in a file or a snapshot: otherwise a change
    in another record would make it another unit. Records that say the same in everything are numbered.
    """
    known, nameless = records.filter(records.register_id.notnull()), records.filter(records.register_id.isnull())
    said = [nameless[c] for c in records.columns if c not in {"snapshot_id", "record_id", "register_id"}]
    content = digest(*said)
    number = ibis.row_number().over(ibis.window(group_by=content, order_by=nameless.record_id))
    named = nameless.mutate(register_id=ibis.literal("~") + content.cast("string") + "." + number.cast("string"))
    return ibis.union(known, named.select(known.columns))


def unit_table(linked: Linked, added: Collection[str] = ()) -> ir.Table:
    """One row per unit: for each variable the first value present, by source precedence, then register identifier.

    Columns are those any source gives, plus ``n_records`` and ``n_sources`` (int64). Exceptions to precedence:
    ``last_evidence_on`` is the latest of all sources, ``registered_on`` the earliest, ``in_coop_register`` true
    where any source says so. In the sources `added`, several records of one unit share its headcounts and amounts:
    these are added up, exactly, before the sources are compared, and are missing where one of the records lacks them.
    """
    parts = [_of_one_source(records, source in added) for source, records in linked.by_source.items()]
    return reduce(_beside, parts)


def _of_one_source(records: ir.Table, added: bool) -> ir.Table:
    """The units of one source: nearly all have one record there; for the others the first value present stands.

    Where the records of a unit are `added`, its headcounts and amounts are their sums.
    """
    variables = [c for c in records.columns if c != "unit_id"]
    counted = records.group_by("unit_id").agg(n_records=records.count())
    joint = counted.filter(counted.n_records > 1)
    alone, several = records.anti_join(joint, "unit_id"), records.semi_join(joint, "unit_id")
    several = several.mutate(rank=ibis.coalesce(several.register_id, several.record_id))
    values = {v: first_present(several[v], several["rank"]) for v in variables}
    values |= {v: choose(several[v]) for v, (choose, _) in SPECIAL.items() if v in variables}
    if added:
        values |= {v: _sum_of_all(several[v]) for v in ADDITIVE if v in variables}
    one = ibis.literal(1).cast("int64")
    values |= {"n_records": several.count(), "n_sources": several.source_id.nunique()}
    compared = several.group_by("unit_id").agg(**values)
    return ibis.union(alone.select("unit_id", *variables, n_records=one, n_sources=one), compared)


def _beside(first: ir.Table, second: ir.Table) -> ir.Table:
    """The units of either table; where both have a value, that of `first`."""
    other = second.rename({f"{c}__2": c for c in second.columns})
    both = first.outer_join(other, [("unit_id", "unit_id__2")])
    values: dict[str, ir.Value] = {}
    for name in dict.fromkeys((*first.columns, *second.columns)):
        if name in ("n_records", "n_sources"):
            values[name] = both[name].fill_null(0) + both[f"{name}__2"].fill_null(0)
        elif name not in second.columns:
            values[name] = both[name]
        elif name not in first.columns:
            values[name] = both[f"{name}__2"]
        elif name in SPECIAL:
            values[name] = SPECIAL[name][1](both[name], both[f"{name}__2"])
        else:
            values[name] = ibis.coalesce(both[name], both[f"{name}__2"])
    return both.select(**values).view()


def _sum_of_all(column: ir.Column) -> ir.Value:
    """The exact sum of a column, missing as soon as one of its values is."""
    whole = column.count() == column.isnull().count()
    return whole.ifelse(exact_sum(column), None).cast(column.type())


def _any(column: ir.Column) -> ir.Scalar:
    return column.cast("int8").max().cast("boolean")


def _either(left: ir.Value, right: ir.Value) -> ir.Value:
    return ibis.coalesce(ibis.greatest(left.cast("int8"), right.cast("int8"))).cast("boolean")


SPECIAL: Mapping[str, tuple[Callable[[ir.Column], ir.Scalar], Callable[[ir.Value, ir.Value], ir.Value]]] = {
    "last_evidence_on": (ir.Column.max, ibis.greatest),
    "registered_on": (ir.Column.min, ibis.least),
    "in_coop_register": (_any, _either),
}
"""Variables that follow no precedence: how several records, and two sources, are brought to one value."""
