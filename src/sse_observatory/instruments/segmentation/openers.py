"""With what words a paragraph opens: the first thing that tells preamble from operative part.

Preambular paragraphs open with a participle or an adjective ("Recalling", "Profondément préoccupée"), operative ones
with a verb in the present ("Requests", "Prie"), in decisions reported by a secretariat in the past ("Decided"). The
lists are those of the catalogue's drafting part; a word outside them is judged by its form, which is weaker evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from sse_observatory import catalogue
from sse_observatory.catalogue.drafting import GAP, Phrase, expand, words
from sse_observatory.core import Language

Side = Literal["preambular", "operative"]
Evidence = Literal["listed", "form"]


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first words say: the side, whether by the lists or by the form, and the tense of an operative verb."""

    side: Side | None = None
    evidence: Evidence = "form"
    tense: Literal["present", "past"] = "present"
    subject: bool = False
    """Whether a subject stands before the verb: "The Security Council reaffirms", "We call upon"."""
    spoken: bool = False
    """Whether the verb is in the plural or the first person without its subject: "Declare", "Décidons"."""


_NONE = Opening()
_HEAD = 220
"""Characters in which an opening is looked for: subjects and set phrases included."""
_LEADING = re.compile(r"^[\s\"'“”‘’«»„*_\[(<>–—-]+")


def opening(text: str, language: Language) -> Opening:
    """What the first words of a paragraph (its label taken off) say about its side."""
    return _opening(_LEADING.sub("", text[:_HEAD]), language)


@lru_cache(maxsize=16_384)
def _opening(head: str, language: Language) -> Opening:
    found = words(head.replace("œ", "oe").replace("Œ", "OE"))
    if not found:
        return _NONE
    lexicon = lexicon_of(language)
    at = lexicon.after_modifiers(found, 0)
    verb = 0 if _is_noun(found, at) else lexicon.verbs.at(found, at)
    considered = max(lexicon.preambular.at(found, 0), lexicon.preambular.at(found, at))
    # "Compte tenu" begins like the verb "compte": the longer phrase is meant.
    if verb and verb >= considered:
        return Opening("operative", "listed")
    if considered:
        return Opening("preambular", "listed")
    subject = lexicon.subjects.at(found, at)
    if subject:
        after = lexicon.after_modifiers(found, at + subject)
        if lexicon.verbs.at(found, after) or lexicon.spoken.at(found, after):
            return Opening("operative", "listed", subject=True)
        if lexicon.past.at(found, after):
            return Opening("operative", "listed", "past", subject=True)
        return _NONE
    if lexicon.past.at(found, at):
        return Opening("operative", "listed", "past")
    side = _by_form(found[at : at + 2] or found[:2], head, language)
    return Opening(side, spoken=side is None and lexicon.spoken.at(found, at) > 0)


def _by_form(found: Phrase, head: str, language: Language) -> Side | None:
    """The side that the shape of the first word suggests."""
    first = found[0]
    second = found[1] if len(found) > 1 else ""
    if not head[:1].isupper() or len(first) < 4:
        return None
    if language == "en":
        if first.endswith("ing") and first not in _NOUNS_IN_ING:
            return "preambular"
        if first.endswith("s") and not first.endswith(("ss", "us", "is")) and second in _AFTER_ENGLISH_VERBS:
            return "operative"
    elif language == "fr":
        if first.endswith(("ant", "ants")) and first not in _NOUNS_IN_ANT:
            return "preambular"
    elif first.endswith(("ando", "iendo", "yendo", "ándose", "iéndose", "ándola")):
        return "preambular"
    return None


_NOUNS_AND_VERBS = frozenset(
    {"states", "reports", "measures", "needs", "plans", "programmes", "views", "figures", "forms"}
)
_AFTER_VERBS = frozenset({"that", "the", "its", "to", "on", "also", "further", "again"})


_OF = frozenset({"de", "du", "des", "d'"})
_FRENCH_NOUNS = frozenset({"place", "forme", "suite", "aide", "compte", "offre", "cible", "porte", "marque", "limite"})


def _is_noun(found: Phrase, at: int) -> bool:
    """Whether a word that may be a verb is a noun here: "States parties", not "States that"; "Place de l'école"."""
    if at + 1 < len(found) and found[at] in _FRENCH_NOUNS:
        return found[at + 1] in _OF or (found[at] in ("place", "forme", "suite") and found[at + 1] == "et")
    if at >= len(found) or found[at] not in _NOUNS_AND_VERBS:
        return False
    return at + 1 >= len(found) or found[at + 1] not in (_AFTER_VERBS if found[at] != "states" else {"that"})


