"""The documentation as a site: it builds, its links lead somewhere, and it asks nothing of other hosts."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "REVISIONS.md")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site; links and anchors that lead nowhere make the build fail."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_contacts_no_other_host(site):
    loaded = re.compile(r'<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)="((?:https?:)?//[^"]*)"')
    pages = {p.relative_to(site).as_posix(): loaded.findall(p.read_text("utf-8")) for p in site.rglob("*.html")}
    assert len(pages) > 20
    assert {name: found for name, found in pages.items() if found} == {}
    styles = [p.read_text("utf-8") for p in site.rglob("*.css")]
    assert not any(re.search(r"""(url\(|@import)\s*['"]?(https?:)?//""", s) for s in styles)


def anchors(page):
    """The anchors of a page's headings, as viewers of Markdown make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", h.strip().lower())) for h in headings}


@pytest.mark.parametrize("name", BESIDE)
def test_the_pages_beside_the_site_link_to_what_exists(name):
    for _, _, target in LINK.findall((ROOT / name).read_text("utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = ROOT / path if path else ROOT / name
        assert file.is_file(), f"{name}: {target}"
        assert not anchor or anchor in anchors(file), f"{name}: {target}"


def test_every_picture_is_described_and_small():
    for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]:
        for mark, words, target in LINK.findall(page.read_text("utf-8")):
            if mark:
                assert words.strip(), f"{page.name}: {target} has no description"
                assert (page.parent / target).stat().st_size < 150_000, target


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("[!i]*.md")), ids=lambda p: p.stem)
def test_a_decision_has_its_context_its_choice_and_its_cost(page):
    headings = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)
    assert headings == ["Context", "Choice", "What it costs"]
    assert f"({page.name})" in (page.parent / "index.md").read_text("utf-8")


def test_the_readme_says_for_which_data_the_gate_is():
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert "the gate is for public and fictional data only" in text
    assert "make demo" in text and "make test" in text
