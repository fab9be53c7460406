"""What a text says about itself: symbol, body, session, agenda items, type, title, day and way of adoption."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath

from sse_observatory.core import Text
from sse_observatory.instruments import symbols
from sse_observatory.instruments.extracts import Extract
from sse_observatory.instruments.model import Element, Kind, Problem, Span, Symbol, Vote, Work, Zone
from sse_observatory.instruments.reading.ordinals import number_of
from sse_observatory.instruments.segmentation import front

_ISSUERS = (
    (r"general assembly|assemblée générale|asamblea general", "A"),
    (r"security council|conseil de sécurité|consejo de seguridad", "S"),
    (r"economic and social council|conseil économique et social|consejo económico y social", "E"),
    (r"human rights council|conseil des droits de l['’]homme|consejo de derechos humanos", "A/HRC"),
    (r"commission on human rights|commission des droits de l['’]homme|comisión de derechos humanos", "E/CN.4"),
    (r"trusteeship council|conseil de tutelle|consejo de administración fiduciaria", "T"),
    (r"environment assembly|assemblée des nations unies pour l['’]environnement", "UNEP/EA"),
)
_COMMISSIONS = (
    (r"economic commission for latin america|commission économique pour l['’]amérique latine|comisión económica para "
     r"américa latina", "ECLAC"),
    (r"economic commission for africa|commission économique pour l['’]afrique|comisión económica para áfrica", "ECA"),
    (r"western asia|asie occidentale|asia occidental", "ESCWA"),
)  # fmt: skip
"""Regional commissions whose resolutions carry a number and a roman figure, as those of other bodies do."""
_MASTHEADS = re.compile(
    r"(?:the )?(?:general assembly|security council|economic and social council|human rights council|trusteeship "
    r"council|"
    r"commission on [a-z ]{3,40}|commission for [a-z ]{3,40}|assemblée générale|conseil de sécurité|conseil "
    r"économique et social|"
    r"conseil des droits de l['’]homme|asamblea general|consejo de seguridad|consejo económico y social|consejo de "
    r"derechos humanos|"
    r"(?:first|second|third|fourth|fifth|sixth) committee|(?:première|deuxième|troisième|quatrième|cinquième|sixième) "
    r"commission|(?:primera|segunda|tercera|cuarta|quinta|sexta) comisión|"
    r"international labour (?:conference|office)|governing body|conférence internationale du travail|conseil "
    r"d['’]administration|"
    r"conferencia internacional del trabajo|consejo de administración|united nations|nations unies|naciones unidas)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """The work, the title of this language version, the elements with the heading's kinds put right, doubts."""

    work: Work
    title: str | None
    elements: tuple[Element, ...]
    problems: tuple[Problem, ...]


def metadata_of(extract: Extract, elements: Sequence[Element], name: str | None) -> Metadata:
    """What heading and closing lines say; what the file says outside its text wins."""
    front_lines = [e for e in elements if e.zone is Zone.FRONT and e.part in ("", "A", "I", "1")]
    closing = [e for e in elements if e.kind is Kind.CLOSING and "annex" not in e.part]
    organ = _organ(elements)
    issuer = _issuer(organ)
    problems: list[Problem] = []
    symbol = _symbol(elements, front_lines, issuer, organ, name, problems)
    title, titled = _title(front_lines)
    adopted, basis = _adopted(front_lines, closing)
    meeting = _meeting([*closing, *front_lines])
    type_ = _type(symbol, front_lines, organ, elements)
    if type_.startswith("draft"):
        # A draft states when it was tabled or approved in committee, never its own adoption.
        adopted = basis = None
    work = Work(
        symbol=symbol,
        type=type_,
        organ=organ,
        session=_session(front_lines, symbol),
        agenda_items=_agenda_items(front_lines),
        adopted=adopted,
        adopted_basis=basis,
        meeting=meeting,
        vote=_vote(closing, front_lines),
    )
    if extract.work is not None:
        work = _preferring(extract.work, work)
    kept = tuple(_front_kind(e, titled) for e in elements)
    return Metadata(work, extract.title or title, kept, tuple(problems))


def _preferring(stated: Work, found: Work) -> Work:
    """`stated`, with what it leaves open taken from `found`."""
    changes = {
        name: getattr(found, name)
        for name in ("symbol", "organ", "session", "agenda_items", "meeting", "vote")
        if not getattr(stated, name) and getattr(found, name)
    }
    if stated.adopted is None and found.adopted is not None:
        changes |= {"adopted": found.adopted, "adopted_basis": found.adopted_basis}
    if stated.type == "document":
        changes["type"] = found.type
    return replace(stated, **changes)


