"""One page for each record: what it says, what it is tied to, where its follow-up stands, on what all that rests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from sse_observatory.catalogue.portfolio import (
    CLASSES,
    Act,
    Actor,
    Conflict,
    Correction,
    Deadline,
    Due,
    Event,
    Evidence,
    Fact,
    Foreseen,
    GovernmentGroup,
    Indicator,
    Instrument,
    KnowledgeItem,
    Membership,
    PlanObjective,
    PlanOutput,
    Provision,
    Record,
    Region,
    Relation,
    ServiceCatalogue,
)
from sse_observatory.core import LANGUAGES, Text
from sse_observatory.figures import number
from sse_observatory.portal.pages.countries import area_text
from sse_observatory.portal.pages.followup import listing, values
from sse_observatory.portal.pages.followup.scene import PLACES, Scene, followup, page, sources
from sse_observatory.portal.pages.followup.values import Ref, Say, Term, Value
from sse_observatory.portal.shelf import shelf

Facts = Iterator[tuple[str, Value]]


@dataclass(frozen=True)
class Line:
    """A line of a table of facts."""

    label: str
    value: Any


@followup
def record(request: HttpRequest, scene: Scene, place: str, identifier: str) -> HttpResponse:
    """The page of a record at its own address; a record of another kind is at another address."""
    found = scene.view.find(identifier)
    if found is None:
        raise Http404
    if PLACES[found.kind] != place:
        return HttpResponseRedirect(scene.of(found))
    template = f"{found.kind}.html" if found.kind in _OWN else "record.html"
    more = _MORE[found.kind](scene, found) if found.kind in _MORE else {}
    return page(
        request, scene, template, scene.plain(found.title), **(common(scene, found) | more),
    )


@followup
def any_record(request: HttpRequest, scene: Scene, identifier: str) -> HttpResponse:
    """The address of a record of whatever kind leads to its page."""
    found = scene.view.find(identifier)
    if found is None:
        raise Http404
    return HttpResponseRedirect(scene.of(found))


def common(scene: Scene, record: Record) -> dict[str, Any]:
    """What every page of a record has."""
    return {
        "record": record,
        "kind": scene.say(f"kind.{record.kind}"),
        "list_url": scene.url(f"follow-up/{PLACES[record.kind]}/"),
        "list_title": scene.say(f"kinds.{record.kind}"),
        "facts": [
            Line(scene.say(f"field.{name}"), shown)
            for name, value in (*facts(scene, record), *_told(scene, record))
            if (shown := values.html(scene, value))
        ],
        "titles": [
            {"lang": lang, "language": scene.say(f"languages.{lang}"), "title": record.title.get(lang),
             "status": status, "status_words": scene.say(f"title_status.{status}")}
            for lang in LANGUAGES for status in (record.title_status(lang),)
        ],
        "progress": scene.view.status(record.id) if listing.has_status(record) else None,
        "notes": record.notes,
        "sources": sources(scene, record.sources),
        "conflicts": scene.view.conflicts(record.id),
        "corrections": corrections(scene, record),
        "corrected": [c for c in scene.board.portfolio.get(record.id).corrections if c.known.last <= scene.asof.day],
        "referring": referring(scene, record),
        "edit_url": f"/{scene.lang}/desk/records/{record.id}/",
    }


def _told(scene: Scene, record: Record) -> Facts:
    """What all kinds have: when, by whom, how it is known."""
    when = listing.moment_of(scene, record)
    if record.date_kind != "recorded" and record.date is not None:
        yield f"date_{record.date_kind}" if record.date_kind else "date", when
    if record.period is not None:
        yield "start", record.period.start
        yield "end", record.period.end
        yield "planned_end", record.period.planned_end
    if record.body:
        yield "body", Ref(record.body)


def corrections(scene: Scene, record: Record) -> list[Correction]:
    """What was learned about the record after the date, each with its own."""
    if not scene.asof.chosen:
        return []
    return [c for c in scene.board.portfolio.get(record.id).corrections if not scene.view.reached(c.known.last)]


MOST_REFERRING = 40


def referring(scene: Scene, record: Record) -> list[dict[str, Any]]:
    """The records known on the date that refer to this one, by kind; what the page shows elsewhere is left out."""
    groups: dict[str, list[Record]] = {}
    for identifier in scene.board.portfolio.referred_by.get(record.id, ()):
        found = scene.view.find(identifier)
        if found is None or found.kind in _SHOWN.get(record.kind, ()) or not _names(found, record.id):
            continue
        groups.setdefault(found.kind, []).append(found)
    listed = []
    for kind in CLASSES:
        members = sorted(groups.get(kind, ()), key=lambda r: listing.chronological(scene, r), reverse=True)
        if members:
            listed.append({
                "title": scene.say(f"kinds.{kind}"), "records": members[:MOST_REFERRING],
                "more": len(members) - MOST_REFERRING if len(members) > MOST_REFERRING else 0,
                "count": number(len(members), scene.lang),
            })
    return listed


def _names(record: Record, identifier: str) -> bool:
    """Whether the record, as known on the date, still names the other one."""
    from sse_observatory.catalogue.portfolio import forms

    return any(reference.value == identifier for reference in forms.references(record))


_SHOWN: dict[str, tuple[str, ...]] = {
    "instrument": ("provision", "relation", "event", "conflict", "plan_objective", "plan_output"),
    "provision": ("relation", "evidence", "conflict", "due"),
    "actor": ("membership", "provision"),
    "plan_output": ("evidence",),
    "plan_objective": ("plan_output",),
    "government_group": ("event",), "region": ("government_group",),
}


# What a record says, kind by kind


def facts(scene: Scene, record: Record) -> Facts:
    """The fields of a record that stand in a table of facts: the key of the label, the value."""
    match record:
        case Actor():
            yield "abbr", record.abbr
            yield "actor_type", Term("actor_type", record.actor_type)
            yield "parent", Ref(record.parent) if record.parent else None
            yield "area", area_text(shelf().now(), record.area) if record.area else None
            yield "counts", record.counts
        case Membership():
            yield "member", Ref(record.member)
            yield "role", Term("role", record.role)
            yield "observed", record.observed
            yield "until", record.until
        case Region():
            yield "area", area_text(shelf().now(), record.area) if record.area else None
        case GovernmentGroup():
            yield "region", Ref(record.region) if record.region else None
        case Instrument():
            yield from _instrument_facts(scene, record)
        case Event():
            yield "stage", Term("stage", record.stage)
            yield "instrument", Ref(record.instrument) if record.instrument else None
            yield "vote", vote(scene, record)
            yield "place", record.place
            yield "meeting", record.meeting
            yield "participants", record.participants
            yield "group", Ref(record.group) if record.group else None
            yield "speakers", tuple(Ref(one) for one in record.speakers)
            yield "mode", Say(f"mode.{record.mode}") if record.mode else None
        case Relation():
            yield "subject", Ref(record.subject)
            yield "predicate", Term("predicate", record.predicate)
            yield "object", Ref(record.object)
        case PlanObjective() | PlanOutput():
            yield "plan", Ref(record.plan)
            yield "number", record.number
            yield "numbering", None if record.official_number else Say("value.our_number")
            if isinstance(record, PlanOutput) and record.objective:
                yield "objective", values.Named(record.objective)
        case Evidence():
            yield "evidence_type", Term("evidence_type", record.evidence_type)
            yield "values", record.values
            yield "supports", tuple(Ref(one) for one in record.supports)
            yield "languages", listing.languages(scene, record.languages)
            yield "partners", tuple(Ref(one) for one in record.partners)
        case Due():
            yield "concerns", Ref(record.concerns)
            yield "recurrence", Term("recurrence", record.recurrence) if record.recurrence else None
        case KnowledgeItem():
            yield from _item_facts(scene, record)
        case Fact():
            yield "statement", tuple(_loose(scene, one) for one in (record.subject, record.predicate, *record.object))
            yield "self_assessment", Say("value.yes") if record.self_assessment else None
            yield "conflict", Ref(record.conflict) if record.conflict else None
        case ServiceCatalogue():
            yield "service", tuple(Term("service_type", one) for one in record.types)
            yield "channel", tuple(Term("channel", one) for one in record.channels)
        case Conflict():
            yield "concerns", tuple(Ref(one) for one in record.concerns)
        case Provision():
            yield "instrument", Ref(record.instrument)
            yield "number", record.number


def _loose(scene: Scene, value: str) -> Value:
    if value in scene.board.portfolio.records:
        return Ref(value)
    return value.replace("_", " ")


def _instrument_facts(scene: Scene, record: Instrument) -> Facts:
    yield "instrument_type", Term("instrument_type", record.instrument_type)
    yield "symbol", record.symbol
    yield "symbol_status", None if record.symbol_status == "verified" or not record.symbol else values.Known(
        record.symbol_status
    )
    for event in scene.view.events(record.id):
        told = vote(scene, event)
        if event.stage in ("adopted", "committee_approved") and (event.date or told):
            yield event.stage, tuple(v for v in (event.date, told) if v)
    yield "session", record.session
    yield "agenda_item", record.agenda_item
    yield "drafts", tuple(record.drafts)
    yield "committee_report", record.committee_report
    yield "paragraphs", record.paragraphs
    yield "celex", record.celex
    yield "eli", record.eli
    yield "parts", tuple(record.parts)
    yield "principles", tuple(record.principles)
    yield "themes", tuple(record.themes)


def _item_facts(scene: Scene, record: KnowledgeItem) -> Facts:
    yield "item_type", Term("item_type", record.item_type)
    for name in ("audience", "duration", "method", "theme", "licence"):
        yield name, getattr(record, name)
    yield "languages", listing.languages(scene, (f.language for f in record.files if not f.announced))
    yield "languages_announced", listing.languages(scene, (f.language for f in record.files if f.announced))
    yield "series", record.series
    for name in ("part_of", "translation_of", "about", "project", "funded_by", "region"):
        yield name, Ref(identifier) if (identifier := getattr(record, name)) else None
    yield "adapted_from", tuple(Ref(one) for one in record.adapted_from)
    yield "partners", tuple(Ref(one) for one in record.partners)
    now = shelf().now()
    yield "countries", tuple(area_text(now, code) for code in record.countries)
    for phase in record.phases:
        yield "phase", tuple(area_text(now, code) for code in phase.countries)
    yield "covers", record.covers
    yield "cadence", Term("recurrence", record.cadence) if record.cadence else None
    yield "isbn", record.isbn


def vote(scene: Scene, event: Event) -> str:
    """The result of a vote in a sentence, with how it is known where it was not read in the official text."""
    if event.vote is None:
        return ""
    found = event.vote
    if found.mode != "recorded":
        said = scene.say(f"vote.{found.mode}")
    else:
        said = scene.say(
            "vote.recorded", yes=_count(scene, found.yes), no=_count(scene, found.no),
            abstaining=_count(scene, found.abstaining),
        )
    against = [scene.plain(area_text(shelf().now(), code)) for code in found.states_against]
    if against:
        said = scene.say("vote.against", vote=said, states=", ".join(against))
    known = "" if found.status == "verified" else scene.say(f"known.{found.status}")
    return f"{said} ({known})" if known else said


def _count(scene: Scene, count: int | None) -> str:
    return "–" if count is None else number(count, scene.lang)


# What single kinds have besides


@dataclass(frozen=True)
class ActShown:
    """An act in the words of a page."""

    act: Act
    verb: Text | None
    strength: Text
    conditions: tuple[dict[str, Any], ...]
    deadline: str
    recurrence: Text | None


def act_shown(scene: Scene, act: Act) -> ActShown:
    """An act with the labels of its terms."""
    shown = tuple(
        {"label": scene.term("condition", c.term), "text": c.text, "applies_to": c.applies_to, "with": c.with_actor}
        for c in act.conditions
    )
    recurrence = scene.term("recurrence", act.recurrence) if act.recurrence and act.recurrence != "once" else None
    verb = scene.term("verb", act.verb) if act.verb else None
    return ActShown(
        act, verb, scene.term("strength", act.strength), shown, deadline(scene, act.deadline), recurrence
    )


def deadline(scene: Scene, found: Deadline | None) -> str:
    """Until when an act is to be done, in words; an inferred date says so."""
    if found is None or (found.due is None and found.session is None):
        return ""
    if found.session is not None:
        said = scene.say("deadline.session", session=scene.ordinal(found.session))
    else:
        said = scene.moment(found.due)
    return scene.say("deadline.inferred", when=said) if found.basis == "inferred" else said


def _instrument(scene: Scene, record: Instrument) -> dict[str, Any]:
    provisions = scene.view.provisions(record.id)
    return {
        "adopted": scene.view.adopted(record.id),
        "provisions": [_provision_line(scene, one) for one in provisions],
        "events": scene.view.events(record.id),
        "before": chain(scene, record.id, "subject"), "after": chain(scene, record.id, "object"),
        "expressions": record.expressions,
        "is_plan": any(True for _ in _of_plan(scene, record.id)),
        "plan_url": scene.url(f"follow-up/plans/{record.id}/"),
    }


def _provision_line(scene: Scene, record: Provision) -> dict[str, Any]:
    return {
        "record": record, "acts": [act_shown(scene, act) for act in record.acts],
        "status": scene.view.status(record.id),
    }


def chain(scene: Scene, identifier: str, end: Any) -> list[dict[str, Any]]:
    """What a record relates to (it is the subject), or what relates to it (it is the object), by predicate."""
    found: dict[str, list[Relation]] = {}
    for relation in scene.view.relations(identifier, end=end):
        found.setdefault(relation.predicate, []).append(relation)
    listed = []
    for predicate, relations in found.items():
        term = scene.view.term("predicate", predicate)
        label = term.label if end == "subject" else term.inverse or term.label
        others = [
            {"id": r.object if end == "subject" else r.subject, "relation": r} for r in relations
        ]
        listed.append({"label": label, "others": others})
    return listed


def _provision(scene: Scene, record: Provision) -> dict[str, Any]:
    status = scene.view.status(record.id)
    supporting = scene.view.evidence(record.id)
    return {
        "instrument": scene.view.find(record.instrument),
        "acts": [act_shown(scene, act) for act in record.acts],
        "before": chain(scene, record.id, "subject"), "after": chain(scene, record.id, "object"),
        "evidence": supporting,
        "rests_on": [i for i in status.evidence if i not in {e.id for e in supporting} and scene.view.find(i)],
        "dues": scene.view.dues(record.id),
        "neighbours": _neighbours(scene, record),
    }


def _neighbours(scene: Scene, record: Provision) -> tuple[Provision | None, Provision | None]:
    siblings = scene.view.provisions(record.instrument)
    at = next((n for n, one in enumerate(siblings) if one.id == record.id), None)
    if at is None:
        return None, None
    return (siblings[at - 1] if at else None), (siblings[at + 1] if at + 1 < len(siblings) else None)


def _actor(scene: Scene, record: Actor) -> dict[str, Any]:
    def addressed() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in scene.board.portfolio.of(Provision):
            for actor in dict.fromkeys(a for act in one.acts for a in act.addressees):
                found.setdefault(actor, []).append(one.id)
        return found

    memberships = scene.view.referring(Membership, "member", record.id)
    bodies = dict.fromkeys(one.body for one in memberships)
    held = [role for body in bodies for role in scene.view.roles(record.id, body)]
    now_held = {one.id for one in held}
    named = scene.board.once("addressed", addressed).get(record.id, ())
    asked = [
        found for one in named
        if (found := scene.view.find(one)) is not None and any(record.id in act.addressees for act in found.acts)
    ]
    return {
        "held": held,
        "former": [m for m in memberships if m.id not in now_held],
        "members": scene.view.members(record.id),
        "asked": [{"record": p, "status": scene.view.status(p.id)} for p in asked[:MOST_REFERRING]],
        "asked_more": max(len(asked) - MOST_REFERRING, 0),
    }


def _item(scene: Scene, record: KnowledgeItem) -> dict[str, Any]:
    codes = sorted({file.language for file in record.files} | set(LANGUAGES), key=lambda c: (c not in LANGUAGES, c))
    held = {file.language: file for file in record.files}
    return {
        "files": [
            {"language": values.plain(scene, listing.language_name(code)),
             "state": "missing" if code not in held else "announced" if held[code].announced else "there",
             "known": held[code].known if code in held else None}
            for code in codes
        ] if record.files else [],
    }


def _conflict(scene: Scene, record: Conflict) -> dict[str, Any]:
    claims = []
    for claim in record.claims:
        source = scene.board.portfolio.sources.get(claim.source)
        claims.append({"claim": claim, "source": source})
    return {
        "claims": claims,
        "rule": scene.term("conflict_rule", record.rule) if record.rule else None,
        "order": [scene.say(f"source_standing.{s}") for s in ("official_text", "issuing_body", "partner", "press")],
    }


# Plans


def _of_plan(scene: Scene, plan: str) -> Iterable[Record]:
    objectives = scene.view.referring(PlanObjective, "plan", plan)
    outputs = scene.view.referring(PlanOutput, "plan", plan)
    return sorted((*objectives, *outputs), key=lambda one: listing.paragraph(one.number))


@followup
def plans(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The plans: instruments that have objectives or outputs."""
    listed = []
    for instrument in scene.view.all(Instrument):
        members = list(_of_plan(scene, instrument.id))
        if members:
            outputs = [one for one in members if isinstance(one, PlanOutput)]
            listed.append({
                "record": instrument, "objectives": len(members) - len(outputs), "outputs": len(outputs),
                "url": scene.url(f"follow-up/plans/{instrument.id}/"),
            })
    listed.sort(key=lambda plan: listing.chronological(scene, plan["record"]), reverse=True)  # type: ignore[arg-type,return-value]
    return page(request, scene, "plans.html", scene.say("plans.title"), plans=listed)


