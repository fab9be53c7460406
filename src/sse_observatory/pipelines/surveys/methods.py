"""How a survey's observation was made, for its public trace.

A recipe names what bears on the observation and nothing else: the design, the set of weights behind its measure with
their groups, margins and convergence, the variable, the classes it is broken down by, the method of variance, the
limits of precision and the disclosure rules. Files are named with their period; their hashes are those of the run,
keyed, in the release's quality: in a recipe they would change every trace with every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sse_observatory import __version__
from sse_observatory.catalogue.load import Catalogue
from sse_observatory.catalogue.surveys import Breakdown, Survey, SurveyTable, Variable
from sse_observatory.core import Period, Text
from sse_observatory.pipelines.surveys.weights import WeightedRound, made_design
from sse_observatory.production.confidentiality import Rules
from sse_observatory.releases import MethodRef, Recipe, SourceRef

LINEARISED = "Woodruff 1971; Deville 1999; Deville and Särndal 1992"


class Recipes:
    """The recipes of a survey's observations, each made once."""

    def __init__(self, survey: Survey, catalogue: Catalogue, rules: Rules) -> None:
        self._survey, self._catalogue, self._rules = survey, catalogue, rules
        self._made: dict[tuple[object, ...], Recipe] = {}

    def of(
        self,
        plan: SurveyTable,
        period: Period,
        broken_down: tuple[str, ...],
        weighted: WeightedRound,
        since: Period | None = None,
    ) -> Recipe:
        """The recipe of a plan's cells in one round, broken down by these dimensions; `since` is the round before."""
        key = (plan.measure, period.code, broken_down)
        if key not in self._made:
            methods = (
                *self._collected(plan), *self._derived(plan, broken_down), *self._weighted(weighted),
                *self._estimated(plan, since), *self._shown(),
            )  # fmt: skip
            notes = [self._say("method.survey-uncovered")]
            if self._unit(plan) == "PERSONS":
                notes.append(self._say("method.survey-persons"))
            if plan.measure.startswith(("JOBS_", "PERSONS_WORK")):
                notes.append(self._say("method.work-not-added"))
            self._made[key] = Recipe((self._source(period),), methods, tuple(notes))
        return self._made[key]

    def _say(self, key: str) -> Text:
        return self._catalogue.interface[key]

    def _unit(self, plan: SurveyTable) -> str:
        return self._catalogue.codelists["CL_MEASURE"][plan.measure].notes.get("unit", "")

    def _source(self, period: Period) -> SourceRef:
        said = self._survey.said.source
        return SourceRef(
            said.id, Text.of(dict(said.title)), period.code, said.provider, said.licence, said.attribution, said.url,
            "", Text.of(dict(said.statement)),
        )  # fmt: skip

    def _collected(self, plan: SurveyTable) -> Iterator[MethodRef]:
        said = self._survey.said
        selected = {"design": made_design(said.design).describe(), "outcomes": _outcomes(self._survey)}
        if said.design.lonely != "fail":
            selected["strata with one cluster"] = said.design.lonely
        if said.design.pps is not None:
            selected["unequal probabilities"] = said.design.pps
        yield MethodRef("4.1", "survey-sample", said.version, self._say("method.survey-sample"), selected)
        used = set(self._columns(plan))
        rules = {
            edit.id: f"{' + '.join(edit.sum)} ≤ {' + '.join(edit.at_most)}"
            for edit in said.edit
            if used & set(edit.clear)
        }
        if rules:
            yield MethodRef("5.3", "survey-edits", said.version, self._say("method.survey-edited"), rules)

    def _columns(self, plan: SurveyTable) -> Iterator[str]:
        said = self._survey.said
        for name in (plan.variable, *(v for part in plan.parts.values() for v in part.values())):
            yield from said.variable[name].columns
        weighting = self._survey.weights(plan.weighting)
        yield from (*weighting.complete, *(weighting.items.answered if weighting.items else ()))

    def _derived(self, plan: SurveyTable, broken_down: tuple[str, ...]) -> Iterator[MethodRef]:
        said = self._survey.said
        agreed = {"variable": _formula(said.variable[plan.variable])}
        if plan.among:
            agreed["among"] = _formula(said.variable[plan.among])
        for dimension, parts in plan.parts.items():
            if dimension in broken_down:
                agreed |= {code: _formula(said.variable[name]) for code, name in parts.items()}
        yield MethodRef("5.5", "survey-variable", said.version, self._say("method.survey-variable"), agreed)
        coded = {n: _classes(said.dimension[n]) for n in broken_down if n in said.dimension}
        if coded:
            yield MethodRef("5.2", "survey-classes", said.version, self._say("method.survey-coded"), coded)

    def _weighted(self, weighted: WeightedRound) -> Iterator[MethodRef]:
        version = self._survey.said.version
        steps = weighted.steps
        label = self._say("method.survey-nonresponse")
        yield MethodRef("5.6", "nonresponse-groups", version, label, steps["nonresponse"])
        if "calibration" in steps:
            margins = {name: _margin(step) for name, step in steps.items() if name.startswith("margin ")}
            agreed = {**steps["calibration"], **margins}
            yield MethodRef(
                "5.6", "calibration", version, self._say("method.survey-calibration"), agreed,
                reference="Deville and Särndal 1992",
            )  # fmt: skip
        if "items" in steps:
            yield MethodRef("5.6", "item-response", version, self._say("method.survey-items"), steps["items"])

    def _estimated(self, plan: SurveyTable, since: Period | None) -> Iterator[MethodRef]:
        said = self._survey.said
        agreed = {"weights": plan.weighting, "process": f"{said.id} {said.version}"}
        yield MethodRef("5.7", "weighted-total", "1.0", self._say("method.survey-estimated"), agreed)
        how = {"library": f"sse_observatory.production.estimation {__version__}"}
        if said.members is not None:
            how["non-response"] = "adjusted weights taken as given"
        elif said.design.fpc:
            how["correction"] = "share of each stratum that answered"
        if since is not None:
            how["change"] = f"since {since.code}; units in both samples vary together (Qualité and Tillé 2008)"
        label = self._say("method.survey-variance")
        yield MethodRef("5.7", "linearised-variance", "1.0", label, how, reference=LINEARISED)

    def _shown(self) -> Iterator[MethodRef]:
        limits, rules = self._catalogue.parameters.precision, self._rules
        agreed = {
            "doubtful from": f"CV {limits.doubtful_cv * 100:g} %, or fewer than {limits.doubtful_units} units",
            "withheld from": f"CV {limits.hidden_cv * 100:g} %, or fewer than {limits.hidden_units} units",
        }
        label = self._say("method.survey-precision")
        yield MethodRef("6.2", "precision", limits.version, label, agreed, limits.status, limits.reference)
        agreed = {
            "minimum contributors": str(rules.min_contributors),
            "p": f"{float(rules.p_percent):g} %",
            "safety range": f"{float(rules.safety_range_percent):g} %",
        }
        label = self._say("method.protected")
        yield MethodRef("6.4", "disclosure-control", rules.version, label, agreed, rules.status, rules.source)


