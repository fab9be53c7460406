"""Series of organizations that one pattern each describes.

International Criminal Court, regional committees of WHO, IMO, ICAO, ITU, OPCW and CTBTO, WIPO, ECLAC's documents, the
regional commissions' resolutions, the conferences of CITES, of the conventions on desertification and on chemicals, and
the Council of Europe. Forms are those printed on the documents. A number that several bodies use in the same form
("Decision X/2", "684(XXXV)") is no symbol unless its body stands with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sse_observatory.instruments.model import Symbol
from sse_observatory.instruments.symbols.numerals import roman

_LATER = r"(?P<suffixes>(?:/(?:Add|Rev|Corr)\.\d{1,2})*)"
_WORD = r"(?:(?:Resolution|Résolution|Resolución|Decision|Décision|Decisión)\s)?"
_YEAR = r"(?:19[4-9]|20\d)\d"
_RESOLUTION = r"(?:Resolution|Résolution|Resolución)"


@dataclass(frozen=True, slots=True)
class _Series:
    """A pattern with the groups it has (``session``, ``number``, ``year``, ``kind``, …) and what it stands for.

    `text` and `issuer` are filled from the groups, written as `spelling` has them, else in capitals.
    """

    family: str
    issuer: str
    type: str
    pattern: re.Pattern[str]
    text: str
    types: Mapping[str, str] | None = None
    last: int = 150
    holds: Callable[[Mapping[str, str]], bool] | None = None


def _series(
    family: str, issuer: str, type: str, pattern: str, text: str, types: Mapping[str, str] | None = None,
    last: int = 150, holds: Callable[[Mapping[str, str]], bool] | None = None,
) -> _Series:  # fmt: skip
    return _Series(family, issuer, type, re.compile(pattern, re.I), text, types, last, holds)


_ACTS = {"RES": "resolution", "DECL": "declaration", "DEC": "decision", "L": "draft"}
_SPELT = {"RES": "Res", "DECL": "Decl", "DEC": "Dec", "REV": "Rev", "ADD": "Add", "CORR": "Corr", "CIRC": "Circ"}
_UNION_CONFERENCES = frozenset({
    "KYOTO 1994", "MINNEAPOLIS 1998", "MARRAKESH 2002", "ANTALYA 2006", "GUADALAJARA 2010", "BUSAN 2014", "DUBAI 2018",
    "BUCHAREST 2022", "ISTANBUL 2002", "DOHA 2006", "HYDERABAD 2010", "DUBAI 2014", "BUENOS AIRES 2017", "KIGALI 2022",
    "FLORIANÓPOLIS 2004", "JOHANNESBURG 2008", "DUBAI 2012", "HAMMAMET 2016", "GENEVA 2022", "NEW DELHI 2024",
})  # fmt: skip
"""Conferences of ITU after which its resolutions are named: plenipotentiary, development, standardization."""


def _met(groups: Mapping[str, str]) -> bool:
    return f"{groups['CITY']} {groups['YEAR']}" in _UNION_CONFERENCES


_COMMISSIONS = {
    "ECLAC": "ECLAC", "CEPAL": "ECLAC", "CEPALC": "ECLAC", "ECA": "ECA", "ESCWA": "ESCWA", "CESPAO": "ESCWA",
    "CESAO": "ESCWA",
}  # fmt: skip
_COMMISSION_NAMES = "|".join(_COMMISSIONS)

_ALL: tuple[_Series, ...] = (
    _series("icc", "ICC-ASP", "document", rf"{_WORD}ICC-ASP/(?P<session>\d{{1,2}})/(?P<kind>Res|Decl|Dec|L|INF)\."
            rf"(?P<number>\d{{1,3}}){_LATER}", "ICC-ASP/{SESSION}/{Kind}.{NUMBER}", _ACTS),
    _series("icc", "ICC-ASP", "document", rf"ICC-ASP/(?P<session>\d{{1,2}})/(?P<number>\d{{1,3}}){_LATER}",
            "ICC-ASP/{SESSION}/{NUMBER}"),
    # The Review Conference of the Rome Statute, Kampala 2010, met once.
    _series("icc", "RC", "document", rf"{_WORD}RC/(?P<kind>Res|Decl)\.(?P<number>\d{{1,2}})", "RC/{Kind}.{NUMBER}",
            _ACTS),
    _series("who", "{BODY}/RC", "resolution", rf"{_WORD}(?P<body>AFR|EUR|SEA)/RC(?P<session>\d{{1,2}})/R(?P<number>\d"
            r"{1,2})", "{BODY}/RC{SESSION}/R{NUMBER}"),
    _series("who", "EM/RC", "resolution", rf"{_WORD}EM/RC(?P<session>\d{{1,2}})/R\.?(?P<number>\d{{1,2}})",
            "EM/RC{SESSION}/R.{NUMBER}"),
    _series("who", "WPR/RC", "resolution", rf"{_WORD}WPR/RC(?P<session>\d{{1,2}})\.R(?P<number>\d{{1,2}})",
            "WPR/RC{SESSION}.R{NUMBER}"),
    _series("who", "PAHO/{BODY}", "resolution", rf"{_WORD}(?P<body>CD|CSP|CE)(?P<session>\d{{1,3}})\.R(?P<number>\d"
            r"{1,2})", "{BODY}{SESSION}.R{NUMBER}", last=250),
    _series("who", "PAHO/{BODY}", "decision", rf"{_WORD}(?P<body>CD|CSP|CE)(?P<session>\d{{1,3}})\(D(?P<number>\d"
            r"{1,2})\)", "{BODY}{SESSION}(D{NUMBER})", last=250),
    _series("who", "{BODY}", "resolution", rf"{_WORD}(?P<body>EBSS|WHASS)(?P<session>\d)\.R?(?P<number>\d{{1,2}})",
            "{BODY}{SESSION}.R{NUMBER}"),
    _series("who", "{BODY}", "decision", rf"{_WORD}(?P<body>EBSS|WHASS)(?P<session>\d)\((?P<number>\d{{1,2}})\)",
            "{BODY}{SESSION}({NUMBER})"),
    _series("who", "FCTC/{BODY}", "decision", rf"{_WORD}FCTC/(?P<body>COP|MOP)(?P<session>\d{{1,2}})\((?P<number>\d"
            r"{1,2})\)", "FCTC/{BODY}{SESSION}({NUMBER})"),
    _series("imo", "IMO/{BODY}", "resolution", rf"{_WORD}(?P<body>A|MEPC|MSC|LEG|FAL)\.(?P<number>\d{{1,4}})\("
            r"(?P<session>\d{1,3}|[IVXL]+)\)", "{BODY}.{NUMBER}({SESSION})"),
    _series("imo", "IMO/{BODY}", "document", r"(?P<body>MEPC|MSC)\.(?P<session>\d)/Circ\.(?P<number>\d{1,4})"
            rf"{_LATER}", "{BODY}.{SESSION}/Circ.{NUMBER}"),
    _series("icao", "ICAO", "resolution", rf"{_WORD}(?:ICAO\s)?A(?P<session>\d{{1,2}})-(?P<number>\d{{1,2}})",
            "A{SESSION}-{NUMBER}", last=60),
    _series("itu", "ITU", "resolution", rf"{_RESOLUTION}\s(?P<number>\d{{1,3}})\s?\((?P<revised>Rev\.\s)?(?P<city>[\w ]"
            rf"{{4,20}}),\s(?P<year>{_YEAR})\)", "Resolution {NUMBER} ({Revised}{City}, {YEAR})", holds=_met),
    _series("opcw", "OPCW/{BODY}", "decision", rf"{_WORD}(?P<body>C|EC)-(?P<session>(?:SS-|M-)?\d{{1,3}})/DEC\."
            rf"(?P<number>\d{{1,2}}){_LATER}", "{BODY}-{SESSION}/DEC.{NUMBER}"),
    _series("ctbto", "CTBT/PC", "document", rf"CTBT/PC-(?P<session>\d{{1,2}})/(?P<number>\d{{1,3}}){_LATER}",
            "CTBT/PC-{SESSION}/{NUMBER}"),
    _series("wipo", "WO/{BODY}", "document", r"WO/(?P<body>GA|CC|PBC|CF)/(?P<session>\d{1,3})/(?P<number>\d{1,3})",
            "WO/{BODY}/{SESSION}/{NUMBER}"),
    _series("wipo", "WIPO/{BODY}", "document", r"WIPO/(?P<body>GRTKF/IC)/(?P<session>\d{1,3})/(?P<number>\d{1,3})",
            "WIPO/{BODY}/{SESSION}/{NUMBER}"),
    _series("wipo", "{BODY}", "document", r"(?P<body>SCCR|CDIP|SCP|SCT|CWS)/(?P<session>\d{1,2})/(?P<number>\d{1,3})",
            "{BODY}/{SESSION}/{NUMBER}"),
    _series("cites", "CITES", "resolution", rf"(?:{_RESOLUTION}\s)?Conf\.\s?(?P<session>\d{{1,2}})\.(?P<number>\d"
            r"{1,2})(?:\s?\(Rev\.\sCoP(?P<revised>\d{1,2})\))?", "Conf. {SESSION}.{NUMBER}{Revised}", last=40),
    _series("unccd", "ICCD/COP", "decision", rf"{_WORD}(?P<number>\d{{1,2}})/COP\.(?P<session>\d{{1,2}})",
            "{NUMBER}/COP.{SESSION}"),
    _series("chemicals", "{BODY}", "decision", rf"{_WORD}(?P<body>BC|RC|SC|MC)-(?P<session>\d{{1,2}}|[IVX]+)/"
            r"(?P<number>\d{1,2})", "{BODY}-{SESSION}/{NUMBER}", last=40),
    _series("coe", "CoE/CM", "{kind}", rf"(?:Recommendation\s)?(?P<head>CM/)?(?P<kind>Rec|ResDH|ResCMN|Res)\((?P<year>"
            rf"{_YEAR})\)(?P<number>\d{{1,3}})(?P<tail>-rev)?", "{HEAD}{kind}({YEAR}){NUMBER}{Tail}"),
    _series("coe", "CoE/CM", "recommendation", r"(?:Recommendation\s)?(?:No\.?\s)?R\s?\((?P<short>[78]\d|9\d)\)\s?"
            r"(?P<number>\d{1,2})", "R ({SHORT}) {NUMBER}"),
    _series("coe", "CoE/PACE", "{kind}", rf"PACE\s(?P<kind>Resolution|Recommendation)\s(?P<number>\d{{1,4}})\s?\("
            rf"(?P<year>{_YEAR})\)", "PACE {Kind} {NUMBER} ({YEAR})"),
    _series("commission", "{commission}", "resolution", rf"(?:(?P<body>{_COMMISSION_NAMES})\s(?:resolution|résolution|"
            rf"resolución)|(?:resolution|résolution|resolución)\s(?:de\sla\s)?(?P<behind>{_COMMISSION_NAMES}))\s"
            r"(?P<number>\d{1,4})\s?\((?P<session>[IVXLC]+)\)", "{commission} resolution {NUMBER}({SESSION})"),
    _series("un", "LC/{BODY}", "document", r"LC/(?P<body>SES|CRM|FDS|CEA|CDS|CRPD|MDM|TS|PUB)\.(?P<session>\d{1,4})/"
            r"(?P<number>\d{1,3})(?P<tail>-P|-\*)?(?P<suffixes>(?:/(?:Add|Rev|Corr)\.\d{1,2})*)",
            "LC/{BODY}.{SESSION}/{NUMBER}{Tail}", last=2100),
    _series("un", "LC/{BODY}", "document", r"LC/(?P<body>G|L|R|W)\.(?P<number>\d{1,4})(?P<tail>\((?:SES|CRM|CEP|CONF)\."
            r"\d{1,3}/\d{1,2}\))?(?P<suffixes>(?:/(?:Add|Rev|Corr)\.\d{1,2})*)", "LC/{BODY}.{NUMBER}{Tail}"),
)  # fmt: skip
_COUNCIL_OF_EUROPE = {"Rec": "recommendation", "Res": "resolution", "ResDH": "resolution", "ResCMN": "resolution"}
_SPELLINGS = {name.upper(): name for name in _COUNCIL_OF_EUROPE}


def series(plain: str) -> Symbol | None:
    """A symbol of one of these series as printed."""
    for one in _ALL:
        found = one.pattern.fullmatch(plain)
        if found is not None:
            symbol = _symbol(one, found)
            if symbol is not None:
                return symbol
    return None


def _symbol(one: _Series, found: re.Match[str]) -> Symbol | None:
    groups = {name.upper(): (value or "").upper() for name, value in found.groupdict().items()}
    figure = groups.get("SESSION") or ""
    value = int(figure) if figure.isdigit() else roman(figure)
    if figure and value is None and not figure.startswith(("SS-", "M-")):
        return None
    if (value is not None and not 0 < value <= one.last) or not int(groups["NUMBER"]):
        return None
    if one.holds is not None and not one.holds(groups):
        return None
    groups["NUMBER"] = number = str(int(groups["NUMBER"]))
    kind = groups.get("KIND", "")
    words = {name.capitalize(): _spelt(value) for name, value in groups.items()}
    words |= {
        "kind": _SPELLINGS.get(kind, kind.lower()),
        "commission": _COMMISSIONS.get(groups.get("BODY") or groups.get("BEHIND") or "", ""),
        "Tail": found["tail"] or "" if "TAIL" in groups else "",
    }
    if groups.get("REVISED", "").isdigit():
        words["Revised"] = f" (Rev. CoP{int(groups['REVISED'])})"
    elif groups.get("REVISED"):
        words["Revised"] = "Rev. "
    type_ = (one.types or {}).get(kind, one.type)
    if type_ == "{kind}":
        type_ = _COUNCIL_OF_EUROPE.get(words["kind"], words["kind"])
    suffixes = tuple(suffix.capitalize() for suffix in groups.get("SUFFIXES", "").split("/") if suffix)
    text = "/".join((one.text.format(**groups, **words), *suffixes))
    year = groups.get("YEAR") or ("19" + groups["SHORT"] if groups.get("SHORT") else None)
    session = str(value) if value is not None else figure or None
    if session and value is not None and value >= 1900:
        year = session
    issuer = one.issuer.format(**groups, **words)
    return Symbol(text, one.family, issuer, type_, session, number, int(year) if year else None, None, suffixes)


def _spelt(value: str) -> str:
    return _SPELT.get(value) or " ".join(word.capitalize() for word in value.split(" "))
