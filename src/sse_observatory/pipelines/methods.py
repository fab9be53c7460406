"""How an observation was made, for its public trace: the sources read and the methods applied, with versions.

A recipe names what bears on the observation and nothing else, so that a new version of a rule changes the traces
of the observations it decides, and of no others:

- the perimeter it is counted in; the type rules where it is broken down by type; the size classes where by size;
  the definition of a cooperative where by family, because that decides who is a cooperative there;
- the window of evidence for active units, and for whatever is decided by a rule that looks at the life status;
- the validation rules that may set aside a value of a variable it is made of. A rule that only lists issues, or that
  looks at other variables, is not named: it cannot change the value;
- the disclosure rules always, because they decide whether the observation is shown at all;
- the version of each source description, with its code maps, and of the process file.

Which records changed is not told here but by the fingerprint of the observation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from sse_observatory.catalogue.load import Catalogue
from sse_observatory.catalogue.processes import UNDETERMINED, Process
from sse_observatory.catalogue.rulesets import RuleSet
from sse_observatory.catalogue.sources import Edition, Source
from sse_observatory.core import CatalogueError, Text
from sse_observatory.production.confidentiality import Rules
from sse_observatory.production.processing import variables_of
from sse_observatory.releases import MethodRef, Recipe, SourceRef

COOPERATIVE = "COOP-ICLS2018"
"""The perimeter that makes a unit a cooperative in a breakdown by family (`processing.derive`)."""


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
        reference_date: date,
        perimeter: str,
        measure: str,
        broken_down: tuple[str, ...],
    ) -> Recipe:
        """The recipe of an observation in `perimeter`, of `measure`, broken down by `broken_down`; made once."""
        known = (tuple((s.id, e.id) for s, e, _ in inputs), reference_date, perimeter, measure, broken_down)
        if known not in self._recipes:
            pairs = [(s, e) for s, e, _ in inputs]
            self._recipes[known] = self._make(pairs, reference_date, perimeter, measure, broken_down)
        return self._recipes[known]

    def _make(
        self,
        inputs: Sequence[tuple[Source, Edition]],
        reference_date: date,
        perimeter: str,
        measure: str,
        broken_down: tuple[str, ...],
    ) -> Recipe:
        sources = [source for source, _ in inputs]
        methods = (
            *self._integrated(sources),
            *self._classified(perimeter, measure, broken_down),
            *self._edited(measure, broken_down),
            *self._derived(perimeter, measure, broken_down, reference_date),
            MethodRef(
                "5.7",
                "exact-sum",
                "1.0",
                self._say("method.added"),
                {"tables": f"{self._process.id} {self._process.version}"},
            ),
            self._protected(),
        )
        notes = {
            "MEMBERSHIPS": (self._say("method.memberships"), self._say("method.primary-only")),
            "JOBS_IN": (self._say("method.work-not-added"),),
            "JOBS_WITHIN_SCOPE": (self._say("method.work-not-added"),),
        }
        return Recipe(tuple(_source_ref(s, e) for s, e in inputs), methods, notes.get(measure, ()))

    def _integrated(self, sources: Sequence[Source]) -> Iterator[MethodRef]:
        described = {source.id: f"description {source.version}" for source in sources}
        yield MethodRef("5.2", "read", "1.0", self._say("method.read"), described)
        added = ", ".join(source.id for source in sources if source.adds_records)
        if len(sources) > 1 or added:
            agreed = {"precedence": ", ".join(self._process.sources)}
            if added:
                agreed["records of one unit added up"] = added
            yield MethodRef("5.1", "link-by-identifier", "1.0", self._say("method.linked"), agreed)

    def _rulesets(self, perimeter: str, measure: str, broken_down: tuple[str, ...]) -> list[RuleSet]:
        """The rule sets that decide whether a unit counts for the observation, and under which code."""
        catalogue, process = self._catalogue, self._process
        found = [catalogue.perimeters[perimeter.removesuffix(UNDETERMINED)]]
        if "UNIT_FAMILY" in broken_down and COOPERATIVE in process.perimeters:
            found.append(catalogue.perimeters[COOPERATIVE])
        bearing = catalogue.validation.bearing_on(variables_of(measure, broken_down))
        if "COOP_TYPE" in broken_down or any(rule.cooperative_type for rule in bearing):
            found.append(catalogue.types[process.type_rules])
        return list({ruleset.id: ruleset for ruleset in found}.values())

    def _classified(self, perimeter: str, measure: str, broken_down: tuple[str, ...]) -> Iterator[MethodRef]:
        for r in self._rulesets(perimeter, measure, broken_down):
            yield MethodRef("5.2", r.id, r.version, r.label, {}, r.status, r.reference)
        if "UNIT_FAMILY" in broken_down:
            yield MethodRef("5.2", "family", "1.0", self._say("method.family"))
        if "ACTIVITY" in broken_down:
            yield MethodRef("5.2", "activity", "ISIC4", self._say("method.activity"))
        if "SIZE" in broken_down:
            sizes = self._catalogue.parameters.size_classes
            bounds = {"bounds": ", ".join(f"{code} ≥ {bound}" for code, bound in sizes.bounds)}
            label = self._say("method.size-classes")
            yield MethodRef("5.2", "size-classes", sizes.version, label, bounds, sizes.status, sizes.reference)

    def _edited(self, measure: str, broken_down: tuple[str, ...]) -> Iterator[MethodRef]:
        bearing = self._catalogue.validation.bearing_on(variables_of(measure, broken_down))
        if bearing:
            rules = {rule.id: f"{rule.says} (version {rule.version})" for rule in bearing}
            yield MethodRef("5.4", "validation", "1.0", self._say("method.validated"), rules)

    def _derived(
        self, perimeter: str, measure: str, broken_down: tuple[str, ...], reference_date: date
    ) -> Iterator[MethodRef]:
        day = {"reference_date": reference_date.isoformat()}
        yield MethodRef("5.5", "registered", "1.0", self._say("method.registered"), day)
        looked_at = {
            variable
            for ruleset in self._rulesets(perimeter, measure, broken_down)
            for rule in ruleset.rules
            for variable in rule.evidence
        }
        if measure == "UNITS_ACTIVE" or "life_status" in looked_at:
            life = self._catalogue.parameters.life_status
            window = {"window_months": str(life.window_months)}
            label = self._say("method.life-status")
            yield MethodRef("5.5", "life-status", life.version, label, window, life.status, life.reference)

    def _protected(self) -> MethodRef:
        rules = self._rules
        if rules.microdata_public:
            return MethodRef("6.4", "microdata-public", rules.version, self._say("method.microdata-public"))
        agreed = {
            "minimum contributors": str(rules.min_contributors),
            "p": f"{float(rules.p_percent):g} %",
            "safety range": f"{float(rules.safety_range_percent):g} %",
        }
        label = self._say("method.protected")
        return MethodRef("6.4", "disclosure-control", rules.version, label, agreed, rules.status, rules.source)


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
