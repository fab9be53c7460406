"""Symbols of the United Nations series.

The grammar follows the Dag Hammarskjöld Library's list of series symbols (ST/LIB/SER.B/5): the body, then session or
year, then the kind of document and its number, then ``Add.``, ``Rev.``, ``Corr.``. Every component must be one the
list knows, and a resolution must have the form its body used at the time.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from sse_observatory.instruments.model import Symbol
from sse_observatory.instruments.symbols.numerals import roman

_HEADS = (
    "A S E T ST DP TD UNEP HSP HS ID IDB GC CCPR CERD CEDAW CAT CRC CRPD CMW CED HRI NPT BWC CCW CD FCCC CBD ICCD JIU "
    "PBC SPLOS ISBA LC ECE ESCAP ESCWA ECA DC CAC CTOC UNW LOS APLC CCM ATT WFP ITC APPLC UNICEF UNFPA UNSCEAR "
    "UNCTAD IPBES TRADE ENERGY CES STAT CEB"
)
HEADS = frozenset(_HEADS.split())
"""First components of the series."""
_TREATY_BODIES = frozenset({"CCPR", "CERD", "CEDAW", "CAT", "CRC", "CRPD", "CMW", "CED"})
_DOTTED_NAMES = (
    "C AC CN CONF SC GC WG WP L CRP INF PV SR R Res Dec COP MOP MSP EA HA PC SUB Ser NGO PET Misc BUR CP CMP CMA G "
    "SS GCSS EB PUB Prep PM MIN TC REG DEC RES COM CM Part Vol ECE RCM GE EG FSEC SUPP P HLS INC MP"
)
_DOTTED = {name.lower(): name for name in _DOTTED_NAMES.split()}
"""Components with a number behind a dot, by their small letters; the last spelling counts (``RES.1`` is ``RES.1``)."""
_DOTTED |= {"res": "Res", "dec": "Dec", "sub": "SUB", "ser": "SER"}
_WORD_NAMES = (
    "RES DEC PRST PV SR INF NGO BUR CO GC Q QPR LT D CP SBI SBSTA KP CMP CMA COP SGB AI IC SC GEN CORE POP STAT GOV "
    "LIB ESA SEC ADM LEG PSCA DPI CID EXEC CRP LTD WG FIN CSTD PREP CONF OS B C G H L R EX EB BRC SUB PFII "
    "HRC TRANS HBP ENERGY TRADE CEP EB AIR CES WP CIIP ESCAP ECE ECA ECLAC ESCWA CEPAL CM CMR CST COSP SEM DOC ICEF "
    "PERMANENT UNFPA FPA PCNP APPLICATION DSP HA HABITAT REP DIR SUM FOR FWCC PFI PC NPT I II III IV V VI VII VIII IX "
    "X XI XII XIII XIV XV XVI XVII XVIII XIX XX TF NONE UPR FU DCP FI IPU SP AWG LCA ADP APA TP WEB MISC POW OPS "
    "UNEP CBD NP BS SBSTTA ALAC LC CTD ED BEI ITE IGE TCO TIR CRIC ICCD CLP INV PIC RC POPS GPA BHS CHW MC OPP "
    "COE ISAR IRG OPM AGENDA PA PCN CTBT A FEB MAR APR OCT NOV "
    "HLPF AC SPC OC MOP WGAD WGEID EMRIP FMI FFDF HLS NOTE MSP PP CSDHA INCB NL OM"
)
_WORDS = frozenset(_WORD_NAMES.split())
"""Components without a number, in capitals."""
_COMPONENT = re.compile(
    r"(?P<number>\d{1,5}(?:[A-Z](?=$))?)"
    r"|(?P<several>\d{1,2}-\d{1,2})"
    r"|(?P<coded>(?:SC|RC|BC|MC)-[\dIVX]{1,4})"
    r"|(?P<bracketed>(?P<name>[A-Za-z]{1,4})\((?P<inside>\d{1,3}|(?:E?S-)?[IVXLC]{1,8})\))"
    r"|(?P<special>(?P<kind>ES|EM|SS|S)-(?P<special_number>\d{1,2}))"
    r"|(?P<dotted>[A-Za-z]{1,6})\.\s?(?P<dotted_number>\d{1,4}(?:\([A-Za-z0-9]{1,6}\))?[A-Za-z]{0,2}|\d{1,5}-[A-Z]"
    r"|[A-Z]{1,3}|[IVX]+)"
    r"|(?P<word>[A-Za-z]{1,11})"
)
_SUFFIX = re.compile(r"(?P<name>Add|Rev|Corr|Amend|Summary|Supp)\.?\s?(?P<number>\d{0,3}(?:[*])?[A-Z]?)", re.I)
_SUFFIX_NAMES = {name.lower(): name for name in ("Add", "Rev", "Corr", "Amend", "Summary", "Supp")}
_VOLUME = re.compile(
    r"\s*\((?P<kind>Vol|Part|SUPP|Sect|Section|Resumption|Introduction|Income Sect)\.?\s?"
    r"(?P<number>[IVX]+|\d+[A-Z]?)?\)(?P<behind>(?:/(?:Add|Rev|Corr)\.\d{1,2})*)\s*$",
    re.I,
)
_VOLUMES = {
    "vol": "Vol.", "part": "Part", "supp": "SUPP", "sect": "Sect.", "section": "Sect.", "resumption": "Resumption",
    "introduction": "Introduction", "income sect": "Income sect.",
}  # fmt: skip
_JOINT = re.compile(r"-(?=[A-Z]{1,4}/)")
"""Between the symbols of a document of two bodies: ``A/79/86-E/2024/60``."""

_ADOPTED = {"RES": "resolution", "DEC": "decision", "PRST": "presidential statement"}
_LAST_SESSION = 150
"""No body has held more sessions than this by far; a larger figure is a slip."""
_MAIN_COMMITTEES = 6
_FIRST_NUMBERED_BY_SESSION = 31
"""Until its thirtieth session the Assembly's documents were numbered through: A/5217, not A/17/5217."""
_NUMBERED_HEAD = re.compile(r"TD\([IVXLC]{1,6}\)")
"""Conferences of UNCTAD whose documents carry their number behind the head of the series."""
_UNIDO = re.compile(r"(?:GC|IDB|PBC)\.\d{1,3}")
"""The governing bodies of UNIDO, whose symbols begin with the session."""