# --- body and symbol ------------------------------------------------------------------------------------------------


def _organ(elements: Sequence[Element]) -> str | None:
    for element in elements:
        if element.kind is Kind.ORGAN and "annex" not in element.part:
            return (
                re.sub(r"^(?:the|la|le|les|el|los|las|l['’])\s?", "", element.text.strip(' ,.:*_“"'), flags=re.I)
                or None
            )
    for element in elements:
        if element.kind is Kind.PREAMBULAR:
            found = front.ORGAN_START.match(element.text)
            if found is not None:
                return re.sub(r"^(?:the|la|le|les|el|los|las|l['’])\s?", "", found[0].strip(' ,“"'), flags=re.I)
            break
    reported = _reported(elements)
    if reported is not None:
        return reported
    for element in elements:
        if element.zone is Zone.FRONT and _MASTHEADS.fullmatch(element.text) and "nations" not in element.text.lower():
            return element.text
    return None


def _reported(elements: Sequence[Element]) -> str | None:
    """The body that a reported decision names: "At its 15th plenary meeting …, the Economic and Social Council:"."""
    for element in elements:
        if element.kind is Kind.OPERATIVE:
            if front.AT_MEETING.match(element.text):
                for names, _ in _ISSUERS:
                    found = re.search(names, element.text, re.I)
                    if found is not None:
                        return found[0]
            return None
    return None


def _issuer(organ: str | None) -> str | None:
    if organ is None:
        return None
    for names, issuer in _ISSUERS:
        if re.search(names, organ, re.I):
            return issuer
    return None


def _symbol(
    elements: Sequence[Element], lines: Sequence[Element], issuer: str | None, organ: str | None, name: str | None,
    problems: list[Problem],
) -> Symbol | None:  # fmt: skip
    for element in elements:
        if element.kind is Kind.SYMBOL:
            found = re.search(r"[A-Z]{1,6}(?:\.\d+)?/.*", element.text)
            symbol = _parsed(found[0]) if found is not None else None
            if symbol is not None:
                return symbol
    reported = _reported(elements) is not None and not any(e.kind is Kind.ORGAN for e in elements)
    for line in lines:
        symbol = _numbered(line, issuer, organ, lines, problems, reported=reported)
        if symbol is not None:
            return symbol
    if name:
        symbol = _parsed(PurePath(name).name)
        if symbol is not None:
            return symbol
    for line in lines:
        # A heading of several things on one line: "A/RES/77/281 Distr.: General 20 April 2023", "EB89.R5 Collaboration
        # within …", "Recommendation CM/Rec(2010)1", "SIXTY-FOURTH WORLD HEALTH ASSEMBLY WHA64.9",
        # "Commission on Human Rights resolution 2003/36".
        for reference in symbols.find(line.text):
            if reference.symbol is not None and _its_own(line.text, reference.span):
                return reference.symbol
    return None


_ACT_WORD = re.compile(
    r"(?:draft )?(?:resolution|decision|recommendation)|(?:projet de )?(?:résolution|décision|recommandation)"
    r"|(?:proyecto de )?(?:resolución|decisión|recomendación)",
    re.I,
)


def _its_own(text: str, place: Span) -> bool:
    """Whether a symbol in a line of the heading is that of the text: first there, or behind the name of the body."""
    before = text[: place.start].strip()
    if not before or _ACT_WORD.fullmatch(before):
        return True
    if place.end != len(text):
        return False
    return _MASTHEADS.fullmatch(before) is not None or (before.isupper() and len(before.split()) > 2)


def _numbered(
    line: Element, issuer: str | None, organ: str | None, lines: Sequence[Element], problems: list[Problem], *,
    reported: bool,
) -> Symbol | None:  # fmt: skip
    """The symbol that a numbered title stands for: "77/281. Promoting …", "RESOLUTION 789 (1992)", "1514 (XV). …"."""
    text = line.text
    official = front.OFFICIAL_TITLE.fullmatch(text) or re.fullmatch(
        r"(?:Resolution |Résolution |Resolución |Decision |Décision |Decisión )?(?P<symbol>(?:(?:ES|S)-\d{1,2}"
        r"|\d{1,4})/\d{1,4}(?: [A-Z])?)\.?",
        text,
    )
    act = front.ACT_TITLE.fullmatch(text) if official is None else None
    if official is None and act is not None and "/" in act["number"]:
        number = act["number"]
    elif official is not None:
        number = official["symbol"].strip()
    else:
        return _in_brackets(line, issuer, organ, lines, problems)
    session = number.partition("/")[0]
    # What "the Assembly, at its 71st plenary meeting, … decided" is a decision, whose title does not say so.
    kind = "DEC" if reported or re.match(r"d[eé]c", text, re.I) else "RES"
    body = issuer
    if body is None:
        # A number alone may be any body's.
        return None
    if body == "E" and session.isdigit() and int(session) < 1978:
        body = "A"
    return _parsed(f"{body}/{kind}/{number}")


