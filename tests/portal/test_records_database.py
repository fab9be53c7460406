"""The record database: loading, editing, releasing, settling, exporting; and the same on PostgreSQL."""

import copy
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.records import generated

PENCIL = [
    {"kind": "source", "id": "text", "url": "https://example.org/text", "publisher": "The Assembly",
     "standing": "official_text", "retrieved": "2026-01-01"},
    {"kind": "actor", "id": "act-assembly", "title": {"en": "The Assembly", "fr": "L’Assemblée"},
     "actor_type": "plenary_body", "status": "verified", "sources": ["text"], "date": "2026-01-01",
     "date_kind": "recorded"},
    {"kind": "instrument", "id": "ins-one", "title": {"en": "One"}, "instrument_type": "ga_resolution",
     "symbol": "A/RES/70/1", "status": "verified", "sources": ["text"], "date": "2020-05-05", "date_kind": "presented",
     "body": "act-assembly"},
    {"kind": "event", "id": "evt-one", "title": {"en": "One is presented"}, "stage": "presented",
     "instrument": "ins-one", "status": "verified", "sources": ["text"], "date": "2020-05-05", "date_kind": "held"},
]


def offer(*changes):
    """The pencil-size records, with changes by id: a dict of fields, or None where the record is gone."""
    held = {entry["id"]: copy.deepcopy(entry) for entry in PENCIL}
    for identifier, change in changes:
        if change is None:
            del held[identifier]
        else:
            held[identifier] = held.get(identifier, {"id": identifier}) | change
    return held


def title(text):
    return {"title": {"en": text}}


@pytest.fixture
def empty(django_ready):
    """The portal's database without a record; whatever a test writes is undone."""
    from django.db import transaction

    from sse_observatory.portal import records
    from sse_observatory.portal.models import Record, Revision, State

    records.prepare()
    with transaction.atomic():
        Revision.objects.all().delete()
        Record.objects.all().delete()
        State.objects.all().delete()
        records._board = None
        yield records
        transaction.set_rollback(True)
    records.forget()


@pytest.fixture
def people(empty):
    """An account for each role, and one with two."""
    from sse_observatory.portal.models import Account, Grant

    made = {}
    for name, roles in (("ana", ["contributor"]), ("bo", ["validator"]), ("cy", ["publisher"]),
                        ("di", ["contributor", "validator", "publisher"]), ("el", ["administrator"]), ("fy", [])):
        made[name] = Account.objects.create(name=name, password="!")
        Grant.objects.bulk_create(Grant(account=made[name], role=role) for role in roles)
    return made


def load(offered, stamp="x"):
    from sse_observatory.portal import ledger

    return ledger.load(offered, stamp)


def content(identifier):
    from sse_observatory.portal.models import Record

    return Record.objects.get(pk=identifier).content


def edit(identifier, why="because", **changes):
    from sse_observatory.portal import ledger
    from sse_observatory.portal.models import Revision

    ledger.write(identifier, content(identifier)["kind"], content(identifier) | changes, by="ana", why=why,
                 how=Revision.How.RELEASED)


# Loading


def test_loading_twice_changes_nothing(empty):
    from sse_observatory.portal import ledger

    first, version = load(offer()), ledger.version()
    second = load(offer())

    assert (first.created, second.created, second.updated, second.unchanged) == (4, 0, 0, 4)
    assert ledger.version() == version


def test_a_record_nobody_touched_follows_the_catalogue(empty):
    load(offer())
    done = load(offer(("ins-one", title("One, renamed")), ("evt-one", None)))

    assert (done.updated, done.withdrawn) == (1, 1)
    assert content("ins-one")["title"] == {"en": "One, renamed"}
    assert empty.now().as_of(date(2026, 1, 1)).find("evt-one") is None


def test_a_record_edited_here_is_never_overwritten_and_its_difference_is_listed(empty):
    from sse_observatory.portal import ledger

    load(offer())
    edit("ins-one", **title("Ours"))
    done = load(offer(("ins-one", title("Theirs"))))

    assert content("ins-one")["title"] == {"en": "Ours"} and done.differing == 1
    [difference] = ledger.differences()
    assert difference.fields == (("title", {"en": "Ours"}, {"en": "Theirs"}),) and difference.nature == "both"


