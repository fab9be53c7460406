"""What changed in what a paragraph asks: verb, addressees, action, conditions, deadline.

Two acts of corresponding paragraphs are compared field by field. Each difference is a `Note`; some have a direction:

- the verb moves along the scale of the catalogue (CL_VERB_STRENGTH): up is stronger, down is weaker;
- the action moves along the rungs of `commitment.toml` ("consider" → "mainstream"): towards doing is stronger;
- a condition added qualifies the act: weaker; a condition dropped: stronger;
- a deadline or a recurrence given is stronger, taken away weaker; one moved has no direction;
- an act that asks for something (any strength but a statement) added is stronger, dropped weaker.

Addressees, references and mere statements have no direction: asking others for the same is neither more nor less. The
rule looks at words, not at interests; whether a change matters is for a person to judge.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

from sse_observatory import catalogue
from sse_observatory.catalogue.drafting import Drafting
from sse_observatory.core import Language, Text
from sse_observatory.instruments.compare.words import folded, words
from sse_observatory.instruments.model import Act, Condition

STATEMENT = "STATE"
"""The strength of what asks for nothing (CL_VERB_STRENGTH)."""
SAME_ACT = 0.2
"""Least share of words that two acts have in common for one to be the other, where several might be."""
_REACH = 3
"""The action word is looked for among so many words of an opening: an adverb may stand before it."""
_OPENINGS = 2
"""How many openings are tried: that of the action, and what follows its first "to", "de", "que"."""
_OPENS: Mapping[Language, frozenset[str]] = {
    "en": frozenset(["to"]), "fr": frozenset(["a", "de", "d"]), "es": frozenset(["a", "que"])
}
_BEFORE = frozenset([
    "to", "continue", "continuing", "a", "de", "d", "continuer", "poursuivre", "que", "seguir", "continuar", "sigan",
])
_WORD = re.compile(r"\w+")


class Field(StrEnum):
    """Which part of an act a note is about."""

    VERB = "verb"
    ADDRESSEE = "addressee"
    ACTION = "action"
    CONDITION = "condition"
    DEADLINE = "deadline"
    RECURRENCE = "recurrence"
    REFERENCE = "reference"
    ACT = "act"


class Direction(StrEnum):
    """Whether a change asks for more or for less."""

    STRONGER = "stronger"
    WEAKER = "weaker"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Note:
    """One difference: `old` is None for what was added, `new` for what was dropped.

    Both are words of the texts. `old_act` and `new_act` are the ids of the acts they stand in. `term` is the code of
    the condition, of the addressee or of the strengths compared (``INVITE>REQUEST``), where there is one.
    """

    field: Field
    old: str | None
    new: str | None
    direction: Direction
    old_act: str | None = None
    new_act: str | None = None
    term: str | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """A degree of commitment of an action; `rank` 1 is doing."""

    id: str
    rank: int
    label: Text
    words: Mapping[Language, tuple[tuple[str, ...], ...]]


@cache
def rungs() -> tuple[Rung, ...]:
    """The degrees of commitment, the least binding first."""
    text = resources.files(__package__).joinpath("commitment.toml").read_text(encoding="utf-8")
    found = []
    for identifier, entry in tomllib.loads(text).items():
        stems = {
            lang: tuple(sorted((tuple(s.split()) for s in entry[lang]), key=len, reverse=True))
            for lang in ("en", "fr", "es")
        }
        found.append(Rung(identifier, entry["rank"], Text.of(entry["label"]), stems))  # type: ignore[arg-type]
    return tuple(found)


@cache
def _drafting() -> Drafting:
    return catalogue.load().drafting


def compare_acts(old: Sequence[Act], new: Sequence[Act], old_lang: Language, new_lang: Language) -> tuple[Note, ...]:
    """The differences between the acts of two corresponding paragraphs, act by act in the order of the new text."""
    same_language = old_lang == new_lang
    pairs = _paired(old, new, same_language)
    there_old, there_new = {i for i, _ in pairs}, {j for _, j in pairs}
    notes: list[Note] = []
    for j, act in enumerate(new):
        if j in there_new:
            before = next(old[i] for i, k in pairs if k == j)
            notes += _differences(before, act, old_lang, new_lang)
        else:
            notes.append(Note(Field.ACT, None, _saying(act), _asks(act, Direction.STRONGER), None, act.id))
    for i, act in enumerate(old):
        if i not in there_old:
            notes.append(Note(Field.ACT, _saying(act), None, _asks(act, Direction.WEAKER), act.id, None))
    return tuple(notes)


def direction_of(notes: Iterable[Note]) -> tuple[bool, bool]:
    """Whether any note is stronger, and whether any is weaker."""
    there = {note.direction for note in notes}
    return Direction.STRONGER in there, Direction.WEAKER in there


def commitment(action: str, lang: Language) -> tuple[str, Rung] | None:
    """The words that open an action and the rung they stand on; None where no known word does."""
    there = _WORD.findall(action)
    plain = [folded(w) for w in there]
    starts = [0, *(at + 1 for at, w in enumerate(plain) if w in _OPENS[lang])]
    for start in starts[:_OPENINGS]:
        while start < len(plain) and plain[start] in _BEFORE:
            start += 1
        for at in range(start, min(start + _REACH, len(plain))):
            for rung in rungs():
                for phrase in rung.words[lang]:
                    if len(plain) - at >= len(phrase) and all(map(str.startswith, plain[at:], phrase)):
                        return " ".join(there[at : at + len(phrase)]), rung
    return None


def _paired(old: Sequence[Act], new: Sequence[Act], same_language: bool) -> list[tuple[int, int]]:
    if len(old) == len(new) == 1:
        return [(0, 0)]
    if not old or not new:
        return []
    if not same_language:
        # Words of two languages say nothing about each other: acts correspond by their order where it is the same.
        return [(k, k) for k in range(min(len(old), len(new)))]
    table = np.array([[_likeness(a, b) for b in new] for a in old])
    rows, cols = linear_sum_assignment(table, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, cols, strict=True) if table[i, j] >= SAME_ACT]


def _likeness(one: Act, other: Act) -> float:
    ours, theirs = set(words(one.action)), set(words(other.action))
    shared = 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours or theirs else 0.0
    return shared + (0.15 if (one.code or one.verb) == (other.code or other.verb) else 0.0)


def _saying(act: Act) -> str:
    return " ".join(f"{act.verb_text} {act.action}".split())


def _asks(act: Act, direction: Direction) -> Direction:
    return Direction.NEITHER if act.strength == STATEMENT else direction


def _differences(old: Act, new: Act, old_lang: Language, new_lang: Language) -> list[Note]:
    notes = [*_verb(old, new, old_lang == new_lang)]

    def add(field: Field, before: str | None, after: str | None, direction: Direction, term: str | None = None) -> None:
        notes.append(Note(field, before, after, direction, old.id, new.id, term))

    gone, come = _exchanged(old.addressees, new.addressees, lambda a: a.term or " ".join(words(a.text)))
    for addressee in gone:
        add(Field.ADDRESSEE, addressee.text, None, Direction.NEITHER, addressee.term)
    for addressee in come:
        add(Field.ADDRESSEE, None, addressee.text, Direction.NEITHER, addressee.term)
    notes += _action(old, new, old_lang, new_lang)
    dropped, added = _exchanged(_own(old), _own(new), lambda c: c.term or " ".join(words(c.text)))
    for condition in dropped:
        add(Field.CONDITION, condition.text, None, Direction.STRONGER, condition.term)
    for condition in added:
        add(Field.CONDITION, None, condition.text, Direction.WEAKER, condition.term)
    for field, before, after, same in (
        (Field.DEADLINE, old.deadline, new.deadline, _same_deadline(old, new)),
        (Field.RECURRENCE, old.recurrence, new.recurrence, _same_recurrence(old, new)),
    ):
        if before and after and not same:
            add(field, before.text, after.text, Direction.NEITHER)
        elif after and not before:
            add(field, None, after.text, Direction.STRONGER)
        elif before and not after:
            add(field, before.text, None, Direction.WEAKER)
    no_more, cited = _exchanged(
        old.references, new.references, lambda r: (str(r.symbol) if r.symbol else " ".join(words(r.text)), r.paragraph)
    )
    for reference in no_more:
        add(Field.REFERENCE, reference.text, None, Direction.NEITHER, str(reference.symbol or "") or None)
    for reference in cited:
        add(Field.REFERENCE, None, reference.text, Direction.NEITHER, str(reference.symbol or "") or None)
    return notes


def _own(act: Act) -> list[Condition]:
    """The conditions stated in the act itself: those of its chapeau are compared there."""
    return [condition for condition in act.conditions if condition.source_element is None]


def _verb(old: Act, new: Act, same_language: bool) -> list[Note]:
    # A verb that governs subparagraphs is compared where it stands.
    if old.chapeau and new.chapeau:
        return []
    if old.strength == new.strength and (not same_language or old.verb == new.verb):
        return []
    before, after = _drafting().rank(old.strength), _drafting().rank(new.strength)
    direction = (
        Direction.STRONGER if after < before else Direction.WEAKER if after > before else Direction.NEITHER
    )
    return [Note(Field.VERB, old.verb_text, new.verb_text, direction, old.id, new.id, f"{old.strength}>{new.strength}")]


def _action(old: Act, new: Act, old_lang: Language, new_lang: Language) -> list[Note]:
    before, after = commitment(old.action, old_lang), commitment(new.action, new_lang)
    if before is None or after is None or before[1].rank == after[1].rank:
        return []
    direction = Direction.STRONGER if after[1].rank < before[1].rank else Direction.WEAKER
    term = f"{before[1].id}>{after[1].id}"
    return [Note(Field.ACTION, before[0], after[0], direction, old.id, new.id, term)]


def _same_deadline(old: Act, new: Act) -> bool:
    one, other = old.deadline, new.deadline
    if one is None or other is None:
        return one is other
    if one.session is not None or other.session is not None:
        return one.session == other.session
    if one.due is not None or other.due is not None:
        return one.due == other.due
    return words(one.text) == words(other.text)


def _same_recurrence(old: Act, new: Act) -> bool:
    one, other = old.recurrence, new.recurrence
    if one is None or other is None:
        return one is other
    if one.rule or other.rule:
        return one.rule == other.rule
    return words(one.text) == words(other.text)


T = TypeVar("T")


def _exchanged(old: Sequence[T], new: Sequence[T], key: Callable[[T], object]) -> tuple[list[T], list[T]]:
    """What only `old` has and what only `new` has, each once, by `key`."""
    ours, theirs = {key(x): x for x in reversed(old)}, {key(x): x for x in reversed(new)}
    gone = [x for k, x in reversed(ours.items()) if k not in theirs]
    come = [x for k, x in reversed(theirs.items()) if k not in ours]
    return gone, come