def _in_brackets(
    line: Element, issuer: str | None, organ: str | None, lines: Sequence[Element], problems: list[Problem]
) -> Symbol | None:
    found = front.NUMBERED_TITLE.fullmatch(line.text)
    if found is None or line.kind not in (Kind.TITLE, Kind.OTHER, Kind.HEADING):
        return None
    session, number = found["session"].upper(), found["number"]
    kind = "DEC" if (found["word"] or "").lower().startswith(("dec", "déc")) else "RES"
    if not session.isdigit():
        commission = next((name for names, name in _COMMISSIONS if organ and re.search(names, organ, re.I)), None)
        if commission is not None:
            return _parsed(f"{commission} resolution {number}({session})")
        if issuer is None and organ is not None:
            # Other bodies number in the same way.
            return None
        body = issuer or ("A" if (symbols.roman(session.rpartition("-")[2]) or 0) <= 30 else "E")
        return _parsed(f"{body}/{kind}/{number}({session})")
    if issuer not in (None, "S") or (issuer is None and organ is not None):
        return None
    stated = {
        day.year
        for text in (found["rest"], *(e.text for e in lines if e.kind is Kind.DATE))
        for day in front.dates_in(text)
    }
    adopted = {day.year for e in lines if e.kind is Kind.OTHER for day in front.dates_in(e.text)}
    years = stated | adopted
    if years and int(session) not in years and len(years) == 1:
        year = years.pop()
        problems.append(
            Problem(
                "year-doubtful",
                Text(
                    en=f"The number says {session}, the date {year}; the date was followed.",
                    fr=f"Le numéro indique {session}, la date {year} ; c’est la date qui a été suivie.",
                    es=f"El número indica {session} y la fecha {year}; se ha seguido la fecha.",
                ),
                element=line.id,
            )
        )
        session = str(year)
    return _parsed(f"S/{kind}/{number} ({session})")


def _parsed(text: str) -> Symbol | None:
    try:
        return symbols.parse(text)
    except symbols.UnknownSymbol:
        return None


# --- title and heading ----------------------------------------------------------------------------------------------


def _title(lines: Sequence[Element]) -> tuple[str | None, str | None]:
    """The title and the id of its element."""
    last: tuple[str, str] | None = None
    for line in lines:
        if line.kind is not Kind.TITLE:
            continue
        official = front.OFFICIAL_TITLE.fullmatch(line.text)
        if official is not None:
            return official["title"].strip().rstrip("."), line.id
        numbered = front.NUMBERED_TITLE.fullmatch(line.text) or front.ACT_TITLE.fullmatch(line.text)
        if numbered is not None:
            rest = numbered["rest"].strip(" .:-–—")
            if len(rest) > 12 and not front.dates_in(rest):
                return rest, line.id
            continue
        if not _MASTHEADS.fullmatch(line.text) and not re.fullmatch(r"\[.*\]|[\d\s/().-]+", line.text):
            last = line.text.strip(), line.id
    return last if last is not None else (None, None)


def _front_kind(element: Element, titled: str | None) -> Element:
    """Lines of the heading that were taken for titles and are not: the name of the house, the numbers of the act."""
    if element.kind is not Kind.TITLE or element.id == titled:
        return element
    if _MASTHEADS.fullmatch(element.text):
        return replace(element, kind=Kind.ORGAN)
    numbered = front.NUMBERED_TITLE.fullmatch(element.text) or front.ACT_TITLE.fullmatch(element.text)
    return element if numbered is not None or titled is None else replace(element, kind=Kind.OTHER)


def _session(lines: Sequence[Element], symbol: Symbol | None) -> str | None:
    for line in lines:
        if line.kind is Kind.SESSION:
            found = front.SESSION_LINE.fullmatch(line.text)
            if found is None:
                continue
            groups = found.groupdict()
            year = groups["year"] or groups["year2"] or groups["year_fr"]
            if year:
                return year
            spelt = groups["words"] or groups["figure"] or groups["words_fr"] or groups["words_es"] or ""
            number = number_of(spelt)
            if number is None:
                continue
            special = re.search(r"emergency|d['’]urgence|emergencia", line.text, re.I) and "ES-"
            special = special or (re.search(r"special|extraordinai?r", line.text, re.I) and "S-")
            return f"{special or ''}{number}"
    return symbol.session if symbol is not None else None