def _outcomes(survey: Survey) -> str:
    said = survey.said.outcome
    parts = {
        "responded": said.responded, "non-response": said.nonresponse, "scope unknown": said.unresolved,
        "out of scope": said.out_of_scope,
    }  # fmt: skip
    return "; ".join(f"{name}: {', '.join(codes)}" for name, codes in parts.items() if codes)


def _formula(said: Variable) -> str:
    """A variable as a methods report writes it."""
    plus = " + ".join(said.add) if said.add else "1"
    minus = "".join(f" − {name}" for name in said.less)
    where = [f"{column} is {' or '.join(codes)}" for column, codes in said.where.items()]
    where += [f"{column} ≥ {bound:g}" for column, bound in said.at_least.items()]
    return f"{plus}{minus}" + (f", where {' and '.join(where)}" if where else "")


def _classes(said: Breakdown) -> str:
    if said.cut:
        bounds = [
            f"{cut.code}: {'' if cut.low is None else f'{cut.low:g}'}–{'' if cut.high is None else f'{cut.high:g}'}"
            for cut in said.cut
        ]
        return f"{said.column} ({', '.join(bounds)})"
    if said.codes:
        return f"{said.column} ({', '.join(f'{old}: {new}' for old, new in said.codes.items())})"
    return said.column


def _margin(step: Mapping[str, str]) -> str:
    return f"{step['margin']}, {step['classes']} classes adding up to {step['sum']}, from {step['from']}"
