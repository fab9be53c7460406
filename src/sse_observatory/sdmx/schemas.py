"""The XML schema of a dataflow's structure-specific messages (SDMX 2.1 section 3A, part on schema generation).

A reader that has it can check a data message down to the codes: every dimension and coded attribute is an
enumeration of its codelist. The standard's own schemas are imported by file name; whoever validates puts this
schema beside them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sse_observatory.sdmx.artefacts import components
from sse_observatory.sdmx.data_messages import namespace
from sse_observatory.sdmx.selection import ALL_DIMENSIONS, TIME, series_dimensions
from sse_observatory.sdmx.xml import COMMON, DECLARATION, STRUCTURE_SPECIFIC, escape
from sse_observatory.structures import Attribute, Codelist, Dataflow, Dimension

_TYPES = {
    "String": "xs:string", "Decimal": "xs:decimal", "Integer": "xs:integer",
    "ObservationalTimePeriod": "common:ObservationalTimePeriodType",
}


def schema_message(flow: Dataflow, at: str) -> Iterator[str]:
    """The schema for messages with `at` as dimension at the observation.

    With TIME_PERIOD its types derive from those of time-series messages, which are themselves restrictions of
    the general ones, so that one schema serves both elements.
    """
    structure = flow.structure
    time_series = at == TIME
    space = escape(namespace(flow, at))
    base = "SDMXDataStructureSpecificTimeSeries.xsd" if time_series else "SDMXDataStructureSpecific.xsd"
    yield (
        f'{DECLARATION}<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{space}" xmlns:dsd='
        f'"{STRUCTURE_SPECIFIC}" xmlns:common="{COMMON}" targetNamespace="{space}" elementFormDefault="qualified" '
        f'attributeFormDefault="unqualified"><xs:import namespace="{STRUCTURE_SPECIFIC}" schemaLocation="{base}"/>'
        f'<xs:import namespace="{COMMON}" schemaLocation="SDMXCommon.xsd"/>\n'
    )
    lists = {c.codelist.id: c.codelist for c in components(structure) if c.codelist is not None}
    for codelist in lists.values():
        yield _enumeration(codelist)
    keys = () if at == ALL_DIMENSIONS else series_dimensions(flow, at)
    on_observation = [d for d in structure.dimensions if d.id not in keys]
    attributes = [
        *(_dimension(d) for d in on_observation), '<xs:attribute name="OBS_VALUE" type="xs:decimal" use="optional"/>',
        *(_attribute(a) for a in structure.attributes),
    ]
    if not any(d.id == TIME for d in on_observation):
        attributes.append(_PROHIBITED.format(name=TIME, type="common:ObservationalTimePeriodType"))
    yield _type("ObsType", "TimeSeriesObsType" if time_series else "ObsType", "", [
        _PROHIBITED.format(name="type", type="common:IDType"), *attributes,
    ])
    if at != ALL_DIMENSIONS:
        series = [_dimension(structure.dimension(k)) for k in keys]
        if TIME not in keys:
            series.append(_PROHIBITED.format(name=TIME, type="common:ObservationalTimePeriodType"))
        inner = '<xs:element name="Obs" type="ObsType" form="unqualified" minOccurs="0" maxOccurs="unbounded"/>'
        yield _type("SeriesType", "TimeSeriesType" if time_series else "SeriesType", inner, series)
    name = "Obs" if at == ALL_DIMENSIONS else "Series"
    inner = (
        '<xs:element name="DataProvider" type="common:DataProviderReferenceType" form="unqualified" minOccurs="0"/>'
        f'<xs:choice minOccurs="0"><xs:element name="{name}" type="{name}Type" form="unqualified" '
        'maxOccurs="unbounded"/></xs:choice>'
    )
    yield _type("DataSetType", "TimeSeriesDataSetType" if time_series else "DataSetType", inner, [
        '<xs:attributeGroup ref="dsd:SetAttributeGroup"/>',
    ])
    yield "</xs:schema>\n"


_PROHIBITED = '<xs:attribute name="{name}" type="{type}" use="prohibited"/>'


def _type(name: str, base: str, inner: str, attributes: list[str]) -> str:
    return (
        f'<xs:complexType name="{name}"><xs:complexContent><xs:restriction base="dsd:{base}"><xs:sequence>'
        f'<xs:element ref="common:Annotations" minOccurs="0"/>{inner}</xs:sequence>{"".join(attributes)}'
        f"</xs:restriction></xs:complexContent></xs:complexType>\n"
    )


def _enumeration(codelist: Codelist) -> str:
    values = "".join(f'<xs:enumeration value="{escape(code.id)}"/>' for code in codelist)
    return (
        f'<xs:simpleType name="{codelist.id}"><xs:restriction base="xs:string">{values}</xs:restriction>'
        "</xs:simpleType>\n"
    )


def _dimension(dimension: Dimension) -> str:
    return f'<xs:attribute name="{dimension.id}" type="{_kind(dimension)}" use="required"/>'


def _attribute(attribute: Attribute) -> str:
    # Optional whatever the assignment status: a message may carry part of the attributes (detail=dataonly).
    return f'<xs:attribute name="{attribute.id}" type="{_kind(attribute)}" use="optional"/>'


def _kind(component: Dimension | Attribute) -> str:
    return component.codelist.id if component.codelist is not None else _TYPES[component.concept.format]
