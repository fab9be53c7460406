"""From registers to a release: the statistical process behind the counts, members, work and value of cooperatives.

The steps read like the table in a methods report. Which registers, definitions, tables and rules are
used is written in a process file (`catalogue/data/processes`); this file is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, reduce
from operator import or_
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from sse_observatory.catalogue.load import Catalogue
from sse_observatory.catalogue.processes import FIXED, Process, TablePlan
from sse_observatory.catalogue.sources import CANONICAL, Edition, Source, find_source
from sse_observatory.core import (
    CatalogueError,
    ConfStatus,
    InputError,
    ObsStatus,
    Period,
)
from sse_observatory.engine import Engine
from sse_observatory.pipelines import gate
from sse_observatory.pipelines.methods import Methods
from sse_observatory.pipelines.observations import fingerprint, table_of
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.pipelines.shares import Share
from sse_observatory.production import confidentiality, lineage, linkage, processing, registers
from sse_observatory.production.processing import SETS, Cell, Contributions, Level
from sse_observatory.releases import (
    Audit,
    Draft,
    Recipe,
    ReleaseRef,
    Releases,
)
from sse_observatory.structures import Codelist

Progress = Callable[[str], None]
FAMILIES = {"UNITS_REGISTERED": "UNITS", "UNITS_ACTIVE": "UNITS"}
"""Measures that come from one set of contributions; the others stand alone."""
AMOUNTS = ("TURNOVER", "ASSETS")


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """A reference period with the edition of each source, in the order in which sources are believed."""

    period: Period
    reference_date: date
    inputs: tuple[tuple[Source, Edition, tuple[Path, ...]], ...]


@dataclass(frozen=True)
class Outcome:
    """What a run did: the release, the gate's verdict, and what the office must look at.

    `rejected` counts rows kept aside by source edition, `issues` broken validation rules by rule; `noticed` holds what
    was seen while reading without a row being set aside (`registers.ISSUES`), by source edition.
    """

    release: ReleaseRef | None
    audit: Audit
    draft: Draft
    rejected: Mapping[str, int]
    issues: Mapping[str, int]
    folder: Path
    hidden: int
    shown: int
    noticed: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)


def plan_rounds(process: Process, catalogue: Catalogue, data: Path) -> tuple[RoundPlan, ...]:
    """The rounds a process can compute from the files in `data`.

    Rounds written in the process must be there in full. Otherwise each edition of the first source whose file is found
    makes a round, with the edition of the same period from every other source. Raises InputError.
    """
    sources = [find_source(_source_path(process, name), catalogue) for name in process.sources]
    if process.rounds:
        written = [
            (
                r.period,
                r.reference_date,
                [(s, s.edition(dict(r.editions)[s.id])) for s in sources if s.id in dict(r.editions)],
            )
            for r in process.rounds
        ]
    else:
        written = [
            (
                Period.parse(e.period),
                e.reference_date,
                [(sources[0], e), *((s, o) for s in sources[1:] for o in s.editions if o.period == e.period)],
            )
            for e in sources[0].editions
            if files_of(sources[0], e, data)
        ]
    if not written:
        names = ", ".join(e.file or e.id for e in sources[0].editions) or "none described"
        raise InputError(
            f"no edition of {sources[0].id} is there",
            file=data,
            expected=f"one of {names}",
            todo=f"Get the files as sources/{sources[0].id}/source.toml describes and pass their folder with --data.",
        )
    known = {source.id for source in sources}
    for round_ in process.rounds:
        for name, _ in round_.editions:
            if name not in known:
                raise CatalogueError(
                    f"the round {round_.period.code} names a source that the process does not read",
                    file=process.file,
                    value=name,
                    expected=", ".join(sorted(known)),
                    todo="Correct the id, or add the source to `sources`.",
                )
    rounds: list[RoundPlan] = []
    for period, day, editions in written:
        if period in [made.period for made in rounds]:
            raise InputError(
                f"two editions of {sources[0].id} describe the period {period.code}",
                file=data,
                expected="one edition for each period",
                todo="Say in the process which edition each [[round]] reads, or take one of the files away.",
            )
        inputs = []
        for source, edition in editions:
            files = files_of(source, edition, data)
            if not files:
                raise InputError(
                    f"edition {edition.id} of {source.id} is not there",
                    file=data,
                    expected=edition.file or edition.id,
                    todo="Put the file into the folder, or leave the edition out of the process.",
                )
            inputs.append((source, edition, tuple(files)))
        rounds.append(RoundPlan(period, day, tuple(inputs)))
    return tuple(rounds)


def files_of(source: Source, edition: Edition, data: Path) -> tuple[Path, ...]:
    """The files of an edition in the folder `data`, empty unless all are there."""
    layout = source.layout(edition.layout)
    names = [part.file for part in layout.parts] or [edition.file]
    files = tuple(data / name for name in names)
    return files if all(f.is_file() for f in files) else ()


def _source_path(process: Process, name: str) -> str | Path:
    """The folder of a source beside the process file, or the one the process file stands in; else a source's id."""
    here = process.file.resolve().parent
    for folder in (here / name, here.parent / name):
        if (folder / "source.toml").is_file():
            return folder
    return name


