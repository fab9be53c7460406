"""A catalogue small enough to read at a glance; each test breaks one line of it."""

from pathlib import Path

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.parts import PARTS

HEADER = (
    "code,parent,label_en,label_fr,label_es,valid_from,valid_to,source,description_en,description_fr,description_es"
)

FILES = {
    "codelists/index.toml": """\
[CL_AREA]
label = { en = "Area", fr = "Zone", es = "Área" }

[CL_SEX]
label = { en = "Sex", fr = "Sexe", es = "Sexo" }
agency = "SDMX"
version = "2.1"
source = "SDMX"

[CL_SPARE]
label = { en = "Spare", fr = "Réserve", es = "Reserva" }
""",
    "codelists/CL_AREA.csv": HEADER
    + """,alpha_2
KEN,,,,,,,ISO 3166-1,,,,KE
KOR,,Republic of Korea,République de Corée,República de Corea,,,UN M49,,,,KR
SSD,,,,,2011-08-09,,ISO 3166-1,,,,SS
NORTH,,North,Nord,Norte,,,Here,,,,
SOUTH,,South,Sud,Sur,,,Here,,,,
""",
    "codelists/CL_SEX.csv": HEADER
    + """
_T,,Total,Ensemble,Ambos sexos,,,SDMX,,,
F,_T,Female,Femmes,Mujeres,,,SDMX,,,
M,_T,Male,Hommes,Hombres,,,SDMX,,,
""",
    "codelists/CL_SPARE.csv": HEADER
    + """
X,,One,Un,Uno,,,Here,,,
""",
    "concepts.toml": """\
[REF_AREA]
codelist = "CL_AREA"
label = { en = "Area", fr = "Zone", es = "Área" }
description = { en = "Where", fr = "Où", es = "Dónde" }

[SEX]
codelist = "CL_SEX"
label = { en = "Sex", fr = "Sexe", es = "Sexo" }
description = { en = "Sex", fr = "Sexe", es = "Sexo" }

[TIME_PERIOD]
format = "ObservationalTimePeriod"
label = { en = "Period", fr = "Période", es = "Período" }
description = { en = "When", fr = "Quand", es = "Cuándo" }

[COMMENT]
label = { en = "Comment", fr = "Commentaire", es = "Comentario" }
description = { en = "More", fr = "Plus", es = "Más" }
""",
    "dataflows.toml": """\
[attributes]
COMMENT = "conditional"

[DF_MEMBERS]
table = "M1"
label = { en = "Members", fr = "Membres", es = "Miembros" }
description = { en = "By sex", fr = "Par sexe", es = "Por sexo" }
dimensions = ["REF_AREA", "SEX", "TIME_PERIOD"]
""",
    "interface/pages.toml": """\
[home.title]
en = "Cooperatives in {area}"
fr = "Coopératives : {area}"
es = "Cooperativas: {area}"

[home.more]
en = "More"
fr = "En savoir plus"
es = "Más información"
""",
    "glossary/terms.toml": """\
[member]
term = { en = "member", fr = "membre", es = "miembro" }
definition = { en = "Belongs", fr = "Appartient", es = "Pertenece" }
source = "Here"
see = ["worker"]

[worker]
term = { en = "worker", fr = "travailleur", es = "trabajador" }
definition = { en = "Works", fr = "Travaille", es = "Trabaja" }
source = "Here"
status = "unconfirmed"
codes = ["CL_SEX:F"]
""",
    "groups/ilo_regions.toml": """\
[ILO]
total = 3
source = "Here"

[NORTH]
status = "inferred"
as_of = "2025-02"
count = 2
source = "Here"
members = ["KEN", "KOR"]

[SOUTH]
status = "inferred"
as_of = "2025-02"
count = 1
source = "Here"
members = ["SSD"]
""",
    "groups/government_groups.toml": """\
[NORTHERN_GROUP]
region = "NORTH"
status = "reported"
source = "Here"
label = { en = "Northern group", fr = "Groupe du Nord", es = "Grupo del Norte" }

[CLUB]
status = "unverified"
source = "Here"
label = { en = "Club", fr = "Club", es = "Club" }
""",
    "groups/lists/northern-2024.toml": """\
group = "NORTHERN_GROUP"
valid_from = 2024-01-01
valid_to = 2024-12-31
source = "Official list"
members = ["KEN"]
""",
}


class Small:
    """The small catalogue in a folder, with one change at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} must occur once in {name}"
        self.write(name, text.replace(old, new))

    def load(self) -> catalogue.Catalogue:
        return catalogue.load(self.root)

    def problems(self, part: str) -> list[catalogue.Problem]:
        return list(PARTS[part].check(self.root, self.load()))

    def only_problem(self, part: str) -> catalogue.Problem:
        [problem] = self.problems(part)
        return problem


@pytest.fixture
def small(tmp_path) -> Small:
    return Small(tmp_path)


@pytest.fixture(scope="session")
def packaged() -> catalogue.Catalogue:
    return catalogue.load(catalogue.PACKAGED)
