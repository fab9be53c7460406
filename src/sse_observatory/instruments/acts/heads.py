"""Where the verbs of a paragraph stand: at its opening, after what may precede a verb, and within.

A *head* is a verb with what stands around it: Also, Further, words that grade it, a subject. UN texts open with the
verb; declarations with "We", decisions and conclusions with a body or an addressee. About one operative unit in eight
of the UN's texts holds a second verb: it follows a semicolon, a comma, "and" or a full stop, is a finite form of the
same kind as the first, and does not belong to a subordinate clause, a parenthesis or a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from sse_observatory.core import Language
from sse_observatory.instruments.acts.conditions import opens_action
from sse_observatory.instruments.acts.lexicon import (
    ADDRESSING,
    MODALS,
    Form,
    Lexicon,
    VerbForm,
    lexicon,
    without_accents,
)
from sse_observatory.instruments.acts.tokens import Match, Tokens, enclosed, is_word, listed

Modifier = Literal["also", "further"]

_AND: dict[Language, frozenset[str]] = {
    "en": frozenset({"and", "but", "or"}),
    "fr": frozenset({"et", "mais", "ou"}),
    "es": frozenset({"y", "e", "pero", "o"}),
}
_WE: dict[Language, frozenset[str]] = {
    "en": frozenset({"we"}),
    "fr": frozenset({"nous"}),
    "es": frozenset({"nosotros", "nosotras"}),
}
_GERUND: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"\w{2,}ing$"),
    "fr": re.compile(r"\w{2,}ant$"),
    "es": re.compile(r"\w+(?:ando|iendo|yendo)(?:se|lo|la)?$"),
}
_NOT_GERUNDS = listed(
    "pendant durant avant autant cependant maintenant notwithstanding during cuando nothing according including "
    "concernant suivant moyennant"
)
_SENTENCE_END = frozenset({".", "?", "!"})
_OPEN = frozenset({"(", "[", "«", "“", "„"})
_CLOSE = frozenset({")", "]", "»", "”"})
_MAX_BEFORE = 40
"""Tokens that may stand between the opening of a paragraph and its verb where a clause leads it."""
_MAX_ADJUNCTS = 24
"""Adjuncts, commas and "and" passed before a verb; a bound keeps reading linear."""


@dataclass(frozen=True, slots=True)
class Head:
    """A verb found: tokens `first` (with what leads it), `verb_first` to `verb_end`, and `after` (what it governs)."""

    verb: VerbForm
    first: int
    verb_first: int
    verb_end: int
    after: int
    modifier: Modifier | None = None
    degree: tuple[str, ...] = ()
    subject: tuple[int, int] | None = None
    graded: int | None = None
    pronoun: int | None = None
    """The object pronoun before the verb, in French and Spanish: "et les invite à …"."""

    @property
    def printed_from(self) -> int:
        """The token with which the verb as printed begins: that of a word that grades it, or its own."""
        return self.verb_first if self.graded is None else self.graded


def _words(tokens: Tokens, lex: Lexicon) -> list[str]:
    """The words of a text; capitals without their accents are given them back if only that makes a verb."""
    words = tokens.words
    if lex.language == "en":
        return words
    words = words[:]
    for at in range(min(len(words), _MAY_LACK_ACCENTS)):
        if tokens.capital(at):
            words[at] = _accented(words[at], lex)
            if at and words[at - 1] in _HAVE and words[at] != tokens.words[at] and words[at].endswith("e"):
                words[at] = f"{words[at][:-1]}é"  # "A DECIDE" is not "DECIDE"
    return words


_MAY_LACK_ACCENTS = 12
"""Words at the opening of a text among which its verb is."""


def _accented(word: str, lex: Lexicon) -> str:
    """A word with the accents that its capitals have lost: "DECIDE", "Emet", "FELICITE"."""
    if word in lex.heads or lex.adjuncts.starts(word):
        return word
    first = f"é{word[1:]}"
    if word[0] == "e" and (first in lex.heads or lex.adjuncts.starts(first)):
        return first
    return lex.accented.get(word, word)


_HAVE = frozenset({"a", "ont"})


def _start(words: Sequence[str]) -> int:
    """The first word of the sentence: marks, numbers and letters of a list left out."""
    at = 0
    while at < len(words):
        word = words[at]
        if is_word(word):
            numbered = (word.isdigit() or len(word) == 1) and at + 1 < len(words) and words[at + 1] in (".", ")")
            if not numbered:
                return at
        at += 1
    return 0


@dataclass(slots=True)
class _Around:
    """Words beside a verb, gathered while they are passed; `graded` is where those that grade it begin."""

    kinds: list[str]
    degree: list[str]
    graded: int | None = None

    @property
    def modifier(self) -> Modifier | None:
        return "further" if "further" in self.kinds else "also" if "also" in self.kinds else None

    def add(self, found: Match[str], tokens: Tokens) -> int:
        """Remember an adjunct; returns the token behind it."""
        self.kinds.append(found.value)
        if found.value == "degree":
            self.degree.append(tokens.printed(found.places[0], found.end).lower())
        return found.end


def _pass_adjuncts(tokens: Tokens, words: Sequence[str], at: int, lex: Lexicon, around: _Around) -> int:
    """The token after the adjuncts, "and" and commas that stand at `at`."""
    for _ in range(_MAX_ADJUNCTS):
        if at >= len(words):
            break
        found = lex.adjuncts.longest(words, at)
        if found is not None:
            if found.value != "degree":
                around.graded = None
            elif around.graded is None:
                around.graded = at
            at = around.add(found, tokens)
        elif words[at] in (",", "–", "—") or words[at] in _AND[lex.language]:
            if words[at] not in _AND[lex.language]:
                around.graded = None
            at += 1
        elif _is_adverb(words, at, lex):
            around.graded = at if around.graded is None else around.graded
            at = around.add(Match("degree", (at,), at + 1), tokens)
        else:
            break
    return at


_ADVERBS: dict[Language, str] = {"en": "ly", "fr": "ment", "es": "mente"}
_NOT_ADVERBS = listed("assembly family supply reply july ally gouvernement développement règlement parlement document")


def _is_adverb(words: Sequence[str], at: int, lex: Lexicon) -> bool:
    """Whether an adverb that no list has stands before a verb ("Fervently hopes")."""
    word = words[at]
    if not word.endswith(_ADVERBS[lex.language]) or word in _NOT_ADVERBS or at + 1 >= len(words):
        return False
    return not _VERBAL.isdisjoint(lex.heads.get(words[at + 1], ()))


def _is_preambular(words: Sequence[str], at: int, lex: Lexicon) -> bool:
    for _ in range(8):
        if at >= len(words):
            return False
        if lex.preambular.at(words, at):
            return True
        if any(match.value.form == "gerund" for match in lex.verbs.at(words, at)):
            return True
        word = words[at]
        if _GERUND[lex.language].match(word) and word not in _NOT_GERUNDS:
            return True
        found = lex.adjuncts.longest(words, at)
        if found is not None:
            at = found.end
        elif word == "," or word in _AND[lex.language] or word in _BEFORE_PARTICIPLES:
            at += 1
        else:
            return False
    return False


_VERBAL: frozenset[Form] = frozenset({"present", "we", "plural", "past"})
_BEFORE_PARTICIPLES = frozenset({"se", "s'", "en", "n'", "ne"})
_PLAIN_FORMS: frozenset[Form] = frozenset({"present", "past", "passive"})
# In English the form of "we" is that of every plural subject.
_AFTER_SUBJECT: frozenset[Form] = frozenset({"present", "we", "plural", "past", "passive", "modal"})


def head_at(
    tokens: Tokens, words: Sequence[str], at: int, lex: Lexicon, *, subjects: bool, forms: frozenset[Form] | None = None
) -> Head | None:
    """The verb that stands at token `at` but for what may lead it; None where another word comes first.

    With `subjects`, a body may stand before the verb. `forms` limits the forms looked for.
    """
    first = at
    around = _Around([], [])
    at = _pass_adjuncts(tokens, words, at, lex, around)
    subject = None
    looked_for = forms or _PLAIN_FORMS
    if lex.language == "es":
        looked_for |= {"we"}
    if forms is None:
        impersonal = _verb(words, at, lex, frozenset({"modal"}))
        if impersonal is not None and len(impersonal.places) > 1:
            return _head(tokens, words, first, at, impersonal, lex, around, None)
    if subjects:
        found = lex.subjects.longest(words, at)
        if found is not None:
            after = _pass_adjuncts(tokens, words, found.end, lex, around)
            we = words[at] in _WE[lex.language]
            # The reflexive pronoun of "Nous nous félicitons" is part of the verb.
            head = _verb(words, after, lex, frozenset({"we", "modal", "past"}) if we else _AFTER_SUBJECT)
            if we and lex.language == "fr":
                # "et nous engageons à …": the one "nous" is the reflexive pronoun where no object follows.
                reflexive = _verb(words, at, lex, frozenset({"we"}))
                if reflexive is not None and (head is None or words[reflexive.end : reflexive.end + 1] in _NO_OBJECT):
                    head, after = reflexive, at
            if head is None and we and found.end < len(words) and words[found.end] == ",":
                after, head = _after_apposition(words, found.end, lex)
            if head is not None:
                subject = (at, found.end)
                at = after
                return _head(tokens, words, first, at, head, lex, around, subject)
    head = _verb(words, at, lex, looked_for)
    if head is None:
        return _with_pronoun(tokens, words, first, at, lex, around)
    return _head(tokens, words, first, at, head, lex, around, subject)


_NO_OBJECT = (["à"], ["de"], ["d'"], ["du"], ["des"])
_PRONOUNS: dict[Language, frozenset[str]] = {
    "en": frozenset(),
    "fr": frozenset({"les", "lui", "leur", "l'", "le", "en"}),
    "es": frozenset({"los", "las", "le", "les", "lo", "la"}),
}


def _with_pronoun(
    tokens: Tokens, words: Sequence[str], first: int, at: int, lex: Lexicon, around: _Around
) -> Head | None:
    """The verb behind an object pronoun: "et les invite à …", "y le pide que …"; "leur demande" may be a noun."""
    if at + 1 >= len(words) or words[at] not in _PRONOUNS[lex.language] or words[at + 1] == ",":
        return None
    found = _verb(words, at + 1, lex, frozenset({"present"}))
    if found is None:
        return None
    if words[at] == "en":  # "et en recommande la diffusion"
        return _head(tokens, words, first, at + 1, found, lex, around, None)
    if found.value.strength not in ADDRESSING or (words[at] == "la" and words[at + 1] in lex.nouns):
        return None
    head = _head(tokens, words, first, at + 1, found, lex, around, None)
    follows = words[head.after] if head.after < len(words) else ""
    return replace(head, pronoun=at) if follows in ("à", "de", "d'", "a", "que", "qu'") else None


def _after_apposition(words: Sequence[str], comma: int, lex: Lexicon) -> tuple[int, Match[VerbForm] | None]:
    """The verb of "We, the Ministers of the region, meeting in …, reaffirm": the first form of "we" behind a comma."""
    for at in range(comma + 1, min(comma + 2 * _MAX_BEFORE, len(words) - 1)):
        if words[at] in _SENTENCE_END:
            break
        if words[at] == ",":
            for start in (at + 1, at + 2) if words[at + 1] in _WE[lex.language] | {"nous"} else (at + 1,):
                found = _verb(words, start, lex, frozenset({"we"}))
                if found is not None:
                    return start, found
    return comma, None


def _head(
    tokens: Tokens,
    words: Sequence[str],
    first: int,
    at: int,
    found: Match[VerbForm],
    lex: Lexicon,
    around: _Around,
    subject: tuple[int, int] | None,
) -> Head:
    graded = around.graded if at > first else None
    lemma = set(found.value.lemma.replace("'", "' ").split())
    at_inside = at + 1
    while at_inside < found.end:
        adjunct = lex.adjuncts.longest(words, at_inside)
        if adjunct is not None and not lemma.issuperset(words[place] for place in adjunct.places):
            at_inside = around.add(adjunct, tokens)
        else:
            at_inside += 1
    after = _pass_adjuncts_after(tokens, words, found.end, lex, around)
    return Head(found.value, first, at, found.end, after, around.modifier, tuple(around.degree), subject, graded)


def _pass_adjuncts_after(tokens: Tokens, words: Sequence[str], at: int, lex: Lexicon, around: _Around) -> int:
    """The token after the adjuncts that follow a verb ("Requests also", "Requests, in this regard,")."""
    end = at
    for _ in range(_MAX_ADJUNCTS):
        if at >= len(words):
            break
        found = lex.adjuncts.longest(words, at)
        if found is not None:
            at = end = around.add(found, tokens)
        elif words[at] == ",":
            at += 1
        else:
            break
    if end > 0 and end < len(words) and words[end] == "," and at > end:
        end = at
    return end


def _verb(words: Sequence[str], at: int, lex: Lexicon, forms: frozenset[Form]) -> Match[VerbForm] | None:
    """The verb at `at`, also where Also, Further or a word of degree cuts it ("Takes also note with appreciation")."""
    if at >= len(words):
        return None
    word = words[at]
    here = lex.heads.get(word)
    if here is None or not here & forms:
        return None
    best = _best(lex.verbs.at(words, at), forms)
    window = range(at, min(at + 16, len(words)))
    candidates = [_without_adjuncts(words, window, lex, kinds) for kinds in (_REPEATED, _BESIDE)]
    # "Notes, with concern, that": commas may set off what belongs to the verb.
    candidates.append([place for place in candidates[0][:6] if words[place] != ","])
    for bare in candidates:
        if len(bare) == len(window):
            continue
        cut = _best(lex.verbs.at([words[place] for place in bare], 0), forms)
        if cut is not None and (best is None or len(cut.places) > len(best.places)):
            places = tuple(bare[place] for place in cut.places)
            best = Match(cut.value, places, places[-1] + 1)
    return best


_REPEATED = frozenset({"also", "further"})
_BESIDE = frozenset({"also", "further", "degree"})


def _best(found: list[Match[VerbForm]], forms: frozenset[Form]) -> Match[VerbForm] | None:
    allowed = [match for match in found if match.value.form in forms]
    if not allowed:
        return None
    return max(allowed, key=lambda match: (len(match.places), -match.end))


def _without_adjuncts(words: Sequence[str], window: range, lex: Lexicon, kinds: frozenset[str]) -> list[int]:
    """The places of a verb's words without adjuncts of these kinds, and without set phrases between commas."""
    kept: list[int] = [window[0]]
    at, end = window[0] + 1, window[-1] + 1
    while at < end:
        found = lex.adjuncts.longest(words, at)
        if found is not None and found.value in kinds:
            at = found.end
        elif found is not None and found.value == "plain" and words[at - 1] == ",":
            if kept and words[kept[-1]] == ",":
                kept.pop()
            at = found.end
            if at < end and words[at] == ",":
                at += 1
        else:
            kept.append(at)
            at += 1
    return kept


