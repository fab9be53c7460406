"""Read a snapshot into canonical units (GSBPM 5.1, first step): rename, recode, add up; nothing is dropped silently.

Structural faults stop with an InputError and leave the engine as it was. A row that cannot be read, or repeats an
identifier, goes to the *rejected* table with its line, column, value and reason. A code nobody has mapped stays in the
raw variable, is missing in the canonical one, and is counted in the *issues*.
"""

from __future__ import annotations

import csv
import json
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from sse_observatory.catalogue.sources import CANONICAL, CodeMap, Column, Kind, Layout, Source
from sse_observatory.core import InputError, NotFound, ObservatoryError
from sse_observatory.engine import Engine, exact_sum
from sse_observatory.production.registers.columns import TYPES, Rule, reading
from sse_observatory.production.registers.snapshots import Snapshot, StoredFile, verify
from sse_observatory.production.registers.text import LINE, Plain, prepare

REJECTED = pa.schema(
    [
        ("snapshot_id", pa.string()), ("file", pa.string()), ("line", pa.int64()), ("column", pa.string()),
        ("value", pa.string()), ("rule", pa.string()), ("expected", pa.string()), ("message", pa.string()),
        ("record", pa.string()),
    ]
)  # fmt: skip
"""Rows set aside: one row per fault, with the raw record (JSON of its columns; the text itself when ragged)."""

ISSUES = pa.schema(
    [
        ("snapshot_id", pa.string()), ("rule", pa.string()), ("variable", pa.string()), ("value", pa.string()),
        ("records", pa.int64()), ("first_line", pa.int64()), ("message", pa.string()),
    ]
)  # fmt: skip
"""What was noticed without a row being set aside: unknown codes, further columns, unmatched records."""

MAX_FAULTS = 100_000
_BAD = "__bad"


@dataclass(frozen=True)
class ReadResult:
    """A register as read.

    `units`: one row per unit, `snapshot_id`, `record_id` (snapshot and line), `source_id`, the variables of
    `CANONICAL` in order, then the source's extra variables; `given` names those the source has, the others are missing
    in every row. `rejected` and `issues` have the columns of `REJECTED` and `ISSUES`. `records` counts the records of
    the file; `rejected_file` is the CSV with the rejected rows, if any.
    """

    snapshot: Snapshot
    units: ir.Table
    given: frozenset[str]
    rejected: ir.Table
    issues: ir.Table
    records: int
    accepted: int
    first_fault: InputError | None
    rejected_file: Path | None

    @property
    def rejected_records(self) -> int:
        """How many records were set aside."""
        return self.records - self.accepted

    @property
    def rejected_share(self) -> float:
        return self.rejected_records / self.records

    def require(self) -> ReadResult:
        """This result, unless more records were set aside than the layout allows: then InputError, which says where."""
        if self.first_fault is not None and self.rejected_share > self.snapshot.layout.max_rejected_share:
            raise self.first_fault
        return self


def read(engine: Engine, snapshot: Snapshot) -> ReadResult:
    """Read a snapshot: units that last as long as the engine, and the tables ``read_<source>_<snapshot>__rejected`` and
    ``__issues``, which stay.

    Reading the same snapshot again gives the same rows. Raises InputError for a structural fault (nothing is changed),
    Damaged when the stored bytes were altered.
    """
    verify(snapshot)
    with tempfile.TemporaryDirectory(prefix="sse-read-", dir=snapshot.store) as folder:
        return _Reading(engine, snapshot, Path(folder)).run()


