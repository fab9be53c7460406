"""Measures: what an act lists ("by developing …, making … and providing …"; "to promote …, to strengthen … and to …").

Only lists whose items show themselves by the same form are cut, and only those of two items or more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from sse_observatory.core import Language
from sse_observatory.instruments.acts.conditions import Found, opens_action
from sse_observatory.instruments.acts.lexicon import Lexicon
from sse_observatory.instruments.acts.tokens import Tokens, enclosed, is_word, listed

_GERUND: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"[a-z-]{3,}ing$"),
    "fr": re.compile(r"[a-zà-ÿ]{2,}ant$"),
    "es": re.compile(r"[a-zà-ÿ]{2,}(?:ando|iendo|yendo)(?:se|los?|las?|les?)?$"),
}
_NO_GERUND = listed(
    "including according regarding concerning following pending being during training financing meeting funding "
    "capacity-building existing ongoing planning programming housing lending taking considering bearing recalling "
    "noting building policymaking policy-making decision-making monitoring well-being accounting reporting "
    "understanding procurement developing emerging pendant durant avant tenant concernant suivant moyennant "
    "autant maintenant ayant étant représentant cependant important montant instant enfant teniendo tomando "
    "habiendo cuando siendo considerando financiando"
) - {"developing", "building", "monitoring", "training", "financing", "financiando"}  # fmt: skip
_LEADS: dict[Language, frozenset[str]] = {
    "en": frozenset({"by", "through", "include", "including"}),
    "fr": frozenset({"en"}),
    "es": frozenset({"mediante", ","}),
}
_AND = frozenset({"and", "et", "y", "e", "or"})


def measures(
    tokens: Tokens, words: Sequence[str], first: int, end: int, limits: Sequence[Found], lex: Lexicon
) -> list[tuple[int, int]]:
    """The measures between two tokens, each as tokens from its first to its last; empty where there is no list."""
    skipped = {at: limit.end for limit in limits for at in (limit.first,)}
    starts = _gerunds(words, first, end, skipped, lex.language)
    if len(starts) < 2:
        starts = _infinitives(words, first, end, skipped, lex.language)
    if len(starts) < 2:
        return []
    bounds = [*starts, end]
    return [(start, _trimmed(words, start, stop)) for start, stop in pairwise(bounds)]


def _trimmed(words: Sequence[str], start: int, stop: int) -> int:
    while stop > start + 1 and (
        words[stop - 1] in _AND
        or words[stop - 1] in _ASIDES
        or not (is_word(words[stop - 1]) or words[stop - 1] in ")”»")
    ):
        stop -= 1
    return stop


def _after_separator(words: Sequence[str], at: int, end: int, skipped: dict[int, int]) -> int:
    """The token behind "and", commas and conditions at `at`."""
    for _ in range(_MAX_SEPARATORS):
        if at >= end:
            break
        if at in skipped:
            at = skipped[at]
        elif words[at] == "," or words[at] in _AND or words[at] in _ASIDES:
            at += 1
        else:
            break
    return at


_MAX_SEPARATORS = 12
"""Words passed between two items; a bound keeps reading linear."""
_ASIDES = listed("inter alia notamment as well also further en in particular otras cosas entre")


def _gerunds(words: Sequence[str], first: int, end: int, skipped: dict[int, int], language: Language) -> list[int]:
    starts: list[int] = []
    at = first
    aside = enclosed(words, first, end)
    while at < end:
        word = words[at]
        if at in skipped:
            at = skipped[at]
            continue
        if at not in aside:
            separator = word == "," or word in _AND
            leads = word in _LEADS[language] and (word != "," or not starts)
            if leads or (separator and starts):
                behind = _after_separator(words, at + 1, end, skipped)
                if behind < end and _is_gerund(words[behind], language):
                    starts.append(behind)
                    at = behind
        at += 1
    return starts


def _is_gerund(word: str, language: Language) -> bool:
    return word not in _NO_GERUND and _GERUND[language].match(word) is not None


def _infinitives(words: Sequence[str], first: int, end: int, skipped: dict[int, int], language: Language) -> list[int]:
    """Items that repeat the word which opens the action: "to promote …, to strengthen … and to train …"."""
    opening = next((at for at in range(first, end) if opens_action(words, at, language)), None)
    if opening is None or words[opening] in ("que", "qu'"):
        return []
    passive = ("be", "être", "ser")
    elided = ("de", "d'", "à") if language == "fr" else ()
    starts = [opening]
    at = opening + 1
    aside = enclosed(words, at, end)
    while at < end:
        word = words[at]
        if at not in aside and (word == "," or word in _AND):
            behind = _after_separator(words, at + 1, end, skipped)
            again = behind + 1 < end and (words[behind] == words[opening] or words[behind] in elided)
            if again and opens_action(words, behind, language) and words[behind + 1] not in passive:
                starts.append(behind)
                at = behind
        at += 1
    return starts
