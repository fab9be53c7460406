"""The parts of the catalogue, by name: where each is loaded and checked, and which files it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sse_observatory.catalogue.problems import Problem
from sse_observatory.core import InputError, NotFound

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

NAMES = (
    "codelists", "concepts", "dataflows", "interface", "glossary", "groups",
    "sources", "perimeters", "types", "parameters", "validation", "disclosure", "published", "processes",
    "surveys", "portfolio", "drafting", "templates",
)  # fmt: skip
"""Every part, in the order in which `check` visits them: a part may use those before it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the module `sse_observatory.catalogue.NAME` with `load_NAME` and `check_NAME` (see `problems`)."""

    name: str

    @property
    def module(self) -> ModuleType | None:
        """The module, imported when first needed; None where this installation does not have the part."""
        full = f"sse_observatory.catalogue.{self.name}"
        try:
            return import_module(full)
        except ModuleNotFoundError as error:
            if error.name != full:
                raise
            return None

    def load(self, root: Path, catalogue: Catalogue) -> Any:
        """What `load_NAME` returns. Raises NotFound for a part that is not there, CatalogueError for one not in order.
        """
        module = self.module
        if module is None:
            raise NotFound(f"The catalogue has no part {self.name!r} in this installation.")
        function = getattr(module, f"load_{self.name}")
        return function(root, catalogue) if len(signature(function).parameters) > 1 else function(root)

    def check(self, root: Path, catalogue: Catalogue) -> Iterator[Problem]:
        """What is wrong with the part: what `check_NAME` reports, and an error that stops it; nothing if not there."""
        module = self.module
        if module is None:
            return
        function = getattr(module, f"check_{self.name}", None)
        try:
            if function is None:
                self.load(root, catalogue)
            else:
                yield from function(root, catalogue)
        except InputError as error:
            # A part that uses a broken one cannot be checked; `check` shows the place once.
            yield Problem.of(error, root, self.name)

    def files(self, root: Path) -> list[Path]:
        """The files of the part that exist under `root`, in a fixed order."""
        patterns = getattr(self.module, "FILES", (f"{self.name}.toml", f"{self.name}.csv", f"{self.name}/**/*"))
        return sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})


PARTS = {name: Part(name) for name in NAMES}
