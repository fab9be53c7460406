"""A small statistical office: one confidential fictional register of 60 units, its description and its process.

Every test changes one thing of it - a row, a threshold, a rule - and looks at what became of the figures.
"""

import csv
import io
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from sse_observatory import catalogue
from sse_observatory.catalogue.processes import load_process
from sse_observatory.pipelines import cooperatives
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.releases import Releases

KEY = bytes(range(32))
COLUMNS = (
    "id", "grp", "form", "interest", "activity", "region", "opened", "closed", "evidence",
    "members", "women", "men", "staff", "workers", "turnover",
)  # fmt: skip
GIVES = {"legal_form": "canonical_form", "form_family": "family", "coop_form": "coop_form"} | {
    test: test for test in ("t1", "t2", "t3", "t4")
}

SOURCE = """
id = "village"
version = "1.0"
url = "about:blank"
licence = "none: invented for tests"
attribution = "Register of an invented village"
area = "XSO"
currency = "XTS"
microdata_public = false
title = { en = "Village register", fr = "Registre du village", es = "Registro del pueblo" }
provider = { en = "Village", fr = "Village", es = "Pueblo" }
how_to_get = { en = "Invented", fr = "Inventé", es = "Inventado" }
unit = { en = "Legal unit", fr = "Unité légale", es = "Unidad legal" }
reference_period = { en = "End of year", fr = "Fin d’année", es = "Fin de año" }

[coverage]
code = "REGISTER"
national_total = false
statement = { en = "One village", fr = "Un village", es = "Un pueblo" }

[codes.form]
file = "form.csv"
of = "legal_form_raw"
gives = { GIVES }

[columns]
unit_id = { from = "id", required = true }
ref_area = { constant = "XSO" }
group_id = "grp"
legal_form_raw = "form"
member_interest = "interest"
activity_raw = "activity"
activity_division = { from = "activity", concordance = "ISIC4-DIVISIONS" }
region = "region"
tier = { constant = "T1" }
registered_on = "opened"
closed_on = "closed"
last_evidence_on = "evidence"
members_headcount = "members"
members_women = "women"
members_men = "men"
employees_headcount = "staff"
worker_members_headcount = "workers"
turnover_lcu = "turnover"

[[layout]]
id = "file"
status = "tested"
expects = [COLUMNS]

[[edition]]
id = "2024"
period = "2024"
reference_date = 2024-12-31
layout = "file"
file = "village.csv"
""".replace("GIVES", ", ".join(f'{v} = "{c}"' for v, c in GIVES.items())).replace(
    "COLUMNS", ", ".join(f'"{c}"' for c in COLUMNS)
)

FORMS = """code,label,canonical_form,family,coop_form,t1,t2,t3,t4,source
COOP,Cooperative,COOP,COOP,yes,pass,pass,pass,pass,Invented
CIC,Company in the common interest,CIC,SOCENT,unknown,pass,,,,Invented
ASSOC,Association,ASSOC,ASSOC,no,pass,pass,pass,pass,Invented
"""

PROCESS = """
id = "village"
version = "1.0"
area = "XSO"
fictional = true
coverage = "REGISTER"
sources = ["village"]
perimeters = ["COOP-ICLS2018", "SSE-ILC2022"]
currency = "XTS"
title = { en = "The village", fr = "Le village", es = "El pueblo" }

[[table]]
dataflow = "DF_COOP_UNITS"
measures = ["UNITS_REGISTERED", "UNITS_ACTIVE"]
perimeters = ["COOP-ICLS2018"]
by = [[], ["COOP_TYPE"], ["SIZE"], ["ACTIVITY"]]

[[table]]
dataflow = "DF_SSE_UNITS"
measures = ["UNITS_REGISTERED"]
perimeters = ["SSE-ILC2022"]
by = [[], ["UNIT_FAMILY"]]

[[table]]
dataflow = "DF_COOP_MEMBERS"
measures = ["MEMBERSHIPS"]
perimeters = ["COOP-ICLS2018"]
by = [[], ["SEX"], ["COOP_TYPE"]]

[[table]]
dataflow = "DF_COOP_WORK"
measures = ["JOBS_IN"]
perimeters = ["COOP-ICLS2018"]
by = [[], ["WORK_STATUS"]]

[[table]]
dataflow = "DF_COOP_ECONOMY"
measures = ["TURNOVER"]
perimeters = ["COOP-ICLS2018"]
by = [[], ["COOP_TYPE"]]
"""


