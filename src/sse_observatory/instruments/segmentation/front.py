"""Lines with a form of their own: who speaks, when and where it was adopted, which session and agenda item, an annex.

The forms are those of the UN Editorial Manual and of the documents of the other bodies, in English, French and Spanish.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from sse_observatory.instruments.model import Vote

# --- who speaks -----------------------------------------------------------------------------------------------------

_NAMED_BODY = (
    r"(?:General Assembly|Security Council|Economic and Social Council|Human Rights Council|Trusteeship Council"
    r"|Council|Assembly|"
    r"Governing Body|Governing Council|Executive Board|Executive Council|Executive Committee|Commission|Committee"
    r"|Sub-?[Cc]ommission|"
    r"Conference|General Conference|International Labour Conference|Conference of the Parties|Congress|Board|Meeting"
    r"|Parties|"
    r"States [Pp]arties|Contracting Parties|European Parliament|European Commission|European Council|Permanent "
    r"Council|Forum|Summit|"
    r"Assemblée(?: générale)?|Conseil(?: (?:de sécurité|économique et social|des droits de l['’]homme|de tutelle"
    r"|d['’]administration|"
    r"exécutif))?|Conférence(?: générale| internationale du [Tt]ravail)?|Commission|Comité|Congrès|Réunion|Parlement "
    r"européen|Sommet|"
    r"Asamblea(?: General)?|Consejo(?: (?:de Seguridad|Económico y Social|de Derechos Humanos|de Administración"
    r"|Ejecutivo))?|"
    r"Conferencia(?: General| Internacional del Trabajo)?|Comisión|Comité|Congreso|Reunión|Parlamento Europeo|Junta"
    r"|Foro|Cumbre)"
)
_BODY_WORD = (
    r"(?:Assembly|Council|Conference|Commission|Sub-?[Cc]ommission|Committee|Congress|Board|Body|Meeting|Parties"
    r"|Group|Forum|Summit|"
    r"Parliament|Synod|Platform|Assemblée|Conseil|Conférence|Sous-[Cc]ommission|Comité|Congrès|Réunion|Parlement"
    r"|Groupe|Sommet|Bureau|Directoire|Collège|"
    r"Asamblea|Consejo|Conferencia|Comisión|Subcomisión|Congreso|Reunión|Parlamento|Junta|Grupo|Foro|Cumbre|Mesa)"
)
_ARTICLE = (
    r"(?:The |THE |La |Le |L['’]\s?|El |Los |Las |Les |LA |LE |EL |LES |LOS |LAS )"
    r"(?:\d{1,3}\.?\s?(?:[ºª°]|[aoe]\b|ère|ème|th|st|nd|rd)\.?\s)?"
)
"""An article, and the number of a meeting or of an assembly held every year: "La 61.ª Asamblea"."""
_CAPITALS = (
    r"(?=[^a-z]*\b(?:COUNCIL|CONSEIL|CONSEJO|PARLIAMENT|PARLEMENT|PARLAMENTO|COMMISSION|COMISIÓN|CONFERENCE|CONFÉRENCE|"
    r"CONFERENCIA|ASSEMBLY|ASSEMBLÉE|ASAMBLEA|REPRESENTATIVES|GOVERNMENTS|GOUVERNEMENTS|PARTIES|COMMITTEE|COMITÉ"
    r"|CONGRESS|CONGRÈS|CONGRESO|BOARD|BUREAU|JUNTA|MESA|GROUP|GROUPE|GRUPO|MEETING|RÉUNION|REUNIÓN|FORUM|FORO|SUMMIT"
    r"|SOMMET|CUMBRE|MINISTERS|MINISTRES|MINISTROS|GOBIERNOS|CHEFS|JEFES|ÉTATS|ESTADOS)\b)"
    r"(?:[A-ZÉÈÊÎÔÛÇÁÍÓÚÑ’'-]{2,}|Y|E|À)(?:[ ,]{1,2}(?:[A-ZÉÈÊÎÔÛÇÁÍÓÚÑ’'-]{2,}|Y|E|À)){0,13}"
    r"(?: \([A-Z]{2,12}\))?[ ,]{0,2}"
)
_SPEAKERS = (
    r"(?:Chefs d['’][ÉE]tat|Jef[ae]s y los Jefes|Jefes y las Jefas|Jefes de Estado"
    r"|Heads of (?:State|Government|Delegation)"
    r"|Chefs de délégation|Presidentes|Présidents|Presidents|[Mm]inist(?:res|r[ao]s|ers)|[Rr]eprésentants"
    r"|[Rr]epresentantes|[Rr]epresentatives|[Pp]articipants|[Pp]articipantes|[Gg]ouvernements|Gobiernos|Governments"
    r"|[ÉE]tats (?:[Mm]embres|[Pp]arties|signataires)|Estados (?:Miembros|[Pp]artes|signatarios))"
)
"""Persons and States in whose name declarations are made."""
_ORGAN_NAMED = re.compile(rf"[“\"«*_]{{0,3}}\s?{_ARTICLE}(?:{_NAMED_BODY}\s?[,:.]?|{_CAPITALS}[,:]?)\s?[*_]{{0,2}}")
_ORGAN_ANY = re.compile(
    rf"[“\"«*_]{{0,3}}\s?{_ARTICLE}(?:(?:[^\s,.;:]+\s){{0,5}}{_BODY_WORD}|{_SPEAKERS})\b(?P<tail>[^.;:]{{0,150}}?)"
    r"\s?[,:]\s?[*_]{0,2}"
)
_SPEAKS = re.compile(
    r",\s(?:having|being|meeting|recalling|noting|acting|ayant|réunie?s?|convoquée?s?|s['’]|rappelant|considérant"
    r"|habiendo|reunid[ao]s?|congregad[ao]s?|recordando|acting)\b"
    r"|\b(?:requests?|decides?|should|shall|must|may|will|is|are|was|were|has|have|to (?!the)|that|which|who|prie"
    r"|décide|est|sont|doit|pide|"
    r"solicita|es|son|debe|que|qui)\b",
    re.I,
)


@lru_cache(maxsize=8_192)
def is_organ_line(text: str) -> bool:
    """Whether a line names the body that speaks and nothing else.

    A known body needs no comma; the European Union and the OECD print theirs in capitals. Any other name ends with one.
    """
    if len(text) > 180 or not text or text[0].islower():
        return False
    named, other = (_ORGAN_NAMED, _ORGAN_ANY) if _ACCENTED.search(text) else (_BARE_NAMED, _BARE_ANY)
    if named.fullmatch(text):
        return True
    found = other.fullmatch(text)
    return found is not None and not _SPEAKS.search(found["tail"])


_ACCENTED = re.compile(r"[À-ÿŒœ]")


def _without_accents(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern for texts written without accents ("L'Assemblee generale"); it finds all that `pattern` finds there."""
    decomposed = unicodedata.normalize("NFD", pattern.pattern)
    return re.compile("".join(c for c in decomposed if not unicodedata.combining(c)), pattern.flags & ~re.UNICODE)


