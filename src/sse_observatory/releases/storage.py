"""Where releases are kept: the one class that knows it is a folder.

::

    objects/<release id>/…   the files of a release; never changed once they are there
    current/<process>        one line, the id of the process's current release; switched by rename
    log.jsonl                one line for each switch, with its time
    tmp/                     what a publisher is still writing; markers of objects not yet in the log
    lock                     held, by flock, while publishing: the kernel frees it when its holder dies

A publisher may be killed at any instruction. Readers see a pointer only after everything it leads to
is on disk; the next publisher removes what was left behind.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from sse_observatory.core import Busy, Damaged, NotFound, ObservatoryError

_ID = re.compile(r"[0-9a-f]{64}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_TO_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Storage(Protocol):
    """What `Releases` asks of the place where they are kept; an object store would offer the same."""

    def locked(self, wait_seconds: float) -> contextlib.AbstractContextManager[None]:
        """Be the only publisher; what an interrupted one left is cleaned first. Raises Busy."""

    def put(self, release: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a release, whole or not at all."""

    def get(self, release: str, name: str) -> bytes:
        """One file of a release. Raises Damaged."""

    def names(self, release: str) -> tuple[str, ...]:
        """The names of the files of a release. Raises NotFound."""

    def switch(self, process: str, release: str) -> None:
        """Make a release the current one of its process, and write that in the log."""

    def pointers(self) -> dict[str, str]:
        """The current release of each process, as they were at one moment."""

    def log(self) -> list[dict[str, Any]]:
        """The entries of the log, oldest first."""

    def releases(self) -> tuple[str, ...]:
        """The ids of all releases kept."""


class Pinned:
    """A storage whose pointers stay as they were; nothing can be published to it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._pointers = storage.pointers()
        self.put = storage.put
        self.get = storage.get
        self.names = storage.names
        self.log = storage.log
        self.releases = storage.releases
        self.switch = storage.switch

    def pointers(self) -> dict[str, str]:
        """The current release of each process, when this was made."""
        return dict(self._pointers)

    def locked(self, wait_seconds: float) -> contextlib.AbstractContextManager[None]:
        """Refused."""
        raise ObservatoryError("these releases are pinned to one moment", "Publish to those they were taken from.")


def storage_at(url: str | os.PathLike[str]) -> Storage:
    """The storage at a folder's path or file:// URL. Raises ObservatoryError for any other scheme."""
    if isinstance(url, os.PathLike):
        return Folder(Path(url))
    if url.startswith("file:"):
        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost"):
            raise ObservatoryError(f"{url} names another machine", "Write file:///folder for a folder of this one.")
        return Folder(Path(unquote(parts.path)))
    if _SCHEME.match(url):
        raise ObservatoryError(f"releases cannot be kept at {url.split(':')[0]}: addresses yet",
                               "Give the path of a folder, or a file:// address.")
    if not url:
        raise ObservatoryError("no folder was given for the releases", "Give the path of a folder.")
    return Folder(Path(url))