def test_an_edit_that_the_catalogue_takes_over_is_no_difference_any_more(empty):
    from sse_observatory.portal import ledger

    load(offer())
    edit("ins-one", **title("Ours"))
    load(offer(("ins-one", title("Ours"))))
    assert ledger.differences() == []
    load(offer(("ins-one", title("Theirs"))))
    assert content("ins-one")["title"] == {"en": "Theirs"}


def test_a_record_edited_here_stays_when_the_catalogue_drops_it(empty):
    from sse_observatory.portal import ledger

    load(offer())
    edit("evt-one", **title("Ours"))
    load(offer(("evt-one", None)))

    assert content("evt-one")["title"] == {"en": "Ours"}
    assert [d.nature for d in ledger.differences()] == ["only_here"]


def test_either_side_of_a_difference_can_be_taken(empty):
    from sse_observatory.portal import ledger

    load(offer())
    edit("ins-one", **title("Ours"))
    load(offer(("ins-one", title("Theirs"))))
    ledger.keep("ins-one", by="cy", why="ours is right")
    assert ledger.differences() == [] and [d.settled for d in ledger.differences(settled=True)] == [True]
    load(offer(("ins-one", title("Theirs, again"))))
    assert [d.id for d in ledger.differences()] == ["ins-one"]
    ledger.take("ins-one", by="cy", why="now theirs is")
    assert content("ins-one")["title"] == {"en": "Theirs, again"} and ledger.differences(settled=True) == []


def test_a_record_withdrawn_here_does_not_come_back(empty):
    from sse_observatory.portal import ledger
    from sse_observatory.portal.models import Revision

    load(offer())
    ledger.write("evt-one", "event", None, by="ana", why="it did not happen", how=Revision.How.RELEASED)
    load(offer(("evt-one", title("Renamed"))))

    assert content("evt-one") is None and [d.nature for d in ledger.differences()] == ["withdrawn_here"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("evt-one", {"instrument": "ins-two"}), "there is no record 'ins-two'"),
        (("ins-one", {"sources": []}), "no source"),
        (("ins-one", {"sources": ["elsewhere"]}), "there is no source 'elsewhere'"),
        (("ins-one", {"date": "2020-02-30"}), "look at the calendar"),
        (("ins-one", {"colour": "red"}), "has no field 'colour'"),
        (("act-assembly", {"actor_type": "club"}), "'club' is not a actor type"),
        (("act-assembly", None), "there is no record 'act-assembly'"),
    ],
)
def test_records_that_are_not_in_order_are_not_loaded_at_all(empty, change, told):
    from sse_observatory.portal.models import Record
    from sse_observatory.portal.records import NotInOrder

    load(offer())
    with pytest.raises(NotInOrder, match=told):
        load(offer(change, ("new-one", PENCIL[1] | {"id": "new-one"})))
    assert not Record.objects.filter(pk="new-one").exists()
    assert content("ins-one") == PENCIL[2]


def test_every_revision_is_kept_with_who_when_and_why(empty):
    from sse_observatory.portal import ledger

    load(offer())
    edit("ins-one", why="the symbol was wrong", symbol="A/RES/70/2")
    latest, first = ledger.history("ins-one")

    assert (latest.by, latest.why, latest.how) == ("ana", "the symbol was wrong", "released")
    assert latest.changed == (("symbol", "A/RES/70/1", "A/RES/70/2"),)
    assert first.how == "loaded" and first.content == PENCIL[2]


def test_a_change_is_seen_at_once_and_earlier_boards_do_not_change(empty):
    load(offer())
    before = empty.now()
    edit("ins-one", **title("Renamed"))

    assert empty.now().portfolio.get("ins-one").title.en == "Renamed"
    assert before.portfolio.get("ins-one").title.en == "One"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["edit", "catalogue", "drop", "withdraw", "keep", "take"]),
                                st.integers(0, 3)), max_size=12))