_NOUNS_IN_ING = frozenset(
    {
        "king",
        "spring",
        "meeting",
        "training",
        "financing",
        "during",
        "nothing",
        "everything",
        "beijing",
        "nanjing",
        "building",
        "housing",
        "funding",
        "planning",
    }
)
_NOUNS_IN_ANT = frozenset(
    {
        "enfant",
        "enfants",
        "étudiants",
        "participants",
        "montant",
        "représentants",
        "enseignants",
        "enseignant",
        "devant",
        "avant",
        "autant",
        "pendant",
        "suivant",
        "cependant",
        "durant",
    }
)
_AFTER_ENGLISH_VERBS = frozenset({"that", "the", "a", "an", "its", "all", "upon", "again", "also", "once", "further"})


_BARE = str.maketrans("éèêëàâîïôöûùüçáíóúñ", "eeeeaaiioouuucaioun")
_BARE_CAPITALS = str.maketrans("éèêàâîôûç", "eeeaaiouc")


class Phrases:
    """A set of phrases, looked up at a place in a list of words; a gap stands for up to five words."""

    __slots__ = ("_by_first",)

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        by_first: dict[str, list[Phrase]] = {}
        spelt = {tuple(word.replace("œ", "oe") for word in phrase) for phrase in phrases}
        # Typescripts and capitals go without accents: "DECIDE", "Preoccupee".
        spelt |= {tuple(word.translate(_BARE) for word in phrase) for phrase in spelt}
        for phrase in sorted(spelt, key=len, reverse=True):
            # Capitals were long printed without accents: "Emet", "A la lumière".
            for first in {phrase[0], phrase[0][:1].translate(_BARE_CAPITALS) + phrase[0][1:]}:
                by_first.setdefault(first, []).append(phrase[1:])
        self._by_first = by_first

    def at(self, found: Phrase, at: int) -> int:
        """How many words the longest phrase starting at word `at` covers; 0 if there is none."""
        if at >= len(found):
            return 0
        for rest in self._by_first.get(found[at], ()):
            covered = _covered(rest, found, at + 1)
            if covered is not None:
                return covered - at
        return 0


def _covered(rest: Phrase, found: Phrase, at: int) -> int | None:
    """The place behind `rest`, matched from word `at` on."""
    for i, word in enumerate(rest):
        if word == GAP:
            for gap in range(6):
                end = _covered(rest[i + 1 :], found, at + gap)
                if end is not None:
                    return end
            return None
        if at >= len(found) or found[at] != word:
            return None
        at += 1
    return at


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The openings of one language."""

    verbs: Phrases
    spoken: Phrases
    past: Phrases
    preambular: Phrases
    modifiers: Phrases
    subjects: Phrases

    def after_modifiers(self, found: Phrase, at: int) -> int:
        """The place behind the words that may stand before a verb ("In this regard, further strongly")."""
        for _ in range(4):
            skipped = self.modifiers.at(found, at)
            # A word that is also a verb's first ("fort", "y") ends the modifiers where a verb starts there.
            if not skipped or self.verbs.at(found, at):
                break
            at += skipped
        return at


@cache
def lexicon_of(language: Language) -> Lexicon:
    """The lexicon of the packaged catalogue, built once."""
    drafting = catalogue.load().drafting
    forms, openers = drafting.forms[language], drafting.openers[language]
    printed: set[Phrase] = set()
    spoken: set[Phrase] = set()
    past: set[Phrase] = set()
    gerunds: set[Phrase] = set()
    for verb in drafting.verbs.values():
        for pattern in verb.lemmas[language]:
            for phrase, _ in expand(pattern):
                printed.add(phrase)
                for place, word in enumerate(phrase[:3]):
                    other = forms.get(word)
                    if other is None:
                        continue
                    head, tail = phrase[:place], phrase[place + 1 :]
                    spoken |= {(*head, *words(other[name]), *tail) for name in ("we", "plural") if name in other}
                    past |= {(*head, *words(other[name]), *tail) for name in ("past", "past_plural") if name in other}
                    if language == "fr" and not head:
                        past |= {(auxiliary, *words(other["participle"]), *tail) for auxiliary in ("a", "ont")}
                    gerunds.add((*_reflexive(head), *words(other["gerund"])))
                    break
    preambular = gerunds | {phrase for pattern in openers["preambular"] for phrase, _ in expand(pattern)}
    modifiers = {
        phrase
        for kind in ("also", "further", "degree", "plain")
        for pattern in openers[kind]
        for phrase, _ in expand(pattern)
        if phrase
    }
    subjects = {phrase for pattern in openers["subject"] for phrase, _ in expand(pattern)}
    return Lexicon(
        Phrases(printed), Phrases(spoken), Phrases(past), Phrases(p for p in preambular if p),
        Phrases(modifiers), Phrases(subjects),
    )  # fmt: skip


def _reflexive(head: Phrase) -> Phrase:
    return tuple(word for word in head if word in ("se", "s'"))
