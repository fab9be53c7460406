"""The portal with its records as a process: confined, without a place to write, and from the command line."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

pytestmark = pytest.mark.slow


def environment(**given):
    return {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))} | given


def observatory(folder, *words, given=None, **variables):
    return subprocess.run(
        [sys.executable, "-m", "sse_observatory.cli", *words], cwd=folder, env=environment(**variables), text=True,
        input=given, capture_output=True, timeout=120, check=False,
    )


@contextmanager
def serving(folder, releases, **variables):
    """`observatory serve` on a free port, and what it said at its start."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sse_observatory.cli", "serve", "--releases", str(releases), "--port", "0"], cwd=folder,
        env=environment(**variables), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )
    said, address = [], None
    deadline = time.monotonic() + 90
    try:
        while address is None and time.monotonic() < deadline and process.poll() is None:
            line = process.stderr.readline()
            said.append(line)
            found = re.search(r"http://\S+/", line)
            address = found[0] if found else None
        assert address, "".join(said)
        yield address, "".join(said)
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stderr.close()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_confined_portal_keeps_its_records_and_writes_nowhere_else(folder, tmp_path):
    before = set(tmp_path.rglob("*"))
    with serving(tmp_path, folder) as (address, _):
        for path in ("follow-up/instruments/ins-a-res-77-281/", "search/?q=cooperatives", "desk/sign-in/",
                     "briefing/document?group=grp-gov-africa&as_of=2023-05-19&format=pdf"):
            assert get(f"{address}en/{path}")[0] == 200, path
    made = {p.relative_to(tmp_path).parts[:2] for p in set(tmp_path.rglob("*")) - before}

    assert {parts for parts in made if len(parts) > 1} == {("var", "portal")}
    assert (tmp_path / "var" / "portal" / "portal.sqlite3").is_file()
    assert any((tmp_path / "var" / "portal" / "search").iterdir())


