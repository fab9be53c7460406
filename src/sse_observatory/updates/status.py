"""Where the follow-up of a provision stands: a state computed from due dates, deliveries and evidence, by a rule.

What a source says about the state itself is never read. The rules, in the order in which they are tried:

1. a record that discharges the provision or gives effect to it, or evidence of its delivery, is known: *delivered*;
2. its acts only state something, or decide something without a date: *nothing to follow up*;
3. a due date is known, from a record of what is due or else from the deadline of an act. Before it: *on track* with
   evidence of progress, *not due* without. While it runs, or past it: *unknown*, unless whoever is responsible said
   more. Only their own report makes it *at risk* (a delay, until the date has passed) or *late* (not delivered, once it
   has passed), and only where the text states the date; nothing that this project inferred can make anybody late. Where
   the responsible body records its deliveries here, silence means *late*;
4. no due date is known: what encourages, invites, recommends or continues has *no deadline* and is never late; a
   mandate is *unknown*.

An output of a plan is measured by indicators with targets: without one it is *not measurable*. Every piece of evidence
counts once. Of several due dates the gravest state is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, cast

from sse_observatory.catalogue.portfolio import (
    Act,
    Due,
    Evidence,
    Foreseen,
    Indicator,
    Instrument,
    PlanOutput,
    Provision,
    Record,
)
from sse_observatory.core import LANGUAGES, Language, NotFound, Text
from sse_observatory.figures import formats

if TYPE_CHECKING:
    from sse_observatory.updates.records import View

State = Literal[
    "delivered", "on_track", "at_risk", "late", "not_due", "unknown", "no_deadline", "not_measurable", "not_applicable"
]
GRAVEST: tuple[State, ...] = (
    "late", "at_risk", "unknown", "not_due", "on_track", "no_deadline", "not_measurable", "not_applicable", "delivered"
)  # fmt: skip
DELIVERING = frozenset({"discharges", "gives_effect_to"})
"""What a record that does what a provision asks says of it."""
ASKED = frozenset({"REQUEST"})
"""The strength of acts that give a task: without a known date they are unknown, not without a deadline."""
DECIDED = "DECIDE"


@dataclass(frozen=True, slots=True)
class Status:
    """A state, the id of the rule that gave it, a sentence that explains it, and the ids of what it rests on.

    `values` are what the sentence says that is not fixed text, by the name of its place: claims for a document.
    """

    state: State
    rule: str
    label: Text
    sentence: Text
    evidence: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Obligation:
    """What is due, by whom, and what is known about it."""

    window: Foreseen
    session: int | None
    rule: str | None
    stated: bool
    responsible: str | None
    recorded_here: bool


def status_of(view: View, record: Record) -> Status:
    """The status of a record in a view. Raises NotFound for a kind that has none."""
    match record:
        case Provision():
            return _of_provision(view, record)
        case Due():
            concerned = view.get(record.concerns)
            if isinstance(concerned, Provision):
                return _of_provision(view, concerned)
            return _of_due(view, concerned.id, record)
        case PlanOutput():
            return _of_output(view, record)
        case Instrument():
            dues = view.dues(record.id)
            if dues:
                return _gravest(_of_due(view, record.id, due) for due in dues)
            if record.period is not None:
                return _say(view, "no-indicator", view.evidence(record.id))
    raise NotFound(
        f"A record of kind {record.kind} has no status of its own: {record.id}.",
        "Ask for a provision, a plan, an output of a plan or something due.",
    )


def _of_provision(view: View, provision: Provision) -> Status:
    evidence = view.evidence(provision.id)
    done = [r for r in view.relations(provision.id, end="object") if r.predicate in DELIVERING]
    if done:
        return _say(view, "delivered-by-record", (), delivery=done[0].subject, relation=done[0].id)
    delivery = next((piece for piece in evidence if piece.evidence_type == "delivery"), None)
    if delivery is not None:
        return _say(view, "delivered-by-evidence", (delivery,))
    asking = [act for act in provision.acts if view.term("strength", act.strength).follow_up]
    if not asking:
        return _say(view, "nothing-asked", ())
    dues = view.dues(provision.id)
    if dues:
        return _gravest(_of_due(view, provision.id, due) for due in dues)
    deadlines = [obligation for act in asking if (obligation := _deadline(act)) is not None]
    if deadlines:
        return _gravest(_of_obligation(view, deadline, evidence, provision.id) for deadline in deadlines)
    if all(act.recurrence in ("continuing", "each_voluntary_national_review") for act in asking):
        return _say(view, "continuing", evidence)
    if all(act.strength == DECIDED for act in asking):
        return _say(view, "decision-takes-effect", ())
    if any(act.strength in ASKED for act in asking):
        return _say(view, "due-date-unknown", ())
    return _say(view, "no-deadline", evidence)


def _deadline(act: Act) -> _Obligation | None:
    """The deadline of an act for which no record says what is due, by whom."""
    from sse_observatory.updates.asof import session

    deadline = act.deadline
    if deadline is None:
        return None
    window = session(deadline.session) if deadline.session is not None else deadline.due
    if window is None:
        return None
    stated = deadline.basis == "stated"
    return _Obligation(window, deadline.session, None if stated else deadline.rule, stated, None, False)


def _of_due(view: View, concerned: str, due: Due) -> Status:
    current = due.current
    when = view.upcoming(due)
    if when is None:
        return _say(view, "due-date-unknown", ())
    stated = current.basis == "stated"
    rule = None if stated else current.rule
    obligation = _Obligation(when, current.session, rule, stated, due.body, due.recorded_here)
    return _of_obligation(view, obligation, view.evidence(concerned), due.id)


def _of_obligation(view: View, due: _Obligation, evidence: tuple[Evidence, ...], identifier: str) -> Status:
    values = {"due": due.window, "session": due.session, "due_rule": due.rule, "record": identifier}
    delay = _reported(evidence, due, ("delay",))
    missing = _reported(evidence, due, ("not_delivered", "delay"))
    if view.past(due.window.last):
        if missing is not None and due.stated:
            return _say(view, "not-delivered-reported", (missing,), **values)
        if due.recorded_here and due.stated:
            return _say(view, "nothing-recorded-here", (), **values)
        return _say(view, "past-due-no-trace", (), **values)
    if delay is not None and due.stated:
        return _say(view, "delay-reported", (delay,), **values)
    if view.reached(due.window.first):
        return _say(view, "due-now-no-trace", (), **values)
    progress = tuple(piece for piece in evidence if piece.evidence_type == "progress")
    if progress:
        return _say(view, "evidence-before-due", progress, **values)
    return _say(view, "before-due", (), **values)


def _reported(evidence: Iterable[Evidence], due: _Obligation, types: tuple[str, ...]) -> Evidence | None:
    """What the responsible body itself reported; what others say about it makes nobody late."""
    return next((e for e in evidence if e.evidence_type in types and e.body and e.body == due.responsible), None)


def _of_output(view: View, output: PlanOutput) -> Status:
    evidence = view.evidence(output.id)
    measured = [indicator for indicator in output.indicators if indicator.targets]
    if not measured:
        return _say(view, "no-indicator", evidence)
    return _gravest(_of_indicator(view, output, indicator, evidence) for indicator in measured)


def _of_indicator(view: View, output: PlanOutput, indicator: Indicator, evidence: tuple[Evidence, ...]) -> Status:
    # The target to judge by is the next one, or the last when all have passed.
    ahead = [target for target in indicator.targets if not view.past(target.by.last)]
    target = min(ahead, key=lambda t: t.by.last) if ahead else max(indicator.targets, key=lambda t: t.by.last)
    counted = [e for e in evidence if any(value.unit == indicator.unit for value in e.values)]
    actual = sum((v.value for e in counted for v in e.values if v.unit == indicator.unit), Decimal(0))
    values = {"due": target.by, "target": target.value, "actual": actual, "record": output.id}
    if counted and actual >= target.value:
        return _say(view, "target-reached", counted, **values)
    if ahead:
        return _say(view, "towards-target" if counted else "target-ahead", counted, **values)
    if counted and all(e.body == output.body for e in counted):
        return _say(view, "target-missed", counted, **values)
    return _say(view, "target-not-measured", counted, **values)


def _gravest(found: Iterable[Status]) -> Status:
    return min(found, key=lambda status: GRAVEST.index(status.state))


def _say(view: View, rule: str, evidence: Iterable[Evidence], **values: Any) -> Status:
    """The status that `rule` gives, its sentence filled in each language."""
    pieces = tuple(evidence)
    values |= {"count": len(pieces)}
    if pieces:
        values |= {"evidence": pieces[0].id, "known": view.known_on(pieces[0].id)}
    if "delivery" in values:
        values["known"] = view.known_on(values["relation"])
    term = view.term("status_rule", rule)
    state = cast("State", term.state)
    rests_on = [piece.id for piece in pieces]
    rests_on += [values[name] for name in ("delivery", "relation") if name in values]
    sentence = Text(**{lang: _sentence(view, term.label[lang], values, lang) for lang in LANGUAGES})
    return Status(state, rule, view.term("state", state).label, sentence, tuple(rests_on), values)


def _sentence(view: View, pattern: str, values: Mapping[str, Any], lang: Language) -> str:
    return pattern.format(**{name: _words(view, name, values, lang) for name in values if f"{{{name}}}" in pattern})


def _words(view: View, name: str, values: Mapping[str, Any], lang: Language) -> str:
    value = values[name]
    if name == "due":
        return _due_words(view, value, values.get("session"), values.get("due_rule"), lang)
    if name in ("delivery", "evidence"):
        return view.citation(value)[lang]
    if isinstance(value, date):
        return formats.day(value, lang)
    return formats.number(value, lang)


def _due_words(view: View, when: Foreseen, session: int | None, rule: str | None, lang: Language) -> str:
    """When something is due; where this was inferred, with how."""
    words = words_of_date(when, lang)
    if session is not None:
        form = view.term("due_form", "session").label[lang]
        words = form.format(number=ordinal(session, lang), year=when.first.year)
    if rule is None:
        return words
    form = view.term("due_form", "inferred").label[lang]
    return form.format(due=words, rule=view.term("due_rule", rule).label[lang])


def words_of_date(when: Foreseen, lang: Language) -> str:
    """A date of reduced precision in words: *27 November 2025*, *November 2025*, *2025*."""
    return formats.day(when.first, lang) if len(when.code) == len("2025-11-27") else formats.period(when.code, lang)


def ordinal(number: int, lang: Language) -> str:
    """An ordinal before *session*: *81st*, *81e*, *81.er período de sesiones*, *82.º*."""
    if lang == "fr":
        return f"{number}{'re' if number == 1 else 'e'}"
    if lang == "es":
        # Before a masculine noun *primero* and *tercero* lose their ending.
        return f"{number}.{'er' if number % 10 in (1, 3) and number % 100 not in (11, 13) else 'º'}"
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