def heads(
    tokens: Tokens, lex: Lexicon, *, governed: bool = False, resolved: tuple[str, str] | None = None
) -> list[Head]:
    """The verbs of a paragraph in their order; with `governed` (a subparagraph) it may have none of its own.

    `resolved` is the code and the strength of a bare "RESOLVES:" above, under which infinitives are acts: "1. To urge
    the States" has a force of its own, "2. To open a register" that of the resolving.
    """
    words = _words(tokens, lex)
    if not words:
        return []
    start = _start(words)
    main = None
    if resolved is not None:
        main = _resolved(tokens, words, start, lex, *resolved)
    main = main or _first(tokens, words, start, lex, governed)
    if main is None and governed:
        # "(a) To invite …; and also requests …": the verb of the chapeau leads; look for further ones only.
        return list(_further(tokens, words, start, lex, "present", None))
    if main is None:
        main = _in_later_sentence(tokens, words, start, lex)
    if main is None:
        return []
    return [main, *_further(tokens, words, main.after, lex, main.verb.form, main)]


_OPENS_INFINITIVE: dict[Language, frozenset[str]] = {
    "en": frozenset({"to"}),
    "fr": frozenset({"de", "d'"}),
    "es": frozenset(),
}
_ANY_INFINITIVE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"[a-z-]{2,}$"),
    "fr": re.compile(r"\w{2,}(?:er|ir|re|oir)$"),
    "es": re.compile(r"\w{2,}(?:[aeií]r)(?:se)?$"),
}
_NO_INFINITIVES = listed(
    "titre ordre cadre première dernière autre autres notre votre leur toutefois lumière matière entière nature mesure "
    "premier dernier particulier outre entre contre chaque arrière être the all this cualquier ayer lugar militar "
    "familiar hogar similar particular regular popular taller mujer carácter"
)


