"""How an observation is shown: its number or the letter of its state, in the reader's language.

Six states stay different on every page: a value that is missing, zero, not applicable, suppressed, of low
reliability, and a category that is undetermined (a code of its dimension, never a state of the value).
The letters are those of the common practice of statistical offices; the words are in the interface strings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sse_observatory.core import ConfStatus, Language, ObsStatus, Text
from sse_observatory.figures import Mark, number, period
from sse_observatory.portal import words
from sse_observatory.portal.shelf import Observation
from sse_observatory.structures import Codelist, Dataflow

LETTERS = {
    "suppressed": "c",
    "missing": ":",
    "not_applicable": "z",
    "not_significant": "n",
    "low_reliability": "u",
    "estimated": "e",
    "provisional": "p",
    "break": "b",
    "definition_differs": "d",
    "unvalidated": "v",
}
LEGEND = ("zero", "missing", "not_applicable", "suppressed", "low_reliability", "not_significant", "undetermined")
"""The states every legend explains, in its order."""
FURTHER = ("estimated", "provisional", "break", "definition_differs", "unvalidated")
"""Flags beside a value, explained where they occur."""

_OF_STATUS: dict[str, str] = {
    ObsStatus.SUPPRESSED: "suppressed",
    ObsStatus.MISSING: "missing",
    ObsStatus.NOT_APPLICABLE: "not_applicable",
    ObsStatus.NOT_SIGNIFICANT: "not_significant",
    ObsStatus.LOW_RELIABILITY: "low_reliability",
    ObsStatus.ESTIMATED: "estimated",
    ObsStatus.PROVISIONAL: "provisional",
    ObsStatus.BREAK: "break",
    ObsStatus.DEFINITION_DIFFERS: "definition_differs",
    ObsStatus.UNVALIDATED: "unvalidated",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table: `number` (empty where hidden), `letter` of the state, `meaning` in words."""

    state: str
    number: str
    letter: str
    meaning: str
    unit: str

    @property
    def text(self) -> str:
        """Number and letter as one piece of plain text."""
        return " ".join(part for part in (self.number, self.letter) if part)


def state_of(observation: Observation) -> str:
    """``value``, ``zero``, or one of the keys of `LETTERS`."""
    attributes = observation.attributes
    return state_of_codes(observation.value, attributes.get("OBS_STATUS"), attributes.get("CONF_STATUS"))


def state_of_codes(value: Decimal | None, obs_status: str | None, conf_status: str | None) -> str:
    """The state that a value, its OBS_STATUS and its CONF_STATUS make together."""
    if conf_status == ConfStatus.CONFIDENTIAL:
        return "suppressed"
    state = _OF_STATUS.get(obs_status or "A")
    if value is None:
        return state if state is not None and hides(state) else "missing"
    return state or ("zero" if value == 0 else "value")


def hides(state: str) -> bool:
    """Whether no number is shown in this state."""
    return state in ("suppressed", "missing", "not_applicable", "not_significant")


def decimals_of(observation: Observation) -> int | None:
    """The number of decimals to show (DECIMALS), or None where it is not stated."""
    stated = observation.attributes.get("DECIMALS", "")
    return min(int(stated), 6) if stated.isdigit() else None


def cell(observation: Observation, lang: Language) -> Cell:
    """The observation as it stands in a table."""
    state = state_of(observation)
    shown = "" if hides(state) or observation.value is None else number(
        observation.value, lang, decimals_of(observation)
    )
    meaning = "" if state == "value" else words.say(f"state.{state}", lang)
    return Cell(state, shown, LETTERS.get(state, ""), meaning, unit(observation, lang))


def mark(observation: Observation, label: str, lang: Language) -> Mark:
    """The observation as a row of a chart."""
    shown = cell(observation, lang)
    value: Decimal | None = None if hides(shown.state) else observation.value
    low, high = (observation.attributes.get(name) for name in ("CI_LOWER", "CI_UPPER"))
    return Mark(
        label, value, shown.letter, shown.meaning if shown.letter else "", decimals_of(observation),
        (Decimal(low), Decimal(high)) if low and high else None,
    )


