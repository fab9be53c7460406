"""The small office, empty or with a first release."""

import shutil

import pytest

from pipelines.office import Office


@pytest.fixture
def office(tmp_path) -> Office:
    return Office(tmp_path / "office")


@pytest.fixture(scope="session")
def first_release(tmp_path_factory):
    """An office that has published its register once; tests must not change it."""
    made = Office(tmp_path_factory.mktemp("office"))
    made.outcome = made.run()
    return made


@pytest.fixture
def published_office(first_release, tmp_path) -> Office:
    """A copy of the office that has published once, to be changed."""
    shutil.copytree(first_release.folder, tmp_path / "office", symlinks=True)
    return Office(tmp_path / "office")
