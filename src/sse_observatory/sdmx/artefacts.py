"""The structures of the current releases as SDMX maintainable artefacts, and what refers to what.

A dataflow refers to its data structure, a data structure to codelists and to the concept scheme, the concept
scheme to the codelists its concepts are usually coded by, an actual content constraint to its dataflow. Where
two releases hold a codelist under the same agency, id and version, codes are united in the order met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from sse_observatory.core import LANGUAGES, Text
from sse_observatory.releases import Releases
from sse_observatory.sdmx import words
from sse_observatory.sdmx.errors import SdmxError
from sse_observatory.sdmx.queries import FlowRef, StructureQuery
from sse_observatory.structures import AGENCY, Attribute, Codelist, Concept, Dataflow, DataStructure, Dimension

Kind = Literal["agencyscheme", "dataflow", "codelist", "conceptscheme", "datastructure", "contentconstraint"]
KINDS: tuple[Kind, ...] = (
    "agencyscheme", "dataflow", "codelist", "conceptscheme", "datastructure", "contentconstraint",
)
CONCEPTS_ID, CONCEPTS_VERSION = "CS_SSE_OBS", "1.0"
OBS_VALUE = Concept("OBS_VALUE", words.OBS_VALUE, format="Decimal")
_URN = "urn:sdmx:org.sdmx.infomodel"
_PACKAGES: dict[Kind, str] = {
    "agencyscheme": "base.AgencyScheme", "dataflow": "datastructure.Dataflow", "codelist": "codelist.Codelist",
    "conceptscheme": "conceptscheme.ConceptScheme", "datastructure": "datastructure.DataStructure",
    "contentconstraint": "registry.ContentConstraint",
}


@dataclass(frozen=True)
class ConceptScheme:
    """All concepts of the dataflows, in the order met."""

    concepts: tuple[Concept, ...]
    id: str = CONCEPTS_ID
    label: Text = words.CONCEPT_SCHEME
    agency: str = AGENCY
    version: str = CONCEPTS_VERSION
    partial: bool = False


@dataclass(frozen=True)
class AgencyScheme:
    """The agencies that maintain what is served: the scheme AGENCIES of the agency SDMX."""

    agencies: tuple[str, ...]
    id: str = "AGENCIES"
    label: Text = words.AGENCY_SCHEME
    agency: str = "SDMX"
    version: str = "1.0"
    partial: bool = False


@dataclass(frozen=True)
class PartialCodelist:
    """Some codes of a codelist, asked for by item."""

    codelist: Codelist
    codes: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.codelist.id

    @property
    def agency(self) -> str:
        return self.codelist.agency

    @property
    def version(self) -> str:
        return self.codelist.version

    @property
    def label(self) -> Text:
        return self.codelist.label


@dataclass(frozen=True)
class Constraint:
    """Actual content of a dataflow: which codes of each dimension occur, and from which day to which."""

    dataflow: Dataflow
    values: Mapping[str, tuple[str, ...]]
    days: tuple[str, str] | None
    observations: int
    id: str
    agency: str = AGENCY
    version: str = "1.0"

    @property
    def label(self) -> Text:
        flow = self.dataflow.label
        return Text(*(words.CONSTRAINT[lang].format(flow=flow[lang]) for lang in LANGUAGES))


Artefact = Dataflow | DataStructure | Codelist | PartialCodelist | ConceptScheme | AgencyScheme | Constraint


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """The identity of a maintainable artefact."""

    kind: Kind
    agency: str
    id: str
    version: str

    @property
    def urn(self) -> str:
        return f"{_URN}.{_PACKAGES[self.kind]}={self.agency}:{self.id}({self.version})"

    def item_urn(self, item: str) -> str:
        """The URN of an item (a code, a concept, an agency) of this scheme."""
        kind = {"codelist": "codelist.Code", "conceptscheme": "conceptscheme.Concept", "agencyscheme": "base.Agency"}
        return f"{_URN}.{kind[self.kind]}={self.agency}:{self.id}({self.version}).{item}"


def ref_of(artefact: Artefact) -> Ref:
    """The identity of `artefact`."""
    kinds: dict[type, Kind] = {
        Dataflow: "dataflow", DataStructure: "datastructure", Codelist: "codelist", PartialCodelist: "codelist",
        ConceptScheme: "conceptscheme", AgencyScheme: "agencyscheme", Constraint: "contentconstraint",
    }
    return Ref(kinds[type(artefact)], artefact.agency, artefact.id, artefact.version)


def components(structure: DataStructure) -> tuple[Dimension | Attribute, ...]:
    """The dimensions, then the attributes, of a data structure."""
    return (*structure.dimensions, *structure.attributes)


CONCEPTS = Ref("conceptscheme", AGENCY, CONCEPTS_ID, CONCEPTS_VERSION)


@dataclass(frozen=True)
class Answer:
    """The artefacts of an answer: `full` ones written whole, `stubs` by name only (with `descriptions` or not)."""

    full: tuple[Artefact, ...]
    stubs: tuple[Artefact, ...] = ()
    descriptions: bool = True


@dataclass(frozen=True)
class Library:
    """Every artefact of the current releases. `constraint` computes a dataflow's actual content when asked."""

    artefacts: Mapping[Ref, Artefact]
    fictional: frozenset[str]
    constraint: Callable[[Dataflow], Constraint] = field(compare=False)

    def flow(self, wanted: FlowRef) -> Dataflow:
        """The dataflow referred to, its latest version where none is named. Raises SdmxError 100."""
        found = [
            a for r, a in self.artefacts.items()
            if r.kind == "dataflow" and r.id == wanted.id and wanted.agency in ("all", r.agency)
            and wanted.version in ("latest", r.version) and isinstance(a, Dataflow)
        ]
        if not found:
            raise SdmxError(100, "no_flow", what=wanted)
        return max(found, key=lambda a: _version(a.version))

    def codelist_of(self, concept: Concept) -> Codelist | None:
        """The codelist a concept is usually coded by, where it is held."""
        if concept.codelist is None:
            return None
        held = [a for r, a in self.artefacts.items() if r.kind == "codelist" and r.id == concept.codelist]
        return next((a for a in held if isinstance(a, Codelist)), None)

    def children(self, ref: Ref) -> list[Ref]:
        """The artefacts `ref` refers to directly."""
        return self._links[ref]

    @cached_property
    def _links(self) -> dict[Ref, list[Ref]]:
        return {ref: self._referred(artefact) for ref, artefact in self.artefacts.items()}

    def _referred(self, artefact: Artefact) -> list[Ref]:
        if isinstance(artefact, Dataflow):
            return [ref_of(artefact.structure)]
        if isinstance(artefact, Constraint):
            return [ref_of(artefact.dataflow)]
        if isinstance(artefact, DataStructure):
            lists = [c.codelist for c in components(artefact) if c.codelist is not None]
            return [CONCEPTS, *dict.fromkeys(ref_of(c) for c in lists)]
        if isinstance(artefact, ConceptScheme):
            found = [self.codelist_of(c) for c in artefact.concepts]
            return list(dict.fromkeys(ref_of(c) for c in found if c is not None))
        return []

    def parents(self, ref: Ref) -> list[Ref]:
        """The artefacts that refer to `ref` directly."""
        return [other for other in self.artefacts if ref in self.children(other)]

    def find(self, query: StructureQuery) -> Answer:
        """The artefacts a structure query asks for, with those its `references` adds. Raises SdmxError 100."""
        kind = "agencyscheme" if query.resource == "organisationscheme" else query.resource
        found = [
            r for r in self.artefacts
            if kind in ("structure", r.kind)
            and ("all" in query.agencies or r.agency in query.agencies)
            and ("all" in query.ids or r.id in query.ids)
            and ("all" in query.versions or "latest" in query.versions or r.version in query.versions)
        ]
        if "latest" in query.versions:
            newest: dict[tuple[Kind, str, str], str] = {}
            for r in found:
                identity = (r.kind, r.agency, r.id)
                newest[identity] = max(newest.get(identity, r.version), r.version, key=_version)
            found = [r for r in found if r.version in query.versions or newest[r.kind, r.agency, r.id] == r.version]
        if not found:
            raise SdmxError(100, "no_structure", kind=query.resource, what="+".join(query.ids))
        asked = [self._load(r) for r in found]
        if "all" not in query.items:
            asked = [part for a in asked if (part := _items(a, query.items)) is not None]
            if not asked:
                raise SdmxError(100, "no_structure", kind=query.resource, what="+".join(query.items))
        more = [self._load(r) for r in self.related(found, query.references)]
        detail = query.detail
        if detail in ("allstubs", "allcompletestubs"):
            return Answer((), (*asked, *more), descriptions=detail == "allcompletestubs")
        if detail in ("referencestubs", "referencecompletestubs"):
            return Answer(tuple(asked), tuple(more), descriptions=detail == "referencecompletestubs")
        if detail == "referencepartial":
            more = [_used(a, asked + more) for a in more]
        return Answer((*asked, *more))

    def related(self, refs: Iterable[Ref], references: str) -> list[Ref]:
        """What `references` adds to `refs`, each once, none of `refs` again."""
        start = list(refs)
        if references == "none":
            return []
        if references == "children":
            found = [c for r in start for c in self.children(r)]
        elif references == "parents":
            found = [p for r in start for p in self.parents(r)]
        elif references == "parentsandsiblings":
            above = [p for r in start for p in self.parents(r)]
            found = above + [c for p in above for c in self.children(p)]
        elif references == "descendants":
            found = self._below(start)
        elif references == "all":
            above = [p for r in start for p in self.parents(r)]
            found = above + self._below([*start, *above])
        else:
            wanted = "agencyscheme" if references == "organisationscheme" else references
            everything = self._below(start) + [p for r in start for p in self.parents(r)]
            found = [r for r in everything if r.kind == wanted]
        return [r for r in dict.fromkeys(found) if r not in start]

    def _below(self, refs: Iterable[Ref]) -> list[Ref]:
        found: dict[Ref, None] = {}
        waiting = list(refs)
        while waiting:
            for child in self.children(waiting.pop(0)):
                if child not in found:
                    found[child] = None
                    waiting.append(child)
        return list(found)

    def _load(self, ref: Ref) -> Artefact:
        artefact = self.artefacts[ref]
        return self.constraint(artefact.dataflow) if isinstance(artefact, Constraint) else artefact