_PART = r"(?:\s?\[?(?P<part>[A-Z](?:\s?(?:-|and|to|et|à|y|a)\s?[A-Z])?)\]?)?"
_NUMBERED_ACT = re.compile(rf"(?P<number>\d{{1,4}})\s?\((?P<session>(?:E?S-)?[IVXLC]+|(?:19|20)\d\d)\)\s?{_PART}", re.I)
"""``2152(XXI)``, ``217(III)A``, ``3201(S-VI)``, ``1325 (2000)``."""
_NUMBERED_ACT_PART_FIRST = re.compile(
    r"(?P<number>\d{1,4})\s?(?P<part>[A-Z])\s?\((?P<session>(?:E?S-)?[IVXLC]+)\)", re.I
)
"""``217 A (III)``, as resolutions of several parts are cited."""
_PLAIN_ACT = re.compile(rf"(?P<number>\d{{1,4}}){_PART}")


def un(plain: str) -> Symbol | None:
    """A symbol of the United Nations as printed."""
    if "/" not in plain:
        return None
    if _JOINT.search(plain):
        return _joint(_JOINT.split(plain))
    head, _, rest = plain.partition("/")
    head = head.upper()
    if head not in HEADS and not _UNIDO.fullmatch(head) and not _NUMBERED_HEAD.fullmatch(head):
        return None
    volume = behind = ""
    found = _VOLUME.search(rest)
    if found is not None:
        kind = _VOLUMES[found["kind"].lower()]
        volume = f" ({kind} {found['number'].upper()})" if found["number"] else f" ({kind})"
        rest, behind = rest[: found.start()], found["behind"]
    components = rest.split("/")
    suffixes: list[str] = []
    while components and (suffix := _SUFFIX.fullmatch(components[-1].strip())):
        if not suffix["number"] and suffix["name"].lower() not in ("summary", "supp"):
            return None
        name = _SUFFIX_NAMES[suffix["name"].lower()]
        suffixes.insert(0, f"{name}.{suffix['number'].upper()}" if suffix["number"] else name)
        components.pop()
    # "Rev.1" also stands before the last component: CCPR/C/21/Rev.1/Add.13 is read above, A/58/7/Rev.1/3 is none.
    if not components:
        return None
    committee = re.fullmatch(r"C\.(\d{1,3})", components[0].strip(), re.I) if head == "A" else None
    if committee is not None and not 1 <= int(committee[1]) <= _MAIN_COMMITTEES:
        return None
    if any(component.upper() in _ADOPTED for component in components):
        return None if volume else _adopted_text(head, components, tuple(suffixes))
    document = _document(head, components, tuple(suffixes), volume)
    if document is None or not behind:
        return document
    later = tuple(suffix.capitalize() for suffix in behind.strip("/").split("/"))
    return replace(document, text="/".join((document.text, *later)), suffixes=(*suffixes, *later))


