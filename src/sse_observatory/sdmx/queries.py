"""The path and query grammar of the SDMX 2.1 REST interface (SDMX 2.1 section 7; REST 1.5), both ways.

`parse` reads a path such as ``data/SSE_OBS,DF_COOP_UNITS,1.0/KEN.A....+T1/all?startPeriod=2020`` into a
`Request`; `Request.path` and `Request.params` write it again, and ``parse(r.path, r.params) == r``. Nothing
here knows what is published: whether a dataflow exists or a key fits it is decided later.

Left out: metadata (reference metadata) and registration queries, `updatedAfter`, `includeHistory`,
`explicitMeasure`; each answers *not implemented*.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Literal, TypeVar, cast, get_args
from urllib.parse import parse_qsl, unquote

from sse_observatory.core import LANGUAGES
from sse_observatory.sdmx.errors import SdmxError

DataDetail = Literal["full", "dataonly", "serieskeysonly", "nodata"]
StructureDetail = Literal[
    "full", "allstubs", "referencestubs", "allcompletestubs", "referencecompletestubs", "referencepartial"
]
Resource = Literal[
    "structure", "dataflow", "datastructure", "codelist", "conceptscheme", "agencyscheme", "organisationscheme",
    "contentconstraint",
]
RESOURCES: tuple[Resource, ...] = get_args(Resource)
WIDE_REFERENCES = ("none", "parents", "parentsandsiblings", "children", "descendants", "all")
NOT_HELD = frozenset({
    "metadatastructure", "categoryscheme", "hierarchicalcodelist", "organisationunitscheme", "dataproviderscheme",
    "dataconsumerscheme", "metadataflow", "reportingtaxonomy", "provisionagreement", "structureset", "process",
    "categorisation", "attachmentconstraint", "actualconstraint", "allowedconstraint", "transformationscheme",
    "rulesetscheme", "userdefinedoperatorscheme", "customtypescheme", "namepersonalisationscheme",
    "vtlmappingscheme", "metadata", "registration",
})
"""Resources the interface knows and this service does not hold."""

ALL = ("all",)
LATEST = ("latest",)
_ID = re.compile(r"[A-Za-z0-9_@$\-]+")
_ITEM = re.compile(r"[A-Za-z0-9_@$\-]+(\.[A-Za-z0-9_@$\-]+)*")
_AGENCY = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*(\.[A-Za-z][A-Za-z0-9_\-]*)*")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
_CONCEPT = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*")
_FORMAT = re.compile(r"[A-Za-z0-9.+/;=,\-_ ]{1,200}")
_PREFIX = ("sdmx", "2.1")
T = TypeVar("T", bound=str)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for: characters of its address, codes named in a key, observations returned."""

    url_length: int = 8_000
    key_codes: int = 2_000
    observations: int = 1_000_000


@dataclass(frozen=True, slots=True)
class FlowRef:
    """A reference to a dataflow: ``ID``, ``AGENCY,ID`` or ``AGENCY,ID,VERSION``."""

    id: str
    agency: str = "all"
    version: str = "latest"

    def __str__(self) -> str:
        if self.version != "latest":
            return f"{self.agency},{self.id},{self.version}"
        return self.id if self.agency == "all" else f"{self.agency},{self.id}"


Key = tuple[tuple[str, ...], ...]
"""One tuple of codes for each dimension besides time, in order; an empty one is a wildcard."""


@dataclass(frozen=True, slots=True)
class DataQuery:
    """``data/{flow}/{key}/{provider}``. `key` None is ``all``; `at` is dimensionAtObservation, empty if not given."""

    flow: FlowRef
    key: Key | None = None
    providers: tuple[str, ...] = ALL
    start: str = ""
    end: str = ""
    detail: DataDetail = "full"
    at: str = ""
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class AvailabilityQuery:
    """``availableconstraint/{flow}/{key}/{provider}/{component}``: what data there are for a selection."""

    flow: FlowRef
    key: Key | None = None
    providers: tuple[str, ...] = ALL
    component: str = "all"
    start: str = ""
    end: str = ""
    mode: Literal["exact", "available"] = "exact"
    references: str = "none"


@dataclass(frozen=True, slots=True)
class StructureQuery:
    """``{resource}/{agency}/{id}/{version}/{item}``; ``+`` joins alternatives in each part."""

    resource: Resource
    agencies: tuple[str, ...] = ALL
    ids: tuple[str, ...] = ALL
    versions: tuple[str, ...] = LATEST
    items: tuple[str, ...] = ALL
    detail: StructureDetail = "full"
    references: str = "none"


