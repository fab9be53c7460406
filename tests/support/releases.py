"""Small drafts and stores for tests: two dataflows of cooperatives, with codelists of a few codes.

>>> draft = sample_draft()
>>> releases = sample_store(tmp_path, draft)
>>> releases.open("DF_COOP_UNITS").observations
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sse_observatory.core import Text
from sse_observatory.releases import (
    Audit,
    Draft,
    MethodRef,
    Recipe,
    ReleaseRef,
    Releases,
    SourceRef,
    observation_schema,
)
from sse_observatory.structures import Attribute, Code, Codelist, Concept, Dataflow, DataStructure, Dimension


def text(en: str, fr: str | None = None, es: str | None = None) -> Text:
    return Text(en, fr or f"{en} (fr)", es or f"{en} (es)")


def codelist(name: str, *codes: str | tuple[str, str | None] | Code) -> Codelist:
    """A codelist from ids, (id, parent) pairs or codes; labels repeat the id."""
    made = [c if isinstance(c, Code) else Code(c, text(c)) if isinstance(c, str) else Code(c[0], text(c[0]), c[1])
            for c in codes]
    return Codelist(name, text(name), tuple(made))


AREA = codelist(
    "CL_AREA",
    Code("WORLD", text("World", "Monde", "Mundo")),
    Code("KEN", text("Kenya"), "WORLD"),
    Code("FRA", text("France", "France", "Francia"), "WORLD"),
    Code("USA", text("United States", "États-Unis", "Estados Unidos"), "WORLD"),
    Code("SUN", text("USSR", "URSS", "URSS"), "WORLD", valid_to=date(1991, 12, 26)),
    Code("XSO", text("Solidaria")),
)
CODELISTS = {
    "REF_AREA": AREA,
    "FREQ": codelist("CL_FREQ", "A", "S", "Q", "M"),
    "COVERAGE": codelist("CL_COVERAGE", "NATIONAL", "REGISTER"),
    "PERIMETER": codelist("CL_PERIMETER", "COOP-ICLS2018", "COOP-ICLS2018-UND", "SSE-ILC2022"),
    "MEASURE": codelist("CL_MEASURE", "UNITS_REGISTERED", "UNITS_ACTIVE", "MEMBERSHIPS"),
    "COOP_TYPE": codelist("CL_COOP_TYPE", "_T", ("PRODUCER", "_T"), ("WORKER", "_T"), ("CONSUMER", "_T"),
                          ("MULTI", "_T"), ("UNK", "_T")),
    "TIER": codelist("CL_TIER", "_T", ("T1", "_T"), ("T2", "_T"), ("UNK", "_T")),
    "ACTIVITY": codelist("CL_ACTIVITY", "_T", ("A", "_T"), ("A01", "A"), ("A02", "A"), ("G", "_T"), ("G47", "G"),
                         ("K", "_T"), ("K64", "K"), ("UNK", "_T")),
    "SIZE": codelist("CL_SIZE", "_T", ("S1T9", "_T"), ("S10T49", "_T"), ("UNK", "_T")),
    "REGION": codelist("CL_REGION", "_T", *((f"XSO-{i:02d}", "_T") for i in range(1, 100)), ("UNK", "_T")),
    "SEX": codelist("CL_SEX", "_T", ("F", "_T"), ("M", "_T"), ("_U", "_T")),
    "OBS_STATUS": codelist("CL_OBS_STATUS", "A", "B", "D", "E", "O", "M", "N", "P", "Q", "U", "V"),
    "CONF_STATUS": codelist("CL_CONF_STATUS", "F", "C"),
    "UNIT_MEASURE": codelist("CL_UNIT_MEASURE", "UNITS", "PS"),
    "UNIT_MULT": codelist("CL_UNIT_MULT", "0", "3", "6"),
}
ATTRIBUTES = ("OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "DEFINITION_VERSION", "VINTAGE",
              "SOURCE_NOTE", "CV", "COMMENT")
MANDATORY = {"OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS"}


def dataflow(name: str, dimensions: Iterable[str], codelists: Mapping[str, Codelist] = CODELISTS) -> Dataflow:
    """A dataflow over these dimensions, TIME_PERIOD added last, with the attributes all dataflows have."""
    def concept(c: str) -> Concept:
        return Concept(c, text(c.replace("_", " ").capitalize()),
                       format="ObservationalTimePeriod" if c == "TIME_PERIOD" else "String")

    dims = [Dimension(concept(c), codelists.get(c)) for c in (*dimensions, "TIME_PERIOD")]
    attributes = [Attribute(concept(c), codelists.get(c), c in MANDATORY) for c in ATTRIBUTES]
    return Dataflow(name, text(name), DataStructure(name.removeprefix("DF_"), text(name), tuple(dims),
                                                    tuple(attributes)), table="C1")


UNITS = dataflow("DF_COOP_UNITS", ("REF_AREA", "FREQ", "COVERAGE", "PERIMETER", "MEASURE", "COOP_TYPE", "TIER",
                                   "ACTIVITY", "SIZE", "REGION"))
MEMBERS = dataflow("DF_COOP_MEMBERS", ("REF_AREA", "FREQ", "COVERAGE", "PERIMETER", "MEASURE", "COOP_TYPE",
                                       "ACTIVITY", "SEX", "REGION"))

RECIPE = Recipe(
    sources=(SourceRef("sample-register", text("Register of cooperatives"), "2024", "Sample office", "CC-BY-4.0",
                       "Sample office, register of cooperatives", "https://example.org/register", "s1"),),
    methods=(
        MethodRef("5.2", "classify", "1", text("Classify by perimeter"), {"perimeter": "COOP-ICLS2018"}),
        MethodRef("6.4", "disclosure", "1", text("Protect small cells"), {"min_contributors": "3"}, "unconfirmed"),
    ),
)


def observation(flow: Dataflow, value: int | str | None, **codes: str | None) -> dict[str, Any]:
    """One observation: totals and usual codes everywhere but where `codes` says otherwise."""
    usual = {"FREQ": "A", "COVERAGE": "REGISTER", "PERIMETER": "COOP-ICLS2018", "MEASURE": "UNITS_REGISTERED",
             "REF_AREA": "XSO", "TIME_PERIOD": "2023"}
    row: dict[str, Any] = {d.id: usual.get(d.id, "_T") for d in flow.structure.dimensions}
    row |= {a.id: None for a in flow.structure.attributes}
    row |= {"OBS_VALUE": None if value is None else Decimal(value), "OBS_STATUS": "A", "CONF_STATUS": "F",
            "UNIT_MEASURE": "UNITS", "UNIT_MULT": "0", "DECIMALS": "0", "DEFINITION_VERSION": "1",
            "RECIPE": RECIPE.id, "FINGERPRINT": "f0"}
    columns = {*observation_schema(flow).names}
    return {name: value for name, value in (row | codes).items() if name in columns}


def table(flow: Dataflow, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=observation_schema(flow))


def draft_of(pairs: list[tuple[Dataflow, Any]], process: str = "sample", area: str = "XSO", **changes: Any) -> Draft:
    """A draft of (dataflow, rows or table) pairs; `changes` replace fields of the draft."""
    settings: dict[str, Any] = {
        "process": process, "title": text(f"Sample of {process}"), "dataflows": {f.id: f for f, _ in pairs},
        "tables": {f.id: rows if isinstance(rows, pa.Table) else table(f, rows) for f, rows in pairs},
        "recipes": {RECIPE.id: RECIPE}, "quality": {"R1": {"provided": 1, "required": 1}}, "run_id": "run-1",
        "fictional": area == "XSO", "vintage": "2024-06",
    }
    return Draft(**(settings | changes))


def sample_draft(process: str = "sample", area: str = "XSO", n: int = 0, **changes: Any) -> Draft:
    """Units and memberships of one area in 2022 and 2023; `n` is added to every value.

    By type: producer 40 + n, worker 2 (hidden), consumer 3 (hidden), total 45 + n in 2023; missing, zero,
    not applicable and below precision occur too. Memberships by sex.
    """
    units, members = [], []
    hidden = {"OBS_STATUS": "Q", "CONF_STATUS": "C"}
    for year in ("2022", "2023"):
        place = {"REF_AREA": area, "TIME_PERIOD": year}
        more = int(year) - 2022
        units += [
            observation(UNITS, 44 + more + n, **place),
            observation(UNITS, 40 + n, COOP_TYPE="PRODUCER", **place),
            observation(UNITS, None, COOP_TYPE="WORKER", **place, **hidden),
            observation(UNITS, None, COOP_TYPE="CONSUMER", **place, **hidden),
            observation(UNITS, 0, COOP_TYPE="MULTI", **place),
            observation(UNITS, 30 + n, ACTIVITY="A", **place),
            observation(UNITS, 14 + more + n, ACTIVITY="G", **place),
            observation(UNITS, None, MEASURE="UNITS_ACTIVE", OBS_STATUS="O", **place),
        ]
        unit = {"MEASURE": "MEMBERSHIPS", "UNIT_MEASURE": "PS"}
        members += [
            observation(MEMBERS, 1200 + n, **place, **unit),
            observation(MEMBERS, 700 + n, SEX="F", **place, **unit),
            observation(MEMBERS, 500, SEX="M", **place, **unit, CV="2.5", OBS_STATUS="E"),
            observation(MEMBERS, None, SEX="_U", **place, **unit, OBS_STATUS="M"),
            observation(MEMBERS, None, ACTIVITY="K", **place, **unit, OBS_STATUS="N"),
        ]
    return draft_of([(UNITS, units), (MEMBERS, members)], process, area, **changes)


def big_draft(n_observations: int, process: str = "big", area: str = "XSO") -> Draft:
    """A draft of DF_COOP_UNITS with `n_observations` observations of one area, made by columns."""
    dims = {
        "MEASURE": ["UNITS_REGISTERED", "UNITS_ACTIVE"], "COOP_TYPE": [c.id for c in CODELISTS["COOP_TYPE"]],
        "TIER": [c.id for c in CODELISTS["TIER"]], "ACTIVITY": [c.id for c in CODELISTS["ACTIVITY"]],
        "SIZE": [c.id for c in CODELISTS["SIZE"]], "REGION": [c.id for c in CODELISTS["REGION"]],
    }
    per_year = int(np.prod([len(v) for v in dims.values()]))
    years = -(-n_observations // per_year)
    dims["TIME_PERIOD"] = [str(2024 - i) for i in range(years)]
    columns: dict[str, Any] = {}
    at = np.arange(n_observations)
    for name, codes in reversed(dims.items()):
        size = len(codes)
        columns[name] = pa.DictionaryArray.from_arrays(pa.array((at % size).astype("int32")), codes).cast(pa.string())
        at = at // size
    usual = observation(UNITS, 0, REF_AREA=area)
    for field in observation_schema(UNITS):
        if field.name == "OBS_VALUE":
            columns[field.name] = pa.array(np.arange(n_observations) % 9973).cast(field.type)
        elif field.name == "FINGERPRINT":
            columns[field.name] = pa.array([f"{i:016x}" for i in range(n_observations)])
        elif field.name not in columns:
            columns[field.name] = pa.array([usual[field.name]] * n_observations, pa.string())
    schema = observation_schema(UNITS)
    made = pa.table([columns[f.name] for f in schema], schema=schema)
    return draft_of([(UNITS, made)], process, area)


def cleared(draft: Draft) -> Audit:
    """The clearance of a draft that was found safe. For tests only: nothing was attacked."""
    return Audit(draft.hash, True, "rules-1")


def publish(releases: Releases, draft: Draft) -> ReleaseRef:
    return releases.publish(draft, cleared(draft))


def sample_store(folder: Path | str, *drafts: Draft) -> Releases:
    """Releases in `folder` with these drafts published; with none given, `sample_draft()`."""
    releases = Releases(folder)
    for draft in drafts or (sample_draft(),):
        publish(releases, draft)
    return releases


