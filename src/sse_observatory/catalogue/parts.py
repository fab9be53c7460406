"""The parts of the catalogue, by name: where each is loaded and checked, and which files it reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from sse_observatory.catalogue.problems import Problem
from sse_observatory.core import NotFound

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

NAMES = (
    "codelists", "concepts", "dataflows", "interface", "glossary", "groups",
    "sources", "perimeters", "types", "parameters", "validation", "published", "processes",
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
        """What `load_NAME(root, catalogue)` returns. Raises NotFound for a part that is not there."""
        module = self.module
        if module is None:
            raise NotFound(f"The catalogue has no part {self.name!r} in this installation.")
        return getattr(module, f"load_{self.name}")(root, catalogue)

    def check(self, root: Path, catalogue: Catalogue) -> Iterable[Problem]:
        """What `check_NAME(root, catalogue)` reports; nothing for a part that is not there."""
        module = self.module
        if module is None:
            return ()
        return cast("Iterable[Problem]", getattr(module, f"check_{self.name}")(root, catalogue))

    def files(self, root: Path) -> list[Path]:
        """The files of the part that exist under `root`, in a fixed order."""
        patterns = getattr(self.module, "FILES", (f"{self.name}.toml", f"{self.name}.csv", f"{self.name}/**/*"))
        return sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})


PARTS = {name: Part(name) for name in NAMES}