def test_whatever_happens_the_board_says_what_the_database_says_and_no_edit_is_lost(empty, steps):
    """Against a plain model: what the portal says, what it was offered, what somebody decided."""
    from django.db import transaction

    from sse_observatory.portal import ledger
    from sse_observatory.portal.models import Revision

    with transaction.atomic():
        empty._board = None
        theirs, ours = offer(), offer()
        load(theirs)
        for number, (step, at) in enumerate(steps):
            before = dict(ours)
            if step == "edit" and ours["ins-one"] is not None:
                ours["ins-one"] = ours["ins-one"] | title(f"Ours {at}")
                edit("ins-one", **title(f"Ours {at}"))
            elif step == "withdraw" and ours["evt-one"] is not None:
                ours["evt-one"] = None
                ledger.write("evt-one", "event", None, by="a", why="b", how=Revision.How.RELEASED)
            elif step in ("catalogue", "drop"):
                former, theirs = theirs, offer(*([("evt-one", None)] if step == "drop" else []),
                                               ("ins-one", title(f"Theirs {at}")))
                load(theirs, str(number))
                for identifier in ("ins-one", "evt-one"):
                    if before.get(identifier) == former.get(identifier):
                        ours[identifier] = theirs.get(identifier)
            elif step in ("keep", "take") and "ins-one" in {d.id for d in ledger.differences(settled=True)}:
                getattr(ledger, step)("ins-one", by="a", why="b")
                if step == "take":
                    ours["ins-one"] = theirs["ins-one"]
        held = {r.id: r for r in empty.now().portfolio.records.values()}
        assert set(held) == {i for i, c in ours.items() if c is not None and c["kind"] != "source"}
        assert held["ins-one"].title.en == ours["ins-one"]["title"]["en"]
        differing = {d.id for d in ledger.differences(settled=True)}
        assert differing == {i for i in ours if ours.get(i) != theirs.get(i)}
        transaction.set_rollback(True)
    empty._board = None


def test_an_export_loads_into_an_empty_database_and_exports_the_same(empty):
    from sse_observatory.portal import ledger
    from sse_observatory.portal.models import Record, Revision

    load({entry["id"]: entry for entry in generated(150)})
    edit("ins-g" + next(r.id for r in Record.objects.filter(kind="instrument")).removeprefix("ins-g"), **title("Ours"))
    gone = Record.objects.filter(kind="fact").first().pk
    ledger.write(gone, "fact", None, by="a", why="b", how=Revision.How.RELEASED)
    text = empty.exported()
    given = json.loads(text)
    Record.objects.all().delete()
    ledger.restore({e["id"]: e for e in given["records"]}, {e["id"]: e["kind"] for e in given["withdrawn"]})

    assert empty.exported() == text and given["withdrawn"] == [{"id": gone, "kind": "fact"}]


def test_an_export_does_not_overwrite_what_was_changed_here(empty):
    from sse_observatory.portal import ledger

    load(offer())
    exported = json.loads(empty.exported())["records"]
    edit("ins-one", **title("Ours"))
    done = ledger.restore({e["id"]: e for e in exported}, {})

    assert content("ins-one")["title"] == {"en": "Ours"} and done.differing == 1


# Proposing, accepting, releasing


def propose(account, identifier="ins-one", why="it is right", **changes):
    from sse_observatory.portal import ledger, proposals

    base = ledger.digest_of(content(identifier))
    return proposals.propose(account, identifier, content(identifier) | changes, why, base)


def act(account, proposal, action):
    from sse_observatory.portal import proposals

    return proposals.act(account, proposal.pk, action)


def test_a_change_reaches_readers_through_three_steps(people, empty):
    load(offer())
    made = propose(people["ana"], **title("Better"))
    assert content("ins-one")["title"] == {"en": "One"}
    act(people["bo"], made, "accept")
    assert content("ins-one")["title"] == {"en": "One"}
    act(people["cy"], made, "release")

    assert empty.now().portfolio.get("ins-one").title.en == "Better"


@pytest.mark.parametrize("who", ["bo", "cy", "el", "fy"])
def test_only_a_contributor_proposes(people, who):
    from sse_observatory.portal.proposals import Refused

    load(offer())
    with pytest.raises(Refused):
        propose(people[who], **title("Better"))


def test_nobody_takes_two_following_steps_not_even_with_every_role(people):
    from sse_observatory.portal.proposals import Refused

    load(offer())
    own = propose(people["di"], **title("Better"))
    with pytest.raises(Refused):
        act(people["di"], own, "accept")
    other = propose(people["ana"], **title("Best"))
    act(people["di"], other, "accept")
    with pytest.raises(Refused):
        act(people["di"], other, "release")


