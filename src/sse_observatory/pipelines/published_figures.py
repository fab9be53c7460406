"""Published figures: from the re-keyed figures of the catalogue to a draft of DF_SSE_PUBLISHED.

Nothing is estimated, added up or corrected. Each figure becomes one observation with the value, multiplier and
decimals it was printed with; its trace names the publication, the definition, the checks it took part in and, where it
stands in a contradiction, what contradicts it and what to use instead. Aggregates appear only as their source
published them, and an invented country never does: the catalogue refuses one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from sse_observatory import figures
from sse_observatory.catalogue import Catalogue
from sse_observatory.catalogue.published import Conflict, Figure, Publication, Published, Step
from sse_observatory.catalogue.published_checks import Finding
from sse_observatory.core import LANGUAGES, ConfStatus, Text, content_hash
from sse_observatory.releases import (
    VALUE_TYPE,
    AlreadyPublic,
    Draft,
    MethodRef,
    Recipe,
    SourceRef,
    code_fingerprint,
    observation_schema,
)

PROCESS = "published-figures"
DATAFLOW = "DF_SSE_PUBLISHED"
TITLE = Text(
    en="Figures on cooperatives and the SSE published by others",
    fr="Chiffres sur les coopératives et l’ESS publiés par d’autres organismes",
    es="Cifras sobre las cooperativas y la ESS publicadas por otros organismos",
)
READ = ("codelists", "concepts", "dataflows", "published")
"""The parts of the catalogue that the figures depend on."""
RIGHTS = "Quoted with its source; rights remain with the publisher"


def run(catalogue: Catalogue) -> Draft:
    """The draft of every published figure.

    One table, `DF_SSE_PUBLISHED`, in `releases.observation_schema`; OBS_STATUS as `Published.status_of` says, COMMENT
    the id of the group of contradicting figures, DEFINITION_VERSION ``ID version``, VINTAGE the edition or date of the
    publication. `quality` holds the counts of findings (``validation``), every finding (``findings``), the groups
    (``conflicts``) and how far the publications were read (``reading``). Raises CatalogueError for figures that
    contradict each other without an explanation, or cannot be read.
    """
    published = catalogue.published
    dataflow = catalogue.dataflows[DATAFLOW]
    made = {figure.id: _recipe(figure, published) for figure in published.figures.values()}
    rows = [_observation(figure, published, made[figure.id]) for figure in published.figures.values()]
    schema = observation_schema(dataflow)
    table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
    return Draft(
        process=PROCESS,
        title=TITLE,
        dataflows={DATAFLOW: dataflow},
        tables={DATAFLOW: table},
        recipes={recipe.id: recipe for recipe in made.values()},
        quality=_quality(published),
        run_id=run_id(catalogue),
        vintage=max(source.date for source in published.sources.values()),
    )


def run_id(catalogue: Catalogue) -> str:
    """The id of the run, in 32 hex digits.

    An open hash of the code and of the catalogue files read: nothing here is confidential, so anyone may repeat it.
    """
    read = {"process": PROCESS, "code": code_fingerprint(), "catalogue": catalogue.fingerprint(*READ)}
    return content_hash(read)[:32]


def clearance(draft: Draft) -> AlreadyPublic:
    """The clearance of such a draft: the publications that its recipes name."""
    return AlreadyPublic(tuple(sorted({source.id for recipe in draft.recipes.values() for source in recipe.sources})))


def _observation(figure: Figure, published: Published, recipe: Recipe) -> dict[str, str | Decimal | None]:
    source, definition = published.sources[figure.source], published.definitions[figure.definition]
    conflict = published.conflict_of.get(figure.id)
    return {
        "REF_AREA": figure.ref_area,
        "FREQ": figure.frequency,
        "MEASURE": figure.measure,
        "UNIT_FAMILY": figure.unit_family,
        "COOP_TYPE": figure.coop_type,
        "ACTIVITY": figure.activity,
        "LIFE_STATUS": figure.life_status,
        "SOURCE": figure.source,
        "DEFINITION": figure.definition,
        "TIME_PERIOD": figure.period,
        "OBS_VALUE": None if figure.value is None else figure.value.quantize(Decimal(1).scaleb(-VALUE_TYPE.scale)),
        "OBS_STATUS": published.status_of(figure).value,
        "CONF_STATUS": ConfStatus.FREE.value,
        "UNIT_MEASURE": figure.unit,
        "UNIT_MULT": str(figure.multiplier),
        "DECIMALS": str(figure.decimals),
        "DEFINITION_VERSION": f"{definition.id} {definition.version}",
        "VINTAGE": source.vintage or None,
        "SOURCE_NOTE": source.citation,
        "COMMENT": conflict.id if conflict else None,
        "RECIPE": recipe.id,
        "FINGERPRINT": figure.fingerprint,
    }


def _recipe(figure: Figure, published: Published) -> Recipe:
    """How one figure came here; figures made alike share it."""
    publications = dict.fromkeys([figure.source, *(published.figures[t].source for t in published.terms_of(figure.id))])
    definition, conflict = published.definitions[figure.definition], published.conflict_of.get(figure.id)
    notes: list[Text | None] = [definition.text, figure.note]
    if conflict is not None:
        told = (conflict.explanation, conflict.resolution)
        notes += [published.filled(text, figures.number) for text in told if text is not None]
    return Recipe(
        sources=tuple(_source(published.sources[name]) for name in publications),
        methods=_methods(figure, published),
        notes=tuple(note for note in notes if note is not None),
    )


def _source(source: Publication) -> SourceRef:
    return SourceRef(
        id=source.id,
        title=source.title,
        edition=source.vintage,
        provider=source.issuer,
        licence=RIGHTS,
        attribution=source.citation,
        url=source.address,
        snapshot=content_hash(source)[:20],
    )


def _methods(figure: Figure, published: Published) -> tuple[MethodRef, ...]:
    findings = published.findings_on(figure.id)
    steps = published.steps
    keyed = {"printed": figure.printed, "locator": figure.locator, "confidence": figure.confidence,
             "read": published.sources[figure.source].grade}  # fmt: skip
    if figure.status == "derived":
        first = _method(steps["DERIVED"], {"terms": ", ".join(published.terms_of(figure.id))})
    else:
        first = _method(steps["REKEYED"], keyed)
    checked = {finding.check: finding.verdict for finding in findings}
    validated = (_method(steps["VALIDATED"], checked),) if checked else ()
    return (first, _method(steps["CODED"], {}), *validated)


def _method(step: Step, parameters: Mapping[str, str]) -> MethodRef:
    return MethodRef(step.gsbpm, step.id, step.version, step.label, dict(parameters), reference=step.reference)


def _quality(published: Published) -> dict[str, Any]:
    verdicts = Counter(finding.verdict for finding in published.findings)
    grades = Counter(published.sources[figure.source].grade for figure in published.figures.values())
    return {
        "figures": len(published.figures),
        "validation": {verdict: verdicts[verdict] for verdict in ("ok", "rounding", "flagged")},
        "reading": {grade: grades[grade] for grade in sorted(grades)},
        "open_conflicts": sum(conflict.is_open for conflict in published.conflicts.values()),
        "findings": {finding.check: _finding(finding) for finding in published.findings},
        "conflicts": {conflict.id: _conflict(conflict, published) for conflict in published.conflicts.values()},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    numbers = {"stated": finding.stated, "recomputed": finding.recomputed, "low": finding.low, "high": finding.high}
    return {
        "rule": finding.rule,
        "verdict": finding.verdict,
        "figures": list(finding.figures),
        "conflict": finding.conflict,
        **{name: str(value) for name, value in numbers.items() if value is not None},
    }


def _conflict(conflict: Conflict, published: Published) -> dict[str, Any]:
    texts = {"title": conflict.title, "explanation": conflict.explanation, "resolution": conflict.resolution}
    filled = {name: published.filled(text, figures.number) for name, text in texts.items() if text is not None}
    return {
        "kind": conflict.kind,
        "open": conflict.is_open,
        "figures": list(conflict.figures),
        "checks": list(conflict.checks),
        "preferred": conflict.preferred,
        **{name: {lang: text.get(lang) for lang in LANGUAGES} for name, text in filled.items()},
    }
