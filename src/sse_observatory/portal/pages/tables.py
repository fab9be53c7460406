"""Tables: the list, one page per dataflow with filters, its downloads, and where each number comes from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from sse_observatory.core import Language, NotFound
from sse_observatory.core.spreadsheets import safe_cell
from sse_observatory.figures import number
from sse_observatory.portal import words
from sse_observatory.portal.cells import (
    LETTERS,
    Cell,
    cell,
    code_label,
    code_text,
    codelist_of,
    concept_label,
    coverage,
    hides,
    precision,
    reporting,
    state_of_codes,
    undetermined,
)
from sse_observatory.portal.drawing import Picture, picture
from sse_observatory.portal.pages.common import legend, render
from sse_observatory.portal.pages.countries import AGGREGATES, area_name, origin_url
from sse_observatory.portal.selection import EACH, LAST_PAGE, PAGE_SIZE, Selection
from sse_observatory.portal.shelf import Observation, Rows, Snapshot, TableIndex, shelf
from sse_observatory.structures import AGENCY, TOTAL

_SAID_ALREADY = frozenset({
    "OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "CI_LOWER", "CI_UPPER", "CHANGE",
    "CHANGE_SE", "PUBLICATION_CLASS",
})  # fmt: skip


def tables(request: HttpRequest, lang: Language) -> HttpResponse:
    """Every published table."""
    now = shelf().now()
    listed = []
    for table in now.tables:
        listed.append({
            "flow": table.dataflow,
            "count": len(table.rows({})),
            "areas": len([a for a in table.real_areas if a not in AGGREGATES]),
            "only_fictional": not table.real_areas,
        })
    return render(
        request, "tables.html", lang, section="tables", title=words.say("tables.title", lang), tables=listed,
    )


def index_of(now: Snapshot, dataflow: str) -> TableIndex:
    """The index of a dataflow, or 404."""
    try:
        return now.table(dataflow)
    except NotFound:
        raise Http404 from None


def selection_of(table: TableIndex, request: HttpRequest) -> Selection:
    """The selection a request asks for; 404 for a page that cannot exist."""
    try:
        return Selection.of(table, request.GET)
    except ValueError:
        raise Http404 from None


def table(request: HttpRequest, lang: Language, dataflow: str) -> HttpResponse:
    """One table: filters, chart, rows, downloads."""
    now = shelf().now()
    index = index_of(now, dataflow)
    flow = index.dataflow
    chosen = selection_of(index, request)
    if chosen.page > chosen.pages:
        raise Http404
    shown = index.observations(chosen.shown)
    columns = [name for name in chosen.varying if name not in ("COVERAGE", "FREQ")]
    rows = [_row(observation, columns, lang) for observation in shown]
    states = {row["cell"].state for row in rows}
    units = {row["cell"].unit for row in rows}
    fictional = any(o.fictional for o in shown)
    drawn = picture(index, chosen.rows, lang)
    total = len(chosen.rows)
    first = (chosen.page - 1) * PAGE_SIZE + 1
    return render(
        request, "table.html", lang, section="tables", title=words.plain_of(flow.label, lang),
        flow=flow, fields=_fields(now, index, chosen, lang),
        columns=[{"id": name, "label": concept_label(flow, name, lang)} for name in columns],
        constant=[
            {"label": concept_label(flow, name, lang), "code": code, "value": code_text(flow, name, code)
             if name != "TIME_PERIOD" else None, "period": code}
            for name, code in chosen.constant.items() if code not in (TOTAL, "_Z") and name not in ("FREQ", "COVERAGE")
        ],
        rows=rows, one_unit=units.pop() if len(units) == 1 else "", total=total,
        first=number(first, lang), last=number(min(first + PAGE_SIZE - 1, total), lang), counted=number(total, lang),
        picture=drawn, fictional=fictional, legend=legend(states, lang), chosen=chosen,
        pages=_pages(chosen, lang), token=now.token, ignored=chosen.ignored,
        invented=sorted(index.fictional_areas),
        empty_for_fiction=not total and bool(index.fictional_areas) and chosen.chosen.get("REF_AREA") == EACH,
        downloads=_downloads(index, chosen, lang), covers="COVERAGE" in index.codes or fictional,
        sampled=any(row["precision"] for row in rows),
        truncated=total > LAST_PAGE * PAGE_SIZE,
    )


def _row(observation: Observation, columns: list[str], lang: Language) -> dict[str, Any]:
    flow = observation.dataflow
    return {
        "cells": [
            {
                "concept": name,
                "label": concept_label(flow, name, lang),
                "text": None if name == "TIME_PERIOD" else code_text(flow, name, observation.key[name]),
                "period": observation.key[name],
                "undetermined": undetermined(name, observation.key[name]),
                "depth": _depth(observation, name),
            }
            for name in columns
        ],
        "cell": cell(observation, lang),
        "coverage": coverage(observation, lang),
        "origin": origin_url(observation, lang),
        "fictional": observation.fictional,
        "reporting": reporting(observation, lang),
        "precision": precision(observation, lang),
    }


def _depth(observation: Observation, concept: str) -> int:
    codelist = codelist_of(observation.dataflow, concept)
    code = observation.key[concept]
    if codelist is None or concept == "REF_AREA" or code not in codelist:
        return 0
    return min(len(codelist.ancestors(code)), 3)


def _fields(now: Snapshot, index: TableIndex, chosen: Selection, lang: Language) -> list[dict[str, Any]]:
    """The form: one list for each dimension with more than one code."""
    found = []
    for name in index.dimensions:
        codes = index.codes[name]
        if len(codes) < 2:
            continue
        value = chosen.chosen.get(name, EACH)
        real, invented = [], []
        for code in codes:
            if name == "REF_AREA":
                label = area_name(now, code, lang)
            else:
                label = code_label(index.dataflow, name, code, lang)
                label = "\u2003" * _code_depth(index, name, code) + label
            option = {"code": code, "label": label, "selected": code == value}
            (invented if name == "REF_AREA" and code in index.fictional_areas else real).append(option)
        if name == "REF_AREA":
            real.sort(key=lambda o: o["label"])
        found.append({
            "name": name, "label": concept_label(index.dataflow, name, lang), "options": real, "invented": invented,
            "each": value == EACH,
        })
    return found


def _code_depth(index: TableIndex, name: str, code: str) -> int:
    codelist = codelist_of(index.dataflow, name)
    return len(codelist.ancestors(code)) if codelist is not None and code in codelist else 0


def _pages(chosen: Selection, lang: Language) -> list[dict[str, Any]]:
    """Links to pages: first, last, and those around this one; None stands for a gap."""
    last = chosen.pages
    if last == 1:
        return []
    near = sorted({1, last, *range(max(1, chosen.page - 2), min(last, chosen.page + 2) + 1)})
    found: list[dict[str, Any]] = []
    before = 0
    for page in near:
        if page > before + 1:
            found.append({"gap": True})
        found.append({"number": number(page, lang), "url": f"?{chosen.query}&page={page}", "here": page == chosen.page})
        before = page
    return found


def _downloads(index: TableIndex, chosen: Selection, lang: Language) -> dict[str, str]:
    key = ".".join(
        "" if chosen.chosen.get(d, EACH) == EACH else chosen.chosen[d] for d in index.dataflow.structure.key
    )
    if index.fictional_areas and chosen.chosen.get("REF_AREA", EACH) == EACH and index.real_areas:
        # Each country means each that exists: the fictional one is exported only when it is named.
        place = index.dataflow.structure.key.index("REF_AREA")
        parts = key.split(".")
        parts[place] = "+".join(index.real_areas)
        key = ".".join(parts)
    period = chosen.chosen.get("TIME_PERIOD", EACH)
    times = {} if period == EACH else {"startPeriod": period, "endPeriod": period}
    service = f"/sdmx/2.1/data/{AGENCY},{index.dataflow.id},{index.dataflow.version}/{key or 'all'}"
    return {
        "csv": f"data.csv?{chosen.query}",
        "sdmx_csv": f"{service}?{urlencode(times | {'format': 'csv'})}",
        "sdmx_ml": f"{service}?{urlencode(times | {'format': 'xml'})}",
        "structure": f"/sdmx/2.1/dataflow/{AGENCY}/{index.dataflow.id}/{index.dataflow.version}?references=all",
    }


def download(request: HttpRequest, lang: Language, dataflow: str) -> StreamingHttpResponse:
    """The selection as CSV (RFC 4180, UTF-8 with a mark for spreadsheets): codes and labels, every status in words."""
    now = shelf().now()
    index = index_of(now, dataflow)
    chosen = selection_of(index, request)
    response = StreamingHttpResponse(_lines(index, chosen, lang), content_type="text/csv; charset=utf-8")
    invented = index.fictional_areas and any(
        a in index.fictional_areas for a in index.values_in("REF_AREA", chosen.rows)
    )
    mark = "FICTIONAL-" if invented else ""
    response.headers["Content-Disposition"] = f'attachment; filename="{mark}{index.dataflow.id}-{lang}.csv"'
    response.headers["ETag"] = f'"{now.token}-{lang}"'
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.headers["Content-Language"] = lang
    return response


def _lines(index: TableIndex, chosen: Selection, lang: Language) -> Iterator[bytes]:
    """The file in pieces of 20,000 rows, built by columns: a row at a time would take four times as long."""
    flow = index.dataflow
    names = [n for n in index.rest(chosen.rows[:1]).column_names if n not in ("OBS_VALUE", "PROCESS", "RELEASE")]
    heads = []
    for name in index.dimensions:
        heads += [name, concept_label(flow, name, lang)] if name != "TIME_PERIOD" else [name]
    heads += ["OBS_VALUE", words.say("csv.status", lang), *names, "RELEASE"]
    if index.fictional_areas:
        heads.append(words.say("csv.fictional", lang))
    yield b"\xef\xbb\xbf" + _csv([heads])
    for start in range(0, len(chosen.rows), 20_000):
        yield _csv(zip(*_columns(index, chosen.rows[start:start + 20_000], names, lang), strict=True))


def _columns(index: TableIndex, rows: Rows, names: list[str], lang: Language) -> list[list[str]]:
    flow, columns = index.dataflow, []
    areas: list[str] = []
    for name, (at, codes) in index.columns(rows).items():
        columns.append([codes[i] for i in at])
        if name == "REF_AREA":
            areas = columns[-1]
        if name != "TIME_PERIOD":
            labels = [safe_cell(code_label(flow, name, code, lang)) for code in codes]
            columns.append([labels[i] for i in at])
    rest = index.rest(rows).to_pydict()
    states = [
        state_of_codes(value, status, confidential)
        for value, status, confidential in zip(rest["OBS_VALUE"], rest["OBS_STATUS"], rest["CONF_STATUS"], strict=True)
    ]
    meanings = {state: words.say(f"state.{state}", lang) for state in [*LETTERS, "zero"]} | {"value": ""}
    columns.append(["" if hides(state) else _plain(v) for v, state in zip(rest["OBS_VALUE"], states, strict=True)])
    columns.append([meanings[state] for state in states])
    columns += [[safe_cell(value or "") for value in rest[name]] for name in names]
    columns.append(rest["RELEASE"])
    if index.fictional_areas:
        invented = words.say("fictional.mark", lang)
        columns.append([invented if area in index.fictional_areas else "" for area in areas])
    return columns


def _plain(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue().encode()


def origin(request: HttpRequest, lang: Language, dataflow: str) -> HttpResponse:
    """Where does this number come from? Sources, steps, rules and their versions, and nothing about any unit."""
    now = shelf().now()
    index = index_of(now, dataflow)
    key = {name: request.GET.get(name, "") for name in index.dimensions}
    if any(code not in index.codes[name] for name, code in key.items()):
        raise Http404
    observation = index.one(key)
    if observation is None:
        raise Http404
    trace = shelf().releases.trace(dataflow, key)
    shown = cell(observation, lang)
    flow = index.dataflow
    described = [
        {"concept": concept_label(flow, name, lang), "code": code,
         "text": None if name == "TIME_PERIOD" else code_text(flow, name, code), "period": code,
         "meaning": _description(flow, name, code)}
        for name, code in key.items() if not (code == TOTAL and name not in ("REF_AREA", "TIME_PERIOD"))
    ]
    hidden = shown.state == "suppressed"
    attributes = [] if hidden else [
        {"concept": concept_label(flow, name, lang), "value": value, "text": code_text(flow, name, value)
         if codelist_of(flow, name) is not None else None}
        for name, value in observation.attributes.items()
        if name not in _SAID_ALREADY and not (name == "COMMENT" and reporting(observation, lang))
        and not (name == "CV" and precision(observation, lang))
    ]
    history = history_of(now, observation.process)
    return render(
        request, "origin.html", lang, section="tables", title=words.say("origin.title", lang),
        flow=flow, cell=shown, coverage=coverage(observation, lang), coverage_text=_description(
            flow, "COVERAGE", observation.key.get("COVERAGE", "")
        ) if "COVERAGE" in observation.key else None,
        reporting=reporting(observation, lang), precision=precision(observation, lang), described=described,
        attributes=attributes, hidden=hidden,
        observation=observation, clearance=_clearance(trace.clearance, lang),
        status_meaning=words.say(f"state_long.{shown.state}", lang), trace=trace, recipe=trace.recipe,
        unconfirmed=bool(trace.recipe) and any(m.status != "confirmed" for m in trace.recipe.methods),
        fictional=observation.fictional, release=history,
        back=f"/{lang}/tables/{dataflow}/?{urlencode(key)}",
        about=" · ".join(
            code_label(flow, name, key[name], lang) for name in ("REF_AREA", "MEASURE", "TIME_PERIOD") if name in key
        ),
    )


def _clearance(clearance: Mapping[str, Any], lang: Language) -> str:
    """What let the release out, in a sentence."""
    if clearance.get("kind") == "audit":
        if clearance.get("skipped"):
            return words.say("origin.clearance_microdata_public", lang)
        return words.say("origin.clearance_audit", lang)
    return words.say("origin.clearance_public", lang) if clearance else ""


def _description(flow: Any, concept: str, code: str) -> Any:
    codelist = codelist_of(flow, concept)
    return codelist[code].description if codelist is not None and code in codelist else None


def history_of(now: Snapshot, process: str) -> Any:
    """The current release of a process."""
    return next((ref for ref in now.refs if ref.process == process), None)


def chart(request: HttpRequest, lang: Language, dataflow: str, form: str) -> HttpResponse:
    """The chart of a selection."""
    from sse_observatory.portal.pages.charts import answer

    now = shelf().now()
    index = index_of(now, dataflow)
    chosen = selection_of(index, request)
    return answer(request, now, lambda: picture(index, chosen.rows, lang), form)


__all__ = ["Cell", "Picture", "chart", "download", "origin", "table", "tables"]