ACTIONS = ("accept", "release", "decline", "take_back")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(
    st.tuples(st.sampled_from(["ana", "bo", "cy", "di", "el", "fy"]), st.sampled_from(ACTIONS)), max_size=6,
))
def test_no_sequence_of_actions_releases_what_fewer_than_two_others_have_seen(people, empty, steps):
    from django.db import transaction

    from sse_observatory.portal.proposals import Refused

    with transaction.atomic():
        load(offer())
        made, done = propose(people["ana"], **title("Better")), []
        for who, action in steps:
            try:
                act(people[who], made, action)
                done.append((who, action))
            except Refused:
                pass
        made.refresh_from_db()
        seen = {who for who, action in done if action in ("accept", "release")}
        assert (made.stage == "released") == (content("ins-one")["title"] == {"en": "Better"})
        if made.stage == "released":
            assert len(seen) == 2 and made.accepted_by_id != made.closed_by_id != made.proposed_by_id
        transaction.set_rollback(True)
    empty._board = None


def test_a_proposal_about_a_record_that_has_changed_since_is_not_released(people):
    from sse_observatory.core import ObservatoryError

    load(offer())
    first, second = propose(people["ana"], **title("First")), propose(people["ana"], **title("Second"))
    for one in (first, second):
        act(people["bo"], one, "accept")
    act(people["cy"], first, "release")
    with pytest.raises(ObservatoryError, match="has changed since"):
        act(people["cy"], second, "release")
    second.refresh_from_db()

    assert content("ins-one")["title"] == {"en": "First"} and second.stage == "accepted"


@pytest.mark.parametrize(
    ("changes", "why", "told"),
    [({"title": {}}, "x", "empty in every language"), ({"date": "soon"}, "x", "is not a date"),
     ({"body": "act-nobody"}, "x", "there is no record"), ({}, "x", "Nothing was changed"),
     ({"title": {"en": "Better"}}, "  ", "needs a reason")],
)
def test_a_proposal_that_is_not_in_order_is_not_kept(people, changes, why, told):
    from sse_observatory.core import ObservatoryError
    from sse_observatory.portal.models import Proposal

    load(offer())
    with pytest.raises(ObservatoryError, match=told):
        propose(people["ana"], why=why, **changes)
    assert not Proposal.objects.exists()


def test_withdrawing_what_another_record_needs_is_refused(people):
    from sse_observatory.portal import ledger, proposals
    from sse_observatory.portal.records import NotInOrder

    load(offer())
    with pytest.raises(NotInOrder, match="ins-one"):
        proposals.propose(people["ana"], "ins-one", None, "gone", ledger.digest_of(content("ins-one")))


# PostgreSQL


