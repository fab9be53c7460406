"""The folder an engine spills to when memory runs out: closed to others, and gone with the engine.

What is spilled are rows of microdata, so the folder is readable by its owner alone and must not outlive its process.
It is removed when the engine is closed, forgotten or the interpreter ends. A process that was killed cannot do that:
the next one that spills to the same place does it. Whether a process still lives is told by a lock that the kernel
frees when its holder dies; process numbers would not do, because they are given out again and because containers
that share a folder count them separately.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sse_observatory.core import ObservatoryError

_PREFIX = "sse-spill-"
_OURS = re.compile(_PREFIX + r"\d+-\w+")
_LOCK = "lock"
_swept: set[Path] = set()


@dataclass(frozen=True, slots=True)
class Spill:
    """A folder of one engine's own, and the lock that says its process lives."""

    path: Path
    lock: int
    process: int

    @classmethod
    def under(cls, base: Path | None) -> Spill:
        """A new folder under `base` (the system's temporary folder where it is None), made if it is not there.

        What dead processes left in `base` is removed first. Raises ObservatoryError where nothing can be written.
        """
        try:
            base = Path(tempfile.gettempdir()) if base is None else base
            base.mkdir(parents=True, exist_ok=True)
            if base not in _swept:
                sweep(base)
                _swept.add(base)
            while True:
                path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))
                lock = _locked(path)
                if lock is not None:
                    return cls(path, lock, os.getpid())
        except OSError as error:
            raise ObservatoryError(
                f"The engine cannot spill to {base or 'the temporary folder'}: {error.strerror}.",
                "Choose a folder with room that you can write to; TMPDIR names the temporary folder.",
            ) from error

    def remove(self) -> None:
        """Remove the folder with all that is in it, once. A forked child leaves it to its parent."""
        if os.getpid() == self.process:
            shutil.rmtree(self.path, ignore_errors=True)
            with suppress(OSError):
                os.close(self.lock)


def sweep(base: Path) -> None:
    """Remove the folders of this user in `base` whose processes are dead."""
    with suppress(OSError), os.scandir(base) as entries:
        for entry in entries:
            if not _OURS.fullmatch(entry.name):
                continue
            with suppress(OSError):
                if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_uid != os.getuid():
                    continue
                lock = os.open(Path(entry.path, _LOCK), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(entry.path, ignore_errors=True)
                finally:
                    os.close(lock)


def _locked(path: Path) -> int | None:
    """A lock on a new folder; None where somebody who sweeps was faster."""
    file = path / _LOCK
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(file.stat(), os.fstat(lock)):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:
        return lock  # a file system without locks: nobody can sweep there either
    os.close(lock)
    return None
