"""What is wrong with what an editor sent, in the editor's language and in the words of the form.

Checks speak English and of files. A sentence of theirs keeps its key (`catalogue.portfolio.wrong`), under which the
interface has it in three languages. What other parts of the house say has no key: it is shown as it is, marked as
English, after a sentence that the editor can read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from sse_observatory.catalogue.portfolio import When
from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.core import Language, ObservatoryError, Text
from sse_observatory.figures import day, number, period
from sse_observatory.portal import words
from sse_observatory.portal.forms import Widget, at, every
from sse_observatory.portal.records import Fault, NotInOrder

MOST = 60
"""Faults that a page lists, and values that a sentence lists."""
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Told:
    """A fault as the page lists it: the record, where in it, what is wrong and what to do.

    In a form, `target` is the id of what to go to, and the record is named where it is another than the form's.
    """

    record: str
    where: str
    said: SafeString
    target: str = ""


def told(error: NotInOrder, lang: Language) -> list[Told]:
    """The faults of records that are not in order."""
    return [Told(fault.record, _where(fault, lang), said(fault.what, lang)) for fault in error.faults[:MOST]]


def in_form(error: NotInOrder, lang: Language, record: str, widgets: Sequence[Widget]) -> list[Told]:
    """The faults in the order of the form's fields, each noted at its field; those of no field follow."""
    listed: list[tuple[float, Told]] = []
    order = {id(widget): place for place, widget in enumerate(every(widgets))}
    for fault in error.faults[:MOST]:
        what = said(fault.what, lang)
        widget = at(widgets, fault.path) if fault.record == record else None
        if widget is None:
            listed.append((math.inf, Told(fault.record, _where(fault, lang), what)))
            continue
        widget.faults.append(what)
        listed.append((order[id(widget)], Told("", _where(fault, lang), what, widget.target)))
    return [told for _, told in sorted(listed, key=itemgetter(0))]


def _where(fault: Fault, lang: Language) -> str:
    return " › ".join(field_name(step, lang) for step in fault.path)


def problem(error: ObservatoryError, lang: Language, otherwise: str = "cannot") -> SafeString:
    """What an error says; `otherwise` is the key of what is said before words that exist in English alone."""
    three = getattr(error, "said", None)
    if isinstance(three, Text):
        return SafeString(conditional_escape(three[lang]))
    if isinstance(error.what, Wrong):
        return said(error.what, lang)
    return _in_english(f"{error.what} {error.todo}".strip(), lang, otherwise)


def said(what: str, lang: Language) -> SafeString:
    """A sentence of a check in the reader's language."""
    if not isinstance(what, Wrong):
        return _in_english(what, lang, "cannot")
    filled = {name: _value(name, value, lang) for name, value in what.values.items()}
    return SafeString(conditional_escape(words.say(f"fault.{what.key}", lang, **filled)))


def _in_english(text: str, lang: Language, before: str) -> SafeString:
    if lang == "en":
        return format_html("{} {}", words.say(f"fault.{before}", lang), text)
    return format_html(
        '{} {} <span lang="en">{}</span>', words.say(f"fault.{before}", lang), words.say("fault.in_english", lang), text
    )


def field_name(name: str, lang: Language) -> str:
    """The words for a field of a record; a place in a list is counted from one."""
    if name.isdigit():
        return number(int(name) + 1, lang)
    for key in (f"field.{name}", f"edit_field.{name}", f"column.{name}", f"desk.{name}"):
        if key in words.the_catalogue().interface:
            return words.say(key, lang)
    return name.replace("_", " ")


def _value(name: str, value: Any, lang: Language) -> str:
    """A value in a sentence, as the reader's language writes it."""
    match value:
        case When():
            return day(value.first, lang) if value.first == value.last else period(value.code, lang)
        case date():
            return day(value, lang)
        case bool():
            return str(value)
        case int():
            return number(value, lang) if name == "count" else str(value)
        case str() if name == "kind":
            return words.say(f"kind.{value}", lang)
        case str() if name == "lang":
            return words.say(f"languages.{value}", lang)
        case str() if name == "field":
            return field_name(value, lang)
        case str() if name in ("role", "other_role"):
            term = words.the_catalogue().portfolio.terms.get("role", {}).get(value)
            return value if term is None else words.plain_of(term.label, lang)
        case tuple() if name == "kinds":
            return ", ".join(words.say(f"kind.{one}", lang) for one in value)
        case tuple():
            return _several(value)
        case Mapping():
            return _several(f"{key}: {one}" for key, one in value.items())
    return str(value)[:LONGEST]


def _several(values: Iterable[object]) -> str:
    shown = [str(one)[:LONGEST] for one in values]
    return ", ".join(shown[:MOST]) + (", …" if len(shown) > MOST else "")