_BARE_NAMED, _BARE_ANY = _without_accents(_ORGAN_NAMED), _without_accents(_ORGAN_ANY)


ORGAN_START = re.compile(rf"[“\"«]?{_ARTICLE}(?:[^\s,.;:]+\s){{0,5}}{_BODY_WORD}\b[^.;:,]{{0,120}},")
"""A paragraph that begins with the body that speaks: "The General Conference …, meeting at its 110th Session,"."""
ORGAN_BARE = re.compile(rf"{_ARTICLE}(?:[^\s,.;:]+\s){{0,7}}{_BODY_WORD}(?:\s[^.;:,]{{0,80}})?")
"""The name of a body without the comma that should stand behind it."""
_MEETS = (
    r"(?:having (?:met|been convened)|meeting|convened|assembled|gathered|réunie?s?|convoquée?s?"
    r"|s['’](?:y )?étant réunie?s?|reunid[ao]s?|congregad[ao]s?|convocad[ao]s?|at its|à sa|en sa|en su)\b"
)
MEETING_ORGAN = re.compile(
    rf"[“\"«]?{_ARTICLE}(?:(?:[^\s,.;:]+\s){{0,5}}{_BODY_WORD}|{_SPEAKERS})\b[^.;:,]{{0,120}},\s{_MEETS}",
    re.I,
)
MEETING_PHRASE = re.compile(_MEETS)
"""What goes on the name of a body in the next line: "meeting at its 110th Session"."""
SPEAKERS = re.compile(r"[“\"«]?(?:We|Nous|Nosotr[ao]s)\s?,\s\S", re.I)
"""How declarations begin: "We, the Heads of State and Government, …"."""
AT_MEETING = re.compile(
    r"(?:At (?:its|the) (?:[\w()-]+ ){0,4}(?:[Mm]eetings?|[Ss]ession)|À (?:sa|ses|la) .{0,40}?(?:séances?|session)|"
    r"En (?:su|sus|la) .{0,40}?(?:sesión|sesiones))\b"
)
"""How decisions are reported: "At its 15th plenary meeting, on 5 June 2024, the Council took note …"."""