@followup
def plan(request: HttpRequest, scene: Scene, identifier: str) -> HttpResponse:
    """A plan: objectives, their outputs, indicators, and the evidence for each."""
    instrument = scene.get(identifier, Instrument)
    members = list(_of_plan(scene, identifier))
    if not members:
        return HttpResponseRedirect(scene.of(instrument))
    outputs = [one for one in members if isinstance(one, PlanOutput)]
    groups = [
        {"objective": objective, "outputs": [_output(scene, o) for o in outputs if o.objective == objective.id]}
        for objective in members if isinstance(objective, PlanObjective)
    ]
    loose = [_output(scene, o) for o in outputs if scene.view.find(o.objective or "") is None]
    return page(
        request, scene, "plan.html", scene.plain(instrument.title), record=instrument, groups=groups, loose=loose,
        sources=sources(scene, instrument.sources), corrections=corrections(scene, instrument),
        list_url=scene.url("follow-up/plans/"), list_title=scene.say("plans.title"),
    )


def _output(scene: Scene, record: PlanOutput) -> dict[str, Any]:
    supporting = scene.view.evidence(record.id)
    return {
        "record": record, "status": scene.view.status(record.id), "evidence": supporting,
        "indicators": [_indicator(scene, one, supporting) for one in record.indicators],
    }


def _indicator(scene: Scene, record: Indicator, supporting: Iterable[Evidence]) -> dict[str, Any]:
    held = [quantity.value for one in supporting for quantity in one.values if quantity.unit == record.unit]
    actual = sum(held, Decimal(0)) if held else None
    return {
        "record": record, "unit": scene.term("unit", record.unit),
        "baseline": "–" if record.baseline is None else number(record.baseline, scene.lang),
        "actual": "–" if actual is None else number(actual, scene.lang),
        "targets": [(number(t.value, scene.lang), scene.moment(t.by)) for t in record.targets],
    }


_OWN = ("instrument", "provision", "actor", "knowledge_item", "conflict")
_MORE: dict[str, Callable[[Scene, Any], dict[str, Any]]] = {
    "instrument": _instrument, "provision": _provision, "actor": _actor, "knowledge_item": _item,
    "conflict": _conflict, "plan_output": lambda scene, record: {"evidence": scene.view.evidence(record.id)},
}

__all__ = ["Foreseen", "any_record", "plan", "plans", "record"]
