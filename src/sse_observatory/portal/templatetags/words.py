"""Template tags for words, numbers, dates and addresses in the page's language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from sse_observatory.core import Text, file_hash
from sse_observatory.figures import NARROW_WIDTH, WIDE, day, number, period
from sse_observatory.portal import words
from sse_observatory.portal.drawing import Picture

register = template.Library()


@register.simple_tag(takes_context=True)
def t(context: template.Context, key: str, **values: Any) -> str:
    """The interface string `key` in the page's language; values fill its marks and are escaped."""
    text = conditional_escape(words.say(key, context["lang"]))
    if not values:
        return text
    return SafeString(text.format(**{name: conditional_escape(value) for name, value in values.items()}))


@register.simple_tag(takes_context=True)
def tn(context: template.Context, key: str, count: int, **values: Any) -> str:
    """The interface string for `count` things (``key.one`` or ``key.other``)."""
    return words.say_count(key, count, context["lang"], **values)


@register.simple_tag(takes_context=True)
def label(context: template.Context, text: Text | None) -> SafeString:
    """A trilingual text of the catalogue or a release; a gap is visible."""
    return words.html_of(text, context["lang"])


@register.simple_tag(takes_context=True)
def num(context: template.Context, value: Any, decimals: int | None = None) -> str:
    """A number as the page's language writes it."""
    return number(value, context["lang"], decimals)


@register.simple_tag(takes_context=True)
def when(context: template.Context, value: Any) -> str:
    """A date as the page's language writes it."""
    return day(value, context["lang"]) if value else ""


@register.simple_tag(takes_context=True)
def span(context: template.Context, code: str) -> str:
    """A reference period in words."""
    return period(code, context["lang"])


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or None."""
    return mapping.get(key) if mapping is not None else None


@register.inclusion_tag("portal/_chart.html", takes_context=True)
def chart_at(context: template.Context, picture: Picture, path: str, query: str = "") -> dict[str, Any]:
    """A chart with its description and its values as a table; `path` is its address without language and form."""
    root = f"/{context['lang']}/{path}"
    joined = f"{query}&" if query else ""
    return {
        "picture": picture,
        "lang": context["lang"],
        "wide": f"{root}.svg?{query}" if query else f"{root}.svg",
        "narrow": f"{root}.svg?{joined}width=narrow",
        "png": f"{root}.png?{query}" if query else f"{root}.png",
        "wide_size": picture.size(WIDE),
        "narrow_size": picture.size(NARROW_WIDTH),
    }


@lru_cache(maxsize=32)
def _asset(name: str) -> str:
    found = finders.find(name)
    if found is None:
        raise ValueError(f"there is no static file {name}")
    return f"{settings.STATIC_URL}{name}?v={file_hash(Path(found))[:10]}"


@register.simple_tag
def asset(name: str) -> str:
    """The address of a static file; it changes with the file's content."""
    return _asset(name)
