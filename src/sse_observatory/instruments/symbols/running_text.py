"""Documents named in running text: by symbol, by number in a list of resolutions, by the title of a standard.

A resolution named by number alone ("its resolution 77/281 of 18 April 2023") gets a symbol only where the words or the
form of the number decide the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sse_observatory.instruments.model import Reference, Span, Symbol
from sse_observatory.instruments.symbols.grammar import UnknownSymbol, parse
from sse_observatory.instruments.symbols.ilo import standard
from sse_observatory.instruments.symbols.numerals import roman
from sse_observatory.instruments.symbols.sequence import fits_session, fits_year
from sse_observatory.instruments.symbols.united_nations import HEADS


def find(text: str, *, organ: str | None = None) -> tuple[Reference, ...]:
    """The documents that running text names, in its order: symbols, and resolutions and decisions named by number.

    `organ` is the series of the body that speaks (``A``, ``E``, ``S``, ``A/HRC``): "its resolution 50/1" is its own.
    Without it a number with a session of 31 or more and no body is the General Assembly's, as the United Nations cite.
    A paragraph cited with the document is kept ("paragraph 15 of resolution 77/281"). A resolution or decision whose
    body cannot be told has `symbol` None.
    """
    found = [*_named(text, organ), *_written_out(text), *_standards(text), *_union_acts(text)]
    found.sort(key=lambda reference: (reference.span.start, -reference.span.end))
    references: list[Reference] = []
    for reference in found:
        if references and reference.span.start < references[-1].span.end:
            continue
        references.append(reference)
    return tuple(_with_paragraphs(text, references))


_ORGANS: tuple[tuple[str, str], ...] = (
    (r"General Assembly|Assemblée générale|Asamblea General|UNGA", "A"),
    (r"Security Council|Conseil de sécurité|Consejo de Seguridad|UNSC", "S"),
    (r"Economic and Social Council|Conseil économique et social|Consejo Económico y Social|ECOSOC", "E"),
    (r"Human Rights Council|Conseil des droits de l['’]homme|Consejo de Derechos Humanos", "A/HRC"),
    (r"Trusteeship Council|Conseil de tutelle|Consejo de Administración Fiduciaria", "T"),
    (r"Commission on Human Rights|Commission des droits de l['’]homme|Comisión de Derechos Humanos", "E/CN.4"),
    (r"Economic and Social Commission for Asia and the Pacific|Commission économique et sociale pour l['’]Asie et le "
     r"Pacifique|Comisión Económica y Social para Asia y el Pacífico", "ESCAP"),
    (r"United Nations Environment Assembly|Assemblée des Nations Unies pour l['’]environnement|Asamblea de las "
     r"Naciones "
     r"Unidas sobre el Medio Ambiente|Environment Assembly|UNEA", "UNEP/EA"),
    (r"Economic Commission for Latin America and the Caribbean|Commission économique pour l['’]Amérique latine et les "
     r"Caraïbes|Comisión Económica para América Latina y el Caribe|\b(?:ECLAC|CEPALC?)\b", "ECLAC"),
    (r"Economic Commission for Africa|Commission économique pour l['’]Afrique|Comisión Económica para África"
     r"|\b(?:UN)?ECA\b", "ECA"),
    (r"Economic and Social Commission for Western Asia|Commission économique et sociale pour l['’]Asie occidentale"
     r"|Comisión Económica y Social para Asia Occidental|\b(?:ESCWA|CESPAO|CESAO)\b", "ESCWA"),
    (r"Parliamentary Assembly|Assemblée parlementaire|Asamblea Parlamentaria", "PACE"),
    (r"Assembly|Assemblée|Asamblea", "Assembly"),
    (r"Council|Conseil|Consejo", "Council"),
    (r"Commission|Comisión", "Commission"),
    (r"Conference of the Parties|Conférence des [Pp]arties|Conferencia de las Partes", "other"),
    (r"Executive (?:Board|Council|Committee)|Governing (?:Council|Body)|World Health Assembly|Permanent Council|"
     r"\b(?:CEA|CEPA|ECE|CEE|CEPE|UNECE)\b", "other"),
)  # fmt: skip
_ORGAN_NAMES = "|".join(f"(?P<o{i}>{names})" for i, (names, _) in enumerate(_ORGANS))
_OTHER_BODIES = re.compile(r"(?:European|Arctic|Nordic|Executive|Governing|Permanent|Ministerial|World Health)\s+$")
_BEFORE = re.compile(rf"(?:{_ORGAN_NAMES})(?:['’]s)?\s+(?:\w+\s+){{0,1}}$")
_SUBJECT = re.compile(
    rf"(?:{_ORGAN_NAMES}),?\s+(?:in|by|through|under|dans|par|aux?|en|por|mediante)\s+"
    r"(?:(?:the\s|le\s|el\s)?(?:paragraph|section|paragraphe|párrafo)s?\s[\w() ,–-]{1,30}?\s(?:of|de|des?)\s+){0,2}"
    r"(?:(?:its|ses|sa|sus?)\s+)?(?:\w+\s+){0,1}$"
)
"""The body whose act it is: "the Human Rights Council, in paragraph 3 of its"."""
_OTHER_COMMISSION = re.compile(
    r"\b(?:Commission|Board|Comisión|Junta)\s(?:on|for|of|sur|pour|des|du|de|para)\s"
    r"(?:(?:the|and|of|on|for|in|la|le|les|des?|du|et|y|el|los|las|[A-ZÉ][\w’'-]*|l[’'][\wé]+|d[’'][\wé]+),?\s){1,12}?"
    r"(?:(?:in|by|dans|par|en|por|mediante)\s+(?:(?:its|ses|sa|sus?)\s+)?)?$"
)
"""A commission with a name has numbers of its own: "the Commission on Narcotic Drugs, in its"."""
_OWN = re.compile(r"\b(?:its|ses|sa|sus|su|leurs?|our)\s+(?:[\w-]+\s+){0,3}$", re.I)
_AFTER = re.compile(
    r"(?:,?\s*(?:of|dated|du|des|de|del|en date du|de fecha)\s+\d{1,2}(?:er|º)?\s+(?:de\s+)?[A-Za-zéûñíóá]+\s+"
    r"(?:de\s+|del\s+)?\d{4},?)?"
    rf"\s*(?:of|du|de la|del|de l['’]|de|by|par)\s*(?:the\s+|la\s+|l['’])?(?:{_ORGAN_NAMES})"
)
_NAMED = re.compile(
    r"\b(?P<word>resolutions?|résolutions?|resolución|resoluciones|decisions?|décisions?|decisión|decisiones|res\."
    r"|rés\.|(?P<short>UNGA|ECOSOC|UNSCR?)(?=\s\d{1,4}(?:/\d|\s?\()))"
    rf"(?:\s+(?:of the|of|du|de la|de l['’]|del|de)\s?(?:{_ORGAN_NAMES}))?"
    r"(?:\s+(?:No\.|Nos\.|nº|n°|no|núm\.|núms\.))?\s+(?=[\dESWR(])",
    re.I,
)
_LETTERS = r"(?:\s?[A-Z](?:\s?(?:-|to|and|et|à|y|a)\s?[A-Z])?(?![\w'’]))"
_NUMBER = re.compile(
    rf"(?P<old>\d{{1,4}}{_LETTERS}?\s?\((?:E?S-)?[IVXLC]+\){_LETTERS}?)"
    r"|(?P<council>\d{1,4}\s?\((?:19|20)\d\d\))"
    rf"|(?P<special>(?:ES|EM|SS|S)-\d{{1,2}}/\d{{1,3}}{_LETTERS}?)"
    r"|(?P<climate>\d{1,3}/(?:CP|CMP|CMA)\.\d{1,2})"
    r"|(?P<health>WHA\d{1,3}\.\d{1,3}|EB\d{1,3}\.R\d{1,3})"
    rf"|(?P<plain>\d{{1,4}}/\s?\d{{1,4}}{_LETTERS}?)(?![\d/])"
    r"|(?P<bare>\d{1,4})(?!\s?[\d/(])"
)
_MONTHS = (
    "january february march april may june july august september october november december janvier février mars avril "
    "mai juin juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto "
    "septiembre setiembre octubre noviembre diciembre"
).replace(" ", "|")
_PARAGRAPH_WORDS = (
    r"(?:operative\s+)?(?:paragraphs?|paras?\.?|paragraphes?|par\.|párrafos?|párrs?\.|alinéas?|points?|puntos?)"
)
_PARAGRAPH_NUMBERS = (
    r"(?P<paragraph>\d{1,3}(?:\s?\([a-z]{1,4}\)|\s?[a-z]\))*"
    r"(?:(?:\s?(?:,|-|–|to|and|à|et|a|y)\s?)\d{1,3}(?![\d/])(?:\s?\([a-z]{1,4}\)|\s?[a-z]\))*){0,6})"
)
_LIST_STEP = re.compile(
    rf"(?:,?\s*(?:of|dated|du|des|de|del|en date du|de fecha)\s+\d{{1,2}}(?:er|º)?(?:\s+(?:de\s+)?(?:{_MONTHS}))?"
    rf"(?:\s+(?:de\s+|del\s+)?\d{{4}})?)?"
    r"(?:,\s(?:(?:and|y|et)\s)?(?:annex(?:es|e|o)?|sections?|sect\.|parts?)(?:\s[IVXA-D]{1,4}\b)?(?=[,;]))?"
    r"(?:,?\s*(?:entitled|intitulée?s?|titulada)?\s*[“\"«][^”\"»]{1,300}[”\"»])?"
    rf"(?:\s*,?\s*\(?{_PARAGRAPH_WORDS}\s{_PARAGRAPH_NUMBERS}(?![\d/])\)?)?"
    r"(?P<separator>\s*[,;]?\s*(?:and|et|y|e|as well as|ainsi que|así como|or|ou|to|through|à|al?|[–—])?\s*)(?:of\s+)?",
    re.I,
)
_SYMBOL_IN_TEXT = re.compile(
    rf"(?<![\w/.-])(?:{'|'.join(sorted(HEADS, key=len, reverse=True))})/[A-Za-z0-9][A-Za-z0-9.\-()\[\]]*"
    r"(?:/[A-Za-z0-9][A-Za-z0-9.\-()\[\]]*)*(?:\s\((?:(?:19|20)\d\d|(?:Vol|Part)\.?\s[IVX]+|SUPP|Introduction|"
    r"(?:Sect\.?|Resumption)\s?\d+[A-Z]?)\)(?:/(?:Add|Rev|Corr)\.\d+)*|"
    r"\s[B-Z](?![\w'’])|\sA(?=[,.;)]|\sand\s|$))?"
    r"|(?<![\w/])GB\.\d{1,3}/[A-Za-z0-9/.]+(?:\((?:Rev|Add|Corr)\.?\s?\d*\))?"
    r"|(?<![\w/])ILC\.\d{1,3}/(?:(?:Resolution|Résolution|Resolución)\s[IVX]+|(?:Record\sNo\.|Compte\srendu\sn[o°º]|"
    r"Actas\snúm\.)\s?\d+[A-Z]?|[IVX]+(?![a-z]))"
    r"|(?<![\w/])ICLS/\d{1,2}/\d{4}/(?:(?:Resolution|Résolution|Resolución)\s[IVX]+|Guidelines|\d{1,2})"
    r"|(?<![\w/.])\d{1,3}\s(?:C|EX)/(?:(?:Resolution|Résolution|Resolución|Decision|Décision|Decisión|Res\.|Dec\.)\s?)?\d{1,3}(?!\d)"
    r"|(?<!\w)(?:Assembly/AU|EX\.CL|AHG)/(?:[A-Z][a-z]{1,3}\.?)?\d{1,4}\s?\([IVXLC]+\)"
    r"|(?<!\w)(?:AG|CP)/(?:RES|DEC)\.\s\d{1,4}\s\([IVXL\d]+[-/][OE\d/]+\)"
    r"|(?<!\w)(?:COM|SWD|JOIN|SEC)\((?:19|20)\d\d\)\s?\d{1,4}(?:\sfinal)?(?!\w)|(?<!\w)P\d{1,2}_TA\(\d{4}\)\d{4}"
    r"|(?<!\w)GC\(\d{1,2}\)/(?:RES|DEC)/\d{1,3}|(?<![\w/])(?:GC|IDB)\.\d{1,3}/(?:Res|Dec)\.\d{1,3}"
    r"|(?<!\w)(?:OJ|JO|DO)\s[CL]\s\d{1,3}[A-Z]?(?:,|\sdu|\sde)\s\d{1,2}\.\d{1,2}\.\d{4},\sp\.\s\d{1,4}"
    r"|(?<![\w/])OECD/LEGAL/\d{4}|(?<!\w)3\d{4}[A-Z]{1,2}\d{4,5}(?!\w)"
    r"|(?<!\w)[CL]/20(?:2[3-9]|[3-9]\d)/\d{1,5}(?![\w/])"
    r"|(?<!\w)(?:WHA\d{1,2}\.|EB\d{1,3}\.R)\d{1,3}(?!\d)|(?<!\w)(?:WHA|EB|WHASS|EBSS)\d{1,3}\(\d{1,2}\)"
    r"|(?<!\w)EB\d{2,3}/\d{1,3}(?![\w/])|(?<=ocument\s)A\d{2}/\d{1,3}(?![\w/])"
    r"|(?<!\w)(?:(?:AFR|EUR|SEA|EM)/RC\d{1,2}/R\.?|WPR/RC\d{1,2}\.R|(?:CD|CSP|CE)\d{1,3}\.R|EBSS\d\.R)\d{1,2}(?!\d)"
    r"|(?<!\w)FCTC/(?:COP|MOP)\d{1,2}\(\d{1,2}\)"
    r"|(?<!\w)ICC-ASP/\d{1,2}/(?:(?:Res|Decl|Dec|L|INF)\.)?\d{1,3}(?:/(?:Add|Rev|Corr)\.\d{1,2})*(?![\w/])"
    r"|(?<![\w/])RC/(?:Res|Decl)\.\d{1,2}(?!\d)"
    r"|(?<!\w)(?:MEPC|MSC|LEG|FAL|(?<=esolution\s)A)\.\d{1,4}\((?:\d{1,3}|[IVXL]+)\)"
    r"|(?<=esolution\s)A\d{2}-\d{1,2}(?!\d)|(?<!\w)(?:C|EC)-(?:(?:SS|M)-)?\d{1,3}/DEC\.\d{1,2}(?!\d)"
    r"|(?<!\w)CTBT/PC-\d{1,2}/\d{1,3}|(?<!\w)(?:WO/(?:GA|CC|PBC)|WIPO/GRTKF/IC)/\d{1,3}/\d{1,3}(?![\w/])"
    r"|(?<!\w)Conf\.\s\d{1,2}\.\d{1,2}(?:\s\(Rev\.\sCoP\d{1,2}\))?(?!\d)|(?<![\w/])\d{1,2}/COP\.\d{1,2}(?!\d)"
    r"|(?<!\w)(?:BC|RC|SC|MC)-(?:\d{1,2}|[IVX]+)/\d{1,2}(?![\w/])"
    r"|(?<!\w)(?:CM/)?(?:Rec|ResDH|ResCMN|Res)\((?:19|20)\d\d\)\d{1,3}(?!\d)"
    r"|(?<=ecommendation\s)(?:No\.\s)?R\s?\([789]\d\)\s?\d{1,2}(?!\d)"
    r"|(?<!\w)C(?:/MIN)?\((?:19|20)\d\d\)\d{1,4}(?:/(?:FINAL|REV\d?|ADD\d?))?(?![\w/]|\sfinal)"
)


_JOINED = re.compile(r",?\s+(?:and|or|et|ou|y|e|o)\s+")


def _named(text: str, organ: str | None) -> Iterator[Reference]:
    """Resolutions and decisions named by word and number, alone or in lists."""
    last: str | None = None
    end = -1
    for word in _NAMED.finditer(text):
        kind = "DEC" if word["word"][0].lower() == "d" else "RES"
        before = text[max(0, word.start() - _BEHIND) : word.start()]
        body = _SHORT[word["short"].upper()] if word["short"] else _organ_of(word) or _body_before(before)
        subject = _subject_before(before) if body in (None, "own") else None
        if body is None and end >= 0 and _JOINED.fullmatch(text, end, word.start()):
            # "Human Rights Council decision 2/102 and resolution S-29/1"
            subject, body = subject or last, "other" if last == "other" else None
        at, start = word.end(), word.start()
        while (number := _NUMBER.match(text, at)) is not None:
            after = _AFTER.match(text, number.end())
            named_after = _organ_of(after) if after is not None else None
            if number["bare"] and (named_after or body) != "S":  # only the Security Council numbers all through
                break
            symbol = _resolve(number, kind, named_after or _fitting(subject, number) or body, organ)
            last, end = named_after or body, number.end()
            yield Reference(symbol, text[start : number.end()], Span(start, number.end()))
            step = _LIST_STEP.match(text, number.end())
            if step is None or not step["separator"].strip():
                break
            at = start = step.end()


def _organ_of(found: re.Match[str]) -> str | None:
    for i, (_, issuer) in enumerate(_ORGANS):
        if found[f"o{i}"]:
            return issuer
    return None


_BEHIND = 160
"""Characters before "resolution" in which its body is looked for."""
_SHORT = {"UNGA": "A", "ECOSOC": "E", "UNSC": "S", "UNSCR": "S"}


def _subject_before(text: str) -> str | None:
    """The body that is said to act by the resolution that follows."""
    found = _SUBJECT.search(text)
    if found is None or _OTHER_BODIES.search(text[: found.start()]):
        return None
    return _organ_of(found)


def _fitting(subject: str | None, number: re.Match[str]) -> str | None:
    """`subject` if it numbers its resolutions in this way; else "in line with" may have stood in between."""
    by_year = bool(number["plain"]) and int(number["plain"].partition("/")[0]) >= 1900
    if subject in ("A", "A/HRC", "Assembly", "UNEP/EA", "ESCAP"):
        return subject if number["special"] or (number["plain"] and not by_year) else None
    if subject == "E":
        return subject if by_year or number["old"] else None
    if subject == "S":
        return subject if number["council"] or number["bare"] else None
    return subject


def _body_before(text: str) -> str | None:
    """The body that the words before "resolution" name: an issuer, a short form ("Council"), ``own`` or nothing."""
    found = None
    for candidate in _BEFORE.finditer(text):
        found = candidate
    if found is not None:
        return "other" if _OTHER_BODIES.search(text[: found.start()]) else _organ_of(found)
    if _OTHER_COMMISSION.search(text):
        return "other"
    return "own" if _OWN.search(text) else None


_NAMED_WITH_BODY = frozenset({"ECLAC", "ECA", "ESCWA", "PACE"})
"""Bodies whose numbers have the form of others' and are cited with the body."""
_NUMBERED_THROUGH = {"A": 30, "E": 63, "T": 34}
"""Last session whose resolutions carry its roman figure."""


