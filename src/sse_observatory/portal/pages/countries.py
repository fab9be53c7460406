"""Countries: the list by ILO region, and one page for each with its key figures and their coverage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse

from sse_observatory.core import LANGUAGES, Language, NotFound, Text
from sse_observatory.portal import words
from sse_observatory.portal.asof import NoSuchDate
from sse_observatory.portal.cells import (
    Cell,
    cell,
    code_label,
    code_text,
    codelist_of,
    concept_label,
    coverage,
    reporting,
    undetermined,
)
from sse_observatory.portal.drawing import Picture, picture
from sse_observatory.portal.pages.common import legend, render, sortable
from sse_observatory.portal.shelf import Observation, Snapshot, TableIndex, shelf
from sse_observatory.structures import TOTAL

PUBLISHED = "DF_SSE_PUBLISHED"
REGIONS = ("ILO_AFRICA", "ILO_AMERICAS", "ILO_ARAB_STATES", "ILO_ASIA_PACIFIC", "ILO_EUROPE_CENTRAL_ASIA")
_WHOLE = {"NATIONAL", "REGISTER", "AS_PUBLISHED"}  # every other coverage is an extract
AGGREGATES = frozenset({"WORLD", "EU27_2020", *REGIONS})
_CONTEXT = ("MEASURE", "PERIMETER", "COVERAGE", "FREQ")


@dataclass(frozen=True)
class Figure:
    """A line of the key figures: an observation in words."""

    what: str
    detail: tuple[str, ...]
    period: str
    cell: Cell
    coverage: str
    perimeter: str
    origin: str
    fictional: bool
    source: str = ""
    reporting: str = ""


def area_name(now: Snapshot, area: str, lang: Language) -> str:
    """The name of an area in the reader's language."""
    return words.plain_of(area_text(now, area), lang)


def area_text(now: Snapshot, area: str) -> Text:
    """The name of an area as the releases, else the catalogue, give it."""
    for codelist in (now.area_codes, words.the_catalogue().codelists.get("CL_AREA")):
        if codelist is not None and area in codelist:
            return codelist[area].label
    return Text(area, area, area)


def origin_url(observation: Observation, lang: Language) -> str:
    """The address of the page that says where a number comes from."""
    return f"/{lang}/tables/{observation.dataflow.id}/origin/?{urlencode(observation.key)}"


@lru_cache(maxsize=1)
def _regions() -> dict[str, str]:
    """ILO region by country code, as the catalogue's groups give it; empty where it has none."""
    try:
        regions = words.the_catalogue().groups.regions
    except NotFound:
        return {}
    return {member: region.id for region in regions.values() for member in region.members}


def countries(request: HttpRequest, lang: Language) -> HttpResponse:
    """Every area with published figures, by ILO region; the fictional country apart from all of them."""
    from sse_observatory.portal.pages.followup import scene as followup

    try:
        scene = followup.beside(request, lang)
    except NoSuchDate as error:
        return followup.refused(request, lang, error)
    now = shelf().now()
    regions = _regions()
    held: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for area, count in now.areas.items():
        if area in now.fictional_areas:
            group = "fictional"
        elif area in AGGREGATES:
            group = "aggregates"
        else:
            group = regions.get(area, "other_areas")
        held[group].append({"code": area, "name": area_text(now, area), "count": count,
                            "sort": area_name(now, area, lang)})
    for found in held.values():
        found.sort(key=lambda entry: sortable(entry["sort"]))
    listed = []
    for group in (*REGIONS, "other_areas", "aggregates"):
        if held[group]:
            name = words.plain_of(area_text(now, group), lang) if group in REGIONS else words.say(
                f"countries.{group}", lang
            )
            listed.append({"id": group, "name": name, "areas": held[group]})
    return render(
        request, "countries.html", lang, section="countries", title=words.say("countries.title", lang),
        groups=listed, invented=held["fictional"], fictional=bool(held["fictional"]),
        **(followup.dated(request, scene) if scene else {}),
    )


def country(request: HttpRequest, lang: Language, area: str) -> HttpResponse:
    """One country: key figures with their coverage, figures published by others side by side, a chart."""
    from sse_observatory.portal.pages.followup import scene as followup
    from sse_observatory.portal.pages.followup.places import about_area

    now = shelf().now()
    if area not in now.areas:
        raise Http404
    try:
        scene = followup.beside(request, lang)
    except NoSuchDate as error:
        return followup.refused(request, lang, error)
    name = area_name(now, area, lang)
    fictional = area in now.fictional_areas
    own: list[dict[str, Any]] = []
    published: list[Observation] = []
    states: set[str] = set()
    coverages: dict[str, Text] = {}
    for table in now.tables:
        if "REF_AREA" not in table.codes or area not in table.codes["REF_AREA"]:
            continue
        rows = table.rows({"REF_AREA": (area,)})
        if "COVERAGE" in table.codes:
            for code in table.values_in("COVERAGE", rows):
                coverages.setdefault(code, _coverage_words(table, code))
        if table.dataflow.id == PUBLISHED:
            published = table.observations(rows[:400])
            continue
        headline = _headline(table, area)
        found = [_figure(o, lang) for o in headline]
        states |= {f.cell.state for f in found}
        own.append({
            "table": table.dataflow, "figures": found,
            "url": f"/{lang}/tables/{table.dataflow.id}/?{urlencode({'REF_AREA': area})}",
            "count": len(rows),
        })
    conflicts, others = _published(published, _explained(now), lang)
    states |= {f.cell.state for f in [*others, *(f for group in conflicts for f, _ in group.figures)]}
    drawn = lead_picture(now, area, lang)
    return render(
        request, "country.html", lang, section="countries", title=name, area=area, name=area_text(now, area),
        own=own, conflicts=conflicts, others=others, coverages=sorted(coverages.items()), picture=drawn,
        fictional=fictional, legend=legend(states, lang), token=now.token,
        only_extracts=bool(coverages) and not _WHOLE & set(coverages),
        agreed=about_area(scene, area) if scene and not fictional else None,
        **(followup.dated(request, scene) if scene else {}),
    )


