"""Sentences of the documents that are built from records and releases, written whole in each language.

``templates/<product>.toml`` orders the sections of a document, ``templates/<product>/<section>.toml`` holds the
sentences of each. ``templates/areas.csv`` and ``templates/groups.toml`` hold the names of areas and groups as a
sentence needs them (*in Kenya*, *au Kenya*, *en Kenia*): they are data, because no rule gives them.
``templates/conditions.toml`` lists the wordings by which a reader recognises a condition of a provision,
``templates/words.toml`` the words of the page itself.

The language is small on purpose: a translator should read it without a manual.

* ``{{ path }}`` or ``{{ path | form }}`` prints what a record or an observation says;
* ``[words](path)``, ``[words](path = value)`` and ``[words](path has value)`` are words that say so.

A template holds no digits: whatever is a number or a date is a claim. A sentence makes the same claims in every
language, and at least one, unless it stands in the closed list of connecting sentences. The sentence about a provision
names every condition of the provision: a summary that drops "upon request" is refused.

Left out: loops inside a sentence, arithmetic, and joining words. What has two forms is two sentences.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from sse_observatory.catalogue.problems import Problem, TomlFile, fail_on_error, read_toml, text_of, translation_problem
from sse_observatory.core import LANGUAGES, CatalogueError, Language, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FOLDER = "templates"
AREAS, GROUPS = f"{FOLDER}/areas.csv", f"{FOLDER}/groups.toml"
CONDITIONS, WORDS = f"{FOLDER}/conditions.toml", f"{FOLDER}/words.toml"
FILES = (f"{FOLDER}/*.toml", f"{FOLDER}/*.csv", f"{FOLDER}/*/*.toml")
PRODUCTS = ("briefing",)

FORMS = (
    "date", "Date", "day", "month", "year", "number", "words", "ordinal", "ordinalm", "tally", "quoted", "in", "of",
    "for", "name", "list", "items", "labels", "count", "span", "text", "link",
)  # fmt: skip
"""The forms in which a claim can be printed; `updates.forms` says what each does."""
LAYOUTS = ("points", "paragraphs", "provisions", "due", "figures", "notes")
CONTEXT = ("it", "group", "document", "coverage")
"""First words of a path that are not the id of a record: the row a sentence is written for, and the document's own."""
CATEGORIES = ("zero", "one", "two", "few", "many", "other")

_PIECE = re.compile(r"\{\{(?P<value>[^{}]*)\}\}|\[(?P<words>[^\[\]]+)\]\((?P<test>[^()]*)\)")
_PATH = r"[A-Za-z][A-Za-z0-9_\-]*(?::[A-Za-z0-9_\-]+)*(?:\.[A-Za-z0-9_\-]+)*"
_VALUE = re.compile(rf"\s*(?P<path>{_PATH})\s*(?:\|\s*(?P<form>[A-Za-z]+)\s*)?")
_TEST = re.compile(rf"\s*(?P<path>{_PATH})\s*(?:(?P<how>=|has)\s*(?P<expected>.+?)\s*)?")
_NARROW, _WIDE = "\u202f", "\u00a0"


@dataclass(frozen=True, slots=True)
class Test:
    """Something that must hold: a path that leads to something, equals a value (``=``) or holds it (``has``)."""

    path: str
    how: Literal["", "=", "has"] = ""
    expected: str = ""

    def __str__(self) -> str:
        return f"{self.path} {self.how} {self.expected}" if self.how else self.path

    @classmethod
    def parse(cls, written: str) -> Test:
        """The test written as in a template. Raises ValueError for another form."""
        found = _TEST.fullmatch(written)
        if not found:
            raise ValueError(f"{written!r} is not a path, “path = value” or “path has value”")
        return cls(found["path"], cast(Any, found["how"] or ""), found["expected"] or "")


@dataclass(frozen=True, slots=True)
class Value:
    """A claim printed in a form."""

    path: str
    form: str = ""

    @property
    def test(self) -> Test:
        """The claim without its form."""
        return Test(self.path)


@dataclass(frozen=True, slots=True)
class Said:
    """Words that make a claim."""

    words: str
    test: Test


Piece = str | Value | Said