def _agenda_items(lines: Sequence[Element]) -> tuple[str, ...]:
    found: list[str] = []
    for line in lines:
        if line.kind is not Kind.AGENDA_ITEM:
            continue
        match = front.AGENDA_LINE.match(line.text)
        if match is None:
            continue
        text = match["items"] or match["items_fr"] or match["items_es"]
        current = ""
        for number, letter in re.findall(r"(\d{1,3})|\(?([a-z]|[ivx]{1,4})\)", text):
            if number:
                current = number
                found.append(number)
            elif current:
                if found and found[-1] == current:
                    found.pop()
                found.append(f"{current} ({letter})")
    return tuple(dict.fromkeys(found))


# --- adoption -------------------------------------------------------------------------------------------------------


def _adopted(lines: Sequence[Element], closing: Sequence[Element]) -> tuple[date | None, str | None]:
    """The day of adoption and where it was read; a date without a meeting or a word of adoption is none."""
    joined = " ".join(e.text for e in closing)
    days = front.dates_in(joined)
    if days and (
        front.MEETING.search(joined) or re.search(r"adopt|approuv|aprob|done at|fait à|hecho en", joined, re.I)
    ):
        return days[0], "closing line"
    for line in lines:
        if front.ADOPTED_HEADING.match(line.text) or (line.kind is Kind.OTHER and front.MEETING.search(line.text)):
            days = front.dates_in(line.text)
            if days:
                return days[0], "heading"
    meeting = False
    for line in lines:
        # Until the 1990s meeting and date stood above the title.
        if line.kind is Kind.DATE and meeting and front.dates_in(line.text):
            return front.dates_in(line.text)[0], "heading"
        meeting = line.kind is Kind.OTHER and front.MEETING.fullmatch(line.text.rstrip(", ")) is not None
    numbered = False
    for line in lines:
        is_number = front.NUMBERED_TITLE.fullmatch(line.text) or front.ACT_TITLE.fullmatch(line.text)
        days = front.dates_in(line.text)
        if is_number and days:
            return days[0], "title"
        if numbered and line.kind is Kind.DATE and days and line.text[:2].lower() in ("of", "du", "de"):
            return days[0], "title"
        numbered = bool(is_number)
    return None, None


def _meeting(lines: Sequence[Element]) -> str | None:
    for line in lines:
        if line.kind in (Kind.CLOSING, Kind.OTHER, Kind.TITLE):
            found = front.MEETING.search(line.text)
            if found is not None:
                return " ".join(found[0].split())
    return None


def _vote(closing: Sequence[Element], lines: Sequence[Element]) -> Vote | None:
    for text in (" ".join(e.text for e in closing), " ".join(e.text for e in lines if e.kind is Kind.OTHER)):
        vote = front.vote_in(text) if text else None
        if vote is not None:
            return vote
    return None


_TYPE_WORDS = (
    (r"draft resolution|projet de résolution|proyecto de resolución", "draft resolution"),
    (r"draft decision|projet de décision|proyecto de decisión", "draft decision"),
    (
        r"statement by the president|déclaration (?:de la|du) présidente?|declaración de la presidencia|"
        r"declaración del presidente",
        "presidential statement",
    ),
    (r"r[eé]solution|resolución", "resolution"),
    (
        r"conclusions (?:concerning|on|adopted)|conclusions (?:concernant|sur)|conclusiones (?:relativas|sobre)",
        "conclusions",
    ),
    (r"recommendation|recommandation|recomendación", "recommendation"),
    (r"d[eé]cision\b|decisión", "decision"),
    (r"declaration|déclaration|declaración", "declaration"),
)


def _type(symbol: Symbol | None, lines: Sequence[Element], organ: str | None, elements: Sequence[Element]) -> str:
    heading = " ".join(e.text for e in lines if e.kind in (Kind.TITLE, Kind.OTHER, Kind.HEADING))[:3000].lower()
    if symbol is not None:
        if symbol.type == "draft":
            return "draft decision" if re.search(_TYPE_WORDS[1][0], heading) else "draft resolution"
        if symbol.type in ("resolution", "decision", "presidential statement", "recommendation", "convention"):
            return symbol.type
    for pattern, type_ in _TYPE_WORDS:
        if re.search(pattern, heading):
            return type_
    body = next((e.text.lower() for e in elements if e.kind is Kind.OPERATIVE), "")
    if (
        "the following conclusions" in body
        or "les conclusions suivantes" in body
        or "las siguientes conclusiones" in body
    ):
        return "conclusions"
    if "recommandation suivante" in body or "the following recommendation" in body or "hereby recommends" in body:
        return "recommendation"
    if organ is not None and any(e.kind is Kind.OPERATIVE for e in elements):
        return "resolution"
    return "document"
