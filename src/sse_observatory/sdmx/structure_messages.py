"""SDMX-ML 2.1 structure messages (SDMX 2.1 section 3A): every name in every language it exists in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sse_observatory.core import Text
from sse_observatory.sdmx import words
from sse_observatory.sdmx.artefacts import (
    CONCEPTS,
    KINDS,
    AgencyScheme,
    Answer,
    Artefact,
    ConceptScheme,
    Constraint,
    Kind,
    Library,
    PartialCodelist,
    Ref,
    ref_of,
)
from sse_observatory.sdmx.xml import COMMON, DECLARATION, MESSAGE, STRUCTURE, escape, header, localised
from sse_observatory.structures import Attribute, Code, Codelist, Concept, Dataflow, DataStructure, Dimension

_CONTAINERS: dict[Kind, str] = {
    "agencyscheme": "OrganisationSchemes", "dataflow": "Dataflows", "codelist": "Codelists",
    "conceptscheme": "Concepts", "datastructure": "DataStructures", "contentconstraint": "Constraints",
}
_ELEMENTS: dict[Kind, str] = {
    "agencyscheme": "AgencyScheme", "dataflow": "Dataflow", "codelist": "Codelist", "conceptscheme": "ConceptScheme",
    "datastructure": "DataStructure", "contentconstraint": "ContentConstraint",
}
_ITEM_SCHEMES = ("agencyscheme", "codelist", "conceptscheme")


def structure_message(answer: Answer, held: Library, message_id: str, prepared: datetime) -> Iterator[str]:
    """The message for `answer`, piece by piece."""
    yield (
        f'{DECLARATION}<mes:Structure xmlns:mes="{MESSAGE}" xmlns:str="{STRUCTURE}" xmlns:com="{COMMON}">'
        f"{header(message_id, prepared)}<mes:Structures>"
    )
    every: list[tuple[Artefact, bool]] = [(a, True) for a in answer.full] + [(a, False) for a in answer.stubs]
    for kind in KINDS:
        chosen = [(a, whole) for a, whole in every if ref_of(a).kind == kind]
        if chosen:
            yield f"<str:{_CONTAINERS[kind]}>"
            for artefact, whole in chosen:
                yield from _artefact(artefact, held, whole, answer.descriptions)
            yield f"</str:{_CONTAINERS[kind]}>"
    yield "</mes:Structures></mes:Structure>\n"


def _artefact(artefact: Artefact, held: Library, whole: bool, descriptions: bool) -> Iterator[str]:
    ref = ref_of(artefact)
    attributes = (
        f' id="{escape(ref.id)}" urn="{escape(ref.urn)}" version="{escape(ref.version)}" '
        f'agencyID="{escape(ref.agency)}"'
    )
    if not whole:
        # A relative address: the service does not know under which host it is mounted.
        where = f"{ref.kind}/{ref.agency}/{ref.id}/{ref.version}"
        attributes += f' isExternalReference="true" structureURL="{escape(where)}"'
    if ref.kind in _ITEM_SCHEMES and (isinstance(artefact, PartialCodelist) or getattr(artefact, "partial", False)):
        attributes += ' isPartial="true"'
    if isinstance(artefact, Constraint):
        attributes += ' type="Actual"'
    description = artefact.description if isinstance(artefact, Dataflow) else None
    yield f"<str:{_ELEMENTS[ref.kind]}{attributes}>"
    if isinstance(artefact, Constraint) and whole:
        yield _annotations([("obs_count", "sdmx_metrics", str(artefact.observations), None)])
    yield localised("com:Name", artefact.label)
    if whole or descriptions:
        yield localised("com:Description", description)
    if whole:
        yield from _body(artefact, ref, held)
    yield f"</str:{_ELEMENTS[ref.kind]}>"


def _body(artefact: Artefact, ref: Ref, held: Library) -> Iterator[str]:
    if isinstance(artefact, Codelist):
        for code in artefact.codes:
            yield _code(code, ref, held)
    elif isinstance(artefact, PartialCodelist):
        for code_id in artefact.codes:
            yield _code(artefact.codelist[code_id], ref, held, among=artefact.codes)
    elif isinstance(artefact, ConceptScheme):
        for concept in artefact.concepts:
            yield _concept(concept, ref, held)
    elif isinstance(artefact, AgencyScheme):
        for agency in artefact.agencies:
            name = words.AGENCIES.get(agency, Text(en=agency))
            yield f'<str:Agency id="{agency}" urn="{ref.item_urn(agency)}">{localised("com:Name", name)}</str:Agency>'
    elif isinstance(artefact, Dataflow):
        yield f"<str:Structure>{_ref(ref_of(artefact.structure))}</str:Structure>"
    elif isinstance(artefact, DataStructure):
        yield _components(artefact, ref)
    else:
        yield _constraint(artefact)


def _annotations(each: Sequence[tuple[str, str, str, Text | None]]) -> str:
    """com:Annotations from (id, type, title, text)."""
    written = "".join(
        f'<com:Annotation id="{escape(name)}">'
        + (f"<com:AnnotationTitle>{escape(title)}</com:AnnotationTitle>" if title else "")
        + f"<com:AnnotationType>{escape(kind)}</com:AnnotationType>{localised('com:AnnotationText', text)}"
        + "</com:Annotation>"
        for name, kind, title, text in each
    )
    return f"<com:Annotations>{written}</com:Annotations>" if written else ""


def _code(code: Code, ref: Ref, held: Library, among: Sequence[str] | None = None) -> str:
    notes: list[tuple[str, str, str, Text | None]] = []
    if ref.id == "CL_AREA" and code.id in held.fictional:
        notes.append(("FICTIONAL", "FICTIONAL", "true", words.fill(words.SOURCE_FICTIONAL, areas=code.id)))
    if code.valid_from or code.valid_to:
        # SDMX 2.1 gives codes no validity; ISO 8601 intervals with an open end stand in for it.
        interval = f"{code.valid_from or '..'}/{code.valid_to or '..'}"
        notes.append(("VALIDITY", "VALIDITY", interval, None))
    if code.source:
        notes.append(("SOURCE", "SOURCE", code.source, None))
    parent = ""
    if code.parent is not None and (among is None or code.parent in among):
        parent = f'<str:Parent><Ref id="{escape(code.parent)}"/></str:Parent>'
    return (
        f'<str:Code id="{escape(code.id)}" urn="{escape(ref.item_urn(code.id))}">{_annotations(notes)}'
        f"{localised('com:Name', code.label)}{localised('com:Description', code.description)}{parent}</str:Code>"
    )


def _concept(concept: Concept, ref: Ref, held: Library) -> str:
    codelist = held.codelist_of(concept)
    return (
        f'<str:Concept id="{concept.id}" urn="{ref.item_urn(concept.id)}">{localised("com:Name", concept.label)}'
        f"{localised('com:Description', concept.description)}"
        f"{_representation('Core', codelist, concept.format)}</str:Concept>"
    )


def _representation(kind: str, codelist: Codelist | None, text_type: str) -> str:
    if codelist is not None:
        inner = f"<str:Enumeration>{_ref(ref_of(codelist))}</str:Enumeration>"
    else:
        inner = f'<str:TextFormat textType="{text_type}"/>'
    return f"<str:{kind}Representation>{inner}</str:{kind}Representation>"


_REF_CLASSES: dict[Kind, tuple[str, str]] = {
    "dataflow": ("datastructure", "Dataflow"), "datastructure": ("datastructure", "DataStructure"),
    "codelist": ("codelist", "Codelist"), "conceptscheme": ("conceptscheme", "ConceptScheme"),
}


def _ref(ref: Ref) -> str:
    package, name = _REF_CLASSES[ref.kind]
    return (
        f'<Ref id="{escape(ref.id)}" version="{escape(ref.version)}" agencyID="{escape(ref.agency)}" '
        f'package="{package}" class="{name}"/>'
    )


def _identity(concept_id: str) -> str:
    return (
        f'<str:ConceptIdentity><Ref id="{concept_id}" maintainableParentID="{CONCEPTS.id}" '
        f'maintainableParentVersion="{CONCEPTS.version}" agencyID="{CONCEPTS.agency}" package="conceptscheme" '
        'class="Concept"/></str:ConceptIdentity>'
    )


def _components(structure: DataStructure, ref: Ref) -> str:
    urn = ref.urn.split("=", 1)[1]

    def component_urn(name: str, of: str) -> str:
        return f'urn="urn:sdmx:org.sdmx.infomodel.datastructure.{of}={urn}.{name}"'

    def dimension(at: int, d: Dimension) -> str:
        if d.is_time:
            return (
                f'<str:TimeDimension id="TIME_PERIOD" {component_urn(d.id, "TimeDimension")} position="{at}">'
                f"{_identity(d.id)}<str:LocalRepresentation>"
                '<str:TextFormat textType="ObservationalTimePeriod"/></str:LocalRepresentation></str:TimeDimension>'
            )
        return (
            f'<str:Dimension id="{d.id}" {component_urn(d.id, "Dimension")} position="{at}">{_identity(d.id)}'
            f"{_representation('Local', d.codelist, d.concept.format)}</str:Dimension>"
        )

    def attribute(a: Attribute) -> str:
        status = "Mandatory" if a.mandatory else "Conditional"
        return (
            f'<str:Attribute id="{a.id}" {component_urn(a.id, "DataAttribute")} assignmentStatus="{status}">'
            f"{_identity(a.id)}{_representation('Local', a.codelist, a.concept.format)}<str:AttributeRelationship>"
            '<str:PrimaryMeasure><Ref id="OBS_VALUE"/></str:PrimaryMeasure></str:AttributeRelationship></str:Attribute>'
        )

    dimensions = "".join(dimension(at, d) for at, d in enumerate(structure.dimensions, start=1))
    attributes = "".join(attribute(a) for a in structure.attributes)
    attribute_list = (
        f'<str:AttributeList id="AttributeDescriptor" {component_urn("AttributeDescriptor", "AttributeDescriptor")}>'
        f"{attributes}</str:AttributeList>"
        if attributes else ""
    )
    return (
        "<str:DataStructureComponents>"
        f'<str:DimensionList id="DimensionDescriptor" {component_urn("DimensionDescriptor", "DimensionDescriptor")}>'
        f"{dimensions}</str:DimensionList>{attribute_list}"
        f'<str:MeasureList id="MeasureDescriptor" {component_urn("MeasureDescriptor", "MeasureDescriptor")}>'
        f'<str:PrimaryMeasure id="OBS_VALUE" {component_urn("OBS_VALUE", "PrimaryMeasure")}>{_identity("OBS_VALUE")}'
        '<str:LocalRepresentation><str:TextFormat textType="Decimal"/></str:LocalRepresentation>'
        "</str:PrimaryMeasure></str:MeasureList></str:DataStructureComponents>"
    )


def _constraint(constraint: Constraint) -> str:
    keys = "".join(
        f'<com:KeyValue id="{name}">{"".join(f"<com:Value>{escape(v)}</com:Value>" for v in values)}</com:KeyValue>'
        for name, values in constraint.values.items() if values
    )
    if constraint.days is not None:
        first, last = constraint.days
        keys += (
            '<com:KeyValue id="TIME_PERIOD"><com:TimeRange>'
            f'<com:StartPeriod isInclusive="true">{first}T00:00:00</com:StartPeriod>'
            f'<com:EndPeriod isInclusive="true">{last}T23:59:59</com:EndPeriod></com:TimeRange></com:KeyValue>'
        )
    return (
        f"<str:ConstraintAttachment><str:Dataflow>{_ref(ref_of(constraint.dataflow))}</str:Dataflow>"
        f'</str:ConstraintAttachment><str:CubeRegion include="true">{keys}</str:CubeRegion>'
    )