def _resolved(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon, code: str, strength: str) -> Head | None:
    """The infinitive under a bare "RESOLVES:", "RESUELVE:", "DÉCIDE :": what is resolved to be done.

    One that speaks to others or states something keeps its force ("Instar a los Estados", "Tomar nota"); any other,
    listed or not, has that of the verb above it, which gives it effect.
    """
    at = start + (words[start] in _OPENS_INFINITIVE[lex.language] and lex.language == "fr")
    listed_one = head_at(tokens, words, at, lex, subjects=False, forms=frozenset({"infinitive"}))
    if listed_one is not None:
        verb = listed_one.verb
        if verb.code in lex.general:
            verb = replace(verb, strength=strength)
        return replace(listed_one, verb=verb, first=0)
    around = _Around([], [])
    at = _pass_adjuncts(tokens, words, at, lex, around)
    if at + 1 >= len(words):
        return None
    lemma, end = words[at], at + 1
    if lex.language == "en":
        if words[at] not in _OPENS_INFINITIVE["en"] or not is_word(words[at + 1]):
            return None
        lemma, end = words[at + 1], at + 2
    elif words[at] in _NO_INFINITIVES or not _ANY_INFINITIVE[lex.language].match(words[at]):
        return None
    after = _pass_adjuncts_after(tokens, words, end, lex, around)
    verb = VerbForm(code, lemma, strength, "infinitive")
    return Head(verb, 0, at, end, after, around.modifier, tuple(around.degree))