def run(
    process: Process,
    catalogue: Catalogue,
    releases: Releases,
    restricted: Restricted,
    data: Path,
    progress: Progress = lambda message: None,
    publish: bool = True,
) -> Outcome:
    """Run the process on the files in `data` and publish its release.

    Raises InputError for files that are not what their description says or have more rejected rows than it allows,
    before anything is computed; Unsafe where the gate refuses. In both cases the previous release stays as it is. With
    ``publish=False`` everything runs but the last step.
    """
    rounds = plan_rounds(process, catalogue, data)
    with restricted.engine() as engine, lineage.kept_apart(restricted.path("lineage", process.id)) as folder:
        return _Run(process, catalogue, restricted, engine, rounds, folder, progress).result(
            releases if publish else None
        )


@dataclass
class _Run:
    process: Process
    catalogue: Catalogue
    restricted: Restricted
    engine: Engine
    rounds: tuple[RoundPlan, ...]
    folder: Path
    progress: Progress
    rejected: dict[str, int] = field(default_factory=dict)
    too_many: list[InputError] = field(default_factory=list)
    issues: dict[str, int] = field(default_factory=dict)
    noticed: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    rejected_shares: dict[str, Share] = field(default_factory=dict)
    counted: int = 0
    inputs: dict[str, str] = field(default_factory=dict)
    quality: dict[str, object] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)

    @cached_property
    def methods(self) -> Methods:
        return Methods(self.process, self.catalogue, self.rules)

    @cached_property
    def rules(self) -> confidentiality.Rules:
        rules = self.catalogue.disclosure[self.process.disclosure]
        sources = {source.id: source for r in self.rounds for source, _, _ in r.inputs}
        return replace(rules, microdata_public=all(s.microdata_public for s in sources.values()))

    # -- from registers to classified units ------------------------------------------------------

    def units(self, plan: RoundPlan) -> ir.Table:
        """The classified, validated units of one round, kept with the lineage of the run.

        The linked units are computed once and given up with the records; all that lies between them and the finished
        units is one expression.
        """
        with self.engine.workspace():
            linked = self._linked(plan)
            units = self.engine.step(registers.with_every_variable(self.engine.scratch(linked)))
            types = self.catalogue.types[self.process.type_rules]
            units = processing.by_rules(units, [types])
            units = self.engine.step(units.mutate(coop_type=units[f"{processing.column_name(types.id)}__status"]))
            validated = processing.validate(units, self.catalogue.validation)
            self._note_issues(plan, validated)
            # The life status comes after validation: a date known to be wrong must not close a unit.
            parameters = self.catalogue.parameters
            units = self.engine.step(validated.units)
            units = processing.by_life_status(units, parameters.life_status, plan.reference_date.isoformat())
            units = processing.by_rules(units, [self.catalogue.perimeters[p] for p in self.process.perimeters])
            units = processing.by_size(units, parameters.size_classes)
            return self._kept(f"units-{plan.period.code}", processing.derive(processing.by_activity(units)))

    def _kept(self, name: str, table: ir.Table) -> ir.Table:
        """A table of the run, computed into the lineage and read from there."""
        return self.engine.read_parquet(lineage.keep(self.engine, self.folder, name, table))

    def _linked(self, plan: RoundPlan) -> ir.Table:
        """One row per unit, from the records of all sources. Raises InputError where too many were set aside."""
        records = self._records(plan)
        if self.too_many:
            raise self.too_many[0]
        self.progress(f"{plan.period.code}: linking and classifying units")
        linked = linkage.link(records, ())
        linked = linkage.Linked({source: self.engine.step(table) for source, table in linked.by_source.items()})
        lineage.keep(self.engine, self.folder, f"records-{plan.period.code}", linked.records)
        added = [source.id for source, _, _ in plan.inputs if source.adds_records]
        return linkage.unit_table(linked, added).drop("snapshot_id", "record_id", "source_id", "register_id")

    def _records(self, plan: RoundPlan) -> dict[str, ir.Table]:
        """The canonical records of each source of a round, in the order of belief; notes what was set aside."""
        found: dict[str, ir.Table] = {}
        for source, edition, files in plan.inputs:
            self.progress(f"{plan.period.code}: reading {source.id}, edition {edition.id}")
            taken = registers.snapshot(
                self.engine, source, edition.layout, files, self.restricted.folder, edition.id, self.restricted.key
            )
            read = registers.read(self.engine, taken)
            label = f"{source.id}/{edition.id}"
            self.inputs[label] = taken.id
            if read.rejected_records:
                self.rejected[label] = read.rejected_records
                self.rejected_shares[label] = Share(read.rejected_records, read.records)
                self.progress(f"{label}: {read.rejected_records} record(s) set aside, listed in {read.rejected_file}")
            if read.rejected_share > taken.layout.max_rejected_share and read.first_fault is not None:
                self.too_many.append(read.first_fault)
            for issue in self.engine.arrow(read.issues).to_pylist():
                self.noticed.setdefault(label, []).append(issue)
            records = read.units.select("snapshot_id", "record_id", "source_id", *CANONICAL)
            records = records.rename(register_id="unit_id")
            if not source.columns(taken.layout)["unit_id"].required:
                records = linkage.identified(records)
            absent = [v for v in CANONICAL if v != "unit_id" and v not in read.given]
            found[source.id] = records.drop(*absent)
        return found

    def _note_issues(self, plan: RoundPlan, validated: processing.Validated) -> None:
        name = f"unit_{self.process.id}__{plan.period.code}".replace("-", "_")
        issues = self.engine.create(f"{name}__issues", validated.issues)
        self.engine.create(f"{name}__edits", validated.edits)
        counted = self.engine.arrow(issues.group_by("rule").agg(n=issues.count())).to_pylist()
        for row in counted:
            self.issues[row["rule"]] = self.issues.get(row["rule"], 0) + int(row["n"])

    # -- from units to observations --------------------------------------------------------------

    def families(self) -> dict[str, list[TablePlan]]:
        """The table plans by the contributions they are made of."""
        found: dict[str, list[TablePlan]] = {}
        for table in self.process.tables:
            for family in dict.fromkeys(FAMILIES.get(m, m) for m in table.measures):
                found.setdefault(family, []).append(table)
        return found

    def dimensions(self, dataflow: str) -> tuple[str, ...]:
        """The breakdown dimensions of a dataflow."""
        return tuple(d for d in self.catalogue.dataflows[dataflow].structure.key if d not in FIXED)

    def codelists(self) -> dict[str, Codelist]:
        """Every dimension's codelist, by dimension."""
        return {
            d.id: d.codelist
            for table in self.process.tables
            for d in self.catalogue.dataflows[table.dataflow].structure.dimensions
            if d.codelist is not None
        }

    def contributions(self, family: str, plans: Sequence[TablePlan], units: ir.Table, period: str) -> Contributions:
        """The contributions of one family in one round, kept with the lineage of the run."""
        dimensions = tuple(dict.fromkeys(d for p in plans for d in self.dimensions(p.dataflow)))
        perimeters = tuple(dict.fromkeys(c for p in plans for c in p.perimeters))
        made = processing.contributions(units, family, dimensions, perimeters)
        return replace(made, rows=self._kept(f"contributions-{period}-{family.lower()}", made.rows))

    def cells(self, made: Contributions, plans: Sequence[TablePlan]) -> dict[str, list[Cell]]:
        """The cells of each dataflow that shows these contributions; a cell two plans ask for is given once."""
        summed = self.engine.arrow(processing.atoms(made.rows, made.dimensions))
        codelists = self.codelists()
        found: dict[str, dict[tuple[str, ...], Cell]] = {}
        for plan in plans:
            for cell in processing.cells(
                summed,
                self.dimensions(plan.dataflow),
                [m for m in plan.measures if m in made.measures],
                plan.perimeters,
                [[Level.parse(name) for name in by] for by in plan.by],
                codelists,
            ):
                found.setdefault(plan.dataflow, {}).setdefault(tuple(cell.codes.values()), cell)
        return {dataflow: list(cells.values()) for dataflow, cells in found.items()}

    def reporting(self, units: ir.Table, family: str, plans: Sequence[TablePlan]) -> Share | None:
        """The units that report the variable behind a family; None for counts.

        Among active units where activity is known, because a dormant one has nothing to report; else among registered
        ones; units of any perimeter that the tables show.
        """
        variable = {
            "MEMBERSHIPS": "members_headcount",
            "JOBS_IN": "employees_headcount",
            "JOBS_WITHIN_SCOPE": "scope_jobs_headcount",
            "TURNOVER": "turnover_lcu",
            "ASSETS": "assets_lcu",
        }
        if family not in variable:
            return None
        shown = dict.fromkeys(code for plan in plans for code in plan.perimeters)
        inside = reduce(or_, [processing.stands_in(units, code) for code in shown])
        inside &= ~units.life_status.isin(processing.NOT_REGISTERED)
        active = inside & (units.life_status == processing.ACTIVE)
        reports = units[variable[family]].notnull()
        counted = self.engine.arrow(
            units.aggregate(
                **{
                    name: condition.cast("int64").sum()
                    for name, condition in (
                        ("registered", inside),
                        ("reporting", inside & reports),
                        ("active", active),
                        ("active_reporting", active & reports),
                    )
                }
            )
        ).to_pylist()[0]
        if not counted["reporting"]:
            return Share(0, int(counted["registered"] or 0))
        if counted["active"]:
            return Share(int(counted["active_reporting"]), int(counted["active"]))
        return Share(int(counted["reporting"]), int(counted["registered"]))

    def result(self, releases: Releases | None) -> Outcome:
        """Run every step; see `run`."""
        rows: dict[str, list[dict[str, object]]] = {}
        recipes: dict[str, Recipe] = {}
        behind: dict[str, tuple[Contributions, list[pa.Table]]] = {}
        coverage: dict[str, dict[str, object]] = {}
        for plan in self.rounds:
            period = plan.period.code
            units = self.units(plan)
            self.progress(f"{period}: adding up tables")
            for family, plans in self.families().items():
                share = self.reporting(units, family, plans)
                if share is not None and not share.part:
                    coverage.setdefault(period, {})[family] = "not reported by these sources"
                    continue
                if share is not None and (told := self._told(share)) is not None:
                    coverage.setdefault(period, {})[family] = told
                made = self.contributions(family, plans, units, period)
                behind.setdefault(family, (made, []))[1].append(self._rows_for_the_gate(made, period))
                for dataflow, cells in self.cells(made, plans).items():
                    rows.setdefault(dataflow, []).extend(
                        self._observation(dataflow, plan, cell, share, recipes) for cell in cells
                    )
            self._describe(plan, units)
        self.quality |= {"reporting_share": coverage, "shares": self.shares}
        tables = {flow: table_of(self.catalogue.dataflows[flow], found) for flow, found in rows.items()}
        facts = [self._facts(family, made, pieces) for family, (made, pieces) in behind.items()]
        draft, hidden = self._protected(tables, facts, recipes)
        release, audit, folder = gate.through(
            draft, facts, self.codelists(), self.rules, self.folder, releases, self.progress
        )
        shown = sum(t.num_rows for t in draft.tables.values()) - hidden
        return Outcome(
            release,
            audit,
            draft,
            dict(self.rejected),
            dict(self.issues),
            folder,
            hidden,
            shown,
            self.noticed,
        )

    def _observation(
        self, dataflow: str, plan: RoundPlan, cell: Cell, share: Share | None, recipes: dict[str, Recipe]
    ) -> dict[str, object]:
        perimeter, measure = cell.codes["PERIMETER"], cell.codes["MEASURE"]
        recipe = self.methods.recipe(plan.inputs, plan.reference_date, perimeter, measure, cell.broken_down)
        recipes[recipe.id] = recipe
        told = None if share is None or share.part == share.whole else self._told(share)
        low = share is not None and share.exact < self.process.minimum_reporting
        codes = {
            **cell.codes,
            "REF_AREA": self.process.area,
            "FREQ": plan.period.frequency,
            "COVERAGE": self.process.coverage,
            "TIME_PERIOD": plan.period.code,
        }
        key = [codes[d.id] for d in self.catalogue.dataflows[dataflow].structure.dimensions]
        return {
            **codes,
            "OBS_VALUE": Decimal(str(cell.value)),
            "OBS_STATUS": str(ObsStatus.LOW_RELIABILITY if low else ObsStatus.NORMAL),
            "CONF_STATUS": str(ConfStatus.FREE),
            "UNIT_MEASURE": self.methods.unit_of(measure),
            "UNIT_MULT": "0",
            "DECIMALS": "0",
            "DEFINITION_VERSION": self.methods.definition(perimeter),
            "VINTAGE": ", ".join(dict.fromkeys(e.id for _, e, _ in plan.inputs)),
            "SOURCE_NOTE": "; ".join(dict.fromkeys(s.attribution for s, _, _ in plan.inputs)),
            "CV": None,
            "COMMENT": None if told is None else f"REPORTING={told * 100:.0f}",
            "RECIPE": recipe.id,
            "FINGERPRINT": fingerprint(
                self.restricted, [self.process.id, dataflow, key, str(cell.value), str(cell.digest)]
            ),
        }

    def _rows_for_the_gate(self, made: Contributions, period: str) -> pa.Table:
        """The contributions of one round, with every word written once."""
        rows = self.engine.arrow(made.rows.select("CONTRIBUTOR", *made.dimensions, *SETS, "VALUE")).combine_chunks()
        columns = {name: rows[name].dictionary_encode() for name in rows.column_names if name != "VALUE"}
        return pa.table({**columns, "TIME_PERIOD": pa.repeat(period, rows.num_rows), "VALUE": rows["VALUE"]})

    def _facts(self, family: str, made: Contributions, rounds: Sequence[pa.Table]) -> confidentiality.Facts:
        """What stands behind one family over all rounds, by contributor and finest cell.

        The gate has to tell contributors apart and need not know who they are: it is given numbers.
        """
        rows = pa.concat_tables(rounds).unify_dictionaries() if len(rounds) > 1 else rounds[0]
        numbers = [chunk.indices for chunk in rows["CONTRIBUTOR"].chunks]
        rows = rows.set_column(0, "CONTRIBUTOR", pa.chunked_array(numbers, pa.int32()))
        flows = tuple(dict.fromkeys(plan.dataflow for plan in self.families()[family]))
        return confidentiality.Facts(
            flows[0],
            frozenset(made.measures),
            made.kind,
            made.integer,
            rows,
            frozenset(SETS),
            frozenset(flows[1:]),
        )

    def _protected(
        self, tables: dict[str, pa.Table], facts: list[confidentiality.Facts], recipes: dict[str, Recipe]
    ) -> tuple[Draft, int]:
        self.progress("protecting confidential cells")
        protected, report = confidentiality.protect(tables, facts, self.codelists(), self.rules)
        protected = {name: gate.silent(table, ("CV", "COMMENT")) for name, table in protected.items()}
        hidden = len(report.decisions)
        said = self.process
        run = gate.run_of(
            said.id, said.version, self.rules.label, said.file, self.inputs, self.catalogue, self.restricted
        )
        if self.rules.microdata_public:
            self.quality["issues"] = dict(sorted(self.issues.items()))
            self.quality["rejected_rows"] = dict(sorted(self.rejected.items()))
        else:
            # A count of units that no audited cell shows stays inside; a share of many units may leave.
            found = {rule: self._told(Share(n, self.counted)) for rule, n in sorted(self.issues.items())}
            self.quality["issue_shares"] = {rule: told for rule, told in found.items() if told is not None}
            aside = {label: self._told(share) for label, share in sorted(self.rejected_shares.items())}
            self.quality["rejected_shares"] = {label: told for label, told in aside.items() if told is not None}
        self.quality["inputs"] = gate.told(self.inputs, self.restricted)
        flows = {name: self.catalogue.dataflows[name] for name in protected}
        vintage = ", ".join(dict.fromkeys(e.id for r in self.rounds for _, e, _ in r.inputs))
        draft = Draft(
            self.process.id,
            self.process.title,
            flows,
            protected,
            recipes,
            self.quality,
            run,
            self.process.fictional,
            vintage,
        )
        return draft, hidden

    def _describe(self, plan: RoundPlan, units: ir.Table) -> None:
        """Quality measures of a round, as far as they may be told."""
        undetermined = {
            name: (units[f"{processing.column_name(name)}__status"] == "undetermined").cast("int64").sum()
            for name in self.process.perimeters
        }
        counted = self.engine.arrow(
            units.aggregate(
                units=units.count(), unlinked=units.national_id.isnull().cast("int64").sum(), **undetermined
            )
        ).to_pylist()[0]
        total = int(counted["units"])
        self.counted += total
        shares = {f"undetermined share, {name}": Share(int(counted[name] or 0), total) for name in undetermined}
        if len(plan.inputs) > 1:
            shares["share of units without a common identifier"] = Share(int(counted["unlinked"] or 0), total)
        told = {name: self._told(share) for name, share in shares.items()}
        self.shares[plan.period.code] = {name: share for name, share in told.items() if share is not None}

    def _told(self, share: Share) -> float | None:
        return share.told(public=self.rules.microdata_public)