def _coverage_words(table: TableIndex, code: str) -> Text:
    codelist = codelist_of(table.dataflow, "COVERAGE")
    if codelist is not None and code in codelist:
        found = codelist[code]
        return found.description or found.label
    return Text(code, code, code)


def _headline(table: TableIndex, area: str) -> list[Observation]:
    """The least broken down figures of the area, in the latest period of each measure, perimeter and coverage.

    Usually these are totals; an extract that covers one activity has none, and then shows what it has.
    """
    rows = table.broadest({"REF_AREA": (area,)})
    latest: dict[tuple[str, ...], Observation] = {}
    for observation in table.observations(rows[:600]):  # most recent period first within a series
        series = tuple(code for name, code in observation.key.items() if name != "TIME_PERIOD")
        latest.setdefault(series, observation)
    return list(latest.values())


def _figure(observation: Observation, lang: Language) -> Figure:
    flow = observation.dataflow
    detail = tuple(
        f"{concept_label(flow, name, lang)}\u202f: {code_label(flow, name, code, lang)}" if lang == "fr"
        else f"{concept_label(flow, name, lang)}: {code_label(flow, name, code, lang)}"
        for name, code in observation.key.items()
        if name not in ("REF_AREA", "TIME_PERIOD", "SOURCE", "DEFINITION", *_CONTEXT) and code not in (TOTAL, "_Z")
    )
    perimeter = observation.key.get("PERIMETER") or ""
    return Figure(
        code_label(flow, "MEASURE", observation.key["MEASURE"], lang) if "MEASURE" in observation.key
        else words.plain_of(flow.label, lang),
        detail,
        code_label(flow, "TIME_PERIOD", observation.key["TIME_PERIOD"], lang),
        cell(observation, lang),
        coverage(observation, lang),
        code_label(flow, "PERIMETER", perimeter, lang) if perimeter else "",
        origin_url(observation, lang),
        observation.fictional,
        code_label(flow, "SOURCE", observation.key["SOURCE"], lang) if "SOURCE" in observation.key else "",
        reporting(observation, lang),
    )


@dataclass(frozen=True)
class Conflict:
    """Figures that contradict each other, or only look alike, side by side, with what is known about why."""

    title: str
    explanation: str
    resolution: str
    figures: tuple[tuple[Figure, Text], ...]


def _explained(now: Snapshot) -> Mapping[str, Mapping[str, Any]]:
    """What the releases of published figures say about each group of contradicting figures, by its id."""
    found: dict[str, Mapping[str, Any]] = {}
    for ref in now.releases_of(PUBLISHED) if PUBLISHED in now.dataflows else ():
        groups = shelf().releases.quality(ref.process).get("conflicts")
        found |= groups if isinstance(groups, dict) else {}
    return found


def _published(
    observations: list[Observation], explained: Mapping[str, Mapping[str, Any]], lang: Language
) -> tuple[list[Conflict], list[Figure]]:
    """Contradicting figures side by side, and the others."""
    groups: dict[str, list[Observation]] = defaultdict(list)
    for observation in observations:
        groups[observation.attributes.get("COMMENT", "")].append(observation)
    conflicts, others = [], []
    for group, members in groups.items():
        if group and (group in explained or len(members) > 1):
            found = tuple(
                (_figure(o, lang), code_text(o.dataflow, "DEFINITION", o.key.get("DEFINITION", ""))) for o in members
            )
            said = explained.get(group, {})
            title = _said(said.get("title"), lang) or " · ".join(sorted({f.what for f, _ in found}))
            conflicts.append(Conflict(title, _said(said.get("explanation"), lang), _said(
                said.get("resolution"), lang
            ), found))
        else:
            others += [_figure(o, lang) for o in members]
    return conflicts, others


def _said(value: Any, lang: Language) -> str:
    """A text of a release's quality report in the reader's language."""
    return words.plain_of(Text.of(value), lang) if isinstance(value, dict) and set(value) <= set(LANGUAGES) else ""


def _lead(now: Snapshot, area: str, lang: Language) -> Picture | None:
    best: Picture | None = None
    for table in now.tables:
        if area not in table.codes.get("REF_AREA", ()):
            continue
        rows = table.rows({"REF_AREA": (area,)})
        found = picture(table, rows, lang)
        if found is not None and (best is None or _telling(found) > _telling(best)):
            best = found
    return best


def _telling(found: Picture) -> int:
    shown = sum(1 for m in found.marks if m.value is not None)
    return min(shown, 6)


def lead_picture(now: Snapshot, area: str, lang: Language) -> Picture | None:
    """The chart that introduces an area; chosen once for each snapshot."""
    key = ("lead", area, lang)
    if key not in now.remembered:
        now.remembered[key] = _lead(now, area, lang)
    found: Picture | None = now.remembered[key]
    return found


__all__ = ["area_name", "area_text", "countries", "country", "lead_picture", "origin_url", "undetermined"]
