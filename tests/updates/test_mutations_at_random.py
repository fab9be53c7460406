"""Change any record that a briefing rests on, in any way: what changes is what rests on it, or nothing is built.

Two ways lead from the records to an answer, and they must agree: a briefing built again from the changed records, and
the check of the briefing that was built before. Chosen changes, with the sentence each of them gives, stand in
`test_mutations`.
"""

import contextlib
import dataclasses
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory.catalogue.portfolio import Due, Membership, Provision, When, assemble
from sse_observatory.core import LANGUAGES, NotFound, ObservatoryError, Text
from sse_observatory.updates import briefing, check, render
from sse_observatory.updates.records import CatalogueRecords

CASES = [("AFRICA_GROUP", "2023-05-19"), ("EUROPE_GROUP", "2026-11-21")]
ROLES = ["chair", "co-chair", "vice-chair", "member", "observer"]
VERBS = ["ENCOURAGE", "REQUEST", "INVITE", "DECIDE", "CALL_FOR", "SHOULD"]


def other_date(record, n):
    when = record.date
    if when is None or len(when.code) != 10:
        return None
    return dataclasses.replace(record, date=When.parse((when.first + timedelta(days=n - 20)).isoformat()))


def other_vote(record, n):
    vote = getattr(record, "vote", None)
    return None if vote is None or vote.yes is None else dataclasses.replace(
        record, vote=dataclasses.replace(vote, yes=vote.yes + n)
    )  # fmt: skip


def other_role(record, n):
    return dataclasses.replace(record, role=ROLES[n % len(ROLES)]) if isinstance(record, Membership) else None


def other_verb(record, n):
    if not isinstance(record, Provision) or not record.acts:
        return None
    return dataclasses.replace(record, acts=(dataclasses.replace(record.acts[0], verb=VERBS[n % 6]), *record.acts[1:]))


def no_condition(record, n):
    if not isinstance(record, Provision) or not record.acts or not record.acts[0].conditions:
        return None
    return dataclasses.replace(record, acts=(dataclasses.replace(record.acts[0], conditions=()), *record.acts[1:]))


def other_figure(record, n):
    values = getattr(record, "values", ())
    if not values or not isinstance(values[0].value, Decimal):
        return None
    return dataclasses.replace(record, values=(dataclasses.replace(values[0], value=values[0].value + n), *values[1:]))


def other_title(record, n):
    if not getattr(record, "title", None):
        return None
    title = Text.of({lang: f"{record.title.get(lang)} X" for lang in LANGUAGES})
    return dataclasses.replace(record, title=title)


def less_sure(record, n):
    return dataclasses.replace(record, status="unverified") if record.status in ("verified", "reported") else None


def gone(record, n):
    """The record is left out, and so is all that speaks of it."""


CHANGES = [other_date, other_vote, other_role, other_verb, no_condition, other_figure, other_title, less_sure, gone]


