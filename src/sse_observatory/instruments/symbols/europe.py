"""Symbols of the OECD and the European Union: legal instruments, CELEX numbers, ELI, Official Journal.

CELEX and ELI follow the rules of the EU Publications Office; acts published since October 2023 have their own number
in the Official Journal (C/2023/1344), earlier ones the issue and page.
"""

from __future__ import annotations

import re

from sse_observatory.instruments.model import Symbol

_OECD = re.compile(r"OECD[/-]LEGAL[/-](?P<number>\d{1,4})", re.I)
_CELEX = re.compile(
    r"(?:CELEX\s?:?\s?)?(?P<sector>[1-9CE])(?P<year>(?:19|20)\d\d)(?P<type>[A-Z]{1,2})(?P<number>\d{4,5})"
    r"(?P<tail>(?:\(\d{2}\))?(?:R\(\d{2}\))?|-\d{8})",
    re.I,
)
_CELEX_TYPES = {
    ("3", "R"): "regulation", ("3", "L"): "directive", ("3", "D"): "decision", ("3", "H"): "recommendation",
    ("3", "A"): "opinion", ("3", "G"): "resolution", ("3", "C"): "declaration", ("3", "B"): "budget",
    ("3", "Y"): "other act",
    ("5", "PC"): "proposal", ("5", "DC"): "communication", ("5", "SC"): "staff working document", ("5", "AE"):
    "opinion", ("5", "IP"): "resolution", ("5", "AP"): "legislative resolution", ("5", "IR"): "opinion",
    ("6", "CJ"): "judgment", ("6", "TJ"): "judgment", ("6", "CO"): "order", ("6", "CC"): "opinion",
    ("3", "F"): "framework decision", ("3", "E"): "common position", ("3", "J"): "merger decision",
    ("3", "M"): "merger decision", ("3", "O"): "guideline", ("3", "Q"): "rules of procedure", ("3", "S"): "decision",
    ("3", "X"): "other act", ("5", "JC"): "joint communication", ("5", "XC"): "notice", ("5", "XG"): "conclusions",
    ("5", "XR"): "opinion", ("5", "XE"): "opinion", ("5", "XX"): "opinion", ("5", "IE"): "opinion", ("5", "AR"):
    "opinion", ("5", "AG"): "common position", ("5", "BP"): "resolution", ("5", "AA"): "opinion", ("5", "AB"):
    "opinion", ("6", "CA"): "case", ("6", "CN"): "case", ("6", "TO"): "order", ("6", "TN"): "case",
    ("2", "A"): "agreement", ("1", "TXT"): "treaty", ("0", "R"): "consolidated text", ("0", "L"): "consolidated text",
    ("0", "H"): "consolidated text",
}  # fmt: skip
_CELEX_SECTORS = {
    "1": "treaties", "2": "international agreements", "3": "legal acts", "4": "complementary legislation",
    "5": "preparatory documents", "6": "case law", "7": "national transposition", "8": "national case law",
    "9": "parliamentary questions", "C": "other documents published in the Official Journal", "E": "EFTA documents",
}  # fmt: skip
_CELEX_CONSOLIDATED = re.compile(
    r"(?:CELEX\s?:?\s?)?0(?P<year>(?:19|20)\d\d)(?P<type>[A-Z]{1,2})(?P<number>\d{4})-(?P<day>\d{8})", re.I
)
_COMMISSION = re.compile(
    r"(?P<kind>COM|SWD|SEC|JOIN|C)[/ ]?(?:\((?P<year>(?:19|20)\d\d)\)\s?|(?P<bare>(?:19|20)\d\d)/)"
    r"0*(?P<number>\d{1,4})(?P<final>\sfinal(?:/\d)?)?",
    re.I,
)
_PARLIAMENT = re.compile(
    r"(?P<kind>P(?P<term>\d{1,2})_TA)(?:-PROV)?\((?P<year>(?:19|20)\d\d)\)(?P<number>\d{4})", re.I
)
_OECD_DOCUMENT = re.compile(
    r"(?P<body>C(?:/MIN)?)\((?P<year>(?:19|20)\d\d|\d\d)\)(?P<number>\d{1,4})(?P<suffix>/(?:FINAL|REV\d?|ADD\d?))?"
)
_ELI = re.compile(
    r"(?:ELI\s?:\s?)?(?:https?://(?:data\.europa\.eu|eur-lex\.europa\.eu)/)?(?P<eli>eli/(?:(?P<series>[CL])/(?P<oj_year>(?:19|20)\d\d)/(?P<oj_number>\d{1,5})"
    r"|(?P<type>reg|dir|dec|reco|opin|treaty|reg_impl|reg_del|dir_impl|dir_del|dec_impl|dec_del)(?:_impl|_del)?"
    r"/(?P<year>(?:19|20)\d\d)/(?P<number>\d{1,5})(?:\(\d\))?)(?:/oj)?(?:/[a-z]{3})?)/?",
    re.I,
)
_ELI_TYPES = {"reg": "regulation", "dir": "directive", "dec": "decision", "reco": "recommendation", "opin": "opinion"}
_OJ_ACT = re.compile(r"(?:OJ\s)?(?P<series>[CL])/(?P<year>20(?:2[3-9]|[3-9]\d))/(?P<number>\d{1,5})", re.I)
_OJ_ISSUE = re.compile(
    r"(?:OJ|JO|DO)\s?(?P<series>[CL])\s?(?P<issue>\d{1,3})\s?(?P<edition>[A-Z]?)?(?:,|\sdu|\sde)\s?"
    r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>(?:19|20)\d\d)(?:,\s?(?:p|pp"
    r"|P)\.\s?(?P<page>\d{1,4})(?:[-–]\d+)?)?",
    re.I,
)


def oecd(plain: str) -> Symbol | None:
    found = _OECD.fullmatch(plain)
    if found is None:
        return _oecd_document(plain)
    if not int(found["number"]):
        return None
    # What kind of act it is (recommendation, decision, declaration) only the instrument says.
    number = int(found["number"])
    return Symbol(f"OECD/LEGAL/{number:04d}", "oecd", "OECD", "legal instrument", number=str(number))


def _oecd_document(plain: str) -> Symbol | None:
    """A document of the OECD Council, written without blanks: ``C(2022)99/FINAL``, ``C/MIN(2022)3``."""
    found = _OECD_DOCUMENT.fullmatch(plain)
    if found is None or not int(found["number"]):
        return None
    number, year = str(int(found["number"])), found["year"]
    suffixes = (found["suffix"].lstrip("/"),) if found["suffix"] else ()
    text = "/".join((f"{found['body']}({year}){number}", *suffixes))
    stated = int(year) if len(year) == 4 else None
    return Symbol(text, "oecd-document", "OECD", "document", year, number, stated, suffixes=suffixes)


def _institution(plain: str) -> Symbol | None:
    """A document of the Commission (``COM(2021) 778 final``) or a text adopted by the Parliament."""
    found = _PARLIAMENT.fullmatch(plain)
    if found is not None:
        text = f"{found['kind'].upper()}({found['year']}){found['number']}"
        return Symbol(text, "ep", "EP", "resolution", found["term"], str(int(found["number"])), int(found["year"]))
    found = _COMMISSION.fullmatch(plain)
    if found is None or not int(found["number"]):
        return None
    kind, final = found["kind"].upper(), (found["final"] or "").strip().lower()
    if kind == "C" and not final:  # the OECD writes C(2022)99
        return None
    year, number = int(found["year"] or found["bare"]), str(int(found["number"]))
    text = f"{kind}({year}) {number}" + (f" {final}" if final else "")
    type_ = {"COM": "communication", "C": "decision"}.get(kind, "document")
    return Symbol(text, "eu-document", "EU/COM", type_, None, number, year, suffixes=(final,) if final else ())


def european_union(plain: str) -> Symbol | None:
    found = _CELEX_CONSOLIDATED.fullmatch(plain)
    if found is not None:
        text = f"0{found['year']}{found['type'].upper()}{found['number']}-{found['day']}"
        decoded = (("sector", "consolidated texts"), ("type", found["type"].upper()), ("as of", found["day"]))
        number, year = str(int(found["number"])), int(found["year"])
        return Symbol(text, "celex", "EU", "consolidated text", None, number, year, decoded=decoded)
    found = _CELEX.fullmatch(plain)
    if found is not None:
        return _celex(found)
    found = _ELI.fullmatch(plain)
    if found is not None:
        series = found["series"]
        eli = found["eli"].lower()
        if series:
            eli = eli.replace(f"/{series.lower()}/", f"/{series.upper()}/", 1)
        eli = re.sub(r"/oj(?:/[a-z]{3})?$", "", re.sub(r"(?<=\d)/[a-z]{3}$", "", eli)) + "/oj"
        if series:
            return Symbol(eli, "eli", "EU", "document", None, found["oj_number"], int(found["oj_year"]))
        type_ = _ELI_TYPES.get(found["type"].lower().split("_")[0], "document")
        return Symbol(eli, "eli", "EU", type_, None, found["number"], int(found["year"]))
    found = _OJ_ACT.fullmatch(plain)
    if found is not None:
        series, year, number = found["series"].upper(), int(found["year"]), str(int(found["number"]))
        return Symbol(f"{series}/{year}/{number}", "oj", series, "document", None, number, year)
    found = _OJ_ISSUE.fullmatch(plain)
    if found is not None:
        series, page = found["series"].upper(), found["page"]
        if not (1 <= int(found["month"]) <= 12 and 1 <= int(found["day"]) <= 31):
            return None
        issue = f"{int(found['issue'])}{(found['edition'] or '').upper()}"
        text = f"OJ {series} {issue}, {int(found['day'])}.{int(found['month'])}.{found['year']}"
        text += f", p. {int(page)}" if page else ""
        return Symbol(text, "oj", series, "document", issue, page, int(found["year"]))
    return _institution(plain)


def _celex(found: re.Match[str]) -> Symbol | None:
    sector, type_, number = found["sector"].upper(), found["type"].upper(), found["number"]
    if sector != "C" and (sector, type_) not in _CELEX_TYPES and sector in ("1", "2", "3", "5", "6"):
        return None
    meaning = _CELEX_TYPES.get((sector, type_), "document")
    decoded = (("sector", _CELEX_SECTORS[sector]), ("type", meaning), ("type code", type_))
    text = f"{sector}{found['year']}{type_}{number}{found['tail'].upper()}"
    return Symbol(text, "celex", "EU", meaning, None, str(int(number)), int(found["year"]), decoded=decoded)