def test_a_database_elsewhere_can_be_written_although_the_portal_is_confined(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere" / "records.sqlite3"
    with serving(tmp_path, folder, SSE_PORTAL_DATABASE_URL=f"sqlite:///{elsewhere}") as (address, _):
        assert get(f"{address}en/follow-up/")[0] == 200
    with sqlite3.connect(elsewhere) as connection:
        assert connection.execute("SELECT count(*) FROM portal_record").fetchone()[0] > 400


@pytest.mark.parametrize("how", ["none", "nowhere to write"])
def test_a_portal_that_cannot_write_serves_readers_and_says_so(folder, tmp_path, how):
    variables = {"SSE_PORTAL_DATABASE_URL": "none"}
    if how != "none":
        (tmp_path / "file").write_text("in the way of a folder")
        variables = {"SSE_VAR": str(tmp_path / "file" / "var"), "SSE_SECRET_KEY": "k" * 50}
    with serving(tmp_path, folder, **variables) as (address, said):
        assert "There is no database to write to" in said
        status, page = get(f"{address}fr/follow-up/instruments/ins-a-res-77-281/?as_of=2023-05-19")
        assert status == 200 and "La promotion de l’économie sociale et solidaire" in page
        assert "77/281" in get(f"{address}en/search/?q=77/281")[1]
        assert get(f"{address}en/desk/")[0] == 503


def test_records_that_are_not_in_order_leave_the_figures_up(folder, tmp_path):
    import shutil

    from sse_observatory import catalogue

    copied = tmp_path / "catalogue"
    shutil.copytree(catalogue.PACKAGED, copied)
    events = copied / "portfolio" / "events.toml"
    events.write_text(events.read_text(encoding="utf-8").replace("ins-a-res-77-281", "ins-nowhere"), encoding="utf-8")
    with serving(tmp_path, folder, SSE_CATALOGUE=str(copied)) as (address, said):
        assert "The follow-up records cannot be read." in said and "ins-nowhere" in said and "events.toml" in said
        assert get(f"{address}en/countries/USA/")[0] == 200
        status, page = get(f"{address}en/follow-up/")
        assert status == 503 and "ins-nowhere" not in page


def test_the_catalogue_is_loaded_again_when_it_has_changed_and_not_otherwise(tmp_path):
    import shutil

    from sse_observatory import catalogue

    copied = tmp_path / "catalogue"
    shutil.copytree(catalogue.PACKAGED, copied)
    first = observatory(tmp_path, "records", "load", SSE_CATALOGUE=str(copied))
    again = observatory(tmp_path, "records", "load", SSE_CATALOGUE=str(copied))
    actors = copied / "portfolio" / "actors.toml"
    text = actors.read_text(encoding="utf-8")
    title = re.search(r'^title\.en = "(.+)"$', text, re.MULTILINE)
    actors.write_text(text.replace(title[0], title[0].replace(title[1], "Renamed")), encoding="utf-8")
    third = observatory(tmp_path, "records", "load", SSE_CATALOGUE=str(copied))

    assert re.match(r"\d+ new, 0 changed, 0 withdrawn, 0 as before; 0 differ", first.stderr), first.stderr
    assert again.stderr.startswith("0 new, 0 changed, 0 withdrawn")
    assert third.stderr.startswith("0 new, 1 changed, 0 withdrawn")


def test_a_difference_is_listed_and_settled_on_the_command_line(tmp_path):
    assert observatory(tmp_path, "records", "load").returncode == 0
    database = tmp_path / "var" / "portal" / "portal.sqlite3"
    code = (
        "from sse_observatory.portal.server import open_database; open_database()\n"
        "from sse_observatory.portal import ledger\n"
        "from sse_observatory.portal.models import Record, Revision\n"
        "row = Record.objects.get(pk='act-ilo')\n"
        "ledger.write(row.pk, row.kind, row.content | {'title': {'en': 'Ours'}}, by='x', why='y', how='released')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60,
                   env=environment(SSE_PORTAL_DATABASE_URL=f"sqlite:///{database}", SSE_VAR=str(database.parent)))
    listed = observatory(tmp_path, "records", "diff")
    assert listed.returncode == 3 and "act-ilo: changed in the portal" in listed.stdout and "Ours" in listed.stdout
    assert observatory(tmp_path, "records", "keep", "act-ilo", "--because", "ours is right").returncode == 0
    assert observatory(tmp_path, "records", "diff").returncode == 0
    assert "(ours is kept)" in observatory(tmp_path, "records", "diff", "--all").stdout
    assert observatory(tmp_path, "records", "take", "act-ilo", "--because", "theirs is").returncode == 0
    done = observatory(tmp_path, "records", "diff", "--all")
    assert done.returncode == 0 and "are those of the catalogue" in done.stderr
    missing = observatory(tmp_path, "records", "take", "act-nobody", "--because", "x")
    assert missing.returncode == 4 and "does not differ" in missing.stderr


def export(*entries):
    """A file of records, as `records export-portal` writes it."""
    from sse_observatory.catalogue.portfolio import exchange

    return exchange.text_of(entries)


@pytest.mark.parametrize(
    ("text", "told"),
    [("not json", "x.json, line 1: this is not JSON"), ("[]", "not an export of records"),
     ('{"records": [], "withdrawn": []}', "not an export of records"),
     (export(1), "number 1 of the records has no id"), (export({"id": "a", "kind": ["actor"]}), "no id or no kind"),
     (export({"id": "a", "kind": "actor"}), "x.json, line 5: a.sources: the record has no source. Name at least one."),
     (export({"id": "a", "kind": "ship", "sources": ["x"]}), "no kind of record"),
     (export({"id": "a", "kind": "source"}, {"id": "a", "kind": "source"}), "stands twice")],
)
def test_a_file_that_is_no_export_is_refused_and_nothing_is_loaded(tmp_path, text, told):
    (tmp_path / "x.json").write_text(text)
    done = observatory(tmp_path, "records", "load", "--from", "x.json")

    assert done.returncode in (2, 3) and told in done.stderr and "Traceback" not in done.stderr
    assert json.loads(observatory(tmp_path, "records", "export-portal").stdout)["records"] == []


@pytest.mark.parametrize(
    ("words", "given", "told"),
    [(["user", "add", "Ana Example", "--role", "validator"], None, "not a name to sign in with"),
     (["user", "add", "ana", "--role", "king"], None, "There is no role 'king'"),
     (["user", "add", "ana", "--password-stdin"], "short\n", "not good enough"),
     (["user", "add", "ana", "--password-stdin"], "", "no password on standard input"),
     (["user", "roles", "nobody", "--role", "validator"], None, "There is no account 'nobody'")],
)
def test_what_cannot_be_done_about_an_account_is_said(tmp_path, words, given, told):
    done = observatory(tmp_path, "portal", *words, given=given)

    assert done.returncode in (1, 4) and told in done.stderr and "Traceback" not in done.stderr


def test_commands_about_accounts_without_a_database_say_what_to_set(tmp_path):
    done = observatory(tmp_path, "portal", "user", "list", SSE_PORTAL_DATABASE_URL="none")

    assert done.returncode == 1 and "This portal has no database" in done.stderr and "SSE_VAR" in done.stderr
