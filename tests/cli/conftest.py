"""A terminal: the command line called as `main` is, with its exit status and what it says."""

import signal
import sys
from dataclasses import dataclass

import pytest

from pipelines.office import Office


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status, standard output and standard error."""

    status: int
    out: str
    err: str


@pytest.fixture
def terminal(monkeypatch, capsys):
    """``terminal(office, "run", …)``: the command in this process, with the environment of the office."""
    from sse_observatory import cli

    before = signal.getsignal(signal.SIGPIPE)

    def run(office: Office | None, *arguments: object, **environment: str | None) -> Done:
        wanted = (office.environment() if office else {}) | environment
        for name in ("SSE_VAR", "SSE_RESTRICTED_URL", "SSE_RELEASES_URL", "SSE_CATALOGUE", "COLUMNS"):
            value = wanted.get(name)
            monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["observatory", *map(str, arguments)])
        capsys.readouterr()
        status = 0
        try:
            cli.main()
        except SystemExit as leave:
            status = int(leave.code or 0)
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    yield run
    signal.signal(signal.SIGPIPE, before)


@pytest.fixture(scope="session")
def first_release(tmp_path_factory):
    """An office that has published its register once; tests must not change it."""
    made = Office(tmp_path_factory.mktemp("office"))
    made.outcome = made.run()
    return made


@pytest.fixture
def office(first_release, tmp_path) -> Office:
    """A copy of the office that has published once, to be changed."""
    import shutil

    shutil.copytree(first_release.folder, tmp_path / "office", symlinks=True)
    return Office(tmp_path / "office")
