"""A public process that gives up, before it answers anyone, the right to open files it has no business with.

Linux's Landlock lets a process restrict itself without being root: from then on it can read its own
code, the system's libraries and fonts and the releases, and write to its own folder, and nothing else -
microdata included, wherever they are, without having to know where. Elsewhere the folder's owner must
run the portal as another user; `confine` says so. See the kernel's userspace-api/landlock.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

import sse_observatory

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38
_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, list a folder
_WRITE = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))
_ADDED = {2: 1 << 13, 3: 1 << 14}  # move between folders, truncate: known from these versions on
_FOLDER_ONLY = _READ & ~0b101 | _WRITE & ~(1 << 1) | 1 << 13

SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc", "/proc", "/sys/devices/system/cpu", "/sys/fs/cgroup")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """The version of Landlock this kernel offers; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(int(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))), 0)


def confine(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Give up every file but the code, the system's own, `readable` and `writable`; True where that took effect.

    It cannot be undone and holds for every thread and process started afterwards, so call it before any. Paths that
    do not exist are left out. False where the kernel has no Landlock: the caller should say what to do instead.
    """
    offered = version()
    if not offered:
        return False
    libc = _libc()
    handled = _READ | _WRITE | sum(bit for since, bit in _ADDED.items() if offered >= since)
    attributes = struct.pack("Q", handled)
    ruleset = libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    code = [Path(sys.prefix), Path(sys.base_prefix), Path(sse_observatory.__file__).parent]
    try:
        for path in (*map(Path, SYSTEM), *code, *readable):
            _allow(libc, ruleset, path, _READ)
        for path in (*map(Path, DEVICES), *writable):
            _allow(libc, ruleset, path, handled)
        if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
            return False
        return not libc.syscall(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        granted = rights if path.is_dir() else rights & ~_FOLDER_ONLY
        libc.syscall(
            _ADD_RULE,
            ctypes.c_int(ruleset),
            ctypes.c_int(_PATH_BENEATH),
            struct.pack("=Qi", granted, handle),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(handle)
