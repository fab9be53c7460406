"""Every command once: what it prints, where, and with which status it ends."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from pipelines.office import published, rows
from sse_observatory import catalogue
from sse_observatory.releases import Releases
from support.releases import sample_draft, sample_store

COMMANDS = (
    "version", "simulate", "run", "releases", "diff", "trace", "lineage", "serve", "demo", "stop",
    "catalogue check", "catalogue unconfirmed", "source draft", "source show", "process draft",
    "records check", "records list", "records show", "records status", "records export", "records load",
    "records export-portal", "records diff", "records take", "records keep", "brief", "portal user add",
    "portal user list", "portal user roles", "portal user password", "portal user close", "portal user reopen",
    "instrument read", "instrument compare", "instrument chain", "instrument relations", "instrument cite",
    "instrument export",
)  # fmt: skip


def key_of(office, dataflow, **codes):
    """The key of the first observation with these codes, as it is written at the command line."""
    opened = Releases(office.releases).open(dataflow)
    row = next(r for r in opened.observations.to_pylist() if codes.items() <= r.items())
    return f"{dataflow}/" + ".".join(row[d.id] for d in opened.dataflow.structure.dimensions)


def test_help_loads_none_of_what_the_commands_work_with():
    code = (
        "import sys; sys.argv = ['observatory', '--help']\n"
        "from sse_observatory.cli import main\n"
        "try: main()\n"
        "finally: print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    shown, _, loaded = done.stdout.partition("LOADED")

    assert all(command.split()[0] in shown for command in COMMANDS)
    assert not {"duckdb", "ibis", "pyarrow", "numpy", "django", "altair", "typst", "tantivy"} & set(loaded.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_is_for(terminal, command):
    done = terminal(None, *command.split(), "--help")

    assert done.status == 0 and "Usage" in done.out and done.err == ""


def test_no_command_is_without_a_test_here():
    from sse_observatory.cli import app

    def commands(group, before=""):
        for command in group.registered_commands:
            yield before + (command.name or command.callback.__name__)
        for inner in group.registered_groups:
            yield from commands(inner.typer_instance, f"{before}{inner.name} ")

    assert set(commands(app)) == set(COMMANDS)


def test_a_wrong_word_is_answered_with_the_usage_and_status_two(terminal):
    for words in (["rum"], ["run"], ["trace", "--langue", "fr", "x"]):
        done = terminal(None, *words)
        assert done.status == 2 and "Traceback" not in done.err and done.err


def test_version_is_the_package_s(terminal):
    from sse_observatory import __version__

    assert terminal(None, "version").out.strip() == __version__


def test_simulate_writes_a_country_and_not_over_another_one(terminal, tmp_path):
    country = tmp_path / "country"
    first = terminal(None, "simulate", "--units", "50", "--editions", "1", "--out", country)
    second = terminal(None, "simulate", "--units", "50", "--editions", "1", "--out", country)
    third = terminal(None, "simulate", "--units", "50", "--editions", "1", "--out", country, "--replace")

    assert (first.status, third.status) == (0, 0)
    assert second.status != 0 and "What to do:" in second.err
    assert len(list((country / "registers" / "2023").iterdir())) == 3


def test_run_publishes_and_tells_its_steps(terminal, office):
    office.row("V16", turnover="5000.00")
    done = terminal(office, "run", office.process, "--data", office.data)

    assert done.status == 0
    current = Releases(office.releases).current()[0]
    for words in ("The village", "reading village", "adding up tables", "11 confidential", current.id[:12]):
        assert words in done.err
    assert done.out == ""


def test_a_dry_run_does_everything_but_publish(terminal, office, first_release):
    office.row("V16", turnover="5000.00")
    done = terminal(office, "run", office.process, "--data", office.data, "--dry-run")

    assert done.status == 0 and "published" not in done.err
    assert Releases(office.releases).current()[0].id == first_release.outcome.release.id


def test_run_asks_for_the_files_where_none_are_named(terminal, office):
    done = terminal(office, "run", office.process)

    assert done.status == 1 and "--data FOLDER" in done.err


def test_figures_published_by_others_need_no_microdata(terminal, tmp_path):
    folder = tmp_path / "releases"
    done = terminal(None, "run", "published-figures", "--releases", folder)

    assert done.status == 0 and "published as release" in done.err
    assert Releases(folder).dataflows() == ("DF_SSE_PUBLISHED",)


def test_releases_lists_what_is_current_and_the_history_lists_all(terminal, office):
    former = Releases(office.releases).current()[0].id
    office.row("V16", turnover="5000.00")
    office.run()
    now = Releases(office.releases).current()[0].id

    current, history = terminal(office, "releases"), terminal(office, "releases", "--history")

    assert now[:12] in current.out and former[:12] not in current.out
    assert now[:12] in history.out and former[:12] in history.out
    assert "village (fictional)" in current.out


def test_releases_says_when_there_are_none(terminal, tmp_path):
    done = terminal(None, "releases", "--releases", tmp_path)

    assert done.status == 0 and "Nothing is published here yet" in done.err


def test_diff_names_what_moved(terminal, office):
    former = Releases(office.releases).current()[0].id
    office.row("V16", turnover="5000.00")
    office.run()
    now = Releases(office.releases).current()[0].id

    done = terminal(office, "diff", former[:10], now[:10])

    assert done.status == 0
    assert "DF_COOP_ECONOMY" in done.out and "TURNOVER" in done.out
    assert "show the same" in terminal(office, "diff", now[:10], now[:10]).out
    unknown = terminal(office, "diff", "0000000000", now[:10])
    assert unknown.status == 4 and "there is no release" in unknown.err


@pytest.mark.parametrize(
    ("lang", "label"),
    [("en", "Size classes by number of jobs"), ("fr", "Tranches de taille"), ("es", "Tramos de tamaño")],
)
def test_trace_says_where_a_number_comes_from_in_three_languages(terminal, first_release, lang, label):
    key = key_of(first_release, "DF_COOP_UNITS", SIZE="S10T49", MEASURE="UNITS_REGISTERED")

    done = terminal(first_release, "trace", key, "--lang", lang)

    assert done.status == 0
    for words in ("24", "FICTIONAL COUNTRY", "COOP-ICLS2018 1.0", "[unconfirmed]", label, "invented village"):
        assert words in done.out, done.out


def test_trace_for_programs_is_json_and_never_names_a_unit(terminal, first_release):
    key = key_of(first_release, "DF_COOP_UNITS", SIZE="S10T49", MEASURE="UNITS_REGISTERED")

    found = json.loads(terminal(first_release, "trace", key, "--json").out)

    assert found["process"] == "village" and found["fingerprint"] and len(found["recipe"]["methods"]) > 4
    assert "V16" not in json.dumps(found)


def test_trace_of_a_hidden_number_says_that_it_is_confidential_and_nothing_else(terminal, first_release):
    done = terminal(first_release, "trace", key_of(first_release, "DF_COOP_UNITS", COOP_TYPE="MULTI"))

    assert done.status == 0
    assert "Confidential: nothing more is said of it." in done.out
    assert "method" not in done.out and "fingerprint" not in done.out


def test_trace_of_what_is_not_there_names_the_nearest(terminal, first_release):
    key = key_of(first_release, "DF_COOP_UNITS", SIZE="S10T49")
    missing, malformed = (
        terminal(first_release, "trace", key.replace("S10T49", "S250")),
        terminal(first_release, "trace", "DF_COOP_UNITS"),
    )

    assert missing.status == 4 and "Nearest are" in missing.err
    assert malformed.status == 1 and "is not the key of an observation" in malformed.err


def test_lineage_lists_the_records_behind_a_cell_and_warns(terminal, first_release):
    done = terminal(first_release, "lineage", key_of(first_release, "DF_COOP_UNITS", COOP_TYPE="MULTI"))

    assert done.status == 0
    assert "R:village:V01" in done.out and "R:village:V02" in done.out and "V03" not in done.out
    assert "2 record(s) stand behind this cell. Restricted: do not pass on." in done.out


def test_lineage_needs_the_restricted_folder(terminal, first_release):
    key = key_of(first_release, "DF_COOP_UNITS", COOP_TYPE="MULTI")

    assert terminal(first_release, "lineage", key, SSE_RESTRICTED_URL=None).status == 4


def test_the_packaged_catalogue_is_in_order(terminal):
    done = terminal(None, "catalogue", "check")

    assert done.status == 0, done.err
    assert "The catalogue is in order." in done.out


def test_a_broken_catalogue_ends_with_status_three_and_every_fault(terminal, office):
    office.decree("parameters.toml", lambda text: text.replace("S1T9", "S1T8"))
    office.decree("types/COOP-TYPE.toml", lambda text: text.replace('outcome = "MULTI"', 'outcome = "MANY"', 1))

    done = terminal(office, "catalogue", "check", office.catalogue_root)

    assert done.status == 3
    assert "S1T8" in done.err and "MANY" in done.err and "2 problem(s)" in done.err
    line = 1 + (office.catalogue_root / "types/COOP-TYPE.toml").read_text().splitlines().index('outcome = "MANY"')
    assert f"types/COOP-TYPE.toml, line {line - 1}" in done.err  # the line that names the rule


def test_the_checklist_names_every_unconfirmed_rule(terminal):
    loaded = catalogue.load(catalogue.PACKAGED)
    done = terminal(None, "catalogue", "unconfirmed", COLUMNS="300")

    assert done.status == 0
    for ruleset in (*loaded.perimeters.values(), *loaded.types.values()):
        assert (ruleset.id in done.out) == (ruleset.status == "unconfirmed")
    assert "disclosure default" in done.out and "size_classes" in done.out


def test_the_checklist_names_every_unconfirmed_code_and_term(terminal):
    loaded = catalogue.load(catalogue.PACKAGED)
    done = terminal(None, "catalogue", "unconfirmed", COLUMNS="300")

    words = set(re.split(r"[\s,│:]+", done.out))
    for name, codelist in loaded.codelists.items():
        waiting = {code.id for code in codelist if code.notes.get("status") == "unconfirmed"}
        assert waiting <= words and (f"{name}:" in done.out) == bool(waiting)
    assert {term.id for term in loaded.glossary.values() if term.status == "unconfirmed"} <= words


def test_the_demonstration_keeps_away_from_the_releases_of_an_office(terminal, tmp_path):
    store = sample_store(tmp_path / "releases", sample_draft("credit-unions", area="USA"))

    done = terminal(None, "demo", SSE_RELEASES_URL=str(tmp_path / "releases"))

    assert done.status == 1
    assert "holds releases of credit-unions" in done.err and "SSE_RELEASES_URL" in done.err
    assert [ref.process for ref in store.current()] == ["credit-unions"]


def test_source_draft_describes_a_file_and_process_draft_a_source(terminal, office):
    described = terminal(office, "source", "draft", office.data / "village.csv", "--id", "hamlet")
    drafted = terminal(office, "process", "draft", office.source)

    assert described.status == 0 and 'id = "hamlet"' in described.out
    assert drafted.status == 0 and "[[table]]" in drafted.out
    assert terminal(office, "source", "draft", office.data / "none.csv").status == 2


def test_source_show_says_what_a_source_covers(terminal, office):
    packaged, own = (
        terminal(None, "source", "show", "us-credit-unions"),
        terminal(office, "source", "show", office.source),
    )

    assert "microdata public: yes" in packaged.out and "National Credit Union Administration" in packaged.out
    assert "microdata public: no" in own.out and "edition 2024: 2024, village.csv" in own.out
    assert terminal(None, "source", "show", "nothing").status == 4


# -- the portal -----------------------------------------------------------------------------------


def test_serve_refuses_to_know_where_the_microdata_are(office):
    done = subprocess.run(
        [sys.executable, "-m", "sse_observatory.cli", "serve", "--port", "0"],
        env=office.environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 5
    assert "Public processes never hold the microdata address" in done.stderr
    assert str(office.restricted) not in done.stderr


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_portal_is_started_without_the_microdata_address_answers_and_is_stopped(office, monkeypatch, terminal):
    from sse_observatory import cli

    office.decree("interface/site.toml", lambda text: text + "\n")  # a catalogue of one's own, outside the package
    var = office.folder / "var"
    var.mkdir(exist_ok=True)
    monkeypatch.setattr(cli, "VAR", var)
    for name, value in office.environment().items():
        monkeypatch.setenv(name, value)
    address = cli._start_portal(8830, str(office.releases))
    pid = json.loads((var / "portal.pid").read_text())["pid"]
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"SSE_RESTRICTED_URL" not in environment and bytes(office.restricted) not in environment
        with urllib.request.urlopen(address + "en/countries/XSO/", timeout=30) as answer:
            assert answer.status == 200
            assert b"fictional" in answer.read().lower()
    finally:
        stopped = terminal(office, "stop")
    assert "The portal was stopped." in stopped.out
    assert "No portal" in terminal(office, "stop").out
    assert gone(pid)


def gone(pid):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return True
        time.sleep(0.1)
    return False


CONFINED = """
import sys
from pathlib import Path
from sse_observatory.portal import confinement