BIN = next((Path(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)

SCRIPT = """
import json, os, sys
from sse_observatory.portal.server import open_database
open_database()
from sse_observatory.portal import ledger, records, accounts, proposals, finding
from sse_observatory.portal.models import Record
given = json.loads(sys.stdin.read())
records._prepared = True
done = [ledger.load(given["first"], "1"), ledger.load(given["first"], "1")]
roles = (("ana", "contributor"), ("bo", "validator"), ("cy", "publisher"))
people = [accounts.add(name, [role])[0] for name, role in roles]
row = Record.objects.get(pk="ins-one")
made = proposals.propose(people[0], "ins-one", row.content | {"title": {"en": "Ours ‘é’"}}, "why", row.digest)
proposals.act(people[1], made.pk, "accept")
proposals.act(people[2], made.pk, "release")
done.append(ledger.load(given["second"], "2"))
print(json.dumps({
    "done": [[d.created, d.updated, d.withdrawn, d.differing] for d in done],
    "differences": [[d.id, d.nature, d.fields] for d in ledger.differences()],
    "title": records.now().portfolio.get("ins-one").title.en,
    "history": [[p.how, p.by, p.why] for p in ledger.history("ins-one")],
    "version": ledger.version(), "export": records.exported(),
}, default=str, sort_keys=True))
"""


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """The address of a PostgreSQL server that lives as long as the tests; a user of its own, since it refuses root."""
    import pwd

    missing = None
    if BIN is None or not (BIN / "initdb").exists():
        missing = "PostgreSQL is not installed: apt-get install postgresql"
    elif os.environ.get("SSE_NO_PSYCOPG") or not __import__("importlib.util", fromlist=["util"]).find_spec("psycopg"):
        missing = "psycopg is not installed: pip install 'sse-observatory[postgres]'"
    if missing:
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    folder = Path(__import__("tempfile").mkdtemp(prefix="sse-pg-"))
    as_user = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]

    def run(program, *arguments):
        subprocess.run([*as_user, str(BIN / program), *arguments], check=True, capture_output=True, cwd=folder)

    run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
    run("pg_ctl", "-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o",
        f"-k {folder} -c listen_addresses='' -c fsync=off", "start")
    yield lambda name: (run("createdb", "-h", str(folder), "-U", "postgres", name),
                        f"postgresql://postgres@/{name}?host={folder}")[1]
    run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def run_script(script, folder, url, given=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(given or {}), text=True, capture_output=True, timeout=120,
        env=kept | {"SSE_VAR": str(folder), "SSE_PORTAL_DATABASE_URL": url}, check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_postgresql_and_sqlite_keep_the_same(postgresql, tmp_path):
    given = {"first": offer(), "second": offer(("ins-one", title("Theirs")), ("evt-one", None))}
    on_server = json.loads(run_script(SCRIPT, tmp_path / "a", postgresql("same"), given))
    on_file = json.loads(run_script(SCRIPT, tmp_path / "b", f"sqlite:///{tmp_path}/b/x.sqlite3", given))

    assert on_server == on_file
    assert on_server["done"] == [[4, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]]
    assert on_server["title"] == "Ours ‘é’"


RACE = """
import sys
from sse_observatory.portal.server import open_database
open_database()
from sse_observatory.portal import ledger, records
from sse_observatory.portal.models import Record, Revision
records._prepared = True
me = sys.stdin.read()
for n in range(8):
    row = Record.objects.get(pk="ins-one")
    ledger.write("ins-one", "instrument", row.content | {"title": {"en": f"{me} {n}"}}, by="x", why="y", how="released")
"""


def test_changes_made_at_the_same_moment_come_one_after_the_other(postgresql, tmp_path):
    url = postgresql("race")
    start = "from sse_observatory.portal.server import open_database; open_database()\n" \
            "import sys, json; from sse_observatory.portal import ledger, records; records._prepared = True\n" \
            "ledger.load(json.loads(sys.stdin.read()), '1')"
    run_script(start, tmp_path, url, offer())
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    writers = [
        subprocess.Popen([sys.executable, "-c", RACE], stdin=subprocess.PIPE, text=True, stderr=subprocess.PIPE,
                         env=kept | {"SSE_VAR": str(tmp_path), "SSE_PORTAL_DATABASE_URL": url})
        for _ in range(3)
    ]
    for number, writer in enumerate(writers):  # all of them start writing now
        writer.stdin.write(str(number))
        writer.stdin.close()
    for writer in writers:
        assert writer.wait(timeout=120) == 0, writer.stderr.read()
        writer.stderr.close()
    told = run_script(
        "from sse_observatory.portal.server import open_database; open_database()\n"
        "from sse_observatory.portal import ledger; from sse_observatory.portal.models import Revision\n"
        "print(ledger.version(), sorted(Revision.objects.filter(how='released').values_list('version', flat=True)))",
        tmp_path, url,
    )

    assert told.strip() == f"25 {list(range(2, 26))}"


def test_a_server_that_does_not_answer_is_said_to_without_its_password(tmp_path):
    pytest.importorskip("psycopg")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    url = "postgresql://me:secret@127.0.0.1:1/none"
    done = subprocess.run([sys.executable, "-m", "sse_observatory.cli", "records", "diff"], text=True, timeout=60,
                          capture_output=True, check=False, cwd=tmp_path, env=kept | {"SSE_PORTAL_DATABASE_URL": url})

    assert done.returncode == 7 and "cannot be used" in done.stderr and "secret" not in done.stderr


@pytest.mark.parametrize("url", ["postgresql://me:secret@host", "postgresql://me:secret@host:port/x",
                                 "postgresql://me:secret@host/x?sslmode=require&unknown=1", "sqlite://host/x", "mysql://x/y"])
def test_an_address_that_cannot_be_used_is_said_so_without_its_password(url, tmp_path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    done = subprocess.run([sys.executable, "-m", "sse_observatory.cli", "records", "diff"], text=True, timeout=60,
                          capture_output=True, check=False, cwd=tmp_path, env=kept | {"SSE_PORTAL_DATABASE_URL": url})

    assert done.returncode == 1 and "SSE_PORTAL_DATABASE_URL" in done.stderr and "secret" not in done.stderr