class Folder:
    """Releases in a folder of a POSIX file system on which rename is atomic and flock works."""

    def __init__(self, root: Path) -> None:
        if root.exists() and not root.is_dir():
            raise ObservatoryError(f"{root.name} is not a folder", "Give the path of a folder for the releases.")
        self.root = root

    # Reading: never creates anything, so that a reader needs no right to write.

    def pointers(self) -> dict[str, str]:
        """The current release of each process, as they were at one moment. Raises Damaged."""
        before = self._pointers()
        while True:
            # Two equal looks in a row are a state that existed: pointers are switched one at a time.
            after = self._pointers()
            if after == before:
                return after
            before = after

    def _pointers(self) -> dict[str, str]:
        found = {}
        for name in sorted(_listed(self.root / "current")):
            release = _pointed_at(self.root / "current" / name)
            if not _ID.fullmatch(release):
                raise Damaged(f"the pointer to the current release of {name} is not a release id",
                              "Publish any process: the pointer is then written again from the log.")
            found[name] = release
        return found

    def releases(self) -> tuple[str, ...]:
        """The ids of all releases kept."""
        return tuple(sorted(n for n in _listed(self.root / "objects") if _ID.fullmatch(n)))

    def names(self, release: str) -> tuple[str, ...]:
        """The names of the files of a release. Raises NotFound."""
        folder = self.root / "objects" / release
        if not _ID.fullmatch(release) or not folder.is_dir():
            raise NotFound(f"there is no release {release}", "List the releases with `observatory releases`.")
        return tuple(sorted(_listed(folder)))

    def get(self, release: str, name: str) -> bytes:
        """One file of a release. Raises Damaged."""
        try:
            return (self.root / "objects" / release / name).read_bytes()
        except FileNotFoundError as error:
            raise Damaged(f"release {release[:12]}: {name} is missing",
                          "Restore the folder from a copy, or publish the same draft again.") from error
        except OSError as error:
            raise Damaged(f"release {release[:12]}: {name} cannot be read: {error.strerror}",
                          "See to the rights of the folder of releases.") from error

    def log(self) -> list[dict[str, Any]]:
        """The entries of the log, oldest first; a last line that was never finished is not one."""
        try:
            data = (self.root / "log.jsonl").read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Damaged(f"log.jsonl cannot be read: {error.strerror}",
                          "See to the rights of the folder of releases, or restore the file from a copy.") from error
        whole = data[: data.rfind(b"\n") + 1]
        try:
            return [json.loads(line) for line in whole.splitlines()]
        except ValueError as error:
            raise Damaged(f"log.jsonl cannot be read: {error}", "Restore it from a copy.") from error

    # Writing

    @contextlib.contextmanager
    def locked(self, wait_seconds: float) -> Iterator[None]:
        """Be the only publisher; what an interrupted one left is cleaned first. Raises Busy."""
        for name in ("objects", "current", "tmp"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            deadline = time.monotonic() + wait_seconds
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise Busy("another process is publishing to these releases",
                                   "Try again when it has finished.") from None
                    time.sleep(0.02)
            self._clean()
            yield
        finally:
            os.close(handle)

    def _clean(self) -> None:
        """Remove what an interrupted publisher left. A marker names an object that no log entry vouches for yet."""
        log = self._mended_log()
        last = {entry["process"]: entry["release"] for entry in log}
        pointers = self._mended_pointers(last)
        for process, release in pointers.items():
            if last.get(process) != release:
                # Killed between the switch and the log: the switch happened.
                self._append({"process": process, "release": release, "interrupted": True})
        known = {entry["release"] for entry in log} | set(pointers.values())
        for name in _listed(self.root / "tmp"):
            if name.startswith("new-") and name[4:] not in known and _ID.fullmatch(name[4:]):
                shutil.rmtree(self.root / "objects" / name[4:], ignore_errors=True)
                _sync_folder(self.root / "objects")
            _remove(self.root / "tmp" / name)

    def _mended_pointers(self, last: Mapping[str, str]) -> dict[str, str]:
        """The pointers; one that is damaged is written again from the log."""
        found = {}
        for name in _listed(self.root / "current"):
            path = self.root / "current" / name
            release = _pointed_at(path)
            if not _ID.fullmatch(release):
                release = last.get(name, "")
                _remove(path)
                if not release:
                    continue
                self._write_and_rename(f"{release}\n".encode(), path)
            found[name] = release
        return found

    def _mended_log(self) -> list[dict[str, Any]]:
        path = self.root / "log.jsonl"
        if path.exists():
            data = path.read_bytes()
            whole = data.rfind(b"\n") + 1
            if whole != len(data):
                os.truncate(path, whole)
        return self.log()

    def put(self, release: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a release, whole or not at all; damaged ones of the same release are mended."""
        target = self.root / "objects" / release
        if target.is_dir() and not target.is_symlink():
            for name, data in files.items():
                path = target / name
                if not _holds(path, data):
                    if path.is_dir() and not path.is_symlink():
                        _remove(path)
                    self._write_and_rename(data, path)
            for name in set(_listed(target)) - set(files):
                _remove(target / name)
            return
        if target.is_symlink() or target.exists():
            _remove(target)
        (self.root / "tmp" / f"new-{release}").touch()
        _sync_folder(self.root / "tmp")
        draft = self.root / "tmp" / secrets.token_hex(8)
        draft.mkdir()
        for name, data in files.items():
            _write(draft / name, data)
        _sync_folder(draft)
        draft.rename(target)
        _sync_folder(self.root / "objects")

    def switch(self, process: str, release: str) -> None:
        """Make a release the current one of its process, and write that in the log."""
        self._write_and_rename(f"{release}\n".encode(), self.root / "current" / process)
        self._append({"process": process, "release": release})
        (self.root / "tmp" / f"new-{release}").unlink(missing_ok=True)

    def _append(self, entry: Mapping[str, Any]) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"at": now, **entry}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        handle = os.open(self.root / "log.jsonl", _TO_APPEND, 0o644)
        try:
            if os.write(handle, line) != len(line):  # the next publisher removes the part and writes it again
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
        _sync_folder(self.root)

    def _write_and_rename(self, data: bytes, target: Path) -> None:
        draft = self.root / "tmp" / secrets.token_hex(8)
        _write(draft, data)
        draft.replace(target)
        _sync_folder(target.parent)


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []
    except PermissionError as error:
        raise ObservatoryError(f"{folder.name}: the folder cannot be opened: {error.strerror}",
                               "See to the rights of the folder of releases.") from error


def _pointed_at(path: Path) -> str:
    """What a pointer says; a link is none, whatever it leads to."""
    if path.is_symlink() or not path.is_file():
        return ""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except PermissionError as error:
        raise ObservatoryError(f"the pointer to the current release of {path.name} cannot be read: {error.strerror}",
                               "See to the rights of the folder of releases.") from error


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file of the folder itself, not one it links to, has these bytes."""
    try:
        return not path.is_symlink() and path.read_bytes() == data
    except OSError:
        return False


def _remove(path: Path) -> None:
    """Remove a file, a link (never what it leads to) or a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
