"""Snapshots: the files of a register exactly as they arrived, kept by content in the restricted folder.

Nothing is corrected in place: reading starts from the stored bytes. The id of a snapshot is the hash of its contents
and of how they were described; what may leave the office is its *public id*, keyed with the installation's key, so that
nobody can test a guess about the content against it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sse_observatory.catalogue.sources import Layout, Source
from sse_observatory.core import Damaged, InputError, ObservatoryError, canonical, content_hash, file_hash, keyed_hash
from sse_observatory.engine import Engine

TABLE = "register_snapshots"
_KEY = "installation.key"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a snapshot: its name as given, the part of the layout it is, its SHA-256, bytes, and where it is."""

    name: str
    part: str
    sha256: str
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Files of one source in one layout, immutable. `id` stays inside the office, `public_id` may leave it."""

    id: str
    public_id: str
    source: Source
    layout: Layout
    edition: str | None
    files: tuple[StoredFile, ...]
    store: Path

    @property
    def name(self) -> str:
        """A short name for messages: source, edition and files."""
        files = ", ".join(f.name for f in self.files)
        return f"{self.source.id}{f' {self.edition}' if self.edition else ''} ({files})"


def installation_key(store: Path) -> bytes:
    """The key of this installation, kept in the restricted folder; made (32 random bytes) when there is none.

    Whoever has it can test guesses about confidential content: it is readable by its owner only.
    """
    path = store / _KEY
    store.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) < 32:
            raise Damaged(f"{path}: the installation's key is too short.", "Restore it from a backup.") from None
        return key
    with os.fdopen(handle, "wb") as stream:
        key = secrets.token_bytes(32)
        stream.write(key)
    return key


def _chosen(layout: Layout, files: Sequence[Path] | Mapping[str, Path] | Path) -> list[tuple[str, Path]]:
    """Which file is which part of the layout: by name of the part, by name of the file, else in order."""
    if isinstance(files, Path):
        files = [files]
    if isinstance(files, Mapping):
        given = {part: Path(path) for part, path in files.items()}
    elif not layout.parts:
        if len(files) != 1:
            raise ObservatoryError(
                f"The layout {layout.id!r} is one file, and {len(files)} were given.", "Take one snapshot per file."
            )
        return [("", Path(files[0]))]
    else:
        names = {part.file.lower(): part.name for part in layout.parts}
        given = {names.get(Path(f).name.lower(), Path(f).name): Path(f) for f in files}
    wanted = [part.name for part in layout.parts] or [""]
    missing = [name for name in wanted if name not in given]
    further = [name for name in given if name not in wanted]
    if missing or further:
        expected = ", ".join(f"{part.name} ({part.file})" for part in layout.parts)
        raise InputError(
            "the files are not those of the layout.", file=", ".join(str(f) for f in given.values()) or "no file",
            expected=expected, todo=f"Give every file the layout {layout.id!r} names.",
        )  # fmt: skip
    return [(name, given[name]) for name in wanted]


def _keep(path: Path, store: Path) -> tuple[str, int, Path]:
    """Copy `path` into the store under the hash of what was copied; an equal copy is used again."""
    objects = store / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    handle, scratch = tempfile.mkstemp(dir=objects, prefix=".")
    try:
        with os.fdopen(handle, "wb") as out, path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
                size += len(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        name = digest.hexdigest()
        target = objects / name[:2] / name
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            Path(scratch).chmod(0o400)
            Path(scratch).replace(target)
    finally:
        Path(scratch).unlink(missing_ok=True)
    return name, size, target


def snapshot(
    engine: Engine,
    source: Source,
    layout: Layout | str | None,
    files: Sequence[Path] | Mapping[str, Path] | Path,
    store: Path,
    edition: str | None = None,
    key: bytes | None = None,
) -> Snapshot:
    """Keep the bytes of `files` in the restricted folder `store`, and enter the snapshot in `register_snapshots`.

    `files` is one path, several (matched to the parts of the layout by file name), or a mapping from part to path.
    The same files, layout and description give the same snapshot, with the same ids. `key` is the installation's key
    (default: the one kept in `store`). Raises InputError when a file is missing, empty or a folder.
    """
    layout = layout if isinstance(layout, Layout) else source.layout(layout)
    chosen = _chosen(layout, files)
    for _, path in chosen:
        if path.is_dir():
            raise InputError("this is a folder, not a file.", file=path, todo="Give the path of the file.")
        if not path.is_file():
            raise InputError("the file does not exist.", file=path, todo="Check the path and its spelling.")
        if path.stat().st_size == 0:
            raise InputError("the file is empty.", file=path, expected="a header and records",
                             todo="Get the file again.")  # fmt: skip
    if shutil.disk_usage(_existing(store)).free < 2 * sum(path.stat().st_size for _, path in chosen):
        raise ObservatoryError("There is no room for another snapshot.", f"Free some space under {store}.")
    kept = []
    for part, path in chosen:
        sha256, size, where = _keep(path, store)
        kept.append(StoredFile(path.name, part, sha256, size, where))
    content = {
        "source": source.id, "description": source.fingerprint, "layout": layout.id,
        "files": [(f.part, f.sha256) for f in kept],
    }  # fmt: skip
    id = content_hash(content)[:24]
    public = keyed_hash(key or installation_key(store), content)[:24]
    taken = Snapshot(id, public, source, layout, edition, tuple(kept), store)
    _write_manifest(taken)
    _enter(engine, taken)
    return taken


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _write_manifest(taken: Snapshot) -> None:
    folder = taken.store / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{taken.id}.json"
    content = canonical(
        {
            "id": taken.id,
            "public_id": taken.public_id,
            "source": taken.source.id,
            "version": taken.source.version,
            "description": taken.source.fingerprint,
            "layout": taken.layout.id,
            "edition": taken.edition,
            "files": [{"name": f.name, "part": f.part, "sha256": f.sha256, "bytes": f.size} for f in taken.files],
        }
    )
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    scratch.write_bytes(content + b"\n")
    scratch.replace(path)


def _enter(engine: Engine, taken: Snapshot) -> None:
    rows = pa.Table.from_pylist(
        [
            {
                "snapshot_id": taken.id, "public_id": taken.public_id, "source_id": taken.source.id,
                "layout_id": taken.layout.id, "edition": taken.edition or "", "file": f.name, "sha256": f.sha256,
                "size_bytes": f.size,
            }
            for f in taken.files
        ]
    )  # fmt: skip
    if TABLE not in engine.tables():
        engine.create(TABLE, rows)
        return
    known = engine.table(TABLE)
    others = engine.arrow(known.filter(known.snapshot_id != taken.id))
    engine.create(TABLE, pa.concat_tables([others.cast(rows.schema), rows]))


def manifest(store: Path, snapshot_id: str) -> dict[str, object]:
    """What the store says about a snapshot. Raises Damaged when a stored file does not match its hash."""
    path = store / "snapshots" / f"{snapshot_id}.json"
    if not path.is_file():
        raise ObservatoryError(f"There is no snapshot {snapshot_id!r} in {store}.", "Check the id.")
    content: dict[str, object] = json.loads(path.read_bytes())
    return content


def verify(taken: Snapshot) -> None:
    """Check the stored bytes of a snapshot against their hashes. Raises Damaged."""
    for file in taken.files:
        if not file.path.is_file() or file_hash(file.path) != file.sha256:
            raise Damaged(
                f"{file.path}: the stored copy of {file.name} is missing or was changed.",
                "Restore it from a backup, or take the snapshot again from the original file.",
            )