def parse(template: str) -> tuple[Piece, ...]:
    """A template as words, printed claims and words that claim. Raises ValueError for what is not understood."""
    pieces: list[Piece] = []
    at = 0
    for found in _PIECE.finditer(template):
        if found.start() > at:
            pieces.append(template[at : found.start()])
        if found["value"] is not None:
            value = _VALUE.fullmatch(found["value"])
            if not value:
                raise ValueError(f"{found[0]!r} is not {{{{ path }}}} or {{{{ path | form }}}}")
            if value["form"] and value["form"] not in FORMS:
                raise ValueError(f"{value['form']!r} is not a form; use {', '.join(FORMS)}")
            pieces.append(Value(value["path"], value["form"] or ""))
        else:
            pieces.append(Said(found["words"], Test.parse(found["test"])))
        at = found.end()
    if at < len(template):
        pieces.append(template[at:])
    for piece in pieces:
        if isinstance(piece, str) and re.search(r"[{}\[\]]", piece):
            raise ValueError(f"{piece.strip()!r} holds a bracket that opens or closes nothing")
    return tuple(pieces)


Variants = Mapping[str, tuple[Piece, ...]]
"""The forms of a sentence by plural category of CLDR; a sentence without plural has ``other`` only."""


@dataclass(frozen=True, slots=True)
class Template:
    """One sentence.

    It is written when everything in `needs` holds and nothing in `without` does; of the sentences with the same
    `one_of`, the first that can be. `groups` limits it to briefings of those groups; `each` writes it for every row of
    a list, `counts` chooses its plural form. `about` names the provision whose conditions it must keep, `facts` which
    claim states which fact of a seed. `opens` begins a new paragraph; `connecting` sentences carry no claim.
    """

    id: str
    section: str
    texts: Mapping[Language, Variants]
    needs: tuple[Test, ...] = ()
    without: tuple[Test, ...] = ()
    groups: tuple[str, ...] = ()
    one_of: str = ""
    each: str = ""
    counts: str = ""
    about: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    opens: bool = False
    connecting: bool = False
    file: str = ""
    line: int | None = None

    def pieces(self, lang: Language, category: str = "other") -> tuple[Piece, ...]:
        """The sentence in `lang` for a plural category; ``other`` stands for a form that is not written."""
        variants = self.texts[lang]
        return variants.get(category, variants["other"])

    def claims(self, lang: Language, category: str = "other") -> frozenset[str]:
        """What the sentence claims in `lang`, each claim written as a test."""
        return frozenset(
            str(piece.test) for piece in self.pieces(lang, category) if isinstance(piece, Value | Said)
        )


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a document: how its sentences are set, and its heading (None: it has none).

    `later` marks the section of what was learned after the as-of date; `whole` names the texts of which every provision
    that asks for something is listed, also one for which nobody has written a sentence yet.
    """

    id: str
    layout: str
    heading: Text | None
    templates: tuple[Template, ...]
    later: bool = False
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forms:
    """A name as sentences need it: with its article (``name``) and after the prepositions that it takes.

    An area has ``in``; a group has ``of`` (a country of it) and ``for`` (a briefing for it).
    """

    by_name: Mapping[str, Text]

    @property
    def name(self) -> Text:
        """The name with its article."""
        return self.by_name["name"]

    def form(self, name: str) -> Text:
        """The name in a form. Raises KeyError for one that it does not have."""
        return self.by_name[name]


@dataclass(frozen=True)
class Templates:
    """The documents by name, and what their sentences share."""

    products: Mapping[str, tuple[Section, ...]]
    areas: Mapping[str, Forms]
    groups: Mapping[str, Forms]
    conditions: Mapping[str, Mapping[Language, tuple[str, ...]]]
    words: Mapping[str, Text]

    def all(self) -> Iterator[Template]:
        """Every sentence, in the order of the documents."""
        for sections in self.products.values():
            for section in sections:
                yield from section.templates


_KEYS = {
    "needs", "without", "groups", "one_of", "each", "counts", "about", "facts", "opens", "connecting", *LANGUAGES,
}  # fmt: skip


@dataclass
class _Read:
    root: Path
    catalogue: Catalogue
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def wrong(self, file: TomlFile | str, path: tuple[str, ...], key: str, what: str, todo: str) -> None:
        name, line = (file, None) if isinstance(file, str) else (file.name, file.line(*path))
        self.problems.append(Problem(name, line, key, what, todo))

    def toml(self, name: str) -> TomlFile | None:
        try:
            return read_toml(self.root, name)
        except CatalogueError as error:
            self.problems.append(Problem.of(error, self.root, name))
            return None

    def product(self, name: str) -> tuple[Section, ...]:
        file = self.toml(f"{FOLDER}/{name}.toml")
        sections = []
        for key, entry in (file.data if file else {}).items():
            assert file is not None
            unknown = set(entry) - {"layout", "heading", "later", "whole"} if isinstance(entry, dict) else {"?"}
            if unknown or entry.get("layout") not in LAYOUTS:
                todo = f"A section has a layout ({', '.join(LAYOUTS)}) and may have heading, later and whole."
                self.wrong(file, (key,), key, "the section is not understood", todo)
                continue
            heading = None
            if "heading" in entry:
                heading, problems = text_of(file, (key, "heading"), entry["heading"], "heading")
                self.problems += problems
                missing = translation_problem(file.name, file.line(key), key, "heading", heading, "error")
                self.problems += [missing] if missing else []
            sentences = self.sentences(f"{FOLDER}/{name}/{key}.toml", key)
            whole = tuple(entry.get("whole", ()))
            sections.append(Section(key, entry["layout"], heading, sentences, bool(entry.get("later")), whole))
        return tuple(sections)

    def sentences(self, name: str, section: str) -> tuple[Template, ...]:
        file = self.toml(name)
        found = []
        for key, entry in (file.data if file else {}).items():
            assert file is not None
            template = self.sentence(file, section, key, entry)
            if template is not None:
                found.append(template)
        return tuple(found)

    def sentence(self, file: TomlFile, section: str, key: str, entry: Any) -> Template | None:
        if not isinstance(entry, dict) or set(entry) - _KEYS:
            unknown = ", ".join(sorted(set(entry) - _KEYS)) if isinstance(entry, dict) else key
            self.wrong(file, (key,), key, f"{unknown} is not understood", f"Use {', '.join(sorted(_KEYS))}.")
            return None
        if key in self.seen:
            what = f"the sentence stands in {self.seen[key]} already"
            self.wrong(file, (key,), key, what, "Keep one, or give this one another name.")
            return None
        self.seen[key] = file.name
        texts: dict[Language, Variants] = {}
        for lang in LANGUAGES:
            variants = self.variants(file, key, lang, entry.get(lang))
            if variants is not None:
                texts[lang] = variants
        tests: dict[str, tuple[Test, ...]] = {}
        for name in ("needs", "without"):
            tests[name] = tuple(self.tests(file, key, name, entry.get(name, [])))
        if len(texts) < len(LANGUAGES):
            return None
        return Template(
            key, section, texts, tests["needs"], tests["without"], tuple(entry.get("groups", ())),
            entry.get("one_of", ""), entry.get("each", ""), entry.get("counts", ""), entry.get("about", ""),
            dict(entry.get("facts", {})), bool(entry.get("opens")), bool(entry.get("connecting")),
            file.name, file.line(key),
        )  # fmt: skip

    def variants(self, file: TomlFile, key: str, lang: Language, written: Any) -> Variants | None:
        if written is None:
            self.wrong(file, (key,), key, f"the sentence is missing in {lang}", f"Write it in {lang}.")
            return None
        forms = written if isinstance(written, dict) else {"other": written}
        unknown = sorted(set(forms) - set(CATEGORIES))
        if unknown or "other" not in forms or not all(isinstance(v, str) and v.strip() for v in forms.values()):
            todo = 'Write it as a text, or as { one = "…", other = "…" }; “other” must be there.'
            self.wrong(file, (key, lang), key, f"the {lang} sentence is not understood", todo)
            return None
        parsed = {}
        for category, text in forms.items():
            try:
                parsed[category] = parse(text.strip())
            except ValueError as error:
                self.wrong(file, (key, lang), key, f"{lang}: {error}", "Correct the template.")
                return None
        return parsed

    def tests(self, file: TomlFile, key: str, name: str, written: Any) -> Iterator[Test]:
        for one in written if isinstance(written, list) else [written]:
            try:
                yield Test.parse(str(one))
            except ValueError as error:
                self.wrong(file, (key, name), key, f"{name}: {error}", "Correct the condition.")

    def areas(self) -> dict[str, Forms]:
        known = self.catalogue.codelists["CL_AREA"]
        found: dict[str, Forms] = {}
        try:
            text = (self.root / AREAS).read_text(encoding="utf-8")
        except OSError:
            self.wrong(AREAS, (), "areas.csv", "the file is missing", "Restore it from the package.")
            return found
        for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
            values = {name: (row.get(name) or "").strip() for name in ("code", *_AREA_COLUMNS)}
            code = values["code"]
            if code not in known:
                self.problems.append(Problem(AREAS, line, code, "is not a code of CL_AREA", "Correct the code."))
            elif code in found:
                self.problems.append(Problem(AREAS, line, code, "stands here twice", "Keep one of the two lines."))
            elif not all(values.values()):
                empty = ", ".join(name for name, value in values.items() if not value)
                self.problems.append(Problem(AREAS, line, code, f"{empty} is empty", "Write the form."))
            else:
                name = Text.of({lang: values[lang] for lang in LANGUAGES})
                inside = Text.of({lang: values[f"{lang}_in"] for lang in LANGUAGES})
                found[code] = Forms({"name": name, "in": inside})
        return found

    def groups(self) -> dict[str, Forms]:
        file = self.toml(GROUPS)
        found: dict[str, Forms] = {}
        for key, entry in (file.data if file else {}).items():
            assert file is not None
            if not isinstance(entry, dict) or set(entry) != set(_GROUP_FORMS):
                todo = f"A group has {', '.join(_GROUP_FORMS)}, each in en, fr and es."
                self.wrong(file, (key,), key, "the forms are not understood", todo)
                continue
            texts = {}
            for what in _GROUP_FORMS:
                text, problems = text_of(file, (key, what), entry[what], what)
                self.problems += problems
                missing = translation_problem(file.name, file.line(key, what), key, what, text, "error")
                self.problems += [missing] if missing else []
                if text is not None:
                    texts[what] = text
            if len(texts) == len(_GROUP_FORMS):
                found[key] = Forms(texts)
        return found

    def conditions(self) -> dict[str, Mapping[Language, tuple[str, ...]]]:
        file = self.toml(CONDITIONS)
        found: dict[str, Mapping[Language, tuple[str, ...]]] = {}
        for key, entry in (file.data if file else {}).items():
            assert file is not None
            right = isinstance(entry, dict) and set(entry) == set(LANGUAGES)
            if not right or not all(isinstance(v, list) and v for v in entry.values()):
                todo = "A condition has en, fr and es, each a list of wordings."
                self.wrong(file, (key,), key, "the wordings are not understood", todo)
                continue
            found[key] = {lang: tuple(entry[lang]) for lang in LANGUAGES}
        return found

    def words(self) -> dict[str, Text]:
        file = self.toml(WORDS)
        found = {}
        for key, entry in (file.data if file else {}).items():
            assert file is not None
            text, problems = text_of(file, (key,), entry, "text")
            self.problems += problems
            missing = translation_problem(file.name, file.line(key), key, "text", text, "error")
            self.problems += [missing] if missing else []
            if text is not None:
                found[key] = text
        return found


_GROUP_FORMS = ("name", "of", "for")
_AREA_COLUMNS = tuple(f"{lang}{suffix}" for lang in LANGUAGES for suffix in ("", "_in"))


def _read(root: Path, catalogue: Catalogue) -> tuple[Templates, _Read]:
    read = _Read(root, catalogue)
    templates = Templates(
        {name: read.product(name) for name in PRODUCTS},
        read.areas(), read.groups(), read.conditions(), read.words(),
    )  # fmt: skip
    for template in templates.all():
        read.problems += _faults(template, templates)
    return templates, read


def load_templates(root: Path, catalogue: Catalogue) -> Templates:
    """The sentences. Raises CatalogueError for the first that cannot be read or breaks a rule of the language."""
    templates, read = _read(root, catalogue)
    fail_on_error(root, read.problems)
    return templates


def check_templates(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: what cannot be read; digits; claims that differ between languages; a sentence without a claim; a record
    or a fact that does not exist; a condition of a provision that a sentence drops; spaces and quotation marks that a
    language does not write; a country without its forms."""
    templates, read = _read(root, catalogue)
    yield from read.problems
    for code in catalogue.codelists["CL_AREA"].codes:
        if code.id not in templates.areas and code.id not in _FICTIONAL:
            todo = "Add a line with its name, and its name with the preposition of place, in each language."
            yield Problem(AREAS, None, code.id, "the area has no forms for sentences", todo)
    records = _records(catalogue)
    for template in templates.all():
        yield from _references(template, records)
        yield from dropped(template, templates, _conditions_of(records.get(template.about)))