releases, own, restricted = map(Path, sys.argv[1:])
assert (restricted / "installation.key").read_bytes(), "the folder can be opened before"
print("confined" if confinement.confine([releases], [own]) else "not confined")
for path in (restricted / "installation.key", restricted / "observatory.duckdb"):
    try:
        path.open("rb").close()
        print("opened", path.name)
    except PermissionError:
        print("refused", path.name)
try:
    print("listed", len(list(restricted.iterdir())))
except PermissionError:
    print("refused the folder")
try:
    (releases / "new").write_text("x")
    print("wrote to the releases")
except PermissionError:
    print("refused to write")
(own / "kept").write_text("x")

import os
os.environ |= {"SSE_RELEASES_URL": str(releases), "SSE_VAR": str(own), "TMPDIR": str(own)}
os.environ["SSE_ALLOWED_HOSTS"] = "localhost"
from sse_observatory.portal import application
application()
from django.test import Client
print("page", Client().get("/fr/countries/XSO/", headers={"Host": "localhost"}).status_code)
"""


def test_a_confined_process_serves_pages_and_cannot_open_the_restricted_folder(first_release, tmp_path):
    from sse_observatory.portal import confinement

    if not confinement.version():
        pytest.skip("this kernel has no Landlock: run the portal as a user who cannot open the restricted folder")
    own = tmp_path / "portal"
    own.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CONFINED, first_release.releases, own, first_release.restricted],
        env=kept, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "confined", "refused installation.key", "refused observatory.duckdb", "refused the folder", "refused to write",
        "page 200",
    ]  # fmt: skip


def test_the_office_of_these_tests_has_published_what_it_should(first_release):
    assert len(rows()) == 60 and len(published(first_release)) == 47
