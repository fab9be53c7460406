"""How an observation was made, for its public trace: the sources read and the methods applied, with versions.

A recipe names only what bears on the observation: the perimeter it is counted in, the type rules where
it is broken down by type, the size classes where it is broken down by size. So a new version of a rule
changes the traces of the observations it decides, and of no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sse_observatory.catalogue.load import Catalogue
from sse_observatory.catalogue.processes import UNDETERMINED, Process
from sse_observatory.catalogue.sources import Edition, Source
from sse_observatory.core import CatalogueError, Text
from sse_observatory.production.confidentiality import Rules
from sse_observatory.releases import MethodRef, Recipe, SourceRef


class Methods:
    """The methods of one process, and the recipe of each of its observations."""

    def __init__(self, process: Process, catalogue: Catalogue, rules: Rules) -> None:
        self._process, self._catalogue, self._rules = process, catalogue, rules
        self._recipes: dict[tuple[object, ...], Recipe] = {}

    def _say(self, key: str) -> Text:
        return self._catalogue.interface[key]

    def definition(self, perimeter: str) -> str:
        """``id@version`` of the perimeter behind a code of CL_PERIMETER."""
        return str(self._catalogue.perimeters[perimeter.removesuffix(UNDETERMINED)].name)

    def unit_of(self, measure: str) -> str:
        """The unit a measure is counted in; amounts are in the currency of the process.

        Raises CatalogueError for an amount where the process names no currency.
        """
        unit = self._catalogue.codelists["CL_MEASURE"][measure].notes.get("unit", "") or self._process.currency
        if not unit:
            raise CatalogueError(
                f"{measure} is an amount of money, and the process names no currency",
                file=self._process.file,
                todo='Write `currency = "…"` (ISO 4217).',
            )
        return unit

    def recipe(
        self,
        inputs: Sequence[tuple[Source, Edition, tuple[Path, ...]]],
        perimeter: str,
        measure: str,
        broken_down: tuple[str, ...],
    ) -> Recipe:
        """The recipe of an observation in `perimeter`, of `measure`, broken down by `broken_down`; made once."""
        known = (tuple((s.id, e.id) for s, e, _ in inputs), perimeter, measure, broken_down)
        if known not in self._recipes:
            self._recipes[known] = self._make([(s, e) for s, e, _ in inputs], perimeter, measure, broken_down)
        return self._recipes[known]

    def _make(
        self, inputs: Sequence[tuple[Source, Edition]], perimeter: str, measure: str, broken_down: tuple[str, ...]
    ) -> Recipe:
        parameters = self._catalogue.parameters
        ruleset = self._catalogue.perimeters[perimeter.removesuffix(UNDETERMINED)]
        methods = [MethodRef("5.2", "read", "1.0", self._say("method.read"))]
        if len(inputs) > 1:
            methods.append(
                MethodRef(
                    "5.1",
                    "link-by-identifier",
                    "1.0",
                    self._say("method.linked"),
                    {"precedence": ", ".join(self._process.sources)},
                )
            )
        methods.append(
            MethodRef("5.2", ruleset.id, ruleset.version, ruleset.label, {}, ruleset.status, ruleset.reference)
        )
        if "COOP_TYPE" in broken_down:
            types = self._catalogue.types[self._process.type_rules]
            methods.append(MethodRef("5.2", types.id, types.version, types.label, {}, types.status, types.reference))
        if "ACTIVITY" in broken_down:
            methods.append(MethodRef("5.2", "activity", "ISIC4", self._say("method.activity")))
        if "SIZE" in broken_down:
            sizes = parameters.size_classes
            bounds = ", ".join(f"{code} ≥ {bound}" for code, bound in sizes.bounds)
            methods.append(
                MethodRef(
                    "5.2",
                    "size-classes",
                    sizes.version,
                    self._say("method.size-classes"),
                    {"bounds": bounds},
                    sizes.status,
                    sizes.reference,
                )
            )
        if measure.startswith("UNITS"):
            life = parameters.life_status
            window = {"window_months": str(life.window_months)} if measure == "UNITS_ACTIVE" else {}
            methods.append(
                MethodRef(
                    "5.5",
                    "life-status",
                    life.version,
                    self._say("method.life-status"),
                    window,
                    life.status,
                    life.reference,
                )
            )
        else:
            validation = self._catalogue.validation
            methods.append(MethodRef("5.4", "validation", validation.version, self._say("method.validated")))
        methods.append(MethodRef("5.7", "exact-sum", "1.0", self._say("method.added")))
        rules = self._rules
        if rules.microdata_public:
            methods.append(MethodRef("6.4", "microdata-public", rules.version, self._say("method.microdata-public")))
        else:
            agreed = {
                "minimum contributors": str(rules.min_contributors),
                "p": f"{float(rules.p_percent):g} %",
                "safety range": f"{float(rules.safety_range_percent):g} %",
            }
            methods.append(
                MethodRef(
                    "6.4",
                    "disclosure-control",
                    rules.version,
                    self._say("method.protected"),
                    agreed,
                    rules.status,
                    rules.source,
                )
            )
        notes = {
            "MEMBERSHIPS": (self._say("method.memberships"), self._say("method.primary-only")),
            "JOBS_IN": (self._say("method.work-not-added"),),
            "JOBS_WITHIN_SCOPE": (self._say("method.work-not-added"),),
        }
        return Recipe(tuple(_source_ref(s, e) for s, e in inputs), tuple(methods), notes.get(measure, ()))


def _source_ref(source: Source, edition: Edition) -> SourceRef:
    # The snapshot stays out: naming it here would change every trace when one record of the source changes.
    return SourceRef(
        source.id,
        source.title,
        edition.id,
        source.provider["en"],
        source.licence,
        source.attribution,
        source.description.url,
        "",
        source.coverage.statement,
    )
