"""The catalogue in memory: parts read when first asked for, and fingerprints of exactly the files used."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sse_observatory.catalogue.parts import PARTS
from sse_observatory.core import CatalogueError, NotFound, Text, content_hash, file_hash
from sse_observatory.structures import Codelist, Concept, Dataflow, DataStructure

if TYPE_CHECKING:
    from sse_observatory.catalogue.disclosure import DisclosureRules
    from sse_observatory.catalogue.drafting import Drafting
    from sse_observatory.catalogue.glossary import Glossary
    from sse_observatory.catalogue.groups import Groups
    from sse_observatory.catalogue.parameters import Parameters
    from sse_observatory.catalogue.portfolio import Portfolio
    from sse_observatory.catalogue.processes import Process
    from sse_observatory.catalogue.published import Published
    from sse_observatory.catalogue.rulesets import RuleSet
    from sse_observatory.catalogue.sources import Source
    from sse_observatory.catalogue.surveys import Survey
    from sse_observatory.catalogue.templates import Templates
    from sse_observatory.catalogue.validation import Validation

PACKAGED = Path(__file__).parent / "data"
"""The catalogue that comes with the package."""
ENVIRONMENT = "SSE_CATALOGUE"


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The catalogue under the folder `root`; each part is read once, when first asked for.

    A part that cannot be read raises CatalogueError with file, line and what to do; NotFound is raised for a part
    that this installation does not have.
    """

    root: Path

    def part(self, name: str) -> Any:
        """What the part `name` loads to, without keeping it."""
        return PARTS[name].load(self.root, self)

    @cached_property
    def codelists(self) -> Mapping[str, Codelist]:
        """Codelists by id (``CL_SEX``)."""
        return cast("Mapping[str, Codelist]", self.part("codelists"))

    @cached_property
    def concepts(self) -> Mapping[str, Concept]:
        """Concepts by id (``REF_AREA``)."""
        return cast("Mapping[str, Concept]", self.part("concepts"))

    @cached_property
    def dataflows(self) -> Mapping[str, Dataflow]:
        """Dataflows by id (``DF_COOP_UNITS``), each with its data structure."""
        return cast("Mapping[str, Dataflow]", self.part("dataflows"))

    @cached_property
    def structures(self) -> Mapping[str, DataStructure]:
        """Data structures by id (``COOP_UNITS``)."""
        return {flow.structure.id: flow.structure for flow in self.dataflows.values()}

    @cached_property
    def interface(self) -> Mapping[str, Text]:
        """Strings of pages and exports by key (``home.title``)."""
        return cast("Mapping[str, Text]", self.part("interface"))

    @cached_property
    def glossary(self) -> Glossary:
        """The terms of the field, with definitions and sources."""
        return cast("Glossary", self.part("glossary"))

    @cached_property
    def groups(self) -> Groups:
        """ILO regions and government groups: who belonged to them, when, and how that is known."""
        return cast("Groups", self.part("groups"))

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Source descriptions by id."""
        return cast("Mapping[str, Source]", self.part("sources"))

    @cached_property
    def perimeters(self) -> Mapping[str, RuleSet]:
        """Perimeters (versioned rule sets) by id."""
        return cast("Mapping[str, RuleSet]", self.part("perimeters"))

    @cached_property
    def types(self) -> Mapping[str, RuleSet]:
        """Rules that give a cooperative its type, by id."""
        return cast("Mapping[str, RuleSet]", self.part("types"))

    @cached_property
    def parameters(self) -> Parameters:
        """Agreed parameters of processing: size classes, the evidence window of activity."""
        return cast("Parameters", self.part("parameters"))

    @cached_property
    def validation(self) -> Validation:
        """Validation rules of units."""
        return cast("Validation", self.part("validation"))

    @cached_property
    def disclosure(self) -> Mapping[str, DisclosureRules]:
        """Disclosure rule sets by name; ``default`` always exists."""
        return cast("Mapping[str, DisclosureRules]", self.part("disclosure"))

    @cached_property
    def drafting(self) -> Drafting:
        """The lexicon of intergovernmental texts: operative verbs, conditions, addressees, set phrases."""
        return cast("Drafting", self.part("drafting"))

    @cached_property
    def published(self) -> Published:
        """Figures published by others."""
        return cast("Published", self.part("published"))

    @cached_property
    def processes(self) -> Mapping[str, Process]:
        """Descriptions of the statistical processes by id."""
        return cast("Mapping[str, Process]", self.part("processes"))

    @cached_property
    def surveys(self) -> Mapping[str, Survey]:
        """Descriptions of the processes of sample surveys by id."""
        return cast("Mapping[str, Survey]", self.part("surveys"))

    @cached_property
    def portfolio(self) -> Portfolio:
        """Follow-up records: instruments, provisions, plans, events, evidence, actors, conflicts."""
        return cast("Portfolio", self.part("portfolio"))

    @cached_property
    def templates(self) -> Templates:
        """Sentences of the documents built from records and releases, in three languages."""
        return cast("Templates", self.part("templates"))

    def files(self, *names: str) -> tuple[Path, ...]:
        """The files behind `names`, in a fixed order; of the whole catalogue when no name is given.

        A name is a part (``perimeters``), a file or folder relative to the catalogue (``disclosure.toml``,
        ``sources/us-credit-unions``), either without its ending (``codelists/CL_SEX``), or a codelist (``CL_SEX``).
        Raises NotFound for a name behind which there is no file.
        """
        if not names:
            return tuple(_below(self.root))
        found: set[Path] = set()
        for name in names:
            behind = self._behind(name)
            if not behind:
                raise NotFound(
                    f"The catalogue {self.root} has no file for {name!r}.",
                    f"Name a part ({', '.join(PARTS)}), a codelist, or a file or folder of the catalogue.",
                )
            found.update(behind)
        return tuple(sorted(found))

    def _behind(self, name: str) -> list[Path]:
        if name in PARTS:
            return PARTS[name].files(self.root)
        if not name or not (self.root / name).resolve().is_relative_to(self.root.resolve()):
            return []
        places = [self.root / name, *(self.root / f"{name}{e}" for e in (".csv", ".toml"))]
        places.append(self.root / "codelists" / f"{name}.csv")
        for place in places:
            if place.is_file():
                return [place]
            if place.is_dir():
                return _below(place)
        return []

    def hashes(self, *names: str) -> dict[str, str]:
        """SHA-256 of each file behind `names`, by its path relative to the catalogue."""
        return {path.relative_to(self.root).as_posix(): file_hash(path) for path in self.files(*names)}

    def fingerprint(self, *names: str) -> str:
        """One hash over the paths and contents of the files behind `names`, for a run id."""
        return content_hash(self.hashes(*names))


def _below(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))


def load(root: Path | str | None = None) -> Catalogue:
    """The catalogue in the folder `root`, or named by SSE_CATALOGUE, or the one in the package.

    Raises CatalogueError when the folder is not there.
    """
    folder = Path(root or os.environ.get(ENVIRONMENT) or PACKAGED)
    if not folder.is_dir():
        raise CatalogueError(
            "there is no catalogue folder here.", file=folder, todo=f"Correct the path, or unset {ENVIRONMENT}."
        )
    return Catalogue(folder)
