"""A small catalogue in a folder, to be made wrong in one place at a time."""

import shutil
from pathlib import Path

import pytest

from sse_observatory.catalogue import load
from sse_observatory.catalogue.load import PACKAGED
from sse_observatory.catalogue.portfolio import check_portfolio

SOURCES = """
[text]
url = "https://docs.example.org/1"
publisher = "Assembly"
standing = "official_text"
not_before = "2023-04-18"
retrieved = "2026-11-21"

[press]
url = "https://press.example.org/1"
publisher = "Press"
standing = "press"
published = "2023-05-19"
retrieved = "2026-11-21"
"""
ACTORS = """
[act-assembly]
title = { en = "Assembly", fr = "Assemblée", es = "Asamblea" }
date = "2026-11-21"
date_kind = "recorded"
actor_type = "principal_organ"
status = "verified"
sources = ["text"]

[act-force]
title = { en = "Task force", fr = "Groupe de travail", es = "Grupo de trabajo" }
abbr = { en = "TF", fr = "GT", es = "GT" }
date = "2013-09-30"
date_kind = "founded"
actor_type = "partnership"
status = "verified"
sources = ["press"]
"""
INSTRUMENTS = """
[ins-one]
title = { en = "Resolution", fr = "Résolution", es = "Resolución" }
date = "2023-04-18"
date_kind = "adopted"
body = "act-assembly"
instrument_type = "ga_resolution"
symbol = "A/RES/77/1"
status = "verified"
sources = ["text"]
"""
EVENTS = """
[evt-one]
title = { en = "Adoption", fr = "Adoption", es = "Aprobación" }
date = "2023-04-18"
date_kind = "adopted"
stage = "adopted"
instrument = "ins-one"
status = "verified"
sources = ["text"]
"""
PROVISIONS = """
[prov-one-op1]
title = { en = "Report", fr = "Rapport", es = "Informe" }
date = "2023-04-18"
date_kind = "adopted"
instrument = "ins-one"
number = "op1"
status = "verified"
sources = [{ source = "text", locator = "para. 1" }]
[[prov-one-op1.acts]]
id = "prov-one-op1-a"
verb = "REQUEST"
strength = "REQUEST"
addressees = ["act-assembly"]
conditions = [{ term = "UPON_REQUEST" }]
text = { en = "To report.", fr = "Rendre compte.", es = "Informar." }
"""
MEMBERSHIPS = """
[mem-vice]
date = "2023-03-07"
date_kind = "observed"
member = "act-assembly"
body = "act-force"
role = "vice-chair"
status = "verified"
sources = ["press"]
"""
SMALL = {
    "sources": SOURCES, "actors": ACTORS, "instruments": INSTRUMENTS, "events": EVENTS, "provisions": PROVISIONS,
    "memberships": MEMBERSHIPS,
}  # fmt: skip


class Small:
    """The catalogue of the package with a portfolio of six records."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("codelists", "drafting", "groups", "published"):
            shutil.copytree(PACKAGED / name, root / name)
        (root / "portfolio").mkdir()
        shutil.copy(PACKAGED / "portfolio" / "terms.toml", root / "portfolio")
        for name, text in SMALL.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write ``portfolio/NAME.toml``."""
        (self.root / "portfolio" / f"{name}.toml").write_text(text.lstrip(), encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace `old`, which stands in the file once, by `new`."""
        text = SMALL[name].lstrip()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        self.write(name, text.replace(old, new))

    def add(self, name: str, text: str) -> None:
        """Append to a file."""
        self.write(name, SMALL.get(name, "") + text)

    def load(self):
        """The portfolio."""
        return load(self.root).portfolio

    def problems(self):
        """What the check reports."""
        return list(check_portfolio(self.root, load(self.root)))

    def only_error(self):
        """The one error that the check reports."""
        [error] = [problem for problem in self.problems() if problem.severity == "error"]
        return error


@pytest.fixture
def small(tmp_path) -> Small:
    return Small(tmp_path)
