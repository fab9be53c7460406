"""What `publish` refuses, and why.

The checks read the bytes that will be published, not the objects they were made from: what is
checked is what is written. Messages name keys, never values.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa

from sse_observatory.core import ConfStatus, ObservatoryError, ObsStatus, Period, Unsafe
from sse_observatory.releases.files import Contents, observations_file, observations_from, release_id
from sse_observatory.releases.model import AlreadyPublic, Audit, Clearance, Draft
from sse_observatory.releases.observations import codes_of, combined_key, described, encode
from sse_observatory.structures import Attribute, Codelist, Dataflow, Dimension

FICTIONAL_AREAS = frozenset({"XSO"})
"""User-assigned area codes of invented countries. A code whose notes say ``fictional = true`` is another."""

_PROCESS = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_DATAFLOW = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def cleared(draft: Draft, clearance: Clearance) -> dict[str, bytes]:
    """The files of a draft that may be published under this clearance. Raises Unsafe or ObservatoryError."""
    if not isinstance(clearance, (Audit, AlreadyPublic)):
        raise Unsafe(
            "nothing is published without a clearance",
            "Audit the draft, or name with AlreadyPublic the publications its figures were read in.",
        )
    if not isinstance(draft, Draft):
        raise ObservatoryError(f"a {type(draft).__name__} cannot be published", "Publish a releases.Draft.")
    _check_names(draft)
    files = dict(draft.files)
    contents = Contents(files)
    if isinstance(clearance, Audit):
        _check_audit(clearance, files)
    else:
        _check_sources(clearance, contents)
    for name, recipe in contents.recipes.items():
        if not recipe.sources:
            raise ObservatoryError(f"recipe {name} names no source", "Every published number has one.")
    for name, dataflow in contents.dataflows.items():
        check_observations(dataflow, observations_from(files[observations_file(name)]), contents)
    return files


def _check_names(draft: Draft) -> None:
    if not _PROCESS.fullmatch(draft.process):
        raise ObservatoryError(f"{draft.process!r} cannot name a process",
                               "Use lower-case letters, digits and hyphens, such as us-credit-unions.")
    if not draft.dataflows:
        raise ObservatoryError(f"{draft.process}: the draft holds no dataflow", "Draft at least one.")
    for name in draft.dataflows:
        if not _DATAFLOW.fullmatch(name):
            raise ObservatoryError(f"{draft.process}: {name!r} cannot name a dataflow",
                                   "Use letters, digits and underscores, such as DF_COOP_UNITS.")
    if len({n.lower() for n in draft.dataflows}) != len(draft.dataflows):
        raise ObservatoryError(f"{draft.process}: two dataflows differ only by case", "Rename one of them.")
    if not draft.run_id:
        raise ObservatoryError(f"{draft.process}: the draft names no run", "Set Draft.run_id with releases.run_id.")


def _check_audit(audit: Audit, files: Mapping[str, bytes]) -> None:
    if audit.draft_hash != release_id(files):
        raise Unsafe("the audit was made for another draft", "Audit exactly the draft that is to be published.")
    if not audit.safe or audit.findings:
        raise Unsafe("the audit did not find the draft safe",
                     "Read its findings on the office side, protect the tables and audit them again.")
    if not audit.rules:
        raise Unsafe("the audit does not say which rules it applied", "Name the version of the disclosure rules.")


def _check_sources(clearance: AlreadyPublic, contents: Contents) -> None:
    used = {source.id for recipe in contents.recipes.values() for source in recipe.sources}
    unnamed = sorted(used - set(clearance.sources))
    if unnamed:
        raise Unsafe(f"source(s) {', '.join(unnamed)} are not named as already public",
                     "Name each publication in AlreadyPublic, or audit the draft.")


def check_observations(dataflow: Dataflow, table: pa.Table, contents: Contents) -> None:
    """Whether the observations of an encoded `table` match their structure.

    Raises ObservatoryError or Unsafe for the first rule broken: doubled key, unknown code, code used
    outside its validity, period that is none or not of the frequency, value against status, absent
    mandatory attribute, unknown recipe, hidden cell that says more than that, invented and real areas mixed.
    """
    if not table.num_rows:
        raise ObservatoryError(f"{dataflow.id}: there is no observation to publish",
                               "Leave the dataflow out of the draft.")
    rows = _Rows(dataflow, table)
    for check in (_keys, _codes, _periods, _validity, _statuses, _attributes, _recipes, _hidden_cells, _areas):
        check(rows, contents)


class _Rows:
    """The observations of one dataflow under check, and the sentence that says which of them is wrong."""

    def __init__(self, dataflow: Dataflow, table: pa.Table) -> None:
        self.dataflow = dataflow
        self.table = table
        self.dims = [d.id for d in dataflow.structure.dimensions]
        components: list[Dimension | Attribute] = [*dataflow.structure.dimensions, *dataflow.structure.attributes]
        self.coded: dict[str, Codelist] = {c.id: c.codelist for c in components if c.codelist is not None}
        self.hidden = self.where("CONF_STATUS", lambda v: v == ConfStatus.CONFIDENTIAL)

    def values(self, name: str) -> list[str]:
        """The distinct values of a column, without null."""
        return codes_of(self.table[name])[1]

    def where(self, name: str, test: Callable[[str], bool], null: bool = False) -> np.ndarray[Any, Any]:
        """Which rows have a value that passes `test`; null rows count as `null`, an absent column is all null."""
        if name not in self.table.column_names:
            return np.full(self.table.num_rows, null)
        codes, values = codes_of(self.table[name])
        passed: np.ndarray[Any, Any] = np.array([*(bool(test(v)) for v in values), null], dtype=bool)
        return np.asarray(passed[codes])

    def among(self, name: str, chosen: Collection[str]) -> np.ndarray[Any, Any]:
        """Which rows have one of these values."""
        return self.where(name, lambda v: v in chosen)

    def equal(self, name: str, value: str) -> np.ndarray[Any, Any]:
        """Which rows have this value."""
        return self.among(name, {value})

    def refuse(
        self, wrong: np.ndarray[Any, Any], what: str, todo: str, error: type[ObservatoryError] = ObservatoryError
    ) -> None:
        """Raise `error` when any row is wrong, naming how many and the first one's key."""
        count = int(wrong.sum())
        if count:
            first = described(self.table, int(wrong.argmax()), self.dims)
            raise error(f"{self.dataflow.id}: {what} ({count} observation(s), the first {first})", todo)


