"""Answer an SDMX 2.1 REST request from the current releases; no web framework is involved.

Everything that can go wrong goes wrong before the first byte: an answer with status 200 is complete. A request
the service refuses gets an SDMX error message; an unforeseen failure is logged under an incident number and
answered by 500 without details.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from weakref import WeakKeyDictionary

from sse_observatory.core import content_hash
from sse_observatory.releases import ReleaseRef, Releases
from sse_observatory.sdmx import negotiation, words
from sse_observatory.sdmx.artefacts import Answer, Constraint, Library, library, ref_of
from sse_observatory.sdmx.data_messages import csv_message, ml_message
from sse_observatory.sdmx.errors import SdmxError
from sse_observatory.sdmx.queries import (
    AvailabilityQuery,
    DataQuery,
    FlowRef,
    Limits,
    Params,
    Query,
    Request,
    SchemaQuery,
    StructureQuery,
    parse,
)
from sse_observatory.sdmx.schemas import schema_message
from sse_observatory.sdmx.selection import TIME, actual_content, dimension_at, select
from sse_observatory.sdmx.structure_messages import structure_message
from sse_observatory.sdmx.xml import chunks, error_message
from sse_observatory.structures import Dataflow

_log = logging.getLogger(__name__)
_ERROR_TYPE = "application/xml; charset=utf-8"


@dataclass(frozen=True)
class _Moment:
    """The releases as they were when `current` was current, and their structures: kept until one is replaced."""

    current: tuple[ReleaseRef, ...]
    releases: Releases
    library: Library


_moments: WeakKeyDictionary[Releases, _Moment] = WeakKeyDictionary()


@dataclass(frozen=True)
class Response:
    """What to send: HTTP status, headers (Content-Type among them), media type, and the body in pieces, once."""

    status: int
    headers: dict[str, str]
    media_type: str
    body: Iterable[bytes]

    def read(self) -> bytes:
        """The whole body; a body can be read once."""
        return b"".join(self.body)


def answer(
    query: str | Request | Query,
    releases: Releases,
    accept: str = "",
    languages: str = "",
    *,
    params: Params | None = None,
    limits: Limits | None = None,
    if_none_match: str = "",
    now: datetime | None = None,
) -> Response:
    """The answer to a request.

    `query` is a path (``data/DF_COOP_UNITS/KEN..../all``, with or without ``/sdmx/2.1/`` before it and ``?…``
    after it) with its `params`, or something `queries.parse` returned. `accept`, `languages` and `if_none_match`
    are the request's headers Accept, Accept-Language and If-None-Match. `now` is the time stamped into messages.
    Never raises: refusals and failures are answers. Pass the same long-lived `releases` with every request: what is
    opened for one is kept for the next until a release is replaced.
    """
    try:
        limits = limits or Limits()
        if isinstance(query, str):
            request = parse(query, params, limits)
        else:
            request = query if isinstance(query, Request) else Request(query)
        return _answer(request, releases, accept, languages, limits, if_none_match, now or datetime.now(UTC))
    except SdmxError as error:
        return _refusal(error)
    except Exception:
        incident = secrets.token_hex(6)
        _log.exception("SDMX request failed, incident %s", incident)
        text = words.fill(words.ERRORS["internal"], incident=incident)
        return Response(500, _headers(_ERROR_TYPE) | {"Cache-Control": "no-store"}, _ERROR_TYPE,
                        (error_message(500, text),))


def _answer(
    request: Request, releases: Releases, accept: str, languages: str, limits: Limits, known: str, now: datetime
) -> Response:
    query = request.query
    offers = {
        DataQuery: negotiation.DATA_OFFERS, SchemaQuery: negotiation.SCHEMA_OFFERS,
    }.get(type(query), negotiation.STRUCTURE_OFFERS)
    choice = negotiation.choose(accept, offers, request.format)
    language = negotiation.choose_language(languages, request.lang)
    moment = _moment(releases)
    tag = content_hash([
        request.path, request.params, [(r.process, r.id) for r in moment.current], choice.content_type, language,
    ])[:24]
    headers = _headers(choice.content_type) | {"ETag": f'W/"{tag}"', "Vary": "Accept, Accept-Language",
                                               "Cache-Control": "no-cache"}
    if any(each.strip() in (f'W/"{tag}"', f'"{tag}"', "*") for each in known.split(",")):
        return Response(304, headers, choice.content_type, ())
    held = moment.library
    message_id = f"M{tag}"
    now = now.astimezone(UTC)
    body: Iterator[bytes]
    if isinstance(query, StructureQuery):
        found = held.find(query)
        body = iter(chunks(structure_message(found, held, message_id, now)))
    elif isinstance(query, AvailabilityQuery):
        flow = held.flow(query.flow)
        constraint = actual_content(moment.releases.open(flow.id), query)
        refs = held.related([ref_of(constraint)], _availability_references(query.references))
        found = Answer((constraint, *(held.artefacts[r] for r in refs)))
        body = iter(chunks(structure_message(found, held, message_id, now)))
    elif isinstance(query, SchemaQuery):
        body = iter(chunks(_schema(query, held)))
    else:
        flow = held.flow(query.flow)
        time_series = choice.offer is negotiation.TIME_SERIES
        at = dimension_at(flow, query.at)
        if time_series and at != TIME:
            raise SdmxError(406, "not_acceptable", expected=negotiation.SERIES.media_type)
        selected = select(moment.releases.open(flow.id), query, limits)
        if choice.offer in (negotiation.CSV, negotiation.SPREADSHEET):
            spreadsheet = choice.offer is negotiation.SPREADSHEET
            labels = "both" if spreadsheet else choice.labels
            body = csv_message(selected, at, query.detail, labels, language, spreadsheet)
            headers["Content-Disposition"] = f'attachment; filename="{flow.id}.csv"'
            if labels == "both":
                headers["Content-Language"] = language
        else:
            body = ml_message(selected, at, time_series, query.detail, message_id, now)
    # The first piece is made here, so that a failure in making it can still be answered.
    first = next(body)
    return Response(200, headers, choice.content_type, chain((first,), body))


def _schema(query: SchemaQuery, held: Library) -> Iterator[str]:
    if query.context == "dataflow":
        flow = held.flow(FlowRef(query.id, query.agency, query.version))
    else:
        found = held.find(StructureQuery("datastructure", (query.agency,), (query.id,), (query.version,)))
        structure = found.full[0]
        flow = next(f for f in map(held.flow, _flows(held)) if f.structure == structure)
    at = dimension_at(flow, query.at)
    return schema_message(flow, at)


def _flows(held: Library) -> Iterator[FlowRef]:
    return (FlowRef(r.id, r.agency, r.version) for r in held.artefacts if r.kind == "dataflow")


def _availability_references(references: str) -> str:
    # Around a constraint everything lies below it, so what other queries call parents is nothing here.
    return "none" if references.startswith("parents") else references


def _moment(releases: Releases) -> _Moment:
    """Everything one request reads, at one moment: a publication in between does not mix two."""
    found = _moments.get(releases)
    if found is None or found.current != releases.current():
        pinned = releases.pinned()
        contents: dict[str, Constraint] = {}

        def content(flow: Dataflow) -> Constraint:
            if flow.id not in contents:
                contents[flow.id] = actual_content(pinned.open(flow.id))
            return contents[flow.id]

        found = _moments[releases] = _Moment(pinned.current(), pinned, library(pinned, content))
    return found


def _refusal(error: SdmxError) -> Response:
    return Response(error.status, _headers(_ERROR_TYPE) | {"Vary": "Accept, Accept-Language"}, _ERROR_TYPE,
                    (error_message(error.code, error.text),))


def _headers(content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type, "X-Content-Type-Options": "nosniff"}