def _resolve(number: re.Match[str], kind: str, body: str | None, organ: str | None) -> Symbol | None:
    """The symbol of a number in running text; None where neither words nor form decide the body."""
    text = number[0]
    if number["climate"] or number["health"]:
        return _parsed(text)
    if body == "other":
        return None
    if body in _NAMED_WITH_BODY:
        fits = kind == "RES" and number["council" if body == "PACE" else "old"]
        return _parsed(f"{body} resolution {text}") if fits else None
    issuer = _issuer(number, body, organ)
    if issuer is None:
        return None
    if issuer == "UNEP/EA":
        session, _, count = text.partition("/")
        return _parsed(f"UNEP/EA.{session}/{kind.capitalize()}.{count}")
    return _parsed(f"{issuer}/{kind}/{text}")


def _issuer(number: re.Match[str], body: str | None, organ: str | None) -> str | None:
    own = organ if body in ("own", None) else None
    if number["bare"]:
        return "S"
    if number["council"]:
        if body == "S":
            return "S"
        told = re.findall(r"\d+", number["council"])
        return "S" if body in ("Council", "own", None) and fits_year(int(told[0]), int(told[1])) else None
    if number["old"]:
        figures = re.search(r"\(([^)]+)\)", number[0])
        value = roman(figures[1].rpartition("-")[2]) if figures else None
        if value is None:
            return None
        if body in ("A", "E", "T", "E/CN.4"):
            return body
        if body == "Council":
            return "E"
        if own in ("E", "T") and value <= _NUMBERED_THROUGH[own] and body == "own":
            return own
        # Above the thirtieth session only the Economic and Social Council numbered its resolutions in this way, and
        # bodies whose numbers are far from those that the Assembly and the Council had reached.
        issuer = "A" if value <= _NUMBERED_THROUGH["A"] else "E"
        count = int(re.findall(r"\d+", number["old"])[0])
        return issuer if "S-" in number[0] or fits_session(issuer, count, value) else None
    session = number[0].partition("/")[0]
    if session.isdigit() and int(session) >= 1900:
        if body in ("E", "E/CN.4"):
            return body
        return "E" if body == "Council" or own == "E" else None
    if body in ("A", "A/HRC", "UNEP/EA", "ESCAP"):
        return body
    if body == "Assembly":
        return "UNEP/EA" if organ == "UNEP/EA" else "A"
    if body == "Council":
        return "A/HRC"
    if body == "Commission":
        return organ if organ == "ESCAP" else None
    if body is not None and body != "own":
        return None
    if own in ("A", "A/HRC", "UNEP/EA", "ESCAP"):
        return own
    if session.isdigit():
        return "A" if int(session) >= 31 else None
    return "A" if session.startswith(("ES-", "S-")) and own != "E" else None


