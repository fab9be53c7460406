"""Run ids: two runs with the same inputs, parameters, code and catalogue are the same run.

Nothing of time, machine or path enters one. A run id is published, and inputs may be microdata, so
it is a keyed hash: it shows that something changed and lets nobody test a guess at what.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import sse_observatory
from sse_observatory.core import NotFound, ObservatoryError, keyed_hash, tree_hash

FIGURES_COME_FROM = ("catalogue", "core", "engine", "pipelines", "production", "releases", "simulation", "structures")
"""The packages whose source can change a published figure; what only faces readers is not among them."""


@lru_cache(maxsize=8)
def code_fingerprint(packages: tuple[str, ...] = FIGURES_COME_FROM) -> str:
    """The hash of the installed package's Python source in these subpackages: names and contents.

    Read once for a process. Raises NotFound for a subpackage that is not installed.
    """
    root = Path(sse_observatory.__file__).parent
    files: list[Path] = []
    for name in packages:
        folder = root / name
        if not folder.is_dir():
            raise NotFound(f"the package sse_observatory has no part {name!r}", "Name subpackages such as production.")
        files += folder.rglob("*.py")
    return tree_hash(files, root)


def run_id(
    inputs: Mapping[str, str], parameters: Mapping[str, Any], code: str, catalogue_fingerprint: str, key: bytes
) -> str:
    """The id of a run, in 32 hex digits.

    `inputs` maps the name of each input to the hash of its content, `parameters` each agreed parameter
    to its plain value, `code` is `code_fingerprint()`, `catalogue_fingerprint` the hash of the catalogue
    files read, `key` the installation's secret. Raises ObservatoryError for an empty key.
    """
    if not key:
        raise ObservatoryError("a run id needs the installation's key", "Without one, anyone could test guesses.")
    return keyed_hash(key, {"inputs": dict(inputs), "parameters": dict(parameters), "code": code,
                            "catalogue": catalogue_fingerprint})[:32]
