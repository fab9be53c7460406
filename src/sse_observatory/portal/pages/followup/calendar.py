"""What is due, as known on the date: as a page, as CSV, and as a calendar that other programs subscribe to.

A due date of reduced precision stays one. *2027* is not the first of January: in iCalendar (RFC 5545) it is an event
that lasts the whole year, says in its title that the day is not known, and does not block anybody's time. Dates
computed by this project say so. Identifiers are stable, so that a calendar that is fetched again has nothing twice.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from sse_observatory.catalogue.portfolio import Due, Foreseen
from sse_observatory.core import content_hash
from sse_observatory.figures import number, period
from sse_observatory.portal.pages.followup import values
from sse_observatory.portal.pages.followup.scene import Scene, followup, page, sources

MOST = 1_000
"""Dates in a download."""
SHOWN = 80
"""Dates ahead, and behind, that the page shows."""


def entries(scene: Scene) -> list[tuple[Foreseen, Due]]:
    """What is due from five years before the date to fifteen years after, as known on it.

    What comes again each year stands there for the years around the date, and never for a year before it was known.
    """
    return list(scene.once("calendar", lambda: _entries(scene)))


def _entries(scene: Scene) -> list[tuple[Foreseen, Due]]:
    year = scene.asof.day.year
    found = []
    for when, due in scene.view.due(date(max(year - 5, 1), 1, 1), date(min(year + 15, 9999), 12, 31)):
        known = scene.view.known_on(due.id)
        early = known is not None and when.last < known
        if not comes_again(due) or (year - 2 <= when.first.year <= year + 3 and not early):
            found.append((when, due))
    return found[:MOST]


def comes_again(due: Due) -> bool:
    """Whether the due date is one of many, found by a rule."""
    return due.current.date is None and due.current.session is None


def in_words(scene: Scene, due: Due, when: Foreseen) -> str:
    """When something is due, in words: a day, a month, a year, or a session with the month in which it opens."""
    session = due.current.session
    if session is None:
        return scene.moment(when)
    return scene.say("deadline.session_from", session=scene.ordinal(session), month=period(when.code, scene.lang))


@followup
def calendar(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The page: what is due by year, what is ahead first."""
    day = scene.asof.day
    ahead, behind = [], []
    for when, due in entries(scene):
        (ahead if when.last >= day else behind).append((when, due))
    return page(
        request, scene, "calendar.html", scene.say("calendar.title"), parts=[
            {"title": scene.say("calendar.ahead"), "id": "ahead", "more": max(len(ahead) - SHOWN, 0),
             "years": _by_year([_line(scene, when, due) for when, due in ahead[:SHOWN]])},
            {"title": scene.say("calendar.behind"), "id": "behind", "more": max(len(behind) - SHOWN, 0),
             "years": _by_year([_line(scene, when, due) for when, due in behind[::-1][:SHOWN]])},
        ],
        total=len(ahead) + len(behind), counted=number(len(ahead) + len(behind), scene.lang),
        ics=scene.asof.keep("calendar.ics"), csv=scene.asof.keep("list.csv"),
        subscribe=request.build_absolute_uri(f"/{scene.lang}/follow-up/calendar/calendar.ics"),
    )


def _line(scene: Scene, when: Foreseen, due: Due) -> dict[str, Any]:
    past = comes_again(due) and when.last < scene.asof.day
    status = None if past else scene.view.status(due.id)  # the state is that of the next time
    return {
        "when": when, "words": in_words(scene, due, when), "due": due, "inferred": due.current.basis == "inferred",
        "status": status,
        "concerns": due.concerns,
    }


def _by_year(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    years: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        years.setdefault(line["when"].code[:4], []).append(line)
    return [{"year": year, "lines": members} for year, members in years.items()]


def _written(scene: Scene, root: str) -> bytes:
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//SSE Observatory//follow-up//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("name", scene.say("calendar.name"))
    made.add("x-wr-calname", scene.say("calendar.name"))
    made.add("x-wr-caldesc", scene.say("asof.as_known", day=scene.day))
    for when, due in entries(scene):
        made.add_component(_event(scene, when, due, root))
    return bytes(made.to_ical())


@followup
def as_ics(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The calendar as iCalendar."""
    root = request.build_absolute_uri("/")[:-1]
    body: bytes = scene.once(("ics", scene.lang, root), lambda: _written(scene, root))
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="follow-up.ics"'
    response.headers["Content-Language"] = scene.lang
    response.headers["ETag"] = f'"{content_hash(body)[:24]}"'
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def _event(scene: Scene, when: Foreseen, due: Due, root: str) -> Any:
    from icalendar import Event

    title = scene.plain(due.title)
    if when.first != when.last:
        title = scene.say("calendar.day_unknown", what=title, when=in_words(scene, due, when))
    if due.current.basis == "inferred":
        title = scene.say("calendar.inferred", what=title)
    status = scene.view.status(due.id)
    told = [scene.plain(status.sentence), scene.short(due.concerns)]
    told += [cited.url for cited in sources(scene, due.sources)]
    told.append(scene.say("asof.as_known", day=scene.day))
    event = Event()
    # A date that moves is the same entry with another date, so the identifier holds the year only where it recurs.
    occurrence = f"-{when.first.year}" if comes_again(due) or due.recurrence else ""
    event.add("uid", f"{due.id}{occurrence}@follow-up.sse-observatory")
    event.add("dtstamp", datetime(scene.asof.day.year, scene.asof.day.month, scene.asof.day.day, tzinfo=UTC))
    event.add("dtstart", when.first)
    event.add("dtend", min(when.last, date.max - timedelta(days=1)) + timedelta(days=1))
    event.add("summary", title)
    event.add("description", "\n".join(filter(None, told)))
    event.add("url", f"{root}{scene.of(due)}")
    event.add("transp", "TRANSPARENT")
    event.add("categories", [scene.plain(status.label)])
    return event


@followup
def as_csv(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The calendar as CSV: one row for each date."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    root = request.build_absolute_uri("/")[:-1]
    heads = ("due", "basis", "title", "concerns", "body", "state", "address", "as_of")
    writer.writerow(["id", *(scene.say(f"column.{name}") for name in heads)])
    for when, due in entries(scene):
        writer.writerow([
            due.id, when.code if due.current.session is None else f"{when.first}/{when.last}",
            scene.say(f"basis.{due.current.basis}"), values.safe(scene.plain(due.title)),
            values.safe(scene.short(due.concerns)), values.safe(scene.short(due.body) if due.body else ""),
            scene.plain(scene.view.status(due.id).label), f"{root}{scene.of(due)}", scene.asof.day.isoformat(),
        ])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"{scene.asof.day.isoformat()}-{scene.lang}-calendar.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Language"] = scene.lang
    return response
