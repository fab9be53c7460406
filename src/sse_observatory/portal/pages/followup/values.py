"""What stands in a list, a table of facts or a file: values that know how to be shown and how to be written.

A page shows them as words and links, a CSV file as plain text with codes beside labels, both from the same value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from sse_observatory.catalogue.portfolio import Quantity, When
from sse_observatory.core import Text
from sse_observatory.figures import number
from sse_observatory.portal.pages.followup.scene import Scene
from sse_observatory.updates.status import Status


@dataclass(frozen=True, slots=True)
class Ref:
    """A record by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class Named:
    """A record by its title, linked."""

    id: str


@dataclass(frozen=True, slots=True)
class Term:
    """A code of a vocabulary."""

    vocabulary: str
    code: str


@dataclass(frozen=True, slots=True)
class Say:
    """An interface string."""

    key: str


@dataclass(frozen=True, slots=True)
class Known:
    """How something is known: verified, reported, inferred …"""

    status: str


Value: TypeAlias = (
    "str | int | Text | When | Ref | Named | Term | Say | Known | Status | Quantity | tuple[Value, ...] | None"
)


def html(scene: Scene, value: Value) -> SafeString:
    """The value on a page."""
    match value:
        case None | "" | ():
            return SafeString("")
        case Ref():
            return scene.link(value.id)
        case Named():
            found = scene.view.find(value.id)
            if found is None:
                return SafeString("")
            return scene.linked(found, found.title)
        case Text():
            return scene.html(value)
        case Term():
            return scene.html(scene.term(value.vocabulary, value.code))
        case Known():
            return format_html(
                '<span class="tag known-{}">{}</span>', value.status, scene.say(f"known.{value.status}")
            )
        case Status():
            return format_html(
                '<span class="tag state-of-{}">{}</span>', value.state, scene.html(value.label)
            )
        case tuple():
            shown = [one for one in (html(scene, member) for member in value) if one]
            if len(shown) < 2:
                return shown[0] if shown else SafeString("")
            items = format_html_join("", "<li>{}</li>", ((one,) for one in shown))
            return format_html('<ul class="several">{}</ul>', items)
        case _:
            return SafeString(conditional_escape(plain(scene, value)))


def plain(scene: Scene, value: Value) -> str:
    """The value in words, without markup."""
    match value:
        case None:
            return ""
        case str():
            return value
        case int():
            return number(value, scene.lang)
        case When():
            return scene.moment(value)
        case Ref():
            return scene.short(value.id)
        case Named():
            found = scene.view.find(value.id)
            return "" if found is None else scene.plain(found.title)
        case Text():
            return scene.plain(value)
        case Term():
            return scene.plain(scene.term(value.vocabulary, value.code))
        case Say():
            return scene.say(value.key)
        case Known():
            return scene.say(f"known.{value.status}")
        case Status():
            return scene.plain(value.label)
        case Quantity():
            return f"{number(value.value, scene.lang)} {scene.plain(scene.term('unit', value.unit))}"
        case _:
            return "; ".join(filter(None, (plain(scene, member) for member in value)))


def written(scene: Scene, value: Value) -> str:
    """The value in a file: dates and numbers as machines read them, labels as people do."""
    match value:
        case When():
            return value.code
        case int():
            return str(value)
        case Quantity():
            return f"{value.value:f} {value.unit}"
        case tuple():
            return "; ".join(filter(None, (written(scene, member) for member in value)))
        case _:
            return safe(plain(scene, value))


_FORMULA = re.compile(r"^[\s\x00]*[=+\-@\t\r\n|%]")


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula, not even after spaces, nor anywhere a line of it begins."""
    text = text.replace("\r\n", " ").replace("\r", " ").replace("\n", " ")
    return f"'{text}" if _FORMULA.match(text) else text


def sentence(scene: Scene, values: Iterable[Value]) -> str:
    """Values one after the other, separated by middle dots."""
    return " · ".join(filter(None, (plain(scene, value) for value in values)))
