"""The drafting part of the catalogue made ready for reading: every form of every verb, as trees of words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sse_observatory import catalogue
from sse_observatory.catalogue.drafting import ON, Drafting, Phrase, expand, spelt
from sse_observatory.core import LANGUAGES, Language
from sse_observatory.instruments.acts.tokens import Tree

Form = Literal["present", "we", "plural", "past", "future", "passive", "modal", "gerund", "infinitive"]

MODALS = frozenset({"MUST", "SHOULD", "MAY", "DESIRABLE", "IMPORTANT"})
"""Kinds of act whose force sits in a modal or an impersonal phrase: their subject stands before them."""
ADDRESSING = frozenset({"REQUEST", "CALL", "INVITE", "ENCOURAGE", "RECOMMEND"})
"""Strengths of verbs that speak to someone: only these are used in the passive with their force kept."""


@dataclass(frozen=True, slots=True)
class VerbForm:
    """A form of a verb: the kind of act, the lemma as printed in the third person, its strength."""

    code: str
    lemma: str
    strength: str
    form: Form


@dataclass(frozen=True, slots=True)
class Condition:
    """A set phrase for a condition; with `runs_on` it continues to the end of its clause."""

    code: str
    runs_on: bool


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of one language.

    `general` are the kinds of act that are no second verb within a subordinate clause.
    """

    language: Language
    drafting: Drafting
    verbs: Tree[VerbForm]
    heads: Mapping[str, frozenset[Form]]
    adjuncts: Tree[str]
    preambular: Tree[str]
    subjects: Tree[str]
    conditions: Tree[Condition]
    addressees: Tree[str]
    nouns: frozenset[str]
    objects: frozenset[str]
    clauses: frozenset[str]
    general: frozenset[str]
    accented: Mapping[str, str]
    """Words of verbs and adjuncts by their letters without accents, where no other word of theirs is spelt so."""
    gapped: Mapping[str, frozenset[str]]
    """Words at the head of verbs in the present tense by what is left of them with a gap for one letter."""

    def misprint(self, word: str) -> str | None:
        """The one word at the head of verbs that differs from `word` in one letter; None for none or several."""
        close = {known for gap in _gaps(word) for known in self.gapped.get(gap, ())} - {word}
        return close.pop() if len(close) == 1 else None


@cache
def lexicon(language: Language) -> Lexicon:
    """The lexicon of the catalogue in use, read once."""
    return compiled(catalogue.load().drafting, language)


def compiled(drafting: Drafting, language: Language) -> Lexicon:
    """`drafting` in one language as trees of words."""
    verbs: Tree[VerbForm] = Tree()
    heads: dict[str, set[Form]] = {}
    for verb in drafting.verbs.values():
        for pattern in verb.lemmas[language]:
            for phrase, name in expand(pattern):
                for form, variant in _forms(drafting, language, verb.id, verb.strength, phrase):
                    for written in _spellings(variant):
                        verbs.add(written, VerbForm(verb.id, spelt(name), verb.strength, form))
                        heads.setdefault(written[0], set()).add(form)
    openers = drafting.openers[language]
    adjuncts = Tree(
        (phrase, kind)
        for kind in ("also", "further", "degree", "plain")
        for pattern in openers[kind]
        for phrase, _ in expand(pattern)
    )
    return Lexicon(
        language,
        drafting,
        verbs,
        {word: frozenset(forms) for word, forms in heads.items()},
        adjuncts,
        preambular=Tree((phrase, "preambular") for pattern in openers["preambular"] for phrase, _ in expand(pattern)),
        subjects=Tree((phrase, "subject") for pattern in openers["subject"] for phrase, _ in expand(pattern)),
        conditions=Tree(
            (phrase, Condition(term.id, pattern.endswith(ON)))
            for term in drafting.conditions.values()
            for pattern in term.phrases[language]
            for phrase, _ in expand(pattern)
        ),
        addressees=Tree(
            (phrase, term.id)
            for term in drafting.addressees.values()
            for pattern in term.phrases[language]
            for phrase, _ in expand(pattern)
        ),
        nouns=frozenset(openers["nouns"]),
        objects=frozenset(openers["object"]),
        clauses=frozenset(openers["clause"]),
        general=frozenset(verb.id for verb in drafting.verbs.values() if not verb.second),
        accented=_accented((word for tree in (verbs, adjuncts) for word in tree.words()), heads),
        gapped=_gapped(word for word, forms in heads.items() if "present" in forms),
    )


