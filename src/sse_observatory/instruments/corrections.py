"""What a person put right in the reading of a text, kept so that the next reading obeys it.

A `Correction` is a record: who, when, why, and what to do with one element of one language version. It names the
element by its content, not by its place, so that it holds when the text is read again from another file or by a better
reader. Where the words themselves have changed since, the correction is not applied: a `Problem` asks for a person.

Corrections are applied in the order in which they were made, each to the text as the ones before it left it. They are
never changed in place: a later one overrides an earlier one. A file of corrections is JSON Lines, one record a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

from sse_observatory.core import InputError, Language, ObservatoryError, Text, content_hash, language
from sse_observatory.instruments import symbols
from sse_observatory.instruments.model import (
    Act,
    Addressee,
    Condition,
    Deadline,
    Element,
    Instrument,
    Kind,
    Problem,
    Recurrence,
    Reference,
    Run,
    Span,
)
from sse_observatory.instruments.reading import doubts


@dataclass(frozen=True, slots=True)
class Target:
    """One element of one language version: the work by its symbol, the element by its content.

    `element` is the id it had when it was corrected; it decides only between elements with the same words.
    """

    work: str
    language: Language
    element: str
    content: str


@dataclass(frozen=True, slots=True)
class Accept:
    """The element and its acts are right as read; `acts` is their fingerprint, so that a change is noticed."""

    acts: str


ActField = Literal[
    "verb", "verb_text", "code", "strength", "modifier", "action", "addressees", "conditions", "deadline", "recurrence",
    "references",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SetField:
    """Another value for a field of the act at place `act` (from 0). `value` is JSON; words are quoted from the text.

    ``addressees`` and ``conditions`` are lists of ``{"term", "text"}``; ``references`` of ``{"symbol", "text"}``;
    ``deadline`` is ``{"text", "due", "session", "basis", "rule"}``, ``recurrence`` ``{"text", "rule"}``, or null.
    """

    act: int
    field: ActField
    value: Any


@dataclass(frozen=True, slots=True)
class AddAct:
    """An act that the reader did not see, at place `act`; `values` are fields as in `SetField`."""

    act: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DropAct:
    """The act at place `act` is none."""

    act: int


@dataclass(frozen=True, slots=True)
class Split:
    """The element is two: the second begins at character `at` of its text, with `label` as its number if it has one."""

    at: int
    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """The element and the next one are one paragraph; `next` is the content of the next."""

    next: str


@dataclass(frozen=True, slots=True)
class Retype:
    """The element is of another kind, or has another name, number, level or parent."""

    kind: Kind
    id: str
    number: str | None = None
    level: int = 1
    parent: str | None = None


Deed = Accept | SetField | AddAct | DropAct | Split | Merge | Retype
_DEEDS: dict[str, type[Deed]] = {
    "accept": Accept, "set": SetField, "add-act": AddAct, "drop-act": DropAct, "split": Split, "merge": Merge,
    "retype": Retype,
}  # fmt: skip
_NAMES = {deed: name for name, deed in _DEEDS.items()}


@dataclass(frozen=True, slots=True)
class Correction:
    """What someone did to an element of a text, when and why."""

    target: Target
    deed: Deed
    by: str
    at: datetime
    because: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"{self.at.isoformat()!r} has no time zone")


# What a correction speaks of


def work_key(instrument: Instrument) -> str:
    """The name by which corrections know a work: its symbol, else its title, else its words."""
    if instrument.work.symbol is not None:
        return instrument.work.symbol.text
    if instrument.expression.title:
        return "title:" + " ".join(instrument.expression.title.casefold().split())
    return "text:" + content_hash(instrument.source.text)


def content_key(element: Element) -> str:
    """The fingerprint of an element's words; line breaks and double spaces do not count."""
    return content_hash(" ".join(element.text.split()))


