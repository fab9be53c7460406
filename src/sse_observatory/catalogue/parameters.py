"""Agreed parameters of processing, as versioned data: size classes, limits of precision, evidence of activity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sse_observatory.catalogue.problems import Problem, TomlFile, first_fault, read_toml
from sse_observatory.core import CatalogueError, ObsStatus

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
class PrecisionLimits:
    """From which coefficient of variation, and below how many units, an estimate is doubtful or not shown."""

    version: str
    status: Status
    reference: str
    doubtful_cv: float
    hidden_cv: float
    doubtful_units: int
    hidden_units: int

    def classify(self, value: float | None, cv: float | None, units: int) -> ObsStatus:
        """The status of an estimate from so many sampled units; `cv` is None where the precision is not known."""
        if not units:
            return ObsStatus.MISSING
        if value is None:
            return ObsStatus.NOT_APPLICABLE
        if units < self.hidden_units or (cv is not None and cv > self.hidden_cv) or (cv is None and value != 0):
            return ObsStatus.NOT_SIGNIFICANT
        if units < self.doubtful_units or cv is None or cv > self.doubtful_cv:
            return ObsStatus.LOW_RELIABILITY
        return ObsStatus.NORMAL


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
    precision: PrecisionLimits
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


class _Precision(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: str
    status: Status
    reference: str
    doubtful_cv: float = Field(gt=0)
    hidden_cv: float = Field(gt=0)
    doubtful_units: int = Field(ge=0)
    hidden_units: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> _Precision:
        if self.doubtful_cv > self.hidden_cv or self.hidden_units > self.doubtful_units:
            raise ValueError("an estimate must be doubtful before it is hidden: order the limits")
        return self


class _Life(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: str
    status: Status
    reference: str
    window_months: int = Field(ge=1, le=240)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size_classes: _Sizes
    precision: _Precision
    life_status: _Life


def precision_limits(root: Path) -> PrecisionLimits:
    """The limits of precision in ``parameters.toml``, without the rest of the catalogue."""
    return PrecisionLimits(**_read(root)[0].precision.model_dump())


def load_parameters(root: Path, catalogue: Catalogue) -> Parameters:
    """The parameters in ``parameters.toml``. Raises CatalogueError with the line of the first fault."""
    raw, file = _read(root)
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
        PrecisionLimits(**raw.precision.model_dump()),
        LifeStatusRule(**raw.life_status.model_dump()),
    )


def _read(root: Path) -> tuple[_File, TomlFile]:
    file = read_toml(root, _FILE)
    try:
        return _File.model_validate(file.data), file
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


def check_parameters(root: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in the parameters."""
    try:
        load_parameters(root, catalogue)
    except CatalogueError as error:
        yield Problem.of(error, root, _FILE)
