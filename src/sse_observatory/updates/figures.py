"""What figures had been published about a group's countries by a day, and for how many countries there are none.

A figure counts from the day on which its publication appeared. Figures of others (`DF_SSE_PUBLISHED`) carry the date of
their publication in the catalogue; one known to the year counts from the end of the year, and a publication without a
date counts from no day before the one on which it was read, because nothing shows that it existed earlier. The
observatory's own figures count from the day on which their release was published, as the release was on the day.

An invented country never counts. Figures about which sources contradict each other openly are not printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sse_observatory.catalogue import Catalogue
from sse_observatory.catalogue.groups import GroupMembers
from sse_observatory.catalogue.portfolio import When
from sse_observatory.core import LANGUAGES, Language, NotFound, ObservatoryError, Text
from sse_observatory.releases import FICTIONAL_AREAS, ReleaseRef, Releases
from sse_observatory.updates.forms import magnitude

PUBLISHED = "DF_SSE_PUBLISHED"
SIZES = ("UNITS_ACTIVE", "UNITS_REGISTERED", "UNITS")
WORK = ("WORKERS", "JOBS_IN", "EMPLOYEES", "FTE_PAID")
MEMBERS = ("MEMBERSHIPS", "PERSONS_MEMBERS")
HEADLINES = (SIZES, WORK, MEMBERS)
"""The measures of which a document prints the latest figure of a country: how many units, who works there, who belongs.

Of each row, the first that is published."""
_WHOLE = {
    "COOP_TYPE": ("_T",), "ACTIVITY": ("_T",), "LIFE_STATUS": ("_T", "ACTIVE", "REGISTERED"), "TIER": ("_T",),
    "SIZE": ("_T",), "REGION": ("_T",), "SEX": ("_T",), "WORK_STATUS": ("_T",), "UNIT_FAMILY": ("COOP", "_T"),
}  # fmt: skip
"""The codes under which a figure is about the whole: a type, an activity or a district is no headline."""
_ABOUT: Mapping[Language, str] = {"en": "about ", "fr": "environ ", "es": "alrededor de "}
_DOUBTFUL = frozenset({"U", "N", "O", "M", "Q"})


@dataclass(frozen=True, slots=True)
class Publication:
    """A source of figures, as a document lists it; `published` None: it carries no date."""

    id: str
    title: Text
    publisher: str
    published: When | None
    url: str
    standing: str
    retrieved: When | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """An observation that a document may print: what it counts, its value as printed, its period and its source.

    `whole` says that it is about the whole of a country's cooperatives or SSE, not about a part of them.
    """

    name: str
    area: str
    country: Text
    measure: str
    measured: Text
    counts: Text
    period: str
    value: Decimal
    multiplier: int
    decimals: int
    approximate: bool
    status: str
    definition: str
    source: Publication
    whole: bool
    locator: str = ""
    second_hand: bool = False

    @property
    def written(self) -> Text:
        """The value as each language prints it."""
        return Text.of({
            lang: (_ABOUT[lang] if self.approximate else "")
            + magnitude(self.value, self.multiplier, self.decimals, lang) for lang in LANGUAGES
        })  # fmt: skip

    @property
    def content(self) -> Mapping[str, str]:
        """What makes a sentence about the figure stale when it changes: value, status, definition."""
        return {
            "value": f"{self.value.normalize():f}",
            "status": self.status,
            "definition": self.definition,
            "multiplier": str(self.multiplier),
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """For how many of a group's countries a figure had been published by the day.

    `undated` are the countries whose only figures stand in publications without a date, `contested` those of whose
    figures none can be printed, because sources contradict each other or they are about a part only.
    """

    members: tuple[str, ...]
    covered: tuple[str, ...]
    undated: tuple[str, ...]
    contested: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The number of countries of the group."""
        return len(self.members)

    @property
    def count(self) -> int:
        """The number of countries with a published figure."""
        return len(self.covered)

    @property
    def missing(self) -> int:
        """The number of countries without one."""
        return self.size - self.count

    @property
    def undated_count(self) -> int:
        """The number of countries with figures in undated publications only."""
        return len(self.undated)