def _in_later_sentence(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """The verb of a paragraph whose first sentence only states something: "School is a right. It shall be free."."""
    for at in range(start + 1, len(words) - 1):
        if words[at] in _SENTENCE_END and _ends_sentence(tokens, words, at):
            head = _next_sentence(tokens, words, at + 1, lex)
            if head is not None:
                return head
    return None


def _first(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon, governed: bool) -> Head | None:
    """The verb that leads a paragraph."""
    head = head_at(tokens, words, start, lex, subjects=True)
    if head is not None and _is_longer_phrase(words, head, lex):
        head = None
    if head is not None:
        if governed and not _stands_alone(tokens, words, head, lex):
            return None
        past = head.verb.form == "past" and head.subject is None
        # "Encouraged by the progress" is a consideration, "Encouraged Member States to act" a decision reported.
        if not (past and _is_preambular(words, start, lex) and not _addressed(words, head, lex)):
            return head
    if governed:
        return _after_subject(tokens, words, start, lex) if _is_sentence(words, start, lex) else None
    return (
        _misprinted(tokens, words, start, lex)
        or _denied(tokens, words, start, lex)
        or _set_phrase(tokens, words, start, lex)
        or _inverted(tokens, words, start, lex)
        or _reflexive(tokens, words, start, lex)
        or _unlisted(tokens, words, start, lex, _SURE_OBJECTS[lex.language])
        or _after_lead(tokens, words, start, lex)
        or (None if _is_governed(words, start, lex) else _after_subject(tokens, words, start, lex))
        or _wished(tokens, words, start, lex)
        or _unlisted(tokens, words, start, lex, lex.objects)
        or _unlisted_alone(tokens, words, start, lex)
        or _spoken(tokens, words, start, lex)
        or head_at(tokens, words, start, lex, subjects=False, forms=frozenset({"we"}))  # "Request the Office to …"
        or head_at(tokens, words, start, lex, subjects=False, forms=frozenset({"plural"}))  # "CONVIENNENT :"
        or _spoken_alone(tokens, words, start, lex)
    )


def _is_longer_phrase(words: Sequence[str], head: Head, lex: Lexicon) -> bool:
    """Whether what looks like a verb begins a longer phrase that is none: "Compte tenu des conditions locales, …"."""
    phrase = lex.preambular.longest(words, head.verb_first)
    return phrase is not None and phrase.end > head.verb_end


_BEHIND_PAST = listed("of on upon for in with by under until")


def _stands_alone(tokens: Tokens, words: Sequence[str], head: Head, lex: Lexicon) -> bool:
    """Whether the first word of a subparagraph is a verb, and not a noun that looks like one ("(a) Supports for …")."""
    if head.subject is not None:
        return True
    if head.verb.form == "past" and head.verb_end - head.verb_first == 1:  # "(i) Shared leases" but "(i) Decided to …"
        after = words[head.after] if head.after < len(words) else "."
        return not is_word(after) or after in lex.objects or after in _BEHIND_PAST or tokens.capital(head.after)
    return words[head.verb_first] not in lex.nouns or _object_follows(words, head, lex)


def _object_follows(words: Sequence[str], head: Head, lex: Lexicon) -> bool:
    after = head.after
    return head.verb_end - head.verb_first > 1 or (after < len(words) and words[after] in lex.objects)


def _addressed(words: Sequence[str], head: Head, lex: Lexicon) -> bool:
    """Whether a known addressee follows the verb, articles and "all" aside."""
    if head.verb.strength not in ADDRESSING:
        return False
    for at in range(head.after, min(head.after + 4, len(words))):
        if lex.addressees.at(words, at):
            return True
        if not is_word(words[at]) or words[at] in _AND[lex.language] or words[at] in _PREPOSITIONS:
            break
    return head.after < len(words) and words[head.after] in _OBJECT_PRONOUNS


_PREPOSITIONS = listed("from by for in with that par pour dans avec por para con")


_OBJECT_PRONOUNS = frozenset({"them", "it", "him", "her", "celui-ci", "celle-ci", "ceux-ci", "celles-ci"})


_INFINITIVE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"^to$|^that$|\w+ing$"),
    "fr": re.compile(r"^(?:de|d'|à|que|qu'|en)$|\w+(?:er|ir|re|oir|ant)$"),
    "es": re.compile(r"^(?:que|a|de)$|\w+(?:ar|er|ir|arse|erse|irse|ando|endo)$"),
}


def _is_sentence(words: Sequence[str], start: int, lex: Lexicon) -> bool:
    """Whether a subparagraph may be a sentence, and not the rest of its chapeau ("To promote …", "Ensure that")."""
    governs = start + 1 < len(words) and words[start + 1] in lex.objects
    imperative = governs and "we" in lex.heads.get(words[start], ())
    return not imperative and not _INFINITIVE[lex.language].match(words[start])


def is_bare(text: str, language: Language, *, sentences: bool) -> bool:
    """Whether a text opens with an infinitive or an imperative and has no act of its own ("Adapt their strategies").

    With `sentences` one that states something may be what the verb above decides ("Une subvention est accordée").
    """
    lex = lexicon(language)
    tokens = Tokens(text)
    words = _words(tokens, lex)
    infinitive: frozenset[Form] = frozenset({"infinitive"})
    if words and head_at(tokens, words, _start(words), lex, subjects=False, forms=infinitive) is not None:
        return True  # "Tomar nota de los resultados", where "nota" may be a verb too
    found = heads(tokens, lex)
    if not found:
        return sentences or _STATES[language].isdisjoint(takewhile(lambda word: word not in lex.clauses, words))
    return found[0].verb.form == "we" and found[0].subject is None


_STATES: dict[Language, frozenset[str]] = {
    "en": listed("is are was were has have does do"),
    "fr": listed("est sont a ont ne n'"),
    "es": listed("es son está están ha han hay no tiene tienen"),
}
"""Words that show a sentence with a verb of its own, though no list has that verb: "The school does not end there"."""


