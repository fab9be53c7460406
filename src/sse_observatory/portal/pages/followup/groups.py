"""Regions and government groups: who belonged to them on the date, on what that rests, and what figures there are."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse

from sse_observatory.catalogue.groups import GroupMembers
from sse_observatory.catalogue.portfolio import Event, GovernmentGroup, KnowledgeItem, Record, Region
from sse_observatory.core import NotFound, ObservatoryError, Text
from sse_observatory.figures import number
from sse_observatory.portal import words
from sse_observatory.portal.pages.common import sortable
from sse_observatory.portal.pages.countries import area_text
from sse_observatory.portal.pages.followup import listing
from sse_observatory.portal.pages.followup.details import common
from sse_observatory.portal.pages.followup.scene import Scene, followup, page
from sse_observatory.portal.shelf import shelf
from sse_observatory.updates.figures import Coverage, Published


@dataclass(frozen=True)
class Held:
    """A region or group with who belonged to it."""

    record: Record
    members: GroupMembers | None


def members_of(scene: Scene, record: Record) -> GroupMembers | None:
    """Who belonged to a region or group on the date; None where nothing says so."""
    try:
        return scene.view.group(record.id)
    except NotFound:
        return None


@followup
def groups(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The groups of governments and the regions, with how many countries each had."""
    parts = []
    for key, cls in (("government_group", GovernmentGroup), ("region", Region)):
        listed = [
            {"record": record, "members": members, "count": len(members.members) if members else 0,
             "counted": number(len(members.members), scene.lang) if members else "–"}
            for record in scene.view.all(cls) for members in (members_of(scene, record),)
        ]
        listed.sort(key=lambda entry: sortable(scene.plain(entry["record"].title)))  # type: ignore[attr-defined]
        parts.append({"title": scene.say(f"kinds.{key}"), "groups": listed, "key": key})
    return page(request, scene, "groups.html", scene.say("groups.title"), parts=parts)


@followup
def group(request: HttpRequest, scene: Scene, identifier: str) -> HttpResponse:
    """One region or group: members at the date, coverage of published figures, events and materials about it."""
    record = scene.view.find(identifier)
    if not isinstance(record, (Region, GovernmentGroup)):
        raise Http404
    members = members_of(scene, record)
    now = shelf().now()
    covered = coverage(scene, members) if members else None
    countries = sorted(
        ({"code": code, "name": area_text(now, code), "page": code in now.areas,
          "covered": covered is not None and code in covered.covered,
          "url": scene.url(f"countries/{code}/")} for code in (members.members if members else ())),
        key=lambda country: sortable(scene.plain(country["name"])),  # type: ignore[arg-type]
    )
    return page(
        request, scene, "group.html", scene.plain(record.title), **common(scene, record) | {
            "list_url": scene.url("follow-up/groups/"), "list_title": scene.say("groups.title"),
        },
        members=members, countries=countries, counted=number(len(countries), scene.lang), coverage=covered,
        basis=scene.say(_BASIS[members.basis]) if members else "",
        coverage_words=_coverage_words(scene, covered) if covered else "",
        undated_words=words.say_count("groups.undated", covered.undated_count, scene.lang)
        if covered and covered.undated_count else "",
        share=round(100 * covered.count / covered.size) if covered and covered.size else 0,
        events=[e for e in scene.view.all(Event) if e.group == record.id], note=_note(record),
        items=items_about(scene, set(members.members) if members else set(), record)[:30],
    )


_BASIS = {"list": "groups.by_list", "inferred": "groups.inferred", "inferred, undated": "groups.inferred_undated"}


def _coverage_words(scene: Scene, covered: Coverage) -> str:
    return words.say_count(
        "groups.coverage", covered.count, scene.lang, size=number(covered.size, scene.lang), day=scene.day
    )


def _note(record: Record) -> Text | None:
    groups = words.the_catalogue().groups.government_groups
    return groups[record.group].note if isinstance(record, GovernmentGroup) and record.group in groups else None


def coverage(scene: Scene, members: GroupMembers) -> Coverage | None:
    """How many of the members had a published figure by the date; None where no figures are published here."""
    try:
        published = scene.once(("published", shelf().now().token), lambda: _published(scene))
        return published.coverage(members)  # type: ignore[no-any-return]
    except ObservatoryError:
        return None


def _published(scene: Scene) -> Published:
    return Published(words.the_catalogue(), shelf().releases, scene.asof.day)


def items_about(scene: Scene, countries: set[str], record: Record | None) -> list[KnowledgeItem]:
    """Materials about one of the countries, or the region itself."""
    found = []
    region = record.id if isinstance(record, Region) else getattr(record, "region", None)
    for item in listing.LISTINGS["knowledge"].records(scene):
        named = {*item.countries, *(code for phase in item.phases for code in phase.countries)}
        if named & countries or (region is not None and item.region == region):
            found.append(item)
    return found


