"""The reference page says what the package does."""

import re
from pathlib import Path

from sse_observatory.releases import Releases
from support.releases import sample_store

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "releases.md"


def test_the_example_of_the_reference_page_runs(tmp_path, monkeypatch, capsys):
    sample_store(tmp_path / "var" / "releases")
    monkeypatch.chdir(tmp_path)
    [example] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    exec(example, {})

    printed = capsys.readouterr().out
    assert "sample" in printed and "Register of cooperatives" in printed and "run-1" in printed


def test_every_public_call_is_on_the_reference_page():
    page = PAGE.read_text(encoding="utf-8")
    public = {n for n in vars(Releases) if not n.startswith("_")}

    assert {n for n in public if f"`.{n}(" not in page} == set()
