"""What a follow-up page stands on: the language, the date it speaks from, the records known on that date."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from sse_observatory.catalogue.portfolio import Citation, PlanObjective, PlanOutput, Record, When
from sse_observatory.core import LANGUAGES, Language, NotFound, ObservatoryError, Text
from sse_observatory.figures import day, period
from sse_observatory.portal import asof, records, words
from sse_observatory.portal.asof import AsOf, NoSuchDate
from sse_observatory.portal.pages.common import render
from sse_observatory.portal.records import Board, Known
from sse_observatory.updates.records import View

ROOT = "follow-up/"
PLACES = {
    "instrument": "instruments", "provision": "provisions", "event": "events", "evidence": "evidence",
    "knowledge_item": "knowledge", "actor": "actors", "conflict": "conflicts", "region": "groups",
    "government_group": "groups", "membership": "roles", "relation": "relations", "due": "due-dates",
    "plan_objective": "objectives", "plan_output": "outputs", "fact": "statements", "service_catalogue": "services",
}  # fmt: skip
"""The part of the address under which each kind of record stands."""


@dataclass(frozen=True)
class Scene:
    """One request's language, date and records."""

    lang: Language
    asof: AsOf
    board: Board
    known: Known

    @property
    def view(self) -> View:
        """The records as known on the date."""
        return self.known.view

    @property
    def day(self) -> str:
        """The date in words."""
        return day(self.asof.day, self.lang)

    def url(self, path: str) -> str:
        """The address of a page after the language, with the date."""
        return self.asof.keep(f"/{self.lang}/{path}")

    def place(self, record: Record) -> str:
        """The address of a record's page, after the language."""
        return f"{ROOT}{PLACES[record.kind]}/{record.id}/"

    def of(self, record: Record) -> str:
        """The address of a record's page, with the date."""
        return self.url(self.place(record))

    def get(self, identifier: str, kind: type[Any]) -> Any:
        """The record of that kind as known on the date. Raises Http404."""
        found = self.view.find(identifier)
        if not isinstance(found, kind):
            raise Http404
        return found

    def once(self, key: object, make: Callable[[], Any]) -> Any:
        """What `make` gives, worked out once for the records of this date."""
        if key not in self.known.remembered:
            self.known.remembered[key] = make()
        return self.known.remembered[key]

    def say(self, key: str, **values: object) -> str:
        """An interface string."""
        return words.say(key, self.lang, **values)

    def plain(self, text: Text | None) -> str:
        """A text where no markup can stand."""
        return words.plain_of(text, self.lang)

    def html(self, text: Text | None) -> SafeString:
        """A text for a page; where the language is missing, in another, marked with its code."""
        return marked(text, self.lang)

    def moment(self, when: When | None) -> str:
        """A date of reduced precision in words: *2023*, *April 2023*, *18 April 2023*."""
        if when is None:
            return ""
        return day(when.first, self.lang) if when.first == when.last else period(when.code, self.lang)

    def ordinal(self, value: int) -> str:
        """A session as each language counts it: *79th*, *79e*, *79.º*."""
        if self.lang == "en":
            tail = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
            return f"{value}{tail}"
        if self.lang == "fr":
            return f"{value}re" if value == 1 else f"{value}e"
        return f"{value}.º"

    def term(self, vocabulary: str, code: str) -> Text:
        """The label of a term; the code itself where the vocabulary has none."""
        try:
            return self.view.term(vocabulary, code).label
        except (NotFound, KeyError):
            return Text(code, code, code)

    def link(self, identifier: str) -> SafeString:
        """A record's short name as a link to its page; nothing for one that is not known yet."""
        found = self.view.find(identifier)
        if found is None:
            return SafeString("")
        return self.linked(found, self.view.citation(identifier))

    def linked(self, record: Record, text: Text) -> SafeString:
        """A text as the link to a record's page; the mark of another language stands behind the link."""
        shown, lang = text.within(self.lang)
        shown = words.typeset(shown, lang)
        if lang == self.lang:
            return format_html('<a href="{}">{}</a>', self.of(record), shown)
        return format_html(
            '<a href="{}" lang="{}" class="gap">{}</a>{}', self.of(record), lang, shown, gap_mark(lang, self.lang)
        )

    def short(self, identifier: str) -> str:
        """A record's short name as plain text; empty for one that is not known yet."""
        return "" if self.view.find(identifier) is None else self.plain(self.view.citation(identifier))