def library(releases: Releases, constraint: Callable[[Dataflow], Constraint]) -> Library:
    """The library of everything currently released."""
    artefacts: dict[Ref, Artefact] = {}
    concepts: dict[str, Concept] = {}
    fictional: set[str] = set()
    flows: list[Dataflow] = []
    for name in releases.dataflows():
        opened = releases.open(name)
        fictional |= set(opened.fictional_areas)
        flows.append(opened.dataflow)
    for flow in flows:
        for component in components(flow.structure):
            concepts.setdefault(component.id, component.concept)
            if component.codelist is not None:
                ref = ref_of(component.codelist)
                held = artefacts.get(ref)
                artefacts[ref] = _united(held, component.codelist) if isinstance(held, Codelist) else component.codelist
    concepts.setdefault(OBS_VALUE.id, OBS_VALUE)
    for flow in flows:
        artefacts.setdefault(ref_of(flow.structure), flow.structure)
        artefacts.setdefault(ref_of(flow), flow)
        empty = Constraint(flow, {}, None, 0, constraint_id(flow))
        artefacts.setdefault(ref_of(empty), empty)
    if flows:
        artefacts[CONCEPTS] = ConceptScheme(tuple(concepts.values()))
    agencies = tuple(dict.fromkeys([AGENCY, *sorted(r.agency for r in artefacts)]))
    agency_scheme = AgencyScheme(agencies)
    artefacts[ref_of(agency_scheme)] = agency_scheme
    ordered = sorted(artefacts, key=lambda r: (KINDS.index(r.kind), r.agency, r.id, _version(r.version)))
    return Library({r: artefacts[r] for r in ordered}, frozenset(fictional), constraint)


