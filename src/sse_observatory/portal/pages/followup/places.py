"""What the follow-up records say about one country, for its page."""

from __future__ import annotations

from typing import Any

from sse_observatory.catalogue.portfolio import Actor, Event, GovernmentGroup, KnowledgeItem, Record, Region
from sse_observatory.portal.pages.followup import details, listing
from sse_observatory.portal.pages.followup.groups import members_of
from sse_observatory.portal.pages.followup.scene import Scene

MOST = 20


def about_area(scene: Scene, area: str) -> dict[str, Any] | None:
    """The groups a country belonged to on the date, and the records that name it; None where there are none."""
    def by_area() -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in (*scene.view.all(Event), *scene.view.all(KnowledgeItem)):
            for code in _areas(scene, record):
                found.setdefault(code, []).append(record)
        return found

    def members() -> list[tuple[Record, frozenset[str]]]:
        held = []
        for group in (*scene.view.all(GovernmentGroup), *scene.view.all(Region)):
            found = members_of(scene, group)
            if found is not None:
                held.append((group, frozenset(found.members)))
        return held

    def governments() -> dict[str, list[Actor]]:
        found: dict[str, list[Actor]] = {}
        for actor in scene.view.all(Actor):
            if actor.area:
                found.setdefault(actor.area, []).append(actor)
        return found

    groups = [group for group, codes in scene.once("group members", members) if area in codes]
    actors = scene.once("governments", governments).get(area, [])
    records = list(scene.once("by area", by_area).get(area, ()))
    for actor in actors:
        for named in details.referring(scene, actor):
            records += [record for record in named["records"] if isinstance(record, (Event, KnowledgeItem))]
    unique = list({record.id: record for record in records}.values())
    unique.sort(key=lambda record: listing.chronological(scene, record), reverse=True)
    if not groups and not unique and not actors:
        return None
    return {"groups": groups, "records": unique[:MOST], "actors": actors}


def _areas(scene: Scene, record: Record) -> set[str]:
    """The countries a record names itself."""
    if isinstance(record, KnowledgeItem):
        return {*record.countries, *(code for phase in record.phases for code in phase.countries)}
    if isinstance(record, Event) and record.vote is not None:
        return {*record.vote.states_against, *record.vote.states_abstaining}
    return set()