class _Reading:
    def __init__(self, engine: Engine, snapshot: Snapshot, folder: Path) -> None:
        self.engine, self.snapshot, self.folder = engine, snapshot, folder
        self.source: Source = snapshot.source
        self.layout: Layout = snapshot.layout
        self.columns: dict[str, Column] = self.source.columns(self.layout)
        self.further: dict[str, Column] = self.source.further(self.layout)
        self.rules: dict[str, Rule] = {}
        for name, column in (self.columns | self.further).items():
            concordance = self.source.concordances[column.concordance] if column.concordance else None
            self.rules[name] = Rule(column, CANONICAL.get(name) or column.kind or "text", concordance)
        short = f"{self.source.id.replace('-', '_')}_{snapshot.id[:8]}"
        self.names = {part: f"read_{short}__{part}" for part in ("rejected", "issues")}
        self.issues: list[dict[str, object]] = []
        self.rejected: list[dict[str, object]] = []

    def run(self) -> ReadResult:
        raw, records, main = self._raw()
        with self.engine.transaction():
            staged = self.engine.scratch(self._mapped(self._staged(raw)))
            self._expect_all(staged, records)
            bad = self._faults(raw, staged, main)
            repeated = self._duplicates(raw, staged, main, bad)
            bad |= repeated
            self._count_unknown(staged)
            rejected = self.engine.create(self.names["rejected"], self._table(self.rejected, REJECTED))
            units = self._units(staged, rejected, bool(repeated))
            issues = self.engine.create(self.names["issues"], self._table(self.issues, ISSUES))
        ragged = {row["line"] for row in self.rejected if row["rule"] == "ragged"}
        accepted = records - len(bad)
        total = records + len(ragged)
        file = self._write_rejected() if self.rejected else None
        return ReadResult(
            self.snapshot,
            units,
            self.given,
            rejected,
            issues,
            total,
            accepted,
            self._first_fault(total - accepted, total, file),
            file,
        )

    # -- the file as strings --------------------------------------------------------------------

    def _raw(self) -> tuple[ir.Table, int, StoredFile]:
        """The records of the first file as strings with their line, joined with those of the other files."""
        if not self.layout.parts:
            stored = self.snapshot.files[0]
            table, records = self._strings(stored, self.layout.expects)
            return table, records, stored
        tables: dict[str, tuple[ir.Table, int]] = {}
        for part, stored in zip(self.layout.parts, self.snapshot.files, strict=True):
            table, records = self._strings(stored, part.expects)
            named = table.rename({f"{part.name}.{c}": c for c in table.columns if c != LINE})
            named = named.rename({f"{part.name}.{LINE}": LINE}) if tables else named
            tables[part.name] = (named, records)
        (first, (joined, records)), *others = tables.items()
        for name, (other, _) in others:
            keys = [(joined[f"{first}.{k}"].strip(), other[f"{name}.{k}"].strip()) for k in self.layout.join_on]
            self._expect_keys_once(name, other)
            self._count_unmatched(name, joined, other, keys)
            joined = joined.join(other, [a == b for a, b in keys], how="left")
        return joined, records, self.snapshot.files[0]

    def _strings(self, stored: StoredFile, expects: tuple[str, ...]) -> tuple[ir.Table, int]:
        if self.layout.format == "parquet":
            return self._parquet(stored, expects)
        target = self.folder / f"{len(list(self.folder.iterdir()))}.txt"
        plain = prepare(stored.path, self.layout, expects, target, stored.name)
        self._note(plain, stored)
        table = self.engine.read_text(
            target, [LINE, *plain.columns], delimiter=self.layout.separator, quote=self.layout.quote, header=False,
            types={LINE: "int64"},
        )  # fmt: skip
        return table, plain.records

    def _parquet(self, stored: StoredFile, expects: tuple[str, ...]) -> tuple[ir.Table, int]:
        table = self.engine.read_parquet(stored.path)
        missing = [name for name in expects if name not in table.columns]
        if missing:
            raise InputError(
                f"{len(missing)} expected column(s) missing: {', '.join(missing[:8])}.", file=stored.name,
                column=missing[0], expected=f"the columns of the layout {self.layout.id!r}",
                todo="Give the file this layout describes, or correct the layout.",
            )  # fmt: skip
        texts = {name: table[name].cast("string") for name in table.columns}
        table = table.select(**{LINE: ibis.row_number() + 1}, **texts)
        return table, int(str(self.engine.scalar(table.count())))

    def _note(self, plain: Plain, stored: StoredFile) -> None:
        for note in plain.notes:
            self._issue("file", "", None, 0, None, f"{stored.name}: {note}")
        width = len(plain.columns)
        for row in plain.ragged:
            self._reject(
                stored, row.line, None, None, "ragged", f"{width} fields",
                f"the record has {row.fields} fields", row.record,
            )  # fmt: skip

    def _expect_keys_once(self, name: str, other: ir.Table) -> None:
        keys = [other[f"{name}.{k}"].strip().name(k) for k in self.layout.join_on]
        line = other[f"{name}.{LINE}"]
        twice = (
            other.group_by(keys).agg(n=other.count(), line=line.max()).filter(ibis._.n > 1).order_by("line").limit(1)
        )
        found = self.engine.arrow(twice).to_pylist()
        if found:
            stored = next(f for f in self.snapshot.files if f.part == name)
            raise InputError(
                "two records of this file belong to one unit.", file=stored.name, line=found[0]["line"],
                column=self.layout.join_on[0], value=str(found[0][self.layout.join_on[0]]),
                expected="each key once", todo="Get the file again, or add to join_on what tells the records apart.",
            )  # fmt: skip

    def _count_unmatched(
        self, name: str, joined: ir.Table, other: ir.Table, keys: list[tuple[ir.Value, ir.Value]]
    ) -> None:
        for rule, here, there, line in (
            ("unmatched", joined, other, joined[LINE]),
            ("unmatched", other, joined, other[f"{name}.{LINE}"]),
        ):
            alone = here.anti_join(there, [a == b for a, b in keys])
            found = self.engine.arrow(alone.agg(n=alone.count(), line=alone[line.get_name()].min())).to_pylist()[0]
            if found["n"]:
                side = "have no record in" if here is joined else "stand only in"
                self._issue(rule, name, None, found["n"], found["line"], f"records {side} {name}")

    # -- variables ------------------------------------------------------------------------------

    def _staged(self, raw: ir.Table) -> ir.Table:
        """One row per record: its line, whether anything is wrong with it, the variables, codes before concordance."""
        found = reading(raw, self.rules, self.layout, self.engine.step)
        codes = {f"{name}__code": code for name, code in found.codes.items()}
        values = {name: v for name, v in found.values.items() if self.rules[name].column.constant is None}
        return found.table.select(**{LINE: found.table[LINE], _BAD: found.bad}, **values, **codes)

    def _expect_all(self, staged: ir.Table, records: int) -> None:
        found = self.engine.scalar(staged.count())
        if found != records:
            raise InputError(
                f"the engine found {found} records where the check found {records}.", file=self.snapshot.files[0].name,
                expected="the same number", todo="This file is written in an unusual way; please report it.",
            )  # fmt: skip

    def _faults(self, raw: ir.Table, staged: ir.Table, main: StoredFile) -> set[int]:
        wrong = staged.filter(staged[_BAD]).select(LINE).order_by(LINE)
        lines = [int(n) for n in self.engine.arrow(wrong.limit(MAX_FAULTS + 1))[LINE].to_pylist()]
        if not lines:
            return set()
        shown = lines[:1] if len(lines) > MAX_FAULTS else lines
        known = ibis.memtable(pa.table({"n": shown}))
        again = reading(raw.semi_join(known, raw[LINE] == known.n), self.rules, self.layout)
        for fault in again.faults:
            for row in self.engine.arrow(again.table.filter(fault.holds).order_by(LINE)).to_pylist():
                stored, line, column = self._place(row, fault.column, main)
                self._reject(
                    stored, line, column, row[fault.column], fault.rule, fault.expected, fault.message, row
                )  # fmt: skip
        if len(lines) > MAX_FAULTS:
            row = self.rejected[-1]
            raise InputError(
                f"more than {MAX_FAULTS:,} records cannot be read; the first: {row['message']}.", file=main.name,
                line=lines[0], column=str(row["column"]), value=str(row["value"]), expected=str(row["expected"]),
                todo="The column map, decimal mark or date format of the layout is likely wrong.",
            )  # fmt: skip
        return set(lines)

    def _place(self, row: Mapping[str, object], column: str, main: StoredFile) -> tuple[StoredFile, int, str]:
        """The file, line and column of a value, in the file it stands in."""
        part, _, rest = column.partition(".")
        stored = next((f for f in self.snapshot.files if f.part == part), None) if self.layout.parts else None
        if stored is None or stored is main:
            return main, int(str(row[LINE])), rest if stored is main else column
        return stored, int(str(row[f"{part}.{LINE}"] or 0)), rest

    def _duplicates(self, raw: ir.Table, staged: ir.Table, main: StoredFile, bad: set[int]) -> set[int]:
        good = staged.filter(~staged[_BAD]) if bad else staged
        several = good.group_by("unit_id").agg(n=good.count(), first=good[LINE].min()).filter(ibis._.n > 1)
        repeats = good.join(several, "unit_id").filter(ibis._[LINE] > ibis._.first).order_by(LINE)
        found = self.engine.arrow(repeats.select(LINE, "first").limit(MAX_FAULTS + 1)).to_pylist()
        if not found:
            return set()
        column = self.columns["unit_id"].inputs[0]
        if len(found) > MAX_FAULTS:
            raise InputError(
                f"more than {MAX_FAULTS:,} identifiers are repeated.", file=main.name, line=found[0][LINE],
                column=column, expected="each identifier once",
                todo="Choose the column that identifies a unit, or describe what tells the records apart.",
            )  # fmt: skip
        firsts = {row[LINE]: row["first"] for row in found}
        lines = ibis.memtable(pa.table({"n": list(firsts)}))
        for row in self.engine.arrow(raw.semi_join(lines, raw[LINE] == lines.n).order_by(LINE)).to_pylist():
            stored, line, name = self._place(row, column, main)
            self._reject(
                stored, line, name, row[column], "duplicate", "each identifier once",
                f"the identifier stands in line {firsts[row[LINE]]} already", row,
            )  # fmt: skip
        return set(firsts)

    # -- codes ----------------------------------------------------------------------------------

    def _count_unknown(self, staged: ir.Table) -> None:
        good = staged.filter(~staged[_BAD])
        for code_map in self.source.maps.values():
            if code_map.of in self.rules:
                unknown = good[code_map.of].notnull() & ~good[code_map.of].isin(list(code_map.rows))
                self._unknown(good.filter(unknown), code_map.of, code_map.of, f"is not in the code map {code_map.id!r}")
        for name, rule in self.rules.items():
            if rule.concordance is not None:
                known = good[name].isin(list(rule.concordance.divisions)).fill_null(False)
                unknown = good[f"{name}__code"].notnull() & ~known
                self._unknown(good.filter(unknown), f"{name}__code", name, f"is not a code of {rule.concordance.id}")

    def _unknown(self, rows: ir.Table, column: str, name: str, message: str) -> None:
        counted = rows.group_by(column).agg(n=rows.count(), line=rows[LINE].min()).order_by("line")
        for row in self.engine.arrow(counted.limit(10_000)).to_pylist():
            self._issue("unknown-code", name, row[column], row["n"], row["line"], f"the code {message}")

    def _mapped(self, table: ir.Table) -> ir.Table:
        """Add what code maps and concordances give, under names of their own (see `_given`)."""
        for name, rule in self.rules.items():
            if rule.concordance is not None:
                divisions = rule.concordance.divisions
                pairs = {f"{name}__from": list(divisions), f"{name}__isic": list(divisions.values())}
                lookup = ibis.memtable(pa.table(pairs))
                table = table.left_join(lookup, table[name] == lookup[f"{name}__from"]).drop(f"{name}__from")
        for number, code_map in enumerate(self._maps):
            columns: dict[str, list[str | None]] = {f"map{number}__code": list(code_map.rows)}
            for variable in code_map.gives:
                columns[f"map{number}__{variable}"] = [row[variable] for row in code_map.rows.values()]
            flagged = self._flagged(code_map)
            for variable in flagged:
                columns[f"map{number}__{variable}__flagged"] = [r[variable] for r in code_map.flagged.values()]
            lookup = ibis.memtable(pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()}))
            table = table.left_join(lookup, table[code_map.of] == lookup[f"map{number}__code"])
            table = table.drop(f"map{number}__code")
            for variable in flagged:
                name = f"map{number}__{variable}__flagged"
                only = ibis.ifelse(table["sse_flag"], table[name], ibis.null("string"))
                table = table.mutate(**{name: only})
        return table

    @property
    def _maps(self) -> list[CodeMap]:
        return [m for m in self.source.maps.values() if m.of in self.columns]

    def _flagged(self, code_map: CodeMap) -> tuple[str, ...]:
        return tuple(next(iter(code_map.flagged.values()), {})) if "sse_flag" in self.columns else ()

    @property
    def given(self) -> frozenset[str]:
        """The variables this source has a column, a constant or a code map for."""
        constant = {name for name, column in self.columns.items() if column.constant is not None}
        return frozenset(constant | set(self._given()) | set(self.further))

    def _given(self) -> dict[str, list[str]]:
        """Where the value of a canonical variable is found: its own column first, then the code maps in order."""
        given: dict[str, list[str]] = {}
        for name, column in self.columns.items():
            if column.constant is None:
                given[name] = [f"{name}__isic" if self.rules[name].concordance is not None else name]
        for number, code_map in enumerate(self._maps):
            for variable in code_map.gives:
                given.setdefault(variable, []).append(f"map{number}__{variable}")
            for variable in self._flagged(code_map):
                given.setdefault(variable, []).append(f"map{number}__{variable}__flagged")
        return given

    def _units(self, records: ir.Table, rejected: ir.Table, repeated: bool) -> ir.Table:
        """The canonical units: records that were not set aside, with constants and what is missing everywhere."""
        table = records.filter(~records[_BAD])
        if repeated:
            lines = rejected.filter(rejected["rule"] == "duplicate").select("line")
            table = table.anti_join(lines, table[LINE] == lines["line"])
        given = self._given()

        def value(name: str, kind: Kind) -> ir.Value:
            column = (self.columns | self.further).get(name)
            pieces = [table[c] for c in given.get(name, [name] if name in self.further else [])]
            if column is not None and column.constant is not None:
                pieces = [ibis.literal(column.constant), *(p for p in pieces if name not in self.further)]
            found = ibis.coalesce(*pieces) if len(pieces) > 1 else pieces[0] if pieces else ibis.null(TYPES[kind])
            return found.cast(TYPES[kind])

        kinds: dict[str, Kind] = {**CANONICAL, **{name: column.kind or "text" for name, column in self.further.items()}}
        return table.select(
            snapshot_id=ibis.literal(self.snapshot.id),
            record_id=ibis.literal(f"{self.snapshot.id}:") + table[LINE].cast("string"),
            source_id=ibis.literal(self.source.id),
            **{name: value(name, kind) for name, kind in kinds.items()},
        )

    # -- what was set aside ---------------------------------------------------------------------

    def _issue(self, rule: str, variable: str, value: object, records: int, line: int | None, message: str) -> None:
        self.issues.append(
            {"snapshot_id": self.snapshot.id, "rule": rule, "variable": variable, "value": value, "records": records,
             "first_line": line, "message": message}
        )  # fmt: skip

    def _reject(
        self, stored: StoredFile, line: int, column: str | None, value: object, rule: str, expected: str,
        message: str, record: object,
    ) -> None:  # fmt: skip
        if isinstance(record, Mapping):
            written = {k: v for k, v in record.items() if not k.rpartition(".")[2].startswith("__")}
            record = json.dumps(written, ensure_ascii=False)
        self.rejected.append(
            {"snapshot_id": self.snapshot.id, "file": stored.name, "line": line, "column": column, "value": value,
             "rule": rule, "expected": expected, "message": message, "record": record}
        )  # fmt: skip

    @staticmethod
    def _table(rows: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
        rows.sort(key=lambda r: (r.get("line") or r.get("first_line") or 0, str(r["rule"])))
        return pa.Table.from_pylist(rows, schema=schema)

    def _write_rejected(self) -> Path:
        """The rejected rows as a CSV file a statistician can open, beside the snapshots."""
        folder = self.snapshot.store / "rejected"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.snapshot.id}.csv"
        scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with scratch.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, REJECTED.names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rejected)
        scratch.replace(path)
        return path

    def _first_fault(self, count: int, records: int, file: Path | None) -> InputError | None:
        if not self.rejected:
            return None
        row = self.rejected[0]
        column, value = row["column"], row["value"]
        return InputError(
            f"{row['message']} ({count:,} of {records:,} records were set aside).", file=str(row["file"]),
            line=int(str(row["line"])), column=None if column is None else str(column),
            value=None if value is None else str(value), expected=str(row["expected"]),
            todo=f"Correct the records listed in {file}, or set max_rejected_share in the layout.",
        )  # fmt: skip


def with_every_variable(units: ir.Table) -> ir.Table:
    """`units` with the canonical variables in their order, missing where no source gives them, then the others."""
    canonical = {name: kind for name, kind in CANONICAL.items() if name != "unit_id"}
    missing = {name: ibis.null(TYPES[kind]) for name, kind in canonical.items() if name not in units.columns}
    others = [name for name in units.columns if name not in CANONICAL]
    return units.mutate(**missing).select("unit_id", *canonical, *others)


def total(engine: Engine, result: ReadResult, name: str) -> Decimal | None:
    """The exact sum of a variable over the units read, missing values left out; None when all are missing.

    Raises ObservatoryError where the source says that the sum has no meaning, NotFound for an unknown variable.
    """
    reason = result.snapshot.source.refused_totals.get(name)
    if reason is not None:
        raise ObservatoryError(
            f"{name} of {result.snapshot.source.id} must not be added up. {reason['en']}",
            "Use it for single units or ratios only.",
        )
    if name not in result.units.columns:
        raise NotFound(f"The units have no variable {name!r}.", f"Variables: {', '.join(result.units.columns)}.")
    found = engine.scalar(exact_sum(result.units[name]))
    return None if found is None else Decimal(str(found))
