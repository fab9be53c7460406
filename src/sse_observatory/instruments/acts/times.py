"""Deadlines and recurrences: what the text says, and what follows from it by a rule that is named.

How long something lasts ("for a period of three years") is no deadline; until when it lasts is one. A session or a date
in the text is *stated*; a day computed from it (the opening of a session, the end of a year, so
many months after adoption) is *inferred* and says by which rule, for it is no official date. Recurrences are written
as RRULE (RFC 5545) where one can say them.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel.dates import get_day_names, get_month_names

from sse_observatory.core import Language
from sse_observatory.instruments.acts.numbers import cardinal, cardinals, ordinal, ordinal_pattern


@dataclass(frozen=True, slots=True)
class When:
    """A deadline as found in a text: its place, what it states, what was computed, and by which rule.

    `months` and `days` count from the adoption of the text, `later` sessions from the present one.
    """

    start: int
    end: int
    rule: str
    due: date | None = None
    inferred: bool = False
    session: int | None = None
    months: int | None = None
    days: int | None = None
    later: int | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """A recurrence as found in a text."""

    start: int
    end: int
    rule: str = ""
    interval_years: int | None = None
    sessions: tuple[int, ...] = ()


@cache
def _months(language: Language) -> dict[str, int]:
    names = {name.lower(): number for number, name in get_month_names("wide", locale=language).items()}
    if language == "es":
        names["setiembre"] = 9
    return names


@cache
def _days(language: Language) -> dict[str, str]:
    codes = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    return {name.lower(): codes[number] for number, name in get_day_names("wide", locale=language).items()}


def _any(words: Iterator[str] | list[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


@cache
def _patterns(language: Language) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What may be a deadline, what may be a recurrence, and what every deadline or recurrence holds."""
    month, day = _any(list(_months(language))), _any(list(_days(language)))
    number = rf"(?:\d{{1,3}}|{_any(list(cardinals(language)))})"
    nth = ordinal_pattern(language)
    parts = {"month": month, "day": day, "number": number, "nth": nth, "submits": _SUBMITS, "report": _REPORT}
    return (
        re.compile(_DEADLINE[language].format(**parts), re.I | re.X),
        re.compile(_RECURRENCE[language].format(**parts), re.I | re.X),
        re.compile(_GATE[language], re.I),
    )


