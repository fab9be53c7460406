"""ILO regions and government groups: who belongs to them, on which day, and how that is known.

``groups/ilo_regions.toml`` holds the regions, ``groups/government_groups.toml`` the groups, and each file in
``groups/lists/`` one dated membership list. Groups are not regions (GRULAC is not the Americas); but until a list that
covers a day is loaded, a group's members are those of the ILO region it rests on, labelled *inferred, undated*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sse_observatory.catalogue.problems import (
    Problem,
    TomlFile,
    fail_on_error,
    read_toml,
    text_of,
    translation_problem,
)
from sse_observatory.core import CatalogueError, NotFound, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

REGIONS = "groups/ilo_regions.toml"
GOVERNMENT_GROUPS = "groups/government_groups.toml"
FILES = (REGIONS, GOVERNMENT_GROUPS, "groups/lists/*.toml")

Basis = Literal["list", "inferred", "inferred, undated"]
Status = Literal["verified", "reported", "inferred", "unverified"]


@dataclass(frozen=True, slots=True)
class Region:
    """An ILO region: a code of CL_AREA, its member States (alpha-3), how and on which date that is known."""

    id: str
    label: Text
    members: tuple[str, ...]
    status: Status
    as_of: str
    count: int
    source: str


@dataclass(frozen=True, slots=True)
class GovernmentGroup:
    """A group of governments, and the ILO region it rests on until a list is loaded (None: no such region).

    `without` are countries of the region that are known not to be in the group.
    """

    id: str
    label: Text
    region: str | None
    status: Status
    source: str
    note: Text | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MembershipList:
    """A dated list of the members of a group; `valid_to` None: still valid when it was read."""

    id: str
    group: str
    members: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    source: str

    def valid_on(self, day: date) -> bool:
        """Whether the list says who was a member on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class GroupMembers:
    """Who belongs to a group on a day, and on what that rests.

    `basis` is ``list`` (a dated list says so), ``inferred`` (an ILO region, compiled; see `as_of`) or ``inferred,
    undated`` (a group for which no list covers the day: the members of its region).
    """

    group: str
    members: tuple[str, ...]
    basis: Basis
    list_id: str | None = None
    region: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    as_of: str = ""
    source: str = ""


@dataclass(frozen=True)
class Groups:
    """Regions, government groups and membership lists by id; `total` is the number of ILO member States."""

    regions: Mapping[str, Region]
    government_groups: Mapping[str, GovernmentGroup]
    lists: tuple[MembershipList, ...] = ()
    total: int = 0
    outside: tuple[str, ...] = field(default=())

    def members(self, group: str, as_of: date) -> GroupMembers:
        """Who belonged to `group` (a government group, a region or any group with a list) on `as_of`.

        Raises NotFound for a group that is not in the catalogue, or has neither a list for the day nor a region.
        """
        for found in self.lists:
            if found.group == group and found.valid_on(as_of):
                return GroupMembers(
                    group, found.members, "list", found.id, None, found.valid_from, found.valid_to, "", found.source
                )
        if group in self.regions:
            region = self.regions[group]
            return GroupMembers(
                group, region.members, "inferred", region=group, as_of=region.as_of, source=region.source
            )
        resting_on = self.government_groups[group].region if group in self.government_groups else None
        if resting_on is not None:
            region = self.regions[resting_on]
            without = self.government_groups[group].without
            members = tuple(member for member in region.members if member not in without)
            return GroupMembers(group, members, "inferred, undated", region=resting_on, source=region.source)
        spans = [
            f"from {found.valid_from} " + (f"to {found.valid_to}" if found.valid_to else "on")
            for found in self.lists if found.group == group
        ]  # fmt: skip
        others = ", ".join([*self.government_groups, *self.regions])
        raise NotFound(
            f"The catalogue does not say who belonged to {group!r} on {as_of}.",
            f"Ask for a day {' or '.join(spans)}, or add a dated list in groups/lists/." if spans
            else f"Add a dated list in groups/lists/, or name one of {others}.",
        )  # fmt: skip

    def region_of(self, area: str) -> str | None:
        """The ILO region of a member State; None for every other area, the fictional country among them."""
        return next((r.id for r in self.regions.values() if area in r.members), None)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _RegionEntry(_Strict):
    members: list[str]
    status: Status
    as_of: str
    count: int
    source: str


