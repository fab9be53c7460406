"""Instruments as linked data: schema.org ``Legislation`` with the European Legislation Identifier ontology (ELI).

The work, its language version and its paragraphs are resources: a translation is another expression of the same work.
The context is written out, so that nothing has to be fetched to read the data. What the two vocabularies have no word
for (verb, strength, conditions) stands in a namespace of our own.
"""

from __future__ import annotations

from typing import Any

from sse_observatory.instruments import symbols
from sse_observatory.instruments.model import Act, Element, Instrument, Kind

CONTEXT: dict[str, Any] = {
    "@vocab": "https://schema.org/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sse": "urn:sse-observatory:ns:instruments:1#",
    "legislationDate": {"@type": "xsd:date"},
    "eli:date_document": {"@type": "xsd:date"},
    "eli:cites": {"@type": "@id"},
    "eli:realizes": {"@type": "@id"},
    "url": {"@type": "@id"},
    "sse:due": {"@type": "xsd:date"},
}


def to_json_ld(instrument: Instrument) -> dict[str, Any]:
    """The instrument as one JSON-LD document."""
    work, expression = instrument.work, instrument.expression
    here = _identifier(instrument)
    lang = expression.language
    graph: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": here,
        "@type": ["Legislation", "eli:LegalResource"],
        "legislationIdentifier": str(work.symbol) if work.symbol else None,
        "legislationType": work.type,
        "legislationDate": work.adopted.isoformat() if work.adopted else None,
        "eli:date_document": work.adopted.isoformat() if work.adopted else None,
        "legislationPassedBy": {"@type": "Organization", "name": {"@value": work.organ, "@language": lang}}
        if work.organ else None,
        "name": {"@value": expression.title, "@language": lang} if expression.title else None,
        "inLanguage": lang,
        "url": work.symbol.link(lang) if work.symbol else None,
        "eli:cites": _cited(instrument),
        "eli:is_realized_by": {
            "@id": f"{here}#{lang}",
            "@type": "eli:LegalExpression",
            "eli:language": lang,
            "eli:title": {"@value": expression.title, "@language": lang} if expression.title else None,
            "eli:realizes": here,
        },
        "hasPart": [
            _paragraph(instrument, element, here)
            for element in instrument.of_kind(Kind.PREAMBULAR, Kind.OPERATIVE)
        ],
    }  # fmt: skip
    kept = _without_gaps(graph)
    assert isinstance(kept, dict)
    return kept


def _identifier(instrument: Instrument) -> str:
    symbol = instrument.work.symbol
    if symbol is None:
        return f"urn:sha256:{instrument.source.sha256}"
    return symbol.link() or f"urn:sse-observatory:work:{symbol.file_name}"


def _cited(instrument: Instrument) -> list[str]:
    own = instrument.work.symbol
    found: dict[str, None] = {}
    for element in instrument.of_kind(Kind.PREAMBULAR, Kind.OPERATIVE):
        for reference in symbols.find(element.text, organ=own.issuer if own else None):
            if reference.symbol is not None and reference.symbol != own and (address := reference.symbol.link()):
                found[address] = None
    return list(found)


def _paragraph(instrument: Instrument, element: Element, here: str) -> dict[str, Any]:
    return {
        "@id": f"{here}#{element.id.replace('(', '-').replace(')', '')}",
        "@type": ["Legislation", "eli:LegalResourceSubdivision"],
        "legislationIdentifier": element.id,
        "legislationType": str(element.kind),
        "position": element.number,
        "text": {"@value": element.text, "@language": instrument.expression.language} if element.text else None,
        "sse:act": [_act(act, instrument.expression.language) for act in instrument.acts.get(element.id, ())],
    }


def _act(act: Act, lang: str) -> dict[str, Any]:
    return {
        "@type": "sse:Act",
        "sse:verb": {"@value": act.verb, "@language": lang},
        "sse:verbCode": act.code or None,
        "sse:strength": act.strength,
        "sse:addressee": [{"@value": a.text, "@language": lang} for a in act.addressees],
        "sse:addresseeCode": [a.term for a in act.addressees if a.term],
        "sse:action": {"@value": act.action, "@language": lang} if act.action else None,
        "sse:condition": [c.term for c in act.conditions],
        "sse:due": act.deadline.due.isoformat() if act.deadline and act.deadline.due else None,
        "sse:dueSession": act.deadline.session if act.deadline else None,
        "sse:dueBasis": act.deadline.basis if act.deadline else None,
        "sse:recurrence": act.recurrence.rule or act.recurrence.text if act.recurrence else None,
    }


def _without_gaps(value: Any) -> Any:
    """`value` without empty entries: in linked data, what is not known is not said."""
    if isinstance(value, dict):
        return {k: _without_gaps(v) for k, v in value.items() if v is not None and v != []}
    if isinstance(value, list):
        return [_without_gaps(v) for v in value]
    return value