def rows() -> list[dict[str, str]]:
    """The register: 60 units whose values follow from their number, so that they can be checked by hand."""
    made = []
    for n in range(60):
        members, workers = 20 + 3 * n, n % 4 if n % 3 == 0 else 0
        women = members * (3 + n % 4) // 10
        made.append(
            {
                "id": f"V{n:02d}",
                "grp": "V00" if n == 6 else "",
                "form": "CIC" if n % 10 == 9 else "ASSOC" if n % 10 == 4 else "COOP",
                "interest": "MULTI" if n in (1, 2) else ("WORKER", "PRODUCER", "USER")[n % 3],
                "activity": ("0111", "1050", "4711", "6419")[n % 4] if n != 12 else "8510",
                "region": f"XSO-{1 + n % 3:02d}",
                "opened": f"{1990 + n % 30}-03-01",
                "closed": "2020-06-30" if n == 25 else "",
                "evidence": "" if n % 7 == 3 else "2019-12-31" if n % 7 == 5 else "2024-05-31",
                "members": str(members),
                "women": str(women),
                "men": str(members - women),
                "staff": str((0, 4, 12, 30, 70)[n % 5]),
                "workers": str(workers),
                "turnover": f"{1000 + 37 * n}.{n:02d}",
            }
        )
    return made


def text(register: list[dict[str, str]]) -> str:
    """The register as the CSV file that arrives."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(register)
    return stream.getvalue()


class Office:
    """A folder with the description, the process, the data, a restricted folder and a folder of releases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "village"
        self.process = folder / "village.toml"
        self.data = folder / "data"
        self.restricted = folder / "restricted"
        self.releases = folder / "releases"
        for made in (self.source, self.data):
            made.mkdir(parents=True, exist_ok=True)
        (self.source / "source.toml").write_text(SOURCE, encoding="utf-8")
        (self.source / "form.csv").write_text(FORMS, encoding="utf-8")
        self.process.write_text(PROCESS, encoding="utf-8")
        self.catalogue_root: Path = catalogue.PACKAGED
        self.arrives(rows())
        self.restricted.mkdir(exist_ok=True)
        key = self.restricted / "installation.key"
        if not key.exists():
            key.write_bytes(KEY)
            key.chmod(0o600)

    def arrives(self, register: list[dict[str, str]]) -> None:
        """A new file of the register arrives."""
        (self.data / "village.csv").write_text(text(register), encoding="utf-8")

    def row(self, id: str, **values: str) -> None:
        """One row of the register is changed."""
        changed = [row | values if row["id"] == id else row for row in rows()]
        assert changed != rows()
        self.arrives(changed)

    def describe(self, old: str, new: str) -> None:
        """One place of the source description is changed."""
        self.change(self.source / "source.toml", old, new)

    def plan(self, old: str, new: str) -> None:
        """One place of the process file is changed."""
        self.change(self.process, old, new)

    def decree(self, name: str, change: Callable[[str], str]) -> None:
        """One file of a catalogue of the office's own is changed."""
        if self.catalogue_root == catalogue.PACKAGED:
            self.catalogue_root = self.folder / "catalogue"
            shutil.copytree(catalogue.PACKAGED, self.catalogue_root, dirs_exist_ok=True)
        path = self.catalogue_root / name
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before
        path.write_text(after, encoding="utf-8")

    @staticmethod
    def change(path: Path, old: str, new: str) -> None:
        before = path.read_text(encoding="utf-8")
        assert old in before, f"{old!r} is not in {path.name}"
        path.write_text(before.replace(old, new, 1), encoding="utf-8")

    @property
    def catalogue(self) -> catalogue.Catalogue:
        return catalogue.load(self.catalogue_root)

    def run(self, publish: bool = True) -> cooperatives.Outcome:
        """The process, run in this test's own process."""
        loaded = self.catalogue
        process = load_process(self.process, loaded)
        return cooperatives.run(
            process, loaded, Releases(self.releases), Restricted.at(self.restricted), self.data, publish=publish
        )

    def environment(self, **further: str) -> dict[str, str]:
        """The environment of a command of this office."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
        own = {
            "SSE_VAR": str(self.folder / "var"),
            "SSE_RESTRICTED_URL": str(self.restricted),
            "SSE_RELEASES_URL": str(self.releases),
            "SSE_CATALOGUE": str(self.catalogue_root),
            "COLUMNS": "200",
        }
        return kept | own | further


Key = tuple[str, ...]


def published(office: Office, dataflows: Mapping[str, object] | None = None) -> dict[Key, dict]:
    """Every observation of the office's current release: (dataflow, codes…) to its row."""
    store = Releases(office.releases)
    found = {}
    for name in dataflows or store.dataflows():
        opened = store.open(name)
        dims = [d.id for d in opened.dataflow.structure.dimensions]
        for row in opened.observations.to_pylist():
            found[(name, *(row[d] for d in dims))] = row
    return found