def _after_lead(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """The verb after a leading clause: "Acting under …, decides", "At its 5th meeting, the Council …, decided"."""
    body: tuple[int, int] | None = None
    forms: frozenset[Form] = frozenset({"present", "passive"})
    reach = min(len(words), start + 4 * _MAX_BEFORE)
    aside = enclosed(words, start, reach, _OPEN, _CLOSE)
    for at in range(start, reach):
        word = words[at]
        if at in aside:
            continue
        if word in _SENTENCE_END and at - start > 3:
            break
        if lex.subjects.starts(word):
            subject = lex.subjects.longest(words, at)
            if subject is not None and subject.end - at > 1:
                body = (at, subject.end)
        after_body = body is not None and at + 1 == body[1]
        if word in (",", ":", ";") or after_body:
            allowed: frozenset[Form] = frozenset({*forms, "past", "plural"}) if body is not None else forms
            if words[at + 1 : at + 2] in _HAVING_DONE:  # "La Soixante-Quinzième Assemblée …, a décidé :"
                allowed |= {"past"}
            head = head_at(tokens, words, at + 1, lex, subjects=True, forms=allowed)
            if word == ";" and body is None and words[at + 1 : at + 2] in _TAKEN_UP:
                continue  # "The school deserves support; it constitutes …" leads nothing
            if head is not None and _plausible(tokens, words, head, lex):
                return replace(head, first=start, subject=head.subject or body)
    return None


_HAVING_DONE = (["a"], ["ont"], ["ha"], ["han"], ["has"], ["have"])
_TAKEN_UP = (["it"], ["they"], ["il"], ["elle"], ["ils"], ["elles"])


def _plausible(tokens: Tokens, words: Sequence[str], head: Head, lex: Lexicon) -> bool:
    """Whether a form that might be a noun or a participle is followed by what a verb governs."""
    if head.subject is not None or head.verb_end - head.verb_first > 1:
        return True
    word = words[head.verb_first]
    if word not in lex.nouns and head.verb.form != "past":
        return True
    after = head.after
    if after >= len(words):
        return False
    if words[after] in lex.objects or words[after] == ":" or (is_word(words[after]) and tokens.capital(after)):
        return True
    return head.verb.form == "present" and _addressed(words, head, lex)


def _after_subject(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """The verb of a sentence that opens with its subject: "Members should …", "Les gouvernements sont invités à …".

    A duty stands in a modal, a passive or, in French and Spanish, the future. The present asks only of a body that
    can act ("La Comisión presenta …"); elsewhere it states a fact ("La formation continue …") and is no act.
    """
    finite: Head | None = None
    weak: Head | None = None  # a form that may be a noun, or is common in clauses
    previous = ""
    reach = min(len(words), start + 4 * _MAX_BEFORE)
    aside = enclosed(words, start, reach, _OPEN, _CLOSE)
    # In English the plural is the infinitive too; French and Spanish state duties in the present and the future.
    indicative: frozenset[Form] = frozenset({"present"} if lex.language == "en" else {"present", "plural", "future"})
    cleft = words[start] == "c'"  # "C'est à l'école qu'incombe …": what follows is the verb of the sentence
    actors = _ACTORS[lex.language]
    spare: Head | None = None
    clause = speaking = acting = False
    looked = start
    for at in range(start, reach):
        word = words[at]
        if word in _SENTENCE_END and at - start > 3:
            break
        governed = previous in lex.clauses and not cleft
        forms = lex.heads.get(word)
        # A capital within a sentence is a name: "Member States", "the Reports of the Panel".
        if forms and at not in aside and not governed and not (at > start and tokens.name(at)):
            if forms & {"modal", "passive"} and finite is None:
                found = _verb(words, at, lex, frozenset({"modal", "passive"}))
                if found is not None:
                    return _with_subject(tokens, words, start, at, found, lex)
            if finite is None and at > start and forms & indicative and previous not in _BEFORE_NOUNS[lex.language]:
                found = _verb(words, at, lex, indicative)
                if found is not None:
                    # Who is named up to here is looked up where it matters, which is rarely.
                    for place in range(looked, at + 1):
                        speaking = speaking or words[place] in actors or bool(lex.subjects.at(words, place))
                        acting = acting or speaking or bool(lex.addressees.at(words, place))
                    looked = at + 1
                    if not _asks(found, speaking=speaking, acting=acting):
                        found = None
                asks = found is not None and found.value.code not in lex.general
                if found is not None and word not in lex.nouns and (asks or found.value.form == "future"):
                    finite = _with_subject(tokens, words, start, at, found, lex)
                elif found is not None and weak is None:
                    candidate = _with_subject(tokens, words, start, at, found, lex)
                    weak = candidate if word not in lex.nouns or _object_follows(words, candidate, lex) else None
        if at > start and at not in aside and finite is None and not governed and not tokens.capital(at):
            duty = _future(word, lex.language)
            if duty is not None and not clause:
                finite = _with_subject(tokens, words, start, at, Match(duty, (at,), at + 1), lex)
            elif duty is not None:
                # "Les élèves que l'école accueillera recevront …": unless no other follows, it is that of the clause.
                spare = spare or _with_subject(tokens, words, start, at, Match(duty, (at,), at + 1), lex)
                clause = False
        if word in lex.clauses and not cleft:
            clause = True
        elif word == ",":
            clause = False
        previous = word
    return finite or weak or spare


def _asks(found: Match[VerbForm], *, speaking: bool, acting: bool) -> bool:
    """Whether a listed verb behind its subject has the force that the list gives it.

    Phrases of several words have it always, others behind a body that can act; what only states, behind the body that
    speaks ("L'Assemblée note …", but not "L'État reçoit …"). "Chaque classe comptera …" is a duty, whatever the verb.
    """
    if found.value.strength == "STATE":
        return found.value.form != "future" and (speaking or len(found.places) > 1)
    return acting or len(found.places) > 1


_ACTORS: dict[Language, frozenset[str]] = {
    "en": listed("they it this"),
    "fr": listed("il elle ils elles on nul toute tout présent présente"),
    "es": listed("presente todo toda"),
}
"""Words that stand for a body that can act, or for the text itself ("Le présent règlement établit …")."""
_FUTURE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"(?!)"),
    "fr": re.compile(r"(?!(?:cet|cam|op|chim)era$)(?:\w*(?:[ei]r|dr|vr|rr|ur|ttr|îtr)|vaincr|romp?r)(?:a|ont)$"),
    "es": re.compile(r"(?!(?:aza|re)frán$)\w{2,}r(?:á|án)$"),
}
"""The future of nearly every verb of the language, by which its texts state duties ("sera", "tendrán")."""


def _future(word: str, language: Language) -> VerbForm | None:
    """A verb in the future that no list has, by its singular."""
    if not _FUTURE[language].match(word):
        return None
    lemma = f"{word.removesuffix('ont')}a" if word.endswith("ont") else word.replace("án", "á")
    return VerbForm("MUST", lemma, "REQUEST", "modal")


_WISHES: dict[Language, frozenset[str]] = {
    "en": frozenset(),
    "fr": frozenset({"soit", "soient"}),
    "es": frozenset({"sea", "sean"}),
}


def _wished(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """The wish that goes on no line above: "Que les inspecteurs soient libérés des travaux administratifs"."""
    if words[start] not in ("que", "qu'"):
        return None
    for at in range(start + 1, min(start + _MAX_BEFORE, len(words))):
        if words[at] in _SENTENCE_END or words[at] in lex.clauses:
            break
        if words[at] in _WISHES[lex.language]:
            verb = VerbForm("DESIRABLE", min(_WISHES[lex.language], key=len), "RECOMMEND", "modal")
            return _with_subject(tokens, words, start, at, Match(verb, (at,), at + 1), lex)
    return None


_BEFORE_NOUNS: dict[Language, frozenset[str]] = {
    "en": frozenset({"the", "of", "a", "an"}),
    "fr": frozenset({"la", "le", "une", "un", "de", "que"}),
    "es": frozenset({"la", "el", "una", "un", "que", "de"}),
}


def _with_subject(
    tokens: Tokens, words: Sequence[str], start: int, at: int, found: Match[VerbForm], lex: Lexicon
) -> Head:
    around = _Around([], [])
    return _head(tokens, words, start, at, found, lex, around, (start, at) if at > start else None)


_UNLISTED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"[a-z-]{3,}s$"),
    "fr": re.compile(r"[a-zà-ÿ]{3,}(?:e|it|et|end|ut|ît)$"),
    "es": re.compile(r"[a-zà-ÿ]{3,}(?:a|e)$"),
}
_NOT_VERBS = listed(
    "this its his the une cette notre votre chaque elle entre contre comme outre que para esta toda sobre desde "
    "nuestra ante states governments members parties measures countries organizations organisations institutions "
    "persons peoples children cooperatives enterprises workers employers women girls towards whereas besides is was "
    "has goods rules ships does always perhaps thus across various series species previous numerous serious "
    "quelle telle toute toutes encore lorsque puisque parce presque quoique quelque même seule grâce faute soit fait "
    "tout partout autre autres aucune nulle certaine libre juste suite quitte droit effet objet projet jusque peut "
    "hormis durante mediante entre conforme hasta hacia contra sea vista dada mientras aunque siempre porque dicha "
    "cualquiera parte falta causa base"
)
_PLURALS = re.compile(
    r"(?:tions|sions|ments|ances|ences|ncies|ities|eties|mies|gies|phies|ries|dies|olicies|nesses|ships|ants|ents|ists"
    r"|isms|ians|tors|sors|ders|kers|bers|gers|ners|ters|mers|tives|ures|ages)$"
)
"""How nouns end that stand in the plural at the head of a sentence ("Representatives of the Parties …")."""


