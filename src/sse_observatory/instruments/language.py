"""In which of the three languages a text is written, by its commonest words; no model, no download."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from sse_observatory.core import LANGUAGES, Language

_SAMPLE = 60_000
_WORD = re.compile(r"[^\W\d_]+")
_FREQUENT: dict[Language, str] = {
    "en": """the of and to its that with for on by which in be is their as all this at also are from have
        an it or has not other between these should will such into through including within under was were upon who more
        requests decides noting recalling resolution session""",
    "fr": """le les des du et une dans que pour par sur aux au qui il ses leur leurs ou avec est sont
        ainsi cette ce ces être sa son notamment elle tout toutes tous entre afin dont comme ont été d l qu s n
        rappelant prie décide note résolution""",
    "es": """el los las del y una para que por con su sus al se es son como en lo o más este esta estos estas entre
        sobre todos todas así también ser ha han sido sin e u cuando cual desde recordando pide decide resolución
        reafirmando período""",
}
_SIGNS: dict[Language, frozenset[str]] = {lang: frozenset(words.split()) for lang, words in _FREQUENT.items()}
"""Frequent words that the other two languages do not have, or have rarely."""
_SHARED = frozenset({"en", "la", "de", "un", "a", "no", "si"})


@dataclass(frozen=True, slots=True)
class Detected:
    """`shares` of each language among the frequent words found; `evidence` is how many there were."""

    language: Language | None
    shares: dict[Language, float]
    evidence: int
    script: str = "Latin"
    """The script of most letters; a text in another than Latin has no language here."""

    @property
    def sure(self) -> bool:
        """Whether one language clearly leads."""
        if self.language is None or self.evidence < 4:
            return False
        return self.shares[self.language] >= 0.6


def detect(text: str) -> Detected:
    """The language of a text; None where its script is not Latin or too few words are known."""
    sample = text if len(text) <= _SAMPLE else text[: _SAMPLE // 2] + " " + text[len(text) // 2 :][: _SAMPLE // 2]
    script = _script(sample)
    if script != "Latin":
        return Detected(None, dict.fromkeys(LANGUAGES, 0.0), 0, script)
    counts = Counter(_WORD.findall(sample.lower()))
    hits = {lang: sum(counts[word] for word in signs) for lang, signs in _SIGNS.items()}
    total = sum(hits.values())
    if not total:
        return Detected(None, dict.fromkeys(LANGUAGES, 0.0), 0)
    shares = {lang: hits[lang] / total for lang in LANGUAGES}
    best = max(LANGUAGES, key=lambda lang: hits[lang])
    words = sum(counts.values())
    # Other Latin languages share a few of these words, never many of them.
    known = total + sum(counts[word] for word in _SHARED)
    if words >= 40 and known < 0.12 * words:
        return Detected(None, shares, total)
    return Detected(best, shares, total)


def _script(text: str) -> str:
    """The script of most letters of the text, by the names of its characters."""
    letters = [character for character in text[:4_000] if character.isalpha()]
    foreign: Counter[str] = Counter()
    for character in letters:
        if character > "ɏ":
            foreign[unicodedata.name(character, "UNKNOWN").split()[0].capitalize()] += 1
    if letters and sum(foreign.values()) > len(letters) / 2:
        return foreign.most_common(1)[0][0]
    return "Latin"
