"""Shared fixtures: the folder of real public data, and what a test may need from the machine."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items):
    if SHARED.is_dir() or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason=f"real data not found in {SHARED}: they are read in place, never copied")
    for item in items:
        if "realdata" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data; on CI its absence is a failure, elsewhere the test is skipped."""
    if not SHARED.is_dir():
        pytest.fail(f"{SHARED} is missing: the real-data tests cannot run")
    return SHARED