def acts_key(acts: Sequence[Act]) -> str:
    """The fingerprint of what acts say; their places in the source do not count."""
    told = [
        [
            act.verb, act.strength, act.modifier, act.action,
            [[a.term, a.text] for a in act.addressees], [[c.term, c.text] for c in act.conditions],
            [act.deadline.due, act.deadline.session, act.deadline.text] if act.deadline else None,
            [act.recurrence.rule, act.recurrence.text] if act.recurrence else None,
        ]
        for act in acts
    ]  # fmt: skip
    return content_hash(told)


def target(instrument: Instrument, id: str) -> Target:
    """What to write into a correction of the element `id`. Raises KeyError."""
    element = instrument.element(id)
    return Target(work_key(instrument), instrument.expression.language, id, content_key(element))


def accept(instrument: Instrument, id: str) -> Accept:
    """That the element `id` was read right."""
    return Accept(acts_key(instrument.acts.get(id, ())))


# Obeying corrections


def apply(instrument: Instrument, corrections: Iterable[Correction]) -> Instrument:
    """The instrument as corrected. Corrections of other works and languages are left aside.

    A correction that no longer fits becomes a problem of the instrument: ``corrected-text-changed``,
    ``corrected-text-gone``, ``correction-ambiguous``, ``correction-impossible``, ``confirmed-acts-changed``.
    """
    work, lang = work_key(instrument), instrument.expression.language
    for correction in sorted(corrections, key=lambda c: c.at):
        if (correction.target.work, correction.target.language) != (work, lang):
            continue
        found = _find(instrument, correction.target)
        if isinstance(found, Problem):
            instrument = replace(instrument, problems=(*instrument.problems, found))
            continue
        try:
            instrument = _done(instrument, found, correction.deed)
        except (ValueError, KeyError, TypeError, ObservatoryError) as error:
            reason = error.what if isinstance(error, ObservatoryError) else str(error)
            problem = _problem("correction-impossible", found.id, reason=reason.strip("'."))
            instrument = replace(instrument, problems=(*instrument.problems, problem))
    return _with_open_strengths(instrument)


def _with_open_strengths(instrument: Instrument) -> Instrument:
    """The instrument with the doubts about the strength of acts that are still open, and no others of them."""
    others = tuple(p for p in instrument.problems if p.code != doubts.STRENGTH_UNKNOWN)
    problems = (*others, *doubts.unclassified(instrument.acts))
    return instrument if problems == instrument.problems else replace(instrument, problems=problems)


def confirmed(instrument: Instrument, corrections: Iterable[Correction]) -> frozenset[str]:
    """The elements of a corrected instrument that a person has accepted just as they are now."""
    work, lang = work_key(instrument), instrument.expression.language
    found = set()
    for correction in corrections:
        if isinstance(correction.deed, Accept) and (correction.target.work, correction.target.language) == (work, lang):
            element = _find(instrument, correction.target)
            if isinstance(element, Element) and acts_key(instrument.acts.get(element.id, ())) == correction.deed.acts:
                found.add(element.id)
    return frozenset(found)


def _find(instrument: Instrument, wanted: Target) -> Element | Problem:
    same = [e for e in instrument.elements if content_key(e) == wanted.content]
    named = [e for e in same if e.id == wanted.element]
    if named:
        return named[0]
    if len(same) == 1:
        return same[0]
    if same:
        return _problem("correction-ambiguous", same[0].id)
    there = any(e.id == wanted.element for e in instrument.elements)
    return _problem("corrected-text-changed" if there else "corrected-text-gone", wanted.element, there=there)


def _done(instrument: Instrument, element: Element, deed: Deed) -> Instrument:
    acts = list(instrument.acts.get(element.id, ()))
    match deed:
        case Accept():
            if acts_key(acts) == deed.acts:
                return instrument
            problem = _problem("confirmed-acts-changed", element.id)
            return replace(instrument, problems=(*instrument.problems, problem))
        case SetField(act, field, value):
            at = _at(act, acts)
            acts[at] = _with(acts[at], element, {field: value})
            return _with_acts(instrument, element, acts)
        case AddAct(act, values):
            if not 0 <= act <= len(acts):
                raise ValueError(f"there is no place {act} among {len(acts)} acts")
            acts.insert(act, _new_act(element, values))
            return _with_acts(instrument, element, acts)
        case DropAct(act):
            del acts[_at(act, acts)]
            return _with_acts(instrument, element, acts)
        case Split():
            return _split(instrument, element, deed)
        case Merge(next):
            return _merge(instrument, element, next)
        case Retype():
            return _retype(instrument, element, deed)