@dataclass(frozen=True, slots=True)
class SchemaQuery:
    """``schema/{context}/{agency}/{id}/{version}``: the XSD of the structure-specific messages of a dataflow."""

    context: Literal["dataflow", "datastructure"]
    agency: str
    id: str
    version: str = "latest"
    at: str = ""


Query = DataQuery | AvailabilityQuery | StructureQuery | SchemaQuery


@dataclass(frozen=True, slots=True)
class Request:
    """A query and how the answer is to be written: `format` and `lang` override what the headers ask for."""

    query: Query
    format: str = ""
    lang: str = ""

    @property
    def path(self) -> str:
        """The path that asks this, without a leading slash."""
        q = self.query
        if isinstance(q, DataQuery):
            return f"data/{q.flow}/{_write_key(q.key)}/{'+'.join(q.providers)}"
        if isinstance(q, AvailabilityQuery):
            return f"availableconstraint/{q.flow}/{_write_key(q.key)}/{'+'.join(q.providers)}/{q.component}"
        if isinstance(q, StructureQuery):
            return "/".join([q.resource, *("+".join(p) for p in (q.agencies, q.ids, q.versions, q.items))])
        return f"schema/{q.context}/{q.agency}/{q.id}/{q.version}"

    @property
    def params(self) -> dict[str, str]:
        """The query parameters that ask this; parameters at their default are left out."""
        q = self.query
        found: dict[str, str] = {}
        for name, field in _PARAMETERS[type(q)].items():
            value = getattr(q, field)
            if value != _DEFAULTS[type(q)][field]:
                found[name] = str(value)
        found |= {name: value for name, value in (("format", self.format), ("lang", self.lang)) if value}
        return found


_PARAMETERS: dict[type, dict[str, str]] = {
    DataQuery: {
        "startPeriod": "start", "endPeriod": "end", "detail": "detail", "dimensionAtObservation": "at",
        "firstNObservations": "first", "lastNObservations": "last",
    },
    AvailabilityQuery: {"startPeriod": "start", "endPeriod": "end", "mode": "mode", "references": "references"},
    StructureQuery: {"detail": "detail", "references": "references"},
    SchemaQuery: {"dimensionAtObservation": "at"},
}
_DEFAULTS = {kind: {f.name: f.default for f in fields(kind)} for kind in _PARAMETERS}
_UNSUPPORTED = ("updatedAfter", "includeHistory", "explicitMeasure")

Params = Mapping[str, str] | Iterable[tuple[str, str]]


def parse(path: str, params: Params | None = None, limits: Limits | None = None) -> Request:
    """The request written as `path` and `params`. A path may carry its parameters after ``?``.

    Raises SdmxError 140 for anything outside the grammar, 414 where it is too long, 501 for what the
    interface knows and this service does not do. It raises nothing else, whatever the strings.
    """
    limits = limits or Limits()
    path, _, search = path.partition("?")
    pairs = list(params.items() if isinstance(params, Mapping) else params or ())
    if len(path) + len(search) + sum(len(k) + len(v) + 2 for k, v in pairs) > limits.url_length:
        raise SdmxError(414, "url_length", limit=limits.url_length)
    if search:
        pairs += parse_qsl(search, keep_blank_values=True)
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            raise SdmxError(140, "twice", what=name)
        given[name] = value
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if tuple(parts[:2]) == _PREFIX:
        parts = parts[2:]
    if not parts or not parts[0]:
        raise SdmxError(140, "resource", what="''")
    head, rest = parts[0], parts[1:]
    form = given.pop("format", "")
    if form and not _FORMAT.fullmatch(form):
        raise SdmxError(140, "part", what=form, name="format")
    lang = given.pop("lang", "")
    if lang and lang not in LANGUAGES:
        raise SdmxError(140, "part", what=lang, name="lang (en, fr, es)")
    for name in _UNSUPPORTED:
        if name in given:
            raise SdmxError(501, "not_implemented", what=name)
    if head == "data":
        return Request(_data(rest, given, limits), form, lang)
    if head == "availableconstraint":
        return Request(_availability(rest, given, limits), form, lang)
    if head == "schema":
        return Request(_schema(rest, given), form, lang)
    if head in RESOURCES:
        return Request(_structure(head, rest, given), form, lang)
    if head in NOT_HELD:
        raise SdmxError(501, "not_implemented", what=head)
    raise SdmxError(140, "resource", what=head)