def _parsed(text: str) -> Symbol | None:
    try:
        return parse(text)
    except UnknownSymbol:
        return None


_WITHOUT_STROKE = re.compile(
    r"\b3\d{4}[A-Z]|\b(?:WHA|EB|CD|CSP|CE|WHASS|EBSS)\d|\b(?:MEPC|MSC|LEG|FAL)\.\d|esolution\sA[.\d]|\bConf\.\s\d"
    r"|\bRec\(|\bC\(\d|ecommendation\s(?:No\.\s)?R\s?\(|\b(?:COM|SWD|JOIN|SEC|P\d{1,2}_TA)\(\d|\b(?:OJ|JO|DO)\s[CL]\s"
)
"""What symbols that hold no stroke begin with."""


def _written_out(text: str) -> Iterator[Reference]:
    """Symbols written as symbols."""
    if "/" not in text and not _WITHOUT_STROKE.search(text):
        return
    for found in _SYMBOL_IN_TEXT.finditer(text):
        candidate = found[0]
        while candidate:
            candidate = candidate.rstrip(".-/[ ")
            if candidate.endswith(")") and candidate.count(")") > candidate.count("("):
                candidate = candidate[:-1]
                continue
            symbol = _parsed(candidate)
            if symbol is not None:
                # One or two figures behind a body are more often a fraction or a form than a document of 1946.
                if not re.fullmatch(r"[A-Z]{1,4}/\d{1,2}", candidate):
                    yield Reference(symbol, candidate, Span(found.start(), found.start() + len(candidate)))
                break
            shorter = re.sub(r"(?:\s[^\s]+|\([^()]*\)?|/[^/]*|[.-][^./-]*)$", "", candidate)
            if shorter == candidate or "/" not in shorter:
                break
            candidate = shorter


