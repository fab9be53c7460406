"""Agreed parameters of processing: size classes and the evidence window of activity, as versioned data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sse_observatory.catalogue.problems import Problem, first_fault, read_toml
from sse_observatory.core import CatalogueError

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FILES = ("parameters.toml",)
_FILE = "parameters.toml"
Status = Literal["confirmed", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class SizeClasses:
    """Size classes by jobs: each code with the smallest number of jobs that falls in it, ascending."""

    version: str
    status: Status
    reference: str
    bounds: tuple[tuple[str, int], ...]
    unknown: str

    def of(self, jobs: int | None) -> str:
        """The class of a unit with so many jobs: the plain reference of the engine's expression."""
        if jobs is None:
            return self.unknown
        fitting = [code for code, bound in self.bounds if jobs >= bound]
        return fitting[-1] if fitting else self.unknown


@dataclass(frozen=True, slots=True)
class LifeStatusRule:
    """How many months before the reference date dated evidence of activity still counts."""

    version: str
    status: Status
    reference: str
    window_months: int


@dataclass(frozen=True, slots=True)
class Parameters:
    """The agreed parameters of processing."""

    size_classes: SizeClasses
    life_status: LifeStatusRule


class _Class(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: str
    at_least: int = Field(ge=0)


class _Sizes(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: str
    status: Status
    reference: str
    unknown: str
    classes: list[_Class] = Field(min_length=1)


class _Life(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: str
    status: Status
    reference: str
    window_months: int = Field(ge=1, le=240)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size_classes: _Sizes
    life_status: _Life


def load_parameters(root: Path, catalogue: Catalogue) -> Parameters:
    """The parameters in ``parameters.toml``. Raises CatalogueError with the line of the first fault."""
    file = read_toml(root, _FILE)
    try:
        raw = _File.model_validate(file.data)
    except ValidationError as error:
        first = first_fault(error)
        path = tuple(str(part) for part in first["loc"])
        raise CatalogueError(
            f"{'.'.join(path)}: {first['msg']}",
            file=root / _FILE,
            line=file.line(*path),
            value=None if isinstance(first.get("input"), dict) else str(first.get("input"))[:80],
            todo="Correct the parameter; docs/reference/processes.md lists them.",
        ) from None
    sizes = raw.size_classes
    bounds = tuple((c.code, c.at_least) for c in sizes.classes)
    known = catalogue.codelists["CL_SIZE"]
    for code in (*(c for c, _ in bounds), sizes.unknown):
        if code not in known:
            raise CatalogueError(
                "is not a code of CL_SIZE",
                file=root / _FILE,
                line=file.line("size_classes"),
                value=code,
                todo="Add the code to codelists/CL_SIZE.csv or correct it here.",
            )
    if [b for _, b in bounds] != sorted({b for _, b in bounds}):
        raise CatalogueError(
            "size classes must ascend, each bound once",
            file=root / _FILE,
            line=file.line("size_classes"),
            todo="Put the classes in ascending order of `at_least`.",
        )
    return Parameters(
        SizeClasses(sizes.version, sizes.status, sizes.reference, bounds, sizes.unknown),
        LifeStatusRule(**raw.life_status.model_dump()),
    )


def check_parameters(root: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in the parameters."""
    try:
        load_parameters(root, catalogue)
    except CatalogueError as error:
        yield Problem.of(error, root, _FILE)