class Case:
    """A briefing, the file it makes, and the records that each of its sentences rests on."""

    def __init__(self, packaged, records, releases, group, day, folder):
        self.packaged, self.releases, self.group, self.day = packaged, releases, group, date.fromisoformat(day)
        self.document = self.build(records)
        [self.file] = render.write(self.document, folder, ["html"], ["en"])
        self.resolver = briefing.resolver_of(packaged, records, releases, group, self.day)
        self.by_template = {t.id: t for t in packaged.templates.all()}
        self.due = {name for due in packaged.portfolio.records.values() if isinstance(due, Due)
                    for name in (due.id, due.concerns)}  # fmt: skip
        used = set()
        for sentence in self.document.sentences():
            used |= set(self.uses(sentence, self.document, self.resolver))
        self.ids = sorted(used & set(packaged.portfolio.records))

    def build(self, records):
        return briefing.build(records, self.releases, self.group, self.day, catalogue=self.packaged)

    def changed(self, identifier, change, n):
        """The records with one of them changed, or gone with all that speak of it; and the ids this is about."""
        portfolio = self.packaged.portfolio
        kept, about = dict(portfolio.records), {identifier, *named_in(portfolio.records[identifier])}
        if change is gone:
            lost = {identifier}
            while more := {key for key, record in kept.items() if key not in lost and lost & set(named_in(record))}:
                lost |= more
            about |= {name for key in lost for name in named_in(kept[key])}
            kept = {key: record for key, record in kept.items() if key not in lost}
        elif (new := change(kept[identifier], n)) is None:
            return None, about
        else:
            kept[identifier] = new
        made = assemble(kept.values(), portfolio.sources, portfolio.terms)
        return CatalogueRecords(made, self.packaged.groups), about

    def uses(self, sentence, document, resolver):
        """The ids that a sentence rests on: by its claims, and by the conditions under which its like is written."""
        kept = {claim.number: claim.claim for claim in document.claims}
        template = self.by_template[sentence.template]
        paths = [kept[number] for number in sentence.claims]
        rows = {path.split(".")[0] for path in paths}
        like = [t for t in self.by_template.values()
                if t is template or (t.one_of and t.one_of == template.one_of) or t.about in rows]  # fmt: skip
        paths += [test.path for t in like for test in (*t.needs, *t.without)]
        for path in paths:
            head = path.split(" ")[0].split(".")[0]
            yield from head.split(":")
            with contextlib.suppress(NotFound, LookupError, AttributeError, ValueError):
                yield from resolver.value(path.split(" ")[0])[1].records


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(case))
def case(request, packaged, records, releases, tmp_path_factory):
    return Case(packaged, records, releases, *request.param, tmp_path_factory.mktemp("built"))


def named_in(value):
    """Every text that stands anywhere in a record: among them the ids of the records it speaks of."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from named_in(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, Text):
        for field in dataclasses.fields(value):
            yield from named_in(getattr(value, field.name))


def said(document):
    """Each sentence with what it says and claims: two rows of a table may say the same of different provisions."""
    kept = {claim.number: claim.claim for claim in document.claims}
    for sentence in document.sentences():
        claims = tuple(sorted(kept[number] for number in sentence.claims))
        yield (sentence.template, claims, *(sentence.text(lang) for lang in LANGUAGES)), sentence


@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_change_of_any_record_changes_what_rests_on_it_and_nothing_else(case, data):
    identifier = data.draw(st.sampled_from(case.ids))
    change = data.draw(st.sampled_from(CHANGES))
    records, about = case.changed(identifier, change, data.draw(st.integers(1, 60)))
    if records is None:
        return
    try:
        after = case.build(records)
    except ObservatoryError as stopped:
        assert stopped.what
        assert stopped.todo
        return

    resolver = briefing.resolver_of(case.packaged, records, case.releases, case.group, case.day)
    was, now = (Counter(words for words, _ in said(document)) for document in (case.document, after))
    for document, answers, differing in ((case.document, case.resolver, was - now), (after, resolver, now - was)):
        for words, sentence in said(document):
            # Only the next few due dates are listed: where one goes, another comes into its place.
            moved_up = sentence.template.startswith("due-") and about & case.due
            if words in differing and not moved_up:
                rests_on = set(case.uses(sentence, document, answers))
                assert about & rests_on, (identifier, change.__name__, sentence.template)


def in_english(value):
    """A value as somebody meets it who reads the document in English: of texts, the English one."""
    if isinstance(value, dict):
        return value["en"] if "en" in value else {key: in_english(item) for key, item in value.items()}
    return [in_english(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_building_again_and_checking_agree_on_what_has_changed(case, data):
    identifier = data.draw(st.sampled_from(case.ids))
    change = data.draw(st.sampled_from(CHANGES))
    records, _ = case.changed(identifier, change, data.draw(st.integers(1, 60)))
    if records is None:
        return
    report = check.check(case.file, records, case.releases, on=date(2026, 11, 21), catalogue=case.packaged)
    assert not report.altered
    stale = {found.claim for found in report.stale}
    try:
        after = case.build(records)
    except ObservatoryError:
        return
    before, now = ({c.claim: c for c in document.claims if not c.later} for document in (case.document, after))
    gone_wrong = {found.claim for found in report.stale if found.why == "The claim no longer holds."}
    assert not gone_wrong & set(now)
    for name in set(before) & set(now):
        differs = (in_english(before[name].value), before[name].known) != (in_english(now[name].value), now[name].known)
        assert (name in stale) == differs, (identifier, change.__name__, name)