def _keys(rows: _Rows, _: Contents) -> None:
    key = combined_key([rows.table[name].chunk(0) for name in rows.dims], rows.table.num_rows)
    doubled = np.zeros(len(key), dtype=bool)
    doubled[1:] = key[1:] == key[:-1]  # files are sorted by key
    rows.refuse(doubled, "a key occurs twice", "Publish one observation for each key.")


def _codes(rows: _Rows, _: Contents) -> None:
    for name, codelist in rows.coded.items():
        for value in rows.values(name):
            if value not in codelist:
                near = difflib.get_close_matches(value, codelist.by_id, 1)
                rows.refuse(rows.equal(name, value),
                            f"{value!r} is not a code of {codelist.id}, which {name} is coded by",
                            f"Did you mean {near[0]!r}?" if near else f"Add it to {codelist.id} or map it to a code.")


def _periods(rows: _Rows, _: Contents) -> None:
    periods: dict[str, Period] = {}
    for value in rows.values("TIME_PERIOD"):
        try:
            periods[value] = Period.parse(value)
        except ValueError as error:
            rows.refuse(rows.equal("TIME_PERIOD", value),
                        str(error), "Write periods in one of these forms.")
    if "FREQ" in rows.dims:
        for frequency in rows.values("FREQ"):
            other = {code for code, period in periods.items() if period.frequency != frequency}
            wrong = rows.equal("FREQ", frequency) & rows.among("TIME_PERIOD", other)
            rows.refuse(wrong, f"a period is not of its frequency {frequency}", "Let FREQ say what TIME_PERIOD is.")


def _validity(rows: _Rows, _: Contents) -> None:
    for name, codelist in rows.coded.items():
        for value in rows.values(name):
            code = codelist[value]
            if code.valid_from is None and code.valid_to is None:
                continue

            # A code may be used for a period it was valid in part of: a year in which an area changed its code.
            outside = {p.code for p in map(Period.parse, rows.values("TIME_PERIOD"))
                       if (code.valid_to is not None and code.valid_to < p.start)
                       or (code.valid_from is not None and code.valid_from > p.end)}
            bounds = f"{code.valid_from or '…'} to {code.valid_to or '…'}"
            rows.refuse(rows.equal(name, value) & rows.among("TIME_PERIOD", outside),
                        f"{name} {value} is used outside its validity, {bounds}",
                        "Use the code that was valid in the period.")


def _statuses(rows: _Rows, _: Contents) -> None:
    known = {s.value for s in ObsStatus}
    for value in rows.values("OBS_STATUS") if "OBS_STATUS" in rows.table.column_names else []:
        if value not in known:
            rows.refuse(rows.equal("OBS_STATUS", value),
                        f"OBS_STATUS {value!r} is not one the observatory publishes", f"Use one of {_list(known)}.")
    absent = rows.table["OBS_VALUE"].is_null().to_numpy()
    shows = rows.where("OBS_STATUS", lambda v: ObsStatus(v).has_value, null=True)
    rows.refuse(~absent & ~shows, "a value stands beside a status that shows none",
                "Empty OBS_VALUE, or correct OBS_STATUS.", Unsafe)
    rows.refuse(absent & shows, "a value is absent and its status does not say why",
                "Say O missing, M not applicable, Q suppressed or N not significant; a zero is a value.")
    suppressed = rows.where("OBS_STATUS", lambda v: v == ObsStatus.SUPPRESSED)
    rows.refuse(rows.hidden & ~suppressed, "CONF_STATUS is C and OBS_STATUS is not Q",
                "A confidential cell is suppressed: OBS_STATUS Q, no value.", Unsafe)
    rows.refuse(suppressed & ~rows.hidden, "OBS_STATUS is Q and CONF_STATUS is not C",
                "Suppression is for confidentiality: CONF_STATUS C; otherwise the value is missing (O).", Unsafe)
    rows.refuse(rows.where("CONF_STATUS", lambda v: v not in {s.value for s in ConfStatus}),
                "CONF_STATUS says more than F (free) or C (confidential)",
                "Whether a hidden cell is primary or secondary stays inside the office.", Unsafe)