_STANDARD_TITLES = (
    re.compile(
        r"\b(?P<kind>Convention|Recommendation|Protocol)(?:,\s?|\s)(?:(?:\(Revised\)|of),?\s)?(?:19|20)\d\d\s"
        r"\(No\.\s?(?P<number>\d{1,3})\)"
    ),
    re.compile(
        r"\b(?P<kind>convention|recommandation|protocole)\s?\(n[o°º]\s?(?P<number>\d{1,3})\)"
        r"(?=\s(?:\(révisée\)\s)?(?:sur|concernant|relative?|de|des|du|d['’]))",
        re.I,
    ),
    re.compile(
        r"\b(?P<kind>Convenio|Recomendación|Protocolo)\b[^.;()]{3,120}?,\s(?:19|20)\d\d\s"
        r"\(núm\.\s?(?P<number>\d{1,3})\)",
        re.I,
    ),
    re.compile(
        r"\b(?:ILO|OIT)(?:['’]s)?\s(?P<kind>Convention|Recommendation|Protocol|convention|recommandation)s?\s"
        r"(?:No\.|n[o°º])\s?(?P<number>\d{1,3})"
    ),
    re.compile(
        r"\b(?P<kind>Convention|Recommendation|Convenio|Recomendación|convention|recommandation)\s"
        r"(?:No\.|n[o°º]|núm\.)\s?(?P<number>\d{1,3})\s(?:of the ILO|de l['’]OIT|de la OIT)"
    ),
)