# "The annual report" is one that exists; "an annual report" and "to submit annual reports" state how often.
_SUBMITS = r"(?:(?<=\ba\s)|(?<=\ban\s)|(?<=\bsubmit\s)|(?<=\bprovide\s)|(?<=\bprepare\s)|(?<=\bpublish\s))"
_REPORT = r"(?=\s(?:\w+\s)?(?:reports?|reviews?|updates?)\b)"
# Every alternative begins with a fixed word and holds no nested repetition: search stays linear in the text.
_DEADLINE: dict[Language, str] = {
    "en": r"""
    \b(?P<by>by|before|until|not?\s?later\sthan|on\sor\sbefore|prior\sto|at\sthe\slatest\sby|no\slater\sthan
        |at\sthe\slatest\son)\s
        (?:(?P<edge>the\send\sof|end|the\sbeginning\sof|early|mid-?|late|the\sfirst\s(?:quarter|half)\sof
            |the\smiddle\sof|
           the\s(?:first|second|third|fourth|last)\squarter\sof)\s?)?
        (?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<m>{month})(?:\s(?P<y>(?:19|20)\d\d))?
          |(?P<m2>{month})\s(?:(?P<d2>\d{{1,2}}),\s)?(?P<y2>(?:19|20)\d\d)
          |(?:the\syear\s)?(?P<y3>(?:19|20)\d\d)(?![\d/])
          |(?P<thisyear>(?:the\send\sof\s)?(?:this|the)\s(?:biennium|decade|year))(?!\s\d))
    |\b(?P<within>within|in|not?\slater\sthan)\s(?:a\speriod\sof\s|the\snext\s|a\smaximum\sof\s
        |no\smore\sthan\s)?(?P<n>{number}|a|an|the\snext)[\s-](?P<unit>days?|weeks?|months?|years?)
        (?=\s(?:of|after|from|following|to|and)\b|[,;.:]|$)
    |\b(?P<n2>{number}|a|an)[\s-](?P<unit2>days?|weeks?|months?|years?)\s(?=(?:after|from|following)\s(?:the\s|its\s)?(?:date\sof\s)?
        (?:the\s|its\s)?adoption\b)
    |\bat\s(?:its|the|their)\s(?:first|second|third)\sregular\ssession\s(?:of|in)\s(?P<sy0>(?:19|20)\d\d)
    |\b(?:agenda\sof|at|to|by|before|for|in\stime\sfor|until|during|prior\sto|no\slater\sthan|not\slater\sthan|in\sadvance\sof)\s
        (?:the\s(?:(?:first|second|main|resumed|organizational|substantive)\s(?:part|segment)|beginning|opening
            |start|end)\sof\s)?
        (?:its|the|their|his)\s(?:resumed\s|main\spart\sof\sthe\s|first\spart\sof\sthe\s)?
        (?:(?P<s>{nth})\s(?:\([^()]{{1,40}}\)\s)?(?:(?:regular|annual|special|substantive|resumed|plenary|ordinary
            |and\sfinal|review|biennial)\s)?(?:sessions?|meeting|conference)\b
          |(?P<later>next|following|forthcoming|subsequent|second\snext)\s(?:(?:regular|annual|substantive|ordinary
              |biennial)\s)?(?:session|meeting)\b
          |(?:(?P<sy>(?:19|20)\d\d)\s(?:(?:regular|annual|substantive|organizational)\s)?|(?:regular|annual
              |substantive|organizational)\s)session(?:\s(?:of|in|for)\s(?P<sy2>(?:19|20)\d\d))?
          |session\s(?:in|of)\s(?P<sy3>(?:19|20)\d\d))
    |\b(?P<in>in|during)\s(?:the\syear\s)?(?P<y4>20\d\d)(?![\d/])(?=[,;.:)]|\s(?:and|to|a|the|on|with|its|at|of)\b|$)
    """,
    "fr": r"""
    (?P<by>d['’]ici(?:\sà)?(?:\sau|\sà)?|avant|jusqu['’](?:en|au|à)|au\splus\stard(?:\sle|\sen|\sà|\sau)?
        |pour(?=\s(?:le\s\d|20\d\d|la\sfin)))\s
        (?:(?P<edge>(?:la\s|à\sla\s)?fin(?:\sde\sl['’]année|\sde|\sdu\smois\sde)?|(?:le\s)?début(?:\sde)?
            |(?:le\s)?milieu\sde|le\spremier\s(?:trimestre|semestre)\sde)\s)?
        (?:le\s)?
        (?:(?P<d>\d{{1,2}})(?:er)?\s(?P<m>{month})(?:\s(?P<y>(?:19|20)\d\d))?
          |(?P<m2>{month})\s(?P<y2>(?:19|20)\d\d)(?P<d2>(?!))?
          |(?:l['’]an(?:née)?\s)?(?P<y3>(?:19|20)\d\d)(?![\d/])
          |(?P<thisyear>la\sfin\sde\s(?:l['’]année|la\sdécennie|l['’]exercice\sbiennal)))
    |\b(?P<within>dans|sous|en|au\splus\stard)\s(?:un\sdélai\s(?:maximum\s|maximal\s)?de\s|les\s
        |une\spériode\sde\s)?(?P<n>{number})\s(?P<unit>jours?|semaines?|mois|ans|années?)(?=\s(?:suivant|à\scompter
            |à\spartir|qui|après|au|et|de|dès)|\s?[,;.:]|$)
    |\b(?P<n2>{number})\s(?P<unit2>jours?|semaines?|mois|ans?|années?)\s(?=(?:après|suivant|à\scompter\sde|à\spartir\sde)\s
        (?:la\sdate\sde\s)?(?:l['’]|son\s)adoption\b)
    |\b(?:ordre\sdu\sjour(?:\sprovisoire)?\sde|à|lors\sde|pour|avant|au\scours\sde|durant|pendant)\s(?:la\sreprise\sde\s
        |la\spremière\spartie\sde\s)?(?:sa|la|leur|cette)\s
        (?:(?P<s>{nth})\s(?:session|réunion|conférence)\b|(?P<later>prochaine)\ssession\b
          |session\s(?:(?:annuelle|ordinaire|de\sfond|d['’]organisation)\s)?(?:de\s|en\s)(?P<sy>(?:19
              |20)\d\d)(?P<sy2>(?!))?(?P<sy3>(?!))?
          |session\s(?:(?:annuelle|ordinaire|de\sfond)\s)?(?P<later2>suivante))
    |\b(?P<in>en|courant|au\scours\sde\sl['’]année)\s(?P<y4>20\d\d)(?![\d/])(?=[,;.:)]|\s(?:et|un|une|le|la|les|à|au
        |de)\b|$)
    """,
    "es": r"""
    \b(?P<by>a\smás\stardar|antes\sde(?:l)?|hasta|para|no\smás\starde\sde(?:l)?|de\saquí\sa(?:l)?|a(?=\sfin))\s
        (?:(?P<edge>(?:el\s)?(?:fin|final|finales|fines)\sde|(?:los\s)?(?:principios|comienzos|mediados)\sde
            |el\sprimer\s(?:trimestre|semestre)\sde)\s)?
        (?:en\s|el\s(?:día\s)?)?
        (?:(?P<d>\d{{1,2}})º?\sde\s(?P<m>{month})(?:\sde(?:l)?\s(?P<y>(?:19|20)\d\d))?
          |(?P<m2>{month})\sde(?:l)?\s(?P<y2>(?:19|20)\d\d)(?P<d2>(?!))?
          |(?:el\saño\s)?(?P<y3>(?:19|20)\d\d)(?![\d/])
          |(?P<thisyear>(?:el\s)?final\sdel\s(?:año|decenio|bienio)))
    |\b(?P<within>en|dentro|a\smás\stardar)\s(?:de\s)?(?:un\splazo\s(?:máximo\s)?(?:de\s)?|el\splazo\sde\s
        |los\s(?:próximos\s)?|un\sperío?odo\sde\s|(?=\d|\w+\s(?:años|meses
            |días)\sdespués))(?P<n>{number})\s(?P<unit>días?|semanas?|meses|mes|años?)
    |\b(?P<n2>{number})\s(?P<unit2>días?|semanas?|meses|mes|años?)\s(?=(?:después\sde|tras|a\spartir\sde|a\scontar\sdesde)\s
        (?:la\sfecha\sde\s)?(?:la|su)\s(?:aprobación|adopción)\b)
    |\b(?:programa(?:\sprovisional)?\sde|en|a|para|antes\sde|durante)\s(?:la\scontinuación\sde\s|la\sprimera\sparte\sde\s)?(?:su|el|la)\s
        (?:(?P<s>{nth})\s(?:períodos?\s(?:ordinario\s|anual\s)?de\ssesiones|reunión|sesión|conferencia)\b
            |(?P<later>próximo|siguiente|próxima)\s(?:período\sde\ssesiones|reunión)\b
          |período\sde\ssesiones\s(?:(?:anual|sustantivo|ordinario)\s)?(?:de|correspondiente\sa)\s(?P<sy>(?:19
              |20)\d\d)(?P<sy2>(?!))?(?P<sy3>(?!))?
          |período\sde\ssesiones\s(?P<later2>siguiente))
    |\b(?P<in>en|durante)\s(?:el\saño\s)?(?P<y4>20\d\d)(?![\d/])(?=[,;.:)]|\s(?:y|un|una|el|la|los|las|a|al|de
        |con)\b|$)
    """,
}

