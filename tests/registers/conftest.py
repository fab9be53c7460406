"""A pencil-size register and its description, which each test changes in one place."""

from pathlib import Path

import pytest

from sse_observatory.catalogue.sources import load_source
from sse_observatory.engine import connect
from sse_observatory.production import registers

DESCRIPTION = """
id = "small"
version = "1.0"
url = "https://example.org/register"
licence = "CC BY 4.0"
attribution = "Registrar of Ruritania"
area = "XSO"
currency = "XSC"
microdata_public = false
title = { en = "A small register", fr = "Un petit registre", es = "Un registro pequeño" }
provider = { en = "Registrar", fr = "Registre", es = "Registro" }
how_to_get = { en = "Ask", fr = "Demander", es = "Pedir" }
unit = { en = "Legal unit", fr = "Unité légale", es = "Unidad legal" }
reference_period = { en = "End of year", fr = "Fin d’année", es = "Fin de año" }

[coverage]
code = "REGISTER"
national_total = false
statement = { en = "Part", fr = "Partie", es = "Parte" }

[codes.form]
file = "form.csv"
of = "legal_form_raw"
gives = { legal_form = "canonical_form", form_family = "family", coop_form = "coop_form", t2 = "t2" }
gives_if_flagged = { form_family = "family_if_flagged" }

[[layout]]
id = "file"
status = "tested"
expects = ["id", "name", "form", "flag", "members", "full", "part", "assets", "opened", "nace", "hoped"]
null_markers = ["NA"]

[layout.columns]
ref_area = { constant = "XSO" }
unit_id = { from = "id", required = true }
name = "name"
legal_form_raw = { from = "form", steps = ["upper"] }
sse_flag = { from = "flag", true = ["Y"], false = ["N"] }
members_headcount = "members"
employees_headcount = { sum_of = ["full", "part"] }
assets_lcu = "assets"
registered_on = { from = "opened", date_format = "%d/%m/%Y" }
activity_raw = "nace"
activity_division = { from = "nace", concordance = "NAFREV2-ISIC4" }

[layout.extra.hoped]
from = "hoped"
kind = "count"

[layout.extra.hoped.refused_total]
en = "People are hoped for by several cooperatives at once."
fr = "Plusieurs coopératives espèrent les mêmes personnes."
es = "Varias cooperativas esperan a las mismas personas."
"""

FORMS = """code,label,canonical_form,family,family_if_flagged,coop_form,t2,source
COOP,Cooperative,COOP,COOP,,yes,pass,Act s. 1
LTD,Limited company,COMPANY,,SOCENT,unknown,,Act s. 2
"""

HEADER = "id,name,form,flag,members,full,part,assets,opened,nace,hoped\n"
ROW_A = "A1,Alpha,coop,Y,10,2,1,100.50,31/12/2001,01.11Z,50\n"
ROW_B = "B2,Beta,ltd,Y,,3,NA,7,01/02/2003,62.01Z,60\n"


class Register:
    """Writes a file, takes a snapshot of it and reads it."""

    def __init__(self, folder: Path, engine) -> None:
        self.folder, self.engine = folder, engine
        self.description = DESCRIPTION
        self.store = folder / "store"
        self.file = folder / "register.csv"

    @property
    def source(self):
        where = self.folder / "small"
        where.mkdir(exist_ok=True)
        (where / "source.toml").write_text(self.description, encoding="utf-8")
        (where / "form.csv").write_text(FORMS, encoding="utf-8")
        return load_source(where)

    def change(self, old: str, new: str) -> None:
        assert old in self.description
        self.description = self.description.replace(old, new)

    def read(self, content: str | bytes):
        self.file.write_bytes(content if isinstance(content, bytes) else content.encode())
        taken = registers.snapshot(self.engine, self.source, None, self.file, self.store)
        return registers.read(self.engine, taken)

    def rows(self, table) -> list[dict]:
        return self.engine.arrow(table).to_pylist()

    def units(self, content: str | bytes) -> list[dict]:
        return self.rows(self.read(content).require().units.order_by("unit_id"))

    def rejected(self, content: str | bytes) -> list[tuple]:
        rows = self.rows(self.read(content).rejected)
        return [(r["line"], r["column"], r["value"], r["rule"]) for r in rows]


@pytest.fixture
def register(tmp_path):
    with connect("duckdb://") as engine:
        yield Register(tmp_path, engine)
