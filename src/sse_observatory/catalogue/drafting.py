"""How intergovernmental texts are written: operative verbs and their strength, conditions, addressees, set phrases.

``drafting/`` holds the lexicon with which `instruments` reads resolutions in three languages; a translator edits it
without touching Python. `strengths.toml` is the scale of verbs (CL_VERB_STRENGTH), `verbs.toml` the closed list of
operative verbs (CL_ACT_VERB), `forms.toml` their conjugation, `conditions.toml` and `addressees.toml` the controlled
terms for what limits an act and whom it speaks to (CL_CONDITION, CL_ADDRESSEE), `openers.toml` the words that may stand
before and beside a verb, and those with which preambular paragraphs open, `rules.toml` the rules of due dates.

A phrase is written in the notation of `expand`. Drafting habits follow the UN Editorial Manual and the texts
themselves; the scale is that of `docs/reference/acts.md`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sse_observatory.catalogue.problems import Problem, TomlFile, fail_on_error, read_toml, text_of, translation_problem
from sse_observatory.core import LANGUAGES, CatalogueError, Language, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FILES = ("drafting/*.toml",)
STRENGTHS, VERBS, FORMS, OPENERS, CONDITIONS, ADDRESSEES, RULES = (
    f"drafting/{name}.toml" for name in ("strengths", "verbs", "forms", "openers", "conditions", "addressees", "rules")
)

GAP = "~"
"""In a phrase: up to five words may stand here."""
ON = "…"
"""At the end of a phrase: it runs on to the end of the clause."""
Phrase = tuple[str, ...]
"""The words of a phrase in lower case; `GAP` may be one of them."""

FORM_NAMES: Mapping[Language, tuple[str, ...]] = {
    "en": ("plural", "past", "participle", "gerund"),
    "fr": ("we", "plural", "participle", "infinitive", "gerund"),
    "es": ("we", "plural", "past", "past_plural", "participle", "infinitive", "gerund"),
}
OPENER_KINDS = ("preambular", "also", "further", "degree", "plain", "subject", "nouns", "object", "clause")

TOKEN = re.compile(
    r"(?:[ldnsjmtcLDNSJMTC]|(?:jus|lors|puis|quoi|Jus|Lors|Puis|Quoi)?[qQ]u)['’](?=[\w\s]|$)"
    r"|\w[\w\u00ad\u0300-\u036f]*(?:[-\u2010\u2011]\w[\w\u00ad\u0300-\u036f]*)*"
    r"|[^\w\s]"
)
"""A word, an elided word with its apostrophe, or one other character that is not white space."""
DUE_RULES = (
    "DAY_STATED", "DAY_WITHOUT_YEAR", "END_OF_MONTH", "END_OF_YEAR", "YEAR_BEFORE", "SESSION_NAMED", "SESSION_OPENING",
    "SESSION_YEAR", "SESSION_OF_YEAR", "NEXT_SESSION", "PERIOD_AFTER_ADOPTION", "PERIOD_AFTER_EVENT",
    "PERIOD_NAMED",
)  # fmt: skip
"""The rules by which `instruments` finds the day an act is due; each needs a label."""

_ALIKE = str.maketrans(
    {
        "’": "'", "\u2010": "-", "\u2011": "-", "\u00ad": None,
        "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb06": "st",
    }
)  # fmt: skip
_SLASHED = re.compile(r"\(([^()]*)\)|(\S+)")


@lru_cache(maxsize=32_768)
def normal(token: str) -> str:
    """A token as it is compared: lower case, one kind of apostrophe and hyphen, accents on letters, no ligatures."""
    token = token.lower()
    if not token.isascii():
        token = unicodedata.normalize("NFC", token).translate(_ALIKE)
    return token


def words(text: str) -> Phrase:
    """The words of `text` in lower case; an elided article is a word of its own (``l'`` ``assemblée``)."""
    return tuple(normal(word) for word in TOKEN.findall(text) if word[0].isalnum() or word == GAP)


def expand(pattern: str) -> tuple[tuple[Phrase, Phrase], ...]:
    """Every phrase that a pattern stands for, each with its name: the phrase without optional words and gaps.

    ``a/b`` are words of which one stands there; ``(a b/c)`` is "a b", "c" or nothing; ``~`` is a gap. A name may be
    given behind ``=``: "exprime ~ préoccupation/inquiétude = exprime sa préoccupation".
    """
    phrases: list[tuple[Phrase, Phrase]] = [((), ())]
    pattern, _, name = pattern.partition(" = ")
    for optional, plain in _SLASHED.findall(pattern):
        if plain:
            choices = [words(choice) for choice in plain.split("/")]
            named = [(choice, () if choice == (GAP,) else choice) for choice in choices]
        else:
            named = [((), ()), *((words(choice), ()) for choice in optional.split("/"))]
        phrases = [(p + q, n + m) for p, n in phrases for q, m in named]
    if name:
        return tuple((phrase, words(name)) for phrase, _ in phrases)
    return tuple(phrases)


def spelt(name: Phrase) -> str:
    """A name as it is printed: words with spaces, none after an elision."""
    return " ".join(name).replace("' ", "'")


@dataclass(frozen=True, slots=True)
class Strength:
    """A grade of the scale; `rank` 1 is the strongest, None is for what has no place on it."""

    id: str
    label: Text
    description: Text | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class Verb:
    """A kind of act with the lemmas, as patterns, by which each language knows it.

    `second` is False for verbs too common in running text to be taken for the second verb of a sentence.
    """

    id: str
    label: Text
    strength: str
    lemmas: Mapping[Language, tuple[str, ...]]
    second: bool = True


@dataclass(frozen=True, slots=True)
class Term:
    """A controlled term — a condition or an addressee — with the phrases, as patterns, by which a language knows it."""

    id: str
    label: Text
    phrases: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Drafting:
    """The lexicon; tables keep the order of their files."""

    strengths: Mapping[str, Strength]
    verbs: Mapping[str, Verb]
    conditions: Mapping[str, Term]
    addressees: Mapping[str, Term]
    forms: Mapping[Language, Mapping[str, Mapping[str, str]]]
    openers: Mapping[Language, Mapping[str, tuple[str, ...]]]
    rules: Mapping[str, Text]

    def rank(self, strength: str) -> int | None:
        """The place of a strength on the scale, 1 the strongest, None beside it. Raises KeyError for an unknown one."""
        return self.strengths[strength].rank


@dataclass
class _Read:
    """The files as read so far, and what is wrong with them."""

    root: Path
    problems: list[Problem] = field(default_factory=list)

    def file(self, name: str) -> TomlFile | None:
        try:
            return read_toml(self.root, name)
        except CatalogueError as error:
            self.problems.append(Problem.of(error, self.root, name))
            return None

    def wrong(self, file: TomlFile, path: tuple[str, ...], what: str, todo: str) -> None:
        self.problems.append(Problem(file.name, file.line(*path), ".".join(path), what, todo))

    def tables(self, file: TomlFile, known: Iterable[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The tables of a file; a value that is none, and keys that are not `known`, are reported."""
        allowed = set(known)
        for identifier, entry in file.data.items():
            if not isinstance(entry, dict):
                self.wrong(file, (identifier,), "this is not a table", f"Write [{identifier}].")
                continue
            for key in sorted(set(entry) - allowed):
                self.wrong(file, (identifier, key), f"unknown key {key!r}", f"Use {', '.join(sorted(allowed))}.")
            yield identifier, entry

    def text(self, file: TomlFile, identifier: str, key: str, value: Any) -> Text | None:
        text, wrong = text_of(file, (identifier, key), value, key)
        self.problems += wrong
        missing = translation_problem(file.name, file.line(identifier, key), identifier, key, text, "error")
        if missing:
            self.problems.append(missing)
        return text

    def patterns(self, file: TomlFile, identifier: str, entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """The phrases listed under `key`; what is not a list of phrases is reported."""
        value = entry.get(key)
        todo = f'Write {key} = ["phrase", "another phrase"].'
        if not isinstance(value, list) or not value:
            self.wrong(file, (identifier, key), f"{key} has no list of phrases", todo)
            return ()
        sound = []
        for pattern in value:
            if not isinstance(pattern, str) or not words(pattern):
                self.wrong(file, (identifier, key), f"{pattern!r} is not a phrase", todo)
            elif pattern.count("(") != pattern.count(")") or "//" in pattern or words(pattern)[0] == GAP:
                what = f"the notation of {pattern!r} is not understood"
                self.wrong(file, (identifier, key), what, "Use a/b, (optional) and ~, and begin with a word.")
            else:
                sound.append(pattern)
        return tuple(sound)


def _strengths(read: _Read) -> dict[str, Strength]:
    file = read.file(STRENGTHS)
    found: dict[str, Strength] = {}
    if file is None:
        return found
    ranks = 0
    for identifier, entry in read.tables(file, ("label", "description", "ranked")):
        label = read.text(file, identifier, "label", entry.get("label"))
        description = None
        if "description" in entry:
            description = read.text(file, identifier, "description", entry["description"])
        ranked = entry.get("ranked", True)
        if not isinstance(ranked, bool):
            read.wrong(file, (identifier, "ranked"), f"ranked is {ranked!r}", "Write ranked = false, or leave it out.")
        ranks += ranked is not False
        if label is not None:
            found[identifier] = Strength(identifier, label, description, ranks if ranked is not False else None)
    return found


def _verbs(read: _Read, strengths: Mapping[str, Strength]) -> dict[str, Verb]:
    file = read.file(VERBS)
    found: dict[str, Verb] = {}
    if file is None:
        return found
    for identifier, entry in read.tables(file, ("label", "strength", "second", *LANGUAGES)):
        label = read.text(file, identifier, "label", entry.get("label"))
        strength = entry.get("strength")
        scale = [known.id for known in strengths.values() if known.rank is not None]
        if strength not in scale:
            what = "the verb has no strength" if strength is None else f"there is no strength {strength!r}"
            read.wrong(file, (identifier, "strength"), what, f"Use one of {', '.join(scale)} ({STRENGTHS}).")
        second = entry.get("second", True)
        if not isinstance(second, bool):
            read.wrong(file, (identifier, "second"), f"{second!r} is neither true nor false", "Write second = false.")
        lemmas = {lang: read.patterns(file, identifier, entry, lang) for lang in LANGUAGES}
        if label is not None and strength in strengths:
            found[identifier] = Verb(identifier, label, str(strength), lemmas, second)
    _report_doubles(read, file, ((v.id, lang, v.lemmas[lang]) for v in found.values() for lang in LANGUAGES))
    return found


def _report_doubles(read: _Read, file: TomlFile, lists: Iterable[tuple[str, Language, tuple[str, ...]]]) -> None:
    """Report phrases that stand under two terms of one language: the reader could not tell which is meant."""
    seen: dict[tuple[Language, Phrase], str] = {}
    for identifier, lang, patterns in lists:
        for pattern in patterns:
            for phrase in dict.fromkeys(phrase for phrase, _ in expand(pattern)):
                first = seen.setdefault((lang, phrase), identifier)
                if first != identifier:
                    what = f"{spelt(phrase)!r} ({lang}) stands in {first} already"
                    read.wrong(file, (identifier, lang), what, "Keep one of the two.")


def _terms(read: _Read, name: str) -> dict[str, Term]:
    file = read.file(name)
    found: dict[str, Term] = {}
    if file is None:
        return found
    for identifier, entry in read.tables(file, ("label", *LANGUAGES)):
        label = read.text(file, identifier, "label", entry.get("label"))
        phrases = {lang: read.patterns(file, identifier, entry, lang) for lang in LANGUAGES}
        if label is not None:
            found[identifier] = Term(identifier, label, phrases)
    _report_doubles(read, file, ((t.id, lang, t.phrases[lang]) for t in found.values() for lang in LANGUAGES))
    return found


def _forms(read: _Read) -> dict[Language, dict[str, Mapping[str, str]]]:
    file = read.file(FORMS)
    found: dict[Language, dict[str, Mapping[str, str]]] = {lang: {} for lang in LANGUAGES}
    if file is None:
        return found
    for lang in LANGUAGES:
        names = FORM_NAMES[lang]
        for verb, forms in file.data.get(lang, {}).items():
            if (
                not isinstance(forms, list)
                or len(forms) != len(names)
                or not all(isinstance(f, str) and f for f in forms)
            ):
                todo = f"Write the {len(names)} forms: {', '.join(names)}."
                read.wrong(file, (lang, verb), f"the forms of {verb!r} are not complete", todo)
            else:
                found[lang][verb] = dict(zip(names, forms, strict=True))
    for other in sorted(set(file.data) - set(LANGUAGES)):
        read.wrong(file, (other,), f"unknown language {other!r}", f"Use {', '.join(LANGUAGES)}.")
    return found


def _openers(read: _Read) -> dict[Language, dict[str, tuple[str, ...]]]:
    file = read.file(OPENERS)
    found: dict[Language, dict[str, tuple[str, ...]]] = {lang: dict.fromkeys(OPENER_KINDS, ()) for lang in LANGUAGES}
    if file is None:
        return found
    for lang in LANGUAGES:
        if lang not in file.data:
            read.wrong(file, (lang,), f"the language {lang} is missing", f"Add [{lang}].")
    for name, entry in read.tables(file, OPENER_KINDS):
        if name not in LANGUAGES:
            read.wrong(file, (name,), f"unknown language {name!r}", f"Use {', '.join(LANGUAGES)}.")
            continue
        for kind in OPENER_KINDS:
            found[name][kind] = read.patterns(file, name, entry, kind)
    return found


def _rules(read: _Read) -> dict[str, Text]:
    file = read.file(RULES)
    found: dict[str, Text] = {}
    if file is None:
        return found
    for identifier, entry in read.tables(file, ("label",)):
        label = read.text(file, identifier, "label", entry.get("label"))
        if label is not None:
            found[identifier] = label
    for identifier in sorted(set(DUE_RULES) - set(found)):
        read.wrong(file, (identifier,), f"the rule {identifier} has no label", f"Add [{identifier}] with a label.")
    return found


def _read(root: Path) -> tuple[Drafting, list[Problem]]:
    read = _Read(root)
    strengths = _strengths(read)
    drafting = Drafting(
        strengths,
        _verbs(read, strengths),
        _terms(read, CONDITIONS),
        _terms(read, ADDRESSEES),
        _forms(read),
        _openers(read),
        _rules(read),
    )
    return drafting, read.problems


def load_drafting(root: Path, catalogue: Catalogue) -> Drafting:
    """The lexicon. Raises CatalogueError for the first thing in it that cannot be used."""
    drafting, problems = _read(root)
    fail_on_error(root, problems)
    return drafting


def check_drafting(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: what cannot be read, a phrase in two places, a verb without strength, a missing language or label."""
    return _read(root)[1]