def _data(parts: Sequence[str], given: dict[str, str], limits: Limits) -> DataQuery:
    _count(parts, 1, 3, "data/{flow}/{key}/{provider}")
    _known(given, DataQuery)
    start, end = _period(given, "startPeriod"), _period(given, "endPeriod")
    _in_order(start, end)
    return DataQuery(
        flow=_flow(parts[0]),
        key=_key(parts[1] if len(parts) > 1 else "all", limits),
        providers=_providers(parts[2] if len(parts) > 2 else "all"),
        start=start,
        end=end,
        detail=_choice(given, "detail", get_args(DataDetail), "full"),
        at=_concept(given),
        first=_positive(given, "firstNObservations"),
        last=_positive(given, "lastNObservations"),
    )


def _availability(parts: Sequence[str], given: dict[str, str], limits: Limits) -> AvailabilityQuery:
    _count(parts, 1, 4, "availableconstraint/{flow}/{key}/{provider}/{component}")
    _known(given, AvailabilityQuery)
    start, end = _period(given, "startPeriod"), _period(given, "endPeriod")
    _in_order(start, end)
    component = parts[3] if len(parts) > 3 else "all"
    if not _CONCEPT.fullmatch(component):
        raise SdmxError(140, "part", what=component, name="component")
    return AvailabilityQuery(
        flow=_flow(parts[0]),
        key=_key(parts[1] if len(parts) > 1 else "all", limits),
        providers=_providers(parts[2] if len(parts) > 2 else "all"),
        component=component,
        start=start,
        end=end,
        mode=cast('Literal["exact", "available"]', _choice(given, "mode", ("exact", "available"), "exact")),
        references=_references(given),
    )


def _structure(resource: str, parts: Sequence[str], given: dict[str, str]) -> StructureQuery:
    _count(parts, 0, 4, "{resource}/{agency}/{id}/{version}/{item}")
    _known(given, StructureQuery)

    def alternatives(at: int, form: re.Pattern[str], default: tuple[str, ...], name: str) -> tuple[str, ...]:
        return _alternatives(parts[at], form, name) if len(parts) > at else default

    return StructureQuery(
        resource=cast(Resource, resource),
        agencies=alternatives(0, _AGENCY, ALL, "agency"),
        ids=alternatives(1, _ID, ALL, "id"),
        versions=alternatives(2, re.compile(rf"{_VERSION.pattern}|latest|all"), LATEST, "version"),
        items=alternatives(3, _ITEM, ALL, "item"),
        detail=_choice(given, "detail", get_args(StructureDetail), "full"),
        references=_references(given),
    )


def _schema(parts: Sequence[str], given: dict[str, str]) -> SchemaQuery:
    _count(parts, 3, 4, "schema/{context}/{agency}/{id}/{version}")
    _known(given, SchemaQuery)
    context, agency, identifier = parts[0], parts[1], parts[2]
    if context in ("metadataflow", "metadatastructure", "provisionagreement"):
        raise SdmxError(501, "not_implemented", what=f"schema/{context}")
    if context not in ("dataflow", "datastructure"):
        raise SdmxError(140, "part", what=context, name="context")
    version = parts[3] if len(parts) > 3 else "latest"
    for value, form, name in ((agency, _AGENCY, "agency"), (identifier, _ID, "id")):
        if not form.fullmatch(value):
            raise SdmxError(140, "part", what=value, name=name)
    if version != "latest" and not _VERSION.fullmatch(version):
        raise SdmxError(140, "part", what=version, name="version")
    at = _concept(given)
    return SchemaQuery(cast('Literal["dataflow", "datastructure"]', context), agency, identifier, version, at)


def _flow(written: str) -> FlowRef:
    parts = written.split(",")
    agency, identifier, version = {
        1: ("all", parts[0], "latest"),
        2: (parts[0], parts[-1], "latest"),
        3: (parts[0], parts[1] if len(parts) > 1 else "", parts[-1]),
    }.get(len(parts), ("", "", ""))
    if not (
        _AGENCY.fullmatch(agency)
        and _ID.fullmatch(identifier)
        and (version == "latest" or _VERSION.fullmatch(version))
    ):
        raise SdmxError(140, "part", what=written, name="flow (ID; AGENCY,ID; AGENCY,ID,VERSION)")
    return FlowRef(identifier, agency, version)


