"""Full-text search in English, French and Spanish, with what was known on a date decided inside the index.

Each language has its own fields, stemmed as the language inflects and then without accents, and, for readers who type
none, without accents and then stemmed: *economia* and *economías* find *economía*. One more field holds every word
unstemmed: symbols, names and exact words are found there. The first day something can be known is a number in the
index, and every query carries the bound: what was not known yet is neither found nor counted, nor does it lend its
words to a guess at a misspelling.

An index belongs to the content it was built from and never changes. It is built beside the others and moved into
place whole; without a folder to write to it lives in memory. Queries are words, not a language: nothing a reader
types is an operator, and the length of what is looked at is bounded.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Filter, Occur, Query, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from sse_observatory.core import LANGUAGES, Language, Text

FORM = "1"
"""The form of the index; another one makes every index anew."""
PAGE_SIZE = 20
LAST_PAGE = 50
MOST_LETTERS = 200
MOST_WORDS = 12
SNIPPET = 220
NO_TEXT = Text()
ALWAYS, NEVER = 0, 99_999_999
"""The day on which what has no day is known, and the one on which it ends."""

_STEMMERS: dict[Language, str] = {"en": "English", "fr": "French", "es": "Spanish"}
_SYMBOL = re.compile(r"[^\W_]+(?:[/.\-][^\W_]+)+")
_WORD = re.compile(r"[^\W_]+")
_TITLE, _TEXT, _OWN, _EXACT = 3.0, 1.0, 1.6, 2.0


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found: a record, a table, a term. `also` are words outside any language: symbols, ids.

    It says this from the day `known` until before the day `until`: what is added to a record later is another entry
    with the same key, so that on any day there is one.
    """

    key: str
    kind: str
    title: Text
    text: Text = NO_TEXT
    also: str = ""
    known: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether it is what was looked for."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: its key and kind, its title and a passage of its text, in the language they are in."""

    key: str
    kind: str
    title: tuple[Piece, ...]
    title_lang: Language
    passage: tuple[Piece, ...] = ()
    passage_lang: Language = "en"


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found. `how`: every word (``all``), words close to these (``close``), some of them (``some``)."""

    hits: tuple[Hit, ...]
    total: int
    how: str
    kinds: tuple[tuple[str, int], ...] = ()
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, min(-(-self.total // PAGE_SIZE), LAST_PAGE))


NOTHING = Found((), 0, "all")


def _analyzer(*filters: Any) -> TextAnalyzer:
    made = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(60)).filter(Filter.lowercase())
    for one in filters:
        made = made.filter(one)
    return made.build()


@lru_cache(maxsize=1)
def _analyzers() -> dict[str, TextAnalyzer]:
    made = {"exact": _analyzer(Filter.ascii_fold())}
    for lang, name in _STEMMERS.items():
        # French and Spanish endings are told by their accents (adoptée, adopté), so they go after stemming.
        made[lang] = _analyzer(Filter.stemmer(name), Filter.ascii_fold())
        made[f"plain_{lang}"] = _analyzer(Filter.ascii_fold(), Filter.stemmer(name))
        made[f"stop_{lang}"] = _analyzer(Filter.stopword(name.lower()), Filter.ascii_fold())
    return made


@lru_cache(maxsize=1)
def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", stored=True, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_integer_field("known", indexed=True, fast=True)
    builder.add_integer_field("until", indexed=True, fast=True)
    for lang in LANGUAGES:
        builder.add_text_field(f"title_{lang}", stored=True, tokenizer_name=lang)
        builder.add_text_field(f"text_{lang}", stored=True, tokenizer_name=lang)
        builder.add_text_field(f"plain_{lang}", tokenizer_name=f"plain_{lang}")
    builder.add_text_field("exact", tokenizer_name="exact")
    return builder.build()


class Index:
    """An index that can be asked."""

    def __init__(self, index: tantivy.Index) -> None:
        for name, analyzer in _analyzers().items():
            if not name.startswith("stop_"):
                index.register_tokenizer(name, analyzer)
        self._index = index
        index.reload()
        self._searcher = index.searcher()

    @classmethod
    def built(cls, entries: Callable[[], Iterable[Entry]], root: Path | None, fingerprint: str) -> Index:
        """The index of what `entries` gives, from the folder `root` where it was built before, else built now.

        `fingerprint` names the content: equal fingerprints promise equal entries. Without a folder, or with one that
        cannot be written, the index lives in memory.
        """
        if root is None:
            return cls(_filled(tantivy.Index(_schema()), entries()))
        place = root / f"{FORM}-{fingerprint}"
        try:
            root.mkdir(parents=True, exist_ok=True)
            with _alone(root):
                if not (place / "meta.json").is_file():
                    _build(entries(), root, place)
        except OSError:
            return cls(_filled(tantivy.Index(_schema()), entries()))
        return cls(tantivy.Index(_schema(), str(place)))

    def find(
        self, text: str, lang: Language, as_of: date, kinds: Sequence[str] = (), page: int = 1
    ) -> Found:
        """What was known on `as_of` and has the words of `text`, of the given kinds, best first.

        Where nothing has every word: what has words close to them, else what has some of them.
        """
        words = _Words(text, lang)
        if not words:
            return NOTHING
        day, number = _day(as_of), tantivy.FieldType.Integer
        known = Query.range_query(_schema(), "known", number, lower_bound=None, upper_bound=day)
        still = Query.range_query(_schema(), "until", number, lower_bound=day, upper_bound=None, include_lower=False)
        bounds = [(Occur.Must, Query.const_score_query(bound, 0.0)) for bound in (known, still)]
        for how, query in words.queries():
            within = Query.boolean_query([(Occur.Must, query), *bounds])
            counted = self._kinds(within)
            total = sum(count for kind, count in counted if not kinds or kind in kinds)
            if total:
                return self._page(words, within, lang, how, counted, kinds, page, total)
            if counted:  # there is something, of other kinds
                return Found((), 0, how, counted, 1)
        return NOTHING

    def _kinds(self, query: Query) -> tuple[tuple[str, int], ...]:
        found = self._searcher.aggregate(query, {"kinds": {"terms": {"field": "kind", "size": 40}}})
        return tuple((bucket["key"], int(bucket["doc_count"])) for bucket in found["kinds"]["buckets"])

    def _page(
        self, words: _Words, query: Query, lang: Language, how: str, counted: tuple[tuple[str, int], ...],
        kinds: Sequence[str], page: int, total: int,
    ) -> Found:
        if kinds:
            wanted = [(Occur.Should, Query.term_query(_schema(), "kind", kind, "basic")) for kind in kinds[:40]]
            only = Query.const_score_query(Query.boolean_query(wanted), 0.0)
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, only)])
        page = max(1, min(page, -(-total // PAGE_SIZE), LAST_PAGE))
        found = self._searcher.search(query, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE, count=False)
        passages = _Passages(words, how)
        hits = tuple(passages.hit(self._searcher.doc(address), lang) for _, address in found.hits)
        return Found(hits, total, how, counted, page)


def _filled(index: tantivy.Index, entries: Iterable[Entry]) -> tantivy.Index:
    for name, analyzer in _analyzers().items():
        index.register_tokenizer(name, analyzer)
    # One thread: documents that score the same stay in the order they came in, whichever machine builds.
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    try:
        _write(writer, entries)
    except BaseException:
        writer.rollback()  # it would go on writing to a folder that is being removed
        writer.wait_merging_threads()
        raise
    writer.commit()
    writer.wait_merging_threads()
    return index


def _write(writer: tantivy.IndexWriter, entries: Iterable[Entry]) -> None:
    for entry in entries:
        document = tantivy.Document(key=entry.key, kind=entry.kind, known=_day(entry.known))
        document.add_integer("until", NEVER if entry.until is None else _day(entry.until))
        for lang in LANGUAGES:
            for field, text in (("title", entry.title.get(lang)), ("text", entry.text.get(lang))):
                if text:
                    document.add_text(f"{field}_{lang}", text)
                    document.add_text(f"plain_{lang}", text)
                    document.add_text("exact", text)
        if entry.also:
            document.add_text("exact", entry.also)
        writer.add_document(document)


def _build(entries: Iterable[Entry], root: Path, place: Path) -> None:
    for left in root.glob(".building-*"):  # by a process that ended: who builds is alone
        shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
    try:
        _filled(tantivy.Index(_schema(), str(made)), entries)
        former = sorted((p for p in root.iterdir() if p.is_dir() and p not in (made, place)), key=_age)
        made.chmod(0o755)
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    # The one before stays, for a process that still answers from it.
    for old in former[:-1]:
        shutil.rmtree(old, ignore_errors=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _day(day: date | None) -> int:
    return ALWAYS if day is None else day.year * 10_000 + day.month * 100 + day.day


class _Words:
    """The words of a query, and the queries they make, from the strictest to the most lenient."""

    def __init__(self, text: str, lang: Language) -> None:
        text = text[:MOST_LETTERS]
        self.lang = lang
        self.symbols = [_tokens("exact", match[0]) for match in _SYMBOL.finditer(text)][:MOST_WORDS]
        self.words = _WORD.findall(_SYMBOL.sub(" ", text))[:MOST_WORDS]
        small = [word for word in self.words if not _tokens(f"stop_{lang}", word)]
        # Small words only help to rank; a query of nothing else is taken at its word.
        self.small = small if len(small) < len(self.words) or self.symbols else []
        self.words = [word for word in self.words if word not in self.small and _tokens("exact", word)]

    def __bool__(self) -> bool:
        return bool(self.words or self.symbols)

    def queries(self) -> Iterator[tuple[str, Query]]:
        asked = [*(_phrase(tokens) for tokens in self.symbols), *(self._word(word) for word in self.words)]
        helping = [(Occur.Should, self._word(word)) for word in self.small]
        yield "all", Query.boolean_query([*((Occur.Must, query) for query in asked), *helping])
        close = [*(_phrase(tokens) for tokens in self.symbols), *(self._close(word) for word in self.words)]
        yield "close", Query.boolean_query([(Occur.Must, query) for query in close])
        if len(asked) > 1:
            yield "some", Query.boolean_query([(Occur.Should, query) for query in asked])

    def _word(self, word: str) -> Query:
        found = [_boosted("exact", token, _EXACT) for token in _tokens("exact", word)]
        for lang in LANGUAGES:
            own = _OWN if lang == self.lang else 1.0
            for token in _tokens(lang, word):
                found += [_boosted(f"title_{lang}", token, _TITLE * own), _boosted(f"text_{lang}", token, _TEXT * own)]
            found += [_boosted(f"plain_{lang}", token, _TEXT * own) for token in _tokens(f"plain_{lang}", word)]
        return Query.boolean_query([(Occur.Should, query) for query in found])

    def _close(self, word: str) -> Query:
        [token, *_] = _tokens("exact", word)
        if len(token) < 4 or not token.isalpha():
            return self._word(word)
        near = Query.fuzzy_term_query(_schema(), "exact", token, distance=_distance(token))
        return Query.boolean_query([(Occur.Should, near), (Occur.Should, self._word(word))])


def _tokens(analyzer: str, text: str) -> list[str]:
    return list(_analyzers()[analyzer].analyze(text))


def _boosted(field: str, token: str, boost: float) -> Query:
    return Query.boost_query(Query.term_query(_schema(), field, token), boost)


def _phrase(tokens: list[str]) -> Query:
    if len(tokens) == 1:
        return _boosted("exact", tokens[0], _EXACT)
    return Query.boost_query(Query.phrase_query(_schema(), "exact", list(tokens)), _TITLE * _EXACT)


class _Passages:
    """Titles and passages of what was found, with the words looked for marked."""

    def __init__(self, words: _Words, how: str) -> None:
        asked = [*words.words, *(token for tokens in words.symbols for token in tokens)]
        self._stems = {
            name: {token for word in asked for token in _tokens(name, word)}
            for name in ("exact", *LANGUAGES, *(f"plain_{lang}" for lang in LANGUAGES))
        }
        self._close = [token for token in self._stems["exact"] if len(token) >= 4] if how == "close" else []

    def hit(self, document: Any, lang: Language) -> Hit:
        title, title_lang = self._pieces(document, "title", lang)
        passage, passage_lang = self._pieces(document, "text", lang)
        return Hit(document["key"][0], document["kind"][0], title, title_lang, passage, passage_lang)

    def _pieces(self, document: Any, field: str, lang: Language) -> tuple[tuple[Piece, ...], Language]:
        for candidate in (lang, *LANGUAGES):
            stored = document.get_first(f"{field}_{candidate}")
            if stored:
                places = self._places(stored, candidate)
                return tuple(_cut(stored, places, None if field == "title" else SNIPPET)), candidate
        return (), lang

    def _places(self, text: str, lang: Language) -> list[tuple[int, int]]:
        """Where in `text` the words looked for stand."""
        words = list(_WORD.finditer(text))
        analysed = {name: _tokens(name, text) for name in ("exact", lang, f"plain_{lang}")}
        if any(len(tokens) != len(words) for tokens in analysed.values()):
            return []  # a writing the analyzer cuts otherwise
        return [
            word.span()
            for place, word in enumerate(words)
            if any(tokens[place] in self._stems[name] for name, tokens in analysed.items())
            or any(_near(analysed["exact"][place], token) for token in self._close)
        ]


def _near(a: str, b: str) -> bool:
    """Whether two words are as close as a lenient query accepts."""
    most = _distance(b)
    if abs(len(a) - len(b)) > most:
        return False
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1] <= most


def _distance(token: str) -> int:
    return 1 if len(token) < 8 else 2


def _cut(text: str, places: list[tuple[int, int]], most: int | None) -> Iterator[Piece]:
    """`text`, or a passage of it around most of the places, in pieces."""
    start, end = 0, len(text)
    if most is not None and len(text) > most:
        if places:
            start = max(places, key=lambda p: sum(p[0] <= q[0] < p[0] + most for q in places))[0]
        start = 0 if start < most // 2 else text.rfind(" ", 0, start - 30) + 1
        end = len(text) if start + most >= len(text) else max(text.rfind(" ", start, start + most), start + most // 2)
    if start:
        yield Piece("… ", False)
    at = start
    for first, last in places:
        if first < at or last > end:
            continue
        if first > at:
            yield Piece(text[at:first], False)
        yield Piece(text[first:last], True)
        at = last
    if at < end:
        yield Piece(text[at:end], False)
    if end < len(text):
        yield Piece(" …", False)