@dataclass(frozen=True)
class Published:
    """The published figures as of a day, read from releases once for a document."""

    catalogue: Catalogue
    releases: Releases
    day: date

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """Every shown observation about a real area whose publication had appeared by the day, by name."""
        return {figure.name: figure for figure in self._all if self._known(figure)}

    @cached_property
    def _undated(self) -> tuple[Figure, ...]:
        return tuple(figure for figure in self._all if figure.source.published is None and not self._known(figure))

    @cached_property
    def _all(self) -> tuple[Figure, ...]:
        return tuple(self._read())

    def _known(self, figure: Figure) -> bool:
        published = figure.source.published
        if published is not None:
            return published.last <= self.day
        retrieved = figure.source.retrieved
        return retrieved is not None and retrieved.last <= self.day

    def figure(self, name: str) -> Figure:
        """The figure named ``DF_SSE_PUBLISHED:KEY``. Raises NotFound for one not published by the day."""
        found = self.figures.get(name)
        if found is None:
            raise NotFound(f"No figure {name} was published by {self.day}.", "Look the figure up in the releases.")
        return found

    def coverage(self, members: GroupMembers) -> Coverage:
        """Which of `members` had a published figure by the day."""
        areas = [m for m in members.members if m not in FICTIONAL_AREAS]
        by_area: dict[str, list[Figure]] = {}
        for figure in self.figures.values():
            by_area.setdefault(figure.area, []).append(figure)
        waiting: dict[str, list[Figure]] = {}
        for figure in self._undated:
            waiting.setdefault(figure.area, []).append(figure)
        covered = tuple(area for area in areas if area in by_area)
        undated = tuple(area for area in areas if area in waiting and area not in by_area)
        return Coverage(
            tuple(areas),
            covered,
            undated,
            tuple(area for area in covered if not any(self.headlines(area))),
        )

    def headlines(self, area: str) -> Iterator[Figure]:
        """The latest figure of each kind of `HEADLINES` about an area that nobody contests, largest scope first."""
        about = [f for f in self.figures.values() if f.area == area and f.name in self._whole]
        for measures in HEADLINES:
            found = [f for f in about if f.measure in measures]
            if found:
                latest = max(f.period for f in found)
                yield min(
                    (f for f in found if f.period == latest),
                    key=lambda f: (measures.index(f.measure), f.approximate, -f.value.scaleb(f.multiplier), f.name),
                )

    @cached_property
    def _whole(self) -> frozenset[str]:
        """The names of the figures about the whole of a country's cooperatives or SSE that may be printed."""
        conflicts = self.catalogue.published.conflict_of
        ids = {self._name_of(figure): figure.id for figure in self.catalogue.published.figures.values()}
        kept = set()
        for name, figure in self.figures.items():
            if not figure.whole or figure.status in _DOUBTFUL:
                continue
            conflict = conflicts.get(ids.get(name, ""))
            if conflict is not None and (conflict.is_open or conflict.preferred not in ("", ids[name])):
                continue
            kept.add(name)
        return frozenset(kept)

    def _name_of(self, figure: Any) -> str:
        key = (
            figure.ref_area, figure.frequency, figure.measure, figure.unit_family, figure.coop_type, figure.activity,
            figure.life_status, figure.source, figure.definition, figure.period,
        )  # fmt: skip
        return f"{PUBLISHED}:{'/'.join(key)}"

    def _read(self) -> Iterator[Figure]:
        for dataflow, release in self._as_of():
            opened = self.releases.open_release(dataflow, release.id)
            dims = [d.id for d in opened.dataflow.structure.dimensions]
            # A release of our own may hold a million cells; only its totals say whether a country is covered.
            whole = {} if dataflow == PUBLISHED else {name: codes for name, codes in _WHOLE.items() if name in dims}
            for row in opened.select(whole).to_pylist():
                if row["REF_AREA"] in FICTIONAL_AREAS or row["OBS_VALUE"] is None or row["CONF_STATUS"] != "F":
                    continue
                yield self._figure(dataflow, dims, row, release)

    def _as_of(self) -> Iterator[tuple[str, ReleaseRef]]:
        """The release of each process to read: that of the others' figures as it is, our own as it was on the day."""
        current = self.releases.current()
        if not any(PUBLISHED in ref.dataflows for ref in current):
            raise ObservatoryError(
                "No release holds the figures published by others, so nothing can be said about coverage.",
                "Publish them with: observatory run published-figures",
            )
        for ref in current:
            if ref.fictional:
                continue
            if PUBLISHED in ref.dataflows:
                yield PUBLISHED, ref
                continue
            past = [p for p in self.releases.history(ref.process) if p.at[:10] <= self.day.isoformat()]
            if past and not past[-1].release.fictional:
                for dataflow in past[-1].release.dataflows:
                    yield dataflow, past[-1].release

    def _figure(self, dataflow: str, dims: list[str], row: Mapping[str, Any], release: ReleaseRef) -> Figure:
        name = f"{dataflow}:{'/'.join(row[d] for d in dims)}"
        if dataflow == PUBLISHED:
            counts = self._definition(row)
            source = self._publication(row, release)
            known = self.catalogue.published.sources.get(row["SOURCE"])
            second_hand = known is None or known.grade == "2"
        else:
            counts = self.catalogue.codelists["CL_PERIMETER"][row["PERIMETER"]].label
            source = self._own(release)
            second_hand = False
        measured = self.catalogue.codelists["CL_MEASURE"][row["MEASURE"]].label
        country = self.catalogue.codelists["CL_AREA"][row["REF_AREA"]].label
        return Figure(
            name, row["REF_AREA"], country, row["MEASURE"], measured, counts, row["TIME_PERIOD"], row["OBS_VALUE"],
            int(row["UNIT_MULT"] or 0), int(row["DECIMALS"] or 0), row["OBS_STATUS"] == "E", row["OBS_STATUS"],
            row.get("DEFINITION_VERSION") or "", source,
            all(row[name] in codes for name, codes in _WHOLE.items() if name in dims), second_hand=second_hand,
        )  # fmt: skip

    def _definition(self, row: Mapping[str, Any]) -> Text:
        found = self.catalogue.published.definitions.get(row["DEFINITION"])
        return found.label if found else self.catalogue.codelists["CL_MEASURE"][row["MEASURE"]].label

    def _publication(self, row: Mapping[str, Any], release: ReleaseRef) -> Publication:
        found = self.catalogue.published.sources.get(row["SOURCE"])
        read = When.parse(self._first_published(release.process))
        if found is None:
            name = row["SOURCE_NOTE"] or row["SOURCE"]
            return Publication(f"pub:{row['SOURCE']}", Text(name, name, name), name, None, "", "partner", read)
        published = When.parse(found.date) if found.date else None
        address = found.address if found.address.startswith("http") else ""
        standing = {"F": "issuing_body", "P": "issuing_body", "2": "press", "C": "issuing_body"}[found.grade]
        return Publication(f"pub:{found.id}", found.title, found.issuer, published, address, standing, read)

    def _own(self, release: ReleaseRef) -> Publication:
        day = next(p.at[:10] for p in self.releases.history(release.process) if p.release.id == release.id)
        when = When.parse(day)
        name = f"release:{release.process}"
        return Publication(name, release.title, "SSE Observatory", when, "", "issuing_body", when)

    def _first_published(self, process: str) -> str:
        return self.releases.history(process)[0].at[:10]

