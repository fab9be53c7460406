"""A first process file for a source of one's own: the tables its variables can fill, for a statistician to finish.

It proposes what the source description makes possible and says what it leaves out and why. It decides nothing: which
tables to publish, under which definitions and disclosure rules, is for a person to confirm.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sse_observatory.catalogue.load import Catalogue
from sse_observatory.catalogue.sources import Source
from sse_observatory.core import LANGUAGES, CatalogueError
from sse_observatory.releases import FICTIONAL_AREAS

COOPERATIVES, SSE = "COOP-ICLS2018", "SSE-ILC2022"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A dimension and the canonical variables that fill it: all of one of the groups must be there."""

    dimension: str
    any_of: tuple[tuple[str, ...], ...]

    def filled_by(self, variables: frozenset[str]) -> bool:
        """Whether a source with these variables can fill the dimension with more than *unknown*."""
        return any(variables.issuperset(group) for group in self.any_of)

    @property
    def needs(self) -> str:
        """The variables it takes, in words."""
        return ", or ".join(" and ".join(group) for group in self.any_of)


TYPE = Breakdown("COOP_TYPE", (("member_interest",), ("board_majority",)))
TIER = Breakdown("TIER", (("tier",),))
ACTIVITY = Breakdown("ACTIVITY", (("activity_division",),))
SIZE = Breakdown("SIZE", (("size_class_given",), ("employees_headcount", "worker_members_headcount")))
REGION = Breakdown("REGION", (("region",),))
SEX = Breakdown("SEX", (("members_women",), ("members_men",)))
FAMILY = Breakdown("UNIT_FAMILY", (("form_family",), ("sse_flag",)))
STATUS = Breakdown("WORK_STATUS", (("employees_headcount", "worker_members_headcount"),))


def variables_of(source: Source) -> frozenset[str]:
    """The canonical variables that every layout of the source gives, by its columns or its code maps."""
    mapped = {name for code_map in source.maps.values() for name in code_map.gives}
    in_layouts = [frozenset(source.columns(layout)) for layout in source.layouts]
    return frozenset.intersection(*in_layouts) | mapped


def draft_process(source: Source, catalogue: Catalogue) -> str:
    """The text of a process file for `source`, named like it, that can be run as it is.

    Raises CatalogueError for a source without editions: nothing could be read then.
    """
    if not source.editions:
        raise CatalogueError(
            "the source describes no edition, so there is nothing to run on.",
            file=source.folder / "source.toml",
            expected="[[edition]] with id, period, reference_date, layout and file",
            todo="Add an edition for each file you have; docs/reference/sources.md says how.",
        )
    variables = variables_of(source)
    perimeters = _perimeters(source, catalogue, variables)
    writer = _Writer(variables)
    counts = ["UNITS_REGISTERED"]
    if "last_evidence_on" in variables:
        counts.append("UNITS_ACTIVE")
    else:
        writer.leave_out("UNITS_ACTIVE needs last_evidence_on: without dated evidence, registered is all one knows.")
    writer.table("DF_COOP_UNITS", counts, [COOPERATIVES], (TYPE, TIER, ACTIVITY, SIZE, REGION))
    writer.table("DF_COOP_UNITS", counts, [f"{COOPERATIVES}-UND"], ())
    for perimeter in perimeters[1:]:
        writer.table("DF_SSE_UNITS", counts, [perimeter], (FAMILY, ACTIVITY, REGION))
        writer.table("DF_SSE_UNITS", counts, [f"{perimeter}-UND"], ())
    if writer.has("members_headcount", "MEMBERSHIPS"):
        writer.table("DF_COOP_MEMBERS", ["MEMBERSHIPS"], [COOPERATIVES], (TYPE, SEX, REGION))
    if writer.has("employees_headcount", "JOBS_IN"):
        writer.table("DF_COOP_WORK", ["JOBS_IN"], [COOPERATIVES], (TYPE, STATUS, ACTIVITY))
    if writer.has("scope_jobs_headcount", "JOBS_WITHIN_SCOPE"):
        writer.table("DF_COOP_WORK", ["JOBS_WITHIN_SCOPE"], [COOPERATIVES], (TYPE,))
    amounts = [
        measure
        for variable, measure in (("turnover_lcu", "TURNOVER"), ("assets_lcu", "ASSETS"))
        if writer.has(variable, measure)
    ]
    if amounts:
        writer.table("DF_COOP_ECONOMY", amounts, [COOPERATIVES], (TYPE, ACTIVITY))
    head = [
        f"# A first process for {source.id}. Remove the tables you do not want; check every line marked CHECK.",
        f"id = {_quoted(source.id)}",
        'version = "0.1"',
        f"area = {_quoted(source.area)}",
        *(["fictional = true"] if source.area in FICTIONAL_AREAS else []),
        f"coverage = {_quoted(source.coverage.code)}    # CHECK: what the figures cover, a code of CL_COVERAGE",
        f"sources = [{_quoted(source.id)}]",
        f"perimeters = {_list(perimeters)}    # CHECK: the definitions to count under",
        *([f"currency = {_quoted(source.currency)}"] if amounts and source.currency else []),
        *(['currency = ""    # CHECK: ISO 4217, because there are amounts'] if amounts and not source.currency else []),
        'disclosure = "default"    # CHECK: a rule set of disclosure.toml',
        "",
        "[title]    # CHECK: readers see it",
        *(f"{lang} = {_quoted(text)}" for lang in LANGUAGES if (text := source.title.get(lang))),
    ]
    rounds = ["", "# Each edition whose file is found with the data makes one reference period:"]
    rounds += [f"#   {e.period}: {e.file or e.id}" for e in source.editions]
    left = ["", "# Left out:", *(f"#   {line}" for line in writer.left_out)] if writer.left_out else []
    return "\n".join([*head, *writer.lines, *rounds, *left]) + "\n"


def _perimeters(source: Source, catalogue: Catalogue, variables: frozenset[str]) -> list[str]:
    """Cooperatives first; the SSE where the source tells families apart; the national definition of its area."""
    families = {row.get("form_family") for code_map in source.maps.values() for row in code_map.rows.values()}
    beyond = bool(families - {None, "COOP"}) or bool(variables & {"sse_flag", "ess_family"})
    national = [p.id for p in catalogue.perimeters.values() if p.area is not None and p.area == source.area]
    return [COOPERATIVES, *([SSE] if beyond else []), *national]


class _Writer:
    def __init__(self, variables: frozenset[str]) -> None:
        self.variables = variables
        self.lines: list[str] = []
        self.left_out: list[str] = []

    def leave_out(self, line: str) -> None:
        if line not in self.left_out:
            self.left_out.append(line)

    def has(self, variable: str, measure: str) -> bool:
        if variable not in self.variables:
            self.leave_out(f"{measure} needs {variable}.")
            return False
        return True

    def table(
        self, dataflow: str, measures: Sequence[str], perimeters: Sequence[str], breakdowns: Sequence[Breakdown]
    ) -> None:
        by: list[list[str]] = [[]]
        for breakdown in breakdowns:
            if breakdown.filled_by(self.variables):
                by.append([breakdown.dimension])
            else:
                self.leave_out(f"{breakdown.dimension} needs {breakdown.needs}.")
        self.lines += [
            "",
            "[[table]]",
            f"dataflow = {_quoted(dataflow)}",
            f"measures = {_list(measures)}",
            f"perimeters = {_list(perimeters)}",
            f"by = {_list(by)}",
        ]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(values: Sequence[object]) -> str:
    return json.dumps(list(values), ensure_ascii=False)
