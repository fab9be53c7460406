"""What the README and the tutorial promise of `make demo`, `make stop` and `make test`, with a small country."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OBSERVATORY = Path(sys.executable).parent / "observatory"


def make(verb):
    """The commands `make` would run for a verb, where everything is installed."""
    done = subprocess.run(["make", "-n", verb], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("verb", "command"), [("demo", "observatory demo"), ("stop", "observatory stop"), ("test", "pytest")]
)
def test_the_verb_runs_the_command(verb, command):
    assert re.search(rf"{re.escape(command)}( |$)", make(verb), re.MULTILINE)


@pytest.mark.slow
def test_the_demonstration_publishes_serves_and_stops(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in ("SSE_RESTRICTED_URL", "SSE_CATALOGUE")}
    environment |= {"SSE_VAR": str(tmp_path / "var"), "SSE_RELEASES_URL": str(tmp_path / "elsewhere")}

    def observatory(*words):
        done = subprocess.run(
            [OBSERVATORY, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=540
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    shown = observatory("demo", "--units", "300", "--editions", "1", "--port", "8750")
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+/", shown)[0]
        with urllib.request.urlopen(f"{address}en/countries/", timeout=30) as countries:
            page = countries.read().decode()
        assert "Solidaria" in page
        listed = observatory("releases")
        assert "published-figu" in listed and "solidaria" in listed
        assert (tmp_path / "elsewhere" / "current").is_dir() and not (tmp_path / "var" / "releases").exists()
    finally:
        assert "stopped" in observatory("stop")
    assert "No portal" in observatory("stop")