def _at(act: int, acts: Sequence[Act]) -> int:
    if not 0 <= act < len(acts):
        raise ValueError(f"there is no act {act} among {len(acts)}")
    return act


def _with_acts(instrument: Instrument, element: Element, acts: Sequence[Act]) -> Instrument:
    there = dict(instrument.acts)
    there.pop(element.id, None)
    if acts:
        there[element.id] = tuple(acts)
    return replace(instrument, acts=there)


def _new_act(element: Element, values: Mapping[str, Any]) -> Act:
    missing = {"verb", "verb_text", "strength"} - set(values)
    if missing:
        raise ValueError(f"an act needs {', '.join(sorted(missing))}")
    verb_text = str(values["verb_text"])
    bare = Act(f"{element.id}.added", "", verb_text, "", _where(element, verb_text))
    return _with(bare, element, values)


def _with(act: Act, element: Element, values: Mapping[str, Any]) -> Act:
    unknown = set(values) - set(get_args(ActField))
    if unknown:
        raise ValueError(f"an act has no {', '.join(sorted(unknown))} to correct")
    return replace(act, **{name: _value(element, name, value) for name, value in values.items()})


def _value(element: Element, name: str, value: Any) -> Any:
    match name:
        case "addressees":
            return tuple(Addressee(v.get("term"), v["text"], _where(element, v["text"])) for v in value)
        case "conditions":
            return tuple(Condition(v["term"], v["text"], _where(element, v["text"])) for v in value)
        case "references":
            return tuple(
                Reference(
                    symbols.parse(v["symbol"]) if v.get("symbol") else None, v["text"], _where(element, v["text"])
                )
                for v in value
            )
        case "deadline" if value is not None:
            due = date.fromisoformat(value["due"]) if value.get("due") else None
            basis = value.get("basis", "stated")
            if basis not in ("stated", "inferred"):
                raise ValueError(f"{basis!r} is neither stated nor inferred")
            return Deadline(
                value["text"], _where(element, value["text"]), basis, value.get("rule", "set by a person"), due,
                value.get("session"))
        case "recurrence" if value is not None:
            return Recurrence(value["text"], _where(element, value["text"]), value.get("rule", ""))
        case "deadline" | "recurrence":
            return None
        case "modifier":
            if value not in (None, "also", "further"):
                raise ValueError(f"{value!r} is no modifier")
            return value
        case _:
            if not isinstance(value, str):
                raise ValueError(f"{name} is text")
            return value


def _where(element: Element, words: str) -> Span:
    """The place in the source of words quoted from the element."""
    at = element.text.find(words) if words else -1
    if at < 0:
        raise ValueError(f"{words!r} does not stand in {element.id}")
    return element.source(at, at + len(words))


# Elements cut and joined


def _split(instrument: Instrument, element: Element, deed: Split) -> Instrument:
    text = element.text
    if not 0 < deed.at < len(text) or any(e.id == deed.id for e in instrument.elements):
        raise ValueError(f"{element.id} cannot be cut at character {deed.at} into {element.id} and {deed.id}")
    end, start = len(text[: deed.at].rstrip()), deed.at + len(text[deed.at :]) - len(text[deed.at :].lstrip())
    if not text[:end].strip() or not text[start:]:
        raise ValueError("one of the two would be empty")
    if deed.label and not text[start:].startswith(deed.label):
        raise ValueError(f"the second does not begin with {deed.label!r}")
    inside = start + len(deed.label)
    inside += len(text[inside:]) - len(text[inside:].lstrip())
    cut = element.source(start, len(text)).start
    number = deed.label.strip("().") or None
    first = replace(
        element, text=text[:end], spans=_up_to(element.spans, cut), marks=_up_to(element.marks, cut),
        runs=_runs(element.runs, 0, end),
    )  # fmt: skip
    second = replace(
        element, id=deed.id, text=text[inside:], spans=_from(element.spans, cut), marks=_from(element.marks, cut),
        runs=_runs(element.runs, inside, len(text)), label=deed.label, number=number,
    )  # fmt: skip
    return _rebuilt(instrument, {element.id: (first, second)}, {})


