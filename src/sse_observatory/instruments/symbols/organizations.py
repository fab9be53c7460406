"""Symbols of organizations beside the United Nations, the ILO and the European Union.

The climate convention (``1/CP.21``), WHO (``WHA76.4``), UNESCO (``41 C/Resolution 15``), IAEA (``GC(67)/RES/14``), FAO
(``C 2023/REP``), the African Union and its predecessor (``Assembly/AU/Dec.819(XXXV)``) and the Organization of American
States (``AG/RES. 2987 (LII-O/22)``). Forms are those the organizations print on the documents themselves.
"""

from __future__ import annotations

import re

from sse_observatory.instruments.model import Symbol
from sse_observatory.instruments.symbols.numerals import roman

_CLIMATE = re.compile(
    r"(?:decision |décision |decisión )?(?P<number>\d{1,3})/(?P<body>CP|CMP|CMA)\.(?P<session>\d{1,2})", re.I
)
_HEALTH = re.compile(
    r"(?P<body>WHA|EB)(?P<session>\d{1,3})(?:\.(?P<resolution>R?\d{1,3})|\((?P<decision>\d{1,3})\))", re.I
)
_HEALTH_DOCUMENT = re.compile(
    r"(?P<body>A|EB)(?P<session>\d{2,3})/(?P<number>\d{1,3})(?P<suffixes>(?:\s(?:Rev|Add|Corr)\.\d{1,2})*)", re.I
)
_UNESCO = re.compile(
    r"(?:UNESCO\s)?(?P<session>\d{1,3})\s?(?P<body>C|EX)/(?:(?P<kind>Resolution|Résolution|Resolución|Res\.?|Decision|"
    r"Décision|Decisión|Dec\.?|DR\.?|INF\.?)\s?)?(?P<number>\d{1,3}(?:\.\d{1,2})*)(?P<part>(?:\.[IVX]{1,5})?(?:\.[A-Z])?)"
    r"(?P<suffixes>(?:\s(?:Rev|Add|Corr)\.?(?:\s?\d{1,2})?)*)",
    re.I,
)
_UNESCO_LAST = {"C": 60, "EX": 300}
"""The General Conference held its forty-second session in 2023, the Executive Board its two hundred and eighteenth."""
_ATOMIC = re.compile(
    r"(?P<body>GC)\((?P<session>\d{1,2}|[IVXL]+)\)/(?:(?P<kind>RES|DEC|INF|OR)[/.])?(?P<number>\d{1,4})(?P<part>[A-Z]?)"
    r"|(?P<governors>GOV(?:/INF)?)/(?P<year>(?:19|20)\d\d)/(?P<document>\d{1,3})|INFCIRC/(?P<circular>\d{1,4})",
    re.I,
)
_FOOD = re.compile(r"(?:FAO\s)?(?P<body>CL|C)\s(?P<session>(?:19|20)\d\d|\d{2,3})/(?P<number>REP|\d{1,3})", re.I)
_SESSION = r"\s?\((?P<extraordinary>Ext(?:ra)?[./]?\s?)?(?P<session>[IVXLC]+)\)"
_AFRICAN = re.compile(
    rf"(?P<body>Assembly/AU|EX\.CL|AHG|CM|PSC/AHG)/(?:(?P<kind>Dec|Decl|Res|St|Draft/Dec)\.?\s?)?(?P<number>\d{{1,4}})"
    rf"{_SESSION}(?P<suffix>(?:\s?(?:Rev|Add)\.?\s?\d)?)",
    re.I,
)
_AFRICAN_BODIES = {
    "assembly/au": "Assembly/AU", "ex.cl": "EX.CL", "ahg": "AHG", "cm": "CM", "psc/ahg": "PSC/AHG",
}  # fmt: skip
_AFRICAN_KINDS = {"dec": "decision", "decl": "declaration", "res": "resolution", "st": "statement"}
_AMERICAN = re.compile(
    r"(?P<body>AG|CP)/(?P<kind>RES|DEC)\.[\s-]?(?P<number>\d{1,4})\s?\((?P<session>[IVXL]+-[OE]/\d{2}|\d{1,4}/\d{2})\)"
    r"(?P<suffix>(?:\s(?:rev|corr)\.?\s?\d)?)",
    re.I,
)
_ADOPTED = {"res": "resolution", "rés": "resolution", "dec": "decision", "déc": "decision"}


def other_organization(plain: str) -> Symbol | None:
    """A symbol of one of these organizations as printed."""
    for grammar in (_climate, _health, _unesco, _atomic_energy, _food, _african_union, _american_states):
        symbol = grammar(plain)
        if symbol is not None:
            return symbol
    return None


def _climate(plain: str) -> Symbol | None:
    """Decisions of the parties to the climate convention: ``1/CP.21``."""
    found = _CLIMATE.fullmatch(plain)
    if found is None:
        return None
    body, number, session = found["body"].upper(), str(int(found["number"])), str(int(found["session"]))
    return Symbol(f"{number}/{body}.{session}", "unfccc", f"FCCC/{body}", "decision", session, number)


def _health(plain: str) -> Symbol | None:
    """Resolutions, decisions and documents of the World Health Assembly and its Executive Board."""
    found = _HEALTH.fullmatch(plain)
    if found is None:
        return _health_document(plain)
    body, session = found["body"].upper(), found["session"]
    if found["decision"]:
        return Symbol(f"{body}{session}({found['decision']})", "who", body, "decision", session, found["decision"])
    number = found["resolution"].upper()
    if number.startswith("R") != (body == "EB"):
        return None
    return Symbol(f"{body}{session}.{number}", "who", body, "resolution", session, number)