_FICTIONAL = frozenset({"XSO"})


def _records(catalogue: Catalogue) -> Mapping[str, Any]:
    portfolio = catalogue.part("portfolio")
    return cast("Mapping[str, Any]", getattr(portfolio, "records", portfolio))


def _conditions_of(record: Any) -> frozenset[str]:
    acts = getattr(record, "acts", ())
    return frozenset(condition.term for act in acts for condition in act.conditions)


def _faults(template: Template, templates: Templates) -> Iterator[Problem]:
    """What is wrong with a sentence by itself."""

    def fault(what: str, todo: str) -> Problem:
        return Problem(template.file, template.line, template.id, what, todo)

    claims = {(lang, c): template.claims(lang, c) for lang in LANGUAGES for c in template.texts[lang]}
    first = claims["en", "other"]
    for (lang, category), made in claims.items():
        if made != first:
            differing = ", ".join(sorted(made ^ first))
            yield fault(
                f"{lang} ({category}) and en do not make the same claims: {differing}",
                "Make the same claims in each language and each form.",
            )
    if not first and not template.connecting:
        yield fault("the sentence makes no claim", "Add one, or say connecting = true where it only connects.")
    if first and template.connecting:
        yield fault("a connecting sentence makes a claim", "Leave out connecting.")
    if template.counts == "" and any(set(template.texts[lang]) != {"other"} for lang in LANGUAGES):
        yield fault("the sentence has plural forms but counts nothing", "Say with counts = what is counted.")
    for lang in LANGUAGES:
        for pieces in template.texts[lang].values():
            plain = "".join(p if isinstance(p, str) else p.words if isinstance(p, Said) else "\ufffc" for p in pieces)
            digit = re.search(r"\d", plain)
            if digit:
                around = plain[max(digit.start() - 12, 0) : digit.end() + 12].strip()
                yield fault(f"{lang}: a template holds no digits ({around!r})", "Make the number or date a claim.")
            for what in typographic_faults(plain, lang):
                yield fault(f"{lang}: {what}", "Write it as the language does.")


