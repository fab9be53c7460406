"""What an engine spills is microdata: it lies in a closed folder and goes with the engine, whatever ends it."""

import gc
import os
import signal
import stat
import subprocess
import sys

import pyarrow as pa
import pytest

from sse_observatory.core import ObservatoryError
from sse_observatory.engine import connect, spill

SPILLING = """
import sys
from pathlib import Path
from sse_observatory.engine import connect
engine = connect("duckdb://", memory_limit="60MB", threads=1, spill=Path(sys.argv[1]))
engine.backend.con.execute("CREATE TEMP TABLE t AS SELECT range i, random()::VARCHAR s FROM range(3000000)")
print("spilled", flush=True)
sys.stdin.read(1)
"""


def spilling(base, then):
    """A process that has spilled rows to `base` and does `then` when it is told to."""
    command = [sys.executable, "-c", SPILLING + then, str(base)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout.readline() == b"spilled\n"
    return process


def spilled(base):
    """How many bytes lie under `base`."""
    return sum(f.stat().st_size for f in base.rglob("*") if f.is_file())


@pytest.fixture
def base(tmp_path, monkeypatch):
    """The place where engines spill, looked at for the first time."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(spill, "_swept", set())
    return tmp_path


def test_the_folder_is_the_owners_alone_and_goes_when_the_engine_is_closed(base):
    with connect("duckdb://"):
        [folder] = base.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not list(base.iterdir())


def test_it_goes_with_an_engine_that_nobody_holds_any_more(base):
    engine = connect("duckdb://")
    table = engine.create("units", pa.table({"unit_id": ["a"]}))
    del engine
    gc.collect()
    assert list(base.iterdir()), "the table can still be computed"
    assert table.count().execute() == 1

    del table
    gc.collect()
    assert not list(base.iterdir())


def test_it_goes_when_the_engine_cannot_be_opened(base, tmp_path):
    path = tmp_path / "units.duckdb"
    path.write_bytes(b"12345678DUCK" + b"x" * 5000)
    with pytest.raises(ObservatoryError):
        connect(f"duckdb://{path}")
    assert [p.name for p in base.iterdir()] == ["units.duckdb"]


def test_it_is_closed_only_once(base):
    engine = connect("duckdb://")
    engine.close()
    engine.close()
    assert not list(base.iterdir())


@pytest.mark.parametrize("then", ["", "raise SystemExit(3)", "1 / 0"])
def test_nothing_spilled_is_left_when_the_interpreter_ends_without_closing(base, then):
    with spilling(base, then) as process:
        assert spilled(base) > 1_000_000
        process.communicate(b".", timeout=60)
    assert not list(base.iterdir())


def test_what_a_killed_process_left_is_removed_at_the_next_start_and_not_before_it_is_dead(base):
    with spilling(base, "") as process:
        [folder] = base.iterdir()
        assert spilled(folder) > 1_000_000
        with connect("duckdb://"):
            assert folder.exists(), "its process lives"
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    assert spilled(base) > 1_000_000

    spill._swept.clear()  # as a new process
    with connect("duckdb://"):
        assert not folder.exists()
    assert not list(base.iterdir())


def test_a_child_leaves_the_folder_to_its_parent(base):
    with connect("duckdb://"):
        [folder] = base.iterdir()
        child = os.fork()
        if child == 0:
            spill.Spill(folder, -1, os.getppid()).remove()
            os._exit(0)
        os.waitpid(child, 0)
        assert folder.exists()


def test_only_folders_of_this_kind_are_swept(base):
    elsewhere = base / "data"
    elsewhere.mkdir()
    (elsewhere / "register.csv").write_text("id\n")
    (base / "sse-spill-1-link").symlink_to(elsewhere)
    (base / "sse-spill-1-file").write_text("not a folder")
    (base / "sse-spill-other").mkdir()
    hostile = base / "sse-spill-1-hostile"
    hostile.mkdir()
    (hostile / "lock").symlink_to(elsewhere / "made")
    dead = base / "sse-spill-1-dead"
    dead.mkdir()
    (dead / "inside").symlink_to(elsewhere)

    spill.sweep(base)

    assert sorted(p.name for p in base.iterdir()) == [
        "data", "sse-spill-1-file", "sse-spill-1-hostile", "sse-spill-1-link", "sse-spill-other",
    ]  # fmt: skip
    assert [p.name for p in elsewhere.iterdir()] == ["register.csv"]


def test_a_folder_swept_between_its_making_and_its_lock_is_made_again(base, monkeypatch):
    made = []
    before = spill._locked

    def too_late(path):
        made.append(path)
        if len(made) == 1:
            spill.sweep(base)
        return before(path)

    monkeypatch.setattr(spill, "_locked", too_late)
    with connect("duckdb://"):
        assert list(base.iterdir()) == [made[1]]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ObservatoryError, match=r"cannot spill to .*file/spill") as raised:
        connect("duckdb://", spill=file / "spill")
    assert "TMPDIR" in raised.value.todo
    with pytest.raises(ObservatoryError, match="the folder cannot be made"):
        connect(f"duckdb://{file}/office/units.duckdb")
