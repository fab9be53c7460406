"""A small world to publish: a fictional country, an extract of a real one, and figures published by others.

Structures and codelists are the catalogue's; the numbers are made so that every state of a value occurs.
"""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa

from sse_observatory import catalogue
from sse_observatory.core import Text
from sse_observatory.pipelines import published_figures
from sse_observatory.releases import Draft, MethodRef, Recipe, Releases, SourceRef, observation_schema
from support.releases import publish

HOSTILE = '<script>alert("x")</script>'

RECIPE = Recipe(
    sources=(
        SourceRef(
            "register", Text("Register of cooperatives", "Registre des coopératives", "Registro de cooperativas"),
            "2024", "Registrar of Solidaria", "CC-BY-4.0", f"Registrar {HOSTILE}", "https://example.org/register", "s1",
            Text("All cooperatives entered in the register", "Toutes les coopératives inscrites au registre",
                 "Todas las cooperativas inscritas en el registro"),
        ),
    ),
    methods=(
        MethodRef("5.1", "integrate", "1", Text("Integrate registers", "Intégrer les registres",
                                                "Integrar los registros")),
        MethodRef("5.2", "COOP-ICLS2018", "1.0", Text("Classify by perimeter", "Classer selon le périmètre",
                                                     "Clasificar según el perímetro"),
                  {"perimeter": "COOP-ICLS2018"}, "unconfirmed", "ICLS/20/2018/Guidelines"),
        MethodRef("6.4", "disclosure", "1", Text("Protect small cells", "Protéger les petites cellules",
                                                 "Proteger las celdas pequeñas"), {"min_contributors": "3"}),
    ),
)


def observation(flow, value, area, **codes):
    usual = {"FREQ": "A", "COVERAGE": "REGISTER", "PERIMETER": "COOP-ICLS2018", "MEASURE": "UNITS_REGISTERED",
             "REF_AREA": area, "TIME_PERIOD": "2024"}
    row = {d.id: usual.get(d.id, "_T") for d in flow.structure.dimensions}
    row |= {a.id: None for a in flow.structure.attributes}
    row |= {"OBS_VALUE": None if value is None else Decimal(value), "OBS_STATUS": "A", "CONF_STATUS": "F",
            "UNIT_MEASURE": "UNITS", "UNIT_MULT": "0", "DECIMALS": "0", "DEFINITION_VERSION": "COOP-ICLS2018 1.0",
            "VINTAGE": "2024", "SOURCE_NOTE": "Register of cooperatives, 2024", "RECIPE": RECIPE.id,
            "FINGERPRINT": "f0"}
    return row | codes


def draft(process, title, tables, *, fictional, vintage="2024", run_id="run-1"):
    flows = catalogue.load().dataflows
    return Draft(
        process=process, title=title, dataflows={n: flows[n] for n in tables},
        tables={n: rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(
            rows, schema=observation_schema(flows[n])) for n, rows in tables.items()},
        recipes={RECIPE.id: RECIPE}, quality={"units_read": 4374, "response": {"provided": 97, "required": 100}},
        run_id=run_id, fictional=fictional, vintage=vintage,
    )


