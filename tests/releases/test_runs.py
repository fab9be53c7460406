"""Run ids: the same inputs, parameters, code and catalogue are the same run."""

import re
import shutil
from pathlib import Path

import pytest

import sse_observatory
from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.releases import code_fingerprint, run_id

KEY = b"an installation's key"
RUN = {"inputs": {"register": "aa", "survey": "bb"}, "parameters": {"min_contributors": 3}, "code": "c",
       "catalogue_fingerprint": "d", "key": KEY}


def test_the_same_run_has_the_same_id_whatever_the_order_its_inputs_were_named_in():
    again = RUN | {"inputs": {"survey": "bb", "register": "aa"}}

    assert run_id(**RUN) == run_id(**again)
    assert re.fullmatch("[0-9a-f]{32}", run_id(**RUN))


@pytest.mark.parametrize("change", [
    {"inputs": {"register": "aa", "survey": "bc"}}, {"inputs": {"register": "aa"}},
    {"parameters": {"min_contributors": 4}}, {"code": "e"}, {"catalogue_fingerprint": "e"}, {"key": b"another"},
])
def test_any_change_of_input_parameter_code_catalogue_or_key_gives_another_id(change):
    assert run_id(**RUN) != run_id(**RUN | change)


def test_a_run_id_without_a_key_is_refused():
    with pytest.raises(ObservatoryError, match="key"):
        run_id(**RUN | {"key": b""})


def test_the_fingerprint_of_the_code_follows_the_source_files_and_nothing_else(tmp_path, monkeypatch):
    root = tmp_path / "sse_observatory"
    source = Path(sse_observatory.__file__).parent
    for part in ("core", "releases", "structures"):
        shutil.copytree(source / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sse_observatory, "__file__", str(root / "__init__.py"))
    parts = ("core", "releases")
    code_fingerprint.cache_clear()

    def now():
        code_fingerprint.cache_clear()
        return code_fingerprint(parts)

    before = now()
    (root / "core" / "__pycache__").mkdir()
    (root / "core" / "__pycache__" / "text.pyc").write_bytes(b"compiled")
    (root / "structures" / "model.py").write_text("another part")
    assert now() == before
    (root / "core" / "text.py").write_text("changed")
    changed = now()
    assert changed != before
    (root / "core" / "text.py").rename(root / "core" / "words.py")
    assert now() not in (before, changed)
    with pytest.raises(NotFound, match="'nothing'"):
        code_fingerprint(("nothing",))
    monkeypatch.undo()
    code_fingerprint.cache_clear()


def test_what_only_faces_readers_does_not_change_a_run():
    from sse_observatory.releases.runs import FIGURES_COME_FROM

    assert not {"portal", "sdmx", "figures", "review", "updates"} & set(FIGURES_COME_FROM)
    assert len(code_fingerprint()) == 64
