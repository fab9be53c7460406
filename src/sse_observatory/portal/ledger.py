"""Writing to the record database: loading the catalogue, releasing changes, settling differences, exporting.

The catalogue offers records; the portal's editors may change theirs. Loading is idempotent by id. A record nobody
changed here follows the catalogue; one that was changed here stays as it is, whatever the catalogue offers, and the
difference is listed until somebody takes the catalogue's side or keeps the portal's. Everything that is written is a
revision with its author, moment and reason, in one transaction that also checks the records as a whole: a change
after which a reference leads nowhere is not made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import DatabaseError, transaction
from django.utils import timezone

from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.core import NotFound, ObservatoryError, content_hash
from sse_observatory.portal import database
from sse_observatory.portal.models import Proposal, Record, Revision, State

Content = Mapping[str, Any]
BATCH = 500

Nature = Literal["only_here", "withdrawn_here", "both"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did, by number of records."""

    created: int = 0
    updated: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    differing: int = 0

    @property
    def wrote(self) -> bool:
        """Whether anything readers see has changed."""
        return bool(self.created or self.updated or self.withdrawn)


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that the portal and the catalogue do not have alike. `settled`: somebody decided to keep ours."""

    id: str
    kind: str
    ours: Content | None
    theirs: Content | None
    settled: bool

    @property
    def nature(self) -> Nature:
        """Which side has the record, or that both have it and differ."""
        if self.theirs is None:
            return "only_here"
        return "withdrawn_here" if self.ours is None else "both"

    @property
    def fields(self) -> tuple[tuple[str, Any, Any], ...]:
        """Each field that differs: its name, our value, the catalogue's; None where a side does not have it."""
        ours, theirs = self.ours or {}, self.theirs or {}
        names = [*ours, *(name for name in theirs if name not in ours)]
        return tuple((n, ours.get(n), theirs.get(n)) for n in names if ours.get(n) != theirs.get(n))


def digest_of(content: Content | None) -> str:
    """The digest of a content; empty for none."""
    return "" if content is None else content_hash(content)


@contextmanager
def changing() -> Iterator[State]:
    """One change at a time, whole or not at all; the state's version is the number of this change."""
    try:
        with transaction.atomic():
            State.objects.get_or_create(pk=1)
            state = State.objects.select_for_update().get(pk=1)
            state.version += 1
            yield state
            state.save()
    except DatabaseError as error:
        raise database.unreachable(error) from error


def load(offered: Mapping[str, Content], catalogue: str, *, why: str = "") -> Loaded:
    """Bring the records of the catalogue in; `catalogue` is its fingerprint. Records changed here are not touched.

    Raises ObservatoryError where the records that would result contradict each other; then nothing is loaded.
    """
    from sse_observatory.portal import records

    with changing() as state:
        rows = {row.id: row for row in Record.objects.iterator(BATCH)}
        created: list[Record] = []
        touched: list[Record] = []
        revised: list[Record] = []
        for identifier, content in offered.items():
            digest = digest_of(content)
            row = rows.pop(identifier, None)
            if row is None:
                made = Record(id=identifier, kind=content["kind"], content=dict(content), digest=digest,
                              offered=dict(content), offered_digest=digest, version=state.version)
                created.append(made)
                continue
            if row.offered_digest == digest and row.kind == content["kind"]:
                continue
            followed = row.digest == row.offered_digest and row.digest
            row.offered, row.offered_digest, row.kind = dict(content), digest, content["kind"]
            if followed:
                row.content, row.digest, row.version = row.offered, digest, state.version
                revised.append(row)
            touched.append(row)
        gone = [row for row in rows.values() if row.offered_digest]
        withdrawn = [row for row in gone if row.digest == row.offered_digest]
        for row in gone:
            if row in withdrawn:
                row.content, row.digest, row.version = None, "", state.version
            row.offered, row.offered_digest = None, ""
        for row in (*touched, *gone):
            _settle(row)
        Record.objects.bulk_create(created, batch_size=BATCH)
        Record.objects.bulk_update(
            [*touched, *gone],
            ["kind", "content", "digest", "offered", "offered_digest", "kept", "differs", "version"], batch_size=BATCH,
        )
        # A record that neither side has any more is gone; what it said stays among the revisions.
        Record.objects.filter(pk__in=[row.pk for row in gone], digest="", offered_digest="").delete()
        _revise([*created, *revised, *withdrawn], state, Revision.How.LOADED, "", why)
        if created or revised or withdrawn:
            records.check_database()
        else:
            state.version -= 1
        state.catalogue = catalogue
        count = Record.objects.count()
        differing = Record.objects.filter(differs=True).count()
        return Loaded(
            len(created), len(revised), len(withdrawn), count - len(created) - len(revised), differing
        )