_LONG_ENOUGH = 6
"""Letters from which on a word with one wrong letter can be told."""


def _misprinted(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """The verb that a first word is but for one letter, as in texts read by machine ("Retterates", "Requcsts")."""
    at = _pass_adjuncts(tokens, words, start, lex, _Around([], []))
    if at >= len(words) or len(words[at]) < _LONG_ENOUGH or not tokens.capital(at) or words[at] in lex.heads:
        return None
    meant = lex.misprint(words[at])
    if meant is None:
        return None
    return head_at(tokens, [*words[:at], meant, *words[at + 1 :]], start, lex, subjects=False)


_SURE_OBJECTS: dict[Language, frozenset[str]] = {
    "en": frozenset({"the", "that", "its", "all", "every", "each", "itself", "themselves", "no"}),
    "fr": listed("le la les l' son sa ses leur leurs que qu' ce cette ces un une"),
    "es": listed("el la los las al su sus que un una"),
}
"""What stands behind verbs and hardly ever behind a noun that opens a sentence without its article."""


def _unlisted(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon, objects: frozenset[str]) -> Head | None:
    """A first word that has the form of a verb and is followed by an object, though no list knows it."""
    around = _Around([], [])
    at = _pass_adjuncts(tokens, words, start, lex, around)
    subject = lex.subjects.longest(words, at) if lex.language == "en" else None
    if subject is not None:  # "The Commission further recaptures the …"
        at = _pass_adjuncts(tokens, words, subject.end, lex, around)
    if at + 1 >= len(words) or not _is_unlisted(words, at, lex):
        return None
    after = _pass_adjuncts_after(tokens, words, at + 1, lex, around)
    repeated = lex.language == "en" and at > start and words[at - 1] in _REPEATING
    if not repeated and (after >= len(words) or words[after] not in objects):
        return None
    if lex.language == "en" and (words[at + 1] in _AND["en"] or words[after] in _OF_NOUNS_TOO) and words[-1] != ";":
        return None
    verb = VerbForm("", words[at], "STATE", "present")
    spoken_by = (subject.places[0], subject.end) if subject is not None else None
    return Head(verb, start, at, at + 1, after, around.modifier, tuple(around.degree), spoken_by)


_OF_NOUNS_TOO = frozenset({"to", "as"})
"""Objects that go on nouns as well: "Elections to the Board"."""
_REPEATING = listed("also further again hereby solemnly strongly therefore")
"""Words behind which a verb stands, not a noun: "Also relocates …"."""


def _is_unlisted(words: Sequence[str], at: int, lex: Lexicon) -> bool:
    word = words[at]
    if word in _NOT_VERBS or "modal" in lex.heads.get(word, ()) or not _UNLISTED[lex.language].match(word):
        return False
    return not word.endswith(_NO_THIRD_PERSON[lex.language])


_NO_THIRD_PERSON: dict[Language, tuple[str, ...]] = {
    "en": ("ss", "us", "is"),
    "fr": (
        "ndre",
        "rdre",
        "ettre",
        "aître",
        "être",
        "ivre",
        "lire",
        "dire",
        "crire",
        "uire",
        "faire",
        "clure",
        "rompre",
    ),
    "es": ("mente",),
}
"""Endings of other words in the same letters: nouns, adverbs, infinitives ("Lire et écrire …")."""


def _unlisted_alone(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """A first word in -s behind which no other verb of the sentence stands: "Apportions two seats to …".

    Only English has a form that is the third person of nearly every verb; what it shares it with is the plural of
    nouns, which shows by its ending, by what stands behind it or by another verb.
    """
    if lex.language != "en":
        return None
    around = _Around([], [])
    at = _pass_adjuncts(tokens, words, start, lex, around)
    if at + 1 >= len(words) or not _is_unlisted(words, at, lex) or not tokens.capital(start):
        return None
    after = _pass_adjuncts_after(tokens, words, at + 1, lex, around)
    if after >= len(words) or not is_word(words[after]) or words[after] in _BEHIND_NOUNS:
        return None
    if words[at + 1] == "," and words[after - 1] != ",":  # "Farmers, in particular smallholders, …"
        return None
    if _PLURALS.search(words[at]) and not tokens.capital(after) and not (at > start and words[-1] == ";"):
        return None
    if words[-1] != ";" and not (tokens.capital(after) or words[after] in lex.objects - _OF_NOUNS_TOO):
        # "Lessons from the past show …" ends as a sentence, a paragraph in a series of acts with a semicolon.
        return None
    for behind in range(after, len(words)):
        if words[behind] in lex.clauses or words[behind] in _SENTENCE_END or words[behind] == ";":
            break
        if words[behind] in _FINITE:
            return None
    return Head(VerbForm("", words[at], "STATE", "present"), start, at, at + 1, after, around.modifier,
                tuple(around.degree))  # fmt: skip


_BEHIND_NOUNS = listed("of and or who which should must shall may can could will are were have had do did need remain")
_FINITE = listed("is are was were has have should must shall will would can could may might")


def _set_phrase(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """A verb in the plural that a declaration opens with, where several words of it are listed: "Express concern"."""
    head = head_at(tokens, words, start, lex, subjects=False, forms=frozenset({"we"})) if lex.language == "en" else None
    return head if head is not None and head.verb_end - head.verb_first > 1 and tokens.capital(start) else None


def _denied(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """The verb of "Would welcome …", by its lemma, and that of "Does not accept …", by none of the list."""
    if lex.language != "en":
        return None
    around = _Around([], [])
    at = _pass_adjuncts(tokens, words, start, lex, around)
    opened = at + 1 < len(words) and words[at] in _AUXILIARY_OPENINGS and tokens.capital(start)
    if not opened:
        return None
    denied = words[at] == "cannot" or words[at + 1] in ("not", "neither")
    verb_at = _pass_adjuncts(tokens, words, at + 1 + (words[at + 1] == "not"), lex, around)
    if verb_at >= len(words) or not is_word(words[verb_at]):
        return None
    if denied:
        lemma = " ".join((*words[at : at + 1 + (words[at + 1] == "not")], words[verb_at]))
        end = verb_at + 1
        verb = VerbForm("", lemma, "STATE", "present")
    else:
        found = _verb(words, verb_at, lex, frozenset({"we"}))
        if found is None or words[at] != "would":
            return None
        end, verb = found.end, replace(found.value, form="present")
    after = _pass_adjuncts_after(tokens, words, end, lex, around)
    return Head(verb, start, at, end, after, around.modifier, tuple(around.degree))


_AUXILIARY_OPENINGS = listed("would does cannot can")


def _spoken(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """An unlisted verb behind "We": "We recapture the …", "We, the Ministers, meeting in …, cherish the …"."""
    if lex.language != "en" or words[start] not in _WE["en"]:
        return None
    places = [start + 1]
    if start + 1 < len(words) and words[start + 1] == ",":
        reach = range(start + 2, min(start + 2 * _MAX_BEFORE, len(words)))
        places = [at + 1 for at in reach if words[at] == "," or words[at] in _WE["en"]]
    for place in places:
        around = _Around([], [])
        at = _pass_adjuncts(tokens, words, place, lex, around)
        if words[at - 1] not in (*_WE["en"], ",") and not (words[at - 1].endswith("ly") or at > place):
            continue
        after = _pass_adjuncts_after(tokens, words, at + 1, lex, around) if at < len(words) else at
        if after >= len(words) or not _BARE.match(words[at]) or tokens.capital(at):
            continue
        if words[after] in _SURE_OBJECTS["en"] | lex.objects | _OUR:
            verb = VerbForm("", third_person(words[at]), "STATE", "we")
            return Head(verb, start, at, at + 1, after, around.modifier, tuple(around.degree), (start, start + 1))
    return None


_FIRST_PERSON: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(r"(?P<stem>[a-zà-ÿœ]{3,}?)(?P<vowel>e?)ons$"),
    "es": re.compile(r"(?P<stem>[a-zà-ÿ]{3,})(?P<vowel>[aei])mos$"),
}
_NOUNS_IN_ONS = re.compile(r"(?:[tsxgn]ions|[aie]isons|fonds)$")


def _spoken_alone(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """An unlisted verb in the first person: "Nous ciselons la …", "Ciselons la …", "Cincelamos la …"."""
    if lex.language == "en":
        return None
    around = _Around([], [])
    we = words[start] in _WE[lex.language]
    at = _pass_adjuncts(tokens, words, start + we, lex, around)
    if at + 1 >= len(words) or not (we or tokens.capital(at)):
        return None
    found = _FIRST_PERSON[lex.language].match(words[at])
    after = _pass_adjuncts_after(tokens, words, at + 1, lex, around)
    if found is None or after >= len(words) or words[after] not in lex.objects:
        return None
    if not we and _NOUNS_IN_ONS.search(words[at]):
        return None
    ending = "a" if lex.language == "es" and found["vowel"] == "a" else "e"
    verb = VerbForm("", f"{found['stem']}{ending}", "STATE", "we")
    subject = (start, start + 1) if we else None
    return Head(verb, start, at, at + 1, after, around.modifier, tuple(around.degree), subject)


_BARE = re.compile(r"(?!(?:are|were|have|had|do|did|will|would|can|could|may|must|shall|should|who|which|in|at|on)$)"
                   r"[a-z-]{3,}(?<!ed)(?<!ing)(?<!ly)$")  # fmt: skip
_OUR = frozenset({"our", "ourselves", "one"})


def third_person(verb: str) -> str:
    """The third person of an English verb: "recommit", "reach", "deny"."""
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else f"{verb}s"


def _is_governed(words: Sequence[str], start: int, lex: Lexicon) -> bool:
    """Whether a paragraph goes on a line above it and has no subject: "Article 2 : De mettre en place un comité"."""
    opened = lex.language == "fr" and words[start] in ("de", "d'") and start + 1 < len(words)
    return opened and _FRENCH_INFINITIVE.match(words[start + 1]) is not None


FRENCH_INFINITIVE = (
    r"(?!(?:titre|manière|ordre|nombre|cadre|première|dernière|propre|autre|notre|votre|lumière|matière|caractère"
    r"|entière|nature|mesure|nombre|premier|dernier|particulier|hier|fer|mer)\b)\w{2,}(?:er|ir|re|oir)\b"
)
"""A word that has the form of an infinitive; nouns that open set phrases of the same form left out."""
_FRENCH_INFINITIVE = re.compile(FRENCH_INFINITIVE)
_BE = frozenset({"est", "sont"})


def _inverted(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """The verb of "Est adopté le cadre", "Il est créé un fonds", "Créase la Reunión", "Apruébase el estatuto"."""
    if lex.language == "fr":
        at = start + 1 if words[start] == "il" else start
        if at + 1 >= len(words) or words[at] not in _BE:
            return None
        for ending in ("", "e", "s", "es"):
            participle = words[at + 1].removesuffix(ending)
            active = [*words[:at], "a", participle, *words[at + 2 :]]
            head = head_at(tokens, active, at, lex, subjects=False, forms=frozenset({"past"}))
            if head is not None and head.verb_first == at:
                return replace(head, verb=replace(head.verb, form="passive"), first=start)
        return None
    if lex.language == "es" and words[start].endswith("se") and len(words[start]) > _LONG_ENOUGH - 1:
        plain = without_accents(words[start].removesuffix("se"))
        known = (word for word, forms in lex.heads.items() if "present" in forms and without_accents(word) == plain)
        for word in known:
            head = head_at(tokens, [*words[:start], word, *words[start + 1 :]], start, lex, subjects=False)
            if head is not None:
                return replace(head, verb=replace(head.verb, form="passive"))
    return None


def _reflexive(tokens: Tokens, words: Sequence[str], start: int, lex: Lexicon) -> Head | None:
    """A first verb with its reflexive pronoun or a negation that no list has: "Se dessaisit de …", "No acepta …".

    In Spanish the pronoun also makes the passive of a listed verb: "Se crea un fondo".
    """
    if lex.language == "en":
        return None
    around = _Around([], [])
    at = _pass_adjuncts(tokens, words, start, lex, around)
    if at + 1 >= len(words) or words[at] not in _BEFORE_VERBS[lex.language]:
        return None
    if "modal" in lex.heads.get(words[at + 1], ()):  # "No debería …" is a duty
        return None
    denied = words[at] in ("ne", "n'", "no")
    end = at + 2
    found = _verb(words, at + 1, lex, frozenset({"present"}))
    if found is None and not _is_unlisted(words, at + 1, lex):
        return None
    if denied and end < len(words) and words[end] in ("pas", "plus", "point"):
        end += 1
    if found is not None and lex.language == "es" and not denied:
        verb, end = replace(found.value, form="passive"), found.end
    else:
        lemma = " ".join(words[at:end]).replace("' ", "'")
        verb = VerbForm("", lemma, "STATE", "present")
    after = _pass_adjuncts_after(tokens, words, end, lex, around)
    return Head(verb, start, at, end, after, around.modifier, tuple(around.degree))


_BEFORE_VERBS: dict[Language, frozenset[str]] = {
    "en": frozenset(),
    "fr": frozenset({"se", "s'", "ne", "n'"}),
    "es": frozenset({"se", "no"}),
}


def _further(
    tokens: Tokens, words: Sequence[str], at: int, lex: Lexicon, kind: Form, previous: Head | None
) -> Iterator[Head]:
    """Further verbs from token `at` on, behind `previous`; `kind` is the form of the verb that leads."""
    aside = enclosed(words, at, len(words), _OPEN, _CLOSE)
    clause: int | None = None  # where the last subordinate clause opened
    quoted = False
    conjunctions = _AND[lex.language]
    forms: frozenset[Form] = frozenset({"present"})
    if kind == "past":
        forms = frozenset({"past", "present"})
    elif kind == "we" or kind == "infinitive":
        forms = frozenset({kind})
    while at < len(words):
        word = words[at]
        if word == '"':
            quoted = not quoted
        elif word in lex.clauses:
            clause = at
        if quoted or at in aside:
            at += 1
            continue
        sentence = word in _SENTENCE_END and _ends_sentence(tokens, words, at)
        if sentence or word in (";", ",", ":", "–", "—") or word in conjunctions:
            head = None
            if sentence:
                clause = None
                head = _next_sentence(tokens, words, at + 1, lex)
            elif at + 1 < len(words):
                behind = at + 1
                if word == ";" and words[behind].isdigit() and behind + 2 < len(words) and words[behind + 1] == ".":
                    behind += 2  # a paragraph that runs on into the next: "…; 8. Decides …"
                head = head_at(tokens, words, behind, lex, subjects=kind == "we", forms=forms)
            if head is not None and (sentence or _accepted(tokens, words, at, head, lex, clause, previous)):
                yield head
                previous = head
                clause = None
                at = head.after
                continue
        at += 1


def _ends_sentence(tokens: Tokens, words: Sequence[str], at: int) -> bool:
    """Whether the full stop at `at` ends a sentence: a capital follows, and no abbreviation precedes."""
    if at + 1 >= len(words) or not is_word(words[at + 1]):
        return False
    return tokens.capital(at + 1) and len(words[at - 1]) > 2 and tokens.starts[at + 1] > tokens.ends[at]


def _next_sentence(tokens: Tokens, words: Sequence[str], at: int, lex: Lexicon) -> Head | None:
    head = head_at(tokens, words, at, lex, subjects=True)
    if head is not None and head.subject is not None:
        return head
    if head is not None and head.verb.form != "past" and _plausible(tokens, words, head, lex):
        return head
    end = next((k for k in range(at, len(words)) if words[k] in _SENTENCE_END), len(words))
    head = _after_subject(tokens, words[:end], at, lex)
    return head if (head is not None and head.verb.code in MODALS | {""}) or _is_passive(head) else None


def _is_passive(head: Head | None) -> bool:
    return head is not None and head.verb.form == "passive"


def _accepted(
    tokens: Tokens,
    words: Sequence[str],
    boundary: int,
    head: Head,
    lex: Lexicon,
    clause: int | None,
    previous: Head | None,
) -> bool:
    """Whether the form after a boundary within a sentence is a further verb of the paragraph."""
    mark = words[boundary]
    if head.verb.form == "we" and head.subject is None and lex.language == "en":
        return _shares_subject(words, boundary, head, lex, clause, previous)
    if head.pronoun is None and not _plausible(tokens, words, head, lex):
        return False
    if mark not in (";", ":") and head.subject is None and tokens.name(head.verb_first):
        # Within a sentence a capital is a name: "the Secretary-General and States concerned".
        return False
    if mark == ";":
        return True
    if mark == ":" and head.verb.form != "present":
        return False
    if head.verb.code in lex.general and (clause is not None or not _object_follows(words, head, lex)):
        return False
    if head.verb.form == "past" and not _after_past(words, head):
        return False
    comma = mark == "," or (boundary > 0 and words[boundary - 1] == ",")
    if words[head.verb_first] in lex.nouns and not comma and not _certain_object(tokens, words, head, lex):
        return False
    if clause is None:
        return True
    # A verb that follows its relative pronoun shares it with what is joined to it: "which notes …, and recommends …".
    addressed = head.pronoun is not None or _addressed(words, head, lex)
    leads = clause + 1 < boundary and _verb(words, clause + 1, lex, frozenset({"present"})) is not None
    if head.modifier is not None:
        return True
    if leads and not (comma and addressed):
        return False
    bare = mark == "," and words[boundary + 1] not in _AND[lex.language]
    if comma and (addressed or not bare):
        return True
    if addressed and head.verb.strength == "REQUEST":
        return True
    return not any(_is_finite(words, at, lex) for at in range(clause + 1, boundary))


_ASKED_OF_NOBODY = frozenset({"DECIDE", "RESOLVE", "REAFFIRM", "REITERATE", "REQUEST", "CALL_UPON", "URGE"})
"""Kinds of act that are hardly ever what an act asks of others."""
_GOVERNING = listed("will would shall should must may can could")


def _shares_subject(
    words: Sequence[str], boundary: int, head: Head, lex: Lexicon, clause: int | None, previous: Head | None
) -> bool:
    """Whether a verb shares the "We" before it: "We request …, and decide …", not "We commit to … and support …".

    English has one form for "we request" and "to request": behind an infinitive or a modal the second is meant, unless
    a comma and the kind of act speak for the first.
    """
    if head.verb.code in lex.general or not (_object_follows(words, head, lex) or head.verb.code in _ASKED_OF_NOBODY):
        return False
    mark, joined = words[boundary], words[boundary + 1] in _AND["en"]
    set_off = mark == ";" or (mark == "," and joined)
    if clause is not None and not set_off and not _addressed(words, head, lex):
        return False
    since = previous.after if previous is not None else 0
    governed = previous is not None and (previous.verb.code in MODALS or previous.verb.lemma == "will")
    governed = governed or any(
        words[at] in _GOVERNING or opens_action(words, at, "en") for at in range(since, boundary)
    )
    speaks = head.verb.code in _ASKED_OF_NOBODY or _addressed(words, head, lex)
    return not governed or (set_off and speaks)


_AUXILIARIES = listed("will is has are est a ha es está son")


def _is_finite(words: Sequence[str], at: int, lex: Lexicon) -> bool:
    """Whether the word is a verb in the present, and neither an auxiliary nor a noun."""
    word = words[at]
    if "present" not in lex.heads.get(word, frozenset()) or word in _AUXILIARIES:
        return False
    found = _verb(words, at, lex, frozenset({"present"}))
    if found is None or word not in lex.nouns:
        return found is not None
    return len(found.places) > 1 or (found.end < len(words) and words[found.end] in lex.objects)


def _certain_object(tokens: Tokens, words: Sequence[str], head: Head, lex: Lexicon) -> bool:
    """Whether the object that follows shows a verb where both might be nouns ("calls for help")."""
    after = head.after
    if after >= len(words):
        return False
    return words[after] in lex.objects or tokens.capital(after) or words[after] in (":", "to")


_DETERMINERS = listed("the that to its all member a an their le la les l' que qu' de d' au aux à el los las al su sus")


def _after_past(words: Sequence[str], head: Head) -> bool:
    """A past form within a sentence is a participle unless its object follows at once."""
    return head.after < len(words) and words[head.after] in _DETERMINERS