def codelist_of(dataflow: Dataflow, concept: str) -> Codelist | None:
    """The codelist of a dimension or attribute of the dataflow."""
    for component in (*dataflow.structure.dimensions, *dataflow.structure.attributes):
        if component.id == concept:
            return component.codelist
    return None


def concept_label(dataflow: Dataflow, concept: str, lang: Language) -> str:
    """The name of a dimension or attribute."""
    for component in (*dataflow.structure.dimensions, *dataflow.structure.attributes):
        if component.id == concept:
            return words.plain_of(component.concept.label, lang)
    return concept


def code_text(dataflow: Dataflow, concept: str, code: str) -> Text:
    """The label of a code in its dimension; the code itself where the list does not know it."""
    codelist = codelist_of(dataflow, concept)
    if codelist is not None and code in codelist:
        return codelist[code].label
    return Text(code, code, code)


def code_label(dataflow: Dataflow, concept: str, code: str, lang: Language) -> str:
    """The label of a code as plain text; periods are written in words."""
    if concept == "TIME_PERIOD":
        return period(code, lang)
    return words.plain_of(code_text(dataflow, concept, code), lang)


def undetermined(concept: str, code: str) -> bool:
    """Whether a code says that the category is not known or not settled."""
    return code in ("UNK", "_U") or code.endswith("-UND")


def unit(observation: Observation, lang: Language) -> str:
    """The unit of measure with its multiplier, such as *Euros (millions)*."""
    code = observation.attributes.get("UNIT_MEASURE", "")
    if not code:
        return ""
    name = code_label(observation.dataflow, "UNIT_MEASURE", code, lang)
    power = observation.attributes.get("UNIT_MULT", "0")
    if power in ("", "0"):
        return name
    return words.say("unit.with_multiplier", lang, unit=name, multiplier=code_label(
        observation.dataflow, "UNIT_MULT", power, lang
    ).lower())


def coverage(observation: Observation, lang: Language) -> str:
    """What part of the country the number covers; shown beside every number."""
    code = observation.key.get("COVERAGE", "")
    return "" if not code else code_label(observation.dataflow, "COVERAGE", code, lang)


def reporting(observation: Observation, lang: Language) -> str:
    """The share of units that reported, where it is not all of them (COMMENT ``REPORTING=97``)."""
    found = re.fullmatch(r"REPORTING=(\d{1,3})", observation.attributes.get("COMMENT", ""))
    return words.say("country.reporting", lang, share=found[1]) if found else ""


@dataclass(frozen=True, slots=True)
class Precision:
    """How precise an estimate from a sample is, in words: its interval, its coefficient of variation, its class."""

    interval: str
    variation: str
    named: Text | None
    sentence: str
    change: str


def precision(observation: Observation, lang: Language) -> Precision | None:
    """The precision stated with the observation; None for complete counts and for what is hidden."""
    attributes = observation.attributes
    low, high, variation = (attributes.get(name, "") for name in ("CI_LOWER", "CI_UPPER", "CV"))
    code = attributes.get("PUBLICATION_CLASS", "")
    if not (variation or code):
        return None
    decimals = decimals_of(observation)
    bounds = {}
    if low and high:
        bounds = {"low": number(Decimal(low), lang, decimals), "high": number(Decimal(high), lang, decimals)}
    interval = words.say("table.interval", lang, **bounds) if bounds else ""
    return Precision(
        interval,
        words.say("table.cv", lang, cv=number(Decimal(variation), lang)) if variation else "",
        code_text(observation.dataflow, "PUBLICATION_CLASS", code) if code else None,
        words.say("table.interval_95", lang, interval=interval) if interval else "",
        _change(observation, lang, decimals),
    )


def _change(observation: Observation, lang: Language, decimals: int | None) -> str:
    """The change since the round of the survey before, with its standard error; empty where none is stated."""
    change, error = (observation.attributes.get(name, "") for name in ("CHANGE", "CHANGE_SE"))
    if not (change and error):
        return ""
    sign = "+" if Decimal(change) > 0 else ""
    told = sign + number(Decimal(change), lang, decimals)
    return words.say("table.change", lang, change=told, error=number(Decimal(error), lang, decimals))
