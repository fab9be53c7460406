"""Template tags of the follow-up: links that keep the date, records by name, dates of reduced precision."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sse_observatory.catalogue.portfolio import Source, When
from sse_observatory.core import Language, Text
from sse_observatory.figures import day, period
from sse_observatory.portal import faults, words
from sse_observatory.portal.forms import Widget
from sse_observatory.portal.pages.followup.scene import marked

register = template.Library()


@register.simple_tag(takes_context=True)
def at(context: template.Context, path: str, *more: str) -> str:
    """The address of a page after the language, with the date the page speaks from."""
    return str(context["scene"].url("".join((path, *more))))


@register.simple_tag(takes_context=True)
def ref(context: template.Context, identifier: str | None) -> SafeString:
    """A record by its short name, linked; nothing for one that was not known on the date."""
    return context["scene"].link(identifier) if identifier else SafeString("")


@register.simple_tag(takes_context=True)
def titled(context: template.Context, record: Any) -> SafeString:
    """A record by its title, linked."""
    return SafeString(context["scene"].linked(record, record.title))


@register.simple_tag(takes_context=True)
def moment(context: template.Context, when: When | None) -> str:
    """A date of reduced precision in words."""
    return str(context["scene"].moment(when))


@register.simple_tag(takes_context=True)
def term(context: template.Context, vocabulary: str, code: str) -> SafeString:
    """The label of a term."""
    scene = context["scene"]
    return scene.html(scene.term(vocabulary, code)) if code else SafeString("")


@register.simple_tag(takes_context=True)
def standing(context: template.Context, status: str) -> SafeString:
    """How something is known, as a mark: verified, reported, inferred …"""
    scene = context["scene"]
    return format_html(
        '<span class="tag known-{}" title="{}">{}</span>', status, scene.say(f"known_long.{status}"),
        scene.say(f"known.{status}"),
    )


@register.simple_tag(takes_context=True)
def state(context: template.Context, status: Any) -> SafeString:
    """Where the follow-up stands, as a mark."""
    return format_html('<span class="tag state-of-{}">{}</span>', status.state, context["scene"].html(status.label))


@register.simple_tag(takes_context=True)
def source(context: template.Context, cited: Source) -> SafeString:
    """A source by its title, else its address, linked where that is on the web."""
    on_the_web = cited.url.startswith(("https://", "http://"))
    if cited.title:
        name = context["scene"].html(cited.title)
    else:
        name = format_html("{}", cited.url.split("://", 1)[-1].rstrip("/") if on_the_web else cited.publisher)
    if on_the_web:
        return format_html('<a href="{}" rel="noreferrer">{}</a>', cited.url, name)
    return format_html("{} <code>{}</code>", name, cited.url)


@register.simple_tag(takes_context=True)
def tk(context: template.Context, group: str, *names: str) -> str:
    """The interface string of a code: ``{% tk "source_standing" "press" %}`` is ``source_standing.press``."""
    return words.say(f"{group}.{''.join(names)}", context["lang"])


@register.simple_tag(takes_context=True)
def term_of(context: template.Context, table: str, code: str) -> str:
    """The label of a term of the drafting part: ``{% term_of "conditions" "UPON_REQUEST" %}``; its code if unknown."""
    found = getattr(words.the_catalogue().drafting, table).get(code)
    return found.label[context["lang"]] if found is not None else code


@register.simple_tag(takes_context=True)
def language(context: template.Context, code: str) -> str:
    """The name of a language in the page's; its code where the site has no name for it."""
    key = f"languages.{code}"
    return words.say(key, context["lang"]) if key in words.the_catalogue().interface else code


@register.simple_tag(takes_context=True)
def session(context: template.Context, number: int) -> str:
    """A session of the General Assembly by its number."""
    scene = context["scene"]
    return str(scene.say("deadline.session", session=scene.ordinal(number)))


@register.filter
def in_words(when: When | None, lang: Language) -> str:
    """A date of reduced precision in words, where a tag cannot stand."""
    if when is None:
        return ""
    return day(when.first, lang) if when.first == when.last else period(when.code, lang)


@register.simple_tag(takes_context=True)
def said(context: template.Context, text: Text | None) -> SafeString:
    """A text of a record; where the language is missing, in another, with a short mark."""
    return marked(text, context["lang"])


@register.simple_tag(takes_context=True)
def field_label(context: template.Context, name: str) -> str:
    """The words for a field of a record; its own name where the site has none, and a number as it is."""
    return name if name.isdigit() else faults.field_name(name, context["lang"])


_CHOICES = {
    "status": "known.{code}", "symbol_status": "known.{code}", "date_kind": "field.date_{code}",
    "standing": "source_standing.{code}", "language": "languages.{code}", "basis": "basis.{code}",
    "recurrence_basis": "basis.{code}", "mode": "vote.{code}", "modifier": "edit_choice.{code}",
    "corrects": "corrects.{code}",
}
"""Under which keys the values of a field have their words, where they are not those of a vocabulary."""


@register.simple_tag(takes_context=True)
def choice_label(context: template.Context, widget: Widget, code: str) -> str:
    """A value of a field in words; where the site has none, the value as it is."""
    term = words.the_catalogue().portfolio.terms.get(widget.vocabulary, {}).get(code)
    if term is not None:
        return words.plain_of(term.label, context["lang"])
    if (widget.label, code) == ("date_kind", "recorded"):
        return words.say("edit_choice.recorded_date", context["lang"])
    key = _CHOICES.get(widget.label, "").format(code=code)
    return words.say(key, context["lang"]) if key in words.the_catalogue().interface else code


@register.simple_tag(takes_context=True)
def field_hint(context: template.Context, hint: str) -> str:
    """How the value of a field is written."""
    form, _, detail = hint.partition(":")
    if not form:
        return ""
    if form == "record":
        detail = ", ".join(words.say(f"kind.{kind}", context["lang"]) for kind in detail.split(","))
    return words.say(f"hint.{form}", context["lang"], what=detail)
