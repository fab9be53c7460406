"""From the files of a survey to a release: read, weigh, estimate, protect, publish."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.catalogue.load import Catalogue
from sse_observatory.catalogue.processes import FIXED
from sse_observatory.catalogue.surveys import Survey, SurveyTable
from sse_observatory.core import ConfStatus, ObservatoryError, ObsStatus, Period, keyed_hash
from sse_observatory.engine import Engine, connect
from sse_observatory.pipelines import gate
from sse_observatory.pipelines.observations import fingerprint, table_of
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.pipelines.shares import Share
from sse_observatory.pipelines.surveys import reading
from sse_observatory.pipelines.surveys.cells import Contributions, Estimated, Estimates
from sse_observatory.pipelines.surveys.methods import Recipes
from sse_observatory.pipelines.surveys.reading import LINE, ROW, Files, Rejected
from sse_observatory.pipelines.surveys.samples import (
    CONTRIBUTOR,
    ID,
    OF_MEMBER,
    OUT_OF_SCOPE,
    OUTCOME,
    RESPONDED,
    Round,
    read_round,
)
from sse_observatory.pipelines.surveys.weights import WeightedRound, weigh
from sse_observatory.production import confidentiality, lineage
from sse_observatory.releases import (
    Audit,
    Draft,
    Recipe,
    ReleaseRef,
    Releases,
)
from sse_observatory.structures import TOTAL, Codelist

Progress = Callable[[str], None]
CLASSES = {
    ObsStatus.NORMAL: "RELIABLE", ObsStatus.LOW_RELIABILITY: "CAUTION", ObsStatus.NOT_SIGNIFICANT: "NOT_PUBLISHED",
}  # fmt: skip
"""The precision class that goes with a status; other statuses have none."""
PRECISION = ("CV", "CI_LOWER", "CI_UPPER", "CHANGE", "CHANGE_SE", "PUBLICATION_CLASS")
FEWEST = 100
"""Sampled units below which the size of a sample is not told beside a release."""


@dataclass(frozen=True)
class SurveyOutcome:
    """What a run did: the release, the gate's verdict, and what the office must look at.

    `rejected` are the rows and answers set aside, by round, listed in `rejected_files` on the restricted side.
    """

    release: ReleaseRef | None
    audit: Audit
    draft: Draft
    rejected: Mapping[str, int]
    rejected_files: Mapping[str, Path]
    folder: Path
    hidden: int
    imprecise: int
    shown: int


def run(
    survey: Survey,
    catalogue: Catalogue,
    releases: Releases,
    restricted: Restricted,
    data: Path,
    progress: Progress = lambda message: None,
    publish: bool = True,
) -> SurveyOutcome:
    """Run a survey's process on the files in `data` and publish its release.

    Raises InputError for files that are not what the process says, control totals that contradict each other and
    weights that cannot be calibrated; Unsafe where the gate refuses. The previous release then stays as it is. With
    ``publish=False`` everything runs but the last step.
    """
    # One thread: sums of floating-point numbers must not depend on which thread ends first.
    beside = restricted.path("lineage", survey.said.id)
    with connect("duckdb://", threads=1) as engine, lineage.kept_apart(beside) as folder:
        made = _Run(survey, catalogue, restricted, data, engine, folder, progress)
        return made.result(releases if publish else None)


@dataclass
class _Run:
    survey: Survey
    catalogue: Catalogue
    restricted: Restricted
    data: Path
    engine: Engine
    folder: Path
    progress: Progress
    inputs: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, Sequence[Rejected]] = field(default_factory=dict)
    quality: dict[str, dict[str, object]] = field(default_factory=dict)
    contributors: dict[str, int] = field(default_factory=dict)

    @property
    def rules(self) -> confidentiality.Rules:
        return self.catalogue.disclosure[self.survey.said.disclosure]

    def codelists(self) -> dict[str, Codelist]:
        """Every dimension's codelist, by dimension."""
        flows = {t.dataflow for t in self.survey.said.table}
        return {
            d.id: d.codelist
            for flow in sorted(flows)
            for d in self.catalogue.dataflows[flow].structure.dimensions
            if d.codelist is not None
        }

    def plans(self) -> dict[str, list[SurveyTable]]:
        """The table plans by measure."""
        found: dict[str, list[SurveyTable]] = {}
        for plan in self.survey.said.table:
            found.setdefault(plan.measure, []).append(plan)
        return found

    def result(self, releases: Releases | None) -> SurveyOutcome:
        recipes: dict[str, Recipe] = {}
        rows: dict[str, dict[tuple[str, ...], dict[str, object]]] = {}
        facts: dict[str, list[pa.Table]] = {}
        made_of = Recipes(self.survey, self.catalogue, self.rules)
        earlier: Estimates | None = None
        since: Period | None = None
        before: dict[tuple[str, ...], Estimated] = {}
        for period in reading.periods_of(self.survey, self.data):
            made = self._read(period)
            weighted = self._weighted(made)
            self.progress(f"{period.code}: estimating")
            limits = self.catalogue.parameters.precision
            estimates = Estimates(self.survey, made, weighted, self.codelists(), limits)
            now: dict[tuple[str, ...], Estimated] = {}
            for measure, plans in self.plans().items():
                given = estimates.contributions(measure)
                facts.setdefault(measure, []).append(self._facts_of(made, given))
                self._keep(made, given)
                for plan in plans:
                    errors = self._change_errors(plan, estimates, earlier)
                    for cell in estimates.cells(plan, given):
                        recipe = made_of.of(plan, period, cell.broken_down, weighted[plan.weighting], since)
                        recipes[recipe.id] = recipe
                        codes = tuple(sorted(cell.codes.items()))
                        place = (plan.dataflow, plan.measure, *(x for pair in codes for x in pair))
                        now[place] = cell
                        change = self._change(before.get(place), cell, errors.get(codes))
                        key, row = self._observation(plan, period, cell, recipe, change)
                        rows.setdefault(plan.dataflow, {}).setdefault(key, row)
            self._describe(made, estimates)
            earlier, before, since = estimates, now, period
        tables = {flow: table_of(self.catalogue.dataflows[flow], list(found.values())) for flow, found in rows.items()}
        behind = [self._facts(measure, pieces) for measure, pieces in facts.items()]
        draft, hidden = self._protected(tables, behind, recipes)
        release, audit, folder = gate.through(
            draft, behind, self.codelists(), self.rules, self.folder, releases, self.progress
        )
        states = [s for t in draft.tables.values() for s in t["OBS_STATUS"].to_pylist()]
        imprecise = states.count(str(ObsStatus.NOT_SIGNIFICANT))
        values = sum(len(t) - t["OBS_VALUE"].null_count for t in draft.tables.values())
        return SurveyOutcome(
            release, audit, draft, {code: len(found) for code, found in self.rejected.items()},
            {code: folder / f"rejected-{code}.csv" for code in self.rejected}, folder, hidden, imprecise, values,
        )  # fmt: skip

    # -- from files to weights ------------------------------------------------------------------------

    def _read(self, period: Period) -> Round:
        self.progress(f"{period.code}: reading")
        files = Files(self.survey, self.data, period, self.engine, self.folder)
        self.inputs |= files.hashes()
        made = read_round(self.survey, self.catalogue, files)
        if made.rejected:
            self.rejected[period.code] = made.rejected
            self._write_rejected(period, made.rejected)
            self.progress(f"{period.code}: {len(made.rejected)} answer(s) set aside, listed on the restricted side")
        return made

    def _write_rejected(self, period: Period, rejected: Sequence[Rejected]) -> None:
        """The rows set aside, with the reason, beside the lineage of the run."""
        with (self.folder / f"rejected-{period.code}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("file", "line", "column", "value", "reason"))
            writer.writerows((r.file, r.line, r.column, r.value, r.reason) for r in rejected)

    def _weighted(self, made: Round) -> dict[str, WeightedRound]:
        found = {}
        used = {t.weighting for t in self.survey.said.table}
        for weighting in self.survey.said.weighting:
            if weighting.id in used:
                self.progress(f"{made.period.code}: weights {weighting.id}")
                found[weighting.id] = weigh(self.survey, made, weighting)
        return found

    # -- observations ---------------------------------------------------------------------------------

    def _observation(
        self, plan: SurveyTable, period: Period, cell: Estimated, recipe: Recipe, change: tuple[str, str] | None
    ) -> tuple[tuple[str, ...], dict[str, object]]:
        said, structure = self.survey.said, self.catalogue.dataflows[plan.dataflow].structure
        codes = {name: TOTAL for name in structure.key if name not in FIXED} | dict(cell.codes)
        codes |= {
            "REF_AREA": said.area, "FREQ": period.frequency, "COVERAGE": said.coverage, "PERIMETER": said.perimeter,
            "MEASURE": plan.measure, "TIME_PERIOD": period.code,
        }  # fmt: skip
        key = tuple(codes[d.id] for d in structure.dimensions)
        shown = cell.status.has_value
        known = shown and cell.cv is not None  # where nobody was found, an interval from 0 to 0 would say too much
        unit = self.catalogue.codelists["CL_MEASURE"][plan.measure].notes.get("unit", "") or said.currency
        error = f"{cell.se:.6g}" if cell.se is not None else ""
        content = [said.id, plan.dataflow, list(key), str(cell.value), error, str(cell.digest)]
        content += change or ()
        row: dict[str, object] = {
            **codes,
            "OBS_VALUE": Decimal(cell.value) if shown else None,
            "OBS_STATUS": str(cell.status),
            "CONF_STATUS": str(ConfStatus.FREE),
            "UNIT_MEASURE": unit,
            "UNIT_MULT": plan.unit_mult,
            "DECIMALS": "0",
            "DEFINITION_VERSION": said.definition,
            "VINTAGE": period.code,
            "SOURCE_NOTE": said.source.attribution,
            "CV": f"{cell.cv * 100:.1f}" if shown and cell.cv is not None else None,
            "CI_LOWER": f"{max(round(cell.lower), 0)}" if known and cell.lower is not None else None,
            "CI_UPPER": f"{round(cell.upper)}" if known and cell.upper is not None else None,
            "PUBLICATION_CLASS": CLASSES.get(cell.status),
            "CHANGE": change[0] if change else None,
            "CHANGE_SE": change[1] if change else None,
            "RECIPE": recipe.id,
            "FINGERPRINT": fingerprint(self.restricted, content),
        }
        return key, row

    @staticmethod
    def _change(before: Estimated | None, cell: Estimated, error: float | None) -> tuple[str, str] | None:
        """A cell's change since the round before with its standard error, where both rounds show a value."""
        if before is None or error is None or not (before.status.has_value and cell.status.has_value):
            return None
        return str(cell.value - before.value), f"{error:.0f}"

    def _change_errors(
        self, plan: SurveyTable, now: Estimates, earlier: Estimates | None
    ) -> dict[tuple[tuple[str, str], ...], float]:
        """The standard errors of changes since the round before; none in the first, or where the library has none."""
        if earlier is None:
            return {}
        try:
            return now.change_errors(plan, earlier)
        except ObservatoryError as error:
            self.progress(f"no changes of {plan.measure}: {error.what}")
            return {}

    # -- the gate ---------------------------------------------------------------------------------------

    def _facts_of(self, made: Round, given: Contributions) -> pa.Table:
        """The contributions of one round for the gate, which tells contributors apart and knows nobody."""
        who = [self.contributors.setdefault(n, len(self.contributors)) for n in given.rows[CONTRIBUTOR].to_pylist()]
        columns: dict[str, pa.Array] = {"CONTRIBUTOR": pa.array(who, pa.int32())}
        columns |= {dimension: given.rows[dimension] for dimension in given.dimensions}
        columns["TIME_PERIOD"] = pa.array([made.period.code] * len(who), pa.string())
        unit = 10 ** int(self.plans()[given.measure][0].unit_mult)  # the gate compares in units of one
        columns["VALUE"] = pc.multiply_checked(given.rows["VALUE"], unit)
        return pa.table(columns)

    def _facts(self, measure: str, rounds: Sequence[pa.Table]) -> confidentiality.Facts:
        flows = tuple(dict.fromkeys(plan.dataflow for plan in self.plans()[measure]))
        rows = pa.concat_tables(rounds)
        return confidentiality.Facts(flows[0], frozenset({measure}), "magnitude", True, rows, also=frozenset(flows[1:]))

    def _keep(self, made: Round, given: Contributions) -> None:
        """What each respondent adds to each measure, and the rows of the files behind them, for the lineage."""
        said, code = self.survey.said, made.period.code
        rows = {"unit_id": given.rows[ID]} | {dimension: given.rows[dimension] for dimension in given.dimensions}
        constant = {"PERIMETER": said.perimeter, "MEASURE": given.measure}
        rows |= {name: pa.array([value] * len(given.rows), pa.string()) for name, value in constant.items()}
        rows["VALUE"] = given.rows["VALUE"]
        name = f"contributions-{code}-{given.measure.lower()}"
        lineage.keep(self.engine, self.folder, name, self.engine.create("survey_kept", pa.table(rows)))
        table = made.rows
        files = ibis.ifelse(table[OF_MEMBER], made.file(True).name, made.file(False).name)
        records = table.order_by(ROW).select(
            unit_id=table[ID], source_id=ibis.literal(said.source.id),
            record_id=files + ", line " + table[LINE].cast("string"),
            snapshot_id=ibis.literal(self._snapshot(made)),
        )  # fmt: skip
        lineage.keep(self.engine, self.folder, f"records-{code}", records)

    def _snapshot(self, made: Round) -> str:
        names = made.files.names()
        return keyed_hash(self.restricted.key, {name: self.inputs[name] for name in names})[:20]

    def _protected(
        self, tables: Mapping[str, pa.Table], facts: Sequence[confidentiality.Facts], recipes: Mapping[str, Recipe]
    ) -> tuple[Draft, int]:
        self.progress("protecting confidential cells")
        protected, report = confidentiality.protect(tables, facts, self.codelists(), self.rules)
        mute = (*PRECISION, "COMMENT")
        protected = {name: _without_changes(gate.silent(table, mute)) for name, table in protected.items()}
        said = self.survey.said
        run = gate.run_of(
            said.id, said.version, self.rules.label, self.survey.file, self.inputs, self.catalogue, self.restricted
        )
        quality = {"rounds": self.quality, "inputs": gate.told(self.inputs, self.restricted)}
        flows = {name: self.catalogue.dataflows[name] for name in protected}
        draft = Draft(
            self.survey.said.id, self.survey.title, flows, protected, dict(recipes), quality, run,
            self.survey.said.fictional, ", ".join(self.quality),
        )  # fmt: skip
        return draft, len(report.decisions)

    def _describe(self, made: Round, estimates: Estimates) -> None:
        """Quality measures of a round, as far as they may be told: sizes in tens, shares in safe steps."""
        outcome = made.units.table[OUTCOME]
        told = self.engine.arrow(outcome.value_counts(name="units")).to_pylist()
        counted = {RESPONDED: 0, OUT_OF_SCOPE: 0} | {row[OUTCOME]: row["units"] for row in told}
        sampled = made.units.count
        found: dict[str, object] = {}
        if sampled >= FEWEST:
            found["sampled units, in tens"] = round(sampled, -1)
        shares = {
            "response rate": Share(counted[RESPONDED], sampled - counted[OUT_OF_SCOPE]),
            "share out of scope": Share(counted[OUT_OF_SCOPE], sampled),
            "share with answers set aside": Share(len({(r.file, r.line) for r in made.rejected}), len(made)),
        }
        found |= {name: told for name, share in shares.items() if (told := share.told()) is not None}
        if sampled >= FEWEST:
            # Of the whole country only: of a small cell, design effect and precision together give its respondents.
            found["design effects of totals"] = {m: float(f"{e:.2g}") for m, e in sorted(estimates.effects.items())}
        self.quality[made.period.code] = found


def _without_changes(table: pa.Table) -> pa.Table:
    """`table` without changes since an observation that is hidden: they would tell its value."""
    dimensions = table.column_names[: table.column_names.index("OBS_VALUE")]
    place = dimensions.index("TIME_PERIOD")
    keys = list(zip(*(table[d].to_pylist() for d in dimensions), strict=True))
    shown = {key for key, value in zip(keys, table["OBS_VALUE"].to_pylist(), strict=True) if value is not None}
    periods = sorted({key[place] for key in keys})
    before = dict(zip(periods[1:], periods, strict=False))
    told = pa.array([(*key[:place], before.get(key[place]), *key[place + 1 :]) in shown for key in keys], pa.bool_())
    for name in ("CHANGE", "CHANGE_SE"):
        column = pc.if_else(told, table[name], pa.scalar(None, pa.string()))
        table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
    return table