def fictional_draft(more=0):
    """The invented country: every state occurs, and one release differs from the next by `more`."""
    flows = catalogue.load().dataflows
    units, members = flows["DF_COOP_UNITS"], flows["DF_COOP_MEMBERS"]
    hidden = {"OBS_STATUS": "Q", "CONF_STATUS": "C"}
    rows = []
    for year, factor in (("2023", 0), ("2024", 100 + more)):
        def at(value, year=year, **codes):
            return observation(units, value, "XSO", TIME_PERIOD=year, **codes)
        rows += [
            at(12_840 + factor),
            at(6_310 + factor, COOP_TYPE="CONSUMER"), at(4_120, COOP_TYPE="PRODUCER"),
            at(None, COOP_TYPE="WORKER", **hidden), at(None, COOP_TYPE="MULTI", **hidden),
            at(1_290, COOP_TYPE="UNK"),
            at(3_904, ACTIVITY="A"), at(2_711, ACTIVITY="K"), at(0, ACTIVITY="B"), at(1_001, ACTIVITY="G"),
            at(640, PERIMETER="COOP-ICLS2018-UND"),
            at(8_902 + factor, MEASURE="UNITS_ACTIVE"),
            at(None, MEASURE="UNITS_ACTIVE", COOP_TYPE="WORKER", OBS_STATUS="O"),
            *(at(1_000 + 37 * i, REGION=f"XSO-{i:02d}") for i in range(1, 9)),
        ]
    def of(value, **codes):
        return observation(members, value, "XSO", MEASURE="MEMBERSHIPS", UNIT_MEASURE="MEMBERSHIPS", **codes)
    people = [
        of(2_480_311), of(1_301_200, SEX="F"),
        of(1_170_000, SEX="M", OBS_STATUS="U", CV="21.4", CI_LOWER="679000", CI_UPPER="1661000",
           PUBLICATION_CLASS="CAUTION", CHANGE="-21000", CHANGE_SE="180000"),
        of(None, SEX="_U", OBS_STATUS="M"), of(None, ACTIVITY="K", OBS_STATUS="N"),
        of(1_400_000, COOP_TYPE="CONSUMER", COMMENT="REPORTING=97"), of(700_000, COOP_TYPE="PRODUCER", OBS_STATUS="E"),
    ]
    title = Text("Cooperatives of Solidaria", "Coopératives de Solidaria", "Cooperativas de Solidaria")
    return draft("solidaria", title, {units.id: rows, members.id: people}, fictional=True, run_id=f"run-{more}")


def extract_draft():
    """An extract: credit unions only, never a national total."""
    flows = catalogue.load().dataflows
    units, members = flows["DF_COOP_UNITS"], flows["DF_COOP_MEMBERS"]
    cover = {"COVERAGE": "US_CREDIT_UNIONS", "PERIMETER": "COOP-ICLS2018", "ACTIVITY": "K"}
    rows = [observation(units, v, "USA", COOP_TYPE="CONSUMER", SIZE=s, **cover)
            for v, s in ((4374, "_T"), (1204, "S1T9"), (1987, "S10T49"), (893, "S50T249"), (290, "S250"))]
    people = [observation(members, 145_981_741, "USA", MEASURE="MEMBERSHIPS", UNIT_MEASURE="MEMBERSHIPS",
                          COOP_TYPE="CONSUMER", **cover)]
    title = Text("United States credit unions", None, "Cooperativas de ahorro y crédito de los Estados Unidos")
    return draft("us-credit-unions", title, {units.id: rows, members.id: people}, fictional=False)


def publish_world(folder: Path) -> Releases:
    """The releases the pages are tested on: two of the fictional country, one extract, the published figures."""
    releases = Releases(folder)
    publish(releases, fictional_draft())
    publish(releases, fictional_draft(more=25))
    publish(releases, extract_draft())
    figures = published_figures.run(catalogue.load())
    releases.publish(figures, published_figures.clearance(figures))
    return releases


def many_draft(count: int):
    """`count` observations about Kenya, to measure and to page through."""
    flow = catalogue.load().dataflows["DF_COOP_UNITS"]
    dims = {
        "MEASURE": ["UNITS_REGISTERED", "UNITS_ACTIVE"],
        "COOP_TYPE": ["_T", "PRODUCER", "WORKER", "CONSUMER", "MULTI", "UNK"],
        "TIER": ["_T", "T1", "T2", "T3"],
        "SIZE": ["_T", "S0", "S1T9", "S10T49", "S50T249", "S250"],
        "ACTIVITY": [c.id for c in flow.structure.dimension("ACTIVITY").codelist],
    }
    columns, at = {}, np.arange(count)
    for name, codes in reversed(dims.items()):
        places = pa.array((at % len(codes)).astype("int32"))
        columns[name] = pa.DictionaryArray.from_arrays(places, codes).cast("string")
        at = at // len(codes)
    columns["TIME_PERIOD"] = pa.array((2024 - at).astype(str).tolist())
    usual = observation(flow, 0, "KEN")
    schema = observation_schema(flow)
    for field in schema:
        if field.name == "OBS_VALUE":
            columns[field.name] = pa.array(np.arange(count) % 9973).cast(field.type)
        elif field.name not in columns:
            columns[field.name] = pa.array([usual[field.name]] * count, pa.string())
    table = pa.table([columns[f.name] for f in schema], schema=schema)
    title = Text("Many observations", "Beaucoup d’observations", "Muchas observaciones")
    return draft("many", title, {flow.id: table}, fictional=False)
