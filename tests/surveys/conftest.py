"""The town's office, empty or after its first run."""

import shutil

import pytest

from surveys.town import Town, observations


@pytest.fixture
def town(tmp_path) -> Town:
    return Town(tmp_path / "town")


@pytest.fixture(scope="session")
def first(tmp_path_factory):
    """A town that has published once, with what it published; tests must not change it."""
    made = Town(tmp_path_factory.mktemp("town"))
    made.outcome = made.run()
    made.published = observations(made.outcome)
    return made


@pytest.fixture
def published(first, tmp_path) -> Town:
    """A copy of the town that has published once, to be changed."""
    shutil.copytree(first.folder, tmp_path / "town", symlinks=True)
    return Town(tmp_path / "town")
