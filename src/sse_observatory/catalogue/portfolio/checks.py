"""What may be wrong among records that each have the right form: references, vocabularies, dates, roles, conflicts.

Most of it guards what a view as of a day rests on: that a text mentions nothing later than the day on which it was
known, that an adoption has one date, that nobody holds two exclusive roles at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sse_observatory.catalogue.portfolio import forms
from sse_observatory.catalogue.portfolio.dates import When
from sse_observatory.catalogue.portfolio.holdings import TITLED_BY_PARTS, Portfolio, own_first_day
from sse_observatory.catalogue.portfolio.mentions import dates_in
from sse_observatory.catalogue.portfolio.model import (
    COMPUTED_YEARLY,
    STANDINGS,
    Coded,
    Conflict,
    Due,
    Event,
    Fact,
    GovernmentGroup,
    In,
    Instrument,
    Membership,
    Names,
    Needs,
    Provision,
    Record,
)
from sse_observatory.catalogue.portfolio.reading import Read
from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.catalogue.problems import Problem
from sse_observatory.core import LANGUAGES, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

Path = tuple[str, ...]
_PREFIXES = ("act-", "mem-", "reg-", "grp-", "ins-", "evt-", "prov-", "rel-", "obj-", "out-", "evi-", "due-", "kno-",
             "req-", "fact-", "con-")  # fmt: skip


def problems(read: Read, catalogue: Catalogue, only: Collection[str] | None = None) -> Iterator[Problem]:
    """Errors among the records of `read`; with `only`, those of the records so named.

    Whoever changes a few of many records names them, with those that refer to them.
    """
    before = len(read.problems)
    chosen = [record for i, record in read.records.items() if only is None or i in only]
    # Every one is looked at, and what leads nowhere is told before anything is looked up there.
    astray = [record.id for record in chosen if not _references(read, catalogue, record)]
    if not astray:
        _sources(read, chosen)
        _dates(read, chosen)
        _adoptions(read, chosen)
        _roles(read, chosen)
        for record in chosen:
            _own_rules(read, catalogue, record)
    yield from read.problems[before:]
    del read.problems[before:]


def note_astray(read: Read, catalogue: Catalogue, identifier: str, found: Iterable[forms.Reference]) -> bool:
    """Whether what a record refers to is there; what is not is noted."""
    good = True
    for reference in found:
        what, todo = _wrong_reference(read, catalogue, reference)
        if isinstance(reference.mark, (Names, Needs)) and reference.value == identifier:
            what, todo = Wrong("names_itself", "the record names itself"), "Name another, or leave the field out."
        if what:
            good = False
            read.wrong_in(identifier, reference.path, what, todo)
    return good


def _references(read: Read, catalogue: Catalogue, record: Record) -> bool:
    """Whether whatever the record refers to is there; what is not is noted."""
    good = note_astray(read, catalogue, record.id, forms.references(record))
    if isinstance(record, Fact):
        values = [("subject",), *(("object", str(n)) for n in range(len(record.object)))]
        for path, value in zip(values, (record.subject, *record.object), strict=True):
            # A subject is always a record; an object may be a plain value, but never an id that leads nowhere.
            if value not in read.records and (path == ("subject",) or value.startswith(_PREFIXES)):
                good = False
                read.wrong_in(record.id, path, _no_record(value), "Correct the id, or write the record.")
    return good


def _wrong_reference(read: Read, catalogue: Catalogue, reference: forms.Reference) -> tuple[str, str]:
    value, mark = reference.value, reference.mark
    if isinstance(mark, In):
        known = read.sources if mark.name == "source" else read.terms.get(mark.name, {})
        if value not in known:
            told = Wrong("not_term", "{value!r} is not a {name}", value=value, name=mark.name.replace("_", " "),
                         codes=tuple(sorted(known)))  # fmt: skip
            return told, f"Write one of {', '.join(sorted(known))}."
    elif isinstance(mark, Coded):
        if value not in catalogue.codelists[mark.name]:
            told = Wrong("not_code", "{value!r} is not a code of {name}", value=value, name=mark.name)
            return told, f"Write a code of {mark.name}, or add it there."
    elif isinstance(mark, (Needs, Names)):
        found = read.records.get(value)
        if found is None:
            return _no_record(value), "Correct the id, or write the record."
        if found.kind not in mark.kinds:
            told = Wrong("other_kind", "{value!r} is of kind {kind}", value=value, kind=found.kind, kinds=mark.kinds)
            return told, f"Name one of kind {', '.join(mark.kinds)}."
    return "", ""


def _no_record(identifier: str) -> Wrong:
    return Wrong("no_record", "there is no record {value!r}", value=identifier)


def _sources(read: Read, chosen: Iterable[Record]) -> None:
    """What is known from a source is not known before the source appeared."""
    for record in chosen:
        for path, part in _parts(record):
            known, named = getattr(part, "known", None), getattr(part, "source", None)
            source = read.sources.get(named) if isinstance(named, str) else None
            if known is not None and source is not None and source.since and known.last < source.since:
                what = Wrong(
                    "source_later", "this is known from {known}, but its source {source!r} appeared only by {since}",
                    known=known, source=source.id, since=source.since,
                )
                read.wrong_in(record.id, (*path, "known"), what, "Correct the day, or the source.")
        since = [cited.source.since for cited in record.sources]
        if record.known is not None and all(day is not None and day > record.known.last for day in since):
            what = Wrong(
                "sources_later", "the record is known from {known}, but each of its sources appeared later",
                known=record.known,
            )
            read.wrong_in(record.id, ("known",), what, "Add the source from which it was known, or correct the day.")


def _dates(read: Read, chosen: Iterable[Record]) -> None:
    portfolio = Portfolio(read.records, read.sources, read.terms)
    for record in chosen:
        known = portfolio.known_on(record)
        if known is None and record.date_kind != "recorded":
            todo = 'Write date and date_kind, or date_kind = "recorded" if it only says when it was written down.'
            read.wrong_in(record.id, (), Wrong("undated", "nothing says when this could be known"), todo)
        for path, start, end in _spans(record):
            if start is not None and end is not None and end.last < start.first:
                told = Wrong("end_first", "{end} comes before {start}", end=end, start=start)
                read.wrong_in(record.id, path, told, "Correct one of the two dates.")
        _mentions(read, record, known)
        for n, correction in enumerate(record.corrections):
            if known is not None and correction.known.last <= known:
                what = Wrong(
                    "correction_first", "the correction is known from {correction}, the record only from {known}",
                    correction=correction.known, known=known,
                )
                todo = "A correction comes after what it corrects; otherwise correct the record itself."
                read.wrong_in(record.id, ("corrections", str(n), "known"), what, todo)


def _spans(record: Record) -> Iterator[tuple[Path, When | None, When | None]]:
    if record.period is not None:
        yield ("period",), record.period.start, record.period.end
        yield ("period",), record.period.start, record.period.planned_end
    if isinstance(record, Membership):
        yield ("until",), record.date, record.until


def _mentions(read: Read, record: Record, known: date | None) -> None:
    """A text mentions nothing later than the day it is known from, except what the record says it sets for later."""
    if isinstance(record, TITLED_BY_PARTS) and record.text is None and not record.notes:
        return
    for path, text in texts(record):
        if isinstance(record, TITLED_BY_PARTS) and path == ("title",):
            continue
        limit, foreseen = _limit(record, path, known)
        for lang in LANGUAGES:
            for when in dates_in(text.get(lang) or "", lang):
                if (limit is not None and when.first <= limit) or when.code[:4] in foreseen:
                    continue
                told = "known from {limit}" if limit else "not dated"
                what = Wrong(
                    "mention" if limit else "mention_undated",
                    f"the text in {{lang}} mentions {{when}}, but it is {told}: a view of an earlier day would tell it",
                    lang=lang, when=when, limit=limit,
                )
                todo = "Move it to a note with the day it was known, or list the year in foresees if it is set ahead."
                read.wrong_in(record.id, path, what, todo)


def _limit(record: Record, path: Path, known: date | None) -> tuple[date | None, tuple[str, ...]]:
    """The last day that the text at `path` may mention, and the years it may set for later."""
    for n in range(len(path), 0, -1):
        part = _at(record, path[:n])
        day = getattr(part, "known", None)
        if isinstance(day, When):
            own: date = day.last
            return own, getattr(part, "foresees", ())
    if isinstance(record, Conflict) and path == ("resolution",):
        return max((c.known.last for c in record.claims if c.prevails), default=known), record.foresees
    return known, record.foresees


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[int(step)] if step.isdigit() else getattr(value, step)
    return value


def _parts(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    for name in forms.fields(type(value)):
        member = getattr(value, name)
        for n, one in enumerate(member) if isinstance(member, tuple) else ((None, member),):
            where = (*path, name) if n is None else (*path, name, str(n))
            if forms.is_part(one):
                yield where, one
                yield from _parts(one, where)


def _adoptions(read: Read, chosen: Iterable[Record]) -> None:
    """The adoption of an instrument has one date: that of its one event, which the instrument repeats."""
    adopted: dict[str, list[Event]] = {}
    for event in read.records.values():
        if isinstance(event, Event) and event.instrument and event.stage in ("adopted", "endorsed"):
            adopted.setdefault(event.instrument, []).append(event)
    instruments = {record.instrument if isinstance(record, Event) else record.id: None for record in chosen}
    for identifier in instruments:
        record = read.records.get(identifier or "")
        if not isinstance(record, Instrument):
            continue
        events = adopted.get(record.id, [])
        twice = [event for event in events if event.stage == "adopted"][1:]
        if twice:
            todo = "A text is adopted once; approval in committee is a stage of its own."
            told = Wrong("adopted_twice", "{instrument} has another event of its adoption", instrument=record.id)
            read.wrong_in(twice[0].id, ("stage",), told, todo)
        if record.date_kind in ("adopted", "approved") and record.date not in [event.date for event in events]:
            what = Wrong(
                "not_adopted", "the instrument is dated {date}, but no event adopts or approves it on that day",
                date=record.date,
            )
            read.wrong_in(record.id, ("date",), what, "Write the event, with its stage and source, or correct a date.")


def _roles(read: Read, chosen: Iterable[Record]) -> None:
    """Nobody holds two exclusive roles at once."""
    held: dict[tuple[str, str, str], list[Membership]] = {}
    for record in read.records.values():
        if isinstance(record, Membership) and record.date is not None:
            exclusive = read.terms["role"][record.role].exclusive
            if exclusive is not None:
                held.setdefault((record.member, record.body, exclusive), []).append(record)
    touched = {(record.member, record.body) for record in chosen if isinstance(record, Membership)}
    for (member, body, _), memberships in held.items():
        if (member, body) not in touched:
            continue
        memberships.sort(key=lambda m: m.date.first if m.date else date.min)
        for earlier, later in pairwise(memberships):
            assert earlier.date is not None and later.date is not None
            until = earlier.until.last if earlier.until else None
            if earlier.date.first == later.date.first or (until is not None and until >= later.date.first):
                what = Wrong(
                    "two_roles",
                    "{member} is {role} of {body} from {date} and, by {other}, {other_role} at the same time",
                    member=later.member, role=later.role, body=later.body, date=later.date, other=earlier.id,
                    other_role=earlier.role,
                )
                todo = "These roles exclude each other (portfolio/terms.toml): correct a date or a role."
                read.wrong_in(later.id, ("date",), what, todo)


def _own_rules(read: Read, catalogue: Catalogue, record: Record) -> None:
    match record:
        case Provision():
            _acts(read, record)
        case Due():
            for n, due in enumerate(record.dates):
                given = [due.date is not None, due.session is not None, due.rule in COMPUTED_YEARLY]
                if sum(given) != 1:
                    todo = f"Write one of date, session, or a rule that computes it: {', '.join(COMPUTED_YEARLY)}."
                    told = Wrong("due_unclear", "it is not clear when this is due", rules=tuple(COMPUTED_YEARLY))
                    read.wrong_in(record.id, ("dates", str(n)), told, todo)
            if not record.dates:
                told = Wrong("due_missing", "nothing says when this is due")
                read.wrong_in(record.id, ("dates",), told, "Write a due date.")
        case Conflict():
            _conflict(read, record)
        case GovernmentGroup():
            _group(read, catalogue, record)


def _acts(read: Read, provision: Provision) -> None:
    if not provision.acts:
        told = Wrong("no_act", "the provision holds no act")
        read.wrong_in(provision.id, ("acts",), told, "Write [[ID.acts]] with what it does.")
    seen: set[str] = set()
    for n, act in enumerate(provision.acts):
        where = ("acts", str(n))
        if act.id in seen or not act.id.startswith(f"{provision.id}-"):
            todo = f"Name the acts {provision.id}-a, {provision.id}-b and so on."
            told = Wrong("act_id", "{value!r} is not an id of its own", value=act.id, provision=provision.id)
            read.wrong_in(provision.id, (*where, "id"), told, todo)
        seen.add(act.id)
        strength = read.terms["verb"][act.verb].strength if act.verb else None
        if strength not in (None, act.strength):
            todo = f"Write {strength}; see drafting/verbs.toml."
            told = Wrong("strength", "{verb} has the strength {strength}", verb=act.verb, strength=strength)
            read.wrong_in(provision.id, (*where, "strength"), told, todo)


def _conflict(read: Read, conflict: Conflict) -> None:
    prevailing = [claim for claim in conflict.claims if claim.prevails]
    if own_first_day(conflict) is None:
        todo = "Write two claims at least, with a different value each."
        read.wrong_in(conflict.id, ("claims",), Wrong("claims_alike", "the claims do not differ"), todo)
    if conflict.status == "open" and (prevailing or conflict.rule or conflict.resolution):
        todo = 'Remove prevails, rule and resolution, or write status = "resolved".'
        read.wrong_in(conflict.id, ("status",), Wrong("open_resolved", "an open conflict has no resolution"), todo)
    if conflict.status == "resolved" and not (prevailing and conflict.rule and conflict.resolution):
        todo = "Mark the claims that prevail, name the rule and write the resolution in three languages."
        told = Wrong("not_resolved", "the conflict is not resolved by what stands here")
        read.wrong_in(conflict.id, ("status",), told, todo)
    if conflict.status not in ("open", "resolved"):
        told = Wrong("conflict_status", "a conflict is open or resolved")
        read.wrong_in(conflict.id, ("status",), told, "Write one of the two.")
    if conflict.rule == "standing" and prevailing:
        best = min(STANDINGS.index(read.sources[claim.source].standing) for claim in prevailing)
        agreed = {claim.value for claim in prevailing}
        for n, claim in enumerate(conflict.claims):
            standing = STANDINGS.index(read.sources[claim.source].standing)
            if claim.value not in agreed and standing <= best:
                what = Wrong(
                    "standing", "the claim of {source!r} loses to a source of no higher standing", source=claim.source
                )
                todo = f"The order is {' > '.join(STANDINGS)}: correct what prevails, the rule, or a standing."
                read.wrong_in(conflict.id, ("claims", str(n)), what, todo)


def _group(read: Read, catalogue: Catalogue, record: GovernmentGroup) -> None:
    groups = catalogue.groups
    found = groups.government_groups.get(record.group)
    if found is None:
        todo = f"Name one of {', '.join(groups.government_groups)}, or add it to groups/government_groups.toml."
        told = Wrong("no_group", "there is no government group {value!r}", value=record.group,
                     codes=tuple(groups.government_groups))  # fmt: skip
        read.wrong_in(record.id, ("group",), told, todo)
    elif found.region is None and not any(one.group == found.id for one in groups.lists):
        todo = "Load its list (groups/lists/NAME.toml), or name the region it rests on."
        told = Wrong("empty_group", "the group {value} has no countries", value=record.group)
        read.wrong_in(record.id, ("group",), told, todo)


def gaps(read: Read) -> Iterator[Problem]:
    """Texts missing in a language, as gaps."""
    named = [(read.files[record.id].name, record.id, record) for record in read.records.values()]
    for name, identifier, record in named:
        for path, text in texts(record):
            if text.missing and not (isinstance(record, TITLED_BY_PARTS) and path == ("title",)):
                line = read.files[identifier].line(identifier, *(step for step in path if not step.isdigit()))
                yield _gap(name, line, ".".join((identifier, *path)), text)
    for vocabulary, terms in read.terms.items():
        for code, term in terms.items():
            for path, text in texts(term):
                if text.missing:
                    yield _gap(f"portfolio/terms.toml: {vocabulary}", None, ".".join((code, *path)), text)


def _gap(name: str, line: int | None, key: str, text: Text) -> Problem:
    languages = ", ".join(text.missing)
    what, todo = f"the text is missing in {languages}", f"Write it in {languages}."
    return Problem(name, line, key, what, todo, "gap", text.missing)


def texts(value: object, path: Path = ()) -> Iterator[tuple[Path, Text]]:
    """Every text below a record, with where it stands."""
    for name in forms.fields(type(value)):
        member = getattr(value, name)
        for n, one in enumerate(member) if isinstance(member, tuple) else ((None, member),):
            where = (*path, name) if n is None else (*path, name, str(n))
            if isinstance(one, Text):
                yield where, one
            elif forms.is_part(one):
                yield from texts(one, where)