def _merge(instrument: Instrument, element: Element, next: str) -> Instrument:
    at = instrument.elements.index(element)
    after = [e for e in instrument.elements[at + 1 :] if e.kind not in (Kind.STRIPPED, Kind.FOOTNOTE)]
    if not after or content_key(after[0]) != next:
        raise ValueError(f"the paragraph after {element.id} is another one now")
    other = after[0]
    joined = f"{element.text} {other.printed}".strip()
    shift = len(joined) - len(other.text)
    both = replace(
        element, text=joined, spans=tuple(sorted((*element.spans, *other.spans))),
        marks=tuple(sorted((*element.marks, *other.marks))),
        runs=(*element.runs, *(Run(r.at + shift, r.start, r.length) for r in other.runs)),
    )  # fmt: skip
    return _rebuilt(instrument, {element.id: (both,), other.id: ()}, {other.id: element.id})


def _retype(instrument: Instrument, element: Element, deed: Retype) -> Instrument:
    if deed.id != element.id and any(e.id == deed.id for e in instrument.elements):
        raise ValueError(f"there is a {deed.id} already")
    changed = replace(
        element, kind=deed.kind, id=deed.id, number=deed.number, level=deed.level, parent=deed.parent)
    return _rebuilt(instrument, {element.id: (changed,)}, {element.id: deed.id})


def _rebuilt(
    instrument: Instrument, changed: Mapping[str, Sequence[Element]], renamed: Mapping[str, str]
) -> Instrument:
    """The instrument with some elements in the place of others, and the acts of these read anew."""
    from sse_observatory.instruments import acts as reading

    elements: list[Element] = []
    for element in instrument.elements:
        elements += changed.get(element.id, (element,))
    elements = [replace(e, parent=renamed.get(e.parent or "", e.parent)) for e in elements]
    there = {id: made for id, made in instrument.acts.items() if id not in changed}
    made = replace(instrument, elements=tuple(elements), acts=there)
    context = reading.Context.of(made)
    fresh = {e.id for new in changed.values() for e in new}
    for element in elements:
        if element.id in fresh and element.kind is Kind.OPERATIVE and (found := reading.acts_of(element, context)):
            there[element.id] = found
    return replace(made, acts={e.id: there[e.id] for e in elements if e.id in there})


def _up_to(spans: Iterable[Span], cut: int) -> tuple[Span, ...]:
    return tuple(Span(s.start, min(s.end, cut)) for s in spans if s.start < cut)


def _from(spans: Iterable[Span], cut: int) -> tuple[Span, ...]:
    return tuple(Span(max(s.start, cut), s.end) for s in spans if s.end > cut)


def _runs(runs: Iterable[Run], start: int, end: int) -> tuple[Run, ...]:
    """The part of the runs that covers characters `start` to `end` of the text, counted from `start`."""
    found = []
    for run in runs:
        first, last = max(run.at, start), min(run.at + run.length, end)
        if first < last:
            found.append(Run(first - start, run.start + first - run.at, last - first))
    return tuple(found)


