"""Which format and which language an answer is written in (RFC 9110 sections 12.4 and 12.5).

A format is offered under its SDMX media type. A client's most specific matching range decides how much
it likes an offer; the best liked offer wins, and between equals the more specific range, then the
client's order, then the order of the offers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sse_observatory.core import LANGUAGES, Language
from sse_observatory.sdmx.errors import SdmxError

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_RANGE = re.compile(rf"({_WORD})/({_WORD})")
_PARAMETER = re.compile(rf"({_WORD})\s*=\s*(?:\"([^\"]*)\"|({_WORD}))")
_LOST_PLUS = re.compile(r"(vnd\.sdmx\.[a-z]+) ")
_Q = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offer:
    """A format the service writes: media type without parameters, `version`, and its short name in ``format=``."""

    name: str
    media_type: str
    version: str = ""
    also: tuple[str, ...] = ()
    labels: bool = False

    def content_type(self, labels: str = "id", asked: str = "") -> str:
        """The Content-Type of the answer. `asked` is the general XML type a client named, if it named one."""
        if asked in self.also:
            return f"{asked}; charset=utf-8"
        written = self.media_type
        if self.version:
            written += f"; version={self.version}"
        if self.labels:
            written += f"; labels={labels}"
        return written + "; charset=utf-8"


_XML = ("application/xml", "text/xml")
SERIES = Offer("xml", "application/vnd.sdmx.structurespecificdata+xml", "2.1", _XML)
TIME_SERIES = Offer("xmltimeseries", "application/vnd.sdmx.structurespecifictimeseriesdata+xml", "2.1")
CSV = Offer("csv", "application/vnd.sdmx.data+csv", "1.0.0", labels=True)
SPREADSHEET = Offer("spreadsheet", "text/csv")
DATA_OFFERS = (SERIES, TIME_SERIES, CSV, SPREADSHEET)
STRUCTURE = Offer("xml", "application/vnd.sdmx.structure+xml", "2.1", _XML)
STRUCTURE_OFFERS = (STRUCTURE,)
SCHEMA = Offer("xml", "application/vnd.sdmx.schema+xml", "2.1", _XML)
SCHEMA_OFFERS = (SCHEMA,)
_SHORT = {"csvlabels": "application/vnd.sdmx.data+csv; labels=both"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The offer taken, the labels asked for (``id`` or ``both``) and the Content-Type to answer with."""

    offer: Offer
    labels: str
    content_type: str


@dataclass(frozen=True, slots=True)
class _Range:
    type: str
    q: float
    params: dict[str, str] = field(default_factory=dict)

    def matches(self, offer: Offer) -> int:
        """How specifically this range names the offer; 0 where it does not."""
        if self.params.get("timeformat", "original") != "original":
            return 0
        if self.params.get("labels", "id") not in ("id", "both"):
            return 0
        version = self.params.get("version")
        if version is not None and offer.version and version != offer.version:
            return 0
        if self.type == "*/*":
            return 1
        if self.type == offer.media_type.split("/")[0] + "/*":
            return 2
        if self.type == offer.media_type or self.type in offer.also:
            return 3 + (version is not None)
        return 0


def choose(accept: str, offers: Sequence[Offer], form: str = "") -> Choice:
    """The format for an Accept header, or for ``format=`` where given. Raises SdmxError 406 if none fits."""
    by_name = {offer.name: offer for offer in offers}
    if form in by_name:
        offer = by_name[form]
        return Choice(offer, "id", offer.content_type())
    # A plus sign that was not escaped in a query string arrives as a space.
    ranges = _ranges(_SHORT.get(form) or _LOST_PLUS.sub(r"\1+", form) or accept)
    if not ranges:
        if form:
            raise _refuse(offers)
        return Choice(offers[0], "id", offers[0].content_type())
    best: tuple[float, int, int, int] = (0.0, 0, 0, 0)
    chosen: tuple[Offer, _Range] | None = None
    for rank, offer in enumerate(offers):
        found = max(((r.matches(offer), -i) for i, r in enumerate(ranges)), default=(0, 0))
        if found[0] == 0:
            continue
        wish = ranges[-found[1]]
        score = (wish.q, found[0], found[1], -rank)
        if wish.q > 0 and (chosen is None or score > best):
            best, chosen = score, (offer, wish)
    if chosen is None:
        raise _refuse(offers)
    offer, wish = chosen
    labels = wish.params.get("labels", "id") if offer.labels else "id"
    return Choice(offer, labels, offer.content_type(labels, wish.type))


def _refuse(offers: Sequence[Offer]) -> SdmxError:
    return SdmxError(406, "not_acceptable", expected=", ".join(o.content_type().split("; charset")[0] for o in offers))


def _ranges(header: str) -> list[_Range]:
    found = []
    for written in header.split(","):
        head, *rest = written.split(";")
        match = _RANGE.fullmatch(head.strip())
        if not match:
            continue
        params: dict[str, str] = {}
        for each in rest:
            if pair := _PARAMETER.fullmatch(each.strip()):
                params[pair[1].lower()] = (pair[2] if pair[2] is not None else pair[3]).lower()
        q = params.pop("q", "1")
        found.append(_Range(f"{match[1]}/{match[2]}".lower(), float(q) if _Q.fullmatch(q) else 1.0, params))
    return found


def choose_language(accept_language: str, lang: str = "") -> Language:
    """The language for an Accept-Language header, or for ``lang=`` where given; English where none fits."""
    for code in LANGUAGES:
        if lang == code:
            return code
    liked: dict[Language, tuple[float, int]] = {}
    anything: tuple[float, int] | None = None
    for place, written in enumerate(accept_language.split(",")):
        tag, _, rest = written.partition(";")
        match = re.fullmatch(r"\s*q\s*=\s*([0-9.]+)\s*", rest)
        q = float(match[1]) if match and _Q.fullmatch(match[1]) else 1.0
        base = tag.strip().split("-")[0].lower()
        score = (q, -place)
        if base == "*":
            anything = anything or score
        for code in LANGUAGES:
            if base == code and score > liked.get(code, (-1.0, 0)):
                liked[code] = score
    if anything:
        for code in LANGUAGES:
            liked.setdefault(code, anything)
    wanted = [code for code in liked if liked[code][0] > 0]
    return max(wanted, key=lambda code: (liked[code], -LANGUAGES.index(code)), default="en")