def _attributes(rows: _Rows, _: Contents) -> None:
    for attribute in rows.dataflow.structure.attributes:
        if attribute.mandatory:
            rows.refuse(rows.where(attribute.id, lambda v: False, null=True), f"{attribute.id} is absent",
                        f"{attribute.id} is mandatory: give it for every observation, hidden ones too.")
        if attribute.concept.format in ("Integer", "Decimal"):
            whole = attribute.concept.format == "Integer"
            wrong = {value for value in rows.values(attribute.id) if not _is_number(value, whole)}
            rows.refuse(rows.among(attribute.id, wrong),
                        f"{attribute.id} is not a number of the form {attribute.concept.format}",
                        "Write digits, with a point before decimals.")


def _is_number(text: str, whole: bool) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and (not whole or number == number.to_integral_value())


def _recipes(rows: _Rows, contents: Contents) -> None:
    unknown = rows.where("RECIPE", lambda v: v not in contents.recipes) & ~rows.hidden
    rows.refuse(unknown, "RECIPE names no recipe of the draft", "Put every recipe into Draft.recipes by its id.")


def _hidden_cells(rows: _Rows, _: Contents) -> None:
    for name in ("CV", "CI_LOWER", "CI_UPPER", "CHANGE", "CHANGE_SE", "PUBLICATION_CLASS", "COMMENT"):
        rows.refuse(rows.hidden & rows.where(name, lambda v: True), f"a hidden cell has a {name}",
                    f"Empty {name}: of a hidden cell only its confidentiality is published.", Unsafe)


def _areas(rows: _Rows, contents: Contents) -> None:
    areas = rows.coded.get("REF_AREA")
    if areas is None:
        if contents.fictional:
            raise ObservatoryError(f"{rows.dataflow.id}: without REF_AREA an invented country cannot be told apart",
                                   "Publish invented data only in dataflows with REF_AREA.")
        return
    invented = {code.id for code in areas if is_fictional(areas, code.id)}
    for area in sorted(invented):
        if areas.ancestors(area) or areas.children(area):
            raise Unsafe(f"{areas.id}: the invented area {area} stands in an aggregate",
                         "Take its parent away: an invented country never enters a regional or world figure.")
    if contents.fictional:
        rows.refuse(rows.where("REF_AREA", lambda v: v not in invented),
                    "a fictional draft speaks of a real area or an aggregate",
                    f"Publish invented data only for {_list(invented)}.", Unsafe)
        return
    rows.refuse(rows.among("REF_AREA", invented), "an invented area stands in a draft that is not fictional",
                "Set Draft.fictional, or remove these observations.", Unsafe)
    for name in rows.coded:
        rows.refuse(rows.where(name, lambda v: v.split("-")[0] in invented),
                    f"{name} names a part of an invented area in a draft that is not fictional",
                    "Remove these observations.", Unsafe)


def is_fictional(areas: Codelist, code: str) -> bool:
    """Whether an area code stands for an invented country."""
    return code in FICTIONAL_AREAS or (code in areas and areas[code].notes.get("fictional", "").lower() == "true")


def _list(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))


def compatible(mine: Dataflow, table: pa.Table, theirs: Dataflow, other: pa.Table, process: str) -> None:
    """Whether a dataflow can be read together with another process's release of it.

    Raises ObservatoryError where the dimensions differ, or a key is published by both.
    """
    dims = [d.id for d in mine.structure.dimensions]
    if dims != [d.id for d in theirs.structure.dimensions]:
        raise ObservatoryError(
            f"{mine.id}: its dimensions are not those under which {process} publishes it",
            "Give the changed structure a new dataflow id.",
        )
    for name in dims:
        if not set(codes_of(table[name])[1]) & set(codes_of(other[name])[1]):
            return
    both = encode(pa.concat_tables([table.select(dims), other.select(dims)]))
    key = combined_key([both[name].chunk(0) for name in dims], both.num_rows)
    shared = np.isin(key[: table.num_rows], key[table.num_rows:], assume_unique=True)
    if shared.any():
        raise ObservatoryError(
            f"{mine.id}: {int(shared.sum())} observation(s) are already published by {process}, the first "
            f"{described(table, int(shared.argmax()), dims)}",
            "One process publishes a figure: leave it out here or there.",
        )

