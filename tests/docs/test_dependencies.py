"""Every dependency has a reason and a licence, and none at run time binds who uses it."""

import importlib.metadata
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
BINDING = re.compile(r"\b(A|L)?GPL|GNU (Affero|Lesser|General)|EUPL|European Union Public|SSPL", re.IGNORECASE)


def asked_for(name):
    """The packages a requirements file asks for itself."""
    lines = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8").splitlines()
    return [re.match(r"[A-Za-z0-9_.-]+", line)[0] for line in lines if line and line[0] not in "#-"]


def pinned(name):
    """Everything a compiled requirements file installs."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)


def licence(package):
    """What the installed package says of its licence: expression, first line of the text, classifiers."""
    data = importlib.metadata.metadata(package)
    stated = (data.get("License") or "").splitlines() or [""]
    classifiers = [c for c in data.get_all("Classifier") or [] if c.startswith("License ::")]
    return "; ".join(filter(None, [data.get("License-Expression") or "", stated[0], *classifiers]))


@pytest.mark.parametrize("package", [*asked_for("run"), *asked_for("build"), *asked_for("dev")])
def test_each_dependency_has_its_reason_on_the_page(package):
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and package in re.split(r"[ ,|]+", line)]
    assert len(rows) == 1
    assert all(cell.strip() for cell in rows[0].strip("|").split("|"))


@pytest.mark.parametrize("package", pinned("run"))
def test_nothing_at_run_time_is_under_a_licence_that_binds_its_users(package):
    stated = licence(package)
    assert stated, "the package states no licence"
    assert not BINDING.search(stated)


def test_the_check_would_notice():
    assert all(BINDING.search(s) for s in ("AGPL-3.0-only", "GNU General Public License v3", "LGPL-2.1", "EUPL-1.2"))
    assert not any(BINDING.search(s) for s in ("MIT", "BSD-3-Clause", "Apache-2.0", "ZPL 2.1", "MPL-2.0"))
