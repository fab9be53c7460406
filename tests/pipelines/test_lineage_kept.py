"""The lineage of a run: kept apart while it works, settled whole under the run's id, gone when the run fails."""

import os
import signal

import pyarrow as pa
import pytest

from sse_observatory.engine import connect
from sse_observatory.production import lineage
from support.releases import UNITS


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def test_what_a_run_kept_is_there_whole_once_it_is_settled_and_not_before(tmp_path):
    with connect() as engine, lineage.kept_apart(tmp_path / "village") as folder:
        lineage.keep(engine, folder, "units-2024", engine.create("units", pa.table({"unit_id": ["a"]})))
        assert not (tmp_path / "village" / "run-1").exists()
        settled = lineage.settle(folder, "run-1")
        assert settled == tmp_path / "village" / "run-1"

    assert files(tmp_path / "village") == ["run-1", "run-1/units-2024.parquet"]


def test_the_same_run_again_keeps_the_lineage_it_has(tmp_path):
    for content in ("first", "second"):
        with lineage.kept_apart(tmp_path / "village") as folder:
            (folder / "units-2024.parquet").write_text(content)
            settled = lineage.settle(folder, "run-1")

    assert (settled / "units-2024.parquet").read_text() == "first"
    assert files(tmp_path / "village") == ["run-1", "run-1/units-2024.parquet"]


def test_a_run_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), lineage.kept_apart(tmp_path / "village") as folder:
        (folder / "units-2024.parquet").write_text("microdata")
        raise ZeroDivisionError

    assert files(tmp_path) == ["village"]


def test_what_a_killed_run_left_goes_with_the_next_run_of_the_process_and_no_settled_one_does(tmp_path):
    with lineage.kept_apart(tmp_path / "village") as folder:
        lineage.settle(folder, "run-1")
    child = os.fork()
    if child == 0:
        with lineage.kept_apart(tmp_path / "village") as folder:
            (folder / "units-2024.parquet").write_text("microdata")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert any(name.endswith("units-2024.parquet") for name in files(tmp_path))

    with lineage.kept_apart(tmp_path / "village") as folder:
        assert files(tmp_path / "village") == sorted([folder.name, "run-1"])


def test_a_year_is_not_answered_with_its_quarters(tmp_path):
    """Two rounds of one process whose periods begin alike."""
    both = {f"{name}_id": ["quarter", "year"] for name in ("unit", "source", "record", "snapshot")}
    found = {}
    with connect() as engine:
        for period, unit in (("2024", "year"), ("2024-Q1", "quarter")):
            row = {"unit_id": [unit], "PERIMETER": ["P"], "MEASURE": ["M"], "VALUE": [1]}
            lineage.keep(engine, tmp_path, f"contributions-{period}-units", engine.create("made", pa.table(row)))
            lineage.keep(engine, tmp_path, f"records-{period}", engine.create("records", pa.table(both)))
        for period in ("2024", "2024-Q1"):
            key = {"PERIMETER": "P", "MEASURE": "M", "TIME_PERIOD": period}
            found[period] = lineage.behind(engine, tmp_path, UNITS, key)["unit_id"].to_pylist()

    assert found == {"2024": ["year"], "2024-Q1": ["quarter"]}