_RECURRENCE: dict[Language, str] = {
    "en": r"""
    \b(?:(?:on|observed\son|falling\son)\s)?(?:the\s)?(?P<pos>first|second|third|fourth|last)\s(?P<wd>{day})\s(?:of
        |in)\s(?P<pm>{month}),?\s(?:of\s)?(?:every|each)\syear
    |\b(?:every|each)\syear,?\s(?:on\s|starting\son\s)?(?:the\s)?(?P<pos2>first|second|third|fourth
        |last)\s(?P<wd2>{day})\s(?:of|in)\s(?P<pm2>{month})
    |\b(?:(?:every|each)\syear|annually),?\s(?:\w+\s){{0,3}}on\s(?P<fd>\d{{1,2}})\s(?P<fm>{month})\b(?!\s\d)
    |\bon\s(?P<fd2>\d{{1,2}})\s(?P<fm2>{month}),?\s(?:of\s)?(?:(?:every|each)\syear|annually)
    |\bevery\s(?:(?P<n>{number})|(?P<other>other|second))[\s-](?P<unit>days?|weeks?|months?|years?|sessions?)\b
    |\b(?P<year>{submits}annual{report}|(?:every|each)\s(?:calendar\s|fiscal\s)?year|annually|yearly|on\s(?:an?\s)?(?:annual|yearly)\sbasis
        |once\sa\syear)\b
    |\b(?P<two>{submits}biennial{report}|biennially|on\s(?:a\s)?biennial\sbasis|biannually\severy\stwo\syears)\b
    |\b(?P<three>{submits}triennial{report}|triennially|on\s(?:a\s)?triennial\sbasis)\b|\b(?P<four>quadrennially
        |on\s(?:a\s)?quadrennial\sbasis)\b
    |\b(?P<ten>every\sdecade|once\s(?:a|every|per)\sdecade)\b
    |\b(?P<half>twice\s(?:a|per|each|every)\syear|semi-?annually|biannually|on\sa\s(?:semi-annual|biannual
        |six-monthly)\sbasis|every\shalf-?year)\b
    |\b(?P<quarter>{submits}quarterly{report}|quarterly|on\sa\squarterly\sbasis|every\squarter)\b|\b(?P<monthly>monthly(?!\s(?:forecast|report
        |programme|wage))|every\smonth|each\smonth|on\sa\smonthly\sbasis)\b
    |\b(?P<session>(?:at|to)\s(?:each|every)\s(?:of\sits\s)?(?:regular\s|annual\s)?(?:sessions?|meeting)
        |each\ssession)\b
    |\b(?:at|to|during|for)\s(?:its|the|their)\s(?P<s1>{nth})(?:,\s(?P<s3>{nth}))?,?\s(?:and|to|through
        |until)\s(?:(?:its|the)\s)?(?P<s2>{nth})\s(?:(?:regular|annual)\s)?sessions\b
    |\b(?P<loose>on\sa\s(?:regular|periodic|continuing|ongoing|continuous)\sbasis|regularly|periodically
        |at\sregular\sintervals|from\stime\sto\stime)\b
    """,
    "fr": r"""
    \b(?:le\s)?(?P<pos>premier|deuxième|troisième|quatrième|dernier)\s(?P<wd>{day})\s(?:de\s|du\smois\sde\s
        |d['’])(?P<pm>{month})(?:\sde)?,?\s(?:chaque\sannée|tous\sles\sans)
    |\b(?:chaque\sannée|tous\sles\sans),?\s(?:à\spartir\s)?(?:le\s)(?P<pos2>premier|deuxième|troisième|quatrième
        |dernier)\s(?P<wd2>{day})\s(?:de\s|du\smois\sde\s|d['’])(?P<pm2>{month})
    |\b(?:chaque\sannée|tous\sles\sans),?\sle\s(?P<fd>\d{{1,2}})(?:er)?\s(?P<fm>{month})\b(?!\s\d)
    |\ble\s(?P<fd2>\d{{1,2}})(?:er)?\s(?P<fm2>{month})(?:\sde)?,?\s(?:chaque\sannée|tous\sles\sans)
    |\b(?:tous|toutes)\sles\s(?P<n>{number})\s(?P<unit>jours|semaines|mois|ans|années|sessions)\b(?P<other>(?!))?
    |\b(?P<year>un\srapport\sannuel|chaque\sannée|tous\sles\sans|annuellement|à\stitre\sannuel|sur\sune\sbase\sannuelle
        |une\sfois\spar\san)\b
    |\b(?P<two>un\srapport\sbi(?:ennal|sannuel)|biennalement|bisannuellement|sur\sune\sbase\sbiennale|à\stitre\sbiennal|une\sannée\ssur\sdeux
        |tous\sles\sdeux\sans)\b
    |\b(?P<three>un\srapport\striennal|sur\sune\sbase\striennale|une\sfois\stous\sles\strois\sans)\b
        |\b(?P<four>sur\sune\sbase\squadriennale)\b
    |\b(?P<ten>chaque\sdécennie|une\sfois\spar\sdécennie|une\sfois\stous\sles\sdix\sans)\b
    |\b(?P<half>deux\sfois\spar\san|chaque\ssemestre|semestriellement|tous\sles\ssemestres)\b
    |\b(?P<quarter>chaque\strimestre|trimestriellement|tous\sles\strimestres)\b|\b(?P<monthly>chaque\smois
        |mensuellement|tous\sles\smois)\b
    |\b(?P<session>à\schac(?:une\sde\sses\ssessions)|à\schaque\ssession|chaque\ssession)\b
    |\b(?:ordre\sdu\sjour(?:\sprovisoire)?\sde|à|lors\sde|pour)\s(?:ses|leurs|les)\s(?P<s1>{nth})(?:,\s(?P<s3>{nth}))?,?\s(?:et
        |à)\s(?P<s2>{nth})\ssessions\b
    |\b(?P<loose>régulièrement|périodiquement|à\sintervalles\sréguliers|de\sfaçon\srégulière|de\smanière\srégulière
        |sur\sune\sbase\srégulière)\b
    """,
    "es": r"""
    \b(?:el\s)?(?P<pos>primer|segundo|tercer|cuarto
        |último)\s(?P<wd>{day})\s(?:del\smes\s)?de\s(?P<pm>{month})(?:\sde)?,?\s(?:cada\saño|todos\slos\saños)
    |\b(?:cada\saño|todos\slos\saños|anualmente),?\s(?:el\s)(?P<pos2>primer|segundo|tercer|cuarto
        |último)\s(?P<wd2>{day})\s(?:del\smes\s)?de\s(?P<pm2>{month})
    |\b(?:cada\saño|todos\slos\saños|anualmente),?\sel\s(?P<fd>\d{{1,2}})\sde\s(?P<fm>{month})\b(?!\sde\s\d)
    |\bel\s(?P<fd2>\d{{1,2}})\sde\s(?P<fm2>{month})(?:\sde)?,?\s(?:cada\saño|todos\slos\saños)
    |\bcada\s(?P<n>{number})\s(?P<unit>días|semanas|meses|años|períodos\sde\ssesiones)\b(?P<other>(?!))?
    |\b(?P<year>un\sinforme\sanual|cada\saño|todos\slos\saños|anualmente|con\s(?:carácter|periodicidad)\sanual|una\svez\sal\saño
        |con\suna\speriodicidad\sanual)\b
    |\b(?P<two>un\sinforme\sbienal|bienalmente|con\s(?:carácter|periodicidad)\sbienal|un\saño\sde\scada\sdos)\b
    |\b(?P<three>un\sinforme\strienal|con\s(?:carácter|periodicidad)\strienal|trienalmente)\b|\b(?P<four>con\s(?:carácter
        |periodicidad)\scuatrienal|cuatrienalmente)\b
    |\b(?P<ten>cada\sdecenio|cada\sdécada|una\svez\s(?:cada|por)\s(?:decenio|década))\b
    |\b(?P<half>dos\sveces\s(?:al|por)\saño|semestralmente|cada\ssemestre|con\scarácter\ssemestral)\b
    |\b(?P<quarter>trimestralmente|cada\strimestre|con\scarácter\strimestral)\b|\b(?P<monthly>mensualmente|cada\smes
        |todos\slos\smeses)\b
    |\b(?P<session>en\scada\s(?:uno\sde\ssus\sperío?odos|perío?odo)\sde\ssesiones|en\scada\sreunión)\b
    |\ben\s(?:sus|los)\sperío?odos\sde\ssesiones\s(?P<s1>{nth})(?:,\s(?P<s3>{nth}))?,?\sy\s(?P<s2>{nth})
    |\b(?P<loose>periódicamente|regularmente|con\sregularidad|a\sintervalos\sregulares|de\s(?:forma
        |manera)\s(?:regular|periódica)|con\scarácter\speriódico)\b
    """,
}

