"""Words of a text with their places, and phrases found in them in one pass.

Phrases are kept in a tree of words, so that a text is walked once whatever the number of phrases: the tree is entered
at each word and left at the first that fits none. A gap in a phrase is at most `GAP_WORDS` words long and crosses no
punctuation, which bounds the walk.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sse_observatory.catalogue.drafting import GAP, TOKEN, Phrase, normal

GAP_WORDS = 5

T = TypeVar("T")


class Tokens:
    """The words and punctuation marks of a text, each as compared (`words`), with its place (`starts`, `ends`)."""

    __slots__ = ("ends", "starts", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        spans = [found.span() for found in TOKEN.finditer(text) if not _is_mark(text, *found.span())]
        # `normal` is by word: lower case may change the length of a text ("İ").
        self.words = [normal(text[start:end]) for start, end in spans]
        if "" in self.words:  # soft hyphens alone
            spans = [span for span, word in zip(spans, self.words, strict=True) if word]
            self.words = [word for word in self.words if word]
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]

    def __len__(self) -> int:
        return len(self.words)

    def printed(self, first: int, end: int) -> str:
        """The text from token `first` up to, not including, token `end`."""
        return self.text[self.starts[first] : self.ends[end - 1]] if first < end else ""

    def capital(self, at: int) -> bool:
        """Whether the word begins with a capital letter."""
        return self.text[self.starts[at]].isupper()

    def name(self, at: int) -> bool:
        """Whether the word is written like a name: with a capital, but not wholly in capitals."""
        word = self.text[self.starts[at] : self.ends[at]]
        return word[0].isupper() and not (len(word) > 1 and word.isupper())


def _is_mark(text: str, start: int, end: int) -> bool:
    """Whether a figure is the mark of a note that lost its place above the line: ``Committee,1 took``."""
    return (
        end - start <= 2
        and start >= 2
        and text[start - 1] in ",;"
        and text[start - 2].isalpha()
        and text[start:end].isdecimal()
        and not text[end : end + 1].isalnum()
    )


def composed(text: str) -> tuple[str, Sequence[int]]:
    """`text` with letters and their accents as one character each, and where each character stands in `text`.

    Patterns are written with composed letters; some files spell "período" with a loose accent.
    """
    if unicodedata.is_normalized("NFC", text):
        return text, range(len(text) + 1)
    out: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        cluster = unicodedata.normalize("NFC", text[at:end])
        out.append(cluster)
        places += [at] * len(cluster)
        at = end
    return "".join(out), [*places, len(text)]


_NOWHERE: frozenset[int] = frozenset()
_OPEN, _CLOSE = frozenset({"("}), frozenset({")"})


def enclosed(
    words: Sequence[str], first: int, end: int, opening: frozenset[str] = _OPEN, closing: frozenset[str] = _CLOSE
) -> frozenset[int]:
    """The tokens between `first` and `end` that stand in marks opened there, the marks included."""
    if opening.isdisjoint(words[first:end]):
        return _NOWHERE
    found = []
    depth = 0
    for at in range(first, end):
        if words[at] in opening:
            depth += 1
        if depth:
            found.append(at)
            depth -= words[at] in closing
    return frozenset(found)


def listed(text: str) -> frozenset[str]:
    """Words written one after another, as a set."""
    return frozenset(text.split())


def is_word(token: str) -> bool:
    """Whether a token is a word and no punctuation mark."""
    return token[0].isalnum()


class Match(NamedTuple, Generic[T]):
    """A phrase found: `places` are the tokens of its words (gaps left out), `end` the token after its last."""

    value: T
    places: tuple[int, ...]
    end: int


class Tree(Generic[T]):
    """Phrases by their words."""

    __slots__ = ("_root",)

    def __init__(self, phrases: Iterable[tuple[Phrase, T]] = ()) -> None:
        self._root: dict[str, Any] = {}
        for phrase, value in phrases:
            self.add(phrase, value)

    def add(self, phrase: Phrase, value: T) -> None:
        """Add a phrase; the same phrase may have several values."""
        node = self._root
        for word in phrase:
            node = node.setdefault(word, {})
        values = node.setdefault("", [])
        if value not in values:
            values.append(value)

    def words(self) -> Iterator[str]:
        """Every word of the phrases, some of them more than once."""
        nodes = [self._root]
        while nodes:
            for word, node in nodes.pop().items():
                if word:
                    yield word
                    nodes.append(node)

    def starts(self, word: str) -> bool:
        """Whether some phrase begins with `word`."""
        return word in self._root

    def at(self, words: Sequence[str], first: int) -> list[Match[T]]:
        """Every phrase that begins at token `first`."""
        node = self._root.get(words[first]) if first < len(words) else None
        if node is None:
            return []
        found: list[Match[T]] = []
        walk: list[tuple[dict[str, Any], tuple[int, ...], int]] = [(node, (first,), first + 1)]
        while walk:
            node, places, at = walk.pop()
            for value in node.get("", ()):
                found.append(Match(value, places, places[-1] + 1))
            if at < len(words):
                after = node.get(words[at])
                if after is not None:
                    walk.append((after, (*places, at), at + 1))
            beyond = node.get(GAP)
            if beyond is not None:
                for skipped in range(at, min(at + GAP_WORDS + 1, len(words))):
                    after = beyond.get(words[skipped])
                    if after is not None:
                        walk.append((after, (*places, skipped), skipped + 1))
                    if not is_word(words[skipped]) and words[skipped] != "'":  # "the Secretary-General's attention"
                        break
        return found

    def longest(self, words: Sequence[str], first: int) -> Match[T] | None:
        """The phrase of most words that begins at `first`; of equals, the one with the least in between."""
        found = self.at(words, first)
        return max(found, key=lambda match: (len(match.places), -match.end)) if found else None