class _GroupEntry(_Strict):
    label: dict[str, str]
    status: Status
    source: str
    region: str | None = None
    note: dict[str, str] | None = None
    without: list[str] = []


class _ListEntry(_Strict):
    group: str
    members: list[str]
    valid_from: date
    valid_to: date | None = None
    source: str


class _TotalEntry(_Strict):
    total: int
    source: str
    outside: list[str] = []


@dataclass
class _Read:
    catalogue: Catalogue
    root: Path
    problems: list[Problem] = field(default_factory=list)
    regions: dict[str, Region] = field(default_factory=dict)
    groups: dict[str, GovernmentGroup] = field(default_factory=dict)
    lists: list[MembershipList] = field(default_factory=list)
    total: _TotalEntry | None = None

    def wrong(self, file: TomlFile, path: tuple[str, ...], key: str, what: str, todo: str) -> None:
        self.problems.append(Problem(file.name, file.line(*path), key, what, todo))

    def file(self, name: str) -> TomlFile | None:
        try:
            return read_toml(self.root, name)
        except CatalogueError as error:
            self.problems.append(Problem.of(error, self.root, name))
            return None

    def entry(self, model: type[BaseModel], file: TomlFile, path: tuple[str, ...], value: Any) -> Any:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for fault in error.errors():
                where = (*path, *(str(part) for part in fault["loc"]))
                key = ".".join(where)
                self.wrong(file, where, key, f"{fault['msg']}", f"See the other entries of {file.name} for the form.")
            return None

    def areas(self, file: TomlFile, path: tuple[str, ...], key: str, members: list[str]) -> None:
        areas = self.catalogue.codelists["CL_AREA"]
        for member in members:
            if member not in areas:
                self.wrong(
                    file, path, key, f"{member!r} is not a code of CL_AREA", "Write ISO 3166-1 alpha-3 codes."
                )
        for member, times in Counter(members).items():
            if times > 1:
                self.wrong(file, path, key, f"{member} stands {times} times", "Keep it once.")


def _read_regions(read: _Read) -> None:
    file = read.file(REGIONS)
    if file is None:
        return
    areas = read.catalogue.codelists["CL_AREA"]
    for identifier, value in file.data.items():
        if identifier == "ILO":
            read.total = read.entry(_TotalEntry, file, (identifier,), value)
            if read.total is not None:
                read.areas(file, ("ILO", "outside"), "ILO", read.total.outside)
            continue
        entry = read.entry(_RegionEntry, file, (identifier,), value)
        if entry is None:
            continue
        if identifier not in areas:
            read.wrong(file, (identifier,), identifier, "the region is not a code of CL_AREA", "Add it to CL_AREA.")
            continue
        read.areas(file, (identifier, "members"), identifier, entry.members)
        if len(entry.members) != entry.count:
            what = f"{len(entry.members)} members are listed where the count says {entry.count}"
            read.wrong(file, (identifier, "count"), identifier, what, "Correct the list or the count.")
        for other in read.regions.values():
            for area in sorted(set(entry.members) & set(other.members)):
                what = f"{area} is in {other.id} already"
                read.wrong(file, (identifier, "members"), identifier, what, "A State is in one region only.")
        read.regions[identifier] = Region(
            identifier, areas[identifier].label, tuple(entry.members), entry.status, entry.as_of, entry.count,
            entry.source,
        )  # fmt: skip
    if read.total is None:
        read.wrong(file, (), "ILO", "the number of member States is not given", "Write [ILO] with total and source.")
        return
    counted = sum(len(region.members) for region in read.regions.values())
    if counted != read.total.total:
        parts = " + ".join(str(len(region.members)) for region in read.regions.values())
        what = f"the regions have {parts} = {counted} members, the ILO {read.total.total}"
        read.wrong(file, ("ILO", "total"), "ILO", what, "Correct the lists; every member State is in one region.")


