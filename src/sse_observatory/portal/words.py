"""Interface strings in the reader's language, from the catalogue (``data/interface/*.toml``).

A string is a whole sentence with named marks (``{count}``). Where a count decides the noun, two strings exist,
``key.one`` and ``key.other``. A missing key shows as itself in brackets: visible, and caught by a test.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from sse_observatory import catalogue
from sse_observatory.core import Language, Text
from sse_observatory.figures import number, plural


@lru_cache(maxsize=1)
def the_catalogue() -> catalogue.Catalogue:
    """The catalogue this process serves."""
    return catalogue.load()


_FRENCH_BEFORE = re.compile("[ \u00a0]([;:?!»])")
_FRENCH_AFTER = re.compile("«[ \u00a0]")


def typeset(text: str, lang: Language) -> str:
    """A text of the catalogue or a release as it is set: in French with narrow no-break spaces at punctuation."""
    if lang != "fr":
        return text
    return _FRENCH_AFTER.sub("«\u202f", _FRENCH_BEFORE.sub("\u202f\\1", text))


def say(key: str, lang: Language, **values: object) -> str:
    """The string `key` in `lang` with its marks filled, as plain text."""
    text = the_catalogue().interface.get(key)
    if text is None:
        return f"[{key}]"
    return text[lang].format(**values) if values else text[lang]


def say_count(key: str, count: int, lang: Language, **values: object) -> str:
    """The string for `count` things; ``{count}`` is written as the language writes numbers."""
    return say(f"{key}.{plural(count, lang)}", lang, count=number(count, lang), **values)


def html_of(text: Text | None, lang: Language) -> SafeString:
    """A text for a page: escaped, and where `lang` is missing, in the language it has, marked as such."""
    if text is None or len(text.missing) == 3:
        return SafeString("")
    words, actual = text.within(lang)
    words = typeset(words, actual)
    if actual == lang:
        return SafeString(conditional_escape(words))
    return format_html(
        '<span lang="{}" class="gap">{}</span> <span class="gap-note">{}</span>', actual, words, say(
            f"language.only_in_{actual}", lang
        ),
    )


def plain_of(text: Text | None, lang: Language) -> str:
    """A text where no markup can stand (options, titles, files); a gap is marked with the language's code."""
    if text is None or len(text.missing) == 3:
        return ""
    words, actual = text.within(lang)
    words = typeset(words, actual)
    return words if actual == lang else f"{words} [{actual}]"
