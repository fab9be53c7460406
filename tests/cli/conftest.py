"""A terminal: the command line called as `main` is, with its exit status and what it says."""

import signal
import sys
from dataclasses import dataclass

import pytest

from pipelines.conftest import first_release  # noqa: F401  # the fixture of the office that has published once
from pipelines.conftest import published_office as office  # noqa: F401
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

    def run(at: Office | None, *arguments: object, **environment: str | None) -> Done:
        wanted = (at.environment() if at else {}) | environment
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