def marked(text: Text | None, lang: Language) -> SafeString:
    """A text for a page; where `lang` is missing, in the language it has, with a short mark that says which."""
    if text is None or len(text.missing) == len(LANGUAGES):
        return SafeString("")
    shown, actual = text.within(lang)
    shown = words.typeset(shown, actual)
    if actual == lang:
        return SafeString(conditional_escape(shown))
    return format_html('<span lang="{}" class="gap">{}</span>{}', actual, shown, gap_mark(actual, lang))


def gap_mark(actual: Language, lang: Language) -> SafeString:
    """The mark of a text that is not in the reader's language."""
    return format_html(
        '<span class="gap-mark" aria-hidden="true">{}</span><span class="vh"> ({})</span>', actual.upper(),
        words.say(f"language.short_{actual}", lang),
    )


Answer = Callable[..., HttpResponseBase]


def followup(view: Callable[..., HttpResponseBase]) -> Answer:
    """A page that gets a Scene; a date that cannot be looked from gets a page that says why."""

    @wraps(view)
    def answer(request: HttpRequest, lang: Language, **arguments: Any) -> HttpResponseBase:
        try:
            return view(request, scene_of(request, lang), **arguments)
        except NoSuchDate as error:
            return refused(request, lang, error)

    return answer


def scene_of(request: HttpRequest, lang: Language) -> Scene:
    """The scene of a request. Raises NoSuchDate, also for a date before anything was known."""
    chosen = asof.as_of(request)
    board = records.now()
    if chosen.chosen and chosen.day < board.first_day:
        raise NoSuchDate("before_everything", chosen.day.isoformat())
    return Scene(lang, chosen, board, board.known(chosen.day))


def beside(request: HttpRequest, lang: Language) -> Scene | None:
    """The scene for a page about figures that shows records beside them; None where the records cannot be read.

    Raises NoSuchDate.
    """
    try:
        return scene_of(request, lang)
    except NoSuchDate:
        raise
    except ObservatoryError as error:
        logging.getLogger(__name__).error("the follow-up records cannot be read: %s", error)
        return None


def refused(request: HttpRequest, lang: Language, error: NoSuchDate) -> HttpResponse:
    """The page for a date that cannot be looked from."""
    first = records.now().first_day
    return render(
        request, "followup/no_date.html", lang, section="followup", title=words.say("asof.no_date", lang), status=400,
        what=words.say(f"asof.{error.key}", lang), first=first.isoformat(), first_words=day(first, lang),
        today=asof.today().isoformat(), address=request.path, path="",
    )


def page(request: HttpRequest, scene: Scene, template: str, title: str, **context: Any) -> HttpResponse:
    """A page of the follow-up."""
    context.setdefault("section", "followup")
    return render(
        request, template if "/" in template else f"followup/{template}", scene.lang, title=title,
        **(dated(request, scene) | context),
    )


def dated(request: HttpRequest, scene: Scene) -> dict[str, Any]:
    """What a page needs to show its date and to ask for another; what else was asked of the page stays asked."""
    kept = [(name, value) for name, value in request.GET.items() if name not in (asof.NAME, "page")][:20]
    today = urlencode(kept)
    return {
        "scene": scene, "today": asof.today().isoformat(), "first": scene.board.first_day.isoformat(),
        "kept_parameters": kept, "as_of_today": f"{request.path}?{today}" if today else request.path,
        "kept": f"?{scene.asof.query}" if scene.asof.chosen else "",
        "here": request.path.removeprefix(f"/{scene.lang}/"),
    }


def sources(scene: Scene, cited: tuple[Citation, ...]) -> list[Citation]:
    """The sources of a record that had appeared by the date."""
    return [one for one in cited if one.source.known_by(scene.asof.day)]


def plan_of(record: Record) -> str:
    """The plan an objective or output belongs to; empty for any other record."""
    return record.plan if isinstance(record, (PlanObjective, PlanOutput)) else ""