_MESSAGES: Mapping[str, Text] = {
    "corrected-text-changed": Text(
        en="The words of {element} have changed since it was corrected; the correction was not applied.",
        fr="Le texte de {element} a changé depuis sa correction\u202f; la correction n’a pas été appliquée.",
        es="El texto de {element} ha cambiado desde que se corrigió; la corrección no se ha aplicado.",
    ),
    "corrected-text-gone": Text(
        en="A correction speaks of {element}, which this text does not have.",
        fr="Une correction porte sur {element}, qui ne figure pas dans ce texte.",
        es="Una corrección se refiere a {element}, que no figura en este texto.",
    ),
    "correction-ambiguous": Text(
        en="Several paragraphs have the words of a corrected one ({element} is the first); none was changed.",
        fr="Plusieurs paragraphes ont le texte d’un paragraphe corrigé (le premier est {element})\u202f; "
        "aucun n’a été modifié.",
        es="Varios párrafos tienen el texto de uno corregido (el primero es {element}); no se ha modificado ninguno.",
    ),
    "correction-impossible": Text(
        en="A correction of {element} cannot be applied: {reason}.",
        fr="Une correction de {element} ne peut pas être appliquée\u202f: {reason}.",
        es="No se puede aplicar una corrección de {element}: {reason}.",
    ),
    "confirmed-acts-changed": Text(
        en="The acts of {element} are read differently from when a person confirmed them.",
        fr="Les actes de {element} ne sont plus lus comme au moment où une personne les a confirmés.",
        es="Los actos de {element} se leen de forma distinta de cuando una persona los confirmó.",
    ),
}


def _problem(code: str, element: str, *, there: bool = True, reason: str = "") -> Problem:
    text = _MESSAGES[code]
    said = {lang: (text.get(lang) or "").format(element=element, reason=reason) for lang in ("en", "fr", "es")}
    return Problem(code, Text.of(said), element if there else None)


# Files of corrections


def dumps(corrections: Iterable[Correction]) -> str:
    """Corrections as JSON Lines, in the order in which they were made."""
    return "".join(f"{json.dumps(_told(c), ensure_ascii=False)}\n" for c in sorted(corrections, key=lambda c: c.at))


def loads(text: str, *, file: str = "(corrections)") -> tuple[Correction, ...]:
    """The corrections that `dumps` wrote. Raises InputError with the line for anything else."""
    found = []
    for line, record in enumerate(text.split("\n"), 1):
        if not record.strip():
            continue
        try:
            found.append(_read(json.loads(record)))
        except ObservatoryError as error:
            raise InputError(error.what, file=file, line=line, todo=error.todo) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise InputError(
                f"this is not a correction: {reason}.", file=file, line=line,
                expected="an object with target, deed, by, at and because",
                todo="Correct the line, or take it out; the other lines stay as they are.",
            ) from error
    return tuple(found)


def _told(correction: Correction) -> dict[str, Any]:
    deed = correction.deed
    return {
        "target": {f.name: getattr(correction.target, f.name) for f in fields(Target)},
        "deed": {"do": _NAMES[type(deed)], **{f.name: getattr(deed, f.name) for f in fields(deed)}},
        "by": correction.by,
        "at": correction.at.isoformat(),
        "because": correction.because,
    }


_HASH = re.compile(r"[0-9a-f]{64}")


def _read(record: Mapping[str, Any]) -> Correction:
    told = dict(record["target"])
    told["language"] = language(told["language"])
    aim = Target(**told)
    if not _HASH.fullmatch(aim.content):
        raise ValueError(f"{aim.content!r} is not a fingerprint")
    given = dict(record["deed"])
    name = given.pop("do", None)
    if name not in _DEEDS:
        raise ValueError(f"{name!r} is not one of {', '.join(_DEEDS)}")
    if name == "retype":
        given["kind"] = Kind(given["kind"])
    if name == "set" and given.get("field") not in get_args(ActField):
        raise ValueError(f"an act has no {given.get('field')!r} to correct")
    by, because, at = record["by"], record["because"], datetime.fromisoformat(record["at"])
    if not (isinstance(by, str) and by.strip() and isinstance(because, str)):
        raise ValueError("a correction says by whom and why")
    return Correction(aim, _DEEDS[name](**given), by, at, because)
