"""A publisher may be killed at any instruction: the store is always wholly the old release or the new one."""

import contextlib
import itertools
import os
import random
import shutil
import signal
import time

import pytest

from sse_observatory.core import Busy, Damaged, ObservatoryError
from sse_observatory.releases import Releases
from sse_observatory.releases.storage import Folder
from support.releases import cleared, publish, sample_draft

KILLS = 200


@contextlib.contextmanager
def forked(work):
    """A child process doing `work`; it is killed and waited for at the end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(3)
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def contents(releases):
    """What a reader sees of the process: its current release, and both dataflows if they agree on it."""
    [ref] = releases.current()
    rows = {}
    for name in ref.dataflows:
        opened = releases.open(name)
        assert opened.releases == (ref,)
        assert set(opened.observations["RELEASE"].to_pylist()) == {ref.id}
        rows[name] = opened.observations.drop_columns(["PROCESS", "RELEASE"])
    return ref.id, rows


@pytest.fixture
def two(tmp_path):
    """Two drafts with their audits, and what a reader sees of each."""
    drafts = [(d, cleared(d)) for d in (sample_draft(), sample_draft(n=7))]
    seen = {}
    for i, (draft, audit) in enumerate(drafts):
        releases = Releases(tmp_path / f"alone{i}")
        releases.publish(draft, audit)
        release, rows = contents(releases)
        seen[release] = rows
    assert len(seen) == 2
    return drafts, seen


def test_200_kills_at_random_moments_leave_the_old_or_the_new_release_whole(tmp_path, two):
    drafts, seen = two
    store = tmp_path / "store"
    Releases(store).publish(*drafts[0])
    rng = random.Random(20181019)
    switched, in_the_middle = set(), 0
    entered, entering = os.pipe()

    def publish_alternately():
        # The moment of a kill is counted from the taking of the lock, so that it does not depend on the machine's load.
        clean = Folder._clean
        Folder._clean = lambda self: (os.write(entering, b"x"), clean(self))
        releases = Releases(store)
        for draft, audit in itertools.cycle(drafts):
            releases.publish(draft, audit)

    for _ in range(KILLS):
        with forked(publish_alternately) as child:
            for _ in range(rng.randint(1, 2)):
                os.read(entered, 1)
            time.sleep(rng.uniform(0.0, 0.02))
            os.kill(child, signal.SIGKILL)
        os.set_blocking(entered, False)
        with contextlib.suppress(BlockingIOError):
            while os.read(entered, 100):
                pass
        os.set_blocking(entered, True)
        release, rows = contents(Releases(store))
        assert rows == seen[release]
        switched.add(release)
        in_the_middle += any((store / "tmp").iterdir())
        # Each worker shall write objects again, not switch pointers only.
        forget_all_but(store, release)
        drafts.reverse()
    os.close(entered)
    os.close(entering)
    assert switched == set(seen) and in_the_middle > KILLS / 20, "the kills missed the moments that matter"

    publish(Releases(store), sample_draft(n=8))
    assert list((store / "tmp").iterdir()) == []
    kept = {ref.id for ref in Releases(store).verify()}
    assert kept == {p.name for p in (store / "objects").iterdir()}
    assert kept == {p.release.id for p in Releases(store).history()}


def forget_all_but(store, release):
    """Make the other release unknown, so that the next worker writes it anew."""
    log = store / "log.jsonl"
    lines = [line for line in log.read_text().splitlines(keepends=True) if release in line]
    log.write_text("".join(lines[-1:]))
    for folder in (store / "objects").iterdir():
        if folder.name != release:
            shutil.rmtree(folder)


CALLS = ("fsync", "truncate", "mkdir", "unlink", "rename", "replace", "write")


def kill_self_at(call: int):
    """Make the process kill itself at its n-th call that changes the disk."""
    left = [call]
    for name in CALLS:
        real = getattr(os, name)

        def counted(*args, _real=real, **kwargs):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return _real(*args, **kwargs)

        setattr(os, name, counted)


def test_a_kill_at_each_single_step_leaves_the_old_or_the_new_release_and_the_next_publisher_cleans_up(tmp_path, two):
    drafts, seen = two
    (old, _), new = drafts[0], drafts[1]
    outcomes = []
    for step in range(1, 200):
        store = tmp_path / f"step{step}"
        first = publish(Releases(store), old)

        def interrupted(store=store, step=step):
            kill_self_at(step)
            Releases(store).publish(*new)
            os._exit(0)

        with forked(interrupted) as child:
            _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        release, rows = contents(Releases(store))
        assert rows == seen[release]
        outcomes.append("old" if release == first.id else "new")

        third = publish(Releases(store), sample_draft(n=9))
        releases = Releases(store)
        assert list((store / "tmp").iterdir()) == []
        assert {r.id for r in releases.verify()} == {first.id, third.id} | ({release} - {first.id})
        assert [p.release.id for p in releases.history()] == (
            [first.id, third.id] if release == first.id else [first.id, release, third.id])
    else:
        pytest.fail("the publisher never finished")
    # It writes seven files, each with an fsync, and switches once: from old to new, never back.
    assert len(outcomes) > 20
    assert outcomes == sorted(outcomes, key=["old", "new"].index) and set(outcomes) == {"old", "new"}


def test_a_publication_stopped_after_the_switch_is_written_into_the_history_by_the_next_one(tmp_path, monkeypatch):
    releases = Releases(tmp_path)
    first = publish(releases, sample_draft())
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "_append", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(ObservatoryError, match="could not be written: No space left on device"):
            publish(releases, sample_draft(n=1))
    [second] = releases.current()
    assert second != first

    third = publish(releases, sample_draft(n=2))

    assert [(p.release, p.interrupted) for p in releases.history()] == [
        (first, False), (second, True), (third, False)]


def test_a_line_of_the_log_that_was_never_finished_is_dropped(tmp_path):
    releases = Releases(tmp_path)
    first = publish(releases, sample_draft())
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"at":"2026-')

    assert [p.release for p in releases.history()] == [first]
    second = publish(releases, sample_draft(n=1))
    assert [p.release for p in releases.history()] == [first, second]


def test_a_damaged_log_is_told(tmp_path):
    publish(Releases(tmp_path), sample_draft())
    (tmp_path / "log.jsonl").write_text("not json\n")

    with pytest.raises(Damaged, match=r"log\.jsonl"):
        Releases(tmp_path).history()


def test_a_damaged_pointer_is_told_and_written_again_by_the_next_publisher(tmp_path):
    releases = Releases(tmp_path)
    ref = publish(releases, sample_draft())
    (tmp_path / "current" / "sample").write_text("")

    with pytest.raises(Damaged, match="pointer to the current release of sample"):
        releases.current()
    publish(releases, sample_draft("kenya", "KEN"))
    assert ref in releases.current()


def test_a_lost_log_costs_no_release(tmp_path):
    releases = Releases(tmp_path)
    first = publish(releases, sample_draft())
    publish(releases, sample_draft(n=1))
    (tmp_path / "log.jsonl").unlink()

    publish(releases, sample_draft(n=2))

    assert first in releases.verify()


def test_two_publishers_at_once_the_second_waits(tmp_path):
    folder = Folder(tmp_path)
    holding, told = os.pipe()

    def hold():
        with folder.locked(5):
            os.write(told, b"x")
            time.sleep(0.3)

    with forked(hold):
        os.read(holding, 1)
        with pytest.raises(Busy) as caught:
            publish(Releases(tmp_path, wait_seconds=0.05), sample_draft())
        assert caught.value.retry
        assert publish(Releases(tmp_path, wait_seconds=20), sample_draft()).process == "sample"
    os.close(holding)
    os.close(told)


def test_the_lock_of_a_killed_publisher_is_free_at_once(tmp_path):
    holding, told = os.pipe()

    def hold():
        with Folder(tmp_path).locked(5):
            os.write(told, b"x")
            time.sleep(60)

    with forked(hold) as child:
        os.read(holding, 1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        publish(Releases(tmp_path, wait_seconds=0), sample_draft())
    os.close(holding)
    os.close(told)
