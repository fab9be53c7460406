"""Where the portal keeps its follow-up records and accounts: SQLite in its own folder, or PostgreSQL by address.

``SSE_PORTAL_DATABASE_URL`` is one of

- unset: ``portal.sqlite3`` in the portal's folder (`SSE_VAR`);
- ``sqlite:///relative/path`` or ``sqlite:////absolute/path``;
- ``postgresql://user:password@host:port/name`` (needs the extra ``postgres``);
- ``none``: no database. The records are then read from the catalogue, and nobody can sign in or edit.

A folder in which nothing can be written has the effect of ``none``, so that the portal still serves readers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sse_observatory.core import Busy, ObservatoryError

VARIABLE = "SSE_PORTAL_DATABASE_URL"
NONE = "django.db.backends.dummy"
_SQLITE, _POSTGRES = "django.db.backends.sqlite3", "django.db.backends.postgresql"
_SCHEMES = ("postgresql", "postgres")
_POSTGRES_OPTIONS = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name"})
_LOCK = 0x55E0B5  # the advisory lock of PostgreSQL that one preparing process holds


def described(folder: Path) -> dict[str, Any]:
    """The database as Django's settings describe one. Raises ObservatoryError for an address that cannot be used."""
    url = os.environ.get(VARIABLE, "").strip()
    if url.lower() == "none":
        return {"ENGINE": NONE}
    parts = urlsplit(url)
    if not url or parts.scheme == "sqlite":
        file = folder / "portal.sqlite3" if not url else Path(unquote(parts.path).removeprefix("/"))
        if url and (parts.netloc or not file.name):
            raise ObservatoryError(
                f"{VARIABLE} names no file: {url!r}.",
                "Write sqlite:///relative/path, or sqlite:////absolute/path with four strokes.",
            )
        return _sqlite(file) if _writable(file) else {"ENGINE": NONE}
    if parts.scheme in _SCHEMES:
        return _postgresql(url)
    raise ObservatoryError(
        f"{VARIABLE} names {parts.scheme!r}, which the portal does not know.",
        "Use sqlite:///path/to/file or postgresql://user:password@host/name, or leave it unset.",
    )


def _sqlite(file: Path) -> dict[str, Any]:
    # Readers go on while an editor writes (WAL); who wants to write says so at the start and waits its turn.
    return {
        "ENGINE": _SQLITE,
        "NAME": str(file.absolute()),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    if find_spec("psycopg") is None:
        raise ObservatoryError(
            f"{VARIABLE} names PostgreSQL, and its driver is not installed.",
            "Install the observatory with its extra: pip install 'sse-observatory[postgres]'.",
        )
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    given = dict(parse_qsl(parts.query))
    host = given.pop("host", "") or unquote(parts.hostname or "")
    if port == -1 or not parts.path.strip("/") or set(given) - _POSTGRES_OPTIONS:
        shown = f"{parts.scheme}://…@{host}{parts.path}" if parts.password else url
        raise ObservatoryError(
            f"{VARIABLE} cannot be read: {shown}",
            "Write postgresql://user:password@host:port/name; what may follow after a question mark: host, "
            f"{', '.join(sorted(_POSTGRES_OPTIONS))}.",
        )
    return {
        "ENGINE": _POSTGRES,
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **given},
    }


def _writable(file: Path) -> bool:
    """Whether the database can be written: its file where it exists, and its folder, for the journal beside it."""
    folder = file.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK) and (not file.exists() or os.access(file, os.W_OK))


def present() -> bool:
    """Whether this installation has a database."""
    from django.conf import settings

    return bool(settings.DATABASES["default"]["ENGINE"] != NONE)


def folder_of(description: dict[str, Any]) -> Path | None:
    """The folder a database on this machine needs to write to; None for a server or none at all."""
    return Path(description["NAME"]).parent if description["ENGINE"] == _SQLITE else None


def require() -> None:
    """Raise ObservatoryError where there is no database."""
    if not present():
        raise ObservatoryError(
            "This portal has no database: its folder cannot be written, or the address is `none`.",
            f"Set SSE_VAR to a folder that can be written, or {VARIABLE} to a database.",
        )


def migrate() -> None:
    """Bring the tables of the database up to this version; nothing happens where they are. One process at a time."""
    require()
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        with _alone():
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise unreachable(error) from None


def unreachable(error: Exception) -> ObservatoryError:
    """What to say when the database does not answer or refuses."""
    said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return Busy(f"The portal's database cannot be used: {said}", f"See that it runs and that {VARIABLE} is right.")


@contextmanager
def _alone() -> Iterator[None]:
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        return
    import fcntl

    name = str(connection.settings_dict["NAME"])
    with Path(f"{name}.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
