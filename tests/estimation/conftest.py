"""The teaching data of R survey, exported from R once per session."""

import pytest

from estimation import agree, r


def _api(name):
    return r.table(f"data(api); t <- {name}; names(t) <- gsub('.', '_', names(t), fixed = TRUE); t")


def pytest_terminal_summary(terminalreporter):
    """How far apart the numbers and their oracles were at most, when asked for with -v."""
    if agree.worst and terminalreporter.verbosity > 0:
        terminalreporter.section("largest relative differences from oracles")
        for what, apart in sorted(agree.worst.items()):
            terminalreporter.write_line(f"{apart:8.1e}  {what}")


@pytest.fixture(scope="session")
def apistrat():
    return _api("apistrat")


@pytest.fixture(scope="session")
def apiclus1():
    return _api("apiclus1")


@pytest.fixture(scope="session")
def apiclus2():
    return _api("apiclus2")