def typographic_faults(text: str, lang: Language) -> Iterator[str]:
    """What an editor of the language would mark in `text`: spaces, quotation marks, apostrophes."""
    if "'" in text or '"' in text:
        yield "straight quotation marks or apostrophes"
    if "  " in text:
        yield "two spaces in a row"
    if lang == "fr":
        if re.search(rf"(?<![{_NARROW}{_WIDE}])(?:[;!?»](?!\w)|:(?![/\w]))", text):
            yield "no no-break space before ; : ! ? or »"
        if re.search(rf"«(?![{_NARROW}{_WIDE}])", text):
            yield "no no-break space after «"
        if re.search(r"[“”]", text):
            yield "English quotation marks"
    elif re.search(rf"[ {_NARROW}{_WIDE}][;:!?»]", text):
        yield "a space before ; : ! ? or »"
    if lang == "es":
        if text.count("?") != text.count("¿") or text.count("!") != text.count("¡"):
            yield "a question or exclamation without its opening mark"
        if re.search(r"[“”]", text):
            yield "English quotation marks"
    if lang == "en" and re.search(r"[«»]", text):
        yield "French quotation marks"


def _references(template: Template, records: Mapping[str, Any]) -> Iterator[Problem]:
    named = {test.path for test in (*template.needs, *template.without)}
    named |= {Test.parse(claim).path for claim in template.claims("en")} | set(template.facts) | {template.about}
    for path in sorted(named - {""}):
        if path.split(".")[0] in CONTEXT:
            continue
        for name in [part for part in re.split(r"[:.]", path) if "-" in part]:
            if name not in records:
                todo = "Correct the id, or write the record."
                yield Problem(template.file, template.line, template.id, f"there is no record {name!r}", todo)
    stated = template.claims("en")
    for fact, claim in template.facts.items():
        if claim not in stated:
            what = f"{fact} is to be stated by {claim!r}, which the sentence does not claim"
            yield Problem(template.file, template.line, template.id, what, "Name a claim of the sentence.")