def _read_government_groups(read: _Read) -> None:
    file = read.file(GOVERNMENT_GROUPS)
    if file is None:
        return
    for identifier, value in file.data.items():
        entry = read.entry(_GroupEntry, file, (identifier,), value)
        if entry is None:
            continue
        if entry.region is not None and entry.region not in read.regions:
            what = f"there is no region {entry.region!r}"
            read.wrong(file, (identifier, "region"), identifier, what, f"Name a region of {REGIONS}.")
        label, wrong = text_of(file, (identifier, "label"), entry.label, "label")
        read.problems += wrong
        note = None
        if entry.note is not None:
            note, wrong = text_of(file, (identifier, "note"), entry.note, "note")
            read.problems += wrong
        region = read.regions.get(entry.region or "")
        for area in entry.without:
            if region is None or area not in region.members:
                what = f"{area!r} is not a country of the region of the group"
                read.wrong(file, (identifier, "without"), identifier, what, "Correct the code, or leave it out.")
        if label is not None:
            read.groups[identifier] = GovernmentGroup(
                identifier, label, entry.region, entry.status, entry.source, note, tuple(entry.without)
            )


def _overlap(a: MembershipList, b: MembershipList) -> bool:
    return a.valid_on(b.valid_from) or b.valid_on(a.valid_from)


def _read_lists(read: _Read) -> None:
    known = {*read.groups, *read.regions, *read.catalogue.codelists["CL_AREA"].by_id}
    for path in sorted((read.root / "groups" / "lists").glob("*.toml")):
        file = read.file(path.relative_to(read.root).as_posix())
        entry = None if file is None else read.entry(_ListEntry, file, (), file.data)
        if file is None or entry is None:
            continue
        if entry.group not in known:
            what = f"there is no group {entry.group!r}"
            read.wrong(file, ("group",), path.stem, what, f"Add it to {GOVERNMENT_GROUPS}, or correct the name.")
        read.areas(file, ("members",), path.stem, entry.members)
        found = MembershipList(
            path.stem, entry.group, tuple(entry.members), entry.valid_from, entry.valid_to, entry.source
        )
        if found.valid_to is not None and found.valid_to < found.valid_from:
            what = f"valid_to {found.valid_to} comes before valid_from {found.valid_from}"
            read.wrong(file, ("valid_to",), path.stem, what, "Correct one of the two dates.")
            continue
        for other in read.lists:
            if other.group == found.group and _overlap(other, found):
                what = f"the list overlaps with {other.id} in time"
                read.wrong(file, ("valid_from",), path.stem, what, "End the earlier list the day before.")
        read.lists.append(found)


def _read(root: Path, catalogue: Catalogue) -> _Read:
    read = _Read(catalogue, root)
    _read_regions(read)
    _read_government_groups(read)
    _read_lists(read)
    return read


def load_groups(root: Path, catalogue: Catalogue) -> Groups:
    """Regions, groups and lists. Raises CatalogueError for the first that cannot be read or contradicts another."""
    read = _read(root, catalogue)
    fail_on_error(root, read.problems)
    total = read.total
    return Groups(
        read.regions, read.groups, tuple(read.lists), total.total if total else 0, tuple(total.outside if total else ())
    )


def check_groups(root: Path, catalogue: Catalogue) -> Iterable[Problem]:
    """Errors: whatever cannot be read, an unknown State, a State twice, counts or a total that do not hold, lists
    that overlap. Gaps: labels and notes missing in a language."""
    read = _read(root, catalogue)
    yield from read.problems
    yield from _untranslated(read)


def _untranslated(read: _Read) -> Iterator[Problem]:
    if not read.groups:
        return
    file = read_toml(read.root, GOVERNMENT_GROUPS)
    for group in read.groups.values():
        for what, text in (("label", group.label), ("note", group.note)):
            line = file.line(group.id, what)
            missing = translation_problem(GOVERNMENT_GROUPS, line, group.id, what, text, "gap")
            if missing:
                yield missing