# --- dates ----------------------------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, name in enumerate(names.split(), start=1)
} | {"setiembre": 9, "fevrier": 2, "aout": 8, "decembre": 12, "sept": 9, "oct": 10, "nov": 11, "dec": 12}
_MONTH_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|ème)?(?: day)?\s+(?:(?:of"
    rf"|de)\s+)?(?P<month>{_MONTH_NAMES})\.?,?\s+(?:(?:de|del)\s+)?(?P<year>(?:18|19|20)\d\d)\b"
    rf"|\b(?P<month2>{_MONTH_NAMES})\s+(?P<day2>\d{{1,2}}),?\s+(?P<year2>(?:18|19|20)\d\d)\b",
    re.I,
)


def ends_in_month(text: str) -> bool:
    """Whether a line breaks off in a date, before its year."""
    return re.search(rf"\b\d{{1,2}}(?:er|º)?\s+(?:de\s+)?(?:{_MONTH_NAMES})(?:\s+de)?$", text, re.I) is not None


_ALMOST_DATE = re.compile(r"\b(\d{1,2})\s+(?:de\s+)?([A-Z][^\W\d_]{2,9})\.?,?\s+(?:de\s+)?((?:18|19|20)\d\d)\b")


def dates_in(text: str) -> list[date]:
    """The full dates that a text states, impossible ones left out; a month misread by a letter or two is understood."""
    found = []
    for match in DATE.finditer(text):
        suffix = "" if match["day"] else "2"
        day = _date(match[f"year{suffix}"], _MONTHS[match[f"month{suffix}"].lower()], match[f"day{suffix}"])
        if day is not None:
            found.append(day)
    if not found:
        for almost in _ALMOST_DATE.finditer(text):
            close = get_close_matches(almost[2].lower(), _LONG_MONTHS, 1, 0.75)
            day = _date(almost[3], _MONTHS[close[0]], almost[1]) if close else None
            if day is not None:
                found.append(day)
    return found


_LONG_MONTHS = [name for name in _MONTHS if len(name) > 4]


def _date(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


# --- adoption, closing ----------------------------------------------------------------------------------------------

_ORDINAL = r"\d{1,5}\s?(?:st|nd|rd|th|e|re|er|ère|ème|ª|a\.?|º|\.ª|\.a|\.º)?"
_WRITTEN_ORDINAL = (
    r"(?:(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|a)\s)?(?:hundred|thousand)[\s,]+(?:and\s)?){0,2}"
    r"(?:(?:(?:twent|thirt|fort|fift|sixt|sevent|eight|ninet)y[-\s]?)?"
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth"
    r"|twentieth|thirtieth|fortieth|fiftieth|sixtieth|seventieth|eightieth|ninetieth"
    r"|(?:(?:one|two|three|four|five|six|seven|eight|nine)\s)?hundredth)"
)
"""The number of a meeting in words, to the thousands that the Assembly's early plenary meetings came to."""
_WRITTEN_FR = r"\b(?:[^\W\d_]{1,20}[- ]){0,7}(?:[^\W\d_]{2,20}ième|première|seconde)"
_WRITTEN_ES = (
    r"\b(?:[^\W\d_]{1,20}[- ]){0,4}"
    r"(?:primera|segunda|tercera|cuarta|quinta|sexta|séptima|octava|novena|décima|[^\W\d_]{2,20}ésima)"
)
MEETING = re.compile(
    rf"(?P<ordinal>{_ORDINAL}|{_WRITTEN_ORDINAL})\s+(?:\(?(?:resumed|closing|opening)\)?\s+)?(?:plenary\s+|private\s+)?meeting"
    rf"|(?P<ordinal_fr>{_ORDINAL}|{_WRITTEN_FR})\s+(?:séance|réunion)(?:\s+plénière)?"
    rf"|(?P<ordinal_es>{_ORDINAL}|{_WRITTEN_ES})\s+(?:sesión|reunión)(?:\s+plenaria)?",
    re.I,
)
_DATE_ONLY = re.compile(rf"\[?(?:(?:on|le|el|du|del)\s)?(?:{DATE.pattern})\s?[.\]]?", re.I)
_ADOPTED = re.compile(
    r"[\[(*_]{0,2}(?:Resolution\s|Decision\s)?(?:adopted|approved)\b.{0,40}?(?:unanimously|without (?:a )?vote|by "
    r"consensus|by acclamation|by a |by \d|on \d|at (?:its|the)|"
    r"as a whole|in favour|by (?:a )?(?:recorded|non-recorded|roll-call|show))"
    r"|[\[(*_]{0,2}(?:Adoptée?s?|Approuvée?s?)\b.{0,40}?(?:à l['’]unanimité|sans (?:être mise aux voix|vote)|par "
    r"consensus|par acclamation|par \d|à la|le \d|à l['’]issue|lors|sans)"
    r"|[\[(*_]{0,2}(?:Aprobad|Adoptad)[ao]s?\b.{0,40}?(?:por unanimidad|sin (?:someterse a )?(?:votación|que se)|por "
    r"consenso|por aclamación|por \d|en la|en votación|el \d|sin)",
    re.I | re.S,
)
_ADOPTED_BEGINS = "[(*_RDA"
"""First characters of what `_ADOPTED` finds."""
_VOTERS = re.compile(
    r"(?:in favour|against|abstaining|abstentions?|abstained|absent|pour|contre|abstentions?|se sont abstenus?|votos "
    r"a favor|a favor|en contra|abstenciones|se abstienen)\s?:",
    re.I,
)
_CLOSING_NOTE = re.compile(
    r"[\[(](?:see (?:chap|sect)|voir (?:chap|sect)|véase (?:cap|secc)|adopted|adoptée?|aprobad|resolution adopted|the "
    r"voting was)",
    re.I,
)
_DONE = re.compile(
    r"(?:done (?:at|in)|fait (?:à|a|au|en)|donné à|hecho en|dad[ao] en)\s.{2,90}\d{4}.{0,3}"
    r"|[IVXLC]+ (?:[A-Z]{3,4}|Reunión)(?: EXT\.?)? [-–—] .{2,40}, ?\d{1,2}/[IVX]{1,4}/\d{2,4}\.?"
    r"|for the council\s?|pour le conseil\s?|por el consejo\s?|the president\s?|le président\s?|la présidente\s?|el "
    r"presidente\s?|la presidenta\s?"
    r"|la présidence|(?:[A-Z]\.\s?){1,2}[A-Z][\w-]+",
    re.I,
)


def opens_apart(text: str) -> bool:
    """Whether a line begins a closing note or a reported decision, which never go on a paragraph."""
    return bool(_CLOSING_NOTE.match(text) or REPORT_HEADING.match(text) or AT_MEETING.match(text))


@lru_cache(maxsize=8_192)
def is_closing_line(text: str) -> bool:
    """Whether a line closes a text: its meeting, its adoption, its vote, alone on a line."""
    if len(text) > 400:
        return bool(_VOTERS.match(text))
    found = MEETING.match(text)
    if found is not None:
        rest = text[found.end() :].strip(" ,.;/([])")
        return not rest or bool(_DATE_ONLY.fullmatch(rest)) or rest.isdigit()
    if _VOTERS.match(text):
        return True
    if text[:1] in "[(" and _CLOSING_NOTE.match(text):
        return True
    if text[:1].upper() not in _ADOPTED_BEGINS or len(text) > 300 or text.rstrip().endswith(":"):
        return False
    if not _ADOPTED.match(text):
        return False
    return not text.rstrip().endswith(",") or MEETING.search(text) is not None


def is_date_line(text: str) -> bool:
    """Whether a line is a date and nothing else."""
    return bool(_DATE_ONLY.fullmatch(text))


def is_done_line(text: str) -> bool:
    """Whether a line is part of the place, date and signature with which the European Union closes."""
    return len(text) < 120 and bool(_DONE.fullmatch(text))


_FIGURE = (
    r"(?P<{0}>\d{{1,3}}|none|zero|no|nil|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen)"
)
_VOTES = (
    re.compile(
        rf"(?P<recorded>recorded |roll-call |non-recorded )?vote of {_FIGURE.format('yes')}(?: in favour)?(?: "
        rf"votes?)? (?:to|against) {_FIGURE.format('no')}"
        rf"(?: against)?(?:,? with {_FIGURE.format('abstain')} abstention)?",
        re.I,
    ),
    re.compile(
        rf"by {_FIGURE.format('yes')} votes? to {_FIGURE.format('no')}(?:\s?\([^)]{{3,200}}\))?"
        rf"(?:,? with {_FIGURE.format('abstain')} "
        rf"abstention)?",
        re.I,
    ),
    re.compile(
        r"par (?P<yes>\d{1,3}) voix contre (?P<no>\d{1,3}|zéro|une)(?:,? (?:avec|et) (?P<abstain>\d{1,3}|une) "
        r"abstention)?",
        re.I,
    ),
    re.compile(
        r"por (?P<yes>\d{1,3}) votos (?:a favor y |a favor, |contra |a )(?P<no>\d{1,3}|ninguno|uno)(?: en "
        r"contra)?(?:,? (?:y|con) (?P<abstain>\d{1,3}|una) abstenci)?",
        re.I,
    ),
)
_WORDS = {
    word: number
    for number, words in enumerate(
        ("none zero no nil zéro ninguno", "one une uno una", "two", "three", "four", "five", "six", "seven", "eight",
        "nine", "ten",
         "eleven", "twelve", "thirteen", "fourteen", "fifteen")
    )
    for word in words.split()
}  # fmt: skip
_UNANIMOUS = re.compile(r"unanimous|à l['’]unanimité|por unanimidad", re.I)
_NO_VOTE = re.compile(
    r"without (?:a |being put to the )?vote|by consensus|by acclamation|sans (?:être mise aux voix|vote|avoir été)"
    r"|par consensus|par acclamation|"
    r"sin (?:someterse a )?votación|sin que se|por consenso|por aclamación",
    re.I,
)


def vote_in(text: str) -> Vote | None:
    """How a text was adopted, as a closing line states it."""
    for pattern in _VOTES:
        found = pattern.search(text)
        if found is not None:
            figures = [_figure(found[name]) for name in ("yes", "no", "abstain")]
            stated = found.groupdict().get("recorded") or ""
            recorded = stated.lower().startswith(("recorded", "roll")) or "enregistré" in text or "registrada" in text
            plain = (
                not recorded
                and bool(re.search(r"recorded|roll-call|appel nominal", text, re.I))
                and "non-" not in stated
            )
            return Vote("recorded" if recorded or plain else "non-recorded", *figures)
    if _UNANIMOUS.search(text):
        return Vote("unanimous")
    if _NO_VOTE.search(text):
        return Vote("without a vote")
    return None


def _figure(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdigit() else _WORDS.get(text.lower())


# --- session, agenda, adoption in the heading -----------------------------------------------------------------------

SESSION_LINE = re.compile(
    r"(?:(?P<words>[A-Z][a-zé]+(?:[- ][a-z]+){0,3})|(?P<figure>\d{1,3})(?:st|nd|rd|th)?)\s+(?:(?:emergency |regular "
    r")?(?:special )?)session"
    r"(?:\s\(?\d{4}\)?|,? (?:held|Geneva|New York|Nairobi|Vienna|Bangkok).{0,60})?"
    r"|(?P<words_fr>[A-Z][^\W\d_]+(?:-[^\W\d_]+){0,4}|\d{1,3}e|\d{1,3}ème)\s+session(?:\s(?:extraordinaire"
    r"|d['’]urgence|ordinaire).{0,40})?(?:,? \d.{0,40})?"
    r"|(?P<words_es>[A-ZÁ][a-záéíóú]+(?: [a-záéíóú]+){0,3}|\d{1,3}[ºo°]?\.?)\s+período (?:extraordinario |ordinario "
    r")?de sesiones(?:.{0,60})?"
    r"|(?:Session de|Período de sesiones de) (?P<year_fr>\d{4})|(?P<year>\d{4}) (?:substantive |organizational "
    r"|resumed |regular )*session"
    r"|Substantive session of (?P<year2>\d{4})",
)
AGENDA_LINE = re.compile(
    r"\[?(?:(?:Provisional )?[Aa]genda )?[Ii]tems?\s(?P<items>\d{1,3}(?:\s?\([a-z]\)|\s?\([ivx]+\))*(?:(?:,|\sand"
    r"|\sto|\s?[-–])\s?\d{0,3}(?:\s?\([a-z]\))*)*)\s?(?:of (?:the|its) .{0,60}agenda.{0,12})?\*?\]?"
    r"|Points?\s(?P<items_fr>\d{1,3}(?:\s?[a-z]\))*(?:(?:,|\set|\sà)\s?\d{0,3}(?:\s?[a-z]\))*)*)\sde l['’]ordre du "
    r"jour.{0,30}"
    r"|Temas?\s(?P<items_es>\d{1,3}(?:\s?[a-z]\))*(?:(?:,|\sy|\sa)\s?\d{0,3}(?:\s?[a-z]\))*)*)\sdel? (?:l? "
    r"?)?programa.{0,30}",
)
ADOPTED_HEADING = re.compile(
    r"[\[(*_]{0,2}(?:(?:(?:Draft\s)?(?:Resolution|Decision|RESOLUTION|Recommendation)s?\s)?(?:adopted|ADOPTED"
    r"|approved) by the\b|Résolutions?\s(?:\d+\s)?adoptées?|Résolution \d+ \(\d{4}\)|Adoptée?s? par|"
    r"Décisions?\sadoptées?|Resoluci(?:ón|ones)\s(?:\d+\s)?(?:aprobad|adoptad)|Decisi(?:ón|ones)\s(?:aprobad|adoptad)"
    r"|Aprobad[ao]s? por|Adoptad[ao] por|"
    r"(?:Resolution|Decision) of \d|adopted at its|Text adopted)",
)
REPORT_HEADING = re.compile(
    r"\[(?:on the (?:report|recommendation|proposal)|without reference to|sur (?:le rapport|la recommandation)|sans "
    r"renvoi|sobre la base|sin remisión|previa).{3,300}\]",
    re.I | re.S,
)
SPONSORS = re.compile(
    r".{3,1500}:\s*(?:revised )?(?:draft|projet de|proyecto de)\s?"
    r"(?:resolution|decision|résolution|décision|resolución|decisión).{0,40}",
    re.I | re.S,
)
OFFICIAL_TITLE = re.compile(
    r"(?P<symbol>(?:(?:ES|S|EM|SS)-\d{1,2}|\d{1,4})/\d{1,4}(?:\s?[A-Z](?=[.\s]))?)\s?[.:]?\s+"
    r"(?P<title>(?:[A-ZÉÀÂÊÎÔÛÇÁÍÓÚ¿¡“\"«]|(?:19|20)\d\d [A-Z]).{3,400})",
    re.S,
)
NUMBERED_TITLE = re.compile(
    r"(?:(?P<word>Resolution|RESOLUTION|Decision|DECISION|Résolution|RÉSOLUTION|RESOLUCIÓN|Resolución|Décision"
    r"|Decisión)\s+)?"
    r"(?P<number>\d{1,4}(?:\s?[A-Z])?)\s?\((?P<session>(?:E?S-)?[IVXLC]{1,8}|(?:19|20)\d\d)\)(?:\s?[A-Z](?=[.\s]"
    r"|$))?\s?[.:]?(?P<rest>.*)",
    re.S,
)
ACT_TITLE = re.compile(
    r"(?P<word>Resolution|RESOLUTION|Decision|DECISION|Résolution|RÉSOLUTION|RESOLUCIÓN|Resolución|Décision|DÉCISION"
    r"|Decisión|DECISIÓN|Recommendation|RECOMMENDATION|"
    r"Recommandation|RECOMMANDATION|Recomendación|RECOMENDACIÓN)\s+(?:No\.?\s?|n[o°º]\s?|N[o°º]\s?"
    r"|núm\.\s?)?(?P<number>(?:(?:ES|S)-)?\d{1,4}(?:/\d{1,4})?|[IVX]+)\b\s?(?P<rest>.*)",
    re.S,
)

# --- annexes, parts -------------------------------------------------------------------------------------------------

_ANNEX = re.compile(
    r"[*_\[]{0,2}(?:Annexes?|ANNEXES?|Annex|ANNEX|Anexos?|ANEXOS?|Appendix|APPENDIX|Appendices?|APPENDICE|Apéndice"
    r"|APÉNDICE|Attachment|ATTACHMENT|Enclosure|Schedule|Pièce jointe|Apéndice)"
    r"(?:\s(?:to\s[^,.;]{3,80}|(?P<number>[IVXL]{1,6}|[A-Z]"
    r"|\d{1,2})))?\s?[:.*_\]]{0,3}(?P<title>\s?[-–—:]?\s?.{0,200})?",
)


def annex_of(text: str) -> str | None:
    """The number of the annex that a heading opens (``""`` for one without number); None where it opens none."""
    if len(text) > 230:
        return None
    found = _ANNEX.fullmatch(text)
    if found is None:
        return None
    title = (found["title"] or "").strip()
    # "Annexed to the present resolution are …" and "Annex I contains" are sentences.
    if title and (title[:1].islower() or title[-1:] in ",;" or len(title) > 160):
        return None
    if title and found["number"] is None and not re.match(r"\s?[-–—:]|\s*$|\s[A-ZÉ]", found["title"] or ""):
        return None
    return found["number"] or ""


def is_annex_line(text: str) -> bool:
    """Whether a line opens an annex."""
    return annex_of(text) is not None and len(text) < 40


PREAMBLE_MARK = re.compile(r"[*_]{0,2}(?:preamble|préambule|preámbulo)\s?[:.]?[*_]{0,2}", re.I)
PART_MARK = re.compile(r"[*_]{0,2}(?:(?:PART|Part|Partie|Parte)\s)?(?P<letter>[A-Z]|[IVX]{1,5})\s?[.*_]{0,3}")
"""A letter or a roman numeral alone on a line: a part of an omnibus resolution, or a section."""


@lru_cache(maxsize=8_192)
def is_boundary_line(text: str) -> bool:
    """Whether a line of this form is never part of a longer paragraph."""
    if len(text) > 260 or text[:1].islower():
        return False
    if text[:1] in "[(" and text[-1:] in "])" and (REPORT_HEADING.fullmatch(text) or _CLOSING_NOTE.match(text)):
        return True
    return bool(
        AGENDA_LINE.fullmatch(text)
        or SESSION_LINE.fullmatch(text)
        or PART_MARK.fullmatch(text)
        or is_date_line(text)
        or is_annex_line(text)
        or _VOTERS.match(text)
        or (is_closing_line(text) and MEETING.match(text))
    )