def dropped(template: Template, templates: Templates, conditions: Iterable[str]) -> Iterator[Problem]:
    """The conditions that the sentence about a provision does not name, in each language in which it does not.

    A condition counts as named where words of the sentence claim it and hold one of its known wordings.
    """
    needed = frozenset(conditions)
    for lang in LANGUAGES:
        for pieces in template.texts[lang].values():
            kept = {}
            for piece in pieces:
                if isinstance(piece, Said) and piece.test.path.endswith(".conditions") and piece.test.how == "has":
                    kept[piece.test.expected] = piece.words
            for term in sorted(needed - set(kept)):
                yield Problem(
                    template.file, template.line, template.id,
                    f"{lang}: the sentence about {template.about} drops the condition {term}",
                    f"Name it: [words](it.conditions has {term}).",
                )  # fmt: skip
            for term, words in kept.items():
                wordings = templates.conditions.get(term, {}).get(lang, ())
                if not any(re.search(rf"(?<!\w){re.escape(wording)}(?!\w)", words, re.I) for wording in wordings):
                    yield Problem(
                        template.file, template.line, template.id,
                        f"{lang}: {words!r} is not a known wording of the condition {term}",
                        f"Use one of {', '.join(wordings) or 'none yet'}, or add the wording to {CONDITIONS}.",
                    )  # fmt: skip