def _joint(plain: list[str]) -> Symbol | None:
    """A document with a symbol of each of the bodies it was submitted to: known by the first, linked by it."""
    symbols = [un(part) for part in plain]
    known = [symbol for symbol in symbols if symbol is not None and symbol.type in ("document", "draft")]
    if len(known) < len(symbols):
        return None
    also = tuple(("also", symbol.text) for symbol in known[1:])
    return replace(known[0], text="-".join(symbol.text for symbol in known), decoded=also)


def _adopted_text(head: str, components: list[str], suffixes: tuple[str, ...]) -> Symbol | None:
    """A resolution, decision or presidential statement: the body, RES, DEC or PRST, session or year, number."""
    upper = [component.upper() for component in components]
    position = next(i for i, name in enumerate(upper) if name in _ADOPTED)
    spelt = [_component(name, head) for name in components[:position]]
    if any(name is None for name in spelt):
        return None
    issuer = "/".join([head, *(name for name in spelt if name)])
    kind = upper[position]
    type_ = _ADOPTED[kind]
    rest = components[position + 1 :]
    tail = "".join(f"/{suffix}" for suffix in suffixes)
    if len(rest) == 1:
        act = _NUMBERED_ACT.fullmatch(rest[0]) or _NUMBERED_ACT_PART_FIRST.fullmatch(rest[0])
        if act is not None:
            return _by_number(issuer, kind, type_, act, suffixes, tail)
        if issuer == "S" and kind == "RES" and re.fullmatch(r"\d{1,4}", rest[0]):
            return Symbol(f"S/RES/{int(rest[0])}{tail}", "un", "S", type_, number=str(int(rest[0])), suffixes=suffixes)
        return None
    if issuer == "A/HRC" and len(rest) == 3 and rest[0].upper() == "OM" and rest[1].isdigit() and rest[2].isdigit():
        # An organizational meeting of the Human Rights Council: A/HRC/DEC/OM/7/1.
        meeting, number = f"OM/{int(rest[1])}", str(int(rest[2]))
        return Symbol(f"A/HRC/{kind}/{meeting}/{number}{tail}", "un", issuer, type_, meeting, number, suffixes=suffixes)
    if len(rest) != 2 or (issuer == "S" and kind != "PRST"):
        return None
    session = _session_or_year(rest[0])
    if session is None and upper[position - 1 : position] in (["COP"], ["MOP"]) and (figure := roman(rest[0])):
        session = str(figure)
    act = _PLAIN_ACT.fullmatch(rest[1].strip())
    if session is None or act is None:
        return None
    year = int(session) if re.fullmatch(r"(?:19|20)\d\d", session) else None
    # Council years have four figures, Assembly and Human Rights Council sessions at most three: the other is an error.
    if (issuer in ("A", "A/HRC") and year is not None) or (issuer in ("E", "S") and year is None):
        return None
    if session.isdigit() and int(session) > _LAST_SESSION and year is None:
        return None
    if issuer == "A" and session.isdigit() and int(session) < 31 and kind == "RES":
        # Until the thirtieth session resolutions were numbered through, with the session in roman figures.
        return None
    number = str(int(act["number"]))
    part = _part(act["part"])
    if not int(number):
        return None
    printed = rest[0].upper() if roman(rest[0]) else session
    text = f"{issuer}/{kind}/{printed}/{number}" + (f" {part}" if part else "") + tail
    return Symbol(text, "un", issuer, type_, session, number, year, part, suffixes)


def _by_number(
    issuer: str, kind: str, type_: str, act: re.Match[str], suffixes: tuple[str, ...], tail: str
) -> Symbol | None:
    """A text numbered through: ``2152(XXI)`` or ``1325 (2000)``."""
    number, session, part = str(int(act["number"])), act["session"].upper(), _part(act["part"])
    if session.isdigit():
        if issuer != "S" or part:
            return None
        text = f"S/{kind}/{number} ({session}){tail}"
        return Symbol(text, "un", "S", type_, number=number, year=int(session), suffixes=suffixes)
    if issuer == "S":
        return None
    prefix, _, figure = session.rpartition("-")
    value = roman(figure)
    if value is None or not int(number):
        return None
    text = f"{issuer}/{kind}/{number}({session})" + (f" {part}" if part else "") + tail
    spoken = f"{prefix}-{value}" if prefix else str(value)
    return Symbol(text, "un", issuer, type_, spoken, number, None, part, suffixes)


