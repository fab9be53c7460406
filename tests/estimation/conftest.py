"""The teaching data of R survey, exported from R once per session."""

import pytest

from estimation import r


def _api(name):
    return r.table(f"data(api); t <- {name}; names(t) <- gsub('.', '_', names(t), fixed = TRUE); t")


@pytest.fixture(scope="session")
def apistrat():
    return _api("apistrat")


@pytest.fixture(scope="session")
def apiclus1():
    return _api("apiclus1")


@pytest.fixture(scope="session")
def apiclus2():
    return _api("apiclus2")
