"""Symbols of the ILO: Governing Body, Conference, Conference of Labour Statisticians, and its standards."""

from __future__ import annotations

import re

from sse_observatory.instruments.model import Symbol
from sse_observatory.instruments.symbols.numerals import roman

_GB_SECTIONS = "INS POL LILS PFA HL WP GBC SDG TC ESP STM MNE CFA AUD BL PV INF AP LP CC NR SC ICTS PR SG DECL"
_GB_SEGMENTS = frozenset(_GB_SECTIONS.split())
_GB = re.compile(
    r"GB\.(?P<session>\d{1,3}(?:bis)?)/(?P<rest>[A-Za-zéó0-9./ &-]+?)"
    r"(?P<suffixes>(?:\s?\((?:Rev|Add|Corr)\.?\s?\d{0,2}\)|/(?:Rev|Add|Corr)\.\d{1,2})*)",
    re.I,
)
_GB_PART = re.compile(r"\d{1,3}(?:\.\d{1,2})?|[A-Z]{2,8}|Decision|Décision|Decisión|Inf\.\d{1,2}|REF|Draft|[A-Z]", re.I)
_ILC = re.compile(
    r"ILC\.(?P<session>\d{1,3})/(?P<rest>(?:Resolution|Résolution|Resolución)\s(?P<resolution>[IVX]+)|"
    r"(?P<record>(?:Record|PR|Provisional Record|Compte rendu(?: provisoire)?|Actas(?: provisionales)?)"
    r"\s?(?:No\.|no|n°|nº|núm\.)|PR)\s?\d{1,2}(?:\(?[A-Z]\)?)?(?:\(Rev\.?\d?\))?|"
    r"(?:Report\s)?[IVX]+(?:\(?[0-9A-Z]\)?)?(?:/\d)?|"
    r"(?:Report\s)?\d?D\.?\d?)",
    re.I,
)
_ICLS = re.compile(
    r"ICLS/(?P<session>\d{1,2})/(?P<year>(?:19|20)\d\d)/(?:(?P<kind>Resolution|Résolution|Resolución|Guidelines|RES)\s?(?P<roman>[IVX]+)?|"
    r"(?P<number>\d{1,2})|(?P<room>Room Document[:]?\s?\d{1,2}|RD\s?\d{1,2}|GEN|Report(?:\s[IVX]+)?))"
    r"(?P<suffix>(?:/Rev\.\d)?)",
    re.I,
)
_ILO_STANDARD = re.compile(r"(?P<kind>[CRP])(?P<gap>\.?\s?)0*(?P<number>\d{1,3})", re.I)
_ILO_STANDARD_TYPES = {"C": "convention", "R": "recommendation", "P": "protocol"}
_LAST_STANDARD = {"C": 199, "R": 219, "P": 159}
"""Upper ends with room for the next years: a number above is more likely a page or a form."""


def ilo(plain: str) -> Symbol | None:
    """Documents of the ILO's Governing Body, Conference and Conference of Labour Statisticians; its standards."""
    return _governing_body(plain) or _conference(plain) or _statisticians(plain) or _standard(plain)


def _governing_body(plain: str) -> Symbol | None:
    found = _GB.fullmatch(plain)
    if found is None:
        return None
    components = [component.strip() for component in found["rest"].split("/")]
    if not all(_GB_PART.fullmatch(component) for component in components):
        return None
    spelt = []
    for component in components:
        upper = component.upper()
        if upper in ("DÉCISION", "DECISIÓN"):
            component, upper = "Decision", "DECISION"
        if component.isalpha() and len(component) > 1 and upper not in _GB_SEGMENTS:
            if upper not in ("DECISION", "REF", "DRAFT"):
                return None
            spelt.append(component.capitalize())
        else:
            spelt.append(upper if component.isalpha() else component)
    if not any(c.isdigit() for component in spelt for c in component) and spelt[-1] not in (
        "PV", "Decision", "Draft",
    ):  # fmt: skip
        return None
    suffixes = tuple(
        f"{name.capitalize()}.{number or 1}"
        for name, number in re.findall(r"(Rev|Add|Corr)\.?\s?(\d*)", found["suffixes"], re.I)
    )
    session = found["session"].lower()
    text = f"GB.{session}/" + "/".join(spelt) + "".join(f"({suffix})" for suffix in suffixes)
    type_ = "decision" if "Decision" in spelt else "document"
    return Symbol(text, "ilo-gb", "ILO/GB", type_, session, "/".join(spelt), None, None, suffixes)


def _conference(plain: str) -> Symbol | None:
    found = _ILC.fullmatch(plain)
    if found is None:
        return None
    session = found["session"]
    if found["resolution"]:
        if roman(found["resolution"]) is None:
            return None
        number = found["resolution"].upper()
        return Symbol(f"ILC.{session}/Resolution {number}", "ilc", "ILO/ILC", "resolution", session, number)
    rest = re.sub(r"\s+", " ", found["rest"])
    if found["record"]:
        rest = f"Record No. {found['rest'][len(found['record']) :].strip().upper()}"
    return Symbol(f"ILC.{session}/{rest}", "ilc", "ILO/ILC", "document", session, rest)


def _statisticians(plain: str) -> Symbol | None:
    found = _ICLS.fullmatch(plain)
    if found is None:
        return None
    session, year = found["session"], int(found["year"])
    if found["kind"]:
        kind = "Guidelines" if found["kind"].lower() == "guidelines" else "Resolution"
        if kind == "Resolution" and roman(found["roman"] or "") is None:
            return None
        number = kind + (f" {found['roman'].upper()}" if found["roman"] else "")
        type_ = kind.lower()
    else:
        number = found["number"] or re.sub(r"\s+", " ", found["room"])
        type_ = "document"
    suffixes = (found["suffix"].lstrip("/").capitalize(),) if found["suffix"] else ()
    text = f"ICLS/{session}/{year}/{number}" + "".join(f"/{suffix}" for suffix in suffixes)
    return Symbol(text, "icls", "ILO/ICLS", type_, session, number, year, None, suffixes)


def _standard(plain: str) -> Symbol | None:
    found = _ILO_STANDARD.fullmatch(plain)
    if found is None:
        return None
    if " " in found["gap"] and found["kind"] in ("p", "P", "c", "r"):  # a page: "p. 12"
        return None
    return standard(found["kind"].upper(), int(found["number"]))


def standard(kind: str, number: int) -> Symbol | None:
    """The symbol of an ILO convention (C), recommendation (R) or protocol (P) by number; None where there is none."""
    if not 1 <= number <= _LAST_STANDARD[kind]:
        return None
    return Symbol(f"{kind}{number:03d}", "ilo-standard", "ILO", _ILO_STANDARD_TYPES[kind], number=str(number))
