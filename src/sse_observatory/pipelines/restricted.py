"""The restricted side of an installation: microdata, snapshots, lineage and the key, in one closed folder.

Its address is read from ``SSE_RESTRICTED_URL``, by pipelines and review only. Public processes never
hold it, and the folder is readable by its owner alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.engine import Engine, connect
from sse_observatory.production.registers import installation_key

ENVIRONMENT = "SSE_RESTRICTED_URL"


@dataclass(frozen=True, slots=True)
class Restricted:
    """The restricted folder. `key` makes every hash that leaves it untestable from outside."""

    folder: Path

    @classmethod
    def from_environment(cls) -> Restricted:
        """The folder named by ``SSE_RESTRICTED_URL``. Raises NotFound where it is not set."""
        url = os.environ.get(ENVIRONMENT)
        if not url:
            raise NotFound(
                f"{ENVIRONMENT} is not set, so there is no place for microdata.",
                f"Name a folder that only the statistical staff can open: export {ENVIRONMENT}=/path/to/restricted",
            )
        return cls.at(url)

    @classmethod
    def at(cls, url: str | Path) -> Restricted:
        """The folder at a path or ``file://`` address, made if it is not there. Raises ObservatoryError."""
        parts = urlsplit(str(url))
        if parts.scheme not in {"", "file"}:
            raise ObservatoryError(f"{url} is not a folder.", "Microdata stay on this machine: give a path.")
        folder = Path(unquote(parts.path)).expanduser().resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        except OSError as error:
            raise ObservatoryError(
                f"{folder} cannot be used for microdata: {error.strerror}.", "Choose a folder that you own."
            ) from None
        return cls(folder)

    @property
    def key(self) -> bytes:
        """The installation's key: it makes every hash that leaves the folder untestable from outside."""
        return installation_key(self.folder)

    def path(self, *parts: str) -> Path:
        """A folder under the restricted one, made if it is not there."""
        folder = self.folder.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def engine(self, memory_limit: str | None = None, threads: int | None = None) -> Engine:
        """The statistics engine with its tables in this folder."""
        return connect(f"duckdb://{self.folder}/observatory.duckdb", memory_limit, threads, self.path("spill"))
