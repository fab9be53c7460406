"""A full disk at every step, links in the folder, things that are no files: the old or the new release, whole."""

import errno
import os
import tempfile
import threading
from pathlib import Path

import pytest

from releases.test_interruption import contents
from sse_observatory.core import Damaged, ObservatoryError
from sse_observatory.releases import Releases, storage
from support.releases import cleared, publish, sample_draft

FIRST, SECOND = sample_draft(), sample_draft(n=7)


class Full:
    """A disk that is full from the nth write on; what does not fit is written in part."""

    def __init__(self, monkeypatch, steps: int) -> None:
        self.left = steps
        self.before_write, self.before_append = storage._write, os.write
        monkeypatch.setattr(storage, "_write", self.write)
        monkeypatch.setattr(storage.os, "write", self.append)

    def full(self) -> bool:
        self.left -= 1
        return self.left < 0

    def write(self, path, data):
        full = self.full()
        self.before_write(path, data[: len(data) // 2] if full else data)
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def append(self, handle, data):
        return self.before_append(handle, data[: len(data) // 2] if self.full() else data)


def test_a_disk_that_is_full_at_any_step_leaves_the_old_or_the_new_release_whole(tmp_path):
    steps, failed = 0, True
    while failed:
        folder = tmp_path / str(steps)
        publish(Releases(folder), FIRST)
        old, new = contents(Releases(folder))[0], None
        with pytest.MonkeyPatch.context() as patch:
            Full(patch, steps)
            try:
                new = publish(Releases(folder), SECOND).id
                failed = False
            except ObservatoryError as error:
                assert "could not be written: No space left on device" in error.what
                assert "publish again" in error.todo
        seen, _ = contents(Releases(folder))
        assert new is None or seen == new
        assert seen == old or steps > 3, "the pointer was moved before the files were there"

        after = publish(Releases(folder), SECOND).id
        assert contents(Releases(folder))[0] == after
        assert [ref.id for ref in Releases(folder).verify()] and not list((folder / "tmp").iterdir())
        assert [entry["release"] for entry in Releases(folder).storage.log()] == [old, after]
        steps += 1
    assert steps > 5


@pytest.fixture
def elsewhere(tmp_path):
    """A folder the releases have no business in."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "precious").write_text("precious")
    yield folder
    assert [(p.name, p.read_text()) for p in folder.iterdir()] == [("precious", "precious")]


def test_links_left_among_the_drafts_are_removed_and_not_followed(tmp_path, elsewhere):
    place = tmp_path / "releases"
    publish(Releases(place), FIRST)
    (place / "tmp" / "folder").symlink_to(elsewhere)
    (place / "tmp" / "file").symlink_to(elsewhere / "precious")
    (place / "tmp" / "nowhere").symlink_to(elsewhere / "absent")

    publish(Releases(place), SECOND)

    assert not list((place / "tmp").iterdir())


@pytest.mark.parametrize("name", ["lock", "log.jsonl"])
def test_a_link_in_the_place_of_the_lock_or_the_log_is_not_written_through(tmp_path, elsewhere, name):
    place = tmp_path / "releases"
    publish(Releases(place), FIRST)
    (place / name).unlink()
    (place / name).symlink_to(elsewhere / "absent")

    with pytest.raises(ObservatoryError, match="could not be written"):
        publish(Releases(place), SECOND)


def test_a_release_that_is_a_link_is_written_again_beside_what_it_led_to(tmp_path, elsewhere):
    place = tmp_path / "releases"
    ref = publish(Releases(place), FIRST)
    release = place / "objects" / ref.id
    release.rename(tmp_path / "moved")
    release.symlink_to(elsewhere)

    with pytest.raises(Damaged):
        Releases(place).open("DF_COOP_UNITS")
    publish(Releases(place), FIRST)

    assert not release.is_symlink()
    assert Releases(place).verify() == (ref,)


def test_a_file_of_a_release_that_is_a_link_or_a_folder_is_written_again(tmp_path, elsewhere):
    place = tmp_path / "releases"
    ref = publish(Releases(place), FIRST)
    release = place / "objects" / ref.id
    copy = tmp_path / "copy"
    (release / "quality.json").rename(copy)
    (release / "quality.json").symlink_to(copy)
    (release / "structure.json").unlink()
    (release / "structure.json").mkdir()
    (release / "stray").mkdir()
    (release / "stray-link").symlink_to(elsewhere)

    with pytest.raises(Damaged):
        Releases(place).verify()
    publish(Releases(place), FIRST)

    assert not (release / "quality.json").is_symlink() and copy.exists()
    assert Releases(place).verify() == (ref,)


@pytest.mark.parametrize("make", [
    lambda path, other: path.symlink_to(other),
    lambda path, other: path.mkdir(),
    lambda path, other: path.write_bytes(b"\xff\xfe"),
])  # fmt: skip
def test_a_pointer_that_is_no_file_of_its_own_is_told_and_written_again(tmp_path, make):
    place = tmp_path / "releases"
    ref = publish(Releases(place), FIRST)
    pointer = place / "current" / ref.process
    other = tmp_path / "pointer"
    pointer.rename(other)
    make(pointer, other)

    with pytest.raises(Damaged, match="is not a release id"):
        Releases(place).current()
    publish(Releases(place), FIRST)

    assert pointer.is_file() and not pointer.is_symlink()
    assert Releases(place).current() == (ref,)


@pytest.fixture
def as_somebody():
    """A folder of somebody who is not the administrator, to whom nothing is forbidden."""
    with tempfile.TemporaryDirectory() as name:
        administrator = os.geteuid() == 0
        first = Releases(Path(name) / "warm")  # what is read the first time is loaded with the rights one has now
        publish(first, FIRST)
        contents(first)
        if administrator:
            os.chown(name, 65534, -1)
            os.seteuid(65534)
        yield Path(name) / "releases"
        if administrator:
            os.seteuid(0)


@pytest.mark.parametrize("name", ["objects", "current", "tmp"])
def test_a_folder_that_may_only_be_read_is_told_and_still_read(as_somebody, name):
    publish(Releases(as_somebody), FIRST)
    before = contents(Releases(as_somebody))
    (as_somebody / name).chmod(0o500)

    with pytest.raises(ObservatoryError, match="could not be written: Permission denied"):
        publish(Releases(as_somebody), SECOND)

    assert contents(Releases(as_somebody)) == before
    (as_somebody / name).chmod(0o700)


@pytest.mark.parametrize(("call", "told"), [
    ("iterdir", "the folder cannot be opened: Permission denied"),
    ("read_text", "cannot be read: Permission denied"),
])  # fmt: skip
def test_a_folder_that_may_not_be_read_is_told(tmp_path, monkeypatch, call, told):
    publish(Releases(tmp_path), FIRST)

    def refused(self, *_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(f"pathlib.Path.{call}", refused)
    with pytest.raises(ObservatoryError, match=told):
        Releases(tmp_path).current()


def test_publishers_of_several_processes_at_once_lose_nothing(tmp_path):
    drafts = [sample_draft(n=n) for n in range(1, 7)]
    errors = []

    def work(draft):
        try:
            Releases(tmp_path).publish(draft, cleared(draft))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not errors
    releases = Releases(tmp_path)
    log = releases.storage.log()
    assert len(log) == len({entry["release"] for entry in log}) == len(drafts)
    assert releases.current()[0].id == log[-1]["release"]
    assert len(releases.verify()) == len(drafts)