def _health_document(plain: str) -> Symbol | None:
    found = _HEALTH_DOCUMENT.fullmatch(plain)
    if found is None:
        return None
    body, session, number = found["body"].upper(), found["session"], str(int(found["number"]))
    suffixes = tuple(suffix.capitalize() for suffix in found["suffixes"].split())
    text = " ".join((f"{body}{session}/{number}", *suffixes))
    return Symbol(text, "who", "WHA" if body == "A" else body, "document", session, number, suffixes=suffixes)


def _unesco(plain: str) -> Symbol | None:
    """Resolutions and documents of UNESCO's General Conference (C), decisions of its Executive Board (EX)."""
    found = _UNESCO.fullmatch(plain)
    if found is None:
        return None
    session, body = int(found["session"]), found["body"].upper()
    if not 1 <= session <= _UNESCO_LAST[body]:
        return None
    kind = (found["kind"] or "").lower().rstrip(".")
    type_ = _ADOPTED.get(kind[:3], "document")
    if type_ != "document" and type_ != {"C": "resolution", "EX": "decision"}[body]:
        return None
    number = found["number"] + found["part"].upper()
    name = type_.capitalize() + " " if type_ != "document" else f"{kind.upper()}." if kind else ""
    suffixes = tuple(re.findall(r"(?:Rev|Add|Corr)\.?(?:\s?\d{1,2})?", found["suffixes"].strip(), re.I))
    suffixes = tuple(re.sub(r"\.?\s?(\d+)$", r".\1", suffix.capitalize()) for suffix in suffixes)
    text = " ".join((f"{session} {body}/{name}{number}", *suffixes))
    return Symbol(text, "unesco", f"UNESCO/{body}", type_, str(session), number, suffixes=suffixes)


def _atomic_energy(plain: str) -> Symbol | None:
    """General Conference, Board of Governors and circulars of the IAEA."""
    found = _ATOMIC.fullmatch(plain)
    if found is None:
        return None
    if found["circular"]:
        return Symbol(f"INFCIRC/{int(found['circular'])}", "iaea", "IAEA", "document", number=found["circular"])
    if found["governors"]:
        text = f"{found['governors'].upper()}/{found['year']}/{int(found['document'])}"
        return Symbol(text, "iaea", "GOV", "document", None, str(int(found["document"])), int(found["year"]))
    session = found["session"].upper()
    if not session.isdigit() and roman(session) is None:
        return None
    kind = (found["kind"] or "").upper()
    number = str(int(found["number"])) + found["part"].upper()
    text = f"GC({session})/{kind + '/' if kind else ''}{number}"
    spoken = session if session.isdigit() else str(roman(session))
    return Symbol(text, "iaea", "GC", _ADOPTED.get(kind.lower(), "document"), spoken, number)


def _food(plain: str) -> Symbol | None:
    """Documents of the FAO Conference (by year) and Council (by session)."""
    found = _FOOD.fullmatch(plain)
    if found is None:
        return None
    body, session = found["body"].upper(), found["session"]
    if (body == "C") != (len(session) == 4):
        return None
    number = found["number"].upper()
    number = str(int(number)) if number.isdigit() else number
    year = int(session) if body == "C" else None
    return Symbol(f"{body} {session}/{number}", "fao", f"FAO/{body}", "document", session, number, year)


def _african_union(plain: str) -> Symbol | None:
    """Decisions, declarations and documents of the African Union and the Organization of African Unity before it."""
    found = _AFRICAN.fullmatch(plain)
    if found is None:
        return None
    body = _AFRICAN_BODIES[found["body"].lower()]
    figure = found["session"].upper()
    value = roman(figure)
    if value is None:
        return None
    kind = (found["kind"] or "").lower()
    name = "/".join(part.capitalize() for part in kind.split("/"))
    number = str(int(found["number"]))
    session = ("Ext." if found["extraordinary"] else "") + figure
    suffixes = tuple(re.sub(r"\.?\s?(\d)$", r".\1", found["suffix"].strip().capitalize()).split())
    text = " ".join((f"{body}/{name + '.' if name else ''}{number}({session})", *suffixes))
    type_ = _AFRICAN_KINDS.get(kind, "draft" if kind else "document")
    spoken = ("Ext-" if found["extraordinary"] else "") + str(value)
    return Symbol(text, "au", body, type_, spoken, number, suffixes=suffixes)


def _american_states(plain: str) -> Symbol | None:
    """Resolutions and declarations of the General Assembly and the Permanent Council of the OAS."""
    found = _AMERICAN.fullmatch(plain)
    if found is None:
        return None
    body, kind, session = found["body"].upper(), found["kind"].upper(), found["session"].upper()
    if (body == "AG") != session[0].isalpha() or (body == "AG" and roman(session.partition("-")[0]) is None):
        return None
    number = str(int(found["number"]))
    suffixes = tuple(re.sub(r"\.?\s?(\d)$", r".\1", found["suffix"].strip().capitalize()).split())
    text = " ".join((f"{body}/{kind}. {number} ({session})", *suffixes))
    type_ = "resolution" if kind == "RES" else "declaration"
    return Symbol(text, "oas", f"OAS/{body}", type_, session, number, suffixes=suffixes)