# What a period runs from where the text says so; "of the present resolution" and nothing at all mean its adoption.
_FROM: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"\s(?:of|after|from|following)\s(?P<event>[^,;.]{3,120})", re.I),
    "fr": re.compile(
        r"\s(?:suivant|qui\ssuiv(?:ent|ront)|après|à\scompter\sd[eu]|à\spartir\sd[eu]|dès)\s?"
        r"(?P<event>[^,;.]{3,120})",
        re.I,
    ),
    "es": re.compile(
        r"\s(?:siguientes\sa(?:l)?|después\sde(?:l)?|a\spartir\sde(?:l)?|a\scontar\sdes?de(?:l)?|tras|desde)"
        r"\s(?P<event>[^,;.]{3,120})",
        re.I,
    ),
}
_ADOPTION: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:(?:the|its)\s)?(?:date\sof\s)?(?:(?:the|its)\s)?(?:adoption|passage|approval)(?:\sof\s(?:the\spresent|this)\b"
        r"|\s(?:hereof|thereof)|\s*$|\s(?!of\b))|(?:the\spresent|this)\s(?:resolution|decision|recommendation)\b",
        re.I,
    ),
    "fr": re.compile(
        r"(?:la\sdate\s(?:de\s|d['’]))?(?:l['’]|son\s)?(?:adoption|approbation)(?:\sd[eu]\s(?:la\sprésente|présent|cette|ce)\b"
        r"|\s*$|\s(?!d[eu]\b|des\b))|(?:la\sprésente|cette)\s(?:résolution|décision|recommandation)\b",
        re.I,
    ),
    "es": re.compile(
        r"(?:la\sfecha\sde\s)?(?:la\s|su\s)?(?:aprobación|adopción)(?:\sde(?:l)?\s(?:la\spresente|presente|esta|este)\b"
        r"|\s*$|\s(?!del?\b))|(?:la\spresente|esta)\s(?:resolución|decisión|recomendación)\b",
        re.I,
    ),
}
_GATE: dict[Language, str] = {
    "en": r"\d|\b(?:sessions?|meeting|years?|annual|bienni|trienni|quadrenni|decade|month|week|days\b|quarter|regular"
    r"|periodic|yearly|time\b|conference)",
    "fr": r"\d|\b(?:sessions?|réunion|année|ans\b|an\b|annuel|bienn|bisannuel|trienn|décennie|mois|semestr|trimestr"
    r"|réguli|périodi|semaine|jours\b|conférence)",
    "es": r"\d|\b(?:sesi|reuni|año|anual|bienal|trienal|decenio|década|mes(?:es)?\b|semestr|trimestr|regular|periódic"
    r"|semana|días\b|mensual|conferencia)",
}

