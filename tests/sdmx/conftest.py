"""A release with everything that is hard to write down, and the service mounted on a local address."""

import re
import threading
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from sse_observatory.core import Text
from sse_observatory.sdmx import answer
from sse_observatory.sdmx.words import FICTIONAL_COMMENT
from sse_observatory.structures import Attribute, Code, Codelist, Concept, Dataflow, DataStructure, Dimension
from support.releases import CODELISTS, MANDATORY, draft_of, observation, sample_draft, sample_store

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
PERIODS = ("2021", "2022-S1", "2022-Q3", "2022-11", "2023")
HARD_TEXT = 'A & B <c> "d" \'e\', f; g: h\nnew line\ttab\rreturn ·é€ñ😀'
STATES = {"O": None, "A": "0", "M": None, "Q": None, "N": None, "U": "12.5"}

AREA = Codelist("CL_AREA", Text("Area", "Zone", "Área"), (
    # The parent comes after its child on purpose: readers must cope with forward references.
    Code("KEN", Text("Kenya", "Kenya", "Kenia"), "WORLD"),
    Code("CIV", Text("Côte d’Ivoire", "Côte d’Ivoire", "Côte d’Ivoire"), "WORLD", valid_from=date(1960, 8, 7)),
    Code("BRA", Text('Brazil, "the" <federal> republic & more', "Brésil : république", None), "WORLD",
         Text("A <b>description</b>", "Une description", "Una descripción")),
    Code("WORLD", Text("World", "Monde", "Mundo")),
    Code("XSO", Text("Solidaria (fictional country)", "Solidaria (pays fictif)", "Solidaria (país ficticio)")),
), version="2.0")
STATUS = Codelist("CL_OBS_STATUS", Text("Observation status", "Statut", "Estado"), tuple(
    Code(c, Text(f"Status {c}", f"Statut {c}", f"Estado {c}")) for c in "ABDEOMNPQUV"
), agency="SDMX", version="2.2")


def hard_flow():
    """DF_HARD: other agencies' codelists, codes that begin with signs, periods of every frequency."""
    codelists = CODELISTS | {
        "REF_AREA": AREA, "OBS_STATUS": STATUS,
        "SEX": Codelist("CL_SEX", Text("Sex", "Sexe", "Sexo"), (
            Code("_T", Text("Total", "Total", "Total")), Code("F", Text("Female", "Femmes", "Mujeres"), "_T"),
            Code("M", Text("Male", "Hommes", "Hombres"), "_T"), Code("-1", Text("=1+1", "=1+1", "=1+1")),
        ), version="2.0"),
    }

    def concept(name):
        words = name.replace("_", " ").lower()
        kind = "ObservationalTimePeriod" if name == "TIME_PERIOD" else "String"
        label = Text(f"{words}, in English", f"{words} : en français", f"{words}, en español")
        coded = codelists[name].id if name in codelists else None
        return Concept(name, label, Text(f"What {words} means"), coded, kind)

    keys = ("REF_AREA", "FREQ", "MEASURE", "SEX", "TIME_PERIOD")
    dims = tuple(Dimension(concept(c), codelists.get(c)) for c in keys)
    attributes = tuple(Attribute(concept(c), codelists.get(c), c in MANDATORY) for c in (
        "OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "SOURCE_NOTE", "COMMENT"))
    structure = DataStructure("HARD", Text("Hard", "Dur", "Duro"), dims, attributes, version="1.2")
    return Dataflow("DF_HARD", Text("Hard figures", "Chiffres difficiles", "Cifras difíciles"), structure,
                    Text("All at once", "Tout à la fois", "Todo a la vez"), version="1.2")


HARD = hard_flow()


def hard_rows(area):
    def row(value, **codes):
        made = observation(HARD, value, REF_AREA=area, **codes)
        return {k: v for k, v in made.items() if k in {*HARD.structure.key, "TIME_PERIOD", "OBS_VALUE", "RECIPE",
                "FINGERPRINT"} or k in {a.id for a in HARD.structure.attributes}}

    frequency = {4: "A", 7: "M"}
    rows = [
        row(str(i * 1000), TIME_PERIOD=p, FREQ=p[5] if p[5:6] in ("S", "Q") else frequency[len(p)], SEX="F")
        for i, p in enumerate(PERIODS, start=1)
    ]
    rows += [
        row(value, OBS_STATUS=status, CONF_STATUS="C" if status == "Q" else "F", DECIMALS="1", SEX="M",
            TIME_PERIOD=str(2010 + i), COMMENT=HARD_TEXT if status == "U" else None)
        for i, (status, value) in enumerate(STATES.items())
    ]
    rows += [
        row("-0.125", DECIMALS="2", TIME_PERIOD="2010", SOURCE_NOTE="=HYPERLINK(1)"),
        row("99999999999999999999999999.000001", DECIMALS="0", TIME_PERIOD="2011", SOURCE_NOTE="control \x0b and \x00"),
        row("5", DECIMALS="6", TIME_PERIOD="2012", SOURCE_NOTE="]]> &amp; --"),
        row("7.5", DECIMALS="1", TIME_PERIOD="2013", SEX="-1", SOURCE_NOTE="  spaces  "),
    ]
    return rows


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """Sample releases of two areas, and DF_HARD for a real country and the fictional one."""
    return sample_store(
        tmp_path_factory.mktemp("releases") / "store",
        sample_draft(),
        sample_draft("kenya", "KEN", n=3, fictional=False),
        draft_of([(HARD, hard_rows("XSO"))], "hard-solidaria"),
        draft_of([(HARD, [*hard_rows("KEN"), *hard_rows("BRA")])], "hard", "KEN", fictional=False),
    )


@pytest.fixture(scope="session")
def ask(store):
    """Ask the service: status, headers and the whole body."""
    def asked(path, accept="", languages="", **more):
        response = answer(path, store, accept, languages, **more)
        return response.status, response.headers, response.read()
    return asked


@contextmanager
def served(releases):
    """The service at http://127.0.0.1:…/sdmx/2.1, as a web framework would mount it."""
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            response = answer(self.path, releases, self.headers.get("Accept", ""),
                              self.headers.get("Accept-Language", ""))
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in response.body:
                self.wfile.write(piece)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sdmx/2.1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def address(store):
    with served(store) as where:
        yield where


@pytest.fixture(scope="session")
def hard():
    """What DF_HARD is made of, for tests that compare."""
    return SimpleNamespace(flow=HARD, text=HARD_TEXT, states=STATES)


@pytest.fixture(scope="session")
def held(store):
    """What the releases hold of a dataflow: key → (value or None, attributes as a reader must find them)."""
    def read(name, accepts=lambda row: True):
        opened = store.open(name)
        structure = opened.dataflow.structure
        dimensions = [d.id for d in structure.dimensions]
        expected = {}
        for row in opened.observations.to_pylist():
            if not accepts(row):
                continue
            attributes = {a.id: CONTROL.sub("\ufffd", row[a.id]) for a in structure.attributes if row[a.id]}
            if row["REF_AREA"] == "XSO":
                said = attributes.get("COMMENT")
                attributes["COMMENT"] = FICTIONAL_COMMENT + (f". {said}" if said else "")
            expected[tuple(row[d] for d in dimensions)] = (row["OBS_VALUE"], attributes)
        assert expected
        return expected
    return read