def _part(text: str | None) -> str | None:
    """``A`` or ``A-D`` for the letters behind a number."""
    if not text:
        return None
    letters = re.findall(r"[A-Z]", text.upper() if len(text) == 1 else re.sub(r"and|to|et|à|\sy\s|\sa\s", " ", text))
    return "-".join(dict.fromkeys(letters))


def _session_or_year(text: str) -> str | None:
    found = re.fullmatch(r"(?:(ES|EM|SS|S)-)?(\d{1,4})", text.strip(), re.I)
    if found is None or not int(found[2]):
        return None
    return (f"{found[1].upper()}-" if found[1] else "") + str(int(found[2]))


@lru_cache(maxsize=4096)
def _component(text: str, head: str) -> str | None:
    """A component of a symbol in its usual spelling; None if no series has it."""
    found = _COMPONENT.fullmatch(text.strip())
    if found is None:
        return None
    if found["number"]:
        return found["number"]
    if found["several"]:  # reports of a State that stand for several: CERD/C/FRA/CO/22-23
        return found["several"] if head in _TREATY_BODIES else None
    if found["coded"]:
        return found["coded"].upper() if head == "UNEP" else None
    if found["bracketed"]:
        name = found["name"].upper()
        return f"{name}({found['inside'].upper()})" if name in _WORDS or name in HEADS else None
    if found["special"]:
        return f"{found['kind'].upper()}-{int(found['special_number'])}"
    if found["dotted"]:
        name = _DOTTED.get(found["dotted"].lower())
        return f"{name}.{found['dotted_number']}" if name else None
    word = found["word"].upper()
    if word in _WORDS:
        return word
    # Reports of States to treaty bodies and to the universal periodic review carry the country's code.
    return word if len(word) == 3 and head in _TREATY_BODIES | {"A", "DP", "E", "HRI"} else None


def _document(head: str, components: list[str], suffixes: tuple[str, ...], volume: str) -> Symbol | None:
    """Any other document: a draft (``L.``), a report, a record."""
    spelt: list[str] = []
    country = head in _TREATY_BODIES | {"HRI"} or (head == "DP" and components[0].upper() in ("DCP", "FPA", "CCP"))
    for raw in components:
        name = _component(raw, head)
        if name is None:
            return None
        is_code = len(name) == 3 and name.isalpha() and name not in _WORDS
        if is_code and not country and not any(c.startswith(("WG.6", "C.12")) for c in spelt):
            return None
        spelt.append(name)
    if not any(character.isdigit() for character in spelt[-1]) and spelt[-1] not in _ENDS:
        return None
    if not any(any(c.isdigit() for c in name) for name in spelt):
        return None
    if head == "A" and len(spelt) > 1 and spelt[0].isdigit() and int(spelt[0]) < _FIRST_NUMBERED_BY_SESSION:
        return None
    if len(spelt) == 1 and "." not in head and not _complete_alone(head, spelt[0]):
        return None
    text = "/".join([head, *spelt, *suffixes]) + volume
    last = spelt[-1]
    named = re.fullmatch(r"(Res|Dec|L)\.(\S+)", last)
    issuer_end = next((i for i, name in enumerate(spelt) if _session_or_year(name)), len(spelt) - 1)
    issuer = "/".join([head, *spelt[:issuer_end]])
    session = _session_or_year(spelt[issuer_end]) if issuer_end < len(spelt) - 1 else None
    if named is not None:
        type_ = {"Res": "resolution", "Dec": "decision", "L": "draft"}[named[1]]
        before = "/".join([head, *spelt[:-1]])
        if named[1] != "L" and (meeting := re.fullmatch(r"(.*\b(?:EA|GC|COP|HA|MOP|IDB))\.(\d+)", before)):
            issuer, session = meeting[1], meeting[2]
        number = named[2] if named[1] != "L" else last
    else:
        type_, number = "document", last
    year = int(session) if session and re.fullmatch(r"(?:19|20)\d\d", session) else None
    return Symbol(text, "un", issuer, type_, session, number, year, None, suffixes)


_ENDS = frozenset({"CORE", "NPT"})


def _complete_alone(head: str, last: str) -> bool:
    """Whether a body and one component name a document: S/4357 and A/810 do; A/77 is a session, E/2024 a year."""
    if not last.isdigit():
        return "." in last
    number = int(last)
    if head in ("A", "E"):
        return number >= 100 and not 1978 <= number <= 2099
    if head == "S" and 1994 <= number <= 2099:  # since 1994 the Security Council's documents carry the year
        return False
    return head in ("S", "T", "TD", "DP", "ID", "CD", "E") and number >= 1