def _standards(text: str) -> Iterator[Reference]:
    """International labour standards named by their title: "Recommendation, 2002 (No. 193)".

    A bare "Recommendation No. 29" may be of UNESCO, of a treaty body or of the Council of Europe and is left alone.
    """
    if "(n" not in text and "(N" not in text and "ILO" not in text and "OIT" not in text:
        return
    for pattern in _STANDARD_TITLES:
        for found in pattern.finditer(text):
            kind = "C" if found["kind"][:3].lower() == "con" else found["kind"][0].upper()
            symbol = standard(kind, int(found["number"]))
            if symbol is not None:
                yield Reference(symbol, found[0], Span(*found.span()))


_UNION_ACT = re.compile(
    r"\b(?P<kind>Regulation|Directive|Decision|Recommendation|règlement|décision|recommandation|Reglamento|Directiva|"
    r"Decisión|Recomendación)s?\s(?:\((?P<treaty>EU|EC|EEC|UE|CE|CEE|Euratom|(?:EU|UE), Euratom)\)\s)?"
    r"(?P<no>(?:No|nº|n°|n\.º|no)\s?)?(?P<first>\d{1,4})/(?P<second>\d{1,4})(?:/(?P<suffix>EU|EC|EEC|UE|CE"
    r"|CEE))?(?![\d/])",
    re.I,
)
_UNION_KINDS = {"reg": "R", "règ": "R", "dir": "L", "dec": "D", "déc": "D", "rec": "H"}