def constraint_id(flow: Dataflow) -> str:
    """The id of the actual content constraint of a dataflow."""
    return f"CON_{flow.id}"


def _united(one: Codelist, other: Codelist) -> Codelist:
    if one is other or one.codes == other.codes:
        return one
    extra = tuple(code for code in other.codes if code.id not in one)
    return replace(one, codes=one.codes + extra) if extra else one


def _items(artefact: Artefact, items: Collection[str]) -> Artefact | None:
    """`artefact` with only the items named, or None if it has none of them or no items at all."""
    if isinstance(artefact, Codelist):
        codes = tuple(c.id for c in artefact.codes if c.id in items)
        return PartialCodelist(artefact, codes) if codes else None
    if isinstance(artefact, ConceptScheme):
        concepts = tuple(c for c in artefact.concepts if c.id in items)
        return replace(artefact, concepts=concepts, partial=True) if concepts else None
    if isinstance(artefact, AgencyScheme):
        agencies = tuple(a for a in artefact.agencies if a in items)
        return replace(artefact, agencies=agencies, partial=True) if agencies else None
    return None


def _used(artefact: Artefact, answer: Iterable[Artefact]) -> Artefact:
    """A concept scheme cut to the concepts the data structures of the answer use; anything else whole."""
    if not isinstance(artefact, ConceptScheme):
        return artefact
    used = {"OBS_VALUE"}
    for other in answer:
        if isinstance(other, DataStructure):
            used |= {c.id for c in components(other)}
    concepts = tuple(c for c in artefact.concepts if c.id in used)
    return replace(artefact, concepts=concepts, partial=len(concepts) < len(artefact.concepts))


def _version(written: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", written))