def restore(contents: Mapping[str, Content], withdrawn: Mapping[str, str]) -> Loaded:
    """Bring in the records of an export: `contents` by id, and the kinds of those it says are withdrawn.

    What is not here yet, or is here as the catalogue has it, becomes as the export says; a record changed here stays
    as it is and counts as differing. Raises ObservatoryError where the result would contradict itself.
    """
    from sse_observatory.portal import records

    with changing() as state:
        rows = {row.id: row for row in Record.objects.iterator(BATCH)}
        wanted: dict[str, tuple[str, Content | None]] = {pk: (c["kind"], c) for pk, c in contents.items()}
        wanted |= {pk: (kind, None) for pk, kind in withdrawn.items()}
        created, updated, left = [], [], 0
        for identifier, (kind, content) in wanted.items():
            digest = digest_of(content)
            row = rows.get(identifier)
            if row is not None and row.digest == digest:
                continue
            if row is not None and row.digest != row.offered_digest:
                left += 1
                continue
            kept = row or Record(id=identifier)
            kept.kind, kept.content = kind, None if content is None else dict(content)
            kept.digest, kept.version = digest, state.version
            _settle(kept)
            (created if row is None else updated).append(kept)
        Record.objects.bulk_create(created, batch_size=BATCH)
        changed = ["kind", "content", "digest", "differs", "kept", "version"]
        Record.objects.bulk_update(updated, changed, batch_size=BATCH)
        _revise([*created, *updated], state, Revision.How.RESTORED, "", "")
        records.check_database()
        return Loaded(len(created), len(updated), 0, len(wanted) - len(created) - len(updated) - left, left)


def write(
    identifier: str, kind: str, content: Content | None, *, by: str, why: str, how: Revision.How,
    base: str | None = None, proposal: Proposal | None = None,
) -> None:
    """Make `content` what a record says (None: withdraw it). `base` is the digest it must have now, if given.

    Raises ObservatoryError where the record has changed since, or the records would then contradict each other.
    """
    from sse_observatory.portal import records

    with changing() as state:
        row = Record.objects.filter(pk=identifier).first() or Record(id=identifier, kind=kind)
        if base is not None and row.digest != base:
            told = Wrong("changed_since", "The record {value} has changed since.", value=identifier)
            raise ObservatoryError(told, "Look at what it says now, and propose the change again.")
        row.kind, row.content, row.digest = kind, None if content is None else dict(content), digest_of(content)
        row.version = state.version
        _settle(row)
        row.save()
        _revise([row], state, how, by, why, proposal)
        records.check_database()


def take(identifier: str, *, by: str, why: str) -> None:
    """Take the catalogue's side of a difference."""
    found = difference(identifier)
    write(identifier, found.kind, found.theirs, by=by, why=why, how=Revision.How.TAKEN)


def keep(identifier: str, *, by: str, why: str) -> None:
    """Keep the portal's side of a difference, until the catalogue offers something else."""
    with changing() as state:
        row = _differing(identifier)
        row.kept = row.offered_digest or "none"
        row.save()
        _revise([row], state, Revision.How.KEPT, by, why)


def differences(*, settled: bool = False) -> list[Difference]:
    """Records that differ from the catalogue, those already settled among them if asked for."""
    rows = Record.objects.filter(differs=True).order_by("kind", "pk")
    found = (_difference(row) for row in rows)
    return [one for one in found if settled or not one.settled]


def difference(identifier: str) -> Difference:
    """One difference. Raises NotFound."""
    return _difference(_differing(identifier))


def _differing(identifier: str) -> Record:
    row = Record.objects.filter(pk=identifier, differs=True).first()
    if row is None:
        raise NotFound(
            Wrong("no_difference", "The record {value!r} does not differ from the catalogue.", value=identifier),
            "`observatory records diff` lists those that do.",
        )
    return row


def _difference(row: Record) -> Difference:
    return Difference(row.id, row.kind, row.content, row.offered, bool(row.kept))


def _settle(row: Record) -> None:
    """Say whether the two sides differ, and forget a decision that was about another offer."""
    row.differs = row.digest != row.offered_digest
    if row.kept and (not row.differs or row.kept != (row.offered_digest or "none")):
        row.kept = ""


def _revise(
    rows: Iterable[Record], state: State, how: Revision.How, by: str, why: str, proposal: Proposal | None = None
) -> None:
    now = timezone.now()
    Revision.objects.bulk_create(
        (
            Revision(record=row.id, kind=row.kind, content=row.content, version=state.version, how=how, by=by, at=now,
                     why=why, proposal=proposal)
            for row in rows
        ),
        batch_size=BATCH,
    )


@dataclass(frozen=True, slots=True)
class Past:
    """One revision of a record: what it said from then on, and what that changed."""

    at: datetime
    how: str
    by: str
    why: str
    content: Content | None
    changed: tuple[tuple[str, Any, Any], ...]
    proposal: int | None = None


def history(identifier: str) -> list[Past]:
    """Every revision of a record, the latest first."""
    found: list[Past] = []
    before: Content | None = None
    for one in Revision.objects.filter(record=identifier).order_by("version", "pk"):
        changed = Difference(identifier, one.kind, before, one.content, False).fields
        found.append(Past(one.at, one.how, one.by, one.why, one.content, changed, one.proposal_id))
        before = one.content
    return found[::-1]


def exported() -> tuple[list[Content], dict[str, str]]:
    """What every record says now, and the kinds of those that are withdrawn here, by id."""
    rows = list(Record.objects.order_by("pk").values_list("pk", "kind", "content"))
    return [c for _, _, c in rows if c is not None], {pk: kind for pk, kind, c in rows if c is None}


def catalogue_loaded() -> str:
    """The fingerprint of the catalogue that was last loaded; empty before the first time."""
    return str(State.objects.filter(pk=1).values_list("catalogue", flat=True).first() or "")


def version() -> int:
    """The number of the last change; 0 before the first."""
    return int(State.objects.filter(pk=1).values_list("version", flat=True).first() or 0)
