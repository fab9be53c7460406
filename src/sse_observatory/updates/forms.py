"""The forms in which a claim is printed: dates, numbers, names and titles as each language writes them.

A form turns a value into words of one language and nothing else; it never joins words into a sentence. House rules, on
top of those of `figures.formats`: English as the United Nations Editorial Manual writes it (*19 May 2023*, numbers
below ten in words, *to none* of a vote); French with narrow no-break spaces and *1er*; Spanish with «» and *110.ª*.

What exists in another language only is printed in that language and marked so (`Printed.language`): a missing
translation is a fact to show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.lists import format_list

from sse_observatory.catalogue.templates import Forms, Templates
from sse_observatory.core import Language, ObservatoryError, Text
from sse_observatory.figures import formats
from sse_observatory.updates.status import ordinal

NARROW, WIDE = "\u202f", "\u00a0"
QUOTES: Mapping[Language, tuple[str, str]] = {
    "en": ("“", "”"),
    "fr": (f"«{NARROW}", f"{NARROW}»"),
    "es": ("«", "»"),
}
_SMALL: Mapping[Language, tuple[str, ...]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "fr": ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"),
}
_NONE: Mapping[Language, str] = {"en": "none", "fr": "zéro", "es": "ninguno"}


@dataclass(frozen=True, slots=True)
class Printed:
    """Words, and the language they are in where it is not the one asked for."""

    text: str
    language: Language | None = None
    url: str = ""


class Unprintable(ObservatoryError):
    """A claim whose value cannot be printed in the form that a template asks for."""


def printed(value: Any, form: str, lang: Language, templates: Templates) -> Printed:
    """`value` in words of `lang`. Raises Unprintable where the form does not fit the value."""
    function = _FORMS.get(form or _usual(value))
    try:
        if function is None:
            raise ValueError(f"there is no form {form!r}")
        return function(value, lang, templates)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise Unprintable(
            f"{_short(value)} cannot be printed as {form or 'text'}: {error}.",
            "Correct the form in the template, or the value in the record.",
        ) from error


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _usual(value: Any) -> str:
    if isinstance(value, Text):
        return "text"
    if isinstance(value, bool):
        return "text"
    if isinstance(value, int | Decimal):
        return "number"
    if isinstance(value, date) or hasattr(value, "first"):
        return "date"
    if isinstance(value, tuple | list):
        return "list"
    return "text"


def _code(value: Any) -> str:
    """The ISO 8601 code of a day or of a date of reduced precision."""
    if isinstance(value, date):
        return value.isoformat()
    code = str(getattr(value, "code", value))
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", code):
        raise ValueError("it is not a date")
    return code


def _date(value: Any, lang: Language, _: Templates) -> Printed:
    """As precisely as it is known: *18 April 2023*, *May 2023*, *2023*."""
    code = _code(value)
    if len(code) == 10:
        return Printed(_joined(formats.day(date.fromisoformat(code), lang), lang))
    return Printed(_joined(formats.period(code, lang), lang))


def _capital_date(value: Any, lang: Language, templates: Templates) -> Printed:
    return _capital(_date(value, lang, templates))


def _day(value: Any, lang: Language, templates: Templates) -> Printed:
    if len(_code(value)) != 10:
        raise ValueError("the day is not known")
    return _date(value, lang, templates)


def _month(value: Any, lang: Language, templates: Templates) -> Printed:
    code = _code(value)
    if len(code) < 7:
        raise ValueError("the month is not known")
    return _date_code(code[:7], lang)


def _year(value: Any, lang: Language, templates: Templates) -> Printed:
    return Printed(_code(value)[:4])


def _date_code(code: str, lang: Language) -> Printed:
    return Printed(_joined(formats.period(code, lang), lang))


def _joined(text: str, lang: Language) -> str:
    """A date whose day stays on the line of its month."""
    return re.sub(r"^(\d+(?:er)?) ", rf"\1{WIDE}", text)


def _number(value: Any, lang: Language, _: Templates) -> Printed:
    if isinstance(value, bool):
        raise TypeError("it is not a number")
    return Printed(formats.number(Decimal(value), lang))


def _words(value: Any, lang: Language, templates: Templates) -> Printed:
    """Below ten in words, else in figures."""
    number = int(value)
    return Printed(_SMALL[lang][number]) if 0 <= number < 10 else _number(number, lang, templates)


def _tally(value: Any, lang: Language, templates: Templates) -> Printed:
    """A number of votes: in figures, *none* where there are none."""
    return Printed(_NONE[lang]) if int(value) == 0 else _number(int(value), lang, templates)


def _ordinal(value: Any, lang: Language, _: Templates) -> Printed:
    """The number of a session: *110th*, *110e*, *110.ª* (*la reunión*, *la session*)."""
    text = value["en"] if isinstance(value, Text) else str(value)
    found = re.search(r"\d+", text)
    if not found:
        raise ValueError("it holds no number")
    number = int(found[0])
    if lang != "es":
        return Printed(ordinal(number, lang))
    return Printed(f"{number}.ª")


def _masculine(value: Any, lang: Language, templates: Templates) -> Printed:
    """The same before a masculine noun: *79.º*, *81.er período de sesiones*; *79e* after *sa* or *la* in French."""
    found = _ordinal(value, lang, templates)
    return Printed(ordinal(int(found.text[:-2]), "es")) if lang == "es" else found


def _text(value: Any, lang: Language, _: Templates) -> Printed:
    if isinstance(value, Text):
        text, found = value.within(lang)
        return Printed(polished(text, found), None if found == lang else found)
    if isinstance(value, str | int):
        return Printed(str(value))
    raise TypeError("it is not a text")


def polished(text: str, lang: Language) -> str:
    """`text` of a record with the spaces and apostrophes its language writes.

    Official titles come from many hands; an apostrophe typed straight is not part of the title.
    """
    text = text.replace("'", "’")
    if lang == "fr":
        text = re.sub(r"[ \u00a0]+([;:!?»])", rf"{NARROW}\1", text)
        text = re.sub(r"«[ \u00a0]+", f"«{NARROW}", text)
    return text


def _quoted(value: Any, lang: Language, templates: Templates) -> Printed:
    """A title between the quotation marks of the language it is in."""
    found = _text(value, lang, templates)
    before, after = QUOTES[lang]
    return Printed(f"{before}{found.text}{after}", found.language)


def _forms(value: Any, templates: Templates) -> Forms:
    code = str(value)
    found = templates.groups.get(code) or templates.areas.get(code)
    if found is None:
        raise KeyError(f"{code} has no forms for sentences in templates/areas.csv or templates/groups.toml")
    return found


def _placed(form: str) -> Any:
    def place(value: Any, lang: Language, templates: Templates) -> Printed:
        if isinstance(value, tuple | list):
            return _listed([_forms(item, templates).form(form)[lang] for item in value], lang)
        return Printed(_forms(value, templates).form(form)[lang])

    return place


def _name(value: Any, lang: Language, templates: Templates) -> Printed:
    """The name as a sentence needs it; of several areas, their list."""
    if isinstance(value, tuple | list):
        return _listed([_forms(v, templates).name[lang] for v in value], lang)
    return Printed(_forms(value, templates).name[lang])


def _capital(found: Printed) -> Printed:
    return Printed(found.text[:1].upper() + found.text[1:], found.language, found.url)


def _listed(items: list[str], lang: Language) -> Printed:
    if not items:
        raise ValueError("the list is empty")
    text = format_list(items, locale=lang)
    if lang == "es" and len(items) > 1 and re.match(r"(i|hi)(?![ea])", items[-1].casefold()):
        text = re.sub(r" y (?=\S+(?: \S+)*$)", " e ", text) if text.endswith(" y " + items[-1]) else text
    # A list printed before a verb or a full stop reads better without the comma that English lists here allow.
    return Printed(text.replace(", and ", " and ") if lang == "en" else text)


def _list(value: Any, lang: Language, templates: Templates) -> Printed:
    """Texts as a list in a sentence; marked with the language of the first that is not in the one asked for."""
    parts = [_text(item, lang, templates) for item in value]
    other = next((part.language for part in parts if part.language), None)
    return Printed(_listed([part.text for part in parts], lang).text, other)


def _items(value: Any, lang: Language, templates: Templates) -> Printed:
    """Texts one after another, each as a sentence: for titles, which hold commas of their own."""
    parts = [_text(item, lang, templates) for item in value]
    if not parts:
        raise ValueError("the list is empty")
    other = next((part.language for part in parts if part.language), None)
    return Printed(". ".join(part.text.rstrip(".") for part in parts), other)


def _labels(value: Any, lang: Language, templates: Templates) -> Printed:
    """Languages by name: *Arabic, English and French*."""
    from babel import Locale

    names = Locale.parse(lang).languages
    return _listed([names[str(code)] for code in value], lang)


def _count(value: Any, lang: Language, templates: Templates) -> Printed:
    return _words(len(value), lang, templates)


def _span(value: Any, lang: Language, _: Templates) -> Printed:
    """A period in years: *2023–2029*, with a hyphen in French and Spanish."""
    start = value.start
    end = value.planned_end or value.end
    return Printed(f"{_code(start)[:4]}{'–' if lang == 'en' else '-'}{_code(end)[:4]}")


def _link(value: Any, lang: Language, _: Templates) -> Printed:
    address = str(value)
    if not re.match(r"https?://", address):
        raise ValueError("it is not an address")
    return Printed(re.sub(r"^https?://(www\.)?|/$", "", address), url=address)


_FORMS: Mapping[str, Callable[[Any, Language, Templates], Printed]] = {
    "date": _date, "Date": _capital_date, "day": _day, "month": _month, "year": _year, "number": _number,
    "words": _words, "ordinal": _ordinal, "ordinalm": _masculine, "tally": _tally, "quoted": _quoted,
    "in": _placed("in"), "of": _placed("of"), "for": _placed("for"), "name": _name,
    "list": _list, "items": _items, "labels": _labels, "count": _count, "span": _span,
    "text": _text,
    "link": _link,
}  # fmt: skip


def magnitude(value: Decimal, multiplier: int, decimals: int, lang: Language) -> str:
    """A value in units, thousands or millions as a document prints it: *8,551*, *4.3 million*, *4,3 millones*."""
    if multiplier == 6 or multiplier == 9:
        words = _LARGE[lang][multiplier]
        one = (lang == "fr" and abs(value) < 2) or abs(value) == 1
        return f"{formats.number(value, lang, decimals)}{WIDE}{words[0] if one else words[1]}"
    return formats.number(value.scaleb(multiplier), lang, max(decimals - multiplier, 0))


_LARGE: Mapping[Language, Mapping[int, tuple[str, str]]] = {
    "en": {6: ("million", "million"), 9: ("billion", "billion")},
    "fr": {6: ("million", "millions"), 9: ("milliard", "milliards")},
    "es": {6: ("millón", "millones"), 9: ("mil millones", "mil millones")},
}


def sorted_names(items: Mapping[str, str], lang: Language) -> list[str]:
    """The keys of `items` in the alphabetical order of their names, accents aside."""
    import unicodedata

    def plain(text: str) -> str:
        folded = unicodedata.normalize("NFKD", text.casefold())
        return "".join(c for c in folded if not unicodedata.combining(c)).replace("’", " ")

    return sorted(items, key=lambda code: (plain(items[code]), code))


def printed_date(code: str, lang: Language) -> str:
    """A date of reduced precision (``2023``, ``2023-04``, ``2023-04-18``) as `lang` writes it."""
    return _date(code, lang, _NO_TEMPLATES).text


_NO_TEMPLATES = Templates({}, {}, {}, {}, {})