def _key(written: str, limits: Limits) -> Key | None:
    if written in ("all", ""):
        return None
    key: list[tuple[str, ...]] = []
    named = 0
    for part in written.split("."):
        codes = tuple(dict.fromkeys(part.split("+"))) if part else ()
        for code in codes:
            if not _ID.fullmatch(code):
                raise SdmxError(140, "part", what=written, name="key")
        named += len(codes)
        key.append(codes)
    if named > limits.key_codes:
        raise SdmxError(130, "key_codes", limit=limits.key_codes)
    return tuple(key)


def _write_key(key: Key | None) -> str:
    return "all" if key is None else ".".join("+".join(codes) for codes in key)


def _providers(written: str) -> tuple[str, ...]:
    """Providers as ``ID`` or ``AGENCY,ID``, joined by ``+``."""
    return _alternatives(written, re.compile(rf"({_AGENCY.pattern},)?{_ID.pattern}"), "provider")


def _alternatives(written: str, form: re.Pattern[str], name: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(written.split("+")))
    for value in found:
        if not form.fullmatch(value):
            raise SdmxError(140, "part", what=written, name=name)
    return ALL if "all" in found else found


def _count(parts: Sequence[str], least: int, most: int, expected: str) -> None:
    if not least <= len(parts) <= most:
        raise SdmxError(140, "path", expected=expected)


def _known(given: Mapping[str, str], kind: type) -> None:
    # A misspelt startPeriod that was ignored would silently return every year, so nothing unknown passes.
    for name in given:
        if name not in _PARAMETERS[kind]:
            raise SdmxError(140, "parameter", what=name, expected=", ".join([*_PARAMETERS[kind], "format", "lang"]))


def _choice(given: Mapping[str, str], name: str, among: tuple[T, ...], default: T) -> T:
    value = given.get(name, default)
    if value not in among:
        raise SdmxError(140, "part", what=value, name=f"{name} ({', '.join(among)})")
    return value


def _references(given: Mapping[str, str]) -> str:
    return _choice(given, "references", (*WIDE_REFERENCES, *RESOURCES[1:], *sorted(NOT_HELD)), "none")


def _concept(given: Mapping[str, str]) -> str:
    value = given.get("dimensionAtObservation", "")
    if value and not _CONCEPT.fullmatch(value):
        raise SdmxError(140, "part", what=value, name="dimensionAtObservation")
    return value


def _positive(given: Mapping[str, str], name: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", value, re.ASCII):
        raise SdmxError(140, "part", what=value, name=name)
    return int(value)


def _period(given: Mapping[str, str], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    try:
        bounds(value)
    except ValueError:
        raise SdmxError(140, "part", what=value, name=name) from None
    return value


def _in_order(start: str, end: str) -> None:
    if start and end and bounds(start)[0] > bounds(end)[1]:
        raise SdmxError(150, "period_order", start=start, end=end)


_PERIODS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"(\d{4})(?:-A1)?", re.ASCII), 12),
    (re.compile(r"(\d{4})-S([12])", re.ASCII), 6),
    (re.compile(r"(\d{4})-T([123])", re.ASCII), 4),
    (re.compile(r"(\d{4})-Q([1-4])", re.ASCII), 3),
    (re.compile(r"(\d{4})-M?(0[1-9]|1[0-2])", re.ASCII), 1),
)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+\-]\d{2}:\d{2})?)?", re.ASCII)
_DAY_OF_YEAR = re.compile(r"(\d{4})-D(\d{3})", re.ASCII)


def bounds(period: str) -> tuple[date, date]:
    """First and last day of a period in any form of SDMX 2.1 StandardTimePeriod. Raises ValueError for others."""
    for form, months in _PERIODS:
        if found := form.fullmatch(period):
            year = int(found[1])
            first = (int(found[2]) - 1) * months + 1 if found.lastindex == 2 else 1
            last = first + months - 1
            return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
    if found := _DAY.fullmatch(period):
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return day, day
    if found := _WEEK.fullmatch(period):
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        try:
            return monday, monday + timedelta(days=6)
        except OverflowError:
            return monday, date.max
    if found := _DAY_OF_YEAR.fullmatch(period):
        number = int(found[2])
        if not 1 <= number <= 365 + calendar.isleap(int(found[1])):
            raise ValueError(f"{period!r} is no day of its year")
        day = date(int(found[1]), 1, 1) + timedelta(days=number - 1)
        return day, day
    raise ValueError(f"{period!r} is not a period of SDMX 2.1")
