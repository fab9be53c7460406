"""The briefing to a government group: what was adopted, what it asks, who does what, what the figures say.

`build` asks the records and the releases as of a day, chooses the sentences of ``templates/briefing/`` whose conditions
hold, and resolves each of their claims. It stops, naming the claim, where one cannot be resolved, where an open
conflict touches one, and where the sentence about a provision drops a condition of it; nothing is written then.

What was learned after the day stands in a part of its own, marked so, and only where it corrects something the document
says. Left out: any judgement of importance. What a briefing mentions is decided in the templates, by people.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from babel import Locale

from sse_observatory import catalogue as catalogues
from sse_observatory.catalogue import Catalogue
from sse_observatory.catalogue.groups import GroupMembers
from sse_observatory.catalogue.portfolio import Actor, Conflict, GovernmentGroup, Provision, Region
from sse_observatory.catalogue.portfolio import Source as RecordSource
from sse_observatory.catalogue.templates import Piece, Said, Section, Template, Templates, Value, dropped, parse
from sse_observatory.core import LANGUAGES, Language, NotFound, ObservatoryError, Text
from sse_observatory.figures import NARROW_WIDTH, WIDE, Chart, Dot, dot_chart
from sse_observatory.releases import FICTIONAL_AREAS, Releases
from sse_observatory.updates.claims import GRAVITY, MARKED, Claim, Group, Reference, Resolver, Unresolved, plain
from sse_observatory.updates.document import (
    Block,
    Document,
    Grid,
    Kept,
    Paragraphs,
    Part,
    Picture,
    Points,
    Row,
    Run,
    Sentence,
    Source,
)
from sse_observatory.updates.figures import Coverage, Publication, Published
from sse_observatory.updates.forms import printed, printed_date, sorted_names
from sse_observatory.updates.records import Records, View

PRODUCT = "briefing"
HORIZON = 12
"""How many years ahead a briefing looks for what is due."""
MOST_DUE = 6
"""How many due dates a briefing lists: the next of each, the nearest first."""


def build(
    records: Records,
    releases: Releases,
    group: str,
    as_of: date,
    languages: Iterable[Language] = LANGUAGES,
    *,
    later: bool = True,
    catalogue: Catalogue | None = None,
) -> Document:
    """The briefing to `group` as of a day, in each of `languages`.

    `group` is the name of a government group, a region or another group of the catalogue, or the id of its record
    (``africa``, ``AFRICA_GROUP``, ``grp-gov-africa``). `later` adds what was learned after the day about what the
    document says. Raises NotFound for an unknown group; Unresolved, OpenConflict and ObservatoryError as said above.
    """
    loaded = catalogue or catalogues.load()
    resolver = resolver_of(loaded, records, releases, group, as_of)
    return _Builder(loaded, records, resolver, tuple(languages), later).document()


def resolver_of(catalogue: Catalogue, records: Records, releases: Releases, group: str, as_of: date) -> Resolver:
    """What answers the claims of a document about `group` as of a day. Raises as `build` does."""
    view = records.as_of(as_of)
    members, known = members_of(catalogue, view, group)
    published = Published(catalogue, releases.pinned(), as_of)
    conditions = catalogue.codelists.get("CL_CONDITION")
    labels = {code.id: code.label for code in conditions.codes} if conditions else {}
    now = records.as_of(max(as_of, date.today()))
    return Resolver(
        view, known, published.coverage(members), published, condition_labels=labels,
        latest=lambda identifier: now.get(identifier).sources,
    )  # fmt: skip


def members_of(catalogue: Catalogue, view: View, group: str) -> tuple[GroupMembers, Group]:
    """Who belongs to the group called `group` on the day of the view, and how the group is named.

    Raises NotFound for a name nobody uses, ObservatoryError for a group without countries.
    """
    identifier = group_called(catalogue, view, group)
    members = catalogue.groups.members(identifier, view.day)
    real = tuple(area for area in members.members if area not in FICTIONAL_AREAS)
    if not real:
        raise ObservatoryError(
            f"The group {identifier} has no countries on {view.day}, so there is nobody to brief.",
            "Load its list of members in catalogue/data/groups/lists/, or name another group.",
        )
    label = _label(catalogue, identifier)
    record = next((r.id for r in _groups(view) if _catalogue_name(r) == identifier), None)
    known = "verified" if members.basis == "list" else "inferred"
    return members, Group(identifier, label, len(real), members.basis, members.as_of, record, known)


def group_called(catalogue: Catalogue, view: View, name: str) -> str:
    """The name in the catalogue of the group that a person calls `name`. Raises NotFound with the names there are."""
    groups = catalogue.groups
    known = [*groups.government_groups, *groups.regions, *dict.fromkeys(found.group for found in groups.lists)]
    for record in _groups(view):
        if record.id == name and (called := _catalogue_name(record)) in known and called is not None:
            return called
    wanted = _folded(name)
    for spelling in _SPELLINGS:
        for identifier in known:
            if re.sub(spelling, "", _folded(identifier)) == wanted:
                return identifier
    for identifier in known:
        if wanted in {_folded(text) for text in _spoken(catalogue, identifier)}:
            return identifier
    raise NotFound(
        f"There is no group {name!r} at {view.day}.",
        f"Name one of {', '.join(sorted(n.lower().replace('_', '-') for n in known))}.",
    )


def _groups(view: View) -> tuple[GovernmentGroup | Region, ...]:
    return (*view.all(GovernmentGroup), *view.all(Region))


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]+", "_", "".join(c for c in plain if not unicodedata.combining(c))).strip("_")


_SPELLINGS = ("^$", "_group$", "^ilo_", r"_\d{4}$", r"\d*_\d{4}$")
"""What people leave out of the name of a group: nothing, ``_GROUP``, ``ILO_``, the year of a list, its number."""


def _spoken(catalogue: Catalogue, identifier: str) -> Iterator[str]:
    label = _label(catalogue, identifier)
    forms = catalogue.templates.groups.get(identifier)
    for lang in LANGUAGES:
        for text in (label.get(lang), forms.name.get(lang) if forms else None):
            if text:
                yield text
                yield re.sub(r"\s*\(.*\)$", "", text)
                yield from re.findall(r"\((.+)\)$", text)


def _catalogue_name(record: GovernmentGroup | Region) -> str | None:
    return record.group if isinstance(record, GovernmentGroup) else record.area


def _label(catalogue: Catalogue, identifier: str) -> Text:
    if identifier in catalogue.groups.government_groups:
        return catalogue.groups.government_groups[identifier].label
    areas = catalogue.codelists["CL_AREA"]
    if identifier in catalogue.groups.regions:
        return catalogue.groups.regions[identifier].label
    return areas[identifier].label if identifier in areas else Text(identifier, identifier, identifier)


@dataclass
class _Builder:
    catalogue: Catalogue
    records: Records
    resolver: Resolver
    languages: tuple[Language, ...]
    with_later: bool
    claims: dict[str, Kept] = field(default_factory=dict)
    cited: dict[str, list[str]] = field(default_factory=dict)
    later_sources: set[str] = field(default_factory=set)
    touched: dict[str, None] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    mentioned: dict[str, None] = field(default_factory=dict)

    @property
    def templates(self) -> Templates:
        return self.catalogue.templates

    @property
    def view(self) -> View:
        return self.resolver.view

    def document(self) -> Document:
        parts = []
        for section in self.templates.products[PRODUCT]:
            part = self._part(section)
            if part is not None:
                parts.append(part)
        if not any(part.id == "decisions" for part in parts):
            first = self._first_decision()
            raise ObservatoryError(
                f"The records tell of no decision on the subject by {self.view.day}, so there is nothing to report.",
                f"Ask for {first} or a later day." if first else "Add what was adopted to the records.",
            )
        group = self.resolver.group
        words = self.templates.words
        return Document(
            PRODUCT, group.id, self.view.day, self.languages,
            self._plain("title"), self._plain("subtitle"), self._notice(),
            tuple(parts), tuple(self.claims.values()), self._sources(),
            tuple(ref.id for ref in self.resolver.published.releases.current() if not ref.fictional),
            words, self.with_later,
        )  # fmt: skip

    def _first_decision(self) -> date | None:
        """The first day on which a sentence on what was adopted can be written."""
        now = self.records.as_of(max(self.view.day, date.today()))
        days = []
        for template in next(s.templates for s in self.templates.products[PRODUCT] if s.id == "decisions"):
            known = [now.known_on(name) for test in template.needs if now.find(name := test.path.split(".")[0])]
            days += [max(day for day in known if day)] if template.needs and any(known) else []
        return min(days, default=None)

    def _plain(self, key: str) -> Text:
        """A title of the document, which speaks of its group and day and makes no other claim."""
        written: dict[str, str | None] = {}
        for lang in LANGUAGES:
            text = self.templates.words[key][lang]
            written[lang] = "".join(
                piece if isinstance(piece, str)
                else self._print(piece, self.resolver.value(_path(piece))[0], lang)[0].text
                for piece in parse(text)
            )
        return Text.of(written)

    def _notice(self) -> Text:
        """How to read the document; of a day that has not come, that it tells what is known today."""
        usual, today = self._plain("notice"), date.today()
        if self.view.day <= today:
            return usual
        ahead = self.templates.words["notice.ahead"]
        return Text.of({
            lang: f"{usual[lang]} {ahead[lang].replace('{date}', printed_date(today.isoformat(), lang))}"
            for lang in LANGUAGES
        })  # fmt: skip

    # Sections

    def _part(self, section: Section) -> Part | None:
        if section.later and not self.with_later:
            return None
        blocks: list[Block] = []
        if section.layout == "provisions":
            blocks += self._provisions(section)
        elif section.layout == "due":
            blocks += self._due(section)
        elif section.layout == "figures":
            blocks += self._figures(section)
        elif section.layout == "notes":
            points = tuple(self._corrections(section) if section.later else self._notes(section))
            blocks += [Points(points)] if points else []
        else:
            sentences = self._sentences(section.templates)
            if sentences and section.layout == "points":
                blocks.append(Points(tuple(sentences)))
            elif sentences:
                blocks.append(_paragraphs(sentences))
        return Part(section.id, section.heading, tuple(blocks), section.later) if blocks else None

    def _sentences(self, templates: Sequence[Template]) -> list[Sentence]:
        written, chosen = [], set()
        for template in templates:
            if template.each or template.about or (template.one_of and template.one_of in chosen):
                continue
            if not self._applies(template):
                continue
            chosen.add(template.one_of)
            written.append(self._sentence(template))
        return written

    def _applies(self, template: Template, it: str | None = None) -> bool:
        if template.groups and self.resolver.group.id not in template.groups:
            return False
        return all(self.resolver.holds(test, it) for test in template.needs) and not any(
            self.resolver.holds(test, it) for test in template.without
        )

    def _first(self, section: Section, one_of: str, it: str) -> Template:
        """The first sentence of a set that applies to a row; the last of a set always does."""
        return next(t for t in section.templates if t.one_of == one_of and self._applies(t, it))

    def _provisions(self, section: Section) -> Iterator[Block]:
        """The provisions of the text that guides the follow-up, each with its conditions and where it stands."""
        sentences = self._sentences([t for t in section.templates if not t.one_of.startswith("row-")])
        if sentences:
            yield _paragraphs(sentences)
        rows = []
        number = next(t for t in section.templates if t.one_of == "row-number")
        unwritten = next(t for t in section.templates if t.one_of == "row-unwritten")
        for provision in self._asked(section):
            template = next((t for t in section.templates if t.about == provision.id), unwritten)
            self._refuse_dropped(template, provision)
            status = self._first(section, "row-status", provision.id)
            cells = tuple(self._sentence(t, provision.id) for t in (number, template, status))
            rows.append(_row_of_statements((replace(cells[0], sources=(), known=()), *cells[1:])))
        if rows:
            words = self.templates.words
            heads = (words["column.paragraph"], words["column.asks"], words["column.stands"])
            yield Grid("provisions", words["table.provisions"], heads, (0.15, 0.58, 0.27), tuple(rows), quiet=True)

    def _asked(self, section: Section) -> Iterator[Provision]:
        """The provisions whose sentence applies, and those without one of the texts that are listed whole."""
        about = {t.about: self._applies(t) for t in section.templates if t.about}
        asked = [p for name, applies in about.items() if applies and isinstance(p := self.view.find(name), Provision)]
        for text in dict.fromkeys(provision.instrument for provision in asked):
            for provision in self.view.provisions(text):
                new = text in section.whole and provision.id not in about and self._follows_up(provision)
                if new or about.get(provision.id):
                    yield provision

    def _follows_up(self, provision: Provision) -> bool:
        return any(self.view.term("strength", act.strength).follow_up for act in provision.acts)

    def _refuse_dropped(self, template: Template, provision: Provision) -> None:
        conditions = {condition.term for act in provision.acts for condition in act.conditions}
        if template.one_of == "row-unwritten":
            return  # it prints the conditions themselves
        for problem in dropped(template, self.templates, conditions):
            raise Unresolved(f"{problem.file}, line {problem.line}: {problem.key}: {problem.what}.", problem.todo)

    def _due(self, section: Section) -> Iterator[Block]:
        """What is due next, and what was due and is not known to have been done."""
        sentences = self._sentences([t for t in section.templates if not t.one_of.startswith("row-")])
        day = self.view.day
        seen: dict[str, None] = {}
        for _, due in self.view.due(day, date(min(day.year + HORIZON, date.max.year), 12, 31)):
            seen.setdefault(due.id, None)
        rows: list[Row] = []
        who = next(t for t in section.templates if t.one_of == "row-who")
        other = next(t for t in section.templates if t.one_of == "row-other")
        for identifier in seen:
            template = next((t for t in section.templates if t.about == identifier), other)
            done = self.view.status(identifier).state == "delivered"
            if done or not self._applies(template, identifier) or len(rows) == MOST_DUE:
                continue
            when = self._first(section, "row-when", identifier)
            rows.append(_row(tuple(self._sentence(t, identifier) for t in (when, template, who)), 0))
        if sentences:
            yield _paragraphs(sentences)
        if rows:
            words = self.templates.words
            heads = (words["column.when"], words["column.what"], words["column.who"])
            yield Grid("due", words["table.due"], heads, (0.24, 0.48, 0.28), tuple(rows), quiet=True)

    def _figures(self, section: Section) -> Iterator[Block]:
        rows = list(self._figure_rows(section))
        before = [t for t in section.templates if t.one_of != "caption" and not t.one_of.startswith("row-")]
        sentences = self._sentences(before)
        if sentences:
            yield _paragraphs(sentences)
        caption = next(t for t in section.templates if t.one_of == "caption")
        yield self._picture(replace(self._sentence(caption), sources=(), known=()))  # cited in the text above
        if rows:
            words = self.templates.words
            heads = tuple(words[f"column.{name}"] for name in ("country", "measure", "counts", "year", "figure"))
            yield Grid("figures", words["table.figures"], heads, (0.2, 0.2, 0.3, 0.08, 0.22), tuple(rows), (4,))

    def _figure_rows(self, section: Section) -> Iterator[Row]:
        coverage = self.resolver.coverage
        lang = self.languages[0]
        names = {area: self.catalogue.codelists["CL_AREA"][area].label[lang] for area in coverage.covered}
        areas = sorted_names(names, lang)
        if self.resolver.group.id in self.catalogue.codelists["CL_AREA"]:
            areas = [self.resolver.group.id, *areas]
        names_of_cells = [f"row-{name}" for name in ("area", "measure", "counts", "year", "value")]
        cells = [next(t for t in section.templates if t.one_of == name) for name in names_of_cells]
        for area in areas:
            for figure in self.resolver.published.headlines(area):
                path = f"observation:{figure.name}"
                yield _row(tuple(self._sentence(template, path) for template in cells), len(cells) - 1)

    def _picture(self, caption: Sentence) -> Picture:
        charts: tuple[dict[Language, Chart], dict[Language, Chart]] = ({}, {})
        for lang in self.languages:
            dots = _dots(self.catalogue, self.resolver.coverage, lang, self.templates.words)
            said = caption.text(lang)
            names = [dot.label for dot in dots if dot.state == "full"]
            with_names = self.templates.words["figure.alt"][lang].format(caption=said, names=", ".join(names))
            alt = with_names if names else said
            headers = (self.templates.words["column.country"][lang], self.templates.words["column.figure"][lang])
            for made, width, columns in zip(charts, (WIDE, NARROW_WIDTH), (columns_of(len(dots)), 2), strict=True):
                made[lang] = dot_chart(dots, said, lang, alt=alt, headers=headers, width=width, columns=columns)
        return Picture(charts[0], charts[1], caption, self.templates.words["figure.key"])

    def _notes(self, section: Section) -> Iterator[Sentence]:
        """The conflicts between sources that touch what the document says, each with how it was settled."""
        written = {t.about: t for t in section.templates if t.about}
        other = next(t for t in section.templates if t.one_of == "row-other")
        for identifier, conflict in list(self.conflicts.items()):
            if conflict.status == "resolved":
                template = written.get(identifier, other)
                if not self._applies(template, identifier):
                    template = other
                if self._applies(template, identifier):
                    yield self._sentence(template, identifier)
        yield from self._sentences(section.templates)

    def _corrections(self, section: Section) -> Iterator[Sentence]:
        """What was learned after the day about what the document says, from the records as they are now."""
        template = next(t for t in section.templates if t.one_of == "row-correction")
        found = [
            (record, correction) for record, correction in self.view.corrections()
            if record.id in self.touched and correction.corrects != "confirmed"
        ]  # fmt: skip
        # A statement and the record it is about are often corrected by the same event: once is enough.
        known = {(record.id, correction.known) for record, correction in found}
        found = [
            (record, correction) for record, correction in found
            if (getattr(record, "subject", ""), correction.known) not in known
        ]  # fmt: skip
        found.sort(key=lambda pair: (pair[1].known.last, pair[0].id))
        for record, correction in found:
            yield self._later_sentence(template, record, correction)

    def _later_sentence(self, template: Template, record: Any, correction: Any) -> Sentence:
        sources: tuple[int, ...] = ()
        if correction.source is not None:
            kept = getattr(self.records, "sources", None) or self.catalogue.portfolio.sources
            source = kept.get(correction.source)
            if source is not None:
                self.resolver.sources[source.id] = source
                self.later_sources.add(source.id)
                sources = (self._cite(Reference(source.id)),)
        path = f"{record.id}.corrections.{correction.known.code}"
        said = {"known": correction.known.code, "text": plain(correction.text)}
        number = self._keep(path, said, "verified", sources, later=True)
        runs: dict[Language, tuple[Run, ...]] = {}
        for lang in self.languages:
            made = []
            for piece in template.pieces(lang):
                if isinstance(piece, str):
                    made.append(Run(piece))
                elif isinstance(piece, Value):
                    value = getattr(correction, piece.path.removeprefix("it."))
                    shown, language = self._print(piece, value, lang)
                    made.append(Run(shown.text, "value", number, language))
            runs[lang] = tuple(made)
        return Sentence(template.id, runs, (number,), sources)

    # Sentences

    def _sentence(self, template: Template, it: str | None = None) -> Sentence:
        runs: dict[Language, tuple[Run, ...]] = {}
        claims: dict[int, None] = {}
        sources: dict[int, None] = {}
        known: dict[str, None] = {}
        try:
            count = self.resolver.value(self._absolute(template.counts, it))[0] if template.counts else None
        except (NotFound, LookupError) as error:
            raise Unresolved(
                f"{template.file}, line {template.line}: {template.id} counts {template.counts!r}, which is nowhere.",
                "Correct counts, or add the record.",
            ) from error
        for lang in self.languages:
            made = []
            for piece in template.pieces(lang, _category(count, lang)):
                if isinstance(piece, str):
                    made.append(Run(piece))
                    continue
                run = self._claimed(template, piece, it, lang)
                made.append(run)
                assert run.claim is not None
                kept = list(self.claims.values())[run.claim - 1]
                claims[run.claim] = None
                sources.update(dict.fromkeys(kept.sources))
                if kept.known in MARKED:
                    known[kept.known] = None
            runs[lang] = tuple(made)
        facts = tuple(fact for fact in template.facts if self.view.find(fact) is not None)
        return Sentence(
            template.id, runs, tuple(claims), tuple(sorted(sources)), tuple(known), facts, template.opens
        )

    def _absolute(self, path: str, it: str | None) -> str:
        return f"{it}{path[2:]}" if it is not None and path.split(".")[0] == "it" else path

    def _claimed(self, template: Template, piece: Value | Said, it: str | None, lang: Language) -> Run:
        try:
            found = self.resolver.claim(piece.test, it)
        except ObservatoryError as error:
            place = f"{template.file}, line {template.line}: the sentence {template.id}"
            raise type(error)(f"{place}: {error.what}", error.todo) from error
        for record in found.claim.records:
            self.touched[record] = None
            self.mentioned[record] = None
        for conflict in self.resolver.conflicts(found.claim):
            self.conflicts[conflict.id] = conflict
        number = self._keep_claim(found.claim)
        if isinstance(piece, Said):
            self._printed(number, lang, piece.words)
            return Run(piece.words, "said", number)
        shown, language = self._print(piece, found.value, lang, template)
        self._printed(number, lang, shown.text)
        return Run(shown.text, "value", number, language, shown.url)

    def _print(
        self, piece: Piece, value: Any, lang: Language, template: Template | None = None
    ) -> tuple[Any, Language | None]:
        assert isinstance(piece, Value)
        try:
            shown = printed(value, piece.form, lang, self.templates)
        except ObservatoryError as error:
            place = f"{template.file}, line {template.line}: the sentence {template.id}: " if template else ""
            raise type(error)(f"{place}{{{{ {piece.path} }}}}: {error.what}", error.todo) from error
        return shown, shown.language

    def _keep_claim(self, claim: Claim) -> int:
        content: Mapping[str, str] = {}
        if claim.test.path.startswith("observation:"):
            name = claim.test.path.removeprefix("observation:").split(".")[0]
            content = self.resolver.published.figure(name).content
        kept = self.claims.get(claim.id)
        if kept is not None:
            return kept.number
        sources = tuple(dict.fromkeys(self._cite(reference) for reference in claim.references))
        return self._keep(claim.id, claim.value, claim.known, sources, content=content)

    def _keep(
        self, claim: str, value: object, known: str, sources: tuple[int, ...], *, later: bool = False,
        content: Mapping[str, str] | None = None,
    ) -> int:
        number = len(self.claims) + 1
        self.claims[claim] = Kept(number, claim, value, known, sources, later, content or {})
        return number

    def _printed(self, number: int, lang: Language, text: str) -> None:
        name = next(key for key, kept in self.claims.items() if kept.number == number)
        kept = self.claims[name]
        self.claims[name] = replace(kept, printed={**kept.printed, lang: text})

    # Sources

    def _cite(self, reference: Reference) -> int:
        """The number of a source, given when it is first cited."""
        locators = self.cited.setdefault(reference.id, [])
        if reference.locator and reference.locator not in locators:
            locators.append(reference.locator)
        return list(self.cited).index(reference.id) + 1

    def _sources(self) -> tuple[Source, ...]:
        names: dict[str, Text] = {}
        for actor in self.view.all(Actor):
            for name, text in ((actor.title.en, actor.title), (actor.abbr.en if actor.abbr else None, actor.abbr)):
                if name and text:
                    names.setdefault(name, text)
        listed = []
        for number, (identifier, locators) in enumerate(self.cited.items(), start=1):
            found: RecordSource | Publication = self.resolver.sources[identifier]
            publisher = self.templates.words.get(f"publisher.{found.publisher}") or names.get(found.publisher)
            publisher = publisher or Text(found.publisher, found.publisher, found.publisher)
            later = found.published is not None and found.published.first > self.view.day
            listed.append(_entry(number, found, publisher, tuple(locators), later or identifier in self.later_sources))
        return tuple(listed)


def _entry(
    number: int, found: RecordSource | Publication, publisher: Text, locators: tuple[str, ...], later: bool
) -> Source:
    published = found.published.code if found.published else None
    retrieved = found.retrieved.code if found.retrieved else None
    language, copy_of = (None, None) if isinstance(found, Publication) else (found.language, found.copy_of)
    return Source(
        number, found.id, found.title, publisher, published, found.url, retrieved, found.standing, locators, language,
        copy_of, later,
    )  # fmt: skip


def _row(cells: tuple[Sentence, ...], citing: int) -> Row:
    """A row of one statement: its sources, and how it is known, stand in the cell `citing` alone."""
    cited = set(cells[citing].sources)
    known = {mark for cell in cells for mark in cell.known}
    gravest = tuple(mark for mark in reversed(GRAVITY) if mark in known)[:1]
    made = []
    for at, cell in enumerate(cells):
        others = tuple(number for number in cell.sources if number not in cited)
        made.append(replace(cell, known=gravest) if at == citing else replace(cell, sources=others, known=()))
    return Row(tuple(made))


def _row_of_statements(cells: tuple[Sentence, ...]) -> Row:
    """A row whose cells say different things: each cites what the cells before it have not cited."""
    made: list[Sentence] = []
    for cell in cells:
        cited = {number for other in made for number in other.sources}
        own = tuple(number for number in cell.sources if number not in cited)
        told = {mark for other in made for mark in other.known}
        marks = tuple(mark for mark in cell.known if mark not in told) if own else ()
        made.append(replace(cell, sources=own, known=marks))
    return Row(tuple(made))


def _path(piece: Piece) -> str:
    assert isinstance(piece, Value)
    return piece.path


def _category(count: Any, lang: Language) -> str:
    """The plural category of CLDR for `count`; without one, the only form there is."""
    if count is None:
        return "other"
    number = len(count) if isinstance(count, tuple | list) else int(count)
    return str(Locale.parse(lang).plural_form(number))


def _paragraphs(sentences: Sequence[Sentence]) -> Paragraphs:
    paragraphs: list[list[Sentence]] = []
    for sentence in sentences:
        if sentence.opens or not paragraphs:
            paragraphs.append([])
        paragraphs[-1].append(sentence)
    return Paragraphs(tuple(tuple(paragraph) for paragraph in paragraphs))


def columns_of(dots: int) -> int:
    """In how many columns a page shows dots with their names: what is long is set tighter."""
    return 4 if dots <= 24 else 5


def _dots(catalogue: Catalogue, coverage: Coverage, lang: Language, words: Mapping[str, Text]) -> list[Dot]:
    areas = catalogue.codelists["CL_AREA"]
    names = {area: areas[area].label[lang] for area in coverage.members}
    states = {**dict.fromkeys(coverage.undated, "half"), **dict.fromkeys(coverage.covered, "full")}
    dots = []
    for area in sorted_names(names, lang):
        state: Any = states.get(area, "empty")
        dots.append(Dot(names[area], state, words[f"figure.{state}"][lang]))
    return dots


__all__ = ["PRODUCT", "build", "group_called", "members_of"]
