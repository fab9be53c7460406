"""What changed in what a paragraph asks: verb, addressees, action, conditions, deadline.

Two acts of corresponding paragraphs are compared field by field. Each difference is a `Note`; some have a direction:

- the verb moves along the scale of the catalogue (CL_VERB_STRENGTH): up is stronger, down is weaker;
- the action moves along the rungs of `commitment.toml` ("consider" → "mainstream"): towards doing is stronger;
- a condition added qualifies the act: weaker; a condition dropped: stronger; those that say how to do it and not
  whether (`MANNER`: "in consultation with", "taking into account") have no direction;
- a deadline or a recurrence given is stronger, taken away weaker; one moved has no direction;
- an act that asks for something (any strength but a statement) added is stronger, dropped weaker.

Where a verb is in no list its strength is not known, and so is the direction of what changes from it or to it.
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
from itertools import islice
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

from sse_observatory import catalogue
from sse_observatory.catalogue.drafting import Drafting
from sse_observatory.core import Language, Text
from sse_observatory.instruments.compare.words import folded, words
from sse_observatory.instruments.model import UNCLASSIFIED, Act, Condition, Reference

MANNER = frozenset({"IN_CONSULTATION", "TAKING_INTO_ACCOUNT", "IN_ACCORDANCE_WITH"})
"""Conditions (CL_CONDITION) that may ask for more as well as for less."""
STATEMENT = "STATE"
"""The strength of what asks for nothing (CL_VERB_STRENGTH)."""
SAME_ACT = 0.2
"""Least share of words that two acts have in common for one to be the other, where several might be."""
_REACH = 3
"""The action word is looked for among so many words of an opening: an adverb may stand before it."""
_OPENINGS = 2
"""How many openings are tried: that of the action, and what follows its first "to", "de", "que"."""
_FAR = 40
"""Words of an action beyond which nothing opens it."""
_OPENS: Mapping[Language, frozenset[str]] = {
    "en": frozenset(["to"]), "fr": frozenset(["a", "de", "d"]), "es": frozenset(["a", "que"])
}
_BEFORE = frozenset([
    "to", "continue", "continuing", "a", "de", "d", "continuer", "poursuivre", "que", "seguir", "continuar", "sigan",
])
_ADVERBS = frozenset([
    "duly", "fully", "actively", "further", "better", "dument", "pleinement", "activement", "davantage", "mieux",
    "debidamente", "plenamente", "activamente", "mejor",
])
"""Words that may stand inside a phrase of `commitment.toml` and change nothing about its rung."""
_WORD = re.compile(r"\w+")
_AND = re.compile(r"^(?:and|et|y|e) ")


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
    """Whether a change asks for more or for less; UNKNOWN where a verb in no list leaves it open."""

    STRONGER = "stronger"
    WEAKER = "weaker"
    NEITHER = "neither"
    UNKNOWN = "unknown"


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


@dataclass(frozen=True, slots=True)
class Speech:
    """The acts of one side, the language they are in and the text their spans point into."""

    acts: Sequence[Act]
    language: Language
    source: str

    def saying(self, act: Act) -> str:
        """What an act says, in the words of the text."""
        return _AND.sub("", " ".join(act.span.of(self.source).split()))


def compare_acts(old: Speech, new: Speech) -> tuple[Note, ...]:
    """The differences between the acts of two corresponding paragraphs, act by act in the order of the new text.

    Between two languages only what has a code is compared, and whether there is a deadline.
    """
    pairs = _paired(old, new)
    before = {j: old.acts[i] for i, j in pairs}
    notes: list[Note] = []
    for j, act in enumerate(new.acts):
        if j in before:
            notes += _differences(before[j], act, old.language, new.language)
        else:
            notes.append(Note(Field.ACT, None, new.saying(act), _asks(act, Direction.STRONGER), None, act.id))
    kept = {i for i, _ in pairs}
    for i, act in enumerate(old.acts):
        if i not in kept:
            notes.append(Note(Field.ACT, old.saying(act), None, _asks(act, Direction.WEAKER), act.id, None))
    return tuple(notes)


def direction_of(notes: Iterable[Note]) -> tuple[bool, bool]:
    """Whether any note is stronger, and whether any is weaker."""
    there = {note.direction for note in notes}
    return Direction.STRONGER in there, Direction.WEAKER in there


def commitment(action: str, lang: Language) -> tuple[str, Rung] | None:
    """The words that open an action and the rung they stand on; None where no known word does."""
    there = [w for w in islice(_WORD.finditer(action), _FAR) if folded(w[0]) not in _ADVERBS]
    plain = [folded(w[0]) for w in there]
    starts = [0, *(at + 1 for at, w in enumerate(plain) if w in _OPENS[lang])]
    for start in starts[:_OPENINGS]:
        while start < len(plain) and plain[start] in _BEFORE:
            start += 1
        for at in range(start, min(start + _REACH, len(plain))):
            for rung in rungs():
                for phrase in rung.words[lang]:
                    if len(plain) - at >= len(phrase) and all(map(str.startswith, plain[at:], phrase)):
                        return action[there[at].start() : there[at + len(phrase) - 1].end()], rung
    return None


def _paired(old: Speech, new: Speech) -> list[tuple[int, int]]:
    if len(old.acts) == len(new.acts) == 1:
        return [(0, 0)]
    if not old.acts or not new.acts:
        return []
    if old.language != new.language:
        # Words of two languages say nothing about each other: acts correspond by their order.
        return [(k, k) for k in range(min(len(old.acts), len(new.acts)))]
    table = np.array([[_likeness(a, b) for b in new.acts] for a in old.acts])
    rows, cols = linear_sum_assignment(table, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, cols, strict=True) if table[i, j] >= SAME_ACT]


def _likeness(one: Act, other: Act) -> float:
    ours, theirs = set(words(one.action)), set(words(other.action))
    shared = 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours or theirs else 0.0
    return shared + (0.15 if (one.code or one.verb) == (other.code or other.verb) else 0.0)


def _asks(act: Act, direction: Direction) -> Direction:
    if act.strength == UNCLASSIFIED:
        return Direction.UNKNOWN
    return Direction.NEITHER if act.strength == STATEMENT else direction


def _differences(old: Act, new: Act, old_lang: Language, new_lang: Language) -> list[Note]:
    notes = [*_verb(old, new, old_lang == new_lang)]
    # Words that no code covers can be told apart only within a language.
    coded_only = old_lang != new_lang

    def add(field: Field, before: str | None, after: str | None, direction: Direction, term: str | None = None) -> None:
        notes.append(Note(field, before, after, direction, old.id, new.id, term))

    gone, come = _exchanged(old.addressees, new.addressees, lambda a: a.term or " ".join(words(a.text)))
    for addressee in gone:
        if addressee.term or not coded_only:
            add(Field.ADDRESSEE, addressee.text, None, Direction.NEITHER, addressee.term)
    for addressee in come:
        if addressee.term or not coded_only:
            add(Field.ADDRESSEE, None, addressee.text, Direction.NEITHER, addressee.term)
    notes += _action(old, new, old_lang, new_lang)
    dropped, added = _exchanged(_own(old), _own(new), lambda c: c.term or " ".join(words(c.text)))
    for condition in dropped:
        way = Direction.NEITHER if condition.term in MANNER else Direction.STRONGER
        add(Field.CONDITION, condition.text, None, way, condition.term)
    for condition in added:
        way = Direction.NEITHER if condition.term in MANNER else Direction.WEAKER
        add(Field.CONDITION, None, condition.text, way, condition.term)
    for field, before, after, same in (
        (Field.DEADLINE, old.deadline, new.deadline, _same_deadline(old, new, coded_only)),
        (Field.RECURRENCE, old.recurrence, new.recurrence, _same_recurrence(old, new, coded_only)),
    ):
        if before and after and not same:
            add(field, before.text, after.text, Direction.NEITHER)
        elif after and not before:
            add(field, None, after.text, Direction.STRONGER)
        elif before and not after:
            add(field, before.text, None, Direction.WEAKER)
    no_more, cited = _exchanged(old.references, new.references, _cited)
    for reference in no_more:
        if reference.symbol or not coded_only:
            add(Field.REFERENCE, reference.text, None, Direction.NEITHER, str(reference.symbol or "") or None)
    for reference in cited:
        if reference.symbol or not coded_only:
            add(Field.REFERENCE, None, reference.text, Direction.NEITHER, str(reference.symbol or "") or None)
    return notes


def _cited(reference: Reference) -> tuple[str, str | None]:
    return str(reference.symbol) if reference.symbol else " ".join(words(reference.text)), reference.paragraph


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
    if before is None or after is None:
        direction = Direction.UNKNOWN
    else:
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


def _same_deadline(old: Act, new: Act, coded_only: bool) -> bool:
    one, other = old.deadline, new.deadline
    if one is None or other is None:
        return one is other
    if one.session is not None or other.session is not None:
        return one.session == other.session
    if one.due is not None or other.due is not None:
        return one.due == other.due
    return coded_only or words(one.text) == words(other.text)


def _same_recurrence(old: Act, new: Act, coded_only: bool) -> bool:
    one, other = old.recurrence, new.recurrence
    if one is None or other is None:
        return one is other
    if one.rule or other.rule:
        return one.rule == other.rule
    return coded_only or words(one.text) == words(other.text)


T = TypeVar("T")


def _exchanged(old: Sequence[T], new: Sequence[T], key: Callable[[T], object]) -> tuple[list[T], list[T]]:
    """What only `old` has and what only `new` has, each once, by `key`."""
    ours, theirs = {key(x): x for x in reversed(old)}, {key(x): x for x in reversed(new)}
    gone = [x for k, x in reversed(ours.items()) if k not in theirs]
    come = [x for k, x in reversed(theirs.items()) if k not in ours]
    return gone, come