_POSITIONS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1,
    "premier": 1, "deuxième": 2, "troisième": 3, "quatrième": 4, "dernier": -1,
    "primer": 1, "segundo": 2, "tercer": 3, "cuarto": 4, "último": -1,
}  # fmt: skip
_UNITS = {"d": "DAILY", "j": "DAILY", "w": "WEEKLY", "semain": "WEEKLY", "semana": "WEEKLY", "m": "MONTHLY"}
_EVERY = {
    "year": ("YEARLY", 1), "two": ("YEARLY", 2), "three": ("YEARLY", 3), "four": ("YEARLY", 4),
    "ten": ("YEARLY", 10), "half": ("MONTHLY", 6), "quarter": ("MONTHLY", 3), "monthly": ("MONTHLY", 1),
}  # fmt: skip


def has_time(text: str, language: Language) -> bool:
    """Whether a text holds a word without which there is neither deadline nor recurrence."""
    return _patterns(language)[2].search(text) is not None


def recurrences(text: str, language: Language) -> Iterator[Again]:
    """Every recurrence stated in a text."""
    for found in _patterns(language)[1].finditer(text):
        yield _again(found, language)


def _again(found: re.Match[str], language: Language) -> Again:
    groups = found.groupdict()
    start, end = found.span()
    weekday = groups["wd"] or groups["wd2"]
    if weekday:
        month = _months(language)[(groups["pm"] or groups["pm2"]).lower()]
        position = _POSITIONS[(groups["pos"] or groups["pos2"]).lower()]
        return Again(start, end, f"FREQ=YEARLY;BYMONTH={month};BYDAY={position}{_days(language)[weekday.lower()]}", 1)
    day = groups["fd"] or groups["fd2"]
    if day:
        month = _months(language)[(groups["fm"] or groups["fm2"]).lower()]
        return Again(start, end, f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={int(day)}", 1)
    if groups["unit"]:
        count = 2 if groups.get("other") else cardinal(groups["n"], language) or 1
        return _every(start, end, count, groups["unit"].lower())
    if groups["s1"]:
        return Again(start, end, "", None, _sessions(groups, language))
    for name, (frequency, count) in _EVERY.items():
        if groups[name]:
            return Again(start, end, _rrule(frequency, count), count if frequency == "YEARLY" else None)
    return Again(start, end)


def _every(start: int, end: int, count: int, unit: str) -> Again:
    if unit.startswith(("year", "an", "año")):
        return Again(start, end, _rrule("YEARLY", count), count)
    if unit.startswith(("session", "perío")):
        return Again(start, end)
    frequency = next(code for prefix, code in _UNITS.items() if unit.startswith(prefix))
    return Again(start, end, _rrule(frequency, count))


def _rrule(frequency: str, count: int) -> str:
    return f"FREQ={frequency}" + (f";INTERVAL={count}" if count > 1 else "")


def _sessions(groups: dict[str, str | None], language: Language) -> tuple[int, ...]:
    named = [ordinal(groups[name] or "", language) for name in ("s1", "s3", "s2") if groups[name]]
    return tuple(number for number in named if number is not None)


def deadlines(text: str, language: Language) -> Iterator[When]:
    """Every phrase of a text that states by when; whether it is the deadline of an act is for the caller to say."""
    for found in _patterns(language)[0].finditer(text):
        when = _when(found, language)
        if when is None:
            continue
        if when.rule == "PERIOD_AFTER_ADOPTION" and _runs_from_an_event(text, found.end(), language):
            when = When(when.start, when.end, "PERIOD_AFTER_EVENT")
        yield when


def _runs_from_an_event(text: str, end: int, language: Language) -> bool:
    """Whether the period that ends at `end` is counted from something else than the adoption of the text."""
    runs = _FROM[language].match(text, max(end - 1, 0) if text[end - 1 : end].isspace() else end)
    return runs is not None and _ADOPTION[language].match(runs["event"]) is None


def _when(found: re.Match[str], language: Language) -> When | None:
    groups = found.groupdict()
    start, end = found.span()
    if groups["n2"]:
        months, days = _counted(cardinal(groups["n2"], language) or 1, groups["unit2"].lower())
        return When(start, end - 1, "PERIOD_AFTER_ADOPTION", months=months, days=days, inferred=True)
    if groups["within"]:
        count = cardinal(groups["n"], language) or (1 if groups["n"].lower() in ("a", "an", "the next") else 0)
        months, days = _counted(count, groups["unit"].lower())
        return When(start, end, "PERIOD_AFTER_ADOPTION", months=months, days=days, inferred=True)
    session_year = next((groups[name] for name in ("sy", "sy0", "sy2", "sy3") if groups.get(name)), None)
    if groups["s"]:
        return When(start, end, "SESSION_NAMED", session=ordinal(groups["s"], language))
    if session_year:
        return When(start, end, "SESSION_OF_YEAR", date(int(session_year), 12, 31), inferred=True)
    if groups["later"] or groups.get("later2"):
        return When(start, end, "NEXT_SESSION", later=1)
    if groups["thisyear"]:
        return When(start, end, "PERIOD_NAMED")
    year = next((groups[name] for name in ("y", "y2", "y3", "y4") if groups.get(name)), None)
    month = groups["m"] or groups["m2"]
    day = groups["d"] or groups.get("d2")
    if month is None and year is None:
        return None if not groups["s"] and "session" not in found[0].lower() else When(start, end, "SESSION_NAMED")
    before = groups["by"] is not None and re.match(r"before|prior|avant|antes", groups["by"], re.I) is not None
    return _calendar(start, end, year, month, day, bool(groups["edge"]), before, language, named_in=groups["in"])


def _calendar(
    start: int,
    end: int,
    year: str | None,
    month: str | None,
    day: str | None,
    edge: bool,
    before: bool,
    language: Language,
    *,
    named_in: str | None,
) -> When | None:
    if year is None:
        return When(start, end, "DAY_WITHOUT_YEAR")
    number = _months(language)[month.lower()] if month else None
    if number and day:
        try:
            return When(start, end, "DAY_STATED", date(int(year), number, int(day)))
        except ValueError:
            return None
    if number:
        last = calendar.monthrange(int(year), number)[1]
        return When(start, end, "END_OF_MONTH", date(int(year), number, last), inferred=True)
    if named_in:
        return When(start, end, "END_OF_YEAR", date(int(year), 12, 31), inferred=True)
    if before and not edge:
        return When(start, end, "YEAR_BEFORE", date(int(year) - 1, 12, 31), inferred=True)
    return When(start, end, "END_OF_YEAR", date(int(year), 12, 31), inferred=True)


def _counted(count: int, unit: str) -> tuple[int | None, int | None]:
    """A number of units as months or as days."""
    if not count:
        return None, None
    if unit.startswith(("year", "an", "año")):
        return 12 * count, None
    if unit.startswith(("month", "mois", "mes")):
        return count, None
    return None, 7 * count if unit.startswith(("week", "semain", "semana")) else count