def _gaps(word: str) -> Iterator[str]:
    return (f"{word[:i]}\0{word[i + 1 :]}" for i in range(len(word)))


def _gapped(words: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for word in words:
        for gap in _gaps(word):
            found.setdefault(gap, set()).add(word)
    return {gap: frozenset(known) for gap, known in found.items()}


def _spellings(phrase: Phrase) -> Iterator[Phrase]:
    """A phrase as printed, and with its ligatures as two letters ("voeu")."""
    yield phrase
    if any("œ" in word for word in phrase):
        yield tuple(word.replace("œ", "oe") for word in phrase)


def _accented(words: Iterable[str], heads: Mapping[str, set[Form]]) -> dict[str, str]:
    """Words by their letters without accents; of "félicite" and "félicité" the one that opens a paragraph."""
    known = set(words)
    order = sorted(known, key=lambda w: ("present" in heads.get(w, ()), not w.endswith(("é", "és", "ée", "ées")), w))
    bare = {without_accents(word): word for word in order if not word.isascii()}
    return {plain: word for plain, word in bare.items() if plain not in known}


def without_accents(word: str) -> str:
    """A word as it is printed in capitals without accents, in small letters."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _forms(
    drafting: Drafting, language: Language, code: str, strength: str, phrase: Phrase
) -> Iterator[tuple[Form, Phrase]]:
    """Every form of a lemma: its phrase with the head conjugated."""
    if code in MODALS:
        yield "modal", phrase
        return
    yield "present", phrase
    addressing = strength in ADDRESSING
    if language == "en":
        yield from _english(drafting.forms["en"].get(phrase[0]), phrase, addressing)
    elif language == "fr":
        yield from _french(drafting.forms["fr"], phrase, addressing)
    else:
        yield from _spanish(drafting.forms["es"], phrase, addressing)


def _english(forms: Mapping[str, str] | None, phrase: Phrase, addressing: bool) -> Iterator[tuple[Form, Phrase]]:
    if forms is None:
        return
    rest = phrase[1:]
    yield "we", (forms["plural"], *rest)
    yield "infinitive", ("to", forms["plural"], *rest)
    yield "past", (forms["past"], *rest)
    for auxiliary in ("has", "have"):
        yield "past", (auxiliary, forms["participle"], *rest)
    yield "gerund", (forms["gerund"], *rest)
    if addressing:
        for auxiliary in ("is", "are", "be", "was", "were"):
            yield "passive", (auxiliary, forms["participle"], *rest)


def _agreements(participle: str) -> tuple[str, ...]:
    """A French participle in both genders and numbers."""
    plural = participle if participle.endswith("s") else f"{participle}s"
    return participle, f"{participle}e", plural, f"{participle}es"


_FUTURES = {
    "faire": "fer", "être": "ser", "avoir": "aur", "savoir": "saur", "prévoir": "prévoir", "entrevoir": "entreverr",
    "renvoyer": "renverr", "envoyer": "enverr", "percevoir": "percevr", "promouvoir": "promouvr", "hacer": "har",
    "decir": "dir", "saber": "sabr", "haber": "habr",
}  # fmt: skip
_FUTURE_ENDINGS = (
    ("enir", "iendr"), ("ener", "endr"), ("oner", "ondr"), ("appeler", "appeller"), ("ouveler", "ouveller"),
    ("rejeter", "rejetter"), ("oyer", "oier"), ("uyer", "uier"), ("re", "r"),
)  # fmt: skip


def _future_stem(infinitive: str) -> str:
    """What the future of a French or Spanish verb is formed on."""
    if infinitive in _FUTURES:
        return _FUTURES[infinitive]
    for ending, stem in _FUTURE_ENDINGS:
        if infinitive.endswith(ending):
            return infinitive.removesuffix(ending) + stem
    return infinitive


def _french(verbs: Mapping[str, Mapping[str, str]], phrase: Phrase, addressing: bool) -> Iterator[tuple[Form, Phrase]]:
    reflexive = phrase[0] in ("se", "s'")
    head = phrase[1] if reflexive else phrase[0]
    forms = verbs.get(head)
    if forms is None:
        return
    rest = phrase[2:] if reflexive else phrase[1:]
    participles = _agreements(forms["participle"])
    stem = _future_stem(forms["infinitive"])
    if reflexive:
        before = phrase[0] if forms["plural"][:1] == head[:1] else "se"
        for many in _plurals(rest):
            yield "we", ("nous", forms["we"], *many)
            yield "plural", (before, forms["plural"], *many)
        yield "future", (before, f"{stem}a", *rest)
        yield "future", (before, f"{stem}ont", *rest)
        yield "we", ("nous", f"{stem}ons", *rest)
        yield "gerund", (phrase[0], forms["gerund"], *rest)
        for participle in participles:
            yield "past", ("s'", "est", participle, *rest)
            yield "past", ("se", "sont", participle, *rest)
        return
    for many in _plurals(rest):
        yield "we", (forms["we"], *many)
        yield "plural", (forms["plural"], *many)
    yield "we", (f"{stem}ons", *rest)
    yield "infinitive", (forms["infinitive"], *rest)
    yield "gerund", (forms["gerund"], *rest)
    yield "future", (f"{stem}a", *rest)
    yield "future", (f"{stem}ont", *rest)
    for auxiliary in ("a", "ont", "avons"):
        yield "past", (auxiliary, participles[0], *rest)
    if addressing:
        for auxiliary in ("est", "sont", "sera", "seront"):
            for participle in participles:
                yield "passive", (auxiliary, participle, *rest)


def _plurals(rest: Phrase) -> Iterator[Phrase]:
    """What follows a verb, as it is and with its last word in the plural: "sommes résolus", "estamos convencidos"."""
    yield rest
    if rest and rest[-1][-1] not in "sxz'":
        yield (*rest[:-1], f"{rest[-1]}s")


def _spanish(verbs: Mapping[str, Mapping[str, str]], phrase: Phrase, addressing: bool) -> Iterator[tuple[Form, Phrase]]:
    reflexive = phrase[0] == "se"
    head = phrase[1] if reflexive else phrase[0]
    forms = verbs.get(head)
    if forms is None:
        return
    rest = phrase[2:] if reflexive else phrase[1:]
    before = ("se",) if reflexive else ()
    for many in _plurals(rest):
        yield "we", (("nos", forms["we"], *many) if reflexive else (forms["we"], *many))
        yield "plural", (*before, forms["plural"], *many)
    yield "past", (*before, forms["past"], *rest)
    yield "past", (*before, forms["past_plural"], *rest)
    for auxiliary in ("ha", "han", "hemos"):
        yield "past", (*before, auxiliary, forms["participle"], *rest)
    yield "gerund", ((f"{forms['gerund']}se", *rest) if reflexive else (forms["gerund"], *rest))
    yield "infinitive", ((f"{forms['infinitive']}se", *rest) if reflexive else (forms["infinitive"], *rest))
    stem = _future_stem(forms["infinitive"])
    yield "we", (("nos", f"{stem}emos", *rest) if reflexive else (f"{stem}emos", *rest))
    yield "future", (*before, f"{stem}á", *rest)
    yield "future", (*before, f"{stem}án", *rest)
    if addressing and not reflexive:
        yield "passive", ("se", head, *rest)
        yield "passive", ("se", forms["plural"], *rest)


def lexicons() -> Mapping[Language, Lexicon]:
    """The lexicon of every language."""
    return {language: lexicon(language) for language in LANGUAGES}