def _union_acts(text: str) -> Iterator[Reference]:
    """Acts of the European Union named by kind and number; the treaty or the community must be named too.

    Until 2014 regulations read number/year, from 2015 all acts read year/number; directives and decisions with an
    ending (2014/24/EU, 95/46/EC) always read year/number.
    """
    if not any(treaty in text for treaty in ("EU", "UE", "EC", "CE", "Euratom")):
        return
    for found in _UNION_ACT.finditer(text):
        if not found["treaty"] and not found["suffix"]:
            continue
        first, second = found["first"], found["second"]
        if found["suffix"] or (not found["no"] and 2015 <= int(first) <= 2099):
            year, number = first, second
        else:
            year, number = second, first
        if len(year) == 2:
            year = ("19" if int(year) > 50 else "20") + year
        if len(year) != 4:
            continue
        code = _UNION_KINDS[found["kind"][:3].lower()]
        symbol = _parsed(f"3{year}{code}{int(number):04d}")
        if symbol is not None:
            yield Reference(symbol, found[0], Span(*found.span()))


_PARAGRAPH_BEFORE = re.compile(
    r"\b(?:(?:alinéa|apartado|subparagraph)\s\(?(?P<letter>[a-z]{1,4})\)\s(?:du|del|of)\s)?"
    rf"{_PARAGRAPH_WORDS}\s{_PARAGRAPH_NUMBERS}\s(?:of|de|del|du|des)\s(?:the\s|la\s|l['’]|las\s|les\s)?"
    r"(?:(?:section|sección|part|parte|partie)\s[IVXA-Z\d]{1,5}\s(?:of|de|del|du)\s(?:the\s|la\s)?)?"
    r"(?:(?:its|sa|su|ses|sus)\s)?(?:[A-Z][\w'’]+\s(?:(?:and|of|on|the|de|la|et)\s)*){0,6}"
    r"(?:annex to\s|annexe?s? (?:de|à) (?:la|sa)\s)?$",
    re.I,
)
_PARAGRAPH_AFTER = re.compile(
    rf"(?:{_AFTER.pattern})?"
    r"(?:,?\s\(?(?:annexe?|anexo|sect(?:ion|\.)|secc\.|part)(?:\s[IVXA-Z\d]{1,5})?\)?(?=,))?,?\s\(?"
    rf"(?:operative\s)?(?:paragraphs?|paras?\.|paragraphes?|par\.|párrafos?|párrs?\.)\s{_PARAGRAPH_NUMBERS}"
    r"(?!\d|\s(?:of|de|del|du|des)\s(?!\d))",
    re.I,
)
"""A paragraph behind its resolution; "77/281, paragraph 3 of which" and the paragraph of a later text are none."""
_OF_THIS_TEXT = re.compile(
    rf"\b{_PARAGRAPH_WORDS}\s{_PARAGRAPH_NUMBERS}\s(?:above|below|ci-dessus|ci-après|supra|infra|anterior(?:es)?"
    rf"|precedentes?"
    r"|(?:of|de|del)\s(?:the|this|la|le)?\s?(?:present|présente?|presente|this)?\s?"
    r"(?:resolution|decision|résolution|décision|resolución|decisión)\b(?!\s+[\dES]))",
    re.I,
)
_PRESENT_TEXT = re.compile(
    r"\b(?:the present|this|la présente|la presente|le présent|el presente)\s"
    r"(?:resolution|decision|recommendation|résolution|décision|recommandation|resolución|decisión|recomendación)\b",
    re.I,
)


def _with_paragraphs(text: str, references: list[Reference]) -> Iterator[Reference]:
    """`references` with the paragraphs cited with them, and the references to the text itself."""
    own: list[Reference] = []
    for found in _OF_THIS_TEXT.finditer(text):
        own.append(Reference(None, found[0], Span(*found.span()), paragraph=found["paragraph"], this=True))
    for found in _PRESENT_TEXT.finditer(text):
        if not any(o.span.start <= found.start() < o.span.end for o in own):
            own.append(Reference(None, found[0], Span(*found.span()), this=True))
    whole: list[Reference] = []
    for reference in references:
        before = _PARAGRAPH_BEFORE.search(text[max(0, reference.span.start - 120) : reference.span.start])
        cited = before or _PARAGRAPH_AFTER.match(text, reference.span.end)
        if cited is None:
            whole.append(reference)
            continue
        paragraph = cited["paragraph"].strip()
        if before is not None and before["letter"]:
            paragraph += f" ({before['letter']})"
        whole.append(Reference(reference.symbol, reference.text, reference.span, paragraph))
    yield from sorted([*whole, *own], key=lambda reference: reference.span)
